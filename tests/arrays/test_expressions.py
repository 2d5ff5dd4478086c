"""Common expressions of NumPy under grad, jit of grad and vmap of grad, against differences."""

import numpy as np
import pytest

from autograd import grad, jit, vmap

constants = np.array([0.4, 1.5, -0.9, 2.2])
matrix = np.array([[0.2, 1.1, -0.5, 0.7], [1.4, -0.3, 0.6, 0.1], [-0.8, 0.9, 1.2, 0.3]])
labels = np.array([0, 2, 1, 2])


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def assigned(x):
    found = np.zeros_like(x)
    for i in range(1, len(x)):
        found[i] = x[i] * x[i - 1]
    return found


def moved(x):
    found = x.copy()
    found[1:] += 0.5 * x[:-1]
    found[x > 0.5] *= 2.0
    return found


EXPRESSIONS = {
    "np.exp(np.maximum(x, 0))": lambda x: np.exp(np.maximum(x, 0)),
    "np.log(np.clip(x, .1, 5))": lambda x: np.log(np.clip(x, 0.1, 5)),
    "np.exp(np.where(x > 0, x, 0.))": lambda x: np.exp(np.where(x > 0, x, 0.0)),
    "np.tanh(np.concatenate([x, [1.]]))": lambda x: np.tanh(np.concatenate([x, [1.0]])),
    "np.exp(np.zeros_like(x)) + x": lambda x: np.exp(np.zeros_like(x)) + x,
    "np.tanh(np.diag(x))": lambda x: np.tanh(np.diag(x)),
    "np.arctan2(constants, x)": lambda x: np.arctan2(constants, x),
    "np.hypot(constants, x)": lambda x: np.hypot(constants, x),
    "np.mean(x ** 2)": lambda x: np.mean(x**2),
    "np.var(x), np.std(x, ddof=1)": lambda x: np.var(x) + np.std(x, ddof=1),
    "np.max(x) - np.min(x)": lambda x: np.max(x) - np.min(x),
    "np.ptp(x)": np.ptp,
    "np.prod(x)": np.prod,
    "np.cumsum(x), np.cumprod(x)": lambda x: np.cumsum(x) * np.cumprod(x),
    "np.logaddexp.reduce(x)": lambda x: np.logaddexp.reduce(x),
    "logsumexp": lambda x: np.log(np.sum(np.exp(x - x.max()))) + x.max(),
    "softmax cross entropy": lambda x: -np.log(softmax(x)[2]),
    "softmax rows": lambda x: softmax(matrix @ x),
    "x @ matrix.T": lambda x: np.tanh(x @ matrix.T),
    "np.dot(x, constants)": lambda x: np.dot(x, constants) ** 2,
    "np.outer(x, x)": lambda x: np.outer(x, x),
    "np.linalg.norm(x)": np.linalg.norm,
    "np.linalg.norm(matrix * x, axis=1)": lambda x: np.linalg.norm(matrix * x, axis=1),
    "np.einsum('ij,j,j->i')": lambda x: np.einsum("ij,j,j->i", matrix, x, x),
    "np.tensordot": lambda x: np.tensordot(matrix, x, axes=([1], [0])),
    "np.linalg.solve(A, b)": lambda x: np.linalg.solve(np.outer(x, x) + 2.0 * np.eye(4), constants),
    "np.linalg.inv": lambda x: np.linalg.inv(np.outer(x, x) + np.diag(constants + 2.0)),
    "np.linalg.slogdet": lambda x: np.linalg.slogdet(np.outer(x, x) + 2.0 * np.eye(4))[1],
    "np.linalg.det": lambda x: np.linalg.det(np.diag(x) + 0.3),
    "np.linalg.cholesky": lambda x: np.linalg.cholesky(np.outer(x, x) + 2.0 * np.eye(4)),
    "np.linalg.eigvalsh": lambda x: np.linalg.eigvalsh(np.diag(x) + 0.3),
    "np.interp(x, ...)": lambda x: np.interp(x, [-2.0, 0.0, 1.0, 3.0], constants),
    "np.convolve(x, ...)": lambda x: np.convolve(x, [0.25, 0.5, 0.25], "same"),
    "np.polyval": lambda x: np.polyval(x, 0.7) + np.polyval([1.0, -2.0, 0.5], x),
    "np.trapezoid": lambda x: np.trapezoid(x**2, dx=0.1),
    "np.gradient": np.gradient,
    "np.diff": lambda x: np.diff(x) ** 2,
    "np.sort(x)": np.sort,
    "np.median(x)": np.median,
    "np.percentile(x, 30)": lambda x: np.percentile(x, 30),
    "x[labels], x[1:] * x[:-1]": lambda x: x[labels] + np.append(x[1:] * x[:-1], 1.0),
    "np.pad, np.roll": lambda x: np.pad(x, 1) * np.roll(np.pad(x, 1, "edge"), 1),
    "np.stack, np.block": lambda x: np.block([[np.stack([x, x**2])], [matrix]]),
    "x.reshape(2, 2).T @ ...": lambda x: x.reshape(2, 2).T @ np.array([[1.0, 2.0], [3.0, 4.0]]),
    "np.tril, np.kron": lambda x: np.kron(np.tril(x.reshape(2, 2)), [[1.0, 2.0]]),
    "np.cross": lambda x: np.cross(x[:3], [1.0, 2.0, 3.0]),
    "assigned into zeros_like": assigned,
    "assigned in place": moved,
    "np.select, np.sign": lambda x: np.select([x > 1.0, x > 0.0], [x, x * x], 0.5 * x) * np.sign(x),
    "np.logaddexp(0, x)": lambda x: np.logaddexp(0.0, x),
    "np.sqrt, np.square, np.abs": lambda x: np.sqrt(1.0 + np.square(x)) + np.abs(x),
    "np.expm1, np.log1p": lambda x: np.expm1(x) * np.log1p(x * x),
    "np.power, **": lambda x: np.power(x, 3) + np.abs(x) ** 0.5 + 2.0**x,
    "np.sinc, np.i0": lambda x: np.sinc(x) + np.i0(x),
    "np.fft.irfft": np.fft.irfft,
    "np.take, np.repeat, np.tile": lambda x: np.take(x, [3, 1]) * np.tile(x[:1], 2) + np.repeat(x[0], 2),
    "np.cov": lambda x: np.cov(x, constants),
}
POINTS = np.array([[0.9, -1.3, 0.31, 1.7], [1.2, 0.4, -0.6, 2.1], [-0.7, 1.1, 0.2, 0.6]])


