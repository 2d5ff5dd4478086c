"""The function itself, as a witness: a graph shows what was recorded of a function, and not what was left out.

Where a number left the graph (`.data`, `no_grad`, a constant returned for one special number), every node of the graph
may be right and the gradient wrong. So differences of the function on plain floats must agree with the gradient, too,
and where they do not, a second run on other numbers shows which constant of the graph is none.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from numbers import Real
from typing import Any, NamedTuple

from autograd.graph.backward import topological_order
from autograd.graph.contexts import trace_lines
from autograd.graph.value import Value
from autograd.primitives.carrier import data_of
from autograd.testing.accuracy import SMALL
from autograd.testing.differences import RESOLUTION, compare
from autograd.testing.one_sided import PEAK, TINY, Limit, Quotient, limit_of
from autograd.testing.report import Comparison, Report
from autograd.transforms.derivatives import grad

Numbers = list[float]
FIRST, COUNT = 2.0**-9, 6  # the steps of a first look, relative to the number: each is a quarter of the one before
SURE = 1e-7  # a first look that is less certain than this is followed by a thorough one
NEAR = 2.0**-40  # kinks of the graph as near as this, relative to the number, are where differences see no side of it


def on_floats(flat: Callable[[Any], Any], numbers: Numbers) -> Callable[[Numbers], float]:
    """Return a function as one of plain floats; of the data of Values, if it asks its numbers what floats lack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = flat(list(numbers))
        except Exception:  # it is the user's, and may be written for Values alone
            found = None
    if isinstance(found, Real):
        return flat
    return lambda xs: data_of(flat([Value(x) for x in xs]))


def roundings(root: Value) -> float:
    """Return how far the roundings of its nodes, of half an ulp each, may move a root whose backward has run."""
    nodes = topological_order([root])
    return 2.0**-53 * math.fsum(abs(n.grad * n.data) for n in nodes if n.primitive and math.isfinite(n.grad * n.data))


def heard(
    report: Report, flat: Callable[[Any], Any], numbers: Numbers, plain: Callable[[Numbers], float], noise: float
) -> Report:
    """Return a report of a graph after its function was heard on plain floats; `fail`, with the cut, if they differ.

    `noise` is what the roundings of the function add up to: what is hidden in it is no difference.
    """
    looks = [
        _first_look(plain, numbers, i) if c.verdict == "pass" else NOTHING for i, c in enumerate(report.comparisons)
    ]
    each = enumerate(zip(report.comparisons, looks, strict=True))
    doubted = [i for i, (c, look) in each if c.verdict != "fail" and not (c.verdict == "pass" and look.confirms(c))]
    if report.verdict == "fail" and report.culprit is None and not report.notes:
        wrong = next(i for i, c in enumerate(report.comparisons) if c.verdict == "fail")
        where = cut(flat, numbers, wrong, report.comparisons[wrong].path)
        report = replace(report, notes=(where,) if where else ())
    found = [c.found for c in report.comparisons]
    comparisons, notes = list(report.comparisons), report.notes
    for i in doubted:
        c = report.comparisons[i]

        def moved(xs: Numbers, i: int = i) -> float:
            return plain([*numbers[:i], *xs, *numbers[i + 1 :]])

        (seen,) = compare(moved, [numbers[i]], [c.path], lambda i=i: [found[i]]).comparisons  # type: ignore[misc]
        merged = _merged(c, seen, report, numbers[i], noise)
        if merged is c and c.verdict == "pass" and looks[i].contradicts(c):
            note = f"the function is flat at this point, and has the slope {looks[i].right.slope:.6g} around it"  # type: ignore[union-attr]
            merged = replace(c, verdict="undecidable", note=note)
        where = cut(flat, numbers, i, c.path) if merged is not c else ""
        if not where:
            continue  # nothing was cut: if differences see another slope, they see stairs from afar
        comparisons[i] = merged
        notes = (*notes, where) if where not in notes else notes
    return replace(report, comparisons=tuple(comparisons), notes=notes)


def heard_twice(report: Report, flat: Callable[[Any], Any], numbers: Numbers, first: Report, noise: float) -> Report:
    """Return a report of second derivatives after first ones, at other numbers, were heard; see `heard`."""
    count = len(numbers)
    if report.verdict != "pass" or not count:
        return report
    if first.verdict == "fail":
        note = f"the gradient itself is wrong: {next(c.note for c in first.comparisons if c.verdict == 'fail')}"
        wrong = tuple(replace(c, verdict="fail", note=note) for c in report.comparisons)
        return replace(report, comparisons=wrong, notes=first.notes)
    if first.verdict == "not_differentiable":
        return report.undecided("there is no first derivative here")
    gradient = grad(flat)
    rows = [replace(report, comparisons=report.comparisons[i * count : (i + 1) * count]) for i in range(count)]
    rows = [heard(row, flat, numbers, lambda xs, i=i: gradient(xs)[i], noise) for i, row in enumerate(rows)]  # type: ignore[misc]
    notes = next((row.notes for row in rows if row.notes), ())
    return replace(report, comparisons=tuple(c for row in rows for c in row.comparisons), notes=notes)


