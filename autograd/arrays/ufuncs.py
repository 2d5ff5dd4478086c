"""What NumPy's element-wise functions mean on an `Array`: rows of the table, found by their names in NumPy."""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.arrays.array import Array, Objects, above, float_of, made, objects, packed, refuse, refuse_special, truth
from autograd.graph.sumprod import sumprod
from autograd.primitives import table
from autograd.primitives.carrier import Carrier
from autograd.primitives.functions import isfinite, isinf, isnan
from autograd.primitives.operation import Axis, Numbers
from autograd.primitives.primitive import ROWS

INF = math.inf
LN2 = math.log(2.0)


# ---------------------------------------------------------------------------------------------------- one element


def is_negative(x: Numbers) -> bool:
    """Return whether a number has a minus sign, -0.0 included."""
    return bool(x < 0.0) or bool(x == 0.0 and table.copysign(1.0, x) < 0.0)


def is_close(x: Numbers, y: Numbers, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether |x - y| <= atol + rtol * |y|, as `np.isclose`; see `isnan`."""
    if not (isfinite(x) and isfinite(y)):
        return bool(x == y) or (equal_nan and isnan(x) and isnan(y))
    return bool(abs(x - y) <= atol + rtol * abs(y))


def _beside_nan(row: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: y if isnan(x) else x if isnan(y) else row(x, y)


def _bounded(x: Numbers, low: Numbers, high: Numbers) -> Numbers:
    return high if low > high else table.clamp(x, low, high)


def _power(x: Numbers, y: Numbers) -> Numbers:
    return x**y if isinstance(x, Carrier) or isinstance(y, Carrier) else table.power(x, y)


def _heaviside(x: Numbers, half: Numbers) -> Numbers:
    return x if isnan(x) else 0.0 if x < 0.0 else 1.0 if x > 0.0 else half


def _exponent(x: Numbers) -> int:
    return x.exponent() if isinstance(x, Carrier) else math.frexp(x)[1]


def logarithm_of_sum(xs: Sequence[Any], base: float = 1.0) -> Numbers:
    """Return log(sum(exp(x))), for base LN2 with powers and a logarithm of 2; one row."""
    return table.logsumexp(*xs) if base == 1.0 else table.logsumexp(*[x * base for x in xs]) / base


def beta_log(a: Numbers, b: Numbers) -> Numbers:
    """Return the logarithm of the beta function."""
    return table.lgamma(a) + table.lgamma(b) - table.lgamma(a + b)


# ---------------------------------------------------------------------------------------------------- which is which

DIRECT = {  # NumPy's own loop over objects applies the operator of Python that is the row
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "negative", "positive", "absolute", "square",
    "reciprocal", "conjugate", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
}  # fmt: skip
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
QUESTIONS: dict[str, Callable[..., bool]] = {
    "isnan": isnan, "isinf": isinf, "isfinite": isfinite, "signbit": is_negative,
}  # fmt: skip
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    row.numpy: row for row in ROWS.values() if row.numpy and row.numpy not in DIRECT
} | {
    "power": _power, "float_power": _power, "deg2rad": table.radians, "rad2deg": table.degrees, "clip": _bounded,
    "fmax": _beside_nan(table.maximum), "fmin": _beside_nan(table.minimum), "heaviside": _heaviside,
    "logaddexp": lambda x, y: logarithm_of_sum((x, y)), "logaddexp2": lambda x, y: logarithm_of_sum((x, y), LN2),
    "ldexp": table.ldexp,
    # of SciPy
    "erf": table.erf, "erfc": table.erfc, "erfinv": table.erfinv, "gamma": table.gamma, "gammaln": table.lgamma,
    "psi": table.digamma, "expit": table.sigmoid, "log_expit": table.logsigmoid, "ndtr": table.norm_cdf,
    "i0": table.i0, "i1": lambda x: table.bessel_i(1, x), "xlogy": table.xlogy, "xlog1py": table.xlog1py,
    "entr": table.entr, "logit": lambda x: table.log(x) - table.log1p(-x), "betaln": beta_log,
    "beta": lambda a, b: table.exp(beta_log(a, b)), "exp10": lambda x: table.power(10.0, x),
    "rel_entr": lambda x, y: table.xlogy(x, x / y), "kl_div": lambda x, y: table.xlogy(x, x / y) - x + y,
    "sindg": lambda x: table.sin(table.radians(x)), "cosdg": lambda x: table.cos(table.radians(x)),
    "log_ndtr": lambda x: table.log(table.norm_cdf(x)), "huber": lambda delta, x: table.huber(x, delta),
    "i0e": lambda x: table.i0(x) * table.exp(-abs(x)),
    "exprel": lambda x: table.expm1(x) / x if x != 0.0 else 1.0 + x / 2.0,
}  # fmt: skip
SEVERAL: dict[str, tuple[Callable[..., Any], ...]] = {
    "modf": (table.modf_frac, table.modf_int), "frexp": (table.frexp_m, _exponent),
    "divmod": (table.floordiv, table.mod),
}  # fmt: skip
REFUSED = {
    "nextafter": "it is a step and has no derivative; use stop_gradient or .data",
    "spacing": "it is a step and has no derivative; use stop_gradient or .data",
    "isnat": "there are no dates among them",
}
OTHERS = "write it in other functions, or use autograd.scipy.special"
WHOLE = "it is for whole numbers; use np.trunc, or .data for a plain number"


def each(one: Callable[..., Any], *inputs: Numbers) -> Objects:
    """Return a plain array of what a function makes of every element."""
    with np.errstate(all="ignore"):
        found = np.frompyfunc(one, len(inputs), 1)(*map(objects, inputs))
    return found if isinstance(found, np.ndarray) else objects(found)


@functools.cache
def _loop(name: str) -> Numbers:
    """Return a function that applies a row to every element."""
    if name in ELEMENTWISE or name in QUESTIONS:
        one = ELEMENTWISE.get(name) or QUESTIONS[name]
        return np.frompyfunc(one, _operands(name), 1)
    return None


def _operands(name: str) -> int:
    known: Any = getattr(np, name, None)
    if isinstance(known, np.ufunc):
        return known.nin
    row = ELEMENTWISE[name]
    code = getattr(row, "__code__", None)
    return code.co_argcount if code else len(row.operand_names)  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------------------- reductions


def total(xs: Sequence[Any]) -> Numbers:
    """Return the sum, rounded once; one node for any number of operands."""
    if len(xs) > 2:
        return table.fsum(*xs)
    return xs[0] + xs[1] if len(xs) == 2 else xs[0] + 0.0 if xs and type(xs[0]) is bool else xs[0] if xs else 0.0


def product(xs: Sequence[Any]) -> Numbers:
    """Return the product; one node."""
    if len(xs) > 2:
        return table.prod(*xs)
    return xs[0] * xs[1] if len(xs) == 2 else xs[0] if xs else 1.0


def largest(xs: Sequence[Any]) -> Numbers:
    """Return the largest; one node, whose derivative is split evenly at ties."""
    return table.maximum(*xs) if len(xs) > 1 else _first(xs, "maximum")


def smallest(xs: Sequence[Any]) -> Numbers:
    """Return the smallest; see `largest`."""
    return table.minimum(*xs) if len(xs) > 1 else _first(xs, "minimum")


def _first(xs: Sequence[Any], name: str) -> Numbers:
    if not xs:
        raise ValueError(f"zero-size array to reduction operation {name} which has no identity")
    return xs[0]


def _present(xs: Sequence[Any]) -> Sequence[Any]:
    return [x for x in xs if not isnan(x)] or xs


REDUCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "add": total,
    "multiply": product,
    "maximum": largest,
    "minimum": smallest,
    "fmax": lambda xs: largest(_present(xs)),
    "fmin": lambda xs: smallest(_present(xs)),
    "logaddexp": lambda xs: logarithm_of_sum(xs) if xs else -INF,
    "logaddexp2": lambda xs: logarithm_of_sum(xs, LN2) if xs else -INF,
    "hypot": lambda xs: table.hypot(*xs) if xs else 0.0,
}


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return axes, counted from the front; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    found = [operator.index(i) for i in given]
    for i in found:
        if not -ndim <= i < max(ndim, 1):
            raise np.exceptions.AxisError(i, ndim)
    if len({i % max(ndim, 1) for i in found}) < len(found):
        raise ValueError("duplicate value in 'axis'")
    return tuple([i % ndim for i in found]) if ndim else ()


def along(
    function: Callable[[list[Any]], Any],
    x: Numbers,
    axis: Axis = None,
    keepdims: object = False,
    where: Numbers = True,
    initial: Numbers = None,
    out: Array | None = None,
) -> Numbers:
    """Return function(elements) for every row of x along these axes: a number, or an Array of what is left of x."""
    array = objects(x)
    axes = axes_of(axis, array.ndim)
    rest = [i for i in range(array.ndim) if i not in axes]
    shape = tuple([array.shape[i] for i in rest])
    flat = (*shape, math.prod([array.shape[i] for i in axes]))
    rows = array.transpose(*rest, *axes).reshape(flat)
    masks = None
    if where is not True and where is not np._NoValue:
        masks = np.broadcast_to(truth(where), array.shape).transpose(*rest, *axes).reshape(flat)
    start = [] if initial is None or initial is np._NoValue else [initial]
    found = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        xs = rows[place].tolist() if masks is None else rows[place][masks[place]].tolist()
        found[place] = function(xs + start)
    if keepdims and keepdims is not np._NoValue:
        found = found.reshape([1 if i in axes else n for i, n in enumerate(array.shape)])
    return made(found) if out is None else written(found, out)


def written(found: Numbers, out: Array | None) -> Numbers:
    """Return `out`, filled; TypeError where it is an array of floats and the numbers remember."""
    target = out[0] if isinstance(out, tuple) else out
    target_of("out", target)[...] = found
    return target


def target_of(name: str, x: Numbers) -> Numbers:
    """Return an array that numbers are to be written to as a plain one; TypeError where it can hold floats alone."""
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{name}: expected an array to write to, not {type(x).__name__}")
    refuse_special(x)
    if x.dtype.kind != "O":
        raise TypeError(
            f"{name}: an array of {x.dtype} cannot hold numbers that are differentiated; make it with np.zeros_like(x) "
            "or autograd.array(...)"
        )
    return x.view(np.ndarray)


# ---------------------------------------------------------------------------------------------------- products


def dots(x: Objects, y: Objects) -> Objects:
    """Return the matrix product of stacks of matrices; one node for each element."""
    if x.shape[-1] != y.shape[-2]:
        raise ValueError(f"matmul: {x.shape} and {y.shape} do not fit: {x.shape[-1]} is not {y.shape[-2]}")
    stack = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    left = np.broadcast_to(x, stack + x.shape[-2:])
    right = np.broadcast_to(y, stack + y.shape[-2:]).swapaxes(-1, -2)
    found = np.empty((*stack, x.shape[-2], y.shape[-1]), dtype=object)
    for place in np.ndindex(stack):
        columns = right[place].tolist()
        found[place] = packed([dot(row, c) for row in left[place].tolist() for c in columns], found.shape[-2:])
    return found


def dot(xs: list[Any], ys: list[Any]) -> Numbers:
    """Return the dot product of two lists; one node."""
    return xs[0] * ys[0] if len(xs) == 1 else sumprod(xs, ys)


def matmul(x: Numbers, y: Numbers) -> Numbers:
    """Return x @ y, with vectors as rows or columns."""
    left, right = objects(x), objects(y)
    if not left.ndim or not right.ndim:
        raise ValueError("matmul: a number has no axes; use *")
    found = dots(left if left.ndim > 1 else left[None], right if right.ndim > 1 else right[:, None])
    if left.ndim == 1:
        found = found[..., 0, :]
    return made(found if right.ndim > 1 else found[..., 0])


def _vecdot(x: Numbers, y: Numbers) -> Numbers:
    return made(dots(objects(x)[..., None, :], objects(y)[..., :, None])[..., 0, 0])


PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "matmul": matmul,
    "vecdot": _vecdot,
    "matvec": lambda x, y: made(dots(objects(x), objects(y)[..., None])[..., 0]),
    "vecmat": lambda x, y: made(dots(objects(x)[..., None, :], objects(y))[..., 0, :]),
}
LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")


# ---------------------------------------------------------------------------------------------------- the door


def apply(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Numbers:
    """Return what an element-wise function of NumPy's or SciPy's makes of numbers that remember."""
    name = ufunc.__name__
    for x in inputs:
        refuse_special(x)
    if name in LOGICAL:
        return getattr(ufunc, method)(*(inputs if method == "at" else map(truth, inputs)), **options)
    if name in PRODUCTS:
        return _product(name, method, inputs, **options)
    if set("".join(ufunc.types)) <= set("O->"):  # of Python's own functions, as `np.vectorize` makes them
        found = getattr(ufunc, method)(*map(objects, inputs), **options)
        return tuple(map(made, found)) if isinstance(found, tuple) else made(found)
    float_of(name, options.get("dtype"))
    if name in SEVERAL:
        return tuple([made(each(one, *inputs)[()]) for one in SEVERAL[name]])
    if name not in DIRECT and name not in ELEMENTWISE and name not in QUESTIONS:
        refuse(name, REFUSED.get(name, OTHERS if set("efd") & set("".join(ufunc.types)) else WHOLE))
    if method == "reduce":
        return _reduced(name, ufunc, inputs[0], **options)
    if method == "at":
        return _at(name, ufunc, *inputs)
    arrays = [objects(x) for x in (inputs[:1] if method == "reduceat" else inputs)]
    places = inputs[1:] if method == "reduceat" else ()
    kept = {key: x for key, x in options.items() if key in ("out", "where", "axis")}
    return _looped(name, getattr(ufunc if name in DIRECT else _loop(name), method), arrays, places, **kept)


def _product(
    name: str, method: str, inputs: Numbers, out: Array | None = None, axis: int = -1, axes: Axis = None, **_: Any
) -> Numbers:
    if method != "__call__" or axes is not None or axis != -1:
        refuse(f"{name}.{method}", "use np.matmul and np.moveaxis")
    found = PRODUCTS[name](*inputs)
    return found if out is None else written(found, out)


def _looped(
    name: str,
    loop: Callable[..., Any],
    arrays: list[Objects],
    places: Sequence[Any],
    out: Array | None = None,
    where: Numbers = True,
    **axis: Any,
) -> Numbers:
    """Return what a loop over the elements gives, written to `out` where it is given, and only `where` it is true."""
    if where is not True:
        mask = truth(where)
        whole = np.full(np.broadcast_shapes(mask.shape, *[x.shape for x in arrays]), math.nan, dtype=object)
        if out is not None:
            whole[...] = out[0]
        axis |= {"where": mask, "out": whole}
    with np.errstate(all="ignore"):
        found = loop(*arrays, *places, **axis)
    if name in QUESTIONS or name in COMPARISONS:
        answers = np.asarray(found, dtype=bool)[()]
        if out is None:
            return answers
        out[0][...] = answers
        return out[0]
    return made(found) if out is None else written(found, out)


def _reduced(
    name: str,
    ufunc: np.ufunc,
    x: Numbers,
    axis: Axis = 0,
    keepdims: bool = False,
    where: Numbers = True,
    initial: Numbers = None,
    out: Array | None = None,
    dtype: DTypeLike | None = None,
) -> Numbers:
    function = REDUCTIONS.get(name)
    loop = ufunc if name in DIRECT else _loop(name)
    return along(
        function or (lambda xs: functools.reduce(loop, xs)),
        x,
        axis,
        keepdims,
        where,
        initial,
        out[0] if isinstance(out, tuple) else out,
    )


def _at(name: str, ufunc: np.ufunc, target: Numbers, places: Numbers, *others: Numbers) -> None:
    loop = ufunc if name in DIRECT else _loop(name)
    loop.at(target_of(f"np.{name}.at", target), places, *[objects(x) for x in others])


above["ufunc"] = apply
