"""`draw_on_error`: the picture of a computation up to the operation that failed."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from autograd.drawing.drawing import Drawing, draw
from autograd.drawing.undone import undone
from autograd.errors import AutogradError
from autograd.graph.backward import topological_order
from autograd.graph.contexts import ours
from autograd.graph.value import Value

NESTED = 1000  # Values of one variable that are looked at


class draw_on_error:
    """A context that draws what an exception left behind: the graph up to the operation that failed.

    In a notebook the picture is shown above the traceback; elsewhere its text goes to standard error. `path` saves it
    too, in the format of its suffix. The exception goes on, with the picture as its attribute `drawing`. Where no
    operation of ours failed, everything is drawn that the variables of the function that raised were made of.

    >>> from autograd import Value, log
    >>> x = Value(2.0, "x")
    >>> try:
    ...     with draw_on_error():
    ...         log(x - 3.0)
    ... except ValueError as error:
    ...     print(error.drawing)
    x             data 2.0
    #1 = x - 3.0  data -1.0
    #2 = log(#1)  data nan
    log: operand x is -1.0, outside (0, inf); ...
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        drawing = drawing_of(error) if isinstance(error, Exception) else None
        if drawing is not None:
            error.drawing = drawing  # type: ignore[union-attr]
            show(drawing)
            if self.path is not None:
                drawing.save(self.path)


def show(drawing: Drawing) -> None:
    """Show a picture in the notebook, or its text on standard error."""
    shell = sys.modules.get("IPython")
    if shell is not None and shell.get_ipython() is not None:
        shell.display.display(drawing)
    else:
        print(drawing, file=sys.stderr)


def drawing_of(error: Exception) -> Drawing | None:
    """Return the picture of what was computed before an exception; None if there is nothing."""
    names: dict[str, Any] = {}
    frames = [frame for frame in _frames(error) if not ours(frame.f_code.co_filename)]
    for frame in frames:
        names |= {key: x for key, x in frame.f_locals.items() if not key.startswith("_")}
    failed: Any = error.failed if isinstance(error, AutogradError) else None
    operands = failed[1] if failed is not None else ()
    roots = [undone(*failed)] if failed is not None and any(type(x) is Value for x in operands) else _last(frames)
    if not roots:
        return None
    return draw(roots, names=names, title=str(error).partition("\n")[0], grad=False, color="nan")


def _frames(error: Exception) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _last(frames: list[FrameType]) -> list[Value]:
    """Return the Values of the innermost function that has any, without those that others of them were made from."""
    for frame in reversed(frames):
        found = {id(x): x for variable in frame.f_locals.values() for x in _values(variable)}
        if found:
            made = {id(p) for x in topological_order(list(found.values())) for p in x.parents}
            return [x for key, x in found.items() if key not in made]
    return []


def _values(x: object) -> Iterator[Value]:
    waiting, seen = [x], 0
    while waiting and seen < NESTED:
        y = waiting.pop()
        seen += 1
        if type(y) is Value:
            yield y
        elif isinstance(y, (list, tuple)):
            waiting.extend(y[:NESTED])
        elif isinstance(y, dict):
            waiting.extend(list(y.values())[:NESTED])


def load_ipython_extension(shell: Any) -> None:
    """Draw every exception of ours in IPython, above its traceback: `%load_ext autograd.drawing`."""

    def drawn(shell: Any, kind: type[Exception], error: Exception, trace: TracebackType, **options: Any) -> None:
        drawing = drawing_of(error)
        if drawing is not None:
            show(drawing)
        shell.showtraceback((kind, error, trace), **options)

    shell.set_custom_exc((AutogradError,), drawn)
