"""The backend that needs nothing: a program as Python source, for running here and for taking elsewhere.

Start at `scalar`. Its numbers are the rows' own, to the bit, and so are its exceptions. The one surprise: `standalone`
finds the source of everything a program calls by reading this package's own files, so that no formula exists twice.
"""

import ast
import inspect
import math
import operator
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from autograd.backends import spending
from autograd.errors import GraphError
from autograd.floats import elementary, ieee, special
from autograd.floats import nary as many
from autograd.floats import partials as slopes
from autograd.primitives import table
from autograd.primitives.primitive import Primitive
from autograd.program.passes import optimized
from autograd.program.program import Instruction, Miss, Program, never_raises
from autograd.tape.guards import Guard
from autograd.tape.pytree import is_array

ROUNDING = {"ceil", "floor", "trunc", "rint"}  # Python's give ints
MODULES = (ieee, elementary, special, slopes, many, table)
LOOKS = {"floor": "math.floor", "ceil": "math.ceil", "trunc": "math.trunc"}


@spending()
def scalar(program: Program, at_once: bool = True) -> Callable[[Sequence[float]], "tuple[float, ...] | Miss"]:
    """Return a function from the inputs to the outputs, or to the guard that did not hold.

    `at_once` is for backends that can wait until compiling pays.
    """
    program = optimized(program)
    names: dict[str, Any] = {"math": math, "Miss": Miss, "inf": math.inf, "nan": math.nan, "total": total}
    groups: dict[Any, list[Any]] = {}  # sums over the same lanes, which are run together
    names |= {f"array_{i}": x for i, x in enumerate(program.constants) if is_array(x)}
    for step in program.steps:
        if isinstance(step, Instruction) and not isinstance(step.primitive, Primitive):
            group = step.primitive.group
            known = groups.setdefault((id(group.family), step.operands), [])
            if group not in known:
                known.append(group)
        elif isinstance(step, Instruction):
            value, limit = step.primitive.value, step.primitive.limit
            names[_name(step.primitive)] = value
            if limit is not None:
                names[_function(limit)] = limit
    sums = {}
    for i, (key, known) in enumerate(groups.items()):
        names[f"sums_{i}"], starts = known[0].together(known)
        sums[key] = i, dict(zip(map(id, known), starts, strict=True))
    exec(compile(source(program, sums), "<program>", "exec"), names)
    return names["program"]  # type: ignore[no-any-return]


def total(value: Callable[..., float], limit: Callable[..., float] | None, *xs: float) -> float:
    """Return value(*xs), and where that raises its limit; +inf on overflow and NaN elsewhere if there is none."""
    try:
        return value(*xs)
    except (ValueError, ZeroDivisionError):
        return limit(*xs) if limit is not None else math.nan
    except OverflowError:
        return limit(*xs) if limit is not None else math.inf


def _function(function: Callable[..., Any]) -> str:
    """Return the name by which the source calls a function."""
    name = function.__name__
    found = [module.__name__ for module in (math, operator) if getattr(module, name, None) is function]
    return f"{found[0]}_{name}" if found else name


def _name(row: Primitive) -> str:
    """Return the name by which the source calls a row's value; one that is not of the table may be called anything."""
    return f"custom_{row.number}" if row.home or not row.value.__name__.isidentifier() else _function(row.value)


def _number(x: Any) -> str:
    return f"({x!r})" if repr(x).startswith("-") else repr(x)


def source(program: Program, sums: Any = None) -> str:
    """Return the program as a Python function `program(xs)`; `sums` are those over lanes, by their operands."""

    def name(k: int) -> str:
        if k >= 0:
            return aliases.get(k) or program.name(k)
        return f"array_{~k}" if is_array(program.constants[~k]) else _number(program.constants[~k])

    aliases: dict[int, str] = {}
    spots: dict[int, tuple[int, int]] = {}  # of sums: in which list, and where
    known: set[int] = set()

    every = tuple(range(program.inputs))
    alone = all(  # nothing looks at a single input
        isinstance(step, Instruction) and not isinstance(step.primitive, Primitive) and step.operands == every
        for step in program.steps
    ) and all(k < 0 or k >= program.inputs for k in program.outputs)
    lines = [f"{', '.join(map(name, every))}, = xs"] if every and not alone else []
    guards = 0
    for place, step in enumerate(program.steps, program.inputs):
        if isinstance(step, Guard):
            lines.append(_guard(step, [name(k) for k in step.operands], guards))
            guards += 1
        elif not isinstance(step.primitive, Primitive):
            group = step.primitive.group
            i, starts = sums[id(group.family), step.operands]
            if i not in known:
                known.add(i)
                given = "*xs" if step.operands == every else ", ".join(map(name, step.operands))
                lines.append(f"found_{i} = sums_{i}({given})")
            at = starts[id(group)] + step.primitive.place
            aliases[place], spots[place] = f"found_{i}[{at}]", (i, at)
        else:
            lines.append(f"{name(place)} = {_expression(step, [name(k) for k in step.operands])}")
    results: list[str] = []
    runs = [(spots.get(k, (-1 - place, 0)), k) for place, k in enumerate(program.outputs)]
    for _, run in groupby(enumerate(runs), lambda entry: (entry[1][0][0], entry[1][0][1] - entry[0])):
        found = [entry for _, entry in run]
        (i, first), k = found[0]
        results.append(f"*found_{i}[{first}:{first + len(found)}]" if len(found) > 1 else name(k))
    lines.append(f"return ({''.join(text + ', ' for text in results)})")
    return "def program(xs):\n    " + "\n    ".join(lines) + "\n"


