"""The native backend: vectors of lanes, threads without the interpreter's lock, compiled code kept on disk.

Start at `lanes`. A program is lowered, written as LLVM's assembly (emit.py) and compiled for this machine. The one
surprise: products of rules are computed twice at worst: first as plain fused products, and again with the careful
zero (0 * inf = 0 for adjoints) for a chunk of lanes where that gave a result that is not finite.
"""

import ctypes
import math
import os
import struct
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache, cached_property
from threading import Event, Lock
from typing import Any

import numpy as np

from autograd.backends.llvm.assembly import source
from autograd.backends.llvm.machine import compiled, host
from autograd.backends.llvm.scalar import scalar
from autograd.program.files import fingerprint
from autograd.program.passes import for_lanes
from autograd.program.program import Program
from autograd.tape.pytree import columns_of

__all__ = ["lanes", "scalar"]

PAYS = 10_000_000  # lanes: by then, optimised code saves about as much time as it takes to make
SHORT = 150  # instructions, up to which two vectors side by side keep the processor busier than one
CHUNK = 2048  # lanes that are summed together, so that a sum does not depend on who computes which chunk
LONG = 32_768  # lanes that are run together where none are summed
THREADS = 0  # at most; 0 for as many as VALUEGRAD_THREADS says, or as there are cores
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 3)
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
    kind: Any = None,
    at_once: bool = False,
    threads: int = 0,
) -> Callable[..., Any]:
    """Return a function as `numpy.lanes` does, compiled for this machine.

    It is compiled quickly first, and optimised when that pays, or at once; the results are the same to the bit. 0
    threads are as many as there are cores.
    """
    return Kernel(program, varying, joined, kind, 0 if at_once else PAYS, threads)


