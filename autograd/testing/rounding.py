"""`rounding_error`: how far a result is from what exact arithmetic would give, and which operations are to blame.

Each operation rounds once: its residual is the exact value of its floats minus the float that it gave, computed from
the row's exact form. To first order the result is off by the sum of adjoint times residual. What that leaves out is
what an operation makes of the errors of its operands beyond its partials: how much it bends, and whether it jumps or
has a kink within reach. It is found by computing the operation at its operands moved by their own error bounds.

References: S. Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16 (1976); for the use of adjoints in
choosing precisions, H. Menon et al., ADAPT (2018), and G. Vassiliev et al., CHEF-FP (2023).
"""

import math
from collections.abc import Sequence

from autograd.graph.backward import topological_order
from autograd.graph.text import number, shown
from autograd.graph.value import Value
from autograd.primitives.domains import Interval
from autograd.testing.accuracy import VALUE_ULPS
from autograd.testing.exact import Exact, Opaque, definition, digits, mp, mpf, real

SINGLE = 2.0**-24  # what rounding to float32 changes, at most, of a number of 1
SLACK = 1.0 + 1e-6  # for the adjoints, which are rounded themselves
LISTED = 10
FEW = 4  # operands that are also moved one by one


class RoundingError:
    """The rounding error of a result: `bound`, `estimate`, `worst`, and what each node adds.

    bound: at least the absolute error of the result; inf where an operand's error reaches across a pole or out of a
    domain. estimate: the error itself to first order, with its sign: exact minus computed; NaN if a row has no exact
    form. worst: the ten nodes that add most to the bound.
    """

    value: Value

    def __init__(self, value: Value, nodes: Sequence[Value], added: list[float], first: float, single: list[float]):
        self.value, self._nodes, self._added, self._single = value, nodes, added, single
        self.bound: float = math.nextafter(math.fsum(added) * SLACK, math.inf) if any(added) else 0.0
        self.estimate = first
        self._place = {id(node): i for i, node in enumerate(nodes)}

    @property
    def worst(self) -> list[tuple[Value, float]]:
        """The nodes that add most to the bound, with what they add, the worst first; at most ten."""
        order = sorted(range(len(self._nodes)), key=lambda i: -self._added[i])
        return [(self._nodes[i], self._added[i]) for i in order[:LISTED] if self._added[i]]

    def of(self, node: Value) -> float:
        """Return what rounding in one node adds to the bound; KeyError for a Value that the result is not made from."""
        return self._added[self._place[id(node)]]

    def float32(self, tolerance: float) -> list[Value]:
        """Return nodes that could be held in float32 so that the result changes by at most `tolerance`, to first order.

        They are as many as possible: those whose rounding matters least come first.
        """
        found, spent = [], 0.0
        for i in sorted(range(len(self._nodes)), key=self._single.__getitem__):
            spent += self._single[i]
            if not spent <= tolerance:
                break
            found.append(self._nodes[i])
        return found

    def __repr__(self) -> str:
        lines = [f"result {self.value.data!r}", f"error  {number(self.estimate)}, at most {number(self.bound)}"]
        for node, error in self.worst:
            where = f"  {shown(node.line, 200)}" if node.line else ""
            lines.append(f"{number(error):>10}  {shown(node.name) + ' = ' if node.name else ''}{node.op}{where}")
        return "\n".join(lines)


def rounding_error(value: Value) -> RoundingError:
    """Return how far a Value may be from the exact result on the floats it was made from, and where that comes from.

    `draw(value, color=rounding_error(value))` shows it. The graph is not changed. Needs the extra `testing`; raises
    TypeError for what is no Value. Cost: some 0.2 ms a node.

    >>> x = Value(1e-9, "x")
    >>> found = rounding_error((1.0 + x) - 1.0)
    >>> found.bound < 1.2e-16, found.worst[0][0].op
    (True, 'add')
    >>> abs(found.estimate - (1e-9 - found.value.data)) <= 1e-25
    True
    """
    if not isinstance(value, Value):
        raise TypeError(f"rounding_error: expected a Value, not {type(value).__name__} {value!r}")
    nodes = topological_order([value])
    place = {id(node): i for i, node in enumerate(nodes)}
    adjoints = _adjoints(nodes, place, value)
    reach = [0.0] * len(nodes)  # bounds of the error of each node's number
    added, firsts = [0.0] * len(nodes), []
    for i, node in enumerate(nodes):
        if not node.op:
            continue
        moves = [reach[place[id(x)]] if isinstance(x, Value) else 0.0 for x in node.operands]
        residual, beyond = _rounding(node, moves)
        carried = [abs(d) * reach[place[id(p)]] for d, p in zip(node.partials, node.parents, strict=True) if d]
        own = _up(beyond if math.isnan(residual) else abs(residual) + beyond)
        reach[i] = _up(math.fsum([own, *carried]))
        weight = abs(adjoints[i])
        added[i] = math.nextafter(weight * own, math.inf) if weight and own else 0.0
        firsts.append(adjoints[i] * residual if adjoints[i] and residual else 0.0)
    single = [abs(adjoints[i] * node.data) * SINGLE if adjoints[i] else 0.0 for i, node in enumerate(nodes)]
    return RoundingError(
        value, nodes, added, math.fsum(firsts) if all(map(math.isfinite, firsts)) else math.nan, single
    )


