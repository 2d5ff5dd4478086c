"""From cells to what the network takes: one description of every column, learned once, saved with the model.

scikit-learn's parts learn and apply it: SimpleImputer, MissingIndicator, OneHotEncoder. What they learned is kept as
plain numbers and texts, from which the same pipeline is made again, so a model's file needs no pickle.
"""

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from autograd import MissingExtra
from nn.app.cells import LARGEST, Cell, date, date_formats, decimal_sign, missing, number
from nn.app.reading import DataError, Table

MOST_CATEGORIES = 20  # of a column that get an input each; rarer ones share none
FREE = 0.5  # of the rows: a text column with more different values than this is names or prose
FAULTS = 0.1  # of the cells: where fewer are text, the column is one of numbers with faults in it
NOTHING = "(missing)"
PARTS = ("days since 1970", "month", "weekday", "hour")
NUMBER, CATEGORY, DATE = "number", "category", "date"


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the file becomes; of what does not apply to its kind, the default."""

    name: str
    kind: str = NUMBER
    decimal: str = "."
    fill: float = 0.0  # what stands for a missing number: the median
    gaps: bool = False  # whether one input says that the number is missing
    categories: list[str] = field(default_factory=list)  # with an input each
    style: str = ""  # the format of a date
    parts: list[str] = field(default_factory=list)  # of a date, with an input each
    fills: list[float] = field(default_factory=list)  # of the parts

    def __post_init__(self) -> None:
        if not all(isinstance(x, list) for x in (self.categories, self.parts, self.fills)):
            raise ValueError("a column's categories or parts are no lists")
        texts = [self.name, self.kind, self.decimal, self.style, *self.categories, *self.parts]
        numbers = [self.fill, *self.fills]
        good = all(isinstance(x, str) for x in texts) and all(type(x) is float and abs(x) < math.inf for x in numbers)
        if not good or self.kind not in (NUMBER, CATEGORY, DATE) or type(self.gaps) is not bool:
            raise ValueError(f"its column {self.name!r} is not described")
        if self.decimal not in (".", ",") or not set(self.parts) <= {*PARTS} or len(self.parts) != len(self.fills):
            raise ValueError(f"its column {self.name!r} is not described")
        if not self.inputs:
            raise ValueError(f"its column {self.name!r} becomes no input")

    @property
    def inputs(self) -> list[str]:
        """The names of the network's inputs that it becomes."""
        if self.kind == NUMBER:
            return [self.name, *([f"{self.name} is missing"] if self.gaps else [])]
        if self.kind == DATE:
            return [f"{self.name}, {part}" for part in self.parts]
        return [f"{self.name} = {value}" for value in self.categories]

    def strangers(self, cells: Iterable[Cell], options: "Reading") -> list[str]:
        """Return the texts that are none of its categories, in order."""
        if self.kind != CATEGORY:
            return []
        return sorted({_category(cell, options) for cell in cells} - {*self.categories})

    def __str__(self) -> str:
        if self.kind == NUMBER:
            return f"a number{f'; missing ones become {self.fill:g}, and an input says so' if self.gaps else ''}"
        if self.kind == DATE:
            return f"a date, as {', '.join(self.parts)}"
        return f"categories, one input each: {', '.join(self.categories)}"


