"""Pickling and deep-copying graphs of any depth, shared nodes kept shared.

Start at `reduce`. The one surprise: the root hands pickle a list of everything it was made from, parents first, so
that by the time a node is visited its parents are known to pickle already, and nothing recurses. Only a node that
stands in such a list may name its parents directly; `_listed` remembers which do, while the list is alive.
"""

import threading
from collections.abc import Iterator
from typing import Any

from autograd.value import Value, _births, topological_order

_local = threading.local()  # .listed: the lists being pickled in this thread, innermost last


class Ancestors:
    """Everything a root was made from; pickles as a list."""

    def __init__(self, root: Value) -> None:
        self.order = topological_order([root])
        self.ids = {id(node) for node in self.order}
        _local.listed = [*_listed(), self]

    def __iter__(self) -> Iterator[Value]:
        return iter(self.order)

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, Items(self)


class Items:
    """The iterator that pickle drains; when pickle lets go of it, the list no longer counts."""

    def __init__(self, ancestors: Ancestors) -> None:
        self.ancestors = ancestors
        self.nodes = iter(ancestors)

    def __iter__(self) -> "Items":
        return self

    def __next__(self) -> Value:
        return next(self.nodes)

    def __del__(self) -> None:
        _local.listed = [found for found in _listed() if found is not self.ancestors]


def _listed() -> list[Ancestors]:
    return getattr(_local, "listed", [])


def reduce(node: Value) -> tuple[Any, ...]:
    """Return what pickle needs to rebuild a node: see `object.__reduce__`."""
    known = node._primitive is None or any(id(node) in found.ids for found in _listed())
    return blank, (), (None if known else Ancestors(node), state(node)), None, None, restore


def state(node: Value) -> list[Any]:
    """Return what a node remembers, but its birth."""
    return [node._data, node._grad, node._name, node._primitive, node._x, node._y, node._dx, node._dy]


def blank() -> Value:
    """Return a Value to be filled by `fill`."""
    return Value(0.0)


def restore(node: Value, state: tuple[Any, list[Any]]) -> None:
    """Fill a blank Value, once pickle has its ancestors."""
    fill(node, state[1])


def fill(node: Value, state: list[Any]) -> None:
    """Give a blank Value its memory; it is born now, after its parents."""
    node._data, node._grad, node._name, node._primitive, node._x, node._y, node._dx, node._dy = state
    node._born = _births()


def deepcopy(root: Value, memo: dict[int, Any]) -> Value:
    """Return a copy of a node and of everything it was made from; what `memo` holds already is shared."""

    def copied(x: Any) -> Any:
        return memo[id(x)] if isinstance(x, Value) else x

    for node in topological_order([root]):
        if id(node) not in memo:
            memory = state(node)
            x = memory[4]
            memory[4] = tuple(map(copied, x)) if isinstance(x, tuple) else copied(x)
            memory[5] = copied(memory[5])
            memo[id(node)] = copy = blank()
            fill(copy, memory)
    return memo[id(root)]  # type: ignore[no-any-return]
