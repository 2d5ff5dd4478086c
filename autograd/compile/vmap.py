"""`vmap`: a function of numbers over arrays of them, many lanes at a time, as compiled programs.

Start at `vmap`. Every lane goes where the function goes for its own numbers: lanes that part from the rest at a guard
are taken out and run on their own path. The one surprise: inside of `grad` or `jit` the result is not an array but
`Lanes`, of which only the sum or the mean can be taken; the gradient of that is again a sum over lanes of a program.
"""

import itertools
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any

from autograd.backends import backend
from autograd.compile.arguments import KEPT, MOST_SHAPES, UNLIKE, Inline, agree, signature
from autograd.compile.dependencies import Watch
from autograd.compile.lane_sums import Lanes, LaneSum
from autograd.errors import GraphError, TraceError
from autograd.primitives.carrier import Carrier
from autograd.program.program import Program, record
from autograd.tape.guards import compiling
from autograd.tape.pytree import Rebuild, columns_of, flatten, is_array, is_module, unflatten
from autograd.tape.tape import Tape
from autograd.tape.traced import NeedsElements, Traced, TracedArray

MOST_PATHS = 1000
Array = Any


class Family:
    """The programs of one function for one shape of arguments: one for each path, found by the guard that failed."""

    def __init__(
        self, trace: Callable[[Sequence[float]], tuple[Program, Rebuild]], varying: Sequence[bool], paths: int
    ) -> None:
        self.trace = trace
        self.paths = paths
        self.varying = list(varying)
        self.programs: list[Program] = []
        self.rebuild: Rebuild | None = None
        self.kernels: dict[Any, Callable[..., Any]] = {}
        self.watch: Watch | None = None

    def _add(self, numbers: Sequence[float], lane: Sequence[float]) -> None:
        """Trace the path that a lane takes."""
        own, given = iter(numbers), iter(lane)
        program, self.rebuild = self.trace([next(given) if v else next(own) for v in self.varying])
        self.programs.append(program)

    def kernel(self, kind: Any, place: int, name: str | None) -> Callable[..., Any]:
        """Return the compiled program of a path: "each" output in its lane, the sum of one, or gradients of a sum."""
        key = kind, place, name
        if key not in self.kernels:
            program = self.programs[place]
            flags, own = ([False] * len(program.outputs), None) if kind == "each" else ([True] * kind.size, kind)
            made = backend(name, ("llvm", "numpy")).lanes(program, self.varying, flags, own, at_once=name is not None)
            self.kernels[key] = made
        return self.kernels[key]

    def run(
        self, kind: Any, numbers: Sequence[float], columns: Sequence[Array], count: int, name: str | None
    ) -> list[Any]:
        """Return every output: arrays, or sums over the lanes where the kind joins them."""
        import numpy as np

        every = count
        if not count and not self.programs:  # what results there are is the same for all lanes
            self._add(numbers, [1.0] * len(columns))
        if self.programs:
            found, missed = self.kernel(kind, 0, name)(numbers, columns, count)
            if missed is None:
                return list(found)
        lanes: Any = np.arange(count)  # those that are still to be done
        results: Any = None
        failed: list[int] = []
        place, parts = 0, {}
        while count:
            if place == len(self.programs):
                try:
                    self._add(numbers, [column[0] for column in columns])
                except (ValueError, ArithmeticError):  # what a lane cannot even look at, as floor(inf), has no result
                    failed.append(int(lanes[0]))
                    lanes, columns, count = lanes[1:], [column[1:].copy() for column in columns], count - 1
                    if not count and results is None:
                        raise
                    continue
            found, missed = self.kernel(kind, place, name)(numbers, columns, count)
            if kind == "each":
                if results is None:
                    results = found if count == every else [np.empty(every) for _ in found]
                if results is not found:
                    kept = slice(None) if missed is None else missed == 0
                    for whole, part in zip(results, found, strict=True):
                        whole[lanes[kept]] = part[kept]
            else:
                results = found
            parts[place] = found
            if missed is None:
                break
            away = np.flatnonzero(missed)
            lanes = lanes[away]
            columns, count, place = [column[away] for column in columns], len(away), place + 1
            if place >= self.paths:
                raise TraceError(f"vmap: more than {self.paths} paths; the lanes have too little in common")
        for whole in results if kind == "each" else []:
            whole[failed] = np.nan
        if failed and kind != "each":
            return [np.nan for _ in results]
        if kind == "each":
            return list(results)
        total = None  # paths are summed in the order of their guards, not in that of their discovery
        for i in sorted(parts, key=lambda i: _signature(self.programs[i])):
            total = parts[i] if total is None else [x + y for x, y in zip(total, parts[i], strict=True)]
        return total or []


