"""`Name`: a carrier that writes formulas, so that a rule applied to names is its own text."""

import math
from typing import Any

from autograd.primitives.primitive import Primitive


class Name:
    """A carrier that writes formulas: apply a rule to names, read its text.

    >>> x = Name("x")
    >>> str(-(1.0 / (x * x + 1.0)))
    '-(1.0 / (x * x + 1.0))'
    """

    __slots__ = ("binding", "text")
    rank = 9

    def __init__(self, text: str, binding: int = 9) -> None:
        self.text = text
        self.binding = binding  # how tightly the outermost operator binds: 1 for +, 2 for *, 3 for unary -, 9 for none

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Name":
        if primitive.infix:
            return infix(primitive.infix, *operands)
        return Name(f"{primitive.name}({', '.join(map(str, operands))})")

    def __neg__(self) -> "Name":
        return Name(f"-{wrap(self, 3)}", 3)


def wrap(x: Any, binding: int) -> str:
    """Return the text of an operand, in parentheses if it binds less tightly than the operator around it."""
    loose = (isinstance(x, Name) and x.binding < binding) or (not isinstance(x, Name) and math.copysign(1.0, x) < 0.0)
    return f"({x})" if loose else str(x)


def infix(symbol: str, *operands: Any) -> Name:
    """Return the text of an operator applied: `x + y`, or `-x`."""
    binding = {"+": 1, "-": 1, "**": 4}.get(symbol, 2)
    if len(operands) == 1:
        return Name(f"{symbol}{wrap(operands[0], 3)}", 3)
    x, y = operands
    return Name(f"{wrap(x, binding)} {symbol} {wrap(y, binding + 1)}", binding)


for _method, _symbol in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}.items():
    setattr(Name, f"__{_method}__", lambda x, y, symbol=_symbol: infix(symbol, x, y))
    setattr(Name, f"__r{_method}__", lambda y, x, symbol=_symbol: infix(symbol, x, y))
