"""Functions with loops as people write them, each for a size: (function of a list of numbers, the numbers)."""

import math
import random
from collections.abc import Callable
from typing import Any

from autograd import exp, log, sqrt, tanh

Work = tuple[Callable[[list[Any]], Any], list[float]]


def runge_kutta(steps: int) -> Work:
    """Return the classical method for the equations of Lotka and Volterra, of four parameters."""

    def f(p: list[Any]) -> Any:
        a, b, c, d = p
        x, y, h = 1.0, 0.5, 10.0 / steps

        def slope(x: Any, y: Any) -> tuple[Any, Any]:
            return a * x - b * x * y, c * x * y - d * y

        for _ in range(steps):
            k1, l1 = slope(x, y)
            k2, l2 = slope(x + 0.5 * h * k1, y + 0.5 * h * l1)
            k3, l3 = slope(x + 0.5 * h * k2, y + 0.5 * h * l2)
            k4, l4 = slope(x + h * k3, y + h * l3)
            x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            y = y + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
        return (x - 1.0) ** 2 + y * y

    return f, [1.5, 1.0, 1.0, 3.0]


def recurrent(steps: int, width: int = 6) -> Work:
    """Return the loss of a recurrent network that follows a wave."""
    rng = random.Random(0)

    def f(w: list[Any]) -> Any:
        rows, last = [w[i * width : (i + 1) * width] for i in range(width)], w[width * width :]
        state: list[Any] = [0.0] * width
        loss: Any = 0.0
        for t in range(steps):
            x = math.sin(0.1 * t)
            state = [
                tanh(sum(a * b for a, b in zip(row, state, strict=True)) + u * x)
                for row, u in zip(rows, last, strict=True)
            ]
            error = state[0] - math.cos(0.1 * t)
            loss = loss + error * error
        return loss

    return f, [rng.uniform(-0.4, 0.4) for _ in range(width * width + width)]


def cholesky(n: int) -> Work:
    """Return the logarithm of a determinant, by Cholesky's method: triangular loops."""
    rng = random.Random(1)

    def f(a: list[Any]) -> Any:
        low: list[list[Any]] = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i):
                total = a[i * n + j]
                for k in range(j):
                    total = total - low[i][k] * low[j][k]
                low[i][j] = total / low[j][j]
            total = a[i * n + i]
            for k in range(i):
                total = total - low[i][k] * low[i][k]
            low[i][i] = sqrt(total)
        found: Any = 0.0
        for i in range(n):
            found = found + log(low[i][i])
        return 2.0 * found

    return f, [n + 2.0 if i == j else rng.uniform(-1.0, 1.0) for i in range(n) for j in range(n)]


def elimination(n: int) -> Work:
    """Return the logarithm of a determinant, by Gauss's elimination."""

    def f(a: list[Any]) -> Any:
        rows = [a[i * n : (i + 1) * n] for i in range(n)]
        for k in range(n):
            for i in range(k + 1, n):
                m = rows[i][k] / rows[k][k]
                for j in range(k + 1, n):
                    rows[i][j] = rows[i][j] - m * rows[k][j]
        found: Any = 0.0
        for i in range(n):
            found = found + log(rows[i][i])
        return found

    return f, cholesky(n)[1]


def mixture(points: int, parts: int = 5) -> Work:
    """Return the likelihood of points under a mixture of normal distributions."""
    rng = random.Random(3)
    data = [rng.gauss(0.0, 2.0) for _ in range(points)]

    def f(p: list[Any]) -> Any:
        weights, means, widths = p[:parts], p[parts : 2 * parts], p[2 * parts :]
        total: Any = 0.0
        for x in data:
            terms = [w - log(s) - 0.5 * ((x - m) / s) ** 2 for w, m, s in zip(weights, means, widths, strict=True)]
            total = total + log(sum(exp(t) for t in terms))
        return total

    ks = range(parts)
    return f, [0.1 * k for k in ks] + [k - 2.0 for k in ks] + [1.0 + 0.1 * k for k in ks]


def perceptron(inputs: int, width: int = 32, outputs: int = 10) -> Work:
    """Return the squares of what a network of two layers makes of one sample, towards its weights."""
    rng = random.Random(4)
    sample = [rng.random() for _ in range(inputs)]

    def layer(xs: list[Any], weights: list[Any], count: int) -> list[Any]:
        found = []
        for i in range(count):
            total: Any = 0.0
            for j in range(len(xs)):
                total = total + weights[i * len(xs) + j] * xs[j]
            found.append(total)
        return found

    def f(w: list[Any]) -> Any:
        hidden = [tanh(x) for x in layer(sample, w, width)]
        total: Any = 0.0
        for y in layer(hidden, w[inputs * width :], outputs):
            total = total + y * y
        return total

    return f, [rng.uniform(-0.1, 0.1) for _ in range(inputs * width + width * outputs)]


WORKS: dict[str, Callable[[int], Work]] = {
    "Runge-Kutta": runge_kutta,
    "recurrent network": recurrent,
    "Cholesky": cholesky,
    "elimination": elimination,
    "mixture": mixture,
    "perceptron": perceptron,
}
