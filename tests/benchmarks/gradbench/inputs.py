"""Inputs as the suite's own generators make them, at its default sizes, and answers by NumPy, written by hand.

Start at `WORKLOADS`: for each eval a function that yields (description, input, {function: answer}). An answer is None
where there is none by hand. Inputs of ba and ht are samples, repeated; their answers repeat as well.
"""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from math import lgamma, log, pi, prod
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES = Path(__file__).parents[2] / "data" / "gradbench"
SEED = 31337
Workload = tuple[str, dict[str, Any], dict[str, Any]]


def samples(name: str) -> list[dict[str, Any]]:
    """Return the suite's own messages and valid answers to them."""
    return [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text().splitlines()]


def llsq() -> Iterator[Workload]:
    random, m = np.random.RandomState(SEED), 128
    for n in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8196, 16392):
        x = random.rand(m)
        t = np.linspace(-1.0, 1.0, n)
        powers = t[:, None] ** np.arange(m)
        missed = np.sign(t) - powers @ x
        answers = {"primal": 0.5 * missed @ missed, "gradient": -powers.T @ missed}
        yield f"n={n},m={m}", {"x": x, "n": n}, answers


def lse() -> Iterator[Workload]:
    random = np.random.RandomState(SEED)
    for n in 2500 * 2 ** np.arange(10):
        x = random.rand(n)
        shares = np.exp(x - x.max())
        yield f"n={n}", {"x": x}, {"primal": x.max() + np.log(shares.sum()), "gradient": shares / shares.sum()}


def det() -> Iterator[Workload]:
    random = np.random.RandomState(SEED)
    for n in range(5, 12):
        a = random.rand(n * n)
        value = np.linalg.det(a.reshape(n, n))
        answers = {"primal": value, "gradient": (value * np.linalg.inv(a.reshape(n, n)).T).ravel()}
        yield str(n), {"A": a, "ell": n}, answers


def ode() -> Iterator[Workload]:
    random = np.random.RandomState(SEED)
    for n, s in sorted(product((1000, 10000, 100000), (1, 10, 100)), key=prod):
        x = random.rand(n)

        def change(y: Any, x: Any = x) -> Any:
            return x * np.concatenate([[1.0], y[:-1]])

        y, h = np.zeros(n), 2.0 / s
        for _ in range(s):
            k1 = change(y)
            k2 = change(y + h * k1 / 2)
            k3 = change(y + h * k2 / 2)
            y = y + h * (k1 + 2 * k2 + 2 * k3 + change(y + h * k3)) / 6
        yield f"n={n},s={s}", {"x": x, "s": s}, {"primal": y, "gradient": np.zeros(n)}


def kmeans() -> Iterator[Workload]:
    random = np.random.RandomState(SEED)
    for k, n, d in sorted(product((10, 100, 1000), (1000, 10000), (8, 16)), key=prod):
        points = random.rand(n, d)
        centroids = points[-k:]
        squares = sum((points[:, None, i] - centroids[None, :, i]) ** 2 for i in range(d))
        own = np.eye(k)[squares.argmin(1)]
        direction = centroids - own.T @ points / own.sum(0)[:, None]
        answers = {"cost": squares.min(1).sum(), "dir": direction}
        yield f"k={k},n={n},d={d}", {"points": points, "centroids": centroids}, answers


