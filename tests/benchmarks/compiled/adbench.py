"""Two objectives of ADBench: a Gaussian mixture's gradient, and the Jacobian of bundle adjustment.

Start at `gmm`. Its data, and what its own hand-written C++ gives for them, lie beside the repository; where they do
not, the tasks are skipped. The one surprise: an instance of `ba` is one observation, repeated; results are also checked
on numbers that differ.
"""

import ctypes
import json
import math
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import autograd
from autograd import jacobian, jit, lgamma, value_and_grad, vmap

from .contest import FAST, OURS, PLAIN, Contest, native, near, pointer
from .peers import formulas

DATA = Path(__file__).parents[4] / "shared" / "adbench"
ENGINE = SimpleNamespace(**vars(autograd) | {"dot": autograd.sumprod})
INSTANCES = ("d2_K5", "d2_K10", "d10_K5", "d10_K25", "d32_K10")


class Mixture:
    """An instance: its data, its parameters in one array, and what depends on neither."""

    def __init__(self, lines: list[list[float]]) -> None:
        self.d, self.k, self.n = d, k, n = [int(x) for x in lines[0]]
        alphas, means, factors = ([*lines[1 + i * k : 1 + (i + 1) * k]] for i in range(3))
        self.p = np.concatenate([np.ravel(alphas), np.ravel(means), np.ravel(factors)])
        self.X = np.array(lines[1 + 3 * k : 1 + 3 * k + n])
        self.gamma, self.m = lines[1 + 3 * k + n][0], int(lines[1 + 3 * k + n][1])
        freedom = d + self.m + 1
        wishart = freedom * d * (math.log(self.gamma) - 0.5 * math.log(2.0)) - 0.25 * d * (d - 1) * math.log(
            formulas.PI
        )
        wishart -= sum(lgamma(0.5 * freedom + 0.5 * (1 - j)) for j in range(1, d + 1))
        self.constant = -n * d * 0.5 * math.log(2 * formulas.PI) - k * wishart

    def places(self) -> tuple[Any, Any]:
        """Return where in a matrix, as one row, the numbers of a factor stand: of its diagonal, and below it."""
        d, eye = self.d, np.eye(self.d * self.d)
        return eye[[i * d + i for i in range(d)]], eye[[i * d + j for j in range(d) for i in range(j + 1, d)]]


def ours(made: Mixture) -> Any:
    """Return the function (p, X) -> (objective, gradient)."""
    d, k = made.d, made.k
    lanes = vmap(lambda p, x: formulas.likelihood(ENGINE, d, k, list(p), x), in_axes=(None, 0), backend="llvm")
    given = (d, k, made.n, made.constant, made.gamma, made.m)
    return jit(value_and_grad(lambda p, X: lanes(p, X).sum() + formulas.prior(ENGINE, *given, list(p))))


def read(path: Path) -> list[list[float]]:
    """Return the numbers of a file, line by line."""
    return [list(map(float, line.split())) for line in path.read_text().splitlines() if line.strip()]


