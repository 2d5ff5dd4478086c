"""What Python's own containers and copies make of numbers inside of a transform: what they make of floats."""

import collections
import copy
import dataclasses
import pickle

import pytest

from autograd import Value, grad, hessian


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
