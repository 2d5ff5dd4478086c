"""`Call`: one recorded call of a function, which derivatives are taken of, dense or sparse."""

import operator
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any

from autograd.primitives.carrier import Carrier
from autograd.tape.pytree import Rebuild, flatten, is_array, unflatten
from autograd.tape.trace import Known, Trace, pull, push, run

Function = Callable[..., Any]
Argnums = int | Sequence[int]


class Call:
    """One call of a function, recorded: its inputs and outputs, flat, and how their nests are rebuilt."""

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Argnums) -> None:
        self.trace = Trace()  # first, because the end of a call that failed needs it
        self.inputs: list[Any] = []
        self.rebuilds: list[Rebuild] = []
        self.positions = _positions(argnums, len(args))
        given = list(args)
        for i in self.positions:
            leaves, rebuild = flatten(args[i], f"args[{i}]")
            given[i] = unflatten(rebuild, [self.trace.input(x) for x in leaves])
            self.inputs += leaves
            self.rebuilds.append(rebuild)
        self.slots = self.trace.steps[: len(self.inputs)]
        try:
            result = f(*given, **kwargs)
        finally:
            self.trace.closed = True
        self.outputs, self.rebuild = flatten(result, "result")
        self.result = result
        self.found = run(self.trace, self.inputs)
        self.known: Known | None = None  # partials, kept for who sweeps more than once

    def __del__(self) -> None:
        self.trace.steps.clear()  # which hold the trace, as it holds them: nothing waits for the garbage collector

    def value(self) -> Any:
        """Return the function's result on the numbers that were given."""
        return unflatten(self.rebuild, [self.found[y.place] if self.trace.owns(y) else y for y in self.outputs])

    def demand_scalar(self) -> None:
        """Raise TypeError unless the function returned one number."""
        result = self.result
        if not (result.shape == () if is_array(result) else isinstance(result, (Carrier, Real))):
            kind = f"an array of shape {result.shape}" if is_array(result) else type(result).__name__
            raise TypeError(f"the function returned {kind}, not one number; use jacobian or vjp for several")

    def pulled(self, adjoints: Iterable[Any]) -> list[Any]:
        """Return the adjoints of the inputs, given those of the outputs."""
        seeds = [(y, a) for y, a in zip(self.outputs, adjoints, strict=True) if self.trace.owns(y)]
        bars = pull(self.trace, self.found, seeds, self.known)
        return [bars.get(slot.place, 0.0) for slot in self.slots]

    def pushed(self, tangents: Iterable[Any]) -> list[Any]:
        """Return the tangents of the outputs, given those of the inputs."""
        dots = push(self.trace, self.found, list(zip(self.slots, tangents, strict=True)), self.known)
        return [dots.get(y.place, 0.0) if self.trace.owns(y) else 0.0 for y in self.outputs]

    def nests(self, leaves: Sequence[Any]) -> list[Any]:
        """Return one nest for each differentiated argument, from leaves of all of them."""
        given = iter(leaves)
        return [rebuild(given) for rebuild in self.rebuilds]


def _positions(argnums: Any, count: int) -> list[int]:
    """Return the positions that `argnums` names among so many arguments, counted from the front."""
    try:
        wanted = [operator.index(i) for i in ([argnums] if is_one(argnums) else argnums)]
    except TypeError:
        raise TypeError(f"argnums is {argnums!r}; use the position of an argument, or a tuple of positions") from None
    for i in wanted:
        if not -count <= i < count:
            raise TypeError(f"argnums has {i}, but there are {count} positional arguments")
    positions = [i % count for i in wanted]
    if len(set(positions)) < len(positions):
        raise ValueError(f"argnums is {argnums!r}, which names an argument twice")
    return positions


def is_one(argnums: Argnums) -> bool:
    """Return whether `argnums` names one position, not several."""
    return hasattr(argnums, "__index__")


def shaped(nests: Sequence[Any], argnums: Argnums) -> Any:
    """Return one nest for one position, a tuple of them for several."""
    return nests[0] if is_one(argnums) else tuple(nests)
