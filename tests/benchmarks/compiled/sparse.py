"""Sparse Hessians of the chained Rosenbrock function, prepared once and compiled: what a call and the first one cost.

Start at `sparse`. CasADi is called as its users call it, with an array, and with memory that is bound once.
"""

import itertools
import math
import time
from typing import Any

import numpy as np

from autograd import hessian, jit

from .contest import OURS, Contest, Task, near, ratio

SIZES = (1_000, 10_000, 100_000)


def rosenbrock(x: Any) -> Any:
    """Return the chained Rosenbrock function."""
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x))


def sparse(contest: Contest) -> None:
    """Print a table for each size, and judge calls and first calls against CasADi's."""
    jit(hessian(rosenbrock, sparse=True))(np.ones(3))  # what is imported once
    for n in SIZES[:2] if contest.quick else SIZES:
        x = np.sin(np.arange(n))
        compiled = jit(hessian(rosenbrock, sparse=True), audit=False)
        start = time.perf_counter()
        compiled(x)
        first = time.perf_counter() - start
        contenders = {OURS: lambda compiled=compiled, x=x: [compiled(x).data]}
        peers = {name: peer for name, peer in contest.against("sparse", x=x).items() if "CasADi" in name}
        bound = contest.against("sparse_bound", x=x)["CasADi"]
        contenders |= {"CasADi": peers["CasADi"], "CasADi, memory bound once": bound}
        times = contest.timed(f"sparse Hessian, chained Rosenbrock, n = {n:,}", contenders, near(1e-9))
        setup = peers["CasADi"].prepared if isinstance(peers["CasADi"], Task) else math.nan
        print(f"  first call: ours {first * 1e3:.4g} ms, CasADi {setup * 1e3:.4g} ms", flush=True)
        for other in ("CasADi", "CasADi, memory bound once"):
            contest.goal(f"sparse Hessian, n = {n:,}: ours / {other}", ratio(times, OURS, other), "<=", 2.0)
        contest.goal(f"sparse Hessian, n = {n:,}: first call / set-up of CasADi", first / setup, "<=", 5.0)
