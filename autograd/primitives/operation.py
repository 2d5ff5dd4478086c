"""`Operation`: what a tape records and a program applies. Primitives are operations, and so are sums over lanes."""

from collections.abc import Hashable, Sequence
from typing import Any, ParamSpec, Protocol, SupportsFloat, TypeAlias, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Operand: TypeAlias = SupportsFloat  # what functions take: a real number of any type, or a carrier
Carried: TypeAlias = Any  # a number on any carrier, or a plain one: what rules and operators compute with, and give
Numbers: TypeAlias = Any  # such a number, or an array or a nest of lists of them: what NumPy's functions take and give
Axis: TypeAlias = int | Sequence[int] | None
Shape: TypeAlias = int | Sequence[int]

# These are integers and memory of C's where they are compiled, so the core must not call them `int`.
Row: TypeAlias = int  # the number of a row of the table
Place: TypeAlias = int  # of a step on a tape
Code: TypeAlias = int  # an operand: a place, or ~k for the constant k
Doubles: TypeAlias = list[float]  # compiled, memory of C's


class Operation(Protocol):
    """An operation that is not looked into: its value, and its partials in other operations."""

    @property
    def name(self) -> str:
        """The name, for messages and programs as text."""
        ...

    @property
    def number(self) -> Hashable:
        """What tells two operations apart."""
        ...

    def __call__(self, *operands: Operand) -> Carried:
        """Return the operation applied: a float for plain numbers, else what the operands' carrier makes of it."""
        ...

    def numbers(self, operands: Sequence[Any]) -> list[Any]:
        """Return the operands as plain numbers."""
        ...

    def plainly(self, numbers: Sequence[Any]) -> float:
        """Return the value on plain numbers; raises what Python raises."""
        ...

    def total(self, *operands: Operand) -> float:
        """Return the value on plain numbers without ever raising."""
        ...

    def differentiable(self, position: int) -> bool:
        """Return whether the operand at this position can carry a derivative."""
        ...

    def rules(self, z: Carried, operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        """Return the partials towards the operands at the `wanted` positions, on any carrier."""
        ...

    def partials_at(self, z: float, operands: Sequence[Any], wanted: Sequence[int]) -> tuple[float, ...]:
        """Return the partials on plain numbers."""
        ...
