"""The page in which boxes open and close: its numbers are those of the engine, and it works in a real browser."""

import json
import math
import random

import pytest

import autograd
import nn
from autograd import Value, draw
from autograd.graph.backward import topological_order
from autograd.graph.text import number

from .. import gallery
from ..tools.browser import PROGRAM, Browser
from .test_drawing import HOSTILE

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")


def loss_of_a_network(samples=20):
    rng = random.Random(3)
    random.seed(3)
    model = nn.MLP(3, [4, 4, 1])
    with autograd.scope("loss"):
        errors = [model([rng.gauss(0.0, 1.0) for _ in range(3)]) - 1.0 for _ in range(samples)]
        loss = autograd.fsum([e * e for e in errors])
    loss.backward()
    return model, loss


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile"), size=(1280, 900)) as opened:
        yield opened


def opened(browser, picture, path):
    browser.complaints.clear()
    browser.requests.clear()
    browser.open(picture.save(path / "graph.html").as_uri())
    browser.run("ready.then(() => 1)")
    return browser


def box(browser, i):
    """Return the text of the panel after a click on the box of one node."""
    browser.run(f"go({i})")
    browser.click(f'[data-group="{browser.run(f"groupOf[{i}]")}"]')
    return browser.text("#panel")


@needs_browser
def test_the_page_prints_numbers_as_the_engine_does(browser, tmp_path):
    rng = random.Random(0)
    numbers = [
        0.0,
        -0.0,
        5e-324,
        1.7976931348623157e308,
        1e-5,
        9.9995e-5,
        1e4,
        99999.5,
        1234.5,
        1233.5,
        0.5,
        2.5,
        1 / 3,
    ]
    numbers += [rng.uniform(-1, 1) * 10.0 ** rng.randint(-12, 12) for _ in range(2000)]
    numbers += [rng.randint(1, 99999) / 2.0**k for k in range(1, 30) for _ in range(20)]  # with many halves
    page = opened(browser, draw(Value(1.0)), tmp_path)
    for digits in (1, 4, 6):
        found = page.run(f"{json.dumps(numbers)}.map((x) => number(x, {digits}))")
        assert found == [number(x, digits) for x in numbers]
    assert page.run("[NaN, Infinity, -Infinity].map((x) => number(x))") == ["nan", "inf", "-inf"]


@needs_browser
def test_a_click_shows_the_numbers_of_the_engine_and_where_the_gradient_comes_from(browser, tmp_path):
    model, loss = loss_of_a_network()
    page, nodes = opened(browser, draw(loss, names=model), tmp_path), topological_order([loss])
    for i in (0, 5, 17, len(nodes) // 2, len(nodes) - 1):
        told = box(page, i)
        assert f"data{number(nodes[i].data, 17)}" in told
        assert f"grad{number(nodes[i].grad, 17)}" in told
    weight = next(i for i, node in enumerate(nodes) if node is dict(model.named_parameters())["layers.0.weight.0.0"])
    assert "layers.0.weight.0.0" in page.run(f"go({weight}), document.querySelector('h2').textContent")
    assert f"sum= {number(nodes[weight].grad)}" in page.text("#panel")
    assert not page.complaints
    assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)


@needs_browser
def test_boxes_and_frames_open_and_close_in_place(browser, tmp_path):
    _, loss = loss_of_a_network()
    page = opened(browser, draw(loss), tmp_path)
    total = len(topological_order([loss]))
    count = "shownGroups().length"
    first = page.run(count)
    assert first < total
    assert f"{total:,} nodes in {first}" in page.text("#note")
    assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == total
    folded = page.run("shownGroups().find((g) => g.members.length > 1).id")
    page.run(
        f"document.querySelector('[data-group=\"{folded}\"] [aria-label^=open]').dispatchEvent(new Event('click'))"
    )
    parts = page.run(f"groups[{folded}].parts.length")
    assert page.run(count) == first + parts - 1
    assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == total
    page.run("document.querySelector('.box[data-group] [aria-label^=close]').dispatchEvent(new Event('click'))")
    assert page.run(count) == first
    if page.run("document.querySelectorAll('.frame').length"):
        page.run("document.querySelector('.frame [role=button]').dispatchEvent(new Event('click'))")
        assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == total
    page.click("#reset")
    assert page.run(count) == first
    assert not page.complaints


