"""Traced arrays: what a function gets in place of an array among its arguments, as long as nothing looks into it."""

from typing import TYPE_CHECKING, NoReturn

from autograd.tape.tape import Traced, primal

if TYPE_CHECKING:
    from autograd.tape.pytree import Array


class TracedArray:
    """An array among the arguments of a function that is compiled, as long as nothing looks into it.

    `vmap` takes it as it is. Anything else raises NeedsElements.
    """

    def __init__(self, input: Traced) -> None:
        self.input = input  # the input of the tape that stands for it, whose number is the array

    @property
    def array(self) -> "Array":
        """The array."""
        return primal(self.input)  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return tuple(self.array.shape)

    def __len__(self) -> int:
        return len(self.array)

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsElements(self.array)


class NeedsElements(BaseException):
    """A traced array, the one argument, was looked into: its numbers must be traced one by one.

    Nothing that a function catches catches it.
    """


def _look_inside(self: TracedArray, *_: object) -> NoReturn:
    raise NeedsElements(self.array)


# fmt: off
for _name in (
    "iter", "getitem", "setitem", "delitem", "contains", "array", "array_ufunc", "bool", "float", "int", "index", "neg",
    "pos", "abs", "lt", "le", "gt", "ge", "eq", "ne", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv",
    "rtruediv", "pow", "rpow", "mod", "rmod", "floordiv", "rfloordiv", "matmul", "rmatmul",
):
    setattr(TracedArray, f"__{_name}__", _look_inside)
# fmt: on
