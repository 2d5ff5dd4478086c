"""Backends: what turns a program into something that runs fast, found by name.

Start at `backend`. The one surprise: `python` is a backend too, the one that needs nothing and defines what the others
compute: its bits are those of the rows.
"""

import importlib
import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd.errors import MissingExtra

NAMES = {"llvm": "llvmlite", "numpy": "numpy", "python": ""}  # the best first, with the package each needs
HOMES = {"llvm": "llvm.kernel", "numpy": "numpy_lanes", "python": "python_source"}
_spent: ContextVar[float] = ContextVar("spent", default=0.0)
spent = _spent.get  # seconds that this thread or task has compiled for so far


@contextmanager
def spending() -> Iterator[None]:
    """Count the time of a `with` block as spent on compiling."""
    start = time.perf_counter()
    try:
        yield
    finally:
        _spent.set(_spent.get() + time.perf_counter() - start)


def backend(name: str | None = None, among: tuple[str, ...] = tuple(NAMES)) -> Any:
    """Return the module of a backend; without a name, the best `among` these whose package is installed.

    Raises ValueError for an unknown name, MissingExtra where its package is not installed.

    >>> backend("python").__name__
    'autograd.backends.python_source'
    """
    if name is None:
        name = next(n for n in NAMES if n in among and (not NAMES[n] or importlib.util.find_spec(NAMES[n])))
    if name not in among:
        raise ValueError(f"backend {name!r} is not one of {', '.join(among)}")
    if NAMES[name] and importlib.util.find_spec(NAMES[name]) is None:
        raise MissingExtra(NAMES[name], "jit")
    return importlib.import_module(f"autograd.backends.{HOMES[name]}")
