"""Laws that derivatives obey whatever the function, as checks for your own functions and for engines.

Each law takes a function written with autograd and the numbers to try it at, and raises LawError where it does not
hold; none has a tolerance to choose. Where the same partials are multiplied in another order, the results may differ by
as many roundings as there are edges, each relative to the sum of the absolute values of all paths (Higham, 2002,
section 3.1). The laws hold at kinks too, for the partials that were recorded.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.errors import AutogradError
from autograd.graph.backward import topological_order
from autograd.graph.value import Value
from autograd.testing import check_gradient
from autograd.testing.accuracy import EPSILON
from autograd.testing.differences import compare
from autograd.testing.one_sided import TINY
from autograd.testing.report import Report
from autograd.transforms.derivatives import jvp, vjp

Function = Callable[..., Any]
ROUNDINGS = 4.0  # for each edge: a product and a sum, on either side of the comparison


class LawError(AutogradError, AssertionError):
    """A law does not hold; the message names it, and both numbers."""


def sizes(root: Value) -> dict[Value, float]:
    """Return, for everything a root was made from, the sum over all paths of the absolute products of partials."""
    found = {root: 1.0}
    for node in reversed(topological_order([root])):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            if partial and node in found:
                found[parent] = found.get(parent, 0.0) + found[node] * abs(partial)
    return found


def edges(root: Value) -> int:
    """Return how many edges a graph has."""
    return sum(len(node.parents) for node in topological_order([root]))


def demand(law: str, found: float, expected: float, allowed: float) -> None:
    """Raise LawError unless two numbers agree within what is allowed; a NaN agrees with a NaN."""
    if found == expected or (found != found and expected != expected) or abs(found - expected) <= allowed:
        return
    raise LawError(f"{law}: {found!r} is not {expected!r}; rounding explains a difference of {allowed:.3g}")


def _evaluated(f: Function, xs: Sequence[float]) -> tuple[Value, list[Value]]:
    leaves = [Value(x) for x in xs]
    root = f(*leaves)
    return (root if isinstance(root, Value) else Value(root)), leaves


def _gradient(root: Value, leaves: Sequence[Value], seed: float = 1.0) -> list[float]:
    root.zero_grad()
    for leaf in leaves:
        leaf.grad = 0.0
    root.backward(seed)
    return [leaf.grad for leaf in leaves]


def _allowed(root: Value, leaves: Sequence[Value], factor: float = 1.0) -> list[float]:
    count, found = edges(root), sizes(root)
    return [count * (ROUNDINGS * EPSILON * factor * found.get(leaf, 0.0) + TINY) for leaf in leaves]


def reverse_is_forward(f: Function, *xs: float) -> None:
    """Check that backward, and a tangent pushed forward for each number, give the same derivatives."""
    root, leaves = _evaluated(f, xs)
    reverse, allowed = _gradient(root, leaves), _allowed(root, leaves)
    for i, bound in enumerate(allowed):
        tangents = [1.0 if i == j else 0.0 for j in range(len(xs))]
        demand(f"reverse equals forward, number {i}", reverse[i], jvp(f, xs, tangents)[1], bound)


def four_ways(f: Function, *xs: float) -> list[Report]:
    """Check that reverse equals forward equals finite differences equals 50 digits; return the reports of the last two.

    Where finite differences, or rounding, leave it open, that is in the reports' verdicts.
    """
    reverse_is_forward(f, *xs)
    root, leaves = _evaluated(f, xs)
    found = _gradient(root, leaves)
    paths = [f"args[{i}]" for i in range(len(xs))]

    def number(numbers: list[float]) -> float:
        found = f(*numbers)
        return found.data if isinstance(found, Value) else float(found)  # f may hold Values of its own

    reports = [check_gradient(f, *xs), compare(number, list(map(float, xs)), paths, lambda: found)]
    for report in reports:
        if report.verdict == "fail":
            raise LawError(f"four ways to one gradient: {report}")
    return reports


def linear(f: Function, h: Function, a: float, b: float, *xs: float) -> None:
    """Check that the derivative of a f + b h is a times that of f plus b times that of h."""
    whole, leaves = _evaluated(lambda *values: a * f(*values) + b * h(*values), xs)
    together, allowed = _gradient(whole, leaves), _allowed(whole, leaves)
    of_f, of_h = (_gradient(*_evaluated(part, xs)) for part in (f, h))
    for i, bound in enumerate(allowed):
        demand(f"linearity, number {i}", together[i], a * of_f[i] + b * of_h[i], bound)


def chain(outer: Function, inner: Function, *xs: float) -> None:
    """Check that the derivative of a composition is the product of the derivatives."""
    root, leaves = _evaluated(inner, xs)
    middle = Value(root.data)
    (factor,) = _gradient(outer(middle), [middle])
    parts = _gradient(root, leaves)
    allowed = _allowed(root, leaves, abs(factor))
    composed = _gradient(outer(root), leaves)
    for i, bound in enumerate(allowed):
        demand(f"chain rule, number {i}", composed[i], factor * parts[i], bound)


def adjoint(f: Function, xs: Sequence[float], v: Sequence[float], w: Sequence[float]) -> None:
    """Check <J v, w> = <v, J^T w> for a function that returns a list, in directions v of inputs and w of outputs."""
    tangents = jvp(f, xs, v)[1]
    bars = vjp(f, *xs)[1](list(w))
    left = math.fsum(x * y for x, y in zip(tangents, w, strict=True))
    right = math.fsum(x * y for x, y in zip(bars, v, strict=True))
    leaves = [Value(x) for x in xs]
    roots = [y for y in f(*leaves) if isinstance(y, Value)]
    root = sum((abs(weight) * y for y, weight in zip(roots, w, strict=False)), Value(0.0))
    size = math.fsum(abs(d) * sizes(root).get(leaf, 0.0) for leaf, d in zip(leaves, v, strict=True))
    demand("<J v, w> = <v, J^T w>", left, right, ROUNDINGS * edges(root) * (EPSILON * size + TINY))


def symmetric_hessian(f: Function, *xs: float) -> Report:
    """Check that second derivatives are right, and so symmetric; return the report. Raises LawError otherwise."""
    report = check_gradient(f, *xs, order=2)
    n = len(xs)
    entries = report.comparisons
    if report.verdict == "fail":
        raise LawError(f"symmetry of the Hessian: {report}")
    for i in range(n):
        for j in range(i):
            one, other = entries[i * n + j], entries[j * n + i]
            if report.verdict == "pass":
                demand(f"symmetry of the Hessian, {i} and {j}", one.found, other.found, one.allowed + other.allowed)
    return report


def order_of_operands(f: Function, order: Sequence[int], *xs: float) -> None:
    """Check that a symmetric function's derivatives are permuted as its operands are: x[order[i]] in place i."""
    root, leaves = _evaluated(f, xs)
    found, allowed = _gradient(root, leaves), _allowed(root, leaves)
    shuffled = _gradient(*_evaluated(f, [xs[i] for i in order]))
    for place, i in enumerate(order):
        rows = 8.0 * EPSILON * abs(found[i])  # the partials of each row are promised to 4 ulps
        demand(f"order of operands, number {i}", shuffled[place], found[i], allowed[i] + rows)


