# cython: boundscheck=False, wraparound=False
"""`Call`: one recorded call of a function, of which derivatives are taken, dense or sparse; and what arguments mean.

This file is compiled as value.py is.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.operation import P, T
from autograd.tape.nested import nested
from autograd.tape.pytree import EVERYTHING, Rebuild, derivatives, described, flatten, is_array, is_whole, unflatten
from autograd.tape.sweeps import Partials, primals, pull, push
from autograd.tape.tape import Tape, Traced, primal

if TYPE_CHECKING or __file__.endswith(".py"):
    from autograd.floats.native import cython
else:
    import cython

Function = Callable[..., Any]
Argnums = int | Sequence[int]


_next: Rebuild = next


@cython.final
@cython.auto_pickle(False)
@cython.cclass
class Call:
    """One call of a function, recorded: its inputs and outputs, flat, and how their nests are rebuilt."""

    def __init__(
        self,
        f: Function,
        args: Sequence[object],
        kwargs: dict[str, Any],
        argnums: Argnums,
        sweeps: bool = False,
        has_aux: bool = False,
    ) -> None:
        self.tape = Tape()  # first, because the end of a call that failed needs it
        self.inputs: list[Number] = []
        self.rebuilds: list[Rebuild] = []
        self.kind: Any = None  # of the one nest, where that is a float, or a list or tuple of floats
        self._found: Any = None
        self._partials: Any = None
        self.nest: Any = None  # the tape on that around it, where the core sweeps it
        self.aux: Any = None
        self.args, kwargs = _positional(f, args, kwargs, argnums)
        self.positions = _positions(argnums, len(self.args))
        given = list(self.args)
        for i in self.positions:
            made = self.quickly(given[i])
            if made is None:
                leaves, rebuild = flatten(given[i], f"args[{i}]", passing=True, deriving=True)
                given[i] = unflatten(rebuild, [self.tape.input(x) for x in leaves])
                self.inputs += leaves
                self.rebuilds.append(rebuild)
            else:
                given[i] = made[0]
        try:
            self.result = f(*given, **kwargs)
            if has_aux:
                self.result, self.aux = _with_aux(self.result)
            if type(self.result) is Traced:
                self.outputs, self.rebuild = [self.result], _next
            else:
                self.outputs, self.rebuild = flatten(self.result, "result", passing=True)
        except (TypeError, IndexError) as error:
            if "loop of ufunc does not support" in str(error):
                error.add_note("NumPy made a plain array of these numbers; use autograd.array(...) or autograd.numpy")
            if self.tape.indexed >= 0 and "integer" in str(error):
                self._refuse_index(error)
            raise
        finally:
            self.tape.closed = True
        self.plain = self.tape.plain and (self.kind is not None or set(map(type, self.inputs)) <= {float})
        self.sweeps = sweeps
        if not self.plain:
            self.nest = nested(self.tape, self.inputs)
            if self.nest is None:
                self.partials  # noqa: B018  # now, in the order of the program

    def _refuse_index(self, error: Exception) -> None:
        """Raise TypeError, with its path, if what was used as an index is one of the ints that were given."""
        names: list[str] = []
        given: list[object] = []
        for i in self.positions:
            flatten(self.args[i], f"args[{i}]", passing=True, deriving=True, names=names, given=given)
        if self.tape.indexed < len(given) and is_whole(given[self.tape.indexed]):
            x, name = given[self.tape.indexed], names[self.tape.indexed]
            raise TypeError(
                f"{name} is {x!r}, a number that is differentiated, but the function uses it as an index or a count; "
                "give it as another argument, which argnums does not name"
            ) from error

    def quickly(self, x: Any) -> list[Any] | None:
        """Return [x on the tape] for a float, or a list or tuple of floats, that is the one argument; else None."""
        kind = type(x)
        if len(self.positions) != 1:
            return None
        if kind is float:
            self.inputs.append(x)
            self.kind = kind
            return [self.tape.input(x)]
        if (kind is not list and kind is not tuple) or not x:
            return None
        for y in x:
            if type(y) is not float:
                return None
        self.inputs += x
        self.kind = kind
        traced = [self.tape.input(y) for y in x]
        return [traced if kind is list else tuple(traced)]

    @property
    def traced(self) -> list[Any]:
        """The inputs on the tape."""
        return [self.tape.operand(i) for i in range(len(self.inputs))]

    @property
    def found(self) -> list[Number]:
        """What every step is, where the inputs may be numbers of a tape around this one."""
        if self._found is None:
            if self.nest is None:
                self._found = primals(self.tape, self.inputs)
            else:
                self._found = [self.nest.number(place) for place in range(len(self.tape))]
        return self._found  # type: ignore[no-any-return]

    @property
    def partials(self) -> Partials:
        """The partials of every step, on what is `found`."""
        if self._partials is None:
            self._partials = Partials(self.tape, self.found, self.sweeps)
        return self._partials  # type: ignore[no-any-return]

    def at(self, inputs: list[Number]) -> Call:
        """Return this call as if it had been given other carriers of the same numbers; the function is not called."""
        moved: Call = Call.__new__(Call)
        moved.tape, moved.rebuilds, moved.kind, moved.sweeps = self.tape, self.rebuilds, self.kind, self.sweeps
        moved.args, moved.positions = self.args, self.positions
        moved.result, moved.aux, moved.outputs, moved.rebuild = self.result, self.aux, self.outputs, self.rebuild
        moved.inputs, moved.plain = inputs, False
        moved._found = moved._partials = None
        moved.nest = nested(self.tape, inputs)
        return moved

    def value(self) -> Any:
        """Return the function's result on the numbers that were given."""
        if self.plain and type(self.result) is Traced:
            number: Traced = self.result
            if number.tape is self.tape:
                return number._data
        return unflatten(self.rebuild, self._primals(self.outputs))

    def auxiliary(self) -> Any:
        """Return what the function gave beside its result, with numbers in the place of those of the tape."""
        leaves, rebuild = flatten(self.aux, "aux", EVERYTHING)
        return unflatten(rebuild, self._primals(leaves))

    def _primals(self, leaves: Iterable[Number]) -> list[Number]:
        return [self.meant(y) if self.tape.owns(y) else y for y in leaves]

    def meant(self, y: Any) -> Any:
        """Return what a number of the tape is, of those that were given."""
        if self.plain:
            return primal(y)
        return self.found[y.place] if self.nest is None else self.nest.number(y.place)

    def demand_scalar(self) -> None:
        """Raise TypeError unless the function returned one number, or an array of exactly one."""
        result = self.result
        if type(result) is not Traced and not (
            result.size == 1 if is_array(result) else isinstance(result, Carrier) or isinstance(result, Real)  # noqa: SIM101
        ):
            kind = f"an array of shape {result.shape}" if is_array(result) else type(result).__name__
            raise TypeError(f"the function returned {kind}, not one number; use jacobian or vjp for several")

    def pulled(self, adjoints: Iterable[Number]) -> list[Number]:
        """Return the adjoints of the inputs, given those of the outputs."""
        seeds = [(y, a) for y, a in zip(self.outputs, adjoints, strict=True) if self.tape.owns(y)]
        if self.plain and {type(a) for _, a in seeds} <= {float}:
            return self.tape.pull([(y.place, a) for y, a in seeds])
        if self.nest is not None and self.nest.takes([a for _, a in seeds]):
            return self.nest.pull([(y.place, a) for y, a in seeds])  # type: ignore[no-any-return]
        bars = pull(self.tape, self.partials, seeds)
        return [bars.get(place, 0.0) for place in range(len(self.inputs))]

    def pushed(self, tangents: Iterable[Number]) -> list[Number]:
        """Return the tangents of the outputs, given those of the inputs."""
        given = list(tangents)
        own = [y.place for y in self.outputs if self.tape.owns(y)]
        if self.plain and set(map(type, given)) <= {float}:
            found = iter(self.tape.push(given, own))
            return [next(found) if self.tape.owns(y) else 0.0 for y in self.outputs]
        if self.nest is not None and self.nest.takes(given):
            found = iter(self.nest.push(given, own))
            return [next(found) if self.tape.owns(y) else 0.0 for y in self.outputs]
        dots = push(self.tape, self.partials, zip(self.traced, given, strict=True))
        return [dots.get(y.place, 0.0) if self.tape.owns(y) else 0.0 for y in self.outputs]

    def nests(self, leaves: Iterable[Number]) -> list[Any]:
        """Return one nest for each differentiated argument, from leaves of all of them."""
        if self.kind is not None:
            found: list[Any] = list(leaves)
            return found if self.kind is float else [found if self.kind is list else tuple(found)]
        given = iter(leaves)
        return [derivatives(rebuild, given) for rebuild in self.rebuilds]


