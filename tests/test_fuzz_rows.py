"""Random programs on every backend: none is wrong, and a backend that is slightly off is found."""

from collections import defaultdict
from itertools import islice

import pytest

from . import fuzz_rows


@pytest.fixture(scope="module")
def cases():
    return [x for x in map(fuzz_rows.case, islice(fuzz_rows.expressions("tests"), 60)) if x is not None]


def test_random_programs_are_right_on_every_backend(cases):
    assert len(cases) > 50
    assert [str(wrong) for wrong in fuzz_rows.judged(cases, defaultdict(float))] == []


def test_a_backend_that_loses_five_bits_is_found(cases, monkeypatch):
    exact = fuzz_rows.AT_ONCE["source"]
    loses = {"source": lambda program, xs: [z * (1.0 + 2.0**-47) for z in exact(program, xs)]}
    monkeypatch.setattr(fuzz_rows, "AT_ONCE", loses)
    wrong = fuzz_rows.judged(cases, defaultdict(float))
    assert {found.way for found in wrong} == {"source"}
    assert len({id(found.case) for found in wrong}) > 40
    assert "source: the value is " in str(wrong[0])
