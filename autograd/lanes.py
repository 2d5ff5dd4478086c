"""`vmap`: a function of numbers over arrays of them, many lanes at a time, as compiled programs.

Start at `vmap`. Every lane goes where the function goes for its own numbers: lanes that part from the rest at a guard
are taken out and run on their own path. The one surprise: inside of `grad` or `jit` the result is not an array but
`Lanes`, of which only the sum or the mean can be taken; the gradient of that is again a sum over lanes of a program.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd.backends import backend
from autograd.carrier import Carrier
from autograd.errors import TraceError
from autograd.program.passes import optimized
from autograd.program.program import Program, record
from autograd.sums import Lanes, split
from autograd.trace import Columns, Slot, Trace, compiling
from autograd.tree import Rebuild, flatten, is_array, unflatten
from autograd.watch import Watch

MOST_PATHS = 1000
Array = Any


class Family:
    """The programs of one function for one shape of arguments: one for each path, found by the guard that failed."""

    def __init__(self, trace: Callable[[Sequence[float]], tuple[Program, Rebuild]], varying: Sequence[bool]) -> None:
        self.trace = trace
        self.varying = list(varying)
        self.programs: list[Program] = []
        self.rebuild: Rebuild | None = None
        self.kernels: dict[Any, Callable[..., Any]] = {}
        self.bases: dict[Any, Any] = {}

    def kernel(self, kind: Any, place: int, name: str | None) -> Callable[..., Any]:
        """Return the compiled program of a path: "each" output in its lane, the sum of one, or gradients of a sum."""
        key = kind, place, name
        if key not in self.kernels:
            program, joined = self.programs[place], False
            if kind != "each":
                joined = True
                program = kind.derived(program)
            program = optimized(program, raising=False)
            flags = [joined] * len(program.outputs)
            self.kernels[key] = backend(name, ("llvm", "numpy")).lanes(program, self.varying, flags)
        return self.kernels[key]

    def run(
        self, kind: Any, numbers: Sequence[float], columns: Sequence[Array], count: int, name: str | None
    ) -> list[Any]:
        """Return every output: arrays, or sums over the lanes where the kind joins them."""
        import numpy as np

        every = count
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
                own, given = iter(numbers), iter([column[0] for column in columns])
                try:
                    program, self.rebuild = self.trace([next(given) if v else next(own) for v in self.varying])
                except (ValueError, ArithmeticError):  # what a lane cannot even look at, as floor(inf), has no result
                    failed.append(int(lanes[0]))
                    lanes, columns, count = lanes[1:], [column[1:].copy() for column in columns], count - 1
                    if not count and results is None:
                        raise
                    continue
                self.programs.append(program)
                self.order = sorted(range(len(self.programs)), key=lambda i: _signature(self.programs[i]))
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
            if place > MOST_PATHS:
                raise TraceError(f"vmap: more than {MOST_PATHS} paths; the lanes have too little in common")
        for whole in results if kind == "each" else []:
            whole[failed] = np.nan
        if failed and kind != "each":
            return [np.nan for _ in results]
        if kind == "each":
            return list(results)
        total = None  # paths are summed in the order of their guards, not in that of their discovery
        for i in [i for i in self.order if i in parts]:
            total = parts[i] if total is None else [x + y for x, y in zip(total, parts[i], strict=True)]
        return total or []


def _signature(program: Program) -> list[Any]:
    return [(guard.look, guard.seen) for guard in program.guards]


class vmap:
    """Return a function that applies f to every lane of arrays: along the first axis of each argument.

    `in_axes` is 0 (a lane for each entry of the first axis), None (the same in all lanes), or a tuple of these, one
    for each argument. Arrays, or nests of arrays, in and out. Lanes have IEEE 754's limits where Python raises: NaN
    outside of a domain. Each lane takes its own branches. Raises ValueError where axes differ in length, TypeError for
    an argument that is no array of numbers; f is traced as by `jit`, and what is said there of closures holds.

    Within `grad` or `jit` the arguments with axis None may be traced numbers; then the result has `sum()` and `mean()`
    over the lanes and nothing else. `backend` is "llvm" or "numpy"; by default the best that is installed.

    >>> from autograd import sin, value_and_grad
    >>> import numpy as np
    >>> f = vmap(value_and_grad(lambda x, y: sin(x) * y if y > 0.0 else -x, argnums=(0, 1)))
    >>> values, slopes = f(np.array([0.0, 1.0, 2.0]), np.array([1.0, -1.0, 3.0]))
    >>> values.round(3).tolist(), slopes[0].round(3).tolist()
    ([0.0, -1.0, 2.728], [1.0, -1.0, -1.248])
    """

    def __init__(self, f: Callable[..., Any], in_axes: Any = 0, backend: str | None = None) -> None:
        self.f = f
        self.in_axes = in_axes
        self.backend = backend
        self.__wrapped__ = f
        self.__name__ = getattr(f, "__name__", "function")
        self.families: dict[Any, Family] = {}
        self.watch: Watch | None = None

    def __call__(self, *args: Any) -> Any:
        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else [self.in_axes] * len(args)
        if len(axes) != len(args):
            raise ValueError(f"vmap: {len(axes)} in_axes for {len(args)} arguments; give one for each")
        call = _Call(args, axes)
        if call.looped:
            return self._looped(call, args, axes)
        if self.watch is None or self.watch.changed() or call.objects:
            self.watch = Watch(self.f)
            self.families.clear()
        if call.key not in self.families:
            self.families[call.key] = Family(lambda numbers: self._trace(call, numbers), call.varying)
        family = self.families[call.key]
        family.trace = lambda numbers: self._trace(call, numbers)
        if any(isinstance(x, Slot) for x in (*call.numbers, *call.columns)):
            return Lanes(family, call, self.backend)
        results = family.run("each", call.numbers, call.columns, call.count, self.backend)
        assert family.rebuild is not None
        return unflatten(_stacked(family.rebuild), results)

    def _trace(self, call: "_Call", numbers: Sequence[float]) -> tuple[Program, Rebuild]:
        trace = Trace()
        slots = [trace.input(x) for x in numbers]
        with compiling(lanes=True):
            try:
                result = self.f(*call.arguments(slots))
            finally:
                trace.closed = True
        outputs, rebuild = flatten(result, "result")
        return record(trace, outputs), rebuild

    def _looped(self, call: "_Call", args: Sequence[Any], axes: Sequence[Any]) -> Any:
        """Return the lanes one by one: for arrays of traced numbers or Values, which only Python can go through."""
        found = [
            flatten(self.f(*[x if axis is None else x[i] for x, axis in zip(args, axes, strict=True)]), "result")
            for i in range(call.count)
        ]
        return unflatten(
            _stacked(found[0][1]), [_object_array(column) for column in zip(*[a for a, _ in found], strict=True)]
        )


def _object_array(xs: Sequence[Any]) -> Array:
    import numpy as np

    found = np.empty(len(xs), dtype=object)
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


class _Call:
    """The arguments of one call, flat: what is the same in all lanes, and the columns of what varies."""

    def __init__(self, args: Sequence[Any], axes: Sequence[Any]) -> None:
        import numpy as np

        self.numbers: list[Any] = []
        self.columns: list[Any] = []
        self.varying: list[bool] = []
        self.parts: list[tuple[Any, Rebuild, int]] = []
        self.objects: list[Any] = []
        self.looped = False
        self.count = -1
        keys: list[Any] = []
        for position, (x, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                leaves, rebuild = flatten(x, f"args[{position}]")
                self.looped |= any(isinstance(y, Carrier) and not isinstance(y, Slot) for y in leaves)
                self.numbers += leaves
                self.varying += [False] * len(leaves)
                self.parts.append((None, rebuild, len(leaves)))
                keys.append((None, len(leaves), type(x), id(x) if hasattr(x, "named_parameters") else 0))
                continue
            if axis != 0:
                raise ValueError(f"vmap: in_axes has {axis!r}; use 0 or None")
            array = x.array if isinstance(x, Columns) else x if is_array(x) else np.asarray(x)
            if array.ndim == 0 or array.dtype.kind not in "fiubO":
                raise TypeError(
                    f"vmap: args[{position}] is {type(x).__name__}; use an array of numbers, or in_axes None"
                )
            if self.count not in (-1, len(array)):
                raise ValueError(f"vmap: args[{position}] has {len(array)} lanes, others have {self.count}")
            self.count = len(array)
            self.looped |= array.dtype.hasobject
            size = int(np.prod(array.shape[1:], dtype=int))
            self.parts.append((array.shape[1:], next, size))
            self.varying += [True] * size
            keys.append((array.shape[1:], 0, None, 0))
            if isinstance(x, Columns):
                self.columns.append(x.slot)
            elif not self.looped:
                self.columns.append(array)
        if self.count < 0:
            raise ValueError("vmap: no argument has lanes; give at least one with axis 0")
        self.key = tuple(keys)
        if not any(isinstance(c, Slot) for c in self.columns) and not any(isinstance(n, Slot) for n in self.numbers):
            self.columns = split(self.columns) if not self.looped else []

    def arguments(self, slots: Sequence[Any]) -> list[Any]:
        """Return the arguments of one lane, with these in place of the numbers."""
        given = iter(slots)
        found = []
        for shape, rebuild, size in self.parts:
            if shape is None or shape == ():
                found.append(rebuild(given))
            else:
                found.append(_object_array([next(given) for _ in range(size)]).reshape(shape))
        return found
