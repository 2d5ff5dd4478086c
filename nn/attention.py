"""`MultiHeadAttention` (Vaswani and others, 2017): each vector of a sequence is told what the others have to say."""

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, softmax, sumprod
from nn.initial import Rng, affine, check_counts, check_size, matrix
from nn.module import Module, Number

Vectors = Sequence[Sequence[Number]]


class MultiHeadAttention(Module):
    """softmax(q . k / sqrt(size of a head)) times v, in so many heads side by side, and a last affine map.

    The parameters have the names and the layout of PyTorch's: queries, keys and values are made by the three parts of
    `in_proj_weight`.
    """

    def __init__(self, size: int, heads: int, rng: Rng = None) -> None:
        check_counts(self, size=size, heads=heads)
        if size % heads:
            raise ValueError(f"MultiHeadAttention: size is {size}; use a multiple of the {heads} heads")
        self.heads = heads
        self.in_proj_weight: list[list[Value]] = matrix(3 * size, size, rng, math.sqrt(6.0 / (4 * size)))
        self.in_proj_bias: list[Value] = [Value(0.0) for _ in range(3 * size)]
        self.out_proj: dict[str, Any] = {"weight": matrix(size, size, rng), "bias": [Value(0.0) for _ in range(size)]}

    def __call__(
        self, queries: Vectors, keys: Vectors | None = None, values: Vectors | None = None, causal: bool = False
    ) -> list[list[Any]]:
        """Return a vector for each query; keys are the queries, and values the keys, unless others are given.

        With `causal`, a query sees keys up to its own place only.
        """
        keys = queries if keys is None else keys
        values = keys if values is None else values
        if len(keys) != len(values) or not len(keys):
            raise ValueError(f"MultiHeadAttention: {len(keys)} keys for {len(values)} values; give as many of each")
        q, k, v = (self._projected(part, xs) for part, xs in enumerate((queries, keys, values)))
        found = []
        for i, query in enumerate(q):
            count = min(i + 1, len(k)) if causal else len(k)
            joined = [y for head in range(self.heads) for y in self._attended(head, query, k[:count], v[:count])]
            found.append(affine(self.out_proj["weight"], self.out_proj["bias"], joined))
        return found

    @property
    def size(self) -> int:
        """The length of the vectors."""
        return len(self.in_proj_weight[0])

    def _projected(self, part: int, xs: Vectors) -> list[list[Any]]:
        place = slice(part * self.size, (part + 1) * self.size)
        for x in xs:
            check_size(self, x, self.size)
        return [affine(self.in_proj_weight[place], self.in_proj_bias[place], x) for x in xs]

    def _attended(self, head: int, query: Sequence[Number], keys: Vectors, values: Vectors) -> list[Any]:
        """Return the values, weighted by how well their keys fit the query, in one head."""
        width = self.size // self.heads
        place = slice(head * width, (head + 1) * width)
        factor = 1.0 / math.sqrt(width)
        weights = softmax([sumprod(list(query[place]), list(key[place])) * factor for key in keys])
        return [sumprod(weights, list(column)) for column in zip(*[value[place] for value in values], strict=True)]
