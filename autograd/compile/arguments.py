"""The arguments of a call, flattened in one walk: their numbers, the key of their nest, and how to make others.

A module is known by its identity, not by its shape: what it holds beside its Values is baked into what was compiled.
"""

import importlib
import math
import types
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive
from autograd.tape.modules import COMPUTED
from autograd.tape.nodes import attributes_beside
from autograd.tape.pytree import Rebuild, is_array, is_module, opened
from autograd.tape.tape import primal
from autograd.tape.traced import TracedArray

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

CONSTANTS = (str, bytes, type, type(None))  # compared by their values
FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, Primitive)  # watched
KEPT = (bool, *CONSTANTS, *FUNCTIONS)  # what may stand among numbers
FLOATS = {float}


class NotTraceable(Exception):
    """These arguments are for the function itself: they hold a graph, or what cannot be compared."""


class Arguments:
    """A nest of arguments as leaves: numbers, whole arrays and modules, from left to right.

    Two calls of the same `key` can be served by the same program, as long as none of `objects` has changed. Raises
    NotTraceable for what cannot be compared, and for Values and traced numbers unless `carriers` are leaves. With
    `lanes`, any number of lanes has the same key, and constants are refused. With `rebuilding`, `rebuild` makes the
    nest of other leaves.
    """

    __slots__ = ("carriers", "key", "lanes", "leaves", "objects", "rebuilds")

    def __init__(self, nest: object, carriers: bool = False, lanes: bool = False, rebuilding: bool = False) -> None:
        self.leaves: list[Any] = []
        self.objects: list[object] = []
        self.rebuilds: list[Rebuild] | None = [] if rebuilding else None  # of parts whose whole is not walked yet
        self.carriers, self.lanes = carriers or lanes, lanes
        self.key = self._walked(nest)

    def rebuild(self, leaves: Iterable[Any]) -> Any:
        """Return the nest that other leaves make."""
        assert self.rebuilds is not None
        return self.rebuilds[0](iter(leaves))

    def _walked(self, x: Any) -> Hashable:
        """Return the key of a part of the nest; add its leaves."""
        kind = type(x)
        if kind is float:
            self.leaves.append(x)
            if self.rebuilds is not None:
                self.rebuilds.append(next)
            return float
        if kind is tuple or kind is list:
            if set(map(type, x)) == FLOATS:
                self.leaves += x
                count = len(x)
                if self.rebuilds is not None:
                    self.rebuilds.append(lambda given: kind(islice(given, count)))
                return kind, count
            keys = [self._walked(y) for y in x]
            if self.rebuilds is not None:
                self._join(len(keys), kind)
            return (kind, *keys)
        if kind is dict:
            names = tuple(x)
            keys = [self._walked(y) for y in x.values()]
            if self.rebuilds is not None:
                self._join(len(keys), lambda parts: dict(zip(names, parts, strict=True)))
            return (dict, names, *keys)
        return self._leaf(x, kind)

    def _join(self, count: int, make: Callable[[list[Any]], Any]) -> None:
        """Put the rebuild of a whole in place of those of its parts, the last so many."""
        assert self.rebuilds is not None
        start = len(self.rebuilds) - count
        parts = self.rebuilds[start:]
        self.rebuilds[start:] = [lambda given: make([rebuild(given) for rebuild in parts])]

    def _leaf(self, x: Any, kind: type) -> Hashable:
        """Return the key of what is no plain float, list, tuple or dict."""
        key: Hashable
        if self.carriers and (isinstance(x, Carrier) or (self.lanes and isinstance(x, TracedArray))):
            key = Carrier
        elif is_array(x):
            key = (kind,) if self.lanes else (kind, x.shape, self._checked(x).dtype.kind)
        elif isinstance(x, Real) and (self.lanes or kind is not bool):
            x, key = self._number(x)
        elif is_module(x):
            self.objects.append(x)
            key = kind, id(x)
        else:
            return self._opened(x, kind)
        self.leaves.append(x)
        if self.rebuilds is not None:
            self.rebuilds.append(next)
        return key

    def _checked(self, x: "Array") -> "Array":
        """Return an array; NotTraceable for one of Values or complex numbers, a matrix, or one without an axis."""
        if hasattr(x, "mask"):
            importlib.import_module("autograd.arrays").refuse_special(x)
        refused = x.dtype.hasobject and not self.carriers
        if refused or x.dtype.kind not in "fiubO" or not x.shape or x.ravel().ndim != 1:
            raise NotTraceable
        return x

    @staticmethod
    def _number(x: Real) -> tuple[float, Hashable]:
        try:
            number = float(x)
        except OverflowError:
            raise NotTraceable from None
        return (int(x), int) if isinstance(x, int) else (number, float)

    def _opened(self, x: Any, kind: type) -> Hashable:
        parted = opened(x, deriving=True)
        if parted is not None:
            names, parts, make = parted
            self.objects.append(kind)
            beside: list[Hashable] = [tuple(x) if isinstance(x, dict) else len(parts)]
            factory = x.default_factory if isinstance(x, defaultdict) else None
            if factory is not None:
                self.objects.append(factory)
                beside.append(("default_factory", id(factory)))
            beside += [(name, _constant(y)) for name, y in attributes_beside(x, names).items()]
            beside += [self._walked(y) for y in parts]
            if self.rebuilds is not None:
                self._join(len(parts), make)
            return (kind, *beside)
        if self.lanes or not isinstance(x, KEPT):
            raise NotTraceable
        if self.rebuilds is not None:
            self.rebuilds.append(lambda given: x)
        if isinstance(x, FUNCTIONS):
            self.objects.append(x)
            return kind, id(x)
        return kind, x


