"""`Tape`: the flat record of one call of a function, in order: its inputs, every number made and every guard."""

import itertools
import math
from typing import TYPE_CHECKING, Any, TypeGuard

from autograd.errors import GraphError
from autograd.floats.ieee import totally
from autograd.primitives.carrier import Number
from autograd.primitives.primitive import Primitive
from autograd.tape.guards import COMPARISONS, Guard, compiling_for
from autograd.tape.traced import Traced, primal

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

_levels = itertools.count(1).__next__

Step = Traced | Guard[Number]


class Tape:
    """The record of a call. A number of another tape among the operands is a constant here: so derivatives nest.

    A `blank` tape computes no numbers: it records a Program that is gone through again.
    """

    def __init__(self, blank: bool = False) -> None:
        self.level = _levels()  # a tape inside of another has the higher level
        self.blank = blank
        self.steps: list[Step] = []
        self.closed = False

    def input(self, x: Number) -> Traced:
        """Return a new input for the number x, which may be a carrier of a tape around this one."""
        return self.append(primal(x), None, (), False)

    def array(self, x: "Array") -> Traced:
        """Return a new input for a whole array, which only a sum over lanes can take."""
        traced = self.append(math.nan, None, (), False)
        traced._data = x  # type: ignore[assignment]
        return traced

    def record(self, primitive: Primitive, operands: tuple[Number, ...]) -> Traced:
        """Return a primitive applied to operands; raises what Python raises on the plain floats."""
        if self.closed:
            raise GraphError(f"{primitive.name}: a number of a finished function call was kept and used outside of it")
        total = totally.get()
        if self.blank:
            return self.append(math.nan, primitive, operands, total)
        numbers = primitive.numbers(
            [x._data if x.__class__ is Traced and primitive.differentiable(i) else x for i, x in enumerate(operands)]
        )
        value = primitive.total(*numbers) if total or compiling_for.get() == "lanes" else primitive.plainly(numbers)
        return self.append(value, primitive, operands, total)

    def append(self, data: float, primitive: Any, operands: tuple[Any, ...], total: bool = True) -> Traced:
        """Return a new number on the tape, whose value is known or, on a blank tape, need not be."""
        traced = Traced(self, len(self.steps), float(data), primitive, operands, total)
        self.steps.append(traced)
        return traced

    def observe(self, comparison: str, operands: tuple[Number, ...], known: bool | int = False) -> bool | int:
        """Return what a comparison of operands sees, and keep it as a guard; a blank tape sees what is `known`."""
        seen: bool | int = known if self.blank else COMPARISONS[comparison](*map(primal, operands))
        if not self.closed:
            self.steps.append(Guard(comparison, operands, seen))
        return seen

    def owns(self, x: object) -> TypeGuard[Traced]:
        """Return whether x is a number of this tape."""
        return x.__class__ is Traced and x.tape is self
