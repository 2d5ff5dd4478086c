# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from types import CellType
from typing import TYPE_CHECKING, Any
from autograd.floats import native
from autograd.graph.value import Value
from autograd.floats.native import cython

ABSENT: object
@final
class Sameness():
    'What was found in some objects, which are kept, and whether it still is there.'
    def __init__(self) -> None:
        ...
    values: list[Any]
    numbers: list[float]
    lists: list[Any]
    contents: list[Any]
    dicts: list[Any]
    entries: list[Any]
    owners: list[Any]
    owned: list[Any]
    spaces: list[Any]
    keys: list[Any]
    items: list[Any]
    cells: list[Any]
    held: list[Any]
    bases: list[Any]
    names: list[Any]
    found: list[Any]
    def add_number(self, x: Value) -> None:
        'Compare the number of a Value from now on.'
    def add(self, base: Any, text: str, found: Any) -> bool:
        'Compare what an expression of @, the base, found; return False for one that is not known here.\n\n        The expressions are those of `Dependencies`.\n        '
    def unchanged(self) -> bool:
        'Return whether all is what it was; raises what `Dependencies` takes for a change where something is gone.'
    def same_numbers(self) -> bool:
        'Return whether the numbers of all Values are, to the bit, what they were.'
def same_contents(now: list[Any], then: tuple[Any, ...]) -> bool:
    'Return whether a list holds these objects.'
def same_entries(now: dict[Any, Any], then: tuple[Any, ...]) -> bool:
    'Return whether a dict holds these objects: its keys in their order, then what is at each.'
