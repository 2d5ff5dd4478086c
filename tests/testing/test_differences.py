"""Functions that fool finite differences: no right gradient is called wrong, and no wrong one right."""

import contextlib
import math
import struct
import warnings
import zlib

import numpy as np
import pytest

from autograd import binary_cross_entropy_with_logits, digamma, erfinv, grad, remainder, tanh
from autograd.testing import check_gradient


def short(x):
    """Return a number as one of single precision holds it."""
    return struct.unpack("f", struct.pack("f", x))[0]


def noise(x):
    """Return a number in [-1/2, 1/2] that has nothing to do with that for the next float."""
    return zlib.crc32(struct.pack("d", x)) / 2.0**32 - 0.5


def raises(x):
    if x != 1.0:
        raise KeyError(x)
    return x


def warns(x):
    return float(np.log(np.float64(x)))


UNDECIDED = ("pass", "undecidable")
CASES = {  # name: (function, derivative, point, wrong derivatives, verdicts on the right one)
    "a kink at 1e-18": (abs, lambda x: 1.0, 1e-18, (-1.0, 0.0), "pass"),
    "a kink at 1e-200": (abs, lambda x: 1.0, 1e-200, (-1.0, 0.0), "pass"),
    "a kink at a distance of 1e-10": (lambda x: abs(x - 1.0), lambda x: 1.0, 1.0 + 1e-10, (-1.0, 0.0), "pass"),
    "kinks that cancel": (lambda x: abs(x - 1.0) - abs(1.0 - x) + x * x, lambda x: 2.0, 1.0, (0.0, 3.0), "pass"),
    "a valley between kinks": (lambda x: abs(x - 1e-7) + abs(x + 1e-7), lambda x: 0.0, 0.0, (1.0, -1.0), "pass"),
    "x to 3/2": (lambda x: abs(x) ** 1.5, lambda x: 0.0, 0.0, (0.1, 1.0), "pass"),
    "even, and not smooth": (lambda x: x * math.sin(1.0 / x) if x else 0.0, lambda x: 0.0, 0.0, (), "undecidable"),
    "between steps": (math.floor, lambda x: 0.0, 2.5, (1.0, 1e-3), "pass"),
    "beside a step": (math.floor, lambda x: 0.0, 2.0 + 1e-12, (1.0,), UNDECIDED),
    "stairs": (lambda x: x + math.floor(1e6 * x) / 1e6, lambda x: 1.0, 0.3000005, (0.0, 3.0), UNDECIDED),
    "noise of 1e-10": (lambda x: math.sin(x) + 1e-10 * noise(x), math.cos, 1.0, (0.5, -0.5), UNDECIDED),
    "noise of 1e-3": (lambda x: math.sin(x) + 1e-3 * noise(x), math.cos, 1.0, (5.0,), UNDECIDED),
    "noise alone": (noise, lambda x: 0.0, 1.0, (), UNDECIDED),
    "single precision": (lambda x: short(math.sin(short(x))), math.cos, 1.0, (0.6, -0.54), UNDECIDED),
    "single precision at 100": (lambda x: short(short(x) ** 2), lambda x: 2.0 * x, 100.0, (100.0,), UNDECIDED),
    "three decimals": (lambda x: round(math.sin(x), 3), math.cos, 1.0, (-5.0, 5.0), UNDECIDED),
    "cancellation": (lambda x: math.sin(x) + 1e8 - 1e8, math.cos, 1.0, (0.6, -0.54), UNDECIDED),
    "log(1 + x)": (lambda x: math.log(1.0 + x), lambda x: 1.0, 1e-10, (0.5, 2.0), UNDECIDED),
    "log at 1e-100": (math.log, lambda x: 1.0 / x, 1e-100, (0.0, -1e100, 1.01e100), "pass"),
    "a square at 1e-100": (lambda x: x * x, lambda x: 2.0 * x, 1e-100, (0.0, 2.02e-100), "pass"),
    "waves of 1e-100": (lambda x: math.sin(x * 1e100), lambda x: 1e100, 0.0, (0.0, 1.01e100), "pass"),
    "too steep for a float": (lambda x: 1.0 / x, lambda x: -math.inf, 1e-250, (math.inf, 0.0), "pass"),
    "at the largest floats": (lambda x: x / 2.0, lambda x: 0.5, 1.7e308, (0.6, 0.0), "pass"),
    "beside an overflow": (math.exp, math.exp, 709.78, (0.0, 1.7e308), "pass"),
    "values on one side": (lambda x: (x - 1.0) ** 1.5, lambda x: 0.0, 1.0, (0.6,), "pass"),
    "raises all around": (raises, lambda x: 1.0, 1.0, (), "undecidable"),
    "warns beyond its domain": (warns, lambda x: 1.0 / x, 1e-3, (1010.0,), "pass"),
    "infinite": (lambda x: 1.0 / x, lambda x: 0.0, math.inf, (), UNDECIDED),
    "nan": (lambda x: x, lambda x: 1.0, math.nan, (), "undecidable"),
    "nan at the point": (lambda x: x if x != 1.0 else math.nan, lambda x: 1.0, 1.0, (), "undecidable"),
    "constant": (lambda x: 3, lambda x: 0.0, 1.0, (1.0, 1e-9, math.nan, math.inf), "pass"),
    "exact on the finest scales": (
        lambda x: 2.0 % (abs(1.67 - x) * x),
        lambda x: 71.0 * (2.0 * x - 1.67),
        1.653040701267697,
        (116.0, 116.1),
        UNDECIDED,
    ),
    "zigzag": (lambda x: abs((x * 1e3) % 2.0 - 1.0), lambda x: 1e3, 0.12345, (0.0, -1e3, 1010.0), "pass"),
}
for _n in range(2, 9):
    _w = 10.0**_n
    CASES[f"waves of 1e-{_n}"] = (
        lambda x, w=_w: math.sin(w * x),
        lambda x, w=_w: w * math.cos(w * x),
        0.3,
        (0.0, -_w),
        "pass",
    )


