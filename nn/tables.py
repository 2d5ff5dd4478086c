"""Tables and curves in HTML, for notebooks.

A curve is SVG written here, because a repr must not wait for matplotlib.
"""

import html
import math
from collections.abc import Callable, Mapping, Sequence

WIDTH, HEIGHT = 320, 90  # of a curve, in pixels
LEFT, BELOW = 52, 18  # for the numbers at its axes
UNBUILT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # raised by an object that is not whole
COLORS = ("#2b6cb0", "#dd6b20")


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> str:
    """Return a table; the first column is text, the others numbers, None is left empty, floats have 4 digits.

    >>> table(["name", "n"], [["<w>", 2]])
    '<table><thead>...&lt;w&gt;</td><td>2</td></tr></tbody></table>'
    """
    left = ' style="text-align: left"'
    rest = [""] * (len(head) - 1)
    styles = [left, *rest]
    heads = "".join(f"<th{style}>{html.escape(text)}</th>" for style, text in zip(styles, head, strict=True))
    cells = ["".join(f"<td{style}>{_cell(x)}</td>" for style, x in zip(styles, row, strict=True)) for row in rows]
    lines = "".join(f"<tr>{line}</tr>" for line in cells)
    title = f"<caption{left}>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(x: object) -> str:
    return "" if x is None else html.escape(f"{x:.4g}" if isinstance(x, float) else str(x))


def curves(named: Mapping[str, Sequence[float]], mark: int | None = None) -> str:
    """Return curves over their places as SVG, with axes and a dotted line at place `mark`, and below it what they are.

    Numbers that are not finite are left out; a curve of fewer than two, and so a picture of none, is empty.
    """
    found = {name: [(i, y) for i, y in enumerate(ys) if math.isfinite(y)] for name, ys in named.items()}
    found = {name: points for name, points in found.items() if len(points) > 1}
    if not found:
        return ""
    numbers = [y for points in found.values() for _, y in points]
    low, high = min(numbers), max(numbers)
    steps = max(points[-1][0] for points in found.values())
    parts, legend = [], []
    for (name, ys), color, dash in zip(found.items(), COLORS, ("none", "5 3"), strict=False):
        scaled = [(i / steps * WIDTH, (high - y) / (high - low or 1.0) * HEIGHT) for i, y in ys]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in scaled)
        line = f'fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{points}" {line}/>')
        text = f"{'dashed: ' if '5' in dash else ''}{name} {ys[0][1]:.4g} to {ys[-1][1]:.4g}"
        legend.append(f'<span style="color: {color}">{html.escape(text)}</span>')
    if mark is not None:
        x = f"{mark / steps * WIDTH:.1f}"
        parts.append(f'<line x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}" stroke="#718096" stroke-dasharray="2 3"/>')
        legend.append(f"dotted: the best, {mark + 1}")
    box = f'viewBox="-{LEFT} -8 {WIDTH + LEFT + 8} {HEIGHT + BELOW + 8}" width="{WIDTH + LEFT + 8}"'
    axes = _axes(low, high, steps + 1)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" {box}>{axes}{"".join(parts)}</svg>'
    return f"{svg}<div>{'; '.join(legend)}</div>"


def _axes(low: float, high: float, count: int) -> str:
    """Return the axes of curves, with numbers at their ends."""
    lines = f'<path d="M0,0V{HEIGHT}H{WIDTH}" fill="none" stroke="#718096"/>'
    places = [(-4, 8, "end", f"{high:.3g}"), (-4, HEIGHT, "end", f"{low:.3g}")]
    places += [(0, HEIGHT + 13, "start", "1"), (WIDTH, HEIGHT + 13, "end", str(count))]
    style = 'font-size="11" font-family="sans-serif" fill="#718096"'
    return lines + "".join(
        f'<text x="{x}" y="{y}" text-anchor="{side}" {style}>{text}</text>' for x, y, side, text in places
    )


def quietly(make: Callable[[], str]) -> str | None:
    """Return the text that is made, or None where the object is not whole yet: a repr never raises."""
    try:
        return make()
    except UNBUILT:
        return None
