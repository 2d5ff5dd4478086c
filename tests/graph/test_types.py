"""Wrong types are refused by name; numbers of other kinds are taken."""

import builtins
import decimal
import fractions
import itertools
import math
import operator
import pickle

import pytest

import autograd
from autograd import Value, no_grad
from autograd.primitives import primitive

from ..tools.common import COMPARISONS, OPERATORS


# -------------------------------------------------------------------------------------- wrong types
class Impostor:
    """Not a number, whatever it looks like."""

    data = 1.0
    rank = 5

    def __float__(self):
        return 1.0


BAD = {
    "str": "2",
    "bytes": b"2",
    "None": None,
    "list": [2.0],
    "tuple": (2.0,),
    "dict": {},
    "set": {2.0},
    "complex": 2j,
    "complex real": 2 + 0j,
    "Decimal": decimal.Decimal(2),
    "object": object(),
    "type": float,
    "function": math.sin,
    "float in disguise": Impostor(),
    "Ellipsis": ...,
    "NotImplemented type": type(NotImplemented),
    "generator": (x for x in ()),
}
BAD_OPERANDS = pytest.mark.parametrize("bad", BAD.values(), ids=BAD)


@BAD_OPERANDS
@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("paused", [False, True], ids=["recording", "no_grad"])
def test_operators_refuse_what_is_no_number_on_both_sides(bad, name, paused):
    x = Value(2.0)
    with no_grad() if paused else memoryview(b""):
        with pytest.raises(TypeError):
            OPERATORS[name](x, bad)
        if name != "%" or not isinstance(bad, str | bytes):
            with pytest.raises(TypeError):
                OPERATORS[name](bad, x)
    x.backward()
    assert x.grad == 1.0


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_leave_the_other_operand_its_say(name):
    class Willing:
        def answer(self, other):
            return "mine"

        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __divmod__ = answer
        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rdivmod__ = answer

    assert OPERATORS[name](Value(2.0), Willing()) == "mine"
    assert OPERATORS[name](Willing(), Value(2.0)) == "mine"


@BAD_OPERANDS
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_refuse_what_is_no_number(bad, name):
    if isinstance(bad, decimal.Decimal):
        assert COMPARISONS[name](Value(2.0), bad) == COMPARISONS[name](2.0, bad)
        return
    with pytest.raises(TypeError):
        COMPARISONS[name](Value(2.0), bad)
    with pytest.raises(TypeError):
        COMPARISONS[name](bad, Value(2.0))


@BAD_OPERANDS
def test_the_constructor_and_the_attributes_refuse_what_is_no_number(bad):
    x = Value(2.0)
    with pytest.raises(TypeError, match=r"Value: expected a real number"):
        Value(bad)
    with pytest.raises(TypeError, match=r"Value.data: expected a real number"):
        x.data = bad
    with pytest.raises(TypeError, match=r"Value.grad: expected a real number"):
        x.grad = bad
    assert (x.data, x.grad) == (2.0, 0.0)


FUNCTIONS = sorted(name for name in set(autograd.__all__) & set(primitive.ROWS) if primitive.ROWS[name].partials)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_refuse_what_is_no_number_in_every_position(name):
    row, function = primitive.ROWS[name], getattr(autograd, name)
    for bad in BAD.values():
        for position, good in itertools.product(range(len(row.partials)), (0.5, Value(0.5))):
            operands = [good if row.differentiable(i) else 1 for i in range(len(row.partials))]
            operands[position] = bad
            if (name, position) != ("where", 0):  # a condition is true or false, whatever it is
                with pytest.raises(TypeError):
                    function(*operands)


@pytest.mark.parametrize("name", ["fsum", "prod", "logsumexp", "softmax", "log_softmax"])
@BAD_OPERANDS
def test_functions_of_a_sequence_refuse_what_is_no_number_in_it(name, bad):
    with pytest.raises(TypeError):
        getattr(autograd, name)([Value(1.0), bad])
    with pytest.raises(TypeError):
        getattr(autograd, name)([bad, 1.0])
    with pytest.raises(TypeError):
        getattr(autograd, name)(Value(1.0))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_refuse_a_wrong_number_of_operands(name):
    row, function = primitive.ROWS[name], getattr(autograd, name)
    if function is not row:
        pytest.skip("has a call shape of its own")
    for operand in (0.5, Value(0.5)):
        for count in {len(row.partials) + 1, len(row.partials) - 1}:
            with pytest.raises(TypeError):
                function(*[operand] * count)


def test_a_third_argument_of_pow_is_refused():
    with pytest.raises(TypeError):
        builtins.pow(Value(2.0), 2, 3)
    with pytest.raises(TypeError):
        builtins.pow(2, Value(2.0), 3)


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v @ v,
        lambda v: v << 1,
        lambda v: v & 1,
        lambda v: v | 1,
        lambda v: v ^ 1,
        lambda v: ~v,
        lambda v: v[0],
        lambda v: v(),
        lambda v: len(v),
        lambda v: iter(v),
        lambda v: [1, 2][v],
        lambda v: range(v),
        lambda v: operator.index(v),
        lambda v: "abc" * v,
        lambda v: bytes(v),
        lambda v: bytearray(v),
    ],
)
def test_what_a_float_cannot_do_a_value_cannot_do(use):
    for number in (2.0, Value(2.0)):
        with pytest.raises(TypeError):
            use(number)


