"""Writes the hot methods of `Value` from the rows of the table: `python -m autograd.graph.methods`.

Start at `source`. Each method is written out with the row's own value and partials as text (a rule applied to Names
is its formula), because a call per operation would double its cost, and because this text is what Cython turns into C.
The one surprise: the text stands in value.py between two marks, where it can be read, stepped through and
type-checked; a test compares it with the rows.
"""

import math
import re
import sys
from pathlib import Path

from autograd.graph import value
from autograd.primitives import table
from autograd.primitives.formula import Name
from autograd.primitives.primitive import Primitive, row

BEGIN = "    # begin: written by `python -m autograd.graph.methods`\n    # fmt: off\n"
END = "    # fmt: on\n    # end\n"

BINARY = (table.add, table.sub, table.mul, table.truediv, table.power)
UNARY = (
    *(table.neg, table.exp, table.log, table.sqrt, table.sin, table.cos, table.tanh),
    *(table.sigmoid, table.softplus, table.relu),
)

OPERATOR = """
    def __{method}__(self, other: Any) -> Any:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.{name}, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = {value}
                return _node(z, _{NAME}, self, that, {left}, {right})
            y = float(other)
            z = {value}
            return _node(z, _{NAME}, self, other if kind is float else y, {left}, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, self, other)

    def __r{method}__(self, other: Any) -> Any:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.{name}, other, self)
        try:
            x, y = float(other), self._data
            z = {value}
            return _node(z, _{NAME}, other if kind is float else x, self, 0.0, {right})
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, other, self)
"""

FUNCTION = """
    def {method}(self) -> Any:
        if _paused:
            return apply(table.{name}, (self,))
        x = self._data
        try:
            z = {value}
            return _node(z, _{NAME}, self, None, {left}, 0.0)
        except (ValueError, ArithmeticError):
            return apply(table.{name}, (self,))
"""


def formula(primitive: Primitive, position: int) -> str:
    """Return a partial as text, in the operands' names and `z` for the result.

    >>> formula(table.truediv, 1), formula(table.tan, 0)
    ('-(z / y)', '1.0 + z * z')
    """
    names = [Name(name) for name in primitive.operand_names]
    return str(primitive.rules(Name("z"), names, [position])[0])


def code(text: str) -> str:
    """Return a formula with the functions behind its primitives, as they are called in value.py.

    >>> code("-sin(x)"), code("tanh_slope(x)")
    ('-native.sin(x)', 'elementary.tanh_slope(x)')
    """

    def function(match: "re.Match[str]") -> str:
        found = row(match[1]).value
        home = "native" if hasattr(math, found.__name__) else found.__module__.rpartition(".")[2]
        return f"{home}.{found.__name__}("

    return re.sub(r"(\w+)\(", function, text)


def source() -> str:
    """Return the text of the methods."""
    parts = []
    for primitive in (*BINARY, *UNARY):
        operands = [Name(name) for name in primitive.operand_names]
        plain = primitive.infix and primitive is not table.power  # x**y of floats may be complex
        call = f"{primitive.name}({', '.join(primitive.operand_names)})"
        method = primitive.name.replace("power", "pow")
        parts.append(
            (OPERATOR if primitive in BINARY else FUNCTION).format(
                name=primitive.name,
                NAME=primitive.name.upper(),
                method=f"__{method}__" if primitive.infix and primitive not in BINARY else method,
                value=Name.infix(primitive.infix, *operands) if plain else code(call),
                left=code(formula(primitive, 0)),
                right=code(formula(primitive, -1)),
            )
        )
    return "".join(parts)[1:]


def written(text: str) -> str:
    """Return the text of value.py with its generated part renewed."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + source() + "\n" + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = Path(value.__file__).with_name("value.py")
    if "--check" in sys.argv:
        sys.exit(path.read_text() != written(path.read_text()))
    path.write_text(written(path.read_text()))
