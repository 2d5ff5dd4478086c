"""`Dependencies`: whether what a function finds outside of its arguments is still what it was.

A compiled function has its closure variables, globals and defaults baked in, so they are gone through once and compared
at every call: names by identity, the contents of containers, arrays, objects and classes one by one, the numbers of
Values too. A float that was replaced by an equal one counts as changed, which costs a new trace and is never wrong. The
code of Python's library and of installed packages is taken as it is, and so is what objects written in C keep for
themselves, but for those named in `_contents`. The audit finds what is not looked at: what weak references refer to,
decimal's context, settings of NumPy and of the interpreter, modules imported by names that are made up, files, clocks.
"""

import array
import builtins
import collections
import contextvars
import copyreg
import dis
import functools
import os
import sys
import sysconfig
import types
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compile.impure import called
from autograd.compile.questions import questions
from autograd.compile.restoring import restored, same
from autograd.graph.value import Value, memory
from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive
from autograd.tape.pytree import is_array
from autograd.tape.sameness import ABSENT, Sameness

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

ALONE = "(*@.values(),)"  # values that are compared, but not gone through
OWN = ("autograd", "nn")
GONE = (
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)  # where something is not there any more
OPEN = {  # modules that keep nothing which is not seen
    *("builtins", "math", "cmath", "operator", "functools", "itertools", "collections", "typing", "types", "enum"),
    *("abc", "dataclasses", "copy", "numbers", "fractions", "statistics", "re", "contextlib", "warnings"),
    *("numpy", "random", *OWN),
}
PLAIN: tuple[type, ...] = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis))
PLAIN += tuple({type(memory)} - {types.FunctionType})  # functions of the compiled core


