"""Our engine against its peers, in turn, in one run: `python -m tests.benchmarks [--rounds N] [TASK ...]`.

Start at `main`. Peers are installed from the package registry into an environment of their own, or skipped with a
line that says why. Results must agree before anything is timed; what is quoted is the median over the rounds, and
ratios of times taken in turn, because machines differ and drift. The garbage collector is on, as it is for users.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import autograd

from .tasks import TASKS

OURS = ("compiled", "fused", "pure")
PEERS = {
    "micrograd": "micrograd==0.1.0",
    "hips": "autograd==1.8.0 numpy scipy",
    "xad": "xad",
    "torch": "torch==2.13.0 numpy",
}
# Engines that would take minutes, or more memory than there is, get a smaller task; times are then per operation.
SMALLER = {
    ("mixed", "pure"): 10,
    ("mixed", "micrograd"): 10,
    ("mixed", "hips"): 20,
    ("mixed", "torch"): 10,
    ("chain", "pure"): 10,
    ("chain", "micrograd"): 100,
    ("chain", "hips"): 200,
    ("chain", "torch"): 100,
    ("chain", "xad"): 10,
}
LACKING = {
    ("gpt", "micrograd"): "it has no exp and no log",
    ("mixed", "fused"): "there is nothing to fuse",
    ("chain", "fused"): "there is nothing to fuse",
}
WORKER = Path(__file__).with_name("worker.py")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "valuegrad-benchmarks"
Answer = dict[str, Any]


def environment(name: str, requirement: str) -> Path:
    """Return the Python of a peer's own environment, made when it is not there; CalledProcessError if it can't be.

    Requirements are separated by spaces.
    """
    folder = CACHE / f"{name}-{sys.version_info[0]}.{sys.version_info[1]}"
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists() or complete.read_text() != requirement:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirement.split()], check=True, capture_output=True)
        complete.write_text(requirement)
    return python


class Worker:
    """An engine in a process of its own."""

    def __init__(self, engine: str, python: Path) -> None:
        self.engine, self.python = engine, python
        settings = {**os.environ, "PYTHONPATH": "", "VALUEGRAD_PURE": "1" if engine == "pure" else ""}
        if engine in OURS:
            settings["PYTHONPATH"] = str(Path(autograd.__file__).parents[1])
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([python, WORKER, engine], stdin=pipe, stdout=pipe, text=True, env=settings)

    def size(self, task: str, quick: bool) -> int:
        """Return how large a task this engine gets."""
        size = TASKS[task][1] // SMALLER.get((task, self.engine), 1)
        return max(size // 10, 5) if quick and task != "gpt" else size

    def ask(self, task: str, size: int, weigh: bool = False) -> Answer:
        """Return what one step of a task measured; with `weigh`, the bytes of its graph too."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([task, size, weigh]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.engine}: the worker ended with exit code {self.process.wait()}")
        answer: Answer = json.loads(line)
        return answer


def agree(one: Answer, other: Answer) -> bool:
    """Return whether two engines computed the same loss and gradients, to a relative 1e-9."""
    pairs = [(one["loss"], other["loss"]), *zip(one["grads"], other["grads"], strict=bool(other["grads"]))]
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in pairs)


def start() -> dict[str, Worker]:
    """Return a worker for each engine that there is; print a line for each that there is not."""
    workers = {}
    compiled = autograd.core() == "compiled"
    for name in OURS:
        if name == "pure" or compiled:
            workers[name] = Worker(name, Path(sys.executable))
        else:
            print(f"skipped {name}: the compiled core was not built here")
    workers["floats"] = Worker("floats", Path(sys.executable))
    for name, requirement in PEERS.items():
        try:
            workers[name] = Worker(name, environment(name, requirement))
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"skipped {name}: {requirement} could not be installed ({error})")
    return workers


