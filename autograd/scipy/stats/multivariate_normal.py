"""The normal distribution of several numbers."""

import importlib
import math
from typing import Any

import numpy as np

from autograd.primitives.operation import Numbers


def logpdf(x: Numbers, mean: Numbers, cov: Numbers, allow_singular: bool = False) -> Numbers:
    """Return the logarithm of the density; the last axis of x is that of the numbers."""
    if np.ndim(cov) == 0:
        cov = cov * np.eye(np.shape(mean)[-1] if np.ndim(mean) else 1)
    rest = np.subtract(x, mean)
    n = np.shape(cov)[-1]
    if allow_singular:
        values = np.linalg.eigvalsh(cov)
        kept = [v for v in values if v > 1e-10 * abs(values[-1])]
        inverse, size, n = np.linalg.pinv(cov), np.sum(np.log(np.stack(kept))), len(kept)
    else:
        inverse, size = np.linalg.inv(cov), np.linalg.slogdet(cov)[1]
    return -0.5 * (np.sum(np.matmul(rest, inverse) * rest, axis=-1) + size + n * math.log(2.0 * math.pi))


def pdf(x: Numbers, mean: Numbers, cov: Numbers, allow_singular: bool = False) -> Numbers:
    """Return the density."""
    return np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Numbers, cov: Numbers) -> Numbers:
    """Return the entropy."""
    return 0.5 * (np.linalg.slogdet(cov)[1] + np.shape(cov)[-1] * (1.0 + math.log(2.0 * math.pi)))


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("scipy.stats").multivariate_normal, name)
