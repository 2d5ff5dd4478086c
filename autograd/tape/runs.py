# cython: boundscheck=False, wraparound=False, cdivision=True
"""`Runs`: the steps of a replay, each once, sorted so that all of one row and one depth are done in one loop.

A run costs one jump, however long it is. Nothing is decided here: where a guard does not hold, or a step that may raise
is not finite, `Runs` says so, and the replay goes through its steps in their own order. The bits are the same. This
file is compiled as value.py is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Doubles, Place, Row
from autograd.primitives.primitive import NUMBERED
from autograd.tape import values
from autograd.tape.guards import COMPARISONS

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

TOTAL = 1 << 30  # as in tape.py
CHECKED, LOOK, ASK, POWER = 8192, 2000, 3000, 3001  # as in replay.py
CONSTANT, ASKED, LOOKED, SQUARED, DOTTED = 3500, 3501, 3502, 3503, 3504  # no step; asked: a row, a guard; x**2; p @ q
MONOMIAL, RAISING = 3600, 4096  # plus how often a derivative of a power is divided by x; plus what may raise
_POWER, _ADD, _SUB, _MUL, _TRUEDIV, _TIMES = (
    values.branch_of(row.number) for row in (table.power, table.add, table.sub, table.mul, table.truediv, table.times)
)
if not cython.compiled:
    _rows: Any = ()
_rows = native.ints(_rows, LOOK)  # by branch; -1 where an operand is a parameter
for _row in range(LOOK):
    _rows[_row] = -1
for _row in range(len(NUMBERED)):
    if values.branch_of(_row) >= 0 and NUMBERED[_row].partials and None not in NUMBERED[_row].partials:
        _rows[values.branch_of(_row)] = _row
_POWER_ROW, _ADD_ROW = table.power.number, table.add.number


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Steps:
    """The steps of a replay, each once: a step of the same row and operands as one that was met is that one.

    Everything is known by its place: constants and inputs, then steps in the order in which they are met.
    """

    def __init__(self, first: int, inputs: int) -> None:
        self.first, self.inputs = first, inputs
        self.asking: dict[int, Any] = {}  # by place: (what to call, what is seen or None, operands)
        if not cython.compiled:
            none: Any = ()
            self.kinds = self.left = self.right = self.third = self.fourth = self.levels = self.flags = none
            self.known = self.numbers = self.same = self.results = none

    def begin(self, steps: Place, width: Place, cells: Doubles) -> object:
        """Make room for so many steps, and know the constants."""
        self.room = self.first + 2 * steps + width + 16
        self.kinds = native.ints(self.kinds, self.room)
        self.left = native.ints(self.left, self.room)
        self.right = native.ints(self.right, self.room)
        self.third = native.ints(self.third, self.room)
        self.fourth = native.ints(self.fourth, self.room)
        self.flags = native.ints(self.flags, self.room)  # 1: never -0.0; 2: somebody needs it; 4: may raise
        self.numbers = native.doubles(self.numbers, self.room)
        self.same = native.ints(self.same, self.first + steps)  # by cell of the replay
        size = 64
        while size < 2 * self.room:
            size *= 2
        self.mask = size - 1
        self.known = native.ints(self.known, size)
        for i in range(size):
            self.known[i] = -1
        self.count = 0
        for i in range(self.inputs):
            self.kinds[i] = -1
            self.flags[i] = 0
            self.same[self.first - self.inputs + i] = i
        self.count = self.inputs
        for i in range(self.first - self.inputs):
            self.same[i] = self.constant(cells[i])
        return None

    def constant(self, x: float) -> int:
        """Return the place of a constant."""
        i = self.add(CONSTANT, native.low_bits(x), native.high_bits(x), 0, 0)
        self.numbers[i] = x
        self.flags[i] |= x != 0.0 or native.high_bits(x) == 0
        return i

    def add(self, kind: Row, a: Place, b: Place, c: Place, d: Place) -> int:
        """Return the place of a step, which may be known."""
        slot = native.mixed(kind, a, b, c, d) & self.mask
        while self.known[slot] >= 0:
            i = self.known[slot]
            if (
                self.kinds[i] == kind
                and self.left[i] == a
                and self.right[i] == b
                and self.third[i] == c
                and self.fourth[i] == d
            ):
                return i  # type: ignore[no-any-return]
            slot = (slot + 1) & self.mask
        i = self.count
        self.known[slot] = i
        self.kinds[i] = kind
        self.left[i] = a
        self.right[i] = b
        self.third[i] = c
        self.fourth[i] = d
        self.flags[i] = 0
        self.count = i + 1
        return i

    def meet(self, j: Place, code: Row, row: Row, a: Place, b: Place, operands: Any, whole: Any, guard: Any) -> object:
        """Meet step j of the replay, of these cells."""
        kind = code & (CHECKED - 1)
        if LOOK + 100 <= kind < ASK:
            i = self.add(LOOKED, j, 0, 0, 0)
            self.asking[i] = (COMPARISONS[guard[1]], guard[2], [(self.same[k], None) for k in guard[3]])
            self.flags[i] |= 4
        elif LOOK <= kind < ASK:
            i = self.add(kind, self.same[a], self.same[b], 0, 0)
            self.flags[i] |= 4
        elif kind == POWER and operands[3] in whole and 0 <= whole[operands[3]] < 9 and whole.get(operands[4]) == 0:
            a = self.same[operands[1]]
            b = self.same[operands[2]]
            i = self.step(_POWER, _POWER_ROW, a, b)
            i = self.add(MONOMIAL + whole[operands[3]], a, i, self.same[operands[0]], b)
        elif kind >= ASK or _rows[kind] < 0:
            primitive = NUMBERED[row & ~TOTAL]
            if operands is None:
                operands = [a, b][: len(primitive.operand_names)]
            paired = (row & ~TOTAL) in values.SUMS and not whole.keys() & set(operands)
            i = self.add(DOTTED if paired else ASKED, j, 0, 0, 0)
            given = [(self.same[k], whole.get(k)) for k in operands]
            self.asking[i] = (primitive.total if row >= TOTAL else primitive.value, None, given)
            if row < TOTAL and primitive.raises:
                self.flags[i] |= 4
        else:
            i = self.step(kind, row & ~TOTAL, self.same[a], self.same[b])
            if code >= CHECKED:
                self.flags[i] |= 4
        self.same[self.first + j] = i
        return None

    def step(self, kind: Row, row: Row, a: Place, b: Place) -> int:
        """Return the place of a row of these places; one of them, or a constant, where that is the same to the bit."""
        if kind == _ADD or kind == _MUL or kind == _TIMES:  # constants come first
            known = (self.kinds[b] == CONSTANT) - (self.kinds[a] == CONSTANT)
            if known > 0 or (known == 0 and a > b):
                a, b = b, a
        x = self.numbers[a] if self.kinds[a] == CONSTANT else 0.5
        y = self.numbers[b] if self.kinds[b] == CONSTANT else 0.5
        if self.kinds[a] == CONSTANT and self.kinds[b] == CONSTANT:
            z = values.value_of(row, x, y)
            if z - z == 0.0:
                return self.constant(z)
        elif (kind == _MUL and x == 1.0) or (kind == _ADD and x == 0.0 and self.flags[a] & self.flags[b] & 1):
            return b
        elif (kind == _TRUEDIV and y == 1.0) or (kind == _SUB and y == 0.0 and self.flags[b] & 1):
            return a
        elif kind == _TIMES and (x == 1.0 or y == 1.0):  # a product that is never -0.0
            return self.step(_ADD, _ADD_ROW, self.constant(0.0), b if x == 1.0 else a)
        i = self.add(kind, a, b, 0, 0)
        if kind == _TIMES or (kind == _ADD and (self.flags[a] | self.flags[b]) & 1):
            self.flags[i] |= 1
        return i

    def finish(self, cells: Doubles, results: Sequence[int], width: Place, last: Place) -> object:
        """Know what is needed for the results, and how deep it is; those behind the cell `last` are plain numbers."""
        self.width = width
        self.results = native.longs(self.results, width + 1)
        for i in range(width):
            self.results[i] = self.same[results[i]] if results[i] < last else self.constant(cells[results[i]])
            self.flags[self.results[i]] |= 2
        for i in range(self.count - 1, self.inputs - 1, -1):
            if self.flags[i] & 6:
                self.need(i)
        self.levels = native.ints(self.levels, self.count + 1)
        self.deepest = 0
        for i in range(self.count):
            self.levels[i] = 0
            if i >= self.inputs and self.kinds[i] != CONSTANT and self.flags[i] & 6:
                self.levels[i] = self.depth(i) + 1
                self.deepest = max(self.deepest, self.levels[i])
        return None

    def need(self, i: Place) -> object:
        """Mark the operands of a step as needed; what is only computed to see whether it raises may be made cheaper."""
        kind = self.kinds[i]
        if kind == CONSTANT:
            return None
        if ASKED <= kind <= LOOKED or kind == DOTTED:
            for k, _ in self.asking[i][2]:
                self.flags[k] |= 2
            return None
        b = self.right[i]
        if kind == _POWER and not self.flags[i] & 2 and self.kinds[b] == CONSTANT and self.numbers[b] == 2.0:
            self.kinds[i] = SQUARED
            self.right[i] = self.left[i]
        self.flags[self.left[i]] |= 2
        self.flags[self.right[i]] |= 2
        if kind >= MONOMIAL:
            self.flags[self.third[i]] |= 2
            self.flags[self.fourth[i]] |= 2
        return None

    def depth(self, i: Place) -> int:
        """Return how deep the deepest operand of a step is; constants and inputs are at 0."""
        kind = self.kinds[i]
        if ASKED <= kind <= LOOKED or kind == DOTTED:
            return max([self.levels[k] for k, _ in self.asking[i][2]], default=0)
        level = max(self.levels[self.left[i]], self.levels[self.right[i]])
        if kind >= MONOMIAL:
            level = max(level, self.levels[self.third[i]], self.levels[self.fourth[i]])
        return level  # type: ignore[no-any-return]

    def key(self, i: Place) -> int:
        """Return what a step does: its kind, and RAISING more where it is looked whether it may raise."""
        kind = self.kinds[i]
        return kind + RAISING if (kind < LOOK or kind == SQUARED) and self.flags[i] & 4 else kind  # type: ignore[no-any-return]

    def __dealloc__(self) -> None:
        native.release(self.kinds)
        native.release(self.left)
        native.release(self.right)
        native.release(self.third)
        native.release(self.fourth)
        native.release(self.levels)
        native.release(self.flags)
        native.release(self.known)
        native.release(self.numbers)
        native.release(self.same)
        native.release(self.results)


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Runs:
    """Steps in order of their depth, and of what they do, as runs of one kind, with a cell for each number."""

    def __init__(self, steps: Steps) -> None:
        self.inputs, self.width = steps.inputs, steps.width
        self.asking: dict[int, Any] = {}  # by place in this order
        self.products = values.Products()
        if not cython.compiled:
            none: Any = ()
            self.left = self.right = self.third = self.fourth = self.order = self.scratch = none
            self.starts = self.of_run = self.cells = self.results = none
        self.sort(steps)
        self.settle(steps)

    def sort(self, steps: Steps) -> object:
        """Put what is needed in order, and find the runs."""
        self.order = native.ints(self.order, steps.count + 1)
        self.scratch = native.ints(self.scratch, steps.count + 1)
        self.count = 0
        for i in range(steps.inputs, steps.count):
            if steps.levels[i]:
                self.order[self.count] = i
                self.count += 1
        self.counted(steps, 2 * RAISING, True)
        self.counted(steps, steps.deepest + 1, False)
        self.starts = native.ints(self.starts, self.count + 2)
        self.of_run = native.ints(self.of_run, self.count + 1)
        self.runs = 0
        for j in range(self.count):
            i = self.order[j]
            key = steps.key(i)
            if not j or key != self.of_run[self.runs - 1] or steps.levels[i] != steps.levels[self.order[j - 1]]:
                self.starts[self.runs] = j
                self.of_run[self.runs] = key
                self.runs += 1
        self.starts[self.runs] = self.count
        return None

    def counted(self, steps: Steps, size: Place, by_key: Row) -> object:
        """Sort by the steps' keys, or by their levels; what is equal stays in its order."""
        buckets = native.zeros(size + 1)
        for j in range(self.count):
            i = self.order[j]
            buckets[(steps.key(i) if by_key else steps.levels[i]) + 1] += 1.0
        for j in range(size):
            buckets[j + 1] += buckets[j]
        for j in range(self.count):
            i = self.order[j]
            k = steps.key(i) if by_key else steps.levels[i]
            self.scratch[int(buckets[k])] = i
            buckets[k] += 1.0
        for j in range(self.count):
            self.order[j] = self.scratch[j]
        native.release(buckets)
        return None

    def settle(self, steps: Steps) -> object:
        """Give everything a cell: inputs, the steps in order, constants."""
        places = self.scratch  # cells, by place
        size = self.inputs + self.count
        for i in range(steps.count):
            places[i] = i if i < self.inputs else 0
            if steps.kinds[i] == CONSTANT:
                places[i] = size
                size += 1
        for j in range(self.count):
            places[self.order[j]] = self.inputs + j
        self.cells = native.doubles(self.cells, size + 1)
        for i in range(steps.count):
            if steps.kinds[i] == CONSTANT:
                self.cells[places[i]] = steps.numbers[i]
        self.left = native.ints(self.left, self.count + 1)
        self.right = native.ints(self.right, self.count + 1)
        self.third = native.ints(self.third, self.count + 1)
        self.fourth = native.ints(self.fourth, self.count + 1)
        for j in range(self.count):
            i = self.order[j]
            if steps.asking and i in steps.asking:
                call, seen, operands = steps.asking[i]
                self.asking[j] = call, seen, [(places[k], x) for k, x in operands]
                if steps.kinds[i] == DOTTED:
                    self.third[j] = self.products.add([places[k] for k, _ in operands])
                continue
            self.left[j] = places[steps.left[i]]
            self.right[j] = places[steps.right[i]]
            self.third[j] = places[steps.third[i]]
            self.fourth[j] = places[steps.fourth[i]]
        self.results = native.longs(self.results, self.width + 1)
        for i in range(self.width):
            self.results[i] = places[steps.results[i]]
        return None

    def call(self, xs: Sequence[Any]) -> Any:
        """Return the outputs; None where the steps must be gone through in their own order."""
        for i in range(self.inputs):
            self.cells[i] = xs[i]
        if not self.run(self.cells):
            return None
        return tuple([self.cells[self.results[i]] for i in range(self.width)])

    def into(self, numbers: Sequence[float], outputs: Doubles) -> bool:
        """Write the outputs of a buffer of inputs to another one; return False where `call` gives None."""
        for i in range(self.inputs):
            self.cells[i] = numbers[i]
        if not self.run(self.cells):
            return False
        for i in range(self.width):
            outputs[i] = self.cells[self.results[i]]
        return True

    def run(self, cells: Doubles) -> bool:
        """Run all steps; return False where a guard does not hold, or a step may raise."""
        first, left, right = self.inputs, self.left, self.right
        for r in range(self.runs):
            start = self.starts[r]
            stop = self.starts[r + 1]
            branch = self.of_run[r] & (RAISING - 1)
            if branch == -1:  # with numbers as they are, this is a jump table in C
                pass
            # begin: written by `python -m autograd.primitives.write`
            elif branch == 0:  # add
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x + y
            elif branch == 1:  # sub
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x - y
            elif branch == 2:  # mul
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x * y
            elif branch == 3:  # truediv
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x / y
            elif branch == 6:  # neg
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = -x
            elif branch == 7:  # pos
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x
            elif branch == 8:  # abs
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_fabs(x)
            elif branch == 9:  # power
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_pow(x, y)
            elif branch == 10:  # pow
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_pow(x, y)
            elif branch == 11:  # sqrt
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_sqrt(x)
            elif branch == 13:  # exp
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_exp(x)
            elif branch == 15:  # expm1
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_expm1(x)
            elif branch == 16:  # log
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_log(x)
            elif branch == 19:  # log1p
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_log1p(x)
            elif branch == 24:  # sin
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_sin(x)
            elif branch == 25:  # cos
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_cos(x)
            elif branch == 26:  # tan
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_tan(x)
            elif branch == 27:  # asin
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_asin(x)
            elif branch == 28:  # acos
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_acos(x)
            elif branch == 29:  # atan
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_atan(x)
            elif branch == 30:  # sinh
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_sinh(x)
            elif branch == 31:  # cosh
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_cosh(x)
            elif branch == 32:  # tanh
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_tanh(x)
            elif branch == 33:  # asinh
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_asinh(x)
            elif branch == 34:  # acosh
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_acosh(x)
            elif branch == 51:  # sigmoid
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.sigmoid(x)
            elif branch == 53:  # softplus
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.softplus(x)
            elif branch == 57:  # relu
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.relu(x)
            elif branch == 69:  # fabs
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = native.c_fabs(x)
            elif branch == 77:  # sign
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.sign(x)
            elif branch == 78:  # step
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.step(x)
            elif branch == 93:  # tanh_slope
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.tanh_slope(x)
            elif branch == 94:  # sigmoid_slope
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = elementary.sigmoid_slope(x)
            elif branch == 108:  # absorb
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x if x == 0.0 else x * y
            elif branch == 109:  # times
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = x * y + 0.0 if x != 0.0 and y != 0.0 else 0.0
            elif branch == 110:  # ratio
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = 0.0 if x == 0.0 and y == 0.0 else x / y
            # end of what is written
            elif branch == SQUARED:
                for k in range(start, stop):
                    x = cells[left[k]]
                    cells[first + k] = 2.0 * x * x  # not finite where x**2 might not be
            elif not self.others(branch, start, stop, cells):
                return False
            if self.of_run[r] >= RAISING:
                z = 0.0
                for k in range(start, stop):
                    x = cells[first + k]
                    z += x - x
                if z != 0.0:
                    return False
        return True

    def others(self, branch: Row, start: Place, stop: Place, cells: Doubles) -> bool:
        """Run what is no row that C knows; return as `run` does."""
        for k in range(start, stop):
            if branch >= MONOMIAL:
                x, y = cells[self.left[k]], cells[self.right[k]]
                z = native.known_monomial(cells[self.third[k]], x, cells[self.fourth[k]], y, branch - MONOMIAL)
                if z != z:
                    return False
            elif branch < LOOK:
                z = values.value_of(_rows[branch], cells[self.left[k]], cells[self.right[k]])
            elif branch < ASK:
                z = 0.0
                if self.looked(branch - LOOK, cells[self.left[k]], cells[self.right[k]]) != (branch & 1):
                    return False
            elif branch != DOTTED or (z := self.products.value(self.third[k], cells)) != z:  # in doubt
                call, seen, operands = self.asking[k]
                try:
                    found = call(*[cells[i] if whole is None else whole for i, whole in operands])
                except (ValueError, ArithmeticError):
                    return False
                if branch == LOOKED and found != seen:
                    return False
                z = 0.0 if branch == LOOKED else float(found)
            cells[self.inputs + k] = z
        return True

    def looked(self, guard: Row, x: float, y: float) -> bool:
        """Return what a guard sees, in the order of `LOOKS`, each twice."""
        if guard < 2:
            return x < y
        if guard < 4:
            return x <= y
        if guard < 6:
            return x > y
        if guard < 8:
            return x >= y
        return x == y if guard < 10 else x != 0.0

    def __dealloc__(self) -> None:
        native.release(self.left)
        native.release(self.right)
        native.release(self.third)
        native.release(self.fourth)
        native.release(self.starts)
        native.release(self.of_run)
        native.release(self.cells)
        native.release(self.results)
        native.release(self.order)
        native.release(self.scratch)
