"""The backend that needs nothing: a program as Python source, compiled by Python itself.

Its numbers are the rows' own, to the bit, and so are its exceptions.
"""

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from autograd.backends import CompiledScalar, spending
from autograd.floats.ieee import total
from autograd.primitives.primitive import Primitive
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Miss, Program
from autograd.tape.guards import Guard
from autograd.tape.pytree import is_array

INTEGERS = (math.ceil, math.floor, math.trunc, round)  # values of rows that give ints
LOOKS = {"floor": "math.floor", "ceil": "math.ceil", "trunc": "math.trunc"}


class Together(NamedTuple):
    """Groups of sums over the same lanes, which are run together: the name of their function, where each begins."""

    name: str
    starts: Mapping[int, int]  # by the id of a group


Taken = tuple[int, tuple[int, ...]]  # the id of a family, and the operands: which lanes sums are taken over


@spending()
def scalar(program: Program, at_once: bool = True) -> CompiledScalar:
    """Return a function from the inputs to the outputs, or to the guard that did not hold.

    What was recorded on a tape is run by the core as it stands, where that is compiled. `at_once` is for backends that
    can wait until compiling pays.
    """
    made = cache(lambda: from_source(program))
    replay: CompiledScalar | None = program.replay_of_tape(lambda xs: made()(xs))
    return replay or made()


def from_source(program: Program) -> CompiledScalar:
    """Return the same function, made of Python source."""
    program = optimized(program)
    names: dict[str, Any] = {"math": math, "Miss": Miss, "inf": math.inf, "nan": math.nan, "total": total}
    names |= {f"array_{i}": x for i, x in enumerate(program.constants) if is_array(x)}
    groups: dict[Taken, list[Any]] = {}
    for step in program.walk():
        if isinstance(step, Guard):
            continue
        if isinstance(step.primitive, Primitive):
            names |= functions(step.primitive)
        else:
            known = groups.setdefault(_lanes(step), [])
            if step.primitive.group not in known:
                known.append(step.primitive.group)
    sums = {}
    for i, (lanes, known) in enumerate(groups.items()):
        names[f"sums_{i}"], starts = known[0].together(known)
        sums[lanes] = Together(f"sums_{i}", dict(zip(map(id, known), starts, strict=True)))
    exec(compile(source(program, sums), "<program>", "exec"), names)
    found: CompiledScalar = names["program"]
    return found


def _lanes(step: Instruction) -> Taken:
    return id(step.primitive.group.family), step.operands  # type: ignore[attr-defined]  # it is a sum over lanes


def _function(function: Callable[..., float]) -> str:
    """Return the name by which the source calls a function."""
    name = function.__name__
    found = [module.__name__ for module in (math, operator) if getattr(module, name, None) is function]
    return f"{found[0]}_{name}" if found else name


def _name(row: Primitive) -> str:
    """Return the name by which the source calls a row's value; one that is not of the table may be called anything."""
    return f"custom_{row.number}" if row.home or _unnamed(row.value) else _function(row.value)


def _limit(row: Primitive) -> str:
    """Return the name by which the source calls a row's limit; None if it has none."""
    if row.limit is None:
        return "None"
    return f"limit_{row.number}" if row.home or _unnamed(row.limit) else _function(row.limit)


def _unnamed(function: Callable[..., float]) -> bool:
    return not function.__name__.isidentifier()  # a lambda


def functions(row: Primitive) -> dict[str, Callable[..., float]]:
    """Return the functions that the source calls for a row, by their names."""
    return {_name(row): row.value} | ({_limit(row): row.limit} if row.limit is not None else {})


def source(program: Program, sums: Mapping[Taken, Together] | None = None) -> str:
    """Return the program as a Python function `program(xs)`; `sums` are those over lanes."""
    return "def program(xs):\n    " + "\n    ".join(_Text(program, sums or {}).lines()) + "\n"


