"""Lowering: a program as straight-line operations without branches, which any lanes can execute side by side.

Start at `lowered`. A row without a form of its own here is lowered by *running its value function* on symbols: where
the function branches, both ways are run and joined by a `select`. So the careful functions of special.py and slopes.py
serve the lanes too, and no formula exists twice. The one surprise: nothing raises here; lanes have IEEE's infinities
and NaN where Python has exceptions.
"""

import math
import operator
import struct
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.backends import vector_math as polynomials
from autograd.backends.nary import FORMS
from autograd.floats import elementary, ieee, native
from autograd.floats.core_choice import uncompiled
from autograd.floats.ieee import INF, NAN
from autograd.primitives.primitive import Primitive
from autograd.program.program import Instruction, Program, never_raises

MOST_BRANCHES = 4_000  # of one value function, tried one after the other
MASKS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}
BASIC = {
    "fma",
    "muladd",
    "rint",
    "ldexp",
    "mantissa",
    "exponent",
    "copysign",
}  # operations that polynomials has as functions
CALLED: set[str] = set()  # rows whose value is not worth running on symbols: loops, integers, series
COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq"}


class Opaque(Exception):
    """This function has no straight-line form."""


class Symbol:
    """A number, or the truth of a comparison, that is not known before the lanes run."""

    __slots__ = ("index", "ops")
    __hash__ = None  # type: ignore[assignment]  # comparisons are symbols

    def __init__(self, ops: "Ops", index: int) -> None:
        self.ops = ops
        self.index = index

    def __abs__(self) -> Any:
        return self.ops.op("abs", self)

    def __neg__(self) -> Any:
        return self.ops.op("neg", self)

    def __pos__(self) -> Any:
        return self

    def __pow__(self, other: Any) -> Any:
        return self.ops.function("pow", self, other)

    def __bool__(self) -> bool:
        truth = self.ops.code[self.index][0] in MASKS
        return self.ops.decide(self if truth else self.ops.op("ne", self, 0.0))

    def __float__(self) -> float:
        raise Opaque("a symbol has no number")

    __int__ = __index__ = __float__


def _install(method: str, name: str, mirrored: str = "") -> None:
    def forward(x: Symbol, y: Any) -> Any:
        return x.ops.op(name, x, y)

    def backward(y: Symbol, x: Any) -> Any:
        return y.ops.op(name, x, y)

    setattr(Symbol, f"__{method}__", forward)
    if mirrored:
        setattr(Symbol, f"__{mirrored}__", backward)


