"""Solvers within `vmap`: every lane as the solver gives it by itself, on its own path, to its own convergence."""

import math

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from autograd import (  # noqa: E402 (they are run where there is NumPy)
    cos,
    derivative,
    exp,
    fixed_point,
    grad,
    hessian,
    jit,
    minimize,
    root,
    value_and_grad,
    vmap,
)
from tests.benchmarks import solvers  # noqa: E402

LANES = numpy.array([0.5, 1.0, 2.0, 3.0, 7.5])
EQUATIONS = {
    "a root": lambda a: root(lambda x, a: x * x - a, 1.0, a),
    "a root with a far start": lambda a: root(lambda x, a: exp(x) - a, -3.0, a),
    "a root in two pieces": lambda a: root(lambda x, a: x - a if x > 1.0 else x * x - a, 1.5, a),
    "a fixed point": lambda a: fixed_point(lambda x, a: cos(a * x / 4.0), 0.5, a),
    "a minimum": lambda a: minimize(lambda x, a: (x - a) ** 4 + (x - a) ** 2 + cos(x), 0.0, a),
    "a system": lambda a: root(lambda x, a: [x[0] * x[1] - a, x[0] + x[1] - 6.0], [0.5, 5.0], a)[0],
    "a minimum in the plane": lambda a: minimize(
        lambda p, a: (a - p[0]) ** 2 + 10.0 * (p[1] - p[0] ** 2) ** 2, [0.5, 1.0], a
    )[1],
    "one within another": lambda a: root(lambda y, a: y - root(lambda x, y, a: x * x - a - y, 1.0, y, a), 1.0, a),
    "of what was computed before": lambda a: a * root(lambda x, b: x**3 - b, 1.0, a * a + 1.0) + a,
}


@pytest.mark.parametrize("solved", EQUATIONS.values(), ids=EQUATIONS)
def test_lanes_are_solved_as_one_by_one(solved):
    for f in (solved, grad(grad(solved))):
        assert vmap(f)(LANES) == pytest.approx([f(a) for a in LANES.tolist()], rel=1e-12)


def test_a_lane_without_a_simple_solution_is_nan_and_no_other():
    found = vmap(value_and_grad(lambda a: root(lambda x, a: x * x - a, 1.0, a)))
    value, slope = found(numpy.array([4.0, -1.0, 0.0, math.nan, math.inf, 9.0, 1e-20]))
    assert value.tolist() == pytest.approx([2.0, *[math.nan] * 4, 3.0, 1e-10], rel=1e-15, nan_ok=True)
    assert slope.tolist() == pytest.approx([0.25, *[math.nan] * 4, 1.0 / 6.0, 5e9], rel=1e-15, nan_ok=True)
    first = vmap(grad(lambda a: root(lambda x, a: x * x - a, 1.0, a)))(numpy.array([-1.0, -2.0, 4.0]))
    assert first.tolist() == pytest.approx([math.nan, math.nan, 0.25], nan_ok=True)
    flat = vmap(lambda a: minimize(lambda x, a: (x - 1.0) ** 4 + a * x * x, 3.0, a))
    assert numpy.isnan(flat(numpy.array([0.0, 1.0]))).tolist() == [True, False]
    none = vmap(grad(lambda a: root(lambda x, a: x * x + a, 1.0, a)))
    assert numpy.isnan(none(numpy.array([1.0, 2.0]))).all()


def test_starts_may_differ_and_be_shared():
    solved = vmap(lambda start, a: root(lambda x, a: x * x - a, start, a))
    assert solved(numpy.array([1.0, -1.0]), numpy.array([4.0, 9.0])).tolist() == [2.0, -3.0]
    shared = vmap(lambda a, b: a * root(lambda x, b: x * x - b, 1.0, b), in_axes=(0, None))
    assert shared(numpy.array([1.0, 2.0]), 4.0).tolist() == [2.0, 4.0]
    assert vmap(lambda a: root(lambda x, a: x * x - a, 1.0, a))(numpy.array([])).shape == (0,)
    assert vmap(derivative(lambda a: root(lambda x, a: x * x - a, 1.0, a), 3))(LANES) == pytest.approx(
        0.375 * LANES**-2.5
    )


def test_sums_over_lanes_have_derivatives():
    columns = numpy.array([4.0, 0.25, 9.0, 0.36])

    def f(b):
        lanes = vmap(lambda a, b: root(lambda x, a: x - a if x > 1.0 else x * x - a, 1.5, a * b), in_axes=(0, None))
        return lanes(columns, b).sum()

    def plain(b):
        return sum(root(lambda x, a: x - a if x > 1.0 else x * x - a, 1.5, a * b) for a in columns.tolist())

    for transform in (grad, hessian, lambda g: jit(grad(g))):
        assert transform(f)(1.1) == pytest.approx(transform(plain)(1.1), rel=1e-13)


def test_solvers_in_lanes_are_no_slow_path(recwarn):
    """No lane asks Python for its solution, whatever the backend that was asked for."""
    for backend in ("llvm", "numpy", None):
        assert vmap(EQUATIONS["a root"], backend=backend)(LANES).tolist() == pytest.approx(numpy.sqrt(LANES), rel=1e-15)
    assert not recwarn.list


def test_the_implied_volatilities_of_an_option_chain(capsys):
    assert solvers.main(300) == 0, capsys.readouterr().out
    columns = solvers.chain(300)
    value, (over_vega, towards_spot) = vmap(value_and_grad(solvers.implied, argnums=(0, 1)))(*columns)
    for k in (0, 17, 299):
        option = [float(column[k]) for column in columns]
        one, slopes = value_and_grad(solvers.implied, argnums=(0, 1))(*option)
        assert (value[k], over_vega[k], towards_spot[k]) == pytest.approx((one, *slopes), rel=1e-9)
        vega, delta = grad(solvers.call_price, argnums=(0, 1))(one, *option[1:])
        assert (over_vega[k], towards_spot[k]) == pytest.approx((1.0 / vega, -delta / vega), rel=1e-9)
