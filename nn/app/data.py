"""Data for the main job: scikit-learn's bundled sets, or a file, whose faults are named by line and column.

A target column of texts or of few whole numbers means classes, any other a quantity to regress.
"""

import difflib
import math
import random
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import MissingExtra
from nn.app.cells import Cell, number
from nn.app.preparation import Column, Preparation, Reading, decimal, names, numbers
from nn.app.reading import DataError, Table, read

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "moons", "wine")
MOST_CLASSES = 20  # of whole numbers; more of them are a quantity
FEWEST_SAMPLES = 10
LINES = 5  # of rows that are left out, as many as a note names


@dataclass(frozen=True, slots=True)
class Source:
    """The cells of the features, and the targets; `classes` is empty where the target is a quantity."""

    table: Table
    target: str  # the name of its column
    y: list[Any]  # class numbers 0, 1, ... or floats
    classes: list[str]
    preparation: Preparation | None = None  # where there is nothing to find out

    def prepared(self, preparation: Preparation, options: Reading) -> "Data":
        """Return the samples as numbers."""
        X = preparation(self.table, options)
        return Data(Path(self.table.name).stem, preparation.inputs, X, self.y, self.classes)


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


def load(name: str, target: str | None = None, options: Reading | None = None, known: Sequence[str] = ()) -> Source:
    """Return bundled data by name, or a file with its `target` column; DataError if it cannot be used."""
    if name in BUNDLED:
        return _bundled(name)
    if name != "-" and not Path(name).exists():
        close = difflib.get_close_matches(name, BUNDLED, 1, 0.7)
        hint = f"did you mean {close[0]}?" if close else f"use a CSV file or one of {', '.join(BUNDLED)}"
        raise DataError(f"{name}: no such file; {hint}")
    return _labelled(read(name, [*known, *([target] if target else [])]), target, options or Reading())


def _bundled(name: str) -> Source:
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    if name == "moons":
        X, y = datasets.make_moons(n_samples=400, noise=0.1, random_state=1)
        features, classes = ["x", "y"], ["upper", "lower"]
    else:
        found = getattr(datasets, f"load_{name}")()
        X, y = found.data, found.target
        features, classes = ([str(x) for x in found.get(names, [])] for names in ("feature_names", "target_names"))
    columns = dict(zip(features, X.T.tolist(), strict=True))
    table = Table(name, columns, list(range(1, len(y) + 1)))
    means = {title: math.fsum(cells) / len(cells) for title, cells in columns.items()}
    preparation = Preparation([Column(title, fill=means[title]) for title in features])
    return Source(table, "target", y.tolist(), classes, preparation)


def _labelled(table: Table, target: str | None, options: Reading) -> Source:
    """Return the table without its target, and without the rows that have none."""
    target = _checked_target(table, target, options)
    cells = table.columns[target]
    there = [i for i, cell in enumerate(cells) if not options.absent(cell)]
    if len(there) < len(cells):
        lines = [table.lines[i] for i in sorted({*range(len(cells))} - {*there})]
        told = ", ".join(map(str, lines[:LINES])) + (", ..." if len(lines) > LINES else "")
        table.notes.append(f"rows without {target!r}, which are left out: {len(lines)}, at line {told}")
        table = table.rows(there)
    if not there:
        raise DataError(f"{table.name}: no row has a {target!r}")
    if len(table) < FEWEST_SAMPLES:
        raise DataError(
            f"{table.name}: {len(table)} samples; at least {FEWEST_SAMPLES} are needed to train and to test"
        )
    y, classes = _targets(table, target, options)
    first = table.columns.pop(target)[0]
    if len(set(y)) == 1:
        raise DataError(f"{table.name}: every target is {first!r}; there is nothing to learn")
    for i, count in Counter(y if classes else []).items():
        if count == 1:
            raise DataError(f"{table.name}: class {classes[i]!r} has one sample; two are needed to train and to test")
    return Source(table, target, y, classes)


def _checked_target(table: Table, target: str | None, options: Reading) -> str:
    """Return the target column; DataError unless the file has it, and others."""
    header = list(table.columns)
    if target is None:
        raise DataError(f"{table.name}: say which column is the target: --target {shlex.quote(header[-1])}")
    if lost := sorted(options.ignored - {*header}):
        raise DataError(f"{table.name}: no column {lost[0]!r} to ignore; there are {names(table)}")
    if target not in header:
        raise DataError(f"{table.name}: no column {target!r}; there are {names(table)}")
    if f"{target}.2" in header:
        raise DataError(f"{table.name}: column {target!r} is there twice; give the target a name of its own")
    if len(header) == 1:
        raise DataError(f"{table.name}: there is no column besides the target")
    return target


def _targets(table: Table, target: str, options: Reading) -> tuple[list[Any], list[str]]:
    """Return (targets, class names): few whole numbers or texts are classes, else quantities."""
    cells = table.columns[target]
    different = set(cells)
    style = decimal(table, target, cells, options)
    known = {cell: number(cell, style) for cell in different}
    faults = [cell for cell, x in known.items() if math.isnan(x)]
    if faults and (len(faults) == len(known) or len(different) <= MOST_CLASSES):
        classes = sorted(set(map(class_name, different)))
        places = {name: i for i, name in enumerate(classes)}
        return [places[class_name(cell)] for cell in cells], classes
    values = numbers(table, target, cells, style, options)  # which names the first fault
    whole = sorted(set(values))
    if len(whole) > MOST_CLASSES or any(x != math.floor(x) for x in whole):
        return values, []
    order = {x: i for i, x in enumerate(whole)}
    return [order[x] for x in values], [f"{x:.0f}" for x in whole]  # "1" and "1.0" are one class


def class_name(cell: Cell) -> str:
    """Return the name of the class that a cell says."""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def split(data: Source | Data, seed: int, share: float = 0.2) -> tuple[list[int], list[int]]:
    """Return the indices of (training, test) samples: the same share of each class, drawn from `seed`."""
    rng = random.Random(seed)
    groups: dict[Any, list[int]] = {}
    for i, target in enumerate(data.y):
        groups.setdefault(target if data.classes else None, []).append(i)
    train, test = [], []
    for group in groups.values():
        rng.shuffle(group)
        cut = min(max(1, round(share * len(group))), len(group) - 1)
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
