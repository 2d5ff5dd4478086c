"""vmap: every lane goes its own way, what lanes share is differentiated, and threads change no bit."""

import functools
import math
import os
import random
import subprocess
import sys
import time

import pytest
from mpmath import mp, mpf

import autograd
from autograd import TraceError, Value, exp, grad, hessian, jit, log, sin, softmax, sqrt, tanh, value_and_grad, vmap
from autograd.backends import spending
from autograd.backends import vector_math as polynomials
from autograd.testing.exact import ulps
from nn import MLP, Module

from ..tools.traps import EDGES, TRAPS

np = pytest.importorskip("numpy")
BACKENDS = ["numpy", *(["llvm"] if pytest.importorskip("llvmlite") else [])]
EACH = pytest.mark.parametrize("backend", BACKENDS)
LOOPING = {"trips"}  # its paths are as many as its trips


def columns(count, seed=0):
    rng = random.Random(seed)
    return [
        np.array([rng.choice(EDGES) if rng.random() < 0.2 else rng.uniform(-4.0, 4.0) for _ in range(count)])
        for _ in range(2)
    ]


def close(x, y, tolerance=4e-15):
    return (x != x and y != y) or x == y or abs(x - y) <= tolerance * abs(y)


@EACH
@pytest.mark.parametrize("f", TRAPS, ids=[f.__name__ for f in TRAPS])
def test_every_lane_takes_its_own_branches(f, backend):
    x, y = columns(3000 if f.__name__ != "trips" else 500)
    if f.__name__ == "whole":  # a path for each whole number
        x, y = (np.clip(np.nan_to_num(z), -1.5, 1.5) for z in (x, y))
    found = vmap(f, backend=backend)(x, y)
    for a, b, z in zip(x.tolist(), y.tolist(), found.tolist(), strict=True):
        try:
            expected = float(f(a, b))
        except (ValueError, ArithmeticError):
            assert not math.isfinite(z)  # IEEE's limit, never a plausible number
        else:
            assert z == expected or (z != z and expected != expected), (a, b)


