"""From the exact derivatives of a graph to a verdict on computed ones.

A verdict can be `undecidable` although every rule is right: when the true derivative and the one at the rounded numbers
in between have not one digit in common, no float knows the answer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from autograd.graph.value import Value
from autograd.testing import precise
from autograd.testing.exact import mp, mpf
from autograd.testing.limits import compared_with_sides, one_sided_slopes
from autograd.testing.report import Comparison, Report
from autograd.testing.truth import DIGITS, Application, Truth

METHOD = "every node of the graph, evaluated again in 50 digits or more"
RESTART_DIGITS = 250  # of a function that is called again on both sides of a tie


def of_graph(
    truth: Truth,
    leaves: Sequence[Value],
    paths: Sequence[str],
    found: Sequence[float],
    function: Callable[[list[Any]], Any] | None = None,
) -> Report:
    """Return the report on derivatives `found` of a root towards some leaves.

    `function` of a list of numbers, if given, is called again in high precision, to see the branches that it takes.
    """
    values, bars = truth.exact()
    comparisons = tuple(
        _compared(truth, leaf, path, d, values, bars) for leaf, path, d in zip(leaves, paths, found, strict=True)
    )
    report = Report(truth.root.data, comparisons, METHOD + truth.unstated(), truth.kinks())
    if truth.beyond:
        return report.undecided(truth.beyond)
    values_wrong = [c for c in (a.wrong_value() for a in truth.applications) if c is not None]
    if values_wrong:
        worst = max(values_wrong, key=lambda c: c.error)
        wrong = tuple(replace(c, verdict="fail", note="a value in between is wrong") for c in comparisons)
        return replace(report, comparisons=wrong, culprit=worst)
    if function is not None:
        report = _with_branches(report, truth, leaves, values, function)
    if report.verdict == "fail":
        report = replace(report, culprit=truth.culprit())
        if report.culprit is None and all(c.left is None and c.right is None for c in report.comparisons):
            report = replace(report, notes=("every partial is right: the sweep that adds them up is not",))
    return report


def _compared(
    truth: Truth, leaf: Value, path: str, found: float, values: dict[Value, Any], bars: dict[Value, Any]
) -> Comparison:
    reference, bound, size, reason = truth.adjoint(leaf)
    allowed = float(bound)
    if reason and any(a.opaque for a in truth.applications):
        note = f"{reason}; and a primitive of your own computes in floats only"
        return Comparison(path, found, math.nan, allowed, "undecidable", note)
    if reason:
        rounded = any(a.singular and _inexact(a, values) for a in truth.applications)
        try:
            moved, digits = truth.frozen(leaf)
            with mp.workdps(digits):
                comparison = compared_with_sides(path, found, one_sided_slopes(moved, abs(leaf.data)), allowed, reason)
        except (ValueError, ArithmeticError):
            note = f"{reason}; its value here is a convention"
            return Comparison(path, found, math.nan, allowed, "undecidable", note)
        if rounded:
            note = f"{reason}; but only because numbers were rounded on the way to it"
            return replace(comparison, verdict="undecidable", note=note)
        return comparison
    exact = bars.get(leaf, mpf(0)) if bars else reference
    with mp.workdps(DIGITS):
        if abs(exact) < mpf(10) ** (20 - DIGITS) * size:
            exact = mpf(0)  # what is left are the last digits of these computations
        shift, off = abs(reference - exact), abs(mpf(found) - reference) if math.isfinite(found) else mp.inf
        right = off <= bound
        comparison = Comparison(path, found, float(exact), allowed, "pass" if right else "fail", "", float(reference))
        if right and shift and shift >= size / 2:
            note = (
                "rounding on the way to this point changes every digit of the derivative: "
                f"at the rounded numbers it is {float(reference)!r}"
            )
            return replace(comparison, verdict="undecidable", note=note)
    return comparison


def _inexact(a: Application, values: dict[Value, Any]) -> bool:
    return any(values[p] != p.data for p in a.node.parents)


def _with_branches(
    report: Report,
    truth: Truth,
    leaves: Sequence[Value],
    values: dict[Value, Any],
    function: Callable[[list[Any]], Any],
) -> Report:
    """Return the report with what the function's own branches change: ties, and other paths in high precision."""
    numbers = [leaf.data for leaf in leaves]
    with mp.workdps(RESTART_DIGITS):
        try:
            again, ties = precise.run(function, numbers)
        except (LookupError, TypeError, AttributeError):
            return report  # a primitive of the user's own, or the function itself, computes in floats only
        except (ValueError, ArithmeticError):
            again, ties = None, []
        if again is None or abs(again - values[truth.root]) > mpf(10) ** -25 * max(abs(again), 1):
            return report.undecided("in high precision the function takes another branch: rounding decides which")
        if not ties:
            return report
        comparisons = []
        for i, c in enumerate(report.comparisons):

            def moved(t: mpf, i: int = i) -> mpf:
                return precise.run(function, [mpf(x) + t if j == i else x for j, x in enumerate(numbers)])[0]

            shift = abs(c.reference - c.truth) if math.isfinite(c.reference - c.truth) else 0.0
            tie = f"a comparison with {mp.nstr(ties[0], 17)} is a tie here"
            sides = one_sided_slopes(moved, abs(numbers[i]))
            beside = compared_with_sides(c.path, c.found, sides, c.allowed + shift, tie)
            comparisons.append(c if c.left is not None else beside)
    return replace(report, comparisons=tuple(comparisons))
