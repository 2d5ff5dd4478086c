"""`explain`: every product it shows is that of the engine, and the page works in a real browser."""

import html
import json
import math
import re
import time

import pytest
from hypothesis import given

import autograd
from autograd import Value, draw, explain, relu, sqrt, tanh
from autograd.drawing import layout
from autograd.graph.text import number, operand_names, textbook
from autograd.primitives import table
from autograd.primitives.primitive import ROWS

from ..tools.browser import PROGRAM, Browser
from .test_drawing import HOSTILE
from .test_fold import graphs

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")


def expression():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.name = "c"
    return a, b, (c + a) * tanh(c * 0.1)


def products(found):
    """Return (adjoint, partial, product, sum so far) of each step, as they are shown."""
    for step in found.steps:
        if step.arrow >= 0:
            yield *map(float, re.search(r" = (\S+) \* (\S+) = (\S+)$", step.text).groups()), float(step.grad)


def shown(x):
    return float(number(x, 6))


@given(graphs())
def test_the_last_step_shows_the_gradients_of_the_engine(value):
    if len(explain(value).steps) > 1000:
        return
    found = explain(value)
    nodes = autograd.graph.backward.topological_order([value])
    for node in nodes:
        node.grad = 0.0
    value.backward()
    last = {step.target: step.grad for step in found.steps if step.target >= 0}
    assert last == {i: number(node.grad, 6) for i, node in enumerate(nodes)}


@given(graphs())
def test_no_gradient_travels_on_before_it_is_complete(value):
    found, complete = explain(value), set()
    parts = {}
    for step in found.steps:
        if step.arrow >= 0:
            parts[step.target] = parts.get(step.target, 0) + 1
    for step in found.steps:
        if step.phase == "backward":
            assert not parts.get(step.node)  # whoever sends has received all
            if step.arrow >= 0:
                parts[step.target] -= 1
                waits = "still waits for" in step.notes[-1]
                assert waits == bool(parts[step.target])
                complete |= set() if waits else {step.target}
    assert len(complete) == len(autograd.graph.backward.topological_order([value])) - 1


def test_each_product_is_the_adjoint_times_the_partial():
    _, _, loss = expression()
    found = list(products(explain(loss)))
    assert len(found) == 8
    assert all(math.isclose(x * y, z, rel_tol=1e-5) for x, y, z, _ in found)
    assert "dv6/da += dv6/dc * dc/da = " in repr(explain(loss))
    assert "mul: z = x * y, dz/dx = y" in repr(explain(loss))


def test_nothing_is_written_to_the_graph():
    a, _, loss = expression()
    loss.backward()
    before = a.grad, loss.grad
    explain(loss).html()
    assert (a.grad, loss.grad) == before


def test_at_a_kink_the_convention_is_said():
    assert "at the kink x = 0 the convention is: 0, the subgradient of least norm" in repr(explain(relu(Value(0.0))))
    assert "kink" not in repr(explain(relu(Value(1.0))))


def test_an_adjoint_of_zero_stops_what_is_infinite():
    x = Value(0.0, "x")
    text = repr(explain(sqrt(x) * 0.0))
    assert "= 0.0 * inf = 0.0" in text
    assert "all uses of x are done: its gradient is final, 0.0" in text


PARTIALS = [
    (row, place)
    for row in ROWS.values()
    if not row.helper
    for place in range(len(row.partials) or 4)
    if row.differentiable(place)
]
TRICKS = (
    r"\+ 0\.0|0\.0 \*|(?<!negative)_slope|_share|_rest|_present|_weight|absorb|below|ratio|monomial|direction|cross"
)


