"""Elementary functions as straight-line arithmetic: what runs in every lane, where a call per lane would be slow.

Each reduces its argument and evaluates a polynomial: Chebyshev fits, and the kernels of fdlibm for sin, cos and log. On
plain floats they are ordinary functions, which is how a test compares them with 50-digit arithmetic. There is nothing
but + - * /, fma, and a few steps on the bits of a float; lowering turns an `if` into a choice between both results.
"""

import math
from collections.abc import Callable, Sequence

from autograd.floats import special
from autograd.floats.ieee import INF, NAN, two_product

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
LN2_SHORT, LN2_REST = 0.6931471803691238, 1.9082149292705877e-10  # the first with 20 zero bits, so that k * it is exact
HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
# fmt: off
EXPM1 = (  # (expm1(r) - r - r*r/2) / r**3, |r| <= 0.3466
    0.16666666666666669, 0.04166666666665134, 0.00833333333333006, 0.0013888888905893054, 0.00019841269863066696,
    2.4801536366131372e-05, 2.7557268439678e-06, 2.7613819206392165e-07, 2.5100395159429243e-08,
)
LOG = (
    0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
    0.15313837699209373, 0.14798198605116586,
)
SIN = (
    -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-06,
    -2.5050760253406863e-08, 1.58969099521155e-10,
)
COS = (
    0.0416666666666666, -0.001388888888887411, 2.480158728947673e-05, -2.7557314351390663e-07, 2.087572321298175e-09,
    -1.1359647557788195e-11,
)
ERF = (  # erf(x) / x in powers of x*x, |x| <= 1
    1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792, 0.0052239776248180145,
    -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05, 1.6461000484121368e-06,
    -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11,
)
# exp(x*x/2) * norm_cdf(-x) * (x + 5) and exp(x*x) * erfc(x) * (x + 3.5) in powers of 2.25 * x / (x + 5 or 3.5) - 1
NORM = (
    0.8496957717177204, -0.7004649271683128, 0.4843749841428298, -0.27811948195867736, 0.12948165075053408,
    -0.046439848470962594, 0.011238259243209798, -0.000892236000337441, -0.0005313521491205502,
    0.00019836150632540007, 4.026957339606411e-06, -1.8309526360192415e-05, 1.9813449182821493e-06,
    1.631659380510775e-06, -3.140328359177676e-07, -1.6570565106942252e-07, 3.7177300934129605e-08,
    1.9534160441358848e-08, -3.645170416219309e-09, -2.318753793064673e-09, 2.3005342196801946e-10,
    1.8596840652008676e-10,
)
ERFC = (
    1.200457942046949, -0.9862040036460702, 0.6773320899694404, -0.3846846365949377, 0.17609785772635922,
    -0.06143471892283792, 0.014036181067439158, -0.00074373178391716, -0.0007892706334106168, 0.0002445034826815331,
    1.885085686810602e-05, -2.4956951075008028e-05, 1.2183994066121772e-06, 2.4046860441602906e-06,
    -2.6749945186314764e-07, -2.56587418272691e-07, 3.155544362340448e-08, 3.0528161437340325e-08,
    -2.6797019211430425e-09, -3.5515494344903003e-09, 1.2703326378369147e-10, 2.7729339856040875e-10,
)
# fmt: on


# ---------------------------------------------------------------------------------- single operations

SINGLE: list[Callable[..., float]] = []  # what lanes have as one operation each; these are the definitions


def single(function: Callable[..., float]) -> Callable[..., float]:
    """Add a function to these."""
    SINGLE.append(function)
    return function


@single
def fma(x: float, y: float, a: float) -> float:
    """Return x * y + a rounded once."""
    try:
        return special.fma(x, y, a) if math.isfinite(x) and math.isfinite(y) and math.isfinite(a) else x * y + a
    except OverflowError:
        return x * y + a


@single
def muladd(x: float, y: float, a: float) -> float:
    """Return x * y + a, rounded once; lanes without an instruction for it round twice."""
    return fma(x, y, a)


@single
def product_error(x: float, y: float) -> float:
    """Return what the rounding of x * y loses, where nothing over- or underflows."""
    return two_product(x, y)[1]


@single
def rint(x: float) -> float:
    """Return the nearest whole number, the even one of two."""
    return float(round(x)) if abs(x) < 2.0**52 else x


