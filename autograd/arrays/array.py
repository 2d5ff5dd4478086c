"""`Array`: an ndarray of objects whose elements are floats, Values and traced numbers.

NumPy asks an `Array` what its functions mean (NEP 13 and 18); the modules `ufuncs` and `functions` answer. `np.asarray`
cannot be asked: it returns a plain array of objects, on which NumPy calls the methods of the elements.
"""

import os.path
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd.errors import TraceError
from autograd.graph.contexts import ours
from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers

Objects = NDArray[np.object_]
Number = float | Carrier
Norm: TypeAlias = Literal["backward", "ortho", "forward"] | None  # of a Fourier transform
Out: TypeAlias = "Array | None"
Places: TypeAlias = Sequence[int] | None
above: dict[str, Callable[..., Any]] = {}  # what NumPy's functions mean here: the modules that need Array put it here
DTYPE: Callable[[Any], np.dtype[Any]] = np.ndarray.dtype.__get__
NUMPY = os.path.dirname(np.__file__)
PLAIN: set[type] = {float, int, bool}


class Array(np.ndarray[Any, np.dtype[np.object_]]):
    """An array of numbers that remember how they were made.

    >>> from autograd import Value
    >>> x = array([Value(0.0), 3.0])
    >>> y = np.exp(np.maximum(x, 1.0)).sum()
    >>> round(y.data, 3), x + 1
    (22.804, array([Value(1.0, op='add'), 4.0], dtype=object))
    """

    __array_priority__: float = 1.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Numbers, **options: Any) -> Numbers:
        return above["ufunc"](ufunc, method, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Iterable[type], args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> Numbers:
        return above["function"](function, types, args, kwargs)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype: for a function that is compiled, that of the array which this one stands for."""
        found = DTYPE(self)
        asker = sys._getframe(1).f_code.co_filename
        if self.size and found.kind == "O" and not ours(asker) and not asker.startswith(NUMPY):
            scalar = getattr(self.flat[0], "_scalar", None)
            kind = None if scalar is None else scalar()
            return found if kind is None else np.dtype(kind)
        return found

    def __setitem__(self, key: object, value: Numbers) -> None:
        held = objects(value)
        super().__setitem__(index(key), held if held.ndim else held[()])  # NumPy would keep an array of no axes whole

    def __getitem__(self, key: object) -> Numbers:
        return super().__getitem__(index(key))

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    __str__ = __repr__

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Numbers:
        """Return a copy for floats and objects; truth for bool; TypeError for what has no derivative."""
        kind = np.dtype(dtype)
        if kind == np.bool_:
            return truth(self)
        float_of("astype", kind)
        return self.copy()

    def __float__(self) -> float:
        return float(self.item())

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return of_parts, (self.ravel().tolist(), self.shape)


def array(values: Numbers) -> Array:
    """Return an array of numbers, plain ones and Values mixed, on which NumPy's functions work and are differentiated.

    `values` is a nest of lists, or an array; ints, bools and float32 become floats (doubles). An array of plain floats
    becomes one that Values can be assigned to. TypeError for complex numbers, text, masked arrays and matrices.

    >>> from autograd import Value
    >>> v = Value(2.0)
    >>> x = array(np.zeros(3))
    >>> x[1] = v * v
    >>> np.hypot(x, 3.0).sum().backward()
    >>> v.grad
    3.2
    """
    found = objects(values)
    flat = [x if isinstance(x, Carrier) else float(x) for x in found.ravel().tolist()]
    return packed(flat, found.shape).view(Array)


def of_parts(parts: Sequence[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return an array of these elements; where they are arrays, their lanes become its first axis."""
    if parts and isinstance(parts[0], np.ndarray):
        found: NDArray[Any] = np.stack(parts, axis=1).reshape((len(parts[0]), *shape))
        return found.view(Array) if found.dtype.kind == "O" else found
    return packed(parts, shape).view(Array)


def packed(parts: Sequence[Any], shape: tuple[int, ...]) -> Objects:
    """Return a plain array of objects."""
    found = np.empty(len(parts), dtype=object)
    for i, part in enumerate(parts):
        found[i] = part
    return found.reshape(shape)


def objects(x: Numbers) -> Objects:
    """Return a plain array of objects: that of an Array itself, else a new one; TypeError for what holds no numbers."""
    if isinstance(x, np.ndarray):
        refuse_special(x)
        if x.dtype.kind == "O":
            return x.view(np.ndarray)
        if x.dtype.kind not in "fiub":
            raise TypeError(f"an array of {x.dtype} is none of real numbers; only those are differentiated here")
        return x.astype(object)
    if isinstance(x, Carrier):
        found = np.empty((), dtype=object)
        found[()] = x
        return found
    if type(x) in PLAIN or isinstance(x, np.generic):
        return objects(np.asarray(x))
    found = np.array(x, dtype=object)
    if found.ndim == 0 and isinstance(found[()], np.ndarray):
        return objects(found[()])
    for i, y in enumerate(found.flat):
        if type(y) not in PLAIN and not isinstance(y, Carrier):
            if not isinstance(y, Real) and getattr(y, "shape", None) != ():
                raise TypeError(f"an array of numbers cannot hold {type(y).__name__} {y!r:.40}; use floats or Values")
            found.flat[i] = y.item() if hasattr(y, "item") else float(y)
    return found


def made(found: Numbers) -> Numbers:
    """Return what NumPy made of objects as an Array; an array without axes as its element; all else as it is."""
    if isinstance(found, np.ndarray) and found.dtype.kind == "O":
        return found.view(Array) if found.ndim else found[()]
    return found


def listed(found: Numbers) -> Numbers:
    """Return what a function of NumPy's returned, with an Array for each array of objects."""
    if isinstance(found, np.ndarray):
        return found.view(Array) if found.dtype.kind == "O" else found.view(np.ndarray)
    if isinstance(found, tuple) and hasattr(found, "_fields"):
        return type(found)(*map(listed, found))
    return type(found)(map(listed, found)) if type(found) in (list, tuple) else found


def truth(x: Numbers) -> NDArray[np.bool_]:
    """Return an array of bools: which elements are not zero."""
    return np.asarray(x if isinstance(x, np.ndarray) and x.dtype.kind != "O" else objects(x)).astype(bool)


def index(key: object) -> Any:
    """Return a key for `[]`, with plain bools and ints in the place of an Array of them."""
    if isinstance(key, tuple):
        return tuple([index(part) for part in key])
    if isinstance(key, Array) and key.dtype.kind == "O":
        return np.array([y if isinstance(y, bool) else y.__index__() for y in key.ravel().tolist()]).reshape(key.shape)
    return key


def numbers(x: Numbers) -> NDArray[np.float64] | None:
    """Return the plain numbers of an array; None where they may not be seen, because a function is being compiled."""
    found = objects(x)
    try:
        flat = [y.data if isinstance(y, Carrier) else y for y in found.ravel().tolist()]
    except TraceError:
        return None
    return np.array(flat, dtype=float).reshape(found.shape)


def remembers(*xs: Numbers) -> bool:
    """Return whether any of these arrays, nests or numbers holds a number that remembers."""
    return any(isinstance(y, Carrier) for x in xs for y in objects(x).flat)


def float_of(name: str, dtype: DTypeLike | None) -> None:
    """Raise TypeError unless `dtype` is None, float64 or object."""
    if dtype is not None and np.dtype(dtype) not in (np.dtype(float), np.dtype(object)):
        raise TypeError(
            f"{name}: dtype is {np.dtype(dtype)}, but numbers that are differentiated are float64; leave dtype out, or "
            "use stop_gradient and .data for a plain number"
        )


def refuse_special(x: object, path: str = "") -> None:
    """Raise TypeError, with the path and the remedy, for masked arrays and matrices, and their types."""
    where = f"{path}: " if path else ""
    kind = x if isinstance(x, type) else type(x)
    if issubclass(kind, np.ma.MaskedArray):
        raise TypeError(
            f"{where}a masked array cannot be differentiated: its mask would be lost; use x.compressed(), or np.where"
        )
    if issubclass(kind, np.matrix):
        raise TypeError(
            f"{where}an np.matrix cannot be differentiated: its * is not that of arrays; use np.asarray(x) and @"
        )


def refuse(name: str, remedy: str) -> NoReturn:
    """Raise TypeError: a function of NumPy's that has no meaning here, and what to use instead."""
    raise TypeError(f"np.{name} does not take numbers that are differentiated; {remedy}")
