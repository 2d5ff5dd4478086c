"""Programs as JSON text, written and read.

A file holds numbers and names of rows, nothing else. What is read is checked before it is returned, so a hostile file
gets an error and runs nothing. There are limits, which a file that is written keeps too: 10 million characters, a
million inputs, constants of 32 characters, and what guards have seen must fit a float.
"""

import hashlib
import marshal
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.errors import GraphError
from autograd.primitives.primitive import ROWS, Primitive
from autograd.program.program import Program
from autograd.program.steps import Index, Instruction, Loop, Place, Single, Step, demand_loops
from autograd.tape.guards import Guard

FORMAT = "valuegrad program 1"
LARGEST = 10_000_000  # characters, and so steps
MOST_INPUTS = 1_000_000
LOOP, DEEPEST = "loop", 8  # the name of a loop; of how many one may be within another
DIGITS = 32  # characters of a constant: a float in hexadecimal has 24, a whole number of 64 bits has 20


def save(program: Program) -> str:
    """Return the program as JSON; floats are written in hexadecimal, to the bit.

    Raises GraphError for a program with primitives that are not of the table, or beyond the limits of `load`.

    >>> from autograd.program import trace
    >>> save(trace(lambda x: x * 0.5, [1.0]))
    '{"format": "valuegrad program 1", "inputs": 1, "constants": ["0x1.0000000000000p-1"], ...
    """
    for step in _written_down(program.steps):
        if isinstance(step, Instruction) and not _known(step.primitive):
            raise GraphError(f"program: {step.primitive.name} is not of the table, and cannot be read again")
    import json  # only who saves or loads pays for it

    steps = list(map(_encoded, program.steps))
    constants = [c.hex() if isinstance(c, float) else str(c) for c in program.constants]
    found = {"format": FORMAT, "inputs": program.inputs, "constants": constants, "steps": steps}
    text = json.dumps(found | {"outputs": list(program.outputs)})
    if len(text) > LARGEST or program.inputs > MOST_INPUTS or max(map(len, constants), default=0) > DIGITS:
        raise GraphError(
            f"program: {len(text)} characters, {program.inputs} inputs; what is read again has at most {LARGEST}, "
            f"{MOST_INPUTS}, and constants of {DIGITS} characters; save the parts of the function"
        )
    return text


def _written_down(steps: Sequence[Step]) -> Iterator[Single]:
    """Yield the instructions and guards, those of a loop once."""
    for step in steps:
        if isinstance(step, Loop):
            yield from _written_down(step.body)
        else:
            yield step


def _encoded(step: Step) -> list[object]:
    """Return a step as lists of names and numbers; a place that moves is a list of its terms and its table."""
    if isinstance(step, Loop):
        return [LOOP, [step.times, list(step.places)], list(map(_encoded, step.body))]
    if isinstance(step, Instruction):
        return [step.primitive.name, list(step.operands), step.total]
    return [f"guard {step.comparison}", list(step.operands), step.seen]


def _known(row: object) -> bool:
    """Return whether this is a row of the table, not another of its name."""
    return isinstance(row, Primitive) and ROWS.get(row.name) is row


def fingerprint(program: Program) -> str:
    """Return a text that two programs share if they are the same to the bit, in any process.

    It is empty for a program with primitives that are not of the table. Cost: a tenth of a microsecond for each step.
    """
    if program.loops:
        if not all(map(_name, _written_down(program.steps))):
            return ""
        whole = program.inputs, list(map(_encoded, program.steps)), program.constants, program.outputs
        return hashlib.sha256(repr(whole).encode()).hexdigest()
    kinds, operands, flags = map(list, zip(*program.steps, strict=True)) if program.steps else ([], [], [])
    examples = dict(zip(kinds, program.steps, strict=True))  # a step of each kind: a primitive, or a comparison
    names = [_name(step) for step in examples.values()]
    if not all(names):
        return ""
    number = {kind: i for i, kind in enumerate(examples)}
    parts = program.inputs, [number[kind] for kind in kinds], operands, flags, program.constants, program.outputs
    return hashlib.sha256(marshal.dumps(parts, 2) + str(names).encode()).hexdigest()  # 2 has no references


def _name(step: Single) -> str:
    """Return what tells kinds of steps apart in any process; empty for a primitive that is not of the table."""
    if isinstance(step, Guard):
        return step.comparison
    return step.primitive.name if _known(step.primitive) else ""


def load(text: str) -> Program:
    """Return the program that `save` wrote; GraphError for anything else, and nothing in it is ever executed."""
    import json

    if len(text) > LARGEST:
        raise GraphError(f"program: {len(text)} characters; the largest file that is read has {LARGEST}")
    try:
        found = json.loads(text)
        if found["format"] != FORMAT or set(found) != {"format", "inputs", "constants", "steps", "outputs"}:
            raise ValueError("wrong format or fields")
        constants = tuple([_number(c) for c in found["constants"]])
        steps = tuple([_step(*step) for step in found["steps"]])
        program = Program(found["inputs"], constants, steps, tuple(found["outputs"]))
        if program.loops:
            demand_loops(steps, program.inputs, LARGEST)
        program.check()
        if program.inputs > MOST_INPUTS:
            raise ValueError(f"{program.inputs} inputs; at most {MOST_INPUTS} are read")
        return program
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise GraphError(f"program: this text is not a program: {type(error).__name__} {error}") from error


def _number(text: str) -> float:
    if len(text) > DIGITS:
        raise ValueError(f"a constant has {len(text)} characters; at most {DIGITS} are read")
    return float.fromhex(text) if "x" in text or text.strip("-") in ("inf", "nan") else int(text)


def _place(found: int | list[Any]) -> Place:
    """Return a place as a file has it: a number, or [terms, table]."""
    if isinstance(found, int):
        return found
    terms, table = found
    return Index(tuple([(c, tuple(ns)) for c, ns in terms]), tuple(table))


def _step(name: str, operands: list[Any], last: Any, depth: int = 0) -> Step:
    if name == LOOP:
        times, places = operands
        if depth > DEEPEST:
            raise ValueError(f"loops within more than {DEEPEST} loops")
        body = tuple([_step(step[0], step[1], step[2], depth + 1) for step in last])
        return Loop(_place(times), tuple(map(_place, places)), body)
    moved: tuple[Any, ...] = tuple(map(_place, operands))
    if name.startswith("guard "):
        float(last)  # OverflowError for what no float can be
        return Guard(name[6:], moved, last)
    return Instruction(ROWS[name], moved, last)
