"""`python -m tests.benchmarks.scores`: the scores of `python -m nn` beside those of scikit-learn's MLP.

Each on the same training and test samples, drawn from ten seeds; both with the options that they have by themselves,
except that scikit-learn's inputs, and the target of diabetes, are scaled too, and that it may take as many iterations
as it likes. The median is what counts: exit code 1 if ours is lower by more than 0.01 anywhere.
"""

import statistics
import sys
import warnings
from typing import Any

from nn.app.command import parser
from nn.app.data import load, split
from nn.app.judging import scores
from nn.app.learning import learn, new
from nn.app.preparation import Reading

DATA = ("iris", "wine", "breast_cancer", "diabetes", "digits")
SEEDS = 10
NEAR = 0.01


def ours(name: str, seed: int) -> float:
    """Return the accuracy, or R2, of the main job on its test samples."""
    options = parser().parse_args([name, "--quiet", "--seed", str(seed)])
    source = load(name)
    training, testing = split(source, seed)
    predictor, data, _ = new(source, training, options, Reading())
    learn(data, predictor, training, options)
    return _score(data.classes, [data.y[i] for i in testing], predictor([data.X[i] for i in testing]))


def theirs(name: str, seed: int) -> float:
    """Return that of scikit-learn on the same samples."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    source = load(name)
    training, testing = split(source, seed)
    X = [list(row) for row in zip(*source.table.columns.values(), strict=True)]
    model: Any = (MLPClassifier if source.classes else MLPRegressor)(random_state=seed, max_iter=10_000)
    if not source.classes:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    pipeline = make_pipeline(StandardScaler(), model)
    pipeline.fit([X[i] for i in training], [source.y[i] for i in training])
    said = pipeline.predict([X[i] for i in testing]).tolist()
    return _score(source.classes, [source.y[i] for i in testing], said)


def _score(classes: list[str], truth: list[Any], said: list[Any]) -> float:
    return next(iter(scores(classes, truth, said).values()))


def main(names: list[str]) -> int:
    """Print the medians; return 1 if ours is too low for any of the data."""
    warnings.filterwarnings("ignore", module="sklearn")
    print(
        f"{'':14} {'ours':>8} {'theirs':>8}   of {SEEDS} seeds, median; the score is accuracy, of diabetes R2",
        flush=True,
    )
    lower = False
    for name in names or DATA:
        pairs = [(ours(name, seed), theirs(name, seed)) for seed in range(SEEDS)]
        one, other = (statistics.median(x) for x in zip(*pairs, strict=True))
        lower |= one < other - NEAR
        print(f"{name:14} {one:8.4f} {other:8.4f}{'   lower' if one < other - NEAR else ''}", flush=True)
    return int(lower)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
