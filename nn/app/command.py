"""The main job: `python -m nn DATA` trains a network on real data and writes the model, a report, and pictures.

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
from dataclasses import replace
from pathlib import Path
from typing import Any

import autograd
from autograd import AutogradError
from nn.app import diagrams, page, report
from nn.app.data import BUNDLED, Data, load, split
from nn.app.folds import cross_validate
from nn.app.judging import grade, judge
from nn.app.learning import SHARE, from_file, learn, new, saved
from nn.app.prediction import evaluate, predict
from nn.app.predictor import QUANTITY_LOSSES, TWO_CLASS_LOSSES, Predictor
from nn.app.preparation import Reading
from nn.app.reading import DataError
from nn.app.stopped import Stopped
from nn.history import History
from nn.layers import activations
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS

TRAINING = (
    "layers",
    "activation",
    "loss",
    "balance",
    "lr",
    "epochs",
    "batch_size",
    "test_share",
    "seed",
    "eager",
    "cv",
    "resume",
)
SHOWN = 40  # lines on columns
Places = tuple[list[int], list[int]]  # of the samples to train on, and to test with


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
        "  python -m nn digits --load runs/digits/model.safetensors\n"
        "  python -m nn --load runs/houses/model.safetensors --predict new.csv -o prices.csv",
    )
    what = f"{', '.join(BUNDLED)} (scikit-learn's), or a table: CSV in any form, Parquet, Excel, JSON lines, .gz, or -"
    p.add_argument("data", metavar="DATA", nargs="?", help=f"{what} for standard input")
    p.add_argument("--target", metavar="COLUMN", help="the column of the file to predict")
    use = p.add_argument_group("a saved model")
    use.add_argument("--load", type=Path, metavar="MODEL", help="use a saved model; with --epochs, train it further")
    use.add_argument("--predict", metavar="FILE", help="write the model's answer for each row of FILE, as CSV")
    use.add_argument("--evaluate", metavar="FILE", help="print the model's score on FILE, which has the target")
    _add_training(p.add_argument_group("training"))
    cells = p.add_argument_group("reading, where a file leaves it open")
    cells.add_argument("--decimal", choices=[".", ","], metavar="SIGN", help="the decimal sign, . or ,")
    cells.add_argument("--dates", choices=["day", "month"], help="which comes first in dates such as 01/02/2024")
    cells.add_argument("--missing", action="append", default=[], metavar="TEXT", help="cells of this text are empty")
    cells.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="leave a column out")
    p.add_argument("--cv", type=int, metavar="K", help="first K trainings, each tested on another Kth of the samples")
    p.add_argument("--resume", action="store_true", help="go on with a training that was stopped, by the same command")
    p.add_argument("-o", "--output", type=Path, help="folder of results (default: runs/DATA); of --predict, the file")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    p.add_argument("--list", action="store_true", help="list data sets, activations, losses, optimizers, and end")
    p.add_argument("--version", action="version", version=f"valuegrad {autograd.__version__}")
    return p


def _add_training(p: Any) -> None:
    p.add_argument("--layers", type=sizes, metavar="N,N,...", help="sizes of the hidden layers (default: by the data)")
    p.add_argument("--activation", help="of the hidden layers (default: relu)")
    p.add_argument("--loss", choices=[*TWO_CLASS_LOSSES, *QUANTITY_LOSSES], help="default: by the target")
    p.add_argument("--balance", action="store_true", help="let all classes weigh as much as each other")
    p.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="default: %(default)s")
    p.add_argument("--lr", type=float, help="learning rate (default: by optimizer and data); falls along a cosine")
    p.add_argument("--epochs", type=int, help="passes over the training data (default: by the data)")
    p.add_argument("--patience", type=int, default=20, help="epochs without a better one, then stop (default: 20)")
    p.add_argument("--batch-size", type=int, help="samples per step (default: 16, more where there are many samples)")
    p.add_argument("--test-share", type=float, help="of the samples, kept for the test (default: 0.2)")
    p.add_argument("--seed", type=int, help="of split, weights and order (default: 0, or that of the loaded model)")
    p.add_argument("--eager", action="store_true", help="train on Values, not on compiled code")


def run(options: argparse.Namespace) -> None:
    """Do the whole job, or what `--predict` and `--evaluate` ask for."""
    reading = Reading(options.decimal, options.dates, frozenset(options.missing), frozenset(options.ignore))
    if options.predict is not None:
        return predict(from_file(options.load), options.predict, options.output, reading)
    if options.evaluate is not None:
        model = from_file(options.load)
        return evaluate(replace(model, target=options.target or model.target), options.evaluate, reading)
    return train(options, reading)


def train(options: argparse.Namespace, reading: Reading) -> None:
    """Train, or load, test, and write all results."""
    report.figure(1.0, 1.0)  # what is missing should be said before the training, not after it
    folder = options.output or Path("runs") / (Path(options.data).stem if options.data != "-" else "stdin")
    check_folder(folder)
    predictor, data, places, found = begin(options, reading)
    learning, testing = places
    shown = [*found[:SHOWN], f"and {len(found) - SHOWN} more, in report.html"] if len(found) > SHOWN else found
    model = [f"{len(learning)} samples to train on, {len(testing)} to test with", repr(predictor.model)]
    print("\n".join([data.describe(), *shown, *model]), flush=True)
    history, stopped = History(), Stopped(folder)
    if options.epochs or not options.load:
        history = _trained(data, predictor, learning, options, stopped)
    said = predictor([data.X[i] for i in testing])
    truth = [data.y[i] for i in testing]
    score = grade(data.classes, truth, said)
    judged = [f"test {score}", *judge(data.classes, [data.y[i] for i in learning], truth, said)]
    print("\n".join(judged))
    figures = report.pictures(data, history, predictor, testing, said, score)
    more = diagrams.more_pictures(data, predictor, testing, said)
    trained = [repr(history)] if history.epochs else []
    text = "\n".join([data.describe(), *found, *model, *trained, *judged]) + "\n"
    html = page.page(data, predictor, judged, model + trained, found, figures | more)
    write(folder, predictor, history, figures, {"report.txt": text, "report.html": html})
    if history.ended == "interrupted":
        print("the same command with --resume goes on with the training")
    else:
        stopped.end()


def begin(options: argparse.Namespace, reading: Reading) -> tuple[Predictor, Data, Places, list[str]]:
    """Return the predictor to train or to test, its data, which of them are for what, and what to say of them."""
    if options.load:
        predictor, data, notes = saved(options, reading)
        places = split(data, predictor.seed, predictor.share)
        return predictor, data, places, notes
    source = load(options.data, options.target, reading)
    scores = []
    for line in cross_validate(source, options, reading) if options.cv else ():
        print(line, flush=True)
        scores.append(line)
    places = split(source, options.seed or 0, options.test_share or SHARE)
    predictor, data, found = new(source, places[0], options, reading)
    return predictor, data, places, [*source.table.notes, *found, *scores[-1:]]


def _trained(
    data: Data, predictor: Predictor, learning: Sequence[int], options: argparse.Namespace, stopped: Stopped
) -> History:
    """Train the predictor; what is needed to go on after a kill stays in the folder until the results are written."""
    started = time.perf_counter()
    if told := stopped.begin(options, data):
        print(told, flush=True)
    history = learn(data, predictor, learning, options, stopped.checkpoint)
    print(f"{history!r}\ntraining took {time.perf_counter() - started:.1f} s")
    if history.best is None:
        stopped.end()
        raise DataError(f"training {history.ended} before there was a first result; nothing is written")
    return history


def check_folder(folder: Path) -> None:
    """Raise DataError unless the folder is there, or can be made, and can be written to."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise DataError(f"{folder}: {existing} is not a folder; choose another --output")
    if not os.access(existing, os.W_OK):
        raise DataError(f"{folder}: {existing} cannot be written to; choose another --output")


