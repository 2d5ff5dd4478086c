"""`check_gradient`: the right verdict, for the right reason, on graphs and on functions of plain numbers."""

import collections
import dataclasses
import math
import random

import numpy
import pytest

import autograd
import nn
from autograd import Value, custom_derivative, where
from autograd.primitives import table
from autograd.primitives.primitive import ROWS
from autograd.testing import GradientError, assert_gradient, check_gradient
from autograd.testing.expression import RandomChoice, point

from ..canaries import on_free, planted, scaled

GRAPHS = {
    "smooth": ("pass", lambda x, y: autograd.tanh(x) * y + x / y, (0.3, 2.0)),
    "a kink nearby": ("pass", lambda x: autograd.relu(x - 1.0), (1.0 + 1e-12,)),
    "a kink": ("not_differentiable", lambda x: autograd.relu(x), (0.0,)),
    "a kink behind a zero": ("pass", lambda x: autograd.relu(x) * x, (0.0,)),
    "two kinks that cancel": ("fail", lambda x: autograd.relu(x) - autograd.relu(-x), (0.0,)),
    "a tie of the user's own": ("not_differentiable", lambda x: x if x > 0.0 else -x, (0.0,)),
    "a branch that is smooth": ("pass", lambda x: x * x if x > 0.0 else -x * x, (0.0,)),
    "a vertical tangent": ("pass", lambda x: autograd.cbrt(x), (0.0,)),
    "the end of a domain": ("pass", lambda x: autograd.sqrt(x), (0.0,)),
    "a jump": ("not_differentiable", lambda x: autograd.floor(x) + x, (2.0,)),
    "infinite where it is not selected": ("undecidable", lambda x: where(x.data > 0.0, x, x * math.inf), (2.0,)),
    "every digit cancels": ("pass", lambda x: x - x, (1.0,)),
    "all digits are rounding's": ("undecidable", lambda x: 1.0 / (autograd.cos(x * 1e22) + 1e-3), (0.1,)),
    "constant": ("pass", lambda x: 2.0, (1.0,)),
    "a step beside its jump": ("pass", lambda x: 1.0 if x >= 1.0 else 0.0, (1.5,)),
    "a number rounded to a count, beside a jump": ("pass", lambda x: x * int(x.data), (2.5,)),
    "a tie that != sees": ("fail", lambda x: x if x != 0.0 else x * 5.0, (0.0,)),
    "a tie that holds all around": (
        "pass",
        lambda x: table.dist(x, table.fsum(x, table.minimum_share(1, x, x), 1.0)),
        (0.748201366299277,),
    ),
    "a factor below all normal floats": (
        "pass",
        lambda x: autograd.norm_pdf(autograd.degrees(x)),
        (-0.664950370122866,),
    ),
    "a bend of the second order": ("pass", lambda x, d: table.huber(x, d), (1.0, 1.0)),
    "bounds that tie": ("pass", lambda x, a: autograd.clamp(x, a, a), (-0.97, 2.6)),
    "constants that tie": ("pass", lambda x: table.minimum_share(1, 1.58, 1.34, 1.34, x * x) - x, (2.6,)),
    "a step that rounding decides": (
        "undecidable",
        lambda x: table.frexp_slope(table.cosine_similarity(x + x, x + x, x, x)),
        (-2.8825044847724257,),
    ),
    "a power that jumps": ("not_differentiable", lambda x, y: x**y, (0.0, 0.0)),
}


@pytest.mark.parametrize("case", GRAPHS)
def test_the_verdict_on_a_graph(case):
    verdict, function, xs = GRAPHS[case]
    assert check_gradient(function, *xs).verdict == verdict


