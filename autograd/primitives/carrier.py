"""`Carrier`: Python's operators and the functions of the table, as methods of whatever primitives apply to.

A `Value` is a carrier. Every method applies a row, so a carrier says once, in `apply`, what applying a primitive means.
The methods have NumPy's names too (`arcsin` beside `asin`), because that is how NumPy calls the elements of object
arrays: `np.arcsin(array_of_values)` works.
"""

from __future__ import annotations

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
    """Return an operator applied to a carrier and something else; NotImplemented if that is not a number."""
    for operand in (x, y):  # a scalar of NumPy, or an array without dimensions, is a number in a box
        known = isinstance(operand, Carrier) or isinstance(operand, Real)  # noqa: SIM101  # Cython checks no tuple
        if not known and getattr(operand, "shape", None) != ():
            return NotImplemented
    return row(x, y)


def _method(row: Primitive) -> Callable[..., Any]:
    def unary(self: Carrier) -> Carried:
        return self.apply(row, (self,))

    def method(self: Carrier, *others: Operand) -> Carried:
        return row(self, *others)

    found = unary if len(row.partials) == 1 else method
    found.__name__, found.__doc__ = row.method or row.name, f"Return autograd.{row.name} of this."
    return found


def data_of(x: object) -> float:
    """Return the number of a carrier; x itself if it is none."""
    return x.data if isinstance(x, Carrier) else x  # type: ignore[return-value]  # whatever it is, Python compares it


