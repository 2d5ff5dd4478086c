"""Modules: finding parameters, and files that are whole, exact, and never trusted."""

import json
import math
import os
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
        "again.inner.layers.0.weight.0.0",
        "again.inner.layers.0.bias.0",
    ]


def test_a_layer_shows_its_parameters_as_two_arrays():
    model = MLP(2, [3, 1])
    state = model.state_dict()
    assert list(state) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert (len(state["layers.0.weight"]), len(state["layers.0.weight"][0]), len(state["layers.0.bias"])) == (3, 2, 3)
    model.layers[0].neurons[1].weights[0].data = 7.0
    assert model.state_dict()["layers.0.weight"][1][0] == 7.0


def test_modules_that_hold_each_other_are_searched_once():
    class Node(Module):
        def __init__(self):
            self.weight, self.other = Value(1.0), None

    one, two = Node(), Node()
    one.other, two.other = two, one
    assert [name for name, _ in one.named_parameters()] == ["weight", "other.weight"]


def test_groups_that_are_made_on_the_spot_are_all_found():
    """Lists that `attributes` makes die at once, and the next one may have the same id."""

    class Pair(Module):
        def __init__(self):
            self.parts = [MLP(1, [1], seed=1), MLP(1, [1], seed=2)]

        def attributes(self):
            return {"first": [self.parts[0]], "second": [self.parts[1]]}

    class Stack(Module):
        def __init__(self):
            self.pairs = [Pair() for _ in range(20)]

    assert len(Stack().parameters()) == 80


def test_a_ragged_nest_of_values_is_saved_row_by_row(tmp_path):
    class Ragged(Module):
        def __init__(self, x):
            self.rows = [[Value(x), Value(x + 1)], [Value(x + 2)]]

    one, other = Ragged(1.0), Ragged(5.0)
    one.save(tmp_path / "ragged.safetensors")
    other.load(tmp_path / "ragged.safetensors")
    assert [p.data for p in other.parameters()] == [1.0, 2.0, 3.0]


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
        (lambda s: s.pop("layers.0.bias"), "missing layers.0.bias"),
        (lambda s: s.update(stray=1.0), "unknown stray"),
        (lambda s: s["layers.0.weight"][1].append(1.0), r"weight\.1 has shape 3, expected 2"),
        (lambda s: s.update({"layers.1.bias": [math.nan]}), "'nan', not a finite number"),
        (lambda s: s.update({"layers.1.bias": [True]}), "'True', not a finite number"),
        (lambda s: s.update({"layers.1.bias": ["0"]}), "not a finite number"),
        (lambda s: s.update({"layers.1.bias": [10**400]}), "not a finite number"),
        (lambda s: s.update({"layers.1.weight": 1.0}), "has shape float, expected 1"),
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


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_failed_write_leaves_the_old_file(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    model = MLP(1, [1])
    model.save(path)
    before = path.read_bytes()
    model.parameters()[0].data = math.inf
    with pytest.raises(ValueError, match=r"layers\.0\.weight has a number that is not finite"):
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
        (tensors({"a": {**ENTRY, "shape": [2**32 - 1, 0], "data_offsets": [0, 0]}}), "no shape"),  # nor 4 billion lists
        (tensors({"a": {**ENTRY, "dtype": []}}, ONE), "type"),
        (tensors({"a": {**ENTRY, "dtype": {}}}, ONE), "type"),
        (tensors({"a": {**ENTRY, "data_offsets": [8, 0]}}, ONE), "not where its header says"),
        (tensors({"a": ENTRY, "b": ENTRY}, ONE), "not where its header says"),
        (tensors({"a": ENTRY}, ONE + b"x"), "1 bytes belong to nothing"),
        (tensors({"a": ENTRY}, struct.pack("<d", math.inf)), "not finite"),
        (tensors(b"[" * 100_000), "not a model that can be read"),
        (tensors({"__metadata__": {"config": 3}}), "metadata are not texts"),
        (tensors({"__metadata__": {"config": "NaN"}}), "NaN is not a finite number"),
        (tensors({"__metadata__": {"config": "1e999"}}), "1e999 is not a finite number"),
        (tensors({"__metadata__": {"config": '{"a": 1, "a": 2}'}}), "twice"),
        (tensors({"__metadata__": {}}), "how to build its model"),
    ],
)
def test_hostile_safetensors_are_refused(tmp_path, data, message):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        MLP.from_file(path)


CONFIG = {"n_inputs": 1, "sizes": [1], "activation": "tanh", "output": "linear"}


@pytest.mark.parametrize(
    "change",
    [
        {"n_inputs": 10**9},
        {"sizes": [10**9]},
        {"sizes": [1] * 1000},
        {"sizes": []},
        {"sizes": "1"},
        {"n_inputs": 0, "sizes": [10**9]},
        {"n_inputs": 1.0},
        {"activation": "__import__"},
        {"activation": ["tanh"]},
        {"surplus": 1},
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_config_that_is_not_its_parameters_is_refused(tmp_path, suffix, change):
    class Odd(MLP):
        def config(self):
            return CONFIG | change

    path = tmp_path / f"odd{suffix}"
    Odd(1, [1]).save(path)
    with pytest.raises(ValueError, match="how to build its model"):
        MLP.from_file(path)


def test_float32_tensors_are_read(tmp_path):
    path = tmp_path / "model.safetensors"
    entries = {"layers.0.weight": ([1, 2], 0, 8), "layers.0.bias": ([1], 8, 12)}
    header = {name: {"dtype": "F32", "shape": s, "data_offsets": [a, b]} for name, (s, a, b) in entries.items()}
    path.write_bytes(tensors(header, struct.pack("<3f", 1.5, -2.0, 0.25)))
    model = MLP(2, [1])
    model.load(path)
    assert model.state_dict() == {"layers.0.weight": [[1.5, -2.0]], "layers.0.bias": [0.25]}


@pytest.mark.skipif(not hasattr(os, "umask"), reason="POSIX permissions")
def test_a_file_has_the_permissions_of_any_other(tmp_path):
    MLP(1, [1]).save(tmp_path / "model.json")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "model.json").stat().st_mode == (tmp_path / "other").stat().st_mode


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
