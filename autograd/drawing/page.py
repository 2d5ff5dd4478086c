"""`page`: a graph as one HTML file, in which boxes open and close; it needs no network, no server and no kernel.

page.html is the page, with its style and its program; dagre.min.js, which it holds, places the boxes. The numbers go
into it as they are, in columns, so that the page prints them as the engine does.
"""

import base64
import html
import json
import math
import re
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autograd.drawing.architecture import Parts
from autograd.drawing.fold import Folding
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.style import Style
from autograd.graph.text import MANY, MOST, number, rule, shown
from autograd.graph.value import Value
from autograd.primitives.formula import Name
from autograd.primitives.primitive import Primitive

STEP = 1e-6  # of a nudge, relative to a number that is larger than 1
NUDGED = 200_000  # operations that the nudges of all leaves may cost
HOLE = "\0"  # in a formula, where the name of an operand goes


class _Numbers(dict[Any, int]):
    """Numbers things in the order in which they are first asked for."""

    def __missing__(self, key: object) -> int:
        self[key] = len(self)
        return self[key]


class _Known(NamedTuple):
    """What many nodes share, each kind of it numbered."""

    kinds: _Numbers
    formulas: _Numbers
    paths: _Numbers
    lines: _Numbers


def page(folding: Folding, style: Style, walking: bool = False) -> str:
    """Return the page of a graph, folded as it is to be seen first; `walking` says whether it opens at the first step.

    Cost: O(nodes + edges), some 20 us and at most 80 bytes a node, and 70 kB.
    """
    graph, partition, scopes = folding
    known = _Known(_Numbers(), _Numbers(), _Numbers(), _Numbers())
    columns = _columns(graph, partition, known, style.data)
    legend = {
        **_legend(graph, known),
        "folded": {k: [name, len(around)] for k, (name, around) in scopes.items()},
        "roots": sorted(graph.roots),
        "shown": style.data,
        "precision": style.precision,
        "color": style.color,
        "direction": style.direction,
        "step": STEP,
        "walking": walking,
        "carried": {i: [counters for _, counters in given] for i, given in graph.carried.items()},
        **({} if style.highlight is None else {"highlight": style.highlight}),
    }
    return _written(shown(style.title, 120) or f"{len(graph.nodes):,} nodes", columns, legend)


def page_of_parts(parts: Parts, style: Style) -> str:
    """Return the page of a module, whose nodes are its parts."""
    boxes, (kinds, paths) = parts.whole.boxes, (_Numbers(), _Numbers())
    arrows = sorted((arrow.head, arrow.tail) for arrow in parts.whole.arrows)
    found = Counter(head for head, _ in arrows)
    nothing: list[float] = [0.0] * len(boxes)
    columns: dict[str, array[Any]] = {name: array("d", nothing) for name in ("data", "grad")}
    columns |= {"partial": array("d"), "error": array("d"), "nudge": array("d")}
    columns |= {
        "parent": array("i", (tail for _, tail in arrows)),
        "parents": array("i", (found[i] for i in range(len(boxes)))),
        "kind": array("i", (kinds[box.tooltip, 0] for box in boxes)),
        "formula": array("i", [0] * len(boxes)),
        "scope": array("i", (paths[box.scope] for box in boxes)),
        "line": array("i", [0] * len(boxes)),
        "box": array("i", parts.partition),
    }
    legend = {
        "kinds": [[kind, []] for kind, _ in kinds],
        "formulas": [["", []]],
        "scopes": [list(map(shown, path)) for path in paths],
        "lines": [""],
        "names": {i: box.name for i, box in enumerate(boxes)},
        "parts": [[box.lines, box.parameters] for box in boxes],
        "folded": {},
        "roots": [],
        "shown": False,
        "precision": style.precision,
        "color": "role",
        "direction": style.direction,
    }
    return _written(shown(style.title, 120) or parts.whole.note, columns, legend)


