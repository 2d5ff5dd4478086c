"""`steps`: the forward and the backward pass of a small graph, one step for each product, written out with numbers.

Only the adjoints are computed anew, in the order of `backward` and by its rules: the last step shows the very gradients
that `backward` gives. Nothing is written to the graph.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.drawing.numbered import NumberedGraph
from autograd.graph.text import formula, number, rule, shown
from autograd.graph.value import Value
from autograd.tape.sweeps import reverse_sweep

DIGITS = 6


@dataclass(slots=True)
class Step:
    """One step: what happens at a node, and what it changes."""

    phase: str  # "forward", "backward"
    node: int  # which is active
    text: str  # what happens, in numbers
    target: int = -1  # whose gradient grows
    arrow: int = -1  # along which it travels
    grad: str = ""  # of the target, after this step
    notes: list[str] = field(default_factory=list)  # the rule; what waits for what


def called(graph: NumberedGraph) -> list[str]:
    """Return what each node is called: by its name if no other has it, else v and its place.

    >>> called(NumberedGraph([Value(1.0) * Value(2.0, "v0")]))
    ['v0_', 'v0', 'v2']
    """
    names = [shown(name, 20) for name in graph.names]
    counts = Counter(names)
    found = []
    for i, name in enumerate(names):
        if not name or counts[name] > 1:
            name = f"v{i}"
            while name in counts:
                name += "_"
        found.append(name)
    return found


def steps(graph: NumberedGraph, root: int) -> list[Step]:
    """Return all steps of computing a root and its derivatives, in order."""
    names = called(graph)
    users: list[list[int]] = [[] for _ in graph.nodes]
    for i, parents in enumerate(graph.parents):
        for p in parents:
            users[p].append(i)
    return [*_forward(graph, names), *_backward(graph, names, users, root)]


def _forward(graph: NumberedGraph, names: Sequence[str]) -> list[Step]:
    found = []
    for i, node in enumerate(graph.nodes):
        z = number(node.data, DIGITS)
        if not node.op:
            found.append(Step("forward", i, f"{names[i]} is given: {z}"))
            continue
        words = formula(node, lambda x: names[graph.place[id(x)]] if isinstance(x, Value) else number(x, DIGITS))
        numbers = formula(node, lambda x: number(x.data if isinstance(x, Value) else x, DIGITS))
        found.append(Step("forward", i, f"{names[i]} = {words}{f' = {numbers}' if numbers != words else ''} = {z}"))
    return found


class _Edge(NamedTuple):
    """What leads from a node to a parent."""

    partial: float
    operand: int  # its position among the operands of the node
    arrow: int


def _backward(graph: NumberedGraph, names: Sequence[str], users: list[list[int]], root: int) -> list[Step]:
    loss = names[root]
    text = f"d{loss}/d{loss} = 1.0: the derivative of a number with respect to itself"
    found = [Step("backward", root, text, root, grad="1.0")]
    first = list(itertools.accumulate(map(len, graph.parents), initial=0))  # arrow of each node
    left = [list(waiting) for waiting in users]
    adjoints = dict.fromkeys(range(len(graph.nodes)), 0.0) | {root: 1.0}

    def edges(i: int) -> list[tuple[int, _Edge]]:
        node = graph.nodes[i]
        places = [j for j, x in enumerate(node.operands) if isinstance(x, Value)]
        every = map(_Edge, node.partials, places, itertools.count(first[i]))
        return list(zip(graph.parents[i], every, strict=True))

    def times(adjoint: float, edge: _Edge) -> float:
        return adjoint * edge.partial if adjoint and edge.partial else 0.0  # zeros are shown, too

    def visit(i: int, p: int, edge: _Edge, term: float) -> None:
        left[p].remove(i)
        text = (
            f"d{loss}/d{names[p]} += d{loss}/d{names[i]} * d{names[i]}/d{names[p]}"
            f" = {number(adjoints[i], DIGITS)} * {number(edge.partial, DIGITS)} = {number(term, DIGITS)}"
        )
        grad = number(adjoints[p], DIGITS)
        notes = [*_rules(graph.nodes[i], edge.operand), _waiting(names, p, left[p], grad)]
        found.append(Step("backward", i, text, p, edge.arrow, grad, notes))

    nodes = ((i, i) for i in reversed(range(len(graph.nodes))))
    reverse_sweep(nodes, edges, adjoints, times, float.__add__, visit)
    return found


def _rules(node: Value, place: int) -> list[str]:
    row, xs = node.primitive, [x.data if isinstance(x, Value) else x for x in node.operands]
    found = [rule(row, place, len(xs))]
    if row.kink is not None and row.kink.distance(*xs) == 0.0:
        found.append(f"at the kink {row.kink.where} the convention is: {row.kink.convention}")
    return [f"{row.name}: {text}" for text in found if text]


def _waiting(names: Sequence[str], target: int, left: Sequence[int], grad: str) -> str:
    if not left:
        return f"all uses of {names[target]} are done: its gradient is final, {grad}"
    uses = ", ".join(dict.fromkeys(names[i] for i in sorted(left, reverse=True)))
    return f"{names[target]} still waits for {uses}: {grad} is only a part, so it may not travel on yet"
