# pyright: strict
"""A graph by hand: arithmetic, functions, methods, gradients."""

import math
from typing import reveal_type

from autograd import (
    Value,
    backward,
    clamp,
    exp,
    fsum,
    log,
    logsumexp,
    maximum,
    no_grad,
    prod,
    scope,
    sin,
    softmax,
    sumprod,
    tanh,
    where,
)

x, w = Value(0.5, "x"), Value(2.0)

reveal_type(x.data)  # float
reveal_type(x.grad)  # float
reveal_type(x.partials)  # tuple[float, ...]
reveal_type(x.parents)  # tuple[Value, ...]
reveal_type(x.backward())  # None

reveal_type(x + w)  # Value
reveal_type(x * 2)  # Value
reveal_type(2.0 * x)  # Value
reveal_type(1 / x)  # Value
reveal_type(x**2)  # Value
reveal_type(2.0**x)  # Value
reveal_type(-x)  # Value
reveal_type(abs(x))  # Value
reveal_type(x < w)  # bool
reveal_type(x.tanh())  # Value
reveal_type(x.exp().log())  # Value

reveal_type(sin(x))  # Value
reveal_type(sin(0.5))  # float
reveal_type(exp(1))  # float
reveal_type(tanh(2.0 * x))  # Value
reveal_type(log(x))  # Value
reveal_type(maximum(x, 0.0))  # Value
reveal_type(maximum(1.0, 0.0))  # float
reveal_type(where(x > w, x, 0.0))  # Value
reveal_type(clamp(x, 0.0, 1.0))  # Value
reveal_type(fsum([x, w]))  # Value
reveal_type(prod([x, w]))  # Value
reveal_type(sumprod([x, w], [1.0, 2.0]))  # Value
reveal_type(softmax([x, w]))  # list[Value]
reveal_type(logsumexp([x, w]))  # Value

loss: Value = sin(x) * w + exp(-x) / 3 - math.pi
loss.backward()
backward([loss, x * w], [1.0, 0.5])
x.data -= 0.1 * x.grad
x.zero_grad()

with no_grad(), scope("block"):
    loss = x * w


@no_grad()
def measured(y: Value) -> float:
    return (y * y).item()


reveal_type(measured)  # (y: Value) -> float
reveal_type(measured(x))  # float
