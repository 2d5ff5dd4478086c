"""Depth, width and the garbage collector: no graph is too deep, too wide, or kept for too long."""

import copy
import gc
import math
import pickle
import shutil
import subprocess
import sys
import weakref

import pytest

import autograd
from autograd import Value
from autograd.graph import backward as graph

from ..tools.common import DEEP, MILLION, chain, in_small_stack, run_python


# -------------------------------------------------------------------------------------- depth and width
def test_a_chain_of_a_million_nodes_is_built_swept_and_freed_in_a_small_stack():
    def life():
        root, leaf = chain(MILLION)
        assert root == 1.0
        root.backward()
        assert leaf.grad == 1.0
        root.backward()
        assert leaf.grad == 2.0
        assert repr(root) == "Value(1.0, grad=1.0, op='add')"
        root.zero_grad()
        assert (root.grad, leaf.grad) == (0.0, 0.0)
        gone = weakref.ref(root.parents[0].parents[0])
        del root
        assert gone() is None
        return leaf.grad

    assert in_small_stack(life) == 0.0


def test_text_comparison_and_hash_of_a_deep_root_do_not_recurse():
    def look():
        root, leaf = chain(DEEP)
        assert str(root) == repr(root) == "Value(1.0, op='add')"
        assert format(root, ".1f") == "1.0"
        assert root == leaf
        assert root <= leaf
        assert not root < leaf
        assert root.detach().parents == ()
        assert len({root, leaf}) == 2
        assert bool(root)
        assert list(root.__rich_repr__()) == [(None, 1.0), ("op", "add")]

    in_small_stack(look)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_deep_chain_is_pickled_in_a_small_stack(protocol):
    def there_and_back():
        root, leaf = chain(DEEP)
        root.backward(3.0)
        again = pickle.loads(pickle.dumps(root, protocol))
        assert (again.data, again.grad, again.op) == (1.0, 3.0, "add")
        order = graph.topological_order([again])
        assert len(order) == DEEP + 1
        again.zero_grad()
        again.backward(2.0)
        assert order[0].grad == 2.0
        assert leaf.grad == 3.0

    in_small_stack(there_and_back)


def test_a_deep_chain_is_deep_copied_in_a_small_stack():
    def there_and_back():
        root, leaf = chain(DEEP)
        again = copy.deepcopy(root)
        again.backward()
        assert graph.topological_order([again])[0].grad == 1.0
        assert leaf.grad == 0.0
        shallow = copy.copy(root)
        assert shallow.parents[0] is root.parents[0]
        del root, again, shallow

    in_small_stack(there_and_back)


def test_a_deep_graph_of_every_shape_is_freed_in_a_small_stack():
    """Not only through the first operand: through the second, through many, and through ladders of shared nodes."""

    def step_left(x):
        return x - 1.0

    def step_right(x):
        return 1.0 - x

    def step_many(x):
        return autograd.fsum([1.0, x, 2.0, -3.0])

    def step_twice(x):
        return x * x

    def step_ladder(x):
        y = x + 1.0
        return autograd.maximum(y, x, y - 2.0)

    def lives():
        for step in (step_left, step_right, step_many, step_twice, step_ladder):
            root = Value(0.5)
            for _ in range(DEEP):
                root = step(root)
            gone = weakref.ref(root.parents[0])
            del root
            assert gone() is None, step.__name__

    in_small_stack(lives)


LIMITED = """
import resource, threading, sys, copy, pickle, weakref
from autograd import Value
from autograd.graph.backward import topological_order
megabytes = 2**20
resource.setrlimit(resource.RLIMIT_AS, (1024 * megabytes, 1024 * megabytes))
done = []

def life():
    x = y = Value(1.0)
    for _ in range({length}):
        y = 0.0 + y
    y.backward()
    again = copy.deepcopy(y)
    again = pickle.loads(pickle.dumps(again))
    again.backward()
    assert topological_order([again])[0].grad == 2.0
    gone = weakref.ref(y.parents[0])
    del y, again
    assert gone() is None
    done.append(x.grad)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=life)
thread.start()
thread.join()
print(sys.version_info[:2], done)
"""


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_deep_chains_live_in_little_memory_and_stack_on_every_python(version):
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", "pass"], capture_output=True, check=False).returncode:
        pytest.skip(f"python{version} is not here")
    pytest.importorskip("resource")
    expected = f"({version.replace('.', ', ')}) [1.0]\n"
    assert run_python(LIMITED.format(length=DEEP), python=python) == expected


