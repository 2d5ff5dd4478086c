"""Data for the main job: scikit-learn's bundled sets, or a CSV file, whose faults are named by line and column.

A target column of texts or of few whole numbers means classes, any other a quantity to regress.
"""

import csv
import difflib
import io
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import MissingExtra

BUNDLED = ("breast_cancer", "digits", "moons")
MOST_CLASSES = 20  # of whole numbers; more of them are a quantity
FEWEST_SAMPLES = 10
LARGEST = 1e100  # of a feature or a quantity, so that variances stay finite


class DataError(Exception):
    """What is wrong with the data or the options, in one line for the person who gave them."""


@dataclass(frozen=True, slots=True)
class Data:
    """Samples by rows, with one target each; `classes` is empty where the target is a quantity."""

    name: str
    features: list[str]
    X: list[list[float]]
    y: list[Any]  # class numbers 0, 1, ... or floats
    classes: list[str]

    def describe(self) -> str:
        """Return what was found, in a line."""
        size = f"{self.name}: {len(self.X)} samples, {len(self.features)} features"
        if not self.classes:
            return f"{size}, target from {min(self.y):g} to {max(self.y):g}"
        counts = Counter(self.y)
        return f"{size}, {len(self.classes)} classes: " + ", ".join(
            f"{name} ({counts[i]})" for i, name in enumerate(self.classes)
        )


def load(name: str, target: str | None = None) -> Data:
    """Return bundled data by name, or a CSV file with its `target` column; DataError if it cannot be used."""
    if name in BUNDLED:
        return _bundled(name)
    path = Path(name)
    if not path.exists():
        close = difflib.get_close_matches(name, BUNDLED, 1, 0.7)
        hint = f"did you mean {close[0]}?" if close else f"use a CSV file or one of {', '.join(BUNDLED)}"
        raise DataError(f"{name}: no such file; {hint}")
    try:
        return _from_csv(path, target)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text file in UTF-8: byte {error.start} is {error.object[error.start]:#x}"
        ) from error
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV file: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error


def _bundled(name: str) -> Data:
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    if name == "moons":
        X, y = datasets.make_moons(n_samples=400, noise=0.1, random_state=1)
        return Data(name, ["x", "y"], X.tolist(), y.tolist(), ["upper", "lower"])
    found = getattr(datasets, f"load_{name}")()
    features, classes = ([str(x) for x in names] for names in (found.feature_names, found.target_names))
    return Data(name, features, found.data.tolist(), found.target.tolist(), classes)


def _from_csv(path: Path, target: str | None) -> Data:
    lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    header = [cell.strip() for cell in next(lines, [])]
    target = _checked_target(path, header, target)
    X, raw = [], []
    for row in filter(None, lines):
        line = f"{path}: line {lines.line_num}"
        if len(row) != len(header):
            raise DataError(f"{line} has {len(row)} cells, the header {len(header)}")
        cells = dict(zip(header, map(str.strip, row), strict=True))
        raw.append((cells.pop(target), f"{line}, column {target!r}"))
        if raw[-1][0].lower() in ("", "nan"):
            raise DataError(f"{line}: the target {target!r} is missing")
        X.append([_number(cell, f"{line}, column {name!r}") for name, cell in cells.items()])
    if len(X) < FEWEST_SAMPLES:
        raise DataError(f"{path}: {len(X)} samples; at least {FEWEST_SAMPLES} are needed to train and to test")
    y, classes = _targets(raw)
    if len(set(y)) == 1:
        raise DataError(f"{path}: every target is {raw[0][0]!r}; there is nothing to learn")
    for i, count in Counter(y if classes else []).items():
        if count == 1:
            raise DataError(f"{path}: class {classes[i]!r} has one sample; two are needed to train and to test")
    return Data(path.stem, [name for name in header if name != target], X, y, classes)


def _checked_target(path: Path, header: Sequence[str], target: str | None) -> str:
    """Return the target column; DataError unless the header names it, and other columns, once each."""
    if not any(header):
        raise DataError(f"{path}: the file is empty; its first line must name the columns")
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise DataError(f"{path}: column {twice[0]!r} is there twice")
    if target is None:
        raise DataError(f"{path}: say which column is the target: --target {header[-1]}")
    if target not in header:
        raise DataError(f"{path}: no column {target!r}; there are {', '.join(header)}")
    if len(header) == 1:
        raise DataError(f"{path}: there is no column besides the target")
    return target


def _number(cell: str, place: str) -> float:
    try:
        x = float(cell)
        if not cell.isascii() or "_" in cell:  # a number to Python, as 1_000 and Arabic digits are, but text in a table
            raise ValueError(cell)
    except ValueError:
        raise DataError(f"{place}: {f'{cell[:30]!r} is not a number' if cell else 'the cell is empty'}") from None
    if not abs(x) < LARGEST:
        raise DataError(f"{place}: {cell} is {'too large' if math.isfinite(x) else 'not a finite number'}")
    return x


def _targets(raw: Sequence[tuple[str, str]]) -> tuple[list[Any], list[str]]:
    """Return (targets, class names) of (cell, place) pairs: few whole numbers or texts are classes, else quantities."""
    numbers, faults = [], []
    for cell, place in raw:
        try:
            numbers.append(_number(cell, place))
        except DataError as error:
            faults.append(error)
    names = sorted({cell for cell, _ in raw})
    if numbers and faults and len(names) > MOST_CLASSES:  # a quantity, but for these cells
        raise faults[0]
    if faults:
        return [names.index(cell) for cell, _ in raw], names
    values = sorted(set(numbers))
    if len(values) > MOST_CLASSES or any(x != math.floor(x) for x in values):
        return numbers, []
    return [values.index(x) for x in numbers], [f"{x:.0f}" for x in values]  # "1" and "1.0" are one class


def split(data: Data, seed: int, share: float = 0.2) -> tuple[list[int], list[int]]:
    """Return the indices of (training, test) samples: the same share of each class, drawn from `seed`."""
    rng = random.Random(seed)
    groups: dict[Any, list[int]] = {}
    for i, target in enumerate(data.y):
        groups.setdefault(target if data.classes else None, []).append(i)
    train, test = [], []
    for group in groups.values():
        rng.shuffle(group)
        cut = max(1, round(share * len(group)))
        test += group[:cut]
        train += group[cut:]
    return sorted(train), sorted(test)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How each column is brought to mean 0 and deviation 1, and back."""

    means: list[float]
    deviations: list[float]

    @classmethod
    def of(cls, X: Sequence[Sequence[float]]) -> "Scaling":
        """Return the scaling that fits these samples; a constant column is only centred."""
        columns = list(zip(*X, strict=True))
        means = [math.fsum(c) / len(c) for c in columns]
        spreads = [math.sqrt(math.fsum((x - m) ** 2 for x in c) / len(c)) for c, m in zip(columns, means, strict=True)]
        return cls(means, [d or 1.0 for d in spreads])

    def __call__(self, row: Sequence[float]) -> list[float]:
        """Return a sample scaled."""
        return [(x - m) / d for x, m, d in zip(row, self.means, self.deviations, strict=True)]

    def undo(self, row: Sequence[float]) -> list[float]:
        """Return a scaled sample as it was."""
        return [x * d + m for x, m, d in zip(row, self.means, self.deviations, strict=True)]
