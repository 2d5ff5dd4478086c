"""A program with loops as blocks: which straight lines of it are run in which loops, and where they take numbers from.

A block is a program of its own. What it takes was made in the same iteration, or in the one before, and is in a
register; or else it is in memory. That has cells for the inputs, and for all numbers that somebody takes from there,
one after the other as they are made.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from autograd.primitives import table
from autograd.program.nests import Nest, numbers_of, place_of
from autograd.program.passes import optimized
from autograd.program.program import Builder, Program
from autograd.program.steps import Index, Instruction, Loop, Place, Single, Step, never_raises
from autograd.tape.guards import Guard

PIECE = 400  # steps outside of loops that are run as one
Array = Any  # of NumPy's


class Unplanned(Exception):
    """A program that cannot be run as blocks."""


class Taken(NamedTuple):
    """Where an input of a block is: in a "cell", among the "constants", or what a step made in this iteration ("made").

    Or it is what a step made in the iteration "before", which for the first one is in a cell.
    """

    kind: str
    place: Place = 0
    step: int = -1


class Made(NamedTuple):
    """A result of a block: of which step; in which cell it is kept, if in any; whether somebody sees the sign of 0."""

    step: int
    cell: Place | None
    signed: bool


class Block(NamedTuple):
    """A straight line: its program, what the inputs and outputs of that are, and which guards it has, from 0 on."""

    program: Program
    takes: list[Taken]
    makes: list[Made]
    guards: list[Place]


class Repeat(NamedTuple):
    """A loop, and what is carried from one iteration to the next: what is `Taken` from before."""

    times: Place
    carried: list[Taken]
    parts: list["Block | Repeat"]


class Plan(NamedTuple):
    """A program in parts, which share no registers; how many cells and guards there are; which cells the outputs are.

    An output that is a constant is `~k`. Of rules, zeros have no sign.
    """

    parts: list[list[Block | Repeat]]
    cells: int
    guards: int
    outputs: list[int]
    of_rules: list[bool]


class Site:
    """An instruction or guard where it is written: the place of each time that it is run, and those of its operands."""

    number: int
    block: int
    part: int
    step: Single
    at: Array
    nest: Nest | None
    operands: list[Array]

    def __init__(self, home: tuple[int, int, int], step: Single, at: Array, nest: Nest | None) -> None:
        self.number, self.block, self.part = home
        self.step, self.at, self.nest = step, at, nest
        self.operands = [numbers_of(k, nest) for k in step.operands]
        self.takes: list[tuple[str, Array, int]] = []  # of each operand: a kind, places, the step that made it
        self.kept = self.wanted = self.signed = False  # in a cell; by another block; whether with the sign of zero
        self.later = False  # whether it takes from a cell what its own block may just have made


Node = Any  # a site, or (a nest, the loop, nodes)


def planned(program: Program, raising: bool = True) -> Plan:
    """Return a program as blocks; raises Unplanned where operands of one step are of different kinds.

    If `raising`, with what may raise, although nobody needs it.
    """
    return Planner(program, raising).plan()


class Planner:
    """Makes the plan of a program."""

    program: Program
    inputs: int
    raising: bool
    block: int
    part: int
    filled: int
    tree: list[Node]
    home: Array
    live: set[int]
    cell: Array
    guard: Array

    def __init__(self, program: Program, raising: bool = True) -> None:
        self.program, self.inputs, self.raising = program, program.inputs, raising
        self.sites: list[Site] = []
        self.block = self.part = self.filled = 0
        self.carried: dict[Nest, list[tuple[int, Array]]] = {}
        self.starts: dict[Nest, Array] = {}  # the places where a loop begins
        places = program.places()
        self.tree = [self.node(step, np.array([at]), None) for step, at in zip(program.steps, places, strict=True)]
        size = max((int(site.at[-1]) for site in self.sites), default=self.inputs - 1) + 1
        self.home = np.full(size, -1, dtype=np.int64)  # by place: the site
        for site in self.sites:
            self.home[site.at] = site.number

    def node(self, step: Step, at: Array, nest: Nest | None) -> Node:
        """Return a site or a loop; parts end where loops begin and end, and where they are long."""
        if nest is None and (isinstance(step, Loop) or self.filled >= PIECE):
            self.part, self.block, self.filled = self.part + 1, self.block + 1, 0
        if not isinstance(step, Loop):
            self.filled += nest is None
            self.sites.append(Site((len(self.sites), self.block, self.part), step, at, nest))
            return self.sites[-1]
        inner = Nest(np.array(numbers_of(step.times, nest)), nest)
        if not inner.times.size or inner.times.min() < 1:
            raise Unplanned
        self.starts[inner] = at
        self.block += 1
        inside = [self.node(own, numbers_of(at, inner), inner) for own, at in zip(step.body, step.places, strict=True)]
        self.block += 1
        self.filled = PIECE
        return inner, step, inside

    def plan(self) -> Plan:
        """Return the plan."""
        program = self.program
        for k in program.outputs:
            if k >= self.inputs:
                self.sites[self.home[k]].kept = True
        self.live = self.needed()
        for number in sorted(self.live):
            site = self.sites[number]
            site.takes = [self.taken(site, k) for k in range(len(site.operands))]
        self.divide()
        kept, watched = np.zeros(len(self.home), dtype=bool), np.zeros(len(self.home), dtype=bool)
        kept[: self.inputs] = True
        for site in self.sites:
            kept[site.at] |= site.kept
            watched[site.at] = isinstance(site.step, Guard)
        self.cell, self.guard = np.cumsum(kept) - 1, np.cumsum(watched) - 1
        parts = [list(nodes) for _, nodes in groupby(self.tree, self.part_of)]
        found = [blocks for nodes in parts if (blocks := self.blocks(nodes))]
        outputs = [int(self.cell[k]) if k >= 0 else k for k in program.outputs]
        rules = [k >= self.inputs and _of_a_rule(self.sites[self.home[k]].step) for k in program.outputs]
        return Plan(found, int(kept.sum()), int(watched.sum()), outputs, rules)

    def divide(self) -> None:
        """End blocks where a step takes from a cell what a block may have put there, and mark what others want."""
        more = 0
        for site in self.sites:
            more += site.later
            site.block += more
        for number in self.live:
            site = self.sites[number]
            for kind, _, step in site.takes:
                if kind == "made":
                    self.sites[step].wanted |= self.sites[step].block != site.block

    def part_of(self, node: Node) -> int:
        """Return which part a node is in."""
        return node.part if isinstance(node, Site) else self.part_of(node[2][0])

    def sources(self, places: Array) -> list[int]:
        """Return the sites that made what is at places."""
        homes = self.home[places]
        found = homes[:1] if (homes == homes[0]).all() else np.unique(homes)
        return [k for k in found.tolist() if k >= 0]

    def needed(self) -> set[int]:
        """Return the sites that outputs and guards need, those that may raise, and what these need."""
        found: set[int] = set()
        queue = [s.number for s in self.sites if s.kept or isinstance(s.step, Guard)]
        if self.raising:
            queue += [s.number for s in self.sites if isinstance(s.step, Instruction) and not never_raises(s.step)]
        while queue:
            number = queue.pop()
            if number in found:
                continue
            found.add(number)
            for places in self.sites[number].operands:
                if places[0] >= 0:
                    queue += self.sources(places)
        return found

    # ------------------------------------------------------------------------------------------ where operands are

    def taken(self, site: Site, k: int) -> tuple[str, Array, int]:
        """Return (the kind of `Taken`, places, the step) of an operand, and mark what made it accordingly."""
        places, nest = site.operands[k], site.nest
        if places.min() < 0:
            if places.max() >= 0:
                raise Unplanned
            if (places == places[0]).all():
                return "literal", places[:1], -1
            if isinstance(site.step, Instruction) and not site.step.primitive.differentiable(k):
                raise Unplanned
            return "constant", ~places, -1
        sources = self.sources(places)
        if not _signless(site.step):
            for source in sources:
                self.sites[source].signed = True
        if len(sources) == 1 and self.visible(self.sites[sources[0]], site, places):
            return "made", places, sources[0]
        before = self.before(site, places)
        if before >= 0:
            assert nest is not None
            self.sites[before].wanted = True
            places = places[nest.begin]
            known = self.carried.setdefault(nest, [])
            if not any(step == before and np.array_equal(first, places) for step, first in known):
                known.append((before, places))
            sources = self.sources(places)
            kind = "before"
        else:
            kind = "cell"
        for source in sources:
            self.sites[source].kept = True
            site.later |= kind == "cell" and self.sites[source].block == site.block
        return kind, places, before

    def visible(self, source: Site, site: Site, places: Array) -> bool:
        """Return whether an operand is what a step has made in the same iteration of all loops around that."""
        if source.part != site.part or (places < self.inputs).any():
            return False
        nests, nest = [], site.nest
        while nest is not source.nest:
            if nest is None:
                return False
            nests.append(nest)
            nest = nest.around
        found = source.at
        for inner in reversed(nests):
            found = inner.within(found)
        return bool((found == places).all())

    def before(self, site: Site, places: Array) -> int:
        """Return the step that made an operand in the iteration before, always but in the first; -1 if none has."""
        nest = site.nest
        if nest is None:
            return -1
        later: Array = np.flatnonzero(nest.counter)
        if not len(later) or (places[later] < self.inputs).any():
            return -1
        if (places[nest.begin] >= self.starts[nest]).any():  # then it is not there before the loop
            return -1
        homes = self.home[places[later]]
        source = self.sites[homes[0]]
        alike = (homes == homes[0]).all() and source.nest is nest and (places[later] == source.at[later - 1]).all()
        return source.number if alike else -1

    # ------------------------------------------------------------------------------------------ blocks

    def blocks(self, nodes: Sequence[Node]) -> list[Block | Repeat]:
        """Return nodes as blocks and loops of them."""
        found: list[Block | Repeat] = []
        for straight, group in groupby(nodes, lambda node: isinstance(node, Site)):
            if straight:
                sites = [site for site in group if site.number in self.live]
                found += [self.straight(list(own)) for _, own in groupby(sites, lambda site: site.block)]
                continue
            for nest, loop, inside in group:
                parts = self.blocks(inside)
                carried = [
                    Taken("before", self.place(self.cell[first], nest.around), step)
                    for step, first in self.carried.get(nest, ())
                ]
                found += [Repeat(loop.times, carried, parts)] if parts else []
        return found

    def straight(self, sites: Sequence[Site]) -> Block:
        """Return the block of sites that follow each other."""
        takes: list[Taken] = []
        known: dict[object, int] = {}  # of these, by what tells them apart: no table is read for that
        uses: list[tuple[Site, list[tuple[bool, int]]]] = []
        here = {site.number for site in sites}
        for site in sites:
            operands: list[tuple[bool, int]] = []  # (whether it is taken, which one)
            for kind, places, step in site.takes:
                if kind == "literal" or (kind == "made" and step in here):
                    operands.append((False, int(places[0]) if kind == "literal" else step))
                    continue
                take = Taken(kind, 0, step)
                if kind != "made":
                    around = site.nest.around if kind == "before" and site.nest is not None else site.nest
                    take = Taken(kind, self.place(places if kind == "constant" else self.cell[places], around), step)
                place = take.place
                key = (kind, step, place.terms, id(place.table)) if isinstance(place, Index) else take
                if key not in known:
                    known[key] = len(takes)
                    takes.append(take)
                operands.append((True, known[key]))
            uses.append((site, operands))
        made = Builder(len(takes))
        names: dict[int, int] = {}
        for site, operands in uses:
            given = [
                k if taken else names[k] if k >= 0 else made.constant(self.program.constants[~k])
                for taken, k in operands
            ]
            names[site.number] = made.add(site.step._replace(operands=tuple(given)))
        results = [site for site in sites if site.kept or site.wanted]
        makes = [
            Made(s.number, self.place(self.cell[s.at], s.nest) if s.kept else None, s.signed and _of_a_rule(s.step))
            for s in results
        ]
        guards = [self.place(self.guard[s.at], s.nest) for s in sites if isinstance(s.step, Guard)]
        straight = made.program([names[s.number] for s in results])
        return Block(optimized(straight, self.raising), takes, makes, guards)

    def place(self, numbers: Array, nest: Nest | None) -> Place:
        """Return numbers, one for each iteration, as a place."""
        found = place_of(numbers, nest)
        if found is None:
            raise Unplanned
        return found


def _of_a_rule(step: Single) -> bool:
    """Return whether a step is of a rule, so that backends may give its zeros either sign."""
    return isinstance(step, Instruction) and (step.primitive is table.times or step.total)


def _signless(step: Single) -> bool:
    """Return whether a step gives the same for zeros of either sign, or a sum or product whose zeros nobody trusts."""
    return isinstance(step, Guard) or step.primitive is table.times or (step.total and step.primitive is table.add)
