"""`python -m tests.benchmarks.rows [ROW ...]`: ns a lane of every row on one core, the worst against its goal last.

For each backend the value, value and gradient, and all second derivatives, over 100,000 lanes; beside them the function
of NumPy or SciPy, JAX's function and its gradient, and a loop in C with libm, where there is one. SciPy and a compiler
are used if they are there; JAX has an environment of its own, and is left out with a word where there can be none.
"""

import ctypes
import importlib.util
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd import hessian, value_and_grad, vmap
from autograd.primitives.domains import REALS
from autograd.primitives.primitive import ROWS, Primitive

from ..accuracy import inside, operands
from .__main__ import environment
from .compiled.contest import REQUIREMENTS, Peer

LANES = 100_000
BACKENDS = ("llvm", "numpy")
GOAL, SLOW_GOAL = 60.0, 250.0  # ns a lane, value and gradient with LLVM
SLOW = {"gamma", "lgamma", "digamma", "polygamma", "i0", "bessel_i", "erfinv", "erfinv_slope"}
SLOW |= {"cosine_similarity", "cosine_derivative"}
JAX_TIMES = 1.2  # LLVM's value and gradient over JAX's, in float64
TIMES = 4.0  # the value with NumPy over the function of NumPy or SciPy
SCIPY = {row.name: row.scipy for row in ROWS.values() if row.scipy} | {
    "digamma": "psi",
    "erfc": "erfc",
    "sigmoid": "expit",
    "logsigmoid": "log_expit",
    "norm_cdf": "ndtr",
    "xlogy": "xlogy",
    "xlog1py": "xlog1py",
    "entr": "entr",
}
JAX = SCIPY | {"logsigmoid": "log_sigmoid", "pow": "power", "gelu_tanh": "gelu"}
JAX |= {name: name for name in ("relu", "softplus", "silu", "selu", "elu", "sinc")}
COMPILER = shutil.which("gcc") or shutil.which("cc")


class Line(NamedTuple):
    """One row of the table: its times by column, and the worst of them over its goal."""

    name: str
    times: dict[str, float]
    ratio: float


def cases(row: Primitive) -> tuple[list[Any], list[np.ndarray[Any, Any]]]:
    """Return (operands, of which the fixed ones count; a column for each of the others)."""
    rng = random.Random(row.name)
    if row.name == "cosine_similarity":
        first: list[Any] = [inside(rng, REALS, False) for _ in range(16)]
        drawn = [[inside(rng, REALS, False) for _ in first] for _ in range(500)]
    else:
        first = list(operands(row, rng, False))
        drawn = []
        while len(drawn) < 500:
            xs = operands(row, rng, False)
            fixed = {i: x for i, x in enumerate(first) if not row.differentiable(i)}
            drawn.append([fixed.get(i, x) for i, x in enumerate(xs)])
    moving = [i for i in range(len(first)) if row.differentiable(i)]
    return first, [np.resize([xs[i] for xs in drawn], LANES) for i in moving]


def seconds(call: Callable[..., Any], columns: Sequence[Any]) -> float:
    """Return the least processor time of some calls, after one that compiles."""
    call(*columns)
    times = []
    start = time.process_time()
    while len(times) < 3 or time.process_time() - start < 0.03:
        now = time.process_time()
        call(*columns)
        times.append(time.process_time() - now)
    return min(times)


def function(row: Primitive, first: Sequence[Any]) -> Callable[..., Any]:
    """Return a row as a function of the operands that have derivatives."""

    def call(*xs: Any) -> Any:
        rest = iter(xs)
        return row(*[next(rest) if row.differentiable(i) else int(x) for i, x in enumerate(first)])

    return call


def ufunc(row: Primitive, operand_count: int) -> Callable[..., Any] | None:
    """Return the function of NumPy or SciPy for a row; None if there is none for so many operands."""
    if row.numpy and (not row.gradient or operand_count == 2):
        found: Callable[..., Any] = getattr(np, row.numpy)
        return found
    if row.name == "sinc":
        return np.sinc
    if row.name in SCIPY and importlib.util.find_spec("scipy"):
        special = importlib.import_module("scipy.special")
        return getattr(special, SCIPY[row.name])  # type: ignore[no-any-return]
    return None


