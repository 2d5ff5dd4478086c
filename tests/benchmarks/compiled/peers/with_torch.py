"""PyTorch: tensors on one thread, eager or through torch.compile."""

from collections.abc import Callable
from functools import partial
from typing import Any

from . import formulas


class Torch:
    """Eager tensors of doubles, and reverse mode."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.e = formulas.functions(torch, "relu", "sum", "mean", "logsumexp")
        self.e.ndtr = torch.special.ndtr

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def leaf(self, x: Any) -> Any:
        return self.torch.tensor(x, requires_grad=True)

    def black_scholes(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        market = [self.leaf(x) for x in data["market"]]
        priced = self.compiled(partial(formulas.price, self.e))
        ones = self.torch.ones_like(market[0])

        def call() -> list[Any]:
            value = priced(*market)
            return [value.detach(), *self.torch.autograd.grad(value, market, ones)]

        return call

    def moons(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        loss = self.compiled(partial(formulas.loss, self.e, bool(data["rectified"])))
        w, X, t = self.leaf(data["w"]), self.torch.tensor(data["X"]), self.torch.tensor(data["t"])

        def call() -> list[Any]:
            value = loss(w, X, t)
            (slope,) = self.torch.autograd.grad(value, w)
            with self.torch.no_grad():
                w.sub_(slope, alpha=formulas.RATE)
            return [value.detach(), w.detach()]

        return call

    def samples(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        loss = self.compiled(partial(formulas.loss, self.e, bool(data["rectified"])))
        w, X, t = self.leaf(data["w"]), self.torch.tensor(data["X"]), self.torch.tensor(data["t"])

        def call() -> list[Any]:
            value = loss(w, X, t)
            return [value.detach(), *self.torch.autograd.grad(value, w)]

        return call

    def gmm(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        names = ("X", "spread", "lower", "k", "constant", "gamma", "m")
        rest = [self.torch.tensor(data[name]) if data[name].ndim else data[name].item() for name in names]
        p = self.leaf(data["p"])
        objective = self.compiled(lambda p: formulas.gmm(self.e, p, *rest))

        def call() -> list[Any]:
            value = objective(p)
            return [value.detach(), *self.torch.autograd.grad(value, p)]

        return call

    def ba(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        torch = self.torch
        cameras, points, weights, features, seen = (
            torch.tensor(data[name]) for name in ("cameras", "points", "weights", "features", "seen")
        )
        ones = torch.ones_like(weights)

        def one(*given: Any) -> Any:
            return formulas.residuals(self.e, given[:11], given[11:14], given[14], features)

        residuals = self.compiled(one)

        def call() -> list[Any]:
            given = [*cameras[:, seen[0]], *points[:, seen[1]], weights.clone()]
            for x in given:
                x.requires_grad_()
            first, second = residuals(*given)
            rows = [
                torch.autograd.grad(first, given, ones, retain_graph=True, materialize_grads=True),
                torch.autograd.grad(second, given, ones, materialize_grads=True),
            ]
            return [torch.stack([torch.stack(row, 1) for row in rows], 1), -2.0 * weights]

        return call

    def functions(self) -> dict[str, Any]:
        torch = self.torch

        def maximum(x: Any, y: Any) -> Any:
            return torch.maximum(torch.as_tensor(x), torch.as_tensor(y))

        return {"maximum": maximum, "sqrt": lambda x: torch.sqrt(torch.as_tensor(x)), "where": torch.where}

    def number(self, x: float) -> Any:
        return self.torch.tensor(x, dtype=self.torch.float64)

    def ways(self) -> dict[str, Callable[..., Any]]:
        import warnings

        def traced(function: Any, x: float, y: float) -> Callable[..., Any]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns, if it is asked to
                replay = self.torch.jit.trace(function, (self.number(x), self.number(y)), check_trace=False)
            return lambda x, y: replay(self.number(x), self.number(y))

        return {
            "PyTorch, eager": lambda function, x, y: lambda x, y: function(self.number(x), self.number(y)),
            "torch.jit.trace": traced,
        }


class Compiled(Torch):
    """The same through torch.compile."""

    def __init__(self) -> None:
        super().__init__()
        import torch._functorch.config

        torch._functorch.config.donated_buffer = False  # which a graph that is swept twice cannot have

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return self.torch.compile(function)  # type: ignore[no-any-return]

    def ways(self) -> dict[str, Callable[..., Any]]:
        def make(function: Any, x: float, y: float) -> Callable[..., Any]:
            self.torch._dynamo.reset()
            call = self.torch.compile(function, backend="aot_eager")  # guards are the same as with C++ behind them
            return lambda x, y: call(self.number(x), self.number(y))

        return {"torch.compile": make}
