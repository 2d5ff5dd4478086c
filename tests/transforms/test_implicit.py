"""Solutions of equations, and their derivatives, against closed forms."""

import math

import pytest

from autograd import (
    ConvergenceError,
    Value,
    cos,
    derivative,
    exp,
    fixed_point,
    grad,
    hessian,
    jacobian,
    log,
    minimize,
    norm_cdf,
    root,
    sin,
    sqrt,
)
from nn import MLP


@pytest.mark.parametrize("n", range(6))
def test_a_root_is_differentiated_to_any_order(n):
    """The square root of a, whose n-th derivative is known."""
    found = derivative(lambda a: root(lambda x, a: x * x - a, 1.0, a), n)(2.0)
    factor = math.prod(0.5 - k for k in range(n))
    assert found == pytest.approx(factor * 2.0 ** (0.5 - n), rel=1e-11)


def test_a_root_of_values_goes_backward():
    a, b = Value(3.0), Value(2.0)
    x = root(lambda x, a, b: exp(b * x) - a, 0.0, a, b)
    x.backward()
    assert x.data == pytest.approx(math.log(3.0) / 2.0, rel=1e-15)
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