def _written(title: str, columns: "dict[str, array[Any]]", legend: dict[str, Any]) -> str:
    """Return a page of these columns, and of what the numbers in them mean."""
    blob = b""
    for column in columns.values():
        if sys.byteorder == "big":
            column.byteswap()
        blob += column.tobytes()
    data = {"columns": [[name, column.typecode, len(column)] for name, column in columns.items()], **legend}
    here = Path(__file__)
    parts = {
        "title": html.escape(title),
        "data": re.sub("[<>&\u2028\u2029]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(data, separators=(",", ":"))),
        "blob": base64.b64encode(zlib.compress(blob, 6)).decode(),
        "dagre": here.with_name("dagre.min.js").read_text(encoding="utf-8"),
    }
    written = here.with_suffix(".html").read_text(encoding="utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda place: parts[place[1]], written)


def _columns(graph: NumberedGraph, partition: Sequence[int], known: _Known, numbers: bool) -> "dict[str, array[Any]]":
    """Return what the page knows of all nodes, packed; what many of them share is numbered in `known`.

    Without numbers, as in a program, nothing is nudged. What a node takes from the iteration before it comes after its
    other parents, and has a place that is not before its own.
    """
    kinds, formulas, paths, lines = known
    nodes = graph.nodes
    parents = [
        (*found, *[p for p, _ in graph.carried.get(i, ())]) if graph.carried else found
        for i, found in enumerate(graph.parents)
    ]
    return {
        "data": array("d", (node.data for node in nodes)),
        "grad": array("d", (node.grad for node in nodes)),
        "partial": array("d", (x for node, found in zip(nodes, parents, strict=True) for x in _partials(node, found))),
        "error": array("d", graph.errors),
        "nudge": array("d", _nudges(graph) if numbers else []),
        "parent": array("i", (p for found in parents for p in found)),
        "parents": array("i", map(len, parents)),
        "kind": array("i", (kinds[node.op, len(node.operands) if node.op else 0] for node in nodes)),
        "formula": array("i", (formulas[_pattern(node)] for node in nodes)),
        "scope": array("i", (paths[node.scope] for node in nodes)),
        "line": array("i", (lines[node.line or ""] for node in nodes)),
        "box": array("i", partition),
    }


def _legend(graph: NumberedGraph, known: _Known) -> dict[str, Any]:
    """Return what the numbers in the columns mean."""
    first = {node.op: node.primitive for node in graph.nodes if node.op}
    return {
        "kinds": [[op, [rule(first[op], j, n) for j in range(n)] if n <= MOST else []] for op, n in known.kinds],
        "formulas": [_formula(*pattern) for pattern in known.formulas],
        "scopes": [list(map(shown, path)) for path in known.paths],
        "lines": [shown(line, 200) for line in known.lines],
        "names": {i: shown(name) for i, name in enumerate(graph.names) if name},
    }


def _partials(node: Value, parents: Sequence[int]) -> Sequence[float]:
    """Return the partials of a node, none of which is known towards what loops carry to it."""
    return node.partials if len(node.parents) == len(parents) else [math.nan] * len(parents)


def _nudges(graph: NumberedGraph) -> list[float]:
    """Return for each leaf how much the result moves per unit, by a central difference; nothing where it costs much."""
    leaves = [i for i, node in enumerate(graph.nodes) if not node.op]
    if len(graph.roots) != 1 or len(leaves) * len(graph.nodes) > NUDGED:
        return []
    (root,), found = graph.roots, [math.nan] * len(graph.nodes)
    for i in leaves:
        x = graph.nodes[i].data
        h = STEP * max(1.0, abs(x))
        found[i] = (_recomputed(graph, i, x + h)[root] - _recomputed(graph, i, x - h)[root]) / ((x + h) - (x - h))
    return found


def _recomputed(graph: NumberedGraph, leaf: int, x: float) -> list[float]:
    """Return the numbers of all nodes if one leaf were another number."""
    found: list[float] = []
    for i, node in enumerate(graph.nodes):
        if not node.op:
            found.append(x if i == leaf else node.data)
        else:
            parents = iter(graph.parents[i])
            found.append(
                node.primitive.total(*[found[next(parents)] if isinstance(y, Value) else y for y in node.operands])
            )
    return found


def _pattern(node: Value) -> tuple[Primitive | None, Sequence[float | None] | int]:
    """Return what tells formulas apart: the row, and each operand, None for a Value; how many they are if many."""
    operands = node.operands if node.op else ()
    if len(operands) > MANY:
        return node.primitive, len(operands)
    return node.primitive, tuple([None if isinstance(x, Value) else x for x in operands])


def _formula(primitive: Primitive | None, operands: Sequence[float | None] | int) -> tuple[str, list[int]]:
    """Return a formula with holes for Values, and which operands these are."""
    if primitive is None:
        return "", []
    if isinstance(operands, int):
        return f"{primitive.name}({operands:,} operands)", []
    names = [Name(HOLE) if x is None else Name(number(x), 3 if x < 0.0 else 9) for x in operands]
    return str(primitive(*names)), [j for j, x in enumerate(operands) if x is None]
