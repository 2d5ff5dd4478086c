"""Laws that derivatives obey whatever the function, on random expressions made of the table's rows.

Start at `expressions`: a list of steps, each a row and the positions of its operands among what was computed before.
Where a law holds exactly in floating point (powers of two, permutations, doubling), bits are compared; else the bound
is a number of roundings, measured against the sum of the absolute values of all terms that were added. The one
surprise: kinks need no exception here, because at a kink too every law holds for the partials that were recorded.
"""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, backward
from autograd.graph import backward as graph
from autograd.primitives.domains import REALS
from autograd.primitives.primitive import ROWS

EPSILON = 2.0**-52
HELPERS = ("monomial", "cross", "clamp_weight", "clamp", "where", "bessel_i", "sinc_derivative", "round_to", "ldexp")
ROWS_HERE = [
    row
    for name, row in ROWS.items()
    if not name.endswith(("_slope", "_share", "_at", "_rest")) and name not in HELPERS and not row.has_parameters
]
SMOOTH = [autograd.sin, autograd.tanh, autograd.exp, autograd.atan, autograd.softplus, autograd.erf, autograd.gelu]


@st.composite
def expressions(draw, largest=10):
    """Return (leaves, steps): numbers, and rows with the positions of their operands."""
    leaves = draw(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=4))
    steps = []
    for _ in range(draw(st.integers(1, largest))):
        row = draw(st.sampled_from(ROWS_HERE))
        arity = len(row.partials) or 2 * draw(st.integers(1, 2))
        positions = st.integers(0, len(leaves) + len(steps) - 1)
        steps.append((row, draw(st.lists(positions, min_size=arity, max_size=arity))))
    return leaves, steps


def evaluate(leaves, steps):
    """Return all nodes; where a row refuses its operands, the sum of them stands instead."""
    nodes = list(leaves)
    for row, positions in steps:
        operands = [nodes[i] for i in positions]
        try:
            node = row(*operands)
            wild = not abs(node.data) < 1e6 or not all(abs(partial) < 1e6 for partial in node.partials)
        except (ValueError, ArithmeticError):
            wild = True
        nodes.append(autograd.tanh(sum(operands)) if wild else node)
    return nodes


def gradient(root, leaves, seed=1.0):
    root.zero_grad()
    for leaf in leaves:
        leaf.zero_grad()
    root.backward(seed)
    return [leaf.grad for leaf in leaves]


def size(root, leaf):
    """Return the sum over all paths of the absolute products of partials: what roundings are relative to."""
    sizes = {id(root): 1.0}
    for node in reversed(graph.topological_order([root])):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            sizes[id(parent)] = sizes.get(id(parent), 0.0) + sizes.get(id(node), 0.0) * abs(partial)
    return sizes.get(id(leaf), 0.0)


def edges(root):
    return sum(len(node.parents) for node in graph.topological_order([root]))


# ---------------------------------------------------------------------------------------------- sum over paths


def path_sum(node, leaf):
    """Return the derivative as the textbook states it: the sum over all paths of the product of partials."""
    if node is leaf:
        return 1.0
    terms = [d * path_sum(p, leaf) for p, d in zip(node.parents, node.partials, strict=True) if d]
    return math.fsum(terms)


@given(expression=expressions(largest=7))
def test_backward_is_the_sum_over_all_paths(expression):
    leaves = [Value(x) for x in expression[0]]
    root = evaluate(leaves, expression[1])[-1]
    for leaf, found in zip(leaves, gradient(root, leaves), strict=True):
        bound = 4 * edges(root) * EPSILON * size(root, leaf)
        assert abs(found - path_sum(root, leaf)) <= bound + 5e-324 * edges(root)


@given(expression=expressions())
def test_reverse_and_forward_agree(expression):
    """<tangent of the root, seed> = <direction, gradient>: the same partials, multiplied from the other end."""
    leaves = [Value(x) for x in expression[0]]
    root = evaluate(leaves, expression[1])[-1]
    reverse = gradient(root, leaves)
    for leaf, found in zip(leaves, reverse, strict=True):
        tangents = {id(leaf): 1.0}
        for node in graph.topological_order([root]):
            if node.parents:
                terms = [d * tangents.get(id(p), 0.0) for p, d in zip(node.parents, node.partials, strict=True) if d]
                tangents[id(node)] = math.fsum(terms)
        forward = tangents.get(id(root), 0.0)
        assert abs(found - forward) <= 4 * edges(root) * EPSILON * size(root, leaf) + 5e-324 * edges(root)


# ---------------------------------------------------------------------------------------------- chain rule


@given(expression=expressions(), outer=st.sampled_from(SMOOTH))
def test_chain_rule_a_composition_multiplies_derivatives(expression, outer):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    inside = evaluate(leaves, steps)[-1]
    whole = gradient(outer(inside), leaves)
    middle = Value(inside.data)
    (factor,) = gradient(outer(middle), [middle])
    for leaf, found in zip(leaves, whole, strict=True):
        bound = 4 * edges(inside) * EPSILON * size(inside, leaf) * abs(factor)
        (part,) = gradient(inside, [leaf])
        assert abs(found - factor * part) <= bound + 5e-324 * edges(inside)


