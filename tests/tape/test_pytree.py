"""Nests: given and returned in kind, matched leaf by leaf, modules above all."""

import collections
import copy
import dataclasses
import sys
import types

import numpy as np
import pytest

from autograd import Value, grad, hessian, hvp, jacobian, jit, jvp, value_and_grad, vjp
from nn import MLP, Module

Pair = collections.namedtuple("Pair", "first second")


@dataclasses.dataclass(frozen=True)
class Market:
    spot: float
    curve: list


def test_nests_are_given_back_in_kind():
    def f(p, pair, market):
        return p["w"][0] * pair.first + p["b"] * pair.second + market.spot * market.curve[1]

    args = ({"w": (2.0,), "b": 3}, Pair(5.0, 7.0), Market(11.0, [13.0, 17.0]))
    found = grad(f, argnums=(0, 1, 2))(*args)
    assert found == ({"w": (5.0,), "b": 7.0}, Pair(2.0, 3.0), Market(17.0, [0.0, 11.0]))
    assert value_and_grad(f, argnums=1)(*args) == (2.0 * 5.0 + 3.0 * 7.0 + 11.0 * 17.0, Pair(2.0, 3.0))
    assert jacobian(lambda p: {"a": p[0] * p[1], "b": p[1]})((2.0, 3.0)) == {"a": (3.0, 2.0), "b": (0.0, 1.0)}


