"""The gamma family as straight-line arithmetic, in forms of a fixed length.

A negative argument is reflected; another one is shifted to where an asymptotic series has all digits, or into [1, 2],
where there is a polynomial. All ways are computed, and one is selected.
"""

import math

from autograd.backends.operations import Number, select
from autograd.backends.vector_math import at_most, cosine, horner, muladd, opposite, product_error, rint, sine
from autograd.floats.ieee import INF, NAN, divide
from autograd.floats.special import BERNOULLI, PSI_OVER_ROOT, PSI_ROOT, PSI_ROOT_LOW

HALF_LOG_TAU = 0.9189385332046728
PI_LOW = 1.2246467991473532e-16  # pi - math.pi
FAR = 10.0  # from where on the series of log(gamma) and digamma are used
STEPS = 8  # down from below there into [1, 2]
# fmt: off
LGAMMA = (  # lgamma(x) / ((x - 1) (x - 2)) in powers of x - 1.5 on [1, 2]: a Chebyshev fit to 2e-18
    0.4831289505409809, -0.14595989591430608, 0.06291140107456439, -0.031308487501010646, 0.01679709863127416,
    -0.009425622448525798, 0.005446457839126065, -0.0032120740737152814, 0.0019229163127905161,
    -0.0011644145847310124, 0.000711519067515296, -0.00043799307479613914, 0.00027131373861446925,
    -0.0001689178215524898, 0.00010535512483785591, -6.614136022346414e-05, 4.30276814976503e-05,
    -2.7201673025504752e-05, 1.3186019073996835e-05, -8.355075869795273e-06, 1.2140008083973407e-05,
    -7.760660152513446e-06,
)
# gamma(x) exp(y) y**(1/2 - x), with y = x + G - 1/2, is the first polynomial over the second (C. Lanczos 1964, with the
# numbers of Boost and CPython)
LANCZOS = (
    23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843, 17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768, 186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
)
FACTORS = (  # of x (x + 1) ... (x + 11)
    0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0,
    1925.0, 66.0, 1.0,
)
# fmt: on
G, G_LESS = 6.024680040776729583740234375, 5.524680040776729583740234375


def turned(x: Number) -> tuple[Number, Number, Number]:
    """Return (k, sin(r), cos(r)) with pi * x = k * pi/2 + r, k in 0, 1, 2, 3, |r| <= pi/4, reduced exactly."""
    x = select(abs(x) < 2.0**53, x, 0.0 * x)  # beyond, all floats are even
    n = rint(2.0 * x)
    r = x - 0.5 * n
    angle, low = math.pi * r, PI_LOW * r
    return n - 4.0 * math.floor(0.25 * n), sine(angle, low), cosine(angle, low)


def sin_pi(x: Number) -> Number:
    """Return sin(pi * x)."""
    k, s, c = turned(x)
    return opposite(select((k == 1.0) | (k == 3.0), c, s), k)


def cot_pi(x: Number) -> Number:
    """Return cot(pi * x)."""
    k, s, c = turned(x)
    odd = (k == 1.0) | (k == 3.0)
    return divide(select(odd, -s, c), select(odd, c, s))


def off_poles(x: Number, y: Number) -> Number:
    """Return y, but NaN where x is 0, -1, -2, ... or minus infinity."""
    return select((x <= 0.0) & (math.floor(x) == x), NAN, y)


def gamma(x: Number) -> Number:
    """Return the gamma function, by Lanczos' sum, in halves that do not overflow before it does."""
    size = abs(x)
    a = at_most(200.0, size)
    y = a + G_LESS
    lost = select(a > G_LESS, (y - a) - G_LESS, (y - G_LESS) - a)  # by how much y is too large
    z = lost * G / y
    series = divide(horner(a, LANCZOS), horner(a, FACTORS))
    e, h = math.exp(y), math.pow(y, 0.5 * a - 0.25)
    above = series / e
    above = (above + z * above) * h * h
    below = divide(-math.pi, sin_pi(size)) / a * e / series
    below = (below - z * below) / h / h
    found = select(a < 1e-20, divide(1.0, x), select(x < 0.0, below, above))
    return off_poles(x, found)


def shifted(a: Number) -> tuple[Number, list[Number], list[Number]]:
    """Return (a less k, less 1, in [0, 1]; a - 1, a - 2, ...; masks of which of these are at least 1), 0 <= a <= 10.

    A number below 1 is returned as it is: it stands for one more.
    """
    steps = [a - float(j) for j in range(1, STEPS + 1)]
    masks = [step > 1.0 for step in steps]
    base = select(a < 1.0, a, a - 1.0)
    for step, mask in zip(steps, masks, strict=True):
        base = select(mask, step - 1.0, base)
    return base, steps, masks


