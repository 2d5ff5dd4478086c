"""How Sphinx makes the site; `python -m tests.site` lays its sources out and runs it."""

import os
import re
import tomllib
from pathlib import Path

from docutils import nodes

PROJECT = tomllib.loads((Path(os.environ["VALUEGRAD_SITE"]) / "pyproject.toml").read_text("utf-8"))["project"]

project, release, author = PROJECT["name"], PROJECT["version"], PROJECT["authors"][0]["name"]
copyright = f"{author}; {PROJECT['license']} license"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.doctest"]
html_theme = "furo"
html_title = f"{project} {release}"
default_role = "code"  # docstrings put code in single backticks
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
doctest_test_doctest_blocks = ""  # those of docstrings are run by the tests, among the names of their modules
suppress_warnings = ["mystnb.unknown_mime_type"]  # a widget's or a page's other forms are shown instead
linkcheck_ignore = [r"https://example\.invalid/"]

CODE = re.compile(r"(`+[^`]*`+)")


def plain(line):
    """Return a line of a docstring in which nothing outside of backticks means anything to reStructuredText."""
    parts = CODE.split(line)
    return "".join(part if part.startswith("`") else re.sub(r"([*|\\]|_\b)", r"\\\1", part) for part in parts)


def escape(app, what, name, of, options, lines):
    """Make a docstring, which is plain English, into reStructuredText."""
    inside = False
    for i, line in enumerate(lines):
        inside = line.lstrip().startswith(">>>") or (inside and bool(line.strip()))
        if not inside:
            lines[i] = plain(line)


def mark_examples(app, document):
    """Have `sphinx -b doctest` run every example of a page, each on its own, as a reader would paste it."""
    for number, block in enumerate(document.findall(nodes.literal_block)):
        if block.get("language") == "python" and block.astext().startswith(">>>"):
            block["testnodetype"], block["groups"], block["options"] = "doctest", [f"example{number}"], {}


def setup(app):
    """Connect what is written here."""
    app.connect("autodoc-process-docstring", escape)
    app.connect("doctree-read", mark_examples)
