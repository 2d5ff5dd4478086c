"""Programs as graphs: what `draw` shows of a `Program`, and of a function that `jit` or `vmap` compiled."""

import math
from importlib.util import find_spec
from typing import Any

from autograd.compile.specializations import Decorated
from autograd.drawing.numbered import NumberedGraph
from autograd.drawing.undone import undone
from autograd.graph.value import Value
from autograd.primitives.primitive import Primitive
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Program
from autograd.program.steps import length

LONG = 100_000  # steps of a compiled function, from which on it is drawn as recorded: finding loops is quick


def programs_of(function: Decorated[..., Any]) -> list[Program]:
    """Return the programs of a compiled function, one for each path that it was called on."""
    known = list(function.cache.known.values())  # type: ignore[attr-defined]
    return [
        program
        for one in known
        for program in getattr(one, "programs", None) or [path.program for path in getattr(one, "paths", ())]
    ]


def recorded(what: Program | Decorated[..., Any]) -> tuple[NumberedGraph, str]:
    """Return a program, or the last of a compiled function, as a graph without numbers, and what is to be said of it.

    What repeats is in loops, where NumPy is there to find them.

    Raises ValueError for a function that was not called yet, or whose program cannot be drawn.
    """
    programs = [what] if isinstance(what, Program) else programs_of(what)
    if not programs:
        raise ValueError(f"draw: {getattr(what, '__name__', 'the function')} has no program yet; call it first")
    said = [f"path {len(programs)} of {len(programs)}"] if len(programs) > 1 else []
    program = programs[-1]
    if program is not what and program.size <= LONG:
        program = optimized(program)
    graph, written = _graph(program)
    graph.given = []  # nothing was computed, so there is nothing to step through
    if written < program.size:
        said.append(f"{program.size:,} steps are run, {written:,} are written with loops")
    if guards := len(program.guards):
        said.append(f"{guards:,} guard{'s' if guards > 1 else ''}, which are not drawn")
    return graph, "; ".join(said)


def _graph(program: Program) -> tuple[NumberedGraph, int]:
    """Return the graph of a program, and how many steps of it are written down."""
    if find_spec("numpy"):
        from autograd.program.loops import folded

        program = folded(program)
        if program.loops:
            from autograd.drawing.loops import LoopGraph

            return LoopGraph(program), length(program.steps)
    return NumberedGraph(values_of(program)), program.size


def values_of(program: Program) -> list[Value]:
    """Return the outputs of a program as Values without numbers, NaN in their place; guards leave nothing.

    Raises ValueError for a program with an operation that is no row, as a sum over lanes.
    """
    found: list[Any] = [Value(math.nan, f"x{k}") for k in range(program.inputs)]
    for step in program.walk():
        given = tuple([found[k] if k >= 0 else float(program.constants[~k]) for k in step.operands])
        if not isinstance(step, Instruction):
            found.append(None)
        elif isinstance(step.primitive, Primitive) and step.primitive.number is not None:
            found.append(undone(step.primitive, given))
        else:
            raise ValueError(f"draw: {step.primitive.name} is no row of the table; str(program) shows this program")
    outputs = [found[k] if k >= 0 else Value(float(program.constants[~k])) for k in program.outputs]
    return list({id(x): x for x in outputs}.values())
