"""Inverse error function, sinc and Bessel functions as straight-line arithmetic.

The order of a derivative or a Bessel function is a plain number, so its series are of a known length, with coefficients
that are found when a program is lowered.
"""

import math

from autograd.backends.operations import Number, select
from autograd.backends.vector_gamma import turned
from autograd.backends.vector_math import at_least, at_most, copysign, erfcx, horner, product_error
from autograd.floats.ieee import INF, NAN, divide, rounded
from autograd.floats.special import FIXED, PI_FIXED, SQRT_HALF, SQRT_PI, TAU_ROOT

# fmt: off
# quantiles of the normal distribution (M. Wichura 1988, algorithm AS 241, PPND16): numerators and denominators
CENTRE = (
    (3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)
TAIL = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)
FAR_TAIL = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)
# fmt: on


def erfinv(x: Number) -> Number:
    """Return the inverse of erf, by the quantiles of the normal distribution; NaN outside [-1, 1]."""
    a = abs(x)
    r = 0.180625 - 0.25 * x * x
    centre = x * (0.5 * horner(r, CENTRE[0]) / horner(r, CENTRE[1]) * SQRT_HALF)
    root = math.sqrt(-math.log(0.5 * (1.0 - at_most(1.0, a))))
    far = root > 5.0
    near = horner(root - 1.6, TAIL[0]) / horner(root - 1.6, TAIL[1])
    tail = copysign(select(far, horner(root - 5.0, FAR_TAIL[0]) / horner(root - 5.0, FAR_TAIL[1]), near), x)
    found = select(a <= 0.85, centre, SQRT_HALF * tail)
    return select(a < 1.0, found, select(a == 1.0, x * INF, NAN))


def erfinv_slope(x: Number) -> Number:
    """Return sqrt(pi) / 2 * exp(v*v) with v = erfinv(x), where erfc(v) = 1 - x: no rounding of v is amplified."""
    a = abs(x)
    found = 0.5 * SQRT_PI * erfcx(abs(erfinv(x))) / (1.0 - a)
    return select(a == 1.0, INF, found)


def sinc(x: Number) -> Number:
    """Return sin(pi x) / (pi x), 1.0 at 0."""
    return sinc_derivative(0, x)


def sinc_derivative(n: float, x: Number) -> Number:
    """Return the n-th derivative of sinc(x): its power series near 0, else by (s**(n) - n sinc**(n-1)) / x."""
    n = int(n)
    k, s, c = turned(x)
    odd, minus = (k == 1.0) | (k == 3.0), k > 1.5
    sine, cosine = select(odd, c, s), select(odd, -s, c)
    sine, cosine = select(minus, -sine, sine), select(minus, -cosine, cosine)
    found = divide(sine, math.pi * x)
    for order in range(1, n + 1):
        turn = (sine, cosine, -sine, -cosine)[order % 4]
        found = divide(turn * math.pi ** (order - 1) - float(order) * found, x)
    if n == 0:
        return select(abs(x) == INF, 0.0, select(x == 0.0, 1.0, found + 0.0))
    border = 0.5 + 0.25 * n
    series = horner(at_most(border, abs(x)) ** 2, series_of_sinc(n, border))
    found = select(abs(x) < border, series * x if n % 2 else series, found)
    return select(abs(x) == INF, 0.0, found + 0.0)


def series_of_sinc(n: int, far: float) -> list[float]:
    """Return the coefficients of the n-th derivative of sinc, by even powers of x, as many as |x| <= far needs."""
    found: list[float] = []
    k = (n + 1) // 2
    while len(found) < 3 or abs(found[-1]) * far ** (2 * len(found)) > 1e-19 * abs(found[0]):
        whole = (-1) ** k * math.perm(2 * k, n) * PI_FIXED ** (2 * k)
        found.append(rounded(whole, math.factorial(2 * k + 1) << 2 * k * FIXED))
        k += 1
    return found


def i0(x: Number) -> Number:
    """Return the modified Bessel function I_0."""
    return bessel_i(0, x)


def bessel_i(n: float, x: Number) -> Number:
    """Return the modified Bessel function I_n by its power series, from 20 + 4n on by Hankel's (DLMF 10.25.2, 10.40.1).

    What the square of x loses in rounding is put back by a bound on I_{n+1} / I_n (D. Amos 1974).
    """
    n, y = int(n), abs(x)
    border = 20.0 + 4.0 * n
    small = at_most(border, y)
    square, low = small * small, product_error(small, small)
    series = horner(square, series_of_bessel(n, border))
    series = series + series * (0.5 * low / (n + 0.5 + math.sqrt(square + (n + 1.5) ** 2)))
    for _ in range(n):
        series = series * (0.5 * small)
    large = at_least(border, y)
    half = math.exp(0.5 * large)
    far = half * (half * (horner(divide(1.0, large), hankel(n, border)) / (math.sqrt(large) * TAU_ROOT)))
    found = select(y < border, series, select(y == INF, INF, far))
    return select(x < 0.0, -found, found) if n % 2 else found


def series_of_bessel(n: int, far: float) -> list[float]:
    """Return the coefficients of I_n(x) / (x/2)**n, by even powers of x, as many as |x| <= far needs."""
    found, term, total, k = [1.0 / math.factorial(n)], 1.0, 1.0, 0
    denominator = math.factorial(n)
    while term > 1e-19 * total:
        k += 1
        denominator *= 4 * k * (k + n)
        term *= 0.25 * far * far / (k * (k + n))
        total += term
        found.append(rounded(1, denominator))
    return found


def hankel(n: int, near: float) -> list[float]:
    """Return the coefficients of I_n(x) * sqrt(2 pi x) / exp(x), by powers of 1/x, as many as x >= near needs."""
    found, size, k = [1.0], 1.0, 0
    numerator, denominator = 1, 1
    while size > 1e-18 and k < 60:
        k += 1
        numerator *= (2 * k - 1) ** 2 - 4 * n * n
        denominator *= 8 * k
        found.append(rounded(numerator, denominator))
        size = abs(found[-1]) / near**k
    return found
