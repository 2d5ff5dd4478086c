"""`fit`, the training loop, and `perturb`, which shows what a gradient is by doing it the slow way beside it.

Start at `fit`. The one surprise: Ctrl-C is a way to stop, not an error: the best weights so far are kept and the
history says that it was interrupted.
"""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from autograd import Value, no_grad
from nn.losses import LOSSES, Loss, mean, predicted_class
from nn.module import Module
from nn.optimizers import Adam, Optimizer

CLASSIFYING = ("binary_cross_entropy", "cross_entropy", "hinge")


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured in one pass over the training data; None where it does not apply."""

    epoch: int
    rate: float
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None


@dataclass(slots=True)
class History:
    """The epochs of a training, which of them was best, and how it ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best: int = 0  # the epoch whose weights were kept
    ended: str = "finished"  # or "stopped early" or "interrupted"

    def to_csv(self, path: str | Path) -> None:
        """Write one line per epoch."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Epoch)])
            writer.writeheader()
            writer.writerows(map(asdict, self.epochs))

    def __repr__(self) -> str:
        if not self.epochs:
            return f"History(no epochs, {self.ended})"
        return f"History({len(self.epochs)} epochs, {self.ended}, best {self.best}: {describe(self.epochs[self.best])})"


def describe(epoch: Epoch) -> str:
    """Return the measurements of an epoch as a short text."""
    parts = [f"loss {epoch.loss:.4f}"]
    for name in ("accuracy", "validation_loss", "validation_accuracy"):
        x = getattr(epoch, name)
        if x is not None:
            parts.append(f"{name.replace('_', ' ')} {x:.3f}")
    return ", ".join(parts)


def hit(loss_name: str, prediction: Any, target: Any) -> bool:
    """Return whether a prediction says the class that the target is."""
    return (
        predicted_class(prediction) == int(target > 0)
        if loss_name != "cross_entropy"
        else predicted_class(prediction) == target
    )


def evaluate(
    model: Callable[[Any], Any], X: Sequence[Any], y: Sequence[Any], loss: str | Loss
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy) of a model without recording a graph; accuracy is None unless it classifies."""
    function, name = _loss(loss)
    with no_grad():
        predictions = [model(x) for x in X]
        value = mean(function(p, t) for p, t in zip(predictions, y, strict=True))
    hits = [hit(name, p, t) for p, t in zip(predictions, y, strict=True)] if name in CLASSIFYING else None
    return float(value.data if isinstance(value, Value) else value), sum(hits) / len(hits) if hits else None


def _loss(loss: str | Loss) -> tuple[Loss, str]:
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(
                f"loss {loss!r} is unknown; use {', '.join(LOSSES)}, or a function of (prediction, target)"
            )
        return LOSSES[loss], loss
    return loss, getattr(loss, "__name__", "")


