"""What `jit` and `vmap` make of a function for one kind of arguments, and the one cache that keeps it.

The key says which arguments a specialization serves; dependencies say how long it does. A function is recorded on
traced numbers, and its result compared with that of the function itself.
"""

import dataclasses
import functools
import inspect
import sys
import types
import warnings
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from autograd.backends import LOG
from autograd.compile.anew import Opened, Reopened
from autograd.compile.arguments import Arguments, array_of
from autograd.compile.dependencies import GONE, Dependencies, attribute
from autograd.compile.impure import Generators
from autograd.compile.results import flat_result
from autograd.graph.contexts import file_and_line, paused, recording
from autograd.program.program import Program, record
from autograd.tape.guards import Noticed, compiling
from autograd.tape.pytree import Rebuild, flatten, is_array, is_module, opened
from autograd.tape.reading import data_of
from autograd.tape.tape import Tape
from autograd.tape.traced import TracedArray

PLAIN: set[type] = {float, int}
LATER = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
MOST_SHAPES = 64  # of arguments that a function is kept for
UNLIKE = (
    "gives other results on traced numbers than on plain ones (does it ask for their types, or draw random numbers?)"
)

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
T = TypeVar("T")


class Specialization:
    """Programs of a function for arguments of one key, as long as the objects among these stay what they are."""

    def __init__(self, objects: Sequence[object]) -> None:
        modules = [x for x in objects if is_module(x)]
        self.parameters: dict[int, tuple[list[Any], Rebuild]] = {id(x): flatten(x, live=True) for x in modules}
        self.dependencies: Dependencies | None = Dependencies(*objects, values=False) if objects else None
        self.identity = False  # whether numbers that are the same object are so on the tape too

    def numbers(self, leaves: Sequence[Any]) -> list[Any]:
        """Return the leaves with the numbers of modules in place of these."""
        found: list[Any] = []
        for x in leaves:
            if id(x) in self.parameters:
                found += data_of(self.parameters[id(x)][0])
            else:
                found.append(x)
        return found

    def known(self) -> Iterable[Dependencies]:
        """Return what is watched of the objects among the arguments."""
        return [] if self.dependencies is None else [self.dependencies]

    def rebuilt(self, arguments: Arguments, numbers: Iterable[Any], split: Container[int] | None = None) -> Any:
        """Return the nest of arguments that these numbers make.

        Arrays at the places `split` among what `numbers` returns are given by their numbers; all of them by default.
        """
        given = iter(numbers)
        leaves: list[Any] = []
        made: dict[int, Any] = {}  # what is the same is made once
        place = 0
        for x in arguments.leaves:
            known = self.parameters.get(id(x))
            if known is not None:
                leaf = known[1](given)
                place += len(known[0])
            else:
                elements = is_array(x) and (split is None or place in split)
                leaf = array_of(given, x.shape) if elements else next(given)
                place += 1
            leaves.append(leaf if type(x) in PLAIN and not self.identity else made.setdefault(id(x), leaf))
        return arguments.rebuild(leaves)


S = TypeVar("S", bound=Specialization)


class Specializations(Generic[S]):
    """The specializations of a function by their keys; all are forgotten when what the function refers to changes."""

    def __init__(self, f: Callable[..., object]) -> None:
        self.f: Callable[..., object] = f.f if isinstance(f, Opened) else f
        self.without: set[int] = {id(x) for x in f.modules} if isinstance(f, Opened) else set()
        self.known: dict[Hashable, S] = {}
        self.dependencies: Dependencies | None = None
        self.renewed: int = 0  # times that something had changed
        self.stepped: bool = False  # whether that ever was the number of a Value
        self.identity: bool = False  # whether the function may ask which arguments are the same object

    def find(self, key: Hashable, make: Callable[..., S], *given: Any) -> S:
        """Return the specialization for a key: a known one where nothing has changed, or what `make` returns."""
        if paused:
            key = key, recording()
        try:
            unchanged = self.dependencies is not None and self.dependencies.unchanged()
        except GONE:
            unchanged = False
        if not unchanged and self.without and self.dependencies is not None:
            raise Reopened
        if not unchanged:
            if self.dependencies is not None:
                self.renewed += 1
                self.stepped |= self.dependencies.stepped()
            self.dependencies = Dependencies(self.f, without=self.without)
            self.identity = self.dependencies.identity
            self.known.clear()
        found = self.known.get(key)
        if self.without and any(one.changed() for each in self._others(found) for one in each.known()):
            raise Reopened
        if found is None or (not self.without and found.dependencies is not None and found.dependencies.changed()):
            made = make(*given)
            self.renewed += found is not None
            if len(self.known) >= MOST_SHAPES:
                self.known.clear()
            found = self.known[key] = made
        return found

    def _others(self, found: S | None) -> Iterable[S]:
        """Return what must not have changed where a specialization is used, or a new one is made beside others."""
        return self.known.values() if found is None else (found,)


