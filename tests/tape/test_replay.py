"""Tapes that are run again in the core: the bits of the function and of the generated source, guards and errors too."""

import math
import random
import threading

import numpy
import pytest

import autograd
from autograd import grad, hvp, jit, sumprod, value_and_grad
from autograd.backends import python_source
from autograd.primitives.primitive import ROWS
from autograd.program import Miss, trace
from tests.tape.test_nested import FUNCTIONS, UGLY, outcome, points

AGAIN = [
    (0.3, 0.7),
    (-1.5, 2.0),
    (2.0, 0.5),
    (0.0, 1.0),
    (-0.0, -1.0),
    (700.0, 1e-300),
    (math.inf, 2.0),
    (math.nan, 1.0),
]


def of_gradient(f):
    def both(x, y):
        value, (dx, dy) = value_and_grad(f, argnums=(0, 1))(x, y)
        return [value, dx, dy]

    return both


def compared(f, at, others):
    """Compare a tape that is run again with the program of it, and with the function where it takes the same path."""
    program = trace(f, at)
    run, source = python_source.scalar(program), python_source.from_source(program)
    for xs in others:
        found = outcome(lambda xs=xs: run(list(xs)))
        kind = found.split(":")[0]
        assert kind == outcome(lambda xs=xs: source(list(xs))).split(":")[0]
        if found.startswith("("):
            assert found == repr(tuple(map(float, f(*xs))))
        sorted_steps = run.packed(numpy.array(xs), {}) if hasattr(run, "packed") else None
        if sorted_steps is not None:  # where it is sure
            assert repr(tuple(sorted_steps.tolist())) == found


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_bits_are_those_of_the_function(f):
    for x, y in points(3):
        compared(lambda a, b: [f(a, b)], (x, y), [*AGAIN, *points()])
        if outcome(lambda x=x, y=y: of_gradient(f)(x, y)).startswith("["):
            compared(of_gradient(f), (x, y), [*AGAIN, *points()])


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.public and row.partials], ids=str)
def test_every_row_gives_and_raises_what_it_does_elsewhere(row):
    free = [i for i in range(len(row.partials)) if row.differentiable(i)]
    rng = random.Random(1)

    def f(*xs):
        given = iter(xs)
        return [row(*[next(given) if i in free else 2 for i in range(len(row.partials))])]

    starts = ([rng.uniform(0.1, 1.9) for _ in free] for _ in range(20))
    start = next(xs for xs in starts if outcome(lambda xs=xs: f(*xs)).startswith("["))
    compared(f, start, [[rng.choice(UGLY) for _ in free] for _ in range(40)])


def test_guards_of_every_kind_are_seen():
    def f(x, y):
        found = x if x < y else y if x <= 2.0 else x * y
        found = found + (1.0 if found > y else 2.0) + (3.0 if y >= 2.0 else 0.5) + (1.0 if x == y else 0.0)
        return [found + math.floor(x) + round(y) + (1.0 if x else 2.0) + (1.0 if math.floor(y) > 1 else 0.0)]

    for start in [(1.0, 2.0), (2.0, 1.0), (3.0, 3.0), (0.0, 0.0)]:
        compared(f, start, [(0.5 * i, 0.5 * j) for i in range(-2, 7) for j in range(-2, 7)])
    miss = python_source.scalar(trace(f, (1.0, 2.0)))([2.0, 1.0])
    assert miss == Miss(0, False)
    assert type(miss) is Miss


def test_whole_numbers_stay_whole():
    assert jit(lambda x, y: x * y + 1)(2, 3) == 7
    assert type(jit(lambda x, y: x * y)(2, 3)) is int


def test_what_nobody_needs_is_not_run_but_for_what_raises():
    def f(x):
        autograd.exp(x) * 2.0
        return [x * 3.0]

    compared(f, [1.0], [[2.0], [1000.0]])
    assert outcome(lambda: python_source.scalar(trace(f, [1.0]))([1000.0])).startswith(("RangeError", "OverflowError"))


def test_numbers_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"1 numbers for 2 inputs|not enough values"):
        python_source.scalar(trace(lambda x, y: x * y, [1.0, 2.0]))([1.0])


def test_calls_of_several_threads_do_not_meet():
    run = jit(lambda xs: sum(autograd.gelu(x) * autograd.erf(x) for x in xs), backend="python")
    inputs = [[random.Random(k).uniform(-2.0, 2.0) for _ in range(200)] for k in range(4)]
    expected = [run(xs) for xs in inputs]
    found = [None] * 4

    def work(k):
        found[k] = [run(inputs[k]) for _ in range(30)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[y] * 30 for y in expected]


def test_a_first_call_of_10_000_operations_makes_no_steps():
    def f(xs):
        total = xs[0]
        for i in range(3000):
            total = total * xs[i % 3] + sumprod([total, xs[1]], [xs[2], 0.5]) * 0.001
        return total

    xs = [0.9, 0.8, 0.99]
    for transform in (value_and_grad(f), grad(f), lambda xs: hvp(f)(xs, [1.0, 0.0, 2.0])):
        compiled = jit(transform)
        assert compiled(xs) == compiled(xs) == transform(xs)
        (paths,) = compiled.cache.known.values()
        if autograd.core() == "compiled":
            assert "steps" not in vars(paths.last.program)
