# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex
from autograd.errors import ConvergenceError, GraphError
from autograd.floats import elementary, native, partials, special
from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.carrier import mixed as _any_mixed
from autograd.primitives.operation import Carried, Code, Doubles, Numbers, Place, Row
from autograd.primitives.primitive import NUMBERED, Primitive
from autograd.tape import values
from autograd.tape.guards import COMPARISONS, LARGEST, Guard, compiling_for, count_step, notice_raise, noticed
from autograd.tape.standin import StandIn
from autograd.floats.native import cython

_mixed: Callable[[Primitive, Any, Any], Any]
TOTAL = 1 << 30
_MANY = 1 << 61
def primal(x: Numbers) -> Carried:
    'Return the number of a carrier; x itself if it is none.'
@final
class Tape():
    'What a function did: its inputs, and every step and guard, in order.\n\n    An operand is a place on the tape, or `~k` for the constant k. A `blank` tape computes no numbers: it is for going\n    through a record again, to make another one.\n    '
    def __init__(self, blank: bool=False) -> None:
        ...
    level: int
    foreign: dict[int, Any]
    operations: dict[int, Any]
    guards: dict[int, Guard[int]]
    arrays: dict[int, Any]
    kinds: dict[int, type]
    def input(self, x: Carried) -> Traced:
        'Return a new input for the number x, which may be a carrier of a tape around this one.'
    def array(self, x: Numbers) -> Traced:
        'Return a new input for a whole array, which only a sum over lanes can take.'
    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Traced:
        'Return the traced number that a primitive makes; raises what Python raises on the plain floats.'
    def _seen_to_raise(self, primitive: Primitive, operands: tuple[Any, ...], numbers: Sequence[Carried]) -> Traced:
        "Return the traced number of a step, and make guards of what says whether it raises; or raise, after these.\n\n        What raises has no finite result, though its operands are finite; the step itself has IEEE's limit.\n        "
    def _seen_finite(self, x: Carried) -> bool:
        ...
    def append(self, data: SupportsFloat, primitive: Any, operands: tuple[Any, ...], total: bool=True, like: Place=-1) -> Traced:
        'Return the traced number of a step whose value is known, or need not be; `like` has the same operands.'
    def extend(self, codes: Sequence[int]) -> None:
        'Append the operands of a step that has more than two.'
    def observe(self, comparison: str, operands: tuple[Any, ...], known: bool | int=False) -> Any:
        'Return what a comparison of operands sees, and keep it as a guard; a blank tape sees what is `known`.'
    @property
    def closed(self) -> bool:
        'Whether the function has returned, so that nothing more may be recorded.'
    @closed.setter
    def closed(self, closed: bool) -> None:
        ...
    def step(self, row: Row, x: Code, y: Code, z: float) -> int:
        'Append a step and return its place.'
    def constant(self, x: float) -> int:
        'Append a constant and return it as an operand; constants are not shared.'
    def code(self, x: Numbers) -> int:
        'Return anything as an operand.'
    def __len__(self) -> int:
        ...
    def packed(self) -> tuple[bytes, ...]:
        'Return rows, both operands, operands of many, constants: as ints of C, long longs, and doubles.'
    def owns(self, x: object) -> bool:
        'Return whether x is a number of this tape.'
    @property
    def steps(self) -> list[Any]:
        'Every traced number and guard, in order, made anew at each call.'
    def operand(self, code: Code) -> Carried:
        'Return what an operand means: a traced number, or a constant.'
    def number(self, place: Place) -> Numbers:
        'Return the number at a place, or the array.'
    def value(self, code: Code) -> Carried:
        'Return the constant, or the number at the place, that an operand means.'
    def primitive(self, place: Place) -> Any:
        'Return what made the number at a place; None for inputs and guards.'
    def total(self, place: Place) -> bool:
        'Return whether a step was recorded from a rule, or as one that never raises.'
    def codes(self, place: Place) -> list[int]:
        'Return the operands of a step.'
    @property
    def plain(self) -> bool:
        'Whether all of it is plain numbers, so that it can be swept here.'
    def linearize(self) -> None:
        'Compute the partials of all steps towards both operands, once.'
    def slopes(self, i: Place) -> None:
        'Compute the partials of a step of one or two operands, into `px` and `py`.'
    def partials_of(self, place: int) -> None:
        'Compute the partials of a step by its row.'
    def partials_of_many(self, place: Place) -> object:
        'Compute the partials of a step of many operands.'
    def partial_of_power(self, start: Place) -> bool:
        'Compute the partial of c * x**(y - k) towards x, where that is all and C is sure of it.'
    def _partials(self, place: int, codes: list[int]) -> Any:
        ...
    def pull(self, seeds: Iterable[tuple[Place, Carried]]) -> list[Any]:
        'Return the adjoints of the inputs, given (place, adjoint) of others. Cost: one sweep.\n\n        An adjoint of exactly zero, and a partial of exactly zero, contribute nothing.\n        '
    def gradient(self, place: Place) -> list[Any]:
        'Return the derivatives of the number at a place towards the inputs.'
    def sweep(self, bars: Doubles) -> None:
        'Carry adjoints back to the inputs; partials that are not known yet are computed where they are needed.'
    def push(self, tangents: Iterable[Carried], wanted: Iterable[Place]) -> Sequence[float]:
        'Return the tangents of the wanted places, given those of the inputs. Cost: one sweep.'
    def _checked(self, place: Place) -> int:
        ...
    def __dealloc__(self) -> None:
        ...
    __weakref__: Any
    indexed: int
    blank: bool
    count: int
    inputs: int
    carriers: int
    slow: bool
    _closed: bool
    catching: bool
    swept: bool
    wholes: bool
    custom: bool
    px: float
    py: float
    rows: Any
    left: Any
    right: Any
    many: Any
    values: Any
    constants: Any
    dx: Any
    dy: Any
    dmany: Any
    constant_count: int
    many_count: int
    room: int
    constant_room: int
    many_room: int
    linear: int
