"""Transforms: every row to fourth order, nested derivatives kept apart, nests given and returned in kind."""

import collections
import dataclasses
import math
import operator
import random

import pytest
from mpmath import mp, mpf

import autograd
from autograd import (
    GraphError,
    Value,
    asinh,
    atan2,
    derivative,
    exp,
    grad,
    hessian,
    hvp,
    hypot,
    jacobian,
    jvp,
    log,
    logaddexp,
    maximum,
    sigmoid,
    sin,
    softplus,
    sqrt,
    sumprod,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from autograd.primitive import ROWS
from autograd.testing.exact import EXACT
from nn import MLP

from .accuracy import operands

ROW = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
SLOW_TRUTH = {"gelu_tanh_slope"}  # its truth is a difference itself


def point(row, rng):
    """Return (operands, direction) away from kinks and poles, where four derivatives exist."""
    while True:
        xs = operands(row, rng, wide=False)
        near = row.kink is not None and abs(row.kink.distance(*xs[row.parameters :])) < 0.05
        if near or (row.name in ("pow", "power", "monomial") and min(xs[:2]) < 0.1):
            continue
        if any(abs(x) < 0.1 for x in xs if isinstance(x, float)):
            continue
        try:
            row.value(*xs)
        except (ValueError, ArithmeticError):
            continue
        moving = [row.differentiable(i) for i in range(len(xs))]
        return xs, [rng.uniform(0.5, 1.0) if m else 0 for m in moving]


@ROW
def test_derivatives_to_fourth_order(row):
    rng = random.Random(row.name)
    for _ in range(2):
        xs, v = point(row, rng)

        def along(t, xs=xs, v=v):
            return row(*[x + t * d if d else x for x, d in zip(xs, v, strict=True)])

        def exactly(t, xs=xs, v=v):
            return EXACT[row.name](*[mpf(x) + t * mpf(d) if d else x for x, d in zip(xs, v, strict=True)])

        orders = 2 if row.name in SLOW_TRUTH else 4
        with mp.workdps(60):
            truths = [float(mp.diff(exactly, 0, n)) for n in range(1, orders + 1)]
        for n, truth in enumerate(truths, start=1):
            found = derivative(along, n)(0.0)
            size = max(map(abs, [*truths[:n], truth]))
            assert abs(found - truth) <= 1e-12 * max(abs(truth), 0.1 * size, 1e-60), (xs, v, n, found, truth)


def test_perturbations_are_not_confused():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(4.0) == 8.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x) * x)(3.0) == 54.0  # d/dx of 2 x**3 with the inner point moving
    assert jvp(lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1], (3.0,), (1.0,)) == (9.0, 6.0)


def test_forward_and_reverse_compose_to_the_same_hessian():
    def f(x):
        return exp(x[0] * x[1]) + sin(x[1] * x[2]) * x[0] + hypot(*x) + sumprod(x, x)

    x = [0.3, -0.7, 1.1]
    expected = hessian(f)(x)
    for outer in ("forward", "reverse"):
        for inner in (grad(f), lambda x: jacobian(f, mode="forward")(x)):
            found = jacobian(inner, mode=outer)(x)
            for row, other in zip(found, expected, strict=True):
                assert row == pytest.approx(other, rel=1e-14)
    for i in range(3):
        assert [expected[i][j] for j in range(3)] == pytest.approx([expected[j][i] for j in range(3)], rel=1e-15)
    v = [1.0, 2.0, -1.0]
    assert hvp(f)(x, v) == pytest.approx([math.fsum(a * b for a, b in zip(r, v, strict=True)) for r in expected])


def random_function(seed):
    """Return a smooth function of three numbers, made of twelve random steps that share what came before them."""
    rng = random.Random(seed)
    one = [sin, exp, tanh, sigmoid, softplus, asinh, lambda x: 1.0 / (1.5 + x * x), lambda x: x**3]
    two = [operator.add, operator.sub, operator.mul, atan2, hypot, logaddexp, lambda x, y: sumprod([x, y], [y, 0.5])]
    steps = [(rng.choice(one), rng.choice(two), rng.randrange(99), rng.randrange(99)) for _ in range(12)]

    def f(xs):
        made = list(xs)
        for first, second, i, j in steps:
            made.append(tanh(second(first(made[i % len(made)]), made[j % len(made)] + 0.3)))
        return made[-1] + made[-2]

    return f


