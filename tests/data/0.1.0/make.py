"""Make the files beside this one. Run it with version 0.1.0 only, from its root: `python tests/data/0.1.0/make.py`.

The one surprise: what stands in expected.json is measured on the objects themselves, not on what was loaded again.
"""

import csv
import json
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import measure
import user_code

import autograd
import nn
from autograd import Value, program

HERE = Path(__file__).parent


def graph() -> dict[str, Any]:
    """Return a graph with shared nodes, names, scopes, lines and nodes of many operands, after backward; and a leaf."""
    x, y, free = Value(0.75, "x"), Value(-0.5, "y"), Value(-0.0, "free")
    h = autograd.tanh(x * y + 1.0) - x / 3.0
    h.name = "hidden"
    # a line of a file without a folder, so that none of this machine's is kept
    similarity = eval(compile("lambda u, v: cosine_similarity(u, v)", "notebook.py", "eval"), vars(autograd).copy())
    with autograd.scope("outer"), autograd.scope("inner"):
        p = autograd.softmax([x, y, h])
        with autograd.trace_lines():
            q = similarity([x, h, 1.0], [y, 2.0, h])
        q.name = "similarity"
    w = autograd.where(x > 0.0, h, y) + autograd.clamp(h, -2.0, y) + 2.0**x + autograd.sumprod([x, y, h], [h, x, 3.0])
    first = autograd.fsum([w, *p, q, autograd.polygamma(1, x), round(h, 2), autograd.ldexp(y, 3)])
    second = autograd.sqrt(Value(0.0, "zero")) + autograd.maximum(x, h, h) * autograd.hypot(x, y, 2)
    first.backward()
    free.grad = 0.1
    return {"roots": [first, second, free], "leaves": [x, y, free]}


def custom() -> dict[str, Any]:
    """Return a graph with a primitive of a user's own."""
    x, w = Value(0.5, "x"), Value(2.0, "w")
    root = user_code.wave(x, w) * user_code.wave(w, 3.0)
    root.backward()
    return {"roots": [root], "leaves": [x, w]}


def models() -> dict[str, Any]:
    """Return (model, inputs, its optimizer) of several kinds, after two steps each."""
    found = {}
    for name, model, inputs, kind in (
        ("classifier", nn.MLP(2, [2, 2], seed=1), [[0.5, -1.0], [2.0, 0.25]], nn.Adam),
        ("oscillator", user_code.Oscillator(), [0.5, -1.5], nn.SGD),
        ("layer", nn.Layer(1, 2, "leaky_relu", random.Random(4)), [[0.5], [-1.0]], nn.SGD),
    ):
        optimizer = kind(model.parameters(), lr=0.05)
        for _ in range(2):
            measure.models({name: (model, inputs, optimizer)})
        found[name] = (model, inputs, optimizer)
    return found


def programs() -> dict[str, Any]:
    """Return programs: with guards, with rows of many operands, with ugly constants, and one's derivative."""
    inf, nan = float("inf"), float("nan")

    def guards(x: Any, y: Any) -> Any:
        if x <= y or autograd.floor(x) != y:
            return [x * y, autograd.tanh(x)]
        return autograd.exp(y) - float(int(x)) if x else y

    def nary(x: Any, y: Any, z: Any) -> Any:
        return [
            *autograd.softmax([x, y, z]),
            autograd.sumprod([x, y, 0.1], [z, x, y]) + autograd.dist([x, y], [z, 1.0]),
            autograd.fsum([x, y, z, 1e-30]) * autograd.prod([x, y, z]) - autograd.maximum(x, y, z),
        ]

    def ugly(x: Any) -> Any:
        return [autograd.copysign(x, -0.0), x + -0.0, inf, -inf, autograd.minimum(x, inf), x * nan, nan, x * 5e-324]

    found = {
        "program_guards": program.trace(guards, [-1.25, 0.75]),
        "program_nary": program.trace(nary, [0.75, -1.25, 2.0]),
        "program_constants": program.trace(ugly, [0.75]),
    }
    return found | {"program_adjoint": program.optimized(found["program_nary"].adjoint())}


def samples(path: Path) -> None:
    """Write samples of two classes."""
    rng = random.Random(0)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["length", "width", "kind"])
        for i in range(24):
            lengths = [round(i % 2 + rng.gauss(0, 0.2), 3), round(3 - i % 2 + rng.gauss(0, 0.2), 3)]
            writer.writerow([*lengths, ("iris", "rose")[i % 2]])


def main() -> None:
    expected: dict[str, Any] = {}
    for make in (graph, custom, models):
        kind, content = make.__name__, make()
        for protocol in range(2, 6):
            (HERE / f"{kind}.{protocol}.pickle").write_bytes(pickle.dumps(content, protocol))
        expected[kind] = measure.written(measure.KINDS[kind](content))
    for name, made in programs().items():
        (HERE / f"{name}.json").write_text(program.save(made), encoding="utf-8")
        expected[name] = measure.written([True, measure.program(made)])
    model = models()["classifier"][0]
    for suffix in ("safetensors", "json"):
        model.save(HERE / f"model.{suffix}", {"classes": ["iris", "rose"]})
    samples(HERE / "samples.csv")
    with tempfile.TemporaryDirectory() as folder:
        job = ["nn", str(HERE / "samples.csv"), "--target", "kind", "--layers", "2", "--epochs", "30", "--quiet"]
        subprocess.run([sys.executable, "-m", *job, "--loss", "cross_entropy", "--output", folder], check=True)
        shutil.copy(Path(folder) / "model.safetensors", HERE / "flowers.safetensors")
    for name in ("model.safetensors", "flowers.safetensors"):
        expected[name.partition(".")[0]] = measure.measured(HERE / name)
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(x)}" for name, x in expected.items())
    (HERE / "expected.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
