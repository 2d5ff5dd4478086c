"""The chi-squared distribution with df degrees of freedom."""

import importlib
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy.stats import gamma


def logpdf(x: Numbers, df: Numbers) -> Numbers:
    """Return the logarithm of the density."""
    return gamma.logpdf(np.multiply(0.5, x), np.multiply(0.5, df)) - np.log(2.0)


def pdf(x: Numbers, df: Numbers) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, df))


def cdf(x: Numbers, df: Numbers) -> Numbers:
    """Return the probability of at most x; towards df it has no derivative here."""
    return gamma.cdf(np.multiply(0.5, x), np.multiply(0.5, df))


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").chi2, name)
