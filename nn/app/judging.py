"""How good a prediction is, as a person would judge it: beside what one gets without any model."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

SKEWED = 3.0  # times the smallest class: where the largest is as large as that, accuracy tells little


def scores(classes: Sequence[str], truth: Sequence[Any], said: Sequence[Any]) -> dict[str, float]:
    """Return the accuracy, or R2 and the root mean squared error; R2 is NaN where all quantities are the same.

    >>> scores(["a", "b"], [0, 1], [0, 0]), scores([], [0.0, 2.0], [0.0, 1.0])["R2"]
    ({'accuracy': 0.5}, 0.5)
    """
    if classes:
        return {"accuracy": _accuracy(truth, said)}
    middle = math.fsum(truth) / len(truth)
    whole = math.fsum((t - middle) ** 2 for t in truth)
    rest = math.fsum((t - s) ** 2 for t, s in zip(truth, said, strict=True))
    return {"R2": 1.0 - rest / whole if whole else math.nan, "RMSE": _error(truth, said)}


def grade(classes: Sequence[str], truth: Sequence[Any], said: Sequence[Any]) -> str:
    """Return the scores as text.

    >>> grade(["a", "b"], [0, 1], [0, 0]), grade([], [0.0, 2.0], [0.0, 1.0])
    ('accuracy 0.5000', 'R2 0.5000, RMSE 0.7071')
    """
    found = scores(classes, truth, said)
    return ", ".join(f"{name} {x:.4g}" if name == "RMSE" else f"{name} {x:.4f}" for name, x in found.items())


def spread(numbers: Sequence[float]) -> tuple[float, float]:
    """Return (mean, standard deviation).

    >>> spread([1.0, 3.0])
    (2.0, 1.0)
    """
    mean = math.fsum(numbers) / len(numbers)
    return mean, math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / len(numbers))


def judge(classes: Sequence[str], learned: Sequence[Any], truth: Sequence[Any], said: Sequence[Any]) -> list[str]:
    """Return what a person would say of a score: the baseline, skewed classes, and advice where it is bad.

    `learned` are the targets of the training samples, which the baseline knows too.
    """
    if not classes:
        mean = math.fsum(learned) / len(learned)
        baseline, reached = _error(truth, [mean] * len(truth)), _error(truth, said)
        lines = [f"baseline, always the mean {mean:.6g}: RMSE {baseline:.4g}"]
        return lines + _advice(reached < baseline, reached > 0.0)
    counts = Counter(learned)
    common = counts.most_common(1)[0][0]
    baseline = _accuracy(truth, [common] * len(truth))
    lines = [f"baseline, always {classes[common]!r}: accuracy {baseline:.4f}"]
    skewed = max(counts.values()) > SKEWED * min(counts.values())
    if not skewed:
        return lines + _advice(_accuracy(truth, said) > baseline, True)
    recalls, scores = _by_class(truth, said)
    balanced = math.fsum(recalls) / len(recalls)
    mean = math.fsum(scores) / len(scores)
    lines.append(f"classes are skewed: balanced accuracy {balanced:.4f}, F1 {mean:.4f} (mean of the classes)")
    advice = _advice(balanced > 1.0 / len(recalls) + 1e-9, len(recalls) > 1)
    return lines + [f"{line}, or --balance" for line in advice]


def _advice(better: bool, possible: bool) -> list[str]:
    if better or not possible:
        return []
    return [
        "warning: the model is no better than that baseline; it may need more samples or other columns, more --epochs, "
        "a smaller --lr, or fewer --layers"
    ]


def _accuracy(truth: Sequence[int], said: Sequence[int]) -> float:
    return sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth)


def _error(truth: Sequence[float], said: Sequence[float]) -> float:
    return math.sqrt(math.fsum((t - s) ** 2 for t, s in zip(truth, said, strict=True)) / len(truth))


def _by_class(truth: Sequence[int], said: Sequence[int]) -> tuple[list[float], list[float]]:
    """Return (recall of each class that is there, F1 of each class that is there or was said)."""
    hits = Counter(t for t, s in zip(truth, said, strict=True) if t == s)
    true, predicted = Counter(truth), Counter(said)
    recalls = [hits[c] / true[c] for c in true]
    return recalls, [2.0 * hits[c] / (true[c] + predicted[c]) for c in true | predicted]
