"""The Dirichlet distribution."""

import importlib
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy import special


def logpdf(x: Numbers, alpha: Numbers) -> Numbers:
    """Return the logarithm of the density."""
    whole = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return whole + np.sum(special.xlogy(np.subtract(alpha, 1.0), x))


def pdf(x: Numbers, alpha: Numbers) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, alpha))


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").dirichlet, name)
