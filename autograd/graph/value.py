# cython: boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False
"""`Value`: a float that remembers how it was made.

The local partials are computed when a node is made, not when `backward` runs, so changing a weight afterwards cannot
change a derivative that is already recorded. The hot operators are written out from the rows of the table, and a test
compares them with it. Where there is a C compiler, Cython compiles this file as it stands; value.pxd adds the types,
`cython.compiled` marks what differs.
"""

from __future__ import annotations

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

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

_mixed: Callable[[Primitive, Any, Any], Value] = _any_mixed
Name = str | None  # by a name of its own, Cython leaves the check, and so the message, to us
CUTS: dict[int, str] = {-2: "no_grad", -3: "detach"}  # rows of leaves that stand for a result that was not recorded
above: dict[str, Callable[..., Any]] = {}  # what methods call of the modules that need Value: these put it here
_BLANK = -2  # in the place of a row's number, as -1 for a leaf
# begin: written by `python -m autograd.primitives.write`
_ADD = table.add.number
_SUB = table.sub.number
_MUL = table.mul.number
_TRUEDIV = table.truediv.number
_NEG = table.neg.number
_POWER = table.power.number
_SQRT = table.sqrt.number
_EXP = table.exp.number
_LOG = table.log.number
_SIN = table.sin.number
_COS = table.cos.number
_TANH = table.tanh.number
_SIGMOID = table.sigmoid.number
_SOFTPLUS = table.softplus.number
_RELU = table.relu.number
# end of what is written


