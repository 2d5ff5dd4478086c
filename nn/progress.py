"""How a training shows where it is: a bar in a terminal or a notebook, a line per epoch anywhere else."""

import builtins
import importlib.util
import sys
from typing import Any

from nn.history import Epoch

SHAPE = "{desc} {percentage:3.0f}%|{bar}|"  # numbers first: at the right, what does not fit is cut off


class Lines:
    """A line on standard error for each epoch."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def batch(self) -> None:
        """Go on by a batch."""

    def epoch(self, epoch: Epoch) -> None:
        """Show what an epoch measured."""
        print(f"epoch {epoch.epoch}/{self.epochs}: {epoch}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the bar."""


class Bar(Lines):
    """tqdm's bar; 40 columns hold the loss and the validation loss."""

    def __init__(self, epochs: int, batches: int, tqdm: Any) -> None:
        super().__init__(epochs)
        start = f"0/{epochs}"
        self.bar: Any = tqdm(total=epochs * batches, bar_format=SHAPE, dynamic_ncols=True, desc=start, file=sys.stderr)

    def batch(self) -> None:
        """Go on by a batch."""
        self.bar.update()

    def epoch(self, epoch: Epoch) -> None:
        """Show what an epoch measured."""
        self.bar.set_description_str(f"{epoch.epoch}/{self.epochs} {short(epoch)}")

    def close(self) -> None:
        """End the bar."""
        self.bar.close()


def short(epoch: Epoch) -> str:
    """Return the numbers of an epoch in few words.

    >>> short(Epoch(1, 0.1, 0.5, 0.75, 0.25, 1.0))
    'loss 0.5000, validation 0.2500, accuracy 1.000'
    """
    validated = epoch.validation_loss is not None
    accuracy = epoch.validation_accuracy if validated else epoch.accuracy
    parts = [f"loss {epoch.loss:.4f}", *([f"validation {epoch.validation_loss:.4f}"] if validated else [])]
    return ", ".join(parts + ([f"accuracy {accuracy:.3f}"] if accuracy is not None else []))


def progress_of(epochs: int, batches: int) -> Lines:
    """Return what shows a training: a bar where somebody looks on and tqdm is installed, else lines."""
    notebook = hasattr(builtins, "__IPYTHON__") and not sys.stderr.isatty()
    if not (notebook or sys.stderr.isatty()) or not importlib.util.find_spec("tqdm"):
        return Lines(epochs)
    from tqdm import std

    if notebook and importlib.util.find_spec("ipywidgets"):
        from tqdm.notebook import tqdm

        return Bar(epochs, batches, tqdm)
    return Bar(epochs, batches, std.tqdm)
