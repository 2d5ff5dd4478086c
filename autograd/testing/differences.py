"""Derivatives of any function of floats by adaptive finite differences, with an error bound, and aware of kinks.

Start at `slope`, then `_limit`. Steps shrink by four from an eighth of the argument to its last digits; what the
quotients tend to is extrapolated (L. F. Richardson 1911; C. Ridders, Advances in Engineering Software 4, 1982), and the
noise of the function is measured, not assumed (J. Moré, S. Wild, Estimating Computational Noise, 2011). The one
surprise: the smallest error estimate does not always win. If finer steps contradict coarser ones beyond both errors,
the finer ones are believed, because a kink lies between them.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from autograd.testing.report import Comparison, Report, Verdict

LEVELS = 40
ORDERS = 6  # of the extrapolation
PEAK = 4.0  # no rounding error is larger than this many times the root mean square of all
RESOLUTION = 1e-3  # a verdict is given only where an error of one part in a thousand would have been seen
METHOD = "finite differences of the function, extrapolated, with steps from 1/8 to the last digits"


class Limit(NamedTuple):
    """What difference quotients tend to; infinite at a vertical tangent or a jump."""

    slope: float
    error: float
    step: float = 0.0
    jump: bool = False


class Slope(NamedTuple):
    """The derivative of a function of one number: from both sides, and the best of all if they agree."""

    left: Limit | None
    right: Limit | None
    best: Limit | None
    size: float  # of the difference quotients over all steps: what the derivative is measured against


def _quietly(f: Callable[[float], float], x: float) -> float:
    try:
        return float(f(x))
    except (ValueError, ArithmeticError):
        return math.nan


def _noise(f: Callable[[float], float], x: float, direction: float, finest: float) -> float:
    """Return how much values near x jitter: the size of sixth differences, in which nothing smooth is left."""
    here = abs(_quietly(f, x))
    found = 2.0**-53 * here
    for spacing in (16.0 * finest, 2.0**13 * finest, 2.0**23 * finest):
        values = [_quietly(f, x + direction * spacing * i) for i in range(8)]
        for _ in range(6):
            values = [b - a for a, b in pairwise(values)]
        if all(map(math.isfinite, values)):
            found = max(found, math.sqrt(sum(v * v for v in values) / len(values) / 924.0))  # (6!)**2 / 12!
    return PEAK * found


def _quotients(f: Callable[[float], float], x: float, direction: float) -> list[tuple[float, float, float]]:
    """Return (step, slope, rise) for steps that shrink by four; without those that leave the domain."""
    here = _quietly(f, x)
    found = []
    for level in range(LEVELS):
        far = x + direction * max(1.0, abs(x)) / 8.0 * 0.25**level
        step = far - x
        if abs(step) < 64.0 * math.ulp(x):
            break
        rise = _quietly(f, far) - here
        if math.isfinite(rise):
            found.append((step, rise / step, rise))
    return found


def _diverges(quotients: Sequence[tuple[float, float, float]], noise: float) -> Limit | None:
    """Return an infinite limit if the quotients grow without end; None if they do not."""
    seen = [(h, q, rise) for h, q, rise in quotients if abs(rise) > 10.0 * noise][-8:]
    if len(seen) < 8:
        return None
    slopes = [q for _, q, _ in seen]
    moves = [b - a for a, b in pairwise(slopes)]
    if not all(b / a > 0.9 for a, b in pairwise(moves) if a):
        return None
    if not all(moves) or moves[-1] * slopes[-1] < 0.0:
        return None
    jump = abs(seen[-1][2]) > 0.9 * abs(seen[-3][2])
    return Limit(math.copysign(math.inf, slopes[-1]), 0.0, seen[-1][0], jump)


def _limit(quotients: Sequence[tuple[float, float, float]], noise: float, power: int) -> Limit | None:
    """Return the limit of quotients whose error is a series in step**power, with a bound on its error."""
    best: Limit | None = None
    for start in range(len(quotients) - 2):
        window = quotients[start : start + ORDERS]
        table = [q for _, q, _ in window]
        weight = 2.0  # how much the noise of the values can add up to, over the smallest step
        found: Limit | None = None
        for order in range(1, len(window)):
            ratio = abs(window[0][0] / window[1][0]) ** (power * order)
            finer = [b + (b - a) / (ratio - 1.0) for a, b in pairwise(table)]
            weight *= (ratio + 1.0) / (ratio - 1.0)
            if order > 1:
                bend = max(abs(finer[0] - table[0]), abs(finer[0] - table[1]))
                error = bend + weight * noise / abs(window[order][0])
                if found is None or error < found.error:
                    found = Limit(finer[0], error, window[order][0])
            table = finer
        if found is None:
            continue
        if best is None or found.error < best.error or abs(found.slope - best.slope) > found.error + best.error:
            best = found
    return best


def slope(f: Callable[[float], float], x: float) -> Slope:
    """Return the derivative of f at x, which may be one-sided, with bounds on its error. Cost: about 100 calls of f.

    >>> found = slope(math.exp, 0.0).best
    >>> abs(found.slope - 1.0) <= found.error < 1e-9
    True
    >>> kink = slope(abs, 0.0)
    >>> kink.left.slope, kink.right.slope, kink.best
    (-1.0, 1.0, None)
    """
    right, left = _quotients(f, x, 1.0), _quotients(f, x, -1.0)
    finest = 64.0 * math.ulp(x) if x else 4.0**-LEVELS
    noises = [_noise(f, x, direction, max(finest, 2.0**-60)) for direction in (-1.0, 1.0)]
    limits = [
        _diverges(quotients, noise) or _limit(quotients, noise, 1)
        for quotients, noise in zip((left, right), noises, strict=True)
    ]
    size = max((abs(q) for _, q, _ in left + right), default=0.0)
    low, high = limits
    if low is None or high is None:
        return Slope(low, high, low or high, size)
    if math.isinf(low.slope) or math.isinf(high.slope):
        return Slope(low, high, low if low.slope == high.slope and not (low.jump or high.jump) else None, size)
    if abs(low.slope - high.slope) > low.error + high.error:
        return Slope(low, high, None, size)
    mirrored = {-h: (q, rise) for h, q, rise in left}
    pairs = [(h, 0.5 * (q + mirrored[h][0]), rise) for h, q, rise in right if h in mirrored]
    both = _limit(pairs, max(noises), 2)
    agreed = [c for c in (both, low, high) if c is not None]
    best = min(agreed, key=lambda c: c.error)
    if any(abs(best.slope - c.slope) > best.error + c.error for c in agreed):
        best = max(agreed, key=lambda c: c.error)
    return Slope(low, high, best, size)


def compare(
    f: Callable[[list[float]], float], numbers: list[float], paths: Sequence[str], gradient: Callable[[], list[float]]
) -> Report:
    """Return the report on a gradient that is given, of a function of a list of numbers."""
    value = float(f(list(numbers)))
    try:
        given = gradient()
    except Exception as error:  # whatever it is, there is no gradient, and that is the finding
        note = f"the gradient raised {type(error).__name__}: {error}"
        failed = tuple(Comparison(path, math.nan, math.nan, 0.0, "fail", note) for path in paths)
        return Report(value, failed, METHOD)
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
    if seen.best is not None:
        truth, allowed = seen.best.slope, seen.best.error
        if found == truth:
            return Comparison(path, found, truth, allowed)
        if found != found or math.isinf(found) or math.isinf(truth):
            note = f"the function has the value {value!r} here and the slope {truth:.6g} around it"
            return Comparison(path, found, truth, allowed, "fail", note, left=left, right=right)
        verdict = "pass" if abs(found - truth) <= allowed else "fail"
        if verdict == "pass" and allowed > RESOLUTION * max(abs(truth), abs(found), seen.size):
            note = f"finite differences only say that it lies within {allowed:.3g} of {truth:.6g}"
            return Comparison(path, found, truth, allowed, "undecidable", note)
        return Comparison(path, found, truth, allowed, verdict)
    assert seen.left is not None
    assert seen.right is not None
    allowed = max(seen.left.error, seen.right.error)
    sides = sorted((seen.left.slope, seen.right.slope))
    if seen.left.jump or seen.right.jump:
        verdict, note = "not_differentiable", "the function jumps here"
        if found != found:
            verdict, note = "fail", f"{note}; its gradient may be 0 there, but never nan"
    elif sides[0] - allowed <= found <= sides[1] + allowed:
        verdict, note = "not_differentiable", "the function has a kink here"
    else:
        verdict = "fail"
        note = "the function has a kink here; any number from the left to the right derivative may be given"
        note += f", but {found!r} is none of them"
    return Comparison(path, found, math.nan, allowed, verdict, note, left=left, right=right)