@EACH
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 63, 64, 65, 2047, 2048, 2049, 5000])
def test_any_number_of_lanes(count, backend):
    x = np.linspace(0.1, 2.0, count)
    values, slopes = vmap(value_and_grad(lambda x: exp(x) * log(x) + tanh(x)), backend=backend)(x)
    assert values.shape == slopes.shape == (count,)
    for i in (0, count // 2, count - 1):
        value, slope = value_and_grad(lambda x: exp(x) * log(x) + tanh(x))(x[i])
        assert close(values[i], value)
        assert close(slopes[i], slope)
    w = [0.3, -0.7]
    total = vmap(lambda w, x: w[0] * x + w[1] * x * x, in_axes=(None, 0), backend=backend)
    value, slope = value_and_grad(lambda w: total(w, x).sum())(w)
    assert slope == pytest.approx([math.fsum(x), math.fsum(x * x)], rel=1e-13)
    assert value == pytest.approx(0.3 * math.fsum(x) - 0.7 * math.fsum(x * x), rel=1e-12, abs=1e-13)


@EACH
def test_nests_and_arrays_within_a_lane(backend):
    def f(p, row, scale):
        return {"y": p["w"][0] * row[0] + row[1:].sum(), "z": (row * scale, p["b"])}

    X = np.arange(12.0).reshape(4, 3)
    found = vmap(f, in_axes=(None, 0, None), backend=backend)({"w": [2.0], "b": 7.0}, X, 0.5)
    np.testing.assert_array_equal(found["y"], 2.0 * X[:, 0] + X[:, 1] + X[:, 2])
    np.testing.assert_array_equal(found["z"][0], 0.5 * X)
    np.testing.assert_array_equal(found["z"][1], np.full(4, 7.0))
    slopes = vmap(grad(lambda row: row[0] * row[1] * row[2]), backend=backend)(X)
    np.testing.assert_array_equal(slopes, np.stack([X[:, 1] * X[:, 2], X[:, 0] * X[:, 2], X[:, 0] * X[:, 1]], axis=1))


@EACH
def test_nests_of_arrays_and_other_axes(backend):
    X, y = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    f = vmap(lambda p, scale: p["x"][0] * p["y"][0] + scale * p["x"][1], in_axes=(1, None), backend=backend)
    np.testing.assert_array_equal(f({"x": X, "y": y[None]}, 2.0), X[0] * y + 2.0 * X[1])
    pairs = vmap(lambda p: p[0] - p[1], backend=backend)
    np.testing.assert_array_equal(pairs((X[0], y)), X[0] - y)
    np.testing.assert_array_equal(pairs([X[1], y]), X[1] - y)
    lanes = vmap(lambda w, p: w * p["x"] * p["y"], in_axes=(None, 0), backend=backend)
    step = jit(grad(lambda w, p: lanes(w, p).sum()))
    for _ in range(2):
        assert step(0.5, {"x": X[0], "y": y}) == X[0] @ y


class Gate(Module):
    factor = 3.0

    def __init__(self, training):
        self.w, self.training = Value(2.0), training

    def __call__(self, x):
        return self.w * x * self.factor if self.training else -self.w * x


@EACH
def test_what_lanes_share_is_never_stale(backend, monkeypatch):
    """vmap took nests of as many numbers for the same, and did not look at what a module holds beside its weights."""
    x = np.array([1.0, 2.0])
    gate, apply = Gate(True), vmap(lambda m, x: m(x), in_axes=(None, 0), backend=backend)
    assert apply(gate, x).tolist() == [6.0, 12.0]
    gate.training = False
    assert apply(gate, x).tolist() == [-2.0, -4.0]
    gate.w.data, gate.training = 5.0, True
    assert apply(gate, x).tolist() == [15.0, 30.0]
    monkeypatch.setattr(Gate, "factor", 4.0)
    assert apply(gate, x).tolist() == [20.0, 40.0]
    named = vmap(lambda p, x: x * p["a"] if "a" in p else x + p["b"], in_axes=(None, 0), backend=backend)
    assert named({"a": 3.0}, x).tolist() == [3.0, 6.0]
    assert named({"b": 3.0}, x).tolist() == [4.0, 5.0]
    kinds = vmap(lambda kind, x: x if kind == "same" else -x, in_axes=(None, 0), backend=backend)
    assert kinds("same", x).tolist() == [1.0, 2.0]
    assert kinds("other", x).tolist() == [-1.0, -2.0]
    counted = vmap(lambda n, x: sum(x for _ in range(n)), in_axes=(None, 0), backend=backend)
    assert [counted(n, x).tolist() for n in (2, 3, 2)] == [[2.0, 4.0], [3.0, 6.0], [2.0, 4.0]]
    picked = vmap(lambda x, i: [10.0, 20.0, 30.0][i] * x, backend=backend)
    assert picked(np.ones(4), np.array([2, 0, 1, 2])).tolist() == [30.0, 10.0, 20.0, 30.0]


@EACH
def test_a_function_that_draws_numbers_runs_lane_by_lane(backend):
    draws = iter(range(100))
    f = vmap(lambda x: x * next(draws), backend=backend)
    with pytest.warns(RuntimeWarning, match="vmap: <lambda> takes from what it would find further on at another call"):
        f(np.ones(3))
    assert np.diff(f(np.ones(3))).tolist() == [1.0, 1.0]


def sample(w, x, t):
    h = [tanh(w[0] * x[0] + w[1] * x[1]), max(0.0, w[2] * x[0]), softmax([w[3], x[1]])[0]]
    return (h[0] * w[3] + h[1] - t) ** 2 + h[2]


def data(count):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2)), rng.normal(size=count)


@EACH
def test_sums_over_lanes_have_derivatives(backend):
    X, t = data(300)
    w = [0.1, 0.2, 0.3, 0.4]
    lanes = vmap(sample, in_axes=(None, 0, 0), backend=backend)

    def loss(w, X, t):
        return lanes(w, X, t).mean() + 0.1 * w[0] ** 2

    def plainly(w, X, t):
        return sum(sample(w, x, y) for x, y in zip(X.tolist(), t.tolist(), strict=True)) / len(t) + 0.1 * w[0] ** 2

    value, slope = value_and_grad(loss)(w, X, t)
    expected = value_and_grad(plainly)(w, X, t)
    assert close(value, expected[0], 1e-13)
    assert slope == pytest.approx(expected[1], rel=1e-12)
    for row, other in zip(hessian(loss)(w, X, t), hessian(plainly)(w, X, t), strict=True):
        assert row == pytest.approx(other, rel=1e-11, abs=1e-13)
    compiled = jit(value_and_grad(loss))
    for _ in range(2):
        assert compiled(w, X, t)[0] == pytest.approx(value, rel=1e-14)
        assert compiled(w, X, t)[1] == pytest.approx(slope, rel=1e-13)
    assert compiled(w, X[:50], t[:50])[0] == pytest.approx(plainly(w, X[:50], t[:50]), rel=1e-13)
    assert compiled(np.array(w), X, t)[1].tolist() == pytest.approx(slope, rel=1e-13)