@pytest.mark.slow
def test_a_chain_of_ten_million_nodes():
    """Three gigabytes and a minute."""

    def life():
        root, leaf = chain(10 * MILLION)
        root.backward()
        return leaf.grad

    assert in_small_stack(life) == 1.0


def test_a_wide_fan_in():
    leaves = [Value(float(i)) for i in range(DEEP)]
    root = autograd.fsum(leaves)
    root.backward(0.5)
    assert len(root.parents) == DEEP
    assert {leaf.grad for leaf in leaves} == {0.5}
    total = sum(leaves)
    total.backward(0.5)
    assert {leaf.grad for leaf in leaves} == {1.0}


def test_a_wide_fan_out():
    leaf = Value(3.0)
    root = autograd.fsum([leaf * float(i) for i in range(DEEP)])
    root.backward()
    assert leaf.grad == DEEP * (DEEP - 1) / 2
    assert len(graph.topological_order([root])) == DEEP + 2


def test_one_operand_many_times():
    leaf = Value(3.0)
    root = autograd.fsum([leaf] * DEEP)
    root.backward()
    assert leaf.grad == DEEP
    assert len(root.parents) == DEEP
    assert len(graph.topological_order([root])) == 2


@pytest.mark.parametrize("depth", [1, 2, 10, 1000, 1023])
def test_a_ladder_of_diamonds_counts_every_path_once(depth):
    leaf = node = Value(5e-324)
    for _ in range(depth):
        node = node + node
    assert len(graph.topological_order([node])) == depth + 1
    node.backward()
    assert leaf.grad == 2.0**depth


def test_a_ladder_of_diamonds_overflows_to_infinity():
    leaf = node = Value(0.0)
    for _ in range(1024):
        node = node + node
    node.backward()
    assert leaf.grad == math.inf


# -------------------------------------------------------------------------------------- garbage collection
@pytest.fixture
def no_gc():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_graph_is_freed_at_once_without_the_garbage_collector(no_gc):
    x, y = Value(0.5), Value(0.25)
    root = autograd.softmax([x * y, autograd.tanh(x) ** y, 2.0 / y])[0] + autograd.hypot(x, y, 3.0) - x // y
    root.backward()
    nodes = [weakref.ref(node) for node in graph.topological_order([root])]
    del root
    assert {ref() for ref in nodes if ref() is not None} == {x, y}
    del x, y
    assert not any(ref() is not None for ref in nodes)
    assert gc.collect() == 0


def test_leaf_and_root_reference_counts_return(no_gc):
    x = Value(0.5)
    before = sys.getrefcount(x)
    root = x * x + autograd.sin(x)
    assert sys.getrefcount(x) == before + 3
    root.backward()
    root.zero_grad()
    assert sys.getrefcount(x) == before + 3
    del root
    assert sys.getrefcount(x) == before


@pytest.mark.parametrize("use", [pickle.dumps, copy.deepcopy, copy.copy, repr, Value.backward, Value.zero_grad])
def test_what_is_done_with_a_graph_leaves_no_cycle(no_gc, use):
    use(autograd.exp(Value(1.0) * 2.0))  # imports, caches
    gc.collect()
    root = autograd.exp(Value(1.0) * 2.0)
    ref = weakref.ref(root.parents[0])
    use(root)
    del root
    assert ref() is None
    assert gc.collect() == 0


def test_the_garbage_collector_is_left_as_it_was():
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            root = autograd.exp(Value(1.0) * 2.0)
            root.backward()
            copy.deepcopy(root)
            assert gc.isenabled() == enabled
        finally:
            gc.enable()


def test_an_error_does_not_keep_the_graph_alive(no_gc):
    x = Value(-1.0)
    y = x * 2.0
    gone = weakref.ref(y)
    with pytest.raises(ValueError, match="log"):
        autograd.log(y)
    del y
    gc.collect()
    assert gone() is None
