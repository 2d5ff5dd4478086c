"""Derivatives whose textbook formula loses digits, each as a function of its own on plain floats.

They are the values of the table's helper rows (`asin_slope`, `direction`, ...). A rule of the table never branches.
What has corners is a function here, so the rule above it can be differentiated again, to any order, by the same table.
"""

import math

from autograd.floats.elementary import sigmoid, sign
from autograd.floats.ieee import INF, NAN, divide, power, two_product
from autograd.floats.special import (
    GELU_C,
    GELU_K,
    SQRT_PI,
    erfinv_residual,
    gelu_tanh_argument,
)


def asin_slope(x: float) -> float:
    """Return 1 / sqrt(1 - x*x), factored so that it keeps its digits near the ends, where it is infinite."""
    return divide(1.0, math.sqrt((1.0 - x) * (1.0 + x)))


def acosh_slope(x: float) -> float:
    """Return 1 / sqrt(x*x - 1), in two roots so that nothing overflows."""
    return divide(1.0, math.sqrt(x - 1.0) * math.sqrt(x + 1.0))


def asinh_slope(x: float) -> float:
    """Return 1 / sqrt(1 + x*x) without overflow."""
    return 1.0 / math.hypot(1.0, x)


def atan_slope(x: float) -> float:
    """Return 1 / (1 + x*x) without overflow."""
    return 1.0 / (1.0 + x * x) if abs(x) < 1e150 else (1.0 / x) / x


def atanh_slope(x: float) -> float:
    """Return 1 / (1 - x*x), factored; infinite at the ends."""
    return divide(1.0, (1.0 - x) * (1.0 + x))


def cbrt_slope(x: float) -> float:
    """Return cbrt(x) / (3 x): +inf at 0, where the tangent is vertical."""
    if x == 0.0:
        return INF
    return math.cbrt(x) / x / 3.0 if abs(x) != INF else 0.0


def erf_slope(x: float) -> float:
    """Return 2 / sqrt(pi) * exp(-x*x), with x*x in two pieces."""
    if abs(x) > 28.0:
        return 0.0
    square, low = two_product(x, x)
    e = math.exp(-square)
    return (e - e * low) * (2.0 / SQRT_PI)


def erfinv_slope(x: float) -> float:
    """Return sqrt(pi) / 2 * exp(v*v) with v = erfinv(x) to more digits than a float has."""
    v, d = erfinv_residual(x)
    if abs(v) == INF:
        return INF
    square, low = two_product(v, v)
    e = math.exp(square)
    return (e + e * (low - 2.0 * v * d)) * (0.5 * SQRT_PI)


E_HIGH = math.e
E_LOW = 1.4456468917292502e-16  # e - E_HIGH


def entr_slope(x: float) -> float:
    """Return -(log(x) + 1), by log1p of e*x - 1 in two pieces around its zero 1/e; +inf at 0."""
    if x == 0.0:
        return INF
    if not 0.2 < x < 0.6:
        return -(math.log(x) + 1.0)
    p, low = two_product(E_HIGH, x)
    return -math.log1p((p - 1.0) + (low + E_LOW * x))


def gelu_tanh_slope(x: float) -> float:
    """Return the derivative of x * sigmoid(w(x)): sigmoid(w) + x w' sigmoid'(w), 1 or 0 in the tails."""
    w, w_low = gelu_tanh_argument(x)
    s, t = sigmoid(w), sigmoid(-w)
    if s == 0.0 or t == 0.0:
        return s
    y = GELU_K * x * (1.0 + 3.0 * GELU_C * x * x)
    slope = s + y * s * t
    return slope + w_low * s * t * (1.0 + y * (t - s))


def silu_slope(x: float) -> float:
    """Return sigmoid(x) * (1 + x * sigmoid(-x)), in two halves where the sigmoid is subnormal; 0 or 1 at infinity."""
    if x < -700.0:
        half = math.exp(0.5 * x)
        return half * (1.0 + x) * half if half else 0.0
    return sigmoid(x) * (1.0 + absorb(sigmoid(-x), x))


def absorb(z: float, x: float) -> float:
    """Return z * x, where an exact zero z wins over an x that is not finite (a limit, as in x * exp(-x*x))."""
    return z if z == 0.0 else z * x


def times(x: float, y: float) -> float:
    """Return x * y, where an exact zero on either side wins: adjoint times partial. A zero result has no sign."""
    return x * y + 0.0 if x != 0.0 and y != 0.0 else 0.0


def ratio(x: float, y: float) -> float:
    """Return x / y by IEEE 754, but 0.0 for 0 / 0 (a term that is absent has no derivative)."""
    return 0.0 if x == 0.0 and y == 0.0 else divide(x, y)


def log_present(x: float, y: float) -> float:
    """Return log(y), the partial of x * log(y) towards x; 0.0 where x and y are both 0."""
    if y == 0.0:
        return 0.0 if x == 0.0 else -INF
    return math.log(y)


