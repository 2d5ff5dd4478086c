"""The stubs that stand beside some modules, whose types depend on what they are applied to.

A function of the table gives a float for floats and a Value for Values, and a Value has a method of its name. Sources
say `Operand` and `Carried` for all of these; the stubs, which type checkers and editors read, say each in turn.
`python -m autograd.primitives.write` renews them.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from autograd.primitives import table
from autograd.primitives.primitive import ROWS, Primitive

HERE = Path(__file__).parent
BEGIN, END = "begin: written by `python -m autograd.primitives.write`", "end of what is written"
HEAD = """# Written by `python -m autograd.primitives.write`.
# mypy: disable-error-code="overload-overlap"
from typing import Any, Self, final, overload
from autograd.primitives.operation import Carried, Operand
"""
VALUE = "from autograd.graph.value import Value"
WAYS = {"float": "float", "float | Value": "Value", "Operand": "Any"}  # what operands are, and what comes of them
C = {
    "bint": "bool",
    "double": "float",
    "object": "Any",
    "list": "list[Any]",
    "tuple": "tuple[Any, ...]",
    "dict": "dict[Any, Any]",
}
C |= dict.fromkeys(("int", "long long", "Py_hash_t", "Py_ssize_t"), "int")
FORMS = {1: "Unary", 2: "Binary", 3: "Ternary"}  # rows by the number of their operands; all others are Nary


def of_table() -> str:
    """Return the stub of table.py: rows that can be called, by the number of their operands."""
    lines = [HEAD, VALUE, *_imports(HERE / "table.py")]
    for form, operands in (*((form, "xyz"[:count]) for count, form in FORMS.items()), ("Nary", "")):
        lines += ["", f"class {form}(Primitive):"]
        for way, result in WAYS.items():
            taken = "".join([f"{x}: {way}, " for x in operands]) + "/" if operands else f"*xs: {way}"
            lines += ["    @overload", f"    def __call__(self, {taken}) -> {result}: ..."]
    lines.append("")
    for node in _parsed(HERE / "table.py"):
        if isinstance(node, ast.FunctionDef):
            lines += _function(node)
        for name in map(ast.unparse, node.targets if isinstance(node, ast.Assign) else []):
            x = getattr(table, name)
            alike = isinstance(x, Primitive) and not x.parameters and None not in x.partials
            form = FORMS.get(len(x.partials) * alike, "Nary") if isinstance(x, Primitive) else type(x).__name__
            lines.append(f"{name}: {form}")
    return "\n".join(lines) + "\n"


def of_functions(path: Path) -> str:
    """Return the stub of a module of functions: each for floats, for Values, and for all other numbers."""
    lines = [HEAD, VALUE, *_imports(path), ""]
    for node in _parsed(path):
        if isinstance(node, ast.FunctionDef) and "Carried" in ast.unparse(node.returns or node):
            for way, result in WAYS.items():
                lines += ["@overload", *_function(node, {"Operand": way, "Carried": result})]
        else:
            lines += _other(node)
    return "\n".join(lines) + "\n"


def of_carrier() -> str:
    """Return the stub of carrier.py, where operators and methods of rows give a number of the same kind."""
    return _of_classes(HERE / "carrier.py", {"Carrier": list(_methods())})


def of_value() -> str:
    """Return the stub of graph/value.py, whose operators and methods of rows are those of `Carrier`."""
    return _of_classes(HERE.parent / "graph" / "value.py", {})


def of_core(path: Path) -> str:
    """Return the stub of a module of the tape, whose attributes have the types that its .pxd declares for Cython."""
    declared: dict[str, list[str]] = {}
    for line in path.with_suffix(".pxd").read_text("utf-8").splitlines():
        if found := re.match(r"cdef class (\w+)", line):
            members = declared[found[1]] = []
        elif found := re.match(r"    cdef (?:public |readonly )?([\w ]+) (\*?\w+(?:, \w+)*(?:\[\d+\])?)$", line):
            kind, names = found.groups()
            said = "Any" if set(names) & set("*[") else C.get(kind, kind)  # memory of C's
            members += [f"{x.strip('*').partition('[')[0]}: {said}" for x in names.split(", ")]
    return _of_classes(path, declared)


def _of_classes(path: Path, more: dict[str, list[str]]) -> str:
    lines = [HEAD, *_imports(path), ""]
    for node in _parsed(path):
        if not isinstance(node, ast.ClassDef):
            lines += _other(node)
            continue
        lines += ["@final"] * ("final" in "".join(map(ast.unparse, node.decorator_list)))
        lines += [f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):", _docstring(node)]
        members = [line for part in node.body for line in _member(part)]
        members += [line for line in more.get(node.name, []) if line.partition(":")[0] not in _names(members)]
        lines += [f"    {line}" for line in members]
    return "\n".join(lines) + "\n"


def _names(members: list[str]) -> set[str]:
    return {line.partition(":")[0] for line in members}


def _methods() -> Iterator[str]:
    """Yield the methods of rows."""
    for row in ROWS.values():
        others = [f"{name}: Operand" for name in row.operand_names[1:]] if row.partials else ["*others: Operand"]
        for name in row.method_names():
            taken = ", ".join(["self", *others, *["/"] * bool(row.partials)])
            yield f'def {name}({taken}) -> Self: """Return autograd.{row.name} of this."""'


def _member(node: ast.stmt) -> Iterator[str]:
    """Yield the lines of a method or an attribute of a class, and of the attributes that `__init__` sets."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        yield f"{ast.unparse(node.targets[0])}: {type(node.value.value).__name__}"
    if not isinstance(node, ast.FunctionDef):
        return
    result, others = ast.unparse(node.returns or node), [ast.unparse(x) for x in node.args.args[1:]]
    if result == "Carried" and others == ["other: object"]:
        own = "tuple[Self, Self]" if "divmod" in node.name else "Self"
        yield from ("@overload", f"def {node.name}(self, other: float | Self, /) -> {own}: ...")
        yield from ("@overload", f"def {node.name}(self, other: Operand, /) -> Any: ...")
    else:
        yield from _function(node, {} if others else {"Carried": "Self"})
    for part in ast.walk(node):
        if node.name == "__init__" and isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Attribute):
            yield f"{ast.unparse(part.target).removeprefix('self.')}: {ast.unparse(part.annotation)}"


