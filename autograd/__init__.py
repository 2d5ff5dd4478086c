"""Scalar reverse-mode automatic differentiation: `Value`, a float that remembers how it was made.

Only the standard library is needed, whatever else is installed.

>>> from autograd import Value, tanh
>>> x = Value(0.5)
>>> y = tanh(2.0 * x)
>>> y.backward()
>>> x.grad
0.839948683228052
"""

import sys as _sys
from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from autograd.floats.core_choice import core  # before all others: it decides which core is imported

# isort: split
from autograd import errors as _errors
from autograd.errors import (
    AutogradError,
    ConvergenceError,
    DomainError,
    GraphError,
    MissingExtra,
    PoleError,
    RangeError,
    TraceError,
    WatchError,
)
from autograd.graph import pickling as _pickling  # noqa: F401 (it tells Value how)
from autograd.graph.backward import backward
from autograd.graph.contexts import no_grad, scope, trace_lines, watch
from autograd.graph.sumprod import sumprod
from autograd.graph.value import Value
from autograd.primitives.functions import PUBLIC as _PUBLIC
from autograd.primitives.primitive import Primitive

if _TYPE_CHECKING:
    from autograd.arrays import array
    from autograd.compile.jit import jit
    from autograd.compile.vmap import vmap
    from autograd.drawing import draw, draw_dot, draw_on_error, explain, paths, why
    from autograd.interop import to_jax, to_torch
    from autograd.tape.modules import is_parameter, named_parts, register_module
    from autograd.tape.nodes import register_node
    from autograd.testing.rounding import rounding_error
    from autograd.transforms.custom import custom_derivative, stop_gradient
    from autograd.transforms.derivatives import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from autograd.transforms.implicit import fixed_point, minimize, root
    from autograd.transforms.products import (
        checkpoint,
        elementwise_grad,
        grad_and_aux,
        hessian_vector_product,
        make_jvp,
        make_vjp,
    )
    from autograd.transforms.sparse import sparsity
    from autograd.transforms.taylor import jet, taylor

__version__ = "0.2.0"
__all__ = [
    "AutogradError",
    "ConvergenceError",
    "DomainError",
    "GraphError",
    "MissingExtra",
    "PoleError",
    "Primitive",
    "RangeError",
    "TraceError",
    "Value",
    "WatchError",
    "array",
    "backward",
    "checkpoint",
    "core",
    "custom_derivative",
    "derivative",
    "draw",
    "draw_dot",
    "draw_on_error",
    "elementwise_grad",
    "explain",
    "fixed_point",
    "grad",
    "grad_and_aux",
    "hessian",
    "hessian_vector_product",
    "hvp",
    "is_parameter",
    "jacobian",
    "jet",
    "jit",
    "jvp",
    "make_jvp",
    "make_vjp",
    "minimize",
    "named_parts",
    "no_grad",
    "paths",
    "register_module",
    "register_node",
    "root",
    "rounding_error",
    "scope",
    "sparsity",
    "stop_gradient",
    "sumprod",
    "taylor",
    "to_jax",
    "to_torch",
    "trace_lines",
    "value_and_grad",
    "vjp",
    "vmap",
    "watch",
    "why",
]
# fmt: off
# isort: off
# begin: written by `python -m autograd.primitives.write`
if _TYPE_CHECKING:
    from autograd.primitives.functions import (
        clamp, cosine_similarity, cross_entropy, dist, elu, frexp, fsum, gelu, huber, isclose, isfinite, isinf, isnan,
        ldexp, leaky_relu, log, log_softmax, logaddexp, logsumexp, maximum, minimum, modf, polygamma, prod, softmax,
        where,
    )
    from autograd.primitives.table import (
        acos, acosh, asin, asinh, atan, atan2, atanh, binary_cross_entropy_with_logits, cbrt, ceil, copysign, cos, cosh,
        degrees, digamma, entr, erf, erfc, erfinv, exp, exp2, expm1, fabs, floor, fma, fmod, gamma, hinge, hypot, i0,
        lgamma, log10, log1p, log2, logsigmoid, norm_cdf, norm_pdf, pow, radians, relu, remainder, selu, sigmoid, silu,
        sin, sinc, sinh, softplus, sqrt, tan, tanh, trunc, xlog1py, xlogy,
    )
