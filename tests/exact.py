"""Every row of the table in arbitrary precision, straight from the textbook: the truth that tests compare with.

Start at `EXACT`: the plain definition of each row on mpmath numbers, with no care for cancellation, because the
derivative is taken at hundreds of digits. The one surprise: `partial` needs no formula at all, it is a central
difference with a relative step of 1e-40, whose error is 1e-80.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

from autograd.special import SELU_ALPHA, SELU_SCALE


def digits(operands: Sequence[Any]) -> int:
    """Return how many digits a difference needs: cos(1e-300) is 1 - 5e-601, tanh(300) is 1 - 1e-260."""
    sizes = [abs(mpf(x)) for x in operands if x and mp.isfinite(x)]
    spread = max((abs(mp.log10(size)) for size in sizes), default=0)
    return 150 + int(2 * spread + max((min(size, 800) for size in sizes), default=0))


def halves(xs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def norm(xs: Sequence[Any]) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def softmax(i: int, *xs: Any) -> Any:
    return 1 / mp.fsum(mp.exp(x - xs[i]) for x in xs)


def cosine(*uv: Any) -> Any:
    u, v = halves(uv)
    return mp.fdot(u, v) / norm(u) / norm(v)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def gelu_tanh(x: Any) -> Any:
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3))


def sinc(x: Any) -> Any:
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mpf(1)


def sinc_derivative(n: int, x: Any) -> Any:
    if abs(x) < 1:
        terms = range(-(-n // 2), 150)
        return mp.fsum(
            (-1) ** k * mp.pi ** (2 * k) * x ** (2 * k - n) * mp.rf(2 * k - n + 1, n) / mp.factorial(2 * k + 1)
            for k in terms
        )
    value = sinc(x)
    for k in range(1, n + 1):
        value = (mp.sin(mp.pi * (x + mpf(k) / 2)) * mp.pi ** (k - 1) - k * value) / x
    return value


def slope(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the derivative of a function of one operand, by a central difference."""
    return lambda x: partial(function, (x,), 0)


def real_power(x: Any, y: Any) -> Any:
    if x < 0:
        return (-1) ** int(mp.nint(y)) * mp.power(-x, y)  # only reached with y near a whole number
    return mp.power(x, y)