@needs_browser
def test_search_finds_names_operations_and_lines(browser, tmp_path):
    with autograd.trace_lines():
        x = Value(2.0, "price of oil")
        loss = autograd.log(x) * 3.0
    page = opened(browser, draw(loss), tmp_path)
    for words, expected in (("price of", "price of oil"), ("log", "log(price of oil)"), ("test_page.py", "log")):
        page.run(f"search({json.dumps(words)})")
        assert expected in page.text("#found")
    page.run("search('no such thing')")
    assert page.text("#found") == "nothing found"
    assert not page.complaints


@needs_browser
def test_the_keyboard_is_enough(browser, tmp_path):
    _, loss = loss_of_a_network()
    page = opened(browser, draw(loss), tmp_path)
    before = page.run("shownGroups().length")
    page.run("boxes.get(shownGroups().find((g) => g.members.length > 1).id).focus()")
    page.press("Enter")
    assert page.run("shownGroups().length") > before
    assert page.run("document.activeElement.dataset.group") is not None
    page.press(" ")
    assert page.text("#panel dt")
    assert page.run("[...document.querySelectorAll('.box[data-group]')].every((b) => b.getAttribute('aria-label'))")


@needs_browser
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_name_is_only_a_name(browser, tmp_path, name):
    page = opened(browser, draw(Value(2.0, name) * 3.0, title=name), tmp_path)
    assert page.run("shownGroups().length") == 2
    assert not page.complaints


@needs_browser
def test_colours_and_both_kinds_of_pictures_from_the_menu(browser, tmp_path):
    _, loss = loss_of_a_network()
    bad = loss * autograd.Value(math.inf) - math.inf
    bad.backward()
    page = opened(browser, draw(bad, color="grad"), tmp_path)
    assert page.run("$('color').value") == "grad"
    for by in ("role", "grad", "value", "nan"):
        page.run(f"$('color').value = '{by}'; paint()")
        assert page.run("[...document.querySelectorAll('.body')].every((b) => b.style.fill)")
    assert page.run("boxes.get(groupOf[N.kind.length - 1]).querySelector('.body').style.fill") == "var(--bad)"
    assert page.run("png()").startswith("data:image/png;base64,")
    still = page.run("standalone()")
    assert still.startswith("<svg ")
    assert "var(--" not in still
    assert not page.complaints


@needs_browser
@pytest.mark.parametrize(("count", "most"), [(10_000, 2_000_000), (100_000, 8_000_000)])
def test_the_page_of_a_large_graph_is_small_and_quick(browser, tmp_path, count, most):
    page = opened(browser, draw(gallery.numbers(count)), tmp_path)
    assert (tmp_path / "graph.html").stat().st_size < most
    assert page.run("shownGroups().length") < 100
    assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == page.run("N.kind.length") >= count
    node = page.run("N.kind.length - 5")
    assert "data" in box(page, node)
    wait = "requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)))"
    frames = page.run(f"new Promise((done) => {{ const start = performance.now(); zoom(1.01); {wait}; }})")
    print(f"{count:,} nodes: {frames:.0f} ms for two frames")
    assert not page.complaints


