"""The table: one row per primitive, and the only place where facts about a primitive are stated.

A row is `name = kind("name", value on floats, partial towards each operand, ...)`; the facts that are too long for its
line stand below all rows, and whatever is not stated is derived (see `Primitive`). A rule gets the result `z` first and
then the operands, and is written in primitives and operators, so it serves numbers, recorded graphs and formulas alike,
to any order. A rule never branches: what has corners, or would cancel or overflow, is a row of its own, `..._slope` or
`..._share`, whose value is a careful function in floats/partials.py or floats/nary.py. After a change of names, run
`python -m autograd.primitives.write`.

Reference: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions; NIST Digital Library of Mathematical
Functions (DLMF), both for the derivatives; the conventions at kinks are stated in the rows.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

from autograd.floats import elementary, partials, special
from autograd.floats import nary as of_many
from autograd.floats.ieee import INF, NAN, divide
from autograd.floats.ieee import power as total_power
from autograd.floats.special import pole
from autograd.primitives.domains import (
    ABOVE_MINUS_ONE,
    FINITE,
    FROM_ONE,
    NO_GAMMA_POLE,
    NOT_NEGATIVE,
    NOT_ZERO,
    OPEN_UNIT,
    POSITIVE,
    REALS,
    UNIT,
    Interval,
)
from autograd.primitives.operation import Carried
from autograd.primitives.primitive import Kink, Primitive, Rule

LN2 = math.log(2.0)
LOG2_E = 1.4426950408889634
LOG10_E = 0.4342944819032518
DEGREE = math.pi / 180.0
RADIAN = 180.0 / math.pi

AT_ZERO = Kink("x = 0", "0, the subgradient of least norm", lambda x, *_: x)
AT_INTEGERS = Kink("x is an integer", "0, as almost everywhere", lambda x, *_: x - round(x))
AT_HALVES = Kink("x is halfway between integers", "0, as almost everywhere", lambda x, *_: x - math.floor(x) - 0.5)
AT_TIES = Kink("the largest tie", "split evenly, the subgradient of least norm", lambda *xs: of_many.lead(xs))
AT_LOW_TIES = Kink("the smallest tie", AT_TIES.convention, lambda *xs: of_many.lead([-x for x in xs]))
AT_ORIGIN = Kink("all operands are 0", "0, the subgradient of least norm", lambda *xs: math.hypot(*xs))
AT_QUOTIENT = Kink("x / y is an integer", "that of the quotient taken", lambda x, y: math.remainder(x, y))


def unary(name: str, value: Callable[..., float], rule: Rule, domain: Interval = REALS, **more: Any) -> Primitive:
    """Return a row of one operand."""
    return Primitive(name, value, (rule,), domain=(domain,), **more)


def binary(name: str, value: Callable[..., float], left: Rule | None, right: Rule | None, **more: Any) -> Primitive:
    """Return a row of two operands."""
    return Primitive(name, value, (left, right), **more)


def nary(name: str, value: Callable[..., float], gradient: Rule, **more: Any) -> Primitive:
    """Return a row of any number of operands; its one rule gives all partials."""
    return Primitive(name, value, gradient=gradient, operand_names=("*x",), **more)


def facts(row: Primitive, **columns: Any) -> None:
    """State what else is known of a row, in columns that are too long for its line."""
    row.state(**columns)


def unsigned(x: Carried) -> Carried:
    """Return x, with +0.0 for -0.0, so that what is divided by it has one limit."""
    return x + 0.0


def flat(x: Carried) -> Carried:
    """Return 0.0, the derivative of what is constant around x; NaN for NaN."""
    return 0.0 * sign(x)


def signed_overflow(x: float, *_: float) -> float:
    return math.copysign(INF, x)


def logarithm_limit(x: float, *_: float) -> float:
    return -INF if x == 0.0 else NAN


def gamma_limit(x: float) -> float:
    return NAN if pole(x) else math.copysign(INF, x)


def log1p_limit(x: float) -> float:
    return -INF if x == -1.0 else NAN


def atanh_limit(x: float) -> float:
    return x * INF if abs(x) == 1.0 else NAN


def rounding_limit(x: float) -> float:
    return x


def in_one_pass(numbers: Callable[[Carried, Carried], Carried], piece: Callable[..., Carried]) -> Rule:
    """Return a gradient rule: all partials at once on plain numbers, else one application of `piece` for each."""
    return lambda z, *xs: numbers(z, xs) if of_many.all_floats(xs) else [piece(i, *xs) for i in range(len(xs))]


def without(xs: Carried, i: int) -> Carried:
    return xs[:i] + xs[i + 1 :]


def hypot_on_numbers(z: float, xs: Carried) -> list[float]:
    return [x / z for x in xs] if 1e-290 < z < INF else [partials.direction(i, *xs) for i in range(len(xs))]


def dist_gradient(z: Carried, *pq: Carried) -> list[Carried]:
    n = len(pq) // 2
    towards_p = hypot.rules(z, [x - y for x, y in zip(pq[:n], pq[n:], strict=True)], range(n))
    return towards_p + [-d for d in towards_p]


def direction_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    """d(x_i / r) is minus the product of two directions over r, or for x_i itself the others' squares over r**3."""
    r = hypot(*xs)
    rest = ratio(hypot(*without(xs, i)), r)
    return [ratio(rest * rest, r) if j == i else -ratio(z * direction(j, *xs), r) for j in range(len(xs))]


