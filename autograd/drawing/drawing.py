"""`draw`: the picture of a graph, and `Drawing`, which shows and saves it.

Start at `draw`. The one surprise: the layout is made when the picture is looked at, not before, so `draw` never fails
for want of a layout engine; a notebook then shows text, and `save` says what to install.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograd.drawing import engines, pdf
from autograd.drawing.diagram import Diagram
from autograd.drawing.dot import Look, dot
from autograd.drawing.fold import LIMIT, fold
from autograd.drawing.graph import Graph, diagram, emphasize
from autograd.drawing.names import named
from autograd.drawing.text import text
from autograd.graph.value import Value
from autograd.tape.pytree import is_module

SMALL = 200_000  # bytes of a PNG that still goes into a notebook


class Drawing:
    """A picture of a graph: it shows itself in notebooks, prints as text, and is saved in the format of the suffix."""

    def __init__(self, diagram: Diagram, look: Look, roots: Sequence[Any] = (), names: Any = None) -> None:
        self.diagram, self.look, self.roots, self.names = diagram, look, roots, names

    @property
    def source(self) -> str:
        """The picture in DOT, the language of Graphviz."""
        return dot(self.diagram, self.look)

    def svg(self) -> str:
        """Return the picture as SVG; MissingExtra if there is no layout engine."""
        return engines.svg(self.source)

    def png(self, scale: float = 2.0) -> bytes:
        """Return the picture as PNG; `scale` 1.0 is as large as the SVG on a screen."""
        return engines.png(self.source, scale)

    def pdf(self) -> bytes:
        """Return the picture as PDF, one page of its size; letters that are not Western need the program dot."""
        with contextlib.suppress(RuntimeError):  # a dot without its plugins
            if engines.engine() == "dot":
                return engines.by_dot(self.source, "pdf")
        return pdf.pdf(self.source)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file and return its path; the suffix says how: .svg, .png, .pdf, .dot, .txt.

        Raises ValueError for another suffix, MissingExtra if a program is missing that the format needs.
        """
        path = Path(path)
        makers: dict[str, Callable[[], str | bytes]] = {
            ".svg": self.svg,
            ".png": self.png,
            ".pdf": self.pdf,
            ".dot": lambda: self.source,
        }
        makers |= {".gv": makers[".dot"], ".txt": lambda: f"{self!r}\n"}
        suffix = path.suffix.lower()
        if suffix not in makers:
            raise ValueError(f"draw: cannot save to {path.name!r}; use one of {', '.join(makers)}")
        made = makers[suffix]()
        path.write_bytes(made if isinstance(made, bytes) else made.encode())
        return path

    def render(self, filename: str | Path = "graph", format: str = "svg") -> str:
        """Write the picture to `filename` with the suffix of the format appended, as graphviz does; return the path."""
        return str(self.save(f"{filename}.{format}"))

    def stepper(self) -> Any:
        """Return the page that steps through the forward and the backward pass; see `explain`.

        Raises ValueError for the picture of a module, and for that of several Values.
        """
        from autograd.drawing.stepper import explain

        if len(self.roots) != 1:
            what = f"{len(self.roots)} results" if self.roots else "a module"
            raise ValueError(f"stepper: this is the picture of {what}; use explain(value) for one Value")
        return explain(self.roots[0], names=self.names)

    def __repr__(self) -> str:
        return text(self.diagram, self.look)

    def _repr_svg_(self) -> Any:
        return self._quietly(self.svg)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = {"text/plain": repr(self)}
        picture = self._repr_svg_()
        if picture is None:
            found["text/plain"] += "\n(for the picture: pip install 'valuegrad[draw]')"
            return found
        found["image/svg+xml"] = picture
        image = self._quietly(lambda: self.png(1.0))
        if image is not None and len(image) <= SMALL:
            found["image/png"] = image
        return found

    @staticmethod
    def _quietly(make: Any) -> Any:
        """Return what is made, or None: a repr never raises."""
        try:
            return make()
        except Exception:
            return None


def draw(
    value: Any,
    *,
    direction: str = "TB",
    precision: int = 4,
    data: bool = True,
    grad: bool | None = None,
    partials: bool = False,
    names: Any = None,
    color: str = "role",
    highlight: Value | None = None,
    depth: int | None = None,
    limit: int = LIMIT,
    title: str = "",
) -> Drawing:
    """Return the picture of the graph that made a Value, or several, or of the architecture of a module.

    Leaves are square boxes, operations round ones, with constants written into them; arrows go from operands to
    results. More than `limit` nodes are folded: alike ones share a box with two borders, which says how many they
    are and gives ranges for numbers. Scopes (`autograd.scope`) are frames; `depth` folds those that are so many levels
    deep, 1 for the outermost.

    direction: where results lie: "TB" below, "BT" above, "LR" to the right, "RL" to the left. precision: significant
    digits. data, grad: whether to show the numbers; gradients by default if there are any. partials: whether to write
    the local partial derivatives on the arrows. names: names for nodes, as a dict such as `locals()` or a module.
    color: "role", or "grad" for the size of the gradients. highlight: a Value; everything between it and the result
    stands out. title: a line of text below.

    Raises TypeError for what cannot be drawn, ValueError for an option that does not exist, and for a `highlight` that
    the result was not made from. Cost: O(nodes + edges); a million nodes take some seconds.

    >>> from autograd import Value
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> draw((w * x - 1.0) ** 2, data=False)
    w
    x
    #2 = w * x
    #3 = #2 - 1.0
    #4 = #3 ** 2.0
    >>> draw("loss")
    Traceback (most recent call last):
    ...
    TypeError: draw: expected a Value, a sequence of Values or a module, not str 'loss'
    """
    if direction not in ("TB", "BT", "LR", "RL"):
        raise ValueError(f"draw: direction is {direction!r}; use 'TB', 'BT', 'LR' or 'RL'")
    if color not in ("role", "grad"):
        raise ValueError(f"draw: color is {color!r}; use 'role' or 'grad'")
    for name, count in (("limit", limit), ("depth", 1 if depth is None else depth), ("precision", precision)):
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"draw: {name} is {count!r}; use a whole number, at least 1")
    if is_module(value):
        from autograd.drawing.architecture import architecture

        if (names, highlight, depth) != (None, None, None):
            raise ValueError("draw: names, highlight and depth are for graphs of Values, not for a module")
        return Drawing(architecture(value, limit), Look(direction, precision, False, False, title=title))
    roots = _roots(value)
    graph = Graph(roots, named(names))
    between = set() if highlight is None else graph.between(highlight)
    if highlight is not None and not between:
        raise ValueError(f"draw: highlight is {highlight!r}; give a Value that the result was made from")
    partition, scopes = fold(graph, limit, depth)
    found = diagram(graph, partition, scopes, partials)
    emphasize(found, graph, partition, between)
    if len(found.boxes) < found.total:
        found.note = f"{found.total:,} nodes in {len(found.boxes)} boxes: ×n stands for n nodes alike"
        if scopes:
            found.note += ";\na box named as a scope is all that was made in it"
    if grad is None:
        grad = any(box.grad != (0.0, 0.0) for box in found.boxes)
    return Drawing(found, Look(direction, precision, data, grad, partials, color, title), roots, names)


def _roots(value: Any) -> list[Value]:
    roots = [value] if isinstance(value, Value) else value
    if not isinstance(roots, Sequence) or not roots or not all(isinstance(root, Value) for root in roots):
        text = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
        raise TypeError(f"draw: expected a Value, a sequence of Values or a module, not {type(value).__name__} {text}")
    return list(roots)
