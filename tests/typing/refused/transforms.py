"""What a function does not take, its derivative and its compiled form do not take."""

from autograd import custom_derivative, derivative, grad, jit, value_and_grad, vmap


def price(spot: float, rate: float = 0.05, *, years: int = 1) -> float:
    return spot * rate**years


grad(price)("100")  # refused
grad(price)(100.0, 0.1, 2)  # refused
grad(price)(100.0, year=2)  # refused
grad(price)()  # refused
grad(price, argnums="spot")  # refused
grad(3.0)  # refused
value_and_grad(price)(100.0, year=2)  # refused
gradient: str = grad(price)(100.0)  # todo: refused
jit(price)("100")  # refused
jit(price)(100.0, year=2)  # refused
jit(price).paths()  # refused
jit(price, backend=3)  # refused
vmap(price, paths="all")  # refused
derivative(price, "second")  # refused


@custom_derivative(lambda z, x: 2.0 * x, check="no")  # refused
def square(x: float) -> float:
    return x * x
