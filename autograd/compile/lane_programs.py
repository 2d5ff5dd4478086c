"""The programs of a function over lanes, one for each path, and how results of the paths are joined."""

import dis
import math
import time
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from autograd.backends import backend
from autograd.compile.audit import Audit, Schedule
from autograd.compile.results import places_as
from autograd.compile.specializations import Specialization
from autograd.errors import ConvergenceError, TraceError
from autograd.graph.contexts import ours
from autograd.program.program import Miss, Program, Recorded
from autograd.tape.pytree import Rebuild
from autograd.transforms.implicit import Solution

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

MOST_PATHS = 1000


class Sums(Protocol):
    """A kind of sums over lanes: which derivatives of a program's output are summed."""

    @property
    def size(self) -> int:
        """How many sums these are."""
        ...

    def derived(self, program: Program) -> Program:
        """Return the program of what is summed."""
        ...


Kind = Literal["each"] | Sums  # of results: each output in its lane, or sums


class LanePrograms(Specialization):
    """The programs of one function for one kind of arguments: one for each path, found by the guard that failed."""

    running: float
    cost: float

    def __init__(self, objects: Sequence[object], paths: int, audit: Audit) -> None:
        super().__init__(objects)
        self.trace: Callable[[Sequence[float]], tuple[Program, Rebuild]]
        self.paths = paths
        self.varying: list[bool] = []  # for each input of the programs, whether it differs from lane to lane
        self.programs: list[Program] = []
        self.rebuild: Rebuild | None = None  # of a result
        self.kernels: dict[Hashable, Any] = {}
        self.catching: bool = False  # whether it is recorded which steps raise
        self.audits: Schedule = Schedule(audit)
        self.audited: int = 0  # paths that there were when one was found at last
        self.calls: int = 0  # since then
        self.running, self.cost = 0.0, 0.0  # seconds of all runs, and of the last audit
        self.sample: list[int] = []  # a lane of each path of the last run

    def catch(self) -> None:
        """Record which steps raise, from now on."""
        self.catching = True
        self.programs.clear()
        self.kernels.clear()

    def _add(self, numbers: Sequence[float], lane: Sequence[float]) -> None:
        """Trace the path that a lane takes."""
        own, given = iter(numbers), iter(lane)
        program, rebuild = self.trace([next(given) if v else next(own) for v in self.varying])
        if self.rebuild is None:
            self.rebuild = rebuild
        else:
            order = places_as(rebuild, self.rebuild)
            if order != sorted(order):
                outputs = tuple([program.outputs[i] for i in order])
                program = Program(program.inputs, program.constants, program.steps, outputs)
        self.programs.append(program)

    def kernel(self, kind: Kind, place: int, name: str | None) -> Any:
        """Return the compiled program of a path: "each" output in its lane, the sum of one, or gradients of a sum."""
        key = kind, place, name
        if key not in self.kernels:
            program = self.programs[place]
            flags, own = ([False] * program.results, None) if kind == "each" else ([True] * kind.size, kind)
            if not isinstance(program, Recorded) and any(isinstance(step[0], Solution) for step in program.steps):
                from autograd.compile.lane_solver import prepare

                prepare(program, compiled)
                name = "numpy"  # whose solvers run compiled programs of the equations
            made = backend(name, ("llvm", "numpy")).lanes(program, self.varying, flags, own, at_once=name is not None)
            self.kernels[key] = made
        return self.kernels[key]

    def audit(self) -> bool:
        """Count a call; return whether it is audited, as is the one after a path was found."""
        self.calls += 1
        if len(self.programs) != self.audited:
            self.audited, self.calls = len(self.programs), 1
            self.audits.restart()
        return bool(self.programs) and self.audits.take(self.calls, self.cost, self.running)

    def by_python(self, numbers: Sequence[float]) -> tuple[int, Sequence[float] | None]:
        """Return (the number of steps, the outputs) of the program for one lane, run by Python; None where it fails."""
        for place, program in enumerate(self.programs):
            key = "by_python", place
            call = self.kernels.get(key) or self.kernels.setdefault(key, backend("python").scalar(program))
            try:
                found = call(numbers)
            except (ValueError, ArithmeticError, ConvergenceError):
                return 0, None
            if type(found) is not Miss:
                return program.size, found
        return 0, None

    def run(
        self, kind: Kind, numbers: Sequence[float], columns: Sequence["Array"], count: int, name: str | None
    ) -> list[Any]:
        """Return every output: arrays, or sums over the lanes where the kind joins them."""
        start = time.perf_counter()
        try:
            return self._run(kind, numbers, columns, count, name)
        finally:
            self.running += time.perf_counter() - start

    def _run(
        self, kind: Kind, numbers: Sequence[float], columns: Sequence["Array"], count: int, name: str | None
    ) -> list[Any]:
        if not count and not self.programs:  # what results there are is the same for all lanes
            self._add(numbers, [1.0] * len(columns))
        if self.programs:
            found, missed = self.kernel(kind, 0, name)(numbers, columns, count)
            if missed is None:
                self.sample = []
                return list(found)
        joined = _Each(count) if kind == "each" else _Sums()
        import numpy as np

        lanes: Any = np.arange(count)  # those that are still to be done
        place, self.sample = 0, []
        while len(lanes):
            if place == len(self.programs):
                try:
                    self._add(numbers, [column[0] for column in columns])
                except (ValueError, ArithmeticError, ConvergenceError) as error:  # what a lane cannot look at has none
                    if written_out(error):
                        raise
                    joined.failed.append(int(lanes[0]))
                    lanes, columns = lanes[1:], [column[1:].copy() for column in columns]
                    if not len(lanes) and not joined.parts:
                        raise
                    continue
            found, missed = self.kernel(kind, place, name)(numbers, columns, len(lanes))
            joined.add(place, lanes, found, missed)
            here = lanes if missed is None else lanes[missed == 0]
            self.sample += [int(here[-1])] if len(here) else []
            if missed is None:
                break
            away = np.flatnonzero(missed)
            lanes, columns, place = lanes[away], [column[away] for column in columns], place + 1
            if place >= self.paths:
                raise TraceError(f"vmap: more than {self.paths} paths; the lanes have too little in common")
        return joined.results(self.programs)


