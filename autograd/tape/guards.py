"""Guards: what a function saw of its numbers, and the block in which its numbers must not leave the tape."""

import contextvars
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

Operand = TypeVar("Operand")

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


@contextmanager
def compiling(lanes: bool = False) -> Iterator[None]:
    """Refuse, for a `with` block, that traced numbers leave their tape: at a later call they will be others.

    With `lanes`, rows give IEEE's limits where Python raises.
    """
    token = compiling_for.set("lanes" if lanes else "one")
    try:
        yield
    finally:
        compiling_for.reset(token)
