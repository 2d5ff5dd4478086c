"""`digraph`: a Diagram as a `graphviz.Digraph`, which writes it in DOT, the language of Graphviz.

The only font is Courier, which every layout engine measures right, even the one that has no fonts: what is wide on the
page was wide in the measure.
"""

import math
from typing import Any

from autograd.drawing.diagram import Arrow, Box, Diagram
from autograd.drawing.style import Style, label
from autograd.errors import MissingExtra
from autograd.graph.text import shown, span

try:
    from graphviz import Digraph, escape, nohtml
except ImportError as _error:
    raise MissingExtra("graphviz", "draw") from _error

# Told apart by shape and border as well as by colour: leaves are square, operations round, groups have two borders.
FILL = {"leaf": "#dbeafe", "operation": "#ffffff", "group": "#f1f5f9", "part": "#ffffff"}
LINE, FAINT, PALE, STRONG, BAD = "#334155", "#64748b", "#94a3b8", "#c2410c", "#fecaca"
SCALE = ("#ffffff", "#fff1e2", "#ffe0bf", "#ffca94", "#ffb169", "#fb9740")  # of gradients, small to large
NODE = {"shape": "box", "fontname": "Courier", "fontsize": "11", "margin": "0.09,0.05", "height": "0.3", "width": "0.3"}
EDGE = {"fontname": "Courier", "fontsize": "9", "fontcolor": LINE, "arrowsize": "0.6", "color": LINE}
FRAME = {"style": "rounded,filled", "color": PALE, "fillcolor": "#f8fafc", "fontsize": "11", "margin": "10"}
FRAME |= {"labelloc": "b", "labeljust": "l", "tooltip": " "}


def escaped(text: str) -> str:
    r"""Return text as Graphviz shows it as it stands; "\n" ends a line, "\r" one that is flush left.

    >>> print(escaped("a\\N\n&lt;"))
    a\\N\n&amp;lt;
    """
    found: str = nohtml(escape(text).replace("&", "&amp;").replace("\n", "\\n").replace("\r", "\\l"))
    return found


def digraph(diagram: Diagram, style: Style) -> Any:  # graphviz has no types
    """Return the picture; boxes are named n0, n1, ... and arrows e0, e1, ..., and so are the elements of its SVG."""
    graph = {"rankdir": style.direction, "fontname": "Courier", "fontsize": "10", "fontcolor": "#475569"}
    graph |= {"nodesep": "0.2", "ranksep": "0.3" if style.direction in ("TB", "BT") else "0.45", "bgcolor": "white"}
    graph |= {"labelloc": "b", "labeljust": "l", "tooltip": " "}
    if note := "\n".join(filter(None, [shown(style.title, 120), diagram.note])):
        graph["label"] = escaped(note.replace("\n", "\r") + "\r")
    found = Digraph(graph_attr=graph, node_attr=NODE, edge_attr=EDGE)
    frames = {(): found, **_frames(diagram)}
    dim = any(box.emphasis for box in diagram.boxes)
    largest = max((x for x in (_size(box, style) for box in diagram.boxes) if math.isfinite(x)), default=0.0)
    called = {arrow.tail for arrow in diagram.arrows if diagram.boxes[arrow.head].numbered}
    for i, box in enumerate(diagram.boxes):
        lines = label(box, style)
        if i in called and not box.name:
            lines[0] = f"#{i} = {lines[0]}"
        look = {"id": f"n{i}", "tooltip": escaped(box.tooltip or box.title or " "), **_node(box, style, largest, dim)}
        frames[box.scope].node(f"n{i}", escaped("\n".join(lines)), **look)
    for scope in sorted(filter(None, frames), key=len, reverse=True):  # the inner ones are complete first
        frames[scope[:-1]].subgraph(frames[scope])
    for i, arrow in enumerate(diagram.arrows):
        look = {"id": f"e{i}", "tooltip": " ", **_edge(arrow, style, dim)}
        if diagram.boxes[arrow.tail].kind != "leaf":
            look["weight"] = "3"  # operations in line, leaves at their side: that is narrower
        ends = [f"n{arrow.tail}", f"n{arrow.head}"]
        if arrow.carried:  # it leads up, and so is laid out as if it led down
            ends, look = ends[::-1], look | {"dir": "back"}
        found.edge(*ends, _arrow_label(arrow, style), **look)
    return found


def _frames(diagram: Diagram) -> dict[tuple[str, ...], Digraph]:
    """Return an empty frame for each scope that a box is in, the outer ones included."""
    scopes = dict.fromkeys(box.scope[:depth] for box in diagram.boxes for depth in range(1, len(box.scope) + 1))
    return {
        scope: Digraph(f"cluster_{i}", graph_attr=FRAME | {"label": escaped(shown(scope[-1]))})
        for i, scope in enumerate(scopes)
    }


def _node(box: Box, style: Style, largest: float, dim: bool) -> dict[str, str]:
    """Return the colours and borders of a box; `dim` says that some boxes stand out."""
    line = STRONG if box.emphasis else PALE if dim else LINE
    heat, size = style.color not in ("role", "nan"), _size(box, style)
    kinds = ["rounded"] * (box.kind != "leaf") + ["dashed"] * (heat and not size) + ["filled"]
    bad = style.color == "nan" and not math.isfinite(size)
    found = {
        "fillcolor": _heat(size, largest) if heat else BAD if bad else FILL[box.kind],
        "color": line,
        "fontcolor": LINE if heat or line != PALE else FAINT,
        "penwidth": "2" if box.emphasis or box.root else "1",
        "style": ",".join(kinds),
    }
    if box.kind == "group" or box.count > 1:
        found["peripheries"] = "2"
    return found


def _size(box: Box, style: Style) -> float:
    """Return what a box is coloured by: its gradient, its number, what it adds to the error; NaN for what is broken."""
    if style.color == "error":
        return box.error or 0.0
    data, grad = box.data or (0.0,), box.grad or (0.0,)
    if style.color == "nan":
        return 0.0 if all(map(math.isfinite, (*data, *grad))) else math.nan
    return max(map(abs, data if style.color == "value" else grad))


def _heat(size: float, largest: float) -> str:
    """Return a colour for a size; each step down from the largest is a third."""
    if not math.isfinite(size):
        return BAD
    if not size or not largest:
        return "#f1f5f9"
    return SCALE[max(0, len(SCALE) - 1 - int(math.log(largest / size, 3.0)))]


def _edge(arrow: Arrow, style: Style, dim: bool) -> dict[str, str]:
    if arrow.emphasis:
        return {"color": STRONG, "penwidth": "2"}
    return {"color": PALE} if dim else {}


def _arrow_label(arrow: Arrow, style: Style) -> str | None:
    words = [span(arrow.partial, style.precision)] if style.partials and arrow.partial is not None else []
    words += [f"next {arrow.carried}"] if arrow.carried else []
    words += [f"×{arrow.count:,}"] if arrow.tail >= arrow.head and arrow.count > 1 else []
    return f" {' '.join(words)} " if words else None
