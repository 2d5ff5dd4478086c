"""Guards: what a function saw of its numbers, and the block in which its numbers must not leave the tape."""

import contextvars
import dis
import functools
import math
import operator
import os.path
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any, Generic, NamedTuple, TypeVar

from autograd.errors import TraceError

LARGEST = sys.float_info.max

Operand = TypeVar("Operand")
_TAPE = tuple([os.path.join(os.path.dirname(__file__), name) for name in ("tape.py", "standin.py")])
_MEMOISED = type(functools.cache(float))

compiling_for: contextvars.ContextVar[str] = contextvars.ContextVar("compiling_for", default="")  # "one" or "lanes"

COMPARISONS: dict[str, Callable[..., Any]] = {  # what a function can see of a number, as a bool or an int
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "bool": bool,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": round,
    "exponent": lambda x: math.frexp(x)[1],
}


class Guard(NamedTuple, Generic[Operand]):
    """What a function saw when it compared or rounded numbers; a run that sees something else is on another path.

    Operands are numbers on a tape, and places in a Program.
    """

    comparison: str
    operands: tuple[Operand, ...]
    seen: bool | int


class NeedsInts(BaseException):
    """The args are a tape and places of inputs, whole numbers that were asked for what only an int can answer.

    Nothing that a function catches catches it.
    """


class Unanswered(TraceError):
    """A number left its tape, after the function was told that an array of such numbers is one of floats."""


class Noticed:
    """What happened while a function was recorded that it may have caught, so that its result does not show it."""

    def __init__(self, catching: bool, limited: Container[int]) -> None:
        self.catching = catching  # whether it is recorded what a step raises: it is a guard, as a comparison is
        self.limited = limited  # steps, by their count, which have IEEE's limit: what they raise is not caught
        self.steps = 0
        self.escaped = ""  # what was asked of a number that no record can answer
        self.dtype = False  # whether the function asked for the dtype of an array
        self.raised = 0  # how many steps raised without a guard


noticed: contextvars.ContextVar[Noticed | None] = contextvars.ContextVar("noticed", default=None)


def memoised() -> bool:
    """Return whether the line that runs calls what `functools.cache` made, as far as its names tell.

    It would take a traced number for the float that it has seen, and give a constant.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (frame.f_code.co_filename in _TAPE or frame.f_code.co_name in ("__hash__", "_hash")):
        frame = frame.f_back
    if frame is None or not dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith(("CALL", "PRECALL")):
        return False
    names = [*frame.f_code.co_names, *frame.f_code.co_varnames, *frame.f_code.co_freevars]
    known = [frame.f_locals.get(name, frame.f_globals.get(name)) for name in names]
    owners = [vars(x) if isinstance(x, (type, ModuleType)) else vars(type(x)) for x in known if x is not None]
    found = known + [owner.get(name) for owner in owners for name in frame.f_code.co_names]
    return any(isinstance(x, _MEMOISED) for x in found)


@contextmanager
def compiling(lanes: bool = False, catching: bool = False, limited: Container[int] = ()) -> Iterator[Noticed]:
    """Refuse, for a `with` block, that traced numbers leave their tape: at a later call they will be others.

    With `lanes`, rows give IEEE's limits where Python raises. With `catching`, rows raise, also in lanes, and whether
    they do is a guard: a function that catches exceptions goes another way then. An exception's `step` counts which one
    it was; those that are `limited` do not raise.
    """
    found = Noticed(catching, limited)
    tokens = compiling_for.set("lanes" if lanes else "one"), noticed.set(found)
    try:
        yield found
    finally:
        compiling_for.reset(tokens[0])
        noticed.reset(tokens[1])


def notice_raise() -> None:
    """Count a step that raises without a guard."""
    watch = noticed.get()
    if watch is not None:
        watch.raised += 1


def count_step() -> tuple[int, bool]:
    """Count a step that may raise; return how many there were before, and whether it has IEEE's limit instead."""
    watch = noticed.get()
    if watch is None:
        return 0, False
    watch.steps += 1
    return watch.steps - 1, watch.steps - 1 in watch.limited
