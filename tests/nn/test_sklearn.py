"""The estimators do all that scikit-learn asks of one, by its own suite of checks, and what people do with them."""

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.sklearn import MLPClassifier, MLPRegressor

ESTIMATORS = [
    MLPClassifier(hidden_layer_sizes=(8,), max_iter=40, learning_rate_init=0.03, random_state=0),
    MLPRegressor(hidden_layer_sizes=(8,), max_iter=40, learning_rate_init=0.03, random_state=0),
]


@pytest.mark.long
@parametrize_with_checks(ESTIMATORS)
@pytest.mark.filterwarnings("ignore")
def test_the_suite_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def flowers():
    X, y = load_iris(return_X_y=True, as_frame=True)
    order = np.random.default_rng(0).permutation(len(y))
    return X.iloc[order], y.iloc[order].map({0: "setosa", 1: "versicolor", 2: "virginica"})


def quick(**options):
    return MLPClassifier((6,), max_iter=25, learning_rate_init=0.03, random_state=0, **options)


@pytest.mark.long
def test_a_pipeline_in_a_search_over_processes(flowers):
    X, y = flowers
    search = GridSearchCV(
        make_pipeline(StandardScaler(), quick()), {"mlpclassifier__activation": ["tanh", "relu"]}, cv=2, n_jobs=2
    )
    search.fit(X, y)
    assert search.best_score_ > 0.9
    importance = permutation_importance(search.best_estimator_, X, y, n_repeats=2, random_state=0)
    assert importance.importances_mean.argmax() in (2, 3)  # the petals
    assert list(search.best_estimator_[0].feature_names_in_) == list(X.columns)


def test_names_of_features_are_kept_and_compared(flowers):
    X, y = flowers
    model = quick().fit(X, y)
    assert list(model.feature_names_in_) == list(X.columns)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(X[X.columns[::-1]])


@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_a_model_is_the_same_from_a_file_and_again(make, flowers, tmp_path):
    X, y = flowers[0], flowers[1].map(len)
    model = make((4,), max_iter=3, random_state=1).fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    assert (again.predict(X) == model.predict(X)).all()
    assert (clone(model).fit(X, y).predict(X) == model.predict(X)).all()
    other = make((4,), max_iter=3, random_state=2).fit(X, y)
    assert [p.data for p in other.model_.parameters()] != [p.data for p in model.model_.parameters()]


def test_partial_fit_goes_on(flowers):
    X, y = flowers
    model = MLPClassifier((6,), learning_rate_init=0.03, random_state=0)
    with pytest.raises(ValueError, match="the first call must name all classes"):
        model.partial_fit(X, y)
    for _ in range(20):
        for part in np.array_split(np.arange(len(y)), 3):
            model.partial_fit(X.iloc[part], y.iloc[part], classes=["virginica", "setosa", "versicolor"])
    assert model.n_iter_ == 60
    assert model.score(X, y) > 0.9
    with pytest.raises(ValueError, match=r"y has classes that are not known: \['rose'\]"):
        model.partial_fit(X[:1], ["rose"])
    with pytest.raises(ValueError, match="as the first call named them"):
        model.partial_fit(X, y, classes=["setosa", "rose"])
    regressor = MLPRegressor((6,), random_state=0)
    for _ in range(30):
        regressor.partial_fit(X, X.iloc[:, 0] * 1000.0)
    assert regressor.score(X, X.iloc[:, 0] * 1000.0) > 0.5


def test_early_stopping_keeps_the_best_and_stops(flowers):
    X, y = flowers
    model = MLPClassifier((6,), max_iter=500, learning_rate_init=0.3, early_stopping=True, n_iter_no_change=3)
    model.set_params(random_state=0).fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) < 500
    assert model.history_.ended == "stopped early"
    assert model.history_.epochs[0].validation_loss is not None


def test_weights_count_as_often_as_they_say():
    X = np.array([[0.0], [0.0], [1.0]])
    y = np.array([0, 1, 1])
    weighted = quick().fit(X, y, sample_weight=[3, 1, 2])
    repeated = quick().fit(X.repeat([3, 1, 2], axis=0), y.repeat([3, 1, 2]))
    assert weighted.predict_proba(X) == pytest.approx(repeated.predict_proba(X), rel=1e-9)
    without = quick().fit(X, y, sample_weight=[1, 0, 1])
    assert without.predict_proba(X) == pytest.approx(quick().fit(X[[0, 2]], y[[0, 2]]).predict_proba(X))
    with pytest.raises(ValueError, match="at least one non-zero"):
        quick().fit(X, y, sample_weight=[0, 0, 0])


def test_a_target_of_any_size_is_learned():
    X = np.linspace(-1.0, 1.0, 40)[:, None]
    y = 1e9 + 1e6 * np.sin(2.0 * X[:, 0])
    model = MLPRegressor((8,), activation="tanh", max_iter=400, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.97


def test_a_wrong_solver_is_named():
    with pytest.raises(ValueError, match="solver is 'lbfgs'; use sgd, adam, adamw"):
        MLPClassifier(solver="lbfgs").fit([[0.0], [1.0]], [0, 1])
