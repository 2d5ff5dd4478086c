"""The arguments of a call of `vmap`: what is the same in all lanes, and the columns of what varies."""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.compile.arguments import KEPT, Arguments, NotTraceable, array_of, exact_floats
from autograd.compile.lane_programs import LanePrograms
from autograd.primitives.carrier import Carrier
from autograd.tape.pytree import Rebuild, described, flatten, is_array, opened, unflatten
from autograd.tape.tape import Traced
from autograd.tape.traced import NeedsElements, TracedArray

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

Axis = int | None  # of the lanes in an argument; None where it is the same in all
Axes = Any  # an Axis, or a nest of them as that of the argument, or of its upper part
SCALARS: dict[str, type] = {
    "i": int,
    "u": int,
    "b": bool,
}  # what a lane of whole numbers is, by the kind of its dtype


class Shared:
    """An argument that is the same in all lanes, given by its numbers."""

    flat: Callable[[], tuple[list[Any], Rebuild]]
    nest: Arguments
    programs: LanePrograms

    def __init__(self, call: "Call", x: object, path: str) -> None:
        self.x = x
        self.flat = partial(flatten, x, path, KEPT, passing=True)
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
        for i, leaf in enumerate(self.nest.leaves):
            for x in self.programs.numbers([leaf]):
                xs, whole = (x.ravel().tolist(), x.dtype.kind in "iub") if is_array(x) else ([x], type(x) is int)
                call.typed(x.dtype.type if is_array(x) else (self.nest.kinds or {}).get(i), len(xs))
                call.numbers += [y if isinstance(y, Carrier) else float(y) for y in xs]
                call.varying += [False] * len(xs)
                call.whole += [whole] * len(xs)

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument with the next numbers in it."""
        return self.programs.rebuilt(self.nest, given)

    def lane(self, i: int, number: type | None) -> object:
        """Return the argument of a lane as it was given; with numbers of this type."""
        if number is None:
            return self.x
        leaves, rebuild = self.flat()
        return unflatten(rebuild, [number(x) if type(x) is float else x for x in leaves])


class Varying:
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
        self.arrays: list[Array] = [_lanes_first(y, axis, path) for y in leaves]
        self.columns: list[Traced | Array] = [
            y.input if isinstance(y, TracedArray) else array for y, array in zip(leaves, self.arrays, strict=True)
        ]
        for array in self.arrays:
            if call.count not in (-1, len(array)):
                raise ValueError(f"vmap: {path} has {len(array)} lanes, others have {call.count}")
            call.count = len(array)
            call.looped |= array.dtype.hasobject or (array.dtype.kind in "iu" and not exact_floats(array))
        call.keys.append((axis, key, *[(array.shape[1:], array.dtype.kind) for array in self.arrays]))

    def fill(self, call: "Call") -> None:
        """Add the columns to those of the call."""
        call.columns += self.columns
        for array in self.arrays:
            size = math.prod(array.shape[1:])
            call.typed(array.dtype.type if array.ndim > 1 else SCALARS.get(array.dtype.kind), size)
            call.varying += [True] * size
            call.whole += [array.dtype.kind in "iub"] * size

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument of a lane with the next numbers in it."""
        return self.rebuild(iter([array_of(given, array.shape[1:]) for array in self.arrays]))

    def lane(self, i: int, number: type | None) -> object:
        """Return the argument of a lane as it was given; with numbers of this type."""
        parts = [x if x.ndim > 1 else x[i : i + 1].tolist()[0] for x in self.arrays]
        parts = [x[i] if is_array(x) else x for x in parts]
        if number is not None:
            parts = [_typed(x, number) for x in parts]
        return self.rebuild(iter(parts))


class Split:
    """An argument with a nest of axes: a nest of parts, each with one axis or none."""

    make: Callable[[list[Any]], Any]

    def __init__(self, call: "Call", x: Any, axes: Axes, path: str) -> None:
        wanted, parted = opened(axes), opened(x)
        if wanted is None:
            raise ValueError(f"vmap: in_axes has {axes!r}; use the number of an axis, or None")
        if parted is None or parted[0] != wanted[0]:
            raise ValueError(f"vmap: in_axes has {axes!r} for {path}, which is another nest: {described(x)}")
        names, parts, self.make = parted
        call.keys.append((type(x), *names))
        self.parts: list[Shared | Varying | Split] = [
            call.part(y, own, path + name) for name, y, own in zip(names, parts, wanted[1], strict=True)
        ]

    def fill(self, call: "Call") -> None:
        """Add the numbers and columns to those of the call."""
        for part in self.parts:
            part.fill(call)

    def of_numbers(self, given: Iterator[Any]) -> object:
        """Return the argument of a lane with the next numbers in it."""
        return self.make([part.of_numbers(given) for part in self.parts])

    def lane(self, i: int, number: type | None) -> object:
        """Return the argument of a lane as it was given; with numbers of this type."""
        return self.make([part.lane(i, number) for part in self.parts])


def _typed(x: object, number: type) -> object:
    if is_array(x) and x.dtype.kind == "f":
        return array_of(iter([number(y) for y in x.ravel().tolist()]), x.shape)
    return number(x) if type(x) is float else x


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
        parts = [self.part(x, axis, path) for x, axis, path in zip(args, axes, paths, strict=True)]
        self.parts: list[Shared | Varying | Split] = parts
        if self.count < 0:
            raise ValueError("vmap: no argument has lanes; give at least one with axis 0")

    def part(self, x: Any, axes: Axes, path: str) -> "Shared | Varying | Split":
        """Return an argument, or a part of one, with what is to be known of it."""
        if axes is None:
            return Shared(self, x, path)
        if type(axes) is int:
            return Varying(self, x, axes, path)
        return Split(self, x, axes, path)

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
        self.kinds: dict[int, type] = {}  # of those, which are no plain floats
        for part in self.parts:
            part.fill(self)
        programs.varying = self.varying
        self.traced: bool = any(isinstance(x, Traced) for x in (*self.numbers, *self.columns))

    def typed(self, kind: type | None, count: int) -> None:
        """Know the type of the next numbers."""
        if kind is not None:
            self.kinds.update(dict.fromkeys(range(len(self.whole), len(self.whole) + count), kind))

    def plain(self, numbers: Sequence[float]) -> list[Any]:
        """Return plain numbers of the types that these have."""
        found = [int(x) if whole else float(x) for x, whole in zip(numbers, self.whole, strict=True)]
        return [bool(x) if self.kinds.get(i, int).__name__ in ("bool", "bool_") else x for i, x in enumerate(found)]

    def arguments(self, given: Sequence[Any]) -> list[object]:
        """Return the arguments of one lane, with these in place of the numbers."""
        numbers = iter(given)
        return [part.of_numbers(numbers) for part in self.parts]

    def lane(self, i: int, number: type | None) -> list[object]:
        """Return the arguments of a lane as they were given; with numbers of this type."""
        return [part.lane(i, number) for part in self.parts]


def _numbers(x: object) -> bool:
    """Return whether a nest is of numbers alone, and so an array itself."""
    return isinstance(x, (list, tuple)) and all(isinstance(y, (Real, Carrier)) or _numbers(y) for y in x)
