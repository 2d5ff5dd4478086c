"""Straight-line forms of functions of many operands, which have loops, sorting or exact sums on plain floats.

Each stands for the function of the same name in `floats.nary`, `floats.partials` or `math`, wherever that is lowered.
They run on floats as on symbols, which is how a test compares them. Sums are plain, added in pairs or fused, not
rounded once as on floats: they may differ by a few ulps of the sum of the sizes of what is added. So they cannot stand
for the functions on floats, whose bits are promised, and there they would take several times as long.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from autograd.backends.operations import Number, opposite, select
from autograd.backends.vector_math import exponent, ldexp, mantissa, muladd, product_error
from autograd.floats.ieee import INF, NAN, divide, two_sum
from autograd.floats.nary import steps_of, terms_times


def total(xs: Sequence[Number]) -> Number:
    """Return the sum, added in pairs."""
    found = list(xs)
    while len(found) > 1:
        found = [found[i] + found[i + 1] if i + 1 < len(found) else found[i] for i in range(0, len(found), 2)]
    return found[0]


def either(masks: Sequence[Number]) -> Number:
    """Return whether any of the masks holds."""
    found = masks[0]
    for mask in masks[1:]:
        found = found | mask
    return found


def count(masks: Sequence[Number]) -> Number:
    """Return how many of the masks hold."""
    return total([select(mask, 1.0, 0.0) for mask in masks])


def infinite(x: Number) -> Number:
    """Return whether x is an infinity."""
    return abs(x) == INF


def fsum(*xs: Number) -> Number:
    """Return the sum."""
    return total(xs)


def prod(*xs: Number) -> Number:
    """Return the product, from left to right."""
    found = xs[0]
    for x in xs[1:]:
        found = found * x
    return found


def scaled_product(xs: Sequence[Number]) -> tuple[Number, Number]:
    """Return (m, e): the product is m * 2**e."""
    m: Number = 1.0
    e: Number = 0.0
    for x in xs:
        m = m * mantissa(x)
        e = e + (exponent(x) + exponent(m))
        m = mantissa(m)
    return m, e


def scaled_prod(*xs: Number) -> Number:
    """Return the product without intermediate over- or underflow; 1.0 for none."""
    return ldexp(*scaled_product(xs))


def product_of_others(i: int, *xs: Number) -> Number:
    """Return the product of all but one, without intermediate over- or underflow."""
    m, e = scaled_product(xs[:i])
    n, f = scaled_product(xs[:i:-1])
    return ldexp(m * n, e + f)


def sumprod(*pq: Number) -> Number:
    """Return the dot product of the first half of the operands with the second."""
    n = len(pq) // 2
    found = pq[0] * pq[n]
    for p, q in zip(pq[1:n], pq[n + 1 :], strict=True):
        found = found + q if type(p) is float and p == 1.0 else muladd(p, q, found)
    return found


def sumtimes(*pq: Number) -> Number:
    """Return the dot product of the first half with the second, where an exact zero on either side wins."""
    n = len(pq) // 2
    left = [_unless_zero(q, p) for p, q in zip(pq[:n], pq[n:], strict=True)]
    right = [_unless_zero(p, q) for p, q in zip(pq[:n], pq[n:], strict=True)]
    return sumprod(*left, *right) + 0.0


def _unless_zero(x: Number, y: Number) -> Number:
    """Return y, or zero where x is zero; what is finite whatever x is stays as it is."""
    return y if type(y) is float and math.isfinite(y) else select(x == 0.0, 0.0, y)


def maximum(*xs: Number) -> Number:
    """Return the largest operand; NaN if one is NaN; +0.0 is larger than -0.0."""
    best = xs[0]
    for x in xs[1:]:
        zeros = (best == x) & (x == 0.0)
        larger = select(zeros, best + x, select(best < x, x, best))
        best = select(best != best, best, select(x != x, x, larger))
    return best


def shares(best: Number, xs: Sequence[Number]) -> list[Number]:
    """Return the share of each operand in attaining `best`: ties split evenly, NaN operands take everything."""
    none = best != best
    hits = [(x == best) | (none & (x != x)) for x in xs]
    part = divide(1.0, count(hits))
    return [select(hit, part, 0.0) for hit in hits]


SHIFT, UP = 200.0, 2.0**-200  # how far the largest operand is moved up, and down again


def small(xs: Sequence[Number]) -> tuple[list[Number], Number]:
    """Return (the operands over a power of two, the exponent); the largest is 2**199 or more, so small ones stay."""
    sizes = [abs(x) for x in xs]
    largest = sizes[0]
    for x in sizes[1:]:
        largest = select(largest < x, x, largest)
    e = exponent(largest) - SHIFT
    return [ldexp(x, -e) for x in xs], e


def scaled(xs: Sequence[Number]) -> tuple[list[Number], Number, Number]:
    """Return (the operands over a power of two, their norm, the exponent)."""
    found, e = small(xs)
    return found, math.sqrt(total([x * x for x in found])), e


def hypot(*xs: Number) -> Number:
    """Return the norm; infinite if an operand is, even beside a NaN."""
    _, norm, e = scaled(xs)
    none = either([x != x for x in xs])
    return select(either([infinite(x) for x in xs]), INF, select(none, NAN, ldexp(norm, e)))


def dist(*pq: Number) -> Number:
    """Return the Euclidean distance between the first half of the operands and the second."""
    n = len(pq) // 2
    return hypot(*[p - q for p, q in zip(pq[:n], pq[n:], strict=True)])


def direction(i: int, *xs: Number) -> Number:
    """Return xs[i] over the norm: 0.0 at the origin; its limit where one operand is infinite."""
    small, norm, _ = scaled(xs)
    infinities = [infinite(x) for x in xs]
    many = count(infinities)
    sign = math.copysign(1.0, xs[i])
    limit = select(xs[i] == 0.0, 0.0, select(infinities[i], sign, 0.0 * sign))
    usual = select(norm == 0.0, 0.0, divide(small[i], norm))
    found = select(many > 0.0, select(many > 1.0, NAN, limit), usual)
    return select(either([x != x for x in xs]), NAN, found)


def lost(x: Number, m: Number) -> Number:
    """Return what the rounding of x - m loses (Knuth); 0.0 where that is infinite."""
    d = x - m
    t = d - x
    return select(infinite(d), 0.0, (x - (d - t)) - (m + t))


def weights(xs: Sequence[Number]) -> tuple[list[Number], list[Number], Number, Number]:
    """Return (exp(x - m) for each, masks of the first maximum, the sum of the other weights, the maximum m)."""
    m = maximum(*xs)
    found: list[Number] = []
    tops: list[Number] = []
    before: Number = False
    for x in xs:
        e = math.exp(x - m)
        hit = x == m
        found.append(select(infinite(m), select(hit, 1.0, 0.0), e + e * lost(x, m)))
        tops.append(hit & opposite(before))
        before = before | hit
    return found, tops, total([select(top, 0.0, e) for top, e in zip(tops, found, strict=True)]), m


def logsumexp(*xs: Number) -> Number:
    """Return log(sum(exp(x))) as m + log1p(the other weights), m the maximum."""
    _, _, others, m = weights(xs)
    return select(infinite(m), m, m + math.log1p(others))


def softmax_shares(xs: Sequence[Number]) -> tuple[list[Number], list[Number]]:
    """Return each operand's part p of sum(exp(x)), and 1 - p."""
    found, tops, others, m = weights(xs)
    whole = total([select(top, e, 0.0) for top, e in zip(tops, found, strict=True)]) + others
    rests = [divide(select(top, others, whole - e), whole) for top, e in zip(tops, found, strict=True)]
    return [select(m != m, NAN, divide(e, whole)) for e in found], [select(m != m, NAN, x) for x in rests]


