"""Which of NumPy's functions mean what on an `Array`: their own, NumPy's own code, or a refusal with a remedy."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd.arrays.array import above, listed, refuse, refuse_special
from autograd.primitives.operation import Numbers

Function = Callable[..., Any]
FUNCTIONS: dict[Any, Function] = {}  # by the function of NumPy's


def found_in_numpy(name: str) -> Any:
    """Return a function of NumPy's by its dotted name; None where this version of NumPy has none."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def means(*names: str) -> Callable[[Function], Function]:
    """Return a decorator: the function stands for those of NumPy of these names."""

    def declare(function: Function) -> Function:
        for name in names:
            known = found_in_numpy(name)
            if known is not None:
                FUNCTIONS[known] = function
        return function

    return declare


# These move elements, or are written in functions that are asked again: NumPy's own code serves.
OWN_CODE = """
append apply_along_axis apply_over_axes array2string array_repr array_split array_str atleast_1d atleast_2d atleast_3d
block broadcast_arrays broadcast_to column_stack compress concatenate copy delete diag diagflat diagonal diff dsplit
dstack ediff1d expand_dims flip fliplr flipud hsplit hstack matrix_transpose meshgrid moveaxis ndim permute_dims
piecewise ravel repeat reshape resize roll rollaxis rot90 shape size split squeeze stack swapaxes take take_along_axis
tile transpose tril triu trim_zeros unstack vsplit vstack fft.fftshift fft.ifftshift linalg.diagonal
linalg.matrix_transpose linalg.multi_dot put_along_axis shares_memory may_share_memory diag_indices_from
tril_indices_from triu_indices_from linspace logspace geomspace linalg.vecdot isneginf isposinf fix
"""
COMPLEX = "its result is complex; only real numbers are differentiated here"
ROOTS = "the roots are complex in general; use autograd.root near a real one"
INTEGERS = "it is for whole numbers; use np.trunc, or stop_gradient and .data for plain ones"
TEXTS = "numbers of a trace have no text or file; take the result out of the transform first, or .data of each Value"
REMEDIES = {
    **dict.fromkeys(["linalg.eig", "linalg.eigvals"], "its result is complex in general; use np.linalg.eigh or svd"),
    **dict.fromkeys(["fft.fft", "fft.fft2", "fft.fftn", "fft.ifft", "fft.ifft2", "fft.ifftn", "fft.rfft", "fft.rfft2",
                     "fft.rfftn", "fft.ihfft", "sort_complex"], COMPLEX),
    "roots": ROOTS,
    "polyfit": "use np.linalg.lstsq with np.vander",
    "polydiv": "its number of coefficients depends on the numbers; use np.convolve for products",
    **dict.fromkeys(["packbits", "unpackbits", "ravel_multi_index", "unravel_index", "busday_count", "busday_offset",
                     "is_busday", "datetime_as_string", "ix_"], INTEGERS),
    **dict.fromkeys(["save", "savez", "savez_compressed", "savetxt"], TEXTS),
    **dict.fromkeys(["can_cast", "result_type", "min_scalar_type", "common_type"],
                    "its elements are objects; they stand for float64"),
    "einsum_path": "give it arrays of the same shapes, such as np.empty(x.shape)",
    "histogramdd": "use np.histogram for each axis, or stop_gradient and .data",
    "histogram2d": "use np.histogram for each axis, or stop_gradient and .data",
    **dict.fromkeys(["intersect1d", "setdiff1d", "setxor1d", "union1d"],
                    "use np.unique and np.isin, which compare by value"),
    **dict.fromkeys(["unique_all", "unique_counts", "unique_inverse"], "use np.unique"),
    "linalg.tensorinv": "reshape it, and use np.linalg.inv",
    "linalg.tensorsolve": "reshape it, and use np.linalg.solve",
}  # fmt: skip
for _name in OWN_CODE.split():
    _function = found_in_numpy(_name)
    if hasattr(_function, "_implementation"):
        FUNCTIONS[_function] = _function._implementation


def apply(function: Function, types: Iterable[type], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Numbers:
    """Return what a function of NumPy's makes of numbers that remember; TypeError, with a remedy, if nothing."""
    for kind in types:
        refuse_special(kind)
    known = FUNCTIONS.get(function)
    if known is None:
        name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
        return refuse(name, REMEDIES.get(name, "write it in NumPy's others, or use stop_gradient and .data"))
    return listed(known(*args, **kwargs))


above["function"] = apply
