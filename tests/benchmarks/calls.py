"""What calls of compiled functions cost: `python -m tests.benchmarks.calls [--against REVISION]`.

First what audits add to 10,000 calls of small functions, with them and without in turn. With `--against`, a revision of
this repository is built in a temporary folder, and the same calls are made with it and with this one in turn, each time
in a process of its own. Times are of processors, in us; shown are medians, and the median of the ratios of each round.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import jit, sin, value_and_grad
from tests.benchmarks.small_calls import CALLS, FUNCTIONS, timed

ROOT = Path(__file__).parents[2]
ROUNDS = 7


def judged(name: str, cost: float, unit: str, goal: float) -> bool:
    """Print a cost beside its goal; return whether it is met."""
    print(f"{name:50}{cost:10.3f} {unit:6} goal {goal:g}{'' if cost <= goal else '   not met'}", flush=True)
    return cost <= goal


def median_of_ratios(pairs: list[tuple[float, float]]) -> float:
    """Return the median of what the first of each pair is to the second."""
    return statistics.median(x / y for x, y in pairs)


def audits(rounds: int) -> float:
    """Print what audits add to calls of small functions; return what a call with them is to one without."""
    print(f"calls of small jitted functions, us each over {CALLS:,}, audits included")
    print(f"  {'':18}{'audited':>10}{'audit=False':>14}{'ratio':>8}{'audits':>8}")
    pairs: list[tuple[float, float]] = []
    for name in FUNCTIONS:
        found, done = [], 0
        for _ in range(rounds):
            (audited, done), (plain, _) = timed(name, True), timed(name, False)
            found.append((audited, plain))
        medians = [statistics.median(times) for times in zip(*found, strict=True)]
        print(f"  {name:18}{medians[0]:10.3f}{medians[1]:14.3f}{median_of_ratios(found):8.3f}{done:8}", flush=True)
        pairs += found
    return median_of_ratios(pairs)


@contextlib.contextmanager
def built(revision: str) -> Iterator[Path]:
    """Give a folder with a revision whose core is built as in this one."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, revision], cwd=ROOT, check=True)
        try:
            if autograd.core() == "compiled":
                setup = (
                    ["setup.py"] if (tree / "setup.py").exists() else ["-c", "import setuptools; setuptools.setup()"]
                )
                build = [sys.executable, *setup, "-q", "build_ext", "--inplace"]
                subprocess.run(build, cwd=tree, check=True, env={**os.environ, "CFLAGS": "-g0"}, capture_output=True)
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def in_a_process(tree: Path) -> dict[str, list[float]]:
    """Return what `small_calls.costs` finds with the engine in a folder."""
    line = [sys.executable, "-P", str(ROOT / "tests" / "benchmarks" / "small_calls.py")]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    text = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=tree).stdout
    found = json.loads(text)
    if Path(found["home"]).parents[1].resolve() != tree.resolve() or found["core"] != autograd.core():
        sys.exit(f"measured {found['home']}, {found['core']} core, in place of {tree}, {autograd.core()} core")
    costs: dict[str, list[float]] = found["us"]
    return costs


def against(revision: str) -> bool:
    """Print what the same calls cost with another revision; return whether audited ones cost no more now."""
    met = True
    with built(revision) as tree:
        rounds = []
        for i in range(ROUNDS):  # the first of a round is another in each
            trees = (ROOT, tree) if i % 2 else (tree, ROOT)
            found = {folder: in_a_process(folder) for folder in trees}
            rounds.append((found[ROOT], found[tree]))
    for place, calls in enumerate(("audits included", "audit=False")):
        print(f"\nthe same, {calls}, with {revision}")
        print(f"  {'':18}{'now':>10}{'then':>14}{'ratio':>8}")
        pairs: list[tuple[float, float]] = []
        for name in FUNCTIONS:
            found_now = [(now[name][place], then[name][place]) for now, then in rounds]
            medians = [statistics.median(times) for times in zip(*found_now, strict=True)]
            print(f"  {name:18}{medians[0]:10.3f}{medians[1]:14.3f}{median_of_ratios(found_now):8.3f}")
            pairs += found_now
        met &= judged(f"a call now to one then, {calls}", median_of_ratios(pairs), "times", 1.0)
    return met


