"""Sums over the lanes of a `vmap` as numbers of a trace, with derivatives to any order.

The sum of a function over lanes, differentiated towards what the lanes share, is the sum of its derivative: so a
gradient is one `Group` of sums over one more program. The operands of such an operation are all numbers that the lanes
share, then whole arrays.
"""

import contextvars
import functools
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd.compile.lane_programs import LanePrograms, Sums
from autograd.errors import AutogradError
from autograd.primitives.carrier import Number
from autograd.primitives.operation import Axis, Carried, Numbers, Operation
from autograd.primitives.table import mul
from autograd.program.program import Builder, Instruction, Program, Recorded
from autograd.tape.guards import compiling_for
from autograd.tape.pytree import columns_of
from autograd.tape.tape import Traced, primal

if TYPE_CHECKING:
    pass

MOST_ENTRIES = 1000  # lanes, which are traced one by one without a word
FEW = 50_000  # lanes, which NumPy has done once before LLVM has compiled them
_once: contextvars.ContextVar[bool] = contextvars.ContextVar("once", default=False)


@contextmanager
def evaluated_once() -> Iterator[None]:
    """Hold, for a `with` block, that sums are evaluated once: NumPy does few lanes sooner than they are compiled."""
    token = _once.set(True)
    try:
        yield
    finally:
        _once.reset(token)


class Unjoined(AutogradError, TypeError):
    """Lanes that are compiled were asked for more than their sum. `jit` leaves the function to itself then."""


class NotOne(TypeError):
    """The lanes hold more than one number each."""


class Lanes:
    """The results of a `vmap` whose shared arguments are traced: an array, or a nest of arrays.

    Their sum and mean are one step each, however many lanes there are. Whatever else they are asked for is answered by
    their `entries`, which are traced one by one.
    """

    programs: LanePrograms
    numbers: Sequence[Any]
    columns: Sequence[Any]
    count: int
    name: str | None

    def __init__(
        self,
        programs: LanePrograms,
        numbers: Sequence[Any],
        columns: Sequence[Any],
        count: int,
        name: str | None,
        one_by_one: Callable[[], Any],
    ) -> None:
        self.programs, self.numbers, self.columns, self.count, self.name = programs, numbers, columns, count, name
        self.one_by_one = one_by_one

    @functools.cached_property
    def entries(self) -> Any:
        """The results as an array of traced numbers, or a nest of arrays."""
        if any(isinstance(x, Traced) for x in self.columns) or (self.count > MOST_ENTRIES and compiling_for.get()):
            raise Unjoined("lanes that are compiled have no entries; take their .sum() or .mean()")
        if self.count > MOST_ENTRIES:
            warnings.warn(
                f"{self.count} lanes are asked for more than their .sum() or .mean() within a transform: they are "
                "traced one by one, which takes a microsecond for each operation",
                RuntimeWarning,
                stacklevel=4,
            )
        return self.one_by_one()

    def __len__(self) -> int:
        return self.count

    def sum(self, axis: Axis = None, **options: Any) -> Numbers:
        """Return the sum over all lanes, a traced number; or as an array's."""
        return self._reduced("sum", 1.0, axis, options)

    def mean(self, axis: Axis = None, **options: Any) -> Numbers:
        """Return the mean over all lanes, a traced number; or as an array's."""
        if not self.count:
            raise ValueError("mean: no lanes; give at least one")
        return self._reduced("mean", 1.0 / self.count, axis, options)

    def _reduced(self, name: str, scale: float, axis: Axis, options: dict[str, Any]) -> Numbers:
        if axis in (None, 0) and not any(x is not None for x in options.values()):
            try:
                return self._joined(scale)
            except NotOne:
                pass
        return getattr(self.entries, name)(axis=axis, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.entries, name)

    def __array_ufunc__(self, ufunc: object, method: str, *inputs: Numbers, **options: Any) -> Numbers:
        return getattr(ufunc, method)(*[_entries(x) for x in inputs], **options)

    def __array_function__(
        self, function: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Numbers:
        if function.__name__ in ("sum", "mean") and args == (self,):
            return getattr(self, function.__name__)(**kwargs)
        given = [type(x)(map(_entries, x)) if type(x) in (list, tuple) else _entries(x) for x in args]
        return function(*given, **{name: _entries(x) for name, x in kwargs.items()})

    def _joined(self, scale: float) -> Carried:
        group = Group(self.programs, Joined(scale, ()), len(self.numbers), self.name)
        return group.apply((*self.numbers, *self.columns))[0]


def _entries(x: Numbers) -> Numbers:
    return x.entries if isinstance(x, Lanes) else x


def _as_array(name: str) -> Callable[..., Any]:
    def method(self: Lanes, *operands: Numbers) -> Numbers:
        found = self.entries
        return getattr(found, name)(*map(_entries, operands)) if name != "__iter__" else iter(found)

    return method


# fmt: off
for _name in (
    "iter", "getitem", "contains", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow",
    "mod", "rmod", "floordiv", "rfloordiv", "matmul", "rmatmul", "neg", "pos", "abs", "lt", "le", "gt", "ge", "eq",
    "ne", "array",
):
    setattr(Lanes, f"__{_name}__", _as_array(f"__{_name}__"))
# fmt: on


class Joined:
    """What is summed over lanes: a function's one output times a scale, differentiated towards inputs, one by one."""

    def __init__(self, scale: float, towards: tuple[tuple[int, ...], ...]) -> None:
        self.scale = scale
        self.towards = towards
        self.size: int = len(towards[-1]) if towards else 1
        self.hash: int = hash((scale, towards))

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Joined) and (self.scale, self.towards) == (other.scale, other.towards)

    def __repr__(self) -> str:
        return f"{self.scale.hex()} {self.towards}"

    def derived(self, program: Program) -> Program:
        """Return the program of what is summed."""
        if len(program.outputs) != 1:
            raise NotOne(f"the sum over lanes is of one number each, not of {len(program.outputs)}")
        return differentiated(program, self.scale, self.towards)


