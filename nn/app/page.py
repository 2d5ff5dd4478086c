"""`report.html`: a run on one page that needs no other file and no network."""

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nn.app.data import Data
from nn.app.predictor import Predictor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a202c; background: #fff; margin: 2rem auto; max-width: 62rem; }
body { padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
.score { font-size: 1.3rem; color: #2b6cb0; margin: 0.3rem 0; }
.warning { border-left: 4px solid #dd6b20; background: #fffaf0; padding: 0.5rem 0.8rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.pictures img { max-width: 100%; height: auto; }
pre { background: #f7fafc; padding: 0.8rem; white-space: pre-wrap; font-size: 0.85rem; }
table { border-collapse: collapse; font-size: 0.9rem; }
td { border-top: 1px solid #e2e8f0; padding: 0.25rem 1rem 0.25rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { min-width: 9rem; font-weight: 600; }
"""


def page(
    data: Data,
    predictor: Predictor,
    judged: Sequence[str],
    model: Sequence[str],
    found: Sequence[str],
    figures: Mapping[str, "Figure"],
) -> str:
    """Return the page: the score and what to think of it, the pictures, the model, and what each column became."""
    first, *others = judged
    pictures = "\n".join(_picture(name, figure) for name, figure in figures.items())
    parts = [
        f"<h1>{html.escape(data.name)}</h1>",
        f'<p class="score">{html.escape(first)}</p>',
        *(f"<p{_class(line)}>{html.escape(line)}</p>" for line in others),
        f"<p>{html.escape(data.describe())}; the target is {html.escape(predictor.target)}</p>",
        f'<div class="pictures">\n{pictures}\n</div>',
        f"<h2>The model</h2>\n<pre>{html.escape(chr(10).join(model))}</pre>",
        *([f"<h2>What was found, and what each column became</h2>\n{_rows(found)}"] if found else []),
    ]
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<style>{STYLE}</style>'
    title = f"<title>{html.escape(data.name)}: {html.escape(first)}</title>"
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n{title}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _class(line: str) -> str:
    return ' class="warning"' if line.startswith("warning") else ""


def _picture(name: str, figure: "Figure") -> str:
    """Return a figure as an image that stands in the page itself."""
    image = io.BytesIO()
    figure.savefig(image, format="png")
    text = base64.b64encode(image.getvalue()).decode("ascii")
    width = round(96 * figure.get_figwidth())
    return f'<img alt="{html.escape(name.removesuffix(".png"))}" width="{width}" src="data:image/png;base64,{text}">'


def _rows(lines: Iterable[str]) -> str:
    """Return lines such as "age: a number" as a table."""
    cells = [line.partition(": ") if ": " in line else ("", "", line) for line in lines]
    rows = "\n".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>" for name, _, text in cells)
    return f"<table>\n{rows}\n</table>"
