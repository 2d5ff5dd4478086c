"""`steps`: the forward and the backward pass of a small graph, one step for each product, written out with numbers.

Start at `steps`. The one surprise: nothing is computed anew but the adjoints, in the order of `backward` and by its
rules, so the last step shows the very gradients that `backward` gives; and nothing is written to the graph.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.drawing.graph import Graph
from autograd.graph.text import formula, number, rule, shown
from autograd.graph.value import Value

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


def called(graph: Graph) -> list[str]:
    """Return what each node is called: by its name if no other has it, else v and its place.

    >>> called(Graph([Value(1.0) * Value(2.0, "v0")]))
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


def steps(graph: Graph, root: int) -> list[Step]:
    """Return all steps of computing a root and its derivatives, in order."""
    names = called(graph)
    users: list[list[int]] = [[] for _ in graph.nodes]
    for i, parents in enumerate(graph.parents):
        for p in parents:
            users[p].append(i)
    return [*_forward(graph, names), *_backward(graph, names, users, root)]


def _forward(graph: Graph, names: Sequence[str]) -> list[Step]:
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


def _backward(graph: Graph, names: Sequence[str], users: list[list[int]], root: int) -> list[Step]:
    loss = names[root]
    adjoints = [0.0] * len(graph.nodes)
    adjoints[root] = 1.0
    text = f"d{loss}/d{loss} = 1.0: the derivative of a number with respect to itself"
    found = [Step("backward", root, text, root, grad="1.0")]
    arrow = sum(map(len, graph.parents))
    left = [list(waiting) for waiting in users]
    for i in range(len(graph.nodes) - 1, -1, -1):
        node, parents = graph.nodes[i], graph.parents[i]
        arrow -= len(parents)
        places = [j for j, x in enumerate(node.operands) if isinstance(x, Value)]
        for j, (p, partial) in enumerate(zip(parents, node.partials, strict=True)):
            product = adjoints[i] * partial if adjoints[i] and partial else 0.0
            adjoints[p] += product
            left[p].remove(i)
            text = (
                f"d{loss}/d{names[p]} += d{loss}/d{names[i]} * d{names[i]}/d{names[p]}"
                f" = {number(adjoints[i], DIGITS)} * {number(partial, DIGITS)} = {number(product, DIGITS)}"
            )
            step = Step("backward", i, text, p, arrow + j, number(adjoints[p], DIGITS))
            step.notes = [*_rules(node, places[j]), _waiting(names, p, left[p], number(adjoints[p], DIGITS))]
            found.append(step)
    return found


def _rules(node: Value, place: int) -> list[str]:
    row, xs = node.primitive, [x.data if isinstance(x, Value) else x for x in node.operands]
    found = [rule(row, place, len(xs))]
    if row.kink is not None and row.kink.distance(*xs) == 0.0:
        found.append(f"at the kink {row.kink.where} the convention is: {row.kink.convention}")
    return [f"{row.name}: {text}" for text in found if text]


def _waiting(names: Sequence[str], target: int, left: Sequence[int], grad: str) -> str:
    if not left:
        return f"{names[target]} has heard from every use of it: {grad} is complete, and may travel on"
    uses = ", ".join(dict.fromkeys(names[i] for i in sorted(left, reverse=True)))
    return f"{names[target]} still waits for {uses}: {grad} is only a part, so it may not travel on yet"
