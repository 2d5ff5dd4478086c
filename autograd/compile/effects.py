"""What a function changes in its arguments: found on the copies that it is traced on, written to the caller's own.

The copies are walked beside the originals, before the function is called and after. What a list, a dict, an array or a
dataclass holds then is part of what the program gives, and is written back at every call. A container of the caller
that is met again, in the result or within another one, stays the one that it is: a `Ref` stands for it in between.
"""

import collections
import dataclasses
import types
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.compile.arguments import WHOLE, agree
from autograd.compile.restoring import OWN
from autograd.primitives.carrier import Carrier
from autograd.primitives.primitive import Primitive
from autograd.tape.nodes import REGISTERED, attributes_beside
from autograd.tape.pytree import is_array, is_module
from autograd.tape.sameness import ABSENT
from autograd.tape.traced import TracedArray

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

# from the arguments on: ("item", a key), ("attribute", a name) or ("node", an index)
Path = tuple[tuple[str, Any], ...]
LISTS = (list, collections.deque)
DICTS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
BY_ITEMS = (list, collections.deque, tuple, dict)
BESIDE = "attributes beside the items"
CONSTANTS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))
FIXED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, Primitive)


class Unwritable(Exception):
    """A change that no program can make again; the message says what was done."""


class Ref:
    """What stands for an object in a result: one among the arguments, by its path, or one beside them."""

    path: Path | None
    target: object

    __slots__ = ("path", "target")

    def __init__(self, path: Path | None, target: object = None) -> None:
        self.path, self.target = path, target

    def of(self, arguments: object) -> Any:
        """Return the object for these arguments."""
        return self.target if self.path is None else _at(arguments, self.path)


class Held(NamedTuple):
    """A container in the copy, and what it held before the call."""

    path: Path
    original: Any
    copy: Any
    before: dict[Any, Any]


class Change(NamedTuple):
    """What a container holds after the call: all of it, or what is new in it, and which keys are gone."""

    path: Path
    whole: bool
    gone: tuple[Any, ...]


class Copies:
    """The containers in a copy of arguments, with what they held when this was made."""

    def __init__(self, originals: object, copy: object) -> None:
        self.held: dict[int, Held] = {}
        self._walk(originals, copy, ())

    def _walk(self, original: object, copy: object, path: Path) -> None:
        if original is copy or id(copy) in self.held or isinstance(copy, (Carrier, TracedArray)):
            return
        parts = _parts(copy)
        if parts is None:
            return
        self.held[id(copy)] = Held(path, original, copy, parts)
        if not is_array(copy):
            own, step = _parts(original), _step(copy)
            for key, part in parts.items():
                if own is not None and key in own:
                    self._walk(own[key], part, (*path, (step, key)))

    def changed(self) -> bool:
        """Return whether any of them holds something else."""
        return any(not _unchanged(held.before, _parts(held.copy) or {}) for held in self.held.values())

    def changes(self, known: Container[int]) -> tuple[list[Change], list[Any]]:
        """Return (the changes, what each writes as a nest of numbers); Unwritable where there is no way.

        `known` has the ids of what the function refers to, which may be put into containers as it is.
        """
        found: list[Change] = []
        contents: list[Any] = []
        encoded = _Encoded(self, known)
        for held in self.held.values():
            after = _parts(held.copy) or {}
            if _unchanged(held.before, after):
                continue
            original = held.original
            if is_array(original):
                if original.dtype.kind != "f" or original.dtype.itemsize != 8:
                    raise Unwritable(f"writes to an array of {original.dtype}")
                if after.get(BESIDE) != held.before.get(BESIDE):
                    raise Unwritable("changes the shape or a flag of an array")
                found.append(Change(held.path, True, ()))
                contents.append(held.copy)  # its numbers; encoded, it would stand for itself
                continue
            if is_module(original):
                raise Unwritable("changes a module among its arguments")
            if type(original) in REGISTERED or (
                isinstance(original, BY_ITEMS) and type(original) not in (*LISTS, *DICTS)
            ):
                raise Unwritable(f"changes a {type(original).__name__} among its arguments")
            if any(isinstance(key, Carrier) for key in after):
                raise Unwritable("uses a traced number as a key")
            ordered = list(held.before) == list(after)
            new = {key: y for key, y in after.items() if held.before.get(key, ABSENT) is not y}
            if isinstance(original, dict) and not ordered:
                new = after
            if isinstance(original, LISTS):
                new = new if ordered else dict(enumerate(after.values()))
            gone = tuple([key for key in held.before if key not in after])
            found.append(Change(held.path, not ordered, gone))
            contents.append(encoded.parts(new))
        return found, contents

    def encoded(self, result: object, known: Container[int]) -> Any:
        """Return a result with a Ref for each container of the arguments in it; itself if there is none."""
        return _Encoded(self, known)(result) if _meets(result, self.held) else result


