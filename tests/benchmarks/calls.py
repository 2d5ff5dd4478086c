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
from collections.abc import Iterator
from pathlib import Path

import autograd
from tests.benchmarks.small_calls import CALLS, FUNCTIONS, timed

ROOT = Path(__file__).parents[2]
ROUNDS = 7


def judged(name: str, cost: float, unit: str, goal: float) -> bool:
    """Print a cost beside its goal; return whether it is met."""
    print(f"{name:66}{cost:10.3f} {unit:6} goal {goal:g}{'' if cost <= goal else '   not met'}", flush=True)
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
    return not met


if __name__ == "__main__":
    sys.exit(main())
