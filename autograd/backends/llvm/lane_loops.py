"""A program with loops for vectors of lanes, as LLVM assembly: tiles of lanes outside, the program's loops within.

Cells are vectors, in the scratch memory of a thread: so how much a vector of lanes keeps does not grow with the lanes.
"""

from collections.abc import Sequence
from typing import Any

from autograd.backends.blocks import Block, Plan, Repeat, planned
from autograd.backends.llvm.assembly import TARGET, VECTOR, surroundings
from autograd.backends.llvm.emit import Emitter, literal
from autograd.backends.llvm.loops import Part, Writer
from autograd.backends.llvm.machine import TIERED
from autograd.backends.llvm.templates import EACH, FEW, KERNEL, TOTALS, filled
from autograd.backends.lowering import Lowered, lowered_block
from autograd.program.program import Program
from autograd.program.steps import Place

CELLS = "ptr noalias %cells, ptr noalias %missed, ptr noalias %lost"


def source(
    program: Program, inputs: Sequence[bool], joined: Sequence[bool], fast: bool, width: int, wide: bool
) -> tuple[str, dict[str, Any]]:
    """Return what `assembly.source` does, for a program with loops; raises Unplanned where it has no such form."""
    plan = planned(program, raising=False)
    writer = LanesWriter(plan, program, fast, width, wide)
    about = {
        "buffer": 0,
        "scratch": writer.lost + 1,
        "kept": 0,
        "guards": plan.guards,
        "products": True,
        "size": program.size,
        "python": sorted(writer.python),
        "tiers": False,
    }
    text = writer.kernel(list(inputs), list(joined))
    return text, about | {"calls": sorted(writer.calls)}


