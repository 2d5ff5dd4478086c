"""saddle: the least of the greatest values of x**2 - y**2, by gradient descent within gradient descent.

The derivative of the outer descent goes through every step of the inner one. Names of functions are two letters: the
mode of the outer derivative, then that of the inner, forward or reverse.
"""

from .descent import MODES, argmax, argmin


def prepare(given):
    return (given["start"],)


def height(x, y):
    return (x[0] ** 2 + x[1] ** 2) - (y[0] ** 2 + y[1] ** 2)


def saddle(start, outer, inner):
    def greatest(x):
        return height(x, argmax(lambda y: height(x, y), start, inner))

    x = argmin(greatest, start, outer)
    return [*x, *argmax(lambda y: height(x, y), start, outer)]


FUNCTIONS = {
    name: lambda start, outer=MODES[name[0]], inner=MODES[name[1]]: saddle(start, outer, inner)
    for name in ("rr", "ff", "fr", "rf")
}
