"""Sparse Jacobians and Hessians: equal to the dense ones, in as many sweeps as there are colours."""

import itertools
import math
import random

import pytest

import autograd
from autograd import cos, fsum, grad, hessian, jacobian, jit, minimize, sin, sparsity
from autograd.transforms import call as transforms
from autograd.transforms import colouring, sparse

scipy_sparse = pytest.importorskip("scipy.sparse")


def bundle(cameras, points, observations, seed=0):
    """Return (residuals, start) of a bundle adjustment: rotation, centre, focal length, distortion; points; weights."""
    rng = random.Random(seed)
    seen = [(rng.randrange(cameras), rng.randrange(points)) for _ in range(observations)]
    measured = [(rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)) for _ in seen]

    def residuals(p):
        found = []
        for k, ((i, j), (u, v)) in enumerate(zip(seen, measured, strict=True)):
            a, b, c, x0, y0, z0, focal, k1, k2, cu, cv = p[11 * i : 11 * i + 11]
            first = 11 * cameras + 3 * j
            x, y, z = p[first] - x0, p[first + 1] - y0, p[first + 2] - z0
            x, y = cos(c) * x - sin(c) * y, sin(c) * x + cos(c) * y
            x, z = cos(b) * x + sin(b) * z, cos(b) * z - sin(b) * x
            y, z = cos(a) * y - sin(a) * z, sin(a) * y + cos(a) * z
            x, y = x / z, y / z
            r2 = x * x + y * y
            scale = focal * (1.0 + k1 * r2 + k2 * r2 * r2)
            weight = p[11 * cameras + 3 * points + k]
            found += [weight * (scale * x + cu - u), weight * (scale * y + cv - v), 1.0 - weight * weight]
        return found

    start = [rng.uniform(-0.3, 0.3) for _ in range(11 * cameras)]
    start += [x for _ in range(points) for x in (rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(4, 6))]
    return residuals, start + [rng.uniform(0.5, 1.5) for _ in range(observations)]


class Counted:
    """A recorded call whose sweeps for a sparse matrix are counted."""

    def __init__(self, call, counted):
        self.call, self.counted = call, counted

    def pulled(self, adjoints):
        self.counted.append("pulled")
        return self.call.pulled(adjoints)

    def __getattr__(self, name):
        return getattr(self.call, name)

    def pushed(self, tangents):
        self.counted.append("pushed")
        return self.call.pushed(tangents)


@pytest.fixture
def sweeps(monkeypatch):
    """Count the sweeps over records."""
    counted, original = [], sparse.compressed
    monkeypatch.setattr(sparse, "compressed", lambda call, *rest: original(Counted(call, counted), *rest))
    return counted


@pytest.mark.long
def test_a_bundle_adjustment_of_1000_observations_takes_as_many_sweeps_as_colours(sweeps):
    residuals, start = bundle(cameras=10, points=150, observations=1000)
    call = transforms.Call(residuals, [start], {}, [0])
    rows = sparse.pattern(call)
    columns = colouring.transposed(rows, len(start))
    colours = len(colouring.colours(columns, rows))
    assert colours < max(map(len, columns))  # so reverse would need more
    found = jacobian(residuals, sparse=True)(start)
    assert len(sweeps) == colours
    assert 14 <= colours <= 17  # 10 numbers of a camera, 3 of a point and a weight meet in a residual
    assert found.shape == (3000, 110 + 450 + 1000)
    assert found.nnz == 2 * 14 * 1000 + 1000
    rng = random.Random(1)
    for i in rng.sample(range(3000), 40):  # the dense Jacobian, row by row
        dense = call.pulled([1.0 if k == i else 0.0 for k in range(3000)])
        assert found[[i], :].toarray()[0].tolist() == pytest.approx(dense, rel=1e-13, abs=1e-15)


@pytest.mark.slow
def test_a_bundle_adjustment_of_1000_observations_equals_the_dense_jacobian():
    residuals, start = bundle(cameras=10, points=150, observations=1000)
    found = jacobian(residuals, sparse=True)(start).toarray()
    for row, dense in zip(found, jacobian(residuals)(start), strict=True):
        assert row.tolist() == pytest.approx(dense, rel=1e-13, abs=1e-15)


def test_a_small_bundle_adjustment_equals_the_dense_jacobian():
    residuals, start = bundle(cameras=3, points=8, observations=20)
    found = jacobian(residuals, sparse=True)(start).toarray().tolist()
    for mode in ("forward", "reverse"):
        dense = jacobian(residuals, mode=mode)(start)
        assert found == [pytest.approx(row, rel=1e-13, abs=1e-300) for row in dense]
        again = jacobian(residuals, mode=mode, sparse=True)(start).toarray().tolist()
        assert again == [pytest.approx(row, rel=1e-13, abs=1e-300) for row in dense]


def test_the_hessian_of_a_chain_is_found_in_few_sweeps(sweeps):
    def chained(x):
        return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x))

    x = [math.sin(i) for i in range(60)]
    found = hessian(chained, sparse=True)(x)
    colours = sweeps.count("pushed")
    assert colours <= 4  # it is tridiagonal
    dense = hessian(chained)(x)
    assert found.toarray().tolist() == [pytest.approx(row, rel=1e-12, abs=1e-12) for row in dense]


