"""Scores as a person would judge them, in `python -m nn` and alone."""

import csv
import random

import pytest

from nn.app.command import main
from nn.app.judging import grade, judge
from nn.app.predictor import Bend, Predictor

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")
RARE = [0] * 90 + [1] * 10


def test_the_baseline_knows_the_training_samples_alone():
    assert judge(["a", "b"], [1, 1, 0], [0, 0, 1], [0, 0, 1])[0] == "baseline, always 'b': accuracy 0.3333"
    assert judge([], [0.0, 2.0], [1.0, 3.0], [1.0, 3.0])[0] == "baseline, always the mean 1: RMSE 1.414"


@pytest.mark.parametrize(
    ("classes", "learned", "truth", "said", "warned"),
    [
        (["a", "b"], [0, 1, 1], [0, 1], [0, 1], False),
        (["a", "b"], [0, 1, 1], [0, 1], [1, 1], True),
        (["a", "b"], RARE, RARE, [0] * 100, True),
        (["a", "b"], RARE, RARE, [0] * 80 + [1] * 20, False),  # accuracy is that of the baseline, and much is learned
        ([], [0.0, 2.0], [0.0, 2.0], [0.5, 1.5], False),
        ([], [0.0, 2.0], [0.0, 2.0], [300.0, -300.0], True),
        ([], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], False),  # nothing is better than this
    ],
)
def test_what_is_no_better_than_the_baseline_is_warned_of_with_advice(classes, learned, truth, said, warned):
    lines = judge(classes, learned, truth, said)
    assert any(line.startswith("warning: ") and "--epochs" in line for line in lines) == warned


def test_skewed_classes_as_scikit_learn_scores_them():
    from sklearn.metrics import balanced_accuracy_score, f1_score

    rng = random.Random(0)
    truth = [rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 2]) for _ in range(200)]
    said = [t if rng.random() < 0.6 else rng.randrange(3) for t in truth]
    mean = balanced_accuracy_score(truth, said)
    f1 = f1_score(truth, said, average="macro")
    line = f"classes are skewed: balanced accuracy {mean:.4f}, F1 {f1:.4f} (mean of the classes)"
    assert judge(["a", "b", "c"], truth, truth, said)[1] == line


def test_grades_as_scikit_learn_scores_them():
    from sklearn.metrics import r2_score, root_mean_squared_error

    truth, said = [1.0, 2.0, 4.0], [1.5, 2.0, 3.0]
    r2, rmse = r2_score(truth, said), root_mean_squared_error(truth, said)
    assert grade([], truth, said) == f"R2 {r2:.4f}, RMSE {rmse:.4g}"


def write(path, header, content):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *content])
    return str(path)


def test_balance_finds_the_rare(tmp_path, capsys):
    """One in twenty: without --balance the network says the common class throughout."""
    rng = random.Random(1)
    rare = [i % 20 == 0 for i in range(400)]
    path = write(tmp_path / "rare.csv", ["a", "y"], [[rng.gauss(1.0 * yes, 1.0), yes] for yes in rare])
    found = {}
    for option in ([], ["--balance"]):
        arguments = [path, "--target", "y", "--quiet", "--epochs", "20", "-o", str(tmp_path / "out")]
        assert main([*arguments, *option]) == 0
        text = capsys.readouterr().out
        found[bool(option)] = float(text.split("balanced accuracy ")[1].split(",")[0])
    assert found[False] == 0.5
    assert found[True] > 0.6


def test_a_target_of_many_sizes_is_learned_by_its_logarithm(tmp_path, capsys):
    content = [[x / 20, 10.0 ** (x / 20)] for x in range(120)]
    path = write(tmp_path / "wide.csv", ["x", "y"], content)
    assert main([path, "--target", "y", "--quiet", "-o", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "the target is of many sizes, so its logarithm is learned" in text
    assert "warning" not in text
    assert float(text.split("R2 ")[1].split(",")[0]) > 0.9
    predictor = Predictor.from_file(tmp_path / "out" / "model.safetensors")
    assert 0.0 < predictor([[1e9]])[0] < 1e7  # far outside: no further than a little beyond what was seen


def test_a_bend_is_undone():
    bend = Bend.of([0.0, -3.0, 1.0, 2.0, 1e5])
    for y in (0.0, -3.0, 1e5, 17.5):
        assert bend.undo(bend(y)) == pytest.approx(y, rel=1e-12)
    with pytest.raises(ValueError, match="a unit or ends that cannot be"):
        Bend(0.0, 0.0, 1.0)


def test_training_stops_early(tmp_path, capsys):
    rng = random.Random(0)
    path = write(
        tmp_path / "noise.csv", ["a", "b", "y"], [[rng.random(), rng.random(), rng.random()] for _ in range(300)]
    )
    assert main([path, "--target", "y", "--quiet", "--patience", "3", "-o", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "stopped early" in text
    report = (tmp_path / "out" / "report.txt").read_text(encoding="utf-8").splitlines()
    assert {"a: a number", "b: a number"} < {*report} <= {*text.splitlines()}
