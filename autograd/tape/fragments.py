# cython: boundscheck=False, wraparound=False
"""Fragments: rules of rows, each recorded once on a tape of its own, to be copied from then on.

This file is compiled as value.py is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.operation import Carried, Place, Row
from autograd.primitives.primitive import NUMBERED
from autograd.tape.tape import Tape, Traced

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

NAN = float("nan")
FLOAT = -1  # in the place of a place: a plain number
MOST = 64  # steps of a fragment
_unknown: Any = object()
_fragments: list[Any] = [_unknown] * (2 * len(NUMBERED))  # by 2 * row + position; None for a rule that has none
_of_powers: dict[tuple[int, int, int], Any] = {}  # rules of `monomial`, by (position, k, n)


def forget() -> None:
    """Forget the rules that were recorded; for whoever changes a row."""
    for key in range(len(_fragments)):
        _fragments[key] = _unknown
    _of_powers.clear()


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Fragment:
    """A rule of a row, recorded on (z, x, y), which are the places 0, 1 and 2, or on (z, c, x, y)."""

    def __init__(self, tape: Tape, output: Carried) -> None:
        self.tape = tape
        self.place = output.place if type(output) is Traced else FLOAT
        rows = [tape.primitive(place) for place in range(tape.inputs, len(tape))]
        plain = [row is table.monomial or (row.partials and None not in row.partials) for row in rows]
        self.wide = not all(plain)  # has parameters, or many operands
        self.number = NAN if type(output) is Traced else float(output)


def fragment(row: Row, position: Any) -> Any:
    """Return the fragment of a rule, recorded once; None for a rule that has none."""
    key = 2 * row + position
    found: Any = _fragments[key]
    if found is _unknown:
        found = None
        primitive = NUMBERED[row]
        if primitive.partials and len(primitive.partials) <= 2 and None not in primitive.partials:
            tape = Tape(blank=True)
            z, x, y = tape.input(0.0), tape.input(0.0), tape.input(0.0)
            with totally.within(True):
                output = primitive.rules(z, [x, y][: len(primitive.partials)], [position])[0]
            if len(tape) <= MOST and not (tape.guards or tape.operations or tape.custom):
                found = Fragment(tape, output)
        _fragments[key] = found
    return found


def fragment_of_power(position: Place, k: Place, n: Place) -> Any:
    """Return the fragment of a rule of `monomial` for these whole numbers, recorded once."""
    found: Any = _of_powers.get((position, k, n))
    if found is None:
        tape = Tape(blank=True)
        z, c, x, y = [tape.input(0.0) for _ in range(4)]
        with totally.within(True):
            output = table.monomial.rules(z, [c, x, y, k, n], [position])[0]
        found = _of_powers[position, k, n] = Fragment(tape, output)
    return found
