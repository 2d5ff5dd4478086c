"""Nests: numbers in lists, tuples, dicts, named tuples, dataclasses, modules and NumPy arrays, as a flat list and back.

Which objects have parts is said in nodes.py. Nests are walked without recursion, so their depth is no limit. Of a
module, only the parameters are leaves. A plain number in the place of one is a `Leaf`: a float that is still known for
a parameter.
"""

import dataclasses
import enum
import itertools
import types
from collections.abc import Callable, Iterable, Iterator
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.primitives.carrier import Carrier
from autograd.tape.array_leaves import (
    Stream,
    columns_of,
    is_array,
    is_truth,
    is_whole_of_numpy,
    opened_array,
    taken,
)
from autograd.tape.modules import Leaf, is_parameter, opened_module
from autograd.tape.nodes import Make, Parameterized, Parts, bare, described, is_module, opened
from autograd.tape.reading import Lists

if TYPE_CHECKING:
    from autograd.tape.array_leaves import Array

__all__ = [
    "EVERYTHING",
    "Array",
    "Leaf",
    "Parameterized",
    "Parts",
    "Rebuild",
    "columns_of",
    "derivatives",
    "described",
    "flatten",
    "flatten_as",
    "is_array",
    "is_module",
    "is_of_numpy",
    "is_parameter",
    "is_whole",
    "often",
    "opened",
    "passes",
    "unflatten",
]

Rebuild = Callable[[Iterator[Any]], Any]  # takes as many leaves as it needs from an iterator
Whole = Callable[[object], bool]
EVERYTHING = (object,)
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type)  # a method is none: its object may hold numbers
PASSED = (type(None), str, bool, enum.Enum, *FUNCTIONS)  # what stands beside numbers in nests, and has no derivative
OF_NUMPY = ("ufunc", "_ArrayFunctionDispatcher")  # types of NumPy's functions


def flatten(
    x: object,
    path: str = "x",
    kept: tuple[type, ...] = (),
    whole: Whole | None = None,
    live: bool = False,
    passing: bool = False,
    deriving: bool = False,
    names: list[str] | None = None,
    given: list[object] | None = None,
) -> tuple[list[Any], Rebuild]:
    """Return (leaves, rebuild): the numbers in a nest, from left to right, and how to make the nest from others.

    Leaves are floats, ints (as floats) and carriers such as Values. What is of the types `kept` stays in the nest as it
    is; of EVERYTHING, all but carriers. What `whole` holds for is one leaf. Values in modules are leaves as plain
    numbers, or with `live` as they are. With `passing`, what is beside numbers in a nest stays as it is: None, str,
    bools, members of enums and functions, of which the derivative is None. With `deriving`, fields that a dataclass
    derives of others are no leaves. `names` gets the path of each leaf, `given` what stood in its place. Raises
    TypeError, with the path, for anything else, and ValueError for a nest that contains itself.

    >>> leaves, rebuild = flatten({"w": [1, 2.0], "b": 3.0})
    >>> leaves, rebuild(iter([10, 20, 30]))
    ([1.0, 2.0, 3.0], {'w': [10, 20], 'b': 30})
    >>> flatten([1.0, {"name": "text"}], "args[0]")
    Traceback (most recent call last):
    ...
    TypeError: args[0][1]['name']: str 'text' cannot be differentiated; use floats or other argnums
    """
    if type(x) is float and whole is None and names is None:
        return [x], next
    walk = _Walk(path, kept, whole, live, passing, deriving, names, given)
    walk.over(x)
    steps = walk.steps
    return walk.leaves, steps[0] if len(steps) == 1 else _Plan(steps)


class _Close:
    """A mark in what is still to be walked: all parts of x are done, and `make` makes another x of them."""

    __slots__ = ("count", "make", "x")

    def __init__(self, x: object, count: int, make: Make) -> None:
        self.x, self.count, self.make = x, count, make


