"""Static arguments: which are no numbers but part of what is compiled, by position or by name."""

import inspect
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.compile.arguments import Static

Places = int | Sequence[int]  # one, or several
Names = str | Sequence[str]


class StaticArguments:
    """Which arguments of a function are static."""

    positions: frozenset[int]
    names: frozenset[str]

    def __init__(self, positions: frozenset[int], names: frozenset[str]) -> None:
        self.positions, self.names = positions, names

    def marked(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with the static ones marked."""
        places = {i % len(args) if i < 0 else i for i in self.positions} if args else set()
        given = tuple([Static(x) if i in places else x for i, x in enumerate(args)])
        return given, {name: Static(x) if name in self.names else x for name, x in kwargs.items()}


def static_of(f: Callable[..., Any], argnums: Any, argnames: Any, bound: int = 0) -> StaticArguments | None:
    """Return which arguments of f are static, None if there are none; a name and its position mean the same.

    >>> static_of(lambda x, n: x * n, 1, ()).names
    frozenset({'n'})
    >>> static_of(lambda x, n: x * n, (), "m")
    Traceback (most recent call last):
    ...
    ValueError: jit: static_argnames has 'm', which is no argument of <lambda>; use one of x, n
    """
    positions = [operator.index(i) for i in ([argnums] if hasattr(argnums, "__index__") else argnums)]
    names = [argnames] if isinstance(argnames, str) else list(argnames)
    if not positions and not names:
        return None
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a function in C that does not say
        return StaticArguments(_behind(bound, positions), frozenset(names))
    known = [x.name for x in parameters if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]
    several = {x.kind for x in parameters}
    for name in names:
        if name not in inspect.signature(f).parameters and inspect.Parameter.VAR_KEYWORD not in several:
            title = getattr(f, "__name__", "the function")
            raise ValueError(
                f"jit: static_argnames has {name!r}, which is no argument of {title}; use one of {', '.join(known)}"
            )
    named = {known[i] for i in positions if -len(known) <= i < len(known)}
    placed = {known.index(name) for name in names if name in known}
    return StaticArguments(_behind(bound, {*positions, *placed}), frozenset(names) | named)


def _behind(bound: int, positions: Iterable[int]) -> frozenset[int]:
    """Return positions as they are where a method's own instance comes first."""
    return frozenset(i + bound if i >= 0 else i for i in positions)
