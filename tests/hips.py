"""The tests and examples of HIPS autograd against ours: `python -m tests.hips CHECKOUT [SECONDS]` prints a table.

CHECKOUT is a folder with its repository, of which nothing is kept here. A copy of its tests runs with our `autograd`.
Tests that check real and complex numbers in one go check the real ones alone, and modules that import a primitive from
a private module get it from `autograd.extend`; the table says which.

With SECONDS, each of its examples runs for as long at most, with ours and the checkout's own, with seeds, few steps of
each optimizer, fewer data and smaller layers (`SMALLER`), and made-up pictures for MNIST, which needs a network. One
passes where it ends and the numbers that it prints are the same.
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
PRIVATE += (
    "isbox",
    "import name 'Box'",
    "primitive_vjps",
    "Box, VSpace",
    "linalg._dot",
    "'defgrad'",
    "'defvjp'",
    "'defvjp_is_zero'",
)
REASONS = {  # by what the error says
    "needs complex numbers": ("complex", "holomorphic_grad", "fft", "np.linalg.eig "),
    "needs private modules": PRIVATE,
    "refused: the result is one number, not an array of one": ("not one number",),
    "refused: gradients are float64": ("float32", "float16", "longdouble"),
    "refused: SciPy's own solver": ("odeint",),
    "refused: numbers do not become ints": ("does not turn into a float",),
}
SMALLER = {  # what is found in the text of an example, and what stands there instead
    r"RandomState\(\)": "RandomState(0)",
    r"\b(num_iters ?= ?)\d+": r"\g<1>2",
    r"\b(num_epochs ?= ?)\d+": r"\g<1>1",
    r"\b(batch_size|max_lines|num_states|state_size)( ?= ?)\d+": r"\1\g<2>4",
    r"\b(num_samples|n_samples|n_data|observed_dimension|num_per_class)( ?= ?)\d+": r"\1\g<2>10",
    r"\b(num|numticks)( ?= ?)\d+\)": r"\1\g<2>20)",
    r"num_iters=2, callback=None": "num_iters=3, callback=None",  # of an optimization that begins at the third
    r"(linspace\(.*, )[37]00\)": r"\g<1>20)",
    r"\b(\(?)300, 1\)": r"\g<1>20, 1)",
    r"(layer_sizes ?= ?\[\w+, )\d+(?:, \d+)*(, )": r"\g<1>5\g<2>",
    r"_layer\((?:120|84)\)": "_layer(5)",
    r"(conv_layer\(.*\), )\d+\)": r"\g<1>2)",
    r'options=\{"maxiter": 10\},': "",
}
CLOSE = {"fixed_points.py": 1e-3}  # theirs stops at the tolerance that it is given, ours at the solution
EXAMPLE = """
import runpy, sys, types
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy, scipy.optimize
plt.show = plt.pause = lambda *args, **kwargs: None
minimize = scipy.optimize.minimize
scipy.optimize.minimize = lambda *args, **kwargs: minimize(*args, **kwargs, options={"maxiter": 2})
numpy.random.seed(0)
drawn = numpy.random.RandomState(0)
pictures = [drawn.randint(0, 256, (4, 28, 28)).astype(numpy.uint8), drawn.randint(0, 10, 4).astype(numpy.uint8)]
sys.modules["data_mnist"] = types.ModuleType("data_mnist")
sys.modules["data_mnist"].mnist = lambda: (*pictures, *pictures)
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
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "examples"
        shutil.copytree(checkout / "examples", copy)
        (copy / "data_mnist.py").unlink()
        for path in copy.glob("*.py"):
            text = path.read_text()
            for pattern, smaller in SMALLER.items():
                text = re.sub(pattern, smaller, text)
            path.write_text(text)
        for path in sorted(copy.glob("*.py")):
            ours, theirs = (example(path, home, seconds) for home in (HOME, checkout))
            found[path.name] = (
                ours if ours.startswith(("needs", "refused")) else compared(ours, theirs, CLOSE.get(path.name, 1e-6))
            )
    return found


def example(path: Path, home: Path, seconds: float) -> str:
    """Return what an example prints, with the `autograd` in a folder, or why it does not end."""
    run = [sys.executable, "-c", EXAMPLE, str(path)]
    environment = os.environ | {"PYTHONPATH": f"{home}{os.pathsep}{path.parent}", "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=path.parent, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"FAILS: not done in {seconds:g} s"
    last = done.stderr.strip().splitlines()
    return reason(last[-1] if last else "no message") if done.returncode else done.stdout


def compared(ours: str, theirs: str, tolerance: float) -> str:
    """Return whether two outputs hold the same numbers, in words."""
    if theirs.startswith("FAILS"):
        return "fails with HIPS autograd itself, too" if ours.startswith("FAILS") else "passes"
    if ours.startswith("FAILS"):
        return ours
    numbers, expected = ([float(x) for x in re.findall(r"-?\d+\.\d+(?:e[-+]?\d+)?", text)] for text in (ours, theirs))
    near = len(numbers) == len(expected) and all(
        abs(x - y) <= tolerance * max(1.0, abs(y)) for x, y in zip(numbers, expected, strict=True)
    )
    return "passes" if near else f"FAILS: it prints {numbers[:3]}, not {expected[:3]}"


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
        needed = [text for text in found.values() if not text.startswith(("needs", "fails with HIPS"))]
        passed = sum(text == "passes" for text in needed)
        print(f"{title}: {Counter(text.partition(':')[0] for text in found.values())}")
        print(f"{passed} of {len(needed)} {title} that need neither complex numbers nor private modules pass")


if __name__ == "__main__":
    main()
