"""A program with loops as LLVM assembly, for one set of numbers: each loop of it is a loop.

Numbers that one iteration hands to the next are in registers. See `blocks` for what is kept in memory. `lane_loops` has
the same for a vector of lanes.
"""

from collections.abc import Sequence
from typing import Any

from autograd.backends.blocks import Block, Made, Plan, Repeat, Taken, planned
from autograd.backends.llvm.emit import Emitter, pointers
from autograd.backends.llvm.machine import LIBRARY, TIERED
from autograd.backends.lowering import Lowered, Target, lowered_block
from autograd.backends.operations import MASKS, Op
from autograd.backends.pieces import fused
from autograd.program.program import Program
from autograd.program.steps import Index, Place

TARGET = Target(LIBRARY)
ASK = 1 << 62  # what is returned where Python has to see to it
ARGUMENTS = "ptr noalias %cells, ptr noalias %constants, ptr noalias %tables"


def source(program: Program) -> tuple[str, dict[str, Any]]:
    """Return (LLVM assembly of @single, what the caller must know about it).

    single(cells, constants, tables) returns 0, or 1 + the place of the first guard that does not hold; ASK if Python
    has to see to it. The first cells are the inputs. Raises Unplanned where a program has no such form.
    """
    plan = planned(program)
    writer = Writer(plan)
    about = {
        "cells": plan.cells,
        "outputs": plan.outputs,
        "of_rules": plan.of_rules,
        "tables": [int(x) for table in writer.tables for x in table],
        "calls": sorted(writer.calls),
        "python": sorted(writer.python),
    }
    return writer.text, about


class Writer:
    """Writes the functions of a plan."""

    text: str

    def __init__(self, plan: Plan) -> None:
        self.tables: list[tuple[int, ...]] = []
        self.starts: dict[int, int] = {}  # of tables among all, by their ids
        self.calls: set[tuple[str, int]] = set()
        self.declared: dict[str, str] = {}
        self.python: set[str] = set()
        functions = [self.part(number, part).text for number, part in enumerate(plan.parts)]
        self.text = self.finished(functions)

    def finished(self, functions: Sequence[str]) -> str:
        """Return the whole module."""
        run = ["entry:"]
        for number in range(len(functions)):
            run += [
                f"  %code{number} = call i64 @part_{number}({ARGUMENTS.replace(' noalias', '')})",
                f"  %well{number} = icmp eq i64 %code{number}, 0",
                f"  br i1 %well{number}, label %next{number}, label %end{number}",
                f"end{number}:",
                f"  ret i64 %code{number}",
                f"next{number}:",
            ]
        single = "\n".join([f"define i64 @single({ARGUMENTS}) nounwind {{", *run, "  ret i64 0", "}"])
        attributes = "attributes #0 = { nounwind }"
        return "\n".join([*self.declared.values(), *pointers(self.calls), *functions, single, attributes, ""])

    def part(self, number: int, part: Sequence[Block | Repeat]) -> "Part":
        """Return what writes a part."""
        return Part(self, number, part)

    def table(self, numbers: tuple[int, ...]) -> int:
        """Return where a table begins among all."""
        if id(numbers) not in self.starts:
            self.starts[id(numbers)] = sum(map(len, self.tables))
            self.tables.append(numbers)
        return self.starts[id(numbers)]


