"""One engine in a process of its own: reads a task's name, answers with times, as lines of JSON.

Start at `ENGINES`. The one surprise: this file must run in a peer's environment, where nothing of ours is installed.
"""

import gc
import json
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from tasks import TASKS


def ours() -> Any:
    from autograd import Value

    return Value


def micrograd() -> Any:
    from micrograd.engine import Value

    return Value


ENGINES = {"ours": ours, "micrograd": micrograd, "floats": lambda: float}


def nodes(root: Any) -> int:
    """Return how many nodes a result was made from, leaves included; 0 for a float."""
    seen, stack = {id(root)}, [root]
    while stack:
        node = stack.pop()
        for parent in getattr(node, "parents", None) or getattr(node, "_prev", ()):
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append(parent)
    return len(seen)


def main(engine: str) -> None:
    number = ENGINES[engine]()
    sys.setrecursionlimit(10**6)
    tasks = {name: build(number, size) for name, (build, size) in TASKS.items()}
    for line in sys.stdin:
        name, weigh = json.loads(line)
        task = tasks[name]
        for leaf in task.leaves if engine != "floats" else ():
            leaf.grad = 0.0
        gc.collect()
        start = time.perf_counter()
        result = task.forward()
        middle = time.perf_counter()
        if engine != "floats":
            result.backward()
        end = time.perf_counter()
        answer = {
            "forward": middle - start,
            "backward": end - middle,
            "loss": float(getattr(result, "data", result)),
            "grads": [leaf.grad for leaf in task.leaves[:50]] if engine != "floats" else [],
            "nodes": nodes(result) if engine != "floats" else 0,
        }
        del result
        if weigh:
            tracemalloc.start()
            result = task.forward()
            answer["bytes"] = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            del result
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
