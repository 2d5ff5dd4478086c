"""Products, interpolation, polynomials and differences over an `Array`."""

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays.array import Array, Norm, Objects, Out, Places, made, numbers, objects, packed
from autograd.arrays.dispatch import means
from autograd.arrays.order import place_in
from autograd.arrays.ufuncs import dot, dots, each, matmul, total, written
from autograd.primitives.operation import Axis, Carried, Numbers

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# ---------------------------------------------------------------------------------------------------- products


@means("dot")
def _dot(a: Numbers, b: Numbers, out: Array | None = None) -> Numbers:
    x, y = objects(a), objects(b)
    if not x.ndim or not y.ndim:
        found = made(x * y)
    elif y.ndim == 1 or x.ndim == 1 == y.ndim:
        found = matmul(x, y)
    else:
        found = _tensordot(x, y, ([x.ndim - 1], [y.ndim - 2]))
    return found if out is None else written(found, out)


@means("vdot")
def _vdot(a: Numbers, b: Numbers) -> Numbers:
    return _dot(objects(a).ravel(), objects(b).ravel())


@means("inner")
def _inner(a: Numbers, b: Numbers) -> Numbers:
    x, y = objects(a), objects(b)
    return made(x * y) if not x.ndim or not y.ndim else _tensordot(x, y, ([x.ndim - 1], [y.ndim - 1]))


@means("outer", "linalg.outer")
def _outer(a: Numbers, b: Numbers, out: Array | None = None) -> Numbers:
    found = np.multiply.outer(objects(a).ravel(), objects(b).ravel())
    return found if out is None else written(found, out)


@means("tensordot", "linalg.tensordot")
def _tensordot(a: Numbers, b: Numbers, axes: int | Sequence[int | Sequence[int]] = 2) -> Numbers:
    x, y = objects(a), objects(b)
    if isinstance(axes, int):
        left, right = list(range(x.ndim - axes, x.ndim)), list(range(axes))
    else:
        left, right = [[i] if isinstance(i, int) else list(i) for i in axes]
    left, right = [i % x.ndim for i in left], [i % y.ndim for i in right]
    if [x.shape[i] for i in left] != [y.shape[i] for i in right]:
        raise ValueError(f"tensordot: shapes {x.shape} and {y.shape} do not fit over the axes {left} and {right}")
    count = math.prod([x.shape[i] for i in left])
    rest_x, rest_y = [i for i in range(x.ndim) if i not in left], [i for i in range(y.ndim) if i not in right]
    shape_x, shape_y = [x.shape[i] for i in rest_x], [y.shape[i] for i in rest_y]
    rows = x.transpose(*rest_x, *left).reshape(math.prod(shape_x), count)
    columns = y.transpose(*right, *rest_y).reshape(count, math.prod(shape_y))
    found = dots(rows, columns) if count else np.zeros((len(rows), columns.shape[1]), object)
    return made(found.reshape((*shape_x, *shape_y)))


@means("linalg.matmul")
def _matmul(x1: Numbers, x2: Numbers, /) -> Numbers:
    return matmul(x1, x2)


@means("einsum")
def _einsum(*operands: Numbers, out: Array | None = None, optimize: object = False, **_: Any) -> Numbers:
    terms, wanted, arrays = _subscripts(list(operands))
    sizes: dict[str, int] = {}
    for term, array in zip(terms, arrays, strict=True):
        if len(term) != array.ndim:
            raise ValueError(f"einsum: {term!r} has {len(term)} labels for {array.ndim} axes")
        for label, n in zip(term, array.shape, strict=True):
            if sizes.get(label, 1) not in (1, n) and n != 1:
                raise ValueError(f"einsum: the axis {label!r} is {sizes[label]} and {n} long")
            sizes[label] = max(n, sizes.get(label, 1))
    summed = [label for label in sizes if label not in wanted]
    labels = [*wanted, *summed]
    shape = [sizes[label] for label in labels]
    rest = len(wanted)
    full = [np.broadcast_to(_aligned(array, term, labels), shape) for array, term in zip(arrays, terms, strict=True)]
    rows = [x.reshape(math.prod(shape[:rest]), math.prod(shape[rest:])) for x in full]
    last = rows.pop()
    if rows:
        first = functools.reduce(lambda x, y: x * y, rows)
        if summed:
            flat = [dot(p, q) for p, q in zip(first.tolist(), last.tolist(), strict=True)]
        else:
            flat = (first * last).ravel().tolist()
    else:
        flat = [total(row) for row in last.tolist()]
    found = made(packed(flat, tuple(shape[:rest])))
    return found if out is None else written(found, out)


