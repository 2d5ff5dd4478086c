"""What people from micrograd and PyTorch look for on a Value, and what it is called here."""

from collections.abc import Mapping
from typing import NoReturn

_ONE = "a Value is one number; arrays of them are autograd.array(values)"
_ALWAYS = "every Value has a gradient; x.detach() is a constant, and inside of no_grad() nothing is recorded"
_HERE = "numbers are floats of Python, and stay where they are"
HINTS = {
    "_prev": "use .parents; constants too are in .operands",
    "_children": "use .parents; constants too are in .operands",
    "_op": "use .op",
    "_backward": "the local derivatives are numbers, .partials; backward() goes through them",
    "label": "use .name",
    "value": "use .data",
    "gradient": "use .grad",
    "requires_grad": _ALWAYS,
    "requires_grad_": _ALWAYS,
    "retain_grad": "every Value keeps its .grad",
    "is_leaf": "use `not x.op`",
    "grad_fn": "use .op and .parents",
    "detach_": "a Value stays what it is; use x = x.detach()",
    "clone": "use +x, which is recorded, or copy.copy(x)",
    "numpy": "use .data",
    "tolist": "use .data",
    "T": _ONE,
    "device": _HERE,
    "to": _HERE,
    "cpu": _HERE,
    "cuda": _HERE,
    "sum": "use autograd.fsum(values)",
    "mean": "use autograd.fsum(values) / len(values)",
    "backwards": "use .backward()",
    "zero_grad_": "use .zero_grad()",
}
ARGUMENTS = HINTS | {"label": "use name", "requires_grad": _ALWAYS}


class Elsewhere:
    """An attribute that is not there: asking for it, or setting it, is an AttributeError that says what is.

    It costs nothing where other names are looked up, as `__getattr__` would.
    """

    name: str
    hint: str

    def __init__(self, name: str, hint: str) -> None:
        self.name, self.hint = name, hint

    def __get__(self, x: object, kind: type | None = None) -> NoReturn:
        raise AttributeError(f"a Value has no attribute {self.name!r}; {self.hint}", name=self.name, obj=x)

    def __set__(self, x: object, y: object) -> NoReturn:
        self.__get__(x)


def unexpected(names: Mapping[str, object]) -> str:
    """Return what is said of arguments that `Value` does not take."""
    name = next(iter(names))
    hint = ARGUMENTS.get(name, "use Value(data, name)")
    return f"Value: unexpected argument {name!r}; {hint}"
