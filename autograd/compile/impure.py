"""What gives something else at every call, whatever it is given: random generators, clocks, entropy.

Generators are seen to be drawn from by their states, before and after; of clocks and entropy, which have none, the code
that names them is looked for.
"""

import datetime
import dis
import os
import pickle
import random
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MISSING = object()
CLOCKS = (
    "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time"
    " thread_time_ns localtime gmtime ctime"
)
IMPURE: dict[Any, str] = {getattr(time, name): f"time.{name}" for name in CLOCKS.split() if hasattr(time, name)}
IMPURE |= {getattr(os, name): f"os.{name}" for name in ("urandom", "getrandom", "times") if hasattr(os, name)}
IMPURE |= {getattr(datetime.datetime, name): f"datetime.{name}" for name in ("now", "today", "utcnow")}
IMPURE |= {datetime.date.today: "date.today"}
BY_NAME: dict[str, tuple[str, ...]] = {
    "uuid": ("uuid1", "uuid4"),
    "secrets": ("choice", "randbelow", "randbits", "token_bytes", "token_hex"),
}


def called(functions: Iterable[types.FunctionType]) -> str:
    """Return which clock, or source of entropy, the code of any of some functions names; "" for none."""
    known: dict[Any, str] = dict(IMPURE)
    for module, names in BY_NAME.items():
        known |= {getattr(sys.modules[module], x): f"{module}.{x}" for x in names if module in sys.modules}
    for f in functions:
        for x in _named(f):
            if isinstance(x, types.MethodType) and isinstance(x.__self__, random.SystemRandom):
                return f"SystemRandom.{x.__name__}"
            if isinstance(x, (types.BuiltinFunctionType, types.FunctionType)) and x in known:
                return known[x]
    return ""


def _named(f: types.FunctionType) -> Iterator[Any]:
    """Yield what a function's code names: globals, variables of its closure, and attributes of modules and types."""
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=False))
    codes = [f.__code__]
    for code in codes:
        codes += [x for x in code.co_consts if isinstance(x, types.CodeType)]
        imported: dict[str, Any] = {}
        x: Any = MISSING
        for one in dis.get_instructions(code):
            name = one.argval
            if one.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
                x = getattr(x, name, MISSING) if isinstance(x, (types.ModuleType, type, random.Random)) else MISSING
            elif one.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                x = imported.get(name, f.__globals__.get(name, MISSING))
            elif one.opname in ("LOAD_DEREF", "LOAD_FAST"):
                x = imported.get(name, _content(cells.get(name)))
            elif one.opname == "IMPORT_NAME":
                x = sys.modules.get(name, MISSING)
            elif one.opname.startswith("STORE_"):
                imported[name] = x
            elif one.opname not in ("PUSH_NULL", "CACHE", "EXTENDED_ARG", "PRECALL"):
                x = MISSING
            if x is not MISSING:
                yield x


def _content(cell: types.CellType | None) -> Any:
    try:
        return MISSING if cell is None else cell.cell_contents
    except ValueError:  # not assigned yet
        return MISSING


class Generators:
    """Random generators as they are now: those of `random` and NumPy, and all among some objects.

    >>> generators = Generators([])
    >>> generators.drawn()
    False
    >>> x = random.random()
    >>> generators.drawn()
    True
    >>> generators.restore()
    >>> random.random() == x
    True
    """

    def __init__(self, objects: Iterable[object]) -> None:
        known = {id(x): x for x in [random.random.__self__, *objects, *_of_numpy()]}  # type: ignore[attr-defined]
        self.states: list[tuple[Callable[[], Any], Callable[[Any], object], Any]] = [
            (*how, how[0]()) for x in known.values() if (how := _state(x)) is not None
        ]

    def drawn(self) -> bool:
        """Return whether any has been drawn from, or seeded."""
        return not all(_same(get(), state) for get, _, state in self.states)

    def restore(self) -> None:
        """Make all what they were."""
        for _, put, state in self.states:
            put(state)


def _same(now: Any, then: Any) -> bool:
    return bool(now == then) if isinstance(now, tuple) else pickle.dumps(now) == pickle.dumps(then)


def _of_numpy() -> list[Any]:
    module = sys.modules.get("numpy.random.mtrand")
    return [] if module is None else [module._rand]


def _state(x: Any) -> tuple[Callable[[], Any], Callable[[Any], object]] | None:
    """Return (how to ask for the state of a generator, how to set it); None for what is none."""
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else (x.getstate, x.setstate)
    if not str(type(x).__module__).startswith("numpy.random"):
        return None
    if hasattr(x, "get_state"):
        return lambda: x.get_state(legacy=False), x.set_state
    source = getattr(x, "bit_generator", x)
    if not hasattr(source, "state"):
        return None
    return lambda: source.state, lambda state: setattr(source, "state", state)