def measure(task: str, workers: dict[str, Worker], rounds: int, quick: bool) -> dict[str, list[list[float]]]:
    """Return, for each engine, what it took in each round: forward, backward, freeing, in ns per unit of size.

    The garbage of a warm-up round, which is also the one that is checked, belongs to the first round, as in use.
    """
    able = {name: worker for name, worker in workers.items() if (task, name) not in LACKING}
    for name in [name for name in workers if name not in able]:
        print(f"{task:7}{name:11}skipped: {LACKING[task, name]}")
    found: dict[str, list[list[float]]] = {}
    for name, worker in list(able.items()):
        size = worker.size(task, quick)
        try:
            answer = worker.ask(task, size)
            judge = able["pure"].ask(task, size)
        except RuntimeError as error:
            print(f"{task:7}{name:11}skipped: {error}")
            del able[name], workers[name]
            continue
        if not agree(judge, answer):
            print(f"{task:7}{name:11}computes something else; not timed")
            del able[name]
        elif task == "chain":  # the first row is the weight, found in a new process, which has no memory to spare
            fresh = Worker(name, worker.python)
            found[name] = [[fresh.ask(task, size, weigh=True)["bytes"] / size]]
            fresh.process.kill()
    runs: dict[str, list[list[float]]] = {name: found.get(name, [[0.0]]) for name in able}
    for _ in range(rounds):
        for name, worker in able.items():
            size = worker.size(task, quick)
            if len(runs[name]) > 2 and size * sum(runs[name][-1]) > 5e9:
                continue  # two rounds tell enough of what takes more than five seconds
            runs[name].append([1e9 * t / size for t in worker.ask(task, size)["times"]])
    return runs


def report(task: str, runs: dict[str, list[list[float]]], quick: bool) -> dict[str, list[float]]:
    """Print the medians of a task, a line for each engine, and return its steps; ratios are taken round by round."""
    ours = "compiled" if "compiled" in runs else "pure"
    size = TASKS[task][1]
    steps = {name: [sum(times) for times in found[1:]] for name, found in runs.items()}
    for name, (weight, *found) in runs.items():
        forward, backward, freeing = (statistics.median(column) for column in zip(*found, strict=True))
        ratio = statistics.median(x / y for x, y in zip(steps[name], steps[ours], strict=False))
        weighed = f"{weight[0]:8.0f}" if weight[0] else f"{'':8}"
        unit = "ns" if size > 1000 else "ms"
        scale = 1.0 if size > 1000 else size / 1e6
        columns = "".join(f"{scale * x:9.2f} {unit}" for x in (forward, backward, freeing))
        print(f"{task:7}{name:11}{columns}{weighed}{ratio:10.2f}", flush=True)
    return steps


def median_ratio(xs: list[float], ys: list[float]) -> float:
    return statistics.median(x / y for x, y in zip(xs, ys, strict=False))


def judged(task: str, runs: dict[str, list[list[float]]], steps: dict[str, list[float]]) -> list[tuple[Any, ...]]:
    """Return (what, measured, relation, goal) for what a task was to show, as far as its engines ran."""
    forward, backward = ({name: [times[i] for times in found[1:]] for name, found in runs.items()} for i in (0, 1))
    goals: list[tuple[Any, ...]] = []
    if task == "moons" and "micrograd" in runs:
        goals += [
            (f"moons: micrograd / {name}", median_ratio(steps["micrograd"], steps[name]), ">=", goal)
            for name, goal in {"compiled": 100, "fused": 400, "pure": 3}.items()
            if name in runs
        ]
    if "compiled" not in runs:
        return goals
    if task == "moons":
        goals.append(
            ("moons: forward / floats' forward", median_ratio(forward["compiled"], forward["floats"]), "<=", 4)
        )
    if task == "mixed":
        goals.append(("mixed: backward / forward", median_ratio(backward["compiled"], forward["compiled"]), "<=", 0.5))
        goals.append(("  or ns per node", statistics.median(backward["compiled"]), "<=", 15))
    if task == "chain":
        goals.append(("chain: bytes per node", runs["compiled"][0][0], "<=", 100))
    return goals


def asked(prog: str, description: str | None, tasks: Iterable[str], rounds: int, quick: str) -> argparse.Namespace:
    """Return what the command line asks for: rounds, quick, and tasks, all of them unless some are named."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help=f"how often each runs each task (default: {rounds})")
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"{', '.join(tasks)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(tasks):
        parser.error(f"no task {', '.join(unknown)}; there are {', '.join(tasks)}")
    options.tasks = options.tasks or list(tasks)
    return options


def main() -> int:
    options = asked("python -m tests.benchmarks", __doc__, TASKS, 5, "tasks of a tenth of the size")
    workers = start()
    print(f"Python {sys.version.split()[0]}. Times per step or operation; bytes per node; steps over our steps.")
    print(f"{'task':7}{'engine':11}{'forward':>12}{'backward':>12}{'freeing':>12}{'bytes':>8}{'ratio':>10}")
    goals = []
    for task in options.tasks:
        runs = measure(task, workers, options.rounds, options.quick)
        steps = report(task, runs, options.quick)
        goals += judged(task, runs, steps)
    print()
    for name, found, relation, goal in goals:
        met = found >= goal if relation == ">=" else found <= goal
        print(f"{name:36}{found:10.2f}   goal {relation} {goal:<6}{'met' if met else 'not met'}")
    for worker in workers.values():
        worker.process.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
