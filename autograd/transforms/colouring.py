"""Colourings: groups of lines of a sparse matrix that can share a sweep, because their entries do not meet.

See A. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian?, 2005.
"""

from collections.abc import Callable, Collection

Lines = list[list[int]]  # for each row, the columns that it crosses; or the other way round


def transposed(rows: Lines, count: int) -> Lines:
    """Return the rows that each of so many columns crosses."""
    columns: Lines = [[] for _ in range(count)]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].append(i)
    return columns


def colours(lines: Lines, crossing: Lines) -> Lines:
    """Return groups of lines of which no two cross the same line; those that cross nothing are left out.

    First come, first served, the most crowded first.
    """
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


def bicoloured(rows: Lines, width: int, mode: str | None = None) -> tuple[Lines, Lines]:
    """Return (groups of columns for forward sweeps, groups of rows for reverse sweeps) that find every entry.

    Columns share a sweep if they do not meet in a row, but a few crowded rows may be left to sweeps of their own, in
    reverse; or the other way round. Of these ways, that with the fewest sweeps: as many lines as meet in one crossing
    line need as many colours, so often the others need not be tried. With a mode, only its sweeps.
    """
    columns = transposed(rows, width)
    ways: list[tuple[int, Callable[[], tuple[Lines, Lines]]]] = []
    if mode != "reverse":
        ways.append((_crowd(rows), lambda: (colours(columns, rows), [])))
    if mode != "forward":
        ways.append((_crowd(columns), lambda: ([], colours(rows, columns))))
    if mode is None:
        least, crowded = _apart(rows)
        ways.append((least, lambda: _without(columns, rows, crowded)))
        fewest, dense = _apart(columns)
        ways.append((fewest, lambda: _without(rows, columns, dense)[::-1]))
    best: tuple[Lines, Lines] | None = None
    for least, way in sorted(ways, key=lambda entry: entry[0]):
        if best is None or least < sum(map(len, best)):
            found = way()
            best = found if best is None or sum(map(len, found)) < sum(map(len, best)) else best
    assert best is not None
    return best


def _crowd(lines: Lines) -> int:
    return max(map(len, lines), default=0)


def _apart(lines: Lines) -> tuple[int, set[int]]:
    """Return (the least number of sweeps if the most crowded lines get their own, which lines these are)."""
    order = sorted(range(len(lines)), key=lambda k: -len(lines[k]))
    sizes = [*[len(lines[k]) for k in order], 0]
    count = min(range(len(sizes)), key=lambda k: k + sizes[k])
    return count + sizes[count], set(order[:count])


def _without(lines: Lines, crossing: Lines, apart: Collection[int]) -> tuple[Lines, Lines]:
    """Return (groups of lines that meet in none but the crossing lines `apart`, groups of these)."""
    rest = [[] if k in apart else cross for k, cross in enumerate(crossing)]
    alone = [cross if k in apart else [] for k, cross in enumerate(crossing)]
    return colours(transposed(rest, len(lines)), rest), colours(alone, transposed(alone, len(lines)))


class _Star:
    """A star colouring under construction: neighbours differ, and every path through four places has three colours.

    So the places of any two colours form stars. `around` counts the colours of a place's neighbours, and names the
    first of each; `hubs` are the colours of those neighbours that have two neighbours of this place's own colour.
    """

    def __init__(self, neighbours: Lines) -> None:
        self.neighbours = neighbours
        self.colour_of: dict[int, int] = {}
        self.around: list[dict[int, tuple[int, int]]] = [{} for _ in neighbours]
        self.hubs: list[set[int]] = [set() for _ in neighbours]

    def forbidden(self, v: int) -> set[int]:
        """Return the colours that a place must not have."""
        colour_of = self.colour_of
        found: set[int] = set()
        for w in self.neighbours[v]:
            if w in colour_of and w != v:
                found.add(colour_of[w])
                if self.around[v][colour_of[w]][0] > 1:
                    found.update(self.around[w])
                else:
                    found |= self.hubs[w]
        return found

    def give(self, v: int, colour: int) -> None:
        """Give a place its colour."""
        self.colour_of[v] = colour
        for w in self.neighbours[v]:
            if w == v:
                continue
            count, first = self.around[w].get(colour, (0, v))
            self.around[w][colour] = count + 1, first
            if w in self.colour_of and count:  # now it is a hub of these
                self.hubs[v].add(self.colour_of[w])
                self.hubs[first].add(self.colour_of[w])
            if w in self.colour_of and self.around[v][self.colour_of[w]][0] > 1:
                self.hubs[w].add(colour)


def starred(neighbours: Lines) -> tuple[dict[int, int], Lines]:
    """Return (colour by place, places by colour) of a star colouring, for a symmetric pattern; see `_Star`.

    Of an entry and the one across the diagonal, one is then alone in its row among those of its column's colour. Places
    without an entry have no colour. First come, first served, the most crowded first: an arrow has two colours.
    """
    star = _Star(neighbours)
    groups: Lines = []
    for v in sorted(range(len(neighbours)), key=lambda k: -len(neighbours[k])):
        if neighbours[v]:
            taken = star.forbidden(v)
            colour = next(c for c in range(len(groups) + 1) if c not in taken)
            if colour == len(groups):
                groups.append([])
            groups[colour].append(v)
            star.give(v, colour)
    return star.colour_of, groups
