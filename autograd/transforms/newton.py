"""Newton's method on floats: zeros of systems and minima, with one factorisation for each step, sparse where it is.

What is found is a simple root, or there is an error: where the Jacobian is singular at the solution, the iteration
creeps, its result has half of the digits, and the solution has no derivative.
"""

import importlib.util
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from autograd.errors import ConvergenceError
from autograd.floats.ieee import divide
from autograd.primitives import table
from autograd.primitives.carrier import Carrier, Number
from autograd.transforms.call import Call
from autograd.transforms.derivatives import hessian, value_and_grad

T = TypeVar("T")
Vector = list[float]
STEPS = 200
SMALL = 1e-9  # a step, relative to the solution or to one, from which rounding may keep us
NEARLY = 0.02  # how far, relative to the way, Newton's step from a point nearby may end from a simple root
ROUNDING = 1e-14  # of a function, relative to its value
MANY = 40  # unknowns, from which on a Jacobian is looked at for zeros
FEW = 8  # unknowns, up to which Python solves a system sooner than NumPy
REMEDY = "a solution must be simple to have derivatives: divide a multiple root away, or start near another one"


# ---------------------------------------------------------------------------------- linear systems


class Factors(Protocol):
    """A matrix, factorised once."""

    def solve(self, right: Sequence[Number], transposed: bool = False) -> list[Any]:
        """Return the solution of the system, or of the transposed one, for floats or carriers on the right."""


class Inverse:
    """A matrix that is known by its inverse."""

    def __init__(self, rows: Sequence[Vector]) -> None:
        self.rows = rows

    def solve(self, right: Sequence[Number], transposed: bool = False) -> list[Any]:
        """Return the solution of the system, or of the transposed one, for floats or carriers on the right."""
        rows = zip(*self.rows, strict=True) if transposed else self.rows
        return [table.sumprod(*row, *right) for row in rows]


class Triangles:
    """A sparse matrix as a lower and an upper triangle (SuperLU); P A Q = L U for permutations P and Q."""

    def __init__(self, matrix: Any) -> None:
        from scipy.sparse.linalg import splu

        try:
            self.factors: Any = splu(matrix.tocsc())
        except RuntimeError as error:  # "Factor is exactly singular"
            raise ZeroDivisionError(str(error)) from error

    def solve(self, right: Sequence[Number], transposed: bool = False) -> list[Any]:
        """Return the solution of the system, or of the transposed one, for floats or carriers on the right."""
        if not any(isinstance(y, Carrier) for y in right):
            import numpy as np

            found: list[Any] = self.factors.solve(np.array(right, dtype=float), "T" if transposed else "N").tolist()
            return found
        lower, upper = self.factors.L, self.factors.U
        into, out = self.factors.perm_r.tolist(), self.factors.perm_c.tolist()
        if transposed:
            lower, upper, into, out = upper.T, lower.T, out, into
        ordered: list[Any] = [None] * len(right)
        for i, y in zip(into, right, strict=True):
            ordered[i] = y
        found = _substituted(upper.tocsr(), _substituted(lower.tocsr(), ordered, range(len(right))), None)
        return [found[i] for i in out]


def _substituted(triangle: Any, right: Sequence[Any], order: range | None) -> list[Any]:
    """Return the solution of a triangular system, from the first row on, or without an `order` from the last."""
    n = len(right)
    starts, columns, entries = (x.tolist() for x in (triangle.indptr, triangle.indices, triangle.data))
    found: list[Any] = [0.0] * n
    for i in order or range(n - 1, -1, -1):
        row = dict(zip(columns[starts[i] : starts[i + 1]], entries[starts[i] : starts[i + 1]], strict=True))
        own = row.pop(i)
        rest = [(entry, found[j]) for j, entry in row.items()]
        known = table.sumprod(*[entry for entry, _ in rest], *[y for _, y in rest]) if rest else 0.0
        found[i] = (right[i] - known) / own
    return found


