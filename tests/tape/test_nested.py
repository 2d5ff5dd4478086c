"""Derivatives of derivatives: the core appends to the tape around what sweeps.py does, to the bit and to the step."""

import math
import random

import pytest

import autograd
from autograd import grad, hessian, hvp, jacobian, jvp, sumprod, vjp
from autograd.primitives.primitive import ROWS
from autograd.program import trace
from autograd.tape.values import value_of
from autograd.transforms import call

FUNCTIONS = {
    "operators": lambda x, y: x * y - x / y + (x - 2.0) * (3.0 - y) / (x * x + 1.0) + 2.0 / y - -x,
    "powers": lambda x, y: (x * x + 0.5) ** y + (y * y + 1.0) ** 1.5 + 3.0**x + x**2 * y**3,
    "functions": lambda x, y: (
        autograd.tanh(x) * autograd.sigmoid(y) + autograd.exp(autograd.sin(x * y)) * autograd.cos(y)
    ),
    "more functions": lambda x, y: autograd.sqrt(x * x + 1.0) * autograd.log(y * y + 2.0) + autograd.softplus(x - y),
    "special": lambda x, y: autograd.erf(x) + autograd.gelu(y) * autograd.atan2(x, y) + autograd.silu(x * y),
    "rows of parameters": lambda x, y: autograd.leaky_relu(x, y) + autograd.elu(x, y) * autograd.huber(y, abs(x) + 0.5),
    "many": lambda x, y: (
        autograd.hypot(x, y, 2.0) + sumprod([x, y, 1.0], [y, x, x]) + autograd.logsumexp([x, y, x * y])
    ),
    "kinks": lambda x, y: abs(x) * autograd.relu(y) + autograd.maximum(x, y, 0.1) + autograd.clamp(x * y, -1.0, 1.0),
    "branches": lambda x, y: x * y * y if x > y else math.floor(y) * x * x - y,
    "zeros": lambda x, y: autograd.where(x > 9.0, autograd.sqrt(x - x), y * x) + 0.0 * autograd.log(abs(y)),
    "constants": lambda x, y: 2.5,
    "one operand alone": lambda x, y: autograd.exp(y) * 2.0,
}


def points(count=6):
    rng = random.Random(3)
    return [(rng.uniform(-2.0, 2.0), rng.uniform(0.1, 2.0)) for _ in range(count)] + [(1.0, 1.0), (-0.0, 2.0)]


def outcome(call):
    try:
        return repr(call())
    except (ArithmeticError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def everything(f, x, y):
    """Return derivatives of derivatives, or what they raise, and what is recorded."""

    def of_list(xs):
        return f(*xs)

    calls = [
        lambda: hessian(of_list)([x, y]),
        lambda: hvp(of_list)([x, y], [0.5, -2.0]),
        lambda: grad(grad(f))(x, y),
        lambda: grad(grad(f, 1), 0)(x, y),
        lambda: grad(grad(grad(f)))(x, y),
        lambda: jacobian(lambda xs: [*grad(of_list)(xs), xs[0]])([x, y]),
        lambda: jvp(lambda a, b: jvp(f, (a, b), (b, 2.0))[1], (x, y), (1.0, 0.0)),
        lambda: grad(lambda a: vjp(f, a, y)[1](a)[0])(x),
        lambda: grad(lambda a: a * grad(lambda b: f(b, a) * a)(y))(x),
        lambda: hessian(lambda xs: jvp(of_list, ([xs[0], y],), ([1.0, xs[1]],))[1])([x, y]),
        lambda: str(trace(lambda a, b: grad(grad(f), 1)(a, b), [x, y])),
        lambda: str(trace(lambda a, b: jvp(f, (a, b), (b, 2.0))[1], [x, y])),
    ]
    return [outcome(call) for call in calls]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_core_records_what_sweeps_define(f, monkeypatch):
    found = [everything(f, x, y) for x, y in points()]
    monkeypatch.setattr(call, "nested", lambda tape, inputs: None)
    assert found == [everything(f, x, y) for x, y in points()]


UGLY = (
    0.0,
    -0.0,
    5e-324,
    -1e-300,
    0.3,
    -0.7,
    1.0,
    2.5,
    -3.0,
    700.0,
    -745.0,
    1e160,
    -1e308,
    math.inf,
    -math.inf,
    math.nan,
)


def alike(x, y):
    return (x != x and y != y) or (x == y and math.copysign(1.0, x) == math.copysign(1.0, y))


@pytest.mark.parametrize(
    "row", [r for r in ROWS.values() if 1 <= len(r.partials) <= 2 and None not in r.partials], ids=str
)
def test_values_of_the_core_are_those_of_the_rows(row):
    for x in UGLY:
        for y in UGLY if len(row.partials) == 2 else (0.0,):
            operands = (x, y)[: len(row.partials)]
            assert alike(value_of(row.number, x, y), float(row.total(*operands))), (x, y)
