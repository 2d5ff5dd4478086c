"""The numbers of a file beside this one: `python measure.py FILE` loads it and prints them as JSON.

Start at `measured`. The one surprise: nothing of autograd or nn is imported before a pickle is loaded, because it is
the pickle that must find what it names.
"""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

NUMBERS = (0.75, -1.25, 2.0)
MEMORY = ("data", "grad", "name", "scope", "line", "op", "partials")


def written(x: Any) -> Any:
    """Return a nest of numbers with its floats in hexadecimal, tuples as lists, objects as their text."""
    if isinstance(x, float):
        return float(x).hex()
    if hasattr(x, "tolist"):  # an array
        return written(x.tolist())
    if isinstance(x, dict):
        return {str(key): written(y) for key, y in x.items()}
    if isinstance(x, (list, tuple)):
        return [written(y) for y in x]
    return x if x is None or isinstance(x, (str, int)) else repr(x)


def nodes(roots: Any) -> list[Any]:
    """Return all nodes below some Values, parents first."""
    found: dict[int, Any] = {}
    waiting = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        missing = [parent for parent in node.parents if id(parent) not in found]
        if missing:
            waiting += [node, *reversed(missing)]
        else:
            found.setdefault(id(node), node)
    return list(found.values())


def graph(content: dict[str, Any]) -> Any:
    """Return what every node remembers, and the gradients after backward of all roots, which starts from those kept."""
    from autograd import Value, backward

    order = nodes(content["roots"])
    places = {id(node): i for i, node in enumerate(order)}

    def operand(x: Any) -> Any:
        return ["node", places[id(x)]] if type(x) is Value else x

    memory = [[*(getattr(node, name) for name in MEMORY), [operand(x) for x in node.operands]] for node in order]
    leaves = [places[id(leaf)] for leaf in content["leaves"]]
    backward(content["roots"])
    return {"nodes": memory, "leaves": leaves, "gradients": [node.grad for node in order]}


def models(content: dict[str, Any]) -> Any:
    """Return outputs and gradients of the models, and their parameters after one more step of the optimizers."""
    found: dict[str, Any] = {}
    for name, (model, inputs, optimizer) in content.items():
        outputs = [model(x) for x in inputs]
        flat = [z for y in outputs for z in (y if isinstance(y, list) else [y])]
        loss = sum((z * z for z in flat), 0.0)
        model.zero_grad()
        loss.backward()
        gradients = {path: p.grad for path, p in model.named_parameters()}
        optimizer.step()
        found[name] = [str(model), model.config(), [z.data for z in flat], loss.data, gradients, model.state_dict()]
    return found


def program(content: Any) -> Any:
    """Return the text of a program, and its outputs and those of its adjoint at several inputs."""
    points = [[NUMBERS[(i + j) % 3] for j in range(content.inputs)] for i in range(3)]
    adjoint = content.adjoint()
    seeds = [1.0] * len(content.outputs)
    outputs = [content.evaluate(x) for x in points]
    return [str(content), outputs, [adjoint.evaluate([*x, *seeds]) for x in points]]


def saved(path: Path) -> Any:
    """Return the outputs of a model in a file that `save` or `python -m nn` wrote."""
    from nn import MLP

    model, extra = MLP.from_file(path)
    inputs = [NUMBERS[: model.config()["n_inputs"]], NUMBERS[-model.config()["n_inputs"] :]]
    return [model.config(), model.state_dict(), extra, [[z.data for z in model(x)] for x in inputs]]


KINDS = {"graph": graph, "custom": graph, "models": models}


def measured(path: Path) -> Any:
    """Return the numbers of a file, ready for JSON."""
    kind, _, suffix = path.name.partition(".")
    if suffix.endswith("pickle"):
        content = pickle.loads(path.read_bytes())
        return written(KINDS[kind](content))
    if kind.startswith("program"):
        from autograd.program import load, save

        text = path.read_text(encoding="utf-8")
        loaded = load(text)
        return written([save(loaded) == text, program(loaded)])
    return written(saved(path))


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
