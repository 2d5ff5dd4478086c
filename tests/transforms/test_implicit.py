"""Solutions of equations, and their derivatives, against closed forms."""

import math

import pytest

from autograd import (
    ConvergenceError,
    Value,
    cbrt,
    copysign,
    cos,
    derivative,
    exp,
    fixed_point,
    fsum,
    grad,
    hessian,
    jacobian,
    jit,
    log,
    minimize,
    norm_cdf,
    prod,
    root,
    sin,
    sqrt,
)
from autograd.testing import check_gradient
from autograd.transforms import newton
from nn import MLP


@pytest.mark.parametrize("n", range(11))
def test_a_root_is_differentiated_to_any_order(n):
    """The square root of a, whose n-th derivative is known."""
    found = derivative(lambda a: root(lambda x, a: x * x - a, 1.0, a), n)(2.0)
    factor = math.prod(0.5 - k for k in range(n))
    assert found == pytest.approx(factor * 2.0 ** (0.5 - n), rel=4e-15)


def test_nested_gradients_of_a_solver_are_exact_too():
    nested = solved = lambda a: root(lambda x, a: x * x - a, 1.0, a)
    for n in range(1, 7):
        nested = grad(nested)
        assert nested(2.0) == pytest.approx(derivative(solved, n)(2.0), rel=4e-15)


def test_a_root_of_values_goes_backward():
    a, b = Value(3.0), Value(2.0)
    x = root(lambda x, a, b: exp(b * x) - a, 0.0, a, b)
    x.backward()
    assert (
        x.data == root(lambda x, a, b: exp(b * x) - a, 0.0, 3.0, 2.0) == pytest.approx(math.log(3.0) / 2.0, rel=1e-15)
    )
    assert (a.grad, b.grad) == (pytest.approx(1.0 / 6.0, rel=1e-14), pytest.approx(-math.log(3.0) / 4.0, rel=1e-14))


def test_a_system_is_solved_and_differentiated():
    def f(p, c):
        return {"u": p["u"] * p["v"] - c[0], "v": p["u"] + p["v"] - c[1]}

    found = root(f, {"u": 0.5, "v": 4.0}, [6.0, 5.0])
    assert (found["u"], found["v"]) == (pytest.approx(2.0), pytest.approx(3.0))
    slopes = jacobian(lambda c: root(f, {"u": 0.5, "v": 4.0}, c))([6.0, 5.0])
    # u = (s - sqrt(s*s - 4 p)) / 2 for the product p and the sum s
    assert slopes["u"] == [pytest.approx(1.0), pytest.approx((1.0 - 5.0) / 2.0)]
    assert slopes["v"] == [pytest.approx(-1.0), pytest.approx((1.0 + 5.0) / 2.0)]
    curvature = hessian(lambda c: root(f, {"u": 0.5, "v": 4.0}, c)["u"])([6.0, 5.0])
    exact = hessian(lambda c: (c[1] - sqrt(c[1] * c[1] - 4.0 * c[0])) / 2.0)([6.0, 5.0])
    assert curvature == [pytest.approx(row, rel=1e-11) for row in exact]


def test_a_fixed_point():
    found = fixed_point(lambda x, a: cos(a * x), 0.5, 1.0)
    assert found == pytest.approx(0.7390851332151607, rel=1e-15)
    x = found
    exact = -x * math.sin(x) / (1.0 + math.sin(x))
    assert grad(lambda a: fixed_point(lambda x, a: cos(a * x), 0.5, a))(1.0) == pytest.approx(exact, rel=1e-13)


def test_a_minimum_of_several_variables():
    def rosenbrock(p, a):
        return (a - p[0]) ** 2 + 100.0 * (p[1] - p[0] ** 2) ** 2

    assert minimize(rosenbrock, [-1.2, 1.0], 1.0) == pytest.approx([1.0, 1.0], rel=1e-9)
    slopes = jacobian(lambda a: minimize(rosenbrock, [-1.2, 1.0], a))(2.0)
    assert slopes == pytest.approx([1.0, 4.0], rel=1e-8)  # the minimum is (a, a * a)


