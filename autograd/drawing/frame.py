"""`framed`: a page within a page, for notebooks."""

import html

SCRIPT = (  # the other HTML goes, and a page that says how high it is gets that much
    "(() => { const [frame, other] = document.currentScript.parentElement.children; other.remove();"
    " addEventListener('message', ({ source, data }) => {"
    " if (source === frame.contentWindow && data.height)"
    " frame.style.height = Math.min(data.height, 1600) + 'px'; });"
    " frame.onload = () => frame.contentWindow.postMessage('height', '*'); frame.onload(); })()"
)


def framed(page: str, title: str, height: int, otherwise: str) -> str:
    """Return HTML that shows a page in a frame of its own, and other HTML where programs may not run.

    A notebook that is not trusted strips the frame and the script; where both stay, the script removes `otherwise`.
    """
    frame = f'<iframe title="{html.escape(title)}" sandbox="allow-scripts allow-downloads" srcdoc="{html.escape(page)}"'
    style = f'style="width: 100%; height: {height}px; border: 0"'
    script = f"<script>{SCRIPT}</script>"
    return f"<div>{frame} {style}></iframe><div>{otherwise}</div>{script}</div>"
