"""Rounding to decimal places in lanes has Python's bits, also at ties and beyond 22 places."""

import math
import random

import pytest

from autograd.backends import backend
from autograd.primitives.primitive import ROWS

from ..tools.backends import program_of
from .test_lanes import BACKENDS

np = pytest.importorskip("numpy")


def numbers(digits):
    """Return floats around the place that is rounded to, ties among them."""
    rng = random.Random(digits)
    unit = 10.0**-digits
    found = [rng.uniform(-1.0, 1.0) * unit * 10.0 ** rng.uniform(-2.0, 18.0) for _ in range(300)]
    found += [(rng.randrange(10 ** rng.randrange(1, 16)) + 0.5) * unit for _ in range(300)]
    found += [(2 * rng.randrange(2**20) + 1) / 2.0 ** rng.randrange(1, 20) for _ in range(300)]
    return [*found, 0.0, -0.0, -0.4 * unit, 5e-324, 1.7e308, math.inf, -math.inf]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("digits", [-400, -250, -23, -5, -1, 0, 1, 2, 15, 22, 23, 50, 250, 400])
def test_decimal_places_are_those_of_python(name, digits):
    xs = numbers(max(min(digits, 250), -250))
    run = backend(name).lanes(program_of(ROWS["round_to"], (1.0, digits)), [True], [False])
    (found,), _ = run([], [np.array(xs)], len(xs))
    assert list(map(repr, found.tolist())) == [repr(round(x, digits)) for x in xs]
