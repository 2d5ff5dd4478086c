"""`python -m tests.benchmarks.loops`: programs with loops, of value and gradient by `jit(value_and_grad(f))`.

For each work of `tests/tools/works.py` and some sizes: the operations that are recorded, those that are written down
once loops are found; what a first call takes that compiles nothing, `backend="python"`: recording and a plain run to
compare with; how much longer one with `backend="llvm"` takes, which finds loops and compiles; a call; and what eager
Python takes. Runge-Kutta by hand in C++ (g++ -O3 -march=native, if there is one) is called in turn with ours; then the
same over lanes, `vmap(grad(f))` of 10,000 trajectories on one thread, beside C++ by hand on vectors of eight. Results
are compared before anything is timed. Times are of processors, in ms.
"""

import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd import grad, jit, value_and_grad, vmap
from autograd.program.loops import folded
from autograd.program.steps import length
from tests.tools.works import WORKS, runge_kutta

SIZES = {
    "Runge-Kutta": (100, 1000, 10_000),
    "recurrent network": (100, 1000),
    "Cholesky": (10, 30, 60),
    "elimination": (10, 30, 60),
    "mixture": (100, 1000, 10_000),
    "perceptron": (64, 784),
}

LANES, COUNT = (100, 1000), 10_000  # steps, trajectories
FLAGS = ["-O3", "-march=native", "-fno-tree-slp-vectorize", "-shared", "-fPIC"]  # with that pass, g++ 12 errs by 5e-8


def seconds(call: Callable[[], Any]) -> float:
    """Return the processor time of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def demand_alike(found: Sequence[float], expected: Sequence[float]) -> None:
    """Stop if two gradients differ by more than rounding."""
    scale = max(map(abs, expected))
    worst = max(abs(x - y) for x, y in zip(found, expected, strict=True)) / scale
    if not worst < 1e-9:
        sys.exit(f"gradients differ by {worst:.1e} of the largest")


def row(name: str, n: int) -> list[str]:
    """Return a line of the table."""
    f, xs = WORKS[name](n)
    both = value_and_grad(f)
    compiled = jit(both, backend="llvm", audit=False)
    eager = min(seconds(lambda: both(xs)) for _ in range(3))
    recording = seconds(lambda: jit(both, backend="python", audit=False)(xs))
    compiling = max(0.0, seconds(lambda: compiled(xs)) - recording)
    demand_alike(compiled(xs)[1], both(xs)[1])
    calls = [seconds(lambda: compiled(xs)) for _ in range(31)]
    path = next(iter(compiled.cache.known.values())).last
    assert path is not None
    program = path.program
    short = length(folded(program).steps)
    numbers = [recording * 1e3, compiling * 1e3, statistics.median(calls) * 1e3, eager * 1e3]
    return [name, f"{n:,}", f"{program.size:,}", f"{short:,}", *[f"{x:.3g}" for x in numbers]]


def by_hand(folder: str) -> ctypes.CDLL | None:
    """Return Runge-Kutta in C++; None where there is no compiler."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    library = os.path.join(folder, "loops.so")
    source = Path(__file__).with_name("loops.cpp")
    subprocess.run([compiler, *FLAGS, source, "-o", library], check=True)
    found = ctypes.CDLL(library)
    found.runge_kutta.restype = ctypes.c_double
    return found


def in_turn(name: str, one: Callable[[], Any], other: Callable[[], Any], times: int) -> None:
    """Print how long a call of ours takes beside C++ by hand, in turn."""
    both = [(seconds(one), seconds(other)) for _ in range(times)]
    ratio = statistics.median(ours / theirs for ours, theirs in both)
    ours, theirs = (statistics.median(column) * 1e3 for column in zip(*both, strict=True))
    print(f"{name}: {ours:.3g} ms, C++ by hand {theirs:.3g}, ratio {ratio:.2f}", flush=True)


def beside_cpp() -> None:
    """Compare calls with C++ by hand, of one trajectory and of many."""
    with tempfile.TemporaryDirectory() as folder:
        hand = by_hand(folder)
        if hand is None:
            print("no g++ to compile Runge-Kutta by hand")
            return
        for n in SIZES["Runge-Kutta"]:
            one_trajectory(hand, n)
        for n in LANES:
            trajectories(hand, n)


def one_trajectory(hand: ctypes.CDLL, n: int) -> None:
    """Compare one trajectory of so many steps."""
    f, xs = runge_kutta(n)
    compiled, found = jit(value_and_grad(f), backend="llvm", audit=False), (ctypes.c_double * 4)()
    given = (ctypes.c_double * 4)(*xs), ctypes.c_long(n), found
    hand.runge_kutta(*given)
    demand_alike(compiled(xs)[1], list(found))
    in_turn(f"Runge-Kutta, {n:,} steps", lambda: compiled(xs), lambda: hand.runge_kutta(*given), 201)


def trajectories(hand: ctypes.CDLL, n: int) -> None:
    """Compare many trajectories of so many steps, and print what the first call takes."""
    f, xs = runge_kutta(n)
    columns = [x * np.random.default_rng(0).uniform(0.99, 1.01, COUNT) for x in xs]
    compiled = vmap(grad(f), backend="llvm", audit=False)
    first = seconds(lambda: compiled(columns)) * 1e3
    numbers, found = np.array(columns), np.empty((4, COUNT))
    given = ctypes.c_void_p(numbers.ctypes.data), ctypes.c_long(n), ctypes.c_long(COUNT)
    hand.trajectories(*given, ctypes.c_void_p(found.ctypes.data))
    demand_alike(np.ravel(compiled(columns)).tolist(), np.ravel(found).tolist())
    name = f"{COUNT:,} trajectories, {n:,} steps, first call {first:.3g} ms"
    last = ctypes.c_void_p(found.ctypes.data)
    in_turn(name, lambda: compiled(columns), lambda: hand.trajectories(*given, last), 15)


def main() -> None:
    """Print the table, and then the comparison with C++."""
    os.environ["VALUEGRAD_CACHE"] = ""  # what is on the disk is not compiled
    os.environ["VALUEGRAD_THREADS"] = "1"
    jit(lambda x: x * x, backend="llvm")(1.0)  # which brings LLVM
    heads = ["work", "size", "recorded", "written", "record", "compile", "call", "eager"]
    widths = [18, 8, 12, 8, 9, 9, 9, 9]
    print("".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    for name, sizes in SIZES.items():
        for n in sizes:
            print("".join(f"{cell:>{width}}" for cell, width in zip(row(name, n), widths, strict=True)), flush=True)
    beside_cpp()


if __name__ == "__main__":
    main()
