"""A step of a training, with loss, backward and update in one function, as people write it: the same training."""

import warnings

import pytest

from autograd import Value, grad, jit, value_and_grad
from nn import MLP, SGD, Adam, mse

X, Y = [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]], [1.0, -1.0, 0.5]
STEPS = 6


def with_an_optimizer(model, compiled):
    """The model and the optimizer are found around the function."""
    optimizer = Adam(model.parameters(), lr=0.1)

    @compiled
    def step(X, Y):
        loss = mse([model(x) for x in X], Y)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.data

    return lambda: step(X, Y)


def with_the_model_as_an_argument(model, compiled):
    """The update is written out."""

    @compiled
    def step(model, X, Y):
        loss = mse([model(x) for x in X], Y)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return loss.data

    return lambda: step(model, X, Y)


def with_value_and_grad(model, compiled):
    """The gradient is a model too."""

    @compiled
    def step(model, X, Y):
        loss, slope = value_and_grad(lambda m: mse([m(x) for x in X], Y))(model)
        for p, d in zip(model.parameters(), slope.parameters(), strict=True):
            p.data -= 0.1 * d
        return loss

    return lambda: step(model, X, Y)


def with_a_method(model, compiled):
    """A trainer holds the model, the optimizer, and a count."""

    class Trainer:
        def __init__(self):
            self.model, self.optimizer, self.steps = model, SGD(model.parameters(), lr=0.1, momentum=0.9), 0

        @compiled
        def step(self, X, Y):
            loss = mse([self.model(x) for x in X], Y)
            self.model.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.steps += 1
            return loss.data / self.steps

    trainer = Trainer()
    return lambda: trainer.step(X, Y)


def of_numbers_alone(model, compiled):
    """Weights go in and come out, as in JAX."""
    weights = [p.data for p in model.parameters()]

    @compiled
    def step(weights, X, Y):
        loss, slope = value_and_grad(lambda w: sum((w[0] * x[0] + w[1] * x[1] - y) ** 2 for x, y in zip(X, Y)))(weights)  # noqa: B905
        return loss, [w - 0.1 * d for w, d in zip(weights, slope)]  # noqa: B905

    def call():
        nonlocal weights
        loss, weights = step(weights, X, Y)
        return loss

    return call


@pytest.mark.parametrize(
    "way", [with_an_optimizer, with_the_model_as_an_argument, with_value_and_grad, with_a_method, of_numbers_alone]
)
def test_a_compiled_step_trains_as_the_step_does(way):
    models = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    plain, compiled = way(models[0], lambda f: f), way(models[1], jit)
    expected = [plain() for _ in range(STEPS)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [compiled() for _ in range(STEPS)]
    assert found == expected
    assert all(type(x) is float for x in found)
    assert [p.data for p in models[1].parameters()] == [p.data for p in models[0].parameters()]
    assert len(caught) == (way is not of_numbers_alone)  # the others run uncompiled, and that is said once


def test_the_gradient_of_a_model_stays_compiled_through_a_training():
    """The step that is meant for speed: the compiled part returns the gradient, and the update is Python's."""
    model = MLP(2, [3, 1], seed=1)
    slope = jit(grad(lambda m, X, Y: mse([m(x) for x in X], Y)))
    optimizer = SGD(model.parameters(), lr=0.1)
    for _ in range(STEPS):
        found, expected = slope(model, X, Y), grad(lambda m: mse([m(x) for x in X], Y))(model)
        assert found.parameters() == expected.parameters()
        for p, d in zip(model.parameters(), found.parameters(), strict=True):
            p.grad = d
        optimizer.step()
    assert slope.stats().paths == 1
    assert slope.stats().renewed <= 1
    assert isinstance(model.parameters()[0], Value)
