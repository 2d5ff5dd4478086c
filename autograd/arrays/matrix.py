"""Functions of whole matrices as primitives: one node for each output, whose partials come from one implicit rule.

NumPy's LAPACK computes the numbers, once for all outputs. A rule is written in NumPy's functions, which work on floats
and on an `Array` alike; so the same rule serves numbers and what is differentiated again.
"""

import contextlib
import functools
import itertools
import math
from array import array as packed_floats
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.arrays.array import Array, made, numbers, objects, of_parts
from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers
from autograd.primitives.primitive import Primitive

Shape = tuple[int, ...]
Floats = NDArray[np.float64]
Compute = Callable[..., tuple[Floats, ...]]
Pullback = Callable[[list[Any], tuple[Any, ...], list[Any]], Sequence[Any]]
Shapes = Callable[..., Sequence[Shape]]


class Row:
    """What a matrix primitive computes: `shapes` of its outputs from those of its inputs, and its `pullback`.

    A pullback takes (adjoints of the outputs, None for zero; the outputs; the inputs) and returns those of the inputs.
    """

    ranks: tuple[int, ...]
    compute: Compute
    shapes: Shapes
    pullback: Pullback

    def __init__(self, ranks: Sequence[int], compute: Compute, shapes: Shapes, pullback: Pullback) -> None:
        self.ranks, self.compute, self.shapes, self.pullback = tuple(ranks), compute, shapes, pullback
        self.computed: Callable[..., tuple[list[float], tuple[Floats, ...]]] = functools.lru_cache(maxsize=16)(
            self._computed
        )

    def inputs(self, operands: Sequence[Any]) -> tuple[list[Shape], Sequence[Any]]:
        """Return (the shapes of the inputs, their numbers) of the operands behind the number of the output."""
        given = iter(operands)
        shapes = [tuple(itertools.islice(given, rank)) for rank in self.ranks]
        return shapes, tuple(given)

    def _computed(self, shapes: tuple[Shape, ...], numbers: bytes) -> tuple[list[float], tuple[Floats, ...]]:
        outputs = self.compute(*_split(np.frombuffer(numbers), shapes))
        return [float(y) for output in outputs for y in np.ravel(output)], outputs

    def value(self, place: int, *operands: float) -> float:
        """Return one number of the outputs, counted over all of them."""
        shapes, numbers = self.inputs(operands)
        return self.computed(tuple(shapes), packed_floats("d", numbers).tobytes())[0][place]

    def gradient(self, z: Numbers, place: int, *operands: Numbers) -> list[Any]:
        """Return the partials of one number of the outputs towards those of the inputs."""
        shapes, numbers = self.inputs(operands)
        plain = set(map(type, numbers)) <= {float, int, bool}
        bars: list[Any] = []
        for shape in self.shapes(*shapes):
            count = math.prod(shape)
            bars.append(None)
            if 0 <= place < count:
                bars[-1] = np.zeros(shape)
                bars[-1].ravel()[place] = 1.0
            place -= count
        if not plain:
            inputs = _split(of_parts(numbers, (len(numbers),)), shapes)
            outputs = evaluated(PRIMITIVES[self], *inputs)
            return [x for part in self.pullback(bars, outputs, inputs) for x in objects(part).ravel().tolist()]
        try:
            data = packed_floats("d", numbers).tobytes()
            _, known = self.computed(tuple(shapes), data)
            with np.errstate(all="ignore"):
                parts = self.pullback(bars, known, _split(np.frombuffer(data), shapes))
        except np.linalg.LinAlgError:
            return [math.nan] * len(numbers)
        return list(itertools.chain.from_iterable(np.ravel(part).tolist() for part in parts))


ROWS_OF: dict[Primitive, Row] = {}
PRIMITIVES: dict[Row, Primitive] = {}


def matrix_primitive(name: str, home: str, row: Row, hint: str = "") -> Primitive:
    """Return the primitive of a row: its operands are the number of the output, the inputs' shapes and numbers."""
    primitive = Primitive(
        name,
        row.value,
        gradient=row.gradient,
        parameters=1 + sum(row.ranks),
        operand_names=("*x",),
        home=home,
        hint=hint,
    )
    ROWS_OF[primitive], PRIMITIVES[row] = row, primitive
    return primitive


def _split(flat: Numbers, shapes: Sequence[Shape]) -> list[Any]:
    found, place = [], 0
    for shape in shapes:
        count = math.prod(shape)
        found.append(flat[place : place + count].reshape(shape))
        place += count
    return found


def evaluated(primitive: Primitive, *inputs: Numbers) -> tuple[Any, ...]:
    """Return the outputs of a matrix primitive, one node for each number."""
    row = ROWS_OF[primitive]
    given = [objects(x) for x in inputs]
    shapes = [x.shape for x in given]
    operands = [n for shape in shapes for n in shape] + [
        float(y) if isinstance(y, int) else y for x in given for y in x.ravel().tolist()
    ]
    found = _applied(primitive, given, shapes, operands)
    flat = of_parts(found, (len(found),))
    return tuple([made(x.reshape(x.shape).view(np.ndarray)) for x in _split(flat, row.shapes(*shapes))])


def _applied(primitive: Primitive, given: Sequence[Any], shapes: Sequence[Shape], operands: list[Any]) -> list[Any]:
    """Return the numbers of all outputs, which are computed once where they may be seen."""
    row = ROWS_OF[primitive]
    count = sum(map(math.prod, row.shapes(*shapes)))
    kinds = set(map(type, operands)) - {float, int}
    plain = [x for x in map(numbers, given) if x is not None] if len(kinds) == 1 else []
    if plain and len(plain) == len(given):
        carrier: type[Carrier] = kinds.pop()
        data = packed_floats("d", itertools.chain.from_iterable(np.ravel(x).tolist() for x in plain)).tobytes()
        with contextlib.suppress(np.linalg.LinAlgError):  # the primitive says it better
            values = row.computed(tuple(shapes), data)[0]
            return [carrier.applied(primitive, (i, *operands), values[i]) for i in range(count)]
    return [primitive(i, *operands) for i in range(count)]


def stacked(function: Callable[..., Any], ranks: Sequence[int], *inputs: Numbers) -> Numbers:
    """Return a function of matrices over stacks of them: the axes in front of the last ones are broadcast."""
    given = [objects(x) for x in inputs]
    stack = np.broadcast_shapes(*[x.shape[: x.ndim - rank] for x, rank in zip(given, ranks, strict=True)])
    if not stack:
        return function(*[x.view(Array) for x in given])
    full = [np.broadcast_to(x, stack + x.shape[x.ndim - rank :]) for x, rank in zip(given, ranks, strict=True)]
    found = [function(*[x[place].view(Array) for x in full]) for place in np.ndindex(*stack)]
    if not found or not isinstance(found[0], tuple):
        return _joined(found, stack)
    parts = [_joined([each[i] for each in found], stack) for i in range(len(found[0]))]
    return type(found[0])(*parts) if hasattr(found[0], "_fields") else tuple(parts)


def _joined(found: list[Any], stack: Shape) -> Numbers:
    shape = np.shape(found[0]) if found else ()
    flat = [y for x in found for y in objects(x).ravel().tolist()]
    return of_parts(flat, stack + shape)
