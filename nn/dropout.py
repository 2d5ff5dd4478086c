"""`Dropout` (Srivastava and others, 2014): in training, numbers are dropped at random."""

import random
from typing import Any

from nn.module import Module


class Dropout(Module, scoped=False):
    """Each number is 0 with probability `p`, else divided by 1 - p, so that the expectation stays; only in training.

    It draws from a generator of its own, `rng`, or from one that is given; `fit` saves its state with a checkpoint.

    >>> drop = Dropout(0.5, seed=1)
    >>> drop([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    >>> drop.eval()([1.0, 1.0, 1.0, 1.0])
    [1.0, 1.0, 1.0, 1.0]
    """

    p: float
    rng: random.Random

    def __init__(self, p: float = 0.5, seed: int = 0, rng: random.Random | None = None) -> None:
        if not 0.0 <= p < 1.0:
            raise ValueError(f"Dropout: p is {p!r}; use a probability from 0 to below 1")
        self.p, self.rng = p, rng or random.Random(seed)

    def __call__(self, x: Any) -> Any:
        if not self.training or self.p == 0.0:
            return x
        if hasattr(x, "__len__"):
            return [self(y) for y in x]
        return x * (1.0 / (1.0 - self.p)) if self.rng.random() >= self.p else 0.0

    def config(self) -> dict[str, Any]:
        """Return the probability."""
        return {"p": self.p}
