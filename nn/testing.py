"""A strategy for Hypothesis that draws networks; `autograd.testing.strategies` gives it beside its own."""

from autograd import MissingExtra
from nn.layers import MLP

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn
except ImportError as _error:
    raise MissingExtra("hypothesis", "testing") from _error


@st.composite
def mlps(draw: DrawFn, largest: int = 4) -> tuple[MLP, list[float]]:
    """Return a strategy for (network, input): an MLP of a few layers, and numbers to feed it."""
    sizes = draw(st.lists(st.integers(1, largest), min_size=2, max_size=4))
    network = draw(st.builds(MLP, st.just(sizes[0]), st.just(sizes[1:]), seed=st.integers(0, 1000)))
    return network, draw(st.lists(st.floats(-2.0, 2.0), min_size=sizes[0], max_size=sizes[0]))
