"""`Module`: something with parameters, and what can be done with all of them at once.

Parameters are found, not registered: whatever Values, modules, and lists, tuples or dicts of them are attributes of a
module are its parameters, in the order of assignment.
"""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from autograd import Value, is_parameter, register_module, scope
from nn import files, tables

ROWS = 30  # arrays that a summary lists
_unscoped: ContextVar[bool] = ContextVar("unscoped", default=False)
Number = Any  # a float, a Value, or what a transform or `jit` puts in the place of one


@contextmanager
def without_scopes() -> Iterator[None]:
    """Let modules open no scopes within a `with` block: nobody sees the graph, as in `fit`."""
    token = _unscoped.set(True)
    try:
        yield
    finally:
        _unscoped.reset(token)


class Module:
    """Base of layers and models.

    What a module in a module makes when it is called is in a scope named as its place, such as "layers.0", so that
    pictures show it in a frame. `class Neuron(Module, scoped=False)` leaves a kind out, where calls are many and small.
    """

    def __init_subclass__(cls, scoped: bool = True) -> None:
        super().__init_subclass__()
        if scoped and "__call__" in vars(cls):
            cls.__call__ = _in_scope(vars(cls)["__call__"])  # type: ignore[method-assign]

    def __new__(cls, *_: object, **__: object) -> Self:
        module = super().__new__(cls)
        register_module(module)
        return module

    if TYPE_CHECKING:  # a subclass says what its inputs are
        __call__: Callable[..., Any]
    else:

        def __call__(self, *inputs):
            """Return what the module makes of its inputs."""
            raise NotImplementedError(f"{type(self).__name__} has no __call__")

    def attributes(self) -> dict[str, Any]:
        """Return what is searched for parameters, by name; override it to group or to rename them."""
        return vars(self)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (path, parameter) pairs in the order of assignment, as `("layers.0.bias.1", Value(0.0))`.

        A parameter that is used in two places is listed once, under its first path. In a gradient, which is a module
        too, they are plain numbers.
        """
        found: dict[int, tuple[str, Value]] = {}
        for path, array in _arrays(self):
            for place, leaf in _leaves(array, path):
                found.setdefault(id(leaf), (place, leaf))
        return list(found.values())

    def parameters(self) -> list[Value]:
        """Return every parameter once."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero: before each backward, because leaves accumulate."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, files.Numbers]:
        """Return the numbers of all parameters by path: floats, and (nested) lists of floats."""
        return {path: _numbers(array) for path, array in _arrays(self)}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Set all parameters from what `state_dict` returned; either all of them or, on any error, none.

        Raises ValueError if a path is missing or unknown, a shape differs, or a number is not finite.
        """
        arrays = dict(_arrays(self))
        if missing := sorted(arrays.keys() - state.keys()):
            raise ValueError(f"load_state_dict: missing {', '.join(missing[:5])}")
        if unknown := sorted(state.keys() - arrays.keys()):
            raise ValueError(f"load_state_dict: unknown {', '.join(unknown[:5])}")
        pairs = [pair for path, array in arrays.items() for pair in _pairs(array, state[path], path)]
        for leaf, number in pairs:
            leaf.data = number

    def __repr__(self) -> str:
        return tables.quietly(self._text) or object.__repr__(self)

    def _text(self) -> str:
        rows = self._summary()
        wide = max([len(path) for path, _, _ in rows], default=0)
        lines = [f"  {path:{wide}}  {shape:11} {count:>7,}" for path, shape, count in rows]
        return "\n".join([f"{type(self).__name__}: {sum(count for _, _, count in rows):,} parameters", *lines])

    def _repr_html_(self) -> str | None:
        return tables.quietly(lambda: tables.table(["parameter", "shape", "numbers"], self._summary(), self._title()))

    def _summary(self) -> list[tuple[str, str, int]]:
        """Return (path, shape, count) of each array of parameters; a module with many is told in part."""
        rows = []
        for path, array in _arrays(self):
            shape = _shape(array) or ()
            rows.append((path, " x ".join(map(str, shape)) or "1", math.prod(shape)))
        rest = rows[ROWS:]
        return [*rows[:ROWS], *([(f"and {len(rest)} more", "", sum(row[2] for row in rest))] if rest else [])]

    def _title(self) -> str:
        return f"{type(self).__name__}: {len(self.parameters()):,} parameters"

    def config(self) -> dict[str, Any]:
        """Return what is needed, beside the parameters, to build this module again; saved with it."""
        return {}

    def save(self, path: str | Path, extra: dict[str, Any] | None = None) -> None:
        """Write the parameters, `config()` and `extra` to a .safetensors or .json file, whole or not at all.

        Raises ValueError for another suffix, and for a parameter that is not finite.
        """
        files.write(Path(path), self.state_dict(), {"config": self.config(), "extra": extra or {}})

    def load(self, path: str | Path) -> None:
        """Set the parameters from a file that `save` wrote; on any error they stay as they were.

        Raises ValueError for a damaged or foreign file; nothing in a file is ever executed.
        """
        self.load_state_dict(files.read(Path(path))[0])


def _in_scope(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return `__call__` of a module in the scope of its place; the module that is called first has none."""

    @functools.wraps(call)
    def scoped(self: Any, *inputs: Any, **options: Any) -> Any:
        if _unscoped.get() or type(self).__call__ is not scoped:  # a subclass has opened the scope
            return call(self, *inputs, **options)
        own = vars(self)
        if "_scope" not in own:
            own["_scope"] = None
            _place(self)
        if own["_scope"] is None:
            return call(self, *inputs, **options)
        with own["_scope"]:
            return call(self, *inputs, **options)

    return scoped


