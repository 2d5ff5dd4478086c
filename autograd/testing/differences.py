"""Derivatives of any function of floats by adaptive finite differences, with an error bound, and aware of kinks.

Start at `slope`, then `_Side` and `_limit`. Steps shrink by four from an eighth of the argument to its last digits;
what the quotients tend to is extrapolated (L. F. Richardson 1911; C. Ridders, Advances in Engineering Software 4,
1982), and the noise of the function is measured, not assumed (J. Moré, S. Wild, Estimating Computational Noise, 2011).
The one surprise: the smallest error estimate does not always win. If finer steps contradict coarser ones beyond both
errors, the finer ones are believed, because a kink lies between them.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd.testing.report import AT_JUMPS, Comparison, Report, Verdict

LEVELS = 40
ORDERS = 6  # of the extrapolation
SAMPLES = 16
CALM = 4  # the samples nearest to the point, from which the jitter is taken where it grows
TINY = 5e-324  # what underflow takes
PEAK = 4.0  # no rounding error is larger than this many times the root mean square of all
RESOLUTION = 1e-3  # a verdict is given only where an error of one part in a thousand would have been seen
METHOD = "finite differences of the function, extrapolated, with steps from 1/8 to the last digits"


class Limit(NamedTuple):
    """What difference quotients tend to; infinite at a vertical tangent, and beyond the jump at a jump."""

    slope: float
    error: float
    step: float = 0.0
    jump: bool = False


class Quotient(NamedTuple):
    """A difference quotient."""

    step: float
    slope: float
    rise: float


class Slope(NamedTuple):
    """The derivative of a function of one number: from both sides, and the best of all if they agree."""

    left: Limit | None
    right: Limit | None
    best: Limit | None
    size: float  # of the difference quotients over all steps: what the derivative is measured against


class _Side:
    """One side of a point: difference quotients at steps that shrink by four, and how much the values jitter."""

    def __init__(self, f: Callable[[float], float], x: float, direction: float) -> None:
        self.f, self.x, self.direction = f, x, direction
        self.here = self.value(x)
        self.finest = 64.0 * math.ulp(x) if x else 2.0**-80
        self.quotients: list[Quotient] = []
        for level in range(LEVELS):
            far = x + direction * max(1.0, abs(x)) / 8.0 * 0.25**level
            if abs(far - x) < self.finest:
                break
            rise = self.value(far) - self.here
            if math.isfinite(rise):
                self.quotients.append(Quotient(far - x, rise / (far - x), rise))
        moving = [q for q in self.quotients if q.rise]
        still = [abs(q.step) for q in self.quotients if not moving or abs(q.step) < abs(moving[-1].step)]
        self.flat = max(still, default=0.0)  # how far the value does not change at all
        self.stairs = bool(moving) and self.flat > 0.0 and abs(moving[-1].rise) > 16.0 * math.ulp(self.here)
        self.jitters: list[tuple[float, float]] = []
        spacing = self.finest
        while SAMPLES * spacing <= max(1.0, abs(x)):
            self.jitters.append((spacing, self.jitter(spacing)))
            spacing *= 2.0**8

    def value(self, x: float) -> float:
        """Return f(x); NaN where it has no real value."""
        try:
            found = self.f(x)
        except (ValueError, ArithmeticError):
            return math.nan
        return math.nan if isinstance(found, complex) else float(found)

    def jitter(self, spacing: float) -> float:
        """Return the size of sixth differences, in which nothing smooth is left, in the calmer part of the samples."""
        values = [self.value(self.x + self.direction * spacing * i) for i in range(SAMPLES)]
        for _ in range(6):
            values = [b - a for a, b in pairwise(values)]
        sizes = sorted(abs(v) for v in values if math.isfinite(v))
        if not sizes:
            return 0.0
        return sizes[len(sizes) // 4] / 0.32 / math.sqrt(924.0)  # a normal quartile; (6!)**2 / 12! = 1 / 924

    def noise(self, step: float = math.inf) -> float:
        """Return how far values may be off, as seen on scales well below a step; by default, on all scales.

        Near a zero of the function its noise grows with the distance: as far as that, and what is seen beyond, allow.
        """
        near = [(spacing, jitter) for spacing, jitter in self.jitters if SAMPLES * spacing <= abs(step)]
        near = near or self.jitters[:1]
        seen = max(jitter for _, jitter in near)
        growth = [jitter / (CALM * spacing) for spacing, jitter in near]
        if not self.here:  # all of it is in proportion to the distance
            seen = max(seen, max(growth) * min(abs(step), 1.0))
        elif len(near) < len(self.jitters):
            seen = max(seen, min(self.jitters[len(near)][1], growth[-1] * abs(step)))
        return PEAK * max(2.0**-53 * abs(self.here), seen, TINY)

    def limit(self, jumped: bool = False) -> Limit | None:
        """Return what the quotients tend to; having jumped once, without looking for another jump.

        Values that jitter on a coarse scale alone are either noise there too, or the bends of a function that is smooth
        only on a finer scale. If what follows from the one contradicts the other, nothing is known.
        """
        if self.stairs and self.flat < 2.0**-26 * max(1.0, abs(self.x)):  # the function's, or those of its rounding?
            return Limit(0.0, math.inf)
        if self.stairs:  # a function that keeps half of its digits has such steps itself
            return Limit(0.0, PEAK * 2.0**-52 * abs(self.here) / self.flat, self.flat)
        grows = None if jumped else self.divergence()
        return grows or _both(_limit(self.quotients, self.noise, 1), _limit(self.quotients, lambda _: self.noise(), 1))

    def divergence(self) -> Limit | None:
        """Return an infinite limit if the quotients grow without end; None if they do not."""
        seen = [q for q in self.quotients if abs(q.rise) > 10.0 * self.noise(q.step / 4.0)][-8:]
        if len(seen) < 8:
            return None
        moves = [b.slope - a.slope for a, b in pairwise(seen)]
        if any(abs(d * q.step) <= 10.0 * self.noise(q.step / 4.0) for d, q in zip(moves, seen[1:], strict=True)):
            return None  # jitter does the same
        if not all(b / a > 0.9 for a, b in pairwise(moves)) or moves[-1] * seen[-1].slope < 0.0:
            return None
        infinite = Limit(math.copysign(math.inf, seen[-1].slope), 0.0, seen[-1].step)
        if abs(seen[-1].rise) <= 0.9 * abs(seen[-3].rise):
            return infinite
        beyond = _Side(self.f, self.x + seen[-1].step, self.direction).limit(jumped=True)
        return (beyond or infinite)._replace(jump=True)


def _limit(quotients: Sequence[Quotient], noise: Callable[[float], float], power: int) -> Limit | None:
    """Return the limit of quotients whose error is a series in step**power, with a bound on its error."""
    best: Limit | None = None
    for start in range(len(quotients) - 2):
        window = quotients[start : start + ORDERS + 1]
        table = [q.slope for q in window]
        weight = 2.0  # how much the jitter of the values can add up to
        found: Limit | None = None
        for order in range(1, len(window)):
            ratio = abs(window[0].step / window[1].step) ** (power * order)
            finer = [b + (b - a) / (ratio - 1.0) for a, b in pairwise(table)]
            weight *= (ratio + 1.0) / (ratio - 1.0)
            if 1 < order < len(window) - 1:
                bend = max(abs(finer[0] - x) for x in table[:3])  # three of them never agree by chance
                steep = max(abs(finer[0]), *(abs(q.rise / q.step) for q in window[: order + 1]))
                own = PEAK * 2.0**-53 * steep  # where f is zero, the values beside it, and x + step, are rounded still
                error = bend + weight * (noise(window[order].step) / abs(window[order].step) + own)
                if found is None or error < found.error:
                    found = Limit(finer[0], error, window[order].step)
            table = finer
        if found is None:
            continue
        if best is None or found.error < best.error or abs(found.slope - best.slope) > found.error + best.error:
            best = found
    return best


def _both(fine: Limit | None, coarse: Limit | None) -> Limit | None:
    """Return the limit that is known better, unless they contradict each other; then its error is infinite."""
    if fine is None or coarse is None:
        return fine or coarse
    if abs(fine.slope - coarse.slope) > fine.error + coarse.error:
        return fine._replace(error=math.inf)
    return min(fine, coarse, key=lambda found: found.error)


def slope(f: Callable[[float], float], x: float) -> Slope:
    """Return the derivative of f at x, which may be one-sided, with bounds on its error. Cost: about 200 calls of f.

    >>> found = slope(math.exp, 0.0).best
    >>> abs(found.slope - 1.0) <= found.error < 1e-9
    True
    >>> kink = slope(abs, 0.0)
    >>> kink.left.slope, kink.right.slope, kink.best
    (-1.0, 1.0, None)
    """
    below, above = _Side(f, x, -1.0), _Side(f, x, 1.0)
    low, high = below.limit(), above.limit()
    size = max((abs(q.slope) for q in below.quotients + above.quotients), default=0.0)
    if low is None or high is None:
        return Slope(low, high, low or high, size)
    if low.jump or high.jump:
        return Slope(low, high, None, size)
    if math.isinf(low.slope) or math.isinf(high.slope):
        return Slope(low, high, low if low.slope == high.slope else None, size)
    if math.isinf(low.error) or math.isinf(high.error):
        return Slope(low, high, Limit(low.slope, math.inf), size)
    gap = abs(low.slope - high.slope)
    if gap > low.error + high.error and gap > RESOLUTION * max(abs(low.slope), abs(high.slope)):
        return Slope(low, high, None, size)
    mirrored = {-q.step: q.slope for q in below.quotients}
    pairs = [q._replace(slope=0.5 * (q.slope + mirrored[q.step])) for q in above.quotients if q.step in mirrored]
    if below.stairs or above.stairs:
        return Slope(low, high, max(low, high, key=lambda side: side.error), size)
    fine = _limit(pairs, lambda step: max(below.noise(step), above.noise(step)), 2)
    coarse = _limit(pairs, lambda _: max(below.noise(), above.noise()), 2)
    both = _both(fine, coarse)
    agreed = [c for c in (both, low, high) if c is not None]
    best = min(agreed, key=lambda c: c.error)
    spread = max(abs(best.slope - c.slope) - c.error for c in agreed)  # more than its own error, if they disagree
    return Slope(low, high, best._replace(error=max(best.error, spread)), size)


def compare(
    f: Callable[[list[float]], float],
    numbers: list[float],
    paths: Sequence[str],
    gradient: Callable[[], Any],
    flat: Callable[[Any], list[float]] = list,
) -> Report:
    """Return the report on a gradient that is given, of a function of a list of numbers; `flat` makes a list of it."""
    value = float(f(list(numbers)))
    try:
        found = gradient()
    except Exception as error:  # whatever it is, there is no gradient, and that is the finding
        note = f"the gradient raised {type(error).__name__}: {error}"
        failed = tuple(Comparison(path, math.nan, math.nan, 0.0, "fail", note) for path in paths)
        return Report(value, failed, METHOD)
    given = flat(found)
    if len(given) != len(numbers):
        raise ValueError(f"gradient: returned {len(given)} numbers for {len(numbers)} arguments; return one for each")
    comparisons = []
    for i, (path, found) in enumerate(zip(paths, given, strict=True)):

        def moved(t: float, i: int = i) -> float:
            return float(f([*numbers[:i], t, *numbers[i + 1 :]]))

        comparisons.append(_judged(path, found, slope(moved, numbers[i]), value))
    return Report(value, tuple(comparisons), METHOD)


def _judged(path: str, found: float, seen: Slope, value: float) -> Comparison:
    """Return the comparison of a derivative with what finite differences say."""
    left, right = (None if side is None else side.slope for side in (seen.left, seen.right))
    verdict: Verdict
    if seen.left is None and seen.right is None:
        return Comparison(path, found, math.nan, 0.0, "undecidable", "the function has no values around this point")
    known = [side for side in (seen.left, seen.right) if side is not None]
    allowed = max(side.error for side in known)
    slopes = [side.slope for side in known]
    if any(side.jump for side in known):
        verdict = (
            "not_differentiable" if min(0.0, *slopes) - allowed <= found <= max(0.0, *slopes) + allowed else "fail"
        )
        note = (
            "the function jumps here; " + AT_JUMPS + ("" if verdict != "fail" else f", but {found!r} is none of them")
        )
        return Comparison(path, found, math.nan, allowed, verdict, note, left=left, right=right)
    if seen.best is not None:
        truth, allowed = seen.best.slope, seen.best.error
        if found == truth and allowed < math.inf:
            return Comparison(path, found, truth, allowed)
        if found != found or math.isinf(found) or math.isinf(truth):
            note = f"the function has the value {value!r} here and the slope {truth:.6g} around it"
            return Comparison(path, found, truth, allowed, "fail", note, left=left, right=right)
        verdict = "pass" if abs(found - truth) <= allowed else "fail"
        if allowed == math.inf:
            note = "on a coarse scale the function looks different than on a fine one: steps, waves or rounding"
            return Comparison(path, found, math.nan, allowed, "undecidable", note)
        if verdict == "pass" and allowed > RESOLUTION * max(abs(truth), abs(found), seen.size):
            note = f"finite differences only say that it lies within {allowed:.3g} of {truth:.6g}"
            return Comparison(path, found, truth, allowed, "undecidable", note)
        return Comparison(path, found, truth, allowed, verdict)
    if min(slopes) - allowed <= found <= max(slopes) + allowed:
        verdict, note = "not_differentiable", "the function has a kink here"
    else:
        verdict = "fail"
        note = "the function has a kink here; any number from the left to the right derivative may be given"
        note += f", but {found!r} is none of them"
    return Comparison(path, found, math.nan, allowed, verdict, note, left=left, right=right)
