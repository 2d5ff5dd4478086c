"""Each layer against its formula in NumPy, its gradients against finite differences, and how it goes with `fit`."""

import math
import random

import pytest

import nn
from autograd import Value, fsum, grad, jit, no_grad, softmax
from nn import (
    GRU,
    LSTM,
    MLP,
    RNN,
    Activation,
    Adam,
    BatchNorm,
    Conv1d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LayerNorm,
    Module,
    MultiHeadAttention,
    Neuron,
    Sequential,
    evaluate,
    fit,
    perturb,
)
from nn.recurrent import _Recurrent

np = pytest.importorskip("numpy")
SEQUENCE = [[0.5, -1.0, 0.25], [1.5, 0.75, -0.5], [-0.25, 0.1, 2.0], [0.9, -0.3, 0.4]]
IMAGE = [[[math.sin(7 * c + 5 * i + j) for j in range(4)] for i in range(3)] for c in range(2)]


def rng():
    return random.Random(3)


def shaken(layer):
    """Return a layer none of whose parameters are 0 or 1 any more."""
    draw = random.Random(5)
    for p in layer.parameters():
        p.data += draw.uniform(-0.5, 0.5)
    return layer


def logistic(x):
    return 1.0 / (1.0 + np.exp(-x))


def rnn(p, xs):
    h, out = np.zeros(2), []
    for x in xs:
        h = np.tanh(p["weight_ih"] @ x + p["bias_ih"] + p["weight_hh"] @ h + p["bias_hh"])
        out.append(h)
    return np.array(out)


def gru(p, xs):
    h, out = np.zeros(2), []
    for x in xs:
        a, b = p["weight_ih"] @ x + p["bias_ih"], p["weight_hh"] @ h + p["bias_hh"]
        r, z = logistic(a[:2] + b[:2]), logistic(a[2:4] + b[2:4])
        n = np.tanh(a[4:] + r * b[4:])
        h = (1.0 - z) * n + z * h
        out.append(h)
    return np.array(out)


def lstm(p, xs):
    h, c, out = np.zeros(2), np.zeros(2), []
    for x in xs:
        i, f, g, o = np.split(p["weight_ih"] @ x + p["bias_ih"] + p["weight_hh"] @ h + p["bias_hh"], 4)
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        h = logistic(o) * np.tanh(c)
        out.append(h)
    return np.array(out)


