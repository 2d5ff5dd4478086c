"""`python -m tests.site [FOLDER]` makes the documentation site (default: build/site), with warnings as errors.

Its own pages are in notebooks/site; README, the map, the notebooks (which are run) and their pages come from where they
are, the pages of functions and modules from the table and the docstrings. Then the examples of all pages are run (those
of docstrings by `python -m tests`), every link between pages is followed, and llms.txt is written. Needs
`pip install -e '.[notebook]' --group site`, in an environment of its own. `--no-notebooks` leaves them out, for a quick
look; `--outside` follows outside links, too.
"""

import html.parser
import inspect
import math
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import autograd
import autograd.testing
import nn
from autograd.primitives import formula
from autograd.primitives.functions import PUBLIC
from autograd.primitives.primitive import ROWS, Primitive

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "notebooks" / "site"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
POINTS = 401  # of a curve
SPAN = (-4.0, 4.0)  # where a function is drawn, as far as it is defined there
MODULES = {"api": autograd, "nn": nn, "testing": autograd.testing}  # by the page that shows their public names


def functions() -> dict[str, Primitive | None]:
    """Return every public function with its row, if it has one, by name."""
    return {name: ROWS.get(name) for name in sorted(PUBLIC) if name in autograd.__all__}


def lay_out(sources: Path, notebooks: bool) -> None:
    """Write all that Sphinx reads."""
    shutil.copytree(PAGES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    (sources / "_static").mkdir(exist_ok=True)
    shutil.copytree(ROOT / "notebooks" / "pictures", sources / "pictures")
    (sources / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if notebooks else []:
        shutil.copy(path, sources / "notebooks")
    if not notebooks:
        index = (sources / "index.md").read_text("utf-8")
        (sources / "index.md").write_text(index.replace(":glob:\nnotebooks/*\n", ""), "utf-8")
    for path in (ROOT / "notebooks").glob("*.md"):
        (sources / path.name).write_text(path.read_text("utf-8"), "utf-8")
    for path, name in (("README.md", "readme.md"), ("autograd/README.md", "how_it_works.md")):
        text = leading_to_pages((ROOT / path).read_text("utf-8"))
        text = text if notebooks else re.sub(r"\[([^]]*)\]\(notebooks/\w+\)", r"\1", text)
        (sources / name).write_text(text, "utf-8")
    shutil.copy(ROOT / "CHANGELOG.md", sources / "changelog.md")
    speed = re.search(r"\n## Speed\n(.*?)\n## ", (sources / "readme.md").read_text("utf-8"), re.S)
    page = sources / "benchmarks.md"
    page.write_text(page.read_text("utf-8").replace("SPEED", speed[1] if speed else "", 1), "utf-8")
    for name, module in MODULES.items():
        public = [x for x in module.__all__ if x not in functions() and x != "Value"]
        page = sources / f"{name}.md"
        page.write_text(page.read_text("utf-8").replace("PUBLIC", entries(module, public), 1), "utf-8")
    (sources / "functions.md").write_text(functions_page(sources / "pictures"), "utf-8")


def leading_to_pages(text: str) -> str:
    """Return the Markdown of a file of the repository with its links leading to the pages of the site."""
    text = re.sub(r"\]\(notebooks/rendered/(\w+)\.ipynb\)", r"](notebooks/\1)", text)
    text = re.sub(r"\]\(notebooks/(?:site/)?(\w+)\.md\)", r"](\1)", text)
    return text.replace("](notebooks/pictures/", "](pictures/").replace("](autograd/README.md)", "](how_it_works)")


def entries(module: object, names: list[str]) -> str:
    """Return the directives that show public things of a module."""
    found = []
    for name in names:
        thing = getattr(module, name)
        kind = "autoexception" if inspect.isclass(thing) and issubclass(thing, Exception) else "autoclass"
        kind = kind if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
        members = "   :members:\n" if kind == "autoclass" else ""
        found.append(f".. {kind}:: {module.__name__}.{name}\n{members}")  # type: ignore[attr-defined]
    return "\n".join(found)


def functions_page(pictures: Path) -> str:
    """Return the page of all functions; draw those of one number."""
    lines = [
        "# Functions\n",
        "Each is written once, as a row of one table, and works on floats, on Values, inside of `grad`, `jit` and",
        "`vmap`, and on our arrays. Where it is not smooth, its derivative is a convention, and stands here. Blue is",
        "the function, orange its derivative, both as this engine computes them.\n",
    ]
    lines += ["| function | defined on | derivative | where it is not smooth |", "|---|---|---|---|"]
    lines += [summary(name, row) for name, row in functions().items() if row and row.partials] + [""]
    for name, row in functions().items():
        function = getattr(autograd, name)
        doc = inspect.getdoc(function) if inspect.isfunction(function) else None
        lines += [f"## {name}\n", *([textwrap.dedent(doc).split("\n\n")[0].replace("*", r"\*") + "\n"] if doc else [])]
        if row is None:
            continue
        lines += [f"- {fact}" for fact in facts(row)] + [""]
        if len(row.partials) == 1 and draw(name, row, pictures / f"{name}.svg"):
            lines.append(f"![{name} and its derivative](pictures/{name}.svg)\n")
    return "\n".join(lines)


def summary(name: str, row: Primitive) -> str:
    """Return the line of a function in the table at the top."""
    where = ", ".join(f"`{interval}`" for interval in row.domain)
    kink = f"{row.kink.where}: {row.kink.convention}" if row.kink else ""
    rules = ", ".join(f"`{rule}`" for rule in written(row))
    return f"| [{name}](#{name.replace('_', '-')}) | {where} | {rules} | {kink} |"


def written(row: Primitive) -> list[str]:
    """Return the partials of a row as books write them, or as the rules stand, with z for the result."""
    rules = [row.textbook] if isinstance(row.textbook, str) else list(row.textbook)
    if any(rules):
        return rules
    names = [formula.Name(name) for name in row.operand_names]
    return [str(rule(formula.Name("z"), *names)) if rule else "not differentiated" for rule in row.partials]


def facts(row: Primitive) -> list[str]:
    """Return what the table says of a row, in lines of Markdown."""
    found = [f"operands: {', '.join(f'`{name}`' for name in row.operand_names)}"]
    if row.domain:
        found.append("defined on " + ", ".join(f"`{interval}`" for interval in row.domain))
    if rules := written(row):
        found.append("partials, with `z` for the result: " + ", ".join(f"`{rule}`" for rule in rules))
    if row.kink:
        found.append(f"where {row.kink.where}, the partial is {row.kink.convention}")
    others = {"NumPy": row.numpy, "C": row.c, "a method": row.method and f"x.{row.method}()"}
    if told := [f"{where} `{name}`" for where, name in others.items() if name]:
        found.append("also " + ", ".join(told))
    return found


def draw(name: str, row: Primitive, path: Path) -> bool:
    """Draw a function of one number and its derivative; return whether there is anything to see."""
    from matplotlib.figure import Figure

    function = getattr(autograd, name)
    xs = [SPAN[0] + (SPAN[1] - SPAN[0]) * i / (POINTS - 1) for i in range(POINTS)]
    values = [evaluated(function, row, x) for x in xs]
    if sum(map(math.isfinite, values)) < 2:
        return False
    partials = [evaluated(autograd.grad(function), row, x) for x in xs]
    figure = Figure(figsize=(4.6, 2.6), layout="constrained")
    axis = figure.subplots()
    axis.plot(xs, values, color="#2b6cb0", label=f"{name}(x)")
    axis.plot(xs, partials, color="#dd6b20", label="derivative", linewidth=1.2)
    axis.set(xlim=SPAN, ylim=window(values, partials), xlabel="x")
    axis.axhline(0.0, color="#a0aec0", linewidth=0.6)
    axis.axvline(0.0, color="#a0aec0", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    figure.savefig(path)
    return True


def evaluated(function: object, row: Primitive, x: float) -> float:
    """Return a function at a point, NaN where it is not defined or too large."""
    if row.domain and x not in row.domain[0]:
        return math.nan
    try:
        found = float(function(x))  # type: ignore[operator]
    except (ArithmeticError, ValueError):
        return math.nan
    return found if abs(found) < 100.0 else math.nan


def window(values: list[float], partials: list[float]) -> tuple[float, float]:
    """Return the part of the ordinate that is shown: without what lies far out, or few partials reach."""
    there, steep = (sorted(y for y in ys if math.isfinite(y)) for ys in (values, partials))
    few = len(steep) // 20
    ends = [*there, *steep[few : len(steep) - few]]
    low, high = max(min(ends), -8.0), min(max(ends), 8.0)
    margin = 0.1 * (high - low) or 1.0
    return low - margin, high + margin


class Page(html.parser.HTMLParser):
    """The links of a page, and the places in it that links can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag links to, and its name."""
        found = dict(attrs)
        self.places |= {found[name] or "" for name in ("id", "name") if name in found}
        self.links += [found[name] or "" for name in ("href", "src") if found.get(name)]


def broken(site: Path) -> list[str]:
    """Return every link from page to page that leads nowhere."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            known = pages.get(target)
            if not target.exists() or (known and unquote(parts.fragment) not in known.places):
                found.append(f"{path.relative_to(site)}: {link}")
    return found


def llms(site: Path) -> str:
    """Return llms.txt: what this is, and each page's source with its title, for those who read text alone."""
    lines = [f"# {PROJECT['name']}", "", f"> {PROJECT['description']}", "", "## Pages", ""]
    for path in sorted((site / "_sources").rglob("*.txt")):
        title = re.search(
            r"^(?: *\")?# (.*?)(?:\\n\",?)?$", path.read_text("utf-8"), re.M
        )  # of a page, or of a notebook
        lines.append(f"- [{title[1] if title else path.stem}]({path.relative_to(site).as_posix()})")
    named = " ".join(f"`{name}`" for name in autograd.__all__)
    return "\n".join([*lines, "", "## Public names", "", f"autograd: {named}", "", f"nn: {' '.join(nn.__all__)}", ""])


def sphinx(builder: str, sources: Path, site: Path) -> None:
    """Run a builder of Sphinx; every warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", builder]
    where = [str(sources), str(site), "-d", str(site.parent / f"{sources.name}-read")]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "VALUEGRAD_SITE": str(ROOT)}
    subprocess.run([*command, *where], check=True, env=environment)


def main(arguments: list[str]) -> int:
    """Make the site; return 1 if a link is broken."""
    options = {argument for argument in arguments if argument.startswith("--")}
    site = Path(next((x for x in arguments if x not in options), ROOT / "build" / "site")).resolve()
    sources = site.parent / f"{site.name}-sources"
    for folder in (site, sources):
        shutil.rmtree(folder, ignore_errors=True)
    lay_out(sources, "--no-notebooks" not in options)
    sphinx("html", sources, site)
    sphinx("doctest", sources, site.parent / f"{site.name}-doctest")
    if "--outside" in options:
        sphinx("linkcheck", sources, site.parent / f"{site.name}-links")
    (site / "llms.txt").write_text(llms(site), "utf-8")
    lost = broken(site)
    print("\n".join([*lost, f"{site}: {len(list(site.rglob('*.html')))} pages, {len(lost)} broken links"]))
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
