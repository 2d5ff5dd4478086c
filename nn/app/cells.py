"""What a cell means: a number in the ways people write them, a date, nothing at all.

Each column has one way of writing numbers and dates. Where a column fits two that disagree, the rest of the file says
which it is, else an option.
"""

import datetime
import math
import re
from collections.abc import Iterable, Sequence

Cell = str | float
WORDS = ("", "na", "n/a", "n.a.", "nan", "#n/a", "null", "(null)", "\\n", "none", "nil", "nat", "<na>", "missing")
MISSING = frozenset((*WORDS, "?", "-", "--", "\u2013", "\u2014", "."))
LARGEST = 1e100  # of a feature or a quantity, so that variances stay finite
AROUND = "$€£¥%\u00a0\u202f "  # what may stand at either end of a number
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.ASCII | re.IGNORECASE)
GROUPED = {  # in thousands, or as in India
    ".": re.compile(r"[+-]?[1-9]\d{0,2}([,' \u00a0\u202f])((\d{3}\1)*|(\d\d\1)*)\d{3}(\.\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}([.' \u00a0\u202f])((\d{3}\1)*|(\d\d\1)*)\d{3}(,\d*)?", re.ASCII),
}
COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+|\d+)([eE][+-]?\d+)?", re.ASCII)
DATES = {  # the formats of a kind, tried in turn
    "year first": ["ISO", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m"],
    "day first": [
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%y",
        "%d/%m/%y",
        "%d %b %Y",
        "%d %B %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
    ],
    "month first": ["%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y"],
    "time alone": [""],
}
TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")


def missing(cell: Cell) -> bool:
    """Return whether a cell says that there is nothing."""
    return isinstance(cell, str) and cell.lower() in MISSING


def number(cell: Cell, decimal: str = ".") -> float:
    """Return the number that a cell holds, with this decimal sign; NaN if it is text.

    >>> number("$9,417.15"), number("9.417,15 €", ","), number("12 %"), number("(3.5)"), number("1_0")
    (9417.15, 9417.15, 12.0, -3.5, nan)
    """
    if isinstance(cell, float):
        return cell
    text = cell.replace("\u2212", "-").strip(AROUND)
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):  # as bookkeepers write what is negative
        sign, text = -1.0, text[1:-1].strip(AROUND)
    elif text[:1] in ("-", "+"):
        text = text[0] + text[1:].lstrip(AROUND)
    if found := GROUPED[decimal].fullmatch(text):
        text = text.replace(found.group(1), "")
    elif not (PLAIN if decimal == "." else COMMA).fullmatch(text):
        return math.nan
    return sign * float(text.replace(",", ".") if decimal == "," else text)


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, with either decimal sign."""
    return not (math.isnan(number(cell)) and math.isnan(number(cell, ",")))


def decimal_sign(cells: Iterable[Cell]) -> str | None:
    """Return the decimal sign that makes most of the cells numbers.

    Where both make as many, it is "" if the numbers are the same, and None if they differ.

    >>> decimal_sign(["1,5", "2"]), decimal_sign(["1,234.5"]), decimal_sign(["1,234"]), decimal_sign(["7"])
    (',', '.', None, '')
    """
    pairs = [(number(cell), number(cell, ",")) for cell in cells if isinstance(cell, str) and not missing(cell)]
    point, comma = (sum(not math.isnan(pair[i]) for pair in pairs) for i in range(2))
    if point != comma:
        return "." if point > comma else ","
    return None if any(a != b and not math.isnan(a) and not math.isnan(b) for a, b in pairs) else ""


def date_formats(cells: Sequence[str]) -> list[str]:
    """Return the formats that read every cell as a date, at most one of each kind: day, month or year first.

    >>> date_formats(["2024-01-31", "2024-02-01"]), date_formats(["01/02/2024"]), date_formats(["a"])
    (['ISO'], ['%d/%m/%Y', '%m/%d/%Y'], [])
    """
    found: list[str] = []
    if not all(any(mark.isdigit() for mark in cell) and len(cell) < 40 for cell in cells):
        return found
    for days in DATES.values():
        styles = [(day + time).strip() for day in days for time in TIMES]
        fitting = next((style for style in styles if style and all(date(cell, style) for cell in cells)), None)
        found += [fitting] if fitting else []
    return found


def date(cell: str, style: str) -> datetime.datetime | None:
    """Return a date as this format reads it, or None; one with a time zone as it is in UTC.

    >>> date("2024-01-31T12:30:00+01:00", "ISO"), date("31.01.24", "%d.%m.%y")
    (datetime.datetime(2024, 1, 31, 11, 30), datetime.datetime(2024, 1, 31, 0, 0))
    """
    try:
        if style != "ISO":
            return datetime.datetime.strptime(cell, style)
        if not re.match(r"\d{4}-\d\d-\d\d", cell):  # numbers of eight digits are dates to Python, too
            return None
        found = datetime.datetime.fromisoformat(cell)
        return found.astimezone(datetime.UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        return None
