"""Pictures in a browser's own Python: the cells of a notebook run in Pyodide, and their pictures are seen.

Pyodide comes from npm: `npm install --no-save pyodide` puts it into node_modules; Chromium and a server on this machine
do the rest, and no other address can be reached. Skipped where either is missing. `python -m
tests.drawing.test_pyodide [NAME ...]` tries all notebooks, and says which run and how long the first picture takes.
NumPy, matplotlib and Hypothesis have no wheels for it on the package index: curves go nowhere there (`CURVES`), and
notebooks that need more than curves stop.
"""

import http.server
import io
import json
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import pytest

from ..tools import browser as browser_of_tests
from ..tools.browser import PROGRAM, Browser

ROOT = Path(__file__).parents[2]
PYODIDE = ROOT / "node_modules" / "pyodide"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MISSING = "no Chromium here" if PROGRAM is None else "no node_modules/pyodide: npm install --no-save pyodide"
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "text/json"}
PAGE = b"<!doctype html><meta charset=utf-8><title>a browser's own Python</title><body></body>"
BOOT = """import('/pyodide/pyodide.mjs').then(async ({ loadPyodide }) => {
    globalThis.python = await loadPyodide({ indexURL: '/pyodide/' });
    const code = await (await fetch('/code.zip')).arrayBuffer();
    python.unpackArchive(code, 'zip');
    python.runPython(`%s`);
})"""
RUN_CELL = """
import ast, json

space = {"__name__": "__main__"}

def run_cell(source):
    *before, last = ast.parse(source).body or [ast.Pass()]
    if not isinstance(last, ast.Expr):
        before, last = [*before, last], None
    exec(compile(ast.Module(before, []), "<cell>", "exec"), space)
    found = None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
    if hasattr(found, "_repr_mimebundle_"):
        return found._repr_mimebundle_().get("text/html", "")
    return (found._repr_html_() or "") if hasattr(found, "_repr_html_") else ""
"""
CURVES = """
import sys, types

class Nowhere:
    def __call__(self, *_, **__): return self
    def __getattr__(self, _): return self

def subplots(rows=1, columns=1, **_):
    return Nowhere(), Nowhere() if columns == 1 else [Nowhere() for _ in range(columns)]

pyplot = types.ModuleType("matplotlib.pyplot")
pyplot.subplots, pyplot.show = subplots, lambda: None
sys.modules |= {"matplotlib": types.ModuleType("matplotlib"), "matplotlib.pyplot": pyplot}
"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None or not PYODIDE.is_dir() or not NOTEBOOKS, reason=MISSING),
]


def code():
    """Return the packages as a zip."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in ("autograd", "nn"):
            for path in (ROOT / package).rglob("*"):
                if path.suffix in (".py", ".html", ".js", ".pxd", ".typed") and path.is_file():
                    archive.write(path, path.relative_to(ROOT))
    return found.getvalue()


class Files(http.server.BaseHTTPRequestHandler):
    """Serves an empty page, the packages and Pyodide."""

    archive = b""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.startswith("/pyodide/") and (PYODIDE / path[9:]).is_file():
            body, kind = (
                (PYODIDE / path[9:]).read_bytes(),
                TYPES.get(Path(path).suffix, "application/octet-stream"),
            )
        else:
            body, kind = (self.archive, "application/zip") if path == "/code.zip" else (PAGE, "text/html")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    Files.archive = code()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Browser(tmp_path_factory.mktemp("profile"), size=(1280, 900), offline=False) as opened:
        opened.open(f"http://127.0.0.1:{server.server_port}/")
        opened.run(BOOT % RUN_CELL.replace("\\", "\\\\").replace("`", "\\`"))
        yield opened
    server.shutdown()
    server.server_close()


def cells(path):
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


def run(browser, source):
    """Run a cell and put what it shows on the page; return whether that is a frame."""
    return browser.run(
        f"""(() => {{
            const shown = python.globals.get('run_cell')({json.dumps(source)});
            if (!shown) return false;
            const place = document.body.appendChild(document.createElement('div'));
            place.innerHTML = shown;
            for (const old of place.querySelectorAll('script')) {{  // as notebooks do
                const script = document.createElement('script');
                script.textContent = old.textContent;
                old.replaceWith(script);
            }}
            return Boolean(place.querySelector('iframe'));
        }})()"""
    )


def test_the_first_notebook_runs_and_its_pictures_are_seen(browser):
    pictures = [source for source in cells(NOTEBOOKS[0]) if run(browser, source)]
    assert sum("draw(" in source for source in pictures) >= 3
    end, seen = time.monotonic() + 30, []
    while len(seen) < len(pictures) and time.monotonic() < end:
        time.sleep(0.1)
        seen = [
            frame
            for frame in browser.frames
            if browser.run("document.querySelectorAll('.box[data-group], #nodes tr').length", frame)
        ]
    assert len(seen) == len(pictures)
    assert not browser.run("document.querySelectorAll('details').length")
    assert all("127.0.0.1" in url or url.startswith(("data:", "blob:", "about:")) for url in browser.requests)


def main(names):
    """Try every notebook, or those named."""
    browser_of_tests.SECONDS = 900
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        Files.archive = code()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for path in [path for path in NOTEBOOKS if not names or path.stem in names]:
            with Browser(Path(folder) / path.stem, offline=False) as opened:
                opened.open(f"http://127.0.0.1:{server.server_port}/")
                opened.run(BOOT % RUN_CELL.replace("\\", "\\\\").replace("`", "\\`"))
                ready, first, said = time.monotonic() - start, None, "runs"
                run(opened, CURVES)
                for k, source in enumerate(cells(path)):
                    try:
                        if run(opened, source) and first is None:
                            first = time.monotonic() - start
                    except (RuntimeError, TimeoutError) as error:
                        lines = [line for line in str(error).splitlines() if "Error" in line]
                        said = f"cell {k}: {(lines or [str(error)])[-1].strip()[:100]}"
                        break
                picture = "" if first is None else f", first picture {first - ready:.1f} s later"
                took = time.monotonic() - start
                print(f"{path.stem:32} Python after {ready:.1f} s{picture}; {said}; {took:.0f} s in all", flush=True)
                start = time.monotonic()
        server.shutdown()


if __name__ == "__main__":
    sys.exit(MISSING if PROGRAM is None or not PYODIDE.is_dir() else main(sys.argv[1:]))
