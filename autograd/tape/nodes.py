"""Nodes of nests: which objects have parts, and how another one is made of other parts.

Dicts, lists, deques, tuples, named tuples and dataclasses are known; `register_node` declares others.
"""

import collections
import copy
import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeGuard, TypeVar

Make = Callable[[list[Any]], Any]
Parts = tuple[list[str], list[Any], Make]  # names, parts, how to make another of other parts
T = TypeVar("T")


class Parameterized(Protocol):
    """A module, of `nn` or of one's own."""

    def named_parameters(self) -> Sequence[tuple[str, Any]]:
        """Return (path, parameter) for each."""


class Node(NamedTuple):
    """How the objects of a registered type are opened, and made again."""

    flatten: Callable[[Any], tuple[Iterable[Any], Any]]
    unflatten: Callable[[Any, list[Any]], Any]


REGISTERED: dict[type, Node] = {}


def register_node(
    type: type[T], flatten: Callable[[T], tuple[Iterable[Any], Any]], unflatten: Callable[[Any, list[Any]], T]
) -> type[T]:
    """Let objects of a type be nests: of what `flatten` gives, numbers are differentiated, and nests of them opened.

    `flatten(x)` returns (parts, rest): an iterable of parts, and whatever else is needed to make x again;
    `unflatten(rest, parts)` makes an object of other parts, which may be traced numbers, and derivatives: it must not
    check them. Subclasses are registered on their own. Returns the type. TypeError for a type that is known already, or
    for functions that cannot be called.

    >>> class Pair:
    ...     def __init__(self, a, b):
    ...         self.a, self.b = a, b
    >>> from autograd import grad
    >>> _ = register_node(
    ...     Pair,
    ...     lambda x: (vars(x).values(), tuple(vars(x))),
    ...     lambda names, parts: Pair(**dict(zip(names, parts))),
    ... )
    >>> vars(grad(lambda p: p.a * p.b)(Pair(2.0, 3.0)))
    {'a': 3.0, 'b': 2.0}
    """
    if not isinstance(type, _TYPE):
        raise TypeError(f"register_node: type is {type!r}, not a class")
    if type in (list, tuple, dict, float, int, bool, str, _TYPE):
        raise TypeError(f"register_node: {type.__name__} is known already; register a class of your own")
    for name, function in (("flatten", flatten), ("unflatten", unflatten)):
        if not callable(function):
            raise TypeError(f"register_node: {name} is {function!r}, not a function")
    REGISTERED[type] = Node(flatten, unflatten)
    return type


_TYPE = type


def is_module(x: object) -> TypeGuard[Parameterized]:
    """Return whether x is a module: an object whose type has `named_parameters`."""
    return hasattr(type(x), "named_parameters")


def opened(x: object, deriving: bool = False) -> Parts | None:
    """Return the parts of a nest; None for what has no parts, or is a module.

    With `deriving`, x is an argument of a function: what `__post_init__` of a dataclass derives is no part of it, and
    is derived again where another is made.
    """
    node = REGISTERED.get(type(x))
    if node is not None:
        return _registered(x, node)
    if is_module(x):
        return None
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        again = derived(x) if deriving else frozenset()
        fields = [f.name for f in dataclasses.fields(x) if f.name not in again]
        parts = [getattr(x, name) for name in fields]
        return [f".{name}" for name in fields], parts, functools.partial(_changed, x, fields, again)
    if isinstance(x, dict):
        keys = list(x)
        return [f"[{key!r}]" for key in keys], list(x.values()), lambda xs: _filled(x, zip(keys, xs, strict=True))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return [f".{name}" for name in x._fields], list(x), type(x)._make  # type: ignore[attr-defined]
    if isinstance(x, collections.deque):
        return [f"[{i}]" for i in range(len(x))], list(x), lambda xs: type(x)(xs, x.maxlen)
    if isinstance(x, (list, tuple)):
        return [f"[{i}]" for i in range(len(x))], list(x), type(x)
    return None if deriving else _opened_sparse(x)


def _opened_sparse(x: Any) -> Parts | None:
    """Return the entries of a scipy.sparse.csr_array of floats, or of traced numbers, as its one part."""
    if (
        type(x).__name__ != "csr_array"
        or type(x).__module__.partition(".")[0] != "scipy"
        or x.data.dtype.char not in "dO"
    ):
        return None
    return [".data"], [x.data], lambda xs: matrix_of(x, *xs)


def matrix_of(like: Any, entries: Any) -> Any:
    """Return a scipy.sparse.csr_array with the pattern of another, and entries that nothing checks."""
    found = object.__new__(type(like))
    names = {"_shape", "maxprint"} & vars(like).keys()
    vars(found).update({name: getattr(like, name) for name in names})
    found.indices, found.indptr, found.data = like.indices.copy(), like.indptr.copy(), entries
    return found


def bare(make: Make) -> Make:
    """Return how to make what derivatives are put into: as `make` does, but that nothing is derived of them."""
    if isinstance(make, functools.partial) and make.func is _changed:
        return functools.partial(make.func, *make.args, bare=True)
    return make


