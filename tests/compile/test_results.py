"""Results of any kind: numbers are found in what holds them, constants are passed through, the rest runs uncompiled."""

import collections
import datetime
import decimal
import enum
import re
import types

import pytest

from autograd import grad, jit
from nn import MLP


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1


class Plain:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(other) is Plain and self.x == other.x

    __hash__ = None


RESULTS = [
    lambda x: Color.RED if x > 2.0 else Color.BLUE,
    lambda x: [x, Color.RED, (Level.LOW, x * 2.0)],
    lambda x: range(3),
    lambda x: {"x": {1, 2}, "y": frozenset({"a"}), "z": x},
    lambda x: types.SimpleNamespace(a=x * 2.0, b="text", c=types.SimpleNamespace(d=[x])),
    lambda x: collections.deque([x, 1, x], maxlen=3),
    lambda x: slice(x, None, 2),
    lambda x: (x, len, float, Ellipsis, NotImplemented, 1j, b"a", None, True, 3),
    lambda x: (datetime.date(2020, 1, 1), decimal.Decimal("1.5"), re.compile("a"), x),
    lambda x: collections.OrderedDict(b=x, a=collections.Counter("aab")),
]


@pytest.mark.parametrize("f", RESULTS)
def test_results_of_any_kind(f):
    compiled = jit(f, audit=False)
    for x in (1.5, 1.5, 2.5, 2.5, -1.0):
        found, expected = compiled(x), f(x)
        assert found == expected
        assert type(found) is type(expected)
    assert not compiled.uncompiled
    assert compiled.stats().eager == 0


def test_arrays_of_text_and_truth():
    np = pytest.importorskip("numpy")
    compiled = jit(lambda x: {"x": x, "names": np.array(["a", "b"]), "true": np.bool_(x > 1.0), "c": np.array([1j])})
    for x in (1.5, 2.5, 0.5):
        found = compiled(x)
        assert found["names"].tolist() == ["a", "b"]
        assert (found["true"], found["x"], found["c"].tolist()) == (x > 1.0, x, [1j])
        assert type(found["true"]) is np.bool_
        found["names"][0] = "changed"


def test_what_is_returned_may_be_changed():
    compiled = jit(lambda x: {"numbers": {1, 2}, "x": types.SimpleNamespace(y=[x])}, audit=False)
    for _ in range(3):
        found = compiled(1.0)
        assert found == {"numbers": {1, 2}, "x": types.SimpleNamespace(y=[1.0])}
        found["numbers"].add(3)
        found["x"].y.append(2.0)


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: Plain(x), "result: Plain"),
        (lambda x: [x, lambda y: x * y], r"result\[1\]: function"),
        (lambda x: {"a": (y for y in [x])}, r"result\['a'\]: generator"),
    ],
)
def test_what_may_hide_a_number_runs_uncompiled(f, what):
    compiled = jit(f)
    with pytest.warns(RuntimeWarning, match=f"returns something that no program makes: {what}"):
        first = compiled(1.5)
    second = compiled(2.5)
    for x, found in ((1.5, first), (2.5, second)):
        if isinstance(found, list):
            assert [found[0], found[1](2.0)] == [x, 2.0 * x]
        else:
            assert list(found["a"]) == [x] if isinstance(found, dict) else found == Plain(x)


def test_the_audit_compares_constants(tmp_path):
    path = str(tmp_path / "which")

    def write(text):
        with open(path, "w") as file:
            file.write(text)

    def f(x):
        with open(path) as file:
            return {"x": x, "names": collections.deque([{file.read()}])}

    write("a")
    compiled = jit(f)
    compiled(1.0)
    write("b")
    with pytest.warns(RuntimeWarning, match=r"result\['names'\]\[0\] is {'b'}, and {'a'} compiled"):
        assert compiled(1.0) == f(1.0)


def test_gradients_of_models_are_models():
    model = MLP(1, [2, 1], seed=0)
    compiled = jit(grad(lambda m, x: m([x]) ** 2))
    for _ in range(3):
        found, expected = compiled(model, 0.5), grad(lambda m, x: m([x]) ** 2)(model, 0.5)
        assert type(found) is MLP
        assert found.parameters() == expected.parameters()
