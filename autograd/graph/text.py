"""Nodes as text and as a line of HTML: numbers, ranges, names and formulas.

Start at `formula`. The one surprise: a name may hold anything, so nothing is shown before it went through `shown`;
what a format needs beyond that (DOT, HTML, LaTeX) is escaped by its writer.
"""

import html
import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.formula import Name
from autograd.primitives.primitive import Primitive

MANY = 4  # operands that a formula still lists
SYMMETRIC = {"add", "mul", "times", "fsum", "prod", "hypot", "maximum", "minimum", "logsumexp"}  # in their operands
TEXTBOOK = {  # how books write the partials that the table computes with more care; a test compares the numbers
    ("tanh", 0): "1.0 - tanh(x)**2",
    ("sigmoid", 0): "sigmoid(x) * (1.0 - sigmoid(x))",
    ("power", 0): "y * x**(y - 1.0)",
    ("power", 1): "log(x) * x**y",
    ("pow", 0): "y * x**(y - 1.0)",
    ("pow", 1): "log(x) * x**y",
    ("asin", 0): "1.0 / sqrt(1.0 - x**2)",
    ("acos", 0): "-1.0 / sqrt(1.0 - x**2)",
    ("atan", 0): "1.0 / (1.0 + x**2)",
    ("asinh", 0): "1.0 / sqrt(x**2 + 1.0)",
    ("acosh", 0): "1.0 / sqrt(x**2 - 1.0)",
    ("atanh", 0): "1.0 / (1.0 - x**2)",
    ("cbrt", 0): "1.0 / (3.0 * cbrt(x)**2)",
    ("erf", 0): "2.0 / sqrt(pi) * exp(-x**2)",
    ("erfc", 0): "-2.0 / sqrt(pi) * exp(-x**2)",
    ("silu", 0): "sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))",
    ("gelu", 0): "norm_cdf(x) + x * norm_pdf(x)",
    ("relu", 0): "1.0 if x > 0.0 else 0.0",
    ("atan2", 0): "x / (x**2 + y**2)",
    ("atan2", 1): "-y / (x**2 + y**2)",
    ("abs", 0): "1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0",
}


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


def formula(value: Any, text: Callable[[Any], str]) -> str:
    """Return the operation that made a value, as text, given how its operands are written; many are but counted.

    >>> from autograd import Value
    >>> x = Value(2.0, "x")
    >>> formula(3.0 * x, lambda operand: operand.name if isinstance(operand, Value) else number(operand))
    '3.0 * x'
    """
    operands = value.operands
    if len(operands) > MANY:
        return f"{value.op}({len(operands)} operands)"
    texts = [text(x) for x in operands]
    return str(value.primitive(*[Name(t, 3 if t.startswith("-") else 9) for t in texts]))


def rule(primitive: Primitive, position: int, count: int) -> str:
    """Return what the table says of the partial towards one of `count` operands; empty if there are too many.

    >>> from autograd.primitives.primitive import row
    >>> rule(row("mul"), 0, 2), rule(row("tanh"), 0, 1)
    ('z = x * y, dz/dx = y', 'z = tanh(x), dz/dx = 1.0 - tanh(x)**2')
    >>> rule(row("sumprod"), 3, 4)
    'z = sumprod(x1, x2, x3, x4), dz/dx4 = x2'
    """
    if count > MANY:
        return ""
    names = list(primitive.operand_names) if primitive.partials else [f"x{i + 1}" for i in range(count)]
    operands = [Name(name) for name in names]
    if (primitive.name, position) in TEXTBOOK:
        return f"z = {primitive(*operands)}, dz/d{names[position]} = {TEXTBOOK[primitive.name, position]}"
    try:
        partial = primitive.rules(Name("z"), operands, [position])[0]
    except Exception:  # a rule that computes with numbers alone
        return ""
    return f"z = {primitive(*operands)}, dz/d{names[position]} = {partial}"


def value_html(value: Any) -> str | None:
    """Return one line of HTML: name, operation, number, gradient; where it was made is told when pointed at."""
    try:
        return _line(value)
    except Exception:
        return None


def _line(value: Any) -> str:
    parts = [f"<b>{html.escape(shown(value.name))}</b>"] if value.name else []
    if value.op:
        parts.append(html.escape(formula(value, lambda x: _operand(x) if isinstance(x, Carrier) else number(x))))
    parts.append(f"<b>{number(value.data, 6)}</b>")
    line = " = ".join(parts)
    if value.grad:
        line += f' <span style="opacity: 0.7">grad {number(value.grad, 6)}</span>'
    place = html.escape(" ".join(filter(None, ["/".join(map(shown, value.scope)), shown(value.line or "", 200)])))
    return f'<code title="{place}">{line}</code>'


def _operand(x: Any) -> str:
    return shown(x.name, 20) if x.name else "·"
