"""Loops as native code: they compute what the unrolled program does, and leave to Python what that has to see to."""

import math
import operator
import random

import pytest

from autograd import jit, log, value_and_grad
from autograd.program import Miss, trace

from ...tools.loops import function, numbers
from ...tools.works import WORKS

scalar = pytest.importorskip("autograd.backends.llvm.scalar", exc_type=ImportError)
program_loops = pytest.importorskip("autograd.program.loops", exc_type=ImportError)


def native(program):
    """Return a program as native code with loops, whatever these save; None where it has none."""
    code = scalar.looped(program)
    if code is None:
        return None
    made = scalar.Single(program, 0)
    made.take(code)
    return made


def alike(found, expected):
    if isinstance(expected, Miss) or isinstance(found, Miss):
        return found == expected
    pairs = zip(found, expected, strict=True)
    return all(abs(x - y) <= 1e-9 * (1.0 + abs(y)) or (x != x and y != y) for x, y in pairs)


def compared(seeds):
    """Compare random programs, and gradients of such, at the numbers that they were recorded at and at others."""
    looped = 0
    for seed in seeds:
        f, rng = function(seed, guards=seed % 3 == 0), random.Random(seed)
        both = value_and_grad(lambda xs, f=f: f(*xs)[0] + f(*xs)[1])
        program = trace((lambda *xs, both=both: [*both(list(xs))[1]]) if seed % 2 else f, numbers(seed))
        run = native(program) if program.size < 40_000 else None
        for shift in (0.0, 0.1, 0.3) if run else ():
            xs = [x + rng.uniform(-shift, shift) for x in numbers(seed)]
            assert alike(run(xs), program.evaluate(xs)), (seed, xs)
        looped += run is not None
    return looped


def test_random_programs_give_the_same(monkeypatch):
    monkeypatch.setattr(program_loops, "SHORTER", 0)
    assert compared(range(12)) > 6


@pytest.mark.long
def test_many_random_programs_give_the_same(monkeypatch):
    monkeypatch.setattr(program_loops, "SHORTER", 0)
    assert compared(range(2000, 2200)) > 100


@pytest.mark.parametrize("name", WORKS)
def test_works_give_the_same(name):
    f, xs = WORKS[name](60 if name == "perceptron" else 30)
    both = value_and_grad(f)
    value, slopes = both(xs)
    found, by_native = jit(both, backend="llvm", audit=False)(xs)
    assert found == pytest.approx(value, rel=1e-12)
    assert by_native == pytest.approx(slopes, rel=1e-9, abs=1e-12)


def test_jit_compiles_a_long_program_with_loops_at_its_hundredth_call():
    f, xs = WORKS["Runge-Kutta"](200)
    both = value_and_grad(f)
    compiled = jit(both, audit=False)
    for _ in range(scalar.PAYS + 3):
        found = compiled(xs)
    (paths,) = compiled.cache.known.values()
    assert paths.last.call.function is not None
    assert found[1] == pytest.approx(both(xs)[1], rel=1e-12)


def test_a_long_program_without_loops_waits_for_more_calls():
    rng = random.Random(5)
    kinds = [rng.choice((operator.add, operator.sub, operator.mul, operator.truediv)) for _ in range(3000)]

    def f(x):
        for kind in kinds:
            x = kind(x, 1.25)
        return x

    made = scalar.scalar(trace(f, [0.5]))
    for _ in range(scalar.PAYS + 2):
        found = made([0.25])
    assert made.function is None
    assert made.left > scalar.PAYS
    assert list(found) == [f(0.25)]


def test_what_raises_in_a_loop_raises_in_python():
    def f(x):
        total = 0.0
        for i in range(2000):
            total = total + log(x - 0.001 * i)
        return total

    compiled = jit(f, backend="llvm", audit=False)
    assert compiled(3.0) == pytest.approx(f(3.0), rel=1e-12)
    assert compiled(2.5) == pytest.approx(f(2.5), rel=1e-12)
    with pytest.raises(ValueError, match="log"):
        compiled(1.5)
    assert compiled(2.5) == pytest.approx(f(2.5), rel=1e-12)


def test_a_branch_in_a_loop_goes_to_another_path():
    def f(x):
        total = x
        for _ in range(2000):
            total = total * 1.0001 if total < 1.0 else total * 0.9 + 0.05
        return total

    compiled = jit(f, backend="llvm", audit=False)
    for x in (0.5, 0.9, 0.5, 0.95, 0.9, 0.2, 1.5, 0.9):
        assert compiled(x) == pytest.approx(f(x), rel=1e-12)
    assert compiled.stats().paths > 1


def test_a_zero_has_the_sign_that_python_gives_it():
    def f(x, y):
        z = x
        for _ in range(1500):
            z = z * y
        return [z, z + 0.0]

    compiled = jit(f, backend="llvm", audit=False)
    for xs in ((-0.0, 1.0), (0.0, 1.0), (0.0, -1.0), (-1e-300, 0.5)):
        assert list(map(math.copysign, [1.0, 1.0], compiled(*xs))) == list(map(math.copysign, [1.0, 1.0], f(*xs)))
