"""A compiled function does what the function does: its results, exceptions, and changes to all that it can reach.

Each function of the table is run plain and compiled, step by step, on every backend, under `grad`, around `grad` and in
lanes. What may differ is that a TraceError says what cannot be compiled.
"""

import collections
import contextlib
import dataclasses
import enum
import functools
import heapq
import math
import numbers
import operator

import pytest

from autograd import atan, cos, exp, jit, log, register_node, sin, sqrt, tanh, vmap

from ..tools.sameness import CASES, WAYS, case, differences, lane_differences

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")


class Side(enum.IntEnum):
    BUY = 1
    SELL = -1


class Kind(enum.Enum):
    CALL = "call"
    PUT = "put"


class Label(str):
    unit = 1.0


class Metres(float):
    factor = 1.0


@dataclasses.dataclass
class State:
    w: float
    m: float = 0.0
    seen: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Slots:
    w: float
    m: float = 0.0


Pair = collections.namedtuple("Pair", "w b")

# ---------------------------------------------------------------------------- effects on arguments
EFFECTS = "effects"


@case(EFFECTS, ([0.0], 0.1), None, None, ([1.0], 0.2))
def list_element(w, lr):
    w[0] -= lr * 2.0 * (w[0] - 3.0)
    return (w[0] - 3.0) ** 2


@case(EFFECTS, (np.zeros(2), 0.1), None, None)
def array_in_place(w, lr):
    w -= lr * 2.0 * (w - 3.0)
    return ((w - 3.0) ** 2).sum()


@case(EFFECTS, (np.array([1.0, 2.0, 3.0]), 0.5), None, None)
def array_element(w, x):
    w[1] = w[0] * x
    return w.sum()


@case(EFFECTS, (np.array([1.0, 2.0, 3.0]), 0.5), None)
def array_slice(w, x):
    w[1:] *= x
    return w[2]


@case(EFFECTS, (np.ones(3), 2.0), None)
def array_filled(out, x):
    out.fill(0.0)
    out[0] = x
    return x * 2.0


@case(EFFECTS, (np.ones((2, 2)), 2.0), None, (np.zeros((2, 2)), 3.0))
def array_of_two_axes(out, x):
    out[0, :] = x
    out[1] += out[0]
    return out[1, 1]


@case(EFFECTS, (np.array([3.0, 1.0, 2.0]),), (np.array([1.0, 3.0, 2.0]),))
def array_sorted(x):
    x.sort()
    return x[0]


@case(EFFECTS, (np.array([1, 2, 3]), 0.7), None)
def whole_array_truncates(x, y):
    x[0] = 2.7
    return x[0] * y


@case(EFFECTS, (np.ones(2, dtype=np.float32), 0.1), None)
def single_precision_rounds(x, y):
    x[0] = x[0] + y
    return y * 2.0


@case(EFFECTS, ({"m": 0.0}, 1.0), None, None)
def dict_item(s, x):
    s["m"] = 0.9 * s["m"] + 0.1 * x
    return s["m"]


@case(EFFECTS, ({}, 1.0), ({}, 2.0), ({"y": 7.0}, 3.0))
def dict_out(o, x):
    o["y"] = 2.0 * x
    return x


@case(EFFECTS, ({"a": 1.0, "b": 2.0}, 3.0), None, ({"b": 2.0, "a": 1.0}, 3.0))
def dict_reordered(d, x):
    d["a"] = d.pop("a") * x
    return d["a"]


@case(EFFECTS, ({"a": 1.0, "b": 2.0},), ({"a": 5.0, "b": 2.0},))
def dict_deleted(d):
    del d["a"]
    return d["b"] * 2.0


@case(EFFECTS, ({"w": [1.0, 2.0], "m": {"n": 0.0}}, 0.5), None, None)
def nested_state(s, g):
    s["m"]["n"] = s["m"]["n"] * 0.9 + g
    s["w"][1] -= 0.1 * s["m"]["n"]
    return s["w"][1]


@case(EFFECTS, (collections.defaultdict(float, a=1.0), 2.0), None)
def default_dict(d, x):
    d["b"] += x * d["a"]
    return d["b"]


@case(EFFECTS, (collections.OrderedDict(a=1.0, b=2.0), 2.0), None)
def ordered_dict(d, x):
    d["c"] = d["a"] * x
    return d["c"]


@case(EFFECTS, (collections.Counter(a=1), 2.0), None)
def counter(d, x):
    d["a"] += 1
    return d["a"] * x


@case(EFFECTS, ([1.0, 2.0],), ([3.0, 4.0],), None)
def appended(x):
    x.append(x[0] * 2.0)
    return sum(x)


@case(EFFECTS, ([2.0, 1.0],), ([1.0, 2.0],), ([5.0, -1.0],))
def sorted_in_place(x):
    x.sort()
    return x[0]


@case(EFFECTS, ([1.0, 2.0, 3.0],), ([4.0, 5.0, 6.0],))
def popped(x):
    return x.pop() * x[0]


@case(EFFECTS, ([1.0, 2.0, 3.0],), ([4.0, 5.0, 6.0],))
def reversed_in_place(x):
    x.reverse()
    return x[0] * 2.0


@case(EFFECTS, ([1.0, 2.0], 7.0), ([4.0, 5.0], 8.0))
def inserted(x, y):
    x.insert(0, y)
    return x[0] + x[1]


@case(EFFECTS, ([1.0, 2.0], 7.0), ([4.0, 5.0], 8.0))
def cleared(x, y):
    x.clear()
    return y * 3.0


@case(EFFECTS, ([1.0, 2.0], [5.0], 7.0), ([4.0, 5.0], [6.0], 8.0))
def extended(x, more, y):
    x.extend(more)
    x += [y]
    return sum(x)


@case(EFFECTS, ([1.0, 2.0], 7.0), ([4.0, 5.0], 8.0))
def swapped(x, y):
    x[0], x[1] = x[1], x[0]
    return x[0] * y


