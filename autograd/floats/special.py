"""Values of the functions that Python's `math` lacks, on plain floats, accurate to a few ulps.

Outside of its domain a function raises ValueError, as `math` does. Alternating series are summed in integers (fixed
point, 2**-192), because a Python integer is the simplest arithmetic in which nothing cancels.
"""

import math
import sys

from autograd.floats.elementary import relu, sigmoid, softplus
from autograd.floats.ieee import INF, NAN, rounded, two_product

SQRT_HALF = math.sqrt(0.5)
SQRT_HALF_LOW = -4.833646656726457e-17  # sqrt(1/2) - SQRT_HALF
SQRT_PI = math.sqrt(math.pi)
TAU_ROOT = math.sqrt(2.0 * math.pi)


def outside(x: float, domain: str) -> ValueError:
    return ValueError(f"{x!r} is outside {domain}")


# ---------------------------------------------------------------------------------- sigmoids and rectifiers


def logsigmoid(x: float) -> float:
    """Return log(sigmoid(x)) = -softplus(-x)."""
    return -softplus(-x)


def leaky_relu(x: float, negative_slope: float) -> float:
    """Return x where it is positive, else negative_slope * x."""
    return 1.0 * (negative_slope * x if x <= 0.0 else x)  # a float, also of ints


def hinge(score: float, label: float) -> float:
    """Return 1 - label * score where that is positive, else 0.0."""
    return relu(1.0 - label * score)


def elu(x: float, alpha: float) -> float:
    """Return x where it is positive, else alpha * expm1(x) (Clevert, Unterthiner, Hochreiter 2016)."""
    return alpha * math.expm1(x) if x <= 0.0 else 1.0 * x


SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def selu(x: float) -> float:
    """Return SELU_SCALE * elu(x, SELU_ALPHA) (Klambauer, Unterthiner, Mayr, Hochreiter 2017)."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def silu(x: float) -> float:
    """Return x * sigmoid(x), in two halves where the sigmoid is subnormal; its limit 0 at minus infinity."""
    if x < -700.0:
        half = math.exp(0.5 * x)
        return half * x * half if half else -0.0
    return x * sigmoid(x)


def norm_pdf(x: float) -> float:
    """Return the standard normal density exp(-x*x/2) / sqrt(2*pi)."""
    if abs(x) > 40.0:
        return 0.0
    square, low = two_product(x, x)
    e = math.exp(-0.5 * square)
    return (e - e * (0.5 * low)) / TAU_ROOT


def norm_cdf(x: float) -> float:
    """Return the standard normal distribution function, erfc(-x / sqrt(2)) / 2, with the argument in two pieces."""
    if not abs(x) < 40.0:
        return NAN if x != x else 1.0 if x > 0.0 else 0.0
    high, low = two_product(-x, SQRT_HALF)
    low -= x * SQRT_HALF_LOW
    return 0.5 * math.erfc(high) - low * math.exp(-high * high) / SQRT_PI


def gelu(x: float) -> float:
    """Return x * norm_cdf(x) (Hendrycks, Gimpel 2016); its limit 0 at minus infinity."""
    return -0.0 if x == -INF else x * norm_cdf(x)


GELU_C = 0.044715
GELU_K = 1.5957691216057308  # 2 * sqrt(2 / pi)
GELU_K_LOW = -9.96930880911092e-17


def gelu_tanh_argument(x: float) -> tuple[float, float]:
    """Return (w, w_low) with w + w_low = 2 * sqrt(2 / pi) * (x + 0.044715 * x**3) to twice the precision."""
    if not abs(x) < 1e6:  # the sigmoid of either is 0 or 1 long before
        return GELU_K * x * (1.0 + GELU_C * x * x), 0.0
    square, square_low = two_product(x, x)
    p, p_low = two_product(GELU_C, square)
    p_low += GELU_C * square_low
    s = 1.0 + p
    s_low = (p - (s - 1.0) if p < 1.0 else 1.0 - (s - p)) + p_low
    t, t_low = two_product(x, s)
    t_low += x * s_low
    w, w_low = two_product(GELU_K, t)
    return w, w_low + GELU_K * t_low + GELU_K_LOW * t


def gelu_tanh(x: float) -> float:
    """Return x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)), the tanh approximation of gelu."""
    if x == -INF:
        return -0.0
    w, w_low = gelu_tanh_argument(x)
    s = sigmoid(w)
    return x * (s + s * sigmoid(-w) * w_low)


# ---------------------------------------------------------------------------------- powers, logarithms, bits


def xlogy(x: float, y: float) -> float:
    """Return x * log(y), and 0.0 where x is 0 (the term is absent); y = 0 is a pole with its limit as the value."""
    if y < 0.0:
        raise outside(y, "[0, inf]")
    if x == 0.0 and y == y:
        return 0.0
    return x * (math.log(y) if y != 0.0 else -INF)


def xlog1py(x: float, y: float) -> float:
    """Return x * log1p(y), and 0.0 where x is 0."""
    if y < -1.0:
        raise outside(y, "[-1, inf]")
    if x == 0.0 and y == y:
        return 0.0
    return x * (math.log1p(y) if y != -1.0 else -INF)


def entr(x: float) -> float:
    """Return -x * log(x), the entropy of one probability; 0.0 at 0."""
    if x < 0.0:
        raise outside(x, "[0, inf]")
    return 0.0 if x == 0.0 else -x * math.log(x)


def fma(x: float, y: float, z: float) -> float:
    """Return x * y + z with one rounding, as `math.fma` of Python 3.13."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        result = x * y + z if abs(z) != INF or not (math.isfinite(x) and math.isfinite(y)) else z
        if result != result and x == x and y == y and z == z:
            raise ValueError("invalid operation in fma")
        return result
    (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    numerator = a * c * f + e * b * d
    if numerator == 0:
        return x * y + z  # the signs of zeros
    return numerator / (b * d * f)


if sys.version_info >= (3, 13):
    fma = math.fma


def modf_frac(x: float) -> float:
    """Return the fraction that `math.modf` gives."""
    return math.modf(x)[0]


def modf_int(x: float) -> float:
    """Return the integer part that `math.modf` gives."""
    return math.modf(x)[1]


def frexp_m(x: float) -> float:
    """Return the mantissa that `math.frexp` gives."""
    return math.frexp(x)[0]


# ---------------------------------------------------------------------------------- the gamma family

PSI_ROOT = 1.4616321449683622  # the positive zero of digamma, in two pieces
PSI_ROOT_LOW = 9.549995429965697e-17
# fmt: off
PSI_OVER_ROOT = (  # digamma(x) / (x - root) in powers of x - 1.5 on [1, 2]: a Chebyshev fit to 6e-19
    -8.153978973309418e-05, 0.00012230983055406747, -6.11554261750751e-05, 9.173383289174792e-05,
    -0.0002178682145501451, 0.0003268068044141764, -0.0004599625144612576, 0.0006899717801166841,
    -0.001042261556504223, 0.0015635679757533885, -0.002344650082351321, 0.0035180800751066694,
    -0.00528001782089874, 0.007927024067961237, -0.011908215172584002, 0.017907248195969127,
    -0.02697579684427536, 0.04076083394462657, -0.06192213327165706, 0.09498872445283,
    -0.14840492305391761, 0.24054248424078736, -0.42362742128146047, 0.9510558760318328,
)
BERNOULLI = (  # B_2, B_4, ... (NIST Digital Library of Mathematical Functions, table 24.2.1)
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730, 8553103 / 6,
)
# fmt: on


def pole(x: float) -> bool:
    """Return whether the gamma function has a pole at x: 0, -1, -2, ... and minus infinity."""
    return x <= 0.0 and (x == -INF or x == math.floor(x))


def cot_pi(x: float) -> float:
    """Return cot(pi * x), with the argument reduced exactly to [-1/2, 1/2]."""
    r = math.remainder(x, 1.0)
    return 1.0 / math.tan(math.pi * r) if abs(r) <= 0.25 else math.tan(math.pi * math.copysign(0.5 - abs(r), r))


def digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function (DLMF 5.2.2, 5.5.2, 5.5.4, 5.11.2).

    >>> digamma(1.0), digamma(10.0)
    (-0.5772156649015329, 2.251752589066721)
    """
    if pole(x):
        raise outside(x, "(-inf, inf] without 0, -1, -2, ...")
    if x < 0.0:
        return digamma(1.0 - x) - math.pi * cot_pi(x)
    if x < 1.0:
        return digamma(1.0 + x) - 1.0 / x
    if x > 10.0:
        square = 1.0 / (x * x)
        total = 0.0
        for k in range(7, 0, -1):
            total = (total + BERNOULLI[k - 1] / (2 * k)) * square
        return math.log(x) - 0.5 / x - total
    shift = 0.0
    while x > 2.0:
        x -= 1.0
        shift += 1.0 / x
    t = x - 1.5
    total = 0.0
    for c in PSI_OVER_ROOT:
        total = total * t + c
    return shift + ((x - PSI_ROOT) - PSI_ROOT_LOW) * total


def polygamma(n: float, x: float) -> float:
    """Return the n-th derivative of digamma, n = 0, 1, 2, ... (DLMF 5.15.1, 5.15.5, 5.15.8).

    Raises ValueError for n beyond 170, whose factorial is no float, for a negative or fractional n, and at the poles.
    """
    if not 0 <= n <= 170 or n != int(n):
        raise ValueError(f"order n is {n!r}, not one of 0, 1, 2, ..., 170")
    if n == 0:
        return digamma(x)
    if pole(x):
        raise outside(x, "(-inf, inf] without 0, -1, -2, ...")
    if x != x or x == INF:
        return x if x != x else 0.0
    n = int(n)
    alternate = 1.0 if n % 2 else -1.0
    if x > 1e17:  # the series is its first term, which is taken from left to right, as powers of x may overflow
        value = alternate * math.factorial(n - 1)
        for _ in range(n):
            value /= x
        return value
    if x < (
        -40.0 if n % 2 or abs(math.remainder(x, 1.0)) < 0.25 else 0.0
    ):  # reflect (DLMF 5.15.6): the n-th derivative of pi * cot(pi * x) is a polynomial in the cotangent
        c = cot_pi(x)
        polynomial = [0, 1]  # integer coefficients; d/dx c = -pi * (1 + c*c)
        for _ in range(n):
            slope = [k * a for k, a in enumerate(polynomial)][1:]
            polynomial = [-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
        value = math.fsum(a * c**k for k, a in enumerate(polynomial)) * math.pi ** (n + 1)
        return -alternate * polygamma(n, 1.0 - x) - value
    terms = []
    while x < 13.0 + n:
        terms.append(inverse_power(x, n + 1))
        x += 1.0
    terms.append(inverse_power(x, n) / n)
    terms.append(0.5 * inverse_power(x, n + 1))
    factor = (n + 1) * 0.5 * inverse_power(x, n + 2)  # (2k+n-1)! / ((2k)! n!) / x**(2k+n), at k = 1
    for k, b in enumerate(BERNOULLI, start=1):
        terms.append(b * factor)
        factor *= (2 * k + n) * (2 * k + n + 1) / ((2 * k + 1) * (2 * k + 2)) / (x * x)
    try:
        total = math.fsum(terms)
    except OverflowError:
        total = INF
    return alternate * math.factorial(n) * total


def inverse_power(x: float, n: int) -> float:
    """Return x**-n for a positive n, a signed infinity on overflow."""
    try:
        return 1.0 / x**n
    except OverflowError:
        return 0.0
    except ZeroDivisionError:
        return INF if x > 0.0 or n % 2 == 0 else -INF


# ---------------------------------------------------------------------------------- error function, sinc, Bessel


def erfinv(x: float) -> float:
    """Return the v with erf(v) = x: a rational start (Winitzki 2008), then Halley steps; raises outside [-1, 1]."""
    return erfinv_residual(x)[0]


def erfinv_residual(x: float) -> tuple[float, float]:
    """Return (v, d): erfinv(x) is v - d to more digits than v has alone."""
    if abs(x) > 1.0:
        raise outside(x, "[-1, 1]")
    if x == 0.0 or x != x or abs(x) == 1.0:
        return x * (1.0 if abs(x) != 1.0 else INF), 0.0
    y = abs(x)
    log = math.log1p(-y) + math.log1p(y)
    b = 4.33 + 0.5 * log  # 2 / (pi * 0.147) = 4.33
    v = math.sqrt(math.sqrt(b * b - log / 0.147) - b) if y > 1e-8 else 0.5 * SQRT_PI * y
    d = 0.0
    for _ in range(4):
        density = 2.0 / SQRT_PI * math.exp(-v * v)
        error = math.erf(v) - y if y < 0.5 else (1.0 - y) - math.erfc(v)  # 1 - y is exact from 1/2 on
        d = error / density
        d /= 1.0 + v * d  # Halley
        if abs(d) < 4e-16 * v:
            break
        v -= d
        d = 0.0
    return (v, d) if x > 0.0 else (-v, -d)


FIXED = 192  # bits after the point in fixed-point series
PI_FIXED = 19720096697726538562396133364228268891463450865190089732560  # pi * 2**192, checked by a test


def fixed(x: float) -> int:
    """Return x as a fixed-point integer; exact for |x| >= 2**-139."""
    numerator, denominator = x.as_integer_ratio()
    return (numerator << FIXED) // denominator


def sinc(x: float) -> float:
    """Return sin(pi x) / (pi x), 1.0 at 0."""
    return sinc_derivative(0, x)


def sinc_derivative(n: float, x: float) -> float:
    """Return the n-th derivative of sinc(x) = sin(pi x) / (pi x), n = 0, 1, 2, ...; 0 at infinity.

    Up to |x| = 4 + n/2 the power series is summed in integers; beyond, sinc**(n) = (s**(n) - n sinc**(n-1)) / x with
    s(x) = sin(pi x) / pi, where dividing by x no longer amplifies errors.
    """
    n = int(n)
    if x != x or abs(x) == INF:
        return x if x != x else 0.0
    if n == 0 and x == math.floor(x):
        return 0.0 if x else 1.0
    if abs(x) <= 4.0 + 0.5 * n:
        square = (fixed(x) * PI_FIXED >> FIXED) ** 2 >> FIXED
        k = first = (n + 1) // 2
        # the k-th term: (-1)**k (pi x)**(2k) / (2k+1)! * (2k)! / (2k-n)! / x**n; the first one's powers come last
        term = ((-1) ** k * math.perm(2 * k, n) << FIXED) // math.factorial(2 * k + 1)
        total = 0
        while term not in (0, -1):
            total += term
            k += 1
            term = -(term * square >> FIXED) * (2 * k) * (2 * k - 1)
            term //= (2 * k - n) * (2 * k - n - 1) * 2 * k * (2 * k + 1)
        for _ in range(2 * first):
            total = total * PI_FIXED >> FIXED
        numerator, denominator = x.as_integer_ratio() if n % 2 else (1, 1)
        return rounded(total * numerator, denominator << FIXED)
    r = math.remainder(x, 2.0)
    value = sin_pi(r, 0) / math.pi / x
    for k in range(1, n + 1):
        value = (sin_pi(r, k) * math.pi ** (k - 1) - k * value) / x
    return value


def sin_pi(r: float, quarter: int) -> float:
    """Return sin(pi * r + quarter * pi / 2) for |r| <= 1, with an exact reduction to [-1/4, 1/4]."""
    turns = round(2.0 * r)
    angle = math.pi * (r - 0.5 * turns)
    k = (turns + quarter) % 4
    value = math.cos(angle) if k % 2 else math.sin(angle)
    return -value if k >= 2 else value


def i0(x: float) -> float:
    """Return the modified Bessel function I_0."""
    return bessel_i(0, x)


def bessel_i(n: float, x: float) -> float:
    """Return the modified Bessel function I_n, n = 0, 1, 2, ... (DLMF 10.25.2; 10.40.1 for large |x|).

    An overflow gives a signed infinity.
    """
    n = int(n)
    y = abs(x)
    if y != y or y == INF:
        return x if n % 2 else y
    if y < 30.0 + 4 * n:
        quarter = fixed(0.25 * y) * fixed(y) >> FIXED
        whole = total = 1 << FIXED
        k = 0
        while whole > total >> 64:
            k += 1
            whole = (whole * quarter >> FIXED) // (k * (k + n))
            total += whole
        value = rounded(total, math.factorial(n) << FIXED) * (0.5 * y) ** n
    else:
        term = series = 1.0
        k = 0
        while abs(term) > 1e-17 * series and k < 60:
            k += 1
            term *= -(4 * n * n - (2 * k - 1) ** 2) / (8.0 * k * y)
            series += term
        series /= math.sqrt(y) * TAU_ROOT
        half = math.exp(0.5 * y) if y < 1400.0 else INF
        value = math.exp(y) * series if y < 700.0 else half * (half * series)
    return -value if x < 0.0 and n % 2 else value


# ---------------------------------------------------------------------------------- operators and losses


def power_operator(x: float, y: float) -> float:
    """Return x ** y as Python's operator on floats, but refuse the roots of a negative number that turn complex."""
    if -INF < x < 0.0 and math.isfinite(y) and y != math.floor(y):
        raise ValueError("a negative number to a fractional power is not real")
    return float(x**y)


def ldexp(x: float, i: float) -> float:
    """Return x * 2**i, as `math.ldexp`."""
    return math.ldexp(x, int(i))


def round_to(x: float, digits: float) -> float:
    """Return x rounded to a number of decimal digits, as `round(x, digits)`."""
    return round(x, int(digits))


def where(condition: float, x: float, y: float) -> float:
    """Return x if the condition holds, else y."""
    return x if condition else y


def clamp(x: float, low: float, high: float) -> float:
    """Return x moved into [low, high]; NaN stays NaN. Raises ValueError where low exceeds high."""
    if low > high:
        raise ValueError(f"low {low!r} exceeds high {high!r}")
    return 1.0 * (low if x < low else high if x > high else x)


def huber(residual: float, delta: float) -> float:
    """Return residual**2 / 2 up to |residual| = delta, and the tangent line beyond (Huber 1964)."""
    if delta < 0.0:
        raise outside(delta, "[0, inf)")
    size = abs(residual)
    return 0.5 * size * size if size <= delta else delta * (size - 0.5 * delta)


def binary_cross_entropy(logit: float, target: float) -> float:
    """Return -target * log(p) - (1 - target) * log(1 - p) with p = sigmoid(logit), without computing p."""
    if not 0.0 <= target <= 1.0 and target == target:
        raise ValueError(f"target {target!r} is outside [0, 1]")
    first = (1.0 - target) * softplus(logit) if target != 1.0 else 0.0
    return first + (target * softplus(-logit) if target != 0.0 else 0.0)
