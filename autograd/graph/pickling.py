"""Pickling and deep-copying graphs of any depth, shared nodes kept shared.

The root hands pickle a list of everything it was made from, parents first. By the time a node is visited, its parents
are known to pickle already, and nothing recurses. Only a node that stands in such a list may name its parents directly;
`Items` are the lists that pickle is working through right now.
"""

import threading
import weakref
from typing import Any

from autograd.graph.backward import topological_order
from autograd.graph.value import Value, above, fill, memory


class _Local(threading.local):
    """The lists that this thread's pickles are draining."""

    def __init__(self) -> None:
        self.items: weakref.WeakSet[Items] = weakref.WeakSet()


class Items:
    """An iterator over a list of nodes; when pickle lets go of it, the list no longer counts."""

    def __init__(self, nodes: list[Value]) -> None:
        self.ids = set(map(id, nodes))
        self.nodes = iter(nodes)
        _local.items.add(self)

    def __iter__(self) -> "Items":
        return self

    def __next__(self) -> Value:
        return next(self.nodes)


class Ancestors:
    """Everything a root was made from, parents first; pickles as a list."""

    def __init__(self, root: Value) -> None:
        self.nodes = topological_order([root])

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, Items(self.nodes)


_local = _Local()


def reduce(node: Value) -> tuple[Any, ...]:
    """Return what pickle needs to rebuild a node: see `object.__reduce__`. Cost: O(ancestors), for each root anew."""
    known = node.primitive is None or any(id(node) in items.ids for items in _local.items)
    return blank, (), (None if known else Ancestors(node), memory(node)), None, None, restore


def blank() -> Value:
    """Return a Value to be filled by `fill`."""
    return Value(0.0)


def restore(node: Value, state: tuple[Any, list[Any]]) -> None:
    """Fill a blank Value, once pickle has its ancestors."""
    fill(node, state[1])


def deepcopy(root: Value, memo: dict[int, Any]) -> Value:
    """Return a copy of a node and of everything it was made from; what `memo` holds already is shared."""

    def copied(x: Any) -> Any:
        return memo[id(x)] if isinstance(x, Value) else x

    for node in topological_order([root]):
        if id(node) not in memo:
            state = memory(node)
            x = state[4]
            state[4] = tuple(map(copied, x)) if isinstance(x, tuple) else copied(x)
            state[5] = copied(state[5])
            memo[id(node)] = copy = blank()
            fill(copy, state)
    return memo[id(root)]  # type: ignore[no-any-return]


above.update(reduce=reduce, deepcopy=deepcopy)
