"""The main job as a person runs it: `python -m nn DATA`, with good files and with bad ones."""

import csv
import math
import random
import sys

import pytest

from nn import MLP, training
from nn.__main__ import main
from nn.app import report
from nn.app.data import BUNDLED, load
from nn.app.predictor import Predictor
from nn.app.preparation import Reading

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
    assert {p.name for p in out.iterdir()} == {
        "model.safetensors",
        "history.csv",
        "report.txt",
        "report.html",
        "loss.png",
        "boundary.png",
    }
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
        ([*GOOD, ["inf", "1", "0"]], ["--target", "y"], "line 14, column 'a': inf is not a finite number"),
        ([*GOOD, ["1", "1"]], ["--target", "y"], "line 14 has 2 cells, the header 3"),
        ([], ["--target", "y"], "the file is empty"),
        (GOOD[:4], ["--target", "y"], "3 samples; at least 10"),
        ([["a", "y", "y"], *([i, 1, 2] for i in range(12))], ["--target", "y"], "column 'y' is there twice"),
        ([["y"], *([i % 2] for i in range(12))], ["--target", "y"], "no column besides the target"),
        ([["a", "y"], *([i, 1] for i in range(12))], ["--target", "y"], "every target is '1'"),
        (GOOD, ["--target", "y", "--loss", "mse"], "--loss mse does not fit a target of 2 classes"),
        (GOOD, ["--target", "y", "--activation", "rely"], "activation 'rely' is unknown"),
        (GOOD, ["--target", "y", "--load", "missing.json"], "missing.json"),
        ([*GOOD, ["1e200", "1", "0"]], ["--target", "y"], "line 14, column 'a': 1e200 is too large"),
        ([*GOOD, ["1" * 200_000, "1", "0"]], ["--target", "y"], "not a CSV file: field larger"),
        ([["a", "y"], *([i, 0.5] for i in range(12))], ["--target", "y"], "every target is '0.5'"),
        ([["a", "y"], *([i, f"n{i}"] for i in range(12))], ["--target", "y"], "class 'n0' has one sample"),
        (
            [["a", "y"], *([i, i / 3] for i in range(30)), [1, "!"]],
            ["--target", "y"],
            "line 32, column 'y': '!' is not",
        ),
        (
            [["a", "a\nb", "y"], *([i, i, i % 2] for i in range(12)), ["!", 2, 0]],
            ["--target", "y"],
            "line 15, column 'a'",
        ),
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
    assert "not a text file in UTF-16" in capsys.readouterr().err
    assert main(["digitz"]) == 2
    assert "no such file; did you mean digits?" in capsys.readouterr().err


def test_a_folder_is_not_data_and_a_file_not_an_output(tmp_path, capsys):
    assert main([str(tmp_path), "--target", "y"]) == 2
    assert "Is a directory" in capsys.readouterr().err
    path = write(tmp_path / "data.csv", GOOD)
    assert main([path, "--target", "y", "--output", path]) == 2
    assert "is not a folder; choose another --output" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["data.csv"]


def test_one_class_may_be_written_in_two_ways(tmp_path):
    path = write(tmp_path / "data.csv", [["a", "y"], *([i, ("1", "1.0", "0")[i % 3]] for i in range(12))])
    assert load(path, "y").classes == ["0", "1"]


def test_a_large_quantity_is_learned_in_its_own_scale(tmp_path, capsys):
    path = write(tmp_path / "houses.csv", [["size", "price"], *([50 + i, 200_000.5 + 3000 * i] for i in range(60))])
    assert main([path, "--target", "price", "--output", str(tmp_path / "out"), "--quiet"]) == 0
    assert float(capsys.readouterr().out.split("R2 ")[1].split(",")[0]) > 0.95
    again = ["--load", str(tmp_path / "out" / "model.safetensors"), "--output", str(tmp_path / "again")]
    assert main([path, "--target", "price", *again]) == 0
    assert float(capsys.readouterr().out.split("R2 ")[1].split(",")[0]) > 0.95


def test_ctrl_c_in_training_keeps_the_best_and_writes(flowers, tmp_path, capsys, monkeypatch):
    calls = 0

    def measure(*arguments):
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return measured(*arguments)

    measured = training._measure
    monkeypatch.setattr(training, "_measure", measure)
    assert main([flowers, "--target", "kind", "--output", str(tmp_path / "out"), *QUICK]) == 0
    assert "interrupted, best" in capsys.readouterr().out
    assert (tmp_path / "out" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("nn.app.command.load", []),
        ("nn.app.report.pictures", ["checkpoint.json", "checkpoint.safetensors"]),  # so that no training is lost
    ],
)
def test_ctrl_c_elsewhere_writes_no_results(flowers, tmp_path, capsys, monkeypatch, place, left):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    assert main([flowers, "--target", "kind", "--output", str(tmp_path / "out"), *QUICK]) == 130
    assert "nothing is written" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [*left, "flowers.csv"]