class _Encoded:
    """How nests are turned into such as a program can give."""

    def __init__(self, copies: Copies, known: Container[int]) -> None:
        self.copies, self.known = copies, known
        self.new: dict[int, Any] = {}

    def __call__(self, x: Any) -> Any:
        kind = type(x)
        if kind in CONSTANTS or isinstance(x, Carrier):
            return x
        held = self.copies.held.get(id(x))
        if held is not None:
            return Ref(held.path)
        if isinstance(x, TracedArray):
            raise Unwritable("keeps an array of its arguments")
        if id(x) in self.known or isinstance(x, FIXED):
            return Ref(None, x)
        if isinstance(x, tuple):
            parts = [self(y) for y in x]
            return kind(*parts) if hasattr(x, "_fields") else kind(parts)
        if kind.__module__ == "numpy" and not is_array(x):
            return x  # a number
        if id(x) in self.new:
            raise Unwritable(f"keeps one new {kind.__name__} in two places")
        self.new[id(x)] = x
        if is_array(x):
            if x.base is not None and x.dtype.kind != "O":
                raise Unwritable("keeps a view of an array")
            return x
        if kind is list:
            return [self(y) for y in x]
        if kind is dict:
            return self.parts(x)
        raise Unwritable(f"keeps a new {kind.__name__}")

    def parts(self, x: dict[Any, Any]) -> dict[Any, Any]:
        """Return a dict of encoded parts."""
        return {key: self(y) for key, y in x.items()}


class Effects:
    """The changes that every call of a path makes."""

    def __init__(self, changes: list[Change], contents: list[Any], result: object) -> None:
        self.changes = changes
        self.whole: list[set[Any]] = []  # the keys at which each writes ints, as Python did at the first call
        self.refers: bool = _refers(result) or any(map(_refers, contents))

    def possible(self, arguments: object) -> bool:
        """Return whether these arguments can be written to one by one: arrays that share memory cannot."""
        arrays = list(_arrays(arguments))
        if not arrays:
            return True
        import numpy as np

        if not all(x.flags.writeable for x in arrays):
            return False
        return not any(np.may_share_memory(x, y) for i, x in enumerate(arrays) for y in arrays[:i] if x is not y)

    def agree(self, contents: list[Any], arguments: object) -> bool:
        """Return whether the arguments hold already what is to be written; what a Ref stands for is passed over."""
        self.whole = [set() for _ in contents]
        for whole, change, content in zip(self.whole, self.changes, contents, strict=True):
            target = _at(arguments, change.path)
            if is_array(target):
                if not agree(content, target):
                    return False
                continue
            now = _parts(target) or {}
            if any(key in now for key in change.gone) or not content.keys() <= now.keys():
                return False
            if not all(_refers(y) or agree(y, now[key]) for key, y in content.items()):
                return False
            whole |= {key for key, y in content.items() if isinstance(y, Carrier) and type(now[key]) is int}
        return True

    def exact(self, contents: list[Any]) -> bool:
        """Return whether the ints that are to be written are exact as floats."""
        return all(abs(content[key]) <= WHOLE for key, content in _keyed(self.whole, contents))

    def prepared(self, found: tuple[Any, list[Any]], arguments: object) -> tuple[list[Any], list[Any]]:
        """Return (the result and all that is to be written, where to write it) for arguments as they are now."""
        result, contents = found
        if self.refers:
            result, contents = _resolved(result, arguments), [_resolved(x, arguments) for x in contents]
        return [result, *contents], [_at(arguments, change.path) for change in self.changes]

    def held(self, contents: list[Any], targets: list[Any]) -> list[Any]:
        """Return what containers hold where a call would write these contents to them."""
        found: list[Any] = []
        for change, target, content in zip(self.changes, targets, contents, strict=True):
            now = {} if is_array(target) else _parts(target) or {}
            here = {key: now[key] for key in now if key in content or key in change.gone} if now else target
            found.append(here)
        return found

    def apply(self, found: tuple[Any, list[Any]], arguments: object) -> Any:
        """Write what a call gave to its arguments; return its result."""
        result, contents = found
        if self.refers:
            result, contents = _resolved(result, arguments), [_resolved(x, arguments) for x in contents]
        for key, content in _keyed(self.whole, contents):
            content[key] = int(content[key])
        targets = [_at(arguments, change.path) for change in self.changes]
        for change, target, content in zip(self.changes, targets, contents, strict=True):
            _write(change, target, content)
        return result


