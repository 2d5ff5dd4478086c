"""The backend on NumPy: many lanes at once, in chunks that stay in the cache.

What is the same in all lanes is computed once. The order in which lanes are summed is fixed by the chunks, so a sum has
the same bits at every run.
"""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd.backends import Array, CompiledLanes, Sums, spending, warn_of_python
from autograd.backends.lowering import PYTHON, Target, lowered
from autograd.backends.operations import Op, varying
from autograd.backends.python_source import scalar
from autograd.floats import ieee
from autograd.primitives.primitive import ROWS, Primitive
from autograd.program.passes import for_lanes
from autograd.program.program import Instruction, Program

__all__ = ["lanes", "scalar"]

CHUNK = 8192  # lanes that are run together
LONG = 4 * CHUNK  # where there are few operations, and none is summed
FEW = 8
UFUNCS: dict[str, Callable[..., Any]] = {row.name: getattr(np, row.numpy) for row in ROWS.values() if row.numpy}
PLAIN = Target(frozenset(row.name for row in ROWS.values() if row.numpy and row.partials))  # ufuncs have no more
SCIPY = frozenset(row.name for row in ROWS.values() if row.scipy and importlib.util.find_spec("scipy"))
TARGET = PLAIN._replace(calls=PLAIN.calls | SCIPY)


def total_of(row: Primitive) -> Callable[..., float]:
    """Return a row's value on floats, which never raises."""

    def call(*xs: float) -> float:
        return float(row.total(*[float(x) if row.differentiable(i) else int(x) for i, x in enumerate(xs)]))

    return call


def _fma(x: Array, y: Array, a: Array) -> Array:
    """Return x * y + a with the error of the product put back (Dekker), and that of the sum (Knuth)."""
    p, error = ieee.two_product(x, y)  # which is right on arrays, too
    s, lost = ieee.two_sum(p, a)
    found = s + (lost + error)
    return np.where(np.isfinite(found), found, x * y + a)


def _product_error(x: Array, y: Array) -> Array:
    """Return what the rounding of x * y loses (Dekker); of a square, one number is split."""
    if x is not y:
        return ieee.two_product(x, y)[1]
    a, b = ieee.split(x)
    return ((a * a - x * x) + 2.0 * (a * b)) + b * b


def _muladd(x: Array, y: Array, a: Array) -> Array:
    """Return x * y + a, in the memory of the product."""
    found = x * y
    found += a
    return found


@cache
def _special(row: Primitive) -> Callable[[Array], Array]:
    """Return SciPy's function for a row, but the row's own form where that is 0 or not finite: as poles, tails, NaN."""
    ufunc = getattr(importlib.import_module("scipy.special"), row.scipy)
    own = Chunks(Program(1, (), (Instruction(row, (0,), True),), (1,)), [True], [False], PLAIN)

    def call(x: Array) -> Array:
        x = np.atleast_1d(x)
        found: Array = ufunc(x)
        left = (found - found != 0.0) | (found == 0.0)
        if left.any():
            found[left] = own([], [x[left]], int(np.count_nonzero(left)))[0][0]
        return found

    return call


def _ldexp(x: Array, e: Array) -> Array:
    """Return x * 2**e for whole numbers e that may be far out."""
    return np.ldexp(x, np.fmax(np.fmin(e, 5000.0), -5000.0).astype(np.int32))


OPERATIONS: dict[str, Callable[..., Any]] = UFUNCS | {
    "sum": np.add,
    "product": np.multiply,
    "div": np.divide,
    "fma": _fma,
    "muladd": _muladd,
    "product_error": _product_error,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": np.where,
    "mantissa": lambda x: np.frexp(x)[0],
    "mantissa_of": lambda x: np.frexp(x)[0],
    "exponent_of": lambda x: np.frexp(x)[1].astype(float),
    "exponent": lambda x: np.where(np.isfinite(x), np.frexp(x)[1], 0).astype(float),
    "ldexp": _ldexp,
}


@spending()
def lanes(
    program: Program, varying: Sequence[bool], joined: Sequence[bool], kind: Sums | None = None, at_once: bool = False
) -> CompiledLanes:
    """Return a function (numbers of the other inputs, one array for each varying input, how many lanes) -> results.

    A result is (outputs, missed): each output an array with a number for each lane, or the sum of it over all lanes
    where `joined`; missed is None, or an array that has 1 + the place of the first guard that a lane did not keep, or
    0. Lanes that missed are left out of the sums. Nothing raises: a lane has IEEE's limits where Python raises. With a
    kind of sums (see lane_sums.py) it is the program of these that is run.
    """
    return Chunks(for_lanes(program, kind), varying, joined)


