"""Domains: where a primitive is defined, as an interval with or without its ends, and maybe without its poles.

NaN is inside every domain: NaN in means NaN out, not an error.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of real numbers, infinities included where an end is closed.

    >>> 0.0 in POSITIVE, 5e-324 in POSITIVE, math.nan in POSITIVE
    (False, True, True)
    >>> str(POSITIVE), str(UNIT), str(NO_GAMMA_POLE)
    ('(0, inf)', '[-1, 1]', '(-inf, inf) without 0, -1, -2, ...')
    """

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False
    hole: Callable[[float], bool] | None = None  # true at the points that are left out
    hole_text: str = ""

    def __contains__(self, x: float) -> bool:
        if x != x:
            return True
        above = x > self.low if self.low_open else x >= self.low
        below = x < self.high if self.high_open else x <= self.high
        return above and below and not (self.hole is not None and self.hole(x))

    def __str__(self) -> str:
        opening = "(" if self.low_open or self.low == -math.inf else "["
        closing = ")" if self.high_open or self.high == math.inf else "]"
        ends = f"{opening}{self.low:g}, {self.high:g}{closing}"
        return f"{ends} without {self.hole_text}" if self.hole_text else ends


REALS = Interval(-math.inf, math.inf)
FINITE = Interval(-math.inf, math.inf, True, True)
POSITIVE = Interval(0.0, math.inf, low_open=True)
NOT_NEGATIVE = Interval(0.0, math.inf)
FROM_ONE = Interval(1.0, math.inf)
ABOVE_MINUS_ONE = Interval(-1.0, math.inf, low_open=True)
UNIT = Interval(-1.0, 1.0)
OPEN_UNIT = Interval(-1.0, 1.0, True, True)
NOT_ZERO = Interval(-math.inf, math.inf, hole=lambda x: x == 0.0, hole_text="0")
NO_GAMMA_POLE = Interval(
    -math.inf, math.inf, low_open=True, hole=lambda x: x <= 0.0 and x == math.floor(x), hole_text="0, -1, -2, ..."
)