__all__ += [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "binary_cross_entropy_with_logits", "cbrt", "ceil",
    "clamp", "copysign", "cos", "cosh", "cosine_similarity", "cross_entropy", "degrees", "digamma", "dist", "elu",
    "entr", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fabs", "floor", "fma", "fmod", "frexp", "fsum", "gamma",
    "gelu", "hinge", "huber", "hypot", "i0", "isclose", "isfinite", "isinf", "isnan", "ldexp", "leaky_relu", "lgamma",
    "log", "log1p", "log2", "log10", "log_softmax", "logaddexp", "logsigmoid", "logsumexp", "maximum", "minimum",
    "modf", "norm_cdf", "norm_pdf", "polygamma", "pow", "prod", "radians", "relu", "remainder", "selu", "sigmoid",
    "silu", "sin", "sinc", "sinh", "softmax", "softplus", "sqrt", "tan", "tanh", "trunc", "where", "xlog1py", "xlogy",
]
# end of what is written
# isort: on
# fmt: on
globals().update({name: function for name, function in _PUBLIC.items() if name not in globals()})
globals()["__all__"] = sorted({*__all__, *_PUBLIC})  # also what a row has added since

# The names of modules in pickles of 0.1.0
_sys.modules |= {
    "autograd.functions": _sys.modules["autograd.primitives.functions"],
    "autograd.pickling": _sys.modules["autograd.graph.pickling"],
    "autograd.primitive": _sys.modules["autograd.primitives.primitive"],
    "autograd.recording": _sys.modules["autograd.graph.contexts"],
}
_LATER = {  # to keep `import autograd` light: imported from these modules when it is first asked for
    name: f"autograd.{module}"
    for module, names in {
        "arrays": ["array"],
        "compile.jit": ["jit"],
        "compile.vmap": ["vmap"],
        "drawing": ["draw", "draw_dot", "draw_on_error", "explain", "paths", "why"],
        "interop": ["to_jax", "to_torch"],
        "testing.rounding": ["rounding_error"],
        "tape.nodes": ["register_node"],
        "tape.modules": ["is_parameter", "named_parts", "register_module"],
        "transforms.custom": ["custom_derivative", "stop_gradient"],
        "transforms.derivatives": ["derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"],
        "transforms.implicit": ["fixed_point", "minimize", "root"],
        "transforms.sparse": ["sparsity"],
        "transforms.taylor": ["jet", "taylor"],
        "transforms.products": [
            *["checkpoint", "deriv", "elementwise_grad", "grad_and_aux", "grad_named", "hessian_tensor_product"],
            *["hessian_vector_product", "holomorphic_grad", "make_ggnvp", "make_hvp", "make_jvp", "make_vjp"],
            *["multigrad_dict", "tensor_jacobian_product", "vector_jacobian_product"],
        ],
    }.items()
    for name in names
}
_LATER |= dict.fromkeys(["dict", "isinstance", "list", "tuple", "type"], "builtins")  # HIPS autograd has its own
_errors.refuse_namesake(__file__, _sys.path)

if not _TYPE_CHECKING:  # type checkers see the imports above, and refuse other names

    def __getattr__(name: str) -> object:
        """Return what is imported when it is first asked for."""
        if name not in _LATER:
            raise AttributeError(f"module 'autograd' has no attribute {name!r}")
        return globals().setdefault(name, getattr(_import_module(_LATER[name]), name))


def __dir__() -> list[str]:
    """Return all names, with those that are not imported yet."""
    return sorted({*globals(), *_LATER})
