"""Programs as source text for taking elsewhere: C99 that needs libm alone, Python that needs its standard library."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from autograd.backends import c_source, js_source, python_source
from autograd.errors import GraphError
from autograd.floats import elementary, ieee, nary, partials, special
from autograd.primitives import table
from autograd.primitives.primitive import Primitive
from autograd.program.program import Instruction, Miss, Program

MODULES = (ieee, elementary, special, partials, nary, table)  # of the functions that values are made of
TEST = """\
#ifdef TEST
int main(void) {{
    const double x[] = {{{inputs}}}, expected[] = {{{outputs}}};
    double y[{count}];
    if (program(x, y)) return 1;
    for (int i = 0; i < {count}; i++)
        if (y[i] != expected[i] && fabs(y[i] - expected[i]) > 1e-13 * fabs(expected[i])) return 2;
    return 0;
}}
#endif
"""
CHECK = """\
export function check() {{
    const expected = [{outputs}], found = program([{inputs}]);
    return expected.every((y, i) => Object.is(found[i], y) || Math.abs(found[i] - y) <= 1e-13 * Math.abs(y));
}}
"""
HEAD = '''\
"""Written by valuegrad: program(xs) returns the outputs, or (place, seen) of a guard that failed."""

from __future__ import annotations

import math
import math as native
import operator
import sys
from math import inf, nan
from typing import NamedTuple

'''


def to_c(program: Program, at: Sequence[float] | None = None) -> str:
    """Return `int program(const double *x, double *y)`: 0, or 1 + the place of the first guard that did not hold.

    Loops of the program are `for` there, see `program.loops.folded`; where there is no memory for these, it returns -1.
    With `at`, and compiled with -DTEST, it has a `main` that returns 0 if it gives what Python gave, to 1e-13. Raises
    GraphError for a program with a primitive of the user's own, whose value is computed by Python.
    """
    text = ""
    if program.loops:
        from autograd.backends import c_loops  # which needs NumPy

        text = c_loops.source(program)
    text = text or c_source.source(program)
    if at is None:
        return text
    expected = _expected(program, at)
    inputs, outputs = (", ".join(map(c_source.number, numbers)) for numbers in (map(float, at), expected))
    return f"{text}\n{TEST.format(inputs=inputs, outputs=outputs, count=len(expected))}"


def to_js(program: Program, at: Sequence[float] | None = None) -> str:
    """Return a JavaScript module with `program(x)`: an array of the outputs, or 1 + the place of a guard that failed.

    It needs nothing but JavaScript's Math. With `at` there is a `check()` too: whether it gives what Python gave, to
    1e-13. Raises GraphError for a program with a primitive of the user's own, whose value is computed by Python.
    """
    text = js_source.source(program)
    if at is None:
        return text
    expected = _expected(program, at)
    inputs, outputs = (", ".join(map(js_source.number, numbers)) for numbers in (map(float, at), expected))
    return f"{text}\n{CHECK.format(inputs=inputs, outputs=outputs)}"


def _expected(program: Program, at: Sequence[float]) -> Sequence[float]:
    """Return what a program gives in Python; GraphError where a guard does not hold."""
    found = program.evaluate([float(x) for x in at])
    if isinstance(found, Miss):
        raise GraphError(f"at {list(at)} guard {found.guard} does not hold; give numbers on this path")
    return found


def to_python(program: Program, at: Sequence[float] | None = None) -> str:
    """Return Python source of `program(xs)` and of all it calls, found by reading this package's own files.

    With `at`, it checks when it is run that it gives what it gave here. Raises GraphError for sums over lanes, and for
    primitives that are not of the table.
    """
    lambdas: dict[str, str] = {}
    for step in program.walk():
        if isinstance(step, Instruction):
            if not isinstance(step.primitive, Primitive):
                raise GraphError("a program with sums over lanes cannot stand alone; export the function of one lane")
            if step.primitive.home:
                raise GraphError(f"{step.primitive.name} is not of the table, so its source is not ours to write")
            for name, function in python_source.functions(step.primitive).items():
                if function.__name__ == "<lambda>" and name not in lambdas:
                    lambdas[name] = _lambda(function)
    text = python_source.source(program)
    text = "\n".join([*[f"{name} = {source}" for name, source in lambdas.items()], text])
    used = set(re.findall(r"\b(?![vx]\d)[A-Za-z_]\w*", text))  # a parser would take minutes for a million steps
    lines = [*HEAD.splitlines(), *_imported(used), "INF, NAN = inf, nan", "", "", inspect.getsource(Miss), ""]
    total = inspect.getsource(ieee.total).replace(", ConvergenceError", "")  # of solvers, which no program here has
    for definition in (total, *_needed(used)):
        lines += [definition, "", ""]
    lines.append(text)
    if at is not None:
        xs = [float(x) for x in at]
        lines += ["", 'if __name__ == "__main__":', f"    found = program({_listed(xs)})"]
        lines += [f"    expected = {_listed(python_source.scalar(program)(xs))}"]
        lines += ["    assert list(map(repr, found)) == list(map(repr, expected)), found", "    print(found)", ""]
    return "\n".join(lines)


def _imported(used: set[str]) -> Iterator[str]:
    """Yield the lines that name functions of the standard library, as the source calls them."""
    for name in sorted(used):
        module, _, function = name.partition("_")
        if module in ("math", "operator") and function:
            yield f"{name} = {module}.{function}"


def _lambda(function: Callable[..., float]) -> str:
    """Return the source of a lambda, which has no name to be found by."""
    code = function.__code__
    line, end_line, column, end = [span for span in code.co_positions() if span[3]][-1]  # of something in it
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(Path(code.co_filename).read_text("utf-8"))):
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
            x = node.body
            if (x.lineno, x.col_offset) <= (line, column) and (end_line, end) <= (x.end_lineno, x.end_col_offset):
                found.append((len(ast.unparse(node)), ast.unparse(node)))
    if found:
        return min(found)[1]  # of lambdas in lambdas the innermost
    raise GraphError(f"the source of the lambda in line {code.co_firstlineno} of {code.co_filename} is not there")


class Definition(NamedTuple):
    """The source of a function or constant, and the names used in it."""

    text: str
    used: frozenset[str]


@cache
def _definitions() -> dict[str, Definition]:
    """Return every function and constant that values are made of."""
    found: dict[str, Definition] = {}
    for module in MODULES:
        text = Path(str(module.__file__)).with_name(f"{module.__name__.rpartition('.')[2]}.py").read_text("utf-8")
        for node in ast.parse(text).body:
            names: list[str] = []
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names = [node.name]
            elif isinstance(node, ast.Assign) and module is not table:
                names = [x.id for target in node.targets for x in ast.walk(target) if isinstance(x, ast.Name)]
            used = {x.id for x in ast.walk(node) if isinstance(x, ast.Name)}
            for name in names:
                found.setdefault(name, Definition(ast.get_source_segment(text, node) or "", frozenset(used - {name})))
    return found


def _needed(used: set[str]) -> list[str]:
    """Return the source of all definitions that these names need, in an order that works."""
    known, wanted = _definitions(), list(used)
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in known and name not in needed:
            needed.add(name)
            wanted += known[name].used
    needed -= {"INF", "NAN", "total"}  # which stand above
    return list(dict.fromkeys(known[name].text for name in known if name in needed))


def _listed(xs: Sequence[float]) -> str:
    return f"[{', '.join(map(repr, xs))}]"
