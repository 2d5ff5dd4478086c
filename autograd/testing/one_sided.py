"""The derivative of any function of floats from one side, by adaptive finite differences, with an error bound.

Steps shrink by four from an eighth of the argument to its last digits; what the quotients tend to is extrapolated (L.
F. Richardson 1911; C. Ridders, Advances in Engineering Software 4, 1982), and the noise of the function is measured,
not assumed (J. Moré, S. Wild, Estimating Computational Noise, 2011). The smallest error estimate does not always win.
If finer steps contradict coarser ones beyond both errors, the finer ones are believed, because a kink lies between
them; unless a jump does, which may be one of rounding: then both are kept.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

ORDERS = 6  # of the extrapolation
SAMPLES = 16
SCALES = 3  # at least so many: on any one or two the roundings may be in step with the samples, and none is seen
CALM = 4  # the samples nearest to the point, from which the jitter is taken where it grows
TINY = 5e-324  # the smallest float: what underflow takes
PEAK = 4.0  # no rounding error is larger than this many times the root mean square of all
ROUNDED = 2.0**-44  # stairs as narrow as this, relative to the argument, are rounding's
STAIRS = 2.0**-7  # stairs as wide as this are the function's own; between the two lie numbers of lower precision


class Limit(NamedTuple):
    """What difference quotients tend to; infinite at a vertical tangent, and beyond the jump at a jump."""

    slope: float
    error: float
    step: float = 0.0
    jump: bool = False
    rivals: tuple["Limit", ...] = ()  # what it may be as well, if coarser steps tell otherwise

    def near(self, slope: float) -> bool:
        """Return whether this may be the slope."""
        return self.slope == slope or abs(self.slope - slope) <= self.error

    def possible(self, slope: float) -> bool:
        """Return whether this, or a rival, may be the slope."""
        return any(limit.near(slope) for limit in (self, *self.rivals))


class Quotient(NamedTuple):
    """A difference quotient."""

    step: float
    slope: float
    rise: float


class Side:
    """One side of a point: difference quotients at steps that shrink by four, and how much the values jitter."""

    f: Callable[[float], float]
    x: float
    direction: float

    def __init__(self, f: Callable[[float], float], x: float, direction: float, deep: bool = False) -> None:
        self.f, self.x, self.direction = f, x, direction
        self.here: float = self.value(x)
        self.finest: float = 64.0 * math.ulp(x) if x else 2.0 ** (-1050 if deep else -80)
        self.quotients: list[Quotient] = []
        far, reach = math.inf, max(1.0, abs(x)) / 8.0
        while reach >= self.finest:
            far = x + direction * reach
            rise = self.value(far) - self.here
            if math.isfinite(far) and math.isfinite(rise):
                self.quotients.append(Quotient(far - x, rise / (far - x), rise))
            reach *= 0.25
        last = self.quotients[-2:]
        self.steep: float = 0.0  # or infinite, if the slope is too large for a float
        if len(last) == 2 and abs(last[1].rise) <= abs(last[0].rise) / 2.0:
            self.steep = last[1].slope
        self.quotients = [q for q in self.quotients if math.isfinite(q.slope)]
        moving = [q for q in self.quotients if q.rise]
        still = [abs(q.step) for q in self.quotients if not moving or abs(q.step) < abs(moving[-1].step)]
        self.flat: float = max(still, default=0.0)  # how far the value does not change at all
        self.stairs: bool = bool(moving) and self.flat > 0.0 and abs(moving[-1].rise) > 16.0 * math.ulp(self.here)
        self.jitters: list[tuple[float, float]] = []
        spacing = self.finest * 89.0 / 64.0  # odd numbers of ulps: products with round ones are rounded differently
        while SAMPLES * spacing <= max(1.0, abs(x)):
            self.jitters.append((spacing, self.jitter(spacing)))
            spacing *= 17.0

    def value(self, x: float) -> float:
        """Return f(x); NaN where it has no real value, whatever it raises to say so."""
        try:
            return float(self.f(x))
        except Exception:
            return math.nan

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
        near = near if len(near) > SCALES else self.jitters[:SCALES]
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
        only on a finer scale. If what follows from the one contradicts the other, a jump between them tells of noise.
        """
        if math.isinf(self.steep):
            return Limit(self.steep, 0.0, self.finest * self.direction)
        grows = None if jumped or self.stairs else self.divergence()
        if grows is not None:
            return grows
        moving = [q for q in self.quotients if abs(q.step) > self.flat] if self.stairs else self.quotients
        coarse = limit_of(moving, lambda _: self.noise(), 1)
        fine = limit_of(moving, self.noise, 1)
        if not self.stairs:
            return self.believed(fine, coarse) if fine is not None and coarse is not None else fine or coarse
        width = self.flat / max(1.0, abs(self.x))
        if width < ROUNDED:
            return self.divergence() or coarse
        still = Limit(0.0, PEAK * 2.0**-52 * abs(self.here) / self.flat, self.flat * self.direction)
        if coarse is None or fine is None or width >= STAIRS or self.joined(still, 4.0 * still.step):
            return still
        return still._replace(rivals=(fine, coarse))

    def believed(self, fine: Limit, coarse: Limit) -> Limit:
        """Return the limit that is known better; if they contradict each other, the fine one, or both at a jump."""
        gap = abs(fine.slope - coarse.slope)
        if gap <= fine.error + coarse.error:
            return min(fine, coarse, key=lambda found: found.error)
        if fine.error < gap / 100.0 and self.joined(fine, coarse.step):
            return fine
        return fine._replace(rivals=(coarse,))

    def joined(self, fine: Limit, far: float) -> bool:
        """Return whether the function leaves the line that it follows nearby without a jump, on its way to a step."""

        def off(step: float) -> float:
            return self.value(self.x + step) - self.here - fine.slope * step

        near, limit = fine.step, abs(off(far) / far) / 4.0
        while abs(far - near) > 2.0 * math.ulp(max(abs(self.x), abs(near))):
            middle = near + (far - near) / 2.0
            if middle in (near, far):
                break
            if abs(off(middle)) > limit * abs(middle):
                far = middle
            else:
                near = middle
        return abs(off(far) - off(near)) <= abs(off(far)) / 4.0

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
        beyond = Side(self.f, self.x + seen[-1].step, self.direction).limit(jumped=True)
        return (beyond or infinite)._replace(jump=True)


def limit_of(quotients: Sequence[Quotient], noise: Callable[[float], float], power: int) -> Limit | None:
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
