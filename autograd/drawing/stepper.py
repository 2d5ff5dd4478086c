"""`explain`: a page that steps through the forward and the backward pass of a small graph.

stepper.html is the page, with its style and its program. Where programs do not run, the page is a list of all steps; in
a terminal, or a notebook that is not trusted, the same is text.
"""

import html
import json
import re
from pathlib import Path

from autograd.drawing import layout
from autograd.drawing.boxes import diagram
from autograd.drawing.fold import LIMIT
from autograd.drawing.frame import framed
from autograd.drawing.names import Names, named
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.page import page
from autograd.drawing.steps import DIGITS, Step, called, steps
from autograd.drawing.style import Style, themed
from autograd.drawing.width import NOTEBOOK, Foldings
from autograd.errors import MissingExtra
from autograd.graph.text import formula, number
from autograd.graph.value import Value

MOST = 200  # nodes of which every product is a step in text; in the page as many as can be seen at once
HEIGHT = 720  # pixels in a notebook


class Stepper:
    """The steps of a graph: a page in notebooks and browsers, text elsewhere."""

    steps: list[Step]

    def __init__(self, graph: NumberedGraph, found: list[Step]) -> None:
        self._graph, self.steps = graph, found

    def html(self) -> str:
        """Return the page, complete in itself: it needs no network, no server and no kernel.

        It writes out every product of at most 60 nodes; of more, it steps through boxes that fold them.
        """
        if len(self._graph.nodes) > LIMIT:
            return page(Foldings(self._graph, Style()).at(NOTEBOOK)[0], Style(), walking=True)
        graph, names = self._graph, called(self._graph)
        rows = [
            {"name": name, "formula": self._formula(i, names), "data": number(node.data, DIGITS)}
            for i, (name, node) in enumerate(zip(names, graph.nodes, strict=True))
        ]
        keys = ("phase", "node", "text", "target", "arrow", "grad", "notes")
        data = {"nodes": rows, "steps": [{key: getattr(step, key) for key in keys} for step in self.steps]}
        listed = [[html.escape(step.text), *map(html.escape, step.notes)] for step in self.steps]
        parts = {
            "title": html.escape(f"Forward and backward: {names[-1]}"),
            "picture": self._picture(names),
            "steps": "\n".join(f"<li>{'<br>'.join(lines)}</li>" for lines in listed),
            "data": re.sub("[<>&\u2028\u2029]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(data)),
        }
        written = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
        return re.sub(r"\{\{ (\w+) \}\}", lambda place: parts[place[1]], written)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path; ValueError unless it ends in .html."""
        path = Path(path)
        if path.suffix not in (".html", ".htm"):
            raise ValueError(f"explain: cannot save to {path.name!r}; use a name that ends in .html")
        path.write_text(self.html(), encoding="utf-8")
        return path

    def _formula(self, i: int, names: list[str]) -> str:
        graph, node = self._graph, self._graph.nodes[i]
        if not node.op:
            return "given"
        return formula(node, lambda x: names[graph.place[id(x)]] if isinstance(x, Value) else number(x))

    def _picture(self, names: list[str]) -> str:
        """Return the picture as SVG; words instead if there is no layout engine."""
        graph = self._graph
        labelled = NumberedGraph(
            [graph.nodes[i] for i in graph.roots], {id(v): name for v, name in zip(graph.nodes, names, strict=True)}
        )
        picture = diagram(labelled, range(len(graph.nodes)), {})
        grads = {step.target: step.grad for step in self.steps if step.target >= 0}
        for i, box in enumerate(picture.boxes):
            box.lines = [f"data {number(graph.nodes[i].data, DIGITS)}", f"grad {grads.get(i, '0.0')}"]
        try:
            from autograd.drawing.digraph import digraph

            found = layout.svg(digraph(picture, Style(data=False, grad=False)).source)
        except (MissingExtra, RuntimeError) as error:  # the table below it tells the same
            return f"<p>{html.escape(str(error))}</p>"
        return themed(found[found.index("<svg") :].replace("<svg", '<svg aria-hidden="true"', 1))

    def __repr__(self) -> str:
        if not self.steps:
            return f"{len(self._graph.nodes):,} nodes: the page steps through them folded; save it, as .html"
        lines = []
        for step in self.steps:
            lines += [f"{step.phase:9}{step.text}", *(f"{'':11}{note}" for note in step.notes)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        text = f"<details open><summary>All steps as text</summary><pre>{html.escape(repr(self))}</pre></details>"
        return framed(self.html(), "forward and backward, step by step", HEIGHT, text)


def explain(value: Value, *, names: Names = None) -> Stepper:
    """Return the page that steps through computing a Value and its derivatives, with every product written out.

    In a notebook it shows itself; `.save("steps.html")` writes it to a file. `names` are names for nodes, as in `draw`.
    Of more than 60 nodes the page shows boxes that fold them, which open and close, and each is a step; as text, there
    are no steps of more than 200. Raises TypeError for what is no Value.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> explain(a * b)
    forward  a is given: 2.0
    forward  b is given: 3.0
    forward  v2 = a * b = 2.0 * 3.0 = 6.0
    backward dv2/dv2 = 1.0: the derivative of a number with respect to itself
    backward dv2/da += dv2/dv2 * dv2/da = 1.0 * 3.0 = 3.0
               mul: z = x * y, dz/dx = y
               all uses of a are done: its gradient is final, 3.0
    backward dv2/db += dv2/dv2 * dv2/db = 1.0 * 2.0 = 2.0
               mul: z = x * y, dz/dy = x
               all uses of b are done: its gradient is final, 2.0
    >>> explain(3.0)
    Traceback (most recent call last):
    ...
    TypeError: explain: expected a Value, not float 3.0
    """
    if not isinstance(value, Value):
        raise TypeError(f"explain: expected a Value, not {type(value).__name__} {value!r}")
    graph = NumberedGraph([value], named(names))
    return Stepper(graph, steps(graph, graph.place[id(value)]) if len(graph.nodes) <= MOST else [])