def write(folder: Path, predictor: Predictor, history: History, figures: dict[str, Any], texts: dict[str, str]) -> None:
    """Write all results, or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        predictor.save(made / "model.safetensors")
        for name, text in texts.items():
            (made / name).write_text(text, encoding="utf-8")
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


def listing() -> str:
    """Return what there is to choose from.

    >>> print(listing())
    data sets: breast_cancer, diabetes, digits, iris, moons, wine
    ...
    """
    named = {"data sets": BUNDLED, "activations": activations(), "losses": LOSSES, "optimizers": OPTIMIZERS}
    return "\n".join(f"{what}: {', '.join(names)}" for what, names in named.items())


def check(options: argparse.Namespace, p: argparse.ArgumentParser) -> None:
    """End with a message and the usage if options are out of range or do not go together."""
    for name in ("epochs", "batch_size", "patience"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            p.error(f"--{name.replace('_', '-')} is {getattr(options, name)}; use at least 1")
    if options.lr is not None and not 0.0 < options.lr < math.inf:
        p.error(f"--lr is {options.lr}; use a number above 0")
    if options.test_share is not None and not 0.0 < options.test_share < 1.0:
        p.error(f"--test-share is {options.test_share}; use a number between 0 and 1, such as 0.2")
    if options.cv is not None and options.cv < 2:
        p.error(f"--cv is {options.cv}; use at least 2, such as 5")
    using = [option for option in ("predict", "evaluate") if getattr(options, option) is not None]
    if using and options.load is None:
        p.error(f"--{using[0]} needs a model: --load runs/DATA/model.safetensors")
    if len(using) + (options.data is not None) > 1:
        p.error("DATA, --predict and --evaluate do not go together; use one of them")
    if using and (idle := [name for name in TRAINING if getattr(options, name) not in (None, False)]):
        p.error(f"--{using[0]} does not train; leave --{idle[0].replace('_', '-')} out")
    if options.load and options.cv:
        p.error("--cv trains models of its own; leave --load out")
    if not using and options.data is None:
        p.error(f"say what to learn from: a file with --target COLUMN, or one of {', '.join(BUNDLED)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; return 0, or 2 with one line on stderr if the data or the options are at fault."""
    p = parser()
    options = p.parse_args(arguments)
    if options.list:
        print(listing())
        return 0
    check(options, p)
    try:
        run(options)
    except (DataError, AutogradError, OSError) as error:
        print(f"python -m nn: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # within the training it is a way to stop; anywhere else nothing is written
        print("python -m nn: interrupted, nothing is written", file=sys.stderr)
        return 130
    return 0
