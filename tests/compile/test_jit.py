"""jit: never a stale branch, whatever decides it: a number, a shape, a closure, a global, a container, a type."""

import array
import collections
import copy
import dataclasses
import fractions
import functools
import inspect
import math
import pickle
import random
import sys
import types
from dataclasses import dataclass
from typing import ClassVar

import pytest

import autograd
from autograd import TraceError, Value, exp, grad, hessian, jit, log, sin, tanh, value_and_grad, vmap
from autograd.compile.dependencies import Dependencies
from nn import MLP, Module, mse

from ..tools.traps import TRAPS, draw, outcome

scale = 2.0
table = [1.0, 2.0]


@pytest.mark.parametrize("backend", ["python", "llvm"])
@pytest.mark.parametrize("f", TRAPS, ids=[f.__name__ for f in TRAPS])
def test_the_stale_branch_trap(f, backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    rng = random.Random(f.__name__)
    compiled = jit(f, backend=backend)
    for _ in range(2000):
        x, y = draw(rng)
        assert outcome(compiled, x, y) == outcome(f, x, y), (x, y)
    assert compiled.stats().paths > 1
    assert not compiled.uncompiled


@pytest.mark.parametrize("f", TRAPS, ids=[f.__name__ for f in TRAPS])
def test_the_stale_branch_trap_of_gradients(f):
    rng = random.Random(f.__name__)
    eager = grad(f, argnums=(0, 1))
    compiled = jit(eager, backend="python")
    for _ in range(500):
        x, y = draw(rng)
        expected = None
        try:
            expected = eager(x, y)
        except (ValueError, ArithmeticError, TypeError) as error:
            with pytest.raises(type(error)):
                compiled(x, y)
        else:
            assert repr(compiled(x, y)) == repr(expected), (x, y)


def test_closures_globals_and_containers_are_never_stale(monkeypatch):
    offset, settings = 1.0, {"power": 2, "deep": [1.0, (2.0, {3.0})]}

    def helper(x):
        return x * scale + offset

    def f(x):
        return helper(x) ** settings["power"] + table[0] + settings["deep"][1][0]

    compiled = jit(f)

    def agree():
        assert compiled(1.5) == f(1.5)
        assert compiled(2.5) == f(2.5)

    agree()
    offset = 5.0
    agree()
    monkeypatch.setitem(globals(), "scale", 7.0)
    agree()
    settings["power"] = 3
    agree()
    settings["deep"][1] = (9.0,)
    agree()
    monkeypatch.setitem(globals(), "table", [3.0])
    agree()
    table[0] = -1.0
    agree()
    monkeypatch.setitem(globals(), "helper", None)
    agree()
    assert compiled.stats().renewed == 6


def test_objects_classes_values_and_defaults_are_never_stale():
    np = pytest.importorskip("numpy")

    class Setting:
        bias = 1.0

        def __init__(self):
            self.rate, self.array = 2.0, np.array([1.0, 2.0])

    setting, w = Setting(), Value(3.0)

    def f(x, factor=4.0):
        return x * setting.rate * factor + setting.bias + setting.array[1] + w.data * (2.0 if w > 1.0 else 3.0)

    compiled = jit(f)

    def agree():
        assert compiled(1.5) == f(1.5)

    agree()
    setting.rate = 3.0
    agree()
    setting.array[1] = 7.0
    agree()
    Setting.bias = 2.0
    agree()
    w.data = 0.5
    agree()
    f.__defaults__ = (5.0,)
    agree()


class Setup:
    power = 2.0
    exponents: ClassVar = [1.0]

    @property
    def shift(self):
        return offsets["shift"]


@dataclass
class Quote:
    spot: float
    scale: ClassVar[float] = 1.0

    def __post_init__(self):
        self.kind = "call"


offsets = {"shift": 1.0}


def pick(x):
    return x * pick.factor


def test_whatever_else_a_function_can_reach_is_never_stale(monkeypatch):
    """Queues, byte arrays, partial functions, classes, properties, attributes of functions, imports inside."""
    queue, numbers, octets = collections.deque([1.0]), array.array("d", [1.0]), bytearray(b"\x01")
    bound = functools.partial(lambda p, x: x * p[0], [2.0])
    settings = types.ModuleType("settings_of_this_test")
    settings.rate, settings.inner = 1.0, types.ModuleType("inner")
    settings.inner.deep = 1.0
    monkeypatch.setitem(sys.modules, settings.__name__, settings)
    pick.factor = 1.0

    def imports(x):
        import settings_of_this_test

        return x * settings_of_this_test.rate * settings_of_this_test.inner.deep

    def sets(name, owner, y):
        return lambda: setattr(owner, name, y)

    for f, change in [
        (lambda x: x * queue[0], lambda: queue.append(queue.popleft() + 1.0)),
        (lambda x: x * numbers[0], lambda: numbers.__setitem__(0, 7.0)),
        (lambda x: x * octets[0], lambda: octets.__setitem__(0, 7)),
        (lambda x: x * bound(x), lambda: bound.args[0].__setitem__(0, 5.0)),
        (bound, lambda: bound.args[0].__setitem__(0, 6.0)),
        (lambda x: x**Setup.power, sets("power", Setup, 3.0)),
        (lambda x: x ** Setup().exponents[0], lambda: Setup.exponents.__setitem__(0, 2.0)),
        (lambda x: x * Setup().shift, lambda: offsets.__setitem__("shift", 9.0)),
        (pick, sets("factor", pick, 4.0)),
        (imports, sets("rate", settings, 5.0)),
        (imports, sets("deep", settings.inner, 5.0)),
        (lambda x: x * settings.inner.deep, sets("deep", settings.inner, 6.0)),
    ]:
        compiled = jit(f)
        before = [compiled(3.0), compiled(3.0)]
        assert before == [f(3.0), f(3.0)]
        change()
        assert compiled(3.0) == f(3.0) != before[0]
    octets.append(1)  # nothing holds on to its memory
    del pick.factor


def test_what_an_argument_holds_beside_its_numbers_is_never_stale():
    compiled = jit(lambda quote: quote.spot * quote.scale * (1.0 if quote.kind == "call" else -1.0))
    quote = Quote(2.0)
    assert compiled(quote) == 2.0
    quote.kind = "put"
    assert compiled(quote) == -2.0
    Quote.scale = 10.0
    assert compiled(quote) == -20.0
    assert compiled(Quote(3.0)) == 30.0


def test_code_of_installed_packages_is_not_looked_through():
    np = pytest.importorskip("numpy")
    watch = Dependencies(lambda x: x * np.mean([1.0, 2.0]) * fractions.Fraction(1, 2))
    assert len(watch.comparisons) < 20
    everything = Dependencies(list(vars(np).values()))  # types whose module is no text among them
    assert not everything.changed()


def test_a_function_that_is_called_is_watched_too(monkeypatch):
    compiled = jit(uses)
    assert compiled(2.0) == 4.0
    monkeypatch.setitem(globals(), "inner", lambda x: x * 10.0)
    assert compiled(2.0) == 20.0


def inner(x):
    return x * 2.0


def uses(x):
    return inner(x)


def test_a_kept_module_is_watched():
    class Scaled(Module):
        def __init__(self):
            self.weight, self.factor = Value(2.0), 3.0

        def __call__(self, x):
            return self.weight * x * self.factor

    model = Scaled()
    compiled = jit(lambda m, x: m(x))
    assert compiled(model, 5.0) == 30.0
    model.weight.data = 4.0
    assert compiled(model, 5.0) == 60.0
    assert compiled.stats().paths == 1
    model.factor = 10.0
    assert compiled(model, 5.0) == 200.0


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: float(x), r"float\(\)"),
        (lambda x: math.sin(x), r"float\(\)"),
        (lambda x: x.data, r"\.data"),
        (lambda x: {1.0: 2.0}.get(x), "the hash"),
        (lambda x: 1.0 if x in {1.0} else 2.0, "the hash"),
    ],
)
def test_what_would_leave_the_trace_raises_and_shows_the_line(f, what):
    with pytest.raises(TraceError, match=rf"{what} of a number .* at .*test_jit\.py:{f.__code__.co_firstlineno}: "):
        jit(f)(1.0)


