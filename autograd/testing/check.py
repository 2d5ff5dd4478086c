"""`check_gradient` and `assert_gradient`: is this gradient right, at this point?

A function of autograd's is called on Values: every number of its graph is held against mpmath, and the gradient against
differences of the function itself. Any other function is held against differences if it comes with its gradient. There
is no tolerance to choose: how far a derivative may be off follows from the graph, or from the noise and the bend of the
function.
"""

from collections.abc import Sequence
from functools import partial
from numbers import Real
from typing import Any

from autograd.graph.value import Value
from autograd.primitives.carrier import Carrier, data_of
from autograd.primitives.operation import Carried
from autograd.tape.pytree import flatten, is_array
from autograd.testing.differences import compare
from autograd.testing.engines import Engine, Function, engine_of
from autograd.testing.report import GradientError, Report
from autograd.transforms import derivatives as transforms


def check_gradient(
    f: Function, *args: object, gradient: Function | None = None, order: int = 1, engine: str | Engine | None = None
) -> Report:
    """Return a report on the gradient of f at these arguments: numbers, or nests of them.

    Without `gradient`, f is written with autograd and returns one number; its graph is checked, node by node, against
    re-evaluation in high precision; order 2 checks all second derivatives. The function on plain floats must agree:
    where a number has left the graph, by `.data` or `no_grad`, the verdict is "fail" and a note names the line. Where
    the graph holds primitives of your own (`custom_derivative`), first derivatives are checked against finite
    differences instead.

    With `gradient`, f is any function of plain numbers, and `gradient(*args)` returns the nest of its derivatives (for
    several arguments, a tuple of nests); it is checked against finite differences. `engine` is "torch", "jax", or what
    `autograd.testing.engines` makes: then f is written for that engine, which also gives the gradient. f is called
    several times and must not depend on anything but its arguments. What lies within 64 ulps of the point counts as at
    the point; where f computes in single precision, a gradient that could be right is undecidable.

    Raises TypeError where f does not return one number; ValueError for another order, for gradient and engine at once,
    and for a gradient that is not built as the arguments are; MissingExtra without mpmath. Cost: for graphs,
    milliseconds for each node; else, about four hundred calls of f for each number, and thousands for numbers as small
    as 1e-50.

    >>> from autograd import hypot, tanh
    >>> check_gradient(lambda x, y: tanh(x) * hypot(x, y), 0.5, -2.0).verdict
    'pass'
    >>> check_gradient(abs, 0.0).verdict, check_gradient(lambda x: abs(x) - abs(-x) + x, 0.0).verdict
    ('not_differentiable', 'pass')
    >>> import math
    >>> check_gradient(math.sin, 1.0, gradient=math.cos).verdict
    'pass'
    >>> print(check_gradient(math.sin, 1.0, gradient=lambda x: -math.cos(x)))  # the ugly case
    fail: the gradient is wrong; the function's value is 0.8414709848078965
      towards args[0]: found -0.5403023058681398, truth 0.540302305868...
    ...
    """
    if order not in (1, 2):
        raise ValueError(f"check_gradient: order is {order!r}; use 1 or 2")
    if gradient is not None and engine is not None:
        raise ValueError("check_gradient: give gradient or engine; an engine brings the gradient to check")
    if gradient is not None and not callable(gradient):
        raise TypeError(f"check_gradient: gradient is {gradient!r}, not a function; use gradient=lambda *args: ...")
    if engine is not None:
        f, gradient = engine_of(engine)(f)
    leaves, rebuilds = [], []
    paths: list[str] = []
    for i, arg in enumerate(args):
        found, rebuild = flatten(arg, f"args[{i}]", passing=True, deriving=True, names=paths)
        leaves.append([x.data if isinstance(x, Carrier) else x for x in found])
        rebuilds.append(rebuild)
    numbers = [x for part in leaves for x in part]

    def flat(xs: Sequence[Carried]) -> Carried:
        given = iter(xs)
        return f(*[rebuild(given) for rebuild in rebuilds])

    if gradient is None:
        return _of_graph(flat, numbers, paths, order)
    if order == 2:
        raise ValueError("check_gradient: order 2 needs a graph; check each derivative as a function of its own")
    return compare(flat, numbers, paths, partial(gradient, *args), partial(_flat, args))


