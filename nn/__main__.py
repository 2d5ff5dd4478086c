"""The main job: `python -m nn DATA` trains a network on real data and leaves what a person wants of it.

Start at `main`. The one surprise: results are made in a folder beside the one asked for and moved there at the end, so
that a failure leaves nothing half-written.
"""

import argparse
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd import MissingExtra, no_grad
from nn import report
from nn.data import BUNDLED, Data, DataError, Scaling, load, scaling, split
from nn.layers import MLP
from nn.losses import predicted_class
from nn.optimizers import OPTIMIZERS, cosine
from nn.training import History, fit

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"layers": [32], "epochs": 12, "rates": {"adam": 0.003, "adamw": 0.003}},
    "breast_cancer": {"layers": [8], "epochs": 20},
    "moons": {"layers": [16, 16], "epochs": 60},
}
LOSSES = {"classes": ("cross_entropy", "hinge"), "two classes": ("binary_cross_entropy", "hinge", "cross_entropy")}
QUANTITY_LOSSES = ("mse", "huber")
RATES = {"sgd": 0.1, "adam": 0.01, "adamw": 0.01}


def sizes(text: str) -> list[int]:
    """Return "32,16" as [32, 16]."""
    found = [int(part) for part in text.split(",") if part.strip()]
    if not found or min(found) < 1:
        raise ValueError(text)
    return found


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train a small neural network on real data, with gradients from autograd.",
        epilog="examples: python -m nn digits;  python -m nn moons --layers 8,8 --epochs 100;  "
        "python -m nn houses.csv --target price;  python -m nn digits --load runs/digits/model.safetensors",
    )
    p.add_argument("data", metavar="DATA", help=f"{', '.join(BUNDLED)} (scikit-learn's), or a CSV file with a header")
    p.add_argument("--target", metavar="COLUMN", help="the column of the CSV file to predict")
    p.add_argument("--layers", type=sizes, metavar="N,N,...", help="sizes of the hidden layers (default: by the data)")
    p.add_argument("--activation", default="relu", help="of the hidden layers (default: %(default)s)")
    p.add_argument("--loss", choices=sorted({*LOSSES["two classes"], *QUANTITY_LOSSES}), help="default: by the target")
    p.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="default: %(default)s")
    p.add_argument("--lr", type=float, help="learning rate (default: 0.01, for sgd 0.1); falls along a cosine")
    p.add_argument("--epochs", type=int, help="passes over the training data (default: by the data)")
    p.add_argument("--batch-size", type=int, default=16, help="samples per step (default: %(default)s)")
    p.add_argument("--seed", type=int, default=0, help="of split, weights and order (default: %(default)s)")
    p.add_argument("--output", type=Path, metavar="FOLDER", help="where results go (default: runs/DATA)")
    p.add_argument("--load", type=Path, metavar="MODEL", help="use a saved model; with --epochs, train it further")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    return p


def choose_loss(data: Data, asked: str | None) -> str:
    """Return the loss for the data: what was asked for, if it fits the target."""
    fitting = QUANTITY_LOSSES if not data.classes else LOSSES["two classes" if len(data.classes) == 2 else "classes"]
    fitting = tuple(x for x in fitting if x != "hinge" or len(data.classes) == 2)
    if asked not in (None, *fitting):
        what = f"{len(data.classes)} classes" if data.classes else "a quantity"
        raise DataError(f"--loss {asked} does not fit a target of {what}; use {' or '.join(fitting)}")
    return asked or fitting[0]


