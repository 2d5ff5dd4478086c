"""The audit: now and then Python runs a compiled function too, and what its program gave is compared with that.

It finds what no guard and no watch can see: random draws, clocks, files, what objects written in C keep. The caller
gets Python's result then, so that effects happen once.
"""

import contextlib
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Real
from typing import Any, Literal

from autograd.compile.results import parts_of
from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers
from autograd.tape.pytree import is_array, is_module
from autograd.tape.tape import primal

Audit = bool | Literal["always"]

SHARE = 5.0  # an audit may cost a fifth of the time spent in calls so far
PERTURBED = 4  # runs on inputs that differ by some ulps, which show how much rounding matters
ULP = 2.0**-52
SLACK = 32.0  # roundings that any result is allowed


class Schedule:
    """When the calls of one path are audited: the 2nd, 4th, 8th, ..., all of them, or none.

    Where a function refers to what hides its state they come closer, as far as all together cost a fifth of the time:
    what happens at one call of twenty is found within hundreds.

    >>> schedule = Schedule(True)
    >>> [schedule.take(calls, 1.0, 5.0) for calls in range(9)]
    [False, True, False, True, False, False, False, True, False]
    """

    __slots__ = ("always", "close", "done", "due")

    def __init__(self, audit: Audit, close: bool = False) -> None:
        self.always: bool = audit == "always"
        self.close: bool = close
        self.done: int = 0
        self.due: float = 0 if self.always else 1 if audit else math.inf  # calls after the first, which traced

    def restart(self) -> None:
        """Begin again, at a call that counts as the second."""
        self.due = min(self.due, 1) if self.due < math.inf else math.inf

    def take(self, calls: int, cost: float, spent: float) -> bool:
        """Return whether this call, after the first so many, is audited; what costs too much is put off."""
        owed = cost * (self.done + 1) if self.close else cost
        if calls < self.due or not (self.always or calls < 2 or owed <= spent / SHARE):
            return False
        self.done += 1
        if not self.always:
            self.due = (1 << (calls + 1).bit_length()) - 1
        if self.close and spent > 0.0:  # as soon as this many may have cost what they do
            self.due = min(self.due, max(calls + 1, calls * SHARE * cost * (self.done + 1) / spent))
        return True


def found_at(call: int) -> str:
    """Return in words where a difference was found."""
    return (
        f", as the audit of call {call} found (it may look at a clock, a file, or what is kept out of Python's sight)"
    )


def checked(audit: object, name: str) -> Audit:
    """Return what was given as `audit`; ValueError unless it is True, False or "always"."""
    if audit is True or audit is False or audit == "always":
        return audit
    raise ValueError(f'{name}: audit is {audit!r}; use True, False or "always"')


class _Unlike(Exception):
    """Two results are not the same nest: where, and what stands there in each."""


def difference(
    found: object, expected: object, terms: int, others: Callable[[], Iterable[object]] = tuple
) -> str | None:
    """Return in words where a program's result differs from Python's by more than rounding; None if it does not.

    Numbers may differ by some ulps, one more for each of so many `terms` of sums; where they cancel, by some times as
    much as they vary among `others`, results for inputs that differ by some ulps.

    >>> difference({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]}, 1)
    "result['a'][1] is 2.5, and 2.0 compiled"
    >>> difference([1e-17], [0.0], 1, lambda: [[0.0], [-2e-17]])
    """
    allowed = SLACK + terms
    try:
        leaves = list(_leaves(found, expected, "result", set()))
    except _Unlike as unlike:
        path, x, y = unlike.args
        return f"{path} is {_short(y)}, and {_short(x)} compiled"
    pairs = {
        (k, i): (x, y)
        for k, (_, xs, ys) in enumerate(leaves)
        for i, x, y in _unequal(xs, ys)
        if not abs(x - y) <= allowed * ULP * max(abs(x), abs(y)) < math.inf
    }
    if not pairs:
        return None
    varied = [_numbers(other, found) for other in others()]
    for (k, i), (x, y) in pairs.items():
        low, high = _range([_entry(known[leaves[k][0]], i) for known in varied if leaves[k][0] in known])
        if high - low < math.inf and not abs(x - y) <= allowed * (high - low):
            return f"{_place(leaves[k], i)} is {y!r}, and {x!r} compiled"
    return None


