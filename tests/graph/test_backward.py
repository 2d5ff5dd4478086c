"""Backward called again, numbers changed after use, and losses at their edges."""

import copy
import math
import pickle

import pytest

import autograd
from autograd import GraphError, Value, backward, no_grad


# -------------------------------------------------------------------------------------- repeated calls
def test_backward_twice_doubles_leaves_and_resets_what_is_between():
    x = Value(3.0)
    y = x * x
    z = y * y
    for times in range(1, 6):
        z.backward()
        assert (x.grad, y.grad, z.grad) == (108.0 * times, 18.0, 1.0)


def test_backward_from_an_inner_node_does_not_leak_into_the_next_call():
    x = Value(3.0)
    y = x * x
    z = 2.0 * y
    y.backward(5.0)
    assert (x.grad, y.grad) == (30.0, 5.0)
    z.backward()
    assert (x.grad, y.grad) == (42.0, 2.0)


def test_two_roots_sharing_a_subgraph():
    x = Value(3.0)
    y = x * x
    p, q = 2.0 * y, 5.0 * y
    p.backward()
    q.backward()
    assert x.grad == 42.0
    x.zero_grad()
    backward([p, q])
    assert x.grad == 42.0
    backward([p, p, q], [1.0, 1.0, -1.0])
    assert x.grad == 42.0 - 6.0


def test_a_root_that_another_root_was_made_from():
    x = Value(3.0)
    y = x * x
    z = y + y
    backward([y, z])
    assert (x.grad, y.grad, z.grad) == (18.0, 3.0, 1.0)


def test_backward_of_a_leaf_and_of_nothing():
    x = Value(3.0)
    x.backward()
    x.backward(0.5)
    assert x.grad == 1.5
    backward([])
    backward(iter([x]))
    assert x.grad == 2.5


@pytest.mark.parametrize("seed", ["1", None, [1.0], 1j, b"1"])
def test_backward_refuses_a_seed_that_is_no_number(seed):
    x = Value(3.0)
    with pytest.raises(TypeError, match="seed"):
        x.backward(seed)
    assert x.grad == 0.0


@pytest.mark.parametrize(("roots", "seeds"), [([1.0], None), ([None], None), (["x"], [1.0])])
def test_backward_refuses_roots_that_are_no_values(roots, seeds):
    with pytest.raises(TypeError, match="expected a Value"):
        backward(roots, seeds)


def test_backward_refuses_a_wrong_number_of_seeds():
    x = Value(3.0)
    with pytest.raises(ValueError, match="2 seeds for 1 roots"):
        backward([x], [1.0, 2.0])
    assert x.grad == 0.0


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: x * x, 1.0),
        (lambda x: x + x + x, 3.0),
        (lambda x: x - x, 0.0),
        (lambda x: x / x, 0.0),
        (lambda x: x**x, 0.5**0.5 * (math.log(0.5) + 1.0)),
        (lambda x: x % x, 1.0 - 1.0),
        (lambda x: x // x, 0.0),
        (lambda x: autograd.maximum(x, x), 1.0),
        (lambda x: autograd.minimum(x, x, x), 1.0),
        (lambda x: autograd.atan2(x, x), 0.0),
        (lambda x: autograd.hypot(x, x, x), 3.0**0.5),
        (lambda x: autograd.fsum([x, x, x]), 3.0),
        (lambda x: autograd.prod([x, x, x]), 0.75),
        (lambda x: autograd.sumprod([x, x], [x, x]), 2.0),
        (lambda x: autograd.dist([x, x], [x, x]), 0.0),
        (lambda x: autograd.logsumexp([x, x]), 1.0),
        (lambda x: autograd.softmax([x, x, x])[1], 0.0),
        (lambda x: autograd.clamp(x, x, x), 0.0),  # low == high is a constant, by convention
        (lambda x: autograd.where(x > 0.0, x, x), 1.0),
        (lambda x: autograd.fma(x, x, x), 2.0),
        (lambda x: autograd.log(x, x), 0.0),
        (lambda x: autograd.cosine_similarity([x, x], [x, x]), 0.0),
        (lambda x: autograd.copysign(x, x), 1.0),
    ],
)
def test_an_operand_used_twice_gets_the_sum_of_all_paths(call, expected):
    x = Value(0.5)
    call(x).backward()
    assert x.grad == pytest.approx(expected, rel=1e-15, abs=1e-16)


# -------------------------------------------------------------------------------------- mutation
def test_changing_a_leaf_after_use_keeps_the_recorded_derivative():
    x, w = Value(3.0), Value(2.0)
    y = x * w
    w.data = 100.0
    y.backward()
    assert (y.data, x.grad, w.grad) == (6.0, 2.0, 3.0)
    (x * w).backward()
    assert (x.grad, w.grad) == (102.0, 6.0)


def test_an_interior_node_cannot_be_assigned():
    x = Value(3.0)
    y = x * 2.0
    with pytest.raises(autograd.errors.GraphError, match="leaf"):
        y.data = 1.0
    assert y.data == 6.0
    with no_grad():
        leaf = x * 2.0
    leaf.data = 1.0  # made without recording: a leaf like any other
    assert leaf == 1.0


