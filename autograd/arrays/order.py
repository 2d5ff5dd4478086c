"""Sorting, searching and quantiles: which element comes first is seen, elements are moved, and nothing is rounded."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arrays.array import Array, made, numbers, objects, packed
from autograd.arrays.dispatch import means
from autograd.arrays.ufuncs import along, each, total, written
from autograd.primitives.functions import isnan
from autograd.primitives.operation import Axis, Carried, Numbers

NONE: Any = np._NoValue


def order(xs: Sequence[Any]) -> list[int]:
    """Return the places of the elements from the smallest to the largest, ties as they come, NaN last."""
    plain = numbers(packed(xs, (len(xs),)))
    if plain is not None:
        return list(map(int, np.argsort(plain, kind="stable")))
    missing = [isnan(x) for x in xs]
    places = [i for i in range(len(xs)) if not missing[i]]

    def compared(i: int, j: int) -> int:
        return -1 if xs[i] < xs[j] else 1 if xs[j] < xs[i] else i - j

    return sorted(places, key=functools.cmp_to_key(compared)) + [i for i in range(len(xs)) if missing[i]]


def _ordered(a: Numbers, axis: Axis) -> np.ndarray[Any, np.dtype[np.intp]]:
    array = objects(a)
    if axis is None:
        return np.array(order(array.ravel().tolist()), dtype=int)
    rows = np.moveaxis(array, axis, -1)
    found = np.empty(rows.shape, dtype=int)
    for place in np.ndindex(rows.shape[:-1]):
        found[place] = order(rows[place].tolist())
    return np.moveaxis(found, -1, axis)


@means("argsort")
def _argsort(
    a: Numbers, axis: int | None = -1, kind: str | None = None, order: str | None = None, *, stable: bool | None = None
) -> Numbers:
    return _ordered(a, axis)


@means("sort")
def _sort(
    a: Numbers, axis: int | None = -1, kind: str | None = None, order: str | None = None, *, stable: bool | None = None
) -> Numbers:
    array = objects(a) if axis is not None else objects(a).ravel()
    axis = -1 if axis is None else axis
    return np.take_along_axis(array, _ordered(array, axis), axis)


@means("partition")
def _partition(
    a: Numbers, kth: int | Sequence[int], axis: int | None = -1, kind: str | None = None, order: str | None = None
) -> Numbers:
    return _sort(a, axis)


@means("argpartition")
def _argpartition(
    a: Numbers, kth: int | Sequence[int], axis: int | None = -1, kind: str | None = None, order: str | None = None
) -> Numbers:
    return _ordered(a, axis)


@means("lexsort")
def _lexsort(keys: Numbers, axis: Axis = -1) -> Numbers:
    ranks = []
    for key in keys:
        array = objects(key)
        if array.ndim != 1:
            raise TypeError("np.lexsort: give one-dimensional keys")
        _, ranked = _distinct(array.tolist())
        ranks.append(ranked)
    return np.lexsort(ranks)


def _best(first: Callable[[Any, Any], bool], skip: bool) -> Callable[..., Any]:
    def place(xs: list[Any]) -> int:
        if not xs:
            raise ValueError("attempt to get the place of an empty sequence")
        best = -1
        for i, x in enumerate(xs):
            if isnan(x):
                if not skip:
                    return i
            elif best < 0 or first(x, xs[best]):
                best = i
        if best < 0:
            raise ValueError("All-NaN slice encountered")
        return best

    def found(a: Numbers, axis: Axis = None, out: Array | None = None, *, keepdims: bool = NONE) -> Numbers:
        places = np.asarray(along(place, a, axis, keepdims)).astype(int)[()]
        if out is not None:
            out[...] = places
            return out
        return places

    return found


means("argmax")(_best(lambda x, y: bool(x > y), False))
means("argmin")(_best(lambda x, y: bool(x < y), False))
means("nanargmax")(_best(lambda x, y: bool(x > y), True))
means("nanargmin")(_best(lambda x, y: bool(x < y), True))


def place_in(xs: Sequence[Any], x: Numbers, right: bool = False) -> int:
    """Return where x would stand in a sorted list, by bisection."""
    low, high = 0, len(xs)
    while low < high:
        middle = (low + high) // 2
        if (x < xs[middle]) if right else not (xs[middle] < x or (isnan(x) and not isnan(xs[middle]))):
            high = middle
        else:
            low = middle + 1
    return low


@means("searchsorted")
def _searchsorted(a: Numbers, v: Numbers, side: str = "left", sorter: Numbers = None) -> Numbers:
    xs = objects(a)
    known = (xs if sorter is None else xs[sorter]).tolist()
    found = each(lambda x: place_in(known, x, side == "right"), v)
    return np.asarray(found, dtype=int)[()]


@means("digitize")
def _digitize(x: Numbers, bins: Numbers, right: bool = False) -> Numbers:
    edges = objects(bins)
    if len(edges) > 1 and edges[-1] < edges[0]:
        return len(edges) - _searchsorted(edges[::-1], x, "left" if not right else "right")
    return _searchsorted(edges, x, "left" if right else "right")


# ---------------------------------------------------------------------------------------------------- quantiles


def quantile(xs: Sequence[Any], q: float, method: str = "linear") -> Numbers:
    """Return a quantile of a list; NaN where it is empty or holds NaN."""
    if not xs:
        return math.nan
    places = order(xs)
    if isnan(xs[places[-1]]):
        return math.nan
    place = float(np.quantile(np.arange(len(xs), dtype=float), q, method=method))  # type: ignore[call-overload]
    low = min(int(place), len(xs) - 1)
    share = place - low
    below = xs[places[low]]
    return below if not share else below + share * (xs[places[low + 1]] - below)


def _quantiles(scale: float, skip: bool) -> Callable[..., Any]:
    def quantiles(
        a: Numbers,
        q: Numbers,
        axis: Axis = None,
        out: Array | None = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Numbers = None,
        **_: Any,
    ) -> Numbers:
        if weights is not None:
            raise TypeError("np.quantile: weights have no derivative here; leave them out")

        def known(xs: list[Any]) -> list[Any]:
            return [x for x in xs if not isnan(x)] if skip else xs

        wanted = np.asarray(q, dtype=float) * scale

        def at(share: float) -> Numbers:
            return along(lambda xs: quantile(known(xs), share, method), a, axis, keepdims)

        parts = [objects(at(float(share))) for share in wanted.ravel()]
        found = np.stack(parts).reshape(wanted.shape + parts[0].shape)
        return made(found) if out is None else written(found, out)

    return quantiles


means("quantile")(_quantiles(1.0, False))
means("percentile")(_quantiles(0.01, False))
means("nanquantile")(_quantiles(1.0, True))
means("nanpercentile")(_quantiles(0.01, True))


def median(xs: Sequence[Any]) -> Numbers:
    """Return the median of a list; NaN where it is empty or holds NaN."""
    places = order(xs)
    if not xs or isnan(xs[places[-1]]):
        return math.nan
    half = len(xs) // 2
    return xs[places[half]] if len(xs) % 2 else 0.5 * (xs[places[half - 1]] + xs[places[half]])


@means("median")
def _median(
    a: Numbers, axis: Axis = None, out: Array | None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Numbers:
    return along(median, a, axis, keepdims, out=out)


@means("nanmedian")
def _nanmedian(
    a: Numbers, axis: Axis = None, out: Array | None = None, overwrite_input: bool = False, keepdims: bool = NONE
) -> Numbers:
    return along(lambda xs: median([x for x in xs if not isnan(x)]), a, axis, keepdims, out=out)


# ---------------------------------------------------------------------------------------------------- by value


def _distinct(xs: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Return (the place of the first of each distinct value, in order, and for each element which of them it is)."""
    firsts: list[int] = []
    ranks = [0] * len(xs)
    for i in order(xs):
        if not firsts or not (xs[firsts[-1]] == xs[i] or (isnan(xs[firsts[-1]]) and isnan(xs[i]))):
            firsts.append(i)
        ranks[i] = len(firsts) - 1
    return firsts, ranks


