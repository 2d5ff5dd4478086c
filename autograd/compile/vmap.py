"""`vmap`: a function of numbers over arrays of them, many lanes at a time, as compiled programs.

Every lane goes where the function goes for its own numbers: lanes that part from the rest at a guard are taken out and
run on their own path. Within `grad` or `jit` the result is `Lanes`, whose sum or mean over all lanes is one step; the
gradient of that is again a sum over lanes of a program. Whatever else it is asked for, it is an array of entries.
"""

import inspect
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, overload

from autograd.compile.arguments import agree, array_of
from autograd.compile.audit import Audit, checked, found_at
from autograd.compile.dependencies import Dependencies
from autograd.compile.effects import Copies, Unwritable
from autograd.compile.lane_arguments import Axes, Call
from autograd.compile.lane_audit import lanes_differ
from autograd.compile.lane_places import placed
from autograd.compile.lane_programs import MOST_PATHS, LanePrograms, written_out
from autograd.compile.lane_sums import Lanes, Unjoined, lane_sums
from autograd.compile.results import places_as
from autograd.compile.specializations import (
    UNLIKE,
    Decorated,
    Recording,
    Specializations,
    Swallowed,
    Watched,
    flat_lane,
)
from autograd.compile.stats import LaneStats
from autograd.errors import ConvergenceError, GraphError, TraceError
from autograd.floats.ieee import Total
from autograd.program.program import Program
from autograd.tape.guards import NeedsInts, Unanswered
from autograd.tape.pytree import Rebuild, columns_of, unflatten
from autograd.tape.tape import Traced, primal
from autograd.tape.traced import NeedsElements


class _Looped(Exception):
    """This function does not run in lanes; the message says what it does."""


