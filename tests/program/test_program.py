"""Programs: every row, in every form that a program can take, computes what the row computes, to the bit."""

import dataclasses
import json
import math
import random
import struct
import subprocess
import sys

import pytest

from autograd import GraphError, custom_derivative, grad, hessian, log, polygamma, sin, softmax, sumprod, tanh
from autograd.backends import c_source
from autograd.backends import python_source as python
from autograd.floats.ieee import NAN
from autograd.primitives import table
from autograd.primitives.primitive import ROWS
from autograd.program import (
    Builder,
    Guard,
    Instruction,
    Miss,
    Program,
    fold,
    load,
    optimized,
    prune,
    save,
    share,
    simplify,
    trace,
)
from autograd.program.files import FORMAT, LARGEST, MOST_INPUTS, fingerprint

from ..primitives.test_table import UGLY, ugly

ROW = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def bits(xs):
    return xs if isinstance(xs, Miss) else [struct.pack("<d", NAN if x != x else x) for x in xs]


def single(row, xs, total):
    """Return (program of one instruction, its inputs)."""
    moving = [x for i, x in enumerate(xs) if row.differentiable(i)]
    made = Builder(len(moving))
    places = iter(range(len(moving)))
    operands = tuple([next(places) if row.differentiable(i) else made.constant(int(x)) for i, x in enumerate(xs)])
    return made.program([made.add(Instruction(row, operands, total))]).check(), moving


def outcome(call, *args):
    try:
        return bits(call(*args))
    except (ValueError, ArithmeticError) as error:
        return next(kind for kind in (ZeroDivisionError, OverflowError, ValueError) if isinstance(error, kind))


@ROW
@pytest.mark.parametrize("total", [False, True], ids=["raising", "total"])
def test_every_row_in_every_form(row, total):
    for xs in ugly(row):
        program, given = single(row, xs, total)
        expected = outcome(lambda row=row, xs=xs: [float(row.total(*xs) if total else row.value(*xs))])
        assert outcome(program.evaluate, given) == expected
        assert outcome(python.scalar(program), given) == expected
        assert outcome(optimized(program).evaluate, given) == expected
        assert outcome(load(save(program)).evaluate, given) == expected


def example(x, y):
    total = 0.0
    for i in range(3):
        total = total + log(x + i) * tanh(y) * 1.0 + 0.0
        if x > i:
            total = (-total) * -1.0 - 0.0
    return [total, *softmax([x * y, x, y]), sumprod([x, y], [y, x])]


def inputs(rng):
    return [rng.choice(UGLY) if rng.random() < 0.3 else rng.uniform(0.0, 4.0) for _ in range(2)]


@pytest.mark.parametrize("change", [fold, simplify, share, prune, optimized])
def test_passes_keep_bits_signs_and_exceptions(change):
    rng = random.Random(0)
    functions = [example, lambda x, y: grad(lambda p: example(*p)[1])([x, y]), lambda x, y: x * 0.0 + -0.0 + 1.0 * y]
    functions += [
        lambda x, y: (log(x), y)[1],
        lambda x, y: (x - 0.0) + (y + -0.0) / 1.0,
        lambda x, y: +x * -(0.0 - -y),
    ]
    for f in functions:
        program = trace(f, [1.5, 0.5])
        changed = change(program).check()
        assert len(changed.steps) <= len(program.steps)
        for _ in range(300):
            xs = inputs(rng)
            assert outcome(changed.evaluate, xs) == outcome(program.evaluate, xs), xs


def test_passes_do_something():
    program = trace(lambda x: sin(x) * sin(x) + (2.0 * 3.0 + x) * 1.0, [1.0])
    assert len(optimized(program).steps) == len(program.steps) - 2
    unused = trace(lambda x: (log(x), sin(x), tanh(x), x * 2.0)[3], [1.0])
    assert len(prune(unused).steps) == 3  # log and sin may raise
    assert len(prune(unused, raising=False).steps) == 1


def test_the_adjoint_of_a_program_is_the_gradient():
    rng = random.Random(1)
    program = trace(lambda x, y: sin(x * y) + tanh(x) / y, [0.5, 2.0])
    adjoint = program.adjoint().check()
    again = adjoint.adjoint().check()
    for _ in range(100):
        x, y, seed = (rng.uniform(0.5, 2.0) for _ in range(3))
        expected = grad(lambda p: (sin(p[0] * p[1]) + tanh(p[0]) / p[1]) * 1.0)([x, y])
        assert adjoint.evaluate([x, y, 1.0]) == expected
        assert adjoint.evaluate([x, y, seed]) == pytest.approx([seed * d for d in expected], rel=1e-14)
        second = hessian(lambda p: sin(p[0] * p[1]) + tanh(p[0]) / p[1])([x, y])
        assert again.evaluate([x, y, 1.0, 1.0, 0.0])[:2] == pytest.approx(second[0], rel=1e-13, abs=1e-15)


