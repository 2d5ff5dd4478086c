"""The staleness suite: functions that look at something that changes between calls, compiled in every way.

`python -m tests.staleness [--quick]` prints for each kind how many there are, how many changes are seen by the very
next call, how many are found by the audit and after how many calls, and how many never are: none. Start at `SOURCES`:
each makes (a function that returns a number, how to change that number); `USES` says what is made of the number.
"""

import argparse
import collections
import contextlib
import contextvars
import dataclasses
import decimal
import enum
import functools
import importlib.util
import itertools
import os
import statistics
import sys
import tempfile
import threading
import types
import warnings
import weakref
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd import Value, grad, hessian, jit, vmap

Source = tuple[Callable[[], float], Callable[[], object]]
SOURCES: dict[str, tuple[str, Callable[[], Source]]] = {}  # by name: kind, how to make it anew
MOST = 3000  # calls until a change counts as never found
BEFORE, AFTER = 2.0, 5.0
_count = itertools.count()


def source(kind: str) -> Callable[[Callable[[], Source]], Callable[[], Source]]:
    """Put a source of numbers into the table."""

    def put(make: Callable[[], Source]) -> Callable[[], Source]:
        SOURCES[make.__name__.strip("_")] = kind, make
        return make

    return put


def setter(x: Any, name: str, value: Any = AFTER) -> Callable[[], None]:
    """Return what sets an attribute."""
    return lambda: setattr(x, name, value)


# ---------------------------------------------------------------------------------------------------------- closures


@source("closure")
def variable() -> Source:
    k = BEFORE

    def change() -> None:
        nonlocal k
        k = AFTER

    return lambda: k, change


@source("closure")
def default() -> Source:
    def get(k: float = BEFORE) -> float:
        return k

    return get, setter(get, "__defaults__", (AFTER,))


@source("closure")
def keyword_default() -> Source:
    def get(*, k: float = BEFORE) -> float:
        return k

    return get, setter(get, "__kwdefaults__", {"k": AFTER})


@source("closure")
def code() -> Source:
    get, other = (lambda: BEFORE), (lambda: AFTER)
    return get, lambda: setattr(get, "__code__", other.__code__)


@source("closure")
def attribute_of_a_function() -> Source:
    def get() -> float:
        return get.k  # type: ignore[attr-defined, no-any-return]

    get.k = BEFORE  # type: ignore[attr-defined]
    return get, setter(get, "k")


@source("closure")
def partial() -> Source:
    given = [BEFORE]
    get = functools.partial(lambda xs: xs[0], given)
    return get, lambda: given.__setitem__(0, AFTER)


@source("closure")
def wrapped() -> Source:
    k = [BEFORE]
    get = functools.wraps(abs)(lambda: k[0])
    return get, lambda: k.__setitem__(0, AFTER)


# -------------------------------------------------------------------------------------------------------- containers


def _container(
    name: str, make: Callable[[], Any], get: Callable[[Any], float], change: Callable[[Any], object]
) -> None:
    def made() -> Source:
        x = make()
        return lambda: get(x), lambda: change(x)

    SOURCES[name] = "container", made


def _first(x: Any) -> float:
    return float(x[0])


def _set_first(x: Any) -> None:
    x[0] = AFTER


