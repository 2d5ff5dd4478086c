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
from autograd.trace import Columns, Slot, Trace, compiling, primal
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

    def kernel(self, kind: Any, place: int, name: str) -> Callable[..., Any]:
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

    def run(self, kind: Any, numbers: Sequence[float], columns: Sequence[Array], count: int, name: str) -> list[Any]:
        """Return every output: arrays, or sums over the lanes where the kind joins them."""
        import numpy as np

        lanes, results = None, None  # all lanes first, then those that missed
        place, parts = 0, {}
        while True:
            if place == len(self.programs):
                first = [column[0] for column in columns]
                own, given = iter(numbers), iter(first)
                program, self.rebuild = self.trace([next(given) if v else next(own) for v in self.varying])
                self.programs.append(program)
                self.order = sorted(range(len(self.programs)), key=lambda i: _signature(self.programs[i]))
            found, missed = self.kernel(kind, place, name)(numbers, columns, count)
            if results is None:
                results = found
            elif kind == "each":
                kept = slice(None) if missed is None else missed == 0
                for whole, part in zip(results, found, strict=True):
                    whole[lanes[kept]] = part[kept]
            parts[place] = found
            if missed is None:
                break
            away = np.flatnonzero(missed)
            lanes = away if lanes is None else lanes[away]
            columns, count, place = [column[away] for column in columns], len(away), place + 1
            if place > MOST_PATHS:
                raise TraceError(f"vmap: more than {MOST_PATHS} paths; the lanes have too little in common")
        if kind == "each":
            return results
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
        keys = []
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


def split(arrays: Sequence[Array]) -> list[Array]:
    """Return one contiguous array of floats for each number of a lane."""
    import numpy as np

    found: list[Any] = []
    for array in arrays:
        rows = np.asarray(array, dtype=float).reshape(len(array), -1)
        found += list(np.ascontiguousarray(rows.T)) if rows.shape[1] != 1 else [np.ascontiguousarray(rows[:, 0])]
    return found


class Lanes:
    """The results of a `vmap` whose shared arguments are traced: their sum or mean over the lanes can be taken."""

    def __init__(self, family: Family, call: _Call, name: str | None) -> None:
        self.family, self.call, self.name = family, call, name

    def __len__(self) -> int:
        return self.call.count

    def sum(self) -> Any:
        """Return the sum over all lanes, a traced number."""
        return self._joined(1.0)

    def mean(self) -> Any:
        """Return the mean over all lanes, a traced number."""
        if not self.call.count:
            raise ValueError("mean: no lanes; give at least one")
        return self._joined(1.0 / self.call.count)

    def _joined(self, scale: float) -> Any:
        group = Group(self.family, Joined(scale, ()), len(self.call.numbers), self.name)
        return group.apply((*self.call.numbers, *self.call.columns))[0]

    def __iter__(self) -> Any:
        raise TypeError("lanes under a transform have no entries; take their .sum() or .mean()")

    __getitem__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __truediv__ = lambda self, *_: self.__iter__()


class Joined:
    """What is summed over lanes: a function's one output times a scale, differentiated towards inputs, one by one."""

    def __init__(self, scale: float, towards: tuple[tuple[int, ...], ...]) -> None:
        self.scale = scale
        self.towards = towards

    def __hash__(self) -> int:
        return hash((self.scale, self.towards))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Joined) and (self.scale, self.towards) == (other.scale, other.towards)

    def derived(self, program: Program) -> Program:
        """Return the program of what is summed."""
        if len(program.outputs) != 1:
            raise TypeError(f"the sum over lanes is of one number each, not of {len(program.outputs)}")
        return differentiated(program, self.scale, self.towards)


class Several(tuple[Joined, ...]):
    """Several kinds of sums over the same lanes, in one program: a loss and its gradient share nearly all."""

    __slots__ = ()

    def derived(self, program: Program) -> Program:
        """Return the program of all that is summed."""
        trace = Trace(blank=True)
        slots = [trace.input(0.0) for _ in range(program.inputs)]
        outputs = []
        for joined in self:
            part = joined.derived(program)
            found = part.replay(slots)
            outputs += [found[k] if k >= 0 else part.constants[~k] for k in part.outputs]
        return record(trace, outputs)