def assert_gradient(
    f: Function,
    *args: object,
    gradient: Function | None = None,
    order: int = 1,
    engine: str | Engine | None = None,
    accept: Sequence[str] = ("pass", "not_differentiable", "undecidable"),
) -> Report:
    """Return the report of `check_gradient`; raises GradientError, an AssertionError, unless its verdict is accepted.

    By default only a gradient that is known to be wrong is refused. `accept=["pass"]` is strict.

    >>> assert_gradient(lambda x: x * x, 3.0).verdict
    'pass'
    >>> import math
    >>> assert_gradient(math.exp, 0.0, gradient=math.sin)
    Traceback (most recent call last):
    ...
    autograd.testing.report.GradientError: fail: the gradient is wrong; ...
    """
    __tracebackhide__ = True  # pytest shows the line of the test, not this one
    report = check_gradient(f, *args, gradient=gradient, order=order, engine=engine)
    if report.verdict not in accept:
        raise GradientError(report)
    return report


def _like(arg: Any, part: Any, path: str) -> list[float]:
    """Return the derivatives in a nest that is built as an argument is, in the order of its numbers."""
    if isinstance(arg, dict):
        if not isinstance(part, dict) or set(part) != set(arg):
            keys = f"with the keys {list(part)!r}" if isinstance(part, dict) else f"as {type(part).__name__}"
            raise ValueError(f"{path}: given {keys}; return a dict with the keys {list(arg)!r}")
        return [d for key, x in arg.items() for d in _like(x, part[key], f"{path}[{key!r}]")]
    if type(arg) in (list, tuple) and type(part) in (list, tuple) and len(arg) == len(part):
        return [d for i, (x, y) in enumerate(zip(arg, part, strict=True)) for d in _like(x, y, f"{path}[{i}]")]
    if is_array(arg) and getattr(part, "shape", arg.shape) != arg.shape:
        raise ValueError(f"{path}: given in the shape {part.shape}; return the shape {arg.shape} of the argument")
    found, count = flatten(part, path)[0], len(flatten(arg, path)[0])
    if len(found) != count:
        raise ValueError(f"{path}: given {len(found)} numbers; return {count}, one for each of the argument")
    return [float(x) for x in found]


def _flat(args: Sequence[object], found: object) -> list[float]:
    """Return the derivatives that the user's gradient gave for some arguments in one list."""
    if len(args) == 1:
        return _like(args[0], found, "gradient")
    if not isinstance(found, (list, tuple)) or len(found) != len(args):
        size = len(found) if isinstance(found, (list, tuple)) else 1
        raise ValueError(f"gradient: returned {size} parts for {len(args)} arguments; return a tuple of as many")
    return _like(list(args), list(found), "gradient")


def _of_graph(flat: Function, numbers: list[float], paths: list[str], order: int) -> Report:
    from autograd.testing import curvature, truth, verdicts, witness

    values = [Value(x) for x in numbers]
    root = flat(values)
    if isinstance(root, Real):
        root = Value(float(root))  # a constant, as far as the graph goes; the function itself is heard all the same
    if not isinstance(root, Value):
        raise TypeError(f"check_gradient: f returned {type(root).__name__}, not one number; check one output at a time")
    if root.cut:
        root = Value(root.data)
    exact = truth.Truth(root, order)
    root.backward()
    found = [x.grad for x in values]
    report = verdicts.of_graph(exact, values, paths, found, flat)
    if order == 1 and report.verdict == "undecidable" and any(a.opaque for a in exact.applications):
        return compare(lambda xs: data_of(flat(xs)), numbers, paths, lambda: found)  # f may hold Values of its own
    noise = witness.roundings(root)
    report = witness.heard(report, flat, numbers, witness.on_floats(flat, numbers), noise)
    if order == 2:
        second = curvature.second_order_report(exact, values, paths, transforms.hessian(flat)(numbers))
        return witness.heard_twice(second, flat, numbers, report, noise)
    return report
