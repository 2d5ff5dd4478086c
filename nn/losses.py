"""The losses that teach: each takes one prediction and its target and returns one Value, lowest where they agree.

`mean` joins a batch. `binary_cross_entropy` and `cross_entropy` take raw scores (logits), not probabilities, because
log(sigmoid(x)) and log(softmax(x)) keep their digits only when taken at once.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import binary_cross_entropy_with_logits, fsum
from nn.module import Number

Prediction = Number  # or a sequence of them, which checkers cannot tell from one
Target = float | Sequence[float]
Loss = Callable[[Any, Any], Number]  # of a prediction and a target, which may be whatever they take


def mean(losses: Iterable[Number]) -> Number:
    """Return the mean, as one sum with one rounding, of one loss itself; ValueError for no losses."""
    losses = list(losses)
    if not losses:
        raise ValueError("mean: no losses; give at least one")
    return fsum(losses) / len(losses) if len(losses) > 1 else losses[0]


def _pairs(name: str, prediction: Prediction, target: Target) -> list[tuple[Number, float]]:
    """Return (prediction, target) pairs of two sequences, or of two numbers."""
    predictions, targets = _listed(prediction), _listed(target)
    if not predictions:
        raise ValueError(f"{name}: no predictions; give at least one")
    if len(predictions) != len(targets):
        raise ValueError(f"{name}: {len(predictions)} predictions for {len(targets)} targets; give as many of each")
    return list(zip(predictions, targets, strict=True))


def _listed(x: Prediction) -> list[Number]:
    return list(x) if hasattr(x, "__len__") else [x]


def mse(prediction: Prediction, target: Target) -> Number:
    """Return the mean squared error.

    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    errors = [p - t for p, t in _pairs("mse", prediction, target)]
    total = autograd.sumprod(errors, errors)
    return total / len(errors) if len(errors) > 1 else total


def huber(prediction: Prediction, target: Target, delta: float = 1.0) -> Number:
    """Return the mean of squared errors / 2 up to `delta` and straight lines beyond (Huber 1964).

    >>> huber(5.0, 2.0)
    2.5
    """
    return mean(autograd.huber(p - t, delta) for p, t in _pairs("huber", prediction, target))


def binary_cross_entropy(logit: Prediction, target: Target) -> Number:
    """Return -log of the probability that sigmoid(logit) gives to the target, 0 or 1 or a probability between.

    >>> binary_cross_entropy(-1000.0, 1)
    1000.0
    """
    pairs = _pairs("binary_cross_entropy", logit, target)
    warn_of_probabilities("binary_cross_entropy", logit)
    return mean(binary_cross_entropy_with_logits(p, t) for p, t in pairs)


def cross_entropy(logits: Sequence[Number], target: int) -> Number:
    """Return -log of the probability that softmax(logits) gives to the class `target`, 0 .. len(logits) - 1.

    Raises TypeError unless the target is an int, IndexError outside of that range.

    >>> cross_entropy([1000.0, 0.0], 1)
    1000.0
    """
    if not hasattr(logits, "__len__") or len(logits) == 1:
        remedy = "use an output for each class, or binary_cross_entropy for two classes by one output"
        raise TypeError(f"cross_entropy: logits is one number, {logits!r}; {remedy}")
    warn_of_probabilities("cross_entropy", logits)
    return autograd.cross_entropy(logits, target)


LOGITS = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}  # which each applies itself


def warn_of_probabilities(loss: str, prediction: Prediction) -> None:
    """Warn if a prediction was made by a function that a loss which takes scores applies itself."""
    made = {getattr(getattr(p, "primitive", None), "name", "").removesuffix("_at") for p in _listed(prediction)[:1]}
    if loss in LOGITS and made & {*LOGITS.values()}:
        (name,) = made
        words = f"{loss}: the prediction was made by {name}; it takes scores (logits) and applies {LOGITS[loss]} itself"
        warnings.warn(f"{words}: leave the {name} out of the output", UserWarning, stacklevel=3)


def hinge(score: Prediction, target: Target) -> Number:
    """Return the mean of max(0, 1 - target * score); the targets are -1 and +1, anything else is a ValueError.

    >>> hinge(0.25, -1)
    1.25
    """
    pairs = _pairs("hinge", score, target)
    for _, label in pairs:
        if label not in (-1, 1):
            raise ValueError(f"hinge: target is {label!r}; use -1 or +1")
    return mean(autograd.hinge(s, label) for s, label in pairs)


def cosine_similarity(prediction: Sequence[Number], target: Sequence[Number]) -> Number:
    """Return 1 - cos of the angle between two vectors: 0 where they point the same way, 2 where opposite.

    >>> cosine_similarity([1.0, 0.0], [0.0, 2.0])
    1.0
    """
    return 1.0 - autograd.cosine_similarity(prediction, target)


LOSSES: dict[str, Loss] = {
    loss.__name__: loss for loss in (mse, huber, binary_cross_entropy, cross_entropy, hinge, cosine_similarity)
}


def loss_named(loss: str | Loss) -> tuple[Loss, str]:
    """Return (function, name) of a loss given by either; ValueError for an unknown name."""
    if not isinstance(loss, str):
        if not callable(loss):
            raise TypeError(f"loss is {loss!r}; use {', '.join(LOSSES)}, or a function of (prediction, target)")
        return loss, getattr(loss, "__name__", "")
    if loss not in LOSSES:
        raise ValueError(f"loss {loss!r} is unknown; use {', '.join(LOSSES)}, or a function of (prediction, target)")
    return LOSSES[loss], loss


# The class that a target stands for, under each loss that classifies; binary targets may be probabilities.
CLASS_OF: dict[str, Callable[[Any], int]] = {
    "cross_entropy": int,
    "binary_cross_entropy": lambda target: int(target > 0.5),
    "hinge": lambda target: int(target > 0),
}


def predicted_class(prediction: Prediction) -> int:
    """Return the class that a prediction says: the largest of several scores, or whether a single one is positive.

    >>> predicted_class([0.1, 2.0, -3.0]), predicted_class(-0.5)
    (1, 0)
    """
    scores = _listed(prediction)
    if len(scores) > 1:
        return max(range(len(scores)), key=scores.__getitem__)
    return int(scores[0] > 0.0)
