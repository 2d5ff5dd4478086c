"""Writes what is generated from the table, between marks in other files: `python -m autograd.primitives.write`.

- `graph/value.py` and `.pxd`: the hot methods of `Value`, with each row's own value and partials as text (a rule
  applied to Names is its formula), because a call per operation would double its cost, and because this is what Cython
  turns into C.
- `tape/tape.py` and `.pxd`: the same methods of numbers on a tape, and the partials of these rows in its sweeps.
- `tape/values.py`, `replay.py` and `runs.py`: the values of these and of other rows that are functions of C's.
- `primitives/carrier.py` and `__init__.py`: methods and functions, for people, type checkers and editors to see; what a
  row adds works without being written there.
- README.md: the list of functions.
- Stubs: see stubs.py.

With `--check` nothing is written; the exit code is 1 if something would be. A test does so.
"""

import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from autograd.floats import elementary, native
from autograd.primitives import functions, table
from autograd.primitives.formula import Name
from autograd.primitives.primitive import ROWS, Primitive, row
from autograd.primitives.stubs import BEGIN, END, STUBS

PACKAGE = Path(__file__).parents[1]

OPERATOR = """
    def __{method}__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not Value and kind is not float and kind is not int):
            return _mixed(table.{name}, self, other)
        x = self._data
        try:
            if kind is Value:
                that: Value = other
                y = that._data
                z = {value}
                return _node(z, _{NAME}, self, that, {left}, {right})
            y = float(other)
            z = {value}
            return _node(z, _{NAME}, self, other if kind is float else y, {left}, 0.0)
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, self, other)

    def __r{method}__(self, other: Carried) -> Carried:
        kind = type(other)
        if _paused or (kind is not float and kind is not int):
            return _mixed(table.{name}, other, self)
        try:
            x, y = float(other), self._data
            z = {value}
            return _node(z, _{NAME}, other if kind is float else x, self, 0.0, {right})
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, other, self)
"""

FUNCTION = """
    def {method}(self) -> Value:
        if _paused:
            return Value.apply(table.{name}, (self,))
        x = self._data
        try:
            z = {value}
            return _node(z, _{NAME}, self, None, {left}, 0.0)
        except (ValueError, ArithmeticError):
            return Value.apply(table.{name}, (self,))
"""

TRACED_OPERATOR = """
    def __{method}__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not Traced and kind is not float and kind is not int):
            return _mixed(table.{name}, self, other)
        x = self._data
        try:
            if kind is Traced:
                that: Traced = other
                if that.tape is not tape:
                    return _mixed(table.{name}, self, other)
                y = that._data
                z = {value}
                return _traced(tape, tape.step(_{NAME}, self.place, that.place, z), z)
            y = float(other)
            z = {value}
            return _traced(tape, tape.step(_{NAME}, self.place, tape.constant(y), z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, self, other)

    def __r{method}__(self, other: Carried) -> Carried:
        tape: Tape = self.tape
        kind = type(other)
        if tape.slow or _total or (kind is not float and kind is not int):
            return _mixed(table.{name}, other, self)
        try:
            x, y = float(other), self._data
            z = {value}
            return _traced(tape, tape.step(_{NAME}, tape.constant(x), self.place, z), z)
        except (ValueError, ArithmeticError):
            return _mixed(table.{name}, other, self)
"""

TRACED_FUNCTION = """
    def {method}(self) -> Carried:
        tape: Tape = self.tape
        if tape.slow or _total:
            return tape.record(table.{name}, (self,))
        x = self._data
        try:
            z = {value}
            return _traced(tape, tape.step(_{NAME}, self.place, NONE, z), z)
        except (ValueError, ArithmeticError):
            return tape.record(table.{name}, (self,))
"""

PARTIALS_OF_TWO = """
        elif branch == {number}:  # {name}
            try:
                if a >= 0:
                    self.px = {left}
                if b >= 0:
                    self.py = {right}
            except (ValueError, ArithmeticError):
                self.partials_of(i)
"""

PARTIAL_OF_ONE = """
        elif branch == {number}:  # {name}
            try:
                self.px = {left}
            except (ValueError, ArithmeticError):
                self.partials_of(i)
"""

VALUE = """
    if branch == {number}:  # {name}
        return {value}
"""

REPLAYED = """
            elif branch == {number}:  # {name}
                z = {value}
"""

RUN = """
            elif branch == {number}:  # {name}
                for k in range(start, stop):
                    x, y = cells[left[k]], cells[right[k]]
                    cells[first + k] = {value}
"""

IN_WORDS = {  # values on plain floats where nothing raises, for C; those of `C` and of elementary.py are derived
    "add": "x + y",
    "sub": "x - y",
    "mul": "x * y",
    "truediv": "x / y",
    "neg": "-x",
    "pos": "x",
    "absorb": "x if x == 0.0 else x * y",
    "times": "x * y + 0.0 if x != 0.0 and y != 0.0 else 0.0",
    "ratio": "0.0 if x == 0.0 and y == 0.0 else x / y",
    "power": "native.c_pow(x, y)",
    "pow": "native.c_pow(x, y)",
    "abs": "native.c_fabs(x)",
}
C = {name[2:] for name in dir(native) if name.startswith("c_")}  # functions that are in C as in `math`
C_RAISING: set[str] = {name for name in native.__all__ if hasattr(math, name)}  # they raise in C as in Python


