# pyright: strict
"""Functions in, functions out: the parameters stay those of the function."""

from collections.abc import Sequence
from typing import reveal_type

from autograd import (
    custom_derivative,
    derivative,
    fixed_point,
    grad,
    hessian,
    hvp,
    jacobian,
    jit,
    jvp,
    minimize,
    root,
    sin,
    value_and_grad,
    vjp,
    vmap,
)


def price(spot: float, rate: float = 0.05, *, years: int = 1) -> float:
    return spot * rate**years


def both(x: float, y: float) -> list[float]:
    return [x * y, x + y]


def norm(xs: Sequence[float]) -> float:
    return sum(x * x for x in xs)


def named(weights: dict[str, float], x: float) -> float:
    return weights["w"] * x


reveal_type(grad(price)(100.0))  # todo: float
reveal_type(grad(price)(100.0, years=2))  # todo: float
reveal_type(grad(price)(100.0, 0.1))  # todo: float
reveal_type(value_and_grad(price)(100.0, 0.1))  # todo: tuple[float, float]
reveal_type(grad(grad(price))(100.0))  # todo: float
reveal_type(derivative(sin, 2)(1.0))  # float
reveal_type(grad(named)({"w": 1.0}, 2.0))  # todo: dict[str, float]

reveal_type(jit(price)(100.0))  # float
reveal_type(jit(price)(100.0, 0.1, years=2))  # float
reveal_type(jit(price).stats().paths)  # int
reveal_type(jit(both)(1.0, 2.0))  # list[float]
reveal_type(jit(grad(price))(100.0))  # todo: float
reveal_type(grad(jit(price))(100.0))  # todo: float

jacobian(both)(1.0, 2.0)
hessian(norm)([1.0, 2.0])
hvp(norm)([1.0, 2.0], [1.0, 0.0])
y, back = vjp(both, 1.0, 2.0)
reveal_type(y)  # list[float]
back([1.0, 0.0])
reveal_type(jvp(norm, ([1.0, 2.0],), ([1.0, 0.0],)))  # tuple[float, float]


def residual(x: float, a: float) -> float:
    return x * x - a


def cosine_of(x: float, a: float) -> float:
    return sin(x) * a


reveal_type(root(residual, 1.0, 2.0))  # float
reveal_type(fixed_point(cosine_of, 1.0, 0.5))  # float
reveal_type(minimize(norm, [1.0, 2.0]))  # list[float]


@jit
def compiled(x: float) -> float:
    return x * x if x > 0.0 else -x


@custom_derivative(lambda z, x: 2.0 * x)  # todo: accepted
def square(x: float) -> float:
    return x * x


reveal_type(compiled(1.0))  # float
reveal_type(square(1.0))  # todo: float
vmap(compiled)([1.0, 2.0, 3.0])
