"""`Neuron`, `Layer`, `MLP`: a weighted sum and an activation, a row of them, a stack of those.

A neuron's weighted sum is a single node of the graph, `sumprod`, however many inputs it has; its bias is a weight whose
input is always 1.
"""

import math
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import autograd
from autograd import Primitive, Value, sumprod
from nn import files
from nn.initial import Rng, check_counts, check_size, uniform
from nn.module import Module, Number

Activation = Callable[[Number], Number]
LINEAR = "linear"


def identity(x: Number) -> Number:
    """Return x: the activation named "linear"."""
    return x


def activation_named(name: str | Activation) -> Activation:
    """Return autograd's function of one operand with this name; "linear" changes nothing. A function is returned as is.

    Raises ValueError if there is none of this name.

    >>> activation_named("relu")(-1.0)
    0.0
    """
    if callable(name):
        return name
    if name == LINEAR:
        return identity
    found: Any = getattr(autograd, str(name), None)
    if _is_rectifier(name) or (isinstance(found, Primitive) and len(found.partials) == 1):
        return found  # type: ignore[no-any-return]
    remedy = "use linear, or a function of autograd of one number: tanh, sigmoid, relu, gelu, ..."
    raise ValueError(f"activation {name!r} is unknown; {remedy}")


def activations() -> list[str]:
    """Return the names that `activation_named` knows.

    >>> "linear" in activations(), "tanh" in activations(), "grad" in activations()
    (True, True, False)
    """
    found = []
    for name in [LINEAR, *autograd.__all__]:
        with suppress(ValueError):
            activation_named(name)
            found.append(name)
    return found


def _is_rectifier(name: str) -> bool:
    """Return whether autograd's function of this name lets large numbers through and stops negative ones."""
    function = getattr(autograd, str(name), None)
    row = getattr(function, "primitive", function)
    return isinstance(row, Primitive) and row.rectifier


def activation_name(activation: str | Activation) -> str:
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "name", None) or getattr(activation, "__name__", "custom"))


class Neuron(Module, scoped=False):
    """activation(w . x + b); the activation is the name of a function of autograd, or any function of one Value.

    The weights start as He and others (2015) have it for rectifiers, normal with variance 2 / n_inputs, else as
    Glorot and Bengio (2010), uniform with variance 2 / (n_inputs + n_outputs); the bias starts at 0. They are drawn
    from `rng`, or from the module random.
    """

    def __init__(
        self, n_inputs: int, activation: str | Activation = "tanh", rng: Rng = None, n_outputs: int = 1
    ) -> None:
        if not isinstance(n_inputs, int):
            raise TypeError(f"Neuron: n_inputs is {n_inputs!r}; use an int, how many numbers it takes")
        if n_inputs < 1:
            raise ValueError(f"Neuron: n_inputs is {n_inputs}; a neuron needs at least one input")
        self._activation = activation_named(activation)
        if _is_rectifier(activation_name(activation)):
            draw = (rng or random).gauss
            self.weights: list[Value] = [Value(draw(0.0, math.sqrt(2.0 / n_inputs))) for _ in range(n_inputs)]
        else:
            self.weights = uniform(n_inputs, math.sqrt(6.0 / (n_inputs + n_outputs)), rng)
        self.bias: Value = Value(0.0)

    def __call__(self, x: Sequence[Number]) -> Value:
        check_size(self, x, len(self.weights))
        try:
            total = sumprod([*self.weights, self.bias], [*x, 1.0])
        except TypeError:
            if any(hasattr(y, "__len__") for y in x):
                words = "Neuron: got several samples at once; call it for each: [model(x) for x in batch]"
                raise TypeError(words) from None
            raise
        return self._activation(total)  # type: ignore[no-any-return]


class Layer(Module):
    """Neurons side by side, all seeing the same inputs; their parameters are `weight`, a row for each, and `bias`."""

    def __init__(self, n_inputs: int, n_outputs: int, activation: str | Activation = "tanh", rng: Rng = None) -> None:
        check_counts(self, n_outputs=n_outputs)
        self.neurons: list[Neuron] = [Neuron(n_inputs, activation, rng, n_outputs) for _ in range(n_outputs)]
        self._activation = activation_name(activation)

    def __call__(self, x: Sequence[Number]) -> list[Value]:
        return [neuron(x) for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        """Return the sizes and the name of the activation."""
        n_inputs, n_outputs = len(self.neurons[0].weights), len(self.neurons)
        return {"n_inputs": n_inputs, "n_outputs": n_outputs, "activation": self._activation}

    def attributes(self) -> dict[str, Any]:
        """Return the parameters in two arrays, named and laid out as those of PyTorch's `Linear`."""
        neurons = self.neurons
        return {"weight": [neuron.weights for neuron in neurons], "bias": [neuron.bias for neuron in neurons]}


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
    >>> round(model([1.0, -1.0]).data, 6)
    0.129922
    """

    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int],
        activation: str | Activation = "tanh",
        output: str | Activation = LINEAR,
        seed: int = 0,
    ) -> None:
        if not hasattr(sizes, "__len__"):
            raise TypeError(f"MLP: sizes is {sizes!r}; use a list, the size of each layer, as in MLP(3, [4, 1])")
        if not sizes or any(size < 1 for size in sizes):
            raise ValueError(f"MLP: sizes is {list(sizes)}; give the size of each layer, at least 1")
        self._sizes = [n_inputs, *sizes]
        activation_named(activation)  # a wrong one is refused even where a single layer does not use it
        self._activation, self._output = activation_name(activation), activation_name(output)
        rng = random.Random(seed)
        kinds = [activation] * (len(sizes) - 1) + [output]
        pairs = zip(self._sizes, sizes, kinds, strict=False)
        self.layers: list[Layer] = [Layer(n, m, kind, rng) for n, m, kind in pairs]

    def __call__(self, x: Sequence[Number]) -> Number | list[Number]:
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def config(self) -> dict[str, Any]:
        """Return the arguments that build a model of this shape."""
        n_inputs, *sizes = self._sizes
        return {"n_inputs": n_inputs, "sizes": sizes, "activation": self._activation, "output": self._output}

    @classmethod
    def from_file(cls, path: str | Path) -> tuple["MLP", dict[str, Any]]:
        """Return (model, extra) as `save` wrote them; ValueError for a damaged or foreign file."""
        state, meta = files.read(Path(path))
        try:
            config = meta["config"]
            for i, (n, m) in enumerate(pairwise([config["n_inputs"], *config["sizes"]])):
                rows: Any = state[f"layers.{i}.weight"]
                if sum(map(len, rows)) != n * m:  # so no small file builds a huge model
                    raise ValueError(f"layers.{i}.weight does not have {n} x {m} numbers")
            model = cls(**config)
            model.load_state_dict(state)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: it does not say how to build its model: {error}") from error
        return model, meta.get("extra", {})

    def __repr__(self) -> str:
        n_inputs, *sizes = self._sizes
        lines = [f"MLP({n_inputs}, {sizes}, activation={self._activation!r}, output={self._output!r})"]
        for i, layer in enumerate(self.layers):
            kind = self._activation if i + 1 < len(sizes) else self._output
            shape = f"{self._sizes[i]} -> {sizes[i]}"
            lines.append(f"  layer {i:<3} {shape:11} {kind:10} {len(layer.parameters()):>7} parameters")
        lines.append(f"  {'total':32} {len(self.parameters()):>7} parameters")
        return "\n".join(lines)
