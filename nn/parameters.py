"""Finding what a module holds: its parameters, the modules below it, and what the search cannot look into.

An *array* is a Value, or a rectangular nest of Values in lists, tuples, deques or NumPy arrays: it is saved as one.
"""

import functools
import gc
import random
from collections import deque
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

from autograd import Primitive, Value, is_parameter, named_parts, scope

T = TypeVar("T")
Found = Iterator[tuple[str, Any]]
PLAIN: tuple[type, ...] = (bool, bytes, complex, float, int, str, type(None))
PLAIN += (BuiltinFunctionType, CodeType, ModuleType, Primitive, random.Random, scope, type)
QUICK = (Value, *PLAIN)
FAR = 10_000  # objects that are looked through for Values where the search cannot go


class Buffer:
    """A number of a list that a module learns without a gradient: saved and loaded as a Value is."""

    numbers: list[float]
    place: int

    def __init__(self, numbers: list[float], place: int) -> None:
        self.numbers, self.place = numbers, place

    @property
    def data(self) -> float:
        """The number."""
        return self.numbers[self.place]

    @data.setter
    def data(self, number: float) -> None:
        self.numbers[self.place] = number


class Search:
    """One walk through a module, or through anything that holds some."""

    root: object
    saving: bool

    def __init__(self, root: object, saving: bool = False) -> None:
        self.root, self.saving = root, saving
        self.computed: bool = bool(getattr(root, "_computed", False))  # a gradient: its parameters are results
        self.seen: dict[int, Any] = {}  # kept alive, so that nothing new can have the same id
        self.hidden: list[tuple[str, object]] = []  # what cannot be looked into

    def arrays(self) -> Found:
        """Yield (path, array) for each that holds a Value not met before; with `saving`, also for buffers.

        Raises TypeError for Values where they are not looked for.
        """
        yield from self.walk(self.root, "")
        self.check(type(self.root).__name__)

    def check(self, owner: str) -> None:
        """Raise TypeError if something that could not be looked into holds Values that were not found elsewhere."""
        for path, x in self.hidden:
            if any(id(y) not in self.seen for y in _values_in(x)):
                raise TypeError(
                    f"{owner}: {path} holds Values in {_place(x)}, where they are not found, trained or saved;"
                    " use a Module, list, dict, deque, dataclass or NumPy array, or register_node"
                )

    def walk(self, x: object, path: str) -> Found:
        """Yield what is below x, and note what cannot be looked into."""
        if shape(x, self.computed) is not None:
            new = {id(leaf): leaf for _, leaf in leaves(x) if id(leaf) not in self.seen}
            self.seen |= new
            if new:
                yield path, listed(x)
            return
        if isinstance(x, PLAIN) or id(x) in self.seen:
            return
        self.seen[id(x)] = x  # a module may hold one that holds it
        parts = parts_of(x)
        if parts is None:
            if not is_parameter(x, self.computed) and not isinstance(x, Value):
                self.hidden.append((path, x))
            return
        if is_module(x):
            kind: Any = type(x)
            self.hidden += [(joined(path, name), y) for name, y in _of_class(kind) if name not in vars(x)]
        if _is_keyed_by_objects(x):
            self.hidden.append((joined(path, "keys"), x.keys()))  # type: ignore[attr-defined]
        if self.saving:
            self._check_order(x, path)
            yield from [(joined(path, name), y) for name, y in buffers(x)]
        for key, y in parts.items():
            yield from self.walk(y, joined(path, key))

    def _check_order(self, x: object, path: str) -> None:
        if isinstance(x, (set, frozenset)) and len(x) > 1:
            raise ValueError(f"state_dict: {path} is a set, which has no order to be saved in; use a list")


@functools.lru_cache(maxsize=256)
def _of_class(kind: Any) -> list[tuple[str, Any]]:
    """Return (name, Value or module) for those that are attributes of a class, and so of no module alone."""
    named = [item for base in kind.__mro__ for item in vars(base).items()]
    return [(name, x) for name, x in named if isinstance(x, Value) or (is_module(x) and not isinstance(x, type))]


def _is_keyed_by_objects(x: object) -> bool:
    return isinstance(x, dict) and not all(isinstance(key, PLAIN) for key in x)


def _place(x: object) -> str:
    """Return in words where Values are hidden."""
    return "its class" if isinstance(x, Value) or is_module(x) else f"a {type(x).__name__}"