_container("list", lambda: [BEFORE], _first, _set_first)
_container("list_slice", lambda: [BEFORE], _first, lambda x: x.__setitem__(slice(None), [AFTER]))
_container("nested", lambda: {"a": [(1.0, [BEFORE])]}, lambda x: x["a"][0][1][0], lambda x: _set_first(x["a"][0][1]))
_container("dict", lambda: {"k": BEFORE}, lambda x: x["k"], lambda x: x.update(k=AFTER))
_container("dict_get", lambda: {"k": BEFORE}, lambda x: x.get("k", 1.0), lambda x: x.update(k=AFTER))
_container("dict_new_key", lambda: {"a": 1.0}, lambda x: x.get("k", BEFORE), lambda x: x.update(k=AFTER))
_container("dict_length", lambda: {1: 1, 2: 2}, lambda x: float(len(x)), lambda x: x.update({3: 3, 4: 4, 5: 5}))
_container("set", lambda: {1.0, 2.0}, lambda x: float(len(x)), lambda x: x.update({3.0, 4.0, 5.0}))
_container("deque", lambda: collections.deque([BEFORE]), _first, _set_first)
_container("array", lambda: array("d", [BEFORE]), _first, _set_first)
_container("bytearray", lambda: bytearray([2]), _first, lambda x: x.__setitem__(0, 5))
_container("memoryview", lambda: memoryview(bytearray([2])), _first, lambda x: x.__setitem__(0, 5))
_container("ndarray", lambda: np.array([BEFORE, 1.0]), _first, _set_first)
_container("ndarray_of_objects", lambda: np.array([BEFORE, "a"], dtype=object), _first, _set_first)
_container("ndarray_view", lambda: np.array([[1.0, BEFORE]])[:, 1], _first, _set_first)
_container(
    "ndarray_resized",
    lambda: np.array([1, 2, 3, 4])[:2].copy(),
    lambda x: float(x.size),
    lambda x: x.resize(5, refcheck=False),
)
_container(
    "defaultdict", lambda: collections.defaultdict(lambda: BEFORE), lambda x: x["k"], lambda x: x.update(k=AFTER)
)
_container("OrderedDict", lambda: collections.OrderedDict(k=BEFORE), lambda x: x["k"], lambda x: x.update(k=AFTER))
_container("Counter", lambda: collections.Counter("aa"), lambda x: float(x["a"]), lambda x: x.update("aaa"))
_container("ChainMap", lambda: collections.ChainMap({"k": BEFORE}), lambda x: x["k"], lambda x: x.update(k=AFTER))
_container(
    "mappingproxy",
    lambda: [d := {"k": BEFORE}, types.MappingProxyType(d)],
    lambda x: x[1]["k"],
    lambda x: x[0].update(k=AFTER),
)


@source("container")
def view_of_a_dict() -> Source:
    x = {"k": BEFORE}
    values = x.values()
    return lambda: next(iter(values)), lambda: x.update(k=AFTER)


@source("container")
def bound_method() -> Source:
    x = [BEFORE]
    get = x.__getitem__
    return lambda: get(0), lambda: _set_first(x)


# ----------------------------------------------------------------------------------------------------------- objects


class Holder:
    shared = BEFORE
    table: ClassVar[list[float]] = [BEFORE]

    def __init__(self) -> None:
        self.k, self.deep = BEFORE, types.SimpleNamespace(k=BEFORE)

    @property
    def of_property(self) -> float:
        return self.k

    @classmethod
    def of_class(cls) -> float:
        return cls.shared

    @staticmethod
    def of_static() -> float:
        return Holder.table[0]

    def __call__(self) -> float:
        return self.k

    def method(self) -> float:
        return self.k


class Other(Holder):
    def method(self) -> float:
        return AFTER


class Slotted:
    __slots__ = ("__private", "k")

    def __init__(self) -> None:
        self.k = self.__private = BEFORE

    def private(self) -> float:
        return self.__private

    def put(self) -> None:
        self.__private = AFTER


@dataclasses.dataclass
class Quote:
    k: float = BEFORE


class Level(enum.IntEnum):
    LOW = 1


class Float(float):
    pass


class Computed:
    def __init__(self) -> None:
        self.table = {"k": BEFORE}

    def __getattr__(self, name: str) -> float:
        return self.table[name]


def _object(name: str, make: Callable[[], Any], get: Callable[[Any], float], change: Callable[[Any], object]) -> None:
    _container(name, make, get, change)
    SOURCES[name] = "object", SOURCES[name][1]


def _fresh(**attributes: Any) -> type:
    """Return a class like Holder, of which others know nothing."""
    return type("Fresh", (Holder,), {"__module__": __name__, **attributes})