class Dependencies:
    """What objects, and all that Python functions among them can reach by name, refer to; `changed()` compares it.

    With `values=False` the numbers of Values are left out: those of a model that is an argument. What is common is
    compared in the core, by `Sameness`; all other comparisons are one expression, compiled. What has an id in `without`
    is not looked into.
    """

    catches: bool
    identity: bool
    hides: bool

    def __init__(self, *objects: object, values: bool = True, without: Container[int] = ()) -> None:
        self.seen: dict[int, Any] = {}  # kept alive, so that no other object gets the same id
        self.names: dict[str, Any] = dict(HELPERS)
        self.sameness: Sameness = Sameness()
        self.comparisons: dict[tuple[int, str], str] = {}  # each with what was found at first; "" for those in the core
        self.found: list[tuple[Any, str, Any]] = []  # (a base, an expression, what it found), to restore it
        self.modules: dict[int, types.ModuleType] = {}
        self.questions: dict[types.CodeType, str] = {}  # code that asks what no traced number can answer, and what
        self.catches = self.identity = False  # whether any code catches exceptions, compares identities
        self.hides = False  # whether any may keep, or ask for, what is not looked at
        self.iterates: str = ""  # the type of an iterator among these: another call would find it further on
        self.mentioned: set[str] = set()  # by the code of any function
        self.met: list[int] = []  # what has been met of `without`, each time
        queue: list[Any] = list(objects)
        numbers: list[Value] = []
        while queue or self._of_modules(queue):
            x = queue.pop()
            if id(x) in without:
                self.met.append(id(x))
                continue
            if type(x) in PLAIN or id(x) in self.seen or (isinstance(x, Primitive) and not x.home):
                continue
            self.seen[id(x)] = x
            self.hides |= _hides(x)
            if hasattr(type(x), "__next__") and _installed(type(x).__module__):
                self.iterates = type(x).__name__
            if isinstance(x, type):
                copyreg._slotnames(x)  # type: ignore[attr-defined]  # kept in the class when an instance is copied
            if isinstance(x, Carrier):
                if values and type(x) is Value:
                    self.sameness.add_number(x)
                    self.found.append((x, "", x.data))
                    numbers.append(x)
            elif is_array(x) and not x.dtype.hasobject:
                self._equal(functools.partial(_bits, x), x, x.copy())
                queue += self._held(x, "(entries(vars(@)))", False) if attribute(x, "__dict__") else ()
            elif isinstance(x, (bytearray, array.array, memoryview)):
                self._equal(functools.partial(bytes, x), x, bytes(x))
            else:
                kind = type(x)
                if not _installed(kind.__module__):
                    queue.append(kind)
                fixed = isinstance(x, types.FunctionType) and (x.__module__ or "").partition(".")[0] in OWN
                for base, text in _expressions(x):
                    queue += self._held(base, text, fixed)
                queue += self._within(x)
        self._of_values(numbers)

    def _of_values(self, numbers: Iterable[Value]) -> None:
        """Compare gradients and names of Values, where any function mentions these."""
        for name, text in {"grad": "@.grad.hex()", "name": "@.name"}.items():
            for x in numbers if name in self.mentioned else ():
                found = _expression(text)(x)
                self.comparisons[id(x), text] = f"{text.replace('@', self._named(x))} == {found!r}"
                self.found.append((x, text, found))

    def _within(self, x: object) -> Iterable[Any]:
        """Return what an object always refers to; remember modules, and names that functions mention."""
        if isinstance(x, (tuple, frozenset)):
            return x
        if isinstance(x, types.ModuleType):
            self.modules[id(x)] = x
        elif isinstance(x, types.FunctionType) and not _installed(x.__module__):
            self.mentioned |= _names(x)
            for code in _codes(x):
                asked = questions(code)
                self.catches |= asked.catches
                self.identity |= asked.identity
                what = asked.answered(x.__globals__)
                if what:
                    self.questions[code] = what
        elif x is os.getenv:
            return (os.environ,)
        elif isinstance(x, types.BuiltinMethodType) and not isinstance(x.__self__, types.ModuleType):
            return (x.__self__,)
        elif isinstance(x, (type({}.keys()), type({}.values()), type({}.items()))):
            return (x.mapping,)
        return ()

    def _of_modules(self, queue: list[Any]) -> bool:
        """Compare what functions may mention of modules; return whether anything new was found."""
        for module in list(self.modules.values()):
            space = vars(module)
            for name in self.mentioned & space.keys():
                text = f"@.get({name!r}, ABSENT)"
                if (id(space), text) not in self.comparisons:
                    queue += self._held(space, text, False)
        return bool(queue)

    @functools.cached_property
    def impure(self) -> str:
        """Which clock, or source of entropy, the functions name; "" for none."""
        functions = [x for x in self.seen.values() if isinstance(x, types.FunctionType)]
        return called(f for f in functions if not _installed(f.__module__))

    @functools.cached_property
    def unchanged(self) -> Callable[[], bool]:
        """A function that returns whether all is what it was."""
        self.names["unchanged"] = self.sameness.unchanged
        texts = [text for text in self.comparisons.values() if text]
        if not texts:
            return self.sameness.unchanged
        return eval(f"lambda: {' and '.join(['unchanged()', *texts])}", self.names)  # type: ignore[no-any-return]

    def _named(self, x: object) -> str:
        """Return a name for an object in the expression."""
        name = f"x{len(self.names)}"
        self.names[name] = x
        return name

    def _held(self, base: object, text: str, fixed: bool) -> Sequence[Any]:
        """Return the objects that an expression of @, the base, finds; unless `fixed`, compare them from now on.

        A text that starts with `(` gives a tuple of them, any other gives one.
        """
        found = _expression(text)(base)
        many = text.startswith("(")
        if not fixed and (id(base), text) not in self.comparisons:
            self.comparisons[id(base), text] = ""
            if not self.sameness.add(base, text, found):
                now, then = text.replace("@", self._named(base)), self._named(found)
                self.comparisons[id(base), text] = f"same({now}, {then})" if many else f"({now}) is {then}"
            self.found.append((base, text, found))
        return () if text == ALONE else found if many else (found,)

    def _equal(self, state: Callable[[], object], x: object, found: object) -> None:
        self.comparisons[id(state), ""] = f"{self._named(state)}() == {self._named(state())}"
        self.found.append((x, "", found))

    def stepped(self) -> bool:
        """Return whether the number of any Value is not what it was."""
        return [x.data for x in self.sameness.values] != self.sameness.numbers

    def restore(self) -> bool:
        """Make all what it was; return whether anything was not."""
        if not self.changed():
            return False
        changed = False
        for base, text, found in self.found:
            changed |= restored(base, text, found)
        return changed

    def changed(self) -> bool:
        """Return whether anything is not what it was."""
        try:
            return not self.unchanged()
        except GONE:
            return True


def _bits(x: "Array") -> tuple[Any, ...]:
    return x.shape, x.dtype, sys.modules["numpy"].ndarray.tobytes(x)  # of masked arrays too


def attribute(x: object, name: str) -> Any:
    """Return an attribute of a user's object, None where there is none, whatever its `__getattr__` may raise."""
    try:
        return getattr(x, name, None)
    except Exception:  # of a user's code
        return None


@functools.cache
def _installed(name: object) -> bool:
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


def _hides(x: object) -> bool:
    """Return whether an object is a function, or has a type, of another library, that may keep a state."""
    if isinstance(x, (type, types.ModuleType)):
        return False
    function = isinstance(x, (types.FunctionType, types.BuiltinFunctionType))
    module = attribute(x if function else type(x), "__module__")
    if not _installed(module) or _contents(x):
        return False
    settings = function and str(attribute(x, "__name__")).startswith("get")  # np.geterr
    return settings or str(module).partition(".")[0].lstrip("_") not in OPEN


