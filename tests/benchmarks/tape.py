"""`python -m tests.benchmarks.tape`: what recording and sweeping a function on a tape costs, beside Value and backward.

Both are timed in turn, and the ratio of medians is printed for several sizes, with the goal of each.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value, grad

GOALS = {5: 1.0, 100: 0.8, 10_000: 0.7}  # operations: grad over Value and backward


def chain(operations: int) -> Callable[[list[Any]], Any]:
    """Return a function of so many operations."""

    def f(xs: list[Any]) -> Any:
        a, b, c = xs
        total = a
        for _ in range(operations // 5):
            total = total * b + c * 0.5
            total = total - a * b
        return total

    return f


def backward(f: Callable[[list[Any]], Any], xs: list[float]) -> list[float]:
    """Return the gradient by Values."""
    values = [Value(x) for x in xs]
    f(values).backward()
    return [x.grad for x in values]


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """Return the processor time of one of so many calls."""
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


def main() -> int:
    """Print the table; return 0 if all goals are met."""
    met, xs = True, [0.5, 0.3, 0.7]
    print(f"{autograd.core()} core\n{'operations':>10}{'grad, us':>12}{'backward, us':>14}{'ratio':>8}{'goal':>6}")
    for operations, goal in GOALS.items():
        f = chain(operations)
        gradient = grad(f)
        assert gradient(xs) == backward(f, xs)
        repeats = max(1, 100_000 // operations)
        rounds = [
            (seconds(lambda: gradient(xs), repeats), seconds(lambda: backward(f, xs), repeats))  # noqa: B023
            for _ in range(9)
        ]
        ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
        met &= ours <= goal * theirs
        print(f"{operations:10}{ours * 1e6:12.2f}{theirs * 1e6:14.2f}{ours / theirs:8.2f}{goal:6.1f}")
    return not met


if __name__ == "__main__":
    sys.exit(main())