def _place(module: Module) -> None:
    """Tell every module below this one its place."""
    waiting: list[tuple[Any, str]] = [(module, "")]
    seen: dict[int, Any] = {id(module): module}
    while waiting:
        x, path = waiting.pop()
        if isinstance(x, Module) and path:
            vars(x)["_scope"] = scope(path)
            path = ""
        named = x.attributes() if isinstance(x, Module) else x if isinstance(x, dict) else dict(enumerate(x))
        for key, y in named.items():
            if isinstance(y, (Module, dict, list, tuple)) and id(y) not in seen:
                seen[id(y)] = y
                waiting.append((y, f"{path}.{key}" if path else str(key)))


def _arrays(x: object, path: str = "", seen: dict[int, object] | None = None) -> Iterator[tuple[str, object]]:
    """Yield (path, array) for every Value or rectangular nest of Values below x that holds a Value not seen before."""
    seen = {} if seen is None else seen  # holds what it knows by its id, so that nothing new can have that id
    if _shape(x) is not None:
        new = {id(leaf): leaf for _, leaf in _leaves(x, path) if id(leaf) not in seen}
        seen |= new
        if new:
            yield path, x
        return
    if not isinstance(x, (Module, dict, list, tuple)) or id(x) in seen:
        return
    seen[id(x)] = x  # a module may hold one that holds it
    named = x.attributes() if isinstance(x, Module) else x if isinstance(x, dict) else dict(enumerate(x))
    for key, y in named.items():
        yield from _arrays(y, f"{path}.{key}" if path else str(key), seen)


def _shape(x: object) -> tuple[int, ...] | None:
    """Return the shape of a Value, (), or of a rectangular nest of lists of Values alone; None for anything else."""
    if is_parameter(x):
        return ()
    if not isinstance(x, (list, tuple)) or not x:
        return None
    first = _shape(x[0])
    return None if first is None or any(_shape(y) != first for y in x) else (len(x), *first)


def _leaves(array: object, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(array, (list, tuple)):
        for i, part in enumerate(array):
            yield from _leaves(part, f"{path}.{i}")
    else:
        yield path, cast(Value, array)


def _numbers(array: object) -> files.Numbers:
    if isinstance(array, (list, tuple)):
        return [_numbers(part) for part in array]
    return cast(float, getattr(array, "data", array))


def _pairs(array: object, numbers: object, path: str) -> Iterator[tuple[Value, float]]:
    """Yield each Value of an array with its new number; ValueError, naming the place, if there is none for it."""
    if not isinstance(array, (list, tuple)):
        if isinstance(numbers, bool) or not isinstance(numbers, Real) or not files.finite(numbers):
            raise ValueError(f"load_state_dict: {path} is {str(numbers)[:40]!r}, not a finite number")
        yield cast(Value, array), float(numbers)
    elif not isinstance(numbers, (list, tuple)) or len(numbers) != len(array):
        size = len(numbers) if isinstance(numbers, (list, tuple)) else type(numbers).__name__
        raise ValueError(f"load_state_dict: {path} has shape {size}, expected {len(array)}")
    else:
        for i, (part, number) in enumerate(zip(array, numbers, strict=True)):
            yield from _pairs(part, number, f"{path}.{i}")
