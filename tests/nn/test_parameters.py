"""Where parameters are found, what is none, and what is refused because nobody would find it."""

import copy
import functools
import types
from collections import ChainMap, UserList, deque
from dataclasses import dataclass, field

import pytest

from autograd import Value, grad, jit, no_grad, tanh
from nn import MLP, SGD, Adam, Module, fit


@dataclass
class Pair:
    slope: Value
    offset: Value
    notes: list[str] = field(default_factory=list)


def array(*values):
    numpy = pytest.importorskip("numpy")
    found = numpy.empty(len(values), dtype=object)
    found[:] = values
    return found


def holding(x):
    module = Module()
    module.x = x
    return module


CONTAINERS = {
    "array": array,
    "array of two axes": lambda a, b: array(a, b).reshape(2, 1),
    "set": lambda a, b: {a, b},
    "frozenset": lambda a, b: frozenset([a, b]),
    "deque": lambda a, b: deque([a, b], maxlen=2),
    "dataclass": Pair,
    "dict of tuples": lambda a, b: {"k": (a,), 3: [b]},
    "array in a dataclass in a deque": lambda a, b: deque([Pair(array(a), [b])]),
    "modules in a deque": lambda a, b: deque([holding(a), holding([b])]),
    "a list that is mixed": lambda a, b: [a, 1.0, "text", None, b],
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_parameters_are_found_in_any_container(kind):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    module = holding(CONTAINERS[kind](a, b))
    assert [p.name for p in module.parameters()] == ["a", "b"]
    assert "2 parameters" in repr(module)
    if "set" in kind:
        with pytest.raises(ValueError, match="x is a set, which has no order"):
            module.state_dict()
        return
    other = holding(CONTAINERS[kind](Value(3.0), Value(4.0)))
    other.load_state_dict(module.state_dict())
    assert [p.data for p in other.parameters()] == [1.0, 2.0]
    twin = copy.deepcopy(module)
    assert [p.data for p in twin.parameters()] == [1.0, 2.0]
    assert not {*map(id, twin.parameters())} & {id(a), id(b)}


@pytest.mark.parametrize("kind", [kind for kind in CONTAINERS if "set" not in kind])
def test_transforms_find_them_too(kind):
    module = holding(CONTAINERS[kind](Value(1.0), Value(2.0)))

    def loss(m):
        a, b = m.parameters()
        return a * a * b

    for transform in (grad(loss), jit(grad(loss), backend="python")):
        slope = transform(module)
        assert slope.parameters() == [4.0, 1.0]
        assert type(slope.x) is type(module.x)
    assert [p.data for p in module.parameters()] == [1.0, 2.0]


def test_a_set_is_refused_by_transforms():
    with pytest.raises(TypeError, match="a set of parameters cannot be differentiated"):
        grad(lambda m: sum(m.x) * 2.0)(holding({Value(1.0), Value(1.0)}))


def test_what_is_in_a_numpy_array_is_trained():
    class Line(Module):
        def __init__(self):
            self.w = array(Value(0.0), Value(0.0))

        def __call__(self, x):
            return (self.w * x).sum()

    model = Line()
    X = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    fit(model, X, [2.0, 3.0, 5.0], optimizer=SGD(model.parameters(), lr=0.3), epochs=60, progress=False)
    assert [p.data for p in model.parameters()] == pytest.approx([2.0, 3.0], abs=0.05)


class Plain:
    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


HIDING = {
    "object": Plain,
    "slots": Slotted,
    "namespace": lambda v: types.SimpleNamespace(deep={"w": [v]}),
    "closure": lambda v: lambda x: v * x,
    "default of a function": lambda v: eval("lambda x, w=v: w * x", {"v": v}),
    "partial": lambda v: functools.partial(Value.__mul__, v),
    "method": lambda v: MLP(1, [1]).__call__,
    "generator": lambda v: (w for w in [v]),
    "iterator": lambda v: iter([v]),
    "view": lambda v: {"w": v}.values(),
    "proxy": lambda v: types.MappingProxyType({"w": v}),
    "chain": lambda v: ChainMap({"w": v}),
    "user list": lambda v: UserList([v]),
    "set of lists": lambda v: {(v,)},
    "array in an object": lambda v: Plain(array(v)),
    "keys": lambda v: {v: 1.0},
    "modules as keys": lambda v: {1.0: {holding(v): 2.0}},
    "another model's optimizer": lambda v: Adam([v]),
}


@pytest.mark.parametrize("kind", HIDING)
def test_what_cannot_be_searched_is_refused_when_it_is_assigned(kind):
    module = holding(Value(1.0))
    with pytest.raises(TypeError, match=r"Module: y.* holds Values in a .*; use a Module, list"):
        module.y = HIDING[kind](Value(2.0))
    assert not hasattr(module, "y")
    module.y = []
    module.y.append(HIDING[kind](Value(2.0)))
    with pytest.raises(TypeError, match=r"Module: y\.0.* holds Values in a "):
        module.parameters()


def test_what_holds_only_what_is_known_is_let_in():
    model = MLP(2, [3, 1])
    model.optimizer = Adam(model.parameters())
    model.shortcut = lambda x: model(x)
    model.step = jit(lambda x: model(x))
    model.tools = [len, tanh, functools.partial(max, 1.0), Plain(3.0), iter([1.0]), {1.0, 2.0}, Value]
    model.result = Plain(model([1.0, 2.0]))
    assert len(model.parameters()) == 13


class Keeping(Module):
    """A module that keeps what it has made last."""

    def __init__(self, cut=lambda y: y):
        self.w, self.hidden, self.all, self.cut = Value(0.5), None, [], cut

    def __call__(self, x):
        self.hidden = tanh(self.w * x)
        self.all.append(self.cut(self.hidden))
        return self.hidden


def test_a_result_that_is_kept_is_no_parameter():
    module = Keeping()
    module(2.0)
    with no_grad():
        module(3.0)
    module.state = module.w.detach()
    assert module.parameters() == [module.w]
    assert module.state_dict() == {"w": 0.5}
    module.load_state_dict({"w": 0.25})
    SGD(module.parameters(), lr=0.1).step()


def test_a_result_that_is_kept_is_no_parameter_within_transforms():
    def loss(m):
        y = m(2.0)
        return y + sum(p * p for p in m.parameters())

    expected = 1.0 + 2.0 * (1.0 - tanh(1.0) ** 2)
    module = Keeping()
    module(1.0)
    for transform in (grad(loss), jit(grad(loss), backend="python")):
        slope = transform(module)
        assert slope.w == pytest.approx(expected, rel=1e-14)
        assert slope.parameters() == [slope.w]


def test_gradients_of_gradients_are_parameters():
    def penalty(m):
        return sum(g * g for g in grad(lambda m: m.w * m.w * m.w)(m).parameters())

    module = holding(Value(1.0))
    module.w = Value(2.0)
    assert grad(penalty)(module).w == 4.0 * 9.0 * 2.0**3
    assert jit(grad(penalty))(module).w == 4.0 * 9.0 * 2.0**3


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({"a.b": Value(1.0), "a": {"b": Value(2.0)}}, "'a.b' stands for two parameters"),
        ({"d": {1: Value(1.0), "1": Value(2.0)}}, "'d.1' stands for two parameters"),
        ({"d": [Value(1.0), "text"], "d.0": Value(2.0)}, "'d.0' stands for two parameters"),
        ({"__metadata__": Value(1.0)}, "'__metadata__' is the name of something else"),
    ],
)
def test_paths_that_collide_are_refused_before_anything_is_written(tmp_path, attributes, path):
    module = Module()
    vars(module).update(attributes)
    for use in (module.state_dict, lambda: module.load_state_dict({}), lambda: module.save(tmp_path / "m.json")):
        with pytest.raises(ValueError, match=path):
            use()
    assert not list(tmp_path.iterdir())
    assert module.parameters()


def test_a_value_of_the_class_is_refused_where_parameters_are_asked_for():
    class Shared(Module):
        w = Value(1.0)

    with pytest.raises(TypeError, match="Shared: w holds Values in its class"):
        Shared().parameters()
    own = Shared()
    own.w = Value(2.0)
    assert own.parameters() == [own.w]
