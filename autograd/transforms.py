"""Functions in, functions out: gradients, Jacobians, Hessians and products with them, of any order, on any nest.

Start at `grad`. Each transform calls the function once, on numbers that record what is done with them, and carries
derivatives through the record; so `if` and loops are free to look at the numbers. The one surprise: a transform of a
transform is nothing special, because a record can be swept on the numbers of another record.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.carrier import Carrier
from autograd.trace import Trace, pull, push, run
from autograd.tree import Rebuild, flatten, is_array, unflatten

Function = Callable[..., Any]


class Call:
    """One call of a function, recorded: its inputs and outputs, flat, and how their nests are rebuilt."""

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int]) -> None:
        for i in argnums:
            if not -len(args) <= i < len(args):
                raise TypeError(f"argnums has {i}, but there are {len(args)} positional arguments")
        self.trace = Trace()
        self.inputs: list[Any] = []
        self.rebuilds: list[Rebuild] = []
        given = list(args)
        for i in argnums:
            leaves, rebuild = flatten(args[i], f"args[{i}]")
            given[i] = unflatten(rebuild, [self.trace.input(x) for x in leaves])
            self.inputs += leaves
            self.rebuilds.append(rebuild)
        self.slots = self.trace.steps[: len(self.inputs)]
        try:
            result = f(*given, **kwargs)
        finally:
            self.trace.closed = True
        self.outputs, self.rebuild = flatten(result, "result")
        self.result = result
        self.found = run(self.trace, self.inputs)

    def value(self) -> Any:
        """Return the function's result on the numbers that were given."""
        return unflatten(self.rebuild, [self.found[y.place] if self.trace.owns(y) else y for y in self.outputs])

    def demand_scalar(self) -> None:
        """Raise TypeError unless the function returned one number."""
        if not isinstance(self.result, (Carrier, float, int)):
            kind = type(self.result).__name__
            raise TypeError(f"the function returned {kind}, not one number; use jacobian or vjp for several")

    def pulled(self, adjoints: Iterable[Any]) -> list[Any]:
        """Return the adjoints of the inputs, given those of the outputs."""
        seeds = [(y, a) for y, a in zip(self.outputs, adjoints, strict=True) if self.trace.owns(y)]
        bars = pull(self.trace, self.found, seeds)
        return [bars.get(slot.place, 0.0) for slot in self.slots]

    def pushed(self, tangents: Iterable[Any]) -> list[Any]:
        """Return the tangents of the outputs, given those of the inputs."""
        dots = push(self.trace, self.found, list(zip(self.slots, tangents, strict=True)))
        return [dots.get(y.place, 0.0) if self.trace.owns(y) else 0.0 for y in self.outputs]

    def nests(self, leaves: Sequence[Any]) -> list[Any]:
        """Return one nest for each differentiated argument, from leaves of all of them."""
        given = iter(leaves)
        return [rebuild(given) for rebuild in self.rebuilds]


def _positions(argnums: int | Sequence[int]) -> Sequence[int]:
    return [argnums] if isinstance(argnums, int) else list(argnums)