@EACH
def test_models_of_nn(backend):
    X, t = data(40)
    model = MLP(2, [5, 1], seed=3)
    lanes = vmap(lambda model, x, t: (model(x) - t) ** 2, in_axes=(None, 0, 0), backend=backend)
    compiled = jit(value_and_grad(lambda model, X, t: lanes(model, X, t).mean()))
    for _ in range(3):
        value, slope = compiled(model, X, t)
        expected = value_and_grad(lambda m: sum((m(x) - y) ** 2 for x, y in zip(X, t, strict=True)) / 40)(model)
        assert value == pytest.approx(expected[0], rel=1e-13)
        for layer, other in zip(slope.layers, expected[1].layers, strict=True):
            for neuron, twin in zip(layer.neurons, other.neurons, strict=True):
                assert neuron.weights == pytest.approx(twin.weights, rel=1e-11, abs=1e-15)
        for p in model.parameters():
            p.data += 0.1


def test_the_same_bits_for_any_number_of_threads():
    llvm = pytest.importorskip("autograd.backends.llvm.kernel")
    from autograd.program import optimized, trace

    program = trace(lambda w, x: [tanh(w * x) * log(abs(x)) if x > 0.1 else x * w, sin(x) * w], [0.5, 0.7])
    adjoint = optimized(program, raising=False)
    x = np.random.default_rng(0).normal(size=300_001)
    results = [
        llvm.lanes(adjoint, [False, True], [True, True], threads=threads)([0.7], [x], len(x)) for threads in (1, 2, 7)
    ]
    for found, missed in results[1:]:
        assert found == results[0][0]
        np.testing.assert_array_equal(missed, results[0][1])


def test_code_is_optimised_when_that_pays_and_gives_the_same_bits(monkeypatch):
    llvm = pytest.importorskip("autograd.backends.llvm.kernel")
    monkeypatch.setattr(llvm, "PAYS", 1000)
    monkeypatch.setenv("VALUEGRAD_CACHE", "")
    quick, compiled = [], llvm.compiled
    monkeypatch.setattr(llvm, "compiled", lambda text, key, q=False: quick.append(q) or compiled(text, key, q))
    X, t = data(301)
    model = MLP(2, [16, 16, 1], seed=3)
    for one in (
        lambda model, x, t: (model(x) - t) ** 2 + sin(x[0]),  # tiles
        lambda model, x, t: (model(x) - t) ** 2 if x[0] > 0.0 else log(abs(x[1])) * model(x),  # guards
        lambda model, x, t: sqrt(model(x) * 0.0) + t,  # careful products
    ):
        lanes = vmap(one, in_axes=(None, 0, 0))
        f = jit(value_and_grad(lambda model, X, t, lanes=lanes: lanes(model, X, t).mean()), deterministic=True)
        quick.clear()
        found = [f(model, X, t) for _ in range(6)]
        assert True in quick
        assert quick[-1] is False
        assert len({repr((value, slope.parameters())) for value, slope in found}) == 1


def test_threads_share_what_is_compiled(monkeypatch):
    llvm = pytest.importorskip("autograd.backends.llvm.kernel")
    made, compiled = [], llvm.compiled
    monkeypatch.setattr(llvm, "compiled", lambda *given: made.append(given) or compiled(*given))
    monkeypatch.setattr(llvm, "THREADS", 8)
    x = np.ones(300_000)
    slopes = vmap(grad(lambda x, y: sin(x * y) * sqrt(y), argnums=(0, 1)), backend="llvm")(x, 0.0 * x)
    assert [slope.tolist() for slope in slopes] == [[0.0] * len(x)] * 2
    assert len(made) == 2  # with plain products, and, as these gave NaN here, with careful ones


@pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")
def test_an_interrupt_waits_for_the_threads():
    code = (
        "import os, signal, threading, numpy as np; from autograd import vmap, sin, tanh\n"
        "def f(x, y):\n    for _ in range(60):\n        x = sin(x) * y + tanh(x * y)\n    return x, x * y, x + y\n"
        "g, caught = vmap(f), 0\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it\n"
        "g(np.ones(1000), np.ones(1000))\n"
        "for _ in range(4):\n"
        "    a, b = np.ones(2_000_000), np.ones(2_000_000)\n"
        "    threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "    try:\n        while True:\n            g(a, b)\n"
        "    except KeyboardInterrupt:\n        caught += 1\n"
        "    del a, b\n"
        "    others = [np.full(k, 1, dtype=np.uintp) for k in (1, 2, 3, 4) for _ in range(2000)]\n"
        "print(caught)"
    )
    environment = os.environ | {"VALUEGRAD_CACHE": "", "VALUEGRAD_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr


@EACH
def test_sums_over_lanes_within_lanes_are_done_lane_by_lane(backend):
    x = np.array([0.5, 1.0, 2.0])
    inner = vmap(lambda w, x: sin(w * x), in_axes=(None, 0), backend=backend)
    outer = vmap(lambda w, a: w * inner(w * a, x).sum(), in_axes=(None, 0), backend=backend)
    with pytest.warns(RuntimeWarning, match="sums over other lanes for each of its own"):
        found = outer(0.7, np.array([1.0, 2.0]))
    expected = [0.7 * sum(math.sin(0.7 * a * y) for y in x) for a in (1.0, 2.0)]
    assert found == pytest.approx(expected, rel=1e-14)
    again = vmap(outer.f, in_axes=(None, 0), backend=backend)
    with pytest.raises(TraceError, match="sums over other lanes for each of its own"):
        grad(lambda w: again(w, np.array([1.0, 2.0])).sum())(0.7)


def test_stats_count_what_is_compiled_later(monkeypatch):
    llvm = pytest.importorskip("autograd.backends.llvm.kernel")
    monkeypatch.setattr(llvm, "PAYS", 100)
    monkeypatch.setenv("VALUEGRAD_CACHE", "")
    compiled = llvm.compiled

    def slow(*given):
        with spending():
            time.sleep(0.05)
        return compiled(*given)

    monkeypatch.setattr(llvm, "compiled", slow)
    x = np.linspace(0.1, 2.0, 60)
    lanes = vmap(lambda w, x: tanh(w * x), in_axes=(None, 0))
    f = jit(value_and_grad(lambda w, x: lanes(w, x).sum()))
    for times in (1, 2):  # quickly at first, and optimised after 100 lanes
        f(0.5, x)
        (row,) = f.stats().rows
        assert row["calls"] == times - 1
        assert row["compile ms"] >= 50.0 * times


@EACH
@pytest.mark.parametrize("few", [10, 100])
def test_a_first_call_gives_the_same_with_few_lanes_and_many(backend, few, monkeypatch):
    monkeypatch.setattr("autograd.compile.lane_sums.FEW", few)
    x = np.linspace(0.1, 2.0, 50)
    lanes = vmap(lambda w, x: tanh(w * x) * log(x), in_axes=(None, 0), backend=backend)
    f = jit(value_and_grad(lambda w: lanes(w, x).sum() if lanes(w, x).mean() < 1.0 else w))
    expected = value_and_grad(lambda w: autograd.fsum([tanh(w * y) * log(y) for y in x.tolist()]))(0.7)
    for _ in range(3):
        assert f(0.7) == pytest.approx(expected, rel=1e-14)


@EACH
def test_paths_are_summed_in_one_order_whichever_came_first(backend):
    rng = np.random.default_rng(0)
    x = rng.normal(size=5000)

    def f(w, x):
        return w * x * 0.1 if x > 0.0 else w * exp(x) if x > -1.0 else w / x

    first, other = (vmap(f, in_axes=(None, 0), backend=backend) for _ in range(2))
    other(1.0, np.array([-0.5, -3.0, 0.5]))
    found = [value_and_grad(lambda w, lanes=lanes: lanes(w, x).sum())(0.7) for lanes in (first, other)]
    assert found[0] == found[1]


@EACH
def test_an_adjoint_of_zero_wins_over_an_infinite_partial(backend):
    f = value_and_grad(lambda x: sqrt(x) * 0.0 + x if x > -1.0 else x)
    values, slopes = vmap(f, backend=backend)(np.array([0.0, 4.0, 0.0, 1.0]))
    assert slopes.tolist() == [1.0, 1.0, 1.0, 1.0]
    assert values.tolist() == [0.0, 4.0, 0.0, 1.0]


@EACH
def test_closures_of_lanes_are_never_stale(backend):
    scale = 2.0
    f = vmap(lambda x: x * scale, backend=backend)
    x = np.array([1.0, 2.0])
    assert f(x).tolist() == [2.0, 4.0]
    scale = 3.0
    assert f(x).tolist() == [3.0, 6.0]


@EACH
def test_own_primitives_run_in_lanes(backend):
    @autograd.custom_derivative(lambda z, x: 3.0 * x * x)
    def cube(x):
        return x**3

    with pytest.warns(RuntimeWarning, match="lanes ask Python for cube,") as seen:
        values, slopes = vmap(value_and_grad(cube), backend=backend)(np.array([1.0, -2.0, 3.0]))
    assert [warning.filename for warning in seen] == [__file__]
    assert values.tolist() == [1.0, -8.0, 27.0]
    assert slopes.tolist() == [3.0, 12.0, 27.0]


def test_arrays_of_values_and_traced_numbers_are_gone_through_one_by_one():
    xs = np.array([Value(1.0), Value(2.0)], dtype=object)
    found = vmap(lambda x: x * x)(xs)
    sum(found).backward()
    assert [x.grad for x in xs] == [2.0, 4.0]
    assert grad(lambda x: sum(vmap(sin)(x)))(np.array([0.5, 1.0])).tolist() == [math.cos(0.5), math.cos(1.0)]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: vmap(sin)(1.0), TypeError, r"args\[0\] is float; use an array"),
        (lambda: vmap(sin)([1j]), TypeError, r"args\[0\]\[0\]: complex 1j cannot"),
        (lambda: vmap(sin)(["a"]), ValueError, "no argument has lanes"),
        (lambda: vmap(lambda x: [x] if x > 0.0 else [x, x])([1.0, -1.0]), TypeError, "return the same nest"),
        (lambda: vmap(lambda x: {"a": x} if x > 0.0 else {"b": x})([1.0, -1.0]), TypeError, "return the same nest"),
        (lambda: vmap(lambda x: (x, None) if x > 0.0 else (None, x))([1.0, -1.0]), TypeError, "return the same nest"),
        (lambda: vmap(lambda p: p["x"])({"x": np.ones(2), "y": 1.0}), TypeError, r"args\[0\] is float; use an array"),
        (lambda: vmap(lambda x, y: x)([1.0], [1.0, 2.0]), ValueError, r"args\[1\] has 2 lanes, others have 1"),
        (lambda: vmap(sin, in_axes=(0, 0))([1.0]), ValueError, "2 in_axes for 1 arguments"),
        (lambda: vmap(sin, in_axes=1)([1.0]), ValueError, r"args\[0\] has 1 axes; there is no axis 1"),
        (lambda: vmap(sin, in_axes="0")([1.0]), ValueError, "in_axes has '0'; use the number of an axis, or None"),
        (lambda: vmap(sin, in_axes=None)(1.0), ValueError, "no argument has lanes"),
        (lambda: vmap(sin, backend="cuda")([1.0]), ValueError, "backend 'cuda' is not one of"),
        (lambda: vmap(lambda x: float(x))([1.0]), TraceError, r"float\(\) of a number"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


TRUTHS = {
    "exp": (mp.exp, -745.0, 709.0, 1.0),
    "expm1": (mp.expm1, -40.0, 700.0, 2.5),
    "log": (mp.log, 1e-300, 1e300, 1.0),
    "log1p": (mp.log1p, -0.9999, 1e5, 1.5),
    "tanh": (mp.tanh, -20.0, 20.0, 3.0),
    "tanh_slope": (lambda x: mp.sech(x) ** 2, -300.0, 300.0, 4.0),
    "sin": (mp.sin, -1e5, 1e5, 1.0),
    "cos": (mp.cos, -1e5, 1e5, 1.0),
    "erf": (mp.erf, -6.0, 6.0, 2.0),
    "erfc": (mp.erfc, -6.0, 26.0, 4.0),
    "norm_cdf": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, -37.0, 8.0, 4.0),
    "norm_pdf": (lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi), -37.0, 37.0, 3.0),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_elementary_functions_within_their_ulps(name):
    exact, low, high, bound = TRUTHS[name]
    shift = {"sin": 0.0, "cos": 1.0}.get(name)
    function = getattr(polynomials, name, lambda x: polynomials.circular(x, shift))
    rng = random.Random(name)
    with mp.workdps(60):
        for _ in range(400):
            sign = rng.choice((-1.0, 1.0))
            far = math.log10(max(abs(low), high))
            x = rng.choice((rng.uniform(low, high), rng.uniform(-3.0, 3.0), sign * 10.0 ** rng.uniform(-20.0, far)))
            if low <= x <= high:
                assert ulps(function(x), exact(mpf(x))) <= bound, x


