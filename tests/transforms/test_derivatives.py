"""Transforms: every row to fourth order, nested derivatives kept apart, nests given and returned in kind."""

import functools
import inspect
import math
import operator
import pickle
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
from autograd.primitives.primitive import ROWS
from autograd.testing.exact import definition
from autograd.transforms.call import Call

from ..accuracy import QUOTIENTS, operands
from .test_laws import ROWS_HERE

MODES = ("forward", "reverse")
ROW = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
COMPOSED = {  # ways to four derivatives
    "reverse": [grad] * 4,
    "forward": [lambda f: lambda t: jvp(f, (t,), (1.0,))[1]] * 4,
    "both in turn": [grad, lambda f: lambda t: jvp(f, (t,), (1.0,))[1]] * 2,
}


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
            return definition(row)(*[mpf(x) + t * mpf(d) if d else x for x, d in zip(xs, v, strict=True)])

        with mp.workdps(60):
            truths = [float(mp.diff(exactly, 0, n)) for n in range(1, 5)]
        for way, transforms in COMPOSED.items():
            f = along
            for n, (transform, truth) in enumerate(zip(transforms, truths, strict=True), start=1):
                f = transform(f)
                found, size = f(0.0), max(map(abs, truths[:n]))
                assert abs(found - truth) <= 2e-13 * max(abs(truth), 0.1 * size, 1e-60), (way, xs, v, n, found, truth)


def test_perturbations_are_not_confused():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(4.0) == 8.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x) * x)(3.0) == 54.0  # d/dx of 2 x**3 with the inner point moving
    assert jvp(lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1], (3.0,), (1.0,)) == (9.0, 6.0)


