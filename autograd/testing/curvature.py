"""Second derivatives of a graph in truth, and how far computed ones may be off.

Tangents go forward and second adjoints backward, with the exact second derivatives of every row, and each carries a
running error bound beside it. An engine computes second derivatives by differentiating the rules once more, so this
checks the rules as formulas.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.graph.value import Value
from autograd.tape.sweeps import reverse_sweep
from autograd.testing.accuracy import EPSILON, SECOND_ULPS, ULPS, UNDERFLOW
from autograd.testing.exact import mp, mpf
from autograd.testing.one_sided import TINY
from autograd.testing.report import Comparison, Report
from autograd.testing.truth import DIGITS, Application, Truth

Bounded = tuple[Any, Any]  # a number, and how far a computed one may be off
ZERO: Bounded = (mpf(0), mpf(0))


def second_order_report(
    truth: Truth, leaves: Sequence[Value], paths: Sequence[str], found: Sequence[Sequence[float]]
) -> Report:
    """Return the report on a matrix of second derivatives of a root towards some leaves."""
    comparisons = []
    reasons = _reasons(truth)
    with mp.workdps(DIGITS):
        for i, leaf in enumerate(leaves):
            row = {} if reasons else _row(truth, leaf)
            for j, other in enumerate(leaves):
                exact, allowed = row.get(other, ZERO)
                off = abs(found[i][j] - exact) if math.isfinite(found[i][j]) else mp.inf
                path = f"{paths[i]}, {paths[j]}"
                verdict = "pass" if off <= allowed else "fail"
                comparisons.append(Comparison(path, found[i][j], float(exact), float(allowed), verdict))  # type: ignore[arg-type]
    method = "the second derivatives of every node, evaluated again in 50 digits or more" + truth.unstated()
    report = Report(truth.root.data, tuple(comparisons), method, truth.kinks(), order=2)
    if reasons:
        return report.undecided(f"{reasons[0]}: there is no second derivative to compare with")
    return report


def _reasons(truth: Truth) -> list[str]:
    """Return why there is no second derivative: places without partials that a leaf leads to."""
    moving = {node for node in truth.nodes if node.primitive is None}
    found = [truth.beyond] if truth.beyond else []
    for a in truth.applications:
        arrives = any(p in moving and (partial or d or a.singular) for p, partial, d in a.partials())
        if arrives:
            moving.add(a.node)
            found += [a.singular] * bool(a.singular)
    return found + [adjoint.reason for adjoint in truth.adjoints.values() if adjoint.reason]


def _row(truth: Truth, leaf: Value) -> dict[Value, Bounded]:
    """Return the second derivatives towards one leaf and everything else, with their bounds."""
    dots: dict[Value, Bounded] = {leaf: (mpf(1), mpf(0))}
    for a in truth.applications:
        dot, off = mpf(0), mpf(0)
        for parent, partial, d in a.partials():
            x, e = dots.get(parent, ZERO)
            dot += x * partial
            off += e * (abs(partial) + d) + abs(x) * d + len(a.positions) * EPSILON * abs(x * partial)
        if dot or off:
            dots[a.node] = (dot, off)

    def edges(a: Application) -> list[tuple[Value, _Edge]]:
        bar, bar_off = truth.adjoint(a.node)[:2]
        if a.expansion is None:
            return []
        bends = _bends(a, dots, bar, bar_off)
        each = zip(a.partials(), bends, strict=True)
        return [(p, _Edge(partial, d, bar, bar_off, bar * bend, off)) for (p, partial, d), (bend, off) in each]

    return reverse_sweep(truth.backward(), edges, {truth.root: ZERO}, _times, _plus)


class _Edge(NamedTuple):
    partial: Any
    d: float  # how far a computed one may be off
    bar: Any  # the adjoint of the node, and how far a computed one may be off
    bar_off: Any
    bent: Any  # what the second partials of the node add, and how far that may be off
    off: Any


def _times(second: Bounded, edge: _Edge) -> Bounded | None:
    """Return the product of a second adjoint and a partial, and what the bend adds; None where all is zero."""
    own, own_off = second
    if not (edge.bar or edge.bar_off or own or own_off):
        return None
    arrived = own_off * (abs(edge.partial) + edge.d) + abs(own) * edge.d + edge.off
    rounding = 8 * EPSILON * (abs(own * edge.partial) + abs(edge.bent)) + TINY
    return own * edge.partial + edge.bent, arrived + rounding


def _plus(have: Bounded, term: Bounded) -> Bounded:
    return have[0] + term[0], have[1] + term[1] + 8 * EPSILON * abs(have[0])


def _bends(a: Application, dots: dict[Value, Bounded], bar: mpf, bar_off: mpf) -> list[Bounded]:
    """Return for each parent the sum of second partials times tangents, and what its error adds to the adjoint."""
    assert a.expansion is not None
    hessian, gradient = a.expansion.hessian, a.expansion.gradient
    scales = {i: abs(mpf(a.numbers[i])) for i in a.positions}
    if not all(scales.values()):
        scales = dict.fromkeys(scales, mpf(1))
    largest = max((abs(h) * scales[i] * scales[j] for (i, j), h in hessian.items()), default=mpf(0))
    found = []
    for i in a.positions:
        bend, off = mpf(0), mpf(0)
        for j, other in zip(a.positions, a.node.parents, strict=True):
            x, e = dots.get(other, ZERO)
            h = hessian[i, j]
            bent = largest / (scales[i] * scales[j])  # an entry that moves the value as much as the largest does
            size = max(abs(h), bent / 8, a.row.floor or 0.0)
            tail = abs(h) * scales[j] / abs(gradient[i]) if gradient[i] else mpf(0)  # in a tail rounding is amplified
            terms = abs(gradient[i]) / scales[j] if largest else mpf(0)  # where it vanishes, such terms cancel
            d = EPSILON * (SECOND_ULPS * size * max(tail, 1) + ULPS * terms) + a.bent.get((i, j), 0.0) + UNDERFLOW
            bend += h * x
            off += abs(bar) * (abs(h) * e + d * (abs(x) + e)) + bar_off * abs(h * x)
        found.append((bend, off))
    return found
