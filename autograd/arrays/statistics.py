"""Sums, products, extremes and means over the axes of an `Array`: one node for each result."""

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.arrays.array import Array, float_of, made, objects, packed
from autograd.arrays.dispatch import means
from autograd.arrays.ufuncs import along, dot, each, largest, product, smallest, total, written
from autograd.primitives import table
from autograd.primitives.functions import isnan
from autograd.primitives.operation import Axis, Numbers

NONE: Any = np._NoValue

# ---------------------------------------------------------------------------------------------------- sums and means


def _reduction(name: str, function: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def reduced(
        a: Numbers,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: Array | None = None,
        keepdims: bool = NONE,
        initial: Numbers = NONE,
        where: Numbers = NONE,
    ) -> Numbers:
        float_of(name, dtype)
        return along(function, a, axis, keepdims, where, initial, out)

    return reduced


def _extreme(function: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    reduced = _reduction("max", function)

    def extreme(
        a: Numbers,
        axis: Axis = None,
        out: Array | None = None,
        keepdims: bool = NONE,
        initial: Numbers = NONE,
        where: Numbers = NONE,
    ) -> Numbers:
        return reduced(a, axis, None, out, keepdims, initial, where)

    return extreme


def some(xs: Sequence[Any]) -> Sequence[Any]:
    """Return the elements that are not NaN."""
    return [x for x in xs if not isnan(x)]


def average(xs: Sequence[Any]) -> Numbers:
    """Return the mean of a list; NaN if it is empty."""
    return total(xs) / len(xs) if xs else math.nan


means("sum")(_reduction("sum", total))
means("prod")(_reduction("prod", product))
means("mean")(_reduction("mean", average))
means("nansum")(_reduction("nansum", lambda xs: total(some(xs))))
means("nanprod")(_reduction("nanprod", lambda xs: product(some(xs))))
means("nanmean")(_reduction("nanmean", lambda xs: average(some(xs))))
means("max", "amax")(_extreme(largest))
means("min", "amin")(_extreme(smallest))
means("nanmax")(_extreme(lambda xs: largest(some(xs)) if some(xs) else math.nan))
means("nanmin")(_extreme(lambda xs: smallest(some(xs)) if some(xs) else math.nan))


@means("ptp")
def _ptp(a: Numbers, axis: Axis = None, out: Array | None = None, keepdims: bool = NONE) -> Numbers:
    return along(lambda xs: largest(xs) - smallest(xs), a, axis, keepdims, out=out)


def variance(xs: Sequence[Any], ddof: float = 0) -> Numbers:
    """Return the variance of a list: the mean square of what is left when its mean is taken away."""
    if len(xs) <= ddof:
        return math.nan
    middle = average(xs)
    rest = [x - middle for x in xs]
    return table.sumprod(*rest, *rest) / (len(xs) - ddof)


@means("average")
def _average(
    a: Numbers, axis: Axis = None, weights: Numbers = None, returned: bool = False, *, keepdims: bool = NONE
) -> Numbers:
    array = objects(a)
    given = np.ones(array.shape, object) if weights is None else objects(weights)
    if given.shape != array.shape and axis is not None:  # one weight for each place along the axis
        given = np.moveaxis(given.reshape((1,) * (array.ndim - given.ndim) + given.shape), -1, axis)
    given = np.broadcast_to(given, array.shape)
    sums = along(total, given, axis, keepdims)
    found = (
        along(average, array, axis, keepdims) if weights is None else along(total, array * given, axis, keepdims) / sums
    )
    return (found, sums) if returned else found


@means("cov")
def _cov(
    m: Numbers,
    y: Numbers = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: float | None = None,
    fweights: Numbers = None,
    aweights: Numbers = None,
    *,
    dtype: DTypeLike | None = None,
) -> Numbers:
    if fweights is not None or aweights is not None:
        raise TypeError("np.cov: weights have no meaning here; use np.average")
    turned = [
        x if rowvar or x.ndim == 1 else x.T for x in map(np.atleast_1d, map(objects, [m] if y is None else [m, y]))
    ]
    rows = np.concatenate([np.atleast_2d(x) for x in turned])
    rest = rows - objects(along(average, rows, -1, True))
    count = rows.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    lists = rest.tolist()
    found = packed([dot(p, q) / count for p in lists for q in lists], (len(rows), len(rows)))
    return made(np.squeeze(found))


@means("corrcoef")
def _corrcoef(x: Numbers, y: Numbers = None, rowvar: bool = True, *, dtype: DTypeLike | None = None) -> Numbers:
    found = objects(_cov(x, y, rowvar))
    if not found.ndim:
        return 1.0
    sizes = each(table.sqrt, np.diagonal(found))
    return made(found / sizes[:, None] / sizes)


def _spread(function: Callable[[Any], Any], known: Callable[[Sequence[Any]], Sequence[Any]]) -> Callable[..., Any]:
    def spread(
        a: Numbers,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: Array | None = None,
        ddof: float = 0,
        keepdims: bool = NONE,
        *,
        where: Numbers = NONE,
        mean: Numbers = NONE,
        correction: float = NONE,
    ) -> Numbers:
        float_of("var", dtype)
        rest = ddof if correction is NONE else correction
        return along(lambda xs: function(variance(known(xs), rest)), a, axis, keepdims, where, out=out)

    return spread


means("var")(_spread(lambda x: x, list))
means("std")(_spread(table.sqrt, list))
means("nanvar")(_spread(lambda x: x, some))
means("nanstd")(_spread(table.sqrt, some))


def _running(step: Callable[[Any, Any], Any], neutral: float, skip: bool) -> Callable[..., Any]:
    def running(
        a: Numbers,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: Array | None = None,
        *,
        include_initial: bool = False,
    ) -> Numbers:
        float_of("cumsum", dtype)
        array = objects(a)
        if axis is None:
            array, axis = array.ravel(), 0
        rows = np.moveaxis(array, axis, -1)
        found = np.empty((*rows.shape[:-1], rows.shape[-1] + include_initial), dtype=object)
        for place in np.ndindex(rows.shape[:-1]):
            xs = [neutral if skip and isnan(x) else x for x in rows[place].tolist()]
            found[place] = packed([neutral] * include_initial + list(itertools.accumulate(xs, step)), found.shape[-1:])
        found = np.moveaxis(found, -1, axis)
        return found if out is None else written(found, out)

    return running


means("cumsum", "cumulative_sum")(_running(operator.add, 0.0, False))
means("cumprod", "cumulative_prod")(_running(operator.mul, 1.0, False))
means("nancumsum")(_running(operator.add, 0.0, True))
means("nancumprod")(_running(operator.mul, 1.0, True))
