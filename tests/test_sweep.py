"""The vector library: every function keeps to its row's bound over all exponents, and an error of it is found."""

import pytest

from autograd.primitives.primitive import ROWS

from . import sweep
from .accuracy import value_bound
from .tools.backends import program_of


@pytest.mark.parametrize("name", sweep.NAMES)
def test_a_function_in_lanes_keeps_to_its_bound(name):
    assert sweep.swept(name, 40, seed=1).error <= value_bound(ROWS[name])


@pytest.mark.long
@pytest.mark.parametrize("name", sweep.NAMES)
def test_a_function_in_lanes_keeps_to_its_bound_at_many_floats(name):
    assert sweep.swept(name, 2_000, seed=2).error <= value_bound(ROWS[name])


def test_a_function_that_is_off_is_found(monkeypatch):
    right = sweep.lanes("llvm")(program_of(ROWS["exp"], (0.5,)))

    def off(cases):
        return [[y * (1.0 + 2.0**-48)] for (y,) in right(cases)]

    monkeypatch.setattr(sweep, "lanes", lambda name: lambda program: off)
    assert 8.0 < sweep.swept("exp", 40, seed=1).error <= 40.0