class Mapped(Decorated[..., Any]):
    """What `vmap` returns: a function of arrays that runs as compiled programs over their lanes."""

    transform: str
    instead: str
    backend: str | None
    in_axes: Any | Sequence[Axes]
    out_axes: Axes
    paths: int

    __slots__ = ("audit", "backend", "cache", "in_axes", "out_axes", "paths")
    transform, instead = "vmap", "lane by lane"

    def __init__(
        self,
        f: Callable[..., Any],
        in_axes: Axes | Sequence[Axes] = 0,
        backend: str | None = None,
        paths: int = MOST_PATHS,
        audit: Audit = True,
        out_axes: Axes = 0,
    ) -> None:
        super().__init__(f)
        self.in_axes, self.backend, self.paths, self.out_axes = in_axes, backend, paths, out_axes
        self.audit = checked(audit, "vmap")
        self.cache: Specializations[LanePrograms] = Specializations(self.f)

    def options(self) -> tuple[Any, ...]:
        """Return the arguments of `vmap` behind the function."""
        return self.in_axes, self.backend, self.paths, self.audit, self.out_axes

    def method(self, instance: object) -> Callable[..., Any]:
        """Return the method of an instance, which is the same in all lanes."""
        return partial(self._method, instance)

    def _method(self, instance: object, *args: Any, **kwargs: Any) -> object:
        return self._placed((instance, *args), [None, *self._axes(args, kwargs, 1)], kwargs)

    def _axes(self, args: Sequence[object], kwargs: dict[str, Any], skipped: int = 0) -> list[Axes]:
        """Return the axes of the arguments, then those of the ones that are given by name."""
        given: Any = self.in_axes
        if not isinstance(given, (tuple, list)):
            return [given] * (len(args) + len(kwargs))
        axes = list(given)
        if len(axes) < len(args) or (len(axes) > len(args) and not kwargs):
            raise ValueError(f"vmap: {len(axes)} in_axes for {len(args)} arguments; give one for each")
        names = self._names(skipped) if kwargs else []
        if len(axes) == len(args) + len(kwargs):  # one for each that is given, in the order of the signature
            names = [
                *names[: len(args)],
                *sorted(kwargs, key=lambda name: names.index(name) if name in names else len(names)),
            ]
        by_name = dict(zip(names, axes, strict=False))
        return [*axes[: len(args)], *[by_name.get(name, 0) for name in kwargs]]

    def _names(self, skipped: int) -> list[str]:
        """Return the names of the arguments in order; none for a function in C that does not say."""
        try:
            return list(inspect.signature(self.f).parameters)[skipped:]
        except ValueError:
            return []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the function's results: arrays, with the lanes along the first axis, or where `out_axes` says."""
        bound = len(self.bound)
        return self._placed((*self.bound, *args), [*[None] * bound, *self._axes(args, kwargs, bound)], kwargs)

    def _placed(self, args: Sequence[Any], axes: Sequence[Axes], kwargs: dict[str, Any]) -> object:
        found = self._mapped((*args, *kwargs.values()), axes, tuple(kwargs))
        if self.out_axes == 0 and type(self.out_axes) is int:
            return found
        return placed(found.entries if isinstance(found, Lanes) else found, self.out_axes)

    def _mapped(self, args: Sequence[Any], axes: Sequence[Axes], names: tuple[str, ...]) -> object:
        call = Call(args, axes, names)
        if call.looped:
            return self._looped(call)
        programs = self.cache.find(tuple(call.keys), LanePrograms, call.objects, self.paths, self.audit)
        call.fill(programs)
        known = self._known(programs)
        if self.uncompiled:
            return self._uncompiled(call)
        programs.catching |= any(found.catches for found in known)
        programs.audits.close |= any(found.hides for found in known)
        programs.trace = lambda numbers: self._trace(call, programs, numbers)
        audited = programs.audit()
        results: list[Any] | None = None
        if not call.traced:
            try:
                results = programs.run("each", call.numbers, columns_of(call.columns), call.count, self.backend)
            except _Looped as error:
                if str(error):
                    self.run_uncompiled(str(error))
                return self._looped(call)
        if audited and self._unlike(call, programs, results):
            return self._uncompiled(call)
        if results is None:
            return Lanes(programs, call.numbers, call.columns, call.count, self.backend, partial(self._looped, call))
        assert programs.rebuild is not None
        return unflatten(programs.rebuild, results)

    def _unlike(self, call: Call, programs: LanePrograms, results: list[Any] | None) -> bool:
        """Return whether an audit finds that lanes are not what Python gives."""
        start = time.perf_counter()
        unlike = lanes_differ(self.f, call, programs, results)
        programs.cost = time.perf_counter() - start
        if unlike:
            self.run_uncompiled(unlike + found_at(programs.calls + 1))
        return bool(unlike)

    def _known(self, programs: LanePrograms) -> list[Dependencies]:
        """Return what is watched."""
        closure = self.cache.dependencies
        return [*([] if closure is None else [closure]), *programs.known()]

    def _trace(
        self,
        call: "Call",
        programs: LanePrograms,
        numbers: Sequence[float],
        limited: frozenset[int] = frozenset(),
    ) -> tuple[Program, Rebuild]:
        plain = call.plain(numbers)
        refused = TraceError if call.traced else _Looped
        known = self._known(programs)
        why = self.unlike_any_other(known)
        if why:
            raise refused(why)
        error: BaseException | None = None
        try:
            with Watched(known) as watched:
                recording = self._recording(call, programs, plain, limited)
        except NeedsInts as caught:
            error = caught
        except Exception as caught:  # whatever a function may raise that meets numbers which are no floats
            error = caught
        if watched.drawn:
            raise refused("draws random numbers")
        if isinstance(error, Swallowed) and not str(error) and not programs.catching:
            programs.catch()
            return self._trace(call, programs, numbers)
        if isinstance(error, (ValueError, ArithmeticError)) and "step" in vars(error) and not written_out(error):
            return self._trace(call, programs, numbers, limited | {vars(error)["step"]})
        if watched.asked:
            raise refused(watched.asked)
        if error is not None:
            raise self._unrecorded(error, call, plain, refused)
        if watched.changed:
            raise refused("changes what it refers to outside of its arguments")
        program = recording.program
        if lane_sums(program):
            raise refused("takes sums over other lanes for each of its own; write them as one `vmap`")
        try:
            with Watched(known) as watched:
                eager = call.applied(self.f, call.arguments(plain))
        except (ValueError, ArithmeticError, ConvergenceError):  # where lanes have a limit, or NaN, instead
            return program, recording.rebuild
        if watched.changed or not agree(recording.result, eager):
            raise refused(UNLIKE)
        return program, recording.rebuild

    def _unrecorded(
        self, error: BaseException, call: "Call", plain: Sequence[float], refused: type[Exception]
    ) -> BaseException:
        """Return what is to be raised where no record was made."""
        if isinstance(error, ConvergenceError):
            return error
        if isinstance(error, GraphError):
            return refused(f"cannot be compiled: {error}")
        if isinstance(error, NeedsInts):
            return refused("asks of whole numbers what only Python's own can answer")
        if isinstance(error, Unanswered):
            return refused("uses the dtype of a traced array")
        if isinstance(error, Swallowed | Unwritable):
            return refused(str(error) or "catches exceptions that depend on numbers")
        numeric = isinstance(error, (ValueError, ArithmeticError))
        own = written_out(error) if numeric else self._raises(call, plain)
        if own and not call.traced:
            return _Looped()  # Python raises it for the first of such lanes
        if numeric or own or isinstance(error, (TraceError, Unjoined)):
            return error
        return refused(f"takes numbers, but not traced ones ({type(error).__name__}: {error})")

    def _recording(
        self, call: "Call", programs: LanePrograms, plain: Sequence[float], limited: frozenset[int]
    ) -> Recording:
        def called(given: list[Any]) -> object:
            arguments = call.arguments(given)
            copies = Copies(call.arguments(plain), arguments)
            result = call.applied(self.f, arguments)
            if copies.changed():
                raise Unwritable("changes its arguments")
            return result

        return Recording(called, plain, lanes=True, kinds=call.kinds, catching=programs.catching, limited=limited)

    def _raises(self, call: "Call", plain: Sequence[float]) -> bool:
        try:
            with Watched(self._known(call.programs)):
                call.applied(self.f, call.arguments(plain))
        except Exception:
            return True
        return False

    def stats(self) -> LaneStats:
        """Return what was traced, as a table."""
        every = [self, *[one for one in self.methods.values() if isinstance(one, Mapped)]]
        known = [programs for one in every for programs in one.cache.known.values()]
        reasons = [one.uncompiled for one in every if one.uncompiled]
        return LaneStats(known, sum(one.cache.renewed for one in every), reasons[0] if reasons else "")

    def _uncompiled(self, call: Call) -> object:
        """Return the lanes one by one, of traced numbers too."""
        for column in call.columns:
            if isinstance(column, Traced):
                raise NeedsElements(primal(column))
        return self._looped(call)

    def _looped(self, call: "Call") -> object:
        """Return the lanes one by one: where numbers are traced in arrays, or are not to be compiled."""
        found = [self._lane(call, i) for i in range(call.count)]
        failed = [x for x in found if isinstance(x, Exception)]
        if failed and len(failed) == len(found):
            raise failed[0]
        nests = [x for x in found if not isinstance(x, Exception)]
        missing = [math.nan] * len(nests[0][0])
        first = nests[0][1]
        found = [x if isinstance(x, Exception) else (_ordered(*x, first), first) for x in found]
        columns = zip(*[missing if isinstance(x, Exception) else x[0] for x in found], strict=True)
        return unflatten(first, [array_of(iter(column), (call.count,)) for column in columns])

    def _lane(self, call: "Call", i: int) -> tuple[list[Any], Rebuild] | Exception:
        """Return a lane as Python has it, and with IEEE's limits where a primitive raises; or what raises even so."""
        try:
            return flat_lane(call.applied(self.f, call.lane(i, None)))
        except (ValueError, ArithmeticError, ConvergenceError) as error:
            if written_out(error):
                raise
        try:
            return flat_lane(call.applied(self.f, call.lane(i, Total)))
        except (ValueError, ArithmeticError, ConvergenceError) as error:
            return error


