"""Compiled code: LLVM's assembly in, functions out; what was compiled once is kept on disk.

Code and its constants are laid in one block of memory, because LLVM ends the process where they are further apart than
its code can reach.
"""

import ctypes
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from autograd.backends import spending
from autograd.backends.lowering import PYTHON
from autograd.backends.numpy_lanes import total_of
from autograd.primitives.primitive import NUMBERED, ROWS

LIBRARY = frozenset(row.c for row in ROWS.values() if row.c and row.vector != PYTHON)  # of C: as Python has them
ROOMS = ("floats", "primitives", "program", "backends", "compile")  # on whose code compiled code depends
PLAIN, TIERED = "#1", "#2"  # attributes of functions that are never optimised, and of those that may be
QUICK = "noinline optnone"  # compiles in a third of the time; what it computes is the same to the bit


@cache
def host() -> tuple[int, bool, str]:
    """Return (lanes in a vector, whether there is AVX-512, a text that identifies this machine)."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    wide = bool(features.get("avx512f"))
    width = 8 if wide else 4 if features.get("avx") else 2
    text = f"{llvmlite.__version__} {sys.platform} {llvm.get_host_cpu_name()} {features.flatten()}"
    return width, wide, text


def _target() -> Any:
    """Return a target machine of LLVM; an engine owns its own."""
    reach, flags = "small" if _bounded() else "large", llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=flags, opt=2, codemodel=reach, reloc="pic", jit=True
    )


@cache
def _bounded() -> bool:
    """Return whether compiled code calls nothing outside but through pointers, so that it fits a block of memory.

    Code reaches its constants over 2 GiB at most, and LLVM ends the process where they are further apart: so they are
    laid in one block. That has no room for the calls which LLVM itself inserts where the processor lacks fused
    multiply-add or rounding; there, code is written that reaches anywhere.
    """
    features = llvm.get_host_cpu_features()
    return platform.machine().lower() in ("arm64", "aarch64") or all(map(features.get, ("fma", "sse4.1")))


def _folder() -> Path | None:
    """Return where compiled code is kept; None if VALUEGRAD_CACHE is set and empty."""
    chosen = os.environ.get("VALUEGRAD_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valuegrad"


@cache
def _version() -> str:
    """Return a text that changes with the code that writes code, or that rows compute with."""
    package = Path(__file__).parents[2]
    names = [path for room in ROOMS for path in package.glob(f"{room}/**/*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(names))).hexdigest()


@cache
def _callable(name: str, count: int) -> tuple[int, object]:
    """Return (the address of a function of doubles, C's or a row's own value in Python; what keeps it alive)."""
    if name in LIBRARY:
        return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0, None
    row = NUMBERED[int(name.removeprefix(f"{PYTHON}_"))]
    function = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(total_of(row))
    return ctypes.cast(function, ctypes.c_void_p).value or 0, function


@spending()
def compiled(text: Callable[[], tuple[str, Any]], key: str, quick: bool = False) -> tuple[Any, Any]:
    """Return (an engine, which has the addresses of functions as long as it lives; what else `text` returned).

    If it is to be quick, the code is only optimised if that was done before. Without a key, what is compiled is not
    kept on disk.
    """
    known, folder = f"{_version()} {host()[2]} {key}", _folder()
    paths = []  # of optimised code, and of code that is not
    if folder is not None and key:
        names = [hashlib.sha256(f"{known} {tier}".encode()).hexdigest() for tier in range(1 + quick)]
        paths = [folder / f"{name}.bin" for name in names]
    found = next((pair for pair in map(_load, paths) if pair is not None), None)
    if found is not None:
        code, about = found
    else:
        source, about = text()
        machine = _target()
        source += f"attributes {PLAIN} = {{ {QUICK} }}\nattributes {TIERED} = {{ {QUICK if quick else 'noinline'} }}\n"
        module = llvm.parse_assembly(source)
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        code = machine.emit_object(module)
        about |= {"quick": quick}
        if paths:
            _store(paths[quick], json.dumps(about).encode() + b"\n" + code)
    for name, count in about["calls"]:
        llvm.add_symbol(f"one_{name}_{count}", _callable(name, count)[0])
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(), use_lmm=_bounded())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, about


def _load(path: Path) -> tuple[bytes, Any] | None:
    """Return (code, what is known about it) from a file that `_store` wrote; None if it is damaged or not there."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if data[:64] != _digest(memoryview(data)[64:]):
        return None
    end = data.index(b"\n")
    return data[end + 1 :], json.loads(data[64:end])


def _digest(data: Any) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _store(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, after its digest; a cache that cannot be written to is no cache."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.{get_ident()}.part")
        part.write_bytes(_digest(data) + data)
        part.replace(path)
    except OSError:
        pass
