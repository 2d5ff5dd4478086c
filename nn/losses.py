"""The losses that teach: each takes one prediction and its target and returns one Value, lowest where they agree.

Start at `mse`; `mean` joins a batch. The one surprise: `binary_cross_entropy` and `cross_entropy` take raw scores
(logits), not probabilities, because log(sigmoid(x)) and log(softmax(x)) keep their digits only when taken at once.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import binary_cross_entropy_with_logits, fsum

Loss = Callable[[Any, Any], Any]


def mean(losses: Iterable[Any]) -> Any:
    """Return the mean, as one sum with one rounding; ValueError for no losses."""
    losses = list(losses)
    if not losses:
        raise ValueError("mean: no losses; give at least one")
    return fsum(losses) / len(losses)


def _pairs(name: str, prediction: Any, target: Any) -> list[tuple[Any, Any]]:
    """Return (prediction, target) pairs of two sequences, or of two numbers."""
    predictions = list(prediction) if hasattr(prediction, "__len__") else [prediction]
    targets = list(target) if hasattr(target, "__len__") else [target]
    if not predictions:
        raise ValueError(f"{name}: no predictions; give at least one")
    if len(predictions) != len(targets):
        raise ValueError(f"{name}: {len(predictions)} predictions for {len(targets)} targets; give as many of each")
    return list(zip(predictions, targets, strict=True))


def mse(prediction: Any, target: Any) -> Any:
    """Return the mean squared error.

    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    errors = [p - t for p, t in _pairs("mse", prediction, target)]
    return autograd.sumprod(errors, errors) / len(errors)


def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Return the mean of squared errors / 2 up to `delta` and straight lines beyond (Huber 1964).

    >>> huber(5.0, 2.0)
    2.5
    """
    return mean(autograd.huber(p - t, delta) for p, t in _pairs("huber", prediction, target))


def binary_cross_entropy(logit: Any, target: Any) -> Any:
    """Return -log of the probability that sigmoid(logit) gives to the target, 0 or 1 or a probability between.

    >>> binary_cross_entropy(-1000.0, 1)
    1000.0
    """
    return mean(binary_cross_entropy_with_logits(p, t) for p, t in _pairs("binary_cross_entropy", logit, target))


def cross_entropy(logits: Sequence[Any], target: int) -> Any:
    """Return -log of the probability that softmax(logits) gives to the class `target`, 0 .. len(logits) - 1.

    Raises TypeError unless the target is an int, IndexError outside of that range.

    >>> cross_entropy([1000.0, 0.0], 1)
    1000.0
    """
    return autograd.cross_entropy(logits, target)


def hinge(score: Any, target: Any) -> Any:
    """Return the mean of max(0, 1 - target * score); the targets are -1 and +1, anything else is a ValueError.

    >>> hinge(0.25, -1)
    1.25
    """
    pairs = _pairs("hinge", score, target)
    for _, label in pairs:
        if label not in (-1, 1):
            raise ValueError(f"hinge: target is {label!r}; use -1 or +1")
    return mean(autograd.hinge(s, label) for s, label in pairs)


def cosine_similarity(prediction: Sequence[Any], target: Sequence[Any]) -> Any:
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


def predicted_class(prediction: Any) -> int:
    """Return the class that a prediction says: the largest of several scores, or whether a single one is positive.

    >>> predicted_class([0.1, 2.0, -3.0]), predicted_class(-0.5)
    (1, 0)
    """
    if hasattr(prediction, "__len__"):
        return max(range(len(prediction)), key=prediction.__getitem__)
    return int(prediction > 0.0)
