"""The Poisson distribution; k is a whole number."""

import importlib
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy import special


def logpmf(k: Numbers, mu: Numbers) -> Numbers:
    """Return the logarithm of the probability of k."""
    return special.xlogy(k, mu) - special.gammaln(np.add(k, 1.0)) - mu


def pmf(k: Numbers, mu: Numbers) -> Numbers:
    """Return the probability of k."""
    return np.exp(logpmf(k, mu))


def cdf(k: Numbers, mu: Numbers) -> Numbers:
    """Return the probability of at most k."""
    return special.gammaincc(np.floor(k) + 1.0, mu)


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").poisson, name)
