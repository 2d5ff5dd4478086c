"""Random programs over all rows, on every backend: `python -m tests.fuzz_rows [PROGRAMS [SEED]]`.

A program is an expression of up to four rows, and its gradient. Each is run as Values, by the core, as Python source,
by LLVM for one set of numbers and in lanes, in NumPy's lanes, in C and in JavaScript. The truth has 50 digits or more,
and its derivatives are differences, not rules. How far a result may be off is the sum over all operations of the row's
own bound, times the derivative of the result towards it. It prints the largest error by row and backend: in ulps of the
row that is allowed most of it, and as if all of it were that row's. What is wrong is printed as Python that runs.

Many programs are compiled as one, which takes some 50 ms a program.
"""

import itertools
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Value, value_and_grad
from autograd.backends import backend, python_source
from autograd.primitives.primitive import Primitive
from autograd.program import Builder, Instruction, Program, optimized, trace
from autograd.testing.accuracy import SMALL, ULPS
from autograd.testing.exact import definition, digits, expand, mp, mpf
from autograd.testing.expression import Expression, RandomChoice, build

from .tools.backends import COMPILER, NODE, in_c, in_js

TOGETHER = 200  # programs that are compiled as one
LANES = 11  # all alike, so that vectors and what is left of them are run
CURVED = 1.5  # what errors do to each other, and to derivatives, is of the second order

Results = list[float]


class Case(NamedTuple):
    """A program to try, what is true of it, and how far off each result may be."""

    expression: Expression
    program: Program  # of the value and the gradient
    truth: list[Any]
    allowed: list[float]
    blamed: list[tuple[str, float]]  # for each result: a row, and what one ulp of that row makes of the result


class Wrong(NamedTuple):
    """A result that is further off than it may be."""

    case: Case
    way: str
    place: int
    found: float

    def __str__(self) -> str:
        truth, most = self.case.truth[self.place], self.case.allowed[self.place]
        what = f"x{self.place - 1}'s derivative" if self.place else "the value"
        return (
            f"{self.way}: {what} is {self.found!r}, not {mp.nstr(truth, 20)}, allowed {most:.2g}{self.case.expression}"
        )


def expressions(seed: str) -> Iterator[Expression]:
    """Yield random expressions, all different."""
    for i in itertools.count():
        found = build(RandomChoice(f"{seed} {i}"), largest=4, leaves=3)
        if found.numbers and found.statements:
            yield found


def exactly(expression: Expression, xs: Sequence[Any]) -> Any:
    """Return an expression on mpmath's numbers."""
    found: dict[str, Any] = {f"x{i}": x for i, x in enumerate(xs)}
    for i, statement in enumerate(expression.statements):
        operands = [found[x] if isinstance(x, str) else mpf(x) if type(x) is float else x for x in statement.operands]
        found[f"v{i}"] = definition(statement.row)(*operands)
    return found[f"v{len(expression.statements) - 1}"]


def case(expression: Expression) -> Case | None:
    """Return what is to be tried of an expression; None where it has no smooth truth."""
    xs = expression.numbers
    value, _ = expression.graph()

    def both(*xs: Any) -> list[Any]:
        value, gradient = value_and_grad(lambda xs: expression(*xs))(list(xs))
        return [value, *gradient]

    nodes = _nodes(value)
    if any(_asks_for_signs(node) for node in nodes):
        return None
    sizes = [node.data for node in nodes]
    try:
        with mp.workdps(digits([mpf(x) for x in sizes])):
            found = expand(lambda *xs: exactly(expression, xs), xs, range(len(xs)))
        with mp.workdps(digits([mpf(x) for x in sizes]) + 50):
            if abs(exactly(expression, list(map(mpf, xs))) - found.value) > mpf(10) ** -40 * max(abs(found.value), 1):
                return None  # as a derivative of the angle to a vector that is 0
    except (ValueError, ArithmeticError):
        return None
    program = trace(both, list(xs))
    bounds = [_bound(optimized(program), xs, k) for k in range(1 + len(xs))]
    truth = [found.value, *found.gradient.values()]
    return Case(expression, program, truth, [most for most, _ in bounds], [blamed for _, blamed in bounds])


def _nodes(value: Value) -> list[Value]:
    """Return all Values that one is made of."""
    found, left = {id(value): value}, [value]
    while left:
        for parent in left.pop().parents:
            if id(parent) not in found:
                found[id(parent)] = parent
                left.append(parent)
    return list(found.values())


def _asks_for_signs(node: Value) -> bool:
    """Return whether an operation asks for the sign of a zero, which high precision does not have."""
    numbers = [x.data if isinstance(x, Value) else x for x in node.operands]
    return node.primitive is not None and node.primitive.signs and any(str(x) == "-0.0" for x in numbers)


