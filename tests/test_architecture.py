"""The house rules, read from the source: how long a file is, which words are banned; for imports see `lint-imports`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import autograd
import nn
from autograd.primitives import write

BANNED = {"ctx", "g", "ans", "res", "tmp", "fn", "prev", "children"}
HOUSE = Path(autograd.__file__).parent
FILES = sorted(HOUSE.rglob("*.py")) + sorted(Path(nn.__file__).parent.rglob("*.py"))
EACH = pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}/{p.name}" for p in FILES])


def test_rooms_import_only_from_rooms_below_and_in_no_circle(capsys, monkeypatch):
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)  # it would disable our logger in all later tests
    assert lint_imports(str(Path(__file__).parents[1] / "pyproject.toml")) == 0, capsys.readouterr().out


def test_nn_uses_the_engines_public_names_only():
    for path in Path(nn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd"):
                assert node.module == "autograd"
                assert all(alias.name in autograd.__all__ for alias in node.names)


@EACH
def test_files_are_short(path):
    text = path.read_text()
    text = re.sub(rf"{write.BEGIN}.*?{write.END}", "", text, flags=re.S)  # written by a program: not counted
    allowed = {
        "table": 500,
        "special": 480,
        "tape": 650,
        "nested": 450,
        "runs": 430,
        "write": 410,
    }  # rows; one function after the other; what is compiled as one
    assert text.count("\n") <= allowed.get(path.stem, 400)


def test_types_say_something():
    functions = [n for path in FILES for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
    parameters = [a.annotation for f in functions for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)]
    for annotations in (parameters, [f.returns for f in functions]):
        bare = [a for a in annotations if isinstance(a, ast.Name) and a.id == "Any"]
        assert len(bare) <= 0.05 * len(annotations)


@EACH
def test_no_banned_words_no_star_imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        name = {ast.arg: "arg", ast.Name: "id", ast.Attribute: "attr", ast.FunctionDef: "name"}.get(type(node))
        if name:
            assert getattr(node, name) not in BANNED
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names)


@pytest.mark.parametrize("path", [p for p in FILES if p.with_suffix(".pxd").exists()], ids=lambda p: p.stem)
def test_compiled_files_ask_for_one_type_at_a_time(path):
    """Of `isinstance(x, (A, B))` Cython checks no error, and so takes one, such as an interrupt, for a yes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            assert not isinstance(node.args[1], ast.Tuple), f"line {node.lineno}"


def test_import_needs_the_standard_library_only():
    code = (
        f"import sys; sys.path.insert(0, {str(HOUSE.parent)!r}); before = set(sys.modules); import autograd; "
        "files = [name for name in set(sys.modules) - before if getattr(sys.modules[name], '__spec__', None)]; "
        "new = {name.split('.')[0] for name in files}; "
        "print(sorted(new - sys.stdlib_module_names - {'autograd'}))"
    )
    run = [sys.executable, "-I", "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_two_packages_of_one_name_in_one_environment_are_refused(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "tracer.py").touch()  # a file of HIPS autograd
    message = r"valuegrad and HIPS autograd \(in .*pip uninstall valuegrad autograd, then install the one"
    with pytest.raises(ImportError, match=message):
        autograd.errors.refuse_namesake(str(tmp_path / "autograd" / "__init__.py"), [])
    with pytest.raises(ImportError, match=message):
        autograd.errors.refuse_namesake(autograd.__file__, [str(tmp_path)])
    autograd.errors.refuse_namesake(autograd.__file__, [str(HOUSE.parent)])
