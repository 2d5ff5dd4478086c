"""no_grad: nested, interrupted, in threads, tasks and decorators."""

import asyncio
import contextvars
import math
import random
import threading

import pytest

import autograd
from autograd import GraphError, Value, no_grad
from autograd.graph import contexts as recording


def recorded(x):
    return bool((x * 2.0).parents)


def test_no_grad_gives_leaves_and_ends():
    x = Value(3.0)
    with no_grad():
        y = autograd.hypot(x * x + 1.0, autograd.exp(x), 2.0**x)
        assert y == math.hypot(10.0, math.exp(3.0), 8.0)
        assert (y.parents, y.op, y.operands) == ((), "", ())
        with pytest.raises(GraphError, match=r"was made inside of no_grad\(\)"):
            y.backward()
    with pytest.warns(RuntimeWarning, match="no gradient goes to any parameter"):
        (y * 2.0).backward()
    assert x.grad == 0.0
    (y * x).backward()
    assert x.grad == y.data
    assert recorded(x)


@pytest.mark.parametrize("seed", range(50))
def test_a_dot_product_has_the_same_bits_without_a_graph(seed):
    rng = random.Random(seed)
    ugly = [0.0, -0.0, 5e-324, 1e-170, 1e16, 1.0, -1.0, 1e308, math.inf, math.nan]
    numbers = [rng.choice([rng.gauss(0.0, 1.0), rng.choice(ugly)]) for _ in range(2 * rng.randint(2, 9))]
    p, q = numbers[::2], numbers[1::2]
    p[0] = Value(p[0])
    try:
        expected = repr(autograd.sumprod(p, q).data)
    except (ValueError, OverflowError) as error:
        with no_grad(), pytest.raises(type(error)):
            autograd.sumprod(p, q)
        return
    with no_grad():
        z = autograd.sumprod(p, q)
    assert (repr(z.data), z.operands, z.op) == (expected, (), "")


def test_no_grad_survives_exceptions():
    x = Value(3.0)
    for kind in (ValueError, KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(kind), no_grad():
            raise kind
        assert recorded(x)
    with pytest.raises(ValueError, match="log"), no_grad():
        autograd.log(x - 5.0)
    assert recorded(x)


def test_no_grad_nests_and_one_instance_may_be_entered_again():
    x = Value(3.0)
    same = no_grad()
    with same:
        with no_grad():
            assert not recorded(x)
        assert not recorded(x)
        with same:
            assert not recorded(x)
        assert not recorded(x)
    assert recorded(x)
    with same:
        assert not recorded(x)
    assert recorded(x)


def test_no_grad_as_a_decorator():
    @no_grad()
    def infer(x, depth):
        return x * 2.0 if depth == 0 else infer(x, depth - 1) + 1.0

    x = Value(3.0)
    y = infer(x, 3)
    assert (y.data, y.parents) == (9.0, ())
    assert recorded(x)
    assert infer.__name__ == "infer"


def test_no_grad_holds_for_one_thread_alone():
    x = Value(3.0)
    inside, leave = threading.Event(), threading.Event()
    found = []

    def work():
        with no_grad():
            inside.set()
            leave.wait()
            found.append(recorded(x))

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    found.append(recorded(x))
    leave.set()
    thread.join()
    assert found == [True, False]


def test_one_instance_of_no_grad_serves_two_threads():
    x = Value(3.0)
    same = no_grad()
    entered, first_left = threading.Event(), threading.Event()
    found = {}

    def second():
        with same:
            entered.set()
            first_left.wait(5.0)
            found["second inside"] = recorded(x)
        found["second outside"] = recorded(x)

    def first():
        with same:
            thread.start()
            entered.wait(5.0)
            found["first inside"] = recorded(x)
        found["first outside"] = recorded(x)

    thread = threading.Thread(target=second)
    try:
        contextvars.copy_context().run(first)
    finally:
        first_left.set()
        thread.join()
        recording.paused.clear()
    assert found == {"first inside": False, "first outside": True, "second inside": False, "second outside": True}


def test_no_grad_holds_for_one_task_alone():
    x = Value(3.0)

    async def inference(log):
        with no_grad():
            for _ in range(5):
                await asyncio.sleep(0)
                log.append(recorded(x))

    async def training(log):
        for _ in range(5):
            await asyncio.sleep(0)
            log.append(recorded(x))

    async def failing():
        with no_grad():
            await asyncio.sleep(0)
            raise ValueError("in a task")

    async def both():
        logs = [[], [], [], []]
        await asyncio.gather(inference(logs[0]), training(logs[1]), inference(logs[2]), training(logs[3]))
        done = await asyncio.gather(failing(), training(logs[1]), return_exceptions=True)
        assert isinstance(done[0], ValueError)
        return logs

    quiet, busy, also_quiet, also_busy = asyncio.run(both())
    assert not any(quiet + also_quiet)
    assert all(busy + also_busy)
    assert len(busy) == 10


def test_no_grad_around_a_coroutine_function_covers_its_body_or_is_refused():
    """A decorator that covers only the creation of the coroutine would record all of it, silently."""

    async def infer():
        return recorded(Value(1.0))

    try:
        decorated = no_grad()(infer)
    except TypeError:
        return
    assert asyncio.run(decorated()) is False


def test_no_grad_around_a_generator_is_refused_in_every_form():
    """The body of each would run after the decorator's context has ended, and would be recorded silently."""

    def generator():
        yield

    async def async_generator():
        yield

    for function in (generator, async_generator):
        with pytest.raises(TypeError, match="runs after its call has returned"):
            no_grad()(function)