class LanesWriter(Writer):
    """Writes the functions of a kernel."""

    plan: Plan
    program: Program
    width: int
    wide: bool
    fast: bool
    declared: dict[str, str]

    def __init__(self, plan: Plan, program: Program, fast: bool, width: int, wide: bool) -> None:
        self.width, self.wide, self.fast = width, wide, fast
        self.plan, self.program = plan, program
        fixed = sorted({k for k in plan.outputs if k < 0})  # outputs that are constants have cells too
        self.fixed: dict[int, int] = {k: plan.cells + n for n, k in enumerate(fixed)}
        self.lost: int = plan.cells + len(fixed)  # the cell of what is NaN where a result is not finite
        self.globals: list[str] = []
        self.helpers: list[str] = []
        super().__init__(plan)

    def part(self, number: int, part: Sequence[Block | Repeat]) -> Part:
        """Return a part of the program, written."""
        return LanesPart(self, number, part, self.width, self.wide)

    def finished(self, functions: Sequence[str]) -> str:
        """Return the functions; the rest is written by `kernel`."""
        return "\n".join(functions)

    def kernel(self, inputs: list[bool], joined: list[bool]) -> str:
        """Return the whole module."""
        width, vector = self.width, f"<{self.width} x double>"
        shared = [k for k, varies in enumerate(inputs) if not varies]
        cells = [self.fixed.get(k, k) for k in self.plan.outputs]
        signs = [0.0 if rule else -0.0 for rule in self.plan.of_rules]  # to add -0.0 changes nothing
        self._spread("shared", shared, "%from")
        self._spread(
            "fixed", list(self.fixed.values()), self._numbers("fixed", [self.program.constants[~k] for k in self.fixed])
        )
        self._columns([k for k, varies in enumerate(inputs) if varies])
        self._results([n for n, join in enumerate(joined) if not join], cells, signs)
        self._sums([n for n, join in enumerate(joined) if join], cells, signs)
        self._vector()
        self._numbers("numbers", [float(x) for x in self.program.constants])
        self._places("tables", [int(x) for table in self.tables for x in table])
        reduce = f"@llvm.vector.reduce.fadd.v{width}f64"
        self.declared[reduce] = f"declare double {reduce}(double, {vector})"
        parts: dict[str, object] = {
            "vector": vector,
            "whole": f"<{width} x i64>",
            "width": width,
            "last_lane": width - 1,
            "places": ", ".join(f"i64 {lane}" for lane in range(width)),
            "crossings": self.lost + 1,
            "sums": sum(joined),
            "block": 1 << 40,
            "last": 1,
            "reduce": reduce,
            "uniform": [
                "call void @spread_shared(ptr %shared, ptr %scratch)",
                "call void @spread_fixed(ptr null, ptr %scratch)",
            ],
            "steady": [],
            "pieces": [f"%now_0 = call i64 @vector(ptr %own, {VECTOR})", "%worse_1 = or i64 %worse_0, %now_0"],
            "tiles": [],
        }
        kernel = [filled(template, **parts) for template in (KERNEL, TOTALS, FEW)]
        declared, each, attributes = surroundings(self.calls, width, self.wide)
        heads = [*self.declared.values(), *declared, *self.globals]
        return "\n".join([*heads, *each, self.text, *self.helpers, *kernel, attributes, ""])

    # ------------------------------------------------------------------------------------------ loops over cells

    def _numbers(self, name: str, numbers: Sequence[float]) -> str:
        """Add an array of doubles; return its name."""
        return self._array(name, "double", [literal(float(x)) for x in numbers])

    def _places(self, name: str, places: Sequence[int]) -> str:
        """Add an array of whole numbers; return its name."""
        return self._array(name, "i64", list(map(str, places)))

    def _array(self, name: str, kind: str, texts: list[str]) -> str:
        content = ", ".join(f"{kind} {x}" for x in texts or ["0" if kind == "i64" else literal(0.0)])
        self.globals.append(f"@{name} = internal constant [{max(len(texts), 1)} x {kind}] [{content}]")
        return f"@{name}"

    def _each(self, name: str, arguments: str, count: int, before: Emitter, body: Emitter) -> None:
        """Add a function that runs a body for %n from 0 on."""
        kind = f"#0 {TIERED}"
        lines = [[line.strip() for line in emitter.lines] for emitter in (before, body)]
        given = {"name": name, "arguments": arguments, "count": count, "kind": kind}
        self.helpers.append(filled(EACH, before=lines[0], body=lines[1], **given))

    def _emitters(self) -> tuple[Emitter, Emitter]:
        before, body = Emitter(self.width, self.wide), Emitter(self.width, self.wide)
        body.count = 1_000_000  # so that no name is in both
        return before, body

    def _cell(self, body: Emitter, places: str) -> str:
        """Write the address of the cell that an array of places has at %n."""
        return body.element(body.vector, "%cells", body.load("i64", body.element("i64", places, "%n")))

    def _spread(self, name: str, cells: Sequence[int], numbers: str) -> None:
        """Write the function that puts numbers, the same in all lanes, into cells."""
        before, body = self._emitters()
        at = self._cell(body, self._places(f"cells_of_{name}", cells))
        number = body.load("double", body.element("double", numbers, "%n"))
        body.store(body.vector, body.broadcast(number), at, 8 * self.width)
        self._each(f"spread_{name}", "ptr %from, ptr %cells", len(cells), before, body)

    def _columns(self, cells: Sequence[int]) -> None:
        """Write the function that puts the lanes from %i on of all columns into cells."""
        before, body = self._emitters()
        at = self._cell(body, self._places("cells_of_columns", cells))
        column = body.load("ptr", body.element("ptr", "%columns", "%n"))
        body.store(body.vector, body.load(body.vector, body.element("double", column, "%i")), at, 8 * self.width)
        self._each("columns", "ptr %columns, i64 %i, ptr %cells", len(cells), before, body)

    def _result(self, body: Emitter, name: str, cells: Sequence[int], signs: Sequence[float]) -> str:
        """Write the value of an output; a zero of a rule has no sign."""
        v = body.vector
        value = body.load(v, self._cell(body, self._places(f"cells_of_{name}", cells)), 8 * self.width)
        sign = body.load("double", body.element("double", self._numbers(f"signs_of_{name}", signs), "%n"))
        return body.new(f"fadd {v} {value}, {body.broadcast(sign)}")

    def _results(self, chosen: Sequence[int], cells: Sequence[int], signs: Sequence[float]) -> None:
        """Write the function that stores outputs lane by lane."""
        before, body = self._emitters()
        v = body.vector
        value = self._result(body, "results", [cells[n] for n in chosen], [signs[n] for n in chosen])
        lost = body.load(v, "%lost", 8 * self.width)
        body.store(v, body.intrinsic("fma", value, body.constant(0.0), lost), "%lost", 8 * self.width)
        self.declared |= body.declared
        column = body.load("ptr", body.element("ptr", "%outputs", "%n"))
        body.store(v, value, body.element("double", column, "%i"))
        arguments = "ptr %outputs, i64 %i, ptr noalias %cells, ptr noalias %lost"
        self._each("results", arguments, len(chosen), before, body)

    def _sums(self, chosen: Sequence[int], cells: Sequence[int], signs: Sequence[float]) -> None:
        """Write the function that adds outputs up, of the lanes in which all guards held."""
        before, body = self._emitters()
        v, value = body.vector, self._result(body, "sums", [cells[n] for n in chosen], [signs[n] for n in chosen])
        if self.plan.guards:
            codes = before.load(f"<{self.width} x i32>", "%missed", 4)
            held = before.new(f"icmp eq <{self.width} x i32> {codes}, zeroinitializer")
            value = body.choice(held, value, body.constant(0.0))
        at = body.element(v, "%own", "%n")
        total = body.new(f"fadd {v} {body.load(v, at, 8 * self.width)}, {value}")
        body.store(v, total, at, 8 * self.width)
        self._each("sums", "ptr noalias %own, ptr %missed, ptr noalias %cells", len(chosen), before, body)

    def _vector(self) -> None:
        """Write the function of a vector of lanes."""
        one, align = Emitter(self.width, self.wide), 8 * self.width
        v = one.vector
        lost = one.element(v, "%scratch", self.lost)
        one.store(v, one.constant(0.0), lost, align)
        missed = one.element("i32", "%missed", "%i")
        if self.plan.guards:
            one.store(f"<{self.width} x i32>", "zeroinitializer", missed, 4)
        one.line("call void @columns(ptr %columns, i64 %i, ptr %scratch)")
        for number in range(len(self.plan.parts)):
            one.line(f"call i64 @part_{number}(ptr %scratch, ptr {missed}, ptr {lost})")
        one.line(f"call void @results(ptr %outputs, i64 %i, ptr %scratch, ptr {lost})")
        one.line(f"call void @sums(ptr %own, ptr {missed}, ptr %scratch)")
        found = one.load(v, lost, align)
        bits = one.new(f"bitcast {one.mask} {one.new(f'fcmp uno {v} {found}, {found}')} to i{self.width}")
        end = one.new(f"zext i{self.width} {bits} to i64")
        head = f"define internal i64 @vector(ptr %own, {VECTOR}) #0 {TIERED} {{"
        self.helpers.append("\n".join([head, "entry:", *one.lines, f"  ret i64 {end}", "}"]))