def test_numpy_arrays_are_given_back_as_arrays():
    def rosenbrock(x):
        return sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    x = np.array([1.2, 1.0])
    value, slope = value_and_grad(rosenbrock)(x)
    assert type(value) is float
    assert slope.dtype == float
    np.testing.assert_allclose(slope, [-400 * 1.2 * (1.0 - 1.44) - 2 * (1 - 1.2), 200 * (1.0 - 1.44)], rtol=1e-13)
    np.testing.assert_allclose(hessian(rosenbrock)(x), [[1200 * 1.44 - 400 + 2, -480], [-480, 200]], rtol=1e-13)
    np.testing.assert_allclose(hvp(rosenbrock)(x, np.array([1.0, 0.0])), [1330.0, -480.0], rtol=1e-13)
    table = jacobian(lambda x: x.reshape(2, 2) @ np.array([1.0, 2.0]))(np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(table, [[1, 2, 0, 0], [0, 0, 1, 2]])
    assert grad(lambda x: x.sum())(np.array([1, 2])).dtype == float  # whole numbers are accepted


def test_dicts_of_every_kind_stay_of_their_kind():
    for kind in (dict, collections.OrderedDict, collections.Counter, lambda **p: collections.defaultdict(float, p)):
        given = kind(a=2, b=3)
        found = grad(lambda p: p["a"] * p["b"])(given)
        assert (type(found), found) == (type(given), {"a": 3.0, "b": 2.0})
    assert found["c"] == 0.0  # as a defaultdict has it


def test_empty_nests():
    assert grad(lambda x: 1.0)([]) == []
    assert vjp(lambda x: x, {})[1]({}) == ({},)
    assert jacobian(lambda x: x)([]) == hessian(lambda x: 1.0)([]) == []
    assert grad(lambda x: x.sum())(np.zeros((0, 3))).shape == (0, 3)
    assert jacobian(lambda x: x)(np.zeros(0)).shape == (0, 0)


def test_what_was_given_is_not_touched_and_shared_parts_are_separate():
    row, x = [1.0, 2.0], np.array([1.0, 2.0])
    assert grad(lambda p: p[0][0] * p[1][1])([row, row]) == [[2.0, 0.0], [0.0, 1.0]]
    assert grad(lambda p: p.append(1.0) or p[0] * p[-1])(row) == [1.0, 0.0]
    assert grad(lambda x: x.__setitem__(0, 5.0 * x[1]) or x.sum())(x).tolist() == [0.0, 6.0]
    assert (row, x.tolist()) == ([1.0, 2.0], [1.0, 2.0])


def test_tangents_and_adjoints_are_matched_by_key_not_by_order():
    assert jvp(lambda p: p["a"], ({"a": 1.0, "b": 2.0},), ({"b": 5.0, "a": 7.0},)) == (1.0, 7.0)
    assert vjp(lambda x: {"a": x, "b": 2.0 * x}, 3.0)[1]({"b": 0.0, "a": 1.0}) == (1.0,)
    (bar,) = vjp(lambda x: x * x, np.array([1.0, 2.0]))[1]([1.0, 10.0])  # a list for an array
    assert bar.tolist() == [2.0, 40.0]


def test_jacobians_of_arrays_in_nests_are_arrays_of_both_shapes():
    W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    found = jacobian(lambda p: p["W"] @ b + p["b"])({"W": W, "b": b})
    assert found["W"].tolist() == [[[5.0, 6.0], [0.0, 0.0]], [[0.0, 0.0], [5.0, 6.0]]]
    assert found["b"].tolist() == np.eye(2).tolist()
    found = jacobian(lambda b: {"y": W @ b, "sum": b.sum()})(b)
    assert (found["y"].tolist(), found["sum"].tolist()) == (W.tolist(), [1.0, 1.0])
    found = hessian(lambda p: (p["a"] * p["a"]).sum() * p["c"])({"a": b, "c": 2.0})
    assert found["a"]["a"].tolist() == [[4.0, 0.0], [0.0, 4.0]]
    assert found["a"]["c"].tolist() == found["c"]["a"].tolist() == [10.0, 12.0]
    assert found["c"]["c"] == 0.0
    assert [row.tolist() for row in jacobian(lambda xs: np.array(xs) * 2.0)([1.0, 2.0])] == [[2.0, 0.0], [0.0, 2.0]]
    towards_w, towards_b = jacobian(lambda W, b: W @ b, argnums=(0, 1))(W, b)
    assert (towards_w.shape, towards_b.tolist()) == ((2, 2, 2), W.tolist())


# ---------------------------------------------------------------------------------------------- modules


def test_gradients_are_those_of_backward_bit_for_bit():
    model = MLP(3, [4, 1], seed=2)
    x = [0.1, -0.4, 0.9]
    found = grad(lambda m: (m(x) - 1.0) ** 2)(model)
    ((model(x) - 1.0) ** 2).backward()
    for layer, other in zip(found.layers, model.layers, strict=True):
        for neuron, twin in zip(layer.neurons, other.neurons, strict=True):
            assert neuron.weights == [w.grad for w in twin.weights]
            assert neuron.bias == twin.bias.grad


def distance(model):
    return (model([0.1, -0.4]) - 1.0) ** 2


def test_the_gradient_of_a_model_is_a_model_of_numbers():
    model = MLP(2, [3, 1], seed=2)
    slope = grad(distance)(model)
    distance(model).backward()
    assert slope.parameters() == [p.grad for p in model.parameters()]
    assert all(isinstance(d, float) for d in slope.parameters())
    assert slope.state_dict().keys() == model.state_dict().keys()
    assert repr(slope) == repr(model)
    compiled = jit(grad(distance))(model)
    assert compiled.parameters() == pytest.approx(slope.parameters(), rel=1e-14)
    for p, d in zip(model.parameters(), slope.parameters(), strict=True):
        p.data -= 0.1 * d
    assert distance(model) < distance(MLP(2, [3, 1], seed=2))


def test_a_model_of_numbers_is_a_direction():
    model = MLP(2, [3, 1], seed=2)
    slope = grad(distance)(model)
    value, change = jvp(distance, (model,), (slope,))
    assert value == distance(model).data
    assert change == pytest.approx(sum(d * d for d in slope.parameters()), rel=1e-13)
    rows = np.reshape(hessian(distance)(model).parameters(), (13, 13))
    product = (rows @ slope.parameters()).tolist()
    assert hvp(distance)(model, slope).parameters() == pytest.approx(product, rel=1e-12)


def test_a_loss_may_ask_the_model_for_its_parameters():
    model = MLP(2, [2, 1], seed=1)
    value, slope = value_and_grad(lambda m: sum((p * p for p in m.parameters()), 0.0))(model)
    assert value == sum(p.data**2 for p in model.parameters())
    assert slope.parameters() == [2.0 * p.data for p in model.parameters()]
    unused = grad(lambda m: m.layers[0].neurons[0].bias * 3.0)
    assert unused(model).parameters().count(0.0) == len(model.parameters()) - 1
    nested = grad(lambda m: sum(d * d for d in unused(m).parameters()) * m.layers[0].neurons[0].bias)
    assert sum(nested(model).parameters()) == 9.0


def test_a_shared_parameter_has_one_gradient_the_sum_over_its_places():
    model = MLP(2, [2, 1], seed=1)
    first, second = model.layers[0].neurons
    second.weights[0] = first.weights[0]
    slope = grad(distance)(model)
    distance(model).backward()
    assert slope.parameters() == [p.grad for p in model.parameters()]
    assert slope.layers[0].neurons[1].weights[0] == first.weights[0].grad


def test_modules_may_hold_each_other_and_anything_else():
    Point = collections.namedtuple("Point", "x y")

    class Ring(Module):
        def __init__(self):
            self.at, self.names, self.kind = Point(Value(2.0), Value(3.0)), ["a"], Ring
            self.next = self
            self.by_name = collections.defaultdict(list, w=[Value(5.0)])

    ring = Ring()
    slope = grad(lambda r: r.next.at.x * r.at.y * r.by_name["w"][0])(ring)
    assert slope.at == Point(15.0, 10.0)
    assert slope.by_name == {"w": [6.0]}
    assert slope.next is slope
    assert (slope.names, slope.kind, type(slope.by_name)) == (["a"], Ring, collections.defaultdict)
    assert ring.at.x.data == 2.0
    assert copy.deepcopy(slope).parameters() == slope.parameters() == [15.0, 10.0, 6.0]
    with pytest.raises(TypeError, match=r"args\[0\]: type <class"):
        grad(lambda r: 1.0)(Ring)


def test_numpy_that_another_thread_is_importing_is_not_looked_into(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", types.ModuleType("numpy"))
    monkeypatch.delitem(sys.modules, "numpy.random.mtrand", raising=False)  # it comes later
    assert grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 2.0}
    assert jit(lambda p: p["a"] * p["b"], backend="python")({"a": 2.0, "b": 3.0}) == 6.0
