"""Nests: numbers in lists, tuples, dicts, named tuples, dataclasses, modules and NumPy arrays, as a flat list and back.

Of a module, only the parameters are leaves. A plain number in the place of one is a `Leaf`: a float that is still known
for a parameter.
"""

import copy
import dataclasses
import itertools
import math
import sys
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, TypeVar

from autograd.primitives.carrier import Carrier

if TYPE_CHECKING:
    from numpy import ndarray

    Array = ndarray[Any, Any]

Rebuild = Callable[[Iterator[Any]], Any]  # takes as many leaves as it needs from an iterator
Parts = tuple[list[str], list[Any], Callable[[list[Any]], Any]]  # names, parts, how to make another of other parts
T = TypeVar("T")


class Parameterized(Protocol):
    """A module, of `nn` or of one's own."""

    def named_parameters(self) -> Sequence[tuple[str, Any]]:
        """Return (path, parameter) for each."""


live_modules: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()  # by identity


def register_module(module: object) -> None:
    """Let pictures call the parameters of a module by their paths in it. It is not kept alive; those of `nn` are known.

    Raises TypeError for what has no `named_parameters`.
    """
    if not is_module(module):
        raise TypeError(f"register_module: {type(module).__name__} has no named_parameters")
    live_modules[id(module)] = module


class Leaf(float):
    """A plain number in the place of a module's parameter."""

    __slots__ = ()


def is_parameter(x: object) -> bool:
    """Return whether x is a parameter of the module that holds it: a Value, or what a transform puts in its place."""
    return isinstance(x, (Carrier, Leaf))


def is_module(x: object) -> TypeGuard[Parameterized]:
    """Return whether x is a module: an object, not a class, that has `named_parameters`."""
    return hasattr(x, "named_parameters") and not isinstance(x, type)


def flatten(
    x: object,
    path: str = "x",
    kept: tuple[type, ...] = (),
    whole: Callable[[object], bool] | None = None,
    live: bool = False,
) -> tuple[list[Any], Rebuild]:
    """Return (leaves, rebuild): the numbers in a nest, from left to right, and how to make the nest from others.

    Leaves are floats, ints (as floats) and carriers such as Values. What is of the types `kept` stays in the nest as it
    is; what `whole` holds for is one leaf. Values in modules are leaves as plain numbers, or with `live` as they are.
    Raises TypeError, with the path, for anything else.

    >>> leaves, rebuild = flatten({"w": [1, 2.0], "b": 3.0})
    >>> leaves, rebuild(iter([10, 20, 30]))
    ([1.0, 2.0, 3.0], {'w': [10, 20], 'b': 30})
    >>> flatten([1.0, {"name": "text"}], "args[0]")
    Traceback (most recent call last):
    ...
    TypeError: args[0][1]['name']: str 'text' cannot be differentiated; use floats or other argnums
    """
    kind = type(x)
    if kind is float and whole is None:
        return [x], next
    if (kind is list or kind is tuple) and whole is None and set(map(type, x)) == {float}:  # type: ignore[call-overload]
        count = len(x)  # type: ignore[arg-type]
        return list(x), lambda given: kind(_taken(given, count))  # type: ignore[call-overload]
    found = _unopened(x, path, kept, whole, live)
    if found is not None:
        return found
    parted = opened(x)
    if parted is None:
        remedy = "use floats or other argnums" if path.startswith("args") else "use floats"
        raise TypeError(f"{path}: {described(x)} cannot be differentiated; {remedy}")
    names, parts, make = parted
    flat = [flatten(y, path + name, kept, whole, live) for name, y in zip(names, parts, strict=True)]
    leaves = [leaf for part, _ in flat for leaf in part]
    rebuilds = [rebuild for _, rebuild in flat]
    if all(rebuild is next for rebuild in rebuilds):  # numbers alone, quickly
        return leaves, lambda given: make(_taken(given, len(leaves)))
    return leaves, lambda given: make([rebuild(given) for rebuild in rebuilds])