def formula(primitive: Primitive, position: int) -> str:
    """Return a partial as text, in the operands' names and `z` for the result.

    >>> formula(table.truediv, 1), formula(table.tan, 0)
    ('-(z / y)', '1.0 + z * z')
    """
    names = [Name(name) for name in primitive.operand_names]
    return str(primitive.rules(Name("z"), names, [position])[0])


def code(text: str) -> str:
    """Return a formula with the functions behind its primitives, as they are called in value.py.

    >>> code("-sin(x)"), code("tanh_slope(x)")
    ('-native.sin(x)', 'elementary.tanh_slope(x)')

    What powers are made of is asked of C first, which says NaN where it is in doubt.
    """

    def function(match: "re.Match[str]") -> str:
        found = row(match[1]).value
        home = "native" if hasattr(math, found.__name__) else found.__module__.rpartition(".")[2]
        return f"{home}.{found.__name__}("

    found = re.sub(r"(\w+)\(", function, text)
    quick = re.sub(r"\w+\.(power_operator|monomial)\(", r"native.quick_\1(", found)
    return found if quick == found else f"known if (known := {quick}) == known else {found}"


def hot_rows() -> list[Primitive]:
    """Return the rows for which `Value` has methods of its own, in the order of the table."""
    return [primitive for primitive in ROWS.values() if primitive.hot]


def _bare(template: str) -> str:
    """Return a template without its `try`, which costs some ns, for what cannot raise."""
    return re.sub(
        r"^( *)try:\n((?:\1    .*\n)+)\1except .*\n\1    .*\n",
        lambda found: textwrap.indent(textwrap.dedent(found[2]), found[1]),
        template,
        flags=re.MULTILINE,
    )


def _hot(of_two: str, of_one: str, bare: bool = True) -> str:
    """Return a text for each of these rows, by one template or the other; `bare` if what cannot raise has no `try`."""
    parts = []
    for primitive in hot_rows():
        operands = [Name(name) for name in primitive.operand_names]
        plain = primitive.infix and primitive is not table.power  # x**y of floats may be complex
        call = f"{primitive.name}({', '.join(primitive.operand_names)})"
        method = primitive.name.replace("power", "pow")
        template = of_two if len(operands) == 2 else of_one
        parts.append(
            (template if primitive.raises or not bare else _bare(template)).format(
                name=primitive.name,
                NAME=primitive.name.upper(),
                number=primitive.number,
                method=f"__{method}__" if primitive.infix and len(operands) == 1 else method,
                value=Name.infix(primitive.infix, *operands) if plain else code(call),
                left=code(formula(primitive, 0)),
                right=code(formula(primitive, -1)),
            )
        )
    return "".join(parts)[1:]


def hot_methods() -> str:
    """Return the text of the methods of `Value`."""
    return _hot(OPERATOR, FUNCTION, bare=False)


def traced_methods() -> str:
    """Return the text of the methods of numbers on a tape."""
    return _hot(TRACED_OPERATOR, TRACED_FUNCTION)


def partials() -> str:
    """Return the branches of a tape's sweep for all rows of one or two operands whose partials are functions of C's."""
    parts = []
    for primitive in ROWS.values():
        count = len(primitive.partials)
        if not 1 <= count <= 2 or None in primitive.partials:
            continue
        names = [Name("x"), Name("y")][:count]
        texts = [str(primitive.rules(Name("z"), names, [position])[0]) for position in range(count)]
        if any(sign in text for text in texts for sign in ("//", "%", "**")):  # which are not C's
            continue
        called = [row(name).value for text in texts for name in re.findall(r"(\w+)\(", text)]
        if primitive.hot or all(f.__name__ in C_RAISING or f.__module__ == elementary.__name__ for f in called):
            template = PARTIALS_OF_TWO if count == 2 else PARTIAL_OF_ONE
            template = template if primitive.raises else _bare(template)
            left, right = code(texts[0]), code(texts[-1])
            parts.append(template.format(number=primitive.number, name=primitive.name, left=left, right=right))
    return "".join(parts)[1:].replace("\n\n", "\n")


def values(template: str = VALUE) -> str:
    """Return the branches that compute values in C, by a template."""
    parts = []
    for primitive in ROWS.values():
        text = IN_WORDS.get(primitive.name, "")
        if primitive.value.__module__ == "math" and primitive.name in C and len(primitive.partials) == 1:
            text = f"native.c_{primitive.name}(x)"
        elif primitive.value.__module__ == elementary.__name__ and len(primitive.partials) == 1:
            text = f"elementary.{primitive.value.__name__}(x)"
        if text:
            parts.append(template.format(number=primitive.number, name=primitive.name, value=text))
    return "".join(parts)[1:].replace("\n\n", "\n")


