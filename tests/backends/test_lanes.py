"""Lanes: every row, on ugly floats, in every backend that has lanes, compared with the row itself."""

import math
import random

import pytest

from autograd import grad, vmap
from autograd.backends import backend
from autograd.primitives.primitive import ROWS
from autograd.testing.accuracy import SECOND_ULPS, bound

from ..accuracy import on_every_backend, operands, value_bound
from ..primitives.test_table import ugly
from ..tools.backends import WAYS, derivatives, groups, moving, program_of

np = pytest.importorskip("numpy")
BACKENDS = ["llvm", "numpy"]
ROW = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
SUMS = {"fsum", "sumprod", "cosine_similarity"}  # accurate against the sum of sizes, not against the result
EXTREME = {"monomial", "cosine_derivative"}  # second derivatives, at factors beyond all finite numbers
UNSIGNED = SUMS | {"cosine_derivative", "monomial"}  # their zeros may have either sign


def close(row, xs, found, truth):
    if truth != truth or found != found or math.isinf(truth) or math.isinf(found):
        return (truth != truth and found != found) or truth == found or _border(found, truth)
    size = max(abs(truth), row.terms)
    if row.name in SUMS:
        half = len(xs) // 2
        parts = xs if row.name == "fsum" else [p * q for p, q in zip(xs[:half], xs[half:], strict=True)]
        size = max(size, sum(map(abs, parts)))
    signs = math.copysign(1.0, found) == math.copysign(1.0, truth) or truth != 0.0 or row.name in UNSIGNED
    return signs and abs(found - truth) <= 8 * math.ulp(size)


def _border(found, truth):
    return min(abs(found), abs(truth)) > 1.797e308


@ROW
@pytest.mark.parametrize("name", BACKENDS)
def test_every_row_on_ugly_and_ordinary_floats(name, row):
    rng = random.Random(row.name)
    cases = [*ugly(row), *(operands(row, rng, wide) for wide in (False, True) for _ in range(20))]
    for group in groups(row, cases):
        columns = [np.array(column) for column in zip(*[moving(row, xs) for xs in group], strict=True)]
        quick, optimised = (
            backend(name).lanes(program_of(row, group[0]), [True] * len(columns), [False], at_once=at_once)
            for at_once in (False, True)
        )
        (found,), missed = quick([], columns, len(group))
        again = optimised([], columns, len(group))[0][0]
        assert missed is None
        assert quick.python == []
        np.testing.assert_array_equal(again, found)
        for xs, z in zip(group, found.tolist(), strict=True):
            assert close(row, xs, z, float(row.total(*xs))), (xs, z, float(row.total(*xs)))


@pytest.mark.parametrize("name", BACKENDS)
def test_slopes_of_quotients_by_the_smallest_and_the_largest_floats(name):
    rng = random.Random(1)
    powers = [*range(-1074, -1015), *range(1015, 1024), 0, 10]
    ys = [s * m * 2.0**e for s in (1, -1) for e in powers for m in (1.0, 1.5, 1.9999999999999998)] + [
        math.inf,
        math.nan,
    ]
    xs = [rng.choice((1e-300, 1e300, 1.0, 3.0, 0.0)) for _ in ys]
    for scale in (1.0, 1e300, 1e-300):
        f = grad(lambda x, y, scale=scale: x / y * scale, argnums=(0, 1))
        compiled = vmap(f, backend=name)
        for x, y in zip(xs, ys, strict=True):
            found = [float(z[0]) for z in compiled(np.array([x]), np.array([y]))]
            for one, truth in zip(found, f(x, y), strict=True):
                assert one == truth or (one != one and truth != truth) or abs(one - truth) <= 4 * math.ulp(truth)


@ROW
@pytest.mark.long
def test_values_and_two_derivatives_are_within_their_bounds_on_every_backend(row):
    for (what, way), worst in on_every_backend(row, 4, ["python", "native", "lanes", "numpy"]).items():
        most = {"value": value_bound(row), "first": bound(row), "second": SECOND_ULPS}[what]
        assert worst.error <= most, (what, way, worst)


@ROW
@pytest.mark.long
def test_partials_at_ugly_floats_are_those_of_the_rules_on_every_backend(row):
    for group in groups(row, ugly(row)) if row.name not in EXTREME else ():
        first, _ = derivatives(program_of(row, group[0]))
        inputs = [[*moving(row, xs), 1.0] for xs in group]
        expected = WAYS["python"](first)(inputs)
        for way in ("native", "lanes", "numpy"):
            for xs, found, truths in zip(group, WAYS[way](first)(inputs), expected, strict=True):
                for x, truth in zip(found, truths, strict=True):
                    size = max(abs(truth), row.floor or 0.0)
                    near = math.isfinite(x) and math.isfinite(truth) and abs(x - truth) <= 16 * math.ulp(size)
                    assert near or x == truth or (x != x and truth != truth), (way, xs, x, truth)