@dataclass(frozen=True, slots=True)
class Preparation:
    """How the rows of a table become rows of numbers; `dropped` says why a column is left out."""

    columns: list[Column]
    dropped: dict[str, str] = field(default_factory=dict)

    @classmethod
    def learn(cls, table: Table, train: Sequence[int], options: "Reading") -> "Preparation":
        """Return what fits the table: kinds by all rows, numbers and categories by those to train on."""
        columns, dropped = [], {}
        for name, cells in table.columns.items():
            found = "as --ignore says" if name in options.ignored else _column(table, name, cells, train, options)
            if isinstance(found, str):
                dropped[name] = found
            else:
                columns.append(found)
        if not columns:
            raise DataError(f"{table.name}: no column besides the target can be used: {_reasons(dropped)}")
        return cls(columns, dropped)

    @property
    def inputs(self) -> list[str]:
        """The names of the network's inputs."""
        return [name for column in self.columns for name in column.inputs]

    def __call__(self, table: Table, options: "Reading") -> list[list[float]]:
        """Return the inputs for each row; DataError if a column is not there or holds what it cannot."""
        absent = [column.name for column in self.columns if column.name not in table.columns]
        if absent:
            raise DataError(
                f"{table.name}: no column {absent[0]!r}; the model was trained on other columns than {names(table)}"
            )
        frame = {column.name: _values(table, column, options) for column in self.columns}
        if all(column.kind == NUMBER and not column.gaps for column in self.columns):
            filled = [[c.fill if math.isnan(x) else x for x in frame[c.name]] for c in self.columns]
            return [list(row) for row in zip(*filled, strict=True)]
        return _pipeline(self.columns, frame)

    def describe(self) -> list[str]:
        """Return a line for each column."""
        kept = [f"{column.name}: {column}" for column in self.columns]
        return kept + [f"{name}: left out, {reason}" for name, reason in self.dropped.items()]

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Preparation":
        """Return what `to_json` gave; AttributeError, TypeError or ValueError for anything else."""
        dropped = dict(content.get("dropped", {}))
        if not all(isinstance(reason, str) for reason in dropped.values()):
            raise ValueError("its reasons to leave columns out are not texts")
        return cls([Column(**column) for column in content["columns"]], dropped)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {"columns": [asdict(column) for column in self.columns], "dropped": self.dropped}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the options say about cells; None: the file shows it."""

    decimal: str | None = None
    dates: str | None = None  # "day" or "month", which comes first
    empty: frozenset[str] = frozenset()  # texts that stand for a missing cell besides the usual ones
    ignored: frozenset[str] = frozenset()  # columns

    def absent(self, cell: Cell) -> bool:
        """Return whether a cell says that there is nothing."""
        return missing(cell) or (isinstance(cell, str) and cell in self.empty)


def names(table: Table) -> str:
    """Return the names of the columns for a message, the first ten of many."""
    found = list(table.columns)
    return ", ".join(found[:10]) + (f" and {len(found) - 10} more" if len(found) > 10 else "")


def _reasons(dropped: dict[str, str]) -> str:
    return "; ".join(f"{name} is {reason}" for name, reason in list(dropped.items())[:3]) or "there is none"


def _column(table: Table, name: str, cells: Sequence[Cell], train: Sequence[int], options: Reading) -> Column | str:
    """Return what a column becomes, or why it is left out."""
    seen = [cells[i] for i in train]
    there = [cell for cell in cells if not options.absent(cell)]
    different = {cell for cell in seen if not options.absent(cell)}
    gaps = any(map(options.absent, seen))
    if not different:
        return "empty"
    if len(different) == 1 and not gaps:
        return f"always {seen[0]!r}"
    style = decimal(table, name, there, options)
    numeric = {cell: number(cell, style) for cell in set(there)}
    faults = sum(math.isnan(numeric[cell]) for cell in there)
    if faults <= FAULTS * len(there):
        values = numbers(table, name, cells, style, options)
        if _counts_rows(name, values):
            return "the number of the row"
        return Column(name, NUMBER, style, _median([values[i] for i in train]), gaps)
    texts = sorted({cell for cell in there if isinstance(cell, str)})
    if len(texts) == len(set(there)) and (form := date_style(table, name, texts, options)):
        return _date_column(name, [None if options.absent(cell) else date(str(cell), form) for cell in seen], form)
    if len(different) > MOST_CATEGORIES and len(different) > FREE * len(seen):
        return f"names or prose: {len(different)} different texts in {len(seen)} rows"
    return Column(name, CATEGORY, categories=_categories([_category(cell, options) for cell in seen]))


def decimal(table: Table, name: str, cells: Iterable[Cell], options: Reading) -> str:
    """Return the decimal sign of a column: its own, else that of the rest of the file; DataError where neither says."""
    different = set(cells)
    own = decimal_sign(different)
    if own is not None or options.decimal:
        return own or options.decimal or "."
    others = table.decimal_signs()
    if len(others) == 1:
        return min(others)
    commas = [cell for cell in different if isinstance(cell, str) and "," in cell]
    if table.separator == "," or not commas:
        return "."
    raise DataError(
        f"{table.name}: column {name!r} holds {min(commas)!r}, where the comma may be of decimals or of thousands; "
        "say --decimal , or --decimal ."
    )


def date_style(table: Table, name: str, cells: Sequence[str], options: Reading) -> str | None:
    """Return the format of a column of dates, None if it is none; DataError where day and month may be exchanged."""
    found = date_formats(cells)
    if len(found) < 2:
        return found[0] if found else None
    if options.dates:
        return found[0] if options.dates == "day" else found[-1]
    if all(date(cell, found[0]) == date(cell, found[-1]) for cell in cells):
        return found[0]
    raise DataError(
        f"{table.name}: column {name!r} holds {cells[0]!r}, where the day or the month may be first; "
        "say --dates day or --dates month"
    )


def _counts_rows(name: str, values: Sequence[float]) -> bool:
    """Return whether a column only counts the rows: whole numbers, each once, in one that is called so."""
    if not all(map(float.is_integer, values)):
        return False
    if name.lower() in ("id", "index", "row"):
        return len(set(values)) == len(values)
    called = name == "column_1" or name.lower().startswith("unnamed") or name.lower().endswith("id")
    return called and all(b - a == 1.0 for a, b in pairwise(values))


def _median(values: Sequence[float]) -> float:
    impute = _sklearn("impute").SimpleImputer(strategy="median")
    return float(impute.fit([[x] for x in values]).statistics_[0])


def _categories(texts: Sequence[str]) -> list[str]:
    """Return the categories that get an input, in order: the most frequent."""
    encoder = _sklearn("preprocessing").OneHotEncoder(max_categories=MOST_CATEGORIES + 1, handle_unknown="ignore")
    encoder.fit([[text] for text in texts])
    rare = encoder.infrequent_categories_[0] if hasattr(encoder, "infrequent_categories_") else None
    return [str(x) for x in encoder.categories_[0] if rare is None or x not in rare]


def _category(cell: Cell, options: Reading) -> str:
    return NOTHING if options.absent(cell) else f"{cell:.15g}" if isinstance(cell, float) else cell


def _date_column(name: str, dates: Sequence[datetime.datetime | None], style: str) -> Column | str:
    """Return the column of dates with those of its parts that vary."""
    kept, fills = [], []
    for part in PARTS if any(mark in style for mark in ("%Y", "%y", "ISO")) else ["hour"]:
        values = [_part(day, part) for day in dates]
        if len({x for x in values if not math.isnan(x)}) > 1:
            kept.append(part)
            fills.append(_median(values))
    return Column(name, DATE, style=style, parts=kept, fills=fills) if kept else "always the same date"


def _part(day: datetime.datetime | None, part: str) -> float:
    if day is None:
        return math.nan
    if part == PARTS[0]:
        return (day - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
    return {"month": float(day.month), "weekday": float(day.isoweekday()), "hour": day.hour + day.minute / 60}[part]


def _values(table: Table, column: Column, options: Reading) -> list[Any]:
    """Return the cells of a column as numbers, categories, or lists of parts; DataError names a cell that is none."""
    cells = table.columns[column.name]
    if column.kind == CATEGORY:
        return [_category(cell, options) for cell in cells]
    if column.kind == NUMBER:
        style = decimal_sign(set(cells)) or options.decimal or column.decimal
        return numbers(table, column.name, cells, style, options)
    there = {str(cell) for cell in cells if not options.absent(cell)}
    style = column.style
    if not all(date(cell, style) for cell in there):  # another way of writing them than in training
        style = date_style(table, column.name, sorted(there), options) or style
    found = []
    for i, cell in enumerate(cells):
        day = None if options.absent(cell) else date(str(cell), style)
        if day is None and not options.absent(cell):
            raise DataError(f"{table.place(i, column.name)}: {str(cell)[:30]!r} is not a date")
        found.append([_part(day, part) for part in column.parts])
    return found


def numbers(table: Table, name: str, cells: Sequence[Cell], style: str, options: Reading) -> list[float]:
    """Return cells as numbers, NaN for what is missing; DataError names the first that is none."""
    known: dict[Cell, float] = {}
    for i, cell in enumerate(cells):
        if cell in known:
            continue
        known[cell] = x = math.nan if options.absent(cell) else number(cell, style)
        if math.isnan(x) and not options.absent(cell):
            text = str(cell)[:30]
            remedy = f"; say --missing {text!r} if it stands for nothing, or --ignore {name!r}"
            raise DataError(f"{table.place(i, name)}: {text!r} is not a number{remedy}")
        if abs(x) >= LARGEST:
            fault = "too large" if math.isfinite(x) else "not a finite number"
            raise DataError(f"{table.place(i, name)}: {str(cell)[:30]} is {fault}")
    return [known[cell] for cell in cells]


def _pipeline(columns: Sequence[Column], frame: dict[str, list[Any]]) -> list[list[float]]:
    """Return the inputs for each row, by scikit-learn's parts with what was learned put in."""
    impute, encode, compose = _sklearn("impute"), _sklearn("preprocessing"), _sklearn("pipeline")
    found: list[Any] = []
    for column in columns:
        values = frame[column.name]
        if column.kind == CATEGORY:
            step = encode.OneHotEncoder(categories=[column.categories], handle_unknown="ignore", sparse_output=False)
            found.append(step.fit([[column.categories[0]]]).transform([[text] for text in values]).tolist())
        elif column.kind == DATE:
            steps = [impute.SimpleImputer(strategy="constant", fill_value=fill) for fill in column.fills]
            parts = [step.fit([[0.0]]).transform([[row[i]] for row in values]) for i, step in enumerate(steps)]
            found.append([[float(part[j, 0]) for part in parts] for j in range(len(values))])
        else:
            step = impute.SimpleImputer(strategy="constant", fill_value=column.fill)
            step = compose.make_union(step, impute.MissingIndicator(features="all")) if column.gaps else step
            found.append(step.fit([[0.0]]).transform([[x] for x in values]).astype(float).tolist())
    return [[x for part in row for x in part] for row in zip(*found, strict=True)]


def _sklearn(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