def _bound(program: Program, xs: Sequence[float], place: int) -> tuple[float, tuple[str, float]]:
    """Return (how far an output may be off, (the row that is allowed most of it, what one ulp of that row makes))."""
    found: list[Any] = [Value(x) for x in xs]
    for step in program.steps:
        assert isinstance(step, Instruction)
        operands = [found[k] if k >= 0 else program.constants[~k] for k in step.operands]
        found.append(step.primitive(*operands))
    k = program.outputs[place]
    if k < program.inputs or not isinstance(found[k], Value):
        x = found[k] if k >= 0 else program.constants[~k]
        return ULPS * math.ulp(float(getattr(x, "data", x))), ("", 1.0)  # a constant that was folded
    found[k].backward()
    units: dict[Primitive, float] = defaultdict(float)
    for node in found[program.inputs :]:
        if isinstance(node, Value) and node.primitive is not None:
            units[node.primitive] += abs(node.grad) * math.ulp(max(_size(node), SMALL))
    allowed = {row: (row.ulps or ULPS) * unit for row, unit in units.items()}
    worst = max(allowed, key=allowed.__getitem__)
    return CURVED * math.fsum(allowed.values()) + SMALL, (worst.name, units[worst])


def _size(node: Value) -> float:
    """Return the size of what is rounded in an operation: of many operands, that of what is added."""
    size = max(abs(node.data), node.primitive.terms)
    if node.primitive.gradient is not None:
        moves = zip(node.partials, node.parents, strict=True)
        size = max(size, math.fsum(abs(d * parent.data) for d, parent in moves))
    return size


# ---------------------------------------------------------------------------------- backends


def eagerly(case: Case) -> Results:
    """Return the value and the gradient by Values."""
    value, leaves = case.expression.graph()
    value.backward()
    return [value.data, *[leaf.grad for leaf in leaves]]


def joined(cases: Sequence[Case]) -> Program:
    """Return all programs as one."""
    made = Builder(sum(case.program.inputs for case in cases))
    inputs = iter(range(made.inputs))
    outputs: list[int] = []
    for case in cases:
        outputs += made.inline(optimized(case.program), list(itertools.islice(inputs, case.program.inputs)))
    return made.program(outputs)


def in_lanes(name: str) -> Callable[[Program, list[float]], Results]:
    """Return what runs a program in some lanes of a backend, all of which must agree."""

    def run(program: Program, xs: list[float]) -> Results:
        kernel = backend(name).lanes(program, [True] * len(xs), [False] * len(program.outputs))
        found, missed = kernel([], [np.full(LANES, x) for x in xs], LANES)
        assert missed is None
        assert all((z == z[0]).all() or (z != z).all() for z in found)
        return [float(z[0]) for z in found]

    return run


AT_ONCE: dict[str, Callable[[Program, list[float]], Results]] = {
    "source": lambda program, xs: list(python_source.from_source(program)(xs)),
    "native": lambda program, xs: list(backend("llvm").scalar(program, True)(xs)),
    "lanes": in_lanes("llvm"),
    "numpy": in_lanes("numpy"),
}
AT_ONCE |= {"c": lambda program, xs: list(in_c(program, "-O0")(xs))} if COMPILER else {}
AT_ONCE |= {"js": lambda program, xs: in_js(program)([xs])[0]} if NODE else {}


def results(cases: Sequence[Case]) -> dict[str, list[Results]]:
    """Return what every backend gives, by its name, for each case."""
    found = {"eager": list(map(eagerly, cases))}
    found["core"] = [list(backend("python").scalar(case.program)(case.expression.numbers)) for case in cases]
    program, xs = joined(cases), [x for case in cases for x in case.expression.numbers]
    for way, run in AT_ONCE.items():
        numbers = iter(run(program, xs))
        found[way] = [list(itertools.islice(numbers, len(case.truth))) for case in cases]
    return found


def judged(cases: Sequence[Case], worst: dict[tuple[str, str], float]) -> list[Wrong]:
    """Return what is wrong, and keep the largest error by row and backend."""
    wrong = []
    for way, every in results(cases).items():
        for case, numbers in zip(cases, every, strict=True):
            for place, (number, truth) in enumerate(zip(numbers, case.truth, strict=True)):
                error = float(abs(mpf(number) - truth)) if math.isfinite(number) else math.inf
                name, unit = case.blamed[place]
                worst[name, way] = max(worst[name, way], error / unit if error else 0.0)
                if not error <= case.allowed[place]:
                    wrong.append(Wrong(case, way, place, number))
    return wrong


def main(count: int, seed: str = "0") -> int:
    """Print the largest errors and what is wrong; return how many results are."""
    worst: dict[tuple[str, str], float] = defaultdict(float)
    source, tried, left, wrong = expressions(seed), 0, 0, 0
    while tried < count:
        cases = [case(expression) for expression in itertools.islice(source, min(TOGETHER, count - tried))]
        smooth = [x for x in cases if x is not None]
        left += len(cases) - len(smooth)
        tried += len(smooth)
        for one in judged(smooth, worst):
            wrong += 1
            print(one, flush=True)
    ways = ["eager", "core", *AT_ONCE]
    print(f"largest error in ulps by the row that is allowed most of it\n{'row':34}{''.join(f'{x:>8}' for x in ways)}")
    for name in sorted({name for name, _ in worst if name}):
        print(f"{name:34}{''.join(f'{worst[name, way]:8.1f}' for way in ways)}")
    print(f"{tried:,} programs, {wrong} results wrong; {left} more have no smooth truth")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, *sys.argv[2:])))
