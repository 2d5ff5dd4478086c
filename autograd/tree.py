"""Nests: numbers in lists, tuples, dicts, named tuples, dataclasses, modules and NumPy arrays, as a flat list and back.

Start at `flatten`. The one surprise: in an object that has `named_parameters` (a module of `nn`) only the Values are
leaves, and what is rebuilt holds plain numbers, or whatever is put there, in their places.
"""

import copy
import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from typing import Any

from autograd.carrier import Carrier

Rebuild = Callable[[Iterator[Any]], Any]  # takes as many leaves as it needs from an iterator

Whole = Callable[[Any], bool] | None


def flatten(x: Any, path: str = "x", kept: Any = (), whole: Whole = None) -> tuple[list[Any], Rebuild]:
    """Return (leaves, rebuild): the numbers in a nest, from left to right, and how to make the nest from others.

    Leaves are floats, ints (as floats) and carriers such as Values. What is of the types `kept` stays in the nest as it
    is; what `whole` holds for is one leaf. Raises TypeError, with the path, for anything else.

    >>> leaves, rebuild = flatten({"w": [1, 2.0], "b": 3.0})
    >>> leaves, rebuild(iter([10, 20, 30]))
    ([1.0, 2.0, 3.0], {'w': [10, 20], 'b': 30})
    >>> flatten([1.0, {"name": "text"}], "args[0]")
    Traceback (most recent call last):
    ...
    TypeError: args[0][1]['name']: str 'text' cannot be differentiated; use floats or other argnums
    """
    if isinstance(x, Carrier) or (whole is not None and whole(x)):
        return [x], next
    if is_array(x):
        return _array(x, path)
    if kept and isinstance(x, kept):
        return [], lambda given: x
    if isinstance(x, Real):
        return [float(x)], next
    if hasattr(x, "named_parameters"):
        return _module(x)
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        names = [f.name for f in dataclasses.fields(x)]
        return _parts(
            [(getattr(x, n), f"{path}.{n}") for n in names],
            lambda xs: _changed(x, zip(names, xs, strict=True)),
            kept,
            whole,
        )
    if isinstance(x, dict):
        keys = list(x)
        items = [(x[key], f"{path}[{key!r}]") for key in keys]
        return _parts(items, lambda xs: type(x)(zip(keys, xs, strict=True)), kept, whole)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        items = [(getattr(x, name), f"{path}.{name}") for name in x._fields]
        return _parts(items, lambda xs: type(x)(*xs), kept, whole)
    if isinstance(x, (list, tuple)):
        return _parts([(y, f"{path}[{i}]") for i, y in enumerate(x)], type(x), kept, whole)
    text = repr(x)
    text = text if len(text) <= 40 else text[:37] + "..."
    raise TypeError(f"{path}: {type(x).__name__} {text} cannot be differentiated; use floats or other argnums")


def unflatten(rebuild: Rebuild, leaves: list[Any]) -> Any:
    """Return the nest that `rebuild` makes of these leaves."""
    return rebuild(iter(leaves))


def carriers(x: Any) -> list[Any]:
    """Return the Values in a module, from left to right as `flatten` has them.

    >>> from autograd import Value
    >>> carriers([Value(1.0), {"a": (Value(2.0), "text")}])
    [Value(1.0), Value(2.0)]
    """
    if isinstance(x, Carrier):
        return [x]
    parts = vars(x) if hasattr(x, "named_parameters") else x
    if isinstance(parts, (dict, list, tuple)):
        return [y for part in (parts.values() if isinstance(parts, dict) else parts) for y in carriers(part)]
    return []


def is_array(x: Any) -> bool:
    """Return whether x is an array of NumPy's, which is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def _parts(
    items: list[tuple[Any, str]], make: Callable[[list[Any]], Any], kept: Any, whole: Whole
) -> tuple[list[Any], Rebuild]:
    flat = [flatten(y, path, kept, whole) for y, path in items]
    leaves = [leaf for part, _ in flat for leaf in part]
    return leaves, lambda given: make([rebuild(given) for _, rebuild in flat])


def _array(x: Any, path: str) -> tuple[list[Any], Rebuild]:
    import numpy

    if x.dtype.kind not in "fiubO":
        raise TypeError(f"{path}: an array of {x.dtype} cannot be differentiated; use floats")
    leaves = [leaf for y in x.ravel().tolist() for leaf in flatten(y, path)[0]]

    def rebuild(given: Iterator[Any]) -> Any:
        parts = list(itertools.islice(given, len(leaves)))
        if set(map(type, parts)) <= {float}:
            return numpy.array(parts, dtype=float).reshape(x.shape)
        found = numpy.empty(len(parts), dtype=object)
        for i, y in enumerate(parts):
            found[i] = y
        return found.reshape(x.shape)

    return leaves, rebuild


def _changed(x: Any, attributes: Any) -> Any:
    """Return a shallow copy of an object with other attributes; frozen dataclasses too."""
    found = copy.copy(x)
    for name, y in attributes:
        object.__setattr__(found, name, y)
    return found


def _module(x: Any) -> tuple[list[Any], Rebuild]:
    """Return the Values in a module, as numbers; everything else in it stays as it is."""
    if isinstance(x, Carrier):
        return [x.data if x.rank == 2 else x], next  # a Slot stays one
    kinds: set[type] = set(map(type, x)) if type(x) is list else set()
    if len(kinds) == 1 and getattr(kinds.pop(), "rank", 0) == 2:  # the usual list of weights, quickly
        count = len(x)
        return [y.data for y in x], lambda given: list(itertools.islice(given, count))
    items: list[tuple[Any, Any]]
    make: Callable[[list[tuple[Any, Any]]], Any]
    if hasattr(x, "named_parameters"):
        items, make = list(vars(x).items()), partial(_changed, x)
    elif isinstance(x, dict):
        items, make = list(x.items()), dict
    elif isinstance(x, (list, tuple)):
        items, make = list(enumerate(x)), partial(_seconds, type(x))
    else:
        return [], lambda given: x
    flat = [(key, *_module(y)) for key, y in items]
    leaves = [leaf for _, part, _ in flat for leaf in part]
    return leaves, lambda given: make([(key, rebuild(given)) for key, _, rebuild in flat])


def _seconds(kind: type, pairs: list[tuple[Any, Any]]) -> Any:
    return kind([y for _, y in pairs])
