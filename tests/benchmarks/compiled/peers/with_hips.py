"""HIPS autograd: NumPy's functions, recorded each time they are called."""

from collections.abc import Callable
from functools import partial
from typing import Any

from . import formulas


class Hips:
    """Functions of arrays, and reverse mode."""

    def __init__(self) -> None:
        from autograd.core import make_vjp

        import autograd
        import autograd.numpy as anp
        from autograd.scipy.special import logsumexp
        from autograd.scipy.stats import norm

        self.autograd, self.anp, self.make_vjp = autograd, anp, make_vjp
        self.e = formulas.functions(anp, "sum", "mean")
        self.e.relu, self.e.ndtr, self.e.logsumexp = lambda x: anp.maximum(x, 0.0), norm.cdf, logsumexp

    def black_scholes(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        import numpy as np

        market = tuple(data["market"])

        def call() -> list[Any]:
            pull, value = self.make_vjp(lambda market: formulas.price(self.e, *market), market)
            return [value, *pull(np.ones(len(value)))]

        return call

    def moons(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        sloped = self.autograd.value_and_grad(partial(formulas.loss, self.e, bool(data["rectified"])))
        w, X, t = data["w"], data["X"], data["t"]

        def call() -> list[Any]:
            nonlocal w
            value, slope = sloped(w, X, t)
            w = w - formulas.RATE * slope
            return [value, w]

        return call

    def samples(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        sloped = self.autograd.value_and_grad(partial(formulas.loss, self.e, bool(data["rectified"])))
        return lambda: list(sloped(data["w"], data["X"], data["t"]))

    def gmm(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        names = ("X", "spread", "lower", "k", "constant", "gamma", "m")
        rest = [data[name] if data[name].ndim else data[name].item() for name in names]
        sloped = self.autograd.value_and_grad(lambda p: formulas.gmm(self.e, p, *rest))
        return lambda: list(sloped(data["p"]))

    def ba(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        import numpy as np

        cameras, points, weights, features, seen = (
            data[name] for name in ("cameras", "points", "weights", "features", "seen")
        )

        def call() -> list[Any]:
            given = (*cameras[:, seen[0]], *points[:, seen[1]], weights)
            rows = []
            for i in range(2):

                def one(given: Any, i: int = i) -> Any:
                    return formulas.residuals(self.e, given[:11], given[11:14], given[14], features)[i]

                pull, value = self.make_vjp(one, given)
                rows.append(np.stack([np.broadcast_to(x, value.shape) for x in pull(np.ones(len(value)))], 1))
            return [np.stack(rows, 1), -2.0 * weights]

        return call

    def functions(self) -> dict[str, Any]:
        return {"maximum": self.anp.maximum, "sqrt": self.anp.sqrt, "where": self.anp.where}

    def ways(self) -> dict[str, Callable[..., Any]]:
        def make(function: Any, x: float, y: float) -> Callable[..., Any]:
            return lambda x, y: self.make_vjp(lambda xy: function(*xy), (x, y))[1]

        return {"HIPS autograd": make}
