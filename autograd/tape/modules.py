"""Modules as nests: of a module only the parameters are leaves; everything else in it stays as it is."""

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from autograd.primitives.carrier import Carrier
from autograd.tape.nodes import Parameterized, forgetful, is_module, opened

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


def is_parameter(x: object) -> bool:
    """Return whether x is a parameter of the module that holds it: a Value, or what a transform puts in its place."""
    return isinstance(x, (Carrier, Leaf))


def opened_module(x: Parameterized, live: bool) -> tuple[list[Any], Callable[[Iterator[Any]], Any]]:
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
        found = copies[id(x)] = forgetful(x)
        vars(found).update({name: _copied(y, replace, copies) for name, y in list(vars(found).items())})
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
