"""`vmap`: a function of numbers over arrays of them, many lanes at a time, as compiled programs.

Every lane goes where the function goes for its own numbers: lanes that part from the rest at a guard are taken out and
run on their own path. Within `grad` or `jit` the result is not an array but `Lanes`, of which only the sum or the mean
can be taken; the gradient of that is again a sum over lanes of a program.
"""

import inspect
import math
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

from autograd.compile.arguments import KEPT, Arguments, NotTraceable, agree, array_of
from autograd.compile.audit import Audit, checked, found_at
from autograd.compile.lane_audit import lanes_differ
from autograd.compile.lane_places import placed
from autograd.compile.lane_programs import MOST_PATHS, LanePrograms
from autograd.compile.lane_sums import Lanes, lane_sums
from autograd.compile.specializations import UNLIKE, Decorated, Recording, Specializations
from autograd.errors import ConvergenceError, GraphError, TraceError
from autograd.primitives.carrier import Carrier
from autograd.program.program import Program
from autograd.tape.pytree import Rebuild, columns_of, described, flatten, is_array, opened, unflatten
from autograd.tape.tape import Traced, primal
from autograd.tape.traced import NeedsElements, TracedArray

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

Axis = int | None  # of the lanes in an argument; None where it is the same in all
Axes = Any  # an Axis, or a nest of them as that of the argument, or of its upper part


class _Looped(Exception):
    """This function does not run in lanes; the message says what it does."""


class Mapped(Decorated[..., Any]):
    """What `vmap` returns: a function of arrays that runs as compiled programs over their lanes."""

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

    def _method(self, instance: object, *args: Any, **kwargs: Any) -> Any:
        return self._placed((instance, *args), [None, *self._axes(args, kwargs, 1)], kwargs)

    def _axes(self, args: Sequence[object], kwargs: dict[str, Any], skipped: int = 0) -> list[Axes]:
        """Return the axes of the arguments, then those of the ones that are given by name."""
        given: Any = self.in_axes
        if not isinstance(given, (tuple, list)):
            return [given] * (len(args) + len(kwargs))
        axes = list(given)
        if len(axes) < len(args) or (len(axes) > len(args) and not kwargs):
            raise ValueError(f"vmap: {len(axes)} in_axes for {len(args)} arguments; give one for each")
        names = list(inspect.signature(self.f).parameters)[skipped:] if kwargs else []
        by_name = dict(zip(names, axes, strict=False))
        return [*axes[: len(args)], *[by_name.get(name, 0) for name in kwargs]]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the function's results: arrays, with the lanes along the first axis, or where `out_axes` says."""
        bound = len(self.bound)
        return self._placed((*self.bound, *args), [*[None] * bound, *self._axes(args, kwargs, bound)], kwargs)

    def _placed(self, args: Sequence[Any], axes: Sequence[Axes], kwargs: dict[str, Any]) -> Any:
        found = self._mapped((*args, *kwargs.values()), axes, tuple(kwargs))
        if self.out_axes == 0 and type(self.out_axes) is int:
            return found
        return placed(found.entries if isinstance(found, Lanes) else found, self.out_axes)

    def _mapped(self, args: Sequence[Any], axes: Sequence[Axes], names: tuple[str, ...]) -> Any:
        call = Call(args, axes, names)
        if call.looped:
            return self._looped(call)
        programs = self.cache.find(tuple(call.keys), lambda: LanePrograms(call.objects, self.paths, self.audit))
        call.fill(programs)
        if self.uncompiled:
            return self._uncompiled(call)
        programs.trace = lambda numbers: self._trace(call, programs, numbers)
        audited = programs.audit()
        results: list[Any] | None = None
        if not call.traced:
            try:
                results = programs.run("each", call.numbers, columns_of(call.columns), call.count, self.backend)
            except _Looped as error:
                self.run_uncompiled(str(error))
                return self._looped(call)
        if audited and self._unlike(call, programs, results):
            return self._uncompiled(call)
        if results is None:
            return Lanes(programs, call.numbers, call.columns, call.count, self.backend, partial(self._looped, call))
        assert programs.rebuild is not None
        return unflatten(programs.rebuild, results)

    def _unlike(self, call: "Call", programs: LanePrograms, results: list[Any] | None) -> bool:
        """Return whether an audit finds that lanes are not what Python gives."""
        start = time.perf_counter()
        unlike = lanes_differ(self.f, call, programs, results)
        programs.cost = time.perf_counter() - start
        if unlike:
            self.run_uncompiled(unlike + found_at(programs.calls + 1))
        return bool(unlike)

    def _trace(self, call: "Call", programs: LanePrograms, numbers: Sequence[float]) -> tuple[Program, Rebuild]:
        plain = [int(x) if whole else float(x) for x, whole in zip(numbers, call.whole, strict=True)]
        error = TraceError if call.traced else _Looped
        impure = self.cache.impure(programs.dependencies)
        if impure:
            raise error(impure)
        generators = self.cache.generators(programs.dependencies)
        try:
            recording = Recording(lambda given: call.applied(self.f, call.arguments(given)), plain, lanes=True)
        except GraphError as graph_error:
            raise error(f"cannot be compiled: {graph_error}") from graph_error
        finally:
            drawn = generators.drawn()
            if drawn:
                generators.restore()
        if drawn:
            raise error("draws random numbers")
        program = recording.program
        if lane_sums(program):
            raise error("takes sums over other lanes for each of its own; write them as one `vmap`")
        try:
            eager = call.applied(self.f, call.arguments(plain))
        except (ValueError, ArithmeticError, ConvergenceError):  # where lanes have a limit, or NaN, instead
            return program, recording.rebuild
        if not agree(recording.result, eager):
            raise error(UNLIKE)
        return program, recording.rebuild

    def stats(self) -> "Stats":
        """Return what was traced, as a table."""
        return Stats(self)

    def _uncompiled(self, call: "Call") -> Any:
        """Return the lanes one by one, of traced numbers too."""
        for column in call.columns:
            if isinstance(column, Traced):
                raise NeedsElements(primal(column))
        return self._looped(call)

    def _looped(self, call: "Call") -> Any:
        """Return the lanes one by one: where numbers are traced in arrays, or are not to be compiled."""
        found = [flatten(call.applied(self.f, call.lane(i)), "result") for i in range(call.count)]
        columns = zip(*[leaves for leaves, _ in found], strict=True)
        return unflatten(found[0][1], [array_of(iter(column), (call.count,)) for column in columns])


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
    argument; each may be a nest of them, as that of the argument, or of its upper part. An argument that is given by
    name has the axis of its position, or else 0. Arrays, or nests of arrays, in and out; `out_axes`, which may be a
    nest too, says where the lanes of results are: first by default; None is for what is the same in all. What is the
    same in all lanes may be any nest that `jit` takes, modules among them. Lanes have IEEE 754's limits where Python
    raises: NaN outside of a domain. Each lane takes its own branches. Raises ValueError where axes differ in length,
    TypeError for an argument that is no array of numbers; f is traced as by `jit`, and what is said there of closures
    holds. It is a decorator too, `@vmap` or `@vmap(in_axes=...)`; `in_axes` of a method leave the instance out, which
    is the same in all lanes.

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