@final
class Traced(StandIn):
    'A number on a tape: its place, and what it is now.'
    rank: int
    def __init__(self, tape: Tape, place: int, data: float) -> None:
        ...
    @property
    def data(self) -> float:
        'The number itself; a constant, as far as derivatives are concerned.'
    @property
    def primitive(self) -> Any:
        'What it was made with; None for an input.'
    @property
    def operands(self) -> tuple[Any, ...]:
        'What it was made of, constants and numbers of other tapes included.'
    @property
    def total(self) -> bool:
        'Whether it was recorded from a rule, and so never raises.'
    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Carried:
        ...
    @classmethod
    def applied(cls, primitive: Primitive, operands: tuple[Any, ...], value: float) -> Carried:
        ...
    def __hash__(self) -> int:
        ...
    def __lt__(self, other: Carried) -> Any:
        ...
    def __le__(self, other: Carried) -> Any:
        ...
    def __gt__(self, other: Carried) -> Any:
        ...
    def __ge__(self, other: Carried) -> Any:
        ...
    def __eq__(self, other: Carried) -> Any:
        ...
    def __ne__(self, other: Carried) -> Any:
        ...
    def __bool__(self) -> bool:
        ...
    def __floor__(self) -> int:
        ...
    def __ceil__(self) -> int:
        ...
    def __trunc__(self) -> int:
        ...
    def exponent(self) -> int:
        'Return the e of `math.frexp`.'
    def __round__(self, digits: SupportsIndex | None=None) -> Carried:
        ...
    tape: Tape
    place: int
    _data: float
    whole: bool
def _traced(tape: Any, place: Place, data: float) -> Traced:
    ...
def innermost(operands: Sequence[Any]) -> Tape:
    "Return the tape of the highest level among the operands'."
def _compared(comparison: str, x: Carried, y: Carried) -> Any:
    ...
