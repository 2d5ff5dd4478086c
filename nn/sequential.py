"""`Sequential`: layers one after the other, and the small ones that stand between: `Activation`, `Flatten`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nn.compiled import over_batch
from nn.layers import activation_name, activation_named
from nn.module import Module, Number

Step = Callable[..., Any]


class Sequential(Module):
    """Layers one after the other: modules, functions, and names of activations, which are applied to each number.

    >>> model = Sequential(lambda x: [2.0 * y for y in x], "relu")
    >>> model([1.0, -1.0])
    [2.0, 0.0]
    """

    def __init__(self, *layers: Step | str) -> None:
        if not layers:
            raise ValueError("Sequential: no layers; give at least one")
        for layer in layers:
            if not callable(layer) and not isinstance(layer, str):
                raise TypeError(f"Sequential: {layer!r} is no layer; give modules, functions and names of activations")
        self.layers: list[Step] = [Activation(layer) if isinstance(layer, str) else layer for layer in layers]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def over_batch(self, X: Sequence[Any]) -> list[Any]:
        """Return what the layers make of each sample, layer by layer."""
        for layer in self.layers:
            X = over_batch(layer, X)
        return list(X)


class Activation(Module, scoped=False):
    """A function of one number, by its name in autograd or itself, applied to each number of a nest of lists."""

    def __init__(self, activation: str | Callable[[Number], Number]) -> None:
        self._function = activation_named(activation)
        self._name = activation_name(activation)

    def __call__(self, x: Any) -> Any:
        return [self(y) for y in x] if hasattr(x, "__len__") else self._function(x)

    def config(self) -> dict[str, Any]:
        """Return the name of the function."""
        return {"activation": self._name}


class Flatten(Module, scoped=False):
    """A nest of lists as one list of numbers, row by row.

    >>> Flatten()([[1.0, 2.0], [[3.0]]])
    [1.0, 2.0, 3.0]
    """

    def __call__(self, x: Any) -> list[Number]:
        return list(_numbers(x))


def _numbers(x: Any) -> Iterator[Number]:
    if not hasattr(x, "__len__"):
        yield x
        return
    for y in x:
        yield from _numbers(y)
