"""The paths through a function that was compiled: a program for each, found by the guards that did not hold."""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.backends import spent
from autograd.compile.arguments import Arguments, NotTraceable
from autograd.compile.audit import Schedule, difference, perturbed
from autograd.compile.effects import Effects
from autograd.compile.lane_sum_program import Packed
from autograd.compile.specializations import Specialization
from autograd.errors import ConvergenceError
from autograd.program.program import Miss, Program
from autograd.tape.pytree import Rebuild, is_array, often, unflatten

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

Call = Callable[[list[Any]], "tuple[float, ...] | Miss"]
MOST_PATHS = 256  # of one function and one shape of arguments; beyond, Python itself is not slower


class Undone:
    """Why a call has no result: not a result that any function has."""

    __slots__ = ()


UNKNOWN = Undone()  # no path is known yet for these numbers
FAILED = Undone()  # an instruction raised: Python raises it again, with its message


class Written(NamedTuple):
    """What a call gives: its result, and what it leaves in its arguments."""

    result: Any
    arguments: list[Any]


class Due(Undone):
    """A call that is audited: what its program gave is written nowhere yet."""

    found: Any
    path: "CompiledPath"

    __slots__ = ("found", "path")

    def __init__(self, path: "CompiledPath", found: Any) -> None:
        self.path, self.found = path, found


class CompiledPath:
    """One way through a function: its program, compiled, and where to go when a guard does not hold."""

    tracing: float
    compiling: float
    eager: float

    effects: Effects | None = None  # what it changes in the arguments

    def __init__(
        self,
        program: Program,
        call: Call,
        packed: Packed | None,
        rebuild: Rebuild,
        times: tuple[float, float, float],
    ) -> None:
        self.program = program
        self.call = call
        self.packed = packed  # the same for arrays as they are, where that is quicker; or None
        self.rebuild: Rebuild = often(rebuild)
        self.tracing, self.compiling, self.eager = times
        self.others: dict[Miss, CompiledPath] = {}
        self.calls: int = 0
        self.running: float = 0.0
        self.audits: Schedule = Schedule(False)  # of a first call; later ones have another
        self.before: float = self.eager

    def count(self, start: float, before: float) -> None:
        """Count a call that began at `start`, when so much time had been spent on compiling before."""
        made = spent() - before
        self.calls += 1
        self.compiling += made
        self.running += time.perf_counter() - start - made

    def ran(self, seconds: float) -> None:
        """Know how long a run of Python took; the shorter of the last two counts, as one may have been interrupted."""
        self.eager, self.before = min(seconds, self.before), seconds

    def prepared(self, found: Any, arguments: object) -> tuple[list[Any], list[Any]]:
        """Return (the result and what is to be written, containers to write to) for arguments as they are now."""
        result = unflatten(self.rebuild, found)
        return ([result], []) if self.effects is None else self.effects.prepared(result, arguments)

    def unlike(self, prepared: tuple[list[Any], list[Any]], expected: object, leaves: list[Any]) -> str | None:
        """Return in words where what was prepared differs from what Python has returned and written since."""
        (result, *contents), targets = prepared
        held = [] if self.effects is None else self.effects.held(contents, targets)
        terms = self.program.size + sum(x.size if is_array(x) else 1 for x in leaves)
        ours, theirs = result, expected
        if held:
            ours, theirs = Written(result, contents), Written(expected, held)
        found = difference(ours, theirs, terms, lambda: self._varied(leaves, bool(held)))
        return found.removeprefix("result.") if found and held else found

    def _varied(self, leaves: list[Any], written: bool) -> Iterator[object]:
        """Yield results for leaves that differ from these by some ulps, and what is written then."""
        for given in perturbed(leaves):
            try:
                found = self.call(given)
            except (ValueError, ArithmeticError, ConvergenceError):
                continue
            if type(found) is not Miss:
                result = unflatten(self.rebuild, found)
                yield Written(*result) if written else result[0] if self.effects else result


