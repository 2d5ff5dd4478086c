"""The arguments of a call, flattened in one walk: their numbers, the key of their nest, and how to make others.

A module is known by its identity, not by its shape: what it holds beside its Values is baked into what was compiled.
"""

import enum
import importlib
import math
import sys
import types
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers
from autograd.primitives.primitive import Primitive
from autograd.tape.modules import COMPUTED, Leaf
from autograd.tape.nodes import attributes_beside
from autograd.tape.pytree import Rebuild, is_array, is_module, is_of_numpy, opened, passes
from autograd.tape.reading import floats_of, names_of
from autograd.tape.tape import Traced, primal
from autograd.tape.traced import TracedArray

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

CONSTANTS = (str, bytes, type, type(None))  # compared by their values
# equal ones of one type cannot be told apart
EXACT: set[type] = {bool, int, str, bytes, complex, type(None), type(Ellipsis)}
WHOLE = 2**53  # up to here an int is a float
FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, Primitive)  # watched
KEPT = (bool, enum.Enum, *CONSTANTS, *FUNCTIONS)  # what may stand among numbers
FLOATS: set[type] = {float}
NUMBERS: set[type] = {float, int, Traced}
UNIFORM: tuple[set[type], ...] = ({float}, {int}, {bool}, set())


class NotTraceable(Exception):
    """These arguments are for the function itself: they hold a graph, or what cannot be compared."""


