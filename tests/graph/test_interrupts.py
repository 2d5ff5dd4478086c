"""Interrupts: an exception at every single byte code leaves gradients all old or all new."""

import copy
import functools
import gc
import itertools
import pickle
import signal
import sys
import threading
import weakref
from pathlib import Path

import pytest

import autograd
from autograd import Primitive, Value, no_grad
from autograd.graph import backward as graph
from autograd.graph import contexts as recording
from autograd.graph import pickling
from autograd.primitives import primitive

from ..tools.common import COMPARISONS, COMPILED, OPERATORS, run_python

PACKAGE = str(Path(autograd.__file__).parent)


def injected(call, position, action):
    """Run call(), and action() at its byte code number `position` inside of the package; return whether it got there.

    The error that action raises, and no other, may come out of the call.
    """
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == position:
                sys.settrace(None)
                action()
        return trace

    before = sys.gettrace()
    collecting = gc.isenabled()
    gc.disable()  # what dies of old age meanwhile is not part of the call
    sys._getframe().f_trace_opcodes = True  # Python 3.12 looks here before it lets a callee have opcodes
    sys.settrace(trace)
    try:
        call()
    except Injected as error:
        error.__traceback__ = None
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return count >= position


class Injected(BaseException):
    """Base of the injected errors: nothing may catch them by accident."""


class InjectedInterrupt(Injected, KeyboardInterrupt):
    pass


class InjectedMemoryError(Injected, MemoryError):
    pass


class InjectedValueError(Injected, ValueError):
    pass


def raising(kind):
    def action():
        raise kind

    return action


def everywhere(make, check, action):
    """Inject action at each byte code of make()'s call in turn, and check(what make gave) after each."""
    for position in itertools.count(1):
        call, *graph = make()
        if not injected(call, position, action):
            return position - 1
        del call
        check(position, *graph)


def small_graph():
    """Return (root, leaves, grads before, grads after): a graph with shared nodes, constants and a wide node."""
    a, b = Value(2.0), Value(-3.0)
    a.grad, b.grad = 10.0, 20.0
    c = a * b + 1.0
    return autograd.fsum([c, c, a]) - b, [a, b], [10.0, 20.0], [5.0, 23.0]


def thread_can_run_backward():
    thread = threading.Thread(target=Value(1.0).backward, daemon=True)
    thread.start()
    thread.join(5.0)
    return not thread.is_alive()


interpreted = pytest.mark.skipif(COMPILED, reason="a compiled engine runs no byte code")
KINDS = pytest.mark.parametrize("kind", [InjectedInterrupt, InjectedMemoryError, InjectedValueError])


@interpreted
@KINDS
def test_an_error_at_every_opcode_of_backward_leaves_gradients_all_old_or_all_new(kind):
    def make():
        root, *rest = small_graph()
        return root.backward, root, *rest

    def check(position, root, leaves, old, new):
        found = [leaf.grad for leaf in leaves]
        assert found in (old, new), position
        root.backward()
        assert [leaf.grad for leaf in leaves] == [x + n - o for x, o, n in zip(found, old, new, strict=True)]
        assert root.grad == 1.0

    assert everywhere(make, check, raising(kind)) > 300


@interpreted
@KINDS
def test_an_error_at_every_opcode_of_zero_grad_leaves_gradients_all_old_or_all_zero(kind):
    def make():
        root, leaves, *_ = small_graph()
        return root.zero_grad, root, leaves

    def check(position, root, leaves):
        assert [leaf.grad for leaf in leaves] in ([10.0, 20.0], [0.0, 0.0]), position
        root.zero_grad()
        assert [leaf.grad for leaf in leaves] == [0.0, 0.0]

    assert everywhere(make, check, raising(kind)) > 100


@interpreted
def test_an_error_at_every_opcode_of_backward_leaves_no_lock_held():
    def make():
        root, *_ = small_graph()
        return root.backward, root

    def check(position, root):
        assert thread_can_run_backward(), position

    everywhere(make, check, raising(InjectedInterrupt))


@interpreted
def test_backward_called_by_a_signal_handler_at_every_opcode_of_backward_loses_nothing():
    def make():
        root, leaves, *_ = small_graph()
        pending.append(leaves)
        return root.backward, leaves

    def handler():
        a, b = pending[-1]
        (a * 100.0 + b * 1000.0).backward()

    def check(position, leaves):
        assert [leaf.grad for leaf in leaves] == [105.0, 1023.0], position

    pending = []
    everywhere(make, check, handler)


