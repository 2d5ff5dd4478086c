"""What layers start with, and the sum that most of them are made of."""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd import Value, sumprod
from nn.module import Number

Rng = random.Random | None  # None: the generator of the module random, which random.seed() sets
Matrix = list[list[Value]]


def uniform(count: int, limit: float, rng: Rng = None) -> list[Value]:
    """Return so many Values drawn uniformly between -limit and limit."""
    draw = (rng or random).uniform
    return [Value(draw(-limit, limit)) for _ in range(count)]


def matrix(rows: int, columns: int, rng: Rng = None, limit: float | None = None) -> Matrix:
    """Return a matrix of Values drawn uniformly up to the limit: 1 / sqrt(columns), unless one is given."""
    limit = 1.0 / math.sqrt(columns) if limit is None else limit
    return [uniform(columns, limit, rng) for _ in range(rows)]


def affine(weight: Matrix, bias: Sequence[Value], x: Sequence[Number]) -> list[Any]:
    """Return weight @ x + bias, each element one node.

    >>> affine([[Value(2.0), Value(3.0)]], [Value(1.0)], [1.0, 1.0])
    [Value(6.0, op='sumprod')]
    """
    return [sumprod([*row, b], [*x, 1.0]) for row, b in zip(weight, bias, strict=True)]


def check_size(layer: object, x: Sequence[object], size: int, what: str = "inputs") -> None:
    """Raise an error that names the layer unless x is a sequence of this length."""
    name = type(layer).__name__
    if not hasattr(x, "__len__"):
        raise TypeError(f"{name}: got {x!r}, expected a sequence of {size} {what}")
    if len(x) != size:
        raise ValueError(f"{name}: got {len(x)} {what}, expected {size}")


def check_counts(layer: object, **counts: int) -> None:
    """Raise ValueError, naming the layer and the argument, for a count below 1; TypeError for what is no count."""
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError(f"{type(layer).__name__}: {name} is {count!r}; use an int")
        if count < 1:
            raise ValueError(f"{type(layer).__name__}: {name} is {count}; use at least 1")