def test_data_of_numbers_that_are_traced_by_python_too_runs_uncompiled():
    compiled = jit(lambda x: grad(lambda y: y * y.data)(x))
    with pytest.warns(RuntimeWarning, match="uses the data of Values, which are traced numbers here"):
        assert compiled(3.0) == 3.0
    assert compiled(4.0) == 4.0


def test_a_function_that_asks_for_types_is_not_compiled():
    def f(x):
        return x * 2.0 if type(x) is float else x * 3.0

    compiled = jit(f)
    with pytest.warns(RuntimeWarning, match=r"asks for the type of something at .*test_jit\.py") as caught:
        assert compiled(1.0) == 2.0
    assert caught[0].filename == __file__
    assert compiled(2.0) == 4.0
    assert compiled.stats().uncompiled in str(caught[0].message)
    assert compiled.stats().uncompiled in repr(compiled.stats())


def test_random_numbers_are_noticed():
    rng = random.Random(0)
    compiled = jit(lambda x: x * rng.random())
    with pytest.warns(RuntimeWarning, match="random"):
        first = compiled(1.0)
    assert first != compiled(1.0)


def test_an_error_of_tracing_alone_says_so():
    compiled = jit(lambda x: float.is_integer(x))
    with pytest.warns(RuntimeWarning, match=r"takes numbers, but not traced ones \(TypeError"):
        assert compiled(1.0) is True
    assert compiled(1.5) is False