def factorised(matrix: Any) -> Factors:
    """Return a square matrix, dense rows or a scipy.sparse array, factorised; ZeroDivisionError if it is singular."""
    if not isinstance(matrix, list):
        if matrix.nnz < 0.1 * matrix.shape[0] ** 2:
            return Triangles(matrix)
        matrix = matrix.toarray().tolist()
    n = len(matrix)
    if n <= FEW or importlib.util.find_spec("numpy") is None:
        return Inverse(inverted(matrix))
    import numpy as np

    try:
        return Inverse(np.linalg.inv(np.array(matrix)).tolist())
    except np.linalg.LinAlgError as error:
        raise ZeroDivisionError(str(error)) from error


def inverted(matrix: Sequence[Vector]) -> list[Vector]:
    """Return the inverse of a matrix of floats, by elimination with pivots; ZeroDivisionError if it is singular."""
    n = len(matrix)
    rows = [[*row, *[float(i == j) for j in range(n)]] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(n):
            factor = rows[k][i]
            if k != i and factor:
                rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i], strict=True)]
    return [row[n:] for row in rows]


def pivots(matrix: Sequence[Vector]) -> list[int]:
    """Return the order in which elimination with pivots takes the rows of a matrix of floats."""
    rows = [[*row, float(i)] for i, row in enumerate(matrix)]
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, n):
            factor = divide(rows[k][i], rows[i][i])
            rows[k] = [*[x - factor * y for x, y in zip(rows[k][:n], rows[i][:n], strict=True)], rows[k][n]]
    return [int(row[n]) for row in rows]


def _many(n: int) -> bool:
    """Return whether a matrix of so many rows is kept sparse."""
    return n >= MANY and importlib.util.find_spec("scipy") is not None


class Equations:
    """As many equations as unknowns: a function from numbers to what is to be zero, and how its Jacobian is found."""

    residual: Callable[[Any], list[Any]]
    symmetric: bool

    def __init__(self, residual: Callable[[Any], list[Any]], symmetric: bool = False) -> None:
        self.residual, self.symmetric = residual, symmetric
        self.plans: Any = None  # of a sparse Jacobian

    def __call__(self, xs: Sequence[Any]) -> list[Any]:
        """Return what is to be zero."""
        return self.residual(xs)

    def near(self, xs: Vector) -> tuple[Vector, Any]:
        """Return what is to be zero and its Jacobian: dense rows, or a scipy.sparse array for many unknowns."""
        call = Call(self.residual, [xs], {}, 0, sweeps=True)
        n = len(xs)
        if not _many(n):
            return call.value(), [call.pulled([float(i == j) for j in range(n)]) for i in range(n)]
        from autograd.transforms.sparse import Plans, compressed

        self.plans = self.plans or Plans(symmetric=self.symmetric)
        return call.value(), compressed(call, self.plans)


# ---------------------------------------------------------------------------------- zeros


def zero(name: str, residual: Equations, start: Vector) -> Vector:
    """Return a simple zero of a function of floats, by Newton's method with steps that shrink until they help."""
    xs, here = start, floats_of(residual(start))
    if not all(map(math.isfinite, here)):
        raise ConvergenceError(f"{name}: f = {shown(here)} at the start, x = {shown(xs)}; start elsewhere")
    step: Vector = []
    for _step in range(STEPS):
        if size(here) == 0.0:
            return _simple(name, residual, xs, start)
        slopes = residual.near(xs)[1]
        try:
            step = factorised(slopes).solve(here)
        except ZeroDivisionError:
            raise ConvergenceError(
                f"{name}: the derivative is singular at x = {shown(xs)}, where f = {shown(here)}; start elsewhere, or "
                "divide a multiple root away"
            ) from None
        found = _shortened(residual, xs, here, step)
        if found is None:
            if small(step, xs) and _straight(residual, xs, step, slopes):
                return _simple(name, residual, xs, start)
            break
        xs, here = found
    where = f"it stands at x = {shown(xs)}, where f = {shown(here)}"
    if step and size(step) <= 1e-3 * max(size(xs), size(list(map(operator.sub, xs, start)))):
        raise ConvergenceError(f"{name}: {where}, which is a multiple root, or none; {REMEDY}")
    raise ConvergenceError(f"{name}: no convergence from the start; {where}; start closer")


