"""Wrong rules planted in every row are found, every one of them, and right rules are never called wrong."""

import pytest

from autograd.primitives.primitive import ROWS

from ..canaries import CHECKERS, PLANTS, measure, measure_cuts


@pytest.mark.parametrize("name", ROWS)
def test_every_planted_rule_is_found(name):
    counts, missed, alarms = measure([ROWS[name]], points=1)
    assert counts
    assert not missed
    assert not alarms


def test_every_plant_grows_somewhere_for_every_checker():
    rows = [ROWS[name] for name in ("sub", "relu", "maximum", "sin")]
    counts, _, _ = measure(rows, points=2)
    wanted = {(checker, name) for checker, (_, names) in CHECKERS.items() for name in names}
    assert {(checker, name) for checker, name, verdict in counts if verdict == "fail"} == wanted
    assert {name for _, name in wanted} == set(PLANTS)


def test_no_graph_that_was_cut_passes():
    assert measure_cuts() == []
