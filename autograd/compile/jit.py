"""`jit`: a function that is traced once for every path through it, and from then on runs as a compiled program.

Start at `jit.__call__`. The one surprise: whatever is not sure is done by Python. Where an instruction would raise, or
a guard meets what it has not seen, or too many paths were found, the function itself is called, so results and
exceptions are always its own.
"""

import math
import time
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from autograd.backends import backend, spent
from autograd.compile.arguments import KEPT, MOST_SHAPES, UNLIKE, Inline, agree, signature
from autograd.compile.dependencies import Watch
from autograd.compile.lane_sum_program import packed
from autograd.compile.lane_sums import Unjoined, evaluated_once
from autograd.errors import GraphError, TraceError
from autograd.program.passes import optimized
from autograd.program.program import Miss, Program, record
from autograd.tape.guards import compiling
from autograd.tape.pytree import Rebuild, flatten, is_array, is_module, unflatten
from autograd.tape.tape import Tape
from autograd.tape.traced import NeedsElements, TracedArray, primal

Call = Callable[[list[Any]], "tuple[float, ...] | Miss"]
CONSTANT = (bool, int, float, str, bytes, type(None))  # in a result: a constant of its path
SELDOM = 100  # calls of what cannot be compiled as it is, after which that is looked at again
MOST_PATHS = 256  # of one function and one shape of arguments; beyond, Python itself is not slower


class Path:
    """One way through a function: its program, compiled, and where to go when a guard does not hold."""

    def __init__(
        self, program: Program, call: Call, packed: Any, rebuild: Rebuild, times: tuple[float, float, float]
    ) -> None:
        self.program = program
        self.call = call
        self.packed = packed  # the same for arrays as they are, where that is quicker; or None
        self.rebuild = rebuild
        self.tracing, self.compiling, self.eager = times
        self.others: dict[Miss, Path] = {}
        self.calls = 0
        self.running = 0.0

    def count(self, start: float, before: float) -> None:
        """Count a call that began at `start`, when so much time had been spent on compiling before."""
        made = spent() - before
        self.calls += 1
        self.compiling += made
        self.running += time.perf_counter() - start - made


class Paths:
    """All paths for one shape of arguments, as a tree: at a guard that did not hold, on to a path that knows it."""

    def __init__(self, key: Any, objects: list[Any], exploded: frozenset[int] = frozenset()) -> None:
        self.key, self.objects = key, objects
        self.paths: list[Path] = []
        self.last: Path | None = None
        self.watch = Watch(*objects, values=False) if objects else None
        self.modules = {id(x): flatten(x, live=True)[0] for x in objects if is_module(x)}
        if any(y.rank != 2 for ys in self.modules.values() for y in ys):
            raise Inline  # its numbers are traced
        self.exploded = exploded  # arrays, by their places, whose numbers are traced one by one
        self.eager = 0
        self.unjoined = False  # arrays of lanes come out of it, of which `vmap` makes compiled programs itself

    def numbers(self, leaves: list[Any]) -> list[Any]:
        """Return the leaves with the numbers of modules in place of these."""
        found: list[Any] = []
        for x in leaves:
            if id(x) in self.modules:
                found += [y.data for y in self.modules[id(x)]]
            else:
                found.append(x)
        return found

    def packed(self, path: Path, leaves: list[Any]) -> Any:
        """Return the result of a path that takes arrays as they are; None where it cannot."""
        numbers: list[Any] = []
        arrays: dict[int, Any] = {}
        place = 0
        for i, x in enumerate(leaves):
            if type(x) is float:
                numbers.append(x)
            elif not is_array(x):
                return None
            elif i not in self.exploded:
                arrays[place] = x
            elif x.dtype.kind == "f":
                numbers.append(x.ravel())
                place += x.size - 1
            else:
                return None
            place += 1
        start, before = time.perf_counter(), spent()
        found = path.packed(numbers[0] if self.exploded and len(numbers) == 1 else _concatenated(numbers), arrays)
        if found is None:
            return None
        path.count(start, before)
        return unflatten(path.rebuild, found)

    def add(self, path: Path) -> None:
        """Join a path to all others at the guard where they part; the longest way on is taken."""
        own = path.program.guards
        for other in self.paths:
            for i, (guard, old) in enumerate(zip(own, other.program.guards, strict=False)):
                if guard.seen != old.seen:
                    kept = other.others.get(Miss(i, guard.seen))
                    if kept is None or len(kept.program.guards) < len(own):
                        other.others[Miss(i, guard.seen)] = path
                    path.others.setdefault(Miss(i, old.seen), other)
                    break
        self.paths.append(path)
        self.last = path