def test_in_place_operators_rebind_and_do_not_change_what_was_used():
    x = Value(3.0)
    y = x
    y += 1.0
    y *= x
    y -= 2.0
    y /= 4.0
    y **= 2
    assert x.data == 3.0
    assert y.data == ((3.0 + 1.0) * 3.0 - 2.0) ** 2 / 16.0
    y.backward()
    assert x.grad == 2.0 * 10.0 / 16.0 * 7.0


def test_a_step_of_gradient_descent_changes_leaves_in_place():
    w = Value(2.0, "w")
    (w * w).backward()
    w.data -= 0.25 * w.grad
    assert (w.data, w.name) == (1.0, "w")
    w.zero_grad()
    assert w.grad == 0.0


def test_detach_cuts_a_graph():
    x = Value(3.0, "x")
    y = x * x
    d = y.detach()
    assert (d.data, d.parents, d.op, d.grad) == (9.0, (), "", 0.0)
    d.data = 1.0
    assert y == 9.0
    (d * x).backward()
    assert x.grad == 1.0
    with pytest.raises(GraphError, match=r"made by \.detach\(\)"):
        d.backward()
    with pytest.warns(RuntimeWarning, match=r"made by \.detach\(\)"):
        (2.0 * d).backward()
    assert [y.cut for y in (x, y, d, copy.copy(d), pickle.loads(pickle.dumps(d)))] == ["", "", *["detach"] * 3]


# -------------------------------------------------------------------------------------- losses
def test_cross_entropy_refuses_targets_that_are_no_class():
    logits = [Value(1.0), Value(2.0)]
    for target in (True, 1.0, "1", None, Value(1.0)):
        with pytest.raises(TypeError, match="target must be an int"):
            autograd.cross_entropy(logits, target)
    for target in (-1, 2, 10**400):
        with pytest.raises(IndexError, match="outside"):
            autograd.cross_entropy(logits, target)
    for empty in ([], iter(())):
        with pytest.raises(ValueError, match="at least one"):
            autograd.cross_entropy(empty, 0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_functions_that_need_an_operand_say_so(name):
    with pytest.raises(ValueError, match=f"{name}.*at least one"):
        getattr(autograd, name)([])


@pytest.mark.parametrize("function", [autograd.maximum, autograd.minimum])
def test_extremes_of_nothing_are_refused(function):
    with pytest.raises(ValueError, match="at least one"):
        function()


def test_sums_of_nothing_are_plain_numbers():
    assert autograd.fsum([]) == 0.0
    assert autograd.prod([]) == 1.0
    assert autograd.sumprod([], []) == 0.0
    assert autograd.dist([], []) == 0.0
    assert autograd.hypot() == 0.0


@pytest.mark.parametrize("name", ["sumprod", "dist", "cosine_similarity"])
def test_sequences_of_different_lengths_are_refused(name):
    with pytest.raises(ValueError, match=f"{name}: .* 1 and 2"):
        getattr(autograd, name)([Value(1.0)], [1.0, Value(2.0)])


def test_a_softmax_of_minus_infinities():
    logits = [Value(-math.inf), Value(-math.inf)]
    total = autograd.logsumexp(logits)
    assert total == -math.inf
    total.backward()
    assert [v.grad for v in logits] == [0.5, 0.5]
    loss = autograd.cross_entropy([Value(-math.inf), Value(-math.inf)], 0)
    assert math.isnan(loss.data)
    one = [Value(-math.inf), Value(3.0)]
    loss = autograd.cross_entropy(one, 1)
    assert loss == 0.0
    loss.backward()
    assert [v.grad for v in one] == [0.0, 0.0]


def test_cosine_similarity_of_a_zero_vector_is_zero_and_flat():
    u, v = [Value(0.0), Value(-0.0)], [Value(1.0), Value(2.0)]
    y = autograd.cosine_similarity(u, v)
    y.backward()
    assert y == 0.0
    assert [x.grad for x in u + v] == [0.0] * 4
    with pytest.raises(ValueError, match="at least one"):
        autograd.cosine_similarity([], [])


def test_losses_refuse_parameters_outside_of_their_domain():
    x = Value(1.0)
    for target in (-0.1, 1.1, math.inf):
        with pytest.raises(ValueError, match="target"):
            autograd.binary_cross_entropy_with_logits(x, target)
    with pytest.raises(ValueError, match="delta"):
        autograd.huber(x, -1.0)
    with pytest.raises(ValueError, match="low must not exceed high"):
        autograd.clamp(x, 2.0, 1.0)


def test_losses_of_nan_are_nan():
    nan = Value(math.nan)
    for loss in (
        autograd.cross_entropy([nan, Value(1.0)], 1),
        autograd.binary_cross_entropy_with_logits(nan, 1.0),
        autograd.huber(nan),
        autograd.hinge(nan, 1.0),
        autograd.cosine_similarity([nan, 1.0], [1.0, 2.0]),
    ):
        assert math.isnan(loss.data)
        nan.zero_grad()
        loss.backward()
        assert math.isnan(nan.grad)