NUMBERS = {
    "right": ("pass", math.sin, math.cos, (1.0,)),
    "wrong by a thousandth": ("fail", math.sin, lambda x: 1.001 * math.cos(x), (1.0,)),
    "nan": ("fail", math.sin, lambda x: math.nan, (1.0,)),
    "a kink, within": ("not_differentiable", abs, lambda x: -0.5, (0.0,)),
    "a kink, beyond": ("fail", abs, lambda x: 1.5, (0.0,)),
    "a jump, beside": ("not_differentiable", lambda x: math.floor(x) + x, lambda x: 1.0, (2.0,)),
    "a jump, beyond": ("fail", lambda x: math.floor(x) + x, lambda x: 4.0, (2.0,)),
    "beside a kink": ("pass", abs, lambda x: 1.0, (1e-9,)),
    "the end of a domain": ("pass", math.sqrt, lambda x: math.inf, (0.0,)),
    "noise": ("undecidable", lambda x: round(x, 9), lambda x: 1.0, (1.0,)),
    "raises": ("fail", math.sin, lambda x: 1.0 / 0.0, (1.0,)),
    "nowhere": ("undecidable", lambda x: math.nan, lambda x: 0.0, (1.0,)),
    "large numbers": ("pass", lambda x: x * x, lambda x: 2.0 * x, (1e150,)),
    "underflow": ("pass", lambda x: 0.5 * 5e-324 * x * x, lambda x: 5e-324 * x, (35.0,)),
    "small numbers": ("pass", math.exp, math.exp, (1e-300,)),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_the_verdict_on_a_function_of_plain_numbers(case):
    verdict, function, gradient, xs = NUMBERS[case]
    report = check_gradient(function, *xs, gradient=gradient)
    assert report.verdict == verdict, report


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_the_table_to_second_order(name, order):
    row = ROWS[name]
    for seed in range(4):
        operands = point(RandomChoice(f"{name} {seed}"), row)
        assert operands is not None
        function, xs = on_free(row, operands)
        report = check_gradient(function, *xs, order=order)
        assert report.verdict == "pass", report


@pytest.mark.parametrize("name", [row.name for row in ROWS.values() if row.kink is not None])
def test_every_row_at_its_kinks(name):
    seen = 0
    for seed in range(4):
        operands = point(RandomChoice(f"{name} {seed}"), ROWS[name], "at")
        if operands is not None:
            function, xs = on_free(ROWS[name], operands)
            assert check_gradient(function, *xs).verdict in ("pass", "not_differentiable", "undecidable")
            seen += 1
    assert seen


def test_the_report_names_the_argument_both_numbers_and_the_error():
    report = check_gradient(
        lambda p, x: p["w"][0] * x + p["b"],
        {"w": [2.0], "b": 1.0},
        3.0,
        gradient=lambda p, x: ({"w": [x], "b": 1.25}, p["w"][0]),
    )
    (wrong,) = [c for c in report.comparisons if c.verdict == "fail"]
    assert (wrong.path, wrong.found) == ("args[0]['b']", 1.25)
    assert wrong.truth == pytest.approx(1.0)
    assert wrong.error == pytest.approx(0.25 * 2**52, rel=1e-3)
    assert wrong.scaled > 1.0
    assert "towards args[0]['b']: found 1.25, truth 1.0" in str(report)


@pytest.mark.parametrize("name", ["norm_pdf", "gelu", "erf_slope", "silu", "tanh", "erfc", "silu_slope"])
@pytest.mark.parametrize("order", [1, 2])
def test_tails_where_factors_are_below_all_normal_floats(name, order):
    row, rng = ROWS[name], random.Random(name)
    for low, high in ((25.0, 28.0), (37.0, 40.0), (350.0, 375.0), (700.0, 750.0)):
        for x in [rng.choice((-1.0, 1.0)) * rng.uniform(low, high) for _ in range(8)]:
            report = check_gradient(lambda v: row(v), x, order=order)
            assert report.verdict != "fail", report


def test_every_kind_of_nest_names_its_numbers():
    @dataclasses.dataclass(frozen=True)
    class Line:
        slope: float
        ends: list

    Point = collections.namedtuple("Point", "u v")
    model = nn.MLP(2, [1], seed=0)
    args = [Line(1.0, [2.0]), Point(1.0, 2.0), (1.0, numpy.ones((1, 2))), model, numpy.array(3.0)]
    report = check_gradient(lambda p, q, r, m, a: p.slope * q.u * r[1][0, 1] * m([1.0, 2.0]) * a[()], *args)
    assert report.verdict == "pass"
    assert [c.path for c in report.comparisons] == [
        "args[0].slope",
        "args[0].ends[0]",
        "args[1].u",
        "args[1].v",
        "args[2][0]",
        "args[2][1][0, 0]",
        "args[2][1][0, 1]",
        *(f"args[3].{name}" for name, _ in model.named_parameters()),
        "args[4]",
    ]


def test_the_primitive_responsible_is_named():
    @custom_derivative(lambda z, x: 2.0 * x + 1e-3, check=False)
    def square(x):
        return x * x

    report = check_gradient(lambda x: autograd.sin(square(x)) * 2.0, 1.5)
    assert report.verdict == "fail"
    assert report.culprit.primitive == "square"
    assert report.culprit.operands == (1.5,)
    assert report.culprit.found == pytest.approx(3.001)
    assert report.culprit.truth == pytest.approx(3.0)
    assert "responsible: square(1.5): its partial towards x is" in str(report)


@pytest.mark.parametrize(("slope", "verdict"), [(0.5, "not_differentiable"), (3.0, "fail")])
def test_a_kink_of_a_primitive_of_the_users_own_is_judged_by_its_two_sides(slope, verdict):
    ramp = custom_derivative(lambda z, x: slope if x == 0.0 else float(x > 0.0), check=False)(lambda x: max(x, 0.0))
    assert check_gradient(lambda x: autograd.sin(ramp(x)), 0.0).verdict == verdict


def test_the_kinks_of_a_graph_are_listed_the_nearest_first():
    report = check_gradient(lambda x: autograd.relu(x - 1.0) + abs(x + 3.0), 1.5)
    assert [(kink.primitive, kink.distance) for kink in report.kinks] == [("relu", 0.5), ("abs", 4.5)]


def test_assert_gradient_raises_the_report():
    with pytest.raises(GradientError, match="the gradient is wrong") as caught:
        assert_gradient(math.exp, 0.0, gradient=math.sin)
    assert isinstance(caught.value, AssertionError)
    assert caught.value.report.verdict == "fail"
    assert assert_gradient(abs, 0.0).verdict == "not_differentiable"
    with pytest.raises(GradientError, match="there is no derivative here"):
        assert_gradient(abs, 0.0, accept=["pass"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_gradient(math.sin, 1.0, gradient=math.cos, order=2), ValueError, "order 2 needs a graph"),
        (lambda: check_gradient(abs, 1.0, order=3), ValueError, "order is 3; use 1 or 2"),
        (lambda: check_gradient(abs, 1.0, gradient=abs, engine="torch"), ValueError, "give gradient or engine"),
        (lambda: check_gradient(abs, 1.0, gradient=1.0), TypeError, "gradient is 1.0, not a function"),
        (lambda: check_gradient(lambda x: [x], 1.0), TypeError, "f returned list, not one number"),
        (lambda: check_gradient(lambda x: x, "1"), TypeError, r"args\[0\]: str"),
        (lambda: check_gradient(pow, 1.0, 2.0, gradient=lambda x, y: [x]), ValueError, "returned 1 parts for 2"),
        (
            lambda: check_gradient(abs, 1.0, engine="tinygrad"),
            ValueError,
            "'tinygrad' is not known; use 'torch', 'jax'",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("row", ["hypot", "cos", "gelu_tanh_slope", "softmax_share"])
def test_a_tail_far_below_all_floats_takes_no_time(row):
    def function(x):
        tail = autograd.norm_pdf(x)  # 0.0 in floats, 1e-15000000 in truth
        return ROWS[row](*([0] if row == "softmax_share" else []), *([2.5] * (row in ("hypot", "softmax_share"))), tail)

    assert check_gradient(function, -8444.3).verdict in ("pass", "undecidable")


def test_values_are_not_changed():
    x = Value(2.0)
    x.grad = 5.0
    assert check_gradient(lambda y: y * y, x).verdict == "pass"
    assert (x.data, x.grad) == (2.0, 5.0)


def test_beside_a_zero_of_its_derivative_gamma_is_as_exact_as_its_operand():
    # the zero lies between two floats; relative to what is left there, C's own gamma is many ulps off
    report = check_gradient(autograd.gamma, -6.6759748)
    assert report.verdict == "pass"
    assert report.comparisons[0].error > 12.0
    with planted(ROWS["gamma"], scaled(1.0 + 1e-9)):
        assert check_gradient(autograd.gamma, -6.6).verdict == "fail"
