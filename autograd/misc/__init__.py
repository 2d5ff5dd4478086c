"""The helpers of HIPS autograd that its examples use: `flatten`, optimizers on arrays, fixed points."""

from autograd.misc.flatten import flatten

__all__ = ["flatten"]
