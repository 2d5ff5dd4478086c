"""A program for one set of numbers, compiled: what `jit` runs where a function is called often enough.

Elementary functions are those of the system's libm, as in Python; what has many operands is summed plainly, not rounded
once. Wherever an instruction that may raise, or a result, is not finite, the program runs in Python instead, so
exceptions and limits are its own.
"""

import ctypes
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from autograd.backends import Array, CompiledScalar
from autograd.backends import python_source as python
from autograd.backends.blocks import Unplanned
from autograd.backends.forks import COMPILING
from autograd.backends.llvm import loops
from autograd.backends.llvm.assembly import Piece, Writer
from autograd.backends.llvm.machine import LIBRARY, Code, compiled
from autograd.backends.llvm.templates import SINGLE, filled
from autograd.backends.lowering import Target, lowered
from autograd.backends.pieces import fused
from autograd.primitives.primitive import Primitive
from autograd.program.files import fingerprint
from autograd.program.loops import LONG, shorter
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Miss, Program, Recorded

PAYS = 100  # calls: so many in Python take about as long as compiling
TARGET = Target(LIBRARY)
LEAST = 30  # instructions, below which a call into native code costs more than it saves
SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 3)


def scalar(program: Program, at_once: bool = False) -> CompiledScalar:
    """Return a function from the inputs to the outputs, or to the guard that did not hold.

    Programs with sums over lanes, or with primitives of the user's own, stay in Python, which does their work anyway.
    """
    if isinstance(program, Recorded):
        return Single(program, 0 if at_once else PAYS) if at_once or program.size >= LEAST else python.scalar(program)
    rows = [step.primitive for step in program.walk() if isinstance(step, Instruction)]
    plain = all(isinstance(row, Primitive) and not row.home for row in rows)
    if plain and (at_once or program.size >= LEAST):
        return Single(program, 0 if at_once else PAYS)
    return python.scalar(program)


class Native(NamedTuple):
    """Compiled code, what must be known about it, and what makes the memory for a call."""

    engine: Code
    about: dict[str, Any]
    memory: "Callable[[], Memory]"


