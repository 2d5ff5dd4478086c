"""`MLPClassifier` and `MLPRegressor`: the networks of this package as estimators of scikit-learn.

They go into its pipelines, searches and cross-validation. The parameters are named as those of scikit-learn's own
estimators of these names; features should be scaled, as there.
"""

import math
from collections.abc import Sequence
from typing import Any, Self, cast

from autograd import MissingExtra, no_grad, sigmoid, softmax
from nn.history import History
from nn.layers import MLP
from nn.losses import Loss, binary_cross_entropy, cross_entropy, mse
from nn.module import without_scopes
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.training import fit

try:
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data
except ImportError as _error:
    raise MissingExtra("scikit-learn", "train") from _error

Array = Any  # of NumPy's
BATCH = 64  # of samples, where batch_size is "auto"


class _MLP(BaseEstimator):  # type: ignore[misc]
    """What both estimators share."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (16,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.01,
        max_iter: int = 100,
        random_state: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from new weights, and return the estimator.

        `sample_weight` says how much each sample counts; with `early_stopping` a share of the samples says which epoch
        is best, and training stops `n_iter_no_change` epochs after it.
        """
        X, y, weights = self._checked(X, y, sample_weight, reset=True)
        self._begin(y, weights)
        self._train(X, self._targets(y), weights, self.max_iter, self.early_stopping)
        return self

    def _begin(self, y: Array, weights: Array) -> None:
        """Learn what the targets are, and make the model and its optimizer."""
        self._learn_targets(y, weights)
        if self.solver not in OPTIMIZERS:
            raise ValueError(f"solver is {self.solver!r}; use {', '.join(OPTIMIZERS)}")
        self._random = check_random_state(self.random_state)
        sizes = [*np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)).tolist(), self._n_outputs()]
        self.model_ = MLP(self.n_features_in_, sizes, self.activation, seed=self._seed())
        make: Any = OPTIMIZERS[self.solver]
        parameters = self.model_.parameters()
        self.optimizer_: Optimizer = make(parameters, lr=self.learning_rate_init, weight_decay=self.alpha)
        self.n_iter_ = 0
        self.loss_curve_: list[float] = []

    def _seed(self) -> int:
        return int(self._random.randint(2**31))

    def _train(self, X: Array, targets: Array, weights: Array, epochs: int, stopping: bool) -> None:
        pairs = list(zip(targets.tolist(), (weights * (len(weights) / weights.sum())).tolist(), strict=True))
        loss = self._loss()
        size = min(BATCH, len(pairs)) if self.batch_size == "auto" else self.batch_size
        rows, validation = X.tolist(), None
        if stopping:
            groups = targets if hasattr(self, "classes_") else None
            seed = self._seed()
            split = train_test_split(
                rows, pairs, test_size=self.validation_fraction, random_state=seed, stratify=groups
            )
            rows, held, pairs, held_pairs = split
            validation = (held, held_pairs)

        def weighted(output: Any, pair: tuple[Any, float]) -> Any:
            target, weight = pair
            return loss(output, target) * weight

        history: History = fit(
            self.model_,
            rows,
            pairs,
            loss=weighted,
            optimizer=self.optimizer_,
            epochs=epochs,
            batch_size=cast(int, size),
            validation=validation,
            seed=self._seed(),
            patience=self.n_iter_no_change if stopping else None,
            progress=bool(self.verbose),
        )
        self.n_iter_ += len(history.epochs)
        self.loss_curve_ += [epoch.loss for epoch in history.epochs]
        self.history_ = history

    def _checked(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> tuple[Array, Array, Array]:
        """Return samples, targets and weights as arrays, without the samples that weigh nothing."""
        X, y = validate_data(self, X, y, dtype=float, y_numeric=not isinstance(self, ClassifierMixin), reset=reset)
        y = column_or_1d(y, warn=True)
        weights = _check_sample_weight(sample_weight, X, dtype=float, ensure_non_negative=True)
        return X[weights > 0.0], y[weights > 0.0], weights[weights > 0.0]

    def _outputs(self, X: Any) -> list[Any]:
        check_is_fitted(self, "model_")
        rows = validate_data(self, X, dtype=float, reset=False).tolist()
        with without_scopes(), no_grad():
            return [self.model_(row) for row in rows]

    def _loss(self) -> Loss:
        raise NotImplementedError

    def _learn_targets(self, y: Array, weights: Array) -> None:
        raise NotImplementedError

    def _targets(self, y: Array) -> Array:
        raise NotImplementedError

    def _n_outputs(self) -> int:
        raise NotImplementedError


class MLPClassifier(ClassifierMixin, _MLP):  # type: ignore[misc]
    """A network that tells classes apart: by `binary_cross_entropy` two of them, by `cross_entropy` any other number.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> model = MLPClassifier(random_state=0).fit(X, y)
    >>> model.predict([[0.5], [2.5]]).tolist()
    ['low', 'high']
    """

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch, going on from the weights there are; the first call names all `classes`."""
        first = not hasattr(self, "model_")
        X, y, weights = self._checked(X, y, sample_weight, reset=first)
        if first:
            if classes is None:
                raise ValueError("partial_fit: classes is None; the first call must name all classes")
            self._begin(np.asarray(classes), weights)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"partial_fit: classes are {list(self.classes_)}, as the first call named them")
        self._train(X, self._targets(y), weights, 1, False)
        return self

    def predict(self, X: Any) -> Array:
        """Return the class of each sample."""
        chosen = self.predict_proba(X).argmax(axis=1)  # which says so if there is no model yet
        return self.classes_[chosen]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, in the order of `classes_`, for each sample."""
        outputs = self._outputs(X)
        if len(self.classes_) != 2:
            lists: list[list[Any]] = [output if isinstance(output, list) else [output] for output in outputs]
            return np.array([[p.data for p in softmax(scores)] for scores in lists])
        positive = np.array([sigmoid(output.data) for output in outputs])
        return np.stack([1.0 - positive, positive], axis=1)

    def _loss(self) -> Loss:
        if len(self.classes_) == 1:  # there is nothing to learn
            return lambda score, target: score * 0.0
        return binary_cross_entropy if len(self.classes_) == 2 else cross_entropy

    def _learn_targets(self, y: Array, weights: Array) -> None:
        check_classification_targets(y)
        self.classes_: Array = np.unique(y)

    def _targets(self, y: Array) -> Array:
        check_classification_targets(y)
        if strange := set(np.unique(y).tolist()) - set(self.classes_.tolist()):
            raise ValueError(f"y has classes that are not known: {sorted(strange)[:3]}; use {list(self.classes_)}")
        return np.searchsorted(self.classes_, y)

    def _n_outputs(self) -> int:
        return 1 if len(self.classes_) == 2 else len(self.classes_)


class MLPRegressor(RegressorMixin, _MLP):  # type: ignore[misc]
    """A network that predicts a quantity, by `mse`; the targets are brought to mean 0 and deviation 1 meanwhile.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [10.0, 20.0, 30.0, 40.0]
    >>> model = MLPRegressor(random_state=0, max_iter=300).fit(X, y)
    >>> bool(abs(model.predict([[1.5]])[0] - 25.0) < 3.0)
    True
    """

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch, going on from the weights there are; the first call says how targets are scaled."""
        first = not hasattr(self, "model_")
        X, y, weights = self._checked(X, y, sample_weight, reset=first)
        if first:
            self._begin(y, weights)
        self._train(X, self._targets(y), weights, 1, False)
        return self

    def predict(self, X: Any) -> Array:
        """Return the quantity for each sample."""
        scaled = np.array([output.data for output in self._outputs(X)])
        return scaled * self.scale_ + self.mean_

    def _loss(self) -> Loss:
        return mse

    def _learn_targets(self, y: Array, weights: Array) -> None:
        total = math.fsum(weights)
        self.mean_: float = math.fsum(weights * y) / total
        self.scale_: float = math.sqrt(math.fsum(weights * (y - self.mean_) ** 2) / total) or 1.0

    def _targets(self, y: Array) -> Array:
        return (y - self.mean_) / self.scale_

    def _n_outputs(self) -> int:
        return 1


__all__ = ["MLPClassifier", "MLPRegressor"]
