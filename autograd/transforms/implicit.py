"""Solutions of equations as functions of the equation's other arguments: solved on floats, differentiated exactly.

Each number of a solution is one node, whose rule is the implicit function theorem: with f(x, a) = 0, the derivative of
x towards a is minus the solution of a linear system, the Jacobian of f towards x, for that of f towards a. The rule is
written in numbers of any carrier, the solution among them, and so holds to any order.
"""

import itertools
import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, SupportsFloat, TypeVar, cast

from autograd.errors import ConvergenceError
from autograd.floats.ieee import totally
from autograd.primitives.carrier import Carrier, Number, data_of
from autograd.primitives.operation import Carried
from autograd.primitives.primitive import Primitive, bind
from autograd.tape.guards import compiling_for
from autograd.tape.pytree import Rebuild, flatten, flatten_as, unflatten
from autograd.tape.tape import Traced, primal
from autograd.transforms.call import Call, demand_function
from autograd.transforms.derivatives import grad
from autograd.transforms.newton import (
    FEW,
    Equations,
    Factors,
    Inverse,
    Vector,
    factorised,
    floats_of,
    least,
    pivots,
    zero,
)
from autograd.transforms.taylor import Series

X = TypeVar("X")
KEPT = 8  # solutions that a system remembers: a sweep asks for every number of one, and for its partials
_counted = itertools.count(1).__next__


def root(f: Callable[..., object], x0: X, *args: object) -> X:
    """Return the x near x0 with f(x, *args) = 0, as a function of `args`, which can be differentiated to any order.

    x is a number, or a nest of as many numbers as f returns. Numbers in `args` may be Values or traced; x0 is only
    where Newton's method starts, with steps that are halved until they help. Raises ConvergenceError where it does not
    arrive, and at a multiple root, where the derivative of f towards x is zero, half of the digits are lost, and x has
    no derivative. Cost: some calls of f and its Jacobian, which is factorised once for each step, as a sparse matrix
    where there are many unknowns and few entries; and once more for all derivatives. Within `vmap`, all lanes are
    solved at once, each to its own convergence, and a lane without a solution has NaN; `jit` asks Python to solve.

    >>> from autograd import Value, grad
    >>> a = Value(2.0)
    >>> x = root(lambda x, a: x * x - a, 1.0, a)
    >>> x.backward()
    >>> round(x.data, 12), round(a.grad, 12)  # sqrt(2), 1 / (2 sqrt(2))
    (1.414213562373, 0.353553390593)
    >>> round(grad(grad(lambda a: root(lambda x, a: x * x - a, 1.0, a)))(4.0), 12)
    -0.03125
    >>> root(lambda x: (x - 2.0) ** 3, 0.0)
    Traceback (most recent call last):
    ...
    autograd.errors.ConvergenceError: root: x = 2 is a multiple root...
    """
    demand_function("root", f)
    return _solution("root", f, x0, args, zero)


def fixed_point(f: Callable[..., X], x0: X, *args: object) -> X:
    """Return the x near x0 with f(x, *args) = x, as a function of `args`; see `root`, by which it is found.

    >>> round(fixed_point(lambda x, a: (x + a / x) / 2.0, 1.0, 2.0), 12)
    1.414213562373
    """

    demand_function("fixed_point", f)

    def rest(x: object, *given: object) -> list[Any]:
        return [y - z for y, z in zip(flatten_as(f(x, *given), x, "result"), flatten(x)[0], strict=True)]

    return _solution("fixed_point", rest, x0, args, zero)


def minimize(f: Callable[..., SupportsFloat], x0: X, *args: object) -> X:
    """Return the x near x0 at which f(x, *args), one number, is least, as a function of `args`; see `root`.

    Found by Newton's method with a damped Hessian, so that every step goes down. Raises ConvergenceError where it does
    not arrive, and at a flat minimum, which is a multiple root of the gradient: one unknown on which f does not depend
    there to second order is enough.

    >>> from autograd import grad
    >>> def cost(x, a):
    ...     return (x - a) ** 4 + (x - a) ** 2 + 1.0
    >>> round(minimize(cost, 0.0, 3.0), 9), round(grad(lambda a: minimize(cost, 0.0, a))(3.0), 9)
    (3.0, 1.0)
    """
    demand_function("minimize", f)

    def descend(name: str, residual: Equations, start: Vector, of: Callable[[Any], Any]) -> Vector:
        return least(name, of, residual, start)

    return _solution("minimize", grad(f), x0, args, descend, f)