def test_implied_volatility_has_the_vega_of_black_and_scholes():
    def call(volatility, spot, strike, time):
        d = (log(spot / strike) + 0.5 * volatility * volatility * time) / (volatility * sqrt(time))
        return spot * norm_cdf(d) - strike * norm_cdf(d - volatility * sqrt(time))

    price = call(0.3, 100.0, 110.0, 0.5)

    def implied(price, spot):
        return root(lambda v, price, spot: call(v, spot, 110.0, 0.5) - price, 0.2, price, spot)

    assert implied(price, 100.0) == pytest.approx(0.3, rel=1e-12)
    vega, delta = grad(call, argnums=(0, 1))(0.3, 100.0, 110.0, 0.5)
    towards_price, towards_spot = grad(implied, argnums=(0, 1))(price, 100.0)
    assert towards_price == pytest.approx(1.0 / vega, rel=1e-10)
    assert towards_spot == pytest.approx(-delta / vega, rel=1e-10)


HOPELESS = {
    "no root": (lambda: root(lambda x: x * x + 1.0, 1.0), "root: .*x = .*start"),
    "no derivative": (lambda: root(lambda x: 0.0 * x + 1.0, 1.0), "derivative is singular at x = 1, where f = 1"),
    "no minimum": (lambda: minimize(lambda x: x, 0.0), "minimize: no convergence; it stands at x = "),
    "a maximum": (lambda: minimize(cos, 0.0), "it stands at x = 0, a saddle or a maximum, with the slope"),
    "a saddle": (lambda: minimize(lambda x: x[0] * x[1], [0.0, 0.0]), "stands at x = 0, 0, a saddle or a maximum"),
}


@pytest.mark.parametrize(("call", "message"), HOPELESS.values(), ids=HOPELESS)
def test_what_does_not_converge_says_where_it_stands(call, message):
    with pytest.raises(ConvergenceError, match=message):
        call()


MULTIPLE = {
    "cube": lambda a: root(lambda x, a: (x - a) ** 3, 0.0, a),
    "square": lambda a: root(lambda x, a: (x - a) * (x - a), 0.0, a),
    "multiplied out": lambda a: root(lambda x, a: x**3 - 3.0 * a * x**2 + 3.0 * a * a * x - a**3, 0.0, a),
    "at zero": lambda a: root(lambda x, a: a * x**3, 1.0, a),
    "started there": lambda a: root(lambda x, a: a * x**3, 0.0, a),
    "of a broken power": lambda a: root(lambda x, a: abs(x - a) ** 2.5, 0.0, a),
    "of less than one": lambda a: root(lambda x, a: cbrt(x - a), 0.5, a),
    "by cancellation": lambda a: root(lambda x, a: a * x - a * sin(x), 0.5, a),
    "that moves as a root of a": lambda a: root(lambda x, a: x**3 - (a - 1.0), 0.5, a),
    "of a system": lambda a: root(lambda x, a: [x[0] + x[1] - 2.0 * a, (x[0] - x[1]) ** 3], [0.5, 0.2], a)[0],
    "a fixed point": lambda a: fixed_point(lambda x, a: x - (x - a) ** 3, 0.5, a),
    "a flat minimum": lambda a: minimize(lambda x, a: (x - a) ** 4, 0.0, a),
    "a minimum of a broken power": lambda a: minimize(lambda x, a: abs(x - a) ** 2.5, 0.0, a),
    "one flat unknown": lambda a: minimize(lambda x, a: (x[0] - a) ** 2 + (x[1] - a) ** 4, [0.0, 0.0], a)[0],
    "an unknown unused": lambda a: minimize(lambda x, a: (x[0] - a) ** 2, [0.0, 0.0], a)[0],
}


