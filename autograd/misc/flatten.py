"""A nest of numbers and arrays as one array, and back."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd.primitives.operation import Numbers
from autograd.tape import pytree


def flatten(value: Numbers) -> tuple[Any, Callable[[Any], Any]]:
    """Return (an array of all numbers in a nest, a function that makes the nest of such an array).

    >>> flat, back = flatten([1.0, {"x": np.ones(2)}])
    >>> flat.tolist(), back(2.0 * flat)
    ([1.0, 1.0, 1.0], [2.0, {'x': array([2., 2.])}])
    """
    leaves, rebuild = pytree.flatten(value, "value")
    return np.array(leaves), lambda flat: pytree.unflatten(rebuild, np.asarray(flat).tolist())


def flatten_func(func: Callable[..., Any], example: Numbers) -> tuple[Callable[..., Any], Callable[[Any], Any], Any]:
    """Return (func on flat arrays, a function that makes a nest of a flat array, the example as a flat array)."""
    flat, back = flatten(example)
    return lambda x, *args: flatten(func(back(x), *args))[0], back, flat