def scalar(expression):
    def weighted(x):
        found = np.ravel(expression(x))
        return np.sum(found * (1.0 + 0.3 * np.arange(found.size)))

    return weighted


def differences(f, x):
    found = np.zeros_like(x)
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = 1e-6
        found[i] = (f(x + step) - f(x - step)) / 2e-6
    return found


EACH = pytest.mark.parametrize("name", EXPRESSIONS)


@EACH
def test_grad(name):
    f = scalar(EXPRESSIONS[name])
    for x in POINTS:
        found = grad(f)(x)
        assert found.dtype == float
        np.testing.assert_allclose(found, differences(f, x), rtol=2e-6, atol=2e-7)


@EACH
def test_jit_grad(name):
    f = scalar(EXPRESSIONS[name])
    compiled = jit(grad(f))
    for x in (*POINTS, *POINTS):
        np.testing.assert_allclose(compiled(x), grad(f)(x), rtol=1e-12, atol=1e-13)
    assert compiled.stats().eager == 0


@EACH
@pytest.mark.filterwarnings("ignore:lanes ask Python for")  # linear algebra is NumPy's, lane by lane
def test_vmap_grad(name):
    f = scalar(EXPRESSIONS[name])
    found = vmap(grad(f), backend="numpy")(POINTS)
    assert found.dtype == float
    np.testing.assert_allclose(found, [grad(f)(x) for x in POINTS], rtol=1e-11, atol=1e-12)
