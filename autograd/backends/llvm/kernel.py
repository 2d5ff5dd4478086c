"""The native backend: vectors of lanes, threads without the interpreter's lock, compiled code kept on disk.

A program is lowered, written as LLVM's assembly and compiled for this machine. Products of rules are computed twice at
worst: first as plain fused products, and again with the careful zero (0 * inf = 0 for adjoints) for a chunk of lanes
where that gave a result that is not finite.
"""

import ctypes
import math
import os
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any

import numpy as np

from autograd.backends import Array, Sums, warn_of_python
from autograd.backends.blocks import Unplanned
from autograd.backends.forks import ForkableLock
from autograd.backends.llvm import lane_loops
from autograd.backends.llvm.assembly import source
from autograd.backends.llvm.machine import compiled, host
from autograd.backends.llvm.scalar import scalar
from autograd.backends.llvm.workers import Call, worker, working
from autograd.program import loops
from autograd.program.files import fingerprint
from autograd.program.passes import optimized
from autograd.program.program import Program
from autograd.tape.pytree import columns_of

__all__ = ["lanes", "scalar"]

PAYS = 10_000_000  # lanes: by then, optimised code saves about as much time as it takes to make
SHORT = 150  # instructions, up to which two vectors side by side keep the processor busier than one
SUMMED = 20_000  # steps, up to which sums over lanes are quicker in registers, in tiles, than loops are
CHUNK = 2048  # lanes that are summed together, so that a sum does not depend on who computes which chunk
LONG = 32_768  # lanes that are run together where none are summed
THREADS = 0  # at most; 0 for as many as VALUEGRAD_THREADS says, or as there are cores
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 3)
Native = Callable[..., int]  # compiled code
FEW = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 2)


def _threads() -> int:
    text = os.environ.get("VALUEGRAD_THREADS") or str(os.cpu_count() or 1)
    if not (text.isdecimal() and int(text)):
        raise ValueError(f"VALUEGRAD_THREADS is {text!r}; use a whole number from 1 on")
    return int(text)


def lanes(
    program: Program,
    varying: Sequence[bool],
    joined: Sequence[bool],
    kind: Sums | None = None,
    at_once: bool = False,
    threads: int = 0,
) -> "Kernel":
    """Return a function as `numpy_lanes.lanes` does, compiled for this machine.

    It is compiled quickly first, and optimised when that pays, or at once; the results are the same to the bit. 0
    threads are as many as there are cores.
    """
    return Kernel(program, varying, joined, kind, 0 if at_once else PAYS, threads)


