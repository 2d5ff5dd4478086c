"""The function on plain floats as a witness: what was cut from a graph is found, and named."""

import pytest

from autograd import Value, exp, no_grad, sin
from autograd.testing import check_gradient

KEPT: dict[float, Value] = {}


@pytest.mark.parametrize(
    ("function", "x", "note"),
    [
        (lambda x: x.data * x, 2.0, "cut: x of mul at {here} is a plain number, 2.0, that moves with args[0]"),
        (lambda x: 1.0 if x == 0 else x / (exp(x) - 1), 0.0, "cut: f returned a plain number, 1.0"),
        (lambda x: x * 1 if x == 1 else x * x, 1.0, "cut: y of mul at {here} is a plain number, 1.0"),
        (
            no_grad()(lambda x: exp(x) * x),
            0.5,
            "cut: f returned Value(0.8243606353500641), which was not made of args[0]",
        ),
        (lambda x: KEPT.setdefault(2.0, x * x), 2.0, "see no_grad, caches"),
    ],
)
def test_the_cut_is_named_with_its_line(function, x, note):
    report = check_gradient(function, x)
    assert report.verdict == "fail"
    (found,) = report.notes
    assert note.format(here=f"{__file__}:{function.__code__.co_firstlineno}") in found
    assert note.split("{")[0] in str(report)


def test_of_several_arguments_the_one_that_was_cut_fails():
    report = check_gradient(lambda x, y: sin(x.data) * y + y, 0.5, 2.0)
    assert [c.verdict for c in report.comparisons] == ["fail", "pass"]


def test_a_function_that_only_floats_can_take_is_heard_on_values():
    assert check_gradient(lambda x: x.exp() * 2.0, 0.5).verdict == "pass"
    assert check_gradient(lambda x: x.detach().exp() * x, 0.5).verdict == "fail"


def test_whole_numbers_that_are_constant_around_the_point_cut_nothing():
    assert check_gradient(lambda x: x * int(x.data), 2.5).verdict == "pass"
    assert check_gradient(lambda x: x * int(x.data), 2.0).verdict == "not_differentiable"


def test_where_differences_see_nothing_but_rounding_the_graph_is_believed():
    from autograd.primitives import table

    saturated = check_gradient(lambda x: table.sinc_derivative(0, table.tanh(table.degrees(x))), 1.02)
    stairs = check_gradient(lambda x, y: _stairs(table, x, y), 1.8363298502274823, 1.2895693496978975)
    assert (saturated.verdict, stairs.verdict) == ("pass", "pass")


def _stairs(table, x, y):
    product = table.scaled_prod(x, x, x, y)
    rounded = table.round_to(table.fsum(product, y, product, product), 2)
    return table.softmax_rest(3, rounded, rounded, x, x)
