"""`Module`: something with parameters, and what can be done with all of them at once.

Parameters are found, not registered: whatever Values, modules, and lists, tuples, dicts, sets, deques, dataclasses or
NumPy arrays of them are attributes of a module are its parameters, in the order of assignment. Only leaves are: the
result of an operation, kept on a module, is none.
"""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from autograd import Value, register_module, scope
from nn import files, tables
from nn.hints import ATTRIBUTES, missing
from nn.parameters import Search, is_quick, joined, leaves, listed, modules, parts_of, refuse_hidden, shape

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


@contextmanager
def in_mode(model: object, training: bool) -> Iterator[None]:
    """Set `training` of a model and all modules below it within a `with` block."""
    changed = [x for x in modules(model) if isinstance(x, Module) and x.training != training]
    before = [vars(x).get("training") for x in changed]
    try:
        for x in changed:
            x.training = training
        yield
    finally:
        for x, mode in zip(changed, before, strict=True):
            x.training = not training
            if mode is None:  # it was that of the class
                del x.training


class Module:
    """Base of layers and models.

    What a module in a module makes when it is called is in a scope named as its place, such as "layers.0", so that
    pictures show it in a frame. `class Neuron(Module, scoped=False)` leaves a kind out, where calls are many and small.
    """

    def __init_subclass__(cls, scoped: bool = True) -> None:
        super().__init_subclass__()
        if scoped and "__call__" in vars(cls):
            cls.__call__ = _in_scope(vars(cls)["__call__"])  # type: ignore[method-assign]

    if TYPE_CHECKING:  # a subclass says what its inputs are
        __call__: Callable[..., Any]
    else:

        def __new__(cls, *_, **__):
            module = super().__new__(cls)
            register_module(module)
            return module

        def __call__(self, *inputs):
            """Return what the module makes of its inputs."""
            raise NotImplementedError(f"{type(self).__name__} has no __call__")

    training: bool = True  # whether layers such as Dropout do what they do in training; see `train`
    buffers: tuple[str, ...] = ()  # names of lists of floats that are saved with the parameters

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; TypeError for Values in what is not searched for parameters, as a closure."""
        if not is_quick(value):
            refuse_hidden(self, name, value)
        super().__setattr__(name, value)

    if not TYPE_CHECKING:  # type checkers refuse other names

        def __getattr__(self, name):
            raise AttributeError(missing(f"a {type(self).__name__}", name, ATTRIBUTES), name=name, obj=self)

    def attributes(self) -> dict[str, Any]:
        """Return what is searched for parameters, by name; override it to group or to rename them."""
        return vars(self)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (path, parameter) pairs in the order of assignment, as `("layers.0.bias.1", Value(0.0))`.

        A parameter that is used in two places is listed once, under its first path. In a gradient, which is a module
        too, they are plain numbers.
        """
        found: dict[int, tuple[str, Value]] = {}
        for path, array in Search(self).arrays():
            for place, leaf in leaves(array, path):
                found.setdefault(id(leaf), (place, leaf))
        return list(found.values())

    def parameters(self) -> list[Value]:
        """Return every parameter once."""
        return [parameter for _, parameter in self.named_parameters()]

    def train(self, mode: bool = True) -> "Module":
        """Set `training` here and in all modules below: whether Dropout drops and BatchNorm learns; return the module.

        `fit` trains, and `evaluate` does not, whatever is set; both put back what was.
        """
        for module in modules(self):
            if isinstance(module, Module):
                module.training = mode
        return self

    def eval(self) -> "Module":
        """Set `training` to False here and in all modules below; return the module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero: before each backward, because leaves accumulate."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, files.Numbers]:
        """Return the numbers of all parameters and buffers by path: floats, and (nested) lists of floats.

        Raises ValueError where two would have the same path, as "a.b" and "b" of "a", or one has no place in a file.
        """
        return {path: _numbers(array) for path, array in self._stored().items()}

    def _stored(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, array in Search(self, saving=True).arrays():
            if path in found or path == "__metadata__":
                fault = "is the name of something else in a file" if path not in found else "stands for two parameters"
                raise ValueError(f"state_dict: {path!r} {fault}; rename the attribute or key")
            found[path] = array
        return found

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Set all parameters from what `state_dict` returned; either all of them or, on any error, none.

        Raises ValueError if a path is missing or unknown, a shape differs, or a number is not finite.
        """
        arrays = self._stored()
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
        for path, array in Search(self).arrays():
            sizes = shape(array, True) or ()
            rows.append((path, " x ".join(map(str, sizes)) or "1", math.prod(sizes)))
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
        for key, y in (parts_of(x) or {}).items():
            if not is_quick(y) and id(y) not in seen:
                seen[id(y)] = y
                waiting.append((y, joined(path, key)))


def _numbers(array: object) -> files.Numbers:
    array = listed(array)
    if isinstance(array, (list, tuple)):
        return [_numbers(part) for part in array]
    return cast(float, getattr(array, "data", array))


def _pairs(array: object, numbers: object, path: str) -> Iterator[tuple[Value, float]]:
    """Yield each Value of an array with its new number; ValueError, naming the place, if there is none for it."""
    array = listed(array)
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
