"""saddle: the least of the greatest values of x**2 - y**2, by gradient descent within gradient descent.

The derivative of the outer descent goes through every step of the inner one. Names of functions are two letters: the
mode of the outer derivative, then that of the inner, forward or reverse.
"""

from autograd import jit

from .descent import MODES, argmin


def prepare(given):
    return (given["start"],)


def height(x, y):
    return (x[0] ** 2 + x[1] ** 2) - (y[0] ** 2 + y[1] ** 2)


def highest(x, start, gradient):
    """Return the y for which `height` is greatest."""

    def depth(y):
        return -height(x, y)

    return argmin(depth, gradient(depth), start)


def descents(outer, inner):
    """Return the whole eval as a function of where both descents start."""

    def greatest(x, start):
        return height(x, highest(x, start, inner))

    value, slope = jit(greatest), jit(outer(greatest))

    def saddle(start):
        x = argmin(lambda x: value(x, start), lambda x: slope(x, start), start)
        return [*x, *highest(x, start, outer)]

    return saddle


FUNCTIONS = {name: descents(MODES[name[0]], MODES[name[1]]) for name in ("rr", "ff", "fr", "rf")}
