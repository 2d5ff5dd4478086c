"""`RNN`, `GRU`, `LSTM`: layers that read a sequence of vectors, one after the other, and remember.

Called with a sequence they return the hidden vector after each of its vectors; `run` returns the last state too, and
starts from one that is given. Formulas, the order of gates and the names of parameters are PyTorch's.
"""

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, sigmoid, tanh
from nn.initial import Matrix, Rng, affine, check_counts, check_size, matrix, uniform
from nn.module import Module, Number

Vector = list[Any]
Vectors = Sequence[Sequence[Number]]


class _Recurrent(Module):
    """What the three share: weights towards each gate, from the input (ih) and from the hidden vector (hh)."""

    gates: int = 1

    def __init__(self, n_inputs: int, n_hidden: int, rng: Rng = None) -> None:
        check_counts(self, n_inputs=n_inputs, n_hidden=n_hidden)
        limit, rows = 1.0 / math.sqrt(n_hidden), self.gates * n_hidden
        self.weight_ih: Matrix = matrix(rows, n_inputs, rng, limit)
        self.weight_hh: Matrix = matrix(rows, n_hidden, rng, limit)
        self.bias_ih: list[Value] = uniform(rows, limit, rng)
        self.bias_hh: list[Value] = uniform(rows, limit, rng)

    @property
    def n_hidden(self) -> int:
        """The length of the hidden vector."""
        return len(self.weight_hh[0])

    def __call__(self, xs: Vectors) -> list[Vector]:
        return self.run(xs)[0]

    def run(self, xs: Vectors, state: Any = None) -> tuple[list[Vector], Any]:
        """Return (hidden vector after each input, last state); without a state it starts at zeros."""
        state = self.start() if state is None else state
        outputs = []
        for x in xs:
            check_size(self, x, len(self.weight_ih[0]))
            state = self.step(x, state)
            outputs.append(self.hidden(state))
        return outputs, state

    def start(self) -> Any:
        """Return the state before the first input."""
        return [0.0] * self.n_hidden

    def hidden(self, state: Any) -> Vector:
        """Return the hidden vector of a state."""
        return state  # type: ignore[no-any-return]

    def step(self, x: Sequence[Number], state: Any) -> Any:
        """Return the state after one more input."""
        raise NotImplementedError

    def _sums(self, x: Sequence[Number], h: Vector) -> tuple[list[Vector], list[Vector]]:
        """Return what comes of the input and of the hidden vector, each a list for each gate."""
        sums = affine(self.weight_ih, self.bias_ih, x), affine(self.weight_hh, self.bias_hh, h)
        n = self.n_hidden
        given, kept = ([ys[i * n : (i + 1) * n] for i in range(self.gates)] for ys in sums)
        return given, kept


def _added(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b, strict=True)]


class RNN(_Recurrent):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (Elman 1990)."""

    def step(self, x: Sequence[Number], state: Vector) -> Vector:
        given, kept = self._sums(x, state)
        return [tanh(y) for y in _added(given[0], kept[0])]


class GRU(_Recurrent):
    """r, z = gates; n = tanh(W x + b + r (W h + b)); h' = (1 - z) n + z h (Cho and others, 2014)."""

    gates: int = 3  # r, z, n

    def step(self, x: Sequence[Number], state: Vector) -> Vector:
        given, kept = self._sums(x, state)
        reset, update = ([sigmoid(y) for y in _added(given[i], kept[i])] for i in (0, 1))
        new = [tanh(y + r * k) for y, r, k in zip(given[2], reset, kept[2], strict=True)]
        return [n + z * (h - n) for n, z, h in zip(new, update, state, strict=True)]


class LSTM(_Recurrent):
    """i, f, o = gates; c' = f c + i g; h' = o tanh(c') (Hochreiter, Schmidhuber 1997); the state is (h, c)."""

    gates: int = 4  # i, f, g, o

    def start(self) -> tuple[Vector, Vector]:
        """Return zeros: hidden vector and cell."""
        return [0.0] * self.n_hidden, [0.0] * self.n_hidden

    def hidden(self, state: tuple[Vector, Vector]) -> Vector:
        """Return the hidden vector of a state."""
        return state[0]

    def step(self, x: Sequence[Number], state: tuple[Vector, Vector]) -> tuple[Vector, Vector]:
        h, cell = state
        sums = [_added(a, b) for a, b in zip(*self._sums(x, h), strict=True)]
        i, f, o = ([sigmoid(y) for y in sums[k]] for k in (0, 1, 3))
        new = [tanh(y) for y in sums[2]]
        cell = [a * c + b * y for a, c, b, y in zip(f, cell, i, new, strict=True)]
        return [a * tanh(c) for a, c in zip(o, cell, strict=True)], cell
