# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Doubles, Place, Row
from autograd.primitives.primitive import NUMBERED
from autograd.tape import values
from autograd.tape.guards import COMPARISONS
from autograd.floats.native import cython

TOTAL = 1 << 30
@final
class Steps():
    'The steps of a replay, each once: a step of the same row and operands as one that was met is that one.\n\n    Everything is known by its place: constants and inputs, then steps in the order in which they are met.\n    '
    def __init__(self, first: int, inputs: int) -> None:
        ...
    asking: dict[int, Any]
    def begin(self, steps: Place, width: Place, cells: Doubles) -> object:
        'Make room for so many steps, and know the constants.'
    def constant(self, x: float) -> int:
        'Return the place of a constant.'
    def add(self, kind: Row, a: Place, b: Place, c: Place, d: Place) -> int:
        'Return the place of a step, which may be known.'
    def meet(self, j: Place, code: Row, row: Row, a: Place, b: Place, operands: Any, whole: Any, guard: Any) -> object:
        'Meet step j of the replay, of these cells.'
    def step(self, kind: Row, row: Row, a: Place, b: Place) -> int:
        'Return the place of a row of these places; one of them, or a constant, where that is the same to the bit.'
    def finish(self, cells: Doubles, results: Sequence[int], width: Place, last: Place) -> object:
        'Know what is needed for the results, and how deep it is; those behind the cell `last` are plain numbers.'
    def need(self, i: Place) -> object:
        'Mark the operands of a step as needed; what is only computed to see whether it raises may be made cheaper.'
    def depth(self, i: Place) -> int:
        'Return how deep the deepest operand of a step is; constants and inputs are at 0.'
    def key(self, i: Place) -> int:
        'Return what a step does: its kind, and RAISING more where it is looked whether it may raise.'
    def __dealloc__(self) -> None:
        ...
    first: int
    inputs: int
    room: int
    count: int
    mask: int
    width: int
    deepest: int
    kinds: Any
    left: Any
    right: Any
    third: Any
    fourth: Any
    levels: Any
    flags: Any
    known: Any
    same: Any
    numbers: Any
    results: Any
@final
class Runs():
    'Steps in order of their depth, and of what they do, as runs of one kind, with a cell for each number.'
    def __init__(self, steps: Steps) -> None:
        ...
    asking: dict[int, Any]
    def sort(self, steps: Steps) -> object:
        'Put what is needed in order, and find the runs.'
    def counted(self, steps: Steps, size: Place, by_key: Row) -> object:
        "Sort by the steps' keys, or by their levels; what is equal stays in its order."
    def settle(self, steps: Steps) -> object:
        'Give everything a cell: inputs, the steps in order, constants.'
    def call(self, xs: Sequence[Any]) -> Any:
        'Return the outputs; None where the steps must be gone through in their own order.'
    def into(self, numbers: Sequence[float], outputs: Doubles) -> bool:
        'Write the outputs of a buffer of inputs to another one; return False where `call` gives None.'
    def run(self, cells: Doubles) -> bool:
        'Run all steps; return False where a guard does not hold, or a step may raise.'
    def others(self, branch: Row, start: Place, stop: Place, cells: Doubles) -> bool:
        'Run what is no row that C knows; return as `run` does.'
    def looked(self, guard: Row, x: float, y: float) -> bool:
        'Return what a guard sees, in the order of `LOOKS`, each twice.'
    def __dealloc__(self) -> None:
        ...
    inputs: int
    width: int
    count: int
    runs: int
    left: Any
    right: Any
    third: Any
    fourth: Any
    order: Any
    scratch: Any
    starts: Any
    of_run: Any
    cells: Any
    results: Any
