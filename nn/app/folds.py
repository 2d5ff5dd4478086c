"""`--cv K`: K trainings, each tested on another Kth of the samples, tell how far a score depends on the split."""

import argparse
import random
from collections.abc import Iterator
from typing import Any

from nn.app.data import Source
from nn.app.judging import scores, spread
from nn.app.learning import learn, new
from nn.app.preparation import Reading
from nn.app.reading import DataError


def folds(source: Source, seed: int, count: int) -> list[list[int]]:
    """Return the places of the samples in `count` parts, each with about the same share of each class.

    The order is drawn from `seed`; DataError where there are fewer samples than parts.
    """
    if count > len(source.y):
        raise DataError(f"--cv is {count}, and there are {len(source.y)} samples; use at most as many")
    places = list(range(len(source.y)))
    random.Random(seed).shuffle(places)
    if source.classes:
        places.sort(key=source.y.__getitem__)  # which keeps the order within a class
    return [sorted(places[i::count]) for i in range(count)]


def cross_validate(source: Source, options: argparse.Namespace, reading: Reading) -> Iterator[str]:
    """Yield a line with the scores of each fold, and one with their mean and standard deviation."""
    quiet = argparse.Namespace(**vars(options) | {"quiet": True})
    found: list[dict[str, float]] = []
    for i, testing in enumerate(folds(source, options.seed or 0, options.cv)):
        held = set(testing)
        learning = [place for place in range(len(source.y)) if place not in held]
        predictor, data, _ = new(source, learning, options, reading)
        history = learn(data, predictor, learning, quiet)
        if history.ended == "interrupted":
            raise KeyboardInterrupt
        if history.best is None:
            raise DataError(f"training {history.ended} before there was a first result; nothing is written")
        truth: list[Any] = [data.y[place] for place in testing]
        found.append(scores(data.classes, truth, predictor([data.X[place] for place in testing])))
        yield f"fold {i + 1} of {options.cv}: {_listed(found[-1])}"
    ends = {name: spread([fold[name] for fold in found]) for name in found[0]}
    told = ", ".join(f"{name} {mean:.4g} ± {deviation:.2g}" for name, (mean, deviation) in ends.items())
    yield f"{options.cv} folds: {told} (mean, standard deviation)"


def _listed(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {x:.4g}" for name, x in found.items())
