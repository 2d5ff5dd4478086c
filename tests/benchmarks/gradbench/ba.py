"""ba: bundle adjustment. How far cameras see points from where they were seen, and its sparse Jacobian.

Observations are lanes; each has a dense block of derivatives, and these are put into one sparse matrix by rows.
"""

import numpy as np

from autograd import cos, jacobian, sin, sqrt, vmap


def prepare(given):
    n, m, p = given["n"], given["m"], given["p"]
    cameras, points = np.tile(given["cam"], (n, 1)), np.tile(given["x"], (m, 1))
    each = np.arange(p)
    return cameras, points, np.full(p, given["w"]), np.tile(given["feat"], (p, 1)), each % n, each % m


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def turned(r, v):
    """Return v turned about the axis r, by as much as r is long."""
    square = r[0] ** 2 + r[1] ** 2 + r[2] ** 2
    if square == 0.0:
        return [a + b for a, b in zip(v, cross(r, v), strict=True)]
    angle = sqrt(square)
    axis = [a / angle for a in r]
    along = (axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2]) * (1.0 - cos(angle))
    return [a * cos(angle) + b * sin(angle) + c * along for a, b, c in zip(v, cross(axis, v), axis, strict=True)]


def residual(camera, point, weight, feature):
    """Return by how much, weighted, a camera sees a point beside the feature."""
    r, centre, (f, u, v, k1, k2) = camera[:3], camera[3:6], camera[6:]
    x, y, z = turned(r, [a - b for a, b in zip(point, centre, strict=True)])
    px, py = x / z, y / z
    s = px * px + py * py
    bent = f * (1.0 + k1 * s + k2 * s * s)
    return [weight * (bent * px + u - feature[0]), weight * (bent * py + v - feature[1])]


def certainty(weight):
    return 1.0 - weight * weight


RESIDUALS, CERTAINTIES = vmap(residual), vmap(certainty)
BLOCKS, SLOPES = vmap(jacobian(residual, argnums=(0, 1, 2))), vmap(jacobian(certainty))


def objective(cameras, points, weights, features, seeing, seen):
    return RESIDUALS(cameras[seeing], points[seen], weights, features), CERTAINTIES(weights)


def sparse(cameras, points, weights, features, seeing, seen):
    """Return the Jacobian by rows: where each begins, its columns, its entries."""
    n, m, p = len(cameras), len(points), len(weights)
    each = np.arange(p)
    blocks = BLOCKS(cameras[seeing], points[seen], weights, features)
    entries = np.stack([np.column_stack(row) for row in blocks], 1)  # (observations, 2, 15)
    last = 11 * n + 3 * m + each
    columns = np.column_stack([*(11 * seeing + i for i in range(11)), *(11 * n + 3 * seen + i for i in range(3)), last])
    starts = np.concatenate([15 * np.arange(2 * p), 30 * p + np.arange(p + 1)])
    columns = np.concatenate([np.repeat(columns, 2, 0).ravel(), last])
    return starts, columns, np.concatenate([entries.ravel(), SLOPES(weights)])


def finish(found):
    if len(found) == 3:
        named = zip(("rows", "cols", "vals"), found, strict=True)
        return {name: [*part[:30].tolist(), part[-1].item()] for name, part in named}
    (x, y), certainties = found
    p = len(certainties)
    return {
        "reproj_error": {"elements": [x[0].item(), y[0].item()], "repeated": p},
        "w_err": {"element": certainties[0].item(), "repeated": p},
    }


FUNCTIONS = {"objective": objective, "jacobian": sparse}
