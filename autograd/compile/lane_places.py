"""Where the lanes of results are: what `out_axes` of `vmap` says."""

from typing import TYPE_CHECKING, Any

from autograd.tape.pytree import described, flatten, is_array, opened, unflatten

if TYPE_CHECKING:
    from autograd.tape.pytree import Array


def placed(found: object, axes: object, path: str = "result") -> Any:
    """Return results, whose lanes come first, with the lanes where `out_axes` says; None takes one lane of all.

    >>> import numpy as np
    >>> placed({"a": np.ones((4, 2)), "b": np.ones(4)}, {"a": 1, "b": None})
    {'a': array([[1., 1., 1., 1.],
           [1., 1., 1., 1.]]), 'b': 1.0}
    """
    wanted = None if axes is None or type(axes) is int else opened(axes)
    if wanted is None:
        leaves, rebuild = flatten(found, path, whole=is_array, passing=True)
        return unflatten(rebuild, [_placed(y, axes, path) for y in leaves])
    parted = opened(found)
    if parted is None or parted[0] != wanted[0]:
        raise ValueError(f"vmap: out_axes has {axes!r} for {path}, which is another nest: {described(found)}")
    names, parts, make = parted
    each = zip(names, parts, wanted[1], strict=True)
    return make([placed(y, own, path + name) for name, y, own in each])


def _placed(lanes: "Array", axis: object, path: str) -> Any:
    import numpy as np

    if axis is None:
        first = lanes[0] if lanes.ndim > 1 else lanes.tolist()[0]
        if not all(np.array_equal(first, lane, equal_nan=lanes.dtype.kind == "f") for lane in lanes[1:]):
            raise ValueError(f"vmap: out_axes has None for {path}, which is not the same in all lanes; use an axis")
        return first
    if type(axis) is not int:
        raise ValueError(f"vmap: out_axes has {axis!r}; use the number of an axis, None, or a nest of them")
    if not -lanes.ndim <= axis < lanes.ndim:
        raise ValueError(f"vmap: {path} has {lanes.ndim} axes; there is no axis {axis}")
    return np.moveaxis(lanes, 0, axis)
