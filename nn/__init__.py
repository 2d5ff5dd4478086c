"""A tiny neural network package on scalar Values: neurons, layers, losses, optimizers and a training loop.

`python -m nn digits` trains an `MLP` on real data. The package uses nothing of the engine but its public names, so
anything here could have been written by a user.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from nn import hints as _hints
from nn.attention import MultiHeadAttention
from nn.convolution import Conv1d, Conv2d
from nn.dropout import Dropout
from nn.embedding import Embedding
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, cosine_similarity, cross_entropy, hinge, huber, mse
from nn.module import Module
from nn.normalization import BatchNorm, LayerNorm
from nn.optimizers import SGD, Adam, AdamW, constant, cosine, linear
from nn.perturbation import perturb
from nn.recurrent import GRU, LSTM, RNN
from nn.sequential import Activation, Flatten, Sequential
from nn.training import evaluate, fit

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "History",
    "Layer",
    "LayerNorm",
    "Module",
    "MultiHeadAttention",
    "Neuron",
    "Sequential",
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

if not _TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise AttributeError(_hints.missing("module 'nn'", name, _hints.NAMES), name=name)