def fit(
    model: Any,
    X: Sequence[Any],
    y: Sequence[Any],
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: tuple[Sequence[Any], Sequence[Any]] | None = None,
    seed: int = 0,
    patience: int | None = None,
    progress: bool = True,
) -> History:
    """Train a model and return the history; the model keeps the weights of its best epoch.

    X holds one sequence of numbers per sample, y its target; `loss` is a name in `nn.losses.LOSSES` or a function of
    (prediction, target). Every epoch visits all samples once, in an order drawn from `seed`, and takes one step per
    batch. The best epoch is that of the lowest validation loss, or training loss without validation; training stops
    when `patience` epochs brought no better one. The optimizer is Adam with lr 0.01 unless another is given.
    """
    function, name = _loss(loss)
    if len(X) != len(y) or not len(X):
        raise ValueError(f"fit: {len(X)} samples for {len(y)} targets; give as many of each, at least one")
    optimizer = optimizer or Adam(model.parameters(), lr=0.01)
    rng = random.Random(seed)
    order = list(range(len(X)))
    history = History()
    best_loss, best_weights = float("inf"), [p.data for p in model.parameters()]
    bar = _bar(epochs, progress)
    try:
        for number in range(epochs):
            rng.shuffle(order)
            rate = optimizer.rate
            losses: list[float] = []
            hits = 0
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                predictions = [model(X[i]) for i in batch]
                each = [function(p, y[i]) for p, i in zip(predictions, batch, strict=True)]
                optimizer.zero_grad()
                mean(each).backward()
                optimizer.step()
                losses += [x.data for x in each]
                hits += (
                    sum(hit(name, p, y[i]) for p, i in zip(predictions, batch, strict=True))
                    if name in CLASSIFYING
                    else 0
                )
            trained = sum(losses) / len(losses)
            accuracy = hits / len(order) if name in CLASSIFYING else None
            checked = evaluate(model, *validation, loss) if validation else (None, None)
            epoch = Epoch(number, rate, trained, accuracy, *checked)
            history.epochs.append(epoch)
            bar.set_postfix_str(describe(epoch), refresh=False)
            bar.update()
            judged = checked[0] if checked[0] is not None else trained
            if judged < best_loss:
                best_loss, best_weights, history.best = judged, [p.data for p in model.parameters()], number
            elif patience is not None and number - history.best >= patience:
                history.ended = "stopped early"
                break
    except KeyboardInterrupt:
        history.ended = "interrupted"
    finally:
        bar.close()
        for p, x in zip(model.parameters(), best_weights, strict=True):
            p.data = x
    return history


class _Silent:
    """Stands in for a progress bar."""

    def set_postfix_str(self, text: str, refresh: bool = True) -> None: ...

    def update(self) -> None: ...

    def close(self) -> None: ...


def _bar(epochs: int, progress: bool) -> Any:
    if not progress:
        return _Silent()
    try:
        from tqdm.auto import tqdm
    except ImportError:  # a training without a bar is still a training
        return _Silent()
    return tqdm(total=epochs, unit="epoch", desc="training")


@dataclass(frozen=True, slots=True)
class Perturbed:
    """What nudging one weight says, and what backward says."""

    name: str
    value: float
    finite_difference: float
    gradient: float


@dataclass(frozen=True, slots=True)
class Perturbation:
    """The table that `perturb` returns."""

    rows: list[Perturbed]

    @property
    def evaluations(self) -> tuple[int, int]:
        """How often the loss was computed: nudging weight by weight, and for one backward."""
        return 2 * len(self.rows), 1

    def __repr__(self) -> str:
        width = max([6, *(len(r.name) for r in self.rows)])
        lines = [f"{'weight':{width}}{'value':>12}{'nudged':>16}{'backward':>16}"]
        for r in self.rows:
            lines.append(f"{r.name:{width}}{r.value:12.6g}{r.finite_difference:16.9f}{r.gradient:16.9f}")
        nudged, once = self.evaluations
        lines.append(f"{nudged} evaluations of the loss to nudge each weight up and down; {once} and one backward pass")
        return "\n".join(lines)


def perturb(loss: Callable[[], Value], weights: Sequence[Value] | Module, step: float = 1e-5) -> Perturbation:
    """Return, for each weight, how the loss changes when that weight alone is nudged, beside its gradient.

    `loss` computes the loss anew from the weights at each call. Weights and gradients are left as they were.

    >>> w = Value(3.0, "w")
    >>> perturb(lambda: w * w, [w]).rows[0].gradient
    6.0
    """
    named = (
        weights.named_parameters()
        if isinstance(weights, Module)
        else [(w.name or f"w{i}", w) for i, w in enumerate(weights, 1)]
    )
    leaves = [w for _, w in named]
    grads = [w.grad for w in leaves]
    data = [w.data for w in leaves]
    try:
        for w in leaves:
            w.grad = 0.0
        loss().backward()
        slopes = [w.grad for w in leaves]
        rows = []
        for (name, w), x, slope in zip(named, data, slopes, strict=True):
            w.data = x + step
            above = loss().data
            w.data = x - step
            below = loss().data
            w.data = x
            rows.append(Perturbed(name, x, (above - below) / (2.0 * step), slope))
    finally:
        for w, x, slope in zip(leaves, data, grads, strict=True):
            w.data, w.grad = x, slope
    return Perturbation(rows)
