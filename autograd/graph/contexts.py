"""What operations on Values remember: nothing inside of `no_grad`; their place inside of `scope` and `trace_lines`.

The state refers to its contexts weakly. A context whose exit was itself interrupted stops counting as soon as it is
gone, and recording cannot stay off by accident.
"""

import contextvars
import math
import os
import sys
import weakref
from collections.abc import Callable
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from autograd.errors import WatchError

F = TypeVar("F", bound=Callable[..., Any])
State = Any  # None, or (a weak reference to the innermost context, the Mark it makes, the state around it)
_HERE = os.path.dirname(os.path.dirname(__file__))
_OURS = (_HERE + os.sep, os.path.join(os.path.dirname(_HERE), "nn") + os.sep)  # whose lines are not the user's
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")  # which is asked for others
_CORE = tuple([os.path.join(_HERE, "tape", name) for name in ("standin.py", "tape.py")])  # of numbers that are asked


class Mark(NamedTuple):
    """What a node remembers of where it was made, beside its name."""

    name: str | None = None
    scope: tuple[str, ...] = ()
    line: str | None = None


def plain_text(x: str) -> str:
    """Return a str as nothing but a str: one of a subclass may refer to the node that it is the name of.

    Nodes are no business of the garbage collector, so such a cycle would never be freed.
    """
    return str.__str__(x)


