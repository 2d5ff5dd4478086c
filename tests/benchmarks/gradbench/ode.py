"""ode: Runge and Kutta's method through a chain of equations, y[i]' = x[i] y[i - 1]."""

from autograd import grad


def prepare(given):
    return given["x"], given["s"]


def change(x, y):
    return [x[0], *[a * b for a, b in zip(x[1:], y, strict=False)]]


def moved(y, step, k):
    return [a + step * b for a, b in zip(y, k, strict=True)]


def primal(x, steps):
    """Return y(2) of y(0) = 0."""
    y, h = [0.0] * len(x), 2.0 / steps
    for _ in range(steps):
        k1 = change(x, y)
        k2 = change(x, moved(y, h / 2, k1))
        k3 = change(x, moved(y, h / 2, k2))
        k4 = change(x, moved(y, h, k3))
        y = [v + h / 6 * (a + 2 * b + 2 * c + d) for v, a, b, c, d in zip(y, k1, k2, k3, k4, strict=True)]
    return y


FUNCTIONS = {"primal": primal, "gradient": grad(lambda x, steps: primal(x, steps)[-1])}
