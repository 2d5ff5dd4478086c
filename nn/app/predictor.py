"""`Predictor`: a model with all it needs to take a file's rows and to answer in the words of the data.

What its columns become and how features and target are scaled, learned from the training samples, is saved in the
model's file, because a network on differently prepared inputs is another network.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import no_grad, sigmoid, softmax, vmap
from nn.app.data import Scaling
from nn.app.preparation import Column, Preparation
from nn.layers import LINEAR, MLP, activation_named
from nn.losses import predicted_class

if TYPE_CHECKING:
    import numpy as np

WIDE = 50.0  # times its median: a quantity that goes as far as that is learned on a scale of its logarithms
DEFAULTS: dict[str, Any] = {"target": "target", "share": 0.2}  # which files of older models do not name
QUANTITY_LOSSES = ("mse", "huber")
TWO_CLASS_LOSSES = ("binary_cross_entropy", "cross_entropy", "hinge")


def fitting_losses(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the losses that fit a target, the default first; no classes: a quantity."""
    return ("cross_entropy",) if len(classes) > 2 else TWO_CLASS_LOSSES if classes else QUANTITY_LOSSES


@dataclass(frozen=True, slots=True)
class Bend:
    """A quantity of many sizes as asinh(y / unit): its logarithm, but for what is small, zero, or negative."""

    unit: float
    low: float  # of what was learned, bent; answers go no further than e times beyond it
    high: float

    @classmethod
    def of(cls, y: Sequence[float]) -> "Bend | None":
        """Return the bend that these quantities ask for, or None.

        >>> Bend.of([1.0, 2.0, 3.0]), Bend.of([1.0, 2.0, 1e6]).unit
        (None, 1.0)
        """
        sizes = sorted(abs(x) for x in y if x)
        if not sizes or sizes[-1] < WIDE * sizes[len(sizes) // 2]:
            return None
        unit = sizes[len(sizes) // 10]
        return cls(unit, math.asinh(min(y) / unit), math.asinh(max(y) / unit))

    def __post_init__(self) -> None:
        if not all(type(x) is float and abs(x) < math.inf for x in (self.unit, self.low, self.high)):
            raise ValueError("the bend of its target is not three finite numbers")
        if not (self.unit > 0.0 and -300.0 < self.low <= self.high < 300.0):
            raise ValueError("the bend of its target has a unit or ends that cannot be")

    def __call__(self, y: float) -> float:
        """Return a quantity bent."""
        return math.asinh(y / self.unit)

    def undo(self, z: float) -> float:
        """Return a bent quantity as it was."""
        return math.sinh(min(max(z, self.low - 1.0), self.high + 1.0)) * self.unit


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
    preparation: Preparation = field(default_factory=lambda: Preparation([]))  # none: every feature is a number
    target: str = DEFAULTS["target"]  # the name of its column
    share: float = DEFAULTS["share"]  # of the samples, for the test
    bend: Bend | None = None  # of a quantity, before it is scaled

    def __post_init__(self) -> None:
        if not self.preparation.columns and len(self.inputs.means) == len(self.features):
            object.__setattr__(self, "preparation", self._plain())
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
        if self.preparation.columns and self.preparation.inputs != self.features:
            raise ValueError("its features are not what its columns become")
        if type(self.target) is not str or type(self.share) is not float or not 0.0 < self.share < 1.0:
            raise ValueError("its target is not a name, or the share of its test is none")
        for scaling, size in ((self.inputs, len(self.features)), (self.output, 0 if self.classes else 1)):
            for numbers, least in ((scaling.means, -math.inf), (scaling.deviations, 0.0)):
                if len(numbers) != size or not all(type(x) is float and least < x < math.inf for x in numbers):
                    raise ValueError(f"its scaling is not {size} finite numbers and {size} positive ones")

    def _plain(self) -> Preparation:
        """Return the preparation of features that are all numbers, without one missing."""
        return Preparation(
            [Column(name, fill=mean) for name, mean in zip(self.features, self.inputs.means, strict=True)]
        )

    def __call__(self, X: Sequence[Sequence[float]]) -> list[Any]:
        """Return the class number, or the quantity, of each raw sample."""
        return self._said(self._outputs(X))

    def probabilities(self, X: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return the probability of each class for each raw sample; 0 or 1 if the loss, hinge, knows none."""
        return self._shares(self._outputs(X))

    def answers(self, X: Sequence[Sequence[float]]) -> list[list[Any]]:
        """Return the quantity of each raw sample, or the name of its class and the probability of each."""
        outputs = self._outputs(X)
        if not self.classes:
            return [[y] for y in self._said(outputs)]
        pairs = zip(self._said(outputs), self._shares(outputs), strict=True)
        return [[self.classes[c], *shares] for c, shares in pairs]

    def _said(self, outputs: Sequence[Any]) -> list[Any]:
        if self.classes:
            return [predicted_class(z) for z in outputs]
        scaled = [self.output.undo([z])[0] for z in outputs]
        return [self.bend.undo(z) for z in scaled] if self.bend else scaled

    def _shares(self, outputs: Sequence[Any]) -> list[list[float]]:
        if self.loss == "cross_entropy":
            return [softmax(z) for z in outputs]
        ones = [sigmoid(z) if self.loss == "binary_cross_entropy" else float(z > 0.0) for z in outputs]
        return [[1.0 - p, p] for p in ones]

    def _outputs(self, X: Sequence[Sequence[float]]) -> list[Any]:
        """Return what the model gives for each raw sample: a number, or a list of them."""
        with no_grad():
            found = [self.model(self.inputs(row)) for row in X]
        return [[y.data for y in z] if isinstance(z, list) else z.data for z in found]

    def by_matrices(self) -> Callable[["np.ndarray[Any, Any]"], list[Any]]:
        """Return a function that gives the class number, or the quantity, of each row of scaled inputs, quickly.

        But for rounding it is what `predictor(X)` says; a tie of classes that rounding breaks may be broken otherwise.
        """
        import numpy as np

        state = self.model.state_dict()
        layers = [
            (np.array(state[f"layers.{i}.weight"]).T, np.array(state[f"layers.{i}.bias"]), layer.config()["activation"])
            for i, layer in enumerate(self.model.layers)
        ]
        activations = {name: vmap(activation_named(name)) for _, _, name in layers if name != LINEAR}

        def said(z: "np.ndarray[Any, Any]") -> list[Any]:
            for weights, bias, activation in layers:
                z = z @ weights + bias
                if activation in activations:
                    z = activations[activation](z.ravel()).reshape(z.shape)
            return self._said((z[:, 0] if z.shape[1] == 1 else z).tolist())

        return said

    def targets(self, y: Sequence[Any]) -> list[Any]:
        """Return targets as the loss takes them: labels -1 and +1 for hinge, quantities scaled."""
        if self.loss == "hinge":
            return [2 * t - 1 for t in y]
        if self.classes:
            return list(y)
        return [self.output([self.bend(t) if self.bend else t])[0] for t in y]

    def save(self, path: str | Path) -> None:
        """Write everything to a .safetensors or .json file; what is as it is without a word is left out."""
        names = ("loss", "features", "classes", "seed")
        told: dict[str, Any] = {name: getattr(self, name) for name in names}
        told |= {name: [s.means, s.deviations] for name, s in (("inputs", self.inputs), ("output", self.output))}
        if self.preparation != self._plain():
            told["preparation"] = self.preparation.to_json()
        if self.bend:
            told["bend"] = [self.bend.unit, self.bend.low, self.bend.high]
        told |= {name: getattr(self, name) for name in ("target", "share") if getattr(self, name) != DEFAULTS[name]}
        self.model.save(path, told)

    @classmethod
    def from_file(cls, path: str | Path) -> "Predictor":
        """Return what `save` wrote; ValueError for a damaged or foreign file."""
        model, extra = MLP.from_file(path)
        try:
            inputs, output = Scaling(*extra.pop("inputs")), Scaling(*extra.pop("output"))
            bend = extra.pop("bend", None)
            preparation = Preparation.from_json(extra.pop("preparation", {"columns": []}))
            found = cls(model, inputs=inputs, output=output, preparation=preparation, **extra)
            return replace(found, bend=Bend(*bend)) if bend is not None else found
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: it does not say how to use its model on raw data: {error}") from error
