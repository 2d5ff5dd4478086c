"""`Neuron`, `Layer`, `MLP`: a weighted sum and an activation, a row of them, a stack of those.

Start at `Neuron`. The one surprise: a neuron's weighted sum is a single node of the graph, `sumprod`, however many
inputs it has; its bias is a weight whose input is always 1.
"""

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import autograd
from autograd import Value, sumprod
from nn import files
from nn.module import Module

Activation = Callable[[Any], Any]
LINEAR = "linear"
RECTIFIERS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "selu")


def activation_named(name: str) -> Activation:
    """Return autograd's function of one operand with this name; "linear" changes nothing.

    >>> activation_named("relu")(-1.0)
    0.0
    """
    if name == LINEAR:
        return lambda x: x
    if name not in (*RECTIFIERS, "tanh", "sigmoid", "sin", "atan", "erf", "logsigmoid"):
        raise ValueError(f"activation {name!r} is unknown; use linear, tanh, sigmoid, {', '.join(RECTIFIERS)}, ...")
    return getattr(autograd, name)  # type: ignore[no-any-return]


class Neuron(Module):
    """activation(w . x + b).

    The weights start as He and others (2015) have it for rectifiers, normal with variance 2 / n_inputs, else as
    Glorot and Bengio (2010), uniform with variance 2 / (n_inputs + n_outputs); the bias starts at 0.
    """

    def __init__(self, n_inputs: int, activation: str, rng: random.Random, n_outputs: int = 1) -> None:
        if n_inputs < 1:
            raise ValueError(f"Neuron: n_inputs is {n_inputs}; a neuron needs at least one input")
        if activation in RECTIFIERS:
            self.weights = [Value(rng.gauss(0.0, math.sqrt(2.0 / n_inputs))) for _ in range(n_inputs)]
        else:
            limit = math.sqrt(6.0 / (n_inputs + n_outputs))
            self.weights = [Value(rng.uniform(-limit, limit)) for _ in range(n_inputs)]
        self.bias = Value(0.0)
        self._activation = activation_named(activation)

    def __call__(self, x: Sequence[Any]) -> Value:
        if len(x) != len(self.weights):
            raise ValueError(f"Neuron: got {len(x)} inputs, expected {len(self.weights)}")
        return self._activation(sumprod([*self.weights, self.bias], [*x, 1.0]))  # type: ignore[no-any-return]


class Layer(Module):
    """Neurons side by side, all seeing the same inputs."""

    def __init__(self, n_inputs: int, n_outputs: int, activation: str, rng: random.Random) -> None:
        self.neurons = [Neuron(n_inputs, activation, rng, n_outputs) for _ in range(n_outputs)]

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        return [neuron(x) for neuron in self.neurons]


class MLP(Module):
    """Layers one after the other; the last one is linear unless `output` names an activation.

    Called with a sequence of numbers or Values it returns a list of Values, one alone if the last layer has one
    neuron. The same seed gives the same weights.

    >>> model = MLP(2, [3, 1], seed=1)
    >>> model
    MLP(2, [3, 1], activation='tanh', output='linear')
      layer 0   2 -> 3      tanh             9 parameters
      layer 1   3 -> 1      linear           4 parameters
      total                                 13 parameters
    >>> model([1.0, -1.0]).op
    'sumprod'
    """

    def __init__(
        self, n_inputs: int, sizes: Sequence[int], activation: str = "tanh", output: str = LINEAR, seed: int = 0
    ) -> None:
        if not sizes or any(size < 1 for size in sizes):
            raise ValueError(f"MLP: sizes is {list(sizes)}; give the size of each layer, at least 1")
        self._sizes = [n_inputs, *sizes]
        self._activations = [activation] * (len(sizes) - 1) + [output]
        rng = random.Random(seed)
        pairs = zip(self._sizes, sizes, self._activations, strict=False)
        self.layers = [Layer(n, m, kind, rng) for n, m, kind in pairs]

    def __call__(self, x: Sequence[Any]) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def config(self) -> dict[str, Any]:
        """Return the arguments that build a model of this shape."""
        first, last = self._activations[0], self._activations[-1]
        return {"n_inputs": self._sizes[0], "sizes": self._sizes[1:], "activation": first, "output": last}

    @classmethod
    def from_file(cls, path: str | Path) -> tuple["MLP", dict[str, Any]]:
        """Return (model, extra) as `save` wrote them; ValueError for a damaged or foreign file."""
        state, meta = files.read(Path(path))
        try:
            config = meta["config"]
            if sum(n * m for n, m in zip([config["n_inputs"], *config["sizes"]], config["sizes"], strict=False)) > 1e7:
                raise ValueError("more than 10 million weights")
            model = cls(**config)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: it does not say how to build its model: {error}") from error
        model.load_state_dict(state)
        return model, meta.get("extra", {})

    def __repr__(self) -> str:
        first, last = self._activations[0], self._activations[-1]
        lines = [f"MLP({self._sizes[0]}, {self._sizes[1:]}, activation={first!r}, output={last!r})"]
        for i, layer in enumerate(self.layers):
            shape, count = f"{self._sizes[i]} -> {self._sizes[i + 1]}", len(layer.parameters())
            lines.append(f"  layer {i:<3} {shape:11} {self._activations[i]:10} {count:>7} parameters")
        lines.append(f"  {'total':32} {len(self.parameters()):>7} parameters")
        return "\n".join(lines)
