"""A tiny neural network package on scalar Values: neurons, layers, losses, optimizers and a training loop.

`python -m nn digits` trains an `MLP` on real data. The package uses nothing of the engine but its public names, so
anything here could have been written by a user.
"""

from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, cosine_similarity, cross_entropy, hinge, huber, mse
from nn.module import Module
from nn.optimizers import SGD, Adam, AdamW, constant, cosine, linear
from nn.perturbation import perturb
from nn.training import evaluate, fit

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "constant",
    "cosine",
    "cosine_similarity",
    "cross_entropy",
    "evaluate",
    "fit",
    "hinge",
    "huber",
    "linear",
    "mse",
    "perturb",
]