def _signature(program: Program) -> list[Any]:
    return [(guard.comparison, guard.seen) for guard in program.guards]


class _Untraceable(Exception):
    """This function does not run in lanes; the message says what it does."""


class vmap:
    """Return a function that applies f to every lane of arrays: along one axis of each argument.

    `in_axes` is the axis of the lanes (0 is the first), None (the same in all lanes), or a tuple of these, one for each
    argument. Arrays, or nests of arrays, in and out; lanes of results come first. What is the same in all lanes may be
    any nest that `jit` takes, modules among them. Lanes have IEEE 754's limits where Python raises: NaN outside of a
    domain. Each lane takes its own branches. Raises ValueError where axes differ in length, TypeError for an argument
    that is no array of numbers; f is traced as by `jit`, and what is said there of closures holds.

    Within `grad` or `jit` the arguments with axis None may be traced numbers; then the result has `sum()` and `mean()`
    over the lanes and nothing else. `backend` is "llvm" or "numpy"; by default the best that is installed. LLVM
    compiles quickly at first and optimises what ten million lanes went through, with backend="llvm" at once; no bit
    depends on it but the sign of NaN. `paths` is how many ways the lanes may go; each is compiled, and where there are
    more, that is a TraceError. Many lanes are run on as many threads as there are cores, or as the environment variable
    VALUEGRAD_THREADS says; no bit depends on that.

    >>> from autograd import sin, value_and_grad
    >>> import numpy as np
    >>> f = vmap(value_and_grad(lambda x, y: sin(x) * y if y > 0.0 else -x, argnums=(0, 1)))
    >>> values, slopes = f(np.array([0.0, 1.0, 2.0]), np.array([1.0, -1.0, 3.0]))
    >>> values.round(3).tolist(), slopes[0].round(3).tolist()
    ([0.0, -1.0, 2.728], [1.0, -1.0, -1.248])
    """

    def __init__(
        self, f: Callable[..., Any], in_axes: Any = 0, backend: str | None = None, paths: int = MOST_PATHS
    ) -> None:
        self.f = f
        self.in_axes = in_axes
        self.paths = paths
        self.backend = backend
        self.__wrapped__ = f
        self.__name__ = getattr(f, "__name__", "function")
        self.families: dict[Any, Family] = {}
        self.modules: dict[int, _Module] = {}
        self.watch: Watch | None = None
        self.distrusted = False

    def __call__(self, *args: Any) -> Any:
        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else [self.in_axes] * len(args)
        if len(axes) != len(args):
            raise ValueError(f"vmap: {len(axes)} in_axes for {len(args)} arguments; give one for each")
        call = _Call(args, axes, self.modules)
        if call.looped or (self.distrusted and not call.traced):
            return self._looped(call)
        if self.watch is None or self.watch.changed():
            self.watch = Watch(self.f)
            self.families.clear()
        family = self.families.get(call.key)
        if family is None or (family.watch is not None and family.watch.changed()):
            if len(self.families) >= MOST_SHAPES:
                self.families.clear()
            family = self.families[call.key] = Family(
                lambda numbers: self._trace(call, numbers), call.varying, self.paths
            )
            family.watch = Watch(*call.objects, values=False) if call.objects else None
        family.trace = lambda numbers: self._trace(call, numbers)
        if call.traced:
            return Lanes(family, call, self.backend)
        try:
            results = family.run("each", call.numbers, call.columns, call.count, self.backend)
        except _Untraceable as error:
            self.distrusted = True
            warnings.warn(f"vmap: {self.__name__} {error}; it runs lane by lane", RuntimeWarning, stacklevel=2)
            return self._looped(call)
        assert family.rebuild is not None
        return unflatten(_stacked(family.rebuild), results)

    def _trace(self, call: "_Call", numbers: Sequence[float]) -> tuple[Program, Rebuild]:
        tape = Tape()
        slots = [tape.input(x) for x in numbers]
        for slot, whole in zip(slots, call.whole, strict=True):
            slot.whole = whole
        with compiling(lanes=True):
            try:
                result = self.f(*call.arguments(slots))
            finally:
                tape.closed = True
        outputs, rebuild = flatten(result, "result")
        plain = [int(x) if whole else float(x) for x, whole in zip(numbers, call.whole, strict=True)]
        error = _Untraceable if not call.traced else TraceError
        try:
            program = record(tape, outputs)
        except GraphError as graph_error:
            raise error(f"cannot be compiled: {graph_error}") from graph_error
        if any(isinstance(step[0], LaneSum) for step in program.steps):
            raise error("takes sums over other lanes for each of its own; write them as one `vmap`")
        try:
            eager = self.f(*call.arguments(plain))
        except (ValueError, ArithmeticError):  # where lanes have a limit instead
            return program, rebuild
        if not agree(result, eager):
            raise error(f"gives other results on {UNLIKE}")
        return program, rebuild

    def _looped(self, call: "_Call") -> Any:
        """Return the lanes one by one: where numbers are traced in arrays, or are not to be compiled."""
        found = [flatten(self.f(*call.lane(i)), "result") for i in range(call.count)]
        columns = zip(*[leaves for leaves, _ in found], strict=True)
        return unflatten(_stacked(found[0][1]), [_array(column) for column in columns])