@pytest.mark.parametrize("seed", range(40))
def test_hessians_of_random_expressions_are_symmetric_and_the_same_either_way(seed):
    f, x = random_function(seed), [0.4, -0.9, 0.2]
    found = hessian(f)(x)
    for other in (jacobian(grad(f), mode="reverse")(x), jacobian(lambda x: jacobian(f, mode="forward")(x))(x)):
        assert found == [pytest.approx(row, rel=1e-9, abs=1e-11) for row in other]
    assert found == [pytest.approx(list(column), rel=1e-9, abs=1e-11) for column in zip(*found, strict=True)]
    h = 1e-4
    for i in range(3):
        up, down = ([y + d * (j == i) for j, y in enumerate(x)] for d in (h, -h))
        slopes = [(a - b) / (2.0 * h) for a, b in zip(grad(f)(up), grad(f)(down), strict=True)]
        assert found[i] == pytest.approx(slopes, rel=1e-4, abs=1e-5)


def test_vjp_and_jvp_are_adjoint():
    rng = random.Random(0)

    def f(x, y):
        return [x[0] * y, sin(x[1]) / y, tanh(x[0] * x[1])]

    x, y = [0.4, 1.3], 2.0
    _, back = vjp(f, x, y)
    for _ in range(20):
        w = [rng.gauss(0, 1) for _ in range(3)]
        v = ([rng.gauss(0, 1), rng.gauss(0, 1)], rng.gauss(0, 1))
        tangent = jvp(f, (x, y), v)[1]
        bars = back(w)
        left = math.fsum(a * b for a, b in zip(tangent, w, strict=True))
        right = math.fsum([bars[0][0] * v[0][0], bars[0][1] * v[0][1], bars[1] * v[1]])
        assert left == pytest.approx(right, rel=1e-13)


def test_gradients_are_those_of_backward_bit_for_bit():
    model = MLP(3, [4, 1], seed=2)
    x = [0.1, -0.4, 0.9]
    found = grad(lambda m: (m(x) - 1.0) ** 2)(model)
    ((model(x) - 1.0) ** 2).backward()
    for layer, other in zip(found.layers, model.layers, strict=True):
        for neuron, twin in zip(layer.neurons, other.neurons, strict=True):
            assert neuron.weights == [w.grad for w in twin.weights]
            assert neuron.bias == twin.bias.grad


def test_branches_and_loops_look_at_the_numbers():
    def f(x):
        while x < 10.0:
            x = x * x if x > 1.0 else x + 1.0
        return x

    assert grad(f)(0.5) == 8.0 * 1.5**7
    assert grad(lambda x: max(x, 2.0) + abs(round(x)))(3.2) == 1.0


def test_partials_at_the_ends_of_domains_are_those_of_the_rows():
    assert grad(sqrt)(0.0) == math.inf
    assert grad(lambda x: where(x > 0.0, sqrt(maximum(x, 0.0)), 0.0))(0.0) == 0.0
    assert grad(lambda x: hypot(x, 0.0))(0.0) == 0.0
    with pytest.raises(autograd.DomainError, match=r"log: operand x is -1\.0"):
        grad(log)(-1.0)


Pair = collections.namedtuple("Pair", "first second")


@dataclasses.dataclass(frozen=True)
class Market:
    spot: float
    curve: list


def test_nests_are_given_back_in_kind():
    def f(p, pair, market):
        return p["w"][0] * pair.first + p["b"] * pair.second + market.spot * market.curve[1]

    args = ({"w": (2.0,), "b": 3}, Pair(5.0, 7.0), Market(11.0, [13.0, 17.0]))
    found = grad(f, argnums=(0, 1, 2))(*args)
    assert found == ({"w": (5.0,), "b": 7.0}, Pair(2.0, 3.0), Market(17.0, [0.0, 11.0]))
    assert value_and_grad(f, argnums=1)(*args) == (2.0 * 5.0 + 3.0 * 7.0 + 11.0 * 17.0, Pair(2.0, 3.0))
    assert jacobian(lambda p: {"a": p[0] * p[1], "b": p[1]})((2.0, 3.0)) == {"a": (3.0, 2.0), "b": (0.0, 1.0)}


