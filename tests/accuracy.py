"""The accuracy report: for each row of the table the worst first derivative, in ulps of the 50-digit truth, and where.

`python -m tests.accuracy` prints it; tests/primitives/test_table.py holds every line to its bound. Operands are drawn
twice: from ordinary sizes, and log-uniformly from all that a float can hold, both within the row's domain and
close to its ends.
"""

import math
import random
import sys
from collections.abc import Iterator

from mpmath import mp

import autograd
from autograd.errors import AutogradError
from autograd.primitives.domains import REALS, Interval
from autograd.primitives.primitive import ROWS, Primitive
from autograd.testing.accuracy import unit
from autograd.testing.exact import definition, partial, ulps

QUOTIENTS = ("floordiv", "mod", "fmod", "remainder")  # a truth exists where the quotient is far from a jump


def inside(rng: random.Random, domain: Interval, wide: bool, decades: float = 300.0) -> float:
    """Return a random operand within a domain, sometimes close to a finite end."""
    while True:
        x = rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(-decades, decades) if wide else rng.uniform(-4.0, 4.0)
        ends = [end for end in (domain.low, domain.high) if math.isfinite(end) and end]
        if ends and rng.random() < 0.5:
            x = rng.choice(ends) * (1.0 + rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(-15.0, 0.0))
        if len(ends) == 2 and wide:
            x = math.copysign(10.0 ** rng.uniform(-300.0, 0.0), x)
        if x in domain:
            return x


def operands(row: Primitive, rng: random.Random, wide: bool) -> tuple[float, ...]:
    """Return random operands for a row."""
    if row.gradient is not None:
        n = 4 if row.paired else 3
        xs = [inside(rng, REALS, wide, 100.0) for _ in range(n)]
        return tuple([rng.randrange(n) for _ in range(row.parameters)] + xs)
    domains = row.domain or (REALS,) * len(row.partials)
    if row.name in QUOTIENTS:
        scale = 10.0 ** rng.uniform(-290.0, 290.0) if wide else 1.0
        return tuple([scale * inside(rng, REALS, False) for _ in range(2)])
    drawn = [inside(rng, domain, wide, 300.0 if len(domains) == 1 else 100.0) for domain in domains]
    for position, rule in enumerate(row.partials):
        if rule is None:
            drawn[position] = {"where": rng.randrange(2), "clamp_weight": rng.randrange(3)}.get(
                row.name, rng.randrange(5)
            )
    if row.name == "monomial":
        drawn[1] = abs(drawn[1])
    return tuple(drawn)


def judged(row: Primitive, xs: tuple[float, ...]) -> Iterator[tuple[float, float, int]]:
    """Yield (ulps, partial, position) for each operand; nothing where the row has no value or no finite truth."""
    try:
        z = float(row.value(*xs))
    except (ValueError, ArithmeticError, AutogradError):
        return
    if row.kink is not None and row.kink.distance(*xs[row.parameters :]) == 0.0:
        return
    wanted = [i for i in range(len(xs)) if row.differentiable(i)]
    for position, found in zip(wanted, row.partials_at(z, xs, wanted), strict=True):
        if row.name in ("pow", "power") and position == 1 and xs[0] < 0.0:
            continue  # a whole-numbered exponent of a negative base cannot move
        try:
            truth = partial(definition(row), xs, position)
        except (OverflowError, ZeroDivisionError, ValueError):  # beyond mpmath's own reach, as erfc(1e200)
            continue
        if isinstance(truth, mp.mpc) or not mp.isfinite(truth):
            continue
        floor = abs(truth) < (row.floor or 0.0)
        error = abs(found - float(truth)) / unit(row, float(truth)) if floor else ulps(found, truth)
        yield error, found, position


def worst(row: Primitive, count: int, wide: bool, seed: int = 0) -> tuple[float, tuple[float, ...], int]:
    """Return (ulps, operands, position) of the least accurate partial of a row over random operands."""
    rng = random.Random(f"{row.name} {wide} {seed}")
    found: tuple[float, tuple[float, ...], int] = (0.0, (), 0)
    for _ in range(count):
        xs = operands(row, rng, wide)
        for error, _, position in judged(row, xs):
            if error > found[0]:
                found = (error, xs, position)
    return found


def real_functions() -> set[str]:
    """Return the functions of `math` on real numbers, also those that are newer than this Python."""
    integers = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm"}
    predicates = {"isclose", "isfinite", "isinf", "isnan", "isnormal", "issubnormal", "signbit"}
    neighbours = {"nextafter", "ulp"}
    newest = {"fmax", "fmin"}  # Python 3.15; here maximum and minimum
    names = {name for name in vars(math) if callable(getattr(math, name)) and not name.startswith("_")}
    return (names | {"cbrt", "exp2", "fma", "sumprod"}) - integers - predicates - neighbours - newest


def main(count: int) -> None:
    print(f"{'primitive':34}{'ordinary':>10}{'wide':>10}  worst operands")
    for row in ROWS.values():
        ordinary, wide = worst(row, count, wide=False), worst(row, count, wide=True)
        where = max(ordinary, wide)
        at = f"d/d[{where[2]}] at {where[1]}" if where[1] else ""
        print(f"{row.name:34}{ordinary[0]:10.2f}{wide[0]:10.2f}  {at}", flush=True)
    print("\nmath's real functions:")
    print(", ".join(f"{name} {'yes' if hasattr(autograd, name) else 'NO'}" for name in sorted(real_functions())))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