def _array(xs: Sequence[Any]) -> Array:
    """Return an array of floats, or of objects where there are others."""
    import numpy as np

    found = np.empty(len(xs), dtype=float if set(map(type, xs)) <= {float} else object)
    found[:] = xs
    return found


def _stacked(rebuild: Rebuild) -> Rebuild:
    """Return a rebuild whose leaves are columns: an array within the nest gets the lanes as its first axis."""

    def stacked(given: Iterator[Any]) -> Any:
        return _restack(rebuild(given))

    return stacked


def _restack(x: Any) -> Any:
    import numpy as np

    if is_array(x) and x.dtype == object and x.ndim and is_array(x.flat[0]):
        columns = np.stack(list(x.flat), axis=1)
        return columns.reshape((columns.shape[0], *x.shape))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(_restack, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(_restack, x))
    if isinstance(x, dict):
        return type(x)({key: _restack(y) for key, y in x.items()})
    return x


class _Module:
    """The numbers of a module, as long as it holds the same ones; known by a number of its own."""

    numbers = itertools.count()

    def __init__(self, x: Any, path: str) -> None:
        self.leaves, self.rebuild = flatten(x, path, live=True)
        self.watch = Watch(x, values=False)
        self.key = next(self.numbers)
        self.traced = any(y.rank != 2 for y in self.leaves)