def attention(p, xs, causal=False):
    q, k, v = (
        xs @ w.T + b for w, b in zip(np.split(p["in_proj_weight"], 3), np.split(p["in_proj_bias"], 3), strict=True)
    )
    q, k, v = (y.reshape(len(xs), 2, 2).swapaxes(0, 1) for y in (q, k, v))  # heads, places, width
    scores = q @ k.swapaxes(1, 2) / np.sqrt(2.0)
    if causal:
        scores = np.where(np.tril(np.ones_like(scores)) > 0.0, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    joined = (weights @ v).swapaxes(0, 1).reshape(len(xs), 4)
    return joined @ p["out_proj.weight"].T + p["out_proj.bias"]


def conv1d(p, x, stride=2, padding=1):
    x = np.pad(x, ((0, 0), (padding, padding)))
    k = p["weight"].shape[2]
    places = range(0, x.shape[1] - k + 1, stride)
    return np.array(
        [[(w * x[:, t : t + k]).sum() + b for t in places] for w, b in zip(p["weight"], p["bias"], strict=True)]
    )


def conv2d(p, x, stride=1, padding=1):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, p["weight"].shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("ocij,cyxij->oyx", p["weight"], windows) + p["bias"][:, None, None]


def layer_norm(p, x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * p["weight"] + p["bias"]


def batch_norm(p, X):
    return (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + 1e-5) * p["weight"] + p["bias"]


WIDE = [[*x, 0.5] for x in SEQUENCE]
LAYERS = {
    "RNN": (lambda: RNN(3, 2, rng()), SEQUENCE, rnn),
    "GRU": (lambda: GRU(3, 2, rng()), SEQUENCE, gru),
    "LSTM": (lambda: LSTM(3, 2, rng()), SEQUENCE, lstm),
    "MultiHeadAttention": (lambda: MultiHeadAttention(4, 2, rng()), WIDE, attention),
    "Conv1d": (lambda: Conv1d(4, 2, 2, stride=2, padding=1, rng=rng()), SEQUENCE, conv1d),
    "Conv2d": (lambda: Conv2d(2, 2, (2, 3), padding=1, rng=rng()), IMAGE, conv2d),
    "LayerNorm": (lambda: LayerNorm(3), SEQUENCE[0], layer_norm),
    "BatchNorm": (lambda: BatchNorm(3), SEQUENCE, batch_norm),
}


def numbers(x):
    return [numbers(y) for y in x] if isinstance(x, list) else getattr(x, "data", x)


def values(x):
    return [values(y) for y in x] if isinstance(x, list) else Value(x)


def called(layer, x):
    return layer.over_batch(x) if isinstance(layer, BatchNorm) else layer(x)


def score(outputs):
    """Return one number that depends on every output, each in its own way."""
    return fsum([math.cos(3.0 * i) * y + 0.1 * y * y for i, y in enumerate(Flatten()(outputs))])


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_its_formula(kind):
    make, x, formula = LAYERS[kind]
    layer = shaken(make())
    found = numbers(called(layer, x))
    state = {name: np.array(y) for name, y in layer.state_dict().items()}
    assert np.allclose(found, formula(state, np.array(x)), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_has_the_gradients_of_finite_differences(kind):
    make, x, _ = LAYERS[kind]
    layer, inputs = shaken(make()), values(x)
    leaves = [*layer.parameters(), *Flatten()(inputs)]
    for row in perturb(lambda: score(called(layer, inputs)), leaves).rows:
        assert row.gradient == pytest.approx(row.finite_difference, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind != "BatchNorm"])
def test_a_layer_is_compiled_and_saved(kind, tmp_path):
    make, x, _ = LAYERS[kind]
    layer = shaken(make())
    score(layer(x)).backward()
    for slope in (f(layer) for f in (grad(lambda m: score(m(x))), jit(grad(lambda m: score(m(x))), backend="python"))):
        assert slope.parameters() == pytest.approx([p.grad for p in layer.parameters()], rel=1e-12)
    layer.save(tmp_path / "layer.safetensors")
    again = make()
    again.load(tmp_path / "layer.safetensors")
    assert numbers(again(x)) == numbers(layer(x))


def test_causal_attention_sees_the_past_alone_and_takes_other_keys():
    layer = shaken(MultiHeadAttention(4, 2, rng()))
    state = {name: np.array(y) for name, y in layer.state_dict().items()}
    assert np.allclose(numbers(layer(WIDE, causal=True)), attention(state, np.array(WIDE), causal=True), rtol=1e-13)
    first = numbers(layer(WIDE[:1], WIDE[1:2]))
    assert first == numbers(layer([[9.0] * 4], WIDE[1:2]))  # one key: nothing to choose from
    assert first == numbers(layer(WIDE[:1], WIDE[2:3], WIDE[1:2]))


def test_a_recurrent_layer_goes_on_from_a_state():
    for layer in (RNN(3, 2, rng()), GRU(3, 2, rng()), LSTM(3, 2, rng())):
        whole = numbers(layer(SEQUENCE))
        outputs, state = layer.run(SEQUENCE[:2])
        rest, _ = layer.run(SEQUENCE[2:], state)
        assert numbers(outputs) + numbers(rest) == whole
        assert isinstance(layer, _Recurrent)


def test_dropout_drops_a_share_and_keeps_the_expectation():
    drop = Dropout(0.25, seed=1)
    found = drop([[1.0] * 1000, [Value(1.0)] * 1000])
    kept = [y for row in found for y in row if y != 0.0]
    assert len(kept) / 2000 == pytest.approx(0.75, abs=0.03)
    assert {float(getattr(y, "data", y)) for y in kept} == {1.0 / 0.75}
    assert drop.eval()([1.0, 2.0]) == [1.0, 2.0]
    assert Dropout(0.0)([1.0]) == [1.0]
    assert Dropout(0.5, seed=3)([1.0] * 9) == Dropout(0.5, rng=random.Random(3))([1.0] * 9)


def test_batch_norm_learns_what_it_uses_later(tmp_path):
    layer = BatchNorm(3)
    for _ in range(200):
        layer.over_batch(SEQUENCE)
    layer.eval()
    X = np.array(SEQUENCE)
    expected = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0, ddof=1) + 1e-5)
    assert np.allclose(numbers([layer(x) for x in SEQUENCE]), expected, rtol=1e-6)
    assert numbers(layer.over_batch(SEQUENCE)) == numbers([layer(x) for x in SEQUENCE])
    layer.save(tmp_path / "norm.json")
    again = BatchNorm(3).eval()
    again.load(tmp_path / "norm.json")
    assert (again.running_mean, again.running_var) == (layer.running_mean, layer.running_var)
    assert len(again.parameters()) == 6