class Chunks:
    """A program for lanes, whose operations are functions of NumPy."""

    inputs: Sequence[bool]
    joined: Sequence[bool]
    code: list[Op]
    outputs: list[int]
    guards: list[int]

    def __init__(
        self, program: Program, inputs: Sequence[bool], joined: Sequence[bool], target: Target = TARGET
    ) -> None:
        self.inputs, self.joined = inputs, joined
        made = lowered(program, target)
        self.code, self.outputs, self.guards = made
        self.python: list[str] = [name for name in made.python if name not in _native(made.code)]
        warn_of_python(self.python)
        self.varies: list[bool] = varying(self.code, inputs)
        kept = {*self.outputs, *self.guards}
        last = {k: place for place, one in enumerate(self.code) for k in one.operands}
        self.dying: list[list[int]] = [[] for _ in self.code]  # what an operation is the last to need
        for k, place in last.items():
            if self.varies[k] and k not in kept:
                self.dying[place].append(k)
        self.chunk: int = CHUNK if any(joined) or len(self.code) > FEW else LONG
        self.functions: dict[int, Callable[..., Any]] = {
            place: _function(one) for place, one in enumerate(self.code) if one.name != "input"
        }

    def __call__(
        self, numbers: Sequence[float], columns: Sequence[Array], count: int
    ) -> tuple[list[Any], Array | None]:
        """Return (outputs, missed)."""
        results: list[Any] = [0.0 if j else np.empty(count) for j in self.joined]
        missed = np.zeros(count if self.guards else 0, dtype=np.int32)
        given = iter(numbers)
        shared = [None if v else np.float64(next(given)) for v in self.inputs]
        found: list[Any] = [None] * len(self.code)
        with np.errstate(all="ignore"):
            self._run(found, shared, False)
            for start in range(0, count, self.chunk):
                part = slice(start, min(start + self.chunk, count))
                own = iter(columns)
                self._run(found, [next(own)[part] if v else None for v in self.inputs], True)
                self._gather(found, part, results, missed)
        return results, missed if missed.any() else None

    def _run(self, found: list[Any], inputs: Sequence[Any], varies: bool) -> None:
        """Run the operations that vary over lanes, or those that do not."""
        for place, one in enumerate(self.code):
            if self.varies[place] is varies:
                if one.name == "input":
                    found[place] = inputs[one.fact]
                else:
                    found[place] = self.functions[place](*[found[k] for k in one.operands])
                for k in self.dying[place]:
                    found[k] = None

    def _gather(self, found: Sequence[Any], part: slice, results: list[Any], missed: Array) -> None:
        """Put the results of a chunk where they belong."""
        size = part.stop - part.start
        for i, k in enumerate(self.outputs):
            if not self.joined[i]:
                results[i][part] = found[k]
        if not self.guards and not any(self.joined):
            return
        kept = np.ones(size, dtype=bool)
        for i, k in enumerate(self.guards):
            holds = np.broadcast_to(found[k], (size,))
            missed[part][kept & ~holds] = i + 1
            kept &= holds
        for i, k in enumerate(self.outputs):
            if self.joined[i]:
                results[i] += float(np.sum(np.where(kept, found[k], 0.0)))


def _native(code: Sequence[Op]) -> set[str]:
    """Return the names of primitives that have a form for arrays of their own."""
    return {one.fact.name for one in code if one.name == PYTHON and callable(one.fact.vector)}


def _function(code: Op) -> Callable[..., Any]:
    """Return the function that computes an operation."""
    if code.name == "constant":
        constant = np.float64(code.fact)
        return lambda: constant
    if code.name == PYTHON and callable(code.fact.vector):
        form: Callable[..., Any] = code.fact.vector  # of a primitive that stands in no table
        return form
    if code.name == PYTHON:
        each = np.frompyfunc(total_of(code.fact), len(code.operands), 1)
        return lambda *xs: np.asarray(each(*xs), dtype=float)
    if code.name == "call" and code.fact in SCIPY:
        return _special(ROWS[code.fact])
    return OPERATIONS[code.fact if code.name == "call" else code.name]
