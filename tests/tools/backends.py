"""Rows as programs, and every way in which a program is run: what tests of backends, and reports on them, share."""

import ctypes
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd.backends import backend, js_source
from autograd.primitives.primitive import Primitive
from autograd.program import Builder, Instruction, Program, optimized

Runs = Callable[[list[list[float]]], list[list[float]]]  # from the inputs of each lane to its outputs
COMPILER = shutil.which("gcc") or shutil.which("cc")
NODE = shutil.which("node")


def program_of(row: Primitive, xs: Sequence[Any]) -> Program:
    """Return a row as a program of its operands, but for those without a derivative, which are constants of it."""
    made = Builder(sum(map(row.differentiable, range(len(xs)))))
    places = iter(range(made.inputs))
    found = [next(places) if row.differentiable(i) else made.constant(int(x)) for i, x in enumerate(xs)]
    return made.program([made.add(Instruction(row, tuple(found), True))])


def derivatives(program: Program) -> tuple[Program, Program]:
    """Return a program of one output's gradient, a seed as its last input; and that of one's row of the Hessian."""
    first = optimized(program.adjoint(), raising=False)
    return first, optimized(first.adjoint(), raising=False)


def moving(row: Primitive, xs: Sequence[Any]) -> list[float]:
    """Return the operands that are inputs."""
    return [x for i, x in enumerate(xs) if row.differentiable(i)]


def groups(row: Primitive, cases: Sequence[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Yield the cases that one program serves."""
    found: dict[tuple[Any, ...], list[Sequence[Any]]] = {}
    for xs in cases:
        found.setdefault((len(xs), *[x for i, x in enumerate(xs) if not row.differentiable(i)]), []).append(xs)
    yield from found.values()


def lanes(name: str) -> Callable[[Program], Runs]:
    """Return a way to run programs in lanes of a backend, all inputs of which vary."""

    def made(program: Program) -> Runs:
        kernel = backend(name).lanes(program, [True] * program.inputs, [False] * len(program.outputs))

        def run(cases: list[list[float]]) -> list[list[float]]:
            found, _ = kernel([], [np.array(column) for column in zip(*cases, strict=True)], len(cases))
            return np.array(found).T.tolist()

        return run

    return made


def one_by_one(made: Callable[[Program], Callable[[Sequence[float]], Any]]) -> Callable[[Program], Runs]:
    """Return a way to run programs for one set of numbers after the other."""

    def ready(program: Program) -> Runs:
        call = made(program)
        return lambda cases: [list(call(xs)) for xs in cases]

    return ready


def in_c(program: Program, optimised: str = "-O1") -> Callable[[Sequence[float]], Any]:
    """Return a program compiled by the C compiler there is; a call gives its outputs, or what it returns if not 0."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "program.c").write_text(program.to_c())
        flags = ["-std=c99", optimised, "-ffp-contract=off", "-Wall", "-Werror", "-shared", "-fPIC"]
        subprocess.run([str(COMPILER), *flags, "program.c", "-lm", "-o", "program.so"], cwd=folder, check=True)
        library = ctypes.CDLL(str(Path(folder) / "program.so"))

    def call(xs: Sequence[float]) -> Any:
        y = (ctypes.c_double * len(program.outputs))()
        return library.program((ctypes.c_double * max(len(xs), 1))(*xs), y) or list(y)

    return call


def in_js(program: Program) -> Runs:
    """Return a program as a module that Node runs; a case's outputs, or what it returns instead."""

    def run(cases: list[list[float]]) -> list[Any]:
        rows = ", ".join(f"[{', '.join(map(js_source.number, xs))}]" for xs in cases)
        call = f"console.log(JSON.stringify([{rows}].map(program), (_, y) => typeof y === 'number' ? text(y) : y));"
        show = "const text = y => Object.is(y, -0) ? '-0' : String(y);"
        line = [str(NODE), "--input-type=module"]
        made = subprocess.run(line, input=f"{program.to_js()}\n{show}\n{call}", capture_output=True, text=True)
        assert not made.returncode, made.stderr
        return [[float(y) for y in ys] if type(ys) is list else int(ys) for ys in json.loads(made.stdout)]

    return run


WAYS: dict[str, Callable[[Program], Runs]] = {
    "python": one_by_one(lambda program: backend("python").scalar(program)),
    "native": one_by_one(lambda program: backend("llvm").scalar(program, True)),
    "lanes": lanes("llvm"),
    "numpy": lanes("numpy"),
}
WAYS |= ({"c": one_by_one(in_c)} if COMPILER else {}) | ({"js": in_js} if NODE else {})
