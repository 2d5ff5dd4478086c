"""Sums over lanes in registers: which products they are made of, and which of them are added up side by side.

A sum that is kept in memory is loaded and stored for every vector of lanes; so the factors of a block of vectors are
kept instead, and then a tile of sums at a time runs through the block. A tile is found by what it has to load: the
gradient of a matrix is every row's number times every column's, so four rows and six columns give 24 sums for ten
loads.
"""

from collections.abc import Callable, Iterator, Sequence

from autograd.backends.llvm.emit import Emitter
from autograd.backends.operations import Op
from autograd.backends.pieces import uses

Term = tuple[int, ...]  # (which sum, a factor, another) or (which sum, a number)
ROWS = 4  # of a tile, at best
NEAR = 65_536  # bytes for the factors of a block, which so stay in a cache of the core itself
LEAST, MOST = 4, 64  # vectors in a block


def terms(code: Sequence[Op], varies: Sequence[bool], sums: Sequence[int]) -> tuple[list[Term], set[int]]:
    """Return (what is to be added up, the operations that this makes superfluous)."""
    used = uses(code, sums)
    found: list[Term] = []
    within: set[int] = set()
    for place, root in enumerate(sums):
        queue = [root]
        while queue:
            k = queue.pop()
            if used[k] > 1 or not varies[k] or code[k].name not in ("sum", "product"):
                found.append((place, k))
                continue
            within.add(k)
            if code[k].name == "sum":
                queue += code[k].operands
            else:
                found.append((place, *code[k].operands))
    return found, within


def tiles(chosen: Sequence[Term], most: int) -> Iterator[list[Term]]:
    """Yield the terms in tiles of at most so many, small ones together."""
    small: list[Term] = []
    for tile in _shared(chosen, most):
        if len(small) + len(tile) > most:
            small, tile = sorted((small, tile), key=len)
            yield tile
        else:
            small += tile
    if small:
        yield small


def _shared(chosen: Sequence[Term], most: int) -> Iterator[list[Term]]:
    """Yield the terms in tiles that have many factors in common."""
    rows: dict[int, dict[int, list[Term]]] = {}  # by the first factor, by the second
    columns: dict[int, dict[int, None]] = {}  # which rows have a column, in their order
    for term in chosen:
        one, other = term[1], term[-1] if len(term) > 2 else -1
        rows.setdefault(one, {}).setdefault(other, []).append(term)
        columns.setdefault(other, {})[one] = None
    while rows:
        widest = max(rows, key=lambda row: len(rows[row]))
        own = sorted(rows[widest], key=lambda c: -len(columns[c]))
        for wide in (most // ROWS, most):
            across = own[:wide]
            alike = [row for row in columns[across[0]] if all(c in rows[row] for c in across)]
            down = alike[: max(1, most // len(across))]
            if len(down) > 1:
                break
        tile: list[Term] = []
        for row in down:
            for column in across:
                taken = rows[row][column][: max(1, most - len(tile))]
                tile += taken
                del rows[row][column][: len(taken)]
                if not rows[row][column]:
                    del rows[row][column], columns[column][row]
            if not rows[row]:
                del rows[row]
        yield tile


def steady(emitter: Emitter, chosen: Sequence[Term], name: Callable[[int], str]) -> None:
    """Write the sums of what is the same in all lanes: so many times that."""
    v = emitter.vector
    count = emitter.broadcast(emitter.new("sitofp i64 %vectors to double"))
    some = emitter.new(f"fcmp ogt {v} {count}, {emitter.constant(0.0)}")
    for place, k in chosen:
        at = emitter.element(v, "%own", place)
        before = emitter.load(v, at, 64)
        value = emitter.choice(some, emitter.new(f"fmul {v} {name(k)}, {count}"), emitter.constant(0.0))  # not inf * 0
        emitter.store(v, emitter.new(f"fadd {v} {before}, {value}"), at, 64)


def block(kept: int, width: int) -> int:
    """Return how many vectors make a block, of each of which so many numbers are kept."""
    return max(LEAST, min(MOST, NEAR // (8 * width * max(kept, 1)))) | 1


def loop(
    before: Emitter, body: Emitter, chosen: Sequence[Term], name: Callable[[int], str]
) -> dict[str, str | list[str]]:
    """Return the parts of the function that adds terms up over a block of vectors, see `templates.TILE`."""
    v = body.vector
    places = {place: before.element(v, "%own", place) for place in dict.fromkeys(term[0] for term in chosen)}
    sums = [f"%sum_{p} = phi {v} [ {before.load(v, at, 64)}, %entry ]" for p, at in places.items()]
    totals = {place: f"%sum_{place}" for place in places}
    for place, *factors in chosen:
        code = Op("fused" if len(factors) > 1 else "add")
        totals[place] = body.emit(code, [name(k) for k in factors] + [totals[place]])
    return {
        "vector": v,
        "before": [line.strip() for line in before.lines],
        "sums": [f"{phi}, [ {totals[p]}, %loop ]" for p, phi in zip(places, sums, strict=True)],
        "body": [line.strip() for line in body.lines],
        "after": [f"store {v} {totals[p]}, ptr {at}, align 64" for p, at in places.items()],
    }
