"""One-sided derivatives in high precision: what a gradient is held against at a kink, at a jump, at a domain's end.

Nothing is assumed of the function, not even that it is continuous; whether its slope converges is seen from steps of
1e-20, 1e-40 and 1e-60.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from autograd.testing.exact import Exact, mp, mpf
from autograd.testing.report import AT_JUMPS, Comparison, Verdict

STEPS = (20, 40, 60)
NOISE = 20  # digits that are not counted on


class Sides(NamedTuple):
    """The slopes on both sides of a point; None where there is no value, infinite where it is vertical."""

    left: Exact | None
    right: Exact | None
    jump: bool  # whether the function jumps at the point itself, on either side


def one_sided_slopes(f: Callable[[Exact], Exact], scale: float = 1.0) -> Sides:
    """Return the slopes of t -> f(t) at t = 0, where f is computed in the present precision of mpmath."""
    here = f(mpf(0))
    found: list[mpf | None] = []
    jump = False
    for sign in (-1, 1):
        try:
            steps = [sign * mpf(10) ** -n * (mpf(scale) or 1) for n in STEPS]
            rises = [f(step) - here for step in steps]
        except (ValueError, ArithmeticError):
            found.append(None)
            continue
        slopes = [rise / step for rise, step in zip(rises, steps, strict=True)]
        if all(abs(finer) <= abs(slope) / 2 for slope, finer in pairwise(slopes)):
            found.append(mpf(0))  # as those of x * x at 0 do, however small the steps are
            continue
        first, second = slopes[1] - slopes[0], slopes[2] - slopes[1]
        converges = abs(second) <= mpf(10) ** -6 * max(abs(slopes[2]), abs(first))
        noise = mpf(10) ** (NOISE - mp.dps) * max(abs(here), abs(scale), 1)
        if not converges and max(map(abs, rises)) <= noise:
            found.append(mpf(0))  # what is left of terms that cancel
        elif not converges and abs(rises[2]) > abs(rises[1]) / 2:
            jump = True
            found.append((rises[1] - rises[2]) / (steps[1] - steps[2]))  # beyond the jump
        else:
            found.append(slopes[2] if converges else mp.sign(slopes[2]) * mp.inf)
    return Sides(found[0], found[1], jump)


def compared_with_sides(path: str, found: float, sides: Sides, allowed: float, reason: str) -> Comparison:
    """Return the comparison of a derivative with the slopes on both sides; `reason` is why it is made."""
    slopes = [s for s in (sides.left, sides.right) if s is not None]
    if not slopes:
        note = f"{reason}; the function has no value on either side of this point"
        return Comparison(path, found, math.nan, allowed, "undecidable", note)
    if any(map(mp.isnan, slopes)):
        note = f"{reason}; its steps are so small there that no slope can be seen"
        return Comparison(path, found, math.nan, allowed, "undecidable", note)
    low, high = min(slopes), max(slopes)
    truth = math.nan
    agrees: Verdict = "not_differentiable"
    if sides.jump:
        low, high = min(0, low), max(0, high)
        note = f"{reason}; the function jumps at this point; {AT_JUMPS}"
    elif not (seen := _one_slope(low, high)):
        note = f"{reason}; any number from the left to the right derivative may be given"
    else:
        truth, agrees = float(low), "pass"
        note = f"{reason}; the function has values on one side only"
        if len(slopes) == 2:
            note = f"{reason}; but the function is {seen} there: left and right agree"
    inside = found == found and low - allowed <= found <= high + allowed
    if math.isnan(truth) and not inside:
        note += f", but {found!r} is none of them"
    left, right = (None if s is None else float(s) for s in (sides.left, sides.right))
    return Comparison(path, found, truth, allowed, agrees if inside else "fail", note, left=left, right=right)


def _one_slope(low: mpf, high: mpf) -> str:
    """Return "smooth" or "vertical" where the slopes on both sides are one; empty elsewhere."""
    if mp.isfinite(low) and high - low <= mpf(10) ** -10 * max(abs(low), abs(high)):
        return "smooth"
    return "vertical" if low == high and mp.isinf(low) else ""
