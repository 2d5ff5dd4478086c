"""Every row of the table against 450-digit truth, finite differences, and all its ways of being called.

Generated from the table: a new row is tested by being written, and refused until tests/exact.py defines it.
"""

import contextlib
import math
import random
import struct
from typing import Any

import pytest
from mpmath import mp

import autograd
from autograd import Value
from autograd.floats.ieee import Total
from autograd.primitives import write
from autograd.primitives.carrier import Carrier
from autograd.primitives.formula import Name
from autograd.primitives.primitive import ROWS, Primitive
from autograd.testing.accuracy import bound
from autograd.testing.exact import second, stated

from ..accuracy import operands, real_functions, worst

ALL = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
UGLY = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e-20, 0.1, -0.5, 0.7, 1.0, -1.0, 1.0 + 2**-52, 2.0, -3.0, 19.5, 1e5]
UGLY += [-745.2, 1e16, 1e154, -1e155, 1.7976931348623157e308, math.inf, -math.inf, math.nan]


def bits(x: float) -> bytes:
    return struct.pack("<d", math.nan if x != x else x)


def ugly(row: Primitive) -> list[tuple[Any, ...]]:
    """Return ugly operands for a row: every number for one operand, and many combinations for several."""
    rng = random.Random(row.name)
    if row.partials and len(row.partials) == 1:
        return [(x,) for x in UGLY]
    found = []
    for _ in range(60):
        xs = list(operands(row, rng, wide=False))
        for i in range(row.parameters, len(xs)):
            if row.differentiable(i):
                xs[i] = rng.choice(UGLY)
        found.append(tuple(xs))
    return found


def test_every_row_has_a_truth():
    assert all(map(stated, ROWS.values()))


@ALL
@pytest.mark.parametrize("wide", [False, True], ids=["ordinary", "wide"])
def test_first_derivatives_are_within_their_ulps(row, wide):
    error, xs, position = worst(row, 12, wide, seed=1)
    assert error <= bound(row), f"{row.name}: partial {position} at {xs} is {error:.1f} ulp off"


@ALL
def test_second_derivatives_are_the_derivatives_of_the_rules(row):
    rng = random.Random(row.name)
    checked = 0
    for _ in range(6):
        xs = operands(row, rng, wide=False)
        wanted = [i for i in range(len(xs)) if row.differentiable(i)]
        near = row.kink is not None and abs(row.kink.distance(*xs[row.parameters :])) < 1e-3
        if near or (row.name in ("pow", "power", "monomial") and (xs[0] < 0.0 or xs[1] < 0.0)):
            continue
        leaves = [Value(x) if i in wanted else x for i, x in enumerate(xs)]
        try:
            z = row(*leaves)
        except ValueError:
            continue
        with mp.workdps(200):
            truths = {(i, j): float(second(stated(row), xs, i, j)) for i in wanted for j in wanted}
        largest = max(map(abs, truths.values()))
        for i, partial in zip(wanted, row.rules(z, leaves, wanted), strict=True):
            z.zero_grad()
            size = abs(float(partial.data if isinstance(partial, Value) else partial))
            if isinstance(partial, Value):
                partial.backward()
            for j in wanted:
                found, truth = leaves[j].grad, truths[i, j]
                scale = max(abs(truth), 0.01 * size, 0.05 * largest)  # near a zero, against its neighbours
                assert abs(found - truth) <= 64 * math.ulp(scale), (row.name, xs, i, j, found, truth)
                checked += 1
            for j in wanted:
                leaves[j].zero_grad()
    assert checked


@ALL
def test_a_value_computes_what_the_float_computes(row):
    for xs in ugly(row):
        leaves = [Value(x) if row.differentiable(i) else x for i, x in enumerate(xs)]
        try:
            expected = float(row.value(*xs))
        except (ValueError, ArithmeticError) as error:
            with pytest.raises(type(error)):
                row(*leaves)
            with pytest.raises(type(error), match=row.name):
                row(*xs)
        else:
            assert bits(row(*leaves).data) == bits(expected) == bits(float(row(*xs)))


@ALL
def test_partials_never_raise_and_total_agrees_with_plain(row):
    for xs in ugly(row):
        wanted = [i for i in range(len(xs)) if row.differentiable(i)]
        total = row.total(*xs)
        try:
            z = float(row.value(*xs))
        except (ValueError, ArithmeticError):
            assert isinstance(total, (float, int))
            continue
        assert bits(total) == bits(z)
        plain = row.partials_at(z, xs, wanted)
        careful = row.rules(Total(z), [Total(x) if type(x) is float else x for x in xs], wanted)
        assert [bits(x) for x in plain] == [bits(float(x)) for x in careful], xs


@ALL
def test_names_give_a_formula(row):
    if row.partials:
        for i in range(len(row.partials)):
            if row.differentiable(i) and row.name not in ("monomial", "bessel_i"):
                assert str(row.rules(Name("z"), [Name(name) for name in row.operand_names], [i])[0])


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv"])
def test_hot_operators_are_their_rows_bit_for_bit(name):
    row = ROWS[name]
    for x in UGLY:
        for y in UGLY:
            for left, right in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
                with contextlib.suppress(ZeroDivisionError):
                    found, expected = row.value(left, right), Value.apply(row, (left, right))
                    assert bits(found.data) == bits(expected.data)
                    assert [bits(d) for d in found.partials] == [bits(d) for d in expected.partials]
                    assert list(map(id, found.parents)) == list(map(id, expected.parents))
                    assert found.op == expected.op == name
                    assert [type(x) for x in found.operands] == [type(x) for x in expected.operands]


@pytest.mark.parametrize("path", write.files(), ids=lambda path: path.name)
def test_what_is_written_from_the_table_is_up_to_date(path):
    assert path.read_text(encoding="utf-8") == write.renewed(path), "run: python -m autograd.primitives.write"


def test_unary_rows_are_methods_also_under_their_numpy_names():
    for row in ROWS.values():
        if row.partials and len(row.partials) == 1 and not row.infix and not row.name.endswith("_slope"):
            if row.name == "abs":
                continue
            for name in {row.name, row.numpy} - {""}:
                assert name in vars(Carrier), f"Carrier.{name} is missing"


def test_public_rows_are_functions_and_methods():
    for row in ROWS.values():
        assert not row.public or row.public in autograd.__all__
        assert all(hasattr(Value, name) for name in row.method_names())
    x, y = Value(0.5), Value(-2.0)
    assert (x.hypot(y, 3.0).data, y.atan2(x).data, x.clamp(1.0, 2.0).data) == (
        math.hypot(0.5, -2.0, 3.0),
        math.atan2(-2.0, 0.5),
        1.0,
    )


def test_a_row_with_a_hole_is_refused():
    with pytest.raises(TypeError, match="2 partials for 1 operands"):
        Primitive("holed", abs, (lambda z, x: 1.0, lambda z, x: 1.0), operand_names=("x",))
    with pytest.raises(TypeError, match="either partials or a gradient"):
        Primitive("holed", abs)
    with pytest.raises(ValueError, match="of this name already"):
        Primitive("sin", math.sin, (lambda z, x: 1.0,))


def test_every_real_function_of_math_is_here():
    assert real_functions() <= set(autograd.__all__)
