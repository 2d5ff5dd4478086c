"""`History`: what a training measured, epoch by epoch."""

import csv
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from nn import tables


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured in one pass over the training data; None where it does not apply."""

    epoch: int  # the first is 1
    rate: float
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None

    @property
    def judged(self) -> float:
        """The loss that says which epoch is best: on the validation data where there are any."""
        return self.loss if self.validation_loss is None else self.validation_loss

    def __str__(self) -> str:
        parts = [f"loss {self.loss:.4f}"]
        for name in ("accuracy", "validation_loss", "validation_accuracy"):
            x = getattr(self, name)
            if x is not None:
                parts.append(f"{name.replace('_', ' ')} {x:.3f}")
        return ", ".join(parts)


@dataclass(slots=True)
class History:
    """The epochs of a training, which of them was best, and how it ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best: int | None = None  # the place of the epoch whose weights were kept; None: those from before the training
    ended: str = "finished"  # or "stopped early", "interrupted", "diverged"

    def add(self, epoch: Epoch, patience: int | None) -> bool:
        """Append an epoch, say in `ended` if it is to be the last, and return whether it is the best so far."""
        self.epochs.append(epoch)
        least = math.inf if self.best is None else self.epochs[self.best].judged
        if epoch.judged < least:
            self.best = len(self.epochs) - 1
            return True
        if not math.isfinite(epoch.judged):
            self.ended = "diverged"
        elif patience is not None and self.best is not None and len(self.epochs) - 1 - self.best >= patience:
            self.ended = "stopped early"
        return False

    def to_csv(self, path: str | Path) -> None:
        """Write one line per epoch."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Epoch)])
            writer.writeheader()
            writer.writerows(map(asdict, self.epochs))

    def __repr__(self) -> str:
        best = "no best" if self.best is None else f"best {self.best + 1}: {self.epochs[self.best]}"
        return f"History({len(self.epochs)} epochs, {self.ended}, {best})"

    def _repr_html_(self) -> str | None:
        return tables.quietly(self._html)

    def _html(self) -> str:
        """Return the curves of the losses, and a table of the first, the best and the last epochs."""
        losses = {"loss": [epoch.loss for epoch in self.epochs]}
        validation = [epoch.validation_loss for epoch in self.epochs if epoch.validation_loss is not None]
        if validation:
            losses["validation loss"] = validation
        places = sorted({0, 1, 2, self.best or 0, *range(len(self.epochs) - 3, len(self.epochs))})
        shown = [self.epochs[i] for i in places if 0 <= i < len(self.epochs)]
        names = [f.name for f in fields(Epoch)]
        rows = [[getattr(epoch, name) for name in names] for epoch in shown]
        text = repr(self)
        return tables.curves(losses, self.best) + tables.table([name.replace("_", " ") for name in names], rows, text)
