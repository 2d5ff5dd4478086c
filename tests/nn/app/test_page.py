"""`report.html`: one file that needs nothing else, with the pictures that fit; and what they show."""

import math
import random
import re

import pytest

from nn.app import diagrams
from nn.app.command import main
from nn.app.data import load
from nn.app.importance import importances
from nn.app.learning import from_file
from nn.app.preparation import Reading

pytest.importorskip("matplotlib")


def train(path, lines, target, *options):
    path.write_text("\n".join(lines) + "\n", "utf-8")
    out = path.with_suffix("")
    assert main([str(path), "--target", target, "--quiet", "-o", str(out), *options]) == 0
    return (out / "report.html").read_text("utf-8"), out / "model.safetensors"


def pictures(page):
    return re.findall(r'<img alt="(\w+)" width="\d+" src="data:image/png;base64,[\w+/=]+">', page)


@pytest.fixture
def shops():
    rng = random.Random(3)
    lines = ["size,town,<empty>,noise,price"]
    for _ in range(150):
        size, town = rng.uniform(10, 100), rng.choice(["Ulm", "Rom & Bari"])
        price = 3 * size + 40 * (town == "Ulm") + rng.gauss(0, 1)
        lines.append(f"{size},{town},,{rng.random()},{price}")
    return lines


def test_a_quantity(shops, tmp_path):
    page, model = train(tmp_path / "shops.csv", shops, "price", "--epochs", "60")
    assert pictures(page) == ["loss", "predictions", "residuals", "importance"]
    assert not re.search(r"https?:|<script|<link|@import|url\(", page)
    assert "<tr><td>town</td><td>categories, one input each: Rom &amp; Bari, Ulm</td></tr>" in page
    assert "<tr><td>&lt;empty&gt;</td><td>left out, empty</td></tr>" in page
    predictor = from_file(model)
    source = load(str(tmp_path / "shops.csv"), "price")
    data = source.prepared(predictor.preparation, Reading())
    found = importances(predictor, data, range(150))
    assert [x.column for x in found] == ["size", "town", "noise"]
    assert found[0].fall > 0.5 > found[1].fall > 0.02 > abs(found[2].fall)


def test_matrices_say_the_same_as_the_model(tmp_path):
    numpy = pytest.importorskip("numpy")
    for target, options in (("price", []), ("kind", ["--layers", "5,4", "--activation", "gelu"])):
        rng = random.Random(1)
        lines = ["a,b,kind,price", *(f"{rng.random()},{rng.random()},{i % 3},{rng.random()}" for i in range(60))]
        _, model = train(tmp_path / f"{target}.csv", lines, target, "--epochs", "3", *options)
        predictor = from_file(model)
        X = [[rng.random() for _ in predictor.features] for _ in range(20)]
        said = predictor.by_matrices()(numpy.array([predictor.inputs(row) for row in X]))
        assert said == pytest.approx(predictor(X), rel=1e-12)


@pytest.mark.parametrize(
    ("kinds", "options", "expected"),
    [
        (2, [], ["loss", "confusion", "roc", "calibration", "importance"]),
        (2, ["--loss", "hinge"], ["loss", "confusion", "importance"]),
        (4, [], ["loss", "confusion", "roc", "calibration", "importance"]),
    ],
)
def test_classes(kinds, options, expected, tmp_path):
    rng = random.Random(2)
    lines = ["a,b,c,y", *(f"{i % kinds + rng.gauss(0, 0.3)},{rng.random()},1,c{i % kinds}" for i in range(160))]
    page, _ = train(tmp_path / "kinds.csv", [*lines, "0,0,0,c0"], "y", "--epochs", "5", *options)
    assert pictures(page) == expected


def test_a_test_of_one_class_or_of_few_samples_has_fewer_pictures():
    assert diagrams.roc(["a", "b"], [1, 1], [[0.5, 0.5]] * 2) is None
    assert diagrams.calibration(["a", "b"], [0, 1], [[0.5, 0.5]] * 2) is None
    assert diagrams.bars([], "accuracy") is None


def test_a_curve_says_what_scikit_learn_says():
    truth, shares = [0, 0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]]
    legend = diagrams.roc(["no", "$yes"], truth, shares).axes[0].get_legend()
    assert legend.get_texts()[0].get_text() == r"\$yes: area 0.750"


def test_the_bins_of_a_calibration_hold_what_came_true():
    shares = [[0.8, 0.2]] * 50 + [[0.1, 0.9]] * 50
    truth = [int(i % 5 == 0) for i in range(50)] + [1] * 50
    line = diagrams.calibration(["no", "yes"], truth, shares).axes[0].get_lines()[1]
    said, seen = list(line.get_xdata()), list(line.get_ydata())
    assert {round(x, 6) for x in said} == {0.2, 0.9}
    assert math.fsum(seen[:5]) / 5 == pytest.approx(0.2)
    assert set(seen[5:]) == {1.0}
