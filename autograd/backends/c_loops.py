"""Writes a program with loops as C99 whose loops are `for`; see `c_source`.

v are the cells of memory (see `blocks`), c the constants of which each iteration has another, and t tables of places.
"""

from collections.abc import Sequence

from autograd.backends.blocks import Block, Repeat, Taken, Unplanned, planned
from autograd.backends.c_source import TARGET, declared, number, whole
from autograd.backends.lowering import lowered
from autograd.program.program import Program
from autograd.program.steps import COUNTERS, Index, Place


def source(program: Program) -> str:
    """Return `int program(const double *x, double *y)` and what it needs; empty where it has to be unrolled.

    It returns -1 where there is no memory.
    """
    try:
        plan = planned(program)
    except Unplanned:
        return ""
    writer = Writer()
    for part in plan.parts:
        writer.write(part, 1)
    constants = ", ".join([number(float(x)) for x in program.constants])
    head = ["#include <math.h>", "#include <stdlib.h>", "#include <string.h>"]
    head += [f"static const double c[] = {{{constants}}};"] if writer.constants else []
    head += [f"static const long t{i}[] = {{{', '.join(map(str, x))}}};" for i, x in enumerate(writer.tables)]
    lines = [
        "    int code = 0;",
        f"    double *v = malloc({max(plan.cells, 1)} * sizeof(double));",
        "    if (v == NULL) return -1;",
        *([f"    memcpy(v, x, {program.inputs} * sizeof(double));"] if program.inputs else ["    (void)x;"]),
        *writer.lines,
    ]
    for i, k in enumerate(plan.outputs):
        lines.append(f"    y[{i}] = {f'v[{k}]' if k >= 0 else number(float(program.constants[~k]))};")
    return whole(head, [*lines, *(["end:"] if writer.leaves else []), "    free(v);", "    return code;"])


class Writer:
    """Writes blocks and loops."""

    blocks: int
    constants: bool
    leaves: bool

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.registers: dict[int, str] = {}  # variables of results, by step
        self.before: dict[Taken, str] = {}  # those of results of the iteration before
        self.tables: list[tuple[int, ...]] = []
        self.blocks = 0
        self.constants = self.leaves = False

    def write(self, parts: Sequence[Block | Repeat], depth: int) -> None:
        """Write blocks and loops within so many braces."""
        margin = "    " * depth
        for part in parts:
            if isinstance(part, Block):
                self.lines += [margin + line for line in self.block(part)]
                continue
            i = COUNTERS[depth - 1]
            for take in part.carried:
                self.before[take] = f"b{len(self.before)}"
                self.lines.append(f"{margin}double {self.before[take]} = v[{self.text(take.place)}];")
            self.lines.append(f"{margin}for (long {i} = 0; {i} < {self.text(part.times)}; {i}++) {{")
            self.write(part.parts, depth + 1)
            for take in part.carried:
                self.lines.append(f"{margin}    {self.before[take]} = {self.registers[take.step]};")
            self.lines.append(f"{margin}}}")

    def text(self, place: Place) -> str:
        """Return a place as an expression."""
        if isinstance(place, Index) and place.table:
            if not any(place.table is known for known in self.tables):
                self.tables.append(place.table)
            which = next(i for i, known in enumerate(self.tables) if place.table is known)
            return f"t{which}[{Index(place.terms)}]"
        return str(place)

    def block(self, block: Block) -> list[str]:
        """Return the lines of a straight line of the program."""
        made = lowered(block.program, TARGET)
        self.blocks += 1
        names = [f"a{self.blocks}_{k}" for k in range(len(made.code))]
        lines = []
        for k, one in enumerate(made.code):
            if one.name == "input":
                take = block.takes[one.fact]
                if take.kind == "before":
                    lines.append(f"const double {names[k]} = {self.before[take]};")
                else:
                    names[k] = self.taken(take)
            else:
                lines.append(declared(names[k], one, [names[j] for j in one.operands]))
        for k, place in zip(made.guards, block.guards, strict=True):
            self.leaves = True
            lines.append(f"if (!{names[k]}) {{ code = (int)({self.text(place)}) + 1; goto end; }}")
        for k, result in zip(made.outputs, block.makes, strict=True):
            self.registers[result.step] = names[k]
            if result.cell is not None:
                lines.append(f"v[{self.text(result.cell)}] = {names[k]};")
        return lines

    def taken(self, take: Taken) -> str:
        """Return what a block takes."""
        if take.kind == "made":
            return self.registers[take.step]
        self.constants |= take.kind == "constant"
        return f"{'v' if take.kind == 'cell' else 'c'}[{self.text(take.place)}]"