@single
def ldexp(x: float, e: float) -> float:
    """Return x * 2**e for a whole number e, infinite on overflow."""
    try:
        return math.ldexp(x, int(max(min(e, 5000.0), -5000.0))) if e == e else NAN
    except OverflowError:
        return math.copysign(INF, x)


@single
def mantissa(x: float) -> float:
    """Return m with |x| = m * 2**e and 0.5 <= m < 1, e from `exponent`; x itself for 0, infinity and NaN."""
    return math.frexp(x)[0]


@single
def exponent(x: float) -> float:
    """Return the e of `math.frexp`; 0 for 0, infinity and NaN."""
    return float(math.frexp(x)[1])


def parts(x: float) -> tuple[float, float]:
    """Return (m, e) with x = m * 2**e and 0.5 <= |m| < 1 for x that is finite and not 0; anything for others."""
    m, e = math.frexp(x)
    return m, float(e)


@single
def copysign(x: float, y: float) -> float:
    """Return x with the sign of y."""
    return math.copysign(x, y)


# ---------------------------------------------------------------------------------- functions


def horner(x: float, coefficients: Sequence[float]) -> float:
    """Return a polynomial, its coefficients from the constant on; high powers in two chains that run side by side."""
    first = 4 if len(coefficients) > 12 else 0
    square = x * x
    even, odd = list(coefficients[first::2]), list(coefficients[first + 1 :: 2])
    a, b = even.pop(), odd.pop()
    while even:
        a = muladd(a, square, even.pop())
    while odd:
        b = muladd(b, square, odd.pop())
    found = muladd(b, x, a)
    for c in reversed(coefficients[:first]):
        found = muladd(found, x, c)
    return found


def reduced(x: float) -> tuple[float, float]:
    """Return (k, expm1(x - k * log(2))) with k whole and |x - k * log(2)| <= 0.3466."""
    k = rint(x * LOG2_E)
    r = fma(k, -LN2_HIGH, x)
    low = k * LN2_LOW
    return k, from_reduced(r - low)


def from_reduced(r: float) -> float:
    """Return expm1(r) for |r| <= 0.3466."""
    return fma(r * r, fma(r, horner(r, EXPM1), 0.5), r)


def exp(x: float) -> float:
    """Return e**x."""
    k, p = reduced(clipped(x))
    return ldexp(1.0 + p, k)


def clipped(x: float) -> float:
    """Return x within [-800, 800], where exp has long been 0 or infinite; NaN stays."""
    x = -800.0 if x < -800.0 else x
    return 800.0 if x > 800.0 else x


def at_most(limit: float, x: float) -> float:
    """Return the smaller of both; NaN stays."""
    return limit if x > limit else x


def expm1(x: float) -> float:
    """Return e**x - 1."""
    k, p = reduced(clipped(x))
    s = ldexp(1.0, k)
    if k > 1000.0:
        return ldexp(1.0 + p, k)
    if x == 0.0:
        return x
    return fma(s, p, s - 1.0)


def doubled(x: float) -> tuple[float, float, float]:
    """Return (exp(-2|x|), expm1(-2|x|), 1 / (1 + exp(-2|x|))), of which tanh and its slope are made."""
    k, p = reduced(at_least(-800.0, -2.0 * abs(x)))
    s = ldexp(1.0, k)
    t = muladd(s, p, s - 1.0)
    return muladd(s, p, s), t, 1.0 / (t + 2.0)


def at_least(limit: float, x: float) -> float:
    """Return the larger of both; NaN stays."""
    return limit if x < limit else x


def tanh(x: float) -> float:
    """Return the hyperbolic tangent."""
    _, t, q = doubled(x)
    return copysign(t * q, x)


def tanh_slope(x: float) -> float:
    """Return 1 / cosh(x)**2, which shares all but three operations with tanh(x)."""
    e, _, q = doubled(x)
    return 4.0 * e * q * q


def logarithm(m: float, e: float, more: float) -> float:
    """Return log(m) + e * log(2) + more, a small correction (fdlibm)."""
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    r = z * horner(z, LOG)
    return e * LN2_SHORT - ((half - (s * (half + r) + (e * LN2_REST + more))) - f)


