"""The gamma distribution with shape a and scale 1."""

import importlib
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy import special


def logpdf(x: Numbers, a: Numbers) -> Numbers:
    """Return the logarithm of the density."""
    return special.xlogy(np.subtract(a, 1.0), x) - special.gammaln(a) - x


def pdf(x: Numbers, a: Numbers) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, a))


def cdf(x: Numbers, a: Numbers) -> Numbers:
    """Return the probability of at most x; towards a it has no derivative here."""
    return special.gammainc(a, x)


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").gamma, name)
