"""Fixed points, under the name and with the arguments that HIPS autograd has."""

from collections.abc import Callable
from typing import Any

from autograd.primitives.operation import Numbers
from autograd.transforms.implicit import fixed_point as _fixed_point


def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]], a: Numbers, x0: Numbers, distance: Numbers, tol: float
) -> Numbers:
    """Return the x near x0 with f(a)(x) = x, as a function of a; found by `autograd.fixed_point`."""
    return _fixed_point(lambda x, given: f(given)(x), x0, a)