@case(EFFECTS, ([1.0, 2.0], 7.0), ([4.0, 5.0], 8.0))
def slice_assigned(x, y):
    x[:] = [y, x[0] * y, 1.0]
    return x[1]


@case(EFFECTS, (State(1.0), 0.5), None, None)
def dataclass_attribute(s, g):
    s.m = 0.9 * s.m + g
    s.w -= 0.1 * s.m
    return s.w


@case(EFFECTS, (State(1.0), 0.5), None, None)
def dataclass_list(s, g):
    s.seen.append(g * s.w)
    return sum(s.seen)


@case(EFFECTS, (Slots(1.0), 0.5), None, None)
def dataclass_slots(s, g):
    s.m = s.m + g
    return s.m * s.w


@case(EFFECTS, (State(1.0), 0.5), None)
def new_attribute(s, g):
    s.extra = g * 2.0
    return s.w


@case(EFFECTS, (State(1.0), 0.5), None)
def computed_attribute(s, g):
    setattr(s, "m", g * s.w)  # noqa: B010
    return s.m


@case(EFFECTS, (Pair([1.0], 2.0), 0.5), None)
def list_in_a_tuple(p, g):
    p.w[0] *= g
    return p.w[0] + p.b


@case(EFFECTS, ([1.0, 2.0], 0.5), ([3.0, 4.0], 0.5))
def returns_its_argument(w, g):
    w[0] *= g
    return w


@case(EFFECTS, ({"w": [1.0]}, 0.5), ({"w": [3.0]}, 0.5))
def returns_a_part_of_its_argument(p, g):
    p["w"][0] *= g
    return p["w"]


@case(EFFECTS, ([1.0, 2.0],), ([3.0, 4.0],))
def returns_it_unchanged(w):
    return w


@case(EFFECTS, ([1.0, 2.0], {}), ([3.0, 4.0], {}))
def keeps_an_alias(w, d):
    d["w"] = w
    w[0] = w[1] * 2.0
    return w[0]


@case(EFFECTS, ([1.0, 2.0], {}), ([3.0, 4.0], {}))
def keeps_a_copy(w, d):
    d["w"] = list(w)
    w[0] = w[1] * 2.0
    return w[0]


@case(EFFECTS, ({}, 2.0), ({}, 3.0))
def keeps_a_nest(d, x):
    d["deep"] = {"list": [x, (x * x, 1.0)], "text": "a"}
    return x


@case(EFFECTS, ({}, 2.0), ({}, 3.0))
def keeps_an_array(d, x):
    d["a"] = np.array([1.0, 2.0]) * x
    return x


@case(EFFECTS, ({}, 2.0), ({}, 3.0))
def keeps_one_list_twice(d, x):
    new = [x]
    d["a"], d["b"] = new, new
    return x


@case(EFFECTS, ({}, 2.0), ({}, 3.0))
def keeps_a_set(d, x):
    d["a"] = {1.0, 2.0}
    return x


@case(EFFECTS, ({}, 2.0), ({}, 3.0), ({}, -1.0))
def keeps_what_a_branch_says(d, x):
    if x > 2.5:
        d["large"] = x
    elif x < 0.0:
        d["negative"] = -x
    return x * x


@case(EFFECTS, ([0.0, 0.0], 2.0), ([0.0, 0.0], -3.0), ([0.0, 0.0], 2.5))
def changes_where_a_branch_says(w, x):
    if x > 0.0:
        w[0] = x
    else:
        w[1] = x
    return x


@case(EFFECTS, ([1.0], 2.0), ([1.0], -3.0), ([1.0], 2.5))
def changes_and_raises(w, x):
    w[0] = x * 2.0
    if x < 0.0:
        raise ValueError("the strike must be positive")
    return sqrt(x) * w[0]


@case(EFFECTS, ([1.0], 2.0), ([1.0], -3.0), ([1.0], 2.5))
def changes_and_a_primitive_raises(w, x):
    w[0] = x * 2.0
    return log(x) * w[0]


@case(EFFECTS, ([0.5, 0.5], [1.0, 2.0], 0.1), None, None, None)
def momentum(w, v, lr):
    for i in range(len(w)):
        g = 2.0 * w[i]
        v[i] = 0.9 * v[i] + g
        w[i] -= lr * v[i]
    return w[0] * w[0] + w[1] * w[1]


@case(EFFECTS, ({"t": 0, "m": 0.0, "v": 0.0}, [1.0], 0.1), None, None, None)
def adam(s, w, g):
    s["t"] += 1
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["v"] = 0.99 * s["v"] + 0.01 * g * g
    w[0] -= 0.1 * s["m"] / (1.0 - 0.9 ** s["t"]) / (sqrt(s["v"]) + 1e-8)
    return w[0]


@case(EFFECTS, ([[1.0, 2.0], [3.0, 4.0]], 0.5), None)
def rows_of_lists(m, x):
    for row in m:
        row[0] += x * row[1]
    return m[0][0] * m[1][0]


@case(EFFECTS, (np.array([1.0, 2.0]), np.array([3.0, 4.0])), None)
def out_of_another_array(x, y):
    x[:] = y * 2.0
    y += x
    return y.sum()


@case(EFFECTS, ([np.array([1.0, 2.0]), np.array([3.0])], 0.1), None, None)
def arrays_in_a_list(ws, lr):
    for w in ws:
        w -= lr * w
    return ws[0].sum() + ws[1].sum()


@case(EFFECTS, ([np.array([1.0, 2.0]), np.array([3.0])], 0.1), None, None)
def arrays_replaced_in_a_list(ws, lr):
    for i in range(len(ws)):
        ws[i] = ws[i] - lr * ws[i]
    return ws[0].sum() + ws[1].sum()


@case(EFFECTS, (collections.deque([1.0]), 2.0), None, None, *[(collections.deque([x]), x) for x in (3.0, 4.0, 5.0)])
def deque_appended(queue, x):
    queue.append(x * 2.0)
    return queue[0] * x