class Kernel:
    """A program compiled for lanes."""

    def __init__(
        self, program: Program, varying: Sequence[bool], joined: Sequence[bool], kind: Any, left: int, threads: int
    ) -> None:
        self.program, self.kind, self.threads = program, kind, threads
        self.left = left  # lanes to be run before the code is optimised
        self.varying, self.joined = list(varying), list(joined)
        self.sums = sum(self.joined)
        self.width = 0
        known = fingerprint(program)
        self.key = f"{known} {kind} {self.varying} {self.joined}" if known else ""
        self.calls: dict[bool, Any] = {}
        self.few: dict[bool, Any] = {}
        self.results: list[Any] = []
        self.engines: list[Any] = []  # whose code lives as long as they do
        self.lock = Lock()
        self.pack = struct.Struct(f"{self.varying.count(False)}d").pack_into  # faster than assigning to an array
        self.free: dict[bool, list[Any]] = {True: [], False: []}  # buffers for few lanes, one for each thread
        self.about: dict[bool, Any] = {}

    def function(self, fast: bool) -> Any:
        """Return the compiled function, fast or careful."""
        return self.calls.get(fast) or self._compiled(fast)

    def _compiled(self, fast: bool) -> Any:
        with self.lock:
            found = self.calls.get(fast)
            if found is None:
                engine, about = compiled(lambda: self._source(fast), self.key and f"{self.key} {fast}", self.left > 0)
                self.width = about["width"]
                if not about["quick"]:  # optimised code was on the disk
                    self.left = 0
                addresses = engine.get_function_address
                self.engines.append(engine)
                self.about[fast] = about
                self.few[fast], found = FEW(addresses("few")), SIGNATURE(addresses("kernel"))
                self.calls[fast] = found
        return found

    @cached_property
    def derived(self) -> Program:
        """The program of the kind, after all passes."""
        return for_lanes(self.program, self.kind)

    def _source(self, fast: bool) -> tuple[str, Any]:
        width, wide = host()[:2]
        if wide and not self.sums and len(self.derived.steps) <= SHORT:
            width *= 2
        text, about = source(self.derived, self.varying, self.joined, fast, width, wide)
        return text, about | {"width": width}

    def _count(self, lanes: int) -> None:
        """Count lanes that are to be run; where optimised code pays from now on, let go of the other."""
        if self.left > 0:
            with self.lock:
                self.left -= lanes
                if self.left <= 0 and self.about.get(True, {}).get("tiers"):
                    self.calls.clear()

    def __call__(self, numbers: Sequence[float], columns: Sequence[Any], count: int) -> tuple[list[Any], Any]:
        """Return (outputs, missed)."""
        self._count(count)
        if count <= CHUNK and self.plain():
            return self._few(True, numbers, columns, count).tolist(), None
        totals, outputs, missed = self._run(numbers, columns, count)
        summed, singles = iter(totals.tolist()), iter(outputs)
        found = [next(summed) if j else next(singles)[:count] for j in self.joined]
        return found, missed[:count] if len(missed) > 1 and missed[:count].any() else None

    def _run(self, numbers: Any, columns: Sequence[Any], count: int) -> tuple[Any, Any, Any]:
        """Return (all sums, arrays of what is not summed, which guard each lane missed), arrays with room to spare."""
        self.function(True)
        about, width = self.about[True], self.width
        room = -(-max(count, 1) // width) * width
        edge = room - width if room != count else room  # from here on in a padded copy
        each = self.joined.count(False)
        outputs = self._results(max(each, 1), room)
        missed = np.zeros(room if about["guards"] else 1, dtype=np.int32)
        base, step = _address(outputs), outputs.strides[0]
        into = np.array([base + i * step for i in range(max(each, 1))], dtype=np.uintp)
        places = np.array([_address(c) for c in columns] or [0], dtype=np.uintp)
        to, inputs = (_address(into), _address(missed)), _address(places)
        held = [columns, outputs, missed, into, places]  # as long as a thread runs, whatever becomes of this call
        if edge != room:
            padded = np.empty((max(len(columns), 1), width))
            for row, column in zip(padded, columns, strict=False):
                row[: count - edge] = column[edge:count]
                row[count - edge :] = column[count - 1] if count else 1.0
            moved = (_address(padded) - 8 * edge + 8 * width * np.arange(len(padded))).astype(np.uintp)
            last = _address(moved)
            held += [padded, moved]
        chunk_size = CHUNK if self.sums else LONG
        chunks = -(-room // chunk_size)
        sums = np.zeros((chunks, self.sums))
        workers = min(self.threads or THREADS or _threads(), chunks) if about["size"] * room > 200_000 else 1

        stopped = Event()

        def work(worker: int, held: Any = held) -> None:
            made: dict[bool, Any] = {}
            for chunk in range(worker, chunks, workers):
                if stopped.is_set():
                    return
                start, stop = chunk * chunk_size, min((chunk + 1) * chunk_size, room)
                for fast in (True, False):
                    call, bad, total = self.function(fast), 0, sums[chunk]
                    if fast not in made:
                        *memory, lanes = self._memory(fast, numbers)
                        made[fast] = *memory, lanes, *map(_address, memory)
                    *_, lanes, own, scratch = made[fast]
                    total[:] = 0.0
                    if min(stop, edge) > start:
                        bad = call(own, inputs, start, min(stop, edge), *to, scratch)
                        if self.sums:
                            total += lanes.sum(axis=1)
                    if stop > edge:
                        bad |= call(own, last, edge, stop, *to, scratch)
                        if self.sums:
                            total += lanes[:, : count - edge].sum(axis=1)
                    if not about["products"] or (not bad and np.isfinite(total).all()):
                        break

        if workers == 1:
            work(0)
        else:
            under_way = [_pool(workers).submit(work, worker) for worker in range(workers)]
            try:
                for one in under_way:
                    one.result()
            finally:
                stopped.set()
                wait(under_way)
        return sums[0] if chunks == 1 else np.cumsum(sums, axis=0)[-1], outputs, missed

    def _results(self, rows: int, columns: int) -> Any:
        """Return an array for results: one of the last two, if nobody holds any part of it.

        Large new memory takes longer to get from the system than to fill.
        """
        columns = -(-columns // 8) * 8
        with self.lock:
            for known in self.results:  # whose memory only they refer to, and getrefcount's own argument
                if known.shape == (rows, columns) and sys.getrefcount(known.base) == 2:
                    return known[:]
            made = _aligned(rows, columns)
            if made.nbytes > 1_000_000:
                self.results = [*self.results[-1:], made]
            return made[:]

    def _memory(self, fast: bool, numbers: Sequence[float]) -> tuple[Any, Any, Any]:
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

    def packed(self, numbers: Any, columns: Sequence[Any]) -> Any:
        """Return the sums as an array, of arrays that have lanes as their first axis; None if there are guards."""
        count = len(columns[0])
        if not self.plain():
            return None
        self._count(count)
        if 0 < count <= CHUNK:
            return self._few(True, numbers, columns, count)
        return self._run(numbers, columns_of(columns), count)[0]

    def _few(self, fast: bool, numbers: Sequence[float], columns: Sequence[Any], count: int) -> Any:
        """Return the sums over one chunk of lanes, for which the time to make arrays would count."""
        self.function(fast)
        about = self.about[fast]
        try:
            data, rows, total, arguments = self.free[fast].pop()
        except IndexError:
            data, scratch, _ = self._memory(fast, numbers)
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


def _address(x: Any) -> int:
    """Return where an array is in memory; NumPy's own answer takes several times as long."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(x))
    except (TypeError, ValueError):  # it cannot be written to, or is empty
        return x.ctypes.data  # type: ignore[no-any-return]


def _aligned(rows: int, columns: int) -> Any:
    """Return an array of floats, each row of which starts where a vector may."""
    columns = -(-columns // 8) * 8
    flat = np.empty(rows * columns + 8)
    start = (-_address(flat) % 64) // 8
    return flat[start : start + rows * columns].reshape(rows, columns)


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="valuegrad")
