"""Fusion and partitioning of lowered code: which operations are written as one, and in which function each stands.

Large programs are cut into functions of a few hundred operations, because compilers take more than linear time for one
large function; what crosses a cut goes through memory. Products are fused with sums here, and not left to LLVM, so that
results do not depend on how much LLVM optimises.
"""

from collections import Counter
from collections.abc import Sequence

from autograd.backends.operations import Op

PIECE = 400  # operations in one function


def uses(code: Sequence[Op], ends: Sequence[int]) -> Counter[int]:
    """Return how many operations, and ends, take each operation."""
    return Counter([k for one in code for k in one.operands] + list(ends))


def fused(code: Sequence[Op], chosen: Sequence[int], ends: Sequence[int]) -> tuple[list[Op], list[int]]:
    """Return (the operations with products of rules as part of the one sum that takes them, those still chosen)."""
    used = uses(code, ends)
    found, here, within = list(code), set(chosen), set()
    for k in chosen:
        if code[k].name == "sum":
            one, other = code[k].operands
            for product, rest in ((one, other), (other, one)):
                if code[product].name == "product" and used[product] == 1 and product in here:
                    found[k] = Op("fused", (*code[product].operands, rest))
                    within.add(product)
                    break
    return found, [k for k in chosen if k not in within]


def pieces(chosen: Sequence[int]) -> list[list[int]]:
    """Return the chosen operations in pieces, one at least."""
    return [list(chosen[i : i + PIECE]) for i in range(0, len(chosen), PIECE)] or [[]]


def crossing(code: Sequence[Op], parts: Sequence[Sequence[int]], ends: Sequence[int]) -> dict[int, int]:
    """Return a place in memory for each operation that a later piece, or the end, needs."""
    home = {place: i for i, part in enumerate(parts) for place in part}
    last = dict.fromkeys(ends, len(parts))  # the last piece that needs an operation
    for i, part in enumerate(parts):
        for place in part:
            for k in code[place].operands:
                if home.get(k, i) < i:
                    last[k] = max(last.get(k, 0), i)
    free: list[int] = []
    found: dict[int, int] = {}
    dying: list[list[int]] = [[] for _ in range(len(parts) + 1)]
    count = 0
    for i, part in enumerate(parts):
        for place in part:
            if place in last:
                if not free:
                    free.append(count)
                    count += 1
                found[place] = free.pop()
                dying[last[place]].append(found[place])
        free += dying[i]
    return found
