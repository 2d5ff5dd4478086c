"""`jit`: a function that is traced once for every path through it, and from then on runs as a compiled program.

Whatever is not sure is done by Python. Where an instruction would raise, or a guard meets what it has not seen, or too
many paths were found, the function itself is called, so results and exceptions are always its own.
"""

import copy
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

from autograd.compile.anew import Reopened, opened
from autograd.compile.arguments import FLOATS, Arguments, NotTraceable
from autograd.compile.audit import Audit, checked, found_at
from autograd.compile.bound import Bound
from autograd.compile.lane_sums import evaluated_once
from autograd.compile.paths import MOST_PATHS, UNKNOWN, Due, Paths, Undone
from autograd.compile.results import plain
from autograd.compile.specializations import (
    Decorated,
    Specializations,
)
from autograd.compile.static import Names, Places, StaticArguments, static_of
from autograd.compile.stats import Stats
from autograd.compile.tracing import Tracing

P = ParamSpec("P")
R = TypeVar("R")


class Compiled(Decorated[P, R]):
    """What `jit` returns: a function that runs as compiled programs."""

    transform: str
    instead: str
    backend: str | None
    deterministic: bool
    static_argnums: Places
    static_argnames: Names

    __slots__ = (
        *("anew", "audit", "backend", "cache", "changes", "deterministic", "inlined", "tried"),
        *("static", "static_argnames", "static_argnums"),
    )
    transform, instead = "jit", "uncompiled"

    def __init__(
        self,
        f: Callable[P, R],
        backend: str | None = None,
        static_argnums: Places = (),
        static_argnames: Names = (),
        audit: Audit = True,
        deterministic: bool = False,
    ) -> None:
        super().__init__(f)
        self.backend, self.audit, self.deterministic = backend, checked(audit, "jit"), deterministic
        self.cache: Specializations[Paths] = Specializations(self.f)
        self.inlined: int = 0  # calls with arguments that only the function itself can take
        self.changes = 0  # calls that changed what the function refers to
        self.anew: Anew[P, R] | None = None  # the function of the modules that it refers to, once something has changed
        self.tried: bool = False  # whether that has been looked for
        self.static_argnums, self.static_argnames = static_argnums, static_argnames
        self.static: StaticArguments | None = static_of(f, static_argnums, static_argnames, len(self.bound))

    def options(self) -> tuple[Any, ...]:
        """Return the arguments of `jit` behind the function."""
        return self.backend, self.static_argnums, self.static_argnames, self.audit, self.deterministic

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function gives."""
        if self.bound:
            args = (*self.bound, *args)  # type: ignore[assignment]
        if self.uncompiled or self.anew is not None:
            found: Any = self._by_python(args, kwargs) if self.uncompiled else self._read_anew(args, kwargs)
            if found is not UNKNOWN:
                return found  # type: ignore[no-any-return]
        try:
            nest: Any = (args, kwargs) if kwargs else args
            if self.static is not None:
                nest = self.static.marked(args, kwargs)
            floats = args and type(args[0]) is float and set(map(type, nest)) == FLOATS
            if floats and not self.cache.identity:  # which need no walk
                paths, leaves = self.cache.find(((tuple, len(args)), True), Paths, ()), list(args)
            else:
                arguments = Arguments(nest)
                paths, leaves = self.cache.find((arguments.key, not kwargs), Paths, arguments.objects), arguments.leaves
            if self.cache.identity and not paths.identity:
                paths = self._of_identities(Arguments(nest), not kwargs)
        except NotTraceable:
            self.inlined += 1
            return self.f(*args, **kwargs)
        if self.cache.stepped and not self.tried and self._is_opened():
            return self(*args, **kwargs)
        if not paths.unjoined:
            if paths.parameters:
                leaves = paths.numbers(leaves)
            if paths.ints:
                paths = paths.of_ints(leaves)
            found = paths.call(leaves, (args, kwargs))
            kind = type(found)
            if kind is not Undone and kind is not Due:
                return found  # type: ignore[no-any-return]
            if kind is Due:
                return self._audited(found, paths, leaves, args, kwargs)  # type: ignore[no-any-return]
            if self._is_to_trace(found, paths):
                return Tracing(self, paths, leaves, nest, args, kwargs).result()  # type: ignore[no-any-return]
        paths.eager += 1
        return plain(self.f(*args, **kwargs))

    def _is_to_trace(self, found: Undone, paths: Paths) -> bool:
        """Return whether a call without a result is to find another path."""
        return found is UNKNOWN and len(paths.paths) < MOST_PATHS and self.cache.renewed < MOST_PATHS

    def _is_opened(self) -> bool:
        """Make this a function of the modules that it refers to; return False where there are none, or no telling."""
        self.tried = True
        found = None if self.bound or self.static is not None else opened(self.f)
        if found is not None:
            self.anew = Anew(found, self.backend, (), (), self.audit, self.deterministic)
        return found is not None

    def _read_anew(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what the program gives that reads weights anew; UNKNOWN where there is none any more."""
        anew = self.anew
        found: Any = UNKNOWN
        assert anew is not None
        try:
            found = anew(*args, **kwargs)
        except Reopened:
            self.anew, self.tried = None, False
        finally:
            if anew.uncompiled:
                self.anew = None
        return found

    def refuse(self, error: Exception) -> None:
        """Raise what a traced number raised that Python does not."""
        raise error

    def _by_python(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """Return what the function gives, with plain numbers unless it was given others."""
        try:
            Arguments((args, kwargs))
        except NotTraceable:
            return self.f(*args, **kwargs)
        return plain(self.f(*args, **kwargs))

    def _audited(self, due: Due, paths: Paths, leaves: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what Python gives, which is compared with what was found; that, where its bits are promised."""
        path, given = due.path, (args, kwargs)
        copied = self.deterministic and path.effects is not None  # on copies, as the program will write what it gives
        if copied:
            args, kwargs = copy.deepcopy(given)
        if path.effects is not None and not path.effects.possible(given):
            return plain(self.f(*given[0], **given[1]))
        leaves, prepared = paths.copied(leaves), path.prepared(due.found, (args, kwargs))
        start = time.perf_counter()
        try:
            with evaluated_once():
                expected = plain(self.f(*args, **kwargs))
        except Exception as error:  # whatever the function may raise: its program raised nothing
            self.run_uncompiled(f"raises {type(error).__name__}, which its program does not{found_at(path.calls + 1)}")
            raise
        path.ran(time.perf_counter() - start)
        unlike = path.unlike(prepared, expected, leaves)
        if unlike is not None:
            self.run_uncompiled(f"gives other results than its program: {unlike}{found_at(path.calls + 1)}")
            return self.f(*given[0], **given[1]) if copied else expected
        return paths.written(path, due.found, given) if self.deterministic else expected

    def _of_identities(self, arguments: Arguments, positional: bool) -> Paths:
        """Return the paths for arguments of which the function may ask whether they are the same object."""
        ids = [id(x) for x in arguments.leaves]
        if arguments.kinds:
            raise NotTraceable  # they are not the objects that were given
        same = tuple([ids.index(i) for i in ids])
        paths = self.cache.find((arguments.key, positional, same), Paths, arguments.objects)
        paths.identity = True
        return paths

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> Bound[R]:
        """Return this function for arguments of the shape of these, which is promised of all calls: for loops, solvers.

        It is called with such arguments, or with one flat list, tuple or array of their floats, from left to right, and
        gives what the function gives: what it refers to is compared, guards and audits hold. Anything else is a
        TypeError. A call costs under 1 us for a few numbers, half of one that looks through its arguments; arguments
        that are nests, as they are, cost as much as a call of the function.

        >>> bound = jit(lambda xs, y: xs[0] * xs[1] + y).bind([1.0, 2.0], 3.0)
        >>> bound([2.0, 3.0], 4.0), bound([2.0, 3.0, 4.0])
        (10.0, 10.0)
        >>> bound([1.0, 2.0])
        Traceback (most recent call last):
        ...
        TypeError: <lambda>: bound to 3 numbers in 2 arguments, and got others; give as many, ...
        """
        if kwargs:
            raise TypeError("bind: give arguments by position; for names, bind a lambda that has them")
        return Bound(self, args)

    @property
    def simple(self) -> bool:
        """Whether the arguments of a call are all that the function is given, and known by their shape."""
        return not self.bound and self.static is None and self.anew is None

    def stats(self) -> Stats:
        """Return what was traced, compiled and called, as a table."""
        run = self.anew or self
        known = run.cache.known.values()
        paths = [path for one in known for path in one.every()]
        eager = sum(one.eager for one in known)
        inlined = self.inlined if self.anew is None else self.inlined + self.anew.inlined
        return Stats(paths, len(known), self.cache.renewed, eager, inlined, self.uncompiled)


class Anew(Compiled[P, R]):
    """A compiled function of the modules that another refers to; what it cannot do is left to that, without a word."""

    uncompiled: str

    __slots__ = ()

    def run_uncompiled(self, why: str) -> None:
        """Know why there is no use of it."""
        self.uncompiled = self.uncompiled or why

    def refuse(self, error: Exception) -> None:
        """Know that weights have to be Values."""
        self.run_uncompiled(str(error))


@overload
def jit(
    f: Callable[P, R],
    backend: str | None = None,
    static_argnums: Places = (),
    static_argnames: Names = (),
    *,
    audit: Audit = True,
    deterministic: bool = False,
) -> Compiled[P, R]: ...


@overload
def jit(
    f: None = None,
    backend: str | None = None,
    static_argnums: Places = (),
    static_argnames: Names = (),
    *,
    audit: Audit = True,
    deterministic: bool = False,
) -> Callable[[Callable[P, R]], Compiled[P, R]]: ...


def jit(
    f: Callable[P, R] | None = None,
    backend: str | None = None,
    static_argnums: Places = (),
    static_argnames: Names = (),
    *,
    audit: Audit = True,
    deterministic: bool = False,
) -> Compiled[P, R] | Callable[[Callable[P, R]], Compiled[P, R]]:
    """Return a function that gives what f gives, from compiled programs; numbers in its result are plain floats.

    f is called with traced numbers in place of the floats in its arguments (lists, tuples, dicts, dataclasses, modules
    and arrays of them; whole numbers count as floats, as in `grad`), once for every path through its comparisons and
    for every shape of arguments. Whatever else is in the arguments (str, None, functions) is compared at each call, and
    so is what f refers to outside of them; weights of a model that it holds by a name of its own become inputs once
    they have changed. The first call on a path runs f twice, on traced and on plain numbers.

    What cannot be watched (files, settings, what C keeps) is audited: at calls 2, 4, 8, 16, ... of a path f itself is
    run, and what it gives is returned, and compared with what its program gave. At a difference beyond rounding f runs
    uncompiled from then on, with one warning. Call 2 is always audited; a later audit is put off until it costs at most
    a fifth of the time spent in calls so far. Where f refers to functions or objects of other libraries that may keep a
    state, audits come closer, as far as all together cost such a fifth. `audit=False` is for functions that refer to
    nothing but their arguments, `audit="always"` compares all calls. With `deterministic=True` audits only compare:
    calls return the bits of the program, and where it runs depends on how many calls there were, never on a clock.

    A number that would leave the trace, as by `float(x)`, `str(x)` or `hash(x)`, raises TraceError, a TypeError, with
    the line. Called with Values, or within another transform, it just calls f.

    What f changes in its arguments, lists, dicts, arrays of float64 and dataclasses, is written to the caller's own
    objects at every call. Whether a step raises is a guard where f catches exceptions. Types of arguments, and which of
    them are the same object, belong to the kind of arguments; so do bools, enums, and ints that are used as more than
    numbers and indices. `static_argnums` and `static_argnames` say which arguments are never traced. What no program
    can do runs uncompiled from then on, with one warning, and `stats()` says why: f changes what it refers to beside
    its arguments, asks for `type(x)`, takes from an iterator, draws random numbers, calls a clock, or returns
    what may hide a number.

    It is a decorator too, `@jit` or `@jit(backend="llvm")`, also of methods: the numbers of a module or a dataclass
    are traced, what any other instance holds is compared at each call.

    A program runs in the core first, to the bit as f itself; where LLVM is installed, and the program is not tiny, its
    100th call compiles it to native code, whose sums may differ by a few ulps. `backend="llvm"` compiles at the first
    call, `backend="python"` never does. Sums over the lanes of a `vmap` within f, and what is made of them, are native
    from the first call on. Arrays of floats go to native code as they are, and come from it: those of one result are
    parts of one. Exceptions are f's own on every backend. What objects written in C keep for themselves (but for
    arrays, queues and the like) and the code of installed packages is not looked at.

    >>> from autograd import grad, tanh
    >>> f = jit(grad(lambda x: tanh(x) if x > 0.0 else x * x))
    >>> f(0.5), f(-3.0), f(2.0)
    (0.7864477329659275, -6.0, 0.07065082485316446)
    >>> f.stats().paths
    2
    """
    options = backend, static_argnums, static_argnames, checked(audit, "jit"), deterministic
    return (lambda given: Compiled(given, *options)) if f is None else Compiled(f, *options)
