"""Where tokens repeat: after how many, in which stretches, and in which parts of these numbers are polynomials."""

import math
from collections.abc import Sequence

import numpy as np

from autograd.program.nests import DEGREE, LEAST, Array

CANDIDATES = 16  # lengths of bodies that are tried at once
WIDEST = 256  # tokens, by which repetition is looked for
SAMPLE, SAMPLES = 65_536, 4  # tokens that are looked at together, and how often at most
MIXED = np.random.default_rng(20).integers(1, 2**63, 4096, dtype=np.uint64) | np.uint64(1)  # to make names of


def stretches(holds: Array, least: int) -> tuple[Array, Array]:
    """Return (the first, what is behind the last) of each stretch, so long at least, of what holds."""
    edges = np.flatnonzero(holds[1:] != holds[:-1]) + 1
    edges = np.concatenate([[0] * bool(holds[0]), edges, [len(holds)] * bool(holds[-1])]).astype(np.int64)
    begin, end = edges[::2], edges[1::2]
    long = end - begin >= max(least, 1)
    return begin[long], end[long]


def parts(found: tuple[Array, Array], p: int, moving: Sequence[Array]) -> list[tuple[int, int]]:
    """Return the parts of stretches of period p in which operands are polynomials in the counter.

    So must be how many steps a token has; where there would be too many parts for the sake of operands, these are
    left to tables.
    """
    begin, end = found[0], found[1] + p
    sizes = end - begin - DEGREE * p  # from so many places on the next few numbers are of the stretch
    if not len(begin):
        return []
    offset = np.cumsum(sizes) - sizes
    shift = begin - offset  # from places in all stretches, one behind the other, to tokens
    at = np.arange(int(sizes.sum())) + np.repeat(shift, sizes)
    even = straight(moving[0], at, p) if len(moving) > 2 else None
    good = straight(moving[-2], at, p) & straight(moving[-1], at, p)
    good = good if even is None else good & even
    known = divided(good, offset, shift, p)
    covered = np.zeros(len(begin), dtype=np.int64)
    for a, b, stretch in known:
        covered[stretch] += b - a
    left = covered <= 0.6 * (end - begin)  # to tables
    if left.any():
        whole = zip(begin.tolist(), end.tolist(), range(len(begin)), strict=True)
        others = list(whole) if even is None else divided(even, offset, shift, p)
        known = sorted([one for one in known if not left[one[2]]] + [one for one in others if left[one[2]]])
    return [(a, b) for a, b, _ in known]


def straight(numbers: Array, at: Array, p: int) -> Array:
    """Return whether from each of some places on the next few numbers, a period apart, are a polynomial.

    It is of the least degree that `LEAST` numbers can tell: all differences of order `DEGREE` are 0.
    """
    total = numbers[at]
    for n in range(1, DEGREE + 1):
        total = total + (-1) ** n * math.comb(DEGREE, n) * numbers[at + n * p]
    return total == 0


def divided(good: Array, offset: Array, shift: Array, p: int) -> list[tuple[int, int, int]]:
    """Return (the first token, what is behind the last, the stretch) of parts in which all places are good.

    The parts of one stretch do not overlap.
    """
    first = np.zeros(len(good) + 1, dtype=bool)
    first[offset] = True  # of a stretch
    edge = np.append(good[1:], False)
    begin = np.flatnonzero(good & (first[:-1] | ~np.append(False, good[:-1])))
    end = np.flatnonzero(good & (first[1:] | ~edge)) + 1 + DEGREE * p
    stretch = np.searchsorted(offset, begin, side="right") - 1
    columns = begin + shift[stretch], end + shift[stretch], stretch
    found: list[tuple[int, int, int]] = []
    last, known = 0, -1
    for a, b, own in zip(*[column.tolist() for column in columns], strict=True):
        a = max(a, last) if own == known else a
        if b - a >= LEAST * p:
            found.append((a, b, own))
            last, known = b, own
    return found


def periods(alike: Array) -> list[int]:
    """Return after how many tokens they repeat, the shortest first: those that are met most often.

    Windows of some lengths are looked for, as short ones may be met within a body again; of many tokens in samples.
    """
    votes: dict[int, int] = {}
    for start in np.linspace(
        0, max(0, len(alike) - SAMPLE), min(SAMPLES, -(-len(alike) // SAMPLE)), dtype=int
    ).tolist():
        sample = alike[start : start + SAMPLE]
        windows, width = sample * MIXED[-2], 1
        while width <= WIDEST and width < len(sample):
            windows = windows[:-width] * MIXED[-3 - width.bit_length()] + windows[width:]
            width *= 2
            if width.bit_length() % 2:  # 4, 16, 64, 256
                order = np.argsort((windows >> np.uint64(48)).astype(np.uint16), kind="stable")  # a radix sort
                again = windows[order[1:]] == windows[order[:-1]]
                often = np.bincount((order[1:] - order[:-1])[again])
                gaps = np.flatnonzero(often)
                for gap in gaps[np.argsort(-often[gaps], kind="stable")[:CANDIDATES]].tolist():
                    votes[gap] = max(votes.get(gap, 0), int(often[gap]))
    return sorted(sorted(votes, key=lambda gap: -votes[gap])[:CANDIDATES])
