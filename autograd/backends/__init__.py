"""Backends: what turns a program into something that runs fast, found by name.

`python` is a backend too, the one that needs nothing and defines what the others compute: its bits are those of the
rows.
"""

import importlib
import importlib.util
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from autograd.backends.forks import COMPILING
from autograd.errors import MissingExtra

if TYPE_CHECKING:
    from autograd.program.program import Miss, Program

NAMES = {"llvm": "llvmlite", "numpy": "numpy", "python": ""}  # the best first, with the package each needs
HOMES = {"llvm": "llvm.kernel", "numpy": "numpy_lanes", "python": "python_source"}
OWN = ("autograd", "nn", "contextlib")  # what is between a user's call and a warning
Array = Any  # of NumPy's, which is not imported to name its type
LOG = logging.getLogger("valuegrad")  # what runs in the background: compiling, what is read from the disk, what goes
_spent: ContextVar[float] = ContextVar("spent", default=0.0)
spent: Callable[[], float] = _spent.get  # seconds that this thread or task has compiled for so far


class Sums(Protocol):
    """A kind of sums over lanes: what program is run for them."""

    def derived(self, program: "Program") -> "Program":
        """Return the program of what is summed."""


class CompiledScalar(Protocol):
    """A compiled program for one set of numbers."""

    def __call__(self, xs: Sequence[float], /) -> "tuple[float, ...] | Miss":
        """Return the outputs, or the guard that did not hold."""


class CompiledLanes(Protocol):
    """A compiled program for lanes."""

    python: list[str]  # the rows whose values Python is asked for, lane by lane

    def __call__(
        self, numbers: Sequence[float], columns: Sequence[Array], count: int
    ) -> tuple[list[Any], Array | None]:
        """Return (outputs, which guard each lane missed)."""


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
    with COMPILING:
        return importlib.import_module(f"autograd.backends.{HOMES[name]}")


def warn(text: str) -> None:
    """Warn where the caller of this package stands."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in OWN:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, RuntimeWarning, stacklevel=level)


def warn_of_python(names: Sequence[str]) -> None:
    """Warn that lanes ask Python for the values of these rows."""
    if names:
        warn(f"lanes ask Python for {', '.join(names)}, one by one: microseconds each, where others take nanoseconds")
