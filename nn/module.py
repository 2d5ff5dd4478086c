"""`Module`: something with parameters, and what can be done with all of them at once.

Start at `Module.named_parameters`. The one surprise: parameters are found, not registered: whatever Values, modules,
and lists or dicts of them are attributes of a module are its parameters, in the order in which they were assigned.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd import Value
from nn import files


class Module:
    """Base of layers and models."""

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (path, parameter) pairs in the order of assignment, as `("layers.0.neurons.1.bias", Value(0.0))`.

        A parameter that is used in two places is listed once, under its first path.
        """
        found: dict[int, tuple[str, Value]] = {}
        for path, leaves in _arrays(self, ""):
            for place, leaf in _walk(leaves, path):
                found.setdefault(id(leaf), (place, leaf))
        return list(found.values())

    def parameters(self) -> list[Value]:
        """Return every parameter once."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero: before each backward, because leaves accumulate."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return the numbers of all parameters by path: floats, and (nested) lists of floats."""
        return {path: _numbers(leaves) for path, leaves in _arrays(self, "")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set all parameters from what `state_dict` returned; either all of them or, on any error, none.

        Raises ValueError if a path is missing or unknown, a shape differs, or a number is not finite.
        """
        arrays = dict(_arrays(self, ""))
        if missing := sorted(arrays.keys() - state.keys()):
            raise ValueError(f"load_state_dict: missing {', '.join(missing[:5])}")
        if unknown := sorted(state.keys() - arrays.keys()):
            raise ValueError(f"load_state_dict: unknown {', '.join(unknown[:5])}")
        pairs = [pair for path, leaves in arrays.items() for pair in _pairs(leaves, state[path], path)]
        for leaf, number in pairs:
            leaf.data = number

    def config(self) -> dict[str, Any]:
        """Return what is needed, beside the parameters, to build this module again; saved with it."""
        return {}

    def save(self, path: str | Path, extra: dict[str, Any] | None = None) -> None:
        """Write the parameters, `config()` and `extra` to a .safetensors or .json file, whole or not at all."""
        files.write(Path(path), self.state_dict(), {"config": self.config(), "extra": extra or {}})

    def load(self, path: str | Path) -> None:
        """Set the parameters from a file that `save` wrote; on any error they stay as they were.

        Raises ValueError for a damaged or foreign file; nothing in a file is ever executed.
        """
        self.load_state_dict(files.read(Path(path))[0])


def _arrays(x: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, leaves) for every attribute below x that is a Value or a nest of lists of Values alone."""
    if isinstance(x, Value) or (isinstance(x, (list, tuple)) and x and all(_only_values(y) for y in x)):
        yield path, x
        return
    items: Any = ()
    if isinstance(x, Module):
        items = vars(x).items()
    elif isinstance(x, dict):
        items = x.items()
    elif isinstance(x, (list, tuple)):
        items = enumerate(x)
    for key, y in items:
        yield from _arrays(y, f"{path}.{key}" if path else str(key))


def _only_values(x: Any) -> bool:
    return isinstance(x, Value) or (isinstance(x, (list, tuple)) and bool(x) and all(map(_only_values, x)))


def _walk(leaves: Any, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(leaves, Value):
        yield path, leaves
    else:
        for i, leaf in enumerate(leaves):
            yield from _walk(leaf, f"{path}.{i}")


def _numbers(leaves: Any) -> Any:
    return leaves.data if isinstance(leaves, Value) else [_numbers(leaf) for leaf in leaves]


def _pairs(leaves: Any, numbers: Any, path: str) -> Iterator[tuple[Value, float]]:
    if isinstance(leaves, Value):
        if isinstance(numbers, bool) or not isinstance(numbers, (int, float)) or not math.isfinite(numbers):
            raise ValueError(f"load_state_dict: {path} is {str(numbers)[:40]!r}, not a finite number")
        yield leaves, float(numbers)
    elif not isinstance(numbers, (list, tuple)) or len(numbers) != len(leaves):
        size = len(numbers) if isinstance(numbers, (list, tuple)) else type(numbers).__name__
        raise ValueError(f"load_state_dict: {path} has shape {size}, expected {len(leaves)}")
    else:
        for i, (leaf, number) in enumerate(zip(leaves, numbers, strict=True)):
            yield from _pairs(leaf, number, f"{path}.{i}")