class Look(NamedTuple):
    """A first look at both sides: what a few differences tend to, and the largest of them."""

    left: Limit | None
    right: Limit | None
    size: float

    def confirms(self, c: Comparison) -> bool:
        """Return whether this is enough to see that a derivative is right."""
        if not self.size:
            return c.found == 0.0
        sides = [side for side in (self.left, self.right) if side is not None and side.error <= SURE * self.size]
        return len(sides) == 2 and all(abs(side.slope - c.found) <= side.error + c.allowed for side in sides)

    def contradicts(self, c: Comparison) -> bool:
        """Return whether both sides have one slope from afar, which is another."""
        if self.left is None or self.right is None:
            return False
        slopes = self.left.slope, self.right.slope
        hair = RESOLUTION * min(map(abs, slopes))
        known = self.left.error + self.right.error + abs(slopes[0] - slopes[1]) <= hair
        return known and all(abs(slope - c.found) > hair + c.allowed for slope in slopes)


def _first_look(plain: Callable[[Numbers], float], numbers: Numbers, i: int) -> Look:
    x, step = numbers[i], FIRST * max(1.0, abs(numbers[i]))
    sides: list[list[Quotient]] = [[], []]
    try:
        here = float(plain(list(numbers)))
        largest = abs(here)
        for side, sign in zip(sides, (-1.0, 1.0), strict=True):
            for k in range(COUNT):
                far = x + sign * step * 0.25**k
                value = float(plain([*numbers[:i], far, *numbers[i + 1 :]]))
                side.append(Quotient(far - x, (value - here) / (far - x), value - here))
                largest = max(largest, abs(value))
    except Exception:  # the user's function; the thorough look knows what to make of it
        return NOTHING
    if not math.isfinite(largest) or (x and abs(x) < step * 0.25**COUNT):
        return NOTHING
    noise = PEAK * 2.0**-52 * largest + TINY
    left, right = (limit_of(side, lambda _: noise, 1) for side in sides)
    return Look(left, right, max(abs(q.slope) for side in sides for q in side))


NOTHING = Look(None, None, math.inf)  # was seen


def _merged(c: Comparison, seen: Comparison, report: Report, x: float, noise: float) -> Comparison:
    """Return what the graph's comparison is, given that of differences."""
    hidden = c.allowed + seen.allowed + 8.0 * noise / max(1.0, abs(x))  # the longest step is an eighth
    slopes = [d for d in (seen.found, seen.truth, seen.left, seen.right) if d is not None]
    known = [d for d in slopes if d == d]
    tiny = any(known) and all(abs(d) < SMALL for d in known)  # where differences have few digits, or none
    if tiny or abs(seen.found - seen.truth) <= hidden:
        return c
    if seen.verdict == "fail":
        note = (
            f"the function on plain floats does not agree: {seen.note or 'its slope is ' + format(seen.truth, '.12g')}"
        )
        return replace(seen, note=note)
    if seen.verdict == "undecidable":
        return replace(c, verdict="undecidable", note=f"the function on plain floats: {seen.note}")
    beside = any(0.0 < kink.distance <= NEAR * max(abs(x), 1.0) for kink in report.kinks)
    if seen.verdict == "not_differentiable" and c.verdict == "pass" and not beside:
        return replace(seen, note=f"the function on plain floats: {seen.note}")
    return c


def cut(flat: Callable[[Any], Any], numbers: Numbers, i: int, path: str) -> str:
    """Return where a graph was cut, in words: a constant of it that moves with the number; empty where none is seen."""
    if not math.isfinite(numbers[i]):
        return ""
    step = math.ldexp(max(1.0, abs(numbers[i])), -10)
    try:
        mine, *others = (
            _recorded(flat, [*numbers[:i], x, *numbers[i + 1 :]])
            for x in (numbers[i], numbers[i] + step, numbers[i] - step)
        )
    except Exception:  # the user's function, at another number
        return ""
    if isinstance(mine[1], Real):
        return f"cut: f returned a plain number, {mine[1]!r}, which no graph leads to"
    changes = [_first_change(mine, other, path) for other in others if isinstance(other[1], Value)]
    return next(filter(None, changes), "")


Recorded = tuple[list[Value], Any]


def _recorded(flat: Callable[[Any], Any], numbers: Numbers) -> Recorded:
    """Return the leaves and the result of a function, whose nodes know their lines."""
    with trace_lines():
        leaves = [Value(x) for x in numbers]
        return leaves, flat(leaves)


def _first_change(mine: Recorded, other: Recorded, path: str) -> str:
    """Return the first constant in which two graphs of one function differ, in words; or that they are other graphs."""
    (leaves, root), (_, their_root) = mine, other
    inputs = set(map(id, leaves))
    if root is their_root or (root.primitive is None and id(root) not in inputs):
        return f"cut: f returned {root!r}, which was not made of {path} in this call; see no_grad, caches"
    nodes, their_nodes = ([x for x in topological_order([y]) if x.primitive is not None] for y in (root, their_root))
    for node, their in zip(nodes, their_nodes, strict=False):
        at = f" at {node.line}" if node.line else ""
        if node.primitive is not their.primitive or len(node.operands) != len(their.operands):
            return f"cut: around this number the function takes another way, from {node.op}{at} on"
        for place, (x, y) in enumerate(zip(node.operands, their.operands, strict=True)):
            if isinstance(x, Value) and (x.primitive is not None or id(x) in inputs):
                continue
            if data_of(x) != data_of(y):
                name = node.primitive.operand_names[place] if node.primitive.partials else f"operand {place}"
                return (
                    f"cut: {name} of {node.op}{at} is a plain number, {data_of(x)!r}, that moves with {path}: "
                    "see .data, detach, no_grad, float functions"
                )
    if len(nodes) != len(their_nodes):
        return "cut: around this number the function takes another way"
    return ""
