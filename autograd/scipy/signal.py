"""Convolution of arrays, with the axes that HIPS autograd gives it."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays.array import objects, remembers
from autograd.primitives.operation import Numbers

Pair = tuple[Sequence[int], Sequence[int]]  # axes of the first array and of the second


def convolve(
    A: Numbers, B: Numbers, axes: Pair | None = None, dot_axes: Pair = ((), ()), mode: str = "full"
) -> Numbers:
    """Return the convolution of two arrays along pairs of axes, summed over the pairs `dot_axes`.

    Axes that are left come first, those of A before those of B. `mode` is "full", "valid", or "same" as A.
    """
    if mode not in ("full", "valid", "same"):
        raise ValueError(f"convolve: mode is {mode!r}; use 'full', 'valid' or 'same'")
    x: Any = objects(A)
    y: Any = objects(B)
    if axes is None:
        if x.ndim != y.ndim:
            raise ValueError("convolve: give axes, or arrays of as many axes")
        axes = (tuple(range(x.ndim)), tuple(range(x.ndim)))
    left, right = _split(x.ndim, axes[0], dot_axes[0]), _split(y.ndim, axes[1], dot_axes[1])
    x, y = x.transpose(left), y.transpose(right)
    n, m = len(axes[0]), len(dot_axes[0])
    free_x, free_y = x.ndim - n - m, y.ndim - n - m
    sizes_x, sizes_y = x.shape[x.ndim - n :], y.shape[y.ndim - n :]
    if mode == "valid" and any(p < q for p, q in zip(sizes_x, sizes_y, strict=True)):
        return _valid_of_longer(x, y, free_x, free_y, m, n)
    padding = [(0, 0)] * (free_x + m) + [(q - 1, q - 1) if mode != "valid" else (0, 0) for q in sizes_y]
    padded: Any = np.pad(x, padding, constant_values=0.0)
    flipped = y[(..., *[slice(None, None, -1)] * n)]
    lengths = [p - q + 1 for p, q in zip(padded.shape[padded.ndim - n :], sizes_y, strict=True)]
    found: Any = np.empty((*x.shape[:free_x], *y.shape[:free_y], *lengths), dtype=object)
    summed = (tuple(range(free_x, padded.ndim)), tuple(range(free_y, flipped.ndim)))
    for place in itertools.product(*map(range, lengths)):
        window = padded[(..., *[slice(i, i + q) for i, q in zip(place, sizes_y, strict=True)])]
        found[(..., *place)] = objects(np.tensordot(_array(window), _array(flipped), summed))
    if mode == "same":
        found = found[(..., *[slice((q - 1) // 2, (q - 1) // 2 + p) for p, q in zip(sizes_x, sizes_y, strict=True)])]
    return _array(found) if remembers(found) else found.astype(float)


def _valid_of_longer(x: Numbers, y: Numbers, free_x: int, free_y: int, m: int, n: int) -> Numbers:
    """Return the valid part where the second array is the longer one: the arrays change places, then the axes."""
    axes = (tuple(range(y.ndim - n, y.ndim)), tuple(range(x.ndim - n, x.ndim)))
    dots = (tuple(range(free_y, free_y + m)), tuple(range(free_x, free_x + m)))
    found = convolve(_array(y), _array(x), axes, dots, "valid")
    order = [*range(free_y, free_y + free_x), *range(free_y), *range(free_x + free_y, np.ndim(found))]
    return np.transpose(found, order)


def _split(ndim: int, axes: Sequence[int], dots: Sequence[int]) -> list[int]:
    rest = [i for i in range(ndim) if i not in [j % ndim for j in (*axes, *dots)]]
    return [*rest, *[i % ndim for i in dots], *[i % ndim for i in axes]]


def _array(x: Numbers) -> Numbers:
    from autograd.arrays import array

    return array(x)
