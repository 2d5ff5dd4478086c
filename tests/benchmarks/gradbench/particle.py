"""particle: where a charge must stand for a particle, pushed about by two of them, to land at zero.

Gradient descent on the place where the particle lands; within, Euler's method with the potential's gradient. Names of
functions are two letters: the mode of the outer derivative, then that of the inner, forward or reverse.
"""

from autograd import jit, sqrt

from .descent import MODES, argmin

STEP = 0.1


def prepare(given):
    return (given["w"],)


def potential(x, charges):
    return sum([1.0 / sqrt((x[0] - a) ** 2 + (x[1] - b) ** 2) for a, b in charges])


def landing(w, push):
    """Return the square of the place where the particle comes down; `push` is the potential's gradient."""
    charges = [(10.0, 10.0 - w[0]), (10.0, 0.0)]
    x, v = [0.0, 8.0], [0.75, 0.0]
    while True:
        force = push(x, charges)
        x = [x[0] + STEP * v[0], x[1] + STEP * v[1]]
        if x[1] <= 0.0:
            return (x[0] - x[1] / v[1] * v[0]) ** 2
        v = [v[0] - STEP * force[0], v[1] - STEP * force[1]]


def descents(outer, inner):
    """Return the whole eval as a function of where the descent starts."""
    push = inner(potential)

    def landed(w):
        return landing(w, push)

    value, slope = jit(landed), jit(outer(landed))
    return lambda w: argmin(value, slope, [w])[0]


FUNCTIONS = {name: descents(MODES[name[0]], MODES[name[1]]) for name in ("rr", "ff", "fr", "rf")}