def lgamma(x: Number) -> Number:
    """Return log(abs(gamma(x))), to a few ulps also beside its zeros 1 and 2 (DLMF 5.5.1, 5.5.3, 5.11.1)."""
    a = abs(x)
    base, steps, masks = shifted(a)
    product = 1.0
    for step, mask in zip(steps, masks, strict=True):
        product = product * select(mask, step, 1.0)
    far = a >= FAR
    log = math.log(select(far | (a < 1.0), a, product))
    near = base * (base - 1.0) * horner(base - 0.5, LGAMMA) + select(a < 1.0, -log, log)
    inverse = divide(1.0, a)
    series = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI[:8], start=1)]
    stirling = (a - 0.5) * (log - 1.0) + muladd(inverse, horner(inverse * inverse, series), HALF_LOG_TAU - 0.5)
    above = select(a == INF, INF, select(far, stirling, near))
    turn = abs(a * sin_pi(a))
    reflected = math.log(divide(math.pi, turn)) - above
    found = off_poles(x, select(a < 1e-20, -log, select(x < 0.0, reflected, above)))
    return select(a == INF, INF, found)


def digamma(x: Number) -> Number:
    """Return the logarithmic derivative of the gamma function (DLMF 5.5.2, 5.5.4, 5.11.2)."""
    y = select(x < 0.0, 1.0 - x, x)
    base, steps, masks = shifted(y)
    shift = select(y < 1.0, divide(-1.0, y), 0.0)
    for step, mask in zip(steps, masks, strict=True):
        shift = shift + select(mask, divide(1.0, step), 0.0)
    near = shift + ((base - (PSI_ROOT - 1.0)) - PSI_ROOT_LOW) * horner(base - 0.5, PSI_OVER_ROOT[::-1])
    inverse = divide(1.0, y)
    square = inverse * inverse
    series = horner(square, [b / (2 * k) for k, b in enumerate(BERNOULLI[:8], start=1)])
    far = math.log(y) - muladd(series, square, 0.5 * inverse)
    above = select(y > FAR, far, near)
    return off_poles(x, select(x < 0.0, muladd(-math.pi, cot_pi(x), above), above))


def polygamma(n: int, x: Number) -> Number:
    """Return the n-th derivative of digamma, n = 0, 1, 2, ... (DLMF 5.15.1, 5.15.5, 5.15.8); NaN for another n.

    For a positive number it is a sum of terms of one sign, a fixed number of them before the asymptotic series. The
    rounding of the reciprocals whose powers are largest is repaired.
    """
    if n != int(n) or n < 0:
        return NAN
    n = int(n)
    if n == 0:
        return digamma(x)
    y = select(x < 0.0, 1.0 - x, x)
    shift = float(SHIFT + n // 2)
    rest = tail(n, y, shift)
    for k in reversed(range(int(shift))):
        r, e = inverse(y + float(k), 0.0) if k == 0 else (divide(1.0, y + float(k)), 0.0)
        rest = rest + scaled(math.factorial(n) * (1.0 + (n + 1.0) * e), r, n + 1)
    whole = select(y == INF, 0.0, rest)
    slopes = reflection(n)
    cot = cot_pi(x)
    turn = slopes[-1]
    for slope in reversed(slopes[:-1]):
        turn = turn * cot + slope
    above = whole if n % 2 else -whole
    return off_poles(x, select(x < 0.0, -whole - turn * math.pi ** (n + 1), select(y == INF, 0.0, above)))


SHIFT = 11  # terms of polygamma before its asymptotic series


def tail(n: int, y: Number, shift: float) -> Number:
    """Return the asymptotic series of n! * sum((y + k)**(-n - 1)) from k = shift on."""
    x = y + shift
    r, e = inverse(x, y - (x - shift))
    series = []
    factor = 0.5 * (n + 1)  # (2k + n - 1)! / ((2k)! n!) at k = 1
    for k, b in enumerate(BERNOULLI, start=1):
        series.append(b * factor)
        factor *= (2 * k + n) * (2 * k + n + 1) / ((2 * k + 1) * (2 * k + 2))
    rest = n * r * (0.5 + r * horner(r * r, series))
    return scaled(math.factorial(n - 1) * (1.0 + (n * e + rest)), r, n)


def inverse(x: Number, lost: Number) -> tuple[Number, Number]:
    """Return (r, e): r * (1 + e) is 1 / (x + lost) to more digits than r has."""
    r = divide(1.0, x)
    e = (1.0 - x * r) - product_error(x, r) - lost * r
    return r, select(abs(e) < 1.0, e, 0.0)


def scaled(x: Number, r: Number, n: int) -> Number:
    """Return x * r**n, from left to right, so that no factor is lost where the result is a small float."""
    for _ in range(n):
        x = x * r
    return x


def reflection(n: int) -> list[float]:
    """Return the n-th derivative of pi * cot(pi * x) over pi**(n + 1), as a polynomial in the cotangent."""
    found = [0, 1]
    for _ in range(n):
        slope = [k * a for k, a in enumerate(found)][1:]
        found = [-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return [float(a) for a in found]