for _method, _name in {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div"}.items():
    _install(_method, _name, f"r{_method}")
for _method in ("lt", "le", "gt", "ge", "eq", "ne"):
    _install(_method, _method)


class Ops:
    """Operations in order, each made once; `natives` are the functions that a backend has itself.

    An operation is a tuple (name, operand, ...) of places of earlier ones; ("constant", x), ("input", i) and
    ("call", row, operand, ...) are what they say. With `fast`, a product of a rule is a plain product and may be fused
    with a sum: right wherever all results are finite.
    """

    def __init__(self, natives: frozenset[str], fast: bool = False) -> None:
        self.natives = natives
        self.fast = fast
        self.code: list[tuple[Any, ...]] = []
        self.known: dict[Any, int] = {}
        self.plan: list[bool] = []
        self.asked: list[Symbol] = []
        self.math = Math(self)
        self.clones: dict[Any, Any] = {}

    def make(self, *code: Any) -> Symbol:
        """Return the symbol for an operation on places."""
        key = ("constant", struct.pack("<d", code[1])) if code[0] == "constant" else code
        if key not in self.known:
            self.known[key] = len(self.code)
            self.code.append(code)
        return Symbol(self, self.known[key])

    def constant(self, x: float) -> Symbol:
        return self.make("constant", float(x))

    def op(self, name: str, *operands: Any) -> Symbol:
        """Return the symbol for an operation on symbols and numbers."""
        places = []
        for x in operands:
            if not isinstance(x, (Symbol, float, int)):
                raise Opaque(f"{type(x).__name__} in {name}")
            places.append(x.index if isinstance(x, Symbol) else self.constant(x).index)
        if name in ("mul", "product") and any(type(x) is float and x == 1.0 for x in operands):
            other = operands[1] if type(operands[0]) is float else operands[0]
            if isinstance(other, Symbol):
                return other
        return self.make(name, *places)

    def select(self, mask: Any, x: Any, y: Any) -> Any:
        """Return x where the mask holds, else y."""
        if not isinstance(mask, Symbol):
            return x if mask else y
        if isinstance(x, Symbol) and isinstance(y, Symbol) and x.index == y.index:
            return x
        return self.op("select", mask, x, y)

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

    def merged(self, call: Callable[[], Any], otherwise: Callable[[], Any] = lambda: NAN) -> Any:
        """Return what a function of symbols returns, all its ways joined; `otherwise` where it raises."""
        state = self.plan, self.asked
        budget = [MOST_BRANCHES]

        def explore(plan: list[bool]) -> Any:
            budget[0] -= 1
            if budget[0] < 0:
                raise Opaque("too many branches")
            self.plan, self.asked = list(plan), []
            try:
                found = call()
            except (ValueError, ArithmeticError):
                found = otherwise()
            asked, taken = self.asked, self.plan
            for i in reversed(range(len(plan), len(asked))):
                found = self.joined(asked[i], found, explore([*taken[:i], False]))
            return found

        try:
            return explore([])
        finally:
            self.plan, self.asked = state

    def joined(self, mask: Any, x: Any, y: Any) -> Any:
        """Return the select of two results, which may be tuples."""
        if isinstance(x, tuple) or isinstance(y, tuple):
            x, y = (z if isinstance(z, tuple) else (z,) * len(x if isinstance(x, tuple) else y) for z in (x, y))
            return tuple([self.select(mask, a, b) for a, b in zip(x, y, strict=True)])
        return self.select(mask, x, y)

    def function(self, name: str, *xs: Any) -> Any:
        """Return a function of math, applied: the backend's own, or a polynomial's, or else a call."""
        if not any(isinstance(x, Symbol) for x in xs):
            return (ieee.power if name == "pow" else getattr(math, name))(*xs)
        if name == "pow" and not isinstance(xs[1], Symbol):
            x = xs[0]
            small: dict[Any, Any] = {0.0: 1.0, 1.0: x, 2.0: x * x, -1.0: 1.0 / x}
            if xs[1] in small:
                return small[xs[1]]
        if name in self.natives:
            return self.op(name, *xs)
        if name in ("sin", "cos"):
            y = self.merged(lambda: self.clone(polynomials.circular)(xs[0], 0.0 if name == "sin" else 1.0))
            return self.make("rescue", name, xs[0].index, y.index, self.op("gt", abs(xs[0]), 1e5).index)
        form = getattr(polynomials, name, None)
        if form is not None:
            return self.merged(lambda: self.clone(form)(*xs))
        return self.make("call", name, *[x.index if isinstance(x, Symbol) else self.constant(x).index for x in xs])

    def clone(self, function: Any) -> Any:
        """Return a Python function of this package as one on symbols: its `math` and its helpers are ours."""
        name = getattr(function, "__name__", "")
        if getattr(elementary, name, None) is function:
            function = getattr(uncompiled("floats.elementary"), name)
        if not isinstance(function, types.FunctionType):
            return getattr(self.math, name) if getattr(math, name, None) is function else function
        if function in (ieee.divide, operator.truediv):
            return lambda x, y: self.op("div", x, y)
        if function is ieee.power:
            return lambda x, y: self.function("pow", x, y)
        if function is polynomials.parts:
            return lambda x: (self.op("mantissa_of", x), self.op("exponent_of", x))
        if function.__module__ == polynomials.__name__ and function.__name__ in BASIC:
            return lambda *xs: self.op(function.__name__, *xs)
        if function is uncompiled("floats.elementary").relu:
            return lambda x: self.select(self.op("le", x, 0.0), 0.0, x)
        if function not in self.clones:
            space = _Space(self, function.__globals__)
            copy = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__)
            self.clones[function] = copy
        return self.clones[function]

    def row(self, step: Primitive, xs: Sequence[Any]) -> Any:
        """Return a row applied to symbols."""
        if step.home:  # not of the table: its function may be anything
            return self.make("call", f"custom_{step.number}", *[self.place(x) for x in xs])
        form = FORMS.get(step.name)
        try:
            if form is not None:
                return form(self, *xs)
            if step.infix or step.gradient is not None or step.name in CALLED:
                raise Opaque(step.name)
            if step.name in self.natives or hasattr(polynomials, step.name):
                return self.function(step.name, *xs)
            limit = (lambda: self.clone(step.limit)(*xs)) if step.limit is not None else (lambda: NAN)
            return self.merged(lambda: self.clone(step.value)(*xs), limit)
        except (Opaque, TypeError, AttributeError, RecursionError):
            return self.make("call", step.name, *[self.place(x) for x in xs])

    def place(self, x: Any) -> int:
        return x.index if isinstance(x, Symbol) else self.constant(x).index


class _Space(dict):  # type: ignore[type-arg]
    """The globals of a cloned function: helpers are cloned when they are first met."""

    def __init__(self, ops: Ops, space: dict[str, Any]) -> None:
        super().__init__(space)
        for name, x in space.items():
            if x is math or x is native:
                self[name] = ops.math
            elif isinstance(x, (types.FunctionType, type(elementary.relu))) and x.__module__.startswith("autograd."):
                self[name] = _Later(ops, x)


class _Later:
    def __init__(self, ops: Ops, function: Any) -> None:
        self.ops, self.wrapped = ops, function

    def __call__(self, *xs: Any) -> Any:
        return self.ops.merged(lambda: self.ops.clone(self.wrapped)(*xs))  # its branches end where it returns


