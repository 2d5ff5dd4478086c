"""Traced numbers, and traced arrays: what a function gets in place of its arguments while it is recorded."""

from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, SupportsIndex

from autograd.errors import TraceError
from autograd.graph.contexts import line
from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.primitive import Primitive
from autograd.tape.guards import compiling_for

if TYPE_CHECKING:
    from autograd.tape.pytree import Array


class Recorder(Protocol):
    """What a traced number needs of the tape that it is on."""

    level: int

    def record(self, primitive: Primitive, operands: tuple[Number, ...]) -> "Traced":
        """Return a primitive applied to operands, as a new number on the tape."""

    def append(self, data: float, primitive: Any, operands: tuple[Any, ...], total: bool = True) -> "Traced":
        """Return a new number on the tape, whose value is known."""

    def observe(self, comparison: str, operands: tuple[Number, ...], known: bool | int = False) -> bool | int:
        """Return what a comparison sees, and keep it as a guard."""


def primal(x: object) -> Any:
    """Return the number of a carrier, without asking whether it may leave its tape; x itself if it is none."""
    return x._data if isinstance(x, Traced) else x.data if isinstance(x, Carrier) else x


def innermost(operands: tuple[Number, ...]) -> Recorder:
    """Return the innermost of the tapes that operands are on; at least one must be on any."""
    return max((x.tape for x in operands if isinstance(x, Traced)), key=lambda tape: tape.level)


def _observed(comparison: str) -> Callable[..., Any]:
    def method(*operands: object) -> bool | int:
        if all(isinstance(x, (Carrier, Real)) for x in operands):
            return innermost(operands).observe(comparison, operands)  # type: ignore[arg-type]
        return NotImplemented  # type: ignore[no-any-return]

    return method


class Traced(Carrier):
    """A number on a tape, and the primitive and the operands that it was made with.

    `place` is its index among the steps of the tape.
    """

    __slots__ = ("_data", "operands", "place", "primitive", "tape", "total", "whole")
    rank = 5

    def __init__(
        self,
        tape: Recorder,
        place: int,
        data: float,
        primitive: Primitive | None,
        operands: tuple[Number, ...],
        total: bool,
    ) -> None:
        self.tape = tape
        self.place = place
        self._data = data
        self.primitive = primitive  # None for an input
        self.operands = operands
        self.total = total  # recorded from a rule: never raises
        self.whole = False  # an int was given for it, and it may be used as one

    @property
    def data(self) -> float:
        """The number itself; a constant, as far as derivatives are concerned."""
        return self._escape(".data")

    def _escape(self, how: str) -> float:
        if compiling_for.get():
            raise TraceError(
                f"{how} of a number that is being compiled, at {line()}: it would stay what it is now ({self._data!r}) "
                "at every later call; use the functions of autograd, or compare it, which is seen"
            )
        return self._data

    def __hash__(self) -> int:
        self._escape("the hash")  # a float's hash is that of its value, which no guard could keep
        return object.__hash__(self)

    def __repr__(self) -> str:
        return f"Traced({self._data!r})"

    def __format__(self, spec: str) -> str:
        return format(self._escape("the text"), spec) if spec else repr(self)

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Number, ...]) -> "Traced":
        return innermost(operands).record(primitive, operands)

    __lt__ = _observed("<")
    __le__ = _observed("<=")
    __gt__ = _observed(">")
    __ge__ = _observed(">=")
    __eq__ = _observed("==")
    __ne__ = object.__ne__  # the opposite of ==; the compiled core has one of its own
    __bool__ = _observed("bool")
    __floor__ = _observed("floor")
    __ceil__ = _observed("ceil")
    __trunc__ = _observed("trunc")
    exponent = _observed("exponent")

    def __round__(self, digits: SupportsIndex | None = None) -> Any:
        return self.tape.observe("round", (self,)) if digits is None else super().__round__(digits)

    def __float__(self) -> NoReturn:
        self._escape("float()")
        super().__float__()

    def __index__(self) -> int:
        if not self.whole:
            raise TypeError("'float' object cannot be interpreted as an integer")
        return self.tape.observe("trunc", (self,))

    def __int__(self) -> int:  # type: ignore[override]  # others refuse
        return self.__index__() if self.whole else super().__int__()


class TracedArray:
    """An array among the arguments of a function that is compiled, as long as nothing looks into it.

    `vmap` takes it as it is. Anything else raises NeedsElements.
    """

    def __init__(self, input: Traced) -> None:
        self.input = input  # the input of the tape that stands for it, whose number is the array

    @property
    def array(self) -> "Array":
        """The array."""
        return self.input._data  # type: ignore[return-value]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return tuple(self.array.shape)

    def __len__(self) -> int:
        return len(self.array)

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsElements(self.array)


class NeedsElements(Exception):
    """A traced array, the one argument, was looked into: its numbers must be traced one by one."""


def _look_inside(self: TracedArray, *_: object) -> NoReturn:
    raise NeedsElements(self.array)


# fmt: off
for _name in (
    "iter", "getitem", "contains", "array", "array_ufunc", "bool", "float", "neg", "pos", "abs", "lt", "le", "gt", "ge",
    "eq", "ne", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "mod", "rmod",
    "floordiv", "rfloordiv", "matmul", "rmatmul",
):
    setattr(TracedArray, f"__{_name}__", _look_inside)
# fmt: on
