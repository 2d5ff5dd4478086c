"""Batches as compiled lanes: the same training, whatever the model is, and never a stale one."""

import math
import os
import random
from contextlib import nullcontext

import pytest

import nn.compiled
from autograd import Value, relu, tanh
from nn import MLP, SGD, Module, fit
from nn.compiled import CompiledBatches

pytest.importorskip("llvmlite")
np = pytest.importorskip("numpy")


@pytest.fixture(autouse=True)
def _always(monkeypatch):
    monkeypatch.setattr(nn.compiled, "COMPILING", -math.inf)  # it pays


def data(count=50, width=3):
    rng = random.Random(1)
    X = [[rng.uniform(-1.0, 1.0) for _ in range(width)] for _ in range(count)]
    return X, [int(sum(x) > 0.0) for x in X]


def trained(model, loss, y, X, **options):
    history = fit(model, X, y, loss=loss, epochs=4, batch_size=16, progress=False, **options)
    return [epoch.loss for epoch in history.epochs], [p.data for p in model.parameters()]


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "hinge", "huber", "cross_entropy"])
def test_the_same_training(loss):
    X, y = data()
    outputs, y = 2 if loss == "cross_entropy" else 1, [2 * t - 1 for t in y] if loss == "hinge" else y
    found = []
    for compiled in (True, False):
        model = MLP(3, [5, outputs], activation="relu", seed=2)
        found.append(trained(model, loss, y, X, compiled=compiled))
    (losses, weights), (eager_losses, eager_weights) = found
    assert losses == pytest.approx(eager_losses, rel=1e-13)
    assert weights == pytest.approx(eager_weights, rel=1e-12, abs=1e-14)


def test_it_is_compiled_indeed():
    model = MLP(2, [3, 1], seed=0)
    lanes = CompiledBatches(model, 2)
    outputs = lanes.outputs([[0.5, 1.0], [1.0, 2.0]])
    assert lanes.works
    assert [type(y) for y in outputs] == [Value, Value]
    assert not any(y.parents for y in outputs)
    for y in outputs:
        y.grad = 2.0
    lanes.pull(outputs)
    plain = MLP(2, [3, 1], seed=0)
    for x in ([0.5, 1.0], [1.0, 2.0]):
        (plain(x) * 2.0).backward()
    assert [p.grad for p in model.parameters()] == pytest.approx([p.grad for p in plain.parameters()], rel=1e-14)


class Custom(Module):
    """A model of the user's own, with whatever `kind` says that lanes cannot do, or must not miss."""

    def __init__(self, kind):
        rng = random.Random(3)
        self.w = [Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
        self.tied, self.kind, self.calls, self.rng = [self.w[0], Value(0.5)], kind, 0, rng

    def __call__(self, x):
        h = [tanh(w * v) for w, v in zip(self.w, x, strict=True)]
        if self.kind == "counts":
            self.calls += 1
            return sum(h) * (1.0 + 0.01 * (self.calls % 3))
        if self.kind == "draws":
            return sum(h) * self.rng.random()
        if self.kind == "branches":
            h = [y if y > 0.0 else y * 0.5 if y > -0.3 else y * 0.1 for y in h]
        if self.kind == "looks":
            h = [y * (2.0 if math.copysign(1.0, getattr(y, "data", y)) > 0.0 else 1.0) for y in h]
        if self.kind == "tied":
            h.append(relu(self.tied[0] * self.tied[1]))
        return sum(h[1:], h[0])


@pytest.mark.parametrize("kind", ["plain", "branches", "looks", "tied"])
def test_models_of_ones_own(kind):
    X, y = data()
    found = [trained(Custom(kind), "mse", y, X, compiled=compiled) for compiled in (True, False)]
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("kind", ["counts", "draws"])
def test_a_model_that_changes_from_call_to_call_is_left_to_itself(kind):
    model, x = Custom(kind), data(3)[0]
    lanes = CompiledBatches(model, 2)
    with pytest.warns(RuntimeWarning, match="random numbers") if kind == "draws" else nullcontext():
        found = [y.data for y in lanes.outputs(x)]
    again = Custom(kind)
    assert found == [again(v).data for v in x]
    assert not lanes.works


def test_a_switch_within_the_model_is_seen():
    model = Custom("plain")
    lanes, x = CompiledBatches(model, 2), data(2)[0]
    before = [y.data for y in lanes.outputs(x)]
    model.kind = "branches"
    after = [y.data for y in lanes.outputs(x)]
    assert after == pytest.approx([model(v).data for v in x], rel=1e-14)
    assert after != before


def test_one_number_for_a_sample_and_samples_that_raise():
    class Scaled(Module):
        def __init__(self):
            self.w = Value(2.0)

        def __call__(self, x):
            return self.w * x

    losses, _ = trained(Scaled(), "mse", [2.0, 4.0, 6.0], [1.0, 2.0, 3.0], optimizer=None)
    assert losses[-1] < 1e-2
    with pytest.raises(ValueError, match="got 2 inputs"):
        fit(MLP(3, [1]), [[1.0, 2.0]] * 40, [0.0] * 40, progress=False)
    model = MLP(1, [1], seed=0)
    fit(model, [[1e308], [1.0]] * 20, [0.0] * 40, optimizer=SGD(model.parameters(), lr=0.1), progress=False, epochs=1)


RNG = random.Random(5)  # a global of the user's
WAYS = ("attribute", "global", "closure of NumPy's", "random", "numpy.random", "late", "system")


class Dropping(Module):
    """A layer with dropout, whose draws come from wherever `way` says."""

    def __init__(self, way):
        rng, own = random.Random(3), np.random.default_rng(7)
        self.w = [Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
        self.rng = own if way == "attribute" else None
        self.late = way == "late"
        ways = {
            "attribute": lambda: self.rng.random(),
            "closure of NumPy's": own.random,
            "random": random.random,
            "numpy.random": np.random.random_sample,
            "system": lambda: int.from_bytes(os.urandom(6)) / 2.0**48,
        }
        self.draw = ways.get(way, RNG.random)

    def __call__(self, x):
        drops = not self.late or x[0] > 0.5
        kept = [w * v for w, v in zip(self.w, x, strict=True) if not drops or self.draw() > 0.3]
        return sum(kept, 0.0 * self.w[0])


@pytest.mark.parametrize("way", WAYS)
def test_what_draws_random_numbers_draws_as_without_compiling(way):
    """Dropout was switched off for the first hundred batches: one drawing was compiled, and used again and again."""
    X, y = data(60)
    found = []
    for compiled in (True, False):
        RNG.seed(1)
        random.seed(2)
        np.random.seed(3)
        model = Dropping(way)
        with pytest.warns(RuntimeWarning, match="random numbers") if compiled else nullcontext():
            losses = trained(model, "mse", y, X, compiled=compiled)
        found.append((losses, RNG.random(), random.random(), np.random.random_sample(), model.draw()))
    assert found[0] == found[1] or way == "system"
