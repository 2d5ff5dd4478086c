"""A file that others made as a table of cells: its encoding, separator, header and comments are found out.

Rows are cut by the standard library's csv, because pandas fills short rows in silence; pandas reads what is no text:
Parquet and Excel.
"""

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import math
import re
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, cast

from autograd import MissingExtra
from nn.app.cells import Cell, decimal_sign, is_number, missing

SEPARATORS = ("\t", ";", "|", ",", " ")  # where two fit, the first: commas stand in numbers too
SAMPLE = 200  # rows that say which separator it is


def _unzip(data: bytes) -> bytes:
    """Return the one file in an archive, or an archive of more, such as an Excel file, as it is."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0]) if len(archive.namelist()) == 1 else data


UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
    b"PK\x03\x04": _unzip,
}
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\x00\x00": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class DataError(Exception):
    """What is wrong with the data or the options, in one line for the person who gave them."""


@dataclass(slots=True)
class Table:
    """Cells by column; `lines` says where each row ended in the file, `notes` what was found out or left out."""

    name: str
    columns: dict[str, list[Cell]]
    lines: list[int]
    separator: str = ""  # of a text file
    notes: list[str] = field(default_factory=list)
    _signs: set[str] | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int, column: str) -> str:
        """Return where a cell is, for a message."""
        return f"{self.name}: line {self.lines[row]}, column {column!r}"

    def decimal_signs(self) -> set[str]:
        """Return the decimal signs of those columns that show theirs."""
        if self._signs is None:
            found = {decimal_sign(set(cells)) for cells in self.columns.values()}
            self._signs = {sign for sign in found if sign}
        return self._signs

    def rows(self, places: Sequence[int]) -> "Table":
        """Return the table of these rows."""
        columns = {name: [cells[i] for i in places] for name, cells in self.columns.items()}
        return Table(self.name, columns, [self.lines[i] for i in places], self.separator, self.notes)


def read(name: str, known: Sequence[str] = ()) -> Table:
    """Return the table in a file, or in standard input where the name is "-"; DataError if there is none.

    `known` are names of columns, one of which tells a header where it could be taken for data.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        unpack = next((unpack for magic, unpack in UNPACK.items() if data.startswith(magic)), None)
        data = unpack(data) if unpack else data
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise DataError(f"{name}: {getattr(error, 'strerror', None) or error}") from error
    name = "standard input" if name == "-" else name
    if data.lstrip().startswith(b'{"'):
        return _json_lines(name, data)
    if make := next((make for magic, make in _BINARY.items() if data.startswith(magic)), None):
        return _typed(name, make(data, name))
    text, notes = _text(name, data)
    return _table(name, text, notes, known)


