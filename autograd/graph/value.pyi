# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

import array
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Never, SupportsIndex
from autograd.errors import AutogradError, GraphError
from autograd.floats import elementary, native, partials, special
from autograd.floats.ieee import totally
from autograd.graph.contexts import Mark, plain_text, recording
from autograd.graph.contexts import mark as _mark
from autograd.graph.contexts import marking as _marking
from autograd.graph.contexts import paused as _paused
from autograd.graph.contexts import watched as _watched
from autograd.graph.hints import HINTS, Elsewhere, unexpected
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.carrier import mixed as _any_mixed
from autograd.primitives.operation import Carried, Operand
from autograd.primitives.primitive import NUMBERED, Primitive, plain
from autograd.floats.native import cython

_mixed: Callable[[Primitive, Any, Any], Value]
Name = str | None
CUTS: dict[int, str]
above: dict[str, Callable[..., Any]]
@final
class Value(Carrier):
    'A number, its parents, and the local partial derivative towards each of them.\n\n    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")\n    >>> c = a * b + a\n    >>> c\n    Value(-4.0, op=\'add\')\n    >>> c.backward()\n    >>> a.grad, b.grad\n    (-2.0, 2.0)\n    >>> c.parents[0].partials  # d(a * b) towards a and towards b\n    (-3.0, 2.0)\n\n    Parameters: `data`, any real number (bool, int, float, Fraction, NumPy scalar); `name`, shown in text and pictures.\n    Raises TypeError for anything else, as `Value("3")` or `Value(1j)`; OverflowError for an int beyond 1.8e308.\n    Comparisons compare numbers; the hash is that of the object, so look a Value up by identity.\n    '
    rank: int
    def __init__(self, data: Operand, name: Name=None, **others: Never) -> None:
        ...
    _label: Any
    _data: float
    _grad: float
    _row: int
    _x: Any
    _y: Any
    _dx: float
    _dy: float
    _place: int
    _born: int
    @property
    def data(self) -> float:
        'The number. That of a leaf may be assigned; that of an interior node is what its operation gave.'
    @data.setter
    def data(self, data: Operand) -> None:
        ...
    @property
    def grad(self) -> float:
        'The derivative of the last root towards this value; leaves accumulate it over calls of backward.'
    @grad.setter
    def grad(self, grad: Operand) -> None:
        ...
    @property
    def name(self) -> str | None:
        'A label for people: a str or None.'
    @name.setter
    def name(self, name: Name) -> None:
        ...
    @property
    def scope(self) -> tuple[str, ...]:
        'The names of the scopes it was made in, outermost first; see `autograd.scope`.'
    @property
    def line(self) -> str | None:
        'Where it was made, as "file.py:12", if inside of `autograd.trace_lines()`; else None.'
    @property
    def primitive(self) -> Any:
        'The row of the table that made this value; None for a leaf.'
    @property
    def op(self) -> str:
        'The name of the primitive that made this value; empty for a leaf.'
    @property
    def cut(self) -> str:
        'How a leaf was cut from what it was made of: "no_grad" or "detach"; empty for all else.\n\n        Such a leaf is a constant: no parameter of a module, and `backward` refuses it.\n        '
    @property
    def operands(self) -> tuple[Any, ...]:
        'Everything the primitive took, constants included, in order, repeats kept.'
    @property
    def parents(self) -> tuple[Value, ...]:
        'The operands that are Values, in order, repeats kept: `x * x` has two.'
    @property
    def partials(self) -> tuple[float, ...]:
        'The local derivative towards each parent, as it was when this value was made.'
    def backward(self, seed: Operand=1.0) -> None:
        'Add the derivative of this value, times `seed`, to `.grad` of every leaf; see `autograd.backward`.'
    def zero_grad(self) -> None:
        'Set `.grad` to zero here and in everything this value was made from.'
    def detach(self) -> Value:
        'Return a constant with the same number and name: gradients do not go further back than to it.\n\n        For a leaf that is to be trained use `Value(x.data)`.\n        '
    def item(self) -> float:
        'Return the number, as `.data`.'
    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
        'Return the Value that a primitive makes of Values and plain numbers.\n\n        Raises what Python raises on the plain floats (DomainError is a ValueError, ...), and TypeError for an operand\n        that is no real number, or that the primitive cannot differentiate. Cost: one value and one partial per parent.\n        '
    def __repr__(self) -> str:
        ...
    def __rich_repr__(self) -> Iterator[tuple[Any, Any]]:
        ...
    def _repr_html_(self) -> str | None:
        ...
    def __dir__(self) -> list[str]:
        ...
    def __format__(self, spec: str) -> str:
        ...
    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        ...
    def __deepcopy__(self, memo: dict[int, object]) -> Value:
        ...
    def __copy__(self) -> Value:
        ...
def _node(data: float, row: Any, x: object, y: object, dx: float, dy: float) -> Value:
    'Return an interior node; every argument is trusted.'
def memory(node: Value) -> list[Any]:
    'Return what a node remembers, but its birth: what `fill` takes, for copies and pickles.'
def blank() -> Value:
    'Return a Value to be filled by `fill`, once and before anything is made of it.'
def is_blank(node: Value) -> bool:
    'Return whether a Value is still to be filled.'
def fill(node: Value, state: list[Any]) -> None:
    'Give a blank Value the memory of another; it is born now, after its parents.'
def _free(self: Value) -> None:
    "Take a dying node's ancestors apart one by one, so that freeing a long chain does not recurse."
def _refuse(cls: type) -> None:
    ...
