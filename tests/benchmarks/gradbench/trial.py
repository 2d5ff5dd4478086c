"""A stand-in for the suite's runner: `python -m tests.benchmarks.gradbench.trial EVAL ...` plays an eval with the tool.

It starts the tool as the suite does, sends it the samples, then inputs of the suite's default sizes, checks the answers
with the suite's tolerance, and prints for each workload the first run, the mean of those that follow, and what the
suite counts, the mean of all. `--samples` leaves it at the samples, `--most 10` at sizes whose runs take less seconds;
`--tool` names another tool's command, which is how peers are compared.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import inputs
from .tool import EVALS, plain

TOLERANCE = 1e-4
ONE_THREAD = {"VALUEGRAD_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Yield where an answer is not the one expected, as the suite compares: structure, then numbers."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        for key in expected:
            yield from differences(expected[key], found[key], f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for i, (x, y) in enumerate(zip(expected, found, strict=True)):
            yield from differences(x, y, f"{where}[{i}]")
    elif all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (expected, found)):
        exact = isinstance(expected, int) and isinstance(found, int)
        if expected != found if exact else not abs(expected - found) <= TOLERANCE * max(1, abs(expected) + abs(found)):
            yield f"{where}: {expected} != {found}"
    else:
        yield f"{where}: {str(expected)[:60]} has not the structure of {str(found)[:60]}"


class Session:
    """A tool that runs, to which messages are sent one by one."""

    def __init__(self, command: list[str]) -> None:
        pipe: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.tool = subprocess.Popen(command, text=True, env=os.environ | ONE_THREAD, **pipe)
        self.count = 0

    def send(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return the tool's answer to a message."""
        line = json.dumps({"id": self.count, "kind": kind, **fields}, default=listed)
        assert self.tool.stdin is not None
        assert self.tool.stdout is not None
        print(line, file=self.tool.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.tool.stdout.readline())
        assert answer["id"] == self.count, "the answer is to another message"
        self.count += 1
        return answer

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.tool.stdin is not None
        assert self.tool.stdout is not None
        self.tool.stdin.close()
        if sys.exc_info()[0]:
            self.tool.kill()
        self.tool.wait()
        self.tool.stdout.close()


def listed(x: Any) -> Any:
    """Return what JSON cannot hold as what it can."""
    return x.item() if isinstance(x, np.generic) else x.tolist()


def asked(name: str, only_samples: bool) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield (function, description, input, answer or None), first the samples."""
    for one in inputs.samples(name):
        message = one["message"]
        yield message["function"], message.get("description", ""), message["input"], one["response"]["output"]
    if only_samples or name in ("hello", "saddle", "particle"):
        return
    for description, given, answers in inputs.WORKLOADS[name]():
        for function, expected in answers.items():
            yield function, description, given | {"min_runs": 2, "min_seconds": 1}, plain(expected)


def play(name: str, command: list[str], only_samples: bool, most: float) -> bool:
    """Play an eval, print its table, and return whether every answer was valid."""
    fine, long = True, {""}
    print(f"{name:10}{'workload':34}{'':10}{'first s':>10}{'then s':>10}{'mean s':>10}")
    with Session(command) as session:
        session.send("start", eval=name)
        fine = session.send("define", module=name)["success"]
        for function, description, given, expected in asked(name, only_samples):
            if function in long:
                continue
            more = {"module": name, "function": function, "description": description, "input": given}
            answer = session.send("evaluate", **more)
            verdict, runs = answer.get("error", ""), [1e-9 * x["nanoseconds"] for x in answer.get("timings", [])]
            if answer["success"]:
                wrong = [] if expected is None else list(differences(expected, answer["output"]))
                verdict = f"INVALID {wrong[0]}" if wrong else "unchecked" if expected is None else "valid"
                session.send("analysis", of=answer["id"], valid=not wrong)
            fine = fine and verdict in ("valid", "unchecked")
            later = f"{sum(runs[1:]) / len(runs[1:]):10.4f}" if runs[1:] else f"{'':10}"
            times = f"{runs[0]:10.4f}{later}{sum(runs) / len(runs):10.4f}" if runs else ""
            print(f"{function:10}{description:34}{verdict[:200]:10}{times}", flush=True)
            if runs and runs[0] > most:
                long.add(function)
    return fine


def main() -> int:
    """Return 0 where all answers were valid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evals", nargs="*", default=EVALS, help="by default all")
    parser.add_argument("--samples", action="store_true", help="leave it at the samples")
    parser.add_argument("--most", type=float, default=60.0, help="seconds of a run, after which larger sizes are left")
    parser.add_argument("--tool", help="the command of another tool")
    given = parser.parse_args()
    command = shlex.split(given.tool) if given.tool else [sys.executable, "-m", __package__]
    valid = [play(name, command, given.samples, given.most) for name in given.evals]
    return 0 if all(valid) else 1


if __name__ == "__main__":
    sys.exit(main())
