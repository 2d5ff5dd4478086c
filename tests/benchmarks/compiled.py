"""Benchmarks of compiled programs: `python -m tests.benchmarks.compiled [NAME ...]`.

Each contender of a task is checked against the first before anything is timed; then all run in turn, round after round,
and the median of each is shown with its ratio to ours, because the machine's own pace drifts. A contender that cannot
run here (no compiler, a package that is not installed) is named as skipped. All run on one core unless it says threads.
"""

import ctypes
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import autograd
from autograd import exp, jit, lgamma, log, logsumexp, norm_cdf, sqrt, sumprod, tanh, value_and_grad, vmap
from autograd.backends import llvm
from autograd.program import Builder, Instruction
from autograd.table import add, mul
from autograd.table import sin as sine

from ..traps import TRAPS, draw, outcome

HERE = Path(__file__).parent
TUNED = ("-ffast-math", "-fopenmp-simd", "-mprefer-vector-width=512", "-lmvec")
ADBENCH = HERE.parents[2] / "shared" / "adbench"


def single_thread():
    llvm.lanes.__defaults__ = (1,)


def timed(title, contenders, check, rounds=9, calls=1):
    """Print a table of contenders: functions by name, None where one cannot run here; `calls` of each in a row."""
    print(f"\n{title}")
    results = {name: call() for name, call in contenders.items() if call is not None}
    first = next(iter(results.values()))
    for name, result in results.items():
        check(first, result, name)
    times = {name: [] for name in results}
    for _ in range(rounds):
        for name in results:
            contenders[name]()  # the one before has left the caches to itself; steps of a training come one by one
            start = time.perf_counter()
            for _ in range(calls):
                contenders[name]()
            times[name].append((time.perf_counter() - start) / calls)
    own = statistics.median(next(iter(times.values())))
    for name in contenders:
        if name in results:
            middle = statistics.median(times[name])
            print(f"  {name:44}{middle * 1e3:12.4g} ms{middle / own:10.2f} x ours")
        else:
            print(f"  {name:44}skipped: it cannot run here")


def near(tolerance):
    def check(first, other, name):
        for x, y in zip(first, other, strict=True):
            error = np.max(np.abs(np.asarray(x) - np.asarray(y)) / (1.0 + np.abs(np.asarray(y))))
            assert error < tolerance, (name, error)

    return check


def library(*flags):
    """Return compiled.cpp, built with these flags; None without a compiler."""
    target = Path(tempfile.mkdtemp()) / "compiled.so"
    line = ["g++", "-O3", "-march=native", "-shared", "-fPIC", str(HERE / "compiled.cpp"), *flags, "-o", str(target)]
    try:
        subprocess.run(line, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = ctypes.CDLL(str(target))
    found.moons.restype = found.moons_tuned.restype = ctypes.c_double
    return found


def pointer(x):
    return x.ctypes.data_as(ctypes.c_void_p)


def price(S, K, T, r, v):
    d1 = (log(S / K) + (r + 0.5 * v * v) * T) / (v * sqrt(T))
    d2 = d1 - v * sqrt(T)
    return S * norm_cdf(d1) - K * exp(-r * T) * norm_cdf(d2)


def black_scholes():
    rng, n = np.random.default_rng(0), 1_000_000
    ranges = [(50.0, 150.0), (50.0, 150.0), (0.1, 2.0), (0.0, 0.1), (0.1, 0.5)]
    market = [rng.uniform(low, high, n) for low, high in ranges]

    def ours(backend):
        f = vmap(value_and_grad(price, argnums=range(5)), backend=backend)

        def call():
            value, slopes = f(*market)
            return [value, *slopes]

        return call

    def by_hand():
        from scipy.special import ndtr

        S, K, T, r, v = market
        root = np.sqrt(T)
        d1 = (np.log(S / K) + (r + 0.5 * v * v) * T) / (v * root)
        d2 = d1 - v * root
        n1, n2, discount, p = ndtr(d1), ndtr(d2), np.exp(-r * T), np.exp(-0.5 * d1 * d1) * 0.3989422804014327
        rest = K * discount * n2
        return [S * n1 - rest, n1, -discount * n2, S * p * v / (2 * root) + r * rest, T * rest, S * p * root]

    def native(*flags, name="black_scholes"):
        found = library(*flags)
        out = np.empty((6, n))

        def call():
            getattr(found, name)(n, *map(pointer, market), pointer(out))
            return list(out)

        return call if found else None

    contenders = {
        "ours, llvm": ours("llvm"),
        "ours, numpy": ours("numpy"),
        "NumPy and SciPy by hand": by_hand,
        "C++ by hand, -O3 -march=native": native(),
        "C++ by hand, -ffast-math too": native("-ffast-math"),
        "C++ tuned, vector functions": native(*TUNED, name="black_scholes_tuned"),
        "JAX": jax_black_scholes(market),
    }
    timed("Black-Scholes price and 5 Greeks, 1e6 options", contenders, near(1e-12))
    value, *slopes = ours("llvm")()
    eager = value_and_grad(price, argnums=range(5))
    worst = 0.0
    for i in range(0, n, 997):
        expected = eager(*[float(x[i]) for x in market])
        for found, truth in zip((value, *slopes), (expected[0], *expected[1]), strict=True):
            worst = max(worst, abs(found[i] - truth) / math.ulp(truth))
    print(f"  largest difference from eager: {worst:.0f} ulp of the result (it is a difference of larger terms)")


def jax_black_scholes(market):
    try:
        import jax
        from jax.scipy.stats import norm
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)

    def f(S, K, T, r, v):
        d1 = (jax.numpy.log(S / K) + (r + 0.5 * v * v) * T) / (v * jax.numpy.sqrt(T))
        d2 = d1 - v * jax.numpy.sqrt(T)
        return S * norm.cdf(d1) - K * jax.numpy.exp(-r * T) * norm.cdf(d2)

    g = jax.jit(jax.vmap(jax.value_and_grad(f, argnums=tuple(range(5)))))

    def call():
        value, slopes = jax.block_until_ready(g(*market))
        return [value, *slopes]

    return call


