"""Arrays of numbers that remember: NumPy's functions over Values, traced numbers and plain floats, mixed."""

from autograd.arrays import functions, linalg, ufuncs  # noqa: F401 (they tell Array how)
from autograd.arrays.array import Array, array, of_parts, refuse_special

__all__ = ["Array", "array", "of_parts", "refuse_special"]
