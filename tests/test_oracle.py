"""The engine against truth made by an independent generator: single functions, and random programs.

The whole of the oracle's files is read where they are at hand, else the sample in tests/data.
"""

import builtins
import contextlib
import math
from typing import Any

import pytest

import autograd
from autograd import Value, hessian
from autograd.primitives import primitive
from autograd.testing.accuracy import ULPS
from autograd.testing.exact import ulps

from .tools.oracle import PARAMETERS, call, number, read

# C's own sin, cos and tan are several ulps off at arguments like 5e255; ours are C's, to the bit.
HUGE_ANGLES = {"sin": 32.0, "cos": 32.0, "tan": 32.0}
ROWS = {"bce_with_logits": "binary_cross_entropy_with_logits"}  # the oracle's names for rows of ours


def check_value(row: dict[str, Any], found: float) -> None:
    if isinstance(row.get("py_value"), (int, float)) or row.get("py_value") in ("inf", "-inf", "nan"):
        expected = float(row["py_value"])
        same = found == expected and math.copysign(1.0, found) == math.copysign(1.0, expected)
        assert same or (found != found and expected != expected), f"{found!r} is not Python's {expected!r}"
    elif "mp_value" in row and "py_value" not in row:
        assert ulps(found, row["mp_value"]) <= 8.0 or abs(found - float(row["mp_value"])) < 1e-16, row["mp_value"]


def check_gradient(row: dict[str, Any], position: int, found: float) -> None:
    truth, expected = row["mp_grads"][position], row["rec_grads"][position]
    if expected is None:
        return
    if row["status"] != "ok" or truth is None:
        assert ulps(found, number(expected)) <= ULPS, f"convention is {expected}"
        return
    name = row["fn"]
    known = primitive.ROWS.get(ROWS.get(name, name))
    floor = (known.floor if known is not None else None) or 0.0
    exact = float(number(truth))
    error = abs(found - exact) / math.ulp(floor) if abs(exact) < floor else ulps(found, truth)
    huge = HUGE_ANGLES.get(name, 0.0) if abs(row["args"][0] if name in HUGE_ANGLES else 0.0) > 1e5 else 0.0
    assert error <= max((known.ulps if known is not None else 0.0) or ULPS, huge), f"{error:.1f} ulp off {truth}"


def check(row: dict[str, Any], result: Value, leaves: list[Any]) -> None:
    check_value(row, result.data)
    result.backward()
    for position, leaf in enumerate(leaves):
        if isinstance(leaf, Value):
            check_gradient(row, position, leaf.grad)


@pytest.mark.parametrize("name", sorted({row["fn"] for row in read("truth.jsonl")}))
def test_functions_agree_with_the_oracle(name):
    for row in read("truth.jsonl"):
        if row["fn"] != name:
            continue
        numbers = [number(x) for x in row["args"]]
        leaves = [x if i in PARAMETERS.get(name, ()) else Value(x) for i, x in enumerate(numbers)]
        if row.get("py_exc"):
            with pytest.raises(getattr(builtins, row["py_exc"])):
                call(name)(*leaves)
            continue
        undefined = all(x in (None, "nan") for x in row["rec_grads"])
        with contextlib.suppress(*((ValueError, ArithmeticError) if undefined else ())):
            check(row, call(name)(*leaves), leaves)


@pytest.mark.parametrize("name", sorted({row["fn"] for row in read("truth.jsonl")}))
def test_second_derivatives_agree_with_the_oracle(name):
    for row in read("truth.jsonl"):
        if row["fn"] != name or row["cat"] != "ordinary" or row["status"] != "ok" or "mp_second" not in row:
            continue
        if row.get("py_exc"):
            continue
        numbers = [number(x) for x in row["args"]]
        free = [i for i in range(len(numbers)) if i not in PARAMETERS.get(name, ())]

        def moved(xs, numbers=numbers, free=free):
            given = dict(zip(free, xs, strict=True))
            return call(name)(*[given.get(i, x) for i, x in enumerate(numbers)])

        truths = [[row["mp_second"][i][j] for j in free] for i in free]
        found = hessian(moved)([numbers[i] for i in free])
        largest = max((abs(float(t)) for ts in truths for t in ts if t is not None), default=0.0)
        for xs, ts in zip(found, truths, strict=True):
            for x, truth in zip(xs, ts, strict=True):
                if truth is not None:  # near a zero, against its neighbours
                    scale = math.ulp(max(abs(float(truth)), 0.05 * largest))
                    assert abs(x - float(truth)) <= 64.0 * scale, (numbers, x, truth)


def run(program: dict[str, Any], leaves: list[Value]) -> Any:
    """Return the result of a program of the oracle on Values."""
    nodes: list[Any] = list(leaves)
    for op, operands, *rest in program["nodes"]:
        parameters = rest[0] if rest else {}
        if op == "const":
            nodes.append(operands)
            continue
        xs = [nodes[i] for i in operands]
        if op == "where":
            nodes.append(autograd.where(parameters["c"], *xs))
        elif op == "clamp":
            nodes.append(autograd.clamp(xs[0], parameters["lo"], parameters["hi"]))
        elif op == "ldexp":
            nodes.append(autograd.ldexp(xs[0], parameters["i"]))
        elif op == "polygamma":
            nodes.append(autograd.polygamma(parameters["n"], xs[0]))
        else:
            assert not parameters
            nodes.append(call(op)(*xs))
    return nodes[program["out"]]


def test_random_programs_agree_with_the_oracle():
    checked = 0
    for program in read("fuzz_dag.jsonl"):
        leaves = [Value(x) for x in program["inputs"]]
        result = run(program, leaves)
        if isinstance(result, Value):  # one program's result is a constant
            result.backward()
        for leaf, truth, tolerance in zip(leaves, program["grads"], program["tol"], strict=True):
            assert abs(leaf.grad - truth) <= 10 * 2**-53 * tolerance, program["id"]  # a careful engine stays under 9
            checked += 1
    assert checked > 50
