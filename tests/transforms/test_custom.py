"""Primitives that users declare: what is accepted, what is refused and in which words."""

import math
import pickle

import numpy as np
import pytest

import autograd
from autograd import Value, cos, custom_derivative, derivative, exp, grad, hessian, jvp, sin, stop_gradient
from autograd.primitives.domains import POSITIVE
from autograd.primitives.primitive import ROWS


@custom_derivative(lambda z, x, w: w * cos(w * x), lambda z, x, w: x * cos(w * x))
def wave(x, w):
    return math.sin(w * x)


@custom_derivative(lambda z, x: 1.0 / x, domain=POSITIVE)
def my_log(x):
    return math.log(x)


def test_it_works_on_numbers_values_and_traces():
    assert wave(0.5, 2) == math.sin(1.0)
    x, w = Value(0.5), Value(2.0)
    y = wave(x, w) * 3.0
    y.backward()
    assert y.parents[0].op == "wave"
    assert (x.grad, w.grad) == (3.0 * 2.0 * math.cos(1.0), 3.0 * 0.5 * math.cos(1.0))
    assert jvp(wave, (0.5, 2.0), (1.0, 0.0)) == (math.sin(1.0), 2.0 * math.cos(1.0))


@pytest.mark.parametrize("n", range(5))
def test_it_is_differentiated_to_any_order(n):
    found = derivative(lambda x: wave(x, 2.0), n)(0.3)
    assert found == pytest.approx(2.0**n * math.sin(0.6 + n * math.pi / 2.0), rel=1e-12)


def test_its_hessian_is_symmetric_and_right():
    (a, b), (c, d) = hessian(lambda p: wave(p[0], p[1]))([0.3, 2.0])
    assert b == c == pytest.approx(math.cos(0.6) - 0.6 * math.sin(0.6), rel=1e-12)
    assert (a, d) == (pytest.approx(-4.0 * math.sin(0.6)), pytest.approx(-0.09 * math.sin(0.6)))


def test_errors_name_it_and_its_operand():
    with pytest.raises(autograd.DomainError, match=r"my_log: operand x is -1.0, outside \(0, inf\)"):
        my_log(Value(-1.0))


def test_it_is_no_row_of_the_table_and_may_be_declared_again():
    for _ in range(2):

        @custom_derivative(lambda z, x: 2.0 * x)
        def again(x):
            return x * x

        assert grad(again)(3.0) == 6.0
    assert "again" not in ROWS
    assert "wave" not in ROWS


def test_graphs_with_it_are_pickled_by_its_name():
    x = Value(0.5)
    twin = pickle.loads(pickle.dumps(wave(x, 2.0)))
    assert twin.primitive is wave
    assert twin.partials == wave(x, 2.0).partials

    @custom_derivative(lambda z, x: 2.0 * x)
    def local(x):
        return x * x

    with pytest.raises(pickle.PicklingError, match="local: pickled by its name, which must be that of a global"):
        pickle.dumps(local(x))


WRONG = {
    "sign": ((lambda z, x: -2.0 * x,), r"square: the partial towards x at x = 0.37 is -0.74, but .* give 0.74"),
    "factor": ((lambda z, x: x,), r"is 0.37, but finite differences give 0.74; correct the rule"),
    "a tenth of a percent": ((lambda z, x: 2.002 * x,), "correct the rule"),
    "too many": ((lambda z, x: 1.0, lambda z, x: 1.0), r"square: 2 partials for the operands x; give one for each"),
    "no z": ((lambda x: 2.0 * x,), r"the partial towards x must take z, x"),
    "no function": ((2.0,), r"expected a function, not float 2.0"),
    "a text": ((lambda z, x: "2x",), r"square: the partial towards x at x = 0.37 is no number; correct the rule"),
    "nothing": ((lambda z, x: None,), r"square: the partial towards x at x = 0.37 is no number; correct the rule"),
    "none": ((), r"square: 0 partials for the operands x"),
}


