"""Interrupts while LLVM compiles, and while lanes run."""

import signal

import pytest

from ...tools.common import run_python

pytest.importorskip("llvmlite")

STORM = """
import os, signal, sys, threading
import numpy as np
from autograd import jit, sin, tanh, vmap

def waves(k):
    def f(x, y):
        for i in range(6):
            x = sin(x) * y + (k % 7 + 0.5) * x - 0.5
        return x * y
    return f

def fresh(k):
    return jit(waves(k), backend="llvm")(0.3, 0.7), waves(k)(0.3, 0.7)

many = np.linspace(0.0, 1.0, 60_000)
lanes = vmap(lambda x: sin(x) * x + tanh(x) * x * x * sin(x * x), backend="llvm")
expected = lanes(many).copy()
kinds = [
    fresh,
    lambda k: (vmap(waves(k), backend="llvm")(many[:9], many[:9])[5], waves(k)(many[5], many[5])),
    lambda k: (lanes(many), expected),
]
unraisable = []
sys.unraisablehook = unraisable.append
armed, interrupts, calls, wrong, others = [False], 0, 0, 0, []

def handler(number, frame):
    if armed[0]:
        armed[0] = False
        raise KeyboardInterrupt

signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.0037)
while interrupts < COUNT:
    calls += 1
    try:
        armed[0] = True
        found, true = kinds[calls % 3](calls)
        armed[0] = False
        wrong += not np.allclose(found, true, rtol=1e-12, atol=0.0)
    except KeyboardInterrupt:
        interrupts += 1
    except BaseException as error:
        armed[0] = False
        interrupts += 1
        others.append(repr(error))
signal.setitimer(signal.ITIMER_REAL, 0.0)
after = []
thread = threading.Thread(target=lambda: after.append(fresh(10**6)), daemon=True)  # is a lock still held?
thread.start()
thread.join(60.0)
print(interrupts, others, wrong, len(unraisable), len(after))
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_a_storm_of_interrupts_while_compiling_gives_nothing_but_interrupts(count):
    found = run_python(STORM.replace("COUNT", str(count)), VALUEGRAD_CACHE="", VALUEGRAD_THREADS="2")
    assert found == f"{count} [] 0 0 1\n"
