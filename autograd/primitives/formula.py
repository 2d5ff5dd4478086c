"""Carriers that write formulas: a rule applied to them is its own text, as code (`Name`) or as in books (`Formula`)."""

import math
from typing import Any, ClassVar, Self

from autograd.primitives.primitive import Primitive

Part = Any  # of a formula: a Name, or a number


class Name:
    """A carrier that writes formulas as code: apply a rule to names, read its text.

    >>> x = Name("x")
    >>> str(-(1.0 / (x * x + 1.0)))
    '-(1.0 / (x * x + 1.0))'
    """

    __slots__ = ("binding", "text")
    rank: ClassVar[int] = 9

    def __init__(self, text: str, binding: int = 9) -> None:
        self.text: str = text
        # how tightly the outermost operator binds: 1 for +, 2 for *, 3 for unary -, 9 for none
        self.binding: int = binding

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    @classmethod
    def apply(cls, primitive: Primitive, operands: tuple[Part, ...]) -> Part:
        """Return the text of a primitive applied to names and numbers."""
        if primitive.infix:
            return cls.infix(primitive.infix, *operands)
        return cls(f"{primitive.name}({', '.join(map(cls.written, operands))})")

    @classmethod
    def infix(cls, symbol: str, *operands: Part) -> Part:
        """Return the text of an operator applied: `x + y`, or `-x`."""
        binding = {"+": 1, "-": 1, "**": 4}.get(symbol, 2)
        if len(operands) == 1:
            return cls(f"{symbol}{cls.wrapped(operands[0], 3)}", 3)
        x, y = operands
        return cls(f"{cls.wrapped(x, binding)} {symbol} {cls.wrapped(y, binding + 1)}", binding)

    @classmethod
    def wrapped(cls, x: Part, binding: int) -> str:
        """Return the text of an operand, in parentheses if it binds less tightly than the operator around it."""
        loose = x.binding < binding if isinstance(x, Name) else math.copysign(1.0, x) < 0.0
        return f"({cls.written(x)})" if loose else cls.written(x)

    @staticmethod
    def written(x: Part) -> str:
        """Return the text of a name or a number."""
        return str(x)

    def __neg__(self) -> Self:
        return self.infix("-", self)  # type: ignore[no-any-return]

    def __abs__(self) -> Self:
        return type(self)(f"abs({self})")


class Formula(Name):
    """A carrier that writes formulas as books do: whole numbers without a point, no terms that are always zero.

    >>> x = Formula("x")
    >>> str(1.0 / (x + 0.0)), 1.0 + 0.0 * x, str(0.0 * x - x)
    ('1 / x', 1.0, '-x')
    """

    __slots__ = ()

    @classmethod
    def infix(cls, symbol: str, *operands: Part) -> Part:
        """Return the text of an operator applied, or what it is if one of the operands is 0, or a factor 1."""
        if len(operands) == 2:
            x, y = operands
            left, right = (math.nan if isinstance(z, Name) else z for z in operands)
            if symbol == "*" and 0.0 in (left, right):
                return 0.0
            if right == {"+": 0.0, "-": 0.0, "*": 1.0, "/": 1.0}.get(symbol):
                return x
            if left == {"+": 0.0, "*": 1.0}.get(symbol):
                return y
            if symbol == "-" and left == 0.0:
                return -y
        return super().infix(symbol, *operands)

    @staticmethod
    def written(x: Part) -> str:
        """Return the text of a name or a number; `1.0` is 1."""
        return str(int(x)) if isinstance(x, float) and x.is_integer() else str(x)


_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**"}
for _method, _symbol in _SYMBOLS.items():
    setattr(Name, f"__{_method}__", lambda x, y, symbol=_symbol: type(x).infix(symbol, x, y))
    setattr(Name, f"__r{_method}__", lambda y, x, symbol=_symbol: type(y).infix(symbol, x, y))
