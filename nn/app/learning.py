"""From data to a trained predictor: what to learn, with which network, how long, where the options leave it open."""

import argparse
import functools
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nn.app.data import Data, Scaling, Source, load
from nn.app.predictor import QUANTITY_LOSSES, Bend, Predictor, fitting_losses
from nn.app.preparation import Preparation, Reading
from nn.app.reading import DataError
from nn.history import History
from nn.layers import MLP
from nn.losses import LOSSES, Loss
from nn.optimizers import OPTIMIZERS, cosine
from nn.training import fit

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"layers": [32], "epochs": 12, "rates": {"adam": 0.003, "adamw": 0.003}},
    "breast_cancer": {"layers": [8], "epochs": 20},
    "moons": {"layers": [16, 16], "epochs": 60},
}
OTHERS: dict[str, Any] = {"layers": [16], "epochs": 100, "rates": {}}
VISITS = 600_000  # of samples, which the default number of epochs keeps below, but for FEWEST_EPOCHS
FEWEST_EPOCHS = 5
CHECKED = 200  # samples to train on
SHARE = 0.2  # of the samples, for the test
BATCHES = 2000  # in an epoch at most, by default
RATES = {"sgd": 0.1, "adam": 0.01, "adamw": 0.01}


def new(
    source: Source, learning: Sequence[int], options: argparse.Namespace, reading: Reading
) -> tuple[Predictor, Data, list[str]]:
    """Return an untrained predictor, prepared and scaled by the training samples; its data; and what to say of them."""
    seed, share = options.seed or 0, options.test_share or SHARE
    loss = options.loss or fitting_losses(source.classes)[0]
    outputs = len(source.classes) if loss == "cross_entropy" else 1
    hidden = options.layers or defaults(options)["layers"]
    preparation = source.preparation or Preparation.learn(source.table, learning, reading)
    data = source.prepared(preparation, reading)
    found = [] if source.preparation else preparation.describe()
    inputs = Scaling.of([data.X[i] for i in learning])
    targets = [data.y[i] for i in learning]
    bend = None if data.classes else Bend.of(targets)
    if bend:
        targets = [bend(y) for y in targets]
        found.append("the target is of many sizes, so its logarithm is learned")
    output = Scaling([], []) if data.classes else Scaling.of([[y] for y in targets])
    try:
        model = MLP(len(data.features), [*hidden, outputs], options.activation or "relu", seed=seed)
        known = (preparation, source.target, share, bend)
        return Predictor(model, loss, data.features, data.classes, inputs, output, seed, *known), data, found
    except ValueError as error:
        raise DataError(str(error)) from error


def defaults(options: argparse.Namespace) -> dict[str, Any]:
    """Return what holds where options leave it open: for these data, or for any others."""
    return OTHERS | DEFAULTS.get(options.data, {})


def from_file(path: Path) -> Predictor:
    """Return a saved predictor; DataError for a file that is none."""
    try:
        return Predictor.from_file(path)
    except ValueError as error:
        raise DataError(str(error)) from error


def saved(options: argparse.Namespace, reading: Reading) -> tuple[Predictor, Data, list[str]]:
    """Return the predictor that `--load` names, if it is one for this data; its data; and what to say of them."""
    for option in ("layers", "activation"):
        if getattr(options, option) is not None:
            raise DataError(f"{options.load}: a saved model has its own {option}; leave --{option} out")
    predictor = from_file(options.load)
    target = options.target or predictor.target
    source = load(options.data, target, reading, [column.name for column in predictor.preparation.columns])
    for option, fixed in (("loss", predictor.loss), ("seed", predictor.seed), ("test_share", predictor.share)):
        if getattr(options, option) not in (None, fixed):
            name = option.replace("_", "-")
            raise DataError(f"{options.load}: this model was trained with --{name} {fixed}; leave --{name} out")
    data = source.prepared(predictor.preparation, reading)
    if source.classes != predictor.classes:
        raise DataError(f"{options.load}: this model was trained on other classes than {options.data} has")
    return predictor, data, source.table.notes


def learn(
    data: Data, predictor: Predictor, train: Sequence[int], options: argparse.Namespace, checkpoint: Path | None = None
) -> History:
    """Train the model in place; of CHECKED samples or more, every tenth says which epoch is best."""
    checking = train[::10] if len(train) >= CHECKED else []  # few samples are needed all, and few tell no epochs apart
    held = set(checking)
    fitting = [i for i in train if i not in held]
    targets = predictor.targets(data.y)

    def samples(places: Sequence[int]) -> tuple[list[list[float]], list[Any]]:
        return [predictor.inputs(data.X[i]) for i in places], [targets[i] for i in places]

    usual = defaults(options)
    epochs = options.epochs or max(FEWEST_EPOCHS, min(usual["epochs"], VISITS // len(fitting)))
    size = options.batch_size or max(16, math.ceil(len(fitting) / BATCHES))
    rate = options.lr or (RATES | usual["rates"])[options.optimizer]
    steps = epochs * math.ceil(len(fitting) / size)
    return fit(
        predictor.model,
        *samples(fitting),
        loss=balanced(predictor.loss, [targets[i] for i in fitting]) if options.balance else predictor.loss,
        optimizer=OPTIMIZERS[options.optimizer](predictor.model.parameters(), lr=rate, schedule=cosine(steps, 0.05)),
        epochs=epochs,
        batch_size=size,
        validation=samples(checking) if checking else None,
        patience=options.patience if checking else None,
        seed=predictor.seed,
        progress=not options.quiet,
        compiled=not options.eager,
        checkpoint=checkpoint,
    )


def balanced(name: str, targets: Sequence[Any]) -> Loss:
    """Return a loss under which all classes weigh as much as each other; DataError if it knows no classes."""
    if name in QUANTITY_LOSSES:
        raise DataError("--balance is for classes, and the target is a quantity; leave it out")
    counts = Counter(targets)
    weights = {target: len(targets) / (len(counts) * count) for target, count in counts.items()}
    loss = LOSSES[name]

    @functools.wraps(loss)
    def weighted(prediction: Any, target: Any) -> Any:
        return loss(prediction, target) * weights.get(target, 1.0)

    return weighted
