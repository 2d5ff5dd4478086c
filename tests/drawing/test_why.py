"""`why`: the fault is found where it was put."""

import math

import pytest
from hypothesis import given

import autograd
from autograd import (
    Value,
    atan,
    binary_cross_entropy_with_logits,
    clamp,
    cosine_similarity,
    erf,
    exp,
    floor,
    fsum,
    hinge,
    huber,
    hypot,
    leaky_relu,
    log,
    logsumexp,
    maximum,
    minimum,
    no_grad,
    prod,
    relu,
    scope,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    sumprod,
    tanh,
    trace_lines,
    where,
    why,
)  # fmt: skip
from nn import MLP, mse

from .test_drawing import HOSTILE
from .test_fold import graphs

DEAD = {
    "relu": (relu, "a dead relu: its operand is not positive"),
    "sigmoid": (lambda w: sigmoid(w * 400.0), "a saturated sigmoid: its operand is -800.0"),
    "tanh": (lambda w: tanh(w * 400.0), "a saturated tanh: its operand is -800.0"),
    "erf": (lambda w: erf(w * 400.0), "a saturated erf: its operand is -800.0"),
    "exp": (lambda w: exp(w * 400.0), "a saturated exp: its operand is -800.0"),
    "zero": (lambda w: w * 0.0, "multiplied by 0"),
    "floor": (floor, "floor is flat wherever it has a derivative"),
    "clamp": (lambda w: clamp(w, 0.0, 1.0), "clamped: outside of [0.0, 1.0]"),
    "maximum": (lambda w: maximum(w, 5.0), "another operand is the largest"),
    "minimum": (lambda w: minimum(w, -5.0), "another operand is the smallest"),
    "where": (lambda w: where(False, w, 1.0), "the other branch was selected"),
    "hinge": (lambda w: hinge(w, -1.0), "beyond the margin of the hinge"),
    "leaky_relu": (lambda w: leaky_relu(w, 0.0), "a leaky_relu whose slope is zero"),
    "abs": (lambda w: abs(w + 2.0), "at the kink x = 0 the convention is: 0, the subgradient of least norm"),
    "hypot": (lambda w: hypot(w + 2.0, 0.0), "at the kink all operands are 0 the convention is: 0"),
    "sumprod": (lambda w: sumprod([w, 1.0], [0.0, 1.0]), "multiplied by 0"),
    "prod": (lambda w: prod([w, 0.0]), "multiplied by 0"),
    "division": (lambda w: 0.0 / w, "0 divided by it"),
    "softmax": (lambda w: softmax([w * 400.0, 0.0])[1], "a saturated softmax: one operand is far above all"),
    "logsumexp": (lambda w: logsumexp([w * 400.0, 0.0]), "another operand is so much larger"),
    "huber": (lambda w: huber(w + 2.0, 1.0), "at the bottom of the loss: there is no error"),
    "binary cross entropy": (
        lambda w: binary_cross_entropy_with_logits(w * 400.0, 0.0),
        "a saturated sigmoid inside: its operand is -800.0",
    ),
    "power": (lambda w: (w + 2.0) ** 2, "a power whose derivative is 0 there"),
    "other": (lambda w: cosine_similarity([w], [3.0]), "its derivative towards operand 1 is 0 there"),
}


@pytest.mark.parametrize("case", DEAD)
def test_a_node_with_a_partial_of_zero_is_named(case):
    function, reason = DEAD[case]
    w = Value(-2.0, "w")
    dead = function(w)
    found = why(3.0 * dead + 1.0, w)
    assert found.node is dead
    assert found.reason.startswith("d/dw is 0.0: ")
    assert reason in found.reason


def test_the_dead_node_nearest_to_the_result_is_named():
    w = Value(-1.0, "w")
    inner = relu(w)
    outer = relu(inner - 1.0)
    assert why(outer, w).node is outer


