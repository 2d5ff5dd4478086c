"""vmap of nests: axes, names, dataclasses; and lanes under a transform, which are arrays."""

import dataclasses
import re

import numpy as np
import pytest

import autograd
from autograd import grad, jacobian, jit, sin, value_and_grad, vmap

# ---------------------------------------------------------------------------------------------- axes of nests


def test_axes_may_be_nests():
    x, m = np.arange(3.0), np.arange(6.0).reshape(2, 3)
    f = vmap(lambda p, y: p["a"] * p["b"][0] + y, in_axes=({"a": 0, "b": [None]}, None))
    assert f({"a": x, "b": [2.0]}, 5.0).tolist() == (x * 2.0 + 5.0).tolist()
    assert vmap(lambda p: p["m"].sum() * p["c"], in_axes=({"m": 1, "c": None},))({"m": m, "c": 2.0}).tolist() == [
        6.0,
        10.0,
        14.0,
    ]
    found = vmap(lambda x: {"row": x * np.ones(2), "x": x, "same": [7.0]}, out_axes={"row": 1, "x": 0, "same": None})(x)
    assert (found["row"].tolist(), found["x"].tolist(), found["same"]) == ([x.tolist()] * 2, x.tolist(), [7.0])
    assert vmap(lambda x: x * np.ones(2), out_axes=-1)(x).shape == (2, 3)
    scaled = vmap(lambda x, w: x * w * np.ones(2), in_axes=(0, None), out_axes=1)
    assert grad(lambda w: scaled(x, w)[0].sum())(2.0) == 3.0


def test_arguments_may_be_given_by_name():
    x = np.arange(3.0)
    assert vmap(lambda x, y: x * y, in_axes=(0, None))(x, y=3.0).tolist() == (3.0 * x).tolist()
    assert vmap(lambda x, y: x * y)(y=x, x=x).tolist() == (x * x).tolist()
    assert vmap(lambda x, *, k: x - k)(x, k=x).tolist() == [0.0] * 3


def test_dataclasses_may_hold_lanes():
    @dataclasses.dataclass
    class Line:
        slope: object
        height: object

    x = np.arange(3.0)
    assert vmap(lambda p: p.slope * p.height)(Line(x, x + 1.0)).tolist() == (x * (x + 1.0)).tolist()
    assert vmap(lambda p: p.slope * p.height, in_axes=(Line(0, None),))(Line(x, 2.0)).tolist() == (2.0 * x).tolist()
    found = vmap(lambda x: Line(np.array([x, 2.0 * x]), x))(x)
    assert (found.slope.tolist(), found.height.tolist()) == (np.stack([x, 2.0 * x], 1).tolist(), x.tolist())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: vmap(lambda x: x, out_axes=None)(x), "None for result, which is not the same in all lanes"),
        (lambda x: vmap(lambda x: x, out_axes="0")(x), "out_axes has '0'; use the number of an axis, None, or a nest"),
        (lambda x: vmap(lambda x: x, out_axes=1)(x), "result has 1 axes; there is no axis 1"),
        (
            lambda x: vmap(lambda x: [x], out_axes={"a": 0})(x),
            "out_axes has .* for result, which is another nest: list",
        ),
        (lambda x: vmap(lambda p: p, in_axes=({"b": 0},))({"a": x}), r"in_axes has .* for args\[0\], which is another"),
    ],
)
def test_axes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.arange(3.0))


# ---------------------------------------------------------------------------------------------- lanes as arrays


