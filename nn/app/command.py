"""The main job: `python -m nn DATA` trains a network on real data and writes the model, its history and pictures.

Results are made in a folder beside the one asked for and moved there at the end, so a failure leaves nothing
half-written.
"""

import argparse
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd import AutogradError
from nn.app import report
from nn.app.data import BUNDLED, Data, DataError, Scaling, load, split
from nn.app.predictor import QUANTITY_LOSSES, TWO_CLASS_LOSSES, Predictor, fitting_losses
from nn.history import History
from nn.layers import MLP
from nn.optimizers import OPTIMIZERS, cosine
from nn.training import fit

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"layers": [32], "epochs": 12, "rates": {"adam": 0.003, "adamw": 0.003}},
    "breast_cancer": {"layers": [8], "epochs": 20},
    "moons": {"layers": [16, 16], "epochs": 60},
}
OTHERS: dict[str, Any] = {"layers": [16], "epochs": 40, "rates": {}}
RATES = {"sgd": 0.1, "adam": 0.01, "adamw": 0.01}


def sizes(text: str) -> list[int]:
    """Return "32,16" as [32, 16]."""
    found = [int(part) for part in text.split(",")]
    if min(found) < 1:
        raise ValueError(text)
    return found


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train a small neural network on real data, with gradients from autograd.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="examples:\n"
        "  python -m nn digits\n"
        "  python -m nn moons --layers 8,8 --epochs 100\n"
        "  python -m nn houses.csv --target price\n"
        "  python -m nn digits --load runs/digits/model.safetensors",
    )
    p.add_argument("data", metavar="DATA", help=f"{', '.join(BUNDLED)} (scikit-learn's), or a CSV file with a header")
    p.add_argument("--target", metavar="COLUMN", help="the column of the CSV file to predict")
    p.add_argument("--layers", type=sizes, metavar="N,N,...", help="sizes of the hidden layers (default: by the data)")
    p.add_argument("--activation", help="of the hidden layers (default: relu)")
    p.add_argument("--loss", choices=[*TWO_CLASS_LOSSES, *QUANTITY_LOSSES], help="default: by the target")
    p.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="default: %(default)s")
    p.add_argument("--lr", type=float, help="learning rate (default: by optimizer and data); falls along a cosine")
    p.add_argument("--epochs", type=int, help="passes over the training data (default: by the data)")
    p.add_argument("--batch-size", type=int, default=16, help="samples per step (default: %(default)s)")
    p.add_argument("--seed", type=int, help="of split, weights and order (default: 0, or that of the loaded model)")
    p.add_argument("--output", type=Path, metavar="FOLDER", help="where results go (default: runs/DATA)")
    p.add_argument("--load", type=Path, metavar="MODEL", help="use a saved model; with --epochs, train it further")
    p.add_argument("--eager", action="store_true", help="train on Values, not on compiled code")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    return p


def run(options: argparse.Namespace) -> None:
    """Do the whole job."""
    report.figure(1.0, 1.0)  # what is missing should be said before the training, not after it
    folder = options.output or Path("runs") / Path(options.data).stem
    check_folder(folder)
    data = load(options.data, options.target)
    print(data.describe())
    predictor = saved(data, options) if options.load else new(data, options)
    train, test = split(data, predictor.seed)
    print(f"{len(train)} samples to train on, {len(test)} to test with\n{predictor.model!r}", flush=True)
    history = History()
    if options.epochs or not options.load:
        started = time.perf_counter()
        history = learn(data, predictor, train, options)
        print(f"{history!r}\ntraining took {time.perf_counter() - started:.1f} s")
        if history.best is None:
            raise DataError(f"training {history.ended} before there was a first result; nothing is written")
    said = predictor([data.X[i] for i in test])
    score = grade(data, [data.y[i] for i in test], said)
    print(f"test {score}")
    write(folder, predictor, history, report.pictures(data, history, predictor, test, said, score))


