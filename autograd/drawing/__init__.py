"""Pictures of graphs, pages that step through them, and answers in words.

`import autograd` imports nothing of this; the first use of `autograd.draw`, `explain`, `paths` or `why` does.
"""

from autograd.drawing.drawing import Drawing, draw
from autograd.drawing.on_error import draw_on_error, load_ipython_extension
from autograd.drawing.paths import PathSum, paths
from autograd.drawing.stepper import Stepper, explain
from autograd.drawing.why import Why, why

draw_dot = draw  # what a well-known lecture calls it

__all__ = [
    "Drawing",
    "PathSum",
    "Stepper",
    "Why",
    "draw",
    "draw_dot",
    "draw_on_error",
    "explain",
    "load_ipython_extension",
    "paths",
    "why",
]
