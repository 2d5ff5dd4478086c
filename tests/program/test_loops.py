"""Loops: what is found in a program is that program, its size does not grow, and it can be taken wherever one can."""

import json
import pickle

import pytest

from autograd import GraphError, sin, value_and_grad
from autograd.backends import python_source
from autograd.drawing.programs import values_of
from autograd.program import Index, Loop, Miss, Program, load, optimized, save, trace
from autograd.program.files import fingerprint
from autograd.program.steps import length

from ..tools.loops import function, numbers, same_steps
from ..tools.works import WORKS

loops = pytest.importorskip("autograd.program.loops", exc_type=ImportError)  # which need NumPy


def gradient(f, count=2):
    """Return a function of numbers that returns the sum of some results of f, and its gradient."""
    both = value_and_grad(lambda xs: sum(f(*xs)[:count]))

    def found(*xs):
        value, slopes = both(list(xs))
        return [value, *slopes]

    return found


def programs(seeds):
    for seed in seeds:
        f = function(seed, guards=seed % 3 == 0)
        yield trace(gradient(f) if seed % 2 else f, numbers(seed)), numbers(seed)


def unrolls_to_itself(program):
    folded = loops.folded(program)
    assert same_steps(folded.unrolled(), program)
    assert length(folded.steps) <= program.size == folded.size
    return folded


def test_loops_of_random_programs_unroll_to_the_same_program():
    found = [unrolls_to_itself(program) for program, _ in programs(range(12))]
    assert sum(program.loops for program in found) > 6


@pytest.mark.long
def test_loops_of_many_random_programs_unroll_to_the_same_program():
    for program, _ in programs(range(1000, 1400)):
        unrolls_to_itself(program)


@pytest.mark.parametrize("seed", range(3))
def test_a_program_with_loops_is_a_program(seed):
    (program, xs), *_ = programs([seed])
    folded = loops.folded(program)
    expected = program.evaluate(xs)
    copies = [folded.check(), load(save(folded)), pickle.loads(pickle.dumps(folded))]
    for found in [*copies, optimized(folded), folded.unrolled().check()]:
        assert found.evaluate(xs) == expected
    assert fingerprint(copies[1]) == fingerprint(copies[2]) == fingerprint(folded)
    assert list(python_source.scalar(folded)(xs)) == expected
    assert same_steps(folded.adjoint(), program.adjoint())
    if program.guards:
        far = [-x for x in xs]
        assert folded.evaluate(far) == program.evaluate(far)


@pytest.mark.parametrize("whole", [False, True], ids=["value", "gradient"])
@pytest.mark.parametrize("name", WORKS)
def test_the_size_does_not_grow(name, whole):
    sizes = []
    for n in {"Cholesky": (24, 40), "elimination": (20, 34), "perceptron": (60, 90)}.get(name, (60, 140)):
        f, xs = WORKS[name](n)
        program = trace(work(f, whole), xs)
        sizes.append(length(unrolls_to_itself(program).steps))
    assert sizes[1] <= sizes[0]
    assert sizes[1] < program.size / 10


def work(f, whole):
    """Return a function of numbers, of one of a list; with its gradient if it is to be the whole of it."""
    return gradient(lambda *xs: [f(list(xs))], 1) if whole else lambda *xs: f(list(xs))


def test_the_text_is_the_loop():
    def f(x, y):
        for i in range(40):
            x = sin(x) * y + 0.25 * i
        return x

    assert str(loops.folded(trace(f, [1.0, 0.5]))) == (
        "program(x0, x1):\n"
        "    v2 = sin(x0)\n"
        "    for i in range(39):\n"
        "        v[3 + 3*i] = mul(v[2 + 3*i], x1)\n"
        "        v[4 + 3*i] = add(v[3 + 3*i], c[i])\n"
        "        v[5 + 3*i] = sin(v[4 + 3*i])\n"
        "    v120 = mul(v119, x1)\n"
        "    v121 = add(v120, 9.75)\n"
        "    return v121"
    )


def test_triangular_loops_nest():
    def f(*xs):
        total = xs[0]
        for i in range(12):
            for j in range(i):
                total = sin(total * xs[j])
        return total

    folded = unrolls_to_itself(trace(f, [0.1 * i for i in range(12)]))
    nested = [step for step in folded.steps if isinstance(step, Loop) and isinstance(step.body[0], Loop)]
    assert len(nested) == 1
    assert str(nested[0].body[0].times) == "6 + i"


def test_short_loops_stay_as_they_are():
    assert not loops.folded(trace(lambda x: [x := sin(x) for _ in range(60)][-1], [0.5])).loops
    assert loops.folded(trace(lambda x: [x := sin(x) for _ in range(70)][-1], [0.5])).loops


def test_a_guard_within_a_loop_is_counted():
    def f(x):
        for _ in range(100):
            if x > 2.0:
                return x
            x = x * 1.001
        return x

    program = trace(f, [1.0])
    folded = unrolls_to_itself(program)
    assert folded.loops
    assert len(folded.guards) == 100
    assert folded.evaluate([1.99]) == program.evaluate([1.99]) == Miss(6, True)


def test_a_program_with_loops_is_drawn_unrolled():
    folded = loops.folded(trace(lambda x: [x := sin(x) for _ in range(70)][-1], [0.5]))
    (drawn,) = values_of(folded)
    assert drawn.op == "sin"


BAD = {
    "no whole number": ["loop", [1.5, [1]], [["sin", [0], False]]],
    "negative": ["loop", [-1, [1]], [["sin", [0], False]]],
    "endless": ["loop", [10**18, [1]], [["sin", [0], False]]],
    "empty": ["loop", [10**18, []], []],
    "elsewhere": ["loop", [2, [1]], [["sin", [0], False]]],
    "beyond": ["loop", [2, [[[[1, [0]], [1, [1]]], []]]], [["sin", [[[[1, [0]], [1, [1]]], []]], False]]],
    "no counter": ["loop", [2, [[[[1, [0]], [1, [0, 1]]], []]]], [["sin", [0], False]]],
    "a table": ["loop", [2, [[[[1, [0]], [1, [1]]], []]]], [["sin", [[[[1, [1]]], [0]]], False]]],
    "a degree": ["loop", [2, [[[[1, [0]], [1, [99]]], []]]], [["sin", [0], False]]],
}


@pytest.mark.parametrize("name", BAD)
def test_files_with_wrong_loops_are_refused(name):
    good = json.loads(save(Program(1, (), (), (0,))))
    with pytest.raises(GraphError, match="program"):
        load(json.dumps(good | {"steps": [BAD[name]]}))
    step = ["loop", [2, [[[[1, [0]], [1, [1]]], []]]], [["sin", [[[[1, [1]]], []]], False]]]
    assert load(json.dumps(good | {"steps": [step], "outputs": [2]})).evaluate([0.5]) == [float(sin(sin(0.5)))]
    deep = step
    for _ in range(40):
        deep = ["loop", [1, [1]], [deep]]
    with pytest.raises(GraphError):
        load(json.dumps(good | {"steps": [deep]}))


def test_an_index_of_a_table():
    index = Index(((1, (1,)),), (4, 7))
    assert [index.at([i]) for i in range(2)] == [4, 7]
    assert str(index) == "table[i]"
    with pytest.raises(IndexError):
        Index(((-1, (1,)),), (4, 7)).at([1])