@pytest.mark.parametrize(("partials", "message"), WRONG.values(), ids=WRONG)
def test_wrong_declarations_are_refused_where_they_are_made(partials, message):
    with pytest.raises((TypeError, ValueError), match=message):

        @custom_derivative(*partials)
        def square(x):
            return x * x


@pytest.mark.parametrize("wrong", [None, "text", [1.0]])
def test_a_function_that_returns_no_number_is_refused(wrong):
    with pytest.raises(TypeError, match=r"<lambda>: returned .*, which is no number, for x = 0.37"):
        custom_derivative(lambda z, x: 1.0)(lambda x: wrong)


def test_what_takes_anything_but_operands_is_refused():
    for function in (lambda *xs: 1.0, lambda x=1.0: x, lambda x, *, y: x):
        with pytest.raises(TypeError, match="fixed number of operands"):
            custom_derivative(lambda z, x: 1.0)(function)


def test_a_function_without_a_value_at_our_points_wants_some_given():
    def far(x):
        return math.sqrt(x - 100.0)

    rule = lambda z, x: 0.5 / z  # noqa: E731
    with pytest.raises(ValueError, match=r"far: has no value at any of the points tried; give some with at="):
        custom_derivative(rule)(far)
    assert custom_derivative(rule, at=[(110.0,)])(far)(109.0) == 3.0
    assert custom_derivative(rule, at=[110.0])(far)(109.0) == 3.0
    with pytest.raises(ValueError, match=r"far: the point \(110.0, 1.0\) has 2 numbers for 1 operands"):
        custom_derivative(rule, at=[(110.0, 1.0)])(far)
    with pytest.raises(ValueError, match="at x = 110"):
        custom_derivative(lambda z, x: 1.0 / z, at=[(110.0,)])(far)


def test_an_operand_without_a_derivative_takes_plain_numbers_only():
    @custom_derivative(lambda z, x, n: n * x ** (n - 1), None)
    def integer_power(x, n):
        return x**n

    x = Value(3.0)
    integer_power(x, 2).backward()
    assert x.grad == 6.0
    with pytest.raises(TypeError, match=r"integer_power: n has no derivative; pass a plain number"):
        integer_power(x, Value(2.0))


def test_stop_gradient_keeps_the_number_and_drops_the_derivative():
    x = Value(2.0)
    (x * stop_gradient(x)).backward()
    assert x.grad == 2.0
    assert stop_gradient(2.5) == 2.5
    assert grad(grad(lambda x: exp(stop_gradient(x)) * sin(x)))(0.0) == 0.0
    assert grad(lambda x: x * stop_gradient(x * x))(3.0) == 9.0
    assert grad(lambda p: p["w"][0] * stop_gradient(p)["w"][0])({"w": [3.0]}) == {"w": [3.0]}
    assert grad(lambda x: (x * stop_gradient(x)).sum())(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match="x: str 'text' cannot be differentiated"):
        stop_gradient("text")


def test_it_is_checked_in_one_line():
    from autograd.testing import check_gradient

    assert check_gradient(wave, 0.5, 2.0).verdict == "pass"
    assert check_gradient(lambda x: exp(my_log(x) * 2.0) + wave(x, x), 1.3).verdict == "pass"

    @custom_derivative(lambda z, x: 2.0 * x + 1e-3, check=False)
    def square(x):
        return x * x

    report = check_gradient(square, 1.5)
    assert report.verdict == "fail"
    assert "found 3.001, truth 3.0" in str(report)


def test_its_second_derivative_is_checked_too():
    from autograd.testing import check_gradient

    assert check_gradient(wave, 0.5, 2.0, order=2).verdict == "pass"
    assert check_gradient(lambda x: exp(my_log(x) * 2.0) + wave(x, x), 1.3, order=2).verdict == "pass"

    @custom_derivative(lambda z, x: stop_gradient(cos(x)))
    def sine(x):
        return math.sin(x)

    report = check_gradient(sine, 0.5, order=2)
    assert report.verdict == "fail"
    assert "found 0.0, truth -0.4794255386" in str(report)
