"""The plugin for Hypothesis: how to draw a Value.

Start at `register`, which Hypothesis calls through its entry point, so that `st.from_type(Value)` and arguments that
are annotated with Value work. The one surprise: nothing of the strategies is imported until a Value is drawn.
"""

from typing import Any

from autograd.graph.value import Value


def register() -> None:
    """Tell Hypothesis how to draw a Value.

    >>> from hypothesis import find, strategies
    >>> register()
    >>> find(strategies.from_type(Value), lambda x: True)
    Value(0.0)
    """
    from hypothesis import strategies

    strategies.register_type_strategy(Value, _values)


def _values(_: type[Value]) -> Any:
    from autograd.testing.strategies import values

    return values()
