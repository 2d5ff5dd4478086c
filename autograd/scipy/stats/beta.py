"""The beta distribution."""

import importlib
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy import special


def logpdf(x: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """Return the logarithm of the density."""
    return (
        special.xlogy(np.subtract(a, 1.0), x)
        + special.xlog1py(np.subtract(b, 1.0), np.negative(x))
        - special.betaln(a, b)
    )


def pdf(x: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, a, b))


def cdf(x: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """Return the probability of at most x; towards a and b it has no derivative here."""
    return special.betainc(a, b, x)


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").beta, name)
