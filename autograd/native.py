"""What the compiled core takes from C, by the names that Python has for the same.

Start at native.pxd, which Cython reads in this module's stead: there `exp` is C's own, made to raise what Python
raises. The one surprise: this module itself is never compiled; where there is no compiler, its names are Python's.
"""

import itertools
from collections.abc import Callable
from math import cos, exp, log, log1p, pow, sin, sqrt, tanh
from operator import getitem, setitem

__all__ = ["at", "birth", "cos", "exp", "log", "log1p", "managed", "pow", "put", "sin", "sqrt", "tanh"]

at = getitem
put = setitem
birth = itertools.count(1).__next__  # atomic, and so the same for every thread


def managed(kind: type) -> None:
    """Let nodes of this type be allocated and freed by C code of their own; Python has no need of it."""


class cython:
    """What value.py needs of Cython's own module where Cython is not: decorators that change nothing."""

    compiled = False

    @staticmethod
    def final(kind: type) -> type:
        return kind

    cclass = no_gc = final

    @staticmethod
    def auto_pickle(_: bool) -> Callable[[type], type]:
        return cython.final
