"""Boxes and arrows from nodes: `diagram` draws any numbering of nodes by boxes, one for each up to one for all."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autograd.drawing.diagram import Arrow, Box, Diagram, Range
from autograd.drawing.numbered import NumberedGraph, common
from autograd.graph.text import MANY, formula, number, several, shown, span
from autograd.graph.value import Value

WIDE = 40  # characters of a title


def diagram(
    graph: NumberedGraph,
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
    back = Counter(
        (partition[p], partition[i], counters) for i, given in graph.carried.items() for p, counters in given
    )
    arrows: dict[tuple[int, int, int | str], Arrow] = {key: Arrow(*key[:2], count=n) for key, n in counts.items()}
    arrows |= {key: Arrow(*key[:2], count=n, carried=key[2]) for key, n in back.items()}
    arrows = {key: arrow for key, arrow in arrows.items() if arrow.tail != arrow.head or arrow.head not in scopes}
    if partials:
        for node, head, parents in zip(graph.nodes, partition, graph.parents, strict=True):
            for j, (p, partial) in enumerate(zip(parents, node.partials, strict=True)):
                arrow = arrows.get((partition[p], head, j if whole else 0))
                if arrow is not None:
                    arrow.partial = span_of([partial, *(arrow.partial or ())])
    return Diagram(boxes, list(arrows.values()), total=len(graph.nodes))


def emphasize(found: Diagram, graph: NumberedGraph, partition: Sequence[int], places: set[int]) -> None:
    """Let the boxes at these places, and the arrows between them, stand out."""
    for i in places:
        found.boxes[partition[i]].emphasis = True
    between = {(partition[p], partition[i]) for i in places for p in graph.parents[i] if p in places}
    for arrow in found.arrows:
        arrow.emphasis = (arrow.tail, arrow.head) in between


def span_of(numbers: Sequence[float]) -> Range:
    """Return the least and the greatest number; NaN if there is one."""
    return (math.nan, math.nan) if any(map(math.isnan, numbers)) else (min(numbers), max(numbers))


def _box(graph: NumberedGraph, places: list[int], scope: tuple[str, tuple[str, ...]] | None) -> Box:
    nodes = [graph.nodes[i] for i in places]
    first, many = nodes[0], len(nodes) > 1
    box = Box("", count=len(nodes), root=not graph.roots.isdisjoint(places))
    box.data, box.grad = span_of([node.data for node in nodes]), span_of([node.grad for node in nodes])
    if graph.errors:
        box.error = max(graph.errors[i] for i in places)
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


def _entitle(box: Box, graph: NumberedGraph, places: list[int], partition: Sequence[int], boxes: Sequence[Box]) -> None:
    """Write what made a box into its title."""
    nodes = [graph.nodes[i] for i in places]
    if calls := _calls(graph, places, partition, boxes):
        box.numbered, left = True, iter(calls)
        made = formula(nodes[0], lambda x: next(left) if type(x) is Value else number(x))
    elif len(nodes) == 1:
        made = formula(nodes[0], lambda x: (shown(graph.name(x), 12) or "·") if isinstance(x, Value) else number(x))
    else:
        made = _pattern(nodes)
        box.lines = _constants(nodes, made)
    if box.name and len(box.name) + len(made) > WIDE:
        box.title, box.lines = box.name, [made, *box.lines]
    else:
        box.title = f"{box.name} = {made}" if box.name else made


def _calls(graph: NumberedGraph, places: list[int], partition: Sequence[int], boxes: Sequence[Box]) -> list[str]:
    """Return names or numbers for operands where · - · would not tell which is which; nothing elsewhere."""
    first, one = graph.nodes[places[0]], len(places) == 1
    if first.primitive.symmetric or len(first.operands) > MANY or not (one or first.primitive.infix):
        return []
    sources = {tuple([partition[p] for p in graph.parents[i]]) for i in places}
    names = [(one and graph.names[p]) or boxes[partition[p]].name for p in graph.parents[places[0]]]
    calls = [shown(name, 12) or f"#{k}" for name, k in zip(names, min(sources), strict=True)]
    unnamed = {call for call, name in zip(calls, names, strict=True) if not (one and name)}
    return calls if len(sources) == 1 and len(unnamed) > 1 else []


def _pattern(nodes: Sequence[Value]) -> str:
    """Return what alike operations do: `· * 2.0`, with c for constants that differ."""
    first = nodes[0]
    if len(first.operands) > MANY or not first.primitive.infix:
        return first.op
    constants = {x for node in nodes for x in node.operands if type(x) is not Value}
    return formula(first, lambda x: "·" if type(x) is Value else number(x) if len(constants) == 1 else "c")


def _constants(nodes: Sequence[Value], made: str) -> list[str]:
    """Return a line that says what c is, if it is in a pattern."""
    if not re.search(r"\bc\b", made) or made == nodes[0].op:
        return []
    return [f"c {span(span_of([x for node in nodes for x in node.operands if type(x) is not Value]))}"]


def _census(nodes: Iterable[Value]) -> list[str]:
    """Return what is in a folded scope: the three operations that are there most often, with counts."""
    ordered = Counter(node.op or "leaf" for node in nodes).most_common()
    lines = [f"{op} ×{count:,}" for op, count in ordered[:3]]
    rest = sum(count for _, count in ordered[3:])
    return [*lines, f"{rest:,} others"] if rest else lines
