# pyright: strict
"""Models, losses, optimizers and training."""

from collections.abc import Sequence
from typing import reveal_type

from autograd import Value
from nn import MLP, SGD, Adam, AdamW, Module, cross_entropy, evaluate, fit, linear, mse


class Line(Module):
    """A model of a user's own."""

    def __init__(self) -> None:
        self.slope, self.offset = Value(1.0), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.slope * x + self.offset


X, labels = [[0.0, 1.0], [1.0, 0.0]], [1.0, -1.0]
model = MLP(2, [3, 1], seed=1)
reveal_type(model.parameters())  # list[Value]
reveal_type(model.named_parameters())  # list[tuple[str, Value]]
optimizer = Adam(model.parameters(), lr=0.01, schedule=linear(100))
history = fit(model, X, labels, loss="mse", optimizer=optimizer, epochs=2, progress=False)
reveal_type(history.epochs[-1].loss)  # float
reveal_type(evaluate(model, X, labels, "mse"))  # tuple[float, float | None]

line = Line()
reveal_type(line(2.0))  # Value
loss = mse(line(2.0), 3.0)
reveal_type(loss)  # todo: Value
reveal_type(cross_entropy([line(1.0), line(2.0)], 1))  # todo: Value
loss.backward()
SGD(line.parameters(), lr=0.1, momentum=0.9).step()
AdamW(line.parameters(), lr=0.1).step()
line.zero_grad()


def own(prediction: Value, target: float) -> Value:
    return (prediction - target) ** 2


def pairs(xs: Sequence[Sequence[float]]) -> list[Value]:
    return [Value(a) * b for a, b in xs]


fit(line, [1.0, 2.0], [2.0, 4.0], loss=own, epochs=1, progress=False)
reveal_type(pairs(X))  # list[Value]
