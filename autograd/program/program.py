"""`Program`: a finished tape, as a list of instructions, guards and loops; `record` makes one of a tape.

An operand is a whole number k. The inputs are 0, 1, ..., the steps follow, and -k is `constants[k - 1]`, so a constant
can be added without renumbering anything. A loop has as many places as the steps that it stands for.
"""

import importlib
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import GraphError
from autograd.floats.ieee import NAN
from autograd.graph.value import Value
from autograd.primitives.carrier import Number
from autograd.program.steps import COUNTERS, Index, Loop, Place, Single, Step, behind, demand_loops, located, walk
from autograd.program.steps import Instruction as Instruction
from autograd.tape.guards import COMPARISONS, Guard
from autograd.tape.pytree import is_array
from autograd.tape.replay import Replay, replayable
from autograd.tape.sweeps import MANY, Partials, pull, shared_operands
from autograd.tape.tape import Tape, Traced

if TYPE_CHECKING:
    from autograd.tape.pytree import Array


class Miss(NamedTuple):
    """Which guard of a program did not hold, counted from 0, and what was seen instead."""

    guard: int
    seen: bool | int


@dataclass(frozen=True, eq=False)
class Program:
    """A flat, single-assignment list of steps (a Wengert list): inputs and constants in, outputs out.

    >>> from autograd import sin
    >>> program = trace(lambda x, y: sin(x) * y if x > 0.0 else y, [0.5, 2.0])
    >>> print(program)
    program(x0, x1):
        guard x0 > 0.0
        v3 = sin(x0)
        v4 = mul(v3, x1)
        return v4
    >>> program.evaluate([1.5, 4.0])
    [3.989979946416218]
    >>> program.evaluate([-1.5, 4.0])
    Miss(guard=0, seen=False)
    """

    inputs: int
    constants: tuple[float, ...]  # an int where a row has a parameter, or a guard compares with one
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    @property
    def guards(self) -> list[Guard[int]]:
        """The guards, in order."""
        return [step for step in self.walk() if isinstance(step, Guard)]

    @property
    def size(self) -> int:
        """How many instructions and guards are run."""
        return behind(self.steps[-1], self.places()[-1]) - self.inputs if self.loops else len(self.steps)

    @property
    def results(self) -> int:
        """How many outputs there are."""
        return len(self.outputs)

    @property
    def loops(self) -> bool:
        """Whether there are loops."""
        return any(isinstance(step, Loop) for step in self.steps)

    def walk(self) -> Iterable[Single]:
        """Return the instructions and guards that are run, in order."""
        return walk(self.steps) if self.loops else self.steps  # type: ignore[return-value]

    def unrolled(self) -> "Program":
        """Return the same program without loops: itself, where it has none."""
        return Program(self.inputs, self.constants, tuple(self.walk()), self.outputs) if self.loops else self

    def replay_of_tape(self, other: Callable[[Any], Any]) -> Replay | None:
        """Return what runs the tape that this was recorded on, in the core; None where that is left to backends.

        For numbers that are no floats it calls `other`.
        """
        return None

    def evaluate(self, xs: Sequence[float]) -> "list[float] | Miss":
        """Return the outputs, or which guard did not hold; raises what the rows raise. It defines what backends do."""
        if len(xs) != self.inputs:
            raise ValueError(f"evaluate: {len(xs)} numbers for {self.inputs} inputs; give one for each")
        found = list(xs)
        guards = 0
        for step in self.walk():
            given = [found[k] if k >= 0 else self.constants[~k] for k in step.operands]
            if isinstance(step, Instruction):
                found.append(step.apply(given))
                continue
            seen = COMPARISONS[step.comparison](*given)
            if seen != step.seen:
                return Miss(guards, seen)
            guards += 1
            found.append(NAN)
        return [found[k] if k >= 0 else self.constants[~k] for k in self.outputs]

    def name(self, operand: Place) -> str:
        """Return an operand as text."""
        if isinstance(operand, Index):
            if operand.table or located(operand, [0] * len(COUNTERS)) >= 0:
                return f"v[{operand}]"
            terms = {ns: -c for c, ns in operand.terms}
            none = next((ns for ns in terms if not any(ns)), ())
            terms[none] = terms.get(none, 0) - 1
            return f"c[{Index(tuple([(c, ns) for ns, c in terms.items() if c]))}]"  # of `constants`
        if operand < 0:
            return repr(self.constants[~operand])
        return f"x{operand}" if operand < self.inputs else f"v{operand}"

    def __str__(self) -> str:
        lines = [f"program({', '.join(map(self.name, range(self.inputs)))}):"]
        lines += self._lines(self.steps, self.places(), "    ")
        return "\n".join([*lines, f"    return {', '.join(map(self.name, self.outputs))}"])

    def places(self) -> list[int]:
        """Return where the steps stand, or begin."""
        return list(accumulate(self.steps, lambda place, step: behind(step, place), initial=self.inputs))[:-1]

    def _lines(self, steps: Sequence[Step], places: Sequence[Place], margin: str) -> list[str]:
        """Return steps at these places as text."""
        lines = []
        for place, step in zip(places, steps, strict=True):
            if isinstance(step, Loop):
                lines.append(f"{margin}for {COUNTERS[len(margin) // 4 - 1]} in range({step.times}):")
                lines += self._lines(step.body, step.places, f"{margin}    ")
                continue
            names = [self.name(k) for k in step.operands]
            if isinstance(step, Instruction):
                lines.append(f"{margin}{self.name(place)} = {step.primitive.name}({', '.join(names)})")
            elif len(names) == 2:
                lines.append(f"{margin}guard {'' if step.seen else 'not '}{names[0]} {step.comparison} {names[1]}")
            else:
                lines.append(f"{margin}guard {step.comparison}({names[0]}) is {step.seen}")
        return lines

    def check(self) -> "Program":
        """Return this program; raises GraphError, naming the step, where it is not well formed.

        Loops are unrolled for that.
        """
        if self.loops:
            demand_loops(self.steps, self.inputs)
        steps: list[Single] = list(self.walk())

        def demand(holds: bool, what: str) -> None:
            if not holds:
                raise GraphError(f"program: {what}")

        def constant(k: int) -> bool:
            return k < 0 and type(self.constants[~k]) is int

        demand(type(self.inputs) is int and 0 <= self.inputs <= 10**8, f"inputs is {self.inputs!r}")
        for i, c in enumerate(self.constants):
            demand(type(c) in (float, int), f"constant {i} is {c!r}, not a number")
        for place, step in enumerate([*steps, Guard("bool", self.outputs, True)], self.inputs):
            for k in step.operands:
                known = type(k) is int and -len(self.constants) <= k < place
                demand(known, f"step {place} has operand {k!r}, which is not known there")
                made = k < self.inputs or isinstance(steps[k - self.inputs], Instruction)
                demand(made, f"step {place} has operand {k!r}, which is a guard")
        for place, step in enumerate(steps, self.inputs):
            if isinstance(step, Guard):
                demand(step.comparison in COMPARISONS, f"step {place} compares by {step.comparison!r}")
                pair = step.comparison in "<=>=="
                demand(len(step.operands) == (2 if pair else 1), f"step {place}: operands of a guard")
                whole = step.comparison in ("floor", "ceil", "trunc", "round", "exponent")
                demand(type(step.seen) is (int if whole else bool), f"step {place} has seen {step.seen!r}")
                continue
            row, count = step.primitive, len(step.operands)
            demand(type(step.total) is bool, f"step {place}: total is {step.total!r}")
            demand(count == len(row.partials) if row.partials else count > 0, f"step {place}: operands of {row.name}")
            for i, k in enumerate(step.operands):
                demand(row.differentiable(i) or constant(k), f"step {place}: {row.name} needs a whole number at {i}")
            if row.gradient is not None and row.parameters and not row.paired and constant(step.operands[0]):
                chosen = self.constants[~step.operands[0]]
                demand(0 <= chosen < count - 1, f"step {place}: {row.name} of operand {chosen} of {count - 1}")
            if row.paired:
                demand((count - row.parameters) % 2 == 0, f"step {place}: {row.name} of {count} operands")
        return self

    def adjoint(self) -> "Program":
        """Return the program (inputs, an adjoint for each output) -> an adjoint for each input.

        Rules are applied to traced numbers, as in a transform; a constant zero contributes nothing, and neither does a
        zero that is found later (see the row `times`).
        """
        outer, inner = Tape(blank=True), Tape(blank=True)
        xs = [outer.input(NAN) for _ in range(self.inputs)]
        seeds = [outer.input(NAN) for _ in self.outputs]
        own = self.replay(inner, [inner.input(NAN) for _ in range(self.inputs)])
        pairs = zip(own, self.replay(outer, xs), strict=True)
        found = [NAN if y is None else y for x, y in pairs if x is None or inner.owns(x)]  # what is constant is no step
        given = [(own[k], seed) for k, seed in zip(self.outputs, seeds, strict=True) if k >= 0]
        ends: list[tuple[Any, Traced]] = [(y, seed) for y, seed in given if inner.owns(y)]
        bars = pull(inner, Partials(inner, found), ends)
        return record(outer, [bars.get(place, 0.0) for place in range(self.inputs)])

    def to_python(self, at: Sequence[float] | None = None) -> str:
        """Return Python source that needs nothing but its standard library, with a test vector at the inputs `at`."""
        return str(importlib.import_module("autograd.backends.export").to_python(self, at))

    def to_c(self, at: Sequence[float] | None = None) -> str:
        """Return C99 source that needs nothing but libm, with a test vector at the inputs `at`; see `export.to_c`."""
        return str(importlib.import_module("autograd.backends.export").to_c(self, at))

    def to_js(self, at: Sequence[float] | None = None) -> str:
        """Return a JavaScript module that needs nothing, with a test vector at the inputs `at`; see `export.to_js`."""
        return str(importlib.import_module("autograd.backends.export").to_js(self, at))

    def replay(self, tape: Tape, xs: Sequence[Traced]) -> list[Number | None]:
        """Return every input and step as numbers of a blank tape, which records them.

        What is made of constants alone is a plain number, and no step of the tape; a guard is None.
        """
        found: list[Any] = list(xs)
        given = once(lambda operands: tuple([found[k] if k >= 0 else self.constants[~k] for k in operands]))
        for step in self.walk():
            operands = given(step.operands)
            if isinstance(step, Guard):
                tape.observe(step.comparison, operands, step.seen)
                found.append(None)
            elif any(type(x) is Traced for x in operands):
                found.append(tape.append(NAN, step.primitive, operands, step.total))
            else:
                found.append(step.apply(operands))
        return found