_object("attribute", Holder, lambda x: x.k, lambda x: setattr(x, "k", AFTER))
_object("attribute_of_an_attribute", Holder, lambda x: x.deep.k, lambda x: setattr(x.deep, "k", AFTER))
_object("new_attribute", Holder, lambda x: getattr(x, "new", BEFORE), lambda x: setattr(x, "new", AFTER))
_object("property", Holder, lambda x: x.of_property, lambda x: setattr(x, "k", AFTER))
_object("call", Holder, lambda x: x(), lambda x: setattr(x, "k", AFTER))
_object("method", Holder, lambda x: x.method(), lambda x: setattr(x, "k", AFTER))
_object("method_of_an_instance", Holder, lambda x: x.method(), lambda x: setattr(x, "method", lambda: AFTER))
_object("class_attribute", lambda: _fresh(shared=BEFORE), lambda x: x.shared, lambda x: setattr(x, "shared", AFTER))
_object("class_method", lambda: _fresh(shared=BEFORE), lambda x: x().of_class(), lambda x: setattr(x, "shared", AFTER))
_object("inherited", lambda: _fresh(), lambda x: x().shared, lambda x: setattr(x, "shared", AFTER))
_object("method_replaced", lambda: _fresh(), lambda x: x().method(), lambda x: setattr(x, "method", lambda self: AFTER))
_object("class_of_an_object", Holder, lambda x: x.method(), lambda x: setattr(x, "__class__", Other))
_object("bases", lambda: _fresh(), lambda x: x().method(), lambda x: setattr(x, "__bases__", (Other,)))
_object("slot", Slotted, lambda x: x.k, lambda x: setattr(x, "k", AFTER))
_object("private_slot", Slotted, lambda x: x.private(), lambda x: x.put())
_object("dataclass", Quote, lambda x: x.k, lambda x: setattr(x, "k", AFTER))
_object("namespace", lambda: types.SimpleNamespace(k=BEFORE), lambda x: x.k, lambda x: setattr(x, "k", AFTER))
_object("name_made_up", Holder, lambda x: getattr(x, "".join(["k"])), lambda x: setattr(x, "k", AFTER))
_object("vars", Holder, lambda x: vars(x)["".join(["k"])], lambda x: setattr(x, "k", AFTER))
_object("getattr_of_a_class", Computed, lambda x: x.k, lambda x: x.table.update(k=AFTER))
_object("exception", lambda: ValueError(BEFORE), lambda x: x.args[0], lambda x: setattr(x, "args", (AFTER,)))
_object("data_of_a_Value", lambda: Value(BEFORE), lambda x: x.data, lambda x: setattr(x, "data", AFTER))
_object("gradient_of_a_Value", lambda: Value(1.0), lambda x: x.grad + BEFORE, lambda x: setattr(x, "grad", AFTER))
_object(
    "name_of_a_Value", lambda: Value(1.0, "ab"), lambda x: float(len(x.name)), lambda x: setattr(x, "name", "abcde")
)
_object(
    "fraction",
    lambda: importlib.import_module("fractions").Fraction(2),
    lambda x: float(x.numerator),
    lambda x: setattr(x, "_numerator", 5),
)


@source("object")
def attribute_of_a_float() -> Source:
    x: Any = Float(1.0)
    x.k = BEFORE
    return lambda: x.k, setter(x, "k")


@source("object")
def attribute_of_a_member() -> Source:
    Level.LOW.k = BEFORE  # type: ignore[attr-defined]
    return lambda: Level.LOW.k, setter(Level.LOW, "k")  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------- globals and the interpreter


def _module() -> types.ModuleType:
    module = types.ModuleType(f"module_{next(_count)}_of_this_suite")
    sys.modules[module.__name__] = module
    module.K = BEFORE  # type: ignore[attr-defined]
    module.inner = types.SimpleNamespace(K=BEFORE)  # type: ignore[attr-defined]
    return module


def _written(text: str) -> Source:
    """Return what a module's own function gives, whose text this is."""
    module = _module()
    exec(f"def get():\n    {text.format(name=module.__name__)}", vars(module))
    return module.get, setter(module, "K")


