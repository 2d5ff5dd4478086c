"""The house rules, read from the source: who may import whom, how long a file is, which words are banned."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn
from autograd import operators

FLOORS = [  # a module imports only from the floors before its own
    {"cores", "errors", "interval", "ieee", "recording", "native"},
    {"elementary"},
    {"special"},
    {"slopes", "many"},
    {"primitive"},
    {"table"},
    {"carrier", "functions"},
    {"value", "tree", "trace"},
    {"custom", "dot", "graph", "operators", "signature", "transforms", "watch"},
    {"implicit", "sparse"},
    {"pickling", "program"},
    {"backends", "sums"},
    {"lanes", "packed"},
    {"jit"},
    {"__init__"},
]
PROGRAM = [{"program"}, {"passes", "files"}, {"__init__"}]
BACKENDS = [  # __init__ finds the others by name
    {"__init__"},
    {"forms", "polynomials", "python"},
    {"lower"},
    {"c", "emit", "numpy", "plan"},
    {"tiles", "machine"},
    {"assembly"},
    {"single"},
    {"llvm"},
]
DRAWING = [  # the same for autograd/drawing, which stands above all of these but __init__
    {"words", "diagram", "names"},
    {"graph", "engines", "dot"},
    {"fold", "text", "pdf", "steps"},
    {"architecture"},
    {"drawing", "stepper", "chain", "reasons", "reprs"},
    {"__init__"},
]
TESTING = [  # the same for autograd/testing
    {"accuracy", "engines", "exact", "plugin", "report"},
    {"limits", "precise", "sides"},
    {"differences"},
    {"expression", "graphs"},
    {"curvature", "verdicts"},
    {"check"},
    {"__init__"},
    {"laws", "strategies"},
    {"registration", "__main__"},
]
LATER = {
    ("transforms", "sparse"),
    ("value", "graph"),
    ("value", "drawing"),
    ("value", "pickling"),
    ("__init__", "drawing"),
    ("drawing", "stepper"),
    ("program", "backends"),
}  # imported when first used, to keep `import autograd` light
BANNED = {"ctx", "g", "ans", "res", "tmp", "fn", "prev", "children"}
HOUSE = Path(autograd.__file__).parent
FILES = sorted(HOUSE.rglob("*.py")) + sorted(Path(nn.__file__).parent.rglob("*.py"))
EACH = pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}/{p.name}" for p in FILES])


def imported(tree: ast.AST) -> set[str]:
    """Return every module that is imported anywhere in a file, in full."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


PACKAGES = {
    "autograd": (HOUSE, FLOORS),
    "autograd.backends": (HOUSE / "backends", BACKENDS),
    "autograd.drawing": (HOUSE / "drawing", DRAWING),
    "autograd.program": (HOUSE / "program", PROGRAM),
    "autograd.testing": (HOUSE / "testing", TESTING),
}
MODULES = [(package, path) for package, (folder, _) in PACKAGES.items() for path in sorted(folder.glob("*.py"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_stands_on_a_floor(package):
    folder, floors = PACKAGES[package]
    folders = {name for floor in floors for name in floor if (folder / name).is_dir() and name != folder.name}
    assert {p.stem for p in folder.glob("*.py")} == set().union(*floors) - folders


def test_every_folder_is_a_package_whose_floors_are_known():
    assert {path.parent for path in HOUSE.rglob("*.py")} == {folder for folder, _ in PACKAGES.values()}


@pytest.mark.parametrize(("package", "path"), MODULES, ids=lambda x: x if isinstance(x, str) else x.stem)
def test_modules_import_only_from_floors_below(package, path):
    folder, floors = PACKAGES[package]
    own = next(i for i, floor in enumerate(floors) if path.stem in floor)
    below = set().union(*floors[:own])
    names = {
        name.removeprefix(f"{package}.").split(".")[0]
        for name in imported(ast.parse(path.read_text()))
        if name.startswith(f"{package}.")
    }
    modules = {name for name in names if (folder / f"{name}.py").exists() or (folder / name).is_dir()}
    assert {name for name in modules if (path.stem, name) not in LATER} <= below


def test_nn_uses_the_engines_public_names_only():
    for path in Path(nn.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd"):
                assert node.module == "autograd"
                assert all(alias.name in autograd.__all__ for alias in node.names)


@EACH
def test_files_are_short(path):
    text = path.read_text()
    if operators.BEGIN in text:  # what is written by a program is not counted
        head, rest = text.split(operators.BEGIN)
        text = head + rest.split(operators.END, 1)[1]
    allowed = {"table": 500, "special": 480}  # rows; and one function after the other
    assert text.count("\n") <= allowed.get(path.stem, 400)


@EACH
def test_a_module_opens_with_its_map(path):
    text = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split())
    assert "Start at" in text
    assert "one surprise" in text


@EACH
def test_no_banned_words_no_star_imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        name = {ast.arg: "arg", ast.Name: "id", ast.Attribute: "attr", ast.FunctionDef: "name"}.get(type(node))
        if name:
            assert getattr(node, name) not in BANNED
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names)


def test_import_needs_the_standard_library_only():
    code = (
        f"import sys; sys.path.insert(0, {str(HOUSE.parent)!r}); before = set(sys.modules); import autograd; "
        "files = [name for name in set(sys.modules) - before if getattr(sys.modules[name], '__spec__', None)]; "
        "new = {name.split('.')[0] for name in files}; "
        "print(sorted(new - sys.stdlib_module_names - {'autograd'}))"
    )
    run = [sys.executable, "-I", "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_two_packages_of_one_name_in_one_folder_are_told_apart(tmp_path):
    (tmp_path / "tracer.py").touch()  # a file of HIPS autograd
    with pytest.warns(RuntimeWarning, match="valuegrad and HIPS autograd, are installed over each other"):
        autograd.errors.warn_of_namesake(str(tmp_path / "__init__.py"))
