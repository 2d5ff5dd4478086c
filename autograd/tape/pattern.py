# cython: boundscheck=False, wraparound=False
"""What depends on what on a tape, read off its operands alone. This file is compiled as value.py is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.floats import native
from autograd.primitives.operation import Place
from autograd.tape.tape import Tape

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

NONE, MANY = -(1 << 62), 1 << 61  # as in tape.py
_EMPTY: frozenset[int] = frozenset()


def structure(tape: Tape, outputs: Sequence[Place]) -> bytes:
    """Return a digest of all operands of a tape, and of which places are its outputs (-1 for a plain number)."""
    import hashlib  # which takes a millisecond

    found = hashlib.blake2b(repr((tape.inputs, list(outputs))).encode())
    found.update(native.bytes_of(tape.left, tape.count))
    found.update(native.bytes_of(tape.right, tape.count))
    found.update(native.bytes_of(tape.many, tape.many_count))
    return found.digest()


def pattern(tape: Tape, outputs: Sequence[Place]) -> list[list[int]]:
    """Return, for each of these places, the inputs that it was made from, in order; none for -1.

    A set of inputs is kept as long as a step needs it. Cost: a union for each operand of what the outputs need.
    """
    return Dependence(tape).of(outputs)


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Dependence:
    """The inputs that steps depend on, by place, and the last step that asks for them."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        if not cython.compiled:
            self.last: Any = ()
        self.sets: list[Any] = [None] * tape.count

    def of(self, outputs: Sequence[Place]) -> list[list[int]]:
        """Return the inputs of each output, in order."""
        tape = self.tape
        n = tape.count
        self.last = native.longs(self.last, n + 1)  # -1 where nothing that is needed asks for it
        for i in range(n):
            self.last[i] = -1
        for place in outputs:
            if place >= 0:
                self.last[place] = n
        for i in range(n - 1, tape.inputs - 1, -1):
            if self.last[i] >= 0:
                self.ask(i)
        for i in range(n):
            if self.last[i] >= 0:
                self.sets[i] = frozenset((i,)) if i < tape.inputs else self.union(i)
        return [sorted(self.sets[place]) if place >= 0 else [] for place in outputs]

    def ask(self, i: Place) -> object:
        """Mark the operands of a step, unless a later one needs them too."""
        a = self.tape.left[i]
        b = self.tape.right[i]
        if NONE < b <= -MANY:
            for j in range(a, a - MANY - b):
                k = self.tape.many[j]
                if k >= 0 and self.last[k] < 0:
                    self.last[k] = i
            return None
        if a >= 0 and self.last[a] < 0:
            self.last[a] = i
        if b >= 0 and self.last[b] < 0:
            self.last[b] = i
        return None

    def union(self, i: Place) -> Any:
        """Return the inputs that a step was made from; forget those of operands that no later one needs."""
        a = self.tape.left[i]
        b = self.tape.right[i]
        found: Any = _EMPTY
        if NONE < b <= -MANY:
            for j in range(a, a - MANY - b):
                found = self.joined(found, self.tape.many[j])
            for j in range(a, a - MANY - b):
                self.forget(self.tape.many[j], i)
            return found
        found = self.joined(self.joined(found, a), b)
        self.forget(a, i)
        self.forget(b, i)
        return found

    def joined(self, found: Any, k: Place) -> Any:
        """Return a set with the inputs of an operand; no new one where one holds the other."""
        if k < 0:
            return found
        other = self.sets[k]
        if other is None or other is found or other <= found:
            return found
        return other if found <= other else found | other

    def forget(self, k: Place, i: Place) -> object:
        """Forget the inputs of an operand after the last step that needs them."""
        if k >= 0 and self.last[k] == i:
            self.sets[k] = None
        return None

    def __dealloc__(self) -> None:
        native.release(self.last)
