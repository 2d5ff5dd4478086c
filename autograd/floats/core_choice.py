"""Which core runs: the compiled one, where it was built and loads, or the same files as plain Python.

Importing this module decides it, before anything else of the package is imported. `VALUEGRAD_PURE=1` in the environment
asks for plain Python. So does whatever keeps the compiled files from loading, as in a subinterpreter, and a source that
was edited after it was compiled (`pip install -e .` compiles it again).
"""

import functools
import importlib
import importlib.util
import os
import sys
import types
import warnings

NAMES = (  # each after those that it imports
    "floats.elementary",
    "primitives.carrier",
    "graph.value",
    "graph.backward",
    "graph.sumprod",
    "tape.reading",
    "tape.sameness",
    "tape.standin",
    "tape.values",
    "tape.tape",
    "tape.fragments",
    "tape.nested",
    "tape.pattern",
    "tape.runs",
    "tape.replay",
    "transforms.call",
)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def core() -> str:
    """Return "compiled" or "pure": which core runs; VALUEGRAD_PURE=1 in the environment asks for the pure one.

    >>> core() in ("compiled", "pure")
    True
    """
    return "pure" if str(sys.modules["autograd.graph.value"].__file__).endswith(".py") else "compiled"


def _origin(name: str) -> str:
    spec = importlib.util.find_spec(f"autograd.{name}")
    return str(spec.origin) if spec is not None else ""


def _outdated(name: str, file: str) -> bool:
    """Return whether a compiled file in a checkout is older than its source, which was edited since."""
    checkout = os.path.exists(os.path.join(os.path.dirname(ROOT), "pyproject.toml"))
    return checkout and os.path.getmtime(_source(name)) > os.path.getmtime(file)


def _source(name: str) -> str:
    return os.path.join(ROOT, *name.split(".")) + ".py"


def _load_source(name: str) -> None:
    spec = importlib.util.spec_from_file_location(f"autograd.{name}", _source(name))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    room, _, leaf = spec.name.rpartition(".")
    setattr(importlib.import_module(room), leaf, module)


@functools.cache
def uncompiled(name: str) -> types.ModuleType:
    """Return a module of the core as plain Python, whose functions have code to look at, whichever core runs."""
    module = sys.modules[f"autograd.{name}"]
    if str(module.__file__).endswith(".py"):
        return module
    spec = importlib.util.spec_from_file_location(f"autograd.{name}", _source(name))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _choose() -> None:
    files = [_origin(name) for name in NAMES]
    if all(file.endswith(".py") for file in files):
        return
    usable = not any(file.endswith(".py") or _outdated(name, file) for name, file in zip(NAMES, files, strict=True))
    wanted = sys.implementation.name == "cpython" and not os.environ.get("VALUEGRAD_PURE")
    if usable and wanted:
        try:
            for name in NAMES:
                importlib.import_module(f"autograd.{name}")
            return
        except ImportError as error:
            text = f"autograd: the compiled core cannot be imported, so the pure one runs, slowly: {error}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
            for name in [name for name in sys.modules if name.startswith("autograd.") and name != __name__]:
                del sys.modules[name]
    for name in NAMES:
        _load_source(name)


_choose()
if not getattr(sys, "_is_gil_enabled", lambda: True)():  # loading the compiled core puts it on, if it may
    raise ImportError("autograd needs Python's global interpreter lock, which is off; start Python with `-X gil=1`")
