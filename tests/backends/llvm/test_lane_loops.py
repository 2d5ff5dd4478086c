"""Lanes of programs with loops: they compute what the unrolled program does, lane by lane, also where a guard fails."""

import random

import pytest

from autograd import exp, grad, sin, value_and_grad, vmap
from autograd.program import trace

from ...tools.loops import SIZE, function, numbers
from ...tools.works import WORKS

np = pytest.importorskip("numpy")
kernel = pytest.importorskip("autograd.backends.llvm.kernel", exc_type=ImportError)
loops = pytest.importorskip("autograd.program.loops", exc_type=ImportError)
numpy_lanes = pytest.importorskip("autograd.backends.numpy_lanes", exc_type=ImportError)
UGLY = (0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e308, 5e-324)
COUNT = 19  # lanes: some whole vectors, and a rest


@pytest.fixture
def always(monkeypatch):
    """Take the form with loops wherever there is one."""
    monkeypatch.setattr(loops, "SHORTER", 0)
    monkeypatch.setattr(loops, "LONG", 0)
    monkeypatch.setattr(kernel, "SUMMED", 0)
    monkeypatch.setenv("VALUEGRAD_CACHE", "")


def alike(found, expected, held):
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    with np.errstate(invalid="ignore"):  # of infinities
        near = np.abs(found - expected) <= 1e-9 * (1.0 + np.abs(expected))
    same = near | (found == expected) | (np.isnan(found) & np.isnan(expected))
    return bool((same | ~held).all())


def compared(seeds, ugly=False):
    """Compare random programs over lanes with NumPy's lanes of the unrolled program; return how many have loops."""
    looped = 0
    for seed in seeds:
        f, rng = function(seed, guards=seed % 3 == 0), random.Random(seed)
        both = value_and_grad(lambda xs, f=f: f(*xs)[0] + f(*xs)[1])
        program = trace((lambda *xs, both=both: [*both(list(xs))[1]]) if seed % 2 else f, numbers(seed))
        if program.size > 20_000:
            continue
        varying = [rng.random() < 0.7 for _ in range(SIZE)]
        joined = [rng.random() < 0.4 for _ in program.outputs] if not ugly else [False] * len(program.outputs)
        columns, own = [], []
        for x, varies in zip(numbers(seed), varying, strict=True):
            if not varies:
                own.append(x)
                continue
            column = np.array([x + rng.uniform(-0.2, 0.2) for _ in range(COUNT)])
            if ugly:
                column[rng.randrange(COUNT)] = rng.choice(UGLY)
            columns.append(column)
        made = kernel.lanes(program, varying, joined, at_once=True)
        looped += made.loops is not None
        found, missed = made(own, columns, COUNT)
        with np.errstate(all="ignore"):
            expected, lost = numpy_lanes.lanes(program, varying, joined)(own, columns, COUNT)
        none = np.zeros(COUNT, dtype=int)
        assert np.array_equal(none if missed is None else missed, none if lost is None else lost), seed
        held = np.ones(COUNT, dtype=bool) if lost is None else lost == 0
        for x, y, join in zip(found, expected, joined, strict=True):
            assert alike(x, y, held.any() if join else held), (seed, x, y)
    return looped


def test_random_programs_give_the_same(always):
    assert compared(range(6)) > 0


def test_random_programs_of_ugly_numbers_give_the_same(always):
    assert compared(range(20, 26), ugly=True) > 0


@pytest.mark.long
@pytest.mark.parametrize("ugly", [False, True])
def test_many_random_programs_give_the_same(always, ugly):
    assert compared(range(3000, 3040), ugly) > 12


@pytest.mark.parametrize("name", WORKS)
def test_works_give_the_same(name):
    f, xs = WORKS[name](60 if name == "perceptron" else 30)
    columns = [x * np.linspace(0.99, 1.01, 11) for x in xs]
    found = np.array(vmap(grad(f), audit=False, backend="llvm")(columns))
    for lane in (0, 10):
        assert found[:, lane] == pytest.approx(grad(f)([float(x[lane]) for x in columns]), rel=1e-9, abs=1e-12)


def test_the_gradient_of_a_sum_over_lanes_has_loops(always):
    """A sum's gradient is of a program of its own, whose loops are found too."""
    xs = np.linspace(0.1, 1.0, 100)

    def f(a, x):
        for _ in range(500):
            x = x + 0.01 * sin(a * x) * exp(-x)
        return x

    def loss(a):
        return vmap(f, in_axes=(None, 0), backend="llvm")(a, xs).sum()

    def slow(a):
        return sum(f(a, float(x)) for x in xs)

    value, slope = value_and_grad(loss)(1.5)
    expected, by_python = value_and_grad(slow)(1.5)
    assert value == pytest.approx(expected, rel=1e-12)
    assert slope == pytest.approx(by_python, rel=1e-12)


def test_lanes_that_part_within_a_loop_take_their_own_path():
    def f(x):
        for _ in range(1500):
            x = x * 1.001 if x < 1.0 else x * 0.5
        return x

    xs = np.array([0.3, 0.31, 0.9, 0.3, 0.99])
    compiled = vmap(f, backend="llvm", audit=False)
    assert list(compiled(xs)) == [f(float(x)) for x in xs]
