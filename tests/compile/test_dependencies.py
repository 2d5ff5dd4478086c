"""What a function refers to: seen at every call, or found by the audit."""

import builtins
import contextvars
import decimal
import enum
import fractions
import importlib
import os
import sys
import types
import warnings
import weakref

import pytest

from autograd import Value, jit, no_grad, vmap

settings = types.SimpleNamespace(a=2.0)
FACTOR = 2.0


class Rate:
    def rate(self):
        return 2.0


class Double:
    def rate(self):
        return 4.0


class Base:
    rate = 2.0


class Other:
    rate = 5.0


class Derived(Base):
    pass


class Float(float):
    pass


class Text(str):
    __slots__ = ("__dict__",)


class Level(enum.IntEnum):
    LOW = 1


class Strict:
    def __getattr__(self, name):
        raise KeyError(name)

    def __call__(self, x):
        return x * 2.0

    @jit
    def method(self, x):
        return x * 3.0


def _watched(monkeypatch):
    """Yield (what, a function that looks at it, how to change it)."""
    monkeypatch.setenv("FACTOR_OF_THIS_TEST", "2.0")
    yield (
        "getenv",
        lambda x: x * float(os.getenv("FACTOR_OF_THIS_TEST")),
        lambda: os.environ.update(FACTOR_OF_THIS_TEST="5.0"),
    )
    w = Value(1.0, "w")
    yield "gradient of a Value", lambda x: x * w.grad, lambda: setattr(w, "grad", 5.0)
    yield "name of a Value", lambda x: x * len(w.name), lambda: setattr(w, "name", "weight")
    rated, derived = Rate(), Derived()
    yield "class of an object", lambda x: x * rated.rate(), lambda: setattr(rated, "__class__", Double)
    yield "bases of a class", lambda x: x * derived.rate, lambda: setattr(Derived, "__bases__", (Other,))
    yield "getattr", lambda x: x * getattr(settings, "".join(["a"])), lambda: setattr(settings, "a", 5.0)
    yield "vars", lambda x: x * vars(settings)["".join(["a"])], lambda: setattr(settings, "a", 7.0)
    yield (
        "globals",
        lambda x: x * globals()["".join(["FAC", "TOR"])],
        lambda: monkeypatch.setitem(globals(), "FACTOR", 5.0),
    )
    module = types.ModuleType("module.of.this.test")
    module.K = 2.0
    monkeypatch.setitem(sys.modules, module.__name__, module)
    yield "import_module", by_name, lambda: setattr(module, "K", 5.0)
    yield "builtin", lambda x: x * ord("a"), lambda: monkeypatch.setattr(builtins, "ord", lambda c: 5.0)
    number, text = Float(2.0), Text("a")
    number.k = text.k = Level.LOW.k = 2.0
    yield "attribute of a float", lambda x: x * number.k, lambda: setattr(number, "k", 5.0)
    yield "attribute of a str", lambda x: x * text.k, lambda: setattr(text, "k", 5.0)
    yield "attribute of a member", lambda x: x * Level.LOW.k, lambda: setattr(Level.LOW, "k", 5.0)
    error = ValueError(2.0)
    yield "arguments of an exception", lambda x: x * error.args[0], lambda: setattr(error, "args", (5.0,))
    variable = contextvars.ContextVar("variable", default=2.0)
    yield "ContextVar", lambda x: x * variable.get(), lambda: variable.set(5.0)
    fraction = fractions.Fraction(2)
    yield "slot", lambda x: x * float(fraction.numerator), lambda: setattr(fraction, "_numerator", 5)


def by_name(x):
    import importlib

    return x * importlib.import_module("module.of.this.test").K


def _arrays():
    np = pytest.importorskip("numpy")

    class Labelled(np.ndarray):
        pass

    array, other, labelled = np.array([1, 2]), np.array([1.0, 2.0]), np.array([1.0]).view(Labelled)
    labelled.k = 2.0
    yield lambda x: x * array.size, lambda: setattr(array, "dtype", np.int32)
    yield lambda x: x * float(other[0]), lambda: setattr(other, "dtype", np.int64)
    yield lambda x: x * labelled.k, lambda: setattr(labelled, "k", 5.0)


def test_what_is_seen_at_every_call(monkeypatch):
    for what, f, change in _watched(monkeypatch):
        _seen(what, f, change)


def test_what_is_seen_of_arrays():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of setting a dtype
        for f, change in _arrays():
            _seen("array", f, change)


def _seen(what, f, change):
    compiled = jit(f, audit=False)
    before = [compiled(3.0) for _ in range(3)]
    assert before == [f(3.0)] * 3, what
    assert compiled.stats().renewed == 0, what
    change()
    assert compiled(3.0) == f(3.0) != before[0], what
    assert not compiled.uncompiled, what


class Held:
    k = 2.0


@pytest.mark.parametrize("what", ["weak reference", "decimal", "setting of NumPy", "module by a name that is made up"])
def test_what_the_audit_finds(what, monkeypatch):
    np = pytest.importorskip("numpy")
    held, module = Held(), types.ModuleType("another_module_of_this_test")
    reference, module.K = weakref.ref(held), 2.0
    monkeypatch.setitem(sys.modules, module.__name__, module)
    f, change = {
        "weak reference": (lambda x: x * reference().k, lambda: setattr(held, "k", 5.0)),
        "decimal": (
            lambda x: x * float(decimal.Decimal(1) / decimal.Decimal(3)),
            lambda: setattr(decimal.getcontext(), "prec", 3),
        ),
        "setting of NumPy": (
            lambda x: x * len(np.geterr()["under"]),
            lambda: np.seterr(under="raise" if np.geterr()["under"] != "raise" else "call"),
        ),
        "module by a name that is made up": (
            lambda x: x * importlib.import_module("_".join(["another", "module_of_this_test"])).K,
            lambda: setattr(module, "K", 5.0),
        ),
    }[what]
    settings_of_numpy, compiled = np.geterr(), jit(f)
    with decimal.localcontext():
        before = compiled(3.0)
        change()
        with pytest.warns(RuntimeWarning, match="the audit of call 2 found"):
            assert compiled(3.0) == f(3.0) != before
    np.seterr(**settings_of_numpy)


def test_whether_no_grad_is_on():
    w = Value(2.0)

    def f(x):
        return x * (2.0 if (w * 3.0).parents else 5.0)

    compiled = jit(f, audit=False)
    for _ in range(3):
        assert compiled(1.0) == f(1.0) == 2.0
        with no_grad():
            assert compiled(1.0) == f(1.0) == 5.0
    assert compiled.stats().renewed == 0


def test_an_object_whose_getattr_raises():
    strict = Strict()
    assert jit(lambda x: x if strict is not None else 0.0)(1.0) == 1.0
    assert [jit(strict)(1.0), jit(strict.__call__)(1.0), strict.method(1.0)] == [2.0, 2.0, 3.0]
    np = pytest.importorskip("numpy")
    assert vmap(lambda x: x if strict is not None else 0.0)(np.ones(2)).tolist() == [1.0, 1.0]
