"""How much of what is public has a type that no checker must guess: `pyright --verifytypes`.

All that `__all__` names is known, but for what is left and why. The share of all symbols, those of inner modules
included, is not to fall.
"""

import importlib
import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT = {
    "autograd.draw",  # takes Programs, and so names Tape, whose attributes are declared for Cython
    "autograd.draw_dot",
}
SHARES = {"autograd": 0.91, "nn": 0.98}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    pytest.importorskip("pyright")
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    found = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (packages / "here.pth").write_text("\n".join(found), encoding="utf-8")
    path = os.pathsep.join([str(home / "bin"), str(home / "Scripts"), os.environ["PATH"]])

    def run(name):
        line = [sys.executable, "-m", "pyright", "--verifytypes", name, "--ignoreexternal", "--outputjson"]
        done = subprocess.run(line, cwd=home, env={**os.environ, "PATH": path}, capture_output=True, text=True)
        return json.loads(done.stdout)["typeCompleteness"]

    return run


@pytest.mark.long
@pytest.mark.parametrize("package", SHARES)
def test_what_is_public_has_known_types(package, report):
    found = report(package)
    public = {f"{package}.{name}" for name in importlib.import_module(package).__all__}
    symbols = {symbol["name"]: symbol["isTypeKnown"] for symbol in found["symbols"]}
    listed = public & symbols.keys()
    assert len(listed) > 20
    assert {name for name in listed if not symbols[name]} <= LEFT
    assert found["completenessScore"] > SHARES[package]
