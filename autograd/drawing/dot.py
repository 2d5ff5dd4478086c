"""`dot`: a Diagram as DOT, the language of Graphviz.

Start at `dot`. The one surprise: the only font is Courier, which every layout engine measures right, even the one that
has no fonts; so what is wide on the page was wide in the measure.
"""

import math
from dataclasses import dataclass
from typing import Any

from autograd.drawing.diagram import Arrow, Box, Diagram, Range
from autograd.graph.text import shown, span

# Told apart by shape and border as well as by colour: leaves are square, operations round, groups have two borders.
FILL = {"leaf": "#dbeafe", "operation": "#ffffff", "group": "#f1f5f9", "part": "#ffffff"}
LINE, FAINT, PALE, STRONG, BAD = "#334155", "#64748b", "#94a3b8", "#c2410c", "#fecaca"
SCALE = ("#ffffff", "#fff1e2", "#ffe0bf", "#ffca94", "#ffb169", "#fb9740")  # of gradients, small to large


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is to look; see `draw`."""

    direction: str = "TB"
    precision: int = 4
    data: bool = True
    grad: bool = True
    partials: bool = False
    color: str = "role"
    title: str = ""


def quoted(text: str) -> str:
    r"""Return text as a DOT string that Graphviz shows as it stands; "\n" ends a line, "\r" one that is flush left.

    >>> print(quoted('a"\\N\n&lt;'))
    "a\"\\N\n&amp;lt;"
    """
    for raw, safe in (("\\", "\\\\"), ('"', '\\"'), ("&", "&amp;"), ("\n", "\\n"), ("\r", "\\l")):
        text = text.replace(raw, safe)
    return f'"{text}"'


def dot(diagram: Diagram, look: Look) -> str:
    """Return the diagram as DOT; the boxes are named n0, n1, ... and so are the elements of an SVG made from it."""
    dim = any(box.emphasis for box in diagram.boxes)
    graph = {"rankdir": look.direction, "fontname": "Courier", "fontsize": 10, "fontcolor": "#475569"}
    graph |= {"nodesep": 0.2, "ranksep": 0.3 if look.direction in ("TB", "BT") else 0.45, "bgcolor": "white"}
    graph |= {"labelloc": "b", "labeljust": "l", "tooltip": " "}
    if note := "\n".join(filter(None, [shown(look.title, 120), diagram.note])):
        graph["label"] = note.replace("\n", "\r") + "\r"
    lines = ["digraph {", f"  graph {_attributes(graph)}"]
    node = {"shape": "box", "fontname": "Courier", "fontsize": 11, "margin": "0.09,0.05", "height": 0.3, "width": 0.3}
    lines += [f"  node {_attributes(node)}"]
    edge = {"fontname": "Courier", "fontsize": 9, "fontcolor": LINE, "arrowsize": 0.6, "color": LINE}
    lines += [f"  edge {_attributes(edge)}"]
    largest = max((abs(x) for box in diagram.boxes for x in box.grad or () if math.isfinite(x)), default=0.0)
    called = {arrow.tail for arrow in diagram.arrows if diagram.boxes[arrow.head].numbered}
    lines += _clusters(diagram, [_node(i, box, look, largest, dim, i in called) for i, box in enumerate(diagram.boxes)])
    for i, arrow in enumerate(diagram.arrows):
        attributes = _edge(arrow, i, look, dim)
        if diagram.boxes[arrow.tail].kind != "leaf":
            attributes["weight"] = 3  # operations in line, leaves at their side: that is narrower
        lines.append(f"  n{arrow.tail} -> n{arrow.head} {_attributes(attributes)}")
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(pairs: dict[str, Any]) -> str:
    return f"[{' '.join(f'{key}={quoted(x) if isinstance(x, str) else x}' for key, x in pairs.items())}]"


def label(box: Box, look: Look) -> list[str]:
    """Return the lines of text in a box."""
    lines = [box.title + (f" ×{box.count:,}" if box.count > 1 and box.kind != "group" else "")]
    lines += box.lines
    if look.data and box.data is not None:
        lines.append(f"data {span(box.data, look.precision)}")
    if look.grad and box.grad is not None:
        lines.append(f"grad {span(box.grad, look.precision)}")
    return lines


def _node(i: int, box: Box, look: Look, largest: float, dim: bool, called: bool) -> str:
    round_, width = "rounded," if box.kind != "leaf" else "", 1.0
    fill = _heat(box.grad, largest) if look.color == "grad" else FILL[box.kind]
    line = LINE if not dim or box.emphasis else PALE
    text = LINE if line == LINE or look.color == "grad" else FAINT
    if box.emphasis:
        line, width = STRONG, 2.0
    elif box.root:
        width = 2.0
    dead = look.color == "grad" and box.grad == (0.0, 0.0)
    lines = label(box, look)
    if called and not box.name:
        lines[0] = f"#{i} = {lines[0]}"
    attributes: dict[str, Any] = {"id": f"n{i}", "label": "\n".join(lines), "fillcolor": fill}
    attributes |= {"color": line, "fontcolor": text, "penwidth": width, "tooltip": box.tooltip or box.title or " "}
    attributes["style"] = f"{round_}{'dashed,' if dead else ''}filled"
    if box.kind == "group" or box.count > 1:
        attributes["peripheries"] = 2
    return f"  n{i} {_attributes(attributes)}"


def _heat(grad: Range | None, largest: float) -> str:
    """Return a colour for the size of a gradient; each step down from the largest is a third."""
    size = max(map(abs, grad)) if grad else 0.0
    if not math.isfinite(size):
        return BAD
    if not size or not largest:
        return "#f1f5f9"
    return SCALE[max(0, len(SCALE) - 1 - int(math.log(largest / size, 3.0)))]


def _edge(arrow: Arrow, i: int, look: Look, dim: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": f"e{i}", "tooltip": " "}
    words = []
    if look.partials and arrow.partial is not None:
        words.append(span(arrow.partial, look.precision))
    if arrow.tail == arrow.head:
        words.append(f"×{arrow.count:,}")
    if words:
        found["label"] = f" {' '.join(words)} "
    if arrow.emphasis:
        found |= {"color": STRONG, "penwidth": 2.0}
    elif dim:
        found["color"] = PALE
    return found


def _clusters(diagram: Diagram, written: list[str]) -> list[str]:
    """Return the nodes, those of a scope inside of its frame, scope within scope."""
    places: dict[tuple[str, ...], list[int]] = {}
    for i, box in enumerate(diagram.boxes):
        places.setdefault(box.scope, []).append(i)
    within: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for scope in places:
        for k in range(1, len(scope) + 1):
            within.setdefault(scope[: k - 1], {})[scope[:k]] = None
    lines: list[str] = []
    waiting: list[tuple[str, ...] | str] = [()]  # scopes to be opened, and lines that close others
    count = 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            lines.append(found)
            continue
        scope = found
        indent = "  " * len(scope)
        if scope:
            frame: dict[str, Any] = {
                "label": shown(scope[-1]),
                "style": "rounded,filled",
                "color": PALE,
                "fillcolor": "#f8fafc",
            }
            frame |= {"fontsize": 11, "labelloc": "b", "labeljust": "l", "margin": 10.0, "tooltip": " "}
            lines += [f"{indent}subgraph cluster_{count} {{", f"{indent}  graph {_attributes(frame)}"]
            count += 1
            waiting.append(f"{indent}}}")
        lines += [indent + written[i] for i in places.get(scope, [])]
        waiting += reversed(within.get(scope, {}))
    return lines