def test_exceptions_are_those_of_python():
    compiled = jit(lambda x: log(x) + 1.0 / (x - 2.0) + exp(x))
    assert compiled(1.0) == exp(1.0) - 1.0
    for x, error in ((-1.0, autograd.DomainError), (2.0, ZeroDivisionError), (1e3, autograd.RangeError)):
        with pytest.raises(error):
            compiled(x)
    with pytest.raises(KeyError):
        jit(lambda x: {}["a"])(1.0)
    unused = jit(lambda x: (log(x), x)[1])
    assert unused(1.0) == 1.0
    with pytest.raises(autograd.DomainError):
        unused(-1.0)


Pair = collections.namedtuple("Pair", "first second")


@dataclasses.dataclass
class Market:
    spot: float
    curve: list


def test_nests_in_nests_out():
    np = pytest.importorskip("numpy")

    def f(p, pair, market, array, label=None, *, mode="a"):
        found = p["w"][0] * pair.first + pair.second + market.spot * market.curve[-1] + array.sum()
        return {"value": found, "mode": mode, "pair": Pair(found, 1), "flag": True, "array": array * 2.0, "none": label}

    def call(g, k):
        market = Market(k, [1.0] * 3)
        return g({"w": (k, 2)}, Pair(k, 3), market, np.array([1.0, k]), mode="b" if k > 2 else "a")

    compiled = jit(f)
    for k in (1.0, 2.0, 3.0):
        ours, theirs = call(compiled, k), call(f, k)
        np.testing.assert_array_equal(ours.pop("array"), theirs.pop("array"))
        assert ours == theirs
    assert compiled.stats().paths == 2


def test_whole_numbers_may_count():
    def f(x, n, items):
        for _ in range(n):
            x = x * 2.0
        return x + items[n]

    compiled = jit(f)
    for n in (1, 2, 3, 2, 1):
        assert compiled(1.5, n, [1.0, 2.0, 3.0, 4.0]) == f(1.5, n, [1.0, 2.0, 3.0, 4.0])
    assert compiled.stats().paths == 3
    with pytest.raises(TypeError):
        compiled(1.5, 1.0, [1.0, 2.0, 3.0, 4.0])


def test_transforms_within_and_around():
    model = MLP(2, [3, 1], seed=1)
    X, y = [[0.1, 0.2], [-0.3, 0.4]], [1, -1]

    def loss(model, X, y):
        return mse([model(x) for x in X], y)

    compiled = jit(value_and_grad(loss), backend="python")
    for step in range(3):
        for p in model.parameters():
            p.data = math.sin(step + 10.0 * p.data)
        (ours, slope), (theirs, expected) = compiled(model, X, y), value_and_grad(loss)(model, X, y)
        assert ours == theirs
        assert [n.weights for n in slope.layers[0].neurons] == [n.weights for n in expected.layers[0].neurons]
    assert compiled.stats().paths == 1
    f = jit(lambda x: tanh(x[0]) * x[1] ** 3)
    assert hessian(f)([0.5, 2.0]) == jit(hessian(f), backend="python")([0.5, 2.0]) == hessian(f.f)([0.5, 2.0])
    assert grad(lambda w: jit(lambda x: w * x * x)(3.0))(2.0) == 9.0
    assert jit(jit(lambda x: x if x > 1.0 else -x))(0.5) == -0.5


def test_with_values_it_is_the_function_itself():
    w = Value(2.0)
    y = jit(lambda x: sin(x) * x)(w)
    y.backward()
    assert w.grad == math.sin(2.0) + 2.0 * math.cos(2.0)


