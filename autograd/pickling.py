"""Pickling and deep-copying graphs of any depth, shared nodes kept shared.

Start at `reduce`. The one surprise: the root hands pickle a list of everything it was made from, parents first, so
that by the time a node is visited its parents are known to pickle already, and nothing recurses. Only a node that
stands in such a list may name its parents directly; `_listed` remembers which do, while the list is alive.
"""

import threading
from collections.abc import Iterator
from typing import Any

from autograd.graph import topological_order
from autograd.value import Value, _births, _new

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
    fields = (node._data, node._grad, node._name, node._primitive, node._operands, node._partials)
    known = not node._parents or any(id(node) in found.ids for found in _listed())
    return blank, (), (None if known else Ancestors(node), fields), None, None, restore


def blank() -> Value:
    """Return a Value to be filled by `restore`."""
    node = _new(Value)
    node._operands = node._parents = ()
    return node


def restore(node: Value, state: tuple[Any, tuple[Any, ...]]) -> None:
    """Fill a blank Value; it is born now, after its parents."""
    fill(node, *state[1])


def fill(node: Value, data: Any, grad: Any, name: Any, primitive: Any, operands: Any, partials: Any) -> None:
    node._data, node._grad, node._name, node._primitive = data, grad, name, primitive
    node._operands, node._partials = operands, partials
    parents = tuple([x for x in operands if isinstance(x, Value)])
    node._parents = operands if len(parents) == len(operands) else parents
    node._born = _births()


def deepcopy(root: Value, memo: dict[int, Any]) -> Value:
    """Return a copy of a node and of everything it was made from; what `memo` holds already is shared."""
    for node in topological_order([root]):
        if id(node) not in memo:
            operands = tuple([memo[id(x)] if isinstance(x, Value) else x for x in node._operands])
            copy = memo[id(node)] = blank()
            fill(copy, node._data, node._grad, node._name, node._primitive, operands, node._partials)
    return memo[id(root)]  # type: ignore[no-any-return]