@pytest.mark.parametrize(("primitive", "place"), PARTIALS, ids=str)
def test_what_books_say_of_a_partial_is_what_the_table_computes(primitive, place):
    checked = 0
    for xs in ((0.3, 0.7, 1.1, 0.2), (0.6, -1.5, -1.0, 2.0), (2.5, 0.2, 3.0, 0.4), (-0.4, 3.0, 0.1, 0.9)):
        xs = xs[: len(primitive.partials) or 4]
        if primitive.partials:
            xs = tuple(x if primitive.differentiable(i) else 2 for i, x in enumerate(xs))
        elif primitive.parameters:
            xs = (1, *xs[1:])
        try:
            z = primitive.value(*xs)
        except ValueError:
            continue
        text = textbook(primitive, place, len(xs))
        assert not re.search(TRICKS, text), text
        names = dict(zip(operand_names(primitive, len(xs)), xs, strict=True)) | {"pi": math.pi, "z": z}
        if "log(x)" in text and names["x"] < 0.0:
            continue
        spelled = re.sub(r"(?<=\d) (?=(?!if|else)[a-z])", " * ", text)  # 2 sqrt(x)
        said = eval(spelled, vars(table) | {"abs": abs} | names)
        found = primitive.partials_at(z, xs, [place])[0]
        assert math.isclose(said, found, rel_tol=1e-12), (text, xs, said, found)
        checked += 1
    assert checked


def test_formulas_are_those_of_a_textbook():
    assert "sqrt: z = sqrt(x), dz/dx = 1 / (2 sqrt(x))" in repr(explain(sqrt(Value(2.0))))


@pytest.mark.parametrize("value", [3.0, "x", None, [Value(1.0)]])
def test_what_is_no_value_is_refused(value):
    with pytest.raises(TypeError, match="explain: expected a Value, not"):
        explain(value)


def test_the_page_is_saved_as_html_only(tmp_path):
    with pytest.raises(ValueError, match=r"cannot save to 'steps.png'; use a name that ends in .html"):
        explain(Value(1.0)).save(tmp_path / "steps.png")


def test_a_notebook_gets_a_frame_that_holds_the_page():
    _, _, loss = expression()
    found = draw(loss).stepper()
    frame = found._repr_html_()
    assert frame.startswith("<div><iframe ")
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == found.html()
    without = re.sub("<iframe.*?</iframe>", "", frame, flags=re.S)  # as a notebook that is not trusted shows it
    assert html.unescape(re.search("<pre>(.*)</pre>", without, re.S)[1]) == repr(found)


def test_without_a_layout_engine_the_page_has_words_instead(monkeypatch):
    monkeypatch.setattr(layout, "_engines", lambda: iter(()))
    page = explain(expression()[2]).html()
    assert "<svg" not in page
    assert "pip install &#x27;valuegrad[draw]&#x27;" in page


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_text_in_the_page(name):
    page = explain(Value(1.0, name) * Value(2.0, "y")).html()
    page.encode()
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
    assert len(data["nodes"]) == 3
    assert page.count("<script") == 2
    assert "<img" not in page


@needs_browser
def test_the_page_in_a_browser(tmp_path):
    # from a file, with the network off: click, press keys, read what is shown, and compare it with the engine
    a, b, loss = expression()
    hostile = loss + Value(0.0, HOSTILE["html"]) * Value(1.0, HOSTILE["quotes"])
    found = explain(hostile)
    page = found.save(tmp_path / "steps.html")
    hostile.backward()
    with Browser(tmp_path / "profile") as browser:
        browser.open(page.as_uri())
        assert browser.text("#text") == found.steps[0].text
        seen = []
        for _ in found.steps[1:]:
            browser.click("#next")
            seen.append(browser.text("#text"))
        assert seen == [step.text for step in found.steps[1:]]
        for text in seen:
            if product := re.search(r" = (\S+) \* (\S+) = (\S+)$", text):
                x, y, z = map(float, product.groups())
                assert math.isclose(x * y, z, rel_tol=1e-5, abs_tol=1e-300)
        names = [cell["name"] for cell in json.loads(browser.text("#data"))["nodes"]]
        grads = browser.run("[...document.querySelectorAll('#nodes tbody tr')].map(row => row.cells[3].textContent)")
        assert dict(zip(names, grads, strict=True))["a"] == number(a.grad, 6)
        assert dict(zip(names, grads, strict=True))["b"] == number(b.grad, 6)
        nodes = autograd.graph.backward.topological_order([hostile])
        assert grads == [number(node.grad, 6) for node in nodes]
        if layout.engine():
            boxes = browser.run(
                "[...document.querySelectorAll('.node')]"
                ".map(box => [box.id, [...box.querySelectorAll('text')].pop().textContent])"
            )
            assert dict(boxes) == {f"n{i}": f"grad {number(node.grad, 6)}" for i, node in enumerate(nodes)}
        assert browser.run("document.querySelector('#next').getAttribute('aria-disabled')") == "true"
        assert browser.run("document.activeElement.id") == "next"  # who steps by keyboard stays where they are
        browser.click("#next")
        assert browser.text("#text") == found.steps[-1].text
        for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1)):
            browser.press(key)
            assert browser.text("#text") == found.steps[step].text
        browser.run("(s => { s.value = 3; s.dispatchEvent(new Event('input')) })(document.querySelector('#slider'))")
        assert browser.text("#count") == f"4 of {len(found.steps)}"
        browser.run("document.activeElement.blur()")
        browser.press(" ")
        assert browser.text("#play") == "Pause"
        browser.press(" ")
        assert browser.text("#play") == "Play"
        told = set(browser.told())
        assert {
            ("button", "Next"),
            ("button", "Play"),
            ("slider", "Step"),
            ("group", "Steps"),
            ("table", "Nodes"),
        } <= told
        assert {("rowheader", name) for name in names} <= told
        assert browser.run("document.querySelector('[role=status]').getAttribute('aria-live')") == "polite"
        assert not browser.run("document.querySelectorAll('img, iframe, object').length")
        assert browser.requests == [page.as_uri()]
        assert not browser.complaints


