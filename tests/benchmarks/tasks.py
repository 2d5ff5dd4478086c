"""What is timed, in plain code that is the same for every engine: it gets the engine's number class as a parameter.

Start at `TASKS`. A task builds its inputs once, and returns two calls: one computes the result (the forward pass), one
sweeps it backward; and the leaves whose gradients are compared before anything is timed.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Task:
    """One prepared task: `forward()` gives the result, `backward(result)` the gradients of `leaves`."""

    forward: Callable[[], Any]
    leaves: list[Any]


def moons(number: Callable[[float], Any], size: int) -> Task:
    """micrograd's demo: an MLP 2-16-16-1 of rectifiers, max-margin loss over `size` points, and L2 regularisation."""
    rng = random.Random(1337)
    points = []
    for i in range(size):
        angle, side = math.pi * i / size * 2.0 % math.pi, 1 if i % 2 else -1
        x = math.cos(angle) if side > 0 else 1.0 - math.cos(angle)
        y = math.sin(angle) if side > 0 else 0.5 - math.sin(angle)
        points.append((x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1), side))

    def layer(n: int, m: int) -> list[tuple[list[Any], Any]]:
        return [([number(rng.uniform(-1.0, 1.0)) for _ in range(n)], number(0.0)) for _ in range(m)]

    layers = [layer(2, 16), layer(16, 16), layer(16, 1)]
    parameters = [p for neurons in layers for weights, bias in neurons for p in [*weights, bias]]

    def forward() -> Any:
        losses = []
        for x, y, side in points:
            values = [number(x), number(y)]
            for depth, neurons in enumerate(layers):
                sums = [sum((w * v for w, v in zip(weights, values, strict=True)), bias) for weights, bias in neurons]
                values = [relu(s) for s in sums] if depth < 2 else sums
            losses.append(relu(1 + -side * values[0]))
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + 1e-4 * sum(p * p for p in parameters)

    return Task(forward, parameters)


def relu(x: Any) -> Any:
    """Return x.relu() for an engine's number, and the same for a float."""
    return x.relu() if hasattr(x, "relu") else max(x, 0.0)


def mixed(number: Callable[[float], Any], size: int) -> Task:
    """A loop of `size` operations that add, multiply, divide and rectify."""
    x, y = number(0.7), number(-0.3)

    def forward() -> Any:
        z = x
        for _ in range(size // 5):
            z = relu(z * 0.5 + y * x - y / 3.0)
        return z

    return Task(forward, [x, y])


def chain(number: Callable[[float], Any], size: int) -> Task:
    """A chain of `size` additions; the result is dropped, and so freed, between runs."""
    x = number(1.0)

    def forward() -> Any:
        y = x
        for _ in range(size):
            y = y + x
        return y

    return Task(forward, [x])


TASKS = {"moons": (moons, 100), "mixed": (mixed, 200_000), "chain": (chain, 200_000)}
