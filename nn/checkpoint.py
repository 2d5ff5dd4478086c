"""A training in a file: written after every epoch, and gone on from to the bit after a kill.

It holds the numbers of the model now and at its best, the optimizer, the history, and the state of every generator of
random numbers that the training draws from.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from nn import files, generators
from nn.history import Epoch, History
from nn.module import Module
from nn.optimizers import Optimizer
from nn.parameters import Buffer, Search, leaves, modules


def numbers_of(model: Any) -> list[Any]:
    """Return all that training changes in a model, each with its number as `data`: parameters, then buffers."""
    parameters = list(model.parameters())
    if not isinstance(model, Module):
        return parameters
    stored = [leaf for _, array in Search(model, saving=True).arrays() for _, leaf in leaves(array)]
    return parameters + [leaf for leaf in stored if isinstance(leaf, Buffer)]


@dataclass
class Run:
    """What a training is at, from epoch to epoch."""

    model: Any
    optimizer: Optimizer
    rng: random.Random  # of the order
    order: list[int]
    history: History
    settings: dict[str, Any]  # must be the same where it goes on
    eager: bool = False  # whether batches are run on Values from now on

    def __post_init__(self) -> None:
        self.numbers: list[Any] = numbers_of(self.model)
        self.best: list[float] = []
        self.keep()

    def keep(self) -> None:
        """Remember the numbers as they are."""
        self.best = [x.data for x in self.numbers]

    def put_back(self) -> None:
        """Set the numbers that were kept last."""
        for x, number in zip(self.numbers, self.best, strict=True):
            x.data = number

    def add(self, epoch: Epoch, patience: int | None) -> None:
        """Append an epoch; keep the numbers if it is the best so far."""
        if self.history.add(epoch, patience):
            self.keep()


class Checkpoint:
    """The file of a run."""

    path: Path
    run: Run

    def __init__(self, path: str | Path, run: Run) -> None:
        self.path, self.run = Path(path), run
        files.check_suffix(self.path)
        self.watch: generators.Watch = generators.Watch(generators.alive())

    def save(self) -> None:
        """Write the run as it is between two epochs, whole or not at all; nothing if a number is not finite.

        Raises ValueError where it draws from a generator that could not be found again.
        """
        run = self.run
        drawn = {id(x) for x in self.watch.drawn()} - {id(run.rng)}
        named = {name: x for name, x in _generators(run.model) if id(x) in drawn}
        if len(named) < len(drawn):
            raise ValueError(
                "fit: checkpoint: random numbers are drawn from a generator that could not be put back after a kill; "
                "use one that is an attribute of the model, or random or numpy.random itself"
            )
        optimizer = run.optimizer.state_dict()
        state: files.State = {"now": [x.data for x in run.numbers], "best": list(run.best)}
        state |= {f"optimizer.{name}": optimizer.pop(name) for name in run.optimizer.sums}
        rest = {
            "settings": run.settings,
            "optimizer": optimizer,
            "epochs": [astuple(epoch) for epoch in run.history.epochs],
            "order": run.order,
            "eager": run.eager,
            "generators": {"": generators.state(run.rng)} | {name: generators.state(x) for name, x in named.items()},
        }
        if all(files.finite(x) for numbers in state.values() for x in numbers):  # type: ignore[union-attr, arg-type]
            files.write(self.path, state, {"training": rest})

    def load(self, patience: int | None) -> None:
        """Set the run to what the file holds; ValueError, and nothing is changed, if it is of another training."""
        state, meta = files.read(self.path)
        run, rest = self.run, meta.get("training", {})
        try:
            if rest["settings"] != run.settings:
                raise ValueError(f"it was made with {_different(rest['settings'], run.settings)}")
            if [len(state[name]) for name in ("now", "best")] != [len(run.numbers)] * 2:  # type: ignore[arg-type]
                raise ValueError(f"its model has {len(state['now'])} numbers, this one {len(run.numbers)}")  # type: ignore[arg-type]
            epochs = [Epoch(*epoch) for epoch in rest["epochs"]]
            places = dict(_generators(run.model))
            found = {(run.rng if not name else places[name]): x for name, x in rest["generators"].items()}
            sums = {name: state[f"optimizer.{name}"] for name in run.optimizer.sums}
            run.optimizer.load_state_dict(rest["optimizer"] | sums)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"fit: checkpoint {self.path} is not of this training: {error}") from error
        for generator, x in found.items():
            generators.set_state(generator, x)
        for x, number in zip(run.numbers, _floats(state["now"]), strict=True):
            x.data = number
        run.order[:], run.eager, run.best = rest["order"], rest["eager"], _floats(state["best"])
        for epoch in epochs:
            run.history.add(epoch, patience)


def _different(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    return ", ".join(f"{name} {theirs.get(name)!r}, not {x!r}" for name, x in ours.items() if theirs.get(name) != x)


def _floats(numbers: Any) -> list[float]:
    return list(map(float, numbers))


def _generators(model: object) -> Iterator[tuple[str, Any]]:
    """Yield (name, generator) for those that are found again in another process."""
    yield "random", random.random.__self__  # type: ignore[attr-defined]
    if numpy := sys.modules.get("numpy.random"):
        yield "numpy.random", numpy.mtrand._rand
    for i, module in enumerate(modules(model)):
        for name, x in vars(module).items():
            for place, y in enumerate(x if isinstance(x, (list, tuple)) else [x]):
                if _is_generator(y):
                    yield f"{i}.{name}.{place}", y


def _is_generator(x: object) -> bool:
    return isinstance(x, random.Random) or type(x).__module__.startswith("numpy.random")