def test_numpy_arrays_are_given_back_as_arrays():
    np = pytest.importorskip("numpy")

    def rosenbrock(x):
        return sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    x = np.array([1.2, 1.0])
    value, slope = value_and_grad(rosenbrock)(x)
    assert type(value) is float
    assert slope.dtype == float
    np.testing.assert_allclose(slope, [-400 * 1.2 * (1.0 - 1.44) - 2 * (1 - 1.2), 200 * (1.0 - 1.44)], rtol=1e-13)
    np.testing.assert_allclose(hessian(rosenbrock)(x), [[1200 * 1.44 - 400 + 2, -480], [-480, 200]], rtol=1e-13)
    np.testing.assert_allclose(hvp(rosenbrock)(x, np.array([1.0, 0.0])), [1330.0, -480.0], rtol=1e-13)
    table = jacobian(lambda x: x.reshape(2, 2) @ np.array([1.0, 2.0]))(np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(table, [[1, 2, 0, 0], [0, 0, 1, 2]])
    assert grad(lambda x: x.sum())(np.array([1, 2])).dtype == float  # whole numbers are accepted


def test_scipy_takes_them_as_they_are():
    np = pytest.importorskip("numpy")
    optimize = pytest.importorskip("scipy.optimize")

    def rosenbrock(x):
        return sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    start = np.array([-1.2, 1.0, 0.5])
    found = optimize.minimize(value_and_grad(rosenbrock), start, jac=True)
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-5)
    found = optimize.minimize(rosenbrock, start, jac=grad(rosenbrock), hessp=hvp(rosenbrock), method="trust-ncg")
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-5)

    def residuals(p):
        t = np.linspace(0.0, 2.0, 9)
        return np.array([p[0] * exp(-p[1] * s) - 3.0 * math.exp(-0.7 * s) for s in t])

    found = optimize.least_squares(residuals, np.array([1.0, 1.0]), jac=jacobian(residuals))
    np.testing.assert_allclose(found.x, [3.0, 0.7], rtol=1e-8)

    def equations(x):
        return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]]

    found = optimize.root(equations, np.array([0.0, 0.0]), jac=jacobian(equations))
    np.testing.assert_allclose(equations(found.x), 0.0, atol=1e-9)


def test_a_closure_over_values_keeps_their_graph():
    w = Value(3.0)
    slope = grad(lambda x: w * x * x)(2.0)
    assert slope.data == 12.0
    slope.backward()
    assert w.grad == 4.0


def test_a_constant_function_has_a_zero_gradient():
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert jacobian(lambda x: [3.0, x])(1.0) == [0.0, 1.0]
    assert jvp(lambda x: (3.0, x), (1.0,), (2.0,)) == ((3.0, 1.0), (0.0, 2.0))


def test_the_gradient_costs_a_small_multiple_of_the_function(monkeypatch):
    """The cheap gradient principle, in instructions: it does not grow with the number of inputs."""
    from autograd.trace import Trace

    def count(call):
        made = 0
        record = Trace._add

        def counted(self, *args):
            nonlocal made
            made += 1
            return record(self, *args)

        with monkeypatch.context() as patch:
            patch.setattr(Trace, "_add", counted)
            call()
        return made

    def f(xs):
        total = 0.0
        for x in xs:
            total = total + sin(x) * x
        return total

    ratios = []
    for n in (1, 10, 1000):
        xs = [0.5] * n
        plain = count(lambda xs=xs: jvp(f, (xs,), ([0.0] * len(xs),)))
        nested = count(lambda xs=xs: jvp(grad(f), (xs,), ([0.0] * len(xs),)))  # the outer trace counts the sweep
        ratios.append((nested - plain) / plain)
    assert max(ratios) <= 4.0
    assert max(ratios) <= 2.0 * min(ratios)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grad(lambda x: x)("3"), TypeError, r"args\[0\]: str '3' cannot be differentiated"),
        (lambda: grad(lambda a, x: x)(1.0), TypeError, "missing 1 required positional argument"),
        (lambda: grad(lambda p: p)([{"w": [1.0, None]}]), TypeError, r"args\[0\]\[0\]\['w'\]\[1\]: NoneType None"),
        (lambda: grad(lambda x: x)(1j), TypeError, r"args\[0\]: complex 1j"),
        (lambda: grad(lambda x: [x])(1.0), TypeError, "returned list, not one number; use jacobian or vjp"),
        (lambda: grad(lambda x: "text")(1.0), TypeError, "result: str 'text' cannot be differentiated"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "result: NoneType None"),
        (lambda: grad(lambda x: x, argnums=1)(1.0), TypeError, "argnums has 1, but there are 1 positional"),
        (lambda: jacobian(lambda x: x, mode="sideways"), ValueError, "mode is 'sideways'"),
        (lambda: derivative(sin, -1), ValueError, "n is -1"),
        (lambda: vjp(lambda x: [x, x], 1.0)[1]([1.0]), ValueError, "1 adjoints for 2 outputs"),
        (lambda: jvp(lambda x: x, (1.0,), ([1.0, 2.0],)), ValueError, "2 tangents for 1 inputs"),
        (lambda: grad(lambda x: math.sin(x))(1.0), TypeError, r"autograd\.sin"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_number_that_escapes_its_call_is_refused():
    kept = []
    grad(lambda x: kept.append(x * 2.0) or x)(1.0)
    with pytest.raises(GraphError, match="kept and used outside"):
        kept[0] + 1.0


def test_an_array_of_texts_is_refused():
    np = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"args\[0\]: an array of <U1"):
        grad(lambda x: x[0])(np.array(["a"]))
