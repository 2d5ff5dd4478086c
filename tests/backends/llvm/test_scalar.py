"""Programs for one set of numbers as native code: what Python gives, its exceptions among them."""

import math
import random
import threading

import pytest

import autograd
from autograd import Value, exp, grad, jit, log, sumprod, tanh, value_and_grad
from autograd.primitives.primitive import ROWS
from autograd.program import Program, trace

from ...accuracy import operands
from ...primitives.test_table import ugly
from ...tools.backends import program_of
from ..test_lanes import close

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")
single = pytest.importorskip("autograd.backends.llvm.scalar")
lowered = pytest.importorskip("autograd.backends.lowering").lowered
Target = pytest.importorskip("autograd.backends.lowering").Target


def answer(call, *args):
    """Return what a call returns, or the kind of exception that it raises."""
    try:
        return call(*args)
    except (ValueError, ArithmeticError) as error:
        return next(kind for kind in (ValueError, ZeroDivisionError, OverflowError) if isinstance(error, kind))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_on_ugly_and_ordinary_floats(row):
    rng = random.Random(row.name)
    cases = [*ugly(row), *(operands(row, rng, wide) for wide in (False, True) for _ in range(20))]
    known = {}
    for xs in cases:
        key = len(xs), *[x for i, x in enumerate(xs) if not row.differentiable(i)]
        if key not in known:
            program = program_of(row, xs)
            step = program.steps[0]._replace(total=False)
            known[key] = single.scalar(Program(program.inputs, program.constants, (step,), program.outputs), True)
        numbers = [x for i, x in enumerate(xs) if row.differentiable(i)]
        found, expected = answer(known[key], numbers), answer(row.plainly, xs)
        if isinstance(expected, type):
            assert found is expected, xs
        else:
            assert close(row, xs, found[0], float(expected)), (xs, found, expected)


def network(w, x):
    h = [tanh(sumprod(w[3 * i : 3 * i + 3], x)) for i in range(4)]
    return log(1.0 + exp(sumprod(w[12:16], h)))


def test_gradients_of_a_network_and_their_limits():
    rng = random.Random(2)
    compiled, plain = jit(value_and_grad(network), backend="llvm"), value_and_grad(network)
    for k in range(50):
        w, x = [rng.gauss(0.0, 1.0) for _ in range(16)], [rng.gauss(0.0, 1.0) for _ in range(3)]
        if k % 10 == 9:
            w[12] = 1e308 if k % 20 == 9 else math.inf  # exp overflows: an exception, or none
            x[0] = math.copysign(x[0], w[0])
        found, expected = answer(compiled, w, x), answer(plain, w, x)
        if isinstance(expected, type):
            assert found is expected
        else:
            assert found[0] == pytest.approx(expected[0], rel=1e-14, nan_ok=True)
            assert found[1] == pytest.approx(expected[1], rel=1e-12, abs=1e-15, nan_ok=True)


def test_an_adjoint_of_zero_contributes_nothing():
    f = jit(value_and_grad(lambda x: autograd.sqrt(x) * 0.0 + x), backend="llvm")
    assert f(4.0) == (4.0, 1.0)
    assert f(0.0) == (0.0, 1.0)  # 0 * inf on the way


def test_python_first_and_native_code_once_it_pays(monkeypatch):
    monkeypatch.setattr(single, "PAYS", 5)
    compiled = jit(lambda xs: sum([x * x / (1.0 + abs(x)) for x in xs]))
    xs = [0.1 * i for i in range(20)]
    found = [compiled(xs) for _ in range(9)]
    assert found == pytest.approx([sum(x * x / (1.0 + abs(x)) for x in xs)] * 9, rel=1e-15)
    (tree,) = compiled.cache.known.values()
    assert type(tree.last.call) is single.Single
    assert tree.last.call.function is not None
    small = jit(lambda x: x * x)
    assert small(3.0) == 9.0
    assert type(next(iter(small.cache.known.values())).last.call) is not single.Single


def test_where_llvm_fails_python_goes_on_unless_llvm_was_asked_for(monkeypatch):
    def broken(text, key):
        raise RuntimeError("LLVM IR parsing error")

    monkeypatch.setattr(single, "PAYS", 2)
    monkeypatch.setattr(single, "compiled", broken)

    def f(xs):
        return sum([x / (1.0 + abs(x)) for x in xs])

    xs = [0.1 * i for i in range(20)]
    compiled = jit(f)
    assert [compiled(xs) for _ in range(6)] == [f(xs)] * 6
    with pytest.raises(RuntimeError, match="parsing error"):
        jit(f, backend="llvm")(xs)


def test_a_call_in_the_middle_of_a_call_has_memory_of_its_own():
    """As from a signal handler: between two steps of a call, another call of the same function runs."""
    program = trace(lambda x, y: x * y + 1.0, [2.0, 3.0])
    native = single.scalar(program, True)
    assert native([2.0, 3.0]) == (7.0,)
    pack = native.pack
    inner = []

    def interrupted(data, place, *xs):
        pack(data, place, *xs)
        if not inner:
            inner.append(None)
            inner[0] = native([5.0, 5.0])

    native.pack = interrupted
    assert native([2.0, 3.0]) == (7.0,)
    assert inner == [(26.0,)]


def test_threads_share_a_function():
    rng = random.Random(4)
    inputs = [([rng.gauss(0.0, 1.0) for _ in range(16)], [1.0, -0.5, 2.0]) for _ in range(60)]
    compiled = jit(value_and_grad(network), backend="llvm", deterministic=True)
    expected = [compiled(w, x) for w, x in inputs]
    wrong = []

    def run():
        for _ in range(20):
            wrong.extend(i for i, (w, x) in enumerate(inputs) if compiled(w, x) != expected[i])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_values_of_a_custom_primitive_are_asked_of_python():
    @autograd.custom_derivative(lambda z, x: 3.0 * x * x, at=[1.5])
    def cube(x):
        return x * x * x

    compiled = jit(value_and_grad(lambda x: cube(x) + cube(2.0 * x)), backend="llvm")
    assert compiled(1.5) == value_and_grad(lambda x: cube(x) + cube(2.0 * x))(1.5)
    assert isinstance(cube(Value(1.0)), Value)


def test_a_program_without_inputs_or_steps():
    assert single.scalar(trace(lambda x: [1.0, x], [2.0]), True)([3.0]) == (1.0, 3.0)
    assert jit(lambda: 2.0, backend="llvm")() == 2.0


@pytest.mark.parametrize("power", [lambda x: x**2, lambda x: x**3, lambda x: x**0.5, lambda x: x**x, lambda x: 2.0**x])
@pytest.mark.parametrize("derive", [lambda f: f, grad, lambda f: grad(grad(f))])
def test_powers_and_their_derivatives_call_nothing(power, derive):
    code = lowered(trace(derive(power), [1.5]), single.TARGET).code
    assert [one for one in code if one.name == "python"] == []
    lanes = lowered(trace(derive(power), [1.5]), Target(single.LIBRARY, forms=True))
    assert lanes.python == []


def test_no_row_of_the_table_is_asked_of_python():
    for f in (
        autograd.digamma,
        autograd.gamma,
        autograd.i0,
        autograd.sinc,
        lambda x: autograd.cosine_similarity([x, 2.0], [1.0, x]),
    ):
        compiled = jit(value_and_grad(f), backend="llvm")
        compiled(1.5)
        assert compiled.stats().python == []
        assert "asks Python" not in repr(compiled.stats())
