"""The audit of functions over lanes: Python runs a sample of the lanes, and their results are compared."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from autograd.compile.audit import difference, perturbed
from autograd.compile.lane_programs import LanePrograms
from autograd.errors import ConvergenceError
from autograd.tape.pytree import Rebuild, columns_of, unflatten
from autograd.tape.tape import primal

SAMPLE = 8  # lanes
MOST_PATHS = 32  # of which a lane is in a sample


class LaneCall(Protocol):
    """The arguments of one call: numbers that all lanes share, columns, and how to make the arguments of a lane."""

    count: int
    numbers: list[Any]
    columns: list[Any]
    varying: list[bool]

    def plain(self, numbers: Sequence[float], /) -> list[Any]:
        """Return plain numbers of the types that these have."""
        ...

    def arguments(self, given: Sequence[Any], /) -> list[Any]:
        """Return the arguments of one lane, with these in place of the numbers."""

    def applied(self, f: Callable[..., Any], given: list[Any], /) -> Any:
        """Return f of these arguments."""


def _sample(count: int, calls: int, chosen: Sequence[int]) -> list[int]:
    """Return some of so many lanes, others at each call, and those that were chosen."""
    step = max(1, count // SAMPLE)
    return sorted({*range(calls % step, count, step), *[i for i in chosen[-MOST_PATHS:] if i < count]})


def lanes_differ(
    f: Callable[..., object], call: LaneCall, programs: LanePrograms, results: Sequence[Any] | None
) -> str:
    """Return in words where results of lanes, or without them what the programs give, differ from Python's, or "".

    Lanes for which Python raises are passed over: there they have IEEE's limits.
    """
    lanes = _sample(call.count, programs.calls, programs.sample)
    columns = columns_of([primal(x)[lanes] for x in call.columns])
    rebuild = programs.rebuild
    assert rebuild is not None
    alone = len(programs.programs) == 1  # all lanes take this path
    for place, lane in enumerate(lanes):
        shared, own = iter(call.numbers), iter(columns)
        numbers = [next(own)[place] if v else primal(next(shared)) for v in call.varying]
        plain = call.plain(numbers)
        if results is not None and alone:
            steps, outputs = programs.programs[0].size, None
        else:
            steps, outputs = programs.by_python(plain)
        if results is not None:
            outputs = [column[lane] for column in results]
        if outputs is None:
            continue
        try:
            expected = call.applied(f, call.arguments(plain))
        except (ValueError, ArithmeticError, ConvergenceError):
            continue
        except Exception as error:  # whatever else the function may raise
            return f"raises {type(error).__name__} in lane {lane}, which its program does not"
        varied = (programs.by_python(given)[1] for given in perturbed(plain))
        others = partial(_rebuilt, rebuild, varied)
        unlike = difference(unflatten(rebuild, outputs), expected, steps, others)
        if unlike is not None:
            return f"gives other results than its program: {unlike}, in lane {lane}"
    return ""


def _rebuilt(rebuild: Rebuild, results: Iterable[Sequence[float] | None]) -> Iterator[object]:
    return (unflatten(rebuild, outputs) for outputs in results if outputs is not None)
