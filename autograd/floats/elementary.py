"""The few functions of one number in which nets spend their time, and their slopes; compiled where there is a compiler.

Where this is compiled, C's functions stand behind `native`, with Python's errors, so both ways give the same bits.
elementary.pxd holds types only.
"""

from autograd.floats import native


def relu(x: float) -> float:
    """Return x where it is positive, else 0.0; NaN stays NaN."""
    return 0.0 if x <= 0.0 else 1.0 * x  # a float, also of an int


def step(x: float) -> float:
    """Return 1.0 where x is positive, else 0.0; NaN stays NaN."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def sign(x: float) -> float:
    """Return -1.0, 0.0 or 1.0; NaN stays NaN."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 if x == 0.0 else x


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), keeping its digits in the left tail.

    >>> from math import exp
    >>> sigmoid(0.0), sigmoid(-800.0), sigmoid(-700.0) == exp(-700.0)
    (0.5, 0.0, True)
    """
    e = native.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) without overflow and without a threshold."""
    return relu(x) + native.log1p(native.exp(-abs(x)))


def tanh_slope(x: float) -> float:
    """Return 1 / cosh(x)**2 = 4e / (1 + e)**2 with e = exp(-2|x|); 1 - tanh(x)**2 has no digits left at x = 19."""
    e = native.exp(-2.0 * abs(x))
    d = 1.0 + e
    return 4.0 * e / (d * d)


def sigmoid_slope(x: float) -> float:
    """Return e / (1 + e)**2 with e = exp(-|x|): sigmoid(x) * sigmoid(-x)."""
    e = native.exp(-abs(x))
    d = 1.0 + e
    return e / (d * d)
