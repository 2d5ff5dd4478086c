"""What a call of a small compiled function costs, and what its audits add: over 10,000 calls, in turn."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from autograd import grad, jit, sin

from .contest import Contest

CALLS = 10_000


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


def calls(contest: Contest) -> None:
    """Print microseconds a call, with audits and without, and the ratio."""
    print(f"\ncalls of small jitted functions: us each over {CALLS:,} of them, audits included")
    print(f"  {'':18}{'audited':>10}{'audit=False':>14}{'ratio':>8}{'audits':>8}")
    ratios = []
    for name, (f, inputs) in FUNCTIONS.items():
        times: dict[bool, list[float]] = {True: [], False: []}
        audits = 0
        for _ in range(contest.rounds):
            for audit in (True, False):
                compiled = jit(f, audit=audit)
                compiled(*inputs(0))
                start = time.perf_counter()
                for i in range(1, CALLS):
                    compiled(*inputs(i))
                times[audit].append((time.perf_counter() - start) / CALLS * 1e6)
                audits = max(audits, compiled.stats().audits)
        with_audits, without = (statistics.median(times[audit]) for audit in (True, False))
        ratios.append(with_audits / without)
        print(f"  {name:18}{with_audits:10.3f}{without:14.3f}{ratios[-1]:8.3f}{audits:8}", flush=True)
    contest.goal("audits: time of a call with them to one without", statistics.median(ratios), "<=", 1.05)
