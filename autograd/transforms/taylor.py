"""Taylor arithmetic: all derivatives along one direction at once, in O(n**2) for order n.

A `Series` is a number that knows its first coefficients along a path. For z = row(x, ...) they follow from
z' = partial * x' + ..., term by term, where the partials are series themselves: the row's own rule, applied to series
and grown with them, gives them in time. So every row that has a rule has a series, and what a rule asks for again and
again (the cosine for the sine, the sine for the cosine) is made once. Only what would be divided out again has a
recurrence of its own: products, quotients and powers. See Griewank, Walther, Evaluating Derivatives, 2008, chapter 13.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from autograd.floats import nary
from autograd.floats.ieee import divide, totally, two_product
from autograd.floats.partials import times
from autograd.primitives import table
from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.operation import Carried, T
from autograd.primitives.primitive import Primitive
from autograd.tape.guards import Guard
from autograd.tape.pytree import flatten_as, unflatten
from autograd.transforms.call import Call, demand_function

Edges = list[tuple["Series", Any]]  # (operand, partial towards it: a series, or a number that stays what it is)
FAR = 1e100  # from where on squares overflow
PRODUCTS = (table.mul, table.absorb)
EXPONENTS = {table.sqrt: 0.5, table.cbrt: 1.0 / 3.0}  # rows that are powers


def taylor(f: Callable[..., Any], x: float, order: int) -> list[float]:
    """Return the coefficients c of f(x + t) = c[0] + c[1] t + ... + c[order] t**order + ..., for one number x.

    c[k] is the k-th derivative over k!. f is called once; it returns one number, and must be smooth around x. Cost:
    O(order**2) for each of its operations; a few special functions (the gamma family, Bessel's) take O(order**3).
    Sums of products are rounded once, so a coefficient is off by little more than its terms are.

    >>> from autograd import exp
    >>> taylor(exp, 0.0, 4) == [1.0, 1.0, 1 / 2, 1 / 6, 1 / 24]
    True
    >>> taylor(lambda x: 1.0 / (1.0 - x), 0.5, 3)
    [2.0, 4.0, 8.0, 16.0]
    """
    demand_function("taylor", f)
    _demand_order("taylor: order", order)
    call = Call(f, (x,), {}, 0)
    if len(call.inputs) != 1:
        raise TypeError("taylor: x is a nest of numbers; use jet for a path through several")
    call.demand_scalar()
    return expanded(call, [[*call.inputs, 1.0]], order)[0]


def jet(f: Callable[..., T], primals: Sequence[object], series: Sequence[Sequence[object]]) -> tuple[T, list[T]]:
    """Return (f's value, its derivatives of order 1, 2, ... along a path), with the meaning of `jax.experimental.jet`.

    The path goes through `primals`, one nest for each argument, and `series` has for each argument a list of its
    derivatives along the path, as many for each: not over k!. `jet(f, (x,), ([v],))` is `jvp`.

    >>> from autograd import sin
    >>> jet(lambda x, y: x * y, (2.0, 3.0), ([1.0, 0.0], [10.0, 0.0]))
    (6.0, [23.0, 20.0])
    """
    demand_function("jet", f)
    if len(series) != len(primals) or len({len(each) for each in series}) > 1:
        raise ValueError(
            f"jet: {len(series)} series of the lengths {[len(each) for each in series]} for {len(primals)} primals; "
            "give one list for each, all of one length"
        )
    order = len(series[0]) if series else 0
    call = Call(f, primals, {}, range(len(primals)))
    paths = [[x] for x in call.inputs]
    for k in range(1, order + 1):
        leaves = flatten_as([each[k - 1] for each in series], list(primals), "series")
        for path, leaf in zip(paths, leaves, strict=True):
            path.append(leaf / float(math.factorial(k)))
    found = expanded(call, paths, order)
    nests = [unflatten(call.rebuild, [float(math.factorial(k)) * row[k] for row in found]) for k in range(1, order + 1)]
    return call.value(), nests


def _demand_order(what: str, n: int) -> None:
    if not isinstance(n, int) or n < 0:
        raise ValueError(f"{what} is {n!r}; use 0, 1, 2, ...")


def expandable(call: Call) -> bool:
    """Return whether a call holds nothing but primitives: a sum over lanes has no series."""
    steps = call.tape.steps[len(call.inputs) :]
    return all(isinstance(step, Guard) or isinstance(step.primitive, Primitive) for step in steps)


def expanded(call: Call, paths: Sequence[list[Number]], order: int) -> list[list[Any]]:
    """Return the coefficients of every output of a recorded call, given those of its inputs; missing ones are zero."""
    if not expandable(call):
        raise TypeError("taylor: a sum over the lanes of a vmap has no series; use grad, as often as you need")
    sheet = Expansion(order)
    found: list[Any] = [sheet.input(path) for path in paths]
    own = call.tape.owns
    for place, step in enumerate(call.tape.steps[len(paths) :], len(paths)):
        if isinstance(step, Guard):
            found.append(math.nan)
            continue
        operands = tuple([found[x.place] if own(x) else x for x in step.operands])
        value = step._data if call.plain else call.found[place]
        found.append(sheet.node(step.primitive, operands, value))
    sheet.grow()
    rest = [0.0] * order
    return [found[y.place].coefficients[: order + 1] if own(y) else [y, *rest] for y in call.outputs]


class Series(Carrier):
    """A number along a path: its coefficients so far, and how more of them are found."""

    need: int
    operands: tuple[Any, ...]
    sheet: "Expansion"

    __slots__ = ("coefficients", "edges", "need", "operands", "primitive", "sheet")
    rank = 6

    def __init__(
        self, sheet: "Expansion", primitive: Any, operands: tuple[Any, ...], value: Carried, need: int
    ) -> None:
        self.sheet, self.operands, self.need = sheet, operands, need
        self.primitive: Any = primitive  # None for an input
        self.coefficients: list[Any] = [value]
        self.edges: Edges | None = None  # to be found

    def __hash__(self) -> int:
        return object.__hash__(self)

    @property
    def data(self) -> Carried:
        """The number at the start of the path."""
        return self.coefficients[0]

    @staticmethod
    def apply(primitive: Primitive, operands: tuple[Any, ...]) -> "Series":
        sheet = next(x.sheet for x in operands if isinstance(x, Series))
        return sheet.node(primitive, operands)


class Expansion:
    """All series of one expansion, in the order in which they were made; equal ones are made once."""

    def __init__(self, order: int) -> None:
        self.order: int = order
        self.need: int = order  # of what is made now
        self.made: list[Series] = []
        self.known: dict[Hashable, Series] = {}

    def input(self, path: Sequence[Number]) -> Series:
        """Return an input with these first coefficients."""
        found = Series(self, None, (), path[0], self.order)
        found.coefficients = [*path, *[0.0] * (self.order + 1 - len(path))]
        return found

    def node(self, primitive: Primitive, operands: tuple[Any, ...], value: Carried = None) -> Series:
        """Return the series of a primitive applied to others, of which at least one is a series."""
        key = primitive.number, *[id(x) if isinstance(x, Carrier) else x or repr(x) for x in operands]
        found = self.known.get(key)
        if found is None:
            if value is None:
                numbers = [x.data if isinstance(x, Series) else x for x in operands]
                plain = not any(isinstance(x, Carrier) for x in numbers)
                value = primitive.total(*numbers) if plain else primitive(*numbers)
            found = self.known[key] = Series(self, primitive, operands, value, -1)
            self.made.append(found)
        self.demand(found, self.need)
        return found

    def demand(self, series: Series, need: int) -> None:
        """Demand so many coefficients of a series, and what they take of others."""
        under_way = [(series, need)]
        while under_way:
            one, order = under_way.pop()
            if order > one.need:
                one.need = order
                under_way += [(x, order) for x in one.operands if isinstance(x, Series)]
                under_way += [(p, order - 1) for _, p in one.edges or () if isinstance(p, Series)]

    def grow(self) -> None:
        """Find all coefficients: those of order 1 of all series, then those of order 2, ..."""
        with totally.within(True):
            for k in range(1, self.order + 1):
                for one in self.made:  # which grows while rules are applied
                    if len(one.coefficients) <= k:
                        self.extend(one, k)

    def extend(self, one: Series, order: int) -> None:
        """Find the coefficients of one series up to an order, as far as they are needed."""
        while len(one.coefficients) <= min(order, one.need):
            k = len(one.coefficients)
            for x in one.operands:
                if isinstance(x, Series) and len(x.coefficients) <= k:
                    self.extend(x, k)
            one.coefficients.append(self.next(one, k))

    def next(self, one: Series, k: int) -> Carried:
        """Return the k-th coefficient of a series."""
        row, operands = one.primitive, one.operands
        if row in PRODUCTS and all(isinstance(x, Series) for x in operands):
            return _of_product(operands[0], operands[1], k)
        if row in (table.truediv, table.ratio) and isinstance(operands[1], Series):
            return _of_quotient(one, operands[0], operands[1], k)
        if _is_power(one):
            return _of_power(one, operands[0], EXPONENTS.get(row) or operands[1], k)
        if one.edges is None:
            one.edges = self.partials(one)
        left: list[Any] = []
        right: list[Any] = []
        found: Any = 0.0
        for x, partial in one.edges:
            if len(x.coefficients) <= k:
                self.extend(x, k)
            if not isinstance(partial, Series):
                y = x.coefficients[k]
                floats = type(partial) is float and type(y) is float
                term = times(partial, y) if floats else table.times(partial, y)
                found = term if type(found) is float and found == 0.0 else found + term
                continue
            if len(partial.coefficients) < k:
                self.extend(partial, k - 1)
            for j, y in _present(x, 1, k):
                _multiply(float(j), y, partial.coefficients[k - j], left, right)
        total = _dot(left, right)
        return found if total is None else total / float(k) + found if _there(found) else total / float(k)

    def partials(self, one: Series) -> Edges:
        """Return the partials of a series towards its operands, by its rule."""
        wanted = [i for i, x in enumerate(one.operands) if isinstance(x, Series)]
        before = self.need
        if one.primitive in FORMS and abs(one.operands[0].data) < FAR:
            self.need = one.need
            try:
                return [(FORMS[one.primitive](one.operands[0]), 1.0)]
            finally:
                self.need = before
        self.need = one.need - 1
        try:
            rules = OWN_RULES.get(one.primitive, one.primitive.rules)
            found = rules(one, one.operands, wanted)
        finally:
            self.need = before
        return [(one.operands[i], partial) for i, partial in zip(wanted, found, strict=True)]


def _there(x: Carried) -> bool:
    """Return whether a number is anything but a plain zero."""
    return type(x) is not float or x != 0.0


def _present(x: Series, first: int, k: int) -> Iterator[tuple[int, Any]]:
    """Give (j, coefficient) for the orders from `first` to k that are not plain zeros."""
    return ((j, x.coefficients[j]) for j in range(first, k + 1) if _there(x.coefficients[j]))


def _dot(left: list[Any], right: list[Any]) -> Carried:
    """Return a sum of products, rounded once for floats; None for none. An exact zero wins over an infinity."""
    pairs = [(x, y) for x, y in zip(left, right, strict=True) if _there(x) and _there(y)]
    if not pairs:
        return None
    operands = [*[x for x, _ in pairs], *[y for _, y in pairs]]
    return nary.sumprod(*operands) + 0.0 if nary.all_floats(operands) else table.sumtimes(*operands)


def _over(x: Carried, y: Carried) -> Carried:
    return divide(x, y) if type(x) is float and type(y) is float else x / y


def _multiply(x: Carried, y: Carried, z: Carried, left: list[Any], right: list[Any]) -> None:
    """Add (x y) z to a sum of products, on floats with what x y loses by rounding."""
    left.append(x * y)
    right.append(z)
    if type(x) is float and type(y) is float and (low := two_product(x, y)[1]) and low == low:
        left.append(low)
        right.append(z)


def _of_product(x: Series, y: Series, k: int) -> Carried:
    """From z = x y: z_k = x_0 y_k + ... + x_k y_0."""
    present = [(c, y.coefficients[k - j]) for j, c in _present(x, 0, k)]
    total = _dot([c for c, _ in present], [c for _, c in present])
    return 0.0 if total is None else total


def _of_quotient(z: Series, x: Carried, y: Series, k: int) -> Carried:
    """From z y = x: y_0 z_k = x_k - (y_1 z_(k-1) + ... + y_k z_0)."""
    left, right = [1.0], [x.coefficients[k] if isinstance(x, Series) else 0.0]
    for j, coefficient in _present(y, 1, k):
        left.append(-coefficient)
        right.append(z.coefficients[k - j])
    total = _dot(left, right)
    return 0.0 if total is None else _over(total, y.coefficients[0])


def _is_power(z: Series) -> bool:
    """Return whether this is a power with a constant exponent, of a base that is not zero."""
    powers = z.primitive in EXPONENTS or (
        z.primitive in (table.power, table.pow)
        and isinstance(z.operands[0], Series)
        and not isinstance(z.operands[1], Series)
    )
    return powers and bool(z.operands[0].coefficients[0] != 0.0)


def _of_power(z: Series, x: Series, y: Carried, k: int) -> Carried:
    """From x z' = y z x': k x_0 z_k is the sum of (y j - (k - j)) x_j z_(k-j) over j = 1, ..., k."""
    y = float(y) if isinstance(y, int) else y
    left: list[Any] = []
    right: list[Any] = []
    for j, coefficient in _present(x, 1, k):
        _multiply(y * float(j) - float(k - j), coefficient, z.coefficients[k - j], left, right)
    total = _dot(left, right)
    return 0.0 if total is None else _over(total, float(k) * x.coefficients[0])


def _power_rules(z: Series, operands: tuple[Any, ...], wanted: Sequence[int]) -> list[Any]:
    """The textbook's partials of a power, whose series take part in each other; those of the row at a zero base."""
    x, y = operands
    if not (x.data if isinstance(x, Series) else x) > 0.0 or not isinstance(y, Series):
        found: list[Any] = z.primitive.rules(z, operands, wanted)
        return found
    return [(y * z / x, z * table.log(x))[i] for i in wanted]


def _cosine_rules(z: Series, operands: tuple[Any, ...], wanted: Sequence[int]) -> list[Any]:
    """The textbook's partials of a cosine, whose row has a partial of its own for each path through derivatives."""
    n = len(operands) // 2
    halves = operands[:n], operands[n:]
    lengths = [table.hypot(*half) for half in halves]
    found = []
    for i in wanted:
        own, other = (0, 1) if i < n else (1, 0)
        along, across = halves[own][i % n] / lengths[own], halves[other][i % n] / lengths[other]
        found.append((across - z * along) / lengths[own])
    return found


OWN_RULES: dict[Any, Callable[..., list[Any]]] = {
    table.power: _power_rules,
    table.pow: _power_rules,
    table.cosine_similarity: _cosine_rules,
}

# Rows as quotients, powers and products of others: the terms of their rules cancel, being products of themselves.
FORMS: dict[Any, Callable[[Any], Any]] = {
    table.asin_slope: lambda x: table.power((1.0 - x) * (1.0 + x), -0.5),
    table.acosh_slope: lambda x: table.power((x - 1.0) * (x + 1.0), -0.5),
    table.asinh_slope: lambda x: table.power(1.0 + x * x, -0.5),
    table.atan_slope: lambda x: 1.0 / (1.0 + x * x),
    table.atanh_slope: lambda x: 1.0 / ((1.0 - x) * (1.0 + x)),
}