class jit:
    """Return a function that gives what f gives, from compiled programs; numbers in its result are plain floats.

    f is called with traced numbers in place of the floats in its arguments (lists, tuples, dicts, dataclasses, modules
    and arrays of them; whole numbers count as floats, as in `grad`), once for every path through its comparisons and
    for every shape of arguments. Whatever else is in the arguments (str, None, functions) is compared at each call, and
    so is what f refers to outside of them. f must depend on nothing else: no random numbers, files or clocks. The first
    call on a path runs f twice, on traced and on plain numbers, and warns where they disagree.
    A number that would leave the trace, as by `float(x)`, raises TraceError, a TypeError, with the line. Called with
    Values, or within another transform, it is f itself.

    A program runs in Python first, to the bit as f itself; where LLVM is installed, and the program is not tiny, its
    100th call compiles it to native code, whose sums differ by some ulps of what is summed. `backend="llvm"` compiles
    at the first call, `backend="python"` never does. Sums over the lanes of a `vmap` within f, and what is made of
    them, are native from the first call on. Arrays of floats go to native code as they are, and come from it: those of
    one result are parts of one. Exceptions are f's own on every backend. What objects written in C keep for themselves
    (but for arrays, queues and the like) and the code of installed packages is not looked at.

    >>> from autograd import grad, tanh
    >>> f = jit(grad(lambda x: tanh(x) if x > 0.0 else x * x))
    >>> f(0.5), f(-3.0), f(2.0)
    (0.7864477329659275, -6.0, 0.07065082485316446)
    >>> f.stats().paths
    2
    """

    def __init__(self, f: Callable[..., Any], backend: str | None = None) -> None:
        self.f = f
        self.backend = backend
        self.__name__ = getattr(f, "__name__", "function")
        self.__doc__ = f.__doc__ if isinstance(f, type(flatten)) else None
        self.__wrapped__ = f
        self.watch: Watch | None = None
        self.trees: dict[Any, Paths] = {}
        self.distrusted = False
        self.inlined = 0
        self.renewed = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves: list[Any] = []
        objects: list[Any] = []
        try:
            key = signature((args, kwargs), leaves, objects)
        except Inline:
            self.inlined += 1
            return self.f(*args, **kwargs)
        if self.distrusted:
            return self.f(*args, **kwargs)
        tree = self.trees.get(key)
        if tree is None or not tree.unjoined or tree.eager % SELDOM == 0:
            try:
                tree = self._renewed(tree, key, objects)
            except Inline:
                self.inlined += 1
                return self.f(*args, **kwargs)
        if tree.unjoined:
            tree.eager += 1
            return self.f(*args, **kwargs)
        if tree.modules:
            leaves = tree.numbers(leaves)
        given = leaves
        path, tried = tree.last, 0
        if path is not None and path.packed is not None:
            found = tree.packed(path, given)
            if found is not None:
                return found
        if tree.exploded:
            leaves = _exploded(leaves, tree.exploded)
        while path is not None and tried <= len(tree.paths):
            start, before = time.perf_counter(), spent()
            try:
                found = path.call(leaves)
            except (ValueError, ArithmeticError):  # Python raises it again, with its message
                tree.eager += 1
                return self.f(*args, **kwargs)
            if type(found) is not Miss:
                path.count(start, before)
                tree.last = path
                return unflatten(path.rebuild, found)
            path, tried = path.others.get(found), tried + 1
        if len(tree.paths) >= MOST_PATHS or self.renewed >= MOST_PATHS:
            tree.eager += 1
            return self.f(*args, **kwargs)
        return self._traced(tree, given, args, kwargs)

    def _renewed(self, tree: Paths | None, key: Any, objects: list[Any]) -> Paths:
        """Return the paths for a shape of arguments: those known, or new ones where anything is not what it was."""
        if self.watch is None or self.watch.changed():
            self.renewed += self.watch is not None
            self.watch = Watch(self.f)
            self.trees.clear()
            tree = None
        if tree is None or (tree.watch is not None and tree.watch.changed()):
            self.renewed += tree is not None
            if len(self.trees) >= MOST_SHAPES:
                self.trees.clear()
            tree = self.trees[key] = Paths(key, objects)
        return tree

    def _traced(self, tree: "Paths", leaves: list[Any], args: Any, kwargs: Any) -> Any:
        """Return f's result, and keep the path that it took."""
        raw = _exploded(leaves, tree.exploded)
        start = time.perf_counter()
        tape = Tape()
        try:
            whole = {id(x) for x in raw if is_array(x)}
            _, rebuild = flatten((args, kwargs), "arguments", KEPT, lambda x: id(x) in whole)
            slots: list[Any] = []
            for x in raw:
                if is_array(x):
                    slots.append(TracedArray(tape.array(x)))
                else:
                    slots.append(tape.input(x))
                    slots[-1].whole = type(x) is not float
            given, named = unflatten(rebuild, slots)
            with compiling(), evaluated_once():
                try:
                    result = self.f(*given, **named)
                finally:
                    tape.closed = True
            outputs, rebuild = flatten(result, "result", CONSTANT)
            program = record(tape, outputs)
        except TraceError:
            raise
        except Unjoined:
            tree.unjoined = True
            tree.eager += 1
            return self.f(*args, **kwargs)
        except NeedsElements as error:
            places = {i for i, x in enumerate(leaves) if x is error.args[0]}
            tree = self.trees[tree.key] = Paths(tree.key, tree.objects, tree.exploded | places)
            return self._traced(tree, leaves, args, kwargs)
        except (ValueError, ArithmeticError, GraphError):
            tree.eager += 1
            return self.f(*args, **kwargs)
        except Exception as error:
            self.f(*args, **kwargs)  # if this raises too, that is what Python does
            error.add_note("while tracing for jit: the function takes numbers, but not traced ones")
            raise
        middle = time.perf_counter()
        with evaluated_once():
            expected = self.f(*args, **kwargs)
        if not agree(result, expected):
            self.distrusted = True
            message = f"jit: {self.__name__} gives other results on {UNLIKE}; from now on it runs uncompiled"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
            return self.f(*args, **kwargs)
        after = time.perf_counter()
        arrays = [slot.input.place for slot in slots if type(slot) is TracedArray]
        if arrays:
            python = cache(lambda: backend("python").scalar(program))  # of which `packed` leaves little to do

            def call(leaves: list[Any]) -> "tuple[float, ...] | Miss":
                return python()(leaves)  # type: ignore[no-any-return]

        else:
            call = backend(self.backend).scalar(program, self.backend is not None)
        direct = packed(program, arrays, lambda part: backend(self.backend).scalar(part, True))
        if direct is None and tree.exploded:
            direct = getattr(call, "packed", None)
        times = (middle - start, time.perf_counter() - after, after - middle)
        path = Path(program, call, direct, rebuild, times)
        tree.add(path)
        found = None if path.packed is None else tree.packed(path, leaves)
        if found is None:
            start, before = time.perf_counter(), spent()
            values = call(raw)  # what a second call gives, to the bit
            path.count(start, before)
            found = unflatten(rebuild, [primal(y) for y in outputs] if type(values) is Miss else values)
        path.calls, path.running = 0, 0.0  # of calls that did nothing else
        return found

    def stats(self) -> "Stats":
        """Return what was traced, compiled and called, as a table."""
        return Stats(self)


