"""Strategies for Hypothesis: values, points of primitives, expressions, programs and networks.

Whatever fails shrinks to few steps and simple numbers, and is printed as Python that runs. Expressions are drawn by
`build` in expression.py, which `python -m autograd.testing` uses too; here Hypothesis makes its choices.
"""

import importlib
import math
from collections.abc import Sequence
from typing import Any

from autograd.errors import MissingExtra
from autograd.graph.value import Value
from autograd.primitives.domains import FINITE, REALS
from autograd.primitives.primitive import ROWS, Primitive
from autograd.testing.expression import Expression, Kinks, build, point

try:
    from hypothesis import assume
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError as _error:
    raise MissingExtra("hypothesis", "testing") from _error


class _Drawn:
    """Choices by Hypothesis."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return self.draw(st.integers(low, high))

    def number(self, low: float, high: float) -> float:
        """Return a float, both ends included."""
        return self.draw(st.floats(low, high))


def _row(primitive: Primitive | str) -> Primitive:
    if isinstance(primitive, Primitive):
        return primitive
    if primitive not in ROWS:
        raise ValueError(f"there is no primitive {primitive!r}; the names are those of autograd.primitive.ROWS")
    return ROWS[primitive]


def _rows(rows: Sequence[Primitive | str] | None) -> list[Primitive] | None:
    return None if rows is None else [_row(row) for row in rows]


def values(low: float = -1e3, high: float = 1e3) -> SearchStrategy[Value]:
    """Return a strategy for leaves: fresh Values, with numbers in [low, high].

    >>> from hypothesis import find
    >>> find(values(), lambda x: x.data > 1.0)
    Value(2.0)
    """
    return st.builds(Value, st.floats(low, high, allow_subnormal=True))


@st.composite
def points(draw: DrawFn, primitive: Primitive | str, kinks: Kinks = "away") -> tuple[Any, ...]:
    """Return a strategy for operands of a primitive, within its domain, parameters included.

    `kinks` is "away" from where it has a kink, exactly "at" one, or "any". Raises ValueError for an unknown name, and
    for "at" where the row states no kink.
    """
    row = _row(primitive)
    if kinks == "at" and row.kink is None:
        raise ValueError(f"points: {row.name} states no kink; use kinks='away' or 'any'")
    found = point(_Drawn(draw), row, kinks, tries=8)
    assume(found is not None)
    assert found is not None
    return found


@st.composite
def expressions(
    draw: DrawFn,
    rows: Sequence[Primitive | str] | None = None,
    largest: int = 8,
    leaves: int = 4,
    kinks: Kinks = "away",
) -> Expression:
    """Return a strategy for expressions: functions of numbers, with a point, over the whole table or some rows of it.

    Subexpressions are shared, every operand is within its domain, and all numbers and partials stay below a million.

    >>> from hypothesis import find
    >>> find(expressions(["sin", "mul"]), lambda e: "mul" in e.rows())
    <BLANKLINE>
    import autograd
    from autograd import Value
    from autograd.primitives import table
    def f(x0):
        v0 = x0 * x0
        return v0
    print(f(Value(0.0)))
    """
    return build(_Drawn(draw), _rows(rows), largest, leaves, kinks)


@st.composite
def programs(
    draw: DrawFn,
    rows: Sequence[Primitive | str] | None = None,
    largest: int = 12,
    leaves: int = 4,
    outputs: int = 2,
) -> Expression:
    """Return a strategy for programs: expressions with several results, and lines that depend on comparisons."""
    found = build(_Drawn(draw), _rows(rows), max(largest, outputs), leaves, "away", True, outputs)
    assume(len(found.numbers) + len(found.statements) >= outputs)
    return found


def mlps(largest: int = 4) -> SearchStrategy[tuple[Any, list[float]]]:
    """Return a strategy for (network, input): an `nn.MLP` of a few layers, and numbers to feed it; see `nn.testing`."""
    found: SearchStrategy[tuple[Any, list[float]]] = importlib.import_module("nn.testing").mlps(largest)
    return found


def smooth() -> SearchStrategy[Primitive]:
    """Return a strategy for smooth primitives of one operand that are defined on all numbers."""
    return st.sampled_from([row for row in ROWS.values() if _is_smooth(row)])


def _is_smooth(row: Primitive) -> bool:
    if len(row.partials) != 1 or row.helper or row.kink is not None or row.domain[0] not in (REALS, FINITE):
        return False
    slopes = [row.partials_at(row.total(x), (x,), [0])[0] for x in (-8.0, 0.0, 0.5 * math.pi, 8.0)]
    return all(abs(d) < 1e30 for d in slopes)  # a vertical tangent, or a pole beside a float, is not smooth
