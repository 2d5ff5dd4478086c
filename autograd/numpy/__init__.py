"""NumPy, under the name that HIPS autograd gives it: `import autograd.numpy as np`.

Its functions are NumPy's own, which work on arrays of numbers that remember. What makes an array of a list returns one
of those where the list holds such numbers; NumPy itself would make one of plain objects.
"""

import sys
from collections.abc import Callable
from types import ModuleType as _ModuleType
from typing import Any

import numpy as _numpy
from numpy.typing import DTypeLike

from autograd.arrays import Array, of_parts
from autograd.arrays.array import float_of, objects
from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers, Shape

fft: _ModuleType = _numpy.fft
linalg: _ModuleType = _numpy.linalg
random: _ModuleType = _numpy.random
sys.modules |= {f"{__name__}.{_part}": getattr(_numpy, _part) for _part in ("fft", "linalg", "random")}


def __getattr__(name: str) -> Any:
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_numpy)})


def array(object: Numbers, dtype: DTypeLike | None = None, *args: Numbers, **options: Any) -> Numbers:
    """Return an array, as `np.array`; one of numbers that remember where there are some in it."""
    if isinstance(object, (Carrier, list, tuple, Array)) and _remembers(object):
        float_of("array", dtype)
        found = objects(object)
        copied = found.copy() if options.get("copy", True) else found
        return _numpy.array(copied, ndmin=options.get("ndmin", 0), copy=None).view(Array)
    return _numpy.array(object, dtype, *args, **options)


def asarray(a: Numbers, dtype: DTypeLike | None = None, *args: Numbers, **options: Any) -> Numbers:
    """Return an array, as `np.asarray`; see `array`."""
    if isinstance(a, Array):
        float_of("asarray", dtype)
        return a
    return array(a, dtype) if _remembers(a) else _numpy.asarray(a, dtype, *args, **options)


asanyarray: Callable[..., Numbers] = asarray
ascontiguousarray: Callable[..., Numbers] = asarray


def full(shape: Shape, fill_value: Numbers, dtype: DTypeLike | None = None, *args: Numbers, **options: Any) -> Numbers:
    """Return an array full of a number, as `np.full`; see `array`."""
    if isinstance(fill_value, Carrier):
        float_of("full", dtype)
        count = int(_numpy.prod(shape))
        return of_parts([fill_value] * count, tuple(_numpy.atleast_1d(shape).tolist()))
    return _numpy.full(shape, fill_value, dtype, *args, **options)


def make_diagonal(D: Numbers, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Numbers:
    """Return an array of matrices with the last axis of D on their diagonals."""
    if offset or {axis1, axis2} != {-1, -2}:
        raise NotImplementedError("make_diagonal: use the last two axes, without an offset")
    return _numpy.expand_dims(D, -1) * _numpy.eye(_numpy.shape(D)[-1])


def isscalar(element: Numbers) -> bool:
    """Return whether something is a number, as `np.isscalar`; Values and traced numbers are."""
    return isinstance(element, Carrier) or _numpy.isscalar(element)


def _remembers(x: Numbers) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_remembers, x))
    return isinstance(x, (Carrier, Array))
