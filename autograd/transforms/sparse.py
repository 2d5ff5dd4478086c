"""Sparse Jacobians: which output depends on which input, and as few sweeps as that allows."""

from typing import TYPE_CHECKING, Literal

from autograd.errors import MissingExtra
from autograd.primitives.carrier import Carrier, Number
from autograd.transforms.call import Call

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Mode = Literal["forward", "reverse"]
Lines = list[list[int]]  # for each row, the columns that it crosses; or the other way round
Entries = dict[tuple[int, int], Number]


def compressed(call: Call, mode: Mode | None = None) -> "csr_array":
    """Return the Jacobian of a recorded call as a scipy.sparse array: a row for each output, a column for each input.

    Entries that the pattern has and that are zero here are stored. Cost: a sweep for each colour, of which there are as
    few as first-come-first-served finds, most crowded first; forward or reverse, whichever needs fewer.
    """
    try:
        from scipy.sparse import csr_array
    except ImportError:
        raise MissingExtra("scipy", "sparse") from None
    rows = pattern(call)
    columns = _transposed(rows, len(call.inputs))
    entries = _entries(call, rows, columns, mode)
    places = sorted(entries)
    numbers = [entries[place] for place in places]
    if any(isinstance(x, Carrier) for x in numbers):
        raise TypeError("a sparse matrix holds plain numbers, but its entries are Values or traced; use sparse=False")
    indices = [i for i, _ in places], [j for _, j in places]
    return csr_array((numbers, indices), shape=(len(rows), len(columns)))


def pattern(call: Call) -> Lines:
    """Return, for each output of a recorded call, the inputs that it was made from, in order.

    The inputs that a number depends on are the bits of an int, so this costs one walk along the tape.
    """
    owns, count = call.tape.owns, len(call.inputs)
    bits = [1 << j for j in range(count)]
    for step in call.tape.steps[count:]:
        made = 0
        for x in step.operands:
            if owns(x):
                made |= bits[x.place]
        bits.append(made)
    return [_places(bits[y.place]) if owns(y) else [] for y in call.outputs]


def _places(bits: int) -> list[int]:
    """Return the places of the ones in an integer, from the lowest."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def _transposed(rows: Lines, count: int) -> Lines:
    columns: Lines = [[] for _ in range(count)]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].append(i)
    return columns


def _chosen(rows: Lines, columns: Lines, mode: Mode | None) -> tuple[Mode, Lines]:
    """Return (mode, groups of inputs or of outputs that share a sweep): the given mode, or that with fewer groups.

    Lines that meet in one crossing line need as many colours, so often the second colouring can be left out.
    """
    ways: dict[Mode, tuple[Lines, Lines]] = {"forward": (columns, rows), "reverse": (rows, columns)}
    least = {way: max(map(len, crossing), default=0) for way, (_, crossing) in ways.items()}
    found: dict[Mode, Lines] = {}
    for way in sorted([mode] if mode else ways, key=least.__getitem__):
        if all(least[way] < len(groups) for groups in found.values()):
            found[way] = colours(*ways[way])
    return min(found.items(), key=lambda item: len(item[1]))


def _entries(call: Call, rows: Lines, columns: Lines, mode: Mode | None) -> Entries:
    """Return the entries of the matrix by (row, column), those of a whole group from one sweep."""
    entries: Entries = {}
    chosen, groups = _chosen(rows, columns, mode)
    for group in groups:
        members = set(group)
        if chosen == "forward":
            dots = call.pushed([float(j in members) for j in range(len(columns))])
            entries.update({(i, j): dots[i] for j in group for i in columns[j]})
        else:
            bars = call.pulled([float(i in members) for i in range(len(rows))])
            entries.update({(i, j): bars[j] for i in group for j in rows[i]})
    return entries


def colours(lines: Lines, crossing: Lines) -> Lines:
    """Return groups of lines of which no two cross the same line; those that cross nothing are left out."""
    group_of: dict[int, int] = {}
    groups: Lines = []
    for line in sorted(range(len(lines)), key=lambda k: -len(lines[k])):
        if lines[line]:
            taken = {group_of[other] for cross in lines[line] for other in crossing[cross] if other in group_of}
            colour = next(c for c in range(len(groups) + 1) if c not in taken)
            if colour == len(groups):
                groups.append([])
            groups[colour].append(line)
            group_of[line] = colour
    return groups
