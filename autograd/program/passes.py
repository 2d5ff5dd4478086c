"""Passes: from a program to one that means the same, to the bit and to the sign of zero, and to the exception.

A dead instruction that may raise stays, unless the caller says that exceptions do not matter: `log(-1.0)` raises in
Python too, whether or not its result is used.
"""

import math
from typing import Protocol

from autograd.primitives import table
from autograd.primitives.primitive import Primitive
from autograd.program.program import Builder, Program, Visit, once
from autograd.program.steps import Instruction, Single, Step, never_raises
from autograd.tape.guards import Guard


class Derived(Protocol):
    """A kind of sums over lanes."""

    def derived(self, program: Program) -> Program:
        """Return the program of what is summed."""


def optimized(program: Program, raising: bool = True) -> Program:
    """Return the program after all passes; if `raising`, with what may raise."""
    return prune(_rebuilt(program, _folding(_simplifying(_sharing(Builder.add)))), raising)


def for_lanes(program: Program, kind: Derived | None = None) -> Program:
    """Return the program that lanes run, where nothing raises: itself, or what a kind of sums derives from it."""
    return optimized(program if kind is None else kind.derived(program), raising=False)


def _rebuilt(program: Program, visit: Visit) -> Program:
    """Return the program made by `visit`, which is given every instruction with its operands renamed."""
    made = Builder(program.inputs)
    return made.program(made.inline(program, range(program.inputs), visit))


def fold(program: Program) -> Program:
    """Compute what depends on constants alone; what raises is left to raise."""
    return _rebuilt(program, _folding(Builder.add))


def _folding(then: Visit) -> Visit:
    def visit(made: Builder, step: Instruction) -> int:
        if all(k < 0 for k in step.operands):
            xs = [made.constants[~k] for k in step.operands]
            try:
                return made.constant(step.apply(xs))
            except (ValueError, ArithmeticError):
                pass
        return then(made, step)

    return visit


def share(program: Program) -> Program:
    """Make equal instructions once."""
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
    """Remove instructions that change no bit: x * 1, x / 1, x - 0, x + -0, +x, -(-x), and x + 0 where x is never -0.

    The product of a rule (`times`) is never -0, so with 1 it becomes x + 0.
    """
    return _rebuilt(program, _simplifying(Builder.add))


NEUTRAL: dict[
    Primitive, tuple[tuple[int, float], ...]
] = {  # (position, constant) that leave the other operand as it is
    table.add: ((1, -0.0), (0, -0.0)),
    table.sub: ((1, 0.0),),
    table.mul: ((1, 1.0), (0, 1.0)),
    table.truediv: ((1, 1.0),),
}


def _simplifying(then: Visit) -> Visit:
    unsigned: set[int] = set()  # registers that are never -0

    def visit(made: Builder, step: Instruction) -> int:
        step = _without_one(made, step)
        found = _unchanged(made, step, unsigned)
        if found is None:
            found = then(made, step)
        if found == made.inputs + len(made.steps) - 1 and made.steps and _never_minus_zero(made, made.steps[-1]):
            unsigned.add(found)
        return found

    return visit


def _without_one(made: Builder, step: Instruction) -> Instruction:
    """Return x + 0 for the product of a rule with 1, which is never -0; any other step as it is."""
    if step.primitive is not table.times:
        return step
    for one, other in (step.operands, step.operands[::-1]):
        if _is(made, one, 1.0):
            return Instruction(table.add, (other, made.constant(0.0)), True)
    return step


def _unchanged(made: Builder, step: Instruction, unsigned: set[int]) -> int | None:
    """Return the operand that a step gives back as it is, to the bit; None if it gives anything else."""
    row, operands = step.primitive, step.operands
    if row is table.pos:
        return operands[0]
    if row is table.neg and operands[0] >= made.inputs:
        inner = made.steps[operands[0] - made.inputs]
        return inner.operands[0] if isinstance(inner, Instruction) and inner.primitive is table.neg else None
    if row is table.add:
        for other, zero in (operands, operands[::-1]):
            if other in unsigned and _is(made, zero, 0.0):
                return other
    return next((operands[1 - i] for i, c in NEUTRAL.get(row, ()) if _is(made, operands[i], c)), None)


def _never_minus_zero(made: Builder, step: Step) -> bool:
    if not isinstance(step, Instruction):
        return False
    if step.primitive is table.add:
        return any(_is(made, k, 0.0) for k in step.operands)
    return step.primitive is table.times or step.primitive.name == "lane_sum"


def _is(made: Builder, operand: int, c: float) -> bool:
    """Return whether an operand is the constant c, with its sign."""
    known = made.constants[~operand] if operand < 0 else math.nan
    return bool(known == c and math.copysign(1.0, known) == math.copysign(1.0, c))


def prune(program: Program, raising: bool = True) -> Program:
    """Remove dead instructions; if `raising`, those that may raise stay."""
    steps: list[Single] = list(program.walk())
    needed = {k for k in program.outputs if k >= program.inputs}
    spread = once(lambda operands: needed.update(operands) or ())  # type: ignore[func-returns-value]
    for place in reversed(range(len(steps))):
        step, register = steps[place], place + program.inputs
        kept = isinstance(step, Guard) or (raising and not never_raises(step))
        if kept or register in needed:
            needed.add(register)
            spread(step.operands)
    made = Builder(program.inputs)
    names: dict[int, int] = {k: k for k in range(program.inputs)}

    renamed = once(
        lambda operands: tuple([names[k] if k >= 0 else made.constant(program.constants[~k]) for k in operands])
    )
    for register, step in enumerate(steps, program.inputs):
        if register in needed:
            names[register] = made.add(step._replace(operands=renamed(step.operands)))
    return made.program(renamed(program.outputs))
