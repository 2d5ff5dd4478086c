"""The audit: what no guard and no watch sees is found out at calls that are known, and rounding raises no alarm."""

import copy
import math
import time
import warnings

import pytest

from autograd import Value, exp, grad, hessian, jit, log, sin, value_and_grad, vmap
from autograd.compile.audit import Schedule, difference
from nn import Module


class Secret:
    """A number in a file, which a function can read and no watch sees; the file also counts its readers."""

    def __init__(self, path):
        self.path, self.log = str(path / "secret"), str(path / "log")
        self.write(2.0)

    def write(self, x):
        with open(self.path, "w") as file:
            file.write(repr(x))

    def read(self):
        with open(self.log, "a") as file:
            file.write(".")
        with open(self.path) as file:
            return float(file.read())

    def counted(self):
        """Return how often it was read."""
        with open(self.log) as file:
            return len(file.read())


@pytest.fixture
def secret(tmp_path):
    return Secret(tmp_path)


def calls_until_found(f, x, compiled, most=10_000):
    """Return at which call a warning came; the result must be Python's then, and later ones as well."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in range(1, most):
            found = compiled(x)
            if caught:
                assert found == f(x)
                assert compiled(x) == f(x)
                assert len(caught) == 1
                return call
    raise AssertionError("nothing was found")


def until_other(compiled, before, *args):
    """Call until the result is another than before."""
    while compiled(*args) == before:
        pass


def test_the_calls_that_are_audited():
    schedule = Schedule(True)
    assert [c + 1 for c in range(1, 1000) if schedule.take(c, 1.0, 1e9)] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    schedule = Schedule(True)  # a run of Python takes as long as twenty calls of the program
    assert [c + 1 for c in range(1, 1000) if schedule.take(c, 20.0, c)] == [2, 101, 128, 256, 512]
    assert sum(Schedule("always").take(c, 1e9, 0.0) for c in range(50)) == 50
    assert not any(Schedule(False).take(c, 0.0, 1e9) for c in range(50))


def test_effects_happen_once_at_an_audited_call(secret):
    compiled = jit(lambda x: x * secret.read())
    compiled(1.0)
    before = secret.counted()
    compiled(1.0)
    assert secret.counted() == before + 1
    compiled(1.0)
    assert secret.counted() == before + 1
    assert compiled.stats().audits == 1
    assert compiled.stats().rows[0]["audits"] == 1


def test_what_changes_where_nobody_looks_is_found(secret):
    def f(x):
        return {"a": [x, x * secret.read()]}

    compiled = jit(f)
    assert [compiled(3.0)["a"] for _ in range(2)] == [[3.0, 6.0]] * 2
    secret.write(5.0)
    with pytest.warns(RuntimeWarning, match=r"jit: f gives .*: result\['a'\]\[1\] is 15.0, and 6.0 compiled.* call"):
        until_other(compiled, {"a": [3.0, 6.0]}, 3.0)
    assert compiled(2.0) == {"a": [2.0, 10.0]}
    assert "result['a'][1]" in compiled.stats().uncompiled


@pytest.mark.parametrize("derive", [lambda f: f, grad, lambda f: grad(jit(f)), lambda f: hessian(jit(f))])
def test_derivatives_are_audited_too(secret, derive):
    f = derive(lambda x: x * x * x * secret.read())
    compiled = jit(f)
    compiled(3.0)
    secret.write(4.0)
    assert calls_until_found(f, 3.0, compiled) == 1  # the second in all


def test_an_exception_that_the_program_did_not_raise(secret):
    def f(x):
        if secret.read() > 2.0:
            raise KeyError("closed")
        return x * 2.0

    compiled = jit(f)
    compiled(1.0)
    secret.write(3.0)
    with pytest.warns(RuntimeWarning, match="raises KeyError, which its program does not"), pytest.raises(KeyError):
        compiled(1.0)
    with pytest.raises(KeyError):
        compiled(1.0)
    secret.write(1.0)
    assert compiled(1.0) == 2.0


def test_every_call_or_none_may_be_audited(secret):
    always, never = jit(lambda x: x * secret.read(), audit="always"), jit(lambda x: x * secret.read(), audit=False)
    for _ in range(5):
        assert [always(1.0), never(1.0)] == [2.0, 2.0]
    assert [always.stats().audits, never.stats().audits] == [4, 0]
    secret.write(3.0)
    with pytest.warns(RuntimeWarning, match="3.0, and 2.0 compiled"):
        assert always(1.0) == 3.0
    assert never(1.0) == 2.0
    copies = [copy.deepcopy(f).audit for f in (always, never)]
    assert copies == ["always", False]
    for transform in (jit, vmap):
        with pytest.raises(ValueError, match=f'{transform.__name__}: audit is 3; use True, False or "always"'):
            transform(exp, audit=3)
        with pytest.raises(ValueError, match="audit is 'never'"):
            transform(audit="never")


def test_bits_that_are_promised_are_those_of_the_program():
    pytest.importorskip("llvmlite")
    xs = [math.sin(3.0 * k) * 10.0 ** (k % 7) for k in range(40)]
    f = value_and_grad(lambda xs: sum([log(1.0 + abs(x)) * x for x in xs]))
    compiled = jit(f, backend="llvm", deterministic=True)
    assert len({repr(compiled(xs)) for _ in range(40)}) == 1
    assert compiled.stats().audits > 0


def test_an_audit_that_promises_bits_still_finds_what_changed(secret):
    compiled = jit(lambda x: x * secret.read(), deterministic=True)
    compiled(1.0)
    secret.write(4.0)
    with pytest.warns(RuntimeWarning, match="4.0, and 2.0 compiled"):
        assert compiled(1.0) == 4.0


class Scaled(Module):
    def __init__(self):
        self.weight = Value(2.0)

    def __call__(self, x):
        return {"y": self.weight * x, "w": [self.weight]}


def test_numbers_of_a_result_are_plain_at_every_call():
    model = Scaled()
    for transform in (jit, lambda f: jit(f, audit="always")):
        compiled = transform(lambda m, x: m(x))
        for _ in range(9):
            assert {type(compiled(model, 3.0)["y"]), type(compiled(model, 3.0)["w"][0])} == {float}


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_rounding_is_no_alarm(backend):
    """Sums that cancel, on LLVM and by compensated sums of Python's own; infinities and NaN."""
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    xs = [1e8 * math.sin(7.0 * k) for k in range(200)]
    xs += [-x for x in reversed(xs)]
    for f in (
        lambda xs: sum(x * 1.1 for x in xs),
        lambda xs: sum(math.e * x for x in xs) - xs[0] * 0.3 + xs[0] * 0.1 + 0.2 * xs[0],
        grad(lambda xs: (sum(x * x for x in xs) - sum(x * x for x in reversed(xs))) ** 2),
        lambda xs: [xs[0] * math.inf, xs[0] * math.inf - xs[1] * math.inf, xs[3] * 1e305 * 0.0],
    ):
        compiled = jit(f, backend=backend, audit="always")
        for _ in range(3):
            compiled(xs)
        assert not compiled.uncompiled


