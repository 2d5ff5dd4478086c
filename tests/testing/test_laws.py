"""The laws hold for random expressions of the whole table, and each of them rejects what breaks it."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, jit, stop_gradient, sumprod, tanh, value_and_grad
from autograd.primitives.primitive import ROWS
from autograd.testing import laws, strategies

from ..canaries import bent, planted

few = settings(max_examples=25, deadline=None)
factors = st.floats(-4.0, 4.0)


@few
@given(strategies.expressions())
def test_four_ways_to_one_gradient(expression):
    assert all(report.verdict != "fail" for report in laws.four_ways(expression, *expression.numbers))


@few
@given(strategies.expressions(leaves=2), factors, factors)
def test_linearity(expression, a, b):
    laws.linear(expression, lambda *xs: tanh(xs[0]) * xs[-1], a, b, *expression.numbers)


@few
@given(strategies.expressions(), strategies.smooth())
def test_chain_rule(expression, outer):
    root, _ = expression.graph()
    if isinstance(root, Value) and abs(root.data) < 50.0:
        laws.chain(outer, expression, *expression.numbers)


@few
@given(strategies.programs(outputs=3), st.lists(factors, min_size=7, max_size=7))
def test_jvp_and_vjp_are_adjoint(program, directions):
    laws.adjoint(program, program.numbers, directions[: len(program.numbers)], directions[4:7])


@few
@given(strategies.expressions(largest=5))
def test_hessians_are_symmetric(expression):
    assert laws.symmetric_hessian(expression, *expression.numbers).verdict != "fail"


@pytest.mark.parametrize("backend", ["python", "llvm"])
@few
@given(strategies.expressions())
def test_eager_equals_compiled(backend, expression):
    root, leaves = expression.graph()
    if isinstance(root, Value):
        compiled = jit(value_and_grad(expression, argnums=tuple(range(len(leaves)))), backend=backend)
        (laws.same_bits if backend == "python" else laws.same_numbers)(expression, compiled, *expression.numbers)


@pytest.mark.parametrize("name", ["fsum", "prod", "hypot", "logsumexp", "maximum", "minimum"])
@given(st.lists(factors, min_size=3, max_size=3), st.permutations(range(3)))
@few
def test_the_order_of_operands_does_not_matter(name, xs, order):
    laws.order_of_operands(ROWS[name], order, *xs)


@few
@given(strategies.mlps())
def test_networks_obey_them_too(drawn):
    network, xs = drawn
    assert laws.four_ways(lambda *ys: sum(out if isinstance(out := network(list(ys)), list) else [out]), *xs)


def skewed(*xs):
    """Multiply by what looks like one, and is not differentiated as one."""
    return xs[0] * xs[0] * (1.0 + xs[1] - stop_gradient(xs[1]))


def lopsided(*xs):
    """Be symmetric as a number, and not in the derivatives."""
    return xs[0] * xs[1] + 0.01 * (xs[0] - stop_gradient(xs[0]))


def wrong_derivative(x, y):
    """Return y sin(x), whose derivative towards x is wrong by a thousandth."""
    return y * (autograd.sin(x) + 1e-3 * (x - stop_gradient(x)))


def moody():
    """Return a function that is another one each time it is called."""
    calls = []

    def function(*xs):
        calls.append(1)
        return xs[0] * float(len(calls))

    return function


@pytest.mark.parametrize(
    ("law", "check"),
    [
        ("linearity, number 0", lambda: laws.linear(moody(), lambda x: x, 1.0, 1.0, 2.0)),
        ("chain rule, number 0", lambda: laws.chain(moody(), lambda x: x * x, 2.0)),
        ("<J v, w> = <v, J^T w>", lambda: laws.adjoint(lambda x, f=moody(): [f(x)], [1.0], [1.0], [1.0])),  # noqa: B008
        ("reverse equals forward, number 0", lambda: laws.reverse_is_forward(moody(), 1.0)),
    ],
)
def test_a_function_that_changes_breaks_the_law(law, check):
    with pytest.raises(laws.LawError, match=re.escape(law)):
        check()


def sumprod_of(x, y):
    return sumprod([x, 0.0], [y, 1.0])


def test_it_sees_a_wrong_derivative_four_ways():
    with pytest.raises(laws.LawError, match="four ways to one gradient: fail"):
        laws.four_ways(wrong_derivative, 0.5, 2.0)


def test_it_sees_operands_in_the_wrong_order():
    with pytest.raises(laws.LawError, match=r"order of operands, number 1: 0\.51 is not 0\.5"):
        laws.order_of_operands(lopsided, [1, 0], 0.5, 2.0)


def test_it_sees_other_bits():
    laws.same_bits(sumprod_of, lambda x, y: (x * y, [y, x]), 0.5, 2.0)
    with pytest.raises(laws.LawError, match=r"value is 1\.5 compiled, 1\.0 eager"):
        laws.same_bits(sumprod_of, lambda x, y: (1.5, [y, x]), 0.5, 2.0)
    with pytest.raises(laws.LawError, match=r"derivative 1 is 0\.5000000000000001 compiled, 0\.5 eager"):
        laws.same_bits(sumprod_of, lambda x, y: (x * y, [y, math.nextafter(x, 1.0)]), 0.5, 2.0)


def test_it_sees_other_numbers():
    assert laws.same_numbers(sumprod_of, lambda x, y: (x * y, [y, math.nextafter(x, 1.0)]), 0.5, 2.0).verdict == "pass"
    with pytest.raises(laws.LawError, match=r"the value: 1\.000000001 is not 1\.0"):
        laws.same_numbers(sumprod_of, lambda x, y: (1.000000001, [y, x]), 0.5, 2.0)
    with pytest.raises(laws.LawError, match=r"eager equals compiled: fail: .*\n.*args\[1\]: found 0\.50000001"):
        laws.same_numbers(sumprod_of, lambda x, y: (x * y, [y, 0.50000001]), 0.5, 2.0)


def test_it_sees_a_wrong_second_derivative():
    with planted(ROWS["atan"], bent):  # the first derivative is right as a number
        assert grad(autograd.atan)(2.0) == 0.2
        with pytest.raises(laws.LawError, match="symmetry of the Hessian: fail"):
            laws.symmetric_hessian(autograd.atan, 2.0)
    laws.symmetric_hessian(autograd.atan, 2.0)
