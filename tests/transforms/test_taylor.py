"""Taylor arithmetic: every row against 50 digits, paths against chain rules, nesting, and what it costs."""

import functools
import itertools
import math
import sys

import pytest

from autograd import (
    Value,
    cosine_similarity,
    derivative,
    exp,
    fsum,
    grad,
    jet,
    jit,
    jvp,
    log,
    prod,
    root,
    sin,
    sqrt,
    taylor,
    vmap,
)
from autograd.primitives.primitive import ROWS
from autograd.transforms.taylor import EXPONENTS, PRODUCTS, Expansion, Series, _is_power

mpmath = pytest.importorskip("mpmath")
from autograd.testing.exact import definition, mp, mpf  # noqa: E402 (it needs mpmath)

ORDER = 20
UNIT = 2.0**-53
STEEP = {"exp", "exp2", "log", "log2", "log10", "sqrt", "cbrt", "pow", "power"}  # to be right to 40 ulps themselves
LEFT_OUT = {"monomial", "round_to", "clamp_weight"}  # rows of whole numbers, or whose kinks are everywhere
LEFT_OUT |= {"cosine_derivative"}  # minutes in mpmath; its series are part of those of the cosine


def along(row):
    """Return (operands of a row, the position of the one that varies) at points of its domain."""
    found = []
    for x in (-0.37, 1.6):
        if row.gradient is not None:
            found.append(([*[0] * row.parameters, x, 0.7, 1.3, 0.4], row.parameters))
            continue
        for i in range(len(row.partials)):
            others = [1.0 + 0.3 * j if row.differentiable(j) else 1 for j in range(len(row.partials))]
            xs = [*others[:i], x, *others[i + 1 :]]
            if row.differentiable(i) and (row.kink is None or row.kink.distance(*xs)):
                found.append((xs, i))
    return [(xs, i) for xs, i in found if not math.isnan(row.total(*xs))]


