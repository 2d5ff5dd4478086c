"""Recording a function on numbers, and carrying derivatives through the record, forward and backward.

Start at `Trace`. A `Slot` is a number of a trace: what a function computes on Slots is recorded, instruction by
instruction, and where it looks at a number to decide something, a `Look` records what it saw. `pull` carries adjoints
backward through a record and `push` tangents forward; both work on whatever the record's inputs are, so on the Slots
of a trace around it, and so to any order. The one surprise: an operand that belongs to another trace is a constant
here, which is all it takes to keep nested derivatives apart.
"""

import contextvars
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import Any

from autograd.errors import GraphError, TraceError
from autograd.floats.ieee import totally
from autograd.graph.contexts import line
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive

_levels = itertools.count(1).__next__
_compiling: contextvars.ContextVar[str] = contextvars.ContextVar("compiling", default="")

LOOKS: dict[str, Callable[..., Any]] = {  # what a Look can ask of plain numbers
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "bool": bool,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": round,
    "exponent": lambda x: math.frexp(x)[1],
}


@contextmanager
def compiling(lanes: bool = False) -> Iterator[None]:
    """Hold, for a `with` block, that numbers of a trace will be others at a later call, and so may not leave it.

    With `lanes`, what is traced has IEEE's limits where Python raises.
    """
    token = _compiling.set("lanes" if lanes else "one")
    try:
        yield
    finally:
        _compiling.reset(token)


def primal(x: Any) -> Any:
    """Return the number of a carrier; x itself if it is none."""
    return x._data if x.__class__ is Slot else x.data if isinstance(x, Carrier) else x


class Look:
    """A look at numbers of a trace, and what was seen: a guard of the program that is made of it."""

    __slots__ = ("look", "operands", "place", "seen")
    primitive = None

    def __init__(self, look: str, operands: tuple[Any, ...], seen: Any, place: int) -> None:
        self.look = look
        self.operands = operands
        self.seen = seen
        self.place = place


def _looked(look: str) -> Callable[..., Any]:
    def method(*operands: Any) -> Any:
        if all(isinstance(x, (Carrier, Real)) for x in operands):
            return see(look, operands)
        return NotImplemented

    return method


class Slot(Carrier):
    """A number in a trace, and the instruction that made it."""

    __slots__ = ("_data", "operands", "place", "primitive", "total", "trace", "whole")
    rank = 5

    def __init__(
        self, trace: "Trace", data: float, primitive: Primitive | None, operands: tuple[Any, ...], total: bool
    ) -> None:
        self.trace = trace
        self._data = data
        self.primitive = primitive
        self.operands = operands
        self.total = total  # recorded from a rule: never raises
        self.place = len(trace.steps)
        self.whole = False  # an int was given for it, and it may be used as one

    @property
    def data(self) -> float:
        """The number itself; a constant, as far as derivatives are concerned."""
        return self._escape(".data")

    def _escape(self, how: str) -> float:
        if _compiling.get():
            raise TraceError(
                f"{how} of a number that is being compiled, at {line()}: it would stay what it is now ({self._data!r}) "
                "at every later call; use the functions of autograd, or compare it, which is seen"
            )
        return self._data

    def __hash__(self) -> int:
        self._escape("the hash")  # a float's hash is that of its value: a look that no guard could record
        return object.__hash__(self)

    def __repr__(self) -> str:
        return f"Slot({self._data!r})"

    def __format__(self, spec: str) -> str:
        return format(self._escape("the text"), spec) if spec else repr(self)

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Slot":
        trace = max((x.trace for x in operands if isinstance(x, Slot)), key=lambda found: found.level)
        return trace.record(primitive, operands)

    __lt__ = _looked("<")
    __le__ = _looked("<=")
    __gt__ = _looked(">")
    __ge__ = _looked(">=")
    __eq__ = _looked("==")
    __ne__ = object.__ne__  # the opposite of ==; the compiled core has one of its own
    __bool__ = _looked("bool")
    __floor__ = _looked("floor")
    __ceil__ = _looked("ceil")
    __trunc__ = _looked("trunc")
    exponent = _looked("exponent")

    def __round__(self, digits: Any = None) -> Any:
        return see("round", (self,)) if digits is None else super().__round__(digits)

    def __float__(self) -> Any:
        self._escape("float()")
        super().__float__()

    def __index__(self) -> int:
        if not self.whole:
            raise TypeError("'float' object cannot be interpreted as an integer")
        return see("trunc", (self,))  # type: ignore[no-any-return]

    def __int__(self) -> Any:
        return self.__index__() if self.whole else super().__int__()


