"""Passes: from a program to one that means the same, to the bit and to the sign of zero, and to the exception.

Start at `optimized`. The one surprise: an instruction that nobody needs stays where it may raise, unless the caller
says that exceptions do not matter: `log(-1.0)` raises in Python too, whether or not its result is used.
"""

import math
from typing import Any

from autograd.primitives import table
from autograd.program.program import Builder, Instruction, Program, Visit, never_raises, once
from autograd.tape.guards import Guard

UNSIGNED = ("times", "lane_sum")  # rows that never give -0


def optimized(program: Program, raising: bool = True) -> Program:
    """Return the program after all passes."""
    return prune(_rebuilt(program, _folding(_simplifying(_sharing(Builder.add)))), raising)


def for_lanes(program: Program, kind: Any = None) -> Program:
    """Return the program that lanes run, where nothing raises: itself, or what sums of a kind are made of."""
    return optimized(program if kind is None else kind.derived(program), raising=False)


def _rebuilt(program: Program, visit: Visit) -> Program:
    """Return the program with every instruction, its operands already renamed, replaced by what `visit` says."""
    made = Builder(program.inputs)
    return made.program(made.inline(program, range(program.inputs), visit))


def fold(program: Program) -> Program:
    """Return the program with what depends on constants alone computed; what raises is left to raise."""
    return _rebuilt(program, _folding(Builder.add))


def _folding(then: Visit) -> Visit:
    def visit(made: Builder, step: Instruction) -> int:
        if all(k < 0 for k in step.operands):
            xs = [made.constants[~k] for k in step.operands]
            try:
                z = step.primitive.total(*xs) if step.total else step.primitive.value(*xs)
                return made.constant(float(z))
            except (ValueError, ArithmeticError):
                pass
        return then(made, step)

    return visit


def share(program: Program) -> Program:
    """Return the program with equal instructions made once."""
    return _rebuilt(program, _sharing(Builder.add))


def _sharing(then: Visit) -> Visit:
    known: dict[object, int] = {}

    def visit(made: Builder, step: Instruction) -> int:
        key = (step.primitive.number, step.operands, step.total or never_raises(step))
        if key not in known:
            known[key] = then(made, step)
        return known[key]

    return visit


def simplify(program: Program) -> Program:
    """Return the program without instructions that change no bit: x * 1, x / 1, x - 0, x + -0, +x, -(-x).

    A product of a rule (`times`) with 1 is the other one plus 0, whose sign is never that of -0, and so itself if that
    is known of it.
    """
    return _rebuilt(program, _simplifying(Builder.add))


def _simplifying(then: Visit) -> Visit:
    positive: set[int] = set()  # what is never -0

    def visit(made: Builder, step: Instruction) -> int:
        found = reduced(made, step)
        if found == made.inputs + len(made.steps) - 1 and made.steps:
            last = made.steps[-1]
            if isinstance(last, Instruction) and (last.primitive.name in UNSIGNED or zero_added(made, last)):
                positive.add(found)
        return found

    def zero_added(made: Builder, step: Instruction) -> bool:
        return step.primitive.name == "add" and any(k < 0 and is_zero(made.constants[~k]) for k in step.operands)

    def is_zero(c: float) -> bool:
        return c == 0.0 and math.copysign(1.0, c) > 0.0

    def reduced(made: Builder, step: Instruction) -> int:
        first, last = step.operands[0], step.operands[-1]

        def one(k: int, c: float) -> bool:
            return k < 0 and made.constants[~k] == c and math.copysign(1.0, made.constants[~k]) == math.copysign(1.0, c)

        name = step.primitive.name
        if name == "times" and (one(first, 1.0) or one(last, 1.0)):
            other = last if one(first, 1.0) else first
            step = Instruction(table.add, (other, made.constant(0.0)), True)
            name, first, last = "add", other, step.operands[1]
        match name:
            case "add" if one(last, 0.0) and first in positive:
                return first
            case "add" if one(first, 0.0) and last in positive:
                return last
            case "mul" if one(last, 1.0):
                return first
            case "mul" if one(first, 1.0):
                return last
            case "truediv" if one(last, 1.0):
                return first
            case "sub" if one(last, 0.0):
                return first
            case "add" if one(last, -0.0):
                return first
            case "add" if one(first, -0.0):
                return last
            case "pos":
                return first
            case "neg" if first >= made.inputs:
                inner = made.steps[first - made.inputs]
                if isinstance(inner, Instruction) and inner.primitive.name == "neg":
                    return inner.operands[0]
        return then(made, step)

    return visit


def prune(program: Program, raising: bool = True) -> Program:
    """Return the program without instructions that nobody needs; if `raising`, those that may raise are kept."""
    needed = {k for k in program.outputs if k >= program.inputs}
    spread = once(lambda operands: needed.update(operands) or ())  # type: ignore[func-returns-value]
    for place in reversed(range(len(program.steps))):
        step, register = program.steps[place], place + program.inputs
        kept = isinstance(step, Guard) or (raising and not never_raises(step))
        if kept or register in needed:
            needed.add(register)
            spread(step.operands)
    made = Builder(program.inputs)
    names: dict[int, int] = {k: k for k in range(program.inputs)}

    renamed = once(
        lambda operands: tuple([names[k] if k >= 0 else made.constant(program.constants[~k]) for k in operands])
    )
    for register, step in enumerate(program.steps, program.inputs):
        if register in needed:
            names[register] = made.add(step._replace(operands=renamed(step.operands)))
    return made.program(renamed(program.outputs))