@interpreted
def test_an_error_at_every_opcode_of_an_operation_leaves_its_operands_usable():
    def make():
        a, b = Value(2.0), Value(0.5)
        return lambda: autograd.hypot(a * b, a**b, autograd.tanh(a), 3.0), a, b

    def check(position, a, b):
        assert (a.data, a.grad, b.data, b.grad) == (2.0, 0.0, 0.5, 0.0)
        (a * b).backward()
        assert (a.grad, b.grad) == (0.5, 2.0)

    assert everywhere(make, check, raising(InjectedInterrupt)) > 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # injected into a __del__
@interpreted
def test_an_error_at_every_opcode_of_pickling_and_copying_leaves_the_graph_usable():
    def use(root):
        copy.deepcopy(root)
        pickle.dumps(root)

    def make():
        root, *rest = small_graph()
        return functools.partial(use, root), root, *rest

    def check(position, root, leaves, old, new):
        again = pickle.loads(pickle.dumps(root))
        assert len(graph.topological_order([again])) == len(graph.topological_order([root]))
        root.backward()
        assert [leaf.grad for leaf in leaves] == new

    assert everywhere(make, check, raising(InjectedInterrupt)) > 300


@interpreted
def test_an_error_at_every_opcode_of_pickling_leaves_no_graph_alive():
    def make():
        root, *_ = small_graph()
        return functools.partial(pickle.dumps, root), weakref.ref(root)

    def check(position, gone):
        assert gone() is None, position
        assert not pickling._local.items, position

    everywhere(make, check, raising(InjectedInterrupt))


@interpreted
def test_an_error_at_every_opcode_of_no_grad_leaves_recording_on():
    x = Value(2.0)

    def infer():
        with no_grad():
            return x * x

    def check(position):
        assert recording.recording(), f"opcode {position}: nothing is recorded any more"
        assert not recording.paused, f"opcode {position}: an entry stays behind"

    everywhere(lambda: (infer,), check, raising(InjectedInterrupt))


NO_MEMORY = """
import gc
import _testcapi
from autograd import Value, fsum
gc.disable()
failures, mixed = 0, []
for k in range(300):
    leaves = [Value(i + 0.123) for i in range(6)]
    root = fsum([x * x * 1.7 for x in leaves])
    (root * 0.5).backward()
    old = [x.grad for x in leaves]
    _testcapi.set_nomemory(k, k + 1)  # the allocation number k fails, wherever in C it is
    try:
        root.backward()
    except MemoryError:
        failures += 1
    finally:
        _testcapi.remove_mem_hooks()
    found = [x.grad for x in leaves]
    new = [3.0 * x for x in old]
    if found != old and any(abs(x - y) > 1e-12 for x, y in zip(found, new)):
        mixed.append(k)
print(failures > 20, mixed)
"""


def test_a_failing_allocation_anywhere_in_backward_leaves_gradients_all_old_or_all_new():
    pytest.importorskip("_testcapi")
    assert run_python(NO_MEMORY) == "True []\n"