class Columns:
    """An array that a function being compiled was given and has not looked into: `vmap` takes it as it is."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot

    @property
    def array(self) -> Any:
        """The array."""
        return self.slot._data

    @property
    def shape(self) -> Any:
        """The shape of the array."""
        return self.array.shape

    def __len__(self) -> int:
        return len(self.array)

    def __getattr__(self, name: str) -> Any:
        raise Exploded(self.array)


class Exploded(Exception):
    """An array was looked into, the one argument: its numbers must be traced one by one."""


def _explode(self: Columns, *_: Any) -> Any:
    raise Exploded(self.array)


# fmt: off
for _name in (
    "iter", "getitem", "contains", "array", "array_ufunc", "bool", "float", "neg", "pos", "abs", "lt", "le", "gt", "ge",
    "eq", "ne", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "mod", "rmod",
    "floordiv", "rfloordiv", "matmul", "rmatmul",
):
    setattr(Columns, f"__{_name}__", _explode)
# fmt: on


def see(look: str, operands: tuple[Any, ...], known: Any = None) -> Any:
    """Return what a look at these operands sees, and remember it in the innermost of their traces.

    A blank trace has no numbers to look at, so what was seen must be `known`.
    """
    trace = max((x.trace for x in operands if isinstance(x, Slot)), key=lambda found: found.level)
    seen = known if trace.blank else LOOKS[look](*[primal(x) for x in operands])
    if not trace.closed:
        trace.look(look, operands, seen)
    return seen


class Trace:
    """What a function did: its inputs, and every Slot and Look that was made, in order.

    A `blank` trace computes no numbers: it is for going through a record again, to make another one.
    """

    def __init__(self, blank: bool = False) -> None:
        self.level = _levels()  # a trace inside of another has the higher level
        self.blank = blank
        self.steps: list[Any] = []
        self.closed = False

    def input(self, x: Any) -> Slot:
        """Return a new input for the number x, which may be a carrier of a trace around this one."""
        return self._add(primal(x), None, (), False)

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Slot:
        """Return the Slot that a primitive makes; raises what Python raises on the plain floats."""
        if self.closed:
            raise GraphError(f"{primitive.name}: a number of a finished function call was kept and used outside of it")
        total = totally.get()
        if self.blank:
            return self._add(math.nan, primitive, operands, total)
        numbers = primitive.numbers(
            [primal(x) if x.__class__ is Slot and primitive.differentiable(i) else x for i, x in enumerate(operands)]
        )
        value = primitive.total(*numbers) if total or _compiling.get() == "lanes" else primitive.plainly(numbers)
        return self._add(value, primitive, operands, total)

    def place(self, data: float, primitive: Any, operands: tuple[Any, ...], total: bool = True) -> Slot:
        """Return the Slot of a number that is known already, or in a blank trace need not be."""
        return self._add(data, primitive, operands, total)

    def look(self, look: str, operands: tuple[Any, ...], seen: Any) -> None:
        """Remember what was seen."""
        self.steps.append(Look(look, operands, seen, len(self.steps)))

    def array(self, x: Any) -> Slot:
        """Return a new input for a whole array, which only a sum over lanes can take."""
        slot = self._add(0.0, None, (), False)
        slot._data = x
        return slot

    def _add(self, data: float, primitive: Primitive | None, operands: tuple[Any, ...], total: bool) -> Slot:
        slot = Slot(self, float(data), primitive, operands, total)
        self.steps.append(slot)
        return slot

    def owns(self, x: Any) -> bool:
        """Return whether x is a Slot of this trace."""
        return x.__class__ is Slot and x.trace is self


def run(trace: Trace, inputs: Sequence[Any]) -> list[Any]:
    """Return what every step is if the trace's inputs are these: floats, or carriers of a trace around it.

    Where only floats meet, that is the number that was recorded; nothing is computed again. A guard is looked at again
    where carriers meet, so that the trace around remembers it too.
    """
    found: list[Any] = list(inputs)
    for step in trace.steps[len(inputs) :]:
        xs = _present(trace, step, found)
        if not any(isinstance(x, Carrier) for x in xs):
            found.append(None if step.primitive is None else step._data)
        elif step.primitive is None:
            slots = any(x.__class__ is Slot for x in xs)
            found.append(see(step.look, tuple(xs), step.seen) if slots else None)
        else:
            with totally.within(step.total):
                found.append(step.primitive(*xs))
    return found


def _present(trace: Trace, step: Any, found: list[Any]) -> list[Any]:
    return [found[x.place] if trace.owns(x) else x for x in step.operands]


def _partials(trace: Trace, slot: Slot, found: list[Any], wanted: list[int]) -> Sequence[Any]:
    """Return the partials of an instruction towards its own trace's operands, on floats or carriers."""
    assert slot.primitive is not None
    xs, z = _present(trace, slot, found), found[slot.place]
    if not any(isinstance(x, Carrier) for x in (z, *xs)):
        return slot.primitive.partials_at(z, slot.primitive.numbers(tuple(xs)), wanted)
    with totally.within(True):
        return slot.primitive.rules(z, xs, wanted)


