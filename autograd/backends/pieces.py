"""What is decided about lowered operations before they are written: which are fused, and where they are cut.

Start at `pieces`. Large programs are cut into functions of a few hundred operations, because compilers take more than
linear time for one large function; what crosses a cut goes through memory. The one surprise: the decisions are made
here, and not left to LLVM, so that results do not depend on how much LLVM optimises.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from autograd.backends.lowering import Ops, operands, reach

PIECE = 400  # operations in one function
LINEAR = {"add", "sub", "mul", "product", "sum", "neg", "muladd", "fma"}  # NaN in, NaN out
RISKY = {"product", "reciprocal"}  # NaN in places where there is a number


def fused(codes: Sequence[Any], chosen: Sequence[int], ends: Sequence[int]) -> tuple[list[Any], list[int]]:
    """Return (the operations with products of rules as part of the one sum that takes them, those still chosen)."""
    uses = Counter([k for code in codes for k in operands(code)] + list(ends))
    found, here, within = list(codes), set(chosen), set()
    for k in chosen:
        if codes[k][0] == "sum":
            one, other = codes[k][1:]
            for product, rest in ((one, other), (other, one)):
                if codes[product][0] == "product" and uses[product] == 1 and product in here:
                    found[k] = ("fused", *codes[product][1:], rest)
                    within.add(product)
                    break
    return found, [k for k in chosen if k not in within]


def pieces(chosen: Sequence[int]) -> list[list[int]]:
    """Return the chosen operations in pieces, one at least."""
    return [list(chosen[i : i + PIECE]) for i in range(0, len(chosen), PIECE)] or [[]]


def crossing(codes: Sequence[tuple[Any, ...]], parts: Sequence[Sequence[int]], ends: Sequence[int]) -> dict[int, int]:
    """Return a place in memory for each operation that a later piece, or the end, needs."""
    home = {place: i for i, part in enumerate(parts) for place in part}
    last = dict.fromkeys(ends, len(parts))
    for i, part in enumerate(parts):
        for place in part:
            for k in operands(codes[place]):
                if k in home and home[k] < i:
                    last[k] = max(last.get(k, 0), i)
    free: list[int] = []
    found: dict[int, int] = {}
    count = 0
    dying: dict[int, list[int]] = {}
    for i, part in enumerate(parts):
        for place in part:
            if place in last:
                if free:
                    found[place] = free.pop()
                else:
                    found[place] = count
                    count += 1
                dying.setdefault(last[place], []).append(found[place])
        free += dying.pop(i, [])
    return found


def linear(ops: Ops, outputs: Sequence[int], guards: Sequence[int]) -> bool:
    """Return whether a NaN of any fused product, or of a reciprocal, reaches an output: nothing hides it."""
    tainted: set[int] = set()
    needed = reach(ops, [*outputs, *guards])
    for place, code in enumerate(ops.code):
        if place not in needed:
            continue
        inherits = any(k in tainted for k in operands(code))
        if inherits and code[0] not in LINEAR and not (code[0] == "div" and code[2] not in tainted):
            return False
        if inherits or code[0] in RISKY:
            tainted.add(place)
    return not tainted & set(guards)