def gmm() -> Iterator[Workload]:
    n, m, gamma = 1000, 0, 1.0
    for d, k in sorted(product((2, 10, 20, 32, 64), (5, 10, 25, 50, 100)), key=prod):
        random = np.random.default_rng(SEED)
        x = random.normal(size=(n, d))
        alpha, mu = random.normal(size=k), random.uniform(size=(k, d))
        q, lower = random.normal(size=(k, d)), random.normal(size=(k, d * (d - 1) // 2))
        given = {"d": d, "k": k, "n": n, "x": x, "m": m, "gamma": gamma, "alpha": alpha, "mu": mu, "q": q, "l": lower}
        yield f"{d}_{k}_{n}", given, mixture(given)


def mixture(given: dict[str, Any]) -> dict[str, Any]:
    """Return gmm's answers by hand."""
    names = ("d", "k", "n", "x", "m", "gamma", "alpha", "mu", "q", "l")
    d, k, n, x, m, gamma, alpha, mu, q, lower = (given[name] for name in names)
    below = tuple(np.array([(i, j) for j in range(d) for i in range(j + 1, d)]).T)
    logs, behind, factors = np.empty((n, k)), [], []
    for c in range(k):
        factor = np.diag(np.exp(q[c]))
        factor[below] = lower[c]
        factors.append(factor)
        behind.append(x - mu[c])
        logs[:, c] = alpha[c] + q[c].sum() - 0.5 * ((behind[c] @ factor.T) ** 2).sum(1)
    most = logs.max(1, keepdims=True)
    shares = np.exp(logs - most)
    whole = shares.sum(1, keepdims=True)
    shares /= whole
    mixed = np.exp(alpha - alpha.max())
    value = (most + np.log(whole)).sum() - n * (d / 2 * log(2 * pi) + alpha.max() + log(mixed.sum()))
    freedom = d + m + 1
    gammas = d * (d - 1) / 4 * log(pi) + sum(lgamma(freedom / 2 + (1 - j) / 2) for j in range(1, d + 1))
    value += k * (freedom * d * (log(gamma) - 0.5 * log(2)) - gammas) + m * q.sum()
    value -= 0.5 * gamma**2 * ((np.exp(q) ** 2).sum() + (lower**2).sum())
    slopes: dict[str, Any] = {"alpha": shares.sum(0) - n * mixed / mixed.sum(), "mu": [], "q": [], "l": []}
    for c, (away, factor) in enumerate(zip(behind, factors, strict=True)):
        pulled = (away @ factor.T) * shares[:, c : c + 1]
        outer = -pulled.T @ away - gamma**2 * factor
        slopes["mu"].append(pulled.sum(0) @ factor)
        slopes["q"].append(shares[:, c].sum() + np.diag(outer) * np.diag(factor) + m)
        slopes["l"].append(outer[below])
    return {"objective": value, "jacobian": slopes}


def ba() -> Iterator[Workload]:
    first = samples("ba")[:2]
    sizes = [(49, 7776, 31843), (21, 11315, 36455), (161, 48126, 182072), (372, 47423, 204472), (257, 65132, 225911)]
    sizes += [(539, 65220, 277273), (93, 61203, 287451), (88, 64298, 383937), (810, 88814, 393775)]
    sizes += [(1197, 126327, 563734), (1723, 156502, 678718), (253, 163691, 899155), (245, 198739, 1091386)]
    for i, (n, m, p) in enumerate([*sizes, (356, 226730, 1255268)]):
        values, matrix = (json.loads(json.dumps(each["response"]["output"])) for each in first)
        values["reproj_error"]["repeated"] = values["w_err"]["repeated"] = p
        matrix["rows"][-1] = 31 * p
        matrix["cols"] = ([*range(11), *(11 * n + c for c in range(3)), 11 * n + 3 * m]) * 2 + [11 * n + 3 * m + p - 1]
        given = first[0]["message"]["input"] | {"n": n, "m": m, "p": p}
        yield f"ba{i + 1}_n{n}_m{m}_p{p}", given, {"objective": values, "jacobian": matrix}


def ht() -> Iterator[Workload]:
    value, matrix = (each for each in samples("ht")[:2])
    for count in (100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 100000):
        given = dict(value["message"]["input"])
        times = count // 5
        data = {name: given["data"][name] * times for name in ("correspondences", "points")}
        given |= {"us": given["us"] * times, "data": given["data"] | data}
        answers = {"objective": value["response"]["output"] * times, "jacobian": matrix["response"]["output"] * times}
        yield f"{count} points", given, answers


def lstm() -> Iterator[Workload]:
    random, b = np.random.RandomState(SEED), 14
    for layers, c in sorted(product((2, 4, 6), (1024, 4096, 8192)), key=prod):
        state, main, extra = random.rand(2 * layers, b), random.rand(2 * layers, 4 * b), random.rand(3, b)
        given = {"main_params": main, "extra_params": extra, "state": state}
        given["sequence"] = random.randint(0, 2, (c, b))
        yield f"l={layers},c={c}", given, {"objective": recurrent(**given), "jacobian": None}


def recurrent(main_params: Any, extra_params: Any, state: Any, sequence: Any) -> float:
    """Return lstm's loss by hand."""
    state, total = state.copy(), 0.0
    for now, later in pairwise(sequence):
        x = now * extra_params[0]
        for i in range(0, len(main_params), 2):
            forget, ingate, outgate, change = zip(*(np.split(row, 4) for row in main_params[i : i + 2]), strict=True)
            hidden, cell = state[i], state[i + 1]
            kept = cell * gate(x * forget[0] + forget[1])
            state[i + 1] = kept + gate(hidden * ingate[0] + ingate[1]) * np.tanh(hidden * change[0] + change[1])
            x = state[i] = gate(x * outgate[0] + outgate[1]) * np.tanh(state[i + 1])
        y = x * extra_params[1] + extra_params[2]
        total += later @ (y - np.log(2.0 + np.exp(y).sum()))
    return float(-total / ((len(sequence) - 1) * len(sequence[0])))


def gate(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def sampled(name: str) -> Callable[[], Iterator[Workload]]:
    """Return the workloads that the samples are, which these evals have no others of."""

    def each() -> Iterator[Workload]:
        for one in samples(name):
            yield (
                one["message"].get("description", ""),
                one["message"]["input"],
                {one["message"]["function"]: one["response"]["output"]},
            )

    return each


WORKLOADS: dict[str, Callable[[], Iterator[Workload]]] = {
    each.__name__: each for each in (llsq, lse, det, ode, kmeans, gmm, ba, ht, lstm)
} | {name: sampled(name) for name in ("hello", "saddle", "particle")}