def _ordered(leaves: list[Any], rebuild: Rebuild, first: Rebuild) -> list[Any]:
    """Return the leaves of a lane in the order of those of the first lane."""
    return leaves if rebuild is first else [leaves[i] for i in places_as(rebuild, first)]


@overload
def vmap(
    f: Callable[..., Any],
    in_axes: Axes | Sequence[Axes] = 0,
    backend: str | None = None,
    paths: int = MOST_PATHS,
    audit: Audit = True,
    out_axes: Axes = 0,
) -> Mapped: ...


@overload
def vmap(
    f: None = None,
    in_axes: Axes | Sequence[Axes] = 0,
    backend: str | None = None,
    paths: int = MOST_PATHS,
    audit: Audit = True,
    out_axes: Axes = 0,
) -> Callable[[Callable[..., Any]], Mapped]: ...


def vmap(
    f: Callable[..., Any] | None = None,
    in_axes: Axes | Sequence[Axes] = 0,
    backend: str | None = None,
    paths: int = MOST_PATHS,
    audit: Audit = True,
    out_axes: Axes = 0,
) -> Mapped | Callable[[Callable[..., Any]], Mapped]:
    """Return a function that applies f to every lane of arrays: along one axis of each argument.

    `in_axes` is the axis of the lanes (0 is the first), None (the same in all lanes), or a tuple of these, one for each
    argument that is given, in the order of f's signature; each may be a nest of them, as that of the argument, or of
    its upper part. Arrays, or nests of arrays, in and out; `out_axes`, which may be a nest too, says where the lanes of
    results are: first by default; None is for what is the same in all. What is the same in all lanes may be any nest
    that `jit` takes, modules among them. Lanes have IEEE 754's limits where a primitive raises: NaN outside of a
    domain; a `raise` of f's own is raised, and where f catches exceptions, its handlers run lane by lane. Each lane
    takes its own branches. Raises ValueError where axes differ in length, TypeError for an argument that is no array of
    numbers; f is traced as by `jit`, and what is said there of closures holds. It is a decorator too, `@vmap` or
    `@vmap(in_axes=...)`; `in_axes` of a method leave the instance out, which is the same in all lanes.

    Within `grad` or `jit` the arguments with axis None may be traced numbers; then `sum()` and `mean()` over the lanes
    are one step each, and for anything else the lanes are traced one by one, as an array. `backend` is "llvm" or
    "numpy"; by default the best that is installed. LLVM compiles quickly at first and optimises what ten million lanes
    went through, with backend="llvm" at once; no bit depends on it but the sign of NaN. `paths` is how many ways the
    lanes may go; each is compiled, and where there are more, that is a TraceError. `audit` is that of `jit`: at the
    same calls a sample of lanes is run by Python too and compared, and at a difference the function runs lane by lane
    from then on. Many lanes are run on as many threads as there are cores, or as the environment variable
    VALUEGRAD_THREADS says; no bit depends on that. Solvers (`root`, `fixed_point`, `minimize`) go on in each lane until
    it has arrived, by compiled programs of their equations; what is around them is done by NumPy then.

    >>> from autograd import sin, value_and_grad
    >>> import numpy as np
    >>> f = vmap(value_and_grad(lambda x, y: sin(x) * y if y > 0.0 else -x, argnums=(0, 1)))
    >>> values, slopes = f(np.array([0.0, 1.0, 2.0]), np.array([1.0, -1.0, 3.0]))
    >>> values.round(3).tolist(), slopes[0].round(3).tolist()
    ([0.0, -1.0, 2.728], [1.0, -1.0, -1.248])
    """
    if f is None:
        return partial(
            Mapped, in_axes=in_axes, backend=backend, paths=paths, audit=checked(audit, "vmap"), out_axes=out_axes
        )
    return Mapped(f, in_axes, backend, paths, audit, out_axes)
