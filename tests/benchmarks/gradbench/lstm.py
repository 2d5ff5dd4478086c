"""lstm: how well a small recurrent network foresees the next character of a text, bit by bit."""

from itertools import pairwise

from autograd import exp, grad, log, sigmoid, tanh


def prepare(given):
    return (given["main_params"], given["extra_params"]), given["state"], given["sequence"]


def layer(weights, biases, hidden, cell, given):
    """Return what a layer remembers, and its output: the gates of all bits, each by itself."""
    b = len(given)
    outputs, cells = [], []
    for j, (x, h, c) in enumerate(zip(given, hidden, cell, strict=True)):
        forget = sigmoid(x * weights[j] + biases[j])
        ingate = sigmoid(h * weights[b + j] + biases[b + j])
        outgate = sigmoid(x * weights[2 * b + j] + biases[2 * b + j])
        change = tanh(h * weights[3 * b + j] + biases[3 * b + j])
        c = c * forget + ingate * change
        cells.append(c)
        outputs.append(outgate * tanh(c))
    return outputs, cells


def objective(params, state, sequence):
    main, (scale, weight, bias) = params
    state, total = list(state), 0.0
    for now, later in pairwise(sequence):
        x = [a * b for a, b in zip(now, scale, strict=True)]
        for i in range(0, len(main), 2):
            x, state[i + 1] = layer(main[i], main[i + 1], state[i], state[i + 1], x)
            state[i] = x
        y = [a * w + b for a, w, b in zip(x, weight, bias, strict=True)]
        norm = log(2.0 + sum([exp(v) for v in y]))
        total = total + sum([bit * (v - norm) for bit, v in zip(later, y, strict=True)])
    return -total / ((len(sequence) - 1) * len(sequence[0]))


def finish(found):
    return [x for rows in found for row in rows for x in row] if isinstance(found, tuple) else found


FUNCTIONS = {"objective": objective, "jacobian": grad(objective)}
