"""Quotients, remainders and decimal places as straight-line arithmetic, rounded as Python rounds them."""

import math

from autograd.backends.operations import Number, select
from autograd.backends.vector_math import copysign, product_error, rint
from autograd.floats.ieee import INF, NAN


def modulo_of(m: float, y: float) -> float:
    """Return the m of `fmod` moved to the side of y."""
    if m == 0.0:
        return copysign(0.0, y)
    return m if copysign(1.0, m) == copysign(1.0, y) else m + y


def mod(x: float, y: float) -> float:
    """Return x % y; NaN where y is 0 or x infinite."""
    return NAN if y == 0.0 else modulo_of(math.fmod(x, y), y)


def floordiv(x: float, y: float) -> float:
    """Return x // y; NaN where y is 0 or x infinite."""
    if y == 0.0:
        return NAN
    m = math.fmod(x, y)
    quotient = (x - m) / y
    if m != 0.0:
        quotient = less(quotient, copysign(1.0, m), copysign(1.0, y))
    whole = math.floor(quotient) if quotient != 0.0 else copysign(0.0, x / y)
    return whole + 1.0 if quotient - whole > 0.5 else whole


def less(x: float, one: float, other: float) -> float:
    """Return x - 1 where two signs differ."""
    return x if one == other else x - 1.0


def remainder(x: float, y: float) -> float:
    """Return x - n * y with n the whole number nearest to x / y, the even one of two (C99's algorithm)."""
    if abs(y) == INF and abs(x) < INF:
        return x
    if y == 0.0:
        return NAN
    size, step = abs(x), abs(y)
    m = math.fmod(size, step)
    rest = step - m
    nearest = m if m < rest else -rest if m > rest else m - 2.0 * math.fmod(0.5 * (size - m), step)
    return copysign(1.0, x) * nearest


def degrees(x: float) -> float:
    """Return radians as degrees."""
    return x * (180.0 / math.pi)


def radians(x: float) -> float:
    """Return degrees as radians."""
    return x * (math.pi / 180.0)


def round_to(x: Number, digits: float) -> Number:
    """Return x rounded to a number of decimal digits, half to even, as Python rounds its exact value."""
    digits = int(digits)
    if digits > 323 or digits < -308:
        return x if digits > 0 else select(abs(x) == INF, x, 0.0 * x)
    exact = 5 ** abs(digits)
    five, two = float(exact), 2.0**digits
    rest = float(exact - int(five))
    moved = x * two
    if digits >= 0:
        scaled = moved * five
        lost = product_error(moved, five) + moved * rest
        whole = nearest(scaled, lost)
        size = whole / five
        found = (size + ((whole - size * five) - product_error(size, five) - size * rest) / five) / two
    else:
        scaled = moved / five
        lost = ((moved - scaled * five) - product_error(scaled, five) - scaled * rest) / five
        whole = nearest(scaled, lost)
        found = (whole * five + (product_error(whole, five) + whole * rest)) / two
    return select(abs(scaled) < 2.0**53, copysign(found, x), x)


def nearest(x: Number, lost: Number) -> Number:
    """Return the whole number nearest to x + lost, of which the second is small; the even one of two."""
    near = x + lost
    lost = lost - (near - x)
    whole = rint(near)
    gap = near - whole
    whole = select((gap == 0.5) & (lost > 0.0), whole + 1.0, whole)
    return select((gap == -0.5) & (lost < 0.0), whole - 1.0, whole)