@given(expression=expressions())
def test_chain_rule_a_graph_may_be_cut_anywhere(expression):
    """Seeding the lower part with the upper part's gradient gives exactly what one sweep gives."""
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    cut = evaluate(leaves, steps)[-1]
    whole = gradient(autograd.sin(cut) * cut, leaves)
    middle = Value(cut.data)
    (seed,) = gradient(autograd.sin(middle) * middle, [middle])
    assert gradient(cut, leaves, seed) == whole or any(x != x for x in whole)


# ---------------------------------------------------------------------------------------------- linearity


@given(expression=expressions(), power=st.integers(-8, 8), sign=st.sampled_from([1.0, -1.0]))
def test_scaling_by_a_power_of_two_is_exact(expression, power, sign):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    root = evaluate(leaves, steps)[-1]
    factor = sign * 2.0**power
    once = gradient(root, leaves)
    assume(all(x == 0.0 or abs(x) > 1e-200 for x in once))
    seeded = gradient(root, leaves, factor)
    scaled = gradient(factor * root, leaves)
    assert seeded == scaled
    for found, x, leaf in zip(seeded, once, leaves, strict=True):
        underflows = max(abs(x), abs(found)) < 1e-300  # a product on the way, where twice as much is still a number
        assert found == factor * x or abs(x) < 1e-200 * size(root, leaf) or underflows


@given(expression=expressions(), a=st.floats(-3.0, 3.0), b=st.floats(-3.0, 3.0))
def test_derivative_of_a_linear_combination_is_that_of_derivatives(expression, a, b):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    nodes = evaluate(leaves, steps)
    u, v = nodes[-1], nodes[len(nodes) // 2]
    whole = a * u + b * v
    together = gradient(whole, leaves)
    of_u, of_v = gradient(u, leaves), gradient(v, leaves)
    for leaf, found, p, q in zip(leaves, together, of_u, of_v, strict=True):
        bound = 4 * edges(whole) * EPSILON * size(whole, leaf)
        assert abs(found - (a * p + b * q)) <= bound + 5e-324 * edges(whole)


@given(expression=expressions())
def test_sum_rule_several_roots_are_the_root_of_their_sum(expression):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    roots = evaluate(leaves, steps)[-3:]
    backward(roots)
    several = [leaf.grad for leaf in leaves]
    assert gradient(autograd.fsum(roots), leaves) == several
    assert gradient(sum(roots), leaves) == several


@given(expression=expressions())
def test_product_rule(expression):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    nodes = evaluate(leaves, steps)
    u, v = nodes[-1], nodes[-2] if len(nodes) > 1 else nodes[-1]
    whole = u * v
    together = gradient(whole, leaves)
    of_u, of_v = gradient(u, leaves), gradient(v, leaves)
    for leaf, found, p, q in zip(leaves, together, of_u, of_v, strict=True):
        bound = 4 * edges(whole) * EPSILON * size(whole, leaf)
        assert abs(found - (u.data * q + v.data * p)) <= bound + 5e-324 * edges(whole)


@given(expression=expressions())
def test_a_constant_has_no_derivative(expression):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    root = evaluate(leaves, steps)[-1]
    once = gradient(root, leaves)
    assert gradient(root + 3.0, leaves) == once
    assert gradient(root - Value(5.0), leaves) == once
    assert gradient(root + root.detach(), leaves) == once


# ---------------------------------------------------------------------------------------------- symmetry


SYMMETRIC = ["fsum", "prod", "hypot", "maximum", "minimum", "logsumexp"]


@pytest.mark.parametrize("name", SYMMETRIC)
@given(xs=st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=6), seed=st.integers())
def test_permuting_operands_permutes_partials(name, xs, seed):
    row = ROWS[name]
    order = list(range(len(xs)))
    random.Random(seed).shuffle(order)
    straight = row(*map(Value, xs))
    shuffled = row(*[Value(xs[i]) for i in order])
    exact = name in ("fsum", "maximum", "minimum")  # the others round as they go
    underflow = 0.0 if exact else 1e-300  # what is lost below 5e-324 grows by at most 100**5 again
    assert shuffled.data == pytest.approx(straight.data, rel=0.0 if exact else 1e-15 * len(xs), abs=underflow)
    expected = [straight.partials[i] for i in order]
    if exact:
        assert list(shuffled.partials) == expected
    else:
        assert list(shuffled.partials) == pytest.approx(expected, rel=1e-15 * len(xs), abs=underflow)


@given(pairs=st.lists(st.tuples(st.floats(-10.0, 10.0), st.floats(-10.0, 10.0)), min_size=1, max_size=5))
def test_a_dot_product_is_symmetric_and_permutable(pairs):
    p, q = [x for x, _ in pairs], [y for _, y in pairs]

    def grads(p, q):
        p, q = list(map(Value, p)), list(map(Value, q))
        autograd.sumprod(p, q).backward()
        return [x.grad for x in p], [y.grad for y in q]

    assert grads(p, q) == (q, p)
    assert grads(q, p) == (p, q)
    assert grads(p[::-1], q[::-1]) == (q[::-1], p[::-1])


