"""`draw`: the picture of a graph, and `Drawing`, which shows and saves it.

The layout is made when the picture is looked at, so `draw` does not fail where there is no layout engine: a notebook
then shows text, and `save` says what to install.
"""

import contextlib
import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograd.compile.specializations import Decorated
from autograd.drawing import layout, pdf
from autograd.drawing.architecture import Parts, architecture
from autograd.drawing.diagram import Diagram
from autograd.drawing.fold import LIMIT, Folding
from autograd.drawing.frame import framed
from autograd.drawing.names import Names, named
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.page import page, page_of_parts
from autograd.drawing.plain_text import plain_text
from autograd.drawing.programs import recorded
from autograd.drawing.stepper import Stepper, explain
from autograd.drawing.style import Style, themed
from autograd.drawing.width import FILE, NOTEBOOK, Foldings
from autograd.errors import MissingExtra
from autograd.graph.value import Value
from autograd.program.program import Program
from autograd.tape.pytree import Parameterized, is_module

if TYPE_CHECKING:
    from graphviz import Digraph


class Errors(Protocol):
    """What is known of how much each node adds to the error of a result; see `rounding_error`."""

    def of(self, node: Value) -> float:
        """Return what one node adds."""
        ...


COLORS = ("role", "grad", "value", "nan")
SMALL = 200_000  # bytes of a PNG that still goes into a notebook
MANY = 10_000  # nodes of a graph whose page still goes into a notebook by itself
HEIGHT = 560  # pixels of a page in a notebook


Folded = tuple[Folding | Parts, Diagram]


