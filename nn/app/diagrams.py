"""The pictures that only the page of a run has: ROC, calibration, residuals, importances, each where it fits."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nn.app.data import Data
from nn.app.importance import Importance, importances
from nn.app.predictor import Predictor
from nn.app.report import BLUE, GREY, ORANGE, figure, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 10  # of classes, in one picture
MOST_BARS = 20  # of columns
BINS = 10  # of a calibration
FEWEST = 10  # samples in a bin


def more_pictures(data: Data, predictor: Predictor, test: Sequence[int], said: Sequence[Any]) -> dict[str, "Figure"]:
    """Return the figures by name, for the test samples and what is said of them."""
    truth = [data.y[i] for i in test]
    found: dict[str, Figure | None] = {}
    if not data.classes:
        found["residuals"] = residuals(truth, said)
    elif predictor.loss != "hinge":  # which knows no probabilities
        shares = predictor.probabilities([data.X[i] for i in test])
        found["roc"] = roc(data.classes, truth, shares)
        found["calibration"] = calibration(data.classes, truth, shares)
    found["importance"] = bars(importances(predictor, data, test), "accuracy" if data.classes else "R2")
    return {name: picture for name, picture in found.items() if picture is not None}


def _plain(axis: "Axes", **labels: Any) -> None:
    axis.set(**labels)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    axis.set_axisbelow(True)


def roc(classes: Sequence[str], truth: Sequence[int], shares: Sequence[Sequence[float]]) -> "Figure | None":
    """Return how many of a class are found, against false alarms; None where the test holds a single class.

    Of two classes the second has a curve; of more, the most frequent have one each, against all the others.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    there = sorted({*truth}, key=lambda c: (-truth.count(c), c))
    if len(there) < 2:
        return None
    fig = figure(4.8, 4.4)
    axis = fig.subplots()
    for c in [1] if len(classes) == 2 else sorted(there[:MOST_CURVES]):
        hits, scores = [t == c for t in truth], [share[c] for share in shares]
        alarms, found, _ = roc_curve(hits, scores)
        label = f"{literal(classes[c])}: area {roc_auc_score(hits, scores):.3f}"
        axis.plot(alarms, found, label=label, color=BLUE if len(classes) == 2 else None)
    axis.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="guessing")
    _plain(axis, xlabel="false alarms among the others", ylabel="found of the class")
    axis.set_title("ROC: how many are found at which price", fontsize=11)
    axis.legend(frameon=False, fontsize=9, loc="lower right")
    return fig


def calibration(classes: Sequence[str], truth: Sequence[int], shares: Sequence[Sequence[float]]) -> "Figure | None":
    """Return how often it is so where the model says a probability; None for fewer samples than two bins need.

    Of two classes the probability is that of the second; of more, that of the class it says, whichever it is.
    """
    if len(truth) < 2 * FEWEST:
        return None
    if len(classes) == 2:
        pairs = [(share[1], float(t == 1)) for t, share in zip(truth, shares, strict=True)]
        what = f"probability of {literal(classes[1])}"
    else:
        pairs = [(max(share), float(share[t] == max(share))) for t, share in zip(truth, shares, strict=True)]
        what = "probability of the class that it says"
    pairs.sort(key=lambda pair: pair[0])  # by probability alone: what came true must not choose its bin
    count = min(BINS, len(pairs) // FEWEST)
    bins = [pairs[len(pairs) * i // count : len(pairs) * (i + 1) // count] for i in range(count)]
    said = [math.fsum(p for p, _ in part) / len(part) for part in bins]
    seen = [math.fsum(hit for _, hit in part) / len(part) for part in bins]
    errors = [math.sqrt(p * (1.0 - p) / len(part)) for p, part in zip(seen, bins, strict=True)]
    fig = figure(4.8, 4.4)
    axis = fig.subplots()
    axis.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfect")
    label = f"{len(pairs) // count} or more samples each, ± a standard error"
    axis.errorbar(said, seen, errors, marker="o", color=BLUE, capsize=3, linewidth=1.2, label=label)
    _plain(axis, xlabel=what, ylabel="how often it is so", xlim=(-0.02, 1.02), ylim=(-0.05, 1.05))
    axis.set_title("calibration: is 80 % right in 80 % of the cases?", fontsize=11)
    axis.legend(frameon=False, fontsize=9, loc="upper left")
    return fig


def residuals(truth: Sequence[float], said: Sequence[float]) -> "Figure":
    """Return what is true less what was predicted: against the prediction, and how often."""
    rest = [t - s for t, s in zip(truth, said, strict=True)]
    fig = figure(7.6, 3.8)
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    left.axhline(0.0, color=GREY, linestyle=":")
    left.scatter(said, rest, s=18, alpha=0.7, color=BLUE, linewidth=0)
    _plain(left, xlabel="predicted", ylabel="true - predicted")
    right.hist(rest, bins=min(40, max(5, round(math.sqrt(len(rest))))), orientation="horizontal", color=ORANGE)
    _plain(right, xlabel="test samples")
    fig.suptitle("residuals: a pattern at the left is something that was not learned", fontsize=11)
    return fig


def bars(found: Sequence[Importance], score: str) -> "Figure | None":
    """Return the importances of the columns as bars, the largest on top; None for none."""
    shown = list(found[:MOST_BARS])[::-1]
    if not shown:
        return None
    fig = figure(6.4, 1.2 + 0.28 * len(shown))
    axis = fig.subplots()
    names = [literal(x.column if len(x.column) <= 30 else x.column[:28] + "…") for x in shown]
    axis.barh(range(len(shown)), [x.fall for x in shown], xerr=[x.deviation for x in shown], color=BLUE, ecolor=GREY)
    axis.set_yticks(range(len(shown)), names, fontsize=9)
    axis.axvline(0.0, color=GREY, linewidth=0.8)
    _plain(axis, xlabel=f"fall of the {score} when the column is shuffled")
    axis.grid(visible=False, axis="y")
    more = f", the {len(shown)} largest of {len(found)}" if len(found) > len(shown) else ""
    axis.set_title(f"importance of the columns{more}", fontsize=11)
    return fig
