"""The notebooks run from top to bottom, each in a fresh process, and are kept without outputs.

Start at `executed`. The one surprise: every warning in a cell is an error, but those that the kernel itself gives.
"""

from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
STRICT = """import warnings
warnings.simplefilter("error")
warnings.filterwarnings("default", module="ipykernel")"""

pytestmark = pytest.mark.skipif(not NOTEBOOKS, reason="only in a checkout")
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def executed(path, folder):
    """Return the notebook with its outputs; CellExecutionError where a cell raises."""
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read(path)
    strict = notebook.cells[0].__class__(cell_type="code", source=STRICT, metadata={}, outputs=[])
    notebook.cells.insert(0, strict)
    settings = {"timeout": 300, "kernel_name": "python3", "resources": {"metadata": {"path": str(folder)}}}
    return nbclient.NotebookClient(notebook, **settings).execute()


@each
def test_it_runs_from_top_to_bottom(path, tmp_path):
    outputs = [output for cell in executed(path, tmp_path).cells for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    pictures = [output for output in outputs if {"image/svg+xml", "image/png"} & set(output.get("data", {}))]
    assert pictures, "a notebook without a picture"


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
