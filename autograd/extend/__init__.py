"""Functions of arrays of your own as primitives, under the names that HIPS autograd has: `primitive`, `defvjp`.

Each number of the result is one node, whose partials come from the rule. For functions of numbers,
`autograd.custom_derivative` is shorter, and checks the rule.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from autograd.primitives.carrier import Carrier
from autograd.primitives.operation import Numbers
from autograd.primitives.primitive import Primitive
from autograd.tape.pytree import flatten, unflatten
from autograd.tape.tape import primal

Maker = Callable[..., Callable[[Any], Any]]
BOXES = "classes of your own are nests of numbers here: use a dataclass, a list or a dict"


class primitive:
    """Return a function whose derivatives are declared by `defvjp` or `defjvp`, instead of being recorded.

    It is called with plain floats and arrays of them. Arguments that hold no numbers that remember stay what they are.

    >>> import numpy as np
    >>> from autograd import grad
    >>> @primitive
    ... def total(x):
    ...     return np.sum(x)
    >>> defvjp(total, lambda value, x: lambda adjoint: adjoint * np.ones(x.shape))
    >>> grad(lambda x: total(x) ** 2)(np.array([1.0, 2.0]))
    array([6., 6.])
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.vjps: dict[int, Maker | None] = {}
        self.jvps: dict[int, Any] = {}
        functools.update_wrapper(self, f)

    def __call__(self, *args: Numbers, **kwargs: Any) -> Numbers:
        nests = [_numbers(x) for x in args]
        places = [i for i, nest in enumerate(nests) if nest is not None]
        if not places:
            return self.f(*args, **kwargs)
        leaves = [x for i in places for x in nests[i][0]]
        call = _Application(self, args, kwargs, {i: nests[i] for i in places})
        value = call.value(tuple([float(primal(x)) for x in leaves]))
        outputs, rebuild = flatten(value, "result")
        return unflatten(rebuild, [call.output(i, leaves) for i in range(len(outputs))])


class _Application:
    """One call of a primitive: all but its numbers, which may be others when it is evaluated again."""

    def __init__(
        self, function: primitive, args: tuple[Any, ...], kwargs: dict[str, Any], nests: dict[int, Any]
    ) -> None:
        self.function, self.args, self.kwargs, self.nests = function, args, kwargs, nests
        self.value = functools.lru_cache(maxsize=2)(self._value)
        self.row = Primitive(
            getattr(function, "__name__", "primitive"),
            lambda place, *leaves: flatten(self.value(tuple(map(float, leaves))), "result")[0][place],
            gradient=self.gradient,
            parameters=1,
            operand_names=("*x",),
            home=str(getattr(function, "__module__", "autograd.extend")),
        )

    def arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """Return the arguments with these numbers in them."""
        given, found = iter(leaves), list(self.args)
        for i, (_, rebuild) in self.nests.items():
            found[i] = unflatten(rebuild, [next(given) for _ in self.nests[i][0]])
        return found

    def _value(self, leaves: tuple[float, ...]) -> Numbers:
        return self.function.f(*self.arguments(leaves), **self.kwargs)

    def output(self, place: int, leaves: Sequence[Any]) -> Numbers:
        """Return one number of the result."""
        return self.row(place, *leaves)

    def gradient(self, z: Numbers, place: int, *leaves: Numbers) -> list[Any]:
        """Return the partials of one number of the result, by the rules that were declared."""
        args = self.arguments(leaves)
        plain = not any(isinstance(x, Carrier) for x in leaves)
        value = self.value(tuple(map(float, leaves))) if plain else self.function(*args, **self.kwargs)
        outputs, rebuild = flatten(value, "result")
        adjoint = unflatten(rebuild, [1.0 if i == place else 0.0 for i in range(len(outputs))])
        found: list[Any] = []
        for i, (own, _) in self.nests.items():
            if i in self.function.vjps:
                maker = self.function.vjps[i]
                partial = None if maker is None else maker(value, *args, **self.kwargs)(adjoint)
                found += [0.0] * len(own) if partial is None else _as_many(partial, len(own), self.row.name)
            elif i in self.function.jvps:
                found += [self._tangent(i, j, place, value, args) for j in range(len(own))]
            else:
                raise NotImplementedError(
                    f"{self.row.name}: the derivative towards argument {i} is not declared; use defvjp"
                )
        return found

    def _tangent(self, i: int, j: int, place: int, value: Numbers, args: list[Any]) -> Numbers:
        own, rebuild = self.nests[i]
        direction = unflatten(rebuild, [1.0 if k == j else 0.0 for k in range(len(own))])
        rule = self.function.jvps[i]
        if rule is None:
            return 0.0
        if rule == "same":
            given = [*args[:i], direction, *args[i + 1 :]]
            return flatten(self.function.f(*given, **self.kwargs), "tangent")[0][place]
        return flatten(rule(direction, value, *args, **self.kwargs), "tangent")[0][place]


def _numbers(x: Numbers) -> Numbers:
    """Return (leaves, rebuild) of an argument that holds numbers that remember; None for others."""
    try:
        leaves, rebuild = flatten(x, "argument")
    except TypeError:  # it is something else
        return None
    return (leaves, rebuild) if any(isinstance(y, Carrier) for y in leaves) else None


def _as_many(partial: Numbers, count: int, name: str) -> list[Any]:
    found = flatten(partial, "adjoint")[0]
    if len(found) != count:
        raise ValueError(f"{name}: a rule returned {len(found)} numbers for an argument of {count}")
    return found


def defvjp(function: primitive, *makers: Maker | None, argnums: Sequence[int] | None = None) -> None:
    """Declare, for each argument, how (value, *args) make a function from the adjoint of the value to its own."""
    for i, maker in zip(range(len(makers)) if argnums is None else argnums, makers, strict=True):
        function.vjps[i] = maker


def defjvp(function: primitive, *rules: Callable[..., Numbers], argnums: Sequence[int] | None = None) -> None:
    """Declare, for each argument, how (tangent, value, *args) make the tangent of the value; "same" if it is linear."""
    for i, rule in zip(range(len(rules)) if argnums is None else argnums, rules, strict=True):
        function.jvps[i] = rule


def defvjp_argnum(function: primitive, maker: Callable[..., Any]) -> None:
    """Declare one rule for all arguments: (argnum, value, args, kwargs) make the function; see `defvjp`."""
    for i in range(32):
        function.vjps[i] = lambda value, *args, i=i, **kwargs: maker(i, value, args, kwargs)


def def_linear(function: primitive) -> None:
    """Declare that a function is linear in each of its arguments."""
    for i in range(32):
        function.jvps[i] = "same"


def notrace_primitive(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that sees plain numbers, and whose result has no derivative."""

    @functools.wraps(f)
    def plain(*args: Numbers, **kwargs: Any) -> Numbers:
        return f(*map(_plain, args), **{key: _plain(x) for key, x in kwargs.items()})

    return plain


def _plain(x: Numbers) -> Numbers:
    nest = _numbers(x)
    return x if nest is None else unflatten(nest[1], [y.data if isinstance(y, Carrier) else y for y in nest[0]])


def __getattr__(name: str) -> Any:
    if name in ("Box", "VSpace", "vspace", "JVPNode", "VJPNode", "SparseObject"):
        raise AttributeError(f"autograd.extend has no {name}: {BOXES}")
    raise AttributeError(f"module 'autograd.extend' has no attribute {name!r}")
