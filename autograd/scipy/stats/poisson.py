"""The Poisson distribution; k is a whole number."""

import importlib
from typing import Any

import numpy as np

from autograd.scipy import special


def logpmf(k: Any, mu: Any) -> Any:
    """Return the logarithm of the probability of k."""
    return special.xlogy(k, mu) - special.gammaln(np.add(k, 1.0)) - mu


def pmf(k: Any, mu: Any) -> Any:
    """Return the probability of k."""
    return np.exp(logpmf(k, mu))


def cdf(k: Any, mu: Any) -> Any:
    """Return the probability of at most k."""
    return special.gammaincc(np.floor(k) + 1.0, mu)


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").poisson, name)
