"""Products, quotients and zeros of rules: where one factor is 0 they are 0, or plain where that can be seen to do.

A plain product is quicker, and has NaN for 0 times infinity; that does where the NaN is seen in an output.
"""

from collections.abc import Sequence

from autograd.backends.operations import Op, Operand, Ops, Symbol, reach
from autograd.primitives.primitive import ROWS

LINEAR = {row.name for row in ROWS.values() if row.infix in ("+", "-", "*")}  # NaN in, NaN out
LINEAR |= {"product", "sum", "muladd", "fma"}
RISKY = {"product", "reciprocal", "quotient"}  # NaN in places where there is a number


def expanded(code: Sequence[Op], ops: Ops, fast: bool) -> list[Symbol]:
    """Return the symbols of operations that are made anew in `ops`, with those of rules resolved.

    A product of a rule is 0 where one factor is, also beside infinity and NaN; a quotient takes a reciprocal, which
    serves all that divide by the same; a "zero" is a constant 0 times the sign of a number. With `fast` they are plain.
    """
    found: list[Symbol] = []
    for one in code:
        xs = [code[k].fact if code[k].name == "constant" else found[k] for k in one.operands]
        name = one.name
        if name == "product":
            z = ops.op("product", *xs) if fast else _product(ops, *xs)
        elif name == "sum":
            z = ops.op("sum" if fast else "add", *xs)
        elif name == "quotient":
            z = ops.op("product", xs[0], ops.op("reciprocal", xs[1])) if fast else ops.op("div", *xs)
        elif name == "zero":
            z = ops.op("select", ops.op("ne", xs[0], xs[0]), xs[0], 0.0) if fast else xs[1]
        else:
            z = ops.make(name, tuple([found[k].index for k in one.operands]), one.fact)
        found.append(z if isinstance(z, Symbol) else ops.make("constant", (), z))
    return found


def _product(ops: Ops, x: Operand, y: Operand) -> Symbol:
    zero = ops.op("or", ops.op("eq", x, 0.0), ops.op("eq", y, 0.0))
    return ops.op("select", zero, 0.0, ops.op("add", ops.op("mul", x, y), 0.0))


def linear(code: Sequence[Op], outputs: Sequence[int], hidden: Sequence[int]) -> set[int] | None:
    """Return what a NaN of a plain product, or of a reciprocal, reaches; None if something hides it from outputs."""
    tainted: set[int] = set()
    needed = reach(code, [*outputs, *hidden])
    for place, one in enumerate(code):
        if place not in needed:
            continue
        inherits = any(k in tainted for k in one.operands)
        harmless = one.name in LINEAR or (one.name in ("div", "quotient") and one.operands[1] not in tainted)
        if inherits and not harmless:
            return None
        if inherits or one.name in RISKY:
            tainted.add(place)
    return None if tainted & set(hidden) else tainted
