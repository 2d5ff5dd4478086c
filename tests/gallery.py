"""The gallery: the pictures that a reader should look at before believing that drawing works, and how long they take.

`python -m tests.gallery DIR` writes them as SVG, PNG, PDF, DOT and pages, with the layout engine that this machine has,
and prints a table of times; `--times` prints only that. Where there is Chromium, DIR/seen has what it shows of them and
of the pages that step, at 1,280 and 800 pixels, light and dark. Start at `pictures`.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from autograd import Value, draw, explain, fsum, jit, paths, relu, scope, sigmoid, tanh, value_and_grad
from autograd.drawing import layout
from nn import MLP, binary_cross_entropy, cross_entropy
from nn.losses import mean

from .tools.browser import PROGRAM, Browser
from .tools.works import WORKS


def readme() -> Any:
    w, b = Value(0.5, "w"), Value(0.1, "b")
    loss = (tanh(w * 2.0 + b) - 1.0) ** 2
    loss.backward()
    return draw(loss, names={"loss": loss})


def neuron() -> Any:
    x, w = [Value(2.0, "x1"), Value(0.0, "x2")], [Value(-3.0, "w1"), Value(1.0, "w2")]
    b = Value(6.8813735870195432, "b")
    o = tanh(x[0] * w[0] + x[1] * w[1] + b)
    o.backward()
    return draw(o, names={"o": o}, direction="LR", partials=True)


def network() -> tuple[list[Value], Value]:
    """Return w1 .. w8 and the error of the network of two layers that many courses compute by hand."""
    w = [Value(x, f"w{i}") for i, x in enumerate((0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), 1)]

    def node(name: str, x: Value) -> Value:
        x.name = name
        return x

    def unit(name: str, a: Value, x: Any, b: Value, y: Any, bias: float) -> Value:
        return node(f"out_{name}", sigmoid(node(f"net_{name}", a * x + b * y + bias)))

    h1, h2 = unit("h1", w[0], 0.05, w[1], 0.10, 0.35), unit("h2", w[2], 0.05, w[3], 0.10, 0.35)
    o1, o2 = unit("o1", w[4], h1, w[5], h2, 0.60), unit("o2", w[6], h1, w[7], h2, 0.60)
    error = node("E", 0.5 * (o1 - 0.01) ** 2 + 0.5 * (o2 - 0.99) ** 2)
    error.backward()
    return w, error


def moons(samples: int = 100) -> tuple[MLP, Value]:
    """Return a model of two inputs and its loss over samples of two half moons, or something as wide."""
    rng = random.Random(1)
    model = MLP(2, [16, 16, 1], seed=1)
    rows = [[rng.uniform(-1.0, 2.0), rng.uniform(-0.5, 1.0)] for _ in range(samples)]
    loss = mean([binary_cross_entropy(model(row), float(row[0] + row[1] > 0.75)) for row in rows])
    loss.backward()
    return model, loss


def moons_apart(samples: int = 100) -> Value:
    """Return the loss of a model as large in which every product and every sum is a node of its own."""
    rng = random.Random(1)
    sizes = [2, 16, 16, 1]
    weights = [[[Value(rng.uniform(-0.5, 0.5)) for _ in range(m + 1)] for _ in range(n)] for m, n in pairwise(sizes)]
    loss = Value(0.0)
    for _ in range(samples):
        x: list[Any] = [rng.uniform(-1.0, 2.0), rng.uniform(-0.5, 1.0)]
        target = 1.0 if x[0] + x[1] > 0.75 else -1.0
        for k, layer in enumerate(weights):
            with scope(f"layer {k}"):
                x = [tanh(sum((w * a for w, a in zip(unit[:-1], x, strict=True)), unit[-1])) for unit in layer]
        loss = loss + relu(1.0 - target * x[0])
    loss = loss / float(samples)
    loss.backward()
    return loss


def digits() -> tuple[MLP, Value]:
    rng = random.Random(1)
    model = MLP(64, [32, 10], activation="relu", seed=1)
    loss = mean([cross_entropy(model([rng.random() for _ in range(64)]), i) for i in range(10)])
    loss.backward()
    return model, loss


def chain(length: int) -> Value:
    x, y = Value(1e-9, "x"), Value(0.0, "y")
    for _ in range(length):
        y = y + x
    return y


def expression(nodes: int) -> Value:
    """Return a Value made of so many nodes, no two parts of which are alike."""
    rng = random.Random(1)
    found = [Value(rng.random(), f"x{i}") for i in range(6)]
    ends = found[:]  # all else is used by what comes after it
    while len(found) < nodes - 1:
        x, y = ends.pop(0), rng.choice(found[-12:])
        made = rng.choice([lambda: x + y, lambda: x * y, lambda: tanh(x), lambda: x - y])()  # noqa: B023
        found.append(made)
        ends.append(made)
    return fsum(ends)


def numbers(nodes: int) -> Value:
    """Return a Value made of so many nodes, with as many different numbers and gradients."""
    rng = random.Random(1)
    found = [Value(rng.gauss(0.0, 1.0)) for _ in range(10)]
    while len(found) < nodes - 1:
        x, y = rng.choice(found[-50:]), rng.choice(found[-50:])
        found.append(tanh(x) if len(found) % 3 else x * y if len(found) % 2 else x + rng.random())
    total = fsum(found)
    total.backward()
    return total


def looped(name: str, size: int, gradient: bool = False) -> Any:
    """Return the picture of a function with loops that `jit` has recorded."""
    f, xs = WORKS[name](size)
    compiled = jit(value_and_grad(f) if gradient else f, backend="python", audit=False)
    compiled(xs)
    return draw(compiled)


def pictures() -> dict[str, Callable[[], Any]]:
    """Return what makes each picture, by name."""
    w, error = network()
    model, loss = moons()
    classifier, cross = digits()
    return {
        "readme": readme,
        "neuron": neuron,
        "network": lambda: draw(error),
        "network_highlight": lambda: draw(error, highlight=w[6], color="grad"),
        "moons": lambda: draw(loss),
        "moons_apart": lambda: draw(moons_apart()),
        "moons_names": lambda: draw(loss, names=model),
        "moons_depth": lambda: draw(loss, depth=1),
        "moons_model": lambda: draw(model),
        "digits": lambda: draw(cross, names=classifier),
        "digits_model": lambda: draw(classifier),
        "chain": lambda: draw(chain(1_000_000)),
        "sixty": lambda: draw(expression(60)),
        "irregular": lambda: draw(expression(1_000)),
        "moons_sideways": lambda: draw(loss, direction="LR"),
        "network_sideways": lambda: draw(error, direction="RL", partials=True),
        "runge_kutta": lambda: looped("Runge-Kutta", 1000),
        "runge_kutta_gradient": lambda: looped("Runge-Kutta", 1000, gradient=True),
        "recurrent": lambda: looped("recurrent network", 100),
        "cholesky": lambda: looped("Cholesky", 30),
        "mixture": lambda: looped("mixture", 100),
    }


SIZES = ((1280, 800), (800, 600))
PAGE = """<!doctype html><meta name="color-scheme" content="light dark"><style>body { margin: 0 }
img { display: block; max-width: 100%; margin: auto }</style>"""  # of a notebook: no picture is wider than it


def photograph(directory: Path) -> None:
    """Save what a browser shows of all pictures and pages in a directory, in DIR/seen."""
    seen = directory / "seen"
    seen.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as profile, Browser(profile) as browser:
        browser.ask("Emulation.setScrollbarsHidden", hidden=True)
        for (width, height), dark in product(SIZES, (False, True)):
            browser.look(width, height, dark)
            look = f"{width}-{'dark' if dark else 'light'}"
            for path in sorted(directory.glob("*.svg")):
                still = directory / "still.htm"
                still.write_text(f"{PAGE}<img src='{path.name}'>")
                browser.open(still.as_uri())
                browser.picture(seen / f"{path.stem}-static-{look}.png", whole=True)
                still.unlink()
            for path in sorted(directory.glob("*.html")):
                browser.open(path.as_uri())
                browser.run("typeof ready === 'undefined' ? 0 : ready.then(() => 0)")
                browser.picture(seen / f"{path.stem}-page-{look}.png")
        assert not browser.complaints, browser.complaints


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many seconds of the processor something takes, and what it makes."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


FRAMES = """new Promise((done) => { const start = performance.now(); zoom(1.01);
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))); })"""  # two of them


def times() -> None:
    """Print how long drawing takes and how large pages are, for graphs of several sizes and kinds."""
    first, _ = seconds(draw(Value(1.0) * 2.0).svg)  # it compiles the engine
    print(f"layout engine: {layout.engine()}; seconds of the processor, MB of the page")
    print("by the clock: seconds to open it in a browser, ms of one of its frames")
    print(f"the first picture takes {first:.3f}")
    print(f"{'graph':20}{'nodes':>10}{'boxes':>6}{'draw':>8}{'svg':>7}{'page':>8}{'MB':>8}{'open':>7}{'frame':>7}")
    cases: dict[str, Callable[[], Value]] = {}
    for nodes in (100, 10_000, 100_000, 1_000_000):
        cases[f"chain of {nodes:,}"] = lambda nodes=nodes: chain(nodes)  # type: ignore[misc]
    for nodes in (100, 10_000, 100_000, 1_000_000):
        cases[f"random of {nodes:,}"] = lambda nodes=nodes: numbers(nodes)  # type: ignore[misc]
    cases["moons, 100 samples"] = lambda: moons()[1]
    cases["moons, sums apart"] = moons_apart
    for name, make in cases.items():
        value = make()
        value.backward()
        took, picture = seconds(lambda value=value: draw(value))  # type: ignore[misc]
        laid_out, _ = seconds(picture.svg)
        wrote, page = seconds(picture.html)
        sizes = f"{picture.diagram.total:10,}{len(picture.diagram.boxes):6}{took:8.3f}{laid_out:7.3f}"
        print(
            f"{name:20}{sizes}{wrote:8.3f}{len(page.encode()) / 1e6:8.2f}{opening(page) if PROGRAM else ''}", flush=True
        )


def opening(page: str) -> str:
    """Return how many seconds a browser needs to open a page, and how many milliseconds for a frame of it."""
    with tempfile.TemporaryDirectory() as folder, Browser(folder) as browser:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        start = time.perf_counter()
        browser.open(path.as_uri())
        browser.run("ready.then(() => 0)")
        return f"{time.perf_counter() - start:7.2f}{min(browser.run(FRAMES) for _ in range(5)) / 2:7.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--times", action="store_true")
    arguments = parser.parse_args()
    if arguments.directory:
        arguments.directory.mkdir(parents=True, exist_ok=True)
        for name, make in pictures().items():
            took, picture = seconds(make)
            for suffix in (".dot", ".svg", ".png", ".pdf", ".txt", ".html"):
                picture.save(arguments.directory / f"{name}{suffix}")
            print(f"{name:20}{picture.diagram.total:>10,} nodes {len(picture.diagram.boxes):>3} boxes {took:7.3f} s")
        w, error = network()
        explain(error).save(arguments.directory / "network_steps.html")
        _model, loss = moons()  # which must live for the names of its weights
        explain(loss).save(arguments.directory / "moons_steps.html")
        print(paths(error, w[6], precision=6))
        if PROGRAM:
            photograph(arguments.directory)
    times()


if __name__ == "__main__":
    main()