def exact(row, xs, i):
    """Return the Taylor coefficients in many digits, by divided differences with a step of 1e-12."""
    f = definition(row)
    with mp.workdps(340):
        m, h = ORDER + 2, mpf(10) ** -12
        places = [h * (j - m // 2) for j in range(m + 1)]
        given = [mpf(x) if isinstance(x, float) else x for x in xs]
        ys = [f(*given[:i], given[i] + place, *given[i + 1 :]) for place in places]
        divided = [ys[0]]
        for k in range(1, m + 1):
            ys = [(y - x) / (k * h) for x, y in itertools.pairwise(ys)]
            divided.append(ys[0])
        found = [mpf(0)]
        for place, d in zip(reversed(places), reversed(divided), strict=True):  # Newton's form, multiplied out
            found = [a - place * b for a, b in zip([mpf(0), *found], [*found, mpf(0)], strict=True)]
            found[0] += d
        return found[: ORDER + 1]


def size(x, k):
    """Return the absolute value of a coefficient of an operand."""
    return abs(x.coefficients[k]) if isinstance(x, Series) else abs(x) if k == 0 else 0.0


def at_start(z):
    """Return the sum of the absolute values of the terms of a number that is written as sums and products."""
    if isinstance(z, Series) and z.primitive in (ROWS["add"], ROWS["sub"]):
        return sum(map(at_start, z.operands))
    if isinstance(z, Series) and z.primitive in (ROWS["mul"], ROWS["absorb"]):
        return math.prod(map(at_start, z.operands))
    if isinstance(z, Series) and z.primitive is ROWS["truediv"]:
        return at_start(z.operands[0]) / size(z.operands[1], 0)
    return size(z, 0)


@functools.cache
def terms(z, k):
    """Return the sum of the absolute values of the terms that the recurrence of a series adds up for a coefficient.

    What is one term alone is as large as the recurrence behind it.
    """
    if not isinstance(z, Series) or z.primitive is None or k == 0:
        return at_start(z) if k == 0 else size(z, k)
    row, operands = z.primitive, z.operands
    if row in (ROWS["truediv"], ROWS["ratio"]) and isinstance(operands[1], Series):
        x, y = operands
        return (size(x, k) + sum(size(y, j) * size(z, k - j) for j in range(1, k + 1))) / size(y, 0)
    if _is_power(z):
        x, y = operands[0], EXPONENTS.get(row) or operands[-1]
        return sum(abs(y * j - (k - j)) * size(x, j) * size(z, k - j) for j in range(1, k + 1)) / (k * size(x, 0))
    if row in PRODUCTS and all(isinstance(x, Series) for x in operands):
        return sum(size(operands[0], j) * size(operands[1], k - j) for j in range(k + 1))
    total = 0.0
    for x, partial in z.edges or ():
        present = [j for j in range(1, k + 1) if size(x, j) and size(partial, k - j)]
        if not isinstance(partial, Series) or present == [k]:
            total += terms(partial, 0) * terms(x, k)
        elif len(present) == 1:
            (j,) = present
            total += j * size(x, j) * terms(partial, k - j) / k
        else:
            total += sum(j * size(x, j) * size(partial, k - j) for j in present) / k
    return total


@pytest.mark.parametrize("row", [row for name, row in ROWS.items() if name not in LEFT_OUT], ids=lambda row: row.name)
def test_a_row_has_its_series_to_order_20(row):
    """Every coefficient is right to 40 units of the terms that are added up for it; of powers, to 40 ulps."""
    for xs, i in along(row):
        sheet = Expansion(ORDER)
        x = sheet.input([xs[i], 1.0])
        z = sheet.node(row, (*xs[:i], x, *xs[i + 1 :]))
        sheet.grow()
        if row.gradient is None:
            assert z.coefficients == taylor(lambda x, xs=xs, i=i: row(*xs[:i], x, *xs[i + 1 :]), xs[i], ORDER)
        for k, (c, true) in enumerate(zip(z.coefficients, exact(row, xs, i), strict=True)):
            allowed = abs(true) if row.name in STEEP else terms(z, k)
            assert abs(c - true) <= 40.0 * UNIT * allowed + 1e-40, (xs, k, c, float(true))


def test_special_functions_have_their_series():
    polygammas = [ROWS["polygamma"](n, 1.6) / math.factorial(n) for n in range(ORDER + 1)]
    assert taylor(ROWS["digamma"], 1.6, ORDER) == pytest.approx(polygammas, rel=40 * UNIT)
    assert taylor(ROWS["lgamma"], 1.6, 3)[1:] == pytest.approx(
        [c / (k + 1) for k, c in enumerate(polygammas[:3])], rel=40 * UNIT
    )
    with mp.workdps(60):
        bessel = [float(mp.diff(lambda x: mp.besseli(0, x), 0.9, n)) / math.factorial(n) for n in range(6)]
    assert taylor(ROWS["i0"], 0.9, 5) == pytest.approx(bessel, rel=40 * UNIT)


def test_powers_at_zero_and_of_whole_exponents():
    assert taylor(lambda x: x**5, 0.0, 7) == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    assert taylor(lambda x: x**5, 2.0, 7) == [32.0, 80.0, 80.0, 40.0, 10.0, 1.0, 0.0, 0.0]
    assert taylor(lambda x: x**-1, -2.0, 3) == [-0.5, -0.25, -0.125, -0.0625]
    assert taylor(lambda x: x**x, 1.0, 4) == pytest.approx([1.0, 1.0, 1.0, 0.5, 1.0 / 3.0], rel=1e-14)
    assert taylor(lambda x: 2.0**x, 0.0, 3) == pytest.approx([math.log(2.0) ** k / math.factorial(k) for k in range(4)])


def test_an_end_of_the_domain_has_its_limits():
    assert taylor(sqrt, 0.0, 1) == [0.0, math.inf]
    assert taylor(lambda x: x**2.5, 0.0, 3) == [0.0, 0.0, 0.0, math.inf]
    assert taylor(abs, 0.0, 2) == [0.0, 0.0, 0.0]  # the convention of the row


def test_derivative_is_that_of_nested_gradients():
    def f(x, a):
        return sin(a * x) * exp(-x) / (1.0 + x * x) + log(x) * prod([x, a, x]) + cosine_similarity([x, a], [1.0, x])

    nested = f
    for n in range(1, 6):
        nested = grad(nested)
        assert derivative(f, n)(0.7, 1.3) == pytest.approx(nested(0.7, 1.3), rel=1e-12)


def test_the_cost_is_square_in_the_order():
    def f(x):
        for _ in range(3):
            x = sin(x) * exp(x) / (2.0 + x)
        return x

    def calls(n):
        """Return how many functions of Python and C are called."""
        counted = []
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, arg: counted.append(event))
        try:
            derivative(f, n)(0.3)
        finally:
            sys.setprofile(before)
        return len(counted)

    calls(4)
    assert calls(64) < 20 * calls(16)  # 4**2, not 2**48


def test_a_jet_is_what_a_path_gives():
    def f(p):
        return {"a": p[0] * sin(p[1]), "b": p[1] ** 3}

    value, (first, second) = jet(f, ([2.0, 3.0],), ([[1.0, 0.5], [0.1, 0.2]],))
    assert (value, first) == jvp(f, ([2.0, 3.0],), ([1.0, 0.5],))

    def path(t):
        return [2.0 + t + 0.05 * t * t, 3.0 + 0.5 * t + 0.1 * t * t]

    for name in ("a", "b"):
        assert second[name] == pytest.approx(derivative(lambda t, name=name: f(path(t))[name], 2)(0.0), rel=1e-14)
    with pytest.raises(ValueError, match="give one list for each"):
        jet(f, ([2.0, 3.0],), ())


def test_it_nests_with_all_other_transforms():
    assert grad(lambda a: derivative(lambda x: sin(a * x), 2)(1.0))(2.0) == pytest.approx(
        -4.0 * math.sin(2.0) - 4.0 * math.cos(2.0), rel=1e-15
    )
    assert derivative(lambda x: x * derivative(lambda y: x * y * y, 2)(1.0), 2)(3.0) == 4.0  # no confusion
    assert derivative(lambda x: grad(lambda y: x * x * y)(1.0), 2)(3.0) == 2.0
    assert derivative(lambda x: derivative(lambda y: exp(x * y), 3)(0.5), 2)(0.7) == pytest.approx(
        grad(grad(grad(grad(grad(lambda x, y: exp(x * y), 1), 1), 1)))(0.7, 0.5), rel=1e-13
    )
    third = jit(derivative(lambda x: sqrt(x) * exp(x), 3))
    assert [third(x) for x in (0.5, 0.5, 2.0)] == [derivative(lambda x: sqrt(x) * exp(x), 3)(x) for x in (0.5, 0.5, 2)]
    v = Value(0.5)
    derivative(exp, 2)(v).backward()
    assert v.grad == math.exp(0.5)
    assert taylor(lambda a: root(lambda x, a: x * x - a, 1.0, a), 2.0, 3) == pytest.approx(
        taylor(sqrt, 2.0, 3), rel=1e-14
    )


def test_sums_over_lanes_are_left_to_gradients():
    numpy = pytest.importorskip("numpy")
    lanes = vmap(lambda x, a: a**3 * x, in_axes=(0, None))
    assert derivative(lambda a: lanes(numpy.array([1.0, 2.0]), a).sum(), 2)(2.0) == 36.0
    with pytest.raises(TypeError, match="a sum over the lanes of a vmap has no series"):
        taylor(lambda a: lanes(numpy.array([1.0, 2.0]), a).sum(), 2.0, 2)


def test_what_cannot_be_expanded_is_refused():
    with pytest.raises(TypeError, match="use jet"):
        taylor(lambda x: fsum(x), [1.0, 2.0], 2)
    with pytest.raises(ValueError, match="taylor: order is -1"):
        taylor(exp, 1.0, -1)
    with pytest.raises(ValueError, match=r"derivative: n is 1\.5"):
        derivative(exp, 1.5)