@needs_browser
def test_the_active_node_is_in_sight_and_the_steps_are_there_without_the_program(tmp_path):
    x = Value(0.5, "x")
    for _ in range(40):
        x = tanh(x)
    found = explain(x)
    page = found.save(tmp_path / "steps.html").as_uri()
    with Browser(tmp_path / "profile") as browser:
        browser.open(page)
        for key, node in (("Home", 0), ("End", 1)):
            browser.press(key)
            for row, frame in ((f"#nodes tbody tr:nth-child({node + 1})", "#panel"), (f"#n{node}", "#picture")):
                if row[:2] == "#n" and frame == "#picture" and not layout.engine():
                    continue
                inside = f"(([a, b]) => a.top >= b.top && a.bottom <= b.bottom + 1)(['{row}', '{frame}'].map("
                assert browser.run(f"{inside}x => document.querySelector(x).getBoundingClientRect()))")
        assert not browser.complaints
        browser.ask("Emulation.setScriptExecutionDisabled", value=True)
        browser.ask("Page.reload")
        end = time.monotonic() + 30  # the tree grows while the page is read
        while (roles := [role for role, _ in browser.told()]).count("listitem") < len(found.steps):
            assert time.monotonic() < end, f"{roles.count('listitem')} of {len(found.steps)} steps"
            time.sleep(0.05)
        assert roles.count("listitem") == len(found.steps)
        assert not {"button", "slider"} & set(roles)


@needs_browser
@pytest.mark.skipif(not layout.engine(), reason="no layout engine")
@pytest.mark.parametrize(("leaves", "width", "stacked"), [(2, 800, False), (5, 800, True), (5, 1900, False)])
def test_the_picture_is_legible_and_follows_the_steps(tmp_path, leaves, width, stacked):
    names = [f"weight{i}" for i in range(leaves)]
    page = explain(sum((Value(1.0, name) * 2.0 for name in names), Value(0.0))).save(tmp_path / "steps.html")
    visible = """(([box, frame]) => box.top >= frame.top && box.bottom <= frame.bottom)(
        [".node.active", "#picture"].map(found => document.querySelector(found).getBoundingClientRect()))"""
    with Browser(tmp_path / "profile", (width, 720)) as browser:
        browser.open(page.as_uri())
        assert browser.run("document.querySelector('main').className") == ("stacked" if stacked else "")
        assert browser.run("document.querySelector('#picture text').getBoundingClientRect().height") > 9.0
        assert browser.run(visible)
        browser.click("#last")
        assert browser.run("document.querySelector('#picture').getBoundingClientRect().bottom") < 720
        assert browser.run(visible)
        assert not browser.complaints