def described(x: object) -> str:
    """Return the type of x and a short text of it."""
    text = repr(x)
    return f"{type(x).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def _registered(x: object, node: Node) -> Parts:
    found = node.flatten(x)
    if not isinstance(found, tuple) or len(found) != 2:
        raise TypeError(
            f"register_node: flatten of {type(x).__name__} returned {type(found).__name__}, not (parts, rest)"
        )
    parts, rest = list(found[0]), found[1]
    return [f"[{i}]" for i in range(len(parts))], parts, lambda xs: node.unflatten(rest, xs)


# ---------------------------------------------------------------------------------------------- dataclasses


def cached(kind: type) -> frozenset[str]:
    """Return the names of a class's cached properties: what they keep is forgotten when numbers change."""
    return _cached(kind)


@functools.lru_cache(maxsize=1024)
def _cached(kind: type) -> frozenset[str]:
    return frozenset(
        name for base in kind.__mro__ for name, x in vars(base).items() if isinstance(x, functools.cached_property)
    )


def forgetful(x: T) -> T:
    """Return a shallow copy without what cached properties keep."""
    found = copy.copy(x)
    for name in cached(type(x)):
        vars(found).pop(name, None)
    return found


def derived(x: object) -> frozenset[str]:
    """Return the names of the attributes of a dataclass that `__post_init__` makes of its fields, as they are now.

    They are seen by letting it run again on a copy. TypeError where it changes fields each time, and derives others.
    """
    if not hasattr(type(x), "__post_init__"):
        return frozenset()
    fields = dataclasses.fields(x)  # type: ignore[arg-type]
    given = [f.name for f in fields if f.init]
    own = {f.name for f in fields if not f.init} | (vars(x).keys() if hasattr(x, "__dict__") else set()) - {*given}
    own = {name for name in own if hasattr(x, name)} - cached(type(x))
    again = forgetful(x)
    for name in own:
        object.__delattr__(again, name)
    try:
        again.__post_init__()  # type: ignore[attr-defined]
    except Exception as error:  # it is the user's: it has fields for __init__ alone, or asks for what was deleted
        hidden = sorted(name for name in own - {f.name for f in fields} if _numeric(getattr(x, name)))
        if not hidden:
            return frozenset()
        raise TypeError(
            f"{type(x).__name__}: __post_init__ does not run again ({error}), so that what it derives, {hidden[0]}, "
            "would be a constant; make it a property"
        ) from error
    found = frozenset(name for name in own if hasattr(again, name) and _same(getattr(again, name), getattr(x, name)))
    changed = [name for name in given if not _same(getattr(again, name), getattr(x, name))]
    if own and changed:
        raise TypeError(
            f"{type(x).__name__}: __post_init__ changes {changed[0]} whenever it runs, so that {sorted(own)[0]} cannot "
            "be derived again from numbers that are differentiated; make it a property"
        )
    return found


def attributes_beside(x: object, names: Sequence[str]) -> dict[str, Any]:
    """Return the attributes of a node that are neither parts of these names nor made of them."""
    if type(x) in REGISTERED:
        return {"the rest": REGISTERED[type(x)].flatten(x)[1]}
    attributes = getattr(x, "__dict__", None)
    if attributes is None or attributes is x:
        return {}
    made = cached(type(x)) | (derived(x) if dataclasses.is_dataclass(x) else frozenset())
    return {name: y for name, y in attributes.items() if f".{name}" not in names and name not in made}


def _numeric(x: object) -> bool:
    """Return whether an attribute holds floats, as far as two levels of it show."""
    if isinstance(x, (list, tuple, dict)):
        return any(isinstance(y, float) for y in (x.values() if isinstance(x, dict) else x))
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _same(x: Any, y: Any) -> bool:
    """Return whether two attributes are equal, arrays of them included."""
    if x is y:
        return True
    if hasattr(x, "tolist") and hasattr(y, "tolist"):
        x, y = x.tolist(), y.tolist()
    try:
        return type(x) is type(y) and bool(x == y)
    except (TypeError, ValueError):
        return False


def _changed(x: Any, fields: Sequence[str], again: frozenset[str], parts: Sequence[Any], bare: bool = False) -> Any:
    """Return a copy of a dataclass, frozen or not, with other fields, and what is derived of them; None in `bare`."""
    found = forgetful(x)
    for name, y in zip(fields, parts, strict=True):
        object.__setattr__(found, name, y)
    if again and bare:
        for name in again:
            object.__setattr__(found, name, None)
    elif again:
        kept = {name: y for name, y in getattr(found, "__dict__", {}).items() if name not in again}
        kept |= dict(zip(fields, parts, strict=True))
        for name in again:
            object.__delattr__(found, name)
        found.__post_init__()
        for name, y in kept.items():
            object.__setattr__(found, name, y)
    return found


def _filled(x: dict[Any, Any], items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Return a dict of the kind of x with other items."""
    kind = type(x)
    found: dict[Any, Any]
    if kind is dict or hasattr(kind, "__copy__"):
        found = copy.copy(x)  # keeps what a defaultdict makes
        found.clear()
    else:
        found = kind.__new__(kind)
        attributes = getattr(x, "__dict__", None)
        if attributes is x:  # a dict whose items are its attributes
            found.__dict__ = found
        elif attributes:
            found.__dict__.update(attributes)
    for key, y in items:
        found[key] = y
    return found
