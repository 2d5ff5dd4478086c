"""What the tests of faults share: chains, small stacks, other interpreters, threads, operators.

The one surprise: what must not overflow the stack runs in a thread with a stack of 256 KiB, because the main thread's
is large enough to hide the defect.
"""

import operator
import os
import subprocess
import sys
import threading
from pathlib import Path

import autograd
from autograd import Value
from autograd.graph import value

ROOT = Path(autograd.__file__).parents[1]
COMPILED = not value.__file__.endswith(".py")
MILLION = 1_000_000
DEEP = 100_000  # Python's recursion limit is 1000; a stack of 256 KiB holds fewer than 10,000 C frames

INFIX = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
OPERATORS = INFIX | {"divmod": divmod}
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def chain(length):
    """Return (root, leaf) of ((x + 0.0) + 0.0) + ... with this many additions, of derivative exactly 1."""
    leaf = Value(1.0)
    root = leaf
    for _ in range(length):
        root = root + 0.0
    return root, leaf


def in_small_stack(call):
    """Return call() as run by a thread with a stack of 256 KiB; what it raises is raised here."""
    outcome = []

    def run():
        try:
            outcome.append((call(), None))
        except BaseException as error:
            outcome.append((None, error))

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    found, error = outcome[0]
    if error is not None:
        raise error
    return found


def run_python(source, *, python=sys.executable, **environment):
    """Return what a fresh interpreter prints for a program, warnings being errors; fail with its stderr if it fails."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    settings.pop("COVERAGE_PROCESS_START", None)
    done = subprocess.run(
        [python, "-W", "error", "-c", source],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


REMEDY = r"v\.data"


def in_threads(count, call):
    """Return [call(0), ...] as run by threads that start together and switch as often as they can."""
    barrier = threading.Barrier(count)
    outcome = [None] * count
    errors = []

    def run(i):
        try:
            barrier.wait()
            outcome[i] = call(i)
        except BaseException as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]
    return outcome