def _text(name: str, data: bytes) -> tuple[str, list[str]]:
    """Return the text of a file, and a note where its encoding is a guess."""
    encoding = next((encoding for mark, encoding in MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and 0 in data[:2]:  # without a mark: every other byte of what is Latin is 0
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    notes = []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise DataError(f"{name}: not a text file in {encoding.upper()}: {error.reason}") from error
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:  # five bytes mean nothing there
            text = data.decode("latin-1")
        notes = ["not in UTF-8, so read as Windows-1252 (Latin-1)"]
    if strange := re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise DataError(f"{name}: not a text file in {encoding.upper()}: it holds the character {strange.group()!r}")
    return text, notes


def _table(name: str, text: str, notes: list[str], known: Sequence[str]) -> Table:
    """Return the table of a text file."""
    leading, lines = _leading_comments(text)
    said = next((line[4] for line in leading if line.startswith("sep=") and len(line.rstrip()) == 5), None)
    separator = said or _separator(lines, name)
    try:
        rows = list(_rows(lines, separator, len(leading)))
    except csv.Error as error:
        raise DataError(f"{name}: not a CSV file: {error}") from error
    if not rows:
        raise DataError(f"{name}: the file is empty; its first line must name the columns")
    rows, left_out = _without_comments(rows)
    left_out += sum(line.startswith("#") for line in leading)
    if left_out:
        notes.append(f"comment lines that are left out: {left_out}")
    rows = _even(name, rows, notes)
    header, rows = _header(rows, leading, separator, known, notes)
    cells = zip(*(row for _, row in rows), strict=True) if rows else [()] * len(header)
    columns: dict[str, list[Cell]] = {title: list(column) for title, column in zip(header, cells, strict=True)}
    return Table(name, columns, [line for line, _ in rows], separator, notes)


def _leading_comments(text: str) -> tuple[list[str], list[str]]:
    """Return the comments that a text begins with, and the lines behind them."""
    lines = io.StringIO(text, newline="").readlines()
    count = 0
    while count < len(lines) and (lines[count].startswith(("#", "sep=")) or not lines[count].strip()):
        count += 1
    if count == len(lines):  # a header alone, which begins so
        return [], lines
    return lines[:count], lines[count:]


def _separator(lines: Sequence[str], name: str) -> str:
    """Return the separator that cuts most rows of the sample into as many cells as the first."""
    best, most = ",", 0.0
    for separator in SEPARATORS:
        try:
            counts = [len(row) for _, row in islice(_rows(lines, separator, 0), SAMPLE)]
        except csv.Error as error:
            raise DataError(f"{name}: not a CSV file: {error}") from error
        if not counts or (usual := Counter(counts).most_common(1)[0][0]) < 2:
            continue
        share = sum(count == usual for count in counts) / len(counts)
        if separator == " " and share < 1.0:
            continue
        if share > most:
            best, most = separator, share
    return best


def _rows(lines: Sequence[str], separator: str, before: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the last line of each row that is not empty, and its cells."""
    spaced = separator == " "
    found = csv.reader(
        (line.strip(" ") for line in lines) if spaced else lines, delimiter=separator, skipinitialspace=True
    )
    for row in found:
        if row:
            yield before + found.line_num, [cell.strip() for cell in row]


def _without_comments(rows: list[tuple[int, list[str]]]) -> tuple[list[tuple[int, list[str]]], int]:
    """Return rows without comments: a row of another length than the first that begins with #."""
    width = len(rows[0][1])
    kept = [(line, row) for line, row in rows if len(row) == width or not row[0].startswith("#")]
    return kept, len(rows) - len(kept)


def _even(name: str, rows: list[tuple[int, list[str]]], notes: list[str]) -> list[tuple[int, list[str]]]:
    """Return rows of one length: without empty cells at the end of all, or row names; DataError for ragged rows."""
    if all(row[-1] == "" for _, row in rows[1:]) and len(rows) > 1:
        width = len(rows[0][1])
        if rows[0][1][-1] == "" and width > 1 and {len(row) for _, row in rows} == {width}:
            return [(line, row[:-1]) for line, row in rows]
        if {len(row) for _, row in rows[1:]} == {width + 1}:
            return [rows[0], *((line, row[:-1]) for line, row in rows[1:])]
    line, header = rows[0]
    if rows[1:] and header[-1] == "" and {len(row) for _, row in rows[1:]} == {len(header) - 1}:
        rows = [(line, header[:-1]), *rows[1:]]
    elif rows[1:] and {len(row) for _, row in rows[1:]} == {len(header) + 1}:
        notes.append("the rows have one cell more than the header: their first is taken for the row's name")
        rows = [rows[0], *((line, row[1:]) for line, row in rows[1:])]
    width = len(rows[0][1])
    for line, row in rows[1:]:
        if len(row) != width:
            raise DataError(f"{name}: line {line} has {len(row)} cells, the header {width}")
    return rows


def _header(
    rows: list[tuple[int, list[str]]], leading: list[str], separator: str, known: Sequence[str], notes: list[str]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, each once, and the rows below them."""
    first = rows[0][1]
    told = next(csv.reader([leading[-1].lstrip("# ").rstrip()], delimiter=separator)) if leading else []
    told = [cell.strip() for cell in told] if len(told) == len(first) else []  # as NumPy writes it
    if set(told) & set(known) and not set(first) & set(known):
        notes.append("the names of the columns are those in the comment above them")
        return _once(told, notes), rows
    if set(first) & set(known) or not _is_data(first, [row for _, row in rows[1:SAMPLE]]):
        return _once(first, notes), rows[1:]
    if told:
        notes.append("the names of the columns are those in the comment above them")
        return _once(told, notes), rows
    names = [f"column_{i + 1}" for i in range(len(first))]
    notes.append(f"the first line holds data, not names, so the columns are {names[0]} to {names[-1]}")
    return names, rows


def _is_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row is data too: numbers where the rows below have numbers.

    Numbers that count up by one, such as those that pandas gives, and a year above what are no years, are names.
    """
    below = [[cell for cell in cells if not missing(cell)] for cells in zip(*rows, strict=True)]
    numeric = [i for i, cells in enumerate(below) if cells and all(map(is_number, cells))]
    told = [first[i] for i in numeric if not missing(first[i])]
    if not told or not all(map(is_number, told)):
        return False
    if len(told) == 1:
        return not (_is_year(told[0]) and not any(_is_year(cell) for i in numeric for cell in below[i]))
    return not (all(map(str.isdigit, told)) and {int(b) - int(a) for a, b in pairwise(told)} == {1})


def _is_year(cell: str) -> bool:
    return cell.isdigit() and 1900 <= int(cell) <= 2100


def _once(names: Sequence[str], notes: list[str]) -> list[str]:
    """Return names of which none is empty or there twice."""
    found: list[str] = []
    for i, name in enumerate(names):
        name = name or f"column_{i + 1}"
        number = 2
        while (new := name if number == 2 and name not in found else f"{name}.{number}") in found:
            number += 1
        if name in found:
            notes.append(f"column {name!r} is there twice; the second is called {new!r}")
        found.append(new)
    return found


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise MissingExtra("pandas", "train") from None
    return pandas


def _frame(name: str, make: Callable[[], Any], what: str) -> Any:
    """Return a pandas table; DataError if the file is damaged or a package that reads it is not installed."""
    try:
        return make()
    except ImportError as error:
        remedy = "pip install 'valuegrad[tables]'"
        raise DataError(f"{name}: {what} needs a package that is not installed: {remedy}") from error
    except (ValueError, OSError, KeyError) as error:
        raise DataError(f"{name}: not a file of {what}: {str(error).splitlines()[0]}") from error


def _json_lines(name: str, data: bytes) -> Table:
    """Return the table of a JSON object in each line; a name that a line lacks is missing there."""
    lines, rows = [], []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise DataError(f"{name}: line {number} is not JSON: {error}") from error
            if not isinstance(rows[-1], dict):
                raise DataError(f"{name}: line {number} is not an object in braces")
            lines.append(number)
    titles = dict.fromkeys(title for row in rows for title in row)
    return Table(name, {title: [_cell(row.get(title)) for row in rows] for title in titles}, lines)


def _parquet(data: bytes, name: str) -> Any:
    pandas = _pandas()
    return _frame(name, lambda: pandas.read_parquet(io.BytesIO(data)), "Parquet")


def _excel(data: bytes, name: str) -> Any:
    pandas = _pandas()
    return _frame(name, lambda: pandas.read_excel(io.BytesIO(data)), "Excel")


_BINARY = {b"PAR1": _parquet, b"PK\x03\x04": _excel, b"\xd0\xcf\x11\xe0": _excel}


def _typed(name: str, frame: Any) -> Table:
    """Return the table of a frame of pandas; the first row is called line 1."""
    notes: list[str] = []
    columns = {
        title: [_cell(cell) for cell in frame.iloc[:, i].tolist()]
        for i, title in enumerate(_once([str(column) for column in frame.columns], notes))
    }
    return Table(name, columns, list(range(1, len(frame) + 1)), notes=notes)


def _cell(cell: object) -> Cell:
    """Return a number as a float, what is missing as "", and everything else as text."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        try:
            return "" if math.isnan(cell) else float(cell)
        except OverflowError:  # of an int, which its column will refuse
            return str(cell)
    if isinstance(cell, datetime.datetime):  # of which pandas' own is a subclass; NaT is one too
        return "" if cell != cell else cell.isoformat()
    if cell is None or str(cell) in ("<NA>", "NaT"):
        return ""
    return cast(Any, cell).isoformat() if isinstance(cell, (datetime.date, datetime.time)) else str(cell).strip()