class LanesPart(Part):
    """Writes the function of a part for a vector of lanes."""

    writer: LanesWriter

    target = TARGET
    arguments = CELLS
    constants: str = "@numbers"
    tables: str = "@tables"

    def lowered(self, program: Program) -> tuple[Lowered, list[int]]:
        return lowered_block(program, self.target, self.writer.fast, raising=False)

    def checks(self, guards: Sequence[str], finite: Sequence[str], places: Sequence[Place]) -> None:
        """Note the first guard that a lane misses, and what is not finite."""
        if finite:
            total = self.load(self.vector, "%lost", self.align)
            for value in dict.fromkeys(finite):
                total = self.intrinsic("fma", value, self.constant(0.0), total)
            self.store(self.vector, total, "%lost", self.align)
        if not guards:
            return
        whole = f"<{self.width} x i32>"
        code = self.load(whole, "%missed", 4)
        for mask, place in zip(guards, places, strict=True):
            number = self.new(f"trunc i64 {self.plus(self.index(place), 1)} to i32")
            one = self.new(f"insertelement {whole} poison, i32 {number}, i64 0")
            every = self.new(f"shufflevector {whole} {one}, {whole} poison, <{self.width} x i32> zeroinitializer")
            first = self.new(f"icmp eq {whole} {code}, zeroinitializer")
            new = self.new(f"xor {self.mask} {mask}, {self.splat('i1 true')}")
            now = self.new(f"and {self.mask} {first}, {new}")
            code = self.new(f"select {self.mask} {now}, {whole} {every}, {whole} {code}")
        self.store(whole, code, "%missed", 4)
