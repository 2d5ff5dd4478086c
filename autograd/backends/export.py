"""Programs as source text for taking elsewhere: C99 that needs libm alone, Python that needs its standard library."""

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from autograd.backends import c_source, python_source
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
    expected = program.evaluate([float(x) for x in at])
    if isinstance(expected, Miss):
        raise GraphError(f"to_c: at {list(at)} guard {expected.guard} does not hold; give numbers on this path")
    inputs, outputs = (", ".join(map(c_source.number, numbers)) for numbers in (map(float, at), expected))
    return f"{text}\n{TEST.format(inputs=inputs, outputs=outputs, count=len(expected))}"


def to_python(program: Program, at: Sequence[float] | None = None) -> str:
    """Return Python source of `program(xs)` and of all it calls, found by reading this package's own files.

    With `at`, it checks when it is run that it gives what it gave here. Raises GraphError for sums over lanes, and for
    primitives that are not of the table.
    """
    for step in program.walk():
        if isinstance(step, Instruction):
            if not isinstance(step.primitive, Primitive):
                raise GraphError("a program with sums over lanes cannot stand alone; export the function of one lane")
            if step.primitive.home:
                raise GraphError(f"{step.primitive.name} is not of the table, so its source is not ours to write")
    text = python_source.source(program)
    used = set(re.findall(r"\b(?![vx]\d)[A-Za-z_]\w*", text))  # a parser would take minutes for a million steps
    lines = [*HEAD.splitlines(), *_imported(used), "INF, NAN = inf, nan", "", "", inspect.getsource(Miss), ""]
    for definition in (inspect.getsource(ieee.total), *_needed(used)):
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
    return list(dict.fromkeys(known[name].text for name in known if name in needed and name not in ("INF", "NAN")))


def _listed(xs: Sequence[float]) -> str:
    return f"[{', '.join(map(repr, xs))}]"
