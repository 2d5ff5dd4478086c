"""Functions with nested loops, made at random, for tests of what finds and runs loops."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd import cos, exp, sin, sqrt, tanh

SIZE = 6  # numbers that a function takes
ONE = (sin, cos, tanh, lambda x: exp(-x * x), lambda x: sqrt(x * x + 1.0), lambda x: -x, abs)
TWO = (
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / (y * y + 2.0),
)
Environment = dict[str, Any]
Part = Callable[[Environment], Any]


def function(seed: int, guards: bool = False) -> Callable[..., list[Any]]:
    """Return a function of `SIZE` numbers, of a few nested loops, some of them triangular; the same for a seed.

    With `guards`, some statements of it are run only where a comparison holds.
    """
    rng = random.Random(seed)
    body = block(rng, 0, guards)

    def f(*xs: Any) -> list[Any]:
        here: Environment = {"x": list(xs), "y": [0.5] * 40, "s": xs[0], "t": 1.0, "counters": []}
        body(here)
        return [here["s"], here["t"], *here["y"][:3]]

    return f


def block(rng: random.Random, depth: int, guards: bool) -> Part:
    """Return some statements, one after the other."""
    parts = [statement(rng, depth, guards) for _ in range(rng.randint(1, 3))]
    if not depth:
        parts.append(loop(rng, depth, guards))

    def run(here: Environment) -> None:
        for part in parts:
            part(here)

    return run


def statement(rng: random.Random, depth: int, guards: bool) -> Part:
    """Return a statement: a loop, or an assignment, of a sum, a number, or an element of a list."""
    if depth < 3 and rng.random() < 0.35:
        return loop(rng, depth, guards)
    value, kind, at = expression(rng, 2, depth), rng.choice("sstty"), index(rng, depth, 40)
    limit = rng.uniform(-0.5, 2.0) if guards and rng.random() < 0.3 else None

    def assign(here: Environment) -> None:
        if limit is not None and here["s"] > limit:
            return
        found = value(here)
        if kind == "y":
            here["y"][at(here)] = tanh(found)
        else:
            here[kind] = tanh(here[kind] * 0.75 + found)

    return assign


def loop(rng: random.Random, depth: int, guards: bool) -> Part:
    """Return a loop, whose number of iterations is fixed, or depends on the counter around it."""
    body, most, kind = block(rng, depth + 1, guards), rng.randint(3, 14) if depth else rng.randint(5, 14), rng.random()

    def run(here: Environment) -> None:
        last = here["counters"][-1] if here["counters"] else 0
        times = most if kind < 0.5 else last + 1 if kind < 0.75 else max(0, most - last)
        for i in range(times):
            here["counters"].append(i)
            body(here)
            here["counters"].pop()

    return run


def index(rng: random.Random, depth: int, size: int) -> Callable[[Environment], int]:
    """Return a place in a list of a size: fixed, or moving with the counters."""
    factors, first = [rng.choice((0, 1, 1, 2, -1)) for _ in range(depth)], rng.randrange(size)
    return lambda here: (first + sum(c * i for c, i in zip(factors, here["counters"], strict=False))) % size


def expression(rng: random.Random, height: int, depth: int) -> Part:
    """Return an expression."""
    if height == 0:
        return leaf(rng, depth)
    if rng.random() < 0.3:
        one, x = rng.choice(ONE), expression(rng, height - 1, depth)
        return lambda here: one(x(here))
    two, x, y = rng.choice(TWO), expression(rng, height - 1, depth), expression(rng, height - 1, depth)
    return lambda here: two(x(here), y(here))


def leaf(rng: random.Random, depth: int) -> Part:
    """Return a number: of a list, a sum so far, a constant, or one made of a counter."""
    kind, place, c = rng.choice("xyystc" + "i" * (depth > 0)), rng.random(), rng.uniform(-1.0, 1.0)
    if kind in "xy":
        at = index(rng, depth, SIZE if kind == "x" else 40)
        return lambda here: here[kind][at(here)]
    if kind == "c":
        return lambda here: c
    if kind == "i":
        return lambda here: c * here["counters"][int(place * depth)]
    return lambda here: here[kind]


def numbers(seed: int) -> list[float]:
    """Return numbers for a function."""
    rng = random.Random(seed)
    return [rng.uniform(-1.0, 1.0) for _ in range(SIZE)]


def same_steps(one: Any, other: Any) -> bool:
    """Return whether two programs without loops are the same but for the order of their constants."""
    return bool(_named(one) == _named(other))


def _named(program: Any) -> tuple[Any, ...]:
    def names(operands: Sequence[int]) -> list[Any]:
        return [k if k >= 0 else repr(program.constants[~k]) for k in operands]

    steps = [(step[0], names(step.operands), step[2]) for step in program.steps]
    return program.inputs, steps, names(program.outputs)
