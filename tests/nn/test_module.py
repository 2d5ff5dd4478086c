"""Modules: finding parameters, and files that are whole, exact, and never trusted."""

import json
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from nn import MLP, Module
from nn.files import _safetensors


class Tied(Module):
    def __init__(self):
        self.a = Value(1.0)
        self.rows = [[Value(2.0), Value(3.0)], [Value(4.0), Value(5.0)]]
        self.again = {"a": self.a, "inner": MLP(1, [1])}
        self.constant = 7.0


def test_parameters_are_found_in_order_and_once():
    names = [name for name, _ in Tied().named_parameters()]
    assert names == [
        "a",
        "rows.0.0",
        "rows.0.1",
        "rows.1.0",
        "rows.1.1",
        "again.inner.layers.0.neurons.0.weights.0",
        "again.inner.layers.0.neurons.0.bias",
    ]


def test_zero_grad_forgets_every_gradient():
    model = MLP(2, [2, 1])
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_state_dict_travels_between_models_of_one_shape():
    one, other = MLP(3, [4, 2], seed=1), MLP(3, [4, 2], seed=2)
    other.load_state_dict(json.loads(json.dumps(one.state_dict())))
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("layers.0.neurons.0.bias"), "missing layers.0.neurons.0.bias"),
        (lambda s: s.update(stray=1.0), "unknown stray"),
        (lambda s: s["layers.0.neurons.1.weights"].append(1.0), "weights has shape 3, expected 2"),
        (lambda s: s.update({"layers.1.neurons.0.bias": math.nan}), "'nan', not a finite number"),
        (lambda s: s.update({"layers.1.neurons.0.bias": True}), "'True', not a finite number"),
        (lambda s: s.update({"layers.1.neurons.0.bias": "0"}), "not a finite number"),
        (lambda s: s.update({"layers.1.neurons.0.weights": 1.0}), "has shape float, expected 2"),
    ],
)
def test_a_wrong_state_changes_nothing(change, message):
    model = MLP(2, [2, 1])
    before = [p.data for p in model.parameters()]
    state = MLP(2, [2, 1], seed=9).state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(state)
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_files_are_exact_and_build_their_model_again(tmp_path, suffix):
    model = MLP(2, [3, 1], activation="relu", output="sigmoid", seed=5)
    model.parameters()[0].data = 5e-324
    path = tmp_path / f"model{suffix}"
    model.save(path, {"note": "ü"})
    again, extra = MLP.from_file(path)
    assert extra == {"note": "ü"}
    assert repr(again) == repr(model)
    assert [p.data for p in again.parameters()] == [p.data for p in model.parameters()]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.json"
    model = MLP(1, [1])
    model.save(path)
    before = path.read_bytes()
    model.parameters()[0].data = math.inf
    with pytest.raises(ValueError, match="not JSON compliant"):
        model.save(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ValueError, match=r"unknown format '\.pkl'; use \.safetensors or \.json"):
        model.save(tmp_path / "model.pkl")


def tensors(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


ENTRY = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
ONE = struct.pack("<d", 1.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "too short"),
        (struct.pack("<Q", 2**60) + b"{}", "header claims"),
        (tensors([]), "not a JSON object"),
        (tensors(b'{"a": 1, "a": 2}'), "twice"),
        (tensors({"a": 1}), "no data_offsets"),
        (tensors({"a": {**ENTRY, "data_offsets": [0, -8]}}), "no data_offsets"),
        (tensors({"a": {**ENTRY, "dtype": "I64"}}, ONE), "type 'I64'"),
        (tensors({"a": {**ENTRY, "shape": [2**31, 2**31]}}, ONE), "not where its header says"),
        (tensors({"a": {**ENTRY, "shape": [True]}}, ONE), "no shape"),
        (tensors({"a": ENTRY, "b": ENTRY}, ONE), "not where its header says"),
        (tensors({"a": ENTRY}, ONE + b"x"), "1 bytes belong to nothing"),
        (tensors({"a": ENTRY}, struct.pack("<d", math.inf)), "not finite"),
        (tensors(b"[" * 100_000), "not a model that can be read"),
        (tensors({"__metadata__": {"config": 3}}), "metadata are not texts"),
        (tensors({"__metadata__": {"config": "NaN"}}), "NaN is not a finite number"),
        (tensors({"__metadata__": {}}), "how to build its model"),
    ],
)
def test_hostile_safetensors_are_refused(tmp_path, data, message):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        MLP.from_file(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parameters": 3}', '{"parameters": {"a": NaN}}', "[" * 100_000])
def test_hostile_json_is_refused(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="not a model that can be read"):
        MLP(1, [1]).load(path)


def test_a_truncated_file_is_refused_at_every_length(tmp_path):
    model = MLP(1, [1])
    before = [p.data for p in model.parameters()]
    whole = _safetensors(MLP(1, [1], seed=3).state_dict(), {})
    path = tmp_path / "model.safetensors"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="not a model"):
            model.load(path)
    assert [p.data for p in model.parameters()] == before


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_mutated_file_never_does_harm(tmp_path_factory, data):
    model = MLP(1, [1])
    before = [p.data for p in model.parameters()]
    whole = bytearray(_safetensors(MLP(1, [1], seed=3).state_dict(), {}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("mutated") / "model.safetensors"
    path.write_bytes(whole)
    try:
        model.load(path)
    except ValueError:
        assert [p.data for p in model.parameters()] == before
    else:
        assert all(math.isfinite(p.data) for p in model.parameters())
