"""Threads that work for others: those that lanes run on, and the one that calls LLVM.

Python runs signal handlers in the main thread. One that raises there, as Ctrl-C does, within llvmlite would leave its
lock held for ever, or let memory be freed twice. So nothing of it is ever called in the main thread. For the same
reason who waits here uses nothing but locks and queues that are written in C.
"""

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
STACK = 64 << 20  # bytes: LLVM recurses, and on some systems threads have little


class Call:
    """A call that a worker is to make."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function: Callable[[], Any] | None = function
        self.found: Any = None
        self.error: BaseException | None = None
        self.over: bool = False
        self.under_way: Any = threading.Lock()
        self.under_way.acquire()

    def run(self) -> None:
        """Make the call, and keep what comes of it."""
        assert self.function is not None
        try:
            self.found = self.function()
        except BaseException as error:
            self.error = error
        finally:
            self.function = None  # what it refers to is let go of here
            self.over = True
            self.under_way.release()

    def wait(self) -> None:
        """Wait until the call is over; an interrupt that comes meanwhile is raised after that."""
        interrupt = None
        while not self.over:
            try:
                self.under_way.acquire()
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def result(self) -> Any:
        """Return what the function returned, or raise what it raised, once that is known."""
        self.wait()
        if self.error is not None:
            raise self.error
        return self.found


class Worker(threading.Thread):
    """A thread, and what it is to do."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.queue: SimpleQueue[Any] = SimpleQueue()

    def run(self) -> None:
        """Make the calls that come, for ever; anything else is let go of here."""
        while True:
            task = self.queue.get()
            if isinstance(task, Call):
                task.run()
            del task


_workers: dict[str, Worker] = {}  # by their names


def worker(name: str) -> Worker:
    """Return the worker of a name; it starts when it is first asked for."""
    if name not in _workers:
        before = threading.stack_size(STACK)
        try:
            made = Worker(f"valuegrad {name}")
            made.start()
        finally:
            threading.stack_size(before)
        _workers.setdefault(name, made)
    return _workers[name]


def working() -> bool:
    """Return whether this is a worker, which must not wait for others: they may be waiting for it."""
    return isinstance(threading.current_thread(), Worker)


def called(function: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises, when the thread that calls LLVM calls it."""
    caller = worker("LLVM")
    if caller is threading.current_thread():
        return function()
    call = Call(function)
    del function
    caller.queue.put(call)
    return call.result()  # type: ignore[no-any-return]


class Owned:
    """An object of LLVM's, which is let go of by the thread that calls it."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __del__(self) -> None:
        if "LLVM" in _workers:
            _workers["LLVM"].queue.put(self.thing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.clear)  # the threads are not there
