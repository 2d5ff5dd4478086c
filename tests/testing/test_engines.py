"""Other engines: those that are installed are tried, and HIPS autograd is kept apart."""

import contextlib
import math
import pickle
import sys
import types

import pytest

import autograd
from autograd import Value
from autograd.testing import check_gradient, engines

FAKE = """
import autograd.core
def grad(f, argnums):
    return lambda *xs: tuple(autograd.core.slope(x) for x in xs)
"""
CORE = "import math\nimport autograd\nslope = math.cos\n"


def total(*xs):
    return math.fsum(map(math.sin, xs))


def test_an_engine_is_what_gives_value_and_gradient():
    right = engines.hips(lambda f, argnums: lambda *xs: tuple(map(math.cos, xs)))
    assert check_gradient(total, 0.5, 1.0, engine=right).verdict == "pass"
    wrong = engines.hips(lambda f, argnums: lambda *xs: tuple(-math.cos(x) for x in xs))
    assert check_gradient(total, 0.5, 1.0, engine=wrong).verdict == "fail"


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_other_engines_where_installed(name):
    pytest.importorskip(name)
    assert check_gradient(lambda x: x * x * x, 2.0, engine=name).verdict == "pass"
    assert check_gradient(lambda p: p["b"] * p["a"][0], {"b": 2.0, "a": [3.0]}, engine=name).verdict == "pass"
    with pytest.raises(TypeError, match="not one number"):
        check_gradient(lambda x: [x, x], 1.0, engine=name)


def test_the_switch_of_jax_has_no_truth_value(monkeypatch):
    class State:
        def __call__(self, on):
            return contextlib.nullcontext()

        def __bool__(self):
            raise TypeError("bool() not supported for instances of type 'State'")

    fake = types.ModuleType("jax")
    fake.enable_x64 = State()
    fake.numpy = types.SimpleNamespace(asarray=lambda x, dtype: dtype(x))
    fake.grad = lambda f, argnums: lambda *xs: tuple(map(math.cos, xs))
    monkeypatch.setitem(sys.modules, "jax", fake)
    assert check_gradient(total, 0.5, 1.0, engine="jax").verdict == "pass"


def test_the_other_package_of_this_name_is_imported_apart(tmp_path):
    package = tmp_path / "autograd"
    package.mkdir()
    for name, text in (("__init__", FAKE), ("core", CORE), ("numpy", "")):
        (package / f"{name}.py").write_text(text)
    modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "autograd"}
    theirs = engines.apart(tmp_path)
    assert theirs is not autograd
    assert check_gradient(total, 0.5, 1.0, engine=engines.hips(theirs.grad)).verdict == "pass"
    assert modules == {name: module for name, module in sys.modules.items() if name.split(".")[0] == "autograd"}
    assert str(tmp_path) not in sys.path


def test_a_directory_without_it_is_named(tmp_path):
    with pytest.raises(ImportError, match="pip install --target"):
        engines.apart(tmp_path)
    assert sys.modules["autograd"] is autograd
    assert pickle.loads(pickle.dumps(Value(0.5))).data == 0.5  # and no second copy of it has come to stay
