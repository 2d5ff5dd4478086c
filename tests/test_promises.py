"""The promises of the design, one by one, on any floats that Hypothesis finds.

P1 a Value computes what the float computes; P2 partials follow IEEE and never raise; P3 a zero adjoint contributes
nothing; P4 backward accumulates into leaves, in a fixed order; P5 nothing is lost silently; P6 depth is no limit (the
hard cases are in test_faults.py); P8 imports are light. The one surprise: bits are compared, not numbers, so that the
sign of a zero counts, and all NaNs are one.
"""

import math
import operator
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, backward, no_grad
from autograd.graph import backward as graph
from autograd.primitives.primitive import ROWS

from .tools.common import INFIX

ANY = st.floats()
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SMALL = st.floats(-4.0, 4.0)
NUMBERS = st.one_of(ANY, st.integers(-(2**60), 2**60), st.booleans())

QUESTIONS = {"isclose", "isfinite", "isinf", "isnan"}  # answered with a bool
BOTH_MATH = sorted(
    name for name in vars(math) if callable(getattr(autograd, name, None)) and name[0] != "_" and name not in QUESTIONS
)
UNARY_MATH = [name for name in BOTH_MATH if name in ROWS and len(ROWS[name].partials) == 1]
BINARY_MATH = ["atan2", "copysign", "fmod", "remainder", "pow", "hypot", "log"]
PLAIN_INT = ("floor", "ceil", "trunc")  # math's give an int, ours a float with derivative zero


def bits(x):
    return struct.pack("<d", math.nan if x != x else x)


def outcome(call, *operands):
    """Return (bits of the result, no error), or (nothing, type of the error); a complex result is a ValueError."""
    try:
        found = call(*operands)
    except (ValueError, ArithmeticError) as error:
        return None, next(kind for kind in (ZeroDivisionError, OverflowError, ValueError) if isinstance(error, kind))
    if isinstance(found, complex):
        return None, ValueError
    return bits(float(found.data if isinstance(found, Value) else found)), None


# ---------------------------------------------------------------------------------------------- P1


@pytest.mark.parametrize(("x", "y"), [(-math.inf, 0.5), (-math.inf, -0.5), (-math.inf, 1e-300)])
def test_p1_fractional_powers_of_minus_infinity_are_those_of_floats(x, y):
    assert outcome(operator.pow, Value(x), Value(y)) == outcome(operator.pow, x, y)
    assert outcome(operator.pow, Value(x), y) == outcome(operator.pow, x, y)


@pytest.mark.parametrize("name", INFIX)
@given(x=ANY, y=ANY)
def test_p1_operators_give_the_bits_and_errors_of_floats(name, x, y):
    call = INFIX[name]
    assume(name != "**" or x != -math.inf)  # see the test above
    expected = outcome(call, x, y)
    if name == "**" and x < 0.0 and math.isfinite(y) and y != math.floor(y):
        expected = None, ValueError  # where Python turns complex, whatever becomes of it
    assert outcome(call, Value(x), Value(y)) == expected
    assert outcome(call, Value(x), y) == expected
    assert outcome(call, x, Value(y)) == expected
    with no_grad():
        assert outcome(call, Value(x), Value(y)) == expected


@pytest.mark.parametrize("name", INFIX)
@given(x=ANY, n=st.one_of(st.integers(-(2**53), 2**53), st.booleans()))
def test_p1_operators_with_ints_and_bools_give_the_bits_of_floats(name, x, n):
    call = INFIX[name]
    assert outcome(call, Value(x), n) == outcome(call, x, n)
    expected = outcome(call, n, x)
    if name == "**" and n < 0 and math.isfinite(x) and x != math.floor(x):
        expected = None, ValueError  # where Python turns complex, whatever becomes of it
    assert outcome(call, n, Value(x)) == expected


@given(x=ANY, y=ANY)
def test_p1_divmod_is_that_of_floats(x, y):
    for part in (0, 1):
        expected = outcome(lambda a, b, part=part: divmod(a, b)[part], x, y)
        assert outcome(lambda a, b, part=part: divmod(a, b)[part], Value(x), Value(y)) == expected