def forward(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize("inner", [grad, forward])
@pytest.mark.parametrize("middle", [grad, forward])
@pytest.mark.parametrize("outer", [grad, forward])
def test_three_levels_are_kept_apart_in_every_mix_of_modes(outer, middle, inner):
    def f(a):
        return a * middle(lambda y: y * inner(lambda z: a * y * z * z)(a * y))(a + 1.0)

    a = 1.7  # f is 6 a**3 (a + 1)**2
    exact = 6.0 * (3.0 * a * a * (a + 1.0) ** 2 + 2.0 * a**3 * (a + 1.0))
    assert outer(f)(a) == pytest.approx(exact, rel=1e-14)
    assert outer(lambda x: middle(lambda y: x)(x))(5.0) == 0.0
    assert outer(lambda u: middle(lambda v: exp(u + v) * u)(0.0))(0.5) == pytest.approx(1.5 * math.exp(0.5), rel=1e-15)
    assert outer(lambda a: hessian(lambda v: a**3 * v[0] ** 2 * v[1])([1.0, 2.0])[0][1])(2.0) == 24.0


def test_the_way_back_may_be_used_within_another_derivative():
    _, back = vjp(lambda x: x * x * x, 2.0)
    assert grad(lambda a: back(a * a)[0])(3.0) == 72.0
    kept = []
    grad(lambda x: kept.append(vjp(lambda y: x * y * y, 3.0)[1]) or x)(2.0)
    with pytest.raises(GraphError, match="a number of a finished function call"):
        kept[0](1.0)


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


def table_function(seed):
    """Return (function of a list, numbers): a few random rows of the table, tanh where one has no value there."""
    rng = random.Random(seed)
    rows = [row for row in ROWS_HERE if row.name not in QUOTIENTS]
    count = rng.randint(2, 4)
    steps = []
    for made in range(count, count + rng.randint(2, 8)):
        row = rng.choice(rows)
        arity = len(row.partials) or 2 * rng.randint(1, 2)
        steps.append((row, [rng.randrange(made) for _ in range(arity)]))

    def f(xs):
        nodes = list(xs)
        for row, positions in steps:
            xs = [nodes[i] for i in positions]
            try:
                made = row(*xs)
            except (ValueError, ArithmeticError):
                made = tanh(sum(xs))
            nodes.append(made if abs(made) < 1e3 else tanh(sum(xs)))
        return tanh(nodes[-1]) + sin(nodes[-2])

    return f, [rng.uniform(-2.0, 2.0) for _ in range(count)]


@pytest.mark.parametrize("seed", range(60))
def test_hessians_of_random_rows_are_symmetric_and_the_same_all_four_ways(seed):
    f, x = table_function(seed)
    found = hessian(f)(x)
    numbers = [abs(y) for row in found for y in row]
    if not max(numbers) < 1e8:  # at a pole or an end of a domain
        return
    others = [jacobian(inner, mode=mode)(x) for inner in (grad(f), jacobian(f, mode="forward")) for mode in MODES]
    others += [[hvp(f)(x, unit) for unit in jacobian(list)(x)], [list(column) for column in zip(*found, strict=True)]]
    for other in others:
        for row, twin in zip(found, other, strict=True):
            assert row == pytest.approx(twin, rel=1e-9, abs=1e-9 * max(numbers) + 1e-12)


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

    def valley(x, a):
        return (a - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2

    for hessians in ({"hess": hessian(valley)}, {"hessp": hvp(valley)}):
        found = optimize.minimize(
            value_and_grad(valley), [-1.0, 1.0], args=(2.0,), jac=True, method="trust-krylov", **hessians
        )
        np.testing.assert_allclose(found.x, [2.0, 4.0], rtol=1e-5)

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


def chained(f):
    """Return a function of a list: f of what was found so far and of the next number, again and again."""

    def along(xs):
        total = 0.1
        for x in xs:
            total = f(total, x)
        return total

    return along


COSTS = {
    "sum": lambda t, x: t + sin(x) * x,
    "product": lambda t, x: t * x,
    "quotient": lambda t, x: (t + x) / (x * x + 1.0),
    "powers": lambda t, x: t + x**1.5 / sqrt(x + 1.0),
    "recurrent": lambda t, x: tanh(t * x + 0.5),
    "angle": lambda t, x: atan2(t + x, x + 2.0),
    "length": lambda t, x: hypot(t, x) + exp(-t),
    "valley": lambda t, x: tanh(100.0 * (x - t * t) ** 2 + (1.0 - t) ** 2),
}


@pytest.mark.parametrize("f", COSTS.values(), ids=COSTS)
def test_the_gradient_costs_a_small_multiple_of_the_function(f):
    """The cheap gradient principle, in instructions of f and of its value with gradient, as neither is optimised."""

    def count(f, xs):
        call = Call(f, [xs], {}, 0)
        return len(call.tape.steps) - len(xs)

    ratios = []
    for n in (1, 10, 1000):
        xs = [0.4 + 0.0003 * i for i in range(n)]
        ratios.append(count(lambda xs: value_and_grad(chained(f))(xs), xs) / count(chained(f), xs))
    assert max(ratios) <= 4.0
    assert ratios[2] <= 1.1 * ratios[1]


def test_a_number_that_escapes_its_call_is_refused():
    kept = []
    grad(lambda x: kept.append(x * 2.0) or x)(1.0)
    with pytest.raises(GraphError, match="kept and used outside"):
        kept[0] + 1.0


def test_positions_are_counted_from_either_end():
    def f(x, y, name, scale=1.0):
        return {"product": x * y}[name] * scale

    args = (2.0, 3.0, "product")
    assert grad(f)(*args, scale=10.0) == 30.0
    assert grad(f, -2)(*args) == 2.0
    assert grad(f, (-2, 0))(*args) == grad(f, [1, -3])(*args) == (2.0, 3.0)
    assert grad(f, ())(*args) == ()
    assert jacobian(f, (0, 1))(*args) == (3.0, 2.0)
    assert hessian(f, (0, 1))(*args) == ((0.0, 1.0), (1.0, 0.0))
    assert hvp(lambda x, a, b=1.0: a * b * x**3)(2.0, 1.0, 5.0, b=2.0) == 120.0


def test_numbers_are_printed_on_the_way():
    texts = []
    grad(lambda x: texts.append(f"{x:.3f}") or x * x)(1.5)
    assert texts == ["1.500"]
    with pytest.raises(autograd.TraceError, match="the text of a number that is being compiled"):
        autograd.jit(lambda x: float(f"{x:.3f}") * x)(1.5)


def test_one_number_in_any_box_is_one_number():
    numpy = pytest.importorskip("numpy")
    assert grad(lambda x: numpy.array(x * x))(3.0) == 6.0
    assert grad(lambda x: numpy.int64(2))(3.0) == 0.0
    assert grad(lambda x: x * x)(True) == 2.0


def described(x: list[float], scale: float = 1.0) -> float:
    """Return a scaled sine."""
    return sin(x[0]) * scale


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, lambda f: derivative(f, 2)])
def test_a_transform_keeps_the_name_the_doc_and_the_signature(transform):
    made = transform(transform(described))
    assert (made.__name__, made.__doc__) == ("described", "Return a scaled sine.")
    assert str(inspect.signature(made)) == "(x: list[float], scale: float = 1.0) -> float"
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(made)


def test_hvp_keeps_the_name_and_takes_a_direction():
    made = hvp(described)
    assert (made.__name__, made.__doc__) == ("described", "Return a scaled sine.")
    assert list(inspect.signature(made).parameters) == ["x", "v", "args", "kwargs"]
    assert made([0.5], [1.0], scale=2.0) == [-2.0 * math.sin(0.5)]


def test_what_has_no_name_and_no_signature_is_transformed_too():
    half = functools.partial(described, scale=0.5)
    assert grad(half)([0.0]) == [0.5]
    assert inspect.signature(grad(half)) == inspect.signature(half)
    assert grad(sin).__doc__ == sin.__doc__


@pytest.mark.parametrize(
    "call",
    [
        *(lambda f, t=t: t(f) for t in (grad, value_and_grad, jacobian, hessian, hvp, derivative)),
        lambda f: vjp(f, 1.0),
        lambda f: jvp(f, (1.0,), (1.0,)),
        lambda f: autograd.root(f, 1.0),
        lambda f: autograd.fixed_point(f, 1.0),
        lambda f: autograd.minimize(f, 1.0),
    ],
)
@pytest.mark.parametrize(("f", "what"), [("sin", "str 'sin'"), (0.5, "float 0.5"), (None, "NoneType None")])
def test_what_is_no_function_is_refused_at_once(call, f, what):
    with pytest.raises(TypeError, match=rf"expected a function, not {what}; use \w+\(f\), not \w+\(f\(x\)\)"):
        call(f)