def written() -> str:
    """Return the names of all rows by their numbers, so that branches find theirs when rows are added."""
    lines = textwrap.wrap(" ".join(ROWS), 114)
    return "\n".join(['WRITTEN = """', *[f"    {line}" for line in lines], '"""']) + "\n"


def hot_numbers() -> str:
    """Return the lines that name the numbers of these rows."""
    return "".join([f"_{primitive.name.upper()} = table.{primitive.name}.number\n" for primitive in hot_rows()])


def hot_types() -> str:
    """Return the line that declares them for Cython."""
    return f"cdef int {', '.join([f'_{primitive.name.upper()}' for primitive in hot_rows()])}\n"


def methods() -> str:
    """Return the lines of `Carrier`: a method for each row that has one, also under NumPy's name."""
    names = {id(x): name for name, x in vars(table).items() if isinstance(x, Primitive)}
    return "".join(
        f"    {' = '.join(primitive.method_names())} = _method(table.{names[id(primitive)]})\n"
        for primitive in ROWS.values()
        if primitive.method
    )


def exports(stated: str) -> str:
    """Return the imports of the public functions, for type checkers, and their names in `__all__`.

    What `stated`, the text before, has in `__all__` is left out.
    """
    other = set(re.findall(r'^    "(\w+)",$', stated, re.M))
    found = {name: function for name, function in functions.PUBLIC.items() if name not in other}
    shaped = sorted(name for name, function in found.items() if not isinstance(function, Primitive))
    rows = sorted(name for name, function in found.items() if isinstance(function, Primitive))
    lines = ["if _TYPE_CHECKING:"]
    for module, names in (("functions", shaped), ("table", rows)):
        lines += [f"    from autograd.primitives.{module} import ("]
        lines += [*_filled(names, "        "), "    )"]
    lines += ["__all__ += [", *_filled([f'"{name}"' for name in sorted(found, key=_natural)], "    "), "]"]
    return "\n".join(lines) + "\n"


def listed() -> str:
    """Return README's list of functions: those that `math` has too, and all others."""
    ours = sorted(name for name, function in functions.PUBLIC.items() if not _of_math(name, function))
    theirs = sorted(set(functions.PUBLIC) - set(ours) | {"sumprod"})
    quoted = [[f"`{name}`" for name in names] for names in (theirs, ours)]
    return (
        "Those of `math`, under their names, for floats and Values mixed:\n"
        + "\n".join(_filled(quoted[0], "", " "))
        + "\n\nThose of machine learning and statistics, losses included:\n"
        + "\n".join(_filled(quoted[1], "", " "))
        + "\n"
    )


def _natural(name: str) -> list[str | int]:
    """Return a key to sort names by, with log2 before log10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _of_math(name: str, function: object) -> bool:
    """Return whether this is a function of `math`, perhaps of a newer Python's, as its docstring then says."""
    value = function.value if isinstance(function, Primitive) else function
    return hasattr(math, name) or f"`math.{name}`" in (value.__doc__ or "")


def _filled(names: Iterable[str], indent: str, between: str = ", ") -> list[str]:
    """Return names in lines of at most 120 characters."""
    text = between.join(names) + between.rstrip()
    return textwrap.wrap(text, 120, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def renewed(path: Path) -> str:
    """Return the text of a file with its generated parts renewed."""
    if path.suffix == ".pyi":
        return STUBS[path.relative_to(PACKAGE).as_posix()]()
    kept: list[str] = []
    parts: Iterator[Callable[[], str]] = iter(
        {
            "value.py": [hot_numbers, hot_methods],
            "value.pxd": [hot_types],
            "tape.py": [hot_numbers, partials, traced_methods],
            "tape.pxd": [hot_types],
            "values.py": [written, values],
            "replay.py": [lambda: values(REPLAYED)],
            "runs.py": [lambda: values(RUN)],
            "carrier.py": [methods],
            "__init__.py": [lambda: exports("".join(kept))],
            "README.md": [listed],
        }[path.name]
    )
    inside = False
    for line in path.read_text("utf-8").splitlines(keepends=True):
        inside = inside and END not in line
        if not inside:
            kept.append(line)
        if BEGIN in line:
            kept.append(next(parts)())
            inside = True
    return "".join(kept)


def files() -> list[Path]:
    """Return the files that have generated parts; README where there is one."""
    cores = [f"{core}.{suffix}" for core in ("graph/value", "tape/tape") for suffix in ("py", "pxd")]
    modules = ["tape/values.py", "tape/replay.py", "tape/runs.py", "primitives/carrier.py", "__init__.py"]
    inside = [*cores, *modules, *STUBS]
    readme = PACKAGE.parent / "README.md"
    return [PACKAGE / name for name in inside] + [readme] * (readme.exists() and BEGIN in readme.read_text("utf-8"))


if __name__ == "__main__":
    outdated: list[Path] = [path for path in files() if not path.exists() or renewed(path) != path.read_text("utf-8")]
    if "--check" in sys.argv:
        sys.exit(bool(outdated))
    for _path in outdated:
        _path.write_text(renewed(_path), "utf-8")
        print(_path)
