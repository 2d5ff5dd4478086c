"""Pictures of graphs, pages that step through them, and answers in words.

Start at `draw`, in drawing.py. The one surprise: nothing of this is imported by `import autograd`, only by the first
use of `autograd.draw`, `explain`, `paths` or `why`.
"""

from autograd.drawing.drawing import Drawing, draw
from autograd.drawing.paths import Paths, paths
from autograd.drawing.stepper import Stepper, explain
from autograd.drawing.why import Why, why

__all__ = ["Drawing", "Paths", "Stepper", "Why", "draw", "explain", "paths", "why"]