def test_too_many_paths_are_left_to_python():
    compiled = jit(lambda x: math.floor(x) * 1.0)
    for x in range(400):
        assert compiled(x + 0.5) == x
    stats = compiled.stats()
    assert stats.paths <= 256
    assert stats.eager >= 144
    assert "left to Python" in repr(stats)


def test_lanes_that_are_summed_later_are_compiled_then():
    np = pytest.importorskip("numpy")
    x, summed = np.array([0.5, 1.0]), False
    lanes = vmap(lambda w, x: sin(w * x), in_axes=(None, 0), backend="numpy")
    compiled = jit(lambda w: lanes(w, x).sum() if summed else lanes(w, x))
    for _ in range(3):
        assert compiled(0.5).tolist() == lanes(0.5, x).tolist()
    summed = True
    for _ in range(200):
        assert compiled(0.5) == pytest.approx(lanes(0.5, x).sum(), rel=1e-15)
    assert compiled.stats().paths == 1


def test_stats_count():
    compiled = jit(lambda x: sin(x) if x > 0.0 else x)
    for x in (1.0, 2.0, 3.0, -1.0, -2.0, 0.5):
        compiled(x)
    stats = compiled.stats()
    assert [row["calls"] for row in stats.rows] == [3, 1]  # the first call of each traces
    assert [row["guards"] for row in stats.rows] == [1, 1]
    assert repr(stats).startswith("paths: 2; shapes of arguments: 1; closures renewed: 0; left to Python: 0 calls")
    assert len({len(line) for line in repr(stats).splitlines()[1:]}) == 1  # aligned
    assert max(map(len, repr(stats).splitlines())) <= 100  # as wide as a notebook


class Slotted:
    __slots__ = "x"


class Private:
    __slots__ = ("__k",)

    def __init__(self, k):
        self.__k = k

    def get(self):
        return self.__k

    def put(self, k):
        self.__k = k


class Wrapper:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.k = 2.0

    def __call__(self, x):
        return self.__wrapped__(x) * self.k


def keywords(x, *, a=2.0, b=3.0):
    return x * a - b


def without(x, **options):
    return x * options.get("a", 1.0)


def _changes():
    """Return by name: a function, and how to change what it refers to, which every call has to notice."""
    settings = types.ModuleType("settings")
    settings.K = 2.0
    slotted, private, wrapper, table = Slotted(), Private(2.0), Wrapper(lambda x: x + 1.0), {"k": 2.0}
    held = types.SimpleNamespace(m=settings)
    get, items, default = table.get, table.items(), collections.defaultdict(lambda: 2.0)

    def by_default(x, m=settings):
        return x * m.K

    def once(x, *, a=2.0):
        return x * a

    def cell(x):
        return x * number

    number = 2.0

    def rebind():
        nonlocal number
        number = 5.0

    return {
        "keywords swapped": (keywords, lambda: setattr(keywords, "__kwdefaults__", {"b": 2.0, "a": 3.0})),
        "keywords gone": (once, lambda: setattr(once, "__kwdefaults__", None)),
        "a slot named as an argument": (lambda x: x * getattr(slotted, "x", 1.0), lambda: setattr(slotted, "x", 5.0)),
        "a private slot": (lambda x: x * private.get(), lambda: private.put(5.0)),
        "a wrapper of its own": (wrapper, lambda: setattr(wrapper, "k", 5.0)),
        "a module as a default": (by_default, lambda: setattr(settings, "K", 5.0)),
        "a module in an object": (lambda x: x * held.m.K, lambda: setattr(settings, "K", 7.0)),
        "an attribute by name": (lambda x: x * getattr(settings, "K"), lambda: setattr(settings, "K", 9.0)),  # noqa: B009
        "a method of a dict": (lambda x: x * get("k"), lambda: table.update(k=5.0)),
        "a view of a dict": (lambda x: x * dict(items)["k"], lambda: table.update(k=7.0)),
        "a factory": (
            lambda x: x * default["new"],
            lambda: (default.clear(), setattr(default, "default_factory", one)),
        ),
        "a variable": (cell, rebind),
    }


def one():
    return 1.0


@pytest.mark.parametrize("name", _changes())
def test_whatever_a_function_refers_to_is_looked_at(name):
    f, change = _changes()[name]
    compiled = jit(f)
    before = [compiled(3.0), f(3.0), compiled(3.0)]
    assert len(set(before)) == 1
    change()
    try:
        expected = f(3.0)
    except TypeError:
        with pytest.raises(TypeError):
            compiled(3.0)
    else:
        assert compiled(3.0) == expected != before[0]
        assert compiled(3.0) == expected