def net(w, x):
    k, h = 0, list(x)
    for n, m in ((2, 16), (16, 16)):
        row = n + 1
        h = [tanh(sumprod(list(w[k + j * row : k + (j + 1) * row]), [*h, 1.0])) for j in range(m)]
        k += m * row
    return sumprod(list(w[k:]), [*h, 1.0])


def squared_error(w, x, t):
    e = net(w, x) - t
    return e * e


def numpy_net(w, X, t):
    w1, w2, w3 = w[:48].reshape(16, 3), w[48:320].reshape(16, 17), w[320:]
    h1 = np.tanh(X @ w1[:, :2].T + w1[:, 2])
    h2 = np.tanh(h1 @ w2[:, :16].T + w2[:, 16])
    e = h2 @ w3[:16] + w3[16] - t
    g = 2 * e / len(t)
    d2 = np.outer(g, w3[:16]) * (1 - h2 * h2)
    d1 = (d2 @ w2[:, :16]) * (1 - h1 * h1)
    parts = [np.c_[d1.T @ X, d1.sum(0)].ravel(), np.c_[d2.T @ h1, d2.sum(0)].ravel(), h2.T @ g, [g.sum()]]
    return [(e * e).mean(), np.concatenate(parts)]


def network(n, title, threads=1):
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(n, 2)), rng.normal(size=337) * 0.3
    t = np.sign(X[:, 0] * X[:, 1])
    x0, x1 = np.ascontiguousarray(X[:, 0]), np.ascontiguousarray(X[:, 1])

    def ours(backend):
        lanes = vmap(squared_error, in_axes=(None, 0, 0), backend=backend)
        f = jit(value_and_grad(lambda w, X, t: lanes(w, X, t).mean()))
        f(w, X, t)
        return lambda: f(w, X, t)

    def native(*flags, name="moons"):
        found, slope = library(*flags), np.empty(337)
        if not found:
            return None
        return lambda: [getattr(found, name)(n, *map(pointer, (w, x0, x1, t)), pointer(slope)), slope]

    llvm.lanes.__defaults__ = (threads,)
    contenders = {
        "ours, llvm": ours("llvm"),
        "ours, numpy": ours("numpy"),
        "NumPy by hand": lambda: numpy_net(w, X, t),
        "C++ by hand, -O3 -march=native": native(),
        "C++ by hand, -ffast-math too": native("-ffast-math"),
        "C++ tuned, vector functions": native(*TUNED, name="moons_tuned"),
    }
    timed(title, contenders, near(1e-11), *((9, 1) if n > 1000 else (21, 10)))
    single_thread()


def moons():
    network(100, "moons: full-batch step of an MLP 2-16-16-1, 100 samples, loss and gradient, call included")


def samples():
    network(100_000, "the same over 1e5 samples with shared weights")
    network(100_000, f"the same, ours with {os.cpu_count()} threads", os.cpu_count())


def read_gmm(path):
    lines = path.read_text().split("\n")
    d, k, n = map(int, lines[0].split())
    rows = [list(map(float, line.split())) for line in lines[1:] if line.strip()]
    alphas, means, icf = [row[0] for row in rows[:k]], rows[k : 2 * k], rows[2 * k : 3 * k]
    X = rows[3 * k : 3 * k + n]
    if len(X[0]) != d:
        raise ValueError(path)
    gamma, m = rows[3 * k + n]
    return d, k, n, alphas, means, icf, np.array(X), gamma, int(m)


