"""Every row of the table in arbitrary precision, straight from the textbook: the truth that gradients are held against.

Start at `EXACT`: the plain definition of each row on mpmath numbers, with no care for cancellation, because
derivatives are taken at hundreds of digits. The one surprise: `expand` needs no formula at all, its derivatives are
central differences with a relative step of 1e-40, whose error is 1e-80.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.errors import MissingExtra
from autograd.floats.special import SELU_ALPHA, SELU_SCALE

try:
    from mpmath import mp as mp
    from mpmath import mpf as mpf
except ImportError as error:
    raise MissingExtra("mpmath", "testing") from error


LEAST = 400.0  # floats have exponents up to 324


def digits(operands: Sequence[Any], order: int = 1) -> int:
    """Return how many digits a difference needs: cos(1e-300) is 1 - 5e-601, tanh(300) is 1 - 1e-260.

    A second difference needs twice as many: that of acos at x bends by the cube of x. The normal distribution needs
    x**2 of them, its approximation by a sigmoid x**3, until even their tails underflow. What the exact tail of one of
    them is, like 1e-30000000, would need millions, but no float depends on it.
    """
    spread = largest = tail = 0.0
    for x in operands:
        if x and mp.isfinite(x):
            exponent = 0.30103 * float(mp.mag(x))
            spread = max(spread, min(abs(exponent), LEAST))
            size = 10.0 ** min(exponent, 2.9)
            largest, tail = max(largest, size), max(tail, size**2 + 0.08 * size**3)
    return 150 + int(2.0 * order * spread + largest + 0.4343 * min(tail, 710.0))


def halves(xs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def share(i: int, best: Any, xs: Sequence[Any]) -> Any:
    """Return the share that one of some numbers has in the best: they share it alike."""
    return mpf(xs[i] == best) / sum(x == best for x in xs)


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


def gelu_tanh_slope(x: Any) -> Any:
    k, c = 2 * mp.sqrt(2 / mp.pi), mpf(0.044715)
    w = k * (x + c * x**3)
    return sigmoid(w) + x * sigmoid(w) * sigmoid(-w) * k * (1 + 3 * c * x * x)


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


def polygamma(n: Any, x: Any) -> Any:
    """Return the n-th derivative of digamma; below 0 by reflection, as mpmath goes there one by one (DLMF 5.15.6)."""
    n = int(n)
    if x >= 0:
        return mp.polygamma(n, x)
    slopes = [mpf(0), mpf(1)]  # of cot(pi x), as a polynomial in it
    for _ in range(n):
        lower = [k * a for k, a in enumerate(slopes)][1:]
        slopes = [-mp.pi * (a + b) for a, b in zip([*lower, 0, 0], [0, 0, *lower], strict=True)]
    cot = mp.cospi(x) / mp.sinpi(x)
    return (-1) ** n * mp.polygamma(n, 1 - x) - mp.pi * mp.fsum(a * cot**k for k, a in enumerate(slopes))


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
    "polygamma": polygamma,
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
    "gelu_tanh_slope": gelu_tanh_slope,
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
    "maximum_share": lambda i, *xs: share(i, max(xs), xs),
    "minimum_share": lambda i, *xs: share(i, min(xs), xs),
    "softmax_share": softmax,
    "softmax_rest": lambda i, *xs: 1 - softmax(i, *xs),
}


class Expansion(NamedTuple):
    """A function near a point: its value, first derivatives and, if asked for, second derivatives, as mpf numbers."""

    value: Any
    gradient: dict[int, Any]
    hessian: dict[tuple[int, int], Any]


def expand(function: Callable[..., Any], operands: Sequence[Any], wanted: Sequence[int], order: int = 1) -> Expansion:
    """Return the value and the derivatives towards the operands at the `wanted` positions, to 40 digits or more.

    Raises ValueError where the function has no real value around, or is not smooth. Cost: 1 + 2 n evaluations for n
    positions, and n (n - 1) more for order 2.
    """
    with mp.workdps(max(digits(operands, order), mp.dps)):
        exact = [mpf(x) if isinstance(x, float) else x for x in operands]

        def moved(*moves: tuple[int, Any]) -> Any:
            xs = list(exact)
            for position, step in moves:
                xs[position] += step
            found = real(function(*xs))
            if not mp.isfinite(found):
                raise ValueError("the function has no finite value there")
            return found

        steps = {i: mpf(10) ** -40 * (min(abs(exact[i]), mpf(1)) or 1) for i in wanted}
        value = real(function(*exact))
        above = {i: moved((i, step)) for i, step in steps.items()}
        below = {i: moved((i, -step)) for i, step in steps.items()}
        gradient = {}
        for i, step in steps.items():
            _demand_smooth(_along(moved, i), step, value, above[i], below[i])
            rise = _difference([above[i], -below[i]])
            if rise and abs(rise) < mpf(10) ** -60 * (abs(value) or 1):  # of the first order in the step, or a higher?
                closer = _difference([moved((i, step / 1024)), -moved((i, -step / 1024))])
                rise = closer * 1024 if abs(closer) * 10**6 > abs(rise) else mpf(0)
            gradient[i] = rise / (2 * step)
        hessian = {}
        if order == 2:
            for i, s in steps.items():
                hessian[i, i] = _difference([above[i], -2 * value, below[i]]) / (s * s)
                for j, t in steps.items():
                    if i < j:
                        corners = [moved((i, s), (j, t)), moved((i, -s), (j, -t)), 2 * value]
                        mixed = _difference([*corners, -above[i], -above[j], -below[i], -below[j]]) / (2 * s * t)
                        hessian[i, j] = hessian[j, i] = mixed
        return Expansion(value, gradient, hessian)


def _along(moved: Callable[..., Any], position: int) -> Callable[[Any], Any]:
    return lambda step: moved((position, step))


def _demand_smooth(f: Callable[[Any], Any], step: Any, value: Any, above: Any, below: Any) -> None:
    """Raise ValueError if f jumps or bends sharply at 0, which a step of 1e-40 that changes its value much may show."""
    rise, bend = abs(above - below), abs(above - 2 * value + below)
    if max(rise, bend) <= mpf(10) ** -30 * abs(value):
        return
    closer = step / mpf(10) ** 10  # there a smooth rise is 1e10 times, a smooth bend 1e20 times smaller
    above, below = f(closer), f(-closer)
    new_rise, new_bend = abs(above - below), abs(above - 2 * value + below)
    noise = 1000 * mp.eps * max(abs(above), abs(below))
    if abs(new_rise * mpf(10) ** 10 - rise) > rise / 1000 + noise * mpf(10) ** 10 or new_bend > bend / 10**15 + noise:
        raise ValueError("the function is not smooth there")


def _difference(terms: list[Any]) -> Any:
    """Return the sum of terms that nearly cancel; what is left of their rounding alone is zero."""
    total = mp.fsum(terms)
    return total if abs(total) > 1000 * mp.eps * max(map(abs, terms)) else mpf(0)


def real(x: Any) -> Any:
    """Return a number of mpmath as it is if it is real; raises ValueError for a complex one."""
    if isinstance(x, mp.mpc):
        raise ValueError("the function has no real value there")
    return x


def partial(function: Callable[..., Any], operands: Sequence[Any], position: int) -> Any:
    """Return the derivative towards one operand; see `expand`."""
    return expand(function, operands, [position]).gradient[position]


def second(function: Callable[..., Any], operands: Sequence[Any], i: int, j: int) -> Any:
    """Return the second derivative towards two operands; see `expand`."""
    return expand(function, operands, sorted({i, j}), order=2).hessian[i, j]


def ulps(found: float, truth: Any) -> float:
    """Return how many units in the last place `found` is away from a truth given as a decimal string or mpf.

    The unit is that of the truth, at least the smallest subnormal; equal infinities and NaNs are 0 apart.

    >>> ulps(0.1, "0.1") < 0.5, ulps(1.0 + 2.0**-52, "1"), ulps(1.0, "inf")
    (True, 1.0, inf)
    """
    with mp.workdps(60):
        exact = mpf(truth)
        nearest = float(exact)
        if found != found or nearest != nearest:
            return 0.0 if found != found and nearest != nearest else math.inf
        if math.isinf(found) or math.isinf(nearest):
            return 0.0 if found == nearest else math.inf
        return float(abs(mpf(found) - exact) / mpf(math.ulp(nearest)))
