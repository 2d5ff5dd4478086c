"""The README does what it says: its two commands, its examples, its tables."""

import doctest
import re
from pathlib import Path

import pytest

import autograd

from .accuracy import real_functions

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run_blocks(text):
    """Run each fenced block of Python on its own, as a reader would paste it."""
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    for number, block in enumerate(blocks):
        test = doctest.DocTestParser().get_doctest(block, {}, f"README example {number}", "README.md", 0)
        assert test.examples, f"example {number} has no prompt, so nothing of it is checked"
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


def test_the_readmes_examples_print_what_they_say():
    run_blocks(README)


@pytest.mark.parametrize(
    "name", [pytest.param("examples.md", marks=pytest.mark.long), "gradient_bugs.md", "site/coming_from.md"]
)
def test_the_pages_beside_the_notebooks_print_what_they_say(name):
    pytest.importorskip("scipy")
    page = ROOT / "notebooks" / name
    if not page.exists():
        pytest.skip("only in a checkout")
    run_blocks(page.read_text(encoding="utf-8"))


def test_ci_runs_the_readmes_test_command():
    commands = [line for line in README.splitlines() if line.startswith("sh .ci/setup")]
    assert len(commands) == 2
    script = ROOT / ".ci" / "run"
    if not script.exists():
        pytest.skip("only in a checkout")
    assert commands[1] in script.read_text().splitlines()


def test_the_readme_names_every_function_of_math_that_is_here():
    listed = set(re.findall(r"`(\w+)`", README.split("## Functions", 1)[1].split("\n## ", 1)[0]))
    assert real_functions() <= listed
    assert {name for name in listed if not hasattr(autograd, name)} <= {"math"}
