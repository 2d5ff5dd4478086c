"""Powers, and the derivatives of powers, as straight-line arithmetic.

A power is exp(y * log(x)) with the logarithm in two floats, of which 68 bits are right: so it has all digits also where
the exponential is large.
"""

import math

from autograd.backends.operations import Number, Symbol, select
from autograd.backends.vector_math import (
    LN2_HIGH,
    LN2_LOW,
    LN2_REST,
    LN2_SHORT,
    LOG2_E,
    at_least,
    at_most,
    clipped,
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


def exp_of(t: Number, low: Number) -> Number:
    """Return exp(t + low), where the second is small."""
    t = clipped(t)
    k = rint(t * LOG2_E)
    r = fma(k, -LN2_HIGH, t) - (k * LN2_LOW - low)
    return ldexp(1.0 + from_reduced(r), k)


def odd(y: Number) -> Number:
    """Return whether y is an odd whole number."""
    return y - 2.0 * math.floor(0.5 * y) == 1.0


def pow(x: Number, y: Number) -> Number:
    """Return x**y as C has it: 1 for x = 1 or y = 0, NaN for a fractional power of a negative number."""
    a = abs(x)
    high, low = log_pair(a)
    high = select(a == 0.0, -INF, select(a == INF, INF, high))
    one = (a == 1.0) | (y == 0.0)
    t = select(one, 0.0, y * high)
    found = exp_of(t, select(one | (abs(t) > 800.0), 0.0, product_error(y, high) + y * low))
    found = select((math.copysign(1.0, x) < 0.0) & odd(y), -found, found)
    none = (x < 0.0) & (a < INF) & (math.floor(y) != y)
    return select(none | ((x != x) & (y != 0.0)) | ((y != y) & (x != 1.0)), NAN, found)


def exp2(x: Number) -> Number:
    """Return 2**x."""
    x = at_most(1100.0, at_least(-1100.0, x))
    k = rint(x)
    return ldexp(1.0 + from_reduced((x - k) * LN2_HIGH), k)


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
    """Return c * x**(y - k) * log(x)**n, from two halves of the power, so that it over- or underflows when it is done.

    What y - k loses in rounding is put back by the logarithm. The limits are those of `floats.partials.monomial`.
    """
    if not isinstance(c, Symbol) and not isinstance(y, Symbol):
        if c == 0.0:
            return 0.0
        if n == 0 and (y == k or is_small(y - k)):
            return c * small_power(x, y - k) if y != k else c
    a = abs(x)
    d, lost = two_sum(y, -float(k))
    factor = c
    if n or isinstance(lost, Symbol) or lost != 0.0:
        log = math.log(a)
        factor = c * raised(log, n) if n else c
        moved = lost * log
        factor = factor * select(abs(moved) < 0.5, 1.0 + moved, 1.0)
    half = math.pow(a, 0.5 * d)
    found = factor * half * half
    found = select((math.copysign(1.0, x) < 0.0) & odd(d), -found, found)
    found = select((x < 0.0) if n else (x < 0.0) & (math.floor(y) != y), NAN, found)
    found = select((a == 1.0) & (abs(y) == INF), NAN if k else 0.0, found)
    flat = (half == 0.0) & ((x == 0.0) | (a == INF) | (abs(y) == INF))  # where the factor may be infinite
    if n:
        flat = flat | ((x == 0.0) & (d == 0.0))
    return select((flat & (c == c)) | (c == 0.0), 0.0, found)
