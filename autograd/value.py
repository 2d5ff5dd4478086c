"""`Value`: a float that remembers how it was made, and `backward`, which carries derivatives to what it was made of.

Start at `Value`, then `apply`, then `backward`. The one surprise: the local partials are computed when a node is made,
not when `backward` runs, so changing a weight afterwards cannot change a derivative that is already recorded. The four
hot operators are written out from the rows of the table by operators.py, and a test compares them with it.
"""

import collections
import itertools
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, final

from autograd import table
from autograd.carrier import Carrier
from autograd.carrier import mixed as _any_mixed
from autograd.errors import GraphError
from autograd.ieee import totally
from autograd.primitive import Primitive, plain
from autograd.recording import paused as _paused
from autograd.recording import recording

_mixed: Callable[[Primitive, Any, Any], "Value"] = _any_mixed
_births = itertools.count(1).__next__  # atomic, and so the same for every thread
_birth = operator.attrgetter("_born")


@final
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

    __slots__ = ("__weakref__", "_born", "_data", "_dx", "_dy", "_grad", "_name", "_primitive", "_x", "_y")
    rank = 2  # among carriers, see primitive.py

    _data: float
    _grad: float
    _name: str | None
    _primitive: Primitive | None
    _born: int
    # One or two operands and their partials are held directly, more of them in two tuples at `_x` and `_dx`; a tuple
    # for each node would double the work of the garbage collector. The partial of a constant is 0.0.
    _x: Any
    _y: Any
    _dx: Any
    _dy: float

    def __init__(self, data: Any, name: str | None = None) -> None:
        if isinstance(data, Value):
            raise TypeError("Value: data is a Value already; use it as it is, or .detach() for a fresh leaf")
        self.name = name
        self._data = plain(data, "Value")
        self._grad = 0.0
        self._primitive = None
        self._x = self._y = None
        self._dx = self._dy = 0.0
        self._born = _births()

    def __init_subclass__(cls) -> None:
        raise TypeError("Value cannot be subclassed: its operators would not know the subclass; hold one instead")

    # ------------------------------------------------------------------------------------------ what it remembers

    @property
    def data(self) -> float:
        """The number. That of a leaf may be assigned; that of an interior node is what its operation gave."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self._primitive is not None:
            raise GraphError(f"data of {self!r} is the result of {self.op}; assign to a leaf, or use .detach()")
        self._data = plain(data, "Value.data")

    @property
    def grad(self) -> float:
        """The derivative of the last root towards this value; leaves accumulate it over calls of backward."""
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = plain(grad, "Value.grad")

    @property
    def name(self) -> str | None:
        """A label for people."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"Value: name must be a str, not {type(name).__name__} {name!r}")
        self._name = name

    @property
    def op(self) -> str:
        """The name of the primitive that made this value; empty for a leaf."""
        return self._primitive.name if self._primitive is not None else ""

    @property
    def operands(self) -> tuple[Any, ...]:
        """Everything the primitive took, constants included, in order, repeats kept."""
        if self._x.__class__ is tuple:
            return self._x
        return () if self._primitive is None else (self._x,) if self._y is None else (self._x, self._y)

    @property
    def parents(self) -> tuple["Value", ...]:
        """The operands that are Values, in order, repeats kept: `x * x` has two."""
        return tuple([x for x in self.operands if x.__class__ is Value])

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivative towards each parent, as it was when this value was made."""
        found = self._dx if self._x.__class__ is tuple else (self._dx, self._dy)
        return tuple([d for d, x in zip(found, self.operands, strict=False) if x.__class__ is Value])

    # ------------------------------------------------------------------------------------------ what it does

    def backward(self, seed: float = 1.0) -> None:
        """Add the derivative of this value, times `seed`, to `.grad` of every leaf; see `autograd.backward`."""
        backward([self], [seed])

    def zero_grad(self) -> None:
        """Set `.grad` to zero here and in everything this value was made from."""
        order = topological_order([self])
        _write([], [], order, [0.0] * len(order))

    def detach(self) -> "Value":
        """Return a new leaf with the same number: it starts a graph of its own."""
        return Value(self._data, self._name)

    def item(self) -> float:
        """Return the number, as `.data`."""
        return self._data

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Value":
        return apply(primitive, operands)

    # ------------------------------------------------------------------------------------------ text

    def __repr__(self) -> str:
        return f"Value({', '.join(f'{key}={x!r}' if key else repr(x) for key, x in self.__rich_repr__())})"

    def __rich_repr__(self) -> Iterator[tuple[str | None, Any]]:
        yield None, self._data
        if self._name is not None:
            yield "name", self._name
        if self._grad:
            yield "grad", self._grad
        if self._primitive is not None:
            yield "op", self.op

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    # ------------------------------------------------------------------------------------------ as a number

    __hash__ = object.__hash__

    def __reduce_ex__(self, protocol: Any) -> Any:
        from autograd.pickling import reduce  # only who pickles pays for it

        return reduce(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        from autograd.pickling import deepcopy

        return deepcopy(self, memo)

    def __copy__(self) -> "Value":
        copy = _node(self._data, self._primitive, self._x, self._y, self._dx, self._dy)
        copy._grad, copy._name = self._grad, self._name
        return copy

    # begin: written by `python -m autograd.operators`
    def __add__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.add, self, other)
        x = self._data
        try:
            if kind is Value:
                y = other._data
                z = x + y
                return _node(z, table.add, self, other, 1.0, 1.0)
            y = float(other)
            z = x + y
            return _node(z, table.add, self, y, 1.0, 0.0)
        except ArithmeticError:
            return _mixed(table.add, self, other)

    def __radd__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.add, other, self)
        try:
            x, y = float(other), self._data
            z = x + y
            return _node(z, table.add, x, self, 0.0, 1.0)
        except ArithmeticError:
            return _mixed(table.add, other, self)

    def __sub__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.sub, self, other)
        x = self._data
        try:
            if kind is Value:
                y = other._data
                z = x - y
                return _node(z, table.sub, self, other, 1.0, -1.0)
            y = float(other)
            z = x - y
            return _node(z, table.sub, self, y, 1.0, 0.0)
        except ArithmeticError:
            return _mixed(table.sub, self, other)

    def __rsub__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.sub, other, self)
        try:
            x, y = float(other), self._data
            z = x - y
            return _node(z, table.sub, x, self, 0.0, -1.0)
        except ArithmeticError:
            return _mixed(table.sub, other, self)

    def __mul__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.mul, self, other)
        x = self._data
        try:
            if kind is Value:
                y = other._data
                z = x * y
                return _node(z, table.mul, self, other, y, x)
            y = float(other)
            z = x * y
            return _node(z, table.mul, self, y, y, 0.0)
        except ArithmeticError:
            return _mixed(table.mul, self, other)

    def __rmul__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.mul, other, self)
        try:
            x, y = float(other), self._data
            z = x * y
            return _node(z, table.mul, x, self, 0.0, x)
        except ArithmeticError:
            return _mixed(table.mul, other, self)

    def __truediv__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.truediv, self, other)
        x = self._data
        try:
            if kind is Value:
                y = other._data
                z = x / y
                return _node(z, table.truediv, self, other, 1.0 / y, -(z / y))
            y = float(other)
            z = x / y
            return _node(z, table.truediv, self, y, 1.0 / y, 0.0)
        except ArithmeticError:
            return _mixed(table.truediv, self, other)

    def __rtruediv__(self, other: Any) -> "Value":
        kind = other.__class__
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.truediv, other, self)
        try:
            x, y = float(other), self._data
            z = x / y
            return _node(z, table.truediv, x, self, 0.0, -(z / y))
        except ArithmeticError:
            return _mixed(table.truediv, other, self)

    # end


_new = object.__new__


def _node(data: float, primitive: Primitive | None, x: Any, y: Any, dx: Any, dy: float) -> Value:
    """Return an interior node; every argument is trusted."""
    node = _new(Value)
    node._data = data
    node._grad = 0.0
    node._name = None
    node._primitive = primitive
    node._x = x
    node._y = y
    node._dx = dx
    node._dy = dy
    node._born = _births()
    return node


def _free(self: Value) -> None:
    """Take a dying node's ancestors apart one by one, so that freeing a long chain does not recurse."""
    nodes = [self._x, self._y]
    self._x = self._y = None
    while nodes:
        node = nodes.pop()
        if node.__class__ is tuple:
            nodes.extend(node)
        elif node.__class__ is Value and sys.getrefcount(node) == 2:  # nobody else holds it
            nodes += (node._x, node._y)
            node._x = node._y = None