def test_the_line_and_the_scope_are_named_where_they_were_recorded():
    w = Value(-1.0, "w")
    with trace_lines(), scope("encoder"):
        loss = relu(w)
    assert f"relu(-1.0) = 0.0 in encoder at {loss.line} has the partial 0.0" in why(loss, w).reason
    assert __file__ in loss.line


def test_every_path_that_is_dead_counts():
    w = Value(-1.0, "w")
    loss = fsum([relu(w * float(k)) for k in range(1, 6)])
    assert why(loss, w).reason.endswith("; and so have 4 more")


def test_a_constant_that_cut_the_graph_is_found():
    w = Value(0.37, "w")
    u = Value(2.0, "u")
    cut = u * w.data
    assert why(cut + 1.0, w).node is cut
    assert "0.37, as a constant: was it taken by .data" in why(cut + 1.0, w).reason
    copy = w.detach()
    assert why(u * copy, w).node is copy
    with no_grad():
        hidden = w * 3.0
    reason = why(u * hidden, w).reason
    assert "the result was not made from w; a constant cut the graph" in reason
    assert reason.endswith("was never used. Suspects: a leaf, 1.11")
    with trace_lines():
        cut = u * (w * 3.0).data
    assert why(cut, w).reason.endswith(f"was never used. Suspects: 2.0 * 1.11 = 2.22 at {cut.line}")
    many = fsum([u * Value(float(k)) for k in range(9)])
    assert why(many, w).reason.endswith("Suspects: a leaf, 0.0; a leaf, 1.0; a leaf, 2.0; ...")
    assert why(u * 2.0, w).reason.endswith("or w was never used")


def test_zero_times_infinity_counts_as_zero_and_that_is_said():
    w = Value(0.0, "w")
    square = w * w
    found = why(sqrt(square), w)
    assert found.node is square
    assert "multiplied by 0; the gradient that arrives there is inf, times 0 it counts as 0" in found.reason
    nan = Value(0.0) * (Value(1e308) * 10.0)
    assert why(nan + 1.0).node is nan
    assert "came into being in 0.0 * inf = nan, where inf came into being in 1e+308 * 10.0" in why(nan + 1.0).reason


def test_a_number_that_is_not_finite_is_traced_to_where_it_came_into_being():
    x = Value(1e308, "x")
    infinite = x * 10.0
    nan = infinite - infinite
    found = why(log(nan * nan + 1.0))
    assert found.node is nan
    assert "inf - inf = nan, where inf came into being in 1e+308 * 10.0 = inf" in found.reason
    assert why(infinite * 2.0).node is infinite
    leaf = Value(math.nan, "given")
    assert why(leaf * 2.0).node is leaf
    assert why(leaf * 2.0).reason == "the result is nan, as it was given: given = nan"
    zero = infinite * 0.0
    assert why(zero + 1.0).node is zero


def test_an_infinite_gradient_is_traced_to_its_partial():
    w = Value(0.0, "w")
    root = sqrt(w)
    found = why(root * 2.0 + w, w)
    assert found.node is root
    assert "d/dw is inf: sqrt(0.0) = 0.0 has the partial inf" in found.reason


def test_a_gradient_that_overflows_on_the_way():
    w = Value(1.0, "w")
    inner = (w - 1.0) * 1e200
    assert why(inner * 1e200, w).node is inner
    assert "is too large for a float" in why(inner * 1e200, w).reason


def test_gradients_of_opposite_infinities_do_not_add_up():
    w = Value(1.0, "w")
    v = w - 1.0
    found = why(v * 1e200 * 1e200 - v * 1e200 * 1e200, w)
    assert "d/dw is nan" in found.reason
    assert "too large for a float" in found.reason


def test_a_gradient_too_small_for_a_float():
    w = Value(1.0, "w")
    tiny = w * 1e-200
    assert why(tiny * 1e-200, w).node is tiny
    assert "too small for a float" in why(tiny * 1e-200, w).reason


def test_gradients_that_cancel():
    w = Value(1.0, "w")
    assert why(w - w, w).node is w
    assert "the gradients that arrive at w = 1.0 cancel" in why(w - w, w).reason


