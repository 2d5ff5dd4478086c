"""What transforms refuse, and in which words; what exceptions, threads and the garbage collector do to them."""

import gc
import math
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from numpy import array

import autograd
from autograd import Value, derivative, exp, grad, hessian, hvp, jacobian, jvp, sin, vjp


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grad(lambda x: x)("3"), TypeError, r"args\[0\]: str '3' cannot be differentiated"),
        (lambda: grad(lambda a, x: x)(1.0), TypeError, "missing 1 required positional argument"),
        (lambda: grad(lambda p: p)([{"w": [1.0, b"4"]}]), TypeError, r"args\[0\]\[0\]\['w'\]\[1\]: bytes b'4'"),
        (lambda: grad(lambda x: x)(1j), TypeError, r"args\[0\]: complex 1j"),
        (lambda: grad(lambda x: [x])(1.0), TypeError, "returned list, not one number; use jacobian or vjp"),
        (lambda: grad(lambda x: "text")(1.0), TypeError, "result: str 'text' cannot be differentiated"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "result: NoneType None"),
        (lambda: grad(lambda x: array([x, x]))(1.0), TypeError, r"returned an array of shape \(2,\), not one number"),
        (
            lambda: grad(lambda p: p)({"w": [1.0, 2.0, 3.0, 4j]}),
            TypeError,
            r"args\[0\]\['w'\]\[3\]: complex 4j cannot be",
        ),
        (lambda: grad(lambda x: x)(array(["a"])), TypeError, r"args\[0\]: an array of <U1"),
        (lambda: grad(lambda x: x)(array([1j])), TypeError, r"args\[0\]: an array of complex128"),
        (lambda: grad(lambda x: x)(array([[1.0, None]])), TypeError, r"args\[0\]\[0\]\[1\]: NoneType None in an array"),
        (lambda: grad(lambda x: x, argnums=1)(1.0), TypeError, "argnums has 1, but there are 1 positional"),
        (lambda: grad(lambda x: x, argnums=-2)(1.0), TypeError, "argnums has -2, but there are 1 positional"),
        (lambda: grad(lambda x: x)(y=1.0), TypeError, "argnums has 0, but there are 0 positional"),
        (lambda: grad(lambda x: x, argnums="x")(1.0), TypeError, "argnums is 'x'; use the position of an argument"),
        (lambda: grad(lambda x: x, argnums=(0, 1.5))(1.0), TypeError, r"argnums is \(0, 1.5\); use the position"),
        (
            lambda: grad(lambda x, y: x, argnums=(0, -2))(1.0, 2.0),
            ValueError,
            r"\(0, -2\), which names an argument twice",
        ),
        (lambda: jacobian(lambda x: x, mode="sideways"), ValueError, "mode is 'sideways'"),
        (lambda: derivative(sin, -1), ValueError, "n is -1"),
        (lambda: derivative(sin, 1.5), ValueError, "n is 1.5"),
        (
            lambda: vjp(lambda x: [x, x], 1.0)[1]([1.0]),
            ValueError,
            r"adjoints: expected a list of \[0\], \[1\], not a list",
        ),
        (
            lambda: vjp(lambda x: {"a": x}, 1.0)[1]([1.0]),
            ValueError,
            r"adjoints: expected a dict of \['a'\], not a list",
        ),
        (lambda: vjp(lambda x: x, 1.0)[1](None), TypeError, "adjoints: NoneType None cannot be"),
        (
            lambda: vjp(lambda x: x, array([1.0, 2.0]))[1](array([[1.0, 2.0]])),
            ValueError,
            r"\(2,\), not .* \(1, 2\)",
        ),
        (lambda: jvp(lambda x: x, (1.0,), ([1.0, 2.0],)), ValueError, r"tangents\[0\]: expected a number, not a list"),
        (
            lambda: jvp(lambda x, y: x, ([1.0], 2.0), (1.0, [2.0])),
            ValueError,
            r"tangents\[0\]: expected a list of \[0\]",
        ),
        (lambda: jvp(lambda x: x, 1.0, 1.0), TypeError, r"jvp: primals is float, .*; use jvp\(f, \(x,\), \(v,\)\)"),
        (lambda: hvp(lambda x: x[0])([1.0, 2.0], [1.0]), ValueError, r"tangents\[0\]: expected a list of \[0\], \[1\]"),
        (lambda: hessian(lambda x: [x])(1.0), TypeError, "returned list, not one number"),
        (lambda: grad(lambda x: Value(x))(1.0), TypeError, "not Traced .*; it is traced already: use it as it is"),
        (lambda: grad(lambda x: math.sin(x))(1.0), TypeError, r"autograd\.sin"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_after_an_exception_everything_is_as_it_was():
    def f(x):
        try:
            return grad(lambda y: y * x / 0.0)(x)
        except ZeroDivisionError:
            return x * x

    assert grad(grad(f))(3.0) == 2.0
    with pytest.raises(autograd.PoleError, match=r"truediv: operand y is 0\.0"):
        grad(lambda x: x * grad(lambda y: y / 0.0)(x))(1.0)
    assert derivative(sin, 4)(0.5) == pytest.approx(math.sin(0.5), rel=1e-15)


def test_threads_do_not_disturb_each_other():
    def work(a):
        found = [hessian(lambda x: sin(x[0] * a) * x[1] + x[0] ** 3)([a, 2.0]) for _ in range(20)]
        cross = a * math.cos(a * a)
        exact = [[-2.0 * a * a * math.sin(a * a) + 6.0 * a, cross], [cross, 0.0]]
        return all(row == pytest.approx(other, rel=1e-13) for h in found for row, other in zip(h, exact, strict=True))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, [0.1 * k for k in range(1, 17)]))
    finally:
        sys.setswitchinterval(interval)


def test_nothing_is_left_to_the_garbage_collector():
    def fails(x):
        raise ZeroDivisionError

    def alive():
        tapes = [x for x in gc.get_objects() if type(x).__name__ in ("Traced", "Tape")]
        return sum(len(getattr(x, "tape", x)) > 0 for x in tapes)  # numbers that wait for their next use are on none

    hessian(lambda x: exp(x[0]) * sin(x[1]))([1.0, 2.0])  # rules are recorded once, and kept
    gc.collect()
    gc.disable()
    try:
        before = alive()
        hessian(lambda x: exp(x[0]) * sin(x[1]))([1.0, 2.0])
        vjp(sin, 1.0)[1](1.0)
        with pytest.raises(ZeroDivisionError):
            grad(fails)(1.0)
        assert alive() == before
    finally:
        gc.enable()
