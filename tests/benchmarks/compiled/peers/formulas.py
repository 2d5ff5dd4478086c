"""What is computed, in plain code for any engine: `e` has the engine's functions, under NumPy's names.

Start at `price`. The one surprise: `residuals` takes numbers, or arrays of them, so it serves scalar engines too.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

PI = 3.14159265359  # ADBench's
DECAY = 1e-4  # of the weights, as in micrograd's demo
RATE = 0.01


def functions(module: Any, *more: str) -> SimpleNamespace:
    """Return an engine's functions that have NumPy's names, which all have, and these."""
    return SimpleNamespace(
        **{name: getattr(module, name) for name in ("log", "sqrt", "exp", "tanh", "sin", "cos", *more)}
    )


def price(e: Any, S: Any, K: Any, T: Any, r: Any, v: Any) -> Any:
    """Return what a European call costs, by Black and Scholes."""
    d1 = (e.log(S / K) + (r + 0.5 * v * v) * T) / (v * e.sqrt(T))
    d2 = d1 - v * e.sqrt(T)
    return S * e.ndtr(d1) - K * e.exp(-r * T) * e.ndtr(d2)


def loss(e: Any, rectified: bool, w: Any, X: Any, t: Any) -> Any:
    """Return an MLP's 2-16-16-1 loss over all samples; weights are rows of (weights, bias).

    Rectifiers and the maximum margin, as in micrograd's demo of two moons; or tanh and squares. Weights decay.
    """
    active = e.relu if rectified else e.tanh
    w1, w2, w3 = w[:48].reshape(16, 3), w[48:320].reshape(16, 17), w[320:]
    h1 = active(X @ w1[:, :2].T + w1[:, 2])
    h2 = active(h1 @ w2[:, :16].T + w2[:, 16])
    y = h2 @ w3[:16] + w3[16]
    found = e.mean(e.relu(1.0 - t * y)) if rectified else e.mean((y - t) ** 2)
    return found + DECAY * e.sum(w * w)


def gmm(e: Any, p: Any, X: Any, spread: Any, lower: Any, k: int, constant: float, gamma: float, m: int) -> Any:
    """Return the log-likelihood of a Gaussian mixture with Wishart's prior; p is alphas, means, inverse factors.

    `spread` (d, d*d) and `lower` (d(d-1)/2, d*d) say where in a matrix the numbers of a factor stand.
    """
    n, d = X.shape
    alphas, means, factors = p[:k], p[k : k + k * d].reshape(k, d), p[k + k * d :].reshape(k, -1)
    diagonal, below, sums = e.exp(factors[:, :d]), factors[:, d:], e.sum(factors[:, :d], 1)
    matrix = (diagonal @ spread + below @ lower).reshape(k, d, d)
    rest = (X[None] - means[:, None]) @ matrix.swapaxes(1, 2)
    terms = (alphas + sums)[:, None] - 0.5 * e.sum(rest * rest, 2)
    likelihood = e.sum(e.logsumexp(terms, 0)) - n * e.logsumexp(alphas, 0)
    prior = 0.5 * gamma * gamma * (e.sum(diagonal * diagonal) + e.sum(below * below)) - m * e.sum(sums)
    return likelihood + prior + constant


def parts(p: Sequence[Any], d: int, k: int) -> tuple[Sequence[Any], list[Sequence[Any]], list[Sequence[Any]]]:
    """Return a mixture's alphas, means and inverse factors as lists of numbers."""
    wide = d * (d + 1) // 2
    means, factors = p[k : k + k * d], p[k + k * d :]
    return p[:k], [means[d * i : d * (i + 1)] for i in range(k)], [factors[wide * i : wide * (i + 1)] for i in range(k)]


def likelihood(e: Any, d: int, k: int, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return the log-likelihood of one point in a mixture, but for what `prior` adds: `gmm` for numbers one by one."""
    terms = []
    for alpha, mean, q in zip(*parts(p, d, k), strict=True):
        away = [a - b for a, b in zip(x, mean, strict=True)]
        rest = [e.exp(q[i]) * away[i] for i in range(d)]
        below = iter(q[d:])
        for j in range(d):
            for i in range(j + 1, d):
                rest[i] = rest[i] + next(below) * away[j]
        terms.append(alpha + sum(q[:d]) - 0.5 * e.dot(rest, rest))
    return e.logsumexp(terms)


def prior(e: Any, d: int, k: int, n: int, constant: float, gamma: float, m: int, p: Sequence[Any]) -> Any:
    """Return what a mixture's prior adds to the log-likelihood of all n points, and the normalisation of alphas."""
    alphas, _, factors = parts(p, d, k)
    found = constant - n * e.logsumexp(alphas)
    for q in factors:
        diagonal = [e.exp(x) for x in q[:d]]
        found = found + 0.5 * gamma * gamma * (e.dot(diagonal, diagonal) + e.dot(q[d:], q[d:])) - m * sum(q[:d])
    return found


def residuals(e: Any, camera: Sequence[Any], point: Sequence[Any], weight: Any, feature: Sequence[Any]) -> list[Any]:
    """Return by how much a camera (rotation, centre, focal length, principal point, distortion) misses a feature.

    The rotation is not zero: there, Rodrigues' formula has another branch, which no instance takes.
    """
    r, x = camera[:3], [a - b for a, b in zip(point, camera[3:6], strict=True)]
    theta = e.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
    w = [a / theta for a in r]
    c, s = e.cos(theta), e.sin(theta)
    along = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) * (1.0 - c)
    cross = [w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]]
    x, y, z = (x[i] * c + cross[i] * s + w[i] * along for i in range(3))
    a, b = x / z, y / z
    square = a * a + b * b
    scale = camera[6] * (1.0 + camera[9] * square + camera[10] * square * square)
    return [weight * (a * scale + camera[7] - feature[0]), weight * (b * scale + camera[8] - feature[1])]