class Stats:
    """The table that `stats` returns."""

    def __init__(self, function: Mapped) -> None:
        known = function.cache.known.values()
        self.shapes, self.paths = len(known), sum(len(programs.programs) for programs in known)
        self.renewed = function.cache.renewed
        self.audits = sum(programs.audits.done for programs in known)
        self.uncompiled = function.uncompiled  # why the function runs lane by lane from now on, or ""

    def __repr__(self) -> str:
        text = f"paths: {self.paths}; shapes of arguments: {self.shapes}; closures renewed: {self.renewed}"
        text += f"; audits: {self.audits}"
        return f"{text}\nlane by lane from now on: the function {self.uncompiled}" if self.uncompiled else text


class _Shared:
    """An argument that is the same in all lanes, given by its numbers."""

    def __init__(self, call: "Call", x: object, path: str) -> None:
        self.flat = partial(flatten, x, path, KEPT)
        try:
            self.nest = Arguments(x, carriers=True, rebuilding=True)
        except NotTraceable:
            self.flat()  # raises TypeError, with the path, for what cannot be differentiated
            call.looped = True
            return
        call.objects += self.nest.objects
        call.keys.append((None, self.nest.key))
        numbers = [y for x in self.nest.leaves for y in (x.ravel().tolist() if is_array(x) else [x])]
        call.looped |= any(isinstance(y, Carrier) and not isinstance(y, Traced) for y in numbers)

    def fill(self, call: "Call") -> None:
        """Add the numbers to those of the call."""
        self.programs = call.programs
        for x in self.programs.numbers(self.nest.leaves):
            xs, whole = (x.ravel().tolist(), x.dtype.kind in "iub") if is_array(x) else ([x], type(x) is int)
            call.numbers += [y if isinstance(y, Carrier) else float(y) for y in xs]
            call.varying += [False] * len(xs)
            call.whole += [whole] * len(xs)

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument with the next numbers in it."""
        return self.programs.rebuilt(self.nest, given)

    def lane(self, i: int) -> object:
        """Return the argument of a lane as it was given."""
        leaves, rebuild = self.flat()
        return unflatten(rebuild, leaves)


class _Varying:
    """An argument that has lanes: an array, or a nest of arrays."""

    def __init__(self, call: "Call", x: Any, axis: int, path: str) -> None:
        leaves: list[Any] = [x]
        key: Hashable = None
        self.rebuild: Rebuild = next
        if opened(x) is not None and not _numbers(x):
            try:
                nest = Arguments(x, lanes=True, rebuilding=True)
            except NotTraceable:
                flatten(x, path, (), lambda y: is_array(y) or isinstance(y, TracedArray))  # raises TypeError
                raise
            leaves, self.rebuild, key = nest.leaves, nest.rebuild, nest.key
            call.objects += nest.objects
        self.arrays = [_lanes_first(y, axis, path) for y in leaves]
        self.columns = [
            y.input if isinstance(y, TracedArray) else array for y, array in zip(leaves, self.arrays, strict=True)
        ]
        for array in self.arrays:
            if call.count not in (-1, len(array)):
                raise ValueError(f"vmap: {path} has {len(array)} lanes, others have {call.count}")
            call.count = len(array)
            call.looped |= array.dtype.hasobject
        call.keys.append((axis, key, *[(array.shape[1:], array.dtype.kind) for array in self.arrays]))

    def fill(self, call: "Call") -> None:
        """Add the columns to those of the call."""
        call.columns += self.columns
        for array in self.arrays:
            size = math.prod(array.shape[1:])
            call.varying += [True] * size
            call.whole += [array.dtype.kind in "iub"] * size

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument of a lane with the next numbers in it."""
        return self.rebuild(iter([array_of(given, array.shape[1:]) for array in self.arrays]))

    def lane(self, i: int) -> object:
        """Return the argument of a lane as it was given."""
        return self.rebuild(iter([array[i] for array in self.arrays]))


