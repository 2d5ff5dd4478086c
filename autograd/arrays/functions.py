"""Choices, questions and new arrays: NumPy's functions over an `Array`, and its methods."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

import autograd.arrays.algebra
import autograd.arrays.order
import autograd.arrays.statistics  # noqa: F401 (they state what more functions mean)
from autograd.arrays.array import Array, index, made, objects, truth
from autograd.arrays.dispatch import means
from autograd.arrays.ufuncs import each, is_close, target_of, written
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.functions import isfinite, isnan
from autograd.primitives.operation import Axis, Carried, Numbers, Shape

NONE: Any = np._NoValue
Mode: TypeAlias = Literal[
    "constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap", "empty"
]

# ---------------------------------------------------------------------------------------------------- choices


@means("where")
def _where(condition: Numbers, x: Numbers = NONE, y: Numbers = NONE) -> Numbers:
    chosen = truth(condition)
    if x is NONE and y is NONE:
        return np.nonzero(chosen)
    return made(np.where(chosen, objects(x), objects(y)))


@means("clip")
def _clip(
    a: Numbers,
    a_min: Numbers = None,
    a_max: Numbers = None,
    out: Array | None = None,
    *,
    min: Numbers = None,
    max: Numbers = None,
    **_: Any,
) -> Numbers:
    low = a_min if min is None or min is NONE else min
    high = a_max if max is None or max is NONE else max
    found = np._core.umath.clip(  # type: ignore[attr-defined]
        of_any(a), -math.inf if low is None or low is NONE else low, math.inf if high is None or high is NONE else high
    )
    return found if out is None else written(found, out)


def of_any(x: Numbers) -> Numbers:
    """Return an Array of what holds numbers; a number that remembers as it is."""
    return x if isinstance(x, (Carrier, Array)) else objects(x).view(Array)


@means("insert")
def _insert(arr: Numbers, obj: Numbers, values: Numbers, axis: int | None = None) -> Numbers:
    return np.insert(objects(arr), obj, objects(values), axis)


@means("select")
def _select(condlist: Sequence[Numbers], choicelist: Sequence[Numbers], default: Numbers = 0.0) -> Numbers:
    found = of_any(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = _where(condition, choice, found)
    return found


@means("choose")
def _choose(a: Numbers, choices: Sequence[Numbers], out: Array | None = None, mode: str = "raise") -> Numbers:
    found: Any = np.choose(np.asarray(index(a)), [objects(x) for x in choices], mode=mode)  # type: ignore[call-overload]
    return made(found) if out is None else written(found, out)


@means("extract")
def _extract(condition: Numbers, arr: Numbers) -> Numbers:
    return objects(arr).ravel()[truth(condition).ravel()]


@means("nan_to_num")
def _nan_to_num(
    x: Numbers, copy: bool = True, nan: Numbers = 0.0, posinf: Numbers = None, neginf: Numbers = None
) -> Numbers:
    high = np.finfo(float).max if posinf is None else posinf
    low = -np.finfo(float).max if neginf is None else neginf

    def known(y: Numbers) -> Numbers:
        return y if isfinite(y) else nan if isnan(y) else high if y > 0.0 else low

    found = each(known, x)
    return made(found) if copy else written(found, x)


@means("copyto")
def _copyto(dst: Numbers, src: Numbers, casting: str = "same_kind", where: Numbers = True) -> None:
    np.copyto(target_of("np.copyto", dst), objects(src), where=truth(where))


@means("put")
def _put(a: Numbers, ind: Numbers, v: Numbers, mode: str = "raise") -> None:
    np.put(target_of("np.put", a), ind, objects(v), mode=mode)  # type: ignore[arg-type]


@means("putmask")
def _putmask(a: Numbers, mask: Numbers, values: Numbers) -> None:
    target = target_of("np.putmask", a)
    np.putmask(target, truth(mask), objects(values))


@means("place")
def _place(arr: Numbers, mask: Numbers, vals: Numbers) -> None:
    target, chosen = target_of("np.place", arr), truth(mask)
    target[chosen] = np.resize(objects(vals), int(chosen.sum()))


@means("fill_diagonal")
def _fill_diagonal(a: Numbers, val: Carried, wrap: bool = False) -> None:
    np.fill_diagonal(target_of("np.fill_diagonal", a), objects(val), wrap)


@means("pad")
def _pad(array: Numbers, pad_width: int | Sequence[Any], mode: Mode = "constant", **options: Any) -> Numbers:
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
def _any(
    a: Numbers, axis: Axis = None, out: Array | None = None, keepdims: bool = NONE, *, where: Numbers = NONE
) -> Numbers:
    return _asked(np.any, a, axis, out, keepdims, where)


@means("all")
def _all(
    a: Numbers, axis: Axis = None, out: Array | None = None, keepdims: bool = NONE, *, where: Numbers = NONE
) -> Numbers:
    return _asked(np.all, a, axis, out, keepdims, where)


def _asked(
    function: Callable[..., Any], a: Numbers, axis: Axis, out: Array | None, keepdims: bool, where: Numbers
) -> Numbers:
    options = {} if where is NONE else {"where": truth(where)}
    return function(truth(a), axis=axis, out=out, keepdims=keepdims is True, **options)


@means("isclose")
def _isclose(a: Numbers, b: Numbers, rtol: Numbers = 1e-5, atol: Numbers = 1e-8, equal_nan: bool = False) -> Numbers:
    found = each(lambda x, y: is_close(x, y, rtol, atol, equal_nan), a, b)
    return np.asarray(found, dtype=bool)[()]


@means("allclose")
def _allclose(a: Numbers, b: Numbers, rtol: Numbers = 1e-5, atol: Numbers = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(_isclose(a, b, rtol, atol, equal_nan)))


@means("array_equal")
def _array_equal(a1: Numbers, a2: Numbers, equal_nan: bool = False) -> bool:
    x, y = objects(a1), objects(a2)
    return x.shape == y.shape and bool(np.all(_isclose(x, y, 0.0, 0.0, equal_nan)))


@means("array_equiv")
def _array_equiv(a1: Numbers, a2: Numbers) -> bool:
    try:
        return bool(np.all(_isclose(a1, a2, 0.0, 0.0)))
    except ValueError:  # shapes that do not fit
        return False


@means("count_nonzero")
def _count_nonzero(a: Numbers, axis: Axis = None, *, keepdims: bool = False) -> Numbers:
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
def _round(a: Numbers, decimals: int = 0, out: Array | None = None) -> Numbers:
    found = each(lambda x: table.round_to(x, decimals) if decimals else table.rint(x), a)
    return made(found) if out is None else written(found, out)


# ---------------------------------------------------------------------------------------------------- new arrays


def _like(value: Carried) -> Callable[..., Any]:
    def like(
        a: Numbers,
        dtype: DTypeLike | None = None,
        order: str | None = None,
        subok: bool = True,
        shape: Shape | None = None,
        **_: Any,
    ) -> Numbers:
        if dtype is not None and np.dtype(dtype).kind not in "fO":
            return np.full(np.shape(a) if shape is None else shape, value, dtype=dtype)
        return of_full(np.shape(a) if shape is None else shape, value)

    return like


def of_full(shape: Shape, value: Carried) -> Numbers:
    """Return an Array full of a number; Values can be assigned to its elements."""
    found = np.empty(shape, dtype=object)
    found[...] = objects(value)
    return found.view(Array)


means("zeros_like", "empty_like")(_like(0.0))
means("ones_like")(_like(1.0))


@means("full_like")
def _full_like(
    a: Numbers,
    fill_value: Carried,
    dtype: DTypeLike | None = None,
    order: str = "K",
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: object = None,
) -> Numbers:
    return of_full(np.shape(a) if shape is None else shape, fill_value)


@means("astype")
def _astype(x: Numbers, dtype: DTypeLike | None, /, *, copy: bool = True, device: object = None) -> Numbers:
    return of_any(x).astype(dtype)


# ---------------------------------------------------------------------------------------------------- methods


METHODS = """
all any argmax argmin argpartition argsort choose clip cumprod cumsum dot max mean min nonzero prod ptp round
searchsorted std sum trace var
"""


def _method(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Sequence[Any], **options: Any) -> Numbers:
        return getattr(np, name)(self, *args, **options)

    method.__name__, method.__doc__ = name, f"Return np.{name} of this."
    return method


for _name in METHODS.split():
    setattr(Array, _name, _method(_name))


def _sort_method(self: Array, axis: int = -1, kind: str | None = None, order: str | None = None, **_: Any) -> None:
    self[...] = np.sort(self, axis)


def _partition_method(
    self: Array, kth: int | Sequence[int], axis: int = -1, kind: str | None = None, order: str | None = None
) -> None:
    self[...] = np.partition(self, kth, axis)


def _fill_method(self: Array, value: Carried) -> None:
    self[...] = value


Array.sort = _sort_method  # type: ignore[method-assign, assignment]
Array.partition = _partition_method  # type: ignore[method-assign, assignment]
Array.fill = _fill_method  # type: ignore[method-assign, assignment]
