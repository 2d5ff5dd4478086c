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
from autograd.program.nests import DEGREE, LEAST, Nest, place_of
from autograd.program.program import Program, Recorded
from autograd.program.steps import Loop, Place, Step, length

CANDIDATES = 16  # lengths of bodies that are tried at once
ROUNDS = 12
SMALL = 64  # steps of an inner loop that is always as long, up to which it is unrolled
WIDEST = 256  # tokens, by which repetition is looked for
SAMPLE, SAMPLES = 65_536, 4  # tokens that are looked at together, and how often at most
LONG = 1000  # steps, from which on loops are looked for before a program is compiled
SHORTER = 4  # times fewer steps with loops than without, so that they are worth having
_MIXED = np.random.default_rng(20).integers(1, 2**63, 4096, dtype=np.uint64) | np.uint64(1)


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
        count = len(kinds)
        sorts = np.where(operands < 0, 1, np.where(operands < self.inputs, 2, 3)).astype(np.uint64)
        within = np.arange(len(operands)) - np.repeat(starts[:-1], np.diff(starts))
        alike = kinds.astype(np.uint64) * _MIXED[-1]
        if count:
            alike += np.add.reduceat(sorts * _MIXED[within % 1024], starts[:-1])
        zeros = np.zeros(count, dtype=np.int64)
        return Level(alike, np.arange(count), zeros, zeros, np.arange(count + 1))

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
        found = []
        for p in periods(alike):
            if count < LEAST * p:
                continue
            same = (alike[p:] == alike[:-p]) & free[p:] & free[:-p]
            last = 0
            for a, b in stretches(same, (LEAST - 1) * p):
                for begin, end in self.pieces(level, max(a, last), b + p, p):
                    times = (end - begin) // p
                    last = begin + p * times
                    found.append((begin, p, times))
                    free[begin:last] = False
        return found

    def pieces(self, level: Level, a: int, b: int, p: int) -> list[tuple[int, int]]:
        """Return the parts of a stretch of period p in which operands are polynomials in the counter.

        So must be how many steps a token has; where there would be too many parts for the sake of operands, these are
        left to tables.
        """
        if b - a < LEAST * p:
            return []
        begin = level.begin[a : b + 1]
        even = straight(np.diff(begin), p) if len(self.levels) > 1 else None
        starts, operands = self.flat.starts, self.flat.operands
        first, last = starts[begin[:-1]], starts[begin[:-1] + 1] - 1
        good = straight(np.maximum(operands[first], 0), p)
        good &= straight(np.maximum(operands[np.minimum(first + 1, last)], 0), p)
        parts = split(good if even is None else good & even, a, p)
        if sum(end - begin for begin, end in parts) > 0.6 * (b - a):
            return parts
        return [(a, b)] if even is None else split(even, a, p)

    # ------------------------------------------------------------------------------------------ what the loops are

    def nodes(self, level: int, tokens: Array, nest: Nest | None) -> "list[Site | Repeated]":
        """Return what tokens that are alike are, one for each iteration of a nest; short loops are unrolled."""
        if level == 0:
            return [Site(tokens, nest)]
        _, first, periods_, times, begin = (column[tokens] for column in self.levels[level])
        period, below = int(periods_[0]), level - 1
        if not period:
            return self.nodes(below, first, nest)
        size = int(self.levels[level].begin[tokens[0] + 1] - begin[0])
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
                constants = ~self.column(site, k)
                if constants[0] < 0:
                    continue
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
        return self.flat.operands[self.flat.starts[site.at] + k]

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
        self.fixed: dict[int, int] = {}  # operands that are always the same constant

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


def stretches(holds: Array, least: int) -> list[tuple[int, int]]:
    """Return (first, behind the last) of each stretch, so long at least, of what holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    begin, end = edges[::2], edges[1::2]
    long = end - begin >= max(least, 1)
    return list(zip(begin[long].tolist(), end[long].tolist(), strict=True))


def straight(numbers: Array, p: int) -> Array:
    """Return whether from each place on the next few numbers, a period apart, are a polynomial of the least degree."""
    for _ in range(DEGREE):
        numbers = numbers[p:] - numbers[:-p]
    return numbers == 0


def split(good: Array, a: int, p: int) -> list[tuple[int, int]]:
    """Return the parts of what begins at a and has period p, without overlap, in which all places are good."""
    found, last = [], a
    for begin, end in stretches(good, 1):
        begin, end = max(a + begin, last), a + end + DEGREE * p
        if end - begin >= LEAST * p:
            found.append((begin, end))
            last = end
    return found


def periods(alike: Array) -> list[int]:
    """Return after how many tokens they repeat, the shortest first: those that are met most often.

    Windows of some lengths are looked for, as short ones may be met within a body again; of many tokens in samples.
    """
    votes: dict[int, int] = {}
    for start in np.linspace(
        0, max(0, len(alike) - SAMPLE), min(SAMPLES, -(-len(alike) // SAMPLE)), dtype=int
    ).tolist():
        sample = alike[start : start + SAMPLE]
        windows, width = sample * _MIXED[-2], 1
        while width <= WIDEST and width < len(sample):
            windows = windows[:-width] * _MIXED[-3 - width.bit_length()] + windows[width:]
            width *= 2
            if width.bit_length() % 2:  # 4, 16, 64, 256
                order = np.argsort(windows, kind="stable")
                again = windows[order[1:]] == windows[order[:-1]]
                often = np.bincount((order[1:] - order[:-1])[again])
                for gap in np.argsort(-often, kind="stable")[:CANDIDATES].tolist():
                    if often[gap]:
                        votes[gap] = max(votes.get(gap, 0), int(often[gap]))
    return sorted(sorted(votes, key=lambda gap: -votes[gap])[:CANDIDATES])


def shorter(program: Program) -> Program | None:
    """Return a program with loops; None where they do not make it much shorter."""
    found = folded(program)
    return found if found.loops and SHORTER * length(found.steps) <= program.size else None


def folded(program: Program) -> Program:
    """Return the program with loops for what repeats in it; the same program, where it is unrolled again.

    Programs with loops, and with sums over lanes, are returned as they are. Cost: some tenths of a microsecond for each
    step.
    """
    plain = isinstance(program, Recorded) or all(isinstance(step[0], (Primitive, str)) for step in program.steps)
    return Finder(program).folded() if plain else program
