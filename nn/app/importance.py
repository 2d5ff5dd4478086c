"""How much a score depends on each column of the file: by how much it falls when the column's cells are shuffled.

All inputs that a column becomes are shuffled together. The idea is Breiman's (2001); see also Fisher, Rudin and
Dominici (2019). What two columns both tell, each alone seems not to matter.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nn.app.data import Data
from nn.app.judging import scores, spread
from nn.app.predictor import Predictor

MOST_SAMPLES = 1000
SHUFFLES = 5
MANY = 100  # columns; where there are more, one shuffle each has to do


@dataclass(frozen=True, slots=True)
class Importance:
    """By how much a score falls without what a column tells: mean and standard deviation of several shuffles."""

    column: str
    fall: float
    deviation: float


def importances(predictor: Predictor, data: Data, test: Sequence[int]) -> list[Importance]:
    """Return the importance of each column for the accuracy, or R2, on the test samples; the largest first.

    Where R2 is not defined, because all targets are the same, there are none.
    """
    import numpy as np

    rng = random.Random(predictor.seed)
    places = list(test) if len(test) <= MOST_SAMPLES else sorted(rng.sample(list(test), MOST_SAMPLES))
    scaled, truth = np.array([predictor.inputs(data.X[i]) for i in places]), [data.y[i] for i in places]

    said = predictor.by_matrices()

    def score() -> float:
        return next(iter(scores(data.classes, truth, said(scaled)).values()))

    whole, found = score(), []
    for name, inputs in _inputs_by_column(predictor):
        kept = scaled[:, inputs].copy()
        falls = []
        for _ in range(SHUFFLES if len(predictor.preparation.columns) <= MANY else 1):
            scaled[:, inputs] = kept[rng.sample(range(len(places)), len(places))]
            falls.append(whole - score())
        scaled[:, inputs] = kept
        found.append(Importance(name, *spread(falls)))
    return sorted((x for x in found if math.isfinite(x.fall)), key=lambda x: -x.fall)


def _inputs_by_column(predictor: Predictor) -> Iterator[tuple[str, list[int]]]:
    """Yield (name of a column, the places of the inputs that it becomes)."""
    start = 0
    for column in predictor.preparation.columns:
        yield column.name, list(range(start, start + len(column.inputs)))
        start += len(column.inputs)
