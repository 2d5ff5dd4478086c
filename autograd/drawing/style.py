"""`Style`: how a picture is to look, and the lines of text that a box has in it."""

import re
from dataclasses import dataclass

from autograd.drawing.diagram import Box
from autograd.graph.text import number, span

DARK = {  # what takes the place of the colours of a picture on a dark page
    "white": "#0f172a", "#ffffff": "#1e293b", "#dbeafe": "#1e3a5f", "#f1f5f9": "#273449", "#f8fafc": "#131d31",
    "#334155": "#94a3b8", "#475569": "#a3b1c6", "#64748b": "#7c8aa0", "#94a3b8": "#475569", "#c2410c": "#fb923c",
    "#fecaca": "#7f1d1d", "#fff1e2": "#2b1c12", "#ffe0bf": "#412711", "#ffca94": "#5c3511", "#ffb169": "#7c4510",
    "#fb9740": "#9a4d0c",
}  # fmt: skip


def themed(svg: str) -> str:
    """Return a picture with a style by which it is dark where pages are."""
    rules = [f'[{part}="{old}"] {{ {part}: {new} }}' for old, new in DARK.items() for part in ("fill", "stroke")]
    text = 'text { fill: #e2e8f0 } text[fill="#334155"], text[fill="#475569"] { fill: #e2e8f0 }'
    margin = ".edge text { paint-order: stroke; stroke: white; stroke-width: 3 }"  # arrows end at the letters
    text += " .edge text { stroke: #0f172a }"
    style = f"<style>{margin} @media (prefers-color-scheme: dark) {{ {' '.join(rules)} {text} }}</style>"
    return re.sub(r"(<svg\b[^>]*>)", lambda start: start[1] + style, svg, count=1)


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture is to look; see `draw`."""

    direction: str = "TB"
    precision: int = 4
    data: bool = True
    grad: bool = True
    partials: bool = False
    color: str = "role"  # or "grad", "value", "nan", "error"
    title: str = ""
    highlight: int | None = None  # the place of a node that stands out


def label(box: Box, style: Style) -> list[str]:
    """Return the lines of text in a box."""
    lines = [box.title + (f" ×{box.count:,}" if box.count > 1 and box.kind != "group" else ""), *box.lines]
    if box.parameters is not None:
        lines.append(f"{box.parameters:,} parameter{'s' if box.parameters != 1 else ''}")
    if style.data and box.data is not None:
        lines.append(f"data {span(box.data, style.precision)}")
    if style.grad and box.grad is not None:
        lines.append(f"grad {span(box.grad, style.precision)}")
    if box.error:
        lines.append(f"error {number(box.error, style.precision)}")
    return lines