def test_a_difference_is_none_of_rounding():
    assert difference([1.0, 2.0], [1.0, 2.0 + 1e-15], 1) is None
    for found, expected, text in (
        ([1.0, 2.0], [1.0, 2.0 + 1e-12], r"result[1] is 2.000000000001, and 2.0 compiled"),
        (1.0, math.nan, "result is nan, and 1.0 compiled"),
        (1.0, math.inf, "result is inf, and 1.0 compiled"),
        (math.inf, -math.inf, "result is -inf, and inf compiled"),
        ([1e300, 1.0], [1e300, 1.5], "result[1] is 1.5, and 1.0 compiled"),  # beside a large one
        ({"a": (1.0,)}, {"a": (1.0, 2.0)}, "result['a'] is (1.0, 2.0), and (1.0,) compiled"),
        ({"a": 1.0}, {"b": 1.0}, "result is {'b': 1.0}, and {'a': 1.0} compiled"),
        (["x", None], ["y", None], "result[0] is 'y', and 'x' compiled"),
        (1.0, None, "result is None, and 1.0 compiled"),
    ):
        assert difference(found, expected, 1) == text
    assert difference(math.nan, math.nan, 1) is None
    assert difference(-0.0, 0.0, 1) is None
    assert difference(1e-9, 0.0, 1, lambda: [1e-9, 1.00000001e-9]) is not None
    assert difference(1e-9, 0.0, 1, lambda: [-2e-9, 1e-9]) is None  # it is noise
    assert difference(math.inf, 1.0, 1, lambda: [math.inf] * 4) is not None


