"""CasADi: scalar graphs (SX), mapped over samples and run by its virtual machine, or as C through a compiler."""

from collections.abc import Callable
from typing import Any

from . import formulas


class Casadi:
    """Functions whose arguments and results are memory that is bound once."""

    def __init__(self) -> None:
        import casadi

        self.c = casadi
        self.options: dict[str, Any] = {}
        self.e = formulas.functions(casadi)
        self.e.ndtr = lambda x: 0.5 + 0.5 * casadi.erf(x * 0.7071067811865476)
        self.e.relu = lambda x: casadi.fmax(x, 0.0)
        self.e.dot = lambda xs, ys: sum(x * y for x, y in zip(xs, ys, strict=True))

        def logsumexp(terms: list[Any]) -> Any:
            top = casadi.mmax(casadi.vertcat(*terms))
            return top + casadi.log(sum(casadi.exp(x - top) for x in terms))

        self.e.logsumexp = logsumexp

    def bound(self, outputs: list[Any], inputs: list[Any], arrays: list[Any]) -> tuple[Callable[[], None], list[Any]]:
        """Return (a call, the arrays that it fills); matrices lie in memory column by column."""
        import numpy as np

        function = self.c.Function("f", inputs, [self.c.densify(y) for y in outputs], self.options)
        kept = [np.asfortranarray(x, dtype=float) for x in arrays]
        found = [np.zeros(function.size_out(i), order="F") for i in range(function.n_out())]
        buffer, trigger = function.buffer()
        for i, x in enumerate(kept):
            buffer.set_arg(i, memoryview(x.T))
        for i, y in enumerate(found):
            buffer.set_res(i, memoryview(y.T))

        def call(kept: Any = (kept, function, buffer)) -> None:
            trigger()

        return call, found

    def black_scholes(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        c, n = self.c, data["market"].shape[1]
        x = [c.SX.sym(name) for name in "SKTrv"]
        value = formulas.price(self.e, *x)
        one = c.Function("one", [c.vertcat(*x)], [c.vertcat(value, c.gradient(value, c.vertcat(*x)))])
        market = c.MX.sym("market", 5, n)
        call, (found,) = self.bound([one.map(n)(market)], [market], [data["market"]])

        def run() -> list[Any]:
            call()
            return list(found)

        return run

    def _rosenbrock(self, x: Any) -> Any:
        """Return the function of an array to the sparse Hessian of the chained Rosenbrock function."""
        c = self.c
        given = c.SX.sym("x", len(x))
        a, b = given[:-1], given[1:]
        matrix, _ = c.hessian(c.sum1(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2), given)
        return c.Function("h", [given], [matrix], self.options)

    def sparse(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        function, x = self._rosenbrock(data["x"]), data["x"]
        return lambda: [function(x).nonzeros()]

    def sparse_bound(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        import numpy as np

        function, x = self._rosenbrock(data["x"]), np.ascontiguousarray(data["x"])
        found = np.zeros(function.nnz_out(0))
        buffer, trigger = function.buffer()
        buffer.set_arg(0, memoryview(x))
        buffer.set_res(0, memoryview(found))

        def run(kept: Any = (x, function, buffer)) -> list[Any]:
            trigger()
            return [found]

        return run

    def sample(self, rectified: bool) -> Any:
        """Return the function (w, x, t) -> loss of a sample."""
        c = self.c
        w, x, t = c.SX.sym("w", 337), c.SX.sym("x", 2), c.SX.sym("t")
        active = self.e.relu if rectified else self.e.tanh
        w1, w2 = c.reshape(w[:48], 3, 16).T, c.reshape(w[48:320], 17, 16).T
        h = active(c.mtimes(w1[:, :2], x) + w1[:, 2])
        h = active(c.mtimes(w2[:, :16], h) + w2[:, 16])
        y = c.dot(w[320:336], h) + w[336]
        return c.Function("sample", [w, x, t], [self.e.relu(1.0 - t * y) if rectified else (y - t) ** 2])

    def sloped(self, data: dict[str, Any]) -> tuple[Callable[[], None], list[Any], Any]:
        import numpy as np

        c, n = self.c, len(data["t"])
        w, x, t = c.SX.sym("w", 337), c.SX.sym("x", 2), c.SX.sym("t")
        value = self.sample(bool(data["rectified"]))(w, x, t)
        one = c.Function("one", [w, x, t], [c.vertcat(value, c.gradient(value, w))])
        every, X, T = c.MX.sym("w", 337), c.MX.sym("X", 2, n), c.MX.sym("t", 1, n)
        # summed as they come (mapaccum's sibling); a matrix of all samples' gradients would not fit the cache
        total = one.map("total", "serial", n, [0], [0])(every, X, T)
        found = total / n + c.vertcat(formulas.DECAY * c.sumsqr(every), 2 * formulas.DECAY * every)
        w_now = np.array(data["w"])
        call, (out,) = self.bound([found], [every, X, T], [w_now, data["X"].T, data["t"][None]])
        return call, [out], w_now

    def moons(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        call, (found,), w = self.sloped(data)
        slope = found[1:, 0]

        def run() -> list[Any]:
            call()
            w[:] -= formulas.RATE * slope
            return [found[0, 0], w]

        return run

    def samples(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        call, (found,), _ = self.sloped(data)

        def run() -> list[Any]:
            call()
            return [found[0, 0], found[1:, 0]]

        return run

    def gmm(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        c = self.c
        k, gamma, m, constant = (data[name].item() for name in ("k", "gamma", "m", "constant"))
        n, d = data["X"].shape
        size = len(data["p"])
        p, x = c.SX.sym("p", size), c.SX.sym("x", d)
        value = formulas.likelihood(self.e, d, k, c.vertsplit(p), c.vertsplit(x))
        one = c.Function("one", [p, x], [c.vertcat(value, c.gradient(value, p))])
        rest = formulas.prior(self.e, d, k, n, constant, gamma, m, c.vertsplit(p))
        other = c.Function("other", [p], [c.vertcat(rest, c.gradient(rest, p))])
        P, X = c.MX.sym("P", size), c.MX.sym("X", d, n)
        total = one.map("total", "serial", n, [0], [0])(P, X) + other(P)
        call, (found,) = self.bound([total], [P, X], [data["p"], data["X"].T])

        def run() -> list[Any]:
            call()
            return [found[0, 0], found[1:, 0]]

        return run

    def ba(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        import numpy as np

        c = self.c
        cameras, points, weights, features, seen = (
            data[name] for name in ("cameras", "points", "weights", "features", "seen")
        )
        count = len(weights)
        x, feature = c.SX.sym("x", 15), c.SX.sym("feature", 2)
        each = c.vertsplit(x)
        missed = c.vertcat(*formulas.residuals(self.e, each[:11], each[11:14], each[14], c.vertsplit(feature)))
        block = c.densify(c.jacobian(missed, x)).T
        one = c.Function("one", [x, feature], [c.vec(block)])
        X, F = c.MX.sym("X", 15, count), c.MX.sym("F", 2, count)
        given = np.zeros((15, count), order="F")
        call, (found,) = self.bound([one.map(count)(X, F)], [X, F], [given, features])

        def run() -> list[Any]:
            given[:11], given[11:14], given[14] = cameras[:, seen[0]], points[:, seen[1]], weights
            call()
            return [found.T.reshape(count, 2, 15), -2.0 * weights]

        return run

    def functions(self) -> dict[str, Any]:
        return {"maximum": self.c.fmax, "sqrt": self.c.sqrt, "where": self.c.if_else}

    def ways(self) -> dict[str, Callable[..., Any]]:
        def make(function: Any, x: float, y: float) -> Callable[..., Any]:
            given = [self.c.SX.sym(name) for name in "xy"]
            return self.c.Function("f", given, [function(*given)])  # type: ignore[no-any-return]

        return {"CasADi": make}


class CasadiC(Casadi):
    """The same as C, compiled with optimisation."""

    def __init__(self) -> None:
        super().__init__()
        flags = {"flags": ["-O3", "-march=native"], "compiler": "gcc"}
        self.options = {"jit": True, "compiler": "shell", "jit_options": flags}

    def ways(self) -> dict[str, Callable[..., Any]]:
        return {}
