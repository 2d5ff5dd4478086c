"""`Report`: what a check of a gradient found, argument by argument, with a verdict.

Its text is written for a reader who knows nothing of this package. A gradient that is off by a thousand ulps can pass,
and one that is off by ten can fail: what counts is how far it may be off after the roundings that no engine avoids,
which is in the column "allowed".
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from autograd.errors import AutogradError

Verdict = Literal["pass", "fail", "not_differentiable", "undecidable"]
AT_JUMPS = "its gradient there may be 0, or any number from the slope on one side to that on the other"
WORST_FIRST: tuple[Verdict, ...] = ("fail", "undecidable", "not_differentiable", "pass")


@dataclass(frozen=True)
class Comparison:
    """The derivative towards one number: what was given, and what it should be."""

    path: str  # which number: "args[0]['w'][2]"
    found: float
    truth: float  # at the numbers that were given
    allowed: float = 0.0  # how far `found` may be from `reference`
    verdict: Verdict = "pass"
    note: str = ""  # why, in words
    reference: float = math.nan  # the exact derivative at the rounded numbers in between; NaN where they are unknown
    left: float | None = None  # one-sided derivatives, where they were needed
    right: float | None = None

    @property
    def error(self) -> float:
        """The distance from the truth, in ulps of the truth."""
        if self.found == self.truth:
            return 0.0
        distance = abs(self.found - self.truth)
        return distance / math.ulp(self.truth) if math.isfinite(self.truth) else math.inf

    @property
    def scaled(self) -> float:
        """The distance from the reference as a part of what is allowed: above 1 it is too far."""
        reference = self.truth if self.reference != self.reference else self.reference
        if self.found == reference:
            return 0.0
        distance = abs(self.found - reference)
        return distance / self.allowed if self.allowed and distance == distance else math.inf


@dataclass(frozen=True)
class NearKink:
    """A place of the graph that has a kink, and how far away that is."""

    primitive: str
    where: str  # "x = 0"
    operands: tuple[float, ...]
    distance: float

    def __str__(self) -> str:
        shown = ", ".join(f"{x!r}" for x in self.operands[:4]) + (", ..." if len(self.operands) > 4 else "")
        return f"{self.primitive}({shown}) has a kink where {self.where}, at distance {self.distance:.3g}"


@dataclass(frozen=True)
class Culprit:
    """The application of a primitive that is responsible for a wrong gradient."""

    primitive: str
    operands: tuple[float, ...]
    what: str  # "partial towards x"
    found: float
    truth: float
    error: float  # in ulps
    promised: float  # in ulps

    def __str__(self) -> str:
        shown = ", ".join(f"{x!r}" for x in self.operands[:4]) + (", ..." if len(self.operands) > 4 else "")
        return (
            f"{self.primitive}({shown}): its {self.what} is {self.found!r}, the truth is {self.truth!r} "
            f"({self.error:.3g} ulp off, {self.promised:g} are allowed)"
        )


@dataclass(frozen=True)
class Report:
    """What a check found. `verdict` is that of the worst argument; `str(report)` explains it.

    `pass`: every derivative is as exact as rounding allows. `fail`: one is wrong. `not_differentiable`: the function
    has a kink or a jump here, and the gradient is one that may be given there. `undecidable`: rounding, or the noise
    of the function, hides the answer at this point.
    """

    value: float
    comparisons: tuple[Comparison, ...]
    method: str  # how the truth was found, in words
    kinks: tuple[NearKink, ...] = ()  # the nearest first
    culprit: Culprit | None = None
    notes: tuple[str, ...] = ()
    order: int = 1

    @property
    def verdict(self) -> Verdict:
        """The worst verdict: fail, then undecidable, then not_differentiable, then pass."""
        found = {c.verdict for c in self.comparisons}
        return next((v for v in WORST_FIRST if v in found), "pass")

    def __str__(self) -> str:
        what = "gradient" if self.order == 1 else "second derivative"
        says = {
            "pass": f"the {what} is right",
            "fail": f"the {what} is wrong",
            "not_differentiable": f"there is no derivative here, and the {what} is one that may be given",
            "undecidable": f"whether the {what} is right cannot be told at this point",
        }
        lines = [f"{self.verdict}: {says[self.verdict]}; the function's value is {self.value!r}"]
        shown = sorted(self.comparisons, key=lambda c: (WORST_FIRST.index(c.verdict), -_rank(c.scaled)))
        for c in shown[:8]:
            truth = f"truth {c.truth!r}"
            if c.truth != c.truth:
                known = c.verdict != "undecidable" and (c.left is not None or c.right is not None)
                truth = "there is no derivative" if known else "the truth is not known"
            lines.append(f"  towards {c.path}: found {c.found!r}, {truth}")
            one_sided = [
                f"{side} derivative {d!r}" for side, d in (("left", c.left), ("right", c.right)) if d is not None
            ]
            if one_sided:
                lines.append("    " + ", ".join(one_sided))
            if c.verdict in ("pass", "fail") and not c.note:
                lines.append(f"    {c.error:.3g} ulp off; {c.scaled:.3g} of what rounding allows ({c.allowed:.3g})")
            if c.note:
                lines.append(f"    {c.note}")
        if len(shown) > 8:
            lines.append(f"  and {len(shown) - 8} more")
        if self.culprit is not None:
            lines.append(f"  responsible: {self.culprit}")
        lines += [f"  near: {kink}" for kink in self.kinks[:3]]
        lines += [f"  note: {note}" for note in self.notes]
        lines.append(f"  truth from: {self.method}")
        return "\n".join(lines)

    def undecided(self, note: str) -> "Report":
        """Return this report with every argument undecidable for one reason."""
        changed = tuple(replace(c, verdict="undecidable", note=note) for c in self.comparisons)
        return replace(self, comparisons=changed)


def _rank(x: float) -> float:
    return math.inf if x != x else x


class GradientError(AutogradError, AssertionError):
    """A gradient is wrong; the message is the report, which is also in `.report`."""

    def __init__(self, report: Report, text: str = "") -> None:
        super().__init__(text or str(report))
        self.report = report
