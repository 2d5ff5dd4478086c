"""The mistakes of the first hour: each gets a sentence with the name of the argument, what it is, and the remedy.

One table holds them: what is typed, what is raised, and what the message must say.
"""

import copy
import warnings

import pytest

import autograd
import nn
from autograd import (
    Value,
    backward,
    cross_entropy,
    draw_dot,
    fsum,
    grad,
    hessian,
    jacobian,
    log_softmax,
    logsumexp,
    paths,
    prod,
    softmax,
    value_and_grad,
    why,
)
from nn import MLP, SGD, Adam, Layer, Neuron, evaluate, fit

SAMPLE = [[1.0, 2.0, 3.0]]


def value():
    return Value(2.0)


def neuron():
    return Neuron(2)


def model():
    return MLP(3, [4, 1])


def fitted(*given, **options):
    return fit(*given, **({"progress": False} | options))


def assigned(name):
    setattr(value(), name, "x")


# fmt: off
MISTAKES = {
    # sizes
    "MLP(3, 4)": (lambda: MLP(3, 4), TypeError, "MLP: sizes is 4; use a list"),
    "MLP('3', [1])": (lambda: MLP("3", [1]), TypeError, "Neuron: n_inputs is '3'; use an int"),
    "MLP(3, [4, 1.0])": (lambda: MLP(3, [4, 1.0]), TypeError, r"n_outputs is 1\.0; use an int"),
    "Neuron(2.0)": (lambda: Neuron(2.0), TypeError, r"Neuron: n_inputs is 2\.0; use an int"),
    "Layer(2, 'relu')": (lambda: Layer(2, "relu"), TypeError, "Layer: n_outputs is 'relu'; use an int"),
    "Layer(2, [3])": (lambda: Layer(2, [3]), TypeError, r"Layer: n_outputs is \[3\]; use an int"),
    # what a module is called with
    "n(1.0)": (lambda: neuron()(1.0), TypeError, r"Neuron: got 1\.0, expected a sequence of 2 inputs"),
    "n(None)": (lambda: neuron()(None), TypeError, "Neuron: got None, expected a sequence of 2 inputs"),
    "n(batch)": (lambda: neuron()([[1.0, 2.0], [3.0, 4.0]]), TypeError, r"several samples at once.*for x in batch"),
    "model(batch)": (lambda: model()(SAMPLE * 3), TypeError, r"several samples at once.*for x in batch"),
    "n([1.0])": (lambda: neuron()([1.0]), ValueError, "Neuron: got 1 inputs, expected 2"),
    # optimizers
    "Adam(m)": (lambda: Adam(model()), TypeError, r"Adam: parameters is a MLP.*Adam\(model\.parameters\(\)\)"),
    "SGD(v)": (lambda: SGD(value()), TypeError, r"SGD: parameters is a Value, not a list.*SGD\(model\.parameters\(\)\)"),
    "SGD([1.0])": (lambda: SGD([1.0]), TypeError, "SGD: parameters holds a float, not Values alone"),
    "SGD(named)": (lambda: SGD(model().named_parameters()), TypeError, "parameters holds a tuple, not Values alone"),
    "SGD(state)": (lambda: SGD(model().state_dict()), TypeError, "SGD: parameters is a dict"),
    "SGD(results)": (lambda: SGD([value() * 2.0]), ValueError, "which is a result; .*or a leaf"),
    "SGD(detached)": (lambda: SGD([value().detach()]), ValueError, "which is a result"),
    "Adam(p, '0.1')": (lambda: Adam(model().parameters(), "0.1"), ValueError, "lr is '0.1'; use a positive number"),
    # fit
    "optimizer='adam'": (lambda: fitted(model(), SAMPLE, [1.0], optimizer="adam"), TypeError, "optimizer is 'adam'; use"),
    "optimizer=Adam": (lambda: fitted(model(), SAMPLE, [1.0], optimizer=Adam), TypeError, r"Adam\(model\.parameters\(\)"),
    "loss=None": (lambda: fitted(model(), SAMPLE, [1.0], loss=None), TypeError, "loss is None; use mse"),
    "model=list": (lambda: fitted([1.0], SAMPLE, [1.0]), TypeError, "fit: model is a list; use a Module"),
    "validation=X": (lambda: fitted(model(), SAMPLE, [1.0], validation=SAMPLE), TypeError, "validation has 1 parts; use a"),
    "epochs=2.5": (lambda: fitted(model(), SAMPLE, [1.0], epochs=2.5), ValueError, r"epochs is 2\.5; use at least 1"),
    "other model": (lambda: fitted(model(), SAMPLE, [1.0], optimizer=SGD(model().parameters())), ValueError, "very model"),
    "evaluate": (lambda: evaluate(model(), SAMPLE, [1.0, 2.0], "mse"), ValueError, "1 samples for 2 targets"),
    # losses
    "one-hot": (lambda: cross_entropy([0.1, 0.2, 0.3], [0, 1, 0]), TypeError, "one-hot target take the place of the 1"),
    "one-hot in nn": (lambda: nn.cross_entropy([0.1, 0.2], [0, 1]), TypeError, "one-hot target take the place of the 1"),
    "one output": (lambda: nn.cross_entropy(value(), 0), TypeError, "an output for each class, or binary_cross_entropy"),
    "a list of one": (lambda: nn.cross_entropy([value()], 0), TypeError, "logits is one number"),
    "fit, one output": (lambda: fitted(model(), SAMPLE, [0], loss="cross_entropy"), TypeError, "logits is one number"),
    "label of text": (lambda: nn.cross_entropy([0.1, 0.2], "cat"), TypeError, "target must be an int, not str 'cat'"),
    "target 2": (lambda: nn.binary_cross_entropy(value(), 2), ValueError, r"target is 2\.0, outside \[0, 1\]"),
    "target 0": (lambda: nn.hinge(value(), 0), ValueError, r"hinge: target is 0; use -1 or \+1"),
    # functions of many numbers
    "softmax(1.0)": (lambda: softmax(1.0), TypeError, r"softmax: expected a sequence.* float 1\.0; use softmax\(\[x, y\]\)"),
    "softmax(v)": (lambda: softmax(value()), TypeError, r"softmax: expected a sequence.* Value"),
    "logsumexp(v)": (lambda: logsumexp(value()), TypeError, "logsumexp: expected a sequence"),
    "log_softmax(v)": (lambda: log_softmax(value()), TypeError, "log_softmax: expected a sequence"),
    "fsum(v)": (lambda: fsum(value()), TypeError, r"fsum: expected a sequence.*use fsum\(\[x, y\]\)"),
    "prod(2.0)": (lambda: prod(2.0), TypeError, "prod: expected a sequence"),
    "cross_entropy(v, 0)": (lambda: cross_entropy(value(), 0), TypeError, "cross_entropy: expected a sequence"),
    "Value([1, 2])": (lambda: Value([1, 2]), TypeError, "not list.*use its numbers one by one"),
    # transforms
    "grad(f)()": (lambda: grad(lambda x: x * x)(), TypeError, r"0 positional arguments.*grad\(f\)\(1\.0\)"),
    "grad(f(x))": (lambda: grad(1.0), TypeError, r"use grad\(f\), not grad\(f\(x\)\)"),
    # backward
    "backward(v)": (lambda: backward(value()), TypeError, r"use backward\(\[x\]\), or x\.backward\(\)"),
    "backward(2.0)": (lambda: backward(2.0), TypeError, r"roots is 2\.0; use backward\(\[x\]\)"),
    "detached": (lambda: value().detach().backward(), RuntimeError, r"made by \.detach\(\).*Value\(x\.data\)"),
    # names of micrograd and PyTorch
    "label=": (lambda: Value(2.0, label="a"), TypeError, "unexpected argument 'label'; use name"),
    "_op=": (lambda: Value(2.0, _op="+"), TypeError, r"unexpected argument '_op'; use \.op"),
    "requires_grad=": (lambda: Value(2.0, requires_grad=True), TypeError, r"'requires_grad'; every Value.*x\.detach\(\)"),
    "nam=": (lambda: Value(2.0, nam="a"), TypeError, r"unexpected argument 'nam'; use Value\(data, name\)"),
    "_prev": (lambda: value()._prev, AttributeError, r"no attribute '_prev'; use \.parents"),
    "_op": (lambda: value()._op, AttributeError, r"'_op'; use \.op"),
    "_backward": (lambda: value()._backward, AttributeError, r"'_backward'; .*\.partials"),
    "label": (lambda: value().label, AttributeError, r"'label'; use \.name"),
    "label = ": (lambda: assigned("label"), AttributeError, r"'label'; use \.name"),
    "requires_grad": (lambda: value().requires_grad, AttributeError, "every Value has a gradient"),
    "requires_grad = ": (lambda: assigned("requires_grad"), AttributeError, "every Value has a gradient"),
    "requires_grad_": (lambda: value().requires_grad_(), AttributeError, "every Value has a gradient"),
    "detach_": (lambda: value().detach_(), AttributeError, r"use x = x\.detach\(\)"),
    "T": (lambda: value().T, AttributeError, r"one number; arrays of them are autograd\.array"),
    "numpy": (lambda: value().numpy(), AttributeError, r"use \.data"),
    "to": (lambda: value().to("cuda"), AttributeError, "stay where they are"),
    "is_leaf": (lambda: value().is_leaf, AttributeError, "not x.op"),
    "clone": (lambda: value().clone(), AttributeError, r"copy\.copy"),
    "neuron.w": (lambda: neuron().w, AttributeError, r"a Neuron has no attribute 'w'; use \.weights"),
    "neuron.b": (lambda: neuron().b, AttributeError, r"'b'; use \.bias"),
    "forward": (lambda: model().forward(SAMPLE), AttributeError, r"'forward'; call the module itself"),
    "cuda": (lambda: model().cuda(), AttributeError, "stay where they are"),
    "predict": (lambda: model().predict(SAMPLE), AttributeError, "call the module itself"),
    "nn.Linear": (lambda: nn.Linear(2, 1), AttributeError, r"'Linear'; use Layer\(n_inputs, n_outputs"),
    "nn.ReLU": (lambda: nn.ReLU(), AttributeError, "use the name 'relu'"),
    "nn.CrossEntropyLoss": (lambda: nn.CrossEntropyLoss(), AttributeError, r"use nn\.cross_entropy"),
    "nn.Parameter": (lambda: nn.Parameter, AttributeError, r"use autograd\.Value"),
    "nn.nothing": (lambda: nn.nothing, AttributeError, "module 'nn' has no attribute 'nothing'"),
    "autograd.nothing": (lambda: autograd.nothing, AttributeError, "has no attribute 'nothing'"),
}
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_a_sentence_and_the_remedy(mistake):
    call, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=message):
        call()


