"""`fit`, the training loop, `evaluate`, and the `History` that they make."""

import csv
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from autograd import Value, no_grad
from nn import tables
from nn.compiled import Batches, Model, batches_of
from nn.losses import CLASS_OF, Loss, Prediction, loss_named, mean, predicted_class
from nn.module import Number, without_scopes
from nn.optimizers import Adam, Optimizer

T = TypeVar("T")
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

    @property
    def judged(self) -> float:
        """The loss that says which epoch is best: on the validation data where there are any."""
        return self.loss if self.validation_loss is None else self.validation_loss

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

    def add(self, epoch: Epoch, patience: int | None) -> bool:
        """Append an epoch, say in `ended` if it is to be the last, and return whether it is the best so far."""
        self.epochs.append(epoch)
        least = math.inf if self.best is None else self.epochs[self.best].judged
        if epoch.judged < least:
            self.best = len(self.epochs) - 1
            return True
        if not math.isfinite(epoch.judged):
            self.ended = "diverged"
        elif patience is not None and self.best is not None and len(self.epochs) - 1 - self.best >= patience:
            self.ended = "stopped early"
        return False

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
    model: Callable[[Any], Prediction], X: Iterable[Any], y: Iterable[Any], loss: str | Loss
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy) of a model without recording a graph; accuracy is None unless the loss classifies.

    Raises ValueError for no samples, and for samples and targets that are not as many.
    """
    function, name = loss_named(loss)
    X, y = _samples("evaluate", X, y)
    with without_scopes(), no_grad():
        predictions = [model(x) for x in X]
        losses = [function(p, t) for p, t in zip(predictions, y, strict=True)]
    return _measure(name, predictions, y, losses)


def fit(
    model: Model,
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
    when `patience` epochs brought no better one, at Ctrl-C, and when a loss is no longer finite. The training loss is
    measured as it falls: on each batch before its step. The optimizer is Adam with lr 0.01 unless another is given.

    Where the extra `jit` is installed and the training is long enough for it to pay, batches go through the model as
    native code; its sums may differ by a few ulps. `compiled=False` turns that off.

    Raises ValueError for no samples, targets that are not as many, or a count below 1; whatever a model or a loss
    raises passes through, after the best weights are back in place.
    """
    function, name = loss_named(loss)
    X, y = _samples("fit", X, y)
    if validation:
        validation = _samples("fit: validation", *validation)
    _check_counts(epochs=epochs, batch_size=batch_size, patience=patience)
    parameters: list[Value] = model.parameters()
    optimizer = optimizer or Adam(parameters, lr=0.01)
    batches = batches_of(model, X, epochs, batch_size, compiled)
    history, rng, order = History(), random.Random(seed), list(range(len(X)))
    bar = _bar(epochs * math.ceil(len(X) / batch_size)) if progress else None
    with closing(bar) if bar else nullcontext(), without_scopes(), _best_weights(parameters, history) as keep:
        for number in range(1, epochs + 1):
            if bar:
                bar.set_description(f"epoch {number}/{epochs}", refresh=False)
            rng.shuffle(order)
            rate = optimizer.rate
            predictions, losses = [], []
            for places in _cut(order, batch_size, bar):
                outputs, each = _step(batches, function, optimizer, [X[i] for i in places], [y[i] for i in places])
                predictions += outputs
                losses += each
            trained = _measure(name, predictions, [y[i] for i in order], losses)
            epoch = Epoch(number, rate, *trained, *(evaluate(model, *validation, loss) if validation else (None, None)))
            if bar:
                bar.set_postfix_str(str(epoch))
            if history.add(epoch, patience):
                keep()
            if history.ended != "finished":
                break
    return history


def _check_counts(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"fit: {name} is {count}; use at least 1")


def _cut(order: list[int], size: int, bar: Any) -> Iterator[list[int]]:
    """Yield batches of places, and move the bar behind each."""
    for start in range(0, len(order), size):
        yield order[start : start + size]
        if bar:
            bar.update()


def _step(
    batches: Batches, loss: Loss, optimizer: Optimizer, X: Sequence[Any], y: Sequence[Any]
) -> tuple[list[Prediction], list[Number]]:
    """Take one step on a batch; return its predictions and losses as numbers, so that the graph can go."""
    outputs = batches.outputs(X)
    losses = [loss(output, target) for output, target in zip(outputs, y, strict=True)]
    optimizer.zero_grad()
    mean(losses).backward()
    batches.pull(outputs)
    optimizer.step()
    return [_plain(output) for output in outputs], [_plain(x) for x in losses]


@contextmanager
def _best_weights(parameters: Sequence[Value], history: History) -> Iterator[Callable[[], None]]:
    """Give a function that keeps the weights as they are; set the last kept at the end, also after Ctrl-C."""
    kept: list[float] = []

    def keep() -> None:
        kept[:] = [p.data for p in parameters]

    keep()
    try:
        yield keep
    except KeyboardInterrupt:
        history.ended = "interrupted"
    finally:
        for p, x in zip(parameters, kept, strict=True):
            p.data = x


def _samples(name: str, X: Iterable[Any], y: Iterable[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the samples and their targets by position: a table or a series of another library may have labels."""
    X, y = _by_position(X), _by_position(y)
    if len(X) != len(y) or not len(X):
        raise ValueError(f"{name}: {len(X)} samples for {len(y)} targets; give as many of each, at least one")
    return X, y


def _by_position(data: Iterable[T]) -> Sequence[T]:
    """Return the rows of a table, or the elements of anything else, as a sequence that is indexed by position."""
    if isinstance(data, Sequence):
        return data
    if not hasattr(data, "__array__"):
        return list(data)
    import numpy

    return cast("Sequence[T]", numpy.asarray(data))


def _plain(x: Prediction) -> Prediction:
    """Return the numbers of a Value or of a list of Values."""
    if isinstance(x, list):
        return [_plain(y) for y in x]
    return x.data if isinstance(x, Value) else x


def _measure(
    name: str, predictions: Sequence[Prediction], targets: Sequence[Any], losses: Sequence[Number]
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy)."""
    total = mean(losses)
    average = float(total.data if isinstance(total, Value) else total)
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
