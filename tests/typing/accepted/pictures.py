# pyright: strict
"""Pictures of graphs, and their explanations."""

from pathlib import Path
from tempfile import mkdtemp
from typing import reveal_type

from autograd import Value, draw, explain, paths, why
from nn import MLP

x, w = Value(0.5, "x"), Value(2.0, "w")
loss = (x * w).tanh()
loss.backward()

picture = draw(loss, partials=True, direction="LR", highlight=w, names={"loss": loss})
reveal_type(picture.source)  # str
reveal_type(picture.save(Path(mkdtemp()) / "graph.dot"))  # Path
draw([loss, x])
draw(MLP(2, [3, 1]))
print(explain(loss), paths(loss, w), why(loss, w), why(loss))