def _unopened(
    x: object, path: str, kept: tuple[type, ...], whole: Callable[[object], bool] | None, live: bool
) -> tuple[list[Any], Rebuild] | None:
    """Return what `flatten` does for what is one leaf, an array, kept as it is, or a module; None for a nest."""
    if isinstance(x, Carrier) or (whole is not None and whole(x)):
        return [x], next
    if int in kept and getattr(getattr(x, "dtype", None), "kind", "O") in "iub":  # NumPy's whole numbers are kept too
        return [], lambda given: x.copy()  # type: ignore[attr-defined]
    if is_array(x):
        return _array(x, path)
    if kept and isinstance(x, kept):
        return [], lambda given: x
    if isinstance(x, Real):
        return [float(x)], next
    return _module(x, live) if is_module(x) else None


def unflatten(rebuild: Rebuild, leaves: Iterable[object]) -> Any:
    """Return the nest that `rebuild` makes of these leaves; arrays in it share the memory of an array of leaves."""
    return rebuild(_Stream(leaves) if type(leaves) is not list and is_array(leaves) else iter(leaves))


class _Stream:
    """An iterator over an array of floats, of which arrays can be taken too."""

    def __init__(self, array: "Array") -> None:
        self.array, self.place = array, 0

    def __iter__(self) -> Iterator[float]:
        return self

    def __next__(self) -> float:
        return float(self.taken(1)[0])

    def taken(self, count: int) -> "Array":
        self.place += count
        return self.array[self.place - count : self.place]


def _taken(given: Iterator[Any], count: int) -> list[Any]:
    return given.taken(count).tolist() if type(given) is _Stream else list(itertools.islice(given, count))


def flatten_as(x: object, like: object, path: str = "x") -> list[Any]:
    """Return the leaves of x in the order of those of `like`; ValueError, with the path, unless it has the same nest.

    Dicts are matched by their keys; lists, tuples and arrays may stand for each other.

    >>> flatten_as({"b": [1.0, 2.0], "a": 3.0}, {"a": 0.0, "b": (0.0, 0.0)})
    [3.0, 1.0, 2.0]
    >>> flatten_as([1.0, 2.0], [0.0, [0.0]])
    Traceback (most recent call last):
    ...
    ValueError: x[1]: expected a list of [0], not a number
    """
    if isinstance(x, dict) and isinstance(like, dict) and x.keys() == like.keys():
        x = {key: x[key] for key in like}
    elif is_array(x) and is_array(like) and x.shape == like.shape:
        return flatten(x, path)[0]
    mine, wanted = (opened(y.tolist() if is_array(y) else y) for y in (x, like))
    if mine is None and wanted is None:  # numbers, and modules
        leaves = flatten(x, path)[0]
        if len(leaves) == len(flatten(like)[0]):
            return leaves
    elif mine is not None and wanted is not None and mine[0] == wanted[0]:
        each = zip(mine[0], mine[1], wanted[1], strict=True)
        return [leaf for name, y, z in each for leaf in flatten_as(y, z, path + name)]
    flatten(x, path)  # what is no number at all has an error of its own
    raise ValueError(f"{path}: expected {_outline(like)}, not {_outline(x)}")


def is_array(x: object) -> TypeGuard["Array"]:
    """Return whether x is an array of NumPy's, which is not imported to find out."""
    kind = getattr(sys.modules.get("numpy"), "ndarray", None)  # None too while another thread is importing it
    return kind is not None and isinstance(x, kind)


def columns_of(arrays: Iterable["Array"]) -> list["Array"]:
    """Return one contiguous array of floats for each number of a lane."""
    import numpy as np

    found: list[Array] = []
    for x in arrays:
        rows = np.asarray(x, dtype=float).reshape(len(x), math.prod(x.shape[1:]))
        found += list(np.ascontiguousarray(rows.T)) if rows.shape[1] != 1 else [np.ascontiguousarray(rows[:, 0])]
    return found


