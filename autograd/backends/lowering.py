"""Lowering: a program as straight-line operations, which any lanes can execute side by side.

A row is lowered by running its vector form, or else its value function, on symbols: so the careful functions of
`floats` serve the lanes too. Where a straight-line form of a function stands in `nary` or `vector_math`, under the same
name, that is run instead.
"""

import math
import operator
import types
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd.backends import (
    nary,
    vector_gamma,
    vector_hyperbolic,
    vector_math,
    vector_powers,
    vector_rounding,
    vector_special,
)
from autograd.backends import operations as straight
from autograd.backends.operations import Number, Op, Opaque, Operand, Ops, Symbol, pruned, select
from autograd.backends.products import expanded, linear
from autograd.floats import elementary, ieee, native, special
from autograd.floats import nary as exact
from autograd.floats.core_choice import uncompiled
from autograd.floats.ieee import INF, NAN
from autograd.primitives import table
from autograd.primitives.primitive import Primitive
from autograd.program.program import Instruction, Program
from autograd.program.steps import never_raises
from autograd.tape.guards import Guard

PYTHON = "python"  # the operation of a user's own primitive, whose value Python is asked for, lane by lane
CIRCULAR = {"sin": 0.0, "cos": 1.0}  # quarters of a turn, by which each is ahead of the sine
FAR = 1e5  # the size of an angle from which on C's library reduces it
COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq"}
SINGLE: dict[object, str] = {  # functions that are one operation
    **dict.fromkeys((ieee.divide, operator.truediv), "div"),
    special.fma: "fma",
    **{function: function.__name__ for function in vector_math.SINGLE},
}
FORMS = {  # straight-line functions by their names
    name: function
    for module in (vector_math, vector_gamma, vector_hyperbolic, vector_powers, vector_rounding, vector_special, nary)
    for name, function in vars(module).items()
    if getattr(function, "__module__", "") == module.__name__ and function not in vector_math.SINGLE
}

Function = Callable[..., Number]


class Target(NamedTuple):
    """What a backend has: functions of `math` that it calls; whether forms of these come first; how much it takes."""

    calls: frozenset[str]
    forms: bool = False
    most: int = Ops.most  # operations that are asked for


class Lowered(NamedTuple):
    """A program as operations: the places of its outputs, and of a mask for each guard, true where it holds."""

    code: list[Op]
    outputs: list[int]
    guards: list[int]

    @property
    def python(self) -> list[str]:
        """The names of the rows whose values Python is asked for."""
        return sorted({code.fact.name for code in self.code if code.name == PYTHON})