@given(x=ANY)
def test_p1_unary_operators_are_those_of_floats(x):
    for call in (operator.neg, operator.pos, abs):
        assert outcome(call, Value(x)) == outcome(call, x)
    assert bool(Value(x)) is bool(x)


@given(x=ANY, digits=st.integers(-400, 400))
def test_p1_round_is_that_of_floats(x, digits):
    assert outcome(round, Value(x), digits) == outcome(round, x, digits)
    assert outcome(round, Value(x)) == outcome(round, x)


@pytest.mark.parametrize("name", UNARY_MATH)
@given(x=NUMBERS)
def test_p1_functions_of_math_give_its_bits_and_errors(name, x):
    ours, theirs = getattr(autograd, name), getattr(math, name)
    expected = outcome(theirs, x)
    assert outcome(ours, Value(x)) == expected
    assert outcome(ours, x) == expected
    if not isinstance(x, bool | int):
        assert outcome(getattr(Value(x), name)) == expected


@pytest.mark.parametrize("name", UNARY_MATH)
@given(x=st.one_of(SMALL, st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5])))
def test_p1_functions_of_math_give_its_bits_on_ordinary_numbers(name, x):
    assert outcome(getattr(autograd, name), Value(x)) == outcome(getattr(math, name), x)


@pytest.mark.parametrize("name", BINARY_MATH)
@given(x=st.one_of(ANY, SMALL), y=st.one_of(ANY, SMALL))
def test_p1_functions_of_two_operands_give_the_bits_and_errors_of_math(name, x, y):
    ours, theirs = getattr(autograd, name), getattr(math, name)
    expected = outcome(theirs, x, y)
    for operands in ((Value(x), Value(y)), (Value(x), y), (x, Value(y)), (x, y)):
        assert outcome(ours, *operands) == expected


@given(xs=st.lists(ANY, max_size=6))
def test_p1_functions_of_many_operands_give_the_bits_and_errors_of_math(xs):
    values = [Value(x) for x in xs]
    assert outcome(autograd.fsum, values) == outcome(math.fsum, xs)
    assert outcome(autograd.prod, values) == outcome(lambda: math.prod(xs, start=1.0))
    assert outcome(autograd.hypot, *values) == outcome(math.hypot, *xs)
    assert outcome(autograd.dist, values, xs[::-1]) == outcome(math.dist, xs, xs[::-1])
    if sys.version_info >= (3, 12):
        assert outcome(autograd.sumprod, values, xs[::-1]) == outcome(math.sumprod, xs, xs[::-1])


@given(x=ANY, i=st.integers(-3000, 3000))
def test_p1_ldexp_frexp_and_modf_are_those_of_math(x, i):
    assert outcome(autograd.ldexp, Value(x), i) == outcome(math.ldexp, x, i)
    mantissa, exponent = autograd.frexp(Value(x))
    assert (bits(mantissa.data), exponent) == (bits(math.frexp(x)[0]), math.frexp(x)[1])
    assert [bits(part.data) for part in autograd.modf(Value(x))] == [bits(part) for part in math.modf(x)]


