"""What people from micrograd and PyTorch look for in this package, and what it is called here."""

_HERE = "numbers are floats of Python, and stay where they are"
ATTRIBUTES = {  # of a module
    "w": "use .weights",
    "b": "use .bias",
    "weight": "use .weights of a Neuron, or state_dict()",
    "nonlin": "the activation is given by its name: Neuron(2, 'relu'), or 'linear'",
    "forward": "call the module itself: model(x)",
    "predict": "call the module itself: model(x)",
    "fit": "use nn.fit(model, X, y), or nn.sklearn for estimators",
    "to": _HERE,
    "cpu": _HERE,
    "cuda": _HERE,
    "double": _HERE,
    "device": _HERE,
    "children": "use .attributes()",
    "modules": "use .attributes()",
    "named_modules": "use .attributes()",
    "requires_grad_": "give an optimizer the parameters that are to be trained",
    "summary": "its repr is one: print(model)",
}
NAMES = {  # of the package
    "Linear": "use Layer(n_inputs, n_outputs, 'linear')",
    "ReLU": "use the name 'relu', in MLP or Sequential",
    "Tanh": "use the name 'tanh', in MLP or Sequential",
    "Sigmoid": "use the name 'sigmoid', in MLP or Sequential",
    "GELU": "use the name 'gelu', in MLP or Sequential",
    "Softmax": "use autograd.softmax",
    "CrossEntropyLoss": "use nn.cross_entropy",
    "BCELoss": "use nn.binary_cross_entropy, which takes scores before the sigmoid",
    "BCEWithLogitsLoss": "use nn.binary_cross_entropy",
    "MSELoss": "use nn.mse",
    "HuberLoss": "use nn.huber",
    "BatchNorm1d": "use nn.BatchNorm",
    "MultiheadAttention": "use nn.MultiHeadAttention",
    "Parameter": "use autograd.Value: Values among the attributes of a Module are its parameters",
    "ModuleList": "use a list: modules in it are found",
    "ModuleDict": "use a dict: modules in it are found",
    "functional": "the functions are in autograd",
    "optim": "use nn.SGD, nn.Adam, nn.AdamW",
}


def missing(owner: str, name: str, hints: dict[str, str]) -> str:
    """Return what is said of a name that is not there.

    >>> missing("a Neuron", "w", ATTRIBUTES)
    "a Neuron has no attribute 'w'; use .weights"
    """
    return f"{owner} has no attribute {name!r}{f'; {hints[name]}' if name in hints else ''}"