class Lowering(Ops):
    """Operations for a backend, and Python functions that are run on their symbols."""

    target: Target
    most: int

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target, self.most = target, target.most
        self.own_powers: bool = target.forms or "pow" not in target.calls
        self.math: Math = Math(self)
        self.clones: dict[object, Function] = {}
        self.signs: dict[int, Operand] = {}  # the operands of `sign`, by the places of its results

    def function(self, name: str, *xs: Number) -> Operand:
        """Return a function of `math` applied: by a call, or by its straight-line form."""
        if not any(isinstance(x, Symbol) for x in xs):
            found: float = (ieee.power if name == "pow" else getattr(math, name))(*xs)
            return found
        form = FORMS.get(name)
        if name in self.target.calls and not (self.target.forms and (form or name in CIRCULAR)):
            return self.op("call", *xs, fact=name)
        if name in CIRCULAR:
            y: Operand = self.merged(lambda: self.clone(vector_math.circular)(xs[0], CIRCULAR[name]))
            return self.op("rescue", xs[0], y, abs(xs[0]) > FAR, fact=name)
        if form is not None:
            y = self.merged(lambda: self.clone(form)(*xs))
            return y
        raise Opaque(f"math.{name} has no straight-line form")

    def power(self, x: Operand, y: Operand) -> Operand:
        """Return x ** y."""
        if isinstance(x, Symbol) and not isinstance(y, Symbol):
            small: dict[float, Operand] = {0.0: 1.0, 1.0: x, 2.0: x * x, -1.0: 1.0 / x}
            if y in small:
                return small[y]
            if self.own_powers and vector_powers.is_small(y):
                return self.clone(vector_powers.small_power)(x, y)  # type: ignore[no-any-return]
        return self.function("pow", x, y)

    def clone(self, function: Function) -> Function:
        """Return a Python function of this package as one on symbols: its `math` and its helpers are ours."""
        if function in SINGLE:
            return lambda *xs: self.op(SINGLE[function], *xs)
        if function in (ieee.power, special.power_operator):
            return self.power
        if function is ieee.two_product:
            return lambda x, y: (x * y, self.op("product_error", x, y))
        if function in (vector_powers.times_power, vector_powers.logarithm) and self.own_powers:
            function = vector_powers.IN_LANES[function]
        if function is vector_math.parts:
            return lambda x: (self.op("mantissa_of", x), self.op("exponent_of", x))
        name = getattr(function, "__name__", "")
        if getattr(math, name, None) is function:
            found: Function = getattr(self.math, name)
            return found
        if getattr(elementary, name, None) is function:
            function = getattr(uncompiled("floats.elementary"), name)
        elif getattr(exact, name, None) is function or getattr(special, name, None) is function:
            function = FORMS.get(name, function)
        if not isinstance(function, types.FunctionType):
            return function
        if function not in self.clones:
            space = _Space(self, function.__globals__)
            self.clones[function] = types.FunctionType(
                function.__code__, space, name, function.__defaults__, function.__closure__
            )
        return self.clones[function]

    def row(self, row: Primitive, xs: Sequence[Operand]) -> Operand:
        """Return a row applied to symbols and numbers."""
        if row.home:  # of the user's own: anything
            return self.op(PYTHON, *xs, fact=row)
        form = self.clone(self.form(row))
        limit = self.clone(row.limit) if row.limit is not None else lambda *_: NAN
        try:
            found: Operand = self.merged(lambda: form(*xs), lambda: limit(*xs))
        except (TypeError, AttributeError, RecursionError) as error:
            error.add_note(f"while lowering {row.name}: give the row a vector form of straight lines")
            raise
        return found

    def form(self, row: Primitive) -> Function:
        """Return the function that is run for a row: its vector form, the form of its name, or its value function."""
        called = getattr(elementary, row.name, None) is row.value and not self.target.forms  # it is made of calls
        of_math = getattr(math, row.name, None) is row.value  # so it is found by `function`
        if row.name in self.target.calls and (called or row.scipy) and not of_math:
            return lambda *xs: self.op("call", *xs, fact=row.name)
        stated = row.value if called or of_math else row.vector or FORMS.get(row.name, row.value)
        found: Function = FORMS[stated] if isinstance(stated, str) else stated
        return found

    def instruction(self, step: Instruction, xs: Sequence[Operand]) -> Operand:
        """Return an instruction applied; what rules alone have stands as operations that `expanded` resolves."""
        row = step.primitive
        if row is table.times:
            return self.make("product", tuple(map(self.place, xs)))
        if step.total and row is table.add:
            return self.op("sum", *xs)
        if step.total and row is table.truediv and isinstance(xs[1], Symbol):
            return self.op("quotient", *xs)
        signed = self.signs.get(xs[1].index) if row is table.mul and isinstance(xs[1], Symbol) else None
        if signed is not None and not isinstance(xs[0], Symbol) and xs[0] == 0.0:
            return self.op("zero", signed, self.op("mul", *xs))
        found = self.row(row, xs)
        if row is table.sign and isinstance(found, Symbol):
            self.signs[found.index] = xs[0]
        return found

    def guard(self, guard: Guard[int], xs: Sequence[Operand]) -> Symbol:
        """Return the mask of where a guard holds."""
        if guard.comparison in COMPARISONS or guard.comparison == "bool":
            mask = self.op(COMPARISONS[guard.comparison], *xs) if len(xs) == 2 else self.op("ne", xs[0], 0.0)
            return mask if guard.seen else self.op("not", mask)
        name = {"round": "rint"}.get(guard.comparison, guard.comparison)
        return self.op("eq", self.op(name, xs[0]), float(guard.seen))

    def program(self, program: Program) -> tuple[list[int], list[int], list[int]]:
        """Return the places of the outputs, of a mask for each guard, and of what is finite or Python raises."""
        found: list[Operand] = [self.make("input", (), i) for i in range(program.inputs)]
        guards: list[int] = []
        bounded: list[int] = []
        for step in program.walk():
            xs = [found[k] if k >= 0 else program.constants[~k] for k in step.operands]
            if isinstance(step, Guard):
                guards.append(self.guard(step, xs).index)
                found.append(NAN)
                continue
            row = step.primitive
            xs = [float(x) if row.differentiable(i) and not isinstance(x, Symbol) else x for i, x in enumerate(xs)]
            z = self.instruction(step, xs)
            found.append(Symbol(self, self.place(z)))
            if not never_raises(step) and (isinstance(z, Symbol) or not math.isfinite(z)):
                bounded.append(self.place(z))
        outputs = [found[k] if k >= 0 else program.constants[~k] for k in program.outputs]
        return [self.place(z) for z in outputs], guards, bounded


