"""Functions bound to arguments of one shape: what they give is what the function gives."""

import math

import numpy as np
import pytest

from autograd import Value, grad, jit, sin, value_and_grad, vmap

FACTOR = 2.0


@pytest.mark.parametrize("backend", ["python", "llvm", None])
def test_results_are_those_of_the_function(backend):
    f = value_and_grad(lambda xs, y: xs[0] * y if xs[1] > y else sin(xs[1]))
    bound = jit(f, backend).bind([0.5, 0.25], 1.0)
    for k in range(300):
        xs, y = [0.01 * k, 1.5 - 0.01 * k], 0.5 + 0.001 * k
        expected = pytest.approx(np.array(f(xs, y)[1]), rel=1e-14)
        for found in (bound(xs, y), bound([*xs, y]), bound((*xs, y)), bound(np.array([*xs, y]))):
            assert np.array(found[1]) == expected
            assert type(found[1]) is list


def test_what_changes_is_seen(monkeypatch):
    weight = Value(0.5)
    held = [1.0]
    bound = jit(lambda x: x * FACTOR * weight + held[0], audit=False).bind(1.0)
    for k in range(6):
        assert bound(3.0) == 3.0 * FACTOR * weight.data + held[0]
        weight.data += 0.5 if k == 1 else 0.0
        held[0] += 1.0 if k == 3 else 0.0
        monkeypatch.setitem(globals(), "FACTOR", 2.0 if k < 2 else 4.0)


def test_effects_exceptions_and_bits_are_those_of_the_function():
    def f(xs):
        xs[0] = xs[0] / xs[1]
        return xs[0]

    bound = jit(f).bind([1.0, 2.0])
    for _ in range(5):
        xs = [3.0, 2.0]
        assert bound(xs) == 1.5
        assert xs == [1.5, 2.0]
    quotient = jit(lambda x, y: x / y).bind(1.0, 1.0)
    for _ in range(40):
        assert quotient(-1.0, math.inf) == 0.0
        with pytest.raises(ZeroDivisionError):
            quotient(1.0, 0.0)


def test_ints_floats_of_numpy_and_carriers_are_taken():
    f = jit(lambda p, y: p["a"] * p["b"][0] * y)
    bound = f.bind({"a": 1.0, "b": [2.0]}, 3.0)
    for x in (3, np.float64(3.0), 3.0):
        assert bound({"a": x, "b": [2.0]}, 4.0) == bound([x, 2, 4.0]) == bound({"a": x, "b": [2]}, 4) == 24.0
    assert grad(bound, argnums=(0, 1))({"a": 3.0, "b": [2.0]}, 4.0) == ({"a": 8.0, "b": [12.0]}, 6.0)
    assert grad(lambda xs: bound(xs))([3.0, 2.0, 4.0]) == [8.0, 12.0, 6.0]
    assert vmap(lambda x: bound([x, 2.0, 4.0]))(np.array([1.0, 3.0])).tolist() == [8.0, 24.0]
    weight = Value(3.0)
    bound({"a": weight, "b": [2.0]}, 4.0).backward()
    assert weight.grad == 8.0

    def written(xs):
        xs[0] = xs[0] * xs[1]
        return xs[0]

    xs = [3, 2.0]
    assert jit(written).bind([1.0, 2.0])(xs) == 6.0
    assert xs[0] == 6.0


def test_audits_find_what_nobody_sees():

    counts = iter(range(10_000))
    bound = jit(lambda x: x + next(counts)).bind(1.0)
    with pytest.warns(RuntimeWarning, match="iterator|audit|other results"):
        found = [bound(1.0) for _ in range(20)]
    assert len(set(found)) == len(found)
    checked = jit(lambda x: x * 2.0)
    again = checked.bind(1.0)
    for _ in range(3000):
        again(1.0)
    assert checked.stats().audits >= 2


@pytest.mark.parametrize("given", [(1.0,), (1.0, 2.0, 3.0), ([1.0, 2.0, 3.0],), ("x", 1.0), (None, 2.0)])
def test_other_shapes_are_refused_with_the_remedy(given):
    bound = jit(lambda x, y: x * y).bind(1.0, 2.0)
    assert bound(3.0, 4.0) == 12.0
    with pytest.raises(TypeError, match=r"bound to 2 numbers in 2 arguments.*bind it anew"):
        bound(*given)


def test_what_cannot_be_bound_is_refused():
    with pytest.raises(TypeError, match="call the function itself"):
        jit(lambda x: x).bind(Value(1.0))
    with pytest.raises(TypeError, match="by position"):
        jit(lambda x: x).bind(x=1.0)


def test_arrays_ints_and_dicts_are_called_as_they_are():
    array = jit(lambda x: x * 2.0).bind(np.zeros(3))
    assert array(np.array([1.0, 2.0, 3.0])).tolist() == [2.0, 4.0, 6.0]
    assert jit(lambda x, n: x * n).bind(1.0, 2)(3.0, 4) == 12.0
    named = jit(lambda d: d["a"] - d["b"]).bind({"a": 1.0, "b": 2.0})
    assert named({"a": 5.0, "b": 2.0}) == named([5.0, 2.0]) == 3.0