def test_embedding_is_a_row_and_learns_it():
    words = Embedding(4, 2, rng())
    model = Sequential(words, Layer(2, 1, "linear", rng()))
    X, y = [0, 1, 2, 3] * 5, [1.0, -1.0, 2.0, 0.0] * 5
    fit(model, X, y, epochs=80, batch_size=4, optimizer=Adam(model.parameters(), lr=0.05), progress=False)
    assert evaluate(model, X, y, "mse")[0] < 0.01
    for wrong, kind, message in (
        (4, IndexError, "index is 4; use 0 to 3"),
        (-1, IndexError, "index is -1"),
        (1.0, TypeError, r"index is 1\.0; use an int"),
    ):
        with pytest.raises(kind, match=message):
            words(wrong)


@pytest.mark.parametrize("compiled", [True, False])
def test_fit_trains_a_sequence_with_batch_norm_and_dropout(compiled):
    X = [[math.sin(i), math.cos(3 * i), (i % 5) / 5.0] for i in range(48)]
    y = [int(a + c > 0.5) for a, _, c in X]
    drop = Dropout(0.1, seed=2)
    model = Sequential(Layer(3, 8, "linear", rng()), BatchNorm(8), "relu", drop, Layer(8, 1, "linear", rng()))
    options = {"loss": "binary_cross_entropy", "batch_size": 8, "progress": False, "compiled": compiled}
    fit(model, X, y, epochs=40, optimizer=Adam(model.parameters(), lr=0.02), **options)
    before = evaluate(model, X, y, "binary_cross_entropy")
    assert before[1] > 0.9
    assert evaluate(model, X, y, "binary_cross_entropy") == before  # nothing is dropped, nothing learned
    assert model.training
    assert "training" not in vars(model)


def test_the_best_epoch_has_its_running_means_too(tmp_path):
    X, y = SEQUENCE * 3, [1.0, 2.0, 3.0, 4.0] * 3

    def trained(epochs, **options):
        model = Sequential(BatchNorm(3), Layer(3, 1, "linear", rng()))
        history = fit(model, X, y, epochs=epochs, batch_size=4, validation=(X, y), progress=False, **options)
        return history, model.state_dict()

    history, state = trained(6)
    assert trained(history.best + 1)[1] == state
    trained(3, checkpoint=tmp_path / "run.json")
    assert trained(6, checkpoint=tmp_path / "run.json") == (history, state)


def test_a_model_that_hides_a_batch_norm_is_refused():
    class Hiding(Module):
        def __init__(self):
            self.norm = BatchNorm(3)

        def __call__(self, x):
            return sum(self.norm(x))

    with pytest.raises(TypeError, match=r"Hiding has a layer that sees whole batches.*over_batch\(X\)"):
        fit(Hiding(), SEQUENCE, [0.0] * 4, progress=False)
    with pytest.raises(ValueError, match="one sample has no variance"):
        fit(Sequential(BatchNorm(3), sum), SEQUENCE[:1], [0.0], progress=False)
    with pytest.raises(ValueError, match=r"a single sample in training.*over_batch.*eval\(\)"):
        BatchNorm(3)([1.0, 2.0, 3.0])


