"""Nodes as text and as a line of HTML: numbers, ranges, names and formulas.

A name may hold anything, so nothing is shown before it went through `shown`. What a format needs beyond that (DOT,
HTML, LaTeX) is escaped by its writer.
"""

import html
import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.formula import Formula, Name
from autograd.primitives.primitive import Primitive

MANY = 4  # operands that a formula still lists
MOST = 200  # operands of which a rule can still be told
SHORT = 40  # characters of a partial, if it is one of many


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
    """Return what books say of the partial towards one of `count` operands; empty if there are too many.

    >>> from autograd.primitives.primitive import row
    >>> rule(row("mul"), 0, 2), rule(row("sqrt"), 0, 1)
    ('z = x * y, dz/dx = y', 'z = sqrt(x), dz/dx = 1 / (2 sqrt(x))')
    >>> rule(row("sumprod"), 3, 4), rule(row("hypot"), 0, 2)
    ('z = sumprod(x1, x2, x3, x4), dz/dx4 = x2', 'z = hypot(x1, x2), dz/dx1 = x1 / z')
    >>> rule(row("sumprod"), 3, 8)
    'z = sumprod(x1, …, x8), dz/dx4 = x8'
    """
    if count > MOST:
        return ""
    names = operand_names(primitive, count)
    partial = textbook(primitive, position, count)
    if not partial or (count > MANY and len(partial) > SHORT):
        return ""
    made = primitive(*map(Formula, names)) if count <= MANY else f"{primitive.name}({names[0]}, …, {names[-1]})"
    return f"z = {made}, dz/d{names[position]} = {partial}"


def is_flat(primitive: Primitive) -> bool:
    """Return whether all partials of a row are zero wherever there are any.

    >>> from autograd.primitives.primitive import row
    >>> is_flat(row("floor")), is_flat(row("copysign"))
    (True, False)
    """
    places = [i for i in range(len(primitive.partials)) if primitive.differentiable(i)]
    return bool(places) and all(textbook(primitive, i, len(primitive.partials)) == "0" for i in places)


def operand_names(primitive: Primitive, count: int) -> list[str]:
    """Return what the operands of a row are called in its formulas."""
    if primitive.partials:
        return list(primitive.operand_names)
    leading = list("ijk"[: primitive.parameters])
    return leading + [f"x{k + 1}" for k in range(count - len(leading))]


def textbook(primitive: Primitive, position: int, count: int) -> str:
    """Return the partial towards one of `count` operands as books write it: what the row states, else its rule.

    It is empty for a rule that computes with numbers alone.

    In what a row of many operands states, `{x}` is the operand, `{j}` its place, `{y}` its partner in the other half,
    `{xs}` its own half, `{ys}` the other and `{all}` all of them.
    """
    names, stated = operand_names(primitive, count), primitive.textbook
    told = stated if isinstance(stated, str) else stated[position]
    if not told:
        operands = [Formula(name) for name in names]
        try:
            return Formula.written(primitive.rules(Formula("z"), operands, [position])[0])
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
            return ""
    if primitive.partials:
        return told
    xs, j = names[primitive.parameters :], position - primitive.parameters
    half = len(xs) // 2
    sides = [", ".join(xs[:half]), ", ".join(xs[half:])]
    other = j >= half
    return told.format(
        x=xs[j], j=j, y=xs[(j + half) % len(xs)], xs=sides[other], ys=sides[not other], all=", ".join(xs)
    )


def value_html(value: Any) -> str | None:
    """Return one line of HTML: name, operation, number, gradient; where it was made is told when pointed at."""
    try:
        return _line(value)
    except (ArithmeticError, TypeError, ValueError):  # a number, or a name, that cannot be written
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
