"""Exports: value and gradient of every public function stand alone in C, Python and JavaScript, and agree."""

import random

import pytest

from autograd import value_and_grad
from autograd.backends import backend
from autograd.graph.sumprod import sumprod
from autograd.primitives.functions import PUBLIC
from autograd.primitives.primitive import ROWS
from autograd.program import optimized, trace

from ..accuracy import operands
from ..tools.backends import COMPILER, NODE, in_c, in_js

PREDICATES = {"isclose", "isfinite", "isinf", "isnan"}
SHAPES = {  # of what takes sequences or whole numbers, or gives several results
    "clamp": lambda x, y: PUBLIC["clamp"](x, -y, y),
    "cosine_similarity": lambda x, y: PUBLIC["cosine_similarity"]([x, y, 1.0], [y, x * y, 2.0]),
    "cross_entropy": lambda x, y: PUBLIC["cross_entropy"]([x, y, 1.0], 1),
    "dist": lambda x, y: PUBLIC["dist"]([x, y], [y, 3.0]),
    "fma": lambda x, y: PUBLIC["fma"](x, y, 1.0),
    "frexp": lambda x, y: PUBLIC["frexp"](x)[0] * y,
    "fsum": lambda x, y: PUBLIC["fsum"]([x, y, 1.0]),
    "hypot": lambda x, y: PUBLIC["hypot"](x, y, 1.0),
    "ldexp": lambda x, y: PUBLIC["ldexp"](x, 3) * y,
    "log": lambda x, y: PUBLIC["log"](x) * PUBLIC["log"](x, y),
    "log_softmax": lambda x, y: PUBLIC["log_softmax"]([x, y, 1.0])[1],
    "logaddexp": lambda x, y: PUBLIC["logaddexp"](x, y),
    "logsumexp": lambda x, y: PUBLIC["logsumexp"]([x, y, 1.0]),
    "maximum": lambda x, y: PUBLIC["maximum"](x, y, 1.0),
    "minimum": lambda x, y: PUBLIC["minimum"](x, y, 1.0),
    "modf": lambda x, y: PUBLIC["modf"](x)[0] * y + PUBLIC["modf"](y)[1],
    "polygamma": lambda x, y: PUBLIC["polygamma"](2, x) * y,
    "pow": lambda x, y: PUBLIC["pow"](x, y) * y**x,
    "prod": lambda x, y: PUBLIC["prod"]([x, y, x]),
    "softmax": lambda x, y: PUBLIC["softmax"]([x, y, 1.0])[1],
    "sumprod": lambda x, y: sumprod([x, y], [y, 3.0]),
    "where": lambda x, y: PUBLIC["where"](x > y, x, y * y),
}
NAMES = sorted((set(PUBLIC) | {"sumprod"}) - PREDICATES)


def exported(name):
    """Return (program of a public function's value and gradient, numbers)."""
    if name in SHAPES:
        f, xs = SHAPES[name], [1.75, 2.5]
    else:
        f, xs = PUBLIC[name], list(map(float, operands(ROWS[name], random.Random(name), False)))

    def both(*xs):
        value, gradient = value_and_grad(lambda xs: f(*xs))(list(xs))
        return [value, *gradient]

    return optimized(trace(both, xs)), xs


def close(found, expected):
    return found == pytest.approx(expected, rel=1e-13, abs=1e-300, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_python_of_every_public_function(name):
    program, xs = exported(name)
    space = {"__name__": "exported"}
    exec(compile(program.to_python(), "<exported>", "exec"), space)
    found = space["program"](xs)
    assert list(map(repr, found)) == list(map(repr, backend("python").scalar(program)(xs)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
@pytest.mark.long
def test_c_of_every_public_function(name):
    program, xs = exported(name)
    assert close(in_c(program)(xs), list(backend("python").scalar(program)(xs)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(NODE is None, reason="no Node")
@pytest.mark.long
def test_javascript_of_every_public_function(name):
    program, xs = exported(name)
    assert close(in_js(program)([xs])[0], list(backend("python").scalar(program)(xs)))