def arrow(x):
    return fsum([x[0] * y * y for y in x])


def arrows(x):
    return [fsum(x), *[y * x[0] for y in x[1:]]]


def test_an_arrow_takes_two_sweeps_as_a_hessian_and_three_as_a_jacobian(sweeps):
    for n in (10, 300):
        x = [1.0 + i / n for i in range(n)]
        found = hessian(arrow, sparse=True)(x)
        assert sweeps.count("pushed") == 2
        sweeps.clear()
        slopes = jacobian(arrows, sparse=True)(x)
        assert len(sweeps) == 3
        assert slopes.toarray()[0].tolist() == [1.0] * n
        assert slopes.toarray()[1:, 0].tolist() == x[1:]
        assert found.toarray()[0].tolist() == [6.0 * x[0], *[2.0 * y for y in x[1:]]]
        assert found.toarray().tolist() == found.T.toarray().tolist()
        sweeps.clear()
    assert hessian(arrow, sparse=True)(x[:40]).toarray().tolist() == hessian(arrow)(x[:40])
    assert jacobian(arrows, sparse=True)(x[:40]).toarray().tolist() == jacobian(arrows)(x[:40])


def test_every_entry_of_any_pattern_is_found():
    rng = random.Random(1)
    for _ in range(300):
        n, m, share = rng.randrange(1, 11), rng.randrange(1, 11), rng.random()
        rows = [[j for j in range(n) if rng.random() < share] for _ in range(m)]
        if rng.random() < 0.5:
            dense, upright = rng.randrange(m), rng.randrange(n)
            rows = [list(range(n)) if i == dense else sorted({*row, upright}) for i, row in enumerate(rows)]
        for mode in (None, "forward", "reverse"):
            _demand_found(rows, n, mode, False, {(i, j): rng.random() for i, row in enumerate(rows) for j in row})
        square = {(i, j): rng.random() for i, row in enumerate(rows) for j in row if max(i, j) < min(n, m)}
        square |= {(j, i): x for (i, j), x in square.items() if i <= j}
        square |= {(j, i): x for (i, j), x in square.items() if i > j}
        full = [[j for j in range(min(n, m)) if (i, j) in square] for i in range(min(n, m))]
        _demand_found(full, len(full), None, True, square)


def _demand_found(rows, width, mode, symmetric, entries):
    """Assert that sweeps over a matrix give back its entries, as its plan says."""
    plan = sparse._planned(rows, width, mode, symmetric)
    sweeps = [[sum(entries.get((i, j), 0.0) for j in group) for i in range(len(rows))] for group in plan.columns]
    sweeps += [[sum(entries.get((i, j), 0.0) for i in group) for j in range(width)] for group in plan.lines]
    assert [sweeps[s][k] for s, k in plan.places] == [entries[i, j] for i, row in enumerate(plan.rows) for j in row]


def test_a_plan_is_made_once_for_a_path(monkeypatch):
    made, original = [], sparse._planned
    monkeypatch.setattr(sparse, "_planned", lambda *given: made.append(given) or original(*given))

    def chained(x):
        return sum((b - a * a) ** 2 if a > 0.0 else a * a * b * b * x[0] for a, b in itertools.pairwise(x))

    found = hessian(chained, sparse=True)
    for x, paths in (([1.0] * 5, 1), ([2.0] * 5, 1), ([1.0, -1.0, 1.0, 1.0, 1.0], 2), ([3.0] * 5, 2), ([1.0] * 6, 3)):
        assert found(x).toarray().tolist() == [pytest.approx(row, rel=1e-14) for row in hessian(chained)(x)]
        assert len(made) == paths


def test_a_pattern_can_be_looked_at():
    plan = sparsity(arrows)([1.0] * 4)
    assert (plan.rows, plan.sweeps) == ([[0, 1, 2, 3], [0, 1], [0, 2], [0, 3]], 3)
    assert repr(plan) == "<4 x 4, 10 entries: 2 forward and 1 reverse sweeps>"
    assert plan.matrix([True] * 10).toarray().sum() == 10
    assert repr(sparsity(grad(arrow), symmetric=True)([1.0] * 4)) == (
        "<4 x 4, 10 entries: 2 forward and 0 reverse sweeps>"
    )


def test_a_minimum_of_many_unknowns_is_found_by_sparse_hessians():
    found = minimize(lambda x, a: fsum([(x[0] * y) ** 2 + (y - a) ** 2 for y in x]), [1.0] * 60, 2.0)
    plain = minimize(  # with all but the first at their best, a / (1 + its square)
        lambda x, a: x**4 + (x - a) ** 2 + 59.0 * a * a * x * x / (1.0 + x * x), 1.0, 2.0
    )
    assert found[0] == pytest.approx(plain, rel=1e-9)
    assert found[1:] == pytest.approx([2.0 / (found[0] ** 2 + 1.0)] * 59, rel=1e-12)


