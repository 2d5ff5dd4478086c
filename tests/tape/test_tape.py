"""The tape: its derivatives are those of Values to the bit, and it keeps no Python object for an operation."""

import gc
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, jacobian, jit, jvp, sumprod, value_and_grad, vmap
from autograd.errors import GraphError
from autograd.primitives import table
from autograd.tape.tape import Tape


def boxed():
    """Return numbers of NumPy's, scalars and an array without an axis."""
    try:
        import numpy as np
    except ImportError:
        return []
    return [np.float64(0.5), np.float32(0.5), np.int64(3), np.array(0.5)]


NUMBERS = st.floats(-3.0, 3.0).filter(lambda x: abs(x) > 1e-3)


def mixed(x, y):
    z = x * y - x / y + (x * x + 1.0) ** 0.5 + autograd.tanh(x - 2.0 * y)
    z = z + autograd.maximum(x, y, z) * sumprod([x, y, z], [z, 0.5, x]) - autograd.sin(z)
    return z + autograd.sqrt(abs(z) + 1.0) + 3.0 ** (x / 4.0)


@given(NUMBERS, NUMBERS)
def test_gradients_have_the_bits_of_backward(x, y):
    a, b = Value(x), Value(y)
    root = mixed(a, b)
    root.backward()
    assert value_and_grad(mixed, argnums=(0, 1))(x, y) == (root.data, (a.grad, b.grad))


@given(NUMBERS, NUMBERS)
def test_forward_and_reverse_agree(x, y):
    dx, dy = grad(mixed, argnums=(0, 1))(x, y)
    tangent = jvp(mixed, (x, y), (1.0, 0.5))[1]
    assert math.isclose(tangent, dx + 0.5 * dy, rel_tol=1e-11, abs_tol=1e-11 * (abs(dx) + abs(dy)))


def test_an_adjoint_of_zero_contributes_nothing():
    assert grad(lambda x: autograd.where(x > 0.0, x, autograd.sqrt(x * 0.0)))(2.0) == 1.0
    assert grad(lambda x: 0.0 * autograd.sqrt(x))(0.0) == 0.0


def test_steps_tell_what_was_done():
    tape = Tape()
    x, y = tape.input(2.0), tape.input(3.0)
    z = autograd.hypot(x, y, 6.0) + x
    assert z > 1.0
    tape.closed = True
    kinds = [getattr(step.primitive, "name", None) if tape.owns(step) else step.comparison for step in tape.steps]
    assert kinds == [None, None, "hypot", "add", ">"]
    assert [operand if type(operand) is float else operand.place for operand in tape.steps[2].operands] == [0, 1, 6.0]
    with pytest.raises(GraphError, match="a finished function call"):
        _ = x * 2.0


def test_many_seeds_share_the_partials():
    rows = jacobian(lambda xs: [xs[0] * xs[1], xs[1] / xs[0], autograd.exp(xs[0])])([2.0, 3.0])
    assert rows == [[3.0, 2.0], [-0.75, 0.5], [math.exp(2.0), 0.0]]


def test_no_python_object_is_kept_for_an_operation():
    tape = Tape()
    x = tape.input(1.0)
    gc.collect()
    before = len(gc.get_objects())
    y = x
    for _ in range(10_000):
        y = y * 0.999 + x
    assert len(tape) == 20_001
    assert len(gc.get_objects()) - before < 100


@pytest.mark.parametrize("other", [3, True, Fraction(1, 3), *boxed()], ids=repr)
def test_constants_of_every_kind_of_number_are_the_numbers_they_stand_for(other):
    assert grad(lambda x: x * other)(2.0) == float(other)
    assert grad(lambda x: other / x)(2.0) == -float(other) / 4.0
    assert grad(lambda x: autograd.hypot(x, other, 1.0))(2.0) == 2.0 / math.hypot(2.0, float(other), 1.0)
    assert grad(grad(lambda x: x * x * other))(2.0) == 2.0 * float(other)
    assert jit(grad(lambda x: x * x * other))(2.0) == 4.0 * float(other)


def test_numbers_that_are_gone_may_be_looked_at_and_are_made_anew_unless_they_are_held():
    others = {id(found) for found in gc.get_objects()}  # what other tests have left
    tape = Tape()
    x = tape.input(1.0)
    _ = [x * 2.0 for _ in range(300)]
    del _
    held = [
        found for found in gc.get_objects() if type(found) is type(x) and found is not x and id(found) not in others
    ]
    assert not any(y < -1.0 for y in held)
    made = [x * float(i) for i in range(600)]
    assert [number.place for number in made] == list(range(len(tape) - 600, len(tape)))
    assert not {*map(id, made)} & {*map(id, held)}
    del held
    assert len({id(number) for number in [x * float(i) for i in range(600)]}) == 600


def test_a_tape_that_lanes_refer_to_is_collected():
    np = pytest.importorskip("numpy")

    def once():
        lanes = vmap(lambda w, x: (w * x - 1.0) ** 2, in_axes=(None, 0), backend="numpy")
        grad(lambda w: lanes(w, np.arange(3.0)).sum())(0.5)

    once()
    gc.collect()
    before = sum(type(x) is Tape for x in gc.get_objects())
    once()
    gc.collect()
    assert sum(type(x) is Tape for x in gc.get_objects()) == before


@pytest.mark.parametrize("y", [2.0, 3.0, -1.0, 0.5, -2.5, 0.0, 1.0, 700.0, math.inf, math.nan])
def test_powers_have_the_bits_of_their_row(y):
    ugly = (0.0, -0.0, 5e-324, 1e-160, 0.3, -0.7, 1.0, -1.0, -3.0, 1e16, -1e200, math.inf, -math.inf, math.nan)
    for x in ugly:
        try:
            z = table.power.plainly([x, y])
        except (ValueError, ArithmeticError):
            with pytest.raises((ValueError, ArithmeticError)):
                grad(lambda a: a**y)(x)
            continue
        expected = [z, *table.power.partials_at(z, [x, y], [0, 1])]
        a, b = Value(x), Value(y)
        root = a**b
        root.backward()
        found = value_and_grad(lambda a, b: a**b, argnums=(0, 1))(x, y)
        assert repr((root.data, (a.grad, b.grad))) == repr(found)
        assert repr([found[0], *found[1]]) == repr([z, *[partial + 0.0 for partial in expected[1:]]])