@case(EFFECTS, *[(collections.deque([1.0, 2.0, x], maxlen=3), x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def deque_that_is_full(queue, x):
    queue.rotate(1)
    queue.appendleft(x * queue[0])
    return queue[0] - queue[-1]


@case(EFFECTS, *[([collections.deque([x])], x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def deque_in_a_list(queues, x):
    queues[0].append(x)
    return sum(queues[0])


class Node:
    def __init__(self, a, b):
        self.a, self.b = a, b


register_node(Node, lambda node: ((node.a, node.b), None), lambda _, parts: Node(*parts))


@case(EFFECTS, *[(Node(x, 2.0), x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def attribute_of_a_registered_node(node, x):
    node.a = node.a * x
    return node.a + node.b


@case(EFFECTS, *[(Node([x], 2.0), x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def list_in_a_registered_node(node, x):
    node.a.append(x * 2.0)
    return node.a[-1] + node.b


class Tagged(list):
    tag = 0.0


@case(EFFECTS, *[(Tagged([x]), x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def attribute_beside_items(xs, x):
    xs.tag = xs.tag + x
    return xs[0] * xs.tag


@case(EFFECTS, *[(Tagged([[x]]), x) for x in (3.0, 4.0, 5.0, 6.0)], None)
def list_in_a_kind_of_list(xs, x):
    xs[0].append(x)
    return xs[0][0] * x


@case(EFFECTS, *[(np.arange(6.0), x) for x in (3.0, 4.0, 5.0, 6.0)])
def shape_of_an_array(xs, x):
    xs.shape = (3, 2)
    return xs[2, 1] * x


@case(EFFECTS, *[(np.arange(6.0), x) for x in (3.0, 4.0, 5.0, 6.0)])
def array_made_read_only(xs, x):
    xs.setflags(write=False)
    return xs[2] * x


# ---------------------------------------------------------------------------- effects on what it refers to
REFERRED = "referred"


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def history():
    seen = []

    def f(x):
        seen.append(x * x)
        return x * x

    return f, [seen]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def moving_average():
    class Ema:
        def __init__(self):
            self.m = 0.0

        def __call__(self, x):
            self.m = 0.9 * self.m + 0.1 * x
            return self.m

    f = Ema()
    return f, [f]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def counted():
    class Count:
        n = 0

        def __call__(self, x):
            self.n += 1
            return x * self.n

    f = Count()
    return f, [f]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def counted_in_the_class():
    class Count:
        n = 0

    def f(x):
        Count.n += 1
        return x * Count.n

    return f, []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def counted_in_a_cell():
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return x * n

    return f, []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def kept_in_a_cell():
    last = 0.0

    def f(x):
        nonlocal last
        last, before = x, last
        return x * before + x

    return f, []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def kept_in_a_global():
    space = {"total": 0.0}
    exec("def f(x):\n    global total\n    total = total + x\n    return total * x", space)
    return space["f"], []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def kept_in_a_function():
    def f(x):
        f.last = getattr(f, "last", 0.0) + x
        return f.last * x

    return f, []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def kept_in_a_default():
    def f(x, kept=[]):  # noqa: B006
        kept.append(x)
        return sum(kept) * x

    f.__defaults__ = ([],)
    return f, [f.__defaults__]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (4.0,), made=True)
def kept_in_a_dict():
    d = {"best": 100.0}

    def f(x):
        if x < d["best"]:
            d["best"] = x
        return x - d["best"]

    return f, [d]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def kept_in_an_array():
    a = np.zeros(2)

    def f(x):
        a[0] = a[0] + 1.0
        return x * a[0]

    return f, [a]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def kept_in_a_deque():
    q = collections.deque(maxlen=2)

    def f(x):
        q.append(x)
        return sum(q) * x

    return f, [q]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def kept_in_a_set():
    s = set()

    def f(x):
        s.add(len(s))
        return x * len(s)

    return f, [s]


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def kept_in_slots():
    class Slotted:
        __slots__ = ("m",)

        def __init__(self):
            self.m = 1.0

    s = Slotted()

    def f(x):
        s.m = s.m * x
        return s.m

    return f, []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def taken_from_a_generator():
    g = (float(i) for i in range(100))
    return lambda x: x * next(g), []


@case(REFERRED, (1.0,), (2.0,), (3.0,), (1.0,), made=True)
def taken_from_an_iterator():
    g = iter([1.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0])
    return lambda x: x * next(g), []


@case(REFERRED, (1.0,), (2.0,), (-3.0,), (4.0,), made=True)
def recorded_before_it_raises():
    log_of_calls = []

    def f(x):
        log_of_calls.append(x)
        if x < 0.0:
            raise ValueError(f"negative: {x}")
        return x * 2.0

    return f, [log_of_calls]


@case(REFERRED, (1.0,), (2.0,), (1.0,), (4.0,), made=True)
def a_cache_that_is_filled_once():
    cache = {}

    def f(x):
        if "table" not in cache:
            cache["table"] = [1.0, 2.0, 3.0]
        return x * cache["table"][1]

    return f, [cache]


@case(REFERRED, (1.0,), (2.0,), (1.0,), (4.0,), made=True)
def cached_property():
    class Curve:
        @functools.cached_property
        def rates(self):
            return [1.0, 2.0]

    c = Curve()
    return lambda x: x * c.rates[1], [c]


@case(REFERRED, ([1.0], 2.0), ([3.0], 4.0), ([5.0], 6.0), ([5.0], 6.0), made=True)
def an_argument_that_is_kept():
    kept = []

    def f(w, x):
        kept.append(w)
        w[0] = w[0] * x
        return w[0]

    return f, [kept]


@case(REFERRED, ([1.0], 2.0), ([3.0], 4.0), ([5.0], 6.0), made=True)
def a_list_that_is_shared():
    shared = [7.0]

    def f(w, x):
        w.append(shared)
        return x * shared[0]

    return f, [shared]


# ---------------------------------------------------------------------------- identity
IDENTITY = "identity"


def twice(x):
    return (x, x)


@case(IDENTITY, ([1.0], [2.0]), twice([1.0]), twice([3.0]), ([1.0], [2.0]))
def one_list_twice(a, b):
    a[0] = a[0] + b[0]
    return a[0] * b[0]


@case(IDENTITY, twice([1.0]), ([1.0], [2.0]), twice([3.0]))
def is_of_lists(a, b):
    return a[0] * 2.0 if a is b else a[0] * b[0]


@case(IDENTITY, (1.5, 2.5), twice(1.5), (1.5, 2.5), twice(2.5))
def is_of_numbers(a, b):
    return a * 2.0 if a is b else a * b


@case(IDENTITY, ([1.0, 2.0], 1.0), (twice([3.0])[:1] * 2), (1.0, [2.0]))
def kinds_of_arguments(a, b):
    return a * 2 if isinstance(a, float) else a[0] * 3.0


@case(IDENTITY, (np.ones(2), np.ones(2)), twice(np.ones(2)), (np.ones(2), np.ones(2)))
def one_array_twice(a, b):
    a += 1.0
    return (a * b).sum()


base = np.arange(4.0)


@case(IDENTITY, (np.ones(4), np.ones(2)), (base, base[1:3]), (np.ones(4), np.ones(2)))
def a_view_of_the_other(a, b):
    a += 1.0
    return a.sum() * b.sum()


@case(IDENTITY, (1.5, 2.0), (math.nan, 2.0))
def is_nan(a, b):
    return b if a is math.nan else a * b


@case(IDENTITY, (1.5, None), (1.5, 2.0), (1.5, None))
def is_none(a, b):
    return a if b is None else a * b


@case(IDENTITY, (1.5, Kind.CALL), (1.5, Kind.PUT), (1.5, Kind.CALL))
def is_of_an_enum(a, kind):
    return a * 2.0 if kind is Kind.CALL else -a


@case(IDENTITY, ({"a": [1.0]}, 2.0), ({"a": [3.0]}, 4.0))
def identity_by_operator(d, x):
    y = d["a"]
    return x * 2.0 if operator.is_(y, d["a"]) else x


# ---------------------------------------------------------------------------- types
TYPES = "types"


@case(TYPES, (1.0, True), (1.0, 1), (1.0, False), (1.0, 0))
def bool_is_not_int(x, flag):
    return x * 2.0 if isinstance(flag, bool) else x * 3.0


@case(TYPES, (1.0, 1), (1.0, True), (1.0, 1.0))
def is_true(x, flag):
    return x * 2.0 if flag is True else x * 3.0


@case(TYPES, (1.0, Side.BUY), (1.0, Side.SELL), (1.0, 1), (1.0, -1))
def int_enum(x, side):
    return x * 2.0 if side is Side.BUY else x * 3.0 if isinstance(side, Side) else x


@case(TYPES, (1.0, Side.BUY), (1.0, Side.SELL), (1.0, Side.BUY))
def int_enum_name(x, side):
    return x * 2.0 if side.name == "BUY" else x * 3.0


@case(TYPES, (1.0, Kind.CALL), (1.0, Kind.PUT))
def enum_value(x, kind):
    return x * 2.0 if kind.value == "call" else -x


def labelled(text, unit):
    found = Label(text)
    found.unit = unit
    return found


@case(TYPES, (1.0, labelled("a", 2.0)), (1.0, labelled("a", 3.0)), (1.0, labelled("b", 3.0)))
def str_subclass(x, label):
    return x * label.unit


@case(TYPES, (1.0, "a"), (1.0, "b"), (1.0, labelled("a", 5.0)))
def str_or_subclass(x, label):
    return x * getattr(label, "unit", 3.0)


def metres(x, factor):
    found = Metres(x)
    found.factor = factor
    return found


@case(TYPES, (metres(1.0, 2.0),), (metres(1.0, 3.0),), (1.0,))
def float_subclass(x):
    return x * getattr(x, "factor", 5.0)


@case(TYPES, ({0.0: 1.0}, 2.0), ({-0.0: 1.0}, 2.0), ({0.0: 1.0}, 3.0))
def zero_keys(d, x):
    return x * math.copysign(1.0, next(iter(d)))


@case(TYPES, ({1: 1.0}, 2.0), ({True: 1.0}, 2.0), ({1.0: 1.0}, 3.0))
def one_and_true_as_keys(d, x):
    return x * (2.0 if isinstance(next(iter(d)), bool) else 3.0)


@case(TYPES, (1.0,), (3.0,), (2.0,), (4.0,))
def isinstance_float(x):
    return x * 2.0 if isinstance(x, float) and x > 2.0 else x * 3.0


@case(TYPES, (1.0,), (3.0,))
def isinstance_int_or_float(x):
    return -x if isinstance(x, (int, float)) and x > 2.0 else x * 3.0


@case(TYPES, (1.0,), (3.0,))
def isinstance_real(x):
    return -x if isinstance(x, numbers.Real) and x > 2.0 else x * 3.0


@case(TYPES, (1.0,), (3.0,))
def isinstance_number(x):
    return -x if isinstance(x, numbers.Number) and x > 2.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def type_is_float(x):
    return -x if type(x) is float and x > 1.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def type_in_a_tuple(x):
    return -x if type(x) in (int, float) and x > 1.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def type_by_name(x):
    return -x if type(x).__name__ == "float" and x > 1.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def class_is_float(x):
    return -x if x.__class__ is float and x > 1.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def np_isscalar(x):
    return -x if np.isscalar(x) and x > 1.0 else x * 3.0


@case(TYPES, (0.5,), (3.0,))
def has_is_integer(x):
    return x if hasattr(x, "is_integer") and x.is_integer() else 2.0 * x


@case(TYPES, (0.5,), (3.0,), (math.inf,), (2.5,))
def is_integer(x):
    return x + 1.0 if x.is_integer() else 2.0 * x


@case(TYPES, (0.5,), (3.0,))
def real_and_imaginary(x):
    return x.real * 2.0 + x.imag


@functools.singledispatch
def doubled(x):
    return x


@doubled.register
def _(x: float):
    return x * 2.0


@case(TYPES, (0.5,), (3.0,))
def dispatched(x):
    return doubled(x) + 1.0


@case(TYPES, (0.5,), (3.0,))
def matched(x):
    match x:
        case float():
            return x * 2.0 if x > 1.0 else x
        case _:
            return x * 3.0


@case(TYPES, (np.float64(0.5),), (np.float64(3.0),), (0.5,), (3.0,))
def isinstance_np_floating(x):
    return x * 2.0 if isinstance(x, np.floating) and x > 1.0 else x * 3.0


@case(TYPES, (np.float64(0.5),), (0.5,), (np.float64(3.0),))
def has_dtype(x):
    return x * 2.0 if hasattr(x, "dtype") else x * 3.0


@case(TYPES, (np.float32(0.5),), (np.float32(0.1),), (0.1,))
def single_precision(x):
    return x * x


@case(TYPES, (np.array([0.5, 0.0]),), (np.array([3.0, 4.0]),))
def dtype_of_an_array(x):
    return x.sum() if x.dtype == float and x[0] > 1.0 else x[0] * 1.0


@case(TYPES, (np.array([0.5, 0.0]),), (np.array([3.0, 4.0]),), (np.array([3, 4]),))
def issubdtype(x):
    return x.sum() if np.issubdtype(x.dtype, np.floating) and x[0] > 1.0 else x[0] * 1.0


@case(TYPES, (np.array([1, 2]),), (np.array([1.0, 2.0]),), (np.array([True, False]),))
def kind_of_an_array(x):
    return x[0] * {"f": 2.0, "i": 3.0, "b": 5.0}[x.dtype.kind]


@case(TYPES, (np.array([0.5, 2.0]),), (np.array([3.0, 4.0]),))
def zeros_of_the_dtype(x):
    out = np.zeros(2, dtype=x.dtype)
    out[0] = x[0] * x[1]
    return out[0]


@case(TYPES, (3, 1.5), (3.0, 1.5), (4, 2.5), (4.0, 2.5))
def int_or_float(n, x):
    return x * 2.0 if isinstance(n, int) else x * 3.0


@case(TYPES, (3, 1.5), (4, 1.5), (3, 2.5))
def sum_of_ints_is_an_int(n, x):
    return x * 2.0 if isinstance(n + 1, int) else x * 3.0


# ---------------------------------------------------------------------------- exceptions inside
CATCHES = "catches"
SIGNS = ((1.0,), (-1.0,), (2.0,), (-2.0,), (0.0,), (3.0,))


@case(CATCHES, *SIGNS)
def log_or_a_floor(p):
    try:
        return log(p)
    except ValueError:
        return -50.0


@case(CATCHES, *reversed(SIGNS))
def log_or_a_floor_from_the_handler_on(p):
    try:
        return log(p) * 2.0
    except ValueError:
        return -50.0


@case(CATCHES, *SIGNS)
def quotient_or_zero(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = 0.0
    return y * 2.0 + x


@case(CATCHES, (0.0,), (1.0,), (0.0,), (2.0,))
def quotient_or_zero_from_the_handler_on(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = 7.0
    return y * 2.0 + x


@case(CATCHES, (1.0,), (1000.0,), (2.0,), (800.0,), (-1000.0,))
def exp_or_infinity(x):
    try:
        return exp(x)
    except OverflowError:
        return 1e300


@case(CATCHES, *SIGNS)
def any_exception(x):
    try:
        return sqrt(x) / (x - 2.0)
    except Exception:
        return -x


@case(CATCHES, *SIGNS)
def bare_except(x):
    try:
        return sqrt(x) / (x - 2.0)
    except:  # noqa: E722
        return -x


@case(CATCHES, *SIGNS)
def which_exception(x):
    try:
        return sqrt(x) / (x - 2.0)
    except ZeroDivisionError:
        return 100.0 + x
    except ValueError:
        return -x


@case(CATCHES, *SIGNS)
def suppressed(x):
    y = 0.25
    with contextlib.suppress(ValueError):
        y = log(x)
    return y + x


@case(CATCHES, *SIGNS)
def else_and_finally(x):
    y = 0.0
    try:
        y = log(x)
    except ValueError:
        y = 1.0
    else:
        y = y * 2.0
    finally:
        y = y + x
    return y


@case(CATCHES, *SIGNS)
def finally_alone(x):
    y = 1.0
    try:
        y = log(x)
    finally:
        y = y + x
    return y


@case(CATCHES, *SIGNS)
def raised_by_itself(x):
    try:
        if x < 0.0:
            raise ValueError("negative")
        y = x * 2.0
    except ValueError:
        y = x * 3.0
    return y


@case(CATCHES, *SIGNS)
def raised_again(x):
    try:
        return log(x)
    except ValueError as error:
        raise RuntimeError("no logarithm") from error


@case(CATCHES, *SIGNS)
def in_a_helper(x):
    def safe(y):
        try:
            return sqrt(y)
        except ValueError:
            return 0.0

    return safe(x) + safe(-x) + x


@case(CATCHES, *SIGNS)
def in_a_loop(x):
    total = 0.0
    for k in (-1.0, 0.0, 1.0):
        try:
            total = total + 1.0 / (x - k)
        except ZeroDivisionError:
            total = total + 10.0
    return total


@case(CATCHES, *SIGNS)
def unused_result(x):
    try:
        log(x)
    except ValueError:
        return x * 3.0
    return x * 2.0


@case(CATCHES, (1.5,), (-1.5,), (2.5,))
def int_is_swallowed(x):
    try:
        return int(x) * x
    except Exception:
        return x


@case(CATCHES, (1.5,), (-1.5,), (2.5,))
def float_is_swallowed(x):
    try:
        return math.sin(x) * x
    except TypeError:
        return x


@case(CATCHES, (1.5,), (-1.5,), (2.5,))
def hash_is_swallowed(x):
    try:
        return {1.5: 7.0}[x]
    except (KeyError, TypeError):
        return x


@case(CATCHES, (1.5,), (-1.5,), (2.5,))
def text_is_swallowed(x):
    try:
        return float(len(f"{x:.1f}"))
    except TypeError:
        return x


@case(CATCHES, (1.5,), (math.inf,), (2.5,), (math.nan,))
def floor_or_zero(x):
    try:
        n = math.floor(x)
    except (OverflowError, ValueError):
        n = 0
    return n * 2.0


@case(CATCHES, ([1.0, 2.0], 1.5), ([1.0], 1.5), ([1.0, 2.0], 2.5))
def index_error(xs, y):
    try:
        return xs[1] * y
    except IndexError:
        return y


@case(CATCHES, ({"a": 1.0}, 1.5), ({"b": 1.0}, 1.5), ({"a": 3.0}, 2.5))
def key_error(d, y):
    try:
        return d["a"] * y
    except KeyError:
        return y


@case(CATCHES, *SIGNS)
def assertion(x):
    assert x > -1.5, "too small"
    return x * 2.0


@case(CATCHES, *SIGNS)
def its_own_error_names_the_number(x):
    if x < 0.0:
        raise ValueError(f"the strike {x} must be positive")
    return sqrt(x) * 2.0


@case(CATCHES, *SIGNS)
def message_of_what_was_caught(x):
    try:
        return log(x)
    except ValueError as error:
        return float(len(str(error)))


@case(CATCHES, (2.0, 0.5), (-2.0, 0.5), (2.0, 2000.0), (0.0, -1.0), (3.0, 2.0))
def power_or_zero(x, y):
    try:
        return x**y
    except (ValueError, OverflowError, ZeroDivisionError):
        return 0.0


@case(CATCHES, *SIGNS)
def nested_handlers(x):
    try:
        try:
            return 1.0 / x
        except ZeroDivisionError:
            return log(x - 1.0)
    except ValueError:
        return 42.0


# ---------------------------------------------------------------------------- text, hash, ints
INTS = "text and ints"
TABLE = {1: 2.0, 2: 3.0, 3: 5.0}
NUMBERS = [2.0, 3.0, 5.0, 7.0]
GRID = np.array([2.0, 3.0, 5.0, 7.0])


@case(INTS, (1.0,), (2.5,), (1.0,))
def text_of_a_number(x):
    return float(len(str(x))) + x


@case(INTS, (1.0,), (12.5,))
def formatted(x):
    return float(len(f"{x}")) + x


@case(INTS, (1.0,), (12.5,))
def text_of_a_list(x):
    return float(len(repr([x]))) + x


@case(INTS, (1.0,), (12.5,))
def percent_text(x):
    return float(len("%r" % x)) + x  # noqa: UP031


@case(INTS, (1.0,), (12.5,))
def returned_text(x):
    return f"{x}"


@case(INTS, (1.0,), (12.5,))
def hash_of_a_number(x):
    return hash(x) * 1.0


@case(INTS, (1.0,), (2.0,), (3.5,))
def in_a_set(x):
    return x * 2.0 if x in {1.0, 3.5} else x


@case(INTS, (1.0,), (2.0,), (3.5,))
def in_a_tuple(x):
    return x * 2.0 if x in (1.0, 3.5) else x


@case(INTS, (1.0,), (2.0,))
def looked_up(x):
    return {1.0: 2.0, 2.0: 7.0}[x]


@case(INTS, (1.0, 1), (1.0, 2), (1.5, 3), (1.0, 4))
def int_key(x, n):
    return TABLE[n] * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 3), (1.0, 9), (1.0, -1))
def int_index(x, n):
    return NUMBERS[n] * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 3), (1.0, 4))
def half_of_an_int(x, n):
    return NUMBERS[n // 2] * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 3), (1.0, 7))
def remainder_of_an_int(x, n):
    return NUMBERS[n % 3] * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 2), (1.0, -1))
def next_index(x, n):
    return NUMBERS[n + 1] * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 2))
def slice_of_a_list(x, n):
    return sum(NUMBERS[:n]) * x + sum(NUMBERS[n:]) * x


@case(INTS, (1.0, 0), (1.0, 1), (1.0, 2))
def index_of_an_array(x, n):
    return GRID[n] * x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 6))
def odd_bit(x, n):
    return x if n & 1 else -x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 6))
def bits(x, n):
    return x * ((n << 1) + (n >> 1) + (n | 4) + (n ^ 3) + (~n) + (8 & n) + (1 << n))


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 6))
def bit_length(x, n):
    return x * n.bit_length()


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 1))
def trips(x, n):
    for _ in range(n):
        x = sin(x)
    return x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 1))
