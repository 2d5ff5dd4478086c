"""The words in pictures: numbers, ranges, names and formulas as short text.

Start at `formula`. The one surprise: a name may hold anything, so nothing is shown before it went through `shown`;
what a format needs beyond that (DOT, HTML, LaTeX) is escaped by its writer.
"""

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from autograd.primitive import Name, Primitive
from autograd.value import Value

MANY = 4  # operands that a formula still lists


def number(x: float, precision: int = 4) -> str:
    """Return a number with so many significant digits.

    >>> number(2.0), number(-0.123456), number(1e-12), number(float("nan"))
    ('2.0', '-0.1235', '1e-12', 'nan')
    """
    text = f"{x:.{precision}g}"
    return text if not math.isfinite(x) or "e" in text or "." in text else f"{text}.0"


def span(found: tuple[float, float], precision: int = 4) -> str:
    """Return a range as text: one number, or the two ends.

    >>> span((1.0, 1.0)), span((-1.0, 2.5))
    ('1.0', '-1.0 .. 2.5')
    """
    ends = [number(x, precision) for x in found]
    return ends[0] if ends[0] == ends[1] else " .. ".join(ends)


def shown(text: str, width: int = 40) -> str:
    r"""Return a name as it may stand in a picture: on one line, not too long, without characters that are invisible.

    Control characters, marks that turn the direction of writing, and half of a surrogate pair become escapes.

    >>> shown("a\nb\u202e"), shown("x" * 50, 8)
    ('a\\nb\\u202e', 'xxxxxxx…')
    """
    if len(text) > width:
        text = text[: width - 1] + "…"
    return "".join(c if c == " " or unicodedata.category(c)[0] not in "CZ" else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    return c.encode("unicode_escape").decode("ascii")


def several(names: Iterable[str], width: int = 40) -> str:
    """Return how several names are shown in one box: what their paths share, else the first and the last.

    >>> several(["w1", "w2", "w3"]), several(["x", "x"]), several(["0.bias.1", "0.bias.2"]), several([])
    ('w1 … w3', 'x', '0.bias.*', '')
    """
    different = list(dict.fromkeys(names))
    if len(different) < 2:
        return shown(different[0], width) if different else ""
    levels = itertools.takewhile(
        lambda parts: len(set(parts)) == 1, zip(*(name.split(".") for name in different), strict=False)
    )
    if shared := ".".join(parts[0] for parts in levels):
        return shown(f"{shared}.*", width)
    first, last = shown(different[0], width // 2), shown(different[-1], width // 2)
    return f"{first}{', ' if len(different) == 2 else ' … '}{last}"


def formula(value: Value, text: Callable[[Any], str]) -> str:
    """Return the operation that made a value, as text, given how its operands are written; many are but counted.

    >>> from autograd import Value
    >>> x = Value(2.0, "x")
    >>> formula(3.0 * x, lambda operand: operand.name if isinstance(operand, Value) else number(operand))
    '3.0 * x'
    """
    operands = value.operands
    if len(operands) > MANY:
        return f"{value.op}({len(operands)} operands)"
    return str(value.primitive(*[Name(text(x), 3 if type(x) is not Value and x < 0 else 9) for x in operands]))


def partial_formula(primitive: Primitive, position: int, count: int) -> str:
    """Return the rule for the partial towards one operand, in the names of the table; empty if it is a program.

    >>> from autograd.primitive import row
    >>> partial_formula(row("mul"), 0, 2), partial_formula(row("tanh"), 0, 1)
    ('y', 'tanh_slope(x)')
    """
    if not primitive.partials:
        return ""
    try:
        return str(primitive.rules(Name("z"), [Name(name) for name in primitive.operand_names[:count]], [position])[0])
    except Exception:  # a rule written for numbers alone, by a user
        return ""