def prepare(data: Data, options: argparse.Namespace, train: Sequence[int]) -> tuple[MLP, Scaling, str]:
    """Return (model, scaling of the features, loss), new or as saved."""
    if options.load is not None:
        try:
            model, extra = MLP.from_file(options.load)
            if extra["features"] != data.features or extra["classes"] != data.classes:
                raise DataError(
                    f"{options.load}: this model was trained on other columns or classes than {data.name}'s"
                )
            return model, Scaling(extra["means"], extra["deviations"]), choose_loss(data, options.loss or extra["loss"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(str(error)) from error
    loss = choose_loss(data, options.loss)
    outputs = len(data.classes) if loss == "cross_entropy" else 1
    hidden = options.layers or DEFAULTS.get(data.name, {}).get("layers", [16])
    try:
        model = MLP(len(data.features), [*hidden, outputs], activation=options.activation, seed=options.seed)
    except ValueError as error:
        raise DataError(str(error)) from error
    return model, scaling([data.X[i] for i in train]), loss


def run(options: argparse.Namespace) -> None:
    """Do the whole job."""
    data = load(options.data, options.target)
    print(data.describe())
    train, test = split(data, options.seed)
    model, scale, loss = prepare(data, options, train)
    X = scale(data.X)
    targets = [2 * t - 1 for t in data.y] if loss == "hinge" else list(data.y)
    print(f"{len(train)} samples to train on, {len(test)} to test with\n{model!r}")

    epochs = options.epochs
    if epochs is None:
        epochs = 0 if options.load else DEFAULTS.get(data.name, {}).get("epochs", 40)
    history = History()
    started = time.perf_counter()
    if epochs:
        rate = options.lr or (RATES | DEFAULTS.get(data.name, {}).get("rates", {}))[options.optimizer]
        steps = epochs * math.ceil(len(train) / options.batch_size)
        optimizer = OPTIMIZERS[options.optimizer](model.parameters(), lr=rate, schedule=cosine(steps, 0.05))
        fitting, checking = train, []
        if len(train) >= 50:  # a tenth of the training samples says which epoch is best
            cut = len(train) // 10
            step = len(train) / cut
            checking = sorted({train[int(i * step)] for i in range(cut)})
            fitting = sorted(set(train) - set(checking))
        history = fit(
            model,
            [X[i] for i in fitting],
            [targets[i] for i in fitting],
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=options.batch_size,
            seed=options.seed,
            progress=not options.quiet,
            validation=([X[i] for i in checking], [targets[i] for i in checking]) if checking else None,
        )
        print(f"{history!r}\ntraining took {time.perf_counter() - started:.1f} s")

    def answer(samples: Sequence[Sequence[float]]) -> list[Any]:
        with no_grad():
            outputs = [model(x) for x in scale(samples)]
        return [predicted_class(p) for p in outputs] if data.classes else [p.data for p in outputs]

    places, truth = [data.X[i] for i in test], [data.y[i] for i in test]
    said = answer(places)
    score = grade(data, truth, said)
    print(f"test {score}")
    folder = options.output or Path("runs") / data.name
    figures = report.pictures(data, history, places, truth, said, score, answer)
    extra = {
        "features": data.features,
        "classes": data.classes,
        "loss": loss,
        "means": scale.means,
        "deviations": scale.deviations,
    }
    save(folder, model, history, figures, extra)


def grade(data: Data, truth: Sequence[Any], said: Sequence[Any]) -> str:
    """Return the score on the test samples as text: accuracy, or R2 and root mean squared error."""
    if data.classes:
        return f"accuracy {sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth):.4f}"
    middle = math.fsum(truth) / len(truth)
    rest = math.fsum((t - s) ** 2 for t, s in zip(truth, said, strict=True))
    whole = math.fsum((t - middle) ** 2 for t in truth)
    return f"R2 {1.0 - rest / whole if whole else math.nan:.4f}, RMSE {math.sqrt(rest / len(truth)):.4g}"


def save(folder: Path, model: MLP, history: History, figures: dict[str, Any], extra: dict[str, Any]) -> None:
    """Write all results, or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        model.save(made / "model.safetensors", extra)
        if history.epochs:
            history.to_csv(made / "history.csv")
        for name, figure in figures.items():
            figure.savefig(made / name)
        folder.mkdir(exist_ok=True)
        for path in sorted(made.iterdir()):
            path.replace(folder / path.name)
            print(f"wrote {folder / path.name}")
    finally:
        shutil.rmtree(made, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; return 0, or 2 with one line on stderr if the data or the options are at fault."""
    options = parser().parse_args(arguments)
    for name, least in (("epochs", 0), ("batch_size", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            parser().error(f"--{name.replace('_', '-')} is {getattr(options, name)}; use at least {least}")
    try:
        run(options)
    except (DataError, MissingExtra) as error:
        print(f"python -m nn: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