def text_of_an_int(x, n):
    return {"w1": 2.0, "w2": 3.0, "w3": 5.0}[f"w{n}"] * x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 11), (1.5, 1))
def length_of_the_text_of_an_int(x, n):
    return len(str(n)) * x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.0, 12))
def math_on_ints(x, n):
    return math.factorial(n) * x + math.gcd(n, 6) * x + math.comb(4, n) * x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 1))
def hash_of_an_int(x, n):
    return hash(n) * x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 1))
def int_in_a_set(x, n):
    return x * 2.0 if n in {1, 3} else x


@case(INTS, (1.0, 1), (1.0, 2), (1.0, 3), (1.5, 1))
def repeated_list(x, n):
    return sum([x] * n) + len([0.0] * n)


@functools.lru_cache
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


@case(INTS, (1.0, 1), (1.0, 4), (1.0, 3), (1.5, 4))
def cached_helper(x, n):
    return factorial(n) * x


@case(INTS, (1.0, 10**17 + 1), (1.0, 10**17 + 2), (1.0, 3))
def large_int(x, n):
    return x if n % 2 else -x


@case(INTS, (1.0, 3 * 10**8), (1.0, 3 * 10**8 + 1), (1.0, 2**31 - 1))
def product_of_ints_is_exact(x, n):
    return x * (n * n * n % 7)


