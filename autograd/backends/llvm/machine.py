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
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from autograd.backends import LOG, spending
from autograd.backends.forks import COMPILING, HELD
from autograd.backends.llvm.cache import load, store
from autograd.backends.llvm.workers import Owned, called
from autograd.backends.lowering import PYTHON
from autograd.backends.numpy_lanes import total_of
from autograd.primitives.primitive import NUMBERED, ROWS

LIBRARY = frozenset(row.c for row in ROWS.values() if row.c)  # of C: as Python has them, but for lgamma
ROOMS = ("floats", "primitives", "program", "backends", "compile")  # on whose code compiled code depends
PLAIN, TIERED = "#1", "#2"  # attributes of functions that are never optimised, and of those that may be
QUICK = "noinline optnone"  # compiles in a third of the time; what it computes is the same to the bit


@cache
def host() -> tuple[int, bool, str]:
    """Return (lanes in a vector, whether there is AVX-512, a text that identifies this machine)."""
    return called(_host)


def _host() -> tuple[int, bool, str]:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    wide = bool(features.get("avx512f"))
    width = 8 if wide else 4 if features.get("avx") else 2
    versions = f"{llvmlite.__version__} {llvm.llvm_version_info} {sys.platform}"
    return width, wide, f"{versions} {llvm.get_host_cpu_name()} {features.flatten()}"


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


@cache
def _version() -> str:
    """Return a text that changes with the code that writes code, or that rows compute with.

    The files are read once: later processes take the answer from the cache, as long as no file looks changed.
    """
    package = str(Path(__file__).parents[2])
    folders = [folder for room in ROOMS for folder, _, _ in os.walk(os.path.join(package, room))]
    files = sorted((entry for folder in folders for entry in os.scandir(folder)), key=lambda entry: entry.path)
    sources = [entry for entry in files if entry.name.endswith(".py")]
    looks = [(entry.path, *_look(entry.stat())) for entry in sources]
    known = load([f"sources {looks}"])
    if known is not None:
        return known.decode()
    version = hashlib.sha256(b"".join(Path(entry.path).read_bytes() for entry in sources)).hexdigest()
    store(f"sources {looks}", version.encode())
    return version


def _look(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@cache
def _callable(name: str, count: int) -> tuple[int, object]:
    """Return (the address of a function of doubles, C's or a row's own value in Python; what keeps it alive)."""
    if name in LIBRARY:
        return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0, None
    row = NUMBERED[int(name.removeprefix(f"{PYTHON}_"))]
    function = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(total_of(row))
    return ctypes.cast(function, ctypes.c_void_p).value or 0, function


@spending()
def compiled(text: Callable[[], tuple[str, Any]], key: str, quick: bool = False) -> "tuple[Code, Any]":
    """Return (the code, which has the addresses of functions; what else `text` returned).

    If it is to be quick, the code is only optimised if that was done before. Without a key, what is compiled is not
    kept on disk.
    """
    with COMPILING:
        names = [f"{_version()} {host()[2]} {key} {tier}" for tier in range(1 + quick)] if key else []
        known = load(names)  # optimised code, or code that is not
        if known is not None:
            head, _, code = known.partition(b"\n")
            LOG.debug("read %d bytes of native code from the disk", len(code))
            about = json.loads(head)
            return Code(code, about), about
        source, about = text()
        source += f"attributes {PLAIN} = {{ {QUICK} }}\nattributes {TIERED} = {{ {QUICK if quick else 'noinline'} }}\n"
        began = time.perf_counter()
        code = called(partial(_emitted, source))
        how = "quickly" if quick else "with all optimisations"
        LOG.debug("compiled %d bytes of native code %s in %.3f s", len(code), how, time.perf_counter() - began)
        about |= {"quick": quick}
        if key:
            store(names[quick], json.dumps(about).encode() + b"\n" + code)
        return Code(code, about), about


def _emitted(source: str) -> bytes:
    """Return the machine code of an assembly."""
    machine = _target()
    module = llvm.parse_assembly(source)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    return machine.emit_object(module)  # type: ignore[no-any-return]


class Code:
    """Machine code where it can be run, as long as this lives."""

    def __init__(self, code: bytes, about: Any) -> None:
        symbols = {f"one_{name}_{count}": _callable(name, count)[0] for name, count in about["calls"]}
        self.owned: Owned = called(partial(_engine, code, symbols))

    def address(self, name: str) -> int:
        """Return where a function begins."""
        return int(called(lambda: self.owned.thing.get_function_address(name)))


def _engine(code: bytes, symbols: dict[str, int]) -> Owned:
    for name, address in symbols.items():
        llvm.add_symbol(name, address)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(), use_lmm=_bounded())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Owned(engine)


_own = getattr(getattr(llvm.ffi.lib, "_lock", None), "_lock", None)
if _own is not None:
    HELD.append(_own)  # that of every call into LLVM, by whomever: taken after COMPILING