def together(groups: Sequence["Group"]) -> tuple[Callable[..., list[float]], list[int]]:
    """Return (a function that evaluates groups of sums over the same operands, where the sums of each begin)."""
    first = groups[0]
    kind = Several([group.joined for group in groups]) if len(groups) > 1 else first.joined
    starts = [sum(group.size for group in groups[:i]) for i in range(len(groups))]
    return lambda *operands: first.evaluate(*operands, kind=kind), starts


def differentiated(program: Program, scale: float, towards: Sequence[Sequence[int]]) -> Program:
    """Return the program of scale * the output, or of its derivatives.

    `towards` holds one entry for each order; each but the last is one input, the last any number of them.
    """
    if not towards:
        trace = Trace(blank=True)
        found = program.replay([trace.input(0.0) for _ in range(program.inputs)])
        k = program.outputs[0]
        y = found[k] if k >= 0 else program.constants[~k]
        return record(trace, [y if scale == 1.0 else y * scale])
    for order, chosen in enumerate(towards):
        adjoint = program.adjoint()
        trace = Trace(blank=True)
        slots = [trace.input(0.0) for _ in range(program.inputs)]
        found = adjoint.replay([*slots, scale if order == 0 else 1.0])
        ends = [adjoint.outputs[i] for i in chosen]
        program = record(trace, [found[k] if k >= 0 else adjoint.constants[~k] for k in ends])
    return program


class Group:
    """The sums that one run of a family's programs gives, as primitives of a trace: a gradient has one for each input.

    Operands are the numbers that all lanes share, then the arrays; only the former have derivatives.
    """

    def __init__(self, family: Family, joined: Joined, numbers: int, name: str | None) -> None:
        self.family, self.joined, self.numbers, self.name = family, joined, numbers, name
        self.size = len(joined.towards[-1]) if joined.towards else 1
        self.sums = [LaneSum(self, i) for i in range(self.size)]
        self.together = together

    def evaluate(self, *operands: Any, kind: Any = None) -> list[float]:
        """Return all sums for plain numbers and arrays, or those of another kind over the same lanes."""
        columns = split(operands[self.numbers :])
        count = len(columns[0]) if columns else 0
        return self.family.run(kind or self.joined, operands[: self.numbers], columns, count, self.name)

    def apply(self, operands: tuple[Any, ...]) -> list[Any]:
        """Return all sums, recorded by the innermost trace among the operands."""
        values = self.evaluate(*[primal(x) for x in operands])
        traces = [x.trace for x in operands if isinstance(x, Slot)]
        if not traces:
            return values
        trace = max(traces, key=lambda found: found.level)
        return [trace.place(value, lane_sum, operands) for value, lane_sum in zip(values, self.sums, strict=True)]


class LaneSum:
    """One sum over lanes, in the shape of a primitive: what traces and programs need of one."""

    infix, name, partials, parameters, limit = "", "lane_sum", (), 0, None
    gradient = True

    def __init__(self, group: Group, place: int) -> None:
        self.group, self.place = group, place
        self.number = self

    def differentiable(self, position: int) -> bool:
        """Return whether this operand is a number."""
        return position < self.group.numbers

    def __call__(self, *operands: Any) -> Any:
        return self.group.apply(operands)[self.place]

    def value(self, *operands: Any) -> float:
        """Return the sum for plain numbers."""
        return self.group.evaluate(*operands)[self.place]

    plainly = total = lambda self, *operands: self.value(*operands)

    def numbers(self, operands: Sequence[Any]) -> list[Any]:
        """Return plain numbers and arrays."""
        return [primal(x) for x in operands]

    def rules(self, z: Any, operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        """Return the partials: sums of derivatives, all of one run."""
        before = self.group.joined
        if before.towards:
            chosen = (*before.towards[:-1], (before.towards[-1][self.place],))
        else:
            chosen = ()
        inputs = [i for i, v in enumerate(self.group.family.varying) if not v]
        towards = (*chosen, tuple([inputs[i] for i in wanted]))
        group = Group(self.group.family, Joined(before.scale, towards), self.group.numbers, self.group.name)
        return group.apply(tuple(operands))

    def partials_at(self, z: float, operands: Sequence[Any], wanted: Sequence[int]) -> tuple[float, ...]:
        """Return the partials on plain numbers."""
        return tuple(self.rules(z, operands, wanted))
