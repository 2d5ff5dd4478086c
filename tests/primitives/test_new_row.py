"""A new primitive is one row: a copy of the house gets three rows in table.py, nothing else, and all works at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn

HOUSE = Path(autograd.__file__).parent
ROWS = """
softsign  = unary ("softsign",  lambda x: x / (1.0 + abs(x)), lambda z, x: 1.0 / (1.0 + absolute(x))**2)
sumsquare = nary  ("sumsquare", lambda *xs: math.fsum([x * x for x in xs]), lambda z, *xs: [2.0 * x for x in xs])
logquad   = unary ("logquad",   lambda x: math.log(1.0 + x * x), lambda z, x: 2.0 * x / (1.0 + x * x),
                   vector=lambda x: math.log1p(x * x))
"""
USE = """
import math
import autograd
from hypothesis import find
from autograd import Value, grad, hessian, jit, value_and_grad, vmap
from autograd.program import trace
from autograd.testing import check_gradient
from autograd.testing.strategies import points

assert autograd.core() == "pure"

def close(x, y):
    return abs(x - y) <= 1e-13 * max(1.0, abs(y))

# what each is at 0.5, and its first and second derivative, by hand
truth = {
    "softsign": (0.5 / 1.5, 1.0 / 1.5**2, -2.0 / 1.5**3),
    "sumsquare": (0.25, 1.0, 2.0),
    "logquad": (math.log(1.25), 0.8, (2.0 * 1.25 - 4.0 * 0.25) / 1.25**2),
}
for name, (value, slope, bend) in truth.items():
    f = getattr(autograd, name)
    assert name in autograd.__all__
    assert close(f(0.5), value)
    x = Value(0.5)
    y = getattr(x, name)()  # the method
    y.backward()
    assert y.op == name and close(y.data, value) and close(x.grad, slope)
    assert close(grad(grad(f))(0.5), bend)
    assert close(hessian(lambda xs: f(xs[0]) * xs[1])([0.5, 2.0])[0][0], 2.0 * bend)
    for order in (1, 2):
        report = check_gradient(f, 0.5, order=order)
        assert report.verdict == "pass", report
        assert f"{name} states no exact form: its value function in high precision" in str(report)
    for backend in BACKENDS:
        compiled = jit(value_and_grad(f), backend=backend)
        for _ in range(3):
            found, towards = compiled(0.5)
            assert close(found, value) and close(towards, slope), (backend, found, towards)
        assert close(jit(grad(grad(f)), backend=backend)(0.5), bend)
        found = jit(f, backend=backend)
        assert all(close(found(k / 8), f(k / 8)) for k in range(-8, 9))
    if LANES:
        import numpy as np
        lanes = np.linspace(-2.0, 2.0, 101)
        values, slopes = vmap(value_and_grad(f))(lanes)
        assert all(close(v, f(float(k))) for v, k in zip(values, lanes))
        assert all(close(d, grad(f)(float(k))) for d, k in zip(slopes, lanes))
    assert len(find(points(name), lambda xs: True)) > 0
    space = {"__name__": "exported"}
    exec(trace(value_and_grad(f), [0.5]).to_python([0.5]), space)
    assert all(map(close, space["program"]([0.5]), (value, slope)))
    assert f"{name}: z = {name}(x" in repr(autograd.explain(y))

x = [Value(1.0), Value(-2.0), 3.0]
y = autograd.sumsquare(*x)
y.backward()
assert (y.data, x[0].grad, x[1].grad, x[0].sumsquare(2.0).data) == (14.0, 2.0, -4.0, 5.0)
assert check_gradient(autograd.sumsquare, 1.0, -2.0, 3.0).verdict == "pass"
if LANES:
    columns = [np.linspace(-2.0, 2.0, 11), np.linspace(0.0, 1.0, 11)]
    values, slopes = vmap(value_and_grad(autograd.sumsquare, argnums=(0, 1)))(*columns)
    assert np.allclose(values, columns[0]**2 + columns[1]**2, rtol=1e-14)
    assert np.allclose(slopes, [2.0 * columns[0], 2.0 * columns[1]], rtol=1e-14)

from nn import MLP
for name in ("softsign", "logquad"):
    model = MLP(2, [3, 1], activation=name, seed=1)
    model([1.0, -1.0]).backward()
    assert any(p.grad for p in model.parameters())

from autograd.primitives import write
assert "`softsign`" in write.listed() and "    softsign = _method(table.softsign)" in write.methods()
print("all of it works")
"""


def has(module: str) -> bool:
    return __import__("importlib.util").util.find_spec(module) is not None


def test_three_rows_in_the_table_and_nothing_else(tmp_path):
    pytest.importorskip("mpmath")
    pytest.importorskip("hypothesis")
    leave = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.c")
    for package in (autograd, nn):
        shutil.copytree(Path(package.__file__).parent, tmp_path / package.__name__, ignore=leave)
    table = tmp_path / "autograd" / "primitives" / "table.py"
    head, rest = table.read_text(encoding="utf-8").split("\nsilu ", 1)  # just after softplus
    assert "\nsoftplus " in head
    table.write_text(f"{head}{ROWS}silu {rest}", encoding="utf-8")
    backends = ["python"] + ["llvm"] * has("llvmlite")
    use = f"BACKENDS, LANES = {backends!r}, {has('numpy')!r}\n{USE}"
    settings = {**os.environ, "PYTHONPATH": str(tmp_path), "VALUEGRAD_PURE": "1", "VALUEGRAD_CACHE": ""}
    settings.pop("COVERAGE_PROCESS_START", None)
    run = [sys.executable, "-W", "error::RuntimeWarning", "-c", use]
    done = subprocess.run(run, env=settings, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "all of it works\n", done.stderr
