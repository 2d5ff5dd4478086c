"""Values and partials of the primitives that take many operands, on plain floats.

Start at `weights`, from which logsumexp and softmax are made. The one surprise: `cosine_similarity` is computed in
Python's integers, because its gradient is a difference of nearly equal products and integers are exact.
"""

import math
import operator
import sys
from collections.abc import Sequence

from autograd.floats.ieee import INF, NAN, Total, rounded, two_sum


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
    best = max(xs)
    return 0.0 if best == 0.0 and any(math.copysign(1.0, x) > 0.0 for x in xs if x == 0.0) else best


def minimum(*xs: float) -> float:
    """Return the smallest of xs; NaN if one is NaN; -0.0 is smaller than +0.0."""
    return -maximum(*[-x for x in xs])


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
        return math.fsum(products + list(map(_error, p, q, products)))
    except (OverflowError, ValueError):
        return float(sum(products))


def _error(x: float, y: float, product: float) -> float:
    t = 134217729.0 * x
    a = t - (t - x)
    b = x - a
    t = 134217729.0 * y
    c = t - (t - y)
    d = y - c
    e = ((a * c - product) + a * d + b * c) + b * d
    return e if e == e else 0.0


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


def over_root(whole: int, square: int, shift: int) -> float:
    """Return whole / sqrt(square) * 2**shift, the root taken to at least 64 bits."""
    extra = max(0, 128 - square.bit_length()) & ~1
    root = math.isqrt(square << extra)
    shift += extra // 2
    return rounded(whole << max(shift, 0), root << max(-shift, 0))


def cosine_similarity(*uv: float) -> float:
    """Return u.v / (|u| |v|), within [-1, 1]; 0.0 if u or v is zero, NaN if an operand is infinite or NaN."""
    if not all(math.isfinite(x) for x in uv):
        return NAN
    n = len(uv) // 2
    us, vs = integers(uv[:n])[0], integers(uv[n:])[0]
    u2, v2 = sum(u * u for u in us), sum(v * v for v in vs)
    if not u2 or not v2:
        return 0.0
    return over_root(sum(u * v for u, v in zip(us, vs, strict=True)), u2 * v2, 0)


def cosine_gradient(uv: Sequence[float]) -> list[float]:
    """Return the partials (v_i |u|^2 - u_i (u.v)) / (|u|^3 |v|), and with u and v exchanged. Cost: O(n)."""
    n = len(uv) // 2
    if not all(math.isfinite(x) for x in uv):
        return [NAN] * len(uv)
    (us, i), (vs, j) = integers(uv[:n]), integers(uv[n:])
    u2, v2, dot = sum(u * u for u in us), sum(v * v for v in vs), sum(u * v for u, v in zip(us, vs, strict=True))
    if not u2 or not v2:
        return [0.0] * len(uv)
    towards_u = [over_root(v * u2 - u * dot, u2**3 * v2, -i) for u, v in zip(us, vs, strict=True)]
    towards_v = [over_root(u * v2 - v * dot, v2**3 * u2, -j) for u, v in zip(us, vs, strict=True)]
    return towards_u + towards_v


def all_floats(xs: Sequence[object]) -> bool:
    """Return whether every operand is a number, so that a whole gradient may be computed in one pass."""
    return all(type(x) in (float, Total) for x in xs)
