"""Solutions of equations as functions of the equation's other arguments: solved on floats, differentiated exactly.

A step of Newton's method from the solution, taken on Values or on traced numbers, changes its number by no more than
rounding and makes its derivatives right. This is the implicit function theorem; each further step doubles the order to
which it holds.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, SupportsFloat, TypeVar, cast

from autograd.errors import ConvergenceError
from autograd.primitives.carrier import Carrier, data_of
from autograd.tape.pytree import Rebuild, flatten, flatten_as, unflatten
from autograd.tape.tape import Traced
from autograd.transforms.call import T, demand_function
from autograd.transforms.derivatives import grad, hessian, jacobian, value_and_grad

X = TypeVar("X")
Vector = list[Any]  # of floats or carriers
STEPS = 200
SMALL = 1e-9  # a step, relative to the solution or to one, from which rounding may keep us


def root(f: Callable[..., object], x0: X, *args: object) -> X:
    """Return the x near x0 with f(x, *args) = 0, as a function of `args`, which can be differentiated to order 7.

    x is a number, or a nest of as many numbers as f returns. Numbers in `args` may be Values or traced; x0 is only
    where Newton's method starts, with steps that are halved until they help. Raises ConvergenceError where it does not
    arrive, and where the derivative of f towards x is zero there. Cost: some calls of f and its Jacobian, which is
    solved by elimination, O(n**3).

    >>> from autograd import Value, grad
    >>> a = Value(2.0)
    >>> x = root(lambda x, a: x * x - a, 1.0, a)
    >>> x.backward()
    >>> round(x.data, 12), round(a.grad, 12)  # sqrt(2), 1 / (2 sqrt(2))
    (1.414213562373, 0.353553390593)
    >>> round(grad(grad(lambda a: root(lambda x, a: x * x - a, 1.0, a)))(4.0), 12)
    -0.03125
    """
    demand_function("root", f)
    return _solution(f, x0, args, _newton)


def fixed_point(f: Callable[..., X], x0: X, *args: object) -> X:
    """Return the x near x0 with f(x, *args) = x, as a function of `args`; see `root`, by which it is found.

    >>> round(fixed_point(lambda x, a: (x + a / x) / 2.0, 1.0, 2.0), 12)
    1.414213562373
    """

    demand_function("fixed_point", f)

    def rest(x: object, *given: object) -> Vector:
        return [y - z for y, z in zip(flatten_as(f(x, *given), x, "result"), flatten(x)[0], strict=True)]

    return _solution(rest, x0, args, _newton)


def minimize(f: Callable[..., SupportsFloat], x0: X, *args: object) -> X:
    """Return the x near x0 at which f(x, *args), one number, is least, as a function of `args`; see `root`.

    Found by Newton's method with a damped Hessian, so that every step goes down. Raises ConvergenceError where it does
    not arrive.

    >>> from autograd import grad
    >>> def cost(x, a):
    ...     return (x - a) ** 4 + (x - a) ** 2 + 1.0
    >>> round(minimize(cost, 0.0, 3.0), 9), round(grad(lambda a: minimize(cost, 0.0, a))(3.0), 9)
    (3.0, 1.0)
    """
    demand_function("minimize", f)
    slope = grad(f)

    def descend(_: object, xs: Vector, given: Sequence[object], rebuild: Rebuild) -> Vector:
        return _descend(lambda ys: cast("float", f(unflatten(rebuild, ys), *given)), xs)

    return _solution(slope, x0, args, descend)


def _solution(f: Callable[..., object], x0: X, args: Sequence[object], solve: Callable[..., Vector]) -> X:
    """Return a zero of f, found by `solve` on floats, then led through Newton's steps on what `args` hold."""
    leaves, rebuild = flatten(x0, "x0")
    nests = [flatten(arg, f"argument {i}", live=True) for i, arg in enumerate(args, start=2)]
    plain = [unflatten(back, list(map(data_of, given))) for given, back in nests]
    xs = solve(_residual(f, plain, rebuild), list(map(data_of, leaves)), plain, rebuild)
    carriers = [x for given, _ in nests for x in given if isinstance(x, Carrier)]
    for _ in range((3 if any(isinstance(x, Traced) for x in carriers) else 1) if carriers else 0):
        residual = _residual(f, args, rebuild)
        xs = [x - step for x, step in zip(xs, _solved(jacobian(residual)(xs), residual(xs)), strict=True)]
    return cast("X", unflatten(rebuild, xs))


def _residual(f: Callable[..., object], args: Sequence[object], rebuild: Rebuild) -> Callable[[Vector], Vector]:
    """Return f as a function from a list to a list; ValueError unless it returns as many numbers as it takes."""

    def residual(xs: Vector) -> Vector:
        found = flatten(f(unflatten(rebuild, list(xs)), *args), "result")[0]
        if len(found) != len(xs):
            raise ValueError(f"root: f returns {len(found)} numbers for {len(xs)} unknowns; it must return as many")
        return found

    return residual


def _solved(matrix: list[Vector], right: Vector) -> Vector:
    """Return the solution of a linear system of floats or carriers; ZeroDivisionError if it is singular."""
    rows = [[*row, y] for row, y in zip(matrix, right, strict=True)]
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(data_of(rows[k][i])))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, n):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i], strict=True)]
    found: Vector = [0.0] * n
    for i in reversed(range(n)):
        found[i] = (rows[i][n] - sum(rows[i][k] * found[k] for k in range(i + 1, n))) / rows[i][i]
    return found


