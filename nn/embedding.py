"""`Embedding`: a vector that is learned for each of so many things."""

import operator
import random
from collections.abc import Iterable, Sequence

from autograd import Value
from nn.initial import Matrix, Rng, check_counts
from nn.module import Module


class Embedding(Module, scoped=False):
    """A row of `weight` for each number from 0 to count - 1; they start as normal numbers of variance 1.

    >>> words = Embedding(3, 2, random.Random(0))
    >>> words(1) is words.weight[1], len(words([0, 2]))
    (True, 2)
    """

    def __init__(self, count: int, size: int, rng: Rng = None) -> None:
        check_counts(self, count=count, size=size)
        draw = (rng or random).gauss
        self.weight: Matrix = [[Value(draw(0.0, 1.0)) for _ in range(size)] for _ in range(count)]

    def __call__(self, x: int | Sequence[int]) -> list[Value] | Matrix:
        if isinstance(x, Iterable):
            return [self.weight[self._place(i)] for i in x]
        return self.weight[self._place(x)]

    def _place(self, i: object) -> int:
        try:
            place = operator.index(i)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(f"Embedding: index is {i!r}; use an int, such as int({i!r})") from None
        if not 0 <= place < len(self.weight):
            raise IndexError(f"Embedding: index is {place}; use 0 to {len(self.weight) - 1}")
        return place
