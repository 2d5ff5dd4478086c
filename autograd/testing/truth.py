"""A graph in truth: every node's value and partials in high precision, at the numbers that were recorded.

The measure is this: an engine computes with rounded numbers, so what it owes is the exact derivative *of the graph with
those numbers in it*. How far it may be from that is a running error bound: every partial may be off by the ulps that
its row promises, every product and sum by half an ulp, and one sweep carries all of it to the leaves (Higham, Accuracy
and Stability of Numerical Algorithms, 2002, section 3.3). No condition number is estimated: the exact derivative at the
exact numbers is known too, and the difference of the two is the effect of conditioning.
"""

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from autograd.graph.backward import topological_order
from autograd.graph.value import Value
from autograd.primitives.primitive import Primitive
from autograd.tape.sweeps import reverse_sweep
from autograd.testing.accuracy import (
    EPSILON,
    HELPER_ULPS,
    UNDERFLOW,
    VALUE_ULPS,
    allowance,
    bound,
    unit,
)
from autograd.testing.differences import slope
from autograd.testing.exact import Exact, Expansion, computable, definition, digits, expand, mp, mpf, real, stated
from autograd.testing.one_sided import TINY
from autograd.testing.report import Culprit, NearKink

DIGITS = 60  # of the exact numbers in between, where nothing cancels
MOST_DIGITS = 600


