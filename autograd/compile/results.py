"""What functions return, as numbers and how to put them back: nests of numbers, with constants of any kind in them."""

import collections
import copy
import enum
import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any, TypeVar

from autograd.primitives.carrier import Carrier
from autograd.tape.pytree import Parts, Rebuild, flatten, flatten_as, is_array, opened, unflatten
from autograd.tape.tape import primal

T = TypeVar("T")
CONSTANT = (bool, int, float, str, bytes, type(None))  # in a result: a constant of its path
SAME = (type, types.BuiltinFunctionType, enum.Enum, type(NotImplemented))  # known by their identity


class NoNest(TypeError):
    """A result is no nest of numbers and constants: the message says what it is."""


def flat_result(x: object, kept: tuple[type, ...] = CONSTANT) -> tuple[list[Any], Rebuild]:
    """Return (numbers, rebuild) of a result, as `flatten` does; NoNest for what may hide a number.

    >>> numbers, rebuild = flat_result({"x": 1.5, "range": range(3), "text": {"a"}})
    >>> numbers, rebuild(iter([2.5]))
    ([1.5], {'x': 2.5, 'range': range(0, 3), 'text': {'a'}})
    """
    try:
        return flatten(x, "result", kept)
    except TypeError:
        pass
    try:
        return _flat(x, "result", kept)
    except TypeError as error:
        if type(error) is not TypeError:  # one of ours, as of lanes, which says more
            raise
        what = str(error).partition(" cannot be differentiated")[0]
        raise NoNest(f"returns something that no program makes: {what}") from error


def places_as(rebuild: Rebuild, first: Rebuild) -> list[int]:
    """Return where the leaves of the nest that `first` makes, are among those of another such result.

    Dicts are matched by their keys. TypeError where it is another nest.

    >>> (_, first), (_, other) = flat_result({"a": 1.0, "b": [2.0]}), flat_result({"b": [1.0], "a": 2.0})
    >>> places_as(other, first)
    [1, 0]
    """
    like, nest = (unflatten(made, itertools.count(0.0)) for made in (first, rebuild))
    try:
        return [int(place) for place in flatten_as(nest, like, "result")]
    except ValueError as error:
        raise TypeError(f"vmap: not all lanes return the same nest: {error}") from None


def _flat(x: Any, path: str, kept: tuple[type, ...]) -> tuple[list[Any], Rebuild]:
    if type(x) is set or (is_array(x) and x.dtype.kind not in "fiubO"):
        return [], lambda given: copy.copy(x)
    if is_constant(x):
        return [], lambda given: x
    parted = parts_of(x)
    if parted is None:
        return flatten(x, path, kept)
    names, parts, make = parted
    flat = [_flat(y, path + name, kept) for name, y in zip(names, parts, strict=True)]
    rebuilds = [rebuild for _, rebuild in flat]

    def rebuilt(given: Iterator[Any]) -> Any:
        return make([rebuild(given) for rebuild in rebuilds])

    return [leaf for leaves, _ in flat for leaf in leaves], rebuilt


def parts_of(x: Any) -> Parts | None:
    """Return the parts of a nest, also of namespaces, deques and slices; None for what has none."""
    if type(x) is types.SimpleNamespace:
        names = list(vars(x))
        return [f".{name}" for name in names], [*vars(x).values()], lambda parts: _namespace(names, parts)
    if type(x) is collections.deque:
        return [f"[{i}]" for i in range(len(x))], list(x), lambda parts: collections.deque(parts, x.maxlen)
    if type(x) is slice:
        return [".start", ".stop", ".step"], [x.start, x.stop, x.step], lambda parts: slice(*parts)
    return opened(x)


def _namespace(names: list[str], parts: list[Any]) -> types.SimpleNamespace:
    return types.SimpleNamespace(**dict(zip(names, parts, strict=True)))


def is_constant(x: Any) -> bool:
    """Return whether x cannot change and holds no number of a trace: text, a member of an enum, a date, a range."""
    if isinstance(x, (str, bytes, *SAME)) or x is None or x is Ellipsis:
        return True
    kind = type(x)
    home = str(kind.__module__).partition(".")[0]
    by_value = kind.__hash__ not in (None, vars(object)["__hash__"])
    if callable(x) or not by_value or isinstance(x, (Carrier, tuple)) or kind in CONSTANT:
        return False
    return home in sys.stdlib_module_names or home == "numpy"  # equal by value, and so it cannot change


def plain(result: T) -> T:
    """Return a result of Python with plain floats in place of Values, as a program gives it."""
    try:
        leaves, rebuild = flat_result(result)
    except NoNest:  # it is returned as it is
        return result
    if not any(isinstance(y, Carrier) and y.rank == 2 for y in leaves):
        return result
    return unflatten(rebuild, [primal(y) for y in leaves])  # type: ignore[no-any-return]
