"""`Watch`: whether what a function finds outside of its arguments is still what it was.

Start at `Watch`. A compiled function has its closure variables, globals and defaults baked in, so they are looked
through once and compared at every call: names by identity, the contents of lists, tuples, dicts, sets, arrays and
objects one by one, the numbers of Values too. The one surprise: nothing is compared for equality but arrays and
Values; a float that was replaced by an equal one counts as changed, which costs a new trace and is never wrong.
"""

import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

from autograd.carrier import Carrier
from autograd.primitive import Primitive
from autograd.tree import is_array
from autograd.value import Value, memory

ABSENT = object()
OWN = ("autograd", "nn")  # whose globals do not change
PLAIN: tuple[type, ...] = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis), type, types.ModuleType)
PLAIN += tuple({type(memory)} - {types.FunctionType})  # functions of the compiled core


class Watch:
    """What objects, and all that Python functions among them can reach by name, refer to; `changed()` looks again.

    With `values=False` the numbers of Values are left out: those of a model that is an argument.
    """

    def __init__(self, *objects: Any, values: bool = True) -> None:
        self.seen: dict[int, Any] = {}  # kept alive, so that no other object gets the same id
        self.looks: list[tuple[Callable[[], Any], Any]] = []
        queue: list[Any] = list(objects)
        while queue:
            x = queue.pop()
            if isinstance(x, PLAIN) or id(x) in self.seen or (isinstance(x, Primitive) and not x.home):
                continue
            self.seen[id(x)] = x
            if isinstance(x, Carrier) and not (values and type(x) is Value):
                continue
            fixed = isinstance(x, types.FunctionType) and (x.__module__ or "").partition(".")[0] in OWN
            for look in _looks(x):
                now = look()
                if not fixed:  # what our own functions close over stays what it is
                    self.looks.append((look, now))
                queue += now if isinstance(now, tuple) else ()

    def changed(self) -> bool:
        """Return whether anything is not what it was."""
        for look, then in self.looks:
            now = look()
            if isinstance(then, tuple) and then and type(then[0]) is not bytes:
                if len(now) != len(then) or not all(map(operator.is_, now, then)):
                    return True
            elif now != then:
                return True
        return False


def _looks(x: Any) -> Iterator[Callable[[], Any]]:
    """Yield functions that return, now and later, what can change in an object: tuples of objects, or bytes."""
    if isinstance(x, types.FunctionType):
        yield lambda: (x.__code__, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values())
        if x.__closure__:
            cells = x.__closure__
            yield lambda: tuple([_cell(cell) for cell in cells])
        if (x.__module__ or "").partition(".")[0] not in OWN:
            yield from _globals(x)
    elif hasattr(x, "__wrapped__"):  # another jit: what it keeps for itself does not count
        yield lambda: (x.__wrapped__,)
    elif isinstance(x, types.MethodType):
        yield lambda: (x.__func__, x.__self__)
    elif isinstance(x, Value):
        yield lambda: x.data.hex()
    elif isinstance(x, dict):
        yield lambda: tuple(x.keys()) + tuple(x.values())
    elif isinstance(x, (list, tuple)):
        yield lambda: tuple(x)
    elif isinstance(x, (set, frozenset)):
        yield lambda: frozenset(x)
    elif is_array(x):
        yield (lambda: tuple(x.ravel().tolist())) if x.dtype.hasobject else (lambda: (x.tobytes(),))
        yield lambda: str(x.shape)
    elif getattr(x, "__dict__", None) is not None:
        kind = type(x)
        yield lambda: tuple(vars(x).values())
        if (kind.__module__ or "").partition(".")[0] not in (*OWN, "builtins"):
            yield lambda: tuple([y for base in kind.__mro__[:-1] for y in vars(base).values() if _python(y)])
    elif hasattr(type(x), "__slots__"):
        names = [name for base in type(x).__mro__ for name in getattr(base, "__slots__", ())]
        yield lambda: tuple([getattr(x, name, ABSENT) for name in names])


def _python(y: Any) -> bool:
    return isinstance(y, (types.FunctionType, *PLAIN[:6]))


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return ABSENT


def _globals(f: types.FunctionType) -> Iterator[Callable[[], Any]]:
    """Yield looks at the globals that a function's code names, and at what it may name of a module among them."""
    names, codes = set(), [f.__code__]
    for code in codes:
        names |= set(code.co_names)
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    space = f.__globals__
    known = sorted(names)
    yield lambda: tuple([space.get(name, ABSENT) for name in known])
    modules = [space[name] for name in known if isinstance(space.get(name), types.ModuleType)]
    inside = [(vars(m), name) for m in modules for name in known if name in vars(m)]
    if inside:
        yield lambda: tuple([space.get(name, ABSENT) for space, name in inside])
