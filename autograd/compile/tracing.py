"""The first call on a path: on traced numbers, which become its program, and on plain ones, to compare with."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Protocol

from autograd.backends import backend, spent
from autograd.compile.arguments import Arguments, agree
from autograd.compile.audit import Audit, Schedule
from autograd.compile.dependencies import Dependencies
from autograd.compile.effects import Copies, Effects, Ref, Unwritable, shares_memory
from autograd.compile.lane_sum_program import packed
from autograd.compile.lane_sums import Unjoined, evaluated_once
from autograd.compile.paths import UNKNOWN, CompiledPath, Paths
from autograd.compile.results import CONSTANT, NoNest, plain
from autograd.compile.specializations import UNLIKE, Recording, Specializations, Swallowed, Watched
from autograd.compile.static import StaticArguments
from autograd.errors import ConvergenceError, GraphError, TraceError
from autograd.program.program import Miss
from autograd.tape.guards import NeedsInts, Unanswered
from autograd.tape.pytree import unflatten
from autograd.tape.tape import primal
from autograd.tape.traced import NeedsElements

MOST_CHANGES = 3


class Jitted(Protocol):
    """What a call of a jitted function needs of it."""

    f: Callable[..., Any]
    audit: Audit
    backend: str | None
    cache: Specializations[Paths]
    changes: int
    static: StaticArguments | None

    def run_uncompiled(self, why: str) -> None:
        """Run the function itself from now on."""

    def refuse(self, error: Exception) -> None:
        """Raise what a traced number raised that Python does not, or run uncompiled from now on."""

    def must_run_uncompiled(self, known: Iterable[Dependencies]) -> bool:
        """Find out whether it must."""
        ...


class Refused(Exception):
    """The function raised on traced numbers what nobody expects of it; the cause says what."""


UNRECORDED = (  # why a function has no record
    *(NeedsElements, NeedsInts, Swallowed, Unwritable, Refused, NoNest),
    *(Unjoined, ValueError, ArithmeticError, ConvergenceError, GraphError, TraceError),
)


class Tracing:
    """A first call on a path: the function is called on traced numbers, then on plain ones, and the path is kept."""

    function: Jitted
    paths: Paths
    leaves: list[Any]
    nest: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __init__(
        self,
        function: Jitted,
        paths: Paths,
        leaves: list[Any],
        nest: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.function, self.paths, self.leaves, self.nest = function, paths, leaves, nest
        self.args, self.kwargs = args, kwargs
        closure = function.cache.dependencies
        self.known: list[Dependencies] = [*([] if closure is None else [closure]), *paths.known()]

    def result(self) -> Any:
        """Return the result of the call."""
        function, start = self.function, time.perf_counter()
        if function.must_run_uncompiled(self.known):
            return self.plain()
        self.numbers: list[Any] = self.paths.elements(self.leaves)
        error: BaseException | None = None
        try:
            with evaluated_once(), Watched(self.known) as watched:
                recording = self.recording()
        except UNRECORDED as caught:
            error = caught
        if watched.drawn:
            function.run_uncompiled("draws random numbers")
            return self.plain()
        if error is not None:
            return self.unrecorded(error)
        if watched.asked:
            function.run_uncompiled(watched.asked)
        elif watched.changed:
            self.changed()
        if watched.asked or watched.changed:
            return self.plain()
        return self.kept(recording, start)

    def unrecorded(self, error: BaseException) -> Any:
        """Return the result where no record was made, and why not."""
        function, paths = self.function, self.paths
        if isinstance(error, NeedsElements):
            paths.explode({i for i, x in enumerate(self.leaves) if x is error.args[0]})
            return self.again()
        if isinstance(error, NeedsInts):
            return self.of_ints(error.args[1])
        if isinstance(error, Swallowed) and not str(error) and not paths.catching:
            paths.catching, paths.paths, paths.last = True, [], None
            return self.again()
        if isinstance(error, Swallowed | Unwritable | NoNest):
            function.run_uncompiled(str(error) or "catches exceptions that depend on numbers")
            return self.plain()
        try:
            found = self.plain()  # if this raises too, that is what Python does
        except AttributeError:
            if isinstance(error, TraceError):  # `.data` of a float
                function.refuse(error.with_traceback(None))
            raise
        if isinstance(error, Unanswered):
            function.run_uncompiled("uses the dtype of a traced array")
        elif isinstance(error, TraceError) and str(error).startswith(".data "):
            function.run_uncompiled("uses the data of Values, which are traced numbers here")
        elif isinstance(error, TraceError) and not isinstance(error, Unjoined):
            function.refuse(error)
        if isinstance(error, Refused):
            cause = error.__cause__
            function.run_uncompiled(f"takes numbers, but not traced ones ({type(cause).__name__}: {cause})")
        paths.unjoined |= isinstance(error, Unjoined)
        paths.eager += 1
        return found

    def plain(self) -> Any:
        """Return what the function gives."""
        return plain(self.function.f(*self.args, **self.kwargs))

    def changed(self) -> None:
        """Count a call that changed what the function refers to; what does so again and again fills no cache."""
        self.paths.eager += 1
        self.function.changes += 1
        if self.function.changes >= MOST_CHANGES:
            self.function.run_uncompiled("changes what it refers to outside of its arguments")

    def again(self) -> Any:
        """Return the result of another try, in which more is known of the function."""
        return Tracing(self.function, self.paths, self.leaves, self.nest, self.args, self.kwargs).result()

    def of_ints(self, wanted: Sequence[int]) -> Any:
        """Return the result where the whole numbers at these places are taken as they are."""
        paths, places = self.paths, self.paths.places(self.leaves)
        leaves = [i for i, place in enumerate(places) if place in wanted and i not in paths.exploded]
        if len(leaves) < len(wanted):
            self.function.run_uncompiled("asks of whole numbers in an array what only Python's own can answer")
            return self.plain()
        paths.ints, paths.paths, paths.last = tuple(leaves), [], None
        self.paths = paths.of_ints(self.leaves)
        return self.again()

    def recording(self) -> Recording:
        """Return the record of the function, whose result is (its result, what it writes to its arguments)."""
        paths = self.paths
        arguments = Arguments(self.nest if self.function.static else (self.args, self.kwargs), rebuilding=True)
        baked, kinds = paths.given(self.leaves, arguments)
        self.answered: object = None
        self.effects: Effects | None = None

        def called(given: list[Any]) -> object:
            copied = paths.rebuilt(arguments, [baked.get(i, x) for i, x in enumerate(given)], paths.exploded)
            copies = Copies((self.args, self.kwargs), copied)
            self.answered = self.on_traced(*copied)
            known = {i for found in self.known for i in found.seen}
            changes, contents = copies.changes(known)
            result = copies.encoded(self.answered, known)
            if not changes and result is self.answered:
                return result
            self.effects = Effects(changes, contents, result)
            self.contents = contents
            return result, contents

        return Recording(called, self.numbers, (*CONSTANT, Ref), False, kinds, paths.catching)

    def kept(self, recording: Recording, start: float) -> Any:
        """Return the result of a call whose record is good, when a path was made of it."""
        function, paths, traced = self.function, self.paths, time.perf_counter()
        with evaluated_once():
            expected = self.plain()
        if not agree(self.answered, expected) or not self.written():
            function.run_uncompiled(UNLIKE)
            return expected
        if shares_memory(expected, (self.args, self.kwargs)):
            function.run_uncompiled("returns a view of an array, which shares its memory")
            return expected
        path = self.compiled(paths, recording, (traced - start, 0.0, time.perf_counter() - traced))
        path.effects = self.effects
        paths.add(path)
        if self.effects is not None:
            path.audits = self.schedule()
            return expected
        found = UNKNOWN if path.packed is None else paths.packed(path, path.packed, self.leaves, None)
        if found is UNKNOWN:
            start, before = time.perf_counter(), spent()
            values = path.call(self.numbers)  # what a second call gives, to the bit
            path.count(start, before)
            found = unflatten(path.rebuild, [primal(y) for y in recording.outputs] if type(values) is Miss else values)
        path.calls, path.running, path.audits = 0, 0.0, self.schedule()  # of calls that did nothing else
        return found

    def schedule(self) -> Schedule:
        """Return when later calls of the path are audited."""
        return Schedule(self.function.audit, any(found.hides for found in self.known))

    def written(self) -> bool:
        """Return whether Python has written to the arguments what the record says."""
        return self.effects is None or self.effects.agree(self.contents, (self.args, self.kwargs))

    def on_traced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        """Return the function's result on traced numbers."""
        try:
            return self.function.f(*args, **kwargs)
        except (TraceError, Unjoined, ValueError, ArithmeticError, ConvergenceError, GraphError):
            raise
        except Exception as error:  # whatever a function may raise that meets numbers which are no floats
            raise Refused from error

    def compiled(self, paths: Paths, recording: Recording, times: tuple[float, float, float]) -> CompiledPath:
        program, start = recording.program, time.perf_counter()
        if recording.arrays:
            python = cache(lambda: backend("python").scalar(program))  # of which `packed` leaves little to do

            def call(leaves: list[Any]) -> "tuple[float, ...] | Miss":
                return python()(leaves)  # type: ignore[no-any-return]

        else:
            call = backend(self.function.backend).scalar(program, self.function.backend is not None)
        direct = packed(program, recording.arrays, lambda part: backend(self.function.backend).scalar(part, True))
        if direct is None and paths.exploded:
            direct = getattr(call, "packed", None)
        tracing, _, eager = times
        return CompiledPath(program, call, direct, recording.rebuild, (tracing, time.perf_counter() - start, eager))