def test_a_missing_matplotlib_is_said_before_the_training(flowers, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([flowers, "--target", "kind"]) == 2
    streams = capsys.readouterr()
    assert "pip install 'valuegrad[train]'" in streams.err
    assert streams.out == ""


def test_a_loaded_model_keeps_its_loss_and_its_test_samples(flowers, tmp_path, capsys):
    out = tmp_path / "out"
    main([flowers, "--target", "kind", "--seed", "3", "--output", str(out), *QUICK])
    model = str(out / "model.safetensors")
    assert Predictor.from_file(model).seed == 3
    for option, other, fixed in (("loss", "hinge", "binary_cross_entropy"), ("seed", "4", "3")):
        assert main([flowers, "--target", "kind", "--load", model, f"--{option}", other]) == 2
        assert f"was trained with --{option} {fixed}; leave --{option} out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": [[0.0, 0.0], [1.0, 0.0]]},
        {"inputs": [[0.0], [1.0]]},
        {"inputs": [["0", "0"], [1.0, 1.0]]},
        {"inputs": 3},
        {"output": [[0.0], [1.0]]},
        {"loss": "mse"},
        {"classes": ["a", "b", "c"]},
        {"features": ["a"]},
        {"seed": "0"},
        {"surplus": 1},
        {"target": 3},
        {"share": 1.0},
        {"bend": 3},
        {"bend": [0.0, 1.0, 2.0]},
        {"preparation": 3},
        {"preparation": {"columns": [{"name": "a"}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": 3}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": "b", "kind": "x"}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": "b", "fill": "0"}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": "b", "surplus": 0}]}},
        {"preparation": {"columns": [{"name": "a", "kind": "category", "categories": "xy"}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": "b", "kind": "date", "parts": ["hour"]}]}},
        {"preparation": {"columns": [{"name": "a"}, {"name": "b"}], "dropped": {"c": 1}}},
    ],
)
def test_a_model_that_does_not_say_how_to_be_used_is_refused(tmp_path, change):
    extra = {"loss": "hinge", "features": ["a", "b"], "classes": ["x", "y"], "seed": 0}
    extra |= {"inputs": [[0.0, 0.0], [1.0, 1.0]], "output": [[], []]}
    model = MLP(2, [1])
    model.save(tmp_path / "good.json", extra)
    assert Predictor.from_file(tmp_path / "good.json")([[1.0, 2.0]]) in ([0], [1])
    model.save(tmp_path / "bad.json", extra | change)
    with pytest.raises(ValueError, match=r"bad\.json: it does not say how to use"):
        Predictor.from_file(tmp_path / "bad.json")


def test_options_are_checked(capsys):
    with pytest.raises(SystemExit):
        main(["moons", "--batch-size", "0"])
    assert "--batch-size is 0; use at least 1" in capsys.readouterr().err
    for rate in ("0", "-1", "nan"):
        with pytest.raises(SystemExit):
            main(["moons", f"--lr={rate}"])
        assert "use a number above 0" in capsys.readouterr().err
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
    source = load(name)
    data = source.prepared(source.preparation, Reading())
    assert len(data.X) == len(data.y)
    assert all(len(row) == len(data.features) for row in data.X)
    assert name == "diabetes" or set(data.y) == set(range(len(data.classes)))


@pytest.mark.parametrize(("option", "value"), [("layers", "4"), ("activation", "tanh")])
def test_a_saved_model_keeps_its_shape(flowers, capsys, option, value):
    assert main([flowers, "--target", "kind", "--load", "model.json", f"--{option}", value]) == 2
    assert f"a saved model has its own {option}; leave --{option} out" in capsys.readouterr().err


@pytest.mark.parametrize("names", [["a $x_$ b", r"$\frac{1}{$"], ["$", r"\$ $$"]])
def test_a_dollar_sign_begins_no_formula(names, tmp_path, monkeypatch):
    """The plotting library read it as one, and its traceback came after the training."""
    monkeypatch.setattr(report, "STEPS", 4)
    out = tmp_path / "out"
    quick = ["--epochs", "1", "--output", str(out), "--quiet", "--eager"]
    rows = [[*names, "$y$"], *([i, i % 7, r"$\frac{$" if i % 2 else "$"] for i in range(30))]
    path = write(tmp_path / "$a_$.csv", rows)
    assert main([str(path), "--target", "$y$", *quick]) == 0
    assert (out / "boundary.png").exists()
    wide = [[*row[:2], i % 3, row[2]] for i, row in enumerate(rows)]
    assert main([str(write(path, wide)), "--target", "$y$", *quick]) == 0


@pytest.mark.parametrize("cell", ["1_0", "\u0661\u0662", "\uff11\uff12", "1_000.5", "\u0663.\u0665"])
def test_what_is_a_number_to_python_alone_is_text(cell, tmp_path, capsys):
    path = write(tmp_path / "data.csv", [["a", "y"], *([cell if i == 5 else i, i % 2] for i in range(20))])
    assert main([str(path), "--target", "y", "--quiet"]) == 2
    assert f"line 7, column 'a': {cell!r} is not a number" in capsys.readouterr().err
