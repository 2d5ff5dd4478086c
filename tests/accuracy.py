"""The accuracy report: for each row the worst value, first and second derivative on every backend, in ulps.

`python -m tests.accuracy [COUNT [ROW ...]]` prints it, and fails where one is beyond its bound; the truth has 50 digits
or more. tests/primitives/test_table.py holds the first derivatives of the rows themselves to their bounds. Operands are
drawn twice: from ordinary sizes, and log-uniformly from all that a float can hold, both within the row's domain and
close to its ends.
"""

import math
import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mpmath import mp

from autograd.errors import AutogradError
from autograd.floats.nary import steps_of
from autograd.primitives.domains import REALS, Interval
from autograd.primitives.primitive import ROWS, Primitive
from autograd.testing.accuracy import SECOND_ULPS, SMALL, ULPS, bound, unit
from autograd.testing.exact import Expansion, definition, expand, partial, ulps

from .tools.backends import WAYS, derivatives, groups, moving, program_of

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


class Worst(NamedTuple):
    """The least accurate of some numbers: how many ulps, what it is of, at which operands."""

    error: float = 0.0
    what: str = ""
    xs: tuple[float, ...] = ()


def value_bound(row: Primitive) -> float:
    """Return how many ulps a value may be off on a backend."""
    return row.ulps or ULPS


def truths(row: Primitive, xs: tuple[Any, ...]) -> Expansion | None:
    """Return the exact value and derivatives towards all operands; None where one of them is not finite."""
    wanted = [i for i in range(len(xs)) if row.differentiable(i)]
    if row.kink is not None and row.kink.distance(*xs[row.parameters :]) == 0.0:
        return None
    try:
        row.value(*xs)
        return expand(definition(row), xs, wanted, order=2)
    except (ArithmeticError, ValueError, TypeError):  # no value, a pole, or beyond mpmath's own reach
        return None


def off(found: float, truth: Any, size: float) -> float:
    """Return how far a number is from the truth, in ulps of the larger of the truth and a size."""
    exact = float(truth)
    if abs(exact) >= size or not math.isfinite(found):
        return ulps(found, truth)
    return abs(found - exact) / math.ulp(max(size, SMALL))


def terms_of_cosine(xs: tuple[Any, ...], *wanted: int) -> float:
    """Return the size of the terms of a third derivative of the cosine, which may cancel: 1 over the norms."""
    uv = xs[1:]
    n = len(uv) // 2
    norms = math.hypot(*uv[:n]), math.hypot(*uv[n:])
    return 1.0 / math.prod(norms[i >= n] for i in (*steps_of(xs[0], len(uv)), *(k - 1 for k in wanted)))


def compared(row: Primitive, xs: tuple[Any, ...], found: Sequence[Sequence[float]]) -> Iterator[tuple[str, float]]:
    """Yield (what, ulps over the bound) of a value, its gradient and the rows of its Hessian, in this order."""
    truth = truths(row, xs)
    if truth is None:
        return
    wanted = [i for i in range(len(xs)) if row.differentiable(i)]
    (value,), gradient, *hessian = found
    yield "value", off(value, truth.value, row.terms)
    still = row.name in ("pow", "power") and xs[0] < 0.0  # the exponent of a negative base cannot move
    for i, slope in zip(wanted, gradient, strict=True):
        if not (still and i == 1):
            yield "first", off(slope, truth.gradient[i], row.floor or 0.0)
    largest = max((abs(float(x)) for x in truth.hessian.values()), default=0.0)
    for i, slope, slopes in zip(wanted, gradient, hessian, strict=True):
        for j, bend in zip(wanted, slopes, strict=True):
            if not (still and 1 in (i, j)):
                size = max(0.01 * abs(slope), 0.05 * largest, row.terms)  # near a zero, against its neighbours
                if row.name == "cosine_derivative":
                    size = max(size, terms_of_cosine(xs, i, j))
                yield "second", off(bend, truth.hessian[i, j], size)


def on_every_backend(row: Primitive, count: int, ways: Sequence[str]) -> dict[tuple[str, str], Worst]:
    """Return the worst value, first and second derivative of a row, each on every backend."""
    rng = random.Random(row.name)
    cases = [operands(row, rng, wide) for wide in (False, True) for _ in range(count)]
    found: dict[tuple[str, str], Worst] = {}
    for group in groups(row, cases):
        program = program_of(row, group[0])
        first, second = derivatives(program)
        n = program.inputs
        for way in ways:
            results = [WAYS[way](program)([moving(row, xs) for xs in group])]
            results.append(WAYS[way](first)([[*moving(row, xs), 1.0] for xs in group]))
            run = WAYS[way](second)
            for i in range(n):
                seeds = [float(i == j) for j in range(n)]
                results.append([x[:n] for x in run([[*moving(row, xs), 1.0, *seeds] for xs in group])])
            for xs, numbers in zip(group, zip(*results, strict=True), strict=True):
                for what, error in compared(row, xs, numbers):
                    if error > found.setdefault((what, way), Worst()).error:
                        found[what, way] = Worst(error, what, xs)
    return found


def main(count: int, names: Sequence[str]) -> int:
    """Print the worst errors of every row on every backend, and return how many are beyond their bounds."""
    ways = list(WAYS)
    print(f"largest error in ulps over {2 * count} points, by derivative and backend; ! beyond the bound")
    print(f"{'row':34}{'bound':>6} {'':8}{''.join(f'{way:>10}' for way in ways)}")
    beyond = 0
    for row in [ROWS[name] for name in names] or ROWS.values():
        found = on_every_backend(row, count, ways)
        for what, most in (("value", value_bound(row)), ("first", bound(row)), ("second", SECOND_ULPS)):
            errors = [found.get((what, way), Worst()) for way in ways]
            beyond += sum(worst.error > most for worst in errors)
            shown = "".join(f"{worst.error:9.1f}{'!' if worst.error > most else ' '}" for worst in errors)
            least = max(errors)
            print(f"{row.name:34}{most:6.0f} {what:8}{shown}  {least.xs if least.error > most else ''}", flush=True)
    print(f"{beyond} beyond their bounds")
    return beyond


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2:])))
