"""The thread that calls LLVM, for all others.

Python runs signal handlers in the main thread. One that raises there, as Ctrl-C does, within llvmlite would leave its
lock held for ever, or let memory be freed twice. So nothing of it is ever called in the main thread.
"""

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
STACK = 64 << 20  # bytes: LLVM recurses, and on some systems threads have little


class _Call:
    """A call that the thread is to make."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function: Callable[[], Any] | None = function
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        """Make the call, and keep what comes of it."""
        assert self.function is not None
        try:
            self.result = self.function()
        except BaseException as error:
            self.error = error
        finally:
            self.function = None  # nothing of LLVM's is let go of elsewhere
            self.done.set()


class _Caller(threading.Thread):
    """The thread, and what it is to do."""

    def __init__(self) -> None:
        super().__init__(name="valuegrad-llvm", daemon=True)
        self.queue: SimpleQueue[Any] = SimpleQueue()

    def run(self) -> None:
        while True:
            task = self.queue.get()
            if isinstance(task, _Call):
                task.run()
            del task  # what is no call is let go of here


_callers: list[_Caller] = []  # one, once it is needed


def _caller() -> _Caller:
    if not _callers:
        before = threading.stack_size(STACK)
        try:
            caller = _Caller()
            caller.start()
            _callers.append(caller)
        finally:
            threading.stack_size(before)
    return _callers[0]


def called(function: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises, when the thread calls it.

    An interrupt that comes meanwhile is raised after that: the caller's locks are not let go of before.
    """
    caller = _caller()
    if caller is threading.current_thread():
        return function()
    call, interrupt = _Call(function), None
    del function
    caller.queue.put(call)
    while not call.done.is_set():
        try:
            call.done.wait()
        except BaseException as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt
    if call.error is not None:
        raise call.error
    return call.result  # type: ignore[no-any-return]


class Owned:
    """An object of LLVM's, which is let go of by the thread."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __del__(self) -> None:
        if _callers:
            _callers[0].queue.put(self.thing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_callers.clear)  # the thread is not there