class _Kept:
    """The rebuild of what is no number: itself; None among derivatives."""

    __slots__ = ("x",)

    def __init__(self, x: object) -> None:
        self.x = x

    def __call__(self, given: Iterator[Any]) -> Any:
        return self.x

    def derivatives(self, given: Iterator[Any]) -> None:
        """Return None: there is no derivative."""


class _Numbers:
    """The rebuild of what holds numbers alone, quickly."""

    __slots__ = ("count", "make")

    def __init__(self, count: int, make: Make) -> None:
        self.count, self.make = count, make

    def __call__(self, given: Iterator[Any]) -> Any:
        return self.make(taken(given, self.count))

    def derivatives(self, given: Iterator[Any]) -> Any:
        """Return the nest of derivatives."""
        return bare(self.make)(taken(given, self.count))


class _Plan:
    """The rebuild of a nest of nests: the rebuilds of its parts, from left to right, each whole after its parts."""

    __slots__ = ("steps",)

    def __init__(self, steps: list[Any]) -> None:
        self.steps = steps

    def __call__(self, given: Iterator[Any]) -> Any:
        return self.run(given, False)

    def derivatives(self, given: Iterator[Any]) -> Any:
        """Return the nest of derivatives."""
        return self.run(given, True)

    def run(self, given: Iterator[Any], derivatives: bool) -> Any:
        """Return the nest, or that of derivatives."""
        found: list[Any] = []
        for step in self.steps:
            if step is next:
                found.append(next(given))
            elif type(step) is _Close:
                start = len(found) - step.count
                found[start:] = [(bare(step.make) if derivatives else step.make)(found[start:])]
            else:
                found.append(getattr(step, "derivatives", step)(given) if derivatives else step(given))
        return found[0]


def often(rebuild: Rebuild) -> Rebuild:
    """Return a rebuild that is quicker to call again and again, where it makes lists and tuples alone."""
    if type(rebuild) is not _Plan:
        return rebuild
    steps: list[tuple[Any, int, bool]] = []
    for step in rebuild.steps:
        if step is next:
            steps.append((None, 1, True))
        elif isinstance(step, (_Numbers, _Close)) and step.make in (list, tuple):
            steps.append((step.make, step.count, type(step) is _Numbers))
        else:
            return rebuild
    return Lists(steps)


