"""Data for the main job: scikit-learn's bundled sets, or a CSV file, whose faults are named by line and column.

Start at `load`. The one surprise: a target column of texts or of few whole numbers means classes, any other a
quantity to regress.
"""

import csv
import difflib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import MissingExtra

BUNDLED = ("breast_cancer", "digits", "moons")
MOST_CLASSES = 20


class DataError(Exception):
    """What is wrong with the data, in one line for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Data:
    """Samples by rows, with one target each; `classes` is empty where the target is a quantity."""

    name: str
    features: list[str]
    X: list[list[float]]
    y: list[Any]  # class numbers 0, 1, ... or floats
    classes: list[str]

    def describe(self) -> str:
        """Return what was found, in a line or two."""
        size = f"{self.name}: {len(self.X)} samples, {len(self.features)} features"
        if not self.classes:
            return f"{size}, target from {min(self.y):g} to {max(self.y):g}"
        counts = ", ".join(f"{name} ({self.y.count(i)})" for i, name in enumerate(self.classes))
        return f"{size}, {len(self.classes)} classes: {counts}"


def load(name: str, target: str | None = None) -> Data:
    """Return bundled data by name, or a CSV file with its `target` column; DataError if it cannot be used."""
    if name in BUNDLED:
        return _bundled(name)
    if not Path(name).exists():
        close = difflib.get_close_matches(name, BUNDLED, 1)
        hint = f"; did you mean {close[0]}?" if close else f"; use a CSV file or one of {', '.join(BUNDLED)}"
        raise DataError(f"{name}: no such file{hint}")
    return _from_csv(Path(name), target)


def _bundled(name: str) -> Data:
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    if name == "moons":
        X, y = datasets.make_moons(n_samples=400, noise=0.1, random_state=1)
        return Data(name, ["x", "y"], X.tolist(), y.tolist(), ["upper", "lower"])
    found = getattr(datasets, f"load_{name}")()
    names = [str(x) for x in found.target_names]
    return Data(name, [str(x) for x in found.feature_names], found.data.tolist(), found.target.tolist(), names)


def _from_csv(path: Path, target: str | None) -> Data:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path}: not a text file in UTF-8: {error}") from error
    lines = csv.reader(text.splitlines())
    header = [cell.strip() for cell in next(lines, [])]
    if not header:
        raise DataError(f"{path}: the file is empty; its first line must name the columns")
    if twice := [name for i, name in enumerate(header) if name in header[:i]]:
        raise DataError(f"{path}: column {twice[0]!r} is there twice")
    if target is None:
        raise DataError(f"{path}: say which column is the target: --target {header[-1]}")
    if target not in header:
        raise DataError(f"{path}: no column {target!r}; there are {', '.join(header)}")
    place = header.index(target)
    X, raw = [], []
    for row in lines:
        if not row:
            continue
        if len(row) != len(header):
            raise DataError(f"{path}: line {lines.line_num} has {len(row)} cells, the header {len(header)}")
        cells = [
            _number(path, lines.line_num, name, cell) for name, cell in zip(header, row, strict=True) if name != target
        ]
        X.append(cells)
        if not row[place].strip() or row[place].strip().lower() == "nan":
            raise DataError(f"{path}: line {lines.line_num}: the target {target!r} is missing")
        raw.append(row[place].strip())
    if len(X) < 10:
        raise DataError(f"{path}: {len(X)} samples; at least 10 are needed to train and to test")
    if len(header) < 2:
        raise DataError(f"{path}: there is no column besides the target")
    y, classes = _targets(raw)
    if len(classes) == 1:
        raise DataError(f"{path}: every target is {classes[0]!r}; there is nothing to tell apart")
    return Data(path.stem, [name for name in header if name != target], X, y, classes)


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        x = float(cell)
    except ValueError:
        what = f"{cell.strip()[:30]!r} is not a number" if cell.strip() else "the cell is empty"
        raise DataError(f"{path}: line {line}, column {column!r}: {what}") from None
    if not math.isfinite(x):
        raise DataError(f"{path}: line {line}, column {column!r}: {cell.strip()} is not a finite number")
    return x


def _targets(raw: list[str]) -> tuple[list[Any], list[str]]:
    """Return (targets, class names): few whole numbers or any texts are classes, else the numbers themselves."""
    try:
        numbers = [float(x) for x in raw]
    except ValueError:
        numbers = []
    if numbers and not all(map(math.isfinite, numbers)):
        numbers = []
    if numbers and (len(set(numbers)) > MOST_CLASSES or any(x != math.floor(x) for x in numbers)):
        return numbers, []
    classes = sorted(set(raw), key=float if numbers else str)
    place = {name: i for i, name in enumerate(classes)}
    return [place[x] for x in raw], classes


@dataclass(frozen=True, slots=True)
class Scaling:
    """How each feature is brought to mean 0 and deviation 1; saved with the model, so that it takes raw data."""

    means: list[float]
    deviations: list[float]

    def __call__(self, X: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return the samples scaled."""
        return [[(x - m) / d for x, m, d in zip(row, self.means, self.deviations, strict=True)] for row in X]


def scaling(X: Sequence[Sequence[float]]) -> Scaling:
    """Return the scaling that fits these samples; a constant feature is only centred."""
    columns = list(zip(*X, strict=True))
    means = [math.fsum(c) / len(c) for c in columns]
    spreads = [math.sqrt(math.fsum((x - m) ** 2 for x in c) / len(c)) for c, m in zip(columns, means, strict=True)]
    return Scaling(means, [d or 1.0 for d in spreads])


def split(data: Data, seed: int, share: float = 0.2) -> tuple[list[int], list[int]]:
    """Return the indices of (training, test) samples: the same share of each class, drawn from `seed`."""
    rng = random.Random(seed)
    groups: dict[Any, list[int]] = {}
    for i, target in enumerate(data.y):
        groups.setdefault(target if data.classes else None, []).append(i)
    train, test = [], []
    for group in groups.values():
        rng.shuffle(group)
        cut = max(1, round(share * len(group))) if len(group) > 1 else 0
        test += group[:cut]
        train += group[cut:]
    return sorted(train), sorted(test)