class Several(tuple[Joined, ...]):
    """Several kinds of sums over the same lanes, in one program: a loss and its gradient share nearly all."""

    __slots__ = ()

    @property
    def size(self) -> int:
        """How many sums these are."""
        return sum(joined.size for joined in self)

    def derived(self, program: Program) -> Program:
        """Return the program of all that is summed."""
        made = Builder(program.inputs)
        parts = [made.inline(joined.derived(program), range(program.inputs)) for joined in self]
        return made.program([k for part in parts for k in part])


def together(groups: Sequence["Group"]) -> tuple[Callable[..., list[float]], list[int]]:
    """Return (a function that evaluates groups of sums over the same operands, where the sums of each begin)."""
    kind, starts = joint(groups)
    return lambda *operands: groups[0].evaluate(*operands, kind=kind), starts


def joint(groups: Sequence["Group"]) -> tuple[Sums, list[int]]:
    """Return (the kind of sums that groups over the same operands are together, where the sums of each begin)."""
    kind = Several([group.joined for group in groups]) if len(groups) > 1 else groups[0].joined
    return kind, [sum(group.size for group in groups[:i]) for i in range(len(groups))]


def differentiated(program: Program, scale: float, towards: Sequence[Sequence[int]]) -> Program:
    """Return the program of scale * the output, or of its derivatives.

    `towards` holds one entry for each order; each but the last is one input, the last any number of them.
    """
    if not towards:
        made = Builder(program.inputs)
        (y,) = made.inline(program, range(program.inputs))
        return made.program([y if scale == 1.0 else made.add(Instruction(mul, (y, made.constant(scale)), False))])
    for order, chosen in enumerate(towards):
        made = Builder(program.inputs)
        seed = made.constant(scale if order == 0 else 1.0)
        ends = made.inline(program.adjoint(), [*range(program.inputs), seed])
        program = made.program([ends[i] for i in chosen])
    return program


