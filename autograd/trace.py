"""Recording a function on numbers, and carrying derivatives through the record, forward and backward.

Start at `Trace`. A `Slot` is a number of a trace: what a function computes on Slots is recorded, instruction by
instruction. `pull` carries adjoints backward through a record and `push` tangents forward; both work on whatever the
record's inputs are, so on the Slots of a trace around it, and so to any order. The one surprise: an operand that
belongs to another trace is a constant here, which is all it takes to keep nested derivatives apart.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from autograd import table
from autograd.carrier import Carrier
from autograd.errors import GraphError
from autograd.ieee import totally
from autograd.primitive import Primitive

_levels = itertools.count(1).__next__


class Slot(Carrier):
    """A number in a trace, and the instruction that made it."""

    __slots__ = ("_data", "operands", "primitive", "total", "trace")
    rank = 5

    def __init__(
        self, trace: "Trace", data: float, primitive: Primitive | None, operands: tuple[Any, ...], total: bool
    ) -> None:
        self.trace = trace
        self._data = data
        self.primitive = primitive
        self.operands = operands
        self.total = total  # recorded from a rule: never raises

    __hash__ = object.__hash__

    @property
    def data(self) -> float:
        """The number itself; a constant, as far as derivatives are concerned."""
        return self._data

    def __repr__(self) -> str:
        return f"Slot({self._data!r})"

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Slot":
        trace = max((x.trace for x in operands if isinstance(x, Slot)), key=lambda found: found.level)
        return trace.record(primitive, operands)


class Trace:
    """What a function did: its inputs, and every Slot that was made, in order."""

    def __init__(self) -> None:
        self.level = _levels()  # a trace inside of another has the higher level
        self.slots: list[Slot] = []
        self.closed = False

    def input(self, x: Any) -> Slot:
        """Return a new input for the number x, which may be a carrier of a trace around this one."""
        return self._add(x.data if isinstance(x, Carrier) else x, None, (), False)

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Slot:
        """Return the Slot that a primitive makes; raises what Python raises on the plain floats."""
        if self.closed:
            raise GraphError(f"{primitive.name}: a number of a finished function call was kept and used outside of it")
        numbers = primitive.numbers(operands)
        total = totally.get()
        return self._add(primitive.total(*numbers) if total else primitive.plainly(numbers), primitive, operands, total)

    def _add(self, data: float, primitive: Primitive | None, operands: tuple[Any, ...], total: bool) -> Slot:
        slot = Slot(self, float(data), primitive, operands, total)
        self.slots.append(slot)
        return slot

    def owns(self, x: Any) -> bool:
        """Return whether x is a Slot of this trace."""
        return x.__class__ is Slot and x.trace is self


def run(trace: Trace, inputs: Sequence[Any]) -> dict[Slot, Any]:
    """Return what every Slot is if the trace's inputs are these: floats, or carriers of a trace around it.

    Where only floats meet, that is the number that was recorded; nothing is computed again.
    """
    found: dict[Slot, Any] = dict(zip(trace.slots, inputs, strict=False))
    for slot in trace.slots[len(inputs) :]:
        xs = _present(trace, slot, found)
        if not any(isinstance(x, Carrier) for x in xs):
            found[slot] = slot.data
        else:
            assert slot.primitive is not None
            with totally.within(slot.total):
                found[slot] = slot.primitive(*xs)
    return found


def _present(trace: Trace, slot: Slot, found: dict[Slot, Any]) -> list[Any]:
    return [found[x] if trace.owns(x) else x for x in slot.operands]


def _partials(trace: Trace, slot: Slot, found: dict[Slot, Any], wanted: list[int]) -> Sequence[Any]:
    """Return the partials of an instruction towards its own trace's operands, on floats or carriers."""
    assert slot.primitive is not None
    xs, z = _present(trace, slot, found), found[slot]
    if not any(isinstance(x, Carrier) for x in (z, *xs)):
        return slot.primitive.partials_at(z, slot.primitive.numbers(tuple(xs)), wanted)
    with totally.within(True):
        return slot.primitive.rules(z, xs, wanted)


def _product(x: Any, partial: Any) -> Any:
    """Return x * partial, where an exact zero on either side wins over an infinity on the other; None for zero."""
    if (type(x) is float and not x) or (type(partial) is float and not partial):
        return None
    if type(x) is float and type(partial) is float:
        return x * partial
    with totally.within(True):
        return table.times(x, partial)


def _sum(x: Any, y: Any) -> Any:
    return y if x is None else x if y is None else x + y


def pull(trace: Trace, found: dict[Slot, Any], seeds: Sequence[tuple[Slot, Any]]) -> dict[Slot, Any]:
    """Return the adjoints of Slots, given those of some; what is not in it is zero. Cost: one sweep backward."""
    adjoints: dict[Slot, Any] = {}
    for slot, seed in seeds:
        adjoints[slot] = _sum(adjoints.get(slot), seed)
    for slot in reversed(trace.slots):
        adjoint = adjoints.get(slot)
        if adjoint is None or slot.primitive is None:
            continue
        wanted = [i for i, x in enumerate(slot.operands) if trace.owns(x)]
        for i, partial in zip(wanted, _partials(trace, slot, found, wanted), strict=True):
            parent = slot.operands[i]
            addition = _product(adjoint, partial)
            if addition is not None:
                adjoints[parent] = _sum(adjoints.get(parent), addition)
    return adjoints


def push(trace: Trace, found: dict[Slot, Any], tangents: Sequence[tuple[Slot, Any]]) -> dict[Slot, Any]:
    """Return the tangents of Slots, given those of the inputs; what is not in it is zero. Cost: one sweep forward."""
    dots: dict[Slot, Any] = dict(tangents)
    for slot in trace.slots:
        wanted = [i for i, x in enumerate(slot.operands) if trace.owns(x) and x in dots]
        if not wanted:
            continue
        total = None
        for i, partial in zip(wanted, _partials(trace, slot, found, wanted), strict=True):
            total = _sum(total, _product(dots[slot.operands[i]], partial))
        if total is not None:
            dots[slot] = total
    return dots