def _product(x: Any, partial: Any) -> Any:
    """Return x * partial, where an exact zero on either side wins over an infinity on the other; None for zero."""
    if (type(x) is float and not x) or (type(partial) is float and not partial):
        return None
    if type(x) is float and type(partial) is float:
        return x * partial or None  # what underflows is zero too, and without a sign
    with totally.within(True):
        return table.times(x, partial)


def _sum(x: Any, y: Any) -> Any:
    if x is None or y is None:
        return y if x is None else x
    with totally.within(True):
        return x + y


Known = dict[int, list[tuple[int, Any]]]


def _slopes(trace: Trace, slot: Slot, found: list[Any], known: Known | None) -> list[tuple[int, Any]]:
    """Return (place, partial) for each operand of an instruction that is of its own trace."""
    pairs = known.get(slot.place) if known is not None else None
    if pairs is None:
        wanted = [i for i, x in enumerate(slot.operands) if trace.owns(x)]
        partials = _partials(trace, slot, found, wanted)
        pairs = [(slot.operands[i].place, partial) for i, partial in zip(wanted, partials, strict=True)]
        if known is not None:
            known[slot.place] = pairs
    return pairs


def pull(
    trace: Trace, found: list[Any], seeds: Sequence[tuple[Slot, Any]], known: Known | None = None
) -> dict[int, Any]:
    """Return the adjoints of Slots by place, given those of some; what is not in it is zero. Cost: one sweep.

    Several sweeps over one record can share a dict `known`, in which they keep the partials.
    """
    adjoints: dict[int, Any] = {}
    for slot, seed in seeds:
        adjoints[slot.place] = _sum(adjoints.get(slot.place), seed)
    for slot in reversed(trace.steps):
        adjoint = adjoints.get(slot.place)
        if adjoint is None or slot.primitive is None:
            continue
        for parent, partial in _slopes(trace, slot, found, known):
            addition = _product(adjoint, partial)
            if addition is not None:
                adjoints[parent] = _sum(adjoints.get(parent), addition)
    return adjoints


def push(
    trace: Trace, found: list[Any], tangents: Sequence[tuple[Slot, Any]], known: Known | None = None
) -> dict[int, Any]:
    """Return the tangents of Slots by place, given those of the inputs; what is not in it is zero; see `pull`."""
    dots: dict[int, Any] = {slot.place: tangent for slot, tangent in tangents}
    for slot in trace.steps:
        if slot.primitive is None or not any(trace.owns(x) and x.place in dots for x in slot.operands):
            continue
        total = None
        for parent, partial in _slopes(trace, slot, found, known):
            if parent in dots:
                total = _sum(total, _product(dots[parent], partial))
        if total is not None:
            dots[slot.place] = total
    return dots