@cython.final
@cython.no_gc  # a node refers to its operands alone, which are older: there are no cycles
@cython.auto_pickle(False)
@cython.cclass
class Value(Carrier):
    """A number, its parents, and the local partial derivative towards each of them.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b + a
    >>> c
    Value(-4.0, op='add')
    >>> c.backward()
    >>> a.grad, b.grad
    (-2.0, 2.0)
    >>> c.parents[0].partials  # d(a * b) towards a and towards b
    (-3.0, 2.0)

    Parameters: `data`, any real number (bool, int, float, Fraction, NumPy scalar); `name`, shown in text and pictures.
    Raises TypeError for anything else, as `Value("3")` or `Value(1j)`; OverflowError for an int beyond 1.8e308.
    Comparisons compare numbers; the hash is that of the object, so look a Value up by identity.
    """

    __slots__ = ("__weakref__", "_born", "_data", "_dx", "_dy", "_grad", "_label", "_place", "_row", "_x", "_y")
    rank = 2  # among carriers, see primitive.py

    # _data: float; _grad: float; _label: None, a name, or a Mark that has the name and where the node was made.
    # _row: the number of its primitive, -1 for a leaf, or one of CUTS. _born: its serial number; a node is born after its parents.
    # _place: its place in the order that was listed last, which is proved by looking there.
    # _x, _y, _dx, _dy: one or two operands and their partials; more of them are a tuple at _x and packed numbers at _y,
    # as a tuple for each node would double the work of the garbage collector. The partial of a constant is 0.0.

    def __init__(self, data: Operand, name: Name = None, **others: Never) -> None:
        if others:
            raise TypeError(unexpected(others))
        if isinstance(data, Value):
            raise TypeError("Value: data is a Value already; use it as it is, or Value(x.data) for a fresh leaf")
        self._label: Any = _mark() if _marking else None
        if name is not None:
            self.name = name
        self._data: float = plain(data, "Value")
        self._grad: float = 0.0
        self._row: int = -1
        self._x: Any = None
        self._y: Any = None
        self._dx: float = 0.0
        self._dy: float = 0.0
        self._place: int = 0
        self._born: int = native.birth()

    # ------------------------------------------------------------------------------------------ what it remembers

    @property
    def data(self) -> float:
        """The number. That of a leaf may be assigned; that of an interior node is what its operation gave."""
        return self._data

    @data.setter
    def data(self, data: Operand) -> None:
        if self._row >= 0:
            raise GraphError(f"data of {self!r} is the result of {self.op}; assign to a leaf, or use .detach()")
        self._data = plain(data, "Value.data")

    @property
    def grad(self) -> float:
        """The derivative of the last root towards this value; leaves accumulate it over calls of backward."""
        return self._grad

    @grad.setter
    def grad(self, grad: Operand) -> None:
        self._grad = plain(grad, "Value.grad")

    @property
    def name(self) -> str | None:
        """A label for people: a str or None."""
        return self._label.name if type(self._label) is Mark else self._label

    @name.setter
    def name(self, name: Name) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"Value: name must be a str, not {type(name).__name__} {name!r}")
        name = None if name is None else plain_text(name)
        self._label = self._label._replace(name=name) if type(self._label) is Mark else name

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes it was made in, outermost first; see `autograd.scope`."""
        return self._label.scope if type(self._label) is Mark else ()

    @property
    def line(self) -> str | None:
        """Where it was made, as "file.py:12", if inside of `autograd.trace_lines()`; else None."""
        return self._label.line if type(self._label) is Mark else None

    @property
    def primitive(self) -> Any:
        """The row of the table that made this value; None for a leaf."""
        return NUMBERED[self._row] if self._row >= 0 else None

    @property
    def op(self) -> str:
        """The name of the primitive that made this value; empty for a leaf."""
        return NUMBERED[self._row].name if self._row >= 0 else ""

    @property
    def cut(self) -> str:
        """How a leaf was cut from what it was made of: "no_grad" or "detach"; empty for all else.

        Such a leaf is a constant: no parameter of a module, and `backward` refuses it.
        """
        return CUTS.get(self._row, "")

    @property
    def operands(self) -> tuple[Any, ...]:
        """Everything the primitive took, constants included, in order, repeats kept."""
        if type(self._x) is tuple:
            return self._x
        return () if self._row < 0 else (self._x,) if self._y is None else (self._x, self._y)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands that are Values, in order, repeats kept: `x * x` has two."""
        return tuple([x for x in self.operands if type(x) is Value])

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivative towards each parent, as it was when this value was made."""
        found = memoryview(self._y).cast("d") if type(self._x) is tuple else (self._dx, self._dy)
        return tuple([d for d, x in zip(found, self.operands, strict=False) if type(x) is Value])

    # ------------------------------------------------------------------------------------------ what it does

    def backward(self, seed: Operand = 1.0) -> None:
        """Add the derivative of this value, times `seed`, to `.grad` of every leaf; see `autograd.backward`."""
        above["backward"]([self], [seed])

    def zero_grad(self) -> None:
        """Set `.grad` to zero here and in everything this value was made from."""
        above["zero_grad"](self)

    def detach(self) -> Value:
        """Return a constant with the same number and name: gradients do not go further back than to it.

        For a leaf that is to be trained use `Value(x.data)`.
        """
        found = Value(self._data, self.name)
        found._row = -3
        return found

    def item(self) -> float:
        """Return the number, as `.data`."""
        return self._data

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
        """Return the Value that a primitive makes of Values and plain numbers.

        Raises what Python raises on the plain floats (DomainError is a ValueError, ...), and TypeError for an operand
        that is no real number, or that the primitive cannot differentiate. Cost: one value and one partial per parent.
        """
        numbers = [x.data if type(x) is Value else x for x in operands]
        wanted = [i for i, x in enumerate(operands) if type(x) is Value]
        if primitive.has_parameters:
            numbers = primitive.numbers(operands)
        elif len(wanted) < len(operands):
            numbers = [x if type(x) is float else plain(x, primitive.name) for x in numbers]
        try:
            data = float(primitive.total(*numbers) if totally.get() else primitive.plainly(numbers))
        except AutogradError as error:
            error.failed = (primitive, operands)
            raise
        if _paused and not recording():
            return _node(data, -2, None, None, 0.0, 0.0)
        partials: Sequence[float] = primitive.partials_at(data, numbers, wanted)
        kept = operands
        if len(wanted) < len(operands):
            kept = tuple([x if type(x) is Value else y for x, y in zip(operands, numbers, strict=True)])
            given = iter(partials)
            partials = [next(given) if type(x) is Value else 0.0 for x in operands]
        if len(kept) == 1:
            return _node(data, primitive.number, kept[0], None, partials[0], 0.0)
        if len(kept) == 2:
            return _node(data, primitive.number, kept[0], kept[1], partials[0], partials[1])
        return _node(data, primitive.number, kept, array.array("d", partials).tobytes(), 0.0, 0.0)

    # ------------------------------------------------------------------------------------------ text

    def __repr__(self) -> str:
        return f"Value({', '.join(f'{key}={x!r}' if key else repr(x) for key, x in self.__rich_repr__())})"

    def __rich_repr__(self) -> Iterator[tuple[Any, Any]]:
        yield None, self._data
        if self.name is not None:
            yield "name", self.name
        if self._grad:
            yield "grad", self._grad
        if self._row >= 0:
            yield "op", self.op

    def _repr_html_(self) -> str | None:
        from autograd.graph.text import value_html

        return value_html(self)

    def __dir__(self) -> list[str]:
        return sorted(set(object.__dir__(self)) - HINTS.keys())

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    # ------------------------------------------------------------------------------------------ as an object

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return above["reduce"](self)

    def __deepcopy__(self, memo: dict[int, object]) -> Value:
        return above["deepcopy"](self, memo)  # type: ignore[no-any-return]

    def __copy__(self) -> Value:
        copy = blank()
        fill(copy, memory(self))
        return copy

    # fmt: off
    # begin: written by `python -m autograd.primitives.write`
    def __add__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.add, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = x + y
                return _node(z, _ADD, self, that, 1.0, 1.0)
            y = float(other)
            z = x + y
            return _node(z, _ADD, self, other if kind is float else y, 1.0, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.add, self, other)

    def __radd__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.add, other, self)
        try:
            x, y = float(other), self._data
            z = x + y
            return _node(z, _ADD, other if kind is float else x, self, 0.0, 1.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.add, other, self)

    def __sub__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.sub, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = x - y
                return _node(z, _SUB, self, that, 1.0, -1.0)
            y = float(other)
            z = x - y
            return _node(z, _SUB, self, other if kind is float else y, 1.0, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.sub, self, other)

    def __rsub__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.sub, other, self)
        try:
            x, y = float(other), self._data
            z = x - y
            return _node(z, _SUB, other if kind is float else x, self, 0.0, -1.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.sub, other, self)

    def __mul__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.mul, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = x * y
                return _node(z, _MUL, self, that, y, x)
            y = float(other)
            z = x * y
            return _node(z, _MUL, self, other if kind is float else y, y, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.mul, self, other)

    def __rmul__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.mul, other, self)
        try:
            x, y = float(other), self._data
            z = x * y
            return _node(z, _MUL, other if kind is float else x, self, 0.0, x)
        except (ValueError, ArithmeticError):
            return _mixed(table.mul, other, self)

    def __truediv__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.truediv, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = x / y
                return _node(z, _TRUEDIV, self, that, 1.0 / y, -(z / y))
            y = float(other)
            z = x / y
            return _node(z, _TRUEDIV, self, other if kind is float else y, 1.0 / y, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.truediv, self, other)

    def __rtruediv__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.truediv, other, self)
        try:
            x, y = float(other), self._data
            z = x / y
            return _node(z, _TRUEDIV, other if kind is float else x, self, 0.0, -(z / y))
        except (ValueError, ArithmeticError):
            return _mixed(table.truediv, other, self)

    def __neg__(self) -> Value:
        if _paused:
            return Value.apply(table.neg, (self,))
        x = self._data
        try:
            z = -x
            return _node(z, _NEG, self, None, (-1.0) + 0.0 * elementary.sign(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.neg, (self,))

    def __pow__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.power, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
                return _node(z, _POWER, self, that, known if (known := native.quick_monomial(y, x, y, 1, 0)) == known else partials.monomial(y, x, y, 1, 0), known if (known := native.quick_monomial(1.0, x, y, 0, 1)) == known else partials.monomial(1.0, x, y, 0, 1))
            y = float(other)
            z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
            return _node(z, _POWER, self, other if kind is float else y, known if (known := native.quick_monomial(y, x, y, 1, 0)) == known else partials.monomial(y, x, y, 1, 0), 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.power, self, other)

    def __rpow__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.power, other, self)
        try:
            x, y = float(other), self._data
            z = known if (known := native.quick_power_operator(x, y)) == known else special.power_operator(x, y)
            return _node(z, _POWER, other if kind is float else x, self, 0.0, known if (known := native.quick_monomial(1.0, x, y, 0, 1)) == known else partials.monomial(1.0, x, y, 0, 1))
        except (ValueError, ArithmeticError):
            return _mixed(table.power, other, self)

    def sqrt(self) -> Value:
        if _paused:
            return Value.apply(table.sqrt, (self,))
        x = self._data
        try:
            z = native.sqrt(x)
            return _node(z, _SQRT, self, None, 0.5 / (z + 0.0), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.sqrt, (self,))

    def exp(self) -> Value:
        if _paused:
            return Value.apply(table.exp, (self,))
        x = self._data
        try:
            z = native.exp(x)
            return _node(z, _EXP, self, None, z, 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.exp, (self,))

    def log(self) -> Value:
        if _paused:
            return Value.apply(table.log, (self,))
        x = self._data
        try:
            z = native.log(x)
            return _node(z, _LOG, self, None, 1.0 / (x + 0.0), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.log, (self,))

    def sin(self) -> Value:
        if _paused:
            return Value.apply(table.sin, (self,))
        x = self._data
        try:
            z = native.sin(x)
            return _node(z, _SIN, self, None, native.cos(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.sin, (self,))

    def cos(self) -> Value:
        if _paused:
            return Value.apply(table.cos, (self,))
        x = self._data
        try:
            z = native.cos(x)
            return _node(z, _COS, self, None, -native.sin(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.cos, (self,))

    def tanh(self) -> Value:
        if _paused:
            return Value.apply(table.tanh, (self,))
        x = self._data
        try:
            z = native.tanh(x)
            return _node(z, _TANH, self, None, elementary.tanh_slope(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.tanh, (self,))

    def sigmoid(self) -> Value:
        if _paused:
            return Value.apply(table.sigmoid, (self,))
        x = self._data
        try:
            z = elementary.sigmoid(x)
            return _node(z, _SIGMOID, self, None, elementary.sigmoid_slope(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.sigmoid, (self,))

    def softplus(self) -> Value:
        if _paused:
            return Value.apply(table.softplus, (self,))
        x = self._data
        try:
            z = elementary.softplus(x)
            return _node(z, _SOFTPLUS, self, None, elementary.sigmoid(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.softplus, (self,))

    def relu(self) -> Value:
        if _paused:
            return Value.apply(table.relu, (self,))
        x = self._data
        try:
            z = elementary.relu(x)
            return _node(z, _RELU, self, None, elementary.step(x), 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.relu, (self,))
    # end of what is written
    # fmt: on


native.managed(Value)
for _name, _hint in HINTS.items():
    native.attach(Value, _name, Elsewhere(_name, _hint))  # type: ignore[arg-type]
for _row in NUMBERED:
    if len(_row.operand_names) == 1 and _row.name in vars(Value):
        _row.methods[Value] = vars(Value)[_row.name]


def _node(data: float, row: Any, x: object, y: object, dx: float, dy: float) -> Value:
    """Return an interior node; every argument is trusted."""
    node = Value.__new__(Value)
    node._data = data
    node._grad = 0.0
    node._label = None
    node._row = row
    node._x = x
    node._y = y
    node._dx = dx
    node._dy = dy
    node._place = 0
    node._born = native.birth()
    if _marking:
        node._label = _mark()
        _watched(node)
    return node


_ROW_OF = {how: row for row, how in CUTS.items()}


def memory(node: Value) -> list[Any]:
    """Return what a node remembers, but its birth: what `fill` takes, for copies and pickles."""
    made = node.primitive or node.cut or None
    return [node._data, node._grad, node._label, made, node._x, node._y, node._dx, node._dy]


def blank() -> Value:
    """Return a Value to be filled by `fill`, once and before anything is made of it."""
    node = Value(0.0)
    node._row = _BLANK
    return node


def is_blank(node: Value) -> bool:
    """Return whether a Value is still to be filled."""
    return node._row == _BLANK


def fill(node: Value, state: list[Any]) -> None:
    """Give a blank Value the memory of another; it is born now, after its parents."""
    node._data, node._grad, node._label, made, node._x, node._y, node._dx, node._dy = state
    node._row = -1 if made is None else _ROW_OF[made] if isinstance(made, str) else made.number
    node._born = native.birth()


def _free(self: Value) -> None:
    """Take a dying node's ancestors apart one by one, so that freeing a long chain does not recurse."""
    nodes = [self._x, self._y]
    self._x = self._y = None
    while nodes:
        node = nodes.pop()
        if type(node) is tuple:
            nodes.extend(node)
        elif type(node) is Value and sys.getrefcount(node) == 2:  # nobody else holds it
            nodes += (node._x, node._y)
            node._x = node._y = None


def _refuse(cls: type) -> None:
    raise TypeError("Value cannot be subclassed: its operators would not know the subclass; hold one instead")


if not cython.compiled:  # a compiled class is final by itself
    Value.__init_subclass__ = classmethod(_refuse)  # type: ignore[assignment, method-assign]
if sys.version_info[:2] == (3, 13) and not cython.compiled:  # its own guard against deep deallocation needs much stack
    # one that was refused when it was made, or while it was, has no operands
    Value.__del__ = lambda self: _free(self) if hasattr(self, "_y") else None  # type: ignore[attr-defined]
