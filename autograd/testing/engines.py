"""Other engines, as what `check_gradient(f, ..., engine=...)` takes: PyTorch, JAX, and HIPS autograd.

An engine turns a function written for it into (value, gradient), both of plain numbers and NumPy arrays. HIPS autograd
has the import name of this package, so one environment holds only one of them; `apart` imports it from a directory of
its own.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from autograd.tape.pytree import is_array

Function = Callable[..., Any]
Engine = Callable[[Function], tuple[Function, Function]]


def engine_of(engine: str | Engine) -> Engine:
    """Return the engine of this name; an engine as it is. Raises ValueError for an unknown name."""
    if callable(engine):
        return engine
    if engine not in ENGINES:
        raise ValueError(f"engine: {engine!r} is not known; use {', '.join(map(repr, ENGINES))}, or engines.hips(grad)")
    return ENGINES[engine]


def _mapped(nests: Iterable[object], change: Callable[[object], object]) -> tuple[object, ...]:
    """Return nests in which every number, array or tensor is changed."""

    def changed(x: object) -> object:
        if isinstance(x, dict):
            return {key: changed(y) for key, y in x.items()}
        if type(x) is list or type(x) is tuple:
            return type(x)([changed(y) for y in x])
        return change(x)

    return tuple(map(changed, nests))


def _one(nests: Sequence[object]) -> object:
    """Return the nest of one argument, the nests of several."""
    return nests[0] if len(nests) == 1 else nests


def _plain(x: object) -> object:
    """Return a tensor or array as a float or an array of NumPy's."""
    import numpy

    found = numpy.asarray(x, dtype=float)
    return found if found.shape else float(found)


def torch(f: Function) -> tuple[Function, Function]:
    """Return (value, gradient) of a function of PyTorch's tensors; each number or array becomes one, of float64."""
    engine = importlib.import_module("torch")

    def value(*args: object) -> object:
        with engine.no_grad():
            return f(*_mapped(args, lambda x: engine.tensor(x, dtype=engine.float64)))

    def gradient(*args: object) -> object:
        leaves: list[object] = []

        def tensor(x: object) -> object:
            leaves.append(engine.tensor(x, dtype=engine.float64).requires_grad_(True))
            return leaves[-1]

        tensors = _mapped(args, tensor)
        found = iter(engine.autograd.grad(f(*tensors), leaves, allow_unused=True, materialize_grads=True))
        return _one(_mapped(tensors, lambda x: _plain(next(found))))

    return value, gradient


def jax(f: Function) -> tuple[Function, Function]:
    """Return (value, gradient) of a function of JAX's arrays, in float64, whatever its default is."""
    engine = importlib.import_module("jax")
    wide = (engine if hasattr(engine, "enable_x64") else importlib.import_module("jax.experimental")).enable_x64

    def arrays(args: Sequence[object]) -> tuple[object, ...]:
        return _mapped(args, lambda x: engine.numpy.asarray(x, dtype=float))

    def value(*args: object) -> object:
        with wide(True):
            return f(*arrays(args))

    def gradient(*args: object) -> object:
        with wide(True):
            return _one(_mapped(engine.grad(f, argnums=tuple(range(len(args))))(*arrays(args)), _plain))

    return value, gradient


def hips(grad: Function) -> Engine:
    """Return the engine made of HIPS autograd's `grad`, or of any `grad(f, argnums)` with a tuple of positions.

    `hips(apart("other").grad)`, after `pip install --target other autograd`; see `apart`.
    """

    def number(x: Any) -> object:
        return x if is_array(x) else float(x)

    def engine(f: Function) -> tuple[Function, Function]:
        def gradient(*args: object) -> object:
            return _one(grad(f, tuple(range(len(args))))(*_mapped(args, number)))

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
