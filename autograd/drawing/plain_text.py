"""`plain_text`: a Diagram as lines that can be read anywhere, one for each box."""

import itertools

from autograd.drawing.diagram import Diagram
from autograd.drawing.style import Style, label
from autograd.graph.text import shown

WIDE = 44  # characters, to which columns are filled up: one long line moves no others


def plain_text(diagram: Diagram, style: Style) -> str:
    """Return one line for each box: its name, or its number as in #3; what it is made from; its numbers."""
    sources: dict[int, list[int]] = {}
    for arrow in diagram.arrows:
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
        rows.append([title if box.name else f"#{i} = {title}", *rest])
    widths = [min(WIDE, max(map(len, column))) for column in itertools.zip_longest(*rows, fillvalue="")]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(filter(None, [*lines, shown(style.title, 120), diagram.note]))
