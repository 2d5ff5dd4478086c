"""A saved model on other files: `--predict` and `--evaluate`, as a person runs them."""

import csv
import random

import pytest

from nn.app.command import main
from nn.app.prediction import neutral

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")


def rows(count, seed=0):
    """Return rows of size, colour, day and kind: kinds differ in all three."""
    rng = random.Random(seed)
    for _ in range(count):
        kind = rng.randrange(2)
        size = "" if rng.random() < 0.1 else f"{kind + rng.gauss(0, 0.2):.3f}"
        yield [
            size,
            rng.choice(("red", "green")[: 2 - kind]),
            f"2024-0{1 + 3 * kind}-{rng.randrange(1, 28):02}",
            ("=a", "b")[kind],
        ]


def write(path, header, content):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *content])
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    path = write(folder / "kinds.csv", ["size", "colour", "day", "kind"], rows(80))
    assert main([path, "--target", "kind", "-o", str(folder / "out"), "--quiet", "--epochs", "30"]) == 0
    return str(folder / "out" / "model.safetensors")


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_gets_an_answer_with_columns_by_name(model, tmp_path, capsys):
    content = list(rows(40, seed=1))
    path = write(tmp_path / "new.csv", ["note", "day", "colour", "size"], [["x", d, c, s] for s, c, d, _ in content])
    out = tmp_path / "out.csv"
    assert main(["--load", model, "--predict", path, "-o", str(out)]) == 0
    streams = capsys.readouterr()
    assert "columns that the model does not know are ignored: note" in streams.err
    found = read(out)
    assert list(found[0]) == ["kind", "probability of =a", "probability of b"]
    assert len(found) == 40
    hits = [row["kind"].lstrip("'") == kind for row, (*_, kind) in zip(found, content, strict=True)]
    assert sum(hits) >= 38
    for row in found:
        assert sum(float(x) for name, x in row.items() if name != "kind") == pytest.approx(1.0)
    assert {row["kind"] for row in found} == {"'=a", "b"}  # no formula
    assert main(["--load", model, "--predict", path]) == 0
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")


def test_one_row_alone_gets_the_same_answer(model, tmp_path, capsys):
    content = [row[:3] for row in rows(5, seed=2)]
    answers = []
    for part in (content, content[3:4]):
        path = write(tmp_path / "new.csv", ["size", "colour", "day"], part)
        assert main(["--load", model, "--predict", path]) == 0
        answers.append(capsys.readouterr().out.splitlines())
    assert answers[0][0] == answers[1][0]
    assert answers[0][4] == answers[1][1]


def test_an_unknown_category_and_another_way_of_writing_are_taken(model, tmp_path, capsys):
    path = tmp_path / "new.csv"
    path.write_text("size;colour;day\n0,9;blue;31.01.2024\n1,1;red;30.01.2024\n")
    assert main(["--load", model, "--predict", str(path)]) == 0
    streams = capsys.readouterr()
    assert "column 'colour': texts that were rare in training, or not there: 1, as 'blue'" in streams.err
    assert len(streams.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        (["size", "colour"], ["1", "red"], "no column 'day'; the model was trained on other columns than size, colour"),
        (["size", "colour", "day"], ["x", "red", "2024-01-01"], "line 2, column 'size': 'x' is not a number"),
        (["size", "colour", "day"], ["1", "red", "soon"], "line 2, column 'day': 'soon' is not a date"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_nothing_written(model, tmp_path, capsys, header, row, message):
    path = write(tmp_path / "new.csv", header, [row])
    assert main(["--load", model, "--predict", path, "-o", str(tmp_path / "out.csv")]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["new.csv"]


def test_an_output_that_cannot_be_is_refused(model, tmp_path, capsys):
    path = write(tmp_path / "new.csv", ["size", "colour", "day"], [row[:3] for row in rows(3)])
    for out, message in (
        (path, "written over the file that is read"),
        (str(tmp_path), "it is a folder"),
        (str(tmp_path / "none" / "out.csv"), "its folder is not there"),
    ):
        assert main(["--load", model, "--predict", path, "-o", out]) == 2
        assert f"{out}: it" in (error := capsys.readouterr().err)
        assert message in error


def test_evaluate(model, tmp_path, capsys):
    path = write(tmp_path / "new.csv", ["size", "colour", "day", "kind"], rows(40, seed=3))
    assert main(["--load", model, "--evaluate", path]) == 0
    text = capsys.readouterr().out
    assert "40 samples" in text
    assert float(text.split("accuracy ")[1].split()[0]) >= 0.95
    path = write(tmp_path / "new.csv", ["size", "colour", "day", "kind"], [["1", "red", "2024-01-01", "c"]])
    assert main(["--load", model, "--evaluate", path]) == 2
    assert "line 2, column 'kind': the model knows no class 'c'; it knows =a, b" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--predict", "new.csv"], "--predict needs a model: --load runs/DATA/model.safetensors"),
        (["data.csv", "--load", "m.json", "--evaluate", "new.csv"], "do not go together"),
        (["--load", "m.json", "--predict", "new.csv", "--lr", "1"], "--predict does not train; leave --lr out"),
        ([], "say what to learn from"),
        (["moons", "--test-share", "1"], "use a number between 0 and 1"),
    ],
)
def test_options_that_do_not_go_together(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there(model, capsys):
    assert main(["--load", model, "--predict", "none.csv"]) == 2
    assert "none.csv: no such file" in capsys.readouterr().err


@pytest.mark.parametrize("cell", ["=1+1", "+x", "@SUM(A1)", "-x", "\tx", "\r=1"])
def test_a_formula_gets_an_apostrophe(cell):
    assert neutral(cell) == f"'{cell}"


def test_list_and_version(capsys):
    assert main(["--list"]) == 0
    assert "optimizers: sgd, adam, adamw" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
