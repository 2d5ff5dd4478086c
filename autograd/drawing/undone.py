"""`undone`: a node for what was not computed, as an operation that failed, or a step of a program."""

import array
import math
from typing import Any

from autograd.graph.contexts import Mark
from autograd.graph.value import Value, blank, fill
from autograd.primitives.primitive import Primitive


def undone(primitive: Primitive | None, operands: tuple[Any, ...], label: Mark | None = None) -> Value:
    """Return a node for an operation that was not carried out: its number is NaN, and so are its partials."""
    node, count = blank(), len(operands)
    if primitive is None:
        fill(node, [math.nan, 0.0, label, None, None, None, 0.0, 0.0])
        return node
    kept = [x if type(x) is Value else float(x) for x in operands]
    x: Any = kept[0] if count < 3 else tuple(kept)
    y: Any = (kept[1] if count == 2 else None) if count < 3 else array.array("d", [math.nan] * count).tobytes()
    fill(node, [math.nan, 0.0, label, primitive, x, y, math.nan, math.nan])
    return node
