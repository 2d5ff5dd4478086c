"""`paths`: the chain rule in words, a derivative as a sum over paths with every factor.

A path stops at nodes that have names, if there are any on the way, and whatever lies between two of them is one factor:
names decide how fine the sum is written, and never what it is.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograd.drawing.names import Names, named
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.steps import called
from autograd.graph.backward import sweep
from autograd.graph.text import number
from autograd.graph.value import Value

LIMIT = 8  # paths that are written one by one
LONG = 12  # factors of a path
LARGE = 50_000  # nodes of a graph that is still told by layers
GROUPS = 30  # ways through the layers, and layers of a way
COUNTLESS = 10**18
Edges = dict[int, list[tuple[int, float]]]  # for each stop: the stops that it is made from, and the derivatives


@dataclass(frozen=True, slots=True)
class Summand:
    """One path: the stops from the result to the weight, the factors between them, and their product.

    Where many paths are told together, the stops are the layers they go through, and the product is their sum.
    """

    stops: list[str]
    factors: list[float]
    product: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class PathSum:
    """A derivative as a sum over paths: text, and LaTeX in notebooks."""

    result: str
    weight: str
    count: int  # of all paths; at most 10**18
    total: float  # the derivative, as `backward` has it
    each: list[Summand]
    precision: int

    def __repr__(self) -> str:
        left = f"d{self.result}/d{self.weight}"
        if not self.each:
            return f"{left} = {self._number(self.total)}: {self._none()}"
        if self.count == 1 and self.each[0].factors:
            names, numbers = self._factors(self.each[0], " * ", "d{}/d{}".format)
            width = " " * len(left)
            return f"{left} = {names}\n{width} = {numbers}\n{width} = {self._number(self.total)}"
        lines = [f"{left} = {self._number(self.total)}, the sum over {self._counted()}:"]
        for path in self.each:
            if path.factors:
                names, numbers = self._factors(path, " * ", "d{}/d{}".format)
                lines += [f"  {names}", f"    = {numbers} = {self._number(path.product)}"]
            else:
                way = " <- ".join(path.stops)
                lines.append(f"  {self._number(path.product):>12}  over {path.count:,} through {way}")
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        columns: list[tuple[str, ...]] = []  # of each path: what stands in the lines of equal sums
        for path in self.each:
            if path.factors:
                columns.append(self._factors(path, r" \cdot ", _fraction))
            else:
                way = r" \leftarrow ".join(map(latex, path.stops))
                columns.append((rf"{self._latex(path.product)} \quad ({path.count}\ \mathrm{{paths}}: {way})",))
        sums = [*zip(*columns, strict=True), (self._latex(self.total),)]
        aligned = r" \\ &= ".join(r" \\ &\quad + ".join(terms) for terms in sums)
        return rf"$$\begin{{aligned}} {_fraction(self.result, self.weight)} &= {aligned} \end{{aligned}}$$"

    def _factors(self, path: Summand, times: str, derivative: Callable[[str, str], str]) -> tuple[str, str]:
        """Return the factors of a path, as derivatives and as numbers."""
        names = times.join(derivative(x, y) for x, y in itertools.pairwise(path.stops))
        numbers = map(self._number if times == " * " else self._latex, path.factors)
        return names, times.join(f"({x})" if x.startswith("-") and times != " * " else x for x in numbers)

    def _number(self, x: float) -> str:
        return number(x, self.precision)

    def _latex(self, x: float) -> str:
        if not math.isfinite(x):
            return r"\mathrm{nan}" if math.isnan(x) else r"\infty" if x > 0.0 else r"-\infty"
        return re.sub(r"e([-+]?)0*(\d+)$", lambda e: rf" \times 10^{{{e[1].strip('+')}{e[2]}}}", self._number(x))

    def _counted(self) -> str:
        return f"{'more than ' if self.count >= COUNTLESS else ''}{self.count:,} path{'s' if self.count != 1 else ''}"

    def _none(self) -> str:
        same = self.result == self.weight
        return "a number with respect to itself" if same else f"no path leads from {self.weight} to {self.result}"


def paths(value: Value, weight: Value, *, names: Names = None, precision: int = 4) -> PathSum:
    """Return the derivative of a Value towards another as a sum over paths, with every factor.

    At most 8 paths of at most 12 factors are written one by one; more of them are told by layers: how many go through
    the same scopes, or operations where there are no scopes, and what they add up to. `names` are names for nodes, as
    in `draw`; `precision` counts significant digits. Raises TypeError for what is no Value. Cost: O(nodes + edges).

    >>> from autograd import sigmoid
    >>> w, h = Value(0.5, "w"), Value(0.6, "h")
    >>> net = w * h + 0.1
    >>> net.name = "net"
    >>> out = sigmoid(net)
    >>> out.name = "out"
    >>> loss = (out - 1.0) ** 2
    >>> paths(loss, w, names={"E": loss})
    dE/dw = dE/dout * dout/dnet * dnet/dw
          = -0.8026 * 0.2403 * 0.6
          = -0.1157
    >>> paths(w, loss)
    dw/dv6 = 0.0: no path leads from v6 to w
    """
    for x in (value, weight):
        if not isinstance(x, Value):
            raise TypeError(f"paths: expected a Value, not {type(x).__name__} {x!r}")
    graph = NumberedGraph([value], named(names))
    labels = called(graph)
    root, start = graph.place[id(value)], graph.place.get(id(weight))
    if start is None or start == root:
        other = NumberedGraph([weight], named(names))
        label = labels[root] if start is not None else called(other)[-1]
        label += "'" if start is None and label == labels[root] else ""  # both may have no name
        return PathSum(labels[root], label, 0, 1.0 if start is not None else 0.0, [], precision)
    total = sweep([value], [1.0])[weight]
    between = sorted(graph.between(weight))
    edges = _edges(graph, between, start, root)
    count = _count(edges, between, start)
    if count <= LIMIT and len(edges) <= 10 * LONG:
        found = list(_each(edges, labels, start, root))
        if all(len(path.factors) <= LONG for path in found):
            return PathSum(labels[root], labels[start], count, total, found, precision)
    layers = _layers(graph, between, start, len(between) <= LARGE)
    return PathSum(labels[root], labels[start], count, total, layers, precision)


def _edges(graph: NumberedGraph, between: Sequence[int], start: int, root: int) -> Edges:
    """Return the derivatives between stops: all nodes, or those that have names if there are some on the way."""
    inside = set(between)
    stops = {i for i in between if graph.names[i]} - {start, root}
    found: Edges = {}
    if not stops:
        for i in between:
            pairs = zip(graph.parents[i], graph.nodes[i].partials, strict=True)
            found[i] = [(p, partial) for p, partial in pairs if p in inside]
        return found
    sums: dict[int, dict[int, float]] = {}  # of each node: the derivatives towards the stops before it
    for i in between:
        own: dict[int, float] = {}
        for p, partial in zip(graph.parents[i], graph.nodes[i].partials, strict=True):
            if p in inside:
                for stop, factor in ({p: 1.0} if p in stops or p == start else sums[p]).items():
                    own[stop] = own.get(stop, 0.0) + (partial * factor if partial and factor else 0.0)
        sums[i] = own
    return {i: list(sums[i].items()) for i in between if i in stops or i in (start, root)}


def _count(edges: Edges, between: Sequence[int], start: int) -> int:
    counts = {start: 1}
    for i in between:
        if i in edges and i != start:
            counts[i] = min(COUNTLESS, sum(counts.get(p, 0) for p, _ in edges[i]))
    return counts[between[-1]]


def _each(edges: Edges, labels: Sequence[str], start: int, root: int) -> Iterator[Summand]:
    waiting: list[tuple[list[int], list[float]]] = [([root], [])]
    while waiting:
        stops, factors = waiting.pop()
        if stops[-1] == start:
            product = 0.0 if 0.0 in factors else math.prod(factors)
            yield Summand([labels[i] for i in stops], factors, product)
            continue
        waiting += [([*stops, p], [*factors, partial]) for p, partial in reversed(edges[stops[-1]])]


def _layers(graph: NumberedGraph, between: Sequence[int], start: int, apart: bool) -> list[Summand]:
    """Return the paths by the layers that they go through; all as one if not `apart`."""
    inside = set(between)
    sums: dict[int, dict[tuple[str, ...], tuple[int, float]]] = {start: {(): (1, 1.0)}}
    for i in between:
        if i == start:
            continue
        node = graph.nodes[i]
        layer = node.scope[0] if node.scope else node.op
        own: dict[tuple[str, ...], tuple[int, float]] = {}
        for p, partial in zip(graph.parents[i], node.partials, strict=True):
            for way, (count, total) in sums[p].items() if p in inside else ():
                key = (way if way and way[-1] == layer else (*way, layer)) if apart else ()
                before = own.get(key, (0, 0.0))
                product = partial * total if partial and total else 0.0
                own[key] = min(COUNTLESS, before[0] + count), before[1] + product
        if len(own) > GROUPS or (own and max(map(len, own)) > GROUPS):
            return _layers(graph, between, start, False)
        sums[i] = own
    ordered = sorted(sums[between[-1]].items(), key=lambda pair: -abs(pair[1][1]))
    return [Summand(list(reversed(way)) or ["everything"], [], total, count) for way, (count, total) in ordered]


def _fraction(x: str, y: str) -> str:
    return rf"\frac{{\partial {latex(x)}}}{{\partial {latex(y)}}}"


def latex(name: str) -> str:
    r"""Return a name as LaTeX that shows it: a letter and a number as an index, else upright, every special escaped.

    >>> latex("w7"), latex("out_o2"), latex("a<b")
    ('w_{7}', '\\mathrm{out\\_o2}', '\\mathrm{a\\lt b}')
    """
    if found := re.fullmatch(r"([A-Za-z])_?(\d+)", name):
        return f"{found[1]}_{{{found[2]}}}"
    special = {
        "\\": r"\backslash ",
        "<": r"\lt ",
        ">": r"\gt ",
        "^": r"\wedge ",
        "~": r"\sim ",
        " ": r"\ ",
        "'": r"\prime ",
    }
    special |= {c: f"\\{c}" for c in "{}_#$%&"}
    text = "".join(special.get(c, c) for c in name)
    return text if len(name) == 1 and name.isalpha() else rf"\mathrm{{{text}}}"
