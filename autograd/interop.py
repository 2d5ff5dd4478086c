"""Our functions inside of other libraries: operations of PyTorch and of JAX, with our derivatives.

The function is compiled by `jit` here, and called on arrays of float64; the other library sees one operation.
"""

from collections.abc import Callable
from typing import Any

from autograd.compile.jit import jit
from autograd.transforms.derivatives import grad

Array = Any  # of NumPy, PyTorch, or JAX
Function = Callable[..., Array]


def _compiled(f: Function) -> tuple[Function, Function]:
    """Return (f, the derivatives of its result times a seed towards all arguments), both on NumPy's arrays."""

    def along(arguments: list[Array], seed: Array) -> Array:
        total = f(*arguments) * seed
        return total.sum() if hasattr(total, "sum") else total

    return jit(f), jit(grad(along))


def _plain(numpy: Any, x: Array) -> Array:
    """Return an array of float64, or a float in place of one without axes."""
    found = numpy.asarray(x, dtype=float)
    return found if found.shape else float(found)


def to_torch(f: Function) -> Function:
    """Return a function of tensors that computes f by our compiled code, with our gradient; first derivatives alone.

    f takes numbers and arrays, one for each tensor, and returns a number or an array. Tensors are on the CPU; what
    comes out has the type of the first. Raises ImportError where PyTorch is not installed, and whatever f raises. A
    second derivative is refused by PyTorch.
    """
    import numpy
    import torch
    from torch.autograd.function import once_differentiable

    value, slopes = _compiled(f)

    class Operation(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(saved: Any, *tensors: Any) -> Any:
            saved.given = [_plain(numpy, x.detach()) for x in tensors]
            saved.like = [x.detach() for x in tensors]
            return torch.as_tensor(numpy.asarray(value(*saved.given)), dtype=tensors[0].dtype)

        @staticmethod
        @once_differentiable  # type: ignore[untyped-decorator]
        def backward(saved: Any, seed: Any) -> Any:
            found = slopes(saved.given, _plain(numpy, seed))
            return tuple(torch.as_tensor(x, dtype=like.dtype) for x, like in zip(found, saved.like, strict=True))

    return lambda *tensors: Operation.apply(*tensors)


def to_jax(f: Function, shape: tuple[int, ...] = ()) -> Function:
    """Return a function for JAX that computes f by our compiled code, with our gradient; first derivatives alone.

    f takes numbers and arrays and returns an array of this `shape`, by default a number. It works under `jax.grad`,
    `jax.jit` and, one call after the other, `jax.vmap`, on the CPU. Numbers have 32 bits unless `jax_enable_x64` is
    set. Raises ImportError where JAX is not installed.
    """
    import jax
    import numpy

    value, slopes = _compiled(f)

    def outside(function: Function, like: Any, *arguments: Any) -> Any:
        """Return what a function of NumPy's arrays gives, called from within JAX's programs."""

        def call(*xs: Any) -> Any:
            found = function(*(jax.tree.map(lambda x: _plain(numpy, x), x) for x in xs))
            return jax.tree.map(lambda y, one: numpy.asarray(y, dtype=one.dtype), found, like)

        return jax.pure_callback(call, like, *arguments, vmap_method="sequential")

    @jax.custom_vjp  # type: ignore[untyped-decorator]
    def operation(*arguments: Any) -> Any:
        arrays = [jax.numpy.asarray(x, dtype=float) for x in arguments]
        return outside(value, jax.ShapeDtypeStruct(shape, arrays[0].dtype), *arrays)

    def forward(*arguments: Any) -> Any:
        return operation(*arguments), [jax.numpy.asarray(x, dtype=float) for x in arguments]

    def backward(arguments: list[Any], seed: Any) -> Any:
        likes = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in arguments]
        return tuple(outside(slopes, likes, arguments, seed))

    operation.defvjp(forward, backward)
    return operation  # type: ignore[no-any-return]
