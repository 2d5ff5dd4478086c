"""Generators of random numbers: who draws from which, and how to give a generator back what was drawn from it.

A model may hold its generator, share a global one, or reach it through a closure, so all that are alive are looked at.
"""

import gc
import os
import pickle
import random
import sys
from collections.abc import Iterable
from typing import Any

State = Any  # whatever a generator says of itself


def alive() -> list[Any]:
    """Return every generator whose state can be read: Python's and NumPy's."""
    kinds: list[type] = [random.Random]
    if numpy := sys.modules.get("numpy.random"):
        kinds += [numpy.Generator, numpy.RandomState]
    found = [x for x in gc.get_objects() if issubclass(type(x), tuple(kinds))]
    return [x for x in found if not isinstance(x, random.SystemRandom)]


def state(x: Any) -> State:
    """Return the state of a generator, in lists, dicts, numbers and texts alone, so that it can be saved.

    >>> rng = random.Random(1)
    >>> before = state(rng)
    >>> first = rng.random()
    >>> set_state(rng, before)
    >>> rng.random() == first
    True
    """
    return _plain(_raw(x))


def set_state(x: Any, found: State) -> None:
    """Put a generator back into a state."""
    if isinstance(x, random.Random):
        version, numbers, gauss = found
        x.setstate((version, tuple(numbers), gauss))
    elif hasattr(x, "bit_generator"):
        x.bit_generator.state = found
    else:
        x.set_state(found)


def _raw(x: Any) -> State:
    if isinstance(x, random.Random):
        return x.getstate()
    return x.bit_generator.state if hasattr(x, "bit_generator") else x.get_state(legacy=False)


def _mark(found: State) -> object:
    """Return what is equal for equal states, quickly."""
    return found if isinstance(found, tuple) else pickle.dumps(found)


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _plain(y) for key, y in x.items()}
    return list(map(_plain, x)) if isinstance(x, (list, tuple)) else x.tolist() if hasattr(x, "tolist") else x


class Watch:
    """The states of generators at one time, to be compared with what they are later.

    As a context it also sees whether the system is asked for random bytes, which have no state.
    """

    def __init__(self, generators: Iterable[Any]) -> None:
        self.entropy: bool = False
        self.before: list[tuple[Any, State]] = [(x, _raw(x)) for x in generators]

    def __enter__(self) -> "Watch":
        self.profile: Any = sys.getprofile()
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self.profile)

    def _see(self, frame: object, event: str, function: object) -> None:
        if event == "c_call" and function is os.urandom:
            self.entropy = True

    def drawn(self) -> list[Any]:
        """Return the generators that were drawn from since."""
        return [x for x, before in self.before if _mark(_raw(x)) != _mark(before)]

    def undone(self) -> bool:
        """Give back what was drawn since; return whether there was any, random bytes of the system too."""
        drawn = [(x, before) for x, before in self.before if _mark(_raw(x)) != _mark(before)]
        for x, before in drawn:
            set_state(x, before)
        return bool(drawn) or self.entropy