def same_bits(f: Function, compiled: Function, *xs: float) -> None:
    """Check that another way of computing f, with `compiled(*xs)` returning (value, gradient), gives the same bits.

    >>> from autograd import jit, tanh, value_and_grad
    >>> def f(x, y):
    ...     return tanh(x) * y
    >>> same_bits(f, jit(value_and_grad(f, argnums=(0, 1))), 0.5, 2.0)
    """
    root, leaves = _evaluated(f, xs)
    expected = [root.data, *_gradient(root, leaves)]
    value, gradient = compiled(*xs)
    found = [value, *gradient]
    for i, (x, y) in enumerate(zip(found, expected, strict=True)):
        same = x == y and math.copysign(1.0, x) == math.copysign(1.0, y)
        if not (same or (x != x and y != y)):
            what = f"derivative {i - 1}" if i else "value"
            raise LawError(f"eager equals compiled: {what} is {x!r} compiled, {y!r} eager")


def same_numbers(f: Function, compiled: Function, *xs: float) -> Report:
    """Check that another way of computing f, with `compiled(*xs)` returning (value, gradient), is as exact as f.

    For native code, which rounds sums otherwise: the value may differ by what one rounding of each node explains, and
    the gradient is judged by 50 digits. Returns the report of that.

    >>> from autograd import jit, tanh, value_and_grad
    >>> def f(x, y):
    ...     return tanh(x) * y
    >>> same_numbers(f, jit(value_and_grad(f, argnums=(0, 1))), 0.5, 2.0).verdict
    'pass'
    """
    from autograd.testing import truth, verdicts

    root, leaves = _evaluated(f, xs)
    value, gradient = compiled(*xs)
    noise = math.fsum(abs(node.data) * size for node, size in sizes(root).items() if math.isfinite(node.data))
    demand("eager equals compiled, the value", value, root.data, ROUNDINGS * EPSILON * noise + TINY)
    paths = [f"args[{i}]" for i in range(len(xs))]
    report = verdicts.of_graph(truth.Truth(root), leaves, paths, list(gradient), lambda numbers: f(*numbers))
    if report.verdict == "fail":
        raise LawError(f"eager equals compiled: {report}")
    return report
