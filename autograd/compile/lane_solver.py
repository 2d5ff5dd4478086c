"""Solvers over lanes: each lane goes its own way to its own solution, by compiled programs of the equation.

What is done is what `transforms/newton.py` does for one set of numbers, step by step, with the lanes that have not
arrived. A lane that does not arrive, or arrives at a multiple root, has NaN.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compile.specializations import Recording
from autograd.primitives.operation import Numbers
from autograd.program.program import Instruction, Program
from autograd.tape.pytree import Rebuild
from autograd.transforms.call import Call
from autograd.transforms.implicit import Solution, System
from autograd.transforms.newton import NEARLY, ROUNDING, SMALL, STEPS

Floats = NDArray[np.float64]
Lanes = NDArray[np.intp]  # the places of some lanes
Run = Callable[[Sequence[Floats], int], list[Floats]]  # a compiled function of columns
Compile = Callable[[Callable[[Sequence[float]], tuple[Program, Rebuild]], int], Run]
HALVINGS = 40


def prepare(program: Program, compiled: Compile) -> None:
    """Give every solution in a program its form for lanes."""
    rows = [step.primitive for step in program.steps if isinstance(step, Instruction)]
    systems = {id(row.system): row.system for row in rows if isinstance(row, Solution)}
    for system in systems.values():
        if system.numbers[0].vector is None:
            solver = LaneSolver(system, compiled)
            for row in system.numbers:
                object.__setattr__(row, "vector", solver.number(row.place))


class Near:
    """A system near a point of each lane: what is to be made small, the residuals, and their Jacobian."""

    def __init__(self, found: Sequence[Floats], n: int) -> None:
        values = np.array(found)
        self.merit: Any = values[0]
        self.residual: Floats = values[1 : n + 1].T  # (lanes, n)
        self.jacobian: Floats = values[n + 1 :].T.reshape(-1, n, n)

    def step(self, damping: Floats | None = None) -> Floats:
        """Return Newton's step of each lane, to be subtracted; NaN where the Jacobian is singular."""
        matrix, n = self.jacobian, self.jacobian.shape[-1]
        if damping is not None:
            scale = np.abs(matrix).max(axis=(1, 2))
            matrix = matrix + (damping * np.where(scale > 0.0, scale, 1.0))[:, None, None] * np.eye(n)
        if n == 1:
            return np.asarray(self.residual / matrix[:, 0], dtype=float)
        singular = ~(np.abs(np.linalg.det(matrix)) > 0.0)
        matrix = np.where(singular[:, None, None], np.eye(n), matrix)
        found = np.linalg.solve(matrix, self.residual[:, :, None])[:, :, 0]
        return np.where(singular[:, None], np.nan, found)

    def put(self, lanes: Lanes | slice, other: "Near") -> None:
        """Take over other lanes."""
        self.merit[lanes], self.residual[lanes], self.jacobian[lanes] = other.merit, other.residual, other.jacobian

    def of(self, lanes: Lanes | slice) -> "Near":
        """Return some lanes."""
        found = object.__new__(Near)
        found.merit, found.residual, found.jacobian = self.merit[lanes], self.residual[lanes], self.jacobian[lanes]
        return found


