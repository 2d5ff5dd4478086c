"""The training loop: it learns, repeats itself exactly, stops early, and survives Ctrl-C."""

import math

import pytest

from autograd import Value
from nn import MLP, SGD, Adam, evaluate, fit, mse

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_it_learns_xor_and_repeats_itself_exactly():
    def train():
        model = MLP(2, [8, 1], seed=1)
        history = fit(
            model,
            XOR,
            [0, 1, 1, 0],
            loss="binary_cross_entropy",
            epochs=150,
            batch_size=4,
            optimizer=Adam(model.parameters(), lr=0.1),
            progress=False,
        )
        return model, history

    model, history = train()
    loss, accuracy = evaluate(model, XOR, [0, 1, 1, 0], "binary_cross_entropy")
    assert accuracy == 1.0
    assert loss < 0.05
    assert history.epochs == train()[1].epochs
    assert repr(history).startswith("History(150 epochs, finished, best ")


@pytest.mark.parametrize(("loss", "targets"), [("cross_entropy", [0, 1, 1, 0]), ("hinge", [-1, 1, 1, -1])])
def test_other_classifying_losses_count_their_hits(loss, targets):
    model = MLP(2, [8, 2 if loss == "cross_entropy" else 1], seed=1)
    history = fit(model, XOR, targets, loss=loss, epochs=200, batch_size=4, progress=False)
    assert history.epochs[-1].accuracy == 1.0


def test_a_regression_has_no_accuracy(tmp_path):
    history = fit(MLP(1, [1]), [[1.0], [2.0]], [2.0, 4.0], loss=mse, epochs=3, progress=False)
    assert history.epochs[-1].accuracy is None
    history.to_csv(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "epoch,rate,loss,accuracy,validation_loss,validation_accuracy"
    assert len(lines) == 4


def test_early_stopping_keeps_the_best_weights():
    model = MLP(1, [1])
    data = ([[1.0], [2.0]], [0.0, 0.0])
    optimizer = SGD(model.parameters(), lr=1.0)  # far too large: it diverges
    history = fit(model, *data, epochs=50, optimizer=optimizer, validation=data, patience=3, progress=False)
    assert history.ended == "stopped early"
    assert len(history.epochs) < 50
    assert history.best is not None
    assert evaluate(model, *data, "mse")[0] == history.epochs[history.best].validation_loss


def test_a_loss_that_is_not_finite_ends_the_training_with_the_weights_before():
    model = MLP(1, [1])
    before = [p.data for p in model.parameters()]
    history = fit(model, [[1.0]], [1.0], loss=lambda p, t: p * math.inf, epochs=5, progress=False)
    assert (history.ended, history.best, len(history.epochs)) == ("diverged", None, 1)
    assert repr(history) == "History(1 epochs, diverged, no best)"
    assert [p.data for p in model.parameters()] == before


def test_ctrl_c_keeps_the_best_weights():
    model = MLP(1, [1])
    data = ([[1.0], [2.0]], [2.0, 4.0])
    calls = 0

    def loss(prediction, target):
        nonlocal calls
        calls += 1
        if calls == 25:
            raise KeyboardInterrupt
        return mse(prediction, target)

    history = fit(model, *data, loss=loss, epochs=50, batch_size=1, progress=False)
    assert history.ended == "interrupted"
    assert len(history.epochs) == 12
    assert history.best == min(range(12), key=lambda i: history.epochs[i].loss)


def test_an_error_in_the_loss_is_not_swallowed():
    model = MLP(1, [1])
    before = [p.data for p in model.parameters()]
    with pytest.raises(ZeroDivisionError):
        fit(model, [[1.0]], [1.0], loss=lambda p, t: 1 / 0, progress=False)
    assert [p.data for p in model.parameters()] == before


def test_evaluate_records_nothing():
    seen = []

    def loss(prediction, target):
        seen.append(prediction)
        return mse(prediction, target)

    value, accuracy = evaluate(MLP(1, [1]), [[1.0]], [1.0], loss)
    assert math.isfinite(value)
    assert accuracy is None
    assert isinstance(seen[0], Value)
    assert seen[0].parents == ()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="1 samples for 2 targets"):
        fit(MLP(1, [1]), [[1.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="loss 'mean' is unknown"):
        fit(MLP(1, [1]), [[1.0]], [1.0], loss="mean")
    with pytest.raises(ValueError, match="validation: 1 samples for 0 targets"):
        fit(MLP(1, [1]), [[1.0]], [1.0], validation=([[1.0]], []))
    with pytest.raises(ValueError, match="evaluate: 0 samples for 0 targets"):
        evaluate(MLP(1, [1]), [], [], "mse")


@pytest.mark.parametrize("name", ["epochs", "batch_size", "patience"])
@pytest.mark.parametrize("number", [0, -3])
def test_counts_below_one_are_refused(name, number):
    with pytest.raises(ValueError, match=f"fit: {name} is {number}; use at least 1"):
        fit(MLP(1, [1]), [[1.0]], [1.0], progress=False, **{name: number})


def test_samples_may_be_numpy_arrays():
    numpy = pytest.importorskip("numpy")
    model, same = MLP(2, [2], seed=1), MLP(2, [2], seed=1)
    from_lists = fit(model, XOR, [0, 1, 1, 0], loss="cross_entropy", epochs=3, progress=False)
    from_arrays = fit(same, numpy.array(XOR), numpy.array([0, 1, 1, 0]), loss="cross_entropy", epochs=3, progress=False)
    assert from_lists.epochs == from_arrays.epochs
    assert "np." not in repr(from_arrays.epochs)


def test_the_progress_bar_says_what_it_measured(capsys):
    pytest.importorskip("tqdm")
    fit(MLP(1, [1]), [[1.0]], [1.0], epochs=2)
    error = capsys.readouterr().err
    assert "2/2" in error
    assert "loss" in error


def test_targets_are_taken_by_position_whatever_their_labels():
    """A series that was shuffled keeps its labels: looked up by these, every sample gets another one's target."""
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"a": [float(i % 7) for i in range(40)], "b": [float(i % 5) for i in range(40)]})
    X = X.sample(frac=1.0, random_state=0)
    y = (X.a > X.b).astype(int)

    def weights(X, y):
        model = MLP(2, [3, 1], seed=1)
        fit(model, X, y, loss="binary_cross_entropy", epochs=2, validation=(X, y), progress=False)
        return [p.data for p in model.parameters()], evaluate(model, X, y, "binary_cross_entropy")

    assert weights(X, y) == weights(X.to_numpy().tolist(), y.to_numpy().tolist())


def test_samples_can_come_from_generators():
    model = MLP(1, [1], seed=1)
    fit(model, ([float(i)] for i in range(4)), (2.0 * i for i in range(4)), epochs=1, progress=False)
    again = MLP(1, [1], seed=1)
    fit(again, [[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 4.0, 6.0], epochs=1, progress=False)
    assert [p.data for p in model.parameters()] == [p.data for p in again.parameters()]
