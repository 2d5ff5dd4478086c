"""How contenders are run: ours and what is written by hand in this process, each peer in one of its own.

Start at `Contest.timed`. Results must agree before anything is timed; then all run in turn, round after round, because
the machine's own pace drifts. The one surprise: a contender may be a text, which says why it is skipped.
"""

import contextlib
import ctypes
import json
import math
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..__main__ import environment

HERE = Path(__file__).parent
TUNED = ("-ffast-math", "-fopenmp-simd", "-mprefer-vector-width=512", "-lmvec")
PLAIN = "C++ by hand, -O3 -march=native"
FAST = "C++ by hand, -ffast-math too"
BEST = "C++ tuned, vector functions"
REQUIREMENTS = {
    "JAX": ("jax", "jax numpy"),
    "PyTorch": ("torch", "torch==2.13.0 numpy"),
    "torch.compile": ("torch", "torch==2.13.0 numpy"),
    "CasADi": ("casadi", "casadi numpy"),
    "CasADi, C": ("casadi", "casadi numpy"),
    "HIPS autograd": ("hips", "autograd==1.8.0 numpy scipy"),
    "Dr.Jit": ("drjit", "drjit numpy"),
}
WITHOUT = {"XAD": "its Python binding has single numbers only; `python -m tests.benchmarks` has it"}
OURS = "ours, llvm"
PATIENCE = 40  # seconds for a peer to trace, compile and run
Call = Callable[[], Sequence[Any]]
Check = Callable[[Sequence[Any], Sequence[Any], str], None]


class Local:
    """A contender in this process."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def first(self) -> Sequence[Any]:
        return self.call()

    def run(self, calls: int) -> float:
        """Return the seconds of a call, after one to warm up: the contender before has left the caches to itself."""
        self.call()
        start = time.perf_counter()
        for _ in range(calls):
            self.call()
        return (time.perf_counter() - start) / calls


class Peer:
    """An engine in a process and an environment of its own."""

    def __init__(self, name: str, python: Path, folder: Path) -> None:
        self.name, self.python, self.folder = name, python, folder
        self.late: set[str] = set()  # tasks for which it was not ready in time
        self.start()

    def start(self) -> None:
        """Start the process, with libraries held to one thread."""
        python, folder, pipe = self.python, self.folder, subprocess.PIPE
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [python, HERE / "peers" / "worker.py", self.name],
            stdin=pipe,
            stdout=pipe,
            stderr=(folder / f"{self.name}.txt").open("w"),
            text=True,
            env={**os.environ, **one, "PYTHONPATH": "", "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
            cwd=folder,
            start_new_session=True,
        )

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Return the answer to a request; raises RuntimeError with what the engine says if it cannot.

        A process that says nothing for too long is ended, and a new one started.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
            ready = select.select([self.process.stdout], [], [], PATIENCE)[0]
            line = self.process.stdout.readline() if ready else ""
        except BrokenPipeError:
            ready, line = [self.process.stdout], ""
        if line:
            answer = json.loads(line)
        else:
            why = f"its process ended with {self.process.wait()}" if ready else f"not ready in {PATIENCE} s"
            answer = {"skipped": why}
            self.close()
            self.start()
        if "skipped" in answer:
            raise RuntimeError(answer["skipped"])
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process and the compilers that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def run(self, calls: int) -> float:
        return float(self.ask("run", calls=calls)["seconds"])


class Task:
    """A peer's own version of a task."""

    def __init__(self, peer: Peer, task: str, inputs: Path) -> None:
        self.peer, self.task, self.inputs = peer, task, inputs
        self.prepared = math.nan  # seconds that preparing took, the first call included
        self.run = peer.run

    def first(self) -> Sequence[Any]:
        outputs = self.inputs.with_name("outputs.npz")
        if self.task in self.peer.late:
            raise RuntimeError("it was not ready in time for a smaller one")
        self.peer.late.add(self.task)  # until it answers
        answer = self.peer.ask("prepare", task=self.task, inputs=str(self.inputs), outputs=str(outputs))
        self.prepared = answer["first"]
        self.peer.late.discard(self.task)
        with np.load(outputs) as found:
            return [found[name] for name in found]