@needs_browser
@pytest.mark.skipif(not layout.engine(), reason="no layout engine")
def test_the_head_of_an_arrow_points_where_the_gradient_goes(tmp_path):
    page = explain(expression()[2]).save(tmp_path / "steps.html")
    heads = """[...document.querySelectorAll('.edge')].map(edge => [
        edge.querySelector('path'), edge.querySelector('polygon')].map(part => getComputedStyle(part)))
        .map(([line, head]) => [head.visibility, line.markerStart])"""
    with Browser(tmp_path / "profile") as browser:
        browser.open(page.as_uri())
        forward = browser.run(heads)
        assert {(head, back) for head, back in forward} == {("visible", "none")}
        browser.click("#last")
        last = browser.run(heads)
        assert sum(head == "hidden" for head, _ in last) == 1  # the arrow that the gradient travels along
        assert [back for head, back in last if head == "hidden"] == ['url("#back")']
        assert browser.run("document.querySelector('#back').getAttribute('orient')") == "auto-start-reverse"
        browser.press("Home")
        assert browser.run(heads) == forward
        assert not browser.complaints


@needs_browser
def test_the_frame_of_a_notebook_in_a_browser(tmp_path):
    # a saved notebook: two outputs on one page, each in its own frame
    first, second = (explain(Value(x, "x") * 2.0) for x in (3.0, 4.0))
    page = tmp_path / "notebook.html"
    page.write_text(f"<!doctype html><body>{first._repr_html_()}{second._repr_html_()}", encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        browser.open(page.as_uri())
        shown = []
        for frame in browser.frames:
            browser.ask("Log.enable", frame)
            browser.ask("Runtime.enable", frame)
            browser.run("document.querySelector('#last').click()", frame)
            shown.append(browser.run("document.querySelector('#nodes').textContent", frame))
        heights, end = [720], time.monotonic() + 30
        while max(heights) >= 720 and time.monotonic() < end:  # the pages say it when they are ready
            time.sleep(0.05)
            heights = browser.run("[...document.querySelectorAll('iframe')].map((frame) => frame.clientHeight)")
        assert all(300 < height < 720 for height in heights)  # as high as the page in it
        assert not browser.run("document.querySelectorAll('details').length")  # the text is for where no program runs
        assert len(shown) == 2
        assert any("6.0" in text for text in shown)
        assert any("8.0" in text for text in shown)
        assert not browser.complaints


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_telephone(tmp_path, dark):
    small, large = expression()[2], sum(expression()[2] for _ in range(12))
    assert len(autograd.explain(large).steps) != 0  # as text
    with Browser(tmp_path / "profile") as browser:
        browser.look(390, 844, dark)
        for value in (small, large):
            browser.open(autograd.explain(value).save(tmp_path / "page.html").as_uri())
            browser.run("typeof ready === 'undefined' ? 0 : ready.then(() => 0)")
            browser.press("End")
            assert browser.run("document.documentElement.scrollWidth <= innerWidth")
            page = [int(x) for x in re.findall(r"\d+", browser.run("getComputedStyle(document.body).backgroundColor"))]
            text = [int(x) for x in re.findall(r"\d+", browser.run("getComputedStyle(document.body).color"))]
            assert (sum(page[:3]) < sum(text[:3])) == dark
        assert not browser.complaints


@needs_browser
def test_the_active_row_is_in_sight_below_a_wide_picture(tmp_path):
    value = sum(Value(float(k), f"a_name_of_some_length_{k}") * 2.0 for k in range(12))
    page = autograd.explain(value).save(tmp_path / "page.html")
    with Browser(tmp_path / "profile", size=(1280, 800)) as browser:
        browser.open(page.as_uri())
        assert browser.run("document.querySelector('main').classList.contains('stacked')")
        for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
            browser.press(key)
            inside = "document.querySelector('tr.active').getBoundingClientRect()"
            frame = "document.querySelector('#rows').getBoundingClientRect()"
            assert browser.run(f"((a, b) => a.top >= b.top && a.bottom <= b.bottom + 1)({inside}, {frame})")
            assert browser.run(f"{frame}.top < innerHeight")