@needs_browser
def test_a_module_is_a_page_of_its_parts_with_their_shapes(browser, tmp_path):
    model = nn.MLP(64, [32, 10])
    page = opened(browser, draw(model), tmp_path)
    assert page.run("shownGroups().length") == 2
    assert "weight 32 x 64" in page.text('[data-group="0"]')
    assert "2,080 parameters" in page.text('[data-group="0"]')
    page.click('[data-group="1"]')
    assert "isLayer" in page.text("#panel")
    assert "comes afterlayers.0" in page.text("#panel")
    page = opened(browser, draw(nn.MLP(2, [8] * 100 + [1])), tmp_path)
    assert page.run("shownGroups().length") == 3
    assert "×99" in page.text('[data-group="1"]')
    assert f"{99 * 72:,} parameters" in page.text('[data-group="1"]')
    page.run("search('layers.50')")
    page.click("#found button")
    assert page.text("#panel h2") == "layers.50"
    assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == 101
    assert not page.complaints


def walked(page):
    """Return the text of every step."""
    page.run("walking || $('walk').click()")
    found = []
    for _ in range(page.run("walk.length")):
        found.append(page.text("#now"))
        page.click("#next")
    return found


@needs_browser
def test_steps_are_those_that_explain_writes_out(browser, tmp_path):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    result = (c + a) * autograd.tanh(c * 0.1) - b**2.0 + autograd.maximum(a, b) ** 3.0
    result.backward()
    page, expected = opened(browser, draw(result), tmp_path), autograd.explain(result).steps
    found = "\n".join(walked(page)).replace("backward: ", "").replace("forward: ", "").split("\n")
    products = {step.text for step in expected if step.arrow >= 0}
    assert products <= set(found)
    assert {step.text for step in expected if step.phase == "forward"} <= set(found)
    assert sum(" += " in line for line in found) == sum(step.arrow >= 0 for step in expected)
    for leaf in (a, b):
        assert any(
            line.startswith(f"all uses of {leaf.name} are done: its gradient is final, {number(leaf.grad)}")
            for line in found
        )
    assert not page.complaints


@needs_browser
def test_a_large_loss_is_stepped_folded_and_a_loop_is_one_step(browser, tmp_path):
    _, loss = loss_of_a_network()
    page = opened(browser, draw(loss), tmp_path)
    boxes = page.run("shownGroups().length")
    found = walked(page)
    assert len(found) <= 2 * boxes
    folded = page.run("shownGroups().find((g) => g.members.length > 1 && summary(g).leaf).id")
    last = page.run(f"[...boxes.get({folded}).querySelectorAll('text')].map((t) => t.textContent)")
    assert f"grad {page.run(f'span(summary(groups[{folded}]).grad)')}" in last  # the sums are the gradients
    x = Value(0.5, "x")
    y = x
    for _ in range(500):
        y = autograd.sin(y * 1.1) + x
    y.backward()
    autograd.explain(y).save(tmp_path / "walk.html")
    browser.open((tmp_path / "walk.html").as_uri())
    browser.run("ready.then(() => 1)")
    assert browser.run("walking")
    assert any("a loop" in text and number(x.grad) in text for text in walked(browser))
    assert "1,501 nodes" in repr(autograd.explain(y))
    assert not browser.complaints


@needs_browser
def test_a_click_while_stepping_goes_to_the_step_of_a_box(browser, tmp_path):
    a = Value(2.0, "a")
    b = a * 3.0
    result = b + a
    result.backward()
    page = opened(browser, draw(result), tmp_path)
    page.click("#walk")
    page.click('[data-group="1"]')
    assert page.text("#now") == "forward: v1 = a * 3.0 = 2.0 * 3.0 = 6.0"
    page.press("End")
    page.click('[data-group="2"]')
    assert page.text("#now").startswith("backward: dv2/dv2 = 1.0")
    page.press("ArrowRight")
    assert "dv2/da += dv2/dv1 * dv1/da" in page.text("#now")


@needs_browser
def test_the_nudge_stands_beside_the_chain_rule(browser, tmp_path):
    w = Value(0.7, "w")
    result = autograd.exp(w * 2.0)
    result.backward()
    page = opened(browser, draw(result), tmp_path)
    told = box(page, 0)
    assert "nudgeby ± 1e-06: the result moves by 8.1104 per unit" in told
    assert f"chain rule{number(w.grad, 6)} per unit" in told