def in_c(row: Primitive, count: int) -> Callable[..., Any] | None:
    """Return a loop over arrays with the function of C's library; None without one, or without a compiler."""
    if not row.c or row.gradient or COMPILER is None:
        return None
    given = ", ".join(f"const double *x{i}" for i in range(count))
    taken = ", ".join(f"x{i}[k]" for i in range(count))
    text = f"#include <math.h>\nvoid run(long n, double *y, {given}) {{ for (long k = 0; k < n; k++) "
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "row.c").write_text(f"{text}y[k] = {row.c}({taken}); }}\n")
        flags = ["-O3", "-march=native", "-fno-math-errno", "-shared", "-fPIC"]
        subprocess.run([COMPILER, *flags, "row.c", "-lm", "-o", "row.so"], cwd=folder, check=True)
        run = ctypes.CDLL(str(Path(folder) / "row.so")).run
    y = np.empty(LANES)

    def call(*columns: Any) -> None:
        run(ctypes.c_long(LANES), *[ctypes.c_void_p(x.ctypes.data) for x in (y, *columns)])

    return call


def in_jax(peer: Peer | None, row: Primitive, columns: Sequence[Any]) -> dict[str, float]:
    """Return the times of JAX's function, as value and with its gradient; none where it has none for so many operands.

    A call may take half a minute to compile; the least of some is taken, of the time of the processor.
    """
    name = JAX.get(row.name, row.numpy)
    if peer is None or not name or (row.gradient and len(columns) != 2):
        return {}
    times = {}
    inputs, outputs = str(peer.folder / "inputs.npz"), str(peer.folder / "outputs.npz")
    for what in ("value", "first"):
        named = {f"x{i}": column for i, column in enumerate(columns)}
        np.savez(peer.folder / "inputs.npz", name=name, sloped=what == "first", **named)
        try:
            peer.ask("prepare", task="row", inputs=inputs, outputs=outputs)
        except RuntimeError:  # it has no such function, or none of these operands
            return {}
        times[f"JAX {what}"] = min(peer.ask("run", calls=10)["processor"] for _ in range(5)) / LANES * 1e9
    return times


def measured(row: Primitive, peer: Peer | None) -> Line:
    """Return the times of a row."""
    first, columns = cases(row)
    call = function(row, first)
    places = tuple(range(len(columns)))
    times: dict[str, float] = {}
    for name in BACKENDS:
        for what, derived in (
            ("value", call),
            ("first", value_and_grad(call, argnums=places)),
            ("second", lambda *xs: hessian(lambda ys: call(*ys))(list(xs))),
        ):
            if what != "second" or len(columns) <= 4:
                times[f"{name} {what}"] = seconds(vmap(derived, backend=name), columns) / LANES * 1e9
    for name, other in (("ufunc", ufunc(row, len(columns))), ("C", in_c(row, len(columns)))):
        if other is not None:
            with np.errstate(all="ignore"):
                times[name] = seconds(other, columns) / LANES * 1e9
    times |= in_jax(peer, row, columns)
    ratio = times["llvm first"] / (SLOW_GOAL if row.name in SLOW else GOAL)
    if "ufunc" in times:
        ratio = max(ratio, times["numpy value"] / times["ufunc"] / TIMES)
    if "JAX first" in times:
        ratio = max(ratio, times["llvm first"] / times["JAX first"] / JAX_TIMES)
    return Line(row.name, times, ratio)


def main(names: Sequence[str]) -> int:
    """Print the table; return 0 if all goals are met."""
    os.environ["VALUEGRAD_THREADS"] = "1"
    heads = [f"{name} {what}" for name in BACKENDS for what in ("value", "first", "second")]
    heads += ["ufunc", "JAX value", "JAX first", "C"]
    print(f"ns a lane of {LANES:,} on one core\n{'row':33}{''.join(f'{head:>13}' for head in heads)}{'of goal':>9}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            peer = Peer("JAX", environment(*REQUIREMENTS["JAX"]), Path(folder))
        except (subprocess.CalledProcessError, OSError):
            peer = None
            print("no JAX: pip could not install it")
        lines = [measured(row, peer) for row in ([ROWS[name] for name in names] or ROWS.values())]
        if peer is not None:
            peer.close()
    for line in sorted(lines, key=lambda line: line.ratio):
        shown = "".join(f"{line.times[head]:13.1f}" if head in line.times else f"{'-':>13}" for head in heads)
        print(f"{line.name:33}{shown}{line.ratio:9.2f}")
    missed = [line.name for line in lines if line.ratio > 1.0]
    print(f"{len(missed)} of {len(lines)} rows miss a goal: {', '.join(missed) or 'none'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