class Recording:
    """One call of a function on traced numbers: its inputs, its result, and the program of it."""

    outputs: list[Any]
    rebuild: Rebuild
    noticed: Noticed

    def __init__(
        self,
        f: Callable[[list[Any]], object],
        numbers: Sequence[Any],
        kept: tuple[type, ...] = (),
        lanes: bool = False,
        kinds: Mapping[int, type] | None = None,
        catching: bool = False,
        limited: Container[int] = (),
    ) -> None:
        """Call f on traced numbers, of these `kinds` by their places; see `compiling` for what is `noticed`."""
        with compiling(lanes, catching, limited) as self.noticed:
            tape = Tape()
            self.inputs: list[Any] = []
            for place, x in enumerate(numbers):
                if is_array(x):
                    self.inputs.append(TracedArray(tape.array(x)))
                else:
                    self.inputs.append(tape.input(x))
                    self.inputs[-1].whole = isinstance(x, int)
                    kind = kinds.get(place) if kinds else None
                    if kind is not None:
                        tape.kinds[place] = kind
                        tape.wholes |= isinstance(x, int)
            try:
                self.result: object = f(self.inputs)
            finally:
                tape.closed = True
            self.demand_answers()
        self.outputs, self.rebuild = flat_result(self.result, kept) if kept else flat_lane(self.result)
        self.program: Program = record(tape, self.outputs)
        self.arrays: list[int] = [x.input.place for x in self.inputs if type(x) is TracedArray]  # their places

    def demand_answers(self) -> None:
        """Raise Swallowed where the function caught an exception that says that this record is of no use."""
        if self.noticed.escaped:
            raise Swallowed(f"catches the error that {self.noticed.escaped} of a traced number makes")
        if self.noticed.raised:
            raise Swallowed("")


def flat_lane(result: object) -> tuple[list[Any], Rebuild]:
    """Return (numbers, rebuild) of the result of a lane, in which None stands for the derivative of what is none."""
    return flatten(result, "result", () if result is None else (type(None),))


class Swallowed(Exception):
    """A function caught what a traced number raised; the message says what, and is empty for what rows raise."""


