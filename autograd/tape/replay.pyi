# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Carried, Code, Doubles, Place
from autograd.primitives.primitive import NUMBERED
from autograd.tape import values
from autograd.tape.guards import COMPARISONS, Guard
from autograd.tape.runs import Runs, Steps
from autograd.tape.tape import Tape, Traced
from autograd.tape.pytree import Array
from autograd.floats.native import cython

def replayable(tape: Tape, outputs: Sequence[object]) -> bool:
    'Return whether a `Replay` can run a tape to these outputs: rows of the table on numbers, no numbers of others.'
@final
class Replay():
    'The steps of a tape that are needed, as flat arrays: cells of constants, of inputs, and of steps, in order.\n\n    `miss` makes what is returned where a guard does not hold, of its place among all guards and what was seen; `other`\n    is called in place of this for numbers that are no floats.\n    '
    def __init__(self, tape: Tape, outputs: list[Any], miss: Callable[..., Any], other: Callable[..., Any]) -> None:
        ...
    seen: Any
    runs: Any
    guards: dict[int, Any]
    many: dict[int, Any]
    whole: dict[int, int]
    def build(self, tape: Tape, outputs: Sequence[Carried]) -> object:
        'Choose the steps that are needed, and give everything a cell.'
    def mark(self, tape: Tape) -> object:
        'Mark guards, what may raise, and what these and the outputs are made of.'
    def need(self, tape: Tape, code: Code) -> object:
        'Mark the place of an operand as needed.'
    def cell(self, tape: Tape, code: Code) -> int:
        'Return the cell of an operand.'
    def fill(self, tape: Tape) -> object:
        'Write down the steps that are needed, and count them.'
    def same(self, tape: Tape, i: Place) -> bool:
        "Return whether a step gives an operand back to the bit, whose cell it gets: a rule's product with 1.\n\n        The product of a rule is never -0.0, and neither is a sum of something that is never.\n        "
    def looking(self, j: Place, guard: Guard[Code], tape: Tape) -> int:
        'Return the code of a guard.'
    def __call__(self, xs: Sequence[Carried]) -> Any:
        'Return the outputs, or what `miss` makes of a guard that does not hold; raises what the rows raise.'
    def packed(self, numbers: Array, arrays: Mapping[int, Array]) -> Array | None:
        'Return the outputs as an array, of an array of inputs; None where `__call__` must say what there is.'
    def into(self, numbers: Any, outputs: Any) -> bool:
        'Write the outputs of a buffer of inputs to another one; return False where that is not to be decided here.'
    def sorted(self) -> Runs:
        'Return the steps in runs, found once.'
    @property
    def wide(self) -> bool:
        'Whether runs are so long that native code, one instruction after the other, would be no quicker.'
    def guarded(self, xs: Sequence[Carried]) -> Any:
        'Run on cells that no other call has: a row that is asked may let another one in.'
    def finished(self, xs: Sequence[Carried], cells: Doubles) -> Any:
        'Run on these cells, and take the outputs from them.'
    def run(self, cells: Doubles) -> int:
        'Run all steps; return -1, or the place among the guards of the first that does not hold.'
    def looked(self, j: Place, branch: Any, x: float, y: float, cells: Doubles) -> bool:
        'Return whether a guard sees something else than it saw, which is kept in `seen`.'
    def powered(self, j: Place, cells: Doubles) -> float:
        'Return a derivative of a power, by C where that is sure.'
    def asked(self, j: Place, cells: Doubles) -> float:
        'Return what the row of a step gives.'
    def __dealloc__(self) -> None:
        ...
    miss: Any
    other: Any
    calls: int
    busy: bool
    narrow: bool
    inputs: int
    first: int
    count: int
    width: int
    codes: Any
    rows: Any
    unsigned: Any
    left: Any
    right: Any
    places: Any
    results: Any
    cells: Any
