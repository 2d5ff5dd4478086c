# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""`sumprod`: the dot product as one node, made in one pass; what neurons are made of.

It is a short cut to the bits of the row: on anything but Values and floats, or where the sum over- or underflows, or
its last bit is in doubt, the row of the table does it all again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from autograd.floats import native
from autograd.graph import value
from autograd.graph.contexts import paused as _paused
from autograd.graph.contexts import recording
from autograd.primitives import table
from autograd.primitives.operation import Carried, Operand

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

_SUMPROD = table.sumprod.number


def sumprod(p: Iterable[Operand], q: Iterable[Operand]) -> Carried:
    """Return the dot product of two iterables of one length, rounded once, as `math.sumprod`; one node.

    Raises ValueError where the lengths differ.

    >>> sumprod([1e16, 1.0, -1e16], [1.0, 1.0, 1.0])
    1.0
    """
    p = p if type(p) is list else list(p)
    q = q if type(q) is list else list(q)
    n = len(p)
    if len(q) != n:
        raise ValueError(f"sumprod: the sequences have {n} and {len(q)} elements; give as many in each")
    operands = native.joined(p, q)
    if not cython.compiled or n < 2:
        return table.sumprod(*operands)
    partials = native.blank(2 * n)  # towards each operand: the number that it is multiplied with
    values = 0
    for i in range(2 * n):
        place = i + n if i < n else i - n
        if type(operands[i]) is value.Value:
            native.store(partials, place, cython.cast(value.Value, operands[i])._data)
            values += 1
        elif type(operands[i]) is float:
            native.store(partials, place, operands[i])
        else:
            return table.sumprod(*operands)
    z = native.dot(partials, n)
    if z != z or not values:
        return table.sumprod(*operands)
    if _paused and not recording():
        return value._node(z, -2, None, None, 0.0, 0.0)
    native.untracked(operands)
    return value._node(z, _SUMPROD, operands, partials, 0.0, 0.0)
