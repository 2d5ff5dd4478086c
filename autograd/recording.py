"""`no_grad`: whether operations on Values remember their operands.

Start at `no_grad`. The one surprise: the state refers to its contexts weakly, so that a context whose exit was itself
interrupted stops counting as soon as it is gone, and recording cannot stay off by accident.
"""

import contextvars
import inspect
import weakref
from collections.abc import Callable
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any

paused: dict[int, Any] = {}  # a weak reference to each active no_grad, anywhere: empty is the cheap common case
_state: contextvars.ContextVar[Any] = contextvars.ContextVar("no_grad", default=None)  # (innermost, state around it)


def recording() -> bool:
    """Return whether this thread or task records: whether it is inside of no `no_grad`."""
    state = _state.get()
    while state is not None and state[0]() is None:
        state = state[1]
    return state is None


def _forget(reference: Any) -> None:
    paused.pop(id(reference), None)


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

    def __call__(self, function: Callable[..., Any]) -> Any:
        kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        if any(kind(function) for kind in kinds):
            name = function.__name__
            raise TypeError(f"no_grad: {name} runs after its call has returned; use `with no_grad():` inside of it")
        return super().__call__(function)

    def __enter__(self) -> "no_grad":
        reference = weakref.ref(self, _forget)
        paused[id(reference)] = reference
        _state.set((reference, _state.get()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state = _state.get()
        while state is not None and state[0]() is not self:
            state = state[1]
        if state is not None:
            _state.set(state[1])
            _forget(state[0])
