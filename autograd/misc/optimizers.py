"""Optimizers that take the gradient as a function of (x, the number of the step), on any nest of numbers and arrays."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.misc.flatten import flatten
from autograd.primitives.operation import Numbers

Gradient = Callable[[Any, int], Any]
Step = Callable[[Any, Any, int, dict[str, Any]], Any]


def _optimizer(defaults: dict[str, float]) -> Callable[[Step], Callable[..., Any]]:
    def declare(step: Step) -> Callable[..., Any]:
        @wraps(step)
        def optimize(
            grad: Gradient, x0: Numbers, callback: Callable[..., object] | None = None, *args: float, **options: float
        ) -> Numbers:
            given: dict[str, Any] = defaults | dict(zip(defaults, args, strict=False)) | options
            x, back = flatten(x0)
            for i in range(int(given["num_iters"])):
                slope = flatten(grad(back(x), i))[0]
                if callback:
                    callback(back(x), i, back(slope))
                x = step(x, slope, i, given)
            return back(x)

        return optimize

    return declare


@_optimizer({"num_iters": 200, "step_size": 0.1, "mass": 0.9})
def sgd(x: Numbers, slope: Numbers, i: int, given: dict[str, Any]) -> Numbers:
    """Return the minimum that gradient descent with momentum arrives at."""
    given["velocity"] = given["mass"] * given.get("velocity", 0.0) - (1.0 - given["mass"]) * slope
    return x + given["step_size"] * given["velocity"]


@_optimizer({"num_iters": 100, "step_size": 0.1, "gamma": 0.9, "eps": 1e-8})
def rmsprop(x: Numbers, slope: Numbers, i: int, given: dict[str, Any]) -> Numbers:
    """Return the minimum that RMSprop arrives at (Tieleman, Hinton 2012)."""
    squares = given["squares"] = given.get("squares", 1.0) * given["gamma"] + slope**2 * (1.0 - given["gamma"])
    return x - given["step_size"] * slope / (np.sqrt(squares) + given["eps"])


@_optimizer({"num_iters": 100, "step_size": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-8})
def adam(x: Numbers, slope: Numbers, i: int, given: dict[str, Any]) -> Numbers:
    """Return the minimum that Adam arrives at (Kingma, Ba 2015)."""
    b1, b2 = given["b1"], given["b2"]
    first = given["first"] = (1.0 - b1) * slope + b1 * given.get("first", 0.0)
    second = given["second"] = (1.0 - b2) * slope**2 + b2 * given.get("second", 0.0)
    sizes = np.sqrt(second / (1.0 - b2 ** (i + 1))) + given["eps"]
    return x - given["step_size"] * first / (1.0 - b1 ** (i + 1)) / sizes
