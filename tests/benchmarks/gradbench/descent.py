"""Gradient descent of saddle and particle: steps that grow while they help, and are halved when they do not."""

from autograd import grad, jacobian, sqrt


def forward_gradient(f):
    """Return the gradient in forward mode: a sweep for each number."""
    return jacobian(f, mode="forward")


MODES = {"r": grad, "f": forward_gradient}


def norm(x):
    return sqrt(sum([a * a for a in x]))


def argmin(f, slope, x):
    """Return where f, whose gradient is `slope`, is least, found from x."""
    rate, helped, value, downhill = 1e-5, 0, f(x), slope(x)
    while not norm(downhill) <= 1e-5:
        if helped == 10:
            rate, helped = 2.0 * rate, 0
            continue
        y = [a - rate * d for a, d in zip(x, downhill, strict=True)]
        if norm([a - b for a, b in zip(x, y, strict=True)]) <= 1e-5:
            return x
        other = f(y)
        if other < value:
            x, value, downhill, helped = y, other, slope(y), helped + 1
        else:
            rate, helped = rate / 2.0, 0
    return x