# The handler raises at most once for each attempt, so every interrupt lands inside of the attempt's `try`.
STORM = """
import signal
from autograd import Value
leaves = [Value(float(i)) for i in range(20)]
layer = leaves
for _ in range(10):
    layer = [x * 0.5 + y for x, y in zip(layer, layer[1:] + layer[:1], strict=True)]
root = sum(layer)
root.backward()
once = [leaf.grad for leaf in leaves]
assert len({*once}) == 1  # by symmetry
armed, interrupts, done = [False], 0, 1

def handler(number, frame):
    if armed[0]:
        armed[0] = False
        raise KeyboardInterrupt

def attempt():
    try:
        armed[0] = True
        root.backward()
        armed[0] = False
    except KeyboardInterrupt:
        return True
    return False

signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.00037)
for _ in range(20_000):
    if interrupts == 300:
        break
    interrupted = attempt()
    interrupts += interrupted
    found = leaves[0].grad / once[0]
    assert found == done + 1 or (interrupted and found == done), (found, done)
    done = int(found)
    assert [leaf.grad for leaf in leaves] == [done * x for x in once]
signal.setitimer(signal.ITIMER_REAL, 0.0)
y = leaves[0] * 3.0
y.backward()
print(interrupts > 0, leaves[0].grad == done * once[0] + 3.0)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_storm_of_interrupts_leaves_gradients_all_old_or_all_new():
    """In a process of its own: an interrupt inside of the tracer that measures coverage would leave its lock held."""
    assert run_python(STORM) == "True True\n"


@pytest.fixture
def new_row():
    """Return what makes a primitive; its row is taken out of the table afterwards."""
    names = []

    def make(name, *given, **more):
        names.append(name)
        return Primitive(name, *given, **more)

    yield make
    for name in names:
        primitive.ROWS.pop(name, None)


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, KeyboardInterrupt, ZeroDivisionError, ValueError])
def test_an_error_in_a_custom_rule_comes_through_and_nothing_is_recorded(new_row, kind):
    def rule(z, x):
        raise kind("inside of the rule")

    failing = new_row("failing", lambda x: 2.0 * x, (rule,))
    x = Value(3.0)
    with pytest.raises(kind, match="inside of the rule"):
        failing(x)
    y = x * x
    y.backward()
    assert x.grad == 6.0
    with no_grad():
        assert failing(x) == 6.0


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, KeyboardInterrupt])
def test_an_error_in_a_custom_value_comes_through(new_row, kind):
    def compute(x):
        raise kind("inside of the value")

    failing = new_row("failing", compute, (lambda z, x: 1.0,))
    with pytest.raises(kind, match="inside of the value"):
        failing(Value(3.0))


def test_a_custom_rule_may_call_backward_on_a_graph_of_its_own(new_row):
    def slope(z, x):
        inner = Value(x)
        (inner * inner * inner).backward()
        return inner.grad

    cube = new_row("cube", lambda x: x * x * x, (slope,))
    x = Value(2.0)
    y = cube(x * x) + x
    y.backward()
    assert x.grad == 3.0 * 16.0 * 4.0 + 1.0


def test_a_custom_rule_may_call_backward_on_the_same_leaf(new_row):
    x = Value(2.0)

    def slope(z, u):
        (x * 100.0).backward()
        return 1.0

    same = new_row("same", lambda u: u, (slope,))
    y = same(x * 3.0)
    y.backward()
    assert x.grad == 103.0


class Interrupting:
    """No number, and an interrupt comes while that is found out."""

    @property
    def __class__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", OPERATORS)
def test_an_interrupt_within_an_operator_comes_out_as_it_is(name):
    apply = OPERATORS[name]
    for call in (lambda x: apply(x, Interrupting()), lambda x: apply(Interrupting(), x)):
        for run in (call, autograd.grad(call)):
            with pytest.raises(KeyboardInterrupt):
                run(Value(2.0) if run is call else 2.0)


@pytest.mark.parametrize("name", COMPARISONS)
def test_an_interrupt_within_a_comparison_comes_out_as_it_is(name):
    with pytest.raises(KeyboardInterrupt):
        autograd.grad(lambda x: COMPARISONS[name](x, Interrupting()))(2.0)


TRACING = """
import collections, signal, sys
from fractions import Fraction
from autograd import Value, grad, jit, sin, tanh
half = Fraction(1, 2)

def f(x, y):
    for i in range(6):
        x = sin(x) * y + half * x - half + tanh(y) / (x * x + 1)
        if x > y or x == half:
            x = x - half
    return x * y

def eager():
    x, y = Value(1.2), Value(0.3)
    f(x, y).backward()
    return x.grad, y.grad

kinds = [eager, lambda: grad(f, argnums=(0, 1))(1.2, 0.3), lambda: jit(f, backend="python")(1.2, 0.3)]
right = [call() for call in kinds]
unraisable = []
sys.unraisablehook = unraisable.append
armed, interrupts, calls, wrong = [False], 0, 0, 0

def handler(number, frame):
    if armed[0]:
        armed[0] = False
        raise KeyboardInterrupt

signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.00037)
others = collections.Counter()
while interrupts < COUNT:
    calls += 1
    try:
        armed[0] = True
        found = kinds[calls % 3]()
        armed[0] = False
        wrong += found != right[calls % 3]
    except KeyboardInterrupt:
        interrupts += 1
    except BaseException as error:
        armed[0] = False
        interrupts += 1
        others[type(error).__name__] += 1
signal.setitimer(signal.ITIMER_REAL, 0.0)
print(interrupts, dict(others), wrong, len(unraisable))
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.long)])
def test_a_storm_of_interrupts_while_tracing_gives_nothing_but_interrupts(count):
    assert run_python(TRACING.replace("COUNT", str(count))) == f"{count} {{}} 0 0\n"
