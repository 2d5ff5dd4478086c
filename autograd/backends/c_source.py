"""Writes a program as C99; see `export.to_c`.

As in lanes, nothing raises in C: where Python has an exception, there is IEEE's infinity or NaN; a guard that does not
hold is a number that is returned.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.backends.lowering import PYTHON, Target, lowered
from autograd.backends.operations import MASKS, Op
from autograd.errors import GraphError
from autograd.primitives.primitive import ROWS
from autograd.program.program import Program

TARGET = Target(frozenset(row.c for row in ROWS.values() if row.c), most=5_000_000)  # takes half a minute
FUNCTIONS = {row.name: row.c for row in ROWS.values() if row.c}  # operations that are functions
INFIX = {row.name: row.infix for row in ROWS.values() if row.infix}
INFIX |= {
    "not": "!",
    "div": "/",
    "and": "&&",
    "or": "||",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
}
HELPERS = {
    "mantissa": "(double x) { int e; return x - x == 0.0 ? frexp(x, &e) : x; }",
    "exponent": "(double x) { int e = 0; if (x - x == 0.0) frexp(x, &e); return e; }",
    "scaled": "(double x, double e) { return ldexp(x, e > 5000.0 ? 5000 : e < -5000.0 ? -5000 : (int)e); }",
}


def number(x: float) -> str:
    """Return a double as C writes it, to the bit.

    >>> number(0.1), number(-math.inf), number(math.nan)
    ('0x1.999999999999ap-4', '-INFINITY', 'NAN')
    """
    if x != x:
        return "NAN"
    return ("-" if x < 0.0 else "") + "INFINITY" if abs(x) == math.inf else x.hex()


def source(program: Program) -> str:
    """Return `int program(const double *x, double *y)` and what it needs, as `export.to_c` promises it."""
    code, outputs, guards = lowered(program, TARGET)
    lines = [f"    {declared(f'v{place}', one, [f'v{k}' for k in one.operands])}" for place, one in enumerate(code)]
    checks = [f"    if (!v{k}) return {place + 1};" for place, k in enumerate(guards)]
    stores = [f"    y[{i}] = v{k};" for i, k in enumerate(outputs)]
    return whole(["#include <math.h>"], [*lines, *checks, *stores, "    return 0;"])


def whole(head: list[str], lines: list[str]) -> str:
    """Return the file with these lines in the function, after the lines of a head."""
    first = "/* Written by valuegrad. Compile without -ffast-math and with -ffp-contract=off. */"
    called = [f"static double {name}{body}" for name, body in HELPERS.items() if any(f"{name}(" in x for x in lines)]
    return "\n".join([first, *head, *called, "int program(const double *x, double *y) {", *lines, "}", ""])


def declared(name: str, code: Op, xs: list[str]) -> str:
    """Return the line that declares a variable as an operation on variables."""
    return f"const {'int' if code.name in MASKS else 'double'} {name} = {_expression(code, xs)};"


def common(
    name: str, fact: Any, xs: Sequence[str], infix: Mapping[str, str], number: Callable[[float], str]
) -> str | None:
    """Return an operation that C and JavaScript write alike, but for infix operators and numbers; None for others."""
    if name == "constant":
        return number(fact)
    if name == "input":
        return f"x[{fact}]"
    if name in infix:
        return f" {infix[name]} ".join(xs) if len(xs) == 2 else infix[name] + xs[0]
    if name == "select":
        return f"{xs[0]} ? {xs[1]} : {xs[2]}"
    return f"{xs[0]} * {xs[1]} + {xs[2]}" if name == "muladd" else None


def _expression(code: Op, xs: list[str]) -> str:
    """Return an operation on variables."""
    name = code.name
    text = common(name, code.fact, xs, INFIX, number)
    if text is not None:
        return text
    if name == "product_error":
        text = f"fma({xs[0]}, {xs[1]}, -({xs[0]} * {xs[1]}))"
    elif name == "ldexp":
        text = f"scaled({xs[0]}, {xs[1]})"
    elif name == PYTHON:
        raise GraphError(f"to_c: {code.fact.name} has no form in C: its value is computed by Python")
    else:
        function = code.fact if name == "call" else FUNCTIONS.get(name, name.removesuffix("_of"))
        text = f"{function}({', '.join(xs)})"
    return text