class Carrier:
    """Base of what primitives apply to: `rank` says who wins where carriers meet, `apply` what applying means."""

    __slots__ = ()
    rank = 0

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Carried:
        """Return the primitive applied to operands of which at least one is of this carrier."""
        raise NotImplementedError

    @classmethod
    def applied(cls, primitive: Primitive, operands: tuple[Any, ...], value: float) -> Carried:
        """Return the primitive applied to operands where its value on their numbers, which are floats, is known."""
        return cls.apply(primitive, operands)

    @property
    def data(self) -> float:
        """The number."""
        raise NotImplementedError

    def item(self) -> float:
        """Return the number, as `.data`."""
        return self.data

    def detach(self) -> Any:
        """Return the number as a constant, as far as derivatives are concerned; see `stop_gradient`."""
        return importlib.import_module("autograd.transforms.custom").stopped(self)

    def __copy__(self) -> Self:
        return self  # it does not change

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    # Comparisons compare numbers; the hash is that of the object.

    def __hash__(self) -> int:
        return id(self) >> 4

    def __eq__(self, other: object) -> bool:
        return self.data == data_of(other)

    def __lt__(self, other: object) -> bool:
        return self.data < data_of(other)

    def __le__(self, other: object) -> bool:
        return self.data <= data_of(other)

    def __gt__(self, other: object) -> bool:
        return self.data > data_of(other)

    def __ge__(self, other: object) -> bool:
        return self.data >= data_of(other)

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> NoReturn:
        raise TypeError(
            "a Value or a traced number does not turn into a float, because the graph would be lost; "
            "use v.data for the number, or the function of autograd (autograd.sin(v), not math.sin(v); autograd.isnan, "
            "isinf, isfinite, isclose, fsum, hypot too; np.mean of autograd.array(xs), not statistics.mean); for an "
            "array to put it into use np.zeros_like(x) or autograd.array(...)"
        )

    def as_integer_ratio(self) -> NoReturn:
        """Raise TypeError: what the module `statistics` and Fraction ask for would lose the graph."""
        self.__float__()

    def __int__(self) -> NoReturn:
        self.__float__()

    # NumPy asks these two what its functions mean on numbers that remember (NEP 13 and 18).

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return importlib.import_module("autograd.arrays.ufuncs").apply(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return importlib.import_module("autograd.arrays.dispatch").apply(function, types, args, kwargs)

    def __complex__(self) -> NoReturn:
        self.__float__()

    # The dunders below return plain whole numbers: their derivative is zero wherever it exists.

    def __floor__(self) -> int:
        return math.floor(self.data)

    def __ceil__(self) -> int:
        return math.ceil(self.data)

    def __trunc__(self) -> int:
        return math.trunc(self.data)

    def __round__(self, digits: SupportsIndex | None = None) -> Carried:
        return round(self.data) if digits is None else self.apply(table.round_to, (self, operator.index(digits)))

    def __add__(self, other: object) -> Carried:
        return mixed(table.add, self, other)

    def __radd__(self, other: object) -> Carried:
        return mixed(table.add, other, self)

    def __sub__(self, other: object) -> Carried:
        return mixed(table.sub, self, other)

    def __rsub__(self, other: object) -> Carried:
        return mixed(table.sub, other, self)

    def __mul__(self, other: object) -> Carried:
        return mixed(table.mul, self, other)

    def __rmul__(self, other: object) -> Carried:
        return mixed(table.mul, other, self)

    def __truediv__(self, other: object) -> Carried:
        return mixed(table.truediv, self, other)

    def __rtruediv__(self, other: object) -> Carried:
        return mixed(table.truediv, other, self)

    def __floordiv__(self, other: object) -> Carried:
        return mixed(table.floordiv, self, other)

    def __rfloordiv__(self, other: object) -> Carried:
        return mixed(table.floordiv, other, self)

    def __mod__(self, other: object) -> Carried:
        return mixed(table.mod, self, other)

    def __rmod__(self, other: object) -> Carried:
        return mixed(table.mod, other, self)

    def __pow__(self, other: object) -> Carried:
        return mixed(table.power, self, other)

    def __rpow__(self, other: object) -> Carried:
        return mixed(table.power, other, self)

    def __neg__(self) -> Carried:
        return self.apply(table.neg, (self,))

    def __pos__(self) -> Carried:
        return self.apply(table.pos, (self,))

    def __abs__(self) -> Carried:
        return self.apply(table.absolute, (self,))

    # fmt: off
    # begin: written by `python -m autograd.primitives.write`
    pow = power = _method(table.pow)
    sqrt = _method(table.sqrt)
    cbrt = _method(table.cbrt)
    exp = _method(table.exp)
    exp2 = _method(table.exp2)
    expm1 = _method(table.expm1)
    log = _method(table.log)
    log2 = _method(table.log2)
    log10 = _method(table.log10)
    log1p = _method(table.log1p)
    xlogy = _method(table.xlogy)
    xlog1py = _method(table.xlog1py)
    entr = _method(table.entr)
    sin = _method(table.sin)
    cos = _method(table.cos)
    tan = _method(table.tan)
    asin = arcsin = _method(table.asin)
    acos = arccos = _method(table.acos)
    atan = arctan = _method(table.atan)
    sinh = _method(table.sinh)
    cosh = _method(table.cosh)
    tanh = _method(table.tanh)
    asinh = arcsinh = _method(table.asinh)
    acosh = arccosh = _method(table.acosh)
    atanh = arctanh = _method(table.atanh)
    atan2 = arctan2 = _method(table.atan2)
    degrees = _method(table.degrees)
    radians = _method(table.radians)
    erf = _method(table.erf)
    erfc = _method(table.erfc)
    erfinv = _method(table.erfinv)
    gamma = _method(table.gamma)
    lgamma = _method(table.lgamma)
    digamma = _method(table.digamma)
    i0 = _method(table.i0)
    sinc = _method(table.sinc)
    norm_cdf = _method(table.norm_cdf)
    norm_pdf = _method(table.norm_pdf)
    sigmoid = _method(table.sigmoid)
    logsigmoid = _method(table.logsigmoid)
    softplus = _method(table.softplus)
    silu = _method(table.silu)
    gelu = _method(table.gelu)
    gelu_tanh = _method(table.gelu_tanh)
    relu = _method(table.relu)
    selu = _method(table.selu)
    hinge = _method(table.hinge)
    binary_cross_entropy_with_logits = _method(table.binary_cross_entropy_with_logits)
    ceil = _method(table.ceil)
    floor = _method(table.floor)
    trunc = _method(table.trunc)
    rint = _method(table.rint)
    fabs = _method(table.fabs)
    copysign = _method(table.copysign)
    fmod = _method(table.fmod)
    remainder = _method(table.remainder)
    modf_frac = _method(table.modf_frac)
    modf_int = _method(table.modf_int)
    frexp_m = _method(table.frexp_m)
    ldexp = _method(table.ldexp)
    sign = _method(table.sign)
    step = _method(table.step)
    fma = _method(table.fma)
    clamp = _method(table.clamp)
    hypot = _method(table.hypot)
    maximum = _method(table.maximum)
    minimum = _method(table.minimum)
    # end of what is written
    # fmt: on

    def exponent(self) -> int:
        """Return the e of `math.frexp`."""
        return math.frexp(self.data)[1]

    def __divmod__(self, other: object) -> Carried:
        quotient = self.__floordiv__(other)
        return quotient if quotient is NotImplemented else (quotient, self.__mod__(other))

    def __rdivmod__(self, other: object) -> Carried:
        quotient = self.__rfloordiv__(other)
        return quotient if quotient is NotImplemented else (quotient, self.__rmod__(other))

    def conjugate(self) -> Self:
        """Return this: the conjugate of a real number, as NumPy asks for it."""
        return self


Number = float | Carrier  # what primitives apply to: a plain number, a Value, a traced number, ...


for _row in ROWS.values():  # a row that was added since the methods above were written has its own all the same
    for _name in _row.method_names():
        if _name not in vars(Carrier):
            native.attach(Carrier, _name, _method(_row))