def test_layers_have_defaults_that_random_seeds():
    random.seed(1)
    neuron, layer = Neuron(2), Layer(2, 3)
    assert neuron([1.0, 2.0]).op == "tanh"
    assert len(layer([1.0, 2.0])) == 3
    assert neuron.weights[0].data != layer.neurons[0].weights[0].data
    random.seed(1)
    assert [p.data for p in Neuron(2).parameters()] == [p.data for p in neuron.parameters()]


def test_a_sequence_takes_modules_functions_and_names():
    model = Sequential(Conv2d(2, 1, 2, rng=rng()), "relu", Flatten(), MLP(6, [2, 1]))
    assert model(IMAGE).op == "sumprod"
    assert len(model.parameters()) == 9 + 17
    assert "layers.3.layers.0.weight" in model.state_dict()
    assert Activation("relu")([[-1.0], 2.0]) == [[0.0], 2.0]
    assert nn.Activation("relu").config() == {"activation": "relu"}


PROBABILITIES = {
    "sigmoid, binary": (lambda: MLP(2, [1], output="sigmoid"), [1.0, 2.0], 1, "binary_cross_entropy"),
    "softmax": (
        lambda: Sequential(Layer(2, 2, "linear"), softmax),
        [1.0, 2.0],
        1,
        "cross_entropy",
    ),
    "sigmoid": (lambda: Layer(2, 2, "sigmoid"), [1.0, 2.0], 1, "cross_entropy"),
}


@pytest.mark.parametrize("kind", PROBABILITIES)
@pytest.mark.parametrize("compiled", [True, False])
def test_probabilities_for_a_loss_that_takes_scores_are_remarked(kind, compiled, monkeypatch):
    """The accuracy was 0.46, and nobody said why."""
    monkeypatch.setattr("nn.compiled.COMPILING", -math.inf)
    make, x, target, loss = PROBABILITIES[kind]
    model = make()
    with pytest.warns(UserWarning, match=f"{loss}: the prediction was made by (sigmoid|softmax).*leave the"):
        nn.losses.LOSSES[loss](model(x), target)
    with pytest.warns(UserWarning, match=f"{loss}: the prediction was made by"):
        fit(model, [x] * 40, [target] * 40, loss=loss, epochs=1, progress=False, compiled=compiled)
    with no_grad():
        nn.losses.LOSSES[loss](make()(x), target)  # a number like any other


WRONG = {
    "no inputs": (lambda: RNN(0, 2), ValueError, "RNN: n_inputs is 0; use at least 1"),
    "a float": (lambda: LayerNorm(2.0), TypeError, r"LayerNorm: n is 2\.0; use an int"),
    "heads": (lambda: MultiHeadAttention(4, 3), ValueError, "size is 4; use a multiple of the 3 heads"),
    "keys": (lambda: MultiHeadAttention(2, 1)([[1.0, 2.0]], [[1.0, 2.0]], []), ValueError, "1 keys for 0 values"),
    "wide": (lambda: LSTM(2, 1)([[1.0]]), ValueError, "LSTM: got 1 inputs, expected 2"),
    "flat": (lambda: GRU(2, 1)([1.0, 2.0]), TypeError, r"GRU: got 1\.0, expected a sequence of 2 inputs"),
    "channels": (lambda: Conv1d(2, 1, 2)([[1.0, 2.0]]), ValueError, "Conv1d: got 1 channels, expected 2"),
    "short": (lambda: Conv1d(1, 1, 3)([[1.0, 2.0]]), ValueError, "got 2 places, padding included, fewer than the 3"),
    "probability": (lambda: Dropout(1.0), ValueError, r"Dropout: p is 1\.0; use a probability"),
    "nothing": (lambda: Sequential(), ValueError, "Sequential: no layers"),
    "no layer": (lambda: Sequential(3), TypeError, "Sequential: 3 is no layer"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_named(kind):
    call, error, message = WRONG[kind]
    with pytest.raises(error, match=message):
        call()