@case(INTS, ({1: 1.0}, 1, 2.0), ({2: 4.0}, 2, 3.0))
def int_as_a_new_key(d, n, x):
    d[n] = d[n] * x
    return d[n]


@case(INTS, (1.0, np.int64(1)), (1.0, np.int64(2)), (1.0, 2))
def int_of_numpy(x, n):
    return NUMBERS[n] * x if isinstance(n, np.integer) else -x


@case(INTS, (np.array([1.0, 2.0, 3.0]), np.array([0, 2])), (np.array([1.0, 2.0, 3.0]), np.array([1, 1])))
def array_of_indices(x, i):
    return x[i].sum()


@case(INTS, (np.array([1.0, 2.0, 3.0]), np.array([0, 2])), (np.array([1.0, 2.0, 3.0]), np.array([1, 1])))
def indices_of_a_table(x, i):
    return (GRID[i] * x[:2]).sum()


MASK = np.array([True, False, True])


@case(INTS, (np.array([1.0, 2.0, 3.0]), MASK), (np.array([1.0, 2.0, 3.0]), ~MASK))
def mask(x, m):
    return x[m].sum()


@case(INTS, (np.array([1.0, 2.0, 3.0]), MASK), (np.array([1.0, 2.0, 3.0]), ~MASK))
def where_a_mask_says(x, m):
    return np.where(m, x, -x).sum() + x[~m].sum()