class Group:
    """The sums that one run of a family's programs gives, as primitives of a trace: a gradient has one for each input.

    Operands are the numbers that all lanes share, then the arrays; only the former have derivatives.
    """

    family: LanePrograms
    joined: Joined
    numbers: int
    name: str | None

    def __init__(self, family: LanePrograms, joined: Joined, numbers: int, name: str | None) -> None:
        self.family, self.joined, self.numbers, self.name = family, joined, numbers, name
        self.size: int = joined.size
        self.sums: list[Operation] = [LaneSum(self, i) for i in range(self.size)]
        self.together = together

    def evaluate(self, *operands: Any, kind: Sums | None = None) -> list[float]:
        """Return all sums for plain numbers and arrays, or those of another kind over the same lanes."""
        columns = columns_of(operands[self.numbers :])
        count = len(columns[0]) if columns else 0
        name = self.name
        if _once.get():
            name = "numpy" if count <= FEW or name == "numpy" else None
        return list(self.family.run(kind or self.joined, operands[: self.numbers], columns, count, name))

    def apply(self, operands: tuple[Any, ...]) -> list[Any]:
        """Return all sums, recorded by the innermost trace among the operands."""
        values = self.evaluate(*[primal(x) for x in operands])
        tapes = [x.tape for x in operands if isinstance(x, Traced)]
        if not tapes:
            return values
        tape = max(tapes, key=lambda found: found.level)
        found: list[Any] = []
        for value, lane_sum in zip(values, self.sums, strict=True):
            found.append(tape.append(value, lane_sum, operands, True, found[0].place if found else -1))
        return found


class LaneSum:
    """One sum over lanes, an Operation."""

    group: Group
    place: int

    name = "lane_sum"

    def __init__(self, group: Group, place: int) -> None:
        self.group, self.place = group, place

    @property
    def number(self) -> Hashable:
        """Itself: no two are the same."""
        return self

    def differentiable(self, position: int) -> bool:
        """Return whether this operand is a number."""
        return position < self.group.numbers

    def __call__(self, *operands: Carried) -> Carried:
        return self.group.apply(operands)[self.place]

    def plainly(self, numbers: Sequence[Any]) -> float:
        """Return the sum for plain numbers and arrays; it never raises."""
        return self.group.evaluate(*numbers)[self.place]

    def total(self, *operands: Any) -> float:
        """Return the sum for plain numbers and arrays."""
        return self.plainly(operands)

    def numbers(self, operands: Sequence[Any]) -> list[Any]:
        """Return plain numbers and arrays."""
        return [primal(x) for x in operands]

    def rules(self, z: Number, operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        """Return the partials: sums of derivatives, all of one run."""
        before = self.group.joined
        chosen: tuple[tuple[int, ...], ...] = ()
        if before.towards:
            chosen = (*before.towards[:-1], (before.towards[-1][self.place],))
        inputs = [i for i, v in enumerate(self.group.family.varying) if not v]
        towards = (*chosen, tuple([inputs[i] for i in wanted]))
        group = Group(self.group.family, Joined(before.scale, towards), self.group.numbers, self.group.name)
        return group.apply(tuple(operands))

    def partials_at(self, z: float, operands: Sequence[Any], wanted: Sequence[int]) -> tuple[float, ...]:
        """Return the partials on plain numbers."""
        return tuple(self.rules(z, operands, wanted))


def lane_sums(program: Program) -> list[tuple[int, tuple[int, ...], LaneSum]]:
    """Return (place, operands, the sum) of each sum over lanes in a program; what the core records has none."""
    if isinstance(program, Recorded):
        return []
    steps = enumerate(program.walk(), program.inputs)
    return [(place, step[1], step[0]) for place, step in steps if isinstance(step[0], LaneSum)]
