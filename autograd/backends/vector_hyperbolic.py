"""Hyperbolic functions and their inverses as straight-line arithmetic, made of exponentials and logarithms."""

import math

from autograd.backends.operations import Number, select
from autograd.backends.vector_math import copysign
from autograd.floats.ieee import NAN, divide

LN2 = math.log(2.0)
HIGH = 700.0  # from here on the exponential is taken in two halves
HUGE = 1e150  # from here on a square overflows


def halves(a: Number) -> Number:
    """Return exp(a) / 2 where exp(a) may overflow."""
    half = math.exp(0.5 * a)
    return 0.5 * half * half


def sinh(x: Number) -> Number:
    """Return the hyperbolic sine."""
    a = abs(x)
    e = math.expm1(a)
    return copysign(select(a > HIGH, halves(a), 0.5 * (e + divide(e, e + 1.0))), x)


def cosh(x: Number) -> Number:
    """Return the hyperbolic cosine."""
    a = abs(x)
    e = math.exp(a)
    return select(a > HIGH, halves(a), 0.5 * e + divide(0.5, e))


def asinh(x: Number) -> Number:
    """Return the inverse hyperbolic sine, log1p(a + a*a / (1 + sqrt(1 + a*a))) for a = |x|."""
    a = abs(x)
    square = a * a
    huge = a > HUGE
    more = a + divide(square, 1.0 + math.sqrt(1.0 + square))
    return copysign(math.log1p(select(huge, a, more)) + select(huge, LN2, 0.0), x)


def acosh(x: Number) -> Number:
    """Return the inverse hyperbolic cosine, log1p(t + sqrt(t * (t + 2))) for t = x - 1; NaN below 1."""
    t = x - 1.0
    huge = x > HUGE
    found = math.log1p(select(huge, x, t + math.sqrt(t * (t + 2.0)))) + select(huge, LN2, 0.0)
    return select(x < 1.0, NAN, found)


def atanh(x: Number) -> Number:
    """Return the inverse hyperbolic tangent; NaN outside [-1, 1]."""
    a = abs(x)
    return copysign(0.5 * math.log1p(divide(2.0 * a, 1.0 - a)), x)