def _shortened(residual: Equations, xs: Vector, here: Vector, step: Vector) -> tuple[Vector, Vector] | None:
    """Return (where a step leads, the residual there), halved until the residual is smaller; None if it never is.

    A small step is not halved: what it does not make smaller is rounding.
    """
    share, end = 1.0, 0.9 if size(step) <= SMALL * size(xs) else 1e-12
    while share > end:
        there = [x - share * s for x, s in zip(xs, step, strict=True)]
        found = attempt(residual, there)
        if found is not None and size(found) < size(here):
            return there, found
        share *= 0.5
    return None


def _straight(residual: Equations, xs: Vector, step: Vector, slopes: Any) -> bool:
    """Return whether a function is a line as far as a step leads, so that only rounding keeps it from zero."""
    try:
        there = residual.near([x - s for x, s in zip(xs, step, strict=True)])[1]
    except (ArithmeticError, ValueError):
        return False
    if not isinstance(slopes, list):
        return bool(abs(slopes - there).max() <= 0.01 * abs(slopes).max())
    bends = [x - y for row, other in zip(slopes, there, strict=True) for x, y in zip(row, other, strict=True)]
    return size(bends) <= 0.01 * max(map(size, slopes))


def _simple(name: str, residual: Equations, xs: Vector, start: Vector) -> Vector:
    """Return a solution; ConvergenceError unless it is a simple root."""
    if not is_simple(residual, xs, start):
        raise ConvergenceError(f"{name}: x = {shown(xs)} is a multiple root, or as good as one; {REMEDY}")
    return xs


def is_simple(residual: Equations, xs: Vector, start: Vector) -> bool:
    """Return whether one step of Newton's method from a point nearby leads back to a solution.

    At a root of multiplicity m it leads back by 1/m of the way alone, however near the point; so does it for one
    unknown among others, or with a fraction as m. Near a simple root what is missing shrinks with the distance. That
    distance is relative to an unknown, or to the way from the start.
    """
    far = [max(abs(x), abs(x - y)) for x, y in zip(xs, start, strict=True)]
    least = max(far, default=0.0) or 1.0
    scale = [(x or least) * (1.0 - 0.37 * (0.618 * i % 1.0)) for i, x in enumerate(far)]
    return _step(residual, xs) is not None and any(
        all(_returns(residual, xs, [sign * 10.0**-k * s for s in scale]) for sign in (1.0, -1.0)) for k in range(4, 19)
    )


def _step(residual: Equations, xs: Vector) -> Vector | None:
    """Return Newton's step from a point, to be subtracted; None where there is none."""

    def solved(ys: Vector) -> Vector:
        values, matrix = residual.near(ys)
        return factorised(matrix).solve(values)

    return attempt(solved, xs)


def _returns(residual: Equations, xs: Vector, away: Vector) -> bool:
    found = _step(residual, [x + d for x, d in zip(xs, away, strict=True)])
    return found is not None and all(abs(s - d) <= NEARLY * abs(d) for s, d in zip(found, away, strict=True))


# ---------------------------------------------------------------------------------- minima


