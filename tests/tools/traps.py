"""Functions that look at their numbers: what a compiled function must never get stale on.

Start at `TRAPS`: each takes two floats. The one surprise: all arithmetic in them is exact or correctly rounded, so a
compiled result can be held to the bits of Python's.
"""

import math

from autograd import maximum, sqrt, where


def branches(x, y):
    if x < 0.0:
        return x * y - 1.0 if y < 0.0 else x + y
    return x / 2.0 if x > y else y - x


def trips(x, y):
    x, n = 4096.0 * x, 0
    while 1.0 < abs(x) < 1e9:
        x = x / 2.0
        n += 1
    return x + n * y


def early(x, y):
    total = 0.0
    for i in range(8):
        total = total + x * i
        if total > y:
            return total
        if total < -10.0:
            return -1.0
    return total


def extremes(x, y):
    return max(x, y, 0.5) * min(x, 1.0) + maximum(x, y)


def ordered(x, y):
    a, b, c = sorted([x, y, x * y])
    return a + 2.0 * b + 4.0 * c


def whole(x, y):
    return math.floor(x) * y + round(y) + math.ceil(x - y)


def chosen(x, y):
    return where(x > y, x * x, sqrt(abs(y)))


def truth(x, y):
    return (x and y) + (1.0 if not y else 2.0 * y)


def unequal(x, y):
    return x * y if x != y else x + 1.0


def member(x, y):
    return x if round(x) in [0.0, 1.0, 2.0] else y


def raising(x, y):
    return sqrt(x) if x > y else y / (x - y)


TRAPS = [branches, trips, early, extremes, ordered, whole, chosen, truth, unequal, member, raising]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]


def draw(rng):
    """Return two numbers: mostly ordinary, often on an edge."""
    return [rng.choice(EDGES) if rng.random() < 0.2 else rng.uniform(-4.0, 4.0) for _ in range(2)]


def outcome(call, *args):
    """Return a result as text, bits and type, or what was raised."""
    try:
        found = call(*args)
    except (ValueError, ArithmeticError) as error:
        return type(error).__name__
    return repr(math.nan if found != found else found)
