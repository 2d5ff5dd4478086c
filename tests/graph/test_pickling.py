"""Pickling and copying graphs of any depth."""

import copy
import gc
import math
import pickle
import weakref

import pytest

import autograd
from autograd import Value, backward
from autograd.errors import GraphError
from autograd.graph import backward as graph
from autograd.graph import pickling, value
from autograd.primitives import table

from ..tools.common import chain, in_threads, run_python


def graph_of_everything():
    """Return a root that depends on most of the kinds of nodes, its leaves named x and y."""
    x, y = Value(0.75, "x"), Value(-0.5, "y")
    h = autograd.tanh(x * y + 1.0) - x / 3.0
    h.name = "hidden"
    w = autograd.where(x > 0.0, h, y) + autograd.clamp(h, -2.0, y) + 2.0**x
    p = autograd.softmax([x, y, 1.0])
    root = autograd.fsum([w, *p, autograd.polygamma(1, x), round(h, 2), autograd.ldexp(y, 3)])
    return root * autograd.logsumexp([h, h, x])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("again", [pickle.loads, None], ids=["pickle", "deepcopy"])
def test_a_graph_survives_with_all_that_it_remembers(protocol, again):
    root = graph_of_everything()
    root.backward()
    twin = copy.deepcopy(root) if again is None else pickle.loads(pickle.dumps(root, protocol))
    nodes, twins = graph.topological_order([root]), graph.topological_order([twin])
    index, twin_index = ({id(node): i for i, node in enumerate(order)} for order in (nodes, twins))
    assert len(nodes) == len(twins)
    assert not index.keys() & twin_index.keys()
    for a, b in zip(nodes, twins, strict=True):
        assert (a.data, a.grad, a.name, a.op, a.partials) == (b.data, b.grad, b.name, b.op, b.partials)
        assert [index[id(p)] for p in a.parents] == [twin_index[id(p)] for p in b.parents]
        assert [type(x) for x in a.operands] == [type(x) for x in b.operands]
    twin.backward()
    for a, b in zip(nodes, twins, strict=True):
        assert b.grad == (2.0 * a.grad if not a.parents else a.grad)


def test_a_shared_leaf_stays_shared():
    x = Value(2.0)
    for twice in (lambda o: pickle.loads(pickle.dumps(o)), copy.deepcopy):
        y, z, leaf = twice([x * 3.0, x * x, x])
        assert y.parents[0] is z.parents[0] is z.parents[1] is leaf
        backward([y, z])
        assert leaf.grad == 7.0
        assert x.grad == 0.0


def test_copy_of_a_node_is_a_second_node_with_the_same_parents():
    x = Value(2.0, "x")
    y = x * x
    y.name, y.grad = "y", 7.0
    twin = copy.copy(y)
    assert twin is not y
    assert (twin.data, twin.name, twin.grad, twin.op, twin.partials) == (4.0, "y", 7.0, "mul", y.partials)
    assert twin.parents[0] is x
    twin.backward()
    assert x.grad == 4.0
    assert y.grad == 7.0
    other = copy.copy(x)
    other.data = 9.0
    assert x.data == 2.0


def test_a_graph_is_unpickled_by_another_process():
    x = Value(3.0)
    text = pickle.dumps(autograd.tanh(x * x) + x).hex()
    source = f"import pickle; y = pickle.loads(bytes.fromhex({text!r})); y.backward(); print(y.data.hex())"
    assert run_python(source).strip() == (math.tanh(9.0) + 3.0).hex()


def test_a_pickle_that_failed_halfway_does_not_spoil_the_next():
    class Full(Exception):
        pass

    class Disk:
        left = 10_000

        def write(self, part):
            self.left -= len(part)
            if self.left < 0:
                raise Full

    root, _ = chain(20_000)
    with pytest.raises(Full) as held:
        pickle.Pickler(Disk(), 3).dump(root)
    assert held.value is not None
    again = pickle.loads(pickle.dumps(root))
    assert len(graph.topological_order([again])) == 20_001


def test_threads_pickle_at_the_same_time():
    root = graph_of_everything()
    expected = pickle.dumps(root)
    found = in_threads(8, lambda i: [pickle.dumps(root) for _ in range(20)])
    assert {text for texts in found for text in texts} == {expected}


def damaged(state):
    """Yield (what is wrong, a state with it) of the state of a node with two operands."""
    data, grad, label, row, x, y, dx, dy = state
    wide = ("".join, None)
    yield "no list", tuple(state)
    yield "a field less", state[:-1]
    for place in (0, 1, 6, 7):
        yield "no float", [*state[:place], 1, *state[place + 1 :]]
    yield "label", [data, grad, 5, row, x, y, dx, dy]
    yield "label", [data, grad, pickling.Mark(None, (1,), None), row, x, y, dx, dy]
    yield "row", [data, grad, label, "mul", x, y, dx, dy]
    yield "operand", [data, grad, label, row, "text", y, dx, dy]
    yield "none", [data, grad, label, row, None, None, dx, dy]
    yield "one of two", [data, grad, label, row, x, None, dx, dy]
    yield "a leaf with operands", [data, grad, label, None, x, y, dx, dy]
    yield "a leaf with partials", [data, grad, label, None, None, bytes(8), dx, dy]
    yield "unfilled", [data, grad, label, row, value.blank(), y, dx, dy]
    sumprod = table.sumprod
    for partials in (bytes(8), bytes(33), b"", None, "x" * 32, [1.0] * 4):
        yield "partials", [data, grad, label, sumprod, (x, y, 1.0, 2.0), partials, dx, dy]
    yield "no operands", [data, grad, label, sumprod, (), b"", dx, dy]
    yield "kinds", [data, grad, label, sumprod, (x, y, *wide), bytes(32), dx, dy]


def test_a_pickle_whose_state_no_node_was_ever_in_is_refused():
    z = Value(2.0) * Value(3.0)
    for what, state in damaged(value.memory(z)):
        node = value.blank()
        with pytest.raises(GraphError, match="damaged"):
            pickling.restore(node, (None, state))
        assert value.is_blank(node), what
    node = value.blank()
    pickling.restore(node, (None, value.memory(z)))
    with pytest.raises(GraphError, match="twice"):  # it would be younger than what was made of it
        pickling.restore(node, (None, value.memory(z)))
    with pytest.raises(GraphError, match="damaged"):
        pickling.restore(value.blank(), value.memory(z))
    with pytest.raises(GraphError, match="damaged"):
        pickling.restore(z, (None, value.memory(z)))


def test_a_node_that_is_its_own_operand_is_refused():
    node = value.blank()
    state = [4.0, 0.0, None, table.mul, node, node, 1.0, 1.0]
    with pytest.raises(GraphError, match="comes before what it was made of"):
        pickling.restore(node, (None, state))


class Labelled(str):
    """Text that refers to more than itself."""


def test_a_name_and_a_scope_keep_nothing_alive():
    name, inner = Labelled("x"), Labelled("scope")
    x = Value(2.0, name)
    with autograd.scope(inner):
        y = x * x
    y.name = name
    name.node, inner.node = x, y
    gone = [weakref.ref(x), weakref.ref(y)]
    assert [type(text) for text in (x.name, y.name, *y.scope)] == [str] * 3
    del x, y, name, inner
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