def split(x: float) -> tuple[float, float]:
    """Return (m, e) with x = m * 2**e and sqrt(1/2) <= m < sqrt(2)."""
    m, e = parts(x)
    low = m < 0.7071067811865476
    return (2.0 * m if low else m), (e - 1.0 if low else e)


def log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, NaN below."""
    m, e = split(x)
    if not x > 0.0:
        return -INF if x == 0.0 else NAN
    return x if x == INF else logarithm(m, e, 0.0)


def rounding(x: float, u: float) -> float:
    """Return 1 + x - u, where u = 1 + x rounded."""
    return x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)


def log1p(x: float) -> float:
    """Return log(1 + x), with what 1 + x loses put back."""
    u = 1.0 + x
    lost = rounding(x, u)
    m, e = split(u)
    if not u > 0.0:
        return -INF if u == 0.0 else NAN
    if u == INF:
        return u
    return x if u == 1.0 else logarithm(m, e, lost / u)


def quadrant(x: float) -> tuple[float, float, float]:
    """Return (k modulo 4, r, low) with x = k * pi/2 + r + low; |x| < 1e5."""
    k = rint(x * 0.6366197723675814)
    r = fma(k, -HALF_PI[0], x)
    t = k * HALF_PI[1]
    high = r - t
    low = (r - high) - t
    low = low - fma(k, HALF_PI[1], -t) - k * HALF_PI[2]
    quarter = k * 0.25
    return k - 4.0 * rint(quarter - 0.375), high, low  # 0, 1, 2 or 3


def sine(x: float, low: float) -> float:
    """Return sin(x + low) for |x| <= pi/4 (fdlibm)."""
    z = x * x
    v = z * x
    r = horner(z, SIN[1:])
    return x - ((z * (0.5 * low - v * r) - low) - v * SIN[0])


def cosine(x: float, low: float) -> float:
    """Return cos(x + low) for |x| <= pi/4 (fdlibm)."""
    z = x * x
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + (z * (z * horner(z, COS)) - x * low))


def circular(x: float, shift: float) -> float:
    """Return sin(x + shift * pi/2); NaN at infinity."""
    k, r, low = quadrant(x)
    s, c = sine(r, low), cosine(r, low)
    k = modulo(k + shift)
    y = chosen(c, s, (1.0 - k) * (3.0 - k))
    y = opposite(y, k)
    return x if x == 0.0 and shift == 0.0 else y


def opposite(y: float, k: float) -> float:
    """Return -y in the quadrants 2 and 3."""
    return -y if k > 1.5 else y


def modulo(k: float) -> float:
    """Return k, at most 4, modulo 4."""
    return k - 4.0 if k > 3.5 else k


def chosen(x: float, y: float, zero: float) -> float:
    """Return x if the last is zero, else y."""
    return x if zero == 0.0 else y


def norm_cdf(x: float) -> float:
    """Return the standard normal distribution function."""
    a = at_most(40.0, abs(x))
    square = a * a
    low = product_error(a, a)
    e = math.exp(-0.5 * square)
    d = a + 5.0
    q = 1.0 / d
    lost = a - (d - 5.0)
    y = muladd(e, muladd(-lost, q, -0.5 * low), e) * (horner(muladd(2.25, a * q, -1.0), NORM) * q)
    return 1.0 - y if x > 0.0 else y


def norm_pdf(x: float) -> float:
    """Return the standard normal density."""
    a = at_most(40.0, abs(x))
    square = a * a
    low = product_error(a, a)
    e = math.exp(-0.5 * square)
    return muladd(e, -0.5 * low, e) * 0.3989422804014327 if abs(x) <= 40.0 or x != x else 0.0


def erfcx(a: float) -> float:
    """Return exp(a*a) * erfc(a) for a not below 0."""
    d = a + 3.5
    q = 1.0 / d
    lost = a - (d - 3.5)
    y = horner(muladd(2.25, a * q, -1.0), ERFC) * q
    return muladd(-lost * q, y, y)


def erfc(x: float) -> float:
    """Return the complementary error function."""
    a = at_most(28.0, abs(x))
    square = a * a
    e = math.exp(-square)
    y = muladd(e, -product_error(a, a), e) * erfcx(a)
    return 2.0 - y if x < 0.0 else y


def erf(x: float) -> float:
    """Return the error function."""
    small = x * horner(x * x, ERF)
    return small if abs(x) <= 1.0 else copysign(1.0 - erfc(abs(x)), x)
