"""Walking a graph without recursion: the topological order, and the sweep that carries adjoints backward.

Start at `topological_order`. The one surprise: there is no depth-first search with two colours. A node is born after
its parents, so sorting the reachable nodes by birth *is* a topological order, and one that does not depend on who
asks: the same program adds the same numbers in the same order, and so gives the same bits, every run.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Protocol, TypeVar


class Node(Protocol):
    """What a graph is made of."""

    @property
    def _parents(self) -> tuple[Any, ...]: ...
    @property
    def _partials(self) -> tuple[float, ...]: ...
    @property
    def _born(self) -> int: ...


N = TypeVar("N", bound=Node)
_birth = attrgetter("_born")


def topological_order(roots: Iterable[N]) -> list[N]:
    """Return every node that the roots were made from, the roots included, each after all its parents.

    Why an order is needed: in `b = a + a; c = b + b`, the adjoint of `b` is complete only when both edges from `c`
    have arrived. Passing it on to `a` after the first one alone would lose half of the derivative.

    Cost: O(nodes + edges) and a sort of a nearly sorted list; no recursion, so depth is no limit.
    """
    stack = list({id(root): root for root in roots}.values())
    seen = {id(root) for root in stack}
    order = list(stack)
    while stack:
        for parent in stack.pop()._parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                order.append(parent)
                if parent._parents:
                    stack.append(parent)
    order.sort(key=_birth)
    return order


def sweep(order: Sequence[N], seeds: Iterable[tuple[N, float]]) -> list[float]:
    """Return the adjoint of each node of a topological order, given the adjoints put in at some of them.

    An adjoint of exactly zero, and a partial of exactly zero, contribute nothing: `0 * inf` in a branch that was not
    selected cannot make NaN. Nothing is written to the nodes. Cost: O(nodes + edges).
    """
    adjoints = dict.fromkeys(map(id, order), 0.0)
    for root, seed in seeds:
        adjoints[id(root)] += seed
    for node in reversed(order):
        adjoint = adjoints[id(node)]
        if adjoint:
            for parent, partial in zip(node._parents, node._partials, strict=True):
                if partial:
                    adjoints[id(parent)] += adjoint * partial
    return list(adjoints.values())
