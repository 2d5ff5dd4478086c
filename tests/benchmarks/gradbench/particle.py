"""particle: where a charge must stand for a particle, pushed about by two of them, to land at zero.

Gradient descent on the place where the particle lands; within, Euler's method with the potential's gradient. Names of
functions are two letters: the mode of the outer derivative, then that of the inner, forward or reverse.
"""

from autograd import sqrt

from .descent import MODES, argmin

STEP = 0.1


def prepare(given):
    return (given["w"],)


def landing(w, gradient):
    """Return the square of the place where the particle comes down."""
    charges = [(10.0, 10.0 - w), (10.0, 0.0)]

    def potential(x):
        return sum(1.0 / sqrt((x[0] - a) ** 2 + (x[1] - b) ** 2) for a, b in charges)

    push, x, v = gradient(potential), [0.0, 8.0], [0.75, 0.0]
    while True:
        force = push(x)
        x = [x[0] + STEP * v[0], x[1] + STEP * v[1]]
        if x[1] <= 0.0:
            return (x[0] - x[1] / v[1] * v[0]) ** 2
        v = [v[0] - STEP * force[0], v[1] - STEP * force[1]]


def particle(w, outer, inner):
    return argmin(lambda w: landing(w[0], inner), [w], outer)[0]


FUNCTIONS = {
    name: lambda w, outer=MODES[name[0]], inner=MODES[name[1]]: particle(w, outer, inner)
    for name in ("rr", "ff", "fr", "rf")
}