x = 2.0


def uses_a_global_named_x(t):
    return t * x


def test_a_name_that_stays_does_not_count_as_changed():
    compiled = jit(uses_a_global_named_x)
    assert [compiled(float(t)) for t in range(5)] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert compiled.stats().renewed == 0


def test_arguments_that_only_python_understands():
    np = pytest.importorskip("numpy")
    assert jit(lambda a: a[0].real * 2.0)(np.array([1.0 + 2.0j])) == 2.0
    assert jit(lambda m: m[0, 0] * 2.0)(np.array([[3.0]]).view(np.matrix)) == 6.0
    assert jit(lambda w, t: float(t) * w)(0.5, np.array(2.0)) == 1.0
    first = jit(lambda d: d["k"] * 2.0)
    assert first(collections.defaultdict(lambda: 1.0)) == 2.0
    assert first(collections.defaultdict(lambda: 1.5)) == 3.0


@jit
def decorated(x: float, *, k: float = 2.0) -> float:
    """Return x * x * k."""
    return x * x * k


@jit(backend="python")
def with_options(x):
    return sin(x)


class Gate(Module):
    def __init__(self):
        self.weight, self.sign = Value(2.0), 1.0

    @jit
    def __call__(self, x):
        return self.weight * x * self.sign

    @jit(backend="python")
    def twice(self, x, *, k=2.0):
        return self(x) * k


class Service:
    def __init__(self, rate):
        self.rate = rate

    @jit
    def price(self, x):
        return x * self.rate if x > 0.0 else -x


def test_decorators_keep_the_face_of_the_function():
    assert (decorated.__name__, decorated.__doc__, decorated.__module__) == ("decorated", "Return x * x * k.", __name__)
    assert str(inspect.signature(decorated)) == "(x: float, *, k: float = 2.0) -> float"
    assert [decorated(3.0), decorated(3.0, k=1.0), decorated(4.0)] == [18.0, 9.0, 32.0]
    assert decorated.stats().shapes == 2
    assert with_options(0.5) == math.sin(0.5)
    assert with_options.backend == "python"


def test_methods_trace_modules_and_watch_other_instances():
    gate = Gate()
    assert [gate(3.0), gate.twice(3.0), gate.twice(3.0, k=1.0)] == [6.0, 12.0, 6.0]
    gate.weight.data = 5.0
    assert [gate(3.0), gate.twice(3.0)] == [15.0, 30.0]
    assert Gate.twice.stats().renewed == 0  # the weights are numbers that are traced
    gate.sign = -1.0
    assert [gate(3.0), gate.twice(3.0)] == [-15.0, -30.0]
    one, other = Service(2.0), Service(3.0)
    assert [one.price(4.0), other.price(4.0), one.price(5.0)] == [8.0, 12.0, 10.0]
    one.rate = 10.0
    assert [one.price(4.0), one.price(-4.0), other.price(4.0)] == [40.0, 4.0, 12.0]
    assert one.price.stats().paths == 2


@pytest.mark.parametrize("called", [False, True])
def test_pickles_and_copies(called):
    alone = jit(uses, backend="python")
    if called:
        assert [alone(2.0), decorated(3.0)] == [4.0, 18.0]
    again = pickle.loads(pickle.dumps(alone))
    assert (again(2.0), again.backend) == (4.0, "python")
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert pickle.loads(pickle.dumps(Gate.twice)) is Gate.twice
    assert copy.deepcopy(alone)(2.0) == 4.0


def test_stats_tell_the_tier():
    def f(xs):
        return sum([x * x / (1.0 + abs(x)) for x in xs])

    xs = [0.1 * k for k in range(20)]
    slow, fast, later = jit(f, "python"), jit(f, "llvm"), jit(f)
    tiers = []
    for _ in range(130):
        for compiled in (slow, fast, later):
            compiled(xs)
        tiers.append(later.stats().rows[0]["tier"])
    assert slow.stats().rows[0]["tier"] == ("core" if autograd.core() == "compiled" else "python")
    assert fast.stats().rows[0]["tier"] == "native"
    assert tiers[5] == slow.stats().rows[0]["tier"]
    assert tiers[-1] == "native"
    assert " native" in repr(fast.stats())