EXACT: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "truediv": lambda x, y: x / y,
    "floordiv": lambda x, y: mp.floor(x / y),
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "abs": abs,
    "power": real_power,
    "pow": real_power,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": lambda x: mp.exp(x) - 1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "log_base": lambda x, base: mp.log(x) / mp.log(base),
    "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log(1 + y),
    "entr": lambda x: -x * mp.log(x),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "atan2": mp.atan2,
    "degrees": mp.degrees,
    "radians": mp.radians,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfinv": mp.erfinv,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x),
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "i0": lambda x: mp.besseli(0, x),
    "bessel_i": lambda n, x: mp.besseli(int(n), x),
    "sinc": sinc,
    "norm_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "norm_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "sigmoid": sigmoid,
    "logsigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": gelu_tanh,
    "relu": lambda x: max(x, mpf(0)),
    "selu": lambda x: mpf(SELU_SCALE) * (x if x > 0 else mpf(SELU_ALPHA) * (mp.exp(x) - 1)),
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "leaky_relu": lambda x, negative_slope: x if x > 0 else negative_slope * x,
    "hinge": lambda score, label: max(1 - label * score, mpf(0)),
    "huber": lambda r, delta: r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2),
    "binary_cross_entropy_with_logits": lambda x, t: (1 - t) * mp.log(1 + mp.exp(x)) + t * mp.log(1 + mp.exp(-x)),
    "ceil": mp.ceil,
    "floor": mp.floor,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "rint": mp.nint,
    "round_to": lambda x, digits: mp.nint(x * 10**digits) / 10**digits,
    "fabs": abs,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "remainder": lambda x, y: x - y * mp.nint(x / y),
    "modf_frac": lambda x: x - mp.sign(x) * mp.floor(abs(x)),
    "modf_int": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "frexp_m": lambda x: mp.frexp(x)[0],
    "ldexp": lambda x, i: x * mp.power(2, i),
    "sign": mp.sign,
    "step": lambda x: mpf(x > 0),
    "fma": lambda x, y, a: x * y + a,
    "where": lambda condition, x, y: x if condition else y,
    "clamp": lambda x, low, high: min(max(x, low), high),
    "fsum": lambda *xs: mp.fsum(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "sumprod": lambda *pq: mp.fdot(*halves(pq)),
    "hypot": lambda *xs: norm(xs),
    "dist": lambda *pq: norm([p - q for p, q in zip(*halves(pq), strict=True)]),
    "maximum": lambda *xs: max(xs),
    "minimum": lambda *xs: min(xs),
    "logsumexp": lambda *xs: mp.log(mp.fsum(map(mp.exp, xs))),
    "softmax_at": softmax,
    "log_softmax_at": lambda i, *xs: mp.log(softmax(i, *xs)),
    "cosine_similarity": cosine,
    "tanh_slope": lambda x: mp.sech(x) ** 2,
    "sigmoid_slope": lambda x: sigmoid(x) * sigmoid(-x),
    "silu_slope": lambda x: sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
    "gelu_tanh_slope": slope(gelu_tanh),
    "asin_slope": lambda x: 1 / mp.sqrt(1 - x * x),
    "acosh_slope": lambda x: 1 / mp.sqrt(x * x - 1),
    "asinh_slope": lambda x: 1 / mp.sqrt(1 + x * x),
    "atan_slope": lambda x: 1 / (1 + x * x),
    "atanh_slope": lambda x: 1 / (1 - x * x),
    "cbrt_slope": lambda x: 1 / (3 * mp.cbrt(x * x)),
    "erf_slope": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
    "erfinv_slope": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2),
    "entr_slope": lambda x: -mp.log(x) - 1,
    "frexp_slope": lambda x: mp.power(2, -mp.frexp(x)[1]),
    "below": lambda x, a: a * mp.exp(x) if x <= 0 else mpf(0),
    "absorb": lambda w, x: w * x,
    "times": lambda x, y: x * y,
    "ratio": lambda x, y: x / y,
    "log_present": lambda x, y: mp.log(y),
    "log1p_present": lambda x, y: mp.log(1 + y),
    "atan2_slope": lambda x, y: x / (x * x + y * y),
    "monomial": lambda c, x, y, k, n: c * real_power(x, y - k) * (mp.log(x) ** n if n else 1),
    "cross": lambda x, y, u, v: x * v - y * u,
    "clamp_weight": lambda i, x, low, high: mpf((low <= x <= high, x < low, x > high)[i]),
    "sinc_derivative": sinc_derivative,
    "scaled_prod": lambda *xs: mp.fprod(xs),
    "direction": lambda i, *xs: xs[i] / norm(xs),
    "maximum_share": lambda i, *xs: mpf(xs[i] == max(xs)),
    "minimum_share": lambda i, *xs: mpf(xs[i] == min(xs)),
    "softmax_share": softmax,
    "softmax_rest": lambda i, *xs: 1 - softmax(i, *xs),
}


def partial(function: Callable[..., Any], operands: Sequence[Any], position: int) -> Any:
    """Return the derivative towards one operand: a central difference with a relative step of 1e-40."""
    with mp.workdps(max(digits(operands), mp.dps)):
        exact = [mpf(x) if isinstance(x, float) else x for x in operands]
        step = mpf(10) ** -40 * (min(abs(exact[position]), mpf(1)) or 1)
        above, below = list(exact), list(exact)
        above[position] += step
        below[position] -= step
        return (function(*above) - function(*below)) / (2 * step)


def second(function: Callable[..., Any], operands: Sequence[Any], i: int, j: int) -> Any:
    """Return the second derivative towards two operands: a central difference of central differences."""
    return partial(lambda *xs: partial(function, xs, i), operands, j)
