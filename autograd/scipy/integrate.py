"""Integration of differential equations: refused, with what to write instead."""

from typing import Any


def odeint(func: Any, y0: Any, t: Any, *args: Any, **options: Any) -> Any:
    """Raise TypeError: SciPy's solver would see plain numbers alone."""
    raise TypeError("odeint: SciPy's solver cannot be differentiated here; write the steps (Runge, Kutta) as a loop")