class Drawing:
    """A picture of a graph: it shows itself in notebooks, prints as text, and is saved in the format of the suffix.

    In a notebook it is folded to be read on 870 pixels, and in a file on 1,600, or on those that `draw` was given.
    """

    diagram: Diagram
    style: Style
    folding: Folding | Parts
    interactive: bool
    names: Names
    width: int | None

    def __init__(
        self,
        folded: Callable[[int], Folded],
        style: Style,
        interactive: bool = True,
        names: Names = None,
        width: int | None = None,
    ) -> None:
        self.folded: Callable[[int], Folded] = folded
        self.style, self.interactive, self.names, self.width = style, interactive, names, width
        self.folding, self.diagram = folded(width or NOTEBOOK)

    def at(self, width: int) -> "Drawing":
        """Return the same picture, folded so that it can be read where it is so many pixels wide."""
        return Drawing(self.folded, self.style, self.interactive, self.names, _demanded(width))

    @cached_property
    def digraph(self) -> "Digraph":
        """The picture as a `graphviz.Digraph`; what is changed in it shows, in files too.

        Raises MissingExtra without that package.
        """
        from autograd.drawing.digraph import digraph

        return digraph(self.diagram, self.style)

    @property
    def source(self) -> str:
        """The picture in DOT, the language of Graphviz; MissingExtra without the package graphviz."""
        from autograd.drawing.digraph import digraph

        changed = self.__dict__.get("digraph")  # somebody has asked for it
        return str((changed or digraph(self.diagram, self.style)).source)

    def svg(self) -> str:
        """Return the picture as SVG, which is dark where the page is; MissingExtra if there is no layout engine."""
        return themed(layout.svg(self.source))

    def html(self) -> str:
        """Return a page in which boxes open and close, complete in itself: it needs no network and no kernel.

        Cost: some 20 us and at most 80 bytes a node, and 70 kB.
        """
        if isinstance(self.folding, Parts):
            return page_of_parts(self.folding, self.style)
        return page(self.folding, self.style)

    def png(self, scale: float = 2.0) -> bytes:
        """Return the picture as PNG; `scale` 1.0 is as large as the SVG on a screen."""
        return layout.png(self.source, scale)

    def pdf(self) -> bytes:
        """Return the picture as PDF, one page of its size; letters that are not Western need the program dot."""
        with contextlib.suppress(RuntimeError):  # a dot without its plugins
            if layout.engine() == "dot":
                return layout.by_dot(self.source, "pdf")
        return pdf.pdf(self.source)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file and return its path; the suffix says how: .svg, .html, .png, .pdf, .dot, .txt.

        It is folded for 1,600 pixels, unless `draw` was told otherwise, or its `digraph` has been asked for; the page
        .html is that of notebooks. Raises ValueError for another suffix, MissingExtra if a program is missing that the
        format needs.
        """
        path = Path(path)
        one = self if self.width or "digraph" in self.__dict__ else self.at(FILE)
        makers: dict[str, Callable[[], str | bytes]] = {
            ".svg": one.svg,
            ".html": self.html,  # its boxes open
            ".png": one.png,
            ".pdf": one.pdf,
            ".dot": lambda: one.source,
        }
        makers |= {".gv": makers[".dot"], ".txt": lambda: f"{one!r}\n"}
        suffix = path.suffix.lower()
        if suffix not in makers:
            raise ValueError(f"draw: cannot save to {path.name!r}; use one of {', '.join(makers)}")
        made = makers[suffix]()
        path.write_bytes(made if isinstance(made, bytes) else made.encode())
        return path

    def render(self, filename: str | Path = "graph", format: str = "svg") -> str:
        """Write the picture to `filename` with the suffix of the format appended, as graphviz does; return the path."""
        return str(self.save(f"{filename}.{format}"))

    def stepper(self) -> Stepper:
        """Return the page that steps through the forward and the backward pass; see `explain`.

        Raises ValueError for the picture of a module or a program, and for that of several Values.
        """
        roots = self.folding.graph.given if isinstance(self.folding, Folding) else []
        if len(roots) != 1:
            what = f"{len(roots)} results" if roots else "a module or a program"
            raise ValueError(f"stepper: this is the picture of {what}; use explain(value) for one Value")
        return explain(roots[0], names=self.names)

    def __repr__(self) -> str:
        return plain_text(self.diagram, self.style)

    def _repr_svg_(self) -> str | None:
        with contextlib.suppress(MissingExtra, RuntimeError):  # there is no layout engine, or none that can
            return self.svg()
        return None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str | bytes]:
        found: dict[str, str | bytes] = {"text/plain": repr(self)}
        picture = self._repr_svg_()
        if picture is not None:
            found["image/svg+xml"] = picture
            with contextlib.suppress(MissingExtra, RuntimeError):
                image = self.png(1.0)
                if len(image) <= SMALL:
                    found["image/png"] = image
        else:
            found["text/plain"] = f"{self!r}\n(for the picture: pip install 'valuegrad[draw]')"
        if self.interactive and len(self.folding.partition) <= MANY:
            found["text/html"] = framed(
                self.html(), "graph", HEIGHT, picture or f"<pre>{html.escape(repr(self))}</pre>"
            )
        return found


def draw(
    value: Value | Sequence[Value] | Parameterized | Program | Decorated[..., Any],
    *,
    direction: str = "TB",
    precision: int = 4,
    data: bool = True,
    grad: bool | None = None,
    partials: bool = False,
    names: Names = None,
    color: str | Errors = "role",
    highlight: Value | None = None,
    depth: int | None = None,
    limit: int | None = None,
    width: int | None = None,
    title: str = "",
    interactive: bool = True,
) -> Drawing:
    """Return the picture of the graph that made a Value, or several; of a module's architecture; of a program.

    Of a function that `jit` or `vmap` compiled it is the program of the path that was found last. What repeats in a
    program is drawn once, in a frame for each loop, with an arrow back from what an iteration leaves for the next.

    Leaves are square boxes, operations round ones, with constants written into them; arrows go from operands to
    results. More than `limit` nodes, by default 60, are folded: alike ones share a box with two borders, which says how
    many they are and gives ranges for numbers. Fewer are folded too where letters would be too small in `width` pixels:
    by default 870 in a notebook, and 1,600 in a file; a limit that is given is taken as it is. Scopes
    (`autograd.scope`) are frames; `depth` folds those that are so many levels deep, 1 for the outermost.

    direction: where results lie: "TB" below, "BT" above, "LR" to the right, "RL" to the left. precision: significant
    digits. data, grad: whether to show the numbers; gradients are shown if there are any. partials: whether to write
    the local partial derivatives on the arrows. names: names for nodes, as a dict such as `locals()` or a module.
    color: "role", "grad" for the size of the gradients, "value" for that of the numbers, "nan" for what is not finite,
    or `rounding_error(value)`. highlight: a Value; everything
    between it and the result stands out. title: a line of text below. interactive: whether notebooks show a page in
    which boxes open and close; they do for at most 10,000 nodes, and show the picture where its program may not run.
    `.save("graph.html")` writes that page for any graph.

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
    counts = {"limit": limit, "depth": depth, "precision": precision, "width": width}
    _check_options(direction, color, {name: x for name, x in counts.items() if x is not None})
    if is_module(value):
        if (names, highlight, depth) != (None, None, None):
            raise ValueError("draw: names, highlight and depth are for graphs of Values, not for a module")
        found, parts = architecture(value, limit or LIMIT)
        return Drawing(lambda _: (parts, found), Style(direction, precision, False, False, title=title), interactive)
    if isinstance(value, (Program, Decorated)):
        graph, said = recorded(value)
        title, data, grad, partials, color = title or said, False, False, False, "role"
    else:
        graph = NumberedGraph(_roots(value), named(names))
    some = any(node.grad for node in graph.nodes)
    shown = some and grad is not False
    by = color if isinstance(color, str) else "error"
    if not isinstance(color, str):
        graph.errors = [color.of(node) for node in graph.nodes]
    style = Style(direction, precision, data, shown, partials, "role" if by == "grad" and not some else by, title)
    between = set() if highlight is None else graph.between(highlight)
    if highlight is not None and not between:
        raise ValueError(f"draw: highlight is {highlight!r}; give a Value that the result was made from")
    style = replace(style, highlight=None if highlight is None else graph.place[id(highlight)])
    note = "no gradient yet: call backward() first" if not some and (grad or by == "grad") else ""
    foldings = Foldings(graph, style, limit, depth, width is not None, between, note)
    return Drawing(foldings.at, style, interactive, names, width)


def _demanded(width: int) -> int:
    _check_options("TB", "role", {"width": width})
    return width


def _check_options(direction: str, color: object, counts: dict[str, int]) -> None:
    if direction not in ("TB", "BT", "LR", "RL"):
        raise ValueError(f"draw: direction is {direction!r}; use 'TB', 'BT', 'LR' or 'RL'")
    if color not in COLORS and not hasattr(color, "of"):
        raise ValueError(f"draw: color is {color!r}; use {', '.join(map(repr, COLORS))} or rounding_error(value)")
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"draw: {name} is {count!r}; use a whole number, at least 1")


def _roots(value: object) -> list[Value]:
    roots = [value] if isinstance(value, Value) else value
    if not isinstance(roots, Sequence) or not roots or not all(isinstance(root, Value) for root in roots):
        text = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
        raise TypeError(f"draw: expected a Value, a sequence of Values or a module, not {type(value).__name__} {text}")
    return list(roots)
