# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""`backward`: carries the derivative of a Value to everything that it was made from.

Nothing is sorted and nothing is marked. Every node has the number of its birth, which is larger than those of its
parents; going through the births downward is a reverse topological order. This file is compiled as value.py is.
"""

from __future__ import annotations

import array
import collections
import itertools
import operator
import warnings
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.errors import GraphError
from autograd.floats import native
from autograd.graph import value
from autograd.graph.contexts import line
from autograd.primitives.primitive import plain

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

FAR = 1 << 20  # births
_HOW = {"no_grad": "was made inside of no_grad()", "detach": "was made by .detach()"}
_REMEDY = "compute it without that, or use Value(x.data) for a fresh leaf"
_warned: dict[Any, Any] = {}  # what `warnings` keeps, to say a thing once a line
_spare: list[Any] = []  # the slots of the last sweep, empty again, for the next: fresh memory costs half a sweep


def backward(roots: Iterable[value.Value], seeds: Sequence[float] | None = None) -> None:
    """Add to `.grad` of every leaf the derivative of the sum of the roots, each times its seed (1.0 by default).

    Interior nodes get the derivative of this call alone. Calling it twice doubles the leaves exactly, and nothing
    else; an exception or Ctrl-C in the middle leaves every gradient as it was. Cost: O(nodes + edges), about as much
    as computing the roots, however many leaves there are. Raises GraphError for a root that was made inside of
    `no_grad()` or by `.detach()`, and warns where the roots were made of nothing else: no parameter gets a gradient.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> backward([x * x, 2.0 * x])
    >>> x.grad
    8.0
    """
    if isinstance(roots, value.Value) or isinstance(roots, Real):  # noqa: SIM101
        raise TypeError(f"backward: roots is {roots!r}; use backward([x]), or x.backward() of a Value")
    roots = list(roots)
    for root in roots:
        if type(root) is not value.Value:
            raise TypeError(f"backward: expected a Value, not {type(root).__name__} {root!r}")
    weights = [1.0] * len(roots) if seeds is None else [plain(seed, "backward: seed") for seed in seeds]
    if len(weights) != len(roots):
        raise ValueError(f"backward: {len(weights)} seeds for {len(roots)} roots; give one for each")
    for root in roots:
        if root.cut:
            raise GraphError(f"backward: {root!r} {_HOW[root.cut]}: how it was made is not known; {_REMEDY}")
    done = _Sweep(roots, weights, True)
    _check_cuts(done.leaves)
    _commit(done.leaves, done.sums, done.rounds)


def _check_cuts(leaves: list[value.Value]) -> None:
    """Warn if there are leaves, but none that a gradient could be for."""
    for leaf in leaves:
        if not leaf.cut:
            return
    for leaf in leaves[:1]:
        words = f"backward: no gradient goes to any parameter: {leaf!r} {_HOW[leaf.cut]}; {_REMEDY}"
        file, _, place = line().rpartition(":")
        warnings.warn_explicit(words, RuntimeWarning, file, int(place), registry=_warned)


def zero_grad(root: value.Value) -> None:
    """Set `.grad` to zero in a node and everything that it was made from."""
    order = topological_order([root])
    _set_grads(order, array.array("d", bytes(8 * len(order))), len(order))


def topological_order(roots: Iterable[value.Value]) -> list[value.Value]:
    """Return every node that the roots were made from, the roots included, each after all its parents.

    Leaves first, then the others, both in the order of their birth. A node is born after its parents, so this is a
    topological order, and one that does not depend on who asks: the same program adds the same numbers in the same
    order, and so gives the same bits, every run.

    Why an order is needed: in `b = a + a; c = b + b`, the adjoint of `b` is complete only when both edges from `c`
    have arrived. Passing it on to `a` after the first one alone would lose half of the derivative.

    Cost: O(nodes + edges); no recursion, so depth is no limit.
    """
    roots = list(roots)
    done = _Sweep(roots, [0.0] * len(roots))
    order = sorted(done.leaves, key=_birth)
    for nodes, _ in reversed(done.rounds):
        order += reversed(nodes)
    return order


def sweep(roots: Sequence[value.Value], seeds: Sequence[float]) -> dict[value.Value, float]:
    """Return the adjoint of the roots and of everything that they were made from, given the adjoints put in.

    An adjoint of exactly zero, and a partial of exactly zero, contribute nothing: `0 * inf` in a branch that was not
    selected cannot make NaN. Nothing is written to the nodes. Cost: O(nodes + edges).
    """
    done = _Sweep(list(roots), list(seeds))
    found = dict(zip(done.leaves, done.sums, strict=False))
    for nodes, adjoints in done.rounds:
        found.update(zip(nodes, adjoints, strict=False))
    return found


@cython.final
@cython.cclass
class _Slots:
    """Places for nodes, each beside its adjoint. Compiled, they hold the nodes without counting the reference."""

    __slots__ = ("adjoints", "count", "nodes")

    def __init__(self) -> None:
        self.nodes: list[Any] = [None] * 64
        self.adjoints = array.array("d", bytes(8 * 64))
        self.count = 0  # of the nodes that are done; these stand first

    def grow(self, size: Any) -> None:
        self.adjoints = _longer(self.adjoints, size)
        self.nodes += [None] * (size - len(self.nodes))


@cython.final
@cython.cclass
class _Sweep:
    """Adjoints on their way from the roots to the leaves.

    The node that was born `i` births before the youngest root waits in slot `i`, beside its adjoint. A node is born
    after its parents, so when the slots before it are done, its adjoint is complete: walking along the slots is a
    reverse topological order, found and used in one pass, without marks and without a sort. Births further back than
    `FAR` wait for a second round of slots, so that space and time are those of the graph, not of the program's age.
    """

    __slots__ = ("far", "held", "last", "leaves", "places", "rounds", "slots", "start", "sums", "write")

    def __init__(self, roots: list[Any], seeds: list[Any], write: Any = False) -> None:
        self.write = write and cython.compiled  # gradients of inner nodes at once, keeping the old ones to undo it
        self.leaves: list[value.Value] = []
        self.places: dict[value.Value, int] = {}  # of the leaves; each notes its own
        self.sums = array.array("d", bytes(64))
        self.rounds: list[Any] = []  # lists of inner nodes, youngest first, and of their adjoints, if not written
        self.held: list[Any] = []  # the slots of each round; where gradients are written, the old ones instead
        self.far = list(zip(roots, seeds, strict=True))
        try:
            while self.far:
                self.round()
        except BaseException:
            if self.write:
                for used in self.held:
                    self.slots = used
                    _set_grads(self.slots.nodes, self.slots.adjoints, self.slots.count)
            raise
        finally:
            for used in self.held:
                self.slots = used
                native.vacate(self.slots.nodes, self.slots.adjoints, 0, self.slots.count)
                self.slots.count = 0
        _spare[:] = self.held[:1]

    def round(self) -> None:
        """Send what waits from far, and everything that follows from it, except for what is far again."""
        waiting: list[Any] = self.far
        self.far = []
        self.slots = _spare.pop() if _spare else _Slots()
        self.held.append(self.slots)
        self.start = 0
        self.last = -1
        for late, _ in waiting:
            root: value.Value = late
            self.start = max(self.start, root._born)
        nodes: list[Any] = self.slots.nodes  # which grows while we walk along it
        i = count = 0
        try:
            for late, sent in waiting:
                self.send(late, sent)
            while i <= self.last:
                if nodes[i] is not None:
                    node: value.Value = nodes[i]
                    adjoint = self.slots.adjoints[i]
                    if type(node._x) is value.Value:
                        self.send(node._x, adjoint * node._dx if adjoint and node._dx else 0.0)
                    if type(node._y) is value.Value:
                        self.send(node._y, adjoint * node._dy if adjoint and node._dy else 0.0)
                    elif type(node._x) is tuple:
                        operands: tuple[Any, ...] = node._x
                        partials = native.unpacked(node._y)
                        for j in range(len(operands)):
                            if type(operands[j]) is value.Value:
                                partial = native.at(partials, j)
                                self.send(
                                    cython.cast(value.Value, operands[j]),
                                    adjoint * partial if adjoint and partial else 0.0,
                                )
                    if count < i:
                        native.lend(nodes, count, node)  # what is done moves together
                    self.slots.adjoints[count] = node._grad if self.write else adjoint
                    if self.write:
                        node._grad = adjoint
                    count += 1
                i += 1
        finally:
            self.slots.count = count
            native.vacate(nodes, self.slots.adjoints, count, self.last + 1)
        if not self.write:
            self.rounds.append((nodes[:count], list(self.slots.adjoints[:count])))

    def send(self, node: value.Value, adjoint: Any) -> bool:
        """Add to the adjoint of a node; return whether it is too far."""
        if node._row < 0:
            place = node._place
            if place >= len(self.leaves) or self.leaves[place] is not node:
                place = self.place(node)
            self.sums[place] += adjoint
            return False
        i = self.start - node._born
        if i >= len(self.slots.nodes):
            if i > FAR:
                self.far.append((node, adjoint))
                return True
            self.slots.grow(2 * i)
        if self.slots.nodes[i] is None:
            native.lend(self.slots.nodes, i, node)
            if i > self.last:
                self.last = i
        self.slots.adjoints[i] += adjoint
        return False

    def place(self, leaf: value.Value) -> int:
        """Return the place of a leaf that is new here, or that another thread has placed elsewhere meanwhile."""
        place = self.places.setdefault(leaf, len(self.leaves))
        leaf._place = place
        if place == len(self.leaves):
            self.leaves.append(leaf)
            if place == len(self.sums):
                self.sums = _longer(self.sums, 2 * place)
        return place


def _longer(numbers: Any, length: int) -> Any:
    longer = array.array("d", bytes(8 * length))
    memoryview(longer)[: len(numbers)] = memoryview(numbers)
    return longer


def _birth(node: value.Value) -> int:
    return node._born


def _commit(leaves: list[value.Value], sums: Any, rounds: Any) -> None:
    """Add to the gradients of leaves and, where they are not written yet, set those of inner nodes, all at once.

    No byte code runs in between, so neither another thread nor Ctrl-C can come in, and there is no lock that could be
    left held: compiled, this is a loop in C, as is the sweep before it; else, it is one call into C.
    """
    if cython.compiled:
        for i in range(len(leaves)):
            node = leaves[i]
            node._grad += sums[i]
    else:
        grads = map(operator.add, map(operator.attrgetter("_grad"), leaves), sums)
        numbers = [adjoints for _, adjoints in rounds]
        every = itertools.chain.from_iterable(map(list, (grads, *numbers)))  # all sums exist before the first write
        nodes = itertools.chain(leaves, *[nodes for nodes, _ in rounds])
        collections.deque(map(_set_grad, nodes, every), maxlen=0)


def _set_grads(nodes: list[value.Value], grads: Any, count: Any) -> None:
    """Set the gradient of each of so many nodes; compiled, no byte code runs in between."""
    if cython.compiled:
        for i in range(count):
            node = nodes[i]
            node._grad = grads[i]
    else:
        collections.deque(map(_set_grad, nodes, grads), maxlen=0)


_set_grad: Any = None if cython.compiled else vars(value.Value)["_grad"].__set__  # the slot's own C setter

value.above.update(backward=backward, zero_grad=zero_grad)