GEOMETRY = """(() => {
    const rect = (id) => {
        const body = boxes.get(id).querySelector('.body');
        return ['x', 'y', 'width', 'height'].map((k) => +body.getAttribute(k));
    };
    const placed = shownGroups().map((g) => [g.id, ...rect(g.id)]), found = [];
    for (const { line, tail, head } of arrows) {
        const length = line.getTotalLength();
        for (let k = 0; k <= 200; k++) {
            const p = line.getPointAtLength(k * length / 200);
            for (const [id, x, y, w, h] of placed) {
                const inside = p.x > x && p.x < x + w && p.y > y && p.y < y + h;
                if (id !== tail && id !== head && inside) found.push([tail, head, id]);
            }
        }
    }
    for (const [a, x, y, w, h] of placed) for (const [b, u, v, s, t] of placed) {
        if (a < b && x < u + s && u < x + w && y < v + t && v < y + h) found.push([a, b]);
    }
    return found;
})()"""


@needs_browser
@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_arrows_and_boxes_keep_clear_of_boxes(browser, tmp_path, direction):
    _, loss = loss_of_a_network()
    for value in (gallery.network()[1], gallery.expression(60), loss, gallery.expression(1000)):
        page = opened(browser, draw(value, direction=direction, width=4000), tmp_path)
        assert page.run(GEOMETRY) == []
        key = "y" if direction in ("TB", "BT") else "x"
        ends = (0, page.run("data.roots[0]"))
        tops = [page.run(f"boxes.get(groupOf[{i}]).getBoundingClientRect().{key}") for i in ends]
        assert (tops[0] < tops[1]) == (direction in ("TB", "LR"))
    wide = "for (const [k, x] of [['x', -5000], ['width', 10000]]) document.querySelector('.body').setAttribute(k, x)"
    page.run(wide)  # what it would find
    assert page.run(GEOMETRY)


@needs_browser
def test_frames_hold_what_was_made_in_them_and_nothing_else(browser, tmp_path):
    _, loss = loss_of_a_network()
    page = opened(browser, draw(loss), tmp_path)
    wrong = """(() => {
        const near = (a, b, k, size) => Math.abs(a[k] - b[k]) * 2 < a[size] + b[size];
        const over = (a, b) => near(a, b, 'x', 'width') && near(a, b, 'y', 'height');
        const found = layout(), wrong = (f, g) => over(f, found.boxes.get(g.id)) !== within(g.scope, f.scope);
        return found.frames.flatMap((f) => shownGroups().filter((g) => wrong(f, g)).map((g) => g.id));
    })()"""
    assert page.run("layout().frames.length") >= 3
    assert page.run(wrong) == []


@needs_browser
def test_constants_that_differ_are_told(browser, tmp_path):
    x = Value(2.0, "x")
    loss = autograd.fsum([autograd.tanh(x * k) for k in range(1, 101)])
    page = opened(browser, draw(loss), tmp_path)
    box = page.run("shownGroups().find((g) => op(g.members[0]) === 'mul').id")
    assert "x * c ×100" in page.text(f'[data-group="{box}"]') or "· * c ×100" in page.text(f'[data-group="{box}"]')
    assert "c 1.0 .. 100.0" in page.text(f'[data-group="{box}"]')


@needs_browser
def test_what_is_highlighted_is_chosen_when_the_page_opens(browser, tmp_path):
    w, error = gallery.network()
    page = opened(browser, draw(error, highlight=w[6]), tmp_path)
    assert page.text("#panel h2") == "w7"
    page.look(870, 560)  # as in a notebook
    assert page.run("(p => p.scrollWidth <= p.clientWidth)(document.querySelector('#panel'))")
    first = "document.querySelector('#panel td').getBoundingClientRect()"
    assert page.run(f"{first}.width > 30 && {first}.height < 50")
    page.ask("Emulation.clearDeviceMetricsOverride")
    assert "w7" in page.text(".chosen")
    assert page.run("document.querySelectorAll('.below').length") > 5
    assert not page.complaints
