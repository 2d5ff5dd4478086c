"""The plugin for Hypothesis: how to draw a Value.

Hypothesis calls `register` through its entry point, so that `st.from_type(Value)` and arguments that are annotated with
Value work. Nothing of the strategies is imported until a Value is drawn.
"""

from typing import TYPE_CHECKING

from autograd.graph.value import Value

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Tell Hypothesis how to draw a Value.

    >>> from hypothesis import find, strategies
    >>> register()
    >>> find(strategies.from_type(Value), lambda x: True)
    Value(0.0)
    """
    from hypothesis import strategies

    strategies.register_type_strategy(Value, _values)


def _values(_: type[Value]) -> "SearchStrategy[Value]":
    from autograd.testing.strategies import values

    return values()
