"""The normal distribution."""

import importlib
import math
from typing import Any

import numpy as np

from autograd.arrays.array import made, remembers
from autograd.arrays.ufuncs import each
from autograd.primitives.operation import Numbers
from autograd.scipy import special
from autograd.scipy.stats.tails import log_norm_cdf

HALF_LOG = 0.5 * math.log(2.0 * math.pi)


def _standard(x: Numbers, loc: Numbers, scale: Numbers) -> Numbers:
    return np.divide(np.subtract(x, loc), scale)


def logpdf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the logarithm of the density."""
    return -0.5 * _standard(x, loc, scale) ** 2 - np.log(scale) - HALF_LOG


def pdf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, loc, scale))


def cdf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the probability of at most x."""
    return special.ndtr(_standard(x, loc, scale))


def logcdf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the logarithm of the probability of at most x."""
    y = _standard(x, loc, scale)
    return made(each(log_norm_cdf, y)[()]) if remembers(y) else special.log_ndtr(y)


def sf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the probability of more than x."""
    return cdf(np.negative(x), np.negative(loc), scale)


def logsf(x: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Numbers:
    """Return the logarithm of the probability of more than x."""
    return logcdf(np.negative(x), np.negative(loc), scale)


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").norm, name)
