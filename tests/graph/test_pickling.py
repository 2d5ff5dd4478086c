"""Pickling and copying graphs of any depth."""

import copy
import math
import pickle

import pytest

import autograd
from autograd import Value, backward
from autograd.graph import backward as graph

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
