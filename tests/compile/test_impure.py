"""Functions that draw numbers, look at a clock or read a file are found out, seldom as they may make use of it."""

import contextlib
import ctypes
import datetime
import decimal
import os
import random
import secrets
import sys
import time
import uuid
import warnings

import pytest

from autograd import grad, jit, sin, value_and_grad, vmap

RARE = 0.05
rng = random.Random(5)


def rarely(draw):
    """Return a function that makes use of what it draws once in twenty calls."""
    return lambda x: x * 3.0 if draw() < RARE else x * 2.0


DRAWS = {
    "random": rarely(lambda: random.random()),
    "random.gauss": lambda x: x * random.gauss(0.0, 1.0),
    "shuffle": lambda x: random.shuffle([1, 2, 3]) or x,
    "Random": rarely(lambda: rng.random()),
    "a method": rarely(rng.random),
    "nested": rarely(lambda: [random.random() for _ in range(2)][1]),
}


@pytest.mark.parametrize("f", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("derive", [lambda f: f, grad, lambda f: value_and_grad(jit(f))])
def test_draws_are_noticed_at_once_and_change_nothing(f, derive):
    derived = derive(f)
    compiled = jit(derived)
    random.seed(1)
    rng.seed(1)
    expected = [derived(2.0) for _ in range(60)]
    random.seed(1)
    rng.seed(1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [compiled(2.0) for _ in range(60)] == expected
    assert [str(w.message).split(">")[-1] for w in caught][-1].endswith(
        "draws random numbers; from now on it runs uncompiled"
    )


def test_draws_of_numpy_are_noticed_at_once():
    np = pytest.importorskip("numpy")
    generator, state = np.random.default_rng(0), np.random.RandomState(0)
    for draw in (generator.random, lambda: generator.normal(), state.rand, lambda: np.random.rand()):
        f = rarely(draw)
        compiled = jit(f)
        with pytest.warns(RuntimeWarning, match="draws random numbers"):
            compiled(2.0)
    generator, other = np.random.default_rng(0), np.random.default_rng(0)
    compiled = jit(lambda x: x * generator.random())
    with pytest.warns(RuntimeWarning, match="draws random numbers"):
        assert [compiled(2.0) for _ in range(5)] == [2.0 * other.random() for _ in range(5)]


def test_a_generator_that_is_not_drawn_from_is_no_reason():
    compiled = jit(lambda x: x if rng is not None else 0.0)
    assert [compiled(2.0), compiled(3.0)] == [2.0, 3.0]
    assert not compiled.uncompiled
    sometimes = jit(lambda x: x * rng.random() if x > 1.0 else x)
    assert [sometimes(0.5), sometimes(0.25)] == [0.5, 0.25]
    assert not sometimes.uncompiled
    with pytest.warns(RuntimeWarning, match="draws random numbers"):
        sometimes(2.0)


def a_cell(_):
    x = ctypes.c_double(1.0)
    return lambda: x.value < RARE, lambda u: setattr(x, "value", u)


def a_context(_):
    return lambda: decimal.getcontext().prec < 9, lambda u: setattr(decimal.getcontext(), "prec", 8 if u < RARE else 28)


def a_setting(_):
    np = pytest.importorskip("numpy")
    return lambda: np.geterr()["over"] == "raise", lambda u: np.seterr(over="raise" if u < RARE else "warn")


def a_file(folder):
    path = folder / "flag"

    def put(u):
        if u < RARE:
            path.touch()
        else:
            path.unlink(missing_ok=True)

    return lambda: os.path.exists(path), put


@pytest.mark.parametrize("make", [a_cell, a_context, a_setting, a_file])
@pytest.mark.parametrize("derive", [lambda f: f, grad])
def test_what_is_hidden_and_seldom_is_found_by_audits_that_come_closer(make, derive, tmp_path):
    """Audits at calls 2, 4, 8, ... alone find an event of one call in twenty by luck."""
    seldom, put = make(tmp_path)
    compiled = jit(derive(lambda x: x * 3.0 if seldom() else x * 2.0))
    draw = random.Random(3).random
    np = sys.modules.get("numpy")
    with decimal.localcontext(), np.errstate() if np else contextlib.nullcontext():
        put(1.0)
        compiled(2.0)
        with pytest.warns(RuntimeWarning, match="as the audit of call"):
            assert any((put(draw()), compiled(2.0), compiled.uncompiled)[2] for _ in range(100_000))


def imports(x):
    from time import monotonic as now

    return x if now() else -x


def clock_of_a_closure():
    clock = time.perf_counter
    return lambda x: x if clock() else -x


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: x * 3.0 if time.time_ns() % 20 == 0 else x, "time.time_ns"),
        (lambda x: x if [time.monotonic() for _ in range(2)] else -x, "time.monotonic"),
        (imports, "time.monotonic"),
        (clock_of_a_closure(), "time.perf_counter"),
        (lambda x: x * os.urandom(1)[0], "os.urandom"),
        (lambda x: x * datetime.datetime.now().year, "datetime.now"),
        (lambda x: x * datetime.date.today().year, "date.today"),
        (lambda x: x * uuid.uuid4().int, "uuid.uuid4"),
        (lambda x: x * secrets.randbelow(20), "secrets.randbelow"),
    ],
)
def test_clocks_and_entropy_are_looked_for_in_the_code(f, name):
    compiled = jit(f)
    with pytest.warns(RuntimeWarning, match=f"calls {name}, which gives something else at every call"):
        compiled(1.0)
    assert compiled.stats().uncompiled
    assert compiled.stats().paths == 0


class Option:
    def __init__(self):
        self.time, self.random = 2.0, 3.0


def test_names_that_only_look_like_a_clock_are_no_reason():
    option = Option()
    compiled = jit(lambda x: x * option.time * option.random + len(time.tzname) * 0.0)
    assert compiled(1.0) == 6.0
    assert not compiled.uncompiled


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_lanes_that_draw(backend):
    np = pytest.importorskip("numpy")
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = rarely(lambda: random.random())
    lanes = vmap(f, backend=backend)
    random.seed(2)
    expected = [f(2.0) for _ in range(200)]
    random.seed(2)
    with pytest.warns(RuntimeWarning, match="vmap: <lambda> draws random numbers; from now on it runs lane by lane"):
        assert lanes(np.full(200, 2.0)).tolist() == expected
    with pytest.warns(RuntimeWarning, match=r"vmap: <lambda> calls time.time, .* lane by lane"):
        vmap(lambda x: sin(x) * time.time(), backend=backend)(np.ones(3))


def test_a_file_that_changes_is_found_by_the_audit(tmp_path):
    """In some out of twenty states of the file: the audit sees the state of its own call."""
    path = str(tmp_path / "number")

    def write(x):
        with open(path, "w") as file:
            file.write(repr(x))

    def f(x):
        with open(path) as file:
            return x * float(file.read())

    write(2.0)
    compiled = jit(f)
    found = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in range(1, 3000):
            compiled(1.0)
            if call == 100:
                write(3.0)
            if caught and not found:
                found = call
    assert found > 100
    assert compiled(1.0) == 3.0