@given(x=ANY, y=ANY)
def test_p1_comparisons_are_those_of_floats(x, y):
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert compare(Value(x), Value(y)) is compare(x, y)
        assert compare(Value(x), y) is compare(x, y)
        assert compare(x, Value(y)) is compare(x, y)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: autograd.log(Value(-1.0)), ValueError, r"log: operand x is -1\.0, outside \(0, inf\); use log\(abs"),
        (lambda: autograd.log(Value(0.0)), ValueError, r"log: operand x is 0\.0, outside"),
        (lambda: autograd.sqrt(Value(-2.5)), ValueError, r"sqrt: operand x is -2\.5, outside"),
        (lambda: autograd.acos(Value(1.5)), ValueError, r"acos: operand x is 1\.5, outside \[-1, 1\]"),
        (lambda: autograd.sin(Value(math.inf)), ValueError, r"sin: operand x is inf, outside"),
        (lambda: autograd.gamma(Value(-3.0)), ValueError, r"gamma: operand x is -3\.0, outside"),
        (lambda: Value(1.0) / 0.0, ZeroDivisionError, r"truediv: operand y is 0\.0, outside .* without 0"),
        (lambda: 1.0 / Value(0.0), ZeroDivisionError, r"truediv: operand y is 0\.0"),
        (lambda: Value(7.0) % 0, ZeroDivisionError, r"mod: operand y is 0\.0"),
        (lambda: Value(7.0) // 0, ZeroDivisionError, r"floordiv: operand y is 0\.0"),
        (lambda: autograd.exp(Value(1000.0)), OverflowError, r"exp: the result for x = 1000\.0 is too large"),
        (lambda: Value(10.0) ** 400, OverflowError, r"power: the result for x = 10\.0, y = 400\.0 is too large"),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, r"power: .* x = 0\.0, y = -1\.0"),
        (lambda: Value(-2.0) ** 0.5, ValueError, r"power: .*negative.* x = -2\.0, y = 0\.5"),
        (lambda: autograd.log(Value(2.0), 1.0), ZeroDivisionError, r"log.* base = 1\.0"),
    ],
)
def test_p1_errors_name_the_primitive_the_operand_and_its_value(call, kind, message):
    with pytest.raises(kind, match=message) as raised:
        call()
    assert isinstance(raised.value, autograd.AutogradError)
    assert isinstance(raised.value.__cause__, kind)


@given(xs=st.lists(FINITE, min_size=1, max_size=5))
def test_p1_recording_changes_no_bit(xs):
    def compute(xs):
        total = 0.0
        for x in xs:
            total = autograd.tanh(x * 0.5 - total) + abs(x) / (1.0 + total * total)
        return total

    expected = compute(xs)
    found = compute([Value(x) for x in xs])
    with no_grad():
        unrecorded = compute([Value(x) for x in xs])
    assert bits(found.data) == bits(unrecorded.data) == bits(expected)


# ---------------------------------------------------------------------------------------------- P2


@pytest.mark.parametrize(
    ("call", "x", "expected"),
    [
        (autograd.sqrt, 0.0, math.inf),
        (autograd.sqrt, -0.0, math.inf),
        (autograd.cbrt, 0.0, math.inf),
        (autograd.cbrt, -0.0, math.inf),
        (autograd.asin, 1.0, math.inf),
        (autograd.asin, -1.0, math.inf),
        (autograd.acos, 1.0, -math.inf),
        (autograd.acosh, 1.0, math.inf),
        (autograd.entr, 0.0, math.inf),
        (lambda x: x**0.5, 0.0, math.inf),
        (lambda x: 1.0 / x, 1e-200, -math.inf),
        (abs, 0.0, 0.0),
        (abs, -0.0, 0.0),
        (autograd.fabs, 0.0, 0.0),
        (autograd.relu, 0.0, 0.0),
        (autograd.relu, -0.0, 0.0),
        (autograd.leaky_relu, 0.0, 0.01),
        (autograd.elu, 0.0, 1.0),
        (autograd.selu, 0.0, 1.7580993408473766),
        (lambda x: autograd.copysign(x, 3.0), 0.0, 0.0),
        (lambda x: autograd.clamp(x, 0.0, 1.0), 0.0, 1.0),
        (lambda x: autograd.clamp(x, 0.0, 1.0), 1.0, 1.0),
        (lambda x: autograd.maximum(x, 2.0), 2.0, 0.5),
        (lambda x: autograd.minimum(x, 2.0), 2.0, 0.5),
        (lambda x: autograd.maximum(x, -0.0), 0.0, 0.5),
        (lambda x: autograd.hypot(x, 0.0), 0.0, 0.0),
        (lambda x: autograd.dist([x], [0.0]), 0.0, 0.0),
        (lambda x: autograd.hinge(x, 1.0), 1.0, 0.0),
        (lambda x: x**0, 0.0, 0.0),
        (autograd.floor, 1.0, 0.0),
        (autograd.floor, 1.5, 0.0),
        (lambda x: autograd.where(x >= 0.0, x, -x), 0.0, 1.0),
    ],
)
def test_p2_partials_at_ends_and_kinks_are_the_conventions(call, x, expected):
    leaf = Value(x)
    call(leaf).backward()
    assert bits(leaf.grad) == bits(expected)


