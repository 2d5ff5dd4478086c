"""Trainings that were killed go on to the bit; optimizers are saved; what is of another training is refused."""

import json
import math
import os
import random
import signal
import subprocess
import sys

import pytest

import nn.compiled
from autograd import Value, tanh
from nn import MLP, SGD, Adam, AdamW, Module, cosine, fit, mse

from ..tools.common import ROOT

DATA = [[i / 30.0, (i * 7 % 30) / 30.0] for i in range(30)]
TARGETS = [x * y for x, y in DATA]


class Noisy(Module):
    """A model with dropout of its own, and a second generator in a list."""

    def __init__(self, generator=None):
        rng = random.Random(3)
        self.weights = [Value(rng.uniform(-1.0, 1.0)) for _ in range(2)]
        self.rngs = [rng, random.Random(4)] if generator is None else [generator]

    def __call__(self, x):
        noise = self.rngs[-1].random() if self.training else 0.5
        return tanh(self.weights[0] * x[0] + self.weights[1] * x[1] * noise)


def train(make, epochs=6, **options):
    random.seed(1)
    model = make()
    optimizer = Adam(model.parameters(), lr=0.02, schedule=cosine(40))
    options = {"batch_size": 8, "progress": False, "validation": (DATA[:9], TARGETS[:9]), "compiled": False} | options
    history = fit(model, DATA, TARGETS, optimizer=optimizer, epochs=epochs, **options)
    return history, [p.data for p in model.parameters()], optimizer.state_dict()


def numpy_generator():
    return pytest.importorskip("numpy").random.default_rng(5)


MODELS = {
    "MLP": lambda: MLP(2, [4, 1], seed=2),
    "its own generators": Noisy,
    "random": lambda: Noisy(random.random.__self__),
    "NumPy's": lambda: Noisy(numpy_generator()),
}


class Stop(Exception):
    pass


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("model", MODELS)
def test_a_training_goes_on_to_the_bit(tmp_path, model, suffix):
    path = tmp_path / f"run{suffix}"
    calls = 0

    def stopping(prediction, target):
        nonlocal calls
        calls += 1
        if calls in (100, 220):  # in the middle of an epoch of 39 calls
            raise Stop
        return mse(prediction, target)

    stopping.__name__ = "mse"
    expected = train(MODELS[model], loss="mse")
    for _ in range(2):
        with pytest.raises(Stop):
            train(MODELS[model], loss=stopping, checkpoint=path)
    assert train(MODELS[model], loss="mse", checkpoint=path) == expected
    assert train(MODELS[model], loss="mse", checkpoint=path) == expected  # nothing is left to be done
    assert train(MODELS[model], 8, loss="mse", checkpoint=path) == train(MODELS[model], 8, loss="mse")


@pytest.mark.parametrize("ways", [1, pytest.param(3, marks=pytest.mark.long)])
def test_a_compiled_training_goes_on_to_the_bit(tmp_path, monkeypatch, ways):
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(nn.compiled, "COMPILING", -math.inf)

    class Branching(MLP):
        def __call__(self, x):
            return super().__call__(x) * (1.0 if x[0] < 0.5 or ways == 1 else 2.0 if x[1] < 0.7 else 3.0)

    def make():
        return Branching(2, [4, 1], seed=2)

    path = tmp_path / "run.json"
    expected = train(make, 5, compiled=True, checkpoint=tmp_path / "whole.json")
    for epochs in (2, 5):
        found = train(make, epochs, compiled=True, checkpoint=path)
    assert found == expected


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from tests.nn import test_checkpoint as t
calls = 0
def loss(prediction, target):
    global calls
    calls += 1
    if calls == 150 and {kill}:
        os.kill(os.getpid(), signal.SIGKILL)
    return t.mse(prediction, target)
