"""kmeans: the squared distances of points to their nearest centroid, and Newton's direction; points are lanes."""

import numpy as np

from autograd import grad, hvp, minimum, vmap


def prepare(given):
    return np.array(given["centroids"]), np.array(given["points"])


def nearest(centroids, point):
    """Return the square of a point's distance to the nearest centroid."""
    return minimum(*[sum([(a - b) ** 2 for a, b in zip(point, centroid, strict=True)]) for centroid in centroids])


def slopes(centroids, point):
    """Return a point's own gradient, and its Hessian times ones; the Hessian is diagonal, so that is its diagonal."""
    ones = [[1.0] * len(point) for _ in centroids]
    return grad(nearest)(centroids, point), hvp(nearest)(centroids, ones, point)


DISTANCES, SLOPES = vmap(nearest, in_axes=(None, 0)), vmap(slopes, in_axes=(None, 0))


def cost(centroids, points):
    return DISTANCES(centroids, points).sum()


def direction(centroids, points):
    """Return Newton's direction of the cost."""
    first, second = SLOPES(centroids, points)
    return first.sum(0) / second.sum(0)


FUNCTIONS = {"cost": cost, "dir": direction}
