"""The steps of a program as arrays of NumPy, to be looked at all together."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.primitives.primitive import NUMBERED
from autograd.program.program import Program, Recorded
from autograd.program.steps import Instruction, Single
from autograd.tape.tape import Tape

NONE, MANY, TOTAL = -(1 << 62), 1 << 61, 1 << 30  # as in tape.py
SMALL = 1 << 29  # steps, whose operands are counted in 32 bits
Array = Any  # of NumPy's


class Flat(NamedTuple):
    """The steps of a program as arrays: what kind each is, and where its operands begin among all of them."""

    kinds: Array
    starts: Array  # and one more
    operands: Array
    examples: Mapping[int, Single]  # of each kind
    constants: Array
    whole: Mapping[int, int]  # constants that are ints
    outputs: Sequence[int | float]  # places, and numbers


def flat(program: Program) -> Flat:
    """Return the steps of a program as arrays."""
    if isinstance(program, Recorded):
        return flat_tape(program.tape, program.ends)
    known: dict[object, int] = {}
    examples: list[Single] = []
    kinds: list[int] = []
    sizes: list[int] = []
    operands: list[int] = []
    for step in program.walk():
        key = (id(step[0]), step.total) if isinstance(step, Instruction) else step[::2]
        if key not in known:
            known[key] = len(examples)
            examples.append(step)
        kinds.append(known[key])
        sizes.append(len(step.operands))
        operands += step.operands
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    whole = {k: x for k, x in enumerate(program.constants) if type(x) is int}
    constants = np.array([math.nan if k in whole else x for k, x in enumerate(program.constants)], dtype=float)
    outputs = [k if k >= 0 else program.constants[~k] for k in program.outputs]
    kinds_, operands_ = (np.array(x, dtype=np.int64) for x in (kinds, operands))
    return Flat(kinds_, starts, operands_, dict(enumerate(examples)), constants, whole, outputs)


def flat_tape(tape: Tape, ends: Sequence[Any]) -> Flat:
    """Return the steps of a tape as arrays, without a Python object for each."""
    rows, left, right, many, constants = map(np.frombuffer, tape.packed(), ("i4", "i8", "i8", "i8", "f8"))
    rows, left, right = rows[tape.inputs :].copy(), left[tape.inputs :], right[tape.inputs :]
    small = np.int32 if len(rows) + len(many) < SMALL else np.int64  # half of the memory, which takes most of the time
    sizes = (right != NONE).astype(small) + 1
    long = np.flatnonzero((right > NONE) & (right <= -MANY))
    sizes[long] = -MANY - right[long]
    known: dict[object, int] = {}
    examples: dict[int, Single] = {}
    for place, guard in tape.guards.items():
        kind = known.setdefault(guard[::2], -1 - len(known))
        examples[kind] = guard
        rows[place - tape.inputs], sizes[place - tape.inputs] = kind, len(guard.operands)
    starts = np.zeros(len(sizes) + 1, dtype=small)
    np.cumsum(sizes, out=starts[1:])
    operands = np.empty(starts[-1], dtype=small)
    operands[starts[:-1]] = left
    two = np.flatnonzero((sizes == 2) & (right > -MANY))
    operands[starts[two] + 1] = right[two]
    for i in long.tolist():
        operands[starts[i] : starts[i + 1]] = many[left[i] : left[i] + sizes[i]]
    whole: dict[int, int] = {}
    for place, guard in tape.guards.items():
        operands[starts[place - tape.inputs] :][: len(guard.operands)] = guard.operands
        whole.update({~k: int(tape.foreign[~k]) for k in guard.operands if k < 0 and ~k in tape.foreign})
    for row in np.unique(rows[rows >= 0]).tolist():
        primitive = NUMBERED[row & ~TOTAL]
        examples[row] = Instruction(primitive, (), row >= TOTAL)
        steps = np.flatnonzero(rows == row) if primitive.has_parameters else np.zeros(0, dtype=np.int64)
        for i in [i for i in range(int(sizes[steps].max(initial=0))) if not primitive.differentiable(i)]:
            given = operands[starts[steps[sizes[steps] > i]] + i]
            whole.update({k: int(tape.foreign[k]) for k in (~given[given < 0]).tolist() if k in tape.foreign})
    outputs = [y.place if tape.owns(y) else float(y) for y in ends]
    return Flat(rows, starts, operands, examples, constants, whole, outputs)
