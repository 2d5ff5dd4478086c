"""Functions in, functions out: gradients, Jacobians, Hessians and products with them, of any order, on any nest.

Each transform calls the function once, on traced numbers, and sweeps the tape; so `if` and loops may compare the
numbers. Transforms nest, because a tape can be swept on the numbers of another tape.
"""

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Literal, SupportsFloat, TypeVar, TypeVarTuple, cast

from autograd.primitives.carrier import Number
from autograd.primitives.operation import P, T
from autograd.tape.pytree import derivatives, flatten, flatten_as, is_array, unflatten
from autograd.transforms.call import Argnums, Call, demand_function, named_as, shaped, with_gradient
from autograd.transforms.taylor import expandable, expanded

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

X = TypeVar("X")
S = TypeVar("S", bound=SupportsFloat)
Xs = TypeVarTuple("Xs")


def value_and_grad(
    f: Callable[P, S], argnums: Argnums = 0, has_aux: bool = False, *, argnum: Argnums | None = None
) -> Callable[P, tuple[S, Any]]:
    """Return a function of the same arguments that returns (f's value, its gradient); see `grad`.

    With `has_aux` f returns (value, aux), and the function ((value, aux), gradient).

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    demand_function("value_and_grad", f)
    argnums = argnums if argnum is None else argnum

    @named_as(f)
    def both(*args: P.args, **kwargs: P.kwargs) -> tuple[S, Any]:
        call, gradient = with_gradient(f, args, kwargs, argnums, has_aux)
        value: Any = (call.value(), call.auxiliary()) if has_aux else call.value()
        return value, gradient

    return both


def grad(
    f: Callable[P, Any], argnums: Argnums = 0, has_aux: bool = False, *, argnum: Argnums | None = None
) -> Callable[P, Any]:
    """Return a function of the same arguments that returns the gradient of f, which returns one number.

    It keeps the name, the doc and the signature of f.

    The gradient has the nest of the argument at position `argnums`: a number, or lists, tuples, dicts, dataclasses,
    modules, arrays of them, and what `register_node` declares; a tuple of nests for several positions; `argnum` is
    another name for it. None, str, bools, members of enums and functions in a nest stay as they are, and have the
    gradient None. Ints are numbers too: arrays of them, or of float32, get gradients of float64. With `has_aux` f
    returns (value, aux), aux being anything, and the function (gradient, aux).

    Raises TypeError where f returns a nest, and with the path to it for an argument that cannot be differentiated, or
    that is an int and used as an index; ValueError for a nest that contains itself. Cost: a small multiple of one call
    of f, however many numbers there are (Griewank, Walther, Evaluating Derivatives, 2008, section 4.6).

    >>> grad(lambda p: p["x"] ** 3 * p["y"])({"x": 2.0, "y": 5.0})
    {'x': 60.0, 'y': 8.0}
    >>> grad(grad(lambda x: x**4))(1.0)
    12.0
    """
    demand_function("grad", f)
    argnums = argnums if argnum is None else argnum

    @named_as(f)
    def gradient(*args: P.args, **kwargs: P.kwargs) -> Any:
        call, found = with_gradient(f, args, kwargs, argnums, has_aux)
        return (found, call.auxiliary()) if has_aux else found

    return gradient


def derivative(f: Callable[P, SupportsFloat], n: int = 1) -> Callable[P, float]:
    """Return the n-th derivative of a function of one number, n = 0, 1, 2, ...

    Found by Taylor arithmetic, with one call of f and O(n**2) for each of its operations; see `taylor`.

    >>> derivative(lambda x: x**5, 3)(1.0)
    60.0
    """
    if not isinstance(n, int) or n < 0:
        raise ValueError(f"derivative: n is {n!r}; use 0, 1, 2, ...")
    demand_function("derivative", f)
    if n < 2:
        return cast("Callable[P, float]", grad(f) if n else f)

    @named_as(f)
    def nth(*args: P.args, **kwargs: P.kwargs) -> float:
        call = Call(f, args, kwargs, 0)
        call.demand_scalar()
        if len(call.inputs) != 1:
            raise TypeError("derivative: the first argument is a nest of numbers, not one; use grad, hessian or jet")
        if not expandable(call):  # sums over lanes have gradients, but no series
            return derivative(grad(f), n - 1)(*args, **kwargs)
        found: float = expanded(call, [[*call.inputs, 1.0]], n)[0][n] * float(math.factorial(n))
        return found

    return nth


def vjp(f: Callable[[*Xs], T], *primals: *Xs) -> tuple[T, Callable[[T], tuple[*Xs]]]:
    """Return (f's value, a function from adjoints, of the nest of that value, to a tuple of adjoints of the primals).

    >>> value, back = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> value, back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    demand_function("vjp", f)
    call = Call(f, primals, {}, range(len(primals)))

    def back(adjoints: T) -> tuple[*Xs]:
        return cast("tuple[*Xs]", tuple(call.nests(call.pulled(flatten_as(adjoints, call.result, "adjoints")))))

    return call.value(), back


def jvp(f: Callable[..., T], primals: Sequence[object], tangents: Sequence[object]) -> tuple[T, T]:
    """Return (f's value, its tangent) at `primals` in the direction `tangents`, one nest for each argument.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    demand_function("jvp", f)
    for name, given in {"primals": primals, "tangents": tangents}.items():
        if not isinstance(given, (tuple, list)):
            kind = type(given).__name__
            raise TypeError(f"jvp: {name} is {kind}, not a tuple of one nest for each argument; use jvp(f, (x,), (v,))")
    leaves = flatten_as(list(tangents), list(primals), "tangents", deriving=True)
    call = Call(f, primals, {}, range(len(primals)))
    return call.value(), unflatten(call.rebuild, call.pushed(leaves))


def jacobian(
    f: Callable[P, object],
    argnums: Argnums = 0,
    mode: Literal["forward", "reverse"] | None = None,
    sparse: bool = False,
    has_aux: bool = False,
    *,
    argnum: Argnums | None = None,
) -> Callable[P, Any]:
    """Return a function of the same arguments that returns the derivative of every output towards every input.

    It has the nest of f's value, with the nest of the argument in place of each number (a tuple of nests for several
    `argnums`); where an array stands on either side, an array of both shapes, one after the other. `mode` is "reverse"
    (one sweep for each output) or "forward" (one for each input); by default whichever is fewer.

    With `sparse`, it is a scipy.sparse array of one row for each output and one column for each input, in the order in
    which they stand in their nests. What depends on what is read off the record; inputs that meet in no output share a
    sweep (Curtis, Powell, Reid 1974), as do outputs in reverse, and a few crowded rows or columns get sweeps of their
    own. That is found once and kept as long as the record has the same structure; `sparsity` shows it. `jit` of it runs
    one program for all entries, as in `scipy.optimize.minimize(jit(f), x, jac=jit(grad(f)), method="trust-constr",
    hess=jit(hessian(f, sparse=True)))`; constraints take `jit(jacobian(g, sparse=True))`, of which SLSQP wants the
    `.toarray()`. MissingExtra where SciPy is not installed. With
    `has_aux` f returns (outputs, aux), and the function (Jacobian, aux).

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1], x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0], [0.0, 1.0]]
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"jacobian: mode is {mode!r}; use 'forward' or 'reverse'")

    demand_function("jacobian", f)
    argnums = argnums if argnum is None else argnum
    if sparse:
        return _compressed(f, f, argnums, mode, has_aux=has_aux)

    @named_as(f)
    def matrix(*args: P.args, **kwargs: P.kwargs) -> object:
        call = Call(f, args, kwargs, argnums, sweeps=True, has_aux=has_aux)
        found = whole(call)
        return (found, call.auxiliary()) if has_aux else found

    def whole(call: Call) -> object:
        n, m = len(call.inputs), len(call.outputs)
        if mode == "reverse" or (mode is None and m <= n):
            rows = [call.pulled(unit) for unit in _units(m)]
        else:
            rows = [list(row) for row in zip(*[call.pushed(unit) for unit in _units(n)], strict=True)]
            rows = rows or [[] for _ in range(m)]
        return _crossed(rows, call.result, shaped([call.args[i] for i in call.positions], argnums))

    return matrix