@case(INTS, (1.0, [1, 0, 1]), (1.0, [0, 0, 1]), (1.5, [1, 0, 1]))
def labels(x, ys):
    return sum(x if y else -x for y in ys)


@case(INTS, (0.3, 1), (0.3, 2), (0.3, 1))
def whole_powers(x, n):
    return x**n + cos(x) * n + tanh(x) / n + atan(n * x)


# ---------------------------------------------------------------------------- variants of all of these


@case(EFFECTS, ([3.0, 1.0, 2.0], 0.5), ([1.0, 5.0, 2.0], 0.5))
def heap(h, x):
    heapq.heapify(h)
    heapq.heappush(h, x)
    return h[0] * 2.0


@case(EFFECTS, ({"a": 1.0}, {"b": 2.0}), ({"a": 3.0}, {"b": 2.5}))
def updated(a, b):
    a.update(b)
    return a["a"] * a["b"]


@case(EFFECTS, (np.arange(4.0), 0.5), (np.arange(4.0) + 1.0, 0.5))
def written_where_a_mask_says(a, x):
    a[a > 1.5] = x
    return a.sum()


@case(EFFECTS, (np.arange(4.0), 0.5), (np.arange(4.0) + 1.0, 0.5))
def written_through_a_view(a, x):
    b = a[1:3]
    b *= x
    return a.sum()