def _shaped(nests: list[Any], argnums: int | Sequence[int]) -> Any:
    return nests[0] if isinstance(argnums, int) else tuple(nests)


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return a function of the same arguments that returns (f's value, its gradient); see `grad`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def with_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = Call(f, args, kwargs, _positions(argnums))
        call.demand_scalar()
        return call.value(), _shaped(call.nests(call.pulled([1.0])), argnums)

    return with_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return a function of the same arguments that returns the gradient of f, which returns one number.

    The gradient has the nest of the argument at position `argnums`: a number, or lists, tuples, dicts, dataclasses,
    modules and arrays of them; a tuple of nests for several positions. Raises TypeError where f returns a nest, and
    with the path to it for an argument that cannot be differentiated. Cost: a small multiple of one call of f, however
    many numbers there are (Griewank, Walther, Evaluating Derivatives, 2008, section 4.6).

    >>> grad(lambda p: p["x"] ** 3 * p["y"])({"x": 2.0, "y": 5.0})
    {'x': 60.0, 'y': 8.0}
    >>> grad(grad(lambda x: x**4))(1.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def derivative(f: Function, n: int = 1) -> Function:
    """Return the n-th derivative of a function of one number, n = 0, 1, 2, ...

    >>> derivative(lambda x: x**5, 3)(1.0)
    60.0
    """
    if n < 0:
        raise ValueError(f"derivative: n is {n}; use 0, 1, 2, ...")
    for _ in range(n):
        f = grad(f)
    return f


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Return (f's value, a function from adjoints, of the nest of that value, to a tuple of adjoints of the primals).

    >>> value, back = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> value, back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    call = Call(f, primals, {}, range(len(primals)))

    def back(adjoints: Any) -> tuple[Any, ...]:
        leaves, _ = flatten(adjoints, "adjoints")
        if len(leaves) != len(call.outputs):
            raise ValueError(f"vjp: {len(leaves)} adjoints for {len(call.outputs)} outputs; give one for each")
        return tuple(call.nests(call.pulled(leaves)))

    return call.value(), back


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return (f's value, its tangent) at `primals` in the direction `tangents`, one nest for each argument.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    call = Call(f, primals, {}, range(len(primals)))
    leaves = [leaf for i, t in enumerate(tangents) for leaf in flatten(t, f"tangents[{i}]")[0]]
    if len(leaves) != len(call.inputs):
        raise ValueError(f"jvp: {len(leaves)} tangents for {len(call.inputs)} inputs; give one for each")
    return call.value(), unflatten(call.rebuild, call.pushed(leaves))


def jacobian(f: Function, argnums: int = 0, mode: str | None = None, sparse: bool = False) -> Function:
    """Return a function of the same arguments that returns the derivative of every output towards every input.

    It has the nest of f's value, with the nest of the argument in place of each number; from an array to an array it is
    an array of both shapes, one after the other. `mode` is "reverse" (one sweep for each output) or "forward" (one for
    each input); by default whichever is fewer.

    With `sparse`, it is a scipy.sparse array of one row for each output and one column for each input, in the order in
    which they stand in their nests. What depends on what is read off the record; inputs that meet in no output share a
    sweep (Curtis, Powell, Reid 1974), as do outputs in reverse. MissingExtra where SciPy is not installed.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1], x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0], [0.0, 1.0]]
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"jacobian: mode is {mode!r}; use 'forward' or 'reverse'")

    def matrix(*args: Any, **kwargs: Any) -> Any:
        call = Call(f, args, kwargs, [argnums])
        if sparse:
            from autograd.sparse import compressed  # only who asks for it pays for it

            return compressed(call, mode)
        n, m = len(call.inputs), len(call.outputs)
        if mode == "reverse" or (mode is None and m <= n):
            rows = [call.pulled(unit) for unit in _units(m)]
        else:
            rows = [list(row) for row in zip(*[call.pushed(unit) for unit in _units(n)], strict=True)]
            rows = rows or [[] for _ in range(m)]
        if is_array(call.result) and is_array(args[argnums]):
            return _stack(rows, call.result, args[argnums])
        return unflatten(call.rebuild, [call.nests(row)[0] for row in rows])

    return matrix


def _units(n: int) -> list[list[float]]:
    return [[1.0 if i == j else 0.0 for i in range(n)] for j in range(n)]


def _stack(rows: list[list[Any]], outputs: Any, inputs: Any) -> Any:
    import numpy

    kind = float if all(type(x) is float for row in rows for x in row) else object
    return numpy.array(rows, dtype=kind).reshape(outputs.shape + inputs.shape)


def hessian(f: Function, argnums: int = 0, sparse: bool = False) -> Function:
    """Return a function of the same arguments that returns f's matrix of second derivatives (forward over reverse).

    With `sparse`, a scipy.sparse array; see `jacobian`. Its symmetry is not used to save sweeps.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums, mode="forward", sparse=sparse)


def hvp(f: Function) -> Function:
    """Return a function (x, v) that returns the Hessian of f at x times v. Cost: a small multiple of one call of f.

    >>> hvp(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    return lambda x, v: jvp(grad(f), (x,), (v,))[1]