def tied(m: Number, xs: Sequence[Number]) -> Number:
    """Return whether several operands are the maximum m, and that is infinite."""
    return infinite(m) & (count([x == m for x in xs]) > 1.0)


def softmax_at(i: int, *xs: Number) -> Number:
    """Return the i-th softmax probability; NaN where several operands tie at infinity."""
    return select(tied(maximum(*xs), xs), NAN, softmax_shares(xs)[0][i])


def log_softmax_at(i: int, *xs: Number) -> Number:
    """Return the logarithm of the i-th softmax probability."""
    _, tops, others, m = weights(xs)
    d = xs[i] - m
    usual = d + (lost(xs[i], m) - math.log1p(others))
    limit = select(tied(m, xs), NAN, select(tops[i], 0.0, -INF))
    far = select(m != m, NAN, select(m == INF, limit, -INF))
    return select(d == -INF, far, select(infinite(m), limit, usual))


def log_base(x: Number, base: Number) -> Number:
    """Return the logarithm of x to a base."""
    under = math.log(base)
    whole = (x > 0.0) & (base > 0.0) & (under != 0.0)
    return select(whole, divide(math.log(x), under), NAN)


# ---------------------------------------------------------------------------------- cosine similarity


class Pair(NamedTuple):
    """Two vectors over powers of two, their squares, the exponents, and 0.0, or NaN where an operand is not finite."""

    us: list[Number]
    vs: list[Number]
    u2: Number
    v2: Number
    u_exponent: Number
    v_exponent: Number
    flaw: Number

    @property
    def swapped(self) -> "Pair":
        """The second vector first."""
        return Pair(self.vs, self.us, self.v2, self.u2, self.v_exponent, self.u_exponent, self.flaw)


def pair(uv: Sequence[Number]) -> Pair:
    """Return the first half of the operands and the second."""
    n = len(uv) // 2
    (us, i), (vs, j) = small(uv[:n]), small(uv[n:])
    return Pair(us, vs, total([u * u for u in us]), total([v * v for v in vs]), i, j, total([x - x for x in uv]))


def usual(p: Pair, found: Number) -> Number:
    """Return a result, but 0.0 at a zero vector and NaN where an operand is not finite."""
    found = select((p.u2 == 0.0) | (p.v2 == 0.0), 0.0, found)
    return select(p.flaw == 0.0, found, NAN)


