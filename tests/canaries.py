"""Canaries: wrong rules, planted in every row of the table, that the checkers must reject.

`python -m tests.canaries [--points N]` prints how many of them each checker found. Start at `PLANTS`, then `measure`;
`CUTS` are functions whose graph lacks a part of them.
The one surprise: a planted rule that gives the same partials at a point is none there, and is not counted: half of zero
is zero, and `x + y` does not care for the order of its operands.
"""

import argparse
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import autograd
from autograd import Value, no_grad, stop_gradient
from autograd.primitives.primitive import ROWS, Primitive
from autograd.tape import fragments
from autograd.testing import check_gradient
from autograd.testing.expression import Kinks, RandomChoice, point

Rule = Callable[..., Any]
Plant = Callable[..., list[Any]]  # (row, the true rules, z, operands, wanted) -> partials


def scaled(factor: float) -> Plant:
    return lambda row, true, z, xs, wanted: [d * factor for d in true(z, xs, wanted)]


def swapped(row: Primitive, true: Any, z: Any, xs: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """The partials of the first two operands that have one, exchanged."""
    first, second = [i for i in range(len(xs)) if row.differentiable(i)][:2]
    other = {first: second, second: first}
    return list(true(z, xs, [other.get(i, i) for i in wanted]))


def at_kinks(row: Primitive, true: Any, z: Any, xs: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """Wrong at the boundary only: beyond both one-sided derivatives."""
    assert row.kink is not None
    numbers = [getattr(x, "data", x) for x in xs]
    wrong = row.kink.distance(*numbers[row.parameters :]) == 0.0
    return [d + 3.0 if wrong else d for d in true(z, xs, wanted)]


def bent(row: Primitive, true: Any, z: Any, xs: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """Right as a number, wrong when it is differentiated: off by a hundredth of the partial for each unit."""
    i = next(i for i in range(len(xs)) if row.differentiable(i))
    move = 0.01 * (xs[i] - stop_gradient(xs[i]))
    return [d + stop_gradient(d) * move for d in true(z, xs, wanted)]


PLANTS: dict[str, Plant] = {
    "off by 0.1 %": scaled(1.001),
    "wrong sign": scaled(-1.0),
    "missing factor": scaled(0.5),
    "a term too many": lambda row, true, z, xs, wanted: [d + 1.0 for d in true(z, xs, wanted)],
    "swapped operands": swapped,
    "wrong at the boundary": at_kinks,
    "wrong second derivative": bent,
}
FIRST = list(PLANTS)[:-1]


@contextlib.contextmanager
def planted(row: Primitive, plant: Plant) -> Iterator[None]:
    """Let a row have a wrong rule for a while."""
    rules, gradient, methods = row.partials, row.gradient, dict(row.methods)

    def true(z: Any, xs: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        if gradient is not None:
            every = gradient(z, *xs)
            return [every[i - row.parameters] for i in wanted]
        return [rules[i](z, *xs) for i in wanted]  # type: ignore[misc]

    def wrong(position: int) -> Rule:
        return lambda z, *xs: plant(row, true, z, xs, [position])[0]

    changed = tuple(rule and wrong(i) for i, rule in enumerate(rules))
    every = gradient and (lambda z, *xs: plant(row, true, z, xs, range(row.parameters, len(xs))))
    row.methods.clear()
    object.__setattr__(row, "partials", changed)
    object.__setattr__(row, "gradient", every)
    fragments.forget()
    try:
        yield
    finally:
        object.__setattr__(row, "partials", rules)
        object.__setattr__(row, "gradient", gradient)
        fragments.forget()
        row.methods.update(methods)


def applicable(row: Primitive, name: str) -> bool:
    """Return whether a plant makes sense for a row at all."""
    if name == "swapped operands":
        return not row.partials or sum(rule is not None for rule in row.partials) >= 2
    if name == "wrong at the boundary":
        return row.kink is not None
    return True


def on_free(row: Primitive, operands: Sequence[Any]) -> tuple[Callable[..., Any], list[float]]:
    """Return (the row as a function of the operands that have derivatives, those operands)."""
    free = [i for i in range(len(operands)) if row.differentiable(i)]

    def function(*xs: Any) -> Any:
        given = dict(zip(free, xs, strict=True))
        return row(*[given.get(i, x) for i, x in enumerate(operands)])

    return function, [float(operands[i]) for i in free]


def partials(function: Callable[..., Any], xs: Sequence[float]) -> list[float]:
    leaves = [Value(x) for x in xs]
    root = function(*leaves)
    root.backward()
    return [leaf.grad for leaf in leaves]


def by_graph(function: Callable[..., Any], xs: Sequence[float]) -> str:
    return check_gradient(function, *xs).verdict


def by_differences(function: Callable[..., Any], xs: Sequence[float]) -> str:
    found = partials(function, xs)
    return check_gradient(function, *xs, gradient=lambda *_: found if len(xs) > 1 else found[0]).verdict


def by_curvature(function: Callable[..., Any], xs: Sequence[float]) -> str:
    return check_gradient(function, *xs, order=2).verdict


CHECKERS: dict[str, tuple[Callable[..., str], list[str]]] = {
    "graph": (by_graph, FIRST),
    "differences": (by_differences, FIRST),
    "second order": (by_curvature, ["wrong second derivative"]),
}


def seen(function: Callable[..., Any], xs: Sequence[float], second: bool) -> list[float]:
    """Return what a plant must change to be one."""
    if not second:
        return partials(function, xs)
    from autograd import hessian

    return [h for line in hessian(lambda x: function(*x))(list(xs)) for h in line]


def measure(rows: Sequence[Primitive], points: int = 3) -> tuple[Counter[Any], list[Any], list[Any]]:
    """Return (counts by (checker, plant, verdict), canaries that got through, false alarms).

    Where a checker finds the right rule undecidable there is no truth, and no canary.
    """
    counts: Counter[Any] = Counter()
    missed, alarms = [], []
    for row in rows:
        for name, plant in PLANTS.items():
            if not applicable(row, name):
                continue
            for seed in range(points):
                place: Kinks = "at" if name == "wrong at the boundary" else "away"
                operands = point(RandomChoice(f"{row.name} {seed}"), row, place)
                if operands is None:
                    continue
                function, xs = on_free(row, operands)
                for checker, (check, plants) in CHECKERS.items():
                    if name not in plants:
                        continue
                    right = seen(function, xs, name == "wrong second derivative")
                    verdict = check(function, xs)
                    if verdict == "fail":
                        alarms.append((checker, row.name, operands))
                    if verdict == "undecidable":
                        counts[checker, name, "undecidable"] += 1
                        continue
                    with planted(row, plant):
                        if seen(function, xs, name == "wrong second derivative") == right or not all(
                            map(math.isfinite, right)
                        ):
                            continue
                        verdict = check(function, xs)
                    counts[checker, name, verdict] += 1
                    if verdict != "fail":
                        missed.append((checker, name, row.name, operands, verdict))
    return counts, missed, alarms


def left_behind(x: Any) -> Any:
    with no_grad():
        square = x * x
    return square * x


CUTS: dict[str, tuple[Callable[..., Any], tuple[float, ...], str]] = {  # functions whose graph lacks a part of them
    ".data as a factor": (lambda x: x.data * x, (2.0,), "fail"),
    ".data towards one of two": (lambda x, y: x.data * y + y * y, (2.0, 3.0), "fail"),
    ".data alone": (lambda x: x.data * 2.0, (1.0,), "fail"),
    ".item()": (lambda x: x.item() * x, (2.0,), "fail"),
    ".detach()": (lambda x, y: x.detach() * y, (2.0, 3.0), "fail"),
    "a Value made of .data": (lambda x: Value(x.data) * x, (2.0,), "fail"),
    "stop_gradient": (lambda x: stop_gradient(x) * x, (2.0,), "fail"),
    "a function of math": (lambda x: math.sin(x.data) * x, (2.0,), "fail"),
    "no_grad": (left_behind, (2.0,), "fail"),
    "no_grad around it all": (no_grad()(lambda x: autograd.exp(x) * x), (0.5,), "fail"),
    "a constant at a pole": (lambda x: 1.0 if x == 0.0 else x / (autograd.exp(x) - 1.0), (0.0,), "fail"),
    "a constant at one number": (lambda x: 1.0 if x == 1.0 else x * x, (1.0,), "fail"),
    "a constant where two are equal": (lambda x, y: 0.0 if x == y else (x - y) * (x + 1.0), (2.0, 2.0), "fail"),
    "beside a kink": (lambda x: abs(x) + 2.0 * x.data, (0.0,), "fail"),
    "behind a jump": (lambda x: autograd.floor(x) + x.data, (0.5,), "fail"),
    "by a millionth": (lambda x: x + 1e-6 * x.data, (2.5,), "fail"),
    "in a list": (lambda xs: sum(x.data * x for x in xs), ([1.0, 2.0],), "fail"),  # type: ignore[dict-item]
    "a constant near a pole": (lambda x: 1.0 if abs(x) < 1e-8 else (autograd.exp(x) - 1.0) / x, (0.0,), "undecidable"),
    "a step at its jump": (lambda x: 1.0 if x >= 1.0 else 0.0, (1.0,), "not_differentiable"),
    "a step of the user's own": (lambda x: x * 0.0 + (2.0 if x.data > 0.0 else 1.0), (0.0,), "not_differentiable"),
    "a kink of the user's own": (lambda x: x if x.data > 0.0 else -x, (0.0,), "not_differentiable"),
}


def measure_cuts() -> list[tuple[str, int, str]]:
    """Return (name, order, verdict) for each function whose graph was cut and that was not called what it is."""
    missed = []
    for name, (function, xs, expected) in CUTS.items():
        verdict = check_gradient(function, *xs).verdict
        missed += [(name, 1, verdict)] * (verdict != expected)
        second = check_gradient(function, *xs, order=2).verdict
        missed += [(name, 2, second)] * (second == "pass")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=3, help="how many points for each row and plant")
    counts, missed, alarms = measure(list(ROWS.values()), parser.parse_args().points)
    print(f"{'checker':14}{'planted':26}{'canaries':>9}{'found':>7}  no truth there")
    for checker, (_, plants) in CHECKERS.items():
        for name in plants:
            total = sum(
                count for (c, n, v), count in counts.items() if (c, n) == (checker, name) and v != "undecidable"
            )
            print(
                f"{checker:14}{name:26}{total:9}{counts[checker, name, 'fail'] / max(total, 1):7.1%}"
                f"{counts[checker, name, 'undecidable']:16}"
            )
    cuts = measure_cuts()
    print(f"{'graph':14}{'a cut graph':26}{2 * len(CUTS):9}{1.0 - len(cuts) / len(CUTS) / 2.0:7.1%}{0:16}")
    for what, found in (("got through", missed + cuts), ("false alarm", alarms)):
        for entry in found:
            print(f"{what}: {entry}")
    print(f"{len(missed + cuts)} got through, {len(alarms)} false alarms")


if __name__ == "__main__":
    main()
