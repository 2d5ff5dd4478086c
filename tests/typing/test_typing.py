"""What type checkers say of programs that users write: some are accepted, some are refused.

A comment at the end of a line says which type is revealed there, or that the line is refused; any other line is
accepted. What does not hold yet is marked `todo:`, and fails here as soon as both checkers say it;
`python -m tests.typing.test_typing` takes the mark away then.
"""

import importlib.util
import json
import re
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(HERE.glob("*/*.py"))
EXPECTED = re.compile(r"  # (todo: )?(.+)$")
ACCEPTED, REFUSED = "accepted", "refused"


def expected():
    """Return what is said of each line (file, number): what holds, and what is to hold."""
    holds, later = {}, {}
    for path in PROGRAMS:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = EXPECTED.search(line)
            assert bool(found) >= line.startswith("reveal_type("), f"{path}:{number} does not say what is revealed"
            if found:
                (later if found[1] else holds)[path.parent.name, path.name, number] = found[2]
    return holds, later


def plain(text):
    """Return a type without the modules of its names."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("def (", "(")


def ran(module, *options):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    line = [sys.executable, "-m", module, *options, *map(str, PROGRAMS)]
    done = subprocess.run(line, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # 1: some lines are refused; more: it could not run
    return done.stdout


def gathered(said):
    """Return what is said of each line; that it is refused outweighs the rest."""
    places = {}
    for path, number, revealed in said:
        place = *Path(path).parts[-2:], number
        places[place] = REFUSED if REFUSED in (revealed, places.get(place)) else plain(revealed)
    return places


@cache
def mypy():
    for_line = re.compile(r'(.+?):(\d+): (?:error: .*|note: Revealed type is "(.*)")$')
    found = map(for_line.match, ran("mypy", "--no-pretty", "--no-error-summary").splitlines())
    return gathered((match[1], int(match[2]), match[3] or REFUSED) for match in found if match)


@cache
def pyright():
    report = json.loads(ran("pyright", "--outputjson", "--pythonpath", sys.executable))
    said = []
    for each in report["generalDiagnostics"]:
        revealed = re.match(r'Type of "[^\n]*" is "([^\n]*)"$', each["message"])
        if revealed or each["severity"] == "error":
            said.append((each["file"], each["range"]["start"]["line"] + 1, revealed[1] if revealed else REFUSED))
    return gathered(said)


def arrived():
    """Return the lines that are marked `todo:` though they hold."""
    _, later = expected()
    return [
        place
        for place, said in later.items()
        if {mypy().get(place, ACCEPTED), pyright().get(place, ACCEPTED)} == {said}
    ]


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_each_line_is_accepted_refused_or_revealed_as_it_says(checker):
    holds, later = expected()
    assert {place: said for place, said in checker().items() if place not in later} == holds


def test_what_is_to_hold_does_not_hold_yet():
    assert not arrived(), "they hold now: run `python -m tests.typing.test_typing`"


@pytest.mark.parametrize("path", sorted((HERE / ACCEPTED).glob("*.py")), ids=lambda path: path.stem)
def test_programs_that_are_accepted_run(path, capsys):
    runpy.run_path(str(path))


if __name__ == "__main__":
    for folder, name, number in arrived():
        path = HERE / folder / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[number - 1] = lines[number - 1].replace("todo: ", "").replace(f"  # {ACCEPTED}", "")
        path.write_text("".join(lines), encoding="utf-8")