TRIPLES = [[0.001 * i, 0.5, 0.3] for i in range(1000)]
NAMED = {f"x{i}": 0.001 * i for i in range(1000)}
POINTS = [[0.1 * i, 0.2, 0.3 * i] for i in range(800)]


def of_triples(x: Any) -> Any:
    """Return a number that a list of 1,000 triples, a global, makes of another: a few of them are looked at."""
    for a, b, c in TRIPLES[:10]:
        x = x * b + a * c
    return x


def of_names(named: Any) -> Any:
    """Return a number that is made of a few numbers in a dict of 1,000."""
    return named["x1"] * named["x5"] + named["x999"]


def blocks(xs: Any) -> Any:
    """Return 62,400 numbers as nested lists, of the shape of the Jacobian of ADBench's HAND."""
    return [[[x * q for x in xs] for q in point] for point in POINTS]


def block(xs: Any) -> Any:
    """Return the same numbers as one array."""
    return autograd.array([[x * q for x in xs] for point in POINTS for q in point])


def us(call: Callable[[], Any], repeats: int) -> float:
    """Return the processor time of a call in us, the median of several rounds, after LLVM's turn has come."""
    for _ in range(120):
        call()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(repeats):
            call()
        times.append((time.process_time() - start) / repeats * 1e6)
    return statistics.median(times)


def after_steps(compiled: Callable[..., Any], model: nn.MLP) -> float:
    """Return the time in us of a call right after an optimizer step: the median of 90, after LLVM's turn has come."""
    times = []
    for _ in range(240):
        for w in model.parameters():
            w.data *= 1.0 + 2.0**-30
        start = time.process_time()
        compiled(0.5, 2.0)
        times.append((time.process_time() - start) * 1e6)
    return statistics.median(times[-90:])


def readings() -> bool:
    """Print what calls cost that read much anew; return whether all are within their goals."""
    small, three = jit(lambda x, y: x * y + sin(x) if x < y else y), jit(value_and_grad(lambda x: x[0] * x[1] + x[2]))
    bound = small.bind(0.5, 2.0)
    model = nn.MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    closing, given = jit(lambda x, y: model([x, y])), jit(lambda m, x, y: m([x, y]))
    triples, names, nested, whole = jit(of_triples), jit(of_names), jit(blocks), jit(block)
    xs = [0.1 * k for k in range(26)]
    array = np.array(xs)
    assert np.array_equal(np.ravel(nested(xs)), np.ravel(whole(array)))
    print("\ncalls that read much")
    found = [
        judged("two numbers", us(lambda: small(0.5, 2.0), 5000), "us", 3.0),
        judged("  the same, bound", us(lambda: bound(0.5, 2.0), 5000), "us", 1.0),
        judged("a list of three numbers, with the gradient", us(lambda: three([0.5, 2.0, 1.0]), 5000), "us", 3.0),
        judged("closing over a model of 337 weights", us(lambda: closing(0.5, 2.0), 2000), "us", 6.0),
        judged("  the same, right after each optimizer step", after_steps(closing, model), "us", 6.0),
        judged("a model of 337 weights as an argument", us(lambda: given(model, 0.5, 2.0), 500), "us", 6.0),
        judged("closing over a global list of 1,000 triples", us(lambda: triples(0.5), 1000), "us", 20.0),
        judged("a dict of 1,000 numbers as argument", us(lambda: names(NAMED), 500), "us", 25.0),
        judged("62,400 numbers as nested lists", us(lambda: nested(xs), 10), "us", 2000.0),
        judged("62,400 numbers as one array", us(lambda: whole(array), 10), "us", 600.0),
    ]
    return all(found)


def main() -> int:
    """Print the tables; return 0 if all goals are met."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.calls", description=__doc__.partition("\n")[0])
    parser.add_argument("--against", metavar="REVISION", help="a revision to compare with, as git names it")
    options = parser.parse_args()
    print(f"{autograd.core()} core, Python {sys.version.split()[0]}")
    met = judged("audits: a call with them to one without", audits(ROUNDS), "times", 1.05)
    if options.against:
        met &= against(options.against)
    met &= readings()
    return not met


if __name__ == "__main__":
    sys.exit(main())