def test_compiled_code_is_kept_on_disk_and_a_damaged_file_is_made_again(tmp_path):
    pytest.importorskip("llvmlite")
    code = (
        "import numpy as np; from autograd import vmap, sin; "
        "import autograd.backends.llvm.kernel as llvm; made = []; old = llvm.source; "
        "llvm.source = lambda *a: made.append(1) or old(*a); "
        "print(vmap(lambda x: sin(x) * x, backend='llvm')(np.array([0.5, 1.0])).tolist(), len(made))"
    )
    environment = os.environ | {"VALUEGRAD_CACHE": str(tmp_path / "cache")}

    def run():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        numbers, _, made = done.stdout.strip().rpartition(" ")
        return numbers, int(made)

    first, again = run(), run()
    assert first[0] == again[0]
    assert (first[1], again[1]) == (1, 0)
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    assert run() == first
    for path in (tmp_path / "cache").iterdir():  # a head that is not what was written, before code that is
        path.write_bytes(path.read_bytes().replace(b'"buffer"', b'"bottom"'))
    assert run() == first
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(b"nonsense")
    assert run() == first


def test_arrays_that_a_compiled_function_closes_over_are_constants():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.5])
    lanes = vmap(lambda w, x, y: (w[0] * x + w[1] - y) ** 2, in_axes=(None, 0, 0))
    closed = jit(value_and_grad(lambda w: lanes(w, x, y).mean()))
    given = jit(value_and_grad(lambda w, x, y: lanes(w, x, y).mean()))
    for w in ([0.5, 0.0], [1.0, -1.0]):
        assert closed(w) == given(w, x, y)
    x[0] = 5.0  # what it closes over has changed
    assert closed([0.5, 0.0]) == given([0.5, 0.0], x, y)


