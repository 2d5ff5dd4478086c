"""A saved model on a file: a row of answers for every row, or the score where the file has the answers too."""

import csv
import io
import os
import sys
from pathlib import Path
from typing import Any

from nn.app.cells import is_number, number
from nn.app.data import class_name
from nn.app.judging import grade, judge
from nn.app.predictor import Predictor
from nn.app.preparation import NUMBER, Reading, decimal, numbers
from nn.app.reading import DataError, Table, read


def predict(predictor: Predictor, name: str, output: Path | None, options: Reading) -> None:
    """Write the answer for every row of a file, and the probability of each class, to a CSV file or standard output."""
    if output is not None:
        _check_file(output, name)
    table = _read(predictor, name, options)
    rows = predictor.answers(predictor.preparation(table, options))
    header = [predictor.target, *(f"probability of {c}" for c in predictor.classes)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([neutral(x) if isinstance(x, str) else x for x in row] for row in [header, *rows])
    if output is None:
        print(text.getvalue(), end="")
    else:
        _write(output, text.getvalue())
        print(f"wrote {output}: {len(rows)} rows", file=sys.stderr)


def evaluate(predictor: Predictor, name: str, options: Reading) -> None:
    """Print how well the model does on a file that has the target, too."""
    table = _read(predictor, name, options)
    if predictor.target not in table.columns:
        raise DataError(f"{name}: no column {predictor.target!r}, which is the target; use --predict")
    there = [i for i, cell in enumerate(table.columns[predictor.target]) if not options.absent(cell)]
    if not there:
        raise DataError(f"{name}: no row has a {predictor.target!r}; use --predict")
    table = table.rows(there)
    truth = known_targets(table, predictor, options)
    said = predictor(predictor.preparation(table, options))
    print(f"{name}: {len(truth)} samples\n{grade(predictor.classes, truth, said)}")
    print("\n".join(judge(predictor.classes, truth, truth, said)))


def known_targets(table: Table, predictor: Predictor, options: Reading) -> list[Any]:
    """Return the targets in a table, as numbers of the classes that the model knows, or as quantities."""
    cells = table.columns[predictor.target]
    style = decimal(table, predictor.target, cells, options) if not all(isinstance(x, float) for x in cells) else "."
    if not predictor.classes:
        return numbers(table, predictor.target, cells, style, options)
    places = {name: i for i, name in enumerate(predictor.classes)}
    found = []
    for i, cell in enumerate(cells):
        name = class_name(cell)
        if name not in places and isinstance(cell, str) and is_number(cell):
            name = class_name(number(cell, style))
        if name not in places:
            known = ", ".join(predictor.classes[:10])
            raise DataError(
                f"{table.place(i, predictor.target)}: the model knows no class {name[:30]!r}; it knows {known}"
            )
        found.append(places[name])
    return found


def _read(predictor: Predictor, name: str, options: Reading) -> Table:
    """Return the table in a file; say on stderr what was found out, left out, and never seen in training."""
    if name != "-" and not Path(name).exists():
        raise DataError(f"{name}: no such file")
    wanted = {column.name: column for column in predictor.preparation.columns}
    table = read(name, list(wanted))
    if not len(table):
        raise DataError(f"{name}: there are no rows below the header")
    known = {*wanted, *predictor.preparation.dropped, predictor.target}
    notes = list(table.notes)
    if extra := [title for title in table.columns if title not in known]:
        notes.append(f"columns that the model does not know are ignored: {', '.join(extra[:10])}")
    for title, column in wanted.items():
        cells = table.columns.get(title, [])
        if gaps := sum(map(options.absent, cells)) if column.kind == NUMBER and not column.gaps else 0:
            notes.append(f"column {title!r}: missing cells, which training never had, become {column.fill:g}: {gaps}")
        if strange := column.strangers(cells, options):
            notes.append(
                f"column {title!r}: texts that were rare in training, or not there: {len(strange)}, as {strange[0]!r}"
            )
    for note in notes:
        print(f"{name}: {note}", file=sys.stderr)
    return table


def neutral(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before what would begin one.

    >>> neutral("=1+1"), neutral("-5"), neutral("iris")
    ("'=1+1", '-5', 'iris')
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_number(cell) else cell


def _check_file(path: Path, source: str) -> None:
    """Raise DataError unless a file can be written there, which is not the one that is read."""
    if path.is_dir() or not path.parent.is_dir():
        raise DataError(
            f"{path}: {'it is a folder' if path.is_dir() else 'its folder is not there'}; use another --output"
        )
    if path.exists() and source != "-" and Path(source).exists() and path.samefile(source):
        raise DataError(f"{path}: it would be written over the file that is read; use another --output")


def _write(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