class _Walk:
    """One walk over a nest; see `flatten`."""

    def __init__(
        self,
        path: str,
        kept: tuple[type, ...],
        whole: Whole | None,
        live: bool,
        passing: bool,
        deriving: bool,
        names: list[str] | None,
        given: list[object] | None,
    ) -> None:
        self.path, self.kept, self.whole, self.live = path, kept, whole, live
        self.passing, self.deriving, self.names, self.given = passing, deriving, names, given
        self.leaves: list[Any] = []
        self.steps: list[Any] = []
        self.quick = whole is None and names is None

    def over(self, x: object) -> None:
        """Collect the leaves of a nest, and the steps of its plan."""
        todo: list[tuple[Any, Any]] = [(x, None)]  # what is to be done, and a link to its path: (link, name)
        around: set[int] = set()  # the nests that are open
        while todo:
            y, link = todo.pop()
            kind = type(y)
            if kind is float and self.quick:
                self.leaves.append(y)
                self.steps.append(next)
            elif kind is _Close:
                around.discard(id(y.x))
                self.close(y)
            elif (kind is list or kind is tuple) and self.quick and set(map(type, y)) == {float}:
                self.leaves += y
                self.steps.append(_Numbers(len(y), kind))
            elif not self.unopened(y, link):
                if hasattr(kind, "entries"):  # lanes, which stand for an array or a nest
                    todo.append((y.entries, link))
                    continue
                parted = self.opened(y, link)
                if parted is None:
                    self.add(link, y, [], _Kept(y))
                    continue
                if id(y) in around:
                    raise ValueError(f"{self.text(link)}: {kind.__name__} contains itself; use a nest without cycles")
                around.add(id(y))
                names, parts, make = parted
                todo.append((_Close(y, len(parts), make), None))
                todo += [(part, (link, name)) for part, name in zip(parts[::-1], names[::-1], strict=True)]

    def opened(self, x: object, link: Any) -> Parts | None:
        """Return the parts of a nest; for what is none, None where everything is kept, else TypeError."""
        parted = opened(x, self.deriving)
        if parted is None and self.kept is not EVERYTHING:
            if type(x).__module__ == "autograd.tape.traced":  # a traced array raises here that it needs its entries
                hasattr(x, "entries")
            remedy = "use floats or other argnums" if self.path.startswith("args") else "use floats"
            raise TypeError(f"{self.text(link)}: {described(x)} cannot be differentiated; {remedy}")
        return parted

    def close(self, done: _Close) -> None:
        """Add the step that makes a nest of its parts."""
        done.x = None  # only to be seen while it was open
        start = len(self.steps) - done.count
        if all(step is next for step in self.steps[start:]):
            self.steps[start:] = [_Numbers(done.count, done.make)]
        else:
            self.steps.append(done)

    def unopened(self, x: object, link: Any) -> bool:
        """Add what is one leaf, an array, kept as it is, or a module; return False for a nest."""
        if isinstance(x, Carrier) or (self.whole is not None and self.whole(x)):
            return self.add(link, x, [x], next)
        if link is not None and self.passing and passes(x):
            return self.add(link, x, [], _Kept(x))
        if self.kept is EVERYTHING:
            if isinstance(x, Real) or (is_array(x) and x.dtype.kind != "O"):
                return self.add(link, x, [], _Kept(x))
        elif int in self.kept and is_whole_of_numpy(x):
            return self.add(link, x, [], lambda given: x.copy())  # type: ignore[attr-defined]
        if is_array(x):
            return self.add(link, x, *opened_array(x, self.text(link)))
        if self.kept is not EVERYTHING and self.kept and isinstance(x, self.kept):
            return self.add(link, x, [], _Kept(x))
        if isinstance(x, Real):
            return self.add(link, x, [float(x)], next)
        return self.add(link, x, *opened_module(x, self.live)) if is_module(x) else False

    def add(self, link: Any, x: object, leaves: list[Any], rebuild: Rebuild) -> bool:
        """Add the leaves of one step of x, and the names of them; return True."""
        self.leaves += leaves
        self.steps.append(rebuild)
        if self.names is not None:
            self.names += [self.text(link) + name for name in _names_within(x, len(leaves))]
        if self.given is not None:
            self.given += x.ravel().tolist() if is_array(x) else [x] * len(leaves)
        return True

    def text(self, link: Any) -> str:
        """Return a path in words."""
        names: list[str] = []
        while link is not None:
            link, name = link
            names.append(name)
        return self.path + "".join(reversed(names))


def passes(x: object) -> bool:
    """Return whether x is no number, but may stand beside some: None, text, a bool, ..., or an array of bools."""
    if isinstance(x, PASSED):
        return isinstance(getattr(x, "__self__", types), types.ModuleType)  # of a builtin function, its module
    return is_truth(x) or is_of_numpy(x)


def is_of_numpy(x: object) -> bool:
    """Return whether x is a function of NumPy's."""
    return type(x).__module__ == "numpy" and type(x).__name__ in OF_NUMPY


def _names_within(x: object, count: int) -> list[str]:
    """Return what to call each leaf of a number, an array or a module, behind its path."""
    if is_module(x):
        names = [name for name, _ in x.named_parameters()]
        return [f".{name}" for name in (names if len(names) == count else range(count))]
    if is_array(x) and x.shape:
        return [f"[{', '.join(map(str, i))}]" for i in itertools.product(*map(range, x.shape))][:count]
    return [""] * count