class _Call:
    """The arguments of one call, flat: what is the same in all lanes, and the columns of what varies."""

    def __init__(self, args: Sequence[Any], axes: Sequence[Any], modules: dict[int, _Module]) -> None:
        self.modules = modules
        self.numbers: list[Any] = []  # of all lanes
        self.columns: list[Any] = []
        self.varying: list[bool] = []
        self.whole: list[bool] = []  # of those, which are ints
        self.parts: list[tuple[Rebuild, list[Any]]] = []  # of each argument: how to make it, and the arrays in it
        self.objects: list[Any] = []
        self.looped = False
        self.count = -1
        keys: list[Any] = []
        for position, (x, axis) in enumerate(zip(args, axes, strict=True)):
            path = f"args[{position}]"
            if axis is None:
                keys.append((None, self._shared(x, path)))
            elif type(axis) is int:
                keys.append((axis, *self._lanes(x, axis, path)))
            else:
                raise ValueError(f"vmap: in_axes has {axis!r}; use the number of an axis, or None")
        if self.count < 0:
            raise ValueError("vmap: no argument has lanes; give at least one with axis 0")
        self.key = tuple(keys)
        self.traced = any(isinstance(x, Traced) for x in (*self.numbers, *self.columns))
        if not self.traced and not self.looped:
            self.columns = columns_of(self.columns)

    def _shared(self, x: Any, path: str) -> Any:
        """Take an argument that is the same in all lanes; return what must be equal for programs to serve again."""
        if is_module(x):
            return self._module(x, path)
        leaves, rebuild = flatten(x, path, KEPT)
        self.parts.append((rebuild, []))
        self.numbers += leaves
        self.varying += [False] * len(leaves)
        own: list[Any] = []
        try:
            key = signature(x, own, self.objects, carriers=True)
        except Inline:
            self.looped, key = True, None
        self.looped |= any(isinstance(y, Carrier) and not isinstance(y, Traced) for y in leaves)
        for y in own:
            self.whole += [y.dtype.kind in "iub"] * y.size if is_array(y) else [type(y) is int]
        return key

    def _module(self, x: Any, path: str) -> Any:
        known = self.modules.get(id(x))
        if known is None or known.watch.changed():
            known = _Module(x, path)
            if not known.traced:
                if len(self.modules) >= MOST_SHAPES:
                    self.modules.clear()
                self.modules[id(x)] = known
        self.parts.append((known.rebuild, []))
        self.numbers += [y.data if y.rank == 2 else y for y in known.leaves]
        self.varying += [False] * len(known.leaves)
        self.whole += [False] * len(known.leaves)
        return type(x), known.key

    def _lanes(self, x: Any, axis: int, path: str) -> list[Any]:
        """Take an argument that has lanes; return what must be equal for programs to serve again."""
        import numpy as np

        if isinstance(x, (list, tuple, dict)) and not _numbers(x):
            leaves, rebuild = flatten(x, path, (), _columnar)
        else:
            leaves, rebuild = [x], next
        keys: list[Any] = [signature(x, [], self.objects, carriers=True)] if rebuild is not next else []
        arrays = []
        for y in leaves:
            array = y.array if isinstance(y, TracedArray) else np.asarray(y)
            if array.ndim == 0 or array.dtype.kind not in "fiubO":
                raise TypeError(f"vmap: {path} is {type(y).__name__}; use an array of numbers, or in_axes None")
            if not -array.ndim <= axis < array.ndim:
                raise ValueError(f"vmap: {path} has {array.ndim} axes; there is no axis {axis}")
            if isinstance(y, TracedArray) and axis not in (0, -array.ndim):
                raise NeedsElements(array)
            if axis % array.ndim:
                array = np.moveaxis(array, axis, 0)
            if self.count not in (-1, len(array)):
                raise ValueError(f"vmap: {path} has {len(array)} lanes, others have {self.count}")
            self.count = len(array)
            self.looped |= array.dtype.hasobject
            size = math.prod(array.shape[1:])
            self.varying += [True] * size
            self.whole += [array.dtype.kind in "iub"] * size
            self.columns.append(y.input if isinstance(y, TracedArray) else array)
            arrays.append(array)
            keys.append((array.shape[1:], array.dtype.kind))
        self.parts.append((rebuild, arrays))
        return keys

    def arguments(self, slots: Sequence[Any]) -> list[Any]:
        """Return the arguments of one lane, with these in place of the numbers."""
        given = iter(slots)
        found = []
        for rebuild, arrays in self.parts:
            if arrays:
                found.append(rebuild(iter([_taken(array.shape[1:], given) for array in arrays])))
            else:
                found.append(rebuild(given))
        return found

    def lane(self, i: int) -> list[Any]:
        """Return the arguments of a lane as they were given."""
        own = iter(self.numbers)
        return [rebuild(iter([a[i] for a in arrays])) if arrays else rebuild(own) for rebuild, arrays in self.parts]


def _numbers(x: Any) -> bool:
    """Return whether a nest is of numbers alone, and so an array itself."""
    return isinstance(x, (list, tuple)) and all(isinstance(y, (Real, Carrier)) or _numbers(y) for y in x)


def _columnar(x: Any) -> bool:
    return is_array(x) or isinstance(x, TracedArray)


def _taken(shape: tuple[int, ...], given: Iterator[Any]) -> Any:
    """Return the next number, or an array of the next ones."""
    if shape == ():
        return next(given)
    return _array([next(given) for _ in range(math.prod(shape))]).reshape(shape)
