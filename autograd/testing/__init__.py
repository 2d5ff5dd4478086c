"""Checks of gradients, ours or anyone's, that need no tolerance: `check_gradient` and `assert_gradient`.

Strategies for Hypothesis are in `autograd.testing.strategies`, other engines in `autograd.testing.engines`; `python -m
autograd.testing` checks the whole table for as long as asked. Importing this needs the standard library only; mpmath
and hypothesis are imported by what uses them, and come with the extra `testing`.
"""

from autograd.testing.check import assert_gradient, check_gradient
from autograd.testing.report import Comparison, Culprit, GradientError, NearKink, Report, Verdict

__all__ = [
    "Comparison",
    "Culprit",
    "GradientError",
    "NearKink",
    "Report",
    "Verdict",
    "assert_gradient",
    "check_gradient",
]