def gmm():
    folder = ADBENCH / "gmm" / "1k"
    if not folder.exists():
        print("\nGMM: skipped, its data is not here")
        return
    for name in ("d2_K5", "d10_K5", "d10_K25"):
        d, k, n, alphas, means, icf, X, gamma, m = read_gmm(folder / f"gmm_{name}.txt")
        numbers = np.concatenate([alphas, np.ravel(means), np.ravel(icf)])
        wide = d * (d + 1) // 2

        def parts(p, d=d, k=k, wide=wide):
            own = list(p)
            return (
                own[:k],
                [own[k + d * i : k + d * (i + 1)] for i in range(k)],
                [own[k + d * k + wide * i : k + d * k + wide * (i + 1)] for i in range(k)],
            )

        def one(p, x, d=d, parts=parts):
            terms = []
            for alpha, mean, q in zip(*parts(p), strict=True):
                c = [a - b for a, b in zip(x, mean, strict=True)]
                rest = [exp(q[i]) * c[i] for i in range(d)]
                place = d
                for j in range(d):
                    for i in range(j + 1, d):
                        rest[i] = rest[i] + q[place] * c[j]
                        place += 1
                terms.append(alpha + sum(q[:d]) - 0.5 * sumprod(rest, rest))
            return logsumexp(terms)

        lanes = vmap(one, in_axes=(None, 0), backend="llvm")

        def objective(p, X, d=d, k=k, n=n, gamma=gamma, m=m, parts=parts, lanes=lanes):
            alphas, _, icf = parts(p)
            pi = 3.14159265359
            total = lanes(p, X).sum() - n * logsumexp(alphas) - n * d * 0.5 * math.log(2 * pi)
            freedom = d + m + 1
            constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
            constant -= 0.25 * d * (d - 1) * math.log(pi) + sum(
                lgamma(0.5 * freedom + 0.5 * (1 - j)) for j in range(1, d + 1)
            )
            prior = 0.0
            for q in icf:
                diagonal = [exp(x) for x in q[:d]]
                squares = sumprod(diagonal, diagonal) + (sumprod(q[d:], q[d:]) if d > 1 else 0.0)
                prior = prior + 0.5 * gamma * gamma * squares - m * sum(q[:d])
            return total + (prior - k * constant)

        f = jit(value_and_grad(objective))
        start = time.perf_counter()
        value, slope = f(numbers, X)
        first = time.perf_counter() - start
        expected = json.loads((ADBENCH / "expected" / f"gmm_1k_{name}.json").read_text())
        print(f"\nGMM {name}, n = {n}: {len(numbers)} parameters, first call {first:.2f} s")
        assert abs(value - expected["objective"][0]) <= 1e-10 * abs(value), (value, expected["objective"])
        np.testing.assert_allclose(slope, expected["jacobian"], rtol=1e-8, atol=1e-8)
        timed(f"GMM {name}: objective and gradient", {"ours, llvm": lambda f=f, p=numbers, X=X: f(p, X)}, near(1e-9))


def compile_times():
    """Programs of random products and sums; the cache is off, then on in a second process."""
    print("\ncompile time, 4 inputs, sums, products and sines at random")
    os.environ["VALUEGRAD_CACHE"] = ""
    for size in (1_000, 10_000, 100_000):
        rng = random.Random(size)
        made = Builder(4)
        for i in range(size):
            row = rng.choice((add, mul, add, mul, sine) if i % 50 == 0 else (add, mul))
            a, b = (rng.randrange(max(0, i - 40), i + 4) for _ in range(2))
            made.add(Instruction(row, (a,) if row is sine else (a, b), True))
        program = made.program([size + 3])
        start = time.perf_counter()
        run = llvm.lanes(program, [True] * 4, [False])
        run([], [np.full(64, 0.5)] * 4, 64)
        print(f"  {size:>7} instructions{time.perf_counter() - start:10.3f} s")
    code = (
        "import time; t = time.perf_counter(); import numpy, autograd; from autograd import vmap, tanh; "
        "from autograd.backends import llvm; t = time.perf_counter(); x = numpy.ones(64); "
        "vmap(lambda x: tanh(x) * x, backend='llvm')(x); print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        for label in ("first process", "second process, warm disk cache"):
            done = subprocess.run(
                [sys.executable, "-c", code],
                env=os.environ | {"VALUEGRAD_CACHE": folder},
                capture_output=True,
                text=True,
            )
            print(f"  tanh(x) * x: {label}{float(done.stdout) * 1e3:10.1f} ms, imports not counted")


def trap():
    """A million random inputs through functions with branches: how many results differ from eager."""
    count = int(os.environ.get("TRAPS", "1000000")) // len(TRAPS)
    print(f"\nstale branches: {count * len(TRAPS)} random inputs, {len(TRAPS)} functions")
    for f in TRAPS:
        rng = random.Random(f.__name__)
        compiled = jit(f)
        wrong = 0
        for _ in range(count):
            x, y = draw(rng)
            wrong += outcome(compiled, x, y) != outcome(f, x, y)
        stats = compiled.stats()
        print(f"  {f.__name__:12}{wrong:8} differences{stats.paths:6} paths{stats.eager:8} calls left to Python")


TASKS = {
    "black_scholes": black_scholes,
    "moons": moons,
    "samples": samples,
    "gmm": gmm,
    "compile": compile_times,
    "trap": trap,
}

if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # which is read when NumPy is loaded
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execv(sys.executable, [sys.executable, "-m", "tests.benchmarks.compiled", *sys.argv[1:]])
    print(f"valuegrad {autograd.core()} core, Python {sys.version.split()[0]}, NumPy {np.__version__}")
    single_thread()
    for chosen in sys.argv[1:] or TASKS:
        TASKS[chosen]()
