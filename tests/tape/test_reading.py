"""What calls read and make: dicts known by their keys, lists in lists, sums of products to the bit."""

import math
import random

from autograd import jit, sumprod, value_and_grad
from autograd.tape.pytree import flatten, often
from autograd.tape.reading import floats_of, names_of


def test_keys_of_dicts_are_known_by_identity_and_by_text():
    one = {"a": 1.0, "b": 2.0}
    assert names_of(one) is names_of(dict(one))
    made = {"".join(["a"]): 1.0, "".join(["b"]): 2.0}  # equal keys, other objects
    assert names_of(made) == names_of(one)
    assert hash(names_of(made)) == hash(names_of(one))
    assert names_of({"b": 1.0, "a": 2.0}) != names_of(one)
    assert names_of({"a": 1.0, "c": 2.0}) != names_of(one)
    assert names_of({"a": 1.0, 2: 2.0}) is None


def test_dicts_of_floats_are_told_from_others():
    assert floats_of({"a": 1.0})
    assert not floats_of({})
    assert not floats_of({"a": 1.0, "b": 2})
    assert not floats_of({"a": True})


def test_dicts_of_one_size_are_not_mixed_up():
    compiled = jit(lambda d: d["a"] - 2.0 * d["b"], audit=False)
    for _ in range(3):
        assert compiled({"a": 1.0, "b": 3.0}) == -5.0
        assert compiled({"b": 1.0, "a": 3.0}) == 1.0
        assert compiled({"b": 1, "a": 3.0}) == 1.0


def test_lists_in_lists_are_made_as_before():
    nest = [[1.0, (2.0, 3.0)], [], (), 4.0, [[5.0]], ([6.0, 7.0], 8.0)]
    leaves, rebuild = flatten(nest)
    quick = often(rebuild)
    assert type(quick) is not type(rebuild)
    assert quick(iter(leaves)) == nest == rebuild(iter(leaves))
    assert quick(iter([-x for x in leaves])) == rebuild(iter([-x for x in leaves]))
    leaves, rebuild = flatten([{"a": 1.0}, [2.0]])
    assert often(rebuild) is rebuild


def test_sums_of_products_keep_their_bits():
    draws = random.Random(3)
    ugly = [0.0, -0.0, 1e308, -1e308, 1e-310, math.inf, 1.0, 1e16, -1e16, 3.0]

    def f(xs):
        rows = [sumprod(xs[i : i + 6], xs[i + 3 : i + 9]) for i in range(8)]
        return sumprod(rows, rows[::-1])

    compiled, both = jit(f, "python", audit=False), value_and_grad(f)
    derived = jit(both, "python", audit=False)
    for k in range(200):
        xs = [draws.choice(ugly) if k % 3 == 2 and draws.random() < 0.3 else draws.gauss(0.0, 1.0) for _ in range(20)]
        assert repr(compiled(xs)) == repr(f(xs))
        assert repr(derived(xs)) == repr(both(xs))