def _with_aux(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"has_aux: the function returned {described(result)}, not a pair (result, aux)")
    return result


def _positional(
    f: Function, args: Sequence[object], kwargs: dict[str, Any], argnums: Argnums
) -> tuple[Sequence[object], dict[str, Any]]:
    """Return arguments with those that `argnums` counts among the positional ones, if they were given by name."""
    try:
        last = max([argnums] if isinstance(argnums, int) else argnums, default=0)
        if last < len(args) or not kwargs:
            return args, kwargs
        known = [x for x in inspect.signature(f).parameters.values() if x.kind is x.POSITIONAL_OR_KEYWORD]
        names = [x.name for x in known][len(args) : last + 1]
    except (TypeError, ValueError):  # _positions says what is wrong with argnums; some builtins have no signature
        return args, kwargs
    if len(names) != last + 1 - len(args) or not all(name in kwargs for name in names):
        return args, kwargs
    return [*args, *[kwargs[name] for name in names]], {name: x for name, x in kwargs.items() if name not in names}


def with_gradient(
    f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums, has_aux: bool = False
) -> tuple[Call, Any]:
    """Return a recorded call of a function that must return one number, and its gradient."""
    call = Call(f, args, kwargs, argnums, False, has_aux)
    if call.plain and type(call.result) is Traced:
        number: Traced = call.result
        if number.tape is call.tape:
            return call, shaped(call.nests(call.tape.gradient(number.place)), argnums)
    call.demand_scalar()
    return call, shaped(call.nests(call.pulled([1.0])), argnums)


