"""Linear algebra over an `Array`: NumPy's LAPACK on the numbers, and the implicit rule of each function.

Formulas: M. Giles, Collected matrix derivative results for forward and reverse mode, 2008; J. Townsend, Differentiating
the singular value decomposition, 2016; G. Golub, V. Pereyra, The differentiation of pseudo-inverses, 1973.
"""

import functools
import math
import operator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.arrays.array import Array, numbers, objects, of_parts
from autograd.arrays.dispatch import means
from autograd.arrays.matrix import Floats, Row, evaluated, matrix_primitive, stacked
from autograd.arrays.ufuncs import along, largest, smallest, total
from autograd.primitives import table
from autograd.primitives.operation import Axis, Numbers
from autograd.primitives.primitive import Primitive

HOME = __name__
SINGULAR = "the matrix is singular; use np.linalg.lstsq or pinv"


@functools.lru_cache(maxsize=16)
def _inverse_of(data: bytes, n: int) -> Floats:
    return np.asarray(np.linalg.inv(np.frombuffer(data).reshape(n, n)), dtype=float)


def _solved(a: Numbers, b: Numbers) -> Numbers:
    """Return the solution of a system for an adjoint; on floats one inverse serves all."""
    if a.dtype == object:
        return np.linalg.solve(a, b)
    return _inverse_of(np.ascontiguousarray(a).tobytes(), len(a)) @ b


def _identity(n: int) -> Numbers:
    return np.eye(n)


# ---------------------------------------------------------------------------------------------------- systems


def _solve_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    adjoint = _solved(inputs[0].T, bars[0])
    return -(adjoint @ outputs[0].T), adjoint


def _inv_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    (inverse,) = outputs
    return [-(inverse.T @ bars[0] @ inverse.T)]