def _solution(
    name: str,
    f: Callable[..., object],
    x0: X,
    args: Sequence[object],
    solve: Callable[..., Vector],
    objective: Callable[..., object] | None = None,
) -> X:
    """Return a zero of f, found by `solve` on floats; one node for each number where `args` hold carriers."""
    leaves, rebuild = flatten(x0, "x0")
    nests = [flatten(arg, f"argument {i}", live=True) for i, arg in enumerate(args, start=2)]
    system = System(name, f, objective, rebuild, nests, leaves, solve)
    moving = leaves if any(isinstance(x, Carrier) for x in leaves) else []
    operands = (*[x for given, _ in nests for x in given], *moving)
    return cast("X", unflatten(rebuild, system.results(operands)))


class Solved(NamedTuple):
    """A solution, where the last step of Newton's method led to it from, the residual recorded at it, its Jacobian."""

    xs: Vector
    near: Vector
    call: Call
    factors: Factors

    def transposed(self) -> list[list[Any]]:
        """Return the Jacobian towards the unknowns, transposed."""
        n = len(self.xs)
        rows = [self.call.pulled([float(i == j) for j in range(n)])[:n] for i in range(n)]
        return [list(column) for column in zip(*rows, strict=True)]

    def adjoints(self, place: int) -> list[Any]:
        """Return the adjoints of the residuals for one of the unknowns; few as they are found on carriers."""
        unit = [float(i == place) for i in range(len(self.xs))]
        if len(unit) > FEW:
            return self.factors.solve(unit, True)
        matrix = self.transposed()
        return eliminated(matrix, unit, pivots(matrix))


class System:
    """An equation, and its solutions for the numbers that were last asked for.

    Its operands are the numbers of the arguments, and then those of the start, towards which the solution has no
    derivative, unless these are plain.
    """

    name: str
    f: Callable[..., object]
    objective: Callable[..., object] | None
    solve: Callable[..., Vector]
    rebuild: Rebuild
    start: list[Any]
    n: int

    def __init__(
        self,
        name: str,
        f: Callable[..., object],
        objective: Callable[..., object] | None,
        rebuild: Rebuild,
        nests: Sequence[tuple[list[Any], Rebuild]],
        start: list[Any],
        solve: Callable[..., Vector],
    ) -> None:
        self.name, self.f, self.objective, self.rebuild, self.solve = name, f, objective, rebuild, solve
        self.start, self.n = start, len(start)
        self.counts: list[int] = [len(given) for given, _ in nests]
        self.given: int = sum(self.counts)
        self.rebuilds: list[Rebuild] = [back for _, back in nests]
        self.known: dict[bytes, Solved] = {}
        self.number: str = f"{name}_{_counted()}"
        self.numbers: list[Solution] = [Solution(self, i) for i in range(self.n)]

    def arguments(self, numbers: Sequence[Any]) -> list[Any]:
        """Return the arguments with these numbers in them."""
        given = iter(numbers)
        return [
            unflatten(back, list(itertools.islice(given, count)))
            for back, count in zip(self.rebuilds, self.counts, strict=True)
        ]

    def residual(self, xs: Sequence[Any], args: Sequence[Any]) -> list[Any]:
        """Return f as a list; ValueError unless it returns as many numbers as there are unknowns."""
        found = flatten(self.f(unflatten(self.rebuild, list(xs)), *args), "result")[0]
        if len(found) != self.n:
            raise ValueError(
                f"{self.name}: f returns {len(found)} numbers for {self.n} unknowns; it must return as many"
            )
        return found

    def least(self, xs: Sequence[Any], args: Sequence[Any]) -> Carried:
        """Return what is to be made least."""
        assert self.objective is not None
        return self.objective(unflatten(self.rebuild, list(xs)), *args)

    def results(self, operands: tuple[Any, ...]) -> list[Any]:
        """Return every number of the solution: floats, or nodes where there are carriers."""
        if not any(isinstance(x, Carrier) for x in operands):
            return self.solved(operands).xs
        if any(isinstance(x, (Traced, Series)) for x in operands):
            return [number(*operands) for number in self.numbers]
        if not any(isinstance(x, Carrier) for x in operands[: self.given]):
            return self.solved(list(map(data_of, operands))).xs
        return self.eager(operands)

    def solved(self, operands: Sequence[float]) -> Solved:
        """Return the solution for plain numbers."""
        numbers = [float(x) for x in operands]
        key = array("d", numbers).tobytes()  # two zeros are two numbers
        found = self.known.get(key)
        if found is None:
            args = self.arguments(numbers[: self.given])
            residual = Equations(lambda xs: self.residual(xs, args), self.objective is not None)
            given = [] if self.objective is None else [lambda xs: self.least(xs, args)]
            near = self.solve(self.name, residual, self.begin(numbers), *given)
            values, matrix = residual.near(near)
            factors = factorised(matrix)
            xs = [x - step for x, step in zip(near, factors.solve(floats_of(values)), strict=True)]
            found = Solved(xs, near, self.recorded(xs, numbers), factors)
            if len(self.known) >= KEPT:
                self.known.clear()
            self.known[key] = found
        return found

    def begin(self, numbers: Sequence[float]) -> Vector:
        """Return where to start."""
        return list(numbers[self.given :]) or [float(x) for x in self.start]

    def recorded(self, xs: Vector, numbers: Sequence[float]) -> Call:
        """Return the residual recorded at a point, towards the unknowns and the numbers of the arguments."""
        n = self.n
        every = [*xs, *numbers[: self.given]]
        return Call(lambda xs: self.residual(xs[:n], self.arguments(xs[n:])), [every], {}, 0, sweeps=True)

    def somewhere(self, numbers: Sequence[float]) -> Solved:
        """Return the solution, or for lanes that take but one path the start, where there is none for these numbers."""
        try:
            return self.solved(numbers)
        except ConvergenceError:
            start = self.begin(numbers)
            call = self.recorded(start, numbers)
            if compiling_for.get() != "lanes" or call.tape.guards:
                raise
            return Solved(start, start, call, Inverse([]))

    def eager(self, operands: Sequence[Any]) -> list[Any]:
        """Return the last step of Newton's method, on numbers that know their first derivatives."""
        found = self.solved(list(map(data_of, operands)))
        rest = self.residual(found.near, self.arguments(operands[: self.given]))
        return [x - step for x, step in zip(found.near, found.factors.solve(rest), strict=True)]

    def partials(self, place: int, z: Carried, operands: Sequence[Any]) -> list[Any]:
        """Return the partials of one number of the solution towards all operands, on any carrier."""
        numbers = list(map(_number, operands))
        plain, unknown = all(type(x) is float for x in operands), any(x != x for x in numbers)
        if unknown and (plain or not self.known):
            return [math.nan] * len(operands)
        # where a tape computes nothing, the path is that of the last solution
        found = next(reversed(self.known.values())) if unknown else self.somewhere(numbers)
        unmoved = [0.0] * (len(operands) - self.given)
        if plain:
            return found.call.pulled(negated(found.adjoints(place)))[self.n :] + unmoved
        xs = [z if i == place else number(*operands) for i, number in enumerate(self.numbers)]
        call = found.call.at([*xs, *operands[: self.given]])
        unit = [float(i == place) for i in range(self.n)]
        adjoints = eliminated(
            Solved(found.xs, found.near, call, found.factors).transposed(), unit, pivots(found.transposed())
        )
        return call.pulled(negated(adjoints))[self.n :] + unmoved


