"""`rounding_error`: the bound is never below the error in 50-digit arithmetic, and not far above it.

`python -m tests.testing.test_rounding` prints the table of bounds for all programs of the fuzzer.
"""

import math
import statistics

import pytest

import autograd
from autograd import Value, draw, rounding_error
from autograd.graph.backward import topological_order
from autograd.primitives.primitive import ROWS
from autograd.testing.exact import definition, mp, mpf

from ..test_oracle import run
from ..tools.oracle import read


def error(value):
    """Return the exact result on the floats that a Value was made from, less its number."""
    exact = {}
    for node in topological_order([value]):
        operands = [exact[id(x)] if isinstance(x, Value) else mpf(x) if type(x) is float else x for x in node.operands]
        exact[id(node)] = mpf(definition(node.primitive)(*operands)) if node.op else mpf(node.data)
    return exact[id(value)] - mpf(value.data)


def model(value):
    """Return what Clad and CHEF-FP take an error to be: the sum of adjoint times value times half an ulp of 1."""
    value.backward()
    return sum(abs(node.grad * node.data) * 2.0**-53 for node in topological_order([value]) if node.op)


def judged(programs):
    """Return bound, model and error of the estimate, all over the truth, of each program whose value is not exact."""
    found = []
    for program in programs:
        value = run(program, [Value(x) for x in program["inputs"]])
        if not isinstance(value, Value):
            continue
        report = rounding_error(value)
        with mp.workdps(400):
            truth = error(value)
            assert abs(truth) <= report.bound, program["id"]
            if truth:
                off = abs(report.estimate - truth)
                found.append([float(x / abs(truth)) for x in (report.bound, model(value), off)])
    return found


def test_the_bound_holds_and_is_close():
    found = judged(list(read("fuzz_dag.jsonl"))[:25])
    assert len(found) > 15
    assert statistics.median(bound for bound, _, _ in found) < 10.0
    assert statistics.median(off for _, _, off in found) < 1e-6


@pytest.mark.long
def test_the_bound_holds_and_is_close_on_all_programs():
    ratios, _, offs = zip(*judged(read("fuzz_dag.jsonl")), strict=True)
    if len(ratios) < 900:
        pytest.skip("only some of the programs are here")
    assert statistics.median(ratios) < 10.0
    assert statistics.median(offs) < 1e-6


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: autograd.floor((x + 1e16) - 1e16), 0.7),  # a jump within reach
        (lambda x: autograd.relu((x + 1.0) - (1.0 + 1e-17)), 1e-17),  # a kink
        (lambda x: abs((x + 0.1) - 0.3), 0.2),
        (lambda x: ((x + 1.0) - 1.0) ** 2, 1e-17),  # flat to first order
        (lambda x: autograd.sqrt(abs((x + 0.1) - 0.3)), 0.2),
        (lambda x: 1.0 / ((x + 1.0) - 1.0), 1e-15),
        (lambda x: autograd.exp(x) * 1e-200 * 1e-120, 1.0),  # a result that is subnormal
        (lambda x: autograd.sin(1e22 * x), 1.1),
    ],
)
def test_the_bound_holds_where_first_order_does_not_tell(f, x):
    value = f(Value(x))
    with mp.workdps(600):
        assert abs(error(value)) <= rounding_error(value).bound


def test_what_is_exact_has_no_error():
    x = Value(0.75)
    report = rounding_error(x * 2.0 + 0.5)
    assert (report.bound, report.estimate, report.worst) == (0.0, 0.0, [])
    assert rounding_error(x).bound == 0.0


def test_the_worst_node_is_named_with_its_line():
    with autograd.trace_lines():
        x = Value(1e-9, "x")
        big = 1.0 + x
        result = big - 1.0
    report = rounding_error(result)
    assert report.worst[0][0] is big
    assert report.of(big) == report.worst[0][1]
    assert "test_rounding.py:" in repr(report)
    with pytest.raises(KeyError):
        report.of(Value(1.0))
    with pytest.raises(TypeError, match=r"expected a Value, not float 3.0"):
        rounding_error(3.0)


def test_a_pole_within_reach_has_no_bound():
    assert rounding_error(1.0 / ((Value(1e-16) + 1.0) - 1.0 + 1e-17)).bound == math.inf


def test_float32_where_it_costs_little():
    x, tiny = Value(0.1), Value(1e-12)
    result = autograd.exp(x) + autograd.sin(tiny)
    report = rounding_error(result)
    found = {id(node) for node in report.float32(1e-15)}
    assert id(tiny) in found
    assert id(x) not in found
    assert len(report.float32(math.inf)) == 5
    assert not report.float32(0.0)


def test_a_row_without_an_exact_form_has_a_bound_but_no_estimate():
    primitive = autograd.Primitive(
        "opaque_sine", lambda x: float.fromhex(math.sin(x).hex()), (lambda z, x: autograd.cos(x),)
    )
    del ROWS["opaque_sine"]  # it is not of the table
    report = rounding_error(primitive(Value(0.3)))
    assert 0.0 < report.bound < 1e-14
    assert math.isnan(report.estimate)


def test_the_picture_is_coloured_by_error(tmp_path):
    x = Value(1e-9, "x")
    result = (1.0 + x) - 1.0
    result.backward()
    picture = draw(result, color=rounding_error(result))
    assert "error 8.274e-17" in repr(picture)
    assert picture.diagram.boxes[1].error == pytest.approx(8.274e-17, rel=1e-3)
    with pytest.raises(ValueError, match=r"use 'role', 'grad', 'value', 'nan' or rounding_error"):
        draw(result, color="error")


def main():
    """Print how far bounds and estimates are from the errors."""
    programs = list(read("fuzz_dag.jsonl"))
    found = judged(programs)
    print(f"{len(programs):,} programs, {len(found):,} of which are not exact; no bound is below the error")
    print(f"{'':24}{'least':>10}{'median':>10}{'90 %':>10}{'99 %':>10}{'most':>10}{'below 1':>10}")
    names = ("bound / error", "Clad's model / error", "|estimate / error - 1|")
    for name, column in zip(names, zip(*found, strict=True), strict=True):
        ordered = sorted(column)
        places = [ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in (0.0, 0.5, 0.9, 0.99, 1.0)]
        print(f"{name:24}{''.join(f'{x:10.3g}' for x in places)}", end="")
        print(f"{sum(x < 1.0 for x in column):10}" if name.endswith(" error") else "")


if __name__ == "__main__":
    main()
