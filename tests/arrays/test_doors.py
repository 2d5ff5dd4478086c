"""The names that people from HIPS autograd know: autograd.numpy, scipy, extend, misc, test_util, and transforms."""

import os
import subprocess
import venv
from pathlib import Path

import autograd.numpy.linalg as npl
import autograd.numpy.random as npr
import numpy
import pytest
from autograd.numpy.linalg import solve

import autograd
import autograd.misc.optimizers
import autograd.numpy as np
from autograd import elementwise_grad, grad, jit, make_jvp, make_vjp
from autograd.extend import defjvp, defvjp, notrace_primitive, primitive
from autograd.test_util import check_grads, combo_check

X = numpy.array([0.5, -1.0, 2.0])


def test_the_namespace_is_that_of_numpy():
    assert np.sin is numpy.sin
    assert (npl, npr) == (numpy.linalg, numpy.random)
    assert solve is numpy.linalg.solve
    assert np.pi == numpy.pi
    assert "einsum" in dir(np)
    assert type(np.array([1.0, 2.0])) is numpy.ndarray
    with pytest.raises(AttributeError):
        np.no_such_function  # noqa: B018


def test_arrays_of_lists_are_ours():
    f = lambda x: np.sum(np.exp(np.array([x[0], 1.0, x[1] * x[2]])))  # noqa: E731
    check_grads(f)(X)
    check_grads(lambda x: np.sum(np.tanh(np.array([[x, 2.0 * x], [x, x]]))))(X)
    check_grads(lambda x: np.sum(np.asarray([x[0], 1.0]) * np.full(2, x[1])))(X)
    assert np.array([autograd.Value(1.0)], ndmin=2).shape == (1, 1)
    assert grad(lambda x: 1.0 * np.isscalar(x) * x)(2.0) == 1.0


def test_argnum_is_argnums():
    f = lambda a, b: np.sum(a * a * b)  # noqa: E731
    assert grad(f, argnum=1)(X, 2.0) == numpy.sum(X * X)
    assert grad(f, 1)(X, 2.0) == numpy.sum(X * X)
    assert len(grad(f, argnum=[0, 1])(X, 2.0)) == 2
    assert autograd.value_and_grad(f, argnum=1)(X, 2.0) == (2.0 * numpy.sum(X * X), numpy.sum(X * X))
    assert autograd.jacobian(lambda a, b: a * b, argnum=1)(X, 2.0).tolist() == X.tolist()
    assert autograd.hessian(f, argnum=1)(X, 2.0) == 0.0


def test_products():
    f = lambda x: np.tanh(x) * x[0]  # noqa: E731
    v = numpy.array([1.0, 2.0, 3.0])
    J = autograd.jacobian(f)(X)
    back, value = make_vjp(f)(X)
    numpy.testing.assert_allclose(back(v), v @ J)
    numpy.testing.assert_array_equal(value, numpy.tanh(X) * X[0])
    numpy.testing.assert_allclose(make_jvp(f)(X)(v)[1], J @ v)
    numpy.testing.assert_allclose(elementwise_grad(np.sin)(X), numpy.cos(X))
    loss = lambda x: np.sum(np.sin(x) * x[0])  # noqa: E731
    H = autograd.hessian(loss)(X)
    numpy.testing.assert_allclose(autograd.hessian_vector_product(loss)(X, v), H @ v)
    numpy.testing.assert_allclose(autograd.vector_jacobian_product(f)(X, v), v @ J)
    numpy.testing.assert_allclose(autograd.make_ggnvp(f)(X)(v), J.T @ (J @ v))
    slope, aux = autograd.grad_and_aux(lambda x: (np.sum(x * x), 2.0 * x))(X)
    assert (slope.tolist(), aux.tolist()) == ((2.0 * X).tolist(), (2.0 * X).tolist())
    assert autograd.checkpoint(f) is f
    assert autograd.multigrad_dict(lambda a, b: a * b)(2.0, 3.0) == {"a": 3.0, "b": 2.0}
    with pytest.raises(TypeError, match="complex numbers"):
        autograd.holomorphic_grad(f)


@primitive
def logsumexp(x, scale=1.0):
    high = numpy.max(x)
    return high + numpy.log(numpy.sum(numpy.exp(x - high))) * scale


defvjp(logsumexp, lambda value, x: lambda adjoint: adjoint * np.exp(x - value))


def test_primitives_of_arrays_are_differentiated_by_their_rules():
    check_grads(logsumexp)(X)
    f = grad(lambda x: logsumexp(x * 2.0) ** 2)
    numpy.testing.assert_allclose(jit(f)(X), f(X))
    compiled = jit(lambda x: logsumexp(x))
    assert [compiled(X), compiled(X + 1.0)] == pytest.approx([logsumexp(X), logsumexp(X) + 1.0])
    assert isinstance(logsumexp(X), float)
    v = autograd.array([autograd.Value(x) for x in X])
    logsumexp(v).backward()
    assert [x.grad for x in v] == pytest.approx(grad(logsumexp)(X).tolist())


