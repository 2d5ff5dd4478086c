"""`python -m tests.benchmarks.tape`: what recording and sweeping a function on a tape costs, beside Value and backward.

Both are timed in turn, and the ratio of medians is printed for several sizes, with the goal of each. Then come single
costs, each beside its goal.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value, grad, hessian, hvp, jit, sin, value_and_grad
from autograd.tape.tape import Tape

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


def recording() -> tuple[float, float]:
    """Return what recording an operation costs: us beside the function on floats, bytes."""
    f, xs, operations = chain(100_000), [0.5, 0.3, 0.7], 100_000

    def recorded() -> Tape:
        tape = Tape()
        f([tape.input(x) for x in xs])
        return tape

    times = [seconds(recorded, 1) - seconds(lambda: f(xs), 1) for _ in range(9)]
    before = resident()
    tapes = [recorded() for _ in range(8)]
    size = (resident() - before) / len(tapes) / operations
    return statistics.median(times) / operations * 1e6, size


def resident() -> int:
    """Return the memory of this process in bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def second_derivatives(parameters: int = 50, operations: int = 10_000) -> tuple[float, float]:
    """Return what a Hessian times a vector, and a whole Hessian, cost in gradients of the same function."""

    def f(xs: list[Any]) -> Any:
        total = xs[0]
        for i in range(operations // 4):
            total = total * xs[i % parameters] + xs[(7 * i + 1) % parameters] * 0.5 - total
        return total

    xs = [0.3 + 0.01 * i for i in range(parameters)]
    gradient, product, matrix = grad(f), hvp(f), hessian(f)
    rounds = [
        (
            seconds(lambda: gradient(xs), 10),
            seconds(lambda: product(xs, xs), 3),
            seconds(lambda: matrix(xs), 1),
        )
        for _ in range(7)
    ]
    one, two, every = (statistics.median(times) for times in zip(*rounds, strict=True))
    return two / one, every / one


def mixed(operations: int) -> Callable[[list[Any]], Any]:
    """Return a function of so many operations without powers, whose adjoints neither grow nor vanish."""

    def f(xs: list[Any]) -> Any:
        a, b, c = xs
        total = a
        for _ in range(operations // 10):
            total = total * b + c * 0.5
            total = total - a * b
            total = sin(total) / (0.5 + b * b) + c
        return total

    return f


def replayed(operations: int) -> tuple[float, float]:
    """Return what a first call of `jit(value_and_grad(f))` costs, and a later one, in seconds."""
    f, xs = mixed(operations), [0.5, 0.9, 0.7]
    jit(value_and_grad(mixed(10)))(xs)  # what is imported once
    first, later = [], []
    for _ in range(5):
        compiled = jit(value_and_grad(f))
        first.append(seconds(lambda: compiled(xs), 1))  # noqa: B023
        later.append(seconds(lambda: compiled(xs), max(1, min(90, 200_000 // operations))))  # noqa: B023
    return statistics.median(first), statistics.median(later)


def judged(name: str, cost: float, unit: str, goal: float) -> bool:
    """Print a cost beside its goal; return whether it is met."""
    print(f"{name:60}{cost:10.3f} {unit:9} goal {goal:g}")
    return cost <= goal


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
        if operations == 5:
            met &= ours <= 2.5e-6
    time, size = recording()
    met &= judged("recording a binary operation", time, "us", 0.06)
    times_vector, whole = second_derivatives()
    met &= judged("hvp, 10,000 operations", times_vector, "gradients", 2.5)
    met &= judged("hessian of 50 parameters, 10,000 operations", whole, "gradients", 50.0)
    for operations, goal in {10_000: 3.0, 100_000: 30.0}.items():
        first, later = replayed(operations)
        met &= judged(f"jit(value_and_grad(f)), {operations:,} operations: first call", first * 1e3, "ms", goal)
        met &= judged("  later calls, before LLVM: an operation", later / operations * 1e9, "ns", 6.0)
    small = jit(lambda x, y: x * y + sin(x) if x < y else y)
    small(0.5, 2.0)
    small_calls = statistics.median([seconds(lambda: small(0.5, 2.0), 90) for _ in range(9)])
    met &= judged("call of a small jitted function of two numbers", small_calls * 1e6, "us", 3.0)
    met &= judged("the same of a list of three, with its gradient", replayed(10)[1] * 1e6, "us", 3.0)
    met &= judged("memory of a tape, an operation", size, "bytes", 48.0)
    return not met


if __name__ == "__main__":
    sys.exit(main())
