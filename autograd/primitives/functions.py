"""The public functions that are more than a row of the table.

Most public functions are rows as they stand; those here give a row its call shape (sequences, defaults, two results).
On plain numbers each returns a plain number and raises as `math` does. `floor`, `ceil` and `trunc` of a Value are
Values (with derivative zero), while `math.floor(v)` is a plain int.
"""

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.primitives import table
from autograd.primitives.operation import Carried, Operand
from autograd.primitives.primitive import ROWS

_MISSING: Any = object()


def log(x: Operand, base: Operand = _MISSING) -> Carried:
    """Return the natural logarithm of x, or its logarithm to a base: log(x) / log(base), as `math.log`.

    Raises DomainError unless x > 0 (and base > 0), PoleError for base 1.

    >>> log(8.0, 2.0)
    3.0
    """
    return table.log(x) if base is _MISSING else table.log_base(x, base)


def modf(x: Operand) -> tuple[Carried, Carried]:
    """Return (fraction, integer part) of x, both with its sign, as `math.modf`.

    >>> modf(-2.5)
    (-0.5, -2.0)
    """
    return table.modf_frac(x), table.modf_int(x)


def frexp(x: Operand) -> tuple[Carried, int]:
    """Return (m, e) with x = m * 2**e and 0.5 <= |m| < 1, as `math.frexp`; e is a plain int."""
    return table.frexp_m(x), x.exponent() if hasattr(x, "exponent") else math.frexp(x)[1]


def ldexp(x: Operand, i: int) -> Carried:
    """Return x * 2**i, as `math.ldexp`; i is a plain int."""
    if not hasattr(i, "__index__"):
        raise TypeError(f"ldexp: i must be an int, not {type(i).__name__} {i!r}")
    return table.ldexp(x, operator.index(i))


def fsum(xs: Iterable[Operand]) -> Carried:
    """Return the sum of xs with a single rounding, as `math.fsum`; one node for any number of operands."""
    return table.fsum(*_listed("fsum", xs))


def prod(xs: Iterable[Operand]) -> Carried:
    """Return the product of xs, as `math.prod`; one node. Partials keep their digits where x / 0 would not."""
    return table.prod(*_listed("prod", xs))


def dist(p: Iterable[Operand], q: Iterable[Operand]) -> Carried:
    """Return the Euclidean distance of two points, as `math.dist`; one node. Raises ValueError if lengths differ."""
    p, q = _listed("dist", p), _listed("dist", q)
    if len(p) != len(q):
        raise ValueError(f"dist: the points have {len(p)} and {len(q)} coordinates; give as many in each")
    return table.dist(*p, *q)


def maximum(*xs: Operand) -> Carried:
    """Return the largest of the operands; one node. A tie splits the derivative evenly; NaN wins.

    The builtin `max` works on Values too, but picks one operand, and so one branch.
    """
    return table.maximum(*_some("maximum", xs))


def minimum(*xs: Operand) -> Carried:
    """Return the smallest of the operands; one node. A tie splits the derivative evenly; NaN wins."""
    return table.minimum(*_some("minimum", xs))


def clamp(x: Operand, low: Operand, high: Operand) -> Carried:
    """Return x moved into [low, high]. The derivative at a bound is 1, so that a parameter may leave it again.

    Raises DomainError where low exceeds high.
    """
    return table.clamp(x, low, high)


def where(condition: object, a: Operand, b: Operand) -> Carried:
    """Return a if the condition holds, else b. The other one gets a derivative of exactly 0.0, whatever it is.

    Both are computed before the choice, so a guard belongs inside: `where(x > 0, sqrt(maximum(x, 0.0)), 0.0)`.
    """
    return table.where(bool(condition), a, b)


def leaky_relu(x: Operand, negative_slope: Operand = 0.01) -> Carried:
    """Return x where positive, else negative_slope * x; the left slope at 0."""
    return table.leaky_relu(x, negative_slope)


def elu(x: Operand, alpha: Operand = 1.0) -> Carried:
    """Return x where positive, else alpha * expm1(x); the left slope at 0 (Clevert and others, 2016)."""
    return table.elu(x, alpha)


def gelu(x: Operand, approximate: str = "none") -> Carried:
    """Return x * norm_cdf(x), or with `approximate="tanh"` its approximation by a sigmoid (Hendrycks, Gimpel 2016)."""
    if approximate == "none":
        return table.gelu(x)
    if approximate == "tanh":
        return table.gelu_tanh(x)
    raise ValueError(f"gelu: approximate is {approximate!r}; use 'none' or 'tanh'")


def huber(residual: Operand, delta: Operand = 1.0) -> Carried:
    """Return residual**2 / 2 up to |residual| = delta, and delta * (|residual| - delta / 2) beyond (Huber 1964)."""
    return table.huber(residual, delta)