def log1p_present(x: float, y: float) -> float:
    """Return log1p(y), the partial of x * log1p(y) towards x; 0.0 where x = 0 and y = -1."""
    if y == -1.0:
        return 0.0 if x == 0.0 else -INF
    return math.log1p(y)


def monomial(c: float, x: float, y: float, k: int, n: int) -> float:
    """Return c * x**(y - k) * log(x)**n for whole numbers k and n: every derivative of x**y is a sum of these.

    The power is taken as x**y / x**k, because y - k rounds; a zero c wins; at x = 0 a logarithm is beaten by any
    positive power, and 0**0 * log(0) is 0 by convention (a constant-looking exponent must not poison).
    """
    if c == 0.0:
        return 0.0
    if n and x < 0.0:
        return NAN
    if x == 0.0:
        return monomial_at_zero(c, x, y, k, n)
    z = power(x, y)
    if z != z or (z == 0.0 and abs(y) == INF):
        return z + 0.0
    factor = c * math.log(x) ** n if n else c
    if abs(x) == 1.0 and abs(y) == INF:
        return NAN if k else 0.0
    if abs(x) == INF:
        z = power(x, y - k)
        return factor * z if z != 0.0 else 0.0
    if abs(z) != INF and abs(z) > 1e-290:  # z / x rounds once where z is a normal number
        for _ in range(k):
            z /= x
        if abs(z) != INF and (abs(z) > 1e-290 or not k):
            return factor * z
    return monomial_in_halves(factor, x, y, k)


def monomial_at_zero(c: float, x: float, y: float, k: int, n: int) -> float:
    """Return the monomial where x is 0.0 or -0.0."""
    if c != c or y != y:
        return NAN
    if n:
        return 0.0 if y >= k else divide(c, 0.0) * (-1.0) ** n
    z = power(x if y % 1.0 == 0.0 else 0.0, y - k)
    return 0.0 if z == 0.0 and abs(c) == INF else c * z  # 0**inf is flat


def monomial_in_halves(factor: float, x: float, y: float, k: int) -> float:
    """Return factor * x**(y - k) as two halves of x**y, where that over- or underflows."""
    h = power(x, 0.5 * y) if x > 0.0 else power(-x, 0.5 * y)
    left, right = factor * h, h
    for i in range(k):
        if i % 2:
            right /= x
        else:
            left /= x
    return left * right if x > 0.0 or math.fmod(y, 2.0) == 0.0 else -left * right


def direction(i: int, *xs: float) -> float:
    """Return xs[i] / hypot(*xs): the partial of a norm. 0.0 at the origin; its limit where one operand is infinite."""
    x, r = xs[i], math.hypot(*xs)
    if r == 0.0:
        return 0.0
    if 1e-290 < r < INF:
        return x / r
    if any(y != y for y in xs):
        return NAN
    infinite = [y for y in xs if abs(y) == INF]
    if infinite:
        return NAN if len(infinite) > 1 else math.copysign(1.0, x) if abs(x) == INF else 0.0 * sign(x)
    scale = 2.0**600 if r < 1.0 else 2.0**-600
    return x * scale / math.hypot(*[y * scale for y in xs])


def atan2_slope(x: float, y: float) -> float:
    """Return x / (x*x + y*y): 0.0 at the origin and at infinity, scaled where a square would over- or underflow."""
    largest = max(abs(x), abs(y))
    if largest == 0.0 or INF in (abs(x), abs(y)):
        return NAN if x != x or y != y else 0.0 * sign(x)
    if 1e-120 < largest < 1e120:
        return x / (x * x + y * y)
    e = math.frexp(largest)[1] if x == x and y == y else 0
    x, y = math.ldexp(x, -e), math.ldexp(y, -e)
    q = x / (x * x + y * y)
    try:
        return math.ldexp(q, -e)
    except OverflowError:
        return math.copysign(INF, x)


def cross(x: float, y: float, u: float, v: float) -> float:
    """Return x * v - y * u without cancellation (Kahan): zero exactly where (x, y) and (u, v) are parallel."""
    p, p_low = two_product(x, v)
    q, q_low = two_product(y, u)
    value = (p - q) + (p_low - q_low)
    return value if value == value else p - q


def clamp_weight(i: int, x: float, low: float, high: float) -> float:
    """Return the partial of clamp towards its i-th operand: 1 for x between and at the bounds, 0 if they coincide."""
    if x != x:
        return NAN if i == 0 else 0.0
    if i == 0:
        return 1.0 if low <= x <= high and low < high else 0.0
    return 1.0 if (x < low if i == 1 else x > high) else 0.0


def frexp_slope(x: float) -> float:
    """Return 2**-e with e the exponent that `math.frexp` gives; NaN at infinity."""
    if abs(x) == INF:
        return NAN
    try:
        return math.ldexp(1.0, -math.frexp(x)[1]) if x == x else x
    except OverflowError:
        return INF


def below(x: float, a: float) -> float:
    """Return a * exp(x) where x is not positive, else 0.0: the left part of elu's derivative."""
    if x > 0.0:
        return 0.0
    half = math.exp(0.5 * x)
    return a * math.exp(x) if x > -700.0 else half * a * half
