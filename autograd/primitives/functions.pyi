# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from autograd.graph.value import Value
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from autograd.primitives import table
from autograd.primitives.operation import Carried, Operand
from autograd.primitives.primitive import ROWS

_MISSING: Any
@overload
def log(x: float, base: float=_MISSING) -> float:
    'Return the natural logarithm of x, or its logarithm to a base: log(x) / log(base), as `math.log`.\n\n    Raises DomainError unless x > 0 (and base > 0), PoleError for base 1.\n\n    >>> log(8.0, 2.0)\n    3.0\n    '
@overload
def log(x: float | Value, base: float | Value=_MISSING) -> Value:
    'Return the natural logarithm of x, or its logarithm to a base: log(x) / log(base), as `math.log`.\n\n    Raises DomainError unless x > 0 (and base > 0), PoleError for base 1.\n\n    >>> log(8.0, 2.0)\n    3.0\n    '
@overload
def log(x: Operand, base: Operand=_MISSING) -> Any:
    'Return the natural logarithm of x, or its logarithm to a base: log(x) / log(base), as `math.log`.\n\n    Raises DomainError unless x > 0 (and base > 0), PoleError for base 1.\n\n    >>> log(8.0, 2.0)\n    3.0\n    '
@overload
def modf(x: float) -> tuple[float, float]:
    'Return (fraction, integer part) of x, both with its sign, as `math.modf`.\n\n    >>> modf(-2.5)\n    (-0.5, -2.0)\n    '
@overload
def modf(x: float | Value) -> tuple[Value, Value]:
    'Return (fraction, integer part) of x, both with its sign, as `math.modf`.\n\n    >>> modf(-2.5)\n    (-0.5, -2.0)\n    '
@overload
def modf(x: Operand) -> tuple[Any, Any]:
    'Return (fraction, integer part) of x, both with its sign, as `math.modf`.\n\n    >>> modf(-2.5)\n    (-0.5, -2.0)\n    '
@overload
def frexp(x: float) -> tuple[float, int]:
    'Return (m, e) with x = m * 2**e and 0.5 <= |m| < 1, as `math.frexp`; e is a plain int.'
@overload
def frexp(x: float | Value) -> tuple[Value, int]:
    'Return (m, e) with x = m * 2**e and 0.5 <= |m| < 1, as `math.frexp`; e is a plain int.'
@overload
def frexp(x: Operand) -> tuple[Any, int]:
    'Return (m, e) with x = m * 2**e and 0.5 <= |m| < 1, as `math.frexp`; e is a plain int.'
@overload
def ldexp(x: float, i: int) -> float:
    'Return x * 2**i, as `math.ldexp`; i is a plain int.'
@overload
def ldexp(x: float | Value, i: int) -> Value:
    'Return x * 2**i, as `math.ldexp`; i is a plain int.'
@overload
def ldexp(x: Operand, i: int) -> Any:
    'Return x * 2**i, as `math.ldexp`; i is a plain int.'
@overload
def fsum(xs: Iterable[float]) -> float:
    'Return the sum of xs with a single rounding, as `math.fsum`; one node for any number of operands.'
@overload
def fsum(xs: Iterable[float | Value]) -> Value:
    'Return the sum of xs with a single rounding, as `math.fsum`; one node for any number of operands.'
@overload
def fsum(xs: Iterable[Operand]) -> Any:
    'Return the sum of xs with a single rounding, as `math.fsum`; one node for any number of operands.'
@overload
def prod(xs: Iterable[float]) -> float:
    'Return the product of xs, as `math.prod`; one node. Partials keep their digits where x / 0 would not.'
@overload
def prod(xs: Iterable[float | Value]) -> Value:
    'Return the product of xs, as `math.prod`; one node. Partials keep their digits where x / 0 would not.'
@overload
def prod(xs: Iterable[Operand]) -> Any:
    'Return the product of xs, as `math.prod`; one node. Partials keep their digits where x / 0 would not.'
@overload
def dist(p: Iterable[float], q: Iterable[float]) -> float:
    'Return the Euclidean distance of two points, as `math.dist`; one node. Raises ValueError if lengths differ.'
@overload
def dist(p: Iterable[float | Value], q: Iterable[float | Value]) -> Value:
    'Return the Euclidean distance of two points, as `math.dist`; one node. Raises ValueError if lengths differ.'
@overload
def dist(p: Iterable[Operand], q: Iterable[Operand]) -> Any:
    'Return the Euclidean distance of two points, as `math.dist`; one node. Raises ValueError if lengths differ.'
@overload
def maximum(*xs: float) -> float:
    'Return the largest of the operands; one node. A tie splits the derivative evenly; NaN wins.\n\n    The builtin `max` works on Values too, but picks one operand, and so one branch.\n    '
@overload
def maximum(*xs: float | Value) -> Value:
    'Return the largest of the operands; one node. A tie splits the derivative evenly; NaN wins.\n\n    The builtin `max` works on Values too, but picks one operand, and so one branch.\n    '