class Paths(Specialization):
    """All paths for one kind of arguments, as a tree: at a guard that did not hold, on to a path that knows it."""

    def __init__(self, objects: Sequence[object]) -> None:
        super().__init__(objects)
        if any(y.rank != 2 for parameters, _ in self.parameters.values() for y in parameters):
            raise NotTraceable  # its numbers are traced
        self.exploded: frozenset[int] = frozenset()  # arrays, by their places, whose numbers are traced one by one
        self.unjoined = False  # arrays of lanes come out of it, of which `vmap` makes compiled programs itself
        self.eager = 0  # calls that were left to Python
        self.catching = False  # whether it is recorded which steps raise
        self.paths: list[CompiledPath] = []
        self.last: CompiledPath | None = None
        self.ints: tuple[int, ...] = ()  # the leaves, whole numbers, that the function takes as they are
        self.baked: dict[int, int] = {}  # what those are here
        self.families: dict[tuple[int, ...], Paths] = {}  # by what they are

    def of_ints(self, leaves: list[Any]) -> "Paths":
        """Return the paths for these whole numbers, of those that the function takes as they are."""
        paths = self
        while paths.ints:
            key = tuple([leaves[i] for i in paths.ints])
            found = paths.families.get(key)
            if found is None:
                if len(paths.families) >= MOST_PATHS:
                    paths.families.clear()
                found = paths.families[key] = paths.family(key)
            paths = found
        return paths

    def family(self, key: tuple[int, ...]) -> "Paths":
        """Return new paths for what these whole numbers are."""
        found = copy.copy(self)
        found.paths, found.last, found.families, found.ints = [], None, {}, ()
        found.baked = {**self.baked, **dict(zip(self.ints, key, strict=True))}
        return found

    def every(self) -> "list[CompiledPath]":
        """Return all paths, for any whole numbers."""
        return [*self.paths, *[path for family in self.families.values() for path in family.every()]]

    def places(self, leaves: list[Any]) -> list[int]:
        """Return the place of each leaf among the numbers that are traced."""
        found, place = [], 0
        for i, x in enumerate(leaves):
            found.append(place)
            place += x.size if i in self.exploded else 1
        return found

    def given(self, leaves: list[Any], arguments: Arguments) -> tuple[dict[int, int], dict[int, type]]:
        """Return, by their places, the numbers that are not traced, and the types of those that are no plain floats."""
        places, found, i = self.places(leaves), {}, 0
        for k, x in enumerate(arguments.leaves):
            if arguments.kinds and k in arguments.kinds:
                found[places[i]] = arguments.kinds[k]
            i += len(self.parameters[id(x)][0]) if id(x) in self.parameters else 1
        for i in self.exploded:
            found.update(dict.fromkeys(range(places[i], places[i] + leaves[i].size), leaves[i].dtype.type))
        return {places[i]: x for i, x in self.baked.items()}, found

    def call(self, leaves: list[Any], nest: object) -> Any:
        """Return what the program of a path gives for these numbers; or UNKNOWN, or FAILED."""
        path = self.last
        if path is not None and path.packed is not None:
            found: Any = self.packed(path, path.packed, leaves, nest)
            if found is not UNKNOWN:
                return found
        if self.exploded:
            leaves = self.elements(leaves)
        tried = 0
        while path is not None and tried <= len(self.paths):
            start, before = time.perf_counter(), spent()
            try:
                found = path.call(leaves)
            except (ValueError, ArithmeticError, ConvergenceError):
                return FAILED
            if type(found) is not Miss:
                path.count(start, before)
                self.last = path
                if path.calls < path.audits.due and path.effects is None:
                    return path.rebuild(iter(found))  # quickly
                return self.result(path, found, nest)
            path, tried = path.others.get(found), tried + 1
        return UNKNOWN

    def result(self, path: CompiledPath, found: Any, nest: object) -> Any:
        """Return the result of a call, whose effects are written to its arguments; `Due` where it is audited."""
        if path.calls >= path.audits.due and path.audits.take(path.calls, path.eager, path.running):
            return Due(path, found)
        return self.written(path, found, nest)

    def written(self, path: CompiledPath, found: Any, nest: object) -> Any:
        """Return the result of a call, whose effects are written to its arguments."""
        result = unflatten(path.rebuild, found)
        if path.effects is None:
            return result
        possible = path.effects.possible(nest) and path.effects.exact(result[1])
        return path.effects.apply(result, nest) if possible else FAILED

    def packed(self, path: CompiledPath, call: Packed, leaves: list[Any], nest: object) -> Any:
        """Return what a path gives that takes arrays as they are; UNKNOWN where it cannot take these."""
        numbers: list[Any] = []
        arrays: dict[int, Any] = {}
        place = 0
        for i, x in enumerate(leaves):
            if type(x) is float:
                numbers.append(x)
            elif not is_array(x):
                return UNKNOWN
            elif i not in self.exploded:
                arrays[place] = x
            elif x.dtype.kind == "f":
                numbers.append(x.ravel())
                place += x.size - 1
            else:
                return UNKNOWN
            place += 1
        start, before = time.perf_counter(), spent()
        found = call(numbers[0] if self.exploded and len(numbers) == 1 else _concatenated(numbers), arrays)
        if found is None:
            return UNKNOWN
        path.count(start, before)
        return self.result(path, found, nest)

    def elements(self, leaves: list[Any]) -> list[Any]:
        """Return the leaves with their numbers in place of the arrays that are traced one by one."""
        found: list[Any] = []
        for i, x in enumerate(leaves):
            if i in self.exploded:
                found += x.ravel().tolist()
            else:
                found.append(x)
        return found

    def copied(self, leaves: list[Any]) -> list[Any]:
        """Return the leaves of a path as they are now, whatever becomes of arrays."""
        return [x.copy() if is_array(x) else x for x in self.elements(leaves)]

    def explode(self, places: set[int]) -> None:
        """Trace the numbers of these arrays from now on, in place of the arrays."""
        self.exploded |= places
        self.paths, self.last = [], None

    def add(self, path: CompiledPath) -> None:
        """Join a path to all others at the guard where they part; the longest way on is taken."""
        own = path.program.guards
        for other in self.paths:
            for i, (guard, old) in enumerate(zip(own, other.program.guards, strict=False)):
                if guard.seen != old.seen:
                    kept = other.others.get(Miss(i, guard.seen))
                    if kept is None or len(kept.program.guards) < len(own):
                        other.others[Miss(i, guard.seen)] = path
                    path.others.setdefault(Miss(i, old.seen), other)
                    break
        self.paths.append(path)
        self.last = path


def _concatenated(parts: "list[float | Array]") -> "Array":
    import numpy as np

    if set(map(type, parts)) <= {float}:
        return np.array(parts, dtype=float)
    return np.concatenate([(x,) if type(x) is float else x for x in parts])