@means("unique", "unique_values")
def _unique(ar: Numbers, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
            axis: Axis = None, *, equal_nan: bool = True, sorted: bool = True) -> Numbers:  # fmt: skip
    if axis is not None:
        raise TypeError("np.unique: axis has no meaning for numbers that are differentiated; leave it out")
    array = objects(ar)
    xs = array.ravel().tolist()
    firsts, ranks = _distinct(xs)
    found: list[Any] = [packed([xs[i] for i in firsts], (len(firsts),))]
    found += [np.array(firsts, dtype=int)] * return_index
    found += [np.array(ranks, dtype=int).reshape(array.shape)] * return_inverse
    found += [np.bincount(np.array(ranks, dtype=int), minlength=len(firsts))] * return_counts
    return tuple(found) if len(found) > 1 else found[0]


@means("isin")
def _isin(
    element: Numbers,
    test_elements: Numbers,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Numbers:
    known = objects(test_elements).ravel().tolist()
    found = each(lambda x: any(x == y for y in known) is not invert, element)
    return np.asarray(found, dtype=bool)[()]


@means("bincount")
def _bincount(x: Numbers, weights: Numbers = None, minlength: int = 0) -> Numbers:
    places = np.asarray([y.__index__() for y in objects(x).tolist()], dtype=int)
    if weights is None:
        return np.bincount(places, minlength=minlength)
    count = max(int(places.max(initial=-1)) + 1, minlength)
    given = objects(weights)
    return packed([total(given[places == i].tolist()) for i in range(count)], (count,))


@means("histogram_bin_edges")
def _edges(a: Numbers, bins: Numbers = 10, range: Sequence[Carried] | None = None, weights: Numbers = None) -> Numbers:
    if isinstance(bins, str):
        raise TypeError("np.histogram: give the number of bins, or their edges")
    if np.ndim(bins):
        return bins
    xs = objects(a).ravel().tolist()
    low, high = range or (min(xs, default=0.0), max(xs, default=1.0))
    return np.linspace(low, high, bins + 1)


@means("histogram")
def _histogram(
    a: Numbers,
    bins: Numbers = 10,
    range: Sequence[Carried] | None = None,
    density: bool | None = None,
    weights: Numbers = None,
) -> Numbers:
    edges = objects(_edges(a, bins, range)).tolist()
    xs = objects(a).ravel().tolist()
    given = [1] * len(xs) if weights is None else objects(weights).ravel().tolist()
    parts: list[list[Any]] = [[] for _ in edges[1:]]
    for x, weight in zip(xs, given, strict=True):
        place = place_in(edges, x, True) - 1
        if x == edges[-1]:
            place = len(parts) - 1
        if 0 <= place < len(parts):
            parts[place].append(weight)
    sums = [total(part) if weights is not None else len(part) for part in parts]
    if density:
        whole = total(sums)
        sums = [s / whole / (high - low) for s, low, high in zip(sums, edges[:-1], edges[1:], strict=True)]
    heights = packed(sums, (len(sums),)) if density or weights is not None else np.array(sums)
    return heights, packed(edges, (len(edges),))
