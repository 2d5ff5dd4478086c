"""Losses: low when output and label agree, stable where the output is saturated, clear about wrong targets."""

import math

import pytest

from autograd import Value
from nn import losses


def test_values_against_hand_computed_numbers():
    assert losses.mse([1.0, 2.0], [0.0, 0.0]) == 2.5
    assert losses.huber([0.5, 3.0], [0.0, 0.0]) == pytest.approx((0.125 + 2.5) / 2)
    assert losses.binary_cross_entropy(0.0, 1) == pytest.approx(math.log(2.0))
    assert losses.cross_entropy([1.0, 2.0, 3.0], 2) == pytest.approx(math.log(1 + math.exp(-1) + math.exp(-2)))
    assert losses.hinge([0.5, -2.0], [1, -1]) == 0.25
    assert losses.cosine_similarity([1.0, 0.0], [0.0, 2.0]) == 1.0


@pytest.mark.parametrize(
    ("loss", "good", "bad", "target"),
    [
        (losses.mse, [0.9], [0.1], [1.0]),
        (losses.huber, [0.9], [0.1], [1.0]),
        (losses.binary_cross_entropy, 3.0, -3.0, 1),
        (losses.cross_entropy, [3.0, -3.0], [-3.0, 3.0], 0),
        (losses.hinge, 2.0, -2.0, 1),
        (losses.cosine_similarity, [1.0, 1.0], [1.0, -1.0], [2.0, 2.0]),
    ],
)
def test_low_when_they_agree_and_high_when_not(loss, good, bad, target):
    assert loss(good, target) < loss(bad, target)


def test_saturated_outputs_keep_their_gradient():
    x = Value(-1000.0)
    losses.binary_cross_entropy(x, 1).backward()
    assert x.grad == -1.0
    x = Value(800.0)
    losses.cross_entropy([x, 0.0], 1).backward()
    assert x.grad == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.mse([], []), ValueError, "no predictions"),
        (lambda: losses.mse([1.0], [1.0, 2.0]), ValueError, "1 predictions for 2 targets"),
        (lambda: losses.mean([]), ValueError, "no losses"),
        (lambda: losses.cross_entropy([0.0, 1.0], 2), IndexError, r"target is 2, outside 0 \.\. 1"),
        (lambda: losses.cross_entropy([0.0, 1.0], -1), IndexError, "target is -1"),
        (lambda: losses.cross_entropy([0.0, 1.0], True), TypeError, "not bool True"),
        (lambda: losses.cross_entropy([0.0, 1.0], 1.0), TypeError, "not float 1.0"),
        (lambda: losses.cross_entropy([], 0), ValueError, "no operands"),
        (lambda: losses.hinge(0.3, 0), ValueError, "use -1 or"),
        (lambda: losses.binary_cross_entropy(0.3, 2.0), ValueError, r"outside \[0, 1\]"),
        (lambda: losses.cosine_similarity([1.0], [1.0, 2.0]), ValueError, "1 and 2 elements"),
    ],
)
def test_wrong_targets_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_sequences_of_any_kind_are_taken():
    assert losses.mse((1.0, 2.0), (1.0, 4.0)) == 2.0
    numpy = pytest.importorskip("numpy")
    assert losses.mse(numpy.array([1.0, 2.0]), numpy.array([1.0, 4.0])) == 2.0
    assert losses.cross_entropy([0.0, 0.0], numpy.int64(1)) == pytest.approx(math.log(2.0))


def test_a_binary_target_may_be_a_probability():
    kind = losses.CLASS_OF["binary_cross_entropy"]
    assert [kind(t) for t in (0, 0.3, 0.7, 1)] == [0, 0, 1, 1]


def test_the_class_a_prediction_says():
    assert losses.predicted_class([Value(0.1), Value(0.3), math.nan]) == 1
    assert losses.predicted_class(Value(0.1)) == 1
    assert losses.predicted_class(-0.1) == 0
