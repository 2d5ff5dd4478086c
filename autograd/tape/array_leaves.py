"""Arrays of NumPy's in nests: the leaves of an array, and an array of other leaves."""

import itertools
import math
import sys
from array import array
from collections.abc import Iterable, Iterator
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeGuard

from autograd.primitives.carrier import Carrier
from autograd.tape.nodes import described

if TYPE_CHECKING:
    from numpy import ndarray

    Array = ndarray[Any, Any]


def _numpy() -> Any:
    """Return NumPy if it is imported; None before, and while another thread is importing it."""
    numpy = sys.modules.get("numpy")
    return numpy if hasattr(numpy, "generic") and hasattr(numpy, "bool_") and hasattr(numpy, "ndarray") else None


def is_array(x: object) -> TypeGuard["Array"]:
    """Return whether x is an array of NumPy's, which is not imported to find out."""
    numpy = _numpy()
    return numpy is not None and isinstance(x, numpy.ndarray)


def columns_of(arrays: Iterable["Array"]) -> list["Array"]:
    """Return one contiguous array of floats for each number of a lane."""
    import numpy as np

    found: list[Array] = []
    for x in arrays:
        rows = np.asarray(x, dtype=float).reshape(len(x), math.prod(x.shape[1:]))
        found += list(np.ascontiguousarray(rows.T)) if rows.shape[1] != 1 else [np.ascontiguousarray(rows[:, 0])]
    return found


def is_truth(x: object) -> bool:
    """Return whether x is a bool of NumPy's, or an array of them."""
    numpy = _numpy()
    return numpy is not None and isinstance(x, (numpy.ndarray, numpy.bool_)) and x.dtype.kind == "b"


def is_whole_of_numpy(x: object) -> bool:
    """Return whether x is a whole number of NumPy's, or an array of them."""
    numpy = _numpy()
    return numpy is not None and isinstance(x, (numpy.ndarray, numpy.generic)) and x.dtype.kind in "iub"


class Stream:
    """An iterator over an array of floats, of which arrays can be taken too."""

    array: "Array"
    place: int

    def __init__(self, array: "Array") -> None:
        self.array, self.place = array, 0

    def __iter__(self) -> Iterator[float]:
        return self

    def __next__(self) -> float:
        return float(self.taken(1)[0])

    def taken(self, count: int) -> "Array":
        """Return the next floats, so many."""
        self.place += count
        return self.array[self.place - count : self.place]


def taken(given: Iterator[Any], count: int) -> list[Any]:
    """Return the next leaves, so many."""
    return given.taken(count).tolist() if type(given) is Stream else list(itertools.islice(given, count))


def opened_array(x: "Array", path: str) -> tuple[list[Any], "ArrayOf"]:
    """Return the leaves of an array, and how to make another; TypeError, with the path, for what holds no numbers."""
    import numpy

    from autograd import arrays

    arrays.refuse_special(x, path)
    if x.dtype.kind not in "fiubO":
        raise TypeError(f"{path}: an array of {x.dtype} cannot be differentiated; use floats")
    leaves = x.ravel().tolist()
    if x.dtype.kind == "O":
        for place, y in zip(numpy.ndindex(x.shape), leaves, strict=True):
            if not isinstance(y, (Carrier, Real)):
                where = "".join(f"[{i}]" for i in place)
                raise TypeError(f"{path}{where}: {described(y)} in an array cannot be differentiated; use floats")
    leaves = [y if isinstance(y, Carrier) else float(y) for y in leaves]
    return leaves, ArrayOf(x.shape, len(leaves))


class ArrayOf:
    """The rebuild of an array."""

    count: int
    shape: tuple[int, ...]

    __slots__ = ("count", "shape")

    def __init__(self, shape: tuple[int, ...], count: int) -> None:
        self.shape, self.count = shape, count

    def __call__(self, given: Iterator[Any]) -> "Array":
        if type(given) is Stream:
            return given.taken(self.count).reshape(self.shape)
        import numpy

        from autograd import arrays

        parts = list(itertools.islice(given, self.count))
        if parts and is_array(parts[0]):  # lanes
            return arrays.of_parts(parts, self.shape)
        try:
            return numpy.frombuffer(array("d", parts)).reshape(self.shape)  # the quickest way from floats
        except TypeError:  # some are carriers
            return arrays.of_parts(parts, self.shape)
