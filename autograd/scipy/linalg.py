"""SciPy's linear algebra: block matrices, triangular and banded systems, square roots, Sylvester's equation."""

from typing import Any

import numpy as np

from autograd.arrays.array import remembers
from autograd.arrays.linalg import HOME
from autograd.arrays.matrix import Row, evaluated, matrix_primitive
from autograd.errors import MissingExtra
from autograd.primitives.operation import Numbers

try:
    from scipy import linalg as _linalg
except ImportError:
    raise MissingExtra("scipy", "sparse") from None

Array = Any


def _kronecker_sum(a: Array, b: Array) -> Array:
    """Return the matrix of x -> a x + x b, where x is a list of rows."""
    return np.kron(a, np.eye(len(b))) + np.kron(np.eye(len(a)), b.T)


def solve_sylvester(a: Array, b: Array, q: Array) -> Array:
    """Return the x with a x + x b = q."""
    return np.linalg.solve(_kronecker_sum(a, b), np.ravel(q)).reshape(np.shape(q))


def _sqrtm_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    (root,) = outputs
    return [solve_sylvester(root.T, root.T, bars[0])]


def _expm_pullback(bars: list[Any], outputs: tuple[Any, ...], inputs: list[Any]) -> Numbers:
    """The derivative is a block of the exponential of a matrix of twice the size (Higham, 2008, theorem 3.6)."""
    turned, n = inputs[0].T, len(inputs[0])
    double = np.concatenate(
        [np.concatenate([turned, bars[0]], axis=1), np.concatenate([np.zeros((n, n)), turned], axis=1)]
    )
    return [(expm(double) if double.dtype == object else _linalg.expm(double))[:n, n:]]


def _real_root(a: Array) -> tuple[Array]:
    found = _linalg.sqrtm(a)
    if np.iscomplexobj(found):
        raise np.linalg.LinAlgError("the square root is complex")
    return (found,)


_sqrtm = matrix_primitive("sqrtm", HOME, Row((2,), _real_root, lambda a: [a], _sqrtm_pullback))
_expm = matrix_primitive("expm", HOME, Row((2,), lambda a: (_linalg.expm(a),), lambda a: [a], _expm_pullback))


def sqrtm(A: Array, disp: bool = True) -> Array:
    """Return the principal square root of a matrix; DomainError where it is complex."""
    return evaluated(_sqrtm, A)[0] if remembers(A) else _linalg.sqrtm(A)


def expm(A: Array) -> Array:
    """Return the exponential of a matrix."""
    return evaluated(_expm, A)[0] if remembers(A) else _linalg.expm(A)


def solve_triangular(a: Array, b: Array, trans: Numbers = 0, lower: bool = False, **_: Any) -> Array:
    """Return the x with t x = b, where t is the upper or lower triangle of a, transposed if `trans` is 1 or "T"."""
    triangle = np.tril(a) if lower else np.triu(a)
    return np.linalg.solve(triangle.T if trans in (1, "T", 2, "C") else triangle, b)


def solve_banded(l_and_u: tuple[int, int], ab: Array, b: Array, **_: Any) -> Array:
    """Return the x with a x = b, where the diagonals of a stand in the rows of `ab`."""
    below, above = l_and_u
    band = np.asanyarray(ab)
    n = band.shape[1]
    full = np.zeros_like(band, shape=(n, n), dtype=None if remembers(band) else float)
    for i in range(n):
        for j in range(max(0, i - below), min(n, i + above + 1)):
            full[i, j] = band[above + i - j, j]
    return np.linalg.solve(full, b)


def __getattr__(name: str) -> Any:
    return getattr(np.linalg, name, None) or getattr(_linalg, name)
