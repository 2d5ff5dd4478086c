"""`Watch`: whether what a function finds outside of its arguments is still what it was.

Start at `Watch`. A compiled function has its closure variables, globals and defaults baked in, so they are looked
through once and compared at every call: names by identity, the contents of containers, arrays, objects and classes one
by one, the numbers of Values too. The one surprise: a float that was replaced by an equal one counts as changed, which
costs a new trace and is never wrong. The code of Python's library and of installed packages is taken as it is, and so
is what objects written in C keep for themselves, but for the containers named in `_contents`.
"""

import array
import collections
import dis
import functools
import operator
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from typing import Any

from autograd.carrier import Carrier
from autograd.primitive import Primitive
from autograd.tree import is_array
from autograd.value import Value, memory

ABSENT = object()
OWN = ("autograd", "nn")
PLAIN: tuple[type, ...] = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis))
PLAIN += tuple({type(memory)} - {types.FunctionType})  # functions of the compiled core


class Watch:
    """What objects, and all that Python functions among them can reach by name, refer to; `changed()` looks again.

    With `values=False` the numbers of Values are left out: those of a model that is an argument.
    """

    def __init__(self, *objects: Any, values: bool = True) -> None:
        self.seen: dict[int, Any] = {}  # kept alive, so that no other object gets the same id
        self.held: list[tuple[Callable[[], tuple[Any, ...]], tuple[Any, ...]]] = []  # the same objects, in order
        self.equal: list[tuple[Callable[[], Any], Any]] = []
        queue: list[Any] = list(objects)
        while queue:
            x = queue.pop()
            if isinstance(x, PLAIN) or id(x) in self.seen or (isinstance(x, Primitive) and not x.home):
                continue
            self.seen[id(x)] = x
            if isinstance(x, Carrier):
                if values and type(x) is Value:
                    self._remember(self.equal, functools.partial(_number, x))
            elif is_array(x) and not x.dtype.hasobject:
                self._remember(self.equal, functools.partial(_bits, x))
            elif isinstance(x, (bytearray, array.array, memoryview)):
                self._remember(self.equal, functools.partial(bytes, x))
            else:
                kind = type(x)
                if not _installed(kind.__module__):
                    queue.append(kind)
                fixed = isinstance(x, types.FunctionType) and (x.__module__ or "").partition(".")[0] in OWN
                for look in _looks(x):
                    queue += look() if fixed else self._remember(self.held, look)

    @staticmethod
    def _remember(looks: list[tuple[Callable[[], Any], Any]], look: Callable[[], Any]) -> Any:
        now = look()
        looks.append((look, now))
        return now

    def changed(self) -> bool:
        """Return whether anything is not what it was."""
        for look, then in self.held:
            now = look()
            if len(now) != len(then) or not all(map(operator.is_, now, then)):
                return True
        return any(look() != then for look, then in self.equal)


def _bits(x: Any) -> tuple[Any, bytes]:
    return x.shape, x.tobytes()


def _number(x: Value) -> str:
    return x.data.hex()


@functools.cache
def _installed(name: Any) -> bool:
    """Return whether a module is of Python's own library or of an installed package, and so stays what it is."""
    if not isinstance(name, str):  # types written in C may have a descriptor here
        return name is not None
    top = name.partition(".")[0]
    if top in OWN or top in sys.stdlib_module_names:
        return True
    module = sys.modules.get(top)
    places = [getattr(module, "__file__", None) or "", *(getattr(module, "__path__", None) or ())]
    folders = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    return any(str(place).startswith(folders) or "dist-packages" in str(place) for place in places)


def _looks(x: Any) -> Iterator[Callable[[], tuple[Any, ...]]]:
    """Yield functions that return, now and later, the objects that can change in an object."""
    if isinstance(x, types.FunctionType):
        yield from _function(x)
    elif isinstance(x, type):
        if not _installed(x.__module__):
            bases = [base for base in x.__mro__ if not _installed(base.__module__)]
            yield lambda: tuple([y for base in bases for y in _entries(vars(base))])
    elif isinstance(x, types.ModuleType):
        return  # what functions name of it is looked at with them
    elif hasattr(x, "__wrapped__"):  # another jit, or a cache: what it keeps for itself does not count
        yield lambda: (x.__wrapped__,)
    else:
        contents = _contents(x)
        if contents is not None:
            yield contents
        if getattr(x, "__dict__", None) is not None:
            yield lambda: _entries(vars(x))
        names = [name for base in type(x).__mro__ for name in getattr(base, "__slots__", ())]
        if names and not _installed(type(x).__module__):
            yield lambda: tuple([getattr(x, name, ABSENT) for name in names])


def _entries(names: Any) -> tuple[Any, ...]:
    return (*names.keys(), *names.values())


def _contents(x: Any) -> Callable[[], tuple[Any, ...]] | None:
    """Return a function that returns what a container, or something like it, holds; None for what holds nothing."""
    if isinstance(x, (dict, types.MappingProxyType)):
        return lambda: _entries(x)
    if isinstance(x, (list, tuple, set, frozenset, collections.deque)):
        return lambda: tuple(x)
    if is_array(x):
        return lambda: tuple(x.ravel().tolist())
    if isinstance(x, types.MethodType):
        return lambda: (x.__func__, x.__self__)
    if isinstance(x, functools.partial):
        return lambda: (x.func, x.args, x.keywords)
    if isinstance(x, property):
        return lambda: (x.fget,)
    if isinstance(x, (staticmethod, classmethod)):
        return lambda: (x.__func__,)
    return None


def _function(x: types.FunctionType) -> Iterator[Callable[[], tuple[Any, ...]]]:
    """Yield looks at a function's code, defaults and attributes, at its closure and at the globals that it names."""
    yield lambda: (x.__code__, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values())
    if x.__closure__:
        cells = x.__closure__
        yield lambda: tuple([_cell(cell) for cell in cells])
    if not _installed(x.__module__):
        yield lambda: _entries(x.__dict__)
        yield from _globals(x)


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return ABSENT


def _globals(f: types.FunctionType) -> Iterator[Callable[[], tuple[Any, ...]]]:
    """Yield looks at the globals that a function's code names, and at what it may name of modules among them."""
    names, imported, codes = set(), set(), [f.__code__]
    for code in codes:
        names |= set(code.co_names)
        imported |= {x.argval for x in dis.get_instructions(code) if x.opname == "IMPORT_NAME"}
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    space, known = f.__globals__, sorted(names)
    yield lambda: tuple([space.get(name, ABSENT) for name in known])
    if imported:
        yield lambda: tuple([sys.modules.get(name, ABSENT) for name in imported])
    modules = [*map(space.get, known), *map(sys.modules.get, imported), *map(_cell, f.__closure__ or ())]
    modules = [y for y in modules if isinstance(y, types.ModuleType)]
    found = []
    for module in modules:
        own = [(vars(module), name) for name in known if name in vars(module)]
        found += own
        modules += [y for y in (d[n] for d, n in own) if isinstance(y, types.ModuleType) and y not in modules]
    if found:
        yield lambda: tuple([d.get(name, ABSENT) for d, name in found])