def random_lines(d: int, k: int, n: int = 1000) -> list[list[float]]:
    """Return an instance made at random, in ADBench's format."""
    rng = np.random.default_rng(d * k)
    scales = [(1.0, 1), (1.0, d), (0.3, d * (d + 1) // 2)]
    parts = [rng.normal(scale=scale, size=(k, width)) for scale, width in scales]
    return [[d, k, n], *(row for part in parts for row in part.tolist()), *rng.normal(size=(n, d)).tolist(), [1.0, 0]]


def gmm(contest: Contest) -> None:
    """Instances of a mixture: those whose data are here, and one at random of the largest size that goals name."""
    for name in INSTANCES[:2] if contest.quick else INSTANCES:
        path = DATA / "gmm" / "1k" / f"gmm_{name}.txt"
        if path.exists():
            expected = json.loads((DATA / "expected" / f"gmm_1k_{name}.json").read_text())
            mixture(contest, name, Mixture(read(path)), expected)
        else:
            print(f"\nGMM {name}: skipped, its data are not here")
    if not contest.quick:
        mixture(contest, "d20_K25 at random", Mixture(random_lines(20, 25)), None)


def mixture(contest: Contest, name: str, made: Mixture, expected: dict[str, Any] | None) -> None:
    """Run an instance; results are checked against those expected, or against ours."""
    f = ours(made)
    start = time.perf_counter()
    f(made.p, made.X)
    first = time.perf_counter() - start

    def by_hand(library: Any) -> Any:
        slope, function = np.empty(len(made.p)), library.gmm
        function.restype = ctypes.c_double
        given = [made.n, made.d, made.k, *map(ctypes.c_double, (made.constant, made.gamma, made.m))]
        places = [pointer(x) for x in (made.p, made.X, slope)]
        return lambda: [function(*given, *places), slope]

    spread, lower = made.places()
    contenders = {
        OURS: lambda: f(made.p, made.X),
        PLAIN: native(by_hand, "adbench.cpp"),
        FAST: native(by_hand, "adbench.cpp", "-ffast-math"),
        **contest.against(
            "gmm",
            p=made.p,
            X=made.X,
            spread=spread,
            lower=lower,
            **{key: np.array(getattr(made, key)) for key in ("k", "constant", "gamma", "m")},
        ),
    }

    def check(first: Any, other: Any, name: str) -> None:
        if expected is None:
            np.testing.assert_allclose(other[0], first[0], rtol=1e-10)
            np.testing.assert_allclose(other[1], first[1], rtol=1e-8, atol=1e-9 * (1.0 + np.max(np.abs(first[1]))))
            return
        digested(other[1], expected)
        np.testing.assert_allclose(other[0], expected["objective"][0], rtol=1e-10)

    title = f"GMM {name}, n = {made.n}, {len(made.p)} parameters: objective and gradient; our first call {first:.1f} s"
    times = contest.timed(title, contenders, check)
    contest.ahead(f"GMM {name}", times, "JAX", "PyTorch", PLAIN)


def digested(found: Any, expected: dict[str, Any]) -> None:
    """Raise AssertionError if derivatives are not those expected: all of them, or the first and some sums."""
    scale = 1e-9 * (1.0 + np.max(np.abs(found)))
    if "jacobian" in expected:
        np.testing.assert_allclose(found, expected["jacobian"], rtol=1e-8, atol=scale)
        return
    digest = expected["jacobian_digest"]
    np.testing.assert_allclose(found[: len(digest["first"])], digest["first"], rtol=1e-8, atol=scale)
    np.testing.assert_allclose(np.sum(found), digest["sum"], rtol=1e-9, atol=1e-9 * digest["abs_sum"])
    np.testing.assert_allclose(np.sum(np.abs(found)), digest["abs_sum"], rtol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found), digest["l2"], rtol=1e-9)


residuals = partial(formulas.residuals, ENGINE)


def observed(path: Path) -> dict[str, Any]:
    """Return an instance: its only camera, point, weight and feature repeated, and seen one after the other."""
    lines = [line.split() for line in path.read_text().splitlines()]
    n, m, count = map(int, lines[0])
    camera, point, weight, feature = (np.array(line, dtype=float) for line in lines[1:5])
    each = np.arange(count)
    return {
        "cameras": np.repeat(camera[:, None], n, 1),
        "points": np.repeat(point[:, None], m, 1),
        "weights": np.repeat(weight, count),
        "features": np.repeat(feature[:, None], count, 1),
        "seen": np.array([each % n, each % m]),
    }


def blocks(found: Any) -> list[Any]:
    """Return (rows for each observation, derivatives of the weights' residuals) of whatever layout."""
    if len(found) == 2:
        return [np.reshape(found[0], (-1, 30)), found[1]]
    return [np.stack(found[:30], 1), found[30]]


def ba(contest: Contest) -> None:
    path = next(iter(sorted((DATA / "ba").glob("ba1_*.txt"))), None)
    if path is None:
        print("\nBA: skipped, its data are not here")
        return
    expected = json.loads((DATA / "expected" / "ba1.json").read_text())
    data = observed(path)
    rng = np.random.default_rng(0)
    names = ("cameras", "points", "weights", "features")
    varied = data | {name: data[name] * rng.uniform(0.9, 1.1, data[name].shape) for name in names}
    count = len(data["weights"])
    missed = np.stack(
        residuals(data["cameras"][:, 0], data["points"][:, 0], data["weights"][0], data["features"][:, 0])
    )
    whole = np.concatenate([np.tile(missed, count), 1.0 - data["weights"] ** 2])
    np.testing.assert_allclose(whole[:30], expected["objective"]["first"], rtol=1e-10)
    np.testing.assert_allclose(np.sum(whole), expected["objective"]["sum"], rtol=1e-10)

    def lanes(data: dict[str, Any]) -> Any:
        f = vmap(jacobian(residuals, argnums=(0, 1, 2)), backend="llvm")
        cameras, points, weights, features, seen = (data[name] for name in (*names, "seen"))

        def call() -> list[Any]:
            rows = f(list(cameras.take(seen[0], axis=1)), list(points.take(seen[1], axis=1)), weights, list(features))
            return [*[x for camera, point, weight in rows for x in (*camera, *point, weight)], -2.0 * weights]

        return call

    def by_hand(library: Any, data: dict[str, Any]) -> Any:
        cameras, points, features = (np.ascontiguousarray(data[name].T) for name in ("cameras", "points", "features"))
        rows, slopes = np.empty((count, 30)), np.empty(count)
        arrays = (cameras, points, data["weights"], features, *data["seen"], rows, slopes)

        def call() -> list[Any]:
            library.ba(count, *map(pointer, arrays))
            return [rows, slopes]

        return call

    def contenders(data: dict[str, Any]) -> dict[str, Any]:
        return {
            OURS: lanes(data),
            PLAIN: native(partial(by_hand, data=data), "adbench.cpp"),
            FAST: native(partial(by_hand, data=data), "adbench.cpp", "-ffast-math"),
            **contest.against("ba", **data),
        }

    def digest(_: Any, other: Any, name: str) -> None:
        rows, slopes = blocks(other)
        digested(np.concatenate([np.ravel(rows), slopes]), expected)

    def same(first: Any, other: Any, name: str) -> None:
        near(1e-9)(blocks(first), blocks(other), name)

    contest.timed(f"BA {path.stem}: Jacobian of {count} observations, as the instance is", contenders(data), digest)
    times = contest.timed("the same, every number varied by a tenth", contenders(varied), same)
    contest.ahead("BA ba1", times, "JAX", "PyTorch", PLAIN)
