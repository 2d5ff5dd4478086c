"""`Precise`: a carrier that computes a user's function, as it stands, in hundreds of digits.

Where the graph of Values shows only the branch that was taken, calling the function again on Precise numbers, a hair to
the left and to the right, shows what its `if`s do. Comparisons are exact here, and a tie is noted, because at a tie the
function may have a kink that no row of the table knows of.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.errors import DomainError
from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive
from autograd.testing.exact import Exact, definition, mp, mpf, real


class Precise(Carrier):
    """A number of mpmath that goes through autograd's functions and Python's operators."""

    __slots__ = ("_data", "ties")
    rank = 7

    def __init__(self, data: Exact, ties: list[Exact]) -> None:
        self._data = data
        self.ties: list[Exact] = ties  # shared by all numbers of a run: one entry for every comparison that was a tie

    def __hash__(self) -> int:
        return object.__hash__(self)

    @property
    def data(self) -> Exact:
        """The number, an mpf."""
        return self._data

    def __repr__(self) -> str:
        return f"Precise({mp.nstr(self._data, 17)})"

    def detach(self) -> "Precise":
        """Return the number: constants are as good as others where nothing is differentiated."""
        return self

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Precise":
        ties = next(x.ties for x in operands if isinstance(x, Precise))
        numbers = []
        for i, x in enumerate(operands):
            bare = x.data if isinstance(x, Carrier) else x
            numbers.append(mpf(bare) if primitive.differentiable(i) else bare)
        try:
            found = real(definition(primitive)(*numbers))
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise DomainError(f"{primitive.name}: no value at {', '.join(map(str, numbers))}") from error
        if mp.isnan(found):
            raise DomainError(f"{primitive.name}: no value at {', '.join(map(str, numbers))}")
        return Precise(found, ties)

    def _difference(self, other: object) -> mpf:
        bare = other.data if isinstance(other, Carrier) else other
        difference = self._data - bare
        if not difference:
            self.ties.append(bare)
        return difference

    def __eq__(self, other: object) -> bool:
        return not self._difference(other)

    def __ne__(self, other: object) -> bool:  # the compiled core has one of its own
        return not self == other

    def __lt__(self, other: object) -> bool:
        return bool(self._difference(other) < 0)

    def __le__(self, other: object) -> bool:
        return bool(self._difference(other) <= 0)

    def __gt__(self, other: object) -> bool:
        return bool(self._difference(other) > 0)

    def __ge__(self, other: object) -> bool:
        return bool(self._difference(other) >= 0)

    def __bool__(self) -> bool:
        return bool(self._difference(0))


def run(f: Callable[[list[Any]], Any], xs: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Return what a function of a list of numbers gives in the present precision, and the comparisons that tied."""
    ties: list[Any] = []
    found = f([Precise(mpf(x), ties) for x in xs])
    return (found.data if isinstance(found, Carrier) else mpf(found)), ties
