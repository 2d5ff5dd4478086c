"""`fit`, the training loop, and `perturb`, which shows what a gradient is by doing it the slow way beside it.

Start at `fit`. The one surprise: Ctrl-C is a way to stop, not an error: the best weights so far are kept and the
history says that it was interrupted.
"""

import csv
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from autograd import Value, no_grad
from nn import tables
from nn.compiled import lanes
from nn.losses import CLASS_OF, Loss, loss_named, mean, predicted_class
from nn.module import Module, unscoped
from nn.optimizers import Adam, Optimizer

Samples = tuple[Iterable[Any], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured in one pass over the training data; None where it does not apply."""

    epoch: int  # the first is 1
    rate: float
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None

    def __str__(self) -> str:
        parts = [f"loss {self.loss:.4f}"]
        for name in ("accuracy", "validation_loss", "validation_accuracy"):
            x = getattr(self, name)
            if x is not None:
                parts.append(f"{name.replace('_', ' ')} {x:.3f}")
        return ", ".join(parts)


@dataclass(slots=True)
class History:
    """The epochs of a training, which of them was best, and how it ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best: int | None = None  # the place of the epoch whose weights were kept; None: those from before the training
    ended: str = "finished"  # or "stopped early", "interrupted", "diverged"

    def to_csv(self, path: str | Path) -> None:
        """Write one line per epoch."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Epoch)])
            writer.writeheader()
            writer.writerows(map(asdict, self.epochs))

    def __repr__(self) -> str:
        best = "no best" if self.best is None else f"best {self.best + 1}: {self.epochs[self.best]}"
        return f"History({len(self.epochs)} epochs, {self.ended}, {best})"

    def _repr_html_(self) -> str | None:
        return tables.quietly(self._html)

    def _html(self) -> str:
        """Return the curves of the losses, and a table of the first, the best and the last epochs."""
        losses = {"loss": [epoch.loss for epoch in self.epochs]}
        validation = [epoch.validation_loss for epoch in self.epochs if epoch.validation_loss is not None]
        if validation:
            losses["validation loss"] = validation
        places = sorted({0, 1, 2, self.best or 0, *range(len(self.epochs) - 3, len(self.epochs))})
        shown = [self.epochs[i] for i in places if 0 <= i < len(self.epochs)]
        names = [f.name for f in fields(Epoch)]
        rows = [[getattr(epoch, name) for name in names] for epoch in shown]
        text = repr(self)
        return tables.curves(losses, self.best) + tables.table([name.replace("_", " ") for name in names], rows, text)


def evaluate(
    model: Callable[[Any], Any], X: Iterable[Any], y: Iterable[Any], loss: str | Loss
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy) of a model without recording a graph; accuracy is None unless the loss classifies.

    Raises ValueError for no samples, and for samples and targets that are not as many.
    """
    function, name = loss_named(loss)
    X, y = _samples("evaluate", X, y)
    token = unscoped.set(True)
    try:
        with no_grad():
            predictions = [model(x) for x in X]
            losses = [function(p, t) for p, t in zip(predictions, y, strict=True)]
    finally:
        unscoped.reset(token)
    return _measure(name, predictions, y, losses)


def fit(
    model: Any,
    X: Iterable[Any],
    y: Iterable[Any],
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: Samples | None = None,
    seed: int = 0,
    patience: int | None = None,
    progress: bool = True,
    compiled: bool = True,
) -> History:
    """Train a model and return the history; the model keeps the weights of its best epoch.

    X holds one sequence of numbers per sample, y its target, both by position: lists, arrays, tables and series
    (whose labels are not looked at), generators; `loss` is a name in `nn.losses.LOSSES` or a function of
    (prediction, target). Every epoch visits all samples once, in an order drawn from `seed`, and takes one step per
    batch. The best epoch is that of the lowest validation loss, or training loss without validation; training stops
    when `patience` epochs brought no better one, and when a loss is no longer finite. The training loss is measured
    as it falls: on each batch before its step. The optimizer is Adam with lr 0.01 unless another is given.

    Where the extra `jit` is installed and the training is long enough for it to pay, batches go through the model as
    native code: the same numbers, but for the rounding of sums, some ulps of what is summed. `compiled=False` turns
    that off.

    Raises ValueError for no samples, targets that are not as many, or a count below 1; whatever a model or a loss
    raises passes through, after the best weights are back in place.
    """
    function, name = loss_named(loss)
    X, y = _samples("fit", X, y)
    if validation:
        validation = _samples("fit: validation", *validation)
    for label, count in (("epochs", epochs), ("batch_size", batch_size), ("patience", patience)):
        if count is not None and count < 1:
            raise ValueError(f"fit: {label} is {count}; use at least 1")
    parameters: list[Any] = model.parameters()
    optimizer = optimizer or Adam(parameters, lr=0.01)
    rng = random.Random(seed)
    order = list(range(len(X)))
    history, least, kept = History(), math.inf, [p.data for p in parameters]
    fast = lanes(model, X, epochs, batch_size) if compiled else None
    bar = _bar(epochs * math.ceil(len(order) / batch_size)) if progress else None
    token = unscoped.set(True)  # nobody sees these graphs
    try:
        for number in range(1, epochs + 1):
            if bar is not None:
                bar.set_description(f"epoch {number}/{epochs}", refresh=False)
            rng.shuffle(order)
            rate = optimizer.rate
            predictions, losses = [], []
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                outputs = fast.outputs([X[i] for i in batch]) if fast else [model(X[i]) for i in batch]
                each = [function(output, y[i]) for output, i in zip(outputs, batch, strict=True)]
                optimizer.zero_grad()
                mean(each).backward()
                if fast:
                    fast.pull(outputs)
                optimizer.step()
                predictions += [_plain(output) for output in outputs]  # the numbers alone, so that the graph can go
                losses += [_plain(x) for x in each]
                if bar is not None:
                    bar.update()
            trained = _measure(name, predictions, [y[i] for i in order], losses)
            checked = evaluate(model, *validation, loss) if validation else (None, None)
            epoch = Epoch(number, rate, *trained, *checked)
            history.epochs.append(epoch)
            if bar is not None:
                bar.set_postfix_str(str(epoch))
            judged = trained[0] if checked[0] is None else checked[0]
            if judged < least:
                least, kept, history.best = judged, [p.data for p in parameters], number - 1
            elif not math.isfinite(judged):
                history.ended = "diverged"
                break
            elif patience is not None and history.best is not None and number - 1 - history.best >= patience:
                history.ended = "stopped early"
                break
    except KeyboardInterrupt:
        history.ended = "interrupted"
    finally:
        unscoped.reset(token)
        for p, x in zip(parameters, kept, strict=True):
            p.data = x
        if bar is not None:
            bar.close()
    return history


def _samples(name: str, X: Iterable[Any], y: Iterable[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the samples and their targets by position: a table or a series of another library may have labels."""
    X, y = _by_position(X), _by_position(y)
    if len(X) != len(y) or not len(X):
        raise ValueError(f"{name}: {len(X)} samples for {len(y)} targets; give as many of each, at least one")
    return X, y


def _by_position(data: Iterable[Any]) -> Sequence[Any]:
    """Return the rows of a table, or the elements of anything else, as a sequence that is indexed by position."""
    if isinstance(data, Sequence):
        return data
    if not hasattr(data, "__array__"):
        return list(data)
    import numpy

    return cast("Sequence[Any]", numpy.asarray(data))


def _plain(x: Any) -> Any:
    """Return the numbers of a Value or of a list of Values."""
    if isinstance(x, list):
        return [_plain(y) for y in x]
    return x.data if isinstance(x, Value) else x


def _measure(
    name: str, predictions: Sequence[Any], targets: Sequence[Any], losses: Sequence[Any]
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy)."""
    average = float(_plain(mean(losses)))
    if name not in CLASS_OF:
        return average, None
    hits = [predicted_class(p) == CLASS_OF[name](t) for p, t in zip(predictions, targets, strict=True)]
    return average, sum(map(bool, hits)) / len(hits)


def _bar(total: int) -> Any:
    """Return tqdm's progress bar for a terminal or a notebook; None if it is not installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:  # a training without a bar is still a training
        return None
    return tqdm(total=total, unit="batch")


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
        """How often the loss was computed: for nudging weight by weight, and for one backward."""
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

    `loss` computes the loss anew from the weights at each call. A weight is nudged by `step`, times its size if that
    is above 1, up and down. Afterwards all weights and gradients are as they were. Raises TypeError unless `loss`
    returns a Value.

    >>> w = Value(3.0, "w")
    >>> perturb(lambda: w * w, [w]).rows[0].gradient
    6.0
    """
    if isinstance(weights, Module):
        named = weights.named_parameters()
    else:
        named = [(w.name or f"w{i}", w) for i, w in enumerate(weights, 1)]
    root = loss()
    if not isinstance(root, Value):
        raise TypeError(f"perturb: the loss returned {root!r}, not a Value; make it from the weights")
    leaves = _leaves([root, *(w for _, w in named)])
    before = [(leaf, leaf.data, leaf.grad) for leaf in leaves]
    try:
        for leaf in leaves:
            leaf.grad = 0.0
        root.backward()
        gradients = [w.grad for _, w in named]
        rows = []
        for (name, w), gradient in zip(named, gradients, strict=True):
            x, h = w.data, step * max(1.0, abs(w.data))
            w.data = up = x + h
            above = loss().data
            w.data = down = x - h
            below = loss().data
            w.data = x
            rows.append(Perturbed(name, x, (above - below) / (up - down), gradient))
    finally:
        for leaf, data, grad in before:
            leaf.data, leaf.grad = data, grad
    return Perturbation(rows)


def _leaves(roots: Sequence[Value]) -> list[Value]:
    """Return every leaf below the roots."""
    found = {id(root): root for root in roots}
    stack = list(found.values())
    while stack:
        for parent in stack.pop().parents:
            if id(parent) not in found:
                found[id(parent)] = parent
                stack.append(parent)
    return [node for node in found.values() if not node.op]
