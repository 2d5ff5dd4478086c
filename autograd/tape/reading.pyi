# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from autograd.floats import native
from autograd.graph.value import Value
from autograd.floats.native import cython

def data_of(values: list[Any]) -> list[Any]:
    'Return the numbers of Values; what is none stays as it is.'
@final
class Names():
    'The keys of a dict, all of them str, in their order; those of the last dict are known again by identity.'
    def __init__(self, names: tuple[str, ...]) -> None:
        ...
    def __hash__(self) -> int:
        ...
    def __eq__(self, other: object) -> bool:
        ...
    def are_of(self, x: dict[Any, Any]) -> bool:
        'Return whether these very objects are the keys of a dict of this size.'
    names: tuple[Any, ...]
    code: int
_latest: dict[int, Names]
def names_of(x: dict[Any, Any]) -> Names | None:
    'Return the keys of a dict; None where not all are str.'
def floats_of(x: dict[Any, Any]) -> bool:
    'Return whether a dict holds floats alone, and some.'
@final
class Lists():
    'How numbers become lists and tuples in each other: a step for each of these, after those of its parts.'
    def __init__(self, steps: Sequence[tuple[type | None, int, bool]]) -> None:
        'Of each step, know what it makes, None for a number alone, of how many parts, and whether of numbers.'
    def __call__(self, given: Iterator[Any]) -> Any:
        'Return the nest of the next numbers.'
    def made(self, numbers: list[Any]) -> Any:
        'Return the nest of these numbers.'
    def __dealloc__(self) -> None:
        ...
    steps: int
    total: int
    kinds: Any
    counts: Any