@case(EFFECTS, (np.arange(8.0)[::2], 0.5), (np.asfortranarray(np.arange(6.0).reshape(2, 3))[0], 0.5))
def written_with_strides(a, x):
    a[0] = x
    return a.sum()


frozen = np.arange(3.0)
frozen.flags.writeable = False


@case(EFFECTS, (np.arange(3.0), 0.5), (frozen, 0.5))
def array_that_cannot_be_written(a, x):
    a[0] = x
    return a.sum()


@case(EFFECTS, ([1.0],), ([3.0],))
def list_in_itself(a):
    a.append(a)
    return a[0] * 2.0


@case(EFFECTS, ([1.0],), ([3.0],))
def result_of_aliases(a):
    a[0] *= 2.0
    return {"a": a, "b": [a, a]}


@case(EFFECTS, ([1.0], (2.0,)), ([3.0], (4.0,)))
def keeps_a_tuple(a, t):
    a.append(t)
    return t[0] * 2.0


@case(REFERRED, (2.0,), (4.0,), (1.0,), (6.0,), (7.0,), (8.0,), (1.0,), (9.0,), made=True)
def history_where_a_branch_says():
    seen = []

    def f(x):
        if x > 3.0:
            seen.append(x)
        return x * 2.0

    return f, [seen]


@case(REFERRED, (2.0,), (-4.0,), (6.0,), (6.0,), made=True)
def history_in_a_handler():
    seen = []

    def f(x):
        try:
            seen.append(log(x))
        except ValueError:
            seen.append(None)
        return x

    return f, [seen]


@case(CATCHES, *SIGNS)
def swallowed_by_a_context(x):
    class Swallows:
        def __enter__(self):
            return self

        def __exit__(self, kind, *_):
            return kind is not None

    y = 5.0
    with Swallows():
        y = log(x)
    return y * 2.0


@case(CATCHES, *SIGNS)
def swallowed_by_finally(x):
    y = 1.0
    try:
        y = log(x)
    finally:
        return y * 2.0  # noqa: B012


@case(CATCHES, *SIGNS)
def tried_again(x):
    while True:
        try:
            return log(x)
        except ValueError:
            x = x + 1.5


@case(CATCHES, *SIGNS)
def number_in_an_exception(x):
    try:
        if x < 0.0:
            raise ValueError(x)
        return x * 2.0
    except ValueError as error:
        return error.args[0] * 3.0


@case(CATCHES, (1.0, 2.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 0.0), (3.0, 4.0))
def remainder_or_itself(x, y):
    try:
        return x % y + x // y
    except ZeroDivisionError:
        return x


@case(CATCHES, (math.inf,), (2.0,), (-math.inf,), (math.nan,), (0.0,), (1.0,))
def infinite_operands(x):
    try:
        return sin(x) + log(abs(x))
    except ValueError:
        return 5.0


@case(CATCHES, *SIGNS)
def no_such_attribute(x):
    try:
        return x.foo
    except AttributeError:
        return x * 2.0


@case(CATCHES, *SIGNS)
def no_sequence(x):
    try:
        return sum(x) + len(x)
    except TypeError:
        return x * 2.0


@case(TYPES, (1.0,), (3.0,))
def looked_up_by_type(x):
    return {float: 2.0, int: 3.0}[type(x)] * x