@pytest.mark.parametrize("solved", MULTIPLE.values(), ids=MULTIPLE)
@pytest.mark.parametrize("call", [lambda f: f(1.0), lambda f: grad(f)(1.0), lambda f: derivative(f, 4)(1.0)])
def test_a_multiple_root_is_refused_never_a_number_in_between(call, solved):
    with pytest.raises(ConvergenceError, match="multiple root"):
        call(solved)


def test_a_simple_root_is_none_however_it_lies():
    """Roots close to another one, started from afar, tiny, huge, or where f has a corner of the third order."""
    assert grad(lambda a: root(lambda x, a: x * x - a, 1.0, a))(1e-20) == pytest.approx(5e9, rel=1e-13)
    assert root(lambda x: exp(x * 1e12) - 3.0, 0.0) == pytest.approx(math.log(3.0) * 1e-12, rel=1e-15)
    assert root(lambda x: exp(x * 1e-12) - 3.0, 0.0) == pytest.approx(math.log(3.0) * 1e12, rel=1e-15)
    assert root(lambda x: prod([x - i for i in range(1, 11)]), 5.2) == 5.0
    assert grad(lambda a: root(lambda x, a: x - a + abs(x - a) ** 2.5, 0.0, a))(1.0) == pytest.approx(1.0, rel=1e-15)
    assert grad(lambda a: minimize(lambda x, a: (x - a) ** 4 + 1e-3 * (x - a) ** 2, 0.0, a))(1.0) == pytest.approx(1.0)


def heated(n):
    """Return a residual of n unknowns that has neighbours alone in each equation."""

    def f(x, a):
        sides = [0.0, *x, 0.0]
        return [2.5 * x[i] - sides[i] - sides[i + 2] + 0.1 * x[i] ** 3 - a[i] for i in range(n)]

    return f


@pytest.mark.parametrize("n", [3, 12, 60])  # by Python, by NumPy, and sparse
def test_a_system_has_one_factorisation(n):
    f, a = heated(n), [math.sin(i) for i in range(n)]

    def total(a):
        return fsum(root(f, [0.0] * n, a))

    assert max(abs(y) for y in f(root(f, [0.0] * n, a), a)) < 1e-14
    found, h = grad(total)(a), 1e-5
    up, down = ([x + s * h * (i == 1) for i, x in enumerate(a)] for s in (1.0, -1.0))
    assert (total(up) - total(down)) / (2.0 * h) == pytest.approx(found[1], rel=1e-8)
    values = [Value(x) for x in a]
    total(values).backward()
    assert [v.grad for v in values] == pytest.approx(found, rel=1e-13)


def test_many_unknowns_are_solved_by_a_sparse_factorisation(monkeypatch):
    pytest.importorskip("scipy")
    made = []
    monkeypatch.setattr(
        newton, "Triangles", lambda matrix, one=newton.Triangles: made.append(matrix.nnz) or one(matrix)
    )
    root(heated(60), [0.0] * 60, [1.0] * 60)
    assert set(made) == {178}


def test_solvers_within_jit_are_those_outside_to_the_bit():
    f = heated(3)
    for transform in (lambda g: g, grad, hessian):
        plain = transform(lambda a: root(f, [0.0] * 3, a)[0])
        compiled = jit(plain)
        for a in ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [0.5, -1.0, 2.0]):
            assert compiled(a) == plain(a)
        assert compiled.stats().paths == 1
        assert "stays in Python for the sake of root" in repr(compiled.stats())
    start = jit(lambda x, a: minimize(lambda x, a: (x - a) ** 2 + cos(x), x, a))
    assert start(0.5, 1.0) == start(0.5, 1.0) == minimize(lambda x, a: (x - a) ** 2 + cos(x), 0.5, 1.0)
    broken = jit(lambda a: root(lambda x, a: x * x - a, 1.0, a))
    assert broken(4.0) == 2.0
    with pytest.raises(ConvergenceError, match=r"root: .* start"):
        broken(-1.0)


