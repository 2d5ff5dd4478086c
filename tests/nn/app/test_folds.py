"""`--cv K`: every sample is tested once, and the scores are those of trainings on the others."""

import random
import statistics
from collections import Counter

import pytest

from nn.app.command import main
from nn.app.data import Source
from nn.app.folds import folds
from nn.app.reading import DataError, Table

pytest.importorskip("matplotlib")


@pytest.mark.parametrize(("count", "classes"), [(2, ["a", "b"]), (5, ["a", "b"]), (5, []), (10, ["a", "b"])])
def test_every_sample_is_in_one_fold_and_every_class_in_each(count, classes):
    y = [int(i % 5 == 0) for i in range(53)]
    source = Source(Table("data", {}, []), "y", y, classes)
    found = folds(source, 1, count)
    assert sorted(place for fold in found for place in fold) == list(range(53))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    if classes:
        ones = [Counter(y[place] for place in fold)[1] for fold in found]
        assert max(ones) - min(ones) <= 1
    assert found == folds(source, 1, count) != folds(source, 2, count)
    with pytest.raises(DataError, match=r"--cv is 54, and there are 53 samples"):
        folds(source, 1, 54)


def test_the_scores_of_the_folds_are_told(tmp_path, capsys):
    rng = random.Random(0)
    path = tmp_path / "data.csv"
    path.write_text("a,y\n" + "".join(f"{x},{3 * x + rng.gauss(0, 0.1)}\n" for x in map(float, range(40))), "utf-8")
    out = tmp_path / "out"
    assert main([str(path), "--target", "y", "--cv", "4", "--quiet", "--epochs", "20", "-o", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    each = [float(line.split("R2 ")[1].split(",")[0]) for line in lines if line.startswith("fold ")]
    assert len(each) == 4
    told = next(line for line in lines if line.startswith("4 folds: R2 "))
    assert float(told.split()[3]) == pytest.approx(statistics.fmean(each), rel=1e-3)
    assert told in (out / "report.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moons", "--cv", "1"], "--cv is 1; use at least 2"),
        (["moons", "--cv", "5", "--load", "model.json"], "--cv trains models of its own; leave --load out"),
        (["--load", "m.json", "--predict", "x.csv", "--cv", "5"], "--predict does not train; leave --cv out"),
        (["--load", "m.json", "--predict", "x.csv", "--resume"], "--predict does not train; leave --resume out"),
    ],
)
def test_options_that_do_not_fit(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err
