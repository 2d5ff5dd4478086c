"""The steps of a program: instructions, guards, and loops of them.

An operand is a whole number; in the body of a loop it may move with the counters, and is then an `Index`.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.errors import GraphError
from autograd.primitives.primitive import Primitive
from autograd.tape.guards import Guard

COUNTERS = "ijklmnop"  # in text, the outermost first; loops are not nested deeper
DEGREE = 8  # of a polynomial in counters, at most
MOST = 10**8  # steps that a program with loops may stand for


class Index(NamedTuple):
    """A whole number that moves in loops: a sum of terms, or what a table has there.

    A term is a factor and, for each counter from the outermost on, an n: the factor times the counter choose n.

    >>> str(Index(((3, (0, 0)), (-62, (1, 0)), (1, (0, 2)))))
    '3 - 62*i + j*(j - 1)/2'
    """

    terms: tuple[tuple[int, tuple[int, ...]], ...]
    table: tuple[int, ...] = ()

    def at(self, counters: Sequence[int]) -> int:
        """Return the number for these counters."""
        found = sum(c * math.prod(map(math.comb, counters, ns)) for c, ns in self.terms)
        if self.table and found < 0:
            raise IndexError(f"index {found} of a table")
        return self.table[found] if self.table else found

    def __str__(self) -> str:
        text = ""
        for c, ns in self.terms:
            parts = [_choose(name, n) for name, n in zip(COUNTERS, ns, strict=False) if n]
            factor = [str(abs(c))] if abs(c) != 1 or not parts else []
            text += f" {'-' if c < 0 else '+'} {'*'.join([*factor, *parts])}"
        text = f"-{text[3:]}" if text.startswith(" -") else text[3:] or "0"
        return f"table[{text}]" if self.table else text


def _choose(name: str, n: int) -> str:
    """Return a counter choose n as text."""
    factors = "*".join([f"({name} - {i})" if i else name for i in range(n)])
    return factors if n < 2 else f"{factors}/{math.factorial(n)}"


Place = int | Index


def located(place: Place, counters: Sequence[int]) -> int:
    """Return a place as a number, for these counters of the loops around it."""
    return place.at(counters) if isinstance(place, Index) else place


class Instruction(NamedTuple):
    """One application of a primitive; `total` if it comes from a rule, where nothing raises."""

    primitive: Primitive
    operands: tuple[int, ...]  # in a loop a `Place` each
    total: bool = False

    def apply(self, operands: Sequence[float]) -> float:
        """Return the value on plain numbers; raises what the primitive raises, unless this is `total`."""
        row = self.primitive
        return float(row.total(*operands) if self.total else row.plainly(operands))


class Loop(NamedTuple):
    """A body that is run so many times, with a counter from 0 on; it stands for the steps which that makes.

    These have the places in the program; `places` says where those of the body stand.
    """

    times: Place
    places: tuple[Place, ...]
    body: "tuple[Step, ...]"


Single = Instruction | Guard[int]
Step = Instruction | Guard[int] | Loop


def walk(steps: Sequence[Step], counters: tuple[int, ...] = ()) -> Iterator[Single]:
    """Yield the instructions and guards that steps stand for, in order."""
    for step in steps:
        if isinstance(step, Loop):
            for i in range(located(step.times, counters)):
                yield from walk(step.body, (*counters, i))
        elif counters:
            yield step._replace(operands=tuple([located(k, counters) for k in step.operands]))
        else:
            yield step


def demand_loops(steps: Sequence[Step], first: int, most: int = MOST) -> None:
    """Raise GraphError where loops are not well formed, or run more than so many steps and iterations.

    The first of the steps stands at the place `first`.
    """
    try:
        _demand_whole(steps, 0)
        place, left = first, most
        for step in steps:
            place, left = _passed(step, place, (), left)
    except (IndexError, TypeError) as error:
        raise GraphError(f"program: an index of a loop: {error}") from error


def _demand_whole(steps: Sequence[Step], depth: int) -> None:
    """Raise GraphError unless all that moves in loops is made of whole numbers."""
    for step in steps:
        moving = [*step.places, step.times] if isinstance(step, Loop) else step.operands
        for place in [x for x in moving if depth or not isinstance(step, Loop)]:
            if not isinstance(place, Index):
                continue
            whole = [*place.table, *[n for c, ns in place.terms for n in (c, *ns)]]
            right = all(type(n) is int for n in whole) and depth
            if not right or any(len(ns) > depth or not all(0 <= n <= DEGREE for n in ns) for _, ns in place.terms):
                raise GraphError(f"program: {place!r} is no index within {depth} loops")
        if isinstance(step, Loop):
            if len(step.places) != len(step.body) or depth == len(COUNTERS):
                raise GraphError(f"program: a loop has {len(step.places)} places for {len(step.body)} steps")
            _demand_whole(step.body, depth + 1)


def _passed(step: Step, place: int, counters: tuple[int, ...], left: int) -> tuple[int, int]:
    """Return (the place behind a step that stands at a place, how much may be run after it).

    Raises GraphError where a loop says that a step is elsewhere.
    """
    if not isinstance(step, Loop):
        return place + 1, left - 1
    times = located(step.times, counters)
    if type(times) is not int or not 0 <= times <= left:
        raise GraphError(f"program: a loop of {times!r} iterations at step {place}, where at most {left} may be run")
    left -= times
    for i in range(times):
        for here, inner in zip(step.places, step.body, strict=True):
            if located(here, (*counters, i)) != place:
                raise GraphError(f"program: a step of a loop is at {here}, in place of {place}")
            place, left = _passed(inner, place, (*counters, i), left)
    return place, left


def behind(step: Step, place: int, counters: tuple[int, ...] = ()) -> int:
    """Return the place behind a step that stands at a place."""
    if not isinstance(step, Loop):
        return place + 1
    times = located(step.times, counters)
    if times < 1:
        return place
    last = (*counters, times - 1)
    return behind(step.body[-1], located(step.places[-1], last), last)


def length(steps: Sequence[Step]) -> int:
    """Return how many instructions and guards are written down, those of a loop once."""
    return sum(length(step.body) if isinstance(step, Loop) else 1 for step in steps)


def never_raises(step: Instruction) -> bool:
    """Return whether an instruction cannot raise, whatever the operands."""
    return step.total or not getattr(step.primitive, "raises", True)
