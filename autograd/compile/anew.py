"""Functions that refer to modules whose weights change between calls: the weights are read anew by every call.

A module that a closure or a global name of a function holds is given to a copy of the function as an argument, so that
its weights are inputs of the program; it is not compiled again after an optimizer step.
"""

import dis
import types
from collections.abc import Callable, Iterator
from typing import Any

from autograd.compile.dependencies import Dependencies
from autograd.primitives.carrier import Carrier
from autograd.tape.pytree import flatten, is_module

CHANGED = (dict, list, set, Carrier)  # what two names must not share, as only one of them would be given anew
STORED = ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF")


class Reopened(Exception):
    """Something has changed, so it must be looked again which modules a function refers to."""


class Opened:
    """A function of the modules that another refers to, and of its arguments."""

    cells: dict[int, Any]
    names: dict[str, Any]

    def __init__(self, f: types.FunctionType, cells: dict[int, Any], names: dict[str, Any]) -> None:
        self.f: types.FunctionType = f
        self.cells, self.names = cells, names
        self.modules: tuple[Any, ...] = (*cells.values(), *names.values())

    def __call__(self, *given: Any, **kwargs: Any) -> Any:
        """Return what the function gives where these modules, as many as there are, stand for its own."""
        modules, args = given[: len(self.modules)], given[len(self.modules) :]
        if all(x is y for x, y in zip(modules, self.modules, strict=True)):
            return self.f(*args, **kwargs)
        f, each = self.f, iter(modules)
        cells = {i: types.CellType(next(each)) for i in self.cells}
        closure = tuple([cells.get(i, cell) for i, cell in enumerate(f.__closure__ or ())])
        space = {**f.__globals__, **dict(zip(self.names, each, strict=True))} if self.names else f.__globals__
        copied = types.FunctionType(f.__code__, space, f.__name__, f.__defaults__, closure)
        copied.__kwdefaults__ = f.__kwdefaults__
        copied.__dict__.update(f.__dict__)
        return copied(*args, **kwargs)


def opened(f: Callable[..., Any]) -> Opened | None:
    """Return a function of the modules that f refers to by its own names; None where there is none, or no telling."""
    if type(f) is not types.FunctionType or any(x.opname in STORED for code in _codes(f.__code__) for x in code):
        return None
    cells = {i: cell.cell_contents for i, cell in enumerate(f.__closure__ or ()) if _holds_a_module(cell)}
    named = {x.argval for code in _codes(f.__code__) for x in code if x.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    names = {name: f.__globals__[name] for name in sorted(named) if is_module(f.__globals__.get(name))}
    found = Opened(f, cells, names)
    if not found.modules or named & {"globals", "locals", "vars", "eval", "exec"}:
        return None
    inside = Dependencies(*found.modules, values=False).seen
    beside = Dependencies(f, without={id(x) for x in found.modules})
    shared = any(i in beside.seen and (isinstance(x, CHANGED) or is_module(x)) for i, x in inside.items())
    weights = {id(y) for x in found.modules for y in flatten(x, live=True)[0]}
    hidden = any(isinstance(x, Carrier) and i not in weights for i, x in inside.items())
    return None if shared or hidden or sorted(beside.met) != sorted(map(id, found.modules)) else found


def _codes(code: types.CodeType) -> Iterator[list[dis.Instruction]]:
    """Yield the instructions of a function, and of those within it."""
    yield list(dis.get_instructions(code))
    for x in code.co_consts:
        if isinstance(x, types.CodeType):
            yield from _codes(x)


def _holds_a_module(cell: types.CellType) -> bool:
    try:
        return is_module(cell.cell_contents)
    except ValueError:  # not assigned yet
        return False
