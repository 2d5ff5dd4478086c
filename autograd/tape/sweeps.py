"""Sweeps: derivatives carried backward and forward, over a tape or over any other graph.

A tape is swept on the floats that it recorded, or on carriers of a tape around it, and so to any order.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.primitive import Primitive
from autograd.tape.guards import Guard
from autograd.tape.tape import Tape, Traced, innermost

Key = TypeVar("Key", bound=Hashable)
Node = TypeVar("Node")
Partial = TypeVar("Partial")
Adjoint = TypeVar("Adjoint")

KNOWN: set[type] = {float, int, Traced}  # of these, what a step gives is the number that was recorded
Edges = Sequence[tuple[int, Number]]  # (place of an operand, partial towards it)
MANY = 32  # operands, from which on it pays to look whether steps share them


def reverse_sweep(
    nodes: Iterable[tuple[Key, Node]],
    edges: Callable[[Node], Iterable[tuple[Key, Partial]]],
    adjoints: dict[Key, Adjoint],
    times: Callable[[Adjoint, Partial], Adjoint | None],
    plus: Callable[[Adjoint, Adjoint], Adjoint],
    visit: Callable[[Key, Key, Partial, Adjoint], object] | None = None,
) -> dict[Key, Adjoint]:
    """Carry adjoints from the nodes that have one to everything they were made from; return all, in the same dict.

    `nodes` are (key, node) in reverse topological order, `edges` gives (key of a parent, partial) of a node, and
    `adjoints` holds the seeds. `times` and `plus` are the arithmetic: a product of None contributes nothing, and who
    gets no contribution has no adjoint. `visit` is told each (key, parent, partial, product). Cost: O(nodes + edges).

    >>> reverse_sweep([("y", [("x", 3.0), ("x", 4.0)])], lambda node: node, {"y": 2.0}, product, float.__add__)
    {'y': 2.0, 'x': 14.0}
    """
    for key, node in nodes:
        adjoint = adjoints.get(key)
        if adjoint is None:
            continue
        for parent, partial in edges(node):
            term = times(adjoint, partial)
            if term is not None:
                known = adjoints.get(parent)
                adjoints[parent] = term if known is None else plus(known, term)
                if visit is not None:
                    visit(key, parent, partial, term)
    return adjoints


def product(x: Number, partial: Number) -> Number | None:
    """Return x * partial, or None for zero: an exact zero on either side wins over an infinity on the other.

    >>> product(2.0, 3.0), product(0.0, float("inf"))
    (6.0, None)
    """
    if (type(x) is float and not x) or (type(partial) is float and not partial):
        return None
    if type(x) is float and type(partial) is float:
        return x * partial or None  # what underflows is zero too, and without a sign
    with totally.within(True):
        found: Number = table.times(x, partial)
    return found


def _sum(x: Number, y: Number) -> Number:
    if type(x) is float and type(y) is float:
        return x + y
    with totally.within(True):
        return x + y


def _carried(xs: Sequence[object]) -> bool:
    for x in xs:  # noqa: SIM110 (a generator costs more than all the rest)
        if isinstance(x, Carrier):
            return True
    return False


def shared_operands(tape: Tape) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that gives the operands of a step or guard: one tuple for steps in a row that have the same.

    The many sums over lanes have all the parameters of a model each.
    """
    codes: list[int] = []
    shared: tuple[Any, ...] = ()

    def operands(step: Any) -> tuple[Any, ...]:
        nonlocal codes, shared
        if isinstance(step, Guard):
            return step.operands
        found = tape.codes(step.place)
        if len(found) < MANY:
            known: tuple[Any, ...] = step.operands
            return known
        if found != codes:
            codes, shared = found, step.operands
        return shared

    return operands


