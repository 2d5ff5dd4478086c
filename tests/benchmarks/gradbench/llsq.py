"""llsq: a polynomial of least squares through the sign function, its coefficients differentiated; points are lanes."""

import numpy as np

from autograd import grad, jit, vmap


def prepare(given):
    return np.array(given["x"]), given["n"]


def missed(x, t):
    """Return half the square by which the polynomial misses the sign of t."""
    y = 0.0
    for coefficient in x[::-1]:
        y = y * t + coefficient
    return 0.5 * (np.sign(t) - y) ** 2


LANES = vmap(missed, in_axes=(None, 0))


def primal(x, n):
    return LANES(x, np.linspace(-1.0, 1.0, n)).sum()


FUNCTIONS = {"primal": primal, "gradient": jit(grad(primal))}