def test_vanishing_and_huge_gradients_name_the_factor():
    w = Value(1.0, "w")
    flat = sigmoid(w * 30.0)
    found = why(flat * 0.5, w)
    assert found.node is flat
    assert "vanishing; the smallest factor on the way is 9.358e-14" in found.reason
    assert "a saturated sigmoid: its operand is 30.0" in found.reason
    steep = w * 1e9
    assert why(steep + 1.0, w).node is steep
    assert "huge; the largest factor on the way is 1e+09" in why(steep + 1.0, w).reason
    chain = w
    for _ in range(200):
        chain = atan(softplus(chain))
    assert "vanishing" in why(chain, w).reason or "nothing" in why(chain, w).reason


def test_a_gradient_that_was_zeroed_after_backward():
    w = Value(1.0, "w")
    loss = w * 3.0
    assert why(loss, w).reason == "d/dw is 3.0: nothing is wrong on the way"
    loss.backward()
    w.grad = 0.0
    assert why(loss, w).reason == "d/dw is 3.0, but its .grad is 0.0: zero_grad() came after backward()"


def test_without_a_parameter_all_leaves_are_looked_at():
    u, v, w = Value(1.0, "u"), Value(-1.0, "v"), Value(2.0, "w")
    assert why(u * w).reason == "nothing is wrong: 2 gradients, from 1.0 to 2.0 in size"
    found = why(u * w + relu(v))
    assert found.reason.startswith("1 of 3 gradients are zero; the first: d/dv is 0.0: relu(-1.0) = 0.0 has")
    assert why(u * 1e9 + v).reason.startswith("1 of 2 gradients are huge; the first: d/du is 1e+09")
    assert why(u * 1e-9 + v).reason.startswith("1 of 2 gradients are vanishing; the first: d/du is 1e-09")
    assert why(sqrt(u - 1.0)).reason.startswith("1 of 1 gradients are NaN or infinite; the first: d/du is inf")
    assert why(u).reason == "u was made from nothing; to search what uses it: why(loss, it)"


def test_a_dead_network_is_diagnosed():
    model = MLP(2, [3, 1], activation="relu", seed=1)
    for neuron in model.layers[0].neurons:
        neuron.bias.data = -100.0
    loss = mse(model([1.0, 2.0]), 1.0)
    found = why(loss, model.layers[0].neurons[0].weights[0], names=model)
    assert found.node.op == "relu"
    assert "d/dlayers.0.weight.0.0 is 0.0: relu(" in found.reason
    assert "in layers.0 has the partial 0.0: a dead relu" in found.reason


@given(graphs())
def test_nothing_is_written_and_nothing_raises(value):
    nodes = autograd.graph.backward.topological_order([value])
    before = [node.grad for node in nodes]
    for leaf in [node for node in nodes if not node.op]:
        assert repr(why(value, leaf)) == why(value, leaf).reason
    why(value)
    assert [node.grad for node in nodes] == before


@pytest.mark.parametrize("wrong", [1.0, None, "w", [Value(1.0)]])
def test_what_is_no_value_is_refused(wrong):
    with pytest.raises(TypeError, match="why: expected a Value, not"):
        why(wrong)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_stay_on_their_line(name):
    x = Value(-1.0, name)
    reason = why(relu(x), x).reason
    reason.encode()
    assert reason.isprintable()
    assert len(reason) < 300


def test_a_gradient_that_was_not_zeroed_before_backward():
    w = Value(4.0, "w")
    for _ in range(2):
        loss = (w - 1.0) ** 2
        loss.backward()
    reason = why(loss, w).reason
    assert reason.startswith("d/dw is 6.0, but its .grad is 12.0: gradients of several backward() calls add up")
    assert "zero_grad()" in reason
    loss.zero_grad()
    loss.backward()
    w.data -= 0.1 * w.grad  # a step taken since changes neither
    assert why(loss, w).reason == "d/dw is 6.0: nothing is wrong on the way"
