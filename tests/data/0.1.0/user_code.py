"""What a user of version 0.1.0 had in a module of their own; the pickles beside this file name it.

The one surprise: it is imported as `user_code`, by whoever loads those pickles, so it may be moved nowhere.
"""

import math
from typing import Any

import nn
from autograd import Value, cos, custom_derivative


@custom_derivative(lambda z, x, w: w * cos(w * x), lambda z, x, w: x * cos(w * x))
def wave(x, w):
    return math.sin(w * x)


class Oscillator(nn.Module):
    """A module with a lone parameter, a dict of them, and a model in it."""

    def __init__(self) -> None:
        self.shift = Value(0.25, "shift")
        self.scale = {"in": Value(1.5), "out": [Value(-0.5), Value(0.75)]}
        self.model = nn.MLP(2, [1, 1], "gelu", output="sigmoid", seed=3)

    def __call__(self, x: Any) -> Any:
        a, b = self.scale["out"]
        turned = wave(x, self.scale["in"]) + self.shift
        return a * turned + b * self.model([x, turned])
