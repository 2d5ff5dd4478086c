"""`NumberedGraph`: the nodes that some values were made from, numbered, ready to be folded and drawn."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from autograd.drawing.names import with_parameters
from autograd.graph.backward import topological_order
from autograd.graph.value import Value


class NumberedGraph:
    """Every node below some roots, each after those that it was made from, and what folding needs to know of it."""

    place: dict[int, int]

    def __init__(
        self, roots: Sequence[Value], names: Mapping[int, str] | None = None, nodes: list[Value] | None = None
    ) -> None:
        self.given = roots
        self.nodes: list[Value] = topological_order(roots) if nodes is None else nodes
        given = with_parameters(self.nodes, names or {}).get
        self.place = place = {id(node): i for i, node in enumerate(self.nodes)}
        self.parents: list[tuple[int, ...]] = [tuple([place[id(p)] for p in node.parents]) for node in self.nodes]
        self.names: list[str] = [given(id(node)) or node.name or "" for node in self.nodes]  # empty for those without
        self.errors: list[float] = []  # what each node adds to the error of the result, if that is known
        self.carried: dict[int, list[tuple[int, str]]] = {}  # what loops give it in their next iteration, and which
        self.aside: set[str] = set()  # outermost scopes that are folded before all others
        self.roots: set[int] = {place[id(root)] for root in roots}

    def name(self, node: Value) -> str:
        """Return what a node is called, empty if nothing."""
        return self.names[self.place[id(node)]]

    def between(self, start: Value) -> set[int]:
        """Return the places of all nodes on some path from `start` to a root, both included."""
        first = self.place.get(id(start))
        if first is None:
            return set()
        reached = bytearray(len(self.nodes))  # follows from start
        reached[first] = 1
        for i in range(first + 1, len(self.nodes)):
            if any(reached[p] for p in self.parents[i]):
                reached[i] = 1
        wanted = {i for i in self.roots if reached[i]}
        for i in range(len(self.nodes) - 1, first, -1):
            if i in wanted:
                wanted.update(p for p in self.parents[i] if reached[p])
        return wanted


def common(scopes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the scopes that all are in."""
    levels = itertools.takewhile(lambda level: len(set(level)) == 1, zip(*scopes, strict=False))
    return tuple([level[0] for level in levels])
