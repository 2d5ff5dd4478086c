"""What two calls must have in common for a compiled program of the one to serve the other.

Start at `signature`. The one surprise: a module is known by its identity, not by its shape, and is watched: what it
holds beside its Values is baked into what was compiled.
"""

import dataclasses
import math
import types
from numbers import Real
from typing import Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive
from autograd.tape.pytree import is_array, is_module
from autograd.tape.traced import primal

FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, Primitive)
KEPT = (str, bytes, type, type(None), *FUNCTIONS)  # what may stand among numbers
FLOATS = {float}
MOST_SHAPES = 64  # of arguments that a function is kept for
UNLIKE = "traced numbers than on plain ones (does it ask for their types, or draw random numbers?)"


class Inline(Exception):
    """These arguments are for the function itself: they hold a graph, or what cannot be compared."""


def signature(x: Any, leaves: list[Any], objects: list[Any], carriers: bool = False) -> Any:
    """Return what must be equal for a path to serve; adds the numbers to `leaves`, what is to be watched to `objects`.

    Leaves are in the order of `tree.flatten`, but arrays and modules stay whole. Raises Inline for what cannot be
    compared, and for Values and traced numbers unless `carriers` are leaves.
    """
    kind = type(x)
    if kind is float:
        leaves.append(x)
        return float
    if kind in (list, tuple):
        if set(map(type, x)) == FLOATS:
            leaves += x
            return kind, len(x)
        return (kind, *[signature(y, leaves, objects, carriers) for y in x])
    if carriers and isinstance(x, Carrier):
        leaves.append(x)
        return Carrier
    if is_array(x):
        if (x.dtype.hasobject and not carriers) or x.dtype.kind not in "fiubO" or not x.shape or x.ravel().ndim != 1:
            raise Inline  # whatever Python makes of Values and complex numbers, of matrices, of arrays without an axis
        leaves.append(x)
        return kind, x.shape, x.dtype.kind
    if isinstance(x, Real):
        try:
            leaves.append(float(x))
        except OverflowError:
            raise Inline from None
        if isinstance(x, int):
            leaves[-1] = int(x)
            return int
        return float
    if is_module(x):
        objects.append(x)
        leaves.append(x)
        return kind, id(x)
    if isinstance(x, (dict, list, tuple)) or (dataclasses.is_dataclass(x) and not isinstance(x, type)):
        fields: tuple[str, ...] = ()
        if isinstance(x, dict):
            parts = list(x.items())
        elif isinstance(x, (list, tuple)):
            parts = list(enumerate(x))
        else:
            fields = tuple([f.name for f in dataclasses.fields(x)])
            parts = [(name, getattr(x, name)) for name in fields]
        if kind is not dict:
            objects.append(kind)
        found = [(key, signature(y, leaves, objects, carriers)) for key, y in parts]
        factory = getattr(x, "default_factory", None)
        if factory is not None:
            objects.append(factory)
            found.append(("default_factory", id(factory)))
        beside = [(name, y) for name, y in getattr(x, "__dict__", {}).items() if name not in fields]
        return (kind, *found, *[(name, _constant(y)) for name, y in beside])
    if isinstance(x, KEPT[:4]):
        return kind, x
    if isinstance(x, FUNCTIONS):
        objects.append(x)
        return kind, id(x)
    raise Inline


def _constant(x: Any) -> Any:
    """Return what must be equal of an attribute beside the numbers: it is baked into what was compiled."""
    if isinstance(x, (bool, int, float, *KEPT[:4])):
        return type(x), repr(x) if isinstance(x, float) else x
    raise Inline


def agree(traced: Any, eager: Any) -> bool:
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
    if isinstance(traced, (Carrier, Real)) and isinstance(eager, (Carrier, Real)):
        pairs.append((primal(traced), primal(eager)))
        return True
    if is_array(traced) and is_array(eager):
        return traced.shape == eager.shape and _paired(traced.ravel().tolist(), eager.ravel().tolist(), pairs)
    if type(traced) is not type(eager):
        return False
    if isinstance(traced, (list, tuple)):
        return len(traced) == len(eager) and all(_paired(x, y, pairs) for x, y in zip(traced, eager, strict=True))
    if isinstance(traced, dict):
        same = list(traced) == list(eager)
        return same and all(_paired(x, y, pairs) for x, y in zip(traced.values(), eager.values(), strict=True))
    if hasattr(traced, "__dict__") and not isinstance(traced, KEPT):
        return _paired(vars(traced), vars(eager), pairs)
    return bool(traced is eager or traced == eager)
