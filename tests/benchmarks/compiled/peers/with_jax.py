"""JAX: functions of arrays, traced and compiled by XLA."""

from collections.abc import Callable
from functools import partial
from typing import Any

from . import formulas


class Jax:
    """Tasks as JAX does them best: one jitted function each, arguments already on its device."""

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp
        from jax.scipy.special import logsumexp, ndtr

        jax.config.update("jax_enable_x64", True)
        self.jax, self.jnp = jax, jnp
        self.e = formulas.functions(jnp, "sum", "mean")
        self.e.relu, self.e.ndtr, self.e.logsumexp = jax.nn.relu, ndtr, logsumexp

    def waiting(self, function: Callable[..., Any], *args: Any) -> Callable[[], list[Any]]:
        placed = self.jax.device_put(args)
        return lambda: self.jax.tree.leaves(self.jax.block_until_ready(function(*placed)))

    def black_scholes(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        priced = self.jax.value_and_grad(partial(formulas.price, self.e), argnums=tuple(range(5)))
        return self.waiting(self.jax.jit(self.jax.vmap(priced)), *data["market"])

    def moons(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        sloped = self.jax.value_and_grad(partial(formulas.loss, self.e, bool(data["rectified"])))

        @self.jax.jit
        def step(w: Any, X: Any, t: Any) -> Any:
            value, slope = sloped(w, X, t)
            return value, w - formulas.RATE * slope

        w, X, t = self.jax.device_put((data["w"], data["X"], data["t"]))

        def call() -> list[Any]:
            nonlocal w
            value, w = self.jax.block_until_ready(step(w, X, t))
            return [value, w]

        return call

    def samples(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        sloped = self.jax.jit(self.jax.value_and_grad(partial(formulas.loss, self.e, bool(data["rectified"]))))
        return self.waiting(sloped, data["w"], data["X"], data["t"])

    def gmm(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        names = ("spread", "lower", "k", "constant", "gamma", "m")
        spread, lower, k, constant, gamma, m = (data[name] if data[name].ndim else data[name].item() for name in names)

        def objective(p: Any, X: Any) -> Any:
            return formulas.gmm(self.e, p, X, spread, lower, k, constant, gamma, m)

        return self.waiting(self.jax.jit(self.jax.value_and_grad(objective)), data["p"], data["X"])

    def ba(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        jax, jnp = self.jax, self.jnp

        def one(camera: Any, point: Any, weight: Any, feature: Any) -> Any:
            return jnp.stack(formulas.residuals(self.e, camera, point, weight, feature))

        blocks = jax.vmap(jax.jacrev(one, argnums=(0, 1, 2)), in_axes=(1, 1, 0, 1))

        @jax.jit
        def jacobian(cameras: Any, points: Any, weights: Any, features: Any, seen: Any) -> Any:
            of_cameras, of_points, of_weights = blocks(cameras[:, seen[0]], points[:, seen[1]], weights, features)
            rows = jnp.concatenate([of_cameras, of_points, of_weights[:, :, None]], 2)
            return rows, -2.0 * weights

        return self.waiting(jacobian, *(data[name] for name in ("cameras", "points", "weights", "features", "seen")))

    def row(self, data: dict[str, Any]) -> Callable[[], list[Any]]:
        name, columns = data["name"].item(), [data[key] for key in sorted(data) if key.startswith("x")]
        rooms = (self.jnp, self.jax.scipy.special, self.jax.nn)
        function = next(getattr(room, name) for room in rooms if hasattr(room, name))
        if data["sloped"]:
            function = self.jax.value_and_grad(function, argnums=tuple(range(len(columns))))
        return self.waiting(self.jax.jit(self.jax.vmap(function)), *columns)

    def functions(self) -> dict[str, Any]:
        return {"maximum": self.jnp.maximum, "sqrt": self.jnp.sqrt, "where": self.jnp.where}

    def ways(self) -> dict[str, Callable[..., Any]]:
        return {"jax.jit": lambda function, x, y: self.jax.jit(function)}
