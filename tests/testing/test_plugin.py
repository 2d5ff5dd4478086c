"""The plugins, as pytest and Hypothesis find them: by entry points, in a process of their own."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from ..tools.common import run_python

TESTS = """
import math

def test_right(check_gradient):
    assert check_gradient(math.sin, 1.0, gradient=math.cos).verdict == "pass"

def test_kink(assert_gradient):
    assert_gradient(abs, 0.0)

def test_wrong(assert_gradient):
    assert_gradient(math.sin, 1.0, gradient=math.sin)
"""


def installed(group):
    return [point for point in entry_points(group=group) if point.name == "valuegrad"]


def test_pytest_gets_fixtures_and_a_line_that_counts(tmp_path):
    if not installed("pytest11"):
        pytest.skip("the plugin is found where the package is installed")
    (tmp_path / "test_gradients.py").write_text(TESTS)
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "1 failed, 2 passed" in run.stdout
    assert "GradientError: fail: the gradient is wrong" in run.stdout
    assert ">       assert_gradient(math.sin, 1.0, gradient=math.sin)" in run.stdout
    assert "gradients checked: 3 (1 fail, 1 not_differentiable, 1 pass)" in run.stdout


def test_it_says_nothing_where_it_is_not_used(tmp_path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    assert True\n")
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "1 passed" in run.stdout
    assert "gradients checked" not in run.stdout


def test_hypothesis_draws_values_by_type():
    if not installed("hypothesis"):
        pytest.skip("the plugin is found where the package is installed")
    text = """
from hypothesis import find, given, settings, strategies
from autograd import Value
print(find(strategies.from_type(Value), lambda x: x.data > 1.0))
@given(...)
@settings(database=None)
def check(x: Value): assert isinstance(x, Value)
check()
print("drawn")
"""
    assert run_python(text) == "Value(2.0)\ndrawn\n"