def _compressed(
    f: Callable[P, object],
    differentiated: Callable[..., object],
    argnums: Argnums,
    mode: Literal["forward", "reverse"] | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Callable[P, Any]:
    """Return the sparse Jacobian of a function, named as f, with the plans of its paths."""
    from autograd.transforms.sparse import Plans, compressed  # SciPy is an extra

    plans = Plans(mode, symmetric, differentiated)

    @named_as(f)
    def matrix(*args: P.args, **kwargs: P.kwargs) -> object:
        call = Call(differentiated, args, kwargs, argnums, sweeps=True, has_aux=has_aux)
        found = compressed(call, plans)
        return (found, call.auxiliary()) if has_aux else found

    return matrix


def _units(n: int) -> list[list[float]]:
    return [[1.0 if i == j else 0.0 for i in range(n)] for j in range(n)]


def _crossed(rows: list[list[Number]], outputs: object, inputs: object) -> object:
    """Return a matrix as the nest of `outputs` with that of `inputs` in each place; two arrays meet in an array."""
    ys, outer = flatten(outputs, "result", whole=_numeric, passing=True)
    xs, inner = flatten(inputs, "args", whole=_numeric, passing=True, deriving=True)
    found: list[Any] = []
    top = 0
    for y in ys:
        band = rows[top : top + _size(y)]
        top += _size(y)
        parts: list[Any] = []
        left = 0
        for x in xs:
            parts.append(_block([row[left : left + _size(x)] for row in band], y, x))
            left += _size(x)
        found.append(derivatives(inner, parts))
    return derivatives(outer, found)


def _numeric(x: object) -> bool:
    return is_array(x) and x.dtype.kind != "b"


def _size(x: object) -> int:
    return x.size if is_array(x) else 1


def _block(rows: list[list[Number]], y: Any, x: Any) -> "Array | Number":
    """Return the derivatives of y towards x, each a number or an array, as an array of both shapes, or a number."""
    if not (is_array(y) or is_array(x)):
        return rows[0][0]
    import numpy

    from autograd import arrays

    shape = numpy.shape(y) + numpy.shape(x)
    if all(type(entry) is float for row in rows for entry in row):
        return numpy.array(rows).reshape(shape)
    return arrays.of_parts([entry for row in rows for entry in row], shape)


def hessian(
    f: Callable[P, SupportsFloat], argnums: Argnums = 0, sparse: bool = False, *, argnum: Argnums | None = None
) -> Callable[P, Any]:
    """Return a function of the same arguments that returns f's matrix of second derivatives (forward over reverse).

    With `sparse`, a scipy.sparse array; see `jacobian`. One of two entries across the diagonal is enough, so that an
    arrow takes two sweeps, and a band as many as it is wide.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    demand_function("hessian", f)
    argnums = argnums if argnum is None else argnum
    if sparse:
        return _compressed(f, grad(f, argnums), argnums, symmetric=True)
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Callable[Concatenate[X, P], SupportsFloat]) -> Callable[Concatenate[X, X, P], X]:
    """Return a function (x, v, ...) that returns the Hessian of f at x times v, which has the nest of x.

    Further arguments go to f, behind x. Cost: that of ten to twenty calls of f, however many numbers there are.

    >>> hvp(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """

    demand_function("hvp", f)
    gradient = grad(f)

    def product(x: X, v: X, *args: P.args, **kwargs: P.kwargs) -> X:
        return cast("X", jvp(lambda x: gradient(x, *args, **kwargs), (x,), (v,))[1])

    update_wrapper(product, f, ("__name__", "__qualname__", "__doc__"), ())
    del product.__wrapped__  # type: ignore[attr-defined]  # its signature has no v
    return product  # type: ignore[return-value]  # its first arguments have names, too
