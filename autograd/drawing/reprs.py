"""What a Value shows in a notebook.

Start at `value_html`. The one surprise: whatever goes wrong here, the notebook shows the text of `repr` instead.
"""

import html

from autograd.drawing.words import formula, number, shown
from autograd.value import Value


def value_html(value: Value) -> str | None:
    """Return one line of HTML: name, operation, number, gradient; where it was made is told when pointed at."""
    try:
        return _line(value)
    except Exception:
        return None


def _line(value: Value) -> str:
    parts = [f"<b>{html.escape(shown(value.name))}</b>"] if value.name else []
    if value.op:
        parts.append(html.escape(formula(value, lambda x: _operand(x) if isinstance(x, Value) else number(x))))
    parts.append(f"<b>{number(value.data, 6)}</b>")
    line = " = ".join(parts)
    if value.grad:
        line += f' <span style="opacity: 0.7">grad {number(value.grad, 6)}</span>'
    place = html.escape(" ".join(filter(None, ["/".join(map(shown, value.scope)), shown(value.line or "", 200)])))
    return f'<code title="{place}">{line}</code>'


def _operand(x: Value) -> str:
    return shown(x.name, 20) if x.name else "·"
