"""Every row of the table in arbitrary precision, straight from the textbook: the truth that gradients are held against.

A row's column `exact` is its plain definition on mpmath's numbers, with no care for cancellation, because derivatives
are taken at hundreds of digits: `expand` gives them as central differences with a relative step of 1e-40, whose error
is 1e-80. A row without that column is its own definition, if its value function can be run on such numbers.
"""

import builtins
import math
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from autograd.errors import MissingExtra
from autograd.floats import native
from autograd.floats.core_choice import uncompiled
from autograd.primitives.primitive import ROWS, Primitive

try:
    from mpmath import mp as mp
    from mpmath import mpf as mpf
except ImportError as _error:
    raise MissingExtra("mpmath", "testing") from _error


Exact = Any  # a number of mpmath, which ships no types
LEAST = 400.0  # floats have exponents up to 324


def digits(operands: Sequence[Exact], order: int = 1) -> int:
    """Return how many digits a difference needs: cos(1e-300) is 1 - 5e-601, tanh(300) is 1 - 1e-260.

    A second difference needs twice as many: that of acos at x bends by the cube of x. The normal distribution needs
    x**2 of them, its approximation by a sigmoid x**3, until even their tails underflow. What the exact tail of one of
    them is, like 1e-30000000, would need millions, but no float depends on it.
    """
    spread = largest = tail = 0.0
    for x in operands:
        if x and mp.isfinite(x):
            exponent = 0.30103 * float(mp.mag(x))
            spread = max(spread, min(abs(exponent), LEAST))
            size = 10.0 ** min(exponent, 2.9)
            largest, tail = max(largest, size), max(tail, size**2 + 0.08 * size**3)
    return 150 + int(2.0 * order * spread + largest + 0.4343 * min(tail, 710.0))


# ---------------------------------------------------------------------------------- definitions


class Opaque(LookupError):
    """A primitive that can be computed in floats only."""


def definition(row: Primitive) -> Callable[..., Exact]:
    """Return a row as a function on mpmath's numbers: what it states as exact, else its value function run on them.

    Raises Opaque, or lets the function raise it, where that computes in floats alone; so do primitives of users.

    >>> definition(ROWS["log1p"])(mpf(1)) == mp.log(2)
    True
    """
    if row.home:  # one of the user's own may have the name of a row
        raise Opaque(f"{row.name}: a primitive that is not in the table has no exact definition")
    form = stated(row)
    if form is not None:
        return form
    copy = rerun(row.value)

    def run(*xs: Exact) -> Exact:
        try:
            return mpf(copy(*xs))
        except (TypeError, AttributeError) as error:
            raise Opaque(f"{row.name}: its value function takes floats only") from error

    return run


def computable(row: Primitive, xs: Sequence[Exact]) -> bool:
    """Return whether a row can be computed on mpmath's numbers, here."""
    try:
        definition(row)(*[mpf(x) if type(x) is float else x for x in xs])
    except Opaque:
        return False
    except (ValueError, ArithmeticError):  # it has no value there, but could have one nearby
        pass
    return True


@cache
def stated(row: Primitive) -> Callable[..., Exact] | None:
    """Return the exact form that a row states, or for a function of math that of mpmath; None if there is none."""
    if row.exact:
        names = ", ".join([*"ijk"[: row.parameters], "*xs"] if row.gradient else row.operand_names)
        code = compile(f"lambda {names}: {row.exact}", f"<exact form of {row.name}>", "eval")
        form: Callable[..., Exact] = eval(code, _Names(row))
        return form
    found: Callable[..., Exact] | None = None
    if row.partials and getattr(row.value, "__module__", "") == "math":
        found = getattr(mp, row.value.__name__, None)
    return found


class _Names(dict[str, Any]):
    """What a formula refers to: helpers of this module, other rows, and the rest of mpmath."""

    def __init__(self, row: Primitive) -> None:
        self.row = row

    def __missing__(self, name: str) -> Any:
        other = ROWS.get(name)
        if name in HELPERS:
            found: Exact = HELPERS[name]
        elif other is not None and other is not self.row:
            found = definition(other)
        else:
            found = getattr(builtins, name, None) or getattr(mp, name)
        return self.setdefault(name, found)


def rerun(function: object) -> Callable[..., Exact]:
    """Return a Python function of floats as it is written, on mpmath's numbers: `math` and its helpers are exact.

    >>> rerun(lambda x: math.exp(x) / (1.0 + abs(x)))(mpf(1)) == mp.e / 2
    True
    """
    row = next((row for row in ROWS.values() if function in (row, row.value)), None)
    form = stated(row) if row is not None else None
    if form is None and isinstance(function, Primitive):
        form = definition(function)
    if form is not None:
        return form
    function = getattr(uncompiled("floats.elementary"), getattr(function, "__name__", ""), function)
    if not isinstance(function, FunctionType):
        raise Opaque(f"{function!r} computes in floats only")
    space = {name: _exactly(x) for name, x in function.__globals__.items() if name in _names(function.__code__)}
    space["__builtins__"] = vars(builtins) | {"float": mpf}
    return FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)


