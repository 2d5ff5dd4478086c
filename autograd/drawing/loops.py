"""`LoopGraph`: a program with loops as a graph, in which each step of a body stands once, in the frame of its loop.

What a step takes from its own iteration, or from before the loop, is an ordinary operand. For anything else there is a
node of its own: `carried` is what the iteration before has made (at first, what was there before the loop), `gather` is
one of many numbers, chosen by an index, and a leaf such as `x[2*i]` or `c[i]` is one of the inputs or of the constants.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.undone import undone
from autograd.graph.contexts import Mark
from autograd.graph.text import span
from autograd.graph.value import Value
from autograd.primitives.primitive import Primitive
from autograd.program.nests import Array, Nest, numbers_of
from autograd.program.program import Program
from autograd.program.steps import COUNTERS, Index, Instruction, Loop, Place, Single, Step

STRETCH = 8  # steps between loops, from which on they have a frame of their own
FEW = 3  # inputs that a step may choose from and that are drawn one by one


def _no_rule(z: Any, *operands: Any) -> Any:
    raise NotImplementedError("this operation is there to be drawn")


CARRIED = Primitive("carried", _no_rule, gradient=_no_rule, home=__name__)
GATHER = Primitive("gather", _no_rule, gradient=_no_rule, home=__name__)


class Frame:
    """A loop within others: what it is called, and the place at which each of its iterations begins."""

    scope: tuple[str, ...]
    nest: Nest
    begins: list[Array]  # of this loop and of those around it, the outermost first, for each iteration of this one
    before: list[Array]  # the same of the iteration before

    def __init__(self, loop: Loop, around: "Frame | None", title: str) -> None:
        self.scope = (*(around.scope if around else ()), title)
        self.nest = nest = Nest(numbers_of(loop.times, _nest(around)), _nest(around))
        begin = np.array(numbers_of(loop.places[0], nest))
        before = np.concatenate([begin[:1], begin[:-1]])
        self.begins = [*[nest.within(x) for x in (around.begins if around else ())], begin]
        self.before = [*[nest.within(x) for x in (around.before if around else ())], before]


@dataclass(eq=False, repr=False, slots=True)
class Node:
    """What is drawn as one node, and after which steps of the text it comes."""

    order: tuple[int, int, int]
    scope: tuple[str, ...] = ()
    name: str = ""
    line: str = ""
    primitive: Primitive | None = None
    operands: "list[Node | float]" = field(default_factory=list)
    carried: "dict[Node, str]" = field(default_factory=dict)  # made in an iteration before, and of which loops


class LoopGraph(NumberedGraph):
    """The nodes of a program with loops, and which of them an iteration leaves for the next."""

    def __init__(self, program: Program) -> None:
        nodes, roots = Reader(program).nodes()
        stretches = _stretches(nodes)
        values: dict[Node, Value] = {}
        for node in nodes:
            label = Mark(node.name or None, node.scope, node.line or None)
            operands = tuple([values[x] if isinstance(x, Node) else x for x in node.operands])
            values[node] = undone(node.primitive, operands, label)
        super().__init__([values[node] for node in roots], nodes=list(values.values()))
        self.aside = stretches
        at = {node: k for k, node in enumerate(nodes)}
        for node in nodes:
            if node.carried:
                self.carried[at[node]] = [(at[tail], counters) for tail, counters in node.carried.items()]


class Reader:
    """Finds for each step of a program with loops which others it reads."""

    program: Program
    sites: list[tuple[Single, Place, Frame | None]]
    owner: Array

    def __init__(self, program: Program) -> None:
        self.program = program
        self.titles: Counter[tuple[str, ...]] = Counter()
        self.sites = list(self.written(program.steps, program.places(), None))
        self.first: dict[tuple[str, ...], int] = {}  # the first step of each frame
        self.owner = np.full(program.inputs + program.size, -1, dtype=np.int64)  # which step each place is of
        self.last: list[int] = []
        for k, (_, place, frame) in enumerate(self.sites):
            numbers = numbers_of(place, _nest(frame))
            self.owner[numbers] = k
            self.last.append(int(numbers[-1]) if len(numbers) else -1)
            scope = frame.scope if frame else ()
            for depth in range(len(scope)):
                self.first.setdefault(scope[: depth + 1], k)
        self.made: dict[int, Node] = {}  # of each step; guards have none
        self.known: dict[object, Node] = {}

    def written(
        self, steps: Sequence[Step], places: Sequence[Place], frame: Frame | None
    ) -> Iterator[tuple[Single, Place, Frame | None]]:
        """Yield each step once, in the order of the text, with its place and its loop."""
        for step, place in zip(steps, places, strict=True):
            if isinstance(step, Loop):
                scope = frame.scope if frame else ()
                title = f"for {COUNTERS[len(scope)]} in range({step.times})"
                self.titles[*scope, title] += 1
                again = self.titles[*scope, title]
                yield from self.written(step.body, step.places, Frame(step, frame, title + f" ({again})" * (again > 1)))
            else:
                yield step, place, frame

    def nodes(self) -> tuple[list[Node], list[Node]]:
        """Return what the outputs are made from, in the order of the text, and the outputs, each once."""
        for k, (step, place, frame) in enumerate(self.sites):
            if isinstance(step, Instruction):
                line, scope = self.program.name(place), frame.scope if frame else ()
                self.made[k] = Node((k, 1, 0), scope, line=line, primitive=step.primitive)
        for k, node in self.made.items():
            step, _, frame = self.sites[k]
            node.operands = [self.operand(place, k, frame) for place in step.operands]
        outputs = list(dict.fromkeys(self.output(k) for k in self.program.outputs))
        waiting, found = list(outputs), set(outputs)
        while waiting:
            node = waiting.pop()
            new = {x for x in (*node.operands, *node.carried) if isinstance(x, Node)} - found
            found |= new
            waiting += new
        return sorted(found, key=lambda node: node.order), outputs

    def output(self, place: int) -> Node:
        """Return the node of an output."""
        return self.made[int(self.owner[place])] if place >= self.program.inputs else self.leaf(place)

    def leaf(self, place: Place, scope: tuple[str, ...] = (), name: str = "", line: str = "") -> Node:
        """Return the leaf of an input or a constant; it comes before its frame, or first of all."""
        key = (place, scope)
        if key not in self.known:
            order = (self.first[scope], 0, len(self.known)) if scope else (-1, 0, place if type(place) is int else 0)
            self.known[key] = Node(order, scope, name or self.program.name(place), line)
        return self.known[key]

    def operand(self, place: Place, at: int, frame: Frame | None) -> Node | float:
        """Return what a step takes: a constant, a step, or a node that says which number it is."""
        program, inputs = self.program, self.program.inputs
        numbers = numbers_of(place, _nest(frame))
        if not isinstance(place, Index) and place < inputs:
            return float(program.constants[~place]) if place < 0 else self.leaf(place)
        if not len(numbers):  # a loop that is never run
            return math.nan
        scope = frame.scope if frame else ()
        moving = scope[: _depth(place)]
        if numbers[0] < 0:
            constants = [float(program.constants[~k]) for k in numbers.tolist()]
            return self.leaf(place, moving, line=span((min(constants), max(constants))))
        if (numbers < inputs).all():
            return self.leaf(place, moving, program.name(place).replace("v[", "x[", 1))
        owners = np.where(numbers < inputs, -1, self.owner[numbers])
        targets = np.unique(owners).tolist()
        if len(targets) == 1 and self.is_ordinary(place, numbers, targets[0], frame):
            return self.made[targets[0]]
        return self.read(place, numbers, owners, targets, at, frame)

    def is_ordinary(self, place: Place, numbers: Array, target: int, frame: Frame | None) -> bool:
        """Return whether a step reads another one of its own iteration, or the last of a loop that has ended."""
        scope, of = frame.scope if frame else (), self.scope(target)
        shared = _shared(scope, of)
        if shared == len(of):
            return not shared or bool((numbers >= frame.begins[shared - 1]).all())  # type: ignore[union-attr]
        return place == self.last[target]

    def scope(self, target: int) -> tuple[str, ...]:
        """Return the loops that a step is in."""
        frame = self.sites[target][2] if target >= 0 else None
        return frame.scope if frame else ()

    def read(
        self, place: Place, numbers: Array, owners: Array, targets: list[int], at: int, frame: Frame | None
    ) -> Node:
        """Return the node for a number that is carried from one iteration to the next, or gathered from many."""
        scope = frame.scope if frame else ()
        before: dict[int, set[int]] = {}  # what an earlier iteration made, and in which loops
        sources, near, depth = [], True, _depth(place)
        for target in targets:
            shared, mine = _shared(scope, self.scope(target)), numbers[owners == target]
            left = np.ones(len(mine), dtype=bool)
            for level in range(shared):
                begins, earlier = (np.asarray(x[level])[owners == target] for x in (frame.begins, frame.before))  # type: ignore[union-attr]
                back = left & (mine < begins)
                if back.any():
                    before.setdefault(target, set()).add(level)
                    near = near and bool((mine[back] >= earlier[back]).all())
                    left &= ~back
            if left.any():
                sources.append(target)
                depth = max(depth, shared)
        depth = max([depth, *[level + 1 for levels in before.values() for level in levels]])
        scope, key = scope[:depth], (place, scope[:depth])
        if key not in self.known:
            around = self.scope(at)[: min([depth, *[min(levels) for levels in before.values()]]) + 1]
            first = max([self.first[around] if before or len(around) > depth else at, *[k + 1 for k in sources]])
            node = self.known[key] = Node((first, 0, len(self.known)), scope, line=self.program.name(place))
            node.primitive = CARRIED if before and near else GATHER
            node.name = "" if before and near else self.program.name(place)
            node.operands = [*self.inputs(numbers[owners < 0]), *[self.made[k] for k in sources if k >= 0]]
            for target, levels in before.items():
                node.carried[self.made[target]] = ", ".join(COUNTERS[level] for level in sorted(levels))
        return self.known[key]

    def inputs(self, numbers: Array) -> list[Node]:
        """Return leaves for the inputs among which a step chooses."""
        places = np.unique(numbers).tolist()
        if len(places) <= FEW:
            return [self.leaf(k) for k in places]
        return [self.leaf(Index(((places[0], ()),), tuple(places)), name=f"x{places[0]} … x{places[-1]}")]


def _nest(frame: Frame | None) -> Nest | None:
    return frame.nest if frame else None


def _stretches(nodes: Sequence[Node]) -> set[str]:
    """Put the steps between loops into frames, where they are many, and return what these are called."""
    found: set[str] = set()
    steps = [node for node in nodes if node.primitive is not None]
    ends = [k for k, node in enumerate(steps) if node.scope]
    for outside, run in groupby(enumerate(steps), lambda pair: not pair[1].scope):
        stretch = list(run)
        if outside and len(stretch) > STRETCH:
            first = stretch[0][0]
            where = "before" if first < ends[0] else "after" if first > ends[-1] else "between"
            name = f"{where} the loops" + f" ({len(found)})" * (f"{where} the loops" in found)
            found.add(name)
            for _, node in stretch:
                node.scope = (name,)
    return found


def _shared(scope: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return in how many loops two steps are together."""
    pairs = list(zip(scope, other, strict=False))
    return next((k for k, (x, y) in enumerate(pairs) if x != y), len(pairs))


def _depth(place: Place) -> int:
    """Return the depth of the innermost loop with which a place moves."""
    terms = place.terms if isinstance(place, Index) else ()
    return max((k for _, ns in terms for k, n in enumerate(ns, 1) if n), default=0)