def test_the_adjoint_of_a_program_with_steps_of_constants_alone():
    made = Builder(1)
    two = made.add(Instruction(ROWS["add"], (made.constant(1.0), made.constant(1.0)), False))
    y = made.add(Instruction(ROWS["mul"], (made.add(Instruction(ROWS["sin"], (0,), False)), two), False))
    adjoint = made.program([y, two]).adjoint().check()
    assert adjoint.evaluate([0.5, 1.0, 5.0]) == [math.cos(0.5) * 2.0]


def test_an_adjoint_of_zero_contributes_nothing():
    program = trace(lambda x, y: x * 0.0 + (y if x > 1.0 else 0.0), [2.0, 3.0]).adjoint()
    assert program.evaluate([math.inf, 1.0, 1.0]) == [0.0, 1.0]
    assert bits(program.evaluate([2.0, 1.0, -0.0])) == bits([0.0, 0.0])


def test_source_stands_alone(tmp_path):
    program = optimized(trace(lambda x, y: [*example(x, y), *grad(lambda p: example(*p)[2])([x, y])], [1.5, 0.5]))
    path = tmp_path / "exported.py"
    path.write_text(program.to_python([1.5, 0.25]))
    done = subprocess.run([sys.executable, "-I", path], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == f"{python.scalar(program)([1.5, 0.25])}\n"


@ROW
def test_source_of_every_row_stands_alone(row):
    program, given = single(row, ugly(row)[0], True)
    space = {"__name__": "exported"}
    exec(compile(program.to_python(), "<exported>", "exec"), space)
    assert bits(space["program"](given)) == bits(program.evaluate(given))


def test_text_of_a_program():
    text = str(trace(lambda x: math.floor(x) + sin(x) if not x > 3.0 else -x, [2.5]))
    assert "guard not x0 > 3.0" in text
    assert "guard floor(x0) is 2" in text
    assert "v3 = sin(x0)" in text


def damaged():
    """Yield texts that are no programs, each a small change of one that is."""
    good = json.loads(save(trace(lambda x, y: sin(x) * y + 0.5 if x > 0.0 else y, [0.5, 2.0])))
    changes = [
        ("format", "valuegrad program 2"),
        ("inputs", -1),
        ("inputs", 10**30),
        ("inputs", True),
        ("inputs", "2"),
        ("outputs", [99]),
        ("outputs", [2]),  # a guard
        ("outputs", ["0"]),
        ("constants", ["1e9"]),
        ("constants", ["0x1p99999"]),
        ("constants", ["9" * 5000]),
        ("constants", None),
        ("steps", [["exec", [0], False]]),
        ("steps", [["__class__", [0], False]]),
        ("steps", [["sin", [7], False]]),
        ("steps", [["sin", [-9], False]]),
        ("steps", [["sin", [0, 1], False]]),
        ("steps", [["sin", [0], 1]]),
        ("steps", [["sin", [0]]]),
        ("steps", [["guard import os", [0], True]]),
        ("steps", [["guard <", [0], True]]),
        ("steps", [["guard floor", [0], 2.5]]),
        ("steps", [["softmax_at", [0, 1], True]]),
        ("steps", [["sumprod", [0, 1, 1], True]]),
        ("steps", [["sin", [0.0], True]]),
        ("steps", {"a": 1}),
        ("extra", 1),
    ]
    for key, value in changes:
        yield json.dumps(good | {key: value})
    text = json.dumps(good)
    yield from (text[:n] for n in range(0, len(text), 17))
    yield from ("[" * 100_000, "null", "1", '"text"')


def test_hostile_files_are_refused():
    for text in damaged():
        with pytest.raises(GraphError, match="program"):
            load(text)


def as_text(**changes):
    """Return the text of a program of one input that returns it, changed."""
    good = {"format": FORMAT, "inputs": 1, "constants": [], "steps": [], "outputs": [0]}
    return json.dumps(good | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": 100_000_000},
        {"inputs": MOST_INPUTS + 1},
        {"constants": ["9" * 399], "outputs": [-1]},
        {"constants": ["0x" + "1" * 40 + "p0"], "outputs": [-1]},
        {"constants": ["0x1p99999999999999"], "outputs": [-1]},
        {"steps": [["guard trunc", [0], 10**400]]},
        {"steps": [["guard round", [0], -(10**309)]]},
    ],
)
def test_files_beyond_the_limits_are_refused(changes):
    with pytest.raises(GraphError, match="this text is not a program"):
        load(as_text(**changes))


