"""Files that version 0.1.0 wrote: each is loaded, and gives the numbers that it gave then, to the bit.

The files, what made them, and what is measured of each lie in tests/data/0.1.0. The one surprise: each is loaded by a
fresh interpreter too, as a pickle must find all that it names by itself.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

HERE = Path(__file__).parent / "data" / "0.1.0"
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
FILES = sorted(path.name for path in HERE.iterdir() if path.stem.partition(".")[0] in EXPECTED)
EACH = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def measured(monkeypatch):
    """Return `measured` of measure.py, while pickles find user_code.py."""
    monkeypatch.syspath_prepend(str(HERE))
    spec = importlib.util.spec_from_file_location("measure", HERE / "measure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.measured


def test_nothing_of_the_folder_is_left_out():
    others = {"make.py", "measure.py", "user_code.py", "expected.json", "samples.csv"}
    assert {path.name for path in HERE.iterdir() if path.is_file()} == {*FILES, *others}
    assert {name.partition(".")[0] for name in FILES} == EXPECTED.keys()


@EACH
def test_it_gives_the_same_numbers(measured, name):
    assert measured(HERE / name) == EXPECTED[name.partition(".")[0]]


@EACH
def test_it_is_loaded_by_a_fresh_interpreter(name):
    root = str(Path(autograd.__file__).parents[1])
    command = [sys.executable, str(HERE / "measure.py"), str(HERE / name)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": root}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED[name.partition(".")[0]]


def test_a_model_of_the_main_job_is_used_by_it_again(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    from nn.__main__ import main

    model = HERE / "flowers.safetensors"
    job = [str(HERE / "samples.csv"), "--target", "kind", "--load", str(model), "--output", str(tmp_path / "out")]
    assert main(job) == 0
    assert "test accuracy 1.0000" in capsys.readouterr().out
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == model.read_bytes()
