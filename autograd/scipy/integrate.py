"""Integration of differential equations: refused, with what to write instead."""

from typing import Any

from autograd.primitives.operation import Numbers


def odeint(func: Numbers, y0: Numbers, t: Numbers, *args: Numbers, **options: Any) -> Numbers:
    """Raise TypeError: SciPy's solver would see plain numbers alone."""
    raise TypeError("odeint: SciPy's solver cannot be differentiated here; write the steps (Runge, Kutta) as a loop")
