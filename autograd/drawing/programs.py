"""Programs as graphs: what `draw` shows of a `Program`, and of a function that `jit` or `vmap` compiled."""

import array
import math
from typing import Any

from autograd.compile.specializations import Decorated
from autograd.graph.value import Value, blank, fill
from autograd.primitives.primitive import Primitive
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Program


def programs_of(function: Decorated[..., Any]) -> list[Program]:
    """Return the programs of a compiled function, one for each path that it was called on."""
    known = list(function.cache.known.values())  # type: ignore[attr-defined]
    return [
        optimized(program)
        for one in known
        for program in getattr(one, "programs", None) or [path.program for path in getattr(one, "paths", ())]
    ]


def recorded(what: Program | Decorated[..., Any]) -> tuple[list[Value], str]:
    """Return a program, or the last of a compiled function, as Values without numbers, and what is to be said of it.

    Raises ValueError for a function that was not called yet, or whose program cannot be drawn.
    """
    programs = [what] if isinstance(what, Program) else programs_of(what)
    if not programs:
        raise ValueError(f"draw: {getattr(what, '__name__', 'the function')} has no program yet; call it first")
    said = [f"path {len(programs)} of {len(programs)}"] if len(programs) > 1 else []
    if guards := len(programs[-1].guards):
        said.append(f"{guards:,} guard{'s' if guards > 1 else ''}, which are not drawn")
    return values_of(programs[-1]), "; ".join(said)


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


def undone(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
    """Return a node for an operation that was not carried out: its number is NaN, and so are its partials."""
    node, count = blank(), len(operands)
    kept = [x if type(x) is Value else float(x) for x in operands]
    x: Any = kept[0] if count < 3 else tuple(kept)
    y: Any = (kept[1] if count == 2 else None) if count < 3 else array.array("d", [math.nan] * count).tobytes()
    fill(node, [math.nan, 0.0, None, primitive, x, y, math.nan, math.nan])
    return node
