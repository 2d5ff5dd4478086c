"""NumPy: scalars, arrays of objects, and what is refused."""

import contextlib
import math
import operator
import random

import pytest

import autograd
from autograd import Value, backward
from autograd.primitives.primitive import ROWS

from ..accuracy import operands
from ..tools.common import COMPARISONS, OPERATORS, REMEDY


@pytest.fixture(scope="module")
def np():
    return pytest.importorskip("numpy")


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "int64", "int8", "uint8", "bool_"])
def test_numpy_scalars_are_numbers_on_both_sides(np, kind):
    one, x = getattr(np, kind)(1), Value(2.0)
    assert type(Value(one).data) is float
    for name, call in OPERATORS.items():
        if name == "divmod":
            continue
        for found, expected in ((call(x, one), call(2.0, 1.0)), (call(one, x), call(1.0, 2.0))):
            assert type(found) is Value, name
            assert found == expected
            assert all(type(operand) in (Value, float) for operand in found.operands)
    (one * x).backward(one)
    assert x.grad == 1.0


@pytest.mark.parametrize("kind", ["float64", "float32", "int64"])
def test_numpy_scalars_compare_on_both_sides(np, kind):
    one, x = getattr(np, kind)(1), Value(2.0)
    for compare in COMPARISONS.values():
        assert bool(compare(x, one)) is compare(2.0, 1.0)
        assert bool(compare(one, x)) is compare(1.0, 2.0)
    assert x != one
    assert Value(1.0) == one
    assert one == Value(1.0)


def test_numpy_float64_is_recorded_and_differentiated(np):
    x = Value(3.0)
    y = np.float64(2.0) * x - np.float64(1.0) / x + np.float64(2.0) ** x
    y.backward()
    assert x.grad == pytest.approx(2.0 + 1.0 / 9.0 + 8.0 * math.log(2.0), rel=1e-15)


@pytest.mark.parametrize("name", [name for name in OPERATORS if name != "divmod"])  # NumPy has none of objects
def test_a_value_and_an_array_give_an_array_of_values(np, name):
    x, array = Value(2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    found = OPERATORS[name](x, array)
    assert found.dtype == object
    assert found.shape == (2, 2)
    assert [v.data for v in found.flat] == [OPERATORS[name](2.0, y) for y in array.flat]


@pytest.mark.parametrize("name", [name for name in OPERATORS if name != "divmod"])
def test_an_array_and_a_value_give_an_array_of_values(np, name):
    x, array = Value(2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    found = OPERATORS[name](array, x)
    assert found.dtype == object
    assert found.shape == (2, 2)
    assert [v.data for v in found.flat] == [OPERATORS[name](y, 2.0) for y in array.flat]


def test_a_zero_dimensional_array_is_a_number_on_both_sides(np):
    x, two = Value(3.0), np.array(2.0)
    assert Value(two) == 2.0
    assert x * two == 6.0
    assert two * x == 6.0
    assert autograd.hypot(x, np.array(4.0)) == 5.0


def test_arrays_are_refused_where_a_number_is_meant(np):
    for bad in (np.array([1.0]), np.zeros((2, 2)), np.array(["a"]), np.array([]), np.array("a"), np.array(1j)):
        for call in (Value, autograd.exp, lambda bad: autograd.hypot(Value(1.0), bad)):
            with pytest.raises(TypeError, match="expected a real number"):
                call(bad)
    with pytest.raises(TypeError, match="object array"):
        Value(np.array([1.0]))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("exp", math.exp),
        ("tanh", math.tanh),
        ("sqrt", math.sqrt),
        ("log", math.log),
        ("arcsin", math.asin),
        ("arctan", math.atan),
        ("sin", math.sin),
        ("log1p", math.log1p),
        ("expm1", math.expm1),
        ("cbrt", math.cbrt),
        ("exp2", math.exp2),
        ("degrees", math.degrees),
        ("floor", math.floor),
        ("rint", round),
        ("absolute", abs),
        ("negative", operator.neg),
        ("fabs", math.fabs),
    ],
)
def test_numpy_functions_apply_to_object_arrays(np, name, function):
    xs = [Value(0.25), Value(0.5), Value(0.75)]
    found = getattr(np, name)(np.array(xs, dtype=object))
    assert [float(v.data) if isinstance(v, Value) else v for v in found] == [function(x.data) for x in xs]


@pytest.mark.parametrize("name", ["arctan2", "hypot", "fmod", "maximum", "minimum", "power"])
def test_numpy_functions_of_two_operands_apply_to_object_arrays(np, name):
    ufunc = getattr(np, name)
    x = Value(0.75)
    for _ in range(10):  # CPython compares in another way from the third on, which may raise flags that NumPy sees
        found = ufunc(np.array([x, Value(0.5)]), np.array([Value(0.25), Value(0.5)]))
    expected = ufunc(np.array([0.75, 0.5]), np.array([0.25, 0.5]))
    assert [v.data for v in found] == pytest.approx(list(expected), rel=1e-15)
    found[0].backward()


def test_numpy_matrix_times_vector_of_values(np):
    xs = [Value(1.0), Value(2.0)]
    weights = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = weights @ np.array(xs)
    assert [v.data for v in found] == [5.0, 11.0, 17.0]
    backward(list(found))
    assert [x.grad for x in xs] == [9.0, 12.0]
    values = np.array([[Value(y) for y in row] for row in weights])
    (values @ np.array(xs)).sum().backward()
    assert [[v.grad for v in row] for row in values] == [[1.0, 2.0]] * 3


def test_numpy_reductions_of_values(np):
    array = np.array([Value(3.0), Value(4.0)])
    assert np.sum(array) == 7.0
    assert np.mean(array) == 3.5
    assert np.prod(array) == 12.0
    assert np.linalg.norm(array) == 5.0
    assert np.max(array) == 4.0
    assert np.argmax(array) == 1
    assert np.dot(array, array) == 25.0
    np.var(array).backward()
    assert [v.grad for v in array] == [-0.5, 0.5]


def test_a_value_is_one_element_of_an_array(np):
    array = np.array([Value(1.0), Value(2.0)])
    assert (array.dtype, array.shape) == (object, (2,))
    for convert in (
        lambda: array.astype(float),
        lambda: np.asarray(Value(1.0), dtype=float),
        lambda: np.float64(Value(1.0)),
    ):
        with pytest.raises(TypeError, match=REMEDY):
            convert()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_takes_the_scalars_of_numpy(np, row):
    """softmax, cross_entropy and all others that have a whole number beside their operands refused np.float64."""
    rng = random.Random(row.name)
    for _ in range(20):
        xs = operands(row, rng, False)
        scalars = [np.float64(x) if row.differentiable(i) else x for i, x in enumerate(xs)]
        with contextlib.suppress(ValueError, ArithmeticError):
            expected = row(*xs)
            assert repr(row(*scalars)) == repr(expected)


def test_whole_numbers_may_be_those_of_numpy(np):
    assert autograd.ldexp(2.0, np.int64(3)) == 16.0
    assert autograd.polygamma(np.int64(1), np.float64(2.0)) == autograd.polygamma(1, 2.0)
    assert autograd.cross_entropy([1.0, np.float64(2.0)], np.int64(1)) == autograd.cross_entropy([1.0, 2.0], 1)
