"""What a traced number answers in the place of the number that it stands for.

It has the type of that number, as far as `isinstance` asks for it, and its methods. A question whose answer is a guard
is answered: an int that is used as one, `is_integer`. What no record can answer raises TraceError, as the text and the
hash do, or NeedsInts, where it is an int that must be given as it is. This file is compiled as value.py is.
"""

# mypy: disable-error-code="attr-defined,no-any-return"
# The attributes are those of Traced, which C keeps in a struct.

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from autograd.errors import TraceError
from autograd.graph.contexts import asker_is_user, line
from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Carried
from autograd.tape.guards import NeedsInts, Unanswered, compiling_for, memoised, noticed

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython


@cython.auto_pickle(False)
@cython.cclass
class StandIn(Carrier):
    """Base of traced numbers: a tape, a place on it, a number, and whether it was given as an int."""

    __slots__ = ()

    @property  # type: ignore[misc]  # a type for `isinstance`, which is never set
    def __class__(self) -> type:
        """The type of the number that it stands for, which `isinstance` asks for."""
        return self._kind() if self.tape.kinds else float

    def _kind(self) -> type:
        """Return the type of the number that it stands for."""
        known: type | None = self.tape.kinds.get(self.place)
        if known is not None:
            return known
        if not asker_is_user():  # this package asks for numbers of any kind
            return float
        self._need_ints()
        made_of = self._sources()
        scalars = [self.tape.kinds[place] for place in made_of if self.tape.kinds[place].__module__ == "numpy"]
        return sys.modules["numpy"].float64 if scalars else float

    def _sources(self) -> list[int]:
        """Return the places of the inputs of other types than float that it is made of."""
        seen: set[int] = set()
        queue = [self.place] if self.tape.kinds else []
        while queue:
            place = queue.pop()
            if place not in seen and place >= 0:
                seen.add(place)
                queue += self.tape.codes(place) if self.tape.primitive(place) is not None else []
        return sorted(seen & self.tape.kinds.keys())

    def _scalar(self) -> Any:
        """Return the type of NumPy's that an array of such numbers is of, where a function is compiled; else None."""
        watch = noticed.get()
        if watch is None or not self.tape.kinds:
            return None
        watch.dtype = True
        known = self.tape.kinds.get(self.place)
        return known if known is not None and known.__module__ == "numpy" else sys.modules["numpy"].float64

    def _need_ints(self) -> None:
        """Raise NeedsInts for the inputs that are whole numbers and that it is made of, if there are any."""
        if not self.tape.wholes:
            return
        places = self._sources()
        whole = [place for place in places if issubclass(self.tape.kinds[place], _whole_kinds())]
        if whole and compiling_for.get():
            raise NeedsInts(self.tape, whole)

    def _escape(self, how: str) -> float:
        if compiling_for.get():
            watch = noticed.get()
            if watch is not None and asker_is_user():
                watch.escaped = watch.escaped or how
            raise (Unanswered if watch is not None and watch.dtype else TraceError)(
                f"{how} of a number that is being compiled, at {line()}: it would stay what it is now ({self._data!r}) "
                "at every later call; use the functions of autograd, or compare it, which is seen"
            )
        return self._data

    def _hash(self) -> int:
        """Return the hash of the number; where a function is compiled, refuse it."""
        self._need_ints()
        number = self._escape("the hash")  # a float's hash is that of its value: a look that no guard could record
        return id(self) >> 4 if number != number or memoised() else hash(number)

    def __repr__(self) -> str:
        if compiling_for.get() and asker_is_user():
            self._need_ints()
            self._escape("the text")
        return f"Traced({self._data!r})"

    def __format__(self, spec: str) -> str:
        if not spec:
            return repr(self)
        self._need_ints()
        return format(self._escape("the text"), spec)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a number of a trace cannot be pickled: it is gone after the call; use .data for the number")

    def __copy__(self) -> StandIn:
        return self

    def __deepcopy__(self, memo: object) -> StandIn:
        return self

    # What floats and ints have, and what NumPy's numbers have. NumPy looks for much else, in vain.

    @property
    def real(self) -> Carried:
        """Itself."""
        return self

    @property
    def imag(self) -> float:
        """Zero."""
        return 0.0

    def is_integer(self) -> bool:
        """Return whether the number is whole; a guard, as all comparisons are."""
        return bool((self // 1.0) == self)

    def hex(self) -> str:
        """Refuse the text."""
        return self._escape("the text").hex()

    def as_integer_ratio(self) -> Any:
        """Refuse it: what is made of it has no derivative."""
        self._escape("the ratio")
        return Carrier.as_integer_ratio(self)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and self.tape.kinds:
            kind = self._kind()
            if self.whole and kind is int and hasattr(int, name):
                return getattr(self.__index__(), name)
            if kind.__module__ == "numpy":
                if name in ("dtype", "shape", "ndim", "size"):
                    return getattr(kind(), name)
                if name in ("item", "tolist"):
                    return lambda: self
            if hasattr(kind, name):
                self._escape(f".{name}")
            elif not self.whole and hasattr(int, name):
                self._need_ints()
        raise AttributeError(f"'float' object has no attribute {name!r}")

    def _plain_whole(self) -> Carried:
        """Return the int or the bool that was given, which is seen; NotImplemented for a float."""
        if self.whole:
            return bool(self) if self._kind().__name__ in ("bool", "bool_") else self.__index__()
        self._need_ints()
        return NotImplemented

    def __floordiv__(self, other: Carried) -> Carried:
        if not self.whole:
            self._need_ints()  # which may have been too large for a float
        return Carrier.__floordiv__(self, other)

    def __mod__(self, other: Carried) -> Carried:
        if not self.whole:
            self._need_ints()
        return Carrier.__mod__(self, other)

    def __and__(self, other: Carried) -> Carried:
        return _bitwise(operator.and_, self, other)

    def __rand__(self, other: Carried) -> Carried:
        return _bitwise(operator.and_, other, self)

    def __or__(self, other: Carried) -> Carried:
        return _bitwise(operator.or_, self, other)

    def __ror__(self, other: Carried) -> Carried:
        return _bitwise(operator.or_, other, self)

    def __xor__(self, other: Carried) -> Carried:
        return _bitwise(operator.xor, self, other)

    def __rxor__(self, other: Carried) -> Carried:
        return _bitwise(operator.xor, other, self)

    def __lshift__(self, other: Carried) -> Carried:
        return _bitwise(operator.lshift, self, other)

    def __rlshift__(self, other: Carried) -> Carried:
        return _bitwise(operator.lshift, other, self)

    def __rshift__(self, other: Carried) -> Carried:
        return _bitwise(operator.rshift, self, other)

    def __rrshift__(self, other: Carried) -> Carried:
        return _bitwise(operator.rshift, other, self)

    def __invert__(self) -> Carried:
        found = self._plain_whole()
        if found is NotImplemented:
            raise TypeError("bad operand type for unary ~: 'float'")
        return not found if found is True or found is False else ~found

    def __float__(self) -> Any:
        self._escape("float()")
        Carrier.__float__(self)

    def __index__(self) -> int:
        if not self.whole:
            self._need_ints()
            self.tape.indexed = self.place
            raise TypeError("'float' object cannot be interpreted as an integer")
        return self.tape.observe("trunc", (self,))

    def __int__(self) -> Any:
        if self.whole:
            return self.__index__()
        self._escape("int()")
        return Carrier.__int__(self)


def _bitwise(apply: Callable[[Any, Any], Any], x: Carried, y: Carried) -> Carried:
    """Return an operator applied to the ints that were given; NotImplemented for floats."""
    plain = [z._plain_whole() if isinstance(z, StandIn) else z for z in (x, y)]
    return NotImplemented if NotImplemented in plain else apply(*plain)


def _whole_kinds() -> type | tuple[type, ...]:
    numpy = sys.modules.get("numpy")
    return int if numpy is None else (int, numpy.integer)
