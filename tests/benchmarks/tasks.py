"""What is timed, in plain code that is the same for every engine: it gets the engine's numbers and functions.

Start at `TASKS`. A task is its leaves, as floats, and a function of the leaves as the engine's numbers. The one
surprise: the task `fused` variants compute the same with our n-ary nodes, and are compared with the plain ones.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Task:
    """Leaves, what is computed from them with an engine, and the same with fused nodes if there is a way."""

    leaves: list[float]
    function: Callable[[list[Any], Any], Any]
    fused: Callable[[list[Any], Any], Any] | None = None


def moons(size: int) -> Task:
    """micrograd's demo: an MLP 2-16-16-1 of rectifiers, max-margin loss over `size` points, and L2 regularisation."""
    rng = random.Random(1337)
    points = []
    for i in range(size):
        angle, side = math.pi * i / size * 2.0 % math.pi, 1 if i % 2 else -1
        x = math.cos(angle) if side > 0 else 1.0 - math.cos(angle)
        y = math.sin(angle) if side > 0 else 0.5 - math.sin(angle)
        points.append((x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1), side))
    shapes = [(2, 16), (16, 16), (16, 1)]
    leaves = [rng.uniform(-1.0, 1.0) if i < n else 0.0 for n, m in shapes for _ in range(m) for i in range(n + 1)]

    def layers(weights: list[Any]) -> list[list[list[Any]]]:
        given = iter(weights)
        return [[[next(given) for _ in range(n + 1)] for _ in range(m)] for n, m in shapes]

    def plain(weights: list[Any], engine: Any) -> Any:
        rows = [[(row[:-1], row[-1]) for row in layer] for layer in layers(weights)]
        losses = []
        for x, y, side in points:
            values = [engine.number(x), engine.number(y)]
            for depth, neurons in enumerate(rows):
                sums = [sum((w * v for w, v in zip(ws, values, strict=True)), bias) for ws, bias in neurons]
                values = [engine.relu(s) for s in sums] if depth < 2 else sums
            losses.append(engine.relu(1 + -side * values[0]))
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + 1e-4 * sum(p * p for p in weights)

    def fused(weights: list[Any], engine: Any) -> Any:
        dot, rows = engine.dot, layers(weights)
        losses = []
        for x, y, side in points:
            values = [x, y, 1.0]
            for row in rows[:-1]:
                values = [dot(weights, values).relu() for weights in row]
                values.append(1.0)
            losses.append((1.0 - side * dot(rows[-1][0], values)).relu())
        return engine.total(losses) * (1.0 / len(losses)) + 1e-4 * dot(weights, weights)

    return Task(leaves, plain, fused)


def mixed(size: int) -> Task:
    """A loop of `size` operations that add, subtract, multiply, divide and rectify."""

    def plain(leaves: list[Any], engine: Any) -> Any:
        x, y = leaves
        z = x
        for _ in range(size // 6):
            z = engine.relu(z * 0.5 + y * x + y / 3.0)
        return z

    return Task([0.7, 0.3], plain)


def chain(size: int) -> Task:
    """A chain of `size` additions."""

    def plain(leaves: list[Any], engine: Any) -> Any:
        x = y = leaves[0]
        for _ in range(size):
            y = y + x
        return y

    return Task([1.0], plain)


def names(rng: random.Random, count: int) -> list[str]:
    """Return made-up names of two to four syllables."""

    def syllable() -> str:
        return rng.choice("bdfgklmnrstv") + rng.choice("aeiou")

    return [
        "".join(syllable() for _ in range(rng.randint(2, 3))) + rng.choice(["", "n", "l", "s"]) for _ in range(count)
    ]


def gpt(size: int) -> Task:
    """A transformer of one layer, 16 wide, with 4 heads, that predicts the next of `size` characters of a name."""
    rng = random.Random(7)
    word = max(names(rng, 200), key=len)
    alphabet = sorted(set("".join(names(rng, 200)) + word))
    tokens = [len(alphabet)] + [alphabet.index(c) for c in (word * size)[: size - 1]] + [len(alphabet)]
    vocabulary, width, heads = len(alphabet) + 1, 16, 4
    shapes = {"token": (vocabulary, width), "place": (size, width), "out": (vocabulary, width)}
    shapes |= dict.fromkeys(("query", "key", "value", "mix"), (width, width))
    shapes |= {"up": (4 * width, width), "down": (width, 4 * width)}
    leaves = [rng.gauss(0.0, 0.2) for n, m in shapes.values() for _ in range(n * m)]

    def run(weights: list[Any], engine: Any, dot: Callable[..., Any], cross_entropy: Callable[..., Any]) -> Any:
        given = iter(weights)
        w = {name: [[next(given) for _ in range(m)] for _ in range(n)] for name, (n, m) in shapes.items()}

        def linear(matrix: list[list[Any]], x: list[Any]) -> list[Any]:
            return [dot(row, x) for row in matrix]

        def normed(x: list[Any]) -> list[Any]:
            scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
            return [v * scale for v in x]

        keys, values, losses = [], [], []
        for position in range(size):
            x = [a + b for a, b in zip(w["token"][tokens[position]], w["place"][position], strict=True)]
            y = normed(x)
            query = linear(w["query"], y)
            keys.append(linear(w["key"], y))
            values.append(linear(w["value"], y))
            found = []
            for head in range(heads):
                part = slice(head * width // heads, (head + 1) * width // heads)
                scores = [dot(query[part], key[part]) / (width // heads) ** 0.5 for key in keys]
                shares = [engine.exp(s) for s in scores]
                total = sum(shares[1:], shares[0])
                shares = [s / total for s in shares]
                found += [dot(shares, list(column)) for column in zip(*[v[part] for v in values], strict=True)]
            x = [a + b for a, b in zip(x, linear(w["mix"], found), strict=True)]
            hidden = [engine.relu(v) for v in linear(w["up"], normed(x))]
            x = [a + b for a, b in zip(x, linear(w["down"], hidden), strict=True)]
            losses.append(cross_entropy(linear(w["out"], x), tokens[position + 1]))
        return sum(losses[1:], losses[0]) / size

    def plain(weights: list[Any], engine: Any) -> Any:
        def dot(p: list[Any], q: list[Any]) -> Any:
            products = [x * y for x, y in zip(p, q, strict=True)]
            return sum(products[1:], products[0])

        def cross_entropy(logits: list[Any], target: int) -> Any:
            weights = [engine.exp(x) for x in logits]
            return -engine.log(weights[target] / sum(weights[1:], weights[0]))

        return run(weights, engine, dot, cross_entropy)

    def fused(weights: list[Any], engine: Any) -> Any:
        return run(weights, engine, engine.dot, engine.cross_entropy)

    return Task(leaves, plain, fused)


TASKS: dict[str, tuple[Callable[[int], Task], int]] = {
    "moons": (moons, 100),
    "mixed": (mixed, 1_000_000),
    "chain": (chain, 10_000_000),
    "gpt": (gpt, 8),
}
