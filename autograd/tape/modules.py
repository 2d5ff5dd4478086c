"""Modules as nests: of a module only the parameters are leaves; everything else in it stays as it is."""

import copy
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from autograd.graph.backward import topological_order
from autograd.graph.value import Value
from autograd.primitives.carrier import Carrier
from autograd.tape.array_leaves import is_array
from autograd.tape.nodes import Parameterized, forgetful, is_module, opened

COMPUTED = "_computed"  # an attribute of modules whose parameters are results of a transform, as gradients are
T = TypeVar("T")


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


def is_parameter(x: object, computed: bool = False) -> bool:
    """Return whether x is a parameter of the module that holds it: a Value, or what a transform puts in its place.

    The result of an operation is none, also under `no_grad` or `.detach()`; `computed` lets results of a transform
    pass, as a gradient holds them.

    >>> from autograd import Value
    >>> w = Value(2.0)
    >>> is_parameter(w), is_parameter(w * w), is_parameter(w.detach())
    (True, False, False)
    """
    if isinstance(x, Leaf):
        return True
    if not isinstance(x, Carrier) or getattr(x, "cut", False):
        return False
    return not is_result(x) or (computed and x.rank > 2)


def is_result(x: object) -> bool:
    """Return whether an operation made x."""
    return getattr(x, "primitive", None) is not None


def named_parts(x: object) -> dict[Any, Any] | None:
    """Return what a container holds by key, place or field; None for what is none. Values in sets are as old as listed.

    >>> named_parts(("a", "b")), named_parts(3.0)
    ({0: 'a', 1: 'b'}, None)
    """
    if isinstance(x, (dict, list, tuple, deque)):
        return dict(x) if isinstance(x, dict) else dict(enumerate(x))
    if is_array(x):
        return dict(enumerate(x.tolist() if x.ndim else [x.item()])) if x.dtype.kind == "O" else None
    if isinstance(x, (set, frozenset)):
        return dict(enumerate(topological_order(x))) if all(type(y) is Value and not y.op for y in x) else None
    parted = opened(x)
    return parted and {name.strip(".[]'"): y for name, y in zip(parted[0], parted[1], strict=True)}


def opened_module(x: Parameterized, live: bool) -> tuple[list[Any], Callable[[Iterator[Any]], Any]]:
    """Return the parameters of a module, each once; everything else in it stays as it is."""
    leaves: list[Any] = []

    def add(y: Carrier | Leaf) -> object:
        leaves.append(float(y) if isinstance(y, Leaf) else y.data if y.rank == 2 and not live else y)
        return y

    def rebuild(given: Iterator[Any]) -> object:
        copies: dict[int, Any] = {}
        replacements = [_leaf(next(given)) for _ in leaves]
        each = iter(replacements)
        made = _copied(x, lambda _: next(each), copies)
        if any(map(is_result, replacements)):
            for y in filter(is_module, copies.values()):
                vars(y)[COMPUTED] = True
        return made

    _copied(x, add, {})
    return leaves, rebuild


def _leaf(x: T) -> T | Leaf:
    return Leaf(x) if isinstance(x, float) and type(x) is float else x


def _copied(x: object, replace: Callable[[Any], object], copies: dict[int, Any]) -> object:
    """Return a copy of a module, `replace` of each parameter in it; what is in two places stays one, as do cycles."""
    if id(x) in copies:
        return copies[id(x)]
    if is_parameter(x, computed=True):
        found = replace(x)
    elif is_module(x):
        found = copies[id(x)] = forgetful(x)
        vars(found).update({name: _copied(y, replace, copies) for name, y in list(vars(found).items())})
    elif isinstance(x, (dict, list)) or (is_array(x) and x.dtype.kind == "O"):
        found = copies[id(x)] = copy.copy(x)
        for key, y in list(x.items() if isinstance(x, dict) else _places(x)):
            found[key] = _copied(y, replace, copies)
    elif isinstance(x, (set, frozenset)) and any(map(is_parameter, x)):
        raise TypeError("a set of parameters cannot be differentiated: two equal ones would be one number; use a list")
    elif (parted := opened(x)) is not None:
        copies[id(parted)] = parted  # keeps the parts, and so their ids
        parts = [_copied(y, replace, copies) for y in parted[1]]
        same = all(y is z for y, z in zip(parts, parted[1], strict=True))
        found = x if same else parted[2](parts)
    else:
        return x
    copies[id(x)] = found
    return found


def _places(x: Any) -> Iterable[tuple[Any, Any]]:
    """Return (place, element) of each element of a list or an array."""
    if not is_array(x):
        return enumerate(x)
    import numpy

    return numpy.ndenumerate(x)
