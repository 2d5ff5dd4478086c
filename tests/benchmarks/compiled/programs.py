"""Programs for one set of numbers: a GPT's training step, and what compiling takes.

Start at `gpt`. The one surprise: compile times are taken in processes of their own, `python -m` this module, because
the second process is to find what the first one left on disk.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace
from typing import Any

import numpy as np

import autograd
from autograd import Value, jit, tanh, value_and_grad, vmap
from autograd.backends.llvm import kernel as llvm
from autograd.primitives.table import add, mul
from autograd.primitives.table import sin as sine
from autograd.program import Builder, Instruction, Program, optimized

from .. import tasks
from .contest import Contest, near, ratio, single_thread
from .peers.formulas import RATE

SIZES = {1_000: 0.1, 10_000: 1.0, 100_000: 10.0}  # instructions, and the seconds that they may take
ENGINE = SimpleNamespace(**vars(autograd) | {"dot": autograd.sumprod})


def gpt(contest: Contest) -> None:
    make, size = tasks.TASKS["gpt"]
    task = make(size)
    contenders: dict[str, Any] = {}
    for kind in ("function", "fused"):
        function = getattr(task, kind)
        contenders[f"jit, {kind}"] = stepped(
            jit(value_and_grad(lambda ws, function=function: function(list(ws), ENGINE)), backend="llvm"), task.leaves
        )
        contenders[f"eager, {kind}"] = eager(function, task.leaves)
    title = f"a training step of a scalar GPT, {len(task.leaves)} weights, {size} characters, update included"
    times = contest.timed(title, contenders, near(1e-9))
    for kind in ("function", "fused"):
        contest.goal(f"GPT: eager / jit, {kind}", ratio(times, f"eager, {kind}", f"jit, {kind}"), ">=", 10)


def stepped(f: Any, weights: list[float]) -> Any:
    own = np.array(weights)

    def call() -> list[Any]:
        nonlocal own
        value, slope = f(own)
        own = own - RATE * slope
        return [value, own]

    return call


def eager(function: Any, weights: list[float]) -> Any:
    own = [Value(w) for w in weights]

    def call() -> list[Any]:
        loss = function(own, ENGINE)
        loss.backward()
        for w in own:
            w.data -= RATE * w.grad
            w.grad = 0.0
        return [loss.data, [w.data for w in own]]

    return call


def compile_times(contest: Contest) -> None:
    print("\ncompile time: means and products at random, a sine now and then, 4 inputs, 1 output; imports not counted")
    print(f"  {'instructions':34}{'lanes, cold':>14}{'warm disk':>14}{'one set, cold':>16}{'warm disk':>14}")
    for size, most in SIZES.items():
        if contest.quick and size > 10_000:
            continue
        with tempfile.TemporaryDirectory() as folder:
            cold, warm = (measured(str(size), folder) for _ in range(2))
        cells = (cold["lanes"], warm["lanes"], cold["scalar"], warm["scalar"])
        print("".join([f"  {size:<34,}", *(f"{x:{w}.3f} s" for x, w in zip(cells, (12, 12, 14, 12), strict=True))]))
        for what, name in (("lanes", "lanes"), ("scalar", "one set of numbers")):
            contest.goal(f"{size:,} instructions, {name}: seconds to compile", cold[what], "<=", most)
            contest.goal(f"{size:,} instructions, {name}: ms in a second process", 1e3 * warm[what], "<=", 50)
    with tempfile.TemporaryDirectory() as folder:
        first, second = (1e3 * measured("start", folder)["call"] for _ in range(2))
    print(f"  vmap(lambda x: tanh(x) * x), first call: {first:.1f} ms; in a second process {second:.1f} ms")
    contest.goal("first call of a small function: ms in a second process", second, "<=", 50)


def measured(what: str, cache: str) -> dict[str, float]:
    """Return the seconds that `main` measured in a new process."""
    line = [sys.executable, "-m", __name__, what]
    done = subprocess.run(line, env=os.environ | {"VALUEGRAD_CACHE": cache}, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def made(size: int) -> Program:
    """Return a random program, every instruction of which counts; numbers in [-1, 1] stay there."""
    rng, builder, unused = random.Random(size), Builder(4), [0, 1, 2, 3]
    half, known = builder.constant(0.5), [0, 1, 2, 3]
    while (i := len(builder.steps)) < size:
        row = sine if i % 50 == 25 else rng.choice((add, mul))
        newest = unused.pop(rng.randrange(len(unused)))
        other = rng.choice(known[-40:])
        made = builder.add(Instruction(row, (newest,) if row is sine else (newest, other), True))
        known.append(builder.add(Instruction(mul, (made, half), True)) if row is add else made)
        unused.append(known[-1])
        if len(unused) < 4 and size - i > 8:
            unused.append(other)
    while len(unused) > 1:
        unused.append(builder.add(Instruction(add, (unused.pop(), unused.pop()), True)))
    return builder.program(unused)


def main(what: str) -> None:
    """Print what a first call takes, in seconds."""
    single_thread()
    np.ones(64)
    if what == "start":
        x = np.ones(64)
        start = time.perf_counter()
        vmap(lambda x: tanh(x) * x, backend="llvm")(x)
        print(json.dumps({"call": time.perf_counter() - start}))
        return
    program, seconds = made(int(what)), {}
    start = time.perf_counter()
    lanes = llvm.lanes(program, [True] * 4, [False])
    lanes([], [np.full(64, 0.5)] * 4, 64)
    seconds["lanes"] = time.perf_counter() - start
    start = time.perf_counter()
    llvm.scalar(program, True)([0.5] * 4)
    seconds["scalar"] = time.perf_counter() - start
    seconds["instructions"] = len(optimized(program).steps)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1])
