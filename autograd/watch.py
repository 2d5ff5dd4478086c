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
import re
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator, Sequence
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

    With `values=False` the numbers of Values are left out: those of a model that is an argument. All looks are one
    expression, compiled: a hundred names are looked at in some microseconds.
    """

    def __init__(self, *objects: Any, values: bool = True) -> None:
        self.seen: dict[int, Any] = {}  # kept alive, so that no other object gets the same id
        self.names: dict[str, Any] = dict(HELPERS)
        self.looks: dict[tuple[int, str], str] = {}  # each a comparison with what was found at first
        queue: list[Any] = list(objects)
        while queue:
            x = queue.pop()
            if isinstance(x, PLAIN) or id(x) in self.seen or (isinstance(x, Primitive) and not x.home):
                continue
            self.seen[id(x)] = x
            if isinstance(x, Carrier):
                if values and type(x) is Value:
                    self._equal(functools.partial(_number, x))
            elif is_array(x) and not x.dtype.hasobject:
                self._equal(functools.partial(_bits, x))
            elif isinstance(x, (bytearray, array.array, memoryview)):
                self._equal(functools.partial(bytes, x))
            else:
                kind = type(x)
                if not _installed(kind.__module__):
                    queue.append(kind)
                fixed = isinstance(x, types.FunctionType) and (x.__module__ or "").partition(".")[0] in OWN
                for base, text in _looks(x):
                    queue += self._held(base, text, fixed)
                if isinstance(x, (tuple, frozenset)):  # which stay what they are
                    queue += x

    @functools.cached_property
    def unchanged(self) -> Callable[[], bool]:
        """A function that returns whether all is what it was."""
        return eval(f"lambda: {' and '.join(self.looks.values()) or True}", self.names)  # type: ignore[no-any-return]

    def _named(self, x: Any) -> str:
        """Return a name for an object in the expression."""
        name = f"x{len(self.names)}"
        self.names[name] = x
        return name

    def _held(self, base: Any, text: str, fixed: bool) -> Sequence[Any]:
        """Return the objects that a look at x, the base, finds; unless it is fixed they must be the same ever after.

        A text that starts with `(` gives a tuple of them, any other gives one.
        """
        found = _expression(text)(base)
        many = text.startswith("(")
        if not fixed and (id(base), text) not in self.looks:
            look, then = re.sub(r"\bx\b", self._named(base), text), self._named(found)
            self.looks[id(base), text] = f"same({look}, {then})" if many else f"({look}) is {then}"
        return found if many else (found,)

    def _equal(self, look: Callable[[], Any]) -> None:
        self.looks[id(look), ""] = f"{self._named(look)}() == {self._named(look())}"

    def changed(self) -> bool:
        """Return whether anything is not what it was."""
        try:
            return not self.unchanged()
        except ValueError:  # a variable that functions share was deleted
            return True


def _same(now: tuple[Any, ...], then: tuple[Any, ...]) -> bool:
    return len(now) == len(then) and all(map(operator.is_, now, then))


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


def _looks(x: Any) -> Iterator[tuple[Any, str]]:
    """Yield (a base, an expression of x, the base), which gives what can change in an object: see `Watch._held`."""
    if isinstance(x, types.FunctionType):
        yield from _function(x)
    elif isinstance(x, type):
        for base in x.__mro__:
            if not _installed(base.__module__):
                yield base, "(entries(vars(x)))"
    elif isinstance(x, types.ModuleType):
        return  # what functions name of it is looked at with them
    elif hasattr(x, "__wrapped__"):  # another jit, or a cache: what it keeps for itself does not count
        yield x, "x.__wrapped__"
    else:
        contents = _contents(x)
        if contents:
            yield x, contents
        if getattr(x, "__dict__", None) is not None:
            yield x, "(entries(vars(x)))"
        if not _installed(type(x).__module__):
            for name in [name for base in type(x).__mro__ for name in getattr(base, "__slots__", ())]:
                yield x, f"getattr(x, {name!r}, ABSENT)"


def _entries(names: Any) -> tuple[Any, ...]:
    return (*names.keys(), *names.values())


def _contents(x: Any) -> str:
    """Return an expression of x for what a container, or something like it, holds; none for what holds nothing."""
    if isinstance(x, (dict, types.MappingProxyType)):
        return "(entries(x))"
    if isinstance(x, (list, set, collections.deque)):
        return "(*x,)"
    if is_array(x):
        return "(*x.ravel().tolist(),)"
    if isinstance(x, types.MethodType):
        return "(x.__func__, x.__self__)"
    if isinstance(x, functools.partial):
        return "(x.func, x.args, x.keywords)"
    if isinstance(x, property):
        return "x.fget"
    if isinstance(x, (staticmethod, classmethod)):
        return "x.__func__"
    return ""


def _function(x: types.FunctionType) -> Iterator[tuple[Any, str]]:
    """Yield looks at a function's code, defaults and attributes, at its closure and at the globals that it names."""
    yield x, "x.__code__"
    yield x, "x.__defaults__"
    if x.__kwdefaults__:
        yield x, "(*x.__kwdefaults__.values(),)"
    for cell in x.__closure__ or ():
        yield cell, "cell(x)" if _cell(cell) is ABSENT else "x.cell_contents"
    if not _installed(x.__module__):
        yield x, "(entries(x.__dict__))" if x.__dict__ else "not x.__dict__"
        yield from _globals(x)


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return ABSENT


HELPERS = {"same": _same, "cell": _cell, "entries": _entries, "ABSENT": ABSENT}


@functools.cache
def _expression(text: str) -> Callable[[Any], Any]:
    return eval(f"lambda x: {text}", HELPERS)  # type: ignore[no-any-return]


def _globals(f: types.FunctionType) -> Iterator[tuple[Any, str]]:
    """Yield looks at the globals that a function's code names, and at what it may name of modules among them."""
    names, imported, codes = set(), set(), [f.__code__]
    for code in codes:
        names |= set(code.co_names)
        imported |= {x.argval for x in dis.get_instructions(code) if x.opname == "IMPORT_NAME"}
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    space, known = f.__globals__, sorted(names)
    yield from [(space, f"x.get({name!r}, ABSENT)") for name in known]
    yield from [(sys.modules, f"x.get({name!r}, ABSENT)") for name in imported]
    modules = [*map(space.get, known), *map(sys.modules.get, imported), *map(_cell, f.__closure__ or ())]
    modules = [y for y in modules if isinstance(y, types.ModuleType)]
    for module in modules:
        own = [name for name in known if name in vars(module)]
        yield from [(vars(module), f"x.get({name!r}, ABSENT)") for name in own]
        found = [vars(module)[name] for name in own]
        modules += [y for y in found if isinstance(y, types.ModuleType) and y not in modules]