def _adjoints(nodes: Sequence[Value], place: dict[int, int], value: Value) -> list[float]:
    """Return the derivatives of a result towards all nodes, without touching their gradients."""
    found = [0.0] * len(nodes)
    found[place[id(value)]] = 1.0
    for i in range(len(nodes) - 1, -1, -1):
        if found[i]:
            for parent, partial in zip(nodes[i].parents, nodes[i].partials, strict=True):
                if partial:
                    found[place[id(parent)]] += found[i] * partial
    return found


def _rounding(node: Value, moves: Sequence[float]) -> tuple[float, float]:
    """Return the residual of one operation, and a bound of what its operands' errors do to it beyond its partials."""
    operands = [float(x.data) if isinstance(x, Value) else x for x in node.operands]
    if not all(map(math.isfinite, [node.data, *filter(lambda x: isinstance(x, float), operands)])):
        return 0.0, 0.0  # exact, or nothing that could be said of it
    if any(_crosses(*found) for found in zip(node.primitive.domain, operands, moves, strict=False)):
        return 0.0, math.inf
    try:
        function = definition(node.primitive)
        with mp.workdps(digits(operands, 0)):
            exact = [mpf(x) if isinstance(x, float) else x for x in operands]
            truth = real(function(*exact))
            return _away(truth - mpf(node.data)), _beyond(node, function, exact, truth, moves)
    except Opaque:
        return math.nan, VALUE_ULPS * math.ulp(node.data)
    except (ValueError, ArithmeticError):
        return 0.0, math.inf  # moved by its error, an operand leaves the domain


def _crosses(domain: Interval, x: float, move: float) -> bool:
    """Return whether a pole, which is a whole number, is within reach of an operand."""
    if domain.hole is None or not move:
        return False
    return any(
        x - move <= pole <= x + move and domain.hole(pole) for pole in (math.floor(x + move), math.ceil(x - move))
    )


def _beyond(node: Value, function: Exact, exact: Sequence[Exact], truth: Exact, moves: Sequence[float]) -> float:
    """Return how far the operation, at its operands moved by their errors, is from its tangent."""
    if not any(moves):
        return 0.0
    slopes = iter(node.partials)
    partials = [mpf(next(slopes)) if isinstance(x, Value) else mpf(0) for x in node.operands]
    largest = mpf(0)
    for moved in _corners(moves, partials):
        found = real(function(*[x + move if move else x for x, move in zip(exact, moved, strict=True)]))
        tangent = mp.fsum(d * move for d, move in zip(partials, moved, strict=True) if move)
        largest = max(largest, abs(found - truth - tangent))
    return _up(_away(2 * largest))


def _corners(moves: Sequence[float], partials: Sequence[Exact]) -> list[list[Exact]]:
    """Return moves of all operands at once, the same way or each so that the result rises; of few, one by one too."""
    steps = [mpf(move) for move in moves]
    found = [steps, [step if d >= 0 else -step for step, d in zip(steps, partials, strict=True)]]
    moving = [j for j, step in enumerate(steps) if step]
    if 1 < len(moving) <= FEW:
        found += [[step if i == j else mpf(0) for i, step in enumerate(steps)] for j in moving]
    return found + [[-step for step in moved] for moved in found]


def _away(x: Exact) -> float:
    """Return a float for an exact number; none becomes 0."""
    return float(x) or math.copysign(math.ulp(0.0), x) if x else 0.0


def _up(x: float) -> float:
    return math.nextafter(x, math.inf) if x else 0.0