def _det_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    """The derivative of a determinant is the matrix of its cofactors, which exists for singular matrices too."""
    (a,) = inputs
    n = len(a)
    if a.dtype != object:
        u, s, v = np.linalg.svd(a)
        others = [math.prod(np.delete(s, i).tolist()) for i in range(n)]
        return [np.linalg.det(u) * np.linalg.det(v) * (u * others) @ v]
    minors = [np.delete(np.delete(a, i, 0), j, 1) for i in range(n) for j in range(n)]
    cofactors = [(-1.0) ** (k // n + k % n) * np.linalg.det(minor) for k, minor in enumerate(minors)]
    return [of_parts(cofactors, (n, n))]


def _slogdet_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    (a,) = inputs
    return [np.zeros(a.shape) if bars[1] is None else _solved(a.T, _identity(len(a)))]


def _of_lower(adjoint: Numbers) -> Numbers:
    """Return an adjoint of a symmetric matrix as one of its lower triangle, which is all that LAPACK reads."""
    return np.tril(adjoint + adjoint.T, -1) + adjoint * _identity(len(adjoint))


def _cholesky_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    (lower,) = outputs
    n = len(lower)
    half = np.tril(lower.T @ bars[0]) * (1.0 - 0.5 * _identity(n))
    inverse = _solved(lower, _identity(n))
    return [_of_lower(inverse.T @ half @ inverse)]


solve: Primitive = matrix_primitive(
    "solve", HOME, Row((2, 2), lambda a, b: (np.linalg.solve(a, b),), lambda a, b: [b], _solve_pullback), SINGULAR
)
inv: Primitive = matrix_primitive(
    "inv", HOME, Row((2,), lambda a: (np.linalg.inv(a),), lambda a: [a], _inv_pullback), SINGULAR
)
det: Primitive = matrix_primitive("det", HOME, Row((2,), lambda a: (np.linalg.det(a),), lambda a: [()], _det_pullback))
slogdet: Primitive = matrix_primitive(
    "slogdet", HOME, Row((2,), lambda a: tuple(np.linalg.slogdet(a)), lambda a: [(), ()], _slogdet_pullback)
)
cholesky: Primitive = matrix_primitive(
    "cholesky",
    HOME,
    Row((2,), lambda a: (np.linalg.cholesky(a),), lambda a: [a], _cholesky_pullback),
    "the matrix is not positive definite; add to its diagonal",
)


@means("linalg.solve")
def _solve(a: Numbers, b: Numbers) -> Numbers:
    x, y = objects(a), objects(b)
    _demand_square("solve", x)
    if y.ndim == 1:
        return stacked(lambda p, q: evaluated(solve, p, q)[0], (2, 2), x, y[:, None])[..., 0]
    return stacked(lambda p, q: evaluated(solve, p, q)[0], (2, 2), x, y)


@means("linalg.inv")
def _inv(a: Numbers) -> Numbers:
    return stacked(lambda x: evaluated(inv, x)[0], (2,), _demand_square("inv", a))


@means("linalg.det")
def _det(a: Numbers) -> Numbers:
    return stacked(lambda x: evaluated(det, x)[0] if len(x) else 1.0, (2,), _demand_square("det", a))


@means("linalg.slogdet")
def _slogdet(a: Numbers) -> Numbers:
    kind: Any = type(np.linalg.slogdet(np.eye(1)))
    return stacked(lambda x: kind(*evaluated(slogdet, x)), (2,), _demand_square("slogdet", a))


@means("linalg.cholesky")
def _cholesky(a: Numbers, /, *, upper: bool = False) -> Numbers:
    found = stacked(
        lambda x: evaluated(cholesky, x)[0],
        (2,),
        _demand_square("cholesky", np.swapaxes(objects(a), -1, -2) if upper else a),
    )
    return np.swapaxes(found, -1, -2) if upper else found


def _demand_square(name: str, a: Numbers) -> Numbers:
    x = objects(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise np.linalg.LinAlgError(f"{name}: the last two axes of {x.shape} must be equal")
    return x


# ---------------------------------------------------------------------------------------------------- decompositions


def _eigh_upper_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    return [_eigh_pullback(bars, outputs, inputs)[0].T]


def _eigh_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    values, vectors = outputs
    if bars[0] is not None:
        return [_of_lower((vectors * bars[0]) @ vectors.T)]
    (place,) = np.flatnonzero(bars[1].any(axis=0))
    others = [j for j in range(len(values)) if j != place]
    weights = (vectors[:, others].T @ bars[1][:, place]) / (values[place] - values[others])
    return [_of_lower(np.outer(vectors[:, others] @ weights, vectors[:, place]))]


def _svd_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    u, s, vh = outputs
    if bars[1] is not None:
        return [(u * bars[1]) @ vh]
    k = len(s)
    squares = s * s
    gaps = np.reshape(squares, (1, k)) - np.reshape(squares, (k, 1)) + _identity(k)
    if bars[0] is not None:
        turned = (u.T @ bars[0]) / gaps * (1.0 - _identity(k))
        inner = (turned + turned.T) * s
        outside = (bars[0] - u @ (u.T @ bars[0])) / s
        return [(u @ inner + outside) @ vh]
    v, bar = vh.T, bars[2].T
    turned = (v.T @ bar) / gaps * (1.0 - _identity(k))
    inner = np.reshape(s, (k, 1)) * (turned + turned.T)
    outside = np.reshape(1.0 / s, (k, 1)) * (bar - v @ (v.T @ bar)).T
    return [u @ (inner @ vh + outside)]


def _qr_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    q, r = outputs
    if bars[0] is not None:
        mixed, bar = -(bars[0].T @ q), bars[0]
    else:
        mixed, bar = r @ bars[1].T, np.zeros(q.shape)
    lower = np.tril(mixed, -1)
    both = lower + lower.T + mixed * _identity(len(r))
    return [_solved(r, (bar + q @ both).T).T]


def _pinv_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    (a,), (p,), bar = inputs, outputs, bars[0].T
    left, right = _identity(len(a)) - a @ p, _identity(a.shape[1]) - p @ a
    return [left @ bar @ p @ p.T + p.T @ p @ bar @ right - p.T @ bars[0] @ p.T]


def _thin(a: tuple[int, int]) -> list[tuple[int, ...]]:
    k = min(a)
    return [(a[0], k), (k,), (k, a[1])]


eigh: Primitive = matrix_primitive(
    "eigh", HOME, Row((2,), lambda a: tuple(np.linalg.eigh(a)), lambda a: [a[:1], a], _eigh_pullback)
)
eigh_upper: Primitive = matrix_primitive(
    "eigh_upper",
    HOME,
    Row((2,), lambda a: tuple(np.linalg.eigh(a, "U")), lambda a: [a[:1], a], _eigh_upper_pullback),
)
svd: Primitive = matrix_primitive(
    "svd", HOME, Row((2,), lambda a: tuple(np.linalg.svd(a, full_matrices=False)), _thin, _svd_pullback)
)
qr: Primitive = matrix_primitive(
    "qr", HOME, Row((2,), lambda a: tuple(np.linalg.qr(a)), lambda a: [a, (a[1], a[1])], _qr_pullback)
)
pinv: Primitive = matrix_primitive(
    "pinv", HOME, Row((2,), lambda a: (np.linalg.pinv(a),), lambda a: [a[::-1]], _pinv_pullback)
)


@means("linalg.eigh")
def _eigh(a: Numbers, UPLO: str = "L") -> Numbers:
    kind: Any = type(np.linalg.eigh(np.eye(1)))
    x = _demand_square("eigh", a)
    return stacked(lambda y: kind(*evaluated(eigh_upper if UPLO.upper() == "U" else eigh, y)), (2,), x)


@means("linalg.eigvalsh")
def _eigvalsh(a: Numbers, UPLO: str = "L") -> Numbers:
    return _eigh(a, UPLO)[0]


@means("linalg.svd")
def _svd(a: Numbers, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Numbers:
    x = objects(a)
    if compute_uv and full_matrices and x.shape[-1] != x.shape[-2]:
        raise TypeError("np.linalg.svd: what is beyond the singular values has no derivative; use full_matrices=False")
    kind: Any = type(np.linalg.svd(np.eye(1)))
    found = stacked(lambda y: kind(*evaluated(svd, y)), (2,), x)
    return found if compute_uv else found[1]


@means("linalg.svdvals")
def _svdvals(x: Numbers, /) -> Numbers:
    return _svd(x, compute_uv=False)


@means("linalg.qr")
def _qr(a: Numbers, mode: str = "reduced") -> Numbers:
    x = objects(a)
    m, n = x.shape[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise TypeError(f"np.linalg.qr: mode {mode!r} has no derivative here; use 'reduced'")
    kind: Any = type(np.linalg.qr(np.eye(1)))

    def parts(y: Numbers) -> Numbers:
        q, r = evaluated(qr, y[:, :m])
        return kind(q, r if m >= n else np.concatenate([r, q.T @ y[:, m:]], axis=1))

    found = stacked(parts, (2,), x)
    return found[1] if mode == "r" else found


@means("linalg.pinv")
def _pinv(a: Numbers, rcond: Numbers = None, hermitian: bool = False, *, rtol: Numbers = None) -> Numbers:
    return stacked(lambda x: evaluated(pinv, x)[0], (2,), a)


@means("linalg.lstsq")
def _lstsq(a: Numbers, b: Numbers, rcond: Numbers = None) -> Numbers:
    x, y = objects(a), objects(b)
    right = y if y.ndim == 2 else y[:, None]
    found = np.matmul(_pinv(x), right)
    values = _svd(x, compute_uv=False)
    rank = sum(bool(s > np.finfo(float).eps * max(x.shape) * values[0]) for s in values)
    rest: Any = np.array([])
    if rank == x.shape[1] < x.shape[0]:
        rest = np.sum(np.square(right - np.matmul(x, found)), axis=0)
    return (found if y.ndim == 2 else found[:, 0]), rest, rank, values


# ---------------------------------------------------------------------------------------------------- norms, powers


@means("linalg.matrix_power")
def _matrix_power(a: Numbers, n: int) -> Numbers:
    x, count = _demand_square("matrix_power", a), operator.index(n)
    if count == 0:
        return np.broadcast_to(_identity(x.shape[-1]), x.shape).astype(object)
    base: Any = _inv(x) if count < 0 else np.matmul(x, _identity(x.shape[-1])) if abs(count) == 1 else x
    found: Any = None
    for bit in bin(abs(count))[:1:-1]:
        if bit == "1":
            found = base if found is None else np.matmul(found, base)
        base = np.matmul(base, base) if bit is not None else base
    return found


def length(xs: list[Any], p: Numbers = None) -> Numbers:
    """Return the p-norm of a list; one node for p = 2."""
    if p is None or p == 2:
        return table.hypot(*xs) if xs else 0.0
    sizes = [abs(x) for x in xs]
    if p == math.inf:
        return largest(sizes)
    if p == -math.inf:
        return smallest(sizes)
    if p == 0:
        return float(sum(x != 0.0 for x in xs))
    return total(sizes) if p == 1 else total([table.power(x, float(p)) for x in sizes]) ** (1.0 / p)


@means("linalg.norm")
def _norm(x: Numbers, ord: Numbers = None, axis: Axis = None, keepdims: bool = False) -> Numbers:
    array = objects(x)
    if axis is None and (ord is None or array.ndim == 1):
        return along(lambda xs: length(xs, ord), array, None, keepdims)
    axes = tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return along(lambda xs: length(xs, ord), array, axes, keepdims)
    if len(axes) != 2:
        raise ValueError("norm: give one axis, or two for matrices")
    if ord in (None, "fro"):
        return along(length, array, axes, keepdims)
    rows, columns = axes[0] % array.ndim, axes[1] % array.ndim
    if ord in (2, -2, "nuc"):
        values = _svd(np.moveaxis(array, (rows, columns), (-2, -1)), compute_uv=False)
        found = along({2: largest, -2: smallest, "nuc": total}[ord], values, -1)
    elif ord in (1, -1, math.inf, -math.inf):
        first, last = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = along(lambda xs: total([abs(y) for y in xs]), array, first, True)
        found = along(largest if ord > 0 else smallest, sums, (first, last))
    else:
        raise ValueError(f"norm: ord is {ord!r}; for matrices use 1, 2, inf, their negatives, 'fro' or 'nuc'")
    if keepdims:
        return np.reshape(found, [1 if i in (rows, columns) else n for i, n in enumerate(array.shape)])
    return found


@means("linalg.vector_norm")
def _vector_norm(x: Numbers, /, *, axis: Axis = None, keepdims: bool = False, ord: Numbers = 2) -> Numbers:
    return along(lambda xs: length(xs, ord), x, axis, keepdims)


@means("linalg.matrix_norm")
def _matrix_norm(x: Numbers, /, *, keepdims: bool = False, ord: Numbers = "fro") -> Numbers:
    return _norm(x, ord, (-2, -1), keepdims)


@means("linalg.cond")
def _cond(x: Numbers, p: Numbers = None) -> Numbers:
    if p in (None, 2, -2):
        values = _svd(x, compute_uv=False)
        found = values[..., 0] / values[..., -1]
        return 1.0 / found if p == -2 else found
    return _norm(x, p, (-2, -1)) * _norm(_inv(x), p, (-2, -1))


@means("linalg.matrix_rank")
def _matrix_rank(A: Numbers, tol: Numbers = None, hermitian: bool = False, *, rtol: Numbers = None) -> Numbers:
    plain = numbers(A)
    if plain is None:
        raise TypeError("np.linalg.matrix_rank: a rank cannot be compiled; use it outside of jit and vmap")
    return np.linalg.matrix_rank(plain, tol, hermitian)


@means("linalg.trace")
def _trace(x: Numbers, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Numbers:
    return np.trace(x, offset, -2, -1)


@means("trace")
def _trace_of(
    a: Numbers,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
) -> Numbers:
    return along(total, np.diagonal(objects(a), offset, axis1, axis2), -1, out=out)


__all__ = ["cholesky", "det", "eigh", "eigh_upper", "inv", "pinv", "qr", "slogdet", "solve", "svd"]