class _Space(dict[str, object]):
    """The globals of a cloned function: helpers are cloned when they are first met."""

    def __init__(self, lowering: Lowering, space: dict[str, object]) -> None:
        super().__init__(space)
        for name, x in space.items():
            if x is math or x is native:
                self[name] = lowering.math
            elif isinstance(x, (types.FunctionType, type(elementary.relu))) and _ours(x):
                self[name] = _Later(lowering, x)


def _ours(function: Function) -> bool:
    """Return whether a helper is of this package, and not about symbols itself."""
    return function.__module__.startswith("autograd.") and function.__module__ != straight.__name__


class _Later:
    """A helper of a cloned function, whose branches end where it returns."""

    def __init__(self, lowering: Lowering, function: Function) -> None:
        self.lowering, self.function = lowering, function

    def __call__(self, *xs: Number) -> Number:
        return self.lowering.merged(lambda: self.lowering.clone(self.function)(*xs))


class Math:
    """`math` on symbols."""

    inf: float
    nan: float
    pi: float
    e: float

    inf, nan, pi, e = INF, NAN, math.pi, math.e

    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering
        self.pow: Function = lowering.power

    def __getattr__(self, name: str) -> Function:
        return lambda *xs: self.lowering.function(name, *xs)

    def _form(self, name: str, *xs: Number) -> Number:
        return self.lowering.merged(lambda: self.lowering.clone(FORMS[name])(*xs))

    def _whole(self, name: str, x: Number) -> Number:
        """Return x rounded; Python's are ints, which have no -0."""
        return self.lowering.op(name, x) + 0.0 if isinstance(x, Symbol) else getattr(math, name)(x)

    def floor(self, x: Number) -> Number:
        return self._whole("floor", x)

    def ceil(self, x: Number) -> Number:
        return self._whole("ceil", x)

    def trunc(self, x: Number) -> Number:
        return self._whole("trunc", x)

    def sqrt(self, x: Number) -> Number:
        return self.lowering.op("sqrt", x) if isinstance(x, Symbol) else math.sqrt(x)

    def copysign(self, x: Number, y: Number) -> Number:
        return self.lowering.op("copysign", x, y)

    def log(self, x: Number, *base: Number) -> Number:
        return self._form("log_base", x, *base) if base else self.lowering.function("log", x)

    def frexp(self, x: Number) -> tuple[Operand, Operand]:
        if not isinstance(x, Symbol):
            return math.frexp(x)
        return self.lowering.op("mantissa", x), self.lowering.op("exponent", x)

    def ldexp(self, x: Number, e: Number) -> Number:
        if not isinstance(e, Symbol) and not isinstance(x, Symbol):
            return math.ldexp(x, e)
        return self.lowering.op("ldexp", x, e)

    def modf(self, x: Symbol) -> tuple[Number, Number]:
        whole = self.lowering.op("trunc", x)
        part = select(abs(x) == INF, 0.0, x - whole)
        return self.lowering.op("copysign", part, x), whole

    def fsum(self, xs: Sequence[Number]) -> Number:
        return self._form("fsum", *xs)

    def prod(self, xs: Sequence[Number], start: float = 1.0) -> Number:
        return self._form("prod", *xs if start == 1.0 else (start, *xs))

    def dist(self, p: Sequence[Number], q: Sequence[Number]) -> Number:
        return self._form("dist", *p, *q)

    def fabs(self, x: Number) -> Number:
        return abs(x)

    def isfinite(self, x: Number) -> Number:
        return abs(x) < INF

    def isinf(self, x: Number) -> Number:
        return abs(x) == INF

    def isnan(self, x: Number) -> Number:
        return x != x