@overload
def maximum(*xs: Operand) -> Any:
    'Return the largest of the operands; one node. A tie splits the derivative evenly; NaN wins.\n\n    The builtin `max` works on Values too, but picks one operand, and so one branch.\n    '
@overload
def minimum(*xs: float) -> float:
    'Return the smallest of the operands; one node. A tie splits the derivative evenly; NaN wins.'
@overload
def minimum(*xs: float | Value) -> Value:
    'Return the smallest of the operands; one node. A tie splits the derivative evenly; NaN wins.'
@overload
def minimum(*xs: Operand) -> Any:
    'Return the smallest of the operands; one node. A tie splits the derivative evenly; NaN wins.'
@overload
def clamp(x: float, low: float, high: float) -> float:
    'Return x moved into [low, high]. The derivative at a bound is 1, so that a parameter may leave it again.\n\n    Raises DomainError where low exceeds high.\n    '
@overload
def clamp(x: float | Value, low: float | Value, high: float | Value) -> Value:
    'Return x moved into [low, high]. The derivative at a bound is 1, so that a parameter may leave it again.\n\n    Raises DomainError where low exceeds high.\n    '
@overload
def clamp(x: Operand, low: Operand, high: Operand) -> Any:
    'Return x moved into [low, high]. The derivative at a bound is 1, so that a parameter may leave it again.\n\n    Raises DomainError where low exceeds high.\n    '
@overload
def where(condition: object, a: float, b: float) -> float:
    'Return a if the condition holds, else b. The other one gets a derivative of exactly 0.0, whatever it is.\n\n    Both are computed before the choice, so a guard belongs inside: `where(x > 0, sqrt(maximum(x, 0.0)), 0.0)`.\n    '
@overload
def where(condition: object, a: float | Value, b: float | Value) -> Value:
    'Return a if the condition holds, else b. The other one gets a derivative of exactly 0.0, whatever it is.\n\n    Both are computed before the choice, so a guard belongs inside: `where(x > 0, sqrt(maximum(x, 0.0)), 0.0)`.\n    '
@overload
def where(condition: object, a: Operand, b: Operand) -> Any:
    'Return a if the condition holds, else b. The other one gets a derivative of exactly 0.0, whatever it is.\n\n    Both are computed before the choice, so a guard belongs inside: `where(x > 0, sqrt(maximum(x, 0.0)), 0.0)`.\n    '
@overload
def leaky_relu(x: float, negative_slope: float=0.01) -> float:
    'Return x where positive, else negative_slope * x; the left slope at 0.'
@overload
def leaky_relu(x: float | Value, negative_slope: float | Value=0.01) -> Value:
    'Return x where positive, else negative_slope * x; the left slope at 0.'
@overload
def leaky_relu(x: Operand, negative_slope: Operand=0.01) -> Any:
    'Return x where positive, else negative_slope * x; the left slope at 0.'
@overload
def elu(x: float, alpha: float=1.0) -> float:
    'Return x where positive, else alpha * expm1(x); the left slope at 0 (Clevert and others, 2016).'
@overload
def elu(x: float | Value, alpha: float | Value=1.0) -> Value:
    'Return x where positive, else alpha * expm1(x); the left slope at 0 (Clevert and others, 2016).'
@overload
def elu(x: Operand, alpha: Operand=1.0) -> Any:
    'Return x where positive, else alpha * expm1(x); the left slope at 0 (Clevert and others, 2016).'
@overload
def gelu(x: float, approximate: str='none') -> float:
    'Return x * norm_cdf(x), or with `approximate="tanh"` its approximation by a sigmoid (Hendrycks, Gimpel 2016).'
@overload
def gelu(x: float | Value, approximate: str='none') -> Value:
    'Return x * norm_cdf(x), or with `approximate="tanh"` its approximation by a sigmoid (Hendrycks, Gimpel 2016).'
@overload
def gelu(x: Operand, approximate: str='none') -> Any:
    'Return x * norm_cdf(x), or with `approximate="tanh"` its approximation by a sigmoid (Hendrycks, Gimpel 2016).'
@overload
def huber(residual: float, delta: float=1.0) -> float:
    'Return residual**2 / 2 up to |residual| = delta, and delta * (|residual| - delta / 2) beyond (Huber 1964).'
@overload
def huber(residual: float | Value, delta: float | Value=1.0) -> Value:
    'Return residual**2 / 2 up to |residual| = delta, and delta * (|residual| - delta / 2) beyond (Huber 1964).'
@overload
def huber(residual: Operand, delta: Operand=1.0) -> Any:
    'Return residual**2 / 2 up to |residual| = delta, and delta * (|residual| - delta / 2) beyond (Huber 1964).'
@overload
def polygamma(n: int, x: float) -> float:
    'Return the n-th derivative of digamma, n = 0, 1, ..., 170; raises ValueError for another n, and at the poles.'
@overload
def polygamma(n: int, x: float | Value) -> Value:
    'Return the n-th derivative of digamma, n = 0, 1, ..., 170; raises ValueError for another n, and at the poles.'
