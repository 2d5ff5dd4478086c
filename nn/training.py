"""`fit`, the training loop, and `evaluate`."""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from autograd import Value, no_grad
from nn.checkpoint import Checkpoint, Run
from nn.compiled import Batches, Model, batches_of
from nn.history import Epoch, History
from nn.losses import CLASS_OF, Loss, Prediction, loss_named, mean, predicted_class, warn_of_probabilities
from nn.module import Module, Number, in_mode, without_scopes
from nn.optimizers import Adam, Optimizer
from nn.progress import Lines, progress_of
from nn.samples import samples

Samples = tuple[Iterable[Any], Iterable[Any]]


def evaluate(
    model: Callable[[Any], Prediction], X: Iterable[Any], y: Iterable[Any], loss: str | Loss
) -> tuple[float, float | None]:
    """Return (mean loss, accuracy) of a model without recording a graph; accuracy is None unless the loss classifies.

    `training` of the model is False meanwhile. Raises ValueError for no samples, and for samples and targets that are
    not as many.
    """
    function, name = loss_named(loss)
    X, y = samples("evaluate", X, y)
    with without_scopes(), no_grad(), in_mode(model, False):
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
    checkpoint: str | Path | None = None,
) -> History:
    """Train a model and return the history; the model keeps the weights of its best epoch.

    X holds one sequence of numbers per sample, y its target, both by position: lists, arrays, tables and series
    (whose labels are not looked at), generators; `loss` is a name in `nn.losses.LOSSES` or a function of
    (prediction, target). Every epoch visits all samples once, in an order drawn from `seed`, and takes one step per
    batch. The best epoch is that of the lowest validation loss, or training loss without validation; training stops
    when `patience` epochs brought no better one, at Ctrl-C, and when a loss is no longer finite. The training loss is
    measured as it falls: on each batch before its step. `progress` shows a bar, or where nobody looks on a line per
    epoch on standard error. The optimizer is Adam with lr 0.01 unless another is given.

    With `checkpoint`, a .safetensors or .json file, all that the training depends on is written after every epoch;
    where the file is there already, the training goes on from it, and ends with the same bits as if it had not been
    stopped. The model, the data and all arguments must be made as they were at first.

    Where the extra `jit` is installed and the training is long enough for it to pay, batches go through the model as
    native code; its sums may differ by a few ulps. `compiled=False` turns that off. A model that draws random numbers
    is not compiled, with a warning.

    Raises ValueError for no samples, targets that are not as many, a count below 1, an optimizer of another model, or
    the checkpoint of another training; whatever a model or a loss
    raises passes through, after the best weights are back in place.
    """
    function, name = loss_named(loss)
    if not callable(model) or not hasattr(model, "parameters"):
        raise TypeError(f"fit: model is a {type(model).__name__}; use a Module, or a callable that has parameters()")
    X, y = samples("fit", X, y)
    if validation:
        if len(validation) != 2:
            raise TypeError(f"fit: validation has {len(validation)} parts; use a pair: (samples, targets)")
        validation = samples("fit: validation", *validation)
    _check_counts(epochs=epochs, batch_size=batch_size, patience=patience)
    optimizer = _checked_optimizer(optimizer, model, loss)
    batches = batches_of(model, X, epochs, batch_size, compiled)
    given = {"samples": len(X), "batch_size": batch_size, "seed": seed, "loss": name, "compiled": compiled}
    run = Run(model, optimizer, random.Random(seed), list(range(len(X))), History(), given)
    file = Checkpoint(checkpoint, run) if checkpoint is not None else None
    if file and file.path.exists():
        file.load(patience)
        batches = Batches(model) if run.eager else batches
    bar = progress_of(epochs, math.ceil(len(X) / batch_size)) if progress else None
    with closing(bar) if bar else nullcontext(), without_scopes(), in_mode(model, True), _at_best(run):
        for number in range(len(run.history.epochs) + 1, epochs + 1):
            if run.history.ended != "finished":
                break
            run.rng.shuffle(run.order)
            rate = optimizer.rate
            predictions, losses = _epoch(batches, function, name, optimizer, X, y, _cut(run.order, batch_size, bar))
            trained = _measure(name, predictions, [y[i] for i in run.order], losses)
            epoch = Epoch(number, rate, *trained, *(evaluate(model, *validation, loss) if validation else (None, None)))
            if bar:
                bar.epoch(epoch)
            run.add(epoch, patience)
            if file and run.history.ended != "diverged":
                run.eager, batches = batches.settled()
                file.save()
    return run.history


def _checked_optimizer(optimizer: Optimizer | None, model: Model, loss: str | Loss) -> Optimizer:
    """Return the optimizer, Adam unless one is given; ValueError for one that moves what is none of the model."""
    parameters = model.parameters()
    if optimizer is None:
        return Adam(parameters, lr=0.01)
    if isinstance(optimizer, (str, type)) or not hasattr(optimizer, "step"):
        raise TypeError(f"fit: optimizer is {optimizer!r}; use one that is made: Adam(model.parameters(), lr=0.01)")
    known = [*parameters, *(loss.parameters() if isinstance(loss, Module) else [])]
    strange = {*map(id, optimizer.parameters)} - {*map(id, known)}
    if strange:
        raise ValueError(
            f"fit: optimizer moves {len(strange):,} Values that are not parameters of the model; make it from the "
            f"parameters() of this very model: {type(optimizer).__name__}(model.parameters())"
        )
    return optimizer


def _check_counts(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and (not isinstance(count, int) or count < 1):
            raise ValueError(f"fit: {name} is {count}; use at least 1")


def _cut(order: list[int], size: int, bar: Lines | None) -> Iterator[list[int]]:
    """Yield batches of places, and move the bar behind each."""
    for start in range(0, len(order), size):
        yield order[start : start + size]
        if bar:
            bar.batch()


def _epoch(
    batches: Batches,
    loss: Loss,
    name: str,
    optimizer: Optimizer,
    X: Sequence[Any],
    y: Sequence[Any],
    cut: Iterator[list[int]],
) -> tuple[list[Prediction], list[Number]]:
    """Take one step for each batch of places; return the predictions and losses of all samples, in their order."""
    predictions: list[Prediction] = []
    losses: list[Number] = []
    for places in cut:
        outputs, each = _step(batches, loss, optimizer, [X[i] for i in places], [y[i] for i in places])
        if batches.first is not None:
            warn_of_probabilities(name, batches.first)
            batches.first = None
        predictions += outputs
        losses += each
    return predictions, losses


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
def _at_best(run: Run) -> Iterator[None]:
    """Set the numbers that were best at the end, also after Ctrl-C, which ends the training."""
    try:
        yield
    except KeyboardInterrupt:
        run.history.ended = "interrupted"
    finally:
        run.put_back()


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
