"""What modules and histories show: useful text and HTML, and never an exception."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from autograd import Value
from nn import MLP, Module, fit
from nn.history import Epoch, History
from nn.layers import Layer
from nn.tables import curves


class Odd(Module):
    def __init__(self):
        self.part = MLP(2, [3, 1], seed=1)
        self.scale = Value(1.0)


def test_a_module_tells_its_parameters():
    assert repr(Odd()) == (
        "Odd: 14 parameters\n"
        "  part.layers.0.weight  3 x 2             6\n"
        "  part.layers.0.bias    3                 3\n"
        "  part.layers.1.weight  1 x 3             3\n"
        "  part.layers.1.bias    1                 1\n"
        "  scale                 1                 1"
    )
    page = Odd()._repr_html_()
    assert "<caption" in page
    assert "Odd: 14 parameters" in page
    assert page.count("<tr>") == 6
    ElementTree.fromstring(page)


def test_a_module_of_many_parts_is_told_in_part():
    text = repr(type("Deep", (Module,), {})())
    assert text == "Deep: 0 parameters"
    deep = Module()
    deep.layers = MLP(2, [2] * 40).layers
    assert "and 50 more" in repr(deep)
    assert repr(deep).startswith("Module: 240 parameters")
    assert len(repr(deep).splitlines()) == 32


def test_a_module_that_is_not_built_yet_still_has_a_repr():
    unbuilt = Layer.__new__(Layer)
    assert "Layer object" in repr(unbuilt)
    assert unbuilt._repr_html_() is None


def test_names_of_attributes_are_text():
    module = Module()
    vars(module)["<script>alert(1)</script>"] = Value(1.0)
    assert "<script" not in module._repr_html_()


def test_a_history_shows_its_curves_and_its_best_epoch():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    history = fit(MLP(2, [4, 1]), X, y, loss="binary_cross_entropy", epochs=20, validation=(X, y), progress=False)
    page = f"<div>{history._repr_html_()}</div>"
    root = ElementTree.fromstring(page)
    lines = [x.get("points").split() for x in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(points) for points in lines] == [20, 20]
    first, last = (float(points.split(",")[1]) for points in (lines[0][0], lines[0][-1]))
    assert (first < last) == (history.epochs[0].loss > history.epochs[-1].loss)  # down on the page is a smaller loss
    assert page.count("<tr>") >= 7
    assert f"{history.epochs[-1].loss:.4g}" in page
    axes = [x.text for x in root.iter("{http://www.w3.org/2000/svg}text")]
    assert axes[2:] == ["1", "20"]
    assert float(axes[0]) > float(axes[1])


@pytest.mark.parametrize("losses", [[], [1.0], [math.nan, math.inf], [1.0, math.nan], [2.0, 2.0, 2.0]])
def test_a_history_of_any_kind_can_be_shown(losses):
    history = History([Epoch(i + 1, 0.1, x, None, None, None) for i, x in enumerate(losses)])
    assert "<table>" in history._repr_html_()
    ElementTree.fromstring(f"<div>{history._repr_html_()}</div>")
    assert bool(curves({"loss": losses})) == (len([x for x in losses if math.isfinite(x)]) > 1)


def test_what_is_not_finite_leaves_a_gap_and_moves_nothing():
    root = ElementTree.fromstring(f"<div>{curves({'loss': [3.0, math.nan, 1.0]})}</div>")
    (line,) = root.iter("{http://www.w3.org/2000/svg}polyline")
    assert [point.split(",")[0] for point in line.get("points").split()] == ["0.0", "320.0"]
