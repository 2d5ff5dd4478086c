"""Strategies: what they draw stays in its domain, shrinks, runs as the Python that it prints, and can be drawn."""

import math
import subprocess
import sys

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.primitives import table
from autograd.primitives.primitive import ROWS
from autograd.testing import check_gradient, strategies
from autograd.testing.expression import CLEAR, LARGEST, Statement

from ..canaries import planted, scaled
from ..tools.common import run_python

few = settings(max_examples=40, deadline=None)
KINKED = [row.name for row in ROWS.values() if row.kink is not None]


@few
@given(st.sampled_from(sorted(ROWS)).flatmap(lambda name: st.tuples(st.just(name), strategies.points(name))))
def test_points_are_in_the_domain_and_clear_of_kinks(drawn):
    name, operands = drawn
    row = ROWS[name]
    assert not math.isnan(row.value(*operands))  # `ratio` may be infinite
    assert row.kink is None or abs(row.kink.distance(*operands[row.parameters :])) >= CLEAR


@few
@given(st.sampled_from(KINKED).flatmap(lambda name: st.tuples(st.just(name), strategies.points(name, "at"))))
def test_points_at_kinks_are_at_kinks(drawn):
    row = ROWS[drawn[0]]
    assert row.kink.distance(*drawn[1][row.parameters :]) == 0.0


@few
@given(strategies.expressions())
def test_expressions_are_finite_and_tame(expression):
    root, leaves = expression.graph()
    assert len(leaves) == len(expression.numbers)
    if isinstance(root, Value):
        root.backward()
        for node in autograd.graph.backward.topological_order([root]):
            assert abs(node.data) <= LARGEST
            assert all(abs(d) <= LARGEST for d in node.partials)
    assert (root.data if isinstance(root, Value) else root) == expression(*expression.numbers)


@settings(max_examples=10, deadline=None)
@given(strategies.programs(outputs=2))
def test_what_is_printed_runs_and_prints_the_same(program):
    found = program(*[Value(x) for x in program.numbers])
    assert run_python(repr(program)) == f"{found}\n"


@pytest.mark.parametrize("row", [row for row in ROWS.values() if not row.infix and row.name != "abs"], ids=str)
def test_what_is_printed_names_the_row(row):
    name = Statement(row, ("x0",) * max(2, len(row.partials))).text().partition("(")[0]
    assert eval(name, {"autograd": autograd, "table": table}) is row


def test_a_wrong_rule_shrinks_to_one_line_that_runs():
    with planted(ROWS["erf"], scaled(1.001)):
        found = find(
            strategies.expressions(["add", "erf", "mul", "sin"]),
            lambda e: check_gradient(e, *e.numbers).verdict == "fail",
            settings=settings(max_examples=2_000, deadline=None, database=None),
        )
    assert found.rows() == ["erf"]
    assert found.numbers == (0.0,)
    assert repr(found).splitlines()[4:] == [
        "def f(x0):",
        "    v0 = autograd.erf(x0)",
        "    return v0",
        "print(f(Value(0.0)))",
    ]


@pytest.mark.parametrize(
    ("strategy", "fails", "printed"),
    [
        (
            strategies.expressions(["add", "sinh"]),
            lambda e: "sinh" in e.rows(),
            "\nimport autograd\nfrom autograd import Value\nfrom autograd.primitives import table\n"
            "def f(x0):\n    v0 = autograd.sinh(x0)\n    return v0\nprint(f(Value(0.0)))",
        ),
        (strategies.mlps(), lambda drawn: True, "drawn=(MLP(1, [1], seed=0), [0.0])"),
        (strategies.values(), lambda x: x.data > 1.0, "drawn=Value(2.0)"),
    ],
)
def test_hypothesis_prints_the_smallest_failure_as_python(strategy, fails, printed):
    @settings(max_examples=1_000, deadline=None, database=None)
    @given(strategy)
    def check(drawn):
        assert not fails(drawn)

    with pytest.raises(AssertionError) as caught:
        check()
    assert printed in "\n".join(caught.value.__notes__)


def test_an_expression_can_be_drawn():
    found = find(strategies.expressions(["sin", "mul"]), lambda e: "mul" in e.rows() and "sin" in e.rows())
    root, _ = found.graph()
    assert "sin" in autograd.draw(root).source


@few
@given(strategies.mlps())
def test_networks_take_their_input(drawn):
    network, xs = drawn
    out = network([Value(x) for x in xs])
    assert all(math.isfinite(x.data) for x in (out if isinstance(out, list) else [out]))


@few
@given(strategies.values(-2.0, 2.0))
def test_values_are_leaves(value):
    assert isinstance(value, Value)
    assert -2.0 <= value.data <= 2.0
    assert value.op == ""


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (lambda: strategies.points("sine"), "there is no primitive 'sine'"),
        (lambda: strategies.points("sin", "at"), "sin states no kink; use kinks='away' or 'any'"),
        (lambda: strategies.expressions(["sine"]), "there is no primitive 'sine'"),
    ],
)
def test_bad_input_is_named(strategy, message):
    with pytest.raises(ValueError, match=message):
        find(strategy(), lambda _: True)


def test_without_hypothesis_the_extra_is_named():
    text = "import sys; sys.modules['hypothesis'] = None\ntry:\n import autograd.testing.strategies\n"
    assert "testing" in run_python(text + "except ImportError as error:\n print(error)")


def test_the_kit_itself_needs_the_standard_library_only():
    text = "import sys, autograd.testing, autograd.testing.laws, autograd.testing.registration\n"
    assert run_python(text + "print({'mpmath', 'hypothesis', 'pytest', 'numpy'} & set(sys.modules))") == "set()\n"


def test_the_thorough_profile_prints_the_worst_case_of_every_primitive():
    line = [sys.executable, "-m", "autograd.testing", "--examples", "25", "--differences"]
    run = subprocess.run(line, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines[1 : len(ROWS) + 1]] == list(ROWS)
    assert "disagreements: 0" in lines
    assert lines[-1].startswith("25 expressions in")
