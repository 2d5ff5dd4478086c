"""Calls of small jitted functions: us each over 10,000 of them, with audits and without.

`python -P small_calls.py` prints them as JSON, of whichever engine PYTHONPATH has.
"""

import inspect
import json
import time
from collections.abc import Callable
from typing import Any

import autograd
from autograd import grad, jit, sin

CALLS = 10_000
AUDITS = "audit" in inspect.signature(jit).parameters  # the first revisions had none


def twenty(xs: Any) -> Any:
    """Return a sum of twenty terms."""
    return sum([x * x / (1.0 + abs(x)) for x in xs])


def product(x: Any, y: Any) -> Any:
    """Return a number of which the gradient is taken."""
    return x * y + sin(x) * y


FUNCTIONS: dict[str, tuple[Any, Callable[[int], tuple[Any, ...]]]] = {
    "two numbers": (lambda x, y: x * y + sin(x), lambda i: (0.1 * i, 0.3)),
    "a branch": (lambda x, y: x * y if x > y else y - x, lambda i: (0.1 * (i % 7), 0.3)),
    "a gradient": (grad(product, argnums=(0, 1)), lambda i: (0.1 * i, 0.3)),
    "twenty numbers": (twenty, lambda i: ([0.1 * i + k for k in range(20)],)),
}


def timed(name: str, audit: bool) -> tuple[float, int]:
    """Return what a call costs in us of processor time, and how many calls were audited."""
    f, inputs = FUNCTIONS[name]
    compiled = jit(f, audit=audit) if AUDITS else jit(f)
    compiled(*inputs(0))
    start = time.process_time()
    for i in range(1, CALLS):
        compiled(*inputs(i))
    return (time.process_time() - start) / CALLS * 1e6, compiled.stats().audits if AUDITS else 0


def costs() -> dict[str, list[float]]:
    """Return what a call of each function costs in us: with audits, without."""
    found = {}
    for name in FUNCTIONS:
        timed(name, True)  # what is done once in a process
        found[name] = [timed(name, audit)[0] for audit in (True, False)]
    return found


if __name__ == "__main__":
    print(json.dumps({"home": autograd.__file__, "core": autograd.core(), "us": costs()}))
