"""Checks of gradients against differences, under the names that HIPS autograd has; see also `autograd.testing`."""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.misc.flatten import flatten
from autograd.primitives.operation import Numbers
from autograd.tape.pytree import is_array
from autograd.transforms.products import make_jvp, make_vjp

TOL = RTOL = 1e-6
STEP = 1e-6


def scalar_close(a: float, b: float) -> bool:
    """Return whether two numbers differ by less than 1e-6, or by that part of their sum."""
    return abs(a - b) < TOL or abs(a - b) < RTOL * abs(a + b)


def _shapes(x: Numbers) -> Numbers:
    if isinstance(x, (list, tuple)):
        return [_shapes(y) for y in x]
    return {key: _shapes(y) for key, y in x.items()} if isinstance(x, dict) else np.shape(x)


def _random_like(x: Numbers) -> Numbers:
    flat, back = flatten(x)
    found = back([random.gauss(0.0, 1.0) for _ in flat])
    return np.asarray(found) if is_array(x) else found


def _differences(f: Callable[[Any], Any], x: Numbers, direction: Numbers) -> Numbers:
    flat, back = flatten(x)
    step = 0.5 * STEP * flatten(direction)[0]
    high, low = f(back(flat + step)), f(back(flat - step))
    _, shape = flatten(high)
    return shape((flatten(high)[0] - flatten(low)[0]) / STEP)


def check_equivalent(x: Numbers, y: Numbers) -> None:
    """Raise AssertionError unless two nests have the same shapes and about the same numbers."""
    assert _shapes(x) == _shapes(y), f"shapes differ: {_shapes(x)} and {_shapes(y)}"
    p, q = flatten(x)[0], flatten(y)[0]
    assert all(map(scalar_close, p, q)), f"numbers differ: {x} and {y}"


def check_vjp(f: Callable[[Any], Any], x: Numbers) -> None:
    """Raise AssertionError unless a product with the Jacobian from the left agrees with differences."""
    back, value = make_vjp(f)(x)
    direction, adjoint = _random_like(x), _random_like(value)
    pulled = back(adjoint)
    assert _shapes(pulled) == _shapes(x), f"the adjoint has other shapes than x: {_shapes(pulled)}, {_shapes(x)}"
    exact = np.dot(flatten(pulled)[0], flatten(direction)[0])
    numeric = np.dot(flatten(adjoint)[0], flatten(_differences(f, x, direction))[0])
    name = getattr(f, "__name__", f)
    assert scalar_close(exact, numeric), f"Derivative (VJP) check of {name} failed with arg {x}: {exact}, not {numeric}"


def check_jvp(f: Callable[[Any], Any], x: Numbers) -> None:
    """Raise AssertionError unless a product with the Jacobian from the right agrees with differences."""
    direction = _random_like(x)
    check_equivalent(make_jvp(f)(x)(direction)[1], _differences(f, x, direction))


def check_grads(
    f: Callable[..., Any], argnum: int | Sequence[int] = 0, modes: Sequence[str] | None = None, order: int = 2
) -> Callable[..., None]:
    """Return a function of f's arguments that raises AssertionError where derivatives to this order are wrong."""
    modes = ("fwd", "rev") if modes is None else modes
    assert all(mode in ("fwd", "rev") for mode in modes), f"modes are 'fwd' and 'rev', not {modes}"

    def check(*args: Numbers, **kwargs: Any) -> None:
        one = isinstance(argnum, int)
        places: Sequence[int] = [argnum] if isinstance(argnum, int) else argnum

        def of_nest(x: Numbers) -> Numbers:
            given = list(args)
            for i, part in zip(places, [x] if one else x, strict=True):
                given[i] = part
            return f(*given, **kwargs)

        of_nest.__name__ = getattr(f, "__name__", "f")
        x = args[argnum] if isinstance(argnum, int) else tuple([args[i] for i in places])
        if "fwd" in modes:
            check_jvp(of_nest, x)
            if order > 1:
                tangent = check_grads(lambda x, v: make_jvp(of_nest)(x)(v)[1], (0, 1), modes, order - 1)
                tangent(x, _random_like(x))
        if "rev" in modes:
            check_vjp(of_nest, x)
            if order > 1:
                adjoint = check_grads(lambda x, v: make_vjp(of_nest)(x)[0](v), (0, 1), modes, order - 1)
                adjoint(x, _random_like(of_nest(x)))

    return check


def combo_check(f: Callable[..., Any], *args: Any, **options: Any) -> Callable[..., None]:
    """Return a function of lists of values for each argument: `check_grads` on all their combinations."""

    def check(*values: Numbers, **named: Any) -> None:
        for chosen in itertools.product(*values):
            for others in itertools.product(*[[(key, x) for x in xs] for key, xs in named.items()]):
                check_grads(f, *args, **options)(*chosen, **dict(others))

    return check
