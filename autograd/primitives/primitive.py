"""What a row of the table is, and the door through which a primitive is applied: to numbers, or by a carrier.

`Primitive.__call__` returns a plain number for plain numbers. For anything else the *carrier* with the highest rank
among the operands (a `Value`, an `ieee.Total`, a `Name`, ...) says what applying means. So one rule, written in
primitives, computes numbers, records graphs and prints formulas. A rule gets the result `z` first, because using it
again is often the cheapest and most accurate way to a partial.
"""

import importlib
import inspect
import numbers
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pickle import PicklingError
from typing import Any, NoReturn

from autograd.errors import DomainError, PoleError, RangeError
from autograd.floats.ieee import Total, total
from autograd.primitives.domains import Interval
from autograd.primitives.operation import Carried

NUMBERS: set[type] = {float, int}
Rule = Callable[..., Any]  # (z, *operands) -> partial, for numbers and for every carrier


@dataclass(frozen=True, slots=True)
class Kink:
    """Where a primitive is not smooth, and which partial it takes there by convention."""

    where: str  # in words: "x = 0"
    convention: str  # the partial there, with its reason
    distance: Callable[..., float]  # of the operands; zero exactly at the kink


ROWS: dict[str, "Primitive"] = {}  # every row by its name, in the order of the table
NUMBERED: list["Primitive"] = []  # every primitive by its number, which is what a node remembers


def row(name: str) -> "Primitive":
    """Return the primitive of this name; KeyError if there is none."""
    return ROWS[name]


def found_in(home: str, name: str) -> "Primitive":
    """Return the primitive that is a global of a module; what a pickle of it calls."""
    found: Primitive = getattr(importlib.import_module(home), name)
    return found


