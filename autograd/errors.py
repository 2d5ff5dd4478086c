"""The exceptions of the engine. Each is also the built-in exception that Python itself would have raised.

`AutogradError` is the base of all. `DomainError` is a `ValueError`, `PoleError` a `ZeroDivisionError` and `RangeError`
an `OverflowError`, so code written for floats keeps working.
"""

import os
from collections.abc import Sequence


class AutogradError(Exception):
    """Base of every exception that is raised on purpose here; one of an operation holds it, and its operands."""

    failed: tuple[object, tuple[object, ...]] | None = None


class DomainError(AutogradError, ValueError):
    """An operand lies where the function has no value, as in `log(-1.0)`."""


class PoleError(AutogradError, ZeroDivisionError):
    """A division by zero, as in `1 / x` at `x = 0`."""


class RangeError(AutogradError, OverflowError):
    """The result is too large for a float, as in `exp(1000.0)`."""


class WatchError(AutogradError, FloatingPointError):
    """An operation gave what `watch` watches for: NaN, an infinity or zero."""


class GraphError(AutogradError, RuntimeError):
    """Something was asked of a graph that would make its recorded derivatives wrong."""


class ConvergenceError(AutogradError, RuntimeError):
    """A solver did not arrive; the message names where it stood, and the remedy."""


class TraceError(AutogradError, TypeError):
    """A number of a function that is being compiled would leave the trace, and be the same at every later call."""


class MissingExtra(AutogradError, ImportError):
    """An optional package is not installed; the message names the extra that brings it.

    >>> raise MissingExtra("numpy", "train")
    Traceback (most recent call last):
    ...
    autograd.errors.MissingExtra: numpy is not installed; install it with: pip install 'valuegrad[train]'
    """

    package: str
    extra: str

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; install it with: pip install 'valuegrad[{extra}]'")
        self.package, self.extra = package, extra

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.package, self.extra)


def refuse_namesake(package_file: str, path: Sequence[str]) -> None:
    """Raise ImportError if HIPS autograd, whose import name is the same, lies in the folder of this package or in one
    from which it would be imported."""
    for folder in (os.path.dirname(package_file), *[os.path.join(entry, "autograd") for entry in path]):
        if os.path.exists(os.path.join(folder, "tracer.py")):  # a file that only HIPS autograd has
            raise ImportError(
                "two packages are imported as autograd, and both are installed: valuegrad and HIPS autograd (in "
                f"{folder}); one environment can hold only one: pip uninstall valuegrad autograd, then install the one "
                "you want"
            )
