"""How accurate the partials of every row are promised to be: what the checks, and the tests of the table, hold it to.

Start at `allowance`. The unit is the ulp, the distance between neighbouring floats at the true partial. The one
surprise: near a zero of a derivative that is not a float, and near the smallest floats, relative accuracy ends, for any
engine; there the error is counted in ulps of the size at which that begins.
"""

import math

import autograd
from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive

EPSILON = 2.0**-52
ULPS = 4.0  # of a partial of a public row
HELPER_ULPS = 16.0  # rows that are derivatives of public rows: their partials are second derivatives
SECOND_ULPS = 64.0  # of a second derivative of a row
VALUE_ULPS = 16.0  # of a value, beside a change of the operands by as much: C's own functions are not exact
LONG = {  # long sums, and the amplification of a rounded argument
    "gamma": 12.0,
    "lgamma": 12.0,
    "digamma": 12.0,
    "polygamma": 12.0,
    "erfinv": 8.0,
    "erfinv_slope": 12.0,
    "i0": 12.0,
    "bessel_i": 12.0,
    "sinc_derivative": 12.0,
}
FLOOR = {  # the size of a partial below which its error is absolute
    "atan2_slope": 0.05,
    "binary_cross_entropy_with_logits": 0.5,
    "gamma": 0.0,  # its zeros lie at sizes from 1 down to 1e-300: only the operand's own rounding counts there
    "gelu": 0.1,
    "gelu_tanh": 0.25,
    "gelu_tanh_slope": 0.1,
    "lgamma": 0.1,
    "polygamma": 0.0,  # as gamma, for operands below 0
    "silu": 0.2,
    "silu_slope": 0.1,
    "sinc": 0.5,
    "sinc_derivative": 0.05,
}
SMALL = 2.0**-1004  # a product of this size may have a factor below all normal floats, which has few digits
UNDERFLOW = math.ulp(SMALL)  # so this is how far off it may be
TERMS = {"lgamma": 1.0}  # the size of what cancels in a value: `math.lgamma` is a difference, and bends slowly at 1.46
UNDER_OTHER_NAMES = {"log_base", "power", "gelu_tanh", "modf_frac", "modf_int", "frexp_m", "rint"}
UNDER_OTHER_NAMES |= {"softmax_at", "log_softmax_at"}  # rows that public functions call


def bound(row: Primitive) -> float:
    """Return how many ulps a row's partials may be off.

    >>> from autograd.primitives.primitive import ROWS
    >>> bound(ROWS["sin"]), bound(ROWS["gamma"]), bound(ROWS["tanh_slope"])
    (4.0, 12.0, 16.0)
    """
    public = hasattr(autograd, row.name) or hasattr(Carrier, f"__{row.name}__") or row.name in UNDER_OTHER_NAMES
    return LONG.get(row.name, ULPS if public else HELPER_ULPS)


def unit(row: Primitive, partial: float) -> float:
    """Return the ulp in which the error of a row's partial is counted, where the truth is `partial`."""
    return math.ulp(max(abs(partial), FLOOR.get(row.name, 0.0), SMALL))


def allowance(row: Primitive, partial: float) -> float:
    """Return how far a row's partial may be from the truth `partial`; 0.0 where that is not finite."""
    return bound(row) * unit(row, partial) if math.isfinite(partial) else 0.0
