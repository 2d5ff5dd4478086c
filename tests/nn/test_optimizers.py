"""Optimizers against a plain transcription of PyTorch's documented algorithms, step by step."""

import math

import pytest

from autograd import Value
from nn import SGD, Adam, AdamW, constant, cosine, linear


def slope(x):
    return 2.0 * x - 3.0 + math.sin(5.0 * x)


def run(optimizer, p, steps=20):
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        p.grad = slope(p.data)
        optimizer.step()
        path.append(p.data)
    return path


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd(momentum, decay, nesterov):
    p = Value(1.5)
    if nesterov and not momentum:
        with pytest.raises(ValueError, match="nesterov needs a momentum"):
            SGD([p], nesterov=True)
        return
    found = run(SGD([p], lr=0.05, momentum=momentum, nesterov=nesterov, weight_decay=decay), p)
    x, b, expected = 1.5, None, []
    for _ in range(20):
        d = slope(x) + decay * x
        if momentum:
            b = d if b is None else momentum * b + d
            d = d + momentum * b if nesterov else b
        x -= 0.05 * d
        expected.append(x)
    assert found == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_adam_and_adamw(kind, decay):
    p = Value(1.5)
    found = run(kind([p], lr=0.05, weight_decay=decay), p)
    x, m, v, expected = 1.5, 0.0, 0.0, []
    for t in range(1, 21):
        d = slope(x)
        if kind is AdamW:
            x -= 0.05 * decay * x
        else:
            d += decay * x
        m, v = 0.9 * m + 0.1 * d, 0.999 * v + 0.001 * d * d
        x -= 0.05 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        expected.append(x)
    assert found == pytest.approx(expected, rel=1e-12)


def test_schedules():
    assert [constant(s) for s in (0, 9)] == [1.0, 1.0]
    assert [linear(4)(s) for s in range(6)] == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert [cosine(2, 0.5)(s) for s in range(4)] == pytest.approx([1.0, 0.75, 0.5, 0.5])
    p = Value(1.0)
    optimizer = SGD([p], lr=0.5, schedule=linear(2))
    p.grad = 1.0
    optimizer.step()
    optimizer.step()
    optimizer.step()
    assert (p.data, optimizer.rate) == (0.25, 0.0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda p: SGD(p, lr=math.nan), "lr is nan"),
        (lambda p: SGD(p, momentum=1.0), r"SGD: momentum is 1\.0; use a number from 0\.0 to below 1\.0"),
        (lambda p: SGD(p, weight_decay=-1.0), "weight_decay is -1.0"),
        (lambda p: Adam(p, betas=(0.9, 1.0)), r"Adam: a beta is 1\.0"),
        (lambda p: AdamW(p, eps=-1e-8), "AdamW: eps is -1e-08"),
        (lambda p: linear(0), "linear: steps is 0"),
        (lambda p: cosine(0), "cosine: steps is 0"),
    ],
)
def test_settings_out_of_range_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build([Value(1.0)])


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"pass model\.parameters\(\)"):
        SGD([])
    with pytest.raises(ValueError, match=r"lr is -1\.0"):
        Adam([Value(1.0)], lr=-1.0)
