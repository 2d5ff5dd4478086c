"""Export to C: what a compiler makes of it computes what the rows compute, and its test vector tests."""

import random
import subprocess

import pytest

from autograd import GraphError, custom_derivative, grad, log, norm_cdf, tanh, value_and_grad
from autograd.primitives.primitive import ROWS
from autograd.program import Miss, optimized, trace

from ..primitives.test_table import ugly
from ..tools.backends import COMPILER, groups, in_c, moving, program_of
from ..tools.loops import function, numbers
from ..tools.works import WORKS
from .test_lanes import close

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler")


def built(text, folder, *flags):
    (folder / "program.c").write_text(text)
    line = [COMPILER, "-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Werror", *flags, "program.c", "-lm"]
    subprocess.run(line, cwd=folder, check=True)
    return folder


@needs_compiler
def test_rows_in_c():
    for row in ROWS.values():
        group = next(groups(row, ugly(row)))
        call = in_c(program_of(row, group[0]))
        for xs in group:
            z = call(moving(row, xs))[0]
            assert close(row, xs, z, float(row.total(*xs))), (row.name, xs, z)


def example(x, y):
    return log(x) * tanh(y) + norm_cdf(x * y) if x > y else x


@needs_compiler
def test_programs_in_c():
    program = optimized(trace(lambda x, y: [example(x, y), *grad(lambda p: example(*p))([x, y])], [1.5, 0.5]))
    call = in_c(program)
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


@needs_compiler
@pytest.mark.parametrize("seed", [6, 9, 10, 12, 18])
def test_loops_in_c(seed):
    folded = pytest.importorskip("autograd.program.loops", exc_type=ImportError).folded
    f = function(seed, guards=seed % 3 == 0)
    both = value_and_grad(lambda xs: f(*xs)[0] + f(*xs)[1])
    program = folded(trace((lambda *xs: [*both(list(xs))[1]]) if seed % 2 else f, numbers(seed)))
    assert program.loops
    assert "for (long i = 0;" in program.to_c()
    call, rng = in_c(program), random.Random(seed)
    for shift in (0.0, 0.1, 0.3):
        xs = [x + rng.uniform(-shift, shift) for x in numbers(seed)]
        expected = program.evaluate(xs)
        if isinstance(expected, Miss):
            assert call(xs) == expected.guard + 1
        else:
            assert call(xs) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@needs_compiler
@pytest.mark.parametrize("name", WORKS)
def test_works_in_c(name):
    folded = pytest.importorskip("autograd.program.loops", exc_type=ImportError).folded
    f, xs = WORKS[name](24)
    program = folded(trace(lambda *xs: [*value_and_grad(f)(list(xs))[1]], xs))
    assert in_c(program)(xs) == pytest.approx(program.evaluate(xs), rel=1e-12, abs=1e-14)
