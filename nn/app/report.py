"""The pictures of the main job: loss curves, decision boundary, confusion matrix, predictions against truth.

Figures are made without pyplot, so neither matplotlib's global state nor a display is involved.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import MissingExtra
from nn.app.data import Data
from nn.app.predictor import Predictor
from nn.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#2b6cb0", "#dd6b20", "#718096"
COLORS = (BLUE, ORANGE, *(f"C{i}" for i in range(2, 10)))  # of the classes; "C2" ... are matplotlib's own
STEPS = 100  # of the decision boundary, along each side


def figure(width: float, height: float) -> "Figure":
    """Return an empty matplotlib figure; MissingExtra if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "train") from None
    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def literal(text: str) -> str:
    """Return a name as matplotlib shows it: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def pictures(
    data: Data, history: History, predictor: Predictor, test: Sequence[int], said: Sequence[Any], score: str
) -> dict[str, "Figure"]:
    """Return the figures of a run by file name; `test` are the places of the test samples, `said` what is predicted."""
    truth = [data.y[i] for i in test]
    found = {"loss.png": loss_curves(history, data.name)} if history.epochs else {}
    if data.classes and len(predictor.preparation.columns) == len(data.features) == 2:
        found["boundary.png"] = boundary(data, predictor, test, score)
    elif data.classes:
        found["confusion.png"] = confusion(data, truth, said, score)
    else:
        found["predictions.png"] = predictions(data, truth, said, score)
    return found


def loss_curves(history: History, name: str) -> "Figure":
    """Return loss, and accuracy where there is one, by epoch."""
    epochs = history.epochs
    kinds = ["loss"] if epochs[0].accuracy is None else ["loss", "accuracy"]
    fig = figure(4.8 * len(kinds), 3.6)
    fig.suptitle(f"{literal(name)}: {len(epochs)} epochs of training", fontsize=12)
    for axis, kind in zip(fig.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        for source, prefix, color in (("training", "", BLUE), ("validation", "validation_", ORANGE)):
            ys = [getattr(epoch, prefix + kind) for epoch in epochs]
            if ys[0] is not None:
                axis.plot([epoch.epoch for epoch in epochs], ys, color=color, marker=".", label=source)
        if history.best is not None:
            axis.axvline(history.best + 1, color=GREY, linestyle=":", label=f"kept: epoch {history.best + 1}")
        axis.set(xlabel="epoch", ylabel=kind)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
        axis.legend(frameon=False)
        if kind == "loss":
            axis.set_ylim(bottom=0.0)
    return fig


def confusion(data: Data, truth: Sequence[int], said: Sequence[int], score: str) -> "Figure":
    """Return the confusion matrix of the test samples: counts, and in colour the share of the true class."""
    n = len(data.classes)
    counts = [[0] * n for _ in range(n)]
    for t, s in zip(truth, said, strict=True):
        counts[t][s] += 1
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    size = max(3.6, 0.5 * n + 1.2)
    fig = figure(size + 0.4, size)
    axis = fig.subplots()
    axis.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for t in range(n):
        for s in range(n):
            if counts[t][s]:
                color = "white" if shares[t][s] > 0.5 else "black" if t == s else ORANGE
                axis.text(s, t, str(counts[t][s]), ha="center", va="center", color=color, weight="bold")
    long = max(map(len, data.classes)) > 3 and n > 2
    names = list(map(literal, data.classes))
    axis.set_xticks(range(n), names, rotation=45 if long else 0, ha="right" if long else "center")
    axis.set_yticks(range(n), names)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set(xlabel="predicted", ylabel="true")
    axis.set_title(f"{literal(data.name)}: {score}\n{len(truth)} test samples", fontsize=11)
    return fig


def boundary(data: Data, predictor: Predictor, test: Sequence[int], score: str) -> "Figure":
    """Return the plane, coloured by the probability of each class there, with the samples in it."""
    (left, right), (bottom, top) = (_side([row[i] for row in data.X]) for i in range(2))
    xs = [left + (right - left) * (i + 0.5) / STEPS for i in range(STEPS)]
    ys = [bottom + (top - bottom) * (j + 0.5) / STEPS for j in range(STEPS)]
    colors = [COLORS[i % len(COLORS)] for i in range(len(data.classes))]
    fig = figure(6.4, 5.0)
    axis = fig.subplots()
    mixed = [_mix(colors, shares) for shares in predictor.probabilities([[x, y] for y in ys for x in xs])]
    image = [mixed[j * STEPS : (j + 1) * STEPS] for j in range(STEPS)]
    axis.imshow(image, extent=(left, right, bottom, top), origin="lower", aspect="auto", interpolation="bilinear")
    tested = set(test)
    for c, (name, color) in enumerate(zip(data.classes, colors, strict=True)):
        for places, look in (
            ([i for i in range(len(data.X)) if i not in tested], {"s": 9, "alpha": 0.5, "linewidth": 0}),
            (test, {"s": 34, "edgecolor": "black", "linewidth": 0.7, "label": literal(name)}),
        ):
            points = [data.X[i] for i in places if data.y[i] == c]
            axis.scatter([x for x, _ in points], [y for _, y in points], color=color, **look)
    x, y = map(literal, data.features)
    axis.set(xlabel=x, ylabel=y, xlim=(left, right), ylim=(bottom, top))
    axis.set_title(f"{literal(data.name)}: {score}\nlarge: {len(test)} test samples, small: training", fontsize=11)
    axis.legend(framealpha=0.9)
    return fig


def _side(column: Sequence[float]) -> tuple[float, float]:
    low, high = min(column), max(column)
    margin = 0.1 * (high - low) or 1.0
    return low - margin, high + margin


def _mix(colors: Sequence[Any], shares: Sequence[float]) -> list[float]:
    """Return a pale mixture of colours by their shares."""
    from matplotlib.colors import to_rgb

    mixture = [sum(map(float.__mul__, shares, channel)) for channel in zip(*map(to_rgb, colors), strict=True)]
    return [min(1.0, 0.6 + 0.4 * x) for x in mixture]


def predictions(data: Data, truth: Sequence[float], said: Sequence[float], score: str) -> "Figure":
    """Return predicted against true quantities."""
    fig = figure(4.8, 4.6)
    axis = fig.subplots()
    ends = (min(*truth, *said), max(*truth, *said))
    axis.plot(ends, ends, color=GREY, linestyle=":", label="perfect")
    axis.scatter(truth, said, s=18, alpha=0.7, color=BLUE, linewidth=0, label=f"{len(truth)} test samples")
    axis.set(xlabel="true", ylabel="predicted")
    axis.set_title(f"{literal(data.name)}: {score}", fontsize=11)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    axis.legend(frameon=False)
    return fig
