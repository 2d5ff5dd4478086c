"""Batches through a model as compiled lanes: what `fit` uses where the extra `jit` is installed and it pays.

Start at `Lanes`. Only the model is compiled; the loss of each sample is computed on Values as ever, and what backward
leaves in a model's outputs is pulled through the model by a second compiled program. The one surprise: whatever cannot
be compiled, or has a result that is not finite, goes through the model itself, so results and exceptions are its own.
"""

import importlib.util
import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, jit, sumprod, value_and_grad, vmap

WORTH = 1_000_000  # parameters times samples seen, from which compiling takes less time than it saves


def lanes(model: Any, X: Sequence[Any], epochs: int) -> "Lanes | None":
    """Return a model in lanes, or None where it would not pay or cannot be."""
    if any(importlib.util.find_spec(name) is None for name in ("llvmlite", "numpy")):
        return None
    if not hasattr(model, "named_parameters") or epochs * len(X) * len(model.parameters()) < WORTH:
        return None
    return Lanes(model)


class Lanes:
    """A model whose batches are compiled."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.works = True
        self.X: Any = None
        self.forward = vmap(_apply, in_axes=(None, 0), backend="llvm")
        weighted = vmap(_weighted, in_axes=(None, 0, 0), backend="llvm")
        self.slope = jit(value_and_grad(lambda model, X, seeds: weighted(model, X, seeds).sum()))

    def outputs(self, X: Sequence[Any]) -> list[Any]:
        """Return the model's output for each sample, of Values that are leaves; `pull` goes on from them."""
        found = self._compiled(X) if self.works else None
        self.X = X if found is not None else None
        return [self.model(x) for x in X] if found is None else found

    def _compiled(self, X: Sequence[Any]) -> list[Any] | None:
        import numpy as np

        try:
            columns = self.forward(self.model, np.array(X, dtype=float))
            single = not isinstance(columns, list)
            table = np.stack([columns] if single else columns, axis=1).tolist()
            if not all(map(math.isfinite, sum(table, []))):  # noqa: RUF017 (a batch is short)
                return None
            expected = self.model(X[0])
            for x, y in zip(table[0], [expected] if single else expected, strict=True):
                if abs(x - y.data) > 1e-9 * (1.0 + abs(y.data)):
                    raise ValueError("the model does not do in lanes what it does alone")
        except Exception:  # whatever it is, the model itself is the answer, and raises it again if it is its own
            self.works = False
            return None
        return [Value(row[0]) if single else [Value(x) for x in row] for row in table]

    def pull(self, outputs: Sequence[Any]) -> None:
        """Add to the gradient of every parameter what comes of those of the outputs."""
        import numpy as np

        if self.X is None:
            return
        seeds = [[y.grad for y in output] if isinstance(output, list) else [output.grad] for output in outputs]
        _, slopes = self.slope(self.model, np.array(self.X, dtype=float), np.array(seeds))
        _add(self.model, slopes)


def _apply(model: Any, x: Any) -> Any:
    return model(list(x) if hasattr(x, "__len__") else x)


def _weighted(model: Any, x: Any, seeds: Any) -> Any:
    found = _apply(model, x)
    return sumprod(list(seeds), found if isinstance(found, list) else [found])


def _add(x: Any, slope: Any) -> None:
    """Add a nest of derivatives to the gradients of the Values in the same places of a module."""
    if isinstance(x, Value):
        x.grad += slope
    elif hasattr(x, "named_parameters"):
        for y, d in zip(vars(x).values(), vars(slope).values(), strict=True):
            _add(y, d)
    elif isinstance(x, dict):
        for y, d in zip(x.values(), slope.values(), strict=True):
            _add(y, d)
    elif isinstance(x, (list, tuple)):
        for y, d in zip(x, slope, strict=True):
            _add(y, d)
