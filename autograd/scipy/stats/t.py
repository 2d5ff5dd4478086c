"""Student's t distribution."""

import importlib
import math
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers
from autograd.scipy import special


def logpdf(x: Numbers, df: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the logarithm of the density."""
    y = np.divide(np.subtract(x, loc), scale)
    half = np.multiply(0.5, np.add(df, 1.0))
    whole = special.gammaln(half) - special.gammaln(np.multiply(0.5, df))
    return whole - 0.5 * np.log(np.multiply(math.pi, df)) - np.log(scale) - half * np.log1p(y**2 / df)


def pdf(x: Numbers, df: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, df, loc, scale))


def cdf(x: Numbers, df: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the probability of at most x; towards df it has no derivative here."""
    y = np.divide(np.subtract(x, loc), scale)
    tail = 0.5 * special.betainc(np.multiply(0.5, df), 0.5, df / (df + y**2))
    return np.where(y > 0.0, 1.0 - tail, tail)


def logcdf(x: Numbers, df: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the logarithm of the probability of at most x; see `cdf`."""
    return np.log(cdf(x, df, loc, scale))


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").t, name)
