"""Loops, found in a program that was recorded without them.

Steps that repeat are folded into loops, the innermost first: as long as they are alike, by their primitives and by what
kind their operands are, some steps that follow each other are a body. A folded loop is a token, and a loop of such is
found in the same way. Then each operand of a body is written as a polynomial in the counters, or else as a table, of
all the places that it has, so that the unrolled loops are the program that was given. This is nested loop recognition
(Ketterlin and Clauss, CGO 2008) level by level; polynomials of a higher degree than one are for triangular loops.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.primitives.primitive import Primitive
from autograd.program.flat import Array, Flat, flat
from autograd.program.nests import LEAST, Nest, place_of
from autograd.program.program import Program, Recorded
from autograd.program.repetition import MIXED, parts, periods, stretches
from autograd.program.steps import Loop, Place, Step, length

ROUNDS = 12
SMALL = 64  # steps of an inner loop that is always as long, up to which it is unrolled
LONG = 1000  # steps, from which on loops are looked for before a program is compiled
SHORTER = 4  # times fewer steps with loops than without, so that they are worth having


class Level(NamedTuple):
    """Tokens: a step or a loop each, by what they are alike, and their first tokens on the level below."""

    alike: Array
    first: Array
    period: Array  # tokens in the body of a loop; 0 where the token is that of the level below
    times: Array
    begin: Array  # the first step, and one more: the number of steps


class Unfoldable(Exception):
    """A loop has no polynomial for how often it is run."""


class Finder:
    """Finds the loops of a program."""

    program: Program
    flat: Flat
    inputs: int
    levels: list[Level]
    renamed: Any

    def __init__(self, program: Program) -> None:
        self.program, self.flat = program, flat(program)
        self.inputs = program.inputs
        self.constants: list[float] = []
        self.levels = [self.steps()]
        self.bodies: dict[object, int] = {}  # by what they are made of

    def steps(self) -> Level:
        """Return the lowest level: a token for each step."""
        kinds, starts, operands, *_ = self.flat
        sorts = (operands >= 0).astype(np.uint8) + (operands >= self.inputs)  # a constant, an input, a step
        begin, sizes = starts[:-1], np.diff(starts)
        alike = kinds.astype(np.uint64) * MIXED[-1] + sizes.astype(np.uint64) * MIXED[-2]
        for k in range(2):  # its first two operands; the first again, where there is no second
            alike += (MIXED[k] * np.arange(3, dtype=np.uint64))[sorts[begin + np.minimum(k, sizes - 1)]]
        long = np.flatnonzero(sizes > 2)
        if len(long):
            ends = np.cumsum(sizes[long], dtype=np.int64)
            offsets = ends - sizes[long]
            within = np.arange(ends[-1]) - np.repeat(offsets, sizes[long])
            given = sorts[np.repeat(begin[long], sizes[long]) + within].astype(np.uint64)
            alike[long] += np.add.reduceat(given * MIXED[within % 1024], offsets)
        zeros, count = np.zeros(len(kinds), dtype=kinds.dtype), np.arange(len(kinds) + 1, dtype=starts.dtype)
        return Level(alike, count[:-1], zeros, zeros, count)

    def folded(self) -> Program:
        """Return the program with loops."""
        while len(self.levels) <= ROUNDS and self.fold():
            pass
        top = len(self.levels) - 1
        if not top:
            return self.program
        nodes = [node for k in range(len(self.levels[top].alike)) for node in self.nodes(top, np.array([k]), None)]
        self.share_constants(nodes)
        steps = [step for node in nodes for step in self.written(node)]
        outputs = tuple([y if type(y) is int else self.constant(y) for y in self.flat.outputs])
        return Program(self.inputs, tuple(self.constants), tuple(steps), outputs)

    # ------------------------------------------------------------------------------------------ which tokens are loops

    def fold(self) -> bool:
        """Make another level, on which what repeats is loops; return whether there is anything."""
        level = self.levels[-1]
        runs = sorted(self.runs(level))
        if not runs:
            return False
        first, period, times = (np.array(x, dtype=np.int64) for x in zip(*runs, strict=True))
        kept = np.ones(len(level.alike), dtype=bool)
        ends = first + period * times
        change = np.zeros(len(kept) + 1, dtype=np.int64)
        np.add.at(change, first, 1)
        np.add.at(change, ends, -1)
        kept = np.cumsum(change)[:-1] == 0
        alone = np.flatnonzero(kept)
        names = [self.body(level.alike[a : a + p]) for a, p, _ in runs]
        order = np.argsort(np.concatenate([alone, first]), kind="stable")
        tokens = np.concatenate([alone, first])[order]
        zeros = np.zeros(len(alone), dtype=np.int64)
        self.levels.append(
            Level(
                np.concatenate([level.alike[alone], np.array(names, dtype=np.uint64)])[order],
                tokens,
                np.concatenate([zeros, period])[order],
                np.concatenate([zeros, times])[order],
                level.begin[np.append(tokens, len(kept))],
            )
        )
        return True

    def body(self, tokens: Array) -> int:
        """Return the name of loops with a body of such tokens."""
        key = tokens.tobytes()
        if key not in self.bodies:
            self.bodies[key] = int.from_bytes(np.random.default_rng(len(self.bodies)).bytes(8), "little")
        return self.bodies[key]

    def runs(self, level: Level) -> list[tuple[int, int, int]]:
        """Return (first token, length of the body, times) of loops that do not overlap."""
        alike, count = level.alike, len(level.alike)
        free = np.ones(count, dtype=bool)
        found: list[tuple[int, int, int]] = []
        moving = self.moving(level)
        for p in periods(alike):
            if count < LEAST * p:
                continue
            same = alike[p:] == alike[:-p]
            if found:
                same &= free[p:] & free[:-p]
            last = 0
            for begin, end in parts(stretches(same, (LEAST - 1) * p), p, moving):
                times = (end - max(begin, last)) // p
                if times >= LEAST:
                    found.append((max(begin, last), p, times))
                    last = found[-1][0] + p * times
                    free[found[-1][0] : last] = False
        return found

    def moving(self, level: Level) -> list[Array]:
        """Return numbers for each token that are to be polynomials in the counter of a loop.

        If tokens are loops, first how many steps they have; and the first two operands, as far as these are places.
        """
        starts, operands = self.flat.starts, self.flat.operands
        begin = level.begin[:-1]
        first, last = starts[begin], starts[begin + 1] - 1
        found = [np.maximum(operands[at], 0) for at in (first, np.minimum(first + 1, last))]
        return [np.diff(level.begin), *found] if len(self.levels) > 1 else found

    # ------------------------------------------------------------------------------------------ what the loops are

    def nodes(self, level: int, tokens: Array, nest: Nest | None) -> "list[Site | Repeated]":
        """Return what tokens that are alike are, one for each iteration of a nest; short loops are unrolled."""
        if level == 0:
            return [Site(tokens, nest)]
        here, below, example = self.levels[level], level - 1, tokens[0]
        first, period = here.first[tokens], int(here.period[example])
        if not period:
            return self.nodes(below, first, nest)
        times, size = here.times[tokens], int(here.begin[example + 1] - here.begin[example])
        if size <= SMALL and (times == times[0]).all():
            return [node for i in range(period * int(times[0])) for node in self.nodes(below, first + i, nest)]
        inner = Nest(times, nest)
        bodies = np.repeat(first, times) + period * inner.counter
        return [Repeated(inner, [node for i in range(period) for node in self.nodes(below, bodies + i, inner)])]

    def share_constants(self, nodes: "Sequence[Site | Repeated]") -> None:
        """Keep equal constants once, but for those of which a step has another in each iteration."""
        whole, bits = self.flat.whole, self.flat.constants.view(np.int64)
        moving = np.zeros(len(bits), dtype=bool)
        fixed: list[tuple[Site, int, float]] = []
        for site in sites(nodes):
            for k in range(self.count(site)):
                if self.flat.operands[self.flat.starts[site.at[0]] + k] >= 0:
                    continue
                constants = ~self.column(site, k)
                if whole and not whole.keys().isdisjoint(constants.tolist()):
                    found = {self.known_constant(i) for i in constants.tolist()}
                    same = len(found) == 1 and type(next(iter(found))) is int
                else:
                    same = bool((bits[constants] == bits[constants[0]]).all())
                if same:
                    fixed.append((site, k, self.known_constant(int(constants[0]))))
                else:
                    moving[constants] = True
        self.constants = [self.known_constant(i) for i in np.flatnonzero(moving).tolist()]
        self.renamed = np.cumsum(moving) - 1
        self.known: dict[object, int] = {}
        for site, k, x in fixed:
            site.fixed[k] = self.constant(x)

    def known_constant(self, k: int) -> float:
        """Return a constant as the program that was given has it."""
        return self.flat.whole[k] if k in self.flat.whole else float(self.flat.constants[k])

    def constant(self, x: float) -> int:
        """Return the operand for a constant that is kept once."""
        key = struct.pack("<d", x) if type(x) is float else x
        if key not in self.known:
            self.known[key] = ~len(self.constants)
            self.constants.append(x)
        return self.known[key]

    def count(self, site: "Site") -> int:
        """Return how many operands a step has."""
        return int(self.flat.starts[site.at[0] + 1] - self.flat.starts[site.at[0]])

    def column(self, site: "Site", k: int) -> Array:
        """Return one operand of a step in all iterations."""
        if site.first is None:
            site.first = self.flat.starts[site.at]
        return self.flat.operands[site.first + k]

    def written(self, node: "Site | Repeated") -> list[Step]:
        """Return the steps for what is not within a loop: one, or as many as there are where it cannot be folded."""
        try:
            return [self.step(node)]
        except Unfoldable:
            first = int(node.begin[0])
            last = max(int(site.at.max()) for site in sites([node]))
            return [self.step(Site(np.array([i]), None)) for i in range(first, last + 1)]

    def step(self, node: "Site | Repeated") -> Step:
        """Return the step or the loop."""
        if isinstance(node, Repeated):
            places = tuple([self.place(part.begin + self.inputs, node.nest) for part in node.parts])
            return Loop(self.place(node.nest.times, node.nest.around), places, tuple(map(self.step, node.parts)))
        kinds, starts, _, examples, *_ = self.flat
        example = examples[int(kinds[node.at[0]])]
        sizes = starts[node.at + 1] - starts[node.at]
        if (kinds[node.at] != kinds[node.at[0]]).any() or (sizes != sizes[0]).any():
            raise Unfoldable
        operands = tuple([self.operand(node, k) for k in range(int(sizes[0]))])
        return example._replace(operands=operands)  # type: ignore[arg-type]  # in a loop they may move

    def operand(self, site: "Site", k: int) -> Place:
        """Return one operand of a step."""
        if k in site.fixed:
            return site.fixed[k]
        numbers = self.column(site, k)
        if numbers[0] < 0:
            if (numbers >= 0).any() or len(self.constants) == 0:
                raise Unfoldable
            if site.nest is None:
                return self.constant(self.known_constant(~int(numbers[0])))
            numbers = ~self.renamed[~numbers]
        return self.place(numbers, site.nest)

    def place(self, numbers: Array, nest: Nest | None) -> Place:
        """Return numbers, one for each iteration, as a place."""
        found = place_of(numbers, nest)
        if found is None:
            raise Unfoldable
        return found


class Site:
    """A step of the folded program: which steps it stands for, and in which loops."""

    at: Array
    nest: Nest | None

    def __init__(self, at: Array, nest: Nest | None) -> None:
        self.at, self.nest = at, nest
        self.first: Array = None  # where its operands begin among all
        self.fixed: dict[int, int] = {}  # those that are always the same constant

    @property
    def begin(self) -> Array:
        """Where it begins, for each iteration around."""
        return self.at


class Repeated:
    """A loop of the folded program."""

    nest: Nest
    parts: list[Any]

    def __init__(self, nest: Nest, parts: list[Any]) -> None:
        self.nest, self.parts = nest, parts

    @property
    def begin(self) -> Array:
        """Where it begins, for each iteration around."""
        return self.parts[0].begin[self.nest.begin]


def sites(nodes: Sequence[Site | Repeated]) -> Iterator[Site]:
    """Yield the steps of loops, and of what is in no loop."""
    for node in nodes:
        if isinstance(node, Repeated):
            yield from sites(node.parts)
        else:
            yield node


def shorter(program: Program) -> Program | None:
    """Return a program with loops; None where they do not make it much shorter."""
    found = folded(program)
    return found if found.loops and SHORTER * length(found.steps) <= program.size else None


def folded(program: Program) -> Program:
    """Return the program with loops for what repeats in it; the same program, where it is unrolled again.

    Programs with loops, and with sums over lanes, are returned as they are. Cost: a quarter to half of a microsecond
    for each step.
    """
    plain = isinstance(program, Recorded) or all(isinstance(step[0], (Primitive, str)) for step in program.steps)
    return Finder(program).folded() if plain else program
