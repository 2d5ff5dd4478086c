"""The tests and examples of HIPS autograd against ours: `python -m tests.hips CHECKOUT` prints a table.

CHECKOUT is a folder with its repository, of which nothing is kept here. A copy of its tests runs with our `autograd`.
Tests that check real and complex numbers in one go check the real ones alone, and modules that import a primitive from
a private module get it from `autograd.extend`; the table says which.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import autograd

HOME = Path(autograd.__file__).parents[1]
PRIVATE = (
    "autograd.core",
    "autograd.tracer",
    "autograd.util",
    "autograd.wrap_util",
    "autograd.builtins",
    "const_graph",
)
PRIVATE += ("isbox", "primitive_vjps", "Box, VSpace", "linalg._dot", "'defgrad'", "'defvjp'", "'defvjp_is_zero'")
REASONS = {  # by what the error says
    "needs complex numbers": ("complex", "holomorphic_grad", "fft", "np.linalg.eig "),
    "needs private modules": PRIVATE,
    "refused: the result is one number, not an array of one": ("not one number",),
    "refused: gradients are float64": ("float32", "float16", "longdouble"),
    "refused: SciPy's own solver": ("odeint",),
    "refused: numbers do not become ints": ("does not turn into a float",),
}
EXAMPLE = """
import runpy, sys, types
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
plt.show = plt.pause = lambda *args, **kwargs: None
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def reason(message: str) -> str:
    """Return why a test did not pass, in words."""
    for words, marks in REASONS.items():
        if any(mark in message for mark in marks):
            return words
    return f"FAILS: {message[:100]}"


def tests(checkout: Path) -> dict[str, str]:
    """Return what became of each test."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tests"
        shutil.copytree(checkout / "tests", copy)
        for path in copy.glob("*.py"):
            text = path.read_text().replace("test_complex=True", "test_complex=False")
            text = text.replace("from autograd.tracer import primitive", "from autograd.extend import primitive")
            text = text.replace("from autograd.tracer import isbox", "isbox = lambda x: hasattr(x, 'tape')")
            path.write_text(text)
        run = [sys.executable, "-m", "pytest", str(copy), "-rA", "-q", "--tb=line", "-n", "2", "-p", "no:randomly"]
        run += ["-p", "no:valuegrad", "-p", "no:cacheprovider", "--continue-on-collection-errors", "-c", os.devnull]
        environment = os.environ | {"PYTHONPATH": f"{HOME}{os.pathsep}{copy}", "COLUMNS": "400"}
        output = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=folder).stdout
    found = {}
    for kind, name, message in re.findall(r"^(PASSED|FAILED|ERROR) \S*?(test_\w+\.py\S*)(?: - (.*))?$", output, re.M):
        if kind == "ERROR" and "ImportError" in message:
            private = any(mark in (checkout / "tests" / name).read_text() for mark in PRIVATE)
            message = PRIVATE[0] if private else message
        found[name] = "passes" if kind == "PASSED" else reason(message)
    return found


def examples(checkout: Path, seconds: float) -> dict[str, str]:
    """Return what became of each example."""
    found = {}
    environment = os.environ | {"PYTHONPATH": f"{HOME}{os.pathsep}{checkout / 'examples'}"}
    for path in sorted((checkout / "examples").glob("*.py")):
        with tempfile.TemporaryDirectory() as folder:
            run = [sys.executable, "-c", EXAMPLE, str(path)]
            try:
                done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=folder, timeout=seconds)
            except subprocess.TimeoutExpired:
                found[path.name] = f"runs, not done in {seconds:g} s"
                continue
        last = done.stderr.strip().splitlines()
        found[path.name] = "passes" if not done.returncode else reason(last[-1] if last else "no message")
    return found


def main() -> None:
    """Print what passes, and the reason for each that does not."""
    checkout = Path(sys.argv[1])
    parts = {"tests": tests(checkout)}
    if len(sys.argv) > 2:
        parts["examples"] = examples(checkout, float(sys.argv[2]))
    for title, found in parts.items():
        for name, text in sorted(found.items()):
            if text != "passes":
                print(f"{name:60} {text}")
        needed = [text for text in found.values() if not text.startswith("needs")]
        passed = sum(text.startswith(("passes", "runs")) for text in needed)
        print(f"{title}: {Counter(text.partition(':')[0] for text in found.values())}")
        print(f"{passed} of {len(needed)} {title} that need neither complex numbers nor private modules pass")


if __name__ == "__main__":
    main()