def compiled(
    trace: Callable[[Sequence[float]], tuple[Program, Rebuild]], count: int
) -> "Callable[[Sequence[Array], int], list[Array]]":
    """Return a function of so many columns, compiled for each path that the lanes take."""
    programs = LanePrograms([], MOST_PATHS, audit=False)
    programs.trace, programs.varying = trace, [True] * count
    return lambda columns, lanes: programs.run("each", [], columns, lanes, None)


def written_out(error: BaseException) -> bool:
    """Return whether an exception was raised by a `raise` of the user's, not by a primitive or an operator."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or ours(trace.tb_frame.f_code.co_filename):
        return False
    at = trace.tb_lasti
    return any(x.offset == at and x.opname == "RAISE_VARARGS" for x in dis.get_instructions(trace.tb_frame.f_code))


class _Each:
    """The outputs of all lanes, joined from those of the paths."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.failed: list[int] = []  # lanes without a result
        self.parts: list[Any] = []

    def add(self, place: int, lanes: "Array", found: list["Array"], missed: "Array | None") -> None:
        """Take the outputs of the lanes that did not miss."""
        import numpy as np

        if not self.parts:
            self.parts = found if len(lanes) == self.count else [np.empty(self.count) for _ in found]
        if self.parts is not found:
            kept = slice(None) if missed is None else missed == 0
            for whole, part in zip(self.parts, found, strict=True):
                whole[lanes[kept]] = part[kept]

    def results(self, programs: Sequence[Program]) -> list[Any]:
        """Return each output, an array with NaN for lanes without a result."""
        for whole in self.parts:
            whole[self.failed] = math.nan
        return list(self.parts)


class _Sums:
    """The sums over all lanes, joined from those of the paths."""

    def __init__(self) -> None:
        self.failed: list[int] = []
        self.parts: dict[int, list[float]] = {}

    def add(self, place: int, lanes: "Array", found: list[float], missed: "Array | None") -> None:
        """Take the sums of a path."""
        self.parts[place] = found

    def results(self, programs: Sequence[Program]) -> list[float]:
        """Return the sums; paths are summed in the order of their guards, not in that of their discovery."""
        parts = [self.parts[i] for i in sorted(self.parts, key=lambda i: _seen(programs[i]))]
        if self.failed:
            return [math.nan for _ in parts[-1]]
        total = parts[0] if parts else []
        for part in parts[1:]:
            total = [x + y for x, y in zip(total, part, strict=True)]
        return total


def _seen(program: Program) -> list[Any]:
    return [(guard.comparison, guard.seen) for guard in program.guards]
