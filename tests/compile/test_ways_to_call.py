"""Ways to make and to call compiled functions: of modules, of methods, by name, elsewhere, in threads and tasks."""

import asyncio
import copy
import functools
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest

from autograd import Value, jit, sin, value_and_grad, vmap
from nn import MLP, Module


class Gain(Module):
    """What gains."""

    def __init__(self):
        self.w, self.mode = Value(2.0), 1.0

    def __call__(self, x, k=1.0, *, b=0.0):
        return self.w * x * self.mode * k + b

    def scaled(self, x, k=1.0):
        return self.w * x * k


@dataclass
class Quote:
    spot: float

    def price(self, x):
        return self.spot * x


def test_a_module_is_traced_by_its_numbers():
    gain = Gain()
    compiled, method = jit(gain), jit(gain.scaled)
    for w in (2.0, 5.0, -1.0):
        gain.w.data = w
        for _ in range(3):
            assert [compiled(3.0), compiled(3.0, 2.0), compiled(3.0, b=1.0)] == [3.0 * w, 6.0 * w, 3.0 * w + 1.0]
            assert [method(3.0), method(3.0, 2.0), method(x=3.0)] == [3.0 * w, 6.0 * w, 3.0 * w]
    assert compiled.stats().renewed <= 2  # a module notes something at its first call; weights are traced
    assert method.stats().renewed == 0
    gain.mode = -1.0
    assert compiled(3.0) == 3.0
    assert {type(compiled(3.0)), type(method(3.0))} == {float}
    assert (compiled.__name__, compiled.__doc__, method.__name__) == ("Gain", "What gains.", "scaled")
    quote = Quote(2.0)
    price = jit(quote.price)
    for spot in (2.0, 3.0, 4.0):
        quote.spot = spot
        assert price(5.0) == 5.0 * spot
    assert price.stats().renewed <= 1  # copying notes something in the class


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_modules_in_lanes_keep_up_with_their_weights(backend):
    np = pytest.importorskip("numpy")
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    gain, x = Gain(), np.array([1.0, 2.0])
    lanes, method = vmap(gain, backend=backend), vmap(gain.scaled, backend=backend)
    for w in (2.0, 5.0):
        gain.w.data = w
        for _ in range(3):
            assert lanes(x).tolist() == method(x).tolist() == [w, 2.0 * w]
    assert lanes.stats().renewed + method.stats().renewed <= 1
    gain.mode = -1.0
    assert lanes(x).tolist() == [-5.0, -10.0]


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_lanes_take_arguments_by_name(backend):
    np = pytest.importorskip("numpy")
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])

    def f(x, k=2.0, *, b=0.0):
        return x * k + b

    lanes = vmap(f, backend=backend)
    assert lanes(x).tolist() == [2.0, 4.0]
    assert lanes(x, k=y).tolist() == lanes(k=y, x=x).tolist() == [3.0, 8.0]
    assert lanes(x, b=y).tolist() == [5.0, 8.0]
    assert vmap(f, (0, None), backend=backend)(k=3.0, x=x).tolist() == [3.0, 6.0]
    assert vmap(f, (0, None), backend=backend)(x, b=1.0).tolist() == [3.0, 5.0]
    assert vmap(f, (0, None, 0), backend=backend)(b=y, x=x, k=3.0).tolist() == [6.0, 10.0]
    assert lanes.stats().paths == 4
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        lanes(x, c=y)
    with pytest.raises(TypeError, match=r"k is float; use an array of numbers, or in_axes None"):
        lanes(x, k=3.0)


def test_copies_and_pickles_of_compiled_modules():
    model = MLP(1, [2, 1], seed=0)
    compiled = jit(model)
    before = compiled([0.5])
    for again in (pickle.loads(pickle.dumps(compiled)), copy.deepcopy(compiled)):
        assert again([0.5]) == before
        model.layers[0].neurons[0].weights[0].data += 1.0
        assert compiled([0.5]) != before == again([0.5])  # weights of its own
        model.layers[0].neurons[0].weights[0].data -= 1.0


def test_a_function_goes_to_another_process():
    cloudpickle = pytest.importorskip("cloudpickle")
    factor = 3.0
    sent = cloudpickle.dumps([jit(lambda x: sin(x) * factor), vmap(lambda x: x * factor), jit(value_and_grad(sin))])
    code = (
        "import sys, pickle, numpy as np\n"
        "f, lanes, slope = pickle.loads(sys.stdin.buffer.read())\n"
        "print([f(0.5) for _ in range(3)], lanes(np.array([1.0, 2.0])).tolist(), slope(0.5), f.stats().audits)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, timeout=60)
    expected = ([sin(0.5) * 3.0] * 3, [3.0, 6.0], value_and_grad(sin)(0.5), 1)
    assert done.stdout.decode() == " ".join(map(str, expected)) + "\n", done.stderr.decode()


def test_names_of_what_has_none():
    assert jit(functools.partial(Gain.scaled, Gain(), k=3.0)).__name__ == "scaled"
    assert jit(functools.partial(functools.partial(pow, 2.0)))(3.0) == 8.0


async def later(x):
    return x * 2.0


def in_turn(x):
    yield x * 2.0


def test_functions_that_run_later_run_uncompiled():
    compiled, generator = jit(later), jit(in_turn)
    with pytest.warns(
        RuntimeWarning, match="jit: later runs after its call has returned; from now on it runs uncompiled"
    ):
        assert asyncio.run(compiled(2.0)) == 4.0
    assert asyncio.run(compiled(3.0)) == 6.0
    with pytest.warns(RuntimeWarning, match="in_turn runs after its call has returned"):
        assert list(generator(2.0)) == [4.0]


def test_tasks_and_threads_call_the_same_function():
    def f(x, y):
        return sin(x) * y if x > y else y - x

    compiled, wrong = jit(f, audit="always"), []

    async def task(k):
        for i in range(20):
            wrong.extend([0] if compiled(0.1 * k, 0.1 * i) != f(0.1 * k, 0.1 * i) else [])
            await asyncio.sleep(0)

    async def tasks():
        await asyncio.gather(*[task(k) for k in range(10)])

    asyncio.run(tasks())
    every_other = jit(f)

    def run(k):
        for i in range(300):
            x, y = 0.01 * (i % 37), 0.01 * k
            wrong.extend([0] if every_other(x, y) != f(x, y) else [])

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not compiled.uncompiled
    assert not every_other.uncompiled
