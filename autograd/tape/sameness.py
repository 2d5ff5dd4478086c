# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""`Sameness`: whether lists, dicts, attributes, cells and numbers of Values are what they were; asked at every call.

Objects are compared by identity, numbers by their bits. This file is compiled as value.py is: a thousand of them are
compared in some microseconds.
"""

from __future__ import annotations

from types import CellType
from typing import TYPE_CHECKING, Any

from autograd.floats import native
from autograd.graph.value import Value

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

ABSENT: object = object()  # where there is nothing
ATTRIBUTES = ("@.__code__", "@.__defaults__", "@.__kwdefaults__")
NAMESPACES = ("(entries(vars(@)))", "(entries(@.__dict__))", "not @.__dict__")


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Sameness:
    """What was found in some objects, which are kept, and whether it still is there."""

    def __init__(self) -> None:
        self.values: list[Any] = []  # each list with what was found in its entries, below it
        self.numbers: list[float] = []
        self.lists: list[Any] = []
        self.contents: list[Any] = []
        self.dicts: list[Any] = []
        self.entries: list[Any] = []
        self.owners: list[Any] = []  # whose attributes, all of them, were found
        self.owned: list[Any] = []
        self.spaces: list[Any] = []
        self.keys: list[Any] = []
        self.items: list[Any] = []
        self.cells: list[Any] = []
        self.held: list[Any] = []
        self.bases: list[Any] = []
        self.names: list[Any] = []
        self.found: list[Any] = []

    def add_number(self, x: Value) -> None:
        """Compare the number of a Value from now on."""
        self.values.append(x)
        self.numbers.append(x._data)

    def add(self, base: Any, text: str, found: Any) -> bool:
        """Compare what an expression of @, the base, found; return False for one that is not known here.

        The expressions are those of `Dependencies`.
        """
        kind = type(base)
        if text == "(*@,)" and kind is list:
            self.lists.append(base)
            self.contents.append(found)
        elif text == "(entries(@))" and kind is dict:
            self.dicts.append(base)
            self.entries.append(found)
        elif text in NAMESPACES and type(base.__dict__) is dict:
            self.owners.append(base)
            self.owned.append(found if type(found) is tuple else ())
        elif text.startswith("@.get('") and text.endswith("', ABSENT)") and kind is dict and "\\" not in text:
            self.spaces.append(base)
            self.keys.append(text[7:-10])
            self.items.append(found)
        elif text == "@.cell_contents" and kind is CellType:
            self.cells.append(base)
            self.held.append(found)
        elif text in ATTRIBUTES:
            self.bases.append(base)
            self.names.append(text[2:])
            self.found.append(found)
        else:
            return False
        return True

    def unchanged(self) -> bool:
        """Return whether all is what it was; raises what `Dependencies` takes for a change where something is gone."""
        for i in range(len(self.spaces)):
            space = self.spaces[i]
            if space.get(self.keys[i], ABSENT) is not self.items[i]:
                return False
        for i in range(len(self.cells)):
            if self.cells[i].cell_contents is not self.held[i]:
                return False
        for i in range(len(self.bases)):
            if getattr(self.bases[i], self.names[i]) is not self.found[i]:
                return False
        for i in range(len(self.lists)):
            if not same_contents(self.lists[i], self.contents[i]):
                return False
        for i in range(len(self.dicts)):
            if not same_entries(self.dicts[i], self.entries[i]):
                return False
        for i in range(len(self.owners)):
            names = self.owners[i].__dict__
            if type(names) is not dict or not same_entries(names, self.owned[i]):
                return False
        return self.same_numbers()

    def same_numbers(self) -> bool:
        """Return whether the numbers of all Values are, to the bit, what they were."""
        for i in range(len(self.values)):
            value: Value = self.values[i]
            x = value._data
            y = self.numbers[i]
            if x != y:
                if x == x or y == y:
                    return False
            elif x == 0.0 and native.high_bits(x) != native.high_bits(y):
                return False
        return True


def same_contents(now: list[Any], then: tuple[Any, ...]) -> bool:
    """Return whether a list holds these objects."""
    n = len(then)
    if len(now) != n:
        return False
    for i in range(n):  # noqa: SIM110  # a loop in C
        if now[i] is not then[i]:
            return False
    return True


def same_entries(now: dict[Any, Any], then: tuple[Any, ...]) -> bool:
    """Return whether a dict holds these objects: its keys in their order, then what is at each."""
    n = len(now)
    if 2 * n != len(then):
        return False
    i = 0
    for key, x in now.items():
        if key is not then[i] or x is not then[n + i]:
            return False
        i += 1  # noqa: SIM113  # a loop in C, without tuples
    return True
