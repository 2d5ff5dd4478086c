"""Batches through a model: on Values, or as compiled lanes where the extra `jit` is installed and it pays.

Only the model is compiled. The loss of each sample is computed on Values as ever, and what backward leaves in the
model's outputs is pulled through the model by a second compiled function. Whatever cannot be compiled, or has a result
that is not finite, goes through the model itself, so results and exceptions are its own.
"""

import copy
import importlib.util
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pickle import PicklingError
from typing import Any, Protocol

from autograd import GraphError, Value, backward, core, grad, jit, sumprod, vmap
from nn import generators
from nn.losses import Prediction
from nn.parameters import modules

# seconds for each parameter, as measured: for a sample on Values, for a batch in lanes, and to compile
SAMPLE, BATCH, COMPILING = {"pure": 600e-9, "compiled": 40e-9}, 500e-9, 1e-3
PATHS = 4  # through a model; where samples go more ways than that, each is compiled for too few of them
_watched: ContextVar[Sequence[Any]] = ContextVar("watched", default=())


class Drew(RuntimeError):
    """A model drew random numbers where it was tried out; they are given back."""


# what a model may raise that takes floats but no traced numbers; TraceError is a TypeError
REFUSALS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    Drew,
    GraphError,
    LookupError,
    NotImplementedError,
    PicklingError,  # of a copy
    RuntimeWarning,  # of vmap, which says that it runs lane by lane
    TypeError,
    ValueError,
)


class Model(Protocol):
    """What `fit` trains."""

    def __call__(self, x: Any, /) -> Prediction:
        """Return the prediction for a sample."""
        ...

    def parameters(self) -> list[Value]:
        """Return what is trained."""
        ...


def batches_of(model: Model, X: Sequence[Any], epochs: int, batch_size: int, compiled: bool) -> "Batches":
    """Return a model on batches, compiled if that is wanted, possible and pays."""
    several = any(getattr(module, "sees_batches", False) for module in modules(model))
    if several and not hasattr(model, "over_batch"):
        raise TypeError(
            f"fit: {type(model).__name__} has a layer that sees whole batches, as BatchNorm does; give it a method "
            "over_batch(X), or put its layers into a Sequential"
        )
    if compiled and not several and all(importlib.util.find_spec(name) for name in ("llvmlite", "numpy")):
        count, size = epochs * math.ceil(len(X) / batch_size), min(batch_size, len(X))
        if hasattr(model, "named_parameters") and count * (size * SAMPLE[core()] - BATCH) >= COMPILING:
            return CompiledBatches(model, size)
    return Batches(model)


def over_batch(layer: Any, X: Sequence[Any]) -> list[Any]:
    """Return what a layer makes of each sample of a batch; one such as BatchNorm sees them all at once."""
    return layer.over_batch(X) if hasattr(layer, "over_batch") else [layer(x) for x in X]


class Batches:
    """A model on batches, sample by sample."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.first: Prediction = None  # an output with its graph, of a model that is compiled

    def outputs(self, X: Sequence[Any]) -> list[Prediction]:
        """Return the model's output for each sample."""
        return over_batch(self.model, X)

    def pull(self, outputs: Sequence[Prediction]) -> None:
        """Add to the gradient of every parameter what comes of those of the outputs, unless backward has done so."""

    def settled(self) -> tuple[bool, "Batches"]:
        """Return whether all batches run on Values from now on, and what to go on with as if it had begun just now."""
        return True, self


