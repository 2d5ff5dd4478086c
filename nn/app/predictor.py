"""`Predictor`: a model with all it needs to take raw samples and to answer in the words of the data.

The scaling of the features, learned from the training samples, is saved in the model's file, because a network on
differently scaled inputs is another network.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import no_grad, sigmoid, softmax
from nn.app.data import Scaling
from nn.layers import MLP
from nn.losses import predicted_class

QUANTITY_LOSSES = ("mse", "huber")
TWO_CLASS_LOSSES = ("binary_cross_entropy", "cross_entropy", "hinge")


def fitting_losses(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the losses that fit a target, the default first; no classes: a quantity."""
    return ("cross_entropy",) if len(classes) > 2 else TWO_CLASS_LOSSES if classes else QUANTITY_LOSSES


@dataclass(frozen=True, slots=True)
class Predictor:
    """A trained model, the loss it was trained with, and the columns, classes and scalings of its data."""

    model: MLP
    loss: str
    features: list[str]
    classes: list[str]  # empty where the target is a quantity
    inputs: Scaling
    output: Scaling  # of a quantity; of no columns for classes
    seed: int  # that of the split: the samples drawn for the test were never trained on

    def __post_init__(self) -> None:
        losses = fitting_losses(self.classes)
        if self.loss not in losses:
            what = f"{len(self.classes)} classes" if self.classes else "a quantity"
            raise ValueError(f"--loss {self.loss} does not fit a target of {what}; use {' or '.join(losses)}")
        outputs = len(self.classes) if self.loss == "cross_entropy" else 1
        config = self.model.config()
        if (config["n_inputs"], config["sizes"][-1]) != (len(self.features), outputs):
            raise ValueError(f"{len(self.features)} features and {outputs} outputs do not fit its model")
        if not all(isinstance(x, str) for x in (*self.features, *self.classes)) or type(self.seed) is not int:
            raise ValueError("its features and classes are not names, or its seed is not an int")
        for scaling, size in ((self.inputs, len(self.features)), (self.output, 0 if self.classes else 1)):
            for numbers, least in ((scaling.means, -math.inf), (scaling.deviations, 0.0)):
                if len(numbers) != size or not all(type(x) is float and least < x < math.inf for x in numbers):
                    raise ValueError(f"its scaling is not {size} finite numbers and {size} positive ones")

    def __call__(self, X: Sequence[Sequence[float]]) -> list[Any]:
        """Return the class number, or the quantity, of each raw sample."""
        outputs = self._outputs(X)
        return [predicted_class(z) if self.classes else self.output.undo([z.data])[0] for z in outputs]

    def probabilities(self, X: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return the probability of each class for each raw sample; 0 or 1 if the loss, hinge, knows none."""
        outputs = self._outputs(X)
        if self.loss == "cross_entropy":
            return [[p.data for p in softmax(z)] for z in outputs]
        ones = [sigmoid(z.data) if self.loss == "binary_cross_entropy" else float(z > 0.0) for z in outputs]
        return [[1.0 - p, p] for p in ones]

    def _outputs(self, X: Sequence[Sequence[float]]) -> list[Any]:
        with no_grad():
            return [self.model(self.inputs(row)) for row in X]

    def targets(self, y: Sequence[Any]) -> list[Any]:
        """Return targets as the loss takes them: labels -1 and +1 for hinge, quantities scaled."""
        if self.loss == "hinge":
            return [2 * t - 1 for t in y]
        return list(y) if self.classes else [self.output([t])[0] for t in y]

    def save(self, path: str | Path) -> None:
        """Write everything to a .safetensors or .json file."""
        names = ("loss", "features", "classes", "seed")
        scalings = {name: [s.means, s.deviations] for name, s in (("inputs", self.inputs), ("output", self.output))}
        self.model.save(path, {name: getattr(self, name) for name in names} | scalings)

    @classmethod
    def from_file(cls, path: str | Path) -> "Predictor":
        """Return what `save` wrote; ValueError for a damaged or foreign file."""
        model, extra = MLP.from_file(path)
        try:
            inputs, output = Scaling(*extra.pop("inputs")), Scaling(*extra.pop("output"))
            return cls(model, inputs=inputs, output=output, **extra)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: it does not say how to use its model on raw data: {error}") from error
