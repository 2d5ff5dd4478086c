"""Lowering: every row and its derivatives have straight-line forms, which compute what rows compute."""

import math
import random

import pytest

from autograd.backends import c_source, nary, numpy_lanes
from autograd.backends.llvm import assembly, scalar
from autograd.backends.lowering import Lowering, Target, lowered
from autograd.backends.operations import MOST_BRANCHES, Symbol
from autograd.primitives import table
from autograd.primitives.primitive import ROWS
from autograd.program import optimized, trace

from ..accuracy import operands
from ..primitives.test_table import ugly
from ..tools.backends import program_of
from .test_lanes import close

NOTHING = Target(frozenset(["fmod", "pow"]))  # a backend that has next to nothing
TARGETS = {"c": c_source.TARGET, "numpy": numpy_lanes.TARGET, "llvm": scalar.TARGET, "lanes": assembly.TARGET}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_row_and_no_derivative_to_second_order_asks_python(row, target):
    program = program_of(row, operands(row, random.Random(row.name), False))
    for _ in range(3):
        assert lowered(program, target).python == []
        program = optimized(program.adjoint(), raising=False)


@pytest.mark.parametrize("name", ["maximum", "hypot", "dist", "direction", "sumprod", "fsum", "prod", "scaled_prod"])
def test_forms_of_many_operands_run_on_floats_and_give_the_values_of_rows(name):
    row, rng = ROWS[name], random.Random(name)
    for xs in [*ugly(row), *(operands(row, rng, wide) for wide in (False, True) for _ in range(50))]:
        assert close(row, xs, float(getattr(nary, name)(*xs)), float(row.total(*xs))), xs


def test_sums_of_exponentials_run_on_floats():
    rng = random.Random(5)
    for _ in range(200):
        xs = [rng.choice([rng.uniform(-5.0, 5.0), rng.uniform(-800.0, 800.0), math.inf, -math.inf]) for _ in range(3)]
        for name in ("logsumexp", "softmax_at", "log_softmax_at"):
            given = xs if name == "logsumexp" else (1, *xs)
            found, truth = float(getattr(nary, name)(*given)), ROWS[name].total(*given)
            assert found == pytest.approx(truth, rel=1e-14, nan_ok=True), (name, xs)


def test_a_value_function_that_cannot_run_on_symbols_is_an_error_that_names_its_row():
    ops = Lowering(NOTHING)
    x = ops.make("input", (), 0)
    with pytest.raises(AttributeError) as caught:
        ops.row(_Bare("hexadecimal", lambda x: float.fromhex(x.hex())), [x])
    assert "while lowering hexadecimal" in caught.value.__notes__[0]


class _Bare:
    """What lowering asks of a row."""

    limit, home = None, ""

    def __init__(self, name, value, vector=None):
        self.name, self.value, self.vector = name, value, vector


def test_branches_are_selections_and_too_many_of_them_an_error():
    ops = Lowering(NOTHING)
    x = ops.make("input", (), 0)
    found = ops.merged(lambda: -x if x < 0.0 else x)
    assert isinstance(found, Symbol)
    assert [one.name for one in ops.code[1:]] == ["constant", "lt", "neg", "select"]

    def branchy():
        return sum(1.0 for i in range(20) if x > float(i))

    with pytest.raises(TypeError, match=f"more than {MOST_BRANCHES} branches"):
        ops.merged(branchy)


def test_a_form_may_be_stated_in_the_row():
    ops = Lowering(NOTHING)
    x = ops.make("input", (), 0)
    doubled = _Bare("doubled", float.hex, lambda x: x * 2.0)
    assert ops.code[ops.row(doubled, [x]).index].name == "mul"
    length = _Bare("length", float.hex, "hypot")
    assert ops.row(length, [x, x]).index == ops.row(table.hypot, [x, x]).index


def test_rules_are_lowered_once_and_resolved_as_plain_or_careful():
    program = optimized(trace(lambda x: x, [1.0]).adjoint(), raising=False)
    assert [one.name for one in lowered(program, NOTHING, fast=True).code] == ["input"]
    product = trace(lambda x, y: table.times(x, y) + 0.0, [2.0, 3.0])
    assert "product" in [one.name for one in lowered(product, NOTHING, fast=True).code]
    careful = [one.name for one in lowered(product, NOTHING).code]
    assert "product" not in careful
    assert careful.count("select") == 1
