"""Programs as JSON text, written and read.

Start at `save`. The one surprise: a file says nothing but numbers and names of rows, and what is read is checked like
any other program before it is returned, so a hostile file gets an error and runs nothing.
"""

import hashlib
import marshal
from operator import itemgetter
from typing import Any

from autograd.errors import GraphError
from autograd.primitives.primitive import ROWS, Primitive
from autograd.program.program import Guard, Instruction, Program

FORMAT = "valuegrad program 1"
LARGEST = 10_000_000  # characters, and so steps


def save(program: Program) -> str:
    """Return the program as JSON; floats are written in hexadecimal, to the bit.

    Raises GraphError for a program with primitives that are not of the table.

    >>> from autograd.program import trace
    >>> save(trace(lambda x: x * 0.5, [1.0]))
    '{"format": "valuegrad program 1", "inputs": 1, "constants": ["0x1.0000000000000p-1"], ...
    """
    for step in program.steps:
        if isinstance(step, Instruction) and not _known(step.primitive):
            raise GraphError(f"program: {step.primitive.name} is not of the table, and cannot be read again")
    import json  # only who saves or loads pays for it

    steps = [
        [step.primitive.name, list(step.operands), step.total]
        if isinstance(step, Instruction)
        else [f"guard {step.look}", list(step.operands), step.seen]
        for step in program.steps
    ]
    constants = [c.hex() if isinstance(c, float) else str(c) for c in program.constants]
    found = {"format": FORMAT, "inputs": program.inputs, "constants": constants, "steps": steps}
    return json.dumps(found | {"outputs": list(program.outputs)})


def _known(row: Any) -> bool:
    """Return whether this is a row of the table, not another of its name."""
    return isinstance(row, Primitive) and ROWS.get(row.name) is row


def fingerprint(program: Program) -> str:
    """Return a text that programs have in common if they are the same to the bit, in any process; none for a program
    with primitives that are not of the table. Cost: a tenth of a microsecond for each step.
    """
    rows, operands, flags = (list(map(itemgetter(i), program.steps)) for i in range(3))
    kinds = dict.fromkeys(rows)
    if not all(isinstance(row, str) or _known(row) for row in kinds):
        return ""
    number = {row: i for i, row in enumerate(kinds)}
    parts = program.inputs, list(map(number.__getitem__, rows)), operands, flags, program.constants, program.outputs
    names = [row if isinstance(row, str) else row.name for row in kinds]
    return hashlib.sha256(marshal.dumps(parts, 2) + str(names).encode()).hexdigest()  # 2 has no references


def load(text: str) -> Program:
    """Return the program that `save` wrote; GraphError for anything else, and nothing in it is ever executed."""
    import json

    if len(text) > LARGEST:
        raise GraphError(f"program: {len(text)} characters; the largest file that is read has {LARGEST}")
    try:
        found = json.loads(text)
        if found["format"] != FORMAT or set(found) != {"format", "inputs", "constants", "steps", "outputs"}:
            raise ValueError("this is not a program")
        constants = tuple([_number(c) for c in found["constants"]])
        steps = tuple([_step(*step) for step in found["steps"]])
        program = Program(found["inputs"], constants, steps, tuple(found["outputs"]))
        return program.check()
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise GraphError(f"program: this text is none: {type(error).__name__} {error}") from error


def _number(text: str) -> Any:
    if len(text) > 400:
        raise ValueError("a constant is too long")
    return float.fromhex(text) if "x" in text or text.strip("-") in ("inf", "nan") else int(text)


def _step(name: str, operands: list[int], last: Any) -> Instruction | Guard:
    if name.startswith("guard "):
        return Guard(name[6:], tuple(operands), last)
    return Instruction(ROWS[name], tuple(operands), last)
