"""The compiled core and the pure one: the same bits, and the right one of them chosen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd.floats import core_choice as cores

from ..tools.common import run_python

HOUSE = Path(autograd.__file__).parent
QUIETLY = "import warnings; warnings.simplefilter('ignore'); "
ASK = "import autograd; print(autograd.core())"


def native_files(folder):
    return [path for path in folder.rglob("*.*") if path.suffix in (".so", ".pyd")]


def built():
    return run_python(ASK, VALUEGRAD_PURE="") == "compiled\n"


def of_core(module, pure, *arguments):
    settings = {
        **os.environ,
        "VALUEGRAD_PURE": pure,
        "PYTHONPATH": os.pathsep.join([str(HOUSE.parent), str(Path(__file__).parents[2])]),
    }
    settings.pop("COVERAGE_PROCESS_START", None)
    command = [sys.executable, "-m", f"tests.{module}", *arguments]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout


def test_core_says_what_runs():
    compiled = not str(autograd.graph.value.__file__).endswith(".py")
    assert autograd.core() == ("compiled" if compiled else "pure")


def test_the_environment_asks_for_the_pure_core():
    assert run_python(ASK, VALUEGRAD_PURE="1") == "pure\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("tools.both",), id="every row"),
        pytest.param(("accuracy", "3"), id="the accuracy report", marks=pytest.mark.long),
    ],
)
def test_both_cores_give_the_same_bits(arguments):
    if not built():
        pytest.skip("the compiled core was not built")
    pure, compiled = (of_core(arguments[0], flag, *arguments[1:]) for flag in ("1", ""))
    assert len(pure.splitlines()) > 100
    assert compiled.splitlines() == pure.splitlines()


def core_in(folder):
    return run_python(ASK, PYTHONPATH=str(folder), PYTHONSAFEPATH="1", VALUEGRAD_PURE="").strip()


@pytest.fixture
def copied(tmp_path):
    """Return a copy of the package, compiled files and all, in a folder of its own."""
    if not native_files(HOUSE):
        pytest.skip("the compiled core was not built")
    shutil.copytree(HOUSE, tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    for path in native_files(tmp_path / "autograd"):
        os.utime(path)  # younger than its source
    return tmp_path


def test_a_core_that_was_built_in_part_is_not_used(copied):
    assert core_in(copied) == "compiled"
    for name in cores.NAMES:
        room, _, module = name.partition(".")
        (path,) = (path for path in native_files(copied / "autograd" / room) if path.name.startswith(f"{module}."))
        path.rename(copied / path.name)
        assert core_in(copied) == "pure"
        (copied / path.name).rename(path)


def test_a_core_that_does_not_load_is_not_used(copied):
    for path in native_files(copied / "autograd"):
        path.write_bytes(b"not a library")
    with pytest.raises(AssertionError, match="the compiled core cannot be imported, so the pure one runs"):
        core_in(copied)  # warnings are errors
    found = run_python(QUIETLY + ASK, PYTHONPATH=str(copied), PYTHONSAFEPATH="1", VALUEGRAD_PURE="")
    assert found.strip() == "pure"


def test_in_a_checkout_a_source_that_was_edited_since_wins(copied):
    (copied / "pyproject.toml").touch()
    assert core_in(copied) == "compiled"
    source = copied / "autograd" / "graph" / "backward.py"
    os.utime(source, (source.stat().st_atime, source.stat().st_mtime + 1e6))
    assert core_in(copied) == "pure"


@pytest.mark.parametrize("pure", ["", "1"])
def test_without_the_interpreters_lock_the_import_is_refused(pure):
    text = f"""import sys
sys._is_gil_enabled = lambda: {{}}
try:
    {ASK}
except ImportError as error:
    print(error)"""
    assert "start Python with `-X gil=1`" in run_python(text.format(False), VALUEGRAD_PURE=pure)
    assert run_python(text.format(True), VALUEGRAD_PURE=pure) in ("pure\n", "compiled\n")