@pytest.mark.parametrize("name", [3, b"x", ["x"], 1.0])
def test_a_name_must_be_text(name):
    with pytest.raises(TypeError, match="name must be a str"):
        Value(1.0, name)
    x = Value(1.0)
    with pytest.raises(TypeError, match="name must be a str"):
        x.name = name


def test_a_value_of_a_value_is_refused():
    with pytest.raises(TypeError, match="is a Value already"):
        Value(Value(1.0))
    with pytest.raises(TypeError):
        Value(1.0).data = Value(2.0)
    with pytest.raises(TypeError):
        Value(1.0).grad = Value(2.0)


def test_a_value_has_no_other_attributes():
    x = Value(1.0)
    with pytest.raises(AttributeError):
        x.gard = 1.0
    with pytest.raises(AttributeError):
        x.parents = ()
    with pytest.raises(AttributeError):
        x.op = "add"
    with pytest.raises(TypeError):
        vars(x)


def test_value_cannot_be_subclassed():
    """The engine recognises a Value by its exact class; a subclass would be a constant with a silent zero gradient."""
    with pytest.raises(TypeError):
        type("Mine", (Value,), {})


# -------------------------------------------------------------------------------------- numbers of other kinds
def test_bool_is_an_int_everywhere():
    assert Value(True) == 1.0
    assert type(Value(True).data) is float
    x = Value(2.0)
    for call in OPERATORS.values():
        assert call(x, True) == call(2.0, True)
        assert call(True, x) == call(True, 2.0)
    (x * True + False).backward(True)
    assert x.grad == 1.0
    assert autograd.fsum([True, x]) == 3.0
    assert autograd.maximum(True, x) == 2.0


HUGE = 10**400


def test_an_int_beyond_the_floats_overflows_as_float_does():
    x = Value(2.0)
    for call in (lambda: Value(HUGE), lambda: setattr(x, "data", -HUGE), lambda: x.backward(HUGE)):
        with pytest.raises(OverflowError):
            call()
    for name, call in OPERATORS.items():
        with pytest.raises(OverflowError):
            call(x, HUGE)
        with pytest.raises(OverflowError):
            call(HUGE, x)
        assert x == 2.0, name
    for call in (autograd.exp, autograd.sin, lambda n: autograd.hypot(n, x), lambda n: autograd.fsum([x, n])):
        with pytest.raises(OverflowError):
            call(HUGE)


def test_comparing_with_an_int_beyond_the_floats_is_exact():
    x = Value(2.0)
    assert x < HUGE
    assert x > -HUGE
    assert x != HUGE
    assert x <= HUGE
    assert not x >= HUGE
    assert x < HUGE
    assert Value(math.inf) > HUGE
    assert Value(2.0**53) != 2**53 + 1
    assert Value(2.0**53) < 2**53 + 1


def test_an_int_of_more_than_53_bits_is_rounded_to_even():
    assert Value(2**53 + 1).data == 2.0**53
    assert Value(2**53 + 3).data == 2.0**53 + 4.0
    assert (Value(0.0) + (2**53 + 1)).data == 2.0**53
    assert ((2**53 + 1) * Value(1.0)).data == 2.0**53


def test_fractions_are_real_numbers_and_rounded_once():
    third, x = fractions.Fraction(1, 3), Value(2.0)
    assert Value(third).data == 1 / 3
    for call in OPERATORS.values():
        assert call(x, third) == call(2.0, 1 / 3)
        assert call(third, x) == call(1 / 3, 2.0)
    assert type((x * third).operands[1]) is float


class Float(float):
    pass


class Int(int):
    pass


@pytest.mark.parametrize("kind", [Float, Int, type("Flag", (Int,), {"__slots__": ()})])
def test_subclasses_of_float_and_int_are_numbers(kind):
    x = Value(2.0)
    for call in OPERATORS.values():
        for found, expected in ((call(x, kind(3)), call(2.0, 3.0)), (call(kind(3), x), call(3.0, 2.0))):
            assert found == expected
    y = x * kind(3)
    assert type(y.operands[1]) is float
    assert type(Value(kind(3)).data) is float


UGLY = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("x", UGLY)
def test_nan_infinities_negative_zero_and_subnormals_are_kept(x):
    v = Value(x)
    assert math.copysign(1.0, v.data) == math.copysign(1.0, x)
    assert v.data == x or (x != x and v.data != v.data)
    again = pickle.loads(pickle.dumps(v))
    assert math.copysign(1.0, again.data) == math.copysign(1.0, x)
    y = +v
    y.backward(x)
    assert repr(y).startswith(f"Value({x!r}")
    assert v.grad == x or x != x


def test_nan_is_ordered_with_nothing():
    nan = Value(math.nan)
    for other in (nan, 1.0, Value(1.0), math.nan, math.inf):
        assert not nan < other
        assert not nan <= other
        assert not nan > other
        assert not nan >= other
        assert (nan == other) is False
        assert (nan != other) is True
    assert bool(nan)


def test_nan_reaches_what_depends_on_it_and_nothing_else():
    x, nan = Value(2.0), Value(math.nan)
    y = autograd.where(x > 0.0, x * 3.0, nan * x)
    y.backward()
    assert (x.grad, nan.grad) == (3.0, 0.0)
    x.zero_grad()
    (x * nan).backward()
    assert math.isnan(x.grad)
    assert nan.grad == 2.0
