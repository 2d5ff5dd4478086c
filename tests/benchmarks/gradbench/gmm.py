"""gmm: the log posterior of a mixture of Gaussians with Wishart's prior, and its gradient; points are lanes."""

import math

import numpy as np

from autograd import exp, grad, jit, lgamma, log, logsumexp, sumprod, vmap


def prepare(given):
    params = {name: np.array(given[name]) for name in ("alpha", "mu", "q", "l")}
    return params, np.array(given["x"]), given["m"], given["gamma"]


def density(alpha, mu, q, spread, lower, x):
    """Return the logarithm of a Gaussian's density at x, but for a constant; `lower` goes column by column."""
    d, behind = len(x), [a - b for a, b in zip(x, mu, strict=True)]
    rows, below = [[s * b] for s, b in zip(spread, behind, strict=True)], iter(lower)
    for j in range(d):
        for i in range(j + 1, d):
            rows[i].append(next(below) * behind[j])
    lengths = [sum(row) for row in rows]
    return alpha + sum(q) - 0.5 * sumprod(lengths, lengths)


def likelihood(alpha, mu, q, lower, x):
    spread = [[exp(a) for a in row] for row in q]
    return logsumexp([density(*given, x) for given in zip(alpha, mu, q, spread, lower, strict=True)])


LANES = vmap(likelihood, in_axes=(None, None, None, None, 0))


def objective(params, points, m, gamma):
    alpha, mu, q, lower = params["alpha"], params["mu"], params["q"], params["l"]
    (n, d), k = points.shape, len(alpha)
    inside = LANES(alpha, mu, q, lower, points).sum() - n * (d / 2 * math.log(2 * math.pi) + logsumexp(alpha))
    freedom = d + m + 1
    gammas = d * (d - 1) / 4 * math.log(math.pi) + sum(lgamma((freedom + 1 - j) / 2) for j in range(1, d + 1))
    prior = k * (freedom * d * (log(gamma) - 0.5 * math.log(2.0)) - gammas)
    squares = sum([exp(2.0 * a) for row in q for a in row]) + sum([a * a for row in lower for a in row])
    return inside + prior - 0.5 * gamma**2 * squares + m * sum([a for row in q for a in row])


FUNCTIONS = {"objective": jit(objective), "jacobian": jit(grad(objective))}