if sys.version_info[:2] == (3, 13):  # its own guard against deep deallocation needs more stack than a thread may have
    Value.__del__ = _free  # type: ignore[attr-defined]


def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
    """Return the Value that a primitive makes of Values and plain numbers.

    Raises what Python raises on the plain floats (DomainError is a ValueError, ...), and TypeError for an operand
    that is no real number, or that the primitive cannot differentiate. Cost: one value and one partial per parent.
    """
    numbers = [x._data if x.__class__ is Value else x for x in operands]
    wanted = [i for i, x in enumerate(operands) if x.__class__ is Value]
    if primitive.has_parameters:
        numbers = primitive.numbers(operands)
    elif len(wanted) < len(operands):
        numbers = [x if x.__class__ is float else plain(x, primitive.name) for x in numbers]
    data = float(primitive.total(*numbers) if totally.get() else primitive.plainly(numbers))
    if _paused and not recording():
        return Value(data)
    partials = primitive.partials_at(data, numbers, wanted)
    kept = operands
    if len(wanted) < len(operands):
        kept = tuple([x if x.__class__ is Value else y for x, y in zip(operands, numbers, strict=True)])
        given = iter(partials)
        partials = tuple([next(given) if x.__class__ is Value else 0.0 for x in operands])
    if len(kept) == 1:
        return _node(data, primitive, kept[0], None, partials[0], 0.0)
    if len(kept) == 2:
        return _node(data, primitive, kept[0], kept[1], partials[0], partials[1])
    return _node(data, primitive, kept, None, partials, 0.0)


