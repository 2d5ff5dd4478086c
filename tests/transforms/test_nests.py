"""Nests of every kind; containers and copies make of the numbers in them what they make of floats."""

import collections
import copy
import dataclasses
import enum
import functools
import math
import pickle
import types

import numpy as np
import pytest

from autograd import Value, grad, hessian, hvp, jacobian, jit, jvp, register_node, value_and_grad, vjp, vmap
from nn import Module


@dataclasses.dataclass
class Line:
    slope: float
    height: float


def test_a_copy_of_a_traced_number_is_the_number():
    assert grad(lambda x: copy.copy(x) * copy.deepcopy([x])[0])(3.0) == 6.0
    assert grad(lambda p: dataclasses.asdict(p)["slope"] * dataclasses.astuple(p)[1])(Line(2.0, 3.0)) == Line(3.0, 2.0)
    assert grad(lambda p: (lambda q: q.slope * q.height)(dataclasses.replace(p, height=p.slope)))(Line(2.0, 3.0)) == (
        Line(4.0, 0.0)
    )
    with pytest.raises(TypeError, match=r"cannot be pickled.*use \.data"):
        grad(lambda x: pickle.loads(pickle.dumps(x)))(2.0)


def test_item_and_detach_of_a_traced_number_are_those_of_a_value():
    for function in (lambda x: x.item() * x, lambda x: x.detach() * x):
        x = Value(3.0)
        function(x).backward()
        assert grad(function)(3.0) == x.grad == 3.0
    assert hessian(lambda x: x[0].detach() * x[0] ** 2)([3.0]) == [[6.0]]


def test_a_traced_number_is_found_where_its_float_is():
    assert grad(lambda x: (3.0 if x in {2.0} else 5.0) * x)(2.0) == 3.0
    assert grad(lambda x: {2.0: 7.0}.get(x, 1.0) * x)(2.0) == 7.0
    assert grad(lambda xs: collections.Counter(xs)[2.0] * sum(xs))([2.0, 2.0, 3.0]) == [2.0] * 3
    assert grad(lambda xs: len(set(xs)) * sum(xs))([2.0, 2.0, 3.0]) == [2.0] * 3
    assert grad(grad(lambda x: x**3 if x in {2.0} else x))(2.0) == 12.0


@functools.cache
def square(x):
    return x * x


@dataclasses.dataclass(frozen=True)
class Disc:
    radius: float

    @functools.cache  # noqa: B019 (it is one object)
    def area(self):
        return self.radius * self.radius


def test_a_warm_cache_gives_no_constant():
    disc = Disc(3.0)
    assert (square(3.0), disc.area()) == (9.0, 9.0)
    assert grad(lambda x: square(x))(3.0) == grad(square)(3.0) == grad(lambda p: p.area())(disc).radius == 6.0
    assert grad(lambda x: square(x) if x in {3.0} else x)(3.0) == 6.0
    assert square(3.0) == 9.0
    assert type(square(3.0)) is float


# ---------------------------------------------------------------------------------------------- kinds of nests


class Getting(dict):
    __getattr__ = dict.get


class Raising(dict):
    __getattr__ = dict.__getitem__