def softmax_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    """dp_i is p_i (1 - p_i) towards x_i, with 1 - p_i as the sum of the others, and -p_i p_j towards x_j."""
    return [z * d for d in log_softmax_gradient(z, i, *xs)]


def log_softmax_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    if of_many.all_floats(xs):
        shares, rests = of_many.softmax_shares(xs) if z == z else ([NAN] * len(xs),) * 2
        return [rests[i] if j == i else -share for j, share in enumerate(shares)]
    return [softmax_rest(i, *xs) if j == i else -softmax_share(j, *xs) for j in range(len(xs))]


def product_slopes(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    """The product of all but x_i, towards x_j: the product of all but these two."""
    return [0.0 if j == i else product_of_others(j - (j > i), *without(xs, i)) for j in range(len(xs))]


def gelu_tanh_curvature(x: Carried) -> Carried:
    """The second derivative of x * sigmoid(w): sigmoid'(w) (2 w' + x w'' - x w'**2 tanh(w / 2))."""
    k, c = special.GELU_K, special.GELU_C
    w, slope = k * x * (1.0 + c * x * x), k * (1.0 + 3.0 * c * x * x)
    return absorb(sigmoid_slope(w), 2.0 * slope + x * (6.0 * k * c * x) - x * slope * slope * tanh(0.5 * w))


# fmt: off
# ------------------------------------------------------------------------------------------------ operators
add       = binary("add",      operator.add,      lambda z, x, y: 1.0,          lambda z, x, y: 1.0,         infix="+",  numpy="add", raises=False, symmetric=True, hot=True)
sub       = binary("sub",      operator.sub,      lambda z, x, y: 1.0,          lambda z, x, y: -1.0,        infix="-",  numpy="subtract", raises=False, hot=True)
mul       = binary("mul",      operator.mul,      lambda z, x, y: y,            lambda z, x, y: x,           infix="*",  numpy="multiply", raises=False, symmetric=True, hot=True)
truediv   = binary("truediv",  operator.truediv,  lambda z, x, y: 1.0 / y,      lambda z, x, y: -(z / y),    infix="/",  numpy="divide", domain=(REALS, NOT_ZERO), limit=divide, hot=True)
floordiv  = binary("floordiv", operator.floordiv, lambda z, x, y: flat(z),  lambda z, x, y: flat(z), infix="//", numpy="floor_divide", domain=(REALS, NOT_ZERO), kink=AT_QUOTIENT)
mod       = binary("mod",      operator.mod,      lambda z, x, y: 1.0 + 0.0*z,  lambda z, x, y: 0.0*z - floordiv(x, y), infix="%", numpy="remainder", domain=(REALS, NOT_ZERO), kink=AT_QUOTIENT)
neg       = unary ("neg",      operator.neg,      lambda z, x: -1.0 + flat(x),               infix="-", numpy="negative", raises=False, hot=True)
pos       = unary ("pos",      operator.pos,      lambda z, x: 1.0 + flat(x),                infix="+", numpy="positive", raises=False)
absolute  = unary ("abs",      abs,               lambda z, x: sign(x),                          kink=AT_ZERO, numpy="absolute", raises=False, c="fabs", method="", public="")
power     = binary("power",    special.power_operator, lambda z, x, y: monomial(y, x, y, 1, 0), lambda z, x, y: monomial(1.0, x, y, 0, 1), infix="**", numpy="power", limit=total_power, c="pow", hot=True)

# ------------------------------------------------------------------------------------------------ powers, logarithms
pow       = binary("pow",      math.pow,          lambda z, x, y: monomial(y, x, y, 1, 0), lambda z, x, y: monomial(1.0, x, y, 0, 1), limit=total_power, numpy="power")
sqrt      = unary ("sqrt",     math.sqrt,         lambda z, x: 0.5 / unsigned(z),                  NOT_NEGATIVE, numpy="sqrt", hot=True)
cbrt      = unary ("cbrt",     math.cbrt,         lambda z, x: cbrt_slope(x),                    numpy="cbrt", raises=False)
exp       = unary ("exp",      math.exp,          lambda z, x: z,                                numpy="exp", hot=True)
exp2      = unary ("exp2",     math.exp2,         lambda z, x: LN2 * z,                          numpy="exp2")
expm1     = unary ("expm1",    math.expm1,        lambda z, x: exp(x),                           numpy="expm1")
log       = unary ("log",      math.log,          lambda z, x: 1.0 / unsigned(x),                  POSITIVE, numpy="log",   limit=logarithm_limit, hint="use log(abs(x)) if that is what you mean", hot=True)
log2      = unary ("log2",     math.log2,         lambda z, x: LOG2_E / unsigned(x),               POSITIVE, numpy="log2",  limit=logarithm_limit)
log10     = unary ("log10",    math.log10,        lambda z, x: LOG10_E / unsigned(x),              POSITIVE, numpy="log10", limit=logarithm_limit)
log1p     = unary ("log1p",    math.log1p,        lambda z, x: 1.0 / (1.0 + x),                  ABOVE_MINUS_ONE, numpy="log1p", limit=log1p_limit)
log_base  = binary("log_base", math.log,          lambda z, x, base: 1.0 / log(base) / x, lambda z, x, base: -(z / base) / log(base), domain=(POSITIVE, POSITIVE), c="", public="")
xlogy     = binary("xlogy",    special.xlogy,     lambda z, x, y: log_present(x, y),      lambda z, x, y: ratio(x, y), domain=(REALS, NOT_NEGATIVE))
xlog1py   = binary("xlog1py",  special.xlog1py,   lambda z, x, y: log1p_present(x, y),    lambda z, x, y: ratio(x, 1.0 + y), domain=(REALS, Interval(-1.0, INF)))
entr      = unary ("entr",     special.entr,      lambda z, x: entr_slope(x),                    NOT_NEGATIVE)

# ------------------------------------------------------------------------------------------------ circular, hyperbolic
sin       = unary ("sin",      math.sin,          lambda z, x: cos(x),                           FINITE, numpy="sin", hot=True)
cos       = unary ("cos",      math.cos,          lambda z, x: -sin(x),                          FINITE, numpy="cos", hot=True)
tan       = unary ("tan",      math.tan,          lambda z, x: 1.0 + z*z,                        FINITE, numpy="tan")
asin      = unary ("asin",     math.asin,         lambda z, x: asin_slope(x),                    UNIT, numpy="arcsin")
acos      = unary ("acos",     math.acos,         lambda z, x: -asin_slope(x),                   UNIT, numpy="arccos")
atan      = unary ("atan",     math.atan,         lambda z, x: atan_slope(x),                    numpy="arctan", raises=False)
sinh      = unary ("sinh",     math.sinh,         lambda z, x: cosh(x),                          numpy="sinh", limit=signed_overflow)
cosh      = unary ("cosh",     math.cosh,         lambda z, x: sinh(x),                          numpy="cosh")
tanh      = unary ("tanh",     math.tanh,         lambda z, x: tanh_slope(x),                    numpy="tanh", raises=False, hot=True)
asinh     = unary ("asinh",    math.asinh,        lambda z, x: asinh_slope(x),                   numpy="arcsinh", raises=False)
acosh     = unary ("acosh",    math.acosh,        lambda z, x: acosh_slope(x),                   FROM_ONE, numpy="arccosh")
atanh     = unary ("atanh",    math.atanh,        lambda z, x: atanh_slope(x),                   OPEN_UNIT, numpy="arctanh", limit=atanh_limit)
atan2     = binary("atan2",    math.atan2,        lambda z, y, x: atan2_slope(x, y), lambda z, y, x: -atan2_slope(y, x), numpy="arctan2", raises=False)
degrees   = unary ("degrees",  math.degrees,      lambda z, x: RADIAN + flat(x),             numpy="degrees", raises=False, c="")
radians   = unary ("radians",  math.radians,      lambda z, x: DEGREE + flat(x),             numpy="radians", raises=False, c="")

# ------------------------------------------------------------------------------------------------ special functions
erf       = unary ("erf",      math.erf,          lambda z, x: erf_slope(x), raises=False)
erfc      = unary ("erfc",     math.erfc,         lambda z, x: -erf_slope(x), raises=False)
erfinv    = unary ("erfinv",   special.erfinv,    lambda z, x: erfinv_slope(x),                  UNIT)
gamma     = unary ("gamma",    math.gamma,        lambda z, x: z * digamma(x),                   NO_GAMMA_POLE, c="", limit=gamma_limit)
lgamma    = unary ("lgamma",   math.lgamma,       lambda z, x: digamma(x),                       NO_GAMMA_POLE)
digamma   = unary ("digamma",  special.digamma,   lambda z, x: polygamma(1, x),                  NO_GAMMA_POLE)
polygamma = binary("polygamma", special.polygamma, None, lambda z, n, x: polygamma(n + 1, x), domain=(REALS, NO_GAMMA_POLE))
i0        = unary ("i0",       special.i0, lambda z, x: bessel_i(1, x))
bessel_i  = binary("bessel_i", special.bessel_i,  None, lambda z, n, x: 0.5 * (bessel_i(abs(n - 1), x) + bessel_i(n + 1, x)), public="")
sinc      = unary ("sinc",     special.sinc, lambda z, x: sinc_derivative(1, x))
norm_cdf  = unary ("norm_cdf", special.norm_cdf,  lambda z, x: norm_pdf(x), raises=False)
norm_pdf  = unary ("norm_pdf", special.norm_pdf,  lambda z, x: -absorb(z, x), raises=False)

# ------------------------------------------------------------------------------------------------ machine learning
sigmoid    = unary("sigmoid",    elementary.sigmoid,    lambda z, x: sigmoid_slope(x), raises=False, hot=True)
logsigmoid = unary("logsigmoid", special.logsigmoid, lambda z, x: sigmoid(-x), raises=False)
softplus   = unary("softplus",   elementary.softplus,   lambda z, x: sigmoid(x), raises=False, hot=True, rectifier=True)
silu       = unary("silu",       special.silu,       lambda z, x: silu_slope(x), raises=False, rectifier=True)
gelu       = unary("gelu",       special.gelu,       lambda z, x: norm_cdf(x) + absorb(norm_pdf(x), x), raises=False, rectifier=True)
gelu_tanh  = unary("gelu_tanh",  special.gelu_tanh,  lambda z, x: gelu_tanh_slope(x), public="")
relu       = unary("relu",       elementary.relu,       lambda z, x: step(x),                                  kink=AT_ZERO, raises=False, hot=True, rectifier=True)
selu       = unary("selu",       special.selu,       lambda z, x: special.SELU_SCALE*step(x) + below(x, special.SELU_SCALE*special.SELU_ALPHA), kink=Kink("x = 0", "the left slope, 1.758", lambda x: x), rectifier=True)
elu        = binary("elu",       special.elu,        lambda z, x, alpha: step(x) + below(x, alpha),         lambda z, x, alpha: expm1(minimum(x, 0.0)), kink=Kink("x = 0", "the left slope, alpha", lambda x, alpha: x), method="", rectifier=True)
leaky_relu = binary("leaky_relu", special.leaky_relu, lambda z, x, negative_slope: step(x) + (1.0 - step(x)) * negative_slope, lambda z, x, negative_slope: minimum(x, 0.0), kink=Kink("x = 0", "the left slope", lambda x, negative_slope: x), raises=False, method="", rectifier=True)
hinge      = binary("hinge",     special.hinge,     lambda z, score, label: -absorb(step(1.0 - label*score), label), lambda z, score, label: -absorb(step(1.0 - label*score), score), kink=Kink("label * score = 1", "0, the subgradient of least norm", lambda score, label: 1.0 - label*score))
huber      = binary("huber",     special.huber,      lambda z, residual, delta: clamp(residual, -delta, delta), lambda z, residual, delta: relu(absolute(residual) - delta), domain=(REALS, NOT_NEGATIVE), method="")
binary_cross_entropy_with_logits = binary("binary_cross_entropy_with_logits", special.binary_cross_entropy, lambda z, logit, target: (1.0 - target)*sigmoid(logit) - target*sigmoid(-logit), lambda z, logit, target: -logit, domain=(REALS, Interval(0.0, 1.0)))

# ------------------------------------------------------------------------------------------------ pieces and bits
ceil      = unary ("ceil",      math.ceil,          lambda z, x: flat(x),        FINITE, kink=AT_INTEGERS, numpy="ceil",  limit=rounding_limit)
floor     = unary ("floor",     math.floor,         lambda z, x: flat(x),        FINITE, kink=AT_INTEGERS, numpy="floor", limit=rounding_limit)
trunc     = unary ("trunc",     math.trunc,         lambda z, x: flat(x),        FINITE, kink=AT_INTEGERS, numpy="trunc", limit=rounding_limit)
rint      = unary ("rint",      round,              lambda z, x: flat(x),        FINITE, kink=AT_HALVES,   numpy="rint",  limit=rounding_limit, c="rint", public="")
round_to  = binary("round_to",  special.round_to,   lambda z, x, digits: flat(x), None, public="", limit=signed_overflow)
fabs      = unary ("fabs",      math.fabs,          lambda z, x: sign(x),            kink=AT_ZERO, numpy="fabs", raises=False)
copysign  = binary("copysign",  math.copysign,      lambda z, x, y: sign(x) * copysign(1.0, y), lambda z, x, y: flat(x), kink=AT_ZERO, numpy="copysign", raises=False)
fmod      = binary("fmod",      math.fmod,          lambda z, x, y: 1.0 + 0.0*z,     lambda z, x, y: 0.0 - rint((x - z) / y), domain=(FINITE, NOT_ZERO), kink=AT_QUOTIENT, numpy="fmod")
remainder = binary("remainder", math.remainder,     lambda z, x, y: 1.0 + 0.0*z,     lambda z, x, y: 0.0 - rint((x - z) / y), domain=(FINITE, NOT_ZERO), kink=Kink("x / y is halfway between integers", "that of the quotient taken", lambda x, y: 0.5*abs(y) - abs(math.remainder(x, y))))
modf_frac = unary ("modf_frac", special.modf_frac,  lambda z, x: 1.0 + 0.0*x,        kink=AT_INTEGERS, public="")
modf_int  = unary ("modf_int",  special.modf_int,   lambda z, x: flat(x),        kink=AT_INTEGERS, public="")
frexp_m   = unary ("frexp_m",   special.frexp_m,    lambda z, x: frexp_slope(x),     kink=Kink("|x| is a power of 2", "that of the exponent taken", lambda x: abs(math.frexp(x)[0]) - 0.5), public="")
ldexp     = binary("ldexp",     special.ldexp,      lambda z, x, i: ldexp(1.0 + flat(x), i),   None, limit=signed_overflow)
sign      = unary ("sign",      elementary.sign,       lambda z, x: 0.0,                kink=AT_ZERO, numpy="sign", raises=False, public="")
step      = unary ("step",      elementary.step,       lambda z, x: 0.0,                kink=AT_ZERO, raises=False, public="")

# ------------------------------------------------------------------------------------------------ of three operands
fma       = Primitive("fma",   special.fma,   (lambda z, x, y, a: y, lambda z, x, y, a: x, lambda z, x, y, a: 1.0), c="fma")
where     = Primitive("where", special.where, (None, lambda z, condition, x, y: where(condition, 1.0, 0.0), lambda z, condition, x, y: where(condition, 0.0, 1.0)), raises=False)
clamp     = Primitive("clamp", special.clamp, tuple(lambda z, x, low, high, i=i: clamp_weight(i, x, low, high) for i in range(3)), operand_names=("x", "low", "high"), kink=Kink("x = low, x = high or low = high", "1 towards x, which may leave its bound again", lambda x, low, high: min(abs(x - low), abs(x - high), high - low)), hint="low must not exceed high")

# ------------------------------------------------------------------------------------------------ of many operands
fsum      = nary("fsum",      of_many.fsum,      lambda z, *xs: [1.0] * len(xs), method="", symmetric=True)
prod      = nary("prod",      of_many.prod,      in_one_pass(lambda z, xs: of_many.products_of_others(xs), lambda i, *xs: product_of_others(i, *xs)), method="", symmetric=True)
sumprod   = nary("sumprod",   of_many.sumprod,   lambda z, *pq: pq[len(pq) // 2:] + pq[:len(pq) // 2], method="", paired=True)
hypot     = nary("hypot",     math.hypot,     in_one_pass(hypot_on_numbers, lambda i, *xs: direction(i, *xs)), kink=AT_ORIGIN, numpy="hypot", raises=False, symmetric=True)
dist      = nary("dist",      of_many.dist,      dist_gradient, kink=Kink("the points coincide", AT_ORIGIN.convention, of_many.dist), method="", paired=True)
maximum   = nary("maximum",   of_many.maximum,   in_one_pass(of_many.shares, lambda i, *xs: maximum_share(i, *xs)), kink=AT_TIES, numpy="maximum", raises=False, symmetric=True)
minimum   = nary("minimum",   of_many.minimum,   in_one_pass(of_many.shares, lambda i, *xs: minimum_share(i, *xs)), kink=AT_LOW_TIES, numpy="minimum", raises=False, symmetric=True)
logsumexp = nary("logsumexp", of_many.logsumexp, in_one_pass(lambda z, xs: of_many.softmax_shares(xs)[0], lambda i, *xs: softmax_share(i, *xs)), method="", symmetric=True)
softmax_at        = nary("softmax_at",        of_many.softmax_at,        softmax_gradient,     parameters=1, public="")
log_softmax_at    = nary("log_softmax_at",    of_many.log_softmax_at,    log_softmax_gradient, parameters=1, public="")
cosine_similarity = nary("cosine_similarity", of_many.cosine_similarity, in_one_pass(lambda z, uv: of_many.cosine_gradient(uv), lambda i, *uv: cosine_derivative(i, *uv)), method="", paired=True)

# ------------------------------------------------------------------------------------------------ slopes: derivatives of rows above
tanh_slope    = unary("tanh_slope",    elementary.tanh_slope,    lambda z, x: -2.0 * tanh(x) * z, helper=True)
sigmoid_slope = unary("sigmoid_slope", elementary.sigmoid_slope, lambda z, x: -tanh(0.5 * x) * z, helper=True)
asin_slope    = unary("asin_slope",    partials.asin_slope,    lambda z, x: x * z * z * z, UNIT, helper=True)
acosh_slope   = unary("acosh_slope",   partials.acosh_slope,   lambda z, x: -(x * z) * z * z, FROM_ONE, helper=True)
asinh_slope   = unary("asinh_slope",   partials.asinh_slope,   lambda z, x: -(x * z) * z * z, helper=True)
atan_slope    = unary("atan_slope",    partials.atan_slope,    lambda z, x: -2.0 * (x * z) * z, helper=True)
atanh_slope   = unary("atanh_slope",   partials.atanh_slope,   lambda z, x: 2.0 * (x * z) * z, UNIT, helper=True)
cbrt_slope    = unary("cbrt_slope",    partials.cbrt_slope,    lambda z, x: z / x / -1.5, helper=True)
erf_slope     = unary("erf_slope",     partials.erf_slope,     lambda z, x: -2.0 * absorb(z, x), helper=True)
erfinv_slope  = unary("erfinv_slope",  partials.erfinv_slope,  lambda z, x: 2.0 * erfinv(x) * z * z, UNIT, helper=True)
entr_slope    = unary("entr_slope",    partials.entr_slope,    lambda z, x: -1.0 / unsigned(x), NOT_NEGATIVE, helper=True)
frexp_slope   = unary("frexp_slope",   partials.frexp_slope,   lambda z, x: 0.0, helper=True)
silu_slope    = unary("silu_slope",    partials.silu_slope,    lambda z, x: sigmoid_slope(x) * (2.0 - x * tanh(0.5 * x)), helper=True)
gelu_tanh_slope = unary("gelu_tanh_slope", partials.gelu_tanh_slope, lambda z, x: gelu_tanh_curvature(x), helper=True)
below         = binary("below",        partials.below,         lambda z, x, a: z,       lambda z, x, a: below(x, 1.0), kink=Kink("x = 0", "the left slope", lambda x, a: x), helper=True)
absorb        = binary("absorb",       partials.absorb,        lambda z, w, x: x,       lambda z, w, x: w, raises=False, helper=True)
times         = binary("times",        partials.times,         lambda z, x, y: y,       lambda z, x, y: x, raises=False, symmetric=True, helper=True)
ratio         = binary("ratio",        partials.ratio,         lambda z, x, y: 1.0 / y, lambda z, x, y: -ratio(z, y), limit=partials.ratio, helper=True)
log_present   = binary("log_present",  partials.log_present,   lambda z, x, y: 0.0,     lambda z, x, y: 1.0 / y, helper=True)
log1p_present = binary("log1p_present", partials.log1p_present, lambda z, x, y: 0.0,    lambda z, x, y: 1.0 / (1.0 + y), helper=True)
atan2_slope   = binary("atan2_slope",  partials.atan2_slope,   lambda z, x, y: (atan2_slope(y, x) - z) * (atan2_slope(y, x) + z), lambda z, x, y: -2.0 * z * atan2_slope(y, x), helper=True)
monomial      = Primitive("monomial",  partials.monomial,      (lambda z, c, x, y, k, n: monomial(1.0, x, y, k, n), lambda z, c, x, y, k, n: monomial(c * (y - k), x, y, k + 1, n) + (monomial(c * n, x, y, k + 1, n - 1) if n else 0.0), lambda z, c, x, y, k, n: monomial(c, x, y, k, n + 1), None, None), helper=True)
cross         = Primitive("cross",     partials.cross,         (lambda z, x, y, u, v: v, lambda z, x, y, u, v: -u, lambda z, x, y, u, v: -y, lambda z, x, y, u, v: x), helper=True)
clamp_weight  = Primitive("clamp_weight", partials.clamp_weight, (None, lambda z, i, x, low, high: 0.0, lambda z, i, x, low, high: 0.0, lambda z, i, x, low, high: 0.0), helper=True)
sinc_derivative = binary("sinc_derivative", special.sinc_derivative, None, lambda z, n, x: sinc_derivative(n + 1, x), helper=True)
product_of_others = nary("product_of_others", of_many.product_of_others, product_slopes, parameters=1, helper=True)
scaled_prod   = nary("scaled_prod",   of_many.scaled_prod,   in_one_pass(lambda z, xs: of_many.products_of_others(xs), lambda i, *xs: product_of_others(i, *xs)), helper=True)  # in programs that 0.1.0 wrote
sumtimes      = nary("sumtimes",      of_many.sumtimes,      lambda z, *pq: pq[len(pq) // 2:] + pq[:len(pq) // 2], helper=True, paired=True)
cosine_derivative = nary("cosine_derivative", of_many.cosine_derivative, lambda z, path, *uv: [cosine_derivative((path + 1) * len(uv) + j, *uv) for j in range(len(uv))], parameters=1, helper=True, paired=True)
direction     = nary("direction",     partials.direction,     direction_gradient, parameters=1, kink=AT_ORIGIN, helper=True)
maximum_share = nary("maximum_share", of_many.maximum_share,   lambda z, i, *xs: [0.0] * len(xs), parameters=1, helper=True)
minimum_share = nary("minimum_share", of_many.minimum_share,   lambda z, i, *xs: [0.0] * len(xs), parameters=1, helper=True)
softmax_share = nary("softmax_share", of_many.softmax_share,   softmax_gradient, parameters=1, helper=True)
softmax_rest  = nary("softmax_rest",  of_many.softmax_rest,    lambda z, i, *xs: [-d for d in softmax_gradient(softmax_share(i, *xs), i, *xs)], parameters=1, helper=True)

# ------------------------------------------------------------------------------------------------ more facts, where no default will do
#     row              exact, on mpmath's numbers        partials as books write them; what checkers and pictures ask
facts(add,             exact="x + y")
facts(sub,             exact="x - y")
facts(mul,             exact="x * y",                        zero="multiplied by 0")
facts(truediv,         exact="x / y",                        textbook=("1 / y", "-x / y**2"), zero="0 divided by it")
facts(floordiv,        exact="floor(x / y)")
facts(mod,             exact="x - y * floor(x / y)")
facts(neg,             exact="-x")
facts(pos,             exact="x")
facts(absolute,        exact="mp.fabs(x)",                   textbook="1 if x > 0 else -1 if x < 0 else 0")
facts(power,           exact="real_power(x, y)",             textbook=("y * x**(y - 1)", "log(x) * x**y"), zero="a power whose derivative is 0 there")
facts(pow,             exact="real_power(x, y)",             textbook=("y * x**(y - 1)", "log(x) * x**y"))
facts(sqrt,                                                  textbook="1 / (2 sqrt(x))")
facts(cbrt,            exact="sign(x) * mp.cbrt(abs(x))",    textbook="1 / (3 cbrt(x)**2)")
facts(exp,                                                   saturates=True)
facts(exp2,            exact="mp.power(2, x)",               textbook="log(2) * 2**x")
facts(expm1,           exact="exp(x) - 1")
facts(log2,            exact="log(x) / log(2)",              textbook="1 / (x * log(2))")
facts(log10,           exact="log(x) / log(10)",             textbook="1 / (x * log(10))")
facts(log1p,           exact="log(1 + x)")
facts(log_base,        exact="log(x) / log(base)",           textbook=("1 / (x * log(base))", "-log(x) / (base * log(base)**2)"))
facts(xlogy,           exact="x * log(y)",                   textbook=("log(y)", "x / y"))
facts(xlog1py,         exact="x * log(1 + y)",               textbook=("log(1 + y)", "x / (1 + y)"))
facts(entr,            exact="-x * log(x)",                  textbook="-log(x) - 1")
facts(tan,                                                   textbook="1 + tan(x)**2")
facts(asin,                                                  textbook="1 / sqrt(1 - x**2)")
facts(acos,                                                  textbook="-1 / sqrt(1 - x**2)")
facts(atan,                                                  textbook="1 / (1 + x**2)", saturates=True)
facts(tanh,                                                  textbook="1 - tanh(x)**2", saturates=True)
facts(asinh,                                                 textbook="1 / sqrt(x**2 + 1)")
facts(acosh,                                                 textbook="1 / sqrt(x**2 - 1)")
facts(atanh,                                                 textbook="1 / (1 - x**2)")
facts(atan2,                                                 textbook=("x / (x**2 + y**2)", "-y / (x**2 + y**2)"), signs=True)
facts(degrees,                                               textbook="180 / pi")
facts(radians,                                               textbook="pi / 180")
facts(erf,                                                   textbook="2 / sqrt(pi) * exp(-x**2)", saturates=True, scipy="erf")
facts(erfc,                                                  textbook="-2 / sqrt(pi) * exp(-x**2)", saturates=True)
facts(erfinv,          exact="mp.erfinv(x)",                 textbook="sqrt(pi) / 2 * exp(erfinv(x)**2)", ulps=8.0, scipy="erfinv")
facts(gamma,                                                 textbook="gamma(x) * digamma(x)", ulps=12.0, floor=0.0, scipy="gamma")  # its zeros lie at sizes from 1 down to 1e-300: only the operand's own rounding counts there
facts(lgamma,          exact="log(abs(gamma(x))) if x < 0 else mp.loggamma(x)", ulps=12.0, floor=0.1, terms=1.0, scipy="gammaln")  # `math.lgamma` is a difference, and bends slowly at 1.46
facts(digamma,         exact="mp.digamma(x)",                ulps=12.0, terms=1.0)
facts(polygamma,       exact="reflected_polygamma(n, x)",    ulps=12.0, floor=0.0, terms=1.0)
facts(i0,              exact="mp.besseli(0, x)",             ulps=12.0, scipy="i0")
facts(bessel_i,        exact="mp.besseli(int(n), x)",        textbook=("", "(bessel_i(n - 1, x) + bessel_i(n + 1, x)) / 2"), ulps=12.0)
facts(sinc,            exact="sin(pi * x) / (pi * x) if x else mpf(1)", textbook="(cos(pi * x) - sinc(x)) / x", floor=0.5)
facts(norm_cdf,        exact="erfc(-x / sqrt(2)) / 2",       saturates=True)
facts(norm_pdf,        exact="exp(-x * x / 2) / sqrt(2 * pi)", textbook="-x * norm_pdf(x)", saturates=True)
facts(sigmoid,         exact="1 / (1 + exp(-x))",            textbook="sigmoid(x) * (1 - sigmoid(x))", saturates=True)
facts(logsigmoid,      exact="-log(1 + exp(-x))",            textbook="1 - sigmoid(x)", saturates=True)
facts(softplus,        exact="log(1 + exp(x))",              saturates=True)
facts(silu,            exact="x * sigmoid(x)",               textbook="sigmoid(x) * (1 + x * (1 - sigmoid(x)))", saturates=True, floor=0.2)
facts(gelu,            exact="x * norm_cdf(x)",              textbook="norm_cdf(x) + x * norm_pdf(x)", saturates=True, floor=0.1)
facts(gelu_tanh,       exact="x * sigmoid(2 * sqrt(2 / pi) * (x + mpf(0.044715) * x**3))", textbook="z / x + z * (1 - z / x) * sqrt(8 / pi) * (1 + 0.134145 * x**2)", saturates=True, floor=0.25)
facts(relu,            exact="max(x, mpf(0))",               textbook="1 if x > 0 else 0", zero="a dead relu: its operand is not positive")
facts(selu,            exact=f"mpf({special.SELU_SCALE}) * (x if x > 0 else mpf({special.SELU_ALPHA}) * (exp(x) - 1))", textbook=f"{special.SELU_SCALE} if x > 0 else {special.SELU_SCALE * special.SELU_ALPHA} * exp(x)", saturates=True)
facts(elu,             exact="x if x > 0 else alpha * (exp(x) - 1)", textbook=("1 if x > 0 else alpha * exp(x)", "0 if x > 0 else exp(x) - 1"), saturates=True)
facts(leaky_relu,      exact="x if x > 0 else negative_slope * x", textbook=("1 if x > 0 else negative_slope", "0 if x > 0 else x"), zero="a leaky_relu whose slope is zero")
facts(hinge,           exact="max(1 - label * score, mpf(0))", textbook=("-label if label * score < 1 else 0", "-score if label * score < 1 else 0"), zero="beyond the margin of the hinge", terms=1.0)
facts(huber,           exact="residual * residual / 2 if abs(residual) <= delta else delta * (abs(residual) - delta / 2)", textbook=("residual if abs(residual) <= delta else delta * sign(residual)", "0 if abs(residual) <= delta else abs(residual) - delta"), zero="at the bottom of the loss: there is no error")
facts(binary_cross_entropy_with_logits,exact="(1 - target) * log(1 + exp(logit)) + target * log(1 + exp(-logit))", textbook=("sigmoid(logit) - target", "-logit"), floor=0.5, zero="a saturated sigmoid inside: its operand is {logit}")
facts(trunc,           exact="sign(x) * floor(abs(x))")
facts(rint,            exact="mp.nint(x)")
facts(round_to,        exact="mp.nint(x * 10**digits) / 10**digits")
facts(fabs,                                                  textbook="1 if x > 0 else -1 if x < 0 else 0")
facts(copysign,        exact="abs(x) if y >= 0 else -abs(x)", signs=True)
facts(fmod,            exact="x - y * trunc(x / y)",         textbook=("", "-trunc(x / y)"))
facts(remainder,       exact="x - y * mp.nint(x / y)",       textbook=("", "-rint(x / y)"))
facts(modf_frac,       exact="x - trunc(x)")
facts(modf_int,        exact="trunc(x)")
facts(frexp_m,         exact="mp.frexp(x)[0]",               textbook="frexp_m(x) / x")
facts(ldexp,           exact="x * mp.power(2, i)",           textbook=("2**i", ""))
facts(sign,            exact="mp.sign(x)")
facts(step,            exact="mpf(x > 0)")
facts(fma,             exact="x * y + a",                    zero="multiplied by 0")
facts(where,           exact="x if condition else y",        textbook=("", "1 if condition else 0", "0 if condition else 1"), zero="the other branch was selected")
facts(clamp,           exact="min(max(x, low), high)",       textbook=("1 if low <= x <= high else 0", "1 if x < low else 0", "1 if x > high else 0"), zero="clamped: outside of [{low}, {high}]")
facts(fsum,            exact="mp.fsum(xs)")
facts(prod,            exact="mp.fprod(xs)",                 textbook="z / {x}", zero="multiplied by 0")
facts(sumprod,         exact="mp.fdot(*halves(xs))",         zero="multiplied by 0")
facts(hypot,           exact="norm(xs)",                     textbook="{x} / z")
facts(dist,            exact="norm([p - q for p, q in zip(*halves(xs))])", textbook="({x} - {y}) / z")
facts(maximum,         exact="max(xs)",                      textbook="1 if {x} == z else 0", zero="another operand is the largest")
facts(minimum,         exact="min(xs)",                      textbook="1 if {x} == z else 0", zero="another operand is the smallest")
facts(logsumexp,       exact="log(mp.fsum(map(exp, xs)))",   textbook="exp({x} - z)", zero="another operand is so much larger")
facts(softmax_at,      exact="1 / mp.fsum(exp(x - xs[i]) for x in xs)", textbook="z * ((i == {j}) - softmax_at({j}, {all}))", zero="a saturated softmax: one operand is far above all")
facts(log_softmax_at,  exact="log(softmax_at(i, *xs))",      textbook="(i == {j}) - softmax_at({j}, {all})", zero="a saturated softmax: one operand is far above all")
facts(cosine_similarity,exact="cosine(*halves(xs))",          textbook="{y} / (hypot({xs}) * hypot({ys})) - z * {x} / hypot({xs})**2")
facts(tanh_slope,      exact="mp.sech(x)**2")
facts(sigmoid_slope,   exact="sigmoid(x) * sigmoid(-x)")
facts(asin_slope,      exact="1 / sqrt(1 - x * x)")
facts(acosh_slope,     exact="1 / sqrt(x * x - 1)")
facts(asinh_slope,     exact="1 / sqrt(1 + x * x)")
facts(atan_slope,      exact="1 / (1 + x * x)")
facts(atanh_slope,     exact="1 / (1 - x * x)")
facts(cbrt_slope,      exact="1 / (3 * mp.cbrt(x * x))")
facts(erf_slope,       exact="2 / sqrt(pi) * exp(-x * x)")
facts(erfinv_slope,    exact="sqrt(pi) / 2 * exp(erfinv(x)**2)", ulps=12.0)
facts(entr_slope,      exact="-log(x) - 1")
facts(frexp_slope,     exact="mp.power(2, -mp.frexp(x)[1])")
facts(silu_slope,      exact="sigmoid(x) + x * sigmoid(x) * sigmoid(-x)", floor=0.1, terms=0.2)
facts(gelu_tanh_slope, exact="slope_of_gelu_tanh(x)",        floor=0.1, terms=0.25)
facts(below,           exact="a * exp(x) if x <= 0 else mpf(0)")
facts(absorb,          exact="w * x")
facts(times,           exact="x * y",                        zero="multiplied by 0")
facts(ratio,           exact="x / y")
facts(log_present,     exact="log(y)")
facts(log1p_present,   exact="log(1 + y)")
facts(atan2_slope,     exact="x / (x * x + y * y)",          floor=0.05, signs=True)
facts(monomial,        exact="c * real_power(x, y - k) * (log(x)**n if n else 1)")
facts(cross,           exact="x * v - y * u")
facts(clamp_weight,    exact="mpf((low <= x <= high and low < high, x < low, x > high)[i])")
facts(sinc_derivative, exact="derivative_of_sinc(n, x)",     ulps=12.0, floor=0.05, terms=1.0)
facts(product_of_others, exact="mp.fprod(xs[:i] + xs[i + 1:])")
facts(scaled_prod,     exact="mp.fprod(xs)")
facts(sumtimes,        exact="mp.fdot(*halves(xs))",         zero="multiplied by 0")
facts(cosine_derivative, exact="derivative_of_cosine(i, xs)")
facts(direction,       exact="xs[i] / norm(xs)")
facts(maximum_share,   exact="share(xs[i], max(xs), xs)")
facts(minimum_share,   exact="share(xs[i], min(xs), xs)")
facts(softmax_share,   exact="softmax_at(i, *xs)")
facts(softmax_rest,    exact="1 - softmax_at(i, *xs)")
# fmt: on