def test_numbers_that_have_nothing_to_do_with_each_other():
    """It said "a number with respect to itself"."""
    assert repr(paths(Value(1.0), Value(2.0))) == "dv0/dv0' = 0.0: no path leads from v0' to v0"
    v = value()
    assert repr(paths(v, v)) == "dv0/dv0 = 1.0: a number with respect to itself"
    assert "was made from nothing: it is a leaf; ask of a result: why(loss, parameter)" in repr(why(value(), value()))
    assert repr(paths(v, v * 2.0)).endswith(": no path leads from v1 to v0")
    assert "ask of a result: why(loss, parameter)" in repr(why(v, v * 2.0))
    assert "was made from nothing: it was made by .detach()" in repr(why((v * 2.0).detach(), v))


def test_what_simply_works():
    x = Value(3.0, "x")
    y = x * x
    assert (y.item(), y.detach().data, y.detach().parents) == (9.0, 9.0, ())
    assert "mul" in str(draw_dot(y)) or "*" in repr(draw_dot(y))
    assert copy.copy(x).data == 3.0
    assert grad(lambda x: x * x)(x=1.0) == jacobian(lambda x: x * x)(x=1.0) == hessian(lambda x: x * x)(x=1.0) == 2.0
    assert value_and_grad(lambda x: x * x)(x=1.0) == (1.0, 2.0)


def test_hints_are_no_attributes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x, names in ((value(), ("label", "T", "_prev")), (neuron(), ("w", "forward")), (nn, ("Linear",))):
            for name in names:
                assert not hasattr(x, name)
                assert name not in dir(x)
    assert "grad" in dir(value())


def test_a_data_set_that_is_not_bundled_is_not_taken_for_another(capsys):
    from nn.app.command import main

    assert main(["titanic"]) == 2
    error = capsys.readouterr().err
    assert "titanic: no such file; use a CSV file or one of breast_cancer, diabetes, digits, iris, moons, wine" in error
