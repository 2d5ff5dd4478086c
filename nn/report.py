"""The pictures of the main job: loss curves, decision boundary, confusion matrix, predictions against truth.

Start at `pictures`. The one surprise: figures are made without pyplot, so nothing of matplotlib's global state, and
no display, is involved.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd import MissingExtra
from nn.data import Data
from nn.training import History

BLUE, ORANGE, GREY = "#2b6cb0", "#dd6b20", "#718096"


def figure(width: float, height: float) -> Any:
    """Return an empty matplotlib figure."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "train") from None
    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def pictures(
    data: Data,
    history: History,
    X: Sequence[Sequence[float]],
    truth: Sequence[Any],
    said: Sequence[Any],
    score: str,
    classify: Callable[[Sequence[Sequence[float]]], list[Any]],
) -> dict[str, Any]:
    """Return the figures of a run by file name; X, `truth` and `said` are those of the test samples."""
    found = {"loss.png": loss_curves(history, data.name)} if history.epochs else {}
    if data.classes and len(data.features) == 2:
        found["boundary.png"] = boundary(data, X, truth, score, classify)
    elif data.classes:
        found["confusion.png"] = confusion(data, truth, said, score)
    else:
        found["predictions.png"] = predictions(data, truth, said, score)
    return found


def loss_curves(history: History, name: str) -> Any:
    """Return loss, and accuracy where there is one, by epoch."""
    epochs = history.epochs
    numbers = [e.epoch + 1 for e in epochs]
    classifying = epochs[0].accuracy is not None
    fig = figure(9.0 if classifying else 5.5, 3.6)
    axes = fig.subplots(1, 2 if classifying else 1, squeeze=False)[0]
    for axis, kind in zip(axes, ("loss", "accuracy"), strict=False):
        axis.plot(numbers, [getattr(e, kind) for e in epochs], color=BLUE, label="training")
        if getattr(epochs[0], f"validation_{kind}") is not None:
            axis.plot(numbers, [getattr(e, f"validation_{kind}") for e in epochs], color=ORANGE, label="validation")
        axis.axvline(history.best + 1, color=GREY, linestyle=":", label=f"kept: epoch {history.best + 1}")
        axis.set(xlabel="epoch", ylabel=kind, title=f"{name}: {kind}")
        axis.grid(alpha=0.25)
        axis.legend(frameon=False)
    axes[0].set_ylim(bottom=0.0)
    return fig


def confusion(data: Data, truth: Sequence[int], said: Sequence[int], score: str) -> Any:
    """Return the confusion matrix of the test samples, with counts."""
    n = len(data.classes)
    counts = [[0] * n for _ in range(n)]
    for t, s in zip(truth, said, strict=True):
        counts[t][s] += 1
    size = max(4.0, 0.5 * n + 1.5)
    fig = figure(size + 0.3, size)
    axis = fig.subplots()
    axis.imshow(counts, cmap="Blues")
    largest = max(map(max, counts))
    for t in range(n):
        for s in range(n):
            if counts[t][s]:
                axis.text(
                    s,
                    t,
                    counts[t][s],
                    ha="center",
                    va="center",
                    color="white" if counts[t][s] > largest / 2 else "black",
                )
    long = max(map(len, data.classes)) > 3
    axis.set_xticks(range(n), data.classes, rotation=45 if long else 0, ha="right" if long else "center")
    axis.set_yticks(range(n), data.classes)
    axis.set(xlabel="what the model says", ylabel="what it is", title=f"{data.name}: {score}")
    return fig


def boundary(
    data: Data, X: Sequence[Sequence[float]], truth: Sequence[int], score: str, classify: Callable[[Any], Any]
) -> Any:
    """Return the plane, coloured by what the model says there, and the test samples in it."""
    steps = 80
    fig = figure(6.2, 5.0)
    axis = fig.subplots()
    sides = []
    for i in range(2):
        column = [row[i] for row in data.X]
        margin = 0.1 * (max(column) - min(column)) or 1.0
        sides.append((min(column) - margin, max(column) + margin))
    (left, right), (bottom, top) = sides
    xs = [left + (right - left) * (i + 0.5) / steps for i in range(steps)]
    ys = [bottom + (top - bottom) * (j + 0.5) / steps for j in range(steps)]
    said = classify([[x, y] for y in ys for x in xs])
    n = max(len(data.classes) - 1, 1)
    image = [said[j * steps : (j + 1) * steps] for j in range(steps)]
    axis.imshow(
        image,
        extent=(left, right, bottom, top),
        origin="lower",
        cmap="coolwarm",
        alpha=0.45,
        aspect="auto",
        vmin=0,
        vmax=n,
    )
    for i, name in enumerate(data.classes):
        places = [x for x, t in zip(X, truth, strict=True) if t == i]
        axis.scatter(
            [p[0] for p in places],
            [p[1] for p in places],
            c=[i] * len(places),
            cmap="coolwarm",
            vmin=0,
            vmax=n,
            edgecolor="black",
            linewidth=0.6,
            s=28,
            label=name,
        )
    axis.set(xlabel=data.features[0], ylabel=data.features[1], title=f"{data.name}: {score}")
    axis.legend(title="test samples", loc="upper right")
    return fig


def predictions(data: Data, truth: Sequence[float], said: Sequence[float], score: str) -> Any:
    """Return predicted against true quantities."""
    fig = figure(4.8, 4.6)
    axis = fig.subplots()
    ends = (min(*truth, *said), max(*truth, *said))
    axis.plot(ends, ends, color=GREY, linestyle=":")
    axis.scatter(truth, said, s=14, alpha=0.7, color=BLUE)
    axis.set(xlabel="what it is", ylabel="what the model says", title=f"{data.name}: {score}")
    axis.grid(alpha=0.25)
    return fig