def test_two_zeros_are_two_numbers():
    solved = jit(lambda a: root(lambda x, a: copysign(1.0, a) * x - 2.0, 1.0, a))
    assert [solved(a) for a in (0.0, -0.0, 0.0)] == [2.0, -2.0, 2.0]


def test_what_f_raises_is_raised_within_jit_too():
    solved = jit(lambda start: root(log, start))
    assert solved(2.0) == pytest.approx(1.0, rel=1e-15)
    with pytest.raises(ValueError, match=r"log: operand x is -1\.0"):
        solved(-1.0)


def test_the_checker_passes_a_solver():
    assert check_gradient(lambda a: root(lambda x, a: x * x - a, 1.0, a), 2.0).verdict == "pass"


def test_an_equation_with_branches_takes_its_own_at_every_call():
    solved = jit(grad(lambda a: root(lambda x, a: x - a if x > 1.0 else x * x - a, 1.5, a)))
    assert [solved(a) for a in (4.0, 0.25, 9.0, 0.25)] == [1.0, 1.0, 1.0, 1.0]


def test_as_many_equations_as_unknowns():
    with pytest.raises(ValueError, match="root: f returns 2 numbers for 1 unknowns"):
        root(lambda x: [x, x], 1.0)


def test_a_root_at_zero_is_found_in_spite_of_rounding():
    for start in (0.1, 0.0):
        assert abs(root(lambda x: cos(x + math.pi / 2.0), start)) < 1e-15
    x, y = root(lambda p: [cos(p[0] + math.pi / 2.0), sin(p[1] + math.pi) + p[0]], [0.3, -0.2])
    assert max(abs(x), abs(y)) < 1e-15
    with pytest.raises(ConvergenceError):
        root(lambda x: x * x + 1e-30, 1.0)


def test_a_fixed_point_has_the_nest_of_its_start():
    found = fixed_point(lambda p, a: {"u": cos(p["v"]) * a, "v": p["u"] / 2.0}, {"v": 0.0, "u": 1.0}, 1.0)
    assert found["u"] == pytest.approx(math.cos(found["v"]), rel=1e-14) == 2.0 * found["v"]
    with pytest.raises(ValueError, match=r"result: expected a number, not a list of \[0\], \[1\]"):
        fixed_point(lambda x: [x, x], 1.0)


def test_minima_are_found_from_afar_and_where_the_value_tells_no_more():
    assert minimize(cos, 0.1) == pytest.approx(math.pi, rel=1e-15)
    assert minimize(lambda p: 1e6 + (p[0] - 3.0) ** 2 + (p[0] * p[1] - 6.0) ** 2, [1.0, 1.0]) == pytest.approx(
        [3.0, 2.0]
    )


def test_a_model_in_the_equation_gets_its_gradient():
    """x = 1 + 0.3 model(x), by backward, by grad, and by differences."""
    model = MLP(1, [2, 1], seed=1)

    def solved(model):
        return root(lambda x, m: x - 0.3 * m([x]) - 1.0, 1.0, model)

    solved(model).backward()
    found = [p.grad for p in model.parameters()]
    assert grad(solved)(model).parameters() == pytest.approx(found, rel=1e-13)
    p, h = model.parameters()[0], 1e-5
    p.data += h
    up = solved(model).data
    p.data -= 2.0 * h
    assert (up - solved(model).data) / (2.0 * h) == pytest.approx(found[0], rel=1e-8)


def test_a_model_is_fitted():
    fitted = minimize(lambda m: sum((p - 1.0) ** 2 for p in m.parameters()), MLP(1, [2, 1], seed=1))
    assert fitted.parameters() == [1.0] * 7


def test_steps_out_of_the_domain_are_halved():
    assert root(lambda x: log(x), 5.0) == pytest.approx(1.0, rel=1e-14)


def test_a_number_from_outside_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match="from outside; hand it over: root"):
        grad(lambda a: root(lambda x: x * x - a, 1.0))(2.0)
    assert grad(lambda a: root(lambda x, a: x * x - a, 1.0, a))(4.0) == 0.25
