"""A gradient held against finite differences: from what the two sides of a point say to a verdict.

How one side is looked at is in one_sided.py. Where rounding may be what makes a function look different from near and
from afar, both slopes are possible, and a gradient is wrong only if it is neither of them.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.testing.accuracy import UNDERFLOW
from autograd.testing.one_sided import Limit, Side, limit_of
from autograd.testing.report import AT_JUMPS, Comparison, Report, Verdict

RESOLUTION = 1e-3  # a verdict is given only where an error of one part in a thousand would have been seen
METHOD = "finite differences of the function, extrapolated, with steps from 1/8 to the last digits"


class Slope(NamedTuple):
    """The derivative of a function of one number: from both sides, and the best of all if they agree."""

    left: Limit | None
    right: Limit | None
    best: Limit | None
    size: float  # of the difference quotients from its steps on: what the derivative is measured against

    @property
    def settled(self) -> bool:
        """Whether steps that are finer still would tell nothing new."""
        if self.best is None:  # a plain kink, or a jump
            sides = [s for s in (self.left, self.right) if s is not None]
            return all(math.isfinite(s.slope) and not s.rivals for s in sides)
        return not self.best.rivals and self.best.error <= RESOLUTION * self.size


def slope(f: Callable[[float], float], x: float) -> Slope:
    """Return the derivative of f at x, which may be one-sided, with bounds on its error.

    Cost: about 400 calls of f; ten thousand for a number like 1e-300, or at 0 for a function that needs such steps.

    >>> found = slope(math.exp, 0.0).best
    >>> abs(found.slope - 1.0) <= found.error < 1e-9
    True
    >>> kink = slope(abs, 0.0)
    >>> kink.left.slope, kink.right.slope, kink.best
    (-1.0, 1.0, None)
    """
    if not math.isfinite(x):
        return Slope(None, None, None, 0.0)
    found = _slope(f, x, deep=False)
    if x == 0.0 and not found.settled:
        deeper = _slope(f, x, deep=True)
        return deeper if deeper.settled else found
    return found


def _slope(f: Callable[[float], float], x: float, deep: bool) -> Slope:
    below, above = Side(f, x, -1.0, deep), Side(f, x, 1.0, deep)
    low, high = below.limit(), above.limit()
    if low is None or high is None:
        return Slope(low, high, low or high, _size(below, above, low or high))
    if low.jump or high.jump:
        return Slope(low, high, None, 0.0)
    if math.isinf(low.slope) or math.isinf(high.slope):
        return Slope(low, high, low if low.slope == high.slope else None, 0.0)
    low, high = _settled(low, high), _settled(high, low)
    if low.rivals or high.rivals:
        return Slope(low, high, low if low.rivals else high, 0.0)
    gap = abs(low.slope - high.slope)
    if gap > low.error + high.error and gap > RESOLUTION * max(abs(low.slope), abs(high.slope)):
        return Slope(low, high, None, 0.0)
    best = max(low, high, key=lambda side: side.error)
    if not (below.stairs or above.stairs):
        best = _best(below, above, low, high)
    return Slope(low, high, best, _size(below, above, best))


def _size(below: Side, above: Side, best: Limit | None) -> float:
    """Return the largest of the difference quotients from the step of a limit on."""
    finest = abs(best.step) if best is not None else 0.0
    return max((abs(q.slope) for q in below.quotients + above.quotients if abs(q.step) >= finest), default=0.0)


def _best(below: Side, above: Side, low: Limit, high: Limit) -> Limit:
    """Return the limit that is known best, of both sides and of their mean, with what the three tell of its error."""
    mirrored = {-q.step: q.slope for q in below.quotients}
    pairs = [q._replace(slope=q.slope / 2.0 + mirrored[q.step] / 2.0) for q in above.quotients if q.step in mirrored]
    both = limit_of(pairs, lambda step: max(below.noise(step), above.noise(step)), 2)
    best = min([low, high, both or low], key=lambda found: found.error)
    error = max(best.error, *(abs(best.slope - side.slope) - side.error for side in (low, high)))
    gap = abs(low.slope - high.slope)
    if gap > error:  # two measurements that differ by more than the better one admits; or an even function, whose mean
        error += gap  # of both sides is exactly 0 although neither is known
    return best._replace(error=error)


def _settled(side: Limit, other: Limit) -> Limit:
    """Return a side without its rivals if the other side has none, and tells which of them it is."""
    if other.rivals:
        return side
    for c in (side, *side.rivals):
        if abs(c.slope - other.slope) <= c.error + other.error:
            return c._replace(rivals=())
    return side


def compare(
    f: Callable[[list[float]], float],
    numbers: list[float],
    paths: Sequence[str],
    gradient: Callable[[], Any],
    flat: Callable[[Any], list[float]] = list,
) -> Report:
    """Return the report on a gradient that is given, of a function of a list of numbers; `flat` makes a list of it."""
    result = f(list(numbers))
    try:
        value = float(result)
    except (TypeError, ValueError) as error:
        kind = type(result).__name__
        raise TypeError(f"check_gradient: f returned {kind}, not one number; check one output at a time") from error
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # steps leave the domain of f now and then
        for i, (path, derivative) in enumerate(zip(paths, given, strict=True)):

            def moved(t: float, i: int = i) -> float:
                return float(f([*numbers[:i], t, *numbers[i + 1 :]]))

            comparisons.append(_compared(path, derivative, slope(moved, numbers[i]), value))
    return Report(value, tuple(comparisons), METHOD)


def _compared(path: str, found: float, seen: Slope, value: float) -> Comparison:
    """Return the comparison of a derivative with what finite differences say."""
    known = [side for side in (seen.left, seen.right) if side is not None]
    truth, allowed = math.nan, max((side.error for side in known), default=0.0)
    verdict: Verdict
    if not known or not math.isfinite(value):
        verdict, note = "undecidable", "the function has no values at this point or around it"
    elif seen.best is None or seen.best.rivals or any(side.jump for side in known):
        verdict, note = _without_truth(found, seen.best, known, allowed)
    else:
        truth, allowed = seen.best.slope, seen.best.error
        verdict, note = _beside_truth(found, seen.best, seen.size, value)
    left, right = (None if side is None or not note else side.slope for side in (seen.left, seen.right))
    return Comparison(path, found, truth, allowed, verdict, note, left=left, right=right)


def _without_truth(found: float, best: Limit | None, known: Sequence[Limit], allowed: float) -> tuple[Verdict, str]:
    """Return (verdict, note) at a jump, at a kink, and where two slopes are possible."""
    slopes = [side.slope for side in known]
    if any(side.jump for side in known):
        slopes.append(0.0)
        note, rule = f"the function jumps here; {AT_JUMPS}", ""
    elif best is None:
        note, rule = "the function has a kink here", "; any number from the left to the right derivative may be given"
    else:
        note = (
            f"on a fine scale the function has the slope {best.slope:.6g}, on a coarse one "
            f"{best.rivals[0].slope:.6g}: it has steps of its own, or computes with few digits"
        )
        possible = all(side.possible(found) for side in known)
        return ("undecidable", note) if possible else ("fail", f"{note}; {found!r} is neither")
    if min(slopes) - allowed <= found <= max(slopes) + allowed:
        return "not_differentiable", note
    return "fail", f"{note}{rule}, but {found!r} is none of them"


def _beside_truth(found: float, best: Limit, size: float, value: float) -> tuple[Verdict, str]:
    """Return (verdict, note) where finite differences know the derivative; `size` is that of the quotients."""
    truth = best.slope
    if not math.isfinite(found) or math.isinf(truth):
        note = f"the function has the value {value!r} here and the slope {truth:.6g} around it"
        return ("pass", "") if found == truth else ("fail", note)
    if abs(found - truth) > best.error + UNDERFLOW:
        return "fail", ""
    if best.error > RESOLUTION * max(abs(truth), abs(found), size) and (size or truth):  # else it is constant
        return "undecidable", f"finite differences only say that it lies within {best.error:.3g} of {truth:.6g}"
    return "pass", ""