class Recorded(Program):
    """The program of a tape of the table's rows on plain numbers: its steps are made when somebody looks at them."""

    def __init__(self, tape: Tape, ends: list[Any]) -> None:
        self.__dict__.update(inputs=tape.inputs, tape=tape, ends=ends)  # it is frozen

    def __getattr__(self, name: str) -> Any:
        if name not in ("constants", "steps", "outputs"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = _recorded(self.tape, self.ends)
        self.__dict__.update(constants=made.constants, steps=made.steps, outputs=made.outputs)
        return self.__dict__[name]

    loops = False

    def __reduce__(self) -> tuple[Any, ...]:
        return Program, (self.inputs, self.constants, self.steps, self.outputs)

    @property
    def guards(self) -> list[Guard[int]]:
        """The guards, in order."""
        return list(self.tape.guards.values())

    @property
    def size(self) -> int:
        """How many steps there are."""
        return len(self.tape) - self.inputs

    @property
    def results(self) -> int:
        """How many outputs there are."""
        return len(self.ends)

    def replay_of_tape(self, other: Callable[[Any], Any]) -> Replay:
        """Return what runs the tape in the core; for numbers that are no floats it calls `other`."""
        return Replay(self.tape, self.ends, Miss, other)


class Builder:
    """A program under construction; equal constants are kept once."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.steps: list[Step] = []
        self.constants: list[Any] = []
        self.places: dict[object, int] = {}

    def constant(self, x: "float | Array") -> int:
        """Return the operand for a constant."""
        x = int(x) if type(x) is bool else x
        key = struct.pack("<d", x) if type(x) is float else x if type(x) is int else ("array", id(x))
        if key not in self.places:
            self.places[key] = ~len(self.constants)
            self.constants.append(x)
        return self.places[key]

    def add(self, step: Step) -> int:
        """Return the operand for a new step."""
        self.steps.append(step)
        return self.inputs + len(self.steps) - 1

    def inline(self, program: Program, inputs: Sequence[int], visit: "Visit" = add) -> list[int]:
        """Add the steps of a program applied to these operands, by `visit`; return the operands of its outputs."""
        constants = [self.constant(c) for c in program.constants]
        names = list(inputs)
        renamed = once(lambda operands: tuple([names[k] if k >= 0 else constants[~k] for k in operands]))
        for step in program.walk():
            if isinstance(step, Guard):
                names.append(self.add(Guard(step.comparison, renamed(step.operands), step.seen)))
            else:
                names.append(visit(self, Instruction(step.primitive, renamed(step.operands), step.total)))
        return list(renamed(program.outputs))

    def program(self, outputs: Sequence[int]) -> Program:
        """Return the program."""
        return Program(self.inputs, tuple(self.constants), tuple(self.steps), tuple(outputs))


Visit = Callable[[Builder, Instruction], int]  # adds an instruction, or what does the same


def once(rename: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """Return a function of operands that is called once for each long tuple: the many sums over lanes share theirs."""
    known: dict[int, tuple[Any, tuple[Any, ...]]] = {}

    def renamed(operands: tuple[Any, ...], *more: Any) -> tuple[Any, ...]:
        if len(operands) < MANY:
            return rename(operands, *more)
        if id(operands) not in known:
            known[id(operands)] = operands, rename(operands, *more)
        return known[id(operands)][1]

    return renamed


def record(tape: Tape, outputs: Sequence[Any]) -> Program:
    """Return the program of a tape with these outputs, its own numbers or plain ones; its inputs are the tape's.

    Raises GraphError where a number of another tape is met: it would be a constant from now on. What the core can run
    as it is becomes a list of steps when somebody looks at it.
    """
    return Recorded(tape, list(outputs)) if replayable(tape, outputs) else _recorded(tape, outputs)


def _recorded(tape: Tape, outputs: Sequence[Any]) -> Program:
    """Return the program of a tape as a list of steps."""
    inputs = [step for step in tape.steps if isinstance(step, Traced) and step.primitive is None]
    made = Builder(len(inputs))
    operands = {traced.place: i for i, traced in enumerate(inputs)}

    def operand(x: Any, exact: bool = False) -> int:
        if tape.owns(x):
            return operands[x.place]
        if isinstance(x, Traced):
            raise GraphError(
                "it uses a number that is traced outside of it; "
                "hand that over as an argument, to vmap with in_axes None"
            )
        x = x.data if type(x) is Value else x
        if is_array(x):  # of which sums over lanes are taken
            return made.constant(x)
        if exact and type(x) in (int, bool):
            return made.constant(int(x))
        if exact and float(x) != x and x == x:
            raise GraphError(f"{type(x).__name__} {x!r} is not a float; convert it with float() first")
        return made.constant(float(x))

    names = once(lambda xs, row: tuple([operand(x, not row.differentiable(i)) for i, x in enumerate(xs)]))
    given = shared_operands(tape)
    for step in tape.steps:
        if isinstance(step, Guard):
            made.add(Guard(step.comparison, tuple([operand(x, True) for x in step.operands]), step.seen))
        elif step.primitive is not None:
            row = step.primitive
            operands[step.place] = made.add(Instruction(row, names(given(step), row), step.total))
    return made.program([operand(y) for y in outputs])


def trace(f: Callable[..., object], xs: Sequence[float]) -> Program:
    """Return the program of a function of numbers that returns a number or a sequence of them, recorded at `xs`."""
    tape = Tape()
    inputs = [tape.input(x) for x in xs]
    try:
        result = f(*inputs)
    finally:
        tape.closed = True
    return record(tape, list(result) if isinstance(result, (list, tuple)) else [result])