class _Split:
    """An argument with a nest of axes: a nest of parts, each with one axis or none."""

    def __init__(self, call: "Call", x: Any, axes: Axes, path: str) -> None:
        wanted, parted = opened(axes), opened(x)
        if wanted is None:
            raise ValueError(f"vmap: in_axes has {axes!r}; use the number of an axis, or None")
        if parted is None or parted[0] != wanted[0]:
            raise ValueError(f"vmap: in_axes has {axes!r} for {path}, which is another nest: {described(x)}")
        names, parts, self.make = parted
        call.keys.append((type(x), *names))
        self.parts = [call.part(y, own, path + name) for name, y, own in zip(names, parts, wanted[1], strict=True)]

    def fill(self, call: "Call") -> None:
        """Add the numbers and columns to those of the call."""
        for part in self.parts:
            part.fill(call)

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument of a lane with the next numbers in it."""
        return self.make([part.of_numbers(given) for part in self.parts])

    def lane(self, i: int) -> object:
        """Return the argument of a lane as it was given."""
        return self.make([part.lane(i) for part in self.parts])


def _lanes_first(x: object, axis: int, path: str) -> "Array":
    """Return an array with the lanes along its first axis."""
    import numpy as np

    from autograd.arrays import refuse_special

    refuse_special(x, path)
    array = x.array if isinstance(x, TracedArray) else np.asarray(x)
    if array.ndim == 0 or array.dtype.kind not in "fiubO":
        raise TypeError(f"vmap: {path} is {type(x).__name__}; use an array of numbers, or in_axes None")
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"vmap: {path} has {array.ndim} axes; there is no axis {axis}")
    if isinstance(x, TracedArray) and axis % array.ndim:
        raise NeedsElements(array)
    return np.moveaxis(array, axis, 0) if axis % array.ndim else array


class Call:
    """The arguments of one call, flat: what is the same in all lanes, and the columns of what varies."""

    def __init__(self, args: Sequence[Any], axes: Sequence[Axes], names: tuple[str, ...] = ()) -> None:
        self.names = names  # of the last arguments
        self.objects: list[object] = []  # to be watched
        self.looped = False  # whether its lanes are to be done one by one
        self.count = -1
        self.keys: list[Hashable] = [names]
        paths = [*[f"args[{i}]" for i in range(len(args) - len(names))], *names]
        self.parts = [self.part(x, axis, path) for x, axis, path in zip(args, axes, paths, strict=True)]
        if self.count < 0:
            raise ValueError("vmap: no argument has lanes; give at least one with axis 0")

    def part(self, x: Any, axes: Axes, path: str) -> "_Shared | _Varying | _Split":
        """Return an argument, or a part of one, with what is to be known of it."""
        if axes is None:
            return _Shared(self, x, path)
        if type(axes) is int:
            return _Varying(self, x, axes, path)
        return _Split(self, x, axes, path)

    def applied(self, f: Callable[..., Any], given: list[object]) -> Any:
        """Return f of these arguments, the last of them by their names."""
        count = len(given) - len(self.names)
        return f(*given[:count], **dict(zip(self.names, given[count:], strict=True)))

    def fill(self, programs: LanePrograms) -> None:
        """Gather the numbers of the arguments, which are for these programs."""
        self.programs = programs
        self.numbers: list[Any] = []  # of all lanes
        self.columns: list[Any] = []
        self.varying: list[bool] = []
        self.whole: list[bool] = []  # of those, which are ints
        for part in self.parts:
            part.fill(self)
        programs.varying = self.varying
        self.traced = any(isinstance(x, Traced) for x in (*self.numbers, *self.columns))

    def arguments(self, given: Sequence[Any]) -> list[object]:
        """Return the arguments of one lane, with these in place of the numbers."""
        numbers = iter(given)
        return [part.of_numbers(numbers) for part in self.parts]

    def lane(self, i: int) -> list[object]:
        """Return the arguments of a lane as they were given."""
        return [part.lane(i) for part in self.parts]


def _numbers(x: object) -> bool:
    """Return whether a nest is of numbers alone, and so an array itself."""
    return isinstance(x, (list, tuple)) and all(isinstance(y, (Real, Carrier)) or _numbers(y) for y in x)