@EACH
def test_jit_of_a_function_that_returns_lanes(backend):
    """jit(vmap(f)) said that lanes cannot be differentiated."""
    x, y = np.array([1.0, 2.0, -3.0]), np.array([4.0, 5.0, 6.0])
    greeks = jit(vmap(value_and_grad(lambda x, y: x * y * y if x > 0.0 else y, argnums=(0, 1)), backend=backend))
    for _ in range(3):
        values, (dx, dy) = greeks(x, y)
        assert values.tolist() == [16.0, 50.0, 6.0]
        assert dx.tolist() == [16.0, 25.0, 0.0]
        assert dy.tolist() == [8.0, 20.0, 1.0]
    scaled = jit(lambda w, x: [w * vmap(exp, backend=backend)(x), len(x)])
    assert [scaled(2.0, x)[0].tolist() for _ in range(2)] == [(2.0 * vmap(exp, backend=backend)(x)).tolist()] * 2
    assert jit(vmap(lambda x: x * 2.0, backend=backend))([1.0, 2.0]).tolist() == [2.0, 4.0]


@EACH
def test_lanes_may_use_a_traced_number_from_outside(backend):
    """It was an error that did not tell what to do."""
    x = np.array([1.0, 2.0, 3.0])
    with pytest.warns(RuntimeWarning, match="traced outside of it; hand that over as an argument"):
        assert grad(lambda w: vmap(lambda x: w * x, backend=backend)(x).sum())(2.0) == 6.0
    with pytest.raises(TraceError, match="traced outside of it"):
        grad(lambda w: vmap(lambda v, x: w * v * x, in_axes=(None, 0), backend=backend)(w, x).sum())(2.0)


def _losses():
    def one(w, x, y):
        return (tanh(w[0] * x + w[1]) * w[2] - y) ** 2

    def infinite(w, x, y):
        return (w[0] * x - y) ** 2 * 0.0 if x > 0.0 else log(abs(x) + w[1] * w[1]) * w[2]

    def lost(w, x, y):  # the adjoint 0 meets the infinite slope of sqrt where w[0] is 0
        return (sqrt(w[0] * w[0]) * x * 0.0 + w[1] * w[2] * y) * x

    return [one, infinite, lost]