def _subscripts(operands: list[Any]) -> tuple[list[str], str, list[Objects]]:
    """Return (the labels of each array, those of the result, the arrays); an ellipsis gets labels of its own."""
    text, given = _text(operands)
    arrays = [objects(x) for x in given]
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"einsum: {len(terms)} terms in {text!r} for {len(arrays)} arrays")
    counts = [array.ndim - len(term.replace("...", "")) for term, array in zip(terms, arrays, strict=True)]
    most = max([count for count, term in zip(counts, terms, strict=True) if "..." in term], default=0)
    unnamed = "".join([c for c in LETTERS if c not in text][:most])
    full = [
        term.replace("...", unnamed[most - count :] if count else "") for count, term in zip(counts, terms, strict=True)
    ]
    if not arrow:
        letters = left.replace("...", "").replace(",", "")
        once = sorted(c for c in set(letters) if letters.count(c) == 1)
        right = ("..." if "..." in left else "") + "".join(once)
    return full, right.replace("...", unnamed), arrays


def _text(operands: list[Any]) -> tuple[str, list[Any]]:
    """Return (the subscripts as text, the arrays), for arrays with lists of numbers behind them too."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), operands[1:]

    def named(labels: Numbers) -> str:
        return "".join(["..." if label is Ellipsis else LETTERS[label] for label in labels])

    pairs = len(operands) // 2
    text = ",".join(map(named, operands[1 : 2 * pairs : 2]))
    return text + ("->" + named(operands[-1]) if len(operands) % 2 else ""), operands[: 2 * pairs : 2]


def _aligned(array: Objects, term: str, labels: list[str]) -> Objects:
    """Return an array with one axis for each label, in their order; labels that stand twice become the diagonal."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            i = term.index(label)
            j = term.index(label, i + 1)
            array = np.diagonal(array, 0, i, j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + label
    array = array.transpose([term.index(label) for label in labels if label in term])
    return array.reshape(
        [array.shape[[k for k in labels if k in term].index(label)] if label in term else 1 for label in labels]
    )


@means("cross")
def _cross(
    a: Numbers, b: Numbers, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Numbers:
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = np.moveaxis(objects(a), axisa, -1), np.moveaxis(objects(b), axisb, -1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ValueError("cross: the vectors must have 2 or 3 elements")
    if x.shape[-1] == y.shape[-1] == 2:
        return made(x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0])
    x, y = (z if z.shape[-1] == 3 else np.append(z, np.zeros((*z.shape[:-1], 1), object), -1) for z in (x, y))
    parts = [x[..., i] * y[..., j] - x[..., j] * y[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.moveaxis(np.stack(parts, -1), -1, axisc)


@means("linalg.cross")
def _cross3(x1: Numbers, x2: Numbers, /, *, axis: int = -1) -> Numbers:
    return _cross(x1, x2, axis=axis)


@means("kron")
def _kron(a: Numbers, b: Numbers) -> Numbers:
    x, y = objects(a), objects(b)
    n = max(x.ndim, y.ndim)
    x, y = x.reshape((1,) * (n - x.ndim) + x.shape), y.reshape((1,) * (n - y.ndim) + y.shape)
    axes = [i for pair in zip(range(n), range(n, 2 * n), strict=True) for i in pair]
    return made(np.multiply.outer(x, y).transpose(axes).reshape([i * j for i, j in zip(x.shape, y.shape, strict=True)]))


@means("convolve")
def _convolve(a: Numbers, v: Numbers, mode: str = "full") -> Numbers:
    x, y = np.atleast_1d(objects(a)), np.atleast_1d(objects(v))
    if not len(x) or not len(y):
        raise ValueError("convolve: an array is empty")
    x, y = (y, x) if len(y) > len(x) else (x, y)
    n, m = len(x), len(y)
    left, right = x.tolist(), y.tolist()[::-1]
    full = []
    for i in range(n + m - 1):
        low, high = max(0, i - m + 1), min(n, i + 1)
        full.append(dot(left[low:high], right[m - 1 - i + low : m - 1 - i + high]))
    cut = {"full": 0, "same": m - 1, "valid": 2 * (m - 1)}[mode]
    begin = cut // 2 if mode != "same" else (m - 1) // 2
    return packed(full[begin : begin + n + m - 1 - cut], (n + m - 1 - cut,))


@means("correlate")
def _correlate(a: Numbers, v: Numbers, mode: str = "valid") -> Numbers:
    x, y = np.atleast_1d(objects(a)), np.atleast_1d(objects(v))
    found = _convolve(x, y[::-1], mode)
    if mode == "same" and len(y) > len(x) and len(x) % 2 == 0:  # NumPy turns the longer one around
        found = _convolve(x, y[::-1], "full")[len(x) // 2 :][: len(y)]
    return found


# ---------------------------------------------------------------------------------------------------- interpolation


@means("interp")
def _interp(
    x: Numbers, xp: Numbers, fp: Numbers, left: Numbers = None, right: Numbers = None, period: Numbers = None
) -> Numbers:
    xs, fs = objects(xp).tolist(), objects(fp).tolist()
    points = objects(x)
    if period is not None:
        points = each(lambda y: y % period, points)
        pairs = sorted(zip([y % period for y in xs], range(len(xs)), fs, strict=True))
        xs = [pairs[-1][0] - period, *[y for y, _, _ in pairs], pairs[0][0] + period]
        fs = [pairs[-1][2], *[y for _, _, y in pairs], pairs[0][2]]
    low, high = fs[0] if left is None else left, fs[-1] if right is None else right

    def at(y: Numbers) -> Numbers:
        if y != y:
            return y
        if y < xs[0]:
            return low
        if y > xs[-1]:
            return high
        i = min(place_in(xs, y, True), len(xs) - 1) - 1
        if i < 0:
            return fs[0]
        return fs[i] + (y - xs[i]) * ((fs[i + 1] - fs[i]) / (xs[i + 1] - xs[i]))

    return made(each(at, points))


@means("trapezoid", "trapz")
def _trapezoid(y: Numbers, x: Numbers = None, dx: Numbers = 1.0, axis: int = -1) -> Numbers:
    ys = np.moveaxis(objects(y), axis, -1)
    if x is None:
        steps = objects(dx)
    else:
        places = objects(x)
        steps = np.diff(places if places.ndim == 1 else np.moveaxis(places, axis, -1))
    parts = steps * (ys[..., 1:] + ys[..., :-1]) * 0.5
    return made(packed([total(row) for row in parts.reshape(-1, parts.shape[-1]).tolist()], parts.shape[:-1]))


@means("gradient")
def _gradient(f: Numbers, *varargs: Numbers, axis: Axis = None, edge_order: int = 1) -> Numbers:
    array = objects(f)
    axes = (
        list(range(array.ndim))
        if axis is None
        else [i % array.ndim for i in (axis if isinstance(axis, tuple) else (axis,))]
    )
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise TypeError("gradient: give one spacing, or one for each axis")
    parts = [_gradient_along(np.moveaxis(array, i, 0), h, edge_order, i) for i, h in zip(axes, steps, strict=True)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _gradient_along(f: Objects, h: Carried, edge_order: int, axis: int) -> Numbers:
    n = len(f)
    if n < edge_order + 1:
        raise ValueError("gradient: the array is too short; it needs edge_order + 1 elements")
    given = objects(h)
    xs = given if given.ndim else np.array([i * given[()] for i in range(n)], dtype=object)
    d = (xs[1:] - xs[:-1]).tolist()
    uniform = not given.ndim
    found = np.empty_like(f)
    for i in range(1, n - 1):
        if uniform:
            found[i] = (f[i + 1] - f[i - 1]) / (2.0 * given[()])
        else:
            a, b = d[i - 1], d[i]
            found[i] = f[i - 1] * (-b / (a * (a + b))) + f[i] * ((b - a) / (a * b)) + f[i + 1] * (a / (b * (a + b)))
    if edge_order == 1:
        found[0], found[-1] = (f[1] - f[0]) / d[0], (f[-1] - f[-2]) / d[-1]
    else:
        a, b = d[0], d[1]
        found[0] = f[0] * (-(2.0 * a + b) / (a * (a + b))) + f[1] * ((a + b) / (a * b)) - f[2] * (a / (b * (a + b)))
        a, b = d[-2], d[-1]
        found[-1] = f[-3] * (b / (a * (a + b))) - f[-2] * ((a + b) / (a * b)) + f[-1] * ((2.0 * b + a) / (b * (a + b)))
    return np.moveaxis(found, 0, axis)


# ---------------------------------------------------------------------------------------------------- polynomials


@means("polyval")
def _polyval(p: Numbers, x: Numbers) -> Numbers:
    at = objects(x)
    found = np.zeros(at.shape, object) if not at.shape else np.full(at.shape, 0.0, object)
    for c in objects(p).tolist():
        found = found * at + c
    return made(np.asarray(found))


@means("poly")
def _poly(seq_of_zeros: Numbers) -> Numbers:
    zeros = objects(seq_of_zeros)
    if zeros.ndim != 1:
        raise TypeError("np.poly: the roots of a matrix are complex in general; give the zeros themselves")
    found = packed([1.0], (1,))
    for zero in zeros.tolist():
        found = _convolve(found, packed([1.0, -zero], (2,)))
    return found


@means("polymul")
def _polymul(a1: Numbers, a2: Numbers) -> Numbers:
    return _convolve(a1, a2)


@means("polyadd")
def _polyadd(a1: Numbers, a2: Numbers) -> Numbers:
    x, y = np.atleast_1d(objects(a1)), np.atleast_1d(objects(a2))
    n = max(len(x), len(y))
    padded = [packed([0.0] * (n - len(z)) + z.tolist(), (n,)) for z in (x, y)]
    return padded[0] + padded[1]


@means("polysub")
def _polysub(a1: Numbers, a2: Numbers) -> Numbers:
    return _polyadd(a1, -np.atleast_1d(objects(a2)))


@means("polyder")
def _polyder(p: Numbers, m: int = 1) -> Numbers:
    xs = objects(p).tolist()
    for _ in range(m):
        n = len(xs) - 1
        xs = [x * float(n - i) for i, x in enumerate(xs[:-1])]
    return packed(xs, (len(xs),))


@means("polyint")
def _polyint(p: Numbers, m: int = 1, k: Numbers = None) -> Numbers:
    xs = objects(p).tolist()
    constants = [0.0] * m if k is None else np.broadcast_to(objects(k), (m,)).tolist()
    for constant in constants:
        n = len(xs)
        xs = [*[x / float(n - i) for i, x in enumerate(xs)], constant]
    return packed(xs, (len(xs),))


@means("vander")
def _vander(x: Numbers, N: int | None = None, increasing: bool = False) -> Numbers:
    xs = objects(x).tolist()
    n = len(xs) if N is None else N
    rows = [[1.0, *itertools.accumulate([y] * (n - 1), lambda a, b: a * b)][:n] for y in xs]
    found = packed([y for row in rows for y in row], (len(xs), n))
    return found if increasing else found[:, ::-1]


@means("unwrap")
def _unwrap(p: Numbers, discont: Numbers = None, axis: int = -1, *, period: float = 2.0 * math.pi) -> Numbers:
    plain = numbers(p)
    if plain is None:
        raise TypeError("np.unwrap: how many turns are added cannot be compiled; use it outside of jit and vmap")
    return made(objects(p) + (np.unwrap(plain, discont, axis, period=period) - plain))


@means("fft.irfft")
def _irfft(a: Numbers, n: int | None = None, axis: int = -1, norm: Norm = None, out: Out = None) -> Numbers:
    rows = np.moveaxis(objects(a), axis, -1)
    matrix = np.fft.irfft(np.eye(rows.shape[-1]), n, norm=norm)
    return np.moveaxis(_tensordot(rows, matrix, 1), -1, axis)


@means("fft.hfft")
def _hfft(a: Numbers, n: int | None = None, axis: int = -1, norm: Norm = None, out: Out = None) -> Numbers:
    rows = np.moveaxis(objects(a), axis, -1)
    matrix = np.fft.hfft(np.eye(rows.shape[-1]), n, norm=norm)
    return np.moveaxis(_tensordot(rows, matrix, 1), -1, axis)


@means("fft.irfftn")
def _irfftn(a: Numbers, s: Places = None, axes: Places = None, norm: Norm = None, out: Out = None) -> Numbers:
    found = objects(a)
    over = range(-(found.ndim if s is None else len(s)), 0) if axes is None else axes
    places = [int(axis) % found.ndim for axis in over]
    last = list(range(found.ndim - len(places), found.ndim))
    rows = np.moveaxis(found, places, last)
    kept, sizes = rows.shape[: last[0]], rows.shape[last[0] :]
    count = math.prod(sizes)
    matrix = np.fft.irfftn(np.eye(count).reshape(count, *sizes), s, range(1, len(sizes) + 1), norm)
    flat = _tensordot(rows.reshape(*kept, count), matrix.reshape(count, -1), 1)
    return np.moveaxis(flat.reshape(*kept, *matrix.shape[1:]), last, places)


@means("fft.irfft2")
def _irfft2(a: Numbers, s: Places = None, axes: Places = (-2, -1), norm: Norm = None, out: Out = None) -> Numbers:
    return _irfftn(a, s, axes, norm)