def _numbers(other: object, found: object) -> dict[str, Any]:
    """Return the numbers and arrays of a result by their names, as far as it is like another."""
    known: dict[str, Any] = {}
    with contextlib.suppress(_Unlike):
        for path, xs, _ in _leaves(other, found, "result", set()):
            known[path] = xs
    return known


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest of some numbers; the whole line where not all are finite, nor the same."""
    if all(x == numbers[0] for x in numbers) or all(x != x for x in numbers):
        return 0.0, 0.0
    return (min(numbers), max(numbers)) if all(map(math.isfinite, numbers)) else (-math.inf, math.inf)


def _leaves(x: Any, y: Any, path: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (where, number or array, its twin) for all numbers of two results; raises _Unlike for what is no twin."""
    x, y = (z[()] if is_array(z) and z.shape == () else z for z in (x, y))
    if isinstance(x, (Carrier, Real)) and isinstance(y, (Carrier, Real)):
        yield path, primal(x), primal(y)
    elif is_array(x) and is_array(y) and x.shape == y.shape and {x.dtype.kind, y.dtype.kind} <= {*"fiubO"}:
        yield path, x, y
    elif type(x) is not type(y):
        raise _Unlike(path, x, y)
    elif (id(x), id(y)) in seen:  # as of a list in itself
        return
    elif (parts := parts_of(x)) is not None:
        others = parts_of(y)
        if others is None or parts[0] != others[0]:
            raise _Unlike(path, x, y)
        seen.add((id(x), id(y)))
        for name, a, b in zip(parts[0], parts[1], others[1], strict=True):
            yield from _leaves(a, b, path + name, seen)
    elif is_module(x):
        yield from _leaves_of_modules(x, y, path)
    elif not same_constants(x, y):
        raise _Unlike(path, x, y)


def _leaves_of_modules(x: Any, y: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    named, others_named = x.named_parameters(), y.named_parameters()
    if [name for name, _ in named] != [name for name, _ in others_named]:
        raise _Unlike(path, x, y)
    for (name, a), (_, b) in zip(named, others_named, strict=True):
        yield f"{path}.{name}", primal(a), primal(b)


def same_constants(x: object, y: object) -> bool:
    """Return whether two objects that are no numbers are equal; of what cannot be compared, the type counts."""
    if is_array(x) and is_array(y):
        return x.shape == y.shape and x.dtype == y.dtype and bool((x == y).all())
    return x is y or bool(x == y) or getattr(type(x), "__eq__", None) is object.__eq__


def _unequal(xs: Numbers, ys: Numbers) -> Iterator[tuple[int, float, float]]:
    """Yield (place, number, its twin) for those of two numbers, or arrays of one shape, that are not equal."""
    pairs: Iterable[tuple[Any, Any]] = [(xs, ys)]
    if is_array(xs):
        pairs = zip(xs.ravel().tolist(), ys.ravel().tolist(), strict=True)
    for i, (x, y) in enumerate(pairs):
        if x != y and (x == x or y == y):
            yield i, float(primal(x)), float(primal(y))


def _entry(xs: Numbers, i: int) -> float:
    return float(primal(xs.ravel()[i] if is_array(xs) else xs))


def _place(leaf: tuple[str, Any, Any], i: int) -> str:
    """Return the name of a number in a result."""
    path, xs, _ = leaf
    if not is_array(xs):
        return path
    places = []
    for size in reversed(xs.shape):
        i, place = divmod(i, size)
        places.append(place)
    return path + "".join(f"[{place}]" for place in reversed(places))


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


def perturbed(leaves: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield leaves, numbers and arrays of them, whose floats differ from these by at most four ulps."""
    draws = random.Random(0)

    def factor() -> float:
        return 1.0 + draws.choice((-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)) * ULP

    for _ in range(PERTURBED):
        yield [_perturbed(x, factor) for x in leaves]


def _perturbed(x: Numbers, factor: Callable[[], float]) -> Numbers:
    if is_array(x) and x.dtype.kind == "f":
        import numpy as np

        return x * np.array([factor() for _ in range(x.size)]).reshape(x.shape)
    return x * factor() if type(x) is float else x