def test_what_is_beyond_the_limits_is_not_written():
    for program in (
        Program(MOST_INPUTS + 1, (), (), (0,)),
        Program(1, (10**40,), (), (0,)),
        Program(1, (), (), (0,) * (LARGEST // 3)),
    ):
        with pytest.raises(GraphError, match="save the parts of the function"):
            save(program)
    for constant in (-sys.float_info.min / 2**30, -sys.float_info.max, 5e-324, -(2**63), math.inf, -math.inf):
        program = Program(0, (constant,), (), (-1,))
        assert load(save(program)).constants == (constant,)


def test_orders_of_polygamma_that_would_take_hours_are_refused():
    text = as_text(constants=["100000000"], steps=[["polygamma", [-1, 0], False]], outputs=[1])
    with pytest.raises(ValueError, match="order n is 100000000"):
        load(text).evaluate([0.5])
    with pytest.raises(ValueError, match="order n is 171"):
        polygamma(171, 1e5)
    assert polygamma(170, 2.0) == pytest.approx(-math.factorial(170) * 2.0**-171, rel=1e-13)
    assert math.isnan(table.polygamma.total(10**8, 0.5))


def test_exports_of_long_programs_end():
    many = 5_000
    wide = load(as_text(inputs=many, steps=[["prod", list(range(many)), False]], outputs=[many] * many))
    chain = load(as_text(steps=[["erfinv", [k], False] for k in range(many)], outputs=[many]))
    assert len(wide.to_python()) > many
    assert len(chain.to_python()) > many
    assert len(wide.to_c()) > many
    made = dataclasses.replace(chain, steps=chain.steps[:20], outputs=(20,)).to_c()
    assert made.count("\n") > 20 * 50
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c_source, "TARGET", c_source.TARGET._replace(most=20_000))
        with pytest.raises(GraphError, match="too many operations"):
            chain.to_c()


def test_check_names_the_step():
    made = Builder(1)
    made.add(Guard("bool", (0,), True))
    with pytest.raises(GraphError, match="step 2 has operand 1, which is a guard"):
        made.program([1]).check()
    with pytest.raises(ValueError, match="2 numbers for 1 inputs"):
        made.program([0]).evaluate([1.0, 2.0])


def test_programs_that_differ_have_other_fingerprints():
    def traced(f):
        return trace(f, [0.5, 2.0])

    def example(c=2.0, last=True, swapped=False):
        return lambda x, y: [sin(x) * c + y if x < y else x, y / x if swapped else x / y, *([c] if last else [])]

    programs = {
        "first": traced(example()),
        "another constant": traced(example(2.0000000000000004)),
        "zero": traced(example(0.0)),
        "minus zero": traced(example(-0.0)),
        "one output less": traced(example(last=False)),
        "operands swapped": traced(example(swapped=True)),
        "another guard": traced(lambda x, y: [sin(x) * 2.0 + y if x <= y else x, x / y, 2.0]),
        "one input more": trace(lambda x, y, z: example()(x, y), [0.5, 2.0, 1.0]),
        "another row": traced(lambda x, y: [tanh(x) * 2.0 + y if x < y else x, x / y, 2.0]),
    }
    first = programs["first"]
    steps = [step._replace(total=True) if isinstance(step, Instruction) else step for step in first.steps]
    programs["total"] = Program(first.inputs, first.constants, tuple(steps), first.outputs)
    steps = [step._replace(seen=not step.seen) if isinstance(step, Guard) else step for step in first.steps]
    programs["another side"] = Program(first.inputs, first.constants, tuple(steps), first.outputs)
    found = {name: fingerprint(program) for name, program in programs.items()}
    assert len(set(found.values())) == len(programs), found
    assert fingerprint(load(save(first))) == found["first"]


def test_a_primitive_with_the_name_of_a_row_is_not_simplified_as_the_row():
    @custom_derivative(lambda z, x: 2.0)
    def neg(x):
        return 2.0 * x

    @custom_derivative(lambda z, x, y: 3.0, lambda z, x, y: 0.0)
    def mul(x, y):
        return 3.0 * x

    program = simplify(trace(lambda x: mul(neg(neg(x)), 1.0), [1.0]))
    assert program.evaluate([1.0]) == [12.0]
    assert len(program.steps) == 3