def _keyed(whole: list[set[Any]], contents: list[Any]) -> Iterator[tuple[Any, Any]]:
    return ((key, content) for keys, content in zip(whole, contents, strict=True) for key in keys)


def _write(change: Change, target: Any, content: Any) -> None:
    if is_array(target):
        target[...] = content
    elif isinstance(target, LISTS):
        if change.whole:
            target.clear()
            target.extend(content.values())
        else:
            for i, y in content.items():
                target[i] = y
    elif isinstance(target, dict):
        if change.whole:
            target.clear()
        for key, y in content.items():
            target[key] = y
    else:
        for name in change.gone:
            object.__delattr__(target, name)
        for name, y in content.items():
            object.__setattr__(target, name, y)


def _parts(x: object) -> dict[Any, Any] | None:
    """Return what a container holds, by index, key or name; None for what holds nothing."""
    if is_array(x):
        return {**dict(enumerate(x.ravel().tolist())), BESIDE: f"{x.shape} {x.dtype} {x.flags.writeable}"}
    if type(x) in REGISTERED:
        return dict(enumerate(REGISTERED[type(x)].flatten(x)[0]))
    if isinstance(x, BY_ITEMS):
        beside = {} if type(x) in (*LISTS, *DICTS, tuple) else attributes_beside(x, ())
        parts = x.items() if isinstance(x, dict) else enumerate(x)
        return {**dict(parts), **{(BESIDE, name): y for name, y in beside.items()}}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        names = [f.name for f in dataclasses.fields(x) if hasattr(x, f.name)]
        return {**{name: getattr(x, name) for name in names}, **getattr(x, "__dict__", {})}
    return {name: y for name, y in vars(x).items() if name not in OWN} if is_module(x) else None


def _unchanged(before: dict[Any, Any], after: dict[Any, Any]) -> bool:
    return list(before) == list(after) and all(
        x is y or (type(x) is type(y) and type(x) in CONSTANTS and repr(x) == repr(y))
        for x, y in zip(before.values(), after.values(), strict=True)
    )


def _step(x: object) -> str:
    """Return how the parts of a container are found."""
    return "node" if type(x) in REGISTERED else "item" if isinstance(x, BY_ITEMS) else "attribute"


def _at(x: Any, path: Path) -> Any:
    for step, key in path:
        x = _parts(x)[key] if step == "node" else x[key] if step == "item" else getattr(x, key)  # type: ignore[index]
    return x


def _nested(x: object) -> Iterator[Any]:
    if isinstance(x, Carrier):
        return
    if isinstance(x, (*LISTS, tuple)):
        yield from x
    elif isinstance(x, dict):
        yield from x.values()
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        yield from [getattr(x, f.name, None) for f in dataclasses.fields(x)]


def _every(x: object, seen: set[int]) -> Iterator[Any]:
    """Yield an object and all that is nested in it."""
    queue = [x]
    while queue:
        y = queue.pop()
        if id(y) not in seen:
            seen.add(id(y))
            yield y
            queue += _nested(y)


def _meets(x: object, held: dict[int, Held]) -> bool:
    return bool(held) and any(id(y) in held for y in _every(x, set()))


def _refers(x: object) -> bool:
    return any(type(y) is Ref for y in _every(x, set()))


def _arrays(x: object) -> Iterator[Any]:
    return (y for y in _every(x, set()) if is_array(y))


def shares_memory(result: object, arguments: object) -> bool:
    """Return whether an array of a result is a part of another one, there or among the arguments."""
    found: dict[int, list[Any]] = {}  # by the array that owns the memory
    for x in {id(x): x for nest in (arguments, result) for x in _arrays(nest)}.values():
        owner = x
        while is_array(owner.base):
            owner = owner.base
        found.setdefault(id(owner), []).append(x)
    own = {id(x) for x in _arrays(result)} if any(len(xs) > 1 for xs in found.values()) else set()
    return any(
        _overlap(x, y) for xs in found.values() for i, x in enumerate(xs) for y in xs[:i] if own & {id(x), id(y)}
    )


def _overlap(x: "Array", y: "Array") -> bool:
    import numpy as np

    return np.may_share_memory(x, y)


def _resolved(x: object, arguments: object) -> Any:
    """Return a nest with what its Refs stand for."""
    if type(x) is Ref:
        return x.of(arguments)
    resolve: Callable[[Any], Any] = lambda y: _resolved(y, arguments)  # noqa: E731
    if isinstance(x, tuple):
        parts = map(resolve, x)
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    if type(x) is list:
        return [resolve(y) for y in x]
    return {key: resolve(y) for key, y in x.items()} if type(x) is dict else x