LANES = {
    "np.sum": np.sum,
    "np.mean": np.mean,
    "sum over the axis": lambda lanes: lanes.sum(axis=0),
    "np.max": np.max,
    "min": lambda lanes: lanes.min(),
    "logarithm of the sum of powers": lambda lanes: np.log(np.sum(np.exp(lanes - lanes.max()))),
    "an entry": lambda lanes: lanes[1],
    "a slice": lambda lanes: (lanes[1:] - lanes[:-1]).sum(),
    "a square": lambda lanes: (lanes * lanes).sum(),
    "from the right": lambda lanes: (1.0 - np.ones(3) * lanes).sum(),
    "a product": lambda lanes: lanes @ np.array([1.0, 2.0, 3.0]),
    "np.var": np.var,
    "in a loop": lambda lanes: sum(x * x for x in lanes),
    "np.concatenate": lambda lanes: np.prod(np.concatenate([lanes, [2.0]])),
    "its shape": lambda lanes: lanes.sum() / lanes.shape[0],
    "np.where": lambda lanes: np.where(lanes > 0.5, lanes, 0.0).sum(),
}


@pytest.mark.parametrize("name", LANES)
def test_lanes_under_a_transform_are_arrays(name):
    xs = np.array([0.1, 0.5, 0.9])
    over = LANES[name]

    def mapped(w):
        return over(vmap(lambda x, w: sin(x * w), in_axes=(0, None))(xs, w))

    def plain(w):
        return over(np.sin(autograd.array(xs) * w))

    expected = value_and_grad(plain)(2.0)
    assert value_and_grad(mapped)(2.0) == pytest.approx(expected, rel=1e-14)
    compiled = jit(value_and_grad(mapped))
    for _ in range(3):
        assert compiled(2.0) == pytest.approx(expected, rel=1e-14)


def test_lanes_that_are_no_single_numbers_are_arrays_too():
    xs = np.array([0.1, 0.5, 0.9])
    rows = vmap(lambda x, w: np.array([x * w, x]), in_axes=(0, None))
    assert grad(lambda w: rows(xs, w).sum(axis=0)[0])(2.0) == pytest.approx(1.5)
    assert grad(lambda w: rows(xs, w).sum())(2.0) == pytest.approx(1.5)
    assert jacobian(lambda w: rows(xs, w))(2.0).tolist() == [[x, 0.0] for x in xs]
    pair = vmap(lambda x, w: {"a": x * w, "b": w}, in_axes=(0, None))
    assert grad(lambda w: np.sum(pair(xs, w)["a"]))(2.0) == pytest.approx(1.5)


def test_many_lanes_that_are_no_sums_are_said_to_be_slow():
    scaled = vmap(lambda x, w: x * w, in_axes=(0, None))
    with pytest.warns(RuntimeWarning, match="2000 lanes are asked for more than their"):
        assert grad(lambda w: np.max(scaled(np.arange(2000.0), w)))(2.0) == 1999.0


@pytest.mark.parametrize("looped", [False, True])
def test_lanes_that_return_other_nests_are_refused(looped):
    x = np.array([0.5, -1.0, 2.0])
    others = {
        "a dict of ['b']": lambda x: {"a": x} if x > 0.0 else {"b": x},
        "not a number": lambda x: [x] if x > 0.0 else x,
        "a list of [0], [1]": lambda x: [x] * (1 if x > 0.0 else 2),
        "not all lanes": lambda x: [[x], x] if x > 0.0 else [x, [x]],
        "array of shape": lambda x: np.array([[x, x]]) if x > 0.0 else np.array([x, x]),
    }
    for words, f in others.items():
        mapped = vmap(f)
        mapped.uncompiled = "as asked" if looped else ""
        with pytest.raises(TypeError, match=re.escape(words)):
            mapped(x)


@pytest.mark.parametrize("looped", [False, True])
def test_dicts_of_lanes_are_matched_by_their_keys(looped):
    mapped = vmap(lambda x: {"a": x, "b": 2.0 * x} if x > 0.0 else {"b": -x, "a": 3.0 * x})
    mapped.uncompiled = "as asked" if looped else ""
    found = mapped(np.array([0.5, -1.0, 2.0]))
    assert {key: lanes.tolist() for key, lanes in found.items()} == {"a": [0.5, -3.0, 2.0], "b": [1.0, 1.0, 4.0]}