def _unbound(f: Callable[..., Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return (a function, what it is to be called with first): of a module, or a method of one, the module."""
    if isinstance(f, Opened):
        return f, f.modules
    if isinstance(f, types.MethodType) and _has_numbers(f.__self__):
        return f.__func__, (f.__self__,)
    return (type(f).__call__, (f,)) if _is_of_a_module(f) else (f, ())


def _is_of_a_module(x: object) -> bool:
    """Return whether the type of x is one of modules, whatever the __getattr__ of x may raise."""
    return hasattr(type(x), "named_parameters")


def _has_numbers(instance: object) -> bool:
    """Return whether the numbers of an instance are traced: of a module or a nest."""
    if _is_of_a_module(instance):
        return True
    own = dataclasses.is_dataclass(instance) or isinstance(instance, (tuple, list, dict))
    return own and opened(instance) is not None


def _name(f: object) -> str:
    """Return the name of a function, also of one within a partial; the type's of any other object."""
    while isinstance(f, functools.partial):
        f = f.func
    found = attribute(f, "__name__")
    return found if isinstance(found, str) else type(f).__name__


class Decorated(Generic[P, R]):
    """Base of what `jit` and `vmap` return: a function with its metadata, which works as a method too.

    Only the metadata are in `__dict__`: another decorator copies that, and what it copies is watched.
    """

    bound: tuple[Any, ...]

    __slots__ = ("__dict__", "__weakref__", "bound", "f", "given", "methods", "uncompiled")
    transform = ""  # its public name
    instead = ""  # what it does where it is not compiled

    def __init__(self, f: Callable[P, R]) -> None:
        for name in functools.WRAPPER_ASSIGNMENTS:  # as `update_wrapper` does, whatever the __getattr__ of f may raise
            found = attribute(f, name)
            if found is not None:
                setattr(self, name, found)
        self.__wrapped__ = f
        self.given: Callable[P, R] = f
        self.f: Callable[P, R]
        self.f, self.bound = _unbound(f)  # what it is called with first: the module whose method it is
        self.__name__: str = _name(f)
        self.uncompiled: str = ""  # why it runs uncompiled from now on; `run_uncompiled` says so
        self.methods: dict[Hashable, Any] = {}  # of instances that are watched, or with arguments by name

    def must_run_uncompiled(self, known: Iterable[Dependencies]) -> bool:
        """Find out whether no call of the function is like another; if so, say it once."""
        why = self.unlike_any_other(known)
        if why:
            self.run_uncompiled(why)
        return bool(self.uncompiled)

    def unlike_any_other(self, known: Iterable[Dependencies]) -> str:
        """Return in words why no call of the function is like another: clocks, iterators; "" for no known reason."""
        if (attribute(attribute(self.f, "__code__"), "co_flags") or 0) & LATER:
            return "runs after its call has returned"
        for found in known:
            if found.iterates:
                return f"takes from what it would find further on at another call, a {found.iterates}"
            if found.impure:
                return f"calls {found.impure}, which gives something else at every call"
        return ""

    def options(self) -> tuple[Any, ...]:
        """Return what makes another of these of another function."""
        raise NotImplementedError

    def method(self, instance: object) -> Callable[..., R]:
        """Return the method of an instance whose numbers are traced."""
        return types.MethodType(self, instance)  # type: ignore[arg-type]  # it is callable

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...

    @overload
    def __get__(self: "Decorated[Concatenate[T, Q], R]", instance: T, owner: type | None = None) -> Callable[Q, R]: ...

    def __get__(self, instance: object, owner: type | None = None) -> object:
        """Return the method: numbers of a module or a nest are traced, other instances are watched as closures are."""
        if instance is None:
            return self
        if _has_numbers(instance):
            return self.method(instance)
        if id(instance) not in self.methods:
            if len(self.methods) >= MOST_SHAPES:
                self.methods.clear()
            self.methods[id(instance)] = type(self)(types.MethodType(self.f, instance), *self.options())
        return self.methods[id(instance)]

    def __reduce__(self) -> str | tuple[Any, ...]:
        found: object = sys.modules.get(self.__module__)
        name: str = getattr(self, "__qualname__", "")
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:  # a decorated function: pickled by its name, as any function
            return name
        return type(self), (self.given, *self.options())

    def run_uncompiled(self, why: str) -> None:
        """Run the function itself from now on, and warn once; `why`, of which the name is the subject, is in `stats()`.

        The call that finds it out goes on as all later ones will: it restores what it changed, and calls the function.
        """
        if not self.uncompiled:
            self.uncompiled = why
            message = f"{self.transform}: {self.__name__} {why}; from now on it runs {self.instead}"
            LOG.info("%s", message)
            warnings.warn_explicit(message, RuntimeWarning, *file_and_line())


class Watched:
    """A `with` block in which a function is called on traced numbers: what it refers to is afterwards what it was.

    `changed` says whether it was changed, `drawn` whether random numbers were drawn, which will be drawn again, and
    `asked` what the code that ran asked that no traced number can answer.
    """

    def __init__(self, known: Iterable[Dependencies]) -> None:
        self.known: list[Dependencies] = list(known)
        self.changed: bool = False
        self.questions: dict[types.CodeType, str] = {
            code: what for found in self.known for code, what in found.questions.items()
        }
        self.asked: str = ""
        self.drawn: bool = False

    def __enter__(self) -> Self:
        self.generators: Generators = Generators(x for found in self.known for x in found.seen.values())
        self.profile: Any = sys.getprofile()
        if self.questions:
            sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        if self.questions:
            sys.setprofile(self.profile)
        self.restore()

    def restore(self) -> None:
        """Make what the function refers to what it was."""
        if self.generators.drawn():
            self.drawn = True
            self.generators.restore()
        for found in self.known:
            self.changed |= found.restore()

    def _called(self, frame: types.FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in self.questions:
            self.asked = self.asked or self.questions[frame.f_code]