def test_numbers_of_arrays_are_named_by_their_places():
    np = pytest.importorskip("numpy")
    x, y = np.zeros((2, 3)), np.zeros((2, 3))
    y[1, 2] = 3.0
    assert difference({"a": x}, {"a": y}, 1) == "result['a'][1][2] is 3.0, and 0.0 compiled"
    assert difference(x, y[:1], 1).startswith("result is array")
    assert difference(np.array(["a"]), np.array(["b"]), 1) is not None


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_a_sample_of_lanes_is_audited(secret, backend):
    np = pytest.importorskip("numpy")
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    x = np.linspace(0.0, 1.0, 101)
    f = vmap(lambda w, x: w * x * secret.read() if x < 0.5 else log(x) * w, in_axes=(None, 0), backend=backend)
    first = f(1.0, x)
    before = secret.counted()
    assert f(1.0, x).tolist() == first.tolist()
    assert before < secret.counted() < before + 20
    assert f.stats().audits == 1
    assert "audits: 1" in repr(f.stats())
    secret.write(5.0)
    with pytest.warns(
        RuntimeWarning, match=r"vmap: <lambda> gives other .* in lane \d+, .*; from now on it runs lane by"
    ):
        until_other(lambda: f(1.0, x)[1], first[1])
    assert f(1.0, x)[1] == pytest.approx(2.5 * first[1], rel=1e-15)


@pytest.mark.parametrize("kind", ["grad", "jit of grad"])
def test_sums_over_lanes_are_audited(secret, kind):
    np = pytest.importorskip("numpy")
    x = np.linspace(0.0, 1.0, 11)
    lanes = vmap(lambda w, x: w * w * x * secret.read(), in_axes=(None, 0), backend="numpy")
    slope = grad(lambda w, x: lanes(w, x).sum())
    compiled = slope if kind == "grad" else jit(slope)
    assert [compiled(1.5, x) for _ in range(3)] == pytest.approx([33.0] * 3, rel=1e-15)
    secret.write(4.0)
    with pytest.warns(RuntimeWarning, match="from now on it runs"):
        until_other(compiled, pytest.approx(33.0, rel=1e-15), 1.5, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert compiled(1.5, x) == pytest.approx(66.0, rel=1e-15)


def test_a_lane_of_a_path_that_is_new_is_audited_at_the_next_call(secret):
    np = pytest.importorskip("numpy")
    f = vmap(lambda x: x * secret.read() if x > 5.0 else -x, backend="numpy")
    x = np.zeros(1000)
    for _ in range(5):
        f(x)
    x[777] = 6.0
    f(x)
    secret.write(3.0)
    with pytest.warns(RuntimeWarning, match="in lane 777"):
        assert f(x)[777] == 18.0


def test_a_clock_is_found_out():
    start = time.perf_counter()
    compiled = jit(lambda x: x if [time.perf_counter()][0] < start + 0.05 else -x)
    with pytest.warns(RuntimeWarning, match=r"-1\.0, and 1\.0 compiled|perf_counter"):
        until_other(compiled, 1.0, 1.0)
    assert compiled(1.0) == -1.0


def test_audits_take_a_small_part_of_the_time(secret):
    """A function that is slow in Python is audited at its second call, and then not for long."""
    compiled = jit(lambda x: sin(x) * secret.read())
    for _ in range(200):
        compiled(1.0)
    row = compiled.stats().rows[0]
    assert row["audits"] * row["eager us"] <= row["eager us"] + 0.4 * row["calls"] * row["us per call"]


def test_what_is_written_to_arguments_is_audited(secret):
    def f(xs, table):
        xs[0] = xs[0] * secret.read()
        xs.append(xs[1])
        table["k"] = xs[0] + 1.0
        return xs

    compiled, deterministic = jit(f), jit(f, deterministic=True)
    for _ in range(20):
        for function in (compiled, deterministic):
            ours, theirs = ([1.0, 2.0], {"k": 0.0}), ([1.0, 2.0], {"k": 0.0})
            assert function(*ours) is ours[0]
            f(*theirs)
            assert ours == theirs
    assert compiled.stats().audits > 0
    secret.write(3.0)
    for function in (compiled, deterministic):
        xs, table = [1.0, 2.0], {"k": 0.0}
        with pytest.warns(RuntimeWarning, match=r"\[0\] is 3.0, and 2.0 compiled"):
            until_other(lambda f=function: f([1.0, 2.0], {"k": 0.0})[0], 2.0)
        assert function(xs, table) is xs
        assert (xs, table) == ([3.0, 2.0, 2.0], {"k": 4.0})


def test_an_audit_of_lanes_on_one_path_compiles_nothing_for_python():
    np = pytest.importorskip("numpy")
    f = vmap(lambda x: x * x + 1.0)
    for _ in range(3):
        f(np.linspace(0.0, 1.0, 20))
    (programs,) = f.cache.known.values()
    assert f.stats().audits >= 1
    assert not [key for key in programs.kernels if key[0] == "by_python"]
