"""Sparse Jacobians: which output depends on which input, and as few sweeps as that allows.

Start at `compressed`. The one surprise: the pattern costs one walk along the record, because the set of inputs that a
number depends on is a Python integer, one bit for each input.
"""

from typing import Any

from autograd.errors import MissingExtra
from autograd.primitives.carrier import Carrier
from autograd.transforms.call import Call


def compressed(call: Call, mode: str | None = None) -> Any:
    """Return the Jacobian of a recorded call as a scipy.sparse array: a row for each output, a column for each input.

    Entries that the pattern has and that are zero here are stored. Cost: a sweep for each colour, of which there are as
    few as first-come-first-served finds, most crowded first; forward or reverse, whichever needs fewer.
    """
    try:
        from scipy.sparse import csr_array
    except ImportError:
        raise MissingExtra("scipy", "sparse") from None
    rows = pattern(call)
    n, m = len(call.inputs), len(rows)
    columns: list[list[int]] = [[] for _ in range(n)]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].append(i)
    ways = {"forward": (columns, rows), "reverse": (rows, columns)}
    least = {name: max(map(len, crossing), default=0) for name, (_, crossing) in ways.items()}  # what meets in one line
    found: dict[str, list[list[int]]] = {}
    for name in sorted([mode] if mode else ways, key=least.__getitem__):
        if all(least[name] < len(groups) for groups in found.values()):
            found[name] = colours(*ways[name])
    chosen = min(found, key=lambda name: len(found[name]))
    entries: dict[tuple[int, int], float] = {}
    for group in found[chosen]:
        members = set(group)
        if chosen == "forward":
            dots = call.pushed([float(j in members) for j in range(n)])
            entries.update({(i, j): dots[i] for j in group for i in columns[j]})
        else:
            bars = call.pulled([float(i in members) for i in range(m)])
            entries.update({(i, j): bars[j] for i in group for j in rows[i]})
    places = sorted(entries)
    numbers = [entries[place] for place in places]
    if any(isinstance(x, Carrier) for x in numbers):
        raise TypeError("a sparse matrix holds plain numbers, but its entries are Values or traced; use sparse=False")
    return csr_array((numbers, ([i for i, _ in places], [j for _, j in places])), shape=(m, n))


def pattern(call: Call) -> list[list[int]]:
    """Return, for each output of a recorded call, the inputs that it was made from, in order."""
    trace = call.trace
    bits = [1 << j for j in range(len(call.slots))]
    for step in trace.steps[len(call.slots) :]:
        made = 0
        for x in step.operands:
            if trace.owns(x):
                made |= bits[x.place]
        bits.append(made)
    return [_places(bits[y.place]) if trace.owns(y) else [] for y in call.outputs]


def _places(bits: int) -> list[int]:
    """Return the places of the ones in an integer, from the lowest."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def colours(lines: list[list[int]], crossing: list[list[int]]) -> list[list[int]]:
    """Return groups of lines of which no two cross the same line; those that cross nothing are left out."""
    group_of: dict[int, int] = {}
    groups: list[list[int]] = []
    for line in sorted(range(len(lines)), key=lambda k: -len(lines[k])):
        if lines[line]:
            taken = {group_of[other] for cross in lines[line] for other in crossing[cross] if other in group_of}
            colour = next(c for c in range(len(groups) + 1) if c not in taken)
            if colour == len(groups):
                groups.append([])
            groups[colour].append(line)
            group_of[line] = colour
    return groups
