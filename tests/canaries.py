"""Canaries: wrong rules, planted in every row of the table, that the checkers must reject.

`python -m tests.canaries [--points N]` prints how many of them each checker found. Start at `PLANTS`, then `measure`.
The one surprise: a planted rule that gives the same partials at a point is none there, and is not counted: half of zero
is zero, and `x + y` does not care for the order of its operands.
"""

import argparse
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd import Value, stop_gradient
from autograd.primitives.primitive import ROWS, Primitive
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
    try:
        yield
    finally:
        object.__setattr__(row, "partials", rules)
        object.__setattr__(row, "gradient", gradient)
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
    for what, found in (("got through", missed), ("false alarm", alarms)):
        for entry in found:
            print(f"{what}: {entry}")
    print(f"{len(missed)} got through, {len(alarms)} false alarms")


if __name__ == "__main__":
    main()