def _other(node: ast.stmt) -> list[str]:
    """Return the lines of what a stub says as its source does: a function, a variable with its type, a type's name."""
    if isinstance(node, ast.FunctionDef):
        return _function(node)
    if isinstance(node, ast.AnnAssign):
        return [f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}"]
    return [ast.unparse(node)] * (isinstance(node, ast.Assign) and isinstance(node.value, (ast.BinOp, ast.Subscript)))


def _function(node: ast.FunctionDef, types: dict[str, str] | None = None) -> list[str]:
    """Return the lines of a function: its types, of which some are replaced, and its docstring."""

    class Replaced(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return ast.parse((types or {}).get(name.id, name.id), mode="eval").body

    arguments = ast.unparse(Replaced().visit(ast.parse(ast.unparse(node)).body[0].args))  # type: ignore[attr-defined]
    result = ast.unparse(Replaced().visit(ast.parse(ast.unparse(node.returns or ast.Constant(None)), mode="eval")))
    decorators = [f"@{ast.unparse(decorator)}" for decorator in node.decorator_list]
    return [*decorators, f"def {node.name}({arguments}) -> {result}:", _docstring(node)]


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> str:
    return f"    {ast.get_docstring(node, clean=False)!r}" if ast.get_docstring(node) else "    ..."


def _imports(path: Path) -> list[str]:
    """Return the imports of a module, those for type checkers alone too."""
    nodes = [one for node in _parsed(path) for one in (node.body if isinstance(node, ast.If) else [node])]
    found = [ast.unparse(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return [line for line in found if "__future__" not in line]


def _parsed(path: Path) -> list[ast.stmt]:
    """Return what stands in a module, without what is written into it from the table."""
    kept, inside = [], False
    for line in path.read_text("utf-8").splitlines():
        inside = BEGIN in line or (inside and END not in line)
        kept.append("" if inside else line)
    return ast.parse("\n".join(kept)).body


STUBS: dict[str, Callable[[], str]] = {
    "graph/sumprod.pyi": lambda: of_functions(HERE.parent / "graph" / "sumprod.py"),
    "graph/value.pyi": of_value,
    "primitives/carrier.pyi": of_carrier,
    "primitives/functions.pyi": lambda: of_functions(HERE / "functions.py"),
    "primitives/table.pyi": of_table,
}
CORE = ("fragments", "nested", "pattern", "reading", "replay", "runs", "sameness", "tape", "values")
STUBS |= {f"tape/{name}.pyi": partial(of_core, HERE.parent / "tape" / f"{name}.py") for name in CORE}
STUBS["transforms/call.pyi"] = partial(of_core, HERE.parent / "transforms" / "call.py")
