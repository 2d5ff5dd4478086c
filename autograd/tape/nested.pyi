# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from autograd.floats import native
from autograd.floats.ieee import totally
from autograd.primitives import table
from autograd.primitives.carrier import Carrier, Number
from autograd.primitives.operation import Carried, Code, Place, Row
from autograd.tape import fragments, values
from autograd.tape.tape import Tape, Traced, innermost
from autograd.floats.native import cython

def nested(tape: Tape, inputs: Sequence[Number]) -> Nested | None:
    "Return the tape on the numbers of the one around it; None where that is left to sweeps.py.\n\n    So are operations and primitives of the user's, arrays, and numbers of more than one tape, or Values.\n    "
@final
class Nested():
    'What every step of a tape is on the tape around it, and the sweeps over that.'
    def __init__(self, tape: Tape, outer: Tape, inputs: list[Any]) -> None:
        ...
    many: dict[int, Any]
    def begin(self, inputs: Sequence[Carried]) -> object:
        'Go through the tape, on these inputs.'
    def code(self, operand: Code) -> int:
        'Return the place on the tape around of an operand of the tape; FLOAT for a plain number.'
    def constant(self, operand: Code) -> int:
        'Return an operand that is a plain number as a new constant of the tape around.'
    def replay(self, i: Place) -> object:
        'Append a step to the tape around, unless all of it is plain numbers.'
    def observe(self, i: Place) -> object:
        'Let the tape around keep a guard, if numbers of its own are compared.'
    def operand(self, code: Code) -> Carried:
        'Return an operand of the tape as a number.'
    def number(self, place: Place) -> Carried:
        'Return the number of the tape around, or the plain number, that a place of the tape is.'
    def partials(self, i: Place) -> object:
        'Find the partials of a step, once.'
    def of_power(self, i: Place, start: Place) -> Any:
        'Return the partials of a derivative of a power, by the positions of its operands on the tape.'
    def instances(self, i: Place, a: Code, b: Code, first: Any, second: Any) -> bool:
        'Instantiate the fragments of a step; return False where a rule must say what plain numbers raise.'
    def instance(self, rule: fragments.Fragment) -> bool:
        'Append the steps of a fragment on what `place` and `data` say of (z, x, y), into `found` and `plain`.'
    def power(self, tape: Tape, j: Place) -> bool:
        'Append a step of a fragment that is a derivative of a power; return False unless C is sure of it.'
    def wide(self, tape: Tape, j: Place) -> bool:
        'Append one step of a fragment that has many operands, or parameters, or plain numbers alone.'
    def rules(self, i: Place, codes: Sequence[Code]) -> Any:
        'Return the partials of a step towards its operands on the tape, as the rules of its row give them.'
    def parted(self, x: Carried) -> tuple[int, float]:
        'Return (place on the tape around or FLOAT, number) of a number.'
    def takes(self, numbers: Iterable[Any]) -> bool:
        'Return whether these may be seeds: floats, or numbers of the tape around.'
    def recorded(self, row: Row, p: Code, x: float, q: Code, y: float) -> int:
        'Return the place of a new step of the tape around, of two operands.'
    def send(self, i: Place, k: Place, p: Code, d: float) -> object:
        'Add the product of what `bars` has for place i with a partial (p, d) to what it has for place k.'
    def add(self, k: Place, code: Code, x: float) -> object:
        'Add a number to what `bars` has for place k.'
    def start(self, seeds: Sequence[tuple[Place, Carried]]) -> object:
        'Begin a sweep with these (place, number).'
    def swept(self, i: Place) -> Carried:
        'Return what a sweep has found for a place; 0.0 where nothing came.'
    def pull(self, seeds: Sequence[tuple[Place, Carried]]) -> list[Any]:
        'Return the adjoints of the inputs, given (place, adjoint) of others; see `sweeps.pull`.'
    def push(self, tangents: Iterable[Carried], wanted: Iterable[Place]) -> list[Any]:
        'Return the tangents of the wanted places, given those of the inputs; see `sweeps.push`.'
    def __dealloc__(self) -> None:
        ...
    inner: Tape
    outer: Tape
    places: Any
    known: Any
    left: Any
    right: Any
    dx: Any
    dy: Any
    bars: Any
    numbers: Any
    place: Any
    data: Any
    three: Any
    found: int
    plain: float
