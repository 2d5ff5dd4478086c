"""`Diagram`: the boxes and arrows of a picture, as plain data.

Graphs of Values and modules become Diagrams, and writers (DOT, text, HTML) read them. Every box stands for a number of
nodes, most often one, so its numbers are ranges, from the least to the greatest.
"""

from dataclasses import dataclass, field

Range = tuple[float, float]  # least and greatest; NaN in both if any is NaN


@dataclass(slots=True)
class Box:
    """One node of a picture: a Value, several alike, or a part of a model."""

    title: str
    name: str = ""  # what it is called, if it is; the title then opens with it
    kind: str = "operation"  # or "leaf", "group" for a folded scope, "part" of a module
    data: Range | None = None
    grad: Range | None = None
    error: float | None = None  # the largest that one of its nodes adds to the error of the result
    count: int = 1
    scope: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)  # more about it, below the title
    parameters: int | None = None  # that one part of a module has
    tooltip: str = ""
    numbered: bool = False  # it calls operands without names by the numbers of their boxes, #3, not ·
    root: bool = False
    emphasis: bool = False


@dataclass(slots=True)
class Arrow:
    """From an operand to what was made of it, or from a layer to the next; boxes by their places."""

    tail: int
    head: int
    partial: Range | None = None
    count: int = 1
    emphasis: bool = False
    carried: str = ""  # the counters of the loops in whose next iteration it arrives


@dataclass(slots=True)
class Diagram:
    """Boxes, each after those that it is made from as far as there are no cycles, and arrows between them."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    note: str = ""  # what was folded, in words
    total: int = 0  # nodes of the graph
