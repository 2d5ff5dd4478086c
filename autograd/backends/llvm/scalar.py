"""A program for one set of numbers, compiled: what `jit` runs where a function is called often enough.

Start at `Single`. Elementary functions are those of the system's libm, as in Python; what has many operands is summed
plainly, not rounded once. The one surprise: wherever an instruction that may raise, or a result, is not finite, the
program runs in Python instead, so exceptions and limits are its own.
"""

import ctypes
import struct
import sys
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from autograd.backends import python_source as python
from autograd.backends.llvm.assembly import Writer
from autograd.backends.llvm.emit import Emitter
from autograd.backends.llvm.machine import LIBM, compiled
from autograd.backends.lowering import lowered
from autograd.backends.pieces import linear
from autograd.primitives.primitive import Primitive
from autograd.program.files import fingerprint
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Miss, Program

PAYS = 100  # calls: so many in Python take about as long as compiling
NATIVES = LIBM | {"sqrt"}
LEAST = 30  # instructions, below which a call into native code costs more than it saves
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 3)


def scalar(program: Program, at_once: bool = False) -> Any:
    """Return a function from the inputs to the outputs, or to the guard that did not hold.

    Programs with sums over lanes, or with primitives of the user's own, stay in Python, which does their work anyway.
    """
    rows = [step.primitive for step in program.steps if isinstance(step, Instruction)]
    plain = all(isinstance(row, Primitive) and not row.home for row in rows)
    if plain and (at_once or len(program.steps) >= LEAST):
        return Single(program, 0 if at_once else PAYS)
    return python.scalar(program)


class Single:
    """A program that runs in Python for the first calls, and as native code from then on."""

    def __init__(self, program: Program, left: int) -> None:
        self.program, self.left = program, left
        self.at_once = left == 0
        self.function: Any = None
        self.free: list[Any] = []  # memory for a call, of which several may be under way
        self.lock = Lock()

    def __call__(self, xs: Sequence[float]) -> "tuple[float, ...] | Miss":
        if self.left > 0:
            self.left -= 1
            return self.slow(xs)  # type: ignore[no-any-return]
        if self.function is None and not self._compiled():
            return self.slow(xs)  # type: ignore[no-any-return]
        memory = self._memory()
        self.pack(memory[0], 0, *xs)
        missed = self.function(*memory[2])
        outputs = self.unpack(memory[1])
        self.free.append(memory)
        if not missed:
            return outputs
        if missed <= len(self.guards) and type(self.guards[missed - 1].seen) is bool:
            return Miss(missed - 1, not self.guards[missed - 1].seen)
        return self.slow(xs)  # type: ignore[no-any-return]

    def packed(self, numbers: Any, arrays: Any) -> Any:
        """Return the outputs as an array, of an array of inputs; None where it is for Python, or there is no code."""
        if self.function is None and not (self.at_once and self._compiled()):
            return None
        memory = self._memory()
        memory[0][:] = numbers
        missed = self.function(*memory[2])
        outputs = None if missed else memory[1].copy()
        self.free.append(memory)
        return outputs

    @cached_property
    def slow(self) -> Any:
        """The program in Python."""
        return python.scalar(self.program)

    def _compiled(self) -> bool:
        """Return whether there is native code now; where LLVM fails although nobody asked for it, Python goes on."""
        with self.lock:
            if self.function is None:
                try:
                    self._compile()
                except Exception:
                    if self.at_once:
                        raise
                    self.left = sys.maxsize
                    return False
        return True

    def _compile(self) -> None:
        program = self.program
        known = fingerprint(program)
        self.engine, about = compiled(lambda: source(optimized(program)), known and f"single {known}")
        self.guards, self.scratch = program.guards, about["scratch"]
        self.pack = struct.Struct(f"{program.inputs}d").pack_into
        self.unpack = struct.Struct(f"{len(program.outputs)}d").unpack_from
        self.function = SIGNATURE(self.engine.get_function_address("single"))

    def _memory(self) -> tuple[Any, ...]:
        """Return (inputs, outputs, the addresses that a call takes, what has to live as long as these)."""
        try:
            return self.free.pop()  # type: ignore[no-any-return]
        except IndexError:
            sizes = (self.program.inputs, len(self.program.outputs), self.scratch)
            data, found, scratch = (np.empty(size) for size in sizes)
            return data, found, [x.ctypes.data for x in (data, found, scratch)], scratch


def source(program: Program) -> tuple[str, Any]:
    """Return (LLVM assembly of @single, what the caller must know about it).

    single(inputs, outputs, scratch) returns 0, or 1 + the place of the first guard that does not hold; one more than
    there are guards if Python has to see to it.
    """
    ops, outputs, guards = lowered(program, NATIVES, fast=True, strict=True)
    if not linear(ops, outputs, guards[: len(program.guards)]):
        ops, outputs, guards = lowered(program, NATIVES, strict=True)
    vary = [code[0] != "constant" for code in ops.code]
    writer = _Writer(ops.code, vary, [True] * program.inputs, 0, 1, False)
    body = [k for k, v in enumerate(vary) if v and ops.code[k][0] != "input"]
    writer.uniform = []
    writer.body(body, outputs, guards, [False] * len(outputs))
    return writer.text(), {"scratch": writer.crossings, "size": len(body), "calls": sorted(writer.calls)}


class _Writer(Writer):
    """Writes the functions of a program for one set of numbers."""

    most = 0  # operations that LLVM is to optimise: a tenth of the time of a call is not worth waiting for
    code = "0"  # of the guard that does not hold, once that is known
    arguments = "ptr %constants, ptr noalias %inputs, ptr noalias %outputs, ptr noalias %scratch"

    def _input(self, emitter: Emitter, place: int) -> str:
        return emitter.new(f"load double, ptr {emitter.new(f'getelementptr double, ptr %inputs, i64 {place}')}")

    def _missed(self, emitter: Emitter, guards: Sequence[str]) -> None:
        code = "0"
        for place in reversed(range(len(guards))):
            code = emitter.new(f"select i1 {guards[place]}, i64 {code}, i64 {place + 1}")
        self.code = code

    def _store(self, emitter: Emitter, value: str, place: int, none: str, k: int) -> str:
        value = self._unsigned(emitter, value, k)
        at = emitter.new(f"getelementptr double, ptr %outputs, i64 {place}")
        emitter.lines.append(f"  store double {value}, ptr {at}")
        return none

    def _end(self, emitter: Emitter, none: str) -> str:
        return self.code

    def _kernel(self, count: int, sums: int) -> None:
        given = "ptr %inputs, ptr %outputs, ptr %scratch"
        lines = [f"  %now_{i} = call i64 @piece_{i}(ptr @constants, {given})" for i in range(count)]
        head = f"define i64 @single({given}) nounwind {{"
        self.functions.append("\n".join([head, "entry:", *lines, f"  ret i64 %now_{count - 1}", "}"]))
