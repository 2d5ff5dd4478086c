"""What makes a fork safe: the child has only the thread that forked, so no lock may be held there by another.

While a thread forks, nothing is compiled: LLVM's own state would be left as it was in the middle.
"""

import os
from threading import RLock
from typing import Any

Lock = Any  # typing knows only the function that makes one
COMPILING: Lock = RLock()  # held while a backend is imported, and while anything is compiled
HELD: list[Lock] = [COMPILING]  # locks that a thread takes before it forks, in their order
_taken: list[Lock] = []


class ForkableLock:
    """A lock that is free in a forked child; what it guards must be right at every byte code."""

    def __init__(self) -> None:
        self.locks: dict[int, Lock] = {}  # by process

    def own(self) -> Lock:
        """Return this process's lock."""
        process = os.getpid()
        return self.locks.get(process) or self.locks.setdefault(process, RLock())


def _before() -> None:
    for lock in HELD:
        lock.acquire()
        _taken.append(lock)


def _in_parent() -> None:
    while _taken:
        _taken.pop().release()


def _in_child() -> None:
    _taken.clear()
    for lock in HELD:
        lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
