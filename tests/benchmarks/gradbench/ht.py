"""ht: hand tracking. How far a hand, posed by 26 numbers, is from measured points; points are lanes.

Bones hang on one another, each turned by its own angles; a vertex of the skin follows several bones. Where a point has
two numbers `u` and `v`, it lies in a triangle of vertices, and they say where.
"""

from functools import cache

import numpy as np

from autograd import cos, jacobian, sin, sqrt, vmap


def prepare(given):
    data, us = given["data"], given["us"]
    model, chosen = data["model"], np.array(data["correspondences"])
    corners = np.array(model["triangles"])[chosen] if us else chosen[:, None]
    us = np.array(us if us else [[]] * len(chosen))
    own = us, np.array(model["base_positions"])[corners], np.array(model["weights"])[corners], np.array(data["points"])
    bones = np.array(model["base_relatives"])[:, :3], np.array(model["inverse_base_absolutes"])
    return np.array(given["theta"]), *own, *bones, tuple(model["parents"])


def times(a, b):
    """Return the product of two matrices; the last row, 0 0 0 1, is left out of the first."""
    return [[sum([x * y for x, y in zip(row, column, strict=True)]) for column in zip(*b, strict=True)] for row in a]


def bent(x, z):
    """Return the matrix of a turn about two axes, x first."""
    cx, sx, cz, sz = cos(x), sin(x), cos(z), sin(z)
    return [[cz, -sz * cx, sz * sx, 0.0], [sz, cz * cx, -cz * sx, 0.0], [0.0, sx, cx, 0.0], [0.0, 0.0, 0.0, 1.0]]


def turned(r):
    """Return the matrix of a turn about the axis r, by as much as r is long."""
    angle = sqrt(r[0] ** 2 + r[1] ** 2 + r[2] ** 2)
    if angle < 1e-4:
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    (x, y, z), c, s = [a / angle for a in r], cos(angle), sin(angle)
    rest = 1.0 - c
    return [
        [c + rest * x * x, rest * x * y - s * z, rest * x * z + s * y],
        [rest * x * y + s * z, c + rest * y * y, rest * y * z - s * x],
        [rest * x * z - s * y, rest * y * z + s * x, c + rest * z * z],
    ]


def posed(theta, relatives, inverses, parents):
    """Return each bone's matrix, from the place of a vertex at rest to its place in the pose."""
    absolute = []
    for bone, (parent, relative) in enumerate(zip(parents, relatives, strict=True)):
        finger, joint = divmod(bone - 1, 4)  # wrist, five fingers of four bones, forearm; a finger's first stays
        if joint and bone:
            first, spread, second, third = theta[6 + 4 * finger : 10 + 4 * finger]
            relative = times(relative, bent(*[(first, spread), (second, 0.0), (third, 0.0)][joint - 1]))
        absolute.append(relative if parent < 0 else times(absolute[parent], [*relative, [0.0, 0.0, 0.0, 1.0]]))
    return [times(a, b) for a, b in zip(absolute, inverses, strict=True)]


def error(theta, us, positions, weights, point, relatives, inverses, parents):
    """Return by how much a point is off the skin."""
    bones = posed(theta, relatives, inverses, parents)
    shares = [us[0], us[1], 1.0 - us[0] - us[1]] if len(us) else [1.0]
    skin = [0.0, 0.0, 0.0]
    for share, at, pulls in zip(shares, positions, weights, strict=True):
        for pull, bone in zip(pulls, bones, strict=True):
            for i, row in enumerate(bone):
                skin[i] = skin[i] + share * pull * (row[0] * at[0] + row[1] * at[1] + row[2] * at[2] + row[3] * at[3])
    rows = zip(point, turned(theta[:3]), theta[3:6], strict=True)
    return [p - (row[0] * skin[0] + row[1] * skin[1] + row[2] * skin[2] + shift) for p, row, shift in rows]


@cache
def lanes(parents, transformed):
    """Return the function, or its Jacobian, of all points."""

    def function(*given):
        return error(*given, parents)

    chosen = jacobian(function, argnums=(1, 0), mode="forward") if transformed else function
    return vmap(chosen, in_axes=(None, 0, 0, 0, 0, None, None))


def errors(theta, us, *given):
    return np.stack(lanes(given[-1], False)(theta, us, *given[:-1]), 1).ravel()


def derivatives(theta, us, *given):
    rows = lanes(given[-1], True)(theta, us, *given[:-1])
    return np.stack([np.column_stack([part for part in row if part.size]) for row in rows], 1).reshape(3 * len(us), -1)


FUNCTIONS = {"objective": errors, "jacobian": derivatives}
