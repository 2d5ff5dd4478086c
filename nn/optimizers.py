"""Optimizers: how a step down the gradient is taken. They read `.grad` and write `.data`.

A schedule is any function from the number of steps taken to a factor on the learning rate. The formulas are PyTorch's
to the letter, so its tutorials and hyperparameters carry over.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd import Value

Schedule = Callable[[int], float]


def constant(step: int) -> float:
    """Return 1.0: the learning rate stays."""
    return 1.0


def _check(name: str, x: float, low: float, below: float = math.inf) -> None:
    if not low <= x < below:
        raise ValueError(f"{name} is {x!r}; use a number from {low} to below {below}")


def linear(steps: int, end: float = 0.0) -> Schedule:
    """Return a schedule that goes straight from 1.0 to `end` within `steps` steps, and stays there.

    >>> [linear(4)(step) for step in (0, 1, 2, 4, 9)]
    [1.0, 0.75, 0.5, 0.0, 0.0]
    """
    _check("linear: steps", steps, 1)
    return lambda step: 1.0 + (end - 1.0) * min(step / steps, 1.0)


def cosine(steps: int, end: float = 0.0) -> Schedule:
    """Return a schedule that goes down half a cosine from 1.0 to `end` within `steps` steps, and stays there.

    Loshchilov and Hutter (2017), without restarts.
    """
    _check("cosine: steps", steps, 1)
    return lambda step: end + (1.0 - end) * 0.5 * (1.0 + math.cos(math.pi * min(step / steps, 1.0)))


def _check_parameters(name: str, parameters: object) -> None:
    """Raise TypeError, with the remedy, unless it is a sequence of Values that are leaves."""
    remedy = f"use {name}(model.parameters())"
    if not isinstance(parameters, (list, tuple)):
        raise TypeError(f"{name}: parameters is a {type(parameters).__name__}, not a list of Values; {remedy}")
    for p in parameters:
        if not isinstance(p, Value):
            raise TypeError(f"{name}: parameters holds a {type(p).__name__}, not Values alone; {remedy}")
        if p.op or p.cut:
            raise ValueError(f"{name}: parameters holds {p!r}, which is a result; {remedy}, or a leaf, Value(x)")


class Optimizer:
    """Base of the optimizers: `step()` moves every parameter once, `zero_grad()` forgets the gradients."""

    lr: float | int
    schedule: Schedule
    weight_decay: float

    settings: tuple[str, ...] = ("lr", "weight_decay")  # attributes that are numbers, saved in `state_dict`
    sums: tuple[str, ...] = ()  # attributes that are lists of a number for each parameter, likewise

    def __init__(
        self, parameters: Sequence[Value], lr: float, schedule: Schedule = constant, weight_decay: float = 0.0
    ) -> None:
        _check_parameters(type(self).__name__, parameters)
        if not parameters:
            raise ValueError(f"{type(self).__name__}: no parameters; pass model.parameters()")
        if not isinstance(lr, (int, float)) or not 0.0 < lr < math.inf:
            raise ValueError(f"{type(self).__name__}: lr is {lr!r}; use a positive number")
        _check(f"{type(self).__name__}: weight_decay", weight_decay, 0.0)
        self.parameters: list[Value] = list(parameters)
        self.lr, self.schedule, self.weight_decay = lr, schedule, weight_decay
        self.steps: int = 0

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.lr * self.schedule(self.steps)

    def state_dict(self) -> dict[str, Any]:
        """Return what the next step depends on beside parameters, gradients and schedule: settings, steps and sums.

        It is numbers and lists alone, so `json.dumps` and `json.loads` keep it to the bit.
        """
        found = {name: getattr(self, name) for name in ("steps", *self.settings)}
        lists = {name: list(numbers) for name, numbers in found.items() if isinstance(numbers, tuple)}
        return {"kind": type(self).__name__} | found | lists | {name: list(getattr(self, name)) for name in self.sums}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned; ValueError, and nothing is changed, if it is of another kind."""
        own = self.state_dict()
        if state.keys() != own.keys() or state["kind"] != own["kind"]:
            raise ValueError(f"load_state_dict: it is the state of {state.get('kind')!r}, not of {own['kind']}")
        for name, x in own.items():
            given = state[name] if isinstance(x, list) else [state[name]]
            if not isinstance(given, (list, tuple)) or len(given) != len(x if isinstance(x, list) else [x]):
                raise ValueError(f"load_state_dict: {name} is not {len(x)} numbers")
            if name != "kind" and not all(isinstance(y, (int, float)) and math.isfinite(y) for y in given):
                raise ValueError(f"load_state_dict: {name} is not a finite number")
        if type(state["steps"]) is not int or state["steps"] < 0:
            raise ValueError(f"load_state_dict: steps is {state['steps']!r}; it is a count")
        for name, x in own.items():
            if name != "kind":
                setattr(self, name, list(state[name]) if isinstance(x, list) else state[name])

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self) -> None:
        """Move every parameter once. All moves are computed before the first is made."""
        moves = self.moves(self.rate)
        for p, x in zip(self.parameters, moves, strict=True):
            p.data = x
        self.steps += 1

    def moves(self, rate: float) -> list[float]:
        """Return where each parameter goes."""
        raise NotImplementedError

    def decayed(self, decay: float) -> list[float]:
        """Return the gradient, with `decay` times the parameters added."""
        return [p.grad + decay * p.data for p in self.parameters]


