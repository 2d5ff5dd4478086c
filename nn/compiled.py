"""Batches through a model as compiled lanes: what `fit` uses where the extra `jit` is installed and it pays.

Start at `Lanes`. Only the model is compiled; the loss of each sample is computed on Values as ever, and what backward
leaves in a model's outputs is pulled through the model by a second compiled program. The one surprise: whatever cannot
be compiled, or has a result that is not finite, goes through the model itself, so results and exceptions are its own.
"""

import copy
import importlib.util
import math
import warnings
from collections.abc import Sequence
from typing import Any

from autograd import Value, backward, core, grad, jit, sumprod, vmap

# seconds for each parameter, as measured: for a sample on Values, for a batch in lanes, and to compile
SAMPLE, BATCH, COMPILING = {"pure": 600e-9, "compiled": 40e-9}, 500e-9, 1e-3
PATHS = 4  # through a model; where samples go more ways than that, each is compiled for too few of them


def lanes(model: Any, X: Sequence[Any], epochs: int, batch_size: int) -> "Lanes | None":
    """Return a model in lanes, or None where it would not pay or cannot be."""
    if any(importlib.util.find_spec(name) is None for name in ("llvmlite", "numpy")):
        return None
    batches, size = epochs * math.ceil(len(X) / batch_size), min(batch_size, len(X))
    if not hasattr(model, "named_parameters") or batches * (size * SAMPLE[core()] - BATCH) < COMPILING:
        return None
    return Lanes(model, size)


class Lanes:
    """A model whose batches are compiled."""

    def __init__(self, model: Any, size: int) -> None:
        self.model, self.parameters, self.size = model, model.parameters(), size
        self.works: bool | None = None  # not known before the first batch
        self.X: Any = None
        self.forward = vmap(_apply, in_axes=(None, 0), paths=PATHS)
        weighted = vmap(_weighted, in_axes=(None, 0, 0), paths=PATHS)
        slope = grad(lambda model, X, seeds: weighted(model, X, seeds).sum())
        self.slopes = jit(lambda model, X, seeds: slope(model, X, seeds).parameters())

    def outputs(self, X: Sequence[Any]) -> list[Any]:
        """Return the model's output for each sample, of Values that are leaves; `pull` goes on from them."""
        if self.works is None:
            self.works = self._tried(X[0])
        found = self._compiled(X) if self.works else None
        return [self.model(x) for x in X] if found is None else found

    def _tried(self, x: Any) -> bool:
        """Return whether a copy of the model does the same in lanes, draws no numbers, and stays as it is."""
        model = copy.deepcopy(self.model)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            try:
                model(x)  # a first call may set things up
                before = _held(model)
                model(x)
                self.forward(model, [x])
            except Exception:  # whatever it is, the model itself is the answer, and raises it again if it is its own
                return False
        return _held(model) == before

    def _compiled(self, X: Sequence[Any]) -> list[Any] | None:
        import numpy as np

        self.X = None
        try:
            batch = np.array(X, dtype=float)
            columns = self.forward(self.model, batch)
            single = not isinstance(columns, list)
            table = np.stack([columns] if single else columns, axis=1).tolist()
            if not all(math.isfinite(sum(row)) for row in table):
                return None
            expected = self.model(X[0])
            for x, y in zip(table[0], _several(expected), strict=True):
                if abs(x - y.data) > 1e-9 * (1.0 + abs(y.data)):
                    raise ValueError("the model does not do in lanes what it does alone")
        except Exception:  # as above
            self.works = False
            return None
        self.X = batch
        return [Value(row[0]) if single else [Value(x) for x in row] for row in table]

    def pull(self, outputs: Sequence[Any]) -> None:
        """Add to the gradient of every parameter what comes of those of the outputs."""
        import numpy as np

        if self.X is None:
            return
        seeds = [[y.grad for y in output] if isinstance(output, list) else [output.grad] for output in outputs]
        # a smaller batch is filled up with samples that do not count
        X = np.concatenate([self.X, np.repeat(self.X[:1], self.size - len(seeds), axis=0)])
        weights = np.zeros((self.size, len(seeds[0])))
        weights[: len(seeds)] = seeds
        try:
            slopes = self.slopes(self.model, X, weights)
        except Exception:  # as above
            self.works = False
            again = [y for x in self.X.tolist() for y in _several(self.model(x))]
            backward(again, sum(seeds, []))  # noqa: RUF017 (a batch is short)
            return
        for parameter, slope in zip(self.parameters, slopes, strict=True):
            parameter.grad += slope


def _held(x: Any) -> list[int]:
    """Return the identities of all that a module holds."""
    parts = vars(x) if hasattr(x, "named_parameters") else x
    if isinstance(parts, (dict, list, tuple)):
        return [y for part in (parts.values() if isinstance(parts, dict) else parts) for y in _held(part)]
    return [id(x)]


def _several(output: Any) -> list[Any]:
    return output if isinstance(output, list) else [output]


def _apply(model: Any, x: Any) -> Any:
    return model(list(x) if hasattr(x, "__len__") else x)


def _weighted(model: Any, x: Any, seeds: Any) -> Any:
    return sumprod(list(seeds), _several(_apply(model, x)))
