"""What both cores must agree on, to the last bit; `python -m tests.tools.both` prints it.

tests/floats/test_core_choice.py compares two runs. Everything is printed as hexadecimal floats, or as
the kind of error and its message.
"""

import itertools
import math
import random
import struct

import autograd
from autograd import Value, backward, no_grad, sumprod
from autograd.primitives.primitive import ROWS, Primitive

UGLY = [0.0, -0.0, 5e-324, -2.2e-308, 1e-20, 0.1, -0.5, 0.7, 1.0, -1.0, 1.0 + 2**-52, 2.0, -3.0, 19.5, -745.2, 1e16]
UGLY += [1e154, -1e155, 1.7976931348623157e308, math.inf, -math.inf, math.nan]
BITS = struct.Struct("<d")


def bits(x: float) -> str:
    """Return a float as text that tells -0.0 from 0.0, and one NaN as any other."""
    return "nan" if x != x else x.hex()


def shown(call, *operands):
    """Return what a call makes of operands: its number, its partials, and its operands' gradients, or its error."""
    values = [x for x in operands if isinstance(x, Value)]
    for x in values:
        x.grad = 0.0
    try:
        made = call(*operands)
    except (ArithmeticError, ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    if not isinstance(made, Value):
        return f"{type(made).__name__} {made!r}"
    made.backward(0.7)
    partials, grads = map(bits, made.partials), (bits(x.grad) for x in values)
    return f"{bits(made.data)} {made.op} [{' '.join(partials)}] [{' '.join(grads)}]"


def each_row(row: Primitive, rng: random.Random):
    """Yield operands for a row: all ugly floats, or pairs of them, or random tuples of them."""
    count = len(row.operand_names) if row.partials else 4
    first = [2.0] * row.parameters
    if count == 1:
        yield from ([x] for x in UGLY)
    elif count == 2:
        yield from map(list, itertools.product(UGLY, UGLY[::2]))
    for _ in range(30):
        yield first + [rng.choice([rng.choice(UGLY), rng.uniform(-3.0, 3.0)]) for _ in range(count)]


def wanted(row: Primitive, operands):
    """Return the operands as Values where the row can be differentiated."""
    return [
        Value(x) if row.differentiable(i) else int(x) % 4 if math.isfinite(x) else 1 for i, x in enumerate(operands)
    ]


def program(rng: random.Random, size: int) -> Value:
    """Return the end of a random graph with shared nodes, made by operators, methods and functions."""
    nodes = [Value(rng.uniform(-2.0, 2.0)) for _ in range(4)]
    one = [
        autograd.tanh,
        autograd.exp,
        autograd.sigmoid,
        autograd.relu,
        autograd.sin,
        abs,
        lambda x: -x,
        lambda x: x**2,
    ]
    for _ in range(size):
        x, y = rng.choice(nodes[-6:]), rng.choice(nodes)
        kind = rng.randrange(8)
        if kind == 0:
            made = x + y
        elif kind == 1:
            made = x * 0.5 - y
        elif kind == 2:
            made = 3 - x * y
        elif kind == 3:
            made = autograd.tanh(x) / (1.5 + autograd.sigmoid(y))
        elif kind == 4:
            made = sumprod(rng.sample(nodes, 4), [0.25, *rng.sample(nodes, 3)])
        elif kind == 5:
            made = autograd.maximum(x, y, 0.1)
        else:
            made = autograd.tanh(rng.choice(one)(autograd.tanh(x)))
        nodes.append(made)
    return nodes[-1]


def main() -> None:
    rng = random.Random(5)
    for row in ROWS.values():
        for operands in each_row(row, rng):
            print(row.name, *map(bits, operands), shown(row, *wanted(row, operands)))
    for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "relu", "__neg__", "__abs__"):
        for x in UGLY:
            print(name, bits(x), shown(lambda v, name=name: getattr(v, name)(), Value(x)))
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
        for x, y in itertools.product(UGLY, UGLY):
            for other in (y, Value(y), int(y) if abs(y) < 1e300 else 3):
                print(
                    name, bits(x), bits(y), shown(lambda v, w, name=name: getattr(v, f"__{name}__")(w), Value(x), other)
                )
                if not isinstance(other, Value):
                    print(shown(lambda v, w, name=name: getattr(v, f"__r{name}__")(w), Value(x), other))
    for count in (1, 2, 3, 17, 100):
        for spread in (0, 8, 40, 300):
            numbers = [rng.uniform(-1.0, 1.0) * 10.0 ** rng.randint(-spread, spread) for _ in range(2 * count)]
            p = [Value(x) for x in numbers[:count]]
            q = [rng.choice([Value(x), x]) for x in numbers[count:]]
            print("sumprod", shown(lambda *pq, n=count: sumprod(pq[:n], pq[n:]), *p, *q))
            twice = [*p, *p]
            print(
                "sumprod",
                shown(lambda *pq: sumprod(pq, [*pq[: len(pq) // 2], *(-x for x in pq[len(pq) // 2 :])]), *twice),
            )
    for size in (5, 50, 500):
        end = program(random.Random(size), size)
        end.backward()
        order = autograd.graph.backward.topological_order([end])
        print("program", size, *(f"{x.op}:{bits(x.data)}:{bits(x.grad)}" for x in order))
    x, y = Value(0.3), Value(-2.0)
    backward([x * y, x - y], [0.5, 3])
    print(bits(x.grad), bits(y.grad))
    with no_grad():
        print((x * y).operands, (x.tanh()).op, sumprod([x], [y]).parents)


if __name__ == "__main__":
    main()
