"""What strangers meet first: links, addresses, versions, workflows. `python -m tests.packaging` looks deeper."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

import autograd
from autograd.floats.core_choice import NAMES

from .packaging import links

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE = PROJECT["urls"]["Source"]
GITHUB = ROOT / ".github"
if not GITHUB.exists():
    pytest.skip("only in a checkout or an unpacked source distribution", allow_module_level=True)

PAGES = [
    *ROOT.glob("*.md"),
    *GITHUB.glob("*.md"),
    *ROOT.glob("notebooks/*.md"),
    *ROOT.glob("autograd/*.md"),
]  # those of the site are checked as it is made
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
YAML = [*GITHUB.rglob("*.yml"), ROOT / "CITATION.cff", ROOT / ".pre-commit-config.yaml"]
FOLDERS = (".ci", ".github", "autograd", "nn", "notebooks", "tests")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_to_files(page):
    for link in links(page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link.partition("#")[0]).exists(), link


@pytest.fixture
def setup_script():
    pytest.importorskip("setuptools")
    return runpy.run_path(str(ROOT / "setup.py"))


def test_on_a_package_index_every_link_of_the_readme_is_absolute(setup_script):
    page, readme = setup_script["long_description"](), (ROOT / "README.md").read_text(encoding="utf-8")
    before, after = links(readme), links(page)
    assert before
    assert len(after) == len(before)
    assert f"]({SOURCE}/raw/v{PROJECT['version']}/notebooks/pictures/neuron.svg)" in page
    for old, new in zip(before, after, strict=True):
        assert new == old if "://" in old else re.fullmatch(f"{SOURCE}/(raw|blob)/v[0-9.]+/{old}", new)
    assert re.sub(r"\]\([^)]*\)", "](...)", page) == re.sub(r"\]\([^)]*\)", "](...)", readme)


def test_the_compiled_core_is_what_has_declarations(setup_script):
    compiled = {extension.name for extension in setup_script["compiled_core"]()}
    assert compiled == {f"autograd.{name}" for name in NAMES}


def test_the_repositorys_address_stands_in_one_table():
    for address in PROJECT["urls"].values():
        assert address.startswith(SOURCE)
    for path in [*ROOT.iterdir(), *(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*"))]:
        if path.is_file() and path.name not in {"pyproject.toml", "PKG-INFO"}:  # which is made from it
            assert SOURCE.encode() not in path.read_bytes(), path
    (table,) = re.findall(r"\[project\.urls\]\n(.*?)\n\n", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.S)
    assert (ROOT / "pyproject.toml").read_text(encoding="utf-8").count(SOURCE) == table.count(SOURCE)


def test_version_license_and_authors_are_told_alike():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    (author,) = PROJECT["authors"]
    for line in (f"version: {PROJECT['version']}", f"license: {PROJECT['license']}", f"  - name: {author['name']}"):
        assert line in citation.splitlines()
    assert autograd.__version__ == PROJECT["version"]
    assert f" {author['name']}\n" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_changelog_keeps_its_form():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)", text, re.M)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    assert headings[1].startswith(f"[{PROJECT['version']}]")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)", text, re.M)) <= kinds


@pytest.mark.parametrize("path", YAML, ids=name_of)
def test_yaml_can_be_read(path):
    assert pytest.importorskip("yaml").safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", sorted(GITHUB.glob("ISSUE_TEMPLATE/[!c]*.yml")), ids=name_of)
def test_issue_forms_have_what_a_form_needs(form):
    read = pytest.importorskip("yaml").safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= read.keys()
    names = [field["id"] for field in read["body"]]
    assert len(names) == len(set(names))
    for field in read["body"]:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert field["attributes"]["label"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_pin_what_they_use_and_may_do_little(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "\npermissions: {}\n" in text
    assert set(re.findall(r"[\w-]+: write\b", text)) <= {"id-token: write", "pages: write"}


def test_the_actions_are_pinned_to_the_same_versions_everywhere():
    used = {use for path in WORKFLOWS for use in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))}
    assert len({use.partition("@")[0] for use in used}) == len(used)


def test_the_workflow_runs_the_readmes_test_command_and_ci():
    text = (GITHUB / "workflows" / "tests.yml").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    command = [line for line in readme if line.startswith("sh .ci/setup")][1]
    assert f"        run: {command}\n" in text
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "      - run: bash .ci/run\n" in text


def test_every_python_that_is_promised_is_tested():
    promised = {
        line.rpartition(" ")[2]
        for line in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
    }
    text = (GITHUB / "workflows" / "tests.yml").read_text(encoding="utf-8")
    for tested in re.findall(r"python: \[(.*)\]", text):
        assert set(re.findall(r'"([\d.]+)"', tested)) == promised
        assert '"3.14t"' in tested
    assert f">={min(promised, key=lambda version: int(version[2:]))}" == PROJECT["requires-python"]