def least(name: str, f: Callable[[Vector], float], residual: Equations, start: Vector) -> Vector:
    """Return a minimum of a function of floats, from a start, by Newton's method with a damped Hessian.

    `residual` is the gradient; the Hessian must be positive definite at the minimum.
    """
    xs, damping = start, 0.0
    second = hessian(f, sparse=_many(len(start)))
    for _step in range(STEPS):
        here, slope = value_and_grad(f)(xs)
        curvature = second(xs)
        step = _downhill(curvature, slope, 0.0)
        if step is not None and small(step, xs):
            if bends_down(curvature):
                break
            return _simple(name, residual, [x - s for x, s in zip(xs, step, strict=True)], start)
        for _try in range(60):
            step = _downhill(curvature, slope, damping)
            there = xs if step is None else [x - s for x, s in zip(xs, step, strict=True)]
            found = None if step is None else attempt(lambda ys: [f(ys)], there)
            if found is not None and (found[0] < here or _unseen(step, slope, here)):
                break
            damping = max(10.0 * damping, 1e-3)
        else:
            break
        xs, damping = there, damping / 100.0 if damping > 1e-6 else 0.0
    else:
        slope, curvature = value_and_grad(f)(xs)[1], []
    where = shown(xs) + (", a saddle or a maximum" if bends_down(curvature) else "")
    raise ConvergenceError(
        f"{name}: no convergence; it stands at x = {where}, with the slope {shown(slope)}; start elsewhere"
    )


def _unseen(step: Vector | None, slope: Vector, here: float) -> bool:
    """Return whether a step goes down by less than the rounding of the function, which then tells no more."""
    return step is not None and sum(map(operator.mul, step, slope)) <= ROUNDING * abs(here)


def _downhill(curvature: Any, slope: Vector, damping: float) -> Vector | None:
    """Return Newton's step for a damped Hessian, to be subtracted; None unless it leads down, or the slope is zero."""
    if not any(slope):
        return [0.0 for _ in slope]
    try:
        step = factorised(_damped(curvature, damping)).solve(slope)
    except ZeroDivisionError:
        return None
    return step if sum(map(operator.mul, step, slope)) > 0.0 else None


def _damped(curvature: Any, damping: float) -> Any:
    """Return a Hessian with a share of its largest entry added to its diagonal."""
    if not isinstance(curvature, list):
        from scipy.sparse import eye_array

        return curvature + damping * (abs(curvature).max() or 1.0) * eye_array(curvature.shape[0], format="csr")
    scale = (max(map(size, curvature), default=0.0) or 1.0) * damping
    return [[x + scale * (i == j) for j, x in enumerate(row)] for i, row in enumerate(curvature)]


def bends_down(curvature: Any) -> bool:
    """Return whether a symmetric matrix has a negative eigenvalue, by more than rounding; found by elimination."""
    if not isinstance(curvature, list):
        import numpy as np

        return bool(np.linalg.eigvalsh(curvature.toarray())[0] < -SMALL * abs(curvature).max())
    rows = [list(row) for row in curvature]
    least = SMALL * max((abs(x) for row in rows for x in row), default=0.0)
    for i, row in enumerate(rows):
        if row[i] < -least or (row[i] <= least and any(abs(x) > least for x in row[i + 1 :])):
            return True
        for below in rows[i + 1 :] if row[i] > least else []:
            factor = below[i] / row[i]
            below[:] = [x - factor * y for x, y in zip(below, row, strict=True)]
    return False


# ---------------------------------------------------------------------------------- helpers


def size(xs: Sequence[float]) -> float:
    """Return the largest of some numbers, without signs."""
    return max((abs(x) for x in xs), default=0.0)


def small(step: Vector, xs: Vector) -> bool:
    """Return whether a step is small; a solution at zero has no size of its own."""
    return size(step) <= SMALL * max(size(xs), 1.0)


def floats_of(found: list[Any]) -> Vector:
    """Return what a residual gives for floats; TypeError for numbers from outside."""
    if any(isinstance(y, Carrier) for y in found):
        raise TypeError("f holds a Value or a traced number from outside; hand it over: root(lambda x, a: ..., x0, a)")
    return found


def attempt(f: Callable[[Vector], Vector], xs: Vector) -> Vector | None:
    """Return f there, or None where it has no finite value."""
    try:
        found = floats_of(f(xs))
    except (ArithmeticError, ValueError, ConvergenceError):  # the last of a solver within f
        return None
    return found if all(map(math.isfinite, found)) else None


def shown(xs: Sequence[float]) -> str:
    """Return the first few numbers as text."""
    return ", ".join(f"{x:g}" for x in xs[:3]) + (", ..." if len(xs) > 3 else "")
