"""Dr.Jit: arrays whose operations are recorded and run as one kernel; needs LLVM's shared library on the system."""

from collections.abc import Callable
from typing import Any

from . import formulas


class DrJit:
    """Frozen functions, so that what was recorded once is launched again without recording."""

    def __init__(self) -> None:
        import drjit
        from drjit.llvm.ad import Float64

        self.dr, self.number = drjit, Float64
        drjit.set_thread_count(1)
        drjit.eval(Float64(1.0) + 1.0)  # raises where there is no LLVM
        self.e = formulas.functions(drjit)
        self.e.ndtr = lambda x: 0.5 + 0.5 * drjit.erf(x * 0.7071067811865476)
        self.e.dot = lambda xs, ys: sum(x * y for x, y in zip(xs, ys, strict=True))

        def logsumexp(terms: list[Any]) -> Any:
            top = terms[0]
            for x in terms[1:]:
                top = drjit.select(x > top, x, top)
            top = drjit.detach(top)
            return top + drjit.log(sum(drjit.exp(x - top) for x in terms))

        self.e.logsumexp = logsumexp
        self.e.relu = lambda x: drjit.select(x > 0.0, x, 0.0)  # maximum ends the process under LLVM 14

    def waiting(self, function: Callable[..., list[Any]], *args: Any) -> Callable[[], list[Any]]:
        frozen = self.dr.freeze(function)

        def call() -> list[Any]:
            found = frozen(*args)
            self.dr.eval(found)
            self.dr.sync_thread()
            return found  # type: ignore[no-any-return]

        return call

    def leaves(self, xs: Any) -> list[Any]:
        found = [self.number(x) for x in xs]
        for x in found:
            self.dr.enable_grad(x)
        return found

    def black_scholes(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        def sloped(market: list[Any]) -> list[Any]:
            own = self.leaves(market)
            value = formulas.price(self.e, *own)
            self.dr.backward(value)
            return [self.dr.detach(value), *[self.dr.grad(x) for x in own]]

        return self.waiting(sloped, [self.number(x) for x in data["market"]])

    def samples(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        rectified, n = bool(data["rectified"]), len(data["t"])
        active, rate = self.e.relu if rectified else self.e.tanh, data.get("rate")

        def sloped(w: list[Any], x: list[Any], t: Any) -> list[Any]:
            own, layer = self.leaves(w), x
            for start, width in ((0, 3), (48, 17)):
                rows = [own[start + width * i : start + width * (i + 1)] for i in range(16)]
                layer = [active(sum(a * b for a, b in zip(row, layer, strict=False)) + row[-1]) for row in rows]
            y = sum(a * b for a, b in zip(own[320:], layer, strict=False)) + own[336]
            each = self.e.relu(1.0 - t * y) if rectified else (y - t) ** 2
            value = self.dr.sum(each) / n + formulas.DECAY * sum(a * a for a in own)
            self.dr.backward(value)
            slope = [self.dr.grad(a) for a in own]
            if rate:
                slope = [self.dr.detach(a) - rate * b for a, b in zip(own, slope, strict=True)]
            return [self.dr.detach(value), *slope]

        w, t = [self.dr.opaque(self.number, x) for x in data["w"]], self.number(data["t"])
        xs, frozen = [self.number(x.copy()) for x in data["X"].T], self.dr.freeze(sloped)

        def call() -> list[Any]:
            nonlocal w
            value, *slope = frozen(w, xs, t)
            self.dr.eval(value, slope)
            self.dr.sync_thread()
            if rate:
                w = slope
            return [value, slope]

        return call

    def moons(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        return self.samples(data | {"rate": formulas.RATE})

    def gmm(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        k, gamma, m, constant = (data[name].item() for name in ("k", "gamma", "m", "constant"))
        n, d = data["X"].shape

        def sloped(p: list[Any], x: list[Any]) -> list[Any]:
            own = self.leaves(p)
            value = self.dr.sum(formulas.likelihood(self.e, d, k, own, x))
            value += formulas.prior(self.e, d, k, n, constant, gamma, m, own)
            self.dr.backward(value)
            return [self.dr.detach(value), *[self.dr.grad(a) for a in own]]

        p = [self.dr.opaque(self.number, x) for x in data["p"]]
        call = self.waiting(sloped, p, [self.number(x.copy()) for x in data["X"].T])

        def joined() -> list[Any]:
            value, *slope = call()
            return [value, slope]

        return joined

    def ba(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        from drjit.llvm import UInt32

        cameras, points, weights, features, seen = (
            data[name] for name in ("cameras", "points", "weights", "features", "seen")
        )

        def jacobian(cameras: list[Any], points: list[Any], weight: Any, features: list[Any], seen: Any) -> list[Any]:
            given = [self.dr.gather(self.number, x, seen[0]) for x in cameras]
            given += [self.dr.gather(self.number, x, seen[1]) for x in points]
            rows = []
            for i in range(2):
                own = self.leaves([*given, weight])
                value = formulas.residuals(self.e, own[:11], own[11:14], own[14], features)[i]
                self.dr.backward(value)
                rows += [self.dr.grad(x) for x in own]
            return [*rows, -2.0 * weight]  # one array for each place of the blocks

        parts = [[self.number(x.copy()) for x in xs] for xs in (cameras, points)]
        measured = [self.number(x.copy()) for x in features]
        call = self.waiting(jacobian, *parts, self.number(weights), measured, [UInt32(x.copy()) for x in seen])
        return call

    def functions(self) -> dict[str, Any]:
        return {"maximum": self.dr.maximum, "sqrt": self.dr.sqrt, "where": self.dr.select}

    def ways(self) -> dict[str, Callable[..., Any]]:
        def eager(function: Any, x: float, y: float) -> Callable[..., Any]:
            return lambda x, y: self.first(function(self.number(x), self.number(y)))

        def frozen(function: Any, x: float, y: float) -> Callable[..., Any]:
            call = self.dr.freeze(function)
            return lambda x, y: self.first(call(self.number(x), self.number(y)))

        return {"Dr.Jit": eager, "Dr.Jit, frozen": frozen}

    @staticmethod
    def first(x: Any) -> float:
        return float(x) if isinstance(x, (int, float)) else float(x[0])
