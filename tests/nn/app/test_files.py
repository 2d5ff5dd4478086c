"""Files as others make them: each kind is one small file that loads without an option, or says which one it needs."""

import bz2
import gzip
import io
import math
import sys
import zipfile

import pytest

from nn.app.command import main
from nn.app.data import load
from nn.app.preparation import Preparation, Reading
from nn.app.reading import DataError, read

pytest.importorskip("sklearn")
N = 12


def lines(header, row, separator=",", end="\n", count=N):
    """Return a file of a header and rows that are made of their number; the last column is the target."""
    rows = [separator.join(map(str, row(i))) for i in range(count)]
    return end.join([*([header] if header else []), *rows, ""])


def zipped(text):
    with zipfile.ZipFile(data := io.BytesIO(), "w") as archive:
        archive.writestr("data.csv", text)
    return data.getvalue()


PLAIN = lines("a,b,y", lambda i: (i, i / 4, i % 2))
MONEY = ('"9,417.15"', '"1,000,000.50"', "12.5")
# kind: (file, the network's inputs, the second row of them, classes)
FILES = {
    "plain": (PLAIN, ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "a header of text behind a comment sign": (
        lines("# a,b,y", lambda i: ("uv"[i % 2], "wx"[i % 2], ["no", "yes"][i % 2])),
        ["a = u", "a = v", "b = w", "b = x"],
        [0.0, 1.0, 0.0, 1.0],
        ["no", "yes"],
    ),
    "Indian groups": (lines("a,y", lambda i: (f'"{i + 1},00,000"', i % 2)), ["a"], [200000.0], ["0", "1"]),
    "times of day": (lines("a,y", lambda i: (f"{i}:30", i % 2)), ["a, hour"], [1.5], ["0", "1"]),
    "American times": (lines("a,y", lambda i: (f"1/{i + 13}/2024 {i % 12 + 1}:30 PM", i % 2)), 3, None, ["0", "1"]),
    "semicolons": (PLAIN.replace(",", ";"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "tabs": (PLAIN.replace(",", "\t"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "bars": (PLAIN.replace(",", "|"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "spaces": (PLAIN.replace(",", "   "), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "sep=": ("sep=;\n" + PLAIN.replace(",", ";"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "Windows line ends": (PLAIN.replace("\n", "\r\n"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "old Macintosh line ends": (PLAIN.replace("\n", "\r"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "decimal commas": (lines("a;y", lambda i: (f"{i},5", f"{i},25"), ";"), ["a"], [1.5], []),
    "decimal commas, groups": (lines("a;y", lambda i: (f"{i + 1}.417,15", i % 2), ";"), ["a"], [2417.15], ["0", "1"]),
    "decimal commas, one column whole groups": (
        lines("a;b;y", lambda i: (f"{i + 1}.000", f"0,{i + 1}", i % 2), ";"),
        ["a", "b"],
        [2000.0, 0.2],
        ["0", "1"],
    ),
    "thousands": (lines("a,y", lambda i: (MONEY[i % 3], i % 2)), ["a"], [1000000.5], ["0", "1"]),
    "whole thousands": (lines("a,y", lambda i: (f'"{i + 1},000"', i % 2)), ["a"], [2000.0], ["0", "1"]),
    "spaces in numbers": (lines("a;y", lambda i: (f"{i + 1} 000", i % 2), ";"), ["a"], [2000.0], ["0", "1"]),
    "percent": (lines("a,y", lambda i: (f"{i}.5%", i % 2)), ["a"], [1.5], ["0", "1"]),
    "dollars": (lines("a,y", lambda i: (f"-${i + 1}.5", i % 2)), ["a"], [-2.5], ["0", "1"]),
    "euros, bookkeepers' minus": (lines("a,y", lambda i: (f"({i + 1}.5 €)", i % 2)), ["a"], [-2.5], ["0", "1"]),
    "latin-1": (lines("größe,y", lambda i: (i * i, i % 2)).encode("latin-1"), ["größe"], [1.0], ["0", "1"]),
    "UTF-16": (lines("größe,y", lambda i: (i * i, i % 2)).encode("utf-16"), ["größe"], [1.0], ["0", "1"]),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "a mark": (PLAIN.encode("utf-8-sig"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "gz": (gzip.compress(PLAIN.encode()), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "zip": (zipped(PLAIN), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "bz2": (bz2.compress(PLAIN.encode()), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "comments before": ("# who\n# when, where, why\n\n" + PLAIN, ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "comments between": (PLAIN.replace("\n2,", "\n# pause\n2,"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "a header of NumPy": (f"# {PLAIN}", ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "trailing commas": (PLAIN.replace("\n", ",\n"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "trailing commas in rows": (PLAIN.replace("\n", ",\n").replace("y,", "y"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "trailing comma in the header": (PLAIN.replace("y", "y,"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "blank lines": (PLAIN.replace("\n", "\n\n"), ["a", "b"], [1.0, 0.25], ["0", "1"]),
    "row names": (lines("a,y", lambda i: (f'"r{i}"', i * i, i % 2)), ["a"], [1.0], ["0", "1"]),
    "an index": (lines(",a,y", lambda i: (i, i * i, i % 2)), ["a"], [1.0], ["0", "1"]),
    "an id": (lines("Id,a,y", lambda i: (900 - i, i * i, i % 2)), ["a"], [1.0], ["0", "1"]),
    "NA": (
        lines("a,y", lambda i: (("NA", i, "", "?", "-", "NaN", "null")[i % 7], i % 2), count=28),
        ["a", "a is missing"],
        [1.0, 0.0],
        ["0", "1"],
    ),
    "True and False": (
        lines("a,b,y", lambda i: (i % 3 > 0, i, i % 2 > 0)),
        ["a = False", "a = True", "b"],
        [0.0, 1.0, 1.0],
        ["False", "True"],
    ),
    "dates": (lines("a,y", lambda i: (f"2024-01-{i + 1:02}", i % 2)), 2, [19724.0, 2.0], ["0", "1"]),
    "times": (lines("a,y", lambda i: (f"2024-01-01T{i:02}:00:00Z", i % 2)), 2, [19723 + 1 / 24, 1.0], ["0", "1"]),
    "German dates": (lines("a;y", lambda i: (f"{i + 1:02}.01.2024", i % 2), ";"), 2, [19724.0, 2.0], ["0", "1"]),
    "American dates": (lines("a,y", lambda i: (f"1/{i + 9}/2024", i % 2)), 2, [19732.0, 3.0], ["0", "1"]),
    "British dates": (lines("a,y", lambda i: (f"{i + 9}/1/2024", i % 2)), 2, [19732.0, 3.0], ["0", "1"]),
    "text": (lines("a,y", lambda i: (["red", "green"][i % 2], i * 1.5)), ["a = green", "a = red"], [1.0, 0.0], None),
    "text with gaps": (
        lines("a,y", lambda i: (("red", "", "blue")[i % 3], i % 2)),
        ["a = (missing)", "a = blue", "a = red"],
        [1.0, 0.0, 0.0],
        ["0", "1"],
    ),
    "no header": (lines("", lambda i: (i, i / 4, i % 2)), ["column_2"], [0.25], ["0", "1"]),
    "years as names": (lines("city,2020,2021,y", lambda i: ("ab"[i % 2], i, -i, i % 2)), 4, [0, 1, 1, -1], ["0", "1"]),
    "odd names": (lines("$a b$,ö,y", lambda i: (i, i / 4, i % 2)), ["$a b$", "ö"], [1.0, 0.25], ["0", "1"]),
    "one name twice": (lines("a,a,y", lambda i: (i, i / 4, i % 2)), ["a", "a.2"], [1.0, 0.25], ["0", "1"]),
    "a constant and an empty column": (lines("a,b,c,y", lambda i: (i, 7, "", i % 2)), ["a"], [1.0], ["0", "1"]),
    "names of people": (lines("n,a,y", lambda i: (f"n{i}", i, i % 2), count=40), ["a"], [1.0], ["0", "1"]),
    "quoted newlines": (lines('"a\nb",y', lambda i: (f'"{i}"', i % 2)), ["a\nb"], [1.0], ["0", "1"]),
    "classes as floats": (lines("a,y", lambda i: (i, f"{i % 2}.0")), ["a"], [1.0], ["0", "1"]),
    "classes as text": (lines("a,y", lambda i: (i, ["no", "yes"][i % 2])), ["a"], [1.0], ["no", "yes"]),
    "1,000 columns": (
        lines(",".join([*(f"c{i}" for i in range(1000)), "y"]), lambda i: [*range(i, i + 1000), i % 2]),
        1000,
        None,
        ["0", "1"],
    ),
    "JSON lines": (lines("", lambda i: (f'{{"a": {i}, "b": null, "y": {i % 2}}}',)), ["a"], [1.0], ["0", "1"]),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_this_kind_loads_without_an_option(kind, tmp_path):
    content, inputs, second, classes = FILES[kind]
    path = tmp_path / "data"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = load(str(path), "column_3" if kind == "no header" else "y")
    preparation = Preparation.learn(source.table, range(len(source.y)), Reading())
    again = Preparation.from_json(preparation.to_json())
    data = source.prepared(again, Reading())
    assert data.features == inputs or len(data.features) == inputs
    assert second is None or data.X[1] == pytest.approx(second, abs=1e-9)
    assert all(math.isfinite(x) for row in data.X for x in row)
    assert classes is None or data.classes == classes
    assert len(data.X) == (28 if kind == "NA" else 40 if kind == "names of people" else N)


# kind: (file, what the message says, the option that it names)
REFUSED = {
    "ragged, short": (PLAIN + "1,1\n", "line 14 has 2 cells, the header 3", {}),
    "ragged, long": (PLAIN + "1,1,1,1\n", "line 14 has 4 cells, the header 3", {}),
    "groups or decimals": (
        lines("a;y", lambda i: (f"{i + 1},000", i % 2), ";"),
        "column 'a' holds '1,000', .* say --decimal",
        {"decimal": ","},
    ),
    "day or month": (
        lines("a,y", lambda i: (f"0{i % 9 + 1}/02/2024", i % 2)),
        "column 'a' holds '01/02/2024', .* say --dates",
        {"dates": "month"},
    ),
    "one text among numbers": (
        PLAIN + "x,1,1\n",
        "line 14, column 'a': 'x' is not a number; say --missing 'x'",
        {"empty": frozenset({"x"})},
    ),
    "a column that is no use": (
        PLAIN + "x,1,1\n",
        "line 14, column 'a': 'x' is not a number; .*, or --ignore 'a'",
        {"ignored": frozenset({"a"})},
    ),
    "no target at all": (lines("a,y", lambda i: (i, "")), "no row has a 'y'", {}),
    "a number too large for JSON": (
        '{"a": 1' + "0" * 400 + ', "y": 1}\n' + '{"a": 1, "y": 1}\n{"a": 2, "y": 2}\n' * 6,
        "too large|finite",
        {},
    ),
    "nested too deep": ('{"a": ' + "[" * 100_000 + "\n", "line 1 is not JSON", {}),
    "no text": (bytes(range(1, 200)), "not a text file", {}),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_of_this_kind_is_refused_and_the_option_helps(kind, tmp_path):
    content, message, options = REFUSED[kind]
    path = tmp_path / "data.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    def prepare(options):
        source = load(str(path), "y", options)
        return Preparation.learn(source.table, range(len(source.y)), options)

    with pytest.raises(DataError, match=message):
        prepare(Reading())
    assert not options or prepare(Reading(**options)).columns


def test_an_option_decides_only_what_the_column_leaves_open(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(lines("a;b;y", lambda i: (f"{i + 1},000", f"0.{i + 1}", i % 2), ";"))
    options = Reading(decimal=",")
    source = load(str(path), "y", options)
    data = source.prepared(Preparation.learn(source.table, range(N), options), options)
    assert data.X[1] == [2.0, 0.2]


def test_what_was_found_out_is_noted(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes("# ä\na,a,y\n".encode("latin-1") + lines("", lambda i: (i, i, i % 2)).encode() + b"3,3,\n")
    notes = load(str(path), "y").table.notes
    assert [note.split(",")[0] for note in notes] == [
        "not in UTF-8",
        "comment lines that are left out: 1",
        "column 'a' is there twice; the second is called 'a.2'",
        "rows without 'y'",
    ]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    source = load("-", "y")
    assert source.classes == ["0", "1"]
    assert source.table.place(0, "a") == "standard input: line 2, column 'a'"


@pytest.mark.parametrize(("suffix", "package"), [("parquet", "pyarrow"), ("xlsx", "openpyxl")])
def test_tables_that_are_no_text(suffix, package, tmp_path):
    pytest.importorskip(package)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"a": [1.5, None], "d": pandas.to_datetime(["2024-01-31", None]), "t": ["x", None], "n": [1, 2]}
    )
    path = tmp_path / f"data.{suffix}"
    getattr(frame, {"parquet": "to_parquet", "xlsx": "to_excel"}[suffix])(path, index=False)
    assert read(str(path)).columns == {"a": [1.5, ""], "d": ["2024-01-31T00:00:00", ""], "t": ["x", ""], "n": [1, 2]}


@pytest.mark.parametrize("content", [b"PAR1PAR1", b"PK\x03\x04 no archive", b'{"a": 1}\n{"a'])
def test_a_damaged_table_is_refused_in_a_line(content, tmp_path, capsys):
    path = tmp_path / "data"
    path.write_bytes(content)
    assert main([str(path), "--target", "y"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"python -m nn: {path}: ")
    assert error.count("\n") == 1
