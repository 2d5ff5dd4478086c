"""Folding: large graphs become small pictures that lose no node, and whose boxes hold what is alike."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, draw, fsum, scope, sigmoid, sin, tanh
from autograd.drawing import layout
from autograd.drawing.fold import fold
from autograd.drawing.numbered import NumberedGraph
from autograd.graph.text import shown
from nn import MLP, Module, binary_cross_entropy, fit
from nn.losses import mean

OPERATIONS = [
    lambda x, y: x + y,
    lambda x, y: tanh(x * y),  # which keeps them all finite
    lambda x, y: x - y,
    lambda x, y: sin(x),
    lambda x, y: 2.0 * x,
    lambda x, y: fsum([x, y, x]),
]


def batch(model, samples=20):
    rng = random.Random(1)
    rows = [[rng.random(), rng.random()] for _ in range(samples)]
    return mean([binary_cross_entropy(model(row), float(row[0] > row[1])) for row in rows])


def chain(length):
    x, y = Value(1e-9, "x"), Value(0.0, "y")
    for _ in range(length):
        y = y + x
    return y


def boxes(value, **options):
    return {box.title: box for box in draw(value, **options).diagram.boxes}


@st.composite
def graphs(draw_one):
    rng = random.Random(draw_one(st.integers(0, 10**6)))
    nodes = [Value(rng.random(), rng.choice([None, "x", f"w{i}"])) for i in range(3)]
    for _ in range(draw_one(st.integers(0, 80))):
        x, y = rng.choice(nodes[-10:]), rng.choice(nodes)
        with scope(rng.choice(["a", "b", "c.1", "c.2"])):
            made = rng.choice(OPERATIONS)(x, y)
        nodes.append(made)
    return nodes[-1]


@given(graphs(), st.integers(1, 40), st.none() | st.integers(1, 2))
def test_no_node_and_no_edge_is_lost_and_the_limit_is_kept(value, limit, depth):
    graph = NumberedGraph([value])
    found = draw(value, limit=limit, depth=depth, partials=True).diagram
    _, partition, scopes = fold(graph, limit, depth)
    assert found.total == len(graph.nodes) == sum(box.count for box in found.boxes)
    assert set(partition) == set(range(len(found.boxes)))
    assert len(found.boxes) <= limit
    assert len({(a.tail, a.head) for a in found.arrows}) <= 3 * limit
    inside = sum(
        partition[p] == k in scopes for k, parents in zip(partition, graph.parents, strict=True) for p in parents
    )
    assert sum(arrow.count for arrow in found.arrows) + inside == sum(map(len, graph.parents))
    pairs = {(partition[p], k) for k, parents in zip(partition, graph.parents, strict=True) for p in parents}
    assert {(a.tail, a.head) for a in found.arrows} == {
        pair for pair in pairs if pair[0] != pair[1] or pair[0] not in scopes
    }
    for node, k in zip(graph.nodes, partition, strict=True):
        box = found.boxes[k]
        assert box.data[0] <= node.data <= box.data[1]
        assert k in scopes or (box.kind == "leaf") == (not node.op)
        if box.numbered:  # every number is that of the box that the operand is in
            places = [partition[graph.place[id(p)]] for p in node.parents]
            names = [
                p.name if box.count == 1 and p.name else found.boxes[i].name
                for p, i in zip(node.parents, places, strict=True)
            ]
            calls = [shown(name, 12) or f"#{i}" for name, i in zip(names, places, strict=True)]
            assert " - ".join(calls) in " ".join([box.title, *box.lines])


@given(graphs(), st.integers(20, 60))
def test_boxes_that_are_no_scopes_hold_one_operation(value, limit):
    graph = NumberedGraph([value])
    _, partition, scopes = fold(graph, limit)
    ops = {(k, node.op) for node, k in zip(graph.nodes, partition, strict=True) if k not in scopes}
    assert max(Counter(k for k, _ in ops).values(), default=1) == 1


def test_a_small_graph_is_not_folded():
    x = Value(1.0)
    y = fsum([sin(x * k) for k in range(1, 20)])
    found = draw(y, limit=40).diagram
    assert len(found.boxes) == found.total == 40
    assert not found.note
    assert not draw(y, direction="LR").diagram.note
    narrow = fsum([sin(x * k) for k in range(1, 5)])
    for k in range(22):
        narrow = tanh(narrow * k) if k % 2 else sin(narrow + k)
    found = draw(narrow).diagram
    assert 60 > len(found.boxes) == found.total > 50


@pytest.mark.skipif(not layout.engine(), reason="no layout engine")
@pytest.mark.parametrize("named", [False, True])
def test_a_wide_graph_folds_until_it_can_be_read_in_a_notebook(named):
    # the loss that a well-known lecture ends with
    model = MLP(3, [4, 4, 1], seed=1)
    rows = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    loss = sum(
        ((model(row) - target) ** 2 for row, target in zip(rows, [1.0, -1.0, -1.0, 1.0], strict=True)), Value(0.0)
    )
    loss.backward()
    for value in (loss, model(rows[0]), fsum([sin(Value(1.0, f"weight{k}")) for k in range(20)])):
        picture = draw(value, names=model if named else None)
        width = float(re.search(r'<svg width="([0-9.]+)pt"', picture.svg())[1]) * 4 / 3  # pixels
        assert 14.7 * min(1.0, 870 / width) >= 9.0  # the height of the letters
        wide = draw(value, names=model if named else None, limit=61).diagram
        assert len(picture.diagram.boxes) < len(wide.boxes) <= 61  # a limit that is asked for is taken as it is


def test_a_loss_over_many_samples_is_the_picture_of_one():
    model = MLP(2, [16, 16, 1], seed=1)
    loss = batch(model)
    loss.backward()
    picture = draw(loss, names=model)
    titles = {box.title: box for box in picture.diagram.boxes}
    assert {"layers.0.weight.*", "layers.1.bias.*", "layers.2.weight.0.*"} <= set(titles)
    assert Counter(box.scope for box in picture.diagram.boxes if box.scope) == {
        ("layers.0",): 2,
        ("layers.1",): 2,
        ("layers.2",): 1,
    }
    assert titles["tanh"].count == 16 * 20
    assert titles["layers.1.weight.*"].count == 256
    weights = [w for row in model.state_dict()["layers.1.weight"] for w in row]
    assert titles["layers.1.weight.*"].data == (min(weights), max(weights))
    assert len(picture.diagram.boxes) < 20
    assert f"{picture.diagram.total:,} nodes in {len(picture.diagram.boxes)} boxes" in picture.source


def test_layers_stay_apart_where_every_sum_is_a_chain_of_nodes():
    # as micrograd is used: a chain of 100 samples, and neurons that are chains of 8 products
    weights = [[[Value(0.1 * i) for i in range(size + 1)] for _ in range(8)] for size in (2, 8, 8)]
    loss = Value(0.0)
    for sample in range(100):
        x = [0.01 * sample, 1.0]
        for k, layer in enumerate(weights):
            with scope(f"layer {k}"):
                x = [tanh(sum((w * a for w, a in zip(unit, x, strict=False)), unit[-1])) for unit in layer]
        loss = loss + fsum(x)
    found = draw(loss).diagram
    assert Counter(box.scope for box in found.boxes if box.scope) == {
        ("layer 0",): 4,  # a sum of two products
        ("layer 1",): 3,  # one that is rolled up
        ("layer 2",): 3,
    }
    assert {box.count for box in found.boxes if box.title == "tanh"} == {8 * 100}
    assert sum(arrow.tail == arrow.head for arrow in found.arrows) == 3


def test_scopes_fold_to_a_depth():
    loss = batch(MLP(2, [4, 1], seed=1))
    found = boxes(loss, depth=1)
    assert {"layers.0", "layers.1"} <= set(found)
    assert found["layers.0"].lines == ["sumprod ×80", "tanh ×80"]
    assert draw(loss, depth=1).diagram.note.endswith("a box named as a scope is all that was made in it")
    assert "scope" not in draw(loss).diagram.note
    x = Value(1.0)
    with scope("outer"):
        y = x * 2.0
        with scope("inner"):
            z = sin(y)
    assert set(boxes(z, depth=1)) == {"leaf", "outer"}
    assert set(boxes(z, depth=2)) == {"leaf", "· * 2.0", "inner"}
    assert boxes(z, depth=2)["inner"].scope == ("outer",)
    with scope("one"), scope("two"), scope("three"):
        y = x * 2.0
    with scope("one"), scope("four"):
        z = sin(y)
    assert {box.title: box.scope for box in draw(z, depth=1).diagram.boxes} == {"leaf": (), "one": ()}
    assert {box.title: box.scope for box in draw(z, depth=2).diagram.boxes} == {
        "leaf": (),
        "two": ("one",),
        "four": ("one",),
    }


def test_the_leaves_of_a_folded_scope_are_one_box():
    model = MLP(2, [4, 1], seed=1)
    found = draw(batch(model), depth=1, names=model).diagram
    assert {box.title: box.count for box in found.boxes if box.kind == "leaf"} == {"layers.0.*": 12, "layers.1.*": 5}


def test_layers_too_many_to_show_share_a_box():
    found = draw(MLP(2, [2] * 100 + [1], seed=1)([0.1, 0.2])).diagram
    assert len(found.boxes) <= 60
    assert any(box.count > 90 for box in found.boxes)


def test_a_long_chain_is_rolled_up():
    picture = draw(chain(100_000))
    assert [(box.title, box.count) for box in picture.diagram.boxes] == [("x", 1), ("y", 1), ("· + ·", 100_000)]
    back = next(arrow for arrow in picture.diagram.arrows if arrow.tail == arrow.head)
    assert back.count == 99_999
    assert "×99,999" in picture.source


@pytest.mark.slow
def test_ten_million_nodes_are_drawn():
    assert draw(chain(10_000_000)).diagram.boxes[2].count == 10_000_000


def test_the_steps_of_a_loop_are_one_step_with_an_arrow_back():
    x = Value(0.1, "x")
    for _ in range(200):
        with scope("step"):
            x = x + 0.01 * (tanh(x) - sigmoid(x * 2.0))
    found = draw(x).diagram
    assert len(found.boxes) <= 12
    assert max(box.count for box in found.boxes) >= 199
    assert all(box.scope == ("step",) for box in found.boxes if box.kind == "operation")


def test_values_that_are_not_finite_show_in_ranges():
    x = Value(1.0)
    found = boxes(fsum([x * float(k) for k in range(70)] + [x * float("inf"), x * float("nan")]))
    assert str(found["· * c"].data) == "(nan, nan)"
    assert found["· * c"].count == 72


def test_modules_open_scopes_named_as_their_place():
    class Pair(Module):
        def __init__(self):
            self.encoder = MLP(2, [2, 2], seed=1)
            self.heads = {"left": MLP(2, [1], seed=2)}

        def __call__(self, x):
            return self.heads["left"](self.encoder(x))

    class Child(Pair):
        def __call__(self, x):
            return super().__call__(x)

    for kind in (Pair, Child):
        y = kind()([1.0, 2.0])
        assert y.scope == ("heads.left", "layers.0")
        assert y.parents[-1].scope == ("encoder", "layers.1")
    layer = MLP(2, [2, 2], seed=1).layers[0]
    assert layer([1.0, 2.0])[0].scope == ()  # called on its own it has no place


def test_training_opens_no_scopes_and_leaves_them_on():
    seen = []

    def loss(prediction, target):
        seen.append(prediction.scope)
        return (prediction - target) ** 2

    model = MLP(2, [1], seed=1)
    fit(model, [[0.0, 1.0]], [1.0], loss=loss, epochs=1, progress=False)
    assert seen == [()]
    assert model([0.0, 1.0]).scope == ("layers.0",)


def test_a_module_is_drawn_as_its_parts():
    picture = draw(MLP(64, [32, 10], seed=1))
    first, second = picture.diagram.boxes
    assert first.lines == ["Layer, tanh", "weight 32 x 64", "bias 32"]
    assert (first.parameters, second.parameters) == (2080, 330)
    assert "2,080 parameters" in repr(picture)
    assert [(arrow.tail, arrow.head) for arrow in picture.diagram.arrows] == [(0, 1)]
    assert "MLP: 2,410 parameters" in repr(picture)


def test_a_module_of_many_parts_folds_those_alike_and_survives_cycles():
    model = MLP(2, [8] * 100 + [1])
    assert [box.count for box in draw(model).diagram.boxes] == [1, 99, 1]

    class Loop(Module):
        def __init__(self):
            self.me, self.shared, self.odd = self, Value(1.0), [Value(1.0), "text"]
            self.again = self.shared

    assert draw(Loop()).diagram.total == 2
    assert "not shown: 1 more" in draw(MLP(2, [3, 4, 5]), limit=2).diagram.note
    for option in ({"depth": 1}, {"names": model}, {"highlight": Value(1.0)}):
        with pytest.raises(ValueError, match="draw: names, highlight and depth are for graphs of Values"):
            draw(model, **option)
    assert "Empty" in repr(draw(type("Empty", (Module,), {})()))
    wide = Module()
    for k in range(80):
        setattr(wide, f"part{k}", MLP(k + 1, [1]))
    assert "not shown: 20 more" in draw(wide).diagram.note


def test_a_graph_of_few_nodes_and_many_arrows_folds_too():
    inputs = [Value(float(k)) for k in range(25)]
    found = draw(fsum([fsum([*inputs, float(k)]) for k in range(25)])).diagram
    assert [box.count for box in found.boxes] == [25, 25, 1]


def test_a_large_graph_without_any_order_still_makes_a_small_picture():
    rng = random.Random(1)
    nodes = [Value(rng.random(), f"x{i}") for i in range(10)]
    for _ in range(2000):
        nodes.append(rng.choice(OPERATIONS)(rng.choice(nodes[-8:]), rng.choice(nodes)))
    found = draw(nodes[-1]).diagram
    assert len(found.boxes) <= 60
    assert len(found.arrows) <= 60
