# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""What every call of a compiled function reads and makes: numbers of Values, dicts of floats, lists in lists.

This file is compiled as value.py is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.floats import native
from autograd.graph.value import Value

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

MOST_LAYOUTS = 256
NUMBER, LIST_OF_NUMBERS, TUPLE_OF_NUMBERS, LIST, TUPLE = range(5)  # what a step of `Lists` makes


def data_of(values: list[Any]) -> list[Any]:
    """Return the numbers of Values; what is none stays as it is."""
    found = []
    for i in range(len(values)):
        if type(values[i]) is Value:
            value: Value = values[i]
            found.append(value._data)
        else:
            found.append(values[i].data if values[i].rank == 2 else values[i])
    return found


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Names:
    """The keys of a dict, all of them str, in their order; those of the last dict are known again by identity."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.code = hash(names)

    def __hash__(self) -> int:
        return self.code

    def __eq__(self, other: object) -> bool:
        return type(other) is Names and (self is other or self.names == other.names)

    def are_of(self, x: dict[Any, Any]) -> bool:
        """Return whether these very objects are the keys of a dict of this size."""
        i = 0
        for key in x:
            if key is not self.names[i]:
                return False
            i += 1  # noqa: SIM113  # a loop in C
        return True


_latest: dict[int, Names] = {}  # by their number


def names_of(x: dict[Any, Any]) -> Names | None:
    """Return the keys of a dict; None where not all are str."""
    n = len(x)
    known: Any = _latest.get(n)
    if known is not None:
        latest: Names = known
        if latest.are_of(x):
            return latest
    for key in x:
        if type(key) is not str:
            return None
    if len(_latest) >= MOST_LAYOUTS:
        _latest.clear()
    latest = Names(tuple(x))
    _latest[n] = latest
    return latest


def floats_of(x: dict[Any, Any]) -> bool:
    """Return whether a dict holds floats alone, and some."""
    for y in x.values():
        if type(y) is not float:
            return False
    return len(x) > 0


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Lists:
    """How numbers become lists and tuples in each other: a step for each of these, after those of its parts."""

    def __init__(self, steps: Sequence[tuple[type | None, int, bool]]) -> None:
        """Of each step, know what it makes, None for a number alone, of how many parts, and whether of numbers."""
        if not cython.compiled:
            none: Any = ()
            self.kinds = self.counts = none
        self.steps = len(steps)
        self.kinds = native.ints(self.kinds, self.steps + 1)
        self.counts = native.longs(self.counts, self.steps + 1)
        self.total = 0
        for i in range(self.steps):
            kind, count, of_numbers = steps[i]
            self.kinds[i] = NUMBER if kind is None else LIST_OF_NUMBERS if kind is list else TUPLE_OF_NUMBERS
            self.counts[i] = count
            if of_numbers:
                self.total += count
            else:
                self.kinds[i] += LIST - LIST_OF_NUMBERS

    def __call__(self, given: Iterator[Any]) -> Any:
        """Return the nest of the next numbers."""
        return self.made(list(islice(given, self.total)))

    def made(self, numbers: list[Any]) -> Any:
        """Return the nest of these numbers."""
        found: list[Any] = []
        place = 0
        for i in range(self.steps):
            kind = self.kinds[i]
            n = self.counts[i]
            if kind == NUMBER:
                found.append(numbers[place])
                place += 1
                continue
            if kind < LIST:
                parts = numbers[place : place + n]
                place += n
            else:
                parts = found[len(found) - n :]
                del found[len(found) - n :]
            found.append(tuple(parts) if kind in (TUPLE, TUPLE_OF_NUMBERS) else parts)
        return found[0]

    def __dealloc__(self) -> None:
        native.release(self.kinds)
        native.release(self.counts)
