"""How accurate the partials of every row are promised to be: what the checks, and the tests of the table, hold it to.

The unit is the ulp, the distance between neighbouring floats at the true partial. Near a zero of a derivative that is
not a float, and near the smallest floats, relative accuracy ends, for any engine; there the error is counted in ulps of
the size at which that begins, the row's `floor`.
"""

import math

from autograd.primitives.primitive import Primitive

EPSILON = 2.0**-52
ULPS = 4.0  # of a partial of a row that does not say otherwise
HELPER_ULPS = 16.0  # rows that are derivatives of other rows: their partials are second derivatives
SECOND_ULPS = 64.0  # of a second derivative of a row
VALUE_ULPS = 16.0  # of a value, beside a change of the operands by as much: C's own functions are not exact
SMALL = 2.0**-1004  # a product of this size may have a factor below all normal floats, which has few digits
UNDERFLOW = math.ulp(SMALL)  # so this is how far off it may be


def bound(row: Primitive) -> float:
    """Return how many ulps a row's partials may be off.

    >>> from autograd.primitives.primitive import ROWS
    >>> bound(ROWS["sin"]), bound(ROWS["gamma"]), bound(ROWS["tanh_slope"])
    (4.0, 12.0, 16.0)
    """
    return row.ulps or (HELPER_ULPS if row.helper else ULPS)


def unit(row: Primitive, partial: float) -> float:
    """Return the ulp in which the error of a row's partial is counted, where the truth is `partial`."""
    return math.ulp(max(abs(partial), row.floor or 0.0, SMALL))


def allowance(row: Primitive, partial: float) -> float:
    """Return how far a row's partial may be from the truth `partial`; 0.0 where that is not finite."""
    return bound(row) * unit(row, partial) if math.isfinite(partial) else 0.0
