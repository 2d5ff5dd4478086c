# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

import importlib
import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any, NoReturn, Self, SupportsIndex
from autograd.floats import native
from autograd.primitives import table
from autograd.primitives.operation import Carried, Operand
from autograd.primitives.primitive import ROWS, Primitive

def mixed(row: Primitive, x: object, y: object) -> Carried:
    'Return an operator applied to a carrier and something else; NotImplemented if that is not a number.'
def _method(row: Primitive) -> Callable[..., Any]:
    ...
def data_of(x: object) -> float:
    'Return the number of a carrier; x itself if it is none.'
class Carrier():
    'Base of what primitives apply to: `rank` says who wins where carriers meet, `apply` what applying means.'
    rank: int
    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Carried:
        'Return the primitive applied to operands of which at least one is of this carrier.'
    @classmethod
    def applied(cls, primitive: Primitive, operands: tuple[Any, ...], value: float) -> Carried:
        'Return the primitive applied to operands where its value on their numbers, which are floats, is known.'
    @property
    def data(self) -> float:
        'The number.'
    def item(self) -> float:
        'Return the number, as `.data`.'
    def detach(self) -> Any:
        'Return the number as a constant, as far as derivatives are concerned; see `stop_gradient`.'
    def __copy__(self) -> Self:
        ...
    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        ...
    def __hash__(self) -> int:
        ...
    def __eq__(self, other: object) -> bool:
        ...
    def __lt__(self, other: object) -> bool:
        ...
    def __le__(self, other: object) -> bool:
        ...
    def __gt__(self, other: object) -> bool:
        ...
    def __ge__(self, other: object) -> bool:
        ...
    def __bool__(self) -> bool:
        ...
    def __float__(self) -> NoReturn:
        ...
    def as_integer_ratio(self) -> NoReturn:
        'Raise TypeError: what the module `statistics` and Fraction ask for would lose the graph.'
    def __int__(self) -> NoReturn:
        ...
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        ...
    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        ...
    def __complex__(self) -> NoReturn:
        ...
    def __floor__(self) -> int:
        ...
    def __ceil__(self) -> int:
        ...
    def __trunc__(self) -> int:
        ...
    def __round__(self, digits: SupportsIndex | None=None) -> Carried:
        ...
    @overload
    def __add__(self, other: float | Self, /) -> Self: ...
    @overload
    def __add__(self, other: Operand, /) -> Any: ...
    @overload
    def __radd__(self, other: float | Self, /) -> Self: ...
    @overload
    def __radd__(self, other: Operand, /) -> Any: ...
    @overload
    def __sub__(self, other: float | Self, /) -> Self: ...
    @overload
    def __sub__(self, other: Operand, /) -> Any: ...
    @overload
    def __rsub__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rsub__(self, other: Operand, /) -> Any: ...
    @overload
    def __mul__(self, other: float | Self, /) -> Self: ...
    @overload
    def __mul__(self, other: Operand, /) -> Any: ...
    @overload
    def __rmul__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rmul__(self, other: Operand, /) -> Any: ...
    @overload
    def __truediv__(self, other: float | Self, /) -> Self: ...
    @overload
    def __truediv__(self, other: Operand, /) -> Any: ...
    @overload
    def __rtruediv__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rtruediv__(self, other: Operand, /) -> Any: ...
    @overload
    def __floordiv__(self, other: float | Self, /) -> Self: ...
    @overload
    def __floordiv__(self, other: Operand, /) -> Any: ...
    @overload
    def __rfloordiv__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rfloordiv__(self, other: Operand, /) -> Any: ...
    @overload
    def __mod__(self, other: float | Self, /) -> Self: ...
    @overload
    def __mod__(self, other: Operand, /) -> Any: ...
    @overload
    def __rmod__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rmod__(self, other: Operand, /) -> Any: ...
    @overload
    def __pow__(self, other: float | Self, /) -> Self: ...
    @overload
    def __pow__(self, other: Operand, /) -> Any: ...
    @overload
    def __rpow__(self, other: float | Self, /) -> Self: ...
    @overload
    def __rpow__(self, other: Operand, /) -> Any: ...
    def __neg__(self) -> Self:
        ...
    def __pos__(self) -> Self:
        ...
    def __abs__(self) -> Self:
        ...
    def exponent(self) -> int:
        'Return the e of `math.frexp`.'
    @overload
    def __divmod__(self, other: float | Self, /) -> tuple[Self, Self]: ...
    @overload
    def __divmod__(self, other: Operand, /) -> Any: ...
    @overload
    def __rdivmod__(self, other: float | Self, /) -> tuple[Self, Self]: ...
    @overload
    def __rdivmod__(self, other: Operand, /) -> Any: ...
    def conjugate(self) -> Self:
        'Return this: the conjugate of a real number, as NumPy asks for it.'
    def pow(self, y: Operand, /) -> Self: """Return autograd.pow of this."""
    def power(self, y: Operand, /) -> Self: """Return autograd.pow of this."""
    def sqrt(self, /) -> Self: """Return autograd.sqrt of this."""
    def cbrt(self, /) -> Self: """Return autograd.cbrt of this."""
    def exp(self, /) -> Self: """Return autograd.exp of this."""
    def exp2(self, /) -> Self: """Return autograd.exp2 of this."""
    def expm1(self, /) -> Self: """Return autograd.expm1 of this."""
    def log(self, /) -> Self: """Return autograd.log of this."""
    def log2(self, /) -> Self: """Return autograd.log2 of this."""
    def log10(self, /) -> Self: """Return autograd.log10 of this."""
    def log1p(self, /) -> Self: """Return autograd.log1p of this."""
    def xlogy(self, y: Operand, /) -> Self: """Return autograd.xlogy of this."""
    def xlog1py(self, y: Operand, /) -> Self: """Return autograd.xlog1py of this."""
    def entr(self, /) -> Self: """Return autograd.entr of this."""
    def sin(self, /) -> Self: """Return autograd.sin of this."""
    def cos(self, /) -> Self: """Return autograd.cos of this."""
    def tan(self, /) -> Self: """Return autograd.tan of this."""
    def asin(self, /) -> Self: """Return autograd.asin of this."""
    def arcsin(self, /) -> Self: """Return autograd.asin of this."""
    def acos(self, /) -> Self: """Return autograd.acos of this."""
    def arccos(self, /) -> Self: """Return autograd.acos of this."""
    def atan(self, /) -> Self: """Return autograd.atan of this."""
    def arctan(self, /) -> Self: """Return autograd.atan of this."""
    def sinh(self, /) -> Self: """Return autograd.sinh of this."""
    def cosh(self, /) -> Self: """Return autograd.cosh of this."""
    def tanh(self, /) -> Self: """Return autograd.tanh of this."""
    def asinh(self, /) -> Self: """Return autograd.asinh of this."""
    def arcsinh(self, /) -> Self: """Return autograd.asinh of this."""
    def acosh(self, /) -> Self: """Return autograd.acosh of this."""
    def arccosh(self, /) -> Self: """Return autograd.acosh of this."""
    def atanh(self, /) -> Self: """Return autograd.atanh of this."""
    def arctanh(self, /) -> Self: """Return autograd.atanh of this."""
    def atan2(self, x: Operand, /) -> Self: """Return autograd.atan2 of this."""
    def arctan2(self, x: Operand, /) -> Self: """Return autograd.atan2 of this."""
    def degrees(self, /) -> Self: """Return autograd.degrees of this."""
    def radians(self, /) -> Self: """Return autograd.radians of this."""
    def erf(self, /) -> Self: """Return autograd.erf of this."""
    def erfc(self, /) -> Self: """Return autograd.erfc of this."""
    def erfinv(self, /) -> Self: """Return autograd.erfinv of this."""
    def gamma(self, /) -> Self: """Return autograd.gamma of this."""
    def lgamma(self, /) -> Self: """Return autograd.lgamma of this."""
    def digamma(self, /) -> Self: """Return autograd.digamma of this."""
    def i0(self, /) -> Self: """Return autograd.i0 of this."""
    def sinc(self, /) -> Self: """Return autograd.sinc of this."""
    def norm_cdf(self, /) -> Self: """Return autograd.norm_cdf of this."""
    def norm_pdf(self, /) -> Self: """Return autograd.norm_pdf of this."""
    def sigmoid(self, /) -> Self: """Return autograd.sigmoid of this."""
    def logsigmoid(self, /) -> Self: """Return autograd.logsigmoid of this."""
    def softplus(self, /) -> Self: """Return autograd.softplus of this."""
    def silu(self, /) -> Self: """Return autograd.silu of this."""
    def gelu(self, /) -> Self: """Return autograd.gelu of this."""
    def gelu_tanh(self, /) -> Self: """Return autograd.gelu_tanh of this."""
    def relu(self, /) -> Self: """Return autograd.relu of this."""
    def selu(self, /) -> Self: """Return autograd.selu of this."""
    def hinge(self, label: Operand, /) -> Self: """Return autograd.hinge of this."""
    def binary_cross_entropy_with_logits(self, target: Operand, /) -> Self: """Return autograd.binary_cross_entropy_with_logits of this."""
    def ceil(self, /) -> Self: """Return autograd.ceil of this."""
    def floor(self, /) -> Self: """Return autograd.floor of this."""
    def trunc(self, /) -> Self: """Return autograd.trunc of this."""
    def rint(self, /) -> Self: """Return autograd.rint of this."""
    def fabs(self, /) -> Self: """Return autograd.fabs of this."""
    def copysign(self, y: Operand, /) -> Self: """Return autograd.copysign of this."""
    def fmod(self, y: Operand, /) -> Self: """Return autograd.fmod of this."""
    def remainder(self, y: Operand, /) -> Self: """Return autograd.remainder of this."""
    def modf_frac(self, /) -> Self: """Return autograd.modf_frac of this."""
    def modf_int(self, /) -> Self: """Return autograd.modf_int of this."""
    def frexp_m(self, /) -> Self: """Return autograd.frexp_m of this."""
    def ldexp(self, i: Operand, /) -> Self: """Return autograd.ldexp of this."""
    def sign(self, /) -> Self: """Return autograd.sign of this."""
    def step(self, /) -> Self: """Return autograd.step of this."""
    def fma(self, y: Operand, a: Operand, /) -> Self: """Return autograd.fma of this."""
    def clamp(self, low: Operand, high: Operand, /) -> Self: """Return autograd.clamp of this."""
    def hypot(self, *others: Operand) -> Self: """Return autograd.hypot of this."""
    def maximum(self, *others: Operand) -> Self: """Return autograd.maximum of this."""
    def minimum(self, *others: Operand) -> Self: """Return autograd.minimum of this."""
Number = float | Carrier
