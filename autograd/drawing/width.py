"""How wide a picture will be, before it is laid out, and the folding that makes it narrow enough."""

from collections import Counter
from collections.abc import Collection

from autograd.drawing.boxes import diagram, emphasize
from autograd.drawing.diagram import Box, Diagram
from autograd.drawing.fold import LIMIT, Folding, fold
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.style import Style, label

NOTEBOOK, FILE = 870, 1600  # pixels that a picture has
LETTER, LINE, BORDER, GAP = 6.6, 13.0, 13.0, 14.4  # points: of Courier at 11 points, of a box, between boxes
BETWEEN, SMALL = 32.4, 5.4  # points: between rows from left to right, and of a letter beside an arrow there
PASSING, BACK = 10.0, 30.0  # points: of an arrow that passes a row, and of one that leads back, with what it says
WIDENED = 1.15  # by which boxes that stand below what they are made from widen a picture
SMALLEST = 0.65  # of their size, at which the letters of 11 points (14.7 pixels) can still be read
PIXEL = 0.75  # points
SHARES = (60, 45, 30, 20, 15, 10, 7, 5, 3)  # of 60 boxes: which limits are tried, one after the other


class Foldings:
    """The foldings of a graph, by how many boxes they may have; each is made once.

    A limit that is given is taken as it is, unless a width is `demanded` too; the boxes of some nodes stand out.
    """

    graph: NumberedGraph
    style: Style
    depth: int | None
    between: set[int]
    note: str

    def __init__(
        self,
        graph: NumberedGraph,
        style: Style,
        limit: int | None = None,
        depth: int | None = None,
        demanded: bool = False,
        between: Collection[int] = (),
        note: str = "",
    ) -> None:
        self.graph, self.style, self.depth, self.between, self.note = graph, style, depth, set(between), note
        shares = SHARES if limit is None or demanded else SHARES[:1]
        self.limits: list[int] = [max(1, (limit or LIMIT) * share // 60) for share in shares]
        self.made: dict[int, tuple[Folding, Diagram]] = {}

    def at(self, width: int) -> tuple[Folding, Diagram]:
        """Return the finest folding whose letters can be read where it has so many pixels, and its picture."""
        found = []
        for limit in self.limits:
            found.append(self.of(limit))
            if breadth(found[-1][1], self.style) <= width * PIXEL / SMALLEST:
                return found[-1]
        return min(found, key=lambda one: breadth(one[1], self.style))

    def of(self, limit: int) -> tuple[Folding, Diagram]:
        """Return the folding into so many boxes at most, and its picture, with a note that says what is folded."""
        if limit not in self.made:
            folding = fold(self.graph, limit, self.depth)
            found = diagram(*folding, self.style.partials)
            emphasize(found, self.graph, folding.partition, self.between)
            note = ""
            if len(found.boxes) < found.total:
                note = f"{found.total:,} nodes in {len(found.boxes)} boxes: ×n stands for n nodes alike"
                if folding.scopes:
                    note += ";\na box named as a scope is all that was made in it"
            found.note = "\n".join(filter(None, [note, self.note]))
            self.made[limit] = folding, found
        return self.made[limit]


def breadth(diagram: Diagram, style: Style) -> float:
    """Return about how many points a picture is wide.

    Boxes stand in rows by the longest way from them to a result, as Graphviz puts them; a frame takes its width in all
    the rows that it spans, and an arrow takes some in those that it passes. From left to right, rows are columns, each
    as wide as its widest box.
    """
    rows = [0] * len(diagram.boxes)
    for arrow in sorted(diagram.arrows, key=lambda arrow: -arrow.head):
        if arrow.tail < arrow.head:  # the others lead back
            rows[arrow.tail] = max(rows[arrow.tail], rows[arrow.head] + 1)
    if style.direction in ("LR", "RL"):
        return _length(diagram, style, rows)
    return WIDENED * _widest(diagram, style, rows)


def _width(box: Box, style: Style) -> float:
    return LETTER * max(map(len, label(box, style))) + BORDER


def _length(diagram: Diagram, style: Style, rows: list[int]) -> float:
    """Return the sum of the columns, and of what is between them."""
    found = dict.fromkeys(rows, 0.0)
    for row, box in zip(rows, diagram.boxes, strict=True):
        found[row] = max(found[row], _width(box, style))
    beside = 9 * SMALL if style.partials else 0.0  # a number such as -0.1234
    return sum(found.values()) + (len(found) - 1) * (BETWEEN + beside)


def _widest(diagram: Diagram, style: Style, rows: list[int]) -> float:
    """Return the width of the widest row."""
    scopes = {box.scope[:k] for box in diagram.boxes for k in range(len(box.scope) + 1)}
    inside: dict[tuple[str, ...], Counter[int]] = {scope: Counter() for scope in scopes}
    for row, box in zip(rows, diagram.boxes, strict=True):
        inside[box.scope][row] += _width(box, style) + GAP  # type: ignore[assignment]  # it counts points
    for scope in sorted(filter(None, scopes), key=len, reverse=True):
        widest = max(inside[scope].values()) + GAP
        for row in range(min(inside[scope]), max(inside[scope]) + 1):
            inside[scope[:-1]][row] += widest  # type: ignore[assignment]
    for arrow in diagram.arrows:
        first, last = sorted((rows[arrow.tail], rows[arrow.head]))
        back = arrow.tail >= arrow.head
        for row in range(first + (not back), last + back):
            inside[()][row] += BACK if back else PASSING  # type: ignore[assignment]
    return max(inside[()].values(), default=GAP) - GAP
