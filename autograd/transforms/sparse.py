"""Sparse Jacobians and Hessians: which output depends on which input, and as few sweeps as that allows.

A `Plan` says which lines of a matrix share a sweep and where each entry is found. It follows from the pattern alone,
and so serves every record of the same structure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from autograd.errors import MissingExtra
from autograd.primitives.carrier import Carrier
from autograd.tape import pattern as dependence
from autograd.tape.guards import compiling_for
from autograd.tape.nodes import matrix_of
from autograd.tape.tape import Traced
from autograd.transforms.call import Argnums, Call, demand_function
from autograd.transforms.colouring import Lines, bicoloured, starred

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Mode = Literal["forward", "reverse"]
KEPT = 8  # paths of a function, the plans of which are kept


@dataclass(frozen=True, eq=False)
class Plan:
    """How a sparse matrix is found: sweeps, and for each entry, row by row, (which sweep, which of its numbers)."""

    rows: Lines  # for each row, its columns
    width: int
    columns: Lines  # groups of columns, each a forward sweep
    lines: Lines  # groups of rows, each a reverse sweep, counted behind those
    places: list[tuple[int, int]]

    @property
    def sweeps(self) -> int:
        """How many sweeps it takes."""
        return len(self.columns) + len(self.lines)

    @cached_property
    def template(self) -> "csr_array":
        """The matrix with zeros in all entries."""
        import numpy as np
        from scipy.sparse import csr_array

        starts = np.cumsum([0, *map(len, self.rows)])
        indices = np.array([j for row in self.rows for j in row], dtype=int)
        return csr_array((np.zeros(len(indices)), indices, starts), shape=(len(self.rows), self.width))

    def matrix(self, entries: Sequence[Any]) -> "csr_array":
        """Return the matrix with these entries, which may be numbers that `jit` traces."""
        import numpy as np

        from autograd import arrays

        carried = any(isinstance(x, Carrier) for x in entries)
        data = arrays.of_parts(list(entries), (len(entries),)) if carried else np.array(entries, dtype=float)
        return matrix_of(self.template, data)

    def __repr__(self) -> str:
        size, entries = f"{len(self.rows)} x {self.width}", len(self.places)
        return f"<{size}, {entries} entries: {len(self.columns)} forward and {len(self.lines)} reverse sweeps>"


class Plans:
    """The plans of one function, by the structure of its record; the same path has the same."""

    symmetric: bool

    def __init__(
        self, mode: Mode | None = None, symmetric: bool = False, f: Callable[..., object] | None = None
    ) -> None:
        self.mode, self.symmetric = mode, symmetric
        self.__wrapped__ = f  # what a compiled function watches of this, in place of the plans
        self.known: dict[bytes, Plan] = {}  # by a digest of the structure

    def find(self, call: Call) -> Plan:
        """Return the plan for a recorded call."""
        key = dependence.structure(call.tape, _places(call))
        found = self.known.get(key)
        if found is None:
            rows = pattern(call)
            if len(self.known) >= KEPT:
                self.known.clear()
            found = self.known[key] = _planned(rows, len(call.inputs), self.mode, self.symmetric)
        return found


def compressed(call: Call, plans: Plans | None = None) -> "csr_array":
    """Return the Jacobian of a recorded call as a scipy.sparse array: a row for each output, a column for each input.

    Entries that the pattern has and that are zero here are stored. Cost: a sweep for each colour.
    """
    try:
        import scipy.sparse  # noqa: F401 (whether it is there)
    except ImportError:
        raise MissingExtra("scipy", "sparse") from None
    plan = (plans or Plans()).find(call)
    found = [call.pushed(_seeds(group, len(call.inputs))) for group in plan.columns]
    found += [call.pulled(_seeds(group, len(call.outputs))) for group in plan.lines]
    entries = [found[sweep][place] for sweep, place in plan.places]
    if any(isinstance(x, Carrier) and not (type(x) is Traced and compiling_for.get() == "one") for x in entries):
        raise TypeError("a sparse matrix holds plain numbers, but its entries are Values or traced; use sparse=False")
    return plan.matrix(entries)


def sparsity(f: Callable[..., object], argnums: Argnums = 0, symmetric: bool = False) -> Callable[..., Plan]:
    """Return a function of the same arguments that returns how the sparse Jacobian of f is found there: a `Plan`.

    Its `rows` are the pattern, for each output the inputs that it was made from; `columns` and `lines` the groups that
    share a forward or a reverse sweep, `sweeps` how many there are, and `matrix(entries)` the pattern filled, as a
    scipy.sparse array. For the plan of a Hessian, which is `symmetric`, give the gradient.

    >>> from autograd import grad
    >>> sparsity(lambda x: [x[0] * x[1], x[1], x[2]])([1.0, 2.0, 3.0]).rows
    [[0, 1], [1], [2]]
    >>> arrow = lambda x: sum(x[0] * y * y for y in x)
    >>> sparsity(grad(arrow), symmetric=True)([1.0] * 100)
    <100 x 100, 298 entries: 2 forward and 0 reverse sweeps>
    """
    demand_function("sparsity", f)
    plans = Plans(symmetric=symmetric, f=f)
    return lambda *args, **kwargs: plans.find(Call(f, args, kwargs, argnums, sweeps=True))


def _places(call: Call) -> list[int]:
    """Return the places of the outputs of a recorded call on its tape; -1 for plain numbers."""
    return [y.place if call.tape.owns(y) else -1 for y in call.outputs]


def pattern(call: Call) -> Lines:
    """Return, for each output of a recorded call, the inputs that it was made from, in order."""
    return dependence.pattern(call.tape, _places(call))


def _seeds(group: Iterable[int], count: int) -> list[float]:
    found = [0.0] * count
    for k in group:
        found[k] = 1.0
    return found


def _planned(rows: Lines, width: int, mode: Mode | None, symmetric: bool) -> Plan:
    """Return the plan for a pattern."""
    if symmetric:
        return _symmetric(rows)
    columns, lines = bicoloured(rows, width, mode)
    forward = {j: sweep for sweep, group in enumerate(columns) for j in group}
    reverse = {i: sweep for sweep, group in enumerate(lines, len(columns)) for i in group}
    both = len(columns) and len(lines)
    partners = [[0] * len(rows) for _ in columns] if both else []  # how many entries of a group are in a row
    for i, row in enumerate(rows if both else []):
        for j in row:
            if j in forward:
                partners[forward[j]][i] += 1
    places = []
    for i, row in enumerate(rows):
        for j in row:
            alone = j in forward and (not both or partners[forward[j]][i] == 1)
            places.append((forward[j], i) if alone else (reverse[i], j))
    return Plan(rows, width, columns, lines, places)


def _symmetric(rows: Lines) -> Plan:
    """Return the plan for a symmetric matrix: an entry is found where it is alone, or across the diagonal."""
    around = [set(row) for row in rows]
    for i, row in enumerate(rows):  # a record may see one of two entries alone, where the other is always zero
        for j in row:
            around[j].add(i)
    full = [sorted(row) for row in around]
    colour_of, groups = starred(full)
    counts: list[dict[int, int]] = []
    for row in full:
        counts.append({})
        for j in row:
            counts[-1][colour_of[j]] = counts[-1].get(colour_of[j], 0) + 1
    places = [
        (colour_of[j], i) if counts[i][colour_of[j]] == 1 else (colour_of[i], j)
        for i, row in enumerate(full)
        for j in row
    ]
    return Plan(full, len(full), groups, [], places)
