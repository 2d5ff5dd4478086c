"""Our engine against its peers, in turn, in one run: `python -m tests.benchmarks [--rounds N] [TASK ...]`.

Start at `main`. Peers are installed from the package registry into an environment of their own, or skipped with a
line that says why. Results must agree before anything is timed; what is quoted is the median over the rounds, and
ratios, because machines differ and drift.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import autograd

from .tasks import TASKS

PEERS = {"micrograd": "micrograd==0.1.0"}
WORKER = Path(__file__).with_name("worker.py")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "valuegrad-benchmarks"


def environment(name: str, requirement: str) -> Path:
    """Return the Python of a peer's own environment, made when it is not there; CalledProcessError if it can't be."""
    folder = CACHE / f"{name}-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", requirement], check=True, capture_output=True)
        (folder / "complete").touch()
    return python


def start(engine: str, python: Path) -> "subprocess.Popen[str]":
    """Return a worker process of an engine."""
    paths = {"PYTHONPATH": str(Path(autograd.__file__).parents[1])} if engine == "ours" else {}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [python, WORKER, engine], stdin=pipe, stdout=pipe, text=True, env={**os.environ, "PYTHONPATH": "", **paths}
    )


def ask(worker: "subprocess.Popen[str]", task: str, weigh: bool = False) -> dict[str, Any]:
    """Return what one run of a task measured; with `weigh`, the bytes of its graph too, in a run that is not timed."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps([task, weigh]) + "\n")
    worker.stdin.flush()
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"the worker ended with exit code {worker.wait()}")
    answer: dict[str, Any] = json.loads(line)
    return answer


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two engines computed the same loss and gradients, to a relative 1e-9."""
    pairs = [(one["loss"], other["loss"]), *zip(one["grads"], other["grads"], strict=bool(other["grads"]))]
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in pairs)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each engine runs each task (default: 5)")
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"{', '.join(TASKS)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(TASKS):
        parser.error(f"no task {', '.join(unknown)}; there are {', '.join(TASKS)}")
    workers = {"ours": start("ours", Path(sys.executable)), "floats": start("floats", Path(sys.executable))}
    for name, requirement in PEERS.items():
        try:
            workers[name] = start(name, environment(name, requirement))
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"skipped {name}: {requirement} could not be installed ({error})")
    print(f"Python {sys.version.split()[0]}, our core: {'compiled' if not is_pure() else 'pure Python'}")
    print(
        f"{'task':8}{'engine':12}{'nodes':>9}{'forward':>11}{'backward':>11}{'ns/node':>9}{'back':>7}{'bytes':>7}{'':4}ratio"
    )
    for task in options.tasks or TASKS:
        first = {name: ask(worker, task, weigh=True) for name, worker in workers.items()}
        for name in [name for name in first if not agree(first["ours"], first[name])]:
            print(f"{task}: {name} computes something else; not timed")
            del first[name]
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in first}
        for _ in range(options.rounds):
            for name, found in runs.items():
                found.append(ask(workers[name], task))
        report(task, runs, {name: found["bytes"] for name, found in first.items()})
    for worker in workers.values():
        worker.terminate()
    return 0


def is_pure() -> bool:
    """Return whether the engine's core runs as plain Python."""
    from autograd import value

    return value.__file__.endswith(".py")


def report(task: str, runs: dict[str, list[dict[str, Any]]], weights: dict[str, int]) -> None:
    """Print the medians of a task, a line per engine; the ratio is of whole steps, to ours, pair by pair."""
    for name, found in runs.items():
        forward, backward = (statistics.median(run[key] for run in found) for key in ("forward", "backward"))
        steps = zip(found, runs["ours"], strict=True)
        ratio = statistics.median((a["forward"] + a["backward"]) / (b["forward"] + b["backward"]) for a, b in steps)
        count = found[0]["nodes"]
        each = (
            f"{forward / count * 1e9:9.0f}{backward / count * 1e9:7.0f}{weights[name] / count:7.0f}"
            if count
            else f"{'':23}"
        )
        times = f"{forward * 1e3:8.1f} ms{backward * 1e3:8.1f} ms"
        print(f"{task:8}{name:12}{count or '':>9}{times}{each}    {ratio:.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