class Contest:
    """All peers that there are, how long they run, and the goals that were judged."""

    def __init__(self, rounds: int, quick: bool) -> None:
        self.rounds, self.quick = rounds, quick
        self.folder = tempfile.TemporaryDirectory()
        self.goals: list[tuple[str, float, str, float]] = []
        self.peers: dict[str, Peer | str] = dict(WITHOUT)
        for name, (folder, requirement) in REQUIREMENTS.items():
            try:
                self.peers[name] = Peer(name, environment(folder, requirement), Path(self.folder.name))
            except (subprocess.CalledProcessError, OSError):
                self.peers[name] = f"pip could not install {requirement}"

    def close(self) -> None:
        for peer in self.peers.values():
            if isinstance(peer, Peer):
                peer.close()
        self.folder.cleanup()

    def against(self, task: str, **arrays: Any) -> dict[str, Any]:
        """Return a contender for each peer; the arrays are what it gets."""
        inputs = Path(self.folder.name) / f"{task}.npz"
        np.savez(inputs, **arrays)
        return {name: Task(peer, task, inputs) if isinstance(peer, Peer) else peer for name, peer in self.peers.items()}

    def timed(self, title: str, contenders: dict[str, Any], check: Check) -> dict[str, list[float]]:
        """Print a table and return the seconds of a call in each round: of contenders by name, ours first.

        A contender is a function, a peer's `Task`, or the reason why it is skipped. `check` raises AssertionError.
        """
        print(f"\n{title}", flush=True)
        able: dict[str, Any] = {}
        seconds: dict[str, float] = {}
        reasons: dict[str, str] = {}
        first: Sequence[Any] | None = None
        for name, contender in contenders.items():
            if isinstance(contender, str):
                reasons[name] = f"skipped: {contender}"
                continue
            runner = Local(contender) if callable(contender) else contender
            try:
                found = [np.ravel(np.array(x, dtype=float)) for x in runner.first()]
                first = found if first is None else first
                check(first, found, name)
                seconds[name] = runner.run(1)
                able[name] = runner
            except AssertionError as error:
                reasons[name] = f"computes something else, not timed: {' '.join(str(error).split())[:150]}"
            except Exception as error:  # whatever keeps it from running is shown in its place
                kind = "" if isinstance(error, RuntimeError) else f"{type(error).__name__}: "
                reasons[name] = f"skipped: {kind}{' '.join(str(error).split())[:150]}"
        times: dict[str, list[float]] = {name: [] for name in able}
        for i in range(self.rounds):
            for name, runner in able.items():
                if i < 3 or seconds[name] < 0.3:  # three rounds tell enough of what takes so long
                    times[name].append(runner.run(max(1, min(1000, int(0.03 / seconds[name])))))
        for name in contenders:
            if name in able:
                print(f"  {name:34}{1e3 * statistics.median(times[name]):12.4g} ms", end="")
                print(f"{ratio(times, name, next(iter(contenders))):10.2f} x ours", flush=True)
            else:
                print(f"  {name:34}{reasons[name]}", flush=True)
        return times

    def goal(self, name: str, found: float, relation: str, goal: float) -> None:
        """Keep what was found for the end, where it is judged; NaN is what could not be measured."""
        self.goals.append((name, found, relation, goal))

    def ahead(self, what: str, times: dict[str, list[float]], *others: str, most: float = 1.0) -> None:
        """Judge our time over that of others, as far as they ran: at most so many times theirs."""
        for other in others:
            self.goal(f"{what}: ours / {other}", ratio(times, OURS, other), "<=" if most > 1.0 else "<", most)

    def judge(self) -> None:
        """Print for each goal whether it is met."""
        print()
        for name, found, relation, goal in self.goals:
            met = {"<=": found <= goal, "<": found < goal, ">=": found >= goal}[relation]
            said = "met" if met else "not met" if found == found else "not measured here"
            print(f"{name:72}{found:10.3g}   goal {relation:2} {goal:<6g}{said}")


def ratio(times: dict[str, list[float]], one: str, other: str) -> float:
    """Return the median over the rounds of what the one took over what the other took; NaN if one did not run."""
    if one not in times or other not in times:
        return math.nan
    return statistics.median(x / y for x, y in zip(times[one], times[other], strict=False))


def near(tolerance: float) -> Check:
    """Return a check that all results agree, to a tolerance relative to 1 + their size."""

    def check(first: Sequence[Any], other: Sequence[Any], name: str) -> None:
        assert len(first) == len(other), (name, len(other))
        for i, (x, y) in enumerate(zip(first, other, strict=True)):
            error = np.max(np.abs(np.ravel(x) - np.ravel(y)) / (1.0 + np.abs(np.ravel(x))))
            assert error < tolerance, f"result {i} is {error:.1e} off"

    return check


@cache
def library(source: str, *flags: str) -> Any:
    """Return a file of C++ beside this one, built with these flags; a text if that cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "built.so"
        line = ["g++", "-O3", "-march=native", "-shared", "-fPIC", str(HERE / source), *flags, "-o", str(target)]
        try:
            subprocess.run(line, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            return f"g++ did not build it ({error})"
        return ctypes.CDLL(str(target))


def native(make: Callable[[Any], Call], source: str, *flags: str) -> Call | str:
    """Return a contender of what `make` makes of a library, or why there is none."""
    found = library(source, *flags)
    return found if isinstance(found, str) else make(found)


def pointer(x: Any) -> Any:
    return x.ctypes.data_as(ctypes.c_void_p)


def single_thread(threads: int = 1) -> None:
    """Let lanes run on so many threads from now on."""
    from autograd.backends.llvm import kernel as llvm

    llvm.THREADS = threads


def alone() -> None:
    """Start this program anew with libraries held to one thread, which they read when they are loaded."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if any(os.environ.get(name) != x for name, x in one.items()):
        os.environ |= one
        os.execv(sys.executable, [sys.executable, "-m", "tests.benchmarks.compiled", *sys.argv[1:]])
