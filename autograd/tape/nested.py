# cython: boundscheck=False, wraparound=False
"""A tape whose inputs are numbers of one tape around it, gone through again and swept on that one, in the core.

It appends to the tape around what `sweeps.primals`, `pull` and `push` append, which define it: each rule is recorded
once, as a fragment, and its steps are copied from then on. This file is compiled as value.py is; the pure core leaves
it all to sweeps.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.floats import native
from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.operation import Carried, Code, Place, Row
from autograd.tape import fragments, values
from autograd.tape.tape import Tape, Traced, innermost

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

NONE, MANY, TOTAL = -(1 << 62), 1 << 61, 1 << 30  # as in tape.py
_ADD, _TIMES, _MONOMIAL = table.add.number, table.times.number, table.monomial.number
NAN = float("nan")
ABSENT, FLOAT = -2, -1  # in the place of a place on the tape around


def nested(tape: Tape, inputs: Sequence[Number]) -> Nested | None:
    """Return the tape on the numbers of the one around it; None where that is left to sweeps.py.

    So are operations and primitives of the user's, arrays, and numbers of more than one tape, or Values.
    """
    if not cython.compiled or tape.custom or tape.operations or tape.arrays:
        return None
    carriers = [x for x in (*inputs, *tape.foreign.values()) if isinstance(x, Carrier)]
    if not carriers or any([type(x) is not Traced for x in carriers]):
        return None
    outer: Tape = innermost(carriers)
    for x in carriers:
        if not outer.owns(x):
            return None
    if outer.closed or outer.arrays or outer is tape:
        return None
    return Nested(tape, outer, list(inputs))


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Nested:
    """What every step of a tape is on the tape around it, and the sweeps over that."""

    def __init__(self, tape: Tape, outer: Tape, inputs: list[Any]) -> None:
        self.inner = tape
        self.outer = outer
        if not cython.compiled:
            none: Any = ()
            self.places = self.known = self.left = self.right = self.dx = self.dy = self.bars = self.numbers = none
            self.place = self.data = self.found = self.plain = self.three = none  # of a fragment on its way
        self.many: dict[int, Any] = {}  # partials of many operands
        self.begin(inputs)

    def begin(self, inputs: Sequence[Carried]) -> object:
        """Go through the tape, on these inputs."""
        n = self.inner.count
        self.places = native.longs(self.places, n + 1)  # on the tape around; FLOAT for what is a plain number there
        self.known = native.longs(self.known, n + 1)  # whether the partials are
        self.left = native.longs(self.left, n + 1)  # partials: places on the tape around, or FLOAT
        self.right = native.longs(self.right, n + 1)
        self.dx = native.doubles(self.dx, n + 1)  # partials that are plain numbers
        self.dy = native.doubles(self.dy, n + 1)
        for i in range(n):
            self.known[i] = 0
            self.places[i] = FLOAT
        for i in range(len(inputs)):
            if type(inputs[i]) is Traced:
                number: Traced = inputs[i]
                self.places[i] = number.place
        for i in range(len(inputs), n):
            self.replay(i)
        return None

    def code(self, operand: Code) -> int:
        """Return the place on the tape around of an operand of the tape; FLOAT for a plain number."""
        if operand >= 0:
            return self.places[operand]  # type: ignore[no-any-return]
        if self.inner.foreign:
            found = self.inner.foreign.get(~operand)
            if type(found) is Traced:
                number: Traced = found
                return number.place
        return FLOAT

    def constant(self, operand: Code) -> int:
        """Return an operand that is a plain number as a new constant of the tape around."""
        if operand >= 0:
            return self.outer.constant(self.inner.values[operand])
        if self.inner.foreign and ~operand in self.inner.foreign:
            return self.outer.code(self.inner.foreign[~operand])
        return self.outer.constant(self.inner.constants[-1 - operand])

    def replay(self, i: Place) -> object:
        """Append a step to the tape around, unless all of it is plain numbers."""
        row = self.inner.rows[i]
        a = self.inner.left[i]
        b = self.inner.right[i]
        if row < 0:
            if row == -2:  # a guard
                self.observe(i)
            return None
        z = NAN if self.outer.blank else self.inner.values[i]
        if b == NONE:
            p = self.code(a)
            if p >= 0:
                self.places[i] = self.outer.step(row, p, NONE, z)
        elif b > -MANY:
            p = self.code(a)
            q = self.code(b)
            if p >= 0 or q >= 0:
                if p < 0:
                    p = self.constant(a)
                if q < 0:
                    q = self.constant(b)
                self.places[i] = self.outer.step(row, p, q, z)
        else:
            codes = [self.inner.many[j] for j in range(a, a - MANY - b)]
            if any([self.code(code) >= 0 for code in codes]):
                given = [self.code(code) if self.code(code) >= 0 else self.constant(code) for code in codes]
                self.places[i] = self.outer.step(row, self.outer.many_count, b, z)
                self.outer.extend(given)
        return None

    def observe(self, i: Place) -> object:
        """Let the tape around keep a guard, if numbers of its own are compared."""
        guard = self.inner.guards[i]
        operands = tuple([self.operand(code) for code in guard.operands])
        if any([type(x) is Traced for x in operands]):
            self.outer.observe(guard.comparison, operands, guard.seen)
        return None

    def operand(self, code: Code) -> Carried:
        """Return an operand of the tape as a number."""
        return self.number(code) if code >= 0 else self.inner.operand(code)

    def number(self, place: Place) -> Carried:
        """Return the number of the tape around, or the plain number, that a place of the tape is."""
        return self.outer.operand(self.places[place]) if self.places[place] >= 0 else self.inner.values[place]

    # ------------------------------------------------------------------------------------------ partials

    def partials(self, i: Place) -> object:
        """Find the partials of a step, once."""
        if self.known[i]:
            return None
        self.known[i] = 1
        row = self.inner.rows[i] & ~TOTAL
        a = self.inner.left[i]
        b = self.inner.right[i]
        self.left[i] = self.right[i] = FLOAT
        if NONE < b <= -MANY:
            if row == _MONOMIAL and self.places[i] >= 0 and not self.inner.custom:
                self.many[i] = self.of_power(i, a)
                return None
            codes = [self.inner.many[j] for j in range(a, a - MANY - b)]
            self.many[i] = dict(zip([k for k in range(len(codes)) if codes[k] >= 0], self.rules(i, codes), strict=True))
            return None
        if self.places[i] < 0:
            self.inner.slopes(i)
            self.dx[i] = self.inner.px
            self.dy[i] = self.inner.py
            return None
        first = fragments.fragment(row, 0)
        second = None if b == NONE else fragments.fragment(row, 1)
        if first is None or (b != NONE and second is None) or not self.instances(i, a, b, first, second):
            codes = [a] if b == NONE else [a, b]
            found = iter(self.rules(i, codes))
            if a >= 0:
                self.left[i], self.dx[i] = self.parted(next(found))
            if b >= 0:
                self.right[i], self.dy[i] = self.parted(next(found))
        return None

    def of_power(self, i: Place, start: Place) -> Any:
        """Return the partials of a derivative of a power, by the positions of its operands on the tape."""
        k, n = [self.inner.foreign[-1 - self.inner.many[start + j]] for j in (3, 4)]
        found: dict[int, Any] = {}
        for position in range(3):
            if self.inner.many[start + position] < 0:
                continue
            self.place[0] = self.places[i]
            self.data[0] = self.inner.values[i]
            for j in range(3):
                code = self.inner.many[start + j]
                self.place[j + 1] = self.code(code)
                self.data[j + 1] = self.inner.values[code] if code >= 0 else self.inner.constants[-1 - code]
            if not self.instance(fragments.fragment_of_power(position, k, n)):
                codes = [self.inner.many[j] for j in range(start, start + 5)]
                return dict(zip([j for j in range(5) if codes[j] >= 0], self.rules(i, codes), strict=True))
            found[position] = self.outer.operand(self.found) if self.found >= 0 else self.plain
        return found

    def instances(self, i: Place, a: Code, b: Code, first: Any, second: Any) -> bool:
        """Instantiate the fragments of a step; return False where a rule must say what plain numbers raise."""
        self.place[0] = self.places[i]
        self.data[0] = self.inner.values[i]
        self.place[1] = self.code(a)
        self.data[1] = self.inner.values[a] if a >= 0 else self.inner.constants[-1 - a]
        if b != NONE:
            self.place[2] = self.code(b)
            self.data[2] = self.inner.values[b] if b >= 0 else self.inner.constants[-1 - b]
        if a >= 0:
            if not self.instance(first):
                return False
            self.left[i] = self.found
            self.dx[i] = self.plain
        if b >= 0:
            if not self.instance(second):
                return False
            self.right[i] = self.found
            self.dy[i] = self.plain
        return True

    def instance(self, rule: fragments.Fragment) -> bool:
        """Append the steps of a fragment on what `place` and `data` say of (z, x, y), into `found` and `plain`."""
        tape = rule.tape
        for j in range(tape.inputs, tape.count):
            row = tape.rows[j]
            a = tape.left[j]
            b = tape.right[j]
            if NONE < b <= -MANY:
                if not (self.power(tape, j) or self.wide(tape, j)):
                    return False
                continue
            p = self.place[a] if a >= 0 else FLOAT
            x = self.data[a] if a >= 0 else tape.constants[-1 - a]
            q = self.place[b] if b >= 0 else FLOAT
            y = 0.0 if b == NONE else self.data[b] if b >= 0 else tape.constants[-1 - b]
            if rule.wide or (p < 0 and q < 0):
                self.data[j] = NAN if rule.wide else values.value_of(row & ~TOTAL, x, y)
                self.place[j] = FLOAT
                if self.data[j] - self.data[j] != 0.0 and not self.wide(tape, j):
                    return False
                continue
            self.data[j] = z = NAN if self.outer.blank else values.value_of(row & ~TOTAL, x, y)
            if p < 0:
                p = self.outer.constant(x)
            if b != NONE and q < 0:
                q = self.outer.constant(y)
            self.place[j] = self.outer.step(row, p, NONE if b == NONE else q, z)
        if rule.place >= 0:
            self.found = self.place[rule.place]
            self.plain = self.data[rule.place]
        else:
            self.found = FLOAT
            self.plain = rule.number
        return True

    def power(self, tape: Tape, j: Place) -> bool:
        """Append a step of a fragment that is a derivative of a power; return False unless C is sure of it."""
        a = tape.left[j]
        if (tape.rows[j] & ~TOTAL) != _MONOMIAL:
            return False
        carried = False
        for i in range(3):
            code = tape.many[a + i]
            carried = carried or (code >= 0 and self.place[code] >= 0)
            self.three[i] = self.data[code] if code >= 0 else tape.constants[-1 - code]
        k = tape.foreign[-1 - tape.many[a + 3]]
        n = tape.foreign[-1 - tape.many[a + 4]]
        z = native.quick_monomial(self.three[0], self.three[1], self.three[2], k, n)
        if not carried or (z != z and not self.outer.blank):
            return False
        codes: list[Any] = []
        for i in range(3):
            code = tape.many[a + i]
            at = self.place[code] if code >= 0 else FLOAT
            codes.append(at if at >= 0 else self.outer.constant(self.three[i]))
        codes.append(self.outer.code(k))
        codes.append(self.outer.code(n))
        self.data[j] = z
        self.place[j] = self.outer.step(_MONOMIAL + TOTAL, self.outer.many_count, tape.right[j], z)
        self.outer.extend(codes)
        return True

    def wide(self, tape: Tape, j: Place) -> bool:
        """Append one step of a fragment that has many operands, or parameters, or plain numbers alone."""
        operands: list[Any] = []
        carried = False
        for code in tape.codes(j):
            if code < 0:
                operands.append(tape.operand(code))
            elif self.place[code] >= 0:
                operands.append(self.outer.operand(self.place[code]))
                carried = True
            else:
                operands.append(self.data[code])
        try:
            if carried:
                with totally.within(True):
                    made: Traced = tape.primitive(j)(*operands)
                self.place[j] = made.place
                self.data[j] = made._data
            else:
                self.data[j] = tape.primitive(j).plainly(operands)
                self.place[j] = FLOAT
        except (ValueError, ArithmeticError):
            return False
        return True

    def rules(self, i: Place, codes: Sequence[Code]) -> Any:
        """Return the partials of a step towards its operands on the tape, as the rules of its row give them."""
        primitive = self.inner.primitive(i)
        z = self.number(i)
        xs = [self.operand(code) for code in codes]
        wanted = [k for k, code in enumerate(codes) if code >= 0]
        if type(z) is not Traced:
            return primitive.partials_at(z, primitive.numbers(xs), wanted)
        with totally.within(True):
            return primitive.rules(z, xs, wanted)

    def parted(self, x: Carried) -> tuple[int, float]:
        """Return (place on the tape around or FLOAT, number) of a number."""
        return (x.place, 0.0) if type(x) is Traced else (FLOAT, float(x))

    # ------------------------------------------------------------------------------------------ sweeps

    def takes(self, numbers: Iterable[Any]) -> bool:
        """Return whether these may be seeds: floats, or numbers of the tape around."""
        return not self.outer.closed and all([type(x) is float or self.outer.owns(x) for x in numbers])

    def recorded(self, row: Row, p: Code, x: float, q: Code, y: float) -> int:
        """Return the place of a new step of the tape around, of two operands."""
        x = self.outer.values[p] if p >= 0 else x
        y = self.outer.values[q] if q >= 0 else y
        z = NAN if self.outer.blank else values.value_of(row, x, y)
        if p < 0:
            p = self.outer.constant(x)
        if q < 0:
            q = self.outer.constant(y)
        return self.outer.step(row + TOTAL, p, q, z)

    def send(self, i: Place, k: Place, p: Code, d: float) -> object:
        """Add the product of what `bars` has for place i with a partial (p, d) to what it has for place k."""
        code = self.bars[i]
        x = self.numbers[i]
        if (code < 0 and x == 0.0) or (p < 0 and d == 0.0):
            return None
        if code < 0 and p < 0:
            x = x * d
            if x == 0.0:
                return None
        else:
            code = self.recorded(_TIMES, code, x, p, d)
        self.add(k, code, x)
        return None

    def add(self, k: Place, code: Code, x: float) -> object:
        """Add a number to what `bars` has for place k."""
        known = self.bars[k]
        if known == ABSENT:
            self.bars[k] = code
            self.numbers[k] = x
        elif known < 0 and code < 0:
            self.numbers[k] += x
        else:
            self.bars[k] = self.recorded(_ADD, known, self.numbers[k], code, x)
        return None

    def start(self, seeds: Sequence[tuple[Place, Carried]]) -> object:
        """Begin a sweep with these (place, number)."""
        self.bars = native.longs(self.bars, self.inner.count + 1)
        self.numbers = native.doubles(self.numbers, self.inner.count + 1)
        for i in range(self.inner.count):
            self.bars[i] = ABSENT
            self.numbers[i] = 0.0
        for i in range(len(seeds)):
            code, x = self.parted(seeds[i][1])
            self.add(seeds[i][0], code, x)
        return None

    def swept(self, i: Place) -> Carried:
        """Return what a sweep has found for a place; 0.0 where nothing came."""
        code = self.bars[i]
        return self.outer.operand(code) if code >= 0 else 0.0 if code == ABSENT else self.numbers[i]

    def pull(self, seeds: Sequence[tuple[Place, Carried]]) -> list[Any]:
        """Return the adjoints of the inputs, given (place, adjoint) of others; see `sweeps.pull`."""
        self.start(seeds)
        for i in range(self.inner.count - 1, self.inner.inputs - 1, -1):
            if self.bars[i] == ABSENT or self.inner.rows[i] < 0:
                continue
            self.partials(i)
            a = self.inner.left[i]
            b = self.inner.right[i]
            if NONE < b <= -MANY:
                for k, partial in self.many[i].items():
                    code, x = self.parted(partial)
                    self.send(i, self.inner.many[a + k], code, x)
                continue
            if a >= 0:
                self.send(i, a, self.left[i], self.dx[i])
            if b >= 0:
                self.send(i, b, self.right[i], self.dy[i])
        return [self.swept(i) for i in range(self.inner.inputs)]

    def push(self, tangents: Iterable[Carried], wanted: Iterable[Place]) -> list[Any]:
        """Return the tangents of the wanted places, given those of the inputs; see `sweeps.push`."""
        self.start(list(enumerate(tangents)))
        for i in range(self.inner.inputs, self.inner.count):
            if self.inner.rows[i] < 0:
                continue
            a = self.inner.left[i]
            b = self.inner.right[i]
            if NONE < b <= -MANY:
                codes = [self.inner.many[j] for j in range(a, a - MANY - b)]
                if any([code >= 0 and self.bars[code] != ABSENT for code in codes]):
                    self.partials(i)
                    for k, partial in self.many[i].items():
                        if self.bars[codes[k]] != ABSENT:
                            code, x = self.parted(partial)
                            self.send(codes[k], i, code, x)
                continue
            if (a >= 0 and self.bars[a] != ABSENT) or (b >= 0 and self.bars[b] != ABSENT):
                self.partials(i)
                if a >= 0 and self.bars[a] != ABSENT:
                    self.send(a, i, self.left[i], self.dx[i])
                if b >= 0 and self.bars[b] != ABSENT:
                    self.send(b, i, self.right[i], self.dy[i])
        return [self.swept(i) for i in wanted]

    def __dealloc__(self) -> None:
        native.release(self.places)
        native.release(self.known)
        native.release(self.left)
        native.release(self.right)
        native.release(self.dx)
        native.release(self.dy)
        native.release(self.bars)
        native.release(self.numbers)
