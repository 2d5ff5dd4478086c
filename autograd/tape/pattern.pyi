# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from autograd.floats import native
from autograd.primitives.operation import Place
from autograd.tape.tape import Tape
from autograd.floats.native import cython

_EMPTY: frozenset[int]
def structure(tape: Tape, outputs: Sequence[Place]) -> bytes:
    'Return a digest of all operands of a tape, and of which places are its outputs (-1 for a plain number).'
def pattern(tape: Tape, outputs: Sequence[Place]) -> list[list[int]]:
    'Return, for each of these places, the inputs that it was made from, in order; none for -1.\n\n    A set of inputs is kept as long as a step needs it. Cost: a union for each operand of what the outputs need.\n    '
@final
class Dependence():
    'The inputs that steps depend on, by place, and the last step that asks for them.'
    def __init__(self, tape: Tape) -> None:
        ...
    sets: list[Any]
    last: Any
    def of(self, outputs: Sequence[Place]) -> list[list[int]]:
        'Return the inputs of each output, in order.'
    def ask(self, i: Place) -> object:
        'Mark the operands of a step, unless a later one needs them too.'
    def union(self, i: Place) -> Any:
        'Return the inputs that a step was made from; forget those of operands that no later one needs.'
    def joined(self, found: Any, k: Place) -> Any:
        'Return a set with the inputs of an operand; no new one where one holds the other.'
    def forget(self, k: Place, i: Place) -> object:
        'Forget the inputs of an operand after the last step that needs them.'
    def __dealloc__(self) -> None:
        ...
    tape: Tape
