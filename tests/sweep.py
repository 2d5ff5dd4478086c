"""The vector library against MPFR: `python -m tests.sweep [FLOATS [FUNCTION ...]]` prints the largest error of each.

Half of the floats are drawn from all exponents alike, half from those between 2**-40 and 2**10. The truth has 120 bits,
by MPFR where gmpy2 is installed (some 10 us a float), else 150 digits or more by mpmath (up to a ms). Errors are in
ulps of the truth, or of the size of what cancels where a row states one.
"""

import importlib
import importlib.util
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.primitives.primitive import ROWS, Primitive
from autograd.testing.exact import definition, digits, mp, mpf

from .tools.backends import lanes, program_of

PAGES = {
    "exponential": ("exp", "expm1", "exp2", "log", "log1p", "log2", "log10"),
    "circular": ("sin", "cos"),
    "hyperbolic": ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    "gamma": ("gamma", "lgamma", "digamma"),
    "error": ("erf", "erfc"),
}
NAMES = [name for names in PAGES.values() for name in names]
PART = 100_000  # floats that are computed at once
BITS = 120


class Swept(NamedTuple):
    """The largest error of a function in ulps, and where it is."""

    error: float
    x: float


def floats(row: Primitive, count: int, rng: np.random.Generator) -> Any:
    """Return random floats of a row's domain."""
    found: list[float] = []
    while len(found) < count:
        exponents = np.where(rng.random(count) < 0.5, rng.integers(-1074, 1024, count), rng.integers(-40, 11, count))
        xs = np.ldexp(rng.uniform(1.0, 2.0, count), exponents) * rng.choice((-1.0, 1.0), count)
        found += [x for x in xs.tolist() if x in row.domain[0]]
    return np.array(found[:count])


def truth(row: Primitive) -> Callable[[float], tuple[float, float]]:
    """Return a function that gives a row's exact value as a float and what that leaves out."""
    if importlib.util.find_spec("gmpy2") is None:
        exact = definition(row)

        def by_mpmath(x: float) -> tuple[float, float]:
            with mp.workdps(digits([mpf(x)])):
                try:
                    y = exact(mpf(x))
                except (OverflowError, ValueError):  # beyond mpmath's own reach, as erfc(1e200)
                    return row.total(x), 0.0
                return float(y), float(y - mpf(float(y))) if math.isfinite(float(y)) else 0.0

        return by_mpmath
    gmpy2 = importlib.import_module("gmpy2")
    gmpy2.get_context().precision = BITS
    function = (lambda x: gmpy2.lgamma(x)[0]) if row.name == "lgamma" else getattr(gmpy2, row.name)

    def by_mpfr(x: float) -> tuple[float, float]:
        y = function(gmpy2.mpfr(x))
        return float(y), float(y - float(y))

    return by_mpfr


def swept(name: str, count: int, seed: int = 0) -> Swept:
    """Return the largest error of a function in lanes over random floats of its domain."""
    row, rng = ROWS[name], np.random.default_rng([seed, NAMES.index(name)])
    run, exact = lanes("llvm")(program_of(row, (0.5,))), truth(row)
    worst = Swept(0.0, 0.0)
    while count > 0:
        xs = floats(row, min(count, PART), rng)
        count -= len(xs)
        found = np.array([y for (y,) in run([[x] for x in xs.tolist()])])
        pairs = np.array([exact(x) for x in xs.tolist()])
        near, rest = pairs.T
        with np.errstate(all="ignore"):
            unit = np.spacing(np.maximum(np.abs(near), row.terms))
            errors = np.abs((found - near) - rest) / unit
        edge = ~np.isfinite(near) | ~np.isfinite(found)
        same = (found == near) | (np.minimum(np.abs(found), np.abs(near)) > 1.797e308)
        errors = np.where(edge, np.where(same, 0.0, math.inf), errors)
        place = int(errors.argmax())
        worst = max(worst, Swept(float(errors[place]), float(xs[place])))
    return worst


def main(count: int, names: Sequence[str]) -> None:
    """Print the largest errors."""
    how = "MPFR" if importlib.util.find_spec("gmpy2") else "mpmath"
    print(f"largest error in ulps over {count:,} floats of each, against {how}")
    for page, members in PAGES.items():
        for name in members:
            if not names or name in names:
                error, x = swept(name, count)
                print(f"{page:12} {name:8}{error:8.2f}  at {x!r}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10**8, sys.argv[2:])
