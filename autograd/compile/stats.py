"""`Stats`: what a compiled function has done, as a table."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autograd.compile.audit import Schedule
from autograd.compile.lane_programs import LanePrograms
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Program
from autograd.tape.replay import Replay


class Path(Protocol):
    """One way through a function, and what its calls took."""

    program: Program
    call: Callable[[list[Any]], Any]
    packed: Callable[..., Any] | None
    calls: int
    tracing: float
    compiling: float
    eager: float
    running: float
    audits: Schedule


def _tier(path: Path) -> str:
    """Return what the next call runs: "native" code, the "core", or "python" source."""
    direct = path.packed is not None and not hasattr(path.packed, "__self__")  # of parts that are native, not of `call`
    if direct or getattr(path.call, "function", None) is not None:
        return "native"
    slow = getattr(path.call, "__dict__", {}).get("slow", path.call)  # of what is native after some calls
    return "core" if isinstance(slow, Replay) else "python"


class LaneStats:
    """The table that `stats` of a `vmap` returns."""

    shapes: int
    paths: int
    renewed: int
    audits: int

    def __init__(self, known: Sequence[LanePrograms], renewed: int, uncompiled: str) -> None:
        self.shapes, self.paths = len(known), sum(len(programs.programs) for programs in known)
        self.renewed, self.audits = renewed, sum(programs.audits.done for programs in known)
        self.uncompiled = uncompiled  # why the function runs lane by lane from now on, or ""

    def __repr__(self) -> str:
        text = f"paths: {self.paths}; shapes of arguments: {self.shapes}; closures renewed: {self.renewed}"
        text += f"; audits: {self.audits}"
        return f"{text}\nlane by lane from now on: the function {self.uncompiled}" if self.uncompiled else text


class Stats:
    """The table that `stats` returns."""

    shapes: int
    paths: int
    inlined: int
    renewed: int
    eager: int

    def __init__(
        self, paths: Sequence[Path], shapes: int, renewed: int, eager: int, inlined: int, uncompiled: str
    ) -> None:
        self.shapes, self.paths = shapes, len(paths)
        self.inlined, self.renewed, self.eager = inlined, renewed, eager
        self.uncompiled = uncompiled  # why the function runs uncompiled from now on, or ""
        self.python: list[Any] = sorted({name for path in paths for name in getattr(path.call, "python", ())})
        rows = [step.primitive for path in paths for step in path.program.steps if isinstance(step, Instruction)]
        self.opaque: list[str] = sorted({row.name for row in rows if getattr(row, "home", "")})
        self.audits: int = sum(path.audits.done for path in paths)
        self.rows: list[dict[str, float | str]] = [self._row(path) for path in paths]

    @staticmethod
    def _row(path: Path) -> dict[str, float | str]:
        each = path.running / path.calls if path.calls else math.nan
        even = (path.tracing + path.compiling) / (path.eager - each) if path.eager > each else math.inf
        return {
            "calls": path.calls,
            "instructions": len(optimized(path.program).steps),
            "guards": len(path.program.guards),
            "trace ms": path.tracing * 1e3,
            "compile ms": path.compiling * 1e3,
            "us per call": each * 1e6,
            "eager us": path.eager * 1e6,
            "break-even": even,
            "audits": path.audits.done,
            "tier": _tier(path),
        }

    def __repr__(self) -> str:
        lines = [f"paths: {self.paths}; shapes of arguments: {self.shapes}; closures renewed: {self.renewed}"]
        lines[0] += f"; left to Python: {self.eager} calls, {self.inlined} with Values"
        if self.uncompiled:
            lines.append(f"uncompiled from now on: the function {self.uncompiled}")
        widths = {name: max(len(name) + 1, 7) for row in self.rows for name in row}
        if widths:
            lines.append("path" + "".join(f"{name:>{width}}" for name, width in widths.items()))
        for i, row in enumerate(self.rows):
            cells = [f"{f'{x:.4g}' if isinstance(x, float) else x:>{widths[name]}}" for name, x in row.items()]
            lines.append(f"{i:4}" + "".join(cells))
        if self.python:
            lines.append(f"native code asks Python for {', '.join(self.python)}")
        if self.opaque:
            lines.append(f"stays in Python for the sake of {', '.join(self.opaque)}, of no table")
        return "\n".join(lines)