def _positions(argnums: Argnums, count: int) -> list[int]:
    """Return the positions that `argnums` names among so many arguments, counted from the front."""
    if type(argnums) is int and 0 <= argnums < count:
        return [argnums]
    try:
        wanted = [operator.index(i) for i in ([argnums] if hasattr(argnums, "__index__") else argnums)]
    except TypeError:
        raise TypeError(f"argnums is {argnums!r}; use the position of an argument, or a tuple of positions") from None
    for i in wanted:
        if not -count <= i < count:
            remedy = "" if count else "; what is differentiated is given by its place, as in grad(f)(1.0)"
            raise TypeError(f"argnums has {i}, but there are {count} positional arguments{remedy}")
    positions = [i % count for i in wanted]
    if len(set(positions)) < len(positions):
        raise ValueError(f"argnums is {argnums!r}, which names an argument twice")
    return positions


def shaped(nests: Sequence[Any], argnums: Argnums) -> Any:
    """Return one nest for one position, a tuple of them for several."""
    return nests[0] if type(argnums) is int or hasattr(argnums, "__index__") else tuple(nests)


def demand_function(transform: str, f: object) -> None:
    """Raise TypeError, naming the transform, unless f can be called."""
    if not callable(f):
        raise TypeError(
            f"{transform}: expected a function, not {described(f)}; use {transform}(f), not {transform}(f(x))"
        )


def named_as(f: Callable[P, object]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that gives a function the name, the doc and the signature of f.

    It stays a function of the module that defines it, so what is compiled does not look into it at every call.
    """
    return wraps(f, assigned=("__name__", "__qualname__", "__doc__"), updated=())
