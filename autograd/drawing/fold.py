"""`fold`: which nodes of a large graph share a box, so that a picture of it can be read.

Nodes are alike if the same operation made them, in the same scope, from alike operands; that is bisimulation, found in
one pass over the graph, and it turns a loss over 100 samples into the picture of one. In a long loop no two steps are
alike in full, as each stands on one more. If that leaves too many boxes, only the last few operations before a node are
compared, and the loop is drawn rolled up, as an arrow back.

Reference for bisimulation and its refinement: R. Paige, R. Tarjan, Three partition refinement algorithms, SIAM Journal
on Computing 16 (1987).
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.drawing.numbered import NumberedGraph, common
from autograd.graph.text import several
from autograd.graph.value import Value

LIMIT = 60  # boxes that can be read on a page
DEPTH = 3  # operations before a node that are compared in a loop
ARROWS = 3  # to each box that can be read, at most
SHARE = 0.2  # of a class that must differ from the rest of it for the class to be split in a loop

Kind = tuple[str, tuple[str, ...], str, int, bool]  # operation, scope, name, parents up to 3, whether one is left
Partition = list[int]
Level = tuple[int, set[str]]  # the depth at which scopes are folded, and the outermost ones that are in any case
Scopes = dict[int, tuple[str, tuple[str, ...]]]  # what boxes for whole scopes are called, and the scopes around them


Way = Callable[[NumberedGraph, Sequence[Hashable], int], list[Hashable] | None]


@dataclass(eq=False, slots=True)
class FoldedScope:
    """What all nodes have in common that a scope, or scopes alike, fold into one box."""

    names: list[str]
    around: set[tuple[str, ...]]


class Folding(NamedTuple):
    """Which box each node of a graph is in, and which boxes stand for whole scopes."""

    graph: NumberedGraph
    partition: Partition
    scopes: Scopes


def fold(graph: NumberedGraph, limit: int = LIMIT, depth: int | None = None) -> Folding:
    """Return the number of each node's box, from 0 without gaps, and which boxes stand for whole scopes.

    Nothing is folded as long as there are no more nodes than `limit` and three times as many arrows; else the finest
    folding is taken that fits.
    `depth` folds every scope that is so many levels deep, 1 for the outermost, into one box, in any case.
    Cost: O(nodes + edges), for each of the few ways that are tried.
    """
    if depth is None and len(graph.nodes) <= limit and sum(map(len, graph.parents)) <= ARROWS * limit:
        return Folding(graph, list(range(len(graph.nodes))), {})
    number: dict[Kind, int] = {}
    kinds = [
        number.setdefault(
            (node.op, node.scope, name, len(parents) if len(parents) < 3 else 3, _left(node, parents)), len(number)
        )
        for node, name, parents in zip(graph.nodes, graph.names, graph.parents, strict=True)
    ]
    deepest = max((len(kind[1]) for kind in number), default=0)
    depths = [depth] if depth is not None else [deepest + 1, *range(deepest, 0, -1)]
    levels = [(level, graph.aside) for level in depths]
    if graph.aside:
        levels.insert(0, (depths[0], set()))
    ways: list[tuple[Way, bool]] = [(_same, False), (_alike, False), (_rolled, False), (_rolled, True)]
    tries = [(way, level) for way in ways for level in levels]
    if graph.carried:  # loops stay open, if need be with boxes for nodes alike in them
        tries.sort(key=lambda pair: (pair[0] == ways[-1], -pair[1][0]))
    for (way, merged), level in tries:
        local = _local(list(number), kinds, level, merged)
        found = way(graph, local, limit)
        if found is not None:
            return Folding(graph, *_numbered(found, local))
    local = _local(list(number), kinds, levels[-1], True)
    return Folding(graph, *_numbered(_largest(graph, local, limit), local))


def _left(node: Value, parents: Sequence[int]) -> bool:
    return len(parents) == 1 and type(node.operands[0]) is Value


def _local(kinds: list[Kind], nodes: Sequence[int], level: Level, merged: bool) -> list[Hashable]:
    """Return for each node what of it must be the same, its operands aside; a FoldedScope for what is folded into one.

    `level` is the depth at which scopes are folded, and the names of those that are in any case. Names that differ in
    their digits are alike; so are scopes, if they are to be merged.
    """
    keys: list[Hashable] = []
    scopes: dict[tuple[str, ...], FoldedScope] = {}
    for op, scope, name, *rest in kinds:
        alike = tuple(re.sub(r"\d+", "#", part) for part in scope) if merged else scope
        depth = 1 if scope and scope[0] in level[1] else level[0]
        if len(scope) >= depth:
            whole = scopes.setdefault(alike[:depth], FoldedScope([], set()))
            whole.names.append(scope[depth - 1])
            whole.around.add(scope[: depth - 1])
            keys.append(whole)
        else:
            keys.append((op, alike, re.sub(r"\d+", "#", name), *rest))
    return [keys[k] for k in nodes]


def _same(graph: NumberedGraph, local: Sequence[Hashable], limit: int) -> list[Hashable] | None:
    """Return each node for itself, whole scopes aside, if that fits."""
    found: list[Hashable] = [key if isinstance(key, FoldedScope) else i for i, key in enumerate(local)]
    return found if _fits(graph, found, limit) else None


def _alike(graph: NumberedGraph, local: Sequence[Hashable], limit: int) -> list[Hashable] | None:
    """Return the classes of bisimulation, or None as soon as there are too many."""
    number: dict[Hashable, int] = {}
    found: list[int] = []
    for own, parents in zip(local, graph.parents, strict=True):
        key = own if isinstance(own, FoldedScope) else (own, _operands(parents, found))
        k = number.setdefault(key, len(number))
        if k >= limit:
            return None
        found.append(k)
    whole = {k for k, key in zip(found, local, strict=True) if isinstance(key, FoldedScope)}
    return _leaves_apart(graph, found, whole, limit, ARROWS)


def _rolled(graph: NumberedGraph, local: Sequence[Hashable], limit: int) -> list[Hashable] | None:
    """Return classes of nodes whose last few operations are alike, as fine as is worth it; None if too many."""
    found = _numbers(local)
    if not _fits(graph, found, limit):
        return None
    whole = {k for k, key in zip(found, local, strict=True) if isinstance(key, FoldedScope)}
    for _ in range(DEPTH):
        keys: list[Hashable] = [
            own if own in whole else (own, _operands(parents, found))
            for own, parents in zip(found, graph.parents, strict=True)
        ]
        finer = _numbers(keys)
        worth = _worth(found, finer)
        finer = _numbers([(own, new if own in worth else -1) for own, new in zip(found, finer, strict=True)])
        if not worth or not _fits(graph, finer, limit, 1):
            break
        whole = {new for own, new in zip(found, finer, strict=True) if own in whole}
        found = finer
    return _leaves_apart(graph, found, whole, limit, 1) or list(found)


def _largest(graph: NumberedGraph, local: Sequence[Hashable], limit: int) -> list[Hashable]:
    """Return the classes with the most nodes, as many as can be told apart, and all else as one."""
    ordered, others = [key for key, _ in Counter(local).most_common(limit - 1)], FoldedScope(["others"], set())
    while True:
        kept = set(ordered)
        found: list[Hashable] = [key if key in kept else others for key in local]
        if not kept or _fits(graph, found, limit):
            return found
        ordered = ordered[: len(ordered) // 2]


def _fits(graph: NumberedGraph, found: Sequence[Hashable], limit: int, arrows: int = ARROWS) -> bool:
    """Return whether a picture of these classes can be read; arrows back, as of loops, must be few."""
    if len(set(found)) > limit:
        return False
    numbers = _numbers(found)
    pairs = {(numbers[p], k) for k, parents in zip(numbers, graph.parents, strict=True) for p in parents}
    return len(pairs) <= arrows * limit


def _operands(parents: Sequence[int], found: Sequence[int]) -> Hashable:
    """Return the classes of the operands: in order if there are two, else each once."""
    classes = [found[p] for p in parents]
    return tuple(classes) if len(classes) <= 2 else tuple(sorted(set(classes)))


def _numbers(keys: Sequence[Hashable]) -> list[int]:
    number: dict[Hashable, int] = {}
    return [number.setdefault(key, len(number)) for key in keys]


def _worth(found: Sequence[int], finer: Sequence[int]) -> set[int]:
    """Return the classes that are split into parts that are more than the first few steps of a loop."""
    sizes, largest = Counter(found), dict[int, int]()
    for (k, _), n in Counter(zip(found, finer, strict=True)).items():
        largest[k] = max(n, largest.get(k, 0))
    return {k for k, n in largest.items() if sizes[k] - n >= SHARE * sizes[k]}


def _leaves_apart(
    graph: NumberedGraph, found: Sequence[int], whole: set[int], limit: int, arrows: int
) -> list[Hashable] | None:
    """Return classes in which leaves are alike only if what uses them is; None if that is too many.

    The leaves that a folded scope alone uses are one class, whatever they are called.
    """
    leaves = {i for i, parents in enumerate(graph.parents) if not parents and found[i] not in whole}
    users: dict[int, set[int]] = {i: set() for i in leaves}
    for own, parents in zip(found, graph.parents, strict=True):
        for p in leaves.intersection(parents):
            users[p].add(own)
    keys: list[Hashable] = list(found)
    for p, classes in users.items():
        keys[p] = (-1 if len(classes) == 1 and classes <= whole else found[p], frozenset(classes))
    return keys if _fits(graph, keys, limit, arrows) else None


def _numbered(found: Sequence[Hashable], local: Sequence[Hashable]) -> tuple[Partition, Scopes]:
    numbers = _numbers(found)
    whole = dict(zip(numbers, local, strict=True)) | {
        k: key for k, key in zip(numbers, found, strict=True) if isinstance(key, FoldedScope)
    }
    return numbers, {
        k: (several(key.names), common(key.around)) for k, key in whole.items() if isinstance(key, FoldedScope)
    }