def polygamma(n: int, x: Operand) -> Carried:
    """Return the n-th derivative of digamma, n = 0, 1, ..., 170; raises ValueError for another n, and at the poles."""
    return table.polygamma(n, x)


def logaddexp(x: Operand, y: Operand) -> Carried:
    """Return log(exp(x) + exp(y)) without overflow."""
    return table.logsumexp(x, y)


def logsumexp(xs: Iterable[Operand]) -> Carried:
    """Return log of the sum of exponentials without overflow; one node. Its partials are the softmax."""
    return table.logsumexp(*_some("logsumexp", _listed("logsumexp", xs)))


def softmax(xs: Iterable[Operand]) -> list[Carried]:
    """Return the probabilities exp(x) / sum(exp(x)); one node each. Cost: O(n**2), as all partials are."""
    xs = _some("softmax", _listed("softmax", xs))
    return [table.softmax_at(i, *xs) for i in range(len(xs))]


def log_softmax(xs: Iterable[Operand]) -> list[Carried]:
    """Return the logarithms of the softmax probabilities; one node each. Cost: O(n**2)."""
    xs = _some("log_softmax", _listed("log_softmax", xs))
    return [table.log_softmax_at(i, *xs) for i in range(len(xs))]


def cross_entropy(logits: Sequence[Operand], target: int) -> Carried:
    """Return -log_softmax(logits)[target], the loss of a classifier that should have said class `target`.

    Raises TypeError unless target is an int (and not a bool), IndexError outside 0 .. len(logits) - 1.
    """
    logits = _some("cross_entropy", _listed("cross_entropy", logits))
    if isinstance(target, bool) or not hasattr(target, "__index__") or hasattr(target, "__len__"):
        remedy = "; of a one-hot target take the place of the 1" if hasattr(target, "__len__") else ""
        raise TypeError(f"cross_entropy: target must be an int, not {type(target).__name__} {target!r}{remedy}")
    if not 0 <= target < len(logits):
        raise IndexError(f"cross_entropy: target is {target}, outside 0 .. {len(logits) - 1}")
    return -table.log_softmax_at(int(target), *logits)


def cosine_similarity(u: Iterable[Operand], v: Iterable[Operand]) -> Carried:
    """Return u.v / (|u| |v|); one node. A zero vector has no direction: value and derivative are 0 by convention.

    Raises ValueError where the lengths differ.
    """
    u, v = tuple(u), tuple(v)
    if len(u) != len(v):
        raise ValueError(f"cosine_similarity: the vectors have {len(u)} and {len(v)} elements; give as many in each")
    return table.cosine_similarity(*_some("cosine_similarity", u), *v)


def isnan(x: Carried) -> bool:
    """Return whether a number is NaN, as `math.isnan`; a comparison, and so seen where a function is traced."""
    return bool(x != x)


def isinf(x: Carried) -> bool:
    """Return whether a number is infinite, as `math.isinf`; see `isnan`."""
    return bool(x == math.inf or x == -math.inf)


def isfinite(x: Carried) -> bool:
    """Return whether a number is neither infinite nor NaN, as `math.isfinite`; see `isnan`."""
    return bool(-math.inf < x < math.inf)


def isclose(a: Carried, b: Carried, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> bool:
    """Return whether two numbers are close, as `math.isclose`; see `isnan`."""
    if rel_tol < 0.0 or abs_tol < 0.0:
        raise ValueError("isclose: tolerances must not be negative")
    if not (isfinite(a) and isfinite(b)):
        return bool(a == b)
    difference = abs(a - b)
    return bool(a == b or difference <= rel_tol * abs(a) or difference <= rel_tol * abs(b) or difference <= abs_tol)


def _listed(name: str, xs: Iterable[Carried]) -> tuple[Any, ...]:
    """Return the numbers that were given, in a sequence, as a function of many takes them."""
    if not hasattr(type(xs), "__iter__") and not hasattr(type(xs), "__getitem__"):
        raise TypeError(f"{name}: expected a sequence of numbers, not {type(xs).__name__} {xs!r}; use {name}([x, y])")
    return tuple(xs)


def _some(name: str, xs: tuple[Operand, ...]) -> tuple[Operand, ...]:
    if not xs:
        raise ValueError(f"{name}: no operands; give at least one")
    return xs


def _public() -> dict[str, Callable[..., Any]]:
    """Return the public functions by name: those above, and the rows that need no other shape."""
    shaped = {name: x for name, x in globals().items() if getattr(x, "__module__", "") == __name__ and name[0] != "_"}
    rows = {row.public: row for row in ROWS.values() if row.public}
    for name in shaped.keys() & rows.keys():
        shaped[name].primitive = rows[name]
    return dict(sorted((rows | shaped).items()))


PUBLIC: dict[str, Callable[..., Any]] = _public()