class CompiledBatches(Batches):
    """A model whose batches are compiled, as long as it does in lanes what it does alone, and draws no numbers.

    Whatever a trial draws is given back, so that all generators go on as if there had been none.
    """

    parameters: list[Value]
    size: int
    batches: int

    def __init__(self, model: Model, size: int) -> None:
        super().__init__(model)
        self.parameters, self.size = model.parameters(), size
        self.generators: list[Any] = []
        self.batches = 0  # that were computed in lanes
        self.works: bool | None = None  # not known before the first batch
        self.X: Any = None  # the batch that outputs were last computed of in lanes, an array
        self.forward: Any = vmap(_apply, in_axes=(None, 0), paths=PATHS)
        weighted = vmap(_weighted, in_axes=(None, 0, 0), paths=PATHS)
        slope = grad(lambda model, X, seeds: weighted(model, X, seeds).sum())
        self.slopes: Any = jit(lambda model, X, seeds: slope(model, X, seeds).parameters(), deterministic=True)

    def outputs(self, X: Sequence[Any]) -> list[Prediction]:
        """Return the model's output for each sample, of Values that are leaves; `pull` goes on from them."""
        found = None
        if self.works is not False:
            with self._watching():
                self.works = self.works or self._tried(X[0])
                found = self._compiled(X) if self.works else None
        return super().outputs(X) if found is None else found

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Let the model run for trial within a `with` block: where it draws, it is run on Values from now on."""
        token = _watched.set(self.generators)
        try:
            yield
        except Drew:
            self.works = False
            words = "the model gives other results for the same sample, as with random numbers: it is not compiled"
            warnings.warn(f"fit: {words}; compiled=False says so too", RuntimeWarning, stacklevel=6)
        finally:
            _watched.reset(token)

    def _tried(self, x: Any) -> bool:
        """Return whether a copy of the model does the same in lanes, draws no numbers, and stays as it is."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            try:
                model = copy.deepcopy(self.model)
                self.generators = generators.alive()  # that of the copy too
                _watched.set(self.generators)
                with _given_back():
                    model(x)  # a first call may set things up
                before = _held(model)
                with _given_back():
                    first, again = _plain(model(x)), _plain(model(x))
                self.forward(model, [x])
            except Drew:
                raise
            except REFUSALS:
                return False
        if _held(model) != before:
            return False
        if first != again and first == first:
            raise Drew
        return True

    def _compiled(self, X: Sequence[Any]) -> list[Prediction] | None:
        import numpy as np

        self.X, self.works = None, False
        try:
            batch = np.array(X, dtype=float)
            found = self.forward(self.model, batch)
        except Drew:
            raise
        except REFUSALS:
            return None
        columns = _several(found)
        if not columns or not all(isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype == float for y in columns):
            return None
        self.works = True
        table = np.stack(columns, axis=1).tolist()
        if not all(math.isfinite(sum(row)) for row in table):
            return None
        self.batches += 1
        if self.batches.bit_count() == 1:  # batches 1, 2, 4, 8, ... have a sample that is compared
            with _given_back():
                self.first: Prediction = self.model(X[0])
            self.works = _close(table[0], _several(self.first))
            if not self.works:
                return None
        self.X = batch
        return [[Value(y) for y in row] if isinstance(found, list) else Value(row[0]) for row in table]

    def pull(self, outputs: Sequence[Prediction]) -> None:
        """Add to the gradient of every parameter what comes of those of the outputs."""
        import numpy as np

        if self.X is None:
            return
        seeds = [[y.grad for y in _several(output)] for output in outputs]
        # a smaller batch is filled up with samples that do not count
        X = np.concatenate([self.X, np.repeat(self.X[:1], self.size - len(seeds), axis=0)])
        weights = np.zeros((self.size, len(seeds[0])))
        weights[: len(seeds)] = seeds
        try:
            slopes = self.slopes(self.model, X, weights)
        except REFUSALS:
            self.works = False
            again = [y for x in self.X.tolist() for y in _several(self.model(x))]
            backward(again, [seed for row in seeds for seed in row])
            return
        for parameter, slope in zip(self.parameters, slopes, strict=True):
            parameter.grad += slope

    def settled(self) -> tuple[bool, Batches]:
        """Begin anew where the model went several ways: how many are known already must not matter."""
        if self.works and any(len(known.programs) > 1 for known in self.forward.cache.known.values()):
            return False, CompiledBatches(self.model, self.size)
        return self.works is False, self


def _close(found: Sequence[float], expected: Sequence[object]) -> bool:
    """Return whether the numbers of lanes are those of the Values that the model itself gives."""
    return len(found) == len(expected) and all(
        isinstance(y, Value) and abs(x - y.data) <= 1e-9 * (1.0 + abs(y.data))
        for x, y in zip(found, expected, strict=True)
    )


def _held(x: object) -> list[int]:
    """Return the identities of all that a module holds."""
    parts = vars(x) if hasattr(x, "named_parameters") else x
    if isinstance(parts, (dict, list, tuple)):
        return [y for part in (parts.values() if isinstance(parts, dict) else parts) for y in _held(part)]
    return [id(x)]


def _several(output: Prediction) -> list[Any]:
    return output if isinstance(output, list) else [output]


def _plain(output: Prediction) -> list[Any]:
    return [getattr(y, "data", y) for y in _several(output)]


@contextmanager
def _given_back() -> Iterator[None]:
    """Give back what is drawn within a `with` block, and raise Drew if there is any."""
    watch = generators.Watch(_watched.get())
    try:
        with watch:
            yield
    except BaseException:
        watch.undone()
        raise
    if watch.undone():
        raise Drew


def _apply(model: Model, x: Any) -> Prediction:
    with _given_back():
        return model(list(x) if hasattr(x, "__len__") else x)


def _weighted(model: Model, x: Any, seeds: Sequence[float]) -> Prediction:
    return sumprod(list(seeds), _several(_apply(model, x)))