@pytest.mark.parametrize("name", INFIX)
@given(x=ANY, y=ANY)
def test_p2_partials_of_operators_never_raise(name, x, y):
    try:
        expected = INFIX[name](x, y)
    except ArithmeticError:
        return
    if isinstance(expected, complex):
        return
    a, b = Value(x), Value(y)
    z = INFIX[name](a, b)
    assert all(type(partial) is float for partial in z.partials)
    z.backward()


@pytest.mark.parametrize("call", [autograd.tanh, autograd.sigmoid, autograd.atan, autograd.asinh, autograd.erf])
@given(x=FINITE)
def test_p2_partials_of_saturating_functions_are_even_and_never_negative(call, x):
    a, b = Value(x), Value(-x)
    call(a).backward()
    call(b).backward()
    assert a.grad == b.grad >= 0.0


@pytest.mark.parametrize(
    ("call", "x", "expected"),
    [
        (autograd.tanh, 20.0, 4.0 * math.exp(-40.0)),
        (autograd.tanh, 300.0, 4.0 * math.exp(-600.0)),
        (autograd.sigmoid, 40.0, math.exp(-40.0)),
        (autograd.sigmoid, -700.0, math.exp(-700.0)),
        (autograd.softplus, -50.0, math.exp(-50.0)),
        (autograd.softplus, 1000.0, 1.0),
        (autograd.logsigmoid, 50.0, math.exp(-50.0)),
        (autograd.log1p, 1e-20, 1.0),
        (autograd.expm1, -50.0, math.exp(-50.0)),
        (autograd.asinh, 1e200, 1e-200),
        (autograd.acosh, 1e200, 1e-200),
        (autograd.atan, 1e100, 1e-200),
        (lambda x: autograd.hypot(x, 1e-200), 1e-200, 0.5**0.5),
        (lambda x: autograd.hypot(x, 1e200), 1e200, 0.5**0.5),
        (lambda x: autograd.atan2(x, 1e200), 1e200, 0.5e-200),
        (autograd.lgamma, 1e17, math.log(1e17)),
        (autograd.erf, 5.0, 2.0 / math.sqrt(math.pi) * math.exp(-25.0)),
    ],
)
def test_p2_partials_neither_cancel_nor_overflow(call, x, expected):
    leaf = Value(x)
    call(leaf).backward()
    assert leaf.grad == pytest.approx(expected, rel=4e-15, abs=0.0)


# ---------------------------------------------------------------------------------------------- P3


@given(x=FINITE, infinite=st.sampled_from([math.inf, -math.inf, math.nan]))
def test_p3_a_zero_adjoint_meets_an_infinite_partial_and_contributes_nothing(x, infinite):
    leaf, other = Value(0.0), Value(infinite)
    y = autograd.where(True, x * leaf, autograd.sqrt(leaf) * other)
    y.backward()
    assert leaf.grad == x
    assert bits(other.grad) == bits(0.0)


@given(x=SMALL)
def test_p3_the_double_where_is_not_needed(x):
    leaf = Value(x)
    autograd.where(x > 0.0, autograd.sqrt(abs(leaf)), 0.0 * leaf).backward()
    assert leaf.grad == (0.5 / math.sqrt(x) if x > 0.0 else 0.0)


def test_p3_a_seed_of_zero_gives_zero_everywhere():
    x = Value(0.0)
    (autograd.sqrt(x) * math.inf if x else autograd.sqrt(x)).backward(0.0)
    assert bits(x.grad) == bits(0.0)


@given(x=FINITE)
def test_p3_dead_units_pass_nothing_on(x):
    leaf = Value(0.0)
    dead = autograd.relu(autograd.sqrt(leaf) - 1.0)
    (dead * x).backward()
    assert leaf.grad == 0.0


# ---------------------------------------------------------------------------------------------- P4