def _guard(guard: Guard[int], xs: list[str], place: int) -> str:
    if guard.comparison in ("<", "<=", ">", ">=", "==") or guard.comparison == "bool":
        text = f"{xs[0]} {guard.comparison} {xs[1]}" if len(xs) == 2 else f"{xs[0]} != 0.0"
        holds = f"not {text}" if guard.seen else text
        return f"if {holds}: return Miss({place}, {not guard.seen})"
    call = (
        f"math.frexp({xs[0]})[1]"
        if guard.comparison == "exponent"
        else f"{LOOKS.get(guard.comparison, guard.comparison)}({xs[0]})"
    )
    return f"if (seen := {call}) != {guard.seen}: return Miss({place}, seen)"


def _expression(step: Instruction, xs: list[str]) -> str:
    row = step.primitive
    if row.name in ("neg", "pos"):
        return f"{row.infix}{xs[0]}"
    if row.infix and row.name != "power" and (row.name in ("add", "sub", "mul") or not step.total):
        return f"{xs[0]} {row.infix} {xs[1]}"
    call = _name(row)
    if step.total and not (never_raises(step._replace(total=False))):
        limit = _function(row.limit) if row.limit is not None else "None"
        text = f"total({', '.join([call, limit, *xs])})"
    else:
        text = f"{call}({', '.join(xs)})"
    return f"float({text})" if row.name in ROUNDING else text


# ---------------------------------------------------------------------------------- export


@cache
def _definitions() -> dict[str, tuple[str, frozenset[str]]]:
    """Return the source, and the names used in it, of every function and constant that values are made of."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for module in MODULES:
        text = Path(str(module.__file__)).with_name(f"{module.__name__.rpartition('.')[2]}.py").read_text("utf-8")
        for node in ast.parse(text).body:
            names: list[str] = []
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names = [node.name]
            elif isinstance(node, ast.Assign) and module is not table:
                names = [x.id for target in node.targets for x in ast.walk(target) if isinstance(x, ast.Name)]
            used = {x.id for x in ast.walk(node) if isinstance(x, ast.Name)}
            for name in names:
                found.setdefault(name, (ast.get_source_segment(text, node) or "", frozenset(used - {name})))
    return found


def standalone(program: Program, at: Sequence[float] | None = None) -> str:
    """Return Python source of `program(xs)` and of all it calls; with `at`, a test vector that it checks when run."""
    if not all(isinstance(step.primitive, Primitive) for step in program.steps if isinstance(step, Instruction)):
        raise GraphError("a program with sums over lanes cannot stand alone; export the function of one lane")
    for step in program.steps:
        if isinstance(step, Instruction) and step.primitive.home:
            raise GraphError(f"{step.primitive.name} is not of the table, so its source is not ours to write")
    text = source(program)
    known = _definitions()
    wanted = [x.id for x in ast.walk(ast.parse(text)) if isinstance(x, ast.Name)]
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in known and name not in needed:
            needed.add(name)
            wanted += known[name][1]
    lines = [
        '"""Written by valuegrad: program(xs) returns the outputs, or (place, seen) of a guard that failed."""',
        "",
    ]
    lines += ["from __future__ import annotations", "", "import math", "import math as native", "import operator"]
    lines += ["import sys", "from math import inf, nan", "from typing import NamedTuple", ""]
    used = {x.id for x in ast.walk(ast.parse(text)) if isinstance(x, ast.Name)}
    for name in sorted(used):
        module, _, function = name.partition("_")
        if module in ("math", "operator") and function:
            lines.append(f"{name} = {module}.{function}")
    lines += ["INF, NAN = inf, nan", "", "", inspect.getsource(Miss), ""]
    pieces = dict.fromkeys(known[name][0] for name in known if name in needed and name not in ("INF", "NAN"))
    lines += [part for piece in [inspect.getsource(total), *pieces] for part in (piece, "", "")]
    lines.append(text)
    if at is not None:
        xs = [float(x) for x in at]
        lines += ["", 'if __name__ == "__main__":', f"    found = program({_listed(xs)})"]
        lines += [f"    expected = {_listed(scalar(program)(xs))}"]
        lines += ["    assert list(map(repr, found)) == list(map(repr, expected)), found", "    print(found)", ""]
    return "\n".join(lines)


def _listed(xs: Sequence[float]) -> str:
    return f"[{', '.join(map(repr, xs))}]"