@case(TYPES, ([True, False], 2.0), ([1, 0], 2.0), ([1.0, 0.0], 2.0))
def types_in_a_list(a, x):
    return x * 2.0 if isinstance(a[0], bool) else x * 3.0 if isinstance(a[0], int) else x * 5.0


@case(INTS, (1.0, 5), (1.0, 6), (1.0, 7), (1.0, 8))
def quotient_and_remainder(x, n):
    q, r = divmod(n, 3)
    return x * NUMBERS[q - 1] * NUMBERS[r]


@case(INTS, (1.0, 5), (1.0, 60), (1.0, 70))
def powers_are_exact(x, n):
    return x * (3**n % 10)


@case(INTS, (1.0, 5), (1.0, 60), (1.0, 70))
def congruential_generator(x, n):
    for _ in range(5):
        n = (n * 1103515245 + 12345) % 2**31
    return x * n


@case(INTS, (1.0, 3), (1.0, 4), (1.0, 2))
def smallest_and_negative(x, n):
    return NUMBERS[min(n, 3)] * x + NUMBERS[-n] + NUMBERS[abs(n) - 1]


@case(INTS, (np.array([0, 2, 1]), 1.0), (np.array([1, 0, 1]), 1.0))
def loop_over_indices(a, x):
    return sum(NUMBERS[i] * x for i in a) * len(set(a.tolist()))


@pytest.mark.parametrize("how", [{"static_argnums": 1}, {"static_argnames": "n"}, {"static_argnums": (-1,)}])
def test_static_arguments_are_never_traced(how):
    f = jit(lambda x, n: x * len("a" * n), **how)
    assert [f(2.0, n) for n in (1, 2, 1)] == [2.0, 4.0, 2.0]
    assert f(2.0, n=3) == 6.0
    table = [1.0, 2.0]
    g = jit(lambda x, n: x * sum(n), static_argnums=1)
    assert (g(2.0, table), table.append(4.0), g(2.0, table)) == (6.0, None, 14.0)


def test_what_runs_uncompiled_says_so_once_and_in_stats():
    kept = []
    f = jit(lambda x: (kept.append(x), x * 2.0)[1])
    assert [f(1.0), f(2.0)] == [2.0, 4.0]
    with pytest.warns(RuntimeWarning, match="changes what it refers to outside of its arguments") as caught:
        assert f(3.0) == 6.0
    assert len(caught) == 1
    assert f(4.0) == 8.0
    assert kept == [1.0, 2.0, 3.0, 4.0]
    assert f.stats().uncompiled == "changes what it refers to outside of its arguments"
    g = vmap(lambda x: (kept.append(x), x)[1])
    with pytest.warns(RuntimeWarning, match="it runs lane by lane"):
        g(np.array([5.0, 6.0]))
    assert kept[-2:] == [5.0, 6.0]
    assert "changes what it refers to" in g.stats().uncompiled
    assert "lane by lane" in repr(g.stats())


def test_common_training_steps_are_compiled():
    f = jit(momentum)
    w, v = [0.5, 0.5], [1.0, 2.0]
    for _ in range(5):
        f(w, v, 0.1)
    assert (f.uncompiled, f.stats().paths, f.stats().eager, f.inlined) == ("", 1, 0, 0)


def test_a_lane_outside_of_a_domain_is_the_same_compiled_and_lane_by_lane():
    x = np.array([1.0, 0.0, -1.0])
    plain, catching = vmap(lambda x: log(x)), vmap(finally_alone)
    by_lane = vmap(lambda x: log(x) + 0.0 * (type(x) is float))
    with pytest.warns(RuntimeWarning, match="asks for the type"):
        found = by_lane(x)
    np.testing.assert_array_equal(found, plain(x))
    np.testing.assert_array_equal(catching(x), plain(x) + x)


# ---------------------------------------------------------------------------- the suite


def test_the_table_is_large():
    kinds = collections.Counter(case.kind for case in CASES)
    assert kinds.total() >= 120
    assert min(kinds.values()) >= 10


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore")
def test_a_compiled_function_means_the_same(way):
    problems = [problem for one in CASES for problem in differences(one, way)]
    assert not problems, "\n".join(problems)


@pytest.mark.filterwarnings("ignore")
def test_lanes_mean_the_same():
    problems = [problem for one in CASES for problem in lane_differences(one)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("backend", ["python", "llvm", None])
def test_ints_that_are_written_stay_ints(backend):
    def step(state, x):
        state["t"] += 1
        state["by"] = state["t"] * state["t"]
        return x * state["t"]

    compiled, state, twin = jit(step, backend=backend), {"t": 3}, {"t": 3}
    for _ in range(6):
        assert compiled(state, 2.0) == step(twin, 2.0)
        assert [(type(y), y) for y in state.values()] == [(type(y), y) for y in twin.values()]
    state["t"] = twin["t"] = 2**27 - 1  # the square is exact, and the next one no float
    for _ in range(3):
        assert compiled(state, 2.0) == step(twin, 2.0)
        assert state == twin


@pytest.mark.parametrize(
    "f",
    [
        lambda a: a[1:],
        lambda a: a.T,
        lambda a: {"half": [a[::2]], "sum": a.sum()},
        lambda a: (lambda b: (b, b[:2]))(a * 2.0),
    ],
)
def test_a_view_that_is_returned_shares_memory_at_every_call(f):
    compiled = jit(f)
    with pytest.warns(RuntimeWarning, match="returns a view of an array"):
        compiled(np.arange(6.0))
    for _ in range(3):
        a, b = np.arange(6.0), np.arange(6.0)
        found, expected = compiled(a), f(b)
        for whole, result in ((a, found), (b, expected)):
            whole[:] = 7.0
            if isinstance(result, tuple):
                result[1][:] = 5.0
        np.testing.assert_equal(found, expected)


def test_results_that_share_no_memory_are_compiled():
    compiled = jit(lambda a: (a, a[1:] * 2.0, [a * 3.0, a[::2] + 0.0]))
    for _ in range(3):
        compiled(np.arange(6.0))
    assert not compiled.stats().uncompiled
