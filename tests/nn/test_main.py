"""The main job as a person runs it: `python -m nn DATA`, with good files and with bad ones."""

import csv
import math
import random

import pytest

from nn.__main__ import main
from nn.data import BUNDLED, load

pytest.importorskip("matplotlib")
QUICK = ["--epochs", "30", "--quiet"]


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return str(path)


@pytest.fixture
def flowers(tmp_path):
    rng = random.Random(0)
    rows = [["length", "width", "kind"]]
    for _ in range(60):
        kind = rng.randrange(2)
        rows.append([kind + rng.gauss(0, 0.2), 3 - kind + rng.gauss(0, 0.2), ("iris", "rose")[kind]])
    return write(tmp_path / "flowers.csv", rows)


def test_classes_from_a_csv_file_and_the_saved_model_again(flowers, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([flowers, "--target", "kind", "--output", str(out), *QUICK]) == 0
    text = capsys.readouterr().out
    assert "60 samples, 2 features, 2 classes: iris (" in text
    assert "test accuracy 1.0000" in text
    assert {p.name for p in out.iterdir()} == {"model.safetensors", "history.csv", "loss.png", "boundary.png"}
    assert (out / "boundary.png").read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again"
    model = str(out / "model.safetensors")
    assert main([flowers, "--target", "kind", "--load", model, "--output", str(again)]) == 0
    assert "test accuracy 1.0000" in capsys.readouterr().out
    assert (again / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_quantity_from_a_csv_file(tmp_path, capsys):
    rows = [["x", "y"], *([i / 10, math.sin(i / 10)] for i in range(60))]
    path = write(tmp_path / "wave.csv", rows)
    assert main([path, "--target", "y", "--output", str(tmp_path / "out"), "--epochs", "150", "--quiet"]) == 0
    assert "target from -0.999" in (text := capsys.readouterr().out)
    assert float(text.split("R2 ")[1].split(",")[0]) > 0.9
    assert (tmp_path / "out" / "predictions.png").exists()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_hinge_and_other_optimizers(flowers, tmp_path, capsys, optimizer):
    arguments = ["--target", "kind", "--loss", "hinge", "--optimizer", optimizer, "--output", str(tmp_path / "out")]
    assert main([flowers, *arguments, *QUICK]) == 0
    assert "test accuracy 1.0000" in capsys.readouterr().out


GOOD = [["a", "b", "y"], *([i, i * i, i % 2] for i in range(12))]


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        (GOOD, ["--target", "z"], "no column 'z'; there are a, b, y"),
        (GOOD, [], "say which column is the target: --target y"),
        ([*GOOD, ["1", "text", "0"]], ["--target", "y"], "line 14, column 'b': 'text' is not a number"),
        ([*GOOD, ["nan", "1", "0"]], ["--target", "y"], "line 14, column 'a': nan is not a finite number"),
        ([*GOOD, ["", "1", "0"]], ["--target", "y"], "line 14, column 'a': the cell is empty"),
        ([*GOOD, ["1", "1", ""]], ["--target", "y"], "line 14: the target 'y' is missing"),
        ([*GOOD, ["1", "1"]], ["--target", "y"], "line 14 has 2 cells, the header 3"),
        ([], ["--target", "y"], "the file is empty"),
        (GOOD[:4], ["--target", "y"], "3 samples; at least 10"),
        ([["a", "a", "y"]], ["--target", "y"], "column 'a' is there twice"),
        ([["y"], *([i % 2] for i in range(12))], ["--target", "y"], "no column besides the target"),
        ([["a", "y"], *([i, 1] for i in range(12))], ["--target", "y"], "every target is '1'"),
        (GOOD, ["--target", "y", "--loss", "mse"], "--loss mse does not fit a target of 2 classes"),
        (GOOD, ["--target", "y", "--activation", "rely"], "activation 'rely' is unknown"),
        (GOOD, ["--target", "y", "--load", "missing.json"], "missing.json"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing_behind(tmp_path, capsys, rows, arguments, message):
    path = write(tmp_path / "data.csv", rows)
    assert main([path, *arguments, "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("python -m nn: ")
    assert message in error
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["data.csv"]


def test_a_binary_file_and_a_misspelt_name(tmp_path, capsys):
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert main([str(path), "--target", "y"]) == 2
    assert "not a text file in UTF-8" in capsys.readouterr().err
    assert main(["digitz"]) == 2
    assert "no such file; did you mean digits?" in capsys.readouterr().err


def test_options_are_checked(capsys):
    with pytest.raises(SystemExit):
        main(["moons", "--batch-size", "0"])
    assert "--batch-size is 0; use at least 1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["moons", "--layers", "0"])


def test_a_model_of_other_columns_is_refused(flowers, tmp_path, capsys):
    out = str(tmp_path / "out")
    main([flowers, "--target", "kind", "--output", out, *QUICK])
    other = write(tmp_path / "other.csv", GOOD)
    assert main([other, "--target", "y", "--load", f"{out}/model.safetensors"]) == 2
    assert "trained on other columns" in capsys.readouterr().err


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_data(name):
    pytest.importorskip("sklearn")
    data = load(name)
    assert len(data.X) == len(data.y)
    assert all(len(row) == len(data.features) for row in data.X)
    assert set(data.y) == set(range(len(data.classes)))