def _expressions(x: object) -> Iterator[tuple[Any, str]]:
    """Yield (a base, an expression of @, the base), for what can change in an object: see `Dependencies._held`."""
    if isinstance(x, types.FunctionType):
        yield from _function(x)
    elif isinstance(x, type):
        for base in x.__mro__:
            if not _installed(base.__module__):
                yield base, "(entries(vars(@)))"
                yield base, "@.__bases__"
    elif isinstance(x, types.ModuleType):
        return  # what functions name of it is compared with them
    elif (
        not isinstance(x, types.MethodType)  # which has the attributes of its function
        and attribute(x, "__wrapped__") is not None
        and _installed(type(x).__module__)
    ):
        yield x, "@.__wrapped__"  # a jit, a cache: what it keeps does not count
    else:
        contents = _contents(x)
        if contents:
            yield x, contents
        if isinstance(x, collections.defaultdict):
            yield x, "@.default_factory"
        if isinstance(attribute(x, "__dict__"), (dict, types.MappingProxyType)):
            yield x, "(entries(vars(@)))"
        if not _installed(type(x).__module__):
            yield x, "type(@)"
        yield from _slots(x)


def _slots(x: object) -> Iterator[tuple[Any, str]]:
    """Yield expressions for the slots of an object, of classes in Python."""
    for base in type(x).__mro__ if str(type(x).__module__).partition(".")[0] not in OWN else ():
        slots = vars(base).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            own = f"_{base.__name__.lstrip('_')}{name}" if private else name
            if own not in ("__dict__", "__weakref__"):
                yield x, f"getattr(@, {own!r}, ABSENT)"


def _entries(names: Any) -> tuple[Any, ...]:
    return (*names.keys(), *names.values())


def _contents(x: object) -> str:
    """Return an expression of x for what a container, or something like it, holds; none for what holds nothing."""
    if isinstance(x, (dict, types.MappingProxyType)):
        return "(entries(@))"
    if isinstance(x, (list, set, collections.deque)):
        return "(*@,)"
    if is_array(x):
        return "(*@.ravel().tolist(),)"
    if isinstance(x, types.MethodType):
        return "(@.__func__, @.__self__)"
    if isinstance(x, functools.partial):
        return "(@.func, @.args, @.keywords)"
    if isinstance(x, contextvars.ContextVar):
        return "@.get(ABSENT)"
    if isinstance(x, weakref.ref):
        return "@() is None"
    if isinstance(x, BaseException):
        return "(@.args)"
    if isinstance(x, property):
        return "(@.fget, @.fset, @.fdel)"
    if isinstance(x, (staticmethod, classmethod)):
        return "@.__func__"
    return ""


def _function(x: types.FunctionType) -> Iterator[tuple[Any, str]]:
    """Yield expressions for a function's code, defaults and attributes, its closure and the globals that it names."""
    yield from [(x, "@.__code__"), (x, "@.__defaults__"), (x, "@.__kwdefaults__")]
    for cell in x.__closure__ or ():
        yield cell, "cell(@)" if _cell(cell) is ABSENT else "@.cell_contents"
    if not _installed(x.__module__):
        yield x, "(entries(@.__dict__))" if x.__dict__ else "not @.__dict__"
        yield from _globals(x)


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return ABSENT


HELPERS: dict[str, Any] = {"same": same, "cell": _cell, "entries": _entries, "ABSENT": ABSENT}


@functools.cache
def _expression(text: str) -> Callable[[Any], Any]:
    return eval(f"lambda x: {text.replace('@', 'x')}", HELPERS)  # type: ignore[no-any-return]


def _codes(f: types.FunctionType) -> list[types.CodeType]:
    """Return a function's code, and that of all functions in it."""
    found = [f.__code__]
    for code in found:
        found += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return found


def _names(f: types.FunctionType) -> set[str]:
    """Return all names in a function's code, as names or as text: of globals, of attributes."""
    found: set[str] = set()
    for code in _codes(f):
        found |= {*code.co_names, *[c for c in code.co_consts if isinstance(c, str) and c.isidentifier()]}
    return {name for name in found if not name.startswith("@")}  # which pytest writes into asserts


def _globals(f: types.FunctionType) -> Iterator[tuple[Any, str]]:
    """Yield expressions for the globals and builtins that a function's code names, and the modules that it imports."""
    names = _names(f)
    for name in sorted(names):
        yield f.__globals__, f"@.get({name!r}, ABSENT)"
        if name not in f.__globals__ and name in vars(builtins):
            yield vars(builtins), f"@.get({name!r}, ABSENT)"
    if "globals" in names:
        yield f.__globals__, ALONE
    for code in _codes(f):
        for x in dis.get_instructions(code):
            text = isinstance(x.argval, str) and "import_module" in names and x.argval in sys.modules
            if text or x.opname == "IMPORT_NAME":
                yield sys.modules, f"@.get({x.argval!r}, ABSENT)"