@pytest.mark.parametrize("name", CASES)
def test_no_false_alarm_and_no_miss(name):
    function, derivative, x, wrong, verdicts = CASES[name]
    right = derivative(x)
    report = check_gradient(function, x, gradient=lambda _: right)
    assert report.verdict in ((verdicts,) if isinstance(verdicts, str) else verdicts), report
    for d in wrong:
        report = check_gradient(function, x, gradient=lambda _, d=d: d)
        assert report.verdict == "fail", report


def test_a_number_that_rounding_may_have_made_is_not_called_right():
    """Of single precision, seen near enough, only steps remain."""
    report = check_gradient(lambda x: short(short(x) ** 2), 100.0, gradient=lambda x: 0.0)
    assert report.verdict == "undecidable"
    assert "on a fine scale the function has the slope 0, on a coarse one 200" in str(report)


@pytest.mark.parametrize("exponent", [pytest.param(-300, marks=pytest.mark.long), -150, -20, 20, 150, 300])
def test_every_scale(exponent):
    scale = 10.0**exponent
    for function, derivative, x in (
        (lambda x: 3.0 * x, 3.0, scale),
        (lambda x: scale * math.sin(x), scale * math.cos(1.0), 1.0),
        (lambda x: math.sin(x / scale), math.cos(1.0) / scale, scale),
        (math.sqrt, 0.5 / math.sqrt(scale), scale),
        (math.log, 1.0 / scale, scale),
    ):
        assert check_gradient(function, x, gradient=lambda _, d=derivative: d).verdict == "pass"
        for factor in (1.01, -1.0, 0.0):
            wrong = factor * derivative
            assert check_gradient(function, x, gradient=lambda _, d=wrong: d).verdict == "fail"


def test_the_only_wrong_one_of_many_is_found():
    xs = [0.1 * i - 1.03 for i in range(20)]

    def gradient(*xs):
        return tuple(2.0 * x * (1.001 if i == 13 else 1.0) for i, x in enumerate(xs))

    report = check_gradient(lambda *xs: math.fsum(x * x for x in xs), *xs, gradient=gradient)
    assert [c.path for c in report.comparisons if c.verdict == "fail"] == ["args[13]"]


def test_a_tail_where_the_better_side_knows_less_than_it_thinks():
    """Steps larger than the tail agree with each other, and not with those of the other side."""

    def f(x):
        y = 0.9375 * tanh(digamma(remainder(binary_cross_entropy_with_logits(x, x), x)))
        return erfinv(y) ** y

    def plain(x):
        return float(f(x))

    assert check_gradient(plain, 0.13363577646383273, gradient=grad(f)).verdict in UNDECIDED


def test_keys_not_their_order_tell_what_a_derivative_belongs_to():
    point = {"a": 2.0, "b": 1.0}
    report = check_gradient(lambda p: 3.0 * p["a"] + 5.0 * p["b"], point, gradient=lambda p: {"b": 5.0, "a": 3.0})
    assert report.verdict == "pass"


@pytest.mark.parametrize(
    ("arg", "found", "message"),
    [
        ({"a": 1.0}, {"b": 1.0}, r"gradient: given with the keys \['b'\]; return a dict with the keys \['a'\]"),
        ({"a": [1.0, 2.0]}, {"a": 1.0}, r"gradient\['a'\]: given 1 numbers; return 2"),
        (np.ones((2, 3)), np.ones((3, 2)), r"gradient: given in the shape \(3, 2\); return the shape \(2, 3\)"),
        ({"a": 1.0}, [1.0], "gradient: given as list; return a dict"),
    ],
)
def test_a_gradient_of_another_form_is_refused(arg, found, message):
    with pytest.raises(ValueError, match=message):
        check_gradient(lambda x: 1.0, arg, gradient=lambda x: found)


def test_a_result_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="f returned list, not one number"):
        check_gradient(lambda x: [x], 1.0, gradient=lambda x: 1.0)


def test_a_gradient_that_raises_is_wrong_and_the_truth_is_not_claimed():
    text = str(check_gradient(math.sin, 1.0, gradient=lambda x: 1.0 / 0.0))
    assert "found nan, the truth is not known\n    the gradient raised ZeroDivisionError" in text


def test_an_error_at_the_point_itself_is_the_users_to_see():
    def broken(x):
        raise LookupError("no such file")

    with pytest.raises(LookupError, match="no such file"):
        check_gradient(broken, 1.0, gradient=lambda x: 1.0)


def test_filters_of_warnings_are_as_they_were():
    before = list(warnings.filters)
    with contextlib.suppress(KeyError):
        check_gradient(warns, 1e-3, gradient=lambda x: 1e3)
    assert warnings.filters == before