class _Text:
    """The lines of a program, as they are written."""

    def __init__(self, program: Program, sums: Mapping[Taken, Together]) -> None:
        self.program, self.sums = program, sums
        self.every = tuple(range(program.inputs))
        self.spots: dict[int, tuple[str, int]] = {}  # of sums: in which list, and where
        self.made: set[str] = set()  # lists of sums

    def lines(self) -> list[str]:
        """Return all lines."""
        program = self.program
        found = [f"{', '.join(map(self.name, self.every))}, = xs"] if self.every and not self._packed() else []
        guards = 0
        for place, step in enumerate(program.walk(), program.inputs):
            if isinstance(step, Guard):
                found.append(_guard(step, [self.name(k) for k in step.operands], guards))
                guards += 1
            elif isinstance(step.primitive, Primitive):
                found.append(f"{self.name(place)} = {_expression(step, [self.name(k) for k in step.operands])}")
            else:
                found += self._sum(place, step)
        return [*found, f"return ({self._outputs()})"]

    def _packed(self) -> bool:
        """Return whether nothing takes a single input."""
        sums = [isinstance(x, Instruction) and not isinstance(x.primitive, Primitive) for x in self.program.walk()]
        taken = all(step.operands == self.every for step in self.program.walk())
        return all(sums) and taken and all(k < 0 or k >= self.program.inputs for k in self.program.outputs)

    def name(self, k: int) -> str:
        """Return the name of an operand."""
        if k in self.spots:
            found, at = self.spots[k]
            return f"{found}[{at}]"
        if k >= 0:
            return self.program.name(k)
        constant = self.program.constants[~k]
        if is_array(constant):
            return f"array_{~k}"
        return f"({constant!r})" if repr(constant).startswith("-") else repr(constant)

    def _sum(self, place: int, step: Instruction) -> list[str]:
        """Return the lines for one sum over lanes: those that run all sums over them, or none if that was done."""
        lane_sum: Any = step.primitive
        name, starts = self.sums[_lanes(step)]
        found = name.replace("sums", "found")
        self.spots[place] = found, starts[id(lane_sum.group)] + lane_sum.place
        if name in self.made:
            return []
        self.made.add(name)
        given = "*xs" if step.operands == self.every else ", ".join(map(self.name, step.operands))
        return [f"{found} = {name}({given})"]

    def _outputs(self) -> str:
        """Return the outputs, sums that follow each other as one slice."""
        outputs = enumerate(self.program.outputs)
        spots = [(self.spots.get(k, (str(place), 0)), k) for place, k in outputs]
        found = ""
        for _, run in groupby(enumerate(spots), lambda entry: (entry[1][0][0], entry[1][0][1] - entry[0])):
            entries = [entry for _, entry in run]
            (name, first), k = entries[0]
            found += f"*{name}[{first}:{first + len(entries)}], " if len(entries) > 1 else f"{self.name(k)}, "
        return found


def _guard(guard: Guard[int], xs: list[str], place: int) -> str:
    if guard.comparison in ("<", "<=", ">", ">=", "==") or guard.comparison == "bool":
        text = f"{xs[0]} {guard.comparison} {xs[1]}" if len(xs) == 2 else f"{xs[0]} != 0.0"
        holds = f"not {text}" if guard.seen else text
        return f"if {holds}: return Miss({place}, {not guard.seen})"
    call = (
        f"math.frexp({xs[0]})[1]"
        if guard.comparison == "exponent"
        else f"{LOOKS.get(guard.comparison, guard.comparison)}({xs[0]})"
    )
    return f"if (seen := {call}) != {guard.seen}: return Miss({place}, seen)"


def _expression(step: Instruction, xs: list[str]) -> str:
    row = step.primitive
    if row.infix and len(xs) == 1:
        return f"{row.infix}{xs[0]}"
    if row.infix and row.name != "power" and (not row.raises or not step.total):
        return f"{xs[0]} {row.infix} {xs[1]}"
    call = _name(row)
    if step.total and row.raises:
        call, xs = "total", [call, _limit(row), *xs]
    text = f"{call}({', '.join(xs)})"
    return f"float({text})" if row.value in INTEGERS else text
