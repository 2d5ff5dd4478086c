"""Values and partials of the primitives that take many operands, on plain floats.

`cosine_similarity` and its derivatives are computed in Python's integers: they are differences of nearly equal
products, and integers are exact.
"""

import math
import operator
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.floats.ieee import INF, NAN, Total, rounded, two_product, two_sum


def shares(best: float, xs: Sequence[float]) -> list[float]:
    """Return the share of each operand in attaining `best`: ties split evenly, NaN operands take everything."""
    hits = [x == best or (x != x and best != best) for x in xs]
    part = 1.0 / sum(hits)
    return [part if hit else 0.0 for hit in hits]


def maximum_share(i: int, *xs: float) -> float:
    """Return the partial of maximum(*xs) towards xs[i]."""
    return shares(maximum(*xs), xs)[i]


def minimum_share(i: int, *xs: float) -> float:
    """Return the partial of minimum(*xs) towards xs[i]."""
    return shares(minimum(*xs), xs)[i]


def lead(xs: Sequence[float]) -> float:
    """Return by how much the largest of xs exceeds the next; infinity for a single one."""
    best = sorted(xs, reverse=True)
    return best[0] - best[1] if len(xs) > 1 else INF


def maximum(*xs: float) -> float:
    """Return the largest of xs; NaN if one is NaN; +0.0 is larger than -0.0."""
    for x in xs:
        if x != x:
            return x
    best = float(max(xs))
    return 0.0 if best == 0.0 and any(math.copysign(1.0, x) > 0.0 for x in xs if x == 0.0) else best


def minimum(*xs: float) -> float:
    """Return the smallest of xs; NaN if one is NaN; -0.0 is smaller than +0.0."""
    return -maximum(*[-float(x) if type(x) is int else -x for x in xs])


# ---------------------------------------------------------------------------------- exponential weights


def weights(xs: Sequence[float]) -> tuple[list[float], int, float]:
    """Return (exp(x - m) for each x, the index of the maximum m, m), with the rounding of x - m repaired.

    Where m is infinite, the weights are 1 for the maximal operands and 0 for the others.
    """
    m = max(xs)
    if any(x != x for x in xs):
        return [NAN] * len(xs), 0, NAN
    if abs(m) == INF:
        return [1.0 if x == m else 0.0 for x in xs], xs.index(m), m
    found = []
    for x in xs:
        d, low = difference(x, m)
        e = math.exp(d)
        found.append(e + e * low)
    return found, xs.index(m), m


def difference(x: float, m: float) -> tuple[float, float]:
    """Return x - m as a float and what its rounding lost."""
    d, low = two_sum(x, -m)
    return d, low if abs(d) != INF else 0.0


def logsumexp(*xs: float) -> float:
    """Return log(sum(exp(x))) as m + log1p(the other weights), m the maximum."""
    es, top, m = weights(xs)
    if abs(m) == INF:
        return m
    return m + math.log1p(math.fsum(es[:top]) + math.fsum(es[top + 1 :]))


