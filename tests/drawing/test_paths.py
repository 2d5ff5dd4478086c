"""`paths`: the sum over paths is the derivative, and every factor a derivative between stops."""

import math

import pytest
from hypothesis import given

from autograd import Value, paths, scope, sigmoid, sqrt
from autograd.drawing.paths import LIMIT, latex
from nn import MLP, binary_cross_entropy

from .test_drawing import HOSTILE
from .test_fold import graphs


def named(x, name):
    x.name = name
    return x


def example():
    """Return the weights w1 .. w8 and the error of the network of two layers that many courses compute by hand."""
    numbers = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)
    w = {i: Value(x, f"w{i}") for i, x in enumerate(numbers, 1)}

    def neuron(name, a, x, b, y, bias):
        return named(sigmoid(named(a * x + b * y + bias, f"net_{name}")), f"out_{name}")

    h1, h2 = neuron("h1", w[1], 0.05, w[2], 0.10, 0.35), neuron("h2", w[3], 0.05, w[4], 0.10, 0.35)
    o1, o2 = neuron("o1", w[5], h1, w[6], h2, 0.60), neuron("o2", w[7], h1, w[8], h2, 0.60)
    return w, named(0.5 * (o1 - 0.01) ** 2 + 0.5 * (o2 - 0.99) ** 2, "E")


def test_the_derivative_towards_w7_is_three_factors():
    w, error = example()
    error.backward()
    found = paths(error, w[7], precision=6)
    assert repr(found) == (
        "dE/dw7 = dE/dout_o2 * dout_o2/dnet_o2 * dnet_o2/dw7\n"
        "       = -0.217072 * 0.17551 * 0.59327\n"
        "       = -0.0226025"
    )
    (path,) = found.each
    out = 0.7729284653214625  # as the course has it
    assert path.factors == pytest.approx([out - 0.99, out * (1.0 - out), 0.593269992107187], rel=1e-12)
    assert math.prod(path.factors) == pytest.approx(w[7].grad, rel=1e-12)
    assert found.total == w[7].grad


def test_a_weight_of_the_first_layer_has_a_path_over_each_output():
    w, error = example()
    error.backward()
    found = paths(error, w[1])
    assert found.count == len(found.each) == 2
    assert sum(path.product for path in found.each) == pytest.approx(w[1].grad, rel=1e-12)
    assert [path.stops[1] for path in found.each] == ["out_o1", "out_o2"]
    assert repr(found).startswith("dE/dw1 = 0.0004386, the sum over 2 paths:\n  dE/dout_o1 * ")


def test_the_sum_in_latex_has_a_line_for_each_path():
    w, error = example()
    d = r"\frac{\partial %s}{\partial %s}"
    out, net, w7 = r"\mathrm{out\_o2}", r"\mathrm{net\_o2}", "w_{7}"
    assert paths(error, w[7])._repr_latex_() == (
        rf"$$\begin{{aligned}} {d % ('E', w7)} &= {d % ('E', out)} \cdot {d % (out, net)} \cdot {d % (net, w7)}"
        r" \\ &= (-0.2171) \cdot 0.1755 \cdot 0.5933 \\ &= -0.0226 \end{aligned}$$"
    )
    lines = paths(error, w[1])._repr_latex_().split(r" \\ ")
    assert [line.partition(" ")[0] for line in lines[1:]] == [r"&\quad", "&=", r"&\quad", "&="]
    x = Value(0.0, "x")
    code = paths(sqrt(x) * 1e-7 * 1e20, x)._repr_latex_()
    assert r"&= 1 \times 10^{20} \cdot 1 \times 10^{-7} \cdot \infty \\ &= \infty" in code
    assert r"&= \mathrm{nan}" in paths(x * math.nan, x)._repr_latex_()


@given(graphs())
def test_the_sum_over_paths_is_the_derivative(value):
    leaves = [x for x in value.parents if not x.op][:1]
    for leaf in leaves:
        found = paths(value, leaf)
        leaf.grad = 0.0
        value.backward()
        assert found.total == leaf.grad
        assert sum(path.product for path in found.each) == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)
        assert sum(path.count for path in found.each) == found.count
        found._repr_latex_()


def test_an_operand_used_twice_makes_two_paths():
    x = Value(3.0, "x")
    assert [path.factors for path in paths(x * x, x).each] == [[3.0], [3.0]]


def test_a_factor_of_zero_wins_over_an_infinite_one():
    x = Value(0.0, "x")
    found = paths(sqrt(x) * 0.0, x)
    assert found.each[0].factors == [0.0, math.inf]
    assert found.each[0].product == found.total == 0.0


def test_many_paths_are_told_by_layers():
    model = MLP(2, [16, 16, 1], seed=1)
    loss = binary_cross_entropy(model([0.1, 0.2]), 1.0)
    w = model.parameters()[0]
    loss.backward()
    found = paths(loss, w, names={"L": loss, "w": w})
    assert found.count == 16 > LIMIT
    (path,) = found.each
    assert path.stops[-3:] == ["layers.2", "layers.1", "layers.0"]
    assert path.product == pytest.approx(w.grad, rel=1e-12)
    assert "dL/dw = " in repr(found)
    assert "over 16 through binary_cross_entropy_with_logits <- " in repr(found)
    assert r"16\ \mathrm{paths}" in found._repr_latex_()


def test_more_paths_than_can_be_counted():
    x = y = Value(1.0, "x")
    for _ in range(2000):
        y = 0.5 * (y + y)
    found = paths(y, x)
    assert found.total == 1.0
    assert "the sum over more than 1,000,000,000,000,000,000 paths" in repr(found)


def test_a_long_chain_is_one_path_told_by_operations():
    x = y = Value(1.0, "x")
    for k in range(30_000):
        with scope(f"half {k % 2}"):
            y = y + 1e-9
    assert paths(y, x).total == 1.0
    assert len(repr(paths(y, x))) < 5000


def test_where_no_path_leads():
    w, error = example()
    assert repr(paths(error, Value(1.0, "u"))) == "dE/du = 0.0: no path leads from u to E"
    assert repr(paths(error, error)) == "dE/dE = 1.0: a number with respect to itself"
    assert paths(w[1], error).total == 0.0
    for wrong in (1.0, None, "w"):
        with pytest.raises(TypeError, match="paths: expected a Value, not"):
            paths(error, wrong)
        with pytest.raises(TypeError, match="paths: expected a Value, not"):
            paths(wrong, error)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_text_in_latex(name):
    x = Value(2.0, name)
    code = paths(x * 3.0, x)._repr_latex_()
    code.encode()
    assert "<" not in code
    body = code.removeprefix("$$").removesuffix("$$").replace("\\$", "")
    assert "$" not in body
    depth = 0
    for c in body.replace("\\\\", "").replace("\\{", "").replace("\\}", ""):
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    assert latex("%") == r"\mathrm{\%}"
