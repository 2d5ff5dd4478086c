"""Samples from anywhere: by position, whatever their labels; what has no order, or hides something, is refused."""

import types
from collections import deque

import pytest

from autograd import Value
from nn import MLP, evaluate, fit

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

ROWS = [[(i * 7 % 20) / 10.0 - 1.0, (i * 3 % 20) / 10.0 - 1.0] for i in range(40)]
TARGETS = [int(a > b) for a, b in ROWS]
LABELS = [(i * 11 + 3) % 40 for i in range(40)]


def frame():
    return pd.DataFrame(ROWS, columns=["a", "b"], index=LABELS)


def series():
    return pd.Series(TARGETS, index=LABELS)


class Column:
    """What other libraries give: an array protocol, and an index that is not by position."""

    def __init__(self, data):
        self.data = data

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data)

    def __getitem__(self, i):
        raise KeyError(i)


class Tensor:
    """A tensor of PyTorch, as far as it goes."""

    def __init__(self, number, requires_grad):
        self.number, self.requires_grad, self.shape = number, requires_grad, ()

    def item(self):
        return self.number

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


def learned(X, y):
    model = MLP(2, [3, 1], seed=1)
    fit(model, X, y, loss="binary_cross_entropy", epochs=2, progress=False, compiled=False)
    return [p.data for p in model.parameters()], evaluate(model, X, y, "binary_cross_entropy")


KINDS = {
    "labels": lambda: (frame(), series()),
    "labels of text": lambda: (frame().set_axis(map(str, LABELS)), series().set_axis(map(str, LABELS))),
    "a column": lambda: (frame(), series().to_frame()),
    "bool": lambda: (frame(), series().astype(bool)),
    "nullable": lambda: (frame().convert_dtypes(), series().convert_dtypes()),
    "category": lambda: (frame(), series().astype("category")),
    "index": lambda: (frame(), pd.Index(TARGETS)),
    "array": lambda: (np.array(ROWS), np.array(TARGETS)[:, None]),
    "arrays without axes": lambda: ([np.array(row) for row in ROWS], [np.array(t) for t in TARGETS]),
    "tensors": lambda: (ROWS, [Tensor(t, False) for t in TARGETS]),
    "array protocol": lambda: (Column(ROWS), Column(TARGETS)),
    "deque": lambda: (deque(ROWS), deque(TARGETS)),
    "views": lambda: (dict(enumerate(ROWS)).values(), dict(enumerate(TARGETS)).values()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_taken_by_position(kind):
    """A series that was shuffled was looked up by its labels: an accuracy of 0.627 for 1.000, silently."""
    assert learned(*KINDS[kind]()) == learned(ROWS, TARGETS)


REFUSED = {
    "a dict": (lambda: ({"a": ROWS}, TARGETS), "fit: X is a dict, not a sequence of samples"),
    "a set": (lambda: (ROWS[:2], {0, 1}), "fit: y is a set, not a sequence of samples"),
    "a text": (lambda: (ROWS, "01" * 20), "fit: y is a str"),
    "a mask": (lambda: (np.ma.array(ROWS, mask=False), TARGETS), r"fit: X is a MaskedArray; .* \.filled\(number\)"),
    "a matrix": (lambda: (np.array(ROWS).view(np.matrix), TARGETS), r"fit: X is a matrix; use numpy\.asarray\(X\)"),
    "not dense": (lambda: (types.SimpleNamespace(toarray=None), TARGETS), r"which is sparse; use X\.toarray\(\)"),
    "lazy": (lambda: (types.SimpleNamespace(collect=None), TARGETS), r"not computed yet; use X\.collect\(\)"),
    "a graph": (lambda: (ROWS, [Tensor(t, True) for t in TARGETS]), r"y: a Tensor that requires grad .* \.detach\(\)"),
    "a tensor": (lambda: (Tensor(0.0, True), TARGETS), r"fit: X: a Tensor that requires grad"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_order_or_hides_something_is_refused(kind):
    make, message = REFUSED[kind]
    with pytest.raises(TypeError, match=message):
        learned(*make())


def test_a_value_takes_no_tensor_that_requires_grad():
    tensor, v = Tensor(2.0, True), Value(3.0)
    uses = [
        lambda: Value(tensor),
        lambda: v * tensor,
        lambda: tensor + v,
        lambda: setattr(v, "data", tensor),
        lambda: v.backward(tensor),
    ]
    for use in uses:
        with pytest.raises(TypeError, match="Tensor that requires grad would lose its graph here"):
            use()
    assert Value(Tensor(2.0, False)) == 2.0
