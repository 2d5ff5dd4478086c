"""`Bound`: a compiled function for arguments of one shape, which are not looked through again."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from autograd.compile.arguments import FLOATS, Arguments, NotTraceable
from autograd.compile.dependencies import GONE
from autograd.compile.paths import Paths
from autograd.compile.specializations import Specializations
from autograd.errors import ConvergenceError
from autograd.graph.contexts import paused
from autograd.tape.pytree import flatten_as, is_array

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
LEFT = (ArithmeticError, ConvergenceError, *GONE)  # to the function itself, which raises what it raises


class Bindable(Protocol[R_co]):
    """What a bound function needs of a compiled one."""

    __name__: str
    cache: Specializations[Paths]
    uncompiled: str

    @property
    def simple(self) -> bool:
        """Whether arguments are all that it is given, and known by their shape."""
        ...

    def __call__(self, *args: Any, **kwargs: Any) -> R_co:
        """Return what the function gives."""
        ...


class Bound(Generic[R]):
    """What `bind` of a compiled function returns: the function of arguments of one shape, or of their numbers."""

    f: Bindable[R]
    key: Hashable
    count: int

    __slots__ = ("args", "count", "f", "flat", "key", "paths", "spread", "unchanged")

    def __init__(self, f: Bindable[R], args: tuple[Any, ...]) -> None:
        self.f = f
        try:
            arguments = Arguments(args, rebuilding=True)
        except NotTraceable:
            raise TypeError(
                "bind: give plain numbers, or nests of them; with others, call the function itself"
            ) from None
        self.args: tuple[Any, ...] = arguments.rebuild(arguments.leaves)  # a copy, to make others of
        self.key, self.count = arguments.key, len(arguments.leaves)
        self.flat: bool = set(map(type, arguments.leaves)) == FLOATS and not arguments.kinds
        self.spread: bool = self.flat and set(map(type, args)) == FLOATS  # each argument is a number
        self.paths: Paths | None = None  # once they are known, where a call needs nothing but numbers

    def __call__(self, *given: Any) -> R:
        """Return what the function gives for arguments of the promised shape, or for one flat list of their numbers."""
        xs: Any = given if self.spread and len(given) == self.count else self._numbers(given)
        if len(xs) != self.count:
            return self._by_function(given)
        plain = set(map(type, xs)) == FLOATS
        path = None if self.paths is None or not plain else self.paths.last
        if path is not None and path.calls < path.audits.due and not self.f.uncompiled and not paused:
            try:
                found = path.call(xs) if self.unchanged() else None
            except LEFT:
                found = None
            if type(found) is tuple and path.effects is None:
                path.calls += 1
                return path.rebuild(iter(found))  # type: ignore[no-any-return]
        own = xs is given or (len(self.args) == 1 and type(given[0]) is type(self.args[0]))
        return self._by_function(given if own else self._nest(xs))

    def _numbers(self, given: tuple[Any, ...]) -> Sequence[Any]:
        """Return the numbers of one flat list, tuple or array; none for what is none."""
        x = given[0] if self.flat and len(given) == 1 else ()
        if type(x) is list or type(x) is tuple:
            return x
        return x.tolist() if is_array(x) and x.ndim == 1 and x.dtype.char == "d" else ()

    def _nest(self, xs: Sequence[Any]) -> tuple[Any, ...]:
        """Return arguments of the promised shape that hold these numbers."""
        return Arguments(self.args, rebuilding=True).rebuild(list(xs))  # type: ignore[no-any-return]

    def _by_function(self, given: Any) -> R:
        """Return what the compiled function gives, and know its paths from then on."""
        try:
            key = Arguments(given).key
        except NotTraceable:
            key = None
        if key != self.key:
            self._demand_shape(given)
            return self.f(*given)
        result: R = self.f(*given)
        self.paths = self._known() if self.flat else None
        return result

    def _demand_shape(self, given: tuple[Any, ...]) -> None:
        """Raise TypeError unless arguments, of numbers that are no plain floats, have the promised shape."""
        why = "others"
        try:
            if self.flat and len(given) == len(self.args):
                flatten_as(list(given), list(self.args), "arguments")
                return
        except (TypeError, ValueError) as error:
            why = f"others ({error})"
        raise TypeError(
            f"{self.f.__name__}: bound to {self.count} numbers in {len(self.args)} arguments, and got {why}; "
            "give as many, in that shape or as one list of floats, or bind it anew"
        )

    def _known(self) -> Paths | None:
        """Return the paths for the promised shape; None where calls need more than numbers, or change something."""
        cache = self.f.cache
        if not self.f.simple or cache.identity or cache.dependencies is None:
            return None
        found = cache.known.get((self.key, True))
        if found is None or found.dependencies is not None or found.ints or found.unjoined:
            return None
        if any(path.effects is not None for path in found.paths):
            return None
        self.unchanged: Callable[[], bool] = cache.dependencies.unchanged
        return found