class Application:
    """An interior node: the row applied to the recorded numbers, in truth."""

    def __init__(self, node: Value, order: int) -> None:
        self.node = node
        self.row: Primitive = node.primitive
        self.numbers: list[float | Any] = [x.data if isinstance(x, Value) else x for x in node.operands]
        self.positions: list[int] = [i for i, x in enumerate(node.operands) if isinstance(x, Value)]
        self.singular: str = ""  # why there is no partial, in words
        self.expansion: Expansion | None = None
        self.measured: dict[int, float] = {}  # how far a partial may be off that was found by finite differences
        self.bent: dict[tuple[int, int], float] = {}  # and how far a second one
        self.opaque: bool = bool(self.row.home) or (stated(self.row) is None and not computable(self.row, self.numbers))
        self.function: Callable[..., Any] = self._on_floats if self.opaque else definition(self.row)
        moving = [x for i, x in enumerate(self.numbers) if self.row.differentiable(i)]
        self.finite: bool = all(map(math.isfinite, [node.data, *moving]))
        self.beyond: str = self._beyond(moving)  # why high precision cannot tell
        kink = self.row.kink
        self.distance: float = math.inf
        if kink and self.finite:
            self.distance = abs(kink.distance(*self.numbers[self.row.parameters :]))
        if kink and self.distance == 0.0:
            self.singular = f"{self.row.name} has a kink where {kink.where}"
        elif not all(map(math.isfinite, node.partials)):
            self.singular = f"a partial of {self.row.name} is infinite here"
        elif self.finite:
            self.expand(order)

    def _beyond(self, moving: Sequence[float]) -> str:
        if self.row.signs and any(not x and math.copysign(1.0, x) < 0.0 for x in moving):
            return f"{self.row.name} asks for the sign of a zero, which high precision does not have"
        return "" if self.finite else "a number in between is infinite or nan"

    def expand(self, order: int) -> None:
        """Compute the value and the partials; where there are none, say why."""
        if self.opaque:
            self._measure(order)
            return
        try:
            self.expansion = expand(self.function, self.numbers, self.positions, order)
            if not all(map(mp.isfinite, self.expansion.gradient.values())):
                self.expansion = None
        except (ValueError, ArithmeticError):
            self.expansion = None
        if self.expansion is None:
            shown = ", ".join(map(repr, self.numbers[:4]))
            self.singular = f"{self.row.name}({shown}) has no smooth values around this point"

    def _on_floats(self, *xs: mpf) -> mpf:
        return mpf(self.row.value(*[float(x) for x in xs]))

    def _measure(self, order: int) -> None:
        """Find the partials of a primitive that computes in floats only by finite differences of its function.

        Second ones are differences of its rules, which the first ones are compared with.
        """
        gradient, hessian = {}, {}
        for i in self.positions:
            found = slope(partial(self._moved, self.row.value, i), self.numbers[i]).best
            if found is None or not math.isfinite(found.slope):
                self.singular = f"{self.row.name} has no derivative here, say finite differences"
                return
            gradient[i], self.measured[i] = mpf(found.slope), found.error
            for j in self.positions if order == 2 else []:
                found = slope(partial(self._moved, partial(self._rule, i), j), self.numbers[j]).best
                if found is None or not math.isfinite(found.slope):
                    self.singular = f"{self.row.name} has no second derivative here, say finite differences"
                    return
                hessian[i, j], self.bent[i, j] = mpf(found.slope), found.error
        self.expansion = Expansion(mpf(self.node.data), gradient, hessian)

    def _rule(self, position: int, *xs: float) -> float:
        return self.row.partials_at(self.row.value(*xs), xs, [position])[0]

    def _moved(self, function: Callable[..., float], position: int, x: float) -> float:
        return function(*self.numbers[:position], x, *self.numbers[position + 1 :])

    def partials(self) -> list[tuple[Value, Any, float]]:
        """Return (parent, true partial, how far the recorded one may be off); the recorded one where none is true."""
        found = []
        for i, parent, recorded in zip(self.positions, self.node.parents, self.node.partials, strict=True):
            if self.expansion is None:
                found.append((parent, recorded, 0.0))
                continue
            true = self.expansion.gradient[i]
            exact = not true and not recorded
            found.append((parent, true, 0.0 if exact else self.allowance(i, recorded, true)))
        return found

    def allowance(self, position: int, recorded: float, true: Exact) -> float:
        """Return how far a partial may be off.

        Where a derivative has zeros that are no floats, and rows that are derivatives themselves have them in many
        places, it may also be as far off as a change of the operands by as many ulps would put it.
        """
        allowed = self.measured.get(position, 0.0) + allowance(self.row, float(true))
        if self.opaque:
            return allowed
        ulps = bound(self.row)
        if (ulps == HELPER_ULPS or self.row.floor is not None) and abs(recorded - true) > allowed:
            with contextlib.suppress(ValueError, ArithmeticError):
                hessian = expand(self.function, self.numbers, self.positions, order=2).hessian
                moves = (abs(hessian[position, j] * self.numbers[j]) for j in self.positions)
                allowed = max(allowed, ulps * EPSILON * float(abs(true) + mp.fsum(moves)))
        return allowed

    def expanded_at(self, xs: Sequence[Any]) -> Expansion:
        """Return the value and the partials at other numbers; the recorded value where there are none."""
        try:
            if self.singular:
                return Expansion(real(self.function(*[mpf(x) if type(x) is float else x for x in xs])), {}, {})
            return expand(self.function, xs, self.positions)
        except (ValueError, ArithmeticError):
            return Expansion(mpf(self.node.data), {}, {})

    def wrong_partial(self) -> Culprit | None:
        """Return the partial that is off by the largest part of what it may be, with its error in ulps."""
        worst = None
        for i, (_, true, allowed), recorded in zip(self.positions, self.partials(), self.node.partials, strict=True):
            if self.expansion is None or not (allowed or recorded):
                continue
            name = self.row.operand_names[i] if self.row.partials else f"operand {i}"
            truth = float(true)
            off = float(abs(mpf(recorded) - true)) if math.isfinite(recorded) else math.inf
            error = off / unit(self.row, truth)
            if worst is None or error > worst.error:
                promised = max(bound(self.row), allowed / unit(self.row, truth))
                what = f"partial towards {name}"
                worst = Culprit(self.row.name, tuple(self.numbers), what, recorded, truth, error, promised)
        return worst

    def wrong_value(self) -> Culprit | None:
        """Return the value if it is further off than a slightly different question could explain."""
        if self.expansion is None:
            return None
        value, recorded = self.expansion.value, self.node.data
        moves = mp.fsum(abs(d * self.numbers[i]) for i, d in self.expansion.gradient.items())
        off = abs(recorded - value)
        size = max(abs(value), self.row.terms) + moves
        if off <= VALUE_ULPS * EPSILON * size + UNDERFLOW:
            return None
        truth = float(value)
        error = float(off) / math.ulp(truth)
        return Culprit(self.row.name, tuple(self.numbers), "value", recorded, truth, error, VALUE_ULPS)


