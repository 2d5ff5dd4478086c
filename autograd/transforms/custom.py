"""Primitives of your own: a function and its partial derivatives, used as if it stood in the table.

The partials are compared with finite differences when the function is declared, so a wrong sign is an error in the line
where it was made.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import TypeVar, cast

from autograd.primitives.domains import REALS, Interval
from autograd.primitives.primitive import Kink, Primitive, Rule
from autograd.tape.pytree import flatten, unflatten

X = TypeVar("X")
POINTS = (0.37, 1.6, -0.85, 2.9, 0.06)  # where a declaration is tried out, as far as they lie in the domain


def custom_derivative(
    *partials: Rule | None,
    domain: Sequence[Interval] | Interval | None = None,
    kink: Kink | None = None,
    at: Sequence[float | Sequence[float]] | None = None,
    check: bool = True,
) -> Callable[[Callable[..., float]], Primitive]:
    """Return a decorator that makes a function of numbers a primitive: `partials` are its rules, one for each operand.

    A rule takes the result `z` and then the operands, and returns the partial derivative towards its operand; `None`
    stands for an operand that cannot be differentiated. A rule that is written in functions of autograd and operators
    can be differentiated again, to any order. The function itself sees plain floats, and may use anything.

    `domain` (one Interval, or one for each operand) and `kink` are documentation and are used by checkers. The partials
    are compared with finite differences at the points `at` (tuples, or numbers for one operand), or at some of our own;
    `check=False` leaves that out. Raises TypeError where the number of rules is not that of the operands, or anything
    but a number is returned, and ValueError, with the operand and both numbers, where they disagree.

    >>> from autograd import Value, cos, grad, sin
    >>> @custom_derivative(lambda z, x, w: w * cos(w * x), lambda z, x, w: x * cos(w * x))
    ... def wave(x, w):
    ...     return math.sin(w * x)
    >>> x = Value(0.5)
    >>> wave(x, 2.0).partials == (2.0 * math.cos(1.0),)
    True
    >>> grad(grad(wave))(0.5, 2.0) == -4.0 * math.sin(1.0)
    True
    >>> @custom_derivative(lambda z, x: -2.0 * x)
    ... def square(x):
    ...     return x * x
    Traceback (most recent call last):
    ...
    ValueError: square: the partial towards x at x = 0.37 is -0.74, but finite differences give 0.74; correct the rule
    """

    def declare(function: Callable[..., float]) -> Primitive:
        name = getattr(function, "__name__", "custom")
        names = _operands(function, name)
        if len(partials) != len(names):
            raise TypeError(f"{name}: {len(partials)} partials for the operands {', '.join(names)}; give one for each")
        for operand, rule in zip(names, partials, strict=True):
            if rule is not None and len(_operands(rule, f"{name}: the partial towards {operand}")) != len(names) + 1:
                raise TypeError(f"{name}: the partial towards {operand} must take z, {', '.join(names)}")
        domains = (domain,) * len(names) if isinstance(domain, Interval) else tuple(domain or ())
        made = Primitive(
            name,
            function,
            partials,
            domain=domains,
            kink=kink,
            operand_names=tuple(names),
            home=str(function.__module__),
        )
        if check:
            _check(made, at)
        return made

    return declare


def _operands(function: Callable[..., object], name: str) -> list[str]:
    """Return the names of a function's operands; TypeError if it takes anything but those."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a function, not {type(function).__name__} {function!r}") from None
    if any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) or p.default is not p.empty for p in parameters):
        raise TypeError(f"{name}: must take a fixed number of operands, without defaults, *args or keywords")
    return [p.name for p in parameters]


def _check(made: Primitive, at: Sequence[float | Sequence[float]] | None) -> None:
    """Compare the partials with differences at points of the domain; ValueError where they disagree."""
    tried = 0
    failure: Exception | None = None
    for xs in _points(made, at):
        try:
            z = made.value(*xs)
        except (ArithmeticError, ValueError, TypeError) as refused:  # to compare complex numbers is a TypeError
            failure = refused
            continue
        if isinstance(z, complex):
            continue
        if not isinstance(z, Real):
            raise TypeError(f"{made.name}: returned {type(z).__name__} {z!r}, which is no number, for {_at(made, xs)}")
        tried += sum(_compared(made, xs, float(z), i) for i, rule in enumerate(made.partials) if rule is not None)
    if not tried and any(made.partials):
        message = f"{made.name}: has no value at any of the points tried; give some with at=[(x, ...), ...]"
        raise ValueError(message) from failure


def _points(made: Primitive, at: Sequence[float | Sequence[float]] | None) -> list[list[float]]:
    """Return the points where a declaration is tried out: those of the user, or ours."""
    if at is None:
        domains = made.domain or (REALS,) * len(made.partials)
        return [[_inside(POINTS[i + j :] + POINTS, d) for j, d in enumerate(domains)] for i in range(len(POINTS))]
    found = []
    for point in at:
        found.append([float(x) for x in (point if isinstance(point, Iterable) else [point])])
        count = len(found[-1])
        if count != len(made.partials):
            raise ValueError(f"{made.name}: the point {point!r} has {count} numbers for {len(made.partials)} operands")
    return found


def _compared(made: Primitive, xs: Sequence[float], z: float, i: int) -> bool:
    """Compare one partial with differences; return whether there are any, ValueError where they disagree."""
    what = f"{made.name}: the partial towards {made.operand_names[i]} at {_at(made, xs)}"
    slope, error = _slope(made.value, xs, i)
    try:
        found = made.partials_at(z, xs, [i])[0]
    except (TypeError, ValueError) as failed:
        raise TypeError(f"{what} is no number; correct the rule") from failed
    if math.isfinite(slope) and not abs(found - slope) <= 1e-5 * abs(slope) + 20.0 * error:
        raise ValueError(
            f"{what} is {found:.6g}, but finite differences give {slope:.6g}; correct the rule, or use "
            "check=False if you know better"
        )
    return math.isfinite(slope)


def _at(made: Primitive, xs: Sequence[float]) -> str:
    return ", ".join(f"{name} = {x:g}" for name, x in zip(made.operand_names, xs, strict=True))


def _inside(points: Sequence[float], domain: Interval) -> float:
    """Return the first of some points that lies in a domain; NaN if none does."""
    return next((x for x in points if x in domain), math.nan)


def _slope(f: Callable[..., float], xs: Sequence[float], i: int) -> tuple[float, float]:
    """Return (partial towards xs[i], estimate of its error), by central differences, extrapolated; NaN if f fails."""
    h = 1e-3 * max(abs(xs[i]), 0.1)

    def along(d: float) -> float:
        return f(*xs[:i], xs[i] + d, *xs[i + 1 :])

    try:
        wide, narrow = ((along(d) - along(-d)) / (2.0 * d) for d in (h, 0.5 * h))
    except (ArithmeticError, ValueError, TypeError):
        return math.nan, math.nan
    best = (4.0 * narrow - wide) / 3.0  # Richardson
    return best, abs(best - narrow) + 1e-10 * abs(best)


@custom_derivative(lambda z, x: 0.0, check=False)
def stopped(x: float) -> float:
    return x


def stop_gradient(x: X) -> X:
    """Return x, a number or a nest, as it is, with a derivative of zero: the result does not see how x was made.

    >>> from autograd import grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    leaves, rebuild = flatten(x)
    return cast("X", unflatten(rebuild, [stopped(y) for y in leaves]))