def lowered(
    program: Program, target: Target, fast: bool = False, strict: bool = False, joined: Sequence[bool] = ()
) -> Lowered:
    """Return a program lowered for a backend.

    With `fast`, a product of a rule is a plain product and may be fused with a sum: right wherever all results are
    finite, and done where nothing hides a result that is not. With `strict` there is a last guard if anything may
    raise, or is only right where it is finite: that it is. Outputs that are `joined` are 0 where a guard does not hold.
    """
    rules = Lowering(target)
    outputs, guards, bounded = rules.program(program)
    chosen = [k for k, join in zip(outputs, joined, strict=False) if join and guards]  # from which lanes are left out
    fast = fast and linear(rules.code, outputs, [*guards, *chosen]) is not None
    ops = Ops()
    symbols = expanded(rules.code, ops, fast)
    results, checks = [symbols[k] for k in outputs], [symbols[k] for k in guards]
    if strict and fast:
        bounded += [place for place, k in zip(outputs, program.outputs, strict=True) if k >= 0]
    if strict and bounded:
        checks.append(_every([abs(symbols[k]) < INF for k in bounded]))
    if chosen:
        kept = _every(checks)
        results = [ops.op("select", kept, z, 0.0) if join else z for z, join in zip(results, joined, strict=True)]
    code, places = pruned(ops.code, [z.index for z in (*results, *checks)])
    return Lowered(code, [places[z.index] for z in results], [places[z.index] for z in checks])


def lowered_block(
    program: Program, target: Target, fast: bool = True, raising: bool = True
) -> tuple[Lowered, list[int]]:
    """Return (a part of a program lowered for a backend, the places of what must be finite for that to be right).

    If `raising`, that is also what a row would raise for; without `fast`, it is nothing else.
    """
    rules = Lowering(target)
    outputs, guards, bounded = rules.program(program)
    tainted = linear(rules.code, outputs, guards) if fast else None
    symbols = expanded(rules.code, ops := Ops(), tainted is not None)
    checked = {*(bounded if raising else ()), *({*outputs} & (tainted or set()))}
    ends = [[symbols[k] for k in found] for found in (outputs, guards, checked)]
    code, places = pruned(ops.code, [z.index for found in ends for z in found])
    results, checks, finite = ([places[z.index] for z in found] for found in ends)
    return Lowered(code, results, checks), finite


def _every(masks: Sequence[Symbol]) -> Symbol:
    """Return whether all masks hold."""
    found = masks[0]
    for mask in masks[1:]:
        found = found.ops.op("and", found, mask)
    return found
