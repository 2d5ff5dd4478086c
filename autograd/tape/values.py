# cython: boundscheck=False, wraparound=False, cdivision=True
"""What the core computes of a row by itself, where nothing raises; whatever it does not know is asked of the row.

The branches are those of the hot rows and of whatever else is a function of C's or of elementary.py. This file is
compiled as value.py is; the pure core asks the rows alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.floats import elementary, native
from autograd.primitives import table
from autograd.primitives.operation import Doubles, Place, Row
from autograd.primitives.primitive import NUMBERED, ROWS

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

# fmt: off
# begin: written by `python -m autograd.primitives.write`
WRITTEN = """
    add sub mul truediv floordiv mod neg pos abs power pow sqrt cbrt exp exp2 expm1 log log2 log10 log1p log_base
    xlogy xlog1py entr sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 degrees radians erf erfc
    erfinv gamma lgamma digamma polygamma i0 bessel_i sinc norm_cdf norm_pdf sigmoid logsigmoid softplus silu gelu
    gelu_tanh relu selu elu leaky_relu hinge huber binary_cross_entropy_with_logits ceil floor trunc rint round_to
    fabs copysign fmod remainder modf_frac modf_int frexp_m ldexp sign step fma where clamp fsum prod sumprod hypot
    dist maximum minimum logsumexp softmax_at log_softmax_at cosine_similarity tanh_slope sigmoid_slope asin_slope
    acosh_slope asinh_slope atan_slope atanh_slope cbrt_slope erf_slope erfinv_slope entr_slope frexp_slope silu_slope
    gelu_tanh_slope below absorb times ratio log_present log1p_present atan2_slope monomial cross clamp_weight
    sinc_derivative product_of_others scaled_prod sumtimes cosine_derivative direction maximum_share minimum_share
    softmax_share softmax_rest
"""
# end of what is written
# fmt: on
_NAMES = WRITTEN.split()
_MOST = MOST = 1024  # rows that may have a branch
SUMS = {table.sumprod.number, table.sumtimes.number}  # of products
if not cython.compiled:
    _branches: Any = ()


def branch_of(row: int) -> int:
    """Return the number that a row had when the branches were written; -9 for no such row."""
    name = NUMBERED[row].name if row < len(NUMBERED) else ""
    return _NAMES.index(name) if name in _NAMES and ROWS[name].number == row else -9


_branches = native.ints(_branches, MOST)
for _row in range(MOST):
    _branches[_row] = branch_of(_row)


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Products:
    """Sums of products of cells: the places of those cells, one sum after the other, each behind how many it has."""

    def __init__(self) -> None:
        self.count = self.room = self.widest = 0
        if not cython.compiled:
            none: Any = ()
            self.places = self.pairs = none

    def add(self, places: list[Any]) -> int:
        """Append a sum, of so many cells with as many others; return where it begins."""
        start = self.count
        n = len(places)
        if start + n + 1 > self.room:
            self.room = 2 * (start + n + 1)
            self.places = native.ints(self.places, self.room)
        if n > self.widest:
            self.widest = n
            self.pairs = native.doubles(self.pairs, n)
        self.places[start] = n
        for i in range(n):
            self.places[start + 1 + i] = places[i]
        self.count = start + n + 1
        return start

    def value(self, start: Place, cells: Doubles) -> float:
        """Return a sum, rounded once; NaN where the last bit is in doubt."""
        n = self.places[start]
        for i in range(n):
            self.pairs[i] = cells[self.places[start + 1 + i]]
        return native.dot_of(self.pairs, n // 2)

    def __dealloc__(self) -> None:
        native.release(self.places)
        native.release(self.pairs)


def value_of(row: Row, x: float, y: float) -> float:
    """Return the value of a row of one or two operands by IEEE 754, to the bit of its `total`; it never raises.

    >>> from autograd.primitives import table
    >>> value_of(table.truediv.number, 1.0, -0.0), value_of(table.log.number, 0.0, 0.0)
    (-inf, -inf)
    """
    if not cython.compiled:
        return asked(row, x, y)
    branch = _branches[row] if row < _MOST else -9
    if branch == -1:  # with numbers as they are, this is a jump table in C
        return x
    # begin: written by `python -m autograd.primitives.write`
    if branch == 0:  # add
        return x + y
    if branch == 1:  # sub
        return x - y
    if branch == 2:  # mul
        return x * y
    if branch == 3:  # truediv
        return x / y
    if branch == 6:  # neg
        return -x
    if branch == 7:  # pos
        return x
    if branch == 8:  # abs
        return native.c_fabs(x)
    if branch == 9:  # power
        return native.c_pow(x, y)
    if branch == 10:  # pow
        return native.c_pow(x, y)
    if branch == 11:  # sqrt
        return native.c_sqrt(x)
    if branch == 13:  # exp
        return native.c_exp(x)
    if branch == 15:  # expm1
        return native.c_expm1(x)
    if branch == 16:  # log
        return native.c_log(x)
    if branch == 19:  # log1p
        return native.c_log1p(x)
    if branch == 24:  # sin
        return native.c_sin(x)
    if branch == 25:  # cos
        return native.c_cos(x)
    if branch == 26:  # tan
        return native.c_tan(x)
    if branch == 27:  # asin
        return native.c_asin(x)
    if branch == 28:  # acos
        return native.c_acos(x)
    if branch == 29:  # atan
        return native.c_atan(x)
    if branch == 30:  # sinh
        return native.c_sinh(x)
    if branch == 31:  # cosh
        return native.c_cosh(x)
    if branch == 32:  # tanh
        return native.c_tanh(x)
    if branch == 33:  # asinh
        return native.c_asinh(x)
    if branch == 34:  # acosh
        return native.c_acosh(x)
    if branch == 51:  # sigmoid
        return elementary.sigmoid(x)
    if branch == 53:  # softplus
        return elementary.softplus(x)
    if branch == 57:  # relu
        return elementary.relu(x)
    if branch == 69:  # fabs
        return native.c_fabs(x)
    if branch == 77:  # sign
        return elementary.sign(x)
    if branch == 78:  # step
        return elementary.step(x)
    if branch == 93:  # tanh_slope
        return elementary.tanh_slope(x)
    if branch == 94:  # sigmoid_slope
        return elementary.sigmoid_slope(x)
    if branch == 108:  # absorb
        return x if x == 0.0 else x * y
    if branch == 109:  # times
        return x * y + 0.0 if x != 0.0 and y != 0.0 else 0.0
    if branch == 110:  # ratio
        return 0.0 if x == 0.0 and y == 0.0 else x / y
    # end of what is written
    return asked(row, x, y)


def asked(row: Row, x: float, y: float) -> float:
    """Return what the row itself gives, which has one operand or two, neither of them a parameter."""
    primitive = NUMBERED[row]
    operands: list[Any] = [x, y]
    return float(primitive.total(*primitive.numbers(operands[: len(primitive.operand_names)])))
