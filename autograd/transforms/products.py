"""The names that HIPS autograd has for products with Jacobians and Hessians: thin, over the same recorded call."""

import inspect
from typing import Any

from autograd.tape.pytree import flatten, flatten_as, unflatten
from autograd.transforms.call import Argnums, Call, Function, shaped
from autograd.transforms.derivatives import grad, jacobian


def make_vjp(f: Function, argnum: Argnums = 0) -> Function:
    """Return a function of f's arguments that returns (a function from adjoints of the value to those of x, the value).

    >>> back, value = make_vjp(lambda x: [x * x, x])(3.0)
    >>> back([1.0, 10.0]), value
    (16.0, [9.0, 3.0])
    """

    def at(*args: Any, **kwargs: Any) -> tuple[Function, Any]:
        call = Call(f, args, kwargs, argnum)

        def back(adjoints: object) -> object:
            return shaped(call.nests(call.pulled(flatten_as(adjoints, call.result, "adjoints"))), argnum)

        return back, call.value()

    return at


def make_jvp(f: Function, argnum: Argnums = 0) -> Function:
    """Return a function of f's arguments that returns a function from a direction of x to (f's value, its tangent).

    >>> make_jvp(lambda x: x * x)(3.0)(1.0)
    (9.0, 6.0)
    """

    def at(*args: Any, **kwargs: Any) -> Function:
        call = Call(f, args, kwargs, argnum)

        def forward(direction: object) -> tuple[Any, Any]:
            given = shaped([args[i] for i in call.positions], argnum)
            tangents = call.pushed(flatten_as(direction, given, "direction"))
            return call.value(), unflatten(call.rebuild, tangents)

        return forward

    return at


def elementwise_grad(f: Function, argnum: Argnums = 0) -> Function:
    """Return a function of f's arguments that returns the gradient of the sum of f's numbers.

    Where each of them depends on one number of x, that is the derivative of each.

    >>> elementwise_grad(lambda xs: [x * x for x in xs])([1.0, 2.0])
    [2.0, 4.0]
    """

    def gradient(*args: Any, **kwargs: Any) -> object:
        call = Call(f, args, kwargs, argnum)
        return shaped(call.nests(call.pulled([1.0] * len(call.outputs))), argnum)

    return gradient


def deriv(f: Function, argnum: int = 0) -> Function:
    """Return a function of f's arguments that returns the derivative of its value where all numbers of x grow alike."""

    def tangent(*args: Any, **kwargs: Any) -> object:
        call = Call(f, args, kwargs, argnum)
        return unflatten(call.rebuild, call.pushed([1.0] * len(call.inputs)))

    return tangent


def grad_and_aux(f: Function, argnum: Argnums = 0) -> Function:
    """Return a function of f's arguments that returns (the gradient of f's first result, its second as it is).

    >>> grad_and_aux(lambda x: (x * x, 10.0 * x))(3.0)
    (6.0, 30.0)
    """

    def gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = Call(f, args, kwargs, argnum)
        value, aux = call.value()
        seeds = [1.0] * len(flatten(value)[0]) + [0.0] * len(flatten(aux)[0])
        return shaped(call.nests(call.pulled(seeds)), argnum), aux

    return gradient


def hessian_vector_product(f: Function, argnum: int = 0) -> Function:
    """Return a function (*args, v) that returns the Hessian of f times v, which has the nest of x.

    >>> hessian_vector_product(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """

    def product(*args: Any, **kwargs: Any) -> object:
        return make_jvp(grad(f, argnum), argnum)(*args[:-1], **kwargs)(args[-1])[1]

    return product


def vector_jacobian_product(f: Function, argnum: int = 0) -> Function:
    """Return a function (*args, v) that returns v times the Jacobian of f.

    v has the first axes of f's value, which are summed; what axes are left come first in the result.
    """

    def product(*args: Any, **kwargs: Any) -> object:
        def weighted(*given: Any) -> object:
            import numpy as np

            return np.tensordot(args[-1], f(*given, **kwargs), axes=np.ndim(args[-1]))

        return jacobian(weighted, argnum)(*args[:-1])

    return product


hessian_tensor_product = hessian_vector_product
tensor_jacobian_product = vector_jacobian_product


def make_hvp(f: Function, argnum: int = 0) -> Function:
    """Return a function of f's arguments that returns (a function from v to the Hessian times v, the gradient)."""
    return make_vjp(grad(f, argnum), argnum)


def make_ggnvp(f: Function, loss: Function | None = None, f_argnum: int = 0) -> Function:
    """Return a function of f's arguments that returns a function from v to the Gauss-Newton matrix of f times v.

    It is that of loss(f(x)); the loss is half of the sum of squares by default.
    """
    outer = loss if loss is not None else lambda y: 0.5 * sum([x * x for x in flatten(y)[0]])

    def at(*args: Any, **kwargs: Any) -> Function:
        def product(v: object) -> object:
            back, value = make_vjp(f, f_argnum)(*args, **kwargs)
            forward = make_jvp(f, f_argnum)(*args, **kwargs)(v)[1]
            return back(make_jvp(grad(outer))(value)(forward)[1])

        return product

    return at


def grad_named(f: Function, argname: str) -> Function:
    """Return the gradient of f towards the positional argument of this name."""
    return grad(f, list(inspect.signature(f).parameters).index(argname))


def multigrad_dict(f: Function) -> Function:
    """Return a function of f's arguments that returns the gradients towards all of them, by their names."""

    def gradient(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = inspect.signature(f).bind(*args, **kwargs)
        bound.apply_defaults()

        def named(arguments: dict[str, Any]) -> Any:
            bound.arguments.update(arguments)
            return f(*bound.args, **bound.kwargs)

        found: dict[str, Any] = grad(named)(dict(bound.arguments))
        return found

    return gradient


def checkpoint(f: Function) -> Function:
    """Return f: what a function records is kept, until there are loops that compute it again."""
    return f


def holomorphic_grad(f: Function, argnum: int = 0) -> Function:
    """Raise TypeError: complex numbers are not differentiated here."""
    raise TypeError("holomorphic_grad: complex numbers are not differentiated here; use grad of the real part")