class Part(Emitter):
    """Writes the function of a part."""

    writer: Writer
    label: str
    labels: int
    text: str
    takes: Sequence[Taken]
    code: Sequence[Op]
    names: dict[int, str]
    align: int

    target = TARGET
    arguments = ARGUMENTS
    constants: str = "%constants"  # where these begin
    tables: str = "%tables"

    def __init__(
        self, writer: Writer, number: int, part: Sequence[Block | Repeat], width: int = 1, wide: bool = False
    ) -> None:
        super().__init__(width, wide)
        self.align = 8 * width
        self.writer = writer
        self.registers: dict[int, str] = {}  # by step
        self.before: dict[Taken, str] = {}
        self.counters: list[str] = []
        self.here: dict[object, str] = {}  # indices and addresses that are known in this block
        self.labels = 0
        self.parts(part)
        head = f"define internal i64 @part_{number}({self.arguments}) #0 {TIERED} {{"
        self.text = "\n".join([head, "entry:", *self.lines, "  ret i64 0", "}"])
        writer.calls |= self.calls
        writer.declared |= self.declared

    def parts(self, parts: Sequence[Block | Repeat]) -> None:
        """Write blocks and loops."""
        for part in parts:
            if isinstance(part, Block):
                self.block(part)
            else:
                self.repeat(part)

    def begin(self, label: str) -> None:
        """Begin what is at a label."""
        self.lines.append(f"{label}:")
        self.label, self.here = label, {}

    def repeat(self, loop: Repeat) -> None:
        """Write a loop."""
        self.labels += 1
        number = self.labels
        times = self.index(loop.times)
        first = [self.cell(take.place) for take in loop.carried]
        before = self.label
        self.line(f"br label %loop{number}")
        self.begin(f"loop{number}")
        phis = len(self.lines)
        counter = f"%i{number}"
        carried = [f"%carried{number}_{k}" for k in range(len(loop.carried))]
        self.before |= dict(zip(loop.carried, carried, strict=True))
        self.counters.append(counter)
        self.parts(loop.parts)
        self.counters.pop()
        self.line(f"{counter}_next = add nuw nsw i64 {counter}, 1")
        self.line(f"%again{number} = icmp slt i64 {counter}_next, {times}")
        self.line(f"br i1 %again{number}, label %loop{number}, label %behind{number}")
        heads = [f"  {counter} = phi i64 [ 0, %{before} ], [ {counter}_next, %{self.label} ]"]
        for name, start, take in zip(carried, first, loop.carried, strict=True):
            heads.append(
                f"  {name} = phi {self.vector} [ {start}, %{before} ], [ {self.registers[take.step]}, %{self.label} ]"
            )
        self.lines[phis:phis] = heads
        self.begin(f"behind{number}")

    # ------------------------------------------------------------------------------------------ places

    def index(self, place: Place) -> str:
        """Return a place as a number of LLVM's."""
        if not isinstance(place, Index):
            return str(place)
        key = place.terms, id(place.table)
        if key not in self.here:
            constant = sum(c for c, ns in place.terms if not any(ns))
            found = self.plus(self.moving(place), constant)
            if place.table:
                at = self.element("i64", self.tables, self.plus(found, self.writer.table(place.table)))
                found = self.load("i64", at)
            self.here[key] = found
        return self.here[key]

    def plus(self, one: str, constant: int) -> str:
        """Return the sum of a number and a constant."""
        return one if not constant else str(constant) if one == "0" else self.new(f"add i64 {one}, {constant}")

    def moving(self, place: Index) -> str:
        """Return the sum of the terms of a place that move."""
        found = ""
        for c, ns in place.terms:
            if any(ns):
                term = self.product(c, ns)
                found = self.new(f"add i64 {found}, {term}") if found else term
        return found or "0"

    def product(self, c: int, ns: tuple[int, ...]) -> str:
        """Return a term: a constant times counters choose n."""
        found = ""
        for counter, n in zip(self.counters, ns, strict=False):
            if n:
                chosen = self.chosen(counter, n)
                found = self.new(f"mul i64 {found}, {chosen}") if found else chosen
        return found if c == 1 else self.new(f"mul i64 {found}, {c}")

    def chosen(self, counter: str, n: int) -> str:
        """Return a counter choose n."""
        if (counter, n) not in self.here:
            found, below = counter, 1
            for k in range(1, n):
                found = self.new(f"mul i64 {found}, {self.new(f'add i64 {counter}, {-k}')}")
                below *= k + 1
            self.here[counter, n] = found if n == 1 else self.new(f"sdiv exact i64 {found}, {below}")
        return self.here[counter, n]

    def address(self, base: str, place: Place) -> str:
        """Return the address of a cell or a constant; those that move alike share what moves."""
        kind = self.vector if base == "%cells" else "double"
        if not isinstance(place, Index) or place.table:
            return self.element(kind, base, self.index(place))
        moving = tuple([term for term in place.terms if any(term[1])])
        if (base, moving) not in self.here:
            self.here[base, moving] = self.element(kind, base, self.moving(place))
        constant = sum(c for c, ns in place.terms if not any(ns))
        return self.element(kind, self.here[base, moving], constant) if constant else self.here[base, moving]

    def cell(self, place: Place) -> str:
        """Return what is in a cell."""
        return self.load(self.vector, self.address("%cells", place), self.align)

    # ------------------------------------------------------------------------------------------ blocks

    def lowered(self, program: Program) -> tuple[Lowered, list[int]]:
        """Return the operations of a block, and which of them must be finite."""
        return lowered_block(program, self.target)

    def block(self, block: Block) -> None:
        """Write a straight line, what it keeps, and the way out where a guard does not hold."""
        made, finite = self.lowered(block.program)
        self.writer.python |= set(made.python)
        ends = [*made.outputs, *made.guards, *finite]
        chosen = [k for k, one in enumerate(made.code) if one.name not in ("input", "constant")]
        code, chosen = fused(made.code, chosen, ends)
        self.here, names = {}, dict[int, str]()
        self.takes, self.code, self.names = block.takes, code, names
        for k in chosen:
            names[k] = self.emit(code[k], [self.name(j) for j in code[k].operands])
        for k, result in zip(made.outputs, block.makes, strict=True):
            self.result(k, result)
        if made.guards or finite:
            self.checks([self.name(k) for k in made.guards], [self.name(k) for k in finite], block.guards)

    def name(self, k: int) -> str:
        """Return the name of an operation's result."""
        if k not in self.names:
            one = self.code[k]
            self.names[k] = self.constant(one.fact) if one.name == "constant" else self.taken(self.takes[one.fact])
        return self.names[k]

    def taken(self, take: Taken) -> str:
        """Return what a block takes."""
        if take.kind == "made":
            return self.registers[take.step]
        if take.kind == "before":
            return self.before[take]
        if take.kind == "cell":
            return self.cell(take.place)
        return self.broadcast(self.load("double", self.address(self.constants, take.place)))

    def result(self, k: int, result: Made) -> None:
        """Keep a result."""
        value = self.name(k)
        assert self.code[k].name not in MASKS
        if result.signed:
            value = self.new(f"fadd {self.vector} {value}, {self.constant(0.0)}")
        self.registers[result.step] = value
        if result.cell is not None:
            self.store(self.vector, value, self.address("%cells", result.cell), self.align)

    def checks(self, guards: Sequence[str], finite: Sequence[str], places: Sequence[Place]) -> None:
        """Leave the function where a guard does not hold, or something is not finite."""
        self.labels += 1
        number = self.labels
        held = ""
        for mask in guards:
            held = self.new(f"and i1 {held}, {mask}") if held else mask
        known = ""
        if finite:
            total = self.constant(0.0)
            for value in dict.fromkeys(finite):  # a NaN if one of them is not finite
                total = self.intrinsic("fma", value, self.constant(0.0), total)
            known = self.new(f"fcmp ord double {total}, {total}")
            held = self.new(f"and i1 {held}, {known}") if held else known
        self.line(f"br i1 {held}, label %well{number}, label %ill{number}")
        self.begin(f"ill{number}")
        code = str(ASK)
        for mask, place in reversed(list(zip(guards, places, strict=True))):
            code = self.new(f"select i1 {mask}, i64 {code}, i64 {self.plus(self.index(place), 1)}")
        if finite and guards:
            code = self.new(f"select i1 {known}, i64 {code}, i64 {ASK}")
        self.line(f"ret i64 {code}")
        self.begin(f"well{number}")
