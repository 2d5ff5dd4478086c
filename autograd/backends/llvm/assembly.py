"""A program for lanes as LLVM assembly: a function for what lanes share, functions for a vector of lanes, a loop.

A sum over lanes is kept one for each lane of the vector, in memory, and only the caller adds those up, because it knows
which lanes of the last vector exist.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.backends.llvm import tiles
from autograd.backends.llvm.emit import Emitter, pointers
from autograd.backends.llvm.machine import LIBRARY, PLAIN, TIERED
from autograd.backends.llvm.templates import FEW, KERNEL, TILE, TOTALS, filled
from autograd.backends.lowering import Lowered, Target, lowered
from autograd.backends.operations import MASKS, Op, varying
from autograd.backends.pieces import PIECE, crossing, fused, pieces
from autograd.backends.products import RISKY
from autograd.program.program import Program

TARGET = Target(LIBRARY, forms=True)
LARGE = 1500  # operations, from which on they are not optimised: they are straight lines, and were simplified before
VECTOR = "ptr %columns, i64 %i, ptr %outputs, ptr %missed, ptr %scratch, ptr %now"  # what one vector of lanes needs


def source(
    program: Program, inputs: Sequence[bool], joined: Sequence[bool], fast: bool, width: int, wide: bool
) -> tuple[str, dict[str, Any]]:
    """Return (LLVM assembly of @kernel, what the caller must know about it); `inputs` are true where they vary.

    kernel(shared, columns, start, stop, outputs, missed, scratch) runs lanes start to stop in steps of a vector,
    and returns whether a result is not finite; sums stay in `scratch`, one for each lane of the vector. `shared` holds
    the numbers of the other inputs, then room for what is computed of them alone.
    """
    made = lowered(program, TARGET, fast, joined=joined)
    writer = LanesWriter(made, inputs, width, wide)
    writer.kernel(joined)
    size = sum(v and one.name != "input" for v, one in zip(writer.varies, made.code, strict=True))
    about = {
        "buffer": len(writer.slots),
        "scratch": writer.crossings,
        "kept": writer.block * len(writer.kept),
        "guards": len(made.guards),
        "products": any(one.name in RISKY for one in made.code),
        "size": size + len(writer.slots),
        "calls": sorted(writer.calls),
        "python": made.python,
        "tiers": writer.tiers,
    }
    return writer.text(), about


class Writer:
    """Writes the functions of a program, in pieces; what lanes and single calls have in common."""

    outputs: list[int]
    guards: list[int]
    width: int
    wide: bool

    arguments = ""  # of a piece
    most = 0  # operations that are worth optimising

    def __init__(self, made: Lowered, inputs: Sequence[bool], width: int, wide: bool) -> None:
        self.code: Sequence[Op] = made.code
        self.outputs, self.guards = made.outputs, made.guards
        self.width, self.wide = width, wide
        self.varies: list[bool] = varying(self.code, inputs)
        order = {True: 0, False: 0}
        self.inputs: list[int] = []  # the place of an input among those that vary, or among the others
        for v in inputs:
            self.inputs.append(order[v])
            order[v] += 1
        self.numbers: int = order[False]  # inputs that are the same in all lanes, be they used or not
        self.functions: list[str] = []
        self.declared: dict[str, str] = {}
        self.calls: set[tuple[str, int]] = set()
        self.constants: dict[str, int] = {}  # of functions that are never optimised, and their places
        self.tiers: bool = False  # whether there is anything to optimise
        self.slots: dict[int, int] = {}  # where in `shared` an operation that is the same in all lanes is kept
        self.memory: dict[int, int] = {}  # where in `scratch` an operation is kept for later pieces
        self.kept: dict[int, int] = {}  # factors of sums, and where they are kept for a block of vectors
        self.block = 0  # vectors in one

    @property
    def crossings(self) -> int:
        """How many operations are kept for later pieces at once."""
        return max(self.memory.values(), default=-1) + 1

    def add(self, emitter: Emitter, head: str, tail: str = "ret void", plain: bool = False) -> None:
        """Add a function; a plain one is never optimised, the others are unless `compiled` is to be quick."""
        self.functions.append("\n".join([f"define {head} {self.kind(plain)} {{", "entry:", *emitter.lines]))
        self.functions[-1] += f"\n  {tail}\n}}"
        self.declare(emitter)

    def kind(self, plain: bool = False) -> str:
        """Return the attributes of a function."""
        self.tiers |= not plain
        return f"#0 {PLAIN if plain else TIERED}"

    def declare(self, emitter: Emitter) -> None:
        """Declare what a function calls."""
        self.declared |= emitter.declared
        self.calls |= emitter.calls

    def pieces(self, chosen: Sequence[int], joined: Sequence[bool]) -> int:
        """Write the chosen operations, and return in how many pieces.

        A result is used up in the piece that makes it; where there are guards, in the last, which knows who passed.
        """
        parts = pieces(chosen)
        last, large = len(parts) - 1, sum(map(len, parts)) > self.most
        home = {k: i for i, part in enumerate(parts) for k in part}
        duties: list[list[int]] = [[] for _ in parts]  # the outputs that a piece stores
        singles = [place for place, join in enumerate(joined) if not join]
        for place in singles:
            duties[last if self.guards else home.get(self.outputs[place], last)].append(place)
        late = [*self.guards, *[self.outputs[i] for i in duties[last]]]
        self.memory = crossing(self.code, parts, [k for k in late if home.get(k, last) != last])
        for number, part in enumerate(parts):
            piece = self.piece(self.constants if large else None)
            for k in part:
                piece.operation(k)
            if self.guards and number == last:
                piece.missed([piece.name(k) for k in self.guards])
            for place in duties[number]:
                piece.output(self.outputs[place], singles.index(place))
            end = piece.end()
            self.add(piece, f"internal i64 @piece_{number}({self.arguments})", f"ret i64 {end}", plain=large)
        return len(parts)

    def piece(self, table: dict[str, int] | None) -> "Piece":
        """Return what writes one piece."""
        raise NotImplementedError

    def text(self) -> str:
        """Return the whole module."""
        outside, each, attributes = surroundings(self.calls, self.width, self.wide)
        numbers = f"[{len(self.constants)} x double] [{', '.join(f'double {x}' for x in self.constants)}]"
        known = f"@constants = internal constant {numbers}"
        return "\n".join([*self.declared.values(), *outside, known, *self.functions, *each, attributes, ""])


def surroundings(calls: Iterable[tuple[str, int]], width: int, wide: bool) -> tuple[list[str], list[str], str]:
    """Return (lines that declare what is called, functions that call it lane by lane, the attributes of all)."""
    functions = []
    for name, n in sorted(calls) if width > 1 else ():
        emitter, xs = Emitter(width, wide), [f"%x{i}" for i in range(n)]
        v = emitter.vector
        found = emitter.each(name, xs)
        head = f"define internal {v} @each_{name}_{n}({', '.join(f'{v} {x}' for x in xs)}) #0 {PLAIN} {{"
        functions.append("\n".join([head, "entry:", *emitter.lines, f"  ret {v} {found}", "}"]))
    vectors = f'"prefer-vector-width"="512" "min-legal-vector-width"="{64 * width}"'
    return pointers(calls), functions, f"attributes #0 = {{ nounwind {vectors} }}"


class Scope(Emitter):
    """Writes instructions of one function, which finds the values of a program where they are kept."""

    def __init__(self, writer: Writer, table: dict[str, int] | None = None, width: int = 0) -> None:
        super().__init__(width or writer.width, writer.wide and not width, table)
        self.writer = writer
        self.known: dict[int, str] = {}  # names of values that were made or loaded in this function

    def name(self, k: int) -> str:
        """Return the name of a value, loading it on first use."""
        if k not in self.known:
            self.known[k] = self.found(k)
        return self.known[k]

    def found(self, k: int) -> str:
        """Load a value."""
        writer, code = self.writer, self.writer.code[k]
        if code.name == "constant":
            return self.constant(code.fact)
        if writer.varies[k]:
            if code.name == "input":
                return self.input(writer.inputs[code.fact])
            at = self.element(self.vector, "%scratch", writer.memory[k])
            return self.truth(k, self.load(self.vector, at, 64))
        slot = writer.inputs[code.fact] if code.name == "input" else writer.slots[k]
        return self.truth(k, self.broadcast(self.load("double", self.element("double", "%shared", slot))))

    def truth(self, k: int, value: str) -> str:
        """Return a value that was in memory as what it is: a mask, if it is one."""
        if self.writer.code[k].name not in MASKS:
            return value
        return self.new(f"fcmp une {self.vector} {value}, {self.constant(0.0)}")

    def stored(self, k: int) -> str:
        """Return a value as it is put in memory: a mask as 1 or 0."""
        value = self.known[k]
        if self.writer.code[k].name not in MASKS:
            return value
        return self.new(f"uitofp {self.mask} {value} to {self.vector}")

    def input(self, place: int) -> str:
        """Return the name of an input that varies."""
        column = self.load("ptr", self.element("ptr", "%columns", place))
        return self.load(self.vector, self.element("double", column, "%i"))

    def operation(self, k: int) -> None:
        """Write an operation, and put its result in memory where others need it."""
        writer, code = self.writer, self.writer.code[k]
        self.known[k] = self.emit(code, [self.name(j) for j in code.operands])
        if k in writer.slots:
            self.store("double", self.stored(k), self.element("double", "%shared", writer.slots[k]))
        if k in writer.memory:
            self.store(self.vector, self.stored(k), self.element(self.vector, "%scratch", writer.memory[k]), 64)
        if k in writer.kept:
            self.store(self.vector, self.known[k], self.element(self.vector, "%now", writer.kept[k] * writer.block), 64)


class Piece(Scope):
    """Writes one piece of a program, and what it does with guards and outputs."""

    def missed(self, guards: Sequence[str]) -> None:
        """Write which guard does not hold."""
        raise NotImplementedError

    def output(self, k: int, place: int) -> None:
        """Write an output to its place."""
        raise NotImplementedError

    def end(self) -> str:
        """Return what the piece returns."""
        raise NotImplementedError

    def unsigned(self, k: int) -> str:
        """Return a result as it is given out: a zero of a rule has no sign."""
        value = self.name(k)
        if self.writer.code[k].name not in ("product", "sum", "fused"):
            return value
        return self.new(f"fadd {self.vector} {value}, {self.constant(0.0)}")


class LanesPiece(Piece):
    """Writes a piece for a vector of lanes; it returns whether a result is not finite."""

    def __init__(self, writer: Writer, table: dict[str, int] | None) -> None:
        super().__init__(writer, table)
        self.lost: str = self.splat("i1 false")  # lanes that have a result that is not finite

    def missed(self, guards: Sequence[str]) -> None:
        whole = f"<{self.width} x i32>"
        code = self.splat("i32 0")
        for place in reversed(range(len(guards))):
            miss = self.splat(f"i32 {place + 1}")
            code = self.new(f"select {self.mask} {guards[place]}, {whole} {code}, {whole} {miss}")
        self.store(whole, code, self.element("i32", "%missed", "%i"), 4)

    def output(self, k: int, place: int) -> None:
        v, value = self.vector, self.unsigned(k)
        difference = self.new(f"fsub {v} {value}, {value}")  # NaN for NaN and for infinity
        self.lost = self.new(f"or {self.mask} {self.lost}, {self.new(f'fcmp uno {v} {difference}, {difference}')}")
        column = self.load("ptr", self.element("ptr", "%outputs", place))
        self.store(v, value, self.element("double", column, "%i"))

    def end(self) -> str:
        bits = self.new(f"bitcast {self.mask} {self.lost} to i{self.width}")
        return self.new(f"zext i{self.width} {bits} to i64")


class LanesWriter(Writer):
    """Writes the functions of a kernel."""

    code: Sequence[Op]
    functions: list[str]
    kept: dict[int, int]
    slots: dict[int, int]

    arguments: str = f"ptr %constants, ptr noalias %shared, {VECTOR}"
    most = LARGE

    def piece(self, table: dict[str, int] | None) -> Piece:
        return LanesPiece(self, table)

    def kernel(self, joined: Sequence[bool]) -> None:
        """Write everything."""
        uniform = self._uniform()
        sums = [k for k, join in zip(self.outputs, joined, strict=True) if join]
        terms, within = tiles.terms(self.code, self.varies, sums)
        chosen = [k for k, v in enumerate(self.varies) if v and self.code[k].name != "input" and k not in within]
        self.code, chosen = fused(self.code, chosen, [*self.outputs, *self.guards])
        here = set(chosen)
        self.kept = {k: i for i, k in enumerate(dict.fromkeys(k for term in terms for k in term[1:] if k in here))}
        self.block: int = tiles.block(len(self.kept), self.width)
        count = self.pieces(chosen, joined)
        steady, moving = self._terms(terms)
        run = [
            line
            for i in range(count)
            for line in (
                f"%now_{i} = call i64 @piece_{i}(ptr @constants, ptr %shared, {VECTOR})",
                f"%worse_{i + 1} = or i64 %worse_{i}, %now_{i}",
            )
        ]
        given = "ptr %shared, ptr %columns, ptr %own, ptr %kept, i64 %first, i64 %m"
        reduce = f"@llvm.vector.reduce.fadd.v{self.width}f64"
        vector = f"<{self.width} x double>"
        self.declared[reduce] = f"declare double {reduce}(double, {vector})"
        parts: dict[str, object] = {
            "vector": vector,
            "whole": f"<{self.width} x i64>",
            "width": self.width,
            "last_lane": self.width - 1,
            "places": ", ".join(f"i64 {lane}" for lane in range(self.width)),
            "crossings": self.crossings,
            "sums": len(sums),
            "block": self.block,
            "last": count,
            "reduce": reduce,
            "uniform": [f"call void @uniform_{i}(ptr @constants, ptr %shared)" for i in range(uniform)],
            "steady": [f"call void @steady_{i}(ptr %shared, ptr %own, i64 %vectors)" for i in range(steady)],
            "pieces": run,
            "tiles": [f"call void @tile_{i}({given})" for i in range(moving)],
        }
        self.functions += [filled(template, **parts) for template in (KERNEL, TOTALS, FEW)]

    def _uniform(self) -> int:
        """Write the functions that compute what is the same in all lanes, and return how many."""
        work = [k for k, v in enumerate(self.varies) if not v and self.code[k].name not in ("input", "constant")]
        self.slots = {k: self.numbers + i for i, k in enumerate(work)}
        parts = pieces(work) if work else []
        for i, part in enumerate(parts):
            scope = Scope(self, self.constants, width=1)
            for k in part:
                scope.operation(k)
            self.add(scope, f"internal void @uniform_{i}(ptr %constants, ptr noalias %shared)", plain=True)
        return len(parts)

    def _terms(self, terms: Sequence[tiles.Term]) -> tuple[int, int]:
        """Write the functions that add terms up: of what is the same in all lanes, and of what varies.

        Return how many of each.
        """
        same = [term for term in terms if not self.varies[term[-1]] and len(term) == 2]
        steady = [same[i : i + PIECE] for i in range(0, len(same), PIECE)]
        for number, some in enumerate(steady):
            scope = Scope(self)
            tiles.steady(scope, some, scope.name)
            self.add(scope, f"internal void @steady_{number}(ptr %shared, ptr %own, i64 %vectors)")
        moving = [term for term in terms if self.varies[term[-1]] or len(term) > 2]
        parts = list(tiles.tiles(moving, 24 if self.wide else 12))
        for number, tile in enumerate(parts):
            self._tile(number, tile)
        return len(steady), len(parts)

    def _tile(self, number: int, terms: Sequence[tiles.Term]) -> None:
        """Write the function that adds some terms up over a block of vectors."""
        before, body = Scope(self), Scope(self)
        body.count = 1_000_000  # so that no name is in both
        for k in dict.fromkeys(k for term in terms for k in term[1:]):
            if k in self.kept:
                body.known[k] = body.load(body.vector, body.element(body.vector, "%now", self.kept[k] * self.block), 64)
            elif self.varies[k]:
                body.name(k)
            else:
                body.known[k] = before.name(k)
        parts = tiles.loop(before, body, terms, body.name)
        self.functions.append(filled(TILE, number=number, kind=self.kind(), width=self.width, **parts))
        self.declare(before)
        self.declare(body)