def test_arrays_nests_and_edges():
    numpy = pytest.importorskip("numpy")
    found = jacobian(lambda x: x * x, sparse=True)(numpy.array([1.0, 2.0, 3.0]))
    assert isinstance(found, scipy_sparse.csr_array)
    assert found.toarray().tolist() == numpy.diag([2.0, 4.0, 6.0]).tolist()
    found = jacobian(lambda p: {"a": p["x"] * p["y"], "b": 7.0}, sparse=True)({"x": 2.0, "y": 3.0})
    assert found.toarray().tolist() == [[3.0, 2.0], [0.0, 0.0]]
    assert jacobian(lambda x: [], sparse=True)([1.0]).shape == (0, 1)
    found = jacobian(lambda x: [y * 0.0 for y in x], sparse=True)([1.0, 2.0])
    assert (found.nnz, found.toarray().tolist()) == (2, [[0.0, 0.0], [0.0, 0.0]])  # there, and zero


def test_scipy_takes_it_as_it_is():
    optimize = pytest.importorskip("scipy.optimize")
    numpy = pytest.importorskip("numpy")
    residuals, start = bundle(cameras=2, points=6, observations=12)

    def f(p):
        return numpy.array(residuals(list(p)))

    slopes = jacobian(lambda p: residuals(list(p)), sparse=True)
    found = optimize.least_squares(f, numpy.array(start), jac=slopes, max_nfev=5)
    assert found.cost < 0.5 * float((f(start) ** 2).sum())


def rosenbrock(x):
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in itertools.pairwise(x))


def test_compiled_it_is_one_run_of_a_program():
    numpy = pytest.importorskip("numpy")
    plain = hessian(rosenbrock, sparse=True)
    compiled = jit(hessian(rosenbrock, sparse=True), audit=False)
    slopes = jit(jacobian(arrows, sparse=True))
    rng = random.Random(1)
    for call in range(8):
        x = [rng.gauss(0.0, 1.0) if call else 0.0 for _ in range(30)]
        for given in (x, numpy.array(x)):
            found, expected = compiled(given), plain(given)
            assert isinstance(found, scipy_sparse.csr_array)
            assert found.data.tolist() == expected.data.tolist()  # to the bit
            assert found.indices.tolist() == expected.indices.tolist()
            assert slopes(given).toarray().tolist() == jacobian(arrows)(given if given is x else x)
        found.data[:] = found.indices[:] = 0  # nobody else's
    assert hessian(rosenbrock)(x) == [
        pytest.approx(row, rel=1e-12, abs=1e-12) for row in compiled(x).toarray().tolist()
    ]
    assert not compiled.uncompiled
    assert not slopes.uncompiled


def test_compiled_it_follows_branches_and_what_it_refers_to():
    weight = [1.0]

    def f(x):
        return sum(weight[0] * a * a * b if a > 0.0 else a * b * b for a, b in itertools.pairwise(x))

    compiled, plain = jit(hessian(f, sparse=True)), hessian(f)
    for x in ([1.0] * 5, [1.0, -1.0, 2.0, 3.0, 4.0], [2.0] * 5, [1.0] * 6):
        for weight[0] in (1.0, 3.0):
            assert compiled(x).toarray().tolist() == plain(x)
    assert compiled.stats().paths


def test_scipy_minimises_with_a_compiled_sparse_hessian():
    optimize = pytest.importorskip("scipy.optimize")
    numpy = pytest.importorskip("numpy")
    f, slope, curvature = jit(rosenbrock), jit(grad(rosenbrock)), jit(hessian(rosenbrock, sparse=True))
    rows = jit(jacobian(lambda x: [a + b for a, b in zip(x[::2], x[1::2], strict=True)], sparse=True))
    flat = numpy.zeros((10, 10))
    sums = optimize.NonlinearConstraint(lambda x: x[::2] + x[1::2], -numpy.inf, 1.5, jac=rows, hess=lambda x, v: flat)
    found = optimize.minimize(
        f, numpy.zeros(10), jac=slope, hess=curvature, constraints=[sums], method="trust-constr", options={"gtol": 1e-6}
    )
    dense = {"type": "ineq", "fun": lambda x: 1.5 - x[::2] - x[1::2], "jac": lambda x: -rows(x).toarray()}
    other = optimize.minimize(f, numpy.zeros(10), jac=slope, constraints=[dense], method="SLSQP", tol=1e-12)
    assert found.fun == pytest.approx(other.fun, rel=1e-3)
    assert found.x == pytest.approx(other.x, abs=1e-2)


def test_values_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"a sparse matrix holds plain numbers, .*; use sparse=False"):
        grad(lambda a: jacobian(lambda x: [a * x], sparse=True)(1.0).sum())(2.0)


def test_several_arguments_stand_side_by_side():
    assert jacobian(lambda x, y: [x * y], argnums=(0, 1), sparse=True)(2.0, 3.0).toarray().tolist() == [[3.0, 2.0]]


def test_without_scipy_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    with pytest.raises(autograd.MissingExtra, match=r"scipy is not installed; .*valuegrad\[sparse\]"):
        jacobian(lambda x: x, sparse=True)([1.0])
