"""Neurons and MLPs: shapes, seeds, one node per weighted sum, and the classic worked example."""

import copy
import math
import pickle
import statistics

import pytest

import autograd
from autograd import Value, fsum, sigmoid, sumprod
from nn import MLP, perturb
from nn.layers import Neuron, activation_named


def test_a_neuron_is_one_node_for_its_sum_and_one_for_its_activation():
    model = MLP(5, [1], output="tanh")
    y = model([0.1, 0.2, 0.3, 0.4, 0.5])
    assert y.op == "tanh"
    assert y.parents[0].op == "sumprod"
    assert all(p.op == "" for p in y.parents[0].parents)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, same, other = (MLP(3, [4, 1], seed=s) for s in (1, 1, 2))
    assert [p.data for p in first.parameters()] == [p.data for p in same.parameters()]
    assert [p.data for p in first.parameters()] != [p.data for p in other.parameters()]


@pytest.mark.parametrize(("activation", "deviation"), [("relu", math.sqrt(2 / 400)), ("tanh", math.sqrt(2 / 401))])
def test_initial_weights_have_the_published_variance(activation, deviation):
    import random

    weights = [w.data for w in Neuron(400, activation, random.Random(0)).weights]
    assert statistics.pstdev(weights) == pytest.approx(deviation, rel=0.1)


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [3, 2])([1.0, 2.0])) == 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MLP(2, []), "give the size of each layer"),
        (lambda: MLP(2, [0]), "at least 1"),
        (lambda: MLP(0, [1]), "at least one input"),
        (lambda: MLP(2, [1], output="softplux"), "activation 'softplux' is unknown"),
        (lambda: MLP(2, [1])([1.0]), "got 1 inputs, expected 2"),
    ],
)
def test_wrong_shapes_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_linear_changes_nothing():
    x = Value(2.0)
    assert activation_named("linear")(x) is x


@pytest.mark.parametrize("name", ["no_grad", "Value", "backward", "atan2", "__doc__", "errors"])
def test_an_activation_is_a_function_of_one_operand(name):
    with pytest.raises(ValueError, match=f"activation '{name}' is unknown"):
        activation_named(name)


def test_an_activation_may_be_a_function():
    def square(x):
        return x * x

    named, given = MLP(2, [3, 1], activation="sin"), MLP(2, [3, 1], activation=autograd.sin)
    assert named([1.0, 2.0]).data == given([1.0, 2.0]).data
    assert repr(named) == repr(given)
    assert "activation='square'" in repr(MLP(2, [3, 1], activation=square))
    assert MLP(2, [1], output=square)([1.0, 2.0]).data >= 0.0


def test_a_model_can_be_pickled_and_copied():
    model = MLP(2, [3, 1], seed=4)
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again([1.0, 2.0]).data == model([1.0, 2.0]).data
        assert not {id(p) for p in again.parameters()} & {id(p) for p in model.parameters()}


def classic():
    """Return (weights w1..w8, a function that computes the total error) of the classic worked example."""
    weights = [Value(0.05 * (i + 2), f"w{i}") for i in range(1, 9)]
    for w, x in zip(weights, (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), strict=True):
        w.data = x

    def error():
        inputs, targets = [0.05, 0.10, 1.0], [0.01, 0.99]
        hidden = [sigmoid(sumprod([*weights[i : i + 2], 0.35], inputs)) for i in (0, 2)]
        outputs = [sigmoid(sumprod([*weights[i : i + 2], 0.60], [*hidden, 1.0])) for i in (4, 6)]
        return fsum(0.5 * (o - t) ** 2 for o, t in zip(outputs, targets, strict=True))

    return weights, error


def test_the_worked_example_prints_every_digit():
    weights, error = classic()
    total = error()
    assert f"{total.data:.9f}" == "0.298371109"
    total.backward()
    for w in weights:
        w.data -= 0.5 * w.grad
    w1, w2, w3, w4, w5, w6, w7, w8 = (w.data for w in weights)
    assert f"{w5:.8f}" == "0.35891648"
    assert f"{w6:.9f}" == "0.408666186"
    assert f"{w7:.9f}" == "0.511301270"
    assert f"{w8:.9f}" == "0.561370121"
    assert f"{w1:.9f}" == "0.149780716"
    assert f"{w2:.8f}" == "0.19956143"
    assert f"{w3:.8f}" == "0.24975114"
    assert f"{w4:.8f}" == "0.29950229"


def test_perturb_shows_both_ways_and_leaves_no_trace():
    weights, error = classic()
    weights[0].grad = 7.0
    before = [w.data for w in weights]
    table = perturb(error, weights)
    assert table.evaluations == (16, 1)
    for row in table.rows:
        assert row.finite_difference == pytest.approx(row.gradient, abs=1e-9)
    assert [w.data for w in weights] == before
    assert [w.grad for w in weights] == [7.0] + [0.0] * 7
    text = repr(table).splitlines()
    assert text[7].split()[:2] == ["w7", "0.5"]
    assert text[-1] == "16 evaluations of the loss to nudge each weight up and down; 1 and one backward pass"


def test_perturb_takes_a_module():
    model = MLP(1, [1])
    assert [row.name for row in perturb(lambda: model([1.0]) ** 2, model).rows][-1] == "layers.0.bias.0"


def test_perturb_leaves_alone_what_it_does_not_nudge():
    w, b = Value(2.0), Value(3.0)
    b.grad = 5.0
    perturb(lambda: w * b + b, [w])
    assert (w.data, w.grad, b.data, b.grad) == (2.0, 0.0, 3.0, 5.0)


def test_perturb_nudges_a_large_weight_by_more():
    w = Value(1e12)
    (row,) = perturb(lambda: 3.0 * w, [w]).rows
    assert row.finite_difference == pytest.approx(row.gradient, rel=1e-9)


def test_perturb_restores_the_weights_after_an_error():
    w, calls = Value(2.0), iter([False, True])

    def loss():
        if next(calls):
            raise ArithmeticError
        return w * w

    with pytest.raises(ArithmeticError):
        perturb(loss, [w])
    assert (w.data, w.grad) == (2.0, 0.0)


def test_perturb_wants_a_loss_made_of_values():
    with pytest.raises(TypeError, match=r"the loss returned 3\.0, not a Value"):
        perturb(lambda: 3.0, [Value(1.0)])
