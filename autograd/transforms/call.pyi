# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

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
from autograd.floats.native import cython

Function = Callable[..., Any]
Argnums = int | Sequence[int]
_next: Rebuild
@final
class Call():
    'One call of a function, recorded: its inputs and outputs, flat, and how their nests are rebuilt.'
    def __init__(self, f: Function, args: Sequence[object], kwargs: dict[str, Any], argnums: Argnums, sweeps: bool=False, has_aux: bool=False) -> None:
        ...
    inputs: list[Number]
    rebuilds: list[Rebuild]
    kind: Any
    _found: Any
    _partials: Any
    nest: Any
    aux: Any
    def _refuse_index(self, error: Exception) -> None:
        'Raise TypeError, with its path, if what was used as an index is one of the ints that were given.'
    def quickly(self, x: Any) -> list[Any] | None:
        'Return [x on the tape] for a float, or a list or tuple of floats, that is the one argument; else None.'
    @property
    def traced(self) -> list[Any]:
        'The inputs on the tape.'
    @property
    def found(self) -> list[Number]:
        'What every step is, where the inputs may be numbers of a tape around this one.'
    @property
    def partials(self) -> Partials:
        'The partials of every step, on what is `found`.'
    def at(self, inputs: list[Number]) -> Call:
        'Return this call as if it had been given other carriers of the same numbers; the function is not called.'
    def value(self) -> Any:
        "Return the function's result on the numbers that were given."
    def auxiliary(self) -> Any:
        'Return what the function gave beside its result, with numbers in the place of those of the tape.'
    def _primals(self, leaves: Iterable[Number]) -> list[Number]:
        ...
    def meant(self, y: Any) -> Any:
        'Return what a number of the tape is, of those that were given.'
    def demand_scalar(self) -> None:
        'Raise TypeError unless the function returned one number, or an array of exactly one.'
    def pulled(self, adjoints: Iterable[Number]) -> list[Number]:
        'Return the adjoints of the inputs, given those of the outputs.'
    def pushed(self, tangents: Iterable[Number]) -> list[Number]:
        'Return the tangents of the outputs, given those of the inputs.'
    def nests(self, leaves: Iterable[Number]) -> list[Any]:
        'Return one nest for each differentiated argument, from leaves of all of them.'
    tape: Tape
    positions: list[Any]
    outputs: list[Any]
    args: Any
    result: Any
    rebuild: Any
    plain: bool
    sweeps: bool
def _with_aux(result: Any) -> tuple[Any, Any]:
    ...
def _positional(f: Function, args: Sequence[object], kwargs: dict[str, Any], argnums: Argnums) -> tuple[Sequence[object], dict[str, Any]]:
    'Return arguments with those that `argnums` counts among the positional ones, if they were given by name.'
def with_gradient(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums, has_aux: bool=False) -> tuple[Call, Any]:
    'Return a recorded call of a function that must return one number, and its gradient.'
def _positions(argnums: Argnums, count: int) -> list[int]:
    'Return the positions that `argnums` names among so many arguments, counted from the front.'
def shaped(nests: Sequence[Any], argnums: Argnums) -> Any:
    'Return one nest for one position, a tuple of them for several.'
def demand_function(transform: str, f: object) -> None:
    'Raise TypeError, naming the transform, unless f can be called.'
def named_as(f: Callable[P, object]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    'Return a decorator that gives a function the name, the doc and the signature of f.\n\n    It stays a function of the module that defines it, so what is compiled does not look into it at every call.\n    '
