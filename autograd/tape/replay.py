# cython: boundscheck=False, wraparound=False, cdivision=True
"""`Replay`: a finished tape of rows of the table, run again on other numbers, in the core.

It is what a jitted function runs before anything is compiled: no text is written and no object is made for a step, and
its bits are those of the rows. Where C gives no finite number and the row may raise, the row itself is asked. This file
is compiled as value.py is; the pure core has Python source in its stead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Carried, Code, Doubles, Place
from autograd.primitives.primitive import NUMBERED
from autograd.tape import values
from autograd.tape.guards import COMPARISONS, Guard
from autograd.tape.runs import Runs, Steps
from autograd.tape.tape import Tape, Traced

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

NONE, MANY, TOTAL = -(1 << 62), 1 << 61, 1 << 30  # as in tape.py
NAN = float("nan")
CHECKED, LOOK, ASK = 8192, 2000, 3000  # added to a branch that may raise; a guard; a row that is asked always
POWER = 3001  # a derivative of a power
NARROW, WIDE = 2, 8  # steps of a run, on average
PAYS = 32  # calls, after which equal steps are shared and sorted
_ADD, _TIMES, _MONOMIAL = table.add.number, table.times.number, table.monomial.number
LOOKS = ("<", "<=", ">", ">=", "==", "bool")  # guards that C sees
if not cython.compiled:
    _branches: Any = ()
_branches = native.ints(_branches, len(NUMBERED))
for _row in range(len(NUMBERED)):
    _branches[_row] = values.branch_of(_row) if NUMBERED[_row].partials else -9


def replayable(tape: Tape, outputs: Sequence[object]) -> bool:
    """Return whether a `Replay` can run a tape to these outputs: rows of the table on numbers, no numbers of others."""
    if not cython.compiled or tape.carriers or tape.arrays or tape.operations or tape.custom or tape.blank:
        return False
    if len(tape) >= 1 << 29:  # cells are ints
        return False
    whole = [type(x) is int and abs(x) <= 1 << 53 for x in tape.foreign.values()]
    return all(whole) and all([type(y) is float or tape.owns(y) for y in outputs])


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Replay:
    """The steps of a tape that are needed, as flat arrays: cells of constants, of inputs, and of steps, in order.

    `miss` makes what is returned where a guard does not hold, of its place among all guards and what was seen; `other`
    is called in place of this for numbers that are no floats.
    """

    def __init__(self, tape: Tape, outputs: list[Any], miss: Callable[..., Any], other: Callable[..., Any]) -> None:
        self.miss, self.other = miss, other
        self.seen: Any = None
        self.busy = False
        self.runs: Any = None
        self.calls = 0
        self.narrow = False  # whether most runs are of one step, and so cost more than steps in order
        self.guards: dict[int, Any] = {}  # by the place of a step
        self.many: dict[int, Any] = {}  # cells of a step's operands, where there are more than two
        self.whole: dict[int, int] = {}  # cells of constants that are ints
        if not cython.compiled:
            none: Any = ()
            self.codes = self.rows = self.left = self.right = self.cells = self.results = self.places = none
            self.unsigned = none
        self.build(tape, outputs)

    def build(self, tape: Tape, outputs: Sequence[Carried]) -> object:
        """Choose the steps that are needed, and give everything a cell."""
        n = tape.count
        self.inputs = tape.inputs
        self.first = tape.constant_count + tape.inputs
        self.places = native.longs(self.places, n + 1)  # by place on the tape: its cell; -1 where it is not needed
        for i in range(n):
            self.places[i] = tape.constant_count + i if i < tape.inputs else -1
        for y in outputs:
            if type(y) is Traced:
                number: Traced = y
                if number.place >= tape.inputs:
                    self.places[number.place] = 0
        self.mark(tape)
        self.fill(tape)
        self.results = native.longs(self.results, len(outputs) + 1)
        self.width = len(outputs)
        self.cells = native.doubles(self.cells, self.first + self.count + len(outputs) + 1)
        for i in range(tape.constant_count):
            self.cells[i] = tape.constants[i]
        for i in range(len(outputs)):  # plain numbers among the outputs stand behind all steps
            y = outputs[i]
            self.results[i] = self.first + self.count + i
            if type(y) is Traced:
                number = y
                self.results[i] = self.places[number.place]
            else:
                self.cells[self.first + self.count + i] = y
        for k, x in tape.foreign.items():
            self.whole[k] = x
        return None

    def mark(self, tape: Tape) -> object:
        """Mark guards, what may raise, and what these and the outputs are made of."""
        for i in range(tape.count - 1, tape.inputs - 1, -1):
            row = tape.rows[i]
            if row == -2:
                self.places[i] = 0
                for code in tape.guards[i].operands:
                    self.need(tape, code)
            elif self.places[i] == 0 or (row < TOTAL and NUMBERED[row].raises):
                self.places[i] = 0
                a = tape.left[i]
                b = tape.right[i]
                if NONE < b <= -MANY:
                    for j in range(a, a - MANY - b):
                        self.need(tape, tape.many[j])
                else:
                    self.need(tape, a)
                    if b != NONE:
                        self.need(tape, b)
        return None

    def need(self, tape: Tape, code: Code) -> object:
        """Mark the place of an operand as needed."""
        if code >= tape.inputs:
            self.places[code] = 0
        return None

    def cell(self, tape: Tape, code: Code) -> int:
        """Return the cell of an operand."""
        return self.places[code] if code >= 0 else -1 - code

    def fill(self, tape: Tape) -> object:
        """Write down the steps that are needed, and count them."""
        n = tape.count
        self.codes = native.ints(self.codes, n + 1)
        self.rows = native.ints(self.rows, n + 1)
        self.left = native.ints(self.left, n + 1)
        self.right = native.ints(self.right, n + 1)
        self.unsigned = native.ints(self.unsigned, n + 1)  # by place: whether the number is never -0.0
        self.count = 0
        for i in range(n):
            self.unsigned[i] = 0
            if i < tape.inputs or self.places[i] < 0 or self.same(tape, i):
                continue
            j = self.count
            row = tape.rows[i]
            self.rows[j] = row
            self.left[j] = self.right[j] = 0
            if row == -2:
                self.codes[j] = self.looking(j, tape.guards[i], tape)
            else:
                a = tape.left[i]
                b = tape.right[i]
                branch = _branches[row & ~TOTAL]
                if NONE < b <= -MANY:
                    self.many[j] = [self.cell(tape, tape.many[k]) for k in range(a, a - MANY - b)]
                    branch = POWER if (row & ~TOTAL) == _MONOMIAL else ASK
                else:
                    self.left[j] = self.cell(tape, a)
                    self.right[j] = self.left[j] if b == NONE else self.cell(tape, b)
                    if branch < 0:
                        self.many[j] = [self.left[j]] if b == NONE else [self.left[j], self.right[j]]
                        branch = ASK
                self.codes[j] = branch
                if branch < ASK and row < TOTAL and NUMBERED[row].raises:
                    self.codes[j] = branch + CHECKED
            self.places[i] = self.first + j
            self.count = j + 1
        return None

    def same(self, tape: Tape, i: Place) -> bool:
        """Return whether a step gives an operand back to the bit, whose cell it gets: a rule's product with 1.

        The product of a rule is never -0.0, and neither is a sum of something that is never.
        """
        row = tape.rows[i] & ~TOTAL
        a = tape.left[i]
        b = tape.right[i]
        if row == _ADD:
            self.unsigned[i] = (a >= 0 and self.unsigned[a] == 1) or (b >= 0 and self.unsigned[b] == 1)
        elif row == _TIMES:
            self.unsigned[i] = 1
            if b < 0 and tape.constants[-1 - b] == 1.0 and a >= 0 and self.unsigned[a] == 1:
                self.places[i] = self.places[a]
                return True
        return False

    def looking(self, j: Place, guard: Guard[Code], tape: Tape) -> int:
        """Return the code of a guard."""
        cells = [self.cell(tape, code) for code in guard.operands]
        self.left[j] = cells[0]
        self.right[j] = cells[len(cells) - 1]
        self.guards[j] = (len(self.guards), guard.comparison, guard.seen, cells)
        return LOOK + 2 * LOOKS.index(guard.comparison) + bool(guard.seen) if guard.comparison in LOOKS else LOOK + 100

    def __call__(self, xs: Sequence[Carried]) -> Any:
        """Return the outputs, or what `miss` makes of a guard that does not hold; raises what the rows raise."""
        if len(xs) != self.inputs:
            raise ValueError(f"{len(xs)} numbers for {self.inputs} inputs; give one for each")
        for x in xs:
            if type(x) is not float:
                return self.other(xs)
        return self.guarded(xs)

    def packed(self, numbers: Array, arrays: Mapping[int, Array]) -> Array | None:
        """Return the outputs as an array, of an array of inputs; None where `__call__` must say what there is."""
        import numpy

        given = numpy.ascontiguousarray(numbers, dtype=float)
        found = numpy.empty(self.width)
        return found if self.into(given, found) else None

    def into(self, numbers: Any, outputs: Any) -> bool:
        """Write the outputs of a buffer of inputs to another one; return False where that is not to be decided here."""
        if self.busy:
            return False
        self.busy = True
        try:
            runs: Runs = self.sorted()
            return runs.into(numbers, outputs)
        finally:
            self.busy = False

    def sorted(self) -> Runs:
        """Return the steps in runs, found once."""
        if self.runs is None:
            steps = Steps(self.first, self.inputs)
            steps.begin(self.count, self.width, self.cells)
            for j in range(self.count):
                operands = self.many.get(j) if self.many else None
                guard = self.guards.get(j) if self.codes[j] >= LOOK and self.guards else None
                steps.meet(j, self.codes[j], self.rows[j], self.left[j], self.right[j], operands, self.whole, guard)
            steps.finish(self.cells, self.results, self.width, self.first + self.count)
            self.runs = Runs(steps)
        return self.runs  # type: ignore[no-any-return]

    @property
    def wide(self) -> bool:
        """Whether runs are so long that native code, one instruction after the other, would be no quicker."""
        runs: Runs = self.sorted()
        return runs.count >= WIDE * runs.runs

    def guarded(self, xs: Sequence[Carried]) -> Any:
        """Run on cells that no other call has: a row that is asked may let another one in."""
        if not self.busy:
            self.busy = True
            try:
                self.calls += 1
                if self.calls > PAYS and not self.narrow:
                    runs: Runs = self.sorted()
                    self.narrow = runs.count < NARROW * runs.runs
                    found = None if self.narrow else runs.call(xs)
                    if found is not None:
                        return found
                return self.finished(xs, self.cells)
            finally:
                self.busy = False
        cells = native.zeros(self.first + self.count + self.width + 1)
        try:
            for i in range(self.first + self.count + self.width):
                cells[i] = self.cells[i]
            return self.finished(xs, cells)
        finally:
            native.release(cells)

    def finished(self, xs: Sequence[Carried], cells: Doubles) -> Any:
        """Run on these cells, and take the outputs from them."""
        for i in range(self.inputs):
            cells[self.first - self.inputs + i] = xs[i]
        missed = self.run(cells)
        if missed >= 0:
            return self.miss(missed, self.seen)
        return tuple([cells[self.results[i]] for i in range(self.width)])

    def run(self, cells: Doubles) -> int:
        """Run all steps; return -1, or the place among the guards of the first that does not hold."""
        for j in range(self.count):
            code = self.codes[j]
            x = cells[self.left[j]]
            y = cells[self.right[j]]
            branch = code & (CHECKED - 1)
            if branch == -1:  # with numbers as they are, this is a jump table in C
                z = 0.0
            # begin: written by `python -m autograd.primitives.write`
            elif branch == 0:  # add
                z = x + y
            elif branch == 1:  # sub
                z = x - y
            elif branch == 2:  # mul
                z = x * y
            elif branch == 3:  # truediv
                z = x / y
            elif branch == 6:  # neg
                z = -x
            elif branch == 7:  # pos
                z = x
            elif branch == 8:  # abs
                z = native.c_fabs(x)
            elif branch == 9:  # power
                z = native.c_pow(x, y)
            elif branch == 10:  # pow
                z = native.c_pow(x, y)
            elif branch == 11:  # sqrt
                z = native.c_sqrt(x)
            elif branch == 13:  # exp
                z = native.c_exp(x)
            elif branch == 15:  # expm1
                z = native.c_expm1(x)
            elif branch == 16:  # log
                z = native.c_log(x)
            elif branch == 19:  # log1p
                z = native.c_log1p(x)
            elif branch == 24:  # sin
                z = native.c_sin(x)
            elif branch == 25:  # cos
                z = native.c_cos(x)
            elif branch == 26:  # tan
                z = native.c_tan(x)
            elif branch == 27:  # asin
                z = native.c_asin(x)
            elif branch == 28:  # acos
                z = native.c_acos(x)
            elif branch == 29:  # atan
                z = native.c_atan(x)
            elif branch == 30:  # sinh
                z = native.c_sinh(x)
            elif branch == 31:  # cosh
                z = native.c_cosh(x)
            elif branch == 32:  # tanh
                z = native.c_tanh(x)
            elif branch == 33:  # asinh
                z = native.c_asinh(x)
            elif branch == 34:  # acosh
                z = native.c_acosh(x)
            elif branch == 51:  # sigmoid
                z = elementary.sigmoid(x)
            elif branch == 53:  # softplus
                z = elementary.softplus(x)
            elif branch == 57:  # relu
                z = elementary.relu(x)
            elif branch == 69:  # fabs
                z = native.c_fabs(x)
            elif branch == 77:  # sign
                z = elementary.sign(x)
            elif branch == 78:  # step
                z = elementary.step(x)
            elif branch == 93:  # tanh_slope
                z = elementary.tanh_slope(x)
            elif branch == 94:  # sigmoid_slope
                z = elementary.sigmoid_slope(x)
            elif branch == 108:  # absorb
                z = x if x == 0.0 else x * y
            elif branch == 109:  # times
                z = x * y + 0.0 if x != 0.0 and y != 0.0 else 0.0
            elif branch == 110:  # ratio
                z = 0.0 if x == 0.0 and y == 0.0 else x / y
            # end of what is written
            elif LOOK <= branch < ASK:
                z = 0.0
                if self.looked(j, branch, x, y, cells):
                    return self.guards[j][0]  # type: ignore[no-any-return]
            else:
                z = self.powered(j, cells) if branch == POWER else self.asked(j, cells)
            if code >= CHECKED and z - z != 0.0:
                z = self.asked(j, cells)
            cells[self.first + j] = z
        return -1

    def looked(self, j: Place, branch: Any, x: float, y: float, cells: Doubles) -> bool:
        """Return whether a guard sees something else than it saw, which is kept in `seen`."""
        if branch == LOOK or branch == LOOK + 1:
            found = x < y
        elif branch == LOOK + 2 or branch == LOOK + 3:
            found = x <= y
        elif branch == LOOK + 4 or branch == LOOK + 5:
            found = x > y
        elif branch == LOOK + 6 or branch == LOOK + 7:
            found = x >= y
        elif branch == LOOK + 8 or branch == LOOK + 9:
            found = x == y
        elif branch == LOOK + 10 or branch == LOOK + 11:
            found = x != 0.0
        else:
            _, comparison, expected, operands = self.guards[j]
            self.seen = COMPARISONS[comparison](*[cells[k] for k in operands])
            return bool(self.seen != expected)
        if found == (branch & 1):
            return False
        self.seen = bool(found)
        return True

    def powered(self, j: Place, cells: Doubles) -> float:
        """Return a derivative of a power, by C where that is sure."""
        operands = self.many[j]
        z = NAN
        if operands[3] in self.whole and operands[4] in self.whole:
            c, x, y = cells[operands[0]], cells[operands[1]], cells[operands[2]]
            z = native.quick_monomial(c, x, y, self.whole[operands[3]], self.whole[operands[4]])
        return z if z == z else self.asked(j, cells)

    def asked(self, j: Place, cells: Doubles) -> float:
        """Return what the row of a step gives."""
        operands = self.many.get(j)
        primitive = NUMBERED[self.rows[j] & ~TOTAL]
        if operands is None:
            operands = [self.left[j], self.right[j]][: len(primitive.operand_names)]
        numbers = [self.whole[k] if k in self.whole else cells[k] for k in operands]
        return float(primitive.total(*numbers) if self.rows[j] >= TOTAL else primitive.value(*numbers))

    def __dealloc__(self) -> None:
        native.release(self.codes)
        native.release(self.rows)
        native.release(self.left)
        native.release(self.right)
        native.release(self.cells)
        native.release(self.results)
        native.release(self.places)
        native.release(self.unsigned)