class Static:
    """An argument that is no number, whatever it is: known by its value, or watched."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value: object = value


class Arguments:
    """A nest of arguments as leaves: numbers, whole arrays and modules, from left to right.

    Two calls of the same `key` can be served by the same program, as long as none of `objects` has changed: it holds
    the exact types, and which containers are the same. Raises NotTraceable for what cannot be compared, and for Values
    and traced numbers unless `carriers` are leaves. With `lanes`, any number of lanes has the same key, and
    constants are those that pass through `grad` too, the same in all lanes. With `rebuilding`, `rebuild` makes the nest
    of other leaves, where what was the same is the same again.
    """

    __slots__ = ("carriers", "containers", "key", "kinds", "lanes", "leaves", "made", "objects", "rebuilds")

    def __init__(self, nest: object, carriers: bool = False, lanes: bool = False, rebuilding: bool = False) -> None:
        self.leaves: list[Any] = []
        self.objects: list[object] = []
        self.rebuilds: list[Rebuild] | None = [] if rebuilding else None  # of parts whose whole is not walked yet
        self.lanes: bool = lanes
        self.carriers: bool = carriers or lanes
        self.containers: list[int] = []  # ids of what can be changed
        self.kinds: dict[int, type] | None = None  # of numbers that are no plain floats, by their places in the leaves
        self.made: dict[int, Any] | None = {} if rebuilding else None
        try:
            self.key: Hashable = self._walked(nest)
        except RecursionError:  # a nest as deep as that is for the function itself
            raise NotTraceable from None
        count = len(self.containers)
        if count > 1 and len({*self.containers}) < count:
            self.key = self.key, tuple(map(self.containers.index, self.containers))

    def rebuild(self, leaves: Iterable[Any]) -> Any:
        """Return the nest that other leaves make."""
        assert self.rebuilds is not None
        assert self.made is not None
        self.made.clear()
        return self.rebuilds[0](iter(leaves))

    def _shared(self, x: object) -> None:
        """Know the last of the rebuilds for that of a container: what is the same is made once."""
        if self.rebuilds is not None and self.made is not None:
            make, name, keep = self.rebuilds[-1], id(x), self.made.setdefault
            self.rebuilds[-1] = lambda given: keep(name, make(given))

    def _walked(self, x: Any) -> Hashable:
        """Return the key of a part of the nest; add its leaves."""
        kind = type(x)
        if kind is float:
            self.leaves.append(x)
            if self.rebuilds is not None:
                self.rebuilds.append(next)
            return float
        if kind is int and -WHOLE <= x <= WHOLE:
            if self.rebuilds is not None:
                self.rebuilds.append(next)
                self.kinds = self.kinds or {}
                self.kinds[len(self.leaves)] = int
            self.leaves.append(x)
            return int
        if kind is tuple or kind is list:
            if kind is list:
                self.containers.append(id(x))
            if set(map(type, x)) == FLOATS:
                self.leaves += x
                count = len(x)
                if self.rebuilds is not None:
                    self.rebuilds.append(lambda given: kind(islice(given, count)))
                    self._shared(x)
                return kind, count
            keys = [self._walked(y) for y in x]
            if self.rebuilds is not None:
                self._join(len(keys), kind)
                self._shared(x)
            return (kind, *keys)
        if kind is dict:
            self.containers.append(id(x))
            keys = self._of_floats(x) if floats_of(x) else [self._walked(y) for y in x.values()]
            if self.rebuilds is not None:
                names = tuple(x)
                self._join(len(x), lambda parts: dict(zip(names, parts, strict=True)))
                self._shared(x)
            return (dict, _names(x), *keys)
        return self._leaf(x, kind)

    def _of_floats(self, x: dict[Any, float]) -> list[Hashable]:
        """Return the key of the values of a dict, floats alone, whose number its names tell; add them to the leaves."""
        self.leaves += x.values()
        if self.rebuilds is not None:
            self.rebuilds += [next] * len(x)
        return [float]

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
            self.containers.append(id(x))
            key = (kind,) if self.lanes else (kind, x.shape, self._checked(x).dtype)
        elif isinstance(x, Real) and kind is not bool and not isinstance(x, enum.Enum):
            number = self._number(x, kind)
            if number is None:
                return self._constant(x, kind)
            x, key = number, kind
        elif is_module(x):
            self.containers.append(id(x))
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
        if x.dtype.kind in "iu" and not exact_floats(x):
            raise NotTraceable
        return x

    def _number(self, x: Any, kind: type) -> float | None:
        """Return a number as a float, or an int that is one; None for what is a constant, as large ints are."""
        if kind is Leaf:
            return float(x)
        if kind is int:  # a large one
            return None
        if self.kinds is None:
            self.kinds = {}
        self.kinds[len(self.leaves)] = kind
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind is numpy.float64:
            return float(x)
        if numpy is not None and issubclass(kind, numpy.integer) and -WHOLE <= x <= WHOLE:
            return int(x)
        raise NotTraceable  # arithmetic of another kind

    def _constant(self, x: object, kind: type) -> Hashable:
        """Return the key of what stays as it is."""
        key = self.exact(x) if kind is Static else (kind, id(x)) if isinstance(x, FUNCTIONS) else _exact(x)
        if self.lanes and not passes(x):
            raise NotTraceable
        value = x.value if type(x) is Static else x
        if self.rebuilds is not None:
            self.rebuilds.append(lambda given: value)
        if isinstance(x, (*FUNCTIONS, enum.Enum)):
            self.objects.append(x)
        return key

    def exact(self, x: Any) -> Hashable:
        """Return the key of a static argument: its value, or where that may change its identity, and watch it."""
        try:
            return Static, _exact(x.value)
        except NotTraceable:
            self.objects.append(x.value)
            return Static, id(x.value)

    def _opened(self, x: object, kind: type) -> Hashable:
        parted = opened(x, deriving=True)
        if parted is not None:
            names, parts, make = parted
            self.objects.append(kind)
            self.containers.append(id(x))
            beside: list[Hashable] = [_names(x) if isinstance(x, dict) else len(parts)]
            factory = x.default_factory if isinstance(x, defaultdict) else None
            if factory is not None:
                self.objects.append(factory)
                beside.append(("default_factory", id(factory)))
            beside += [(name, _exact(y)) for name, y in attributes_beside(x, names).items()]
            beside += [self._walked(y) for y in parts]
            if self.rebuilds is not None:
                self._join(len(parts), make)
                self._shared(x)
            return (kind, *beside)
        return self._constant(x, kind)


def _exact(x: Any) -> Hashable:
    """Return a key that constants alone have that nobody can tell from this; NotTraceable for what is none."""
    kind = type(x)
    if kind in EXACT or isinstance(x, type):
        return kind, x
    if kind is float:
        return kind, x.hex()
    if kind is tuple:
        return kind, *map(_exact, x)
    if isinstance(x, enum.Enum):
        return kind, id(x)
    if is_of_numpy(x):
        return kind, x
    if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        return kind, bool(x)
    raise NotTraceable


def _names(x: dict[Any, Any]) -> Hashable:
    """Return the key of the keys of a dict: 1 and True, 0.0 and -0.0 are not the same."""
    names = names_of(x) if type(x) is dict else None
    return tuple(map(_named, x)) if names is None else names


def _named(name: object) -> Hashable:
    try:
        return _exact(name)
    except NotTraceable:
        return type(name), name


def exact_floats(x: "Array") -> bool:
    """Return whether the whole numbers in an array are floats too."""
    return x.dtype.itemsize < 8 or not x.size or (x.max() <= WHOLE and x.min() >= -WHOLE)


def array_of(given: Iterator[Any], shape: tuple[int, ...]) -> Numbers:
    """Return an array of the next numbers, of floats or of what remembers; the next number itself for no axes."""
    import numpy as np

    from autograd import arrays

    if shape == ():
        return next(given)
    xs = list(islice(given, math.prod(shape)))
    return np.array(xs).reshape(shape) if set(map(type, xs)) in UNIFORM else arrays.of_parts(xs, shape)


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
        if traced.shape != eager.shape:
            return False
        traced, eager = traced.ravel().tolist(), eager.ravel().tolist()
        if set(map(type, eager)) | set(map(type, traced)) <= NUMBERS:
            pairs += zip(map(primal, traced), eager, strict=True)
            return True
    if type(traced) is not type(eager):
        return False
    if isinstance(traced, (list, tuple, deque)):
        return len(traced) == len(eager) and all(_paired(x, y, pairs) for x, y in zip(traced, eager, strict=True))
    if isinstance(traced, dict):
        return list(traced) == list(eager) and _paired([*traced.values()], [*eager.values()], pairs)
    parts, others = opened(traced), opened(eager)
    if parts is not None and others is not None:
        return parts[0] == others[0] and _paired(parts[1], others[1], pairs)
    if hasattr(traced, "__dict__") and not isinstance(traced, KEPT):
        ours, theirs = ({k: y for k, y in vars(x).items() if k != COMPUTED} for x in (traced, eager))
        return _paired(ours, theirs, pairs)
    return bool(traced is eager or traced == eager)