class LaneSolver:
    """A system that is solved for many lanes at once."""

    system: System
    n: int

    def __init__(self, system: System, compiled: Compile) -> None:
        self.system, self.n = system, system.n
        self.run: Run = compiled(self._trace, system.n + system.given)
        self.known: tuple[tuple[Any, ...], Floats] | None = None

    def number(self, place: int) -> Callable[..., Any]:
        """Return one number of the solution as a function of columns: arrays, or numbers that all lanes share."""

        system = self.system

        def column(*columns: Numbers) -> Numbers:
            known = self.known
            if known is None or any(x is not y for x, y in zip(columns, known[0], strict=True)):
                count = max([np.size(x) for x in columns], default=1)
                full = [np.broadcast_to(np.asarray(x, dtype=float), (count,)) for x in columns]
                args, moving = full[: system.given], full[system.given :]
                start = np.array(moving or [np.full(count, x, dtype=float) for x in system.start])
                with np.errstate(all="ignore"):
                    known = columns, self._solved(start.T.copy(), args)
                self.known = known  # for the other numbers of the solution
            found = known[1][:, place]
            return found if any(np.ndim(x) for x in columns) else found[0]

        return column

    def _trace(self, numbers: Sequence[float]) -> tuple[Program, Rebuild]:
        recording = Recording(self._near, list(numbers), lanes=True)
        return recording.program, recording.rebuild

    def _near(self, numbers: list[Any]) -> list[Any]:
        """Return what a `Near` is made of, for the numbers of one lane."""
        system, n = self.system, self.n
        args = system.arguments(numbers[n:])
        call = Call(lambda xs: system.residual(xs, args), [numbers[:n]], {}, 0, sweeps=True)
        rows = [call.pulled([float(i == j) for j in range(n)]) for i in range(n)]
        least = 0.0 if system.objective is None else system.least(numbers[:n], args)
        return [least, *call.value(), *[entry for row in rows for entry in row]]

    def _at(self, xs: Floats, args: Sequence[Floats], lanes: Lanes) -> Near:
        columns = [np.ascontiguousarray(x) for x in xs.T] + [np.ascontiguousarray(x[lanes]) for x in args]
        found = Near(self.run(columns, len(lanes)), self.n)
        if self.system.objective is None:
            found.merit = np.abs(found.residual).max(axis=1)
        return found

    def _solved(self, start: Floats, args: Sequence[Floats]) -> Floats:
        """Return the solution of each lane, NaN where there is none."""
        xs, lanes = start.copy(), np.arange(len(start))
        arrived = np.zeros(len(start), dtype=bool)
        descend = self._descended if self.system.objective is not None else self._stepped
        here, damping = self._at(xs, args, lanes), np.zeros(len(start))
        for _step in range(STEPS):
            if not len(lanes):
                break
            there, near, done, left = descend(xs[lanes], here, args, lanes, damping)
            xs[lanes] = there
            arrived[lanes[done]] = True
            lanes, here, damping = lanes[left], near.of(left), damping[left]
        places = np.flatnonzero(arrived)
        xs[~arrived] = np.nan
        xs[places[~self._simple(xs[places], start[places], args, places)]] = np.nan
        return xs

    def _stepped(
        self, xs: Floats, here: Near, args: Sequence[Floats], lanes: Lanes, damping: Floats
    ) -> tuple[Floats, Near, Any, Any]:
        """Return (where a step leads, what is there, which lanes have arrived, which go on) towards a zero."""
        step, there, near = here.step(), xs.copy(), here.of(slice(None))
        small: Any = _size(step) <= SMALL * _size(xs)
        zero: Any = here.merit == 0.0
        trying, share = np.flatnonzero(~zero & np.isfinite(step).all(axis=1)), 1.0
        moved: Any = np.zeros(len(xs), dtype=bool)
        for _halving in range(HALVINGS):
            if not len(trying):
                break
            tried = xs[trying] - share * step[trying]
            found = self._at(tried, args, lanes[trying])
            better = found.merit < here.merit[trying]
            kept = trying[better]
            there[kept], moved[kept] = tried[better], True
            near.put(kept, found.of(better))
            trying, share = trying[~better & ~small[trying]], 0.5 * share
        close = np.flatnonzero(~moved & ~zero & (_size(step) <= SMALL * np.maximum(_size(xs), 1.0)))
        beyond = self._at(xs[close] - step[close], args, lanes[close]).jacobian if len(close) else here.jacobian[:0]
        own = here.jacobian[close]
        straight: Any = zero.copy()
        straight[close] = np.abs(beyond - own).max(axis=(1, 2)) <= 0.01 * np.abs(own).max(axis=(1, 2))
        return there, near, straight, moved

    def _descended(
        self, xs: Floats, here: Near, args: Sequence[Floats], lanes: Lanes, damping: Floats
    ) -> tuple[Floats, Near, Any, Any]:
        """Return (where a step leads, what is there, which lanes have arrived, which go on) towards a minimum."""
        step, there, near = here.step(), xs.copy(), here.of(slice(None))
        sloped: Any = here.residual.any(axis=1)
        step = np.where(sloped[:, None], step, 0.0)
        down: Any = ((step * here.residual).sum(axis=1) > 0.0) | ~sloped
        small = down & (_size(step) <= SMALL * np.maximum(_size(xs), 1.0))
        lowest = np.linalg.eigvalsh(np.nan_to_num(here.jacobian))[:, 0]
        done = small & (lowest > 0.0)
        there[done] -= step[done]
        trying, moved = np.flatnonzero(~small), np.zeros(len(xs), dtype=bool)
        for _try in range(60):
            if not len(trying):
                break
            own = here.of(trying)
            step = own.step(damping[trying])
            tried = xs[trying] - step
            found = self._at(tried, args, lanes[trying])
            fall = (step * own.residual).sum(axis=1)
            better = (fall > 0.0) & ((found.merit < own.merit) | (fall <= ROUNDING * np.abs(own.merit)))
            kept, rest = trying[better], trying[~better]
            there[kept], moved[kept] = tried[better], True
            near.put(kept, found.of(better))
            damping[kept] = np.where(damping[kept] > 1e-6, damping[kept] / 100.0, 0.0)
            damping[rest] = np.maximum(10.0 * damping[rest], 1e-3)
            trying = rest
        return there, near, done, moved

    def _simple(self, xs: Floats, start: Floats, args: Sequence[Floats], lanes: Lanes) -> NDArray[np.bool_]:
        """Return which solutions are simple roots; see `newton.is_simple`."""
        far = np.maximum(np.abs(xs), np.abs(xs - start))
        least = np.where(_size(far) > 0.0, _size(far), 1.0)[:, None]
        scale = np.where(far > 0.0, far, least) * (1.0 - 0.37 * (0.618 * np.arange(self.n) % 1.0))
        simple = np.zeros(len(xs), dtype=bool)
        for k in range(4, 19):
            left = np.flatnonzero(~simple)
            if not len(left):
                break
            returns = np.ones(len(left), dtype=bool)
            for sign in (1.0, -1.0):
                away = sign * 10.0**-k * scale[left]
                step = self._at(xs[left] + away, args, lanes[left]).step()
                returns &= (np.abs(step - away) <= NEARLY * np.abs(away)).all(axis=1)
            simple[left] = returns
        return simple


def _size(xs: Floats) -> Floats:
    found: Floats = np.abs(xs).max(axis=1)
    return found
