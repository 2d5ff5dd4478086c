"""`perturb` shows what a gradient is: how the loss changes when one weight is nudged, beside what backward says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograd import Value
from nn.module import Module


@dataclass(frozen=True, slots=True)
class Perturbed:
    """What nudging one weight says, and what backward says."""

    name: str
    value: float
    finite_difference: float
    gradient: float


@dataclass(frozen=True, slots=True)
class Perturbation:
    """The table that `perturb` returns."""

    rows: list[Perturbed]

    @property
    def evaluations(self) -> tuple[int, int]:
        """How often the loss was computed: for nudging weight by weight, and for one backward."""
        return 2 * len(self.rows), 1

    def __repr__(self) -> str:
        width = max([6, *(len(r.name) for r in self.rows)])
        lines = [f"{'weight':{width}}{'value':>12}{'nudged':>16}{'backward':>16}"]
        for r in self.rows:
            lines.append(f"{r.name:{width}}{r.value:12.6g}{r.finite_difference:16.9f}{r.gradient:16.9f}")
        nudged, once = self.evaluations
        lines.append(f"{nudged} evaluations of the loss to nudge each weight up and down; {once} and one backward pass")
        return "\n".join(lines)


def perturb(loss: Callable[[], Value], weights: Sequence[Value] | Module, step: float = 1e-5) -> Perturbation:
    """Return, for each weight, how the loss changes when that weight alone is nudged, beside its gradient.

    `loss` computes the loss anew from the weights at each call. A weight is nudged by `step`, times its size if that
    is above 1, up and down. Afterwards all weights and gradients are as they were. Raises TypeError unless `loss`
    returns a Value.

    >>> w = Value(3.0, "w")
    >>> perturb(lambda: w * w, [w]).rows[0].gradient
    6.0
    """
    if isinstance(weights, Module):
        named = weights.named_parameters()
    else:
        named = [(w.name or f"w{i}", w) for i, w in enumerate(weights, 1)]
    root = loss()
    if not isinstance(root, Value):
        raise TypeError(f"perturb: the loss returned {root!r}, not a Value; make it from the weights")
    leaves = _leaves([root, *(w for _, w in named)])
    before = [(leaf, leaf.data, leaf.grad) for leaf in leaves]
    try:
        for leaf in leaves:
            leaf.grad = 0.0
        root.backward()
        gradients = [w.grad for _, w in named]
        rows = []
        for (name, w), gradient in zip(named, gradients, strict=True):
            x, h = w.data, step * max(1.0, abs(w.data))
            w.data = up = x + h
            above = loss().data
            w.data = down = x - h
            below = loss().data
            w.data = x
            rows.append(Perturbed(name, x, (above - below) / (up - down), gradient))
    finally:
        for leaf, data, grad in before:
            leaf.data, leaf.grad = data, grad
    return Perturbation(rows)


def _leaves(roots: Sequence[Value]) -> list[Value]:
    """Return every leaf below the roots."""
    found = {id(root): root for root in roots}
    stack = list(found.values())
    while stack:
        for parent in stack.pop().parents:
            if id(parent) not in found:
                found[id(parent)] = parent
                stack.append(parent)
    return [node for node in found.values() if not node.op]
