"""A peer in a process of its own: `worker.py ENGINE`, asked in lines of JSON, which it answers in kind.

Start at `Session`. The one surprise: this runs in a peer's environment, where there are the peer and NumPy alone.
Arrays go by files; what the engine cannot do is answered with the reason.
"""

import importlib
import json
import math
import os
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
ENGINES = {
    "JAX": ("with_jax", "Jax"),
    "PyTorch": ("with_torch", "Torch"),
    "torch.compile": ("with_torch", "Compiled"),
    "CasADi": ("with_casadi", "Casadi"),
    "CasADi, C": ("with_casadi", "CasadiC"),
    "HIPS autograd": ("with_hips", "Hips"),
    "Dr.Jit": ("with_drjit", "DrJit"),
}


class Session:
    """An engine, and the call that it prepared last."""

    def __init__(self, name: str) -> None:
        module, kind = ENGINES[name]
        self.engine = getattr(importlib.import_module(f"peers.{module}"), kind)()
        self.call: Callable[[], list[Any]] | None = None

    def prepare(self, task: str, inputs: str, outputs: str) -> dict[str, Any]:
        """Make the call of a task and write what it gives first."""
        import numpy as np

        self.call = None
        start = time.perf_counter()
        self.call = getattr(self.engine, task)(dict(np.load(inputs).items()))
        found = self.call()
        first = time.perf_counter() - start
        np.savez(outputs, *[np.asarray(x, dtype=float) for x in found])
        return {"first": first}

    def run(self, calls: int) -> dict[str, Any]:
        """Return the seconds that a call takes, after one to warm up; and those of the processor."""
        assert self.call is not None
        self.call()
        start, used = time.perf_counter(), time.process_time()
        for _ in range(calls):
            self.call()
        return {"seconds": (time.perf_counter() - start) / calls, "processor": (time.process_time() - used) / calls}

    def trap(self, path: str, cases: dict[str, list[list[float]]]) -> dict[str, Any]:
        """Return, for each way of this engine to compile and each function, how its results are, with an example.

        `cases` has (x, y, what Python gives) for each function of the file of traps.
        """
        traps = loaded(path, self.engine)
        return {
            way: {name: tried(make, getattr(traps, name), each) for name, each in cases.items()}
            for way, make in self.engine.ways().items()
        }


def loaded(path: str, engine: Any) -> Any:
    """Return the module of a file whose functions are to run on this engine's: what it calls `autograd` is that."""
    known, stand_in = sys.modules.get("autograd"), types.ModuleType("autograd")
    vars(stand_in).update(engine.functions())
    sys.modules["autograd"] = stand_in
    try:
        module = types.ModuleType("traps")
        exec(compile(Path(path).read_text(), path, "exec"), vars(module))
    finally:
        if known is None:
            del sys.modules["autograd"]
        else:
            sys.modules["autograd"] = known
    return module


def tried(make: Callable[..., Any], function: Any, cases: list[list[float]]) -> dict[str, Any]:
    """Return how often a function compiled on the first case is right, wrong, or raises."""
    found: dict[str, Any] = {"right": 0, "wrong": 0, "raised": 0, "error": "", "example": ""}
    call = None
    for x, y, expected in cases:
        try:
            call = call or make(function, x, y)
            result = float(call(x, y))
        except Exception as error:  # of whatever kind: which, is what the table tells
            found["raised"] += 1
            found["error"] = found["error"] or type(error).__name__
            continue
        if math.isclose(result, expected, rel_tol=1e-12):
            found["right"] += 1
        else:
            found["wrong"] += 1
            found["example"] = found["example"] or f"f({x:.4g}, {y:.4g}) = {result:.4g}, Python has {expected:.4g}"
    return found


def main(name: str) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])  # one core, whatever threads the engine starts
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # engines and the compilers they call print to standard output
    session: Session | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            session = session or Session(name)
            answer = getattr(session, request.pop("do"))(**request)
        except Exception as error:
            answer = {"skipped": f"{type(error).__name__}: {str(error).strip()[:200]}".replace("\n", " ")}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
