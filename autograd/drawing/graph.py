"""`Graph`: the nodes that some values were made from, numbered, ready to be folded and drawn.

Start at `Graph`. The one surprise: `partition` is all that folding is: it gives each node the number of its box, and
`diagram` draws any such numbering, from one box for each node to one box for a million.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd.drawing.diagram import Arrow, Box, Diagram, Range
from autograd.graph.backward import topological_order
from autograd.graph.text import MANY, formula, number, several, shown
from autograd.graph.value import Value

WIDE = 40  # characters of a title


class Graph:
    """Every node below some roots, each after those that it was made from, and what folding needs to know of it."""

    def __init__(self, roots: Sequence[Value], names: Mapping[int, str] | None = None) -> None:
        given = (names or {}).get
        self.nodes = topological_order(roots)
        self.place = place = {id(node): i for i, node in enumerate(self.nodes)}
        self.parents = [tuple([place[id(p)] for p in node.parents]) for node in self.nodes]
        self.names = [given(id(node)) or node.name or "" for node in self.nodes]  # empty for those without
        self.roots = {place[id(root)] for root in roots}

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


def diagram(
    graph: Graph,
    partition: Sequence[int],
    scopes: Mapping[int, tuple[str, tuple[str, ...]]],
    partials: bool = False,
) -> Diagram:
    """Return the picture in which box number k stands for all nodes with partition[i] == k.

    `scopes` has the names of the boxes that stand for whatever was made in a scope, and the scopes around it;
    `partials` says whether arrows need the ranges of theirs. Cost: O(nodes + edges).
    """
    members: list[list[int]] = [[] for _ in range(max(partition, default=-1) + 1)]
    for i, k in enumerate(partition):
        members[k].append(i)
    boxes = [_box(graph, places, scopes.get(k)) for k, places in enumerate(members)]
    for box, places in zip(boxes, members, strict=True):
        if box.kind == "operation":
            _entitle(box, graph, places, partition, boxes)
    whole = len(boxes) == len(graph.nodes)  # nothing is folded: x * x has two arrows
    counts = Counter(
        (partition[p], head, j if whole else 0)
        for head, parents in zip(partition, graph.parents, strict=True)
        for j, p in enumerate(parents)
    )
    arrows = {
        key: Arrow(*key[:2], count=count) for key, count in counts.items() if key[0] != key[1] or key[1] not in scopes
    }
    if partials:
        for node, head, parents in zip(graph.nodes, partition, graph.parents, strict=True):
            for j, (p, partial) in enumerate(zip(parents, node.partials, strict=True)):
                arrow = arrows.get((partition[p], head, j if whole else 0))
                if arrow is not None:
                    arrow.partial = span_of([partial, *(arrow.partial or ())])
    return Diagram(boxes, list(arrows.values()), total=len(graph.nodes))


def emphasize(found: Diagram, graph: Graph, partition: Sequence[int], places: set[int]) -> None:
    """Let the boxes at these places, and the arrows between them, stand out."""
    for i in places:
        found.boxes[partition[i]].emphasis = True
    between = {(partition[p], partition[i]) for i in places for p in graph.parents[i] if p in places}
    for arrow in found.arrows:
        arrow.emphasis = (arrow.tail, arrow.head) in between


def span_of(numbers: Sequence[float]) -> Range:
    """Return the least and the greatest number; NaN if there is one."""
    return (math.nan, math.nan) if any(map(math.isnan, numbers)) else (min(numbers), max(numbers))


def _box(graph: Graph, places: list[int], scope: tuple[str, tuple[str, ...]] | None) -> Box:
    nodes = [graph.nodes[i] for i in places]
    first, many = nodes[0], len(nodes) > 1
    box = Box("", count=len(nodes), root=not graph.roots.isdisjoint(places))
    box.data, box.grad = span_of([node.data for node in nodes]), span_of([node.grad for node in nodes])
    if scope is not None:
        box.kind, (box.name, box.scope) = "group", scope
        box.title, box.lines = box.name, _census(nodes)
        return box
    box.scope = common({node.scope for node in nodes})
    box.kind = "operation" if first.op else "leaf"
    box.name = several(filter(None, [graph.names[i] for i in places]))
    if not first.op:
        box.title = box.name or ("leaves" if many else "leaf")
    about = [first.op or "leaf", "/".join(map(shown, first.scope)), shown(first.line or "", 200)]
    box.tooltip = "\n".join(filter(None, about))
    return box


def _entitle(box: Box, graph: Graph, places: list[int], partition: Sequence[int], boxes: Sequence[Box]) -> None:
    """Write what made a box into its title; where · - · would not tell which is which, operands have numbers."""
    nodes = [graph.nodes[i] for i in places]
    first, one = nodes[0], len(nodes) == 1
    made = formula(first, lambda x: _operand(graph, x)) if one else _pattern(nodes)
    if not first.primitive.symmetric and len(first.operands) <= MANY and (one or first.primitive.infix):
        sources = {tuple([partition[p] for p in graph.parents[i]]) for i in places}
        names = [(one and graph.names[p]) or boxes[partition[p]].name for p in graph.parents[places[0]]]
        called = [shown(name, 12) or f"#{k}" for name, k in zip(names, min(sources), strict=True)]
        unnamed = {call for call, name in zip(called, names, strict=True) if not (one and name)}
        if len(sources) == 1 and len(unnamed) > 1:
            calls = iter(called)
            made = formula(first, lambda x: next(calls) if type(x) is Value else number(x))
            box.numbered = True
    if box.name and len(box.name) + len(made) > WIDE:
        box.title, box.lines = box.name, [made]
    else:
        box.title = f"{box.name} = {made}" if box.name else made


def _operand(graph: Graph, x: Any) -> str:
    if isinstance(x, Value):
        return shown(graph.name(x), 12) or "·"
    return number(x)


def _pattern(nodes: Sequence[Value]) -> str:
    """Return what alike operations do: `· * 2.0`, with c for constants that differ."""
    first = nodes[0]
    if len(first.operands) > MANY or not first.primitive.infix:
        return first.op
    constants = {x for node in nodes for x in node.operands if type(x) is not Value}
    return formula(first, lambda x: "·" if type(x) is Value else number(x) if len(constants) == 1 else "c")


def _census(nodes: Iterable[Value]) -> list[str]:
    """Return what is in a folded scope: the three operations that are there most often, with counts."""
    ordered = Counter(node.op or "leaf" for node in nodes).most_common()
    lines = [f"{op} ×{count:,}" for op, count in ordered[:3]]
    rest = sum(count for _, count in ordered[3:])
    return [*lines, f"{rest:,} others"] if rest else lines


def common(scopes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the scopes that all are in."""
    levels = itertools.takewhile(lambda level: len(set(level)) == 1, zip(*scopes, strict=False))
    return tuple([level[0] for level in levels])