def _constant(x: object) -> Hashable:
    """Return what must be equal of an attribute beside the numbers: it is baked into what was compiled."""
    if isinstance(x, (bool, int, float, *CONSTANTS)):
        return type(x), repr(x) if isinstance(x, float) else x
    if type(x) is tuple:
        return (tuple, *map(_constant, x))
    raise NotTraceable


def array_of(given: Iterator[Any], shape: tuple[int, ...]) -> Any:
    """Return an array of the next numbers, of floats or of what remembers; the next number itself for no axes."""
    import numpy as np

    from autograd import arrays

    if shape == ():
        return next(given)
    xs = list(islice(given, math.prod(shape)))
    return np.array(xs).reshape(shape) if set(map(type, xs)) <= FLOATS else arrays.of_parts(xs, shape)


def agree(traced: object, eager: object) -> bool:
    """Return whether two results are the same nest of about the same numbers, so of one branch.

    What cancels is compared with the largest of the numbers: two ways to a zero need not round alike.
    """
    pairs: list[tuple[float, float]] = []
    if not _paired(traced, eager, pairs):
        return False
    largest = max([abs(y) for _, y in pairs if abs(y) < math.inf], default=0.0)
    return all(
        x == y or (x != x and y != y) or abs(x - y) <= 1e-6 * min(abs(x), abs(y)) + 1e-12 * largest for x, y in pairs
    )


def _paired(traced: Any, eager: Any, pairs: list[tuple[float, float]]) -> bool:
    """Return whether two results are the same nest; adds the numbers in the same places to `pairs`."""
    traced, eager = (x[()] if is_array(x) and x.shape == () else x for x in (traced, eager))
    if isinstance(traced, (Carrier, Real)) and isinstance(eager, (Carrier, Real)):
        pairs.append((primal(traced), primal(eager)))
        return True
    if is_array(traced) and is_array(eager):
        return traced.shape == eager.shape and _paired(traced.ravel().tolist(), eager.ravel().tolist(), pairs)
    if type(traced) is not type(eager):
        return False
    if isinstance(traced, (list, tuple, deque)):
        return len(traced) == len(eager) and all(_paired(x, y, pairs) for x, y in zip(traced, eager, strict=True))
    if isinstance(traced, dict):
        return list(traced) == list(eager) and _paired([*traced.values()], [*eager.values()], pairs)
    if hasattr(traced, "__dict__") and not isinstance(traced, KEPT):
        ours, theirs = ({k: y for k, y in vars(x).items() if k != COMPUTED} for x in (traced, eager))
        return _paired(ours, theirs, pairs)
    return bool(traced is eager or traced == eager)
