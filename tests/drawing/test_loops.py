"""Loops of programs as frames: which step reads which, in all pictures, against the program unrolled."""

import re
from itertools import product

import pytest

pytest.importorskip("numpy", reason="loops are found with NumPy")

import autograd
from autograd import draw, jit, value_and_grad
from autograd.drawing import loops, programs
from autograd.drawing.loops import CARRIED, GATHER, LoopGraph
from autograd.program.loops import folded
from autograd.program.passes import optimized
from autograd.program.program import trace
from autograd.program.steps import COUNTERS, Instruction, Loop, located

from ..tools.loops import function, numbers
from ..tools.works import WORKS
from .test_drawing import needs_engine
from .test_page import browser, needs_browser, opened  # noqa: F401  # a fixture

SIZES = {"Runge-Kutta": 30, "recurrent network": 12, "Cholesky": 14, "elimination": 10, "mixture": 20, "perceptron": 64}


def program_of(name, gradient=False):
    f, xs = WORKS[name](SIZES[name])
    compiled = jit(value_and_grad(f) if gradient else f, backend="python", audit=False)
    compiled(xs)
    return folded(optimized(programs.programs_of(compiled)[-1]))


def reading(program):
    """Return the pairs of steps of which one reads the other, by name, and the loops that carry it; one by one."""
    owner, pairs = {}, set()

    def run(steps, places, counters, path):
        for place, step in zip(places, steps, strict=True):
            if isinstance(step, Loop):
                for i in range(located(step.times, counters)):
                    run(step.body, step.places, (*counters, i), (*path, id(step)))
                continue
            here = located(place, counters)
            owner[here] = (program.name(place), counters, path)
            for operand in step.operands if isinstance(step, Instruction) else ():
                k = located(operand, counters)
                if k >= program.inputs:
                    name, then, theirs = owner[k]
                    shared = [a == b for a, b in zip(path, theirs, strict=False)]
                    shared = shared.index(False) if False in shared else len(shared)
                    carrying = next((d for d in range(shared) if then[d] != counters[d]), None)
                    pairs.add((name, program.name(place), "" if carrying is None else COUNTERS[carrying]))

    run(program.steps, program.places(), (), ())
    return pairs


def drawn(program):
    """Return the same pairs as the graph has them, through what is carried and gathered."""
    graph = LoopGraph(program)
    name = [node.line for node in graph.nodes]

    def sources(i):
        if graph.nodes[i].op not in ("carried", "gather"):
            return {(name[i], "")} if graph.nodes[i].op else set()
        plain = {(name[p], "") for p in graph.parents[i] if graph.nodes[p].op}
        return plain | {(name[p], c) for p, all in graph.carried.get(i, ()) for c in all.split(", ")}

    steps = [i for i, node in enumerate(graph.nodes) if node.op and node.primitive not in (CARRIED, GATHER)]
    found = {(source, name[i], c) for i in steps for p in graph.parents[i] for source, c in sources(p)}
    return found, {name[i] for i in steps}


def differences(program):
    found, steps = drawn(program)
    return found ^ {pair for pair in reading(program) if pair[1] in steps}


@pytest.mark.parametrize(("name", "gradient"), list(product(SIZES, (False, True))))
def test_arrows_say_which_step_reads_which(name, gradient):
    program = program_of(name, gradient)
    assert program.loops
    assert differences(program) == set()


@pytest.mark.parametrize("count", [24, pytest.param(120, marks=pytest.mark.long)])
def test_arrows_of_loops_made_at_random(count):
    looped = 0
    for seed in range(count):
        program = folded(trace(function(seed), numbers(seed)))
        if program.loops:
            looped += 1
            assert differences(program) == set(), seed
    assert looped > count // 3


def test_a_reader_that_forgets_an_arrow_back_or_its_loop_is_found(monkeypatch):
    read = loops.Reader.read
    for wrong in (lambda carried: {}, lambda carried: dict.fromkeys(carried, "i")):

        def mistaken(self, *given, wrong=wrong):
            node = read(self, *given)
            node.carried = wrong(node.carried)
            return node

        monkeypatch.setattr(loops.Reader, "read", mistaken)
        assert differences(program_of("Cholesky"))


def test_a_step_reads_only_what_stands_before_it_but_for_what_is_carried():
    for name in SIZES:
        graph = LoopGraph(program_of(name, True))
        assert all(p < i for i, parents in enumerate(graph.parents) for p in parents)
        carried = [(p, i) for i, given in graph.carried.items() for p, _ in given if graph.nodes[i].op == "carried"]
        assert carried
        assert all(p > i for p, i in carried)  # an arrow back


def compiled(name="Runge-Kutta", size=1000, **options):
    f, xs = WORKS[name](size)
    found = jit(f, audit=False, **options)
    found(xs)
    return found


def test_a_jitted_loop_is_a_frame_in_text():
    text = repr(draw(compiled()))
    assert re.search(
        r"^for i in range\(999\):\n    #\d+ = carried ×2 of before the loops, next #\d+, #\d+$", text, re.M
    )
    assert "58,001 steps are run, 117 are written with loops" in text
    nested = repr(draw(compiled("Cholesky", 30), width=4000))
    assert "for i in range(20):" in nested
    assert "    for j in range(5 + i):" in nested
    assert "        for k in range(5 + j):" in nested
    assert "x[306 + j + 30*i]" in nested  # a table of inputs
    assert re.search(r"v\[994 \+ .*\n?.*gather", nested)


