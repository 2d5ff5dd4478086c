"""Writes the four hot operators of `Value` from the rows of the table: `python -m autograd.operators`.

Start at `source`. Each operator is written out with the row's own value and partials as text (a rule applied to Names
is its formula), because a call per operation would double its cost. The one surprise: the text stands in value.py
between two marks, where it can be read, stepped through and type-checked; a test compares it with the rows.
"""

import sys
from pathlib import Path

from autograd import table, value
from autograd.primitive import Name, Primitive, infix

BEGIN = "    # begin: written by `python -m autograd.operators`\n"
END = "    # end\n"

HOT = """
    def __{name}__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.{name}, self, other)
        x = self._data
        try:
            if kind is Value:
                y = other._data
                z = {value}
                return _node(z, table.{name}, self, other, {left}, {right})
            y = float(other)
            z = {value}
            return _node(z, table.{name}, self, y, {left}, 0.0)
        except ArithmeticError:
            return _mixed(table.{name}, self, other)

    def __r{name}__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.{name}, other, self)
        try:
            x, y = float(other), self._data
            z = {value}
            return _node(z, table.{name}, x, self, 0.0, {right})
        except ArithmeticError:
            return _mixed(table.{name}, other, self)
"""


def formula(row: Primitive, position: int) -> str:
    """Return a partial as text, in the operands' names and `z` for the result.

    >>> formula(table.truediv, 1), formula(table.tan, 0)
    ('-(z / y)', '1.0 + z * z')
    """
    names = [Name(name) for name in row.operand_names]
    return str(row.rules(Name("z"), names, [position])[0])


def source() -> str:
    """Return the text of the methods."""
    parts = []
    for row in (table.add, table.sub, table.mul, table.truediv):
        left, right = formula(row, 0), formula(row, 1)
        result = infix(row.infix, *map(Name, row.operand_names))
        parts.append(HOT.format(name=row.name, value=result, left=left, right=right))
    return "".join(parts)[1:]


def written(text: str) -> str:
    """Return the text of value.py with its generated part renewed."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + source() + "\n" + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = Path(value.__file__)
    if "--check" in sys.argv:
        sys.exit(path.read_text() != written(path.read_text()))
    path.write_text(written(path.read_text()))
