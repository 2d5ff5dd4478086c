"""A program as C99 source, for taking elsewhere.

Start at `source`. The one surprise: as in lanes, nothing raises in C: where Python has an exception, there is IEEE's
infinity or NaN; a guard that does not hold is a number that is returned.
"""

import math
from collections.abc import Sequence
from typing import Any

from autograd.backends.lowering import MASKS, lowered
from autograd.errors import GraphError
from autograd.program.program import Miss, Program

# fmt: off
FUNCTIONS = frozenset({
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "erf", "erfc", "exp", "exp2",
    "expm1", "fmod", "lgamma", "log", "log10", "log1p", "log2", "pow", "remainder", "sin", "sinh", "sqrt", "tan",
    "tanh",
})
# fmt: on
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
INFIX |= {"ne": "!=", "and": "&&", "or": "||"}
CALLS = {"abs": "fabs", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint", "copysign": "copysign"}
HELPERS = """
static double mantissa(double x) { int e; return x - x == 0.0 ? frexp(x, &e) : x; }
static double exponent(double x) { int e = 0; if (x - x == 0.0) frexp(x, &e); return e; }
static double scaled(double x, double e) { return ldexp(x, e > 5000.0 ? 5000 : e < -5000.0 ? -5000 : (int)e); }
"""


def number(x: float) -> str:
    """Return a double as C writes it, to the bit.

    >>> number(0.1), number(-math.inf), number(math.nan)
    ('0x1.999999999999ap-4', '-INFINITY', 'NAN')
    """
    if x != x:
        return "NAN"
    return ("-" if x < 0.0 else "") + "INFINITY" if abs(x) == math.inf else x.hex()


def source(program: Program, at: Sequence[float] | None = None) -> str:
    """Return `int program(const double *x, double *y)`: 0, or 1 + the place of the first guard that did not hold.

    With `at`, and compiled with -DTEST, it has a `main` that returns 0 if it gives what Python gave, to 1e-13. Raises
    GraphError for a program with rows that neither C nor straight lines have (digamma, for example).
    """
    ops, outputs, guards = lowered(program, FUNCTIONS)
    lines = [_line(place, code) for place, code in enumerate(ops.code)]
    checks = [f"    if (!v{k}) return {place + 1};" for place, k in enumerate(guards)]
    stores = [f"    y[{i}] = v{k};" for i, k in enumerate(outputs)]
    head = ["/* Written by valuegrad. Compile without -ffast-math and with -ffp-contract=off. */", "#include <math.h>"]
    body = ["int program(const double *x, double *y) {", *lines, *checks, *stores, "    return 0;", "}", ""]
    return "\n".join([*head, HELPERS, *body, *(_test(program, at) if at is not None else [])])


def _line(place: int, code: tuple[Any, ...]) -> str:
    name, xs = code[0], [f"v{k}" for k in code[1:]]
    if name == "constant":
        text = number(code[1])
    elif name == "input":
        text = f"x[{code[1]}]"
    elif name in INFIX:
        text = f"{xs[0]} {INFIX[name]} {xs[1]}"
    elif name == "neg":
        text = f"-{xs[0]}"
    elif name == "not":
        text = f"!{xs[0]}"
    elif name == "select":
        text = f"{xs[0]} ? {xs[1]} : {xs[2]}"
    elif name == "muladd":
        text = f"{xs[0]} * {xs[1]} + {xs[2]}"
    elif name in ("mantissa", "exponent", "mantissa_of", "exponent_of"):
        text = f"{name.removesuffix('_of')}({xs[0]})"
    elif name == "ldexp":
        text = f"scaled({xs[0]}, {xs[1]})"
    elif name == "fma" or name in CALLS or name in FUNCTIONS:
        text = f"{CALLS.get(name, name)}({', '.join(xs)})"
    else:
        raise GraphError(f"to_c: {code[1]} has no form in C; use to_python")
    return f"    const {'int' if name in MASKS else 'double'} v{place} = {text};"


def _test(program: Program, at: Sequence[float]) -> list[str]:
    expected = program.evaluate([float(x) for x in at])
    if isinstance(expected, Miss):
        raise GraphError(f"to_c: at {list(at)} guard {expected.guard} does not hold; give numbers on this path")
    xs, ys = (", ".join(map(number, numbers)) for numbers in (map(float, at), expected))
    return [
        "#ifdef TEST",
        "int main(void) {",
        f"    const double x[] = {{{xs}}}, expected[] = {{{ys}}};",
        f"    double y[{len(expected)}];",
        "    if (program(x, y)) return 1;",
        f"    for (int i = 0; i < {len(expected)}; i++)",
        "        if (y[i] != expected[i] && fabs(y[i] - expected[i]) > 1e-13 * fabs(expected[i])) return 2;",
        "    return 0;",
        "}",
        "#endif",
        "",
    ]