def refuse_hidden(module: object, name: str, x: object) -> None:
    """Raise TypeError if an attribute would hold Values that a module could not find, and holds nowhere else."""
    hidden: list[tuple[str, object]] = []
    waiting: list[tuple[str, Any]] = [(name, x)]
    seen: dict[int, object] = {}
    while waiting:
        path, y = waiting.pop()
        if is_quick(y) or is_module(y) or id(y) in seen:  # a module has looked at its attributes itself
            continue
        seen[id(y)] = y
        parts = named_parts(y)
        if _is_keyed_by_objects(y):
            hidden.append((joined(path, "keys"), y.keys()))
        if parts is None:
            hidden.append((path, y))
        else:
            waiting += [(joined(path, key), part) for key, part in parts.items()]
    if hidden:
        search = Search([vars(module), x])
        list(search.walk(search.root, ""))
        search.hidden = hidden
        search.check(type(module).__name__)


def joined(path: str, key: object) -> str:
    """Return the path of what stands at a key.

    >>> joined("", "layers"), joined("layers", 0)
    ('layers', 'layers.0')
    """
    return f"{path}.{key}" if path else str(key)


def is_module(x: object) -> bool:
    """Return whether x is a module, of `nn` or another; decided by its type, as some dicts answer any attribute."""
    return hasattr(type(x), "named_parameters")


def parts_of(x: object) -> dict[Any, Any] | None:
    """Return what a module or a container holds, by name; None for what is neither."""
    if not is_module(x):
        return named_parts(x)
    module: Any = x
    return module.attributes() if hasattr(type(x), "attributes") else dict(module.named_parameters())


def modules(root: object) -> Iterator[Any]:
    """Yield every module below x, and x where it is one, each once."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        x = waiting.pop()
        if isinstance(x, QUICK) or id(x) in seen:
            continue
        seen[id(x)] = x
        if is_module(x):
            yield x
            waiting += reversed(list(vars(x).values()))
        else:
            waiting += reversed(list((named_parts(x) or {}).values()))


def listed(x: object) -> object:
    """Return a sequence of one's own kind as a list; everything else as it is."""
    if isinstance(x, (Value, float, list, tuple)):
        return x
    if isinstance(x, deque):
        return list(x)
    return x.tolist() if getattr(getattr(x, "dtype", None), "kind", "") == "O" and hasattr(x, "tolist") else x


def shape(x: object, computed: bool = False) -> tuple[int, ...] | None:
    """Return the shape of an array, () for a Value; None for anything else."""
    if is_parameter(x, computed):
        return ()
    x = listed(x)
    if not isinstance(x, (list, tuple)) or not x:
        return () if is_parameter(x, computed) else None
    first = shape(x[0], computed)
    return None if first is None or any(shape(y, computed) != first for y in x) else (len(x), *first)


def leaves(array: object, path: str = "") -> Found:
    """Yield (path, Value) for each of an array."""
    array = listed(array)
    if isinstance(array, (list, tuple)):
        for i, part in enumerate(array):
            yield from leaves(part, joined(path, i))
    else:
        yield path, array


def buffers(x: object) -> list[tuple[str, list[Buffer]]]:
    """Return (name, array) for each list that a module learns without a gradient."""
    if not is_module(x):
        return []
    lists = [(name, getattr(x, name)) for name in getattr(x, "buffers", ())]
    return [(name, [Buffer(numbers, i) for i in range(len(numbers))]) for name, numbers in lists]


def _values_in(root: object) -> Iterator[Value]:
    """Yield the leaves that an object, which cannot be searched, holds all the same, as closures and iterators do."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting and len(seen) < FAR:
        x = waiting.pop()
        if isinstance(x, PLAIN) or id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, Value):
            if is_parameter(x):
                yield x
        elif getattr(getattr(x, "dtype", None), "kind", "") == "O":
            waiting += x.tolist() if x.ndim else [x.item()]  # type: ignore[attr-defined]
        elif isinstance(x, FunctionType):
            waiting += [x.__closure__, x.__defaults__, x.__kwdefaults__]
        elif type(x).__module__.partition(".")[0] == "autograd":  # what jit keeps of its calls is none of ours
            waiting.append(getattr(x, "__wrapped__", None))
        else:
            waiting += gc.get_referents(x)


def is_quick(x: object) -> bool:
    """Return whether it is plain at a glance that x is a Value, a list of some, or holds none."""
    return isinstance(x, QUICK) or (type(x) is list and all(isinstance(y, QUICK) for y in x))
