# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""The tape: what a function of numbers did, as flat arrays; and the numbers on it, which record what is done with them.

A tape holds one row number, two operands and one value for each step, and no Python object. A traced number is a place
on a tape. The derivatives of a tape of plain numbers are swept here; see sweeps.py for tapes whose inputs are numbers
of a tape around it. This file is compiled as value.py is.
"""

from __future__ import annotations

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

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

_mixed: Callable[[Primitive, Any, Any], Any] = _any_mixed
_total = totally.active  # empty, unless partials are being computed somewhere
_levels = itertools.count(1).__next__
INPUT, GUARD, OPERATION = -1, -2, -3  # in the place of a row's number; an operation is one that is no primitive
TOTAL = 1 << 30  # added to a row's number: recorded from a rule, and so never raises
NONE = -(1 << 62)  # in the place of a second operand; of many operands there are `-2 - count`
# begin: written by `python -m autograd.primitives.write`
_ADD = table.add.number
_SUB = table.sub.number
_MUL = table.mul.number
_TRUEDIV = table.truediv.number
_NEG = table.neg.number
_POWER = table.power.number
_SQRT = table.sqrt.number
_EXP = table.exp.number
_LOG = table.log.number
_SIN = table.sin.number
_COS = table.cos.number
_TANH = table.tanh.number
_SIGMOID = table.sigmoid.number
_SOFTPLUS = table.softplus.number
_RELU = table.relu.number
# end of what is written
if not cython.compiled:
    _branches: Any = ()
_MOST = values.MOST
_branches = native.ints(_branches, _MOST)
for _place in range(_MOST):
    _branches[_place] = values.branch_of(_place)
_SUMPROD, _MONOMIAL = table.sumprod.number, table.monomial.number
_MANY = 1 << 61


def primal(x: Numbers) -> Carried:
    """Return the number of a carrier; x itself if it is none."""
    if type(x) is Traced:
        number: Traced = x
        return number.tape.number(number.place) if number.tape.arrays else number._data
    return x.data if isinstance(x, Carrier) else x


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Tape:
    """What a function did: its inputs, and every step and guard, in order.

    An operand is a place on the tape, or `~k` for the constant k. A `blank` tape computes no numbers: it is for going
    through a record again, to make another one.
    """

    def __init__(self, blank: bool = False) -> None:
        self.level: int = _levels()  # a tape inside of another has the higher level
        watch = noticed.get()
        self.catching = watch is not None and watch.catching
        self.blank = blank
        self.slow = blank or self.catching
        self._closed = self.swept = self.custom = False  # custom: rules of the user's are on it
        self.indexed = -1  # the place of a number that was used as an index, and is none
        self.count = self.inputs = self.carriers = self.constant_count = self.many_count = self.linear = 0
        self.room = self.constant_room = self.many_room = 0
        if not cython.compiled:
            none: Any = ()
            self.rows = self.left = self.right = self.many = none
            self.values = self.constants = self.dx = self.dy = self.dmany = none
        self.foreign: dict[int, Any] = {}  # constants that are no floats: ints, arrays, carriers of other tapes
        self.operations: dict[int, Any] = {}  # by place
        self.guards: dict[int, Guard[int]] = {}  # by place
        self.arrays: dict[int, Any] = {}  # inputs that are whole arrays, by place
        self.kinds: dict[int, type] = {}  # of inputs that stand for no plain float, by place
        self.wholes = False  # whether any of them is an int

    # ------------------------------------------------------------------------------------------ recording

    def input(self, x: Carried) -> Traced:
        """Return a new input for the number x, which may be a carrier of a tape around this one."""
        value = float(primal(x))
        self.inputs += 1
        return _traced(self, self.step(INPUT, NONE, NONE, value), value)

    def array(self, x: Numbers) -> Traced:
        """Return a new input for a whole array, which only a sum over lanes can take."""
        found = self.input(0.0)
        self.arrays[found.place] = x
        return found

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Traced:
        """Return the traced number that a primitive makes; raises what Python raises on the plain floats."""
        if self._closed:
            raise GraphError(f"{primitive.name}: a number of a finished function call was kept and used outside of it")
        total = totally.get()
        if self.blank:
            return self.append(math.nan, primitive, operands, total)
        numbers = primitive.numbers(
            [primal(x) if type(x) is Traced and primitive.differentiable(i) else x for i, x in enumerate(operands)]
        )
        kept = tuple([x if isinstance(x, Carrier) else y for x, y in zip(operands, numbers, strict=True)])
        if total or (compiling_for.get() == "lanes" and not self.catching):
            return self.append(primitive.total(*numbers), primitive, kept, total)
        if self.catching and getattr(primitive, "raises", True):
            return self._seen_to_raise(primitive, kept, numbers)
        try:
            value = primitive.plainly(numbers)
        except (ValueError, ArithmeticError, ConvergenceError):
            notice_raise()
            raise
        return self.append(value, primitive, kept, total)

    def _seen_to_raise(self, primitive: Primitive, operands: tuple[Any, ...], numbers: Sequence[Carried]) -> Traced:
        """Return the traced number of a step, and make guards of what says whether it raises; or raise, after these.

        What raises has no finite result, though its operands are finite; the step itself has IEEE's limit.
        """
        error: Exception | None = None
        try:
            value = primitive.plainly(numbers)
        except (ValueError, ArithmeticError, ConvergenceError) as caught:
            error, value = caught, primitive.total(*numbers)
        z = self.append(value, primitive, operands)
        step, limited = count_step()
        finite = self._seen_finite(z)
        for x in [x for x in operands if isinstance(x, Carrier)]:
            if not finite:
                self._seen_finite(x)
            elif error is not None:
                self.observe("==", (x, primal(x)))
        if error is None or limited:
            return z
        error.__dict__["step"] = step
        raise error

    def _seen_finite(self, x: Carried) -> bool:
        return bool(
            self.observe("==", (x, x)) and self.observe("<=", (x, LARGEST)) and self.observe(">=", (x, -LARGEST))
        )

    def append(
        self, data: SupportsFloat, primitive: Any, operands: tuple[Any, ...], total: bool = True, like: Place = -1
    ) -> Traced:
        """Return the traced number of a step whose value is known, or need not be; `like` has the same operands."""
        value = float(data)
        codes = [self.code(x) for x in operands] if like < 0 else self.codes(like)
        numbered = type(primitive.number) is int
        row = primitive.number if numbered else OPERATION
        if total:
            row += TOTAL if numbered else -TOTAL  # from either, this bit is cleared by the same mask
        if len(codes) == 1:
            place = self.step(row, codes[0], NONE, value)
        elif len(codes) == 2:
            place = self.step(row, codes[0], codes[1], value)
        else:
            place = self.step(row, self.many_count, -_MANY - len(codes), value)
            self.extend(codes)
        if not numbered:
            self.operations[place] = primitive
        self.custom = self.custom or not numbered or bool(primitive.home)
        return _traced(self, place, value)

    def extend(self, codes: Sequence[int]) -> None:
        """Append the operands of a step that has more than two."""
        start = self.many_count
        if start + len(codes) > self.many_room:
            self.many_room = 2 * (start + len(codes))
            self.many = native.longs(self.many, self.many_room)
        for i in range(len(codes)):
            self.many[start + i] = codes[i]
        self.many_count = start + len(codes)

    def observe(self, comparison: str, operands: tuple[Any, ...], known: bool | int = False) -> Any:
        """Return what a comparison of operands sees, and keep it as a guard; a blank tape sees what is `known`."""
        if self.catching and len(operands) == 1 and comparison != "bool" and not (self.blank or self._closed):
            self._seen_finite(operands[0])
        try:
            seen = known if self.blank else COMPARISONS[comparison](*map(primal, operands))
        except (ValueError, ArithmeticError):
            if not self.catching:
                notice_raise()
            raise
        if not self._closed:
            codes = tuple([self.code(x) for x in operands])
            self.guards[self.step(GUARD, NONE, NONE, math.nan)] = Guard(comparison, codes, seen)
        return seen

    @property
    def closed(self) -> bool:
        """Whether the function has returned, so that nothing more may be recorded."""
        return self._closed

    @closed.setter
    def closed(self, closed: bool) -> None:
        self._closed = closed
        self.slow = closed or self.blank or self.catching

    def step(self, row: Row, x: Code, y: Code, z: float) -> int:
        """Append a step and return its place."""
        place = self.count
        if place == self.room:
            self.room = 2 * place or 16
            self.rows = native.ints(self.rows, self.room)
            self.left = native.longs(self.left, self.room)
            self.right = native.longs(self.right, self.room)
            self.values = native.doubles(self.values, self.room)
        self.rows[place] = row
        self.left[place] = x
        self.right[place] = y
        self.values[place] = z
        self.count = place + 1
        return place

    def constant(self, x: float) -> int:
        """Append a constant and return it as an operand; constants are not shared."""
        k = self.constant_count
        if k == self.constant_room:
            self.constant_room = 2 * k or 16
            self.constants = native.doubles(self.constants, self.constant_room)
        self.constants[k] = x
        self.constant_count = k + 1
        return -1 - k

    def code(self, x: Numbers) -> int:
        """Return anything as an operand."""
        if type(x) is Traced:
            number: Traced = x
            if number.tape is self:
                return number.place
        if type(x) is float:
            return self.constant(x)
        if isinstance(x, Carrier):
            self.carriers += 1
            code = self.constant(x.data if type(x) is not Traced else x._data)
        else:
            code = self.constant(float(x) if isinstance(x, Real) else math.nan)  # of an array
        self.foreign[~code] = x
        return code

    # ------------------------------------------------------------------------------------------ reading

    def __len__(self) -> int:
        return self.count

    def packed(self) -> tuple[bytes, ...]:
        """Return rows, both operands, operands of many, constants: as ints of C, long longs, and doubles."""
        n, many = self.count, self.many_count
        both = native.packed(self.left, 8 * n), native.packed(self.right, 8 * n)
        rest = native.packed(self.many, 8 * many), native.packed(self.constants, 8 * self.constant_count)
        return (native.packed(self.rows, 4 * n), *both, *rest)

    def owns(self, x: object) -> bool:
        """Return whether x is a number of this tape."""
        return type(x) is Traced and x.tape is self

    @property
    def steps(self) -> list[Any]:
        """Every traced number and guard, in order, made anew at each call."""
        found: list[Any] = []
        for place in range(self.count):
            guard = self.guards.get(place)
            if guard is None:
                found.append(_traced(self, place, self.values[place]))
            else:
                found.append(
                    Guard(guard.comparison, tuple([self.operand(code) for code in guard.operands]), guard.seen)
                )
        return found

    def operand(self, code: Code) -> Carried:
        """Return what an operand means: a traced number, or a constant."""
        if code >= 0:
            return _traced(self, code, self.values[code])
        return self.foreign[~code] if ~code in self.foreign else self.constants[~code]

    def number(self, place: Place) -> Numbers:
        """Return the number at a place, or the array."""
        return self.arrays[place] if place in self.arrays else self.values[place]

    def value(self, code: Code) -> Carried:
        """Return the constant, or the number at the place, that an operand means."""
        if code >= 0:
            return self.number(code)
        return primal(self.foreign[~code]) if ~code in self.foreign else self.constants[~code]

    def primitive(self, place: Place) -> Any:
        """Return what made the number at a place; None for inputs and guards."""
        row = self.rows[place]
        return NUMBERED[row & ~TOTAL] if row >= 0 else self.operations.get(place)

    def total(self, place: Place) -> bool:
        """Return whether a step was recorded from a rule, or as one that never raises."""
        row = self.rows[place]
        return bool(row >= TOTAL or row == OPERATION - TOTAL)

    def codes(self, place: Place) -> list[int]:
        """Return the operands of a step."""
        x, y = self.left[place], self.right[place]
        if NONE < y <= -_MANY:
            return [self.many[x + i] for i in range(-_MANY - y)]
        return [x] if y == NONE else [x, y]

    # ------------------------------------------------------------------------------------------ sweeping plain numbers

    @property
    def plain(self) -> bool:
        """Whether all of it is plain numbers, so that it can be swept here."""
        return not self.carriers and not self.arrays

    def linearize(self) -> None:
        """Compute the partials of all steps towards both operands, once."""
        if self.linear == self.count and self.count:
            return
        self.dx = native.doubles(self.dx, self.count)
        self.dy = native.doubles(self.dy, self.count)
        self.dmany = native.doubles(self.dmany, self.many_count + 1)
        for i in range(self.inputs, self.count):
            if self.rows[i] in (INPUT, GUARD):
                continue
            if NONE < self.right[i] <= -_MANY:
                self.partials_of_many(i)
                continue
            self.slopes(i)
            self.dx[i] = self.px
            self.dy[i] = self.py
        self.linear = self.count

    def slopes(self, i: Place) -> None:
        """Compute the partials of a step of one or two operands, into `px` and `py`."""
        row = self.rows[i] & ~TOTAL
        branch = _branches[row] if 0 <= row < _MOST else -9
        a = self.left[i]
        b = self.right[i]
        x = self.values[a] if a >= 0 else self.constants[-1 - a]
        y = 0.0 if b == NONE else self.values[b] if b >= 0 else self.constants[-1 - b]
        z = self.values[i]
        self.px = self.py = 0.0
        # fmt: off
        if branch == -1:  # with numbers as they are, this is a jump table in C
            pass
        # begin: written by `python -m autograd.primitives.write`
        elif branch == 0:  # add
            if a >= 0:
                self.px = 1.0
            if b >= 0:
                self.py = 1.0
        elif branch == 1:  # sub
            if a >= 0:
                self.px = 1.0
            if b >= 0:
                self.py = -1.0
        elif branch == 2:  # mul
            if a >= 0:
                self.px = y
            if b >= 0:
                self.py = x
        elif branch == 3:  # truediv
            try:
                if a >= 0:
                    self.px = 1.0 / y
                if b >= 0:
                    self.py = -(z / y)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 4:  # floordiv
            try:
                if a >= 0:
                    self.px = 0.0 * elementary.sign(z)
                if b >= 0:
                    self.py = 0.0 * elementary.sign(z)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 6:  # neg
            self.px = (-1.0) + 0.0 * elementary.sign(x)
        elif branch == 7:  # pos
            self.px = 1.0 + 0.0 * elementary.sign(x)
        elif branch == 8:  # abs
            self.px = elementary.sign(x)
        elif branch == 9:  # power
            try:
                if a >= 0:
                    self.px = known if (known := native.quick_monomial(y, x, y, 1, 0)) == known else partials.monomial(y, x, y, 1, 0)
                if b >= 0:
                    self.py = known if (known := native.quick_monomial(1.0, x, y, 0, 1)) == known else partials.monomial(1.0, x, y, 0, 1)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 11:  # sqrt
            try:
                self.px = 0.5 / (z + 0.0)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 13:  # exp
            try:
                self.px = z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 14:  # exp2
            try:
                self.px = 0.6931471805599453 * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 15:  # expm1
            try:
                self.px = native.exp(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 16:  # log
            try:
                self.px = 1.0 / (x + 0.0)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 17:  # log2
            try:
                self.px = 1.4426950408889634 / (x + 0.0)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 18:  # log10
            try:
                self.px = 0.4342944819032518 / (x + 0.0)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 19:  # log1p
            try:
                self.px = 1.0 / (1.0 + x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 20:  # log_base
            try:
                if a >= 0:
                    self.px = 1.0 / native.log(y) / x
                if b >= 0:
                    self.py = -(z / y) / native.log(y)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 24:  # sin
            try:
                self.px = native.cos(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 25:  # cos
            try:
                self.px = -native.sin(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 26:  # tan
            try:
                self.px = 1.0 + z * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 32:  # tanh
            self.px = elementary.tanh_slope(x)
        elif branch == 37:  # degrees
            self.px = 57.29577951308232 + 0.0 * elementary.sign(x)
        elif branch == 38:  # radians
            self.px = 0.017453292519943295 + 0.0 * elementary.sign(x)
        elif branch == 51:  # sigmoid
            self.px = elementary.sigmoid_slope(x)
        elif branch == 52:  # logsigmoid
            self.px = elementary.sigmoid(-x)
        elif branch == 53:  # softplus
            self.px = elementary.sigmoid(x)
        elif branch == 57:  # relu
            self.px = elementary.step(x)
        elif branch == 63:  # binary_cross_entropy_with_logits
            try:
                if a >= 0:
                    self.px = (1.0 - y) * elementary.sigmoid(x) - y * elementary.sigmoid(-x)
                if b >= 0:
                    self.py = -x
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 64:  # ceil
            try:
                self.px = 0.0 * elementary.sign(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 65:  # floor
            try:
                self.px = 0.0 * elementary.sign(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 66:  # trunc
            try:
                self.px = 0.0 * elementary.sign(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 67:  # rint
            try:
                self.px = 0.0 * elementary.sign(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 69:  # fabs
            self.px = elementary.sign(x)
        elif branch == 73:  # modf_frac
            try:
                self.px = 1.0 + 0.0 * x
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 74:  # modf_int
            try:
                self.px = 0.0 * elementary.sign(x)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 77:  # sign
            self.px = 0.0
        elif branch == 78:  # step
            self.px = 0.0
        elif branch == 93:  # tanh_slope
            try:
                self.px = (-2.0) * native.tanh(x) * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 94:  # sigmoid_slope
            try:
                self.px = -native.tanh(0.5 * x) * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 95:  # asin_slope
            try:
                self.px = x * z * z * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 96:  # acosh_slope
            try:
                self.px = -(x * z) * z * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 97:  # asinh_slope
            try:
                self.px = -(x * z) * z * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 98:  # atan_slope
            try:
                self.px = (-2.0) * (x * z) * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 99:  # atanh_slope
            try:
                self.px = 2.0 * (x * z) * z
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 100:  # cbrt_slope
            try:
                self.px = z / x / (-1.5)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 103:  # entr_slope
            try:
                self.px = (-1.0) / (x + 0.0)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 104:  # frexp_slope
            try:
                self.px = 0.0
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 105:  # silu_slope
            try:
                self.px = elementary.sigmoid_slope(x) * (2.0 - x * native.tanh(0.5 * x))
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 108:  # absorb
            if a >= 0:
                self.px = y
            if b >= 0:
                self.py = x
        elif branch == 109:  # times
            if a >= 0:
                self.px = y
            if b >= 0:
                self.py = x
        elif branch == 111:  # log_present
            try:
                if a >= 0:
                    self.px = 0.0
                if b >= 0:
                    self.py = 1.0 / y
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        elif branch == 112:  # log1p_present
            try:
                if a >= 0:
                    self.px = 0.0
                if b >= 0:
                    self.py = 1.0 / (1.0 + y)
            except (ValueError, ArithmeticError):
                self.partials_of(i)
        # end of what is written
        else:
            self.partials_of(i)
        # fmt: on

    def partials_of(self, place: int) -> None:
        """Compute the partials of a step by its row."""
        codes = self.codes(place)
        found = self._partials(place, codes)
        if codes[0] >= 0:
            self.px = found[0]
        if len(codes) > 1 and codes[1] >= 0:
            self.py = found[len(found) - 1]

    def partials_of_many(self, place: Place) -> object:
        """Compute the partials of a step of many operands."""
        start, n = self.left[place], -_MANY - self.right[place]
        if self.rows[place] == _SUMPROD:
            for i in range(n):
                j = start + (i + n // 2 if i < n // 2 else i - n // 2)
                code = self.many[j]
                self.dmany[start + i] = self.values[code] if code >= 0 else self.constants[-1 - code]
            return None
        if (self.rows[place] & ~TOTAL) == _MONOMIAL and self.partial_of_power(start):
            return None
        codes = self.codes(place)
        found = iter(self._partials(place, codes))
        for i in range(n):
            if codes[i] >= 0:
                self.dmany[start + i] = next(found)
        return None

    def partial_of_power(self, start: Place) -> bool:
        """Compute the partial of c * x**(y - k) towards x, where that is all and C is sure of it."""
        c = self.many[start]
        a = self.many[start + 1]
        b = self.many[start + 2]
        if c >= 0 or b >= 0 or a < 0:
            return False
        k = self.foreign[-1 - self.many[start + 3]]
        if self.foreign[-1 - self.many[start + 4]]:
            return False
        y = self.constants[-1 - b]
        x = native.quick_monomial(self.constants[-1 - c] * (y - k), self.values[a], y, k + 1, 0)
        self.dmany[start + 1] = x
        return x == x

    def _partials(self, place: int, codes: list[int]) -> Any:
        primitive = self.primitive(place)
        operands: list[Any] = [self.values[code] if code >= 0 else self.constants[-1 - code] for code in codes]
        wanted: list[int] = []
        for i, code in enumerate(codes):
            if code >= 0:
                wanted.append(i)
            elif ~code in self.foreign:
                operands[i] = self.value(code)
        return primitive.partials_at(self.values[place], primitive.numbers(operands), wanted)

    def pull(self, seeds: Iterable[tuple[Place, Carried]]) -> list[Any]:
        """Return the adjoints of the inputs, given (place, adjoint) of others. Cost: one sweep.

        An adjoint of exactly zero, and a partial of exactly zero, contribute nothing.
        """
        given = [(self._checked(place), float(seed)) for place, seed in seeds]
        if self.swept or self.custom:  # partials are kept for a second sweep; rules of the user's are run in order
            self.linearize()
        bars = native.zeros(self.count)
        for j in range(len(given)):
            bars[given[j][0]] += given[j][1]
        self.sweep(bars)
        return native.taken(bars, self.inputs)

    def gradient(self, place: Place) -> list[Any]:
        """Return the derivatives of the number at a place towards the inputs."""
        if self.swept or self.custom:
            self.linearize()
        bars = native.zeros(self.count)
        bars[place] = 1.0
        self.sweep(bars)
        return native.taken(bars, self.inputs)

    def sweep(self, bars: Doubles) -> None:
        """Carry adjoints back to the inputs; partials that are not known yet are computed where they are needed."""
        known = self.linear == self.count
        self.swept = True
        if not known and self.many_count:
            self.dmany = native.doubles(self.dmany, self.many_count + 1)
        for i in range(self.count - 1, self.inputs - 1, -1):
            adjoint = bars[i]
            if adjoint == 0.0 or self.rows[i] in (INPUT, GUARD):
                continue
            a = self.left[i]
            b = self.right[i]
            if NONE < b <= -_MANY:
                if not known:
                    self.partials_of_many(i)
                for j in range(a, a - _MANY - b):
                    if self.many[j] >= 0 and self.dmany[j] != 0.0:
                        product = adjoint * self.dmany[j]
                        if product != 0.0:
                            bars[self.many[j]] += product
                continue
            if known:
                dx = self.dx[i]
                dy = self.dy[i]
            else:
                self.slopes(i)
                dx = self.px
                dy = self.py
            if a >= 0 and dx != 0.0:
                product = adjoint * dx
                if product != 0.0:
                    bars[a] += product
            if b >= 0 and dy != 0.0:
                product = adjoint * dy
                if product != 0.0:
                    bars[b] += product

    def push(self, tangents: Iterable[Carried], wanted: Iterable[Place]) -> Sequence[float]:
        """Return the tangents of the wanted places, given those of the inputs. Cost: one sweep."""
        self.linearize()
        given = [float(tangent) for tangent in tangents]
        if len(given) != self.inputs:
            raise ValueError(f"push: {len(given)} tangents for {self.inputs} inputs; give one for each")
        dots = native.zeros(self.count)
        for j in range(len(given)):
            dots[j] = given[j]
        for i in range(self.inputs, self.count):
            a = self.left[i]
            b = self.right[i]
            total = 0.0
            if NONE < b <= -_MANY:
                n = -_MANY - b
                for j in range(a, a + n):
                    if self.many[j] >= 0 and self.dmany[j] != 0.0 and dots[self.many[j]] != 0.0:
                        total += dots[self.many[j]] * self.dmany[j]
            else:
                if a >= 0 and self.dx[i] != 0.0 and dots[a] != 0.0:
                    total += dots[a] * self.dx[i]
                if b >= 0 and self.dy[i] != 0.0 and dots[b] != 0.0:
                    total += dots[b] * self.dy[i]
            dots[i] = total
        try:
            return [dots[place] for place in wanted]
        finally:
            native.release(dots)

    def _checked(self, place: Place) -> int:
        if not 0 <= place < self.count:
            raise IndexError(f"place {place} is not on this tape")
        return place

    def __dealloc__(self) -> None:
        native.release(self.rows)
        native.release(self.left)
        native.release(self.right)
        native.release(self.many)
        native.release(self.values)
        native.release(self.constants)
        native.release(self.dx)
        native.release(self.dy)
        native.release(self.dmany)


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Traced(StandIn):
    """A number on a tape: its place, and what it is now."""

    __slots__ = ("_data", "place", "tape", "whole")
    rank = 5

    def __init__(self, tape: Tape, place: int, data: float) -> None:
        self.tape = tape
        self.place = place
        self._data = data
        self.whole = False  # an int was given for it, and it may be used as one

    @property
    def data(self) -> float:
        """The number itself; a constant, as far as derivatives are concerned."""
        return self._escape(".data")

    @property
    def primitive(self) -> Any:
        """What it was made with; None for an input."""
        return self.tape.primitive(self.place)

    @property
    def operands(self) -> tuple[Any, ...]:
        """What it was made of, constants and numbers of other tapes included."""
        if self.tape.primitive(self.place) is None:
            return ()
        return tuple([self.tape.operand(code) for code in self.tape.codes(self.place)])

    @property
    def total(self) -> bool:
        """Whether it was recorded from a rule, and so never raises."""
        return self.tape.total(self.place)

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Carried:
        return innermost(operands).record(primitive, operands)

    @classmethod
    def applied(cls, primitive: Primitive, operands: tuple[Any, ...], value: float) -> Carried:
        tape = innermost(operands)
        if tape.blank or tape.closed or totally.get():
            return tape.record(primitive, operands)
        return tape.append(value, primitive, operands, False)

    def __hash__(self) -> int:  # with the comparisons, where C looks for it
        return self._hash()

    def __lt__(self, other: Carried) -> Any:
        return _compared("<", self, other)

    def __le__(self, other: Carried) -> Any:
        return _compared("<=", self, other)

    def __gt__(self, other: Carried) -> Any:
        return _compared(">", self, other)

    def __ge__(self, other: Carried) -> Any:
        return _compared(">=", self, other)

    def __eq__(self, other: Carried) -> Any:
        return _compared("==", self, other)

    def __ne__(self, other: Carried) -> Any:
        same = _compared("==", self, other)
        return same if same is NotImplemented else not same

    def __bool__(self) -> bool:
        return self.tape.observe("bool", (self,))  # type: ignore[no-any-return]

    def __floor__(self) -> int:
        return self.tape.observe("floor", (self,))  # type: ignore[no-any-return]

    def __ceil__(self) -> int:
        return self.tape.observe("ceil", (self,))  # type: ignore[no-any-return]

    def __trunc__(self) -> int:
        return self.tape.observe("trunc", (self,))  # type: ignore[no-any-return]

    def exponent(self) -> int:
        """Return the e of `math.frexp`."""
        return self.tape.observe("exponent", (self,))  # type: ignore[no-any-return]

    def __round__(self, digits: SupportsIndex | None = None) -> Carried:
        return (
            self.tape.observe("round", (self,))
            if digits is None
            else self.apply(table.round_to, (self, operator.index(digits)))
        )

    # fmt: off
    # begin: written by `python -m autograd.primitives.write`
    def __add__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.add, self, other)
        x = self._data
        if kind is Traced:
            that: Traced = other
            if that.tape is not tape:
                return _mixed(table.add, self, other)
            y = that._data
            z = x + y
            return _traced(tape, tape.step(_ADD, self.place, that.place, z), z)
        y = float(other)
        z = x + y
        return _traced(tape, tape.step(_ADD, self.place, tape.constant(y), z), z)

    def __radd__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.add, other, self)
        x, y = float(other), self._data
        z = x + y
        return _traced(tape, tape.step(_ADD, tape.constant(x), self.place, z), z)

    def __sub__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.sub, self, other)
        x = self._data
        if kind is Traced:
            that: Traced = other
            if that.tape is not tape:
                return _mixed(table.sub, self, other)
            y = that._data
            z = x - y
            return _traced(tape, tape.step(_SUB, self.place, that.place, z), z)
        y = float(other)
        z = x - y
        return _traced(tape, tape.step(_SUB, self.place, tape.constant(y), z), z)

    def __rsub__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.sub, other, self)
        x, y = float(other), self._data
        z = x - y
        return _traced(tape, tape.step(_SUB, tape.constant(x), self.place, z), z)

    def __mul__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.mul, self, other)
        x = self._data
        if kind is Traced:
            that: Traced = other
            if that.tape is not tape:
                return _mixed(table.mul, self, other)
            y = that._data
            z = x * y
            return _traced(tape, tape.step(_MUL, self.place, that.place, z), z)
        y = float(other)
        z = x * y
        return _traced(tape, tape.step(_MUL, self.place, tape.constant(y), z), z)

    def __rmul__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.mul, other, self)
        x, y = float(other), self._data
        z = x * y
        return _traced(tape, tape.step(_MUL, tape.constant(x), self.place, z), z)

    def __truediv__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.truediv, self, other)
        x = self._data
        try:
            if kind is Traced:
                that: Traced = other
                if that.tape is not tape:
                    return _mixed(table.truediv, self, other)
                y = that._data
                z = x / y
                return _traced(tape, tape.step(_TRUEDIV, self.place, that.place, z), z)
            y = float(other)
            z = x / y
            return _traced(tape, tape.step(_TRUEDIV, self.place, tape.constant(y), z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.truediv, self, other)

    def __rtruediv__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.truediv, other, self)
        try:
            x, y = float(other), self._data
            z = x / y
            return _traced(tape, tape.step(_TRUEDIV, tape.constant(x), self.place, z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.truediv, other, self)

    def __neg__(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.neg, (self,))
        x = self._data
        z = -x
        return _traced(tape, tape.step(_NEG, self.place, NONE, z), z)

    def __pow__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.power, self, other)
        x = self._data
        try:
            if kind is Traced:
                that: Traced = other
                if that.tape is not tape:
                    return _mixed(table.power, self, other)
                y = that._data
                z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
                return _traced(tape, tape.step(_POWER, self.place, that.place, z), z)
            y = float(other)
            z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
            return _traced(tape, tape.step(_POWER, self.place, tape.constant(y), z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.power, self, other)

    def __rpow__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.power, other, self)
        try:
            x, y = float(other), self._data
            z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
            return _traced(tape, tape.step(_POWER, tape.constant(x), self.place, z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.power, other, self)

    def sqrt(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.sqrt, (self,))
        x = self._data
        try:
            z = native.sqrt(x)
            return _traced(tape, tape.step(_SQRT, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.sqrt, (self,))

    def exp(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.exp, (self,))
        x = self._data
        try:
            z = native.exp(x)
            return _traced(tape, tape.step(_EXP, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.exp, (self,))

    def log(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.log, (self,))
        x = self._data
        try:
            z = native.log(x)
            return _traced(tape, tape.step(_LOG, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.log, (self,))

    def sin(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.sin, (self,))
        x = self._data
        try:
            z = native.sin(x)
            return _traced(tape, tape.step(_SIN, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.sin, (self,))

    def cos(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.cos, (self,))
        x = self._data
        try:
            z = native.cos(x)
            return _traced(tape, tape.step(_COS, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.cos, (self,))

    def tanh(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.tanh, (self,))
        x = self._data
        z = native.tanh(x)
        return _traced(tape, tape.step(_TANH, self.place, NONE, z), z)

    def sigmoid(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.sigmoid, (self,))
        x = self._data
        z = elementary.sigmoid(x)
        return _traced(tape, tape.step(_SIGMOID, self.place, NONE, z), z)

    def softplus(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.softplus, (self,))
        x = self._data
        z = elementary.softplus(x)
        return _traced(tape, tape.step(_SOFTPLUS, self.place, NONE, z), z)

    def relu(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.relu, (self,))
        x = self._data
        z = elementary.relu(x)
        return _traced(tape, tape.step(_RELU, self.place, NONE, z), z)
    # end of what is written
    # fmt: on


def _traced(tape: Any, place: Place, data: float) -> Traced:
    number: Traced = native.made(Traced)
    number.tape = tape
    number.place = place
    number._data = data
    number.whole = False
    return number


def innermost(operands: Sequence[Any]) -> Tape:
    """Return the tape of the highest level among the operands'."""
    found: Any = None
    for x in operands:
        if type(x) is Traced:
            number: Traced = x
            if found is None or number.tape.level > found.level:
                found = number.tape
    return found  # type: ignore[no-any-return]


def _compared(comparison: str, x: Carried, y: Carried) -> Any:
    if isinstance(y, Carrier) or isinstance(y, Real):  # noqa: SIM101  # Cython checks no tuple
        return innermost((x, y)).observe(comparison, (x, y))
    return NotImplemented


_nowhere = Tape()  # of numbers that are gone
_nowhere.closed = True
native.pooled(Traced, _nowhere)
for _row in NUMBERED:
    if len(_row.operand_names) == 1 and _row.name in vars(Traced):
        _row.methods[Traced] = vars(Traced)[_row.name]