loss.__name__ = "mse"
print(repr(t.train(t.MODELS["its own generators"], loss=loss, checkpoint={path!r})[1:]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a kill of POSIX")
def test_a_process_that_is_killed_goes_on_to_the_bit(tmp_path):
    def run(kill):
        source = KILLED.format(root=str(ROOT), path=str(tmp_path / "run.safetensors"), kill=kill)
        return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=dict(os.environ))

    assert run(True).returncode == -signal.SIGKILL
    again = run(False)
    assert again.stdout.strip() == repr(train(Noisy, loss="mse")[1:]), again.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 4}, "batch_size 8, not 4"),
        ({"seed": 3}, "seed 0, not 3"),
        ({"loss": "huber"}, "loss 'mse', not 'huber'"),
        ({"compiled": True}, "compiled False, not True"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, options, message):
    path = tmp_path / "run.json"
    train(MODELS["MLP"], 2, checkpoint=path)
    with pytest.raises(ValueError, match=f"of this training: it was made with {message}"):
        train(MODELS["MLP"], 2, checkpoint=path, **options)
    with pytest.raises(ValueError, match="its model has 17 numbers, this one 21"):
        train(lambda: MLP(2, [5, 1]), 2, checkpoint=path)
    with pytest.raises(ValueError, match=r"unknown format '\.pt'"):
        train(MODELS["MLP"], 2, checkpoint=tmp_path / "run.pt")
    MLP(2, [4, 1]).save(path)
    with pytest.raises(ValueError, match="is not of this training"):
        train(MODELS["MLP"], 2, checkpoint=path)


def test_a_generator_that_could_not_be_put_back_is_refused(tmp_path):
    hidden = random.Random(9)

    class Sly(MLP):
        def __call__(self, x):
            return super().__call__(x) * hidden.random()

    with pytest.raises(ValueError, match="random numbers are drawn from a generator that could not be put back"):
        train(lambda: Sly(2, [1]), checkpoint=tmp_path / "run.json")


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: Adam(p, lr=0.1, weight_decay=0.01),
        lambda p: AdamW(p, lr=0.1, betas=(0.8, 0.99)),
    ],
)
def test_an_optimizer_goes_on_from_its_state(make):
    def steps(optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            sum((p - 1.0) ** 4 for p in optimizer.parameters).backward()
            optimizer.step()

    whole = make([Value(3.0), Value(-2.0)])
    steps(whole, 5)
    first = make([Value(3.0), Value(-2.0)])
    steps(first, 2)
    again = make([Value(p.data) for p in first.parameters])
    again.lr = 7.0  # what is loaded counts
    again.load_state_dict(json.loads(json.dumps(first.state_dict())))
    steps(again, 3)
    assert [p.data for p in again.parameters] == [p.data for p in whole.parameters]
    assert again.state_dict() == whole.state_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.update(kind="SGD"), "the state of 'SGD', not of Adam"),
        (lambda s: s.pop("eps"), "the state of 'Adam', not of Adam"),
        (lambda s: s["firsts"].append(1.0), "firsts is not 1 numbers"),
        (lambda s: s.update(seconds=[math.nan]), "seconds is not a finite number"),
        (lambda s: s.update(steps="1"), "steps is not a finite number"),
        (lambda s: s.update(steps=-1), "steps is -1; it is a count"),
    ],
)
def test_a_wrong_state_of_an_optimizer_changes_nothing(change, message):
    optimizer = Adam([Value(1.0)])
    state = optimizer.state_dict()
    change(state)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


def test_an_optimizer_of_another_model_is_refused():
    model, other = MLP(2, [1]), MLP(2, [1])
    with pytest.raises(ValueError, match="optimizer moves 3 Values that are not parameters of the model"):
        fit(model, DATA, TARGETS, optimizer=SGD(other.parameters()), progress=False)
    part = SGD(model.parameters()[:1], lr=0.1)
    before = [p.data for p in model.parameters()]
    fit(model, DATA, TARGETS, optimizer=part, epochs=2, progress=False)
    assert [p.data == x for p, x in zip(model.parameters(), before, strict=True)] == [False, True, True]