def test_primitives_by_tangents_and_without_any_rule():
    @primitive
    def double(x):
        return 2.0 * x

    with pytest.raises(NotImplementedError, match="double: the derivative towards argument 0"):
        grad(lambda x: np.sum(double(x)))(X)
    defjvp(double, lambda tangent, value, x: 2.0 * tangent)
    assert grad(lambda x: np.sum(double(x)))(X).tolist() == [2.0, 2.0, 2.0]
    defvjp(double, None)
    assert grad(lambda x: np.sum(double(x)))(X).tolist() == [0.0, 0.0, 0.0]
    plain = notrace_primitive(lambda x: float(numpy.max(x)))
    assert grad(lambda x: np.sum(x) * plain(x))(X).tolist() == [2.0] * 3


def test_checks_reject_wrong_rules():
    @primitive
    def wrong(x):
        return x * 2.0

    defvjp(wrong, lambda value, x: lambda adjoint: adjoint * 3.0)
    with pytest.raises(AssertionError, match="check of wrong failed"):
        check_grads(wrong, modes=["rev"])(1.0)
    combo_check(np.sum, (0,))([X, numpy.ones((2, 2))], axis=[None, 0])


def test_flattened_nests_and_optimizers():
    nest = [1.0, {"x": X}]
    flat, back = autograd.misc.flatten(nest)
    assert flat.shape == (4,)
    assert back(flat)[1]["x"].tolist() == X.tolist()
    slope = grad(lambda nest: (nest[0] - 3.0) ** 2 + np.sum((nest[1]["x"] - 1.0) ** 2))
    for optimizer in (autograd.misc.optimizers.sgd, autograd.misc.optimizers.adam, autograd.misc.optimizers.rmsprop):
        found = optimizer(lambda nest, i: slope(nest), nest, num_iters=500, step_size=0.05)
        assert found[0] == pytest.approx(3.0, abs=0.1)
        assert found[1]["x"].tolist() == pytest.approx([1.0, 1.0, 1.0], abs=0.1)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("norm.logpdf", (0.3, 0.1, 1.2)), ("norm.cdf", (0.3, 0.1, 1.2)), ("norm.logcdf", (-30.0, 0.1, 1.2)),
        ("norm.sf", (0.3, 0.1, 1.2)), ("gamma.logpdf", (0.7, 2.1)), ("beta.logpdf", (0.3, 2.0, 3.0)),
        ("t.logpdf", (0.7, 3.0, 0.1, 2.0)), ("chi2.logpdf", (0.7, 3.0)), ("poisson.logpmf", (2, 1.7)),
    ],
)  # fmt: skip
def test_distributions(name, args):
    stats = pytest.importorskip("scipy.stats")
    import autograd.scipy.stats as ours

    home, _, function = name.partition(".")
    f = getattr(getattr(ours, home), function)
    assert f(*args) == pytest.approx(getattr(getattr(stats, home), function)(*args), rel=1e-12)
    for i, x in enumerate(args):
        if isinstance(x, float):
            moved = [[*args[:i], x + h, *args[i + 1 :]] for h in (1e-6, -1e-6)]
            assert grad(f, i)(*args) == pytest.approx((f(*moved[0]) - f(*moved[1])) / 2e-6, rel=1e-6)


def test_more_of_scipy():
    pytest.importorskip("scipy")
    from autograd.scipy import special
    from autograd.scipy.linalg import expm, solve_triangular, sqrtm

    a = numpy.array([[2.0, 0.3], [0.1, 1.5]])
    for f in (expm, sqrtm, lambda a: solve_triangular(a, numpy.ones(2), lower=True)):
        check_grads(f)(a)
    check_grads(special.logsumexp)(X)
    for name in ("j0", "j1", "y0", "i1", "rgamma", "erfcinv", "digamma"):
        check_grads(getattr(special, name))(numpy.array([0.4, 1.3]))
    assert special.gammainc(2.0, 0.5) == pytest.approx(0.0902040104310499)
    check_grads(lambda x: special.gammainc(2.0, x))(0.5)
    check_grads(lambda x: special.polygamma(1, x))(0.5)
    from autograd.scipy.linalg import solve_banded

    band = numpy.array([[0.0, 1.0, 2.0], [4.0, 5.0, 6.0], [0.5, 0.25, 0.0]])
    check_grads(lambda band: solve_banded((1, 1), band, X))(band)
    for plain in (special.logsumexp(X), expm(a), sqrtm(a), solve_triangular(a, a), solve_banded((1, 1), band, X)):
        assert numpy.asarray(plain).dtype == float


@pytest.mark.slow
def test_the_real_namesake_in_one_environment_is_refused(tmp_path):
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / "bin" / "python"
    got = subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "autograd"], capture_output=True)
    if got.returncode:
        pytest.skip("HIPS autograd cannot be installed here")
    run = [python, "-c", "import autograd"]
    home = str(Path(autograd.__file__).parents[1])
    found = subprocess.run(run, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": home})
    assert "ImportError: two packages are imported as autograd" in found.stderr
    assert "valuegrad and HIPS autograd" in found.stderr
    assert "pip uninstall valuegrad autograd" in found.stderr