def random_graph(data, leaves, size):
    """Return the nodes of a random graph over leaves, drawn by Hypothesis."""
    nodes = list(leaves)
    for _ in range(size):
        a = nodes[data.draw(st.integers(0, len(nodes) - 1))]
        b = nodes[data.draw(st.integers(0, len(nodes) - 1))]
        kind = data.draw(st.integers(0, 5))
        if kind == 0:
            nodes.append(a + b)
        elif kind == 1:
            nodes.append(a * b * 0.25)
        elif kind == 2:
            nodes.append(autograd.tanh(a - b))
        elif kind == 3:
            nodes.append(autograd.maximum(a, b, 0.125))
        elif kind == 4:
            nodes.append(a / (b * b + 1.5))
        else:
            nodes.append(autograd.fsum([a, b, a, 1.0]))
    return nodes


@given(data=st.data(), times=st.integers(2, 5))
def test_p4_backward_again_doubles_leaves_exactly_and_resets_the_rest(data, times):
    leaves = [Value(x) for x in data.draw(st.lists(SMALL, min_size=1, max_size=4))]
    root = random_graph(data, leaves, data.draw(st.integers(1, 12)))[-1]
    root.backward()
    order = graph.topological_order([root])
    once = [node.grad for node in order]
    expected = list(once)
    for _ in range(times - 1):
        root.backward()
        expected = [e + o if node.primitive is None else o for node, e, o in zip(order, expected, once, strict=True)]
    assert [bits(node.grad) for node in order] == [bits(x) for x in expected]


@given(data=st.data())
def test_p4_the_same_program_gives_the_same_bits(data):
    xs = data.draw(st.lists(SMALL, min_size=2, max_size=4))
    steps = data.draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), max_size=15))

    def run():
        leaves = [Value(x) for x in xs]
        nodes = list(leaves)
        for i, j, product in steps:
            a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
            nodes.append(autograd.sin(a * b) if product else autograd.fsum([a, b, 0.1 * a]))
        backward(nodes)
        return [bits(leaf.grad) for leaf in leaves]

    assert run() == run()


@given(xs=st.lists(st.floats(1e-3, 4.0), min_size=1, max_size=5), seed=st.sampled_from([0.0, 1.0, -2.0, 0.5, 1024.0]))
def test_p4_a_seed_scales_every_gradient(xs, seed):
    leaves = [Value(x) for x in xs]
    root = sum(autograd.tanh(x) * x for x in leaves)
    root.backward()
    once = [leaf.grad for leaf in leaves]
    root.zero_grad()
    root.backward(seed)
    assert [leaf.grad for leaf in leaves] == [seed * x for x in once]  # a power of two scales without rounding


def test_p4_several_losses_are_one_backward():
    x = Value(3.0)
    losses = [x * x, x * 5.0]
    autograd.backward(losses)
    together = x.grad
    x.zero_grad()
    for loss in losses:
        loss.backward()
    assert x.grad == together == 11.0


def test_p4_zero_grad_reaches_everything_below():
    x, y = Value(1.0), Value(2.0)
    z = autograd.exp(x * y)
    z.backward()
    z.zero_grad()
    assert {node.grad for node in graph.topological_order([z])} == {0.0}


# ---------------------------------------------------------------------------------------------- P5


@pytest.mark.parametrize("bad", ["3", "", b"3", None, 1j, 1 + 0j, [1.0], (1.0,), {}, object(), float, math.sin])
def test_p5_a_value_of_what_is_no_real_number_is_refused(bad):
    with pytest.raises(TypeError, match="Value: expected a real number"):
        Value(bad)


@pytest.mark.parametrize("convert", [float, int, complex, *(getattr(math, name) for name in UNARY_MATH)])
def test_p5_math_and_conversions_refuse_a_value_and_name_the_remedy(convert):
    if convert in (math.floor, math.ceil, math.trunc):
        assert type(convert(Value(0.5))) is int  # asked for a whole number, whose derivative is zero anyway
        return
    with pytest.raises(TypeError, match=r"v\.data.*autograd\.sin"):
        convert(Value(0.5))


@pytest.mark.parametrize("name", sorted(QUESTIONS))
@pytest.mark.parametrize("x", [0.5, -0.0, math.inf, -math.inf, math.nan])
def test_p5_questions_are_answered_for_the_number_of_a_value(name, x):
    others = [1.0] * (name == "isclose")
    answer = getattr(autograd, name)(Value(x), *others)
    assert answer is getattr(math, name)(x, *others)
    assert getattr(autograd, name)(x, *others) is answer