class Bounded(NamedTuple):
    """A true adjoint, and how far a computed one may be off."""

    bar: Any
    allowed: Any
    size: Any  # the sum of the absolute values of all paths
    reason: str = ""  # why it depends on a place without partials


UNTOUCHED = Bounded(mpf(0), mpf(0), mpf(0))


class _Edge(NamedTuple):
    true: Any  # the partial
    off: float  # how far a computed one may be off
    roundings: int  # of the product, and of the sum that it goes into
    singular: str


def _times(adjoint: Bounded, edge: _Edge) -> Bounded:
    """Return the product with a partial, in exact arithmetic, and a bound of what a computed one may be off."""
    bar, error, size, reason = adjoint
    term = bar * edge.true
    rounding = EPSILON / 2 * edge.roundings * abs(term) + (TINY if term else 0.0)
    if not mp.isfinite(term):
        term = rounding = mpf(0)  # the limits decide, see `reason`
    finite = mp.isfinite(edge.true)
    arrived = error * (abs(edge.true) + edge.off) + abs(bar) * edge.off + rounding if finite else 0
    return Bounded(term, arrived, size * abs(edge.true), reason or edge.singular)


def _plus(x: Bounded, y: Bounded) -> Bounded:
    return Bounded(x.bar + y.bar, x.allowed + y.allowed, x.size + y.size, y.reason or x.reason)