def _faded(means: Sequence[float], rate: float, additions: Iterable[float]) -> list[float]:
    """Return running sums that keep a share of what they were."""
    return [rate * mean + addition for mean, addition in zip(means, additions, strict=True)]


class SGD(Optimizer):
    """Gradient descent, with momentum, Nesterov's variant of it, and weight decay added to the gradient."""

    momentum: float
    nesterov: bool

    settings: tuple[str, ...] = ("lr", "weight_decay", "momentum", "nesterov")
    sums: tuple[str, ...] = ("velocities",)

    def __init__(
        self,
        parameters: Sequence[Value],
        lr: float = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule = constant,
    ) -> None:
        super().__init__(parameters, lr, schedule, weight_decay)
        _check("SGD: momentum", momentum, 0.0, 1.0)
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov needs a momentum above 0")
        self.momentum, self.nesterov = momentum, nesterov
        self.velocities: list[float] = [0.0] * len(self.parameters)

    def moves(self, rate: float) -> list[float]:
        slopes = self.decayed(self.weight_decay)
        if self.momentum:
            self.velocities = _faded(self.velocities, self.momentum, slopes)
            slopes = _faded(self.velocities, self.momentum, slopes) if self.nesterov else self.velocities
        return [p.data - rate * slope for p, slope in zip(self.parameters, slopes, strict=True)]


class Adam(Optimizer):
    """Steps of about the size of the rate, by running means of gradient and squared gradient (Kingma, Ba 2015)."""

    betas: tuple[float, float]
    eps: float

    settings: tuple[str, ...] = ("lr", "weight_decay", "betas", "eps")
    sums: tuple[str, ...] = ("firsts", "seconds")
    decoupled = False  # whether weight decay acts on the parameter (AdamW) or on the gradient

    def __init__(
        self,
        parameters: Sequence[Value],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        schedule: Schedule = constant,
    ) -> None:
        super().__init__(parameters, lr, schedule, weight_decay)
        for beta in betas:
            _check(f"{type(self).__name__}: a beta", beta, 0.0, 1.0)
        _check(f"{type(self).__name__}: eps", eps, 0.0)
        self.betas, self.eps = betas, eps
        self.firsts: list[float] = [0.0] * len(self.parameters)
        self.seconds: list[float] = [0.0] * len(self.parameters)

    def moves(self, rate: float) -> list[float]:
        a, b = self.betas
        shrink = 1.0 - rate * self.weight_decay if self.decoupled else 1.0
        slopes = self.decayed(0.0 if self.decoupled else self.weight_decay)
        self.firsts = _faded(self.firsts, a, [(1.0 - a) * slope for slope in slopes])
        self.seconds = _faded(self.seconds, b, [(1.0 - b) * slope * slope for slope in slopes])
        size = rate / (1.0 - a ** (self.steps + 1))
        root = math.sqrt(1.0 - b ** (self.steps + 1))
        return [
            p.data * shrink - size * m / (math.sqrt(v) / root + self.eps)
            for p, m, v in zip(self.parameters, self.firsts, self.seconds, strict=True)
        ]


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly (Loshchilov, Hutter 2019)."""

    decoupled = True

    def __init__(
        self,
        parameters: Sequence[Value],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        schedule: Schedule = constant,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay, schedule)


OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
