"""How much of what is public has a type that no checker must guess: `pyright --verifytypes`.

All symbols are known, those of inner modules included, but for what is left and why.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT = {"autograd": set(), "nn": {"nn.sklearn.MLPClassifier", "nn.sklearn.MLPRegressor"}}  # scikit-learn has no types


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
@pytest.mark.parametrize("package", LEFT)
def test_all_symbols_have_known_types(package, report):
    symbols = [symbol for symbol in report(package)["symbols"] if symbol["isExported"]]
    assert len(symbols) > 500
    assert {symbol["name"] for symbol in symbols if not symbol["isTypeKnown"]} == LEFT[package]
