"""`LayerNorm` (Ba, Kiros, Hinton 2016) and `BatchNorm` (Ioffe, Szegedy 2015): numbers brought to mean 0, variance 1.

Both then scale by `weight` and shift by `bias`, which are learned. Formulas and defaults are PyTorch's.
"""

from collections.abc import Sequence
from typing import Any

from autograd import Value, fsum, sqrt, sumprod
from nn.initial import check_counts, check_size
from nn.module import Module, Number


def moments(xs: Sequence[Number]) -> tuple[Number, Number]:
    """Return (mean, variance), the variance divided by the count.

    >>> moments([1.0, 3.0])
    (2.0, 1.0)
    """
    mean = fsum(xs) / len(xs)
    rest = [x - mean for x in xs]
    return mean, sumprod(rest, rest) / len(xs)


class LayerNorm(Module):
    """The numbers of one sample, normalized by their own mean and variance: (x - mean) / sqrt(variance + eps)."""

    weight: list[Value]
    bias: list[Value]
    eps: float

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        check_counts(self, n=n)
        self.weight, self.bias, self.eps = [Value(1.0) for _ in range(n)], [Value(0.0) for _ in range(n)], eps

    def __call__(self, x: Sequence[Number]) -> list[Any]:
        check_size(self, x, len(self.weight))
        mean, variance = moments(x)
        factor = 1.0 / sqrt(variance + self.eps)
        return [(y - mean) * factor * w + b for y, w, b in zip(x, self.weight, self.bias, strict=True)]


class BatchNorm(Module):
    """Each feature, normalized by its mean and variance over the batch; afterwards by those of all batches.

    In training it sees whole batches, by `over_batch`, as `fit` and `Sequential` do. What it learns of them, running
    means and variances, it uses for single samples when `training` is False.
    """

    weight: list[Value]
    bias: list[Value]
    eps: float
    momentum: float
    running_mean: list[float]
    running_var: list[float]

    buffers: tuple[str, ...] = ("running_mean", "running_var")
    sees_batches = True

    def __init__(self, n: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        check_counts(self, n=n)
        self.weight, self.bias = [Value(1.0) for _ in range(n)], [Value(0.0) for _ in range(n)]
        self.eps, self.momentum = eps, momentum
        self.running_mean, self.running_var = [0.0] * n, [1.0] * n

    def __call__(self, x: Sequence[Number]) -> list[Any]:
        check_size(self, x, len(self.weight))
        if self.training:
            raise ValueError("BatchNorm: a single sample in training; give it a batch, by over_batch, or use eval()")
        columns = zip(x, self.running_mean, self.running_var, self.weight, self.bias, strict=True)
        return [(y - mean) / sqrt(variance + self.eps) * w + b for y, mean, variance, w, b in columns]

    def over_batch(self, X: Sequence[Sequence[Number]]) -> list[list[Any]]:
        """Return the batch normalized; in training by its own mean and variance, which are learned."""
        if not self.training:
            return [self(x) for x in X]
        for x in X:
            check_size(self, x, len(self.weight))
        n = len(X)
        if n < 2:
            raise ValueError("BatchNorm: one sample has no variance; use a batch_size that leaves none alone")
        columns = []
        for i, (xs, w, b) in enumerate(zip(zip(*X, strict=True), self.weight, self.bias, strict=True)):
            mean, variance = moments(xs)
            factor = 1.0 / sqrt(variance + self.eps)
            columns.append([(x - mean) * factor * w + b for x in xs])
            seen = _number(mean), _number(variance) * n / (n - 1)
            for running, number in zip((self.running_mean, self.running_var), seen, strict=True):
                running[i] += self.momentum * (number - running[i])
        return [list(row) for row in zip(*columns, strict=True)]


def _number(x: Number) -> float:
    return float(x.data if isinstance(x, Value) else x)
