# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from autograd.graph.value import Value
import math
import operator
from collections.abc import Callable
from typing import Any
from autograd.floats import elementary, partials, special
from autograd.floats import nary as of_many
from autograd.floats.ieee import INF, NAN, divide
from autograd.floats.ieee import power as total_power
from autograd.floats.special import pole
from autograd.primitives.domains import ABOVE_MINUS_ONE, FINITE, FROM_ONE, NO_GAMMA_POLE, NOT_NEGATIVE, NOT_ZERO, OPEN_UNIT, POSITIVE, REALS, UNIT, Interval
from autograd.primitives.operation import Carried
from autograd.primitives.primitive import Kink, Primitive, Rule

class Unary(Primitive):
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: float | Value, /) -> Value: ...
    @overload
    def __call__(self, x: Operand, /) -> Any: ...

class Binary(Primitive):
    @overload
    def __call__(self, x: float, y: float, /) -> float: ...
    @overload
    def __call__(self, x: float | Value, y: float | Value, /) -> Value: ...
    @overload
    def __call__(self, x: Operand, y: Operand, /) -> Any: ...

class Ternary(Primitive):
    @overload
    def __call__(self, x: float, y: float, z: float, /) -> float: ...
    @overload
    def __call__(self, x: float | Value, y: float | Value, z: float | Value, /) -> Value: ...
    @overload
    def __call__(self, x: Operand, y: Operand, z: Operand, /) -> Any: ...

class Nary(Primitive):
    @overload
    def __call__(self, *xs: float) -> float: ...
    @overload
    def __call__(self, *xs: float | Value) -> Value: ...
    @overload
    def __call__(self, *xs: Operand) -> Any: ...

LN2: float
LOG2_E: float
LOG10_E: float
DEGREE: float
RADIAN: float
AT_ZERO: Kink
AT_INTEGERS: Kink
AT_HALVES: Kink
AT_TIES: Kink
AT_LOW_TIES: Kink
AT_ORIGIN: Kink
AT_QUOTIENT: Kink
def unary(name: str, value: Callable[..., float], rule: Rule, domain: Interval=REALS, **more: Any) -> Primitive:
    'Return a row of one operand.'
def binary(name: str, value: Callable[..., float], left: Rule | None, right: Rule | None, **more: Any) -> Primitive:
    'Return a row of two operands.'
def nary(name: str, value: Callable[..., float], gradient: Rule, **more: Any) -> Primitive:
    'Return a row of any number of operands; its one rule gives all partials.'
def facts(row: Primitive, **columns: Any) -> None:
    'State what else is known of a row, in columns that are too long for its line.'
def unsigned(x: Carried) -> Carried:
    'Return x, with +0.0 for -0.0, so that what is divided by it has one limit.'
def flat(x: Carried) -> Carried:
    'Return 0.0, the derivative of what is constant around x; NaN for NaN.'
def signed_overflow(x: float, *_: float) -> float:
    ...
def logarithm_limit(x: float, *_: float) -> float:
    ...
def gamma_limit(x: float) -> float:
    ...
def log1p_limit(x: float) -> float:
    ...
def atanh_limit(x: float) -> float:
    ...
def rounding_limit(x: float) -> float:
    ...
def in_one_pass(numbers: Callable[[Carried, Carried], Carried], piece: Callable[..., Carried]) -> Rule:
    'Return a gradient rule: all partials at once on plain numbers, else one application of `piece` for each.'
def without(xs: Carried, i: int) -> Carried:
    ...
def hypot_on_numbers(z: float, xs: Carried) -> list[float]:
    ...
def dist_gradient(z: Carried, *pq: Carried) -> list[Carried]:
    ...
def direction_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    "d(x_i / r) is minus the product of two directions over r, or for x_i itself the others' squares over r**3."
def softmax_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    'dp_i is p_i (1 - p_i) towards x_i, with 1 - p_i as the sum of the others, and -p_i p_j towards x_j.'
def log_softmax_gradient(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    ...
def product_slopes(z: Carried, i: int, *xs: Carried) -> list[Carried]:
    'The product of all but x_i, towards x_j: the product of all but these two.'
def gelu_tanh_curvature(x: Carried) -> Carried:
    "The second derivative of x * sigmoid(w): sigmoid'(w) (2 w' + x w'' - x w'**2 tanh(w / 2))."
add: Binary
sub: Binary
mul: Binary
truediv: Binary
floordiv: Binary
mod: Binary
neg: Unary
pos: Unary
absolute: Unary
power: Binary
pow: Binary
sqrt: Unary
cbrt: Unary
exp: Unary
exp2: Unary
expm1: Unary
log: Unary
log2: Unary
log10: Unary
log1p: Unary
log_base: Binary
xlogy: Binary
xlog1py: Binary
entr: Unary
sin: Unary
cos: Unary
tan: Unary
asin: Unary
acos: Unary
atan: Unary
sinh: Unary
cosh: Unary
tanh: Unary
asinh: Unary
acosh: Unary
atanh: Unary
atan2: Binary
degrees: Unary
radians: Unary
erf: Unary
erfc: Unary
erfinv: Unary
gamma: Unary
lgamma: Unary
digamma: Unary
polygamma: Nary
i0: Unary
bessel_i: Nary
sinc: Unary
norm_cdf: Unary
norm_pdf: Unary
sigmoid: Unary
logsigmoid: Unary
softplus: Unary
silu: Unary
gelu: Unary
gelu_tanh: Unary
relu: Unary
selu: Unary
elu: Binary
leaky_relu: Binary
hinge: Binary
huber: Binary
binary_cross_entropy_with_logits: Binary
ceil: Unary
floor: Unary
trunc: Unary
rint: Unary
round_to: Nary
fabs: Unary
copysign: Binary
fmod: Binary
remainder: Binary
modf_frac: Unary
modf_int: Unary
frexp_m: Unary
ldexp: Nary
sign: Unary
step: Unary
fma: Ternary
where: Nary
clamp: Ternary
fsum: Nary
prod: Nary
sumprod: Nary
hypot: Nary
dist: Nary
maximum: Nary
minimum: Nary
logsumexp: Nary
softmax_at: Nary
log_softmax_at: Nary
cosine_similarity: Nary
tanh_slope: Unary
sigmoid_slope: Unary
asin_slope: Unary
acosh_slope: Unary
asinh_slope: Unary
atan_slope: Unary
atanh_slope: Unary
cbrt_slope: Unary
erf_slope: Unary
erfinv_slope: Unary
entr_slope: Unary
frexp_slope: Unary
silu_slope: Unary
gelu_tanh_slope: Unary
below: Binary
absorb: Binary
times: Binary
ratio: Binary
log_present: Binary
log1p_present: Binary
atan2_slope: Binary
monomial: Nary
cross: Nary
clamp_weight: Nary
sinc_derivative: Nary
product_of_others: Nary
scaled_prod: Nary
sumtimes: Nary
cosine_derivative: Nary
direction: Nary
maximum_share: Nary
minimum_share: Nary
softmax_share: Nary
softmax_rest: Nary