def new(data: Data, options: argparse.Namespace) -> Predictor:
    """Return an untrained predictor for the data, scaled by its training samples."""
    seed = options.seed or 0
    loss = options.loss or fitting_losses(data.classes)[0]
    outputs = len(data.classes) if loss == "cross_entropy" else 1
    hidden = options.layers or DEFAULTS.get(options.data, OTHERS)["layers"]
    train, _ = split(data, seed)
    inputs = Scaling.of([data.X[i] for i in train])
    output = Scaling([], []) if data.classes else Scaling.of([[data.y[i]] for i in train])
    try:
        model = MLP(len(data.features), [*hidden, outputs], options.activation or "relu", seed=seed)
        return Predictor(model, loss, data.features, data.classes, inputs, output, seed)
    except ValueError as error:
        raise DataError(str(error)) from error


def saved(data: Data, options: argparse.Namespace) -> Predictor:
    """Return the predictor that `--load` names, if it is one for this data."""
    for option in ("layers", "activation"):
        if getattr(options, option) is not None:
            raise DataError(f"{options.load}: a saved model has its own {option}; leave --{option} out")
    try:
        predictor = Predictor.from_file(options.load)
    except ValueError as error:
        raise DataError(str(error)) from error
    if (predictor.features, predictor.classes) != (data.features, data.classes):
        raise DataError(f"{options.load}: this model was trained on other columns or classes than {data.name} has")
    for option, fixed in (("loss", predictor.loss), ("seed", predictor.seed)):
        if getattr(options, option) not in (None, fixed):
            raise DataError(f"{options.load}: this model was trained with --{option} {fixed}; leave --{option} out")
    return predictor


def learn(data: Data, predictor: Predictor, train: Sequence[int], options: argparse.Namespace) -> History:
    """Train the model in place; of 50 samples or more, every tenth says which epoch is best."""
    checking = train[::10] if len(train) >= 50 else []
    held = set(checking)
    fitting = [i for i in train if i not in held]
    targets = predictor.targets(data.y)

    def samples(places: Sequence[int]) -> tuple[list[list[float]], list[Any]]:
        return [predictor.inputs(data.X[i]) for i in places], [targets[i] for i in places]

    defaults = OTHERS | DEFAULTS.get(options.data, {})
    epochs = options.epochs or defaults["epochs"]
    rate = options.lr or (RATES | defaults["rates"])[options.optimizer]
    steps = epochs * math.ceil(len(fitting) / options.batch_size)
    return fit(
        predictor.model,
        *samples(fitting),
        loss=predictor.loss,
        optimizer=OPTIMIZERS[options.optimizer](predictor.model.parameters(), lr=rate, schedule=cosine(steps, 0.05)),
        epochs=epochs,
        batch_size=options.batch_size,
        validation=samples(checking) if checking else None,
        seed=predictor.seed,
        progress=not options.quiet,
        compiled=not options.eager,
    )


def grade(data: Data, truth: Sequence[Any], said: Sequence[Any]) -> str:
    """Return the score on the test samples as text: accuracy, or R2 and root mean squared error."""
    if data.classes:
        return f"accuracy {sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth):.4f}"
    middle = math.fsum(truth) / len(truth)
    rest = math.fsum((t - s) ** 2 for t, s in zip(truth, said, strict=True))
    whole = math.fsum((t - middle) ** 2 for t in truth)
    return f"R2 {1.0 - rest / whole if whole else math.nan:.4f}, RMSE {math.sqrt(rest / len(truth)):.4g}"


def check_folder(folder: Path) -> None:
    """Raise DataError unless the folder is there, or can be made, and can be written to."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise DataError(f"{folder}: {existing} is not a folder; choose another --output")
    if not os.access(existing, os.W_OK):
        raise DataError(f"{folder}: {existing} cannot be written to; choose another --output")


def write(folder: Path, predictor: Predictor, history: History, figures: dict[str, Any]) -> None:
    """Write all results, or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        predictor.save(made / "model.safetensors")
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
    for name in ("epochs", "batch_size"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser().error(f"--{name.replace('_', '-')} is {getattr(options, name)}; use at least 1")
    if options.lr is not None and not 0.0 < options.lr < math.inf:
        parser().error(f"--lr is {options.lr}; use a number above 0")
    try:
        run(options)
    except (DataError, AutogradError, OSError) as error:
        print(f"python -m nn: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # within the training it is a way to stop; anywhere else nothing is written
        print("python -m nn: interrupted, nothing is written", file=sys.stderr)
        return 130
    return 0
