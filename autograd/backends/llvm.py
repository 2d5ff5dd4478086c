"""The native backend: vectors of lanes, threads without the interpreter's lock, compiled code kept on disk.

Start at `lanes`. A program is lowered, written as LLVM's assembly (emit.py) and compiled for this machine. The one
surprise: products of rules are computed twice at worst: first as plain fused products, and again with the careful
zero (0 * inf = 0 for adjoints) for the lanes of a chunk where that gave a NaN.
"""

import ctypes
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from autograd.backends.emit import Emitter, crossing, pieces
from autograd.backends.lower import MASKS, Ops, lowered, operands
from autograd.backends.numpy import row_total
from autograd.backends.python import scalar
from autograd.program.files import save
from autograd.program.program import Program

__all__ = ["lanes", "scalar"]

CHUNK = 2048  # lanes that are summed together; a sum does not depend on who computes which chunk
THREADS = os.cpu_count() or 1
LINEAR = {"add", "sub", "mul", "product", "sum", "neg", "muladd", "fma"}  # NaN in, NaN out
LIBM = {
    "pow",
    "cbrt",
    "exp2",
    "log2",
    "log10",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "acosh",
    "atanh",
}
LIBM |= {"atan2", "sin", "cos"}
NATIVES = frozenset(["sqrt"])
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 4)
_kept: list[Any] = []  # engines and callbacks, alive as long as their code may run


