"""SciPy's special functions: its own on plain numbers, rows of the table on numbers that remember."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays.array import made, objects, remembers
from autograd.arrays.ufuncs import along, each
from autograd.errors import MissingExtra
from autograd.primitives import table
from autograd.primitives.operation import Axis, Numbers
from autograd.primitives.primitive import Primitive, Rule

try:
    from scipy import special as _special
except ImportError:
    raise MissingExtra("scipy", "sparse") from None


def _row(name: str, *rules: Rule | None) -> Primitive:
    """Return a primitive whose value is SciPy's; a rule is None where SciPy knows no derivative."""
    function = getattr(_special, name)
    names = ("n", "x") if len(rules) == 2 else ("a", "b", "x") if len(rules) == 3 else ("x",)
    return Primitive(name, lambda *xs: float(function(*xs)), rules, operand_names=names, home=__name__)


def _first(z: Numbers, a: Numbers, x: Numbers) -> Numbers:
    return table.exp((a - 1.0) * table.log(x) - x - table.lgamma(a))


def _share(z: Numbers, a: Numbers, b: Numbers, x: Numbers) -> Numbers:
    whole = table.lgamma(a) + table.lgamma(b) - table.lgamma(a + b)
    return table.exp((a - 1.0) * table.log(x) + (b - 1.0) * table.log1p(-x) - whole)


# fmt: off
_ROWS: dict[str, Primitive] = {
    "j0":        _row("j0",        lambda z, x: -_ROWS["j1"](x)),
    "j1":        _row("j1",        lambda z, x: 0.5 * (_ROWS["j0"](x) - _ROWS["jn"](2, x))),
    "jn":        _row("jn",        None, lambda z, n, x: 0.5 * (_ROWS["jn"](n - 1, x) - _ROWS["jn"](n + 1, x))),
    "y0":        _row("y0",        lambda z, x: -_ROWS["y1"](x)),
    "y1":        _row("y1",        lambda z, x: 0.5 * (_ROWS["y0"](x) - _ROWS["yn"](2, x))),
    "yn":        _row("yn",        None, lambda z, n, x: 0.5 * (_ROWS["yn"](n - 1, x) - _ROWS["yn"](n + 1, x))),
    "iv":        _row("iv",        None, lambda z, n, x: 0.5 * (_ROWS["iv"](n - 1, x) + _ROWS["iv"](n + 1, x))),
    "ive":       _row("ive",       None, lambda z, n, x: z * (n / x - table.sign(x)) + _ROWS["ive"](n + 1, x)),
    "gammainc":  _row("gammainc",  None, _first),
    "gammaincc": _row("gammaincc", None, lambda z, a, x: -_first(z, a, x)),
    "betainc":   _row("betainc",   None, None, _share),
    "erfcinv":   _row("erfcinv",   lambda z, x: -0.5 * math.sqrt(math.pi) * table.exp(z * z)),
    "rgamma":    _row("rgamma",    lambda z, x: -z * table.digamma(x)),
    "gammasgn":  _row("gammasgn",  lambda z, x: 0.0),
    "polygamma": table.polygamma,
}
# fmt: on


def _applied(name: str) -> Callable[..., Any]:
    """Return a function of numbers and arrays: SciPy's on plain ones."""
    function = getattr(_special, name)

    @functools.wraps(function)
    def apply(*operands: Numbers) -> Numbers:
        return made(each(_ROWS[name], *operands)[()]) if remembers(*operands) else function(*operands)

    return apply


globals().update({name: _applied(name) for name in _ROWS})


def logsumexp(
    a: Numbers, axis: Axis = None, b: Numbers = None, keepdims: bool = False, return_sign: bool = False
) -> Numbers:
    """Return log(sum(b * exp(a))) over axes, without overflow."""
    if return_sign:
        raise TypeError("logsumexp: return_sign has no meaning here; leave it out")
    if not remembers(a, 1.0 if b is None else b):
        return _special.logsumexp(a, axis, b, keepdims)
    x = objects(a)
    if b is not None:
        x = x + objects(np.log(b))
    return along(lambda xs: table.logsumexp(*xs), x, axis, keepdims)


def multigammaln(a: Numbers, d: int) -> Numbers:
    """Return the logarithm of the multivariate gamma function of dimension d."""
    found = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        found = found + _special.gammaln(a - 0.5 * j)
    return found


digamma: Any = _special.psi


def __getattr__(name: str) -> Any:
    return getattr(_special, name)