def _argument_names(rule: Rule) -> tuple[str, ...]:
    """Return the names of a rule's arguments; `inspect` is slow, and asked about unusual rules alone."""
    code = getattr(rule, "__code__", None)
    if code is None or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return tuple(inspect.signature(rule).parameters)
    return tuple(code.co_varnames[: code.co_argcount])


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """One row: an operation the engine does not look inside, and all that is known of it.

    `value` computes it on floats and raises where Python does. `partials` holds one rule per operand, `None` where an
    operand is a parameter that cannot be differentiated; a row with any number of operands has instead one `gradient`
    rule that returns all partials at once, and `parameters` counts its leading parameters. Every other column has a
    default. A row with a hole is refused here, when it is written, not when a user meets it.
    """

    name: str
    value: Callable[..., float]
    partials: tuple[Rule | None, ...] = ()
    gradient: Rule | None = None
    parameters: int = 0
    # where it is defined and smooth, and what it is where it is not
    domain: tuple[Interval, ...] = ()
    kink: Kink | None = None
    limit: Callable[..., float] | None = None  # the value where `value` raises; NaN, or +inf on overflow, by default
    raises: bool = True  # whether `value` raises for some operands
    hint: str = ""  # the remedy that an error names
    # its names: "" where it has none; by default those that `_name` derives
    infix: str = ""
    public: str | None = None  # in `autograd`; none for operators and helpers
    method: str | None = None  # of carriers; a public row, and any other of one operand, has one
    numpy: str = ""  # of NumPy's ufunc
    scipy: str = ""  # of SciPy's, if it keeps to the row's bound where it is finite and not 0
    c: str | None = None  # of the function in C's <math.h> that takes and gives doubles; that of `math` by default
    # what it is made of elsewhere
    vector: Callable[..., Any] | str | None = None  # a form for lanes; by default `value` is run on symbols
    exact: str = ""  # a formula on mpmath's numbers, see testing/exact.py; by default mpmath's function for math's
    textbook: tuple[str, ...] | str = ""  # the partials as books write them; by default the rules as they stand
    # what checkers and pictures ask
    helper: bool = False  # a derivative of other rows: not for users
    hot: bool = False  # `Value` has a method written out for it
    symmetric: bool = False  # in its operands
    paired: bool = False  # its operands are two halves of one length
    rectifier: bool = False  # an activation that lets large numbers through and stops negative ones
    saturates: bool = False  # its partials vanish far out
    zero: str = ""  # what a partial of zero means, in words, with {operands} in it
    signs: bool = False  # it tells -0.0 from 0.0
    ulps: float = 0.0  # how far a partial may be off; by default that of all rows, see testing/accuracy.py
    floor: float | None = None  # where partials have zeros that are no floats: the size below which errors are absolute
    terms: float = 0.0  # the size of what cancels in the value
    # derived
    operand_names: tuple[str, ...] = ()
    has_parameters: bool = False
    home: str = ""  # the module of a primitive that is none of the table's
    number: int = -1
    methods: dict[type, Callable[[Any], Any]] = field(default_factory=dict)  # of carriers that have a quicker way

    def __post_init__(self) -> None:
        if bool(self.partials) == (self.gradient is not None):
            raise TypeError(f"row {self.name}: give either partials or a gradient rule")
        if not self.operand_names:
            source = next(rule for rule in (self.gradient, *self.partials) if rule is not None)
            self.state(operand_names=_argument_names(source)[1:])
        if self.partials and len(self.partials) != len(self.operand_names):
            raise TypeError(f"row {self.name}: {len(self.partials)} partials for {len(self.operand_names)} operands")
        if self.partials and self.domain and len(self.domain) != len(self.partials):
            raise TypeError(f"row {self.name}: {len(self.domain)} domains for {len(self.partials)} operands")
        self.state(has_parameters=self.parameters > 0 or None in self.partials)
        self._name()
        if not self.home:
            if self.name in ROWS:
                raise ValueError(f"row {self.name}: there is a row of this name already")
            ROWS[self.name] = self
        self.state(number=len(NUMBERED))
        NUMBERED.append(self)

    def state(self, **columns: Any) -> None:
        """State more columns of a row, while the table is written; TypeError for a column that rows do not have."""
        for column, fact in columns.items():
            if column not in self.__slots__:
                raise TypeError(f"row {self.name}: there is no column {column!r}")
            object.__setattr__(self, column, fact)

    def _name(self) -> None:
        """Derive the names that are not stated."""
        unknown = self.home or self.infix or self.helper
        if self.public is None:
            self.state(public="" if unknown else self.name)
        if self.method is None:
            alone = self.name if len(self.partials) == 1 and not unknown else ""
            self.state(method=(self.public or alone) if self.differentiable(0) else "")
        if self.c is None:
            of_math = bool(self.partials) and getattr(self.value, "__module__", "") == "math"
            self.state(c=self.value.__name__ if of_math else "")

    def method_names(self) -> list[str]:
        """Return under which names carriers have this row as a method: its own, and the one by which NumPy calls it."""
        return list(dict.fromkeys([self.method, self.numpy or self.method])) if self.method else []

    def __call__(self, *operands: Carried) -> Carried:
        """Return the primitive applied: a float for plain numbers, else what the operands' carrier makes of it."""
        if len(operands) == 1:
            method = self.methods.get(type(operands[0]))
            if method is not None:
                return method(operands[0])
        kinds = set(map(type, operands))
        if not kinds <= NUMBERS:
            return bind(self, operands, kinds)
        return self.plainly(operands)

    def plainly(self, numbers: Sequence[Any]) -> float:
        """Return the value on plain numbers; raises what Python raises, with a message that helps."""
        try:
            return self.value(*numbers)
        except (ValueError, ArithmeticError) as error:
            self.refuse(numbers, error)

    def numbers(self, operands: Sequence[Any]) -> list[Any]:
        """Return the operands as plain numbers; TypeError for what is none, or a carrier without a derivative here."""
        first = self.parameters
        if first and set(map(type, operands[first:])) == {float} and set(map(type, operands[:first])) <= NUMBERS:
            return list(operands)  # thousands, of a matrix
        found = []
        for i, x in enumerate(operands):
            if type(x) is float:  # by far the most
                found.append(x)
                continue
            carrier = carrier_rank(type(x)) > 1
            if self.differentiable(i):
                found.append(x.data if carrier else plain(x, self.name))
            elif carrier:
                name = self.operand_names[i] if self.partials else f"operand {i}"
                raise TypeError(f"{self.name}: {name} has no derivative; pass a plain number, such as v.data")
            else:
                found.append(
                    x if type(x) in NUMBERS else x.__index__() if hasattr(x, "__index__") else plain(x, self.name)
                )
        return found

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.home:
            return row, (self.name,)  # pickled by name, and so the same object again
        if getattr(sys.modules.get(self.home), self.name, None) is not self:
            raise PicklingError(f"{self.name}: pickled by its name, which must be that of a global of {self.home}")
        return found_in, (self.home, self.name)

    def total(self, *operands: float) -> float:
        """Return the value on plain floats without ever raising: IEEE 754 limits, NaN outside of the domain."""
        return total(self.value, self.limit, *[float(x) if type(x) is Total else x for x in operands])

    def differentiable(self, position: int) -> bool:
        """Return whether the operand at this position can carry a derivative."""
        return self.partials[position] is not None if self.partials else position >= self.parameters

    def rules(self, z: Carried, operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        """Return the partials towards the operands at the `wanted` positions, on any carrier."""
        if self.gradient is not None:
            every = self.gradient(z, *operands)
            if list(wanted) == list(range(wanted[0], wanted[-1] + 1)):  # as those of a matrix, thousands
                return list(every[wanted[0] - self.parameters : wanted[-1] + 1 - self.parameters])
            return [every[i - self.parameters] for i in wanted]
        return [self.partials[i](z, *operands) for i in wanted]  # type: ignore[misc]  # never None: see differentiable

    def partials_at(self, z: float, operands: Sequence[float], wanted: Sequence[int]) -> tuple[float, ...]:
        """Return the partials on floats: IEEE 754 infinities and NaN, never an exception."""
        try:
            found = self.rules(z, operands, wanted)
        except (ValueError, ArithmeticError):
            total = [Total(x) if type(x) is float else x for x in operands]
            found = self.rules(Total(z), total, wanted)
        return tuple(map(float, found))

    def refuse(self, operands: Sequence[Any], error: Exception) -> NoReturn:
        """Raise what `error` means for these operands, naming the primitive, the operand, its value, the remedy."""
        names = self.operand_names if self.partials else [f"x[{i}]" for i in range(len(operands))]
        shown = ", ".join(f"{name} = {x!r}" for name, x in zip(names, operands, strict=False))
        if isinstance(error, OverflowError):
            raise RangeError(f"{self.name}: the result for {shown} is too large for a float (1.8e308)") from error
        remedy = f"; {self.hint}" if self.hint else ""
        for name, x, domain in zip(names, operands, self.domain, strict=False):
            if x not in domain:
                message = f"{self.name}: operand {name} is {x!r}, outside {domain}{remedy}"
                break
        else:
            message = f"{self.name}: {str(error) or 'no value'} for {shown}{remedy}"
        raise (PoleError if isinstance(error, ZeroDivisionError) else DomainError)(message) from error


def bind(primitive: Primitive, operands: tuple[Any, ...], kinds: set[type]) -> Carried:
    """Return `primitive` applied by the carrier of the highest rank among the operands' types; the one door."""
    others = kinds - NUMBERS
    carrier: Any = others.pop() if len(others) == 1 else max(kinds, key=carrier_rank)
    if not carrier_rank(carrier):
        return primitive.plainly(primitive.numbers(operands))
    return carrier.apply(primitive, operands)


def carrier_rank(kind: type) -> int:
    """Return the rank of a type among carriers, 0 if it is none."""
    return getattr(kind, "rank", 0) if hasattr(kind, "apply") else 0


def plain(x: Any, user: str) -> float:
    """Return a number of any real type as a float; an int beyond 2**53 is rounded as `float()` rounds it.

    Raises TypeError for what is not a real number, OverflowError for an int beyond 1.8e308.

    >>> plain(True, "log"), plain(2, "log")
    (1.0, 2.0)
    >>> plain("2", "log")
    Traceback (most recent call last):
    ...
    TypeError: log: expected a real number, not str '2'; convert it with float() first
    """
    if type(x) in NUMBERS or (isinstance(x, numbers.Real) and carrier_rank(type(x)) <= 1):
        return float(x)
    if getattr(x, "requires_grad", False):
        raise TypeError(f"{user}: a {type(x).__name__} that requires grad would lose its graph here; use its .detach()")
    item = getattr(x, "item", None)  # a zero-dimensional array is a number in a box
    if getattr(x, "shape", None) == () and item is not None and isinstance(item(), numbers.Real):
        return float(item())
    if hasattr(x, "shape"):
        remedy = "apply it element by element, for example over an object array"
    elif carrier_rank(type(x)):
        remedy = "it is traced already: use it as it is"
    elif isinstance(x, (list, tuple)):
        remedy = "use its numbers one by one"
    elif isinstance(x, complex):
        remedy = "only real numbers are differentiated here"
    else:
        remedy = "convert it with float() first"
    text = repr(x)
    text = text if len(text) <= 40 else text[:37] + "..."
    raise TypeError(f"{user}: expected a real number, not {type(x).__name__} {text}; {remedy}")
