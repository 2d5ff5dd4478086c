"""Black-Scholes with its Greeks, and the training of a small network: ours, by hand, and the peers.

Start at `black_scholes`. The one surprise: `moons` makes whole training steps, so its weights differ at each call.
"""

import ctypes
import math
import os
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

import autograd
from autograd import jit, relu, sumprod, tanh, value_and_grad, vmap

from .contest import BEST, FAST, OURS, PLAIN, TUNED, Contest, native, near, pointer, ratio, single_thread
from .peers import formulas

price = partial(formulas.price, SimpleNamespace(**vars(autograd), ndtr=autograd.norm_cdf))


def black_scholes(contest: Contest) -> None:
    n = 100_000 if contest.quick else 1_000_000
    rng = np.random.default_rng(0)
    ranges = [(50.0, 150.0), (50.0, 150.0), (0.1, 2.0), (0.0, 0.1), (0.1, 0.5)]
    market = np.array([rng.uniform(low, high, n) for low, high in ranges])

    def ours(backend: str) -> Any:
        f = vmap(value_and_grad(price, argnums=range(5)), backend=backend)

        def call() -> list[Any]:
            value, slopes = f(*market)
            return [value, *slopes]

        return call

    def by_hand() -> list[Any]:
        from scipy.special import ndtr

        S, K, T, r, v = market
        root = np.sqrt(T)
        d1 = (np.log(S / K) + (r + 0.5 * v * v) * T) / (v * root)
        d2 = d1 - v * root
        n1, n2, discount, p = ndtr(d1), ndtr(d2), np.exp(-r * T), np.exp(-0.5 * d1 * d1) * 0.3989422804014327
        rest = K * discount * n2
        return [S * n1 - rest, n1, -discount * n2, S * p * v / (2 * root) + r * rest, T * rest, S * p * root]

    def made(name: str, found: Any) -> Any:
        out = np.empty((6, n))

        def call() -> list[Any]:
            getattr(found, name)(n, *map(pointer, market), pointer(out))
            return list(out)

        return call

    contenders = {
        OURS: ours("llvm"),
        "ours, numpy": ours("numpy"),
        "NumPy and SciPy by hand": by_hand,
        PLAIN: native(partial(made, "black_scholes"), "by_hand.cpp"),
        FAST: native(partial(made, "black_scholes"), "by_hand.cpp", "-ffast-math"),
        BEST: native(partial(made, "black_scholes_tuned"), "by_hand.cpp", *TUNED),
        **contest.against("black_scholes", market=market),
    }
    times = contest.timed(f"Black-Scholes price and 5 Greeks, {n:,} options", contenders, near(1e-12))
    contest.ahead("Black-Scholes", times, "Dr.Jit", FAST, BEST)
    if "NumPy and SciPy by hand" in times:
        print(f"  {ratio(times, 'NumPy and SciPy by hand', OURS):.1f} times NumPy")
    accuracy(contest, market[:, :: n // 1000], {name: contenders[name] for name in (OURS, BEST) if name in times}, n)


def accuracy(contest: Contest, market: Any, contenders: dict[str, Any], n: int) -> None:
    """Print how far results are from the truth in 40 digits, and judge the functions that they are made of."""
    try:
        import mpmath
    except ImportError:
        print("  accuracy: skipped, mpmath is not installed")
        return
    mp = mpmath.mp.clone()
    mp.dps = 40
    e = SimpleNamespace(log=mp.log, sqrt=mp.sqrt, exp=mp.exp, ndtr=lambda x: mp.erfc(-x / mp.sqrt(2)) / 2)
    names = ("price", "dS", "dK", "dT", "dr", "dv")
    eager, truths = value_and_grad(price, argnums=range(5)), []
    for S, K, T, r, v in market.T:
        S, K, T, r, v = map(mp.mpf, map(float, (S, K, T, r, v)))
        d1 = (mp.log(S / K) + (r + v * v / 2) * T) / (v * mp.sqrt(T))
        n1, n2 = e.ndtr(d1), e.ndtr(d1 - v * mp.sqrt(T))
        p, rest = mp.npdf(d1), K * mp.exp(-r * T) * n2
        dT = S * p * v / (2 * mp.sqrt(T)) + r * rest
        truths.append([S * n1 - rest, n1, -rest / K, dT, T * rest, S * p * mp.sqrt(T)])
    found = {name: np.array(call())[:, :: n // 1000].T for name, call in contenders.items()}
    found["ours, eager"] = np.array([(y, *s) for y, s in (eager(*map(float, xs)) for xs in market.T)])
    print("  largest distance from the truth, in ulp of the result; far out, terms of the derivative cancel")
    for name, rows in found.items():
        errors = [list(map(ulps, row, truth)) for row, truth in zip(rows, truths, strict=True)]
        worst = "".join(f"{column:>6}{max(x):8.1f}" for column, x in zip(names, zip(*errors, strict=True), strict=True))
        print(f"  {name:34}{worst}")
    S, K, T, r, v = market
    d1 = (np.log(S / K) + (r + 0.5 * v * v) * T) / (v * np.sqrt(T))
    arguments = {"log": S / K, "sqrt": T, "exp": -r * T, "norm_cdf": d1, "norm_pdf": d1}
    truth = {**vars(e), "norm_cdf": e.ndtr, "norm_pdf": mp.npdf}
    for name, xs in arguments.items():
        ys = vmap(getattr(autograd, name), backend="llvm")(np.ascontiguousarray(xs))
        worst = max(ulps(y, truth[name](mp.mpf(float(x)))) for x, y in zip(xs, ys, strict=True))
        contest.goal(f"Black-Scholes: largest error of {name} at its arguments, ulp", worst, "<=", 4)


def ulps(x: float, truth: Any) -> float:
    return float(abs(truth - float(x)) / math.ulp(float(truth)))


def net(rectified: bool, w: Any, x: Any) -> Any:
    active = relu if rectified else tanh
    k, h = 0, list(x)
    for n, m in ((2, 16), (16, 16)):
        row = n + 1
        h = [active(sumprod(list(w[k + j * row : k + (j + 1) * row]), [*h, 1.0])) for j in range(m)]
        k += m * row
    return sumprod(list(w[k:]), [*h, 1.0])


def numpy_net(rectified: bool, w: Any, X: Any, t: Any) -> list[Any]:
    w1, w2, w3 = w[:48].reshape(16, 3), w[48:320].reshape(16, 17), w[320:]
    active = (lambda x: np.maximum(x, 0.0)) if rectified else np.tanh
    slope = (lambda h: h > 0.0) if rectified else (lambda h: 1.0 - h * h)
    h1 = active(X @ w1[:, :2].T + w1[:, 2])
    h2 = active(h1 @ w2[:, :16].T + w2[:, 16])
    y = h2 @ w3[:16] + w3[16]
    if rectified:
        each = np.maximum(1.0 - t * y, 0.0)
        e_bar = np.where(each > 0.0, -t, 0.0) / len(t)
    else:
        each, e_bar = (y - t) ** 2, 2.0 * (y - t) / len(t)
    d2 = np.outer(e_bar, w3[:16]) * slope(h2)
    d1 = (d2 @ w2[:, :16]) * slope(h1)
    parts = [np.c_[d1.T @ X, d1.sum(0)].ravel(), np.c_[d2.T @ h1, d2.sum(0)].ravel(), h2.T @ e_bar, [e_bar.sum()]]
    return [each.mean() + formulas.DECAY * (w @ w), np.concatenate(parts) + 2 * formulas.DECAY * w]


def network(contest: Contest, n: int, rectified: bool, stepping: bool, title: str, threads: int = 1) -> dict[str, Any]:
    """Print what a training step takes, or a gradient alone, for so many samples."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(n, 2)), rng.normal(size=337) * 0.3
    t = np.sign(X[:, 0] * X[:, 1])
    x0, x1 = np.ascontiguousarray(X[:, 0]), np.ascontiguousarray(X[:, 1])

    def stepped(sloped: Any) -> Any:
        """Return a contender of a function of the weights that gives [loss, gradient]."""
        if not stepping:
            return lambda: sloped(w)
        own = w.copy()

        def call() -> list[Any]:
            nonlocal own
            value, slope = sloped(own)
            own = own - formulas.RATE * slope
            return [value, own]

        return call

    def ours(backend: str) -> Any:
        def one(w: Any, x: Any, t: Any) -> Any:
            y = net(rectified, w, x)
            missed = relu(1.0 - t * y) if rectified else (y - t) ** 2
            return missed + formulas.DECAY * sumprod(list(w), list(w))  # the same in all lanes, and so done once

        lanes = vmap(one, in_axes=(None, 0, 0), backend=backend)
        f = jit(value_and_grad(lambda w, X, t: lanes(w, X, t).mean()))
        return stepped(lambda w: f(w, X, t))

    def made(name: str, found: Any) -> Any:
        function = getattr(found, name + ("_relu" if rectified else "_tanh"))
        function.restype, slope, decay = ctypes.c_double, np.empty(337), ctypes.c_double(formulas.DECAY)
        fixed = (*map(pointer, (x0, x1, t)), pointer(slope))
        return stepped(lambda w: [function(n, decay, pointer(w), *fixed), slope])

    single_thread(threads)
    contenders = {
        OURS: ours("llvm"),
        "ours, numpy": ours("numpy"),
        "NumPy by hand": stepped(lambda w: numpy_net(rectified, w, X, t)),
        PLAIN: native(partial(made, "network"), "by_hand.cpp"),
        FAST: native(partial(made, "network"), "by_hand.cpp", "-ffast-math"),
        BEST: native(partial(made, "tuned"), "by_hand.cpp", *TUNED),
    }
    if threads == 1:
        task = "moons" if stepping else "samples"
        contenders |= contest.against(task, w=w, X=X, t=t, rectified=np.array(rectified))
    times = contest.timed(title, contenders, near(1e-11))
    single_thread()
    return times


KINDS = {True: "rectifiers, maximum margin", False: "tanh, squares"}


def moons(contest: Contest) -> None:
    for rectified, kind in KINDS.items():
        title = f"moons: full-batch training step of an MLP 2-16-16-1 ({kind}), 100 samples, call and update included"
        times = network(contest, 100, rectified, True, title)
        if rectified:  # micrograd's demo, which the goals are about
            contest.ahead("moons", times, "JAX", "NumPy by hand")
            contest.ahead("moons", times, PLAIN, most=2.0)


def samples(contest: Contest) -> None:
    n = 10_000 if contest.quick else 100_000
    for rectified, kind in KINDS.items():
        title = f"loss and gradient of the same MLP ({kind}) over {n:,} samples with shared weights"
        times = network(contest, n, rectified, False, title)
        if rectified:
            contest.ahead("1e5 samples", times, BEST, most=1.25)
    threads = os.cpu_count() or 1
    network(contest, n, True, False, f"the same ({KINDS[True]}), ours with {threads} threads", threads)