class Stats:
    """The table that `stats` returns."""

    def __init__(self, function: jit) -> None:
        trees = function.trees.values()
        every = [path for tree in trees for path in tree.paths]
        self.shapes, self.paths = len(function.trees), len(every)
        self.inlined, self.renewed = function.inlined, function.renewed
        self.eager = sum(tree.eager for tree in trees)
        self.rows = [self._row(path) for path in every]

    @staticmethod
    def _row(path: Path) -> dict[str, float]:
        each = path.running / path.calls if path.calls else math.nan
        even = (path.tracing + path.compiling) / (path.eager - each) if path.eager > each else math.inf
        return {
            "calls": path.calls,
            "instructions": len(optimized(path.program).steps),
            "guards": len(path.program.guards),
            "trace ms": path.tracing * 1e3,
            "compile ms": path.compiling * 1e3,
            "us per call": each * 1e6,
            "eager us": path.eager * 1e6,
            "break-even": even,
        }

    def __repr__(self) -> str:
        lines = [f"paths: {self.paths}; shapes of arguments: {self.shapes}; closures renewed: {self.renewed}"]
        lines[0] += f"; left to Python: {self.eager} calls, {self.inlined} with Values"
        widths = {name: max(len(name), 8) + 2 for row in self.rows for name in row}
        if widths:
            lines.append("path" + "".join(f"{name:>{width}}" for name, width in widths.items()))
        for i, row in enumerate(self.rows):
            cells = [f"{x if isinstance(x, int) else f'{x:.4g}':>{widths[name]}}" for name, x in row.items()]
            lines.append(f"{i:4}" + "".join(cells))
        return "\n".join(lines)


def _concatenated(parts: list[Any]) -> Any:
    import numpy as np

    if set(map(type, parts)) <= {float}:
        return np.array(parts, dtype=float)
    return np.concatenate([(x,) if type(x) is float else x for x in parts])


def _exploded(leaves: list[Any], places: frozenset[int]) -> list[Any]:
    """Return the leaves with the numbers of the arrays at these places in place of the arrays."""
    found: list[Any] = []
    for i, x in enumerate(leaves):
        if i in places:
            found += x.ravel().tolist()
        else:
            found.append(x)
    return found
