"""The functions that the oracle's files name, as calls of ours, and how to read those files.

Start at `CALLS`: each takes the operands of a row (numbers or Values) and returns a number or a Value.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import autograd
from autograd.primitives import table

ORACLE = Path(__file__).parents[3] / "shared" / "oracle"  # beside a developer's checkout; absent elsewhere
SAMPLE = Path(__file__).parents[1] / "data"  # the part of it that travels with the tests


def halves(xs: list[Any]) -> tuple[list[Any], list[Any]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


CALLS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "neg": lambda x: -x,
    "pos": lambda x: +x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "truediv": lambda x, y: x / y,
    "floordiv": lambda x, y: x // y,
    "mod": lambda x, y: x % y,
    "pow_op": lambda x, y: x**y,
    "round": table.rint,
    "round_n": lambda x, n: table.round_to(x, int(n)),
    "ldexp": lambda x, i: autograd.ldexp(x, int(i)),
    "modf_frac": lambda x: autograd.modf(x)[0],
    "modf_int": lambda x: autograd.modf(x)[1],
    "frexp_m": lambda x: autograd.frexp(x)[0],
    "log_base": lambda x, base: autograd.log(x, base),
    "gelu_tanh": lambda x: autograd.gelu(x, approximate="tanh"),
    "polygamma": lambda n, x: autograd.polygamma(int(n), x),
    "hypot3": autograd.hypot,
    "bce_with_logits": autograd.binary_cross_entropy_with_logits,
    "fsum": lambda *xs: autograd.fsum(xs),
    "prod": lambda *xs: autograd.prod(xs),
    "logsumexp": lambda *xs: autograd.logsumexp(xs),
    "softmax_0": lambda *xs: autograd.softmax(xs)[0],
    "log_softmax_0": lambda *xs: autograd.log_softmax(xs)[0],
    "cross_entropy_0": lambda *xs: autograd.cross_entropy(xs, 0),
    "sumprod": lambda *pq: autograd.sumprod(*halves(list(pq))),
    "dist": lambda *pq: autograd.dist(*halves(list(pq))),
    "cosine_similarity": lambda *uv: autograd.cosine_similarity(*halves(list(uv))),
}
PARAMETERS = {"round_n": (1,), "ldexp": (1,), "polygamma": (0,), "where": (0,)}  # positions that are plain numbers


def call(name: str) -> Callable[..., Any]:
    """Return our function for a name of the oracle."""
    return CALLS[name] if name in CALLS else getattr(autograd, name)


def number(text: Any) -> float:
    """Return a number of the oracle as a float: "inf", "nan" and decimal strings included."""
    return float(text)


def read(name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an oracle file: the whole of it where it is at hand, else the sample in tests/data."""
    path = ORACLE / name
    with open(path if path.exists() else SAMPLE / name, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
