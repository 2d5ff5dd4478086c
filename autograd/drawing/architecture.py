"""`architecture`: a module as a Diagram of its parts, with their shapes and parameter counts.

A module does not say in which order it uses its parts, so only the parts in one list get arrows, from each to the next;
others stand side by side in the frame of the module that holds them.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from autograd.drawing.diagram import Arrow, Box, Diagram
from autograd.drawing.fold import LIMIT
from autograd.graph.text import shown
from autograd.tape.pytree import Parameterized, is_module, is_parameter

Place = tuple[int, str]  # which list: the identity of the module that holds it, and its attribute


class Parts(NamedTuple):
    """All parts of a module as a Diagram, and the number of the box that each is in at first."""

    whole: Diagram
    partition: list[int]


def architecture(module: Parameterized, limit: int = LIMIT) -> tuple[Diagram, Parts]:
    """Return a box for each part of a module that holds parameters of its own; at most `limit`, then alike ones fold.

    A part is whatever has `named_parameters`; what it holds is said by its `attributes()`, else by its `__dict__`.
    """
    boxes, arrows, counted = _boxes(module)
    note = f"{shown(type(module).__name__)}: {len(counted):,} parameters"
    parts = Parts(Diagram(boxes, arrows, note, len(counted)), list(range(len(boxes))))
    if len(boxes) <= limit:
        return parts.whole, parts
    boxes, arrows, partition = _runs(boxes, arrows)
    if len(boxes) > limit:
        note += f"; not shown: {len(boxes) - limit:,} more"
        boxes, partition = boxes[:limit], [min(k, limit) for k in partition]
        arrows = [arrow for arrow in arrows if max(arrow.tail, arrow.head) < limit]
    return Diagram(boxes, arrows, note, len(counted)), Parts(parts.whole, partition)


def _boxes(module: Parameterized) -> tuple[list[Box], list[Arrow], set[int]]:
    boxes: list[Box] = []
    counted: set[int] = set()  # a parameter that is used twice counts once
    seen = {id(module)}
    lists: dict[Place, dict[int, list[int]]] = {}  # the boxes of each part in a list
    waiting: list[tuple[Parameterized, str, tuple[str, ...], list[tuple[Place, int]]]] = [(module, "", (), [])]
    while waiting:
        part, path, frame, lists_around = waiting.pop()
        held = list(parts(part))
        own = {name: x for name, x in _attributes(part).items() if _shape(x)}
        if own or not held:
            new = {id(leaf) for x in own.values() for leaf in _leaves(x)} - counted
            counted |= new
            boxes.append(_box(part, path, frame, own, len(new)))
            for place, index in lists_around:
                lists.setdefault(place, {}).setdefault(index, []).append(len(boxes) - 1)
        inner = (*frame, path) if path else frame
        for child, name, listed in reversed(held):
            if id(child) not in seen:
                seen.add(id(child))
                around = [((id(part), listed[0]), listed[1])] if listed else []
                waiting.append((child, name, inner, lists_around + around))
    arrows = [Arrow(x[-1], y[0]) for entries in lists.values() for x, y in itertools.pairwise(entries.values())]
    return boxes, arrows, counted


def _box(part: Parameterized, path: str, frame: tuple[str, ...], own: dict[str, object], count: int) -> Box:
    kind = type(part).__name__
    box = Box(shown(path or kind), shown(path or kind), "part", scope=frame, parameters=count)
    config = part.config() if hasattr(part, "config") else {}
    words = [kind if path else "", *(x for x in config.values() if isinstance(x, str))]
    lines = [", ".join(map(shown, filter(None, words)))]
    lines += [f"{shown(name)} {_shape(x)}" for name, x in list(own.items())[:4]]
    box.lines, box.tooltip = list(filter(None, lines)), shown(kind)
    return box


def _attributes(part: object) -> dict[str, object]:
    found = part.attributes() if hasattr(part, "attributes") else vars(part)
    return {str(name): x for name, x in found.items()}


def parts(module: Parameterized) -> Iterator[tuple[Parameterized, str, tuple[str, int] | None]]:
    """Yield (part, path, place) for each module that a module holds; the place is (list, index) for those in a list."""
    for name, x in _attributes(module).items():
        if is_module(x):
            yield x, name, None
        elif isinstance(x, (list, tuple)):
            yield from ((y, f"{name}.{i}", (name, i)) for i, y in enumerate(x) if is_module(y))
        elif isinstance(x, dict):
            yield from ((y, f"{name}.{key}", None) for key, y in x.items() if is_module(y))


def _leaves(x: object) -> Iterator[object]:
    if is_parameter(x):
        yield x
    elif isinstance(x, (list, tuple)):
        for y in x:
            yield from _leaves(y)


def _shape(x: object) -> str:
    """Return the shape of a nest of Values as text, empty for what is none."""
    if is_parameter(x):
        return "1"
    sizes = []
    while isinstance(x, (list, tuple)) and x:
        sizes.append(len(x))
        x = x[0]
    return " x ".join(map(str, sizes)) if is_parameter(x) else ""


def _runs(boxes: list[Box], arrows: list[Arrow]) -> tuple[list[Box], list[Arrow], list[int]]:
    """Return the boxes, those that follow one like them folded into it, their arrows, and which box each is in."""
    before = {arrow.head: arrow.tail for arrow in arrows}
    place: list[int] = []
    kept: list[Box] = []
    for i, box in enumerate(boxes):
        tail = before.get(i)
        like = tail is not None and boxes[tail].scope == box.scope and boxes[tail].parameters == box.parameters
        if tail is not None and like and boxes[tail].lines == box.lines:
            place.append(place[tail])
            run = kept[place[i]]
            run.count += 1
            run.title = f"{run.name} … {box.title}"
        else:
            place.append(len(kept))
            kept.append(replace(box))
    merged = {(place[a.tail], place[a.head]) for a in arrows} - {(k, k) for k in range(len(kept))}
    return kept, [Arrow(*pair) for pair in sorted(merged)], place
