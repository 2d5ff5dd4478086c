"""A program for lanes as LLVM assembly: a function for what lanes share, functions for a vector of lanes, a loop.

Start at `source`. The one surprise: a sum over lanes is kept one for each lane of the vector, in memory, and only the
caller adds those up, because it knows which lanes of the last vector exist.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd.backends.llvm import tiles
from autograd.backends.llvm.emit import Emitter
from autograd.backends.llvm.machine import PLAIN, TIERED
from autograd.backends.lowering import MASKS, lowered, operands
from autograd.backends.pieces import PIECE, RISKY, crossing, fused, linear, pieces
from autograd.program.program import Program

NATIVES = frozenset(["sqrt"])
LARGE = 1500  # operations, from which on they are not optimised: they are straight lines, and were simplified before
GIVEN = "ptr %columns, i64 %i, ptr %outputs, ptr %missed, ptr %scratch, ptr %now"
TILE = "ptr %shared, ptr %columns, ptr %own, ptr %kept, i64 %start, i64 %vectors"


def source(
    program: Program, varying: Sequence[bool], joined: Sequence[bool], fast: bool, width: int, wide: bool
) -> tuple[str, Any]:
    """Return (LLVM assembly of @kernel, what the caller must know about it).

    kernel(shared, columns, start, stop, outputs, missed, scratch) runs lanes start to stop in steps of a vector,
    and returns whether a result is not finite; sums stay in `scratch`, one for each lane of the vector. `shared` holds
    the numbers of the other inputs, then room for what is computed of them alone.
    """
    ops, outputs, guards = lowered(program, NATIVES, fast, joined=joined)
    if fast and not linear(ops, outputs, guards):
        ops, outputs, guards = lowered(program, NATIVES, joined=joined)
    codes = ops.code
    vary: list[bool] = []
    for code in codes:
        vary.append(varying[code[1]] if code[0] == "input" else any(vary[k] for k in operands(code)))
    numbers = sum(not v for v in varying)
    writer = Writer(codes, vary, varying, numbers, width, wide)
    writer.shared([k for k, v in enumerate(vary) if not v])
    body = [k for k, v in enumerate(vary) if v and codes[k][0] != "input"]
    writer.body(body, outputs, guards, joined)
    about = {
        "buffer": len(writer.slots),
        "scratch": writer.crossings,
        "kept": writer.block * len(writer.kept),
        "guards": len(guards),
        "products": any(code[0] in RISKY for code in codes),
        "size": len(body) + len(writer.slots),
        "calls": sorted(writer.calls),
        "tiers": writer.tiers,
    }
    return writer.text(), about


class Writer:
    """Writes the functions of a kernel."""

    arguments = f"ptr %constants, ptr noalias %shared, {GIVEN}"
    most = LARGE

    def __init__(
        self, codes: Sequence[Any], vary: Sequence[bool], varying: Sequence[bool], numbers: int, width: int, wide: bool
    ) -> None:
        self.codes, self.vary, self.width, self.wide = codes, vary, width, wide
        order = {True: 0, False: 0}
        self.inputs = []
        for v in varying:
            self.inputs.append(order[v])
            order[v] += 1
        self.numbers = numbers
        self.slots: dict[int, int] = {}  # where in `shared` a uniform operation is kept
        self.functions: list[str] = []
        self.declared: dict[str, str] = {}
        self.calls: set[tuple[str, int]] = set()
        self.constants: dict[str, int] = {}  # of functions that are never optimised, and their places
        self.tiers = False  # whether there is anything to optimise
        self.crossings = 0
        self.kept: dict[int, int] = {}  # factors of sums, and where they are kept for a block of vectors
        self.block = 0  # vectors in one

    def _close(self, emitter: Emitter, head: str, tail: str, plain: bool = False) -> None:
        """Add a function; a plain one is never optimised, the others are unless `compiled` is to be quick."""
        kind = PLAIN if plain else TIERED
        self.functions.append("\n".join([f"define {head} #0 {kind} {{", "entry:", *emitter.lines, tail, "}"]))
        self.tiers |= not plain
        self.declared |= emitter.declared
        self.calls |= emitter.calls

    def shared(self, chosen: Sequence[int]) -> None:
        """Write the functions that compute what is the same in all lanes."""
        work = [k for k in chosen if self.codes[k][0] not in ("input", "constant")]
        for k in work:
            self.slots[k] = self.numbers + len(self.slots)
        self.uniform = pieces(work) if work else []
        for i, part in enumerate(self.uniform):
            emitter = Emitter(1, False, self.constants)
            known: dict[int, str] = {}
            for k in part:
                known[k] = emitter.emit(
                    self.codes[k], [self._uniform(emitter, known, j) for j in operands(self.codes[k])]
                )
                value = known[k]
                if self.codes[k][0] in MASKS:
                    value = emitter.new(f"uitofp i1 {value} to double")
                at = emitter.new(f"getelementptr double, ptr %shared, i64 {self.slots[k]}")
                emitter.lines.append(f"  store double {value}, ptr {at}")
            head = f"internal void @uniform_{i}(ptr %constants, ptr noalias %shared)"
            self._close(emitter, head, "  ret void", plain=True)

    def _uniform(self, emitter: Emitter, known: dict[int, str], k: int) -> str:
        """Return the name of a uniform value in a function, loading it on first use."""
        if k not in known:
            code = self.codes[k]
            if code[0] == "constant":
                known[k] = emitter.constant(code[1])
            else:
                slot = self.inputs[code[1]] if code[0] == "input" else self.slots[k]
                at = emitter.new(f"getelementptr double, ptr %shared, i64 {slot}")
                value = emitter.broadcast(emitter.new(f"load double, ptr {at}"))
                if code[0] in MASKS:
                    value = emitter.new(f"fcmp une {emitter.vector} {value}, {emitter.constant(0.0)}")
                known[k] = value
        return known[k]

    def body(
        self, chosen: Sequence[int], outputs: Sequence[int], guards: Sequence[int], joined: Sequence[bool]
    ) -> None:
        """Write the functions for a vector of lanes, and the kernel that loops over them.

        A result is used up in the piece that makes it; where there are guards, in the last, which knows who passed.
        """
        terms, within = tiles.terms(self.codes, self.vary, [k for k, j in zip(outputs, joined, strict=True) if j])
        ends = [*outputs, *guards]
        self.codes, chosen = fused(self.codes, [k for k in chosen if k not in within], ends)
        parts = pieces(chosen)
        last, large = len(parts) - 1, sum(map(len, parts)) > self.most
        home = {k: i for i, part in enumerate(parts) for k in part}
        self.kept = {k: i for i, k in enumerate(dict.fromkeys(k for term in terms for k in term[1:] if k in home))}
        self.block = tiles.block(len(self.kept), self.width)
        duties: list[list[int]] = [[] for _ in parts]
        for place, k in enumerate(outputs):
            if not joined[place]:
                duties[last if guards else home.get(k, last)].append(place)
        late = [k for k in (*guards, *[outputs[i] for i in duties[last]]) if home.get(k, last) != last]
        memory = crossing(self.codes, parts, late)
        self.crossings = max(memory.values(), default=-1) + 1
        singles = [place for place, join in enumerate(joined) if not join]
        for number, part in enumerate(parts):
            emitter = Emitter(self.width, self.wide, self.constants if large else None)
            known: dict[int, str] = {}

            def name(k: int, emitter: Emitter = emitter, known: dict[int, str] = known) -> str:
                if k not in known and self.vary[k]:
                    known[k] = self._loaded(emitter, k, memory)
                return known[k] if k in known else self._uniform(emitter, known, k)

            for k in part:
                known[k] = emitter.emit(self.codes[k], [name(j) for j in operands(self.codes[k])])
                if k in memory:
                    value = known[k]
                    if self.codes[k][0] in MASKS:
                        value = emitter.new(f"uitofp {emitter.mask} {value} to {emitter.vector}")
                    at = emitter.new(f"getelementptr {emitter.vector}, ptr %scratch, i64 {memory[k]}")
                    emitter.lines.append(f"  store {emitter.vector} {value}, ptr {at}, align 64")
                if k in self.kept:
                    at = emitter.new(f"getelementptr {emitter.vector}, ptr %now, i64 {self.kept[k] * self.block}")
                    emitter.lines.append(f"  store {emitter.vector} {known[k]}, ptr {at}, align 64")
            if guards and number == last:
                self._missed(emitter, [name(k) for k in guards])
            none = emitter.splat("i1 false")
            for place in duties[number]:
                k = outputs[place]
                none = self._store(emitter, name(k), singles.index(place), none, k)
            end = self._end(emitter, none)
            head = f"internal i64 @piece_{number}({self.arguments})"
            self._close(emitter, head, f"  ret i64 {end}", plain=large)
        self._sums(terms)
        self._kernel(len(parts), sum(joined))

    def _sums(self, terms: Sequence[tuple[int, ...]]) -> None:
        """Write the functions that add terms up: of what is the same in all lanes, and of what varies."""
        same: list[tuple[int, ...]] = []
        moving: list[tuple[int, ...]] = []
        for term in terms:
            (moving if self.vary[term[-1]] or len(term) > 2 else same).append(term)
        self.steady = [same[i : i + PIECE] for i in range(0, len(same), PIECE)]
        for number, some in enumerate(self.steady):
            emitter = Emitter(self.width, self.wide)
            tiles.steady(emitter, some, partial(self._uniform, emitter, {}))
            self._close(emitter, f"internal void @steady_{number}(ptr %shared, ptr %own, i64 %vectors)", "  ret void")
        self.tiles = list(tiles.tiles(moving, 24 if self.wide else 12))
        for number, tile in enumerate(self.tiles):
            self._tile(number, tile)

    def _tile(self, number: int, terms: Sequence[tuple[int, ...]]) -> None:
        """Write the function that adds some terms up over a block of vectors."""
        before, body = Emitter(self.width, self.wide), Emitter(self.width, self.wide)
        body.count = 1_000_000  # so that no name is in both
        known: dict[int, str] = {}
        for k in dict.fromkeys(k for term in terms for k in term[1:]):
            if k in self.kept:
                at = body.new(f"getelementptr {body.vector}, ptr %now, i64 {self.kept[k] * self.block}")
                known[k] = body.new(f"load {body.vector}, ptr {at}, align 64")
            elif self.vary[k]:
                known[k] = self._input(body, self.inputs[self.codes[k][1]])
            else:
                self._uniform(before, known, k)
        before.lines = tiles.loop(before, body, terms, known)
        self._close(before, f"internal void @tile_{number}({TILE})", "  ret void")

    def _loaded(self, emitter: Emitter, k: int, memory: dict[int, int]) -> str:
        """Return the name of what was made elsewhere: an input, or the work of an earlier piece."""
        if self.codes[k][0] == "input":
            return self._input(emitter, self.inputs[self.codes[k][1]])
        at = emitter.new(f"getelementptr {emitter.vector}, ptr %scratch, i64 {memory[k]}")
        value = emitter.new(f"load {emitter.vector}, ptr {at}, align 64")
        if self.codes[k][0] in MASKS:
            return emitter.new(f"fcmp une {emitter.vector} {value}, {emitter.constant(0.0)}")
        return value

    def _input(self, emitter: Emitter, place: int) -> str:
        """Return the name of an input that varies."""
        at = emitter.new(f"getelementptr ptr, ptr %columns, i64 {place}")
        at = emitter.new(f"getelementptr double, ptr {emitter.new(f'load ptr, ptr {at}')}, i64 %i")
        return emitter.new(f"load {emitter.vector}, ptr {at}, align 8")

    def _end(self, emitter: Emitter, none: str) -> str:
        """Return what a piece returns: whether a result is not finite, given the mask of lanes that have one."""
        bits = emitter.new(f"bitcast {emitter.mask} {none} to i{self.width}")
        return emitter.new(f"zext i{self.width} {bits} to i64")

    def _missed(self, emitter: Emitter, guards: Sequence[str]) -> None:
        """Write which guard each lane did not keep."""
        whole = f"<{self.width} x i32>"
        code = emitter.splat("i32 0")
        for place in reversed(range(len(guards))):
            miss = emitter.splat(f"i32 {place + 1}")
            code = emitter.new(f"select {emitter.mask} {guards[place]}, {whole} {code}, {whole} {miss}")
        at = emitter.new("getelementptr i32, ptr %missed, i64 %i")
        emitter.lines.append(f"  store {whole} {code}, ptr {at}, align 4")

    def _unsigned(self, emitter: Emitter, value: str, k: int) -> str:
        """Return a result as it is given out: a zero of a rule has no sign."""
        if self.codes[k][0] not in ("product", "sum", "fused"):
            return value
        return emitter.new(f"fadd {emitter.vector} {value}, {emitter.constant(0.0)}")

    def _store(self, emitter: Emitter, value: str, place: int, none: str, k: int) -> str:
        """Write a result to its array; return the mask of lanes that have a result that is not finite."""
        v = emitter.vector
        value = self._unsigned(emitter, value, k)
        lost = emitter.new(f"fsub {v} {value}, {value}")  # NaN for NaN and for infinity
        none = emitter.new(f"or {emitter.mask} {none}, {emitter.new(f'fcmp uno {v} {lost}, {lost}')}")
        at = emitter.new(f"getelementptr ptr, ptr %outputs, i64 {place}")
        at = emitter.new(f"getelementptr double, ptr {emitter.new(f'load ptr, ptr {at}')}, i64 %i")
        emitter.lines.append(f"  store {v} {value}, ptr {at}, align 8")
        return none

    def _kernel(self, count: int, sums: int) -> None:
        v = f"<{self.width} x double>"
        lines = [f"  call void @uniform_{i}(ptr @constants, ptr %shared)" for i in range(len(self.uniform))]
        lines += [
            f"  %own = getelementptr {v}, ptr %scratch, i64 {self.crossings}",
            f"  %kept = getelementptr {v}, ptr %own, i64 {sums}",
            "  br label %clear",
            "clear:",
            "  %c = phi i64 [ 0, %entry ], [ %d, %next ]",
            f"  %more = icmp slt i64 %c, {sums}",
            "  br i1 %more, label %next, label %steady",
            "next:",
            f"  %zero = getelementptr {v}, ptr %own, i64 %c",
            f"  store {v} zeroinitializer, ptr %zero, align 64",
            "  %d = add i64 %c, 1",
            "  br label %clear",
            "steady:",
            f"  %beyond = add i64 %stop, {self.width - 1}",
            "  %lanes = sub i64 %beyond, %start",
            f"  %vectors = sdiv i64 %lanes, {self.width}",
            *[f"  call void @steady_{i}(ptr %shared, ptr %own, i64 %vectors)" for i in range(len(self.steady))],
            "  br label %block",
            "block:",
            "  %first = phi i64 [ %start, %steady ], [ %j, %tiles ]",
            f"  %before = phi i64 [ 0, %steady ], [ %worse_{count}, %tiles ]",
            "  %going = icmp slt i64 %first, %stop",
            "  br i1 %going, label %vector, label %done",
            "vector:",
            "  %i = phi i64 [ %first, %block ], [ %j, %vector ]",
            "  %n = phi i64 [ 0, %block ], [ %m, %vector ]",
            "  %now = phi ptr [ %kept, %block ], [ %then, %vector ]",
            f"  %worse_0 = phi i64 [ %before, %block ], [ %worse_{count}, %vector ]",
        ]
        for i in range(count):
            lines.append(f"  %now_{i} = call i64 @piece_{i}(ptr @constants, ptr %shared, {GIVEN})")
            lines.append(f"  %worse_{i + 1} = or i64 %worse_{i}, %now_{i}")
        lines += [
            f"  %j = add i64 %i, {self.width}",
            "  %m = add i64 %n, 1",
            f"  %then = getelementptr {v}, ptr %now, i64 1",
            f"  %room = icmp slt i64 %m, {self.block}",
            "  %left = icmp slt i64 %j, %stop",
            "  %again = and i1 %room, %left",
            "  br i1 %again, label %vector, label %tiles",
            "tiles:",
        ]
        given = "ptr %shared, ptr %columns, ptr %own, ptr %kept, i64 %first, i64 %m"
        lines += [f"  call void @tile_{i}({given})" for i in range(len(self.tiles))]
        lines += ["  br label %block", "done:", "  ret i64 %before", "}"]
        given = "ptr %shared, ptr %columns, i64 %start, i64 %stop, ptr %outputs, ptr %missed, ptr %scratch"
        self.functions.append("\n".join([f"define i64 @kernel({given}) nounwind {{", "entry:", *lines]))
        self._few(sums)

    def _few(self, sums: int) -> None:
        """Write @few, which adds the sums of lanes 0 to count up, lane by lane in their order, into an array.

        `whole` is count rounded down to whole vectors.
        """
        v, whole = f"<{self.width} x double>", f"<{self.width} x i64>"
        places = ", ".join(f"i64 {lane}" for lane in range(self.width))
        joined = f"@llvm.vector.reduce.fadd.v{self.width}f64"
        self.declared[joined] = f"declare double {joined}(double, {v})"
        add = [
            f"  %limits = insertelement {whole} poison, i64 %lanes, i64 0",
            f"  %limit = shufflevector {whole} %limits, {whole} poison, <{self.width} x i32> zeroinitializer",
            f"  %there = icmp slt {whole} <{places}>, %limit",
            "  br label %loop",
            "loop:",
            "  %c = phi i64 [ 0, %entry ], [ %d, %one ]",
            f"  %more = icmp slt i64 %c, {sums}",
            "  br i1 %more, label %one, label %done",
            "one:",
            f"  %from = getelementptr {v}, ptr %own, i64 %c",
            f"  %all = load {v}, ptr %from, align 64",
            f"  %kept = select <{self.width} x i1> %there, {v} %all, {v} zeroinitializer",
            "  %at = getelementptr double, ptr %into, i64 %c",
            "  %loaded = load double, ptr %at",
            "  %before = select i1 %first, double 0.0, double %loaded",
            f"  %total = call double {joined}(double %before, {v} %kept)",
            "  store double %total, ptr %at",
            "  %d = add i64 %c, 1",
            "  br label %loop",
            "done:",
            "  ret void",
            "}",
        ]
        self.functions.append(
            "\n".join(
                ["define internal void @totals(ptr %own, ptr %into, i64 %lanes, i1 %first) nounwind {", "entry:", *add]
            )
        )
        run = "call i64 @kernel(ptr %shared, ptr %columns, i64 {}, i64 {}, ptr null, ptr null, ptr %scratch)"
        lines = [
            f"  %own = getelementptr {v}, ptr %scratch, i64 {self.crossings}",
            f"  %first = {run.format(0, '%whole')}",
            f"  call void @totals(ptr %own, ptr %into, i64 {self.width}, i1 true)",
            "  %rest = sub i64 %count, %whole",
            "  %some = icmp sgt i64 %rest, 0",
            "  br i1 %some, label %tail, label %done",
            "tail:",
            f"  %last = {run.format('%whole', '%count')}",
            "  call void @totals(ptr %own, ptr %into, i64 %rest, i1 false)",
            "  br label %done",
            "done:",
            "  ret void",
            "}",
        ]
        given = "ptr %shared, ptr %columns, i64 %whole, i64 %count, ptr %into, ptr %scratch"
        self.functions.append("\n".join([f"define void @few({given}) nounwind {{", "entry:", *lines]))

    def text(self) -> str:
        """Return the whole module.

        Functions outside of it are called through pointers: they may be anywhere, and a call reaches only 2 GiB far.
        """
        calls = []
        for name, n in sorted(self.calls):
            calls.append(f"declare double @one_{name}_{n}({', '.join(['double'] * n)})")
            calls.append(f"@at_{name}_{n} = internal global ptr @one_{name}_{n}")
            emitter, xs = Emitter(self.width, self.wide), [f"%x{i}" for i in range(n)]
            if self.width > 1:
                head = f"internal {emitter.vector} @each_{name}_{n}({', '.join(f'{emitter.vector} {x}' for x in xs)})"
                self._close(emitter, head, f"  ret {emitter.vector} {emitter.each(name, xs)}", plain=True)
        numbers = f"[{len(self.constants)} x double] [{', '.join(f'double {x}' for x in self.constants)}]"
        known = f"@constants = internal constant {numbers}"
        vectors = f'"prefer-vector-width"="512" "min-legal-vector-width"="{64 * self.width}"'
        attributes = f"attributes #0 = {{ nounwind {vectors} }}"
        return "\n".join([*self.declared.values(), *calls, known, *self.functions, attributes, ""])
