"""Arrays of numbers that remember: one test for each kind of fault that programs written for NumPy met."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import Value, grad, hessian, jacobian, jit, vmap


def values(*xs):
    return autograd.array([Value(x) for x in xs])


def test_what_stopped_a_newcomer_who_knows_numpy():
    """A plain float among traced numbers has no methods, so np.exp(np.maximum(x, 0)) failed under every transform."""
    x = np.array([0.5, -1.0, 2.0])
    f = lambda x: np.sum(np.exp(np.maximum(x, 0)))  # noqa: E731
    expected = np.where(x > 0, np.exp(x), 0.0)
    np.testing.assert_allclose(grad(f)(x), expected)
    np.testing.assert_allclose(jit(grad(f))(x), expected)
    np.testing.assert_allclose(vmap(grad(f))(np.stack([x, x])), [expected, expected])


def test_values_in_arrays_mix_with_floats_ints_and_bools():
    x = autograd.array([Value(0.5), 2, True, np.float32(0.25), Fraction(1, 2)])
    assert isinstance(x, np.ndarray)
    assert [type(y) for y in x.tolist()] == [Value, float, float, float, float]
    y = np.sum(np.exp(x) * [1, 2.0, True, np.int8(3), Value(4.0)])
    y.backward()
    assert x[0].grad == pytest.approx(math.exp(0.5))


def test_a_number_alone_is_an_operand_too():
    v = Value(0.0)
    assert type(np.maximum(v, 0.0)) is Value
    np.maximum(v, 0.0).backward()
    assert v.grad == 0.5
    assert isinstance(np.exp(np.array([1.0, 2.0]) * v), autograd.arrays.Array)
    assert grad(lambda x: np.where(x > 0.0, np.sin(x), 0.0) + np.clip(x, 0.0, 1.0))(0.5) == math.cos(0.5) + 1.0
    assert grad(lambda x: np.linspace(0.0, x, 3).sum())(2.0) == 1.5


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_ties_are_split_whatever_the_order(ufunc):
    for operands in (lambda x: (x, 1.0), lambda x: (1.0, x), lambda x: (x, np.ones(1)), lambda x: (np.ones(1), x)):
        for at in (1.0, np.ones(1)):
            assert np.ravel(grad(lambda x: np.sum(ufunc(*operands(x))))(at)).tolist() == [0.5]  # noqa: B023
    assert grad(lambda x: np.max(x))(np.ones(4)).tolist() == [0.25] * 4


@pytest.mark.parametrize("box", [np.float32, np.array, np.float64, Fraction, np.int8, lambda x: np.array(x, object)])
def test_numbers_in_boxes_are_operands_on_either_side(box):
    """The derivative of x * np.float32(2.0) was 0 on the flat tape."""
    two = box(2)
    for f, expected in (
        (lambda x: x * two, 2.0), (lambda x: two * x, 2.0), (lambda x: x / two, 0.5), (lambda x: x**two, 6.0),
        (lambda x: x + two, 1.0), (lambda x: two - x, -1.0), (lambda x: autograd.maximum(x, two), 1.0),
    ):  # fmt: skip
        assert grad(f)(3.0) == expected
        assert jit(grad(f))(3.0) == expected


def test_reductions_are_one_node():
    x = values(1.0, 2.0, 3.0)
    for reduced, op in (
        (np.sum(x), "fsum"), (np.prod(x), "prod"), (np.max(x), "maximum"), (np.min(x), "minimum"),
        (np.logaddexp.reduce(x), "logsumexp"), (np.linalg.norm(x), "hypot"), (np.dot(x, [1, 2, 3]), "sumprod"),
        (x.sum(), "fsum"), (np.add.reduce(x), "fsum"),
    ):  # fmt: skip
        assert reduced.op == op
        assert len(reduced.operands) in (3, 6)


def test_ufuncs_write_to_where_they_are_told():
    x, out = values(1.0, -2.0), autograd.array(np.zeros(2))
    assert np.multiply(x, 3.0, out=out) is out
    assert [y.data for y in out] == [3.0, -6.0]
    x += 1.0
    assert [y.data for y in x] == [2.0, -1.0]
    np.add.at(out, [0, 0], x[0])
    assert out[0].data == 7.0
    found = np.exp(x, where=[True, False], out=autograd.array([0.0, 5.0]))
    assert found[1] == 5.0
    assert np.add.outer(x, x).shape == (2, 2)
    assert [y.data for y in np.multiply.accumulate(x)] == [2.0, -2.0]
    assert np.sum(x, initial=10.0, where=[True, False]).data == 12.0
    assert np.sum(x.reshape(1, 2), axis=1, keepdims=True).shape == (1, 1)


def test_an_array_of_floats_refuses_and_names_the_remedy():
    x = values(1.0, 2.0)
    floats = np.zeros(2)
    for call in (
        lambda: np.add(x, 1.0, out=floats),
        lambda: np.add.at(floats, [0], x[:1]),
        lambda: np.copyto(floats, x),
        lambda: floats.__setitem__(0, x[0]),
        lambda: floats.__setitem__(slice(None), x),
        lambda: floats.__iadd__(x),
    ):
        with pytest.raises(TypeError, match=r"np\.zeros_like\(x\) or\s+autograd\.array\(\.\.\.\)"):
            call()

    def f(x):
        found = np.zeros(3)
        found[0] = x[0] * 2.0
        return found.sum()

    for transform, x in ((grad(f), np.ones(3)), (vmap(f), np.ones((3, 3)))):
        with pytest.raises(TypeError):
            transform(x)


def test_assignment_into_zeros_like_is_recorded():
    def recurrence(x):
        found = np.zeros_like(x)
        for i in range(1, len(x)):
            found[i] = found[i - 1] * 0.5 + x[i] ** 2
        return found[-1]

    x = np.array([1.0, 2.0, 3.0])
    assert grad(recurrence)(x).tolist() == [0.0, 2.0, 6.0]
    assert jit(grad(recurrence))(x).tolist() == [0.0, 2.0, 6.0]


def test_questions_are_answered_and_seen():
    x = np.array([0.5, np.inf, np.nan, -0.0])
    seen = []

    def answers(x):
        return np.isnan(x).tolist(), np.isinf(x).tolist(), np.isfinite(x).tolist(), np.signbit(x).tolist()

    def f(x):
        seen.append(answers(x))
        return np.sum(np.where(np.isfinite(x), x, 0.0))

    expected = np.isnan(x).tolist(), np.isinf(x).tolist(), np.isfinite(x).tolist(), np.signbit(x).tolist()
    assert grad(f)(x).tolist() == [1.0, 0.0, 0.0, 1.0]
    assert seen == [expected]
    compiled = jit(lambda x: (answers(x), np.sum(np.where(np.isfinite(x), x, 0.0))))
    assert compiled(x) == (expected, 0.5)
    ones = np.array([1.0, 2.0, 3.0, 4.0])
    assert compiled(ones) == (answers(ones), 10.0)  # another path, not the old one


def test_answers_of_compiled_functions_are_of_the_type_that_python_gives():
    """np.argsort(x) of a compiled function was an array of floats, which is no index."""
    x = np.array([3.0, 1.0, 2.0])
    f = lambda x: (np.argsort(x), x > 1.5, np.argmax(x), np.all(x > 0.0), x[np.argmin(x)])  # noqa: E731
    compiled = jit(f)
    for given in (x, -x, x):
        for found, expected in zip(compiled(given), f(given), strict=True):
            assert np.asarray(found).dtype == np.asarray(expected).dtype
            np.testing.assert_array_equal(found, expected)
    compiled(x)[0][0] = 7  # a copy
    assert compiled(x)[0].tolist() == [1, 2, 0]


def test_scalars_have_questions_too():
    v = Value(math.nan)
    assert autograd.isnan(v)
    assert not autograd.isnan(1.0)
    assert autograd.isinf(Value(-math.inf))
    assert autograd.isfinite(Value(1.0))
    assert not autograd.isfinite(v)
    assert autograd.isclose(Value(1.0), 1.0 + 1e-12)
    for a, b in ((1.0, 1.1), (math.inf, math.inf), (math.inf, -math.inf), (0.0, 1e-12), (math.nan, math.nan)):
        for options in ({}, {"rel_tol": 0.2}, {"abs_tol": 1e-9}):
            assert autograd.isclose(Value(a), b, **options) is math.isclose(a, b, **options)
    with pytest.raises(ValueError, match="negative"):
        autograd.isclose(1.0, 1.0, rel_tol=-1.0)
    with pytest.raises(TypeError, match=r"autograd\.isnan"):
        math.isnan(v)
    safe = jit(lambda x: 0.0 if autograd.isnan(x) else x * 2.0)
    assert [safe(1.0), safe(math.nan), safe(2.0)] == [2.0, 0.0, 4.0]


@pytest.mark.parametrize("transform", [grad, jit, lambda f: vmap(f)])
def test_masked_arrays_and_matrices_are_refused_with_a_remedy(transform):
    masked = np.ma.array([[1.0, 2.0]], mask=[[False, True]])
    with pytest.raises(TypeError, match=r"masked array .* use x\.compressed\(\)"):
        transform(lambda x: x.sum())(masked)
    x = values(1.0, 2.0)
    for call in (lambda: np.add(x, masked), lambda: x * masked, lambda: np.concatenate([x[None], masked])):
        with pytest.raises(TypeError, match=r"use x\.compressed\(\)"):
            call()
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"np\.matrix .* use np\.asarray"):
        autograd.array(matrix)
    with pytest.raises(TypeError, match=r"np\.matrix .* use np\.asarray"):
        grad(lambda x: x.sum())(matrix)


@pytest.mark.parametrize("kind", ["float32", "float16", "int64", "uint8", "bool"])
def test_other_types_become_doubles(kind):
    x = np.array([1, 0, 1], dtype=kind)
    assert all(type(y) is float for y in autograd.array(x).tolist())
    assert grad(lambda x: np.sum(x * x))(x).dtype == np.float64
    with pytest.raises(TypeError, match="float64; leave dtype out"):
        values(1.0).astype(np.float32)
    with pytest.raises(TypeError, match="float64; leave dtype out"):
        np.sum(values(1.0), dtype=np.float32)
    with pytest.raises(TypeError, match="real numbers"):
        autograd.array(np.array([1j]))


def test_lanes_of_functions_that_return_arrays_of_numpy():
    """vmap(lambda x: np.asarray(x.sum()))(X) was an object array that held an array."""
    X = np.arange(6.0).reshape(3, 2)
    for f, expected in (
        (lambda x: np.asarray(x.sum()), X.sum(axis=1)),
        (lambda x: np.squeeze(x[:1]), X[:, 0]),
        (lambda x: np.tensordot(x, np.ones((2, 2)), 1), X @ np.ones((2, 2))),
        (lambda x: np.tensordot(x, x, 1), (X * X).sum(axis=1)),
        (lambda x: np.stack([x, x]), np.stack([X, X], axis=1)),
        (lambda x: np.array([x[0], 1.0]), np.stack([X[:, 0], np.ones(3)], axis=1)),
    ):
        found = vmap(f)(X)
        assert (found.dtype, found.shape) == (np.float64, expected.shape)
        np.testing.assert_array_equal(found, expected)


@dataclasses.dataclass
class Result:
    total: object
    parts: object


def test_lanes_of_dataclasses_whose_fields_are_arrays():
    """The field was an array of objects of shape (2,), one for each number, and not of the lanes."""
    X = np.arange(6.0).reshape(3, 2)
    found = vmap(lambda x: Result(x.sum(), x * 2.0))(X)
    assert found.parts.shape == (3, 2)
    assert found.parts.dtype == float
    assert found.total.tolist() == [1.0, 5.0, 9.0]
    assert vmap(lambda x: {"a": [x * 2.0]})(X[:1])["a"][0].shape == (1, 2)


def test_nested_transforms_return_arrays_that_work_on():
    x = np.array([0.5, -0.3])
    outer = lambda x: np.sum(np.exp(jacobian(lambda y: np.tanh(y) * y[0])(x)))  # noqa: E731
    step = np.array([1e-6, 0.0])
    assert grad(outer)(x)[0] == pytest.approx((outer(x + step) - outer(x - step)) / 2e-6, rel=1e-7)
    found = hessian(lambda x: np.linalg.slogdet(np.outer(x, x) + np.eye(2))[1])(x)
    assert found.shape == (2, 2)


def test_matrix_functions_are_one_node_for_each_output():
    a = autograd.array(np.vectorize(Value, otypes=[object])([[2.0, 1.0], [0.5, 3.0]]))
    b = values(1.0, 2.0)
    x = np.linalg.solve(a, b)
    assert [y.op for y in x] == ["solve", "solve"]
    assert all(set(y.parents) <= {*a.ravel().tolist(), *b.tolist()} for y in x)
    assert np.linalg.det(a).op == "det"
    np.linalg.det(autograd.array([[Value(1.0), 2.0], [2.0, 4.0]])).backward()  # singular: the cofactors exist


def test_determinants_of_singular_matrices_have_derivatives():
    singular = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
    expected = [[4.0, 4.0, -4.0], [-2.0, -2.0, 2.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(grad(np.linalg.det)(singular), expected, atol=1e-12)
    assert np.isfinite(hessian(np.linalg.det)(singular)).all()


def test_degenerate_cases_of_linear_algebra_are_never_silently_wrong():
    with pytest.raises(ValueError, match=r"singular; use np\.linalg\.lstsq"):
        grad(lambda x: np.linalg.solve(x, np.ones(2)).sum())(np.ones((2, 2)))
    with pytest.raises(ValueError, match="not positive definite; add to its diagonal"):
        grad(lambda x: np.linalg.cholesky(x).sum())(-np.eye(2))
    assert grad(lambda x: np.linalg.eigvalsh(x).sum())(np.eye(2)).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert np.isnan(grad(lambda x: np.linalg.eigh(x)[1][0, 0])(np.eye(2))).any()  # equal eigenvalues
    with pytest.raises(TypeError, match=r"np\.linalg\.eig .*use np\.linalg\.eigh"):
        grad(lambda x: np.linalg.eig(x)[0][0])(np.eye(2))
    with pytest.raises(TypeError, match="full_matrices=False"):
        np.linalg.svd(autograd.array([[Value(1.0), 2.0]]))


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.solve(a, [1.0, 2.0, 3.0]).sum() ** 2,
        lambda a: np.sum(np.linalg.inv(a) ** 2),
        lambda a: np.linalg.slogdet(a)[1] ** 2,
        lambda a: np.sum(np.linalg.cholesky(a @ a.T) ** 3),
        lambda a: np.sum(np.linalg.eigh(a + a.T)[0] ** 3),
        lambda a: np.sum(np.linalg.eigh(a + a.T)[1] ** 3),
        lambda a: np.sum(np.linalg.svd(a)[0] ** 3) + np.sum(np.linalg.svd(a)[2] ** 3),
        lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 3),
        lambda a: np.sum(np.linalg.qr(a)[0] ** 3) + np.sum(np.linalg.qr(a)[1] ** 3),
        lambda a: np.sum(np.linalg.pinv(a[:, :2]) ** 2),
        lambda a: np.linalg.det(a) ** 2,
    ],
)
def test_linear_algebra_has_second_derivatives(f):
    a = np.array([[1.2, -0.4, 0.7], [0.3, 2.1, -0.6], [-0.8, 0.5, 1.4]])
    direction = np.array([[0.3, 0.1, -0.2], [0.4, -0.5, 0.6], [0.2, 0.3, -0.1]])
    exact = autograd.hvp(f)(a, direction)
    numeric = (grad(f)(a + 1e-5 * direction) - grad(f)(a - 1e-5 * direction)) / 2e-5
    np.testing.assert_allclose(exact, numeric, rtol=2e-6, atol=2e-6)


def test_plain_arrays_of_objects_say_what_to_use():
    with pytest.raises(TypeError) as caught:
        grad(lambda x: np.sum(np.exp(np.array([x[0], 1.0]))))(np.ones(2))
    assert "autograd.array" in caught.value.__notes__[0]


def test_arrays_are_printed_copied_and_pickled():
    import copy
    import pickle

    x = values(1.0, 2.0)
    assert repr(x) == "array([Value(1.0), Value(2.0)], dtype=object)"
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), x.copy()):
        assert type(other) is type(x)
        assert [y.data for y in other] == [1.0, 2.0]


def test_text_and_other_objects_are_refused():
    with pytest.raises(TypeError, match="cannot hold str 'a'"):
        autograd.array([1.0, "a"])
    with pytest.raises(TypeError, match="cannot hold"):
        values(1.0)[0:1] = ["a"]
    for call in (lambda x: np.bitwise_and(x, 1), lambda x: np.fft.fft(x), lambda x: np.save("f", x)):
        with pytest.raises(TypeError, match=r"np\..*; "):
            call(values(1.0, 2.0))


def test_functions_of_scipy_are_rows():
    special = pytest.importorskip("scipy.special")
    x = np.array([0.3, 1.7])
    for name in "erf erfc gamma gammaln psi expit ndtr i0 i1 entr log_ndtr".split():  # noqa: SIM905
        f = lambda x: np.sum(getattr(special, name)(x))  # noqa: B023, E731
        numeric = [(f(x + h) - f(x - h)) / 2e-6 for h in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(grad(f)(x), numeric, rtol=1e-7)


@pytest.mark.parametrize("transform", [lambda f: f, jit, lambda f: lambda x: vmap(f)(np.stack([x, x]))[1]])
def test_functions_that_numpy_makes_of_pythons_are_applied_to_numbers(transform):
    branches = np.vectorize(lambda x: x * x if x > 0.0 else autograd.exp(x))
    dots = np.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")
    products = np.frompyfunc(lambda a, b: (a * b, a + b), 2, 2)
    x = np.array([0.3, -1.2, 2.0])
    assert transform(grad(lambda x: branches(x).sum()))(x) == pytest.approx([0.6, math.exp(-1.2), 4.0])
    assert transform(grad(lambda x: dots(np.outer(x, x), x).sum()))(x) == pytest.approx(x @ x + 2.0 * x * x.sum())
    assert transform(grad(lambda x: sum(y.sum() for y in products(x, 3.0))))(x) == pytest.approx([4.0] * 3)