for _name, _text in {
    "global": "return K",
    "global_of_an_inner_function": "return (lambda: [K for _ in range(1)][0])()",
    "globals": "return globals()[''.join(['K'])]",
    "import": "import {name} as m; return m.K",
    "import_from": "from {name} import K as k; return k",
    "import_module": "import importlib; return importlib.import_module('{name}').K",
    "modules": "import sys; return sys.modules['{name}'].K",
    "import_module_of_a_name_made_up": "import importlib; return importlib.import_module(''.join(['{name}'])).K",
}.items():
    SOURCES[_name] = "global", functools.partial(_written, _text)


@source("global")
def attribute_of_a_module() -> Source:
    module = _module()
    return lambda: module.K, setter(module, "K")


@source("global")
def attribute_within_a_module() -> Source:
    module = _module()
    return lambda: module.inner.K, setter(module.inner, "K")


@source("interpreter")
def environment() -> Source:
    name = f"SUITE_{next(_count)}"
    os.environ[name] = str(BEFORE)
    return lambda: float(os.environ[name]), lambda: os.environ.update({name: str(AFTER)})


@source("interpreter")
def getenv() -> Source:
    name = f"SUITE_{next(_count)}"
    os.environ[name] = str(BEFORE)
    return lambda: float(os.getenv(name, "1")), lambda: os.environ.update({name: str(AFTER)})


@source("interpreter")
def context_variable() -> Source:
    k = contextvars.ContextVar("k", default=BEFORE)
    return k.get, lambda: k.set(AFTER)


@source("interpreter")
def argv() -> Source:
    before = len(sys.argv)
    return lambda: float(len(sys.argv) - before + 2), lambda: sys.argv.extend(["a", "b", "c"])


# -------------------------------------------------------------------------------------------------- out of sight: C


@source("out of sight")
def file() -> Source:
    path = Path(tempfile.mkdtemp()) / "number"
    path.write_text(str(BEFORE))
    return lambda: float(path.read_text()), lambda: path.write_text(str(AFTER))


@source("out of sight")
def directory() -> Source:
    folder = tempfile.mkdtemp()
    for i in range(2):
        (Path(folder) / str(i)).write_text("")
    return lambda: float(len(os.listdir(folder))), lambda: [(Path(folder) / str(i)).write_text("") for i in range(5)]


@source("out of sight")
def weak_reference() -> Source:
    x = Holder()
    reference: Any = weakref.ref(x)
    return lambda: reference().k, setter(x, "k")


@source("out of sight")
def weak_dictionary() -> Source:
    x = Holder()
    known: Any = weakref.WeakValueDictionary({"x": x})
    return lambda: known["x"].k, setter(x, "k")


@source("out of sight")
def thread_local() -> Source:
    local = threading.local()
    local.k = BEFORE
    return lambda: local.k, setter(local, "k")


@source("out of sight")
def precision_of_decimals() -> Source:
    decimal.getcontext().prec = 2
    return lambda: float(decimal.getcontext().prec), lambda: setattr(decimal.getcontext(), "prec", 5)


@source("out of sight")
def setting_of_numpy() -> Source:
    np.seterr(under="ignore")
    return lambda: float(len(np.geterr()["under"])) - 4.0, lambda: np.seterr(under="warn") and np.seterr(under="call")


@source("out of sight")
def recursion_limit() -> Source:
    limit = sys.getrecursionlimit()
    return lambda: float(sys.getrecursionlimit() - limit + 2), lambda: sys.setrecursionlimit(limit + 3)


@source("out of sight")
def text_buffer() -> Source:
    buffer = importlib.import_module("io").StringIO("ab")
    return lambda: float(len(buffer.getvalue())), lambda: buffer.write("abcde")


@source("out of sight")
def queue() -> Source:
    simple = importlib.import_module("queue").SimpleQueue()
    simple.put(1)
    simple.put(2)
    return lambda: float(simple.qsize()), lambda: [simple.put(k) for k in range(3)]


@source("out of sight")
def memory() -> Source:
    number = importlib.import_module("ctypes").c_double(BEFORE)
    return lambda: number.value, setter(number, "value")


