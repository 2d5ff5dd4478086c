"""The backend on NumPy: many lanes at once, in chunks that stay in the cache.

Start at `lanes`. What is the same in all lanes is computed once. The one surprise: the order in which lanes are summed
is fixed by the chunks, so a sum has the same bits at every run.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.backends import spending
from autograd.backends.lowering import lowered, operands
from autograd.backends.python_source import scalar
from autograd.floats import ieee
from autograd.primitives.primitive import NUMBERED, ROWS
from autograd.program.passes import for_lanes
from autograd.program.program import Program

__all__ = ["lanes", "scalar"]

CHUNK = 4096
NATIVES = frozenset(["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "tanh", "sqrt"])
NATIVES |= {"sinh", "cosh", "cbrt", "pow"}
Array = Any


def row_total(name: str) -> Callable[..., float]:
    """Return a row's value on floats, one lane at a time; a function of math is the row of its name."""
    if name == "pow":
        return ieee.power
    row = NUMBERED[int(name[7:])] if name.startswith("custom_") else ROWS[name]

    def call(*xs: float) -> float:
        return float(row.total(*[float(x) if row.differentiable(i) else int(x) for i, x in enumerate(xs)]))

    return call


def _called(name: str, *xs: Any) -> Any:
    return np.asarray(np.frompyfunc(row_total(name), len(xs), 1)(*xs), dtype=float)


def _rescued(name: str, x: Any, y: Any, mask: Any) -> Any:
    return np.where(mask, _called(name, x), y)


def _fma(x: Any, y: Any, a: Any) -> Any:
    """Return x * y + a with the error of the product put back (Dekker), and that of the sum (Knuth)."""
    p, error = ieee.two_product(x, y)
    s, lost = ieee.two_sum(p, a)
    found = s + (lost + error)
    return np.where(np.isfinite(found), found, x * y + a)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sum": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "product": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.absolute,
    "fma": _fma,
    "muladd": lambda x, y, a: x * y + a,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "rint": np.rint,
    "copysign": np.copysign,
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
    "ldexp": lambda x, e: np.ldexp(x, np.clip(np.nan_to_num(e), -5000, 5000).astype(np.int32)),
    "call": _called,
    "rescue": _rescued,
    **{name: getattr(np, {"pow": "power"}.get(name, name)) for name in NATIVES},
}


@spending()
def lanes(
    program: Program, varying: Sequence[bool], joined: Sequence[bool], kind: Any = None, at_once: bool = False
) -> Callable[..., Any]:
    """Return a function (numbers of the other inputs, one array for each varying input, how many lanes) -> results.

    A result is (outputs, missed): each output an array with a number for each lane, or the sum of it over all lanes
    where `joined`; missed is None, or an array that has 1 + the place of the first guard that a lane did not keep, or
    0. Lanes that missed are left out of the sums. Nothing raises: a lane has IEEE's limits where Python raises. With a
    kind of sums (see sums.py) it is the program of these that is run.
    """
    ops, outputs, guards = lowered(for_lanes(program, kind), NATIVES)
    vary: list[bool] = []
    for code in ops.code:
        vary.append(varying[code[1]] if code[0] == "input" else any(vary[k] for k in operands(code)))
    last = {k: place for place, code in enumerate(ops.code) for k in operands(code)}
    kept = {*outputs, *guards}
    dying: list[list[int]] = [[] for _ in ops.code]
    for k, place in last.items():
        if vary[k] and k not in kept:
            dying[place].append(k)

    def run(numbers: Sequence[float], columns: Sequence[Array], count: int) -> tuple[list[Any], Any]:
        found: list[Any] = [None] * len(ops.code)
        given = iter(numbers)
        shared = [None if v else np.float64(next(given)) for v in varying]
        with np.errstate(all="ignore"):
            for place, code in enumerate(ops.code):
                if not vary[place]:
                    found[place] = _one(code, found, shared)
            results: list[Any] = [0.0 if j else np.empty(count) for j in joined]
            missed = np.zeros(count, dtype=np.int32) if guards else None
            for start in range(0, count, CHUNK):
                part = slice(start, min(start + CHUNK, count))
                own = iter(columns)
                inputs = [next(own)[part] if v else None for v in varying]
                for place, code in enumerate(ops.code):
                    if vary[place]:
                        found[place] = _one(code, found, inputs)
                        for k in dying[place]:
                            found[k] = None
                size = part.stop - start
                kept_lanes = np.ones(size, dtype=bool)
                for i, k in enumerate(guards):
                    holds = np.broadcast_to(found[k], (size,))
                    if missed is not None:
                        missed[part][kept_lanes & ~holds] = i + 1
                    kept_lanes = kept_lanes & holds
                for i, k in enumerate(outputs):
                    if joined[i]:
                        results[i] += float(np.sum(np.where(kept_lanes, found[k], 0.0)))
                    else:
                        results[i][part] = found[k]
        return results, missed if missed is not None and missed.any() else None

    return run


def _one(code: tuple[Any, ...], found: list[Any], inputs: Sequence[Any]) -> Any:
    if code[0] == "input":
        return inputs[code[1]]
    if code[0] == "constant":
        return np.float64(code[1])
    if code[0] in ("call", "rescue"):
        return OPERATIONS[code[0]](code[1], *[found[k] for k in code[2:]])
    return OPERATIONS[code[0]](*[found[k] for k in code[1:]])
