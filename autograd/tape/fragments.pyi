# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from typing import TYPE_CHECKING, Any
from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.operation import Carried, Place, Row
from autograd.primitives.primitive import NUMBERED
from autograd.tape.tape import Tape, Traced
from autograd.floats.native import cython

_unknown: Any
_fragments: list[Any]
_of_powers: dict[tuple[int, int, int], Any]
def forget() -> None:
    'Forget the rules that were recorded; for whoever changes a row.'
@final
class Fragment():
    'A rule of a row, recorded on (z, x, y), which are the places 0, 1 and 2, or on (z, c, x, y).'
    def __init__(self, tape: Tape, output: Carried) -> None:
        ...
    tape: Tape
    place: int
    number: float
    wide: bool
def fragment(row: Row, position: Any) -> Any:
    'Return the fragment of a rule, recorded once; None for a rule that has none.'
def fragment_of_power(position: Place, k: Place, n: Place) -> Any:
    'Return the fragment of a rule of `monomial` for these whole numbers, recorded once.'
