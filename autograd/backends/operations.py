"""Straight-line operations, to which a program is lowered, and the symbols on which functions are run to find them.

There are no branches: where a function branches on a symbol, both ways are run and joined by a `select`. Nothing raises
either: an operation has IEEE's infinities and NaN where Python has exceptions.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Union

from autograd.errors import GraphError
from autograd.floats.ieee import NAN

MOST_BRANCHES = 4_000  # of one value function, tried one after the other
MASKS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}  # operations whose result is a truth

Operand = Union["Symbol", float]
Mask = Union["Symbol", bool]
Number = Any  # a float or a Symbol, in functions that run on both
Result = Operand | tuple[Operand, ...]  # of a function that is run on symbols


class Op(NamedTuple):
    """One operation on the results of earlier ones, named by their places.

    A "constant" has its number as its fact, an "input" its place among the inputs, a "call" or "rescue" the name of a
    function of C's library, and "python" the row whose value Python is asked for.
    """

    name: str
    operands: tuple[int, ...] = ()
    fact: Any = None  # of the type that the name says


class Opaque(TypeError):
    """This function has no straight-line form."""


class Symbol:
    """A number, or the truth of a comparison, that is not known before the operations run."""

    __slots__ = ("index", "ops")
    __hash__: ClassVar[None]  # type: ignore[assignment]  # comparisons are symbols

    def __init__(self, ops: "Ops", index: int) -> None:
        self.ops: Ops = ops
        self.index: int = index

    def __add__(self, y: Operand) -> "Symbol":
        return self.ops.op("add", self, y)

    def __radd__(self, x: Operand) -> "Symbol":
        return self.ops.op("add", x, self)

    def __sub__(self, y: Operand) -> "Symbol":
        return self.ops.op("sub", self, y)

    def __rsub__(self, x: Operand) -> "Symbol":
        return self.ops.op("sub", x, self)

    def __mul__(self, y: Operand) -> "Symbol":
        return self.ops.op("mul", self, y)

    def __rmul__(self, x: Operand) -> "Symbol":
        return self.ops.op("mul", x, self)

    def __truediv__(self, y: Operand) -> "Symbol":
        return self.ops.op("div", self, y)

    def __rtruediv__(self, x: Operand) -> "Symbol":
        return self.ops.op("div", x, self)

    def __pow__(self, y: Operand) -> Operand:
        return self.ops.power(self, y)

    def __neg__(self) -> "Symbol":
        return self.ops.op("neg", self)

    def __pos__(self) -> "Symbol":
        return self

    def __abs__(self) -> "Symbol":
        return self.ops.op("abs", self)

    def __round__(self) -> "Symbol":
        return self.ops.op("rint", self) + 0.0  # Python's is an int, which has no -0

    def __lt__(self, y: Operand) -> "Symbol":
        return self.ops.op("lt", self, y)

    def __le__(self, y: Operand) -> "Symbol":
        return self.ops.op("le", self, y)

    def __gt__(self, y: Operand) -> "Symbol":
        return self.ops.op("gt", self, y)

    def __ge__(self, y: Operand) -> "Symbol":
        return self.ops.op("ge", self, y)

    def __eq__(self, y: Operand) -> "Symbol":  # type: ignore[override]
        return self.ops.op("eq", self, y)

    def __ne__(self, y: Operand) -> "Symbol":  # type: ignore[override]
        return self.ops.op("ne", self, y)

    def __and__(self, y: "Mask") -> "Mask":
        return self.ops.op("and", self, y) if isinstance(y, Symbol) else self if y else y

    def __or__(self, y: "Mask") -> "Mask":
        return self.ops.op("or", self, y) if isinstance(y, Symbol) else y if y else self

    def __rand__(self, y: "Mask") -> "Mask":
        return self & y

    def __ror__(self, y: "Mask") -> "Mask":
        return self | y

    def __bool__(self) -> bool:
        truth = self.ops.code[self.index].name in MASKS
        return self.ops.decide(self if truth else self.ops.op("ne", self, 0.0))

    def __float__(self) -> float:
        raise Opaque("a symbol has no number")

    def __int__(self) -> int:
        raise Opaque("a symbol has no number")

    __index__ = __int__


def select(mask: Mask, x: Operand, y: Operand) -> Number:
    """Return x where the mask holds, else y."""
    if not isinstance(mask, Symbol):
        return x if mask else y
    if isinstance(x, Symbol) and isinstance(y, Symbol) and x.index == y.index:
        return x
    return mask.ops.op("select", mask, x, y)


def opposite(mask: Mask) -> Mask:
    """Return whether the mask does not hold."""
    return mask.ops.op("not", mask) if isinstance(mask, Symbol) else not mask


class Ops:
    """Operations in order, each made once."""

    most = 1 << 62  # how often one may be asked for

    def __init__(self) -> None:
        self.asked_for: int = 0
        self.code: list[Op] = []
        self.known: dict[object, int] = {}
        self.plan: list[bool] = []  # which way to go at each branch
        self.asked: list[Symbol] = []  # the masks of the branches that were met

    def make(self, name: str, operands: tuple[int, ...] = (), fact: object = None) -> Symbol:
        """Return the symbol for an operation on places."""
        key = struct.pack("<d", fact) if name == "constant" else (name, operands, fact)
        self.asked_for += 1
        if self.asked_for > self.most:
            raise GraphError("the program has too many operations to be written so; divide the function into parts")
        if key not in self.known:
            self.known[key] = len(self.code)
            self.code.append(Op(name, operands, fact))
        return Symbol(self, self.known[key])

    def place(self, x: Operand) -> int:
        """Return the place of a symbol, or of a number as a constant."""
        if isinstance(x, Symbol):
            return x.index
        if not isinstance(x, (float, int)):
            raise TypeError(f"{type(x).__name__} {x!r} is no number")
        return self.make("constant", (), float(x)).index

    def op(self, name: str, *operands: Operand, fact: object = None) -> Symbol:
        """Return the symbol for an operation on symbols and numbers."""
        places = tuple([self.place(x) for x in operands])
        if name in ("mul", "product") and any(type(x) is float and x == 1.0 for x in operands):
            other = operands[1] if type(operands[0]) is float else operands[0]
            if isinstance(other, Symbol):
                return other
        return self.make(name, places, fact)

    def power(self, x: Operand, y: Operand) -> Operand:
        """Return x ** y."""
        raise NotImplementedError

    def decide(self, mask: Symbol) -> bool:
        """Return which way to go at a branch: as planned, else yes, which is remembered; the same for the same mask."""
        for taken, known in zip(self.plan, self.asked, strict=False):
            if known.index == mask.index:
                return taken
        self.asked.append(mask)
        if len(self.asked) <= len(self.plan):
            return self.plan[len(self.asked) - 1]
        self.plan.append(True)
        return True

    def merged(self, call: Callable[[], Result], otherwise: Callable[[], Result] = lambda: NAN) -> Number:
        """Return what a function of symbols returns, all its ways joined; `otherwise` where it raises."""
        state = self.plan, self.asked
        tried = 0

        def explore(plan: list[bool]) -> Result:
            nonlocal tried
            tried += 1
            if tried > MOST_BRANCHES:
                raise Opaque(f"more than {MOST_BRANCHES} branches")
            self.plan, self.asked = list(plan), []
            found: Result
            try:
                found = call()
            except (ValueError, ArithmeticError):
                found = otherwise()
            asked, taken = self.asked, self.plan
            for i in reversed(range(len(plan), len(asked))):
                found = joined(asked[i], found, explore([*taken[:i], False]))
            return found

        try:
            return explore([])
        finally:
            self.plan, self.asked = state


def joined(mask: Symbol, x: Result, y: Result) -> Result:
    """Return the select of two results, which may be tuples."""
    if not isinstance(x, tuple) and not isinstance(y, tuple):
        found: Operand = select(mask, x, y)
        return found
    size = len(x) if isinstance(x, tuple) else len(y) if isinstance(y, tuple) else 1
    xs, ys = (z if isinstance(z, tuple) else (z,) * size for z in (x, y))
    return tuple([select(mask, a, b) for a, b in zip(xs, ys, strict=True)])


def reach(code: Sequence[Op], ends: Iterable[int]) -> set[int]:
    """Return the places of all that these need, and their own."""
    needed = set(ends)
    for place in reversed(range(len(code))):
        if place in needed:
            needed.update(code[place].operands)
    return needed


def pruned(code: Sequence[Op], ends: Sequence[int]) -> tuple[list[Op], dict[int, int]]:
    """Remove dead operations: return (those that the ends need, the new places of these)."""
    needed = reach(code, ends)
    places: dict[int, int] = {}
    found: list[Op] = []
    for place, one in enumerate(code):
        if place in needed:
            places[place] = len(found)
            found.append(one._replace(operands=tuple([places[k] for k in one.operands])))
    return found, places


def varying(code: Sequence[Op], inputs: Sequence[bool]) -> list[bool]:
    """Return for each operation whether it varies over lanes, given which inputs do."""
    found: list[bool] = []
    for one in code:
        own = one.name == "input" and inputs[one.fact]
        found.append(own or any(found[k] for k in one.operands))
    return found