class Single:
    """A program that runs in Python for the first calls, and as native code from then on."""

    program: Program
    left: int
    engine: Any
    guards: list[Any]
    pack: Callable[..., None]
    unpack: Callable[..., tuple[float, ...]]

    def __init__(self, program: Program, left: int) -> None:
        self.program, self.left = program, left
        self.at_once: bool = left == 0
        self.waits: bool = left > 0 and program.size >= 2 * LONG  # longer ones for as many times more calls
        self.python: list[str] = []  # rows whose values native code asks Python for
        self.function: Any = None  # the native code, once there is some
        self.free: list[Memory] = []  # for a call, of which several may be under way
        self.made: Callable[[], Memory]

    def __call__(self, xs: Sequence[float]) -> "tuple[float, ...] | Miss":
        if self.left > 0:
            self.left -= 1
            return self.slow(xs)
        if self.function is None and not self._compiled():
            return self.slow(xs)
        memory = self._memory()
        self.pack(memory.inputs, 0, *xs)
        missed = self.function(*memory.addresses)
        outputs = () if missed else self.unpack(memory.found())
        self.free.append(memory)
        if not missed:
            return outputs
        if missed <= len(self.guards) and type(self.guards[missed - 1].seen) is bool:
            return Miss(missed - 1, not self.guards[missed - 1].seen)
        return self.slow(xs)

    def packed(self, numbers: Array, arrays: Mapping[int, Array]) -> Array | None:
        """Return the outputs as an array, of an array of inputs; None where it is for Python."""
        if self.function is None and not (self.at_once and self._compiled()):
            within = getattr(self.slow, "packed", None)
            found: Array | None = within(numbers, arrays) if within is not None and self.left > 0 else None
            self.left -= found is not None
            return found
        memory = self._memory()
        memory.inputs[:] = numbers
        missed = self.function(*memory.addresses)
        outputs = None if missed else memory.found().copy()
        self.free.append(memory)
        return outputs

    @cached_property
    def slow(self) -> CompiledScalar:
        """The program in Python."""
        return python.scalar(self.program)

    def _compiled(self) -> bool:
        """Return whether there is native code now; where LLVM fails although nobody asked for it, Python goes on."""
        if not self.at_once and getattr(self.slow, "wide", False):
            self.left = sys.maxsize
            return False
        with COMPILING:
            if self.function is None:
                try:
                    self._compile()
                except (RuntimeError, OSError):  # of LLVM, or of its cache
                    if self.at_once:
                        raise
                    self.left = sys.maxsize
        return self.function is not None

    def _compile(self) -> None:
        """Compile a long program with the loops that it has; one that has none waits for more calls."""
        program = self.program
        code = looped(program) if program.size >= LONG else None
        if code is None:
            if self.waits:
                self.left, self.waits = PAYS * (program.size // LONG - 1), False
                return
            known = fingerprint(program)
            engine, about = compiled(lambda: source(optimized(program)), known and f"single {known}")
            code = Native(engine, about, partial(Memory, program.inputs, len(program.outputs), about["scratch"]))
        self.take(code)

    def take(self, code: Native) -> None:
        """Run this code from now on."""
        self.engine, self.made, self.python = code.engine, code.memory, code.about["python"]
        self.guards = self.program.guards
        self.pack = struct.Struct(f"{self.program.inputs}d").pack_into
        self.unpack = struct.Struct(f"{self.made().outputs.size}d").unpack_from
        self.function = SIGNATURE(self.engine.address("single"))

    def _memory(self) -> "Memory":
        """Return memory for a call that no other call has."""
        try:
            return self.free.pop()
        except IndexError:
            return self.made()


class Memory:
    """What one call reads and writes."""

    def __init__(self, inputs: int, outputs: int, scratch: int) -> None:
        self.inputs: Array = np.empty(inputs)
        self.outputs: Array = np.empty(outputs)
        self.scratch: Array = np.empty(scratch)
        self.addresses: list[int] = [x.ctypes.data for x in (self.inputs, self.outputs, self.scratch)]

    def found(self) -> Array:
        """Return the outputs of a call."""
        return self.outputs


class LoopMemory(Memory):
    """What one call of a program with loops reads and writes: the first cells are the inputs."""

    inputs: Array
    outputs: Array
    addresses: list[int]

    def __init__(self, program: Program, about: dict[str, Any], constants: Array, tables: Array) -> None:
        outputs = [k if k >= 0 else about["cells"] + ~k for k in about["outputs"]]
        self.where: Array = np.array(outputs, dtype=np.int64)
        self.cells: Array = np.concatenate([np.zeros(about["cells"]), constants])
        self.inputs = self.cells[: program.inputs]
        self.unsigned: Array = np.where(about["of_rules"], 0.0, -0.0)  # to add -0.0 changes nothing
        self.outputs = np.empty(len(outputs))
        self.kept: tuple[Array, Array] = constants, tables
        self.addresses = [x.ctypes.data for x in (self.cells, constants, tables)]

    def found(self) -> Array:
        """Return the outputs of a call."""
        np.take(self.cells, self.where, out=self.outputs)
        self.outputs += self.unsigned
        return self.outputs


def looped(program: Program) -> Native | None:
    """Return a long program compiled with its loops; None where these do not make it much shorter."""
    short = shorter(program)
    if short is None:
        return None
    known = fingerprint(short)
    try:
        engine, about = compiled(lambda: loops.source(short), known and f"loops {known}")
    except Unplanned:
        return None
    constants: Array = np.array(short.constants or [0.0], dtype=float)
    tables = np.array(about["tables"] or [0], dtype=np.int64)
    return Native(engine, about, partial(LoopMemory, short, about, constants, tables))


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