@pytest.mark.parametrize("name", BOTH_MATH)
def test_p5_no_function_of_math_that_is_ours_gives_a_plain_float_for_a_value(name):
    one, two = Value(0.5), Value(2.0)
    shapes = {
        "dist": ([one], [two]),
        "fsum": ([one],),
        "ldexp": (one, 2),
        "prod": ([one, two],),
        "sumprod": ([one], [two]),
        "fma": (one, two, one),
        "acosh": (two,),
    }
    operands = shapes.get(name, (one, two) if name in BINARY_MATH else (one,))
    found = getattr(autograd, name)(*operands)
    assert isinstance(found[0] if isinstance(found, tuple) else found, Value)


def test_p5_a_constant_is_not_a_parent_and_a_plain_call_is_plain():
    assert type(autograd.sin(0.5)) is float
    assert type(autograd.maximum(1.0, 2)) in (float, int)
    y = Value(2.0) * 3.0
    assert len(y.parents) == 1
    assert y.operands[1] == 3.0


# ---------------------------------------------------------------------------------------------- P6


def test_p6_a_deep_chain_lives_and_dies():
    x = y = Value(1.0)
    for _ in range(50_000):
        y = y * 1.0 + 0.0
    y.backward()
    assert x.grad == 1.0
    assert repr(y) == "Value(1.0, grad=1.0, op='add')"
    y.zero_grad()
    del y
    assert x.grad == 0.0


# ---------------------------------------------------------------------------------------------- P8


LIGHT = """
import sys
before = set(sys.modules)
import autograd
# what compiled code makes up has no file, and no spec
files = [name for name in set(sys.modules) - before if getattr(sys.modules[name], "__spec__", None)]
new = {name.partition(".")[0] for name in files} - {"autograd"}
print(sorted(name for name in new if name not in sys.stdlib_module_names))
print(sorted(new & {"asyncio", "ctypes", "inspect", "decimal", "multiprocessing", "tkinter", "unittest", "json"}))
"""


def fresh(source, *options):
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", source],
        env={**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_p8_import_needs_the_standard_library_only():
    assert fresh(LIGHT).splitlines()[0] == "[]"


def test_p8_import_works_where_nothing_else_is_installed():
    source = f"import sys; sys.path.insert(0, {str(Path(autograd.__file__).parents[1])!r}); import autograd; "
    source += "x = autograd.Value(3.0); (x * x).backward(); print(x.grad)"
    assert fresh(source, "-S", "-E", "-s") == "6.0\n"


def test_p8_no_heavy_module_of_the_standard_library_is_loaded():
    heavy = fresh(LIGHT).splitlines()[1]
    assert heavy in ("[]", "['inspect']")


def test_p8_what_is_imported_later_is_public_but_for_names_of_hips_autograd():
    others = set(autograd._LATER) - set(autograd.__all__)
    assert {"dict", "isinstance", "list", "tuple", "type"} <= others  # a star import must not bring these
    assert {autograd._LATER[name] for name in others} == {"builtins", "autograd.transforms.products"}
    assert all(hasattr(autograd, name) for name in others)


def test_p8_what_few_use_is_imported_when_it_is_first_asked_for():
    rooms = (
        "print(*sorted({n.split('.')[1] for n in sys.modules if n.startswith('autograd.') and sys.modules[n].__spec__"
    )
    rooms += ".name == n}))"
    source = (
        f"import sys, autograd; {rooms}; print('hashlib' in sys.modules, {{*autograd.__all__}} <= {{*dir(autograd)}})"
    )
    assert fresh(source).splitlines() == ["errors floats graph primitives tape transforms", "False True"]
    assert fresh("import autograd; print(autograd.grad(autograd.jit(lambda x: x * x))(3.0))") == "6.0\n"


def test_p8_everything_in_all_is_there():
    assert all(hasattr(autograd, name) for name in autograd.__all__)
    assert len(set(autograd.__all__)) == len(autograd.__all__)


def test_p8_a_missing_extra_names_what_to_install():
    with pytest.raises(ImportError, match=r"numpy.*pip install 'valuegrad\[train\]'"):
        raise autograd.MissingExtra("numpy", "train")
