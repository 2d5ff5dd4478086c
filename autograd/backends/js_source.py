"""Writes a program as a JavaScript module; see `export.to_js`.

Elementary functions are those of JavaScript's Math where it has them, and straight lines where it has not. As in C,
nothing raises, and a guard that does not hold is a number that is returned.
"""

from autograd.backends.c_source import INFIX, common
from autograd.backends.lowering import PYTHON, Target, lowered
from autograd.backends.operations import Op
from autograd.errors import GraphError
from autograd.floats.ieee import INF
from autograd.primitives.primitive import ROWS
from autograd.program.program import Program

MISSING = {"copysign", "erf", "erfc", "exp2", "fma", "lgamma", "remainder", "rint"}  # functions of C that Math lacks
MISSING |= {"pow"}  # has it, but V8's is several ulps off, and 1 to the power of NaN is not 1
TARGET = Target(frozenset({row.c for row in ROWS.values() if row.c} - MISSING), most=1_000_000)
OPERATORS = INFIX | {"eq": "===", "ne": "!==", "fmod": "%"}
HELPERS = {  # each after those that it calls
    "pow2": "(e) { view.setUint32(0, (e + 1023) * 2 ** 20); view.setUint32(4, 0); return view.getFloat64(0); }",
    "ldexp": """(x, e) {
    e = Math.max(-2200, Math.min(2200, e));
    for (; e > 1023; e -= 1023) x *= pow2(1023);
    for (; e < -1022; e += 969) x *= pow2(-969);  // so that what is below all normal numbers is rounded once
    return e === e ? x * pow2(e) : NaN;
}""",
    "exponent": """(x) {
    if (x === 0 || x - x !== 0) return 0;
    view.setFloat64(0, x);
    const e = view.getUint16(0) >> 4 & 2047;
    return e ? e - 1022 : exponent(x * 2 ** 54) - 54;
}""",
    "mantissa": "(x) { return ldexp(x, -exponent(x)); }",
    "copysign": "(x, y) { return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x); }",
    "rint": """(x) {
    const size = Math.abs(x);
    return size < 2 ** 52 ? copysign((size + 2 ** 52) - 2 ** 52, x) : x;
}""",
    "product_error": """(x, y) {
    const a = 134217729 * x, b = 134217729 * y, p = x * y;
    const s = a - (a - x), t = b - (b - y), u = x - s, v = y - t;
    return ((s * t - p) + s * v + u * t) + u * v;
}""",
    "fma": """(x, y, a) {
    const p = x * y, s = p + a, t = s - p;
    const found = s + (((p - (s - t)) + (a - t)) + product_error(x, y));
    return found - found === 0 ? found : p + a;
}""",
}


def number(x: float) -> str:
    """Return a double as JavaScript writes it, to the bit.

    >>> number(0.1), number(float("-inf")), number(float("nan"))
    ('0.1', '-Infinity', 'NaN')
    """
    return "NaN" if x != x else ("-" if x < 0.0 else "") + "Infinity" if abs(x) == INF else repr(x)


def source(program: Program) -> str:
    """Return `export function program(x)` and what it needs, as `export.to_js` promises it."""
    code, outputs, guards = lowered(program, TARGET)
    body = [_line(place, one) for place, one in enumerate(code)]
    body += [f"    if (!v{k}) return {place + 1};" for place, k in enumerate(guards)]
    body.append(f"    return [{', '.join(f'v{k}' for k in outputs)}];")
    needed: list[str] = []
    text = "\n".join(body)
    for name, helper in reversed(HELPERS.items()):
        if f"{name}(" in text.replace(f".{name}(", ""):
            needed.insert(0, f"function {name}{helper}")
            text += helper
    if "view." in text:
        needed.insert(0, "const view = new DataView(new ArrayBuffer(8));")
    return "\n".join(["// Written by valuegrad.", *needed, "export function program(x) {", *body, "}", ""])


def _line(place: int, code: Op) -> str:
    name, xs = str(code.fact if code.name == "call" else code.name), [f"v{k}" for k in code.operands]
    text = common(name, code.fact, xs, OPERATORS, number)
    if text is not None:
        return f"    const v{place} = {text};"
    if name == PYTHON:
        raise GraphError(f"to_js: {code.fact.name} has no form in JavaScript: its value is computed by Python")
    own = name.removesuffix("_of")
    text = f"{own if own in HELPERS else f'Math.{own}'}({', '.join(xs)})"
    return f"    const v{place} = {text};"