class Truth:
    """The exact derivatives of a root towards everything it was made from, and how far computed ones may be off."""

    def __init__(self, root: Value, order: int = 1) -> None:
        self.root = root
        self.nodes: list[Value] = topological_order([root])
        self.applications: list[Application] = [
            Application(node, order) for node in self.nodes if node.primitive is not None
        ]
        with mp.workdps(DIGITS):
            self.adjoints: dict[Value, Bounded] = self._swept()  # at the recorded numbers
        self.beyond: str = self._beyond()

    def _beyond(self) -> str:
        """Return why high precision cannot tell; nothing if it can."""
        for a in self.applications:
            bar, allowed, _, reason = self.adjoint(a.node)
            if a.beyond and (bar or allowed or reason):
                return a.beyond
        return ""

    def _swept(self) -> "dict[Value, Bounded]":
        uses = Counter(parent for a in self.applications for parent in a.node.parents)

        def edges(a: Application) -> list[tuple[Value, _Edge]]:
            return [(p, _Edge(true, off, 1 + uses[p], a.singular)) for p, true, off in a.partials()]

        return reverse_sweep(self.backward(), edges, {self.root: Bounded(mpf(1), mpf(0), mpf(1))}, _times, _plus)

    def backward(self) -> Iterator[tuple[Value, Application]]:
        """Return the applications by their nodes, from the root to the leaves."""
        return ((a.node, a) for a in reversed(self.applications))

    def adjoint(self, node: Value) -> "Bounded":
        """Return the adjoint of a node at the recorded numbers."""
        return self.adjoints.get(node, UNTOUCHED)

    def exact(self) -> tuple[dict[Value, Any], dict[Value, Any]]:
        """Return (values, adjoints) at the exact numbers, without any rounding; adjoints are empty at a singularity.

        The precision grows until cancellation has left 30 digits of every number.
        """
        with mp.workdps(DIGITS):
            values, partials, lost = self._values()
        if lost > DIGITS - 30:
            with mp.workdps(min(MOST_DIGITS, DIGITS + int(min(lost, MOST_DIGITS)))):
                values, partials, lost = self._values()
        if len(partials) < len(self.applications):
            return values, {}
        with mp.workdps(DIGITS):
            bars = reverse_sweep(
                self.backward(),
                lambda a: zip(a.node.parents, partials[a.node], strict=True),
                {self.root: mpf(1)},
                lambda bar, true: bar * true or None,
                mpf.__add__,
            )
        return values, bars

    def _values(self) -> tuple[dict[Value, Any], dict[Value, list[Any]], float]:
        values: dict[Value, Any] = {}
        partials: dict[Value, list[Any]] = {}
        off: dict[Value, Any] = {}  # in units of the precision
        lost = 0.0
        for node in self.nodes:
            if node.primitive is None:
                values[node], off[node] = mpf(node.data), mpf(0)
        for a in self.applications:
            xs = [values[x] if isinstance(x, Value) else x for x in a.node.operands]
            same = all(x == y for x, y in zip(xs, a.numbers, strict=True))
            found = a.expansion if a.expansion is not None and (same or a.opaque) else a.expanded_at(xs)
            values[a.node] = +found.value
            if found.gradient:
                partials[a.node] = [found.gradient[i] for i in a.positions]
            slopes = partials.get(a.node, a.node.partials)
            moves = [abs(d) * off[p] for p, d in zip(a.node.parents, slopes, strict=True) if mp.isfinite(d)]
            off[a.node] = abs(found.value) + mp.fsum(moves)
            if off[a.node]:
                ratio = off[a.node] / abs(found.value) if found.value else mpf(10) ** MOST_DIGITS
                lost = max(lost, float(mp.log10(ratio)) if ratio > 1 else 0.0)
        return values, partials, lost

    def frozen(self, leaf: Value) -> tuple[Callable[[Any], Any], int]:
        """Return (t -> the root where the leaf is moved by t and every rounding stays as it was, digits it needs)."""
        roundings: dict[Value, Any] = {}
        need = 150 + max(digits(a.numbers) for a in self.applications)

        def value(a: Application, xs: list[Any]) -> mpf:
            found = real(a.function(*[mpf(x) if type(x) is float else x for x in xs]))
            if mp.isnan(found):
                raise ValueError(f"{a.row.name}: no value")
            return found

        with mp.workdps(need):
            for a in self.applications:
                roundings[a.node] = mpf(a.node.data) - value(a, list(a.numbers))

        def moved(t: mpf) -> mpf:
            found: dict[Value, Any] = {leaf: mpf(leaf.data) + t}
            for a in self.applications:
                if any(isinstance(x, Value) and x in found for x in a.node.operands):
                    xs = [found.get(x, x.data) if isinstance(x, Value) else x for x in a.node.operands]
                    found[a.node] = value(a, [mpf(x) if type(x) is float else x for x in xs]) + roundings[a.node]
            return found.get(self.root, mpf(self.root.data))

        return moved, need

    def unstated(self) -> str:
        """Return what is to be said of rows without an exact form, after the method; empty if there is none."""
        rows = {a.row.name: a.opaque for a in self.applications if not a.row.home and stated(a.row) is None}
        how = {True: "finite differences of its value function", False: "its value function in high precision"}
        return "".join(f"; {name} states no exact form: {how[opaque]}" for name, opaque in rows.items())

    def kinks(self) -> tuple[NearKink, ...]:
        """Return the kinks of the graph with their distances, the nearest first."""
        found = [
            NearKink(a.row.name, a.row.kink.where, tuple(a.numbers), a.distance)
            for a in self.applications
            if a.row.kink is not None and math.isfinite(a.distance)
        ]
        return tuple(sorted(found, key=lambda kink: kink.distance))

    def culprit(self) -> Culprit | None:
        """Return the worst of the partials, or values, that are further off than they may be."""
        wrong: list[Culprit] = []
        for a in self.applications:
            suspects: Sequence[Culprit | None] = [a.wrong_partial(), a.wrong_value()]
            wrong += [c for c in suspects if c is not None and c.error > c.promised]
        return max(wrong, key=lambda c: c.error, default=None)