def is_whole(x: object) -> bool:
    """Return whether x is an int, or a traced number that stands for one."""
    return isinstance(x, int) or is_whole_of_numpy(x) or bool(getattr(x, "whole", False))


def unflatten(rebuild: Rebuild, leaves: Iterable[object]) -> Any:
    """Return the nest that `rebuild` makes of these leaves; arrays in it share the memory of an array of leaves."""
    return rebuild(_given(leaves))


def derivatives(rebuild: Rebuild, leaves: Iterable[object]) -> Any:
    """Return the nest of derivatives that `rebuild` makes of these leaves: None for what is no number."""
    return getattr(rebuild, "derivatives", rebuild)(_given(leaves))


def _given(leaves: Iterable[Any]) -> Iterator[Any]:
    return Stream(leaves) if type(leaves) is not list and is_array(leaves) else iter(leaves)


def flatten_as(x: object, like: object, path: str = "x", deriving: bool = False) -> list[Any]:
    """Return the leaves of x in the order of those of `like`; ValueError, with the path, unless it has the same nest.

    Dicts are matched by their keys; lists, tuples and arrays may stand for each other. With `deriving`, fields that a
    dataclass derives of others are left out.

    >>> flatten_as({"b": [1.0, 2.0], "a": 3.0}, {"a": 0.0, "b": (0.0, 0.0)})
    [3.0, 1.0, 2.0]
    >>> flatten_as([1.0, 2.0], [0.0, [0.0]])
    Traceback (most recent call last):
    ...
    ValueError: x[1]: expected a list of [0], not a number
    """
    found: list[Any] = []
    todo: list[tuple[Any, Any, str]] = [(x, like, path)]
    while todo:
        y, z, place = todo.pop()
        if place != path and passes(y) and passes(z):
            continue  # what has no derivative
        if isinstance(y, dict) and isinstance(z, dict) and y.keys() == z.keys():
            y = {key: y[key] for key in z}
        elif is_array(y) and is_array(z) and y.shape == z.shape:
            found += flatten(y, place)[0]
            continue
        mine, wanted = (opened(part.tolist() if is_array(part) else part) for part in (y, z))
        pairs = _paired(mine, wanted, z if deriving else None)
        if pairs is not None:
            todo += [(own, other, place + name) for name, own, other in reversed(pairs)]
            continue
        if mine is None and wanted is None:  # numbers, and modules
            leaves = flatten(y, place)[0]
            if len(leaves) == len(flatten(z)[0]):
                found += leaves
                continue
        flatten(y, place)  # what is no number at all has an error of its own
        raise ValueError(f"{place}: expected {_outline(z)}, not {_outline(y)}")
    return found


def _paired(mine: Parts | None, wanted: Parts | None, like: object) -> list[tuple[str, Any, Any]] | None:
    """Return (name, part, its twin) for two nests; None unless they are alike. Of a dataclass `like`, given fields."""
    if mine is None or wanted is None:
        return None
    if dataclasses.is_dataclass(like):
        names = set(opened(like, True)[0])  # type: ignore[index]  # it has parts
        mine, wanted = _only(mine, names), _only(wanted, names)
    return list(zip(mine[0], mine[1], wanted[1], strict=True)) if mine[0] == wanted[0] else None


def _only(parted: Parts, names: set[str]) -> Parts:
    kept = [(name, part) for name, part in zip(parted[0], parted[1], strict=True) if name in names]
    return [name for name, _ in kept], [part for _, part in kept], parted[2]


def _outline(x: object) -> str:
    """Return the outermost level of a nest in words."""
    if is_array(x):
        return f"an array of shape {x.shape}"
    parted = opened(x)
    if parted is None:
        return "a number" if isinstance(x, (Carrier, Real)) else f"a {type(x).__name__}"
    names = parted[0]
    return f"a {type(x).__name__} of {', '.join([*names[:4], *['...'][: len(names) - 4]]) or 'nothing'}"
