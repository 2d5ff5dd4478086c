"""Other engines, as what `check_gradient(f, ..., engine=...)` takes: PyTorch, JAX, and HIPS autograd.

Start at `torch`. An engine turns a function written for it into (value, gradient), both of plain numbers and NumPy
arrays. The one surprise: HIPS autograd has the import name of this package, so one environment holds only one of them;
`apart` imports it from a directory of its own.
"""

import importlib
import os
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from autograd.tape.pytree import is_array

Function = Callable[..., Any]
Engine = Callable[[Function], tuple[Function, Function]]


def engine_of(engine: Any) -> Engine:
    """Return the engine of this name; an engine as it is. Raises ValueError for an unknown name."""
    if callable(engine):
        found: Engine = engine
        return found
    if engine not in ENGINES:
        raise ValueError(f"engine: {engine!r} is not known; use {', '.join(map(repr, ENGINES))}, or engines.hips(grad)")
    return ENGINES[engine]


def _mapped(x: Any, change: Function) -> Any:
    if isinstance(x, dict):
        return {key: _mapped(y, change) for key, y in x.items()}
    if type(x) in (list, tuple):
        return type(x)([_mapped(y, change) for y in x])
    return change(x)


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, dict):
        x = list(x.values())
    return [leaf for y in x for leaf in _leaves(y)] if isinstance(x, (list, tuple)) else [x]


def _plain(x: Any) -> Any:
    """Return a tensor or array as a float or an array of NumPy's."""
    import numpy

    found = numpy.asarray(x, dtype=float)
    return found if found.shape else float(found)


def torch(f: Function) -> tuple[Function, Function]:
    """Return (value, gradient) of a function of PyTorch's tensors; each number or array becomes one, of float64."""
    engine: Any = importlib.import_module("torch")

    def tensor(x: Any) -> Any:
        return engine.tensor(x, dtype=engine.float64)

    def value(*args: Any) -> Any:
        with engine.no_grad():
            return f(*_mapped(args, tensor))

    def gradient(*args: Any) -> Any:
        tensors = _mapped(args, lambda x: tensor(x).requires_grad_(True))
        leaves = _leaves(tensors)
        found = iter(engine.autograd.grad(f(*tensors), leaves, allow_unused=True, materialize_grads=True))
        nests = _mapped(tensors, lambda x: _plain(next(found)))
        return nests[0] if len(args) == 1 else nests

    return value, gradient


def jax(f: Function) -> tuple[Function, Function]:
    """Return (value, gradient) of a function of JAX's arrays, in float64, whatever its default is."""
    engine: Any = importlib.import_module("jax")
    where = engine if hasattr(engine, "enable_x64") else importlib.import_module("jax.experimental")
    wide = where.enable_x64

    def value(*args: Any) -> Any:
        with wide(True):
            return f(*_mapped(args, lambda x: engine.numpy.asarray(x, dtype=float)))

    def gradient(*args: Any) -> Any:
        with wide(True):
            arrays = _mapped(args, lambda x: engine.numpy.asarray(x, dtype=float))
            nests = engine.grad(f, argnums=tuple(range(len(args))))(*arrays)
            nests = _mapped(nests, _plain)
        return nests[0] if len(args) == 1 else nests

    return value, gradient


def hips(grad: Function) -> Engine:
    """Return the engine made of HIPS autograd's `grad`, or of any `grad(f, argnums)` with a tuple of positions.

    `hips(apart("other").grad)`, after `pip install --target other autograd`; see `apart`.
    """

    def engine(f: Function) -> tuple[Function, Function]:
        def gradient(*args: Any) -> Any:
            nests = grad(f, tuple(range(len(args))))(*_mapped(args, lambda x: x if is_array(x) else float(x)))
            return nests[0] if len(args) == 1 else nests

        return f, gradient

    return engine


def apart(directory: str | os.PathLike[str]) -> ModuleType:
    """Return HIPS autograd, imported from a directory that holds it; `import autograd` keeps meaning this package.

    With `theirs = apart("other")`, functions are written with `theirs.numpy`. Raises ImportError if it is not there.
    """

    def taken() -> dict[str, ModuleType]:
        return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "autograd"}

    directory = os.path.abspath(directory)
    importlib.invalidate_caches()
    there = PathFinder.find_spec("autograd", [directory])
    if there is None or there.origin is None:  # an import would find this package a second time
        raise ImportError(f"no autograd in {directory}; pip install --target {directory} autograd")
    ours = taken()
    sys.path.insert(0, directory)
    try:
        found = importlib.import_module("autograd")
        importlib.import_module("autograd.numpy")
        return found
    finally:
        sys.path.remove(directory)
        taken()
        sys.modules.update(ours)


ENGINES: dict[str, Engine] = {"torch": torch, "jax": jax}