class Itself(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__ = self


@pytest.mark.parametrize("kind", [Getting, Raising, Itself])
@pytest.mark.parametrize("transform", [lambda f: f, jit])
def test_a_dict_that_answers_attributes_is_a_dict(kind, transform):
    found = transform(grad(lambda p: p.a * p.b))(kind(a=2.0, b=3.0))
    assert (type(found), dict(found)) == (kind, {"a": 3.0, "b": 2.0})


@dataclasses.dataclass
class Circle:
    radius: float
    twice: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.twice = 2.0 * self.radius
        self.thrice = 3.0 * self.radius

    @functools.cached_property
    def area(self):
        return self.radius * self.radius


@pytest.mark.parametrize("transform", [lambda f: f, jit])
def test_what_a_dataclass_derives_or_caches_is_made_anew(transform):
    circle = Circle(3.0)
    assert circle.area == 9.0
    assert transform(grad(lambda p: p.area))(circle).radius == 6.0
    assert transform(grad(lambda p: p.radius * p.twice))(circle).radius == 12.0
    found = transform(grad(lambda p: p.radius * p.thrice))(circle)
    assert (found.radius, found.twice, circle.twice, circle.area) == (18.0, None, 6.0, 9.0)
    assert hessian(lambda p: p.radius * p.twice)(circle).radius.radius == 4.0
    assert jvp(lambda p: p.radius * p.twice, (circle,), (found,))[1] == 12.0 * 18.0
    circle.twice = 7.0  # no longer what __post_init__ makes: a number of its own
    assert grad(lambda p: p.radius * p.twice)(circle).twice == 3.0


def test_what_cannot_be_derived_again_is_refused():
    @dataclasses.dataclass
    class Percent:
        rate: float

        def __post_init__(self):
            self.rate = self.rate / 100.0
            self.factor = 1.0 + self.rate

    with pytest.raises(TypeError, match=r"__post_init__ changes rate whenever it runs.*make it a property"):
        grad(lambda p: p.factor)(Percent(5.0))


def test_what_needs_more_than_fields_to_be_derived_again_is_refused():
    @dataclasses.dataclass
    class Scaled:
        rate: float
        scale: dataclasses.InitVar[float]

        def __post_init__(self, scale):
            self.factor = scale * self.rate

    with pytest.raises(TypeError, match=r"__post_init__ does not run again .*, factor, would be a constant"):
        grad(lambda p: p.factor)(Scaled(5.0, 2.0))


def test_a_cached_property_of_a_module_is_made_anew():
    class Scale(Module):
        def __init__(self):
            self.weight = Value(3.0)

        @functools.cached_property
        def square(self):
            return self.weight * self.weight

    scale = Scale()
    assert scale.square.data == 9.0
    assert grad(lambda m: m.square)(scale).weight == 6.0


def test_none_text_and_truth_pass_through():
    nest = {"a": 2.0, "none": None, "text": "x", "flag": True, "mask": np.array([True, False]), "b": [None, 3.0]}

    def f(p):
        assert (p["none"], p["text"], p["flag"], p["mask"].tolist()) == (None, "x", True, [True, False])
        return p["a"] ** 2 * p["b"][1]

    passed = dict.fromkeys(["none", "text", "flag", "mask"])
    assert grad(f)(nest) == {"a": 12.0, "b": [None, 4.0], **passed}
    assert hessian(f)(nest)["a"] == {"a": 6.0, "b": [None, 4.0], **passed}
    assert jvp(f, (nest,), (grad(f)(nest),)) == (12.0, 12.0**2 + 4.0**2)
    assert vjp(f, nest)[1](1.0) == (grad(f)(nest),)
    assert hvp(f)(nest, nest)["a"] == 6.0 * 2.0 + 4.0 * 3.0
    compiled = jit(grad(lambda p: p["a"] * p["b"][1] * (2.0 if p["flag"] else 1.0)))
    for flag, slope in ((True, 6.0), (False, 3.0)):
        expected = {"a": slope, "flag": None, "none": None, "text": None, "b": [None, slope / 1.5]}
        assert compiled({"a": 2.0, "flag": flag, "none": None, "text": "x", "b": [None, 3.0]}) == expected
    assert jacobian(lambda p: {"y": p["a"] * 2.0, "name": "z"})({"a": 1.0, "s": "t"}) == {
        "y": {"a": 2.0, "s": None},
        "name": None,
    }


@pytest.mark.parametrize(
    "f",
    [
        lambda p: [1.0, 2.0, 3.0][p["n"]] * p["b"],
        lambda p: sum(p["b"] for _ in range(p["n"])),
        lambda p: np.arange(3.0)[p["n"]] * p["b"],
        lambda p: sum([p["b"]] * p["n"]),
    ],
)
def test_an_int_that_is_used_as_an_index_is_named(f):
    with pytest.raises(TypeError, match=r"args\[0\]\['n'\] is 2, .* index or a count; give it as another argument"):
        grad(f)({"b": 3.0, "n": 2})
    with pytest.raises(TypeError, match=r"args\[0\]\[1, 0\] is 4"):
        grad(lambda x: [1.0, 2.0][x[1, 0]])(np.array([[1, 2], [4, 5]]))
    assert grad(lambda p: p["a"] * p["b"])({"a": 2, "b": 3}) == {"a": 3.0, "b": 2.0}


def test_aux_is_given_back_beside_the_derivative():
    def f(x):
        return x * x, {"thrice": 3.0 * x, "count": 7, "what": ["any", object]}

    aux = {"thrice": 6.0, "count": 7, "what": ["any", object]}
    assert grad(f, has_aux=True)(2.0) == (4.0, aux)
    assert value_and_grad(f, has_aux=True)(2.0) == ((4.0, aux), 4.0)
    assert jacobian(lambda x: ([x * x, x], x), has_aux=True)(2.0) == ([4.0, 1.0], 2.0)
    assert grad(lambda x: grad(lambda y: (y * y * x, y), has_aux=True)(x)[0])(3.0) == 12.0 / 2.0 + 6.0
    with pytest.raises(TypeError, match=r"has_aux: the function returned .*, not a pair \(result, aux\)"):
        grad(lambda x: x, has_aux=True)(2.0)


def test_a_nest_may_be_deep_but_not_cyclic():
    def deep(x):
        for _ in range(3000):
            x = {"k": (x,)}
        return x

    def innermost(p):
        while isinstance(p, dict):
            p = p["k"][0]
        return p * p

    assert innermost(grad(innermost)(deep(2.0))) == 16.0
    assert jvp(innermost, (deep(2.0),), (deep(1.0),)) == (4.0, 4.0)
    cyclic = {"a": 1.0}
    cyclic["self"] = [cyclic]
    with pytest.raises(ValueError, match=r"args\[0\]\['self'\]\[0\]: dict contains itself"):
        grad(lambda p: p["a"])(cyclic)


def test_arguments_may_be_given_by_name():
    assert grad(lambda x, y=1.0: x * y)(x=2.0, y=3.0) == 3.0
    assert grad(lambda x, y, z: x * y * z, argnums=(0, 2))(2.0, z=5.0, y=3.0) == (15.0, 6.0)
    assert value_and_grad(lambda p, scale=1.0: p["a"] * scale)({"a": 2.0}, scale=3.0) == (6.0, {"a": 3.0})


def test_deques_are_nests():
    found = grad(lambda p: p[0] * p[1])(collections.deque([2.0, 3.0], maxlen=5))
    assert (found, found.maxlen) == (collections.deque([3.0, 2.0]), 5)


# ---------------------------------------------------------------------------------------------- registered types


class Polar:
    def __init__(self, radius, angle, label):
        self.radius, self.angle, self.label = radius, angle, label


@pytest.fixture
def registered(monkeypatch):
    from autograd.tape import nodes

    monkeypatch.setattr(nodes, "REGISTERED", {})
    register_node(Polar, lambda p: ((p.radius, p.angle), p.label), lambda label, parts: Polar(*parts, label))


def test_a_registered_class_is_a_nest(registered):
    def f(p):
        return p.radius**2 * p.angle * (2.0 if p.label == "twice" else 1.0)

    compiled = jit(grad(f))
    for _ in range(3):
        for label, factor in (("once", 1.0), ("twice", 2.0)):
            for gradient in (grad(f), compiled):
                found = gradient(Polar(3.0, [5.0][0], label))
                assert (found.radius, found.angle, found.label) == (30.0 * factor, 9.0 * factor, label)
    with pytest.raises(TypeError, match=r"args\[0\]\[1\]: complex"):
        grad(f)(Polar(1.0, 2j, ""))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: register_node("Polar", list, list), "type is 'Polar', not a class"),
        (lambda: register_node(dict, list, list), "dict is known already"),
        (lambda: register_node(Polar, list, None), "unflatten is None, not a function"),
        (lambda: register_node(Polar, lambda p: [1.0], list) and grad(abs)(Polar(1.0, 2.0, "")), "not .parts, rest."),
    ],
)
def test_a_registration_that_makes_no_sense_is_refused(registered, call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_namespaces_and_attrs_can_be_registered(registered):
    register_node(
        types.SimpleNamespace,
        lambda x: (vars(x).values(), tuple(vars(x))),
        lambda names, parts: types.SimpleNamespace(**dict(zip(names, parts, strict=True))),
    )
    assert grad(lambda p: p.a * p.b)(types.SimpleNamespace(a=2.0, b=3.0)) == types.SimpleNamespace(a=3.0, b=2.0)
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Point:
        x: float
        y: float

    register_node(Point, lambda p: (attrs.astuple(p, recurse=False), None), lambda _, parts: Point(*parts))
    assert grad(lambda p: p.x * p.y)(Point(2.0, 3.0)) == Point(3.0, 2.0)


def test_models_of_pydantic_can_be_registered(registered):
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        x: float
        y: float

    register_node(
        Model,
        lambda m: ([getattr(m, name) for name in type(m).model_fields], tuple(type(m).model_fields)),
        lambda names, parts: Model.model_construct(**dict(zip(names, parts, strict=True))),
    )
    assert grad(lambda p: p.x * p.y)(Model(x=2.0, y=3.0)).x == 3.0


class Mode(enum.Enum):
    SQUARE = "square"


class Degree(enum.IntEnum):
    TWO = 2


def squared(x):
    return x * x


BESIDE = {
    "none": None, "text": "t", "truth": True, "mode": Mode.SQUARE, "degree": Degree.TWO, "f": squared, "g": np.exp,
    "h": math.exp, "kind": float, "mean": np.mean,
}  # fmt: skip


def with_all_that_is_beside(p):
    assert all(p[name] is x for name, x in BESIDE.items())
    return p["f"](p["w"]) + p["g"](p["w"])


@pytest.mark.parametrize("f", [with_all_that_is_beside, grad(with_all_that_is_beside)], ids=["value", "gradient"])
@pytest.mark.filterwarnings("error")
def test_enums_and_functions_in_a_nest_pass_through_every_transform(f):
    p = {**BESIDE, "w": 2.0}
    slope = 4.0 + math.exp(2.0)
    expected = 4.0 + math.exp(2.0) if f is with_all_that_is_beside else dict.fromkeys(BESIDE) | {"w": slope}
    assert f(p) == jit(f)(p) == expected
    assert jvp(with_all_that_is_beside, (p,), ({**p, "w": 1.0},))[1] == slope
    lanes = vmap(f)({**p, "w": np.array([2.0, 2.0])})
    shared = vmap(lambda x, p: f({**p, "w": x * p["w"]}), in_axes=(0, None))(np.ones(2), p)
    if isinstance(expected, dict):
        shared = shared["w"]
        assert {name: x for name, x in lanes.items() if name != "w"} == dict.fromkeys(BESIDE)
        lanes, expected = lanes["w"], slope
    assert lanes.tolist() == pytest.approx([expected] * 2, rel=1e-15)
    assert shared.tolist() == pytest.approx([expected] * 2, rel=1e-15)


class Scale:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return self.w * x

    def method(self, x):
        return self.w * x


@pytest.mark.parametrize(
    "x", [Scale(2.0), Scale(2.0).method, functools.partial(squared, 2.0), np.poly1d([1.0]), Value(2.0).exp, [1].append]
)
def test_what_may_be_called_and_may_hold_numbers_is_refused(x):
    with pytest.raises(TypeError, match=r"args\[0\]\['f'\]: \w+ .* cannot be differentiated"):
        grad(lambda p: p["f"](p["w"]))({"w": 2.0, "f": x})