def softmax_shares(xs: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return each operand's part p of sum(exp(x)), and 1 - p as the sum of the *other* weights. Cost: O(n).

    Infinite ties share evenly, and so sum to 1.
    """
    es, top, _ = weights(xs)
    others = math.fsum(es[:top]) + math.fsum(es[top + 1 :])
    total = es[top] + others
    rests = [total - e for e in es]  # e is at most half of the total, except for the largest
    rests[top] = others
    return [e / total for e in es], [rest / total for rest in rests]


def softmax_share(i: int, *xs: float) -> float:
    """Return exp(xs[i]) / sum(exp(x)), the partial of logsumexp towards xs[i]."""
    return softmax_shares(xs)[0][i]


def softmax_rest(i: int, *xs: float) -> float:
    """Return 1 - softmax_share(i, *xs) without cancellation."""
    return softmax_shares(xs)[1][i]


def softmax_at(i: int, *xs: float) -> float:
    """Return the i-th softmax probability; NaN where several operands tie at infinity."""
    m = max(xs)
    return NAN if abs(m) == INF and xs.count(m) > 1 else softmax_share(i, *xs)


def log_softmax_at(i: int, *xs: float) -> float:
    """Return the logarithm of the i-th softmax probability."""
    es, top, m = weights(xs)
    if abs(m) == INF:
        return NAN if sum(es) > 1.0 else 0.0 if i == top else -INF
    d, low = difference(xs[i], m)
    return d + (low - math.log1p(math.fsum(es[:top]) + math.fsum(es[top + 1 :])))


# ---------------------------------------------------------------------------------- products of many


def products_of_others(xs: Sequence[float]) -> list[float]:
    """Return, for each operand, the product of all others, without intermediate over- or underflow. Cost: O(n)."""
    parts = [math.frexp(x) for x in xs]
    before: list[tuple[float, int]] = [(1.0, 0)]
    after: list[tuple[float, int]] = [(1.0, 0)]
    for products, sequence in ((before, parts), (after, parts[::-1])):
        for mantissa, exponent in sequence[:-1]:
            m, e = products[-1]
            m, shift = math.frexp(m * mantissa)
            products.append((m, e + exponent + shift))
    found = []
    for (m, e), (n, f) in zip(before, after[::-1], strict=True):
        try:
            found.append(math.ldexp(m * n, e + f))
        except OverflowError:
            found.append(math.copysign(INF, m * n))
    return found


def product_of_others(i: int, *xs: float) -> float:
    """Return the product of all operands but xs[i], the partial of prod towards it."""
    return products_of_others(xs)[i]


def scaled_prod(*xs: float) -> float:
    """Return the product of xs without intermediate over- or underflow; 1.0 for none."""
    return products_of_others((*xs, 1.0))[-1] if xs else 1.0


def sumprod(*pq: float) -> float:
    """Return the dot product of the first half of the operands with the second, as `math.sumprod` of Python 3.12.

    Every product is taken exactly and the sum rounded once; where that over- or underflows, products are rounded.
    """
    n = len(pq) // 2
    p, q = pq[:n], pq[n:]
    if sys.version_info >= (3, 12):
        return math.sumprod(p, q)
    products = list(map(operator.mul, p, q))
    try:
        errors = [error for _, error in map(two_product, p, q)]
        return math.fsum(products + [error if error == error else 0.0 for error in errors])
    except (OverflowError, ValueError):
        return float(sum(products))


def sumtimes(*pq: float) -> float:
    """Return the dot product of both halves, where an exact zero on either side wins, as in `partials.times`.

    A zero result has no sign.

    >>> sumtimes(0.0, 2.0, math.inf, 3.0)
    6.0
    """
    found = sumprod(*pq)
    if not math.isfinite(found):  # else no zero has met anything that it should win over
        n = len(pq) // 2
        pairs = [(p, q) for p, q in zip(pq[:n], pq[n:], strict=True) if p != 0.0 and q != 0.0]
        found = sumprod(*[p for p, _ in pairs], *[q for _, q in pairs])
    return found + 0.0


def dist(*pq: float) -> float:
    """Return the Euclidean distance between the first half of the operands and the second."""
    n = len(pq) // 2
    return math.dist(pq[:n], pq[n:])


def fsum(*xs: float) -> float:
    """Return the sum of xs rounded once, as `math.fsum`."""
    return math.fsum(xs)


def prod(*xs: float) -> float:
    """Return the product of xs, as `math.prod`: from left to right."""
    return math.prod(xs, start=1.0)


# ---------------------------------------------------------------------------------- cosine similarity


def integers(xs: Sequence[float]) -> tuple[list[int], int]:
    """Return (whole numbers, e) with x = whole * 2**e exactly for every finite x."""
    ratios = [x.as_integer_ratio() for x in xs]
    denominator = max(d for _, d in ratios)
    return [n * (denominator // d) for n, d in ratios], 1 - denominator.bit_length()


def over_root(whole: int, square: int, shift: int, under: int = 1) -> float:
    """Return whole / (under * sqrt(square)) * 2**shift, the root taken to at least 64 bits."""
    extra = max(0, 128 - square.bit_length()) & ~1
    root = math.isqrt(square << extra)
    shift += extra // 2
    return rounded(whole << max(shift, 0), under * root << max(-shift, 0))


class Pair(NamedTuple):
    """Two vectors of whole numbers, each times a power of two, and their products with themselves and each other."""

    us: list[int]
    vs: list[int]
    u_exponent: int
    v_exponent: int
    u2: int
    v2: int
    dot: int


def pair(uv: Sequence[float]) -> Pair | None:
    """Return the first half of the operands and the second, exactly; None if one of them is infinite or NaN."""
    if not all(math.isfinite(x) for x in uv):
        return None
    n = len(uv) // 2
    (us, i), (vs, j) = integers(uv[:n]), integers(uv[n:])
    dot = sum(u * v for u, v in zip(us, vs, strict=True))
    return Pair(us, vs, i, j, sum(u * u for u in us), sum(v * v for v in vs), dot)


def cosine_similarity(*uv: float) -> float:
    """Return u.v / (|u| |v|), within [-1, 1]; 0.0 if u or v is zero, NaN if an operand is infinite or NaN."""
    p = pair(uv)
    if p is None:
        return NAN
    return over_root(p.dot, p.u2 * p.v2, 0) if p.u2 and p.v2 else 0.0


def cosine_gradient(uv: Sequence[float]) -> list[float]:
    """Return the partials (v_i |u|^2 - u_i (u.v)) / (|u|^3 |v|), and with u and v exchanged. Cost: O(n)."""
    p = pair(uv)
    return [_cosine_slope(p, i) for i in range(len(uv))]


def _cosine_slope(p: Pair | None, i: int) -> float:
    if p is None or not p.u2 or not p.v2:
        return NAN if p is None else 0.0
    k = i % len(p.us)
    if i < len(p.us):
        return over_root(p.vs[k] * p.u2 - p.us[k] * p.dot, p.u2**3 * p.v2, -p.u_exponent)
    return over_root(p.us[k] * p.v2 - p.vs[k] * p.dot, p.v2**3 * p.u2, -p.v_exponent)


def cosine_derivative(path: int, *uv: float) -> float:
    """Return the derivative of cosine_similarity(*uv) towards the i-th operand for a `path` of i < len(uv).

    The derivative of that one towards the j-th operand has the path (path + 1) * len(uv) + j, and so on to any order.
    Each is a whole number over a root, rounded once: a small number of its own for each step of the path, of which
    squares vanish, is added to its operand, and the term with all of them is the derivative. 0.0 at a zero vector.
    """
    p, n, steps = pair(uv), len(uv) // 2, steps_of(path, len(uv))
    if len(steps) == 1 or p is None or not p.u2 or not p.v2:
        return _cosine_slope(p, steps[0])
    dot, u2, v2 = {0: p.dot}, {0: p.u2}, {0: p.v2}  # terms by the bits of their small numbers
    for b, i in enumerate(steps):
        own, mine, other = (u2, p.us, p.vs) if i < n else (v2, p.vs, p.us)
        own[1 << b], dot[1 << b] = 2 * mine[i % n], other[i % n]
        for c, j in enumerate(steps[:b]):
            if i == j:
                own[1 << b | 1 << c] = 2
            elif i % n == j % n:
                dot[1 << b | 1 << c] = 1
    found = terms_times(terms_times(dot, _over_root(u2, len(steps))), _over_root(v2, len(steps)))
    whole = found.get((1 << len(steps)) - 1, 0)
    shift = -sum(p.u_exponent if i < n else p.v_exponent for i in steps)
    return over_root(whole, p.u2 * p.v2, shift - 2 * len(steps), (p.u2 * p.v2) ** len(steps))


def steps_of(path: int, n: int) -> list[int]:
    """Return the operands, of n, towards which a derivative is taken, from its path; see `cosine_derivative`."""
    steps = []
    while path >= 0:
        steps.append(path % n)
        path = path // n - 1
    return steps


def terms_times(x: dict[int, Any], y: dict[int, Any]) -> dict[int, Any]:
    """Return a product of two sums of terms by the bits of their small numbers, whose squares vanish."""
    found: dict[int, Any] = {}
    for a, s in x.items():
        for b, t in y.items():
            if not a & b:
                found[a | b] = found.get(a | b, 0) + s * t
    return found


def _over_root(x: dict[int, int], order: int) -> dict[int, int]:
    """Return 1 / sqrt(x), times the root of its first term, times 2**order, times the order-th power of that term."""
    first, rest = x[0], {bits: term for bits, term in x.items() if bits}
    found: dict[int, int] = {}
    power, factor = {0: 1}, 1  # (2m - 1)!! (-1)^m; a power of the rest is m! times what is counted once
    for m in range(order + 1):
        for bits, term in power.items():
            scaled = factor * term * 2 ** (order - m) * first ** (order - m)
            found[bits] = found.get(bits, 0) + scaled // math.factorial(m)
        power = terms_times(power, rest)
        factor *= -(2 * m + 1)
    return found


def all_floats(xs: Sequence[object]) -> bool:
    """Return whether every operand is a number, so that a whole gradient may be computed in one pass."""
    return all(type(x) in (float, Total) for x in xs)
