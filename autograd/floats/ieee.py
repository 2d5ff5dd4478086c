"""Float arithmetic that never raises, and float arithmetic that keeps what rounding throws away.

`Total` is a float whose operators follow IEEE 754 where Python raises. A rule is evaluated on plain floats first, and
only when that raises, again on `Total`s: the common case pays nothing. Below it stand the error-free transformations on
which the careful formulas rest.
"""

import contextvars
import math
from collections.abc import Callable
from typing import Any

from autograd.errors import ConvergenceError

INF = math.inf
NAN = math.nan


def divide(x: float, y: float) -> float:
    """Return x / y as IEEE 754 has it: a signed infinity at a pole, NaN for 0 / 0.

    >>> divide(1.0, -0.0), divide(0.0, 0.0), divide(1.0, 3.0) == 1 / 3
    (-inf, nan, True)
    """
    if y != 0.0:
        return x / y
    if x == 0.0 or x != x:
        return NAN
    return math.copysign(INF, x) * math.copysign(1.0, y)


def power(x: float, y: float) -> float:
    """Return x ** y as C's pow has it: infinities at poles and on overflow, NaN for a root of a negative number.

    >>> power(0.0, -1.0), power(-0.0, -3.0), power(-10.0, 311.0), power(-2.0, 0.5)
    (inf, -inf, -inf, nan)
    """
    negative = math.copysign(1.0, x) < 0.0 and math.isfinite(y) and math.fmod(y, 2.0) in (1.0, -1.0)
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INF if negative else INF
    except ValueError:
        if x == 0.0:
            return -INF if negative else INF
        return NAN


def total(value: Callable[..., float], limit: Callable[..., float] | None, *xs: float) -> float:
    """Return value(*xs), and where that raises its limit; +inf on overflow and NaN elsewhere if there is none."""
    try:
        return value(*xs)
    except (ValueError, ZeroDivisionError, ConvergenceError):
        return limit(*xs) if limit is not None else NAN
    except OverflowError:
        return limit(*xs) if limit is not None else INF


class Total(float):
    """A float whose operators and functions are total: no exception, IEEE 754 infinities and NaN instead.

    >>> Total(1.0) / 0.0, Total(-1.0) ** 0.5, 0.0 / Total(0.0), -Total(2.0) * 3
    (inf, nan, nan, -6.0)
    """

    __slots__ = ()
    rank = 1  # among carriers, see primitive.py

    @staticmethod
    def apply(primitive: Any, operands: tuple[Any, ...]) -> "Total":
        return Total(primitive.total(*operands))


class Totally:
    """Whether this thread or task is computing partials, where nothing may raise; see `within`."""

    def __init__(self) -> None:
        self._state: contextvars.ContextVar[bool] = contextvars.ContextVar("totally", default=False)
        self.active: dict[int, bool] = {}  # an entry for each block that was entered, in any thread

    def get(self) -> bool:
        """Return whether functions are to be total now."""
        return self._state.get()

    def within(self, flag: bool) -> "Within":
        """Hold the flag for a `with` block."""
        return Within(self, self._state, flag)


class Within:
    """A `with` block; a class, because one is entered for every step of a nested sweep, and generators take thrice."""

    flag: bool
    state: contextvars.ContextVar[bool]
    totally: Totally

    __slots__ = ("flag", "state", "token", "totally")

    def __init__(self, totally: Totally, state: contextvars.ContextVar[bool], flag: bool) -> None:
        self.totally, self.state, self.flag = totally, state, flag

    def __enter__(self) -> None:
        self.token: contextvars.Token[bool] = self.state.set(self.flag)
        self.totally.active[id(self.token)] = self.flag

    def __exit__(self, *_: object) -> None:
        del self.totally.active[id(self.token)]
        self.state.reset(self.token)


totally: Totally = Totally()


def _install(name: str, function: Callable[[float, float], float]) -> None:
    def forward(x: float, y: float) -> Total:
        return Total(function(x, y))

    def backward(y: float, x: float) -> Total:
        return Total(function(x, y))

    setattr(Total, f"__{name}__", forward)
    setattr(Total, f"__r{name}__", backward)


_install("add", float.__add__)
_install("sub", float.__sub__)
_install("mul", float.__mul__)
_install("truediv", lambda x, y: divide(float(x), float(y)))
_install("pow", lambda x, y: power(float(x), float(y)))
setattr(Total, "__neg__", lambda x: Total(float.__neg__(x)))  # noqa: B010 (Total's operators are all made here)


# ---------------------------------------------------------------------------- error-free transformations
# Dekker 1971, Knuth TAOCP 2 section 4.2.2. Sums are exact always, products where nothing over- or underflows.


def two_sum(x: float, y: float) -> tuple[float, float]:
    """Return (s, e) with s = x + y rounded and s + e = x + y exactly (Knuth)."""
    s = x + y
    t = s - x
    return s, (x - (s - t)) + (y - t)


def split(x: float) -> tuple[float, float]:
    """Return (high, low), 26 bits each, with high + low = x (Veltkamp); |x| < 2**996."""
    t = 134217729.0 * x
    high = t - (t - x)
    return high, x - high


def two_product(x: float, y: float) -> tuple[float, float]:
    """Return (p, e) with p = x * y rounded and p + e = x * y exactly (Dekker).

    >>> two_product(1.0 + 2.0**-30, 1.0 - 2.0**-30)
    (1.0, -8.673617379884035e-19)
    """
    p = x * y
    a, b = split(x)
    c, d = split(y)
    return p, ((a * c - p) + a * d + b * c) + b * d


def rounded(numerator: int, denominator: int) -> float:
    """Return numerator / denominator correctly rounded, a signed infinity on overflow.

    >>> rounded(1, 3) == 1 / 3, rounded(-(10**400), 1)
    (True, -inf)
    """
    try:
        return numerator / denominator
    except OverflowError:
        return -INF if (numerator < 0) != (denominator < 0) else INF