@EACH
@pytest.mark.parametrize("loss", _losses(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("count", [1, 7, 100, 700])
def test_arrays_of_weights_give_the_bits_that_their_numbers_give(backend, loss, count):
    rng = np.random.default_rng(count)
    x, y, w = rng.normal(size=count), rng.normal(size=count), np.array([0.0, 0.25, -1.5])
    lanes = vmap(loss, in_axes=(None, 0, 0), backend=backend)

    def total(w, x, y):
        return lanes(w, x, y).mean() + 0.0 * 1.0 if count == 7 else lanes(w, x, y).mean()

    arrays, lists = (jit(value_and_grad(total), deterministic=True) for _ in range(2))
    for _ in range(3):
        value, slope = arrays(w, x, y)
        plain, slopes = lists(w.tolist(), x, y)
        assert type(value) is float
        assert np.array([value, *slope]).tobytes() == np.array([plain, *slopes]).tobytes()
        w = w - 0.1 * slope
    kept = slope.copy()
    arrays(w, x, y)
    assert (slope == kept).all()  # a later call does not write into an earlier result


@EACH
def test_weights_of_several_arrays_shapes_and_kinds(backend):
    rng = np.random.default_rng(3)
    w, b, rate = rng.normal(size=(3, 2)), np.array([1, 2, 3]), 0.5
    X, y, none = rng.normal(size=(50, 2)), rng.normal(size=50), np.empty((0, 2))
    lanes = vmap(
        lambda w, b, rate, x, y: (sum(tanh(w[i, 0] * x[0] + w[i, 1] * x[1] + b[i]) for i in range(3)) - y) * rate,
        in_axes=(None, None, None, 0, 0),
        backend=backend,
    )
    exactly = functools.partial(jit, deterministic=True)
    compiled = exactly(value_and_grad(lambda w, b, rate, X, y: lanes(w, b, rate, X, y).sum(), argnums=(0, 1, 2)))
    closed = exactly(value_and_grad(lambda rate, b, w: lanes(w, b, rate, X, y).sum(), argnums=(2, 1, 0)))
    for bias in (b, b.astype(float), b.astype(np.float32)):
        value, (dw, db, drate) = compiled(w, bias, rate, X, y)
        for again in (compiled(w, bias, rate, X, y), closed(rate, bias, w), closed(rate, bias, w)):
            assert again[0] == value
            assert all(np.array_equal(one, other) for one, other in zip(again[1], (dw, db, drate), strict=True))
        assert dw.shape == (3, 2)
        assert type(drate) is float
        eager = sum(
            (sum(math.tanh(w[i] @ x + bias[i]) for i in range(3)) - t) * rate for x, t in zip(X, y, strict=True)
        )
        assert close(value, eager, 1e-12)
    assert [compiled(w, b, rate, none, y[:0])[0] for _ in range(2)] == [0.0, 0.0]
    X[0, 0] += 1.0
    assert closed(rate, b, w)[0] != value  # an array that a function closes over is looked at again


def test_arrays_of_numbers_go_to_native_code_and_back():
    slope = value_and_grad(lambda w: sum(tanh(w[i, 0] * w[i, 1]) / w[i, 0] for i in range(20)))
    f = jit(slope, backend="llvm", deterministic=True)
    w = np.random.default_rng(1).normal(size=(20, 2))
    first, again = f(w), f(w)
    assert first[0] == again[0]
    assert type(again[0]) is float
    assert np.array_equal(first[1], again[1])
    assert again[1].shape == (20, 2)
    w[3, 0] = 0.0
    with pytest.raises(ZeroDivisionError):
        f(w)


def _mixtures():
    """Functions of weights and lanes that do more than to sum, by what they do; `lanes` maps a loss over x and y."""

    def after(lanes, w, x, y):
        return exp(-lanes(w, x, y).mean()) + w[0] * w[1] + sum(tanh(v) for v in w)

    def before(lanes, w, x, y):
        return lanes([tanh(w[0]), w[1] * w[2], 0.25], x, y).sum() * w[1]

    def twice(lanes, w, x, y):
        return lanes(w, x, y).sum() + lanes([w[2], w[0], w[1]], x, y).mean() + lanes(w, y, x).sum()

    def branches(lanes, w, x, y):
        loss = lanes(w, x, y).mean()
        return loss * 3.0 if loss > 0.5 else loss - w[1] if w[0] > 0.0 else w[1] * w[1]

    def nested(lanes, w, x, y):
        return lanes([lanes(w, x, y).mean(), w[1], w[2]], x, y).sum()

    def fails(lanes, w, x, y):
        return lanes(w, x, y).sum() / w[0] + log(w[1])

    return [after, before, twice, branches, nested, fails]


@EACH
@pytest.mark.parametrize("f", _mixtures(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("count", [3, 100, 3000])
def test_what_is_done_beside_the_sums(backend, f, count):
    rng = np.random.default_rng(count)
    x, y = rng.normal(size=count), rng.normal(size=count)
    lanes = vmap(_losses()[0], in_axes=(None, 0, 0), backend=backend)
    compiled = jit(value_and_grad(lambda w, x, y: f(lanes, w, x, y)))
    plain = jit(value_and_grad(lambda w, x, y: f(lanes, w, x, y)), backend="python")
    for w in (
        [0.5, 0.25, -1.5],
        [-0.5, 2.0, 1.5],
        [3.0, 1.0, 4.0],
        [0.5, 0.25, -1.5],
        [0.0, 1.0, 2.0],
        [1.0, -1.0, 0.5],
    ):
        for given in (np.array(w), w):
            try:
                value, slope = plain(w, x, y)
            except (ValueError, ZeroDivisionError) as error:
                with pytest.raises(type(error)):
                    compiled(given, x, y)
                continue
            found, slopes = compiled(given, x, y)
            assert type(found) is float
            assert type(slopes) is type(given)
            assert close(found, value, 1e-13)
            assert all(abs(a - b) <= 1e-13 * max(map(abs, slope)) for a, b in zip(slopes, slope, strict=True))
    assert compiled.stats().paths == 2 * plain.stats().paths  # of lists, and of arrays


@EACH
def test_limits_of_slopes_in_lanes_and_sums(backend):
    ends = np.array([1.0, math.inf, 1e-320, 0.0])
    assert vmap(grad(log), backend=backend)(ends).tolist() == [1.0, 0.0, math.inf, math.inf]
    capped = vmap(lambda t: autograd.minimum(grad(log)(t), 2.0), backend=backend)
    assert capped(ends).tolist() == [1.0, 0.0, 2.0, 2.0]
    steep = vmap(lambda t: 3.0 if grad(log)(t) > 0.5 else 4.0, backend=backend)
    assert steep(ends).tolist() == [3.0, 4.0, 3.0, 3.0]
    quotient = vmap(lambda w, t: w / t, in_axes=(None, 0), backend=backend)
    assert grad(lambda w: quotient(w, ends[:2]).sum())(1.0) == 1.0
    same = vmap(lambda w, t: w * w, in_axes=(None, 0), backend=backend)
    for count in (1, 3, 8, 9, 600):
        assert jit(lambda w, t: same(w, t).sum())(1e200, np.ones(count)) == math.inf


@EACH
def test_no_lanes_give_no_results(backend):
    assert vmap(lambda t: sin(t) * 2.0, backend=backend)(np.zeros(0)).shape == (0,)
    pair = vmap(lambda w, t: (w * t, {"a": t}), in_axes=(None, 0), backend=backend)(2.0, np.zeros(0))
    assert [pair[0].size, pair[1]["a"].size] == [0, 0]


@EACH
def test_paths_that_use_an_array_in_other_ways(backend):
    lanes = vmap(lambda w, t: w * t, in_axes=(None, 0), backend=backend)

    def unused(w, t, ts):
        return lanes(w, ts).sum() if w > 0.0 else w * t

    def looked_into(w, t, ts):
        return lanes(w, ts).sum() if t > 0.0 else w * ts[0]

    def long(w, t, ts):
        if w > 0.0:
            return lanes(w, ts).sum()
        for _ in range(40):
            t = t * 0.9 + 0.1 * w
        return t

    for f in (unused, looked_into, long):
        for name in (None, "llvm", "python"):
            compiled = jit(f, backend=name)
            for ts in (np.array([1.0]), np.array([1.0, 2.0, 4.0])):
                for w, t in [(2.0, 1.0), (2.0, -1.0), (-2.0, 1.0)] * 60:
                    assert close(compiled(w, t, ts), f(w, t, ts), 1e-15)
            assert compiled.stats().eager == 0
    constant = jit(lambda ts, t: t * t, backend="llvm")
    assert [constant(np.ones(3), 3.0) for _ in range(2)] == [9.0, 9.0]


def test_code_on_disk_is_not_mistaken_for_that_of_another_primitive_of_its_name(tmp_path):
    table = "from autograd import tanh, vmap\n"
    own = "from autograd import custom_derivative, vmap\n@custom_derivative(lambda z, x: 3.0)\n"
    own += "def tanh(x):\n    return 3.0 * x\n"
    run = "import numpy as np\nprint(vmap(lambda x: tanh(x) * 2.0, backend='llvm')(np.array([1.0, 2.0])).tolist())"
    environment = os.environ | {"VALUEGRAD_CACHE": str(tmp_path)}
    for program, expected in [(own, 6.0), (table, 2.0 * math.tanh(1.0)), (own, 6.0)]:
        line = [sys.executable, "-c", program + run]
        done = subprocess.run(line, capture_output=True, text=True, check=True, env=environment)
        assert float(done.stdout.strip("[]\n").split(",")[0]) == pytest.approx(expected, rel=1e-15)


class Curve(Module):
    def __init__(self):
        self.slope, self.power = Value(2.0), 2.0

    @vmap
    def at(self, x):
        return self.slope * x**self.power

    @vmap(in_axes=(None, 0), backend="numpy")
    def scaled(self, scale, x):
        return self.slope * scale * x


class Shift:
    def __init__(self, by):
        self.by = by

    @vmap
    def __call__(self, x):
        """Return x, shifted."""
        return x + self.by


def test_vmap_decorates_functions_and_methods():
    curve, xs = Curve(), np.array([1.0, 3.0])
    assert curve.at(xs).tolist() == [2.0, 18.0]
    assert curve.scaled(0.5, xs).tolist() == [1.0, 3.0]
    curve.slope.data, curve.power = 4.0, 1.0
    assert curve.at(xs).tolist() == [4.0, 12.0]
    slope = grad(lambda curve: curve.at(xs).sum())(curve)
    assert slope.slope == 4.0
    shift = Shift(1.0)
    assert shift(xs).tolist() == [2.0, 4.0]
    shift.by = 5.0
    assert shift(xs).tolist() == [6.0, 8.0]
    assert Shift.__call__.__doc__ == "Return x, shifted."


@EACH
def test_nests_of_other_counts_of_lanes_use_the_same_programs(backend):
    f = vmap(lambda p: p["x"] * p["y"], backend=backend)
    for count in (2, 5, 9):
        x = np.arange(float(count))
        np.testing.assert_array_equal(f({"x": x, "y": x}), x * x)
    assert len(f.cache.known) == 1