class _Context(ContextDecorator):
    """A context, or a decorator; it nests, survives exceptions, and holds for the thread or task that entered it."""

    state: ClassVar[contextvars.ContextVar[State]]
    active: ClassVar[dict[int, Any]]  # a weak reference to each that is entered: empty is the cheap case

    def __call__(self, function: F) -> F:
        import inspect  # who decorates nothing does without

        kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        if any(kind(function) for kind in kinds):
            name, own = function.__name__, type(self).__name__
            raise TypeError(f"{own}: {name} runs after its call has returned; use `with {own}(...):` inside of it")
        return super().__call__(function)

    def mark(self) -> Mark | None:
        """Return what nodes made inside of this remember, where it is entered now."""
        return None

    def __enter__(self) -> Self:
        active = self.active
        reference = weakref.ref(self, lambda gone: active.pop(id(gone), None))
        active[id(reference)] = reference
        self.state.set((reference, self.mark(), self.state.get()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state = self.state.get()
        while state is not None and state[0]() is not self:
            state = state[2]
        if state is not None:
            self.state.set(state[2])
            self.active.pop(id(state[0]), None)


def _innermost(state: State) -> State:
    while state is not None and state[0]() is None:
        state = state[2]
    return state


class no_grad(_Context):
    """A context, or a decorator, in which results are leaves: nothing is recorded, so inference costs less.

    It nests, survives exceptions, and holds for the thread or task that entered it alone. It is for Values: `grad`,
    `jit` and other transforms of functions record what is inside all the same, and there `stop_gradient` cuts.

    >>> from autograd import Value
    >>> w = Value(2.0)
    >>> with no_grad():
    ...     y = w * w
    >>> y.parents
    ()
    """

    state: ClassVar[contextvars.ContextVar[State]] = contextvars.ContextVar("no_grad", default=None)
    active: ClassVar[dict[int, Any]] = {}


class scope(_Context):
    """A context, or a decorator, that names a group: what is made inside remembers it, and `draw` folds it.

    Scopes nest: `.scope` of a Value lists their names, outermost first. Raises TypeError for a name that is no str.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> with scope("encoder"), scope("square"):
    ...     y = x * x
    >>> y.scope
    ('encoder', 'square')
    """

    state: ClassVar[contextvars.ContextVar[State]] = contextvars.ContextVar("scope", default=None)
    active: ClassVar[dict[int, Any]] = {}

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"scope: name must be a str, not {type(name).__name__} {name!r}")
        self.name: str = plain_text(name)

    def mark(self) -> Mark:
        """Return the scopes around this, and this."""
        outer = _innermost(self.state.get())
        return Mark(None, ((*outer[1].scope, self.name) if outer is not None else (self.name,)))


class trace_lines(_Context):
    """A context, or a decorator, in which every operation remembers the line of the program that asked for it.

    `.line` of a Value then is "file.py:12". Each operation takes about a microsecond longer.

    >>> from autograd import Value
    >>> with trace_lines():
    ...     y = Value(2.0) * 3.0
    >>> y.line.partition(":")[2]
    '2'
    """

    state: ClassVar[contextvars.ContextVar[State]] = contextvars.ContextVar("trace_lines", default=None)
    active: ClassVar[dict[int, Any]] = scope.active


class watch(_Context):
    """A context, or a decorator, in which an operation on Values raises WatchError at once, with its line.

    nan, inf, zero: what to watch for, in values and in partials: at `sqrt(0.0)` the value is 0 and the partial is
    infinite, and NaN gradients begin there. Each operation takes about two microseconds longer. ValueError if there is
    nothing to watch for.

    >>> from autograd import Value, sqrt
    >>> with watch(inf=True):
    ...     sqrt(Value(0.0, "x"))
    Traceback (most recent call last):
    ...
    autograd.errors.WatchError: sqrt: its partial towards x is inf, at x = 0.0; ...
    """

    state: ClassVar[contextvars.ContextVar[State]] = contextvars.ContextVar("watch", default=None)
    active: ClassVar[dict[int, Any]] = scope.active

    def __init__(self, *, nan: bool = False, inf: bool = False, zero: bool = False) -> None:
        if not (nan or inf or zero):
            raise ValueError("watch: say what for: nan=True, inf=True or zero=True")
        self.kinds: list[str] = [kind for kind, wanted in (("nan", nan), ("inf", inf), ("zero", zero)) if wanted]

    def look(self, node: Any) -> None:
        """Raise WatchError if a node, or one of its partials, is what is watched for."""
        primitive, operands = node.primitive, node.operands
        names = primitive.operand_names if primitive.partials else [f"x[{i}]" for i in range(len(operands))]
        free = [name for name, x in zip(names, operands, strict=False) if type(x) is type(node)]
        found = [
            ("its value", node.data),
            *[(f"its partial towards {x}", d) for x, d in zip(free, node.partials, strict=False)],
        ]
        for what, x in found:
            if any(_is(kind, x) for kind in self.kinds):
                at = ", ".join(f"{name} = {getattr(y, 'data', y)!r}" for name, y in zip(names, operands, strict=False))
                error = WatchError(f"{primitive.name}: {what} is {x!r}, at {at}; line {line()}")
                error.failed = (primitive, operands)
                raise error


def _is(kind: str, x: float) -> bool:
    return x != x if kind == "nan" else x == 0.0 if kind == "zero" else math.isinf(x)


def watched(node: Any) -> None:
    """Raise WatchError if somebody watches for what a new node is."""
    innermost = _innermost(watch.state.get()) if watch.state.get() is not None else None
    watcher = innermost[0]() if innermost is not None else None
    if watcher is not None:
        watcher.look(node)


paused: dict[int, Any] = no_grad.active
marking: dict[int, Any] = scope.active


def recording() -> bool:
    """Return whether this thread or task records: whether it is inside of no `no_grad`."""
    return _innermost(no_grad.state.get()) is None


def mark() -> Mark | None:
    """Return what a node made now is to remember of this place; None if there is nothing."""
    inside, tracing = scope.state.get(), trace_lines.state.get()
    if inside is not None and inside[0]() is None:
        inside = _innermost(inside)
    place = inside[1] if inside is not None else None
    if tracing is None or _innermost(tracing) is None:
        return place
    return Mark(None, place.scope if place else (), line())


def line() -> str:
    """Return which line of the user's program is running, as "file.py:12"."""
    return "{}:{}".format(*file_and_line())


def ours(file: str) -> bool:
    """Return whether a file is of this package, not of the user's program."""
    return file.startswith(_OURS)


def asker_is_user() -> bool:
    """Return whether a method of the core was called by the user's program, not by this package."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        library = file.startswith(_LIBRARY) and "site-packages" not in file
        if not library and not file.startswith(_CORE):
            return not file.startswith(_OURS)
        frame = frame.f_back
    return False


def file_and_line() -> tuple[str, int]:
    """Return the file and the number of the line of the user's program that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and ours(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