@given(expression=expressions(), seed=st.integers())
def test_the_order_in_which_leaves_were_made_changes_nothing(expression, seed):
    xs, steps = expression
    order = list(range(len(xs)))
    random.Random(seed).shuffle(order)
    leaves = [Value(x) for x in xs]
    made = dict(zip(order, (Value(xs[i]) for i in order), strict=True))
    others = [made[i] for i in range(len(xs))]
    first, second = evaluate(leaves, steps)[-1], evaluate(others, steps)[-1]
    assert gradient(first, leaves) == gradient(second, others) or any(x.grad != x.grad for x in leaves)


@given(expression=expressions())
def test_what_is_not_an_ancestor_is_not_touched(expression):
    xs, steps = expression
    leaves = [Value(x) for x in xs]
    bystander = Value(1.0)
    user = bystander * leaves[0]
    bystander.grad, user.grad = 5.0, 7.0
    evaluate(leaves, steps)[-1].backward()
    assert (bystander.grad, user.grad) == (5.0, 7.0)


# ---------------------------------------------------------------------------------------------- accumulation


@given(expression=expressions())
def test_backward_twice_doubles_exactly(expression):
    leaves = [Value(x) for x in expression[0]]
    root = evaluate(leaves, expression[1])[-1]
    once = gradient(root, leaves)
    assume(all(math.isfinite(x) for x in once))
    inner = [node.grad for node in graph.topological_order([root]) if node.parents]
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2.0 * x for x in once]
    assert [node.grad for node in graph.topological_order([root]) if node.parents] == inner


@given(expression=expressions(), times=st.integers(1, 6))
def test_opposite_seeds_cancel_exactly(expression, times):
    leaves = [Value(x) for x in expression[0]]
    root = evaluate(leaves, expression[1])[-1]
    once = gradient(root, leaves)
    assume(all(math.isfinite(x) for x in once))
    root.backward(-1.0)
    assert [leaf.grad for leaf in leaves] == [0.0] * len(leaves)


# ---------------------------------------------------------------------------------------------- identities


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (autograd.tanh, lambda x: 2.0 * autograd.sigmoid(2.0 * x) - 1.0),
        (autograd.softplus, lambda x: autograd.logaddexp(x, 0.0)),
        (autograd.logsigmoid, lambda x: -autograd.softplus(-x)),
        (autograd.sigmoid, lambda x: autograd.softmax([x, 0.0])[0]),
        (autograd.relu, lambda x: autograd.where(x > 0.0, x, 0.0)),
        (autograd.relu, lambda x: 0.5 * (x + abs(x))),
        (abs, lambda x: autograd.hypot(x)),
        (abs, lambda x: autograd.where(x > 0.0, x, -x)),
        (autograd.erfc, lambda x: 1.0 - autograd.erf(x)),
        (autograd.norm_cdf, lambda x: 0.5 * autograd.erfc(x * -(0.5**0.5))),
        (autograd.sinh, lambda x: 0.5 * (autograd.exp(x) - autograd.exp(-x))),
        (autograd.silu, lambda x: x * autograd.sigmoid(x)),
        (lambda x: autograd.elu(x, 1.0), lambda x: autograd.where(x > 0.0, x, autograd.expm1(x))),
        (lambda x: x * x * x, lambda x: x**3),
        (lambda x: autograd.exp2(x), lambda x: 2.0**x),
        (lambda x: autograd.hypot(x, 3.0), lambda x: autograd.sqrt(x * x + 9.0)),
        (lambda x: autograd.huber(x, 1e9), lambda x: 0.5 * x * x),
        (lambda x: autograd.fma(x, x, x), lambda x: x * x + x),
    ],
)
@given(x=st.floats(-3.0, 3.0).filter(lambda x: abs(x) > 1e-3))
def test_functions_that_are_equal_have_equal_derivatives(left, right, x):
    a, b = Value(x), Value(x)
    left(a).backward()
    right(b).backward()
    assert abs(a.grad - b.grad) <= 16 * EPSILON * max(1.0, abs(a.grad), 0.05 * math.exp(abs(x)))


@pytest.mark.parametrize("row", [row for row in ROWS_HERE if len(row.partials) == 1], ids=lambda row: row.name)
@given(x=st.floats(-3.0, 3.0))
def test_a_method_and_a_function_are_the_same_node(row, x):
    if row.domain[0] != REALS and x not in row.domain[0]:
        return
    method = getattr(Value(x), {"neg": "__neg__", "pos": "__pos__", "abs": "__abs__"}.get(row.name, row.name), None)
    if method is None:
        return
    try:
        expected = row(Value(x))
    except (ValueError, ArithmeticError):
        return
    found = method()
    assert (found.op, repr(found.data), repr(found.partials)) == (
        expected.op,
        repr(expected.data),
        repr(expected.partials),
    )