def _names(code: CodeType) -> set[str]:
    """Return the names that a piece of code, or one inside of it, refers to."""
    return set(code.co_names).union(*[_names(x) for x in code.co_consts if isinstance(x, CodeType)])


def _exactly(x: object) -> Any:
    if x is math or x is native:
        return _Math()
    if isinstance(x, ModuleType) and x.__name__.startswith("autograd."):
        return _Module(x)
    return (lambda *xs: rerun(x)(*xs)) if callable(x) and not isinstance(x, type) else x


class _Module:
    """A module of this package on mpmath's numbers."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return _exactly(getattr(self.module, name))


class _Math:
    """`math` on mpmath's numbers."""

    def __getattr__(self, name: str) -> Any:
        if isinstance(getattr(math, name), float):  # inf and nan, and the constants, which are rounded in floats
            return getattr(mp, name, mpf(getattr(math, name)))
        if name in ("isfinite", "isinf", "isnan"):
            return lambda x: getattr(mp, name)(x)
        if name in ("fsum", "prod"):
            return getattr(mp, name.replace("prod", "fprod"))
        return rerun(getattr(math, name))


# ---------------------------------------------------------------------------------- what the exact forms call


def halves(xs: Sequence[Exact]) -> tuple[Sequence[Exact], Sequence[Exact]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def share(x: Exact, best: Exact, xs: Sequence[Exact]) -> Exact:
    """Return the share that one of some numbers has in the best: they share it alike."""
    return mpf(x == best) / sum(x == best for x in xs)


def norm(xs: Sequence[Exact]) -> Exact:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def cosine(u: Sequence[Exact], v: Sequence[Exact]) -> Exact:
    return mp.fdot(u, v) / norm(u) / norm(v)


def derivative_of_cosine(path: int, xs: Sequence[Exact]) -> Exact:
    orders = [0] * len(xs)
    while path >= 0:
        orders[path % len(xs)] += 1
        path = path // len(xs) - 1
    return mp.diff(lambda *uv: cosine(*halves(uv)), tuple(xs), tuple(orders))


def slope_of_gelu_tanh(x: Exact) -> Exact:
    k, c = 2 * mp.sqrt(2 / mp.pi), mpf(0.044715)
    w = k * (x + c * x**3)
    return 1 / (1 + mp.exp(-w)) + x / (1 + mp.exp(-w)) / (1 + mp.exp(w)) * k * (1 + 3 * c * x * x)


def derivative_of_sinc(n: int, x: Exact) -> Exact:
    if abs(x) < 1:
        terms = range(-(-n // 2), 150)
        return mp.fsum(
            (-1) ** k * mp.pi ** (2 * k) * x ** (2 * k - n) * mp.rf(2 * k - n + 1, n) / mp.factorial(2 * k + 1)
            for k in terms
        )
    value = mp.sin(mp.pi * x) / (mp.pi * x)
    for k in range(1, n + 1):
        value = (mp.sin(mp.pi * (x + mpf(k) / 2)) * mp.pi ** (k - 1) - k * value) / x
    return value


def reflected_polygamma(n: Exact, x: Exact) -> Exact:
    """Return the n-th derivative of digamma; below 0 by reflection, as mpmath goes there one by one (DLMF 5.15.6)."""
    n = int(n)
    if x >= 0:
        return mp.polygamma(n, x)
    slopes = [mpf(0), mpf(1)]  # of cot(pi x), as a polynomial in it
    for _ in range(n):
        lower = [k * a for k, a in enumerate(slopes)][1:]
        slopes = [-mp.pi * (a + b) for a, b in zip([*lower, 0, 0], [0, 0, *lower], strict=True)]
    cot = mp.cospi(x) / mp.sinpi(x)
    return (-1) ** n * mp.polygamma(n, 1 - x) - mp.pi * mp.fsum(a * cot**k for k, a in enumerate(slopes))


def real_power(x: Exact, y: Exact) -> Exact:
    if x < 0:
        return (-1) ** int(mp.nint(y)) * mp.power(-x, y)  # only reached with y near a whole number
    return mp.power(x, y)


HELPERS: dict[str, Any] = {"mp": mp, "mpf": mpf} | {
    f.__name__: f
    for f in (
        halves,
        share,
        norm,
        cosine,
        derivative_of_cosine,
        slope_of_gelu_tanh,
        derivative_of_sinc,
        reflected_polygamma,
        real_power,
    )
}


# ---------------------------------------------------------------------------------- derivatives


class Expansion(NamedTuple):
    """A function near a point: its value, first derivatives and, if asked for, second derivatives, as mpf numbers."""

    value: Exact
    gradient: dict[int, Exact]
    hessian: dict[tuple[int, int], Exact]


def expand(
    function: Callable[..., Exact], operands: Sequence[Exact], wanted: Sequence[int], order: int = 1
) -> Expansion:
    """Return the value and the derivatives towards the operands at the `wanted` positions, to 40 digits or more.

    Raises ValueError where the function has no real value around, or is not smooth. Cost: 1 + 2 n evaluations for n
    positions, and n (n - 1) more for order 2.
    """
    with mp.workdps(max(digits(operands, order), mp.dps)):
        exact = [mpf(x) if isinstance(x, float) else x for x in operands]

        def moved(*moves: tuple[int, Exact]) -> Exact:
            xs = list(exact)
            for position, step in moves:
                xs[position] += step
            found = real(function(*xs))
            if not mp.isfinite(found):
                raise ValueError("the function has no finite value there")
            return found

        steps = {i: mpf(10) ** -40 * (min(abs(exact[i]), mpf(1)) or 1) for i in wanted}
        value = real(function(*exact))
        above = {i: moved((i, step)) for i, step in steps.items()}
        below = {i: moved((i, -step)) for i, step in steps.items()}
        gradient = {}
        for i, step in steps.items():
            _demand_smooth(_along(moved, i), step, value, above[i], below[i])
            rise = _difference([above[i], -below[i]])
            if rise and abs(rise) < mpf(10) ** -60 * (abs(value) or 1):  # of the first order in the step, or a higher?
                closer = _difference([moved((i, step / 1024)), -moved((i, -step / 1024))])
                rise = closer * 1024 if abs(closer) * 10**6 > abs(rise) else mpf(0)
            gradient[i] = rise / (2 * step)
        hessian = {}
        if order == 2:
            for i, s in steps.items():
                hessian[i, i] = _difference([above[i], -2 * value, below[i]]) / (s * s)
                for j, t in steps.items():
                    if i < j:
                        corners = [moved((i, s), (j, t)), moved((i, -s), (j, -t)), 2 * value]
                        mixed = _difference([*corners, -above[i], -above[j], -below[i], -below[j]]) / (2 * s * t)
                        hessian[i, j] = hessian[j, i] = mixed
        return Expansion(value, gradient, hessian)


def _along(moved: Callable[..., Exact], position: int) -> Callable[[Exact], Exact]:
    return lambda step: moved((position, step))


def _demand_smooth(f: Callable[[Exact], Exact], step: Exact, value: Exact, above: Exact, below: Exact) -> None:
    """Raise ValueError if f jumps or bends sharply at 0, which a step of 1e-40 that changes its value much may show."""
    rise, bend = abs(above - below), abs(above - 2 * value + below)
    if max(rise, bend) <= mpf(10) ** -30 * abs(value):
        return
    closer = step / mpf(10) ** 10  # there a smooth rise is 1e10 times, a smooth bend 1e20 times smaller
    above, below = f(closer), f(-closer)
    new_rise, new_bend = abs(above - below), abs(above - 2 * value + below)
    noise = 1000 * mp.eps * max(abs(above), abs(below))
    if abs(new_rise * mpf(10) ** 10 - rise) > rise / 1000 + noise * mpf(10) ** 10 or new_bend > bend / 10**15 + noise:
        raise ValueError("the function is not smooth there")


def _difference(terms: list[Exact]) -> Exact:
    """Return the sum of terms that nearly cancel; what is left of their rounding alone is zero."""
    total = mp.fsum(terms)
    return total if abs(total) > 1000 * mp.eps * max(map(abs, terms)) else mpf(0)


def real(x: Exact) -> Exact:
    """Return a number of mpmath as it is if it is real; raises ValueError for a complex one."""
    if isinstance(x, mp.mpc):
        raise ValueError("the function has no real value there")
    return x


def partial(function: Callable[..., Exact], operands: Sequence[Exact], position: int) -> Exact:
    """Return the derivative towards one operand; see `expand`."""
    return expand(function, operands, [position]).gradient[position]


def second(function: Callable[..., Exact], operands: Sequence[Exact], i: int, j: int) -> Exact:
    """Return the second derivative towards two operands; see `expand`."""
    return expand(function, operands, sorted({i, j}), order=2).hessian[i, j]


def ulps(found: float, truth: Exact) -> float:
    """Return how many units in the last place `found` is away from a truth given as a decimal string or mpf.

    The unit is that of the truth, at least the smallest subnormal; equal infinities and NaNs are 0 apart.

    >>> ulps(0.1, "0.1") < 0.5, ulps(1.0 + 2.0**-52, "1"), ulps(1.0, "inf")
    (True, 1.0, inf)
    """
    with mp.workdps(60):
        exact = mpf(truth)
        nearest = float(exact)
        if found != found or nearest != nearest:
            return 0.0 if found != found and nearest != nearest else math.inf
        if math.isinf(found) or math.isinf(nearest):
            return 0.0 if found == nearest else math.inf
        return float(abs(mpf(found) - exact) / mpf(math.ulp(nearest)))