def cosine_of(p: Pair) -> Number:
    """Return the cosine of the angle, whose products are exact and their sum nearly so (Ogita, Rump, Oishi 2005)."""
    whole: Number = 0.0
    lost: Number = 0.0
    for u, v in zip(p.us, p.vs, strict=True):
        whole, rest = two_sum(whole, u * v)
        lost = lost + (rest + product_error(u, v))
    found = divide((whole + lost) + 0.0, math.sqrt(p.u2 * p.v2))
    return select(abs(found) > 1.0, math.copysign(1.0, found), found)


def minor(p: Pair, i: int, j: int) -> Number:
    """Return v_i u_j - u_i v_j without cancellation."""
    if i > j:
        return -minor(p, j, i)
    x, y, u, v = p.us[i], p.vs[i], p.us[j], p.vs[j]
    return (y * u - x * v) + (product_error(y, u) - product_error(x, v))


def across(p: Pair, i: int) -> Number:
    """Return |u| times the derivative towards u_i: an entry of the part of v / |v| that is at right angles to u."""
    minors = [p.us[j] * minor(p, i, j) for j in range(len(p.us)) if j != i]
    return divide(total(minors) + 0.0 if minors else 0.0, p.u2 * math.sqrt(p.v2))


def projected(xs: Sequence[Number], square: Number, i: int, j: int) -> Number:
    """Return (i == j) - x_i x_j / |x|**2 without cancellation."""
    if i != j:
        return divide(-xs[i] * xs[j], square)
    others = [x * x for k, x in enumerate(xs) if k != i]
    return divide(total(others) if others else 0.0, square)


def bend(p: Pair, i: int, j: int) -> Number:
    """Return |u|**2 times the derivative towards u_i and u_j."""
    norm = math.sqrt(p.u2)
    turned = p.us[i] * across(p, j) + p.us[j] * across(p, i)
    return -(divide(turned, norm) + cosine_of(p) * projected(p.us, p.u2, i, j))


def mixed(p: Pair, i: int, j: int) -> Number:
    """Return |u| |v| times the derivative towards u_i and v_j: an entry of a product of two projections."""
    return total([projected(p.us, p.u2, i, k) * projected(p.vs, p.v2, k, j) for k in range(len(p.us))])


def cosine_similarity(*uv: Number) -> Number:
    """Return u.v / (|u| |v|), within [-1, 1]; 0.0 if u or v is zero, NaN if an operand is infinite or NaN."""
    p = pair(uv)
    return usual(p, cosine_of(p))


def cosine_derivative(path: int, *uv: Number) -> Number:
    """Return a derivative of cosine_similarity(*uv); its path is that of `floats.nary.cosine_derivative`.

    The first two are sums of exact minors and of projections; a higher one has terms of the size of 1 over the norms,
    which may cancel.
    """
    p, n, steps = pair(uv), len(uv) // 2, sorted(steps_of(path, len(uv)))
    of_u, of_v = sum(i < n for i in steps), sum(i >= n for i in steps)
    places = [i % n for i in steps]
    if len(steps) == 1:
        found = across(p if of_u else p.swapped, *places)
    elif len(steps) == 2:
        found = mixed(p, *places) if of_u == of_v else bend(p if of_u else p.swapped, *places)
    else:
        found = _higher(p, steps)
    for square, times in ((p.u2, of_u), (p.v2, of_v)):
        for _ in range(times):
            found = divide(found, UP * math.sqrt(square))
    return usual(p, ldexp(found, -of_u * (p.u_exponent + SHIFT) - of_v * (p.v_exponent + SHIFT)))


def _higher(p: Pair, steps: Sequence[int]) -> Number:
    """Return a derivative for vectors of norm 1: see `floats.nary.cosine_derivative` for how."""
    n = len(p.us)
    us, vs = [divide(u, math.sqrt(p.u2)) for u in p.us], [divide(v, math.sqrt(p.v2)) for v in p.vs]
    dot: dict[int, Number] = {0: cosine_of(p)}
    squares: tuple[dict[int, Number], dict[int, Number]] = ({}, {})  # the terms beside 1, by their small numbers
    for b, i in enumerate(steps):
        own, mine, other = (squares[0], us, vs) if i < n else (squares[1], vs, us)
        own[1 << b], dot[1 << b] = 2.0 * mine[i % n], other[i % n]
        for c, j in enumerate(steps[:b]):
            if i == j:
                own[1 << b | 1 << c] = 2.0
            elif i % n == j % n:
                dot[1 << b | 1 << c] = 1.0
    for rest in squares:
        power: dict[int, Number] = {0: 1.0}
        root: dict[int, Number] = {}
        for m in range(len(steps) + 1):
            for bits, term in power.items():
                root[bits] = root.get(bits, 0.0) + term
            power = {k: x * (-(2 * m + 1) / (2 * m + 2)) for k, x in terms_times(power, rest).items()}
        dot = terms_times(dot, root)
    return dot.get((1 << len(steps)) - 1, 0.0)
