"""Functions that refer to modules: their weights are read anew at every call, and whatever else changes is seen."""

import copy

import pytest

import nn
from autograd import Value, jit, value_and_grad


def stepped(model: nn.MLP) -> None:
    """Change all weights, as an optimizer does."""
    for w in model.parameters():
        w.data = w.data * 1.25 + 0.01


@pytest.mark.parametrize("backend", ["python", "llvm", None])
def test_weights_are_read_anew_and_nothing_is_recorded_again(backend):
    model, calls = nn.MLP(2, [4, 1]), []
    other = Value(0.5)

    def f(x, y):
        calls.append  # noqa: B018  # a list that is named, not changed
        return model([x, y]) * other

    compiled = jit(f, backend, audit=False)
    for k in range(140):
        assert compiled(0.5, 0.1 * k) == pytest.approx(f(0.5, 0.1 * k).data, rel=1e-12)
        stepped(model) if k % 7 == 3 else None
    assert compiled.stats().renewed <= 2  # what a module notes at its first call, the first step; no later one
    other.data = 3.0  # a Value that is no weight
    assert compiled(0.5, 0.25) == pytest.approx(f(0.5, 0.25).data, rel=1e-12)


GLOBAL = nn.MLP(2, [3, 1])


def test_a_global_model_another_model_and_one_of_equal_weights():
    global GLOBAL
    compiled = jit(lambda x: GLOBAL([x, 1.0]), audit=False)
    for k in range(6):
        assert compiled(0.5) == GLOBAL([0.5, 1.0]).data
        stepped(GLOBAL)
        if k == 3:
            GLOBAL = copy.deepcopy(GLOBAL)  # equal weights, which then go their own way


def float_of(x: Value | float) -> float:
    """Return the number of a Value, or the number."""
    return x.data if isinstance(x, Value) else x


def test_another_way_to_the_weights_is_seen():
    model = nn.MLP(2, [3, 1])
    layer, apply = model.layers[0], model.__call__
    box = [lambda x: x]
    functions = [
        lambda x: model([x, 1.0]) + layer([x, 2.0])[0],
        lambda x: model([x, 1.0]) * apply([x, 2.0]),
        lambda x: apply([x, 2.0]),
        lambda x: model([x, 1.0]) * model.parameters()[0].data,
        lambda x: model([x, 1.0]) if model.parameters()[0] > 0.1 else -x,
        lambda x: box[0](model([x, 1.0])),
    ]
    compiled = [jit(f, audit=False) for f in functions]
    for k in range(8):
        for i, (f, fast) in enumerate(zip(functions, compiled, strict=True)):
            assert (k, i, fast(0.5)) == (k, i, pytest.approx(float_of(f(0.5)), rel=1e-14))
        stepped(model)
        model.parameters()[0].data = 0.2 if k % 2 else -0.2
        if k == 4:
            box[0] = lambda x: x * model.parameters()[1]
        if k == 6:
            model.layers[0] = nn.MLP(2, [3, 1]).layers[0]


def test_exceptions_and_shapes_are_those_of_the_function():
    model = nn.MLP(2, [3, 1])

    def f(xs):
        if len(xs) > 2:
            raise ValueError("too many")
        return model(xs)

    compiled = jit(f)
    for _ in range(5):
        assert compiled([0.5, 1.0]) == f([0.5, 1.0]).data
        assert compiled([0.5, 1]) == f([0.5, 1]).data
        with pytest.raises(ValueError, match="too many"):
            compiled([1.0, 2.0, 3.0])
        stepped(model)
    with pytest.raises(ZeroDivisionError):
        jit(lambda x: model([x, 1.0 / x]))(0.0)


def test_gradients_with_respect_to_arguments():
    model = nn.MLP(2, [3, 1])
    both = value_and_grad(lambda x: model([x, 1.0]))
    compiled = jit(both, audit=False)
    for _ in range(4):
        assert compiled(0.5) == pytest.approx(both(0.5), rel=1e-14)
        stepped(model)
