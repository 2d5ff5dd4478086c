"""Random expressions over the whole table: shared subexpressions, every domain respected, every result finite.

`build` makes one from anything that can choose. No expression is thrown away because it leaves a domain: an operand
that would is first brought inside, as in `2.0 + tanh(x)`.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from autograd.graph import sumprod
from autograd.graph.value import Value
from autograd.primitives import functions, table
from autograd.primitives.domains import POSITIVE, REALS, Interval
from autograd.primitives.operation import Carried
from autograd.primitives.primitive import ROWS, Primitive

Operand = str | float | int  # the name of a leaf or of a statement, or a constant
Kinks = Literal["away", "at", "any"]
CLEAR = 1e-3  # how far from kinks "away" is
LARGEST = 1e6  # of the absolute values of numbers and partials in an expression
PARAMETERS = {"where": 1, "clamp_weight": 2}  # the largest value; 3 for all others
POWERS = ("pow", "power", "monomial")
SMALL_INTEGERS = 3


class Statement(NamedTuple):
    """One line: a row and its operands; or, where `when` holds two names, another row unless the first is less."""

    row: Primitive
    operands: tuple[Operand, ...]
    when: tuple[str, str] | None = None
    otherwise: "Statement | None" = None

    def text(self) -> str:
        """Return the right-hand side of the line."""
        if self.when is not None and self.otherwise is not None:
            return f"{_call(self)} if {self.when[0]} < {self.when[1]} else {_call(self.otherwise)}"
        return _call(self)

    def names(self) -> set[str]:
        """Return what the line refers to."""
        found = {x for x in self.operands if isinstance(x, str)} | set(self.when or ())
        return found | (self.otherwise.names() if self.otherwise is not None else set())


def _call(statement: Statement) -> str:
    row, operands = statement.row, [x if isinstance(x, str) else repr(x) for x in statement.operands]
    if row.infix and len(operands) == 2:
        return f" {row.infix} ".join(f"({x})" if x[0] == "-" else x for x in operands)
    if row.infix:
        return f"{row.infix}{operands[0] if operands[0][0] != '-' else f'({operands[0]})'}"
    if row.name == "abs":
        return f"abs({operands[0]})"
    as_it_stands = row.public and not (hasattr(functions, row.name) or hasattr(sumprod, row.name))
    room = "autograd" if as_it_stands else "table"
    return f"{room}.{row.name}({', '.join(operands)})"


class Printer(Protocol):
    """What Hypothesis and IPython print with."""

    def text(self, text: str) -> None:
        """Print a text."""


@dataclass(frozen=True, repr=False)
class Expression:
    """A function of numbers, made of rows, and the point at which it is to be looked at; its text is runnable Python.

    >>> Expression((0.5,), (Statement(table.sin, ("x0",)), Statement(table.mul, ("v0", "v0"))))
    <BLANKLINE>
    import autograd
    from autograd import Value
    from autograd.primitives import table
    def f(x0):
        v0 = autograd.sin(x0)
        v1 = v0 * v0
        return v1
    print(f(Value(0.5)))
    """

    numbers: tuple[float, ...]
    statements: tuple[Statement, ...]
    outputs: int = 1  # how many of the last statements are returned; a list if more than one

    def __call__(self, *xs: Carried) -> Carried:
        """Return the result on numbers of any kind: floats, Values, anything that goes through rows."""
        found: dict[str, Any] = {f"x{i}": x for i, x in enumerate(xs)}
        for i, statement in enumerate(self.statements):
            taken = statement
            if statement.when is not None and not found[statement.when[0]] < found[statement.when[1]]:
                taken = statement.otherwise or statement
            operands = [found[x] if isinstance(x, str) else x for x in taken.operands]
            found[f"v{i}"] = taken.row(*operands)
        results = list(found.values())[-self.outputs :]
        return results[0] if self.outputs == 1 else results

    def graph(self) -> tuple[Any, list[Value]]:
        """Return (root, leaves): the expression on fresh Values, for backward and for pictures."""
        leaves = [Value(x, f"x{i}") for i, x in enumerate(self.numbers)]
        return self(*leaves), leaves

    def rows(self) -> list[str]:
        """Return the names of the rows it is made of, in order."""
        return [statement.row.name for statement in self.statements]

    def __repr__(self) -> str:
        names = ", ".join(f"x{i}" for i in range(len(self.numbers)))
        lines = [f"    v{i} = {statement.text()}" for i, statement in enumerate(self.statements)]
        last = [f"x{i}" for i in range(len(self.numbers))] + [f"v{i}" for i in range(len(self.statements))]
        result = last[-1] if self.outputs == 1 else f"[{', '.join(last[-self.outputs :])}]"
        values = ", ".join(f"Value({x!r})" for x in self.numbers)
        head = "import autograd\nfrom autograd import Value\nfrom autograd.primitives import table"
        return "\n".join(["", head, f"def f({names}):", *lines, f"    return {result}", f"print(f({values}))"])

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """Let Hypothesis, and notebooks, print it as Python that runs, not as the dataclass that it is."""
        printer.text(repr(self))

    def pruned(self) -> "Expression":
        """Return the expression without the statements and leaves that its results do not depend on."""
        every = [f"x{i}" for i in range(len(self.numbers))] + [f"v{i}" for i in range(len(self.statements))]
        needed = set(every[-self.outputs :])
        for i in reversed(range(len(self.statements))):
            if f"v{i}" in needed:
                needed |= self.statements[i].names()
        leaves = [i for i in range(len(self.numbers)) if f"x{i}" in needed]
        kept = [i for i in range(len(self.statements)) if f"v{i}" in needed]
        names = {f"x{i}": f"x{n}" for n, i in enumerate(leaves)} | {f"v{i}": f"v{n}" for n, i in enumerate(kept)}

        def renamed(old: Statement) -> Statement:
            operands = tuple(names[x] if isinstance(x, str) else x for x in old.operands)
            when = (names[old.when[0]], names[old.when[1]]) if old.when else None
            return Statement(old.row, operands, when, renamed(old.otherwise) if old.otherwise else None)

        numbers = tuple(self.numbers[i] for i in leaves)
        return Expression(numbers, tuple(renamed(self.statements[i]) for i in kept), self.outputs)


class Choice(Protocol):
    """What can choose: Hypothesis, or a random generator."""

    def integer(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""

    def number(self, low: float, high: float) -> float:
        """Return a float, both ends included."""


class RandomChoice:
    """Choices by a random generator."""

    def __init__(self, seed: int | str) -> None:
        self.generator: random.Random = random.Random(seed)
        self.number: Callable[[float, float], float] = self.generator.uniform
        self.integer: Callable[[int, int], int] = self.generator.randint


def _clear(row: Primitive, numbers: Sequence[Any], kinks: Kinks) -> bool:
    if row.kink is None or kinks == "any":
        return True
    return abs(row.kink.distance(*numbers[row.parameters :])) >= CLEAR


def _tame(node: Value) -> bool:
    return abs(node.data) <= LARGEST and all(abs(d) <= LARGEST for d in node.partials)


def inside(domain: Interval) -> tuple[float, float]:
    """Return (middle, radius) of an interval well inside a domain.

    >>> from autograd.primitives.domains import OPEN_UNIT, POSITIVE
    >>> inside(OPEN_UNIT), inside(POSITIVE)
    ((0.0, 0.9375), (1.25, 1.0))
    """
    if math.isfinite(domain.low) and math.isfinite(domain.high):
        return (domain.low + domain.high) / 2.0, (domain.high - domain.low) * 0.46875
    return (domain.low + 1.25 if math.isfinite(domain.low) else 2.0), 1.0


class _Builder:
    """An expression on its way: its statements, and what each of them is at the numbers that were drawn."""

    def __init__(self, choice: Choice, rows: Sequence[Primitive], kinks: Kinks, leaves: int) -> None:
        self.choice, self.rows, self.kinks = choice, rows, kinks
        count = choice.integer(1, leaves)
        self.numbers = tuple(choice.number(-3.0, 3.0) for _ in range(count))
        self.statements: list[Statement] = []
        self.found: dict[str, Any] = {f"x{i}": Value(x) for i, x in enumerate(self.numbers)}

    def add(self, statement: Statement) -> str | None:
        """Add a statement and return its name; None, and nothing is added, if it refuses its operands or is large."""
        operands = [self.found[x] if isinstance(x, str) else x for x in statement.operands]
        try:
            if not _clear(statement.row, [x.data if isinstance(x, Value) else x for x in operands], self.kinks):
                return None
            node = statement.row(*operands)
        except (ValueError, ArithmeticError):
            return None
        if isinstance(node, Value) and not _tame(node):
            return None
        name = f"v{len(self.statements)}"
        self.statements.append(statement)
        self.found[name] = node if isinstance(node, Value) else Value(node)
        return name

    def operand(self, domain: Interval) -> Operand:
        """Return an earlier name, or a new one for it that was brought inside a domain, or a constant."""
        names = list(self.found)
        name = names[len(names) - 1 - self.choice.integer(0, len(names) - 1)]  # the last is the simplest
        middle, radius = inside(domain)
        if self.choice.integer(0, 7) == 7:
            return round(middle + radius * self.choice.number(-1.0, 1.0), 2)
        x = self.found[name].data
        if domain == REALS or (x in domain and min(abs(x - domain.low), abs(x - domain.high)) > CLEAR):
            return name
        flat = self.add(Statement(table.tanh, (name,)))
        scaled = flat if radius == 1.0 or flat is None else self.add(Statement(table.mul, (radius, flat)))
        moved = scaled if middle == 0.0 or scaled is None else self.add(Statement(table.add, (middle, scaled)))
        return moved if moved is not None else middle

    def statement(self) -> Statement:
        """Return a statement of a random row, with random operands."""
        row = self.rows[self.choice.integer(0, len(self.rows) - 1)]
        if row.partials:
            domains = list(row.domain or (REALS,) * len(row.partials))
            if row.name in POWERS:
                domains[row.operand_names.index("x")] = POSITIVE
            arity = len(domains)
        else:
            arity = row.parameters + 2 * self.choice.integer(1, 2)
            domains = [REALS] * arity
        operands: list[Operand] = []
        for i in range(arity):
            if row.differentiable(i):
                operands.append(self.operand(domains[i]))
            else:
                most = arity - row.parameters - 1 if row.parameters else PARAMETERS.get(row.name, SMALL_INTEGERS)
                operands.append(self.choice.integer(0, most))
        if not any(isinstance(x, str) for x in operands):
            free = max(i for i in range(arity) if row.differentiable(i))
            operands[free] = list(self.found)[-1]  # something must depend on the leaves
        return Statement(row, tuple(operands))


def build(
    choice: Choice,
    rows: Sequence[Primitive] | None = None,
    largest: int = 8,
    leaves: int = 4,
    kinks: Kinks = "away",
    branches: bool = False,
    outputs: int = 1,
) -> Expression:
    """Return an expression of at most `largest` drawn statements (and those that bring operands inside a domain).

    `rows` are those it is made of, by default the whole table. `kinks` is "away" to keep clear of kinks, or "any".
    With `branches`, a line may be a conditional expression on the numbers; with `outputs`, there are several results.

    >>> expression = build(RandomChoice(0), largest=3)
    >>> root, leaves = expression.graph()
    >>> root.data == expression(*expression.numbers)
    True
    """
    builder = _Builder(choice, list(ROWS.values()) if rows is None else rows, kinks, leaves)
    for _ in range(choice.integer(1, largest)):
        statement = builder.statement()
        if branches and choice.integer(0, 3) == 3:
            names = list(builder.found)
            x, y = (names[choice.integer(0, len(names) - 1)] for _ in range(2))
            other = builder.statement()
            less = builder.found[x].data < builder.found[y].data
            name = builder.add(statement if less else other)  # only the branch that is taken is known to be tame
            if name is not None:
                builder.statements[-1] = Statement(*statement[:2], (x, y), other)
        else:
            builder.add(statement)
    return Expression(builder.numbers, tuple(builder.statements), outputs).pruned()


def point(choice: Choice, row: Primitive, kinks: Kinks = "away", tries: int = 100) -> tuple[Any, ...] | None:
    """Return operands of a row within its domain; None if none were found.

    `kinks` is "away" from its kinks, exactly "at" one, or "any".
    """
    for _ in range(tries):
        arity = len(row.partials) or row.parameters + 2 * choice.integer(1, 2)
        domains = list(row.domain or (REALS,) * arity)
        if row.name in POWERS:
            domains[row.operand_names.index("x")] = POSITIVE
        drawn: list[Any] = []
        for i in range(arity):
            if not row.differentiable(i):
                most = arity - row.parameters - 1 if row.parameters else PARAMETERS.get(row.name, SMALL_INTEGERS)
                drawn.append(choice.integer(0, most))
            elif kinks == "at":
                drawn.append(choice.integer(0, 1) * choice.integer(-4, 4) / 2.0)
            else:
                middle, radius = (0.0, 4.0) if domains[i] == REALS else inside(domains[i])
                drawn.append(middle + radius * choice.number(-1.0, 1.0))
        try:
            if not _clear(row, drawn, "any" if kinks == "at" else kinks):
                continue
            if kinks == "at" and (row.kink is None or row.kink.distance(*drawn[row.parameters :]) != 0.0):
                continue
            row.value(*drawn)
        except (ValueError, ArithmeticError):
            continue
        return tuple(drawn)
    return None
