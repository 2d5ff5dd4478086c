"""Pickling and deep-copying graphs of any depth, shared nodes kept shared.

The root hands pickle a list of everything it was made from, parents first. By the time a node is visited, its parents
are known to pickle already, and nothing recurses. Only a node that stands in such a list may name its parents directly;
`Items` are the lists that pickle is working through right now.
"""

import threading
import weakref
from collections.abc import Iterator
from typing import Any

from autograd.errors import GraphError
from autograd.graph.backward import topological_order
from autograd.graph.contexts import Mark, plain_text
from autograd.graph.value import CUTS, Value, above, blank, fill, is_blank, memory
from autograd.primitives.primitive import Primitive


class _Local(threading.local):
    """The lists that this thread's pickles are draining."""

    def __init__(self) -> None:
        self.items: weakref.WeakSet[Items] = weakref.WeakSet()


class Items:
    """An iterator over a list of nodes; when pickle lets go of it, the list no longer counts."""

    def __init__(self, nodes: list[Value]) -> None:
        self.ids: set[int] = set(map(id, nodes))
        self.nodes: Iterator[Value] = iter(nodes)
        _local.items.add(self)

    def __iter__(self) -> "Items":
        return self

    def __next__(self) -> Value:
        return next(self.nodes)


class Ancestors:
    """Everything a root was made from, parents first; pickles as a list."""

    def __init__(self, root: Value) -> None:
        self.nodes: list[Value] = topological_order([root])

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, Items(self.nodes)


_local = _Local()


def reduce(node: Value) -> tuple[Any, ...]:
    """Return what pickle needs to rebuild a node: see `object.__reduce__`. Cost: O(ancestors), for each root anew."""
    known = node.primitive is None or any(id(node) in items.ids for items in _local.items)
    return blank, (), (None if known else Ancestors(node), memory(node)), None, None, restore


def restore(node: Value, state: tuple[Any, list[Any]]) -> None:
    """Fill a blank Value, once pickle has its ancestors; GraphError for a state that no node was ever in."""
    damage = _damage(node, state)
    if damage:
        raise GraphError(f"this pickle of a Value is damaged: {damage}; pickle the graph again")
    if isinstance(state[1][2], str):
        state[1][2] = plain_text(state[1][2])
    fill(node, state[1])


def _damage(node: object, state: object) -> str:
    """Return what is wrong with a state: compiled code trusts what it is filled with, and would read beyond it."""
    if type(node) is not Value or not is_blank(node):
        return "a node is filled twice"
    if not (type(state) is tuple and len(state) == 2 and type(state[1]) is list and len(state[1]) == 8):
        return "the state of a node has other fields"
    data, grad, label, row, x, y, dx, dy = state[1]
    if not type(data) is type(grad) is type(dx) is type(dy) is float:
        return "a number of a node is no float"
    damage = _damage_of_operands(row, x, y)
    return damage or ("" if label is None or _is_label(label) else f"{label!r} is a name")


def _damage_of_operands(row: object, x: object, y: object) -> str:
    """Return what is wrong with the row of a node and what it was made of."""
    operands = x if type(x) is tuple else (x,) if y is None else (x, y)
    if row is None or (isinstance(row, str) and row in CUTS.values()):
        operands = () if x is None and y is None else (row,)
    elif not isinstance(row, Primitive) or not operands or (row.partials and len(operands) != len(row.partials)):
        return f"{row!r} does not make a node of {len(operands)} operands"
    for operand in operands:
        if type(operand) is Value:
            if is_blank(operand):
                return "a node comes before what it was made of"
        elif type(operand) not in (float, int, bool):
            return f"{operand!r} is an operand"
    if type(x) is tuple and not (type(y) is bytes and len(y) == 8 * len(x)):
        return f"a node of {len(x)} operands has other partials"
    return ""


def _is_label(label: object) -> bool:
    """Return whether this is a name or a Mark, with nothing but plain text in it."""
    if type(label) is not Mark:
        return isinstance(label, str)
    texts = [text for text in (label.name, label.line) if text is not None]
    return type(label.scope) is tuple and {type(text) for text in (*texts, *label.scope)} <= {str}


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
