"""`pdf`: a picture as PDF with lines and text, where the program `dot` is not there to write it.

Graphviz says in its JSON format what to draw where, and PDF has an operator for each of these. The font is Courier,
which every reader of PDF has, so none is embedded; it has the characters of Western Europe alone, others become "?".
"""

import json
import re
import zlib
from typing import Any

from autograd.drawing import layout

MARGIN = 4.0  # points


def pdf(dot: str) -> bytes:
    """Return DOT laid out as a PDF of one page; MissingExtra if there is no layout engine."""
    graph = json.loads(layout.laid_out(dot, "json"))
    left, bottom, right, top = map(float, graph["bb"].split(","))
    commands: list[str] = []
    for thing in [graph, *graph.get("objects", []), *graph.get("edges", [])]:
        for part in ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_"):
            commands += ["q", *_commands(thing.get(part, [])), "Q"]
    content = zlib.compress("\n".join(commands).encode("cp1252", "replace"))
    box = f"{left - MARGIN:.2f} {bottom - MARGIN:.2f} {right + MARGIN:.2f} {top + MARGIN:.2f}"
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R "
            b"/Resources << /Font << /F 5 0 R >> >> >>" % box.encode(),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        ]
    )


def _file(objects: list[bytes]) -> bytes:
    """Return the objects as a file, with the table that says where each begins."""
    found, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(found))
        found += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(found))
    return found + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def _commands(operations: list[dict[str, Any]]) -> list[str]:
    found, size = [], 11.0
    for operation in operations:
        kind = operation["op"]
        if kind in "cC" and operation["grad"] == "none":
            found.append(f"{_color(operation['color'])} {'RG' if kind == 'c' else 'rg'}")
        elif kind == "S":
            if width := re.fullmatch(r"setlinewidth\((.*)\)", operation["style"]):
                found.append(f"{float(width[1])} w")
            elif operation["style"] == "dashed":
                found.append("[4 3] 0 d")
        elif kind == "F":
            size = operation["size"]
        elif kind == "T":
            x, y = operation["pt"]
            text = operation["text"].replace("\\\\", "\\")  # Graphviz doubles them, beyond what JSON asks for
            wide = 0.6 * size * len(text)  # the letters of Courier are all as wide
            x -= wide * {"l": 0.0, "c": 0.5, "r": 1.0}[operation["align"]]
            text = re.sub(r"([\\()])", r"\\\1", text)
            found.append(f"BT /F {size} Tf {x:.2f} {y:.2f} Td ({text}) Tj ET")
        elif kind in "pPLbB":
            found.append(_path(operation["points"], kind))
    return found


def _path(points: list[list[float]], kind: str) -> str:
    pairs = [f"{x:.2f} {y:.2f}" for x, y in points]
    if kind in "bB":
        words = [f"{pairs[0]} m", *(f"{' '.join(pairs[i : i + 3])} c" for i in range(1, len(pairs) - 2, 3))]
    else:
        words = [f"{pairs[0]} m", *(f"{pair} l" for pair in pairs[1:])]
    return " ".join([*words, {"p": "s", "P": "b", "L": "S", "b": "S", "B": "b"}[kind]])


def _color(text: str) -> str:
    """Return a colour such as #ff8000 as three shares."""
    return " ".join(f"{int(text[i : i + 2], 16) / 255:.3f}" for i in (1, 3, 5))
