"""How wide a picture will be, before it is laid out, and the folding that makes it narrow enough."""

from autograd.drawing.boxes import diagram
from autograd.drawing.diagram import Diagram
from autograd.drawing.fold import LIMIT, Folding, fold
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.style import Style, label

LETTER, BORDER, GAP = 6.6, 13.0, 14.4  # points: of Courier at 11 points, of a box, between boxes
WIDEST = 800.0  # points; with the arrows it is about a quarter more, which can be read on 870 pixels of a notebook


def readable(
    graph: NumberedGraph, style: Style, limit: int = LIMIT, depth: int | None = None
) -> tuple[Folding, Diagram]:
    """Return a graph folded so that it can be read, and its picture: without a limit of its own, in a notebook."""
    for most in (limit, limit // 2, limit // 4) if limit == LIMIT else (limit,):
        folding = fold(graph, most, depth)
        found = diagram(*folding, style.partials)
        if not is_wide(found, style):
            break
    return folding, found


def is_wide(diagram: Diagram, style: Style) -> bool:
    """Return whether the letters of a picture will be too small where it is as wide as a page.

    Boxes stand in rows by the longest way from them to a result, as Graphviz puts them. Pictures from left to right
    grow with the depth of a graph, which folding does not change: they are never wide.
    """
    if style.direction not in ("TB", "BT"):
        return False
    rows = [0] * len(diagram.boxes)
    for arrow in sorted(diagram.arrows, key=lambda arrow: -arrow.head):
        if arrow.tail < arrow.head:  # the others lead back
            rows[arrow.tail] = max(rows[arrow.tail], rows[arrow.head] + 1)
    widths = dict.fromkeys(rows, -GAP)
    for row, box in zip(rows, diagram.boxes, strict=True):
        widths[row] += LETTER * max(map(len, label(box, style))) + BORDER + GAP
    return max(widths.values(), default=0.0) > WIDEST
