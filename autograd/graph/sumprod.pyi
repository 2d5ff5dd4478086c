# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from autograd.graph.value import Value
from collections.abc import Iterable
from typing import TYPE_CHECKING
from autograd.floats import native
from autograd.graph import value
from autograd.graph.contexts import paused as _paused
from autograd.graph.contexts import recording
from autograd.primitives import table
from autograd.primitives.operation import Carried, Operand
from autograd.floats.native import cython

@overload
def sumprod(p: Iterable[float], q: Iterable[float]) -> float:
    'Return the dot product of two iterables of one length, rounded once, as `math.sumprod`; one node.\n\n    Raises ValueError where the lengths differ.\n\n    >>> sumprod([1e16, 1.0, -1e16], [1.0, 1.0, 1.0])\n    1.0\n    '
@overload
def sumprod(p: Iterable[float | Value], q: Iterable[float | Value]) -> Value:
    'Return the dot product of two iterables of one length, rounded once, as `math.sumprod`; one node.\n\n    Raises ValueError where the lengths differ.\n\n    >>> sumprod([1e16, 1.0, -1e16], [1.0, 1.0, 1.0])\n    1.0\n    '
@overload
def sumprod(p: Iterable[Operand], q: Iterable[Operand]) -> Any:
    'Return the dot product of two iterables of one length, rounded once, as `math.sumprod`; one node.\n\n    Raises ValueError where the lengths differ.\n\n    >>> sumprod([1e16, 1.0, -1e16], [1.0, 1.0, 1.0])\n    1.0\n    '
