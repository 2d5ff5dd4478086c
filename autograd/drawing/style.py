"""`Style`: how a picture is to look, and the lines of text that a box has in it."""

from dataclasses import dataclass

from autograd.drawing.diagram import Box
from autograd.graph.text import number, span


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture is to look; see `draw`."""

    direction: str = "TB"
    precision: int = 4
    data: bool = True
    grad: bool = True
    partials: bool = False
    color: str = "role"  # or "grad", "error"
    title: str = ""


def label(box: Box, style: Style) -> list[str]:
    """Return the lines of text in a box."""
    lines = [box.title + (f" ×{box.count:,}" if box.count > 1 and box.kind != "group" else ""), *box.lines]
    if style.data and box.data is not None:
        lines.append(f"data {span(box.data, style.precision)}")
    if style.grad and box.grad is not None:
        lines.append(f"grad {span(box.grad, style.precision)}")
    if box.error:
        lines.append(f"error {number(box.error, style.precision)}")
    return lines
