"""What the compiled core takes from C, by the names that Python has for the same.

This module itself is never compiled: Cython reads native.pxd in its stead, where `exp` is C's own, made to raise what
Python raises. Where there is no compiler, the names are Python's.
"""

import itertools
import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from math import cos, exp, log, log1p, pow, sin, sqrt, tanh
from operator import getitem, setitem
from struct import pack, unpack
from typing import Any, TypeAlias, TypeVar

__all__ = [
    "at",
    "attach",
    "birth",
    "blank",
    "cos",
    "dot",
    "dot_of",
    "exp",
    "joined",
    "lend",
    "log",
    "log1p",
    "made",
    "managed",
]
__all__ += [
    "doubles",
    "ints",
    "longs",
    "packed",
    "pooled",
    "pow",
    "quick_monomial",
    "quick_power_operator",
    "release",
    "sin",
    "sqrt",
    "store",
    "taken",
    "tanh",
]
__all__ += ["bytes_of", "high_bits", "known_monomial", "low_bits", "mixed"]
__all__ += ["quick_monomial", "quick_power_operator", "unpacked", "untracked", "vacate", "zeros"]

Kind = TypeVar("Kind", bound=type)
Unary: TypeAlias = Callable[[float], float]

# compiled, these never raise
c_sqrt: Unary = math.sqrt
c_exp: Unary = math.exp
c_expm1: Unary = math.expm1
c_log: Unary = math.log
c_log1p: Unary = math.log1p
c_sin: Unary = math.sin
c_cos: Unary = math.cos
c_tan: Unary = math.tan
c_asin: Unary = math.asin
c_acos: Unary = math.acos
c_atan: Unary = math.atan
c_sinh: Unary = math.sinh
c_cosh: Unary = math.cosh
c_tanh: Unary = math.tanh
c_asinh: Unary = math.asinh
c_acosh: Unary = math.acosh
c_fabs: Unary = math.fabs
c_pow: Callable[[float, float], float] = math.pow
at: Any = getitem
store: Any = setitem
made: Any = object.__new__
lend: Any = setitem  # compiled, `lend` does not count the reference: who is lent to must `vacate`
birth: Callable[[], int] = itertools.count(1).__next__  # atomic, and so the same for every thread


class _Doubt(float):
    """NaN, found by `x == x` as NaN is, but without the processor's flag, which NumPy would warn of."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = float.__hash__


DOUBT: float = _Doubt("nan")


def quick_power_operator(x: float, y: float) -> float:
    """Return x ** y where C has it as Python does; NaN where that is in doubt, as here it always is."""
    return DOUBT


def quick_monomial(c: float, x: float, y: float, k: int, n: int) -> float:
    """Return c * x**(y - k) * log(x)**n in the same way; see `partials.monomial`."""
    return DOUBT


def known_monomial(c: float, x: float, y: float, z: float, k: int) -> float:
    """Return c * x**(y - k) where z is x**y, to the bit of `partials.monomial`; NaN where that is in doubt."""
    return DOUBT


def bytes_of(xs: "array[int]", n: int) -> bytes:
    """Return the first n of some long ints as bytes."""
    return array("q", xs[:n]).tobytes()


def low_bits(x: float) -> int:
    """Return the lower half of the bits of a float."""
    return int(unpack("<2i", pack("<d", x))[0])


def high_bits(x: float) -> int:
    """Return the upper half of the bits of a float; it is 0 for 0.0 and for the smallest positive floats alone."""
    return int(unpack("<2i", pack("<d", x))[1])


def mixed(kind: int, a: int, b: int, c: int, d: int) -> int:
    """Return a number by which a place in a table is chosen for these."""
    return hash((kind, a, b, c, d)) & 0xFFFFFFFF


def attach(kind: type, name: str, method: Callable[..., Any]) -> None:
    """Give a class one more method; compiled, also one that C code defines."""
    setattr(kind, name, method)


def vacate(xs: list[Any], numbers: "array[float]", start: int, stop: int) -> None:
    """Set a part of a list to None, and the same part of an array to 0.0."""
    xs[start:stop] = [None] * (stop - start)
    numbers[start:stop] = array("d", bytes(8 * (stop - start)))


def joined(p: Iterable[Any], q: Iterable[Any]) -> tuple[Any, ...]:
    """Return the elements of two sequences in one tuple."""
    return (*p, *q)


def untracked(operands: tuple[Any, ...]) -> None:
    """Tell the garbage collector, as it would find out by itself, that nothing in this tuple can be part of a cycle."""


def blank(n: int) -> bytes:
    """Return room for n packed numbers, which compiled code may `store` until somebody else sees them."""
    return bytes(8 * n)


def unpacked(numbers: bytes) -> "memoryview[float]":
    """Return something that `at` takes numbers from."""
    return memoryview(numbers).cast("d")


def dot(numbers: bytes, n: int) -> float:
    """Return the dot product of the first n numbers with the rest, rounded once, or NaN if that is in doubt."""
    return DOUBT


def dot_of(numbers: Sequence[float], n: int) -> float:
    """Return the dot product of the first n numbers with the next n in the same way."""
    return DOUBT


def managed(kind: type) -> None:
    """Let nodes of this type be allocated and freed by C code of their own; Python has no need of it."""


def pooled(kind: type, blank: object) -> None:
    """Let `made` take objects of this type from those that are gone; their first field holds `blank` meanwhile."""


def _longer(kind: Any, xs: Sequence[Any], n: int) -> "array[Any]":
    longer = array(kind, bytes(array(kind).itemsize * n))
    longer[: len(xs)] = array(kind, xs)
    return longer


def ints(xs: Sequence[int], n: int) -> "array[int]":
    """Return an array of n ints that begins with these."""
    return _longer("i", xs, n)


def longs(xs: Sequence[int], n: int) -> "array[int]":
    """Return an array of n long ints that begins with these."""
    return _longer("q", xs, n)


def doubles(xs: Sequence[float], n: int) -> "array[float]":
    """Return an array of n floats that begins with these; compiled, what follows them is not set."""
    return _longer("d", xs[:n], n)


def zeros(n: int) -> list[float]:
    """Return n zeros; who gets them must hand them on to `taken`."""
    return [0.0] * n


def packed(xs: "array[Any]", size: int) -> bytes:
    """Return the first bytes of an array, so many."""
    return memoryview(xs).cast("B")[:size].tobytes() if size else b""


def release(xs: Sequence[float]) -> None:
    """Let go of an array, which compiled code has from `malloc`."""


def taken(xs: list[float], n: int) -> list[float]:
    """Return the first n of some numbers, which are gone then."""
    return xs[:n]


class cython:
    """What value.py needs of Cython's own module where Cython is not: decorators that change nothing."""

    compiled = False

    @staticmethod
    def final(kind: Kind) -> Kind:
        return kind

    cclass = final

    @staticmethod
    def no_gc(kind: Kind) -> Kind:
        return kind

    @staticmethod
    def cast(_: type, x: Any) -> Any:
        return x

    @staticmethod
    def auto_pickle(_: bool) -> Callable[[Kind], Kind]:
        return cython.final
