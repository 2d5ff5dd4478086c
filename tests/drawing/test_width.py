"""How wide pictures are: letters can be read on 870 pixels of a notebook, and on 1,600 of a file, in all directions."""

import re

import pytest

from autograd import Value, draw, jit
from autograd.drawing import layout, width
from autograd.drawing.width import FILE, NOTEBOOK, breadth

from .. import gallery
from ..tools.works import WORKS

pytestmark = pytest.mark.skipif(not layout.engine(), reason="no layout engine")
LETTER = 11 * 4 / 3  # pixels, at full size
SMALLEST = 8.8  # pixels


def points(svg):
    return float(re.search(r'<svg width="([0-9.]+)pt"', svg)[1])


def letters(svg, pixels):
    """Return how high the letters of a picture are where it has so many pixels."""
    return LETTER * min(1.0, pixels / (points(svg) * 4 / 3))


def looped():
    f, xs = WORKS["Runge-Kutta"](100)
    found = jit(f, audit=False)
    found(xs)
    return found


CASES = {
    "two layers by hand": lambda: gallery.network()[1],
    "moons": lambda: gallery.moons()[1],
    "moons apart": gallery.moons_apart,
    "irregular": lambda: gallery.expression(60),
    "chain": lambda: gallery.chain(3000),
    "loops": looped,
}


@pytest.fixture(scope="module", params=CASES)
def value(request):
    return CASES[request.param]()


@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_letters_can_be_read_in_notebooks_and_in_files(value, direction, tmp_path):
    picture = draw(value, direction=direction)
    assert letters(picture.svg(), NOTEBOOK) >= SMALLEST
    saved = picture.save(tmp_path / "picture.svg").read_text()
    assert letters(saved, FILE) >= SMALLEST
    assert letters(draw(value, direction=direction, width=700).svg(), 700) >= SMALLEST


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_without_the_rule_they_could_not(direction, monkeypatch, tmp_path):
    monkeypatch.setattr(width, "SMALLEST", 0.01)
    picture = draw(CASES["two layers by hand"](), direction="LR", partials=True)
    assert letters(picture.svg(), NOTEBOOK) < 7.0
    assert letters(draw(CASES["moons"](), direction=direction, width=300).svg(), 300) < 8.0


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_file_shows_more_than_a_notebook_unless_a_width_is_given(direction, tmp_path):
    for name in ("moons", "two layers by hand"):
        value = CASES[name]()
        picture = draw(value, direction=direction)
        boxes = {suffix: picture.save(tmp_path / f"p.{suffix}").read_text() for suffix in ("svg", "dot", "txt")}
        if direction == "LR":
            assert len(picture.diagram.boxes) < boxes["svg"].count('class="node"')
        assert boxes["svg"].count('class="node"') == len(re.findall(r"\tn\d+ \[", boxes["dot"]))
        assert boxes["svg"] == picture.at(FILE).svg()
        assert boxes["txt"] == f"{picture.at(FILE)!r}\n"
        assert picture.render(tmp_path / "q") == str(tmp_path / "q.svg")
        assert (tmp_path / "q.svg").read_text() == boxes["svg"]
        given = draw(value, direction=direction, width=700)
        assert given.save(tmp_path / "p.svg").read_text() == given.svg()
        assert len(given.diagram.boxes) <= len(picture.diagram.boxes)


def test_the_page_in_a_file_is_that_of_notebooks_because_its_boxes_open(tmp_path):
    picture = draw(CASES["two layers by hand"](), direction="LR")
    kept = picture.save(tmp_path / "p.html").read_text()
    assert kept == picture.html() != picture.at(FILE).html()


def test_what_is_changed_in_the_digraph_is_in_the_file(tmp_path):
    pytest.importorskip("graphviz")
    picture = draw(CASES["two layers by hand"](), direction="LR")
    picture.digraph.attr(bgcolor="grey90")
    assert "grey90" in picture.save(tmp_path / "p.dot").read_text()
    assert picture.save(tmp_path / "p.svg").read_text() == picture.svg()


def test_a_limit_that_is_given_is_taken_as_it_is_but_with_a_width_it_is_the_most():
    value = CASES["two layers by hand"]()
    assert len(draw(value, direction="LR", limit=60).diagram.boxes) == 35
    assert len(draw(value, direction="LR", limit=60, width=870).diagram.boxes) < 10
    assert len(draw(value, direction="LR", width=5000).diagram.boxes) == 35
    with pytest.raises(ValueError, match=r"draw: width is 1\.5; use a whole number"):
        draw(value, width=1.5)
    with pytest.raises(ValueError, match="draw: width is -1"):
        draw(value).at(-1)


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_the_breadth_is_about_that_of_the_layout(value, direction):
    for limit in (60, 15):
        picture = draw(value, direction=direction, limit=limit)
        assert breadth(picture.diagram, picture.style) == pytest.approx(points(picture.svg()), rel=0.35, abs=250)


def test_one_box_is_never_too_wide_to_be_drawn():
    assert len(draw(Value(1.0, "x" * 40), width=10).diagram.boxes) == 1
