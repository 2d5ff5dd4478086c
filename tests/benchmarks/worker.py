"""One engine in a process of its own: reads a task's name and size, answers with times, as lines of JSON.

Start at `ENGINES`. The one surprise: this file must run in a peer's environment, where nothing of ours is installed.
"""

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from tasks import TASKS

Times = tuple[float, float, float]  # seconds: forward, backward, freeing


class Graph:
    """An engine whose numbers remember how they were made."""

    def __init__(self, number: Callable[[float], Any]) -> None:
        self.number = number

    def relu(self, x: Any) -> Any:
        return x.relu()

    def exp(self, x: Any) -> Any:
        return x.exp()

    def log(self, x: Any) -> Any:
        return x.log()

    def gradients(self, leaves: list[Any]) -> list[float]:
        return [float(leaf.grad or 0.0) for leaf in leaves]  # PyTorch has None for zero

    def run(self, function: Callable[..., Any], floats: list[float]) -> tuple[Times, float, list[float]]:
        """Return (times, loss, gradients) of one step."""
        leaves = [self.number(x) for x in floats]
        start = time.perf_counter()
        loss = function(leaves, self)
        middle = time.perf_counter()
        loss.backward()
        end = time.perf_counter()
        number = float(getattr(loss, "data", loss))
        again = time.perf_counter()
        del loss
        return (middle - start, end - middle, time.perf_counter() - again), number, self.gradients(leaves)


class Ours(Graph):
    def __init__(self) -> None:
        import autograd

        super().__init__(autograd.Value)
        self.dot, self.total, self.cross_entropy = autograd.sumprod, autograd.fsum, autograd.cross_entropy


class Torch(Graph):
    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        super().__init__(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))


class Floats(Graph):
    """Plain floats: the forward pass alone."""

    def __init__(self) -> None:
        super().__init__(float)
        self.exp, self.log = math.exp, math.log  # type: ignore[method-assign]

    def relu(self, x: Any) -> Any:
        return max(x, 0.0)

    def run(self, function: Callable[..., Any], floats: list[float]) -> tuple[Times, float, list[float]]:
        start = time.perf_counter()
        loss = function(floats, self)
        return (time.perf_counter() - start, 0.0, 0.0), loss, []


class Hips(Graph):
    """HIPS autograd, which traces functions."""

    def __init__(self) -> None:
        from autograd.core import make_vjp

        import autograd.numpy

        super().__init__(float)
        self.make_vjp, self.numpy = make_vjp, autograd.numpy
        self.exp, self.log = autograd.numpy.exp, autograd.numpy.log  # type: ignore[method-assign]

    def relu(self, x: Any) -> Any:
        return self.numpy.maximum(x, 0.0)

    def run(self, function: Callable[..., Any], floats: list[float]) -> tuple[Times, float, list[float]]:
        start = time.perf_counter()
        vjp, loss = self.make_vjp(lambda leaves: function(list(leaves), self), list(floats))
        middle = time.perf_counter()
        found = vjp(1.0)
        end = time.perf_counter()
        del vjp
        return (middle - start, end - middle, time.perf_counter() - end), float(loss), [float(x) for x in found]


class Xad(Graph):
    """XAD's Python binding, which records on a tape."""

    def __init__(self) -> None:
        import xad.adj_1st
        import xad.math

        super().__init__(xad.adj_1st.Real)
        self.tape = xad.adj_1st.Tape
        self.exp, self.log, self.max = xad.math.exp, xad.math.log, xad.math.max  # type: ignore[method-assign]

    def relu(self, x: Any) -> Any:
        return self.max(x, 0.0)

    def run(self, function: Callable[..., Any], floats: list[float]) -> tuple[Times, float, list[float]]:
        with self.tape() as tape:
            leaves = [self.number(x) for x in floats]
            for leaf in leaves:
                tape.registerInput(leaf)
            tape.newRecording()
            start = time.perf_counter()
            loss = function(leaves, self)
            middle = time.perf_counter()
            tape.registerOutput(loss)
            loss.derivative = 1.0
            tape.computeAdjoints()
            end = time.perf_counter()
            number, found = loss.value, [leaf.derivative for leaf in leaves]
        return (middle - start, end - middle, 0.0), number, found


def micrograd() -> Graph:
    from micrograd.engine import Value

    return Graph(Value)


ENGINES: dict[str, Callable[[], Graph]] = {
    "compiled": Ours,
    "fused": Ours,
    "pure": Ours,
    "floats": Floats,
    "micrograd": micrograd,
    "hips": Hips,
    "xad": Xad,
    "torch": Torch,
}


def resident() -> int:
    """Return the bytes of memory that this process occupies; 0 where nobody tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


def main(name: str) -> None:
    engine = ENGINES[name]()
    sys.setrecursionlimit(10**6)
    for line in sys.stdin:
        task, size, weigh = json.loads(line)
        prepared = TASKS[task][0](size)
        function = prepared.fused if name == "fused" else prepared.function
        answer: dict[str, Any] = {}
        if weigh:
            engine.run(TASKS["chain"][0](1000).function, [1.0])  # whatever is imported or allocated once
            before = resident()
            result = function([engine.number(x) for x in prepared.leaves], engine)
            answer["bytes"] = resident() - before
            del result
        times, answer["loss"], answer["grads"] = engine.run(function, prepared.leaves)
        answer["times"] = times
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