class Kernel:
    """A program compiled for lanes."""

    program: Program
    kind: Sums | None
    threads: int
    varying: list[bool]
    joined: list[bool]

    def __init__(
        self,
        program: Program,
        varying: Sequence[bool],
        joined: Sequence[bool],
        kind: Sums | None,
        left: int,
        threads: int,
    ) -> None:
        self.program, self.kind, self.threads = program, kind, threads
        self.left: int = left  # lanes to be run before the code is optimised
        self.varying, self.joined = list(varying), list(joined)
        self.sums: int = sum(self.joined)
        self.width: Any = 0
        self.loops: Program | None = self._shorter() if kind is None else None
        known = fingerprint(self.loops or program)
        self.key: str = f"{known} {kind} {self.varying} {self.joined}" if known else ""
        self.calls: dict[bool, Native] = {}
        self.few: dict[bool, Native] = {}
        self.results: list[Array] = []
        self.engines: list[Any] = []  # whose code lives as long as they do
        self.lock: ForkableLock = ForkableLock()
        self.pack: Callable[..., None] = struct.Struct(
            f"{self.varying.count(False)}d"
        ).pack_into  # faster than assigning to an array
        self.free: dict[bool, list[Any]] = {True: [], False: []}  # buffers for few lanes, one for each thread
        self.about: dict[bool, dict[str, Any]] = {}
        self.python: list[str] = []  # rows whose values Python is asked for

    def function(self, fast: bool) -> Native:
        """Return the compiled function, fast or careful."""
        return self.calls.get(fast) or self._compiled(fast)

    def _compiled(self, fast: bool) -> Native:
        with self.lock.own():
            found = self.calls.get(fast)
            if found is None:
                quick = self.left > 0 and self.program.size < loops.LONG  # loops are short, and run long
                engine, about = compiled(lambda: self._source(fast), self.key and f"{self.key} {fast}", quick)
                self.width = about["width"]
                if not about["quick"]:  # optimised code was on the disk
                    self.left = 0
                addresses = engine.address
                self.engines.append(engine)
                self.about[fast] = about
                self.few[fast], found = FEW(addresses("few")), SIGNATURE(addresses("kernel"))
                if not self.python:
                    self.python = about["python"]
                    warn_of_python(self.python)
                self.calls[fast] = found
        return found

    @cached_property
    def recorded(self) -> Program:
        """The program of the kind, before all passes."""
        return self.program if self.kind is None else self.kind.derived(self.program)

    def _shorter(self) -> Program | None:
        """Return the program with its loops, if it is long and they are worth having."""
        least = max(loops.LONG, SUMMED) if self.sums else loops.LONG
        return loops.shorter(self.recorded) if self.recorded.size >= least else None

    @cached_property
    def derived(self) -> Program:
        """The program of the kind, after all passes."""
        return optimized(self.recorded, raising=False)

    def _source(self, fast: bool) -> tuple[str, dict[str, Any]]:
        width, wide = host()[:2]
        short = self.loops or self._shorter()
        if short is not None:
            with suppress(Unplanned):
                text, about = lane_loops.source(short, self.varying, self.joined, fast, width, wide)
                return text, about | {"width": width}
        if wide and not self.sums and len(self.derived.steps) <= SHORT:
            width *= 2
        text, about = source(self.derived, self.varying, self.joined, fast, width, wide)
        return text, about | {"width": width}

    def _count(self, lanes: int) -> None:
        """Count lanes that are to be run; where optimised code pays from now on, let go of the other."""
        if self.left > 0:
            with self.lock.own():
                self.left -= lanes
                if self.left <= 0 and self.about.get(True, {}).get("tiers"):
                    self.calls.clear()

    def __call__(
        self, numbers: Sequence[float], columns: Sequence[Array], count: int
    ) -> tuple[list[Any], Array | None]:
        """Return (outputs, missed)."""
        self._count(count)
        if count <= CHUNK and self.plain():
            return self._few(True, numbers, columns, count).tolist(), None
        totals, outputs, missed = self._run(numbers, columns, count)
        summed, singles = iter(totals.tolist()), iter(outputs)
        found = [next(summed) if j else next(singles)[:count] for j in self.joined]
        return found, missed[:count] if len(missed) > 1 and missed[:count].any() else None

    def _run(self, numbers: Sequence[float], columns: Sequence[Array], count: int) -> tuple[Array, Array, Array]:
        """Return (all sums, arrays of what is not summed, which guard each lane missed), arrays with room to spare."""
        self.function(True)
        run = _Run(self, numbers, columns, count)
        workers = min(self.threads or THREADS or _threads(), run.chunks) if run.size > 200_000 else 1
        if workers == 1 or working():
            run.work(0, 1)
        else:
            under_way: list[Call] = []
            try:
                for i in range(workers):
                    call = Call(partial(run.work, i, workers))
                    worker(f"lanes {i}").queue.put(call)
                    under_way.append(call)
                for call in under_way:
                    call.result()
            finally:
                run.stopped = True
                for call in under_way:
                    call.wait()
        totals = run.sums[0] if run.chunks == 1 else np.cumsum(run.sums, axis=0)[-1]
        return totals, run.outputs, run.missed

    def results_for(self, rows: int, columns: int) -> Array:
        """Return an array for results: one of the last two, if nobody holds any part of it.

        Large new memory takes longer to get from the system than to fill.
        """
        columns = -(-columns // 8) * 8
        with self.lock.own():
            for known in self.results:  # whose memory only they refer to, and getrefcount's own argument
                if known.shape == (rows, columns) and sys.getrefcount(known.base) == 2:
                    return known[:]
            made = _aligned(rows, columns)
            if made.nbytes > 1_000_000:
                self.results = [*self.results[-1:], made]
            return made[:]

    def memory(self, fast: bool, numbers: Sequence[float]) -> tuple[Array, Array, Array]:
        """Return (what lanes share, scratch, the sums of each lane within it) for one thread and one of the functions.

        The careful function keeps more than the fast one.
        """
        about, width = self.about[fast], self.width
        shared = np.zeros(len(numbers) + about["buffer"] + 1)
        shared[: len(numbers)] = numbers
        scratch = _aligned(1, (about["scratch"] + self.sums + about["kept"] + 1) * width)[0]
        return shared, scratch, scratch[about["scratch"] * width :][: self.sums * width].reshape(self.sums, width)

    def plain(self) -> bool:
        """Return whether this is nothing but sums over all lanes."""
        self.function(True)
        return all(self.joined) and not self.about[True]["guards"]

    def packed(self, numbers: Array, columns: Sequence[Array]) -> Array | None:
        """Return the sums as an array, of arrays that have lanes as their first axis; None if there are guards."""
        count = len(columns[0])
        if not self.plain():
            return None
        self._count(count)
        if 0 < count <= CHUNK:
            return self._few(True, numbers, columns, count)
        return self._run(numbers, columns_of(columns), count)[0]

    def _few(self, fast: bool, numbers: Sequence[float], columns: Sequence[Array], count: int) -> Array:
        """Return the sums over one chunk of lanes, for which the time to make arrays would count."""
        self.function(fast)
        about = self.about[fast]
        try:
            data, rows, total, arguments = self.free[fast].pop()
        except IndexError:
            data, scratch, _ = self.memory(fast, numbers)
            inputs = _aligned(max(self.varying.count(True), 1), CHUNK + self.width)
            inputs[:] = 1.0
            starts = (_address(inputs) + inputs.strides[0] * np.arange(len(inputs))).astype(np.uintp)
            rows, total, kept = inputs, np.empty(self.sums), (scratch, starts)
            arguments = (*map(_address, (data, starts, total, scratch)), kept)
        if isinstance(numbers, np.ndarray):
            data[: len(numbers)] = numbers
        else:
            self.pack(data, 0, *numbers)
        at = 0
        for column in columns:
            if column.ndim == 1:
                rows[at, :count] = column
                at += 1
            else:
                own = column.reshape(count, -1).T
                rows[at : at + len(own), :count] = own
                at += len(own)
        shared, places, into, scratch, _ = arguments
        self.few[fast](shared, places, count - count % self.width, count, into, scratch)
        found = total.copy()
        self.free[fast].append((data, rows, total, arguments))
        if fast and about["products"] and not math.isfinite(found.sum()):
            return self._few(False, numbers, columns, count)
        return found


class _Run:
    """One run over lanes, in chunks that threads share out; all memory that it uses lives as long as it does."""

    def __init__(self, kernel: Kernel, numbers: Sequence[float], columns: Sequence[Array], count: int) -> None:
        self.kernel, self.numbers, self.columns, self.count = kernel, numbers, columns, count
        about, width = kernel.about[True], kernel.width
        self.careful = about["products"]  # whether there is anything to be done again where a result is not finite
        self.room = -(-max(count, 1) // width) * width
        self.edge = self.room - width if self.room != count else self.room  # from here on in a padded copy
        self.size = about["size"] * self.room
        singles = max(kernel.joined.count(False), 1)
        self.outputs = kernel.results_for(singles, self.room)
        self.missed = np.zeros(self.room if about["guards"] else 1, dtype=np.int32)
        base, step = _address(self.outputs), self.outputs.strides[0]
        self.into = np.array([base + i * step for i in range(singles)], dtype=np.uintp)
        self.places = np.array([_address(c) for c in columns] or [0], dtype=np.uintp)
        self.to = _address(self.into), _address(self.missed)
        if self.edge != self.room:
            self._pad(width)
        self.chunk = CHUNK if kernel.sums else LONG
        self.chunks = -(-self.room // self.chunk)
        self.sums = np.zeros((self.chunks, kernel.sums))
        self.stopped = False

    def _pad(self, width: int) -> None:
        """Copy the lanes of the last vector, and fill it."""
        edge, count = self.edge, self.count
        self.padded = np.empty((max(len(self.columns), 1), width))
        for row, column in zip(self.padded, self.columns, strict=False):
            row[: count - edge] = column[edge:count]
            row[count - edge :] = column[count - 1] if count else 1.0
        starts = _address(self.padded) - 8 * edge + 8 * width * np.arange(len(self.padded))
        self.moved = starts.astype(np.uintp)

    def work(self, first: int, step: int) -> None:
        """Run every so many chunks, with plain products first, and with careful ones where these gave no number."""
        memories: dict[bool, _Memory] = {}
        for chunk in range(first, self.chunks, step):
            if self.stopped:
                return
            for fast in (True, False):
                call = self.kernel.function(fast)
                if fast not in memories:
                    memories[fast] = _Memory(*self.kernel.memory(fast, self.numbers))
                bad = self._chunk(call, memories[fast], chunk)
                if not self.careful or (not bad and np.isfinite(self.sums[chunk]).all()):
                    break

    def _chunk(self, call: Native, memory: "_Memory", chunk: int) -> int:
        """Run one chunk of lanes, and return whether a result is not finite."""
        start, stop = chunk * self.chunk, min((chunk + 1) * self.chunk, self.room)
        bad, total = 0, self.sums[chunk]
        total[:] = 0.0
        if min(stop, self.edge) > start:
            bad = call(memory.own, _address(self.places), start, min(stop, self.edge), *self.to, memory.there)
            if self.kernel.sums:
                total += memory.lanes.sum(axis=1)
        if stop > self.edge:
            bad |= call(memory.own, _address(self.moved), self.edge, stop, *self.to, memory.there)
            if self.kernel.sums:
                total += memory.lanes[:, : self.count - self.edge].sum(axis=1)
        return bad


class _Memory:
    """What one thread computes in: the numbers that lanes share, scratch, and the sums of each lane within it."""

    def __init__(self, shared: Array, scratch: Array, lanes: Array) -> None:
        self.shared, self.scratch, self.lanes = shared, scratch, lanes
        self.own, self.there = _address(shared), _address(scratch)


def _address(x: Array) -> int:
    """Return where an array is in memory; NumPy's own answer takes several times as long."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(x))
    except (TypeError, ValueError):  # it cannot be written to, or is empty
        return x.ctypes.data  # type: ignore[no-any-return]


def _aligned(rows: int, columns: int) -> Array:
    """Return an array of floats, each row of which starts where a vector may."""
    columns = -(-columns // 8) * 8
    flat = np.empty(rows * columns + 8)
    start = (-_address(flat) % 64) // 8
    return flat[start : start + rows * columns].reshape(rows, columns)
