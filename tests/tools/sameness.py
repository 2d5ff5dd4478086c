"""To run a function plain and compiled, step by step, and to compare all that can be seen of it.

A case is a function, or what makes one with the objects that it refers to, and steps: lists of arguments, or None for
the arguments of the step before, as that left them. `@case(kind, *steps)` puts one into the table.
"""

import collections
import copy
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import TraceError, grad, jit, vmap
from autograd.tape.tape import Traced, primal


class Case(NamedTuple):
    """A function that has effects, asks, catches, or otherwise notices what it is called with."""

    name: str
    kind: str
    make: Callable[[], tuple[Callable[..., Any], list[Any]]]  # (the function, what it refers to)
    steps: tuple[Any, ...]


CASES: list[Case] = []


def case(kind: str, *steps: Any, made: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a function into the table; with `made`, one that returns (the function, what it refers to)."""

    def put(f: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{kind}: {f.__name__}" if f.__name__ != "<lambda>" else f"{kind}: {f.__code__.co_firstlineno}"
        CASES.append(Case(name, kind, f if made else lambda: (f, []), steps))
        return f

    return put


class Seen(NamedTuple):
    """What one step shows."""

    result: Any
    arguments: Any
    referred: Any


WAYS: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "python": lambda f: jit(f, backend="python"),
    "llvm": lambda f: jit(f, backend="llvm"),
    "default": jit,
    "jit of grad": lambda f: jit(grad(f)),
    "grad of jit": lambda f: grad(jit(f)),
}


def plainly(way: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """Return what the compiled function is compared with."""
    return grad(f) if "grad" in way else f


def walked(f: Callable[..., Any], referred: Sequence[Any], steps: Sequence[Any], left: bool = False) -> list[Seen]:
    """Return what every step of a function shows; a TraceError ends it. With `left`, no traced number may be left."""
    found: list[Seen] = []
    given: tuple[Any, ...] = ()
    for step in steps:
        given = given if step is None else copy.deepcopy(step)
        try:
            result = f(*given)
        except TraceError as error:
            return [*found, Seen(error, None, None)]
        except Exception as error:
            result = error
        if left:
            assert not list(dead((given, result, referred))), "a traced number was left behind"
        identical = [i for i, x in enumerate(given) if x is result and not isinstance(x, (float, int, str))]
        found.append(Seen((copied(result), identical), copied(given), copied(referred)))
    return found


def copied(x: Any) -> Any:
    """Return what is compared of an object: values and types, and which containers are the same."""
    return _copied(x, {})


def _copied(x: Any, seen: dict[int, int]) -> Any:
    if isinstance(x, BaseException):
        return type(x).__name__, str(x)
    if type(x) is Traced:  # of a finished `grad`
        return primal(x)
    if hasattr(x, "dtype"):
        return float(x) if x.shape == () else ("array", x.shape, x.tolist())
    if isinstance(x, bool) or x is None or isinstance(x, str):
        return type(x).__name__, x
    if isinstance(x, (int, float)):
        return float(x)
    if id(x) in seen:
        return "the same as", seen[id(x)]
    seen[id(x)] = len(seen)
    if isinstance(x, dict):
        return type(x).__name__, [(repr(key), _copied(y, seen)) for key, y in x.items()]
    if isinstance(x, (list, tuple, collections.deque)):
        return type(x).__name__, [_copied(y, seen) for y in x]
    if isinstance(x, set):
        return "set", sorted(map(repr, x))
    if hasattr(x, "__dict__") and not callable(x) and not isinstance(x, type):
        return type(x).__name__, _copied(vars(x), seen)
    return repr(type(x))


def dead(x: Any, seen: set[int] | None = None) -> Any:
    """Yield the traced numbers in an object."""
    seen = set() if seen is None else seen
    if type(x) is Traced:
        yield x
    elif id(x) not in seen:
        seen.add(id(x))
        parts = [*x, *x.values()] if isinstance(x, dict) else x if isinstance(x, (list, tuple, set)) else []
        for y in [*parts, *getattr(x, "__dict__", {}).values()]:
            yield from dead(y, seen)


def alike(x: Any, y: Any) -> bool:
    """Return whether two things are equal, numbers within rounding."""
    if isinstance(x, float) and isinstance(y, float):
        return x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-300)
    if isinstance(x, (list, tuple)) and isinstance(y, (list, tuple)):
        return type(x) is type(y) and len(x) == len(y) and all(map(alike, x, y))
    return bool(type(x) is type(y) and x == y)


def differences(case: Case, way: str) -> list[str]:
    """Return what differs between a function and the compiled one, step by step; a TraceError is loud, so no lie."""
    f, own = case.make()
    g, theirs = case.make()
    expected = walked(plainly(way, f), own, case.steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = walked(WAYS[way](g), theirs, case.steps, "grad" not in way)
    problems = []
    for i, (plain, compiled) in enumerate(zip(expected, found, strict=False)):
        if isinstance(compiled.result, TraceError):
            break
        for name, x, y in zip(Seen._fields, plain, compiled, strict=True):
            if not alike(x, y):
                problems.append(f"{case.name}, {way}, step {i}: {name}: expected {x}, got {y}")
    return problems


def lane_differences(case: Case) -> list[str]:
    """Return what differs between a function and `vmap` of it, where its steps are numbers."""
    import numpy as np

    steps = [step for step in case.steps if step is not None]
    if not all(type(x) in (int, float) for step in steps for x in step) or len({len(step) for step in steps}) != 1:
        return []
    columns = [np.array(column) for column in zip(*steps, strict=True)]
    if {column.dtype.kind for column in columns} - {"f", "i"}:
        return []
    f, own = case.make()
    g, theirs = case.make()
    expected: list[Any] = []
    for row in zip(*[column.tolist() for column in columns], strict=True):
        try:
            expected.append(f(*row))
        except (ValueError, ArithmeticError) as error:
            expected.append(error)
        except Exception:
            return []
    if any(isinstance(x, Exception) or type(x) not in (int, float, bool) for x in expected):
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = vmap(g)(*columns).tolist()
        except TraceError:
            return []
    problems = [] if alike(copied(list(map(float, found))), copied(list(map(float, expected)))) else [f"{found}"]
    if not alike(copied(own), copied(theirs)):
        problems.append(f"referred {theirs}")
    return [f"{case.name}, vmap: expected {expected} and {own}, got {what}" for what in problems]
