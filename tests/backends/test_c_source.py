"""Export to C: what a compiler makes of it computes what the rows compute, and its test vector tests."""

import ctypes
import random
import shutil
import subprocess

import pytest

from autograd import GraphError, custom_derivative, grad, log, norm_cdf, tanh
from autograd.primitives.primitive import ROWS
from autograd.program import optimized, trace

from ..primitives.test_table import ugly
from .test_lanes import close, program_of

COMPILER = shutil.which("gcc") or shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler")


def built(text, folder, *flags):
    (folder / "program.c").write_text(text)
    line = [COMPILER, "-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wno-unused", *flags, "program.c", "-lm"]
    subprocess.run(line, cwd=folder, check=True)
    return folder


def loaded(program, folder):
    found = ctypes.CDLL(str(built(program.to_c(), folder, "-shared", "-fPIC", "-o", "program.so") / "program.so"))

    def call(xs):
        y = (ctypes.c_double * len(program.outputs))()
        code = found.program((ctypes.c_double * max(len(xs), 1))(*xs), y)
        return code or list(y)

    return call


@needs_compiler
def test_rows_in_c(tmp_path):
    for row in ROWS.values():
        xs = ugly(row)[0]
        program = program_of(row, xs)
        folder = tmp_path / row.name
        folder.mkdir()
        call = loaded(program, folder)
        fixed = [x for i, x in enumerate(xs) if not row.differentiable(i)]
        for ys in ugly(row):
            if len(ys) == len(xs) and [y for i, y in enumerate(ys) if not row.differentiable(i)] == fixed:
                z = call([y for i, y in enumerate(ys) if row.differentiable(i)])[0]
                assert close(row, ys, z, float(row.total(*ys))), (row.name, ys, z)


def example(x, y):
    return log(x) * tanh(y) + norm_cdf(x * y) if x > y else x


@needs_compiler
def test_programs_in_c(tmp_path):
    program = optimized(trace(lambda x, y: [example(x, y), *grad(lambda p: example(*p))([x, y])], [1.5, 0.5]))
    call = loaded(program, tmp_path)
    rng = random.Random(0)
    for _ in range(100):
        x, y = rng.uniform(0.1, 2.0), rng.uniform(0.1, 2.0)
        if x > y:
            assert call([x, y]) == pytest.approx(program.evaluate([x, y]), rel=1e-13)
        else:
            assert call([x, y]) == 1  # the first guard


@needs_compiler
def test_its_test_vector_tests(tmp_path):
    program = optimized(trace(example, [1.5, 0.5]))
    text = program.to_c([1.25, 0.5])
    assert subprocess.run([built(text, tmp_path, "-DTEST", "-o", "right") / "right"]).returncode == 0
    broken = text.replace("tanh(", "sinh(")
    assert broken != text
    assert subprocess.run([built(broken, tmp_path, "-DTEST", "-o", "wrong") / "wrong"]).returncode == 2


def test_what_c_cannot_have_is_named():
    @custom_derivative(lambda z, x: 3.0 * x * x, at=[1.5])
    def cube(x):
        return x * x * x

    with pytest.raises(GraphError, match="cube has no form in C"):
        trace(cube, [1.5]).to_c()
    with pytest.raises(GraphError, match="guard 0 does not hold"):
        trace(example, [1.5, 0.5]).to_c([0.5, 1.5])