@overload
def polygamma(n: int, x: Operand) -> Any:
    'Return the n-th derivative of digamma, n = 0, 1, ..., 170; raises ValueError for another n, and at the poles.'
@overload
def logaddexp(x: float, y: float) -> float:
    'Return log(exp(x) + exp(y)) without overflow.'
@overload
def logaddexp(x: float | Value, y: float | Value) -> Value:
    'Return log(exp(x) + exp(y)) without overflow.'
@overload
def logaddexp(x: Operand, y: Operand) -> Any:
    'Return log(exp(x) + exp(y)) without overflow.'
@overload
def logsumexp(xs: Iterable[float]) -> float:
    'Return log of the sum of exponentials without overflow; one node. Its partials are the softmax.'
@overload
def logsumexp(xs: Iterable[float | Value]) -> Value:
    'Return log of the sum of exponentials without overflow; one node. Its partials are the softmax.'
@overload
def logsumexp(xs: Iterable[Operand]) -> Any:
    'Return log of the sum of exponentials without overflow; one node. Its partials are the softmax.'
@overload
def softmax(xs: Iterable[float]) -> list[float]:
    'Return the probabilities exp(x) / sum(exp(x)); one node each. Cost: O(n**2), as all partials are.'
@overload
def softmax(xs: Iterable[float | Value]) -> list[Value]:
    'Return the probabilities exp(x) / sum(exp(x)); one node each. Cost: O(n**2), as all partials are.'
@overload
def softmax(xs: Iterable[Operand]) -> list[Any]:
    'Return the probabilities exp(x) / sum(exp(x)); one node each. Cost: O(n**2), as all partials are.'
@overload
def log_softmax(xs: Iterable[float]) -> list[float]:
    'Return the logarithms of the softmax probabilities; one node each. Cost: O(n**2).'
@overload
def log_softmax(xs: Iterable[float | Value]) -> list[Value]:
    'Return the logarithms of the softmax probabilities; one node each. Cost: O(n**2).'
@overload
def log_softmax(xs: Iterable[Operand]) -> list[Any]:
    'Return the logarithms of the softmax probabilities; one node each. Cost: O(n**2).'
@overload
def cross_entropy(logits: Sequence[float], target: int) -> float:
    'Return -log_softmax(logits)[target], the loss of a classifier that should have said class `target`.\n\n    Raises TypeError unless target is an int (and not a bool), IndexError outside 0 .. len(logits) - 1.\n    '
@overload
def cross_entropy(logits: Sequence[float | Value], target: int) -> Value:
    'Return -log_softmax(logits)[target], the loss of a classifier that should have said class `target`.\n\n    Raises TypeError unless target is an int (and not a bool), IndexError outside 0 .. len(logits) - 1.\n    '
@overload
def cross_entropy(logits: Sequence[Operand], target: int) -> Any:
    'Return -log_softmax(logits)[target], the loss of a classifier that should have said class `target`.\n\n    Raises TypeError unless target is an int (and not a bool), IndexError outside 0 .. len(logits) - 1.\n    '
@overload
def cosine_similarity(u: Iterable[float], v: Iterable[float]) -> float:
    'Return u.v / (|u| |v|); one node. A zero vector has no direction: value and derivative are 0 by convention.\n\n    Raises ValueError where the lengths differ.\n    '
@overload
def cosine_similarity(u: Iterable[float | Value], v: Iterable[float | Value]) -> Value:
    'Return u.v / (|u| |v|); one node. A zero vector has no direction: value and derivative are 0 by convention.\n\n    Raises ValueError where the lengths differ.\n    '
@overload
def cosine_similarity(u: Iterable[Operand], v: Iterable[Operand]) -> Any:
    'Return u.v / (|u| |v|); one node. A zero vector has no direction: value and derivative are 0 by convention.\n\n    Raises ValueError where the lengths differ.\n    '
def isnan(x: Carried) -> bool:
    'Return whether a number is NaN, as `math.isnan`; a comparison, and so seen where a function is traced.'
def isinf(x: Carried) -> bool:
    'Return whether a number is infinite, as `math.isinf`; see `isnan`.'
def isfinite(x: Carried) -> bool:
    'Return whether a number is neither infinite nor NaN, as `math.isfinite`; see `isnan`.'
def isclose(a: Carried, b: Carried, *, rel_tol: float=1e-09, abs_tol: float=0.0) -> bool:
    'Return whether two numbers are close, as `math.isclose`; see `isnan`.'
def _listed(name: str, xs: Iterable[Carried]) -> tuple[Any, ...]:
    'Return the numbers that were given, in a sequence, as a function of many takes them.'
def _some(name: str, xs: tuple[Operand, ...]) -> tuple[Operand, ...]:
    ...
def _public() -> dict[str, Callable[..., Any]]:
    'Return the public functions by name: those above, and the rows that need no other shape.'
PUBLIC: dict[str, Callable[..., Any]]