def test_a_long_program_is_drawn_as_it_was_recorded(monkeypatch):
    found = compiled("Runge-Kutta", 100)
    text = repr(draw(found))
    monkeypatch.setattr(programs, "optimized", None)  # which takes seconds
    monkeypatch.setattr(programs, "LONG", 100)
    assert "for i in range(99):" in text
    assert "for i in range(99):" in repr(draw(found))


def test_a_table_of_constants_is_named_by_its_counter():
    text = repr(draw(compiled("mixture", 100)))
    assert re.search(r"^    c\[i\]$", text, re.M)


@needs_engine
def test_a_jitted_loop_is_a_frame_in_svg_and_in_dot():
    picture = draw(compiled())
    assert re.search(r'subgraph cluster_\d+ \{[^}]*label="for i in range\(999\)"', picture.source)
    assert (
        len(re.findall(r'label=" next i " dir=back|dir=back[^\]]*label=" next i "|label=" next i "', picture.source))
        == 2
    )
    svg = picture.svg()
    assert ">for i in range(999)</text>" in svg
    assert len(re.findall(r">\W*next i\W*</text>", svg.replace("&#160;", " "))) == 2
    nested = draw(compiled("Cholesky", 30), width=4000)
    titles = dict(re.findall(r'subgraph (cluster_\d+) \{[^}]*?label="for (.) in', nested.source))
    frames = {}
    for cluster, points in re.findall(r'<title>(cluster_\d+)</title>.*?<path[^>]* d="([^"]*)"', nested.svg(), re.S):
        pairs = [list(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", points)]
        frames[titles[cluster]] = [f(p[k] for p in pairs) for k in (0, 1) for f in (min, max)]
    for inner, outer in ("ji", "kj"):
        a, b = frames[inner], frames[outer]
        assert b[0] <= a[0] <= a[1] <= b[1]
        assert b[2] <= a[2] <= a[3] <= b[3]


@pytest.mark.parametrize("backend", ["python", "llvm", None])
def test_loops_are_drawn_whatever_has_compiled_them(backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f, xs = WORKS["Runge-Kutta"](200)
    found = jit(f, **({"backend": backend} if backend else {}))
    for _ in range(120):
        found(xs)
    assert "for i in range(199):" in repr(draw(found))


def test_of_several_paths_the_last_is_drawn_with_its_loops():
    def f(x, far):
        y = x
        for _ in range(40 if far < 0.0 else 70):
            y = autograd.sin(y) * x + 0.5
        return y

    found = jit(f, audit=False)
    found(0.5, -1.0)
    assert "for i in range(3" in repr(draw(found))
    found(0.5, 1.0)
    text = repr(draw(found))
    assert "for i in range(6" in text
    assert "path 2 of 2" in text
    assert "1 guard, which are not drawn" in text


def test_a_program_with_loops_is_drawn_without_numpy_too(monkeypatch):
    program = program_of("Runge-Kutta")
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    text = repr(draw(program))
    assert "for i in" not in text
    assert f"{program.unrolled().size:,} nodes"[:3] in text


@needs_browser
def test_frames_of_loops_open_and_close_in_the_page(browser, tmp_path):  # noqa: F811
    page = opened(browser, draw(compiled("Cholesky", 30), width=4000), tmp_path)
    frames = "[...document.querySelectorAll('.frame > text')].map((t) => t.textContent)"
    inner = {"for i in range(20)", "for j in range(5 + i)", "for k in range(5 + j)"}
    assert inner <= set(page.run(frames))
    assert page.run("[...document.querySelectorAll('text.count')].some((t) => t.textContent === 'next k')")
    total = page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)")
    page.run("document.querySelector('[aria-label$=\"for j in range(5 + i)\"]').dispatchEvent(new Event('click'))")
    assert not {"for j in range(5 + i)", "for k in range(5 + j)"} & set(page.run(frames))
    assert page.run("shownGroups().reduce((n, g) => n + g.members.length, 0)") == total
    closed = page.run("shownGroups().find((g) => g.name === 'for j in range(5 + i)').id")
    page.run(
        f"document.querySelector('[data-group=\"{closed}\"] [aria-label^=open]').dispatchEvent(new Event('click'))"
    )
    assert inner <= set(page.run(frames))
    page.run("search('carried')")
    assert "carried" in page.text("#found")
    carried = page.run(
        "[...Array(N.kind.length).keys()].find((i) => op(i) === 'carried' && data.scopes[N.scope[i]].length === 3)"
    )
    page.run(f"go({carried})")
    assert "for the next k" in page.text("#panel")
    tail = page.run(f"N.parent[N.first[{carried} + 1] - 1]")
    page.run(f"choose(groups[groupOf[{tail}]])")  # what it is made from, itself too
    assert page.run(f"boxes.get(groupOf[{carried}]).classList.contains('above')")
    assert not page.complaints


@needs_browser
def test_arrows_back_lead_up_in_the_page(browser, tmp_path):  # noqa: F811
    page = opened(browser, draw(compiled()), tmp_path)
    ends = page.run(
        "(() => { const found = layout(); return found.arrows.filter((a) => a.text.startsWith('next')).map((a) =>"
        " [found.boxes.get(a.tail).y, found.boxes.get(a.head).y, ...a.d.match(/-?[\\d.]+/g).map(Number)]); })()"
    )
    assert len(ends) == 2
    for tail, head, *points in ends:
        assert head < tail  # the iteration before is below
        assert abs(points[1] - tail) < 40  # and it is drawn from there
        assert abs(points[-1] - head) < 40
    assert not page.complaints
