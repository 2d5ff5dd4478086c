"""What the code of a function asks: for types, for identities, for exceptions; read off its bytecode.

A traced number answers `isinstance` as the number does that it stands for, but `type(x) is float` and `x is y` cannot
be answered by any other object.
"""

import builtins
import dis
import enum
import functools
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SEEING = {"type": "the type", "id": "the identity"}  # builtins that see through a traced number, and what they see
HARMLESS = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, enum.Enum, type(None))


@dataclass
class Questions:
    """What one code object asks."""

    catches: bool = False  # exceptions
    identity: bool = False  # whether two variables are the same
    globals: dict[str, str] = field(default_factory=dict)  # names of builtins that are called, and the line
    compared: dict[tuple[str, ...], str] = field(default_factory=dict)  # dotted names that `is` compares with

    def answered(self, space: Mapping[str, Any]) -> str:
        """Return what is asked that cannot be answered, given the globals; "" if nothing is."""
        for name, line in self.globals.items():
            if space.get(name, getattr(builtins, name)) is getattr(builtins, name):
                return f"asks for {SEEING[name]} of something at {line}"
        for names, line in self.compared.items():
            found: Any = space.get(names[0], getattr(builtins, names[0], None))
            for name in names[1:]:
                found = getattr(found, name, None)
            if not isinstance(found, HARMLESS) and isinstance(found, (int, float)):
                return f"asks whether something is {'.'.join(names)} at {line}"
        return ""


@functools.lru_cache(maxsize=4096)
def questions(code: types.CodeType) -> Questions:
    """Return what a code object asks.

    >>> questions((lambda x: x is None or isinstance(x, float)).__code__)
    Questions(catches=False, identity=False, globals={}, compared={})
    >>> def f(x, y):
    ...     try:
    ...         return x is y
    ...     except ValueError:
    ...         return False
    >>> questions(f.__code__)
    Questions(catches=True, identity=True, globals={}, compared={})
    """
    found = Questions()
    steps = list(dis.get_instructions(code))
    line = code.co_firstlineno
    for i, step in enumerate(steps):
        line = step.starts_line if isinstance(step.starts_line, int) and step.starts_line is not True else line
        where = f"{code.co_filename}:{line}"
        name = step.argval if isinstance(step.argval, str) else ""
        if step.opname == "PUSH_EXC_INFO":
            found.catches = True  # a handler, or a `with` or `finally`, which may swallow it too
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and name in SEEING:
            if _asked_of_a_number(steps[i + 1 :]):
                found.globals.setdefault(name, where)
        elif step.opname == "IS_OP":
            _compared(found, steps[:i], where)
    return found


def _asked_of_a_number(after: list[dis.Instruction]) -> bool:
    """Return whether a call of `type` may be of a number: not of `self`, and not for the message of an error."""
    named = [step for step in after[:3] if step.opname.startswith("LOAD_")]
    if named and named[0].argval in ("self", "cls"):
        return False
    for step in after:
        if step.opname == "RAISE_VARARGS":
            return False
        if step.opname.startswith(("STORE_", "POP_TOP", "POP_JUMP", "RETURN", "JUMP")):
            return True
    return True


def _compared(found: Questions, before: list[dis.Instruction], where: str) -> None:
    names: list[str] = []
    for step in reversed(before):
        if step.opname == "LOAD_CONST":
            return
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            names.append(str(step.argval))
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found.compared.setdefault((str(step.argval), *reversed(names)), where)
            return
        elif step.opname not in ("PRECALL", "CACHE", "NOP", "EXTENDED_ARG", "COPY", "PUSH_NULL"):
            break
    found.identity = True