@cache
def _machine() -> tuple[Any, int, bool, str]:
    """Return (target machine, lanes in a vector, whether there is AVX-512, a text that identifies the target)."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
    flags = features.flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=flags, opt=2, codemodel="small", reloc="pic", jit=True
    )
    wide = bool(features.get("avx512f"))
    width = int(os.environ.get("W", "8")) if wide else 4 if features.get("avx") else 2
    text = f"{llvmlite.__version__} {sys.platform} {machine.triple} {cpu} {flags}"
    return machine, width, wide, text


def _folder() -> Path | None:
    """Return where compiled code is kept; None if VALUEGRAD_CACHE is set and empty."""
    chosen = os.environ.get("VALUEGRAD_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valuegrad"


@cache
def _version() -> str:
    """Return a text that changes with the code that writes code, or that rows compute with."""
    here = Path(__file__).parent
    names = [*here.glob("*.py"), *here.parent.glob("*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(names))).hexdigest()


def _callable(name: str, count: int) -> int:
    """Return the address of a function of doubles: libm's, or a row's own value in Python."""
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)
    if name in LIBM:
        return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0
    function = kind(row_total(name))
    _kept.append(function)
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def compiled(text: Callable[[], tuple[str, Any]], key: str) -> tuple[int, Any]:
    """Return (the address of @kernel, what else `text` returned), from disk if it was compiled before."""
    machine, _, _, target = _machine()
    digest = hashlib.sha256(f"{_version()} {target} {key}".encode()).hexdigest()
    folder = _folder()
    path = folder / f"{digest}.bin" if folder is not None else None
    code = None
    if path is not None and path.exists():
        head, _, code = path.read_bytes().partition(b"\n")
        about = json.loads(head)
        if about.pop("sha256") != hashlib.sha256(code).hexdigest():
            code = None  # damaged
    if code is None:
        source, about = text()
        module = llvm.parse_assembly(source)
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        code = machine.emit_object(module)
        if path is not None:
            _store(path, json.dumps(about | {"sha256": hashlib.sha256(code).hexdigest()}).encode() + b"\n" + code)
    for name, count in about["calls"]:
        llvm.add_symbol(f"one_{name}", _callable(name, count))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _kept.append(engine)
    return engine.get_function_address("kernel"), about


def _store(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a cache that cannot be written to is no cache."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        pass


def lanes(
    program: Program, varying: Sequence[bool], joined: Sequence[bool], threads: int = THREADS
) -> Callable[..., Any]:
    """Return a function as `numpy.lanes` does, compiled for this machine."""
    return Kernel(program, varying, joined, threads).run


class Kernel:
    """A program compiled for lanes."""

    def __init__(self, program: Program, varying: Sequence[bool], joined: Sequence[bool], threads: int) -> None:
        self.program, self.varying, self.joined, self.threads = program, list(varying), list(joined), threads
        self.sums = sum(self.joined)
        self.width = _machine()[1]
        self.calls: dict[bool, Any] = {}
        self.about: Any = {}
        self.prepared: Any = None

    def function(self, fast: bool) -> Any:
        """Return the compiled function, fast or careful."""
        if fast not in self.calls:
            key = f"{save(self.program)} {self.varying} {self.joined} {fast}"
            address, about = compiled(lambda: source(self.program, self.varying, self.joined, fast), key)
            self.calls[fast] = SIGNATURE(address)
            self.about = about
        return self.calls[fast]

    def run(self, numbers: Sequence[float], columns: Sequence[Any], count: int) -> tuple[list[Any], Any]:
        """Return (outputs, missed)."""
        width = self.width
        fast = self.function(True)
        about = self.about
        shared = np.zeros(max(len(numbers) + about["buffer"], 1))
        shared[: len(numbers)] = numbers
        room = -(-max(count, 1) // width) * width
        each = self.joined.count(False)
        outputs = _aligned(max(each, 1), room)
        missed = np.zeros(room if about["guards"] else width, dtype=np.int32)
        ragged = room != count
        if ragged:
            edge = room - width
            ends = [np.concatenate([c[edge:count], np.repeat(c[count - 1 : count], room - count)]) for c in columns]
        chunks = -(-room // CHUNK)
        sums = np.zeros((chunks, max(self.sums, 1)))
        into = np.array([outputs[i].ctypes.data for i in range(each)] or [0], dtype=np.uintp)
        places = np.array([c.ctypes.data for c in columns] or [0], dtype=np.uintp)
        scratch_size = (about["scratch"] + self.sums + 1) * width

        def work(first: int) -> None:
            scratch = np.empty(scratch_size + width)
            at = scratch.ctypes.data
            at += -at % 64
            for chunk in range(first, chunks, workers):
                start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, room)
                whole = stop if not ragged or stop < room else edge
                total = sums[chunk].ctypes.data
                for careful in (False, True):
                    call = self.function(not careful)
                    sums[chunk] = 0.0
                    bad = 0
                    if whole > start:
                        bad = call(
                            shared.ctypes.data,
                            places.ctypes.data,
                            start,
                            whole,
                            into.ctypes.data,
                            total,
                            missed.ctypes.data,
                            at,
                        )
                    if whole < stop:
                        moved = np.array([e.ctypes.data - edge * 8 for e in ends] or [0], dtype=np.uintp)
                        bad |= self._edge(call, shared, moved, edge, count, into, total, missed, at)
                    if not bad or not self.about["products"]:
                        break

        workers = min(self.threads, chunks) if chunks * about["size"] > 2000 else 1
        if workers > 1:
            list(_pool(workers).map(work, range(workers)))
        else:
            work(0)
        totals = iter(np.cumsum(sums, axis=0)[-1].tolist() if self.sums else [])
        singles = iter(outputs)
        found = [next(totals) if j else next(singles)[:count] for j in self.joined]
        return found, missed[:count] if about["guards"] and missed[:count].any() else None

    @staticmethod
    def _edge(
        call: Any, shared: Any, moved: Any, edge: int, count: int, into: Any, total: int, missed: Any, at: int
    ) -> int:
        return int(
            call(shared.ctypes.data, moved.ctypes.data, edge, count, into.ctypes.data, total, missed.ctypes.data, at)
        )


def _aligned(rows: int, columns: int) -> Any:
    """Return an array of floats, each row of which starts where a vector may."""
    columns = -(-columns // 8) * 8
    flat = np.empty(rows * columns + 8)
    start = (-flat.ctypes.data % 64) // 8
    return flat[start : start + rows * columns].reshape(rows, columns)


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="valuegrad")


def source(program: Program, varying: Sequence[bool], joined: Sequence[bool], fast: bool) -> tuple[str, Any]:
    """Return (LLVM assembly of @kernel, what the caller must know about it).

    kernel(shared, columns, start, stop, outputs, sums, missed, scratch) runs lanes start to stop in steps of a vector,
    and returns whether a product that should be careful gave a NaN. `shared` holds the numbers of the other inputs,
    then room for what is computed of them alone.
    """
    _, width, wide, _ = _machine()
    ops, outputs, guards = lowered(program, NATIVES, fast)
    if fast and not _linear(ops, outputs, guards):
        ops, outputs, guards = lowered(program, NATIVES)
    codes = ops.code
    vary = []
    for code in codes:
        vary.append(varying[code[1]] if code[0] == "input" else any(vary[k] for k in operands(code)))
    numbers = sum(not v for v in varying)
    writer = _Writer(codes, vary, varying, numbers, width, wide)
    writer.shared([k for k, v in enumerate(vary) if not v])
    body = [k for k, v in enumerate(vary) if v and codes[k][0] != "input"]
    writer.body(body, outputs, guards, joined)
    about = {
        "buffer": len(writer.slots),
        "scratch": writer.crossings,
        "guards": len(guards),
        "products": any(code[0] == "product" for code in codes),
        "size": len(body),
        "calls": sorted(writer.calls),
    }
    return writer.text(), about


def _linear(ops: Ops, outputs: Sequence[int], guards: Sequence[int]) -> bool:
    """Return whether a NaN of any fused product or sum reaches an output: nothing else uses what comes of them."""
    tainted: set[int] = set()
    for place, code in enumerate(ops.code):
        if code[0] == "product" or any(k in tainted for k in operands(code)):
            if code[0] not in LINEAR and not (code[0] == "div" and code[2] not in tainted):
                return False
            tainted.add(place)
    return not tainted & set(guards)


class _Writer:
    """Writes the functions of a kernel."""

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
        self.crossings = 0

    def _close(self, emitter: Emitter, head: str, tail: str) -> None:
        attributes = f'nounwind "prefer-vector-width"="512" "min-legal-vector-width"="{64 * self.width}"'
        self.functions.append("\n".join([f"define {head} {attributes} {{", "entry:", *emitter.lines, tail, "}"]))
        self.declared |= emitter.declared
        self.calls |= emitter.calls

    def shared(self, chosen: Sequence[int]) -> None:
        """Write the functions that compute what is the same in all lanes."""
        work = [k for k in chosen if self.codes[k][0] not in ("input", "constant")]
        for k in work:
            self.slots[k] = self.numbers + len(self.slots)
        self.uniform = pieces(self.codes, work) if work else []
        for i, part in enumerate(self.uniform):
            emitter = Emitter(1, False)
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
            self._close(emitter, f"internal void @uniform_{i}(ptr noalias %shared)", "  ret void")

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
        """Write the functions for a vector of lanes, and the kernel that loops over them."""
        parts = pieces(self.codes, chosen)
        home = crossing(self.codes, parts, [])
        ends = [k for k in (*outputs, *guards) if self.vary[k] and self.codes[k][0] != "input"]
        last = len(parts) - 1
        inside = set(parts[last])
        home |= {
            k: place
            for place, k in enumerate(
                dict.fromkeys(k for k in ends if k not in inside and k not in home),
                len(home) and max(home.values()) + 1,
            )
        }
        if any(k in home for k in ends):  # what the last piece needs must not be written over
            home = {k: i for i, k in enumerate(home)}
        self.crossings = max(home.values(), default=-1) + 1
        arguments = "ptr noalias %shared, ptr %columns, i64 %i, i64 %stop, ptr %outputs, ptr %missed, ptr %scratch"
        for number, part in enumerate(parts):
            emitter = Emitter(self.width, self.wide)
            known: dict[int, str] = {}
            mine = set(part)

            def name(k: int, emitter: Emitter = emitter, known: dict[int, str] = known) -> str:
                if k in known:
                    return known[k]
                if not self.vary[k]:
                    return self._uniform(emitter, known, k)
                if self.codes[k][0] == "input":
                    at = emitter.new(f"getelementptr ptr, ptr %columns, i64 {self.inputs[self.codes[k][1]]}")
                    column = emitter.new(f"load ptr, ptr {at}")
                    at = emitter.new(f"getelementptr double, ptr {column}, i64 %i")
                    known[k] = emitter.new(f"load {emitter.vector}, ptr {at}, align 8")
                    return known[k]
                at = emitter.new(f"getelementptr {emitter.vector}, ptr %scratch, i64 {home[k]}")
                known[k] = emitter.new(f"load {emitter.vector}, ptr {at}, align 64")
                if self.codes[k][0] in MASKS:
                    known[k] = emitter.new(f"fcmp une {emitter.vector} {known[k]}, {emitter.constant(0.0)}")
                return known[k]

            for k in part:
                known[k] = emitter.emit(self.codes[k], [name(j) for j in operands(self.codes[k])])
                if k in home:
                    value = known[k]
                    if self.codes[k][0] in MASKS:
                        value = emitter.new(f"uitofp {emitter.mask} {value} to {emitter.vector}")
                    at = emitter.new(f"getelementptr {emitter.vector}, ptr %scratch, i64 {home[k]}")
                    emitter.lines.append(f"  store {emitter.vector} {value}, ptr {at}, align 64")
            assert mine is not None
            if number == last:
                tail = self._ends(emitter, name, outputs, guards, joined)
                self._close(emitter, f"internal i64 @piece_{number}({arguments})", f"  ret i64 {tail}")
            else:
                self._close(emitter, f"internal void @piece_{number}({arguments})", "  ret void")
        self._kernel(len(parts), joined)

    def _ends(
        self, emitter: Emitter, name: Any, outputs: Sequence[int], guards: Sequence[int], joined: Sequence[bool]
    ) -> str:
        """Write what happens to results: stores, sums, which guard failed; return whether there is a NaN."""
        v, mask, w = emitter.vector, emitter.mask, self.width
        lane = "<" + ", ".join(f"i64 {i}" for i in range(w)) + ">"
        first = emitter.new(f"insertelement <{w} x i64> poison, i64 %i, i64 0")
        first = emitter.new(f"shufflevector <{w} x i64> {first}, <{w} x i64> poison, <{w} x i32> zeroinitializer")
        here = emitter.new(f"add <{w} x i64> {first}, {lane}")
        stop = emitter.new(f"insertelement <{w} x i64> poison, i64 %stop, i64 0")
        stop = emitter.new(f"shufflevector <{w} x i64> {stop}, <{w} x i64> poison, <{w} x i32> zeroinitializer")
        valid = emitter.new(f"icmp slt <{w} x i64> {here}, {stop}")
        if guards:
            code = emitter.splat("i32 0")
            for place in reversed(range(len(guards))):
                code = emitter.new(
                    f"select {mask} {name(guards[place])}, <{w} x i32> {code}, <{w} x i32> {emitter.splat(f'i32 {place + 1}')}"
                )
            at = emitter.new("getelementptr i32, ptr %missed, i64 %i")
            emitter.lines.append(f"  store <{w} x i32> {code}, ptr {at}, align 4")
            passed = emitter.new(f"icmp eq <{w} x i32> {code}, {emitter.splat('i32 0')}")
            valid = emitter.new(f"and {mask} {valid}, {passed}")
        none = emitter.splat("i1 false")
        singles = sums = 0
        for k, join in zip(outputs, joined, strict=True):
            value = emitter.new(
                f"fadd {v} {name(k)}, {emitter.constant(0.0 if self.codes[k][0] in ('product', 'sum') else -0.0)}"
            )
            lost = emitter.new(f"fsub {v} {value}, {value}")  # NaN for NaN and for infinity
            none = emitter.new(f"or {mask} {none}, {emitter.new(f'fcmp uno {v} {lost}, {lost}')}")
            if join:
                at = emitter.new(f"getelementptr {v}, ptr %scratch, i64 {self.crossings + sums}")
                kept = emitter.new(f"select {mask} {valid}, {v} {value}, {v} {emitter.constant(0.0)}")
                before = emitter.new(f"load {v}, ptr {at}, align 64")
                emitter.lines.append(f"  store {v} {emitter.new(f'fadd {v} {before}, {kept}')}, ptr {at}, align 64")
                sums += 1
            else:
                at = emitter.new(f"getelementptr ptr, ptr %outputs, i64 {singles}")
                column = emitter.new(f"load ptr, ptr {at}")
                at = emitter.new(f"getelementptr double, ptr {column}, i64 %i")
                emitter.lines.append(f"  store {v} {value}, ptr {at}, align 64")
                singles += 1
        found = emitter.new(f"bitcast {mask} {none} to i{w}")
        return emitter.new(f"zext i{w} {found} to i64")

    def _kernel(self, count: int, joined: Sequence[bool]) -> None:
        v, sums = f"<{self.width} x double>", sum(joined)
        uniform = [f"  call void @uniform_{i}(ptr %shared)" for i in range(len(self.uniform))]
        given = "ptr %shared, ptr %columns, i64 %i, i64 %stop, ptr %outputs, ptr %missed, ptr %scratch"
        calls = [f"  call void @piece_{i}({given})" for i in range(count - 1)]
        adding = f"@llvm.vector.reduce.fadd.v{self.width}f64"
        if sums:
            self.declared[adding] = f"declare double {adding}(double, {v})"
        self.functions.append(
            "\n".join(
                [
                    "define i64 @kernel(ptr %shared, ptr %columns, i64 %start, i64 %stop, ptr %outputs, ptr %sums, "
                    "ptr %missed, ptr %scratch) nounwind {",
                    "entry:",
                    *uniform,
                    f"  %own = getelementptr {v}, ptr %scratch, i64 {self.crossings}",
                    "  br label %clear",
                    "clear:",
                    "  %c = phi i64 [ 0, %entry ], [ %d, %next ]",
                    f"  %more = icmp slt i64 %c, {sums}",
                    "  br i1 %more, label %next, label %loop",
                    "next:",
                    f"  %zero = getelementptr {v}, ptr %own, i64 %c",
                    f"  store {v} zeroinitializer, ptr %zero, align 64",
                    "  %d = add i64 %c, 1",
                    "  br label %clear",
                    "loop:",
                    "  %i = phi i64 [ %start, %clear ], [ %j, %block ]",
                    "  %bad = phi i64 [ 0, %clear ], [ %worse, %block ]",
                    "  %going = icmp slt i64 %i, %stop",
                    "  br i1 %going, label %block, label %reduce",
                    "block:",
                    *calls,
                    f"  %now = call i64 @piece_{count - 1}({given})",
                    "  %worse = or i64 %bad, %now",
                    f"  %j = add i64 %i, {self.width}",
                    "  br label %loop",
                    "reduce:",
                    "  %r = phi i64 [ 0, %loop ], [ %s, %add ]",
                    f"  %left = icmp slt i64 %r, {sums}",
                    "  br i1 %left, label %add, label %done",
                    "add:",
                    *(
                        [
                            f"  %from = getelementptr {v}, ptr %own, i64 %r",
                            f"  %vector = load {v}, ptr %from, align 64",
                            "  %to = getelementptr double, ptr %sums, i64 %r",
                            "  %old = load double, ptr %to",
                            f"  %new = call double {adding}(double %old, {v} %vector)",
                            "  store double %new, ptr %to",
                        ]
                        if sums
                        else []
                    ),
                    "  %s = add i64 %r, 1",
                    "  br label %reduce",
                    "done:",
                    "  ret i64 %bad",
                    "}",
                ]
            )
        )

    def text(self) -> str:
        """Return the whole module."""
        calls = [f"declare double @one_{name}({', '.join(['double'] * n)})" for name, n in sorted(self.calls)]
        return "\n".join([*self.declared.values(), *calls, *self.functions, ""])
