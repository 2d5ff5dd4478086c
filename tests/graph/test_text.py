"""What a Value shows in a notebook: one line of HTML, whatever it is called."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from autograd import Value, scope, tanh, trace_lines
from autograd.graph import text as reprs

from ..drawing.test_drawing import HOSTILE


def test_a_value_shows_its_name_its_operation_and_its_numbers():
    w = Value(0.5, "w")
    assert w._repr_html_() == '<code title=""><b>w</b> = <b>0.5</b></code>'
    with scope("encoder"), trace_lines():
        y = tanh(w * 2.0)
    y.backward()
    page = y._repr_html_()
    assert "tanh(·) = <b>0.761594</b>" in page
    assert "grad 1.0" in page
    assert f'title="encoder {y.line}"' in page
    assert "w * 2.0" in y.parents[0]._repr_html_()
    assert "<b>nan</b>" in Value(math.nan)._repr_html_()


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_text(name):
    x = Value(1.0, name)
    for value in (x, x * 2.0):
        root = ElementTree.fromstring(value._repr_html_())
        assert {element.tag for element in root.iter()} <= {"code", "b", "span"}


def test_a_repr_never_raises(monkeypatch):
    monkeypatch.setattr(reprs, "number", lambda *_: 1 / 0)
    assert Value(1.0)._repr_html_() is None
