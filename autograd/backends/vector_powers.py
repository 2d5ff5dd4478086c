"""Powers, and the derivatives of powers, as straight-line arithmetic.

A power is exp(y * log(x)) with the logarithm in two floats, of which 68 bits are right: so it has all digits also where
the exponential is large.
"""

import math
from collections.abc import Callable

from autograd.backends.operations import Number, Symbol, select
from autograd.backends.vector_math import (
    LN2_HIGH,
    LN2_LOW,
    LN2_REST,
    LN2_SHORT,
    LOG2_E,
    at_least,
    at_most,
    fma,
    from_reduced,
    horner,
    ldexp,
    product_error,
    rint,
    split,
)
from autograd.floats.ieee import INF, NAN, divide, two_sum

THIRD, THIRD_LOW = 1.0 / 3.0, 1.850371707708594e-17
ATANH = tuple(1.0 / k for k in range(5, 31, 2))  # atanh(s) = s + s**3 / 3 + s**5 times these by powers of s**2
BEYOND = 1e5  # the size of a logarithm of what is 0 or infinite, whatever floats it is multiplied and divided by
MOST = 4.0  # the largest power of a number that is taken by products and a square root


def log_pair(x: Number) -> tuple[Number, Number]:
    """Return log(x) as a sum of two floats, for an x that is positive and finite."""
    m, e = split(x)
    f = m - 1.0
    d = m + 1.0
    q = divide(1.0, d)
    s = f * q
    s_low = (fma(-s, d, f) - s * (m - (d - 1.0))) * q
    z = s * s
    z_low = product_error(s, s) + 2.0 * s * s_low
    rest = z * horner(z, ATANH)
    inner = THIRD + rest
    inner_low = ((THIRD - inner) + rest) + THIRD_LOW
    cube = z * inner
    cube_low = product_error(z, inner) + (z * inner_low + z_low * inner)
    more = s * cube
    more_low = product_error(s, cube) + (s * cube_low + s_low * cube)
    high = s + more
    low = ((s - high) + more) + (s_low + more_low)
    whole = e * LN2_SHORT
    top = whole + 2.0 * high
    rest = ((whole - top) + 2.0 * high) + (e * LN2_REST + 2.0 * low)
    found = top + rest
    return found, (top - found) + rest


def exp_of(t: Number, low: Number) -> tuple[Number, Number]:
    """Return (m, k): exp(t + low), where the second is small, is m * 2**k."""
    t = at_most(BEYOND, at_least(-BEYOND, t))
    k = rint(t * LOG2_E)
    r = fma(k, -LN2_HIGH, t) - (k * LN2_LOW - low)
    return 1.0 + from_reduced(r), k


def log_to(x: Number, unit: float, low: float) -> Number:
    """Return log(x) times a number that is given in two pieces."""
    high, rest = log_pair(x)
    found = high * unit + (rest * unit + (high * low + product_error(high, unit)))
    return select(x > 0.0, select(x == INF, x, found), select(x == 0.0, -INF, NAN))


def log2(x: Number) -> Number:
    """Return the logarithm to base 2."""
    return log_to(x, LOG2_E, 2.0355273740931033e-17)


def log10(x: Number) -> Number:
    """Return the logarithm to base 10."""
    return log_to(x, 0.4342944819032518, 1.098319650216765e-17)


def odd(y: Number, more: int = 0) -> Number:
    """Return whether y and a whole number together are an odd whole number; an infinity is none."""
    return y - 2.0 * math.floor(0.5 * y) == float((more + 1) % 2)


def log_of(a: Number) -> tuple[Number, Number]:
    """Return log(a) for an a that is not negative as a sum of two floats; an infinity where that is its limit."""
    high, low = log_pair(a)
    return select(a == 0.0, -INF, select(a == INF, INF, high)), low


def pow(x: Number, y: Number) -> Number:
    """Return x**y as C has it: 1 for x = 1 or y = 0, NaN for a fractional power of a negative number."""
    if is_size(x):
        return ldexp(*size_of_power(x, y))
    a = abs(x)
    found = ldexp(*size_of_power(a, y))
    found = select((math.copysign(1.0, x) < 0.0) & odd(y), -found, found)
    return select((x < 0.0) & (a < INF) & (math.floor(y) != y), NAN, found)


def size_of_power(a: Number, y: Number) -> tuple[Number, Number]:
    """Return (m, k): a**y, for an a that is not negative, is m * 2**k."""
    high, low = log_of(a)
    one = (a == 1.0) | (y == 0.0)
    t = select(one, 0.0, y * high)
    return exp_of(t, select(one | (abs(t) > BEYOND), 0.0, product_error(y, high) + y * low))