def primals(tape: Tape, inputs: Sequence[Number]) -> list[Number]:
    """Return what every step is if the inputs are these: floats, or carriers of a tape around this one.

    Where only floats meet, that is the number that was recorded; nothing is computed again. Guards are NaN; where
    carriers meet, they are seen again, so that the tape around keeps them too.
    """
    found, operands = list(inputs), shared_operands(tape)
    for step in tape.steps[len(inputs) :]:
        xs = [found[x.place] if isinstance(x, Traced) and x.tape is tape else x for x in operands(step)]
        if not _carried(xs):
            found.append(math.nan if isinstance(step, Guard) else step._data)
        elif isinstance(step, Guard):
            if any(type(x) is Traced for x in xs):
                innermost(tuple(xs)).observe(step.comparison, tuple(xs), step.seen)
            found.append(math.nan)
        else:
            assert step.primitive is not None
            with totally.within(step.total):
                known = all(type(x) in KNOWN for x in xs)
                found.append(Traced.applied(step.primitive, tuple(xs), step._data) if known else step.primitive(*xs))
    return found


class Partials:
    """The partials of a tape's steps, where its numbers are `found`; with `keep`, each is computed once."""

    tape: Tape
    found: Sequence[Number]
    keep: bool

    def __init__(self, tape: Tape, found: Sequence[Number], keep: bool = False) -> None:
        self.tape, self.found, self.keep = tape, found, keep
        self.kept: dict[int, Edges] = {}
        self.operands: Callable[[Any], tuple[Any, ...]] = shared_operands(tape)

    @cached_property
    def parents(self) -> list[tuple[Traced | None, tuple[int, ...]]]:
        """For each step, itself and the places of its operands on the tape; none for a guard."""
        owns = self.tape.owns
        return [
            (None, ()) if isinstance(step, Guard) else (step, tuple([x.place for x in self.operands(step) if owns(x)]))
            for step in self.tape.steps
        ]

    def __call__(self, step: Traced) -> Edges:
        """Return (place, partial) for each operand of a step that is on the tape."""
        edges = self.kept.get(step.place)
        if edges is None:
            edges = () if step.primitive is None else self._computed(step, step.primitive)
            if self.keep:
                self.kept[step.place] = edges
        return edges

    def _computed(self, step: Traced, primitive: Primitive) -> Edges:
        tape, found = self.tape, self.found
        xs: list[Number] = []
        wanted: list[int] = []
        places: list[int] = []
        for i, x in enumerate(self.operands(step)):
            if isinstance(x, Traced) and x.tape is tape:
                wanted.append(i)
                places.append(x.place)
                x = found[x.place]
            xs.append(x)
        z = found[step.place]
        if not isinstance(z, Carrier) and not _carried(xs):
            return list(zip(places, primitive.partials_at(z, primitive.numbers(xs), wanted), strict=True))
        with totally.within(True):
            return list(zip(places, primitive.rules(z, xs, wanted), strict=True))


def pull(tape: Tape, partials: Partials, seeds: Iterable[tuple[Traced, Number]]) -> dict[int, Number]:
    """Return the adjoints of steps by place, given those of some numbers; one that is missing is zero."""
    adjoints: dict[int, Number] = {}
    for traced, seed in seeds:
        known = adjoints.get(traced.place)
        adjoints[traced.place] = seed if known is None else _sum(known, seed)
    steps = tape.steps
    backward = zip(reversed(range(len(steps))), reversed(steps), strict=True)
    numbers = cast("Iterable[tuple[int, Traced]]", backward)  # guards have no adjoint, so they are passed over
    return reverse_sweep(numbers, partials, adjoints, product, _sum)


def push(tape: Tape, partials: Partials, tangents: Iterable[tuple[Traced, Number]]) -> dict[int, Number]:
    """Return the tangents of steps by place, given those of the inputs; one that is missing is zero."""
    dots: dict[int, Number] = {traced.place: tangent for traced, tangent in tangents}
    for place, (step, parents) in enumerate(partials.parents):
        if step is not None and not dots.keys().isdisjoint(parents):
            for parent, partial in partials(step):
                term = product(dots[parent], partial) if parent in dots else None
                if term is not None:
                    known = dots.get(place)
                    dots[place] = term if known is None else _sum(known, term)
    return dots
