"""Compiled code in processes and threads: forks at any moment, other ways to start, the first call of all."""

import multiprocessing
import os
import subprocess
import sys

import pytest

from ..tools.common import ROOT, run_python

pytest.importorskip("llvmlite")
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

# A child that waits for a lock for ever dies of its alarm. 3.12 and later warn of forking with threads.
FORKS = """
import gc, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from autograd import jit, sin, tanh, vmap

def waves(k):
    def f(x):
        for i in range(40):
            x = sin(x * (k + i * 0.1)) + tanh(x)
        return x
    return f

def child(right):
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        signal.alarm(60)
        try:
            os._exit(0 if right() else 1)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

few, many = np.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 300_000)
square = vmap(lambda x: x * x + sin(x))
expected = square(many)
codes = {child(lambda: (square(many) == expected).all())}  # after lanes on threads
stop = False

def compile():
    k = 0
    while not stop:
        k += 1
        current[0] = vmap(waves(k), backend="llvm")
        current[0](few)
        jit(waves(k), backend="llvm")(0.5)
        gc.collect()

def run():
    while not stop:
        square(many)

def right():
    one = 1000.5 + len(codes)
    new = jit(waves(one), backend="llvm")(0.5)
    same = current[0](few) is not None  # what another thread was compiling
    return same and abs(new - waves(one)(0.5)) < 1e-12 and (square(many) == expected).all()

current = [square]
threads = [threading.Thread(target=target) for target in (compile, compile, run)]
for thread in threads:
    thread.start()
for i in range(COUNT):
    time.sleep(0.003 * (i % 7))
    codes.add(child(right))
stop = True
for thread in threads:
    thread.join()
print(codes)
"""


@unix
@pytest.mark.parametrize("count", [3, pytest.param(40, marks=pytest.mark.long)])
def test_a_forked_child_compiles_and_runs_lanes_whatever_other_threads_were_doing(count):
    source = FORKS.replace("COUNT", str(count))
    assert run_python(source, VALUEGRAD_THREADS="2", VALUEGRAD_CACHE="") == "{0}\n"


PROCESSES = """
import multiprocessing, sys
import numpy as np
from autograd import grad, jit, sin, vmap

@jit
def named(x):
    return sin(x) * x

def plain(x):
    return x * x * x

def squares(x):
    return x * x + 1.0

def work(f, x):
    return [f(x) for _ in range(150)][-1], float(jit(grad(plain), backend="llvm")(x))

if __name__ == "__main__":
    many = np.linspace(0.0, 1.0, 300_000)
    lanes = vmap(squares, backend="llvm")
    lanes(many)
    [named(0.5) for _ in range(150)]
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        found = [pool.apply(work, (f, 2.0)) for f in (named, jit(plain, backend="llvm"))]
        same = (pool.apply(lanes, (many,)) == lanes(many)).all()
    print(found == [(named(2.0), 12.0), (8.0, 12.0)], same)
"""


METHODS = [
    pytest.param(one, marks=[pytest.mark.long] * (one != "spawn")) for one in multiprocessing.get_all_start_methods()
]


@pytest.mark.parametrize("method", METHODS)
def test_compiled_functions_go_to_other_processes(method, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROCESSES)
    settings = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "VALUEGRAD_CACHE": str(tmp_path / "cache"),
        "VALUEGRAD_THREADS": "2",
    }
    line = [sys.executable, "-W", "ignore::DeprecationWarning", program, method]
    done = subprocess.run(line, env=settings, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "True True\n"), done.stderr


FIRST = """
import collections, sys, threading
from autograd import exp, jit, sin, tanh, value_and_grad
sys.setswitchinterval(1e-6)

def f(p):
    x, y = p["x"], p["y"]
    for _ in range(20):
        x = sin(x) * y + tanh(x)
    return x

at = {"x": 1.2, "y": 0.3}
right = value_and_grad(f)(at)
kinds = [lambda: jit(value_and_grad(f), backend="llvm"), lambda: jit(value_and_grad(f)), lambda: value_and_grad(f)]
shared = kinds[0]()
start, found = threading.Barrier(16), collections.Counter()

def near(answer):
    (value, slope), (true, slopes) = answer, right
    pairs = [(value, true), *[(slope[key], slopes[key]) for key in slopes]]
    return all(abs(x - y) <= 1e-12 * abs(y) for x, y in pairs)

def work(i):
    own = kinds[i // 2 % 3]() if i % 2 else shared
    start.wait()
    for _ in range(60):
        try:
            found[near(own(at))] += 1
        except Exception as error:
            found[repr(error)] += 1

assert "numpy" not in sys.modules
threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(dict(found))
"""


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.long)])
def test_sixteen_threads_make_the_first_native_call_together(times, tmp_path):
    for i in range(times):
        assert run_python(FIRST, VALUEGRAD_CACHE=str(tmp_path / str(i // 2))) == "{True: 960}\n"  # with code kept, too
