"""A Value where Python expects a number: conversions, rounding, comparisons."""

import builtins
import itertools
import json
import math
import statistics
import sys

import pytest

from autograd import Value, backward
from autograd.graph import backward as graph

from ..tools.common import COMPARISONS, REMEDY


# -------------------------------------------------------------------------------------- as a number
@pytest.mark.parametrize(
    "use",
    [
        float,
        int,
        complex,
        math.sin,
        math.sqrt,
        math.isnan,
        math.isfinite,
        lambda v: math.fsum([v]),
        lambda v: math.pow(v, 2.0),
        lambda v: math.pow(2.0, v),
        lambda v: math.hypot(v, v),
        lambda v: math.dist([v], [v]),
        lambda v: math.atan2(v, v),
        lambda v: math.copysign(1.0, v),
        lambda v: math.ldexp(v, 1),
        lambda v: math.frexp(v),
        lambda v: math.log(v, 2.0),
        lambda v: f"%{'f'}" % v,
        lambda v: statistics.fmean([v, v]),
        lambda v: round(1.5, int(v)),
    ],
)
def test_what_would_lose_the_graph_is_refused_with_the_remedy(use):
    with pytest.raises(TypeError, match=REMEDY):
        use(Value(2.0))


def test_json_refuses_a_value():
    with pytest.raises(TypeError):
        json.dumps({"w": Value(1.0)})


@pytest.mark.parametrize("x", [2.5, -2.5, 0.5, 1.5, -0.0, 3.0, 1e300])
def test_whole_numbers_are_plain_ints(x):
    v = Value(x)
    for convert in (round, math.floor, math.ceil, math.trunc):
        found = convert(v)
        assert type(found) is int
        assert found == convert(x)


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_whole_numbers_of_what_has_none_raise_as_floats_do(x):
    for convert in (round, math.floor, math.ceil, math.trunc):
        with pytest.raises((ValueError, OverflowError)) as expected:
            convert(x)
        with pytest.raises(expected.type):
            convert(Value(x))


def test_round_to_digits_stays_in_the_graph_with_derivative_zero():
    x = Value(2.675)
    y = round(x, 2) + round(x, -1)
    assert y == round(2.675, 2) + round(2.675, -1)
    y.backward()
    assert x.grad == 0.0
    with pytest.raises(TypeError):
        round(2.675, Value(1.0))


@pytest.mark.parametrize("digits", [1.5, "1", 1.0, Value(1.0)])
def test_round_refuses_digits_that_are_no_int_as_floats_do(digits):
    with pytest.raises(TypeError):
        round(2.675, digits)
    with pytest.raises(TypeError):
        round(Value(2.675), digits)


def test_divmod_is_quotient_and_remainder_and_differentiates():
    x, y = Value(7.5), Value(2.0)
    quotient, remainder = divmod(x, y)
    assert (quotient, remainder) == divmod(7.5, 2.0)
    remainder.backward()
    assert (x.grad, y.grad) == (1.0, -3.0)
    assert divmod(7.5, y) == divmod(7.5, 2.0)
    with pytest.raises(ZeroDivisionError):
        divmod(x, 0.0)


def test_sum_prod_and_sumprod_of_math_keep_the_graph():
    x, y = Value(2.0), Value(3.0)
    total = sum([x, y, x]) + math.prod([x, y])
    if sys.version_info >= (3, 12):
        total = total + math.sumprod([x, y], [y, x]) * 0.0
    total.backward()
    assert (x.grad, y.grad) == (5.0, 3.0)


def test_abs_pos_neg_and_builtin_pow():
    x = Value(-2.0)
    assert abs(x) == 2.0
    assert +x == -2.0
    assert (+x) is not x
    assert -x == 2.0
    assert builtins.pow(x, 2) == 4.0
    builtins.pow(x, 3).backward()
    assert x.grad == 12.0


def test_truth_is_that_of_the_number():
    assert Value(0.5)
    assert not Value(0.0)
    assert not Value(-0.0)
    assert bool(Value(math.nan)) is bool(math.nan)
    assert not any([Value(0.0), Value(0.0)])


@pytest.mark.parametrize("spec", ["", ".3f", "10.2e", "+", "%", "g", "08.2f"])
def test_format_is_that_of_the_number(spec):
    assert format(Value(-2.5), spec) == (format(-2.5, spec) if spec else "Value(-2.5)")


def test_format_refuses_what_float_refuses():
    with pytest.raises(ValueError, match="format"):
        format(Value(1.0), "d")


# -------------------------------------------------------------------------------------- equality and order
def test_equality_is_by_number_and_hash_by_identity():
    x, y = Value(1.0), Value(1.0)
    assert x == y == 1.0 == x
    assert (x != y) is False
    assert x is not y
    assert len({x, y}) == 2
    table = {x: "x", y: "y"}
    assert (table[x], table[y]) == ("x", "y")
    assert hash(x) != hash(y)
    x.data = 5.0
    assert table[x] == "x"  # the hash does not follow the number


@pytest.mark.parametrize("other", ["1", None, [1.0], b"1", object()])
def test_equality_with_what_is_no_number_is_false(other):
    x = Value(1.0)
    assert (x == other) is False
    assert (x != other) is True
    assert (other == x) is False


def test_equal_values_are_different_nodes():
    """An engine that looks nodes up with `in` or `list.index` would take the one for the other."""
    x, y = Value(2.0), Value(2.0)
    z = x * 3.0 + y * 5.0 + x * y
    assert len(graph.topological_order([z])) == 7
    z.backward()
    assert (x.grad, y.grad) == (5.0, 7.0)
    backward([x, y], [1.0, 2.0])
    assert (x.grad, y.grad) == (6.0, 9.0)


def test_max_min_and_sorted_work_and_choose_one_operand():
    x, y, z = Value(2.0), Value(2.0), Value(1.0)
    assert max(x, y, z) is x
    assert min(x, z, y) is z
    assert [v.data for v in sorted([x, z, y])] == [1.0, 2.0, 2.0]
    assert sorted([x, z, y], reverse=True)[2] is z
    max(x, y).backward()
    assert (x.grad, y.grad) == (1.0, 0.0)
    assert max(x, 3.0) == 3.0


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_are_those_of_the_numbers(name):
    compare = COMPARISONS[name]
    for x, y in itertools.product([1.0, 2.0, -0.0, 0.0, math.inf, math.nan, 3], repeat=2):
        expected = compare(x, y)
        for found in (compare(Value(x), Value(y)), compare(Value(x), y), compare(x, Value(y))):
            assert found is expected