def _size(xs: Vector) -> float:
    return max((abs(x) for x in xs), default=0.0)


def _small(step: Vector, xs: Vector) -> bool:
    return _size(step) <= SMALL * max(_size(xs), 1.0)  # a solution at zero has no size of its own


def _attempt(f: Callable[[Vector], T], xs: Vector) -> T | None:
    """Return f there, or None where it has no finite value."""
    try:
        found = f(xs)
    except (ArithmeticError, ValueError):
        return None
    every: Vector = found if isinstance(found, list) else [found]
    if any(isinstance(y, Carrier) for y in every):
        raise TypeError("f holds a Value or a traced number from outside; hand it over: root(lambda x, a: ..., x0, a)")
    return found if all(map(math.isfinite, every)) else None


def _newton(residual: Callable[[Vector], Vector], xs: Vector, *_: object) -> Vector:
    """Return a zero of a function of floats, by Newton's method with steps that shrink until they help."""
    here = residual(xs)
    for _step in range(STEPS):
        slopes = jacobian(residual)(xs)
        try:
            step = _solved(slopes, here)
        except ZeroDivisionError:
            raise ConvergenceError(
                f"root: the derivative is singular at x = {_shown(xs)}, where f = {_shown(here)}; start elsewhere, or "
                "divide a multiple root away"
            ) from None
        share = 1.0
        while share > 1e-12:
            there = [x - share * s for x, s in zip(xs, step, strict=True)]
            found = _attempt(residual, there)
            if found is not None and _size(found) < _size(here):
                break
            share *= 0.5
        else:
            if _size(here) == 0.0 or (_small(step, xs) and _straight(residual, xs, step, slopes)):
                return xs
            break
        xs, here = there, found
    raise ConvergenceError(
        f"root: no convergence from the start; it stands at x = {_shown(xs)}, where f = {_shown(here)}; start closer"
    )


def _straight(residual: Callable[[Vector], Vector], xs: Vector, step: Vector, slopes: list[Vector]) -> bool:
    """Return whether a function is a line as far as a step leads, so that only rounding keeps it from zero."""
    there = jacobian(residual)([x - s for x, s in zip(xs, step, strict=True)])
    bends = [x - y for row, other in zip(slopes, there, strict=True) for x, y in zip(row, other, strict=True)]
    return _size(bends) <= 0.01 * max(map(_size, slopes))


def _descend(f: Callable[[Vector], float], xs: Vector) -> Vector:
    """Return a minimum of a function of floats, from a start, by Newton's method with a damped Hessian."""
    damping = 0.0
    for _step in range(STEPS):
        here, slope = value_and_grad(f)(xs)
        curvature = hessian(f)(xs)
        step = _downhill(curvature, slope, 0.0)
        if step is not None and _small(step, xs):
            if _bends_down(curvature):
                break
            return [x - s for x, s in zip(xs, step, strict=True)]
        for _try in range(60):
            step = _downhill(curvature, slope, damping)
            there = xs if step is None else [x - s for x, s in zip(xs, step, strict=True)]
            found = None if step is None else _attempt(f, there)
            if found is not None and found < here:
                break
            damping = max(10.0 * damping, 1e-3)
        else:
            break
        xs, damping = there, damping / 100.0 if damping > 1e-6 else 0.0
    else:
        slope, curvature = value_and_grad(f)(xs)[1], []
    where = _shown(xs) + (", a saddle or a maximum" if _bends_down(curvature) else "")
    raise ConvergenceError(
        f"minimize: no convergence; it stands at x = {where}, with the slope {_shown(slope)}; start elsewhere"
    )


def _downhill(curvature: list[Vector], slope: Vector, damping: float) -> Vector | None:
    """Return Newton's step for a damped Hessian, to be subtracted; None unless it leads down, or the slope is zero."""
    if not any(slope):
        return [0.0 for _ in slope]
    scale = max((abs(x) for row in curvature for x in row), default=0.0) or 1.0
    damped = [[x + damping * scale * (i == j) for j, x in enumerate(row)] for i, row in enumerate(curvature)]
    try:
        step = _solved(damped, slope)
    except ZeroDivisionError:
        return None
    return step if sum(s * d for s, d in zip(step, slope, strict=True)) > 0.0 else None


def _bends_down(curvature: list[Vector]) -> bool:
    """Return whether a symmetric matrix has a negative eigenvalue, by more than rounding; found by elimination."""
    rows = [list(row) for row in curvature]
    least = SMALL * max((abs(x) for row in rows for x in row), default=0.0)
    for i, row in enumerate(rows):
        if row[i] < -least or (row[i] <= least and any(abs(x) > least for x in row[i + 1 :])):
            return True
        for below in rows[i + 1 :] if row[i] > least else []:
            factor = below[i] / row[i]
            below[:] = [x - factor * y for x, y in zip(below, row, strict=True)]
    return False


def _shown(xs: Vector) -> str:
    return ", ".join(f"{x:g}" for x in xs[:3]) + (", ..." if len(xs) > 3 else "")
