# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from typing import TYPE_CHECKING, Any
from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Doubles, Place, Row
from autograd.primitives.primitive import NUMBERED, ROWS
from autograd.floats.native import cython

def branch_of(row: int) -> int:
    'Return the number that a row had when the branches were written; -9 for no such row.'
@final
class Products():
    'Sums of products of cells: the places of those cells, one sum after the other, each behind how many it has.'
    def __init__(self) -> None:
        ...
    def add(self, places: list[Any]) -> int:
        'Append a sum, of so many cells with as many others; return where it begins.'
    def value(self, start: Place, cells: Doubles) -> float:
        'Return a sum, rounded once; NaN where the last bit is in doubt.'
    def __dealloc__(self) -> None:
        ...
    count: int
    room: int
    widest: int
    places: Any
    pairs: Any
def value_of(row: Row, x: float, y: float) -> float:
    'Return the value of a row of one or two operands by IEEE 754, to the bit of its `total`; it never raises.\n\n    >>> from autograd.primitives import table\n    >>> value_of(table.truediv.number, 1.0, -0.0), value_of(table.log.number, 0.0, 0.0)\n    (-inf, -inf)\n    '
def asked(row: Row, x: float, y: float) -> float:
    'Return what the row itself gives, which has one operand or two, neither of them a parameter.'