class Solution(Primitive):
    """One number of a solution, as a primitive of its own, which is in no table."""

    __slots__ = ("place", "system")

    system: System
    place: int

    def __init__(self, system: System, place: int) -> None:
        object.__setattr__(self, "system", system)
        object.__setattr__(self, "place", place)
        name, number = system.name, f"{system.number}_{place}"
        super().__init__(
            name,
            self.found,
            gradient=self.towards,
            operand_names=("*x",),
            public="",
            method="",
            c="",
            home=__name__,
            limit=nowhere,
        )
        object.__setattr__(self, "number", number)  # what is no int has no place among the rows

    def __post_init__(self) -> None:
        """Leave the table as it is."""

    def found(self, *operands: float) -> float:
        """Return the number for floats."""
        return self.system.solved(operands).xs[self.place]

    def plainly(self, numbers: Sequence[Any]) -> float:
        """Return the number for floats; what f raises at the start is raised as it is."""
        return self.found(*numbers)

    def towards(self, z: Carried, *operands: Carried) -> list[Any]:
        """Return all partials."""
        return self.system.partials(self.place, z, operands)

    def __call__(self, *operands: Carried) -> Carried:
        kinds = set(map(type, operands))
        if Traced in kinds or Series in kinds:
            return bind(self, operands, kinds)
        if not any(isinstance(x, Carrier) for x in operands):
            return self.found(*operands)
        return self.system.eager(operands)[self.place]


def nowhere(*operands: float) -> float:
    """Return what stands for a number that there is not."""
    return math.nan


def negated(xs: Sequence[Any]) -> list[Any]:
    """Return all numbers with the other sign."""
    return [-x for x in xs]


def _number(x: Carried) -> float:
    """Return the number of a carrier, whatever it stands on."""
    while isinstance(x, Carrier):
        x = primal(x)
    return x  # type: ignore[no-any-return]


def eliminated(matrix: list[list[Any]], right: Sequence[Number], order: Sequence[int]) -> list[Any]:
    """Return the solution of a linear system of carriers, by elimination that takes the rows in this order."""
    rows = [[*matrix[i], right[i]] for i in order]
    n = len(rows)
    with totally.within(True):
        for i in range(n):
            for k in range(i + 1, n):
                factor = rows[k][i] / rows[i][i]
                rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i], strict=True)]
        found: list[Any] = [0.0] * n
        for i in reversed(range(n)):
            found[i] = (rows[i][n] - sum(rows[i][k] * found[k] for k in range(i + 1, n))) / rows[i][i]
    return found
