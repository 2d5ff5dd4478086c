"""`jit`: a function that is traced once for every path through it, and from then on runs as a compiled program.

Whatever is not sure is done by Python. Where an instruction would raise, or a guard meets what it has not seen, or too
many paths were found, the function itself is called, so results and exceptions are always its own.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from autograd.backends import backend, spent
from autograd.compile.arguments import Arguments, NotTraceable, agree
from autograd.compile.audit import Audit, Schedule, checked, difference, found_at, perturbed
from autograd.compile.lane_sum_program import Packed, packed
from autograd.compile.lane_sums import Unjoined, evaluated_once
from autograd.compile.results import NoNest, plain
from autograd.compile.specializations import UNLIKE, Decorated, Recording, Specialization, Specializations
from autograd.compile.stats import Stats
from autograd.errors import GraphError, TraceError
from autograd.program.program import Miss, Program
from autograd.tape.pytree import Rebuild, is_array, unflatten
from autograd.tape.tape import primal
from autograd.tape.traced import NeedsElements

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

P = ParamSpec("P")
R = TypeVar("R")

Call = Callable[[list[Any]], "tuple[float, ...] | Miss"]
MOST_PATHS = 256  # of one function and one shape of arguments; beyond, Python itself is not slower
UNKNOWN = object()  # no path is known yet for these numbers
FAILED = object()  # an instruction raised: Python raises it again, with its message


class Refused(Exception):
    """The function raised on traced numbers what nobody expects of it; the cause says what."""


class CompiledPath:
    """One way through a function: its program, compiled, and where to go when a guard does not hold."""

    def __init__(
        self,
        program: Program,
        call: Call,
        packed: Packed | None,
        rebuild: Rebuild,
        times: tuple[float, float, float],
        audit: Audit,
    ) -> None:
        self.program = program
        self.call = call
        self.packed = packed  # the same for arrays as they are, where that is quicker; or None
        self.rebuild = rebuild
        self.tracing, self.compiling, self.eager = times
        self.others: dict[Miss, CompiledPath] = {}
        self.calls = 0
        self.running = 0.0
        self.audits = Schedule(audit)
        self.before = self.eager

    def count(self, start: float, before: float) -> None:
        """Count a call that began at `start`, when so much time had been spent on compiling before."""
        made = spent() - before
        self.calls += 1
        self.compiling += made
        self.running += time.perf_counter() - start - made

    def ran(self, seconds: float) -> None:
        """Know how long a run of Python took; the shorter of the last two counts, as one may have been interrupted."""
        self.eager, self.before = min(seconds, self.before), seconds

    def varied(self, leaves: list[Any]) -> Iterator[object]:
        """Yield results for leaves that differ from these by some ulps."""
        for given in perturbed(leaves):
            try:
                found = self.call(given)
            except (ValueError, ArithmeticError):
                continue
            if type(found) is not Miss:
                yield unflatten(self.rebuild, found)


class Paths(Specialization):
    """All paths for one kind of arguments, as a tree: at a guard that did not hold, on to a path that knows it."""

    def __init__(self, objects: Sequence[object]) -> None:
        super().__init__(objects)
        if any(y.rank != 2 for parameters, _ in self.parameters.values() for y in parameters):
            raise NotTraceable  # its numbers are traced
        self.exploded: frozenset[int] = frozenset()  # arrays, by their places, whose numbers are traced one by one
        self.unjoined = False  # arrays of lanes come out of it, of which `vmap` makes compiled programs itself
        self.eager = 0  # calls that were left to Python
        self.paths: list[CompiledPath] = []
        self.last: CompiledPath | None = None

    def call(self, leaves: list[Any]) -> Any:
        """Return what the program of a path gives for these numbers; or UNKNOWN, or FAILED."""
        path = self.last
        if path is not None and path.packed is not None:
            found: Any = self.packed(path, path.packed, leaves)
            if found is not UNKNOWN:
                return found
        if self.exploded:
            leaves = self.elements(leaves)
        tried = 0
        while path is not None and tried <= len(self.paths):
            start, before = time.perf_counter(), spent()
            try:
                found = path.call(leaves)
            except (ValueError, ArithmeticError):
                return FAILED
            if type(found) is not Miss:
                path.count(start, before)
                self.last = path
                return unflatten(path.rebuild, found)
            path, tried = path.others.get(found), tried + 1
        return UNKNOWN

    def packed(self, path: CompiledPath, call: Packed, leaves: list[Any]) -> Any:
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
        return unflatten(path.rebuild, found)

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


class Compiled(Decorated[P, R]):
    """What `jit` returns: a function that runs as compiled programs."""

    __slots__ = ("audit", "backend", "cache", "deterministic", "inlined")
    transform, instead = "jit", "uncompiled"

    def __init__(
        self, f: Callable[P, R], backend: str | None = None, audit: Audit = True, deterministic: bool = False
    ) -> None:
        super().__init__(f)
        self.backend, self.audit, self.deterministic = backend, checked(audit, "jit"), deterministic
        self.cache: Specializations[Paths] = Specializations(self.f)
        self.inlined = 0  # calls with arguments that only the function itself can take

    def options(self) -> tuple[Any, ...]:
        """Return the arguments of `jit` behind the function."""
        return self.backend, self.audit, self.deterministic

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function gives."""
        if self.bound:
            args = (*self.bound, *args)  # type: ignore[assignment]
        if self.uncompiled:
            return self._by_python(args, kwargs)
        try:
            arguments = Arguments((args, kwargs) if kwargs else args)
            paths = self.cache.find((arguments.key, not kwargs), lambda: Paths(arguments.objects))
        except NotTraceable:
            self.inlined += 1
            return self.f(*args, **kwargs)
        if not paths.unjoined:
            leaves = paths.numbers(arguments.leaves) if paths.parameters else arguments.leaves
            found: Any = paths.call(leaves)
            if found is UNKNOWN and len(paths.paths) < MOST_PATHS and self.cache.renewed < MOST_PATHS:
                return self._first(paths, leaves, args, kwargs)  # type: ignore[no-any-return]
            if found is not UNKNOWN and found is not FAILED:
                path: Any = paths.last
                if path.calls < path.audits.due or not path.audits.take(path.calls, path.eager, path.running):
                    return found  # type: ignore[no-any-return]
                return self._audited(path, paths.copied(leaves), found, args, kwargs)  # type: ignore[no-any-return]
        paths.eager += 1
        return plain(self.f(*args, **kwargs))

    def _by_python(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """Return what the function gives, with plain numbers unless it was given others."""
        try:
            Arguments((args, kwargs))
        except NotTraceable:
            return self.f(*args, **kwargs)
        return plain(self.f(*args, **kwargs))

    def _audited(
        self, path: CompiledPath, leaves: list[Any], found: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return what Python gives, which is compared with what was found; that, where its bits are promised."""
        start = time.perf_counter()
        try:
            with evaluated_once():
                expected = plain(self.f(*args, **kwargs))
        except Exception as error:  # whatever the function may raise: its program raised nothing
            self.run_uncompiled(f"raises {type(error).__name__}, which its program does not{found_at(path.calls + 1)}")
            raise
        path.ran(time.perf_counter() - start)
        terms = len(path.program.steps) + sum(x.size if is_array(x) else 1 for x in leaves)
        unlike = difference(found, expected, terms, lambda: path.varied(leaves))
        if unlike is not None:
            self.run_uncompiled(f"gives other results than its program: {unlike}{found_at(path.calls + 1)}")
        return expected if unlike is not None or not self.deterministic else found

    def _first(self, paths: Paths, leaves: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the result of a first call on a path, which is kept."""
        impure = self.cache.impure(paths.dependencies)
        if impure:
            self.run_uncompiled(impure)
            return plain(self.f(*args, **kwargs))
        generators = self.cache.generators(paths.dependencies)
        start, refused = time.perf_counter(), None
        arguments = Arguments((args, kwargs), rebuilding=True)
        numbers = paths.elements(leaves)
        try:
            with evaluated_once():
                recording = Recording(
                    lambda given: self._on_traced(*paths.rebuilt(arguments, given, paths.exploded)),
                    numbers,
                )
        except NeedsElements as error:
            paths.explode({i for i, x in enumerate(leaves) if x is error.args[0]})
            return self._first(paths, leaves, args, kwargs)
        except (Unjoined, ValueError, ArithmeticError, GraphError) as error:
            paths.unjoined |= isinstance(error, Unjoined)
            paths.eager += 1
            return plain(self.f(*args, **kwargs))
        except Refused as error:
            refused = error.__cause__
        except NoNest as error:
            self.run_uncompiled(f"returns something that no program makes: {error}")
            return plain(self.f(*args, **kwargs))
        finally:
            drawn = generators.drawn()
            if drawn:
                generators.restore()
        if drawn:
            self.run_uncompiled("draws random numbers")
            return plain(self.f(*args, **kwargs))
        if refused is not None:
            self.f(*args, **kwargs)  # if this raises too, that is what Python does
            refused.add_note("while tracing for jit: the function takes numbers, but not traced ones")
            raise refused
        traced = time.perf_counter()
        with evaluated_once():
            expected = self.f(*args, **kwargs)
        if not agree(recording.result, expected):
            self.run_uncompiled(UNLIKE)
            return plain(self.f(*args, **kwargs))
        path = self._compiled(paths, recording, (traced - start, 0.0, time.perf_counter() - traced))
        paths.add(path)
        found = UNKNOWN if path.packed is None else paths.packed(path, path.packed, leaves)
        if found is UNKNOWN:
            start, before = time.perf_counter(), spent()
            values = path.call(numbers)  # what a second call gives, to the bit
            path.count(start, before)
            found = unflatten(path.rebuild, [primal(y) for y in recording.outputs] if type(values) is Miss else values)
        path.calls, path.running = 0, 0.0  # of calls that did nothing else
        return found

    def _on_traced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        """Return the function's result on traced numbers."""
        try:
            return self.f(*args, **kwargs)
        except (TraceError, Unjoined, NeedsElements, ValueError, ArithmeticError, GraphError):
            raise
        except Exception as error:  # whatever a function may raise that meets numbers which are no floats
            raise Refused from error

    def _compiled(self, paths: Paths, recording: Recording, times: tuple[float, float, float]) -> CompiledPath:
        program, start = recording.program, time.perf_counter()
        if recording.arrays:
            python = cache(lambda: backend("python").scalar(program))  # of which `packed` leaves little to do

            def call(leaves: list[Any]) -> "tuple[float, ...] | Miss":
                return python()(leaves)  # type: ignore[no-any-return]

        else:
            call = backend(self.backend).scalar(program, self.backend is not None)
        direct = packed(program, recording.arrays, lambda part: backend(self.backend).scalar(part, True))
        if direct is None and paths.exploded:
            direct = getattr(call, "packed", None)
        tracing, _, eager = times
        times = tracing, time.perf_counter() - start, eager
        return CompiledPath(program, call, direct, recording.rebuild, times, self.audit)

    def stats(self) -> Stats:
        """Return what was traced, compiled and called, as a table."""
        known = self.cache.known.values()
        paths = [path for one in known for path in one.paths]
        eager = sum(one.eager for one in known)
        return Stats(paths, len(known), self.cache.renewed, eager, self.inlined, self.uncompiled)


@overload
def jit(
    f: Callable[P, R], backend: str | None = None, *, audit: Audit = True, deterministic: bool = False
) -> Compiled[P, R]: ...


@overload
def jit(
    f: None = None, backend: str | None = None, *, audit: Audit = True, deterministic: bool = False
) -> Callable[[Callable[P, R]], Compiled[P, R]]: ...


def jit(
    f: Callable[P, R] | None = None, backend: str | None = None, *, audit: Audit = True, deterministic: bool = False
) -> Compiled[P, R] | Callable[[Callable[P, R]], Compiled[P, R]]:
    """Return a function that gives what f gives, from compiled programs; numbers in its result are plain floats.

    f is called with traced numbers in place of the floats in its arguments (lists, tuples, dicts, dataclasses, modules
    and arrays of them; whole numbers count as floats, as in `grad`), once for every path through its comparisons and
    for every shape of arguments. Whatever else is in the arguments (str, None, functions) is compared at each call, and
    so is what f refers to outside of them. The first call on a path runs f twice, on traced and on plain numbers.

    What cannot be watched (random draws, clocks, files, what C keeps) is audited: at calls 2, 4, 8, 16, ... of a path
    f itself is run, and what it gives is returned, and compared with what its program gave. At a difference beyond
    rounding f runs uncompiled from then on, with one warning. Call 2 is always audited; a later audit is put off until
    it costs at most a fifth of the time spent in calls so far. `audit=False` is for functions that refer to nothing but
    their arguments, `audit="always"` compares all calls. With `deterministic=True` audits only compare: calls return
    the bits of the program, and where it runs depends on how many calls there were, never on a clock.

    A number that would leave the trace, as by `float(x)`, raises TraceError, a TypeError, with the line. Called with
    Values, or within another transform, it just calls f.

    It is a decorator too, `@jit` or `@jit(backend="llvm")`, also of methods: the numbers of a module or a dataclass
    are traced, what any other instance holds is compared at each call.

    A program runs in Python first, to the bit as f itself; where LLVM is installed, and the program is not tiny, its
    100th call compiles it to native code, whose sums may differ by a few ulps. `backend="llvm"` compiles at the first
    call, `backend="python"` never does. Sums over the lanes of a `vmap` within f, and what is made of them, are native
    from the first call on. Arrays of floats go to native code as they are, and come from it: those of one result are
    parts of one. Exceptions are f's own on every backend. What objects written in C keep for themselves (but for
    arrays, queues and the like) and the code of installed packages is not looked at.

    >>> from autograd import grad, tanh
    >>> f = jit(grad(lambda x: tanh(x) if x > 0.0 else x * x))
    >>> f(0.5), f(-3.0), f(2.0)
    (0.7864477329659275, -6.0, 0.07065082485316446)
    >>> f.stats().paths
    2
    """
    if f is None:
        return partial(Compiled, backend=backend, audit=checked(audit, "jit"), deterministic=deterministic)
    return Compiled(f, backend, audit, deterministic)


def _concatenated(parts: "list[float | Array]") -> "Array":
    import numpy as np

    if set(map(type, parts)) <= {float}:
        return np.array(parts, dtype=float)
    return np.concatenate([(x,) if type(x) is float else x for x in parts])