@source("out of sight")
def database() -> Source:
    connection = importlib.import_module("sqlite3").connect(":memory:")
    connection.execute("create table t (k real)")
    connection.execute("insert into t values (2.0)")
    return (
        lambda: connection.execute("select k from t").fetchone()[0],
        lambda: connection.execute("update t set k = 5.0"),
    )


# ----------------------------------------------------------------------------------------------------- what is done

USES: dict[str, Callable[[Callable[[], float]], Callable[[Any], Any]]] = {
    "factor": lambda get: lambda x: x * x * get(),
    "branch": lambda get: lambda x: x * x * 3.0 if get() > 3.0 else x * x,
    "loop": lambda get: lambda x: functools.reduce(lambda y, _: y * x, range(int(get())), x),
    "power": lambda get: lambda x: x ** get() + x,
}


def lanes(f: Callable[[Any], Any]) -> Callable[[float], float]:
    """Return vmap's result of the first of some lanes."""
    mapped = vmap(f)
    return lambda x: float(mapped(np.array([x, x, x, x]))[0])


WAYS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {  # (compiled, plain)
    "jit": (jit, lambda f: f),
    "jit, python": (lambda f: jit(f, backend="python"), lambda f: f),
    "jit, llvm": (lambda f: jit(f, backend="llvm"), lambda f: f),
    "jit of grad": (lambda f: jit(grad(f)), grad),
    "grad of jit": (lambda f: grad(jit(f)), grad),
    "hessian of jit": (lambda f: hessian(jit(f)), hessian),
    "vmap": (lanes, lambda f: f),
}


class Verdict(NamedTuple):
    """What became of one function in one way."""

    kind: str
    name: str
    way: str
    calls: int  # from the change on, until the result was Python's; -1 for never
    audited: bool  # whether it was the audit that found it


def verdict(name: str, use: str, way: str) -> Verdict:
    """Call a function some times, change what it looks at, and call it until it notices."""
    kind, make = SOURCES[name]
    with contextlib.ExitStack() as stack:
        stack.enter_context(decimal.localcontext())
        stack.enter_context(np.errstate())
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        arguments, limit = list(sys.argv), sys.getrecursionlimit()
        get, change = make()
        f = USES[use](get)
        compile_, plainly = WAYS[way]
        compiled, plain = compile_(f), plainly(f)
        before = [compiled(1.5) for _ in range(3)]
        if any(abs(x - plain(1.5)) > 1e-9 for x in before):
            raise AssertionError(f"{name}, {use}, {way}: {before} before any change, not {plain(1.5)}")
        change()
        expected = plain(1.5)
        calls = next((n for n in range(1, MOST) if abs(compiled(1.5) - expected) < 1e-9), -1)
        sys.argv[:] = arguments
        sys.setrecursionlimit(limit)
    return Verdict(kind, f"{name}, {use}", way, calls, any("audit" in str(w.message) for w in caught))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one use of each source, and only plain jit")
    quick = parser.parse_args().quick
    ways = [
        way
        for way in WAYS
        if (not quick or way == "jit") and ("llvm" not in way or importlib.util.find_spec("llvmlite"))
    ]
    uses = ["factor"] if quick else list(USES)
    print(f"{len(SOURCES) * len(uses)} functions, {len(ways)} ways to compile them")
    print(f"{'kind':16}{'way':16}{'seen at once':>14}{'by the audit':>14}{'after calls':>22}{'never':>8}")
    silent = 0
    for kind in dict.fromkeys(kind for kind, _ in SOURCES.values()):
        for way in ways:
            names = [name for name, (own, _) in SOURCES.items() if own == kind]
            found = [verdict(name, use, way) for name in names for use in uses]
            late = [one.calls for one in found if one.calls > 1]
            never = sum(one.calls < 0 for one in found)
            after = f"{statistics.median(late):.0f} (at most {max(late)})" if late else ""
            at_once = sum(one.calls == 1 and not one.audited for one in found)
            by_audit = len(found) - at_once - never
            print(f"{kind:16}{way:16}{at_once:14}{by_audit:14}{after:>22}{never:8}", flush=True)
            silent += never
    print(f"never found: {silent}")


if __name__ == "__main__":
    main()
