"""The Dirichlet distribution."""

import importlib
from typing import Any

import numpy as np

from autograd.scipy import special


def logpdf(x: Any, alpha: Any) -> Any:
    """Return the logarithm of the density."""
    whole = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return whole + np.sum(special.xlogy(np.subtract(alpha, 1.0), x))


def pdf(x: Any, alpha: Any) -> Any:
    """Return the density."""
    return np.exp(logpdf(x, alpha))


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").dirichlet, name)