def topological_order(roots: Iterable[Value]) -> list[Value]:
    """Return every node that the roots were made from, the roots included, each after all its parents.

    A node is born after its parents, so sorting by birth is a topological order, and one that does not depend on who
    asks: the same program adds the same numbers in the same order, and so gives the same bits, every run.

    Why an order is needed: in `b = a + a; c = b + b`, the adjoint of `b` is complete only when both edges from `c`
    have arrived. Passing it on to `a` after the first one alone would lose half of the derivative.

    Cost: O(nodes + edges) and a sort of a nearly sorted list; no recursion, so depth is no limit.
    """
    stack = list(dict.fromkeys(roots))  # keyed by identity: see Value.__hash__
    seen = set(stack)
    while stack:
        node = stack.pop()
        x, y = node._x, node._y
        for parent in x if x.__class__ is tuple else (x, y):
            if parent.__class__ is Value and parent not in seen:
                seen.add(parent)
                if parent._primitive is not None:
                    stack.append(parent)
    return sorted(seen, key=_birth)


def sweep(order: Sequence[Value], seeds: Iterable[tuple[Value, float]]) -> dict[Value, float]:
    """Return the adjoint of each node of a topological order, given the adjoints put in at some of them.

    An adjoint of exactly zero, and a partial of exactly zero, contribute nothing: `0 * inf` in a branch that was not
    selected cannot make NaN. Nothing is written to the nodes. Cost: O(nodes + edges).
    """
    adjoints = dict.fromkeys(order, 0.0)
    for root, seed in seeds:
        adjoints[root] += seed
    for node in reversed(order):
        adjoint = adjoints[node]
        if adjoint:
            dx, dy = node._dx, node._dy
            if dx.__class__ is tuple:
                for parent, partial in zip(node._x, dx, strict=True):
                    if partial:
                        adjoints[parent] += adjoint * partial
                continue
            if dx:
                adjoints[node._x] += adjoint * dx
            if dy:
                adjoints[node._y] += adjoint * dy
    return adjoints


_set_grad = vars(Value)["_grad"].__set__  # the slot's own C setter
_get_grad = operator.attrgetter("_grad")


def _write(leaves: Sequence[Value], additions: Iterable[float], inner: Sequence[Value], grads: Iterable[float]) -> None:
    """Add to the gradients of leaves and set those of inner nodes, all at once.

    Everything is done by one call into C that runs no byte code, so neither another thread nor Ctrl-C can come in
    between, and no lock is needed that could be left held.
    """
    sums = map(operator.add, map(_get_grad, leaves), additions)
    numbers = itertools.chain.from_iterable(map(list, (sums, grads)))  # every sum exists before the first is written
    collections.deque(map(_set_grad, itertools.chain(leaves, inner), numbers), maxlen=0)


def backward(roots: Iterable[Value], seeds: Sequence[float] | None = None) -> None:
    """Add to `.grad` of every leaf the derivative of the sum of the roots, each times its seed (1.0 by default).

    Interior nodes get the derivative of this call alone. Calling it twice doubles the leaves exactly, and nothing
    else; an exception or Ctrl-C in the middle leaves every gradient as it was. Cost: O(nodes + edges), about as much
    as computing the roots, however many leaves there are.

    >>> x = Value(3.0)
    >>> backward([x * x, 2.0 * x])
    >>> x.grad
    8.0
    """
    roots = list(roots)
    for root in roots:
        if root.__class__ is not Value:
            raise TypeError(f"backward: expected a Value, not {type(root).__name__} {root!r}")
    weights = [1.0] * len(roots) if seeds is None else [plain(seed, "backward: seed") for seed in seeds]
    if len(weights) != len(roots):
        raise ValueError(f"backward: {len(weights)} seeds for {len(roots)} roots; give one for each")
    adjoints = sweep(topological_order(roots), zip(roots, weights, strict=True))
    leaves = [node for node in adjoints if node._primitive is None]
    inner = [node for node in adjoints if node._primitive is not None]
    _write(leaves, [adjoints[node] for node in leaves], inner, [adjoints[node] for node in inner])
