"""The stale-branch trap: functions that look at their numbers, compiled by us and by each peer.

Start at `trap`. The one surprise: the peers run the very same file of functions, with their own in place of ours.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np

from autograd import jit, vmap

from ...tools import traps
from .contest import Contest

CASES = 300  # for each function, of the peers, which compile anew for some


def trap(contest: Contest) -> None:
    """Print how many results differ from eager over a million inputs, and what becomes of the peers over some."""
    count = (100_000 if contest.quick else 1_000_000) // len(traps.TRAPS)
    print(f"\nstale branches: {count * len(traps.TRAPS):,} random inputs to each; differences from eager, paths,")
    print("and calls left to Python, which are those where it raises")
    print(f"  {'':12}{'jit, python':>34}{'jit, llvm':>34}{'vmap, llvm':>18}")
    total = dict.fromkeys(("jit, python", "jit, llvm", "vmap, llvm"), 0)
    cases: dict[str, list[tuple[float, float, float]]] = {}
    for f in traps.TRAPS:
        rng = random.Random(f.__name__)
        points = [traps.draw(rng) for _ in range(count)]
        expected = [traps.outcome(f, x, y) for x, y in points]
        cells = []
        for backend in ("python", "llvm"):
            compiled = jit(f, backend=backend)
            wrong = sum(traps.outcome(compiled, x, y) != truth for (x, y), truth in zip(points, expected, strict=True))
            total[f"jit, {backend}"] += wrong
            stats = compiled.stats()
            left = "uncompiled" if compiled.uncompiled else f"{stats.eager + stats.inlined:,} to Python"
            cells.append(f"{wrong}, {stats.paths} paths, {left}")
        wrong, said = lanes(f, points, expected)
        total["vmap, llvm"] += wrong
        print(f"  {f.__name__:12}{''.join(f'{cell:>34}' for cell in cells)}{said:>18}", flush=True)
        cases[f.__name__] = tame(points, expected)[:CASES]
    for name, wrong in total.items():
        contest.goal(f"stale branches, {name}: differences from eager", wrong, "<=", 0)
    peers(contest, cases)


def lanes(f: Any, points: list[list[float]], expected: list[str]) -> tuple[int, str]:
    """Return (how many lanes differ where Python does not raise, the same as text)."""
    xs, ys = np.array(points).T.copy()
    compiled = vmap(f, backend="llvm")
    try:
        found = np.broadcast_to(compiled(xs, ys), xs.shape).tolist()
    except Exception as error:  # an answer for the table
        return len(points), f"{type(error).__name__}"
    wrong = sum(
        traps.outcome(lambda y: y, float(y)) != repr(float(truth))
        for y, truth in zip(found, expected, strict=True)
        if not truth.endswith("Error")
    )
    return wrong, f"{wrong}, lane by lane" if compiled.uncompiled else f"{wrong}"


def tame(points: list[list[float]], expected: list[str]) -> list[tuple[float, float, float]]:
    """Return (x, y, what Python gives) of ordinary size, so that what differs is no matter of underflow."""
    found = []
    for (x, y), truth in zip(points, expected, strict=True):
        numbers = (x, y) if truth.endswith("Error") else (x, y, float(truth))
        if len(numbers) == 3 and all(z == 0.0 or 1e-100 < abs(z) < 1e100 for z in numbers):
            found.append(numbers)
    return found


def peers(contest: Contest, cases: dict[str, Any]) -> None:
    """Print a table of what each way to compile makes of each function."""
    print(f"\nthe same functions elsewhere, {CASES} inputs each of ordinary size, compiled for the first of them")
    for name, peer in contest.peers.items():
        if isinstance(peer, str):
            print(f"  {name:18}skipped: {peer}")
            continue
        try:
            answer = peer.ask("trap", path=str(Path(traps.__file__)), cases=cases)
        except RuntimeError as error:
            print(f"  {name:18}skipped: {error}")
            continue
        for way, found in answer.items():
            for function, counts in found.items():
                print(f"  {way:18}{function:12}{verdict(counts)}", flush=True)


def verdict(counts: dict[str, Any]) -> str:
    """Return what became of the results, in words."""
    whole = counts["right"] + counts["wrong"] + counts["raised"]
    parts = [f"silently wrong: {counts['wrong']} of {whole}, {counts['example']}"] if counts["wrong"] else []
    parts += [f"raises {counts['error']}: {counts['raised']} of {whole}"] if counts["raised"] else []
    return "; ".join(parts) or "correct"