class Math:
    """`math` on symbols."""

    inf, nan, pi, e = INF, NAN, math.pi, math.e

    def __init__(self, ops: Ops) -> None:
        self.ops = ops

    def __getattr__(self, name: str) -> Any:
        return lambda *xs: self.ops.function(name, *xs)

    def frexp(self, x: Any) -> Any:
        if not isinstance(x, Symbol):
            return math.frexp(x)
        return self.ops.op("mantissa", x), self.ops.op("exponent", x)

    def ldexp(self, x: Any, e: Any) -> Any:
        if not isinstance(e, Symbol) and not isinstance(x, Symbol):
            return math.ldexp(x, e)
        return self.ops.op("ldexp", x, e)

    def modf(self, x: Any) -> Any:
        whole = self.ops.op("trunc", x)
        part = self.ops.select(abs(x) == INF, 0.0, x - whole)
        return self.ops.op("copysign", part, x), whole

    def fabs(self, x: Any) -> Any:
        return abs(x)

    def isfinite(self, x: Any) -> Any:
        return abs(x) < INF

    def isinf(self, x: Any) -> Any:
        return abs(x) == INF

    def isnan(self, x: Any) -> Any:
        return x != x


def lowered(
    program: Program, natives: frozenset[str], fast: bool = False, strict: bool = False, joined: Sequence[bool] = ()
) -> tuple[Ops, list[int], list[int]]:
    """Return (operations, places of the outputs, places of a mask for each guard, true where it holds).

    With `strict` there is a last guard if anything may raise, or is only right where it is finite: that it is. Outputs
    that are `joined` are 0 where a guard does not hold.
    """
    ops = Ops(natives, fast)
    finite: Any = None
    found: list[Any] = [ops.make("input", i) for i in range(program.inputs)]
    guards = []
    signs: dict[int, Any] = {}
    for step in program.steps:
        xs = [found[k] if k >= 0 else program.constants[~k] for k in step.operands]
        if isinstance(step, Instruction):
            row = step.primitive
            xs = [float(x) if row.differentiable(i) and not isinstance(x, Symbol) else x for i, x in enumerate(xs)]
            if ops.fast and step.total and row.name == "add":
                found.append(ops.op("sum", *xs))
            elif ops.fast and step.total and row.name == "truediv" and isinstance(xs[1], Symbol):
                found.append(ops.op("product", xs[0], ops.op("reciprocal", xs[1])))  # which serves them all
            elif ops.fast and row.name == "mul" and step.operands[1] in signs and step.operands[0] < 0 and xs[0] == 0.0:
                x = signs[step.operands[1]]
                found.append(ops.select(ops.op("ne", x, x), x, 0.0))
            else:
                z = ops.row(row, xs)
                if row.name == "sign":
                    signs[len(found)] = xs[0]
                found.append(z if isinstance(z, Symbol) else ops.constant(z))
                if strict and isinstance(z, Symbol) and not never_raises(step):
                    holds = ops.op("lt", abs(z), INF)
                    finite = holds if finite is None else ops.op("and", finite, holds)
        else:
            guards.append(_guard(ops, step.comparison, xs, step.seen))
            found.append(None)
    if strict and fast:
        for k in program.outputs:
            if k >= 0:
                holds = ops.op("lt", abs(found[k]), INF)
                finite = holds if finite is None else ops.op("and", finite, holds)
    if finite is not None:
        guards.append(finite.index)
    outputs = [found[k].index if k >= 0 else ops.constant(program.constants[~k]).index for k in program.outputs]
    if guards and any(joined):
        kept = Symbol(ops, guards[0])
        for k in guards[1:]:
            kept = ops.op("and", kept, Symbol(ops, k))
        summed = [ops.select(kept, Symbol(ops, k), 0.0).index for k in outputs]
        outputs = [one if join else k for one, k, join in zip(summed, outputs, joined, strict=True)]
    return _needed(ops, outputs, guards)


def operands(code: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the places of what an operation takes."""
    return () if code[0] in ("input", "constant") else code[2:] if code[0] in ("call", "rescue") else code[1:]


def reach(ops: Ops, ends: Iterable[int]) -> set[int]:
    """Return the places of all that these need, and their own."""
    needed = set(ends)
    for place in reversed(range(len(ops.code))):
        if place in needed:
            needed.update(operands(ops.code[place]))
    return needed


def _needed(ops: Ops, outputs: list[int], guards: list[int]) -> tuple[Ops, list[int], list[int]]:
    """Return all that without operations that nobody needs."""
    needed = reach(ops, [*outputs, *guards])
    names: dict[int, int] = {}
    code: list[tuple[Any, ...]] = []
    for place, old in enumerate(ops.code):
        if place in needed:
            names[place] = len(code)
            head = len(old) - len(operands(old))
            code.append((*old[:head], *[names[k] for k in operands(old)]))
    ops.code = code
    return ops, [names[k] for k in outputs], [names[k] for k in guards]


def _guard(ops: Ops, look: str, xs: Sequence[Any], seen: Any) -> int:
    if look in COMPARISONS:
        mask = ops.op(COMPARISONS[look], *xs)
    elif look == "bool":
        mask = ops.op("ne", xs[0], 0.0)
    else:
        whole = {"round": "rint"}.get(look, look)
        return ops.op("eq", ops.op(whole, xs[0]), float(seen)).index
    return mask.index if seen else ops.op("not", mask).index
