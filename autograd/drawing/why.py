"""`why`: which node is to blame for a gradient that is zero, NaN, infinite, vanishing or huge.

The node that is named is the one nearest to the result, because gradients come from there: what lies behind a dead node
gets none, so its own faults do not matter yet.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from autograd.drawing.names import Names, named
from autograd.drawing.numbered import NumberedGraph
from autograd.graph.backward import sweep
from autograd.graph.text import formula, is_flat, number, shown
from autograd.graph.value import Value

SMALL, LARGE = 1e-7, 1e7  # gradients beyond are called vanishing and huge
ORDINARY = (0.0, 1.0, 2.0, 0.5, -1.0)  # constants that prove nothing
SUSPECTS = 3  # that are named where a graph may have been cut


@dataclass(frozen=True, slots=True)
class Why:
    """An answer: the node at fault, None if there is none, and the reason in words."""

    node: Value | None
    reason: str

    def __repr__(self) -> str:
        return self.reason


def why(value: Value, parameter: Value | None = None, *, names: Names = None) -> Why:
    """Return why a Value, or its derivative towards a parameter, is zero, NaN, infinite, vanishing or huge.

    Without a parameter all leaves are looked at. The first node at fault is named, with the line that made it if it was
    made inside of `autograd.trace_lines()`. `names` are names for nodes, as in `draw`. Nothing is changed; it does not
    matter whether `backward` was called. Raises TypeError for what is no Value. Cost: O(nodes + edges).

    >>> from autograd import relu
    >>> w = Value(-2.0, "w")
    >>> loss = (relu(w * 3.0) - 1.0) ** 2
    >>> why(loss, w)
    d/dw is 0.0: relu(-6.0) = 0.0 has the partial 0.0: a dead relu: its operand is not positive
    >>> why(w * 2.0, Value(3.0, "u"))
    d/du is 0.0: the result was not made from u; a constant cut the graph, or u was never used
    >>> why((w * 0.5 - 1.0) ** 2, w)
    d/dw is -2.0: nothing is wrong on the way
    """
    for x in (value, parameter) if parameter is not None else (value,):
        if not isinstance(x, Value):
            raise TypeError(f"why: expected a Value, not {type(x).__name__} {x!r}")
    found = _Search(value, names)
    if not math.isfinite(value.data):
        return found.bad_value(value)
    if parameter is not None:
        return found.towards(parameter)
    if not value.op:
        grad = f"its gradient is {number(value.grad)}; " if value.grad else ""
        return Why(None, f"{found.called(value)} was made from nothing; {grad}to search what uses it: why(loss, it)")
    return found.overall()


_CUT = {"": "it is a leaf", "no_grad": "it was made inside of no_grad()", "detach": "it was made by .detach()"}


class _Search:
    """A graph and its adjoints, and questions to them."""

    def __init__(self, root: Value, names: Names) -> None:
        self.root, self.graph = root, NumberedGraph([root], named(names))
        self.adjoints = sweep([root], [1.0])

    # ------------------------------------------------------------------------------------------ words

    def called(self, node: Value) -> str:
        place = self.graph.place.get(id(node))
        name = (self.graph.names[place] if place is not None else node.name) or ""
        return shown(name) or (
            "it" if not node.op else formula(node, lambda x: "·" if isinstance(x, Value) else number(x))
        )

    def described(self, node: Value) -> str:
        """Return an operation with its numbers, and where it was made."""
        name = f"{shown(node.name)} = " if node.name else ""
        if not node.op:
            made = f"{name or 'a leaf, '}{number(node.data)}"
        else:
            made = (
                f"{name}{formula(node, lambda x: number(x.data if isinstance(x, Value) else x))} = {number(node.data)}"
            )
        place = f" in {'/'.join(map(shown, node.scope))}" if node.scope else ""
        return f"{made}{place}{f' at {shown(node.line, 200)}' if node.line else ''}"

    def _derivative(self, parameter: Value) -> str:
        return f"d/d{self.called(parameter)} is {number(self.adjoints.get(parameter, 0.0))}"

    # ------------------------------------------------------------------------------------------ the value itself

    def bad_value(self, node: Value) -> Why:
        """Return where a NaN or an infinity came into being."""
        first = node = self._source(node)
        reason = f"the result is {number(self.root.data)}; that came into being in {self.described(node)}"
        if not node.op:
            reason = f"the result is {number(self.root.data)}, as it was given: {self.described(node)}"
        infinite = [x for x in node.operands if isinstance(x, Value) and math.isinf(x.data)]
        if math.isnan(node.data) and infinite:
            node = self._source(infinite[0])
            reason += f", where {number(node.data)} came into being in {self.described(node)}"
        return Why(first, reason)

    def _source(self, node: Value) -> Value:
        """Return the first node, walking back, whose operands are all better than it."""
        bad = math.isnan if math.isnan(node.data) else math.isinf
        while True:
            worse = next((x for x in node.operands if isinstance(x, Value) and bad(x.data)), None)
            if worse is None:
                return node
            node = worse

    # ------------------------------------------------------------------------------------------ one parameter

    def towards(self, parameter: Value) -> Why:
        """Return what is to be said of one derivative."""
        start = self._derivative(parameter)
        adjoint = self.adjoints.get(parameter)
        if adjoint is None:
            return self._cut(parameter, start)
        if not math.isfinite(adjoint):
            return self._overflow(parameter, start)
        if adjoint == 0.0:
            return self._zero(parameter, start)
        if not SMALL < abs(adjoint) < LARGE:
            return self._extreme(parameter, start)
        if parameter.grad == 0.0 and not parameter.op and any(x.grad for x in self.graph.nodes):
            return Why(None, f"{start}, but its .grad is 0.0: zero_grad() came after backward()")
        if parameter.grad not in (0.0, adjoint) and not parameter.op:
            added = "gradients of several backward() calls add up; zero_grad() before each forgets the earlier ones"
            return Why(None, f"{start}, but its .grad is {number(parameter.grad)}: {added}")
        return Why(None, f"{start}: nothing is wrong on the way")

    def _cut(self, parameter: Value, start: str) -> Why:
        name = self.called(parameter)
        if not self.root.op:
            what = "what was given first was made from nothing"
            return Why(self.root, f"{start}: {what}: {_CUT[self.root.cut]}; ask of a result: why(loss, parameter)")
        for node in self.graph.nodes:
            constants = [x for x in node.operands if not isinstance(x, Value)]
            copy = not node.op and parameter.name and node.name == parameter.name and node.data == parameter.data
            if copy or (parameter.data in constants and parameter.data not in ORDINARY):
                what = (
                    "is a copy of it, as .detach() makes"
                    if copy
                    else f"has its number, {number(parameter.data)}, as a constant"
                )
                reason = f"{start}: the result was not made from {name}; {self.described(node)} {what}"
                return Why(node, f"{reason}: was it taken by .data, .item() or .detach(), or inside of no_grad()?")
        start = f"{start}: the result was not made from {name}; a constant cut the graph, or {name} was never used"
        suspects = [node for node in self.graph.nodes if not node.op and not self.graph.name(node)]
        suspects += [
            node for node in self.graph.nodes if any(type(x) is not Value and x not in ORDINARY for x in node.operands)
        ]
        if suspects:
            start += f". Suspects: {'; '.join(map(self.described, suspects[:SUSPECTS]))}"
            start += "; ..." if len(suspects) > SUSPECTS else ""
        return Why(None, start)

    def _edges(self, parameter: Value) -> Iterable[tuple[Value, int, Value, float]]:
        """Yield (node, place of the operand, operand, partial) on the way to a parameter, nearest to the root first."""
        graph, between = self.graph, self.graph.between(parameter)
        for i in sorted(between, reverse=True):
            node = graph.nodes[i]
            places = [j for j, x in enumerate(node.operands) if isinstance(x, Value)]
            for j, p, partial in zip(places, graph.parents[i], node.partials, strict=True):
                if p in between:
                    yield node, j, graph.nodes[p], partial

    def _overflow(self, parameter: Value, start: str) -> Why:
        for node, _, _, partial in self._edges(parameter):
            adjoint = self.adjoints[node]
            if adjoint and not math.isfinite(partial):
                return Why(node, f"{start}: {self.described(node)} has the partial {number(partial)}")
            if adjoint and math.isfinite(adjoint) and not math.isfinite(adjoint * partial):
                words = f"the gradient {number(adjoint)} times its partial {number(partial)} is too large for a float"
                return Why(node, f"{start}: {self.described(node)}: {words}")
        node = next(node for node in reversed(self.graph.nodes) if not math.isfinite(self.adjoints[node]))
        return Why(node, f"{start}: the gradients that arrive at {self.described(node)} do not add up to a number")

    def _zero(self, parameter: Value, start: str) -> Why:
        dead: list[tuple[Value, int]] = []
        lost: list[Value] = []
        cancelled: list[Value] = []
        for node, j, operand, partial in self._edges(parameter):
            if not self.adjoints[node]:
                continue
            if partial == 0.0:
                dead.append((node, j))
            elif self.adjoints[node] * partial == 0.0:
                lost.append(node)
            elif self.adjoints[operand] == 0.0:
                cancelled.append(operand)
        if dead:
            node, j = dead[0]
            reason = f"{start}: {self.described(node)} has the partial 0.0: {_meaning(node, j)}"
            if not math.isfinite(self.adjoints[node]):
                reason += f"; the gradient that arrives there is {number(self.adjoints[node])}, times 0 it counts as 0"
            return Why(node, f"{reason}; and so have {len(dead) - 1:,} more" if len(dead) > 1 else reason)
        if lost:
            words = f"the gradient {number(self.adjoints[lost[0]])} times its partial is too small for a float"
            return Why(lost[0], f"{start}: {self.described(lost[0])}: {words}")
        return Why(cancelled[0], f"{start}: the gradients that arrive at {self.described(cancelled[0])} cancel")

    def _extreme(self, parameter: Value, start: str) -> Why:
        """Return the strongest or weakest link of the path that matters most."""
        small = abs(self.adjoints[parameter]) < 1.0
        found = max(self._path(parameter), key=lambda edge: (-1.0 if small else 1.0) * math.log(abs(edge[3]) or 5e-324))
        node, j, _, partial = found
        kind = "vanishing" if small else "huge"
        hint = f": {_meaning(node, j)}" if small and node.primitive.saturates else ""
        words = f"{kind}; the {'smallest' if small else 'largest'} factor on the way is {number(partial)}"
        return Why(node, f"{start}: {words}, of {self.described(node)}{hint}")

    def _path(self, parameter: Value) -> list[tuple[Value, int, Value, float]]:
        """Return the edges from the root to the parameter that carry the largest products."""
        best: dict[Value, tuple[float, tuple[Value, int, Value, float] | None]] = {self.root: (0.0, None)}
        for edge in self._edges(parameter):
            node, _, operand, partial = edge
            if node in best and partial:
                size = best[node][0] + math.log(abs(partial))
                if operand not in best or size > best[operand][0]:
                    best[operand] = size, edge
        found, at = [], parameter
        while (step := best[at][1]) is not None:
            found.append(step)
            at = step[0]
        return found

    # ------------------------------------------------------------------------------------------ all leaves

    def overall(self) -> Why:
        leaves = [node for node in self.graph.nodes if not node.op]
        sizes = [abs(self.adjoints[leaf]) for leaf in leaves]
        for wrong, word in (
            (lambda x: not math.isfinite(x), "NaN or infinite"),
            (lambda x: x >= LARGE, "huge"),
            (lambda x: x == 0.0, "zero"),
            (lambda x: x <= SMALL, "vanishing"),
        ):
            bad = [leaf for leaf, size in zip(leaves, sizes, strict=True) if wrong(size)]
            if bad:
                first = self.towards(bad[0])
                return Why(
                    first.node, f"{len(bad):,} of {len(leaves):,} gradients are {word}; the first: {first.reason}"
                )
        if not leaves:
            return Why(None, "the result was made from constants alone")
        ends = f"from {number(min(sizes))} to {number(max(sizes))} in size"
        return Why(None, f"nothing is wrong: {len(leaves):,} gradients, {ends}")


def _meaning(node: Value, place: int) -> str:
    """Return in words why the partial towards an operand is zero, or nearly so."""
    numbers = [x.data if isinstance(x, Value) else x for x in node.operands]
    row = node.primitive
    if is_flat(row):
        return f"{row.name} is flat wherever it has a derivative"
    if row.saturates:
        return f"a saturated {row.name}: its operand is {number(numbers[place])}"
    if row.zero:
        names = row.operand_names if row.partials else ()
        return str(row.zero.format(**{name: number(x) for name, x in zip(names, numbers, strict=False)}))
    kink = row.kink
    if kink is not None and kink.distance(*numbers) == 0.0:
        return f"at the kink {kink.where} the convention is: {kink.convention}"
    return f"its derivative towards operand {place + 1} is 0 there"
