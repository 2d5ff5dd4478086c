"""Choices, questions and new arrays: NumPy's functions over an `Array`, and its methods."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd.arrays.algebra
import autograd.arrays.order
import autograd.arrays.statistics  # noqa: F401 (they state what more functions mean)
from autograd.arrays.array import Array, index, made, objects, truth
from autograd.arrays.dispatch import means
from autograd.arrays.ufuncs import each, is_close, target_of, written
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.functions import isfinite, isnan

NONE: Any = np._NoValue

# ---------------------------------------------------------------------------------------------------- choices


@means("where")
def _where(condition: Any, x: Any = NONE, y: Any = NONE) -> Any:
    chosen = truth(condition)
    if x is NONE and y is NONE:
        return np.nonzero(chosen)
    return made(np.where(chosen, objects(x), objects(y)))


@means("clip")
def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **_: Any
) -> Any:
    low = a_min if min is None or min is NONE else min
    high = a_max if max is None or max is NONE else max
    found = np._core.umath.clip(  # type: ignore[attr-defined]
        of_any(a), -math.inf if low is None or low is NONE else low, math.inf if high is None or high is NONE else high
    )
    return found if out is None else written(found, out)


def of_any(x: Any) -> Any:
    """Return an Array of what holds numbers; a number that remembers as it is."""
    return x if isinstance(x, (Carrier, Array)) else objects(x).view(Array)


@means("insert")
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    return np.insert(objects(arr), obj, objects(values), axis)


@means("select")
def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    found = of_any(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = _where(condition, choice, found)
    return found


@means("choose")
def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    found: Any = np.choose(np.asarray(index(a)), [objects(x) for x in choices], mode=mode)  # type: ignore[call-overload]
    return made(found) if out is None else written(found, out)


@means("extract")
def _extract(condition: Any, arr: Any) -> Any:
    return objects(arr).ravel()[truth(condition).ravel()]


@means("nan_to_num")
def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    high = np.finfo(float).max if posinf is None else posinf
    low = -np.finfo(float).max if neginf is None else neginf

    def known(y: Any) -> Any:
        return y if isfinite(y) else nan if isnan(y) else high if y > 0.0 else low

    found = each(known, x)
    return made(found) if copy else written(found, x)


@means("copyto")
def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    np.copyto(target_of("np.copyto", dst), objects(src), where=truth(where))


@means("put")
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    np.put(target_of("np.put", a), ind, objects(v), mode=mode)  # type: ignore[arg-type]


@means("putmask")
def _putmask(a: Any, mask: Any, values: Any) -> None:
    target = target_of("np.putmask", a)
    np.putmask(target, truth(mask), objects(values))


@means("place")
def _place(arr: Any, mask: Any, vals: Any) -> None:
    target, chosen = target_of("np.place", arr), truth(mask)
    target[chosen] = np.resize(objects(vals), int(chosen.sum()))


@means("fill_diagonal")
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    np.fill_diagonal(target_of("np.fill_diagonal", a), objects(val), wrap)


@means("pad")
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    x = objects(array)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        places = np.pad(np.arange(x.size).reshape(x.shape), pad_width, mode, **options)
        return x.ravel()[places]
    if mode == "constant":
        inside = np.pad(np.ones(x.shape, bool), pad_width)
        given = options.get("constant_values", 0.0)
        constants = np.pad(np.empty(x.shape, object), pad_width, constant_values=objects(given))
        constants[inside] = x.ravel()
        return constants
    raise TypeError(f"np.pad: mode {mode!r} has no derivative here; use 'constant', 'edge', 'reflect' or 'wrap'")


# ---------------------------------------------------------------------------------------------------- questions


@means("any")
def _any(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NONE, *, where: Any = NONE) -> Any:
    return _asked(np.any, a, axis, out, keepdims, where)


@means("all")
def _all(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NONE, *, where: Any = NONE) -> Any:
    return _asked(np.all, a, axis, out, keepdims, where)


def _asked(function: Any, a: Any, axis: Any, out: Any, keepdims: Any, where: Any) -> Any:
    options = {} if where is NONE else {"where": truth(where)}
    return function(truth(a), axis=axis, out=out, keepdims=keepdims is True, **options)


@means("isclose")
def _isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    found = each(lambda x, y: is_close(x, y, rtol, atol, equal_nan), a, b)
    return np.asarray(found, dtype=bool)[()]


@means("allclose")
def _allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(_isclose(a, b, rtol, atol, equal_nan)))


@means("array_equal")
def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    x, y = objects(a1), objects(a2)
    return x.shape == y.shape and bool(np.all(_isclose(x, y, 0.0, 0.0, equal_nan)))


@means("array_equiv")
def _array_equiv(a1: Any, a2: Any) -> bool:
    try:
        return bool(np.all(_isclose(a1, a2, 0.0, 0.0)))
    except ValueError:  # shapes that do not fit
        return False


@means("count_nonzero")
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.count_nonzero(truth(a), axis=axis, keepdims=keepdims)


means("nonzero")(lambda a: np.nonzero(truth(a)))
means("flatnonzero")(lambda a: np.flatnonzero(truth(a)))
means("argwhere")(lambda a: np.argwhere(truth(a)))
means("iscomplex")(lambda x: np.zeros(np.shape(x), bool)[()])
means("isreal")(lambda x: np.ones(np.shape(x), bool)[()])
means("iscomplexobj")(lambda x: False)
means("isrealobj")(lambda x: True)
means("real", "real_if_close")(lambda x, tol=100: of_any(x))
means("imag")(lambda x: 0.0 * of_any(x))
means("angle")(lambda x, deg=False: made(each(_angle(deg), x)))


def _angle(degrees: bool) -> Callable[[Any], float]:
    half = 180.0 if degrees else math.pi
    return lambda x: half if x < 0.0 else x if isnan(x) else 0.0


# ---------------------------------------------------------------------------------------------------- one by one

means("sinc")(lambda x: made(each(table.sinc, x)))
means("i0")(lambda x: made(each(table.i0, x)))


@means("round", "around")
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    found = each(lambda x: table.round_to(x, decimals) if decimals else table.rint(x), a)
    return made(found) if out is None else written(found, out)


# ---------------------------------------------------------------------------------------------------- new arrays


def _like(value: Any) -> Callable[..., Any]:
    def like(a: Any, dtype: Any = None, order: Any = None, subok: bool = True, shape: Any = None, **_: Any) -> Any:
        if dtype is not None and np.dtype(dtype).kind not in "fO":
            return np.full(np.shape(a) if shape is None else shape, value, dtype=dtype)
        return of_full(np.shape(a) if shape is None else shape, value)

    return like


def of_full(shape: Any, value: Any) -> Any:
    """Return an Array full of a number; Values can be assigned to its elements."""
    found = np.empty(shape, dtype=object)
    found[...] = objects(value)
    return found.view(Array)


means("zeros_like", "empty_like")(_like(0.0))
means("ones_like")(_like(1.0))


@means("full_like")
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    return of_full(np.shape(a) if shape is None else shape, fill_value)


@means("astype")
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return of_any(x).astype(dtype)


# ---------------------------------------------------------------------------------------------------- methods


METHODS = """
all any argmax argmin argpartition argsort choose clip cumprod cumsum dot max mean min nonzero prod ptp round
searchsorted std sum trace var
"""


def _method(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any, **options: Any) -> Any:
        return getattr(np, name)(self, *args, **options)

    method.__name__, method.__doc__ = name, f"Return np.{name} of this."
    return method


for _name in METHODS.split():
    setattr(Array, _name, _method(_name))


def _sort_method(self: Array, axis: int = -1, kind: Any = None, order: Any = None, **_: Any) -> None:
    self[...] = np.sort(self, axis)


def _partition_method(self: Array, kth: Any, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    self[...] = np.partition(self, kth, axis)


def _fill_method(self: Array, value: Any) -> None:
    self[...] = value


Array.sort = _sort_method  # type: ignore[method-assign, assignment]
Array.partition = _partition_method  # type: ignore[method-assign, assignment]
Array.fill = _fill_method  # type: ignore[method-assign, assignment]
