"""`no_grad`: whether operations on Values remember their operands.

Start at `no_grad`. The one surprise: `paused` is a plain list that is empty nearly always; only when some thread or
task is inside a `no_grad` does an operation ask the (slower) context variable whether it is this one.
"""

import contextvars
from contextlib import ContextDecorator
from types import TracebackType

recording = contextvars.ContextVar("recording", default=True)
paused: list[object] = []  # one entry for each active no_grad, anywhere


class no_grad(ContextDecorator):
    """A context, or a decorator, in which results are leaves: nothing is recorded, so inference costs less.

    It nests, survives exceptions, and holds for the thread or task that entered it alone.

    >>> from autograd import Value
    >>> w = Value(2.0)
    >>> with no_grad():
    ...     y = w * w
    >>> y.parents
    ()
    """

    def __init__(self) -> None:
        self._tokens: list[contextvars.Token[bool]] = []

    def _recreate_cm(self) -> "no_grad":
        return no_grad()

    def __enter__(self) -> "no_grad":
        paused.append(self)
        self._tokens.append(recording.set(False))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.reset(self._tokens.pop())
        paused.remove(self)