def is_size(x: Number) -> bool:
    """Return whether x is known not to be negative."""
    if isinstance(x, Symbol):
        return bool(x.ops.code[x.index].name == "abs")
    return math.copysign(1.0, x) > 0.0


def exp2(x: Number) -> Number:
    """Return 2**x."""
    x = at_most(1100.0, at_least(-1100.0, x))
    k = rint(x)
    return ldexp(1.0 + from_reduced((x - k) * LN2_HIGH), k)


def times_power(factor: Number, a: Number, y: Number, k: int) -> Number:
    """Return factor * a**(y - k) for an a that is positive and finite, where the power alone may over- or underflow.

    What y - k loses in rounding is put back by the logarithm.
    """
    d = y
    if k:
        d, lost = two_sum(y, -float(k))
        if isinstance(lost, Symbol) or lost != 0.0:
            moved = lost * logarithm(a)
            factor = factor * select(abs(moved) < 0.5, 1.0 + moved, 1.0)
    half = math.pow(a, 0.5 * d)
    return factor * half * half


def scaled_power(factor: Number, a: Number, y: Number, k: int) -> Number:
    """Return what `times_power` does, in lanes, which have the exponents of the power and of a by themselves."""
    m, e = size_of_power(a, y)
    if k:
        base, shift = split(a)
        for _ in range(k):
            m = divide(m, base)
        e = e - float(k) * shift
    most = at_most(1000.0, at_least(-1000.0, e))
    return ldexp(factor * ldexp(m, most), e - most)


def logarithm(a: Number) -> Number:
    """Return log(a) for an a that is not negative."""
    return math.log(a)


def shared_logarithm(a: Number) -> Number:
    """Return log(a), as a power of a needs it."""
    return log_of(a)[0]


IN_LANES: dict[object, Callable[..., Number]] = {
    times_power: scaled_power,
    logarithm: shared_logarithm,
}  # what lanes have instead


def small_power(x: Number, d: float) -> Number:
    """Return x**d for a whole or half d, at most 4 and not below -3, by products, quotients and a square root."""
    if d != math.floor(d):
        base = select(x == -INF, INF, x + 0.0)
        root, rest = math.sqrt(base), int(abs(d))
        found = root if d > 0.0 else divide(1.0, root)
    else:
        base, rest = x, int(abs(d)) - 1
        found = x if d > 0.0 else divide(1.0, x)
    if rest == 3 and d > 0.0:
        return (base * base) * (base * found)
    for _ in range(rest):
        found = found * base if d > 0.0 else divide(found, base)
    return found


def raised(x: Number, n: int) -> Number:
    """Return x**n for a whole number n of at least 1, by products."""
    if n == 1:
        return x
    half = raised(x, n // 2)
    return half * half * x if n % 2 else half * half


def is_small(y: Number) -> bool:
    """Return whether a power is known beforehand, and one that `small_power` takes."""
    return not isinstance(y, Symbol) and 2.0 * y == math.floor(2.0 * y) and y != 0.0 and -3.0 <= y <= MOST


def monomial(c: Number, x: Number, y: Number, k: int, n: int) -> Number:
    """Return c * x**(y - k) * log(x)**n, so that it over- or underflows when all is multiplied.

    The limits are those of `floats.partials.monomial`.
    """
    if not isinstance(c, Symbol) and not isinstance(y, Symbol):
        if c == 0.0:
            return 0.0
        if n == 0 and (y == k or is_small(y - k)):
            return c * small_power(x, y - k) if y != k else c
    a = abs(x)
    d = y - float(k) if k else y
    factor = c * raised(logarithm(a), n) if n else c
    limit = (x == 0.0) | (a == INF) | (abs(y) == INF)  # where the factor may be infinite, and the power 0
    found = select(limit, factor * select(d == 0.0, 1.0, abs(d) * INF), times_power(factor, a, y, k))
    found = select((a == 1.0) & (abs(y) == INF), NAN if k else 0.0, found)
    flat = limit & (((a < 1.0) & (d > 0.0)) | ((a > 1.0) & (d < 0.0)))
    if n:
        flat = flat | ((x == 0.0) & (d == 0.0))
    else:
        found = select((math.copysign(1.0, x) < 0.0) & odd(y, k), -found, found)
    found = select(flat & (c == c), 0.0, found)
    found = select((x < 0.0) if n else (x < 0.0) & (a < INF) & (math.floor(y) != y), NAN, found)
    return select(c == 0.0, 0.0, found)