def opened(x: object) -> Parts | None:
    """Return the parts of a nest; None for what has no parts, or is a module."""
    if is_module(x):
        return None
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        fields = [f.name for f in dataclasses.fields(x)]
        parts = [getattr(x, name) for name in fields]
        return [f".{name}" for name in fields], parts, lambda xs: _changed(x, zip(fields, xs, strict=True))
    if isinstance(x, dict):
        keys = list(x)
        return [f"[{key!r}]" for key in keys], list(x.values()), lambda xs: _filled(x, zip(keys, xs, strict=True))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return [f".{name}" for name in x._fields], list(x), type(x)._make  # type: ignore[attr-defined]
    if isinstance(x, (list, tuple)):
        return [f"[{i}]" for i in range(len(x))], list(x), type(x)
    return None


def described(x: object) -> str:
    """Return the type of x and a short text of it."""
    text = repr(x)
    return f"{type(x).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def _outline(x: object) -> str:
    """Return the outermost level of a nest in words."""
    if is_array(x):
        return f"an array of shape {x.shape}"
    parted = opened(x)
    if parted is None:
        return "a number" if isinstance(x, (Carrier, Real)) else f"a {type(x).__name__}"
    names = parted[0]
    return f"a {type(x).__name__} of {', '.join([*names[:4], *['...'][: len(names) - 4]]) or 'nothing'}"


def _array(x: "Array", path: str) -> tuple[list[Any], Rebuild]:
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

    def rebuild(given: Iterator[Any]) -> "Array":
        if type(given) is _Stream:
            return given.taken(len(leaves)).reshape(x.shape)
        parts = list(itertools.islice(given, len(leaves)))
        if parts and is_array(parts[0]):  # lanes
            return arrays.of_parts(parts, x.shape)
        try:
            return numpy.frombuffer(array("d", parts)).reshape(x.shape)  # the quickest way from floats
        except TypeError:  # some are carriers
            return arrays.of_parts(parts, x.shape)

    return leaves, rebuild


def _changed(x: T, attributes: Iterable[tuple[str, object]]) -> T:
    """Return a shallow copy of an object with other attributes; frozen dataclasses too."""
    found = copy.copy(x)
    for name, y in attributes:
        object.__setattr__(found, name, y)
    return found


def _filled(x: dict[Any, Any], items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Return a dict of the kind of x with other items."""
    found = copy.copy(x)  # keeps what a defaultdict makes
    found.clear()
    for key, y in items:
        found[key] = y
    return found


def _module(x: Parameterized, live: bool) -> tuple[list[Any], Rebuild]:
    """Return the parameters of a module, each once; everything else in it stays as it is."""
    leaves: list[Any] = []

    def add(y: Carrier | Leaf) -> None:
        leaves.append(float(y) if isinstance(y, Leaf) else y.data if y.rank == 2 and not live else y)

    _copied(x, add, {})
    return leaves, lambda given: _copied(x, lambda _: _leaf(next(given)), {})


def _leaf(x: T) -> T | Leaf:
    return Leaf(x) if isinstance(x, float) and type(x) is float else x


def _copied(x: object, replace: Callable[[Any], object], copies: dict[int, Any]) -> object:
    """Return a copy of a module, `replace` of each parameter in it; what is in two places stays one, as do cycles."""
    if id(x) in copies:
        return copies[id(x)]
    if is_parameter(x):
        found = replace(x)
    elif is_module(x):
        found = copies[id(x)] = copy.copy(x)
        vars(found).update({name: _copied(y, replace, copies) for name, y in vars(x).items()})
    elif isinstance(x, (dict, list)):
        found = copies[id(x)] = copy.copy(x)
        for key, y in list(x.items() if isinstance(x, dict) else enumerate(x)):
            found[key] = _copied(y, replace, copies)
    elif isinstance(x, tuple):
        parts = [_copied(y, replace, copies) for y in x]
        found = opened(x)[2](parts)  # type: ignore[index]  # a tuple has parts
    else:
        return x
    copies[id(x)] = found
    return found
