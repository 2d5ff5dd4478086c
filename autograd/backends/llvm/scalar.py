"""A program for one set of numbers, compiled: what `jit` runs where a function is called often enough.

Elementary functions are those of the system's libm, as in Python; what has many operands is summed plainly, not rounded
once. Wherever an instruction that may raise, or a result, is not finite, the program runs in Python instead, so
exceptions and limits are its own.
"""

import ctypes
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograd.backends import Array, CompiledScalar
from autograd.backends import python_source as python
from autograd.backends.forks import COMPILING
from autograd.backends.llvm.assembly import Piece, Writer
from autograd.backends.llvm.machine import LIBRARY, compiled
from autograd.backends.llvm.templates import SINGLE, filled
from autograd.backends.lowering import Target, lowered
from autograd.backends.pieces import fused
from autograd.primitives.primitive import Primitive
from autograd.program.files import fingerprint
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Miss, Program, Recorded

PAYS = 100  # calls: so many in Python take about as long as compiling
LONG = 1000  # steps; longer ones wait for as many times more calls, as each costs 100 us to compile and saves some ns
TARGET = Target(LIBRARY)
LEAST = 30  # instructions, below which a call into native code costs more than it saves
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 3)


def scalar(program: Program, at_once: bool = False) -> CompiledScalar:
    """Return a function from the inputs to the outputs, or to the guard that did not hold.

    Programs with sums over lanes, or with primitives of the user's own, stay in Python, which does their work anyway.
    """
    if not at_once and isinstance(program, Recorded):
        if program.size < LEAST:
            return python.scalar(program)
        return Single(program, PAYS * max(1, program.size // LONG))
    rows = [step.primitive for step in program.steps if isinstance(step, Instruction)]
    plain = all(isinstance(row, Primitive) and not row.home for row in rows)
    if plain and (at_once or len(program.steps) >= LEAST):
        return Single(program, 0 if at_once else PAYS)
    return python.scalar(program)


class Single:
    """A program that runs in Python for the first calls, and as native code from then on."""

    program: Program
    left: int
    scratch: Any

    def __init__(self, program: Program, left: int) -> None:
        self.program, self.left = program, left
        self.at_once: bool = left == 0
        self.python: list[str] = []  # rows whose values native code asks Python for
        self.function: Any = None  # the native code, once there is some
        self.free: list[_Memory] = []  # for a call, of which several may be under way

    def __call__(self, xs: Sequence[float]) -> "tuple[float, ...] | Miss":
        if self.left > 0:
            self.left -= 1
            return self.slow(xs)
        if self.function is None and not self._compiled():
            return self.slow(xs)
        memory = self._memory()
        self.pack(memory.inputs, 0, *xs)
        missed = self.function(*memory.addresses)
        outputs = self.unpack(memory.outputs)
        self.free.append(memory)
        if not missed:
            return outputs
        if missed <= len(self.guards) and type(self.guards[missed - 1].seen) is bool:
            return Miss(missed - 1, not self.guards[missed - 1].seen)
        return self.slow(xs)

    def packed(self, numbers: Array, arrays: Mapping[int, Array]) -> Array | None:
        """Return the outputs as an array, of an array of inputs; None where it is for Python, or there is no code."""
        if self.function is None and not (self.at_once and self._compiled()):
            return None
        memory = self._memory()
        memory.inputs[:] = numbers
        missed = self.function(*memory.addresses)
        outputs = None if missed else memory.outputs.copy()
        self.free.append(memory)
        return outputs

    @cached_property
    def slow(self) -> CompiledScalar:
        """The program in Python."""
        return python.scalar(self.program)

    def _compiled(self) -> bool:
        """Return whether there is native code now; where LLVM fails although nobody asked for it, Python goes on."""
        with COMPILING:
            if self.function is None:
                try:
                    self._compile()
                except (RuntimeError, OSError):  # of LLVM, or of its cache
                    if self.at_once:
                        raise
                    self.left = sys.maxsize
                    return False
        return True

    def _compile(self) -> None:
        program = self.program
        known = fingerprint(program)
        about: Mapping[str, Any]
        self.engine: Any
        self.engine, about = compiled(lambda: source(optimized(program)), known and f"single {known}")
        self.guards, self.scratch, self.python = program.guards, about["scratch"], about["python"]
        self.pack: Callable[..., None] = struct.Struct(f"{program.inputs}d").pack_into
        self.unpack: Callable[..., tuple[float, ...]] = struct.Struct(f"{len(program.outputs)}d").unpack_from
        self.function = SIGNATURE(self.engine.address("single"))

    def _memory(self) -> "_Memory":
        """Return memory for a call that no other call has."""
        try:
            return self.free.pop()
        except IndexError:
            return _Memory(self.program.inputs, len(self.program.outputs), self.scratch)


class _Memory:
    """What one call reads and writes."""

    def __init__(self, inputs: int, outputs: int, scratch: int) -> None:
        self.inputs: Array = np.empty(inputs)
        self.outputs: Array = np.empty(outputs)
        self.scratch: Array = np.empty(scratch)
        self.addresses = [x.ctypes.data for x in (self.inputs, self.outputs, self.scratch)]


def source(program: Program) -> tuple[str, dict[str, Any]]:
    """Return (LLVM assembly of @single, what the caller must know about it).

    single(inputs, outputs, scratch) returns 0, or 1 + the place of the first guard that does not hold; one more than
    there are guards if Python has to see to it.
    """
    made = lowered(program, TARGET, fast=True, strict=True)
    writer = SingleWriter(made, [True] * program.inputs, 1, False)
    writer.varies = [one.name != "constant" for one in made.code]
    chosen = [k for k, one in enumerate(made.code) if one.name not in ("input", "constant")]
    writer.code, body = fused(made.code, chosen, [*made.outputs, *made.guards])
    count = writer.pieces(body, [False] * len(made.outputs))
    given = "ptr %inputs, ptr %outputs, ptr %scratch"
    run = [f"%now_{i} = call i64 @piece_{i}(ptr @constants, {given})" for i in range(count)]
    writer.functions.append(filled(SINGLE, pieces=run, last=count - 1))
    about = {"scratch": writer.crossings, "size": len(chosen), "calls": sorted(writer.calls), "python": made.python}
    return writer.text(), about


class SingleWriter(Writer):
    """Writes the functions of a program for one set of numbers, none of which LLVM is to optimise.

    A tenth of the time of a call is not worth waiting for.
    """

    arguments = "ptr %constants, ptr noalias %inputs, ptr noalias %outputs, ptr noalias %scratch"

    def piece(self, table: dict[str, int] | None) -> Piece:
        return SinglePiece(self, table)


class SinglePiece(Piece):
    """Writes a piece for one set of numbers; it returns 1 + the place of the first guard that does not hold, or 0."""

    code: str = "0"

    def input(self, place: int) -> str:
        return self.load("double", self.element("double", "%inputs", place))

    def missed(self, guards: Sequence[str]) -> None:
        for place in reversed(range(len(guards))):
            self.code = self.new(f"select i1 {guards[place]}, i64 {self.code}, i64 {place + 1}")

    def output(self, k: int, place: int) -> None:
        self.store("double", self.unsigned(k), self.element("double", "%outputs", place))

    def end(self) -> str:
        return self.code
