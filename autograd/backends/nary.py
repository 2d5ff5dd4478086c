"""Rows of many operands as straight-line operations; they have loops in Python, and a fixed number of operands here.

Start at `FORMS`. Each takes the operations so far and the operands, symbols or numbers, and returns a symbol. The one
surprise: sums are plain, added in pairs or fused, not rounded once as those of the rows: their error is some ulps of
the sum of the sizes of what is added.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.floats.ieee import INF, NAN


def _sum(ops: Any, xs: Sequence[Any]) -> Any:
    """Return the sum, added in pairs."""
    found = list(xs)
    while len(found) > 1:
        found = [ops.op("add", *found[i : i + 2]) if i + 1 < len(found) else found[i] for i in range(0, len(found), 2)]
    return found[0]


def sumprod(ops: Any, *pq: Any) -> Any:
    n = len(pq) // 2
    found = ops.op("mul", pq[0], pq[n])
    for p, q in zip(pq[1:n], pq[n + 1 :], strict=True):
        found = ops.op("add", found, q) if isinstance(p, float) and p == 1.0 else ops.op("muladd", p, q, found)
    return found


def prod(ops: Any, *xs: Any) -> Any:
    found = xs[0]
    for x in xs[1:]:
        found = ops.op("mul", found, x)
    return found


def maximum(ops: Any, *xs: Any) -> Any:
    best = xs[0]
    for x in xs[1:]:
        zeros = ops.op("and", ops.op("eq", best, x), ops.op("eq", x, 0.0))
        larger = ops.select(zeros, ops.op("add", best, x), ops.select(ops.op("lt", best, x), x, best))
        best = ops.select(ops.op("ne", best, best), best, ops.select(ops.op("ne", x, x), x, larger))
    return best


def minimum(ops: Any, *xs: Any) -> Any:
    return ops.op("neg", maximum(ops, *[ops.op("neg", x) for x in xs]))


def _share(best: Callable[..., Any]) -> Callable[..., Any]:
    def share(ops: Any, i: int, *xs: Any) -> Any:
        z = best(ops, *xs)
        none = ops.op("ne", z, z)
        hits = [ops.op("or", ops.op("eq", x, z), ops.op("and", none, ops.op("ne", x, x))) for x in xs]
        count = _sum(ops, [ops.select(hit, 1.0, 0.0) for hit in hits])
        return ops.select(hits[i], ops.op("div", 1.0, count), 0.0)

    return share


def _scaled(ops: Any, xs: Sequence[Any]) -> tuple[list[Any], Any, Any]:
    """Return (the operands over a power of two near the largest, their norm, the exponent)."""
    sizes = [ops.op("abs", x) for x in xs]
    largest = sizes[0]
    for x in sizes[1:]:
        largest = ops.select(ops.op("lt", largest, x), x, largest)
    e = ops.op("exponent", largest)
    down = ops.op("neg", e)
    small = [ops.op("ldexp", x, down) for x in xs]
    norm = ops.op("sqrt", _sum(ops, [ops.op("mul", x, x) for x in small]))
    return small, norm, e


def _any(ops: Any, masks: Sequence[Any]) -> Any:
    found = masks[0]
    for mask in masks[1:]:
        found = ops.op("or", found, mask)
    return found


def hypot(ops: Any, *xs: Any) -> Any:
    _, norm, e = _scaled(ops, xs)
    infinite = _any(ops, [ops.op("eq", ops.op("abs", x), INF) for x in xs])
    none = _any(ops, [ops.op("ne", x, x) for x in xs])
    return ops.select(infinite, INF, ops.select(none, NAN, ops.op("ldexp", norm, e)))


def dist(ops: Any, *pq: Any) -> Any:
    n = len(pq) // 2
    return hypot(ops, *[ops.op("sub", p, q) for p, q in zip(pq[:n], pq[n:], strict=True)])


def direction(ops: Any, i: int, *xs: Any) -> Any:
    small, norm, _ = _scaled(ops, xs)
    infinities = [ops.op("eq", ops.op("abs", x), INF) for x in xs]
    count = _sum(ops, [ops.select(mask, 1.0, 0.0) for mask in infinities])
    none = _any(ops, [ops.op("ne", x, x) for x in xs])
    sign = ops.op("copysign", 1.0, xs[i])
    limit = ops.select(infinities[i], sign, ops.op("mul", 0.0, sign))
    limit = ops.select(ops.op("eq", xs[i], 0.0), 0.0, limit)
    limit = ops.select(ops.op("gt", count, 1.0), NAN, limit)
    usual = ops.select(ops.op("eq", norm, 0.0), 0.0, ops.op("div", small[i], norm))
    return ops.select(none, NAN, ops.select(ops.op("gt", count, 0.0), limit, usual))


def _weights(ops: Any, xs: Sequence[Any]) -> tuple[list[Any], list[Any], Any, Any]:
    """Return (exp(x - m) for each, masks of the first maximum, the sum of the other weights, m)."""
    m = maximum(ops, *xs)
    infinite = ops.op("eq", ops.op("abs", m), INF)
    weights, tops, before = [], [], None
    for x in xs:
        d = ops.op("sub", x, m)
        t = ops.op("sub", d, x)
        low = ops.op("sub", ops.op("sub", x, ops.op("sub", d, t)), ops.op("add", m, t))
        low = ops.select(ops.op("eq", ops.op("abs", d), INF), 0.0, low)
        e = ops.function("exp", d)
        hit = ops.op("eq", x, m)
        weights.append(ops.select(infinite, ops.select(hit, 1.0, 0.0), ops.op("add", e, ops.op("mul", e, low))))
        tops.append(hit if before is None else ops.op("and", hit, ops.op("not", before)))
        before = hit if before is None else ops.op("or", before, hit)
    others = _sum(ops, [ops.select(top, 0.0, e) for top, e in zip(tops, weights, strict=True)])
    return weights, tops, others, m


def logsumexp(ops: Any, *xs: Any) -> Any:
    _, _, others, m = _weights(ops, xs)
    return ops.select(ops.op("eq", ops.op("abs", m), INF), m, ops.op("add", m, ops.function("log1p", others)))


def _total(ops: Any, weights: Sequence[Any], tops: Sequence[Any], others: Any) -> Any:
    return ops.op("add", _sum(ops, [ops.select(t, e, 0.0) for t, e in zip(tops, weights, strict=True)]), others)


def softmax_share(ops: Any, i: int, *xs: Any) -> Any:
    weights, tops, others, m = _weights(ops, xs)
    share = ops.op("div", weights[i], _total(ops, weights, tops, others))
    return ops.select(ops.op("ne", m, m), NAN, share)


def softmax_rest(ops: Any, i: int, *xs: Any) -> Any:
    weights, tops, others, m = _weights(ops, xs)
    total = _total(ops, weights, tops, others)
    rest = ops.op("div", ops.select(tops[i], others, ops.op("sub", total, weights[i])), total)
    return ops.select(ops.op("ne", m, m), NAN, rest)


def _tied(ops: Any, m: Any, xs: Sequence[Any]) -> Any:
    count = _sum(ops, [ops.select(ops.op("eq", x, m), 1.0, 0.0) for x in xs])
    return ops.op("and", ops.op("eq", ops.op("abs", m), INF), ops.op("gt", count, 1.0))


def softmax_at(ops: Any, i: int, *xs: Any) -> Any:
    return ops.select(_tied(ops, maximum(ops, *xs), xs), NAN, softmax_share(ops, i, *xs))


def log_softmax_at(ops: Any, i: int, *xs: Any) -> Any:
    _, tops, others, m = _weights(ops, xs)
    d = ops.op("sub", xs[i], m)
    t = ops.op("sub", d, xs[i])
    low = ops.op("sub", ops.op("sub", xs[i], ops.op("sub", d, t)), ops.op("add", m, t))
    usual = ops.op("add", d, ops.op("sub", low, ops.function("log1p", others)))
    limit = ops.select(_tied(ops, m, xs), NAN, ops.select(tops[i], 0.0, -INF))
    found = ops.select(ops.op("eq", ops.op("abs", m), INF), limit, usual)
    return ops.select(
        ops.op("eq", d, -INF), ops.select(ops.op("ne", m, m), NAN, ops.select(ops.op("eq", m, INF), limit, -INF)), found
    )


def times(ops: Any, x: Any, y: Any) -> Any:
    if ops.fast:
        return ops.op("product", x, y)
    zero = ops.op("or", ops.op("eq", x, 0.0), ops.op("eq", y, 0.0))
    return ops.select(zero, 0.0, ops.op("add", ops.op("mul", x, y), 0.0))


def log_base(ops: Any, x: Any, base: Any) -> Any:
    under = ops.function("log", base)
    whole = ops.op("and", ops.op("gt", x, 0.0), ops.op("gt", base, 0.0))
    whole = ops.op("and", whole, ops.op("ne", under, 0.0))
    return ops.select(whole, ops.op("div", ops.function("log", x), under), NAN)


def _elementary(name: str) -> Callable[..., Any]:
    return lambda ops, *xs: ops.function(name, *xs)


def _operation(name: str) -> Callable[..., Any]:
    return lambda ops, *xs: ops.op(name, *xs)


def _whole(name: str) -> Callable[..., Any]:
    return lambda ops, x: ops.op("add", ops.op(name, x), 0.0)  # Python's are ints, which have no -0


FORMS: dict[str, Callable[..., Any]] = {
    "add": _operation("add"),
    "sub": _operation("sub"),
    "mul": _operation("mul"),
    "truediv": _operation("div"),
    "neg": _operation("neg"),
    "pos": lambda ops, x: x,
    "abs": _operation("abs"),
    "fabs": _operation("abs"),
    "sqrt": _operation("sqrt"),
    "copysign": _operation("copysign"),
    **{name: _whole(name) for name in ("floor", "ceil", "trunc", "rint")},
    "fma": _operation("fma"),
    "log_base": log_base,
    "power": _elementary("pow"),
    "where": lambda ops, condition, x, y: x if condition else y,
    "fsum": lambda ops, *xs: _sum(ops, xs),
    "prod": prod,
    "sumprod": sumprod,
    "maximum": maximum,
    "minimum": minimum,
    "maximum_share": _share(maximum),
    "minimum_share": _share(minimum),
    "hypot": hypot,
    "dist": dist,
    "direction": direction,
    "logsumexp": logsumexp,
    "softmax_share": softmax_share,
    "softmax_rest": softmax_rest,
    "softmax_at": softmax_at,
    "log_softmax_at": log_softmax_at,
    "times": times,
}
