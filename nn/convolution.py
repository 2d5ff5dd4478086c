"""`Conv1d` and `Conv2d`: the same weighted sum at every place, a node for each; without a flip, as PyTorch has it.

A sample is a list of channels: lists of numbers (1d), or lists of rows (2d).
"""

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, sumprod
from nn.initial import Rng, check_counts, check_size, uniform
from nn.module import Module, Number

Plane = Sequence[Sequence[Number]]


def _starts(name: str, length: int, kernel: int, stride: int) -> range:
    if length < kernel:
        raise ValueError(f"{name}: got {length} places, padding included, fewer than the {kernel} of the kernel")
    return range(0, length - kernel + 1, stride)


class Conv1d(Module):
    """out[o][t] = bias[o] + sum over channels c and places k of weight[o][c][k] * x[c][t * stride + k - padding]."""

    stride: int
    padding: int

    def __init__(
        self, n_inputs: int, n_outputs: int, kernel: int, stride: int = 1, padding: int = 0, rng: Rng = None
    ) -> None:
        check_counts(self, n_inputs=n_inputs, n_outputs=n_outputs, kernel=kernel, stride=stride)
        limit = 1.0 / math.sqrt(n_inputs * kernel)
        self.weight: list[list[list[Value]]] = [
            [uniform(kernel, limit, rng) for _ in range(n_inputs)] for _ in range(n_outputs)
        ]
        self.bias: list[Value] = uniform(n_outputs, limit, rng)
        self.stride, self.padding = stride, padding

    def __call__(self, x: Sequence[Sequence[Number]]) -> list[list[Any]]:
        check_size(self, x, len(self.weight[0]), "channels")
        kernel, zeros = len(self.weight[0][0]), [0.0] * self.padding
        padded = [[*zeros, *channel, *zeros] for channel in x]
        windows = [
            [y for channel in padded for y in channel[start : start + kernel]]
            for start in _starts("Conv1d", min(map(len, padded)), kernel, self.stride)
        ]
        return [
            [sumprod([*(w for channel in rows for w in channel), b], [*window, 1.0]) for window in windows]
            for rows, b in zip(self.weight, self.bias, strict=True)
        ]


class Conv2d(Module):
    """As Conv1d, over planes: weight[o][c] is a kernel of rows and columns; an int means a square."""

    stride: int
    padding: int

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        rng: Rng = None,
    ) -> None:
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        check_counts(self, n_inputs=n_inputs, n_outputs=n_outputs, kernel=height, stride=stride)
        check_counts(self, kernel=width)
        limit = 1.0 / math.sqrt(n_inputs * height * width)
        self.weight: list[list[list[list[Value]]]] = [
            [[uniform(width, limit, rng) for _ in range(height)] for _ in range(n_inputs)] for _ in range(n_outputs)
        ]
        self.bias: list[Value] = uniform(n_outputs, limit, rng)
        self.stride, self.padding = stride, padding

    def __call__(self, x: Sequence[Plane]) -> list[list[list[Any]]]:
        check_size(self, x, len(self.weight[0]), "channels")
        height, width = len(self.weight[0][0]), len(self.weight[0][0][0])
        planes = [self._padded(plane) for plane in x]
        rows = _starts("Conv2d", min(map(len, planes)), height, self.stride)
        columns = _starts("Conv2d", min(len(row) for plane in planes for row in plane), width, self.stride)

        def window(i: int, j: int) -> list[Number]:
            return [y for plane in planes for row in plane[i : i + height] for y in row[j : j + width]]

        windows = [[window(i, j) for j in columns] for i in rows]
        return [self._output(o, windows) for o in range(len(self.weight))]

    def _padded(self, plane: Plane) -> list[list[Number]]:
        zeros = [0.0] * self.padding
        rows = [[*zeros, *row, *zeros] for row in plane]
        blank = [[0.0] * len(rows[0])] * self.padding if rows else []
        return [*blank, *rows, *blank]

    def _output(self, o: int, windows: Sequence[Sequence[Sequence[Number]]]) -> list[list[Any]]:
        weights: list[Value] = [w for plane in self.weight[o] for row in plane for w in row]
        weights.append(self.bias[o])
        return [[sumprod(weights, [*window, 1.0]) for window in row] for row in windows]
