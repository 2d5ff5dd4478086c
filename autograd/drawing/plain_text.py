"""`plain_text`: a Diagram as lines that can be read anywhere, one for each box."""

import itertools

from autograd.drawing.diagram import Diagram
from autograd.drawing.style import Style, label
from autograd.graph.text import shown

INDENT = "    "
WIDE = 44  # characters, to which columns are filled up: one long line moves no others


def plain_text(diagram: Diagram, style: Style) -> str:
    """Return one line for each box: its name, or its number as in #3; what it is made from; its numbers.

    What is in a frame stands below the name of that, a little to the right.
    """
    sources: dict[int, list[int]] = {}
    back: dict[int, list[str]] = {}
    for arrow in diagram.arrows:
        if arrow.carried:
            back.setdefault(arrow.head, []).append(diagram.boxes[arrow.tail].name or f"#{arrow.tail}")
        else:
            sources.setdefault(arrow.head, []).append(arrow.tail)
    rows = []
    for i, box in enumerate(diagram.boxes):
        title, *rest = label(box, style)
        unnamed = [f"#{s}" for s in sources.get(i, []) if not diagram.boxes[s].name]
        if box.count == 1 and len(unnamed) == title.count("·"):
            for source in unnamed:
                title = title.replace("·", source, 1)
        elif i in sources and not box.numbered:
            title += f" of {', '.join(diagram.boxes[s].name or f'#{s}' for s in sources[i])}"
        if i in back:
            title += f", next {', '.join(dict.fromkeys(back[i]))}"
        rows.append([INDENT * len(box.scope) + (title if box.name else f"#{i} = {title}"), *rest])
    widths = [min(WIDE, max(map(len, column))) for column in itertools.zip_longest(*rows, fillvalue="")]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(filter(None, [*_framed(diagram, lines), shown(style.title, 120), diagram.note]))


def _framed(diagram: Diagram, lines: list[str]) -> list[str]:
    """Return the lines of boxes, those of a frame together below its name."""
    first: dict[tuple[str, ...], int] = {}
    orders = []
    for i, box in enumerate(diagram.boxes):
        around = [box.scope[: k + 1] for k in range(len(box.scope))]
        orders.append(([*[first.setdefault(scope, i) for scope in around], i], i))
    found: list[str] = []
    before: tuple[str, ...] = ()
    for _, i in sorted(orders):
        scope = diagram.boxes[i].scope
        for k in range(len(scope)):
            if scope[: k + 1] != before[: k + 1]:
                found.append(f"{INDENT * k}{shown(scope[k])}:")
        found.append(lines[i])
        before = scope
    return found
