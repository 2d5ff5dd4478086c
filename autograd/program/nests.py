"""The iterations of nested loops as arrays, and numbers that move with them as polynomials in the counters."""

import math
from functools import cached_property
from typing import Any

import numpy as np

from autograd.program.steps import Index, Place

LEAST = 5  # iterations of a loop that is worth finding: as many as tell a polynomial of degree 4
DEGREE = LEAST - 1
LONG = 50_000  # iterations, from which on a counter choose 4 is not sure to fit 64 bits
Array = Any  # of NumPy's


class Nest:
    """The iterations of a loop: for each time that it is run, how many; within the iterations of another."""

    times: Array
    around: "Nest | None"
    begin: Array
    size: int
    run: Array
    counter: Array
    choose: list[Array]

    def __init__(self, times: Array, around: "Nest | None") -> None:
        self.times, self.around = times, around
        self.begin = np.cumsum(times) - times
        self.size = int(times.sum())
        run = np.repeat(np.arange(len(times)), times) if len(times) > 1 else 0
        self.run = run  # which time each iteration belongs to
        self.counter = np.arange(self.size) - (self.begin[run] if len(times) > 1 else 0)
        self.choose = [np.ones(self.size, dtype=np.int64), self.counter]
        self.depth: int = 1 if around is None else around.depth + 1

    @cached_property
    def counters(self) -> list[Array]:
        """The counters of all loops, the outermost first, for each iteration of the innermost."""
        return [*([] if self.around is None else [self.within(x) for x in self.around.counters]), self.counter]

    def within(self, numbers: Array) -> Array:
        """Return numbers for each iteration around as numbers for each of these."""
        return numbers[self.run] if len(self.times) > 1 else np.broadcast_to(numbers, self.size)

    def chosen(self, n: int) -> Array:
        """Return the counter choose n."""
        while len(self.choose) <= n:
            k = len(self.choose)
            self.choose.append(self.choose[-1] * (self.counter - (k - 1)) // k)
        return self.choose[n]


def polynomial(numbers: Array, nest: Nest | None) -> dict[tuple[int, ...], int] | None:
    """Return numbers, one for each iteration, as a polynomial in the counters: factors by exponents; None if none is.

    Exponents are those of `Index`: the factor of a counter choose n is the nth difference.
    """
    if nest is None:
        return {(): int(numbers[0])}
    found: dict[tuple[int, ...], int] = {}
    degree = min(DEGREE if nest.times.max() < LONG else 2, int(nest.times.min()) - 1)
    differences: list[Array] = []
    rest = numbers
    for n in range(degree + 1):
        factor = rest[nest.begin + n]
        differences.append(factor)
        rest = rest - (factor[nest.run] if len(nest.times) > 1 else factor[0]) * nest.chosen(n)
        if not rest.any():
            break
    else:
        return None
    for n, factor in enumerate(differences):
        if factor.any():
            part = polynomial(factor, nest.around)
            if part is None:
                return None
            found |= {(*ns, n): c for ns, c in part.items()}
    return found


def place_of(numbers: Array, nest: Nest | None) -> Place | None:
    """Return numbers, one for each iteration, as a place: a number, a polynomial, or a table, if it has an index."""
    found = polynomial(numbers, nest)
    if found is not None:
        if all(not any(ns) for ns in found):
            return sum(found.values())
        return Index(tuple([(c, ns) for ns, c in sorted(found.items())]))
    order = polynomial(np.arange(len(numbers)), nest)
    if order is None:
        return None
    return Index(tuple([(c, ns) for ns, c in sorted(order.items())]), tuple(numbers.tolist()))


def numbers_of(place: Place, nest: Nest | None) -> Array:
    """Return the numbers that a place is, one for each iteration."""
    size = 1 if nest is None else nest.size
    if not isinstance(place, Index):
        return np.broadcast_to(np.int64(place), size)
    found = np.zeros(size, dtype=np.int64)
    for c, ns in place.terms:
        part = np.full(size, c, dtype=np.int64)
        for counter, n in zip([] if nest is None else nest.counters, ns, strict=False):
            for i in range(n):
                part = part * (counter - i)
            part = part // math.factorial(n)
        found += part
    return np.array(place.table, dtype=np.int64)[found] if place.table else found
